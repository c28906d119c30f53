"""The order of states as a formula: the stronger first, then the critical one, the measured one, the one with more
evidence, and as in the files.

To count all evidence takes long, and hardly any count matters. So the formula starts out without counts: it is true
wherever the order may be so. Where it is true and the order is not, a state that comes first is counted (`learn`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from quiz.formulas import Formula, Formulas
from quiz.model import Candidate, Strength, Supports


class Ranking:
    def __init__(self, formulas: Formulas) -> None:
        self._formulas, self._nodes = formulas, formulas.nodes
        self._states = list(formulas.rulebase.states)
        self._evidence: dict[tuple[str, Strength], list[Formula]] = {}
        self._counts: dict[tuple[str, Strength], set[int]] = {}
        self._by_result: dict[Supports, tuple[Formula, Formula]] = {}

    def learn(self, first: Candidate) -> bool:
        """Takes in that with so much evidence a state comes before all with less. False where that was known."""
        counts = self._counts.setdefault((first.state, first.strength), set())
        known = len(first.evidence) in counts
        counts.add(len(first.evidence))
        return not known

    def another_first(self, states: Collection[str]) -> Formula:
        """True at least where a named state that is none of these comes before each of these."""
        others = [each for each in self._states if each not in states]
        return self._nodes.any(self._nodes.all(self._before(other, each) for each in states) for other in others)

    def _before(self, state: str, other: str) -> Formula:
        return self._nodes.any(way for strength in Strength for way in self._ways(state, other, strength))

    def _ways(self, state: str, other: str, strength: Strength) -> Iterator[Formula]:
        """The state may come first as the other has not this much support, or as both have just this much."""
        nodes, named = self._nodes, self._formulas.named
        both = named(state, strength), named(other, strength)
        yield nodes.all((both[0], nodes.isnt(both[1])))
        more = [named(each, Strength(strength + 1)) for each in (state, other)] if strength < Strength.STRONG else []
        alike = (*both, *map(nodes.isnt, more))
        ours, theirs = (self._result_of(Supports(each, strength)) for each in (state, other))
        for mine, yours in zip(ours, theirs, strict=True):
            yield nodes.all((*alike, mine, nodes.isnt(yours)))
            alike = (*alike, nodes.any((mine, nodes.isnt(yours))))
        yield nodes.all((*alike, *self._as_much(state, other, strength)))

    def _result_of(self, support: Supports) -> tuple[Formula, Formula]:
        """That it is critical, and that it is measured."""
        if support not in self._by_result:
            self._by_result[support] = self._formulas.critical(support), self._formulas.measured(support)
        return self._by_result[support]

    def _as_much(self, state: str, other: str, strength: Strength) -> Iterator[Formula]:
        """For each count that was learned: where the other state has as much evidence, this one has enough."""
        more = 0 if self._states.index(state) < self._states.index(other) else 1
        for count in sorted(self._counts.get((other, strength), ())):
            fewer = self._nodes.isnt(self._at_least(count, other, strength))
            yield self._nodes.any((fewer, self._at_least(count + more, state, strength)))

    def _at_least(self, count: int, state: str, strength: Strength) -> Formula:
        if (state, strength) not in self._evidence:
            self._evidence[state, strength] = list(self._formulas.signs(Supports(state, strength)))
        return self._nodes.at_least(count, self._evidence[state, strength])
