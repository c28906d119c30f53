"""What follows from answers, and what "not sure" leaves open by that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.consequences import consequences, contradictions, with_consequences
from quiz.model import UNSURE, Answers, Condition, Group, Implication, Is, RuleBase
from tests import making
from tests.evaluator import with_what_follows


def following(*pairs: tuple[Condition, dict[str, str]]) -> RuleBase:
    return making.rulebase(
        making.FINDINGS, [], implications=[Implication(c, then, "", making.HERE) for c, then in pairs]
    )


def test_what_follows_can_have_consequences_of_its_own() -> None:
    rulebase = following((Is("f1", "yes"), {"f2": "yes"}), (Is("f0", "yes"), {"f1": "yes"}))

    assert with_consequences(rulebase, {"f0": "yes"}) == {"f0": "yes", "f1": "yes", "f2": "yes"}


@pytest.mark.parametrize("own", ["no", "unsure"])
def test_an_answer_is_never_overwritten_by_what_follows(own: str) -> None:
    rulebase = following((Is("f0", "yes"), {"f1": "yes"}))

    assert with_consequences(rulebase, {"f0": "yes", "f1": own})["f1"] == own


def test_of_two_that_contradict_each_other_the_first_one_written_counts() -> None:
    rulebase = following((Is("f0", "yes"), {"f2": "yes"}), (Is("f1", "yes"), {"f2": "no"}))

    for answers in ({"f0": "yes", "f1": "yes"}, {"f1": "yes", "f0": "yes"}):
        assert with_consequences(rulebase, answers)["f2"] == "yes"


def test_nothing_follows_from_unsure_or_from_what_was_not_asked() -> None:
    rulebase = following((Is("f0", "yes"), {"f1": "yes"}), (Group("all", (Is("f0", "no"),)), {"f1": "no"}))

    assert with_consequences(rulebase, {"f0": "unsure"}) == {"f0": "unsure"}
    assert with_consequences(rulebase, {}) == {}


def test_rule_bases_in_turn_each_draw_their_own_consequences() -> None:
    rulebases = [following((Is("f0", "yes"), {f"f{number}": "yes"})) for number in (1, 2, 3)]

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


# --- what "not sure" leaves open ------------------------------------------------------------------------


def in_doubt(rulebase: RuleBase, answers: Answers) -> dict[str, tuple[set[str], set[str]]]:
    """To each finding in doubt beside the answers: what it could be, and the answers that it hangs on."""
    prepared = consequences(rulebase)
    unsure = {finding for finding, answer in answers.items() if answer == UNSURE}
    doubts = prepared.doubts(answers, prepared.from_answers(answers), unsure)
    assert {each: doubts.behind[each] for each in unsure} == {each: (each,) for each in unsure}
    return {finding: (set(words), set(doubts.behind[finding])) for finding, words in doubts.words.items()}


F0, F1, F2 = (Is(f"f{number}", "yes") for number in range(3))


def test_not_sure_leaves_open_what_would_follow_and_what_follows_from_that() -> None:
    rulebase = following((F0, {"f1": "yes"}), (F1, {"f2": "yes"}))

    assert in_doubt(rulebase, {"f0": "unsure"}) == {"f1": ({"yes"}, {"f0"}), "f2": ({"yes"}, {"f0"})}
    assert in_doubt(rulebase, {"f0": "no"}) == in_doubt(rulebase, {"f0": "yes"}) == in_doubt(rulebase, {}) == {}


def test_every_answer_not_sure_from_which_it_would_follow_is_told() -> None:
    rulebase = following((F0, {"f2": "yes"}), (F1, {"f2": "yes"}))

    assert in_doubt(rulebase, {"f0": "unsure", "f1": "unsure"}) == {"f2": ({"yes"}, {"f0", "f1"})}


@pytest.mark.parametrize("own", ["yes", "no", "unsure"])
def test_an_answer_is_not_left_open_by_what_would_follow(own: str) -> None:
    assert in_doubt(following((F0, {"f1": "yes"})), {"f0": "unsure", "f1": own}) == {}


def test_what_follows_from_another_answer_takes_no_doubt_away() -> None:
    rulebase = following((F0, {"f1": "yes"}), (F2, {"f1": "no"}))

    assert in_doubt(rulebase, {"f0": "unsure", "f2": "yes"}) == {"f1": ({"yes"}, {"f0"})}


def test_where_all_is_needed_a_no_leaves_nothing_open() -> None:
    rulebase = following((Group("all", (F0, F2)), {"f1": "yes"}))

    assert in_doubt(rulebase, {"f0": "unsure", "f2": "no"}) == {}
    assert in_doubt(rulebase, {"f0": "unsure", "f2": "yes"}) == {"f1": ({"yes"}, {"f0"})}
