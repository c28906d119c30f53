"""What a condition means: when it is true, its denial, and what follows from answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain

from quiz.model import (
    NO,
    UNSURE,
    YES,
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
    return Group(condition.kind, tuple(positive(part, findings) for part in condition.of), condition.count)


def holds(condition: Condition, leaf_holds: Callable[[Leaf], bool]) -> bool:
    """Whether a condition without `none` (see `positive`) is true, given which single tests are."""
    if not isinstance(condition, Group):
        return leaf_holds(condition)
    if condition.kind == "all":
        return all(holds(part, leaf_holds) for part in condition.of)
    if condition.kind == "any":
        return any(holds(part, leaf_holds) for part in condition.of)
    return sum(holds(part, leaf_holds) for part in condition.of) >= condition.count


def with_consequences(rulebase: RuleBase, answers: Answers) -> Answers:
    """The answers with all that follows from them. What the person answered is never overwritten.

    Implications are over findings alone, so they are settled without the rules.
    """
    known = dict(answers)

    def is_known(leaf: Leaf) -> bool:
        return isinstance(leaf, Is) and is_true(leaf, known)

    waiting = rulebase.implications
    while waiting:
        certain: list[Implication] = []
        later: list[Implication] = []
        for each in waiting:
            (certain if holds(each.when, is_known) else later).append(each)
        if not certain:
            break
        for finding, word in chain.from_iterable(each.then.items() for each in certain):
            known.setdefault(finding, word)
        waiting = tuple(later)
    return known


def contradictions(rulebase: RuleBase, answers: Answers) -> tuple[Implication, ...]:
    """What follows from the answers and was answered otherwise. `unsure` contradicts nothing."""
    known = with_consequences(rulebase, answers)

    def is_known(leaf: Leaf) -> bool:
        return isinstance(leaf, Is) and is_true(leaf, known)

    return tuple(
        each
        for each in rulebase.implications
        if any(known.get(finding) not in (word, UNSURE) for finding, word in each.then.items())
        and holds(each.when, is_known)
    )
