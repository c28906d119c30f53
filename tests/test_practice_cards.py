"""What a card is, and when it is still the same one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given as any_of
from hypothesis import settings
from hypothesis import strategies as st

from quiz.errors import Position
from quiz.model import (
    Cautions,
    Condition,
    Group,
    Holds,
    Interval,
    Is,
    Provenance,
    Raises,
    RuleBase,
    Strength,
    Supports,
    Teaching,
    Urgency,
)
from quiz.practice.cards import (
    concept_card,
    label,
    meanings,
    mix_ups,
    pair_card,
    practised,
    rule_card,
    subject,
    teaching_card,
)
from tests.making import FINDINGS, STATES, concept, conditions, rule, rulebase, rulebases
from tests.practice_making import given

A, B, C = Is("f0", "yes"), Is("f1", "no"), Is("pot", "clay")


def meaning_of(when: Condition, **changes: Any) -> str:
    return meanings(rulebase(FINDINGS, [replace(rule("r", when), **changes)]))[rule_card("r")]


def test_every_rule_concept_teaching_point_and_pair_of_answers_has_one_card(rulebase: RuleBase) -> None:
    live = [each for each in rulebase.rules.values() if each.provenance.state != "retired"]
    pairs = (len(rulebase.states) + 1) * len(rulebase.states) // 2

    assert len(meanings(rulebase)) == len(live) + len(rulebase.concepts) + len(rulebase.teaching) + pairs


def test_every_card_has_a_label_a_person_can_read(rulebase: RuleBase) -> None:
    for card in meanings(rulebase):
        assert label(rulebase, card).strip()
        assert not label(rulebase, card).startswith(("rule:", "concept:", "teaching:", "pair:"))


def test_a_card_of_other_rules_is_told_by_its_id(rulebase: RuleBase) -> None:
    assert label(rulebase, rule_card("unheard.of")) == "rule:unheard.of"
    assert label(rulebase, pair_card("X", "Y")) == "pair:X/Y"


def test_a_pair_is_the_same_either_way_round() -> None:
    assert pair_card("B", "A") == pair_card("A", "B")
    assert subject(pair_card("B", "A")) == ("A", "B")


def test_a_retired_rule_has_no_card() -> None:
    retired = rule("r", A, state="retired")

    assert rule_card("r") not in meanings(rulebase(FINDINGS, [retired]))


@pytest.mark.parametrize(
    "same",
    [
        Group("all", (B, A)),
        Group("all", (A, B, A)),
        Group("all", (Group("all", (A,)), B)),
        Group("all", (A, Group("any", (B, B)))),
        Group("at_least", (A, B), 2),
        Group("all", (A, Group("at_least", (B,), 1))),
        Group("all", (A, Group("none", (Is("f1", "yes"),)))),
    ],
    ids=str,
)
def test_the_same_condition_written_otherwise_is_the_same_card(same: Condition) -> None:
    assert meaning_of(same) == meaning_of(Group("all", (A, B)))


@pytest.mark.parametrize(
    "other",
    [
        A,
        Group("any", (A, B)),
        Group("all", (A, B, C)),
        Group("all", (A, Is("f1", "yes"))),
        Group("all", (A, Is("f2", "no"))),
        Group("at_least", (A, B, C), 2),
    ],
    ids=str,
)
def test_another_condition_is_another_meaning(other: Condition) -> None:
    assert meaning_of(other) != meaning_of(Group("all", (A, B)))


def test_a_number_is_part_of_the_meaning_and_so_is_its_bound() -> None:
    limits = [
        Interval(high=3), Interval(high=2.5), Interval(high=3, with_high=True), Interval(low=3), Interval(1, 3),
    ]  # fmt: skip

    assert len({meaning_of(Is("level", each)) for each in limits}) == len(limits)
    assert meaning_of(Is("level", Interval(high=3))) == meaning_of(Is("level", Interval(high=3.0)))


@pytest.mark.parametrize(
    "edit",
    [
        {"says": "Other words."},
        {"because": "Other words."},
        {"position": Position("elsewhere.yaml", 9, 9)},
        {"provenance": Provenance(("F-1",), ("S-1",), "reviewed", "somebody", "2026-01-01")},
        {"fires": ({"f0": "yes"},)},
    ],
    ids=str,
)
def test_a_wording_edit_keeps_the_card(edit: Mapping[str, Any]) -> None:
    assert meaning_of(A, **edit) == meaning_of(A)


@pytest.mark.parametrize(
    "then",
    [Supports(STATES[1], Strength.WEAK), Supports(STATES[0], Strength.STRONG), Raises(Urgency.SOON), Cautions()],
    ids=str,
)
def test_another_conclusion_is_another_meaning(then: object) -> None:
    assert meaning_of(A, then=then) != meaning_of(A)


def test_a_caution_means_what_its_facts_say() -> None:
    facts = Provenance(("F-1", "F-2"))

    assert meaning_of(A, then=Cautions(), provenance=facts) != meaning_of(A, then=Cautions())
    turned = Provenance(("F-2", "F-1"))
    assert meaning_of(A, then=Cautions(), provenance=facts) == meaning_of(A, then=Cautions(), provenance=turned)


def test_a_changed_concept_begins_anew_itself_and_leaves_its_rules_alone() -> None:
    user = rule("r", Holds("c"))
    before = meanings(rulebase(FINDINGS, [user], [concept("c", A)]))
    after = meanings(rulebase(FINDINGS, [user], [concept("c", B)]))

    assert [card for card in before if before[card] != after[card]] == [concept_card("c")]


def test_a_concept_that_gets_another_label_is_the_same() -> None:
    one = concept("c", A)
    told = replace(one, label="something else", because="other words")

    assert meanings(rulebase(FINDINGS, [], [one])) == meanings(rulebase(FINDINGS, [], [told]))


def test_a_teaching_point_is_what_its_facts_and_kind_are() -> None:
    def meaning(**changes: Any) -> str:
        point = Teaching("t", "point", "Words.", ("F-1", "F-2"), Position("x", 1, 1), misconception="wrong words")
        changed = replace(point, **changes)
        return meanings(replace(rulebase(FINDINGS, []), teaching={"t": changed}))[teaching_card("t")]

    assert meaning(says="Others.", misconception="others", facts=("F-2", "F-1")) == meaning()
    assert len({meaning(), meaning(facts=("F-1",)), meaning(kind="link"), meaning(minerals=("x",))}) == 4


@settings(max_examples=15)
@any_of(rulebases(most_rules=6), st.data())
def test_a_changed_rule_begins_anew_alone(made: RuleBase, data: st.DataObject) -> None:
    chosen = data.draw(st.sampled_from(list(made.rules.values())))
    changed = replace(chosen, when=Group("all", (chosen.when, Is("f0", "no"), Is("f0", "yes"))))
    before, after = meanings(made), meanings(replace(made, rules={**made.rules, chosen.id: changed}))

    assert {card for card in before if before[card] != after[card]} <= {rule_card(chosen.id)}


@any_of(conditions(st.just(A)))
def test_the_order_of_parts_never_matters(when: Condition) -> None:
    assert meaning_of(_turned(when)) == meaning_of(when)


def _turned(when: Condition) -> Condition:
    return replace(when, of=tuple(map(_turned, when.of))[::-1]) if isinstance(when, Group) else when


def test_no_two_live_rules_of_the_quiz_have_the_same_id_and_all_meanings_are_stable(rulebase: RuleBase) -> None:
    assert meanings(rulebase) == meanings(replace(rulebase, fingerprint="other", title="other"))


# --- what an answer says about cards ----------------------------------------------------------------

LOW, HIGH, OTHER = STATES


def test_a_wrong_state_says_nothing_on_pairs_that_were_not_mixed_up() -> None:
    cards = (rule_card("r"), *(pair_card(one, two) for one, two in combinations(STATES, 2)))

    wrong = given("i", right=(LOW,), chosen=(HIGH,), kind="state", cards=cards)
    right = given("i", right=(LOW,), kind="state", cards=cards)

    assert practised(wrong) == (rule_card("r"), pair_card(LOW, HIGH))
    assert practised(right) == cards


def mixed(key: set[str], chosen: set[str]) -> tuple[tuple[str, str], ...]:
    return mix_ups("state", frozenset(key), frozenset(chosen))


def test_a_mix_up_is_the_missed_state_and_the_one_chosen_in_its_place() -> None:
    assert mixed({LOW}, {HIGH}) == ((LOW, HIGH),)
    assert mixed({LOW}, {LOW}) == ((LOW, LOW),)
    assert mixed({LOW, HIGH}, {LOW, OTHER}) == ((LOW, LOW), (HIGH, OTHER))
    assert mixed({LOW}, {LOW, OTHER}) == ((LOW, LOW), (LOW, OTHER))


def test_only_items_that_ask_for_a_state_tell_of_mix_ups() -> None:
    assert mix_ups("urgency", frozenset("a"), frozenset("b")) == ()
    assert practised(given("i", chosen=("b",), kind="urgency", cards=("rule:x",))) == ("rule:x",)
