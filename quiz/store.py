"""The files of the person: saved interviews. Nothing is written here unless the person asked for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import Any, TypeVar

from platformdirs import user_data_path

from quiz import yamltext
from quiz.answers import answered_twice, read_answers
from quiz.difference import Told
from quiz.errors import AnswersError, Position, Problem, StoreError, refused
from quiz.filebytes import replace
from quiz.interview import AGAIN, BLANK, Session
from quiz.model import Answer, Converted, RuleBase, Strength, Urgency
from quiz.turns import in_turn
from quiz.yamltext import NOTHING, Node

FORMAT = 1


def data_folder() -> Path:
    """Where saved interviews live: readable by their owner only. Raises StoreError for somebody without a home."""
    try:
        folder = user_data_path("electrolyte-quiz", appauthor=False)
    except RuntimeError:
        folder = Path()
    if not folder.is_absolute():  # some versions of platformdirs name a folder "~" here instead of raising
        way = "set XDG_DATA_HOME to a folder that is yours"
        raise StoreError(f"there is no home folder to keep anything in\n  hint: {way}")
    return folder


def session_path(now: datetime) -> Path:
    """A new file for an interview that is saved now."""
    name = data_folder() / "sessions" / f"{now:%Y-%m-%d-%H%M%S}"
    names = (name.with_name(f"{name.name}{more}.yaml") for more in chain([""], map("-{}".format, count(2))))
    return next(path for path in names if not path.exists())


def latest_session() -> Path:
    """The session saved last. Raises StoreError where there is none."""
    folder = data_folder() / "sessions"
    found = list(folder.glob("*.yaml")) if folder.is_dir() else []
    if not found:
        raise StoreError(f"no saved interview in {folder}\n  hint: press s during `ask` to save one")
    return max(found, key=lambda path: (path.stat().st_mtime_ns, path.name))


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved interview as it was read.

    `fingerprint` is that of the rules it was made with, or empty. `told` is what they told; None where the file does
    not say, as with answers alone. `gone` are findings that the present rules do not know, or whose answers they do
    not take.
    """

    session: Session
    fingerprint: str = ""
    told: Told | None = None
    gone: tuple[str, ...] = ()


def _session_text(session: Session, told: Told, fingerprint: str) -> str:
    return "# A saved interview of the electrolyte quiz. Answers: yes, no, unsure or a number.\n" + yamltext.write(
        {
            "session": FORMAT,
            "rulebase": fingerprint,
            "answers": as_typed(session.answers),
            "other_medicines": list(session.other_medicines),
            "named_medicines": list(session.named_medicines),
            "told": {
                "states": {state: strength.word for state, strength in told.states},
                "urgency": told.urgency.word if told.urgency else "none",
                "cautions": list(told.cautions),
                "against": {state: list(rules) for state, rules in told.against.items()},
                "red_flags": list(told.red_flags or ()),
                "not_ruled_out": list(told.not_ruled_out or ()),
            },
            "shown": list(session.shown),
            "asked": list(session.asked),
            **({} if session.at is None else {"at": as_typed(session.at)}),
        }
    )


def as_typed(answers: Mapping[str, Answer | None]) -> dict[str, Answer | None]:
    """The answers as a file has them: a result that was converted, as it was printed."""
    return {each: answer.printed if isinstance(answer, Converted) else answer for each, answer in answers.items()}


class SessionFile:
    """Where one window saves its interview: the file that it goes on with, or a new one from the first time on.

    Where another window has written to the file since, this one takes a new file, and `left` is the one that it left:
    two windows that go on with one interview lose no answer.
    """

    def __init__(self, path: Path | None = None) -> None:
        """To be made before the file is read."""
        self.path, self.left = path, ""
        self._version = _version(path)

    @property
    def is_deleted(self) -> bool:
        """Whether the file that this window had read or written is there no more."""
        if self.path is None or self._version is None:
            return False
        try:
            self.path.stat()
        except OSError as error:
            return isinstance(error, FileNotFoundError)
        return False

    def write(self, session: Session, told: Told, fingerprint: str, *, lasting: bool = True) -> Path:
        """Write a whole session, or leave the file as it was; where to. See `write_private`. Raises StoreError."""
        text = _session_text(session, told, fingerprint)
        if self.path is not None and self._goes_on(self.path, text, lasting):
            return self.path
        with in_turn(_made_folder(data_folder() / "sessions")):  # no other window takes the same new file
            path = session_path(datetime.now())
            write_private(path, text, lasting=lasting)
            version = _version(path)
        if self.path is not None:
            self.left = str(self.path)
        self.path, self._version = path, version
        return path

    def _goes_on(self, path: Path, text: str, lasting: bool) -> bool:
        """Whether no other window has written to the file, which has this text now."""
        with in_turn(_made_folder(path.parent)):  # what another window has just written is seen
            if _version(path) not in (None, self._version):
                return False
            write_private(path, text, lasting=lasting)
            self._version = _version(path)
        return True


