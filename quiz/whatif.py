"""What would change a note: the fewest other answers, found over all sets of answers and tried out on the engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from quiz.explain import Certain, Change, Switch, answers_behind, naming, raising
from quiz.logic import contradictions
from quiz.model import (
    NO,
    UNSURE,
    Answer,
    Answers,
    Assessment,
    Candidate,
    Named,
    Rule,
    RuleBase,
    Strength,
    Urgency,
)
from quiz.solver import Nearby

MOST_CHANGED = 3
"""The most answers that one change may touch. Nobody can picture more of them at once."""

URGENCY = "urgency"

_LAST = ("about", "life stage")
"""Kinds of findings that are changed only where nothing else would do as well: nobody can be of another age."""


def changes(
    rulebase: RuleBase,
    certain: Callable[[Answers], Certain],
    assess: Callable[[Answers], Assessment],
    answers: Answers,
) -> tuple[Change, ...]:
    """What would change the note on these answers, which are those given, without what follows from them.

    For each named state, the urgency and each caution: the fewest answers (up to `MOST_CHANGED`) that would remove it;
    for a state also those that would raise the urgency together with the answers it rests on, for the first state
    those that would bring another electrolyte to the top, and those that would raise the urgency by any way. Then each
    answer "not sure" that alone would raise the urgency, add support to a state, or bring another electrolyte to the
    top. A new answer is always a sure one, and no new answers contradict what follows from the others.
    """
    return tuple(_WhatIf(rulebase, certain, assess, answers).changes())


@dataclass(frozen=True, slots=True)
class _Goal:
    """`wanted` are literals of the solver; `reached` tells whether some answers do what was wanted.

    The findings in `keep` stay as they are.
    """

    wanted: tuple[int, ...]
    reached: Callable[[Answers], bool]
    keep: Collection[str] = ()


class _WhatIf:
    def __init__(
        self,
        rulebase: RuleBase,
        certain: Callable[[Answers], Certain],
        assess: Callable[[Answers], Assessment],
        answers: Answers,
    ) -> None:
        self.rulebase, self.certain, self.assess, self.answers = rulebase, certain, assess, answers
        self.now = assess(answers)
        self.order = sorted(rulebase.findings, key=self._late)
        self.above = [each for each in Urgency if self.now.urgency is None or each > self.now.urgency]

    def _late(self, finding: str) -> tuple[bool, bool, bool]:
        """What was given is changed before what was left unsure, and that before what was not asked."""
        answer = self.answers.get(finding)
        return self.rulebase.findings[finding].kind in _LAST, answer in (None, UNSURE), answer is None

    def changes(self) -> Iterator[Change]:
        unsure = UNSURE in self.answers.values()
        if not (self.now.candidates or self.now.urgency is not None or self.now.cautions or unsure):
            return
        self.nearby = Nearby(self.rulebase, self.answers, MOST_CHANGED)
        try:
            for candidate in self.now.candidates:
                yield from self.of_state(candidate)
            if self.now.urgency is not None:
                yield from self.of_urgency(self.now.urgency)
            for caution in self.now.cautions:
                yield self.removal(caution.rule.id, (caution.rule,))
            if unsure:
                yield from self.decided()
        finally:
            self.nearby.close()

    def of_state(self, candidate: Candidate) -> Iterator[Change]:
        yield self.removal(candidate.state, naming(self.rulebase, candidate.state, Strength.WEAK))
        yield from self.sooner_with(candidate)
        if candidate is self.now.candidates[0]:
            yield from self.to_the_top(candidate)

    def of_urgency(self, urgency: Urgency) -> Iterator[Change]:
        yield self.removal(URGENCY, raising(self.rulebase, urgency))
        if self.above:
            rules = raising(self.rulebase, self.above[0])
            way = self.nearby.any_of(self.nearby.literal(rule.when) for rule in rules)
            yield from self.raised(URGENCY, self.nearest(_Goal((way,), partial(self.fires, rules))))

    def fires(self, rules: Iterable[Rule], answers: Answers) -> bool:
        truths = self.certain(answers)
        return any(truths.rule(rule.id) for rule in rules)

    # --- the goals ----------------------------------------------------------------------------------

    def removal(self, about: str, rules: Iterable[Rule]) -> Change:
        """The fewest answers with which none of these rules fires."""
        gone = tuple(rules)
        wanted = tuple(-self.nearby.literal(rule.when) for rule in gone)
        new = self.nearest(_Goal(wanted, lambda answers: not self.fires(gone, answers))) or {}
        urgency = self.with_new(new).urgency if about == URGENCY else None
        return Change(about, "remove", self.switches(new), urgency=urgency, most=MOST_CHANGED)

    def sooner_with(self, candidate: Candidate) -> Iterator[Change]:
        """A higher urgency that is so high only together with the answers that the state rests on.

        Those stay, and nothing that was told is taken back: only numbers and answers "no" become other ones.
        """
        rules = naming(self.rulebase, candidate.state, candidate.strength)
        rests_on = answers_behind(self.rulebase, self.answers, candidate.fired[0], rules, self.certain)
        found = [new for urgency in self.above[::-1] if (new := self.nearest(self.sooner(urgency, rests_on)))]
        yield from self.raised(candidate.state, min(found, key=len, default=None))

    def sooner(self, urgency: Urgency, rests_on: Collection[str]) -> _Goal:
        rules = raising(self.rulebase, urgency)
        told = {finding for finding, answer in self.answers.items() if _is_told(answer)}
        without = self.nearby.without(rests_on)

        def reached(answers: Answers) -> bool:
            others = {finding: answer for finding, answer in answers.items() if finding not in rests_on}
            return self.fires(rules, answers) and not self.fires(rules, others)

        way = self.nearby.any_of(self.nearby.literal(rule.when) for rule in rules)
        return _Goal((way, *(-without.literal(rule.when) for rule in rules)), reached, told.union(rests_on))

    def to_the_top(self, candidate: Candidate) -> Iterator[Change]:
        new = self.nearest(_Goal((self.another_first(),), self.is_another_first))
        if new is not None:
            yield self.at_the_top(candidate.state, new, MOST_CHANGED)

    def same_electrolyte(self) -> tuple[str, ...]:
        """The states of the electrolyte that is named first now."""
        states = self.rulebase.states
        first = states[self.now.candidates[0].state].electrolyte
        return tuple(each for each in states if states[each].electrolyte == first)

    def another_first(self) -> int:
        return self.nearby.another_before(self.same_electrolyte())

    def is_another_first(self, answers: Answers) -> bool:
        then = self.assess(answers).candidates
        return bool(then) and then[0].state not in self.same_electrolyte()

    # --- the changes --------------------------------------------------------------------------------

    def nearest(self, goal: _Goal) -> Mapping[str, Answer] | None:
        order = [finding for finding in self.order if finding not in goal.keep]

        def refuses(answers: Answers) -> Collection[str] | None:
            right = not contradictions(self.rulebase, answers) and goal.reached(answers)
            return None if right else self.order

        return self.nearby.nearest(goal.wanted, order, refuses)

    def with_new(self, new: Mapping[str, Answer]) -> Assessment:
        return self.assess({**self.answers, **new})

    def switches(self, new: Mapping[str, Answer]) -> tuple[Switch, ...]:
        findings = self.rulebase.findings
        return tuple(
            Switch(finding, findings[finding].label, findings[finding].unit, self.answers.get(finding), answer)
            for finding, answer in new.items()
        )

    def raised(self, about: str, new: Mapping[str, Answer] | None) -> Iterator[Change]:
        if new is not None:
            yield Change(about, "raise", self.switches(new), urgency=self.with_new(new).urgency, most=MOST_CHANGED)

    def at_the_top(self, about: str, new: Mapping[str, Answer], most: int) -> Change:
        return self.about_state(about, "top", new, self.with_new(new).candidates[0], most)

    def about_state(
        self, about: str, goal: Literal["top", "stronger"], new: Mapping[str, Answer], then: Candidate, most: int
    ) -> Change:
        name = self.rulebase.states[then.state].name
        return Change(about, goal, self.switches(new), state=then.state, name=name, strength=then.strength, most=most)

    # --- not sure -----------------------------------------------------------------------------------

    def decided(self) -> Iterator[Change]:
        """Each answer "not sure" that alone would change what is told, were it a sure one."""
        moves = self.nearby.any_of(self.moves())
        for finding, answer in self.answers.items():
            for word in self.rulebase.findings[finding].words if answer == UNSURE else ():
                new = {finding: word}
                if self.nearby.with_one(moves, finding, word):
                    yield from self.settled(new, self.with_new(new))

    def moves(self) -> Iterator[int]:
        """What one answer could move: a higher urgency, more support for a state, and another electrolyte first."""
        if self.above:
            for rule in raising(self.rulebase, self.above[0]):
                yield self.nearby.literal(rule.when)
        support = {candidate.state: candidate.strength for candidate in self.now.candidates}
        for state in self.rulebase.states:
            if support.get(state) != Strength.STRONG:
                yield self.nearby.literal(Named(state, Strength(support.get(state, 0) + 1)))
        if support:
            yield self.another_first()

    def settled(self, new: Mapping[str, Answer], then: Assessment) -> Iterator[Change]:
        if contradictions(self.rulebase, {**self.answers, **new}):
            return
        if then.urgency in self.above:
            yield Change(URGENCY, "raise", self.switches(new), urgency=then.urgency, most=1)
        support = {candidate.state: candidate.strength for candidate in self.now.candidates}
        for candidate in then.candidates:
            if candidate.strength > support.get(candidate.state, 0):
                yield self.about_state(candidate.state, "stronger", new, candidate, 1)
        if support and then.candidates[0].state not in self.same_electrolyte():
            yield self.at_the_top(self.now.candidates[0].state, new, 1)


def _is_told(answer: Answer) -> bool:
    """Whether something was told that is so: a word other than "no"."""
    return isinstance(answer, str) and answer not in (NO, UNSURE)
