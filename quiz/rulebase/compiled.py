"""A rule base that was checked once, kept as JSON in the cache folder, so that the next start need not check again.

A file is named by the SHA-256 of the rules, of what was checked and of the state of the code that built it, so that a
stale one is never found. It begins with the SHA-256 of the rest. One that is damaged, or that somebody else could have
written, is built anew and overwritten. It holds no answer of anybody.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from quiz.filebytes import replace
from quiz.model import RuleBase
from quiz.rulebase.files import RuleFiles

MOST_KEPT = 8
"""Files in the cache folder. Who edits rules makes a new one with each edit; the oldest go."""

BESIDE = ("model.py", "logic.py", "answers.py", "yamltext.py", "filebytes.py", "errors.py", "signature.py",
          "formulas.py", "solver.py")  # fmt: skip
"""The modules beside this folder that decide what a text means, and whether its rules can fire and fit together."""


def key(files: RuleFiles, *, checked: tuple[bool, ...]) -> str:
    """The name of the compiled form of these files. `checked`: which checks over all answers were made."""
    name = hashlib.sha256(f"{files.name}\0{files.digest}\0{checked}\0{_code()}".encode("utf-8", "surrogatepass"))
    return name.hexdigest()


@cache
def _code() -> str:
    """Tells the modules that decide what a text means from any others: by size and times, as Python itself does."""
    here = os.path.dirname(__file__)
    above = os.path.dirname(here)
    paths = sorted(each.path for each in os.scandir(here) if each.name.endswith(".py"))
    paths += (os.path.join(above, name) for name in BESIDE)
    return repr([(about.st_size, about.st_mtime_ns, about.st_ctime_ns) for about in map(os.stat, paths)])


def folder() -> Path:
    """Where compiled rule bases live. Raises RuntimeError for somebody without a home."""
    # platformdirs takes as long to import as all else here; where the place is said outright it is not needed.
    given = os.environ.get("XDG_CACHE_HOME", "")
    if os.name == "posix" and given.startswith("/"):
        return Path(given) / "electrolyte-quiz"
    from platformdirs import user_cache_path

    found = user_cache_path("electrolyte-quiz", appauthor=False)
    if not found.is_absolute():  # some versions of platformdirs name a folder "~" here instead of raising
        raise RuntimeError("no home folder")
    return found


def read(name: str) -> RuleBase | None:
    """The rule base of this name, or None where there is none that can be trusted."""
    try:
        content = _own(folder() / f"{name}.json")
        digest, _, body = content.partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            return None
        return _decoded(body)
    except (OSError, ValueError, TypeError, KeyError, IndexError, RuntimeError):
        return None


_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def _own(path: Path) -> bytes:
    """The bytes of a file that nobody else could have written. Raises OSError."""
    opened = os.open(path, _OPEN)
    try:
        about = os.fstat(opened)
        if hasattr(os, "getuid") and (about.st_uid != os.getuid() or about.st_mode & 0o022):
            raise PermissionError(f"{path} could have been written by somebody else")
        return os.read(opened, about.st_size)  # less of it, or more, has another digest
    finally:
        os.close(opened)


def keep(name: str, rulebase: RuleBase) -> None:
    """Keep a rule base for the next start. Where that cannot be done, the next start takes longer."""
    body = _encoded(rulebase)
    content = hashlib.sha256(body).hexdigest().encode() + b"\n" + body
    with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: no home folder
        path = folder() / f"{name}.json"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace(path, content, private=True)
        by_age = sorted(path.parent.glob("*.json"), key=lambda each: each.stat().st_mtime, reverse=True)
        for old in by_age[MOST_KEPT:]:
            old.unlink(missing_ok=True)


# --- the form: one line that names the parts, then the parts ----------------------------------------


def _encoded(rulebase: RuleBase) -> bytes:
    hints = _hints(RuleBase)
    parts = [_json(_written(getattr(rulebase, name), hints[name])) for name in hints]
    return b"\n".join((_json(dict(zip(hints, map(len, parts), strict=True))), *parts))


def _decoded(body: bytes) -> RuleBase:
    begin = body.index(b"\n") + 1
    found: dict[str, Any] = {}
    lengths, parts = json.loads(body[:begin]), _parts()
    for name, length in lengths.items():
        hint, later = parts[name]
        part = body[begin : begin + length]
        found[name] = _Later(part, hint) if later else _read(json.loads(part), hint)
        begin += length + 1
    return RuleBase(**found)


@cache
def _parts() -> Mapping[str, tuple[Any, bool]]:
    """The type of each part of a rule base, and whether it is a mapping, which need not be read at once."""
    return {name: (hint, _is_mapping(hint)) for name, hint in _hints(RuleBase).items()}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


K = TypeVar("K")
V = TypeVar("V")


class _Later(Mapping[K, V]):
    """A mapping that reads its text, and each of its values, when first asked for them.

    Threads may ask at once: nothing that was read is changed, so reading twice does no harm.
    """

    __slots__ = ("_hint", "_made", "_raw", "_text", "_value")

    def __init__(self, text: bytes, hint: Any) -> None:
        self._text, self._hint = text, hint
        self._raw: dict[K, Any] | None = None
        self._made: dict[K, V] = {}

    def _opened(self) -> dict[K, Any]:
        if self._raw is None:
            key, value = get_args(self._hint)
            read, raw = _reader(key), json.loads(self._text)
            self._value = _reader(value)
            self._raw = raw if read is None else {read(int(each)): value for each, value in raw.items()}
        return self._raw

    def __getitem__(self, key: K) -> V:
        try:
            return self._made[key]
        except KeyError:
            raw = self._opened()[key]
            made: V = raw if self._value is None else self._value(raw)
            return self._made.setdefault(key, made)  # two threads may have made it: both get the same one

    def __contains__(self, key: object) -> bool:
        return key in self._opened()

    def __iter__(self) -> Iterator[K]:
        return iter(self._opened())

    def __len__(self) -> int:
        return len(self._opened())

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[type[dict[K, V]], tuple[dict[K, V]]]:
        return dict, (dict(self),)


def _is_mapping(hint: Any) -> bool:
    return get_origin(hint) is Mapping or getattr(get_origin(hint), "__name__", "") == "Mapping"


@cache
def _hints(kind: type) -> dict[str, Any]:
    found = get_type_hints(kind)
    return {each.name: found[each.name] for each in fields(kind)}


# --- values as plain JSON, by their type ------------------------------------------------------------


def _written(value: Any, hint: Any) -> Any:
    writer = _writer(hint)
    return value if writer is None else writer(value)


@cache
def _writer(hint: Any) -> Callable[[Any], Any] | None:
    """Makes of a value of this type what JSON takes; None where JSON takes it as it is."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _union_writer(_dataclasses(inner))
    if _is_mapping(hint):
        return _mapping_writer(*inner)
    if origin is tuple:
        write = _writer(inner[0])
        return None if write is None else lambda value: list(map(write, value))
    if _is_ours(hint):
        return _dataclass_writer(hint)
    return (lambda value: value.value) if _is_enum(hint) else None


