"""What would change a note, held against trying every change of up to two answers."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from quiz import wording
from quiz.consequences import contradictions
from quiz.engine import Engine
from quiz.explain import Change, Switch, explain, with_changes
from quiz.interview import Session
from quiz.model import (
    NO,
    UNSURE,
    YES,
    Answer,
    Answers,
    Group,
    Implication,
    Interval,
    Is,
    Named,
    Raises,
    RuleBase,
    Strength,
    Supports,
    Urgency,
)
from quiz.rulebase import load
from quiz.whatif import MOST_CHANGED, URGENCY, changes
from tests import making
from tests.conftest import ROOT
from tests.trying import Trying

SMALL = load(ROOT / "tests" / "rulebases" / "small")

TIMES = int(os.environ.get("WHATIF_TIMES", "1"))
"""How many times as many cases to look at, and more changes of each: WHATIF_TIMES=10 for a long search."""


def told(engine: Engine, answers: Answers) -> tuple[Change, ...]:
    return changes(engine.rulebase, engine.certain, engine.assess, answers)


def check(engine: Engine, answers: Answers, most: int = 2) -> None:
    """Every change is as small as any, is the first of those as small, and none is missing.

    Changes of up to `most` answers are tried.
    """
    tried, found = Trying(engine, answers, most), told(engine, answers)
    searched: dict[tuple[str, str], Change] = {
        (each.about, each.goal): each for each in found if each.most == MOST_CHANGED
    }
    order = sorted(engine.rulebase.findings, key=lambda f: (answers.get(f) in (None, UNSURE), answers.get(f) is None))
    places = {finding: place for place, finding in enumerate(order)}
    late = {f for f, each in engine.rulebase.findings.items() if each.kind in ("about", "life stage")}
    for goal, least in tried.least().items():
        change = searched.pop(goal, None)
        got = frozenset(switch.finding for switch in change.answers) if change else frozenset[str]()
        if least:
            best = min(least, key=lambda each: sorted((f in late, places[f]) for f in each))
            assert got == best, (goal, answers)
        else:
            assert not got or len(got) > most, (goal, answers)
    assert not searched
    assert decided(found) == tried.decided


def decided(found: Sequence[Change]) -> set[tuple[str, ...]]:
    """As the oracle's. Of the numbers that move the same, only one is told."""
    decided = [each for each in found if each.most == 1]
    numbers = [(each.answers[0].finding, each.about, each.goal, each.state, each.strength, each.urgency)
               for each in decided if not isinstance(each.answers[0].now, str)]  # fmt: skip
    assert len(numbers) == len(set(numbers))
    assert all(each.goal != "remove" for each in decided)
    return {
        (
            each.about,
            each.goal,
            each.answers[0].finding,
            each.answers[0].now if isinstance(each.answers[0].now, str) else "",
            str({"raise": each.urgency, "stronger": each.strength, "top": each.state}[each.goal]),
        )
        for each in decided
    }


def replayed(engine: Engine, answers: Answers, change: Change) -> bool:
    """Whether the engine says that a change does what is told of it."""
    new = {**answers, **{each.finding: each.now for each in change.answers}}
    before, then = engine.assess(answers), engine.assess(new)
    assert not contradictions(engine.rulebase, new)
    assert all(answers.get(each.finding) == each.was != each.now for each in change.answers)
    if change.goal == "raise":
        return then.urgency == change.urgency and (then.urgency or 0) > (before.urgency or 0)
    if change.goal == "top":
        return then.candidates[0].state == change.state != before.candidates[0].state
    if change.goal == "stronger":
        support = {each.state: each.strength for each in before.candidates}
        (now,) = (each.strength for each in then.candidates if each.state == change.state)
        return now == change.strength and now > support.get(change.state, 0)
    if change.about == URGENCY:
        return then.urgency == change.urgency and (then.urgency or 0) < (before.urgency or 0)
    return change.about not in {*(each.state for each in then.candidates), *(each.rule.id for each in then.cautions)}


def people(rulebase: RuleBase, number: int, seed: int, most: int = 25) -> Iterator[Answers]:
    """Made-up answers that contradict nothing. The same seed gives the same people."""
    dice = random.Random(seed)
    findings = list(rulebase.findings.values())
    for _ in range(number):
        answers: dict[str, Answer] = {}
        for finding in dice.sample(findings, min(dice.randint(1, most), len(findings))):
            words = (*finding.words, YES, UNSURE) if YES in finding.words else (*finding.words, UNSURE)
            value = round(dice.uniform(finding.low, finding.high), 1) if finding.is_number else dice.choice(words)
            if not contradictions(rulebase, {**answers, finding.id: value}):
                answers[finding.id] = value
        yield answers


# --- against trying every change --------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> Engine:
    return Engine(SMALL)


def test_no_change_of_up_to_two_answers_is_missed_in_a_small_rule_base(small: Engine) -> None:
    for vignette in SMALL.vignettes.values():
        check(small, vignette.answers)
    for answers in people(SMALL, 12 * TIMES, seed=4):
        check(small, answers)


