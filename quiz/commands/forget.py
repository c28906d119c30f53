"""`forget`: name what was saved, and delete it once that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quiz.commands.shared import make_front
from quiz.conversation import Option
from quiz.exitcodes import DONE, ENDED

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

MOST_NAMED = 8
"""Files that are named one by one."""


def run(chosen: argparse.Namespace) -> int:
    from quiz.store import data_folder, forget, kept_files

    files = kept_files()
    told = _told(files)
    if files and not chosen.yes:
        front = make_front(False, None)
        more = [f"- and {len(files) - MOST_NAMED} more"] if len(files) > MOST_NAMED else []
        names = [f"- {path.name}" for path in files[:MOST_NAMED]]
        front.say("\n".join((f"{told[:1].upper()}{told[1:]}, in {data_folder()}:", *names, *more)))
        options = [Option("no", "No, keep all of it", "n"), Option("yes", "Yes, delete it for good", "y")]
        try:
            wish = front.choose("Delete all of this?", options)
        except EOFError:
            front.say("Nothing was deleted. To delete without being asked: electrolyte-quiz forget --yes")
            return ENDED
        if wish == "no":
            front.say("Nothing was deleted.")
            return DONE
    forget()
    print(f"Deleted {told} from {data_folder()}." if files else "Nothing was saved.")
    return DONE


def _told(files: Sequence[Path]) -> str:
    interviews = sum(path.suffix == ".yaml" for path in files)
    practice = sum(path.suffix == ".sqlite3" for path in files)
    others = len(files) - interviews - practice
    told = [f"{interviews} saved interview{'s' if interviews > 1 else ''}"] if interviews else []
    told += ["your practice progress"] if practice else []
    told += [f"{others} other file{'s' if others > 1 else ''}"] if others else []
    return " and ".join((", ".join(told[:-1]), told[-1]) if len(told) > 1 else told)
