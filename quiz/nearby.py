"""The sets of answers nearest to one set, found over all sets of answers at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from quiz.formulas import BLANK, Choices, Formula, Formulas
from quiz.model import UNSURE, Answer, Answers, Finding


class Clauses(Protocol):
    """Finds choices that make some formulas true and others not."""

    def choices(self, true: Iterable[Formula], false: Iterable[Formula]) -> Choices | None: ...


class Nearby:
    """The sets of answers that differ from one set, by how many answers they differ.

    A changed answer is a sure one: another word, a number between other bounds, or the first answer to a finding that
    was not asked or left unsure. No set is at odds with what follows from its own answers.
    """

    def __init__(self, formulas: Formulas, clauses: Clauses, answers: Answers, order: Sequence[str], most: int) -> None:
        """`order` are all findings; `most` is the largest number of answers that change."""
        self.formulas, self.nodes, self.findings = formulas, formulas.nodes, formulas.rulebase.findings
        self._clauses, self.answers, self.order = clauses, answers, order
        now = {each: self._now(self.findings[each]) for each in order}
        self._others = {each: [answer for answer in self._domain(each) if answer != now[each]] for each in order}
        self._stays = {each: self.nodes.leaf(each, frozenset({now[each]})) for each in order}
        self._changed = {each: self.nodes.leaf(each, frozenset({*self._others[each]})) for each in order}
        self._sets = self.nodes.all(self.nodes.any((self._stays[each], self._changed[each])) for each in order)
        self._at_odds = self.nodes.any(formulas.at_odds)
        self._more = [self.nodes.at_least(count + 1, self._changed.values()) for count in range(most + 1)]
        """At place n: that more than n answers change."""

    def _now(self, finding: Finding) -> Answer | None:
        answer = self.answers.get(finding.id, BLANK)
        return answer if answer is BLANK else self.formulas.alike(finding, answer)

    def _domain(self, finding: str) -> tuple[Answer, ...]:
        return self.formulas.domain(self.findings[finding])

    def can(self, wanted: Formula, finding: str, answer: Answer) -> bool:
        """Whether this can be true where this finding, and no other, is answered with this instead."""
        true = (wanted, self.nodes.leaf(finding, frozenset({answer})), self._sets)
        return self._solved(true, [self._more[1]]) is not None

    def nearest(self, wanted: Formula, keep: Iterable[str] = ()) -> Mapping[str, Answer] | None:
        """The fewest new answers that make this true, or None where `most` of them cannot.

        The findings in `keep` stay as they are. Of several sets as small, it is the one whose findings come first in
        the order; of several answers to one of them, it is the first word, or the number nearest to the one now.
        """
        kept = frozenset(keep)
        true = [wanted, self._sets, *(self._stays[finding] for finding in kept)]
        order = [finding for finding in self.order if finding not in kept]
        for more in self._more:
            chosen = self._solved(true, [more])
            if chosen is not None:
                return self._answers(true, more, self._first(true, more, self._changed_in(order, chosen), order))
        return None

    def _solved(self, true: Sequence[Formula], false: Sequence[Formula]) -> Choices | None:
        return self._clauses.choices(true, [*false, self._at_odds])

    def _changed_in(self, order: Sequence[str], chosen: Choices) -> list[str]:
        return [finding for finding in order if chosen.get(finding, UNSURE) in self._others[finding]]

    def _first(self, true: Sequence[Formula], more: Formula, found: list[str], order: Sequence[str]) -> list[str]:
        """Starts from some set as small, and asks for one that comes earlier until there is none."""
        place = begin = 0
        while place < len(found):
            end = order.index(found[place])
            earlier = self.nodes.any(self._changed[finding] for finding in order[begin:end])
            before = [self._changed[finding] for finding in found[:place]]
            chosen = self._solved([*true, *before, earlier], [more]) if begin < end else None
            if chosen is None:
                place, begin = place + 1, end + 1
            else:
                found = self._changed_in(order, chosen)
        return found

    def _answers(self, true: Sequence[Formula], more: Formula, found: Sequence[str]) -> dict[str, Answer]:
        known = [*true, *(self._changed[finding] for finding in found)]
        answers: dict[str, Answer] = {}
        for finding in found:
            for answer in self.by_nearness(finding):
                chosen = self.nodes.leaf(finding, frozenset({answer}))
                if self._solved([*known, chosen], [more]) is not None:
                    known.append(chosen)
                    answers[finding] = self.as_told(finding, answer)
                    break
        return answers

    def by_nearness(self, finding: str) -> list[Answer]:
        near = self._near(finding)

        def distance(answer: Answer) -> float:
            return 0 if isinstance(answer, str) else abs(self._number(finding, answer) - near)

        return sorted(self._others[finding], key=distance)

    def as_told(self, finding: str, answer: Answer) -> Answer:
        """The answer to tell of for one of a domain. Between two bounds it is the number nearest to the one now."""
        return answer if isinstance(answer, str) else self._number(finding, answer)

    def _near(self, finding: str) -> float:
        now, known = self.answers.get(finding, UNSURE), self.findings[finding]
        return (known.low + known.high) / 2 if isinstance(now, str) else now

    def _number(self, finding: str, number: float) -> float:
        """Every second number of a domain is a bound; each of the others stands for all between two."""
        domain = [float(each) for each in self._domain(finding)]
        place = domain.index(number)
        if place % 2 == 0:
            return number
        digits = max(map(_digits, domain[::2]))
        return _nearest(domain[place - 1], domain[place + 1], self._near(finding), digits)


def _digits(number: float) -> int:
    """Digits after the point."""
    return len(f"{number:.12g}".partition(".")[2])


def _nearest(low: float, high: float, near: float, digits: int) -> float:
    """The number between these that is nearest to `near`, with so many digits after the point, or more."""
    for more in range(digits, 15):
        step = 10.0**-more
        found = [
            number
            for number in (round(low + step, more), round(high - step, more), round(near, more))
            if low < number < high
        ]
        if found:
            return min(found, key=lambda number: (abs(number - near), number))
    return (low + high) / 2
