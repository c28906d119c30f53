"""`forget`: delete what was saved."""

from __future__ import annotations

import argparse

from quiz.commands.shared import DONE, Commands


def add(commands: Commands, common: argparse.ArgumentParser) -> None:
    forget = commands.add_parser("forget", help="delete every saved interview")
    forget.set_defaults(run=_forget)


def _forget(chosen: argparse.Namespace) -> int:
    from quiz.store import data_folder, forget

    gone = forget()
    print(f"Deleted {len(gone)} saved interviews from {data_folder()}." if gone else "Nothing was saved.")
    return DONE
