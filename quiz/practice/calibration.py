"""Whether a student is as sure as they may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from quiz.practice.marks import HasCertainty
from quiz.practice.values import Certainty
from quiz.text import wrapped

BEST: Mapping[Certainty, tuple[Fraction, Fraction]] = {
    Certainty.GUESS: (Fraction(0), Fraction(2, 3)),
    Certainty.FAIRLY: (Fraction(2, 3), Fraction(4, 5)),
    Certainty.SURE: (Fraction(4, 5), Fraction(1)),
}
"""Between which probabilities of being right a level earns most. At a bound both levels earn the same."""

ENOUGH = 20
"""Answers before calibration is shown. Fewer tell more about luck."""

TOO_FEW_OF_A_LEVEL = 5


@dataclass(frozen=True, slots=True)
class Level:
    """How often answers of one certainty were right. `low` and `high` are the shares that fit it, from 0 to 1."""

    certainty: Certainty
    said: int
    right: int
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Whether it fits, in a few words. Nothing is made of a few answers."""
        if not self.said:
            return "not used yet"
        if self.said < TOO_FEW_OF_A_LEVEL:
            return "too few to tell"
        share = self.right / self.said
        if share < self.low:
            return "surer than right"
        return "righter than sure" if share > self.high else "fits"


def calibration(given: Sequence[HasCertainty]) -> tuple[Level, ...]:
    """One level for each certainty, the surest first; empty before there are enough answers."""
    if len(given) < ENOUGH:
        return ()
    levels = []
    for certainty in (Certainty.SURE, Certainty.FAIRLY, Certainty.GUESS):
        these = [each.correct for each in given if each.certainty is certainty]
        low, high = BEST[certainty]
        levels.append(Level(certainty, len(these), sum(these), float(low), float(high)))
    return tuple(levels)


def calibration_text(levels: Sequence[Level], width: int) -> str:
    """The table in at most `width` columns; in narrow ones as a list."""
    if not levels:
        return "\n".join(wrapped(f"How sure you may be is shown after {ENOUGH} answers.", width))
    rows = [("You said", "Times", "Right", "Expected", "")]
    for each in levels:
        share = f"{each.right} ({each.right / each.said:.0%})" if each.said else "-"
        rows.append((each.certainty.value, str(each.said), share, _expected(each), each.verdict))
    if width >= 60:
        widths = [max(len(row[place]) for row in rows) for place in range(5)]
        return "\n".join(
            "  ".join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)).rstrip() for row in rows
        )
    told = []
    for word, said, share, wanted, verdict in rows[1:]:
        told += wrapped(f"{word}: said {said} times, right {share}, expected {wanted}; {verdict}", width, 2)
    return "\n".join(told)


def _expected(level: Level) -> str:
    if level.certainty is Certainty.GUESS:
        return f"up to {level.high:.0%}"
    return f"{level.low:.0%} to {level.high:.0%}"
