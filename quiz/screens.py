"""Screens for the terminal: given keys by name, each says when it is done, and draws itself as rows for any width.

They know nothing of a terminal's windows, so each can be driven without one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from quiz.answers import measured, read_answer, units_of
from quiz.conversation import ASKING, AWAY, Command, Option, Reply, chosen, how_to_choose
from quiz.interview import Step
from quiz.model import NO, UNSURE, YES, Answer, Converted, Finding
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
NUMBER_KEYS = (("Enter", "keep the number"), ("Backspace", "delete"))
LEAVE_KEYS = (("up, down", "another line"), ("F1", "help"), ("Ctrl-C", "leave"))
LEAVING = (Command.DONE, Command.BACK, Command.RESULT, Command.QUIT, Command.INTERRUPTED, Command.ENDED)
"""Commands after which the person does not come back to the same screen at once."""

STEPS = {"up": -1, "s-tab": -1, "down": 1, "tab": 1, "pageup": -8, "pagedown": 8, "home": -10_000, "end": 10_000}
"""Keys that move the cursor, and by how many lines."""

HINT = "Press h for help."
LIST_KEYS = (
    "Keys: up and down move. y, n and ? answer a line, space changes the answer, delete clears it. o says no to every "
    "line that you have seen here and that is still empty. Where a number is asked, type it. Enter goes on."
)
LONG = 9
"""Options of a choice beyond which one may be found by typing."""

# --- what a screen looks like -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Picture:
    """A screen drawn for one width. Head and foot stay in place, the body scrolls between them.

    `focus` is the stretch of the body, end excluded, that has to be seen, and `lead` how many rows before it should be
    where there is room. With `reads_on`, as much as there is room for should be of what follows it. `caret` is a row of
    the body and a column, and `lines` the stretch of each line that a person answers.
    """

    head: tuple[Row, ...]
    body: tuple[Row, ...]
    foot: tuple[Row, ...]
    focus: tuple[int, int] = (0, 1)
    lead: int = 0
    caret: tuple[int, int] | None = None
    lines: tuple[tuple[int, int], ...] = ()
    reads_on: bool = False

    @property
    def height(self) -> int:
        return len(self.head) + len(self.body) + len(self.foot)


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows that fit into the terminal. `top` is the first row of the body that is in sight, and `whole` are the
    places of the lines of which every row is.
    """

    rows: tuple[Row, ...]
    top: int
    caret: tuple[int, int] | None
    whole: tuple[int, ...] = ()


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
    if picture.reads_on:
        end = max(end, min(len(picture.body), first + room - 2))
    top = scrolled(top, (led if end - led + 2 <= room else first, end), len(picture.body), room)
    body = list(picture.body[top : top + room])
    begin, stop = top, top + len(body)
    if room >= 3 and top > 0:
        body[0] = (("", "  (more above)"),)
        begin += 1
    if room >= 3 and top + room < len(picture.body):
        body[-1] = (("", "  (more below)"),)
        stop -= 1
    whole = tuple(place for place, line in enumerate(picture.lines) if begin <= line[0] and line[1] <= stop)
    caret = picture.caret
    if caret:
        row = caret[0] - top
        caret = (len(head) + row, caret[1]) if 0 <= row < room else None
    return Frame((*head, *body, *foot), top, caret, whole)


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


# A screen is drawn again at every key, and most of it is as it was.


@lru_cache(maxsize=512)
def broken(text: str, width: int, hang: int = 0) -> tuple[str, ...]:
    """A text in rows, as `wrapped` breaks it."""
    return tuple(wrapped(text, width, hang))


def plain_rows(text: str, width: int, style: str = "") -> tuple[Row, ...]:
    return tuple(((style, row),) for row in broken(text, width))


@lru_cache(maxsize=64)
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


@lru_cache(maxsize=64)
def toolbar(groups: tuple[tuple[tuple[str, str], ...], ...], width: int) -> tuple[Row, ...]:
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
    return (*plain_rows(told, width, "class:told"), *toolbar(tuple(map(tuple, groups)), width))


# --- a list of findings -------------------------------------------------------------------------------------


