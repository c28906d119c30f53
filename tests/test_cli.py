"""The program as it is started: arguments, streams and exit codes."""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from quiz.commands.arguments import SHELLS, UNLESS_GIVEN, chosen_by, help_text, parser, run_of
from quiz.model import RuleBase
from quiz.rulebase import load
from tests.conftest import ROOT
from tests.manual import PAGE, manual
from tests.person import Person

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


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["aks"], 'electrolyte-quiz: error: unknown command "aks"\n  hint: did you mean "ask"?'),
        (["review", "chek"], 'review: error: unknown command "chek"\n  hint: did you mean "check"?'),
        (["ask", "--fromat", "json"], 'ask: error: unknown argument "--fromat"\n  hint: did you mean "--format"?'),
        (["ask", "--forma=json"], 'unknown argument "--forma=json"\n  hint: did you mean "--format"?'),
        (["review", "coverage", "--rule", "x"], 'unknown argument "--rule"\n  hint: did you mean "--rules"?'),
        (["ask", "x\x1b[2J"], 'unknown argument "x[2J"\n  hint: `electrolyte-quiz ask --help` tells what there is'),
    ],
)
def test_a_misspelt_argument_is_never_taken_for_another_and_is_told_with_the_nearest(
    arguments: list[str], told: str
) -> None:
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: electrolyte-quiz")
    assert told in done.stderr


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


# --- arguments ----------------------------------------------------------------------------------------------


def leaves(parser: argparse.ArgumentParser, *words: str) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    """Every command that takes no further command, with the words that lead to it."""
    inside = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    for each in inside:
        for name, further in each.choices.items():
            yield from leaves(further, *words, name)
    if not inside:
        yield words, parser


COMMANDS = dict(leaves(parser()))
each_command = pytest.mark.parametrize("words", COMMANDS, ids=" ".join)


@each_command
def test_what_a_command_runs_is_there(words: tuple[str, ...]) -> None:
    assert callable(run_of(COMMANDS[words].get_default("run")))


@each_command
def test_help_tells_every_argument_that_argparse_takes(words: tuple[str, ...]) -> None:
    told = help_text([*words, "--help"])

    assert told is not None
    assert told.startswith(f"usage: electrolyte-quiz {' '.join(words)} [options]")
    flat = " ".join(told.split())
    for action in COMMANDS[words]._actions:
        assert all(name in flat for name in action.option_strings)
        assert str(action.help) in flat
        assert action.option_strings or str(action.metavar) in flat
        for choice in action.choices or ():
            assert str(choice) in flat


@pytest.mark.parametrize("words", [(), ("review",), ("fhir",)], ids=" ".join)
def test_help_names_the_commands_within(words: tuple[str, ...]) -> None:
    told = help_text([*words, "-h"])
    within = {each[len(words)] for each in COMMANDS if each[: len(words)] == words}

    assert told is not None
    assert within <= {line.split()[0] for line in told.splitlines() if line.startswith("  ")}


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
@each_command
def test_help_fits_the_terminal(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    told = help_text([*words, "--help"])

    assert told is not None
    assert max(map(len, told.splitlines())) <= max(columns, 26)  # the longest single word


@each_command
def test_a_command_alone_means_what_argparse_makes_of_it(words: tuple[str, ...]) -> None:
    with redirect_stderr(io.StringIO()):
        try:
            expected = vars(parser(words).parse_args(words))
        except SystemExit:
            with pytest.raises(SystemExit):
                chosen_by(words)
            return
    del expected["version"]
    if "refused" in expected:
        assert expected["refused"](argparse.Namespace(**expected)) == ""
        expected |= {name: value for name, value in UNLESS_GIVEN.items() if expected.get(name, value) is None}

    told = {name: value for name, value in vars(chosen_by(words)).items() if name not in ("parser", "version")}

    assert told == {name: value for name, value in expected.items() if name != "parser"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("--typed --exam", "--typed does nothing with --exam: it goes with practice alone"),
        ("--minutes 3", "--minutes does nothing with practice alone: it goes with --exam, --export html"),
        ("--export gift --minutes 3", "--minutes does nothing with --export gift: it goes with --exam, --export html"),
        ("--format html", "--format does nothing with practice alone: it goes with --standing"),
        ("--standing --seed 3", "--seed does nothing with --standing"),
        ("--standing --plain", "--plain does nothing with --standing"),
        ("--patient --kind state", "--kind does nothing with --patient"),
        ("--case x", "--case does nothing with practice alone: it goes with --patient"),
        ("--patient --case x --seed 3", "--case and --seed both say which patient comes"),
        ("--name me", "--name does nothing with practice alone"),
        ("--exam --standing", "not allowed with argument"),
        ("--items 0", "'0' is not a whole number from 1 to 1000"),
    ],
)
def test_practice_refuses_what_does_not_go_together(given: str, told: str) -> None:
    done = run("practice", *given.split())

    assert done.returncode == 2
    assert told in " ".join(done.stderr.split())


@pytest.mark.parametrize("option", ["--answers x", "--output x", "--format md"])
def test_ask_refuses_what_a_program_that_holds_the_talk_would_never_get(option: str) -> None:
    done = run("ask", "--json", *option.split())

    assert done.returncode == 2
    assert f"{option.split()[0]} does not go with --json" in " ".join(done.stderr.split())


