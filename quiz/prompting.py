"""Puts one screen to a person in a terminal and hands it their keys. The only home of prompt_toolkit.

It takes a while to import, so `quiz.terminal` does that when there is something to put.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from prompt_toolkit.application import Application
from prompt_toolkit.application.current import get_app
from prompt_toolkit.data_structures import Point
from prompt_toolkit.input import Input as Input
from prompt_toolkit.input.typeahead import store_typeahead
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import Layout, UIContent, UIControl, Window
from prompt_toolkit.layout.controls import GetLinePrefixCallable
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output import Output as Output
from prompt_toolkit.styles import Style

from quiz import early, opening
from quiz.early import Screen
from quiz.screens import Picture, framed

STYLE = Style.from_dict({"title": "bold", "here": "bold ansicyan", "answer": "bold", "key": "bold", "told": "bold"})
"""The same as `quiz.ansi` draws."""

T = TypeVar("T")


class _Control(UIControl):
    """Draws a screen into whatever room there is."""

    def __init__(self, screen: Screen[object]) -> None:
        self.screen = screen
        self.top = 0
        self._drawn: tuple[tuple[int, int], Picture] | None = None

    def is_focusable(self) -> bool:
        return True

    def _picture(self, width: int) -> Picture:
        """The screen as it is now, drawn once for each time that it is shown."""
        now = get_app().render_counter, width
        if self._drawn is None or self._drawn[0] != now:
            self._drawn = now, self.screen.picture(width)
        return self._drawn[1]

    def preferred_height(
        self,
        width: int,
        max_available_height: int,
        wrap_lines: bool,
        get_line_prefix: GetLinePrefixCallable | None,
    ) -> int | None:
        return min(self._picture(width).height, max_available_height)

    def create_content(self, width: int, height: int) -> UIContent:
        frame = framed(self._picture(width), height, self.top)
        self.top = frame.top
        self.screen.seen(frame.whole)
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


class Standing:
    """A screen that takes keys now. Any thread may ask it for something."""

    def __init__(self, app: Application[T]) -> None:
        self._app = app

    def redraw(self) -> None:
        """Draw it again, as something else stands on it now."""
        self._soon(self._app.invalidate)

    def fail(self, error: BaseException) -> None:
        """Leave the screen with this error, unless it was left."""

        def leave() -> None:
            if self._app.is_running and self._app.future and not self._app.future.done():
                self._app.exit(exception=error)

        self._soon(leave)

    def _soon(self, do: Callable[[], object]) -> None:
        if self._app.loop is not None:
            with suppress(RuntimeError):  # the screen was left in this moment
                self._app.loop.call_soon_threadsafe(do)


def put(
    screen: Screen[T],
    pressed: Callable[[], object],
    stands: Callable[[Standing], object],
    *,
    colour: bool,
    input: Input | None = None,
    output: Output | None = None,
) -> T:
    """What a screen was settled with. `stands` is called once, when it is drawn and takes keys."""
    app: Application[T] = Application(
        layout=Layout(Window(_Control(screen))),
        key_bindings=_bindings(screen, pressed),
        style=STYLE,
        include_default_pygments_style=False,
        full_screen=False,
        erase_when_done=True,
        color_depth=ColorDepth.DEPTH_4_BIT if colour else ColorDepth.DEPTH_1_BIT,
        input=input,
        output=output,
    )
    # Escape may be the start of an arrow key, whose rest comes at once. What comes later is a key of its own.
    app.ttimeoutlen, app.timeoutlen = early.ESCAPE_WAITS, 0

    def drawn(app: Application[T]) -> None:
        app.after_render -= drawn
        stands(Standing(app))

    app.after_render += drawn
    _wipe_echo(app.output)
    opening.taken_over()
    if input is None:
        _take_typed(app.input)
    return app.run()


def _take_typed(input: Input) -> None:
    """Keys that were read before this library was there come first."""
    typed, early.typed = early.typed, b""
    if typed and isinstance(input, Vt100Input):
        input.vt100_parser.feed(typed.decode(errors="surrogateescape"))
        store_typeahead(input, input.read_keys())


def _wipe_echo(output: Output) -> None:
    """Keys pressed between two prompts reach the next one, and until then the terminal echoes them."""
    output.write_raw("\r")
    output.erase_end_of_line()
    output.flush()
