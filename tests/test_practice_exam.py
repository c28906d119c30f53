"""Exams: the paper that a seed brings about, and the file that is handed in."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from quiz.conversation import Option
from quiz.practice.exam import MOST_ITEMS, Given, Result, begin, paper, responses, score
from quiz.practice.results import ResultError, as_yaml, read_result
from quiz.practice.sitting import sit
from quiz.practice.values import Certainty, Item
from quiz.store import OwnFile
from tests.practice_making import NOON, item

ITEMS = tuple(item(f"i{number}", right=("a", "b") if number % 3 == 0 else ("a",)) for number in range(12))


def deal(seed: int, count: int) -> list[Item]:
    return [ITEMS[(seed + number) % len(ITEMS)] for number in range(count)]


PAPER = paper(7, 5, 30, "f00d", deal)


def handed_in(**changes: Certainty | None) -> Result:
    result = begin(PAPER, "Ana", NOON)
    for each in PAPER.items:
        result = result.with_answer(Given(each.id, each.key, changes.get(each.id, Certainty.SURE), 12.5))
    return result


def test_a_seed_gives_the_same_paper_every_time() -> None:
    again = paper(7, 5, 30, "f00d", deal)

    assert again == PAPER
    assert again.digest == PAPER.digest
    assert paper(8, 5, 30, "f00d", deal).digest != PAPER.digest


@pytest.mark.parametrize("count", [0, 13])
def test_a_paper_with_too_few_items_is_none(count: int) -> None:
    with pytest.raises(ValueError, match="different items"):
        paper(1, count or 5, 0, "x", deal if count else lambda seed, count: [])


def test_a_paper_is_never_longer_than_its_result_can_be() -> None:
    def many(seed: int, count: int) -> list[Item]:
        return [replace(PAPER.items[0], id=f"i{number}") for number in range(count)]

    assert len(paper(1, MOST_ITEMS, 0, "x", many).items) == MOST_ITEMS
    with pytest.raises(ValueError, match=f"than an exam can have, which is {MOST_ITEMS}"):
        paper(1, MOST_ITEMS + 1, 0, "x", many)


def test_another_key_or_option_is_another_paper() -> None:
    first, *others = PAPER.items
    turned = replace(first, options=tuple(replace(each, right=not each.right) for each in first.options))
    fewer = replace(first, options=first.options[:-1])
    reworded = replace(first, stem="Other words")

    digests = [replace(PAPER, items=(changed, *others)).digest for changed in (first, turned, fewer, reworded)]
    assert digests[0] == digests[3]
    assert len(set(digests)) == 3


def test_the_time_that_is_left_never_falls_below_none() -> None:
    assert PAPER.left(NOON, NOON + timedelta(minutes=10)) == timedelta(minutes=20)
    assert PAPER.left(NOON, NOON + timedelta(minutes=99)) == timedelta(0)
    assert PAPER.left(NOON, NOON - timedelta(days=1)) == timedelta(minutes=PAPER.minutes), "a clock set back"
    assert replace(PAPER, minutes=0).left(NOON, NOON) is None


def test_a_result_comes_back_from_its_file_as_it_was() -> None:
    result = handed_in(i8=None)

    assert read_result(as_yaml(result).encode(), "x") == result


NAMES = st.text(max_size=80)


@any_of(
    NAMES,
    st.lists(
        st.tuples(st.frozensets(st.text(max_size=5), max_size=4), st.sampled_from([None, *Certainty])), max_size=5
    ),
)
def test_any_name_and_answers_survive_the_file(
    name: str, answers: list[tuple[frozenset[str], Certainty | None]]
) -> None:
    result = begin(PAPER, name, NOON)
    for number, (chosen, certainty) in enumerate(answers):
        result = result.with_answer(Given(f"i{number}", chosen, certainty, number / 4))

    assert read_result(as_yaml(result).encode(), "x").given == tuple(
        replace(each, seconds=round(each.seconds, 1)) for each in result.given
    )
    assert read_result(as_yaml(result).encode(), "x").student == result.student


def test_a_name_is_one_short_line_that_no_terminal_obeys() -> None:
    assert begin(PAPER, "  A\nna\x1b[31m  \u202eX" + "y" * 99, NOON).student == ("A na[31m X" + "y" * 99)[:60]


def test_the_file_is_for_its_owner_only_and_holds_no_key(tmp_path: Path) -> None:
    path = tmp_path / "exam.yaml"
    OwnFile(path, "").write(as_yaml(handed_in().with_answer(Given("i7", frozenset({"d"}), Certainty.GUESS))))
    text = path.read_text(encoding="utf-8")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "student: Ana\n" in text
    assert "right" not in text
    assert "key" not in text
    assert "correct" not in text


def test_nobody_has_to_give_a_name() -> None:
    text = as_yaml(begin(PAPER, "  ", NOON))

    assert "student: null\n" in text
    assert read_result(text.encode(), "x").student == ""


def test_an_item_answered_again_is_answered_once_and_took_both_times() -> None:
    result = begin(PAPER, "", NOON).with_answer(Given("i7", frozenset("b"), Certainty.SURE, 5))
    result = result.with_answer(Given("i7", frozenset("a"), Certainty.GUESS, 3))

    assert result.given == (Given("i7", frozenset("a"), Certainty.GUESS, 8),)


def test_the_score_counts_marks_by_certainty_and_nothing_for_what_was_left_out() -> None:
    result = handed_in(i8=None, i9=Certainty.GUESS).with_answer(Given("i10", frozenset("d"), Certainty.SURE))
    told = score(PAPER, result)

    assert (told.right, told.left_out, told.items, told.marks, told.most) == (3, 1, 5, 3 + 1 - 6 + 3, 15)
    assert [each is None for each in responses(PAPER, result)] == [False, True, False, False, False]


def test_an_answer_to_nothing_of_the_paper_does_not_count() -> None:
    result = begin(PAPER, "", NOON).with_answer(Given("elsewhere", frozenset("a"), Certainty.SURE))

    assert score(PAPER, result).left_out == 5


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("exam: 1", "exam: 2", "r:2:7: E601 was written by another version"),
        ("exam: 1", "hello: 1", "r:2:1: E601 is not a result of an exam"),
        ("seed: 7", "seed: seven", "r:5:7: E601 seed is a whole number"),
        ("items: 5", "items: 5000000", "r:6:8: E601 items is a whole number from 1 to"),
        ("+00:00", "", "E601 began is a moment with its time zone"),
        ("certainty: sure", "certainty: very", "E601 certainty is one of guess, fairly, sure"),
        ("seconds: 12.5", "seconds: -1", "E601 seconds is a number"),
        ("- item: i7", "- item: i8", "E601 answers an item twice"),
        ("chosen:", "chose:", "E601 needs `item` and `chosen`"),
        ("answers:", "answer:", "E601 needs a list of answers"),
    ],
)
def test_a_mistake_in_a_file_is_told_at_its_place(before: str, after: str, told: str) -> None:
    text = as_yaml(handed_in()).replace(before, after, 1)

    with pytest.raises(ResultError) as error:
        read_result(text.encode(), "r")
    assert told in str(error.value)


@any_of(st.integers(0, 2000), st.binary(max_size=8))
def test_a_broken_file_is_a_mistake_and_never_a_crash(place: int, put: bytes) -> None:
    whole = as_yaml(handed_in()).encode()
    broken = whole[:place] + put + whole[place + len(put) + 1 :]
    with suppress(ResultError):
        assert isinstance(read_result(broken, "r"), Result)


# --- the talk -----------------------------------------------------------------------------------------


class Sitting:
    """A student who is sure of every first option. Each item takes as many minutes as are said."""

    def __init__(self, *minutes: float) -> None:
        self.minutes, self.now, self.said = list(minutes), NOON, list[str]()

    def say(self, text: str) -> None:
        self.said.append(text.strip())

    def choose(self, title: str, options: Sequence[Option]) -> str:
        if title == "How sure are you?":
            return Certainty.SURE.value
        self.now += timedelta(minutes=self.minutes.pop(0))
        return options[0].value

    def choose_several(self, title: str, options: Sequence[Option], commands: Sequence[Option] = ()) -> tuple[str, ...]:
        return (self.choose(title, options),)

    def pick(self, title: str, options: Sequence[Option], commands: Sequence[Option] = ()) -> str:
        raise AssertionError("no item of an exam is typed")


@pytest.mark.parametrize(
    ("minutes", "answered", "last"),
    [
        ((5, 5, 5, 5, 5), 5, "Item 5 of 5, about 10 minutes left"),
        ((10, 10, 9.9, 0.05, 0.04), 5, "Item 5 of 5, about 1 minute left"),
        ((10, 10, 10), 2, "The time was up before this answer, so it does not count."),
        ((10, 25), 1, "The time was up before this answer, so it does not count."),
    ],
)
def test_what_is_answered_after_the_time_is_up_does_not_count(
    minutes: tuple[float, ...], answered: int, last: str
) -> None:
    front, kept = Sitting(*minutes), list[Result]()
    result, left = sit(front, PAPER, begin(PAPER, "", NOON), kept.append, lambda: front.now)

    assert (len(result.given), len(kept), left) == (answered, answered, False)
    assert front.said[-1] == last


def test_who_goes_on_after_the_time_is_up_is_asked_nothing_more() -> None:
    front = Sitting()
    front.now += timedelta(minutes=PAPER.minutes)
    result, left = sit(front, PAPER, begin(PAPER, "", NOON), lambda result: None, lambda: front.now)

    assert (result.given, left, front.said) == ((), False, ["The time is up."])
