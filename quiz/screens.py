"""Screens for the terminal: given keys by name, each says when it is done, and draws itself as rows for any width.

They know nothing of a terminal's windows, so each can be driven without one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from quiz.answers import read_answer
from quiz.conversation import ASKING, AWAY, COMMANDS, Command, Option, Reply, chosen, how_to_choose
from quiz.interview import Step
from quiz.model import NO, UNSURE, YES, Answer, Finding
from quiz.picking import matching
from quiz.text import columns, inert, wrapped

Row = tuple[tuple[str, str], ...]
"""One row of a screen: pieces of (style, text)."""

KEYS = {
    "b": Command.BACK,
    "c": Command.CHANGE,
    "w": Command.WHY,
    "h": Command.HELP,
    "f1": Command.HELP,
    "s": Command.SAVE,
    "r": Command.RESULT,
    "q": Command.QUIT,
}
COMMAND_ITEMS = (
    ("b", "back"),
    ("c", "change"),
    ("w", "why"),
    ("h", "help"),
    ("s", "save"),
    ("r", "result now"),
    ("q", "quit"),
)
LEAVING = (Command.DONE, Command.BACK, Command.RESULT, Command.QUIT, Command.INTERRUPTED, Command.ENDED)
"""Commands after which the person does not come back to the same screen at once."""

STEPS = {"up": -1, "s-tab": -1, "down": 1, "tab": 1, "pageup": -8, "pagedown": 8, "home": -10_000, "end": 10_000}
"""Keys that move the cursor, and by how many lines."""

HINT = "Press h for help."
LIST_KEYS = (
    "Keys: up and down move. y, n and ? answer a line, space changes the answer, delete clears it. o says no to every "
    "line that is still empty. Where a number is asked, type it. Enter goes on."
)
NAMES_KEYS = (
    "Keys: type a name, or its beginning, and press Enter. Tab and the arrows choose one of the names shown. Backspace "
    "on the empty line takes off the last name. Enter on the empty line goes on. /back, /why and the other commands "
    "are typed too."
)

LONG = 9
"""Options of a choice beyond which one may be found by typing."""

NO_NAMES = {"n", "no", "none", "nothing", "no medicines"}
NOT_SURE = {"?", "u", "unsure", "not sure"}
SKIP = {"skip", "pass"}
DOSE = re.compile(r"\s+[0-9].*")
NEAR = 0.8
"""How alike two names must be, from 0 to 1, for one to be a slip of the other."""


# --- what a screen looks like -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Picture:
    """A screen drawn for one width. Head and foot stay in place, the body scrolls between them.

    `focus` is the stretch of the body, end excluded, that has to be seen, and `lead` how many rows before it should be
    where there is room. `caret` is a row of the body and a column.
    """

    head: tuple[Row, ...]
    body: tuple[Row, ...]
    foot: tuple[Row, ...]
    focus: tuple[int, int] = (0, 1)
    lead: int = 0
    caret: tuple[int, int] | None = None

    @property
    def height(self) -> int:
        return len(self.head) + len(self.body) + len(self.foot)


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows that fit into the terminal. `top` is the first row of the body that is in sight."""

    rows: tuple[Row, ...]
    top: int
    caret: tuple[int, int] | None


def framed(picture: Picture, height: int, top: int) -> Frame:
    """The picture in `height` rows. In a low terminal the head goes first, then the end of the foot: keys matter less
    than the whole of the line that they are for.
    """
    head, foot = picture.head, picture.foot
    first, end = picture.focus
    needed = min(max(3, end - first + 2), len(picture.body))
    if height - len(head) - len(foot) < needed:
        head = ()
    foot = foot[: max(0, height - len(head) - needed)]
    room = max(1, height - len(head) - len(foot))
    led = first - picture.lead
    top = scrolled(top, (led if end - led + 2 <= room else first, end), len(picture.body), room)
    body = list(picture.body[top : top + room])
    if room >= 3 and top > 0:
        body[0] = (("", "  (more above)"),)
    if room >= 3 and top + room < len(picture.body):
        body[-1] = (("", "  (more below)"),)
    caret = picture.caret
    if caret:
        row = caret[0] - top
        caret = (len(head) + row, caret[1]) if 0 <= row < room else None
    return Frame((*head, *body, *foot), top, caret)


