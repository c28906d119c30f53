"""What is wrong with a rule base, as far as it was found. Bounded, so that no file costs more than its size."""

from __future__ import annotations

from collections.abc import Iterable

from quiz.errors import Position, Problem, did_you_mean
from quiz.yamltext import odd_space

MOST = 1_000
"""Mistakes told at once. Who mends a thousand looks again anyway."""

MOST_NEAR = 100
"""Unknown words that are compared with all known ones; to compare one takes as long as to read a hundred rules."""

LAST = "S299"
"""The code of the last line, where more is wrong than is told. It comes after all others of a place."""


class Enough(Exception):
    """So much is wrong that nothing more is looked for."""


class Found:
    """The mistakes found so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._compared = 0

    def add(self, problem: Problem) -> None:
        """Raises Enough where it is one too many."""
        if len(self.problems) == MOST:
            last = max(self.problems).position
            what = "is the last place told; more is wrong"
            self.problems.append(Problem(last, LAST, what, "mend what is told here, then look again"))
            raise Enough
        self.problems.append(problem)

    def note(self, path: str, place: tuple[int, int], code: str, message: str, hint: str = "") -> None:
        self.add(Problem(Position(path, *place), code, message, hint))

    def near(self, word: str, known: Iterable[str]) -> str:
        """What was meant by an unknown word: the hint of `did_you_mean`, or nothing after many of them."""
        if slip := slipped(word):
            return slip
        self._compared += 1
        return did_you_mean(word, known) if self._compared <= MOST_NEAR else ""


def slipped(word: str) -> str:
    """The hint where a space is missing, or is one that YAML takes for a letter; else nothing."""
    return odd_space(word) or ("write a space after the colon" if ":" in word else "")
