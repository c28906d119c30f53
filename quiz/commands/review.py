"""`review`: what an educator asks of the rules."""

from __future__ import annotations

import argparse
from pathlib import Path

from quiz.commands import (
    review_check,
    review_class,
    review_coverage,
    review_diff,
    review_prove,
    review_read,
    review_walk,
)
from quiz.commands.shared import DONE, Commands, load_rules, make_engine
from quiz.errors import StoreError


def add(commands: Commands, common: argparse.ArgumentParser) -> None:
    review = commands.add_parser("review", help="check the rules")
    jobs = review.add_subparsers(title="jobs", metavar="JOB", required=True)
    review_check.add(jobs, common)
    review_read.add(jobs, common)
    review_walk.add(jobs, common)
    review_prove.add(jobs, common)
    review_coverage.add(jobs, common)
    review_diff.add(jobs, common)
    review_class.add(jobs, common)
    measure = jobs.add_parser("measure", parents=[common], help="figures on cases whose answer is known")
    measure.add_argument("cases", metavar="CASES.jsonl", help='lines as for assess, each with "expected"')
    measure.set_defaults(run=_review_measure)


def _review_measure(chosen: argparse.Namespace) -> int:
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
