"""Marks by certainty.

The scheme is certainty-based marking: A. R. Gardner-Medwin, "Confidence assessment in the teaching of basic science",
ALT-J 1995;3(1):80-85, and Gardner-Medwin and Gahan, "Formative and summative confidence-based assessment", 7th CAA
Conference, Loughborough 2003. A right answer earns 1, 2 or 3, a wrong one 0, -2 or -6. With a probability p of being
right a guess is worth p, "fairly" 4p - 2 and "sure" 9p - 6 on average. So a guess is best below 2/3, "fairly" from 2/3
to 4/5, and "sure" above 4/5: whoever says truly how sure they are expects the most marks (a proper scoring rule over
three levels).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from quiz.practice.values import Certainty

MARKS: Mapping[Certainty, tuple[int, int]] = {
    Certainty.GUESS: (1, 0),
    Certainty.FAIRLY: (2, -2),
    Certainty.SURE: (3, -6),
}
"""What a right and a wrong answer earn."""


class HasCertainty(Protocol):
    @property
    def certainty(self) -> Certainty: ...
    @property
    def correct(self) -> bool: ...


Given = TypeVar("Given", bound=HasCertainty)


def mark(given: HasCertainty) -> int:
    """What an answer earns."""
    right, wrong = MARKS[given.certainty]
    return right if given.correct else wrong


def errors_first(given: Iterable[Given]) -> list[Given]:
    """What to look at again: wrong answers, the surest first, each in the order given.

    A confident error is what the student would act on, so it comes before an error that they suspected themselves.
    """
    listed = list(given)
    levels = (Certainty.SURE, Certainty.FAIRLY, Certainty.GUESS)
    return [each for level in levels for each in listed if not each.correct and each.certainty is level]
