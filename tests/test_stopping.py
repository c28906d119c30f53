"""The interview stops only when nothing that was not asked could change what is told, and asks little that could not.

Three judges that know nothing of how the interview decides: the engine on every set of further answers to made-up
rules, the engine on random further answers to the shipped rules, and a solver on all of them at once.

STOPPING_TIMES=20 looks at so many times as many cases. STOPPING_PEOPLE=1000 takes all vignettes and so many random
people over the shipped rules.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, product
from math import prod
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quiz.consequences import contradictions
from quiz.conversation import Command, Heard, Option, Reply, Words, converse, unheard
from quiz.effects import Effects
from quiz.engine import Engine
from quiz.formulas import ALWAYS, BLANK, NEVER, Formula, Formulas
from quiz.interview import AGAIN, Interview, Session, Step
from quiz.interview import BLANK as BLANK_AGAIN
from quiz.model import (
    NO,
    UNSURE,
    YES,
    Answer,
    Answers,
    Assessment,
    Candidate,
    Cautions,
    Conclusion,
    Condition,
    Finding,
    Group,
    Implication,
    Interval,
    Is,
    Raises,
    Rule,
    RuleBase,
    Screen,
    SpeaksAgainst,
    Strength,
    Supports,
    Urgency,
)
from quiz.rulebase import load
from quiz.solver import Clauses
from tests.bench.interview_length import Person, of_vignette, some_person, walk
from tests.conftest import ROOT
from tests.making import FINDINGS, HERE, POINTS, STATES, finding, rule, rulebases
from tests.making import rulebase as made_of

SMALL = load(ROOT / "tests" / "rulebases" / "small")
SMALL_ENGINE = Engine(SMALL)
TIMES = int(os.environ.get("STOPPING_TIMES", "1"))
PEOPLE = int(os.environ.get("STOPPING_PEOPLE", "0"))
MOST_COMPLETIONS = 256
"""Sets of further answers to look at one by one; where there are more, so many are drawn."""


def told(assessment: Assessment, unsure: bool = False) -> tuple[object, ...]:
    """All that must stay as it is once the interview has stopped, with the states in their order.

    Where further answers are `unsure`, red flags that are not ruled out are left aside: nobody who was not asked is
    unsure.
    """
    return (
        [(each.state, each.strength, {against.rule.id for against in each.against}) for each in assessment.candidates],
        assessment.urgency,
        {each.rule.id for each in assessment.red_flags},
        {each.rule.id for each in assessment.not_ruled_out if not unsure},
        {each.rule.id for each in assessment.cautions},
    )


def never_asked(engine: Engine, session: Session) -> list[Finding]:
    """Findings that were neither put before the person nor settled by what was answered."""
    settled = engine.assess(session.answers).answers
    findings = engine.rulebase.findings.values()
    return [each for each in findings if each.id not in session.asked and each.id not in settled]


# --- made-up rules ----------------------------------------------------------------------------------


ASK: tuple[Literal["always", "useful", "detail"], ...] = ("always", "useful", "useful", "useful", "detail")


def with_screens(rulebase: RuleBase, dice: random.Random) -> RuleBase:
    """The findings on screens of all kinds, in any order."""
    findings = dice.sample(list(rulebase.findings), len(rulebase.findings))
    screens: dict[str, Screen] = {}
    while findings:
        count = dice.randint(1, 4)
        name, lines, findings = f"s{len(screens)}", tuple(findings[:count]), findings[count:]
        danger = dice.random() < 0.2
        screens[name] = Screen(name, name, "", "always" if danger else dice.choice(ASK), lines, False, danger, HERE)
    return replace(rulebase, screens=screens)


KINDS = ("symptom", "symptom", "lab")


def few_lines(dice: random.Random) -> RuleBase:
    """Short rules that share findings, each finding on a screen of its own: here an interview can stop early."""
    findings = [*(finding(f"f{number}", kind=dice.choice(KINDS)) for number in range(9)), *FINDINGS[6:]]

    def test() -> Is:
        each = dice.choice(findings)
        return Is(each.id, dice.choice(each.words) if each.words else Interval(low=dice.choice(POINTS)))

    def condition(deep: int) -> Condition:
        if deep == 0 or dice.random() < 0.3:
            return test()
        parts = tuple(condition(deep - 1) for _ in range(dice.randint(2, 3)))
        return Group(dice.choice(("all", "all", "any")), parts)

    states = dice.sample(STATES, 2)
    conclusions: tuple[Conclusion, ...] = (
        *(Supports(state, strength) for state in states for strength in (*[Strength.MODERATE] * 2, *Strength)),
        *(SpeaksAgainst(state) for state in states),
        *(Raises(urgency) for urgency in (*Urgency, *[Urgency.EMERGENCY] * 4)),
        Cautions(),
    )  # fmt: skip
    rules = [rule(f"r.{number}", condition(2), dice.choice(conclusions)) for number in range(dice.randint(2, 9))]
    follows = [Implication(test(), {dice.choice(findings[:9]).id: dice.choice((YES, NO))}, "", HERE) for _ in range(2)]
    screens = {
        each.id: Screen(each.id, each.id, "", dice.choice(ASK[1:]), (each.id,), False, False, HERE)
        for each in dice.sample(findings, len(findings))
    }
    return replace(made_of(findings, rules, (), follows), screens=screens)


def any_reply(each: Finding, dice: random.Random) -> Answer | None:
    """Also answers that cannot stand together, as a person may give them."""
    possible: tuple[Answer | None, ...] = (*(each.words or POINTS), UNSURE, None)
    return dice.choice((NO, *possible) if NO in possible else possible)


def further_answers(left: Sequence[Finding], dice: random.Random) -> Iterator[dict[str, Answer]]:
    """Every set of answers to these findings, or many of them where there are too many."""
    choices: list[tuple[Answer | None, ...]] = [(None, UNSURE, *(each.words or POINTS)) for each in left]
    if prod(map(len, choices)) <= MOST_COMPLETIONS:
        every: Iterator[tuple[Answer | None, ...]] = product(*choices)
    else:
        every = (tuple(map(dice.choice, choices)) for _ in range(MOST_COMPLETIONS))
    for answers in every:
        yield {each.id: answer for each, answer in zip(left, answers, strict=True) if answer is not None}


def check_that_nothing_left_matters(engine: Engine, session: Session, dice: random.Random) -> int:
    """How many sets of further answers there were. Those that add a contradiction do not count."""
    at_odds = contradictions(engine.rulebase, session.answers)
    now = engine.assess(session.answers)
    count = 0
    for further in further_answers(never_asked(engine, session), dice):
        both = {**session.answers, **further}
        if all(each in at_odds for each in contradictions(engine.rulebase, both)):
            unsure = UNSURE in further.values()
            assert told(engine.assess(both), unsure) == told(now, unsure), (session, further)
            count += 1
    return count


@settings(max_examples=40 * TIMES)
@given(rulebases(most_rules=8), st.randoms(use_true_random=False))
def test_no_answers_left_change_what_is_told_over_made_up_rules(rulebase: RuleBase, dice: random.Random) -> None:
    rulebase = with_screens(rulebase, dice)
    engine = Engine(rulebase)
    interview = Interview(rulebase, engine.assess, engine.outlook)
    person = {each.id: any_reply(each, dice) for each in rulebase.findings.values()}

    *_, (session, _) = walk(interview.next, person)

    check_that_nothing_left_matters(engine, session, dice)


def test_no_answers_left_change_what_is_told_over_rules_that_let_an_interview_stop_early() -> None:
    dice = random.Random(2)
    count = 0
    for _ in range(150 * TIMES):
        rulebase = few_lines(dice)
        engine = Engine(rulebase)
        often = dice.random()
        person = {
            each.id: any_reply(each, dice) if dice.random() < often else NO if NO in each.words else None
            for each in rulebase.findings.values()
        }
        *_, (session, _) = walk(Interview(rulebase, engine.assess, engine.outlook).next, person)
        count += check_that_nothing_left_matters(engine, session, dice)

    assert count > 3_000 * TIMES


def test_no_answers_left_change_what_is_told_over_the_small_rule_base() -> None:
    dice = random.Random(1)
    interview = Interview(SMALL, SMALL_ENGINE.assess, SMALL_ENGINE.outlook)
    count = 0
    for _ in range(60 * TIMES):
        person = {each.id: any_reply(each, dice) for each in SMALL.findings.values()}
        *_, (session, _) = walk(interview.next, person)
        count += check_that_nothing_left_matters(SMALL_ENGINE, session, dice)

    assert count > 1_000 * TIMES


# --- what is asked, and what is not -----------------------------------------------------------------


def asked_of(
    rules: Sequence[Rule], person: Person, follows: Sequence[Implication] = (), results: str = ""
) -> list[str]:
    """What is asked of a person about a, which everybody is asked, and b, c and d, each on a screen of its own."""
    findings = [finding(name, kind="lab" if name in results else "symptom") for name in "abcd"]
    screens = {
        each.id: Screen(each.id, each.id, "", "useful" if each.id > "a" else "always", (each.id,), False, False, HERE)
        for each in findings
    }
    rulebase = replace(made_of(findings, rules, (), follows), screens=screens)
    engine = Engine(rulebase)
    replies: Person = {**dict.fromkeys("abcd", NO), **person}
    steps = walk(Interview(rulebase, engine.assess, engine.outlook).next, replies)
    return [each.id for _, step in steps if step for each in step.findings]


def both(*names: str) -> Group:
    return Group("all", tuple(Is(name, YES) for name in names))


def test_of_several_findings_that_a_rule_needs_the_next_is_asked_only_if_the_one_before_is_so() -> None:
    rules = [rule("r.1", both("a", "b")), rule("r.2", both("a", "c"), Cautions())]

    assert asked_of(rules, {}) == ["a"]
    assert asked_of(rules, {"a": YES}) == ["a", "b", "c"]


def test_what_speaks_against_a_state_is_asked_only_once_the_state_is_named() -> None:
    rules = [rule("r.1", Is("a", YES)), rule("r.2", Is("b", NO), SpeaksAgainst(STATES[0]))]

    assert asked_of(rules, {}) == ["a"]
    assert asked_of(rules, {"a": YES}) == ["a", "b"]


def test_what_could_not_be_so_beside_the_other_answers_is_not_asked() -> None:
    rules = [rule("r.1", Is("b", YES))]
    follows = [Implication(Is("b", YES), {"a": YES}, "", HERE)]

    assert asked_of(rules, {}, follows) == ["a"]
    assert asked_of(rules, {"a": UNSURE}, follows) == ["a", "b"]


def test_another_red_flag_is_asked_also_in_an_emergency() -> None:
    flags = [rule(f"r.{name}", Is(name, YES), Raises(Urgency.EMERGENCY)) for name in "ab"]

    assert asked_of(flags, {"a": YES}) == ["a", "b"]


def test_what_follows_for_a_finding_left_blank_is_still_asked() -> None:
    flag = rule("r.1", Is("a", YES), Raises(Urgency.EMERGENCY))

    assert asked_of([flag], {"a": None}, [Implication(Is("b", YES), {"a": YES}, "", HERE)]) == ["a", "b"]


def test_what_only_a_red_flag_that_is_not_ruled_out_hangs_on_is_asked() -> None:
    flag = rule("r.1", both("a", "b"), Raises(Urgency.EMERGENCY))

    assert asked_of([flag], {"a": UNSURE, "b": YES}) == ["a", "b"]


def test_a_tie_is_broken_only_by_as_many_answers_as_can_change_the_order() -> None:
    first = rule("r.1", Group("any", (Is("a", YES), Is("b", YES))), Supports(STATES[0], Strength.WEAK))
    second = rule("r.2", Group("any", (Is("c", YES), Is("d", YES))), Supports(STATES[1], Strength.WEAK))

    assert asked_of([first], {"a": YES}) == ["a"]
    assert asked_of([first, second], {"a": YES, "c": YES}) == ["a", "c", "d"]
    assert asked_of([first, second], {"a": YES, "c": YES, "d": YES}) == ["a", "c", "d", "b"]


def test_a_result_that_could_put_one_state_before_another_is_asked_whatever_else_stands_behind_both() -> None:
    ahead = rule("r.1", both("c", "d"))
    behind = rule("r.2", Group("any", (Is("a", YES), Is("b", YES))), Supports(STATES[1], Strength.WEAK))
    person: Person = {"a": YES, "c": YES, "d": YES}

    assert asked_of([ahead, behind], person) == ["a", "c", "d"]
    assert asked_of([ahead, behind], person, results="b") == ["a", "c", "d", "b"]
    assert asked_of([ahead, behind], person, results="bc") == ["a", "c", "d"]
    assert asked_of([ahead, behind], person, results="ab") == ["a", "c", "d"]


# --- the shipped rules, all further answers at once ---------------------------------------------------


class Proof:
    """Whether any answers to findings that were never asked could change what is told, by a solver.

    All of them are open at once, so that changes which take several answers together are found too. Only answers that
    can stand together count; what was asked and has no answer stays without one.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine, self.formulas = engine, Formulas(engine.rulebase)
        self.nodes = self.formulas.nodes
        self.clauses = Clauses(self.nodes)

    def close(self) -> None:
        self.clauses.close()

    def changes(self, session: Session) -> Iterator[str]:
        """What could change, by name."""
        assert not contradictions(self.engine.rulebase, session.answers)
        now = self.engine.assess(session.answers)
        findings = self.engine.rulebase.findings
        settled: dict[str, Answer | None] = dict.fromkeys(set(session.asked) & set(findings), BLANK)
        settled |= {each: self.formulas.alike(findings[each], answer) for each, answer in now.answers.items()}
        known: dict[Formula, Formula] = {}

        def left(formula: Formula) -> Formula:
            if formula not in known:
                known[formula] = formula
                if formula in self.nodes.choices:
                    each, values = self.nodes.choices[formula]
                    if each in settled:
                        known[formula] = ALWAYS if settled[each] in values else NEVER
                elif formula in self.nodes.groups:
                    count, parts = self.nodes.groups[formula]
                    known[formula] = self.nodes.at_least(count, [left(part) for part in parts])
            return known[formula]

        at_odds = [left(each) for each in self.formulas.at_odds]

        def can_be(true: Formula, false: Formula = NEVER) -> bool:
            true, false = left(true), left(false)
            return true != NEVER and false != ALWAYS and self.clauses.choices([true], [false, *at_odds]) is not None

        for name, formula in self.news(now):
            if can_be(formula):
                yield name
        for ahead, behind in combinations(now.candidates, 2):
            if ahead.strength == behind.strength and any(can_be(*each) for each in self.overtakes(ahead, behind)):
                yield f"{behind.state} before {ahead.state}"

    def news(self, now: Assessment) -> Iterator[tuple[str, Formula]]:
        support = {each.state: each.strength for each in now.candidates}
        for state in self.engine.rulebase.states:
            for strength in Strength:
                if strength > support.get(state, 0):
                    yield f"{state} {strength.word}", self.formulas.named(state, strength)
        for urgency in Urgency:
            if now.urgency is None or urgency > now.urgency:
                yield urgency.word, self.formulas.urgency(urgency)
        fired = {each.rule.id for each in now.fired}
        for each in self.formulas.rules:
            then = each.then
            if isinstance(then, SpeaksAgainst) and not (each.id in fired and then.state in support):
                named = self.formulas.named(then.state, Strength.WEAK)
                yield each.id, self.nodes.all((self.formulas.rule(each), named))
            elif (each.red_flag or isinstance(then, Cautions)) and each.id not in fired:
                yield each.id, self.formulas.rule(each)

    def overtakes(self, ahead: Candidate, behind: Candidate) -> Iterator[tuple[Formula, Formula]]:
        """That the state behind is critical or measured, and the one ahead is not.

        And for each count, where it is no other way round: that the state behind has so much evidence, and that the one
        ahead has enough to stay.
        """
        states = list(self.engine.rulebase.states)
        more = 1 if states.index(behind.state) < states.index(ahead.state) else 0
        signs = [self.signs(each) for each in (behind, ahead)]
        supports = [Supports(each.state, each.strength) for each in (behind, ahead)]
        measured = list(map(self.formulas.measured, supports))
        yield measured[0], measured[1]
        critical = list(map(self.formulas.critical, supports))
        yield critical[0], critical[1]
        for count in range(len(behind.evidence), len(signs[0]) + 1):
            much, enough = self.nodes.at_least(count, signs[0]), self.nodes.at_least(count + more, signs[1])
            yield self.nodes.all((much, critical[0])), enough
            yield self.nodes.all((much, measured[0])), self.nodes.any((enough, critical[1]))
            yield much, self.nodes.any((enough, measured[1]))

    def signs(self, candidate: Candidate) -> list[Formula]:
        support = Supports(candidate.state, candidate.strength)
        found = (self.formulas.evidence(support, each) for each in self.engine.rulebase.findings)
        return [each for each in found if each != NEVER]


