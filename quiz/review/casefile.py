"""Cases written into rule files and tables: the text changes only where the case goes, and is read back to be sure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from quiz import yamltext
from quiz.errors import Position, Problem, RuleBaseError
from quiz.model import Answer, Answers, RuleBase
from quiz.rulebase.cases import FIRES, NEAR_MISS, TableCase, levels

LONGEST = 120
"""Columns of a line."""

OPENING = """\
# Cases that the tests of the rules read, and nobody else. Each tells its rule from one that is a little different.
# What is expected follows from the rule as it is written: that it fires, that it does not (near_miss), or the level
# that is told. `review coverage --accept-all` adds to this file and writes it anew, without other comments.
"""


def case_text(answers: Answers) -> str:
    """A case on one line: `{cough: yes, pulse: 80}`."""
    return "{" + ", ".join(f"{name}: {_scalar(answer)}" for name, answer in answers.items()) + "}"


def _scalar(answer: Answer) -> str:
    if isinstance(answer, str):
        return answer if re.fullmatch(r"[A-Za-z_][\w ]*", answer) else '"' + answer.replace('"', '\\"') + '"'
    return f"{answer:.15f}".rstrip("0").rstrip(".")


def table_text(rulebase: RuleBase, topic: str, cases: Iterable[TableCase]) -> str:
    """A whole table: rules in the order of the rule base, each with its lists, no case twice."""
    by_rule: dict[str, dict[str, list[str]]] = {}
    for case in cases:
        listed = by_rule.setdefault(case.rule, {}).setdefault(case.expected, [])
        text = case_text(case.answers)
        if text not in listed:
            listed.append(text)
    rows = [f"{OPENING}topic: {topic}\n\ncases:\n"]
    for name in (name for name in rulebase.rules if name in by_rule):
        rows.append(f"  {name}:\n")
        for expected in (FIRES, NEAR_MISS, *levels(rulebase.rules[name])):
            texts = by_rule[name].get(expected, [])
            rows += [f"    {expected}:\n"] if texts else []
            rows += [f"      - {_wrapped(text, 8)}\n" for text in texts]
    return "".join(rows)


def _wrapped(text: str, indent: int) -> str:
    """The text in lines that are short enough; those after the first are indented."""
    lines, room = [""], LONGEST - indent
    for piece in re.split(r"(?<=, )", text):
        if len(lines[-1]) + len(piece.rstrip()) > room:
            lines.append(piece)
            room = LONGEST - indent - 4
        else:
            lines[-1] += piece
    return ("\n" + " " * (indent + 4)).join(line.rstrip() for line in lines)


def with_case(content: bytes, shown_as: str, rule: str, expected: str, answers: Answers) -> bytes:
    """A rule file with one case more at the end of a rule's list. All else stays as it is, to the byte.

    Raises RuleBaseError with the place where the layout is not one that can be added to.
    """
    node = yamltext.parse(content, shown_as)
    if isinstance(node, Problem):
        raise RuleBaseError([node])
    road = ("rules", rule, expected)
    place = node.find(road, value=True)
    listed = _at(node, road)
    if listed is None or not isinstance(listed.value, tuple) or not listed.value:
        raise _refused(shown_as, place, f'rule "{rule}" has no list `{expected}` that a case can be added to')
    text = content.decode("utf-8")
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(end)
    first, last = lines[listed.line - 1], listed.value[-1]
    if first[listed.column - 1] == "[":
        changed = _in_a_row(lines, listed, answers)
    else:
        changed = _below(lines, listed.column - 1, last.line - 1, answers)
    written = end.join(changed).encode() if changed else b""
    if not changed or not _is_only(node, yamltext.parse(written, shown_as), road, answers):
        raise _refused(shown_as, place, f"the list `{expected}` is laid out in a way that cannot be added to")
    return written


def _below(lines: list[str], dash: int, last: int, answers: Answers) -> list[str] | None:
    """A line of its own under the last case, which may go on over several lines."""
    if lines[last][dash : dash + 1] != "-":
        return None
    after = last + 1
    while after < len(lines) and lines[after].strip() and len(lines[after]) - len(lines[after].lstrip()) > dash:
        after += 1
    new = f"{' ' * dash}- {_wrapped(case_text(answers), dash + 2)}".split("\n")
    return [*lines[:after], *new, *lines[after:]]


def _in_a_row(lines: list[str], listed: yamltext.Node, answers: Answers) -> list[str] | None:
    """Before the bracket that ends a list in one line."""
    line = lines[listed.line - 1]
    if not line.rstrip().endswith("]"):
        return None
    row = f"{line.rstrip()[:-1].rstrip()}, {case_text(answers)}]"
    if len(row) > LONGEST:
        return None
    return [*lines[: listed.line - 1], row, *lines[listed.line :]]


def _at(node: yamltext.Node, road: Sequence[str]) -> yamltext.Node | None:
    for step in road:
        if not isinstance(node.value, Mapping) or step not in node.value:
            return None
        node = node.value[step]
    return node


def _is_only(before: yamltext.Node, after: yamltext.Node | Problem, road: Sequence[str], answers: Answers) -> bool:
    """Whether the second text says what the first does and one case more."""
    if isinstance(after, Problem):
        return False
    wanted: Any = before.plain()
    inner = wanted
    for step in road:
        inner = inner[step]
    inner.append(dict(answers))
    return bool(wanted == after.plain())


def _refused(path: str, place: tuple[int, int], what: str) -> RuleBaseError:
    hint = "write each case on a line of its own, as `- {FINDING: ANSWER}`, and accept it again"
    return RuleBaseError([Problem(Position(path, *place), "T707", what, hint)])
