"""Whatever is in a file or on a line, the program answers with a result or a mistake: no crash, no hang, no growth.

QUIZ_TEST_FUZZ=N takes that many damaged inputs instead of a few hundred; QUIZ_TEST_FUZZ_FROM=N begins with another
one. `python -m tests.long.fuzz` does the same on all cores and reports as it goes.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import wcwidth

import quiz.answers
import quiz.fhir
from quiz.answers import MOST_HINTS
from quiz.errors import StoreError
from quiz.fhir import response as fhir_response
from quiz.interview import Session
from quiz.practice.progress import NAME, Progress, opened
from quiz.practice.results import ResultError, read_result
from quiz.practice.schedule import Schedule
from quiz.rulebase import load
from quiz.store import data_folder, read_session
from quiz.text import wrapped
from tests import fuzzing
from tests.fuzzing import MOST_MEMORY, SMALL, TARGETS, chosen, fed, memory, patched, run_command
from tests.long import fuzz as long_run
from tests.practice_making import NOON, given

INPUTS = int(os.environ.get("QUIZ_TEST_FUZZ", "300"))
FIRST = int(os.environ.get("QUIZ_TEST_FUZZ_FROM", "0"))


def test_no_damaged_input_crashes_hangs_or_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with patched():
        for number in range(20):
            fed(number, tmp_path)
        before = memory()
        faults = {number: told for number in range(FIRST, FIRST + INPUTS) if (told := fed(number, tmp_path))[1]}

    assert faults == {}
    assert memory() - before < MOST_MEMORY


def test_every_target_has_its_turn() -> None:
    assert {chosen(number)[0].name for number in range(200)} == {each.name for each in TARGETS}


# --- what was found, each by itself --------------------------------------------------------------------------


def told(*arguments: str, typed: bytes = b"") -> tuple[int, str]:
    return run_command([*arguments, "--rules", str(SMALL)], typed)


def test_half_a_character_in_a_case_comes_back_as_it_was(tmp_path: Path) -> None:
    cases, out = tmp_path / "cases.jsonl", tmp_path / "out.jsonl"
    cases.write_text('{"id": "\\ud800", "answers": {}}\n', encoding="utf-8")

    assert told("assess", str(cases), "--output", str(out))[0] == 0
    assert json.loads(out.read_text(encoding="utf-8"))["id"] == "\ud800"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_what_comes_out_is_json_even_where_what_goes_in_is_not_quite(tmp_path: Path, number: str) -> None:
    cases, out = tmp_path / "cases.jsonl", tmp_path / "out.jsonl"
    cases.write_text(f'{{"id": {number}, "answers": {{}}}}\n', encoding="utf-8")

    assert told("assess", str(cases), "--output", str(out))[0] == 1
    assert "error" in json.loads(out.read_text(encoding="utf-8"), parse_constant=pytest.fail)


@pytest.mark.parametrize("line", ["[1]", "3", "[" * 20_000, '{"id": 1, "answers": {}, "expected": 3}'])
def test_a_line_that_is_no_case_cannot_be_measured(tmp_path: Path, line: str) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text(line, encoding="utf-8")

    assert told("review", "measure", str(cases))[0] == 1


def _all_of(progress: Progress) -> None:
    progress.memories({"c": "m"})
    progress.errors(9)
    progress.latest(9)
    progress.days(NOON)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE answers SET at = 9000000000000000000", "UPDATE answers SET at = 'x'",
        "UPDATE answers SET right = x'de'",
        "UPDATE answers SET certainty = 'very'", "UPDATE answers SET right = CAST(x'de22' AS TEXT)",
        "UPDATE memories SET stability = 0", "UPDATE memories SET stability = -1", "UPDATE memories SET stage = 9",
        "UPDATE memories SET due = -9000000000000000000", "UPDATE memories SET difficulty = 'x'",
    ],
)  # fmt: skip
def test_a_sound_progress_file_with_odd_values_is_told_with_a_way_out(change: str) -> None:
    path = data_folder() / NAME
    with opened(path, Schedule().reviewed, "one", NOON) as progress:
        for number in range(3):
            progress.record(given(f"i{number}", chosen=("b",), cards=("c",)), {"c": "m"})
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(change)

    with (
        pytest.raises(StoreError, match=r"a new one begins|is the disk failing"),
        opened(path, Schedule().reviewed, "two", NOON) as progress,
    ):
        _all_of(progress)
    assert told("practice", "--standing")[0] in (0, 1)


@pytest.mark.parametrize("began", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_moment_that_has_no_place_in_another_zone_is_no_moment(began: str) -> None:
    text = f"exam: 1\nseed: 1\nitems: 1\nminutes: 1\nbegan: '{began}'\nanswers: []\n"
    with pytest.raises(ResultError, match="began is a moment"):
        read_result(text.encode(), "r")


def test_an_exam_is_not_written_over_a_folder(tmp_path: Path) -> None:
    code, said = told("practice", "--plain", "--exam", "--items", "2", "--seed", "3", "--output", str(tmp_path))

    assert (code, "cannot be read" in said) == (1, True)


def test_rules_that_cannot_be_used_are_told_once_whatever_the_number_of_processes(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("topic: 1\n", encoding="utf-8")
    cases = tmp_path / "cases.jsonl"
    cases.write_text('{"answers": {}}\n', encoding="utf-8")

    code, said = run_command(["assess", str(cases), "--jobs", "2", "--rules", str(tmp_path)])

    assert (code, said.count('"topic" should be text')) == (1, 1)


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    before = memory()

    assert told("ask", "--answers", "/dev/zero")[0] == 1
    assert told("replay", "/dev/zero")[0] == 1
    assert memory() - before < MOST_MEMORY


def test_a_folder_of_rules_may_have_a_name_of_any_bytes(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/\xffrules"
    shutil.copytree(SMALL, os.fsdecode(folder))

    first = load(Path(os.fsdecode(folder)))
    assert load(Path(os.fsdecode(folder))).fingerprint == first.fingerprint
    assert first.rules.keys() == load(SMALL).rules.keys()


def test_a_word_is_wanted_where_an_exam_says_how_sure_somebody_was() -> None:
    """14424 of `tests.long.fuzz`."""
    text = "exam: 1\nseed: 1\nitems: 1\nminutes: 1\nbegan: '2026-01-01T00:00:00+00:00'\nanswers:\n"
    for wrong in ("{a: b}", "[sure]", "3", "very"):
        answer = f"- {{item: a, chosen: [b], certainty: {wrong}, seconds: 1}}\n"
        with pytest.raises(ResultError, match="certainty is one of"):
            read_result(f"{text}{answer}".encode(), "r")


# --- a file of the largest size that is taken: what it costs grows as its length does --------------------------

MANY = 40_000


def test_the_nearest_known_word_is_looked_for_a_few_times_however_many_are_unknown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sought: list[str] = []

    def near(word: str, known: object) -> str:
        sought.append(word)
        return ""

    for room in (quiz.answers, quiz.fhir):
        monkeypatch.setattr(room, "did_you_mean", near)
    answers, response = tmp_path / "answers.json", tmp_path / "response.json"
    unknown = [f"finding{number}" for number in range(MANY)]
    answers.write_text(json.dumps({"answers": dict.fromkeys(unknown, "yes")}), encoding="utf-8")
    whole = fhir_response(load(SMALL), Session(), completed=True)
    response.write_text(json.dumps({**whole, "item": [{"linkId": each} for each in unknown]}), encoding="utf-8")
    for path in (answers, response):
        sought.clear()
        code, said = told("ask", "--answers", str(path))
        assert (code, said.count("unknown ")) == (1, MANY)
        assert len(sought) == MOST_HINTS


def test_a_session_of_other_rules_may_hold_any_number_of_findings_screens_and_names(tmp_path: Path) -> None:
    gone = [f"finding{number}" for number in range(MANY)]
    text = json.dumps({
        "session": 1, "rulebase": "abc", "answers": {**dict.fromkeys(gone, "yes"), "dry_soil": "yes"},
        "shown": [f"s{number % 7}" for number in range(MANY)], "asked": ["wet_soil", *gone],
    })  # fmt: skip

    saved = read_session(load(SMALL), text.encode(), "saved", from_other_rules=True)

    assert saved.gone == tuple(gone)
    assert saved.session.answers == {"dry_soil": "yes"}
    assert (saved.session.shown, saved.session.asked) == ((), ("wet_soil",))


@pytest.mark.parametrize("sign", ["a", "\u05e9", "\U0001f600", "a\u0301", "\u0301", "\u2764\ufe0f", "\u0903"])
def test_a_word_without_an_end_is_measured_a_few_times_for_each_of_its_signs(
    monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    measured: list[int] = []
    wcswidth = wcwidth.wcswidth

    def counted(text: str) -> int:
        measured.append(len(text))
        return wcswidth(text)

    monkeypatch.setattr(wcwidth, "wcswidth", counted)
    word = sign * 20_000

    rows = wrapped(f"before {word} after", 40, 2)

    assert sum(measured) < 4 * len(word) + 200
    assert "".join(rows).replace(" ", "") == f"before{word}after"
    assert max(map(wcswidth, rows)) <= 40


def test_the_long_run_tells_which_input_killed_its_process_or_hung_it_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def feed(number: int, folder: Path) -> tuple[str, str]:
        if number == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        while number == 7:
            signal.pause()
        return "some", "wrong" if number == 5 else ""

    monkeypatch.setattr(fuzzing, "fed", feed)
    monkeypatch.setattr(long_run, "PATIENCE", 2)
    run = long_run.Run(iter([range(4), range(4, 10)]))

    left = long_run._all(run, tmp_path, 2, 0, float("inf"))

    assert left == []
    assert sorted(run.faults) == [3, 5, 7]
    assert run.done == 10
    assert "3: the process died of it (exit code -9)" in capsys.readouterr().out