def everybody(rulebase: RuleBase, dice: random.Random, vignettes: int, people: int) -> list[Person]:
    """Some vignettes and random people; all vignettes, and as many people as STOPPING_PEOPLE says."""
    known = list(rulebase.vignettes.values())
    known = known if PEOPLE else dice.sample(known, min(vignettes, len(known)))
    return [
        *(of_vignette(rulebase, each.answers) for each in known),
        *(some_person(rulebase, dice) for _ in range(PEOPLE or people)),
    ]


def last_screens(interview: Interview, person: Person) -> Iterator[tuple[Session, Step | None]]:
    """The walk from behind the screens that everybody sees, which it takes most of the time to go through."""
    screens = [each for each in interview.rulebase.screens.values() if each.ask == "always"]
    asked = tuple(finding for each in screens for finding in each.findings)
    answers = {each: person[each] for each in asked}
    start = Session(shown=(*(each.id for each in screens), AGAIN, BLANK_AGAIN), asked=asked).given(answers)
    return walk(interview.next, person, start)


@pytest.fixture(scope="module")
def interview(rulebase: RuleBase, engine: Engine) -> Interview:
    return Interview(rulebase, engine.assess, engine.outlook)


def test_a_solver_finds_no_answers_left_that_change_what_is_told(
    interview: Interview, rulebase: RuleBase, engine: Engine
) -> None:
    proof = Proof(engine)
    try:
        for person in everybody(rulebase, random.Random(3), 8, 8):
            *_, (session, _) = last_screens(interview, person)
            assert list(proof.changes(session)) == [], session
    finally:
        proof.close()


