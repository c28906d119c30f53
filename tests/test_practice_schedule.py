"""When a card comes again."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from quiz.practice.schedule import LONGEST, Grade, Memory, Schedule, due, grade, load
from quiz.practice.values import Certainty
from tests.conftest import ROOT
from tests.practice_making import DAY, NOON, given

SCHEDULE = Schedule()
GRADES = st.sampled_from(Grade)


@pytest.mark.parametrize(
    ("correct", "certainty", "hints", "wanted"),
    [
        (False, Certainty.SURE, 0, Grade.AGAIN),
        (False, Certainty.GUESS, 2, Grade.AGAIN),
        (True, Certainty.GUESS, 0, Grade.HARD),
        (True, Certainty.SURE, 1, Grade.HARD),
        (True, Certainty.FAIRLY, 0, Grade.GOOD),
        (True, Certainty.SURE, 0, Grade.EASY),
    ],
)
def test_the_grade_comes_from_correctness_certainty_and_hints(
    correct: bool, certainty: Certainty, hints: int, wanted: Grade
) -> None:
    assert grade(given("x", chosen="a" if correct else "b", certainty=certainty, hints=hints)) is wanted


def after(*grades: Grade) -> Memory:
    """A card reviewed each time it came due."""
    memory = SCHEDULE.reviewed(None, grades[0], NOON)
    for each in grades[1:]:
        memory = SCHEDULE.reviewed(memory, each, memory.due)
    return memory


def test_an_error_comes_back_in_the_same_sitting_and_a_right_answer_another_day() -> None:
    assert after(Grade.AGAIN).due - NOON <= timedelta(minutes=20)
    assert after(Grade.GOOD).due - NOON >= DAY
    assert after(Grade.EASY).due > after(Grade.GOOD).due


def test_what_is_known_comes_ever_later_and_never_later_than_a_year() -> None:
    gaps = []
    memory = after(Grade.GOOD)
    for _ in range(12):
        gaps.append(memory.due - memory.last)
        memory = SCHEDULE.reviewed(memory, Grade.GOOD, memory.due)

    assert gaps == sorted(gaps)
    assert gaps[-1] == LONGEST * DAY


def test_a_lapse_brings_a_card_back_soon() -> None:
    known = after(*[Grade.GOOD] * 5)
    lapsed = SCHEDULE.reviewed(known, Grade.AGAIN, known.due)

    assert lapsed.due - lapsed.last <= timedelta(minutes=20)
    assert lapsed.stability < known.stability


@any_of(st.lists(GRADES, min_size=1, max_size=12))
def test_the_same_reviews_give_the_same_memory(grades: list[Grade]) -> None:
    assert after(*grades) == after(*grades)


@any_of(st.lists(GRADES, min_size=1, max_size=8), st.integers(0, 700), st.integers(0, 700))
def test_recall_is_a_chance_and_only_falls_until_the_next_review(grades: list[Grade], one: int, other: int) -> None:
    memory = after(*grades)
    early, late = sorted((one, other))
    soon, later = (SCHEDULE.recall(memory, memory.last + days * DAY) for days in (early, late))

    assert 0 < later <= soon <= 1


def test_recall_is_nine_in_ten_when_a_card_comes_due() -> None:
    known = after(*[Grade.GOOD] * 4)

    assert SCHEDULE.recall(known, known.due) == pytest.approx(0.9, abs=0.01)


@any_of(GRADES, st.integers(-720, 840))
def test_the_zone_of_the_clock_changes_nothing(given_grade: Grade, minutes: int) -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(minutes=minutes)))

    assert SCHEDULE.reviewed(None, given_grade, elsewhere) == SCHEDULE.reviewed(None, given_grade, NOON)


def test_a_clock_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        SCHEDULE.reviewed(None, Grade.GOOD, datetime(2026, 1, 1))


def test_a_clock_that_was_set_back_does_no_harm() -> None:
    memory = SCHEDULE.reviewed(after(Grade.GOOD), Grade.GOOD, NOON - 30 * DAY)

    assert memory.due > memory.last


def memory_due(moment: datetime) -> Memory:
    return Memory(5.0, 5.0, 2, None, moment, NOON - 10 * DAY)


def test_the_load_of_today_and_of_the_week_is_in_sight() -> None:
    offsets = {
        "overdue": -30 * DAY, "now": 0 * DAY, "tonight": timedelta(hours=11), "after midnight": timedelta(hours=13),
        "last day": timedelta(days=7, hours=11), "later": 8 * DAY,
    }  # fmt: skip
    memories = {card: memory_due(NOON + offset) for card, offset in offsets.items()}
    told = load(memories, [*memories, "never seen"], NOON)

    assert (told.now, told.later_today, told.new) == (2, 1, 1)
    assert told.days == (1, 0, 0, 0, 0, 0, 1)


def test_a_day_ends_at_the_students_midnight() -> None:
    memories = {"x": memory_due(NOON + timedelta(hours=13))}

    assert load(memories, memories, NOON).later_today == 0
    assert load(memories, memories, NOON.astimezone(timezone(timedelta(hours=-5)))).later_today == 1


def test_a_card_of_other_rules_is_no_work() -> None:
    gone = load({"gone": memory_due(NOON)}, [], NOON)

    assert (gone.now, gone.later_today) == (0, 0)


def test_the_longest_overdue_is_first() -> None:
    memories = {"b": memory_due(NOON - DAY), "a": memory_due(NOON), "c": memory_due(NOON + DAY)}

    assert due(memories, NOON) == ["b", "a"]


def test_the_library_is_loaded_at_the_first_review_and_brings_nothing_heavy() -> None:
    code = (
        "import sys; from quiz.practice.schedule import Schedule, Grade; from datetime import *\n"
        "schedule = Schedule(); before = 'fsrs' in sys.modules\n"
        "schedule.reviewed(None, Grade.GOOD, datetime(2026, 1, 1, tzinfo=UTC))\n"
        "print(before, 'fsrs' in sys.modules, {'torch', 'numpy', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)

    assert done.stdout.split(maxsplit=2) == ["False", "True", "set()\n"]


@pytest.mark.parametrize(("library", "home"), [("fsrs", "schedule.py"), ("sqlite3", "progress.py")])
def test_one_file_of_the_students_room_knows_each_library(library: str, home: str) -> None:
    users = {
        path.name
        for path in (ROOT / "quiz" / "practice").glob("*.py")
        if re.search(rf"^ *(?:import|from) {library}\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert users == {home}