def two_electrolytes(rulebase: RuleBase) -> RuleBase:
    states = {name: replace(each, electrolyte=name[0]) for name, each in rulebase.states.items()}
    return replace(rulebase, states=states)


@given(making.rulebases(most_rules=12), making.answers())
@settings(max_examples=30 * TIMES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_no_change_at_all_is_missed_in_made_up_rules(made: RuleBase, answers: Answers) -> None:
    check(Engine(two_electrolytes(made)), answers, MOST_CHANGED)


def test_more_answers_behind_a_state_as_strong_bring_it_to_the_top() -> None:
    rules = [
        making.rule("r.0", Group("all", (Is("f0", YES), Is("f1", YES))), Supports("Z_LOW", Strength.WEAK)),
        making.rule("r.1", Group("any", (Is("f2", YES), Is("pot", "clay"))), Supports("X_LOW", Strength.WEAK)),
    ]
    engine = Engine(two_electrolytes(making.rulebase(making.FINDINGS, rules)))
    (change,) = (each for each in told(engine, {"f2": YES}) if each.goal == "top")

    assert [(each.finding, each.now) for each in change.answers] == [("f0", YES), ("f1", YES)]


def test_an_answer_that_only_follows_from_itself_has_to_be_given() -> None:
    rules = [making.rule("r.0", Is("pot", "clay"), Raises(Urgency.SOON)), making.rule("r.1", Is("f0", YES),
             Raises(Urgency.ROUTINE))]  # fmt: skip
    follows = [Implication(Is("pot", "clay"), {"f2": YES}, "", making.HERE),
               Implication(Is("f2", YES), {"pot": "clay"}, "", making.HERE)]  # fmt: skip
    engine = Engine(making.rulebase(making.FINDINGS, rules, implications=follows))
    (change,) = (each for each in told(engine, {"f0": YES}) if each.goal == "raise")

    assert [(each.finding, each.now) for each in change.answers] == [("f2", YES)]


def test_looking_for_one_change_spoils_no_later_one() -> None:
    rules = [
        making.rule("r.0", Is("level", Interval(high=5.5)), Supports("X_LOW", Strength.WEAK)),
        making.rule("r.1", Is("f2", NO), Raises(Urgency.ROUTINE)),
        making.rule("r.2", Named("X_HIGH", Strength.WEAK), Raises(Urgency.SOON)),
        making.rule("r.3", Is("pot", "clay"), Supports("X_HIGH", Strength.WEAK)),
        making.rule("r.4", Named("X_HIGH", Strength.MODERATE), Raises(Urgency.EMERGENCY)),
        making.rule("r.5", Is("level", Interval(high=0.0)), Supports("X_HIGH", Strength.MODERATE)),
    ]
    check(Engine(making.rulebase(making.FINDINGS, rules)), {"level": 3.0, "f2": NO, "pot": "plastic"})


# --- on the shipped rules ---------------------------------------------------------------------------


def test_no_change_of_one_answer_is_missed_in_the_shipped_rules(engine: Engine) -> None:
    vignettes = [each.answers for each in engine.rulebase.vignettes.values()]
    for answers in (*vignettes[:: max(1, 48 // TIMES)], *people(engine.rulebase, 2 * TIMES, seed=9)):
        check(engine, answers, 1)


def test_no_change_of_two_answers_is_missed_in_the_shipped_rules(engine: Engine) -> None:
    """Some 200,000 sets of answers for each person: one vignette where TIMES is 1."""
    vignettes = [each.answers for each in engine.rulebase.vignettes.values()]
    for answers in (*vignettes[40 :: max(1, 120 // TIMES)], *people(engine.rulebase, TIMES - 1, seed=10)):
        check(engine, answers, 2)


def test_every_change_told_about_a_vignette_does_on_the_engine_what_is_told(engine: Engine) -> None:
    for vignette in list(engine.rulebase.vignettes.values())[:: max(1, 18 // TIMES)]:
        for change in told(engine, vignette.answers):
            assert not change.answers or replayed(engine, vignette.answers, change), (vignette.id, change)


def test_nothing_is_told_where_there_is_no_note_and_nothing_is_unsure(engine: Engine) -> None:
    assert told(engine, {}) == ()


# --- what may be proposed ---------------------------------------------------------------------------


def test_a_proposal_never_contradicts_what_follows_from_the_other_answers() -> None:
    rules = [making.rule("r.0", Is("f0", YES), Supports("X_LOW", Strength.WEAK))]
    follows = [Implication(Is("f1", YES), {"f0": YES}, "", making.HERE)]
    engine = Engine(making.rulebase(making.FINDINGS, rules, implications=follows))
    (change,) = told(engine, {"f0": YES, "f1": YES})

    assert [(each.finding, each.now) for each in change.answers] == [("f0", NO), ("f1", NO)]


def test_a_note_that_no_few_answers_take_away_is_told_to_stay() -> None:
    rules = [making.rule(f"r.{n}", Is(f"f{n}", YES), Supports("X_LOW", Strength.WEAK)) for n in range(MOST_CHANGED + 1)]
    engine = Engine(making.rulebase(making.FINDINGS, rules))
    answers = {f"f{n}": YES for n in range(MOST_CHANGED + 1)}

    assert told(engine, answers) == (Change("X_LOW", "remove", (), most=MOST_CHANGED),)


def test_not_sure_never_becomes_no_by_itself_and_its_answer_is_told_where_it_decides(engine: Engine) -> None:
    rules = [making.rule("r.0", Is("f0", YES), Raises(Urgency.EMERGENCY))]
    made = Engine(making.rulebase(making.FINDINGS, rules))
    (change,) = told(made, {"f0": UNSURE})

    assert change.settles
    assert (change.answers[0].now, change.urgency) == (YES, Urgency.EMERGENCY)


# --- in words ---------------------------------------------------------------------------------------


def switch(label: str, was: Answer | None, now: Answer, unit: str = "") -> Switch:
    return Switch(label, label, unit, was, now)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            Change("X", "remove", (switch("a clay pot", YES, NO),)),
            "If you had not told of a clay pot, this would not be on the note.",
        ),
        (
            Change("X", "remove", (switch("a", YES, NO), switch("b", YES, NO), switch("level", 2.0, 3.5, "mmol/L"))),
            "If you had not told of a or b, and level had been 3.5 mmol/L, this would not be on the note.",
        ),
        (
            Change("X", "raise", (switch("a", NO, YES),), urgency=Urgency.EMERGENCY),
            "If you had told of a, this would be an emergency.",
        ),
        (
            Change("X", "raise", (switch("a", None, YES),), urgency=Urgency.SAME_DAY),
            "If you had told of a, the advice would be help the same day.",
        ),
        (
            Change("X", "top", (switch("a", YES, NO), switch("b", None, YES)), state="Z", name="low light"),
            "If you had not told of a, and you had told of b, low light would come first.",
        ),
        (
            Change(URGENCY, "raise", (switch("a", UNSURE, YES),), urgency=Urgency.EMERGENCY),
            "Still open: a. A yes would make this an emergency.",
        ),
        (
            Change("X", "stronger", (switch("a", UNSURE, NO),), state="X", name="low light"),
            "Still open: a. A no would speak for low light.",
        ),
        (Change("X", "remove", (), most=3), "This would stay even if any 3 of your answers were different."),
    ],
)
def test_a_change_is_told_in_plain_words(change: Change, line: str) -> None:
    assert wording.change_lines([change]) == (line,)


def test_nobody_is_told_what_another_age_or_sex_would_change(engine: Engine) -> None:
    people: list[Answers] = [{"age": 1}, {"age": 70, "thiazide": YES}, {"sex": "female", "drospirenone": YES}]
    for answers in people:
        note = with_changes(explain(engine, engine.assess(answers), answers), told(engine, answers))
        text = " ".join(wording.as_text(wording.sheet(note), 1000).split())

        assert "age had been" not in text
        assert "sex had been" not in text
    lower = next(each for each in told(engine, {"age": 1}) if (each.about, each.goal) == (URGENCY, "remove"))
    assert [(each.finding, each.fixed) for each in lower.answers] == [("age", True)]


def test_that_another_state_comes_first_goes_without_saying_where_the_first_is_gone() -> None:
    gone = Change("X", "remove", (switch("level", 0.6, 0.7, "mmol/L"),))
    first = Change("X", "top", gone.answers, name="low light")

    assert wording.change_lines([gone, first]) == wording.change_lines([gone])
    assert wording.change_lines([replace(first, answers=(switch("a", YES, NO),))])


def test_at_most_three_lines_are_told_and_an_answer_not_sure_that_decides_is_the_first() -> None:
    removals = [Change("X", "remove", (switch(each, YES, NO),)) for each in "abcd"]
    decides = Change("X", "top", (switch("z", UNSURE, YES),), name="low light")
    lines = wording.change_lines([*removals, decides])

    assert len(lines) == wording.MOST_CHANGES
    assert lines[0].startswith("Still open: z")


def test_the_sheet_and_the_data_hold_what_would_change_each_note(engine: Engine) -> None:
    for vignette in list(engine.rulebase.vignettes.values())[::40]:
        assessment = engine.assess(vignette.answers)
        found = told(engine, vignette.answers)
        note = with_changes(explain(engine, assessment, vignette.answers), found)
        text = " ".join(wording.as_text(wording.sheet(note), 1000).split())
        data = wording.as_data(note, assessment, Session(vignette.answers))["note"]

        assert all(line in text for state in note.states for line in wording.change_lines(state.changes))
        assert all(len(wording.change_lines(state.changes)) <= wording.MOST_CHANGES == 3 for state in note.states)
        assert sum(len(state["changes"]) for state in data["states"]) + len(data["changes"]) == len(found)
        json.dumps(data)


def test_nobody_in_an_emergency_is_told_how_it_might_be_none(engine: Engine) -> None:
    emergencies = [each for each in engine.rulebase.vignettes.values() if each.urgency is Urgency.EMERGENCY]
    for vignette in emergencies[::8]:
        note = explain(engine, engine.assess(vignette.answers), vignette.answers)
        whole = with_changes(note, told(engine, vignette.answers))

        assert wording.sheet(whole)[0] == wording.sheet(note)[0]
