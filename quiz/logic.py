"""What a condition means: when it is true, its denial, and what follows from answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache, partial

from quiz.model import (
    NO,
    UNSURE,
    YES,
    Answer,
    Answers,
    Condition,
    Finding,
    Group,
    Holds,
    Implication,
    Interval,
    Is,
    Named,
    RuleBase,
    leaves,
)

Leaf = Is | Holds | Named


def is_true(leaf: Is, answers: Answers) -> bool:
    """Whether an answer given makes this test true. Not asked and `unsure` make no test true."""
    answer = answers.get(leaf.finding)
    if isinstance(leaf.value, Interval):
        return isinstance(answer, (int, float)) and answer in leaf.value
    return answer == leaf.value


def denial(condition: Condition, findings: Mapping[str, Finding]) -> Condition:
    """The condition that is true when answers rule this one out. It is not the same as "not true".

    A named state cannot be denied: raises ValueError.
    """
    if isinstance(condition, Is):
        if isinstance(condition.value, Interval):
            others: tuple[Is, ...] = tuple(Is(condition.finding, part) for part in condition.value.outside())
        else:
            words = findings[condition.finding].words
            others = tuple(Is(condition.finding, word) for word in words if word != condition.value)
        return others[0] if len(others) == 1 else Group("any", others)
    if isinstance(condition, Holds):
        return Holds(condition.concept, NO if condition.value == YES else YES)
    if isinstance(condition, Named):
        raise ValueError("a named state cannot be denied")
    if condition.kind == "none":
        return Group("any", condition.of)
    denied = tuple(denial(part, findings) for part in condition.of)
    if condition.kind == "all":
        return Group("any", denied)
    if condition.kind == "any":
        return Group("all", denied)
    return Group("at_least", denied, len(denied) - condition.count + 1)


def positive(condition: Condition, findings: Mapping[str, Finding]) -> Condition:
    """The same condition with every `none` written out as `all` of the denials."""
    if not isinstance(condition, Group):
        return condition
    if condition.kind == "none":
        return Group("all", tuple(positive(denial(part, findings), findings) for part in condition.of))
    parts = tuple(positive(part, findings) for part in condition.of)
    same = all(part is was for part, was in zip(parts, condition.of, strict=True))
    return condition if same else Group(condition.kind, parts, condition.count)


def holds(condition: Condition, leaf_holds: Callable[[Leaf], bool]) -> bool:
    """Whether a condition without `none` (see `positive`) is true, given which single tests are."""
    if not isinstance(condition, Group):
        return leaf_holds(condition)
    if condition.kind == "all":
        return all(holds(part, leaf_holds) for part in condition.of)
    if condition.kind == "any":
        return any(holds(part, leaf_holds) for part in condition.of)
    return sum(holds(part, leaf_holds) for part in condition.of) >= condition.count


def with_consequences(rulebase: RuleBase, answers: Answers) -> dict[str, Answer]:
    """The answers with all that follows from them. What the person answered is never overwritten.

    Implications are over findings alone, so they are settled without the rules.
    """
    return follows(rulebase).from_answers(answers)


@dataclass(frozen=True, slots=True)
class Doubts:
    """What answers `unsure` leave open in findings that nobody answered.

    If such an answer were another one, something could follow from it: `words` has for each finding what, and `behind`
    the answers `unsure` that it would follow from. Whatever follows from other answers is no answer to the finding.
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


_NO_DOUBTS = Doubts({}, {})


class Follows:
    """What follows from answers by some implications. See `follows`."""

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
        """What answers leave open beside those of them that are `unsure`. `known` has what follows as well."""
        if self._of.keys().isdisjoint(unsure):
            return _NO_DOUBTS
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
        return Doubts(words, {finding: _unsure_behind(finding, within, unsure) for finding in words})


def _unsure_behind(finding: str, within: Mapping[str, Iterable[str]], unsure: Set[str]) -> list[str]:
    found: dict[str, None] = {}
    waiting = [finding]
    while waiting:
        for each in within.get(waiting.pop(), ()):
            if each not in found:
                found[each] = None
                waiting.append(each)
    return [each for each in found if each in unsure]


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


def follows(rulebase: RuleBase) -> Follows:
    """What follows from answers by the implications of this rule base."""
    return _follows(_These(rulebase.implications))


@lru_cache(maxsize=16)
def _follows(these: _These) -> Follows:
    return Follows(these.implications)


def contradictions(rulebase: RuleBase, answers: Answers) -> tuple[Implication, ...]:
    """What follows from the answers and was answered otherwise. `unsure` contradicts nothing."""
    prepared = follows(rulebase)
    known = prepared.from_answers(answers)
    return tuple(
        each
        for each, when in zip(rulebase.implications, prepared.when, strict=True)
        if any(known.get(finding) not in (word, UNSURE) for finding, word in each.then.items()) and when(known)
    )
