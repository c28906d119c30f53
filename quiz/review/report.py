"""Problems as text, for GitHub, as JSON and as SARIF."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import PurePath, PurePosixPath
from typing import Any

from quiz.errors import Problem
from quiz.review.codes import CODES, family
from quiz.text import inert, inert_json

SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def report(problems: Sequence[Problem], form: str, version: str) -> str:
    """The problems as text, github, json or sarif, each line of text ended.

    Nothing in text or for GitHub where there are none.
    """
    if form in ("json", "sarif"):
        told = [_data(each) for each in problems] if form == "json" else _sarif(problems, version)
        return inert_json(json.dumps(told, ensure_ascii=False, indent=2)) + "\n"
    lines = map(_github, problems) if form == "github" else map(str, problems)
    return "".join(f"{line}\n" for line in lines)


def _level(problem: Problem) -> str:
    return CODES[problem.code].level


def _data(problem: Problem) -> dict[str, Any]:
    return {
        "path": problem.position.path,
        "line": problem.position.line or None,
        "column": problem.position.column or None,
        "code": problem.code,
        "level": _level(problem),
        "message": problem.message,
        "hint": problem.hint or None,
    }


def _github(problem: Problem) -> str:
    """A workflow command: https://docs.github.com/actions/reference/workflow-commands-for-github-actions"""
    place = {"file": problem.position.path, "line": problem.position.line, "col": problem.position.column}
    given = ",".join(f"{name}={_escaped(str(value), ',:')}" for name, value in place.items() if value)
    text = f"{problem.message}\nhint: {problem.hint}" if problem.hint else problem.message
    return f"::{_level(problem)} {given},title={problem.code}::{_escaped(text)}"


def _escaped(text: str, also: str = "") -> str:
    text = "".join(f"%{ord(each):02X}" if each in "%\r\n" + also else each for each in text)
    return inert(text)


def _sarif(problems: Sequence[Problem], version: str) -> dict[str, Any]:
    used = sorted({each.code for each in problems})
    return {
        "$schema": SARIF,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "electrolyte-quiz",
                        **({"semanticVersion": version} if version else {}),
                        "rules": [_sarif_rule(code) for code in used],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(each, used) for each in problems],
            }
        ],
    }


def _sarif_rule(code: str) -> dict[str, Any]:
    about = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": about.title},
        "help": {"text": about.mend},
        "defaultConfiguration": {"level": about.level},
        "properties": {"tags": [family(code)]},
    }


def _sarif_result(problem: Problem, used: Sequence[str]) -> dict[str, Any]:
    region = {"startLine": problem.position.line, "startColumn": problem.position.column}
    text = f"{problem.message}. {problem.hint}" if problem.hint else problem.message
    return {
        "ruleId": problem.code,
        "ruleIndex": used.index(problem.code),
        "level": _level(problem),
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(problem.position.path)},
                    **({"region": region} if problem.position.line else {}),
                }
            }
        ],
    }


def _uri(path: str) -> str:
    pure = PurePath(path)
    if pure.is_absolute():
        return pure.as_uri()
    return PurePosixPath("/", pure.as_posix()).as_uri().removeprefix("file:///")


def codes_table(wanted: Iterable[str]) -> str:
    """Each code with what it means and how to mend it, in the order of the table."""
    asked = set(wanted)
    lines = []
    for code in CODES.values():
        if not asked or code.id in asked:
            lines += [f"{code.id}  {family(code.id)}, {code.level}: {code.title}", f"    {code.mend}"]
    return "\n".join(lines)
