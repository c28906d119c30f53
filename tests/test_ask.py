"""`ask` in a real pseudo-terminal, as a person meets it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quiz.difference import Told
from quiz.interview import Session
from quiz.store import SessionFile, latest_session
from tests.person import Person

Ask = Callable[..., Person]


@pytest.fixture
def ask() -> Iterator[Ask]:
    started: list[Person] = []

    def start(*arguments: str, columns: int = 80, rows: int = 40, **environment: str) -> Person:
        started.append(Person(["-m", "quiz", "ask", *arguments], columns, rows, **environment))
        return started[-1]

    yield start
    for person in started:
        person.child.close(force=True)


def about_you(person: Person) -> None:
    person.sees("Are you female or male?")
    person.presses_named(["7", "0", "Down", "1", "Enter"])
    person.sees("Danger signs")


def asks_to_leave(person: Person) -> None:
    person.sees("Danger signs, part one")
    person.presses("q")
    person.sees("Keep your answers?")


def wants_the_note(person: Person) -> None:
    person.sees("Danger signs, part one")
    person.presses("r")
    person.sees("Write this note to a file?")


@pytest.mark.parametrize("columns", [80, 40])
def test_the_first_screen_says_what_this_is_and_what_to_do_in_an_emergency(ask: Ask, columns: int) -> None:
    person = ask(columns=columns)
    person.sees("How old are you?")

    assert "Learn which blood salt" in person.flat
    assert "It is no medical test" in person.flat
    assert "Call your local emergency number now." in person.flat


@pytest.mark.parametrize("columns", [80, 40])
def test_every_command_is_shown_at_every_width(ask: Ask, columns: int) -> None:
    person = ask(columns=columns)
    person.sees("quit")

    for word in ("back", "change", "why", "help", "save", "result now", "quit", "not sure"):
        assert word in person.flat


def test_an_emergency_is_told_at_once_and_the_note_begins_with_it(ask: Ask) -> None:
    person = ask()
    about_you(person)
    person.presses_named(["Down", "y", "o", "Enter"])
    person.sees("THIS NEEDS EMERGENCY HELP NOW")
    person.sees("Do you want to stop here?")
    person.presses("s")
    shown = person.sees("Write this note to a file?")

    assert shown.index("WHAT TO DO") > shown.index("Do you want to stop here?")
    person.presses("n")
    assert person.leaves() == 0


def test_control_c_half_way_offers_to_keep_the_answers_and_they_come_back(ask: Ask) -> None:
    person = ask()
    about_you(person)
    person.presses_named(["n", "?", "Ctrl-C"])
    person.sees("Keep your answers?")
    person.presses("y")
    person.sees("Saved in")
    assert person.leaves() == 130

    again = ask("--resume")
    again.sees("Danger signs")
    assert "not sure" in again.flat
    again.presses_named(["Ctrl-C"])
    again.sees("Your answers are in")
    assert again.leaves() == 130


def test_control_d_leaves_with_3_and_saves_nothing_unasked(ask: Ask) -> None:
    person = ask()
    about_you(person)
    person.presses_named(["Ctrl-D"])
    person.sees("Keep your answers?")
    person.presses("n")

    assert person.leaves() == 3
    assert not (Path(os.environ["XDG_DATA_HOME"]) / "electrolyte-quiz").exists()


def test_save_why_help_back_and_change_work_in_the_middle(ask: Ask) -> None:
    person = ask()
    about_you(person)
    person.presses("w")
    person.sees("can still decide")
    person.presses("h")
    person.sees_in_one_line("It never counts as no")
    person.presses("s")
    person.sees_in_one_line("Every further answer is saved there too")
    person.presses("c")
    person.sees("Which answer do you want to change?")
    person.presses_named(["Down", "Enter"])
    person.sees("Change this answer")
    person.presses_named(["7", "1", "Enter"])
    person.sees_in_one_line("was 70 years, now 71 years")
    person.presses("b")
    person.sees_in_one_line("71 years How old are you?")
    person.presses("q")

    assert person.leaves() == 0


def test_a_resize_half_way_cuts_nothing_off(ask: Ask) -> None:
    person = ask()
    about_you(person)
    person.resizes(40, 40)
    person.presses_named(["Down"])

    assert "pain or pressure in your chest?" in person.sees_in_one_line("result now")


def test_a_resize_in_the_middle_of_a_long_list_keeps_the_place_and_the_answers(ask: Ask) -> None:
    person = ask(rows=24)
    about_you(person)
    person.presses("nn?")
    person.sees_in_one_line("> Is your breathing very slow")

    for columns, rows in ((40, 15), (20, 10), (80, 24)):
        person.resizes(columns, rows)
        person.sees_in_one_line("Is your breathing" if columns < 40 else "> Is your breathing very slow")
    person.presses("y")
    person.sees_in_one_line("yes Is your breathing very slow")
    assert "not sure Do you find it hard to breathe" in person.flat


@pytest.mark.parametrize("front", [[], ["--plain"]])
def test_a_very_narrow_terminal_is_no_reason_to_fall_over(ask: Ask, front: list[str]) -> None:
    person = ask(*front, columns=20, rows=60)
    person.sees_in_one_line("How old are you?")
    person.presses_named(["7", "0", "Enter"])
    person.sees_in_one_line("female")
    person.presses_named(["f", "Enter"] if front else ["1", "Enter"])
    person.sees_in_one_line("Danger signs")
    person.presses_named(["w", "Enter"] if front else ["w"])
    person.sees_in_one_line("can still")
    person.presses_named(["r", "Enter"] if front else ["r"])
    person.sees_in_one_line("Write this note")
    assert "Traceback" not in person.flat


@pytest.mark.parametrize(
    ("arguments", "environment"), [(["--plain"], {}), ([], {"ACCESSIBLE": "1"}), ([], {"TERM": "dumb"})]
)
def test_plain_lines_are_used_where_they_are_wanted_or_needed(
    ask: Ask, arguments: list[str], environment: dict[str, str]
) -> None:
    person = ask(*arguments, **environment)
    person.sees("a number in years")
    person.presses("70\r")
    person.sees("female, male")
    person.presses("f\r")
    person.sees_in_one_line("Type the numbers that are yes.")

    assert "Enter next" not in person.text


def test_without_colour_no_colour_is_sent(ask: Ask) -> None:
    person = ask(NO_COLOR="1")
    person.sees("How old are you?")
    colours = {cell.fg for row in person.screen.buffer.values() for cell in row.values()}

    assert colours <= {"default"}


def test_a_note_is_written_to_a_file_only_on_request(ask: Ask, tmp_path: Path) -> None:
    person = ask()
    about_you(person)
    wants_the_note(person)
    person.presses("n")

    assert person.leaves() == 0
    assert list(Path(os.environ["HOME"]).rglob("*.html")) == []


def test_from_the_note_an_answer_is_changed_in_two_steps_and_the_note_is_told_anew(ask: Ask) -> None:
    person = ask()
    about_you(person)
    wants_the_note(person)
    person.presses("c")
    person.sees("Which answer do you want to change?")
    person.presses_named(["Down", "Enter"])
    person.sees("Change this answer")
    person.presses_named(["7", "1", "Enter"])
    person.sees_in_one_line("was 70 years, now 71 years")
    person.sees("Write this note to a file?")
    person.presses("n")

    assert person.leaves() == 0


def test_who_leaves_may_come_back_to_the_questions(ask: Ask) -> None:
    person = ask()
    about_you(person)
    for way_back in ("b", "\r"):
        asks_to_leave(person)
        person.presses(way_back)
    asks_to_leave(person)
    person.presses("n")

    assert person.leaves() == 0
    assert person.flat.count("Keep your answers?") == 3


def test_who_has_seen_the_note_before_the_end_may_go_on_or_save(ask: Ask) -> None:
    person = ask()
    about_you(person)
    wants_the_note(person)
    person.presses("g")
    wants_the_note(person)
    person.presses("s")
    person.sees("Saved in")
    person.presses("n")

    assert person.leaves() == 0
    assert b"age: 70" in latest_session().read_bytes()


def test_a_note_that_cannot_be_written_costs_no_answer(ask: Ask) -> None:
    person = ask("--output", "/nowhere/at/all.md", "--plain")
    person.sees("a number in years")
    person.presses("70\r")
    person.sees("Are you female or male?")
    person.presses("result\r")
    person.sees_in_one_line("/nowhere/at/all.md: cannot be written")
    person.sees("No note was written. Keep your answers?")
    person.presses("y\r")

    assert person.leaves() == 1
    assert b"age: 70" in latest_session().read_bytes()


def test_going_on_with_a_file_that_is_no_saved_interview_leaves_it_as_it_is(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text("answers: {age: 70, sex: female}\n", encoding="utf-8")
    before = path.read_bytes()
    person = ask("--resume", str(path))
    person.sees("How old are you?")
    person.presses_named(["Enter"])
    asks_to_leave(person)
    person.presses("n")

    assert person.leaves() == 0
    assert path.read_bytes() == before


def test_answers_that_the_rules_do_not_know_are_told_to_who_goes_on(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text("answers: {age: 70, sex: female, unheard_of: yes}\n", encoding="utf-8")
    person = ask("--resume", str(path))

    person.sees_in_one_line("not known to these rules, so left out: unheard_of")


def test_resume_with_other_rules_names_what_moved_and_what_is_gone(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "session: 1\nrulebase: '000000000000'\nanswers: {fever: yes, unheard_of: yes}\n"
        "told: {states: {}, urgency: soon, cautions: []}\nat: {}\n",
        encoding="utf-8",
    )
    person = ask("--resume", str(path))
    person.sees_in_one_line("The rules have changed since this interview was saved.")
    person.sees_in_one_line("No longer used: unheard_of.")
    person.sees_in_one_line("Would be asked now:")

    assert "How soon: down" in person.flat


def test_a_disk_that_takes_no_more_ends_no_talk_and_is_told_to_who_leaves(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "kept" / "s.yaml"
    path.parent.mkdir()
    SessionFile(path).write(Session(), Told(), "")
    person = ask("--resume", str(path))
    person.sees("How old are you?")
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("no folder any more", encoding="utf-8")
    about_you(person)
    person.presses("q")
    person.sees_in_one_line("The last answers could not be saved.")

    assert person.leaves() == 0
