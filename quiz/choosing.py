"""Screens on which options are chosen: several of a few, or one of many by typing."""

from __future__ import annotations

from collections.abc import Sequence

from quiz.conversation import AWAY, Option, chosen
from quiz.picking import matching, meant
from quiz.screens import STEPS, Entry, Picture, Row, foot_rows, title_rows
from quiz.text import inert, wrapped

OFFERED = 7
"""Options shown under the line that is being typed."""


class SeveralScreen:
    """Any number of options, by arrows and space or by their keys; Enter settles. A command is chosen at once."""

    def __init__(self, title: str, options: Sequence[Option], commands: Sequence[Option]) -> None:
        self.title, self.options, self.commands = title, tuple(options), tuple(commands)
        self.at = 0
        self.taken: tuple[str, ...] = ()
        self.told = ""

    def press(self, key: str) -> tuple[str, ...] | None:
        """What was chosen, in the order of the options; a command stands alone."""
        self.told = ""
        if key in STEPS:
            self.at = min(max(self.at + STEPS[key], 0), len(self.options) - 1)
            return None
        if key == "enter":
            if self.taken:
                return self.taken
            self.told = "Choose at least one with space or its key, then press Enter."
            return None
        command = chosen(self.commands, key)
        if command:
            return (command.value,)
        option = self.options[self.at] if key == " " else next((each for each in self.options if each.key == key), None)
        if option:
            self._toggle(option)
        elif key != "escape":
            self.told = "Space or a letter marks an option, Enter goes on with all that are marked."
        return None

    def _toggle(self, option: Option) -> None:
        self.at = self.options.index(option)
        taken = {*self.taken} ^ {option.value}
        self.taken = tuple(each.value for each in self.options if each.value in taken)

    def paste(self, text: str) -> None:
        """Nothing here takes text."""

    def picture(self, width: int) -> Picture:
        body: list[Row] = []
        start = end = 0
        for place, option in enumerate(self.options):
            here = place == self.at
            mark = "[x] " if option.value in self.taken else "[ ] "
            first, *more = wrapped(option.label, width - 9)
            rows: list[Row] = [
                (("class:here", "> ") if here else ("", "  "), ("class:key", inert(option.key)[:1].ljust(3)),
                 ("class:answer", mark), ("", first)),
                *((("", " " * 9 + row),) for row in more),
            ]  # fmt: skip
            if here:
                start, end = len(body), len(body) + len(rows)
            body += rows
        keys = [("space or a letter", "mark"), ("Enter", "go on")]
        named = [(each.key, each.label) for each in self.commands]
        return Picture(
            title_rows(self.title, 0, width), tuple(body), foot_rows(self.told, [keys, named], width), (start, end)
        )

    def summary(self, taken: Sequence[str]) -> str:
        labels = {each.value: each.label for each in (*self.options, *self.commands)}
        return f"{self.title} {'; '.join(labels[each] for each in taken)}"


class PickScreen:
    """One of many options, by typing a part of its name. A command is typed too, with or without a slash."""

    def __init__(self, title: str, options: Sequence[Option], commands: Sequence[Option]) -> None:
        self.title, self.options, self.commands = title, tuple(options), tuple(commands)
        self.entry = Entry()
        self.highlighted = -1
        self.told = ""

    def press(self, key: str) -> Option | None:
        self.told = ""
        if key == "enter":
            return self._enter()
        if key in ("up", "down", "tab", "s-tab", "pageup", "pagedown"):
            self._highlight(STEPS[key])
        elif key == "escape":
            self.highlighted = -1
        elif len(key) == 1:
            self._edit(self.entry.inserted(inert(key)))
        elif (edited := self.entry.edited(key)) != self.entry:
            self._edit(edited)
        return None

    def paste(self, text: str) -> None:
        self._edit(self.entry.inserted(" ".join(inert(text).split())))

    def _edit(self, entry: Entry) -> None:
        self.entry, self.highlighted = entry, -1

    def _highlight(self, by: int) -> None:
        count = len(self.offered())
        if count:
            self.highlighted = min(max(self.highlighted + by, 0), count - 1)

    def offered(self) -> list[Option]:
        text = self.entry.text.strip()
        return [] if text.startswith("/") else matching(self.options, text, OFFERED)

    def _enter(self) -> Option | None:
        if self.highlighted >= 0:
            return self.offered()[self.highlighted]
        text = self.entry.text.strip()
        command = self._command(text)
        if command:
            return command
        option = meant(self.options, text)
        if option:
            return option
        offered = self.offered() if text else []
        if len(offered) == 1:
            return offered[0]
        self.told = "Type a part of a name, or choose one with Tab, and press Enter."
        if text and not offered:
            self.told = f'Nothing here is called "{text}". Try another word for it.'
        return None

    def _command(self, text: str) -> Option | None:
        word = text.casefold().removeprefix("/")
        for each in self.commands:
            if word in (each.key, each.value, *each.words) and word:
                return each
        away = next((each for each in self.commands if each.value in AWAY), None)
        return away if word in ("b", "back", "q", "quit") else None

    def picture(self, width: int) -> Picture:
        shown = wrapped(self.entry.text, max(2, width - 3))[-1] if self.entry.text else ""
        body: list[Row] = [(("class:here", "> "), ("", shown), ("", " "))]
        focus = (0, 1)
        for place, option in enumerate(self.offered()):
            here = place == self.highlighted
            first, *more = wrapped(option.label, width - 4, 2)
            style = "reverse" if here else ""
            rows: list[Row] = [(("class:here", "  > " if here else "    "), (style, first))]
            rows += [(("", "    "), (style, row)) for row in more]
            if here:
                focus = (len(body), len(body) + len(rows))
            body += rows
        keys = [("type", "a part of a name"), ("Tab", "next"), ("Enter", "choose")]
        named = [(f"/{each.value}", "") for each in self.commands]
        foot = foot_rows(self.told, [keys, named], width)
        return Picture(title_rows(self.title, 0, width), tuple(body), foot, focus, focus[0], (0, 2 + len(shown)))

    def summary(self, option: Option) -> str:
        return f"{self.title} {option.label}"
