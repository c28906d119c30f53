"""`forget`: delete what was saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quiz.exitcodes import DONE

if TYPE_CHECKING:
    import argparse


def run(chosen: argparse.Namespace) -> int:
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
