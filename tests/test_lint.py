"""The lints of wording, on texts that break them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from quiz.model import Rule, RuleBase
from quiz.review.lint_texts import lint
from quiz.rulebase import load
from tests.conftest import ROOT

SMALL = ROOT / "tests" / "rulebases" / "small"


@pytest.fixture
def quiet(rulebase: RuleBase) -> Rule:
    """A shipped rule that is no red flag."""
    return next(rule for rule in rulebase.rules.values() if not rule.red_flag)


def codes(rulebase: RuleBase, rule: Rule) -> list[str]:
    """What the lints say, never without a way out, when this rule stands in place of the shipped one."""
    rules = {**rulebase.rules, rule.id: rule}
    found = lint(replace(rulebase, rules=MappingProxyType(rules)))
    assert all(problem.hint for problem in found)
    return [problem.code for problem in found]


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ("Take 20 mg a day.", "W601"),
        ("Ask about 2 tablets.", "W601"),
        ("Eat this twice a day.", "W601"),
        ("Add 1.5 g of salt.", "W601"),
        ("You have low potassium.", "W602"),
        ("You've got low potassium.", "W602"),
        ("You are fine.", "W603"),
        ("There is nothing to worry about.", "W603"),
        ("You're healthy.", "W603"),
        ("This may be cancer.", "W604"),
        ("Low potassium here means Addison disease.", "W604"),
        ("Hypokalaemia necessitates comprehensive laboratory investigation immediately.", "W605"),
        ("Ask. " * 40, "W606"),
    ],
)
def test_a_sentence_that_must_not_be_told_is_refused(rulebase: RuleBase, quiet: Rule, says: str, code: str) -> None:
    assert code in codes(rulebase, replace(quiet, says=says))


TOLD = [
    ("W601", "Have half a teaspoon of it in water."),
    ("W601", "Take one or two tablets with a meal."),
    ("W601", "Four tablets a day would do."),
    ("W601", "People have 2 litres of water there."),
    ("W601", "It is given every six hours, or every hour."),
    ("W601", "It is sold for use three times daily."),
    ("W601", "The tablet holds 10 mmol."),
    ("W601", "Some need a double dose, or a higher dose."),
    ("W601", "Three glasses of juice are a lot."),
    ("W602", "You probably have low potassium."),
    ("W602", "You may well have low potassium."),
    ("W602", "You must have low magnesium by now."),
    ("W602", "This means that you have low potassium."),
    ("W603", "You need not see a doctor."),
    ("W603", "You do not need a test."),
    ("W603", "There is no need for a doctor, and no need to call."),
    ("W603", "It is quite harmless."),
    ("W603", "This is nothing serious, so you can wait."),
    ("W603", "Don't worry."),
    ("W603", "All is well with your salts."),
    ("W603", "Everything looks normal."),
    ("W607", "Take magnesium."),
    ("W607", "Stop your water tablet today."),
    ("W607", "A low level is likely. Start potassium."),
    ("W607", "You should stop taking omeprazole."),
    ("W607", "If it gets worse, skip a dose."),
    ("W607", "Weak legs? Then eat more salt, and drink less water."),
    ("W607", "Please halve the furosemide."),
    ("W607", "Your potassium is above the limit. Raise it soon."),
    ("W607", "Low magnesium is worth raising."),
]


@pytest.mark.parametrize(("code", "says"), TOLD)
def test_a_turn_of_speech_that_no_text_may_have_is_found(rulebase: RuleBase, quiet: Rule, code: str, says: str) -> None:
    assert code in codes(rulebase, replace(quiet, says=says))


@pytest.mark.parametrize(
    "says",
    [
        "Two of your tablets hold potassium in.",
        "Ask whether you should take magnesium.",
        "Should you stop the tablet? Ask first.",
        "Do not stop a tablet on your own, and never take more of it.",
        "Take this note and all your medicines with you.",
        "That does not show that all is well.",
        "Worn nerves, drink or calming tablets can make people unsteady.",
        "Talk about it soon, and call if it gets worse.",
        "Weak kidneys and a product with magnesium raise it.",
        "A twitch of the eyelid is common.",
        "Many times a day is often.",
        "A thiazide can lower sodium and raise calcium.",
        "If you must have an answer today, call.",
        "Low potassium (hypokalaemia) is worth a talk.",
        "If you have kidney trouble, ask first.",
        "A level of 3.5 mmol/L is the usual limit.",
        "Do not take more of it because of a quiz.",
    ],
)
def test_a_sentence_that_may_be_told_is_left_alone(rulebase: RuleBase, quiet: Rule, says: str) -> None:
    assert codes(rulebase, replace(quiet, says=says)) == []


def told_everywhere(rulebase: RuleBase, says: str) -> Iterator[RuleBase]:
    """The rules with a sentence in place of each other kind of text that somebody reads."""

    def first(mapping: Mapping[str, Any], **changed: str) -> Mapping[str, Any]:
        name = next(iter(mapping))
        return {**mapping, name: replace(mapping[name], **changed)}

    screen = next(each for each in rulebase.screens.values() if each.intro)
    yield replace(rulebase, notice={**rulebase.notice, "draft": says})
    yield replace(rulebase, glossary={**rulebase.glossary, "potassium": says})
    yield replace(rulebase, screens={**rulebase.screens, screen.id: replace(screen, intro=says)})
    yield replace(rulebase, general_cautions=(replace(rulebase.general_cautions[0], says=says),))
    yield replace(rulebase, look_alikes=first(rulebase.look_alikes, says=says))
    yield replace(rulebase, teaching=first(rulebase.teaching, says=says))
    yield replace(rulebase, mechanisms=first(rulebase.mechanisms, says=says))
    yield replace(rulebase, misconceptions=first(rulebase.misconceptions, says=says))
    yield replace(rulebase, vignettes=first(rulebase.vignettes, reasoning=says))


def test_every_kind_of_text_is_looked_at_and_told_at_its_place(rulebase: RuleBase) -> None:
    for changed in told_everywhere(rulebase, "You are fine."):
        (problem,) = lint(changed)

        assert (problem.code, problem.position.line > 0) == ("W603", True)


def test_what_a_made_up_person_tells_is_not_said_to_anybody(rulebase: RuleBase) -> None:
    vignettes = {name: replace(each, story="I take two tablets a day.") for name, each in rulebase.vignettes.items()}

    assert lint(replace(rulebase, vignettes=vignettes)) == []


def test_a_red_flag_must_be_easier_to_read_than_other_rules(rulebase: RuleBase, quiet: Rule) -> None:
    says = "Trouble with breathing while resting needs a doctor to look at it without delay."
    flag = next(rule for rule in rulebase.rules.values() if rule.red_flag)

    assert codes(rulebase, replace(quiet, says=says)) == []
    assert codes(rulebase, replace(flag, says=says)) == ["W605"]


def test_a_reported_illness_may_be_named(rulebase: RuleBase) -> None:
    named = {disease for disease, finding in rulebase.diseases.items() if finding == "ckd"}
    telling = [rule for rule in rulebase.rules.values() if any(disease in rule.says.lower() for disease in named)]

    assert telling
    assert lint(rulebase) == []


@pytest.mark.parametrize(
    ("file", "before", "after", "told"),
    [
        (
            "interview",
            "[Glow, ",
            "[Glow 40 mg, ",
            'interview.yaml:15:16: W601 a name of a medicine tells a dose: "40 mg"',
        ),
        (
            "findings",
            "label: root rot",
            "label: root rot after 40 mg",
            'W601 a name of "root_rot" tells a dose: "40 mg"',
        ),
        ("interview", "title: Signs", "title: You are fine", 'W603 the title of screen "signs" gives false comfort'),
    ],
)
def test_a_name_tells_no_dose_and_gives_no_comfort(
    tmp_path: Path, file: str, before: str, after: str, told: str
) -> None:
    path = shutil.copytree(SMALL, tmp_path / "small") / f"{file}.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    problems = lint(load(path.parent))

    assert told in "\n".join(f"{each.position}: {each.code} {each.message}" for each in problems)
