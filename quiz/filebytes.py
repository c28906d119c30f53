"""The bytes of a file, or the one thing that makes it unreadable."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Protocol

from quiz.errors import Position, Problem

LARGEST = 4 * 1024 * 1024
"""Bytes. The largest file that is read; a rule file is some thousand times smaller."""


class Readable(Protocol):
    """A file on disk, or one inside an installed package."""

    def is_file(self) -> bool: ...
    def read_bytes(self) -> bytes: ...


def read_bytes(file: Readable, shown_as: str) -> bytes | Problem:
    """`shown_as` is the path in messages."""
    whole = Position(shown_as)
    try:
        if isinstance(file, Path):
            about = file.stat()
            if not stat.S_ISREG(about.st_mode):
                return Problem(whole, "F102", "is not a regular file", "give the path of a YAML file")
            if about.st_size > LARGEST:
                return too_large(whole)
        elif not file.is_file():
            return Problem(whole, "F102", "is not a regular file", "give the path of a YAML file")
        return file.read_bytes()
    except OSError as error:
        return Problem(whole, "F101", f"cannot be read: {error.strerror or error}")


def too_large(whole: Position) -> Problem:
    return Problem(whole, "F103", f"is larger than {LARGEST // 1024 // 1024} MB", "split it by topic")
