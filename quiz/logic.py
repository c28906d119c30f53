"""What a condition means: when it is true, and its denial."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from quiz.model import NO, YES, Answers, Condition, Finding, Group, Holds, Interval, Is, Named

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
