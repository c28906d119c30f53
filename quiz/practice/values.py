"""The words of practice as plain, immutable values. Nothing here acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal

from quiz.model import Answers

Kind = Literal["state", "mechanism", "context", "urgency", "shift", "check", "comparison", "food"]
"""What an item asks: which electrolyte and direction; which mechanism links two findings; which context matters most;
how urgent; whether a new finding makes a state more likely; what to ask the clinician to check; a row of a comparison;
a food."""


@dataclass(frozen=True, slots=True)
class Case:
    """A person to think about. `id` is a vignette's, or "generated-SEED"; the same id tells the same case anywhere.

    `story` reads like a person and holds all that `answers` hold. `competition` is how strongly other states compete
    with the key: 0 (none is named or near) to 1 (one is as strong).
    """

    id: str
    title: str
    story: str
    answers: Answers
    competition: float


@dataclass(frozen=True, slots=True)
class ItemOption:
    """One option of an item. Every option has a rationale: why it is right, or why wrong.

    `right_if` tells the smallest change of answers that would make a wrong option right; empty where none does.
    """

    id: str
    text: str
    right: bool
    rationale: str
    right_if: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One question with its options. `id` is stable: the same rules, case and kind give the same id.

    `several` means that more than one option may be right, and the person chooses all that are. `cards` are ids of what
    the item practises (see `quiz.practice.cards`). `difficulty` is from 0 (easy) to 1. `answer` explains the key as a
    whole, with its chain of rules. `hints` are up to four rungs, each telling more.
    """

    id: str
    kind: Kind
    stem: str
    options: tuple[ItemOption, ...]
    several: bool
    cards: tuple[str, ...]
    difficulty: float
    answer: str
    hints: tuple[str, ...]
    case: Case | None = None

    @property
    def key(self) -> frozenset[str]:
        """The ids of the right options."""
        return frozenset(option.id for option in self.options if option.right)


class Certainty(Enum):
    """How sure a student is of an answer."""

    GUESS = "guess"
    FAIRLY = "fairly"
    SURE = "sure"


@dataclass(frozen=True, slots=True)
class Response:
    """What a student answered. `chosen` are ids of options; `hints` is the number of rungs that were shown."""

    item: Item
    chosen: frozenset[str]
    certainty: Certainty
    hints: int = 0

    @property
    def correct(self) -> bool:
        return self.chosen == self.item.key


@dataclass(frozen=True, slots=True)
class Answered:
    """One answered item as it is kept: only ids, so that it outlives every rewording.

    `at` knows its time zone. `seconds` is how long the item was on the screen. `ahead` means that it was practised
    before it was due and leaves the schedule as it is.
    """

    item: str
    kind: str
    key: frozenset[str]
    chosen: frozenset[str]
    certainty: Certainty
    hints: int
    cards: tuple[str, ...]
    at: datetime
    seconds: float = 0.0
    ahead: bool = False

    @property
    def correct(self) -> bool:
        return self.chosen == self.key


def answered(response: Response, at: datetime, seconds: float = 0.0, *, ahead: bool = False) -> Answered:
    """What is kept of a response."""
    item = response.item
    return Answered(
        item.id,
        item.kind,
        item.key,
        response.chosen,
        response.certainty,
        response.hints,
        item.cards,
        at,
        seconds,
        ahead,
    )
