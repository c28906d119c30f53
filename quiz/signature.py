"""What a reviewer signs: a short name for a rule or a concept as it stands, which another one, read alike, lacks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, Protocol, TypeVar

from quiz.model import (
    Cautions,
    Concept,
    Conclusion,
    Condition,
    Fact,
    Finding,
    Group,
    Holds,
    Interval,
    Is,
    Raises,
    Rule,
    Source,
    Supports,
    leaves,
)

LENGTH = 12
"""Hexadecimal digits."""


class Behind(Protocol):
    """What stands behind rules and is read with them. A rule base is one."""

    @property
    def findings(self) -> Mapping[str, Finding]: ...
    @property
    def facts(self) -> Mapping[str, Fact]: ...
    @property
    def sources(self) -> Mapping[str, Source]: ...


def signature(entry: Rule | Concept, behind: Behind) -> str:
    """The start of the SHA-256 of its words, condition, conclusion and grounds, and not of its cases.

    What is asked for the condition counts, with its unit and the numbers of a named band, and so do the texts of facts
    and sources. Of a concept only its name counts: a concept is signed by itself.
    """
    told = [entry.says, _conclusion(entry.then)] if isinstance(entry, Rule) else [entry.label]
    whole = [entry.id, *told, _condition(entry.when), entry.because, *_read_with(entry, behind)]
    return sha256(json.dumps(whole, ensure_ascii=False).encode()).hexdigest()[:LENGTH]


def _read_with(entry: Rule | Concept, behind: Behind) -> Iterator[list[Any]]:
    tested = dict.fromkeys(leaf.finding for leaf in leaves(entry.when) if isinstance(leaf, Is))
    yield [[each.id, each.label, each.question, each.unit] for each in _of(tested, behind.findings)]
    yield [[each.id, each.text, each.basis] for each in _of(entry.provenance.facts, behind.facts)]
    yield [[each.id, each.title, each.url] for each in _of(entry.provenance.sources, behind.sources)]


_T = TypeVar("_T")


def _of(ids: Iterable[str], known: Mapping[str, _T]) -> Iterator[_T]:
    return (known[each] for each in ids if each in known)


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
