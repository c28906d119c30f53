"""What a student is dealt: what is due first, nothing twice, and the same for everybody with the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from quiz.engine import Engine
from quiz.model import RuleBase
from quiz.practice.cards import meanings, pair_card
from quiz.practice.course import Course
from quiz.practice.items import Items
from quiz.practice.keys import NOTHING
from quiz.practice.misconceptions import Misconceptions
from quiz.practice.progress import Progress, unkept
from quiz.practice.schedule import Schedule
from quiz.practice.values import Certainty, Item, Kind, Response, answered
from tests.practice_making import NOON


class Sitting:
    """A course with a clock that only the test moves."""

    def __init__(self, rulebase: RuleBase, engine: Engine, progress: Progress, items: Items, seed: int = 1) -> None:
        self.rulebase, self.engine, self.progress, self.items, self.seed = rulebase, engine, progress, items, seed
        self.now = NOON

    def course(self, *kinds: Kind, seed: int | None = None, ahead: bool = False, again: bool = False) -> Course:
        return Course(
            self.rulebase, self.engine.assess, self.items, Misconceptions(self.engine), self.progress,
            lambda: self.now, self.seed if seed is None else seed, kinds, ahead=ahead,
            again=again,
        )  # fmt: skip

    def answers(self, course: Course, right: bool = True, ahead: bool = False) -> Item:
        dealt = course.deal()
        assert dealt is not None
        item = dealt.item
        wrong = next(option.id for option in item.options if not option.right)
        response = Response(item, item.key if right else frozenset({wrong}), Certainty.FAIRLY)
        course.keep(answered(response, self.now, 10.0, ahead=dealt.ahead))
        list(course.remarks(response))
        return item


@pytest.fixture(scope="module")
def items(rulebase: RuleBase, engine: Engine) -> Items:
    return Items(rulebase, engine)


@pytest.fixture
def sitting(rulebase: RuleBase, engine: Engine, items: Items) -> Iterator[Sitting]:
    with unkept(Schedule().reviewed, "test") as progress:
        yield Sitting(rulebase, engine, progress, items)


def dealt(course: Course, number: int) -> list[str]:
    found = [course.deal() for _ in range(number)]
    return [each.item.id for each in found if each is not None]


def test_the_same_seed_deals_the_same_items_and_another_seed_others(sitting: Sitting) -> None:
    first, again, other = (dealt(sitting.course(seed=seed), 8) for seed in (1, 1, 2))

    assert first == again
    assert len(set(first)) == 8
    assert set(first).isdisjoint(other) or first != other


def test_what_is_due_comes_before_what_is_new(sitting: Sitting) -> None:
    learned = sitting.answers(sitting.course(), right=False)
    sitting.now += timedelta(days=30)

    then = sitting.course(seed=2).deal()

    assert then is not None
    assert then.why == "Due again."
    assert set(then.item.cards) & set(learned.cards)
    assert not then.ahead


def test_practising_ahead_leaves_the_schedule_as_it_is(sitting: Sitting) -> None:
    cards = meanings(sitting.rulebase)
    sitting.answers(sitting.course())
    sitting.now += timedelta(hours=1)
    before = dict(sitting.progress.memories(cards))
    course = sitting.course(seed=2, ahead=True)

    early = course.deal()

    assert early is not None
    assert early.ahead
    course.keep(answered(Response(early.item, early.item.key, Certainty.SURE), sitting.now, ahead=early.ahead))
    assert dict(sitting.progress.memories(cards)) == before
    assert sitting.progress.count() == 2


def test_errors_come_again_the_surest_first_and_nothing_else(sitting: Sitting) -> None:
    course = sitting.course("state", "urgency", "food")
    wrong: dict[Certainty, str] = {}
    for certainty in (Certainty.GUESS, Certainty.SURE, Certainty.FAIRLY):
        dealt_now = course.deal()
        assert dealt_now is not None
        slip = next(option.id for option in dealt_now.item.options if not option.right)
        course.keep(answered(Response(dealt_now.item, frozenset({slip}), certainty), sitting.now))
        wrong[certainty] = dealt_now.item.id
    sitting.answers(course)

    again = dealt(sitting.course(seed=2, again=True), 9)

    assert again == [wrong[Certainty.SURE], wrong[Certainty.FAIRLY], wrong[Certainty.GUESS]]


def test_only_the_kinds_that_were_asked_for_are_dealt(sitting: Sitting) -> None:
    course = sitting.course("urgency", "food")

    kinds = {sitting.answers(course).kind for _ in range(10)}

    assert kinds == {"urgency", "food"}


def test_an_item_that_was_taken_back_may_come_again_and_counts_for_nothing(sitting: Sitting) -> None:
    course = sitting.course()
    item = sitting.answers(course)

    taken = course.undo()

    assert taken is not None
    assert taken.item == item.id
    assert sitting.progress.count() == 0
    assert course.undo() is None


def test_every_kind_of_card_has_items(sitting: Sitting) -> None:
    """Not every card: a rule about nobody who is made up has none, nor has a lesson without a belief to correct."""
    course = sitting.course()
    for kind in ("rule", "concept", "pair", "teaching"):
        sample = [card for card in meanings(sitting.rulebase) if card.startswith(f"{kind}:")][::25]
        found = [card for card in sample if (item := course.item_for(card)) is not None and card in item.cards]

        assert len(found) >= len(sample) / (8 if kind == "teaching" else 3), (kind, found)


def test_who_named_a_state_where_there_is_none_gets_people_of_whom_the_rules_name_none(sitting: Sitting) -> None:
    course = sitting.course("state")
    cards = [pair_card(state, NOTHING) for state in sitting.rulebase.states]
    items = [item for card in cards if (item := course.item_for(card)) is not None]

    assert len(items) >= len(cards) / 2
    assert sum(item.key == {NOTHING} for item in items) >= len(items) / 2


def test_the_calibration_table_comes_after_twenty_answers_and_not_before(sitting: Sitting) -> None:
    course = sitting.course("comparison", "food", "urgency")
    told: list[list[str]] = []
    for _ in range(20):
        dealt_now = course.deal()
        assert dealt_now is not None
        response = Response(dealt_now.item, dealt_now.item.key, Certainty.SURE)
        course.keep(answered(response, sitting.now))
        told.append(list(course.remarks(response)))

    assert all(each == [] for each in told[:-1])
    assert "You said" in told[-1][0]


def test_a_moment_without_a_zone_is_refused(sitting: Sitting) -> None:
    sitting.now = datetime(2026, 1, 1)

    with pytest.raises(ValueError, match="zone"):
        sitting.course().deal()
