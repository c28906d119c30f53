"""What the rules say about some answers, given which of them fire.

What stands behind the rules that fire, and what could still fire after other answers, is read off the conditions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import reduce
from itertools import islice, repeat
from operator import or_
from types import MappingProxyType

from quiz.consequences import Doubts, consequences
from quiz.engine.parts import NOT_LOOKED_AT, Names, Part, Parts, Reading, Truths
from quiz.errors import EngineError
from quiz.model import (
    UNSURE,
    Answer,
    Answers,
    Assessment,
    Candidate,
    Cautions,
    Condition,
    Fired,
    Interval,
    Outlook,
    Raises,
    Rule,
    RuleBase,
    SpeaksAgainst,
    Strength,
    Supports,
    Urgency,
)


class _Scale:
    """In which of some intervals a number is, by the stretches that their bounds cut the line into.

    Stretch 2n + 1 is bound n itself, and stretch 2n what lies between it and the bound before.
    """

    def __init__(self, intervals: Sequence[tuple[Interval, int]]) -> None:
        """Each interval has the place of its test."""
        bounds = {bound for each, _ in intervals for bound in (each.low, each.high) if bound is not None}
        self._bounds = sorted(bounds)
        self._inside: list[list[int]] = [[] for _ in range(2 * len(bounds) + 1)]
        for each, place in intervals:
            first = 0 if each.low is None else self._stretch(each.low) + (not each.with_low)
            last = 2 * len(bounds) if each.high is None else self._stretch(each.high) - (not each.with_high)
            for stretch in self._inside[first : last + 1]:
                stretch.append(place)

    def _stretch(self, number: float) -> int:
        return bisect_left(self._bounds, number) + bisect_right(self._bounds, number)

    def places(self, number: float) -> Sequence[int]:
        """The tests that this number makes true."""
        return self._inside[self._stretch(number)]


class _Tables:
    """What each answer does to a table.

    A table is put together as one whole number with a byte for each place, the first place lowest.
    """

    def __init__(self, parts: Parts) -> None:
        self.places = parts.places
        self.by_word: dict[tuple[str, Answer], int] = {}
        self.by_number: dict[str, _Scale] = {}
        self.tests: dict[str, int] = {}
        """The tests of each finding, as if all were true."""
        for finding, tests in parts.tests.items():
            self.tests[finding] = sum(self.one(place) for _, place in tests)
            self.by_word.update({(finding, test.value): place for test, place in tests if isinstance(test.value, str)})
            intervals = [(test.value, place) for test, place in tests if isinstance(test.value, Interval)]
            if intervals:
                self.by_number[finding] = _Scale(intervals)
        self.ones = [self.one(place) for place in range(parts.places)]
        self.opened = NOT_LOOKED_AT * sum(map(self.one, parts.opened_places()))
        """All concepts and named states, as if nobody had asked."""
        touched = parts.touched()
        self.touched = {
            finding: 0xFF * (tests + sum(map(self.one, touched.get(finding, ()))))
            for finding, tests in self.tests.items()
        }
        """Every place that an answer to a finding bears on, all bits set."""
        self.none = int.from_bytes(parts.table(()), "little")
        everything = parts.table(place for tests in parts.tests.values() for _, place in tests)
        self.all = int.from_bytes(everything, "little")
        self.stated, self.unnamed = parts.stated, bytes(parts.stated.stop - parts.stated.start)
        """The places of all named states, and these where no rule names one."""
        self.all_open = Reading(everything)
        """Where no answer was given, everything is possible."""

    @staticmethod
    def one(place: int) -> int:
        return 1 << 8 * place

    def reading(self, table: int, touched: bytes = b"", untouched: Reading | None = None) -> Reading:
        return Reading(bytearray(table.to_bytes(self.places, "little")), touched, untouched)


class Case:
    """Answers with what follows from them, the tests that they make true, and the tables that can be made of them."""

    __slots__ = ("_answers", "_consequences", "_doubts", "_tables", "_touched", "_true", "known", "true", "unsure")

    def __init__(self, assessor: Assessor, answers: Answers) -> None:
        self._tables = tables = assessor._tables
        self._answers, self._consequences = answers, assessor._consequences
        self.known = known = self._consequences.from_answers(answers)
        self.true = [place for place in map(tables.by_word.get, known.items()) if place is not None]
        for finding in tables.by_number.keys() & known.keys():
            answer = known[finding]
            if not isinstance(answer, str):
                self.true += tables.by_number[finding].places(answer)
        self.unsure = frozenset([finding for finding, answer in known.items() if answer == UNSURE])
        self._doubts: Doubts | None = None
        self._touched = -1
        self._true = 0

    @property
    def doubts(self) -> Doubts:
        """What the answers `unsure` leave open, found out when it is asked for."""
        if self._doubts is None:
            self._doubts = self._consequences.doubts(self._answers, self.known, self.unsure)
        return self._doubts

    def certain(self, naming: Mapping[int, Sequence[Part]] | None = None) -> Reading:
        """`naming` has the parts that are true behind each named state, where that is known."""
        self._look()
        reading = self._tables.reading(self._tables.none & ~self._touched | self._true)
        if naming is not None:
            reading.table[self._tables.stated] = self._tables.unnamed
            for place in naming:
                reading.table[place] = 1
            reading.naming = naming
        return reading

    def if_sure(self) -> Reading:
        self._look()
        tables = self._tables
        touched, true = self._touched, self._true
        for finding in self.unsure:
            true |= tables.tests.get(finding, 0)
        for finding, words in self.doubts.words.items():
            bears = tables.touched.get(finding, 0)
            touched |= bears
            true |= bears & tables.opened
            for word in words:
                if (finding, word) in tables.by_word:
                    true |= tables.ones[tables.by_word[finding, word]]
        return tables.reading(tables.none & ~touched | true)

    def possible(self) -> Reading:
        self._look()
        tables = self._tables
        touched = self._touched.to_bytes(tables.places, "little")
        return tables.reading(tables.all & ~self._touched | self._true, touched, tables.all_open)

    def _look(self) -> None:
        """Which places the answers bear on, and what is true there: a test, or nothing that was looked at yet."""
        if self._touched < 0:
            tables = self._tables
            self._touched = reduce(or_, map(tables.touched.get, self.known, repeat(0)), 0)
            self._true = reduce(or_, map(tables.ones.__getitem__, self.true), self._touched & tables.opened)


class _Ruled:
    """A rule with its condition, and the findings that it rests on."""

    __slots__ = ("_open", "findings", "names", "part", "rule", "strength")

    def __init__(self, rule: Rule, parts: Parts) -> None:
        self.rule, self.strength, self.part = rule, _strength(rule), parts.rules[rule.id]
        self.names = parts.names.get(rule.id, ())
        self.findings = parts.findings(self.part)
        self._open: Names | None = None

    def open(self, tables: _Tables) -> Names:
        """What is behind it as long as none of its findings was asked: all of them, in order."""
        if self._open is None:
            can_fire = self.part.test(tables.all_open.table)
            self._open = _behind(self.part, tables.all_open) if can_fire else {}
        return self._open


class Assessor(ABC):
    """The rules of one rule base, ready to run. Retired ones say nothing."""

    def __init__(self, rulebase: RuleBase) -> None:
        self.rulebase = rulebase
        self._parts = Parts(rulebase)
        active = (rule for rule in rulebase.rules.values() if rule.id in self._parts.rules)
        self._active = tuple(_Ruled(rule, self._parts) for rule in active)
        self._ids = [each.rule.id for each in self._active]
        self._order = {rule_id: place for place, rule_id in enumerate(self._ids)}
        self._tables = _Tables(self._parts)
        self._consequences = consequences(rulebase)
        self._red_flags = tuple(each for each in self._active if each.rule.red_flag)
        self._results = frozenset(each.id for each in rulebase.findings.values() if each.kind == "lab")
        self._by_results = frozenset(each.rule.id for each in self._red_flags if each.findings <= self._results)
        """The red flags that results alone raise."""
        self._supporting = {
            state: [self._active[self._order[rule.id]] for rule in rules]
            for state, rules in self._parts.supporting.items()
        }
        self._stronger = {
            state: sorted(rules, key=lambda each: -each.strength) for state, rules in self._supporting.items()
        }

    # --- what is true -------------------------------------------------------------------------------

    def certain(self, answers: Answers) -> Truths:
        """What holds whatever the findings not asked turn out to be."""
        case = Case(self, answers)
        fired = frozenset([self._ids[place] for place in self._fired(case)])
        return Truths(self._parts, case.certain, fired)

    def possible(self, answers: Answers) -> Truths:
        """What holds, or could after more answers. A finding answered `unsure` is settled and opens nothing.

        Each test of a finding not asked counts as open by itself, so a rule that needs two answers to one such finding
        is called possible too.
        """
        return Truths(self._parts, Case(self, answers).possible)

    def if_sure(self, answers: Answers) -> Truths:
        """What holds, or would if each answer `unsure` were another one. Findings not asked open nothing."""
        return Truths(self._parts, Case(self, answers).if_sure)

    @abstractmethod
    def _fired(self, case: Case) -> list[int]:
        """The rules that fire, as places among the active ones, in order."""

    # --- what is told -------------------------------------------------------------------------------

    def assess(self, answers: Answers) -> Assessment:
        """What the rules say about these answers. The same answers in any order give the same assessment."""
        case = Case(self, answers)
        places = self._fired(case)
        fired = self._explained(places, case.certain(self._naming(places))) if places else ()
        urgent = [each for each in fired if isinstance(each.rule.then, Raises)]
        urgent.sort(key=_most_urgent_first)
        if_sure = case.if_sure() if case.unsure else None
        critical = {result for each in urgent if each.rule.id in self._by_results for result in each.evidence}
        return Assessment(
            candidates=self._candidates(fired, critical),
            urgency=_urgency(urgent[0].rule) if urgent else None,
            urgent=tuple(urgent),
            cautions=tuple([each for each in fired if isinstance(each.rule.then, Cautions)]),
            not_ruled_out=self._not_ruled_out(fired, case.doubts.behind, if_sure) if if_sure else (),
            fired=fired,
            answers=MappingProxyType(case.known),
        )

    def _naming(self, places: Iterable[int]) -> dict[int, list[Part]]:
        """The parts of these rules behind each named state."""
        found: dict[int, list[Part]] = {}
        for rule in map(self._active.__getitem__, places):
            for name in rule.names:
                found.setdefault(name, []).append(rule.part)
        return found

    def _explained(self, places: Iterable[int], reading: Reading) -> tuple[Fired, ...]:
        fired = []
        for place in places:
            rule, part = self._active[place].rule, self._active[place].part
            if not part.test(reading.table):
                raise EngineError(f"{rule.id}: it fired, and its condition is not true")
            findings: Names = {}
            concepts: Names = {}
            part.gather(reading, findings, concepts)
            fired.append(Fired(rule, tuple(findings), tuple(concepts)))
        return tuple(fired)

    def _not_ruled_out(
        self, fired: Iterable[Fired], doubts: Mapping[str, Sequence[str]], if_sure: Reading
    ) -> tuple[Fired, ...]:
        """The red flags that do not fire, and would if some answer `unsure` were another one."""
        sure = {each.rule.id for each in fired}
        return tuple(
            [
                Fired(flag.rule, tuple(_unsure(_behind(flag.part, if_sure), doubts)), ())
                for flag in self._red_flags
                if not flag.findings.isdisjoint(doubts) and flag.part.test(if_sure.table) and flag.rule.id not in sure
            ]
        )

    def _candidates(self, fired: Iterable[Fired], critical: Set[str]) -> tuple[Candidate, ...]:
        supporting: dict[str, list[Fired]] = {}
        against: dict[str, list[Fired]] = {}
        for each in fired:
            if isinstance(each.rule.then, Supports):
                supporting.setdefault(each.rule.then.state, []).append(each)
            elif isinstance(each.rule.then, SpeaksAgainst):
                against.setdefault(each.rule.then.state, []).append(each)
        found = []
        for state in (state for state in self.rulebase.states if state in supporting):
            behind = sorted(supporting[state], key=_strongest_first)
            strength = _strength(behind[0].rule)
            evidence: Names = {}
            for each in behind:
                if _strength(each.rule) == strength:
                    evidence.update(dict.fromkeys(each.evidence))
            found.append(
                Candidate(
                    state=state,
                    strength=strength,
                    fired=tuple(behind),
                    against=tuple(against.get(state, ())),
                    evidence=tuple(evidence),
                    critical=not critical.isdisjoint(evidence),
                    measured=not self._results.isdisjoint(evidence),
                )
            )
        found.sort(key=_first_named)
        return tuple(found)

    # --- what other answers could do ----------------------------------------------------------------

    def unsure(self, assessment: Assessment, given: Answers) -> dict[str, tuple[str, ...]]:
        """For each candidate the findings answered `unsure` that could be behind it too, and are behind no rule of it.

        `given` are the answers that were assessed, without what follows from them.
        """
        case = Case(self, given)
        if_sure = case.if_sure()
        return {each.state: self._unsure(each, case.doubts.behind, if_sure) for each in assessment.candidates}

    def _unsure(self, candidate: Candidate, doubts: Mapping[str, Sequence[str]], if_sure: Reading) -> tuple[str, ...]:
        found: Names = {}
        pending = {*doubts}.difference(*[each.evidence for each in candidate.fired])
        for rule in self._supporting[candidate.state]:
            if not rule.findings.isdisjoint(pending) and rule.part.test(if_sure.table):
                findings: Names = {}
                rule.part.gather(if_sure, findings, {})
                found.update(_unsure([each for each in findings if each in pending], doubts))
                pending.difference_update(findings)
        return tuple(found)

    def not_asked(self, assessment: Assessment) -> dict[str, tuple[str, ...]]:
        """The findings without an answer behind the rules that could still name each candidate with more support."""
        case = Case(self, assessment.answers)
        possible = case.possible()
        return {each.state: self._not_asked(each, case.known, possible) for each in assessment.candidates}

    def _not_asked(self, candidate: Candidate, known: Answers, possible: Reading) -> tuple[str, ...]:
        findings: Names = dict.fromkeys(known)
        for rule in self._stronger[candidate.state]:
            if rule.strength <= candidate.strength:
                break
            if findings.keys() >= rule.findings:
                continue  # nothing new is behind it
            if rule.findings.isdisjoint(known):
                findings.update(rule.open(self._tables))
            elif rule.part.test(possible.table):
                rule.part.gather(possible, findings, {})
        return tuple(islice(findings, len(known), None))

    def outlook(self, answers: Answers) -> Outlook:
        """The open rules that each finding without an answer could help to fire."""
        case = Case(self, answers)
        certain, possible = case.certain(), case.possible()
        settles: dict[str, list[Rule]] = {}
        for each in self._active:
            findings: Names = {}
            if each.findings.isdisjoint(case.known):
                findings = each.open(self._tables)
            elif each.part.test(possible.table) and not each.part.test(certain.table):
                each.part.move(possible, certain, findings)
            for finding in findings:
                if finding not in case.known:
                    settles.setdefault(finding, []).append(each.rule)
        return Outlook({finding: tuple(rules) for finding, rules in settles.items()})

    def applies(self, condition: Condition | None, answers: Answers) -> bool:
        """Whether a condition that stands in the rule base is certain. No condition always applies."""
        return condition is None or Truths(self._parts, Case(self, answers).certain).condition(condition)


def _behind(part: Part, reading: Reading) -> Names:
    findings: Names = {}
    part.gather(reading, findings, {})
    return findings


def _unsure(findings: Iterable[str], doubts: Mapping[str, Sequence[str]]) -> Names:
    """The answers `unsure` that leave these findings open."""
    return {answer: None for finding in findings if finding in doubts for answer in doubts[finding]}


def _strength(rule: Rule) -> Strength:
    return rule.then.strength if isinstance(rule.then, Supports) else Strength.WEAK


def _urgency(rule: Rule) -> Urgency:
    return rule.then.urgency if isinstance(rule.then, Raises) else Urgency.ROUTINE


def _strongest_first(fired: Fired) -> int:
    return -_strength(fired.rule)


def _first_named(candidate: Candidate) -> tuple[int, bool, bool, int]:
    return -candidate.strength, not candidate.critical, not candidate.measured, -len(candidate.evidence)


def _most_urgent_first(fired: Fired) -> int:
    return -_urgency(fired.rule)
