"""What an answer could still do, over every way in which the open answers may turn out. Exact, not a guess.

Every condition is written as a formula over choices: a finding takes one of its answers, is answered `unsure`, or is
left blank, and only a blank one takes what follows from other answers. A formula only ever gains truth from a choice
that fits, so a solver settles for every one whether an answer can decide it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, Protocol

from quiz.logic import denial, positive, with_consequences
from quiz.model import (
    UNSURE,
    YES,
    Answer,
    Answers,
    Assessment,
    Condition,
    Finding,
    Holds,
    Interval,
    Is,
    Named,
    Raises,
    Rule,
    RuleBase,
    SpeaksAgainst,
    Strength,
    Supports,
    Urgency,
    leaves,
)

BLANK = None
"""The choice to leave a finding to what follows from other answers."""


class Solver(Protocol):
    """Takes clauses of whole numbers, a negative one being a denial, and finds numbers that fit all of them."""

    def add_clause(self, clause: list[int]) -> object: ...
    def solve(self, assumptions: list[int]) -> bool | None: ...
    def get_model(self) -> list[int] | None: ...
    def delete(self) -> None: ...


Kind = Literal["names", "raises", "flags", "cautions", "against", "adds"]


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that an answer can still do, through this rule.

    `values` are the answers that do it with nothing else answered and, only where there is none, those that can do it
    together with others; `alone` tells which. A number stands for the whole stretch between two bounds. `witness` is a
    set of further answers under which the first of `values` does it and "not sure" would not.
    """

    kind: Kind
    rule: Rule
    values: tuple[Answer, ...]
    alone: bool
    witness: Answers


_Formula = int
"""A formula is its number in `_Nodes`. The same formula has the same number, so all that is found out is kept."""

_NEVER: _Formula = 0
_ALWAYS: _Formula = 1

_Choices = Mapping[str, Answer | None]


