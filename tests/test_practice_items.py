"""Items: keys that the engine sets, options that do not tell, and a rationale for each.

QUIZ_PRACTICE_ITEMS is the number of made-up cases to put items to (20 unless it is set).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quiz.consequences import contradictions, with_consequences
from quiz.engine import Engine
from quiz.model import NO, UNSURE, YES, Answer, Answers, RuleBase, SpeaksAgainst, Strength, Supports, Urgency
from quiz.practice.cards import meanings, pair_card
from quiz.practice.cases import generated, vignette_case
from quiz.practice.feedback import Feedback
from quiz.practice.giveaway import gives_away
from quiz.practice.items import KINDS, Items
from quiz.practice.keys import LESS, MORE, NEITHER, NOTHING, at_work, checks, state_key, state_of, told
from quiz.practice.lessons import Lessons
from quiz.practice.right_if import MOST_CHANGED, RightIf
from quiz.practice.values import Case, Item
from tests import making, practice_making

CASES = int(os.environ.get("QUIZ_PRACTICE_ITEMS", "20"))


@pytest.fixture(scope="module")
def items(rulebase: RuleBase, engine: Engine) -> list[Item]:
    """Every item of some made-up cases and of every twelfth vignette."""
    maker = Items(rulebase, engine)
    made_up = [generated(rulebase, engine.assess, seed) for seed in range(CASES)]
    told = [vignette_case(rulebase, engine.assess, each) for each in list(rulebase.vignettes)[::12]]
    return [item for case in (*made_up, *told) for item in maker.of(case, 1)]


@pytest.fixture(scope="module")
def right_if(rulebase: RuleBase, engine: Engine) -> RightIf:
    return RightIf(rulebase, engine)


def case_of(item: Item) -> Case:
    assert item.case is not None
    return item.case


def of_kind(items: list[Item], kind: str) -> list[Item]:
    found = [item for item in items if item.kind == kind]
    assert found, f"no item of the kind {kind}"
    return found


# --- the key is what the engine says ------------------------------------------------------------------------


def test_there_are_items_of_every_kind_on_a_case(items: list[Item]) -> None:
    assert {item.kind for item in items} == set(KINDS)


def test_the_right_state_is_named_more_firmly_than_any_other(items: list[Item], engine: Engine) -> None:
    for item in (*of_kind(items, "state"), *of_kind(items, "context")):
        candidates = engine.assess(case_of(item).answers).candidates
        firmly = [each.strength for each in candidates]

        assert len(firmly) < 2 or firmly[0] > firmly[1], item.id
        if item.kind == "state":
            assert item.key == {candidates[0].state if candidates else NOTHING}, item.id


def test_one_answer_more_does_not_decide_between_states_named_as_firmly(rulebase: RuleBase, engine: Engine) -> None:
    answers = rulebase.vignettes["vignette.addison-and-salt-hunger"].answers
    first, second = engine.assess(answers).candidates[:2]
    case = vignette_case(rulebase, engine.assess, "vignette.addison-and-salt-hunger")

    assert first.strength == second.strength
    assert len(first.evidence) > len(second.evidence)
    assert Items(rulebase, engine).of_kind("state", case, 1) is None


def test_a_tie_is_not_dealt(rulebase: RuleBase, engine: Engine) -> None:
    tie: Answers = {"age": 50.0, "sex": "male", "loop_diuretic": YES}
    candidates = engine.assess(tie).candidates
    case = Case("tie", "", "", tie, 1)

    assert [len(each.evidence) for each in candidates[:2]] == [1, 1]
    assert candidates[0].strength == candidates[1].strength
    assert state_key(engine.assess(tie)) is None
    assert Items(rulebase, engine).of_kind("state", case, 1) is None
    assert Items(rulebase, engine).of_kind("context", case, 1) is None


def test_the_right_urgency_is_the_one_told(items: list[Item], engine: Engine) -> None:
    for item in of_kind(items, "urgency"):
        urgency = engine.assess(case_of(item).answers).urgency

        assert item.key == {urgency.word if urgency else ""}, item.id


def test_the_right_mechanism_links_cause_and_state_and_no_wrong_one_is_at_work(
    items: list[Item], rulebase: RuleBase, engine: Engine
) -> None:
    for item in of_kind(items, "mechanism"):
        cause, effect = item.id.split("/")[-2:]
        answers = case_of(item).answers
        named = {each.state for each in engine.assess(answers).candidates}
        (right,) = (rulebase.mechanisms[each] for each in item.key)

        assert cause in right.through
        assert named.intersection(right.to)
        assert {answers[cause], answers[effect]}.isdisjoint({NO, UNSURE})
        assert not any(at_work(rulebase.mechanisms[each.id], answers) for each in item.options if not each.right)


@pytest.mark.parametrize(
    ("cause", "ways"),
    [
        ("ckd", ("phosphate-binds-calcium", "gland-hormone-in-excess", "hormone-that-discards-phosphate",
                 "magnesium-brought-in", "phosphate-brought-in", "too-much-water-for-the-kidney")),
        ("platinum", ("magnesium-wasted-in-urine", "channel-without-its-plug")),
        ("loop_diuretic", ("alkaline-blood-drives-potassium-out", "channel-without-its-plug",
                           "kidney-deaf-to-water-hormone", "salt-recovery-blocked")),
        ("vomiting_ctx", ("potassium-moves-into-cells", "too-much-water-for-the-kidney", "too-little-drink")),
        ("hyperparathyroidism", ("kidney-deaf-to-water-hormone", "magnesium-wasted-in-urine",
                                 "more-vitamin-d-at-work")),
        ("vitd_deficiency", ("gland-hormone-wastes-phosphate", "gland-hormone-in-excess")),
        ("hypoparathyroidism", ("phosphate-binds-calcium", "kidneys-keep-phosphate")),
        ("acei", ("kidneys-keep-potassium", "salt-channel-closed")),
        ("ssri_snri", ("water-held-back",)),
    ],
)  # fmt: skip
def test_no_way_in_which_the_cause_works_too_is_offered_as_wrong(
    cause: str, ways: tuple[str, ...], rulebase: RuleBase, engine: Engine
) -> None:
    """By the facts, on many people with the cause: these ways are true of it, or may be."""
    maker = Items(rulebase, engine)
    cases = (generated(rulebase, engine.assess, seed, cause) for seed in range(60))
    asked = [item for case in cases if (item := maker.of_kind("mechanism", case, 1)) and f"/{cause}/" in item.id]
    offered = {option.id.removeprefix("mechanism.") for item in asked for option in item.options if not option.right}

    assert len(offered) >= 3
    assert offered.isdisjoint(ways)


def test_no_way_in_which_something_else_that_was_told_works_is_offered_as_wrong(
    rulebase: RuleBase, engine: Engine
) -> None:
    """A slow bowel holds magnesium longer, whatever else made it slow."""
    maker = Items(rulebase, engine)
    answers: Answers = {"age": 60.0, "sex": "male", "vitamin_d": YES, "constipation": YES}
    asked = [maker.of_kind("mechanism", Case(f"c{seed}", "", "", answers, 0), seed) for seed in range(99)]
    offered = {option.id for item in asked if item for option in item.options}

    assert "mechanism.more-vitamin-d-at-work" in offered
    assert "mechanism.slow-bowel-takes-more" not in offered


def test_every_mechanism_is_the_right_one_for_somebody_with_its_cause(rulebase: RuleBase, engine: Engine) -> None:
    """All of them are offered as wrong, and what is never right is soon known to be wrong."""
    maker = Items(rulebase, engine)
    for mechanism in rulebase.mechanisms.values():
        cases = (generated(rulebase, engine.assess, seed, cause) for seed in range(60) for cause in mechanism.through)
        asked = (maker.of_kind("mechanism", case, 1) for case in cases)

        assert any(item is not None and item.key == {mechanism.id} for item in asked), mechanism.id


@pytest.mark.parametrize("seed", range(6))
def test_people_who_eat_again_after_hunger_are_asked_what_insulin_does(
    seed: int, rulebase: RuleBase, engine: Engine
) -> None:
    answers: Answers = {"age": 40.0, "sex": "female", "refeeding": YES, "muscle_weakness": YES}
    item = Items(rulebase, engine).of_kind("mechanism", Case(f"r{seed}", "", "", answers, 0), seed)

    assert item is not None
    assert item.key == {"mechanism.insulin-of-food"}


def test_no_mechanism_ends_in_what_works_through_one_or_in_feeling_well(items: list[Item], rulebase: RuleBase) -> None:
    causes = {cause for each in rulebase.mechanisms.values() for cause in each.through}
    effects = {item.id.split("/")[-1] for item in of_kind(items, "mechanism") if item.case is not None}

    assert effects
    assert effects & {*causes, *rulebase.practice.with_causes, "no_symptoms"} == set()


@pytest.mark.parametrize(
    ("cause", "others", "effect"),
    [
        ("lithium", (), "frequent_urination"),
        ("lithium", ("kidney_stones",), "frequent_urination"),
        ("diarrhoea", ("diabetes_insipidus", "thirst"), "frequent_urination"),
    ],
)
def test_no_mechanism_is_asked_for_a_complaint_that_may_as_well_come_by_another_state(
    cause: str, others: tuple[str, ...], effect: str, rulebase: RuleBase, engine: Engine
) -> None:
    maker = Items(rulebase, engine)
    answers: Answers = dict.fromkeys((cause, effect, *others), YES)
    asked = [maker.of_kind("mechanism", Case(f"w{seed}", "", "", answers, 0), seed) for seed in range(30)]

    assert engine.assess(answers).candidates
    assert not any(item.id.endswith(f"/{cause}/{effect}") for item in asked if item)


def test_much_urine_is_asked_for_where_it_can_come_in_one_way_only(rulebase: RuleBase, engine: Engine) -> None:
    answers: Answers = {"diabetes_insipidus": YES, "frequent_urination": YES}
    item = Items(rulebase, engine).of_kind("mechanism", Case("w", "", "", answers, 0), 1)

    assert item is not None
    assert item.key == {"mechanism.kidney-deaf-to-water-hormone"}


def test_no_mechanism_ends_in_a_sign_of_its_cause(rulebase: RuleBase, engine: Engine) -> None:
    answers: Answers = {"adrenal_insufficiency": YES, "skin_darkening": YES, "salt_craving": YES}
    case = Case("x", "", "", answers, 1)

    assert engine.assess(answers).candidates
    assert Items(rulebase, engine).of_kind("mechanism", case, 1) is None


def test_words_of_a_finding_in_a_story(rulebase: RuleBase, engine: Engine) -> None:
    words = Feedback(rulebase, engine)
    answers: Answers = {"egfr": 28.0, "antiepileptic": YES, "iv_magnesium": YES, "fever": NO}
    case = Case("x", "", "Takes Epilim, and had a magnesium drip.", answers, 0)

    assert words.short("antiepileptic", case) == "Epilim"
    assert words.both("antiepileptic", case) == "Epilim (a medicine against seizures)"
    assert words.both("iv_magnesium", case) == "a magnesium drip"
    assert words.both("egfr", case) == "the estimated kidney filtration rate of 28 mL/min"
    assert words.both("fever", case) == "no fever or infection with sweating"


def test_without_a_right_context_the_state_is_named_less_firmly_and_without_a_wrong_one_as_firmly(
    items: list[Item], engine: Engine
) -> None:
    for item in of_kind(items, "context"):
        answers, state = case_of(item).answers, state_of(item)
        for option in item.options:
            without = {each: answer for each, answer in answers.items() if each != option.id}
            less = firmness(engine, without, state) < firmness(engine, answers, state)
            assert less == option.right, (item.id, option.id)


def firmness(engine: Engine, answers: Answers, state: str) -> int:
    return next((each.strength for each in engine.assess(answers).candidates if each.state == state), 0)


def test_the_answers_in_a_trace_are_enough_for_what_stands_at_its_end(
    items: list[Item], rulebase: RuleBase, engine: Engine
) -> None:
    words = Feedback(rulebase, engine)
    for item in (*of_kind(items, "state"), *of_kind(items, "urgency")):
        now = engine.assess(case_of(item).answers)
        fired = (
            now.candidates[:1] and now.candidates[0].fired[0] if item.kind == "state" else now.urgent and now.urgent[0]
        )
        if fired:
            traced = item.answer.split(" -> ")[0].lower()
            answers = case_of(item).answers
            named = {each: answers[each] for each in answers if words.both(each, case_of(item)).lower() in traced}
            assert engine.certain(named).rule(fired.rule.id), (item.id, traced)


def test_a_new_finding_does_what_the_key_says(items: list[Item], engine: Engine) -> None:
    for item in of_kind(items, "shift"):
        (key,) = item.key
        state, (finding, _, answer) = state_of(item), item.id.split("/")[-2].partition("=")
        before = on_state(engine, case_of(item).answers, state)
        after = on_state(engine, {**case_of(item).answers, finding: answer}, state)
        new = {kind for rule, kind in after.items() if rule not in before}

        assert before.keys() <= after.keys(), item.id
        assert new == {MORE: {Supports}, LESS: {SpeaksAgainst}, NEITHER: set()}[key], item.id


def on_state(engine: Engine, answers: Answers, state: str) -> dict[str, type]:
    """Rules that fire on a state, each with whether it supports or speaks against it."""
    fired = (each.rule for each in engine.assess(answers).fired)
    return {rule.id: type(rule.then) for rule in fired if getattr(rule.then, "state", "") == state}


def test_what_is_new_makes_a_state_more_likely_less_likely_or_neither(shifts: list[Item]) -> None:
    assert {key for item in shifts if YES in shifting(item).values() for key in item.key} == {MORE, LESS, NEITHER}


@pytest.mark.parametrize(
    ("answers", "finding", "moves"),
    [
        ({"tingling_mouth": YES, "hand_foot_spasm": YES}, "anxiety_overbreathing", MORE),
        ({"drowsiness": YES, "ckd": NO, "dialysis": NO}, "aki", LESS),
    ],
)
def test_neither_no_nor_not_sure_tells_the_key_by_its_word(
    answers: Answers, finding: str, moves: str, rulebase: RuleBase, engine: Engine
) -> None:
    """Where a denial moves a state, it is asked for that state and for one that it leaves alone."""
    maker = Items(rulebase, engine)
    keys: dict[Answer, set[str]] = {YES: set(), NO: set(), UNSURE: set()}
    for seed in range(120):
        item = maker.of_kind("shift", Case(f"d{seed}", "", "", answers, 0), seed)
        ((new, answer),) = shifting(item).items() if item else [("", YES)]
        assert answer == YES or new == finding
        keys[answer] |= item.key if item else set()

    assert len(keys[YES]) > 1
    assert keys[NO] == {moves, NEITHER}
    assert keys[UNSURE] == {NEITHER}


def test_a_denial_is_asked_about_only_where_it_moves_some_state(rulebase: RuleBase, engine: Engine) -> None:
    maker = Items(rulebase, engine)
    rule = "low-calcium.two-telling-signs-without-over-breathing"
    cases = (generated(rulebase, engine.assess, seed, towards) for towards in ("", rule) for seed in range(80))
    for seed, case in enumerate(cases):
        item = maker.of_kind("shift", case, seed)
        if item is not None and YES not in shifting(item).values():
            denied = dict.fromkeys(shifting(item), NO)
            before, after = (engine.assess(each).fired for each in (case.answers, {**case.answers, **denied}))
            states = {getattr(each.rule.then, "state", "") for each in after if each not in before} - {""}
            assert states, item.id


@pytest.fixture(scope="module")
def shifts(rulebase: RuleBase, engine: Engine) -> list[Item]:
    maker = Items(rulebase, engine)
    ways = ("", "", "muscle_weakness", "falls")
    cases = (generated(rulebase, engine.assess, seed, towards) for towards in ways for seed in range(70))
    return [item for seed, case in enumerate(cases) if (item := maker.of_kind("shift", case, seed))]


def test_nothing_new_is_asked_to_move_a_state_that_is_measured(shifts: list[Item], rulebase: RuleBase) -> None:
    for item in shifts:
        results = [rulebase.findings[each] for each in told(case_of(item).answers)]
        electrolyte = rulebase.states[state_of(item)].electrolyte

        assert not any(each.kind == "lab" and electrolyte in each.label for each in results), item.id


def test_what_is_new_does_not_say_again_what_was_told(shifts: list[Item], rulebase: RuleBase) -> None:
    weak = {"muscle_weakness", "leg_weakness", "rapid_weakness", "severe_weakness"}
    unsteady = {"unsteadiness", "falls"}
    for item in shifts:
        new, here = set(shifting(item)), set(told(case_of(item).answers))

        assert not any(new & alike and here & alike for alike in (weak, unsteady)), item.id
        assert here.isdisjoint(told(with_consequences(rulebase, dict.fromkeys(new, YES)))), item.id


def test_another_reason_for_a_complaint_makes_no_state_less_likely(
    shifts: list[Item], rulebase: RuleBase, engine: Engine
) -> None:
    assert {"other-reason.limbs-low-magnesium", "other-reason.nerves-low-calcium"} <= set(
        rulebase.practice.take_nothing
    )
    less = [item for item in shifts if item.key == {LESS}]
    for item in less:
        before = on_state(engine, case_of(item).answers, state_of(item))
        after = on_state(engine, {**case_of(item).answers, **shifting(item)}, state_of(item))
        assert not after.keys() - before.keys() <= set(rulebase.practice.take_nothing), item.id

    assert less


def test_what_moves_nothing_has_no_part_in_any_rule_on_the_state(shifts: list[Item], rulebase: RuleBase) -> None:
    words = Feedback(rulebase, Engine(rulebase))
    for item in shifts:
        ((new, answer),) = shifting(item).items()
        rules = [each for each in rulebase.rules.values() if getattr(each.then, "state", "") == state_of(item)]
        if item.key == {NEITHER} and answer != UNSURE:
            assert not any(new in words.findings_of(rule) for rule in rules), item.id


def test_what_is_right_to_check_belongs_to_a_named_state_and_the_rest_to_none(
    items: list[Item], engine: Engine, rulebase: RuleBase
) -> None:
    for item in of_kind(items, "check"):
        named = {each.state for each in engine.assess(case_of(item).answers).candidates}
        for option in item.options:
            state, part, place = option.id.split(":")
            sentence = getattr(rulebase.states[state], part)[int(place)]
            assert (state in named) == option.right, item.id
            assert sentence.says == option.text
            assert option.right or sentence.when is None, "it speaks of what this patient never told"


def test_nothing_is_wrong_to_check_that_would_be_right_here_too(rulebase: RuleBase, engine: Engine) -> None:
    """No cause bears on it, and it names no mineral of a named state. One that is only measured beside it is asked
    about in the other direction, and not for its measurement."""
    maker, words = Items(rulebase, engine), Feedback(rulebase, engine)
    cases = [generated(rulebase, engine.assess, seed) for seed in range(80)]
    for item in [item for case in cases if (item := maker.of_kind("check", case, 1))]:
        answers = case_of(item).answers
        named = [rulebase.states[each.state] for each in engine.assess(answers).candidates]
        asked = [name.split(":") for part in ("tests", "ask") for name in checks(rulebase, engine, answers, part)]
        says = " ".join(getattr(rulebase.states[state], part)[int(place)].says for state, part, place in asked)
        beside = {each.electrolyte for each in rulebase.states.values() if each.electrolyte in says}
        causes = {each for each in told(answers) if rulebase.findings[each].kind != "symptom"}
        for option in item.options:
            state, part, place = option.id.split(":")
            own = rulebase.states[state]
            assert own.electrolyte in option.text, option.text
            if not option.right:
                assert not any(each.electrolyte in option.text for each in named), (item.id, option.text)
                if any(each in option.text for each in beside):
                    assert own.direction not in {each.direction for each in named}, (item.id, option.text)
                    assert (part, own.ask[int(place)].answered_by) == ("ask", ()), (item.id, option.text)
                rules = [each for each in rulebase.rules.values() if each.then in _all_support(own.id)]
                assert not any(causes & words.findings_of(rule) for rule in rules), (item.id, option.text)


@pytest.fixture(scope="module")
def to_check(rulebase: RuleBase, engine: Engine) -> list[Item]:
    maker = Items(rulebase, engine)
    cases = [generated(rulebase, engine.assess, seed) for seed in range(400)]
    return [item for case in cases if (item := maker.of_kind("check", case, 1))]


def test_every_sentence_that_is_wrong_to_check_is_right_for_others(to_check: list[Item], rulebase: RuleBase) -> None:
    """And the other way round, but for those that hang on what was told."""
    right = {key for item in to_check for key in item.key}
    wrong = {option.id for item in to_check for option in item.options if not option.right}

    assert len(wrong) > 20
    assert wrong - right == set()
    for name in right - wrong:
        state, part, place = name.split(":")
        assert getattr(rulebase.states[state], part)[int(place)].when is not None, name


def test_something_is_right_to_check_for_every_state(to_check: list[Item], rulebase: RuleBase) -> None:
    assert {key.split(":")[0] for item in to_check for key in item.key} == rulebase.states.keys()


def test_nobody_is_to_ask_whether_something_was_measured_who_told_the_result(
    rulebase: RuleBase, engine: Engine
) -> None:
    maker = Items(rulebase, engine)
    not_told: Answers = {"iv_iron_fcm": YES, "anaemia_iron_deficiency": YES, "muscle_weakness": YES, "bone_pain": YES}
    told_of: Answers = {**not_told, "phosphate_mmol_l": 0.5}

    def asked(answers: Answers) -> set[str]:
        items = (maker.of_kind("check", Case(f"m{seed}", "", "", answers, 0), seed) for seed in range(30))
        return {key for item in items if item for key in item.key}

    assert "P_LOW:ask:0" in asked(not_told)
    assert "P_LOW:ask:0" not in asked(told_of)


def _all_support(state: str) -> list[Supports]:
    return [Supports(state, strength) for strength in Strength]


# --- every option is explained ----------------------------------------------------------------------------------


def test_every_option_has_a_rationale_and_every_item_an_answer_and_a_hint(items: list[Item]) -> None:
    for item in items:
        assert all(option.rationale.endswith((".", "?")) for option in item.options), item.id
        assert item.answer
        assert 1 <= len(item.hints) <= 4
        assert 0 <= item.difficulty <= 1


def test_right_and_wrong_options_are_not_explained_alike(items: list[Item]) -> None:
    for item in items:
        right = {option.rationale for option in item.options if option.right}
        assert right.isdisjoint(option.rationale for option in item.options if not option.right), item.id


def test_no_hint_but_the_last_names_a_right_option(items: list[Item]) -> None:
    for item in of_kind(items, "state"):
        right = next(option.text for option in item.options if option.right)
        assert not any(right in hint for hint in item.hints), item.id


def test_cards_are_cards_of_the_rules(items: list[Item], rulebase: RuleBase) -> None:
    known = meanings(rulebase)

    assert {card for item in items for card in item.cards} <= known.keys()
    assert all(item.cards for item in items if item.kind != "shift")


def test_the_same_case_and_seed_give_the_same_item(rulebase: RuleBase, engine: Engine) -> None:
    case = generated(rulebase, engine.assess, 21)

    assert list(Items(rulebase, engine).of(case, 5)) == list(Items(rulebase, engine).of(case, 5))
    assert [item.id for item in Items(rulebase, engine).of(case, 5)][:2] == [
        "state/generated-21",
        "urgency/generated-21",
    ]


def test_a_typed_answer_may_use_the_clinical_name_or_a_name_of_the_medicine(
    items: list[Item], rulebase: RuleBase, engine: Engine
) -> None:
    made = Items(rulebase, engine)
    for item in items:
        words = made.accepted(item)
        assert [words[option.id][0] for option in item.options] == [option.text for option in item.options]
        assert len({word.casefold() for each in words.values() for word in each}) == sum(map(len, words.values()))

    state = next(item for item in of_kind(items, "state") if item.key != {NOTHING})
    (key,) = state.key
    assert rulebase.states[key].clinical_name in made.accepted(state)[key]


def test_every_state_and_all_that_was_told_can_be_typed_and_what_is_no_option_is_wrong(
    items: list[Item], rulebase: RuleBase, engine: Engine
) -> None:
    made = Items(rulebase, engine)
    for item in [*of_kind(items, "state"), *(each for each in of_kind(items, "context") if not each.several)]:
        typed = made.accepted(item)
        said = {each for each in told(case_of(item).answers) if rulebase.findings[each].kind != "about"}
        assert typed.keys() >= (rulebase.states.keys() if item.kind == "state" else said)
        for answer in typed.keys() - {option.id for option in item.options}:
            (given,) = (each for each in made.with_answer(item, answer).options if each.id == answer)
            assert (given.right, given.text) == (False, typed[answer][0])
            assert given.rationale
            full = made.with_answer(item, answer)
            mixed_up = {pair_card(key, answer) for key in item.key if item.kind == "state"}
            assert (full.key, {*full.cards} - {*item.cards}) == (item.key, mixed_up)


def test_no_step_of_a_trace_says_again_what_was_told(items: list[Item], rulebase: RuleBase, engine: Engine) -> None:
    answers: Answers = {"age": 40.0, "sex": "female", "refeeding": YES}
    hungry = Items(rulebase, engine).of_kind("urgency", Case("h", "", "", answers, 0), 1)

    assert hungry is not None
    for item in (hungry, *items):
        steps = item.answer.split(". ")[0].lower().split(" -> ")
        assert len(set(steps)) == len(steps), item.id


def test_no_rationale_tells_a_number_without_its_side_as_a_cause(items: list[Item], rulebase: RuleBase) -> None:
    numbers = {each.label.partition(" (")[0] for each in rulebase.findings.values() if each.is_number}
    for item in of_kind(items, "mechanism"):
        for option in item.options:
            causes = option.rationale.partition("It does so from: ")[2].rstrip(".").split("; ")
            assert option.right or all(causes), item.id
            assert numbers.isdisjoint(causes), item.id


# --- what would make a wrong option right -----------------------------------------------------------------------


def test_a_wrong_option_is_right_after_the_change_that_is_told(
    items: list[Item], engine: Engine, rulebase: RuleBase, right_if: RightIf
) -> None:
    """Tried out on the engine: a state first, an urgency told, a sentence told, and so on."""
    for item in some(items):
        for option, new in right_if.of(item).items():
            answers = {**case_of(item).answers, **shifting(item), **new}
            assert option not in item.key
            assert 1 <= len(new) <= MOST_CHANGED
            assert contradictions(rulebase, answers) == ()
            assert is_right(engine, rulebase, item, option, answers), (item.id, option, new)


def some(items: list[Item]) -> Iterator[Item]:
    for kind in KINDS:
        yield from of_kind(items, kind)[:4]


def shifting(item: Item) -> Answers:
    if item.kind != "shift":
        return {}
    finding, _, answer = item.id.split("/")[-2].partition("=")
    return {finding: answer}


def is_right(engine: Engine, rulebase: RuleBase, item: Item, option: str, answers: Answers) -> bool:
    told = engine.assess(answers)
    named = [each.state for each in told.candidates]
    if item.kind == "state":
        return state_key(told) == option
    if item.kind == "urgency":
        return told.urgency is Urgency[option.upper()]
    if item.kind == "check":
        state, part, place = option.split(":")
        return state in named and engine.applies(getattr(rulebase.states[state], part)[int(place)].when, answers)
    state = state_of(item)
    if item.kind == "context":
        without = {each: answer for each, answer in answers.items() if each != option}
        return state_key(told) == state and firmness(engine, without, state) < firmness(engine, answers, state)
    before = on_state(engine, {each: answer for each, answer in answers.items() if each not in shifting(item)}, state)
    new = {kind for rule, kind in on_state(engine, answers, state).items() if rule not in before}
    return new == {MORE: {Supports}, LESS: {SpeaksAgainst}, NEITHER: set()}[option]


def test_a_change_keeps_what_the_item_asks_about(items: list[Item], rulebase: RuleBase, right_if: RightIf) -> None:
    """It makes nobody older, and no case less urgent by one more complaint or by another state."""
    order = [each.word for each in Urgency]
    for item in (*some(items), *of_kind(items, "urgency")):
        now = case_of(item).answers
        for option, new in right_if.of(item).items():
            assert item.kind != "mechanism"
            assert {rulebase.findings[each].kind for each in new}.isdisjoint({"about"}), (item.id, new)
            if item.kind == "urgency":
                (key,) = item.key
                less = order.index(option) < order.index(key)
                assert all((each in told(now)) == less for each in new), (item.id, option, new)


def test_a_result_far_too_low_is_not_less_urgent_for_being_too_high(
    rulebase: RuleBase, engine: Engine, right_if: RightIf
) -> None:
    case = Case("low", "", "", {"age": 50.0, "sex": "male", "phosphate_mmol_l": 0.3}, 0)
    item = Items(rulebase, engine).of_kind("urgency", case, 1)

    assert item is not None
    assert item.key == {"emergency"}
    assert right_if.of(item)["soon"] == {"phosphate_mmol_l": 0.4}
    assert "same_day" not in right_if.of(item)


def test_nearly_every_wrong_state_and_higher_urgency_is_a_near_miss(items: list[Item], right_if: RightIf) -> None:
    """Right after one or two other answers. A state far off may not be."""
    order = [each.word for each in Urgency]
    wrong = [(item, option.id) for item in of_kind(items, "state")[:6] for option in item.options if not option.right]
    for item in of_kind(items, "urgency")[:6]:
        (key,) = item.key
        wrong += [(item, option.id) for option in item.options if order.index(option.id) > order.index(key)]
    near = [option in right_if.of(item) for item, option in wrong]

    assert len(near) > 20
    assert sum(near) >= 0.95 * len(near)


def test_no_single_answer_does_what_two_are_told_for(
    items: list[Item], engine: Engine, rulebase: RuleBase, right_if: RightIf
) -> None:
    """By trying every other answer to every finding, one at a time."""
    checked = 0
    for item in of_kind(items, "urgency"):
        for option, new in right_if.of(item).items():
            if checked < 2 and len(new) == MOST_CHANGED:
                checked += 1
                answers = case_of(item).answers
                for finding, answer in single_answers(rulebase, right_if, answers):
                    changed = {**answers, finding: answer}
                    allowed = not contradictions(rulebase, changed)
                    assert not (allowed and is_right(engine, rulebase, item, option, changed)), (item.id, finding)
        if checked == 2:
            return
    pytest.fail("no option is two answers away")


def single_answers(rulebase: RuleBase, right_if: RightIf, answers: Answers) -> Iterator[tuple[str, Answer]]:
    for finding in rulebase.findings.values():
        for answer in right_if.formulas.domain(finding):
            if answers.get(finding.id) != answer:
                yield finding.id, answer


def test_the_change_is_told_in_words_that_name_its_findings(
    items: list[Item], rulebase: RuleBase, right_if: RightIf
) -> None:
    item = of_kind(items, "state")[0]
    filled = right_if.filled(item)

    assert replace(filled, options=tuple(replace(option, right_if="") for option in filled.options)) == item
    found = right_if.of(item)
    for option in filled.options:
        assert option.right_if.startswith("It would be right if ") == (option.id in found)
        assert all(rulebase.findings[finding].label in option.right_if for finding in found.get(option.id, {}))


def test_words_of_a_change(right_if: RightIf) -> None:
    answers: Answers = {"fever": YES, "ckd": NO}

    told = right_if.words(answers, {"fever": NO, "ckd": YES, "rash": NO, "potassium_mmol_l": 3.4})

    assert told == (
        "It would be right if the patient had not told of a fever or infection with sweating and had told of chronic "
        "kidney disease and had said no to a rash and blood potassium had been 3.4 mmol/L."
    )


# --- cover the options -------------------------------------------------------------------------------------------


def test_no_item_gives_itself_away(items: list[Item], rulebase: RuleBase) -> None:
    everything = [*items, *Lessons(rulebase).items(1)]

    assert {item.id: found for item in everything if (found := gives_away(item))} == {}


def test_neither_place_nor_length_tells_which_option_is_right(items: list[Item], rulebase: RuleBase) -> None:
    """More than 4 standard errors from chance would happen in one of ten thousand sets of fair items."""
    for kind in (*KINDS, "any"):
        found = practice_making.balance(item for item in items if kind in (item.kind, "any"))

        assert found.place < 4, (kind, found)
        assert abs(found.longest) < 4, (kind, found)
        assert abs(found.shortest) < 4, (kind, found)


def test_the_number_of_options_tells_nothing_about_the_key(rulebase: RuleBase, engine: Engine) -> None:
    maker = Items(rulebase, engine)
    cases = [generated(rulebase, engine.assess, seed) for seed in range(100)]
    for kind in ("state", "urgency", "mechanism", "shift"):
        made = [item for case in cases if (item := maker.of_kind(kind, case, 1))]

        assert len({*(key for item in made for key in item.key)}) > 2, kind
        assert len({len(item.options) for item in made}) == 1, kind
        assert kind != "state" or any(item.key == {NOTHING} for item in made)


@pytest.mark.parametrize(
    ("right", "wrong", "stem", "found"),
    [
        ("a very long option that stands out", ("short", "brief"), "Which?", "the right option is by far the longest"),
        ("tiny", ("a rather long one", "as long as that"), "Which?", "the right option is by far the shortest"),
        ("Ask now?", ("Ask then.", "Ask so."), "Which?", "the options differ in form"),
        ("low potash", ("low sodas", "high soda"), "What of potash?",
         'only the right option has the word "potash" of the stem'),
        ("all of these", ("the first", "the second"), "Which?", "an option speaks of the others"),
        ("same thing", ("Same thing", "another"), "Which?", "two options read the same"),
    ],
)  # fmt: skip
def test_what_gives_an_item_away_is_found(right: str, wrong: tuple[str, ...], stem: str, found: str) -> None:
    options = (
        practice_making.option("r", True, right),
        *(practice_making.option(f"w{place}", False, text) for place, text in enumerate(wrong)),
    )
    item = replace(practice_making.item("x", stem=stem), options=options)

    assert found in gives_away(item)


def test_an_item_whose_options_are_all_right_gives_itself_away() -> None:
    assert gives_away(practice_making.item("x", right=("a", "b"), wrong=())) == ("every option is right, or none is",)


def test_a_key_that_is_always_first_is_seen() -> None:
    item = practice_making.item("x")
    first = replace(item, options=tuple(sorted(item.options, key=lambda option: not option.right)))

    assert practice_making.balance([first] * 40).place > 4


# --- what is taught beside the rules ---------------------------------------------------------------------------


def test_every_comparison_and_food_and_nearly_every_belief_is_asked(rulebase: RuleBase) -> None:
    asked = {item.id.split("/")[1]: item for item in Lessons(rulebase).items(1)}
    wanted = Counter(each.kind for each in rulebase.teaching.values() if each.kind in ("comparison", "food"))
    beliefs = [each.id for each in rulebase.teaching.values() if each.misconception]

    assert Counter(item.kind for item in asked.values() if item.kind in wanted) == wanted
    assert len([each for each in beliefs if each in asked]) >= 0.4 * len(beliefs)


def test_a_food_is_right_just_where_it_is_named_as_a_source(rulebase: RuleBase) -> None:
    foods = [each for each in rulebase.teaching.values() if each.kind == "food"]
    for item in Lessons(rulebase).items(1):
        if item.kind == "food":
            mineral = item.stem.rstrip("?").split()[-1]
            sources = {food for each in foods if mineral in each.minerals for food in each.foods}
            assert {option.id for option in item.options if option.right} == {
                option.id for option in item.options if option.id in sources
            }, item.id


@pytest.mark.parametrize(
    ("mineral", "rich"),
    [
        ("magnesium", {"banana", "potato with skin", "salmon", "tuna", "halibut", "milk", "yogurt", "kidney beans"}),
        ("potassium", {"kale", "Swiss chard", "pumpkin seeds", "almonds", "cashews", "soybeans", "dark chocolate"}),
    ],
)
def test_no_food_that_holds_both_minerals_is_offered_as_wrong(mineral: str, rich: set[str], rulebase: RuleBase) -> None:
    items = [each for each in Lessons(rulebase).items(1) if each.kind == "food" and each.stem.endswith(f"{mineral}?")]
    wrong = {option.text for item in items for option in item.options if not option.right}

    assert wrong
    assert wrong.isdisjoint(rich)


@pytest.mark.parametrize(
    ("asked", "right_too"),
    [
        ("silent-potassium", ("silent-danger", "high-and-low-feel-alike")),
        ("potassium-uptake", ("no-potassium-booster",)),
        ("calcium-needs-magnesium", ("total-calcium", "groups")),
        ("low-sodium-is-too-much-water", ("drinking-in-sport", "antidepressants-and-sodium")),
        ("compare-goal-potassium", ("compare-effect-potassium",)),
        ("compare-side-effects-potassium", ("compare-kidneys-potassium",)),
        ("compare-side-effects-magnesium", ("compare-side-effects-potassium",)),
    ],
)
def test_nothing_taught_that_is_right_too_is_offered_as_wrong(
    asked: str, right_too: tuple[str, ...], rulebase: RuleBase
) -> None:
    item = Lessons(rulebase).of(f"teaching.{asked}", 1)

    assert item is not None
    assert {option.id for option in item.options}.isdisjoint(f"teaching.{each}" for each in right_too)


def test_options_on_teaching_are_explained_and_say_what_they_would_be_right_for(rulebase: RuleBase) -> None:
    for item in Lessons(rulebase).items(1):
        assert all(option.rationale for option in item.options)
        assert all(bool(option.right_if) != option.right for option in item.options), item.id
        assert item.case is None


def test_a_seed_only_changes_the_order_of_options(rulebase: RuleBase) -> None:
    lessons = Lessons(rulebase)
    orders = []
    for seed in range(6):
        item = lessons.of("teaching.food-fish", seed)
        assert item is not None
        orders.append(tuple(option.id for option in item.options))

    assert len({frozenset(order) for order in orders}) == 1
    assert any(one != other for one, other in pairwise(orders))


# --- any rules -------------------------------------------------------------------------------------------------------


@given(making.rulebases(most_rules=12), st.integers(0, 9))
@settings(max_examples=15)
def test_items_of_any_rules_have_one_clear_key(rules: RuleBase, seed: int) -> None:
    engine = Engine(rules)
    try:
        case = generated(rules, engine.assess, seed)
    except ValueError:
        return
    right_if = RightIf(rules, engine)
    for item in Items(rules, engine).of(case, seed):
        assert item.key
        assert len(item.key) == 1 or item.several
        for option, new in right_if.of(item).items():
            if item.kind in ("state", "urgency"):
                assert is_right(engine, rules, item, option, {**case.answers, **new})
