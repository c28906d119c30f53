"""`schema`: the JSON Schema of what `ask --json` writes and reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quiz.exitcodes import DONE

if TYPE_CHECKING:
    import argparse


def run(chosen: argparse.Namespace) -> int:
    from importlib.resources import files

    print((files("quiz") / "twin.schema.json").read_text(encoding="utf-8"), end="")
    return DONE
