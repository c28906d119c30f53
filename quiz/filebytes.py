"""Files read whole, or the one thing that makes them unreadable; and files replaced whole."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import Protocol

from quiz.errors import Position, Problem, unreadable

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
        return unreadable(whole, error)


def replace(path: str | os.PathLike[str], content: bytes, *, private: bool = False, lasting: bool = False) -> None:
    """Write a file in one step. Raises OSError.

    A program that is killed leaves the old file or the new one, whole. With `lasting` so does a machine that loses its
    power; that waits for the disk. With `private` only its owner can read it; else it may be read as the old one was.
    """
    beside = os.path.join(os.path.dirname(path), f".{os.urandom(8).hex()}.new")
    mode = 0o600 if private else _mode(path)
    try:
        with open(beside, "wb", opener=lambda new, flags: os.open(new, flags | os.O_EXCL, mode)) as file:
            file.write(content)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def _mode(path: str | os.PathLike[str]) -> int:
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        return 0o666


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
