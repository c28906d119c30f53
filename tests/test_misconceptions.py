"""Beliefs as altered rules: read with their mistakes, and told where the evidence is enough.

QUIZ_MISCONCEPTIONS=all lets a simulated student of every misconception answer (a few of them unless it is set), and
takes some minutes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from math import log2
from pathlib import Path
from random import Random
from typing import Any

import pytest

from quiz.engine import Engine, Reader
from quiz.errors import RuleBaseError
from quiz.model import NO, UNSURE, YES, Answers, Misconception, RuleBase, Supports
from quiz.practice.beliefs import Believer, altered_rules, shown_by
from quiz.practice.cases import generated
from quiz.practice.items import KINDS, Items
from quiz.practice.misconceptions import (
    AS_THEY_STAND,
    AT_RANDOM,
    LEAST_MISTAKES,
    SLIP,
    Misconceptions,
)
from quiz.practice.values import Case, Certainty, Item, ItemOption, Response
from quiz.review.lint_texts import HARDEST_FOR_LEARNERS, easy_words, reading_grade
from quiz.rulebase import load
from tests.conftest import ROOT

SMALL = ROOT / "tests" / "rulebases" / "small"
SOME = ("misconception.cramps-mean-magnesium", "misconception.kidneys-do-not-matter",
        "misconception.every-water-tablet-lowers-potassium", "misconception.salt-substitutes-are-salt")  # fmt: skip
ALL = os.environ.get("QUIZ_MISCONCEPTIONS") == "all"
OFFERED = 40 if ALL else 24
"""Items to choose the next one from; with more beliefs fewer of them show any one."""

RUNS = 20
STEPS = 16
"""Items that a simulated student answers before the tool has to be sure."""

SLIPS = 0.1
"""How often a simulated student chooses something else than they believe."""


@pytest.fixture(scope="module")
def misconceptions(engine: Engine) -> Misconceptions:
    return Misconceptions(engine)


@pytest.fixture(scope="module")
def pool(rulebase: RuleBase, engine: Engine, misconceptions: Misconceptions) -> list[Item]:
    """Items that show one of the beliefs, for each of them."""
    maker = Items(rulebase, engine)
    found: list[Item] = []
    for name in in_turn(rulebase):
        shows = shown_by(rulebase, rulebase.misconceptions[name])
        mine: list[Item] = []
        for seed in range(120):
            case = generated(rulebase, engine.assess, seed, shows[seed % len(shows)])
            for kind in KINDS[:2]:
                item = maker.of_kind(kind, case, seed)
                if item is not None and misconceptions.answer(name, item) not in (item.key, None):
                    mine.append(item)
            if len(mine) >= 10:
                break
        assert len(mine) >= 6, name
        found += mine
    return found


def in_turn(rulebase: RuleBase) -> Sequence[str]:
    return tuple(rulebase.misconceptions) if ALL else SOME


# --- what they are --------------------------------------------------------------------------------------------------


def test_there_are_at_least_eight_and_each_is_the_belief_of_a_teaching_point(rulebase: RuleBase) -> None:
    assert len(rulebase.misconceptions) >= 8
    for each in rulebase.misconceptions.values():
        point = rulebase.teaching[each.teaching]
        assert point.misconception, each.id
        assert set(each.facts) & set(point.facts), each.id


def test_each_changes_what_is_told_in_some_case(rulebase: RuleBase, engine: Engine) -> None:
    for each in rulebase.misconceptions.values():
        believer = Believer(engine, each)
        shows = shown_by(rulebase, each)
        cases = (generated(rulebase, engine.assess, seed, shows[seed % len(shows)]) for seed in range(40))
        told = ((engine.assess(case.answers), believer.assess(case.answers)) for case in cases)

        assert any(
            [c.state for c in one.candidates] != [c.state for c in other.candidates] or one.urgency != other.urgency
            for one, other in told
        ), each.id


def test_what_is_told_to_a_student_says_what_they_seem_to_do(rulebase: RuleBase) -> None:
    assert all(each.says.startswith("You seem to ") for each in rulebase.misconceptions.values())


# --- each kind of alteration, on the small rules --------------------------------------------------------------------


def alone(**alteration: Any) -> Misconception:
    """A misconception of the small rules with one alteration."""
    plain = small().misconceptions["misconception.yellow-means-dark"]
    return replace(replace(plain, believes=()), **alteration)


def small() -> RuleBase:
    return load(SMALL)


def named_by(misconception: Misconception, **answers: str | float) -> dict[str, str]:
    """States with their support, as somebody with this belief names them."""
    told = Believer(Reader(small()), misconception).assess(answers)
    return {each.state: each.strength.word for each in told.candidates}


def test_an_ignored_finding_is_not_seen() -> None:
    assert named_by(alone(), long_stems=YES) == {"LIGHT_LOW": "moderate"}
    assert named_by(alone(ignores=("long_stems",)), long_stems=YES) == {}


def test_an_ignored_concept_never_holds_and_is_never_ruled_out() -> None:
    answers = {"heat_wave": YES, "dry_soil": YES, "leaves_hang": YES, "leaves_yellow": YES}

    assert named_by(alone(), **answers) == {"WATER_LOW": "strong"}
    assert named_by(alone(ignores=("drought",)), **answers) == {"WATER_LOW": "moderate"}

    wet: dict[str, str | float] = {
        "wet_soil": YES, "dry_soil": NO, "heat_wave": NO, "room_heat": 20.0, "pot": "plastic"
    }  # fmt: skip
    assert named_by(alone(), **wet) == {"WATER_HIGH": "moderate"}
    assert named_by(alone(ignores=("thirsty_place",)), **wet) == {}


def test_a_finding_is_read_as_another() -> None:
    assert named_by(alone(takes_for={"tap_water": "long_stems"}), tap_water=YES) == {"LIGHT_LOW": "moderate"}
    assert named_by(alone(takes_for={"tap_water": "long_stems"}), tap_water=YES, long_stems=NO) == {}


def test_a_dropped_rule_is_not_there() -> None:
    assert named_by(alone(drops=("low-light.long-stems",)), long_stems=YES) == {}


def test_a_flipped_rule_supports_the_other_direction() -> None:
    assert named_by(alone(flips=("low-water.hanging",)), leaves_hang=YES, dry_soil=YES) == {"WATER_HIGH": "moderate"}


def test_a_relaxed_rule_takes_a_condition_for_granted() -> None:
    assert named_by(alone(), leaves_hang=YES) == {}
    assert named_by(alone(relaxes={"low-water.hanging": ("dry_soil",)}), leaves_hang=YES) == {"WATER_LOW": "moderate"}


def test_a_believed_rule_fires() -> None:
    believed = small().misconceptions["misconception.yellow-means-dark"]

    assert named_by(believed, leaves_yellow=YES) == {"LIGHT_LOW": "strong"}


def test_not_sure_is_read_as_no() -> None:
    wet: dict[str, str | float] = {
        "wet_soil": YES, "dry_soil": UNSURE, "heat_wave": NO, "room_heat": 20.0, "pot": "plastic"
    }  # fmt: skip

    assert named_by(alone(), **wet) == {}
    assert named_by(alone(unsure_is_no=True), **wet) == {"WATER_HIGH": "moderate"}


def test_the_rules_themselves_are_left_alone(rulebase: RuleBase) -> None:
    before = dict(rulebase.rules)
    for each in rulebase.misconceptions.values():
        altered = altered_rules(rulebase, each)
        assert altered.rules.keys() >= before.keys() - set(each.drops)

    assert dict(rulebase.rules) == before


# --- which one fits -------------------------------------------------------------------------------------------------


def simulated(misconceptions: Misconceptions, pool: Sequence[Item], model: str, dice: Random) -> str | None:
    """Lets a student with this model answer the items that the tool chooses; what they are told in the end."""
    given: list[Response] = []
    left = list(pool)
    for _ in range(STEPS):
        offered = dice.sample(left, min(OFFERED, len(left)))
        item = misconceptions.best_next(given, offered)
        assert item is not None
        left.remove(item)
        believed = misconceptions.answer(model, item)
        slips = believed is None or dice.random() < SLIPS
        chosen = frozenset({dice.choice([option.id for option in item.options])}) if slips else believed
        given.append(Response(item, chosen or frozenset(), Certainty.FAIRLY))
    told = misconceptions.fit(given).told
    return told.id if told is not None else None


def test_a_student_with_a_misconception_is_told_it_in_nine_runs_of_ten(
    rulebase: RuleBase, misconceptions: Misconceptions, pool: list[Item]
) -> None:
    for name in in_turn(rulebase):
        told = [simulated(misconceptions, pool, name, Random(f"{name}/{run}")) for run in range(RUNS)]

        assert told.count(name) >= 0.9 * RUNS, (name, told)
        assert set(told) <= {name, None}


def test_a_careful_student_is_told_none(misconceptions: Misconceptions, pool: list[Item]) -> None:
    told = [simulated(misconceptions, pool, AS_THEY_STAND, Random(f"{AS_THEY_STAND}/{run}")) for run in range(2 * RUNS)]

    assert set(told) == {None}


def test_one_who_guesses_is_told_one_in_less_than_one_of_a_hundred_sittings(
    misconceptions: Misconceptions, pool: list[Item]
) -> None:
    """Guesses can look like a belief by chance: they did in 3 to 5 of 1,000."""
    told = [simulated(misconceptions, pool, AT_RANDOM, Random(f"{AT_RANDOM}/{run}")) for run in range(10 * RUNS)]

    assert len(told) - told.count(None) < len(told) / 100


def test_nothing_is_told_before_there_is_evidence(misconceptions: Misconceptions) -> None:
    fit = misconceptions.fit([])

    assert fit.told is None
    assert fit.probabilities[AS_THEY_STAND] == pytest.approx(0.5)
    assert sum(fit.probabilities.values()) == pytest.approx(1)


def test_one_wrong_answer_however_often_it_is_given_tells_nothing(
    misconceptions: Misconceptions, pool: list[Item]
) -> None:
    """The same item again is no new evidence that a belief explains different mistakes."""
    item = pool[0]
    believed = misconceptions.answer(SOME[0], item)
    assert believed is not None

    assert LEAST_MISTAKES > 1
    assert misconceptions.fit([Response(item, believed, Certainty.SURE)] * 9).told is None


def test_the_likelihood_is_the_one_that_is_written_down(misconceptions: Misconceptions, pool: list[Item]) -> None:
    item = pool[0]
    wrong = misconceptions.answer(SOME[0], item)
    assert wrong is not None
    before = misconceptions.fit([]).probabilities
    after = misconceptions.fit([Response(item, wrong, Certainty.SURE)]).probabilities
    others = len(item.options) - 1

    odds = (after[SOME[0]] / after[AS_THEY_STAND]) / (before[SOME[0]] / before[AS_THEY_STAND])

    assert odds == pytest.approx((1 - SLIP) / (SLIP / others))


def test_a_guess_is_weaker_evidence(misconceptions: Misconceptions, pool: list[Item]) -> None:
    item = pool[0]
    wrong = misconceptions.answer(SOME[0], item)
    assert wrong is not None
    sure, guess = (misconceptions.fit([Response(item, wrong, each)]) for each in (Certainty.SURE, Certainty.GUESS))

    assert sure.probabilities[SOME[0]] > guess.probabilities[SOME[0]] > misconceptions.fit([]).probabilities[SOME[0]]


def test_the_order_of_answers_does_not_matter(misconceptions: Misconceptions, pool: list[Item]) -> None:
    given = [Response(item, frozenset({item.options[0].id}), Certainty.FAIRLY) for item in pool[:6]]

    one, other = misconceptions.fit(given).probabilities, misconceptions.fit(given[::-1]).probabilities

    assert one == pytest.approx(other)


# --- what to ask next -----------------------------------------------------------------------------------------------


def test_an_item_that_all_answer_alike_tells_almost_nothing(misconceptions: Misconceptions, pool: list[Item]) -> None:
    """A lesson has no case, so every belief gives its key; only who answers at random may not."""
    options = tuple(ItemOption(name, name, name == "a", "") for name in "abcd")
    lesson = Item("food/x", "food", "", options, False, (), 0, "", ())
    now = misconceptions.fit([]).probabilities
    telling = max(misconceptions.information(now, item) for item in pool)

    assert 0 <= misconceptions.information(now, lesson) < telling
    assert misconceptions.best_next([], [lesson, *pool]) is not lesson


def test_information_is_never_negative_and_never_more_than_there_is(
    misconceptions: Misconceptions, pool: list[Item]
) -> None:
    now = misconceptions.fit([]).probabilities
    most = -sum(share * log2(share) for share in now.values())

    assert all(-1e-9 <= misconceptions.information(now, item) <= most for item in pool)


def test_cases_are_made_up_towards_what_shows_the_belief_that_fits_best(
    misconceptions: Misconceptions, pool: list[Item], rulebase: RuleBase, engine: Engine
) -> None:
    for name in SOME:
        mine = [item for item in pool if misconceptions.answer(name, item) not in (item.key, None)][:3]
        given = [Response(item, misconceptions.answer(name, item) or frozenset(), Certainty.SURE) for item in mine]

        assert misconceptions.towards(given)[0] == shown_by(rulebase, rulebase.misconceptions[name])[0]
        assert all(generated(rulebase, engine.assess, 1, each) for each in misconceptions.towards(given)[:2])


def test_of_no_candidates_none_is_next(misconceptions: Misconceptions) -> None:
    assert misconceptions.best_next([], []) is None


def test_a_model_without_a_clear_answer_gives_none(misconceptions: Misconceptions, pool: list[Item]) -> None:
    assert misconceptions.answer(AT_RANDOM, pool[0]) is None
    assert misconceptions.answer(AS_THEY_STAND, pool[0]) == pool[0].key


def test_an_item_without_a_tie_for_the_believer_is_answered_from_what_is_on_offer(
    misconceptions: Misconceptions, rulebase: RuleBase
) -> None:
    answers: Answers = {"age": 50.0, "sex": "female", "muscle_cramps": YES}
    options = tuple(ItemOption(name, name, name == "K_LOW", "") for name in ("K_LOW", "CA_LOW"))
    item = Item("state/x", "state", "", options, False, (), 0, "", (), Case("x", "", "", answers, 0))

    assert misconceptions.answer("misconception.cramps-mean-magnesium", item) is None
    offered = replace(item, id="state/y", options=(*options, ItemOption("MG_LOW", "MG_LOW", False, "")))
    assert misconceptions.answer("misconception.cramps-mean-magnesium", offered) == frozenset({"MG_LOW"})


# --- mistakes in the file -------------------------------------------------------------------------------------------


def mistakes_in(tmp_path: Path, text: str) -> list[str]:
    folder = Path(shutil.copytree(SMALL, tmp_path / "rules"))
    (folder / "zz.yaml").write_text(f"topic: beliefs\nmisconceptions:\n{text}", encoding="utf-8")
    with pytest.raises(RuleBaseError) as error:
        load(folder)
    return [f"{each.position.line}: {each.code} {each.message}" for each in error.value.problems]


def test_unknown_ids_are_found_with_their_places(tmp_path: Path) -> None:
    text = """  misconception.x:
    says: You seem to be wrong.
    teaching: lesson.none
    facts: [F-NONE-01]
    ignores: [rain]
    takes_for: {dry_soil: snow}
    drops: [low-water.none]
    flips: [urgent.collapse]
    relaxes: {low-water.none: [hail]}
    believes:
      - {when: {fog: yes}, then: {supports: AIR_LOW, strength: weak}}
