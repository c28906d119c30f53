"""Questions over every set of answers at once. The only home of the solver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from pysat.solvers import Solver, pysolvers

from quiz.formulas import ALWAYS, BLANK, NEVER, Choices, Formula, Formulas, Nodes
from quiz.model import UNSURE, Answer, Implication, Rule, RuleBase


class Clauses:
    """Formulas as clauses for a solver. Each is written out once, true exactly where its parts make it so.

    A finding of which no answer is chosen is "not sure", so no formula may test for that, and answers cannot be counted
    exactly. In return only what formulas name is written out. Where either is needed: `AnswerClauses`.
    """

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
        chosen = set(model)
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

    def _model(self, assumptions: list[int]) -> Sequence[int] | None:
        """What is so of each variable where these are, or None where they cannot be."""
        return self.solver.get_model() if self._solve(assumptions) else None

    def _so(self, model: Sequence[int], formula: Formula) -> bool:
        """Whether a formula that was written out before the model was found is true in it."""
        literal = self._literal(formula)
        return model[abs(literal) - 1] == literal

    def _assumed(self, true: Iterable[Formula], false: Iterable[Formula]) -> list[int]:
        return [*map(self._literal, true), *(-self._literal(each) for each in false)]

    def can_be(self, formulas: Sequence[Formula], false: Iterable[Formula] = ()) -> list[bool]:
        """For each formula whether some choices make it true, and those not."""
        fixed = self._assumed((), false)
        left = {place: self._literal(each) for place, each in enumerate(formulas)}
        found = [True] * len(formulas)
        while left:
            place, literal = next(iter(left.items()))
            model = self._model([*fixed, literal])
            if model is None:
                found[place] = False
                del left[place]
            else:  # whatever else is true in it can be true as well
                left = {place: each for place, each in left.items() if model[abs(each) - 1] != each}
        return found

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


class AnswerClauses(Clauses):
    """Clauses in which a finding has each of its answers, "not sure" and BLANK, and takes exactly one of them.

    So answers can be counted, and a formula may test for "not sure".
    """

    def __init__(self, nodes: Nodes, domains: Mapping[str, Sequence[Answer]], solver: str = "cadical153") -> None:
        """`domains` are all findings with their answers, in the order in which a case names them."""
        super().__init__(nodes, solver)
        self._possible: dict[tuple[tuple[Formula, ...], tuple[Formula, ...]], bool] = {}
        self._given, self._name = domains, solver
        # To count is hard enough without all that was written out for the rest.
        self._counting: AnswerClauses | None = None
        self._domains = {finding: (*answers, UNSURE, BLANK) for finding, answers in domains.items()}

    def close(self) -> None:
        super().close()
        if self._counting is not None:
            self._counting.close()

    def _new(self) -> int:
        """A solver tries first what is positive for it. Where little is answered and little is true, that fits soon."""
        return -super()._new()

    def possible(self, true: Iterable[Formula], false: Iterable[Formula]) -> bool:
        """Whether some choices make these true and those not."""
        key = tuple(sorted({*true})), tuple(sorted({*false}))
        if key not in self._possible:
            self._possible[key] = self._solve(self._assumed(*key))
        return self._possible[key]

    def first_implied(
        self, true: Iterable[Formula], false: Iterable[Formula], formulas: Sequence[Formula]
    ) -> int | None:
        """The place of the first of the formulas that is true wherever these are true and those not, or None."""
        fixed = self._assumed(true, false)
        left = {place: self._literal(each) for place, each in enumerate(formulas)}
        while left:
            place, literal = next(iter(left.items()))
            model = self._model([*fixed, -literal])
            if model is None:
                return place
            # Whatever else is not true in it is no more implied than this one was.
            left = {place: each for place, each in left.items() if model[abs(each) - 1] == each}
        return None

    def smallest(self, true: Sequence[Formula], false: Sequence[Formula], most: int) -> Choices | None:
        """As few answers as make these true and those not, or None where that takes more than `most`.

        Of several such sets it is the first in the order of the domains. What is left out is BLANK.
        """
        if not self.possible(true, false):
            return None
        if self._counting is None:
            self._counting = AnswerClauses(self.nodes, self._given, self._name)
        return self._counting._smallest(true, false, most)

    def _smallest(self, true: Sequence[Formula], false: Sequence[Formula], most: int) -> Choices | None:
        fixed = self._assumed(true, false)
        within = frozenset[str]().union(*map(self.nodes.findings, (*true, *false)))
        blank = {name: self.nodes.leaf(name, frozenset({BLANK})) for name in self._domains if name in within}
        answered = {name: self.nodes.isnt(each) for name, each in blank.items()}
        for count in range(min(most, len(answered)) + 1):
            bound = [*fixed, -self._literal(self.nodes.at_least(count + 1, answered.values()))]
            model = self._model(bound)
            if model is not None:
                return self._first(bound, model, count, answered)
        return None

    def _first(
        self, fixed: list[int], model: Sequence[int], count: int, answered: Mapping[str, Formula]
    ) -> Choices:  # fmt: skip
        """The first of the sets of this many answers, and for each of them the first answer that will do.

        Starts from some set as small, and asks for one that comes earlier until there is none.
        """
        found: dict[str, Answer | None] = {}
        names = [*answered]
        begin = 0
        while len(found) < count:
            end = next(place for place in range(begin, len(names)) if self._so(model, answered[names[place]]))
            if begin < end:
                earlier = self.nodes.any(answered[name] for name in names[begin:end])
                nearer = self._model([*fixed, self._literal(earlier)])
                if nearer is not None:
                    model = nearer
                    continue
            name = names[end]
            fixed.append(self._literal(answered[name]))
            for value in self._domains[name][:-1]:
                chosen = self._variable(name, value)
                first = model if model[abs(chosen) - 1] == chosen else self._model([*fixed, chosen])
                if first is not None:
                    model = first
                    fixed.append(chosen)
                    found[name] = value
                    break
            begin = end + 1
        return found

    def _variable(self, finding: str, value: Answer | None) -> int:
        if (finding, value) not in self._variables:
            numbers = [-self._new() if each is BLANK else self._new() for each in self._domains[finding]]
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
        rules = list(rulebase.rules.values())
        can_be = clauses.can_be([formulas.rule(rule) for rule in rules])
        return tuple(rule for rule, can in zip(rules, can_be, strict=True) if not can)
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