def _union_writer(kinds: list[Any]) -> Callable[[Any], Any] | None:
    places = {kind: place for place, kind in enumerate(kinds)}

    def write(value: Any) -> Any:
        kind: Any = type(value)
        if kind not in places:
            return value
        written = _dataclass_writer(kind)(value)
        return [*written, places[kind]] if len(places) > 1 else written

    return write if kinds else None


def _mapping_writer(key: Any, value: Any) -> Callable[[Any], Any]:
    name, write = _writer(key), _writer(value)
    if write is None and name is None:
        return dict
    return lambda raw: {
        each if name is None else name(each): more if write is None else write(more) for each, more in raw.items()
    }


@cache
def _dataclass_writer(kind: Any) -> Callable[[Any], list[Any]]:
    plan: tuple[tuple[str, Callable[[Any], Any] | None], ...] | None = None  # made when first needed, as in reading

    def write(value: Any) -> list[Any]:
        nonlocal plan
        if plan is None:
            plan = tuple((name, _writer(hint)) for name, hint in _hints(kind).items())
        return [getattr(value, name) if writer is None else writer(getattr(value, name)) for name, writer in plan]

    return write


def _is_enum(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Enum)


def _read(value: Any, hint: Any) -> Any:
    reader = _reader(hint)
    return value if reader is None else reader(value)


@cache
def _reader(hint: Any) -> Callable[[Any], Any] | None:
    """Makes a value of this type from JSON; None where JSON has it already."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _union_reader(inner)
    if _is_mapping(hint):
        return _mapping_reader(inner[1])
    if origin is tuple:
        return _tuple_reader(inner[0])
    if _is_ours(hint):
        return _dataclass_reader(hint)
    if origin is Literal or hint in (str, int, float, bool, type(None)):
        return None
    if issubclass(hint, Enum):
        made: Callable[[Any], Any] = hint
        return made
    raise TypeError(f"no plain form for {hint}")


def _is_ours(hint: Any) -> bool:
    return is_dataclass(hint)


def _dataclasses(members: tuple[Any, ...]) -> list[Any]:
    return [each for each in members if _is_ours(each)]


def _union_reader(members: tuple[Any, ...]) -> Callable[[Any], Any] | None:
    """The members that are no dataclasses stand for themselves; a list is one of the others, its number at the end.

    An enumeration may stand beside None alone.
    """
    kinds = _dataclasses(members)
    named = [each for each in members if _is_enum(each)]
    if named:
        if {*members} != {*named[:1], type(None)}:
            raise TypeError(f"no plain form for {members}")
        return lambda value: None if value is None else named[0](value)
    if not kinds:
        return None
    readers: list[Callable[[Any], Any]] = []

    def read(value: Any) -> Any:
        if not isinstance(value, list):
            return value
        if not readers:  # made when first needed: a condition may hold conditions
            readers.extend(_dataclass_reader(each) for each in kinds)
        return readers[value[-1]](value[:-1]) if len(kinds) > 1 else readers[0](value)

    return read


def _mapping_reader(value: Any) -> Callable[[Any], Any]:
    read = _reader(value)
    if read is None:
        return MappingProxyType
    return lambda raw: MappingProxyType({key: read(each) for key, each in raw.items()})


def _tuple_reader(item: Any) -> Callable[[Any], Any]:
    read = _reader(item)
    return tuple if read is None else lambda raw: tuple(map(read, raw))


@cache
def _dataclass_reader(kind: Any) -> Callable[[Any], Any]:
    plan: tuple[tuple[int, Callable[[Any], Any]], ...] | None = None  # made when first needed: a kind may hold itself

    def read(raw: Sequence[Any]) -> Any:
        nonlocal plan
        if plan is None:
            readers = enumerate(map(_reader, _hints(kind).values()))
            plan = tuple((place, reader) for place, reader in readers if reader is not None)
        values = list(raw)
        for place, reader in plan:
            values[place] = reader(values[place])
        return kind(*values)

    return read
