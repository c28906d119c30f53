"""Somebody before a real pseudo-terminal: looks at the screen and presses keys."""

from __future__ import annotations

import os
import sys
import termios
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import pexpect
import pyte

from tests.conftest import ROOT

PATIENCE = 20
"""Seconds to wait for a screen before a test gives up."""

KEYS = {
    "Enter": "\r",
    "Up": "\x1b[A",
    "Down": "\x1b[B",
    "Right": "\x1b[C",
    "Tab": "\t",
    "Ctrl-C": "\x03",
    "Ctrl-D": "\x04",
    "Space": " ",
}
"""Keys by the names that the README uses."""


NOT_OURS = frozenset({"NO_COLOR", "ACCESSIBLE", "COLUMNS", "LINES"})
"""What the environment of the tests may say of colours and of another terminal's size."""


class RealScreen(pyte.HistoryScreen):
    """Answers when it is asked where its cursor stands, as a terminal does."""

    def __init__(self, columns: int, rows: int, answer: Callable[[str], object]) -> None:
        self.answer = answer
        super().__init__(columns, rows)

    def write_process_input(self, data: str) -> None:
        self.answer(data)

    @property
    def scrolled_away(self) -> list[str]:
        return ["".join(row[column].data for column in range(self.columns)) for row in self.history.top]


class Person:
    """Runs `python ARGUMENTS` in a pseudo-terminal of this size."""

    def __init__(self, arguments: Sequence[str], columns: int = 80, rows: int = 24, **environment: str) -> None:
        kept = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        self.child = pexpect.spawn(
            sys.executable,
            list(arguments),
            dimensions=(rows, columns),
            env={**kept, "TERM": "xterm-256color", **environment},
            cwd=str(ROOT),
            encoding="utf-8",
        )
        self.child.delaybeforesend = None
        self.screen = RealScreen(columns, rows, self.child.send)
        self.stream = pyte.Stream(self.screen)
        self.left_attributes: list[int] = []
        """How the terminal was set when the program had ended."""

    def sees(self, part: str) -> str:
        """The screen and what was scrolled off it, once `part` is there and the picture has come to rest."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                self.stream.feed(self.child.read_nonblocking(65536, timeout=0.05))
            except pexpect.TIMEOUT:
                if part in self.text:
                    break
            except pexpect.EOF:
                break
        assert part in self.text, self.text
        return self.text

    def sees_first(self) -> None:
        """Waits for the first sign of anything."""
        self.stream.feed(self.child.read_nonblocking(65536, timeout=PATIENCE))

    def sees_in_one_line(self, part: str) -> str:
        """The same, with every line break read as a space."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and part not in self.flat:
            self.sees("")
        assert part in self.flat, self.text
        return self.flat

    @property
    def text(self) -> str:
        return "\n".join(row.rstrip() for row in (*self.screen.scrolled_away, *self.screen.display))

    @property
    def flat(self) -> str:
        return " ".join(self.text.split())

    def presses(self, keys: str) -> None:
        self.child.send(keys)

    def presses_named(self, keys: Sequence[str]) -> None:
        """Keys by name (`Down`, `Enter`), anything else as it is typed."""
        self.presses("".join(KEYS.get(key, key) for key in keys))

    def resizes(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def leaves(self) -> int:
        """The exit code, once the program has ended."""
        until = time.monotonic() + PATIENCE
        while self.child.isalive() and time.monotonic() < until:
            self.sees("")
        with suppress(termios.error):
            self.left_attributes = list(termios.tcgetattr(self.child.child_fd)[:4])
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -(self.child.signalstatus or 0))
