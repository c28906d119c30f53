"""Cases whose answer is known, a JSON line each: what was expected beside what the rules tell."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from quiz.errors import Position, Problem, did_you_mean
from quiz.model import RuleBase

LEVELS = ("routine", "soon", "same_day", "emergency")
"""From least to most urgent. A case that nothing is told about, or expected of, counts as routine."""

NO_WORD = "look at its spelling: `electrolyte-quiz findings` lists them"

LINE = 'a line is {"answers": {"FINDING": "yes"}, "expected": {"states": [], "urgency": "none"}}'

NONE = "none"
"""How a case says that no urgency is expected, which null says as well."""


class Assessed(Protocol):
    """What `assess` prints for some lines, and the findings in them that the rules do not know."""

    @property
    def lines(self) -> Sequence[str]: ...
    @property
    def unknown(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class KnownCase:
    """`wanted` and `named` are states, the first one first; `least` and `told` count up the LEVELS of urgency.

    `named` is without states that may be named or not.
    """

    wanted: tuple[str, ...]
    named: tuple[str, ...]
    strong: bool
    least: int
    told: int


class KnownCases:
    """The cases of one file that can be counted, and what is wrong with the others."""

    def __init__(self, rulebase: RuleBase, assess: Callable[[Iterable[str]], Assessed]) -> None:
        self.rulebase, self._assess = rulebase, assess
        state = next(iter(rulebase.states))
        self._as_in = f'for example "expected": {{"states": ["{state}"], "urgency": "same_day"}}'
        self.cases: list[KnownCase] = []
        self.problems: list[Problem] = []

    def read(self, lines: Iterable[str], name: str) -> None:
        """`name` is the file in messages. Blank lines count as lines and hold no case."""
        for number, line in enumerate(lines, 1):
            if line.strip():
                self._read(line, Position(name, number, 1))

    def _read(self, line: str, place: Position) -> None:
        part = self._assess([line])
        told = json.loads(part.lines[0])
        if "error" in told:
            self.problems.append(Problem(place, "T708", told["error"], LINE))
            return
        case = json.loads(line)
        wrong = [*self._unknown(part.unknown), *self._expected(case.get("expected"))]
        self.problems += (Problem(place, code, message, hint) for code, message, hint in wrong)
        if not wrong:
            self.cases.append(_case(case["expected"], told))

    def _unknown(self, findings: Iterable[str]) -> Iterator[tuple[str, str, str]]:
        for each in findings:
            if each not in self.rulebase.not_asked:
                yield "T709", f'unknown finding "{each}"', did_you_mean(each, self.rulebase.findings) or NO_WORD

    def _expected(self, expected: Any) -> Iterator[tuple[str, str, str]]:
        if not isinstance(expected, Mapping):
            yield "T708", 'has no "expected"', self._as_in
            return
        for key in ("states", "also_abnormal"):
            states = expected.get(key, None if key == "states" else [])
            if not isinstance(states, list):
                yield "T708", f'"{key}" needs a list of states', self._as_in
                continue
            for each in states:
                yield from self._known(each, self.rulebase.states, "state")
        if "urgency" not in expected:
            yield "T708", 'has no "urgency"', self._as_in
        elif expected["urgency"] is not None:
            yield from self._known(expected["urgency"], (*LEVELS, NONE), "urgency")

    def _known(self, word: Any, known: Collection[str], what: str) -> Iterator[tuple[str, str, str]]:
        if not isinstance(word, str):
            yield "T708", f"{what} needs to be a word", self._as_in
        elif word not in known:
            yield "T709", f'unknown {what} "{word}"', did_you_mean(word, known) or f"say {', '.join(known)}"


def _case(expected: Mapping[str, Any], told: Mapping[str, Any]) -> KnownCase:
    also = expected.get("also_abnormal", [])
    ranked = [(state, strength) for state, strength in told["states_ranked"] if state not in also]
    return KnownCase(
        tuple(expected["states"]),
        tuple(state for state, _ in ranked),
        any(strength == "strong" for _, strength in ranked),
        _level(expected["urgency"]),
        _level(told["urgency"]),
    )


def _level(urgency: str | None) -> int:
    return LEVELS.index(urgency) if urgency not in (None, NONE) else 0
