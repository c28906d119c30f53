from __future__ import annotations

import subprocess
import sys
from datetime import datetime

import pytest

from quiz.difference import Told
from quiz.interview import Session
from quiz.store import SessionFile, data_folder, kept_files, latest_session, session_path
from tests.conftest import ROOT
from tests.person import Person


def saved(interviews: int = 1, practised: bool = True) -> None:
    for day in range(1, interviews + 1):
        SessionFile(session_path(datetime(2026, 3, day))).write(Session({"fever": "yes"}), Told(), "x")
    if practised:
        data_folder().mkdir(exist_ok=True)
        (data_folder() / "practice.sqlite3").write_bytes(b"")


def forgets(*arguments: str, typed: str = "") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "quiz", "forget", *arguments], input=typed, capture_output=True, text=True, timeout=60,
        cwd=ROOT,
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "typed", "code", "told"),
    [
        (["--yes"], "", 0, "Deleted 2 saved interviews and your practice progress from"),
        ([], "y\n", 0, "Deleted 2 saved interviews and your practice progress from"),
    ],
)
def test_all_is_deleted_where_that_was_said(arguments: list[str], typed: str, code: int, told: str) -> None:
    saved(2)

    done = forgets(*arguments, typed=typed)

    assert done[0] == code
    assert told in done[1]
    assert not data_folder().exists()


def test_a_file_that_is_no_interview_is_named_and_asked_about_too() -> None:
    saved(1)
    (data_folder() / "sessions" / "notes.txt").write_text("mine", encoding="utf-8")

    code, told = forgets(typed="n\n")

    assert code == 0
    assert "1 saved interview, your practice progress and 1 other file" in told
    assert "- notes.txt" in told
    assert (data_folder() / "sessions" / "notes.txt").exists()


@pytest.mark.parametrize(
    ("typed", "code", "told"),
    [
        ("n\n", 0, "Nothing was deleted."),
        ("\nq\n", 0, "Nothing was deleted."),
        ("", 3, "Nothing was deleted. To delete without being asked: electrolyte-quiz forget --yes"),
    ],
)
def test_nothing_is_deleted_by_who_does_not_say_yes(typed: str, code: int, told: str) -> None:
    saved(2)
    before = kept_files()

    done = forgets(typed=typed)

    assert done[0] == code
    assert done[1].endswith(told)
    assert kept_files() == before


def test_what_would_be_deleted_is_named_before_the_question() -> None:
    saved(10)

    told = forgets(typed="n\n")[1]

    assert told.startswith(f"10 saved interviews and your practice progress, in {data_folder()}: - ")
    assert "2026-03-10-000000.yaml" in told
    assert "- and 3 more Delete all of this?" in told


def test_where_nothing_was_saved_nothing_is_asked() -> None:
    assert forgets() == (0, "Nothing was saved.")


@pytest.mark.parametrize(("keys", "left"), [("Enter", 1), ("y", 0)])
def test_in_a_terminal_enter_alone_keeps_all(keys: str, left: int) -> None:
    saved(practised=False)
    person = Person(["-m", "quiz", "forget"])
    person.sees("Delete all of this?")
    person.presses_named([keys])

    assert person.leaves() == 0
    assert len(kept_files()) == left


@pytest.mark.parametrize(("then", "files"), [("n", 0), ("y", 1)])
def test_an_open_interview_stays_deleted_until_its_person_wants_it_saved_anew(then: str, files: int) -> None:
    saved()
    person = Person(["-m", "quiz", "ask", "--resume", str(latest_session())], rows=40)
    person.sees("How old are you?")
    forgets("--yes")
    person.presses_named(["7", "0", "Enter", "1", "Enter"])
    person.sees("Danger signs, part one")
    assert kept_files() == []
    person.presses("q")
    person.sees_in_one_line("What you had saved was deleted, and nothing was saved after that. Keep your answers?")
    person.presses(then)

    assert person.leaves() == 0
    assert len(kept_files()) == files


def test_a_medicine_that_no_rule_knows_is_offered_to_be_kept_too() -> None:
    SessionFile(session_path(datetime(2026, 3, 1))).write(Session({}, other_medicines=("zorblax",)), Told(), "x")
    text = latest_session().read_text(encoding="utf-8").partition("told:")[0]
    answers = data_folder() / "answers"
    answers.write_text(text.replace("session: 1\n", ""), encoding="utf-8")
    person = Person(["-m", "quiz", "ask", "--resume", str(answers)], rows=40)
    person.sees("How old are you?")
    person.presses_named(["Ctrl-C"])
    person.sees("Keep your answers?")
    person.presses("n")

    assert person.leaves() == 130
