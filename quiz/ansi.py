"""What a terminal is told in codes (ECMA-48), for the moment in which no library says it."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as typing has it, whose import would cost milliseconds
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def colour_is_wanted() -> bool:
    """Where NO_COLOR is set, to anything, it is not: see no-color.org."""
    return not os.environ.get("NO_COLOR")


HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
"""The cursor gone, and back."""

WIPE_ROW = "\r\x1b[K"
"""The cursor to the first column of an empty row."""

WIPE = "\r\x1b[J"
"""The same, with all rows below empty too."""

BELOW = "\x1b[J"
"""All from the cursor on empty."""

WRAPS_AND_PLAIN_PASTE = "\x1b[?7h\x1b[?2004l"
"""Long rows go on in the next one, and what is pasted comes as it is: both are changed while a screen stands."""

BOLD, CYAN, REVERSE, AS_IT_WAS = "1", "36", "7", "0"
STYLES = {
    "": (),
    "class:title": (BOLD,),
    "class:here": (BOLD, CYAN),
    "class:answer": (BOLD,),
    "class:key": (BOLD,),
    "class:told": (BOLD,),
    "reverse": (REVERSE,),
}
"""How each style of a screen looks."""


def up(rows: int) -> str:
    return f"\x1b[{rows}A" if rows else ""


def right(columns: int) -> str:
    return f"\x1b[{columns}C" if columns else ""


def drawn(rows: Iterable[Iterable[Sequence[str]]], columns: int, colour: bool) -> str:
    """Rows of (style, text), each over what stood in its place; nothing stays below. The cursor is on the last.

    What is more than there are columns is cut off, so that no row ever goes on in the next one.
    """
    return "\r\n".join(WIPE_ROW + _row(row, columns, colour) for row in rows) + BELOW


def _row(row: Iterable[Sequence[str]], columns: int, colour: bool) -> str:
    drawn = ""
    for style, text in row:
        shown = text[:columns]
        columns -= len(shown)
        codes = ";".join(code for code in STYLES[style] if colour or code != CYAN)
        drawn += f"\x1b[{AS_IT_WAS};{codes}m{shown}\x1b[{AS_IT_WAS}m" if codes else shown
    return drawn
