"""Whatever is in a file or on a line, the program answers with a result or a mistake: no crash, no hang, no growth.

QUIZ_TEST_FUZZ=N takes that many damaged inputs instead of a few hundred; QUIZ_TEST_FUZZ_FROM=N begins with another
one. `python -m tests.long.fuzz` does the same on all cores and reports as it goes.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from quiz.engine import Engine
from quiz.errors import RuleBaseError, StoreError
from quiz.practice.exam import ResultError, read_result
from quiz.practice.progress import NAME, Progress, opened
from quiz.practice.schedule import Schedule
from quiz.rulebase import load
from quiz.store import data_folder
from tests.evaluator import Evaluator
from tests.fuzzing import MOST_MEMORY, SMALL, TARGETS, chosen, fed, memory, run_command
from tests.practice_making import NOON, given

INPUTS = int(os.environ.get("QUIZ_TEST_FUZZ", "300"))
FIRST = int(os.environ.get("QUIZ_TEST_FUZZ_FROM", "0"))


def test_no_damaged_input_crashes_hangs_or_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
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


# --- what makes durable-rules hang, crash or lie, through the public door ---------------------------------------


def _rules(findings: Sequence[str], conditions: Sequence[str]) -> str:
    lines = ["topic: hazards", "findings:"]
    lines += [f"  {name}: {{kind: symptom, label: {name}, question: '{name}?'}}" for name in findings]
    lines += ["rules:"]
    for number, when in enumerate(conditions):
        lines += [
            f"  hazard.r{number}:", "    says: It is so.", f"    when: {when}",
            "    then: {urgency: soon}", "    because: It is.", "    facts: [F-WATER-01]", "    sources: [almanac]",
            "    state: draft", f"    fires: [{{{findings[0]}: yes}}]", f"    near_miss: [{{{findings[0]}: no}}]",
        ]  # fmt: skip
    return "\n".join(lines) + "\n"


HAZARDS = {
    "names of one hash": (["liquid", "costarring"], ["{liquid: yes}", "{costarring: yes}"]),
    "names that the engine room uses": (["m", "g", "f", "r0"], ["{m: yes}", "{g: yes}", "{f: yes}", "{r0: yes}"]),
    "a name that durable-rules keeps for itself": (["sid"], ["{sid: yes}"]),
    "600 first tests": ([f"q{n}" for n in range(600)], [f"{{q{n}: yes}}" for n in range(600)]),
    "256 rules that end in the same test": (
        [f"q{n}" for n in range(257)],
        [f"{{all: [{{q{n}: yes}}, {{q256: yes}}]}}" for n in range(256)],
    ),
    "300 properties in one rule": (
        [f"q{n}" for n in range(300)],
        ["{all: [" + ", ".join(f"{{q{n}: yes}}" for n in range(300)) + "]}"],
    ),
    "40 groups in a group": (
        [f"q{n}" for n in range(80)],
        ["{any: [" + ", ".join(f"{{all: [{{q{n}: yes}}, {{q{n + 40}: yes}}]}}" for n in range(40)) + "]}"],
    ),
    "deep nesting": (["q0"], ["{all: [" * 30 + "{q0: yes}" + "]}" * 30]),
    "an empty group": (["q0"], ["{all: []}"]),
}


REFUSED = {
    "a name that durable-rules keeps for itself": "sid",
    "deep nesting": "F111 is nested more than",
    "an empty group": "C306 all needs a list",
}


@pytest.mark.parametrize("hazard", HAZARDS)
def test_a_hazard_of_the_engine_is_run_right_or_refused(tmp_path: Path, hazard: str) -> None:
    findings, conditions = HAZARDS[hazard]
    rules = tmp_path / "rules"
    shutil.copytree(SMALL, rules)
    (rules / "hazards.yaml").write_text(_rules(findings, conditions), encoding="utf-8")
    if hazard in REFUSED:
        with pytest.raises(RuleBaseError, match=REFUSED[hazard]):
            load(rules)
        return
    rulebase = load(rules)
    engine, dice = Engine(rulebase), random.Random(hazard)
    cases = [{name: "yes" if dice.random() < share else "no" for name in findings} for share in (0.02, 0.5, 1.0)]
    evaluator = Evaluator(rulebase, cases)
    for number, answers in enumerate(cases):
        hazards = {each for each in rulebase.rules if each.startswith("hazard.")}
        fired = {each for each in hazards if engine.certain(answers).rule(each)}
        assert fired == evaluator.true_rules(number) & hazards
