"""`review measure`: figures on cases whose answer is known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from quiz.errors import StoreError
from quiz.exitcodes import DONE

if TYPE_CHECKING:
    import argparse


def run(chosen: argparse.Namespace) -> int:
    from quiz.api import make_batch
    from quiz.review.measure import measure

    batch = make_batch(chosen.rules)
    try:
        lines = [line for line in Path(chosen.cases).read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{chosen.cases}: cannot be read: {error}") from error
    try:
        figures = measure(lines, batch.part(lines).lines)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError(f"{chosen.cases}: these are not cases with an expected answer: {error}") from error
    print("\n".join(figures))
    return DONE
