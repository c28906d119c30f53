"""The README stays true: every transcript in it is replayed. UPDATE_README=1 writes what is really shown into it."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from quiz.api import assess_lines
from quiz.model import RuleBase
from tests.bench.__main__ import benches
from tests.conftest import ROOT
from tests.person import Person

README = ROOT / "README.md"
UPDATE = os.environ.get("UPDATE_README") == "1"
SHOWN_RULE = "potassium-low.loss-and-a-complaint"


def block(mark: str, place: int = 0) -> str:
    """The fenced block behind a mark."""
    found = re.findall(rf"<!-- {mark} -->\n```\w+\n(.*?)```\n", README.read_text(encoding="utf-8"), re.DOTALL)
    return str(found[place])


def keep(mark: str, shown: str, place: int = 0) -> None:
    text = README.read_text(encoding="utf-8")
    found = list(re.finditer(rf"(<!-- {mark} -->\n```\w+\n)(.*?)(```\n)", text, re.DOTALL))[place]
    README.write_text(text[: found.start(2)] + shown + text[found.end(2) :], encoding="utf-8")


def same(shown: str) -> str:
    """The fingerprint changes with every edit of a rule; all else must stay."""
    return re.sub(r"Rule base\s+[0-9a-f]{12}", "Rule base FINGERPRINT", shown)


def test_the_run_in_the_readme_is_what_a_person_sees() -> None:
    person = Person(["-m", "quiz", "ask"], 80, 200)
    try:
        for line in block("keys").splitlines():
            title, keys = re.split(r" {2,}", line)
            person.sees(f"{title}")
            person.sees("q quit" if "Medicines" not in title else "/quit")
            for key in keys.split():
                person.presses_named([key])
                person.sees("")
        shown = person.sees("Write this note to a file?").split("\nWrite this note")[0].strip("\n") + "\n"
    finally:
        person.child.close(force=True)
    if UPDATE:
        keep("screen", shown)

    assert same(shown) == same(block("screen"))


RUNS = len(re.findall(r"<!-- run -->", README.read_text(encoding="utf-8")))


@pytest.mark.parametrize("place", range(RUNS))
def test_the_commands_in_the_readme_print_what_it_says(place: int, tmp_path: Path) -> None:
    """Each `$ command` is followed by what it prints."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "electrolyte-quiz").write_text(f'#!/bin/sh\nexec {sys.executable} -m quiz "$@"\n', encoding="utf-8")
    (tools / "electrolyte-quiz").chmod(0o755)
    shown = ""
    for command in re.findall(r"^\$ (.*)$", block("run", place), re.MULTILINE):
        done = subprocess.run(
            command, shell=True, capture_output=True, text=True, cwd=tmp_path, check=True,
            env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        shown += f"$ {command}\n{done.stdout}"
    if UPDATE:
        keep("run", shown, place)

    assert shown == block("run", place)


def test_the_python_in_the_readme_gives_what_it_says() -> None:
    shown = doctest.DocTestParser().get_doctest(block("python"), {}, "README.md", None, None)
    runner = doctest.DocTestRunner()
    runner.run(shown)

    assert (runner.failures, runner.tries) == (0, len(shown.examples))


def test_the_program_for_many_machines_in_the_readme_does_what_assess_does(tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "told").mkdir()
    for name in "ab":
        line = f'{{"id": "{name}", "answers": {{"fever": "yes"}}}}\n'
        (tmp_path / "cases" / f"{name}.jsonl").write_text(line, encoding="utf-8")
    (tmp_path / "program.py").write_text(block("dask"), encoding="utf-8")
    subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )

    told = [path.read_text(encoding="utf-8") for path in sorted((tmp_path / "told").iterdir())]
    assert told == list(assess_lines(f'{{"id": "{name}", "answers": {{"fever": "yes"}}}}' for name in "ab"))


def test_the_benches_and_long_runs_that_the_readme_names_are_there() -> None:
    text = README.read_text(encoding="utf-8")
    named = re.findall(r"python -m (tests[.\w]*)", text)

    assert {"tests.bench", "tests.long.fuzz", "tests.long.kills", "tests.long.assess"} <= set(named)
    for name in named:
        assert find_spec(name), name
    assert {"assess", "costs"} <= set(benches())


def test_the_rule_in_the_readme_is_a_rule_that_ships(rulebase: RuleBase) -> None:
    rule = rulebase.rules[SHOWN_RULE]
    lines = (ROOT / rule.position.path).read_text(encoding="utf-8").splitlines()
    written = [lines[rule.position.line - 1]]
    for line in lines[rule.position.line :]:
        if line.strip() and not line.startswith("    "):
            break
        written.append(line)
    shown = "\n".join(line[2:] for line in written).strip("\n") + "\n"
    if UPDATE:
        keep("rule", shown)

    assert shown == block("rule")


def test_the_readme_names_only_files_and_folders_that_exist() -> None:
    for name in re.findall(r"`(rules/[\w./-]+)`", README.read_text(encoding="utf-8")):
        assert (ROOT / name).exists(), name
