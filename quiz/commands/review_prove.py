"""`review prove`: what holds over all answers, and the smallest case where something does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quiz.commands.progress import shown
from quiz.commands.shared import load_rules, make_engine, width
from quiz.exitcodes import DONE, PROBLEM

if TYPE_CHECKING:
    import argparse


def run(chosen: argparse.Namespace) -> int:
    from quiz.review.prove import proofs
    from quiz.review.prove_report import report

    rulebase = load_rules(chosen.rules)
    with shown() as tell:
        found = proofs(rulebase, lambda: make_engine(rulebase).assess, chosen.property, tell)
    print(report(found, chosen.format, width()), end="")
    return DONE if found.hold else PROBLEM
