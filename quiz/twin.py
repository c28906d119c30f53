"""What a person sees and says, as JSON: each screen, each reply, the note and the interview as a whole.

`twin.schema.json` beside this file describes it. It is made from the very classes that carry the content, so nothing
shown to a person can be missing here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from quiz.answers import read_answers
from quiz.conversation import Command, Heard, Option, Reply, unheard
from quiz.errors import Position
from quiz.explain import Note
from quiz.interview import Session, Step
from quiz.model import Answer, Finding, RuleBase, Screen, State

Json = Any
"""None, a truth value, a number, a text, a list or a dict with texts as keys."""

HIDDEN: Mapping[type, frozenset[str]] = {
    Finding: frozenset({"bands", "facts"}),
    State: frozenset({"about", "tests", "ask"}),
}
"""Fields that no screen shows: what the rules do with an answer, and sentences out of which a note chooses some."""

SHOWN: Mapping[type, tuple[str, ...]] = {Finding: ("words",)}
"""Properties that stand beside the fields: for a finding the words that answer it."""

OPTIONAL: frozenset[type] = frozenset({Reply})
"""Classes of which every part may be left out of a line that comes in."""


# --- the screens --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Whole:
    """The interview before its first question. `medicines` are names, and the findings to which each says yes."""

    title: str
    fingerprint: str
    notice: Mapping[str, str]
    screens: tuple[Screen, ...]
    findings: tuple[Finding, ...]
    medicines: Mapping[str, tuple[str, ...]]
    commands: tuple[str, ...] = tuple(command.value for command in Command)
    screen: Literal["interview"] = "interview"


@dataclass(frozen=True, slots=True)
class Ask:
    """A screen with questions, and what is answered so far. It waits for a reply."""

    step: Step
    given: Mapping[str, Answer]
    other_medicines: tuple[str, ...]
    named_medicines: tuple[str, ...] = ()
    screen: Literal["ask"] = "ask"


@dataclass(frozen=True, slots=True)
class Choose:
    """A screen with a choice. It waits for `{"choose": VALUE}`."""

    title: str
    options: tuple[Option, ...]
    screen: Literal["choose"] = "choose"


@dataclass(frozen=True, slots=True)
class Say:
    """Something that is told. It waits for nothing."""

    text: str
    screen: Literal["say"] = "say"


@dataclass(frozen=True, slots=True)
class Refuse:
    """A reply that cannot be read, and why. Nothing of it was taken, and another one is waited for."""

    problems: tuple[str, ...]
    screen: Literal["refuse"] = "refuse"


@dataclass(frozen=True, slots=True)
class Tell:
    """The note at the end."""

    note: Note
    screen: Literal["note"] = "note"


@dataclass(frozen=True, slots=True)
class Leave:
    """The end without a note, and what was answered."""

    how: Literal["quit", "interrupted", "ended"]
    answers: Mapping[str, Answer]
    other_medicines: tuple[str, ...]
    named_medicines: tuple[str, ...] = ()
    screen: Literal["leave"] = "leave"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The value of one of the options of a choice."""

    choose: str


Out = Whole | Ask | Choose | Say | Refuse | Tell | Leave
In = Reply | Chosen


def whole(rulebase: RuleBase) -> Whole:
    return Whole(
        rulebase.title,
        rulebase.fingerprint,
        rulebase.notice,
        tuple(rulebase.screens.values()),
        tuple(rulebase.findings.values()),
        rulebase.medicines,
    )


# --- values as JSON -----------------------------------------------------------------------------------------


def as_json(value: object) -> Json:
    """A screen, a reply, or any part of one. A place in a rule file is no part of what is shown."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Enum):
        return _word(value)
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, Mapping):
        return {as_json(key): as_json(inside) for key, inside in value.items()}
    if isinstance(value, Iterable):
        return [as_json(inside) for inside in value]
    kind: type = type(value)
    return {name: as_json(getattr(value, name)) for name, _ in _parts(kind)}


def _word(value: Enum) -> str:
    """The word for it in rule files, or what a person types."""
    return str(getattr(value, "word", value.value))


@cache
def _parts(kind: type) -> tuple[tuple[str, Any], ...]:
    """What is shown of a class: names, each with its type."""
    if not is_dataclass(kind):
        raise TypeError(f"{kind!r} has no JSON")
    types, hidden = get_type_hints(kind), HIDDEN.get(kind, ())
    own = [each.name for each in fields(kind) if types[each.name] is not Position and each.name not in hidden]
    derived = [(name, get_type_hints(vars(kind)[name].fget)["return"]) for name in SHOWN.get(kind, ())]
    return *((name, types[name]) for name in own), *derived


# --- the schema ---------------------------------------------------------------------------------------------


def schema() -> Json:
    """The JSON Schema of everything here. The whole describes a line that goes out; `$defs` has the lines in, too."""
    named: dict[str, Json] = {}
    out = _schema_of(Out, named)
    lines_in = _schema_of(In, named)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What a person sees in an interview, and what comes back",
        **out,
        "$defs": {"In": lines_in, **dict(sorted(named.items()))},
    }


def schema_text() -> str:
    """The text of `twin.schema.json`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


_SIMPLE: Mapping[Any, str] = {str: "string", bool: "boolean", int: "integer", float: "number", NoneType: "null"}