class _Nodes:
    """Formulas: one choice of a finding, or at least so many of several formulas."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[object, ...], int] = {}
        self.choices: dict[int, tuple[str, frozenset[Answer | None]]] = {}
        self.tests: dict[int, str] = {}
        """Tests of a finding whose answer can follow from others, and that finding."""
        self.groups: dict[int, tuple[int, tuple[int, ...]]] = {}
        self._findings: dict[int, frozenset[str]] = {_NEVER: frozenset(), _ALWAYS: frozenset()}
        self._chosen: dict[tuple[int, str, Answer | None], int] = {}

    def leaf(self, finding: str, values: frozenset[Answer | None]) -> _Formula:
        if not values:
            return _NEVER
        number = self._numbers.setdefault((finding, values), len(self._numbers) + 2)
        self.choices[number] = finding, values
        self._findings[number] = frozenset({finding})
        return number

    def at_least(self, count: int, parts: Iterable[_Formula]) -> _Formula:
        """The group, with what is settled taken out of it."""
        rest = []
        for part in parts:
            if part == _ALWAYS:
                count -= 1
            elif part != _NEVER:
                rest.append(part)
        if count <= 0 or len(rest) < count:
            return _ALWAYS if count <= 0 else _NEVER
        if count in (1, len(rest)):
            different = sorted(set(rest))
            count, rest = (1 if count == 1 else len(different)), different
        if len(rest) == 1:
            return rest[0]
        if 1 < count < len(rest):  # shared halves of smaller groups, so that every group is an "all" or an "any"
            first, others = rest[0], rest[1:]
            return self.any((self.all((first, self.at_least(count - 1, others))), self.at_least(count, others)))
        return self._new(count, tuple(sorted(rest)))

    def _new(self, count: int, parts: tuple[_Formula, ...]) -> _Formula:
        key = (count, parts)
        if key not in self._numbers:
            number = self._numbers[key] = len(self._numbers) + 2
            self.groups[number] = key
            self._findings[number] = frozenset().union(*(self._findings[part] for part in parts))
        return self._numbers[key]

    def any(self, parts: Iterable[_Formula]) -> _Formula:
        return self.at_least(1, parts)

    def all(self, parts: Iterable[_Formula]) -> _Formula:
        listed = list(parts)
        return self.at_least(len(listed), listed)

    def findings(self, formula: _Formula) -> frozenset[str]:
        return self._findings[formula]

    def chosen(self, formula: _Formula, finding: str, value: Answer | None) -> _Formula:
        """What is left of the formula after one choice."""
        if finding not in self._findings[formula]:
            return formula
        key = (formula, finding, value)
        if key not in self._chosen:
            if formula in self.choices:
                self._chosen[key] = _ALWAYS if value in self.choices[formula][1] else _NEVER
            else:
                count, parts = self.groups[formula]
                self._chosen[key] = self.at_least(count, [self.chosen(part, finding, value) for part in parts])
        return self._chosen[key]

    def all_chosen(self, formula: _Formula, choices: _Choices) -> _Formula:
        for finding in sorted(self._findings[formula] & choices.keys()):
            formula = self.chosen(formula, finding, choices[finding])
        return formula

    def behind(self, formula: _Formula, finding: str) -> _Formula:
        """True where the formula is and the finding is evidence for it: its own answer, or what follows for it."""
        if finding not in self._findings[formula]:
            return _NEVER
        tested = self.choices[formula][0] if formula in self.choices else self.tests.get(formula)
        if tested is not None:
            return formula if tested == finding else _NEVER
        return self.all((formula, self.any(self.behind(part, finding) for part in self.groups[formula][1])))


class Formulas:
    """The conditions of one rule base as formulas."""

    def __init__(self, rulebase: RuleBase) -> None:
        self.rulebase = rulebase
        self.rules = [rule for rule in rulebase.rules.values() if rule.provenance.state != "retired"]
        self.nodes = _Nodes()
        self._bounds = _bounds(rulebase)
        self._known: dict[Condition, _Formula] = {}
        self.at_odds = tuple(self._at_odds())

    def domain(self, finding: Finding) -> tuple[Answer, ...]:
        """The answers that differ for some condition. A number between two bounds stands for all between them."""
        if not finding.is_number:
            return finding.words
        inside = {each for each in self._bounds.get(finding.id, ()) if finding.low <= each <= finding.high}
        points = sorted({finding.low, finding.high, *inside})
        return tuple(sorted({*points, *((low + high) / 2 for low, high in pairwise(points))}))

    def alike(self, finding: Finding, answer: Answer) -> Answer:
        """The answer in the domain that every condition takes for the same."""
        if isinstance(answer, str):
            return answer
        domain = [each for each in self.domain(finding) if not isinstance(each, str)]
        below = max((each for each in domain[::2] if each <= answer), default=domain[0])
        place = domain.index(below)
        return below if answer == below or place + 1 == len(domain) else domain[place + 1]

    def rule(self, rule: Rule) -> _Formula:
        return self.of(rule.when)

    def within(self, rule: Rule) -> frozenset[str]:
        """Every finding that can have a part in the rule."""
        return self.nodes.findings(self.rule(rule))

    def named(self, state: str, strength: int) -> _Formula:
        """That the state is named with at least this support."""
        return self.nodes.any(
            self.rule(rule)
            for rule in self.rules
            if isinstance(rule.then, Supports) and rule.then.state == state and rule.then.strength >= strength
        )

    def urgency(self, least: Urgency) -> _Formula:
        return self.nodes.any(
            self.rule(rule) for rule in self.rules if isinstance(rule.then, Raises) and rule.then.urgency >= least
        )

    def _at_odds(self) -> Iterator[_Formula]:
        """Each way in which an answer, or what follows from answers, can be at odds with what follows."""
        follows: dict[str, dict[str, list[_Formula]]] = {}
        for each in self.rulebase.implications:
            for finding, word in each.then.items():
                follows.setdefault(finding, {}).setdefault(word, []).append(self.of(each.when))
        for finding, words in follows.items():
            answers = self.domain(self.rulebase.findings[finding])
            for word, whens in words.items():
                others = frozenset(each for each in answers if each != word)
                yield self.nodes.all((self.nodes.leaf(finding, frozenset({*others})), self.nodes.any(whens)))
                against = [when for other, found in words.items() if other != word for when in found]
                blank = self.nodes.leaf(finding, frozenset({BLANK}))
                yield self.nodes.all((blank, self.nodes.any(whens), self.nodes.any(against)))

    def evidence(self, support: Supports, finding: str) -> _Formula:
        """That the finding is evidence for this support of a state, through any rule."""
        return self.nodes.any(
            self.nodes.behind(self.rule(rule), finding) for rule in self.rules if rule.then == support
        )  # fmt: skip

    def evidence_through(self, rule: Rule, finding: str) -> tuple[str, ...]:
        """The finding, and those whose answer can follow from one to it, where they can be evidence for the rule."""
        following = {
            tested for test, tested in self.nodes.tests.items() if finding in self.nodes.findings(test)
        }  # fmt: skip
        others = sorted(following & self.within(rule) - {finding})
        return tuple(each for each in (finding, *others) if self.nodes.behind(self.rule(rule), each) != _NEVER)

    def of(self, condition: Condition) -> _Formula:
        if condition not in self._known:
            self._known[condition] = self._of(positive(condition, self.rulebase.findings), frozenset())
        return self._known[condition]

    def _of(self, written: Condition, following: frozenset[Is]) -> _Formula:
        """`following` are the tests whose consequences are being written out: none follows from itself."""
        if isinstance(written, Is):
            return self._test(written, following)
        if isinstance(written, Holds):
            when = self.rulebase.concepts[written.concept].when
            inner = when if written.value == YES else denial(when, self.rulebase.findings)
            return self.of(inner) if not following else self._of(positive(inner, self.rulebase.findings), following)
        if isinstance(written, Named):
            return self.named(written.state, written.strength)
        parts = [self._of(part, following) for part in written.of]
        return self.nodes.at_least({"all": len(parts), "any": 1}.get(written.kind, written.count), parts)

    def _test(self, test: Is, following: frozenset[Is]) -> _Formula:
        finding = self.rulebase.findings[test.finding]
        fits: frozenset[Answer | None] = frozenset(each for each in self.domain(finding) if _fits(each, test.value))
        given = self.nodes.leaf(test.finding, fits)
        follows = [
            self._of(positive(each.when, self.rulebase.findings), following | {test})
            for each in self.rulebase.implications
            if test not in following and each.then.get(test.finding) in fits
        ]
        if not follows:
            return given
        blank = self.nodes.leaf(test.finding, frozenset({BLANK}))
        tested = self.nodes.any((given, self.nodes.all((blank, self.nodes.any(follows)))))
        self.nodes.tests[tested] = test.finding
        return tested


def _fits(answer: Answer, value: str | Interval) -> bool:
    if isinstance(value, Interval):
        return not isinstance(answer, str) and answer in value
    return answer == value


def _bounds(rulebase: RuleBase) -> dict[str, set[float]]:
    """Every number that some condition compares a finding with."""
    found: dict[str, set[float]] = {}
    conditions = [
        each.when for group in (rulebase.rules.values(), rulebase.concepts.values(), rulebase.implications)
        for each in group
    ]  # fmt: skip
    for leaf in (leaf for condition in conditions for leaf in leaves(condition)):
        if isinstance(leaf, Is) and isinstance(leaf.value, Interval):
            bounds = (leaf.value.low, leaf.value.high)
            found.setdefault(leaf.finding, set()).update(each for each in bounds if each is not None)
    return found


class _Clauses:
    """Formulas as clauses for a solver. Each is written out once, true exactly where its parts make it so."""

    def __init__(self, nodes: _Nodes, solver: Solver) -> None:
        self.nodes, self.solver = nodes, solver
        self._written: dict[_Formula, int] = {}
        self._variables: dict[tuple[str, Answer | None], int] = {}
        self._of_finding: dict[str, list[int]] = {}
        self._last = 0

    def choices(self, true: Iterable[_Formula], false: Iterable[_Formula]) -> _Choices | None:
        """Choices that make these true and those not, or None where there are none."""
        if not self.solver.solve(assumptions=[*map(self._literal, true), *(-self._literal(each) for each in false)]):
            return None
        model = self.solver.get_model() or []
        chosen = {number for number in model if number > 0}
        return {name: value for (name, value), number in self._variables.items() if number in chosen}

    def _new(self) -> int:
        self._last += 1
        return self._last

    def _literal(self, formula: _Formula) -> int:
        if formula not in self._written:
            number = self._written[formula] = self._new()
            if formula in (_ALWAYS, _NEVER):
                self.solver.add_clause([number if formula == _ALWAYS else -number])
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


class Effects:
    """What answers can still do, for one rule base."""

    def __init__(
        self, rulebase: RuleBase, assess: Callable[[Answers], Assessment], solver: Callable[[], Solver]
    ) -> None:
        """`solver` makes a new one."""
        self.rulebase = rulebase
        self._assess = assess
        self._formulas = Formulas(rulebase)
        self._solver = solver

    def domain(self, finding: Finding) -> tuple[Answer, ...]:
        """The answers to a finding that differ for some condition; see `Formulas.domain`."""
        return self._formulas.domain(finding)

    def of(self, answers: Answers, finding: Finding) -> tuple[Effect, ...]:
        """What an answer to this finding can still do, as if it had not been answered: what moves most comes first.

        Empty where no answer to it can change the states named, their support or order, what speaks against them,
        the urgency or a warning, whatever the other open answers turn out to be. Only answers that can stand together
        count.
        """
        with self._asking(answers, finding) as effects:
            return tuple(sorted(effects, key=_most_telling_first))

    def any(self, answers: Answers, finding: Finding) -> bool:
        """Whether `of` has an effect, which takes less time to find out."""
        with self._asking(answers, finding) as effects:
            return next(effects, None) is not None

    @contextmanager
    def _asking(self, answers: Answers, finding: Finding) -> Iterator[Iterator[Effect]]:
        others = {name: answer for name, answer in answers.items() if name != finding.id}
        solver = self._solver()
        try:
            yield self._found(others, finding, _Clauses(self._formulas.nodes, solver))
        finally:
            solver.delete()

    def _found(self, others: Answers, finding: Finding, clauses: _Clauses) -> Iterator[Effect]:
        asked = _Asked(self._formulas, clauses, others, finding)
        now = self._assess(others)
        support = {each.state: each.strength for each in now.candidates}
        for rule in self._formulas.rules:
            if finding.id in self._formulas.within(rule):
                for question in _questions(self._formulas, rule, finding.id, support, now.urgency):
                    effect = asked.effect(rule, question)
                    if effect:
                        yield effect
                        break


@dataclass(frozen=True, slots=True)
class _Question:
    """Whether an answer can make `pos` true, while `beside` is not true with it, nor `instead` with "not sure"."""

    kind: Kind
    pos: _Formula
    beside: _Formula = _NEVER
    instead: _Formula = _NEVER


def _questions(
    formulas: Formulas, rule: Rule, finding: str, support: Mapping[str, Strength], urgency: Urgency | None
) -> Iterator[_Question]:
    """What the rule may do, most telling first."""
    then, when = rule.then, formulas.rule(rule)
    if isinstance(then, Supports):
        now = support.get(then.state, 0)
        if then.strength > now:
            yield _Question("names", when, instead=formulas.named(then.state, then.strength))
        if then.strength >= now:
            for each in formulas.evidence_through(rule, finding):
                behind = formulas.nodes.behind(when, each)
                known = formulas.evidence(then, each) if each != finding else _NEVER
                yield _Question("adds", behind, formulas.named(then.state, then.strength + 1), known)
    elif isinstance(then, Raises):
        if urgency is None or then.urgency > urgency:
            yield _Question("raises", when, instead=formulas.urgency(then.urgency))
        if rule.red_flag:
            yield _Question("flags", when, instead=when)
    elif isinstance(then, SpeaksAgainst):
        both = formulas.nodes.all((when, formulas.named(then.state, Strength.WEAK)))
        yield _Question("against", both, instead=both)
    else:
        yield _Question("cautions", when, instead=when)


def _most_telling_first(effect: Effect) -> tuple[int, int, bool]:
    then = effect.rule.then
    order: tuple[Kind, ...] = ("raises", "flags", "names", "cautions", "against", "adds")
    size = then.urgency if isinstance(then, Raises) else then.strength if isinstance(then, Supports) else 0
    red = effect.kind == "raises" and size is Urgency.EMERGENCY
    return (-1 if red else order.index(effect.kind), -size, not effect.alone)


class _Asked:
    """One finding, with the other answers given so far."""

    def __init__(self, formulas: Formulas, clauses: _Clauses, others: Answers, finding: Finding) -> None:
        self.formulas, self.nodes, self.clauses, self.finding = formulas, formulas.nodes, clauses, finding
        findings = formulas.rulebase.findings
        settled = with_consequences(formulas.rulebase, {**others, finding.id: UNSURE})
        self.fixed: _Choices = {
            each: formulas.alike(findings[each], others[each]) if each in others else BLANK
            for each in settled if each != finding.id
        }  # fmt: skip
        at_odds = [self.nodes.all_chosen(each, self.fixed) for each in formulas.at_odds]
        self.at_odds = self.nodes.any(
            each for each in at_odds if self.nodes.chosen(each, finding.id, UNSURE) != _ALWAYS
        )  # fmt: skip

    def effect(self, rule: Rule, question: _Question) -> Effect | None:
        pos, beside, instead = (
            self.nodes.all_chosen(each, self.fixed) for each in (question.pos, question.beside, question.instead)
        )
        able: dict[Answer, Answers] = {}
        alone: list[Answer] = []
        for answer in self.formulas.domain(self.finding):
            true = self._after(pos, answer)
            false = self._after(beside, answer), self._after(instead, UNSURE), self._after(self.at_odds, answer)
            if true == _NEVER or _ALWAYS in false:
                continue
            chosen = self.clauses.choices([true], false)
            if chosen is not None:
                able[answer] = self._completion(chosen, true, *false)
                if self._blank(true) == _ALWAYS and _ALWAYS not in map(self._blank, false):
                    alone.append(answer)
        if not able:
            return None
        values = tuple(alone) or tuple(able)
        return Effect(question.kind, rule, values, bool(alone), {} if alone else able[values[0]])

    def _after(self, formula: _Formula, answer: Answer) -> _Formula:
        return self.nodes.chosen(formula, self.finding.id, answer)

    def _blank(self, formula: _Formula) -> _Formula:
        return self.nodes.all_chosen(formula, dict.fromkeys(self.nodes.findings(formula), BLANK))

    def _completion(self, chosen: _Choices, *formulas: _Formula) -> Answers:
        """The choices as answers. What was not chosen is said to be "not sure", so that nothing follows for it."""
        names = sorted({name for each in formulas for name in self.nodes.findings(each)})
        choices = {name: chosen.get(name, UNSURE) for name in names}
        return {name: value for name, value in choices.items() if value is not None}
