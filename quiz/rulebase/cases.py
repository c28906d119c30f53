"""Tables of cases that stand beside the rules, in the folder `cases`. They are read only when the rules are tested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from quiz import yamltext
from quiz.answers import read_answer
from quiz.errors import Position, Problem, RuleBaseError, did_you_mean
from quiz.model import Answer, Answers, Raises, Rule, RuleBase, Strength, Supports, Urgency
from quiz.rulebase.conditions import UNKNOWN
from quiz.rulebase.files import TABLES

FIRES, NEAR_MISS = "fires", "near_miss"


@dataclass(frozen=True, slots=True)
class TableCase:
    """Answers, and what they should do to one rule.

    `expected` is FIRES, NEAR_MISS, or a level ("strong", "same_day"): then the rule fires too, and the state that it
    supports is told with just this support, or just this urgency is told.
    """

    rule: str
    expected: str
    answers: Answers
    position: Position


def levels(rule: Rule) -> tuple[str, ...]:
    """The levels that a case of this rule can expect."""
    if isinstance(rule.then, Supports):
        return tuple(each.word for each in Strength)
    return tuple(each.word for each in Urgency) if isinstance(rule.then, Raises) else ()


def table_files(folder: Traversable, name: str) -> Iterator[tuple[Traversable, str]]:
    """The files of tables inside a folder of rules, each with its path in messages."""
    inside = folder / TABLES
    if inside.is_dir():
        yield from _yaml_files(inside, f"{name}/{TABLES}")


def _yaml_files(folder: Traversable, name: str) -> Iterator[tuple[Traversable, str]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        shown_as = f"{name}/{entry.name}"
        if entry.name.endswith((".yaml", ".yml")) and not entry.name.startswith("."):
            yield entry, shown_as
        elif entry.is_dir() and not (isinstance(entry, Path) and entry.is_symlink()):
            yield from _yaml_files(entry, shown_as)


def differing_tables(
    old: tuple[RuleBase, Traversable], new: tuple[RuleBase, Traversable]
) -> tuple[tuple[TableCase, ...], tuple[TableCase, ...]]:
    """The cases of two folders of rules, without files that are the same in both. Raises RuleBaseError."""
    sides = [
        {shown_as.removeprefix(str(folder)): (file, shown_as) for file, shown_as in table_files(folder, str(folder))}
        for _, folder in (old, new)
    ]
    texts = [{inside: file.read_bytes() for inside, (file, _) in side.items()} for side in sides]
    one, other = (
        read_tables(rulebase, [file for inside, file in side.items() if texts[0].get(inside) != texts[1].get(inside)])
        for (rulebase, _), side in zip((old, new), sides, strict=True)
    )
    return one, other


def read_tables(rulebase: RuleBase, tables: Iterable[tuple[Traversable, str]]) -> tuple[TableCase, ...]:
    """The cases in these files, in their order. Raises RuleBaseError with every mistake."""
    found: list[TableCase] = []
    problems: list[Problem] = []
    for file, shown_as in tables:
        node = yamltext.read(file, shown_as)
        if isinstance(node, Problem):
            problems.append(node)
        else:
            table = _Table(rulebase, node, shown_as)
            found += table.read()
            problems += table.problems
    if problems:
        raise RuleBaseError(problems)
    return tuple(found)


class _Table:
    def __init__(self, rulebase: RuleBase, node: yamltext.Node, path: str) -> None:
        self.rulebase, self.node, self.path = rulebase, node, path
        self.problems: list[Problem] = []

    def read(self) -> list[TableCase]:
        found: list[TableCase] = []
        top = self.node.value
        listed = top.get("cases") if isinstance(top, Mapping) else None
        if not isinstance(top, Mapping) or listed is None or not isinstance(listed.value, Mapping):
            self._note((), "T705", "is no table of cases", "write `cases:`, under it ids of rules, under each `fires:`")
            return found
        for key in top:
            if key not in ("topic", "cases"):
                self._note((key,), "T705", f'unknown key "{key}"', "a table has `topic` and `cases`")
        for name, lists in listed.value.items():
            rule = self.rulebase.rules.get(name)
            if rule is None:
                hint = did_you_mean(name, self.rulebase.rules) or UNKNOWN
                self._note(("cases", name), "T706", f'unknown rule "{name}"', hint)
            elif not isinstance(lists.value, Mapping):
                self._note(("cases", name), "T705", "holds no lists of cases", "write `fires:` and a list under it")
            else:
                for expected, listed in lists.value.items():
                    found += self._list(rule, expected, listed)
        return found

    def _list(self, rule: Rule, expected: str, listed: yamltext.Node) -> Iterator[TableCase]:
        road = ("cases", rule.id, expected)
        known = (FIRES, NEAR_MISS, *levels(rule))
        if expected not in known:
            self._note(road, "T705", f'a case of this rule cannot expect "{expected}"', f"say {', '.join(known)}")
        elif not isinstance(listed.value, tuple):
            self._note(road, "T705", "is no list of cases", "write each case as `- {FINDING: ANSWER}`")
        else:
            for index, case in enumerate(listed.value):
                answers = self._answers((*road, index), case)
                if answers is not None:
                    yield TableCase(rule.id, expected, answers, Position(self.path, *self.node.find((*road, index))))

    def _answers(self, road: tuple[str | int, ...], case: yamltext.Node) -> Answers | None:
        if not isinstance(case.value, Mapping):
            self._note(road, "T705", "is no case", "write it as `{FINDING: ANSWER}`")
            return None
        read: dict[str, Answer] = {}
        for name, raw in case.plain().items():
            if name not in self.rulebase.findings:
                hint = did_you_mean(name, self.rulebase.findings) or UNKNOWN
                self._note((*road, name), "R408", f'unknown finding "{name}"', hint)
                continue
            try:
                read[name] = read_answer(self.rulebase.findings[name], raw)
            except ValueError as error:
                self._note((*road, name), "A501", str(error))
        return read

    def _note(self, road: tuple[str | int, ...], code: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem(Position(self.path, *self.node.find(road)), code, message, hint))
