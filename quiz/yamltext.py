"""YAML text in, values with their places out, and back. The only home of yaml.

Less than YAML on purpose: no aliases, no tags, no directives, no second document, no duplicate keys, and no guessing.
`no`, `on`, `012` and dates stay text; only `true`, `false` and plain decimal numbers are anything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml

from quiz.errors import Position, Problem
from quiz.filebytes import LARGEST, Readable, read_bytes, too_large

DEEPEST = 40
"""Levels of nesting. A rule needs about ten."""

Scalar, MappingStart, MappingEnd, SequenceEnd = (
    yaml.ScalarEvent, yaml.MappingStartEvent, yaml.MappingEndEvent, yaml.SequenceEndEvent
)  # fmt: skip
_PARSER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_UNSEEN = re.compile(
    # Control characters; then marks that break a line in YAML but in no editor, that hide, or that turn the direction.
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)

_DIRECTIVE = re.compile("^%(?=TAG|YAML)", re.MULTILINE)
"""The parser compares each with all before it."""
_SEEN = b"\t\n\r" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))
"""Every byte but the control characters of ASCII: to take these away is ten times faster than to search for those."""

_Place = Any
"""Where a value stands: the mark of a scalar; for a list, its mark and then the place of each item; for a mapping, its
mark and then, in turn, the mark of each key and the place of its value. Marks stay as the parser made them: few are
ever asked for."""


class Node:
    """A value and where it stands. Lines and columns count from 1; 0 stands for nowhere."""

    __slots__ = ("_inside", "_key", "_place", "_plain")

    def __init__(self, plain: Any, place: _Place, key: Any = None) -> None:
        """`key` is the mark of the key that the value stands under, if any."""
        self._plain, self._place, self._key = plain, place, key
        self._inside: tuple[Node, ...] | Mapping[str, Node] | None = None

    @property
    def value(self) -> str | int | float | bool | tuple[Node, ...] | Mapping[str, Node] | None:
        """Text, a number, a truth value, None, a tuple of nodes, or a mapping of text to nodes."""
        plain = self._plain
        if self._inside is None:
            if isinstance(plain, dict):
                made = map(Node, plain.values(), self._place[2::2], self._place[1::2])
                self._inside = dict(zip(plain, made, strict=True))
            elif isinstance(plain, list):
                self._inside = tuple(map(Node, plain, self._place[1:]))
            else:
                scalar: str | int | float | bool | None = plain
                return scalar
        return self._inside

    @property
    def line(self) -> int:
        return _counted(self._mark)[0]

    @property
    def column(self) -> int:
        return _counted(self._mark)[1]

    @property
    def _mark(self) -> Any:
        return self._place[0] if isinstance(self._place, list) else self._place

    @property
    def keys(self) -> Mapping[str, tuple[int, int]]:
        """The places of a mapping's keys."""
        inside = self.value
        return {key: _counted(node._key) for key, node in inside.items()} if isinstance(inside, Mapping) else {}

    def plain(self) -> Any:
        """The same value without places, as dict, list and scalars. It is the node's own: copy what you change."""
        return self._plain

    def find(self, road: Sequence[str | int], *, value: bool = False) -> tuple[int, int]:
        """The place at the end of a road of keys and indexes, or of the last step that exists.

        At the end of a road that is a key, it is the place of the key, or with `value` the place of what stands there.
        """
        node, mark = self, self._mark
        for step in road:
            inside = node.value
            if isinstance(step, int) and isinstance(inside, tuple) and step < len(inside):
                node = inside[step]
                mark = node._mark
            elif isinstance(step, str) and isinstance(inside, Mapping) and step in inside:
                node = inside[step]
                mark = node._key
            else:
                return _counted(mark)
        return _counted(node._mark if value else mark)


NOTHING = Node(None, None)
"""Stands where nothing was written."""


def _counted(mark: Any) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)


