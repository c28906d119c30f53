"""`review measure`: figures on cases whose answer is known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from quiz.commands.shared import load_rules, make_engine
from quiz.errors import StoreError
from quiz.exitcodes import DONE

if TYPE_CHECKING:
    import argparse


def run(chosen: argparse.Namespace) -> int:
    from quiz.batch import Batch
    from quiz.review.measure import measure

    rulebase = load_rules(chosen.rules)
    try:
        lines = [line for line in Path(chosen.cases).read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{chosen.cases}: cannot be read: {error}") from error
    try:
        figures = measure(lines, Batch(rulebase, make_engine(rulebase).assess).part(lines).lines)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError(f"{chosen.cases}: these are not cases with an expected answer: {error}") from error
    print("\n".join(figures))
    return DONE