def marker(finding: Finding, answer: Answer | None) -> str:
    """The answer in words; empty where there is none."""
    if answer is None:
        return ""
    if answer == UNSURE:
        return "not sure"
    if isinstance(answer, Converted):
        return answer.printed
    return answer if isinstance(answer, str) else measured(answer, finding.unit)


def yes_or_no(finding: Finding) -> bool:
    return finding.words == (YES, NO)


READ_ON = "No to the lines seen so far. Read on, and press o again."
NOT_READ = "Read these lines, and press o again. If one does not fit here, answer it with y, n or ?."

BEGINS_A_NUMBER = (".", ",", "-", "<", ">", "≤", "≥")
"""Keys that may begin a number, beside digits. A limit ("<2.5") is typed as well, to be told what to type for it."""

LONGEST_NUMBER = 80
"""Characters of a number that is typed, with its unit."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a list and where the person stands. Every change is a new value.

    `entry` is a number that is still being typed on the line, and `told` what the last key gave rise to. `reads_on`
    is there while the person is told to read what follows.
    """

    findings: tuple[Finding, ...]
    answers: Mapping[str, Answer]
    at: int = 0
    entry: str = ""
    told: str = ""
    reads_on: bool = False

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

    def none_of_the_others(self, seen: Collection[str] | None = None) -> Lines:
        """No, on every yes/no line without an answer among those seen; then on to the first that was not.

        A line is left out where the no would tell of something.
        """
        blank = {
            place: each.id
            for place, each in enumerate(self.findings)
            if yes_or_no(each) and not each.yes_is_well and each.id not in self.answers
        }
        read = {name: NO for name in blank.values() if seen is None or name in seen}
        lines = replace(self, answers={**self.answers, **read})
        unread = next((place for place, name in blank.items() if name not in read), None)
        if unread is not None:
            return replace(lines, at=unread, told=READ_ON if read else NOT_READ, reads_on=True)
        return replace(lines, told="Press Enter to go on." if blank else "No line is left to say no to.")

    def typed(self, character: str) -> Lines:
        return replace(self, entry=(self.entry + character)[:LONGEST_NUMBER], told="")

    def erased(self) -> Lines:
        return replace(self, entry=self.entry[:-1], told="")

    def settled(self) -> Lines:
        """The number taken over; where it cannot be read it stays in `entry` and `told` says why."""
        if not self.entry:
            return self
        try:
            return self.answered(read_answer(self.here, self.entry, told_by="label"))
        except ValueError as error:
            return replace(self, told=str(error))

    def how_to_answer(self) -> str:
        if self.here.is_number:
            return f"Type a number in {units_of(self.here)}, or ? for not sure."
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
    """Asks a list of findings, one line each. Whoever goes on with it stands on the first line without an answer.

    `read` are the lines that were in sight before; None where nobody looks: then all count as read.
    """

    def __init__(
        self,
        step: Step,
        given: Mapping[str, Answer],
        stood_on: str = "",
        read: frozenset[str] | None = None,
    ) -> None:
        self.step, self.given = step, given
        self.left = step.left
        places = {each.id: place for place, each in enumerate(step.findings)}
        answers = {each.id: given[each.id] for each in step.findings if each.id in given}
        first = next((place for place, each in enumerate(step.findings) if each.id not in answers), 0)
        self.lines = Lines(step.findings, answers, places.get(stood_on, first))
        self.read = read
        self._questions = tuple(map(self._question, step.findings))
        self._room = max((8, *map(_room_for, step.findings)))

    def _question(self, finding: Finding) -> str:
        question = self.step.wording.get(finding.id, finding.question)
        if finding.is_number:
            return f"{question} ({units_of(finding)})"
        return f"{question} ({choices_listed(finding)})" if finding.choices else question

    def reply(self, command: Command) -> Reply:
        return Reply(command, self.lines.changes(self.given), (), self.lines.here.id)

    def leave(self, command: Command) -> Reply:
        """The reply of who leaves in the middle: a number that is still being typed is taken over, as Enter does."""
        self.lines = self.lines.settled()
        return self.reply(command)

    @property
    def not_kept(self) -> str:
        """What is said of a number that stood on the line and could not be read; empty where nothing is lost."""
        return f"{self.lines.entry} was not kept: {self.lines.told}." if self.lines.entry else ""

    def press(self, key: str) -> Reply | None:
        if self.lines.told:
            self.lines = replace(self.lines, told="", reads_on=False)
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
        if lines.here.is_number and (key in BEGINS_A_NUMBER or is_digit(key)):
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
                return lines.none_of_the_others(self.read)
            case "backspace" | "delete":
                return lines.answered(None)
            case "escape":
                return lines
        return replace(lines, told=HINT)

    def _press_in_number(self, key: str) -> Reply | None:
        if len(key) == 1 and key.isprintable():
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

    def seen(self, lines: Collection[int]) -> None:
        """These lines are wholly in sight now."""
        self.read = (self.read or frozenset()).union(self.step.findings[place].id for place in lines)

    def paste(self, text: str) -> None:
        """A number may be pasted; anything else would answer lines at random."""
        if self.lines.here.is_number:
            self.lines = self.lines.typed(" ".join(inert(text).split()))

    def picture(self, width: int) -> Picture:
        intro = plain_rows(self.step.intro, width) if self.step.intro else ()
        body: list[Row] = [*intro, ()]
        places: list[tuple[int, int]] = []
        marks = [inert(self._marker(place)) for place in range(len(self.step.findings))]
        column = max((self._room, *map(columns, marks)))
        for place, (question, mark) in enumerate(zip(self._questions, marks, strict=True)):
            here = place == self.lines.at
            rows = _line(question, mark, here, width, column)
            places.append((len(body), len(body) + len(rows)))
            body += rows
        focus = places[self.lines.at]
        head = title_rows(self.step.title, self.left, width)
        foot = foot_rows(self.lines.told, self._keys(), width)
        # With the first line its introduction comes into sight again.
        lead = 0 if self.lines.at else focus[0]
        return Picture(head, tuple(body), foot, focus, lead, None, tuple(places), self.lines.reads_on)

    def _keys(self) -> list[Sequence[tuple[str, str]]]:
        """The keys that work now. While a number is typed, letters are part of it, or of its unit."""
        if self.lines.entry:
            return [NUMBER_KEYS, LEAVE_KEYS]
        answers = [("?", "not sure")]
        if any(yes_or_no(each) for each in self.step.findings):
            answers = [("y", "yes"), ("n", "no"), *answers, ("o", "none of the others")]
        return [[*answers, ("Enter", "next")], COMMAND_ITEMS]

    def _marker(self, place: int) -> str:
        finding = self.step.findings[place]
        if place == self.lines.at and self.lines.entry:
            return f"[{self.lines.entry}]"
        return marker(finding, self.lines.answers.get(finding.id))


