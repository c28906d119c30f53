"""Questions over every set of answers at once. The only home of the solver."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import count, pairwise

from pysat.card import CardEnc, ITotalizer
from pysat.formula import IDPool
from pysat.solvers import Solver

from quiz.formulas import ALWAYS, NEVER, Choices, Formula, Nodes
from quiz.logic import denial, positive
from quiz.model import (
    UNSURE,
    YES,
    Answer,
    Answers,
    Condition,
    Finding,
    Group,
    Holds,
    Interval,
    Is,
    Named,
    Rule,
    RuleBase,
    Strength,
    Supports,
    leaves,
)

# --- formulas as clauses ----------------------------------------------------------------------------


class Clauses:
    """Formulas as clauses for a solver. Each is written out once, true exactly where its parts make it so."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes, self.solver = nodes, Solver(name="cadical153")
        self._written: dict[Formula, int] = {}
        self._variables: dict[tuple[str, Answer | None], int] = {}
        self._of_finding: dict[str, list[int]] = {}
        self._last = 0

    def choices(self, true: Iterable[Formula], false: Iterable[Formula]) -> Choices | None:
        """Choices that make these true and those not, or None where there are none."""
        if not self.solver.solve(assumptions=[*map(self._literal, true), *(-self._literal(each) for each in false)]):
            return None
        model = self.solver.get_model() or []
        chosen = {number for number in model if number > 0}
        return {name: value for (name, value), number in self._variables.items() if number in chosen}

    def close(self) -> None:
        self.solver.delete()

    def _new(self) -> int:
        self._last += 1
        return self._last

    def _literal(self, formula: Formula) -> int:
        if formula not in self._written:
            number = self._written[formula] = self._new()
            if formula in (ALWAYS, NEVER):
                self.solver.add_clause([number if formula == ALWAYS else -number])
            elif formula in self.nodes.choices:
                finding, values = self.nodes.choices[formula]
                self._is_any(number, [self._variable(finding, value) for value in values])
            else:
                count, parts = self.nodes.groups[formula]
                literals = [self._literal(part) for part in parts]
                if count == 1:
                    self._is_any(number, literals)
                else:
                    self._is_any(-number, [-each for each in literals])
        return self._written[formula]

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


# --- conditions as clauses --------------------------------------------------------------------------

_Stretch = tuple[float, float]


class _Clauses:
    """Conditions as clauses: a node's variable may be true only if its condition can be.

    To ask whether something can be true, one direction is enough, because no condition rests on another one being
    false. To ask what makes something false, it is `both`: then a node is true exactly where its condition is. Each
    finding takes one answer, or none; a number lies in one of the stretches between all bounds that any condition
    names.
    """

    both = False
    name: tuple[str, ...] = ()

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
            self._known[written] = self._answer_node(written.finding, written.value)
            return self._known[written]
        node: int = self.pool.id((*self.name, "node", len(self._known)))
        self._known[written] = node
        if isinstance(written, Is):
            inside = self._inside(written.finding, written.value)
            self._is_any(node, [self._answer_node(written.finding, each) for each in inside])
        elif isinstance(written, Holds):
            when = self.rulebase.concepts[written.concept].when
            inner = when if written.value == YES else denial(when, self.rulebase.findings)
            self._is_any(node, [self.literal(inner)])
        elif isinstance(written, Named):
            self._is_any(node, [self.literal(rule.when) for rule in _supporting(self.rulebase, written)])
        else:
            self._group(node, written)
        return node

    def _answer_node(self, finding: str, value: str | _Stretch) -> int:
        node: int = self.pool.id((finding, value))
        return node

    def _is_any(self, node: int, parts: Sequence[int]) -> None:
        self._add([[-node, *parts]])
        if self.both:
            self._add([node, -part] for part in parts)

    def _is_all(self, node: int, parts: Sequence[int]) -> None:
        self._add([-node, part] for part in parts)
        if self.both:
            self._add([[node, *(-part for part in parts)]])

    def _inside(self, finding: str, value: str | Interval) -> list[_Stretch]:
        return [each for each in self._stretches[finding] if isinstance(value, Interval) and _middle(each) in value]

    def _group(self, node: int, group: Group) -> None:
        parts = [self.literal(part) for part in group.of]
        if group.kind == "all":
            self._is_all(node, parts)
        elif group.kind == "any":
            self._is_any(node, parts)
        else:
            encoded = CardEnc.atleast(parts, bound=group.count, vpool=self.pool).clauses
            self._add([-node, *clause] for clause in encoded)
            if self.both:
                encoded = CardEnc.atmost(parts, bound=group.count - 1, vpool=self.pool).clauses
                self._add([node, *clause] for clause in encoded)


