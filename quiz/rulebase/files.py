"""The rule files of a folder as bytes, with the fingerprint of all their texts."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from quiz.errors import Position, Problem, RuleBaseError, unreadable
from quiz.filebytes import read_bytes

TABLES = "cases"
"""A folder of this name holds tables of cases, and no rules; see `quiz.rulebase.cases`."""


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """What a folder holds. `name` is the folder in messages; `digest` the SHA-256 of all names and texts, in hex.

    Each file is its path in messages, with its bytes or what makes it unreadable.
    """

    name: str
    files: tuple[tuple[str, bytes | Problem], ...]
    problems: tuple[Problem, ...]
    digest: str


def shipped_rules() -> Traversable:
    """The folder of rules that came with this program: inside the package when installed, beside it in a checkout."""
    inside = files("quiz") / "rules"
    if inside.is_dir():
        return inside
    return Path(__file__).resolve().parent.parent.parent / "rules"


def rule_files(folder: Traversable | None) -> RuleFiles:
    """The rule files in a folder; without a folder, the shipped ones. Raises RuleBaseError where it is no folder."""
    root = shipped_rules() if folder is None else folder
    if not root.is_dir():
        hint = "name a folder with files that end in .yaml"
        raise RuleBaseError([Problem(Position(str(folder)), "F100", "is not a folder of rule files", hint)])
    name = str(root) if folder is not None else "rules"
    problems: list[Problem] = []
    digest = hashlib.sha256()
    found = []
    for file, shown_as in _found(root, name, problems):
        content = read_bytes(file, shown_as)
        found.append((shown_as, content))
        if isinstance(content, bytes):
            inside = shown_as[len(name) :].encode("utf-8", "surrogateescape")  # a name may be of any bytes
            text = content.replace(b"\r\n", b"\n") if b"\r" in content else content  # to look for one sign is quicker
            digest.update(b"\0".join((inside, text, b"")))
    if not found:
        problems.append(Problem(Position(name), "F100", "holds no rule files", "rule files end in .yaml"))
    return RuleFiles(name, tuple(found), tuple(problems), digest.hexdigest())


_Entry = os.DirEntry[str] | Traversable


def _found(folder: _Entry, name: str, problems: list[Problem]) -> Iterator[tuple[_Entry, str]]:
    try:
        # A scan knows of each entry whether it is a folder, without asking for each.
        inside = os.scandir(folder) if isinstance(folder, os.PathLike) else folder.iterdir()
        entries: list[_Entry] = sorted(inside, key=_name)
    except OSError as error:
        problems.append(unreadable(Position(name), error))
        return
    for entry in entries:
        shown_as = f"{name}/{entry.name}"
        if entry.name.startswith("."):
            continue
        if entry.name.endswith((".yaml", ".yml")):
            yield entry, shown_as
        elif entry.name == TABLES:
            continue
        elif isinstance(entry, os.DirEntry) and entry.is_symlink() and entry.is_dir():
            problems.append(Problem(Position(shown_as), "F102", "is a link to a folder", "put the folder itself here"))
        elif entry.is_dir():
            yield from _found(entry, shown_as, problems)


def _name(entry: _Entry) -> str:
    return entry.name
