"""A signature is of one wording of a rule or a concept: another one has another signature."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from quiz.model import Concept, Provenance, Rule, RuleBase, SpeaksAgainst, Supports
from quiz.review.mutants import mutants, mutated
from quiz.rulebase import load
from quiz.signature import signature
from tests.test_review_coverage import SMALL


@pytest.fixture(scope="module")
def small() -> RuleBase:
    return load(SMALL)


def test_no_two_rules_or_concepts_have_one_signature(rulebase: RuleBase) -> None:
    entries: list[Rule | Concept] = [*rulebase.rules.values(), *rulebase.concepts.values()]
    found = Counter(signature(each, rulebase) for each in entries)

    assert [each for each, times in found.items() if times > 1] == []


def test_what_a_reviewer_reads_is_signed(rulebase: RuleBase) -> None:
    rule = next(each for each in rulebase.rules.values() if isinstance(each.then, Supports))
    assert isinstance(rule.then, Supports)
    about = rule.provenance
    for changed in (
        replace(rule, says=rule.says + " Ask."),
        replace(rule, because=rule.because + " So ask."),
        replace(rule, then=SpeaksAgainst(rule.then.state)),
        replace(rule, provenance=Provenance(about.facts[1:], about.sources)),
        replace(rule, provenance=Provenance(about.facts, about.sources[1:])),
    ):
        assert signature(changed, rulebase) != signature(rule, rulebase)


def with_other(known: Mapping[str, Any], name: str, **changed: str) -> dict[str, Any]:
    return {**known, name: replace(known[name], **changed)}


@pytest.mark.parametrize("field", ["label", "question", "unit"])
def test_what_is_asked_for_a_rule_is_signed_with_it(rulebase: RuleBase, field: str) -> None:
    rule = rulebase.rules["lab-urgency.potassium-severely-raised"]
    changed = replace(rulebase, findings=with_other(rulebase.findings, "potassium_mmol_l", **{field: "otherwise"}))
    beside = replace(rulebase, findings=with_other(rulebase.findings, "sodium_mmol_l", **{field: "otherwise"}))

    assert signature(rule, changed) != signature(rule, rulebase) == signature(rule, beside)


def test_the_texts_of_facts_and_sources_are_signed_with_the_rules_that_rest_on_them(rulebase: RuleBase) -> None:
    for rule in rulebase.rules.values():
        for fact in rule.provenance.facts:
            changed = replace(rulebase, facts=with_other(rulebase.facts, fact, text="The contrary."))
            assert signature(rule, changed) != signature(rule, rulebase)
        for source in rule.provenance.sources:
            changed = replace(rulebase, sources=with_other(rulebase.sources, source, title="Another one"))
            assert signature(rule, changed) != signature(rule, rulebase)


def test_more_cases_and_another_place_need_no_new_review(rulebase: RuleBase) -> None:
    for rule in rulebase.rules.values():
        moved = replace(rule, fires=(), near_miss=(), position=replace(rule.position, line=1))

        assert signature(moved, rulebase) == signature(rule, rulebase)


def test_every_small_change_of_a_rule_or_a_concept_has_another_signature(small: RuleBase) -> None:
    tried = 0
    for mutant in mutants(small):
        changed = mutated(small, mutant)
        for before, after in ((small.rules, changed.rules), (small.concepts, changed.concepts)):
            if mutant.where in before and mutant.where in after:
                one, other = (signature(each[mutant.where], small) for each in (before, after))
                assert one != other, mutant.what
                tried += 1

    assert tried > 20
