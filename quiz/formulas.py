"""Conditions as formulas over every way in which findings may be answered.

A finding takes one of its answers, is answered `unsure`, or is left blank, and only a blank one takes what follows
from other answers. A formula only ever gains truth from a choice that fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from quiz.logic import denial, positive
from quiz.model import (
    YES,
    Answer,
    Condition,
    Finding,
    Holds,
    Interval,
    Is,
    Named,
    Raises,
    Rule,
    RuleBase,
    Supports,
    Urgency,
    leaves,
)

BLANK = None
"""The choice to leave a finding to what follows from other answers."""


Formula = int
"""A formula is its number in `Nodes`. The same formula has the same number, so all that is found out is kept."""

NEVER: Formula = 0
ALWAYS: Formula = 1

Choices = Mapping[str, Answer | None]


class Nodes:
    """Formulas: one choice of a finding, or at least so many of several formulas."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[object, ...], int] = {}
        self.choices: dict[int, tuple[str, frozenset[Answer | None]]] = {}
        self.tests: dict[int, str] = {}
        """Tests of a finding whose answer can follow from others, and that finding."""
        self.groups: dict[int, tuple[int, tuple[int, ...]]] = {}
        self._findings: dict[int, frozenset[str]] = {NEVER: frozenset(), ALWAYS: frozenset()}
        self._chosen: dict[tuple[int, str, Answer | None], int] = {}

    def leaf(self, finding: str, values: frozenset[Answer | None]) -> Formula:
        if not values:
            return NEVER
        number = self._numbers.setdefault((finding, values), len(self._numbers) + 2)
        self.choices[number] = finding, values
        self._findings[number] = frozenset({finding})
        return number

    def at_least(self, count: int, parts: Iterable[Formula]) -> Formula:
        """The group, with what is settled taken out of it."""
        rest = []
        for part in parts:
            if part == ALWAYS:
                count -= 1
            elif part != NEVER:
                rest.append(part)
        if count <= 0 or len(rest) < count:
            return ALWAYS if count <= 0 else NEVER
        if count in (1, len(rest)):
            different = sorted(set(rest))
            count, rest = (1 if count == 1 else len(different)), different
        if len(rest) == 1:
            return rest[0]
        if 1 < count < len(rest):  # shared halves of smaller groups, so that every group is an "all" or an "any"
            first, others = rest[0], rest[1:]
            return self.any((self.all((first, self.at_least(count - 1, others))), self.at_least(count, others)))
        return self._new(count, tuple(sorted(rest)))

    def _new(self, count: int, parts: tuple[Formula, ...]) -> Formula:
        key = (count, parts)
        if key not in self._numbers:
            number = self._numbers[key] = len(self._numbers) + 2
            self.groups[number] = key
            self._findings[number] = frozenset().union(*(self._findings[part] for part in parts))
        return self._numbers[key]

    def any(self, parts: Iterable[Formula]) -> Formula:
        return self.at_least(1, parts)

    def all(self, parts: Iterable[Formula]) -> Formula:
        listed = list(parts)
        return self.at_least(len(listed), listed)

    def findings(self, formula: Formula) -> frozenset[str]:
        return self._findings[formula]

    def chosen(self, formula: Formula, finding: str, value: Answer | None) -> Formula:
        """What is left of the formula after one choice."""
        if finding not in self._findings[formula]:
            return formula
        key = (formula, finding, value)
        if key not in self._chosen:
            if formula in self.choices:
                self._chosen[key] = ALWAYS if value in self.choices[formula][1] else NEVER
            else:
                count, parts = self.groups[formula]
                self._chosen[key] = self.at_least(count, [self.chosen(part, finding, value) for part in parts])
        return self._chosen[key]

    def all_chosen(self, formula: Formula, choices: Choices) -> Formula:
        for finding in sorted(self._findings[formula] & choices.keys()):
            formula = self.chosen(formula, finding, choices[finding])
        return formula

    def behind(self, formula: Formula, finding: str) -> Formula:
        """True where the formula is and the finding is evidence for it: its own answer, or what follows for it."""
        if finding not in self._findings[formula]:
            return NEVER
        tested = self.choices[formula][0] if formula in self.choices else self.tests.get(formula)
        if tested is not None:
            return formula if tested == finding else NEVER
        return self.all((formula, self.any(self.behind(part, finding) for part in self.groups[formula][1])))


class Formulas:
    """The conditions of one rule base as formulas.

    Two rule bases can be held against each other where they share their nodes and each is named `alongside` the other:
    numbers are then cut at the bounds of both, and conditions that mean the same are the same formula.
    """

    def __init__(self, rulebase: RuleBase, nodes: Nodes | None = None, alongside: Sequence[RuleBase] = ()) -> None:
        self.rulebase = rulebase
        self.rules = [rule for rule in rulebase.rules.values() if rule.provenance.state != "retired"]
        self.nodes = Nodes() if nodes is None else nodes
        self._bounds = _bounds((rulebase, *alongside))
        self._known: dict[Condition, Formula] = {}
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

    def rule(self, rule: Rule) -> Formula:
        return self.of(rule.when)

    def within(self, rule: Rule) -> frozenset[str]:
        """Every finding that can have a part in the rule."""
        return self.nodes.findings(self.rule(rule))

    def named(self, state: str, strength: int) -> Formula:
        """That the state is named with at least this support."""
        return self.nodes.any(
            self.rule(rule)
            for rule in self.rules
            if isinstance(rule.then, Supports) and rule.then.state == state and rule.then.strength >= strength
        )

    def urgency(self, least: Urgency) -> Formula:
        return self.nodes.any(
            self.rule(rule) for rule in self.rules if isinstance(rule.then, Raises) and rule.then.urgency >= least
        )

    def _at_odds(self) -> Iterator[Formula]:
        """Each way in which an answer, or what follows from answers, can be at odds with what follows."""
        follows: dict[str, dict[str, list[Formula]]] = {}
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

    def evidence(self, support: Supports, finding: str) -> Formula:
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
        return tuple(each for each in (finding, *others) if self.nodes.behind(self.rule(rule), each) != NEVER)

    def of(self, condition: Condition) -> Formula:
        if condition not in self._known:
            self._known[condition] = self._of(positive(condition, self.rulebase.findings), frozenset())
        return self._known[condition]

    def _of(self, written: Condition, following: frozenset[Is]) -> Formula:
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

    def _test(self, test: Is, following: frozenset[Is]) -> Formula:
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


def _bounds(rulebases: Iterable[RuleBase]) -> dict[str, set[float]]:
    """Every number that some condition compares a finding with."""
    found: dict[str, set[float]] = {}
    conditions = [
        each.when
        for rulebase in rulebases
        for group in (rulebase.rules.values(), rulebase.concepts.values(), rulebase.implications)
        for each in group
    ]
    for leaf in (leaf for condition in conditions for leaf in leaves(condition)):
        if isinstance(leaf, Is) and isinstance(leaf.value, Interval):
            bounds = (leaf.value.low, leaf.value.high)
            found.setdefault(leaf.finding, set()).update(each for each in bounds if each is not None)
    return found
