"""Figures on cases whose answer is known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from quiz.api import make_batch
from quiz.batch import Batch
from quiz.cli import main
from quiz.review.known_cases import LEVELS, KnownCase, KnownCases
from quiz.review.measure import Share, figures
from tests.conftest import ROOT

SMALL = ROOT / "tests" / "rulebases" / "small"
ROUTINE, SOON, SAME_DAY, EMERGENCY = range(len(LEVELS))


def figure(found: list[str], name: str) -> str:
    return next(line for line in found if line.startswith(name))


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [(0, 10, 0.0, 0.3085), (5, 10, 0.1871, 0.8129), (10, 10, 0.6915, 1.0), (24, 30, 0.6143, 0.9229)],
)
def test_the_interval_is_the_exact_one(hits: int, cases: int, low: float, high: float) -> None:
    assert Share("x", hits, cases).interval() == pytest.approx((low, high), abs=0.0001)


def test_a_right_first_state_and_a_missed_one_are_told_apart() -> None:
    found = figures([
        KnownCase(wanted=("K_LOW",), named=("K_LOW", "MG_LOW"), strong=True, least=SOON, told=SOON),
        KnownCase(wanted=("P_LOW",), named=(), strong=False, least=SOON, told=ROUTINE),
    ])  # fmt: skip

    assert "(1/2;" in figure(found, "driving state first")
    assert "(1/2;" in figure(found, "less urgent than")
    assert figure(found, "states named").endswith("1.00")


def test_a_state_told_where_none_was_the_answer_counts_against() -> None:
    found = figures([KnownCase(wanted=(), named=("K_LOW",), strong=False, least=EMERGENCY, told=SAME_DAY)])

    assert "(1/1;" in figure(found, "no state was the answer: any")
    assert "(0/1;" in figure(found, "no state was the answer: one told strongly")
    assert "(0/1;" in figure(found, "emergencies told")


# --- what is read -------------------------------------------------------------------------------------

GOOD = {"id": 1, "answers": {"dry_soil": "yes"}, "expected": {"states": ["WATER_LOW"], "urgency": "soon"}}


@pytest.fixture(scope="module")
def batch() -> Batch:
    return make_batch(SMALL)


def read(batch: Batch, *lines: object) -> KnownCases:
    known = KnownCases(batch.rulebase, batch.part)
    known.read([line if isinstance(line, str) else json.dumps(line) for line in lines], "cases.jsonl")
    return known


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "T708 not JSON"),
        (json.dumps(GOOD) + "\N{LINE SEPARATOR}", "T708 not JSON: Extra data"),
        (json.dumps(GOOD) + "\N{NO-BREAK SPACE}\n", "T708 not JSON: Extra data"),
        ([1], "T708 needs {"),
        ({**GOOD, "answers": {"dry_soil": "maybe"}}, "T708"),
        ({**GOOD, "answers": {"dry_sol": "yes"}}, 'T709 unknown finding "dry_sol"\n  hint: did you mean "dry_soil"?'),
        ({**GOOD, "expected": None}, 'T708 has no "expected"'),
        ({**GOOD, "expected": {"urgency": "soon"}}, 'T708 "states" needs a list'),
        ({**GOOD, "expected": {"states": "WATER_LOW", "urgency": "soon"}}, 'T708 "states" needs a list'),
        ({**GOOD, "expected": {"states": [3], "urgency": "soon"}}, "T708 state needs to be a word"),
        ({**GOOD, "expected": {"states": ["WATER_LO"], "urgency": "soon"}}, 'T709 unknown state "WATER_LO"'),
        ({**GOOD, "expected": {"states": [], "urgency": "soonish"}}, 'T709 unknown urgency "soonish"'),
        ({**GOOD, "expected": {"states": []}}, 'T708 has no "urgency"'),
        ({**GOOD, "expected": {"states": [], "urgency": 3}}, "T708 urgency needs to be a word"),
        ({**GOOD, "expected": {"states": [], "urgency": "soon", "also_abnormal": ["X"]}}, 'T709 unknown state "X"'),
    ],
)
def test_a_case_that_cannot_be_counted_is_told_with_its_line_and_left_out(
    batch: Batch, line: object, told: str
) -> None:
    known = read(batch, GOOD, "", line)

    assert len(known.cases) == 1
    assert [str(problem).startswith(f"cases.jsonl:3:1: {told}") for problem in known.problems] == [True]
    assert all(problem.hint for problem in known.problems)


@pytest.mark.parametrize("urgency", [None, "none", "routine"])
def test_a_case_may_expect_no_urgency(batch: Batch, urgency: str | None) -> None:
    calm = {"answers": {"dry_soil": "no"}, "expected": {"states": [], "urgency": urgency}}
    known = read(batch, calm, {**calm, "answers": {"collapsed": "yes"}})

    assert known.problems == []
    assert [(each.least, each.told) for each in known.cases] == [(0, 0), (0, 3)]


def test_every_mistake_of_a_line_is_told(batch: Batch) -> None:
    line = {"answers": {"dry_sol": "yes"}, "expected": {"states": ["A"], "urgency": "now"}}

    assert [problem.code for problem in read(batch, line).problems] == ["T709", "T709", "T709"]


def test_what_is_known_not_to_be_asked_is_no_mistake(batch: Batch) -> None:
    (not_asked, *_) = batch.rulebase.not_asked

    assert read(batch, {**GOOD, "answers": {not_asked: "yes"}}).problems == []


def test_figures_are_told_of_the_cases_that_can_be_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(f"{json.dumps(GOOD)}\nnonsense\n", encoding="utf-8")
    code = main(["review", "measure", str(file), "--rules", str(SMALL)])
    told = capsys.readouterr()

    assert code == 1
    assert "less urgent than it should be" in told.out
    assert told.err.endswith("Cases counted: 1. Lines left out: 1.\n")
