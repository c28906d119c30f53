"""Asks and shows in a real terminal. The only home of prompt_toolkit."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from prompt_toolkit.application import Application
from prompt_toolkit.application.current import get_app_session
from prompt_toolkit.data_structures import Point
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import Layout, UIContent, UIControl, Window
from prompt_toolkit.layout.controls import GetLinePrefixCallable
from prompt_toolkit.output import ColorDepth, Output
from prompt_toolkit.shortcuts import print_formatted_text
from prompt_toolkit.styles import Style

from quiz.choosing import PickScreen, SeveralScreen
from quiz.conversation import Command, Heard, Option, Reply, unheard
from quiz.interview import Step
from quiz.model import Answer
from quiz.screens import (
    LEAVING,
    LIST_KEYS,
    NAMES_KEYS,
    ChoiceScreen,
    ListScreen,
    NameBook,
    NamesScreen,
    Picture,
    framed,
    summary,
)
from quiz.text import page, wrapped

STYLE = Style.from_dict({"title": "bold", "here": "bold ansicyan", "answer": "bold", "key": "bold", "told": "bold"})

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Screen(Protocol[T_co]):
    """Takes keys by name (`y`, `enter`, `up`) until one of them settles it."""

    def press(self, key: str) -> T_co | None: ...
    def paste(self, text: str) -> None: ...
    def picture(self, width: int) -> Picture: ...


class _Control(UIControl):
    """Draws a screen into whatever room there is."""

    def __init__(self, screen: Screen[object]) -> None:
        self.screen = screen
        self.top = 0

    def is_focusable(self) -> bool:
        return True

    def preferred_height(
        self,
        width: int,
        max_available_height: int,
        wrap_lines: bool,
        get_line_prefix: GetLinePrefixCallable | None,
    ) -> int | None:
        return min(self.screen.picture(width).height, max_available_height)

    def create_content(self, width: int, height: int) -> UIContent:
        frame = framed(self.screen.picture(width), height, self.top)
        self.top = frame.top
        # Without a caret the cursor rests, hidden, on the first row: after a resize, when the terminal has broken
        # the rows anew, that is where the old picture still begins and can be wiped.
        row, column = frame.caret or (0, 0)
        return UIContent(
            get_line=lambda place: list(frame.rows[place]),
            line_count=len(frame.rows),
            cursor_position=Point(x=column, y=row),
            show_cursor=frame.caret is not None,
        )


NAMED_KEYS = {
    Keys.ControlM: "enter",
    Keys.ControlJ: "enter",  # what a terminal makes of Enter that is pressed between two prompts
    Keys.ControlI: "tab",
    Keys.BackTab: "s-tab",
    Keys.ControlH: "backspace",
    Keys.Delete: "delete",
    Keys.Up: "up",
    Keys.Down: "down",
    Keys.Left: "left",
    Keys.Right: "right",
    Keys.Home: "home",
    Keys.End: "end",
    Keys.PageUp: "pageup",
    Keys.PageDown: "pagedown",
    Keys.F1: "f1",
    Keys.Escape: "escape",
    Keys.ControlA: "c-a",
    Keys.ControlE: "c-e",
    Keys.ControlU: "c-u",
    Keys.ControlW: "c-w",
}


def _bindings(screen: Screen[object], pressed: Callable[[], object]) -> KeyBindings:
    """Every key goes to the screen by its name; what leaves a prompt from anywhere is settled here.

    `pressed` is called after each key that the screen stays after.
    """
    bindings = KeyBindings()

    def press(event: KeyPressEvent) -> None:
        key = event.key_sequence[-1]
        name = NAMED_KEYS.get(key.key) if isinstance(key.key, Keys) else key.key
        settled = screen.press(name or "unknown")
        if settled is not None:
            event.app.exit(result=settled)
        else:
            pressed()

    for each in (Keys.Any, *NAMED_KEYS):
        bindings.add(each)(press)

    @bindings.add(Keys.Escape, Keys.Any)
    def _(event: KeyPressEvent) -> None:
        screen.press("unknown")  # Alt and a letter is not that letter.

    @bindings.add(Keys.BracketedPaste)
    def _(event: KeyPressEvent) -> None:
        screen.paste(event.data)
        pressed()

    @bindings.add(Keys.ControlC)
    @bindings.add(Keys.SIGINT)
    def _(event: KeyPressEvent) -> None:
        event.app.exit(exception=KeyboardInterrupt())

    @bindings.add(Keys.ControlD)
    def _(event: KeyPressEvent) -> None:
        event.app.exit(exception=EOFError())

    @bindings.add(Keys.ControlZ)
    def _(event: KeyPressEvent) -> None:
        event.app.suspend_to_background()

    return bindings


class Terminal:
    """Asks with single keys, in place, and leaves a transcript of what was answered above.

    `medicines` maps a name to the findings it stands for. Colour is never needed to understand a screen; without it,
    or with NO_COLOR set, there is only bold, underline and reverse.
    """

    def __init__(
        self,
        medicines: Mapping[str, tuple[str, ...]],
        *,
        colour: bool = True,
        input: Input | None = None,
        output: Output | None = None,
    ) -> None:
        self._book = NameBook(medicines)
        self._colour = colour and not os.environ.get("NO_COLOR")
        self._input, self._output = input, output
        self._stood_on: dict[str, str] = {}
        self._named: dict[str, tuple[str, ...]] = {}

    def ask(
        self, step: Step, given: Mapping[str, Answer], other_medicines: Sequence[str], heard: Heard = unheard
    ) -> Reply:
        if step.kind == "typed":
            return self._ask_names(step, given, other_medicines, heard)
        screen = ListScreen(step, given, self._stood_on.pop(step.id, ""))
        reply = self._answered(screen, heard)
        if reply.command not in LEAVING:
            self._stood_on[step.id] = reply.finding
        self._leave(reply, summary(step, screen.lines.answers), LIST_KEYS)
        return reply

    def _ask_names(
        self, step: Step, given: Mapping[str, Answer], other_medicines: Sequence[str], heard: Heard
    ) -> Reply:
        screen = NamesScreen(step, given, other_medicines, self._book, self._named.get(step.id, ()))
        reply = self._answered(screen, heard)
        self._named[step.id] = screen.names
        self._leave(reply, screen.summary(), NAMES_KEYS)
        return reply

    def _answered(self, screen: ListScreen | NamesScreen, heard: Heard) -> Reply:
        """The reply of a screen; Ctrl-C and Ctrl-D leave it with what stands on it. A key that answers is heard."""
        last = screen.reply(Command.DONE)

        def pressed() -> None:
            nonlocal last
            now = screen.reply(Command.DONE)
            if (now.given, now.other_medicines) != (last.given, last.other_medicines):
                last = now
                heard(now)

        try:
            return self._run(screen, pressed)
        except KeyboardInterrupt:
            return screen.reply(Command.INTERRUPTED)
        except EOFError:
            return screen.reply(Command.ENDED)

    def _leave(self, reply: Reply, answered: str, keys: str) -> None:
        """Into the scrollback: what was answered, once the person leaves the screen; the keys, before other help."""
        if reply.command is Command.DONE or (reply.command in LEAVING and reply.given):
            self._print(answered, hang=2)
        elif reply.command is Command.HELP:
            self._print(keys)
            self._write("")

    def choose(self, title: str, options: Sequence[Option]) -> str:
        screen = ChoiceScreen(title, options)
        option = self._run(screen)
        self._print(screen.summary(option), hang=2)
        return option.value

    def choose_several(self, title: str, options: Sequence[Option], commands: Sequence[Option] = ()) -> tuple[str, ...]:
        """The values chosen, at least one, or that of one command."""
        screen = SeveralScreen(title, options, commands)
        taken = self._run(screen)
        self._print(screen.summary(taken), hang=2)
        return taken

    def pick(self, title: str, options: Sequence[Option], commands: Sequence[Option] = ()) -> str:
        """The value of one of many options, found by typing, or that of a command."""
        screen = PickScreen(title, options, commands)
        option = self._run(screen)
        self._print(screen.summary(option), hang=2)
        return option.value

    def say(self, text: str) -> None:
        self._write(page(text, self._width()))

    def _print(self, text: str, hang: int = 0) -> None:
        self._write("\n".join(wrapped(text, self._width(), hang)))

    def _write(self, text: str) -> None:
        print_formatted_text(FormattedText([("", text)]), output=self._output)

    def _width(self) -> int:
        return (self._output or get_app_session().output).get_size().columns

    def _run(self, screen: Screen[T], pressed: Callable[[], object] = lambda: None) -> T:
        app: Application[T] = Application(
            layout=Layout(Window(_Control(screen))),
            key_bindings=_bindings(screen, pressed),
            style=STYLE,
            include_default_pygments_style=False,
            full_screen=False,
            erase_when_done=True,
            color_depth=ColorDepth.DEPTH_4_BIT if self._colour else ColorDepth.DEPTH_1_BIT,
            input=self._input,
            output=self._output,
        )
        # The Escape key is told from the start of an arrow key by the time that passes after it.
        app.ttimeoutlen = app.timeoutlen = 0.05
        self._wipe_echo(app.output)
        return app.run()

    def _wipe_echo(self, output: Output) -> None:
        """Keys pressed between two prompts reach the next one, and until then the terminal echoes them."""
        output.write_raw("\r")
        output.erase_end_of_line()
        output.flush()
