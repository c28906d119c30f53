"""An exam: a paper that a seed brings about, and the file that a student hands in.

The same seed, number of items and rules give the same paper on every machine, so nothing of it has to be sent around.
A result file holds what was answered and nothing of the key: whoever collects it brings the paper about again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from quiz import yamltext
from quiz.errors import Position, Problem, ProblemsError
from quiz.practice.marks import MARKS, mark
from quiz.practice.schedule import in_utc
from quiz.practice.values import Certainty, Item, Response
from quiz.store import write_private
from quiz.text import inert
from quiz.yamltext import Node

FORMAT = 1

LONGEST_NAME = 60
MOST_ITEMS = 500

Deal = Callable[[int, int], Sequence[Item]]
"""Seed and number of items to the items; the same ones at every call."""


class ResultError(ProblemsError):
    """A result file that cannot be used."""


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
        """The time that is left, never less than none; None without a limit."""
        ends = self.ends(began)
        return None if ends is None else max(ends - now, timedelta(0))


def paper(seed: int, count: int, minutes: int, fingerprint: str, deal: Deal) -> Paper:
    """Raises ValueError where fewer items came about, or the same one twice: that would be another exam."""
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


# --- the file ---------------------------------------------------------------------------------------


def write_result(path: Path, result: Result) -> None:
    """Write the whole result in one step, for its owner only. Raises StoreError."""
    write_private(path, as_yaml(result))


def as_yaml(result: Result) -> str:
    return "# An exam of the electrolyte quiz. Hand this file in as it is.\n" + yamltext.write(
        {
            "exam": FORMAT,
            "rulebase": result.fingerprint,
            "paper": result.digest,
            "seed": result.seed,
            "items": result.count,
            "minutes": result.minutes,
            "student": result.student or None,
            "began": result.began.isoformat(timespec="seconds"),
            "answers": [
                {
                    "item": each.item,
                    "chosen": sorted(each.chosen),
                    "certainty": each.certainty.value if each.certainty else None,
                    "seconds": round(each.seconds, 1),
                }
                for each in result.given
            ],
        }
    )


def read_result(content: bytes, shown_as: str) -> Result:
    """Raises ResultError with every mistake at its place."""
    node = yamltext.parse(content, shown_as)
    if isinstance(node, Problem):
        raise ResultError([node])
    reader = _Reader(shown_as)
    result = reader.result(node)
    if reader.problems or result is None:
        raise ResultError(reader.problems)
    return result


class _Reader:
    """Reads a result file, and goes on after a mistake to find the next."""

    def __init__(self, shown_as: str) -> None:
        self.shown_as = shown_as
        self.problems: list[Problem] = []

    def result(self, node: Node) -> Result | None:
        fields = node.value if isinstance(node.value, Mapping) else {}
        if "exam" not in fields:
            self._wrong(node, "is not a result of an exam", "hand in the file that `practice --exam` wrote")
            return None
        if fields["exam"].value != FORMAT:
            self._wrong(fields["exam"], "was written by another version of this program", "use the same version")
            return None
        seed = self._whole(node, fields, "seed", -(10**15), 10**15)
        count = self._whole(node, fields, "items", 1, MOST_ITEMS)
        minutes = self._whole(node, fields, "minutes", 0, 10_000)
        began = self._moment(node, fields)
        name = self._text(fields, "student")[:LONGEST_NAME]
        answers = fields.get("answers")
        listed = answers.value if answers is not None else None
        if not isinstance(listed, tuple):
            self._wrong(node if answers is None else answers, "needs a list of answers", "")
            return None
        given = tuple(each for each in map(self._given, listed) if each is not None)
        if len({each.item for each in given}) != len(given):
            self._wrong(node, "answers an item twice", "keep one answer for each item")
        if began is None:
            return None
        fingerprint, digest = self._text(fields, "rulebase"), self._text(fields, "paper")
        return Result(seed, count, minutes, fingerprint, digest, name, began, given)

    def _given(self, node: Node) -> Given | None:
        fields = node.value if isinstance(node.value, Mapping) else {}
        name = self._text(fields, "item")
        chosen = fields["chosen"].value if "chosen" in fields else None
        if not name or not isinstance(chosen, tuple):
            self._wrong(node, "needs `item` and `chosen`", "")
            return None
        said = fields["certainty"].value if "certainty" in fields else None
        known = {each.value: each for each in Certainty}
        if said is not None and (not isinstance(said, str) or said not in known):
            self._wrong(fields["certainty"], f"certainty is one of {', '.join(known)}", "")
            return None
        seconds = fields["seconds"].value if "seconds" in fields else 0
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= 10**6:
            self._wrong(fields["seconds"], "seconds is a number from 0", "")
            return None
        picked = frozenset(str(each.value) for each in chosen)
        return Given(name, picked, known[said] if said is not None else None, float(seconds))

    def _whole(self, node: Node, fields: Mapping[str, Node], name: str, low: int, high: int) -> int:
        value = fields[name].value if name in fields else None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self._wrong(fields.get(name, node), f"{name} is a whole number from {low} to {high}", "")
            return low
        return value

    def _moment(self, node: Node, fields: Mapping[str, Node]) -> datetime | None:
        try:
            return in_utc(datetime.fromisoformat(self._text(fields, "began")))
        except (ValueError, OverflowError):  # no zone, or a moment that has no place in another zone
            what = "began is a moment with its time zone, as 2026-01-31T09:00:00+00:00"
            self._wrong(fields.get("began", node), what, "")
            return None

    def _text(self, fields: Mapping[str, Any], name: str) -> str:
        value = fields[name].value if name in fields else None
        return value if isinstance(value, str) else str(value) if isinstance(value, (int, float)) else ""

    def _wrong(self, node: Node, message: str, hint: str) -> None:
        self.problems.append(Problem(Position(self.shown_as, node.line, node.column), "E601", message, hint))
