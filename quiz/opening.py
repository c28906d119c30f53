"""The first moment at a terminal: a line to read, and keys that wait unseen until something takes them.

It needs no library, so that it is there before any is imported. What it changes of the terminal is put back however
the program ends.
"""

from __future__ import annotations

import os
import sys

from quiz.ansi import SHOW, WIPE, WIPE_ROW, WRAPS_AND_PLAIN_PASTE
from quiz.exitcodes import INTERRUPTED

TYPE_CHECKING = False  # as typing has it, whose import would cost milliseconds
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

TITLE = "Electrolyte quiz"
WHAT_THIS_IS = f"{TITLE}: which electrolyte to discuss with a clinician, and why."

_said = False
"""Whether the first line was told."""

_held = False
"""Whether keys are held."""

_before: list[Any] = []
"""How the terminal was before anything was changed of it; empty where nothing was."""

_pictured = False
"""Whether a picture stands below the cursor that nothing has taken over yet."""


def can_move_the_cursor() -> bool:
    """Whether somebody sits before a terminal on which a screen can be drawn in place."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def lines_are_wanted() -> bool:
    return os.environ.get("ACCESSIBLE") not in (None, "", "0")


def size() -> tuple[int, int]:
    """Columns and rows of the terminal of standard output; 80 and 24 where it does not say."""
    try:
        found = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):  # no terminal, or none that has a number
        return 80, 24
    return found.columns or 80, found.lines or 24


def begin(arguments: Sequence[str]) -> bool:
    """Write the first line at once where `arguments` ask for nothing but a talk in a terminal; whether they do."""
    global _said
    if list(arguments) not in ([], ["ask"]) or lines_are_wanted() or not can_move_the_cursor():
        return False
    write(f"{WIPE}{_in_rows(TITLE if arguments else WHAT_THIS_IS)}\n")
    _said = True
    hold()
    write(WIPE_ROW)  # a key pressed before it was held may have been echoed
    return True


def _in_rows(line: str) -> str:
    width = size()[0]
    if len(line) <= width:
        return line
    from quiz.text import wrapped  # what it needs takes a while, and most terminals are wider

    return "\n".join(wrapped(line, width))


def write(text: str) -> None:
    """Show a text on standard output now. What its encoding lacks becomes a mark."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def tell(line: str, say: Callable[[str], object]) -> None:
    """Say this as the first line, unless one was told already."""
    global _said
    if not _said:
        say(line)
    _said = True


def hold() -> None:
    """Keep what is typed for whoever asks next, and do not echo it. Ctrl-C leaves at once: nothing was answered yet."""
    global _before, _held
    if _held:
        return
    import termios
    from signal import SIGINT, SIGTERM, signal

    try:
        _before = _before or termios.tcgetattr(sys.stdin)
        signal(SIGINT, _leave)
        signal(SIGTERM, _leave)
    except (termios.error, ValueError):  # no terminal after all, or not the main thread
        return
    _held = True
    _set(_raw(signals=True))


def _raw(*, signals: bool) -> list[Any]:
    """The terminal with keys as they are pressed, and nothing echoed. `signals`: Ctrl-C interrupts."""
    import termios

    raw = list(_before)
    raw[0] &= ~(termios.ICRNL | termios.IXON)
    raw[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | (0 if signals else termios.ISIG))
    return raw


def show(text: str) -> None:
    """Draw a picture below the cursor, which comes back to where it was. It is wiped where nothing takes it over.

    From now on Ctrl-C is a key like others, for whoever takes the picture over: it may have something to say.
    """
    global _pictured
    if _held and not _pictured:
        _set(_raw(signals=False))
    _pictured = True
    write(text)


def taken_over() -> None:
    """Something else draws and reads keys from now on."""
    global _pictured
    _pictured = False


def release() -> None:
    """The terminal as it was. Where SIGTERM ends the program it is so too, whatever has changed it since."""
    global _held, _pictured
    if not _held:
        return
    from signal import SIGINT, default_int_handler, signal

    if _pictured:
        write(f"{WIPE}{SHOW}")
    _held = _pictured = False
    _set(_before)
    signal(SIGINT, default_int_handler)


def _set(attributes: list[Any]) -> None:
    import termios

    try:  # `suppress` stands in a module that may be half imported: see `_leave`
        termios.tcsetattr(sys.stdin, termios.TCSANOW, attributes)
    except termios.error:  # a terminal that was closed
        return


def _write_past_python(text: str) -> None:
    try:
        os.write(sys.stdout.fileno(), text.encode())
    except OSError:  # a terminal that was closed
        return


def _leave(number: int, frame: object) -> None:
    """End the program from inside a signal, wherever it is: whole, with the terminal as it was.

    It may come in the middle of an import, so this imports nothing that `hold` did not import before.
    """
    import signal

    _set(_before)
    _write_past_python(f"{WIPE}{SHOW}{WRAPS_AND_PLAIN_PASTE}")
    if number == signal.SIGINT:
        os._exit(INTERRUPTED)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
