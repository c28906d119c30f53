"""Which rules can never fire: the solver's answer, held against trying every set of answers."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings

from quiz.model import Condition, Group, Holds, Interval, Is, Named, Raises, Rule, RuleBase, Strength, Supports, Urgency
from quiz.solver import cannot_fire
from tests import making
from tests.evaluator import Evaluator

F0, NOT_F0 = Is("f0", "yes"), Is("f0", "no")


def level(low: float | None = None, high: float | None = None, with_low: bool = True, with_high: bool = False) -> Is:
    return Is("level", Interval(low, high, with_low, with_high))


CONCEPTS = (
    making.concept("both", Group("all", (F0, Is("f1", "yes")))),
    making.concept("never", Group("all", (F0, NOT_F0))),
)


def never(condition: Condition, *more: Rule) -> bool:
    rulebase = making.rulebase(
        making.FINDINGS, [making.rule("r.asked", condition, Raises(Urgency.SOON)), *more], CONCEPTS
    )
    return "r.asked" in {rule.id for rule in cannot_fire(rulebase)}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (F0, False),
        (Group("all", (F0, NOT_F0)), True),
        (Group("any", (F0, NOT_F0)), False),
        (Group("none", (F0, NOT_F0)), True),
        (Group("all", (F0, Group("none", (F0,)))), True),
        (Group("all", (Is("pot", "clay"), Is("pot", "metal"))), True),
        (Group("none", (Is("pot", "clay"), Is("pot", "metal"))), False),
        (Group("none", tuple(Is("pot", word) for word in ("clay", "metal", "plastic"))), True),
        (Group("at_least", tuple(Is("pot", word) for word in ("clay", "metal", "plastic")), 2), True),
        (Group("at_least", (F0, NOT_F0, Is("f1", "yes")), 2), False),
        (Group("at_least", (F0, NOT_F0, Is("f1", "yes")), 3), True),
        (Group("at_least", (F0, F0), 2), False),
        (Group("all", (level(high=3), level(low=5))), True),
        (Group("all", (level(high=3), level(low=3))), True),
        (Group("all", (level(high=3, with_high=True), level(low=3))), False),
        (Group("all", (level(high=3, with_high=True), level(low=3, with_low=False))), True),
        (Group("all", (level(low=3, with_low=False), level(high=3.001))), False),
        (level(low=10, with_low=False), True),
        (level(high=0), True),
        (Group("none", (level(low=0, high=10, with_high=True),)), True),
        (Holds("both"), False),
        (Holds("never"), True),
        (Holds("never", "no"), False),
        (Group("all", (Holds("both"), NOT_F0)), True),
        (Group("all", (Holds("both", "no"), F0)), False),
        (Group("all", (Holds("both", "no"), F0, Is("f1", "yes"))), True),
        (Named("X_LOW"), True),
    ],
)
def test_a_rule_can_never_fire(condition: Condition, expected: bool) -> None:
    assert never(condition) == expected


def test_a_rule_on_a_named_state_needs_another_that_names_it_with_enough_support() -> None:
    weak = making.rule("r.weak", F0, Supports("X_LOW", Strength.WEAK))
    retired = making.rule("r.retired", F0, Supports("X_LOW", Strength.STRONG), state="retired")
    wanted = Named("X_LOW", Strength.STRONG)

    assert not never(Named("X_LOW"), weak)
    assert never(wanted, weak)
    assert never(wanted, weak, retired)
    assert never(Group("all", (Named("X_LOW"), NOT_F0)), weak)


SOME = (making.FINDINGS[0], making.FINDINGS[1], making.FINDINGS[6], making.FINDINGS[7])
EVERYTHING = [
    {finding.id: answer for finding, answer in zip(SOME, answers, strict=True) if answer is not None}
    for answers in product(*((*(each.words or making.POINTS), None) for each in SOME))
]


def narrowed(condition: Condition) -> Condition:
    """The same condition about fewer findings, so that every set of answers can be tried."""
    if isinstance(condition, Group):
        return Group(condition.kind, tuple(map(narrowed, condition.of)), condition.count)
    if isinstance(condition, Is) and condition.finding.startswith("f"):
        return Is(f"f{int(condition.finding[1:]) % 2}", condition.value)
    return condition


@given(making.rulebases(most_rules=10))
@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_the_solver_agrees_with_trying_every_set_of_answers(made: RuleBase) -> None:
    rules = [
        making.rule(each.id, narrowed(each.when), each.then, each.provenance.state) for each in made.rules.values()
    ]
    concepts = [making.concept(each.id, narrowed(each.when)) for each in made.concepts.values()]
    rulebase = making.rulebase(SOME, rules, concepts)
    tried = Evaluator(rulebase, EVERYTHING)

    assert {rule.id for rule in cannot_fire(rulebase)} == {
        rule.id for rule in rulebase.rules.values() if not tried.verdict(rule.when)[0]
    }
