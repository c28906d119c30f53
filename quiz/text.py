"""Text made safe and cut to a width. No terminal obeys it, and nothing of it is cut off."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

NOT_PRINTED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories that a terminal would obey, or that would reorder what it shows."""


def inert(text: str) -> str:
    """The text without anything a terminal would obey or that would reorder it. Line ends stay, tabs become spaces."""
    text = text.replace("\t", " ")
    if text.replace("\n", "").isprintable():  # what is printable is in none of these categories
        return text
    return "".join(each for each in text if each == "\n" or unicodedata.category(each) not in NOT_PRINTED)


def inert_json(text: str) -> str:
    """A text of JSON in which no terminal finds anything to obey: a program that reads it gets the same values."""
    if text.replace("\n", "").isprintable():
        return text
    return "".join(each if each == "\n" or unicodedata.category(each) not in NOT_PRINTED else _escape(each)
                   for each in text)  # fmt: skip


def _escape(sign: str) -> str:
    units = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))


def wrapped(text: str, width: int, hang: int = 0) -> list[str]:
    """The text in rows of at most `width` columns; rows after the first are indented by `hang`. Nothing is cut off."""
    width = max(width, 2)
    hang = min(hang, width - 2)
    rows: list[str] = []
    row = ""
    for word in inert(text).split():
        for place, piece in enumerate(_pieces(word, width - hang)):
            if row and (place or columns(row) + 1 + columns(piece) > width):
                rows.append(row)
                row = " " * hang + piece
            else:
                row = f"{row} {piece}" if row else piece
    return [*rows, row]


def _pieces(word: str, width: int) -> Iterator[str]:
    """A word in parts of at most that many columns; in time that grows as its length does, however long it is."""
    if columns(word) <= width:
        yield word
        return
    if word.isascii():
        yield from (word[start : start + width] for start in range(0, len(word), width))
        return
    start = used = 0
    for place, each in enumerate(word):
        wide = 2 if word[place + 1 : place + 2] == _WIDENS else _most_columns(each)
        if used + wide > width and place > start:
            yield word[start:place]
            start, used = place, 0
        used += wide
    yield word[start:]


_WIDENS = "\ufe0f"
"""A mark without a width of its own, which makes some signs before it wide."""


@lru_cache(maxsize=4096)
def _most_columns(sign: str) -> int:
    """How wide a sign can be, whatever stands beside it: marks that take room may add a column to what they mark."""
    from wcwidth import wcwidth

    return max(wcwidth(sign), unicodedata.category(sign) not in ("Mn", "Me"))


def columns(text: str) -> int:
    """How wide a terminal shows an inert line."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth  # takes as long to import as all else that a first screen needs

    return wcswidth(text)


def page(text: str, width: int) -> str:
    """Running text for the scrollback. A line keeps its indent, and an item of a list hangs under its first word."""
    rows: list[str] = []
    for line in inert(text).split("\n"):
        body = line.lstrip(" ")
        indent = min(len(line) - len(body), width // 2)
        hang = 2 if body.startswith(("- ", "* ")) else 0
        rows += [" " * indent + row if row else "" for row in wrapped(body, width - indent, hang)]
    return "\n".join(rows)


def denied(label: str) -> str:
    """ "no fever" for "a fever", and "not being ill" for "being ill" and so for "feeling ill"."""
    first, _, rest = label.partition(" ")
    if first in ("being", "feeling"):
        return f"not {label}"
    return f"no {rest if first in ('a', 'an', 'the') and rest else label}"