GOES = ["--seed 3", "--exam --minutes 5 --name me --items 3", "--export html --minutes 4", "--standing --format html",
        "--patient --case x --plain", "--typed --again --ahead --kind state"]  # fmt: skip


@pytest.mark.parametrize("given", GOES)
def test_practice_takes_what_goes_together(given: str) -> None:
    assert chosen_by(["practice", *given.split()]).run == "quiz.commands.practice:run"


HEAVY = {
    "prompt_toolkit", "durable_rules_engine", "pydantic", "pysat", "jinja2", "sqlite3", "fsrs", "yaml", "argparse",
    "dataclasses", "importlib.metadata", "shtab", "platformdirs", "asyncio",
}  # fmt: skip
"""What takes long to import, and is imported by no command that can do without."""

NEEDED = [
    (["--help"], set()),
    (["ask", "--help"], set()),
    (["review", "check", "--help"], set()),
    (["--version"], {"argparse", "dataclasses", "importlib.metadata", "platformdirs"}),
    (["completion", "bash"], {"argparse", "shtab", "importlib.metadata"}),
    (["findings"], {"dataclasses", "platformdirs"}),
    (["review", "check", "rules/urgency.yaml"], HEAVY - {"prompt_toolkit", "durable_rules_engine", "jinja2", "sqlite3",
                                                         "fsrs", "shtab", "asyncio"}),
    (["ask", "--plain"], {"argparse", "dataclasses", "durable_rules_engine", "platformdirs", "yaml"}),
]  # fmt: skip
"""The rules are known from before; what each command may import of all that is heavy."""


@pytest.mark.parametrize(("arguments", "needed"), NEEDED, ids=[" ".join(each) for each, _ in NEEDED])
def test_a_command_imports_nothing_heavy_that_it_can_do_without(arguments: list[str], needed: set[str]) -> None:
    load()  # from now on they are known
    program = (
        "import sys, contextlib\nfrom quiz.cli import main\n"
        f"with contextlib.suppress(SystemExit): main({arguments!r})\n"
        f"print(*sorted(set({sorted(HEAVY)!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input="quit\n", capture_output=True, text=True, cwd=ROOT, check=True
    )

    assert set(done.stdout.splitlines()[-1].split()) <= needed


def test_in_a_terminal_ask_imports_neither_the_makers_of_rules_nor_the_solver() -> None:
    load()
    needed = {"prompt_toolkit", "dataclasses", "durable_rules_engine", "asyncio", "platformdirs", "importlib.metadata"}
    program = (
        "import sys\nfrom quiz.cli import main\ncode = main(['ask'])\n"
        f"print('imported', *sorted(set({sorted(HEAVY - needed)!r}) & set(sys.modules)), '.')"
    )
    person = Person(["-c", program], 80, 40)
    try:
        person.sees("screens left")
        person.presses_named(["7", "0", "Down", "1", "Enter"])
        person.sees("Danger signs")
        person.presses("q")
        person.sees_in_one_line("Keep your answers?")
        person.presses("n")
        assert "imported ." in person.sees_in_one_line("imported")
    finally:
        person.child.close(force=True)


# --- completion and the manual page -------------------------------------------------------------------------


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_a_script_that_names_every_command(shell: str) -> None:
    done = run("completion", shell)

    assert (done.returncode, done.stderr) == (0, "")
    for words in COMMANDS:
        assert words[-1] in done.stdout
    assert str(ROOT) not in done.stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("re", {"review", "replay"}),
        ("review c", {"check", "codes", "concept", "coverage", "class"}),
        ("practice --pa", {"--patient"}),
        ("practice --export ", {"anki", "gift", "html"}),
        ("completion z", {"zsh"}),
        ("review check pyproj", {"pyproject.toml"}),
        ("ask --rules rul", {"rules"}),
    ],
)
def test_bash_completes_commands_options_choices_and_files(typed: str, offered: set[str]) -> None:
    words = ["electrolyte-quiz", *typed.split(" ")]
    quoted = " ".join(f"'{word}'" for word in words)
    script = (
        f'eval "$({sys.executable} -m quiz completion bash)"; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; '
        'COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}; _shtab_electrolyte_quiz; '
        "printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)

    assert offered <= {line.strip().rstrip("/") for line in done.stdout.splitlines()}


def test_the_manual_page_is_what_the_arguments_give_now() -> None:
    assert PAGE.read_text(encoding="utf-8") == manual(), "make it anew: uv run python -m tests.manual"


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


@pytest.mark.parametrize("leaving", ["", "quit\n"])
def test_who_leaves_a_pipe_early_gets_every_answer_as_it_was_typed(leaving: str, tmp_path: Path) -> None:
    begun = tmp_path / "begun.json"
    begun.write_text('{"answers": {"magnesium_mmol_l": "1.4 mg/dL"}}', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "quiz", "ask", "--plain", "--resume", begun], input=f"0.00001\n{leaving}",
        capture_output=True, text=True, cwd=ROOT, timeout=60,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0 if leaving else 3, "")
    assert "magnesium_mmol_l: 1.4 mg/dL\n" in done.stdout
    assert "age: 0.00001\n" in done.stdout
