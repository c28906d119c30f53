"""The program as it is started: arguments, streams and exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from quiz.model import RuleBase
from tests.conftest import ROOT

ANSWERS = '{"answers": {"loop_diuretic": "yes", "palpitations": "yes", "fainting": "unsure", "potassium_mmol_l": 3.1}}'


def run(*arguments: str, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "quiz", *arguments], input=typed, capture_output=True, text=True, cwd=ROOT, timeout=60,
        env={**os.environ, **environment}, check=False,
    )  # fmt: skip


def test_answers_from_a_pipe_give_a_note_and_nothing_else() -> None:
    done = run("ask", "--answers", "-", "--format", "json", typed=ANSWERS)
    told = json.loads(done.stdout)

    assert (done.returncode, done.stderr) == (0, "")
    assert {"K_LOW", "MG_LOW"} <= {state for state, _ in told["states_ranked"]}
    assert told["note"]["not_ruled_out"]


@pytest.mark.parametrize(
    ("form", "start"), [("text", "WHAT TO DO"), ("md", "# "), ("html", "<!doctype html>"), ("json", "{")]
)
def test_a_note_comes_in_four_forms(form: str, start: str, tmp_path: Path) -> None:
    answers, note = tmp_path / "a.json", tmp_path / "note"
    answers.write_text(ANSWERS, encoding="utf-8")
    done = run("ask", "--answers", str(answers), "--format", form, "--output", str(note))

    assert done.returncode == 0
    assert note.read_text(encoding="utf-8").startswith(start)
    assert note.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("arguments", "typed", "told"),
    [
        (["ask", "--answers", "no-such-file"], "", "no-such-file: cannot be read: No such file"),
        (["ask", "--answers", "-"], "answers: {feverr: yes}", 'standard input:1:11: A501 unknown finding "feverr"'),
        (["ask", "--answers", "-"], "", "standard input: F110 is empty"),
        (["ask", "--rules", "no-such-folder"], "", "no-such-folder: F100 is not a folder"),
        (["ask", "--resume"], "", "no saved interview"),
        (["assess", "no-such-file"], "", "no-such-file: cannot be read"),
        (["ask", "--answers", "-", "--output", "/no/such/folder/x"], '{"answers": {}}', "cannot be written"),
    ],
)
def test_a_mistake_is_told_as_text_with_exit_code_1(arguments: list[str], typed: str, told: str) -> None:
    done = run(*arguments, typed=typed)

    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["--nonsense"], ["assess"], ["ask", "--format", "pdf"], ["review"]])
def test_wrong_arguments_end_with_exit_code_2(arguments: list[str]) -> None:
    done = run(*arguments)

    assert done.returncode == 2
    assert "usage:" in done.stderr


def test_a_pipe_that_ends_early_ends_with_3_and_hands_the_answers_back() -> None:
    done = run("ask", typed="70\nfemale\n2\ng\n")

    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    handed_back = done.stdout.split("--answers FILE`:\n")[1]
    again = run("ask", "--answers", "-", "--format", "json", typed=handed_back)
    assert json.loads(again.stdout)["answers"]["age"] == 70
    assert json.loads(again.stdout)["urgency"] == "emergency"


def test_an_interview_can_be_piped_in_whole() -> None:
    done = run("ask", typed="70\nf\n" + "none\n" * 40)

    assert "WHERE THIS COMES FROM" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"ACCESSIBLE": "1"}, {"NO_COLOR": "1"}])
def test_no_escape_code_reaches_a_pipe(environment: dict[str, str]) -> None:
    done = run("ask", typed="70\n", **environment)

    assert "\x1b" not in done.stdout + done.stderr


def test_bare_it_offers_what_there_is_in_words() -> None:
    done = run(typed="q\n")

    assert done.returncode == 0
    assert "Answer questions about yourself" in done.stdout
    assert "practice" not in done.stdout.lower()


def test_every_finding_is_listed_as_json(rulebase: RuleBase) -> None:
    listed = json.loads(run("findings", "--json").stdout)

    assert [each["id"] for each in listed] == list(rulebase.findings)
    assert all(each["question"] for each in listed)


def test_many_cases_go_through_as_they_are_and_unknown_keys_are_told_once(tmp_path: Path) -> None:
    cases = tmp_path / "in.jsonl"
    lines = [
        '{"id": 1, "answers": {"unheard_of": "yes"}}',
        "broken",
        '{"id": 3, "age": null, "sex": "M", "answers": {}}',
    ]
    cases.write_text("\n".join(lines), encoding="utf-8")
    done = run("assess", str(cases))
    out = [json.loads(line) for line in done.stdout.splitlines()]

    assert done.returncode == 1
    assert [each.get("id", each.get("line")) for each in out] == [1, 2, 3]
    assert done.stderr.count("unheard_of") == 1


def test_the_version_names_the_rules(rulebase: RuleBase) -> None:
    done = run("--version")

    assert rulebase.fingerprint in done.stdout
    assert done.stdout.startswith("electrolyte-quiz 0.")


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"]])
def test_help_needs_neither_the_engine_nor_the_prompt_library(arguments: list[str]) -> None:
    program = (
        "import sys, contextlib\nfrom quiz.cli import main\n"
        f"with contextlib.suppress(SystemExit): main({arguments!r})\n"
        "heavy = ('durable_rules_engine', 'prompt_toolkit', 'pydantic', 'pysat', 'jinja2')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_a_broken_build_of_the_engine_is_told_with_the_fixes(tmp_path: Path) -> None:
    (tmp_path / "durable_rules_engine.py").write_text(
        "raise ImportError('undefined symbol: PyEval_CallObject')", encoding="utf-8"
    )
    done = run("ask", "--answers", "-", typed=ANSWERS, PYTHONPATH=str(tmp_path))

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}" in done.stderr
    assert "CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject" in done.stderr


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    cases = tmp_path / "in.jsonl"
    cases.write_text('{"id": 1, "answers": {}}\n' * 2000, encoding="utf-8")
    done = subprocess.run(
        f"{sys.executable} -m quiz assess {cases} | head -1",
        shell=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )

    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_the_shipped_rules_pass_their_own_checks() -> None:
    assert run("review", "check").returncode == 0
    assert run("review", "test").returncode == 0


def test_ask_writes_no_file_unless_asked() -> None:
    home = Path(os.environ["HOME"])
    run("ask", typed="70\nf\n" + "none\n" * 40)

    assert [path for path in home.rglob("*") if path.is_file()] == []
