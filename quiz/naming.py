"""The screen that asks for names of medicines, typed one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from quiz.conversation import COMMANDS, Command, Reply
from quiz.interview import Step
from quiz.model import NO, UNSURE, YES, Answer, Finding
from quiz.name_book import NameBook, says_nothing
from quiz.screens import KEYS, Picture, Row, foot_rows, plain_rows, title_rows, yes_or_no
from quiz.text import inert, wrapped
from quiz.typed_line import Entry, TypedLine

NAMES_KEYS = (
    "Keys: type a name, or its beginning, and press Enter. Tab and the arrows choose one of the names shown. Backspace "
    "on the empty line takes off the last name. Enter on the empty line goes on. /back, /why and the other commands "
    "are typed too."
)

NOT_SURE = {"?", "u", "unsure", "not sure"}
SKIP = {"skip", "pass"}
AGREED, DENIED = ("y", "yes"), ("n", "no")
TYPED_COMMANDS = [(f"/{each.value}", "") for each in COMMANDS]


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


class NamesScreen(TypedLine):
    """Asks for names of medicines, typed one at a time.

    `before` are names that were taken on this screen earlier in the talk, in their order, or stood for answers when it
    was left. Those that still stand among the answers given, or the `others`, can still be taken off. What another one
    of the `others` means is asked anew: somebody may have left where that was in question.
    """

    def __init__(
        self,
        step: Step,
        given: Mapping[str, Answer],
        others: Sequence[str],
        book: NameBook,
        before: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.step, self.given, self.book = step, given, book
        kept = [name for name in before if name in others or _holds(book.findings(name), given)]
        self.taken = [Taken(name, book.findings(name)) for name in dict.fromkeys(kept)]
        self._ours = {each for taken in self.taken for each in taken.findings}
        self._known_before = set(others)
        self.told = ""
        self.doubt: Doubt | None = None
        self.closing = False
        self.complete = ""
        self._waiting: list[str] = []
        self._near: tuple[str, list[str]] = ("", [])
        self._take(name for name in others if name not in kept)

    # What was answered

    @property
    def listed(self) -> list[Taken]:
        """The names on the list, in the order in which they were typed. One that is still in question stands as it is:
        whoever leaves at that question loses no name."""
        waiting = [self.doubt.typed, *self._waiting] if self.doubt else []
        names = (self.book.exact(each) or each for each in waiting)
        return [*self.taken, *(Taken(name, self.book.findings(name)) for name in names)]

    @property
    def names(self) -> tuple[str, ...]:
        """The known names on the list."""
        return tuple(each.name for each in self.listed if each.findings)

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.listed if not each.findings)

    def answers(self) -> dict[str, Answer]:
        """All answers as they are now. Those that only a name taken off had given are gone."""
        named = {each for taken in self.listed for each in taken.findings}
        answers = {name: answer for name, answer in self.given.items() if name not in self._ours}
        if not set(self.unknown) <= self._known_before:  # a name that nobody knows may be any medicine
            denied = (each.id for each in self.step.findings if yes_or_no(each) and answers.get(each.id) == NO)
            answers.update(dict.fromkeys(denied, UNSURE))
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
        last = [each for taken in reversed(self.listed) for each in taken.findings if each in asked]
        here = [*last, *(each.id for each in self.step.findings)]
        return Reply(command, changes, self.unknown, here[0] if here else "", self.names)

    def leave(self, command: Command) -> Reply:
        """The reply of who leaves in the middle: a name that is still being typed is taken over, as Enter does."""
        text = " ".join(self.entry.text.split())
        if text and not text.startswith("/") and not _typed_command(text) and not _is_no_name(text.casefold()):
            self._enter()
        return self.reply(command)

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
        if key == "enter":
            return self._enter()
        if key == "backspace" and not self.entry.text:
            if self.closing:
                self.closing = False
            elif self.doubt:
                self._unsettle(self.doubt)
            else:
                self._take_off()
        else:
            self._typed(key)
        return None

    def paste(self, text: str) -> None:
        """A pasted list of names is taken as if its lines had commas between them."""
        lines = [line.strip() for line in inert(text.replace("\r", "\n")).split("\n")]
        self._edit(self.entry.inserted(", ".join(line for line in lines if line)))

    def offered(self) -> list[str]:
        """The names shown under the line that is being typed."""
        text = self.entry.text.strip()
        if text.startswith("/") or (self._is_asked and _begins_an_answer(text.casefold())):
            return []
        if self._near[0] != text:
            self._near = (text, self.book.near(text, 6))
        return self._near[1]

    @property
    def _is_asked(self) -> bool:
        """Whether a question stands above the line."""
        return self.closing or self.doubt is not None

    def _enter(self) -> Reply | None:
        if self.highlighted >= 0:
            name = self.offered()[self.highlighted]
            self._edit(Entry())
            self.closing = False
            self._take([name])
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
        if self.closing and (not text or word in (*AGREED, *DENIED, *NOT_SURE, *SKIP)):
            return self._settle_closing(word)
        self.closing = False
        if self.doubt and (not text or _is_no_name(word) or word in AGREED):
            self._settle(self.doubt, word)
            return None
        if word in NOT_SURE or word in SKIP:
            self.complete = "?" if word in NOT_SURE else "n"
            return self.reply(Command.DONE)
        if not text or word in DENIED or says_nothing(word):
            return self._close()
        self._take(self.book.listed(text))
        return None

    def _close(self) -> Reply | None:
        self.closing = bool(self.blank(self.answers()))
        return None if self.closing else self.reply(Command.DONE)

    def _take(self, names: Iterable[str]) -> None:
        """Take over typed names, after those that wait, until one of them needs a question."""
        self._waiting += names
        if self.doubt and self._waiting:
            self.told = f"{self._waiting[-1]} comes next."
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

    def _settle(self, doubt: Doubt, word: str) -> None:
        """The question about a name is answered on the line, as what is typed there may be the next name."""
        if word not in (*AGREED, *DENIED):
            self.told = "Type y or n and press Enter. Backspace brings back what you typed."
            return
        self.doubt = None
        if word in AGREED:
            self._add(doubt.near)
        if word in DENIED or self.book.leaves_something(doubt.typed, doubt.near):
            self._add(doubt.typed)
        self._take(())

    def _unsettle(self, doubt: Doubt) -> None:
        """Back to the line that is being typed, with the name as it was."""
        text = ", ".join([doubt.typed, *self._waiting])
        self.doubt, self._waiting = None, []
        self._edit(Entry(text, len(text)))

    def _settle_closing(self, word: str) -> Reply | None:
        """Answered on the line too: what is typed ahead there may be one more name."""
        if not word:
            self.told = "Type y, n or ? and press Enter. Another name is added to the list."
            return None
        self.complete = "y" if word in AGREED else "?" if word in NOT_SURE else "n"
        return self.reply(Command.DONE)

    # Picture

    def picture(self, width: int) -> Picture:
        body: list[Row] = [*(plain_rows(self.step.intro, width) if self.step.intro else ()), (), *self._list(width)]
        start = len(body)
        if self.closing:
            body += plain_rows("Is this list complete? Type y, n or ?, then Enter.", width, "class:title")
        elif self.doubt:
            body += plain_rows(f"Did you mean {self.doubt.near}? Type y or n, then Enter.", width, "class:title")
        typed, column = self._typed_rows(width)
        body += typed
        focus = (start, len(body))
        caret = (len(body) - 1, column)
        for place, name in enumerate(self.offered()):
            labels = self._told_of(Taken(name, self.book.findings(name)))
            rows = list(self._offer(place, f"{name}: {labels}" if labels else name, width))
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

    def _keys(self) -> list[Sequence[tuple[str, str]]]:
        if self.doubt:
            kept = f'no, keep "{self.doubt.typed}" as typed'
            return [[("y", "yes"), ("n", kept), ("Backspace", "type it again")], TYPED_COMMANDS]
        if self.closing:
            answers = [("y", "yes"), ("n", "no / not now"), ("?", "not sure"), ("Backspace", "type more")]
            return [answers, TYPED_COMMANDS]
        enter = "add the name" if self.entry.text.strip() else "finish the list"
        keys = [("Enter", enter), ("Tab", "choose a name")] if self.offered() else [("Enter", enter)]
        return [keys, TYPED_COMMANDS]


def _item(text: str, width: int) -> Iterator[Row]:
    for place, row in enumerate(wrapped(text, width - 2, 2)):
        yield (("class:answer" if place == 0 and not text.startswith("(") else "", "  " + row),)


def _holds(findings: Sequence[str], given: Mapping[str, Answer]) -> bool:
    return bool(findings) and all(given.get(each) == YES for each in findings)


def _is_no_name(word: str) -> bool:
    return word in (*DENIED, *NOT_SURE, *SKIP) or says_nothing(word)


def _begins_an_answer(text: str) -> bool:
    return any(word.startswith(text) for word in (*AGREED, *DENIED, *NOT_SURE))


def _typed_command(text: str) -> Command | None:
    """A command typed as a word or its first letter, with or without a slash. No medicine has such a name."""
    word = text.casefold().removeprefix("/")
    return KEYS.get(word) or {each.value: each for each in COMMANDS}.get(word)