"""
    assert mistakes_in(tmp_path, text) == [
        '5: R422 unknown teaching point "lesson.none"',
        '6: R404 unknown fact "F-NONE-01"',
        '7: C303 unknown finding or concept "rain"',
        '8: R408 unknown finding "snow"',
        '9: R421 unknown rule "low-water.none"',
        '10: R423 "urgent.collapse" supports no state, so it cannot be flipped',
        '11: R421 unknown rule "low-water.none"',
        '11: C303 unknown finding or concept "hail"',
        '13: C303 unknown finding or concept "fog"',
        '13: C310 unknown state "AIR_LOW"',
    ]


def test_a_misconception_that_alters_nothing_is_a_mistake(tmp_path: Path) -> None:
    text = "  misconception.x: {says: x, teaching: lesson.water, facts: [F-WATER-01]}\n"

    assert mistakes_in(tmp_path, text) == ["3: R423 alters no rule"]


def test_a_flip_needs_another_direction(rulebase: RuleBase) -> None:
    """Every flipped rule of the shipped rules supports a state whose electrolyte has two directions."""
    for each in rulebase.misconceptions.values():
        for rule in each.flips:
            then = rulebase.rules[rule].then
            assert isinstance(then, Supports)
            electrolyte = rulebase.states[then.state].electrolyte
            assert sum(state.electrolyte == electrolyte for state in rulebase.states.values()) == 2


# --- words ------------------------------------------------------------------------------------------------------------


def test_what_learners_read_of_beliefs_and_mechanisms_is_plain(rulebase: RuleBase) -> None:
    easy = easy_words(rulebase)
    told = [each.says for each in rulebase.misconceptions.values()]
    told += [each.says for each in rulebase.mechanisms.values()]

    hard = [says for says in told if reading_grade(says, easy) > HARDEST_FOR_LEARNERS]

    assert hard == []
