"""Screens on which options are chosen: several of a few, or one of many by typing."""

from __future__ import annotations

from collections.abc import Sequence

from quiz.conversation import AWAY, BACK_WORDS, Option, chosen
from quiz.picking import matching, meant
from quiz.screens import STEPS, AllTheSame, Picture, Row, foot_rows, title_rows
from quiz.text import inert, wrapped
from quiz.typed_line import TypedLine

OFFERED = 7
"""Options shown under the line that is being typed."""


class SeveralScreen(AllTheSame):
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


class PickScreen(TypedLine):
    """One of many options, by typing a part of its name. A command is typed too, with or without a slash."""

    def __init__(self, title: str, options: Sequence[Option], commands: Sequence[Option]) -> None:
        super().__init__()
        self.title, self.options, self.commands = title, tuple(options), tuple(commands)
        self.told = ""

    def press(self, key: str) -> Option | None:
        self.told = ""
        if key == "enter":
            return self._enter()
        self._typed(key)
        return None

    def offered(self) -> list[Option]:
        text = self.entry.text.strip()
        return matching(self.options, text, OFFERED) if text and not text.startswith("/") else []

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
        offered = self.offered()
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
        return away if word in BACK_WORDS else None

    def picture(self, width: int) -> Picture:
        body, caret = self._typed_rows(width)
        focus = (0, 1)
        for place, option in enumerate(self.offered()):
            rows = list(self._offer(place, option.label, width))
            if place == self.highlighted:
                focus = (len(body), len(body) + len(rows))
            body += rows
        keys = [("type", "a part of a name"), ("Tab", "next"), ("Enter", "choose")]
        named = [(f"/{each.value}", "") for each in self.commands]
        foot = foot_rows(self.told, [keys, named], width)
        return Picture(title_rows(self.title, 0, width), tuple(body), foot, focus, focus[0], (0, caret))

    def summary(self, option: Option) -> str:
        return f"{self.title} {option.label}"
