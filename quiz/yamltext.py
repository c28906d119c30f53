"""YAML text in, values with their places out, and back. The only home of yaml.

Less than YAML on purpose: no aliases, no tags, no second document, no duplicate keys, and no guessing. `no`, `on`,
`012` and dates stay text; only `true`, `false` and plain decimal numbers are anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from quiz.errors import Position, Problem
from quiz.filebytes import LARGEST, Readable, read_bytes, too_large

DEEPEST = 40
"""Levels of nesting. A rule needs about ten."""

_PARSER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_UNSEEN = re.compile(
    # Control characters; then marks that break a line in YAML but in no editor, that hide, or that turn the direction.
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands. Lines and columns count from 1.

    `value` is text, a number, a truth value, None, a tuple of nodes, or a mapping of text to nodes;
    `keys` holds the places of a mapping's keys.
    """

    value: str | int | float | bool | tuple[Node, ...] | Mapping[str, Node] | None
    line: int
    column: int
    keys: Mapping[str, tuple[int, int]]

    def plain(self) -> Any:
        """The same value without places, as dict, list and scalars."""
        if isinstance(self.value, tuple):
            return [item.plain() for item in self.value]
        if isinstance(self.value, Mapping):
            return {key: item.plain() for key, item in self.value.items()}
        return self.value

    def find(self, road: Sequence[str | int], *, value: bool = False) -> tuple[int, int]:
        """The place at the end of a road of keys and indexes, or of the last step that exists.

        At the end of a road that is a key, it is the place of the key, or with `value` the place of what stands there.
        """
        node, place = self, (self.line, self.column)
        for step in road:
            if isinstance(step, int) and isinstance(node.value, tuple) and step < len(node.value):
                node = node.value[step]
                place = (node.line, node.column)
            elif isinstance(step, str) and isinstance(node.value, Mapping) and step in node.value:
                place = node.keys[step]
                node = node.value[step]
            else:
                return place
        return (node.line, node.column) if value else place


