"""Text made safe and cut to a width. No terminal obeys it, and nothing of it is cut off."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from wcwidth import wcswidth

NOT_PRINTED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories that a terminal would obey, or that would reorder what it shows."""


def inert(text: str) -> str:
    """The text without anything a terminal would obey or that would reorder it. Line ends stay, tabs become spaces."""
    text = text.replace("\t", " ")
    return "".join(each for each in text if each == "\n" or unicodedata.category(each) not in NOT_PRINTED)


def wrapped(text: str, width: int, hang: int = 0) -> list[str]:
    """The text in rows of at most `width` columns; rows after the first are indented by `hang`. Nothing is cut off."""
    width = max(width, 2)
    hang = min(hang, width - 2)
    rows: list[str] = []
    row = ""
    for word in inert(text).split():
        for place, piece in enumerate(_pieces(word, width - hang)):
            if row and (place or wcswidth(row) + 1 + wcswidth(piece) > width):
                rows.append(row)
                row = " " * hang + piece
            else:
                row = f"{row} {piece}" if row else piece
    return [*rows, row]


def _pieces(word: str, width: int) -> Iterator[str]:
    piece = ""
    for each in word:
        if wcswidth(piece + each) > width:
            yield piece
            piece = ""
        piece += each
    yield piece


def page(text: str, width: int) -> str:
    """Running text for the scrollback. A line keeps its indent, and an item of a list hangs under its first word."""
    rows: list[str] = []
    for line in inert(text).split("\n"):
        body = line.lstrip(" ")
        indent = min(len(line) - len(body), width // 2)
        hang = 2 if body.startswith(("- ", "* ")) else 0
        rows += [" " * indent + row if row else "" for row in wrapped(body, width - indent, hang)]
    return "\n".join(rows)
