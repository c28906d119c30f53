"""What follows from answers, what "not sure" leaves open by that, and which answers contradict each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache, partial

from quiz.logic import Leaf, holds, is_true
from quiz.model import UNSURE, Answer, Answers, Condition, Group, Implication, Is, RuleBase, leaves


def with_consequences(rulebase: RuleBase, answers: Answers) -> dict[str, Answer]:
    """The answers with all that follows from them. What the person answered is never overwritten.

    Implications are over findings alone, so they are settled without the rules.
    """
    return consequences(rulebase).from_answers(answers)


@dataclass(frozen=True, slots=True)
class Doubts:
    """What answers `unsure` leave open.

    `behind` has these answers to each finding in doubt: itself, or those from which something would follow for it if
    they were others, where nobody answered it. `words` has what would follow. That something else follows from other
    answers takes no doubt away.
    """

    words: Mapping[str, Set[str]]
    behind: Mapping[str, Sequence[str]]


class _These:
    """Implications that are compared by being the same ones, so that what was prepared for them is found again."""

    def __init__(self, implications: tuple[Implication, ...]) -> None:
        self.implications = implications

    def __hash__(self) -> int:
        return id(self.implications)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _These) and self.implications is other.implications


class Consequences:
    """What follows from answers by some implications. See `consequences`."""

    def __init__(self, implications: tuple[Implication, ...]) -> None:
        self._implications = implications
        self._then = [tuple(each.then.items()) for each in implications]
        self.when = [_reader(each.when) for each in implications]
        self._of: dict[str, list[int]] = {}
        self._always: list[int] = []
        for number, each in enumerate(implications):
            for finding in {leaf.finding for leaf in leaves(each.when) if isinstance(leaf, Is)}:
                self._of.setdefault(finding, []).append(number)
            if holds(each.when, lambda leaf: False):
                self._always.append(number)

    def from_answers(self, answers: Answers) -> dict[str, Answer]:
        """The answers with all that follows from them."""
        known = dict(answers)
        look = {*self._always, *[each for finding in self._of.keys() & known.keys() for each in self._of[finding]]}
        while look:
            new: list[str] = []
            for each in [each for each in sorted(look) if self.when[each](known)]:
                for finding, word in self._then[each]:
                    if finding not in known:
                        known[finding] = word
                        new.append(finding)
            look = {each for finding in new for each in self._of.get(finding, ())}
        return known

    def doubts(self, answers: Answers, known: Answers, unsure: Set[str]) -> Doubts:
        """What these `unsure` of the answers leave open. `known` has what follows from the answers as well."""
        themselves = {finding: (finding,) for finding in unsure}
        if self._of.keys().isdisjoint(unsure):
            return Doubts({}, themselves)
        look = {each for finding in self._of.keys() & unsure for each in self._of[finding]}
        words: dict[str, set[str]] = {}
        within: dict[str, dict[str, None]] = {}

        def could_hold(leaf: Leaf) -> bool:
            assert isinstance(leaf, Is), "an implication is over findings alone"
            return leaf.finding in unsure or leaf.value in words.get(leaf.finding, ()) or is_true(leaf, known)

        while look:
            new: list[str] = []
            for each in sorted(look):
                when = self._implications[each].when
                then = [(finding, word) for finding, word in self._then[each] if finding not in answers]
                if not then or not holds(when, could_hold):
                    continue
                open_ones = [leaf.finding for leaf in leaves(when) if isinstance(leaf, Is)]
                for finding, word in then:
                    if word not in words.setdefault(finding, set()):
                        words[finding].add(word)
                        new.append(finding)
                    within.setdefault(finding, {}).update(dict.fromkeys(open_ones))
            look = {each for finding in new for each in self._of.get(finding, ())}
        return Doubts(words, {**themselves, **{each: _unsure_behind(each, within, unsure) for each in words}})


def _unsure_behind(finding: str, within: Mapping[str, Iterable[str]], unsure: Set[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    waiting = [finding]
    while waiting:
        for each in within.get(waiting.pop(), ()):
            if each not in found:
                found[each] = None
                waiting.append(each)
    return tuple(each for each in found if each in unsure)


def _reader(condition: Condition) -> Callable[[Answers], bool]:
    """Whether answers make a condition over findings true."""
    if isinstance(condition, Is):
        return partial(is_true, condition)
    assert isinstance(condition, Group), "an implication is over findings alone"
    words = {(each.finding, each.value) for each in condition.of if isinstance(each, Is)}
    if condition.kind == "any" and len(words) == len(condition.of) and all(type(word) is str for _, word in words):
        return lambda known: not words.isdisjoint(known.items())  # one look, however many words there are
    parts = list(map(_reader, condition.of))
    if condition.kind in ("all", "any"):
        some = all if condition.kind == "all" else any
        return lambda known: some(part(known) for part in parts)
    return lambda known: sum(part(known) for part in parts) >= condition.count


def consequences(rulebase: RuleBase) -> Consequences:
    """What follows from answers by the implications of this rule base."""
    return _consequences(_These(rulebase.implications))


@lru_cache(maxsize=16)
def _consequences(these: _These) -> Consequences:
    return Consequences(these.implications)


def contradictions(rulebase: RuleBase, answers: Answers) -> tuple[Implication, ...]:
    """What follows from the answers and was answered otherwise. `unsure` contradicts nothing."""
    prepared = consequences(rulebase)
    known = prepared.from_answers(answers)
    return tuple(
        each
        for each, when in zip(rulebase.implications, prepared.when, strict=True)
        if any(known.get(finding) not in (word, UNSURE) for finding, word in each.then.items()) and when(known)
    )