def _supporting(rulebase: RuleBase, named: Named) -> list[Rule]:
    return [
        rule
        for rule in rulebase.rules.values()
        if rule.provenance.state != "retired"
        and isinstance(rule.then, Supports)
        and rule.then.state == named.state
        and rule.then.strength >= named.strength
    ]


def _middle(stretch: _Stretch) -> float:
    return (stretch[0] + stretch[1]) / 2


def _stretches(rulebase: RuleBase) -> Iterator[tuple[str, list[_Stretch]]]:
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


# --- sets of answers near one set -------------------------------------------------------------------


class Nearby(_Clauses):
    """The sets of answers that differ from one set, by how many answers they differ.

    A changed answer is a sure one: another word, a number in another stretch, or the first answer to a finding that
    was not asked or left unsure. No set contradicts what follows from its own answers. What follows is known too; where
    implications stand in a circle, a set may be let through in which they only carry each other, so whoever uses a set
    tries it first (`refuses`). No set that is right is ever left out.
    """

    both = True

    def __init__(self, rulebase: RuleBase, answers: Answers, most: int) -> None:
        """`most` is the largest number of changed answers that can be asked for."""
        super().__init__(rulebase)
        self.answers = answers
        self.changed: dict[str, int] = {}
        self.chosen: dict[str, dict[str | _Stretch, int]] = {}
        self.follows = self._what_follows()
        self._totals: dict[tuple[int, ...], list[int]] = {}
        self._behind: dict[tuple[str, Strength], tuple[int, ...]] = {}
        self._lacking: dict[frozenset[str], _Without] = {}
        self._numbers = count()
        for finding in rulebase.findings.values():
            self._choices(finding)
        self._nothing_contradicts()
        over = self._counted(list(self.changed.values()), most)
        self._at_most = [[-each] for each in over[1:]] or [[]]

    def close(self) -> None:
        self.solver.delete()

    def _what_follows(self) -> dict[tuple[str, str], list[Condition]]:
        follows: dict[tuple[str, str], list[Condition]] = {}
        for implication in self.rulebase.implications:
            for pair in implication.then.items():
                follows.setdefault(pair, []).append(implication.when)
        return follows

    def _choices(self, finding: Finding) -> None:
        """The answers to one finding: as it is now, or another sure one."""
        now = self.answers.get(finding.id)
        values: Sequence[str | _Stretch] = self._stretches.get(finding.id, finding.words)
        known = {value: self.pool.id((finding.id, value)) for value in values}
        implied = {value for value in finding.words if (finding.id, value) in self.follows} if now is None else set()
        chosen = {
            value: self.pool.id(("chosen", finding.id, value)) if value in implied else node
            for value, node in known.items()
        }
        changed: int = self.pool.id(("changed", finding.id))
        self.chosen[finding.id], self.changed[finding.id] = chosen, changed
        if now in (None, UNSURE):
            self._is_any(changed, list(chosen.values()))
        else:
            self._add([list(chosen.values())])
            stays = chosen[now if isinstance(now, str) else _stretch_of(now, self._stretches[finding.id])]
            self._add([[changed, stays], [-changed, -stays]])

    def _nothing_contradicts(self) -> None:
        """What follows is known where nothing was answered, and is not answered otherwise elsewhere."""
        for (finding, value), conditions in self.follows.items():
            node, now = self.pool.id((finding, value)), self.answers.get(finding)
            reasons = [self.literal(condition) for condition in conditions]
            if now is None:
                self._is_any(node, [self.chosen[finding][value], *reasons])
            else:
                unless = [-self.changed[finding]] if now == UNSURE else []
                self._add([-reason, node, *unless] for reason in reasons)

    def _counted(self, literals: Sequence[int], most: int) -> list[int]:
        """Literals of which the one at n must be true where more than n of the given ones are."""
        if len(literals) == 1:
            return list(literals)
        total = ITotalizer(lits=list(literals), ubound=min(most, len(literals) - 1), top_id=self.pool.top)
        self._add(total.cnf.clauses)
        self.pool.top = total.top_id
        found: list[int] = list(total.rhs)
        total.delete()
        return found

    def without(self, findings: Collection[str]) -> _Without:
        """The same sets of answers, each with these findings not answered."""
        left_out = frozenset(findings)
        if left_out not in self._lacking:  # one for each: another with the same names would redefine its nodes
            self._lacking[left_out] = _Without(self, left_out)
        return self._lacking[left_out]

    # --- the order of states ------------------------------------------------------------------------

    def another_before(self, states: Collection[str]) -> int:
        """A literal that is true only if a named state that is none of these comes before each of these."""
        node: int = self.pool.id(("another before", *states))
        firsts = []
        for other in self.rulebase.states:
            if other not in states:
                first: int = self.pool.id(("first", other, *states))
                self._add([-first, self._before(other, state)] for state in states)
                firsts.append(first)
        self._add([[-node, *firsts]])
        return node

    def _before(self, state: str, other: str) -> int:
        order = list(self.rulebase.states)
        more = 0 if order.index(state) < order.index(other) else 1
        node: int = self.pool.id(("before", state, other))
        ways = []
        for strength in Strength:
            mine, theirs = self.literal(Named(state, strength)), self.literal(Named(other, strength))
            stronger: int = self.pool.id(("stronger", state, other, strength))
            self._add([[-stronger, mine], [-stronger, -theirs]])
            tied: int = self.pool.id(("tied", state, other, strength))
            self._add([[-tied, mine], [-tied, theirs]])
            if strength is not Strength.STRONG:
                above = Strength(strength + 1)
                self._add([-tied, -self.literal(Named(each, above))] for each in (state, other))
            self._as_much(tied, self._evidence(state, strength), self._evidence(other, strength), more)
            ways += [stronger, tied]
        self._add([[-node, *ways]])
        return node

    def _as_much(self, node: int, mine: tuple[int, ...], theirs: tuple[int, ...], more: int) -> None:
        """Where the node is true, at least `more` more of mine are true than of theirs."""
        if not mine or not theirs:
            self._add([[-node]])
            return
        over = self._counts(theirs)
        short = self._counts(tuple(-each for each in mine))  # counting those that are false bounds mine from below
        for number in range(1, len(theirs) + 1):
            missing = len(mine) - number - more
            enough = [-short[missing]] if missing >= 0 else []
            self._add([[-node, -over[number - 1], *enough]])

    def _counts(self, literals: tuple[int, ...]) -> list[int]:
        if literals not in self._totals:
            self._totals[literals] = self._counted(literals, len(literals))
        return self._totals[literals]

    def _evidence(self, state: str, strength: Strength) -> tuple[int, ...]:
        """For each finding, a literal that is true where it stands behind a rule of just this support."""
        if (state, strength) not in self._behind:
            rules = [
                rule for rule in _supporting(self.rulebase, Named(state, strength))
                if isinstance(rule.then, Supports) and rule.then.strength == strength
            ]  # fmt: skip
            self._behind[state, strength] = tuple(self._reached([rule.when for rule in rules]))
        return self._behind[state, strength]

    def _reached(self, roots: Iterable[Condition]) -> Iterator[int]:
        """Walks down from conditions that are true through parts that are true, to the findings at the end."""
        written = [positive(root, self.rulebase.findings) for root in roots]
        above: dict[Condition, list[int]] = {}
        at: dict[str, list[int]] = {}
        for each in written:
            above.setdefault(each, []).append(self.literal(each))
        for each in self._from_the_top(written):
            reached = self._new("reached")
            way = self._new("way")
            self._is_any(way, above[each])
            self._is_all(reached, [way, self.literal(each)])
            if isinstance(each, Is):
                at.setdefault(each.finding, []).append(reached)
            for part in self._parts(each):
                above.setdefault(part, []).append(reached)
        for ends in at.values():
            found = self._new("found")
            self._is_any(found, ends)
            yield found

    def _from_the_top(self, roots: Iterable[Condition]) -> list[Condition]:
        """Every condition below these, each after all that it is a part of."""
        done: dict[Condition, None] = {}

        def walk(condition: Condition) -> None:
            if condition not in done:
                for part in self._parts(condition):
                    walk(part)
                done[condition] = None

        for root in roots:
            walk(root)
        return list(done)[::-1]

    def _parts(self, written: Condition) -> tuple[Condition, ...]:
        findings = self.rulebase.findings
        if isinstance(written, Holds):
            when = self.rulebase.concepts[written.concept].when
            return (positive(when if written.value == YES else denial(when, findings), findings),)
        return written.of if isinstance(written, Group) else ()

    # --- the nearest set ----------------------------------------------------------------------------

    def nearest(
        self, wanted: Iterable[int], order: Sequence[str], refuses: Callable[[Answers], Collection[str] | None]
    ) -> Mapping[str, Answer] | None:
        """The fewest new answers that make these literals true, or None where `most` of them cannot.

        Only the findings in `order` change. Of several sets as small, it is the one whose findings come first there.
        `refuses` tries a set out: where it is wrong, it names findings so that every set with the same answers to those
        (or none, as here) is as wrong.
        """
        free = set(order)
        fixed = [*wanted, *(-changed for finding, changed in self.changed.items() if finding not in free)]
        fixed.append(self._new("refused"))
        while (found := self._smallest(fixed, order)) is not None:
            chosen = self._values(found, fixed)
            new = {finding: self._answer(finding, value) for finding, value in chosen.items()}
            refused = refuses({**self.answers, **new})
            if refused is None:
                return new
            others = (
                -self.chosen[finding][chosen[finding]] if finding in chosen else self.changed[finding]
                for finding in refused
            )
            self._add([[-fixed[-1], *others]])
        return None

    def with_one(self, literal: int, finding: str, word: str) -> bool:
        """Whether the literal can be true where this finding, and no other, is answered with this word instead."""
        others = (-changed for each, changed in self.changed.items() if each != finding)
        return bool(self.solver.solve(assumptions=[literal, self.chosen[finding][word], *others]))

    def any_of(self, literals: Iterable[int]) -> int:
        """A literal that is true only if one of these is."""
        node = self._new("any of")
        self._add([[-node, *literals]])
        return node

    def _new(self, name: str) -> int:
        found: int = self.pool.id((name, next(self._numbers)))
        return found

    def _smallest(self, fixed: list[int], order: Sequence[str]) -> list[str] | None:
        """The findings that change in the smallest set that comes first; None where no set is small enough."""
        if self.solver.solve(assumptions=fixed):
            for at_most in self._at_most:
                if self.solver.solve(assumptions=[*fixed, *at_most]):
                    return self._first([*fixed, *at_most], order)
        return None

    def _first(self, fixed: list[int], order: Sequence[str]) -> list[str]:
        """Starts from the set that the solver holds, and asks for one that comes earlier until there is none."""
        found = self._changed_now(order)
        place = begin = 0
        while place < len(found):
            end = order.index(found[place])
            earlier = self._new("earlier")
            self._add([[-earlier, *(self.changed[finding] for finding in order[begin:end])]])
            before = [self.changed[finding] for finding in found[:place]]
            if begin < end and self.solver.solve(assumptions=[*fixed, *before, earlier]):
                found = self._changed_now(order)
            else:
                place, begin = place + 1, end + 1
        return found

    def _changed_now(self, order: Sequence[str]) -> list[str]:
        true = {literal for literal in self.solver.get_model() if literal > 0}
        return [finding for finding in order if self.changed[finding] in true]

    def _values(self, found: list[str], fixed: list[int]) -> dict[str, str | _Stretch]:
        """A new answer for each of the findings that change: words as written, the stretch nearest to a number."""
        others = [-changed for finding, changed in self.changed.items() if finding not in found]
        known = [*fixed, *others, *(self.changed[finding] for finding in found)]
        values: dict[str, str | _Stretch] = {}
        for finding in found:
            for value in self._by_nearness(finding):
                node = self.chosen[finding][value]
                if self.solver.solve(assumptions=[*known, node]):
                    values[finding] = value
                    known.append(node)
                    break
        return values

    def _by_nearness(self, finding: str) -> list[str | _Stretch]:
        now = self.answers.get(finding)
        stretches = self._stretches.get(finding)
        if stretches is None:
            return list(self.chosen[finding])
        near = _middle(stretches[0]) if now is None or isinstance(now, str) else now
        return sorted(self.chosen[finding], key=lambda each: abs(_number_in(each, near) - near))

    def _answer(self, finding: str, value: str | _Stretch) -> Answer:
        if isinstance(value, str):
            return value
        now = self.answers.get(finding)
        return _number_in(value, _middle(value) if now is None or isinstance(now, str) else now)


