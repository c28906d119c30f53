"""What a student has answered and remembers, in one private file. The only home of sqlite3.

Every answer is committed before the next item is shown, and is on the disk then: whatever happens to the program or
the machine, no answered item is lost. Several windows may practise at once. A file that is damaged is set aside under
another name, never deleted and never written to.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from quiz.errors import StoreError, way_out
from quiz.practice.cards import mix_ups, practised
from quiz.practice.schedule import Grade, Memory, grade, in_utc
from quiz.practice.values import Answered, Certainty
from quiz.turns import PATIENCE, in_turn, tries

NAME = "practice.sqlite3"

FileNumber = tuple[int, int]
"""What a disk knows a file by, whatever its name."""

Reviewed = Callable[[Memory | None, Grade, datetime], Memory]
"""The memory after a review, as `Schedule.reviewed` gives it."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # Moments are microseconds since 1970, UTC.
        """
        CREATE TABLE answers (
            id INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT NOT NULL, at INTEGER NOT NULL, item TEXT NOT NULL,
            kind TEXT NOT NULL, right TEXT NOT NULL, chosen TEXT NOT NULL, cards TEXT NOT NULL,
            certainty TEXT NOT NULL, hints INTEGER NOT NULL, seconds REAL NOT NULL, correct INTEGER NOT NULL,
            ahead INTEGER NOT NULL
        )
        """,
        "CREATE INDEX answers_by_session ON answers (session, id)",
        "CREATE INDEX answers_by_item ON answers (item, id)",
        "CREATE INDEX answers_by_moment ON answers (at)",
        """
        CREATE TABLE reviews (
            card TEXT NOT NULL, meaning TEXT NOT NULL, answer INTEGER NOT NULL REFERENCES answers ON DELETE CASCADE,
            at INTEGER NOT NULL, grade INTEGER NOT NULL, PRIMARY KEY (card, meaning, answer)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX reviews_by_answer ON reviews (answer)",
        # What follows from the reviews of a card, kept so that nothing is computed again at every start.
        """
        CREATE TABLE memories (
            card TEXT NOT NULL, meaning TEXT NOT NULL, stability REAL NOT NULL, difficulty REAL NOT NULL,
            stage INTEGER NOT NULL, step INTEGER, due INTEGER NOT NULL, last INTEGER NOT NULL, seen INTEGER NOT NULL,
            right INTEGER NOT NULL, PRIMARY KEY (card, meaning)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE mix_ups (
            right TEXT NOT NULL, chosen TEXT NOT NULL, answer INTEGER NOT NULL REFERENCES answers ON DELETE CASCADE,
            PRIMARY KEY (right, chosen, answer)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX mix_ups_by_answer ON mix_ups (answer)",
    ),
)
"""Statements that bring a file from each version to the next. A line that shipped is never changed."""

