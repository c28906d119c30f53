"""`forget`: delete what was saved."""

from __future__ import annotations

import argparse

from quiz.commands.shared import DONE, Commands


def add(commands: Commands, common: argparse.ArgumentParser) -> None:
    forget = commands.add_parser("forget", help="delete every saved interview and your practice progress")
    forget.set_defaults(run=_forget)


def _forget(chosen: argparse.Namespace) -> int:
    from quiz.store import data_folder, forget

    gone = forget()
    if not gone:
        print("Nothing was saved.")
        return DONE
    interviews = sum(path.suffix == ".yaml" for path in gone)
    told = [f"{interviews} saved interview{'s' if interviews > 1 else ''}"] if interviews else []
    told += ["your practice progress"] if interviews < len(gone) else []
    print(f"Deleted {' and '.join(told)} from {data_folder()}.")
    return DONE