class _Refused(Exception):
    """Raised with a mark, a code, a message and a hint."""


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
    if (content.translate(None, _SEEN) or not content.isascii()) and (unseen := _UNSEEN.search(text)):
        place = _place_of_end(text[: unseen.start()], shown_as)
        what = f"holds a character that cannot be seen (U+{ord(unseen[0]):04X})"
        return Problem(place, "F108", what, "delete it")
    if (b"\n%" in content or content.startswith(b"%")) and (directive := _DIRECTIVE.search(text)):
        place = _place_of_end(text[: directive.start()], shown_as)
        return Problem(place, "F116", "directives (%) are not read", "leave it out")
    parser = None
    try:
        parser = _PARSER(text)
        node = _document(_refusing(parser.get_event) if _SIGNS.search(content) else parser.get_event)
        if node is None or node.plain() is None:
            return Problem(whole, "F110", "is empty", "write what belongs in it, or leave it out")
        return node
    except _Refused as refused:
        mark, code, message, hint = refused.args
        return Problem(Position(shown_as, *_counted(mark)), code, message, hint)
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
    form = "JSON" if text.lstrip().startswith(("{", "[")) else "YAML"
    if form == "YAML" and "\t" in here[: len(here) - len(here.lstrip())]:
        return Problem(Position(shown_as, line, here.index("\t") + 1), "F107", "a tab indents this line",
                       "indent with spaces")  # fmt: skip
    what = (error.problem or error.context or "cannot be read").removeprefix("while ")
    hint = (
        odd_space("".join(lines[max(0, line - 2) : line]))
        or _odd_indent(lines[:line])
        or ("look for a missing colon, quote, bracket or space just before this place, or put the text in quotes")
    )
    return Problem(Position(shown_as, line, column), "F106", f"is not {form}: {what}", hint)


def odd_space(text: str) -> str:
    """What is said of a text with a space that YAML takes for a letter; nothing where it has none."""
    odd = any(each.isspace() and each not in " \t\n" for each in text)
    return "one of its spaces is no plain one, but looks the same: type it anew" if odd else ""


def _odd_indent(lines: Sequence[str]) -> str:
    """What is said where the last of these lines begins in a column that none of those above makes room for."""
    told = [each for each in lines if each.strip() and not each.lstrip().startswith("#")]
    if len(told) < 2:
        return ""
    *before, above, here = (len(each) - len(each.lstrip(" ")) for each in told)
    goes_on = told[-2].rstrip().endswith((":", ",", "-", ">", "|", "[", "{"))
    if here == above or (here > above and goes_on) or (here < above and here in before):
        return ""
    return f"this line is indented by {here} and the one above by {above}: what belongs together begins in one column"


def _place_of_end(text: str, shown_as: str) -> Position:
    """The place just after a text."""
    return Position(shown_as, text.count("\n") + 1, len(text) - text.rfind("\n"))


def _document(get: Callable[[], Any]) -> Node | None:
    """The one document that these events tell of, or None where there is none. Raises _Refused."""
    content: Node | None = None
    while (event := get()) is not None:
        kind = event.__class__
        if kind is yaml.DocumentStartEvent:
            if content is not None:
                raise _Refused(event.start_mark, "F109", "begins a second document", "use one file for each")
        elif kind not in (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent):
            content = Node(*_node(get, event, 1))
    return content


# Reading takes one of the next two functions for each event, so they do by hand what could be said shorter: no call and
# no object for a scalar but what the parser made.

_Event = Any
_Get = Callable[[], _Event]

_SIGNS = re.compile(rb"[&*!]")
"""A text without any of these has no anchor, no alias and no tag, so its events are not looked at for them."""


def _refusing(get: _Get) -> _Get:
    """The same events, up to one with an anchor, an alias or a tag. Raises _Refused at that."""

    def next_event() -> _Event:
        event = get()
        if getattr(event, "anchor", None) is not None or getattr(event, "tag", None) is not None:
            raise _slip(event)
        return event

    return next_event


def _node(get: _Get, event: _Event, depth: int) -> tuple[Any, _Place]:
    """The value that begins with this event, and its place. `depth` counts from 1."""
    if event.__class__ is Scalar:
        return event.value if event.style else _scalar(event.value), event.start_mark
    return (_mapping if event.__class__ is MappingStart else _sequence)(get, event, depth)


