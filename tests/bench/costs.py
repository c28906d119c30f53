"""What some things cost beside a floor of the same run: `uv run python -m tests.bench costs`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from quiz.engine import Engine
from quiz.practice.progress import Progress, opened
from quiz.practice.schedule import Schedule
from quiz.rulebase import load
from quiz.whatif import changes
from tests.bench.timing import interleaved, tell
from tests.practice_making import NOON, given
from tests.trying import Trying

CARDS = {f"rule:{number}": "1" for number in range(400)}
FEW, MANY = 10, 3_000
"""Answers in a student's file."""


def what_would_change() -> None:
    engine = Engine(load())
    answers = [each.answers for each in list(engine.rulebase.vignettes.values())[::30]]

    def exact() -> None:
        for each in answers:
            changes(engine.rulebase, engine.certain, engine.assess, each)

    def tried() -> None:
        for each in answers:
            Trying(engine, each, 1)

    took = interleaved({"exact": exact, "tried": tried})
    tell("what would change, up to three answers", took["exact"], took["tried"], "trying every single answer")


def check() -> None:
    def command(*arguments: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)

    took = interleaved({"check": command("-m", "quiz", "review", "check"), "floor": command("-c", "pass")})
    tell("review check", took["check"], took["floor"], "python -c pass")


def progress(folder: Path) -> None:
    files = {number: folder / str(number) / "practice.sqlite3" for number in (FEW, MANY)}
    for number, path in files.items():
        with opened(path, Schedule().reviewed, "bench", NOON) as kept:
            fill(kept, number)
    one = given("one more", cards=("rule:7",))

    def record_and_undo(kept: Progress) -> None:
        kept.record(one, CARDS)
        kept.undo()

    jobs: dict[str, Callable[[Progress], object]] = {
        "memories": lambda kept: kept.memories(CARDS),
        "mix-ups": lambda kept: kept.mix_ups(),
        "days": lambda kept: kept.days(NOON + MANY * timedelta(minutes=3)),
        "record and undo": record_and_undo,
    }
    for name, job in jobs.items():
        with (
            opened(files[MANY], Schedule().reviewed, "bench", NOON) as many,
            opened(files[FEW], Schedule().reviewed, "bench", NOON) as few,
        ):
            took = interleaved({"many": partial(job, many), "few": partial(job, few)})
        tell(f"progress of {MANY} answers: {name}", took["many"], took["few"], f"the same with {FEW}")


def fill(kept: Progress, number: int) -> None:
    for place in range(number):
        cards = tuple(f"rule:{(place + more) % 400}" for more in range(3))
        chosen = "LOW" if place % 3 else "HIGH"
        at = NOON + place * timedelta(minutes=3)
        kept.record(given(f"item {place}", ("LOW",), (chosen,), kind="state", cards=cards, at=at), CARDS)


def run() -> None:
    what_would_change()
    check()
    with tempfile.TemporaryDirectory() as name:
        progress(Path(name))


if __name__ == "__main__":
    run()
