"""The bytes of a file, or the one thing that makes it unreadable."""

from __future__ import annotations

import os
import stat
from typing import Protocol

from quiz.errors import Position, Problem

LARGEST = 4 * 1024 * 1024
"""Bytes. The largest file that is read; a rule file is some thousand times smaller."""


class Readable(Protocol):
    """A file inside an installed package."""

    def is_file(self) -> bool: ...
    def read_bytes(self) -> bytes: ...


_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
"""A pipe that nobody writes to must not keep anybody waiting before it is seen to be one."""


def read_bytes(file: os.PathLike[str] | Readable, shown_as: str) -> bytes | Problem:
    """`shown_as` is the path in messages."""
    whole = Position(shown_as)
    try:
        if isinstance(file, os.PathLike):
            return _on_disk(file, whole)
        return file.read_bytes() if file.is_file() else _not_regular(whole)
    except OSError as error:
        return Problem(whole, "F101", f"cannot be read: {error.strerror or error}")


def _on_disk(file: os.PathLike[str], whole: Position) -> bytes | Problem:
    opened = os.open(file, _OPEN)
    try:
        about = os.fstat(opened)
        if not stat.S_ISREG(about.st_mode):
            return _not_regular(whole)
        if about.st_size > LARGEST:
            return too_large(whole)
        content = os.read(opened, about.st_size + 1)
        if len(content) != about.st_size:  # it grows just now, or comes in parts
            while len(content) <= LARGEST and (more := os.read(opened, LARGEST)):
                content += more
        return content
    finally:
        os.close(opened)


def _not_regular(whole: Position) -> Problem:
    return Problem(whole, "F102", "is not a regular file", "give the path of a YAML file")


def too_large(whole: Position) -> Problem:
    return Problem(whole, "F103", f"is larger than {LARGEST // 1024 // 1024} MB", "split it by topic")
