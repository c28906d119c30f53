"""Items and answers made up on the spot, without rules, and what many items have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt

from quiz.practice.giveaway import FEW
from quiz.practice.values import Answered, Certainty, Item, ItemOption, Kind

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def option(name: str, right: bool = False, text: str = "", rationale: str = "", right_if: str = "") -> ItemOption:
    return ItemOption(name, text or f"the option {name}", right, rationale or f"why {name}", right_if)


def item(
    name: str,
    right: Sequence[str] = ("a",),
    wrong: Sequence[str] = ("b", "c", "d"),
    kind: Kind = "mechanism",
    cards: Sequence[str] = (),
    stem: str = "",
) -> Item:
    options = tuple(option(each, each in right) for each in sorted({*right, *wrong}))
    return Item(name, kind, stem or f"What of {name}?", options, len(right) > 1, tuple(cards), 0.5, "Because.", ())


def given(
    name: str,
    right: Iterable[str] = ("a",),
    chosen: Iterable[str] | None = None,
    certainty: Certainty = Certainty.FAIRLY,
    kind: Kind = "mechanism",
    cards: Sequence[str] = (),
    at: datetime = NOON,
    hints: int = 0,
    seconds: float = 10.0,
    ahead: bool = False,
) -> Answered:
    """An answer; a right one unless something else was chosen."""
    key = frozenset(right)
    picked = key if chosen is None else frozenset(chosen)
    return Answered(name, kind, key, picked, certainty, hints, tuple(cards), at, seconds, ahead)


def marked(certainty: Certainty, correct: bool) -> Answered:
    return given("x", chosen=("a",) if correct else ("b",), certainty=certainty)


# --- over many items --------------------------------------------------------------------------------

TELLING = 0.15
"""A difference in length by this share is too small to see."""


@dataclass(frozen=True, slots=True)
class Balance:
    """How far items with one right option are from telling it by its place or length, in standard errors.

    Above 3 a student could learn the habit. Each is the largest distance from what chance alone would give.
    """

    items: int
    place: float
    longest: float
    shortest: float


def balance(items: Iterable[Item]) -> Balance:
    """Over items with one right option. Where options are about as long as each other, each counts by its share."""
    single = [item for item in items if not item.several]
    places = max((len(item.options) for item in single), default=0)
    by_place = [_Tally() for _ in range(places)]
    longest, shortest = _Tally(), _Tally()
    for item in single:
        chance = 1 / len(item.options)
        for place, option in enumerate(item.options):
            by_place[place].add(float(option.right), chance)
        if max(len(option.text) for option in item.options) <= FEW:
            continue
        for tally, sign in ((longest, 1), (shortest, -1)):
            most = max(sign * len(option.text) for option in item.options)
            ends = [option.right for option in item.options if sign * len(option.text) >= most - TELLING * abs(most)]
            if len(ends) < len(item.options):
                tally.add(sum(ends) / len(ends), chance)
    return Balance(
        len(single), max((abs(each.distance) for each in by_place), default=0.0), longest.distance, shortest.distance
    )


class _Tally:
    """Counts how often something was so, against how often chance would have it."""

    def __init__(self) -> None:
        self.found = self.expected = self.spread = 0.0

    def add(self, found: float, chance: float) -> None:
        self.found += found
        self.expected += chance
        self.spread += chance * (1 - chance)

    @property
    def distance(self) -> float:
        return (self.found - self.expected) / sqrt(self.spread) if self.spread else 0.0