def scrolled(top: int, focus: tuple[int, int], total: int, room: int) -> int:
    """The top row after the least scrolling that shows the focus, with a row spared at either side for "more"."""
    if total <= room:
        return 0
    spare = 1 if room >= 3 else 0
    first, end = focus
    if end + spare > top + room:
        top = end + spare - room
    top = min(top, first - spare)
    return max(0, min(top, total - room))


@lru_cache(maxsize=512)
def broken(text: str, width: int, hang: int = 0) -> tuple[str, ...]:
    """A text in rows, as `wrapped` breaks it. A screen is drawn again at every key, and most of it is as it was."""
    return tuple(wrapped(text, width, hang))


def plain_rows(text: str, width: int, style: str = "") -> tuple[Row, ...]:
    return tuple(((style, row),) for row in broken(text, width))


def title_rows(title: str, left: int, width: int) -> tuple[Row, ...]:
    """The title and how much is left, under an empty row that parts the screen from the transcript above it."""
    rows = plain_rows(title, width, "class:title")
    if not left:
        return ((), *rows)
    remaining = f"about {left} {'screen' if left == 1 else 'screens'} left"
    used = columns(rows[-1][0][1])
    if len(rows) == 1 and used + 3 + len(remaining) <= width:
        return ((), (*rows[0], ("", "   " + remaining)))
    return ((), *rows, *plain_rows(remaining, width))


def toolbar(groups: Iterable[Sequence[tuple[str, str]]], width: int) -> tuple[Row, ...]:
    """Keys with their words. A group begins a row, and an item is parted only where it is wider than the terminal."""
    rows: list[Row] = []
    for group in groups:
        row: Row = ()
        used = 0
        for key, words in group:
            wide = columns(f"{key} {words}".strip())
            if row and used + 2 + wide > width:
                rows.append(row)
                row, used = (), 0
            if wide > width:
                rows += plain_rows(f"{key} {words}", width)
                continue
            gap = "  " if row else ""
            row = (*row, ("", gap), ("class:key", key), ("", f" {words}" if words else ""))
            used += len(gap) + wide
        if row:
            rows.append(row)
    return tuple(rows)


def foot_rows(told: str, groups: Iterable[Sequence[tuple[str, str]]], width: int) -> tuple[Row, ...]:
    """One row is kept for what is told, so that nothing jumps when something is."""
    return (*plain_rows(told, width, "class:told"), *toolbar(groups, width))


# --- a list of findings -------------------------------------------------------------------------------------


def marker(finding: Finding, answer: Answer | None) -> str:
    """The answer in words; empty where there is none."""
    if answer is None:
        return ""
    if answer == UNSURE:
        return "not sure"
    return answer if isinstance(answer, str) else f"{answer:g} {finding.unit}"


def yes_or_no(finding: Finding) -> bool:
    return finding.words == (YES, NO)


