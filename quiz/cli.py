"""The arguments, the menu and the exit codes. The one place that catches QuizError."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from quiz.commands import ask, assess, fhir, forget, review
from quiz.commands.shared import DONE, ENDED, INTERRUPTED, PROBLEM, load_rules, make_front
from quiz.errors import QuizError

COMMANDS = (ask, assess, review, fhir, forget)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; the exit code."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        run: Callable[[argparse.Namespace], int] = getattr(chosen, "run", _menu)
        code = run(chosen)
        sys.stdout.flush()
        return code
    except QuizError as error:
        print(error, file=sys.stderr)
        return PROBLEM
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED
    except EOFError:
        return ENDED
    except BrokenPipeError:
        # Whoever read us has gone. Python would complain once more while closing standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PROBLEM


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
        Option("review", "Check the rules, as an educator", "2"),
        Option("quit", "Leave", "q"),
    ]
    wanted = front.choose("What do you want to do?", options)
    if wanted == "quit":
        return DONE
    return main(["ask"] if wanted == "ask" else ["review", "check"])
