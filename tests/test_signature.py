"""A signature is of one wording of a rule or a concept: another one has another signature."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

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
    found = Counter(map(signature, entries))

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
        assert signature(changed) != signature(rule)


def test_more_cases_and_another_place_need_no_new_review(rulebase: RuleBase) -> None:
    for rule in rulebase.rules.values():
        moved = replace(rule, fires=(), near_miss=(), position=replace(rule.position, line=1))

        assert signature(moved) == signature(rule)


def test_every_small_change_of_a_rule_or_a_concept_has_another_signature(small: RuleBase) -> None:
    tried = 0
    for mutant in mutants(small):
        changed = mutated(small, mutant)
        for before, after in ((small.rules, changed.rules), (small.concepts, changed.concepts)):
            if mutant.where in before and mutant.where in after:
                assert signature(before[mutant.where]) != signature(after[mutant.where]), mutant.what
                tried += 1

    assert tried > 20