LONGEST_NUMBER = 80
"""Characters of a number that is typed, with its unit."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a list and where the person stands. Every change is a new value.

    `entry` is a number that is still being typed on the line, and `told` what the last key gave rise to.
    """

    findings: tuple[Finding, ...]
    answers: Mapping[str, Answer]
    at: int = 0
    entry: str = ""
    told: str = ""

    @property
    def here(self) -> Finding:
        return self.findings[self.at]

    @property
    def is_last(self) -> bool:
        return self.at == len(self.findings) - 1

    def moved(self, by: int) -> Lines:
        at = min(max(self.at + by, 0), len(self.findings) - 1)
        told = "This is the last line. Press Enter to go on." if by > 0 and at == self.at else ""
        return replace(self, at=at, told=told)

    def answered(self, answer: Answer | None) -> Lines:
        answers = {name: value for name, value in self.answers.items() if name != self.here.id}
        if answer is not None:
            answers[self.here.id] = answer
        return replace(self, answers=answers, entry="", told="")

    def chosen(self, word: str) -> Lines:
        """This word as the answer, if the line can take it, and on to the next line."""
        if word != UNSURE and word not in self.here.words:
            return replace(self, told=self.how_to_answer())
        return self.answered(word).moved(1)

    def numbered(self, number: int) -> Lines:
        """The choice with this number, counted from 1."""
        if not 1 <= number <= len(self.here.choices):
            return replace(self, told=self.how_to_answer())
        return self.chosen(self.here.choices[number - 1])

    def cycled(self) -> Lines:
        """The next answer of the line: its words in order, then not sure, then none."""
        if self.here.is_number:
            return replace(self, told=self.how_to_answer())
        circle: tuple[str | None, ...] = (*self.here.words, UNSURE, None)
        now = self.answers.get(self.here.id)
        place = circle.index(now) if isinstance(now, str) and now in circle else -1
        return self.answered(circle[(place + 1) % len(circle)])

    def none_of_the_others(self) -> Lines:
        """No, on every yes/no line without an answer."""
        blank = {each.id: NO for each in self.findings if yes_or_no(each) and each.id not in self.answers}
        told = "" if blank else "No line is left to say no to."
        return replace(self, answers={**self.answers, **blank}, told=told or "Press Enter to go on.")

    def typed(self, character: str) -> Lines:
        return replace(self, entry=(self.entry + character)[:LONGEST_NUMBER], told="")

    def erased(self) -> Lines:
        return replace(self, entry=self.entry[:-1], told="")

    def settled(self) -> Lines:
        """The number taken over; where it cannot be read it stays in `entry` and `told` says why."""
        if not self.entry:
            return self
        try:
            return self.answered(read_answer(self.here, self.entry))
        except ValueError as error:
            return replace(self, told=str(error))

    def how_to_answer(self) -> str:
        if self.here.is_number:
            return f"Type a number in {self.here.unit}, or ? for not sure."
        if self.here.choices:
            return f"Press {choices_listed(self.here)}, or ? for not sure."
        return "Press y for yes, n for no, or ? for not sure."

    def changes(self, given: Mapping[str, Answer]) -> dict[str, Answer | None]:
        """Each line that differs from what was given; None where an answer was taken back."""
        return {
            each.id: self.answers.get(each.id)
            for each in self.findings
            if self.answers.get(each.id) != given.get(each.id)
        }


def choices_listed(finding: Finding) -> str:
    return ", ".join(f"{place} {word}" for place, word in enumerate(finding.choices, start=1))


def summary(step: Step, answers: Mapping[str, Answer]) -> str:
    """What was answered on a screen, short enough for a transcript: beyond two, "no" and "not sure" are counted."""
    findings = step.findings
    counted: dict[str, str] = {}
    for answer in (UNSURE, NO):
        alike = [each.id for each in findings if answers.get(each.id) == answer]
        if len(alike) > 2:
            counted |= dict.fromkeys(alike, answer)
    parts = [
        f"{each.label} - {marker(each, answers[each.id])}"
        for each in findings
        if each.id in answers and each.id not in counted
    ]
    for answer, words in ((UNSURE, "not sure"), (NO, "no")):
        number = list(counted.values()).count(answer)
        if number:
            before = "all " if number == len(findings) else ""
            parts.append(f"{before}{number}{' more' if parts else ''} - {words}")
    blank = sum(1 for each in findings if each.id not in answers)
    if blank:
        parts.append(f"{blank} not answered" if parts else "not answered")
    return f"{step.title}: {'; '.join(parts)}"


