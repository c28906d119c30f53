"""What would change a note: the fewest other answers, found over all sets of answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from quiz.consequences import contradictions
from quiz.enough import Certain, answers_behind, naming
from quiz.explain import Change, Switch
from quiz.formulas import BLANK, NEVER, Formula, Formulas
from quiz.model import (
    NO,
    UNSURE,
    Answer,
    Answers,
    Assessment,
    Candidate,
    Finding,
    RuleBase,
    Strength,
    Urgency,
)
from quiz.nearby import Nearby
from quiz.ranking import Ranking
from quiz.solver import Clauses

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
    formulas = Formulas(rulebase)
    clauses = Clauses(formulas.nodes)
    try:
        return tuple(_WhatIf(formulas, clauses, certain, assess, answers).changes())
    finally:
        clauses.close()


class _WhatIf:
    def __init__(
        self,
        formulas: Formulas,
        clauses: Clauses,
        certain: Callable[[Answers], Certain],
        assess: Callable[[Answers], Assessment],
        answers: Answers,
    ) -> None:
        self.rulebase, self.formulas, self.nodes = formulas.rulebase, formulas, formulas.nodes
        self.certain, self.assess, self.answers = certain, assess, answers
        self.now = assess(answers)
        self.above = [each for each in Urgency if self.now.urgency is None or each > self.now.urgency]
        self.ranking = Ranking(formulas)
        order = sorted(self.rulebase.findings, key=self._late)
        self.nearby = Nearby(formulas, clauses, answers, order, MOST_CHANGED)

    def _late(self, finding: str) -> tuple[bool, bool, bool]:
        """What was given is changed before what was left unsure, and that before what was not asked."""
        answer = self.answers.get(finding)
        return self.rulebase.findings[finding].kind in _LAST, answer in (None, UNSURE), answer is None

    def changes(self) -> Iterator[Change]:
        for candidate in self.now.candidates:
            yield from self.of_state(candidate)
        if self.now.urgency is not None:
            yield from self.of_urgency(self.now.urgency)
        for caution in self.now.cautions:
            yield self.removal(caution.rule.id, self.formulas.rule(caution.rule))
        yield from self.decided()

    def of_state(self, candidate: Candidate) -> Iterator[Change]:
        yield self.removal(candidate.state, self.formulas.named(candidate.state, Strength.WEAK))
        yield from self.sooner_with(candidate)
        if candidate is self.now.candidates[0]:
            yield from self.to_the_top(candidate)

    def of_urgency(self, urgency: Urgency) -> Iterator[Change]:
        yield self.removal(URGENCY, self.formulas.urgency(urgency))
        if self.above:
            yield from self.raised(URGENCY, self.nearby.nearest(self.formulas.urgency(self.above[0])))

    # --- the goals ----------------------------------------------------------------------------------

    def removal(self, about: str, told: Formula) -> Change:
        """The fewest answers with which this is not true."""
        new = self.nearby.nearest(self.nodes.isnt(told)) or {}
        urgency = self.with_new(new).urgency if about == URGENCY else None
        return Change(about, "remove", self.switches(new), urgency=urgency, most=MOST_CHANGED)

    def sooner_with(self, candidate: Candidate) -> Iterator[Change]:
        """A higher urgency that is so high only together with the answers that the state rests on.

        Those stay, and nothing that was told is taken back: only numbers and answers "no" become other ones.
        """
        rules = naming(self.rulebase, candidate.state, candidate.strength)
        rests_on = answers_behind(self.rulebase, self.answers, candidate.fired[0], rules, self.certain)
        told = {finding for finding, answer in self.answers.items() if _is_told(answer)}
        found = []
        for urgency in self.above[::-1]:
            sooner = self.formulas.urgency(urgency)
            without = self.nodes.all_chosen(sooner, dict.fromkeys(rests_on, BLANK))
            new = self.nearby.nearest(self.nodes.all((sooner, self.nodes.isnt(without))), told.union(rests_on))
            found += [new] if new else []
        yield from self.raised(candidate.state, min(found, key=len, default=None))

    def to_the_top(self, candidate: Candidate) -> Iterator[Change]:
        self.ranking.learn(candidate)
        while (new := self.nearby.nearest(self.ranking.another_first(self.same_electrolyte()))) is not None:
            first = self.with_new(new).candidates[0]
            if first.state not in self.same_electrolyte():
                yield self.about_state(candidate.state, "top", new, first, MOST_CHANGED)
            if first.state not in self.same_electrolyte() or not self.ranking.learn(first):
                break

    def same_electrolyte(self) -> tuple[str, ...]:
        """The states of the electrolyte that is named first now."""
        states = self.rulebase.states
        first = states[self.now.candidates[0].state].electrolyte
        return tuple(each for each in states if states[each].electrolyte == first)

    # --- the changes --------------------------------------------------------------------------------

    def with_new(self, new: Mapping[str, Answer]) -> Assessment:
        return self.assess({**self.answers, **new})

    def switches(self, new: Mapping[str, Answer]) -> tuple[Switch, ...]:
        return tuple(self.switch(self.rulebase.findings[finding], answer) for finding, answer in new.items())

    def switch(self, finding: Finding, new: Answer) -> Switch:
        was = self.answers.get(finding.id)
        fixed = finding.kind == "about" and was not in (None, UNSURE)
        return Switch(finding.id, finding.label, finding.unit, was, new, fixed)

    def raised(self, about: str, new: Mapping[str, Answer] | None) -> Iterator[Change]:
        if new is not None:
            yield Change(about, "raise", self.switches(new), urgency=self.with_new(new).urgency, most=MOST_CHANGED)

    def about_state(
        self, about: str, goal: Literal["top", "stronger"], new: Mapping[str, Answer], then: Candidate, most: int
    ) -> Change:
        name = self.rulebase.states[then.state].name
        return Change(about, goal, self.switches(new), state=then.state, name=name, strength=then.strength, most=most)

    # --- not sure -----------------------------------------------------------------------------------

    def decided(self) -> Iterator[Change]:
        """Each answer "not sure" that alone would change what is told, were it a sure one.

        Of the numbers that would change the same, it is the one nearest to the middle of what is plausible.
        """
        unsure = [self.rulebase.findings[each] for each, answer in self.answers.items() if answer == UNSURE]
        moves = self.nodes.any(self.moves()) if unsure else NEVER
        for finding in unsure:
            known: set[object] = set()
            for answer in self.nearby.by_nearness(finding.id):
                if self.nearby.can(moves, finding.id, answer):
                    new = {finding.id: self.nearby.as_told(finding.id, answer)}
                    for change in self.settled(new, self.with_new(new)):
                        told = (change.about, change.goal, change.urgency, change.state, change.strength)
                        if isinstance(answer, str) or told not in known:
                            known.add(told)
                            yield change

    def moves(self) -> Iterator[Formula]:
        """What one answer could move: a higher urgency, more support for a state, and another electrolyte first."""
        if self.above:
            yield self.formulas.urgency(self.above[0])
        support = {candidate.state: candidate.strength for candidate in self.now.candidates}
        for state in self.rulebase.states:
            if support.get(state) != Strength.STRONG:
                yield self.formulas.named(state, Strength(support.get(state, 0) + 1))
        if support:
            yield self.ranking.another_first(self.same_electrolyte())

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
            yield self.about_state(self.now.candidates[0].state, "top", new, then.candidates[0], 1)


def _is_told(answer: Answer) -> bool:
    """Whether something was told that is so: a word other than "no"."""
    return isinstance(answer, str) and answer not in (NO, UNSURE)