def test_the_solver_does_find_what_could_change_before_the_interview_stops(
    interview: Interview, rulebase: RuleBase, engine: Engine
) -> None:
    proof = Proof(engine)
    try:
        for person in everybody(rulebase, random.Random(3), 2, 2)[-3:]:
            sessions = [session for session, step in last_screens(interview, person) if step]
            assert all(next(proof.changes(session), None) for session in sessions)
    finally:
        proof.close()


def test_no_random_answers_left_change_what_is_told_over_the_shipped_rules(
    interview: Interview, rulebase: RuleBase, engine: Engine
) -> None:
    dice = random.Random(4)
    for person in everybody(rulebase, dice, 5, 5):
        *_, (session, _) = last_screens(interview, person)
        now = engine.assess(session.answers)
        left = never_asked(engine, session)
        for _ in range(12):
            some = dice.sample(left, dice.randint(1, len(left)))
            further: dict[str, Answer] = {}
            for each in some:
                answer = (
                    dice.choice((*each.words, *each.words, UNSURE)) if each.words else dice.uniform(each.low, each.high)
                )
                more = {**further, each.id: answer}
                further = further if contradictions(rulebase, {**session.answers, **more}) else more
            unsure = UNSURE in further.values()
            assert told(engine.assess({**session.answers, **further}), unsure) == told(now, unsure), (session, further)


