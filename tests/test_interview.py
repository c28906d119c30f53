"""Which question comes next, over the shipped rules."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from quiz.engine import Engine
from quiz.interview import AGAIN, BLANK, MOST_LINES, MOST_TOGETHER, Interview, Session, Step
from quiz.model import NO, UNSURE, YES, Answer, Finding, RuleBase


@pytest.fixture(scope="module")
def interview(rulebase: RuleBase, engine: Engine) -> Interview:
    return Interview(rulebase, engine.assess, engine.outlook)


def walk(interview: Interview, person: Mapping[str, Answer], rest: Answer | None) -> list[Step]:
    """Every step that a person sees who answers what they know, and `rest` to all other yes/no lines."""
    session = Session()
    seen: list[Step] = []
    while step := interview.next(session):
        assert len(seen) < 60, "the interview does not end"
        seen.append(step)
        given = {
            each.id: person.get(each.id, rest if each.words == (YES, NO) else None)
            for each in step.findings
        }  # fmt: skip
        session = session.given(given).done(step)
    return seen


def red_flag_lines(rulebase: RuleBase) -> set[str]:
    return {finding for screen in rulebase.screens.values() if screen.red_flags for finding in screen.findings}


def test_danger_signs_come_before_every_other_symptom(interview: Interview, rulebase: RuleBase) -> None:
    steps = walk(interview, {}, NO)
    kinds = [{rulebase.findings[each.id].kind for each in step.findings} for step in steps]
    danger = [
        place for place, step in enumerate(steps) if red_flag_lines(rulebase) & {each.id for each in step.findings}
    ]

    assert danger == list(range(danger[0], danger[0] + len(danger)))
    assert all(kinds[place] <= {"about"} for place in range(danger[0]))


def test_every_symptom_that_alone_is_a_red_flag_is_on_the_danger_screens(rulebase: RuleBase, engine: Engine) -> None:
    symptoms = [finding.id for finding in rulebase.findings.values() if finding.kind == "symptom"]
    alone = {finding for finding in symptoms if engine.assess({finding: YES}).red_flags}

    assert alone <= red_flag_lines(rulebase)
    assert len(alone) >= 10


def test_a_danger_sign_answered_not_sure_is_asked_again_in_other_words(
    interview: Interview, rulebase: RuleBase
) -> None:
    steps = walk(interview, {"fainting": UNSURE}, NO)
    asked = [step.wording["fainting"] for step in steps if "fainting" in step.wording]

    assert asked == [rulebase.findings["fainting"].question, rulebase.findings["fainting"].rephrase]


def test_a_danger_sign_left_open_and_then_not_sure_is_asked_in_other_words_too(
    interview: Interview, rulebase: RuleBase
) -> None:
    session, asked = Session(), list[str]()
    first = {BLANK, AGAIN, "about_you", *danger_screens(rulebase)}
    while (step := interview.next(session)) and first & set(step.screens):
        asked += [step.wording["chest_pain"]] if "chest_pain" in step.wording else []
        answers: dict[str, Answer | None] = {each.id: NO for each in step.findings if each.words == (YES, NO)}
        answers |= {"fainting": UNSURE, "chest_pain": None if len(asked) == 1 else UNSURE}
        session = session.given({each: answers[each] for each in answers if each in step.wording}).done(step)

    chest_pain = rulebase.findings["chest_pain"]
    assert asked == [chest_pain.question, chest_pain.question, chest_pain.rephrase]


def danger_screens(rulebase: RuleBase) -> set[str]:
    return {screen.id for screen in rulebase.screens.values() if screen.red_flags}


def test_danger_signs_left_open_are_asked_once_more_and_then_left(interview: Interview, rulebase: RuleBase) -> None:
    steps = walk(interview, {}, None)
    often = {finding: sum(finding in step.wording for step in steps) for finding in red_flag_lines(rulebase)}

    assert set(often.values()) == {2}


def test_medicines_are_asked_before_any_condition(interview: Interview, rulebase: RuleBase) -> None:
    steps = walk(interview, {"palpitations": YES}, NO)
    first: dict[str, int] = {}
    for place, step in enumerate(steps):
        for each in step.findings:
            first.setdefault(rulebase.findings[each.id].kind, place)

    assert first["symptom"] < first["medicine"] < first["condition"]


def test_nothing_that_is_known_or_follows_is_asked(interview: Interview) -> None:
    steps = walk(interview, {"age": 30.0, "sex": "male"}, NO)
    asked = {each.id for step in steps for each in step.findings}

    assert not asked & {"older_age", "pregnancy", "menopause"}


def test_no_line_outside_the_danger_screens_is_asked_twice(interview: Interview, rulebase: RuleBase) -> None:
    for rest in (NO, UNSURE, None):
        lines = [each.id for step in walk(interview, {}, rest) for each in step.findings]
        twice = {finding for finding in lines if lines.count(finding) > 1}
        assert twice <= red_flag_lines(rulebase)


def test_no_interview_steps_over_a_red_flag_that_the_person_could_have_told(
    interview: Interview, rulebase: RuleBase, engine: Engine
) -> None:
    urgent = [
        vignette
        for vignette in rulebase.vignettes.values()
        if engine.assess(vignette.answers).red_flags
        and not any(rulebase.findings[each].kind == "lab" for each in vignette.answers)
    ]
    for vignette in random.Random(3).sample(urgent, 6):
        assert engine.assess(finished(interview, vignette.answers).answers).red_flags, vignette.id


def finished(interview: Interview, person: Mapping[str, Answer]) -> Session:
    """The interview of somebody who knows `person`, says no to every other line and knows no number."""
    session = Session()
    while step := interview.next(session):
        session = session.given({each.id: answer_of(each, person) for each in step.findings}).done(step)
    return session


def answer_of(finding: Finding, person: Mapping[str, Answer]) -> Answer | None:
    return person.get(finding.id, NO if finding.words == (YES, NO) else UNSURE)


def test_no_screen_put_together_is_longer_than_a_written_one_may_be(interview: Interview) -> None:
    for step in walk(interview, {"palpitations": YES, "loop_diuretic": YES}, NO):
        assert step.kind == "typed" or len(step.findings) <= MOST_LINES


@pytest.mark.parametrize("person", [{}, {"loop_diuretic": YES, "fatigue": YES}, {"thiazide": YES, "confusion": UNSURE}])
def test_short_screens_are_put_together_but_none_that_asks_for_numbers(
    interview: Interview, rulebase: RuleBase, person: Mapping[str, Answer]
) -> None:
    steps = [step for step in walk(interview, person, NO) if set(step.screens) & rulebase.screens.keys()]
    together = [step for step in steps if len(step.screens) > 1]

    assert together
    for step in together:
        assert len(step.screens) <= MOST_TOGETHER
        assert not any(each.is_number for each in step.findings)
        assert step.title.count("; ") == len(step.screens) - 1 + sum(
            rulebase.screens[each].title.count("; ") for each in step.screens
        )
        assert step.intro == ""
    for step in steps:
        if step not in together:
            assert (step.title, step.intro) == (
                rulebase.screens[step.id].title, rulebase.screens[step.id].intro,
            )  # fmt: skip


def test_the_count_of_screens_left_falls_to_nothing(interview: Interview) -> None:
    left = [step.left for step in walk(interview, {}, NO)]

    assert left[-1] == 0
    assert left[0] >= len(left) - 1 - 3


def test_an_answer_taken_back_is_not_asked_rather_than_no() -> None:
    session = Session().given({"fever": YES}).given({"fever": None})

    assert session.answers == {}
