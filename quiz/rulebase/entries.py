"""What stands in the files of a rule base, and the checks that all sections share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cached_property
from types import MappingProxyType
from typing import Any

from quiz import yamltext
from quiz.answers import read_answer
from quiz.errors import Position, Problem
from quiz.model import Answer, Condition, Fact, Finding, Source
from quiz.rulebase.conditions import GROUPS, UNKNOWN, ConditionReader
from quiz.rulebase.files import RuleFiles
from quiz.rulebase.forms import Form, Read
from quiz.rulebase.found import Found
from quiz.yamltext import Node

BESIDE_ANSWERS = ("answers", "shown", "asked", "at", "told", "other_medicines", "named_medicines", "session",
                  "rulebase")  # fmt: skip

RESERVED = frozenset({*GROUPS, "named", "count", "of", "id", "sid", *BESIDE_ANSWERS})
"""Words that no finding or concept may take: the language's own, the engine's, and those beside answers in a file."""

EVERYTHING = "findings, concepts, states"
"""What a condition may test that is looked at once states are named."""

_WORDS = re.compile(rb"[A-Za-z](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
"""What could be an id."""

Road = tuple[str | int, ...]
"""Keys and places of a list, from the top of a file to a value."""


class File:
    """One file after its form was checked."""

    def __init__(self, node: Node, path: str, form: Read) -> None:
        self.node, self.path, self.form = node, path, form

    def place(self, *road: str | int) -> Position:
        """Where a key or an entry of a list begins."""
        return Position(self.path, *self.node.find(road))

    def value(self, *road: str | int) -> Position:
        """Where the value of a key begins."""
        return Position(self.path, *self.node.find(road, value=True))

    def at(self, *road: str | int) -> Node:
        node = self.node
        for step in road:
            inside: Any = node.value
            node = inside[step]
        return node


class Entries:
    """What stands in the files, section by section. Mistakes are noted and what can be read goes on being read.

    `facts`, `sources`, `findings`, and `states` with the file and the form of each, are filled by `build` in this
    order, before anything that refers to them is read.
    """

    def __init__(self, folder: str) -> None:
        self.folder = Position(folder)
        self.files: list[File] = []
        self.found = Found()
        self.facts: Mapping[str, Fact] = {}
        self.sources: Mapping[str, Source] = {}
        self.findings: dict[str, Finding] = {}
        self.states: Mapping[str, tuple[File, Any]] = {}
        self.broken: set[str] = set()
        self.half_read: list[tuple[File, Road, Set[str | int]]] = []
        self.files_are_read = True
        self.words_unread: set[bytes] | None = set()

    def read(self, files: RuleFiles) -> None:
        """All that can be known of the files one by one."""
        for problem in files.problems:
            self.found.add(problem)
            self._pass_over(problem)
        for shown_as, content in files.files:
            self._add(content, shown_as)

    def _add(self, content: bytes | Problem, path: str) -> None:
        node = content if isinstance(content, Problem) else yamltext.parse(content, path)
        if isinstance(node, Problem):
            self.found.add(node)
            self._pass_over(content)
            return
        form = Form(node, path, self.found)
        self.broken |= form.broken
        if form.content is None:
            self._pass_over(content)
        else:
            file = File(node, path, form.content)
            self.files.append(file)
            self.half_read += ((file, road, wrong) for road, wrong in form.wrong.items())

    def _pass_over(self, content: bytes | Problem) -> None:
        """Remembers the words of what cannot be used. None stands for all: of a folder, or where it is no text."""
        self.files_are_read = False
        if isinstance(content, Problem) or b"\0" in content:  # a zero is in every letter of UTF-16
            self.words_unread = None
        elif self.words_unread is not None:
            self.words_unread.update(_WORDS.findall(content))

    @property
    def all_words_are_known(self) -> bool:
        """Whether all that explains a word is there: the same sentence would else read harder than it is."""
        return self.files_are_read and not self.broken & {"glossary", "states"}

    def excused(self, name: str) -> bool:
        """Whether an unknown id may be one whose definition could not be read, which is told already."""
        return name in self.broken or self.words_unread is None or name.encode() in self.words_unread

    def note(self, place: Position, code: str, message: str, hint: str = "") -> None:
        self.found.add(Problem(place, code, message, hint))

    def each(self, section: str, *, noting: bool = True) -> Iterator[tuple[File, str, Any]]:
        """(file, id, form) for a section over all files. An id that stands twice is skipped, and noted."""
        seen: dict[str, Position] = {}
        for file in self.files:
            for name, form in file.form[section].items():
                place = file.place(section, name)
                if name in seen:
                    if noting:
                        self.note(place, "R401", f'"{name}" is already defined at {seen[name]}', "give it another id")
                    continue
                seen[name] = place
                yield file, name, form

    def is_known(self, name: str, known: Mapping[str, Any], place: Position, code: str, what: str) -> bool:
        if name not in known and not self.excused(name):
            self.note(place, code, f'unknown {what} "{name}"', self.found.near(name, known) or UNKNOWN)
        return name in known

    def known(self, ids: Iterable[str], known: Mapping[str, Any], file: File, road: Road, code: str, what: str) -> None:
        """Notes the unknown ids of the list at the end of a road."""
        for index, each in enumerate(ids):
            self.is_known(each, known, file.place(*road, index), code, what)

    def cites(self, file: File, road: Road, form: Any) -> tuple[str, ...]:
        self.known(form["facts"], self.facts, file, (*road, "facts"), "R404", "fact")
        return tuple(form["facts"])

    def not_reserved(self, name: str, place: Position) -> None:
        if name in RESERVED:
            self.note(place, "R405", f'"{name}" is a reserved word', "choose another id")

    def condition(self, file: File, road: Road, over: str = "findings, concepts") -> Condition | None:
        return self._reader.read(file.at(*road), file.path, over=over)

    @cached_property
    def _reader(self) -> ConditionReader:
        concepts = {name for _, name, _ in self.each("concepts", noting=False)}
        return ConditionReader(self.findings, concepts, set(self.states), self.excused, self.found)

    def answers(self, file: File, road: Road, form: Mapping[str, Any]) -> Mapping[str, Answer]:
        read: dict[str, Answer] = {}
        for name, raw in form.items():
            if not self.is_known(name, self.findings, file.place(*road, name), "R408", "finding"):
                continue
            try:
                answer = read_answer(self.findings[name], raw)
                read[name] = answer if isinstance(answer, str) else float(answer)  # rules tell it in their own unit
            except ValueError as error:
                self.note(file.value(*road, name), "A501", str(error))
        return MappingProxyType(read)
