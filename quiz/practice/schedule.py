"""When a card comes again. The only home of fsrs (the Free Spaced Repetition Scheduler).

Grades come from correctness, certainty and hints:

    wrong                                Again
    right, after a hint or as a guess    Hard
    right, fairly sure                   Good
    right, sure                          Easy

Nothing is left to chance: intervals are not fuzzed, and the clock is an argument. A moment without a time zone is
refused with ValueError; days are those of the zone that the clock is given in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING

from quiz.practice.values import Answered, Certainty

if TYPE_CHECKING:
    from fsrs import Card, Scheduler

RETENTION = 0.9
"""The chance of recall at which a card comes again."""

SOON_AGAIN = timedelta(minutes=10)
"""How soon a card comes again after an error: within the same sitting."""

LONGEST = 365
"""Days. Nothing is left alone for longer than a course lasts."""


class Grade(IntEnum):
    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4


def grade(answered: Answered) -> Grade:
    """What an answer says of each card it practises."""
    if not answered.correct:
        return Grade.AGAIN
    if answered.hints or answered.certainty is Certainty.GUESS:
        return Grade.HARD
    return Grade.EASY if answered.certainty is Certainty.SURE else Grade.GOOD


@dataclass(frozen=True, slots=True)
class Memory:
    """What is assumed of a card that was seen. Moments are in UTC.

    `stability` is the number of days until recall falls to 90 percent, `difficulty` from 1 (easy) to 10. `stage` and
    `step` say where in its first lessons a card is; `step` is None once it has passed them.
    """

    stability: float
    difficulty: float
    stage: int
    step: int | None
    due: datetime
    last: datetime


class Schedule:
    """Pure functions over memories. The library is loaded at first use."""

    @cached_property
    def _scheduler(self) -> Scheduler:
        from fsrs import Scheduler

        return Scheduler(
            desired_retention=RETENTION,
            learning_steps=(SOON_AGAIN,),
            relearning_steps=(SOON_AGAIN,),
            maximum_interval=LONGEST,
            enable_fuzzing=False,
        )

    def reviewed(self, memory: Memory | None, grade: Grade, now: datetime) -> Memory:
        """The memory after a review. None is a card never seen."""
        from fsrs import Rating

        moment = in_utc(now)
        card, _ = self._scheduler.review_card(_card(memory, moment), Rating(grade), moment)
        assert card.stability is not None
        assert card.difficulty is not None
        return Memory(card.stability, card.difficulty, int(card.state), card.step, card.due, moment)

    def recall(self, memory: Memory, now: datetime) -> float:
        """The chance, from 0 to 1, that a card is recalled at this moment. It changes once a day."""
        moment = in_utc(now)
        return float(self._scheduler.get_card_retrievability(_card(memory, moment), moment))


def _card(memory: Memory | None, now: datetime) -> Card:
    from fsrs import Card, State

    if memory is None:
        return Card(card_id=0, due=now)
    return Card(0, State(memory.stage), memory.step, memory.stability, memory.difficulty, memory.due, memory.last)


def in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Load:
    """How much work is ahead, in cards. `days` are the seven days after today; `new` were never seen."""

    now: int
    later_today: int
    days: tuple[int, ...]
    new: int


def load(memories: Mapping[str, Memory], cards: Iterable[str], now: datetime) -> Load:
    """The load of these cards. What is overdue counts as due now, once."""
    in_utc(now)
    due_now, later, days, new = 0, 0, [0] * 7, 0
    for card in cards:
        if card not in memories:
            new += 1
            continue
        due = memories[card].due
        ahead = (due.astimezone(now.tzinfo).date() - now.date()).days
        if due <= now:
            due_now += 1
        elif ahead == 0:
            later += 1
        elif ahead <= len(days):
            days[ahead - 1] += 1
    return Load(due_now, later, tuple(days), new)


def due(memories: Mapping[str, Memory], now: datetime) -> list[str]:
    """The cards that are due, the longest overdue first."""
    moment = in_utc(now)
    late = [(memory.due, card) for card, memory in memories.items() if memory.due <= moment]
    return [card for _, card in sorted(late)]
