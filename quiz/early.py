"""Shows a screen and takes its keys while the library that does both is still being imported.

A screen stands exactly as that library draws it, and with the cursor where it begins, so that the one takes over from
the other in place. Keys that need more than a table to be told go on to the library, and none is lost.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from threading import Event, Thread
from typing import Generic, Protocol, TypeVar

from quiz import ansi, opening, remembered
from quiz.opening import size
from quiz.screens import Picture, framed
from quiz.text import page

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Screen(Protocol[T_co]):
    """Takes keys by name (`y`, `enter`, `up`) until one of them settles it.

    Whoever draws it says which lines of its picture are wholly in sight.
    """

    def press(self, key: str) -> T_co | None: ...
    def paste(self, text: str) -> None: ...
    def picture(self, width: int) -> Picture: ...
    def seen(self, lines: Collection[int]) -> None: ...


# --- which keys were pressed ------------------------------------------------------------------------

NAMED = {
    "\r": "enter",
    "\n": "enter",
    "\t": "tab",
    "\x7f": "backspace",
    "\x08": "backspace",
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1b[C": "right",
    "\x1b[D": "left",
    "\x1bOA": "up",
    "\x1bOB": "down",
    "\x1bOC": "right",
    "\x1bOD": "left",
}
INTERRUPT, END = "\x03", "\x04"


def next_key(typed: bytes) -> tuple[str, bytes] | None:
    """The name of the first key and the bytes after it; None where that takes more to tell, or more bytes."""
    if typed == ESCAPE:
        return "escape", b""
    for length in (1, 3):
        part = typed[:length].decode("latin-1")
        if part in NAMED:
            return NAMED[part], typed[length:]
    first = chr(typed[0])
    return (first, typed[1:]) if first.isascii() and (first.isprintable() or first in INTERRUPT + END) else None


# --- a screen in the meantime -----------------------------------------------------------------------


_aside: list[Thread] = []


def aside(job: Callable[[], object]) -> None:
    """Do this in a thread of its own, for which nobody waits who leaves."""
    _aside.append(Thread(target=job, daemon=True))
    _aside[-1].start()


def is_busy() -> bool:
    """Whether something is still being done aside."""
    return any(thread.is_alive() for thread in _aside)


class Library:
    """`quiz.prompting`, imported in a thread of its own."""

    def __init__(self) -> None:
        self.ready = Event()
        self._begun = False

    def begin(self) -> None:
        if not self._begun:
            self._begun = True
            aside(self._work)

    def _work(self) -> None:
        with suppress(ImportError):  # whoever imports it next is told
            __import__("quiz.prompting")
        self.ready.set()


library = Library()

typed = b""
"""What was typed and no screen has taken yet."""


class Settled(Generic[T]):
    """What a screen was settled with."""

    def __init__(self, value: T) -> None:
        self.value = value


def drive(screen: Screen[T], pressed: Callable[[], object], colour: bool) -> Settled[T] | None:
    """Put a screen until a key settles it, or until the library is there or needed: then None, and the picture stands.

    Ctrl-C raises KeyboardInterrupt, and Ctrl-D EOFError.
    """
    global typed
    view = _View(screen, colour)
    if not typed:  # what was typed ahead was meant for no picture of it
        view.draw()
    library.begin()
    while typed or not library.ready.is_set():
        if not typed or (typed == ESCAPE and _more_within(ESCAPE_WAITS)):
            typed += _read_within(LOOK_EVERY)
            if size() != view.size:
                view.draw()
            continue
        found = next_key(typed)
        if found is None:
            break
        key, typed = found
        if key in (INTERRUPT, END):
            view.wipe()
            raise KeyboardInterrupt if key == INTERRUPT else EOFError
        settled = screen.press(key)
        if settled is not None:
            view.wipe()
            return Settled(settled)
        pressed()
        if not typed:  # once for all keys that came together
            view.draw()
    view.leave()
    return None


LOOK_EVERY = 0.01
"""Seconds between two looks at whether the library is there, and how large the terminal is."""

ESCAPE, ESCAPE_WAITS = b"\x1b", 0.04
"""What the Escape key sends, and an arrow key begins with: seconds after which it was the former."""


def _more_within(seconds: float) -> bool:
    return bool(select.select([sys.stdin], [], [], seconds)[0])


def _read_within(seconds: float) -> bytes:
    """What is typed, if anything is. Raises EOFError where the terminal was closed."""
    if not _more_within(seconds):
        return b""
    read = os.read(sys.stdin.fileno(), 4096)
    if not read:
        raise EOFError
    return read


class _View:
    """The picture of a screen below the cursor."""

    def __init__(self, screen: Screen[object], colour: bool) -> None:
        self._screen, self._colour = screen, colour
        self._top = self._row = 0
        self.size = size()

    def draw(self) -> None:
        self.size = columns, height = size()
        picture = self._screen.picture(columns)
        frame = framed(picture, min(picture.height, height), self._top)
        self._screen.seen(frame.whole)
        row, column = frame.caret or (0, 0)
        back = ansi.up(len(frame.rows) - 1 - row) + "\r" + ansi.right(column) + (ansi.SHOW if frame.caret else "")
        opening.show(f"{ansi.HIDE}{self._to_begin()}{ansi.drawn(frame.rows, columns, self._colour)}{back}")
        self._top, self._row = frame.top, row
        if not frame.caret:
            remembered.keep(frame.rows, lambda text: page(text, columns))

    def _to_begin(self) -> str:
        return ansi.up(self._row)

    def leave(self) -> None:
        """Leave the picture as it is, with the cursor where it begins."""
        opening.show(f"{ansi.HIDE}{self._to_begin()}\r")

    def wipe(self) -> None:
        opening.show(f"{self._to_begin()}{ansi.WIPE}{ansi.SHOW}")
        opening.taken_over()
