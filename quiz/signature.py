"""What a reviewer signs: a short name for a rule or a concept as it stands, which another wording does not have."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from quiz.model import Cautions, Concept, Conclusion, Condition, Group, Holds, Interval, Is, Raises, Rule, Supports

LENGTH = 12
"""Hexadecimal digits."""


def signature(entry: Rule | Concept) -> str:
    """The start of the SHA-256 of its words, condition, conclusion and grounds, and not of its cases.

    The numbers of a named band count, but of a concept only its name: a concept is signed by itself.
    """
    told = [entry.says, _conclusion(entry.then)] if isinstance(entry, Rule) else [entry.label]
    about = entry.provenance
    whole = [entry.id, *told, _condition(entry.when), entry.because, about.facts, about.sources]
    return sha256(json.dumps(whole, ensure_ascii=False).encode()).hexdigest()[:LENGTH]


def _condition(condition: Condition) -> list[Any]:
    if isinstance(condition, Group):
        return [condition.kind, condition.count, *map(_condition, condition.of)]
    if isinstance(condition, Holds):
        return ["holds", condition.concept, condition.value]
    if isinstance(condition, Is):
        return ["is", condition.finding, _value(condition.value)]
    return ["named", condition.state, condition.strength.word]


def _value(value: str | Interval) -> Any:
    return value if isinstance(value, str) else [value.low, value.high, value.with_low, value.with_high]


def _conclusion(then: Conclusion) -> list[Any]:
    if isinstance(then, Supports):
        return ["supports", then.state, then.strength.word]
    if isinstance(then, Raises):
        return ["urgency", then.urgency.word]
    if isinstance(then, Cautions):
        return ["caution", then.at_once, *then.states]
    return ["against", then.state]
