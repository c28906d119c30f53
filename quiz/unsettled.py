"""Which findings must still be answered before nothing can change what is told, and no more of them than it takes.

A rule that needs two things is settled once one of them is not so: only one need be asked, and the other only if the
first turns out to be so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from math import inf

from quiz.consequences import with_consequences
from quiz.formulas import ALWAYS, BLANK, NEVER, Choices, Formula, Formulas
from quiz.model import (
    NO,
    UNSURE,
    Answer,
    Answers,
    Assessment,
    Candidate,
    Cautions,
    Outlook,
    Raises,
    Rule,
    RuleBase,
    Supports,
    Urgency,
)

_TIE_BREAK = 1
_AGAINST = 1
_CAUTION = 2


class Unsettled:
    """What is still open, for one rule base."""

    def __init__(self, rulebase: RuleBase) -> None:
        self.rulebase = rulebase
        self._formulas = Formulas(rulebase)
        self._states = list(rulebase.states)
        self._results = frozenset(each.id for each in rulebase.findings.values() if each.kind == "lab")
        self._signs: dict[Supports, Mapping[str, Formula]] = {}

    def fewest(
        self, answers: Answers, assessment: Assessment, outlook: Outlook, left: Collection[str], coming: Collection[str]
    ) -> Mapping[str, int]:
        """Findings to ask, each with how much it could move: if all of them are denied, nothing else matters.

        Empty only where no answers to any other findings, of those that can stand together, can change the states
        named, their support or order, what speaks against them, the urgency, the red flags, those not ruled out, or
        the cautions. What speaks against a state, and what breaks a tie, is asked once the state is named.

        `assessment` and `outlook` are what the engine makes of `answers`. No answer will come for the findings in
        `left`, though one may follow from others. Those in `coming` are asked in any case and not named here.
        """
        settled = self._settled(answers, left)
        reading = _Reading(self._formulas, settled)
        goals = [*self._goals(assessment, outlook), *self._doubts(assessment)]
        goals.sort(key=lambda goal: reading.price(goal[0]))
        worth: dict[str, int] = {}
        often: dict[str, int] = {}
        for goal, moves in goals:
            for finding in reading.open(goal):
                worth[finding] = worth.get(finding, 0) + moves
                often[finding] = often.get(finding, 0) + 1
        asked = _Asked(self._formulas, self._denial, settled, often)
        asked.deny(coming)
        for goal, _ in goals:
            asked.settle(goal)
        for ahead, behind in combinations(assessment.candidates, 2):
            if ahead.strength == behind.strength:
                self._keep_order(ahead, behind, asked)
        return {finding: worth.get(finding, _TIE_BREAK) for finding in asked.named}

    def _settled(self, answers: Answers, left: Collection[str]) -> Choices:
        findings = self.rulebase.findings
        known = with_consequences(self.rulebase, answers)
        alike = {
            each: self._formulas.alike(findings[each], answer) for each, answer in known.items() if each in findings
        }
        return {**dict.fromkeys(left, BLANK), **alike}

    def _denial(self, finding: str) -> str:
        """The answer that lets least happen, as far as one can tell beforehand."""
        return NO if NO in self.rulebase.findings[finding].words else UNSURE

    def _goals(self, assessment: Assessment, outlook: Outlook) -> Iterator[tuple[Formula, int]]:
        """What could still become true and be told, with how much that would move."""
        support = {each.state: each.strength for each in assessment.candidates}
        open_rules = {rule.id: rule for rules in outlook.settles.values() for rule in rules}
        for rule in open_rules.values():
            moves = _moves(rule, assessment, support)
            if moves:
                yield self._formulas.rule(rule), moves

    def _doubts(self, assessment: Assessment) -> Iterator[tuple[Formula, int]]:
        """For each red flag: that it would be true if the answers "not sure" were others."""
        unsure = frozenset(finding for finding, answer in assessment.answers.items() if answer == UNSURE)
        for rule in self._formulas.rules if unsure else ():
            if rule.red_flag and unsure & self._formulas.within(rule):
                yield self._if_sure(self._formulas.rule(rule), unsure), 10 * Urgency.EMERGENCY

    def _if_sure(self, formula: Formula, unsure: frozenset[str]) -> Formula:
        nodes = self._formulas.nodes
        if not unsure & nodes.findings(formula):
            return formula
        if formula in nodes.choices:
            return ALWAYS
        count, parts = nodes.groups[formula]
        return nodes.at_least(count, [self._if_sure(part, unsure) for part in parts])

    def _keep_order(self, ahead: Candidate, behind: Candidate, asked: _Asked) -> None:
        """Settle so many signs of the state behind that it cannot get ahead any more."""
        earlier = self._states.index(behind.state) < self._states.index(ahead.state)
        room = len(ahead.evidence) - len(behind.evidence) - earlier
        for is_ahead, is_behind, results in (
            (ahead.critical, behind.critical, self._formulas.raised_by_results.keys()),
            (ahead.measured, behind.measured, self._results),
        ):
            if not is_ahead:  # nor is the other one, which is behind
                for finding, sign in self._new_signs(ahead, behind, asked.reading).items():
                    if finding in results:
                        asked.settle(sign)
            elif not is_behind:  # it would have to catch up with that first
                while len(self._new_signs(ahead, behind, asked.reading)) > room:
                    signs = self._open_signs(behind, asked.reading)
                    wanted = [sign for finding, sign in signs.items() if finding in results]
                    if not wanted:
                        return
                    asked.settle(min(wanted, key=asked.reading.price))
                return
        while len(signs := self._new_signs(ahead, behind, asked.reading)) > room:
            asked.settle(min(signs.values(), key=asked.reading.price))

    def _new_signs(self, ahead: Candidate, behind: Candidate, reading: _Reading) -> dict[str, Formula]:
        """What could become evidence for the state behind, and not for the one ahead of it with the same answers."""
        others = self._signs_of(Supports(ahead.state, ahead.strength))
        signs = self._open_signs(behind, reading)
        return {finding: sign for finding, sign in signs.items() if others.get(finding) != sign}

    def _open_signs(self, candidate: Candidate, reading: _Reading) -> dict[str, Formula]:
        signs = self._signs_of(Supports(candidate.state, candidate.strength))
        return {
            finding: sign
            for finding, sign in signs.items()
            if finding not in candidate.evidence and reading.is_open(sign)
        }

    def _signs_of(self, support: Supports) -> Mapping[str, Formula]:
        """For each finding that can be evidence for this support of a state: that it is."""
        if support not in self._signs:
            rules = [rule for rule in self._formulas.rules if rule.then == support]
            findings = sorted({finding for rule in rules for finding in self._formulas.within(rule)})
            signs = {finding: self._formulas.evidence(support, finding) for finding in findings}
            self._signs[support] = {finding: sign for finding, sign in signs.items() if sign != NEVER}
        return self._signs[support]


def worths(assessment: Assessment, outlook: Outlook) -> dict[str, int]:
    """How much each finding without an answer could move, over all open rules in which it has a part.

    A finding that could move nothing new is left out.
    """
    support = {each.state: each.strength for each in assessment.candidates}
    found = {
        finding: sum(_moves(rule, assessment, support) for rule in rules) for finding, rules in outlook.settles.items()
    }
    return {finding: worth for finding, worth in found.items() if worth}


def _moves(rule: Rule, assessment: Assessment, support: Mapping[str, int]) -> int:
    """How much a rule that is still open could move; 0 where it would tell nothing new, or is not to be asked yet."""
    then = rule.then
    if isinstance(then, Raises):
        higher = assessment.urgency is None or then.urgency > assessment.urgency
        return 10 * then.urgency if higher or rule.red_flag else 0
    if isinstance(then, Supports):
        return 2 * then.strength if then.strength > support.get(then.state, 0) else 0
    if isinstance(then, Cautions):
        return _CAUTION
    return _AGAINST if then.state in support else 0


class _Reading:
    """Formulas where some findings are settled.

    Each test of another one counts as open by itself, unless an answer that makes it true would be at odds with those
    that are settled.
    """

    def __init__(self, formulas: Formulas, settled: Choices, often: Mapping[str, int] | None = None) -> None:
        """`often` says in how many goals a finding is open: the more, the less it costs to ask for it."""
        self._nodes, self._settled, self._often = formulas.nodes, settled, often or {}
        self._excluded: dict[str, frozenset[Answer | None]] = {}
        self._begin()
        for each in formulas.at_odds:
            self._exclude(each)
        self._begin()

    def _begin(self) -> None:
        self._prices: dict[Formula, float] = {NEVER: 0, ALWAYS: inf}
        self._open: dict[Formula, frozenset[str]] = {}

    def _exclude(self, formula: Formula) -> None:
        """Take out the answers that alone would make it true."""
        if not self.is_open(formula):
            return
        if formula in self._nodes.choices:
            finding, values = self._nodes.choices[formula]
            self._excluded[finding] = self._excluded.get(finding, frozenset()) | values
            return
        count, parts = self._nodes.groups[formula]
        parts = parts if count == 1 else tuple(part for part in parts if self.price(part) < inf)
        if count == 1 or len(parts) == 1:
            for part in parts:
                self._exclude(part)

    def price(self, formula: Formula) -> float:
        """About how many findings must be denied so that it cannot become true: 0 where it cannot, endless if it is."""
        if formula not in self._prices:
            if formula in self._nodes.choices:
                finding, values = self._nodes.choices[formula]
                if finding in self._settled:
                    price = inf if self._settled[finding] in values else 0
                else:
                    excluded = values <= self._excluded.get(finding, frozenset())
                    price = 0 if excluded else 1 / (5 + self._often.get(finding, 0))
            else:
                count, parts = self._nodes.groups[formula]
                price = (sum if count == 1 else min)(map(self.price, parts))
            self._prices[formula] = price
        return self._prices[formula]

    def is_open(self, formula: Formula) -> bool:
        return 0 < self.price(formula) < inf

    def open(self, formula: Formula) -> frozenset[str]:
        """The findings that can have a part in making it true."""
        if formula not in self._open:
            found: frozenset[str] = frozenset()
            if self.is_open(formula):
                if formula in self._nodes.choices:
                    found = frozenset({self._nodes.choices[formula][0]})
                else:
                    found = found.union(*map(self.open, self._nodes.groups[formula][1]))
            self._open[formula] = found
        return self._open[formula]

    def cut(self, formula: Formula) -> Iterator[str]:
        """The findings to deny so that it cannot become true, at the least price."""
        if self.is_open(formula):
            if formula in self._nodes.choices:
                yield self._nodes.choices[formula][0]
            else:
                count, parts = self._nodes.groups[formula]
                for part in parts if count == 1 else (min(parts, key=self.price),):
                    yield from self.cut(part)


@dataclass(slots=True)
class _Asked:
    """The findings named so far, and how formulas read once they are denied."""

    formulas: Formulas
    denial: Callable[[str], str]
    settled: Choices
    often: Mapping[str, int]
    named: dict[str, None] = field(default_factory=dict)
    reading: _Reading = field(init=False)

    def __post_init__(self) -> None:
        self.deny(())

    def deny(self, findings: Iterable[str]) -> None:
        denied = {each: self.denial(each) for each in findings if each not in self.settled}
        self.settled = {**denied, **self.settled}
        self.reading = _Reading(self.formulas, self.settled, self.often)

    def settle(self, goal: Formula) -> None:
        """Name what must be asked so that the goal is out of reach, or reached without another answer."""
        while cut := dict.fromkeys(self.reading.cut(goal)):
            self.named.update(cut)
            self.deny(cut)
