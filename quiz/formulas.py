"""Conditions as formulas over every way in which findings may be answered.

A finding takes one of its answers, is answered `unsure`, or is left blank, and only a blank one takes what follows
from other answers. The formula of a condition only ever gains truth from a choice that fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from itertools import combinations, pairwise

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
    """Formulas: one choice of a finding, at least so many of several formulas, or that another one is not true."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[object, ...], int] = {}
        self.choices: dict[int, tuple[str, frozenset[Answer | None]]] = {}
        self.tests: dict[int, str] = {}
        """Tests of a finding whose answer can follow from others, and that finding."""
        self.groups: dict[int, tuple[int, tuple[int, ...]]] = {}
        self.opposites: dict[int, int] = {}
        """Formulas that are true where another one is not, and that one."""
        self._counted: dict[tuple[int, tuple[int, ...]], int] = {}
        self._behind: dict[tuple[int, str], int] = {}
        self._findings: dict[int, frozenset[str]] = {NEVER: frozenset(), ALWAYS: frozenset()}
        self._after: dict[tuple[str, Answer | None], After] = {}

    def leaf(self, finding: str, values: frozenset[Answer | None]) -> Formula:
        if not values:
            return NEVER
        number = self._numbers.setdefault((finding, values), len(self._numbers) + 2)
        self.choices[number] = finding, values
        return number

    def at_least(self, count: int, parts: Iterable[Formula]) -> Formula:
        """The group, with what is settled taken out of it."""
        listed = list(parts)
        rest = [part for part in listed if part > ALWAYS]
        count -= listed.count(ALWAYS)
        if count <= 0 or len(rest) < count:
            return ALWAYS if count <= 0 else NEVER
        if count in (1, len(rest)):
            return self.any(rest) if count == 1 else self.all(rest)
        return self._count(count, tuple(sorted(rest)))

    def any(self, parts: Iterable[Formula]) -> Formula:
        different = {*parts}
        if ALWAYS in different:
            return ALWAYS
        different.discard(NEVER)
        return self._new(1, different) if different else NEVER

    def all(self, parts: Iterable[Formula]) -> Formula:
        different = {*parts}
        if NEVER in different:
            return NEVER
        different.discard(ALWAYS)
        return self._new(len(different), different) if different else ALWAYS

    def _count(self, count: int, parts: tuple[int, ...]) -> Formula:
        """So many of one half and the rest of the other, so that every group is an "all" or an "any"."""
        key = (count, parts)
        if key not in self._counted:
            half = len(parts) // 2
            self._counted[key] = self.any(
                self.all((self.at_least(some, parts[:half]), self.at_least(count - some, parts[half:])))
                for some in range(count + 1)
            )
        return self._counted[key]

    def _new(self, count: int, parts: Set[Formula]) -> Formula:
        if len(parts) == 1:
            return next(iter(parts))
        key = (count, tuple(sorted(parts)))
        if key not in self._numbers:
            number = self._numbers[key] = len(self._numbers) + 2
            self.groups[number] = key
        return self._numbers[key]

    def isnt(self, formula: Formula) -> Formula:
        """True where the formula is not. This is no denial: "not sure" is enough for it."""
        if formula in (NEVER, ALWAYS):
            return ALWAYS if formula == NEVER else NEVER
        if formula in self.opposites:
            return self.opposites[formula]
        number = self._numbers.setdefault((formula,), len(self._numbers) + 2)
        self.opposites[number] = formula
        return number

    def findings(self, formula: Formula) -> frozenset[str]:
        found = self._findings.get(formula)
        if found is None:
            if formula in self.groups:
                found = frozenset[str]().union(*map(self.findings, self.groups[formula][1]))
            elif formula in self.choices:
                found = frozenset({self.choices[formula][0]})
            else:
                found = self.findings(self.opposites[formula])
            self._findings[formula] = found
        return found

    def chosen(self, formula: Formula, finding: str, value: Answer | None) -> Formula:
        """What is left of the formula after one choice."""
        key = (finding, value)
        if key not in self._after:
            self._after[key] = After(self, {finding: value})
        return self._after[key].of(formula)

    def all_chosen(self, formula: Formula, choices: Choices) -> Formula:
        return After(self, choices).of(formula)

    def apart(self, true: Iterable[Formula], false: Iterable[Formula]) -> tuple[list[Formula], list[Formula]] | None:
        """What must be found out where these are to be true and those not: the same in other formulas, with less in it.

        Every part of an "all" is to be true with it, no part of an "any" is where it is not, and what that settles is
        taken out of the other groups. None where the form alone shows that it cannot be.
        """
        groups, opposites = self.groups, self.opposites
        settled: dict[Formula, bool] = {NEVER: False, ALWAYS: True}
        waiting = [*((each, False) for each in false), *((each, True) for each in true)]
        asked: list[tuple[Formula, bool]] = []
        while waiting:
            while waiting:
                formula, wanted = waiting.pop()
                if formula in opposites:
                    formula, wanted = opposites[formula], not wanted
                if formula in settled:
                    if settled[formula] != wanted:
                        return None
                    continue
                settled[formula] = wanted
                if formula in groups and (groups[formula][0] == 1) != wanted:
                    waiting += [(part, wanted) for part in groups[formula][1]]
                else:
                    asked.append((formula, wanted))
            asked, before = [], asked
            for formula, wanted in before:
                parts = groups[formula][1] if formula in groups else ()
                if settled.keys().isdisjoint(parts):
                    asked.append((formula, wanted))
                elif not any(settled.get(part) == wanted for part in parts):
                    rest = [part for part in parts if part not in settled]
                    if not rest:
                        return None
                    waiting.append((self.any(rest) if wanted else self.all(rest), wanted))
        return [each for each, wanted in asked if wanted], [each for each, wanted in asked if not wanted]

    def behind(self, formula: Formula, finding: str) -> Formula:
        """True where the formula is and the finding is evidence for it: its own answer, or what follows for it."""
        if finding not in self.findings(formula):
            return NEVER
        tested = self.choices[formula][0] if formula in self.choices else self.tests.get(formula)
        if tested is not None:
            return formula if tested == finding else NEVER
        key = (formula, finding)
        if key not in self._behind:
            through = self.any(self.behind(part, finding) for part in self.groups[formula][1])
            self._behind[key] = self.all((formula, through))
        return self._behind[key]


