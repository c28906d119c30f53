"""The files of the person: saved interviews. Nothing is written here unless the person asked for it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from quiz import yamltext
from quiz.answers import read_answers
from quiz.errors import AnswersError, Position, Problem, StoreError
from quiz.interview import Session
from quiz.model import Answer, Assessment, RuleBase
from quiz.yamltext import Node

FORMAT = 1


def data_folder() -> Path:
    """Where saved interviews live: readable by their owner only."""
    return user_data_path("electrolyte-quiz", appauthor=False)


def session_path(now: datetime) -> Path:
    """The file for an interview that begins now."""
    return data_folder() / "sessions" / f"{now:%Y-%m-%d-%H%M%S}.yaml"


def latest_session() -> Path:
    """The session saved last. Raises StoreError where there is none."""
    folder = data_folder() / "sessions"
    found = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not found:
        raise StoreError(f"no saved interview in {folder}\n  hint: press s during `ask` to save one")
    return found[-1]


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved interview as it was read.

    `fingerprint` is that of the rules it was made with, or empty. `told` is what they told: ids of states with their
    support, the urgency or "none", ids of cautions. `gone` are findings that the present rules do not know.
    """

    session: Session
    fingerprint: str = ""
    states: tuple[tuple[str, str], ...] = ()
    urgency: str = ""
    cautions: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def write_session(path: Path, session: Session, assessment: Assessment, fingerprint: str) -> None:
    """Write a whole session, or leave the file as it was. Raises StoreError."""
    text = "# A saved interview of the electrolyte quiz. Answers: yes, no, unsure or a number.\n" + yamltext.write(
        {
            "session": FORMAT,
            "rulebase": fingerprint,
            "answers": dict(session.answers),
            "other_medicines": list(session.other_medicines),
            "told": {
                "states": {candidate.state: candidate.strength.word for candidate in assessment.candidates},
                "urgency": assessment.urgency.word if assessment.urgency else "none",
                "cautions": [fired.rule.id for fired in assessment.cautions],
            },
            "shown": list(session.shown),
            "asked": list(session.asked),
        }
    )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path.parent}: cannot be made: {error.strerror or error}") from error
    write_private(path, text)


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner only. Raises StoreError."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".saving-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror or error}") from error


def forget() -> list[Path]:
    """Delete every saved interview and the folder. Returns what was deleted. Raises StoreError."""
    folder = data_folder()
    gone = sorted(folder.rglob("*"), reverse=True) if folder.exists() else []
    try:
        for path in gone:
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink()
        if folder.exists():
            folder.rmdir()
    except OSError as error:
        raise StoreError(f"{folder}: cannot be removed: {error.strerror or error}") from error
    return [path for path in gone if path.suffix == ".yaml"]


def read_session(rulebase: RuleBase, content: bytes, shown_as: str, *, from_other_rules: bool = False) -> Saved:
    """Answers from YAML or JSON text: `answers`, and where it is a saved interview also where it stood.

    Findings may also stand beside `answers`, as `age: 70`. Raises AnswersError with every mistake. With
    `from_other_rules`, findings that these rules do not know are no mistake; they come back as `gone`.
    """
    node = yamltext.parse(content, shown_as)
    if isinstance(node, Problem):
        raise AnswersError([node])
    if not isinstance(node.value, Mapping) or not isinstance(_value(node, "answers"), Mapping):
        raise AnswersError([Problem(Position(shown_as), "A502", "needs `answers:` with findings and their answers",
                                    'for example {"answers": {"FINDING": "yes"}}')])  # fmt: skip
    listed = node.value["answers"]
    raw = listed.plain()
    gone = tuple(name for name in raw if name not in rulebase.findings) if from_other_rules else ()
    beside = {key: each for key, each in node.value.items() if key in rulebase.findings and each.value is not None}
    answers: dict[str, Answer] = {}
    problems: list[Problem] = []
    for where, given in (
        (listed, {name: value for name, value in raw.items() if name not in gone}),
        (node, {key: each.plain() for key, each in beside.items()}),
    ):
        read, mistakes = read_answers(rulebase.findings, given)
        answers.update(read)
        problems += [Problem(Position(shown_as, *where.keys[name]), "A501", message) for name, message in mistakes]
    if problems:
        raise AnswersError(problems)
    session = Session(answers, _texts(node, "shown"), _texts(node, "asked"), _texts(node, "other_medicines"))
    told = node.value["told"] if "told" in node.value else Node({}, 0, 0, {})
    states = _value(told, "states")
    return Saved(
        session,
        str(_value(node, "rulebase") or ""),
        tuple((state, str(each.value)) for state, each in states.items()) if isinstance(states, Mapping) else (),
        str(_value(told, "urgency") or ""),
        _texts(told, "cautions"),
        gone,
    )


def _value(node: Node, key: str) -> Any:
    return node.value[key].value if isinstance(node.value, Mapping) and key in node.value else None


def _texts(node: Node, key: str) -> tuple[str, ...]:
    value = _value(node, key)
    return tuple(str(item.value) for item in value) if isinstance(value, tuple) else ()
