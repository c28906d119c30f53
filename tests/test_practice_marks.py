"""Marks by certainty, and calibration."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from quiz.practice.calibration import BEST, ENOUGH, calibration, calibration_text
from quiz.practice.marks import MARKS, errors_first, mark
from quiz.practice.values import Certainty
from tests.practice_making import given, marked

GUESS, FAIRLY, SURE = Certainty.GUESS, Certainty.FAIRLY, Certainty.SURE


def expected(certainty: Certainty, probability: Fraction | float) -> Fraction | float:
    """What an answer earns on average, where it is right with this probability (0 to 1)."""
    right, wrong = MARKS[certainty]
    return probability * right + (1 - probability) * wrong


@pytest.mark.parametrize(
    ("certainty", "right", "wrong"), [(GUESS, 1, 0), (FAIRLY, 2, -2), (SURE, 3, -6)], ids=lambda each: str(each)
)
def test_a_surer_answer_earns_more_when_right_and_loses_more_when_wrong(
    certainty: Certainty, right: int, wrong: int
) -> None:
    assert (mark(marked(certainty, True)), mark(marked(certainty, False))) == (right, wrong)


@any_of(st.fractions(0, 1))
def test_whoever_says_truly_how_sure_they_are_expects_most(probability: Fraction) -> None:
    worth = {each: expected(each, probability) for each in Certainty}
    best = {each for each in Certainty if worth[each] == max(worth.values())}

    assert best == {each for each, (low, high) in BEST.items() if low <= probability <= high}


def test_each_level_is_best_somewhere_and_strictly_so_between_its_bounds() -> None:
    for level, (low, high) in BEST.items():
        middle = (low + high) / 2
        assert all(expected(level, middle) > expected(other, middle) for other in Certainty if other is not level)


def test_at_a_bound_two_levels_earn_the_same() -> None:
    assert expected(GUESS, Fraction(2, 3)) == expected(FAIRLY, Fraction(2, 3)) == Fraction(2, 3)
    assert expected(FAIRLY, Fraction(4, 5)) == expected(SURE, Fraction(4, 5)) == Fraction(6, 5)


def test_every_certainty_has_marks_and_bounds() -> None:
    assert set(MARKS) == set(BEST) == set(Certainty)


def test_confident_errors_come_first_and_certain_knowledge_not_at_all() -> None:
    answers = [
        given("known", certainty=SURE),
        given("guessed", certainty=GUESS),
        given("suspected", chosen="b", certainty=GUESS),
        given("confident", chosen="b", certainty=SURE),
        given("wrong", chosen="b", certainty=FAIRLY),
        given("confident too", chosen="c", certainty=SURE),
    ]

    names = [each.item for each in errors_first(answers)]
    assert names == ["confident", "confident too", "wrong", "suspected"]


def test_calibration_waits_for_enough_answers() -> None:
    answers = [marked(SURE, True)] * (ENOUGH - 1)

    assert calibration(answers) == ()
    assert "after 20 answers" in calibration_text(calibration(answers), 80)
    assert calibration([*answers, marked(SURE, True)]) != ()


def test_the_verdict_compares_what_was_said_with_what_was_right() -> None:
    answers = [marked(SURE, number < 5) for number in range(10)] + [marked(FAIRLY, number < 7) for number in range(10)]
    answers += [marked(GUESS, True)] * 10

    assert [(each.certainty, each.said, each.right, each.verdict) for each in calibration(answers)] == [
        (SURE, 10, 5, "surer than right"),
        (FAIRLY, 10, 7, "fits"),
        (GUESS, 10, 10, "righter than sure"),
    ]


def test_nothing_is_made_of_a_level_used_a_few_times() -> None:
    answers = [marked(SURE, True)] * 20 + [marked(FAIRLY, False)] * 4

    assert [each.verdict for each in calibration(answers)] == ["fits", "too few to tell", "not used yet"]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_the_table_fits_its_width_and_says_each_level(width: int) -> None:
    answers = [marked(SURE, number < 5) for number in range(12)] + [marked(FAIRLY, True)] * 8
    text = calibration_text(calibration(answers), width)

    assert max(map(len, text.splitlines())) <= width
    for part in ("sure", "fairly", "guess", "5 (42%)", "80% to 100%", "surer than right", "up to 67%"):
        assert part in " ".join(text.split())