def _mapping(get: _Get, begin: _Event, depth: int) -> tuple[dict[str, Any], _Place]:
    content: dict[str, Any] = {}
    places = [begin.start_mark]
    add = places.append
    depth += 1
    if depth > DEEPEST:
        return _empty(get, depth, content, places)
    while (event := get()).__class__ is not MappingEnd:
        if event.__class__ is not Scalar:
            _node(get, event, depth)
            raise _Refused(event.start_mark, "F114", "a key must be one word or one quoted text", "put it in quotes")
        name = event.value
        if name in content:
            first = places[2 * list(content).index(name) + 1].line + 1
            raise _Refused(event.start_mark, "F115", f'"{name}" stands here twice, first on line {first}',
                           "keep one of them")  # fmt: skip
        add(event.start_mark)
        event = get()
        kind = event.__class__
        if kind is Scalar:
            value = event.value
            content[name] = _scalar(value) if (value < _LETTERS or value in _WORDS) and not event.style else value
            add(event.start_mark)
        else:
            content[name], place = (_mapping if kind is MappingStart else _sequence)(get, event, depth)
            add(place)
    return content, places


def _sequence(get: _Get, begin: _Event, depth: int) -> tuple[list[Any], _Place]:
    content: list[Any] = []
    places = [begin.start_mark]
    depth += 1
    if depth > DEEPEST:
        return _empty(get, depth, content, places)
    while (event := get()).__class__ is not SequenceEnd:
        kind = event.__class__
        if kind is Scalar:
            value = event.value
            content.append(_scalar(value) if (value < _LETTERS or value in _WORDS) and not event.style else value)
            places.append(event.start_mark)
        else:
            value, place = (_mapping if kind is MappingStart else _sequence)(get, event, depth)
            content.append(value)
            places.append(place)
    return content, places


def _empty(get: _Get, depth: int, content: Any, places: _Place) -> tuple[Any, _Place]:
    """A list or mapping whose values would stand at this depth, which is too deep, so that it may only be empty."""
    event = get()
    if event.__class__ not in (MappingEnd, SequenceEnd):
        raise _Refused(event.start_mark, "F111", f"is nested more than {DEEPEST} levels deep", "make it flatter")
    return content, places


def _slip(event: Any) -> _Refused:
    """Why a value that begins so is not read."""
    mark = event.start_mark
    if event.__class__ is yaml.AliasEvent or event.anchor is not None:
        return _Refused(mark, "F112", "anchors and aliases (& and *) are not read", "write it out")
    return _Refused(mark, "F113", f"the tag {_short(event.tag)} is not read", "leave it out")


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!", 1)


_LETTERS = ":"
"""The sign after 9. A text that is less than it may be a number, or empty; letters are greater."""
_WORDS: Mapping[str, bool | None] = {"~": None, "null": None, "true": True, "false": False}


def _scalar(text: str) -> str | int | float | bool | None:
    if not text:
        return None
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text


_COMMENT = re.compile(rb"\S[ \t]+#")


def cut_texts(content: bytes, shown_as: str) -> list[Problem]:
    """The sentences, without quotes, that a comment ends before they end themselves.

    What cannot be parsed has none: `parse` tells of it, and knows what would take long.
    """
    if not _COMMENT.search(content) or isinstance(parse(content, shown_as), Problem):
        return []
    text = content.decode("utf-8")
    lines = text.splitlines()
    found = []
    for event in yaml.parse(text, Loader=_PARSER):
        if isinstance(event, Scalar) and not event.style and _is_cut(event.value):
            end: Any = event.end_mark
            line, column = end.line, end.column
            behind = lines[line][column:] if line < len(lines) else ""
            if behind.lstrip().startswith("#"):
                place = Position(shown_as, line + 1, column + behind.index("#") + 1)
                last = " ".join(event.value.split()[-4:])
                what = f'a comment begins here, so the text ends with "{last}"'
                hint = "put the whole text in quotes, or the comment on a line of its own"
                found.append(Problem(place, "W608", what, hint))
    return found


def _is_cut(text: str) -> bool:
    return " " in text and text[:1].isupper() and not text.endswith((".", "?", "!", ":"))


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
    if isinstance(value, float) and "e" in repr(value):
        shown = f"{value:.15f}".rstrip("0") if float(f"{value:.15f}") == value else None
    if shown is None or isinstance(_scalar(shown), str):
        raise ValueError(f"{value!r} cannot be written")
    return yaml.ScalarNode(_TEXT, shown)


_Dumper.add_representer(str, _text)
for kind in (bool, int, float, type(None)):
    _Dumper.add_representer(kind, _other)
_Dumper.add_representer(tuple, yaml.SafeDumper.represent_list)
# Without resolvers every plain scalar counts as text, so no tag is written; what is plain was decided above.
_Dumper.yaml_implicit_resolvers = {}
