"""Conditions as written in a rule file, read into values. Collects every mistake with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import Any

from quiz.model import NO, YES, Condition, Finding, Group, Holds, Interval, Is, Named, Strength
from quiz.rulebase.found import Found, slipped
from quiz.yamltext import Node

GROUPS = ("all", "any", "none", "at_least")
COMPARISONS = ("below", "at_most", "at_least", "above")
STRENGTHS = {strength.word: strength for strength in Strength}

COUNTED = ("at_least needs `count` and `of`", "write `at_least: {count: 2, of: [...]}`")
INSTEAD = {"and": "write `all:`", "or": "write `any:`", "not": "write `FINDING: no`, or `none:` with a list"}
"""Words of other languages."""

UNKNOWN = "look at its spelling, or define it"
ONE_STRETCH = "`at_least` or `above` is its lower bound, `below` or `at_most` its upper one"

_SURE = dict.fromkeys(("unsure", "not sure"), "not sure is an answer, but no condition may rest on it")


def interval(bounds: Mapping[str, Any]) -> Interval:
    """The stretch of numbers that comparison words describe. Raises ValueError where nothing can lie inside it."""
    given = {word: float(bounds[word]) for word in COMPARISONS if bounds.get(word) is not None}
    if not given:
        raise ValueError("give at least one of below, at_most, at_least, above")
    if {"at_least", "above"} <= set(given) or {"below", "at_most"} <= set(given):
        raise ValueError("give one lower and one upper bound at most")
    low, high = given.get("at_least", given.get("above")), given.get("at_most", given.get("below"))
    found = Interval(low, high, with_low="above" not in given, with_high="at_most" in given)
    if low is not None and high is not None and (low > high or (low == high and low not in found)):
        raise ValueError(f"no number lies between {low:g}, the lower bound, and {high:g}, the upper one")
    return found


def _place(node: Node) -> tuple[int, int]:
    return node.line, node.column


def _shown(node: Node) -> str:
    """A value as the file has it, or a word for what it is."""
    if isinstance(node.value, (Mapping, tuple)):
        return "this group" if isinstance(node.value, Mapping) else "this list"
    if node.value is None:
        return "nothing"
    return str(node.value).lower() if isinstance(node.value, bool) else str(node.value)


class ConditionReader:
    """Reads conditions against the findings, concepts and states of one rule base."""

    def __init__(
        self,
        findings: Mapping[str, Finding],
        concepts: Set[str],
        states: Set[str],
        excused: Callable[[str], bool],
        found: Found,
    ) -> None:
        """`excused` says of an unknown id that its definition has a mistake of its own, which is told already."""
        self.excused = excused
        self.findings = findings
        self.concepts = concepts
        self.states = states
        self.found = found

    def read(self, node: Node, path: str, *, over: str = "findings, concepts") -> Condition | None:
        """The condition at this node, or None after its mistakes were noted. `over` names what may stand in it."""
        self._path, self._over = path, over
        return self._condition(node, denied=False)

    def _note(self, place: tuple[int, int], code: str, message: str, hint: str = "") -> None:
        self.found.note(self._path, place, code, message, hint)

    def _condition(self, node: Node, denied: bool) -> Condition | None:
        here = (node.line, node.column)
        if not isinstance(node.value, Mapping) or not node.value:
            slip = slipped(node.value) if isinstance(node.value, str) else ""
            self._note(here, "C301", "a condition is a finding with its value, or a group",
                       slip or "write `FINDING: yes`, or `all:` with a list")  # fmt: skip
            return None
        if "at_least" in node.value and len(node.value) != 1:
            self._note(here, "C304", *COUNTED)
            return None
        if len(node.value) != 1:
            self._note(here, "C302", f"a condition has one key, this one has {len(node.value)}",
                       "write the group out: `all:` with one line for each")  # fmt: skip
            return None
        ((word, content),) = node.value.items()
        place = node.keys[word]
        if word in GROUPS:
            return self._group(word, content, place, denied)
        if word == "named":
            return self._named(content, place, denied)
        if word in self.findings:
            return self._finding(self.findings[word], content)
        if word in self.concepts:
            return self._concept(word, content, place)
        if not self.excused(word):
            known = [*self.findings, *self.concepts, *GROUPS, "named"]
            hint = INSTEAD.get(word.lower()) or self.found.near(word, known) or UNKNOWN
            self._note(place, "C303", f'unknown finding or concept "{word}"', hint)
        return None

    def _group(self, kind: Any, content: Node, place: tuple[int, int], denied: bool) -> Condition | None:
        count = 0
        if kind == "at_least":
            keys = set(content.value) if isinstance(content.value, Mapping) else set()
            if not isinstance(content.value, Mapping) or keys != {"count", "of"}:
                self._note(place, "C304", *COUNTED)
                return None
            wanted = content.value["count"].value
            if not isinstance(wanted, int) or isinstance(wanted, bool) or wanted < 1:
                self._note(_place(content.value["count"]), "C305", "count must be a whole number from 1", COUNTED[1])
                return None
            count, content = wanted, content.value["of"]
        if not isinstance(content.value, tuple) or not content.value:
            self._note(place, "C306", f"{kind} needs a list with at least one condition",
                       COUNTED[1] if count else f"write `{kind}: [{{FINDING: yes}}, ...]`")  # fmt: skip
            return None
        parts = [self._condition(item, denied or kind == "none") for item in content.value]
        if count > len(parts):
            self._note(place, "C307", f"can never be true: {count} of {len(parts)} conditions", "lower `count`")
            return None
        read = tuple(part for part in parts if part is not None)
        return Group(kind, read, count) if len(read) == len(parts) else None

    def _named(self, content: Node, place: tuple[int, int], denied: bool) -> Condition | None:
        if "states" not in self._over:
            self._note(place, "C308", "only rules on urgency and cautions may ask whether a state is named",
                       "name the findings or a concept instead")  # fmt: skip
            return None
        if denied:
            self._note(place, "C309", "a named state cannot be denied", "a state that is not named can still be there")
            return None
        state, where, strength = _shown(content), _place(content), "weak"
        if isinstance(content.value, Mapping) and len(content.value) == 1:
            ((state, node),) = content.value.items()
            where, strength = content.keys[state], _shown(node)
            if strength not in STRENGTHS:
                self._note(_place(node), "C311", f'unknown strength "{strength}"', "say weak, moderate or strong")
                return None
        if state not in self.states:
            if not self.excused(state):
                self._note(where, "C310", f'unknown state "{state}"', self.found.near(state, self.states) or UNKNOWN)
            return None
        return Named(state, STRENGTHS[strength])

    def _concept(self, concept: str, content: Node, place: tuple[int, int]) -> Condition | None:
        if "concepts" not in self._over:
            self._note(place, "C312", f'"{concept}" is a concept; only findings may stand here',
                       "write the findings out")  # fmt: skip
            return None
        if content.value not in (YES, NO):
            self._note(
                _place(content),
                "C313",
                f'a concept is yes or no, not "{_shown(content)}"',
                _SURE.get(_shown(content), "say yes, or no where answers must rule it out"),
            )
            return None
        return Holds(concept, str(content.value))

    def _finding(self, finding: Finding, content: Node) -> Condition | None:
        here, value = (content.line, content.column), content.value
        if isinstance(value, Mapping):
            return self._compared(finding, content)
        if isinstance(value, str) and value in finding.bands:
            return Is(finding.id, finding.bands[value])
        if isinstance(value, str) and value in finding.words:
            return Is(finding.id, value)
        known = (*finding.words, *finding.bands)
        hint = _SURE.get(value, "") if isinstance(value, str) else ""
        hint = hint or self.found.near(_shown(content), known)
        if finding.is_number:
            hint = hint or f"name a band ({', '.join(finding.bands) or 'none yet'}) or compare: {{below: 3.5}}"
        self._note(
            here, "C314", f'"{_shown(content)}" is no value of {finding.id}', hint or f"say {' or '.join(known)}"
        )
        return None

    def _compared(self, finding: Finding, content: Node) -> Condition | None:
        here, bounds = _place(content), content.plain()
        allowed = COMPARISONS if finding.is_number else ("is", "one_of")
        for word in bounds:
            if word not in allowed:
                self._note(content.keys[word], "C315", f'"{word}" does not compare {finding.id}',
                           self.found.near(word, allowed) or f"use {', '.join(allowed)}")  # fmt: skip
                return None
        if not finding.is_number:
            wanted = bounds.get("one_of", [bounds.get("is")])
            if len(bounds) != 1 or not isinstance(wanted, list) or not wanted:
                self._note(here, "C314", f"{finding.id} needs `is` with a word, or `one_of` with a list of words",
                           f"its words are {', '.join(finding.words)}")  # fmt: skip
                return None
            for word in wanted:
                if word not in finding.words:
                    hint = _SURE.get(str(word)) or self.found.near(str(word), finding.words)
                    hint = hint or f"say {' or '.join(finding.words)}"
                    self._note(here, "C314", f'"{word}" is no value of {finding.id}', hint)
                    return None
            parts = tuple(Is(finding.id, word) for word in wanted)
            return parts[0] if len(parts) == 1 else Group("any", parts)
        for word, bound in bounds.items():
            where = content.find([word], value=True)
            if isinstance(bound, bool) or not isinstance(bound, (int, float)):
                self._note(where, "C316", f"{word} needs a number", "digits with a point, as in 3.5")
                return None
            if not finding.low <= bound <= finding.high:
                span = f"{finding.low:g} to {finding.high:g}"
                self._note(where, "C317", f"{bound:g} is outside the range of {finding.id} ({span})",
                           "mend the number, or the range")  # fmt: skip
                return None
        try:
            return Is(finding.id, interval(bounds))
        except ValueError as error:
            self._note(here, "C318", str(error), ONE_STRETCH)
            return None
