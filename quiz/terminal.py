"""Asks and shows in a real terminal. What takes the keys is imported once there is something to ask."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from quiz import ansi, early, opening
from quiz.conversation import Command, Heard, Option, Reply, unheard
from quiz.interview import Session, Step
from quiz.name_book import NameBook
from quiz.naming import NAMES_KEYS, NamesScreen
from quiz.opening import size
from quiz.screens import LEAVING, LIST_KEYS, ChoiceScreen, ListScreen, Picture, plain_rows, summary
from quiz.text import page, wrapped
from quiz.typed_line import Entry

if TYPE_CHECKING:
    from quiz.early import Screen
    from quiz.prompting import Input, Output, Standing

T = TypeVar("T")


class Terminal:
    """Asks with single keys, in place, and leaves a transcript of what was answered above.

    `medicines` maps a name to the findings it stands for. Colour is never needed to understand a screen; without it,
    or with NO_COLOR set, there is only bold, underline and reverse. `input` and `output` stand for the terminal.
    """

    def __init__(
        self,
        medicines: Mapping[str, tuple[str, ...]],
        *,
        colour: bool = True,
        input: Input | None = None,
        output: Output | None = None,
    ) -> None:
        self._medicines = medicines
        self._colour = colour and ansi.colour_is_wanted()
        self._input, self._output = input, output
        self._stood_on: dict[str, str] = {}
        self._read: dict[str, frozenset[str]] = {}
        self._named: dict[str, tuple[str, ...]] = {}
        self._half_typed: dict[str, Entry] = {}
        self._left: dict[str, int] = {}
        self._meanwhile: list[Callable[[], object]] = []
        self._screen: Screen[object] | None = None
        self._standing: Standing | None = None
        self._error: Exception | None = None
        self._said: list[str] | None = None  # since the last screen; before the first one it does not matter
        self._asked = False

    @cached_property
    def _book(self) -> NameBook:
        return NameBook(self._medicines)

    def ask(self, step: Step, session: Session, heard: Heard = unheard) -> Reply:
        if step.kind == "typed":
            return self._ask_names(step, session, heard)
        # Keys typed ahead come before it is drawn: nothing counts as read then but what was in sight before.
        stood_on, read = self._stood_on.pop(step.id, ""), self._read.pop(step.id, frozenset())
        screen = ListScreen(step, session.answers, stood_on, read)
        screen.left = step.left or self._left.get(step.id, 0)
        reply = self._answered(screen, heard)
        if reply.command not in LEAVING:
            self._stood_on[step.id] = reply.finding
            self._read[step.id] = screen.read or frozenset()
        elif screen.not_kept:
            self._print(screen.not_kept, hang=2)
        self._leave(reply, summary(step, screen.lines.answers), LIST_KEYS)
        return reply

    def _ask_names(self, step: Step, session: Session, heard: Heard) -> Reply:
        before = self._named.get(step.id, session.named_medicines)
        screen = NamesScreen(step, session.answers, session.other_medicines, self._book, before)
        screen.entry = self._half_typed.pop(step.id, screen.entry)
        reply = self._answered(screen, heard)
        if reply.command not in LEAVING:
            self._half_typed[step.id] = screen.entry
        self._named[step.id] = tuple(each.name for each in screen.listed if each.findings or each in screen.taken)
        self._leave(reply, screen.summary(), NAMES_KEYS)
        return reply

    def _answered(self, screen: ListScreen | NamesScreen, heard: Heard) -> Reply:
        """The reply of a screen; Ctrl-C and Ctrl-D leave it with what stands on it. A key that answers is heard."""
        last = screen.reply(Command.DONE)

        def pressed() -> None:
            nonlocal last
            now = screen.reply(Command.DONE)
            if _taken(now) != _taken(last):
                last = now
                heard(now)

        try:
            return self._run(self._once_read(screen), pressed, screen)
        except KeyboardInterrupt:
            return screen.leave(Command.INTERRUPTED)
        except EOFError:
            return screen.leave(Command.ENDED)
        finally:
            self._asked = True

    def _leave(self, reply: Reply, answered: str, keys: str) -> None:
        """Into the scrollback: what was answered, once the person leaves the screen; the keys, before other help."""
        if reply.command is Command.DONE or (reply.command in LEAVING and reply.given):
            self._print(answered, hang=2)
        elif reply.command is Command.HELP:
            self.say(f"{keys}\n")

    def choose(self, title: str, options: Sequence[Option]) -> str:
        screen = ChoiceScreen(title, options)
        option = self._run(self._once_read(screen) if self._asked else screen)
        self._asked = False
        self._print(screen.summary(option), hang=2)
        return option.value

    def choose_several(self, title: str, options: Sequence[Option], commands: Sequence[Option] = ()) -> tuple[str, ...]:
        """The values chosen, at least one, or that of one command."""
        from quiz.choosing import SeveralScreen

        screen = SeveralScreen(title, options, commands)
        taken = self._run(screen)
        self._print(screen.summary(taken), hang=2)
        return taken

    def pick(self, title: str, options: Sequence[Option], commands: Sequence[Option] = ()) -> str:
        """The value of one of many options, found by typing, or that of a command."""
        from quiz.choosing import PickScreen

        screen = PickScreen(title, options, commands)
        option = self._run(screen)
        self._print(screen.summary(option), hang=2)
        return option.value

    def say(self, text: str) -> None:
        if self._said is not None:
            self._said.append(text)
        self._write(page(text, self._width()))

    def _print(self, text: str, hang: int = 0) -> None:
        self._write("\n".join(wrapped(text, self._width(), hang)))

    def _write(self, text: str) -> None:
        if self._output is None:
            opening.write(f"{text}\n")
        else:
            self._output.write(f"{text}\n".replace("\n", "\r\n"))
            self._output.flush()

    def _width(self) -> int:
        return self._size()[0]

    def _size(self) -> tuple[int, int]:
        if self._output is None:
            return size()
        found = self._output.get_size()
        return found.columns, found.rows

    def _once_read(self, screen: Screen[T]) -> Screen[T]:
        """The screen, put off until what was said since the last one is read where it would push that out of sight.

        What begins with an empty row, as the note does, is a page by itself and for the scrollback.
        """
        width, height = self._size()
        text = "\n".join(self._said or ())
        rows = page(text, width).count("\n") + 1 if text else 0
        if not rows or text.startswith("\n") or rows + screen.picture(width).height <= height:
            return screen
        if rows + len(plain_rows(GO_ON, width)) <= height:
            return _Reading(screen, "")
        return _Reading(screen, text)

    # --- what happens while a screen stands -------------------------------------------------------------

    def meanwhile(self, job: Callable[[], object]) -> None:
        """Do this in a thread of its own once the next screen takes keys. What it raises ends the screen of then."""
        self._meanwhile.append(job)

    def count(self, step: Step, left: int) -> None:
        """How many steps about follow a step that was put without saying so. Any thread may tell it."""
        self._left[step.id] = left
        screen, standing = self._screen, self._standing
        if isinstance(screen, ListScreen) and screen.step == step:
            screen.left = left
            if standing is not None:
                standing.redraw()

    def _do_meanwhile(self) -> None:
        jobs, self._meanwhile = self._meanwhile, []
        try:
            for job in jobs:
                job()
        except Exception as error:
            self._error = error
            if self._standing is not None:
                self._standing.fail(error)

    def _stands(self, standing: Standing) -> None:
        self._standing = standing
        if self._error is not None:
            standing.fail(self._error)
        elif self._meanwhile:
            early.aside(self._do_meanwhile)

    # --- one screen ---------------------------------------------------------------------------------------

    def _run(
        self, screen: Screen[T], pressed: Callable[[], object] = lambda: None, counted: Screen[object] | None = None
    ) -> T:
        """What a screen was settled with. `counted` is the one inside it that tells how much is left."""
        self._screen = counted
        try:
            if self._output is None and not early.library.ready.is_set() and opening.can_move_the_cursor():
                opening.hold()
                settled = early.drive(screen, pressed, self._colour)
                if settled:
                    return settled.value
            from quiz.prompting import put

            early.library.ready.set()  # from now on it may hold keys of its own for the next screen
            return put(screen, pressed, self._stands, colour=self._colour, input=self._input, output=self._output)
        finally:
            self._screen = self._standing = None
            self._said = []
            opening.release()


def _taken(reply: Reply) -> tuple[object, ...]:
    return reply.given, reply.other_medicines, reply.named_medicines


GO_ON = "Press Enter to go on."


class _Reading(Generic[T]):
    """A screen that stands back while the text above it is read. A key that does not read on is one for the screen.

    `text` is shown in its place, page by page, where the terminal cannot show it at once; else it is empty.
    """

    def __init__(self, screen: Screen[T], text: str) -> None:
        self._screen, self._text = screen, text
        self._reads, self._shown = True, False
        self._at = self._next = self._rows = 0

    def press(self, key: str) -> T | None:
        if not (self._reads and self._shown and key in ("enter", " ", "escape", "down", "pagedown")):  # typed ahead too
            self._reads = False
            return self._screen.press(key)
        self._at, self._reads = self._next, self._next < self._rows and key != "escape"
        return None

    def paste(self, text: str) -> None:
        self._reads = False
        self._screen.paste(text)

    def picture(self, width: int) -> Picture:
        if not self._reads:
            return self._screen.picture(width)
        told = plain_rows(GO_ON, width, "class:told")
        if not self._text:
            return Picture((), told, (), (0, len(told)))
        rows = tuple(((("", row),) if row else ()) for row in page(self._text, width).split("\n"))
        self._rows = len(rows)
        at = min(self._at, self._rows - 1)
        lines = tuple((place, place + 1) for place in range(self._rows))
        return Picture((), rows, told, (at, at + 1), lines=lines, reads_on=True)

    def seen(self, lines: Collection[int]) -> None:
        if self._reads:
            self._shown, self._next = True, max(lines, default=self._next) + 1
        else:
            self._screen.seen(lines)
