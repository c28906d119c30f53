"""`completion`: what a shell needs to complete the commands and options."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from quiz.commands.arguments import parser
from quiz.exitcodes import DONE

FOLDERS = ("DIR",)
FILES = ("FILE", "FILES", "SESSION", "IN.jsonl", "OUT.jsonl", "CASES.jsonl", "SESSION.yaml", "FILE.svg", "FILE.html")
"""What stands for a folder or a file among the arguments."""


def run(chosen: argparse.Namespace) -> int:
    import shtab

    whole = parser()
    kinds = {**dict.fromkeys(FOLDERS, shtab.DIRECTORY), **dict.fromkeys(FILES, shtab.FILE)}
    for action in actions(whole):
        if action.metavar in kinds:
            vars(action)["complete"] = kinds[action.metavar]  # shtab looks for it there; argparse knows nothing of it
    sys.stdout.write(shtab.complete(whole, shell=chosen.shell).rstrip("\n") + "\n")
    return DONE


def actions(whole: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Every argument of a parser and of those within it."""
    for action in whole._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from actions(each)
