"""What practice costs beside the engine alone: `uv run python -m tests.bench.practice`.

Each sitting is a process of its own, as memory that durable-rules has taken is never given back. A made-up student
answers, two in five times by chance, so that mistaken beliefs are looked for all the while.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from resource import RUSAGE_SELF, getrusage
from statistics import median
from time import perf_counter

from quiz.conversation import Option
from quiz.engine import Engine
from quiz.practice.course import Course
from quiz.practice.items import Items
from quiz.practice.misconceptions import Misconceptions
from quiz.practice.progress import opened
from quiz.practice.right_if import RightIf
from quiz.practice.schedule import Schedule
from quiz.practice.talk import LEAVE, NEXT, SURENESS, Dealt, Tally, practise
from quiz.practice.values import Item
from quiz.rulebase import load
from tests.bench.timing import tell
from tests.practice_making import NOON

SHORT, LONG = 50, 300
"""Items of a sitting."""

AIM = 200
"""Megabytes that the longest sitting may take."""

KNOWS = 0.6
"""How often the student knows the answer."""


def run() -> None:
    alone, short, long = (_sitting(items) for items in (0, SHORT, LONG))
    _tell_memory(f"memory of a sitting of {LONG} items", long[0], alone[0], "the engine alone", f"<= {AIM} MB")
    _tell_memory(f"memory of {LONG} items", long[0], short[0], f"that of {SHORT}", "<= 1.1")
    tell("the next item", long[2], long[1], "an assessment")
    tell("the longest wait for an item", long[3], long[1], "an assessment")
    tell("what would make each option right", long[4], long[1], "an assessment")


def _tell_memory(what: str, took: float, floor: float, of: str, aim: str) -> None:
    print(f"{what:<44} {took / floor:>8.2f} times {of}  ({took:.0f}, {floor:.0f} MB)  aim: {aim}", flush=True)


def _sitting(items: int) -> list[float]:
    """Megabytes at most, and seconds: of an assessment, an item, the longest wait, and an explanation (medians)."""
    command = [sys.executable, "-m", "tests.bench.practice", str(items)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(each) for each in done.stdout.split()]


# --- one sitting ------------------------------------------------------------------------------------


class Student:
    """A desk that deals from a course, and a front that answers what it dealt."""

    def __init__(self, course: Course, items: int) -> None:
        self.keep, self.undo, self.remarks = course.keep, course.undo, course.remarks
        self._course, self._left, self._dice = course, items, Random(5)
        self._item: Item | None = None
        self.waits: list[float] = []

    def deal(self) -> Dealt | None:
        begin = perf_counter()
        dealt = self._course.deal()
        self.waits.append(perf_counter() - begin)
        self._item = dealt.item if dealt is not None else None
        return dealt

    def choose(self, title: str, options: Sequence[Option]) -> str:
        values = [each.value for each in options]
        if NEXT in values:
            self._left -= 1
            return NEXT if self._left > 0 else LEAVE
        if SURENESS[0][0].value in values:
            return self._dice.choice([each.value for each, _, _ in SURENESS])
        return self._dice.choice(self._known() or self._options())

    def choose_several(self, title: str, options: Sequence[Option], commands: Sequence[Option] = ()) -> tuple[str, ...]:
        return tuple(self._known()) or (self._dice.choice(self._options()),)

    def pick(self, title: str, options: Sequence[Option], commands: Sequence[Option] = ()) -> str:
        raise AssertionError("nothing is typed here")

    def say(self, text: str) -> None:
        """Nobody reads it."""

    def _options(self) -> list[str]:
        assert self._item is not None
        return [each.id for each in self._item.options]

    def _known(self) -> list[str]:
        assert self._item is not None
        return sorted(self._item.key) if self._dice.random() < KNOWS else []


def sit(items: int, folder: Path) -> None:
    """One sitting; prints what `_sitting` reads."""
    rulebase = load()
    engine = Engine(rulebase)
    cases = [each.answers for each in list(rulebase.vignettes.values())[::8]]
    begun = perf_counter()
    for case in cases:
        engine.assess(case)
    assessment = (perf_counter() - begun) / len(cases)
    if not items:
        print(_megabytes(), assessment)
        return
    now, right_if, took = _clock(), RightIf(rulebase, engine), []

    def explained(item: Item) -> Item:
        begin = perf_counter()
        filled = right_if.filled(item)
        took.append(perf_counter() - begin)
        return filled

    with opened(folder / "practice.sqlite3", Schedule().reviewed, "bench", NOON) as progress:
        course = Course(
            rulebase, engine.assess, Items(rulebase, engine), Misconceptions(engine), progress, lambda: next(now), 7
        )
        student = Student(course, items)
        practise(student, student, explained, lambda: next(now), Tally())
    print(_megabytes(), assessment, median(student.waits), max(student.waits), median(took))


def _clock() -> Iterator[datetime]:
    now = NOON
    while True:
        yield now
        now += timedelta(seconds=20)


def _megabytes() -> float:
    most = getrusage(RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 2**10


if __name__ == "__main__":
    if sys.argv[1:]:
        with tempfile.TemporaryDirectory() as name:
            sit(int(sys.argv[1]), Path(name))
    else:
        run()
