"""`practice` as a student uses it: in a pseudo-terminal, as plain lines, and through a pipe."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from quiz.model import RuleBase
from quiz.practice.progress import NAME
from quiz.store import data_folder
from tests.conftest import ROOT
from tests.person import Person


def practice(*arguments: object, typed: str = "", code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "quiz", "practice", *map(str, arguments)],
        input=typed, capture_output=True, text=True, timeout=120, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("columns", [80, 40])
def test_an_item_is_answered_with_single_keys_and_explained(columns: int) -> None:
    student = Person(["-m", "quiz", "practice", "--seed", "5", "--kind", "urgency"], columns, 24)
    student.sees_in_one_line("How soon should help be sought here?")
    student.presses("1")
    student.sees_in_one_line("How sure are you?")
    student.presses("g")
    student.sees_in_one_line("Go on?")
    in_sight = "\n".join(student.screen.display)
    assert re.search(r"(Not right\. 0 points|Right\. \+1 point)\. Go on\?", in_sight)
    assert "Not right. 0 points. The key:" in student.flat or "Right. +1 point." in student.flat
    student.presses("q")

    assert student.leaves() == 0
    assert "1 item answered, " in student.flat


def test_ctrl_c_keeps_what_was_answered_and_gives_130() -> None:
    standing_before = practice("--standing")
    student = Person(["-m", "quiz", "practice", "--seed", "5", "--kind", "urgency"], 80, 40)
    student.sees("How soon should help be sought here?")
    student.presses("1")
    student.sees("How sure are you?")
    student.presses("s")
    student.sees("Go on?")
    student.presses("\x03")

    assert student.leaves() == 130
    assert "Traceback" not in student.text
    assert practice("--standing") != standing_before
    assert (data_folder() / NAME).stat().st_mode & 0o777 == 0o600


def test_a_wrong_key_changes_nothing_and_says_what_to_press() -> None:
    student = Person(["-m", "quiz", "practice", "--seed", "5", "--kind", "urgency"], 80, 40)
    student.sees("How soon should help be sought here?")
    student.presses("z")
    student.sees("Move with the arrow keys and press Enter.")
    student.presses("q")

    assert student.leaves() == 0
    assert "No item answered." in student.text


def test_the_end_of_a_pipe_loses_nothing_and_gives_3() -> None:
    told = practice("--plain", "--seed", 5, "--kind", "urgency", typed="1\ng\n", code=3)

    assert "The most urgent rule that fires:" in told
    assert "1 item answered" in told


def test_the_same_seed_tells_the_same_case_to_everybody() -> None:
    assert practice("--plain", "--seed", 9, typed="q\n") == practice("--plain", "--seed", 9, typed="q\n")


def test_a_patient_is_questioned_by_typing_parts_of_names() -> None:
    student = Person(["-m", "quiz", "practice", "--patient", "--seed", "7"], 80, 40)
    student.sees("What do you ask about?")
    student.presses("palpit\r")
    student.sees("Do you feel your heart pound")
    student.presses("/note\r")
    student.sees("Tutor: you have not asked about these danger signs")
    student.presses("y")
    student.sees("Which electrolyte would you discuss first?")
    student.presses("low sod\r")
    student.sees("How soon?")
    student.presses("1")
    student.sees("Which result would you ask for first?")
    student.presses("sodium\r")
    student.sees("Proof: these answers alone name")

    assert student.leaves() == 0


def test_an_exam_is_the_same_for_the_class_and_goes_on_after_a_break(tmp_path: Path) -> None:
    out = tmp_path / "exam.yaml"
    exam = ("--exam", "--plain", "--seed", 3, "--items", 3, "--minutes", 9, "--output", out)

    broken_off = practice(*exam, typed="1\ns\n", code=3)
    assert "Item 1 of 3, about 9 minutes left" in broken_off
    assert out.stat().st_mode & 0o777 == 0o600
    told = practice(*exam, typed="l\n1\nf\n1\ng\n")

    assert "Item 1 of 3" not in told
    assert "of 3 right, 0 left out" in told
    again = subprocess.run(
        [sys.executable, "-m", "quiz", "review", "class", str(out)], capture_output=True, text=True, timeout=120
    )
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize("key", ["q", "quit"])
def test_who_leaves_an_exam_is_told_how_to_go_on_and_no_marks(key: str, tmp_path: Path) -> None:
    out = tmp_path / "exam.yaml"
    told = practice("--exam", "--plain", "--seed", 3, "--items", 3, "--output", out, typed=f"1\ns\n{key}\n")

    assert "You left with 1 of 3 answered." in told
    assert f"--seed3and--output{out}" in "".join(told.split())  # a long path is broken anywhere
    assert not re.search("right|points", told.split("You left")[1])


def test_the_file_of_another_paper_is_not_written_over(tmp_path: Path) -> None:
    out = tmp_path / "exam.yaml"
    practice("--exam", "--plain", "--seed", 3, "--items", 2, "--output", out, typed="q\n")
    before = out.read_bytes()

    told = practice("--exam", "--plain", "--seed", 4, "--items", 2, "--output", out, typed="q\n", code=1)

    assert "is the result of another paper" in told
    assert out.read_bytes() == before

    told = practice("--exam", "--plain", "--seed", 3, "--items", 2, "--minutes", 5, "--output", out, typed="", code=1)

    assert "was begun with no --minutes" in told
    assert out.read_bytes() == before

    told = practice("--exam", "--plain", "--seed", 3, "--items", 2, "--name", "Bob", "--output", out, typed="", code=1)

    assert "was begun with no --name" in told
    assert out.read_bytes() == before


def test_a_progress_file_that_was_set_aside_is_told_of_with_where_one_stands() -> None:
    path = data_folder() / NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 100)

    assert "damaged" in practice("--standing")


@pytest.mark.parametrize(("form", "mark"), [("anki", "#separator:tab"), ("gift", "::"), ("html", "<!doctype html>")])
def test_items_go_out_for_other_programs(form: str, mark: str, tmp_path: Path) -> None:
    out = tmp_path / "items"

    practice("--export", form, "--seed", 1, "--items", 4, "--output", out)

    assert mark in out.read_text(encoding="utf-8").lower()


def test_a_vignette_can_be_asked_for_and_an_unknown_one_is_told(rulebase: RuleBase) -> None:
    vignette = next(iter(rulebase.vignettes))

    assert "What do you ask about?" in practice("--patient", "--plain", "--case", vignette, typed="q\n")
    told = practice("--patient", "--plain", "--case", f"{vignette}x", code=1)
    assert f'there is no case "{vignette}x"' in told
    assert f'did you mean "{vignette}"?' in told


def test_where_progress_cannot_be_kept_practice_goes_on_if_the_student_wants(tmp_path: Path) -> None:
    (data_folder().parent).mkdir(parents=True, exist_ok=True)
    data_folder().write_text("in the way", encoding="utf-8")

    told = practice("--plain", "--seed", 5, "--kind", "urgency", typed="y\n1\ng\nq\n")

    assert "Practise without keeping your progress?" in told
    assert "1 item answered" in told
    assert data_folder().read_text(encoding="utf-8") == "in the way"
