"""The pages of practice in a real Chromium: valid, accessible, grey on white, self-contained, fit to print."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from quiz.model import RuleBase
from quiz.practice.cards import meanings, pair_card, rule_card
from quiz.practice.export import paper_html
from quiz.practice.mastery import picture
from quiz.practice.mastery_sheet import as_html
from quiz.practice.progress import NAME, opened
from quiz.practice.schedule import Schedule
from quiz.practice.values import Certainty
from tests.conftest import outside
from tests.practice_making import DAY, NOON, given, item
from tests.test_page import Seen, look

pytestmark = outside("chromium", "npm")

PAGES = ("nothing yet", "in the middle", "a paper")


def mastery(rulebase: RuleBase, path: Path, answers: int) -> str:
    schedule, cards, states = Schedule(), meanings(rulebase), list(rulebase.states)
    rules = list(rulebase.rules)
    with opened(path, schedule.reviewed, "one", NOON) as progress:
        for number in range(answers):
            one, other = states[number % 10], states[(number + number % 3) % 10]
            names = (rule_card(rules[number % 60]), pair_card(one, states[(number + 1) % 10]))
            progress.record(
                given(
                    f"i{number}", (one,), (other,), Certainty.SURE, "state", names,
                    NOON - 3 * DAY + number * timedelta(minutes=10),
                ),
                cards,
            )  # fmt: skip
        return as_html(picture(rulebase, progress, schedule.recall, NOON))


@pytest.fixture(scope="module")
def seen(rulebase: RuleBase, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    folder = tmp_path_factory.mktemp("pages")
    items = [item(f"i{number}", ("a", "b") if number % 3 == 0 else ("a",)) for number in range(6)]
    made = (
        mastery(rulebase, folder / "new" / NAME, 0),
        mastery(rulebase, folder / "used" / NAME, 300),
        paper_html(items, "Exam of <b>March</b>", 30),
    )
    return look(folder, dict(zip(PAGES, made, strict=True)))


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_on_the_page_or_on_paper(seen: Mapping[str, Seen], page: str) -> None:
    assert seen[page].violations == ()


@pytest.mark.parametrize("page", PAGES)
def test_the_page_is_valid_html(seen: Mapping[str, Seen], page: str) -> None:
    assert seen[page].mistakes == ()


@pytest.mark.parametrize("page", PAGES)
def test_the_page_needs_no_colour_and_nothing_from_elsewhere(seen: Mapping[str, Seen], page: str) -> None:
    assert (seen[page].coloured, seen[page].requests) == ((), ())


@pytest.mark.parametrize("page", PAGES)
def test_the_page_is_read_on_a_narrow_screen_without_scrolling_sideways(seen: Mapping[str, Seen], page: str) -> None:
    assert seen[page].wide <= 320


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_key_of_an_exam_is_on_a_sheet_of_its_own(seen: Mapping[str, Seen], paper: str) -> None:
    assert seen["a paper"].sheets[paper] >= 2
