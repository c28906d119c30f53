"""How the rules do on cases whose answer is known: shares of cases, each with its exact 95% interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import comb

from quiz.review.known_cases import LEVELS, KnownCase


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `cases`."""

    name: str
    hits: int
    cases: int

    def interval(self) -> tuple[float, float]:
        """The exact 95% interval of a share (Clopper and Pearson, 1934), from 0 to 1."""
        low = 0.0 if self.hits == 0 else _root(lambda p: _at_least(self.hits, self.cases, p) - 0.025)
        high = 1.0 if self.hits == self.cases else _root(lambda p: _at_least(self.hits + 1, self.cases, p) - 0.975)
        return low, high

    def __str__(self) -> str:
        if not self.cases:
            return f"{self.name:<44} no case"
        low, high = self.interval()
        told = f"{self.hits / self.cases:6.1%}  ({self.hits}/{self.cases}; {low:.0%} to {high:.0%})"
        return f"{self.name:<44} {told}"


def _at_least(hits: int, cases: int, p: float) -> float:
    return sum(comb(cases, each) * p**each * (1 - p) ** (cases - each) for each in range(hits, cases + 1))


def _root(rising: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2


def figures(cases: Sequence[KnownCase]) -> list[str]:
    """A line for each share, and one for how many states are named."""
    with_state = [each for each in cases if each.wanted]
    without = [each for each in cases if not each.wanted]
    mean = sum(len(each.named) for each in with_state) / max(1, len(with_state))
    return [
        *map(str, _shares(cases, with_state, without)),
        f"{'states named where one was the answer, mean':<44} {mean:.2f}",
    ]


def _shares(
    read: Sequence[KnownCase], with_state: Sequence[KnownCase], without: Sequence[KnownCase]
) -> Iterator[Share]:
    def share(name: str, cases: Sequence[KnownCase], hits: Iterable[bool]) -> Share:
        return Share(name, sum(hits), len(cases))

    yield share("driving state named", with_state, (each.wanted[0] in each.named for each in with_state))
    yield share(
        "driving state among the first three", with_state, (each.wanted[0] in each.named[:3] for each in with_state)
    )
    yield share("driving state first", with_state, (each.named[:1] == each.wanted[:1] for each in with_state))
    yield share("all states named", with_state, (set(each.wanted) <= set(each.named) for each in with_state))
    yield share("no state was the answer: one told strongly", without, (each.strong for each in without))
    yield share("no state was the answer: any told", without, (bool(each.named) for each in without))
    urgent = [each for each in read if each.least == LEVELS.index("emergency")]
    calm = [each for each in read if each.least != LEVELS.index("emergency")]
    yield share("emergencies told as such", urgent, (each.told == each.least for each in urgent))
    yield share("others not told as emergencies", calm, (each.told != LEVELS.index("emergency") for each in calm))
    yield share("less urgent than it should be", read, (each.told < each.least for each in read))
    yield share("less urgent by two steps or more", read, (each.told <= each.least - 2 for each in read))
    yield share("more urgent than it should be", read, (each.told > each.least for each in read))
