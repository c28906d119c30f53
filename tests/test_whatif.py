"""What would change a note, held against trying every change of up to two answers."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations, product

import pytest
from hypothesis import HealthCheck, given, settings

from quiz import wording
from quiz.engine import Engine
from quiz.explain import Change, Switch, answers_behind, explain, naming, with_changes
from quiz.interview import Session
from quiz.logic import contradictions
from quiz.model import (
    NO,
    UNSURE,
    YES,
    Answer,
    Answers,
    Finding,
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
from tests.evaluator import Evaluator

SMALL = load(ROOT / "tests" / "rulebases" / "small")

NUMBERS: Mapping[str, tuple[float, ...]] = {
    "level": making.POINTS,
    "days_dry": (0.0, 2.0, 5.0, 9.0, 14.0, 20.0, 30.0, 60.0, 90.0),
    "room_heat": (-10.0, 0.0, 30.0, 40.0, 50.0),
}
"""For each number, every bound and a number in every gap between two."""


def told(engine: Engine, answers: Answers) -> tuple[Change, ...]:
    return changes(engine.rulebase, engine.certain, engine.assess, answers)


def others(finding: Finding, now: Answer | None) -> list[Answer]:
    """Every sure answer but the one that was given. Two numbers between the same bounds are the same."""
    if not finding.is_number:
        return [word for word in finding.words if word != now]
    points = NUMBERS[finding.id]
    gap = [point for point in points if isinstance(now, float) and now not in points and abs(point - now) < 0.6]
    return [point for point in points if point != now and point not in gap[:1]]


class Tried:
    """All sets of answers that differ from one in up to two answers and contradict nothing."""

    def __init__(self, rulebase: RuleBase, answers: Answers) -> None:
        self.rulebase = rulebase
        self.new: list[Mapping[str, Answer]] = [{}]
        for size in (1, 2):
            for chosen in combinations(rulebase.findings.values(), size):
                values = product(*(others(each, answers.get(each.id)) for each in chosen))
                self.new += [{each.id: word for each, word in zip(chosen, words, strict=True)} for words in values]
        self.new = [new for new in self.new if not contradictions(rulebase, {**answers, **new})]
        self.seen = Evaluator(rulebase, [{**answers, **new} for new in self.new])

    def least(self, reached: Callable[[int], bool]) -> set[frozenset[str]]:
        """The findings of each of the smallest changes that do it; none where more than two are needed."""
        found = [frozenset(self.new[case]) for case in range(len(self.new)) if reached(case)]
        return {each for each in found if len(each) == min(map(len, found))}


class Oracle:
    """What each kind of change has to do, in the words of the second reading of the rules."""

    def __init__(self, engine: Engine, answers: Answers) -> None:
        self.engine, self.rulebase, self.answers = engine, engine.rulebase, answers
        self.tried = Tried(self.rulebase, answers)
        self.now = engine.assess(answers)
        self.first = self.now.candidates[0].state if self.now.candidates else ""

    def goals(self) -> Iterator[tuple[str, str, set[frozenset[str]]]]:
        seen, urgency = self.tried.seen, self.now.urgency or 0
        for candidate in self.now.candidates:
            state = candidate.state
            yield state, "remove", self.tried.least(partial(self.not_named, state))
            yield state, "raise", self.tried.least(self.sooner_with(state, candidate.strength))
        if self.first:
            yield self.first, "top", self.tried.least(self.another_first)
        if self.now.urgency is not None:
            yield URGENCY, "remove", self.tried.least(lambda n: (seen.urgency(n) or 0) < urgency)
            yield URGENCY, "raise", self.tried.least(lambda n: (seen.urgency(n) or 0) > urgency)
        for caution in self.now.cautions:
            gone = caution.rule.id
            yield gone, "remove", self.tried.least(partial(self.not_true, gone))

    def not_named(self, state: str, case: int) -> bool:
        return state not in dict(self.tried.seen.named(case))

    def not_true(self, rule: str, case: int) -> bool:
        return rule not in self.tried.seen.true_rules(case)

    def another_first(self, case: int) -> bool:
        named, states = self.tried.seen.named(case), self.rulebase.states
        return bool(named) and states[named[0][0]].electrolyte != states[self.first].electrolyte

    def sooner_with(self, state: str, strength: Strength) -> Callable[[int], bool]:
        """Sooner, with nothing taken back, and only together with what the state rests on."""
        fired = next(each.fired[0] for each in self.now.candidates if each.state == state)
        rules = naming(self.rulebase, state, strength)
        behind = answers_behind(self.rulebase, self.answers, fired, rules, self.engine.certain)
        stays = {finding for finding, answer in self.answers.items() if answer not in (NO, UNSURE)
                 and isinstance(answer, str)}.union(behind)  # fmt: skip
        without = Evaluator(
            self.rulebase,
            [{f: answer for f, answer in {**self.answers, **new}.items() if f not in behind} for new in self.tried.new],
        )

        def reached(case: int) -> bool:
            then = self.tried.seen.urgency(case) or 0
            raised = then > (self.now.urgency or 0) and then > (without.urgency(case) or 0)
            return raised and not stays.intersection(self.tried.new[case])

        return reached

    def decided(self) -> set[tuple[str, str, str, str]]:
        """Each word for an answer "not sure" that alone moves something: what it is, how, the finding, the word."""
        found = set()
        support = {each.state: each.strength for each in self.now.candidates}
        for case, new in enumerate(self.tried.new):
            if len(new) == 1 and self.answers.get(next(iter(new))) == UNSURE:
                ((finding, word),) = new.items()
                if (self.tried.seen.urgency(case) or 0) > (self.now.urgency or 0):
                    found.add((URGENCY, "raise", finding, str(word)))
                for state, strength in self.tried.seen.named(case):
                    if strength > support.get(state, 0):
                        found.add((state, "stronger", finding, str(word)))
                if self.first and self.another_first(case):
                    found.add((self.first, "top", finding, str(word)))
        return {each for each in found if not self.rulebase.findings[each[2]].is_number}


def check(engine: Engine, answers: Answers) -> None:
    """Every change is as small as any, is the first of those as small, and none is missing."""
    oracle, found = Oracle(engine, answers), told(engine, answers)
    searched: dict[tuple[str, str], Change] = {
        (each.about, each.goal): each for each in found if each.most == MOST_CHANGED
    }
    order = sorted(engine.rulebase.findings, key=lambda f: (answers.get(f) in (None, UNSURE), answers.get(f) is None))
    places = {finding: place for place, finding in enumerate(order)}
    late = {f for f, each in engine.rulebase.findings.items() if each.kind in ("about", "life stage")}
    for about, goal, least in oracle.goals():
        change = searched.pop((about, goal), None)
        got = frozenset(switch.finding for switch in change.answers) if change else frozenset[str]()
        if least:
            best = min(least, key=lambda each: sorted((f in late, places[f]) for f in each))
            assert got == best, (about, goal, answers)
        else:
            assert len(got) in (0, MOST_CHANGED), (about, goal, answers)
    assert not searched
    assert decided(found) == oracle.decided()


def decided(found: Sequence[Change]) -> set[tuple[str, str, str, str]]:
    return {(each.about, each.goal, each.answers[0].finding, str(each.answers[0].now)) for each in found
            if each.most == 1}  # fmt: skip


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
    for answers in people(SMALL, 12, seed=4):
        check(small, {f: float(NUMBERS[f][3]) if isinstance(a, float) else a for f, a in answers.items()})


def two_electrolytes(rulebase: RuleBase) -> RuleBase:
    states = {name: replace(each, electrolyte=name[0]) for name, each in rulebase.states.items()}
    return replace(rulebase, states=states)


@given(making.rulebases(most_rules=12), making.answers())
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_no_change_of_up_to_two_answers_is_missed_in_made_up_rules(made: RuleBase, answers: Answers) -> None:
    points = {2.4: 1.0, 2.6: 2.7}  # the same gaps between bounds
    check(
        Engine(two_electrolytes(made)),
        {f: points.get(a, a) if isinstance(a, float) else a for f, a in answers.items()},
    )


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


def test_every_change_told_about_a_vignette_does_on_the_engine_what_is_told(engine: Engine) -> None:
    for vignette in list(engine.rulebase.vignettes.values())[::6]:
        for change in told(engine, vignette.answers):
            assert not change.answers or replayed(engine, vignette.answers, change), (vignette.id, change)


def test_all_changes_for_one_person_are_found_within_a_second(engine: Engine) -> None:
    took = []
    for answers in people(engine.rulebase, 5, seed=11, most=60):
        begin = time.process_time()
        told(engine, answers)
        took.append(time.process_time() - begin)

    assert sorted(took)[len(took) // 2] < 1


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
            "If you had not told of a clay pot, this would not be here.",
        ),
        (
            Change("X", "remove", (switch("a", YES, NO), switch("b", YES, NO), switch("level", 2.0, 3.5, "mmol/L"))),
            "If you had not told of a or b, and level had been 3.5 mmol/L, this would not be here.",
        ),
        (
            Change("X", "raise", (switch("a", NO, YES),), urgency=Urgency.EMERGENCY),
            "If you had told of a, this would be an emergency.",
        ),
        (
            Change("X", "raise", (switch("a", None, YES),), urgency=Urgency.SAME_DAY),
            "If you had told of a, help would be needed the same day.",
        ),
        (
            Change("X", "top", (switch("a", YES, NO), switch("b", None, YES)), state="Z", name="low light"),
            "If you had not told of a, and you had told of b, low light would come first.",
        ),
        (
            Change(URGENCY, "raise", (switch("a", UNSURE, YES),), urgency=Urgency.EMERGENCY),
            "You were not sure about a: yes would make this an emergency.",
        ),
        (
            Change("X", "stronger", (switch("a", UNSURE, NO),), state="X", name="low light"),
            "You were not sure about a: no would speak for low light.",
        ),
        (Change("X", "remove", (), most=3), "This would stay even if any 3 of your answers were different."),
    ],
)
def test_a_change_is_told_in_plain_words(change: Change, line: str) -> None:
    assert wording.change_lines([change]) == (line,)


def test_at_most_three_lines_are_told_and_an_answer_not_sure_that_decides_is_the_first() -> None:
    removals = [Change("X", "remove", (switch(each, YES, NO),)) for each in "abcd"]
    decides = Change("X", "top", (switch("z", UNSURE, YES),), name="low light")
    lines = wording.change_lines([*removals, decides])

    assert len(lines) == wording.MOST_CHANGES
    assert lines[0].startswith("You were not sure about z")


def test_the_sheet_and_the_data_hold_what_would_change_each_note(engine: Engine) -> None:
    for vignette in list(engine.rulebase.vignettes.values())[::40]:
        assessment = engine.assess(vignette.answers)
        found = told(engine, vignette.answers)
        note = with_changes(explain(engine.rulebase, assessment, engine.applies), found)
        text = " ".join(wording.as_text(wording.sheet(note), 1000).split())
        data = wording.as_data(note, assessment, Session(vignette.answers))["note"]

        assert all(line in text for state in note.states for line in wording.change_lines(state.changes))
        assert sum(len(state["changes"]) for state in data["states"]) + len(data["changes"]) == len(found)
        json.dumps(data)


def test_nobody_in_an_emergency_is_told_how_it_might_be_none(engine: Engine) -> None:
    emergencies = [each for each in engine.rulebase.vignettes.values() if each.urgency is Urgency.EMERGENCY]
    for vignette in emergencies[::8]:
        note = explain(engine.rulebase, engine.assess(vignette.answers), engine.applies)
        whole = with_changes(note, told(engine, vignette.answers))

        assert wording.sheet(whole)[0] == wording.sheet(note)[0]
