"""What the rules say of many cases at once: bit n of a whole number speaks of case n. Without the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from quiz.logic import denial, positive
from quiz.model import (
    YES,
    Answers,
    Condition,
    Group,
    Holds,
    Interval,
    Is,
    Named,
    Raises,
    Rule,
    RuleBase,
    Strength,
    Supports,
    Urgency,
)

Cases = int
"""Some of the cases of a table."""


def each(cases: Cases) -> Iterator[int]:
    """The numbers of these cases."""
    while cases:
        lowest = cases & -cases
        yield lowest.bit_length() - 1
        cases ^= lowest


class _Columns:
    """What was answered: each word and number with the cases that give it."""

    def __init__(self, cases: Sequence[Answers]) -> None:
        self.words: dict[tuple[str, str], Cases] = {}
        self.numbers: dict[str, list[tuple[Cases, float]]] = {}
        self.answered: dict[str, Cases] = {}
        for number, answers in enumerate(cases):
            bit = 1 << number
            for finding, answer in answers.items():
                self.answered[finding] = self.answered.get(finding, 0) | bit
                if isinstance(answer, str):
                    self.words[finding, answer] = self.words.get((finding, answer), 0) | bit
                else:
                    self.numbers.setdefault(finding, []).append((bit, answer))


class Table:
    """Which conditions are certain in which cases, with what follows from the answers of each."""

    def __init__(self, rulebase: RuleBase, cases: Sequence[Answers], like: Table | None = None) -> None:
        """`like` is a table of the same cases under other rules, whose columns are used again."""
        self.rulebase, self.cases = rulebase, cases
        self.rules = [rule for rule in rulebase.rules.values() if rule.provenance.state != "retired"]
        self._given: _Columns = _Columns(cases) if like is None else like._given
        self._numbers = self._given.numbers
        self._words, self._answered = dict(self._given.words), dict(self._given.answered)
        self._known: dict[Is | Holds | Named, Cases] = {}
        self._follow()

    def _follow(self) -> None:
        """Adds what follows, round by round. What was answered is never overwritten."""
        while True:
            certain = [self.true(implication.when) for implication in self.rulebase.implications]
            changed = False
            for implication, where in zip(self.rulebase.implications, certain, strict=True):
                for finding, word in implication.then.items():
                    new = where & ~self._answered.get(finding, 0)
                    if new:
                        self._answered[finding] = self._answered.get(finding, 0) | new
                        self._words[finding, word] = self._words.get((finding, word), 0) | new
                        changed = True
            self._known.clear()
            if not changed:
                return

    def answered(self, finding: str, word: str) -> Cases:
        """Where the answer is this word, or follows to be."""
        return self._words.get((finding, word), 0)

    def true(self, condition: Condition) -> Cases:
        """Where the condition is certain."""
        if not isinstance(condition, Group):
            if condition not in self._known:
                self._known[condition] = self._leaf(condition)
            return self._known[condition]
        if condition.kind == "none":
            return self.true(positive(condition, self.rulebase.findings))
        parts = [self.true(part) for part in condition.of]
        return at_least({"all": len(parts), "any": 1}.get(condition.kind, condition.count), parts, len(self.cases))

    def _leaf(self, leaf: Is | Holds | Named) -> Cases:
        if isinstance(leaf, Is):
            return self._test(leaf)
        if isinstance(leaf, Holds):
            when = self.rulebase.concepts[leaf.concept].when
            return self.true(when if leaf.value == YES else denial(when, self.rulebase.findings))
        return self.named(leaf.state, leaf.strength)

    def _test(self, test: Is) -> Cases:
        if not isinstance(test.value, Interval):
            return self.answered(test.finding, test.value)
        return sum(bit for bit, number in self._numbers.get(test.finding, ()) if number in test.value)

    def named(self, state: str, least: Strength = Strength.WEAK) -> Cases:
        return _any(self.true(rule.when) for rule in self.rules if supports(rule, state, least))

    def urgency(self, least: Urgency) -> Cases:
        return _any(
            self.true(rule.when) for rule in self.rules if isinstance(rule.then, Raises) and rule.then.urgency >= least
        )

    def evidence(self, condition: Condition, case: int) -> frozenset[str]:
        """The findings whose answers, or what follows for them, make a condition true in this case."""
        return frozenset(self._evidence(condition, 1 << case))

    def _evidence(self, condition: Condition, bit: Cases) -> Iterator[str]:
        if not self.true(condition) & bit:
            return
        if isinstance(condition, Is):
            yield condition.finding
        elif isinstance(condition, Holds):
            when = self.rulebase.concepts[condition.concept].when
            yield from self._evidence(when if condition.value == YES else denial(when, self.rulebase.findings), bit)
        elif isinstance(condition, Named):
            for rule in self.rules:
                if supports(rule, condition.state, condition.strength):
                    yield from self._evidence(rule.when, bit)
        elif condition.kind == "none":
            yield from self._evidence(positive(condition, self.rulebase.findings), bit)
        else:
            for part in condition.of:
                yield from self._evidence(part, bit)


def supports(rule: Rule, state: str, least: int) -> bool:
    return isinstance(rule.then, Supports) and rule.then.state == state and rule.then.strength >= least


def at_least(count: int, parts: Sequence[Cases], size: int) -> Cases:
    """The cases that stand in at least so many of these."""
    if count <= 0:
        return (1 << size) - 1
    if count == 1:
        return _any(parts)
    reached = [(1 << size) - 1, *([0] * count)]
    for part in parts:
        for level in range(count, 0, -1):
            reached[level] |= reached[level - 1] & part
    return reached[count]


def _any(parts: Iterable[Cases]) -> Cases:
    found = 0
    for part in parts:
        found |= part
    return found
