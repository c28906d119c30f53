"""What a condition means, and what its denial means."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.logic import Leaf, denial, holds, is_true, positive
from quiz.model import Answers, Condition, Group, Holds, Interval, Is, Named
from tests import making

FINDINGS = {each.id: each for each in making.FINDINGS}
CONDITIONS = making.conditions(st.nothing())
YES, NO = Is("f0", "yes"), Is("f1", "no")
LOW, NOT_LOW = Is("level", Interval(high=3.0)), Is("level", Interval(low=3.0))


def given_answers(answers: Answers) -> Callable[[Leaf], bool]:
    return lambda leaf: isinstance(leaf, Is) and is_true(leaf, answers)


def is_so(condition: Condition, answers: Answers) -> bool:
    return holds(positive(condition, FINDINGS), given_answers(answers))


@pytest.mark.parametrize(
    ("test", "answers", "true"),
    [
        (YES, {"f0": "yes"}, True), (YES, {"f0": "no"}, False), (YES, {"f0": "unsure"}, False), (YES, {}, False),
        (LOW, {"level": 2.9}, True), (LOW, {"level": 3.0}, False), (LOW, {"level": "unsure"}, False), (LOW, {}, False),
    ],
)  # fmt: skip
def test_only_an_answer_makes_a_test_true(test: Is, answers: Answers, true: bool) -> None:
    assert is_true(test, answers) == true


@pytest.mark.parametrize(
    ("condition", "denied"),
    [
        (YES, Is("f0", "no")),
        (Is("pot", "clay"), Group("any", (Is("pot", "plastic"), Is("pot", "metal")))),
        (LOW, NOT_LOW),
        (Is("level", Interval(2.0, 3.0)), Group("any", (Is("level", Interval(high=2.0)), NOT_LOW))),
        (Holds("c"), Holds("c", "no")),
        (Holds("c", "no"), Holds("c")),
        (Group("all", (YES, NO)), Group("any", (Is("f0", "no"), Is("f1", "yes")))),
        (Group("any", (YES, NO)), Group("all", (Is("f0", "no"), Is("f1", "yes")))),
        (Group("none", (YES, NO)), Group("any", (YES, NO))),
        (Group("at_least", (YES, NO, LOW), 2), Group("at_least", (Is("f0", "no"), Is("f1", "yes"), NOT_LOW), 2)),
        (Group("at_least", (YES, NO), 1), Group("at_least", (Is("f0", "no"), Is("f1", "yes")), 2)),
    ],
)  # fmt: skip
def test_a_condition_is_denied_by(condition: Condition, denied: Condition) -> None:
    assert denial(condition, FINDINGS) == denied


def test_a_named_state_cannot_be_denied() -> None:
    with pytest.raises(ValueError, match="cannot be denied"):
        denial(Group("any", (Named("X_LOW"),)), FINDINGS)


@given(CONDITIONS, making.answers())
def test_the_denial_of_a_denial_is_the_condition(condition: Condition, answers: Answers) -> None:
    again = denial(denial(condition, FINDINGS), FINDINGS)

    assert is_so(again, answers) == is_so(condition, answers)


@given(CONDITIONS, making.answers())
def test_a_condition_and_its_denial_are_never_both_true(condition: Condition, answers: Answers) -> None:
    assert not (is_so(condition, answers) and is_so(denial(condition, FINDINGS), answers))


@given(CONDITIONS, st.fixed_dictionaries({each.id: making.answers_to(each) for each in making.FINDINGS}))
def test_once_everything_is_answered_a_condition_is_true_or_denied(condition: Condition, answers: Answers) -> None:
    if "unsure" not in answers.values():
        assert is_so(condition, answers) != is_so(denial(condition, FINDINGS), answers)


@given(CONDITIONS, making.answers(), making.answers())
def test_more_answers_never_make_a_true_condition_less_true(
    condition: Condition, answers: Answers, more: Answers
) -> None:
    if is_so(condition, answers):
        assert is_so(condition, {**more, **answers})


@given(CONDITIONS)
def test_no_group_of_denials_is_left_in_the_positive_form(condition: Condition) -> None:
    def kinds(part: Condition) -> set[str]:
        return {part.kind}.union(*map(kinds, part.of)) if isinstance(part, Group) else set()

    assert "none" not in kinds(positive(condition, FINDINGS))


@given(st.floats(-5, 15), making.INTERVALS)
def test_a_number_lies_in_an_interval_or_outside_it_and_never_both(number: float, interval: Interval) -> None:
    assert (number in interval) + sum(number in part for part in interval.outside()) == 1
