"""Every mistake that is expected, and how it is told: a place, a fact and a way out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text. Lines and columns count from 1; line 0 stands for the file as a whole."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


LONGEST_WORD = 60
"""Characters of a word that are compared; the cost of comparing grows with their square."""


def _inert(text: str) -> str:
    """A text on one line that moves no cursor: a quoted key of an author may hold any character."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. `code` is stable and documented in the README; `hint` is a way out, or empty."""

    position: Position
    code: str
    message: str
    hint: str = field(default="", compare=False)

    def __str__(self) -> str:
        line = _inert(f"{self.position}: {self.code} {self.message}")
        return f"{line}\n  hint: {_inert(self.hint)}" if self.hint else line


class QuizError(Exception):
    """Something a person can act on. Shown as text, never as a traceback; exit code 1."""


class ProblemsError(QuizError):
    """A text that cannot be used. Carries every problem found, in the order of the text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[ProblemsError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)  # what Exception would give back is the text alone


class RuleBaseError(ProblemsError):
    """The rule files cannot be used."""


class AnswersError(ProblemsError):
    """Answers that the rules cannot read: an unknown finding, a wrong kind of value, a number out of range."""


class EngineError(QuizError):
    """The rules engine cannot run, or cannot run this rule."""


class StoreError(QuizError):
    """A file of the person cannot be read or written."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, or nothing where none is near."""
    near = get_close_matches(word[:LONGEST_WORD], [each for each in known if each != word], n=1, cutoff=0.6)
    return f'did you mean "{near[0]}"?' if near else ""