class After:
    """What is left of formulas after some choices. Each formula is worked out once."""

    def __init__(self, nodes: Nodes, choices: Choices) -> None:
        self._nodes, self._choices, self._names = nodes, choices, frozenset(choices)
        self._known: dict[Formula, Formula] = {}

    def of(self, formula: Formula) -> Formula:
        if self._nodes.findings(formula).isdisjoint(self._names):
            return formula
        if formula not in self._known:
            self._known[formula] = self._left(formula)
        return self._known[formula]

    def _left(self, formula: Formula) -> Formula:
        nodes = self._nodes
        if formula in nodes.choices:
            finding, values = nodes.choices[formula]
            return ALWAYS if self._choices[finding] in values else NEVER
        if formula in nodes.opposites:
            return nodes.isnt(self.of(nodes.opposites[formula]))
        count, parts = nodes.groups[formula]
        left = [part if nodes.findings(part).isdisjoint(self._names) else self.of(part) for part in parts]
        return nodes.any(left) if count == 1 else nodes.all(left)


class Formulas:
    """The conditions of one rule base as formulas.

    Two rule bases can be held against each other where they share their nodes and each is named `alongside` the other:
    numbers are then cut at the bounds of both, and conditions that mean the same are the same formula.
    """

    def __init__(
        self,
        rulebase: RuleBase,
        nodes: Nodes | None = None,
        alongside: Sequence[RuleBase] = (),
        conditions: Iterable[Condition] = (),
    ) -> None:
        """`conditions` are others that will be asked about, so that numbers are cut at their bounds too."""
        self.rulebase = rulebase
        self.rules = [rule for rule in rulebase.rules.values() if rule.provenance.state != "retired"]
        self.nodes = Nodes() if nodes is None else nodes
        self._bounds = bounds((rulebase, *alongside), conditions)
        self._known: dict[Condition, Formula] = {}
        self._of_rules: dict[int, tuple[Rule, Formula]] = {}  # by identity: to compare whole rules takes long
        self._supporting: dict[Supports, list[Rule]] = {}
        for rule in self.rules:
            if isinstance(rule.then, Supports):
                self._supporting.setdefault(rule.then, []).append(rule)
        self._tests: dict[tuple[Is, frozenset[Is]], Formula] = {}
        self._follows = _follows(rulebase)
        self.contradicted = tuple(self._contradicted())
        """Each way in which an answer can be at odds with what follows from others."""
        self.at_odds = (*self.contradicted, *self._clashing())
        """The same, and each way in which what follows from some can be at odds with what follows from others."""

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
        known = self._of_rules.get(id(rule))
        if known is None:
            known = self._of_rules[id(rule)] = rule, self.of(rule.when)
        return known[1]

    def within(self, rule: Rule) -> frozenset[str]:
        """Every finding that can have a part in the rule."""
        return self.nodes.findings(self.rule(rule))

    def named(self, state: str, strength: int) -> Formula:
        """That the state is named with at least this support."""
        return self.nodes.any(
            self.rule(rule)
            for support, rules in self._supporting.items()
            if support.state == state and support.strength >= strength
            for rule in rules
        )

    def urgency(self, least: Urgency) -> Formula:
        return self.nodes.any(
            self.rule(rule) for rule in self.rules if isinstance(rule.then, Raises) and rule.then.urgency >= least
        )

    def _contradicted(self) -> Iterator[Formula]:
        for finding, words in self._follows.items():
            answers = self.domain(self.rulebase.findings[finding])
            for word, whens in words.items():
                others: frozenset[Answer | None] = frozenset(each for each in answers if each != word)
                yield self.nodes.all((self.nodes.leaf(finding, others), self.nodes.any(map(self.of, whens))))

    def _clashing(self) -> Iterator[Formula]:
        for finding, words in self._follows.items():
            for one, other in combinations(words.values(), 2):
                yield self.clash(finding, one, other)

    def clash(self, finding: str, one: Iterable[Condition], other: Iterable[Condition]) -> Formula:
        """That both follow for a finding left blank: what follows from one of some conditions, and of some others."""
        blank = self.nodes.leaf(finding, frozenset({BLANK}))
        return self.nodes.all((blank, self.nodes.any(map(self.of, one)), self.nodes.any(map(self.of, other))))

    def evidence(self, support: Supports, finding: str) -> Formula:
        """That the finding is evidence for this support of a state, through any rule."""
        rules = self._supporting.get(support, ())
        return self.nodes.any(self.nodes.behind(self.rule(rule), finding) for rule in rules)

    def signs(self, support: Supports) -> Iterator[Formula]:
        """For each finding that can be evidence for this support of a state, that it is."""
        within = frozenset[str]().union(*map(self.within, self._supporting.get(support, ())))
        found = (self.evidence(support, finding) for finding in self.rulebase.findings if finding in within)
        return (each for each in found if each != NEVER)

    def measured(self, support: Supports) -> Formula:
        """That a blood result is evidence for this support of a state."""
        within = frozenset[str]().union(*map(self.within, self._supporting.get(support, ())))
        results = sorted(each for each in within if self.rulebase.findings[each].kind == "lab")
        return self.nodes.any(self.evidence(support, each) for each in results)

    def critical(self, support: Supports) -> Formula:
        """That a blood result which alone raises a red flag is evidence for this support of a state."""
        return self.nodes.any(
            self.nodes.all((self.nodes.behind(self.rule(flag), result), self.evidence(support, result)))
            for result, flags in self.raised_by_results.items()
            for flag in flags
        )

    @cached_property
    def raised_by_results(self) -> Mapping[str, Sequence[Rule]]:
        """The red flags that blood results alone raise, by each of these results."""
        found: dict[str, list[Rule]] = {}
        for flag in self.rules:
            if flag.red_flag and all(self.rulebase.findings[each].kind == "lab" for each in self.within(flag)):
                for result in sorted(self.within(flag)):
                    found.setdefault(result, []).append(flag)
        return found

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
        key = (test, following)
        if key not in self._tests:
            finding = self.rulebase.findings[test.finding]
            fits: frozenset[Answer | None] = frozenset(each for each in self.domain(finding) if _fits(each, test.value))
            self._tests[key] = self.nodes.leaf(test.finding, fits)
            words = self._follows.get(test.finding, {})
            whens = words.get(str(test.value), ()) if test not in following else ()
            if whens:
                follows = self.nodes.any(
                    self._of(positive(each, self.rulebase.findings), following | {test}) for each in whens
                )
                blank = self.nodes.leaf(test.finding, frozenset({BLANK}))
                self._tests[key] = self.nodes.any((self._tests[key], self.nodes.all((blank, follows))))
                self.nodes.tests[self._tests[key]] = test.finding
        return self._tests[key]


def _follows(rulebase: RuleBase) -> dict[str, dict[str, list[Condition]]]:
    """For each finding and each word that can follow for it, what it follows from."""
    found: dict[str, dict[str, list[Condition]]] = {}
    for each in rulebase.implications:
        for finding, word in each.then.items():
            found.setdefault(finding, {}).setdefault(word, []).append(each.when)
    return found


def _fits(answer: Answer, value: str | Interval) -> bool:
    if isinstance(value, Interval):
        return not isinstance(answer, str) and answer in value
    return answer == value


def bounds(rulebases: Iterable[RuleBase], others: Iterable[Condition] = ()) -> dict[str, set[float]]:
    """Every number that some condition of the rules, the concepts and the constraints compares a finding with."""
    found: dict[str, set[float]] = {}
    conditions = [
        each.when
        for rulebase in rulebases
        for group in (rulebase.rules.values(), rulebase.concepts.values(), rulebase.implications)
        for each in group
    ]
    for leaf in (leaf for condition in (*conditions, *others) for leaf in leaves(condition)):
        if isinstance(leaf, Is) and isinstance(leaf.value, Interval):
            ends = (leaf.value.low, leaf.value.high)
            found.setdefault(leaf.finding, set()).update(each for each in ends if each is not None)
    return found
