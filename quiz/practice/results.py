"""The file that a student hands in after an exam.

It holds what was answered and nothing of the key: whoever collects it brings the paper about again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from quiz import yamltext
from quiz.errors import Position, Problem, ProblemsError
from quiz.practice.exam import LONGEST_NAME, MOST_ITEMS, Given, Result
from quiz.practice.schedule import in_utc
from quiz.practice.values import Certainty
from quiz.yamltext import Node

FORMAT = 1


class ResultError(ProblemsError):
    """A result file that cannot be used."""


def as_yaml(result: Result) -> str:
    """The file's text."""
    return "# An exam of the electrolyte quiz. Hand this file in as it is.\n" + yamltext.write(
        {
            "exam": FORMAT,
            "rulebase": result.fingerprint,
            "paper": result.digest,
            "seed": result.seed,
            "items": result.count,
            "minutes": result.minutes,
            "student": result.student or None,
            "began": result.began.isoformat(timespec="seconds"),
            "answers": [
                {
                    "item": each.item,
                    "chosen": sorted(each.chosen),
                    "certainty": each.certainty.value if each.certainty else None,
                    "seconds": round(each.seconds, 1),
                }
                for each in result.given
            ],
        }
    )


def read_result(content: bytes, shown_as: str) -> Result:
    """Raises ResultError with every mistake at its place."""
    node = yamltext.parse(content, shown_as)
    if isinstance(node, Problem):
        raise ResultError([node])
    reader = _Reader(shown_as)
    result = reader.result(node)
    if reader.problems or result is None:
        raise ResultError(reader.problems)
    return result


class _Reader:
    """Reads a result file, and goes on after a mistake to find the next."""

    def __init__(self, shown_as: str) -> None:
        self.shown_as = shown_as
        self.problems: list[Problem] = []

    def result(self, node: Node) -> Result | None:
        fields = node.value if isinstance(node.value, Mapping) else {}
        if "exam" not in fields:
            self._wrong(node, "is not a result of an exam", "hand in the file that `practice --exam` wrote")
            return None
        if fields["exam"].value != FORMAT:
            self._wrong(fields["exam"], "was written by another version of this program", "use the same version")
            return None
        seed = self._whole(node, fields, "seed", -(10**15), 10**15)
        count = self._whole(node, fields, "items", 1, MOST_ITEMS)
        minutes = self._whole(node, fields, "minutes", 0, 10_000)
        began = self._moment(node, fields)
        name = self._text(fields, "student")[:LONGEST_NAME]
        answers = fields.get("answers")
        listed = answers.value if answers is not None else None
        if not isinstance(listed, tuple):
            self._wrong(node if answers is None else answers, "needs a list of answers", "")
            return None
        given = tuple(each for each in map(self._given, listed) if each is not None)
        if len({each.item for each in given}) != len(given):
            self._wrong(node, "answers an item twice", "keep one answer for each item")
        if began is None:
            return None
        fingerprint, digest = self._text(fields, "rulebase"), self._text(fields, "paper")
        return Result(seed, count, minutes, fingerprint, digest, name, began, given)

    def _given(self, node: Node) -> Given | None:
        fields = node.value if isinstance(node.value, Mapping) else {}
        name = self._text(fields, "item")
        chosen = fields["chosen"].value if "chosen" in fields else None
        if not name or not isinstance(chosen, tuple):
            self._wrong(node, "needs `item` and `chosen`", "")
            return None
        said = fields["certainty"].value if "certainty" in fields else None
        known = {each.value: each for each in Certainty}
        if said is not None and (not isinstance(said, str) or said not in known):
            self._wrong(fields["certainty"], f"certainty is one of {', '.join(known)}", "")
            return None
        seconds = fields["seconds"].value if "seconds" in fields else 0
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= 10**6:
            self._wrong(fields["seconds"], "seconds is a number from 0", "")
            return None
        picked = frozenset(str(each.value) for each in chosen)
        return Given(name, picked, known[said] if said is not None else None, float(seconds))

    def _whole(self, node: Node, fields: Mapping[str, Node], name: str, low: int, high: int) -> int:
        value = fields[name].value if name in fields else None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self._wrong(fields.get(name, node), f"{name} is a whole number from {low} to {high}", "")
            return low
        return value

    def _moment(self, node: Node, fields: Mapping[str, Node]) -> datetime | None:
        try:
            return in_utc(datetime.fromisoformat(self._text(fields, "began")))
        except (ValueError, OverflowError):  # no zone, or a moment that has no place in another zone
            what = "began is a moment with its time zone, as 2026-01-31T09:00:00+00:00"
            self._wrong(fields.get("began", node), what, "")
            return None

    def _text(self, fields: Mapping[str, Any], name: str) -> str:
        value = fields[name].value if name in fields else None
        return value if isinstance(value, str) else str(value) if isinstance(value, (int, float)) else ""

    def _wrong(self, node: Node, message: str, hint: str) -> None:
        self.problems.append(Problem(Position(self.shown_as, node.line, node.column), "E601", message, hint))
