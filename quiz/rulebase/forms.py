"""The form of one file: which keys stand where, and of which kind. Finds every mistake, and keeps what has none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from quiz.errors import Position, Problem
from quiz.rulebase import schema
from quiz.rulebase.found import Found
from quiz.yamltext import Node

_ID = {
    schema.WORD: "small letters, digits and _, as in dry_soil",
    schema.RULE_ID: "a topic, a dot and words joined by -, as in low-water.dry-soil",
    schema.STATE_ID: "capital letters and _LOW or _HIGH, as in WATER_LOW",
    schema.FACT_ID: "capital letters and digits joined by -, as in F-WATER-01",
    schema.SIGNATURE: "twelve digits or letters from a to f in quotes, as `review rule` prints them",
    schema.DATE: "year-month-day, as in 2026-03-01",
}

_LINES = "write each on a line of its own, with a colon and a space behind its key"
_KIND = {
    "string_type": ("should be text", "put it in quotes"),
    "bool_type": ("should be true or false", "write one of them, without quotes"),
    "float_type": ("should be a number", "digits with a point, as in 3.5"),
    "list_type": ("should be a list", "write [a, b], or one line for each that begins with - and a space"),
    "dict_type": ("should be lines of `key: value`", _LINES),
    "model_type": ("should be lines of `key: value`", _LINES),
    "string_too_short": ("is empty", "write a text, or leave the line out where it may be"),
    "too_short": ("", "write them as [a, b], or as one line for each that begins with - and a space"),
    "string_too_long": ("", "say less"),
    "greater_than": ("", "mend the number"),
    "greater_than_equal": ("", "mend the number"),
    "finite_number": ("", "digits with a point, as in 3.5"),
    "int_type": ("should be a whole number", "digits alone, as in 3"),
    "int_from_float": ("should be a whole number", "digits alone, as in 3"),
}
"""What is said of a mistake, where that is not left to the library, and the way out."""


Read = Mapping[str, Any]
"""What stands in one form, under the names of the fields of its model in `schema`, with the defaults filled in."""


def _compiled(part: Any) -> Any:
    """The schema of a model, to read dictionaries into dictionaries: no object is made for a form, or for a default."""
    if isinstance(part, (list, tuple)):
        return type(part)(map(_compiled, part))
    if not isinstance(part, dict):
        return part
    if part.get("type") == "model":
        return {
            "type": "typed-dict",
            "fields": {name: _field(field) for name, field in part["schema"]["fields"].items()},
            "extra_behavior": "forbid",
            "config": {"strict": True},
            **({"ref": part["ref"]} if "ref" in part else {}),
        }
    return {key: _compiled(inside) for key, inside in part.items() if key != "metadata"}


def _field(field: Mapping[str, Any]) -> dict[str, Any]:
    """One field of a model. An empty list or mapping as its default would be copied each time it is needed."""
    inside = _compiled(field["schema"])
    found = {"type": "typed-dict-field", "schema": inside, "required": inside["type"] != "default"}
    if not found["required"] and inside["default"] == []:
        inside["default"] = ()
    elif not found["required"] and inside["default"] == {}:
        del inside["default"]
        inside["default_factory"] = dict
    return {**found, "validation_alias": field["validation_alias"]} if "validation_alias" in field else found


# The class by which pydantic validates models; it has no public way to hand over a schema that was altered.
_Validator: Any = type(schema.RuleFile.__pydantic_validator__)
_FILE = _Validator(_compiled(schema.RuleFile.__pydantic_core_schema__))


def check(plain: Any) -> Read:
    """The form of a whole file. Raises ValidationError where `schema.RuleFile` would, with the same mistakes."""
    read: Read = _FILE.validate_python(plain)
    return read


class Form:
    """What could be read of one file.

    `broken` are the ids whose definition has a mistake of its form; they are left out of `content`. `wrong` has the
    keys of each such definition, by section and id, in which a mistake stands. Where not even the ids are known,
    `content` is None.
    """

    def __init__(self, node: Node, path: str, found: Found) -> None:
        """Adds the mistakes to those that were found. Raises Enough."""
        self.broken: set[str] = set()
        self.wrong: dict[tuple[str, str], set[str | int]] = {}
        self.content: Read | None = None
        plain = node.plain()
        try:
            self.content = check(plain)
        except ValidationError as error:
            mistakes = error.errors(include_url=False)
            for each in mistakes:
                found.add(_problem(dict(each), node, path, found))
            if isinstance(plain, dict):
                own = {key: dict(inside) if isinstance(inside, dict) else inside for key, inside in plain.items()}
                self._keep_the_rest(own, [each["loc"] for each in mistakes])

    def _keep_the_rest(self, plain: dict[str, Any], roads: Iterable[tuple[str | int, ...]]) -> None:
        for section, *rest in roads:
            inside = plain.get(str(section))
            if rest and isinstance(inside, dict):
                inside.pop(rest[0], None)
                self.broken.add(str(rest[0]))
                self.wrong.setdefault((str(section), str(rest[0])), set()).update(rest[1:2])
            elif section == "topic":
                plain["topic"] = "not given"
            elif section not in schema.RuleFile.model_fields or section in _WITHOUT_IDS:
                plain.pop(str(section), None)
            elif inside is not None:
                return
            else:
                plain.pop(str(section), None)
            self.broken.add(str(section))
        # Where something is still wrong, nothing is known for sure.
        try:
            self.content = check(plain)
        except ValidationError:
            self.content = None


_WITHOUT_IDS = (
    "title", "notice", "practice", "implications", "general_questions", "general_cautions", "glossary", "not_asked"
)  # fmt: skip


def _problem(mistake: Mapping[str, Any], node: Node, path: str, found: Found) -> Problem:
    kind, given, last = mistake["type"], mistake.get("input"), mistake["loc"][-1] if mistake["loc"] else "the file"
    of_key = last == "[key]"
    road = [step for step in mistake["loc"] if step != "[key]"]
    at_value = not of_key and given is not None and kind not in ("missing", "extra_forbidden")
    place = Position(path, *node.find(road, value=at_value))
    name = f'"{last}"' if isinstance(last, str) else f"entry {last + 1}"
    if kind == "missing":
        return Problem(place, "S201", f"{name} is missing here", f"add a line that begins with `{last}:`")
    if kind == "extra_forbidden":
        return Problem(place, "S202", f"unknown key {name}", _known_keys(str(last), road[:-1], found))
    if given is None and not of_key:
        needed = last in schema.needed_at(road[:-1])
        return Problem(
            place, "S203", f"{name} is empty", f"give it a value{'' if needed else ', or leave the line out'}"
        )
    if kind == "literal_error":
        return Problem(place, "S204", f'"{_shown(given)}" is not known here', f"say {mistake['ctx']['expected']}")
    if kind == "string_pattern_mismatch":
        hint = _ID.get(mistake["ctx"]["pattern"], "")
        return Problem(place, "S205", f'"{_shown(given)}" is not written as it should be', hint)
    message, hint = _KIND.get(kind, ("", ""))
    if isinstance(given, (dict, list)):
        hint = {
            "string_type": "write one word or one text here",
            "too_short": hint if isinstance(given, list) else _LINES,
        }.get(kind, hint)
    if not message:
        message = str(mistake["msg"]).removeprefix("Value error, ").replace("Input should be", "should be")
        message = message.replace("List should have", "should have").replace("Dictionary should have", "should have")
        message = message.split(" after validation")[0]
    return Problem(place, "S203", f"{name} {message}", hint)


def _known_keys(word: str, road: list[str | int], found: Found) -> str:
    known = schema.keys_at(road)
    return found.near(word, known) or (f"the keys here are {', '.join(known)}" if known else "")


def _shown(given: Any) -> str:
    return (
        str(given).lower()
        if isinstance(given, bool)
        else str(given)
        if isinstance(given, (str, int, float))
        else "this"
    )