class _Without(_Clauses):
    """Conditions over the sets of answers near one, each set with some findings not answered.

    Only what that can touch has nodes of its own; all else is the same.
    """

    both = True

    def __init__(self, nearby: Nearby, findings: Collection[str]) -> None:
        self.rulebase, self.pool, self.solver, self._stretches = (
            nearby.rulebase, nearby.pool, nearby.solver, nearby._stretches
        )  # fmt: skip
        self.name = ("without", *sorted(findings))
        self.nearby, self._left_out = nearby, frozenset(findings)
        self._known = {}
        self._touches: dict[Condition, bool] = {}
        self._touched = self._with_what_follows()
        for finding in sorted(self._touched):
            for value, chosen in nearby.chosen[finding].items():
                reasons = [self.literal(each) for each in nearby.follows.get((finding, str(value)), ())]
                given = [] if finding in self._left_out else [chosen]
                self._is_any(self._answer_node(finding, value), [*given, *reasons])

    def _with_what_follows(self) -> frozenset[str]:
        """The findings left out, and those not answered whose answers can follow from them."""
        touched = self._left_out
        while True:
            more = touched.union(
                finding
                for implication in self.rulebase.implications
                if any(isinstance(leaf, Is) and leaf.finding in touched for leaf in leaves(implication.when))
                for finding in implication.then
                if finding not in self.nearby.answers
            )
            if more == touched:
                return touched
            touched = more

    def _answer_node(self, finding: str, value: str | _Stretch) -> int:
        if finding not in self._touched:
            return super()._answer_node(finding, value)
        node: int = self.pool.id((*self.name, finding, value))
        return node

    def literal(self, condition: Condition) -> int:
        return super().literal(condition) if self._is_touched(condition) else self.nearby.literal(condition)

    def _is_touched(self, condition: Condition) -> bool:
        if condition not in self._touches:
            self._touches[condition] = any(map(self._is_touched, self._inner(condition))) or (
                isinstance(condition, Is) and condition.finding in self._touched
            )
        return self._touches[condition]

    def _inner(self, condition: Condition) -> Sequence[Condition]:
        if isinstance(condition, Holds):
            return (self.rulebase.concepts[condition.concept].when,)
        if isinstance(condition, Named):
            return [rule.when for rule in _supporting(self.rulebase, condition)]
        return condition.of if isinstance(condition, Group) else ()


def _stretch_of(number: float, stretches: Sequence[_Stretch]) -> _Stretch:
    return next(each for each in stretches if each[0] == number == each[1] or each[0] < number < each[1])


def _number_in(value: str | _Stretch, near: float) -> float:
    """The roundest number in a stretch; of two as round, the one nearer to `near`. A gap is without its ends."""
    if isinstance(value, str):
        return near
    low, high = value
    if low == high:
        return low
    for digits in range(15):
        step = 10.0**-digits
        found = [
            number
            for number in (round(low + step, digits), round(high - step, digits), round(near, digits))
            if low < number < high
        ]
        if found:
            return min(found, key=lambda number: (abs(number - near), number))
    return _middle(value)
