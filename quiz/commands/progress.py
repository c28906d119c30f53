"""How far a long job has come: one line on standard error, where a terminal shows it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from quiz.commands.shared import width

QUIET = 1.0
"""Seconds before anything is shown."""

Item = TypeVar("Item")


@contextmanager
def shown(after: float = QUIET, every: float = 0.0) -> Iterator[Callable[[str], None]]:
    """Takes what is being done, and shows it in place of what was shown before; it is wiped in the end.

    What comes within the first `after` seconds, or less than `every` seconds after the last that was shown, is not.
    What the job prints meanwhile stands over the line.
    """
    if not sys.stderr.isatty():
        yield lambda what: None
        return
    due, told = time.monotonic() + after, False

    def tell(what: str) -> None:
        nonlocal due, told
        now = time.monotonic()
        if now >= due:
            due, told = now + every, True
            print(f"\r\x1b[K{what[: width() - 1]}\r", end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        if told:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def counted(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    """The same items; how many have come is shown."""
    with shown(every=0.2) as tell:
        for done, item in enumerate(items, 1):
            tell(f"{done} of {total} {what}")
            yield item