def _schema_of(kind: Any, named: dict[str, Json]) -> Json:
    """The schema of a type. Classes go into `named`, once each."""
    if kind in _SIMPLE:
        return {"type": _SIMPLE[kind]}
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, UnionType):
        return {"anyOf": [_schema_of(each, named) for each in inner]}
    if origin is tuple and inner[-1] is not ...:
        return {"type": "array", "prefixItems": [_schema_of(each, named) for each in inner], "items": False,
                "minItems": len(inner)}  # fmt: skip
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema_of(inner[1], named)}
    if origin is not None and issubclass(origin, Iterable):
        return {"type": "array", "items": _schema_of(inner[0], named)}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [_word(each) for each in kind]}
    if kind.__name__ not in named:
        named[kind.__name__] = {}  # a class may hold itself
        named[kind.__name__] = _schema_of_class(kind, named)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _schema_of_class(kind: type, named: dict[str, Json]) -> Json:
    properties = {name: _schema_of(inside, named) for name, inside in _parts(kind)}
    told = " ".join((kind.__doc__ or "").split())
    return {
        **({} if told.startswith(f"{kind.__name__}(") else {"description": told}),  # what dataclass writes by itself
        "type": "object",
        "properties": properties,
        **({} if kind in OPTIONAL else {"required": list(properties)}),
        "additionalProperties": False,
    }


# --- a front ------------------------------------------------------------------------------------------------


class Lines:
    """A front for a program: each screen is a line of JSON out, each reply a line of JSON in."""

    def __init__(self, findings: Mapping[str, Finding], lines: Iterable[str], write: Callable[[str], object]) -> None:
        self.findings, self.lines, self.write = findings, iter(lines), write

    def show(self, screen: Out) -> None:
        self.write(json.dumps(as_json(screen)) + "\n")  # all ASCII: no terminal obeys it

    def say(self, text: str) -> None:
        self.show(Say(text))

    def ask(self, step: Step, session: Session, heard: Heard = unheard) -> Reply:
        others, named = session.other_medicines, session.named_medicines
        self.show(Ask(step, session.answers, others, named))
        while True:
            try:
                line = self._line()
            except EOFError:
                return Reply(Command.ENDED, other_medicines=others, named_medicines=named)
            except KeyboardInterrupt:
                return Reply(Command.INTERRUPTED, other_medicines=others, named_medicines=named)
            try:
                return read_reply(self.findings, line, others, named)
            except ValueError as error:
                self.show(Refuse(tuple(str(error).splitlines())))

    def choose(self, title: str, options: Sequence[Option]) -> str:
        self.show(Choose(title, tuple(options)))
        values = [option.value for option in options]
        while True:
            try:
                return read_choice(values, self._line())
            except ValueError as error:
                self.show(Refuse((str(error),)))

    def _line(self) -> str:
        for line in self.lines:
            if line.strip():
                return line
        raise EOFError


def read_reply(
    findings: Mapping[str, Finding],
    line: str,
    other_medicines: tuple[str, ...] = (),
    named_medicines: tuple[str, ...] = (),
) -> Reply:
    """A reply to questions. Every part may be left out: a reply of `{}` is done with the screen and leaves it open.

    `other_medicines` and `named_medicines` are the names that stay where none are given. Raises ValueError with a line
    for each mistake.
    """
    raw = _object(line, ("command", "given", "other_medicines", "named_medicines", "finding"))
    words = {command.value: command for command in Command}
    command, given = raw.get("command", Command.DONE.value), raw.get("given", {})
    lists = {
        "other_medicines": raw.get("other_medicines", list(other_medicines)),
        "named_medicines": raw.get("named_medicines", list(named_medicines)),
    }
    finding = raw.get("finding", "")
    mistakes = []
    if not isinstance(command, str) or command not in words:
        mistakes.append(f"command: needs one of {', '.join(words)}")
    if not isinstance(given, Mapping):
        mistakes.append("given: needs an object of findings and their answers")
        given = {}
    for key, names in lists.items():
        if not isinstance(names, list) or not all(isinstance(name, str) and name.strip() for name in names):
            mistakes.append(f"{key}: needs a list of names")
    if not isinstance(finding, str) or finding not in ("", *findings):
        mistakes.append("finding: needs the id of a finding")
    taken_back = [name for name, value in given.items() if value is None and name in findings]
    rest = {name: value for name, value in given.items() if name not in taken_back}
    answers, wrong = read_answers(findings, rest)
    mistakes += [f"given.{name}: {told}" for name, told in wrong]
    if mistakes:
        raise ValueError("\n".join(mistakes))
    changes = {**answers, **dict.fromkeys(taken_back)}
    return Reply(words[command], changes, tuple(lists["other_medicines"]), finding, tuple(lists["named_medicines"]))


def read_choice(values: Sequence[str], line: str) -> str:
    """The value chosen. Raises ValueError."""
    chosen = _object(line, ("choose",)).get("choose")
    if not isinstance(chosen, str) or chosen not in values:
        raise ValueError(f"choose: needs one of {', '.join(map(json.dumps, values))}")
    return chosen


def _object(line: str, keys: Sequence[str]) -> dict[str, Any]:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not JSON: {error}".splitlines()[0]) from error
    if not isinstance(raw, dict):
        raise ValueError("needs an object")
    if unknown := [key for key in raw if key not in keys]:
        raise ValueError(f"{json.dumps(unknown[0])} is not one of {', '.join(keys)}")
    return raw
