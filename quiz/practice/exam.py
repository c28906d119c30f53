"""An exam: a paper that a seed brings about, what a student answers, and the score.

The same seed, number of items and rules give the same paper on every machine, so nothing of it has to be sent around.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from quiz.practice.marks import MARKS, mark
from quiz.practice.schedule import in_utc
from quiz.practice.values import Certainty, Item, Response
from quiz.text import inert

LONGEST_NAME = 60
MOST_ITEMS = 500

Deal = Callable[[int, int], Sequence[Item]]
"""Seed and number of items to the items; the same ones at every call."""


@dataclass(frozen=True, slots=True)
class Paper:
    """The items of an exam. `minutes` is 0 where there is no limit; `fingerprint` is that of the rules."""

    seed: int
    items: tuple[Item, ...]
    minutes: int
    fingerprint: str

    @property
    def digest(self) -> str:
        """Short, and another one where any item, option or key is: two programs may deal differently."""
        told = [[each.id, [[option.id, option.right] for option in each.options]] for each in self.items]
        return sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:16]

    def ends(self, began: datetime) -> datetime | None:
        """When the time is up; None without a limit."""
        return began + timedelta(minutes=self.minutes) if self.minutes else None

    def left(self, began: datetime, now: datetime) -> timedelta | None:
        """The time that is left: never less than none, nor more than all; None without a limit."""
        ends = self.ends(began)
        return None if ends is None else min(max(ends - now, timedelta(0)), timedelta(minutes=self.minutes))


def paper(seed: int, count: int, minutes: int, fingerprint: str, deal: Deal) -> Paper:
    """Raises ValueError for more than MOST_ITEMS, and where fewer items came about, or the same one twice."""
    if count > MOST_ITEMS:
        raise ValueError(f"{count} items are more than an exam can have, which is {MOST_ITEMS}")
    items = tuple(deal(seed, count))
    if len(items) != count or len({each.id for each in items}) != count:
        raise ValueError(f"seed {seed} gave {len({each.id for each in items})} different items instead of {count}")
    return Paper(seed, items, minutes, fingerprint)


@dataclass(frozen=True, slots=True)
class Given:
    """An answer in an exam. Nothing chosen and `certainty` None is an item that was left out."""

    item: str
    chosen: frozenset[str] = frozenset()
    certainty: Certainty | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Result:
    """What a student hands in. `student` is the name they chose, or empty; `began` knows its time zone."""

    seed: int
    count: int
    minutes: int
    fingerprint: str
    digest: str
    student: str
    began: datetime
    given: tuple[Given, ...] = ()

    def with_answer(self, given: Given) -> Result:
        """The result with one more answer; an item answered again replaces its answer and adds its time."""
        before = next((each for each in self.given if each.item == given.item), None)
        if before is None:
            return replace(self, given=(*self.given, given))
        again = replace(given, seconds=before.seconds + given.seconds)
        return replace(self, given=tuple(again if each is before else each for each in self.given))


def begin(paper: Paper, student: str, now: datetime) -> Result:
    """An exam that begins now."""
    name = " ".join(inert(student).split())[:LONGEST_NAME]
    return Result(paper.seed, len(paper.items), paper.minutes, paper.fingerprint, paper.digest, name, in_utc(now))


def responses(paper: Paper, result: Result) -> list[Response | None]:
    """The answers beside the items of the paper, None for an item left out."""
    given = {each.item: each for each in result.given}
    found: list[Response | None] = []
    for item in paper.items:
        each = given.get(item.id)
        found.append(Response(item, each.chosen, each.certainty) if each and each.certainty else None)
    return found


@dataclass(frozen=True, slots=True)
class Score:
    """`marks` are those by certainty, `most` what only right and sure answers would earn. Items left out earn none."""

    right: int
    left_out: int
    items: int
    marks: int
    most: int


def score(paper: Paper, result: Result) -> Score:
    found = responses(paper, result)
    answered = [each for each in found if each is not None]
    most = len(found) * max(right for right, _ in MARKS.values())
    marks = sum(map(mark, answered))
    return Score(sum(each.correct for each in answered), len(found) - len(answered), len(found), marks, most)
