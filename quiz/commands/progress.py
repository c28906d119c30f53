"""How far a long job has come, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from time import monotonic
from typing import TypeVar

QUIET = 1.0
"""Seconds before anything is shown."""

Item = TypeVar("Item")


def counted(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    """The same items; how many are done is shown on standard error and wiped in the end."""
    begun = shown = monotonic()
    try:
        for done, item in enumerate(items, 1):
            now = monotonic()
            if sys.stderr.isatty() and now - begun > QUIET and now - shown > 0.2:
                shown = now
                print(f"\r\x1b[K{done} of {total} {what}"[:79], end="", file=sys.stderr, flush=True)
            yield item
    finally:
        if shown != begun:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