class _Refused(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def read(file: Readable, shown_as: str) -> Node | Problem:
    """The one document in a file, or the first thing that is wrong with it. `shown_as` is the path in messages."""
    content = read_bytes(file, shown_as)
    return content if isinstance(content, Problem) else parse(content, shown_as)


def parse(content: bytes, shown_as: str) -> Node | Problem:
    """The one document in a text, or the first thing that is wrong with it."""
    whole = Position(shown_as)
    if len(content) > LARGEST:
        return too_large(whole)
    if content.startswith(b"\xef\xbb\xbf"):
        return Problem(Position(shown_as, 1, 1), "F104", "begins with a byte-order mark", "save it as plain UTF-8")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        place = _place_of_end(before.decode("utf-8"), shown_as)
        return Problem(place, "F105", "is not UTF-8 text", "save it as UTF-8")
    if unseen := _UNSEEN.search(text):
        place = _place_of_end(text[: unseen.start()], shown_as)
        what = f"holds a character that cannot be seen (U+{ord(unseen[0]):04X})"
        return Problem(place, "F108", what, "delete it")
    parser = None
    try:
        parser = _PARSER(text)
        return _document(parser, shown_as)
    except _Refused as refused:
        return refused.problem
    except yaml.MarkedYAMLError as error:
        return _not_yaml(error, text, shown_as)
    finally:
        if parser is not None:
            parser.dispose()


def _not_yaml(error: yaml.MarkedYAMLError, text: str, shown_as: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    lines = text.splitlines()
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in here[: len(here) - len(here.lstrip())]:
        return Problem(Position(shown_as, line, here.index("\t") + 1), "F107", "a tab indents this line",
                       "indent with spaces")  # fmt: skip
    what = (error.problem or error.context or "cannot be read").removeprefix("while ")
    hint = "look for a missing colon, quote, bracket or space just before this place, or put the text in quotes"
    return Problem(Position(shown_as, line, column), "F106", f"is not YAML: {what}", hint)


def _place_of_end(text: str, shown_as: str) -> Position:
    """The place just after a text."""
    return Position(shown_as, text.count("\n") + 1, len(text) - text.rfind("\n"))


def _document(parser: Any, shown_as: str) -> Node:
    events = _events(parser)
    content: Node | None = None
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            if content is not None:
                raise _refuse(event, shown_as, "F109", "begins a second document", "use one file for each")
        elif not isinstance(event, (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent)):
            content = _node(event, events, shown_as, 1)
    if content is None or (content.value is None):
        raise _Refused(Problem(Position(shown_as), "F110", "is empty"))
    return content


def _events(parser: Any) -> Iterator[Any]:
    while parser.check_event():
        yield parser.get_event()


def _refuse(event: Any, shown_as: str, code: str, message: str, hint: str = "") -> _Refused:
    mark = event.start_mark
    return _Refused(Problem(Position(shown_as, mark.line + 1, mark.column + 1), code, message, hint))


def _node(event: Any, events: Iterator[Any], shown_as: str, depth: int) -> Node:
    mark = event.start_mark
    line, column = mark.line + 1, mark.column + 1
    if depth > DEEPEST:
        raise _refuse(event, shown_as, "F111", f"is nested more than {DEEPEST} levels deep", "make it flatter")
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        raise _refuse(event, shown_as, "F112", "anchors and aliases (& and *) are not read", "write it out")
    if isinstance(event, yaml.ScalarEvent):
        if event.tag is not None:
            raise _refuse(event, shown_as, "F113", f"the tag {_short(event.tag)} is not read", "leave it out")
        plain = event.style is None or event.style == ""
        return Node(_scalar(event.value) if plain and event.implicit[0] else event.value, line, column, {})
    if event.tag is not None:
        raise _refuse(event, shown_as, "F113", f"the tag {_short(event.tag)} is not read", "leave it out")
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        for inner in events:
            if isinstance(inner, yaml.SequenceEndEvent):
                break
            items.append(_node(inner, events, shown_as, depth + 1))
        return Node(tuple(items), line, column, {})
    content: dict[str, Node] = {}
    keys: dict[str, tuple[int, int]] = {}
    for inner in events:
        if isinstance(inner, yaml.MappingEndEvent):
            break
        key = _node(inner, events, shown_as, depth + 1)
        if not isinstance(inner, yaml.ScalarEvent):
            raise _refuse(inner, shown_as, "F114", "a key must be one word or one quoted text")
        name = inner.value
        if name in keys:
            raise _refuse(inner, shown_as, "F115", f'"{name}" stands here twice, first on line {keys[name][0]}',
                          "keep one of them")  # fmt: skip
        keys[name] = (key.line, key.column)
        content[name] = _node(next(events), events, shown_as, depth + 1)
    return Node(content, line, column, keys)


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!", 1)


def _scalar(text: str) -> str | int | float | bool | None:
    if text in ("", "~", "null"):
        return None
    if text == "true":
        return True
    if text == "false":
        return False
    if _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text


def write(content: Mapping[str, Any]) -> str:
    """A mapping as YAML text that `parse` reads back to the same values.

    Raises ValueError for a value that `parse` could not give back: a number that needs an exponent, a date.
    """
    text: str = yaml.dump(dict(content), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


class _Dumper(yaml.SafeDumper):
    """Quotes a text only where `parse` would read it as something else: `no` stays `no`."""

    def ignore_aliases(self, data: Any) -> bool:
        """The same list twice is written twice: aliases are not read."""
        return True


_TEXT = "tag:yaml.org,2002:str"


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    value = value.encode("utf-8", "replace").decode("utf-8")  # half a character could not be read back
    as_written = isinstance(_scalar(value), str) and not _UNSEEN.search(value)
    return yaml.ScalarNode(_TEXT, value, style=None if as_written else '"')


def _other(dumper: yaml.SafeDumper, value: object) -> yaml.ScalarNode:
    shown = {None: "null", True: "true", False: "false"}.get(value) if isinstance(value, bool | None) else repr(value)
    if shown is None or isinstance(_scalar(shown), str):
        raise ValueError(f"{value!r} cannot be written")
    return yaml.ScalarNode(_TEXT, shown)


_Dumper.add_representer(str, _text)
for kind in (bool, int, float, type(None)):
    _Dumper.add_representer(kind, _other)
_Dumper.add_representer(tuple, yaml.SafeDumper.represent_list)
# Without resolvers every plain scalar counts as text, so no tag is written; what is plain was decided above.
_Dumper.yaml_implicit_resolvers = {}
