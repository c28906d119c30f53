"""Which rules can never fire: the solver's answer, held against trying every set of answers."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quiz.errors import RuleBaseError
from quiz.model import (
    Condition,
    Group,
    Holds,
    Implication,
    Interval,
    Is,
    Named,
    Raises,
    Rule,
    RuleBase,
    Strength,
    Supports,
    Urgency,
)
from quiz.rulebase import load
from quiz.solver import cannot_fire, clashes
from tests import making
from tests.conftest import ROOT
from tests.evaluator import Evaluator
from tests.few import EVERYTHING, FEW, narrowed

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


@given(making.rulebases(most_rules=10))
@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_the_solver_agrees_with_trying_every_set_of_answers(made: RuleBase) -> None:
    rules = [
        making.rule(each.id, narrowed(each.when), each.then, each.provenance.state) for each in made.rules.values()
    ]
    concepts = [making.concept(each.id, narrowed(each.when)) for each in made.concepts.values()]
    rulebase = making.rulebase(FEW, rules, concepts)
    tried = Evaluator(rulebase, EVERYTHING)

    assert {rule.id for rule in cannot_fire(rulebase)} == {
        rule.id for rule in rulebase.rules.values() if not tried.verdict(rule.when)[0]
    }


# --- what follows at odds ---------------------------------------------------------------------------


def follows(when: Condition, **then: str) -> Implication:
    return Implication(when, then, "", making.HERE)


def clashing(*implications: Implication) -> set[str]:
    return {finding for finding, _, _ in clashes(making.rulebase(making.FINDINGS, [], implications=implications))}


F1, F2 = Is("f1", "yes"), Is("f2", "yes")


@pytest.mark.parametrize(
    ("implications", "expected"),
    [
        ([follows(F1, f0="yes"), follows(F2, f0="no")], {"f0"}),
        ([follows(F1, f0="yes"), follows(Is("f1", "no"), f0="no")], set()),
        ([follows(F1, f0="yes", f2="no"), follows(F2, f0="no")], set()),
        ([follows(F1, f0="yes", f3="no"), follows(F2, f0="no"), follows(Is("f3", "no"), f2="no")], {"f0"}),  # f3 unsure
        ([follows(F1, f0="yes"), follows(F1, f0="no")], {"f0"}),
        ([follows(level(low=5), f0="yes"), follows(level(high=5), f0="no")], set()),
        ([follows(level(low=5), f0="yes"), follows(level(high=5, with_high=True), f0="no")], {"f0"}),
        ([follows(F1, pot="clay"), follows(F2, pot="metal")], {"pot"}),
        ([follows(F1, f0="yes"), follows(F2, f0="yes")], set()),
    ],
)
def test_what_follows_clashes_only_where_no_answer_is_at_odds(
    implications: list[Implication], expected: set[str]
) -> None:
    assert clashing(*implications) == expected


WORDS = st.sampled_from(["yes", "no"])
FOLLOWING = st.builds(
    lambda finding, word, then, follow: follows(Is(finding, word), **{then: follow}),
    st.sampled_from(["f0", "f1", "f2"]), WORDS, st.sampled_from(["f0", "f1", "f2", "f3"]), WORDS,
)  # fmt: skip


@given(st.lists(FOLLOWING, max_size=5))
def test_clashes_are_those_that_trying_every_set_of_answers_finds(implications: list[Implication]) -> None:
    rulebase = making.rulebase(making.FINDINGS, [], implications=implications)
    found = set()
    for words in product(("yes", "no", "unsure", None), repeat=4):
        answers = {f"f{n}": word for n, word in enumerate(words) if word is not None}
        known = paths(implications, answers)
        if not any(known[finding] - {word} for finding, word in answers.items() if word != "unsure"):
            found |= {finding for finding, told in known.items() if finding not in answers and len(told) > 1}

    assert {finding for finding, _, _ in clashes(rulebase)} == found


def paths(implications: list[Implication], answers: Mapping[str, str]) -> dict[str, set[str]]:
    """For each finding every word that follows, where what is answered is never overwritten."""
    told: dict[str, set[str]] = {f"f{n}": set() for n in range(4)}
    for _ in range(9):
        for each in implications:
            assert isinstance(each.when, Is)
            test = each.when
            if answers.get(test.finding) == test.value or (
                test.finding not in answers and test.value in told[test.finding]
            ):
                for finding, word in each.then.items():
                    told[finding].add(word)
    return told


def test_the_shipped_rules_have_no_clash_and_rules_that_have_one_are_refused_at_its_place(
    rulebase: RuleBase, tmp_path: Path
) -> None:
    assert list(clashes(rulebase)) == []

    shutil.copytree(ROOT / "tests" / "rulebases" / "small", tmp_path / "rules")
    clash = "topic: a clash\nimplications:\n  - {when: {heat_wave: yes}, then: {wet_soil: yes}, because: Made up.}\n"
    (tmp_path / "rules" / "clash.yaml").write_text(clash, encoding="utf-8")
    with pytest.raises(RuleBaseError) as error:
        load(tmp_path / "rules", cannot_fire, clashes)

    (told,) = map(str, error.value.problems)
    assert 'R424 for "wet_soil" both' in told
    assert "clash.yaml:3:5" in told