def _room_for(finding: Finding) -> int:
    """Columns for any answer to it, so that the questions stay where they are."""
    return len(finding.unit) + 7 if finding.is_number else max(map(len, finding.words))


@lru_cache(maxsize=512)
def _line(question: str, mark: str, here: bool, width: int, column: int) -> tuple[Row, ...]:
    """A line of a list: a pointer where the person stands, `column` columns for the answer, and the question."""
    pointer = ("class:here", "> ") if here else ("", "  ")
    if column * 4 <= width:
        first, *more = broken(question, width - column - 4)
        gap = " " * (column - columns(mark) + 2)
        return (
            (pointer, ("class:answer", mark), ("", gap + first)),
            *((("", " " * (column + 4) + row),) for row in more),
        )
    shown = mark if mark.startswith("[") else f"[{mark or ' '}]"
    return _marked_inside(pointer, shown, question, width)


def _marked_inside(pointer: tuple[str, str], shown: str, question: str, width: int) -> tuple[Row, ...]:
    """A line in a narrow terminal: the answer stands in front of the question instead of in a column."""
    first, *more = broken(f"{shown} {question}", width - 2, 2)
    opening = ("class:answer", shown) if first.startswith(shown) else ("", "")
    return ((pointer, opening, ("", first.removeprefix(opening[1]))), *((("", "  " + row),) for row in more))


def is_digit(key: str) -> bool:
    return len(key) == 1 and key in "0123456789"


class AllTheSame:
    """A screen on which no key depends on what is in sight."""

    def seen(self, lines: Collection[int]) -> None:
        """It does not matter."""


# --- one of several -----------------------------------------------------------------------------------------


class ChoiceScreen(AllTheSame):
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
