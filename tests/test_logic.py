"""What a condition means, and what its denial means."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.logic import Leaf, contradictions, denial, holds, is_true, positive, with_consequences
from quiz.model import UNSURE, Answers, Condition, Group, Holds, Implication, Interval, Is, Named, RuleBase
from tests import making
from tests.evaluator import with_what_follows

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


# --- what follows from answers ------------------------------------------------------------------------


def follows(*pairs: tuple[Condition, dict[str, str]]) -> RuleBase:
    return making.rulebase(
        making.FINDINGS, [], implications=[Implication(c, then, "", making.HERE) for c, then in pairs]
    )


def test_what_follows_can_have_consequences_of_its_own() -> None:
    rulebase = follows((Is("f1", "yes"), {"f2": "yes"}), (Is("f0", "yes"), {"f1": "yes"}))

    assert with_consequences(rulebase, {"f0": "yes"}) == {"f0": "yes", "f1": "yes", "f2": "yes"}


@pytest.mark.parametrize("own", ["no", "unsure"])
def test_an_answer_is_never_overwritten_by_what_follows(own: str) -> None:
    rulebase = follows((Is("f0", "yes"), {"f1": "yes"}))

    assert with_consequences(rulebase, {"f0": "yes", "f1": own})["f1"] == own


def test_of_two_that_contradict_each_other_the_first_one_written_counts() -> None:
    rulebase = follows((Is("f0", "yes"), {"f2": "yes"}), (Is("f1", "yes"), {"f2": "no"}))

    for answers in ({"f0": "yes", "f1": "yes"}, {"f1": "yes", "f0": "yes"}):
        assert with_consequences(rulebase, answers)["f2"] == "yes"


def test_nothing_follows_from_unsure_or_from_what_was_not_asked() -> None:
    rulebase = follows((Is("f0", "yes"), {"f1": "yes"}), (Group("all", (Is("f0", "no"),)), {"f1": "no"}))

    assert with_consequences(rulebase, {"f0": "unsure"}) == {"f0": "unsure"}
    assert with_consequences(rulebase, {}) == {}


def test_rule_bases_in_turn_each_draw_their_own_consequences() -> None:
    rulebases = [follows((Is("f0", "yes"), {f"f{number}": "yes"})) for number in (1, 2, 3)]

    for number, rulebase in [*enumerate(rulebases, 1), *enumerate(rulebases, 1)]:
        assert with_consequences(rulebase, {"f0": "yes"}) == {"f0": "yes", f"f{number}": "yes"}


@given(st.lists(making.implications(), max_size=6), making.answers())
def test_both_readings_agree_on_what_follows(implications: list[Implication], answers: Answers) -> None:
    rulebase = making.rulebase(making.FINDINGS, [], implications=implications)

    assert with_consequences(rulebase, answers) == with_what_follows(rulebase, [answers])[0]


def test_an_answer_against_what_follows_from_the_others_is_a_contradiction_and_not_sure_is_none(
    rulebase: RuleBase,
) -> None:
    assert contradictions(rulebase, {"sex": "male", "pregnancy": "yes"})
    assert contradictions(rulebase, {"rapid_weakness": "yes", "muscle_weakness": "no"})
    assert not contradictions(rulebase, {"sex": "male", "pregnancy": UNSURE})
    assert not contradictions(rulebase, {"sex": "female", "pregnancy": "yes", "age": 30.0})