_COLUMNS = "item, kind, right, chosen, certainty, hints, cards, at, seconds, ahead"
_START = datetime(1970, 1, 1, tzinfo=UTC)
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Progress:
    """An open file. Made by `opened`. Every method raises StoreError where the file cannot be read or written.

    `notice` says what a person should know about the file, or is empty.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        reviewed: Reviewed,
        session: str,
        file: FileNumber | None = None,
    ) -> None:
        """`file` is None where nothing is kept on a disk."""
        self.path = path
        self._file = file
        self.notice = ""
        self._connection = connection
        self._reviewed = reviewed
        self._session = session

    # --- writing ------------------------------------------------------------------------------------

    def record(self, answered: Answered, meanings: Mapping[str, str]) -> None:
        """Keep an answer, and review its cards unless it was practised ahead. It is on the disk on return.

        `meanings` gives the present meaning of each card; a card that is not in it is not reviewed.
        """
        at = _number(answered.at)
        with self._writing() as connection:
            number = connection.execute(
                f"INSERT INTO answers (session, correct, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    self._session, answered.correct, answered.item, answered.kind, _list(answered.key),
                    _list(answered.chosen), answered.certainty.value, answered.hints, json.dumps(answered.cards), at,
                    answered.seconds, answered.ahead,
                ),
            ).lastrowid  # fmt: skip
            connection.executemany(
                "INSERT OR IGNORE INTO mix_ups (right, chosen, answer) VALUES (?, ?, ?)",
                [(right, chosen, number) for right, chosen in mix_ups(answered.kind, answered.key, answered.chosen)],
            )
            if answered.ahead:
                return
            given = grade(answered)
            for card in sorted(set(practised(answered)) & meanings.keys()):
                meaning = meanings[card]
                connection.execute(
                    "INSERT INTO reviews (card, meaning, answer, at, grade) VALUES (?, ?, ?, ?, ?)",
                    (card, meaning, number, at, given),
                )
                before, seen, right = self._memory(card, meaning)
                memory = self._reviewed(before, given, answered.at)
                self._keep(card, meaning, memory, seen + 1, right + (given > Grade.AGAIN))

    def undo(self) -> Answered | None:
        """Take back the last answer of this window, as if it had never been given. None where there is none."""
        with self._writing() as connection:
            row = connection.execute(
                f"SELECT {_COLUMNS}, id FROM answers WHERE session = ? ORDER BY id DESC LIMIT 1", (self._session,)
            ).fetchone()
            if row is None:
                return None
            cards = connection.execute("SELECT card, meaning FROM reviews WHERE answer = ?", (row[-1],)).fetchall()
            connection.execute("DELETE FROM answers WHERE id = ?", (row[-1],))
            for card, meaning in cards:
                self._learn_again(card, meaning)
            return _answered(row[:-1])

    def _learn_again(self, card: str, meaning: str) -> None:
        """The memory of a card from all its reviews: another window may have reviewed it since."""
        reviews = self._connection.execute(
            "SELECT at, grade FROM reviews WHERE card = ? AND meaning = ? ORDER BY answer", (card, meaning)
        ).fetchall()
        self._connection.execute("DELETE FROM memories WHERE card = ? AND meaning = ?", (card, meaning))
        memory = None
        for at, given in reviews:
            memory = self._reviewed(memory, Grade(given), _moment(at))
        if memory is not None:
            self._keep(card, meaning, memory, len(reviews), sum(given > Grade.AGAIN for _, given in reviews))

    def _memory(self, card: str, meaning: str) -> tuple[Memory | None, int, int]:
        row = self._connection.execute(
            "SELECT stability, difficulty, stage, step, due, last, seen, right FROM memories"
            " WHERE card = ? AND meaning = ?",
            (card, meaning),
        ).fetchone()
        return (None, 0, 0) if row is None else (_remembered(row), row[6], row[7])

    def _keep(self, card: str, meaning: str, memory: Memory, seen: int, right: int) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO memories VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                card, meaning, memory.stability, memory.difficulty, memory.stage, memory.step, _number(memory.due),
                _number(memory.last), seen, right,
            ),
        )  # fmt: skip

    # --- reading ------------------------------------------------------------------------------------

    def memories(self, meanings: Mapping[str, str]) -> dict[str, Memory]:
        """What is remembered of the cards that still mean what they meant."""
        rows = self._read("SELECT card, meaning, stability, difficulty, stage, step, due, last FROM memories")
        with _told(self.path):
            return {row[0]: _remembered(row[2:]) for row in rows if meanings.get(row[0]) == row[1]}

    def tally(self, meanings: Mapping[str, str]) -> dict[str, tuple[int, int]]:
        """How often each card was seen with its present meaning, and how often it was right."""
        rows = self._read("SELECT card, meaning, seen, right FROM memories")
        return {row[0]: (row[2], row[3]) for row in rows if meanings.get(row[0]) == row[1]}

    def begun_anew(self, meanings: Mapping[str, str]) -> list[str]:
        """The cards that were learned with another meaning only: what they teach has changed since."""
        known: dict[str, set[str]] = {}
        for card, meaning in self._read("SELECT card, meaning FROM memories"):
            known.setdefault(card, set()).add(meaning)
        return sorted(card for card, found in known.items() if card in meanings and meanings[card] not in found)

    def mix_ups(self) -> dict[tuple[str, str], int]:
        """How often each state (first) was answered with each (second)."""
        rows = self._read("SELECT right, chosen, count(*) FROM mix_ups GROUP BY right, chosen")
        return {(right, chosen): count for right, chosen, count in rows}

    def latest(self, most: int) -> list[Answered]:
        """The answers given last, the oldest of them first."""
        rows = self._read(f"SELECT {_COLUMNS} FROM answers ORDER BY id DESC LIMIT ?", (most,))
        with _told(self.path):
            return [_answered(row) for row in reversed(rows)]

    def errors(self, most: int) -> list[Answered]:
        """The items whose last answer was wrong, the newest first."""
        rows = self._read(
            f"SELECT {_COLUMNS} FROM answers AS this WHERE correct = 0"
            " AND NOT EXISTS (SELECT 1 FROM answers AS later WHERE later.item = this.item AND later.id > this.id)"
            " ORDER BY id DESC LIMIT ?",
            (most,),
        )
        with _told(self.path):
            return [_answered(row) for row in rows]

    def count(self) -> int:
        """How many answers there are."""
        return int(self._read("SELECT count(*) FROM answers")[0][0])

    def days(self, now: datetime) -> list[date]:
        """The days of the last year on which something was answered, the newest first, in the zone of `now`.

        Where there is none the last one of all stands there.
        """
        in_utc(now)
        rows = self._read(
            "SELECT DISTINCT at / 900000000 FROM answers WHERE at > ? UNION SELECT max(at) / 900000000 FROM answers"
            " HAVING max(at) IS NOT NULL",
            (_number(now - _YEAR),),
        )
        # Every zone is a whole number of quarters of an hour away, so no day begins within one.
        with _told(self.path):
            found = {(_START + timedelta(minutes=15 * row[0])).astimezone(now.tzinfo).date() for row in rows}
        return sorted(found, reverse=True)

    # --- the file -----------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing, with no other window in between."""
        with _told(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                if self._file is not None and _number_of(self.path) != self._file:  # SQLite itself would write on
                    raise StoreError(
                        f"{self.path}: was deleted or moved while this window was open, so this is not kept\n"
                        "  hint: start practice again, and a new file begins"
                    )
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _read(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with _told(self.path):
            return self._connection.execute(statement, values).fetchall()


_YEAR = timedelta(days=366)


@contextmanager
def opened(path: Path, reviewed: Reviewed, session: str, now: datetime) -> Iterator[Progress]:
    """The file at this path, made where it is missing. Raises StoreError, with a way out.

    `session` names this window; undo takes back only what it answered. `now` names a damaged file that is set aside.
    """
    notice = ""
    with _told(path):
        _make(path)
        with in_turn(path.parent, PATIENCE):  # two windows that find a damaged file would set the new one aside, too
            connection = _connected(path)
            if connection is None:
                notice = _set_aside(path, now)
                _make(path)
                connection = _connected(path)
            file = _number_of(path)
        if connection is None:
            raise StoreError(f"{path}: is damaged, and so is the new one; is the disk failing?")
    try:
        progress = Progress(path, connection, reviewed, session, file)
        progress.notice = notice
        yield progress
    finally:
        with suppress(sqlite3.Error):  # nothing is left to be written
            connection.close()


@contextmanager
def unkept(reviewed: Reviewed, session: str) -> Iterator[Progress]:
    """Progress that lasts as long as this window: for whoever cannot keep a file, or does not want to."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection, Path(NAME), MIGRATIONS)
        yield Progress(Path(NAME), connection, reviewed, session)


def _make(path: Path) -> None:
    """Where there is no file, it is made so that only its owner can read it. SQLite does so with its helper files."""
    folder = path.parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(
            f"{path}: progress cannot be kept here: {error.strerror or error}\n"
            "  hint: make the folder writable, or set XDG_DATA_HOME to a folder that is"
        ) from error
    for each, mode in ((folder, 0o700), (path, 0o600)):
        with suppress(OSError):  # somebody else's folder, which is theirs to open or close
            if each.stat().st_mode & 0o077:
                each.chmod(mode)


def _number_of(path: Path) -> FileNumber | None:
    try:
        about = path.stat()
    except FileNotFoundError:
        return None
    return about.st_dev, about.st_ino


def _connected(path: Path) -> sqlite3.Connection | None:
    """A connection to a sound file of this version; None where the file is damaged."""
    if not _is_sound(path):
        return None
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        _keep_a_log(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection, path, MIGRATIONS)
    except BaseException:
        connection.close()
        raise
    return connection


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Let windows read while another one writes. SQLite itself does not wait for its turn at this one statement."""
    for last in tries(PATIENCE):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if last or _code(error) != sqlite3.SQLITE_BUSY:
                raise


def _is_sound(path: Path) -> bool:
    """Looks without a right to write: a damaged file stays as it is, to the last byte."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=PATIENCE, uri=True)
        try:
            found: tuple[str] = connection.execute("PRAGMA quick_check(1)").fetchone()
            return found == ("ok",)
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        if _code(error) in _DAMAGED:
            return False
        raise


def migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Sequence[str]]) -> None:
    """Bring a file to the present version, in one step. Raises StoreError where it is of a later one."""
    if connection.execute("PRAGMA user_version").fetchone()[0] == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]  # another window may have been quicker
        if version > len(migrations):
            raise StoreError(f"{path}: was written by a later version of this program\n  hint: update the program")
        for statements in migrations[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _set_aside(path: Path, now: datetime) -> str:
    """Give a damaged file another name; what to tell. Its helper files go with it: they may hold its last answers."""
    names = (f"{path.stem}.damaged-{now:%Y-%m-%d-%H%M%S}{extra}{path.suffix}" for extra in ("", "-2", "-3", "-4"))
    aside = next((path.with_name(name) for name in names if not path.with_name(name).exists()), None)
    if aside is None:
        raise StoreError(f"{path}: is damaged, and cannot be set aside\n  hint: move it elsewhere yourself")
    for helper in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            os.rename(f"{path}{helper}", f"{aside}{helper}")
    return (
        f"Your progress file is damaged. It was set aside as {aside}, and nothing in it was changed. "
        "A new one begins now."
    )


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say what went wrong with the file as a fact and a way out."""
    try:
        yield
    except sqlite3.Error as error:
        code = _code(error)
        hint = next((hint for codes, hint in _WAYS_OUT if code in codes), "is the disk failing?")
        raise StoreError(f"{path}: progress cannot be kept: {error}\n  hint: {hint}") from error
    except OSError as error:
        hint = way_out(error, "written") or "is the disk failing?"
        raise StoreError(f"{path}: progress cannot be kept: {error.strerror or error}\n  hint: {hint}") from error
    except (ValueError, TypeError, OverflowError) as error:  # a sound file, but not with what was written to it
        raise StoreError(
            f"{path}: holds something that practice did not write\n  hint: move it elsewhere, and a new one begins"
        ) from error


_WAYS_OUT: tuple[tuple[Collection[int], str], ...] = (
    ({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}, "free some space on the disk; all answers before this one are kept"),
    (
        {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM},
        "make the file and its folder writable, or set XDG_DATA_HOME to a folder that is",
    ),
    ({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}, "another window is writing for long; close it and try again"),
    (_DAMAGED, "start practice again: the damaged file is set aside then, and a new one begins"),
)


def _code(error: sqlite3.Error) -> int:
    """The primary code of SQLite, without its details."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _number(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (in_utc(moment) - _START) // timedelta(microseconds=1)


def _moment(number: int) -> datetime:
    return _START + timedelta(microseconds=number)


def _list(ids: Collection[str]) -> str:
    return json.dumps(sorted(ids), ensure_ascii=False)


def _remembered(row: Sequence[Any]) -> Memory:
    stability, difficulty, stage, step, due, last = row[:6]
    if not (0 < stability < 10**6 and 1 <= difficulty <= 10 and stage in (1, 2, 3) and 0 <= (step or 0) < 10):
        raise ValueError("no memory of a card")
    return Memory(stability, difficulty, stage, step, _moment(due), _moment(last))


def _answered(row: Sequence[Any]) -> Answered:
    item, kind, right, chosen, certainty, hints, cards, at, seconds, ahead = row
    return Answered(
        item, kind, frozenset(json.loads(right)), frozenset(json.loads(chosen)), Certainty(certainty), hints,
        tuple(json.loads(cards)), _moment(at), seconds, bool(ahead),
    )  # fmt: skip
