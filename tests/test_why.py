"""Why a question is asked: every line is real, and where none is shown no answer changes anything."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quiz.consequences import contradictions, with_consequences
from quiz.effects import Effect, Effects
from quiz.engine import Engine
from quiz.model import (
    UNSURE,
    Answer,
    Answers,
    Assessment,
    Concept,
    Finding,
    Raises,
    Rule,
    RuleBase,
    SpeaksAgainst,
    Supports,
)
from quiz.rulebase import load
from quiz.solver import Clauses
from quiz.why import LEVELS, MOST_LINES, Moved, Why, answers_in_words
from quiz.wording import answer_words
from tests.conftest import ROOT
from tests.making import answers as made_up_answers
from tests.making import finding, rulebases

SMALL = load(ROOT / "tests" / "rulebases" / "small")
SMALL_ENGINE = Engine(SMALL)
TIMES = int(os.environ.get("WHY_TIMES", "1"))
"""How many times as many cases to look at: WHY_TIMES=20 for a long search."""


def effects_of(rulebase: RuleBase, engine: Engine) -> Effects:
    return Effects(rulebase, engine.assess, Clauses)


SMALL_EFFECTS = effects_of(SMALL, SMALL_ENGINE)


@pytest.fixture(scope="module")
def shipped(rulebase: RuleBase, engine: Engine) -> Effects:
    return effects_of(rulebase, engine)


def some_answers(rulebase: RuleBase, dice: random.Random, often: float) -> dict[str, Answer]:
    """Answers that can stand together, to about this part of the findings."""
    found: dict[str, Answer] = {}
    for each in rulebase.findings.values():
        if dice.random() < often:
            one = {**found, each.id: an_answer(each, dice)}
            found = found if contradictions(rulebase, one) else one
    return found


def an_answer(each: Finding, dice: random.Random) -> Answer:
    return UNSURE if dice.random() < 0.2 else a_sure_answer(each, dice)


def a_sure_answer(each: Finding, dice: random.Random) -> Answer:
    if each.is_number:
        bounds = [bound for band in each.bands.values() for bound in (band.low, band.high) if bound is not None]
        return dice.choice([*bounds, dice.uniform(each.low, each.high)])
    return dice.choice(each.words)


def without(answers: Answers, name: str) -> dict[str, Answer]:
    return {each: answer for each, answer in answers.items() if each != name}


def fired(assessment: Assessment) -> set[str]:
    return {each.rule.id for each in assessment.fired}


def conclusion_stands(effect: Effect, told: Assessment) -> bool:
    """Whether what the effect tells of is told."""
    then = effect.rule.then
    support = {each.state: each.strength for each in told.candidates}
    if effect.kind == "adds":
        assert isinstance(then, Supports)
        return support.get(then.state) == then.strength and effect.rule.id in fired(told)
    if isinstance(then, Supports):
        return support.get(then.state, 0) >= then.strength
    if effect.kind == "raises":
        assert isinstance(then, Raises)
        return (told.urgency or 0) >= then.urgency
    if isinstance(then, SpeaksAgainst):
        return any(each.state == then.state and effect.rule.id in {a.rule.id for a in each.against}
                   for each in told.candidates)  # fmt: skip
    return effect.rule.id in fired(told)


def check_that_effects_are_real(effects: Effects, engine: Engine, answers: Answers, asked: Finding) -> int:
    """Every effect, replayed by the engine: with the answer its rule fires and decides, without one it does not."""
    found = effects.of(answers, asked)
    for effect in found:
        others = {**without(answers, asked.id), **effect.witness}
        for value in effect.values if effect.alone else effect.values[:1]:
            place = (asked.id, effect.kind, effect.rule.id, value, effect.witness)
            yes = engine.assess({**others, asked.id: value})
            assert effect.rule.id in fired(yes), place
            assert conclusion_stands(effect, yes), place
            for no in (engine.assess(others), engine.assess({**others, asked.id: UNSURE})):
                if effect.kind != "adds":
                    assert not conclusion_stands(effect, no), place
                else:
                    assert evidence(yes)[state_of(effect)] != evidence(no).get(state_of(effect)), place
        assert not set(effect.witness) & set(without(answers, asked.id)), "a witness changes no answer given"
    return len(found)


def state_of(effect: Effect) -> str:
    assert isinstance(effect.rule.then, Supports)
    return effect.rule.then.state


def evidence(told: Assessment) -> dict[str, frozenset[str]]:
    return {each.state: frozenset(each.evidence) for each in told.candidates}


def check_that_no_effect_is_missing(
    effects: Effects, engine: Engine, answers: Answers, asked: Finding, further: Mapping[str, Answer], answer: Answer
) -> None:
    """Whatever this answer changes, given these further ones and against none to it, is among the effects."""
    rulebase = engine.rulebase
    settled = {*with_consequences(rulebase, without(answers, asked.id)), asked.id}
    others = {**without(answers, asked.id), **{name: each for name, each in further.items() if name not in settled}}
    if contradictions(rulebase, {**others, asked.id: answer}):
        return
    yes, no = engine.assess({**others, asked.id: answer}), engine.assess(others)
    found = {(each.kind, each.rule.then) for each in effects.of(answers, asked)}
    single = {each.rule.id for each in effects.of(answers, asked)}
    place = (asked.id, answer, others)
    before = {each.state: each for each in no.candidates}
    for each in yes.candidates:
        was = before.get(each.state)
        if was is None or was.strength < each.strength:
            assert ("names", Supports(each.state, each.strength)) in found, place
        elif set(was.evidence) != set(each.evidence):
            assert {
                ("adds", Supports(each.state, each.strength)),
                ("names", Supports(each.state, each.strength)),
            } & found
        if was is not None:  # else what speaks against it comes with the name
            assert {a.rule.id for a in each.against} - {a.rule.id for a in was.against} <= single, place
    if (yes.urgency or 0) > (no.urgency or 0) and yes.urgency:
        assert ("raises", Raises(yes.urgency)) in found, place
    for now, then in ((yes.cautions, no.cautions), (yes.red_flags, no.red_flags)):
        assert {each.rule.id for each in now} - {each.rule.id for each in then} <= single, place


def test_every_effect_is_real_over_the_small_rule_base() -> None:
    dice = random.Random(1)
    found = 0
    for _ in range(8 * TIMES):
        answers = some_answers(SMALL, dice, dice.choice([0, 0.2, 0.5]))
        for asked in SMALL.findings.values():
            found += check_that_effects_are_real(SMALL_EFFECTS, SMALL_ENGINE, answers, asked)

    assert found > 100


def test_every_effect_is_real_over_the_shipped_rule_base(rulebase: RuleBase, engine: Engine, shipped: Effects) -> None:
    dice = random.Random(2)
    cases: list[Answers] = [{}, *(each.answers for each in rulebase.vignettes.values())]
    found = 0
    for _ in range(14 * TIMES):
        asked = dice.choice(list(rulebase.findings.values()))
        found += check_that_effects_are_real(shipped, engine, dice.choice(cases), asked)

    assert found > 20


def test_an_answer_with_no_effect_changes_nothing_over_the_small_rule_base() -> None:
    dice = random.Random(3)
    for _ in range(600 * TIMES):
        answers, further = some_answers(SMALL, dice, 0.3), some_answers(SMALL, dice, 0.7)
        asked = dice.choice(list(SMALL.findings.values()))
        answer = a_sure_answer(asked, dice)
        check_that_no_effect_is_missing(SMALL_EFFECTS, SMALL_ENGINE, answers, asked, further, answer)


def test_an_answer_with_no_effect_changes_nothing_over_the_shipped_rule_base(
    rulebase: RuleBase, engine: Engine, shipped: Effects
) -> None:
    dice = random.Random(4)
    cases: list[Answers] = [{}, *(each.answers for each in rulebase.vignettes.values())]
    for _ in range(12 * TIMES):
        answers, asked = dice.choice(cases), dice.choice(list(rulebase.findings.values()))
        further = some_answers(rulebase, dice, 0.5)
        check_that_no_effect_is_missing(shipped, engine, answers, asked, further, a_sure_answer(asked, dice))


@settings(max_examples=60 * TIMES)
@given(rulebases(most_rules=8), made_up_answers(), st.integers(0, 7), st.randoms(use_true_random=False))
def test_effects_are_real_and_none_is_missing_over_made_up_rules(
    rulebase: RuleBase, answers: Answers, place: int, dice: random.Random
) -> None:
    answers = {} if contradictions(rulebase, answers) else answers
    engine = Engine(rulebase)
    effects = effects_of(rulebase, engine)
    asked = list(rulebase.findings.values())[place]

    check_that_effects_are_real(effects, engine, answers, asked)
    for _ in range(6):
        further = some_answers(rulebase, dice, 0.7)
        check_that_no_effect_is_missing(effects, engine, answers, asked, further, a_sure_answer(asked, dice))


# --- what is said -------------------------------------------------------------------------------------------


def levels(why: Why, answers: Answers, asked: Finding) -> Iterator[list[str]]:
    for level in range(LEVELS):
        yield why.text(answers, asked, level).splitlines()


def test_every_level_has_at_most_six_lines_and_names_where_each_comes_from(
    rulebase: RuleBase, shipped: Effects
) -> None:
    why = Why(rulebase, shipped)
    titles = {source.title for source in rulebase.sources.values()}
    dice, findings = random.Random(8), list(rulebase.findings.values())
    vignettes = [each.answers for each in rulebase.vignettes.values()]
    cases: list[tuple[Answers, Finding]] = [({}, each) for each in findings[:: max(1, 32 // TIMES)]]
    cases += [(dice.choice(vignettes), dice.choice(findings)) for _ in range(12 * TIMES)]
    for answers, asked in cases:
        told = list(levels(why, answers, asked))
        if not shipped.any(answers, asked):
            assert all("You may leave it." in line for lines in told for line in lines)
            continue
        assert all(2 <= len(lines) <= MOST_LINES for lines in told), asked.id
        rule_lines, idea_lines, mechanism_lines, source_lines = (
            [line for line in lines[1:] if not line.startswith("- and ")] for lines in told
        )
        for line in rule_lines:
            assert any(rule.says in line and f"[{rule.id}, " in line for rule in rulebase.rules.values()), line
        for line in idea_lines:
            assert any(f"rule {rule.id}]" in line for rule in rulebase.rules.values()), line
        for line in mechanism_lines:
            known: list[Rule | Concept] = [*rulebase.rules.values(), *rulebase.concepts.values()]
            assert any(each.because in line and f"[{each.id}, " in line for each in known), line
        for line in source_lines:
            assert any(title in line for title in titles), line


def test_the_four_levels_of_one_question_in_full() -> None:
    why = Why(SMALL, SMALL_EFFECTS)

    rules, ideas, mechanism, sources = levels(why, {"dry_soil": "yes", "leaves_hang": "unsure"}, SMALL.findings["pot"])

    assert rules == [
        "The pot can still decide (rules; why again: one level deeper):",
        '- Clay, with other answers, would raise the urgency to "Act now": A collapse needs help at once. '
        "[urgent.collapse, draft]",
        '- Clay, with other answers, would raise the urgency to "Act soon": Low water should be seen to soon. '
        "[urgent.any-low-water, draft]",
        "- Clay, with other answers, would name low water strongly: Low water is worth a look, as a drought and two "
        "signs go together. [low-water.drought-and-signs, draft]",
        "- Clay, with other answers, would add a warning: Feed burns dry roots. [caution.feed, draft]",
        "- Plastic or metal, with other answers, would speak against low water: A drought was ruled out. "
        "[low-water.no-drought, draft]",
    ]
    assert ideas[3] == (
        "- The pot -> a place that dries a plant out -> a drought -> low water "
        "[thirsty_place, drought; rule low-water.drought-and-signs]"
    )
    assert ideas[5].startswith("- The pot -> not a place that dries a plant out -> not a drought -> against low water")
    assert mechanism[1:] == [
        "- A place that dries a plant out: Heat takes water away. [thirsty_place, draft]",
        "- A drought: Nothing is left to drink. [drought, reviewed]",
    ]
    assert sources[1:] == [
        "- Light dries. [F-LIGHT-01] The Almanac, The press, 1999",
        "- Water keeps plants upright. [F-WATER-01] The Almanac, The press, 1999",
        "- A pot lasts two weeks. [F-WATER-02] The Almanac, The press, 1999; A Diary, Nobody, year not given",
    ]


def test_after_the_sources_it_starts_over() -> None:
    why = Why(SMALL, SMALL_EFFECTS)
    asked = SMALL.findings["dry_soil"]

    assert why.text({}, asked, LEVELS) == why.text({}, asked, 0)
    assert len({why.text({}, asked, level) for level in range(LEVELS)}) == LEVELS


def test_an_answer_that_decides_by_itself_is_told_apart_from_one_that_needs_others() -> None:
    text = Why(SMALL, SMALL_EFFECTS).text({"leaves_hang": "yes"}, SMALL.findings["dry_soil"], 0)

    assert "- Yes would name low water moderately" in text
    assert "- Yes, with other answers, would name low water strongly" in text


def test_a_question_that_decides_nothing_says_so_at_every_level() -> None:
    why = Why(SMALL, SMALL_EFFECTS)
    for level in range(LEVELS):
        assert "no answer to this can change" in why.text({}, SMALL.findings["root_rot"], level)


def test_a_question_whose_answer_may_yet_follow_says_what_not_sure_would_do() -> None:
    answers: Answers = {
        "leaves_hang": "no",
        "heat_wave": "unsure",
        "seedling": "unsure",
        "days_dry": 5.0,
        "room_heat": 7.5,
    }
    texts = [Why(SMALL, SMALL_EFFECTS).text(answers, SMALL.findings[each], 0) for each in ("wet_soil", "root_rot")]

    assert texts[0].endswith('Only "not sure" could hold back what may follow from other answers.')
    assert texts[1].endswith("You may leave it.")


def test_a_question_that_is_settled_by_other_answers_says_what_settles_it() -> None:
    text = Why(SMALL, SMALL_EFFECTS).text({"days_dry": 30.0, "leaves_hang": "yes"}, SMALL.findings["dry_soil"], 0)

    assert text == (
        "Dry soil: this follows from what you told (Nothing stays wet for two weeks.), so no answer to this can change "
        "anything more. You may leave it."
    )


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ([0], "Zero"),
        ([1], "Above 0 and below 5 days"),
        ([0, 1], "Below 5 days"),
        ([0, 1, 2], "Up to 5 days"),
        ([2], "5 days"),
        ([2, 3], "5 to below 14 days"),
        ([3, 4], "Above 5 and up to 14 days"),
        ([2, 3, 4], "5 to 14 days"),
        ([4, 5, 6], "14 days or more"),
        ([5, 6], "Above 14 days"),
        ([0, 1, 4, 5, 6], "Below 5 days or 14 days or more"),
        ([0, 1, 2, 3, 4, 5, 6], "Any number"),
    ],
)
def test_stretches_of_a_number_are_told_by_their_bounds(places: list[int], words: str) -> None:
    domain = (0.0, 2.5, 5.0, 9.5, 14.0, 50.0, 90.0)

    told = answers_in_words(finding("d", unit="days", high=90), [domain[place] for place in places], domain)

    assert told == words.replace("Zero", "0 days")


# --- what a change moved ------------------------------------------------------------------------------------


def moved_over(rulebase: RuleBase, engine: Engine) -> Moved:
    return Moved(rulebase, engine.assess, effects_of(rulebase, engine), answer_words)


def core(told: Assessment) -> object:
    states = [(each.state, each.strength, [a.rule.id for a in each.against]) for each in told.candidates]
    return states, told.urgency, [each.rule.id for each in told.cautions]


def test_where_much_moved_the_last_of_six_lines_tells_the_rest(rulebase: RuleBase, engine: Engine) -> None:
    finding = rulebase.findings["rapid_weakness"]
    before: Answers = {"hyperparathyroidism": "yes", finding.id: "yes"}
    lines = moved_over(rulebase, engine).text(before, {**before, finding.id: "unsure"}, finding).splitlines()

    assert len(lines) == MOST_LINES
    assert "Warnings" in lines[-1]
    assert "Follows" in lines[-1]


def test_a_difference_has_at_most_six_lines_and_says_that_nothing_moved_only_where_nothing_did(
    rulebase: RuleBase, engine: Engine
) -> None:
    for rules, its, times in ((SMALL, SMALL_ENGINE, 100), (rulebase, engine, 2)):
        moved, dice = moved_over(rules, its), random.Random(5)
        for _ in range(times * TIMES):
            before = some_answers(rules, dice, 0.4)
            if not before:
                continue
            changed = rules.findings[dice.choice(list(before))]
            after = {**before, changed.id: an_answer(changed, dice)}
            lines = moved.text(before, after, changed).splitlines()
            same = core(its.assess(before)) == core(its.assess(after))
            assert 2 <= len(lines) <= MOST_LINES
            assert (lines[1] in ("Nothing else in your note moved.", "Nothing was changed.")) == same, lines


@pytest.mark.parametrize(
    ("before", "after", "changed", "told"),
    [
        ({"long_stems": "no"}, {"long_stems": "yes"}, "long_stems", ["Notes: low light is new (moderate)."]),
        (
            {"heat_wave": "no", "dry_soil": "yes", "leaves_hang": "yes", "leaves_yellow": "yes"},
            {"heat_wave": "yes", "dry_soil": "yes", "leaves_hang": "yes", "leaves_yellow": "yes"},
            "heat_wave",
            ["Notes: low water is stronger (moderate to strong)."],
        ),
        (
            {"days_dry": 7.0, "long_stems": "yes"},
            {"days_dry": 40.0, "long_stems": "yes", "leaves_hang": "yes"},
            "days_dry",
            [
                "Notes: low water is stronger (weak to moderate); the order is now low water, then low light.",
                "Follows now: dry soil - yes, wet soil - no.",
            ],
        ),
        (
            {"days_dry": 7.0, "dry_soil": "no"},
            {"days_dry": 20.0, "dry_soil": "no"},
            "days_dry",
            [
                "Notes: low water is gone.",
                'How soon: down, from "Act soon" to no advice on how soon.',
                "Does not fit your other answers: Nothing stays wet for two weeks.",
            ],
        ),
        ({"leaf_shine": "yes"}, {"leaf_shine": "no"}, "leaf_shine", ['Warnings: gone: "Leaf shine closes the pores".']),
        (
            {"days_dry": 7.0},
            {"days_dry": 7.0, "dry_soil": "no", "heat_wave": "no"},
            "dry_soil",
            ['Notes: new against low water: "A drought was ruled out".'],
        ),
        ({"leaf_shine": "yes"}, {"leaf_shine": "yes"}, "leaf_shine", ["Nothing was changed."]),
        ({"root_rot": "yes"}, {"root_rot": "no"}, "root_rot", ["Nothing else in your note moved."]),
    ],
)  # fmt: skip
def test_what_moved_is_told_in_words(
    before: dict[str, Answer], after: dict[str, Answer], changed: str, told: list[str]
) -> None:
    lines = moved_over(SMALL, SMALL_ENGINE).text(before, after, SMALL.findings[changed]).splitlines()

    assert [line for line in lines[1:] if not line.startswith("These matter no longer")] == told


def test_answers_that_were_asked_only_because_of_the_changed_one_and_move_nothing_now_are_named() -> None:
    before: dict[str, Answer] = {"dry_soil": "yes", "leaves_hang": "no", "leaves_yellow": "yes", "long_stems": "yes",
              "wet_soil": "no", "heat_wave": "yes", "days_dry": 1.0}  # fmt: skip
    moved = moved_over(SMALL, SMALL_ENGINE)

    text = moved.text(before, {**before, "leaves_yellow": "no"}, SMALL.findings["leaves_yellow"])

    assert text.splitlines() == [
        "Yellow leaves: was yes, now no.",
        "Notes: low water is gone.",
        'How soon: down, from "Act soon" to no advice on how soon.',
        "These matter no longer, and are kept: a heat wave.",
    ]


def test_what_is_said_to_matter_no_longer_can_be_answered_any_way_without_moving_anything() -> None:
    dice = random.Random(6)
    moved = moved_over(SMALL, SMALL_ENGINE)
    named = 0
    for _ in range(300 * TIMES):
        before = some_answers(SMALL, dice, 0.6)
        if not before:
            continue
        changed = SMALL.findings[dice.choice(list(before))]
        after = {**before, changed.id: an_answer(changed, dice)}
        for idle in moved.idle(before, after, changed):
            named += 1
            further = {name: each for name, each in some_answers(SMALL, dice, 0.8).items() if name not in after}
            others = {**further, **without(after, idle)}
            told = {
                repr(core(SMALL_ENGINE.assess(each)))
                for each in (others, *({**others, idle: word} for word in SMALL.findings[idle].words))
                if not contradictions(SMALL, each)
            }
            assert len(told) <= 1, (idle, after, further)

    assert named > 5
