"""Made-up people: likely, distinct, told whole, and the same everywhere.

QUIZ_PRACTICE_CASES is the number of seeds to try (200 unless it is set). 10100 takes some minutes and shows 10000
distinct cases, not one of them absurd.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quiz.consequences import contradictions, with_consequences
from quiz.engine import Engine
from quiz.errors import RuleBaseError
from quiz.model import (
    NO,
    UNSURE,
    YES,
    Answer,
    Answers,
    Condition,
    Group,
    Interval,
    Is,
    Practice,
    Raises,
    RuleBase,
    Supports,
    Telling,
)
from quiz.practice.cases import (
    BUT_FOR_ONE,
    MOST_DENIED,
    MOST_TOLD,
    MOST_WORDS,
    case_with_id,
    competition,
    generated,
    is_odd,
    vignette_case,
)
from quiz.practice.dice import Dice
from quiz.practice.story import Story, noun
from quiz.practice.values import Case
from quiz.rulebase import load
from tests import making
from tests.conftest import ROOT

SMALL = ROOT / "tests" / "rulebases" / "small"
FALLEN = [378, 806, 92, 484, 377, 40]
SHUFFLED = [3, 1, 5, 7, 0, 4, 6, 2]
TOLD = [
    (
        "A person lets their leaves hang and has dry soil and long stems. The pot: clay. This person takes no "
        "plant feed."
    ),
    (
        "A person tells of tap water. Besides, this person has yellow leaves and wet soil. The pot: metal. "
        "Their last report says: room heat 27 C. This person has no dry soil, long stems or heat wave, and "
        "takes no plant feed."
    ),
]
SEEDS = int(os.environ.get("QUIZ_PRACTICE_CASES", "200"))


@pytest.fixture(scope="module")
def cases(rulebase: RuleBase, engine: Engine) -> list[Case]:
    return [generated(rulebase, engine.assess, seed) for seed in range(SEEDS)]


# --- nobody is absurd ---------------------------------------------------------------------------------


def test_no_case_contradicts_itself_or_is_odd(rulebase: RuleBase, cases: list[Case]) -> None:
    absurd = [
        case.id
        for case in cases
        if contradictions(rulebase, case.answers) or contradictions(rulebase, with_consequences(rulebase, case.answers))
    ]

    assert absurd == []
    assert [case.id for case in cases if is_odd(rulebase, case.answers)] == []


def test_a_case_is_odd_where_a_declared_condition_holds_even_through_what_follows(rulebase: RuleBase) -> None:
    young: Answers = {"age": 30.0, "sex": "female"}
    old: Answers = {"age": 62.0, "sex": "female"}

    assert not is_odd(rulebase, young)
    assert is_odd(rulebase, {**young, "menopause": YES})
    assert is_odd(rulebase, {**old, "drospirenone": YES})
    assert is_odd(rulebase, {"rapid_weakness": YES, "immobilisation": YES})


def test_nobody_is_unsure_of_what_everybody_knows_of_themselves(rulebase: RuleBase, engine: Engine) -> None:
    """Nor is anybody asked for what would be odd of them, or told only that there are complaints."""
    assert {"insulin", "dialysis", "burns", "seizure"} <= set(rulebase.practice.sure)
    for case in (generated(rulebase, engine.assess, seed) for seed in range(400)):
        unsure = {finding for finding, answer in case.answers.items() if answer == UNSURE}
        assert unsure.isdisjoint(rulebase.practice.sure), case.id
        assert not any(is_odd(rulebase, {**case.answers, finding: YES}) for finding in unsure), case.id
        assert case.answers.get("no_symptoms") != NO, case.id


def test_a_story_tells_no_more_than_was_answered(rulebase: RuleBase) -> None:
    """Who is on dialysis has not missed a session, which would be more pressing."""
    story = Story(rulebase, {"age": 50.0, "sex": "male", "ckd": YES, "dialysis": YES}, Dice("x")).text()

    assert "is on dialysis" in story
    assert "missed" not in story


@pytest.mark.parametrize(
    "answers",
    [
        {"age": 30.0, "heart_disease": YES},
        {"age": 30.0, "statin": YES},
        {"age": 20.0, "high_blood_pressure": YES},
        {"confusion": YES, "poor_concentration": NO},
    ],
)
def test_odd_people(rulebase: RuleBase, answers: Answers) -> None:
    assert is_odd(rulebase, answers)


def test_every_declared_oddity_can_be_met_so_that_none_is_idle(rulebase: RuleBase) -> None:
    idle = [odd.because for odd in rulebase.practice.odd if not is_odd(rulebase, dict(_simply_true(odd.when)))]

    assert idle == []


def _simply_true(condition: Condition) -> Iterator[tuple[str, Answer]]:
    """Answers that make a condition true, by the first way through each group."""
    if isinstance(condition, Is):
        bounds = condition.value
        if isinstance(bounds, Interval):
            yield condition.finding, bounds.low + 1 if bounds.low is not None else float(bounds.high or 0) - 1
        else:
            yield condition.finding, bounds
    elif isinstance(condition, Group):
        needed = {"all": len(condition.of), "any": 1}.get(condition.kind, condition.count)
        for part in condition.of[:needed]:
            yield from _simply_true(part)


@pytest.mark.parametrize("felt", ["nausea", "anxiety", "fatigue", "lightheaded"])
@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("palpitations", "notices his heart pounding and skipping"),
        ("polydipsia", "has an urge to drink water all day"),
    ],
)
def test_a_verb_is_said_once_only_for_what_it_fits(rulebase: RuleBase, felt: str, other: str, said: str) -> None:
    """ "Feels his heart pound and sick" makes a reader stop."""
    for seed in range(5):
        story = Story(rulebase, {"age": 50.0, "sex": "male", felt: YES, other: YES}, Dice("x", seed)).text()
        assert said in story, story
        assert re.search(r"\bfeels (sick|anxious|tired|light-headed)", story), story


def test_who_noticed_the_confusion_is_not_left_hanging_before_the_next_complaint(rulebase: RuleBase) -> None:
    answers: Answers = {"age": 70.0, "sex": "male", "confusion": YES, "loss_of_appetite": YES}
    for seed in range(5):
        assert "as newly confused and has lost his appetite" in Story(rulebase, answers, Dice("x", seed)).text()


def test_nobody_has_more_than_a_story_can_hold(rulebase: RuleBase, cases: list[Case]) -> None:
    for case in cases:
        there = [rulebase.findings[each].kind for each, answer in case.answers.items() if answer not in (NO, UNSURE)]
        kinds = Counter(there)

        assert sum(count for kind, count in kinds.items() if kind != "about") <= MOST_TOLD, case.id
        assert all(kinds[kind] <= most for kind, most in rulebase.practice.most.items()), case.id
        assert sum(answer == NO for answer in case.answers.values()) <= MOST_DENIED, case.id
        assert len(case.story.split()) <= MOST_WORDS, case.id


def test_everybody_is_an_adult_with_an_age_and_a_sex(rulebase: RuleBase, cases: list[Case]) -> None:
    practice = rulebase.practice

    for case in cases:
        assert practice.youngest <= float(case.answers["age"]) <= practice.oldest
        assert case.answers["sex"] in ("female", "male")


def test_what_always_goes_with_a_finding_is_there(rulebase: RuleBase, cases: list[Case]) -> None:
    for case in cases:
        known = with_consequences(rulebase, case.answers)
        for finding, others in rulebase.practice.always.items():
            if case.answers.get(finding) == YES:
                assert any(known.get(each) == YES for each in others), (case.id, finding)


def test_no_answer_follows_from_the_others(rulebase: RuleBase, cases: list[Case]) -> None:
    for case in cases:
        for finding, answer in case.answers.items():
            rest = {each: other for each, other in case.answers.items() if each != finding}
            assert with_consequences(rulebase, rest).get(finding) != answer, (case.id, finding)


# --- there are many, and they differ --------------------------------------------------------------------


def test_cases_differ_in_answers_and_in_words(cases: list[Case]) -> None:
    enough = min(0.999 * len(cases), 10_000)

    assert len({tuple(case.answers.items()) for case in cases}) >= enough
    assert len({case.story for case in cases}) >= enough


def test_every_state_and_every_urgency_comes_first_in_some_case(
    rulebase: RuleBase, engine: Engine, cases: list[Case]
) -> None:
    told = [engine.assess(case.answers) for case in cases]
    first = {each.candidates[0].state if each.candidates else "" for each in told}

    assert first == {"", *rulebase.states}
    assert {each.urgency for each in told} >= {rule.then.urgency for rule in rulebase.rules.values()
                                               if isinstance(rule.then, Raises)}  # fmt: skip


def test_some_answers_are_unsure_and_some_states_compete(cases: list[Case]) -> None:
    unsure = sum(UNSURE in case.answers.values() for case in cases)
    competing = sum(case.competition > 0.5 for case in cases)

    assert len(cases) / 5 < unsure < len(cases) * 4 / 5
    assert len(cases) / 20 < competing < len(cases) * 4 / 5


# --- the same seed, the same case ------------------------------------------------------------------------

_PRINT = (
    "from quiz.rulebase import load; from quiz.engine import Engine; from quiz.practice.cases import generated;"
    "rules = load(); assess = Engine(rules).assess;"
    "print([generated(rules, assess, seed) for seed in range(12)])"
)


def test_a_seed_gives_the_same_case_in_another_process_with_other_hashes(
    rulebase: RuleBase, engine: Engine, tmp_path: Path
) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "XDG_CACHE_HOME": str(tmp_path)}
    printed = subprocess.run(
        [sys.executable, "-c", _PRINT], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    ).stdout

    assert repr([generated(rulebase, engine.assess, seed) for seed in range(12)]) == printed.strip()


def test_the_dice_fall_as_they_always_did() -> None:
    """Written down once: every Python must draw the same from a seed."""
    dice = Dice("case", 7, "")

    assert [dice.below(1000) for _ in range(6)] == FALLEN
    assert Dice("a", 1).shuffled(range(8)) == SHUFFLED


def test_cases_of_the_small_rules_read_as_they_always_did() -> None:
    small = load(SMALL)

    assert [generated(small, Engine(small).assess, seed).story for seed in (1, 2)] == TOLD


# --- where a case comes from -------------------------------------------------------------------------------


NOT_MADE_UP = ("red-flags.cannot-be-woken", "urgency.child", "urgency.caution-under-18")
"""Rules about persons that practice never makes up: children, and who cannot tell a story."""


def test_a_case_towards_a_rule_makes_it_fire(rulebase: RuleBase, engine: Engine) -> None:
    for rule in [each for each in rulebase.rules if each not in NOT_MADE_UP][::9]:
        case = generated(rulebase, engine.assess, 3, rule)

        assert rule in {fired.rule.id for fired in engine.assess(case.answers).fired}, rule


@pytest.mark.parametrize("rule", NOT_MADE_UP)
def test_nobody_is_made_up_for_a_rule_about_children_or_who_cannot_tell(
    rulebase: RuleBase, engine: Engine, rule: str
) -> None:
    with pytest.raises(ValueError, match=f"nobody can be made up towards {rule}"):
        generated(rulebase, engine.assess, 3, rule)


def test_a_case_towards_a_finding_has_it(rulebase: RuleBase, engine: Engine) -> None:
    for finding in ("licorice", "ckd", "potassium_mmol_l", "ssri_snri"):
        assert finding in generated(rulebase, engine.assess, 5, finding).answers


def test_a_case_towards_all_but_one_denial_is_unsure_of_one(rulebase: RuleBase, engine: Engine) -> None:
    rule = "low-calcium.two-telling-signs-without-over-breathing"
    case = generated(rulebase, engine.assess, 4, rule + BUT_FOR_ONE)

    assert case.answers["anxiety_overbreathing"] == UNSURE
    assert rule not in {fired.rule.id for fired in engine.assess(case.answers).fired}


def test_nobody_is_made_up_towards_what_no_adult_tells(rulebase: RuleBase, engine: Engine) -> None:
    with pytest.raises(ValueError, match="nobody can be made up towards"):
        generated(rulebase, engine.assess, 1, "red-flags.cannot-be-woken")


@pytest.mark.parametrize(
    "name", ["generated-", "generated-x", "generated-²", "generated-3@no.such-rule", "no.vignette"]
)
def test_an_id_that_names_no_case_is_refused(rulebase: RuleBase, engine: Engine, name: str) -> None:
    with pytest.raises(KeyError):
        case_with_id(rulebase, engine.assess, name)


def test_an_id_gives_its_case_again(rulebase: RuleBase, engine: Engine) -> None:
    some = [
        generated(rulebase, engine.assess, 11),
        generated(rulebase, engine.assess, 12, "licorice"),
        vignette_case(rulebase, engine.assess, next(iter(rulebase.vignettes))),
    ]

    assert [case_with_id(rulebase, engine.assess, case.id) for case in some] == some


def test_the_vignettes_are_cases_in_their_own_words(rulebase: RuleBase, engine: Engine) -> None:
    first = vignette_case(rulebase, engine.assess, next(iter(rulebase.vignettes)))
    vignette = rulebase.vignettes[first.id]

    assert (first.title, first.story, first.answers) == (vignette.title, vignette.story, vignette.answers)
    assert first.competition == competition(engine.assess(vignette.answers))


def test_competition_goes_from_nothing_to_one(rulebase: RuleBase, engine: Engine) -> None:
    alone = engine.assess({"potassium_mmol_l": 2.9})
    none = engine.assess({})
    both = engine.assess({"loop_diuretic": YES})

    assert competition(none) == 0
    assert 0 <= competition(alone) < competition(both) <= 1


# --- the story tells all of it ------------------------------------------------------------------------------


def test_the_story_tells_every_answer(rulebase: RuleBase, cases: list[Case]) -> None:
    """What was made up is told: each finding by its words, its name of a medicine, or its number."""
    for case in cases:
        for finding, answer in case.answers.items():
            assert _is_told(rulebase, case, finding, str(answer)), (case.id, finding, case.story)


def _is_told(rulebase: RuleBase, case: Case, finding: str, answer: str) -> bool:
    known = rulebase.findings[finding]
    telling = rulebase.practice.told.get(finding, Telling())
    if known.kind == "about":
        return re.search(r"\b(woman|man|\d+-year-old)\b", case.story) is not None
    if known.is_number:
        return f"{float(answer):g} {known.unit}" in case.story
    if answer == YES:
        names = [name for name, classes in rulebase.medicines.items() if finding in classes]
        said = telling.yes or known.label
        return any(name in case.story for name in names) or _ending(said) in case.story
    said = telling.no if answer == NO else telling.noun
    return _ending(said or noun(known, telling)) in case.story or _ending(known.label) in case.story


def _ending(phrase: str) -> str:
    """The last word that stands as written, whatever the person and the verbs before it."""
    words = [word for word in re.sub(r" ?\([^)]*\)", "", phrase).split() if "{" not in word]
    return words[-1]


def test_no_placeholder_is_left_in_a_story(cases: list[Case]) -> None:
    assert [case.story for case in cases if re.search(r"[{}]|  |None|\.\.| ,", f"{case.title} {case.story}")] == []


def test_a_story_names_real_medicines_that_stand_for_nothing_else(rulebase: RuleBase) -> None:
    answers: Answers = {"sex": "male", "loop_diuretic": YES, "k_sparing_diuretic": YES}
    names = {
        name for seed in range(30) for name in Story(rulebase, answers, Dice("story", seed)).names.values() if name
    }

    assert names
    assert all(set(rulebase.medicines[name]) <= set(answers) for name in names)


def test_what_begins_alike_is_said_once(rulebase: RuleBase) -> None:
    answers: Answers = {"age": 81.0, "sex": "female", "thirst": NO, "chest_pain": NO, "rash": NO, "seizure": NO}
    story = Story(rulebase, answers, Dice("story", 1)).text()

    assert story.startswith("An 81-year-old woman ")
    assert story.count("has no ") == 1


def test_a_list_inside_a_sentence_ends_with_a_comma(cases: list[Case]) -> None:
    """ "Has pain or a cough and takes no salt": nobody knows where the "or" ends."""
    unclear = re.compile(r"\b(?:has|takes) [^,.]* or [^,.]* and (?:has|takes) ")

    assert [case.story for case in cases if unclear.search(case.story)] == []


def test_what_is_over_does_not_happen_at_the_moment(rulebase: RuleBase) -> None:
    over: Answers = {"age": 50.0, "sex": "female", "diabetes": YES, "seizure": YES}
    told = {Story(rulebase, over, Dice(seed)).text().split(".")[1] for seed in range(20)}

    assert told == {" Lately she has had a fit", " Besides, she has had a fit"}


def test_every_finding_that_can_be_told_of_has_words_for_somebody_else(rulebase: RuleBase) -> None:
    """A made-up symptom, condition or event without words of its own would be told by its label, which is stiff."""
    practice = rulebase.practice
    bare = [
        finding.id
        for finding in rulebase.findings.values()
        if finding.kind in ("symptom", "condition", "event", "life stage")
        and finding.id not in practice.told
        and finding.id not in practice.never
    ]

    assert bare == []


# --- any rules ------------------------------------------------------------------------------------------------


@given(making.rulebases(most_rules=12), st.integers(0, 50))
@settings(max_examples=40)
def test_cases_of_any_rules_fit_them(rules: RuleBase, seed: int) -> None:
    assess = Engine(rules).assess
    try:
        case = generated(rules, assess, seed)
    except ValueError:
        return  # no target of these rules can be had within the limits of a story

    assert not contradictions(rules, case.answers)
    assert case.competition == competition(assess(case.answers))
    assert set(case.answers) <= set(rules.findings)


def test_the_words_of_practice_are_optional() -> None:
    assert making.rulebase(making.FINDINGS, []).practice == Practice()


# --- mistakes in the file ---------------------------------------------------------------------------------------


def mistakes_in(tmp_path: Path, text: str) -> list[str]:
    """What the reader says of a rule base with this file beside the small one."""
    folder = tmp_path / "rules"
    folder.mkdir()
    for path in SMALL.rglob("*.yaml"):
        if path.name != "practice.yaml":
            (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "zz.yaml").write_text(f"topic: practice\n{text}", encoding="utf-8")
    with pytest.raises(RuleBaseError) as error:
        load(folder)
    return [f"{problem.position.line}: {problem.message}" for problem in error.value.problems]


def test_unknown_findings_of_practice_are_found_with_their_places(tmp_path: Path) -> None:
    text = """practice:
  people: {youngest: 50, oldest: 40}
  common: [dry_soil, dri_soil]
  never: [nobody]
  always: {heat_wave: [rain]}
  often: {rain: [dry_soil]}
  odd:
    - {when: {drought: yes}, because: a concept}
  told:
    ghost: {yes: haunts}
"""
    assert mistakes_in(tmp_path, text) == [
        "3: the range is empty",
        '4: unknown finding "dri_soil"',
        '5: unknown finding "nobody"',
        '6: unknown finding "rain"',
        '7: unknown finding "rain"',
        '9: "drought" is a concept; only findings may stand here',
        '11: unknown finding "ghost"',
    ]


def test_unknown_ids_of_a_mechanism_are_found_with_their_places(tmp_path: Path) -> None:
    text = """mechanisms:
  mechanism.x:
    says: x
    through: [rain]
    to: [A_LOW]
    facts: [F-NONE-01]
"""
    assert mistakes_in(tmp_path, text) == [
        '5: unknown finding "rain"',
        '6: unknown state "A_LOW"',
        '7: unknown fact "F-NONE-01"',
    ]


def test_a_mechanism_leads_to_states_that_some_rule_supports(rulebase: RuleBase) -> None:
    supported = {rule.then.state for rule in rulebase.rules.values() if isinstance(rule.then, Supports)}

    assert {state for each in rulebase.mechanisms.values() for state in each.to} <= supported
