"""A few findings, so few that every set of answers to them can be tried."""

from __future__ import annotations

from itertools import product

from quiz.model import UNSURE, Answers, Condition, Group, Is
from tests import making

FEW = (*making.FINDINGS[:2], making.FINDINGS[6], making.FINDINGS[7])
"""f0, f1, pot and level."""

EVERYTHING: list[Answers] = [
    {finding.id: answer for finding, answer in zip(FEW, answers, strict=True) if answer is not None}
    for answers in product(*((*(each.words or making.POINTS), UNSURE, None) for each in FEW))
]
"""Every set of answers, those that contradict what follows among them."""


def narrowed(condition: Condition) -> Condition:
    """A condition that is about these findings alone, made from one about `making.FINDINGS`."""
    if isinstance(condition, Group):
        return Group(condition.kind, tuple(map(narrowed, condition.of)), condition.count)
    if isinstance(condition, Is) and condition.finding.startswith("f"):
        return Is(f"f{int(condition.finding[1:]) % 2}", condition.value)
    return condition
