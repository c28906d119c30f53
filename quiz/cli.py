"""The arguments, the menu and the exit codes. The one place that catches QuizError."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from quiz.commands import ask, assess, fhir, forget, practice, replay, review
from quiz.commands.shared import CRASHED, DONE, ENDED, INTERRUPTED, PROBLEM, load_rules, make_front
from quiz.errors import QuizError

COMMANDS = (ask, practice, review, replay, assess, fhir, forget)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; the exit code."""
    _take_any_character()
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        run: Callable[[argparse.Namespace], int] = getattr(chosen, "run", _menu)
        code = run(chosen)
        sys.stdout.flush()
        return code
    except QuizError as error:
        _complain(str(error))
        return PROBLEM
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED
    except EOFError:
        return ENDED
    except BrokenPipeError:
        _give_up_output()
        return PROBLEM
    except OSError as error:  # a full disk under standard output, a terminal that was closed
        _give_up_output()
        _complain(f"{error.filename or 'standard output'}: {error.strerror or error}")
        return PROBLEM
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        _complain(_crash(error))
        return CRASHED


def _take_any_character() -> None:
    """No byte that is typed and no character that is shown ends the talk: what an encoding lacks becomes a mark."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors != "replace":
            stream.reconfigure(errors="replace")


def _give_up_output() -> None:
    """Whoever read us has gone. Python would complain once more while closing standard output."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(text: str) -> None:
    """Tell a mistake. It may quote what a file or an argument holds, so nothing in it steers the terminal."""
    from quiz.text import inert

    with suppress(OSError):
        print(inert(text), file=sys.stderr, flush=True)


def _crash(error: Exception) -> str:
    """A mistake in this program. Its message is not told: it could hold an answer."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{Path(place.tb_frame.f_code.co_filename).name}, line {place.tb_lineno}" if place else "an unknown place"
    return (
        f"A mistake in this program, and not in what you did: {type(error).__name__} in {where}.\n"
        "  hint: report this line; it holds none of your answers. What was saved is still saved."
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="electrolyte-quiz",
        description="Which electrolyte to discuss with a clinician, and why. Education: no diagnosis, no dose.",
        epilog="Without a command it asks what you want to do.",
    )
    parser.add_argument("--version", action=_Version, help="the version and the fingerprint of the rules")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--rules", metavar="DIR", type=Path, help="use the rules in this folder")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for each in COMMANDS:
        each.add(commands, common)
    return parser


class _Version(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        try:
            number = version("electrolyte-quiz")
        except PackageNotFoundError:
            number = "unknown"
        print(f"electrolyte-quiz {number}, rule base {load_rules(None).fingerprint}")
        parser.exit()


def _menu(chosen: argparse.Namespace) -> int:
    from quiz.conversation import Option

    front = make_front(False, None)
    front.say("Electrolyte quiz: which electrolyte to discuss with a clinician, and why.")
    options = [
        Option("ask", "Answer questions about yourself, and take a note along", "1"),
        Option("practice", "Practise on cases, as a student", "2"),
        Option("review", "Check the rules, as an educator", "3"),
        Option("quit", "Leave", "q"),
    ]
    wanted = front.choose("What do you want to do?", options)
    if wanted == "quit":
        return DONE
    return main(["review", "check"] if wanted == "review" else [wanted])
