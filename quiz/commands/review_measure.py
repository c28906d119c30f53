"""`review measure`: figures on cases whose answer is known."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from quiz.errors import StoreError, refused
from quiz.exitcodes import DONE, PROBLEM

if TYPE_CHECKING:
    import argparse


def run(chosen: argparse.Namespace) -> int:
    from quiz.api import make_batch
    from quiz.batch import read_lines
    from quiz.review.known_cases import KnownCases
    from quiz.review.measure import figures

    batch = make_batch(chosen.rules)
    known = KnownCases(batch.rulebase, batch.part)
    try:
        with open(chosen.cases, encoding="utf-8-sig") as file:
            known.read(read_lines(file), str(chosen.cases))
    except OSError as error:
        raise refused(chosen.cases, "read", error) from error
    except UnicodeDecodeError as error:
        raise StoreError(f"{chosen.cases}: is not UTF-8") from error
    for problem in known.problems:
        print(problem, file=sys.stderr)
    if known.cases:
        print("\n".join(figures(known.cases)))
    left_out = len({problem.position for problem in known.problems})
    if left_out or not known.cases:
        print(f"Cases counted: {len(known.cases)}. Lines left out: {left_out}.", file=sys.stderr)
        return PROBLEM
    return DONE
