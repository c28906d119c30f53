"""What would make a wrong option right: the fewest other answers, found over all sets of answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from quiz.consequences import contradictions
from quiz.formulas import BLANK, NEVER, Formula, Formulas
from quiz.model import (
    NO,
    UNSURE,
    YES,
    Answer,
    Answers,
    Raises,
    Rule,
    RuleBase,
    SpeaksAgainst,
    Strength,
    Supports,
    Urgency,
)
from quiz.nearby import Nearby
from quiz.practice.keys import LESS, MORE, NOTHING, Judge, new_of, sentences, shift_key, state_key, state_of, told
from quiz.practice.values import Item
from quiz.solver import Clauses

MOST_CHANGED = 2
"""The most answers that a near miss is away from being right."""

AT_A_TIME = 5
"""Items that share formulas. Each one leaves some behind, which cost the next ones memory and time."""


class RightIf:
    """Finds what would make options right, for one rule base. Every use asks a solver and takes a moment."""

    def __init__(self, rulebase: RuleBase, judge: Judge) -> None:
        self.rulebase, self.judge = rulebase, judge
        self._rank = {finding: place for place, finding in enumerate(rulebase.practice.common)}
        self._begin_anew()

    def _begin_anew(self) -> None:
        conditions = [each.when for state in self.rulebase.states.values() for part in ("tests", "ask")
                      for each in sentences(state, part) if each.when is not None]  # fmt: skip
        self.formulas = Formulas(self.rulebase, conditions=conditions)
        self._left = AT_A_TIME

    def of(self, item: Item) -> Mapping[str, Mapping[str, Answer]]:
        """For each wrong option, by its id, the fewest new answers (one or two) with which it would be right.

        An option that no such answers make right is left out. So is every option of an item without a case, and of one
        on a mechanism: no other answer makes its cause work in another way.
        """
        if item.case is None or item.kind == "mechanism":
            return {}
        with self._asking(item) as asked:
            found = {each.id: asked.new(each.id) for each in item.options if not each.right}
        return {option: new for option, new in found.items() if new}

    def filled(self, item: Item) -> Item:
        """The item with `right_if` told for every wrong option that has one."""
        found = self.of(item)
        if item.case is None:
            return item
        answers = {**item.case.answers, **new_of(item)}
        return replace(
            item,
            options=tuple(
                replace(each, right_if=self.words(answers, found[each.id])) if each.id in found else each
                for each in item.options
            ),
        )

    @contextmanager
    def _asking(self, item: Item) -> Iterator[_Asked]:
        if not self._left:
            self._begin_anew()
        self._left -= 1
        clauses = Clauses(self.formulas.nodes)
        try:
            yield _Asked(self, clauses, item)
        finally:
            clauses.close()

    def order(self, answers: Answers, *, complaints_first: bool = False) -> list[str]:
        """What was told is changed first, then what is common, then results, and what an adult seldom is in the end."""

        def late(finding: str) -> tuple[bool, bool, bool, bool, bool, int]:
            known, answer = self.rulebase.findings[finding], answers.get(finding)
            return (known.kind == "life stage" or finding in self.rulebase.practice.never, answer in (None, UNSURE),
                    answer is None, known.is_number, complaints_first and known.kind != "symptom",
                    self._rank.get(finding, len(self._rank)))  # fmt: skip

        return sorted(self.rulebase.findings, key=late)

    def words(self, answers: Answers, new: Mapping[str, Answer]) -> str:
        """New answers as a sentence on the patient of the case."""
        told: list[str] = []
        denied: list[str] = []
        taken_back: list[str] = []
        others: list[str] = []
        for finding, answer in new.items():
            known = self.rulebase.findings[finding]
            if answer == YES:
                told.append(known.label)
            elif answer == NO:
                (taken_back if answers.get(finding) == YES else denied).append(known.label)
            else:
                value = f"{answer:g} {known.unit}" if known.is_number else str(answer)
                others.append(f"{known.label} had been {value}")
        parts = [f"had not told of {' or '.join(taken_back)}"] if taken_back else []
        parts += [f"had told of {' and '.join(told)}"] if told else []
        parts += [f"had said no to {' and '.join(denied)}"] if denied else []
        person = [f"the patient {' and '.join(parts)}"] if parts else []
        return f"It would be right if {' and '.join([*person, *others])}."


class _Asked:
    """One item, with a solver that is open while it is asked about."""

    def __init__(self, right_if: RightIf, clauses: Clauses, item: Item) -> None:
        assert item.case is not None
        self.rulebase, self.judge, self.item = right_if.rulebase, right_if.judge, item
        self.formulas, self.nodes = right_if.formulas, right_if.formulas.nodes
        self.added = new_of(item)
        self.kept = [each.id for each in self.rulebase.findings.values() if each.kind == "about"]
        self.kept += [each for each, answer in self.added.items() if answer != UNSURE]
        self.answers: Answers = {**item.case.answers, **self.added}
        order = right_if.order(self.answers, complaints_first=item.kind == "urgency")
        self.nearby = Nearby(self.formulas, clauses, self.answers, order, MOST_CHANGED)

    def new(self, option: str) -> Mapping[str, Answer] | None:
        """The fewest new answers with which this option is right."""
        kinds: Mapping[str, Callable[[str], Mapping[str, Answer] | None]] = {
            "state": self._first,
            "urgency": self._as_urgent,
            "context": self._needed,
            "shift": self._shifted,
            "check": self._brought_up,
        }
        return kinds[self.item.kind](option)

    # --- the kinds ----------------------------------------------------------------------------------

    def _first(self, state: str) -> Mapping[str, Answer] | None:
        if state == NOTHING:
            named = self.nodes.any(self.formulas.named(each, Strength.WEAK) for each in self.rulebase.states)
            return self._nearest(
                self.nodes.isnt(named), lambda answers: not self.judge.assess(answers).candidates, self._not_told()
            )
        return self._nearest(self._firmest(state), lambda answers: state_key(self.judge.assess(answers)) == state)

    def _firmest(self, state: str) -> Formula:
        """The state is named, and with more support than each other one."""
        named, others = self.formulas.named, [each for each in self.rulebase.states if each != state]
        return self.nodes.any(
            self.nodes.all((named(state, strength), *(self.nodes.isnt(named(each, strength)) for each in others)))
            for strength in Strength
        )

    def _as_urgent(self, word: str) -> Mapping[str, Answer] | None:
        """Less urgent with less to tell of, more urgent with more."""
        urgency = Urgency[word.upper()]
        above = self.formulas.urgency(Urgency(urgency + 1)) if urgency < Urgency.EMERGENCY else NEVER
        rules = self._rules(lambda rule: isinstance(rule.then, Raises))
        now = self.judge.assess(self.answers)
        named = {each.state for each in now.candidates}
        less = urgency < (now.urgency or Urgency.ROUTINE)

        def reached(answers: Answers) -> bool:
            truths = self.judge.certain(answers)
            fired = [rule.then.urgency for rule in rules if isinstance(rule.then, Raises) and truths.rule(rule.id)]
            then = {each.state for each in self.judge.assess(answers).candidates}
            return max(fired, default=None) == urgency and (then <= named if less else named <= then)

        wanted = self.nodes.all((self.formulas.urgency(urgency), self.nodes.isnt(above)))
        return self._nearest(wanted, reached, self._not_told() if less else told(self.answers))

    def _needed(self, finding: str) -> Mapping[str, Answer] | None:
        """The state is named most firmly, and would not be named as firmly without this finding."""
        state = state_of(self.item)
        firmly = [self.formulas.named(state, strength) for strength in Strength]
        lost = self.nodes.any(
            self.nodes.all((each, self.nodes.isnt(self.nodes.all_chosen(each, {finding: BLANK})))) for each in firmly
        )
        if lost == NEVER:
            return None
        self.kept.append(finding)

        def reached(answers: Answers) -> bool:
            others = {each: answer for each, answer in answers.items() if each != finding}
            firmer = self._firmness(answers, state) > self._firmness(others, state)
            return firmer and state_key(self.judge.assess(answers)) == state

        return self._nearest(self.nodes.all((self._firmest(state), lost)), reached)

    def _firmness(self, answers: Answers, state: str) -> int:
        return next((each.strength for each in self.judge.assess(answers).candidates if each.state == state), 0)

    def _shifted(self, way: str) -> Mapping[str, Answer] | None:
        state = state_of(self.item)
        starts: list[Formula] = []
        stays: list[Formula] = []
        for rule in self._rules(lambda rule: getattr(rule.then, "state", "") == state):
            if way == LESS and rule.id in self.rulebase.practice.take_nothing:
                continue
            now = self.formulas.rule(rule)
            before = self.nodes.all_chosen(now, dict.fromkeys(self.added, BLANK))
            begins = self.nodes.all((now, self.nodes.isnt(before)))
            wanted = (way == MORE and isinstance(rule.then, Supports)) or (
                way == LESS and isinstance(rule.then, SpeaksAgainst)
            )
            if wanted:
                starts.append(begins)
            else:
                stays.append(self.nodes.isnt(begins))

        def reached(answers: Answers) -> bool:
            others = {each: answer for each, answer in answers.items() if each not in self.added}
            new = {each: answers[each] for each in self.added}
            return shift_key(self.rulebase, self.judge, others, new, state) == way

        moves = [self.nodes.any(starts)] if way in (MORE, LESS) else []
        return self._nearest(self.nodes.all((*stays, *moves)), reached)

    def _brought_up(self, name: str) -> Mapping[str, Answer] | None:
        state, part, place = name.split(":")
        when = sentences(self.rulebase.states[state], part)[int(place)].when
        wanted = [self.formulas.named(state, Strength.WEAK), *([self.formulas.of(when)] if when is not None else [])]

        def reached(answers: Answers) -> bool:
            return self._firmness(answers, state) > 0 and self.judge.applies(when, answers)

        return self._nearest(self.nodes.all(wanted), reached, told(self.answers))

    def _rules(self, wanted: Callable[[Rule], bool]) -> list[Rule]:
        return [each for each in self.formulas.rules if wanted(each)]

    # --- the nearest answers ------------------------------------------------------------------------

    def _not_told(self) -> list[str]:
        here = told(self.answers)
        return [each for each in self.rulebase.findings if each not in here]

    def _nearest(
        self, wanted: Formula, reached: Callable[[Answers], bool], keep: Iterable[str] = ()
    ) -> Mapping[str, Answer] | None:
        new = self.nearby.nearest(wanted, [*self.kept, *keep]) if wanted != NEVER else None
        if new is None or not self._is_right({**self.answers, **new}, reached):
            return None
        return self._gentle(new, reached)

    def _is_right(self, answers: Answers, reached: Callable[[Answers], bool]) -> bool:
        return not contradictions(self.rulebase, answers) and reached(answers)

    def _gentle(self, new: Mapping[str, Answer], reached: Callable[[Answers], bool]) -> Mapping[str, Answer]:
        """The same changes with each number as near to what it was, or to the middle of its bounds, as it can be."""
        gentle = dict(new)
        for finding in new:
            known, now = self.rulebase.findings[finding], self.answers.get(finding)
            bounds = sorted({b for each in known.bands.values() for b in (each.low, each.high) if b is not None})
            if not known.is_number or not bounds:
                continue
            middle = now if isinstance(now, (int, float)) else sum(bounds) / len(bounds)
            step = 10.0 ** -max(len(f"{bound:g}".partition(".")[2]) for bound in bounds)
            near = {round(bound + way * step, 6) for bound in bounds for way in (-1, 0, 1)}
            for number in sorted(near, key=lambda each: (abs(each - middle), each)):
                if known.low <= number <= known.high:
                    tried: Answers = {**self.answers, **gentle, finding: number}
                    if self._is_right(tried, reached):
                        gentle[finding] = number
                        break
        return gentle
