"""The lints of wording, on texts that break them."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from quiz.model import Rule, RuleBase
from quiz.review.lint_texts import lint


@pytest.fixture
def quiet(rulebase: RuleBase) -> Rule:
    """A shipped rule that is no red flag."""
    return next(rule for rule in rulebase.rules.values() if not rule.red_flag)


def codes(rulebase: RuleBase, rule: Rule) -> list[str]:
    """What the lints say when this rule stands in place of the shipped one."""
    rules = {**rulebase.rules, rule.id: rule}
    return [problem.code for problem in lint(replace(rulebase, rules=MappingProxyType(rules)))]


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


@pytest.mark.parametrize(
    "says",
    [
        "Low potassium (hypokalaemia) is worth a talk.",
        "If you have kidney trouble, ask first.",
        "A level of 3.5 mmol/L is the usual limit.",
        "Do not take more of it because of a quiz.",
    ],
)
def test_a_sentence_that_may_be_told_is_left_alone(rulebase: RuleBase, quiet: Rule, says: str) -> None:
    assert codes(rulebase, replace(quiet, says=says)) == []


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