class ListScreen:
    """Asks a list of findings, one line each. Whoever goes on with it stands on the first line without an answer."""

    def __init__(self, step: Step, given: Mapping[str, Answer], stood_on: str = "") -> None:
        self.step, self.given = step, given
        self.left = step.left
        places = {each.id: place for place, each in enumerate(step.findings)}
        answers = {each.id: given[each.id] for each in step.findings if each.id in given}
        first = next((place for place, each in enumerate(step.findings) if each.id not in answers), 0)
        self.lines = Lines(step.findings, answers, places.get(stood_on, first))

    def reply(self, command: Command) -> Reply:
        return Reply(command, self.lines.changes(self.given), (), self.lines.here.id)

    def press(self, key: str) -> Reply | None:
        self.lines = replace(self.lines, told="")
        if self.lines.entry:
            return self._press_in_number(key)
        key = key.lower()
        if key in KEYS:
            return self.reply(KEYS[key])
        if key in ("enter", "right"):
            return self.reply(Command.DONE)
        self.lines = self._answered(key)
        return None

    def _answered(self, key: str) -> Lines:
        lines = self.lines
        if key in STEPS:
            return lines.moved(STEPS[key])
        if lines.here.is_number and (key in ".,-" or is_digit(key)):
            return lines.typed(key)
        if is_digit(key):
            return lines.numbered(int(key))
        match key:
            case "y":
                return lines.chosen(YES)
            case "n":
                return lines.chosen(NO)
            case "?" | "u":
                return lines.chosen(UNSURE)
            case " ":
                return lines.cycled()
            case "o":
                return lines.none_of_the_others()
            case "backspace" | "delete":
                return lines.answered(None)
            case "escape":
                return lines
        return replace(lines, told=HINT)

    def _press_in_number(self, key: str) -> Reply | None:
        if len(key) == 1 and (key.isalnum() or key in " .,/%-^"):
            self.lines = self.lines.typed(key)
        elif key in ("backspace", "delete"):
            self.lines = self.lines.erased()
        elif key in STEPS or key in ("enter", "right", "f1"):
            return self._leave_number(key)
        elif key != "escape":
            self.lines = replace(self.lines, told="Press Enter to keep the number, or Backspace to delete it.")
        return None

    def _leave_number(self, key: str) -> Reply | None:
        """Enter finishes the screen only on its last line: elsewhere the next line has not been seen to yet."""
        self.lines = self.lines.settled()
        if self.lines.entry:
            return None
        if key == "f1":
            return self.reply(Command.HELP)
        if key == "right" or (key == "enter" and self.lines.is_last):
            return self.reply(Command.DONE)
        self.lines = self.lines.moved(STEPS.get(key, 1))
        return None

    def paste(self, text: str) -> None:
        """A number may be pasted; anything else would answer lines at random."""
        if self.lines.here.is_number:
            self.lines = self.lines.typed(" ".join(inert(text).split()))

    def picture(self, width: int) -> Picture:
        intro = plain_rows(self.step.intro, width) if self.step.intro else ()
        body: list[Row] = [*intro, ()]
        start = end = 0
        column = self._column()
        for place in range(len(self.step.findings)):
            rows = self._line(place, width, column)
            if place == self.lines.at:
                start, end = len(body), len(body) + len(rows)
            body += rows
        head = title_rows(self.step.title, self.left, width)
        foot = foot_rows(self.lines.told, self._keys(), width)
        # With the first line its introduction comes into sight again.
        return Picture(head, tuple(body), foot, (start, end), lead=0 if self.lines.at else start)

    def _keys(self) -> list[Sequence[tuple[str, str]]]:
        answers = [("?", "not sure")]
        if any(yes_or_no(each) for each in self.step.findings):
            answers = [("y", "yes"), ("n", "no"), *answers, ("o", "none of the others")]
        return [[*answers, ("Enter", "next")], COMMAND_ITEMS]

    def _marker(self, place: int) -> str:
        finding = self.step.findings[place]
        if place == self.lines.at and self.lines.entry:
            return f"[{self.lines.entry}]"
        return marker(finding, self.lines.answers.get(finding.id))

    def _column(self) -> int:
        """Columns for the answers: room for any answer, so that the questions stay where they are."""
        widest = 8
        for place, finding in enumerate(self.step.findings):
            expected = len(finding.unit) + 7 if finding.is_number else max(map(len, finding.words))
            widest = max(widest, expected, columns(self._marker(place)))
        return widest

    def _line(self, place: int, width: int, column: int) -> list[Row]:
        finding = self.step.findings[place]
        here = place == self.lines.at
        pointer = ("class:here", "> ") if here else ("", "  ")
        mark = inert(self._marker(place))
        question = self.step.wording.get(finding.id, finding.question)
        if finding.is_number:
            question += f" ({finding.unit})"
        elif finding.choices:
            question += f" ({choices_listed(finding)})"
        if column * 4 <= width:
            first, *more = broken(question, width - column - 4)
            gap = " " * (column - columns(mark) + 2)
            rest: list[Row] = [(("", " " * (column + 4) + row),) for row in more]
            return [(pointer, ("class:answer", mark), ("", gap + first)), *rest]
        shown = mark if mark.startswith("[") else f"[{mark or ' '}]"
        return _marked_inside(pointer, shown, question, width)


def _marked_inside(pointer: tuple[str, str], shown: str, question: str, width: int) -> list[Row]:
    """A line in a narrow terminal: the answer stands in front of the question instead of in a column."""
    first, *more = broken(f"{shown} {question}", width - 2, 2)
    opening = ("class:answer", shown) if first.startswith(shown) else ("", "")
    rest: list[Row] = [(("", "  " + row),) for row in more]
    return [(pointer, opening, ("", first.removeprefix(opening[1]))), *rest]


