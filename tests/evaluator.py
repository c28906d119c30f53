"""A second reading of what rules mean, to hold against the engine's. Small and obvious; it shares no code with it.

Written from the design alone: a condition is true, denied, or open, and only answers settle it. It must import neither
quiz.engine nor quiz.logic.

Many cases are read at once. A verdict is a pair of whole numbers in which bit n speaks of case n: in which cases the
condition is true, and in which it is denied. In the others it is open. For one case, bit 0 is all there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from quiz.model import (
    Answer,
    Answers,
    Condition,
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

Verdict = tuple[int, int]
"""In which cases it is true, and in which denied."""

Leaf = Callable[[Answer | None, "str | Interval"], tuple[bool, bool]]
"""Whether a single test is true, and whether it is denied, by the answer to its finding; None is not asked."""


def answered(answer: Answer | None, value: str | Interval) -> tuple[bool, bool]:
    """What is certain: an answer that was given settles the test, except `unsure`, which does neither."""
    if answer is None or answer == "unsure":
        return False, False
    true = _fits(answer, value)
    return true, not true


def answered_or_not_asked(answer: Answer | None, value: str | Interval) -> tuple[bool, bool]:
    """What is still possible: a finding not asked could make the test true, and could deny it."""
    return (True, True) if answer is None else answered(answer, value)


def answered_or_unsure(answer: Answer | None, value: str | Interval) -> tuple[bool, bool]:
    """What would be, if each `unsure` were another answer: it could make the test true, and could deny it."""
    return (True, True) if answer == "unsure" else answered(answer, value)


def _fits(answer: Answer, value: str | Interval) -> bool:
    if isinstance(value, str):
        return answer == value
    assert not isinstance(answer, str)
    if value.low is not None and (answer < value.low or (answer == value.low and not value.with_low)):
        return False
    return value.high is None or answer < value.high or (answer == value.high and value.with_high)


def with_what_follows(rulebase: RuleBase, cases: Sequence[Answers]) -> list[dict[str, Answer]]:
    """Answers, and what follows from them round by round. An answer, given or concluded, is never overwritten."""
    known = [dict(case) for case in cases]
    growing = list(range(len(cases)))
    while growing:
        now = Evaluator(rulebase, [known[n] for n in growing], follow=False)
        concluded: dict[int, dict[str, Answer]] = {}
        for implication in rulebase.implications:
            for place, certain in enumerate(reversed(f"{now.verdict(implication.when)[0]:b}")):
                if certain == "1":
                    n = growing[place]
                    new: dict[str, Answer] = {
                        finding: word for finding, word in implication.then.items() if finding not in known[n]
                    }
                    concluded[n] = new | concluded.get(n, {})
        for n, answers in concluded.items():
            known[n] |= answers
        growing = [n for n, answers in concluded.items() if answers]
    return known


def if_sure(rulebase: RuleBase, cases: Sequence[Answers]) -> Evaluator:
    """What would be, if each `unsure` were another answer. What would follow from that one could be so as well, for a
    finding that was not answered."""
    could_be: dict[tuple[str, str], int] = {}
    while True:
        now = Evaluator(rulebase, cases, answered_or_unsure, could_be=could_be)
        found = dict(could_be)
        for implication in rulebase.implications:
            true = now.verdict(implication.when)[0]
            for finding, word in implication.then.items():
                for n, case in enumerate(cases):
                    if true >> n & 1 and finding not in case:
                        found[finding, word] = found.get((finding, word), 0) | 1 << n
        if found == could_be:
            return now
        could_be = found


class Evaluator:
    """What the rules say of some cases."""

    def __init__(
        self,
        rulebase: RuleBase,
        cases: Sequence[Answers],
        leaf: Leaf = answered,
        *,
        follow: bool = True,
        could_be: Mapping[tuple[str, str], int] = MappingProxyType({}),
    ) -> None:
        """`could_be` has words that findings could have too, and in which cases."""
        self.rulebase = rulebase
        self.cases = with_what_follows(rulebase, cases) if follow else list(cases)
        self.every = (1 << len(cases)) - 1
        self._leaf = leaf
        self._could_be = could_be
        self._tests: dict[Is, Verdict] = {}
        self._concepts: dict[str, Verdict] = {}
        self._rules: dict[str, int] = {}
        self._given: dict[str, list[tuple[int, Answer]]] = {}
        for n, case in enumerate(self.cases):
            for finding, answer in case.items():
                self._given.setdefault(finding, []).append((n, answer))

    @property
    def rules(self) -> list[Rule]:
        """The rules that speak: retired ones do not."""
        return [rule for rule in self.rulebase.rules.values() if rule.provenance.state != "retired"]

    def verdict(self, condition: Condition) -> Verdict:
        if isinstance(condition, Is):
            return self._test(condition)
        if isinstance(condition, Holds):
            true, denied = self._of_concept(condition.concept)
            return (true, denied) if condition.value == "yes" else (denied, true)
        if isinstance(condition, Named):
            named = 0
            for rule in self._supporting(condition):
                named |= self.true_in(rule)
            return named, 0  # that a state is not named denies nothing
        parts = [self.verdict(part) for part in condition.of]
        trues, denials = [part[0] for part in parts], [part[1] for part in parts]
        if condition.kind == "all":
            return self._count(trues, len(parts)), self._count(denials, 1)
        if condition.kind == "any":
            return self._count(trues, 1), self._count(denials, len(parts))
        if condition.kind == "none":
            return self._count(denials, len(parts)), self._count(trues, 1)
        return self._count(trues, condition.count), self._count(denials, len(parts) - condition.count + 1)

    def _count(self, columns: list[int], wanted: int) -> int:
        """The cases that stand in at least `wanted` of the columns."""
        reached = [self.every] + [0] * wanted
        for column in columns:
            for level in range(wanted, 0, -1):
                reached[level] |= reached[level - 1] & column
        return reached[wanted]

    def _test(self, test: Is) -> Verdict:
        if test not in self._tests:
            columns = [["01"[each]] * len(self.cases) for each in self._leaf(None, test.value)]
            for n, answer in self._given.get(test.finding, ()):
                for column, bit in zip(columns, self._leaf(answer, test.value), strict=True):
                    column[n] = "01"[bit]
            true, denied = (int("".join(reversed(column)), 2) for column in columns)
            for (finding, word), where in self._could_be.items():
                if finding == test.finding:
                    fits, excluded = answered(word, test.value)
                    true, denied = true | where * fits, denied | where * excluded
            self._tests[test] = true, denied
        return self._tests[test]

    def _of_concept(self, concept: str) -> Verdict:
        if concept not in self._concepts:
            self._concepts[concept] = self.verdict(self.rulebase.concepts[concept].when)
        return self._concepts[concept]

    def _supporting(self, named: Named) -> list[Rule]:
        return [
            rule
            for rule in self.rules
            if isinstance(rule.then, Supports)
            and rule.then.state == named.state
            and rule.then.strength >= named.strength
        ]

    def true_in(self, rule: Rule) -> int:
        """The cases in which a rule is true."""
        if rule.id not in self._rules:
            self._rules[rule.id] = self.verdict(rule.when)[0]
        return self._rules[rule.id]

    # --- one case ------------------------------------------------------------------------------------

    def true_rules(self, case: int = 0) -> set[str]:
        return {rule.id for rule in self.rules if self.true_in(rule) >> case & 1}

    def urgency(self, case: int = 0) -> Urgency | None:
        true = self.true_rules(case)
        return max((r.then.urgency for r in self.rules if r.id in true and isinstance(r.then, Raises)), default=None)

    def named(self, case: int = 0) -> list[tuple[str, Strength]]:
        """The states in order: strongest first.

        Of those as strong, one with a blood result behind its rules of that strength comes first, and before it one
        with a result that alone raises a red flag; then the one with more findings behind them, then as written.
        """
        true = self.true_rules(case)
        flags = [rule for rule in self.rules if rule.id in true and rule.red_flag and self.rests_on_results(rule.when)]
        critical = {finding for rule in flags for finding in self.evidence(rule, case)}
        found: list[tuple[int, bool, bool, int, str]] = []
        for state in self.rulebase.states:
            behind = [
                (rule.then.strength, rule)
                for rule in self.rules
                if rule.id in true and isinstance(rule.then, Supports) and rule.then.state == state
            ]
            if behind:
                strongest = max(strength for strength, _ in behind)
                evidence = {f for strength, r in behind if strength == strongest for f in self.evidence(r, case)}
                results = [each for each in evidence if self.rulebase.findings[each].kind == "lab"]
                found.append((-strongest, not critical & evidence, not results, -len(evidence), state))
        found.sort(key=lambda each: each[:4])
        return [(state, Strength(-strength)) for strength, *_, state in found]

    def rests_on_results(self, condition: Condition) -> bool:
        """Whether it asks for nothing but blood results."""
        if isinstance(condition, Is):
            return self.rulebase.findings[condition.finding].kind == "lab"
        if isinstance(condition, Holds):
            return self.rests_on_results(self.rulebase.concepts[condition.concept].when)
        if isinstance(condition, Named):
            return all(self.rests_on_results(rule.when) for rule in self._supporting(condition))
        return all(map(self.rests_on_results, condition.of))

    def evidence(self, rule: Rule, case: int = 0) -> set[str]:
        """The findings whose answers made a true rule true: every part that holds, and nothing of one that does not."""
        return set(self._why(rule.when, True, case))

    def _why(self, condition: Condition, wanted: bool, case: int) -> Iterator[str]:
        """The findings behind a condition being true or, where `wanted` is false, behind it being denied."""
        if not self.verdict(condition)[0 if wanted else 1] >> case & 1:
            return
        if isinstance(condition, Is):
            yield condition.finding
        elif isinstance(condition, Holds):
            yield from self._why(
                self.rulebase.concepts[condition.concept].when, wanted == (condition.value == "yes"), case
            )
        elif isinstance(condition, Named):
            for rule in self._supporting(condition):
                yield from self._why(rule.when, True, case)
        else:
            for part in condition.of:
                yield from self._why(part, wanted != (condition.kind == "none"), case)
