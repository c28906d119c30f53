"""Items and answers made up on the spot, without rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

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