def is_digit(key: str) -> bool:
    return len(key) == 1 and key in "0123456789"


# --- names of medicines -------------------------------------------------------------------------------------


class NameBook:
    """Names of medicines, found by their beginning, by any part, and in spite of a slip of the finger."""

    def __init__(self, medicines: Mapping[str, tuple[str, ...]]) -> None:
        self._findings = medicines
        self._names = {name.casefold(): name for name in medicines}

    def findings(self, name: str) -> tuple[str, ...]:
        return self._findings.get(name, ())

    def exact(self, text: str) -> str:
        """The known name that this is, in any case and with or without a dose behind it; empty where there is none."""
        key = " ".join(text.split()).casefold()
        return self._names.get(key) or self._names.get(_without_dose(key), "")

    def near(self, text: str, most: int) -> list[str]:
        """Up to `most` names, the likeliest first."""
        key = _without_dose(" ".join(text.split()).casefold())
        if not key:
            return []
        ranked = [(rank, len(name), name) for name in self._names if (rank := _rank(key, name)) is not None]
        slips = [] if len(ranked) >= most or len(key) < 4 else self._slips(key, {name for _, _, name in ranked})
        return [self._names[name] for name in [*(name for _, _, name in sorted(ranked)), *slips][:most]]

    def _slips(self, key: str, found: set[str]) -> list[str]:
        from difflib import SequenceMatcher

        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(key)
        likeness: dict[str, float] = {}
        for name in self._names.keys() - found:
            # The beginning too, so that a slip is forgiven before the whole name is there.
            for part in {name, name[: len(key)]}:
                matcher.set_seq1(part)
                if matcher.real_quick_ratio() >= NEAR and matcher.quick_ratio() >= NEAR:
                    likeness[name] = max(likeness.get(name, 0.0), matcher.ratio())
        return sorted((name for name in likeness if likeness[name] >= NEAR), key=lambda name: (-likeness[name], name))


def _rank(key: str, name: str) -> int | None:
    if name.startswith(key):
        return 0
    if f" {key}" in name or f"-{key}" in name:
        return 1
    return 2 if len(key) >= 4 and key in name else None


def _without_dose(key: str) -> str:
    return DOSE.sub("", key)


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


@dataclass(frozen=True, slots=True)
class Taken:
    """A name on the person's list. One without findings is known to no rule, and is to be asked about."""

    name: str
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """A name that is not known but near to one that is."""

    typed: str
    near: str


