"""Questions over every set of answers at once. The only home of the solver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from pysat.card import CardEnc
from pysat.formula import IDPool
from pysat.solvers import Solver

from quiz.logic import denial, positive
from quiz.model import YES, Condition, Group, Holds, Interval, Is, Named, Rule, RuleBase, Supports


class _Clauses:
    """Conditions as clauses: a node's variable may be true only if its condition can be.

    One direction is enough, because no condition rests on another one being false. Each finding takes one answer, or
    none; a number lies in one of the stretches between all bounds that any condition names.
    """

    def __init__(self, rulebase: RuleBase) -> None:
        self.rulebase = rulebase
        self.pool = IDPool()
        self.solver = Solver(name="cadical153")
        self._known: dict[Condition, int] = {}
        self._stretches = dict(_stretches(rulebase))
        for finding in rulebase.findings.values():
            values: Iterable[object] = self._stretches.get(finding.id, finding.words)
            literals = [self.pool.id((finding.id, value)) for value in values]
            if len(literals) > 1:
                self._add(CardEnc.atmost(literals, bound=1, vpool=self.pool).clauses)

    def _add(self, clauses: Iterable[list[int]]) -> None:
        for clause in clauses:
            self.solver.add_clause(clause)

    def literal(self, condition: Condition) -> int:
        """A literal that is true only if the condition is."""
        written = positive(condition, self.rulebase.findings)
        if written in self._known:
            return self._known[written]
        if isinstance(written, Is) and isinstance(written.value, str):
            node: int = self.pool.id((written.finding, written.value))
            self._known[written] = node
            return node
        node = self.pool.id(("node", len(self._known)))
        self._known[written] = node
        if isinstance(written, Is):
            inside = self._inside(written.finding, written.value)
            self._add([[-node, *(self.pool.id((written.finding, each)) for each in inside)]])
        elif isinstance(written, Holds):
            when = self.rulebase.concepts[written.concept].when
            inner = when if written.value == YES else denial(when, self.rulebase.findings)
            self._add([[-node, self.literal(inner)]])
        elif isinstance(written, Named):
            self._add([[-node, *(self.literal(rule.when) for rule in _supporting(self.rulebase, written))]])
        else:
            self._group(node, written)
        return node

    def _inside(self, finding: str, value: str | Interval) -> list[tuple[float, float]]:
        return [each for each in self._stretches[finding] if isinstance(value, Interval) and _middle(each) in value]

    def _group(self, node: int, group: Group) -> None:
        parts = [self.literal(part) for part in group.of]
        if group.kind == "all":
            self._add([-node, part] for part in parts)
        elif group.kind == "any":
            self._add([[-node, *parts]])
        else:
            encoded = CardEnc.atleast(parts, bound=group.count, vpool=self.pool).clauses
            self._add([-node, *clause] for clause in encoded)


def _supporting(rulebase: RuleBase, named: Named) -> list[Rule]:
    return [
        rule
        for rule in rulebase.rules.values()
        if rule.provenance.state != "retired"
        and isinstance(rule.then, Supports)
        and rule.then.state == named.state
        and rule.then.strength >= named.strength
    ]


def _middle(stretch: tuple[float, float]) -> float:
    return (stretch[0] + stretch[1]) / 2


def _stretches(rulebase: RuleBase) -> Iterator[tuple[str, list[tuple[float, float]]]]:
    """For each number, its bounds as points and the gaps between them, inside its range."""
    bounds: dict[str, set[float]] = {}

    def collect(condition: Condition) -> None:
        if isinstance(condition, Group):
            for part in condition.of:
                collect(part)
        elif isinstance(condition, Is) and isinstance(condition.value, Interval):
            for bound in (condition.value.low, condition.value.high):
                if bound is not None:
                    bounds.setdefault(condition.finding, set()).add(bound)

    for concept in rulebase.concepts.values():
        collect(concept.when)
    for rule in rulebase.rules.values():
        collect(rule.when)
    for implication in rulebase.implications:
        collect(implication.when)
    for finding in rulebase.findings.values():
        if finding.is_number:
            points = sorted({finding.low, finding.high, *bounds.get(finding.id, ())})
            gaps = list(pairwise(points))
            yield finding.id, [*((point, point) for point in points), *gaps]


def cannot_fire(rulebase: RuleBase) -> tuple[Rule, ...]:
    """The rules that no set of answers makes certain."""
    clauses = _Clauses(rulebase)
    try:
        return tuple(
            rule
            for rule in rulebase.rules.values()
            if not clauses.solver.solve(assumptions=[clauses.literal(rule.when)])
        )
    finally:
        clauses.solver.delete()
