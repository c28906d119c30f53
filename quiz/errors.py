"""Every mistake that is expected, and how it is told: a place, a fact and a way out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher, get_close_matches
from errno import EACCES, EDQUOT, EISDIR, ELOOP, ENOENT, ENOSPC, ENOTDIR, EPERM, EROFS
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text. Lines and columns count from 1; line 0 stands for the file as a whole."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


NEAR, NEARER = 0.6, 0.8
"""How much of two words must be the same, from 0 to 1, for one to be meant by the other: where they have as many parts
between underscores and the like, and where they have not.
"""

LONGEST_WORD = 60
"""Characters of a word that are compared; the cost of comparing grows with their square."""


def _inert(text: str) -> str:
    """A text on one line that moves no cursor: a quoted key of an author may hold any character."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. `code` is stable, and `review codes` explains it; `hint` is a way out, or empty."""

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


class ArgumentsError(QuizError):
    """A command line has a word that no command knows."""


Tried = Literal["read", "written", "made", "removed"]
"""What is tried with a file or a folder."""

_ELSEWHERE = "make its folder first, or name another file"
_PERMISSIONS = "look at its permissions, and at those of its folder"
_ROOM = "make room on the disk, or name another place"
_WAYS_OUT = {
    ENOTDIR: "a part of its path is a file: look at its spelling",
    EISDIR: "it is a folder: name a file",
    ELOOP: "it is a link that leads back to itself: put the file itself here",
    **dict.fromkeys((EACCES, EPERM, EROFS), _PERMISSIONS),
    **dict.fromkeys((ENOSPC, EDQUOT), _ROOM),
}


def way_out(error: OSError, what: Tried) -> str:
    """What a person can do where the system refused this; nothing where nobody knows."""
    if error.errno == ENOENT:
        return _ELSEWHERE if what == "written" else "look at its spelling, and at the folder that you are in"
    return _WAYS_OUT.get(error.errno or 0, "")


def refused(path: object, what: Tried, error: OSError) -> StoreError:
    """A file or folder of a person that the system does not let be read, written, made or removed."""
    hint = way_out(error, what)
    return StoreError(f"{path}: {_refusal(what, error)}" + (f"\n  hint: {hint}" if hint else ""))


def unreadable(position: Position, error: OSError) -> Problem:
    """A file or folder of rules that the system does not let be read."""
    return Problem(position, "F101", _refusal("read", error), way_out(error, "read"))


def _refusal(what: Tried, error: OSError) -> str:
    return f"cannot be {what}: {error.strerror or error}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, or nothing where none is near.

    An id that is near as a whole, but not in each of its parts, means something else, often the very opposite.
    """
    word = word[:LONGEST_WORD]
    near = get_close_matches(word, [each for each in known if each != word], n=3, cutoff=NEAR)
    meant = next((each for each in near if _near_in_each_part(word, each)), "")
    return f'did you mean "{meant}"?' if meant else ""


def _near_in_each_part(word: str, known: str) -> bool:
    ours, theirs = (re.split(r"[^A-Za-z0-9]+", each) for each in (word, known))
    if len(ours) != len(theirs):  # a part may have been split or joined, but none be another one
        return SequenceMatcher(None, word, known).ratio() >= NEARER
    return all(SequenceMatcher(None, *pair).ratio() >= NEAR for pair in zip(ours, theirs, strict=True))
