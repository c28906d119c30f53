"""`review prove`: what holds over all answers, and the smallest case where something does not."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from quiz.commands.shared import load_rules, make_engine, width
from quiz.exitcodes import DONE, PROBLEM

if TYPE_CHECKING:
    import argparse

QUIET = 1.0
"""Seconds before progress is shown."""


def run(chosen: argparse.Namespace) -> int:
    from quiz.review.prove import proofs
    from quiz.review.prove_report import report

    rulebase = load_rules(chosen.rules)
    progress = _Progress()
    try:
        found = proofs(rulebase, lambda: make_engine(rulebase).assess, chosen.property, progress)
    finally:
        progress.clear()
    print(report(found, chosen.format, width()), end="")
    return DONE if found.hold else PROBLEM


class _Progress:
    """One line on standard error, on a terminal only, once the work has taken a while."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._begin = now, now()
        self._shown = False

    def __call__(self, what: str) -> None:
        if sys.stderr.isatty() and self._now() - self._begin > QUIET:
            self._shown = True
            print(f"\r\x1b[K{what[: width() - 1]}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
