"""A line that is typed, with some of many names offered under it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from quiz.screens import STEPS, AllTheSame, Row
from quiz.text import columns, inert, wrapped

LONGEST_ENTRY = 2_000
"""Characters of a line that is typed; what comes after them is dropped. A list of every medicine is shorter."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of text being typed; `at` counts characters before the caret."""

    text: str = ""
    at: int = 0

    def inserted(self, more: str) -> Entry:
        more = more[: max(0, LONGEST_ENTRY - len(self.text))]
        return Entry(self.text[: self.at] + more + self.text[self.at :], self.at + len(more))

    def edited(self, key: str) -> Entry:
        """The line after a key of editing; unchanged by any other key."""
        text, at = self.text, self.at
        match key:
            case "backspace":
                return Entry(text[: max(0, at - 1)] + text[at:], max(0, at - 1))
            case "delete":
                return Entry(text[:at] + text[at + 1 :], at)
            case "left":
                return Entry(text, max(0, at - 1))
            case "right":
                return Entry(text, min(len(text), at + 1))
            case "home" | "c-a":
                return Entry(text, 0)
            case "end" | "c-e":
                return Entry(text, len(text))
            case "c-u":
                return Entry(text[at:], 0)
            case "c-w":
                kept = text[:at].rstrip().rpartition(" ")[0]
                kept = f"{kept} " if kept else ""
                return Entry(kept + text[at:], len(kept))
        return self


class TypedLine(AllTheSame, ABC):
    """What a screen does with the keys of its line. One of the offered names may be highlighted, by its place."""

    def __init__(self) -> None:
        self.entry = Entry()
        self.highlighted = -1

    @abstractmethod
    def offered(self) -> Sequence[object]:
        """What is shown under the line, as it is typed so far."""

    def paste(self, text: str) -> None:
        self._edit(self.entry.inserted(" ".join(inert(text).split())))

    def _typed(self, key: str) -> None:
        """A key that neither leaves the line nor does anything else on the screen."""
        if key in ("up", "down", "tab", "s-tab", "pageup", "pagedown"):
            self._highlight(STEPS[key])
        elif key == "escape":
            self.highlighted = -1
        elif len(key) == 1:
            self._edit(self.entry.inserted(inert(key)))
        elif (edited := self.entry.edited(key)) != self.entry:
            self._edit(edited)

    def _edit(self, entry: Entry) -> None:
        self.entry, self.highlighted = entry, -1

    def _highlight(self, by: int) -> None:
        """A step goes round, a page stops at the ends. From the line itself, up leads to the last."""
        count = len(self.offered())
        if count and abs(by) == 1:
            self.highlighted = (self.highlighted + by) % count if self.highlighted >= 0 or by > 0 else count - 1
        elif count:
            self.highlighted = min(max(self.highlighted + by, 0), count - 1)

    def _typed_rows(self, width: int) -> tuple[list[Row], int]:
        """The line being typed, with its caret in sight also where the line is wider than the terminal."""
        text, at, room = self.entry.text, self.entry.at, max(2, width - 3)
        start = end = at
        while start > 0 and columns(text[start - 1 : at]) <= room:
            start -= 1
        while end < len(text) and columns(text[start : end + 1]) <= room:
            end += 1
        shown = text[start:end]
        return [(("class:here", "> "), ("", shown), ("", " "))], 2 + at - start

    def _offer(self, place: int, text: str, width: int) -> Iterator[Row]:
        here = place == self.highlighted
        first, *more = wrapped(text, width - 4, 2)
        style = "reverse" if here else ""
        yield (("class:here", "  > " if here else "    "), (style, first))
        for row in more:
            yield (("", "    "), (style, row))
