"""Where a student stands, as values, as text and as a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from wcwidth import wcswidth

from quiz.model import RuleBase
from quiz.practice.cards import meanings, pair_card, rule_card
from quiz.practice.mastery import CURVE_DAYS, Picture, Standing, picture, streak
from quiz.practice.mastery_sheet import MOST_LISTED, as_html, as_text, standing_words, symbol
from quiz.practice.progress import NAME, opened
from quiz.practice.schedule import Memory, Schedule
from quiz.practice.values import Answered, Certainty
from tests.practice_making import DAY, NOON, given, marked

SCHEDULE = Schedule()
TODAY = NOON.date()


@dataclass
class Pretended:
    """What a file of progress would say."""

    remembered: Mapping[str, Memory] = field(default_factory=dict)
    counted: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    mixed: Mapping[tuple[str, str], int] = field(default_factory=dict)
    last: tuple[Answered, ...] = ()
    practised: tuple[date, ...] = ()
    anew: tuple[str, ...] = ()

    def memories(self, meanings: Mapping[str, str]) -> Mapping[str, Memory]:
        return self.remembered

    def tally(self, meanings: Mapping[str, str]) -> Mapping[str, tuple[int, int]]:
        return self.counted

    def begun_anew(self, meanings: Mapping[str, str]) -> tuple[str, ...]:
        return self.anew

    def mix_ups(self) -> Mapping[tuple[str, str], int]:
        return self.mixed

    def latest(self, most: int) -> tuple[Answered, ...]:
        return self.last[-most:]

    def count(self) -> int:
        return len(self.last)

    def days(self, now: datetime) -> tuple[date, ...]:
        return self.practised


def remembered(stability: float, days_ago: int) -> Memory:
    last = NOON - days_ago * DAY
    return Memory(stability, 5.0, 2, None, last + timedelta(days=stability), last)


def seen(rulebase: RuleBase, kept: Pretended) -> Picture:
    return picture(rulebase, kept, SCHEDULE.recall, NOON)


@pytest.fixture(scope="module")
def busy(rulebase: RuleBase) -> Pretended:
    """Somebody in the middle of the course."""
    rules, states = list(rulebase.rules)[:30], list(rulebase.states)
    memories = {rule_card(each): remembered(1 + place * 2, place % 9) for place, each in enumerate(rules)}
    memories |= {pair_card(states[0], other): remembered(4, 6) for other in states[1:4]}
    mixed = {(one, other): 1 + place for place, one in enumerate(states) for other in states[place : place + 2]}
    answers = tuple(marked(Certainty.SURE, number % 3 > 0) for number in range(25))
    days = tuple(TODAY - number * DAY for number in range(4))
    return Pretended(
        memories,
        {card: (4, place % 2) for place, card in enumerate(memories)},
        mixed,
        answers,
        days,
        (rule_card(rules[0]),),
    )


def test_what_was_never_right_is_not_told_as_recalled() -> None:
    wrong = Standing("rule:x", "x", 2, 0, 1.0, NOON)

    assert standing_words(wrong) == "not right yet"
    assert standing_words(replace(wrong, right=1, recall=0.9)) == "right 1 of 2, chance of recall 90%"


def test_known_is_what_is_recalled_and_was_right(rulebase: RuleBase) -> None:
    first, second, third = (rule_card(each) for each in list(rulebase.rules)[:3])
    memories = {first: remembered(100, 1), second: remembered(100, 1), third: remembered(1, 300)}
    told = seen(rulebase, Pretended(memories, {first: (2, 2), second: (1, 0), third: (5, 5)}))
    rules = told.shares[0]

    assert (rules.kind, rules.known, rules.seen, rules.all) == ("rule", 1, 3, len(rulebase.rules))
    assert [each.card for each in told.weakest] == [third, second]


def test_every_card_of_the_rules_is_counted_once(rulebase: RuleBase, busy: Pretended) -> None:
    told = seen(rulebase, busy)

    assert sum(each.all for each in told.shares) == len(meanings(rulebase))
    assert told.load.new == len(meanings(rulebase)) - len(busy.remembered)


def test_cards_that_were_never_right_have_no_chance_of_recall(rulebase: RuleBase) -> None:
    first, second = (rule_card(each) for each in list(rulebase.rules)[:2])
    memories = {first: remembered(100, 0), second: remembered(2, 6)}
    wrong = seen(rulebase, Pretended(memories, {first: (3, 0), second: (1, 0)}, last=(marked(Certainty.SURE, False),)))
    mixed = seen(rulebase, Pretended(memories, {first: (3, 0), second: (2, 1)}, last=(marked(Certainty.SURE, True),)))

    assert wrong.curve == ()
    assert "%" not in as_text(wrong, 80)
    assert "100 %" not in as_html(wrong)
    assert mixed.curve[0] == SCHEDULE.recall(memories[second], NOON)


def test_the_curve_falls_from_today_on(rulebase: RuleBase, busy: Pretended) -> None:
    curve = seen(rulebase, busy).curve

    assert len(curve) == CURVE_DAYS + 1
    assert list(curve) == sorted(curve, reverse=True)
    assert 0 < curve[-1] < curve[0] <= 1


def test_mix_ups_of_states_that_the_rules_no_longer_know_are_left_out(rulebase: RuleBase) -> None:
    one, other, *_ = rulebase.states
    told = seen(rulebase, Pretended(mixed={(one, other): 2, (one, "GONE"): 9, (one, one): 5}))

    assert [(each.right.id, each.chosen.id, each.times) for each in told.mix_ups] == [(one, other, 2)]
    assert told.counts == {(one, other): 2, (one, one): 5}


@pytest.mark.parametrize(
    ("ago", "days", "today"),
    [
        ((), 0, False), ((0,), 1, True), ((1,), 1, False), ((2,), 0, False), ((0, 1, 2), 3, True), ((1, 2), 2, False),
        ((0, 2, 3), 1, True), ((0, 0, 1), 2, True), ((-1, 0), 1, True),
    ],
)  # fmt: skip
def test_a_streak_is_days_in_a_row_up_to_today_or_yesterday(ago: tuple[int, ...], days: int, today: bool) -> None:
    told = streak((TODAY - each * DAY for each in ago), TODAY)

    assert (told.days, told.today) == (days, today)


def test_a_pause_is_told_without_a_reproach(rulebase: RuleBase, busy: Pretended) -> None:
    text = as_text(seen(rulebase, replace(busy, practised=(TODAY - 12 * DAY,))), 80)

    assert "You last practised 12 days ago. What you learned then still counts." in text
    for word in ("lost", "broken", "failed", "only", "missed", "should"):
        assert word not in text.split("Learned")[0]


@pytest.mark.parametrize("width", [40, 80, 100])
def test_the_text_fits_its_width_and_needs_no_colour(rulebase: RuleBase, busy: Pretended, width: int) -> None:
    text = as_text(seen(rulebase, busy), width)

    assert max(map(wcswidth, text.splitlines())) <= width
    assert "\x1b" not in text
    for title in ("Learned", "Mixed up", "Due now", "Weakest", "Recall if you stopped now", "How sure, how right"):
        assert f"\n{title}\n" in text


def test_the_heat_map_has_a_row_for_what_was_right_and_a_column_for_what_was_chosen(rulebase: RuleBase) -> None:
    states = rulebase.states
    one, *_, other = states
    told = seen(rulebase, Pretended(mixed={(one, other): 7}, last=(given("x"),)))
    text = as_text(told, 40)
    order = [each.id for each in told.states]
    row = next(line for line in text.splitlines() if line.startswith(f"{symbol(states[one])} {states[one].direction}"))
    cells = row[len("Xx high") :].split()

    assert len(cells) == len(states)
    assert cells[order.index(other)] == "7"
    assert cells.count(".") == len(states) - 1


def test_both_directions_of_an_electrolyte_stand_side_by_side(rulebase: RuleBase) -> None:
    order = seen(rulebase, Pretended()).states

    assert [(order[place].electrolyte, order[place].direction) for place in range(0, len(order), 2)] == [
        (each.electrolyte, "low") for each in order[1::2]
    ]


def test_a_long_list_is_cut_and_says_so(rulebase: RuleBase, busy: Pretended) -> None:
    told = seen(rulebase, busy)

    assert len(told.weakest) > MOST_LISTED
    assert f"and {len(told.weakest) - MOST_LISTED} more" in as_text(told, 80)


def test_before_the_first_answer_it_says_how_to_begin(rulebase: RuleBase) -> None:
    assert "Nothing was answered yet" in as_text(seen(rulebase, Pretended()), 80)


def test_the_picture_is_drawn_from_a_real_file(rulebase: RuleBase, tmp_path: Path) -> None:
    cards = meanings(rulebase)
    one, other, *_ = rulebase.states
    with opened(tmp_path / NAME, SCHEDULE.reviewed, "one", NOON) as progress:
        for number in range(3):
            answer = given("i", (one,), (other,), kind="state", cards=(pair_card(one, other),), at=NOON - number * DAY)
            progress.record(answer, cards)
        told = picture(rulebase, progress, SCHEDULE.recall, NOON)

    assert (told.answers, told.streak.days, told.mix_ups[0].times) == (3, 3, 3)
    assert told.weakest[0].card == pair_card(one, other)
    assert (told.weakest[0].seen, told.weakest[0].right) == (3, 0)


def test_the_page_says_what_the_text_says(rulebase: RuleBase, busy: Pretended) -> None:
    told = seen(rulebase, busy)
    page = " ".join(as_html(told).split())

    for each in told.mix_ups[:5]:
        assert f"{each.right.name} taken for {each.chosen.name}" in page
    assert f"{told.curve[0]:.0%}".rstrip("%") + " percent today" in page
    assert "<script" not in page


def test_what_stands_in_the_rules_cannot_break_out_of_the_page(rulebase: RuleBase, busy: Pretended) -> None:
    first = next(iter(rulebase.rules.values()))
    hostile = replace(rulebase, rules={**rulebase.rules, first.id: replace(first, says="<script>x</script>\u202e")})
    page = as_html(seen(hostile, busy))

    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "\u202e" not in page