class NamesScreen:
    """Asks for names of medicines, typed one at a time.

    `before` are names that were typed on this screen earlier in the talk, so that they can still be taken off.
    """

    def __init__(
        self,
        step: Step,
        given: Mapping[str, Answer],
        others: Sequence[str],
        book: NameBook,
        before: Sequence[str] = (),
    ) -> None:
        self.step, self.given, self.book = step, given, book
        kept = [name for name in before if all(given.get(each) == YES for each in book.findings(name))]
        self.taken = [Taken(name, book.findings(name)) for name in (*kept, *others)]
        self._ours = {each for taken in self.taken for each in taken.findings}
        self.entry = Entry()
        self.highlighted = -1
        self.told = ""
        self.doubt: Doubt | None = None
        self.closing = False
        self.complete = ""
        self._waiting: list[str] = []
        self._near: tuple[str, list[str]] = ("", [])

    # What was answered

    @property
    def names(self) -> tuple[str, ...]:
        """The known names on the list, in the order in which they were typed."""
        return tuple(each.name for each in self.taken if each.findings)

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.taken if not each.findings)

    def answers(self) -> dict[str, Answer]:
        """All answers as they are now. Those that only a name taken off had given are gone."""
        named = {each for taken in self.taken for each in taken.findings}
        answers = {name: answer for name, answer in self.given.items() if name not in self._ours}
        answers.update(dict.fromkeys(named, YES))
        rest = {"y": UNSURE if self.unknown else NO, "?": UNSURE}.get(self.complete)
        for each in self.blank(answers):
            if rest:
                answers[each.id] = rest
        return answers

    def blank(self, answers: Mapping[str, Answer]) -> list[Finding]:
        return [each for each in self.step.findings if yes_or_no(each) and each.id not in answers]

    def reply(self, command: Command) -> Reply:
        answers = self.answers()
        touched = dict.fromkeys((*self.given, *answers))
        changes = {each: answers.get(each) for each in touched if answers.get(each) != self.given.get(each)}
        asked = {each.id for each in self.step.findings}
        last = [each for taken in reversed(self.taken) for each in taken.findings if each in asked]
        here = [*last, *(each.id for each in self.step.findings)]
        return Reply(command, changes, self.unknown, here[0] if here else "")

    def summary(self) -> str:
        parts = [*self.names, *(f"{name} - ask about this one" for name in self.unknown)]
        told = {"y": "the list is complete", "?": "not sure if the list is complete"}.get(self.complete, "")
        shown = "; ".join([*(parts or ["no name given"]), *([told] if told else [])])
        return f"{self.step.title}: {shown}"

    # Keys

    def press(self, key: str) -> Reply | None:
        self.told = ""
        if key == "f1":
            return self.reply(Command.HELP)
        if self.doubt:
            return self._press_in_doubt(self.doubt, key)
        if self.closing:
            return self._press_in_closing(key)
        if key == "enter":
            return self._enter()
        if key == "backspace" and not self.entry.text:
            self._take_off()
        elif key in ("up", "down", "tab", "s-tab"):
            self._highlight(STEPS[key])
        elif key == "escape":
            self.highlighted = -1
        elif len(key) == 1:
            self._edit(self.entry.inserted(inert(key)))
        elif (edited := self.entry.edited(key)) != self.entry:
            self._edit(edited)
        return None

    def paste(self, text: str) -> None:
        """A pasted list of names is taken as if its lines had commas between them."""
        if not self.doubt and not self.closing:
            lines = [line.strip() for line in inert(text.replace("\r", "\n")).split("\n")]
            self._edit(self.entry.inserted(", ".join(line for line in lines if line)))

    def _edit(self, entry: Entry) -> None:
        self.entry, self.highlighted = entry, -1

    def _highlight(self, by: int) -> None:
        count = len(self.offered())
        if count:
            self.highlighted = (self.highlighted + by) % count if self.highlighted >= 0 or by > 0 else count - 1

    def offered(self) -> list[str]:
        """The names shown under the line that is being typed."""
        text = self.entry.text.strip()
        if text.startswith("/"):
            return []
        if self._near[0] != text:
            self._near = (text, self.book.near(text, 6))
        return self._near[1]

    def _enter(self) -> Reply | None:
        if self.highlighted >= 0:
            self._add(self.offered()[self.highlighted])
            self._edit(Entry())
            return None
        text = " ".join(self.entry.text.split())
        command = _typed_command(text)
        if command:
            self._edit(Entry())
            return self.reply(command)
        if text.startswith("/"):
            self.told = f"{text} is no command. The commands stand below."
            return None
        self._edit(Entry())
        word = text.casefold()
        if word in NOT_SURE or word in SKIP:
            self.complete = "?" if word in NOT_SURE else "n"
            return self.reply(Command.DONE)
        if not text or word in NO_NAMES:
            return self._close()
        self._waiting = [name.strip() for name in re.split("[,;]", text) if name.strip()]
        self._take_waiting()
        return None

    def _close(self) -> Reply | None:
        self.closing = bool(self.blank(self.answers()))
        return None if self.closing else self.reply(Command.DONE)

    def _take_waiting(self) -> None:
        """Take over the typed names until one of them needs a question."""
        while self._waiting and not self.doubt:
            text = self._waiting.pop(0)
            known = self.book.exact(text)
            near = [] if known else self.book.near(text, 1)
            if near:
                self.doubt = Doubt(text, near[0])
            else:
                self._add(known or text)

    def _add(self, name: str) -> None:
        if name.casefold() in {each.casefold() for each in (*self.names, *self.unknown)}:
            self.told = f"{name} is on the list already."
        else:
            self.taken.append(Taken(name, self.book.findings(name)))

    def _take_off(self) -> None:
        if self.taken:
            self.told = f"{self.taken.pop().name} was taken off the list."

    def _press_in_doubt(self, doubt: Doubt, key: str) -> Reply | None:
        key = key.lower()
        if key in ("y", "n"):
            self.doubt = None
            self._add(doubt.near if key == "y" else doubt.typed)
            self._take_waiting()
        elif key == "backspace":
            self._unsettle(doubt)
        elif key in KEYS:
            self._unsettle(doubt)
            return self.reply(KEYS[key])
        elif key != "escape":
            self.told = "Press y or n, or Backspace to change what you typed."
        return None

    def _unsettle(self, doubt: Doubt) -> None:
        """Back to the line that is being typed, with the name as it was."""
        self.doubt = None
        text = ", ".join([doubt.typed, *self._waiting])
        self._edit(Entry(text, len(text)))

    def _press_in_closing(self, key: str) -> Reply | None:
        key = "?" if key in ("u", "U") else key.lower()
        if key in ("y", "n", "?"):
            self.complete = key
            return self.reply(Command.DONE)
        if key in KEYS:
            return self.reply(KEYS[key])
        if key == "backspace":
            self.closing = False
        elif key != "escape":
            self.told = HINT
        return None

    # Picture

    def picture(self, width: int) -> Picture:
        body: list[Row] = [*(plain_rows(self.step.intro, width) if self.step.intro else ()), (), *self._list(width)]
        start = len(body)
        focus, caret = (start, start + 1), None
        if self.doubt:
            body += plain_rows(f"Did you mean {self.doubt.near}?", width, "class:title")
        elif self.closing:
            body += plain_rows("Is this list complete?", width, "class:title")
        else:
            typed, column = self._typed_rows(width)
            caret = (start + len(typed) - 1, column)
            body += typed
            for place, name in enumerate(self.offered()):
                rows = list(self._offer(place, name, width))
                body += rows
                if place == self.highlighted or self.highlighted < 0:
                    # Where both do not fit, the name to be chosen matters more than what was typed.
                    focus = (start if self.highlighted < 0 else len(body) - len(rows), len(body))
        head = title_rows(self.step.title, self.step.left, width)
        return Picture(head, tuple(body), foot_rows(self.told, self._keys(), width), focus, focus[0] - start, caret)

    def _list(self, width: int) -> Iterator[Row]:
        ours = {each for taken in self.taken for each in taken.findings} | self._ours
        for finding in self.step.findings:
            if self.given.get(finding.id) == YES and finding.id not in ours:
                yield from _item(f"{finding.label}: yes", width)
        for taken in self.taken:
            yield from _item(f"{taken.name}: {self._told_of(taken) or 'ask about this one'}", width)
        if self.taken:
            yield from _item("(Backspace on the empty line takes off the last name.)", width)
            yield ()

    def _told_of(self, taken: Taken) -> str:
        labels = {each.id: each.label for each in self.step.findings}
        return "; ".join(labels.get(each, "known") for each in taken.findings)

    def _typed_rows(self, width: int) -> tuple[list[Row], int]:
        """The line being typed, with its caret in sight also where the line is wider than the terminal."""
        room = max(2, width - 3)
        start = 0
        while columns(self.entry.text[start : self.entry.at]) > room:
            start += 1
        shown = self.entry.text[start:]
        while columns(shown) > room:
            shown = shown[:-1]
        caret = 2 + len(self.entry.text[start : self.entry.at])
        return [(("class:here", "> "), ("", shown), ("", " "))], caret

    def _offer(self, place: int, name: str, width: int) -> Iterator[Row]:
        here = place == self.highlighted
        labels = self._told_of(Taken(name, self.book.findings(name)))
        first, *more = wrapped(f"{name}: {labels}" if labels else name, width - 4, 2)
        style = "reverse" if here else ""
        yield (("class:here", "  > " if here else "    "), (style, first))
        for row in more:
            yield (("", "    "), (style, row))

    def _keys(self) -> list[Sequence[tuple[str, str]]]:
        if self.doubt:
            kept = f'no, keep "{self.doubt.typed}" as typed'
            return [[("y", "yes"), ("n", kept), ("Backspace", "type it again")], COMMAND_ITEMS]
        if self.closing:
            answers = [("y", "yes"), ("n", "no / not now"), ("?", "not sure"), ("Backspace", "type more")]
            return [answers, COMMAND_ITEMS]
        enter = "add the name" if self.entry.text.strip() else "finish the list"
        keys = [("Enter", enter), ("Tab", "choose a name")] if self.offered() else [("Enter", enter)]
        return [keys, [(f"/{each.value}", "") for each in COMMANDS]]


