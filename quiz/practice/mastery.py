"""Where a student stands: what is learned, which states are mistaken for which, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Protocol

from quiz.model import RuleBase, State
from quiz.practice.calibration import Level, calibration
from quiz.practice.cards import CONCEPT, PAIR, RULE, TEACHING, kind_of, label, meanings
from quiz.practice.marks import HasCertainty
from quiz.practice.schedule import Load, Memory, due, load

KINDS = {RULE: "rules", CONCEPT: "ideas", TEACHING: "points to learn", PAIR: "pairs to tell apart"}

KNOWN = 0.8
"""The chance of recall from which a card counts as known."""

CURVE_DAYS = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """How a card stands. `recall` is the chance that it is recalled now, from 0 to 1."""

    card: str
    label: str
    seen: int
    right: int
    recall: float
    due: datetime

    @property
    def known(self) -> bool:
        """Likely to be recalled, and right at least once: a card is no better for an error that is fresh."""
        return self.recall >= KNOWN and self.right > 0


@dataclass(frozen=True, slots=True)
class Share:
    """How many cards of one kind were seen and are known."""

    kind: str
    known: int
    seen: int
    all: int


@dataclass(frozen=True, slots=True)
class MixUp:
    """A state that was right, the one that was chosen in its place, and how often."""

    right: State
    chosen: State
    times: int


@dataclass(frozen=True, slots=True)
class Streak:
    """Days of practice. `days` in a row up to today, or up to yesterday; `last` is the latest day there was."""

    days: int
    last: date | None
    today: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is shown. `answers` is how many there are; `seen` are the cards seen, the least recalled first.

    `counts` are how often each state (first) was answered with each (second). `curve` is the average chance of recall
    of what was right at least once, today and on each of the next days, if nothing is practised.
    """

    now: datetime
    answers: int
    shares: tuple[Share, ...]
    seen: tuple[Standing, ...]
    due: tuple[Standing, ...]
    load: Load
    states: tuple[State, ...]
    counts: Mapping[tuple[str, str], int]
    mix_ups: tuple[MixUp, ...]
    curve: tuple[float, ...]
    levels: tuple[Level, ...]
    streak: Streak
    begun_anew: tuple[str, ...]

    @property
    def weakest(self) -> tuple[Standing, ...]:
        """What is seen and not known."""
        return tuple(each for each in self.seen if not each.known)


def streak(days: Iterable[date], today: date) -> Streak:
    """A day without practice yet breaks nothing before it is over."""
    practised = sorted({day for day in days if day <= today}, reverse=True)
    if not practised:
        return Streak(0, None, False)
    running = 0
    if practised[0] >= today - timedelta(days=1):
        running = 1
        for later, earlier in pairwise(practised):
            if later - earlier != timedelta(days=1):
                break
            running += 1
    return Streak(running, practised[0], practised[0] == today)


class Kept(Protocol):
    """What is asked of `quiz.practice.progress.Progress`."""

    def memories(self, meanings: Mapping[str, str]) -> Mapping[str, Memory]: ...
    def tally(self, meanings: Mapping[str, str]) -> Mapping[str, tuple[int, int]]: ...
    def begun_anew(self, meanings: Mapping[str, str]) -> Sequence[str]: ...
    def mix_ups(self) -> Mapping[tuple[str, str], int]: ...
    def latest(self, most: int) -> Sequence[HasCertainty]: ...
    def count(self) -> int: ...
    def days(self, now: datetime) -> Iterable[date]: ...


LATEST = 200
"""Answers that tell how sure a student may be now; older ones tell how sure they were."""


def picture(rulebase: RuleBase, kept: Kept, recall: Callable[[Memory, datetime], float], now: datetime) -> Picture:
    """The picture at this moment. `recall` is the one of `Schedule`; days are those of the zone of `now`."""
    cards = meanings(rulebase)
    memories, tally = kept.memories(cards), kept.tally(cards)
    known = [card for card in cards if card in memories]
    unseen = [card for card in cards if card not in memories]
    standing = {
        card: Standing(
            card, label(rulebase, card), *tally.get(card, (0, 0)), recall(memories[card], now), memories[card].due
        )
        for card in known
    }
    shares = []
    for kind in KINDS:
        seen = [standing[card] for card in known if kind_of(card) == kind]
        shares.append(
            Share(
                kind,
                sum(each.known for each in seen),
                len(seen),
                len(seen) + sum(kind_of(card) == kind for card in unseen),
            )
        )
    states = rulebase.states
    counts = {
        (right, chosen): times for (right, chosen), times in kept.mix_ups().items() if {right, chosen} <= states.keys()
    }
    mixed = [
        MixUp(states[right], states[chosen], times) for (right, chosen), times in counts.items() if right != chosen
    ]
    learned = [memories[card] for card in known if standing[card].right]
    return Picture(
        now=now,
        answers=kept.count(),
        shares=tuple(shares),
        seen=tuple(sorted(standing.values(), key=lambda each: (each.known, each.recall, each.card))),
        due=tuple(standing[card] for card in due({card: memories[card] for card in known}, now)),
        load=load(memories, [*known, *unseen], now),
        states=_by_electrolyte(states.values()),
        counts=counts,
        mix_ups=tuple(sorted(mixed, key=lambda each: (-each.times, each.right.id, each.chosen.id))),
        curve=_curve(learned, recall, now),
        levels=calibration(kept.latest(LATEST)),
        streak=streak(kept.days(now), now.date()),
        begun_anew=tuple(label(rulebase, card) for card in kept.begun_anew(cards)),
    )


def _by_electrolyte(states: Iterable[State]) -> tuple[State, ...]:
    """In the order of the rules, with the two directions of an electrolyte side by side, low first."""
    listed = list(states)
    order = list(dict.fromkeys(each.electrolyte for each in listed))
    return tuple(sorted(listed, key=lambda each: (order.index(each.electrolyte), each.direction != "low")))


def _curve(memories: Sequence[Memory], recall: Callable[[Memory, datetime], float], now: datetime) -> tuple[float, ...]:
    if not memories:
        return ()
    moments = [now + timedelta(days=day) for day in range(CURVE_DAYS + 1)]
    return tuple(sum(recall(memory, moment) for memory in memories) / len(memories) for moment in moments)
