"""What an answer can still do, held against trying every way in which the open answers may turn out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import product

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from quiz.consequences import contradictions
from quiz.effects import Effects, Kind
from quiz.engine import Engine
from quiz.model import (
    UNSURE,
    Answer,
    Answers,
    Assessment,
    Finding,
    Implication,
    Raises,
    Rule,
    RuleBase,
    SpeaksAgainst,
    Strength,
    Supports,
    Urgency,
)
from quiz.solver import Clauses
from tests import making
from tests.evaluator import Evaluator
from tests.trying import at_odds, named, numbers, others, places, urgent

TIMES = int(os.environ.get("EFFECTS_TIMES", "1"))
"""How many times as many rule bases to make up: EFFECTS_TIMES=40 for a long search."""

FEW = (*making.FINDINGS[:3], *making.FINDINGS[6:])

about_few = partial(making.about, 3)


@st.composite
def small_rulebases(draw: st.DrawFn) -> RuleBase:
    made = draw(making.rulebases(most_rules=8))
    rules = [
        making.rule(each.id, about_few(each.when), each.then, each.provenance.state) for each in made.rules.values()
    ]
    concepts = [making.concept(each.id, about_few(each.when)) for each in made.concepts.values()]
    follows = [Implication(about_few(each.when), each.then, "", making.HERE) for each in made.implications]
    return making.rulebase(FEW, rules, concepts, follows)


class Tried:
    """Every way to answer what is open, with each answer to one finding and without one."""

    def __init__(self, rulebase: RuleBase, given: Answers, asked: str, now: Assessment) -> None:
        self.rulebase, self.asked, self.now = rulebase, asked, now
        points = numbers(rulebase)
        answers = {each.id: others(each, None, points) for each in FEW}
        settled = {asked, *Evaluator(rulebase, [given]).cases[0]}
        free = [each.id for each in FEW if each.id not in settled]
        self.further: list[dict[str, Answer]] = [
            {**given, **{name: each for name, each in zip(free, chosen, strict=True) if each is not None}}
            for chosen in product(*((None, UNSURE, *answers[name]) for name in free))
        ]
        self.without = Evaluator(rulebase, self.further)
        self.after = {
            answer: Evaluator(rulebase, [{**each, asked: answer} for each in self.further]) for answer in answers[asked]
        }  # fmt: skip

    def effects(self) -> Iterator[tuple[str, Kind, tuple[Answer, ...], bool]]:
        """Of each rule the most telling thing that it can do, the answers that do it, and whether alone."""
        for rule in self.without.rules:
            for kind in self.kinds(rule):
                able = {answer: self.does(rule, kind, seen) & ~at_odds(seen) for answer, seen in self.after.items()}
                alone = tuple(answer for answer, cases in able.items() if cases & 1)  # the first is nothing further
                if any(able.values()):
                    yield rule.id, kind, alone or tuple(answer for answer in able if able[answer]), bool(alone)
                    break

    def kinds(self, rule: Rule) -> Iterator[Kind]:
        then = rule.then
        if isinstance(then, Supports):
            now = next((each.strength for each in self.now.candidates if each.state == then.state), 0)
            if then.strength > now:
                yield "names"
            if then.strength >= now:
                yield "adds"
        elif isinstance(then, Raises):
            if then.urgency > (self.now.urgency or 0):
                yield "raises"
            if then.urgency is Urgency.EMERGENCY:
                yield "flags"
        else:
            yield "against" if isinstance(then, SpeaksAgainst) else "cautions"

    def does(self, rule: Rule, kind: Kind, seen: Evaluator) -> int:
        """The cases in which the rule does it with the answer, and nothing does it without one."""
        then, before = rule.then, self.without
        fires = seen.true_in(rule)
        if isinstance(then, Supports):
            if kind == "names":
                return fires & ~named(before, then.state, then.strength)
            stronger = named(seen, then.state, Strength(then.strength + 1)) if then.strength < Strength.STRONG else 0
            cases = places(fires & ~stronger)
            return sum(1 << case for case in cases if self.is_new_evidence(rule, then, seen, case))
        if kind == "raises" and isinstance(then, Raises):
            return fires & ~urgent(before, then.urgency)
        if isinstance(then, SpeaksAgainst):
            fires &= named(seen, then.state, Strength.WEAK)
        return fires & ~before.true_in(rule)

    def is_new_evidence(self, rule: Rule, support: Supports, seen: Evaluator, case: int) -> bool:
        known = {
            name for each in self.without.rules if each.then == support for name in self.without.evidence(each, case)
        }
        return bool(seen.evidence(rule, case) - known)


@given(small_rulebases(), making.answers(), st.sampled_from(FEW))
@settings(max_examples=25 * TIMES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_the_effects_of_an_answer_are_those_that_trying_every_way_finds(
    rulebase: RuleBase, all_answers: Mapping[str, Answer], asked: Finding
) -> None:
    given = {name: each for name, each in all_answers.items() if name in rulebase.findings and name != asked.id}
    assume(not contradictions(rulebase, given))
    engine = Engine(rulebase)
    effects = Effects(rulebase, engine.assess, Clauses)
    tried = Tried(rulebase, given, asked.id, engine.assess(given))

    found = {(each.rule.id, each.kind, as_points(each.values), each.alone) for each in effects.of(given, asked)}

    assert found == {(rule, kind, as_points(values), alone) for rule, kind, values, alone in tried.effects()}
    assert effects.any(given, asked) == bool(found)


def as_points(values: tuple[Answer, ...]) -> tuple[Answer, ...]:
    return tuple(sorted(values, key=str))
