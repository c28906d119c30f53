"""Figures on cases whose answer is known."""

from __future__ import annotations

import json

import pytest

from quiz.review.measure import Share, measure


def lines(*pairs: tuple[list[str], str, list[list[str]], str | None]) -> tuple[list[str], list[str]]:
    cases = [
        json.dumps({"id": 1, "expected": {"states": states, "urgency": urgency}}) for states, urgency, _, _ in pairs
    ]
    told = [json.dumps({"states_ranked": ranked, "urgency": urgency}) for _, _, ranked, urgency in pairs]
    return cases, told


def figure(found: list[str], name: str) -> str:
    return next(line for line in found if line.startswith(name))


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [(0, 10, 0.0, 0.3085), (5, 10, 0.1871, 0.8129), (10, 10, 0.6915, 1.0), (24, 30, 0.6143, 0.9229)],
)
def test_the_interval_is_the_exact_one(hits: int, cases: int, low: float, high: float) -> None:
    assert Share("x", hits, cases).interval() == pytest.approx((low, high), abs=0.0001)


def test_a_right_first_state_and_a_missed_one_are_told_apart() -> None:
    found = measure(
        *lines((["K_LOW"], "soon", [["K_LOW", "strong"], ["MG_LOW", "weak"]], "soon"), (["P_LOW"], "soon", [], None))
    )

    assert "(1/2;" in figure(found, "driving state first")
    assert "(1/2;" in figure(found, "less urgent than")
    assert figure(found, "states named").endswith("1.00")


def test_a_state_told_where_none_was_the_answer_counts_against() -> None:
    found = measure(*lines(([], "emergency", [["K_LOW", "moderate"]], "same_day")))

    assert "(1/1;" in figure(found, "no state was the answer: any")
    assert "(0/1;" in figure(found, "no state was the answer: one told strongly")
    assert "(0/1;" in figure(found, "emergencies told")


def test_a_case_without_an_expected_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        measure(['{"id": 7}'], ['{"states_ranked": [], "urgency": null}'])
