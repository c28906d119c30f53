"""Questions over every set of answers at once. The only home of the solver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from pysat.solvers import Solver, pysolvers

from quiz.formulas import ALWAYS, BLANK, NEVER, Choices, Formula, Formulas, Nodes
from quiz.model import UNSURE, Answer, Implication, Rule, RuleBase


class Clauses:
    """Formulas as clauses for a solver. Each is written out once, true exactly where its parts make it so."""

    def __init__(self, nodes: Nodes, solver: str = "cadical153") -> None:
        """`solver` is a name that python-sat knows."""
        self.nodes, self.solver = nodes, Solver(name=solver)
        self._written: dict[Formula, int] = {}
        self._variables: dict[tuple[str, Answer | None], int] = {}
        self._of_finding: dict[str, list[int]] = {}
        self._last = 0

    def choices(self, true: Iterable[Formula], false: Iterable[Formula]) -> Choices | None:
        """Choices that make these true and those not, or None where there are none."""
        if not self._solve(self._assumed(true, false)):
            return None
        model = self.solver.get_model() or []
        chosen = {number for number in model if number > 0}
        return {name: value for (name, value), number in self._variables.items() if number in chosen}

    def fewest(self, true: Sequence[Formula], false: Sequence[Formula]) -> Choices | None:
        """The same with as few findings answered as can be. One that must not be left open is chosen as `unsure`."""
        found = self.choices(true, false)
        if found is None:
            return None
        within = sorted(frozenset().union(*map(self.nodes.findings, (*true, *false))))
        answered = [self.nodes.isnt(self.nodes.leaf(name, frozenset({BLANK}))) for name in within]
        for count in range(len(within)):
            fewer = self.choices(true, [*false, self.nodes.at_least(count + 1, answered)])
            if fewer is not None:
                found = fewer
                break
        return {name: found.get(name, UNSURE) for name in within}

    def _solve(self, assumptions: list[int]) -> bool:
        try:
            return bool(self.solver.solve(assumptions=assumptions))
        except pysolvers.error as error:  # python-sat makes this of a Ctrl-C while it works
            raise KeyboardInterrupt from error

    def _assumed(self, true: Iterable[Formula], false: Iterable[Formula]) -> list[int]:
        return [*map(self._literal, true), *(-self._literal(each) for each in false)]

    def close(self) -> None:
        self.solver.delete()

    def _new(self) -> int:
        self._last += 1
        return self._last

    def _literal(self, formula: Formula) -> int:
        if formula not in self._written:
            opposite = self.nodes.opposites.get(formula)
            self._written[formula] = self._write(formula) if opposite is None else -self._literal(opposite)
        return self._written[formula]

    def _write(self, formula: Formula) -> int:
        number = self._new()
        if formula in (ALWAYS, NEVER):
            self.solver.add_clause([number if formula == ALWAYS else -number])
        elif formula in self.nodes.choices:
            finding, values = self.nodes.choices[formula]
            self._is_any(number, [self._variable(finding, value) for value in sorted(values, key=str)])
        else:
            count, parts = self.nodes.groups[formula]
            literals = [self._literal(part) for part in parts]
            if count == 1:
                self._is_any(number, literals)
            else:
                self._is_any(-number, [-each for each in literals])
        return number

    def _is_any(self, number: int, literals: list[int]) -> None:
        self.solver.add_clause([-number, *literals])
        for each in literals:
            self.solver.add_clause([number, -each])

    def _variable(self, finding: str, value: Answer | None) -> int:
        """A finding takes at most one of its answers; none of them stands for "not sure"."""
        if (finding, value) not in self._variables:
            number = self._variables[finding, value] = self._new()
            others = self._of_finding.setdefault(finding, [])
            for other in others:
                self.solver.add_clause([-number, -other])
            others.append(number)
        return self._variables[finding, value]


class Cases(Clauses):
    """Clauses in which a finding has each of its answers, "not sure" and BLANK, and takes exactly one of them.

    So answers can be counted, and a formula may test for "not sure".
    """

    def __init__(self, nodes: Nodes, domains: Mapping[str, Sequence[Answer]], solver: str = "cadical153") -> None:
        """`domains` are all findings with their answers, in the order in which a case names them."""
        super().__init__(nodes, solver)
        self._domains = {finding: (*answers, UNSURE, BLANK) for finding, answers in domains.items()}

    def possible(self, true: Iterable[Formula], false: Iterable[Formula]) -> bool:
        """Whether some choices make these true and those not."""
        return self._solve(self._assumed(true, false))

    def smallest(self, true: Sequence[Formula], false: Sequence[Formula], most: int) -> Choices | None:
        """As few answers as make these true and those not, or None where that takes more than `most`.

        Of several such sets it is the first in the order of the domains. What is left out is BLANK.
        """
        fixed = self._assumed(true, false)
        if not self._solve(fixed):
            return None
        within = frozenset().union(*map(self.nodes.findings, (*true, *false)))
        answered = {
            name: self.nodes.isnt(self.nodes.leaf(name, frozenset({BLANK}))) for name in self._domains if name in within
        }
        for count in range(min(most, len(answered)) + 1):
            bound = [*fixed, -self._literal(self.nodes.at_least(count + 1, answered.values()))]
            if self._solve(bound):
                return self._first(bound, count, {name: self._literal(each) for name, each in answered.items()})
        return None

    def _first(self, fixed: list[int], count: int, answered: Mapping[str, int]) -> Choices:
        """The first of the sets of this many answers, and for each of them the first answer that will do."""
        found: dict[str, Answer | None] = {}
        for finding, literal in answered.items():
            if len(found) == count:
                break
            if not self._solve([*fixed, literal]):
                continue
            fixed.append(literal)
            for value in self._domains[finding][:-1]:
                chosen = self._variable(finding, value)
                if self._solve([*fixed, chosen]):
                    fixed.append(chosen)
                    found[finding] = value
                    break
        return found

    def _variable(self, finding: str, value: Answer | None) -> int:
        if (finding, value) not in self._variables:
            numbers = [self._new() for _ in self._domains[finding]]
            self._variables.update(zip(((finding, each) for each in self._domains[finding]), numbers, strict=True))
            self.solver.add_clause(numbers)
            for place, number in enumerate(numbers):
                for other in numbers[:place]:
                    self.solver.add_clause([-number, -other])
        return self._variables[finding, value]


def cannot_fire(rulebase: RuleBase) -> tuple[Rule, ...]:
    """The rules that no set of answers makes certain."""
    formulas = Formulas(rulebase)
    clauses = Clauses(formulas.nodes)
    try:
        return tuple(
            rule for rule in rulebase.rules.values() if clauses.choices([formulas.rule(rule)], []) is None
        )  # fmt: skip
    finally:
        clauses.close()


def clashes(rulebase: RuleBase) -> Iterator[tuple[str, Implication, Implication]]:
    """What follows at odds: a finding, and two implications that say different answers follow for it.

    Only those that can both speak while no answer is at odds with anything. Where they clash because two answers cannot
    stand together, the answers are wrong and not the rules.
    """
    formulas = Formulas(rulebase)
    clauses = Clauses(formulas.nodes)
    try:
        for one, other in combinations(rulebase.implications, 2):
            for finding in one.then.keys() & other.then.keys():
                both = formulas.clash(finding, [one.when], [other.when])
                if one.then[finding] != other.then[finding] and clauses.choices([both], formulas.contradicted):
                    yield finding, one, other
    finally:
        clauses.close()