def test_every_line_on_the_last_screens_can_change_what_is_told(
    interview: Interview, rulebase: RuleBase, engine: Engine
) -> None:
    effects = Effects(rulebase, engine.assess, Clauses)
    lines = 0
    for person in everybody(rulebase, random.Random(5), 3, 0)[:12]:
        for session, step in last_screens(interview, person):
            without = {each: UNSURE for each in session.asked if each not in session.answers}
            for line in step.findings if step else ():
                lines += 1
                assert effects.any({**without, **session.answers}, line), (session, line.id)

    assert lines > 60


# --- red flags --------------------------------------------------------------------------------------


class Wanderer:
    """Answers anything, leaves lines blank, goes back and changes answers; knows which red flags were told."""

    def __init__(self, engine: Engine, dice: random.Random, turns: int) -> None:
        self.engine, self.dice, self.turns = engine, dice, turns
        self.heard: set[str] = set()

    def flags(self, answers: Answers) -> set[str]:
        return {each.rule.id for each in self.engine.assess(answers).red_flags}

    def emergency(self, assessment: Assessment) -> str:
        self.heard |= {each.rule.id for each in assessment.red_flags}
        return "emergency"

    def ask(self, step: Step, session: Session, heard: Heard = unheard) -> Reply:
        if step.title != "Change this answer":  # that one is part of the step before
            assert self.flags(session.answers) <= self.heard, session.answers
        self.turns -= 1
        command = self.dice.choices((Command.DONE, Command.BACK, Command.CHANGE), (8, 1, 1))[0]
        replies = {each.id: any_reply(each, self.dice) for each in step.findings if self.dice.random() < 0.8}
        return Reply(command if self.turns > 0 else Command.DONE, replies, finding=step.findings[0].id)

    def choose(self, title: str, options: Sequence[Option]) -> str:
        values = [each.value for each in options]
        return "go" if "go" in values else self.dice.choice(values)

    def say(self, text: str) -> None: ...


