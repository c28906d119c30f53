"""From arguments to an exit code. The one place that catches QuizError.

What it imports at once is what the first line on a screen and a Ctrl-C in the first moment need.
"""

from __future__ import annotations

import gc
import io
import os
import sys

from quiz import opening
from quiz.exitcodes import CRASHED, DONE, ENDED, INTERRUPTED, PROBLEM, WRONG_ARGUMENTS

TYPE_CHECKING = False  # as typing has it, whose import would cost every command some milliseconds
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType


MOMENT = 0.01
"""Seconds."""

SELDOM = 50_000
"""New objects after which Python looks for circles among them. What a command loads is much, has none, and stays."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; the exit code."""
    if arguments is not None:
        return _ended(arguments)
    # The whole process is ours.
    sys.excepthook, sys.unraisablehook = _at_last, _unheard
    _open_what_is_closed()
    gc.set_threshold(SELDOM)
    code = _ended(sys.argv[1:])
    gc.disable()  # the process ends, and with it every circle there may be
    gc.freeze()
    early = sys.modules.get("quiz.early")
    if early is not None and early.is_busy():
        # Python takes itself apart under a thread that imports, which can crash it.
        try:
            sys.stdout.flush()
        finally:
            os._exit(code)
    return code


def _ended(arguments: Sequence[str]) -> int:
    try:
        return _done(arguments)
    except KeyboardInterrupt:  # also while an error is being told
        opening.release()
        _complain("")
        return INTERRUPTED
    finally:
        opening.release()


def _at_last(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A Ctrl-C in the very moment of leaving ends the program as it ends any other, and without a word."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)


def _unheard(raised: sys.UnraisableHookArgs) -> None:
    """A Ctrl-C where Python can raise nothing, as while it clears away after an import, is raised a moment later."""
    if not issubclass(raised.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(raised)
        return
    import _thread

    def again() -> None:
        import time

        time.sleep(MOMENT)
        _thread.interrupt_main()

    try:
        _thread.start_new_thread(again, ())
    except RuntimeError:  # the program has come to its end
        return


def _done(words: Sequence[str]) -> int:
    try:
        _take_any_character()
        if opening.begin(words):
            from quiz import remembered

            remembered.show(words[0] if words else "menu")
        code = _run(words)
        sys.stdout.flush()
        return code
    except EOFError:
        return ENDED
    except BrokenPipeError:
        _give_up_output()
        return PROBLEM
    except Exception as error:
        if isinstance(error.__cause__, KeyboardInterrupt):  # as Python wraps it in the middle of making a class
            raise error.__cause__ from None
        opening.release()
        return _told(error)


def _run(words: Sequence[str]) -> int:
    from quiz.commands.arguments import chosen_by, help_text, run_of

    told = help_text(words)
    if told is not None:
        sys.stdout.write(told)
        return DONE
    chosen = chosen_by(words)
    if getattr(chosen, "version", False):
        from quiz.commands.shared import version_told

        print(version_told())
        return DONE
    return run_of(chosen.run)(chosen)


def _told(error: Exception) -> int:
    """The exit code after an error, once it was told."""
    from quiz.errors import ArgumentsError, QuizError

    if isinstance(error, QuizError):
        _complain(str(error))
        return WRONG_ARGUMENTS if isinstance(error, ArgumentsError) else PROBLEM
    if isinstance(error, OSError):  # a full disk under standard output, a terminal that was closed
        _give_up_output()
        _complain(f"{error.filename or 'standard output'}: {error.strerror or error}")
        return PROBLEM
    if sys.flags.dev_mode:
        raise error
    _complain(_crash(error))
    return CRASHED


def _open_what_is_closed() -> None:
    """Whoever closed a stream has nothing to read, and is told where output would be lost.

    The lowest free number is that of the stream: no file that is opened later can be taken for it.
    """
    for name, flags, mode in (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode, encoding="utf-8"))


def _take_any_character() -> None:
    """No byte that is typed and no character that is shown ends the talk: what an encoding lacks becomes a mark."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors != "replace":
            stream.reconfigure(errors="replace")


def _give_up_output() -> None:
    """Whoever read us has gone. Python would complain once more while closing standard output."""
    from contextlib import suppress

    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(text: str) -> None:
    """Tell a mistake. It may quote what a file or an argument holds, so nothing in it steers the terminal."""
    from contextlib import suppress

    from quiz.text import inert, page

    with suppress(OSError):
        print(page(text, opening.size()[0]) if sys.stderr.isatty() else inert(text), file=sys.stderr, flush=True)


def _crash(error: Exception) -> str:
    """A mistake in this program. Its message is not told: it could hold an answer."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{os.path.basename(place.tb_frame.f_code.co_filename)}, line {place.tb_lineno}" if place else "some place"
    return (
        f"A mistake in this program, and not in what you did: {type(error).__name__} in {where}.\n"
        "  hint: report this line; it holds none of your answers. What was saved is still saved."
    )
