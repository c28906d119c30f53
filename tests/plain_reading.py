"""The same reading of YAML as in `quiz.yamltext`, said as plainly as can be: one value at a time, slow and obvious."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from quiz.errors import Position
from quiz.yamltext import DEEPEST, _scalar

Places = dict[tuple[str | int, ...], tuple[int, int]]
"""Where the value at the end of each road of keys and indexes begins."""

Keys = dict[tuple[str | int, ...], tuple[int, int]]
"""Where the key at the end of each road begins."""


class Refused(Exception):
    """Raised with a code, and the place as line and column."""


class Reading:
    """One document: its value, and all places in it. Raises Refused, or what the parser raises."""

    def __init__(self, text: str) -> None:
        self.values: Places = {}
        self.keys: Keys = {}
        self.value: Any = None
        self._events = self._all(yaml.CBaseLoader(text))
        found = False
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent) and found:
                raise Refused("F109", *_place(event))
            if isinstance(event, yaml.NodeEvent):
                self.value = self._node(event, (), 1)
                found = True
        if self.value is None:
            raise Refused("F110", 0, 0)

    @staticmethod
    def _all(parser: Any) -> Iterator[Any]:
        while parser.check_event():
            yield parser.get_event()

    def _node(self, event: Any, road: tuple[str | int, ...], depth: int) -> Any:
        self.values[road] = _place(event)
        if depth > DEEPEST:
            raise Refused("F111", *_place(event))
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise Refused("F112", *_place(event))
        if event.tag is not None:
            raise Refused("F113", *_place(event))
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event.value) if event.style == "" else event.value
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            for inner in self._events:
                if isinstance(inner, yaml.SequenceEndEvent):
                    return items
                items.append(self._node(inner, (*road, len(items)), depth + 1))
        content: dict[str, Any] = {}
        for inner in self._events:
            if isinstance(inner, yaml.MappingEndEvent):
                return content
            self._node(inner, (*road, 0), depth + 1)
            if not isinstance(inner, yaml.ScalarEvent):
                raise Refused("F114", *_place(inner))
            if inner.value in content:
                raise Refused("F115", *_place(inner))
            self.keys[(*road, inner.value)] = _place(inner)
            content[inner.value] = self._node(next(self._events), (*road, inner.value), depth + 1)
        raise AssertionError("the parser closes what it opened")


def _place(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def read(text: str) -> Reading | tuple[str, Position]:
    """A text of visible signs without directives: what stands in it, or the code and place of the first mistake."""
    try:
        return Reading(text)
    except Refused as refused:
        code, *place = refused.args
        return code, Position("x.yaml", *place)
    except yaml.MarkedYAMLError:
        return "not YAML", Position("x.yaml")