def wander(rulebase: RuleBase, engine: Engine, dice: random.Random) -> int:
    """Talks until the end; how many red flags were told on the way."""
    front = Wanderer(engine, dice, 40)
    words = Words(
        emergency=front.emergency,
        why=lambda session, line, times: "",
        moved=lambda before, after, line: "",
        help=lambda step, line: "",
        answer=lambda line, answer: "",
    )
    interview = Interview(rulebase, engine.assess, engine.outlook)
    ending = converse(interview, engine.assess, front, words, lambda session: "", lambda session: None, Session())

    assert front.flags(ending.session.answers) <= front.heard
    check_that_nothing_left_matters(engine, ending.session, dice)
    return len(front.heard)


def test_no_way_through_an_interview_steps_over_a_red_flag() -> None:
    dice = random.Random(6)
    assert sum(wander(SMALL, SMALL_ENGINE, dice) for _ in range(25 * TIMES)) > 4
    heard = 0
    for _ in range(40 * TIMES):
        rulebase = with_screens(few_lines(dice), dice)
        heard += wander(rulebase, Engine(rulebase), dice)
    assert heard > 5 * TIMES


def test_no_way_through_the_shipped_interview_steps_over_a_red_flag(rulebase: RuleBase, engine: Engine) -> None:
    assert sum(wander(rulebase, engine, random.Random(seed)) for seed in range(TIMES)) > 2