class OwnFile:
    """A file that one window writes again and again, as a whole.

    Where another window has written to it since, it stays as it is, and that is told with the way out.
    """

    def __init__(self, path: Path, way_out: str) -> None:
        """To be made before the file is read."""
        self.path = path
        self._way_out = way_out
        self._version = _version(path)

    def write(self, text: str) -> None:
        """As `write_private` does. Raises StoreError."""
        with in_turn(self.path.parent):
            if _version(self.path) not in (None, self._version):
                raise StoreError(
                    f"{self.path}: another window has written to it, so this is not kept\n  hint: {self._way_out}"
                )
            write_private(self.path, text)
            self._version = _version(self.path)


def _made_folder(folder: Path) -> Path:
    """This folder, made where it is missing, as is the data folder around it. Raises StoreError."""
    try:
        for each in (*([data_folder()] if folder.is_relative_to(data_folder()) else []), folder):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)  # the mode is for the last of the parents only
    except OSError as error:
        raise refused(folder, "made", error) from error
    return folder


def _version(path: Path | None) -> tuple[int, int] | None:
    """Another one after each time that a file was replaced; None where there is none."""
    if path is None:
        return None
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_ino, about.st_mtime_ns


def write_private(path: Path, text: str, *, lasting: bool = True) -> None:
    """Replace a file in one step, readable by its owner only. Raises StoreError.

    With `lasting` it waits for the disk, which between two keys would be felt.
    """
    try:
        replace(path, text.encode("utf-8", "replace"), private=True, lasting=lasting)
    except OSError as error:
        raise refused(path, "written", error) from error


def kept_files() -> list[Path]:
    """Every file in the data folder but those that a database keeps beside itself while it is open."""
    return [path for path in _inside(data_folder()) if not path.is_dir() and not path.name.endswith(("-wal", "-shm"))]


def _inside(folder: Path) -> list[Path]:
    """All that is in a folder, the deepest first."""
    return sorted(folder.rglob("*"), reverse=True) if folder.exists() else []


def forget() -> None:
    """Delete every saved interview, all progress of practice, and the folder. Raises StoreError."""
    folder = data_folder()
    try:
        for path in _inside(folder):
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)  # another window may have removed a helper file of its own first
        if folder.exists():
            folder.rmdir()
    except OSError as error:
        raise refused(folder, "removed", error) from error


def read_session(rulebase: RuleBase, content: bytes, shown_as: str, *, from_other_rules: bool = False) -> Saved:
    """Answers from YAML or JSON text: `answers`, and where it is a saved interview also where it stood.

    Findings may also stand beside `answers`, as `age: 70`, but not with another answer. Raises AnswersError with every
    mistake. With `from_other_rules`, findings that these rules do not know are no mistake; they
    come back as `gone`, and so do answers that they do not take, where the file says that it was made with other rules.
    """
    node = yamltext.parse(_PAIR.sub(_joined, content) if content.lstrip()[:1] == b"{" else content, shown_as)
    if isinstance(node, Problem):
        raise AnswersError([node])
    if not isinstance(node.value, Mapping) or not isinstance(_value(node, "answers"), Mapping):
        raise AnswersError([Problem(Position(shown_as), "A502", "needs `answers:` with findings and their answers",
                                    'for example {"answers": {"FINDING": "yes"}}')])  # fmt: skip
    listed = node.value["answers"]
    raw = listed.plain()
    fingerprint = str(_value(node, "rulebase") or "")
    gone = {name for name in raw if name not in rulebase.findings} if from_other_rules else set()
    if from_other_rules and fingerprint not in ("", rulebase.fingerprint):
        known = {name: value for name, value in raw.items() if name not in gone}
        gone |= {name for name, _ in read_answers(rulebase.findings, known)[1]}
    beside = {key: each for key, each in node.value.items() if key in rulebase.findings and each.value is not None}
    answers: dict[str, Answer] = {}
    problems = list(_wrong_version(node, shown_as))
    for where, given in (
        (node, {key: each.plain() for key, each in beside.items()}),
        (listed, {name: value for name, value in raw.items() if name not in gone}),
    ):
        read, mistakes = read_answers(rulebase.findings, given)
        mistakes += answered_twice(read, answers)
        answers.update(read)
        places = where.keys if mistakes else {}
        problems += [Problem(Position(shown_as, *places[name]), "A501", message) for name, message in mistakes]
    told, wrong = _told(node, shown_as)
    problems += wrong
    if problems:
        raise AnswersError(problems)
    shown = _among((*rulebase.screens, AGAIN, BLANK), _texts(node, "shown"))
    asked = _among(rulebase.findings, _texts(node, "asked"))
    others, named = (_texts(node, each) for each in ("other_medicines", "named_medicines"))
    session = Session(answers, shown, asked, others, _at(rulebase, node), named)
    return Saved(session, fingerprint, told, tuple(name for name in raw if name in gone))


