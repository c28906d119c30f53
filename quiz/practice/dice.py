"""Chance that falls the same way on every machine: one seed, one course of events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws from a seed. Only `Random.random` is used: it alone is promised never to change for a seed."""

    def __init__(self, *seed: object) -> None:
        self._random = Random("/".join(map(str, seed)))

    def share(self) -> float:
        """A number from 0 up to, but not including, 1."""
        return self._random.random()

    def chance(self, probability: float) -> bool:
        return self.share() < probability

    def below(self, count: int) -> int:
        """A whole number from 0 up to, but not including, `count`."""
        return int(self.share() * count)

    def pick(self, among: Sequence[T]) -> T:
        return among[self.below(len(among))]

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """The items in any order (Fisher and Yates)."""
        found = list(items)
        for last in range(len(found) - 1, 0, -1):
            other = self.below(last + 1)
            found[last], found[other] = found[other], found[last]
        return found
