"""What a note says that it rests on: enough by itself, and nothing of it can be left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.engine import Engine
from quiz.enough import smallest
from quiz.explain import Change, Evidence, Note, Reason, explain, with_changes
from quiz.model import (
    NO,
    UNSURE,
    YES,
    Answers,
    Group,
    Implication,
    Interval,
    Is,
    Raises,
    Rule,
    RuleBase,
    Strength,
    Supports,
    Urgency,
)
from tests import making
from tests.evaluator import Evaluator
from tests.test_whatif import people

RANDOM_PEOPLE = 300


def note_of(engine: Engine, answers: Answers) -> Note:
    return explain(engine, engine.assess(answers), answers)


def ids(evidence: Sequence[Evidence]) -> list[str]:
    return [each.finding for each in evidence]


# --- over the shipped rules -------------------------------------------------------------------------


@dataclass(frozen=True)
class Claim:
    """That these answers alone give a note, and without any one of them do not."""

    who: str
    answers: Answers
    told: tuple[Evidence, ...]
    given: Callable[[Evaluator, int], bool]

    def cases(self) -> Iterator[Answers]:
        """The set alone, then the set without each of its members."""
        alone = {each.finding: self.answers[each.finding] for each in self.told}
        yield alone
        for left_out in alone:
            yield {finding: answer for finding, answer in alone.items() if finding != left_out}


def claims(who: str, answers: Answers, note: Note) -> Iterator[Claim]:
    for state in note.states:
        yield Claim(who, answers, state.told, names(state.state.id, state.strength))
        for reason in (*state.reasons, *state.against, *state.cautions):
            yield Claim(who, answers, reason.told, fires(reason))
    if note.advice:
        yield Claim(who, answers, note.told, urges(note.advice.urgency))
    for reason in (*note.urgent, *note.cautions):
        yield Claim(who, answers, reason.told, fires(reason))


def names(state: str, strength: Strength) -> Callable[[Evaluator, int], bool]:
    return lambda seen, case: any(
        seen.true_in(rule) >> case & 1
        for rule in seen.rules
        if isinstance(rule.then, Supports) and rule.then.state == state and rule.then.strength >= strength
    )


def urges(urgency: Urgency) -> Callable[[Evaluator, int], bool]:
    return lambda seen, case: any(
        seen.true_in(rule) >> case & 1
        for rule in seen.rules
        if isinstance(rule.then, Raises) and rule.then.urgency >= urgency
    )


def fires(reason: Reason) -> Callable[[Evaluator, int], bool]:
    return lambda seen, case: bool(seen.true_in(seen.rulebase.rules[reason.rule]) >> case & 1)


def unfaithful(rulebase: RuleBase, all_claims: Sequence[Claim]) -> list[str]:
    """The claims that a second reading of the rules refutes."""
    cases = [case for claim in all_claims for case in claim.cases()]
    seen = Evaluator(rulebase, cases)
    wrong, start = [], 0
    for claim in all_claims:
        first, start = start, start + 1 + len(claim.told)
        if not claim.given(seen, first) or any(claim.given(seen, case) for case in range(first + 1, start)):
            wrong.append(f"{claim.who}: {ids(claim.told)}")
    return wrong


def test_what_a_vignettes_note_says_it_rests_on_is_enough_alone_and_nothing_of_it_can_be_left_out(
    engine: Engine, rulebase: RuleBase
) -> None:
    cases = {each.id: each.answers for each in rulebase.vignettes.values()}
    found = [claim for who, answers in cases.items() for claim in claims(who, answers, note_of(engine, answers))]

    assert len(found) > len(cases)
    assert unfaithful(rulebase, found) == []


def test_what_a_made_up_persons_note_says_it_rests_on_is_enough_alone_and_nothing_of_it_can_be_left_out(
    engine: Engine, rulebase: RuleBase
) -> None:
    crowd = [(f"person {n}", answers) for n, answers in enumerate(people(rulebase, RANDOM_PEOPLE, seed=4))]
    found = [claim for who, answers in crowd for claim in claims(who, answers, note_of(engine, answers))]

    assert len(found) > len(crowd)
    assert unfaithful(rulebase, found) == []


def test_the_rule_told_first_is_one_that_the_told_answers_fire(engine: Engine, rulebase: RuleBase) -> None:
    for vignette in list(rulebase.vignettes.values())[::3]:
        for state in note_of(engine, vignette.answers).states:
            assert state.reasons[0].told == state.told, vignette.id


# --- over made-up rules -----------------------------------------------------------------------------


@given(making.rulebases(most_rules=8), making.answers())
def test_in_made_up_rules_too_the_told_answers_name_each_state_and_none_can_be_left_out(
    made: RuleBase, answers: Answers
) -> None:
    calm = {rule.id: rule for rule in made.rules.values() if not isinstance(rule.then, Raises)}  # no advice is made up
    rulebase = replace(made, rules=calm)
    note = note_of(Engine(rulebase), answers)

    assert unfaithful(rulebase, [
        Claim("", answers, state.told, names(state.state.id, state.strength)) for state in note.states
    ]) == []  # fmt: skip


def supporting(*rules: tuple[str, Group | Is]) -> list[Rule]:
    return [making.rule(name, when, Supports("X_LOW", Strength.WEAK)) for name, when in rules]


F0, F1 = Is("f0", YES), Is("f1", YES)


@pytest.mark.parametrize(
    ("rules", "answers", "told"),
    [
        (supporting(("r.0", Group("any", (F0, F1)))), {"f0": YES, "f1": YES}, ["f0"]),
        (supporting(("r.0", Group("any", (F0, F1)))), {"f0": UNSURE, "f1": YES}, ["f1"]),
        (supporting(("r.0", Group("all", (F0, F1))), ("r.1", F1)), {"f0": YES, "f1": YES}, ["f1"]),
        (supporting(("r.0", Group("all", (F0, Is("f1", NO))))), {"f0": YES, "f1": NO}, ["f0", "f1"]),
    ],
)
def test_the_told_answers_are_the_first_that_are_enough(rules: list[Rule], answers: Answers, told: list[str]) -> None:
    (state,) = note_of(Engine(making.rulebase(making.FINDINGS, rules)), answers).states

    assert ids(state.told) == told


LATE = Implication(Is("level", Interval(low=5.0)), {"f0": YES}, "", making.HERE)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"level": 7.0}, ["level"]),
        ({"level": 7.0, "f0": YES}, ["f0"]),
    ],
)
def test_an_answer_that_was_given_is_told_rather_than_what_follows_from_it(answers: Answers, told: list[str]) -> None:
    made = making.rulebase(making.FINDINGS, supporting(("r.0", F0)), implications=[LATE])
    (state,) = note_of(Engine(made), answers).states

    assert ids(state.told) == told


# --- the search -------------------------------------------------------------------------------------


@given(st.lists(st.sets(st.sampled_from("abcdefgh")), min_size=1, max_size=4))
def test_the_smallest_is_enough_and_needs_each_of_its_members(ways: list[set[str]]) -> None:
    def enough(letters: Sequence[str]) -> bool:
        return any(way.issubset(letters) for way in ways)

    found = smallest("abcdefgh", enough)

    assert enough(found)
    assert not any(enough([each for each in found if each != left_out]) for left_out in found)


def test_what_can_be_left_out_only_after_another_is_left_out_too() -> None:
    def enough(letters: Sequence[str]) -> bool:
        return "b" in letters and ("c" in letters or "a" not in letters)

    assert smallest("abc", enough) == ("b",)


def test_the_search_asks_far_less_often_than_once_for_each_answer() -> None:
    asked = []

    def enough(letters: Sequence[str]) -> bool:
        asked.append(letters)
        return "17" in letters

    assert smallest([str(number) for number in range(200)], enough) == ("17",)
    assert len(asked) < 40


# --- where changes stand ----------------------------------------------------------------------------


def test_what_would_change_a_state_stands_with_the_state_and_all_else_with_the_note(engine: Engine) -> None:
    first = next(iter(engine.rulebase.vignettes.values()))
    note = note_of(engine, first.answers)
    state = note.states[0].state.id
    whole = with_changes(note, [Change(state, "remove", ()), Change("urgency", "remove", ())])

    assert [each.about for each in whole.states[0].changes] == [state]
    assert [each.about for each in whole.changes] == ["urgency"]