_PAIR = re.compile(rb"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
"""A sign that JSON writes as two halves, each an escape; YAML, which has JSON inside it but for this, wants one."""


def _joined(pair: re.Match[bytes]) -> bytes:
    sign = bytes.fromhex((pair[2] + pair[3]).decode()).decode("utf-16-be")
    return pair[1] + b"\\U%08x" % ord(sign)


def _among(known: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """The names that are known, once each. A screen or a question that only other rules had has nothing left to ask."""
    kept = set(known)
    return tuple(name for name in dict.fromkeys(names) if name in kept)


def _wrong_version(node: Node, shown_as: str) -> Iterator[Problem]:
    version = _value(node, "session")
    if version not in (None, FORMAT):
        place = Position(shown_as, *node.keys["session"])
        yield Problem(place, "A503", f"was saved by another version of the quiz (session: {version})",
                      f"this one reads session: {FORMAT}")  # fmt: skip


def _at(rulebase: RuleBase, node: Node) -> dict[str, Answer | None] | None:
    """The lines of the open screen. What these rules would not take is left out: the place is a convenience."""
    if not isinstance(_value(node, "at"), Mapping):
        return None
    raw = {name: each.plain() for name, each in _mapping(node, "at").items() if name in rulebase.findings}
    read, _ = read_answers(rulebase.findings, {name: value for name, value in raw.items() if value is not None})
    return {name: read.get(name) for name in raw}


def _told(node: Node, shown_as: str) -> tuple[Told | None, list[Problem]]:
    """What was told, and each word of it that is none."""
    told = _node(node, "told")
    if not isinstance(told.value, Mapping):
        return None, []
    states = {state: (each, _by_word(Strength, each.value)) for state, each in _mapping(told, "states").items()}
    soon = _node(told, "urgency")
    urgency = _by_word(Urgency, soon.value)
    wrong = [each for each, strength in states.values() if strength is None]
    wrong += [soon] if urgency is None and soon.value not in (None, "none") else []
    against = _node(told, "against")
    return Told(
        tuple((state, strength) for state, (_, strength) in states.items() if strength is not None),
        urgency,
        _texts(told, "cautions"),
        {state: _texts(against, state) for state in _mapping(told, "against")},
        *(_texts(told, each) if each in told.value else None for each in ("red_flags", "not_ruled_out")),
    ), [
        Problem(Position(shown_as, each.line, each.column), "A504", f'"{each.value}" is no support and no urgency')
        for each in wrong
    ]


Word = TypeVar("Word", Strength, Urgency)


def _by_word(words: type[Word], word: object) -> Word | None:
    return next((each for each in words if each.word == word), None)


def _node(node: Node, key: str) -> Node:
    """What stands under a key; a node without a value where there is none."""
    return node.value[key] if isinstance(node.value, Mapping) and key in node.value else NOTHING


def _value(node: Node, key: str) -> Any:
    return _node(node, key).value


def _mapping(node: Node, key: str) -> Mapping[str, Node]:
    value = _value(node, key)
    return value if isinstance(value, Mapping) else {}


def _texts(node: Node, key: str) -> tuple[str, ...]:
    value = _value(node, key)
    return tuple(str(item.value) for item in value) if isinstance(value, tuple) else ()