def _item(text: str, width: int) -> Iterator[Row]:
    for place, row in enumerate(wrapped(text, width - 2, 2)):
        yield (("class:answer" if place == 0 and not text.startswith("(") else "", "  " + row),)


def _typed_command(text: str) -> Command | None:
    """A command typed as a word or its first letter, with or without a slash. No medicine has such a name."""
    word = text.casefold().removeprefix("/")
    return KEYS.get(word) or {each.value: each for each in COMMANDS}.get(word)


# --- one of several -----------------------------------------------------------------------------------------


class ChoiceScreen:
    """One of several options, by arrows and Enter, by an option's own key, or in a long list by a part of its name."""

    def __init__(self, title: str, options: Sequence[Option]) -> None:
        self.title, self.options = title, tuple(options)
        self.at = 0
        self.told = ""
        self.sought: str | None = None

    @property
    def is_long(self) -> bool:
        return len(self.options) > LONG

    def listed(self) -> Sequence[Option]:
        """The options in sight: all of them, or those that fit what is sought, the likeliest first."""
        return matching(self.options, self.sought, len(self.options)) if self.sought else self.options

    def press(self, key: str) -> Option | None:
        self.told = ""
        listed = self.listed()
        if key in STEPS:
            self.at = max(min(self.at + STEPS[key], len(listed) - 1), 0)
            return None
        if key in ("enter", "right"):
            return listed[self.at] if listed else None
        if self.sought is not None:
            self._seek(key, self.sought)
            return None
        if key == "/" and self.is_long:
            self.sought = ""
            return None
        option = chosen(self.options, key)
        if option:
            return option
        if key.lower() in ASKING:
            self.told = how_to_choose(self.options, [option.key or "Enter" for option in self.options])
            if self.is_long:
                self.told = "Move with the arrow keys, or press / and type a part of a name. Then press Enter."
        elif key != "escape":
            self.told = "Move with the arrow keys and press Enter. Press h for help."
        return None

    def _seek(self, key: str, sought: str) -> None:
        """What is typed narrows the list; the last Backspace, or Escape, brings all of it back."""
        if key == "escape" or (key == "backspace" and not sought):
            self.sought = None
        elif key == "backspace":
            self.sought = sought[:-1]
        elif len(key) == 1:
            self.sought = sought + inert(key)
        self.at = 0
        if self.sought and not self.listed():
            self.told = "Nothing here is called so. Try another word for it."

    def paste(self, text: str) -> None:
        """Nothing here takes text."""

    def picture(self, width: int) -> Picture:
        body: list[Row] = []
        start = end = 0
        listed = self.listed()
        keyed = any(option.key for option in listed)
        for place, option in enumerate(listed):
            here = place == self.at
            pointer = ("class:here", "> ") if here else ("", "  ")
            indent = 5 if keyed else 2
            first, *more = wrapped(option.label, width - indent)
            key = inert(option.key)[:1].ljust(3) if keyed else ""
            rows: list[Row] = [(pointer, ("class:key", key), ("", first))]
            rows += [(("", " " * indent + row),) for row in more]
            if here:
                start, end = len(body), len(body) + len(rows)
            body += rows
        head = title_rows(self.title, 0, width)
        if self.sought is not None:
            head = (*head, *plain_rows(f"Find: {self.sought}_", width))
        return Picture(head, tuple(body), foot_rows(self.told, [self._keys(keyed)], width), (start, end))

    def _keys(self, keyed: bool) -> list[tuple[str, str]]:
        keys: list[tuple[str, str]] = [("up, down", "move"), ("Enter", "choose")]
        if self.sought is not None:
            return [("type", "a part of a name"), *keys, ("Escape", "show all")]
        if self.is_long:
            keys.append(("/", "find"))
        elif keyed:
            keys.append(("a key", "choose at once"))
        if any(option.value in AWAY for option in self.options) and not any(each.key == "b" for each in self.options):
            keys.append(("b", "back"))
        if not any(option.key == "h" for option in self.options):
            keys.append(("h", "help"))
        return keys

    def summary(self, option: Option) -> str:
        return f"{self.title}{' ' if self.title.endswith(('?', '.', '!', ':')) else ': '}{option.label}"
