"""Taking turns with other windows and processes. The only home of `fcntl`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

PATIENCE = 10.0
"""Seconds to wait for one's turn."""

PAUSE = 0.01
"""Seconds between two tries."""


def tries(patience: float) -> Iterator[bool]:
    """One round for each try, until as many seconds are over. True is the last one."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        yield False
        time.sleep(PAUSE)
    yield True


@contextmanager
def in_turn(folder: Path, patience: float = PATIENCE) -> Iterator[None]:
    """What stands inside is done by one window at a time. The lock ends with the process, however that ends.

    Where a folder cannot be locked nobody waits, and nobody waits longer than `patience` for a window that was stopped.
    Whoever is inside and asks for another turn waits for themselves.
    """
    try:
        import fcntl

        descriptor = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield
        return
    try:
        for _ in tries(patience):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                continue
            except OSError:
                break
        yield
    finally:
        os.close(descriptor)


def take(file: TextIO) -> bool:
    """Keep this file for ourselves until it is closed. False where another process has it.

    Where a file cannot be locked, whoever asks has it.
    """
    with suppress(ImportError, OSError):
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
