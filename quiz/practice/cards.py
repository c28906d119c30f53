"""What is learned: one card for each rule, concept, teaching point and pair that is mistaken for each other.

A pair is two states, or a state and that none is named.

A card is known by its meaning. A rule whose words change is the same card; a rule whose condition or conclusion
changes has another meaning, and only its own card begins anew. Concepts are named in a meaning by their ids, so that a
changed concept begins anew itself and leaves the rules that use it alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from itertools import combinations
from typing import Any

from quiz.logic import positive
from quiz.model import (
    Cautions,
    Conclusion,
    Condition,
    Group,
    Holds,
    Interval,
    Is,
    Named,
    Raises,
    Rule,
    RuleBase,
    SpeaksAgainst,
    State,
    Supports,
    Teaching,
)
from quiz.practice.keys import NO_STATE, NOTHING
from quiz.practice.values import Answered

RULE, CONCEPT, TEACHING, PAIR = "rule", "concept", "teaching", "pair"


def rule_card(rule: str) -> str:
    return f"{RULE}:{rule}"


def concept_card(concept: str) -> str:
    return f"{CONCEPT}:{concept}"


def teaching_card(teaching: str) -> str:
    return f"{TEACHING}:{teaching}"


def pair_card(one: str, other: str) -> str:
    """The card for telling two states apart, or a state from none; the order does not matter."""
    first, second = sorted((one, other))
    return f"{PAIR}:{first}/{second}"


def kind_of(card: str) -> str:
    return card.partition(":")[0]


def subject(card: str) -> tuple[str, ...]:
    """The id that a card is about; for a pair both."""
    kind, _, rest = card.partition(":")
    return tuple(rest.split("/")) if kind == PAIR else (rest,)


def mix_ups(kind: str, key: frozenset[str], chosen: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """The states that were right, each with the one chosen in its place; right answers stand as (state, state).

    Only of items that ask for a state, whose options have the ids of states.
    """
    if kind != "state":
        return ()
    missed, wrong = sorted(key - chosen), sorted(chosen - key)
    right = [(each, each) for each in sorted(key & chosen)]
    return (*right, *((state, other) for state in missed or sorted(key) for other in wrong))


def practised(answered: Answered) -> tuple[str, ...]:
    """The cards an answer says something about.

    A wrong state says nothing on pairs that were not mixed up. A right one tells every pair of the item apart.
    """
    if answered.correct or answered.kind != "state":
        return answered.cards
    mixed = {
        pair_card(one, other) for one, other in mix_ups(answered.kind, answered.key, answered.chosen) if one != other
    }
    return tuple(card for card in answered.cards if kind_of(card) != PAIR or card in mixed)


def meanings(rulebase: RuleBase) -> Mapping[str, str]:
    """Every card of the rules with its meaning, as a short hash. Retired rules have none."""
    return {card: blake2b(_text(meaning).encode(), digest_size=10).hexdigest() for card, meaning in _all(rulebase)}


def label(rulebase: RuleBase, card: str) -> str:
    """What a card is about, for a person; its id where the rules do not know it any more."""
    kind, about = kind_of(card), subject(card)
    if kind == RULE and about[0] in rulebase.rules:
        return rulebase.rules[about[0]].says or about[0]
    if kind == CONCEPT and about[0] in rulebase.concepts:
        return rulebase.concepts[about[0]].label
    if kind == TEACHING and about[0] in rulebase.teaching:
        return rulebase.teaching[about[0]].says
    names = {NOTHING: NO_STATE, **{each.id: each.name for each in rulebase.states.values()}}
    if kind == PAIR and names.keys() >= {*about}:
        return " or ".join(names[each] for each in about)
    return ":".join((kind, "/".join(about)))


def _all(rulebase: RuleBase) -> Iterator[tuple[str, Any]]:
    for rule in rulebase.rules.values():
        if rule.provenance.state != "retired":
            yield rule_card(rule.id), [_condition(rulebase, rule.when), _conclusion(rule, rule.then)]
    for concept in rulebase.concepts.values():
        yield concept_card(concept.id), _condition(rulebase, concept.when)
    for teaching in rulebase.teaching.values():
        yield teaching_card(teaching.id), _teaching(teaching)
    for one, other in combinations(sorted(rulebase.states), 2):
        yield pair_card(one, other), [_state(rulebase.states[one]), _state(rulebase.states[other])]
    for state in rulebase.states.values():
        yield pair_card(state.id, NOTHING), [_state(state), NOTHING]


def _teaching(teaching: Teaching) -> Any:
    return [teaching.kind, sorted(set(teaching.facts)), sorted(set(teaching.minerals))]


def _state(state: State) -> Any:
    return [state.id, state.electrolyte, state.direction]


def _conclusion(rule: Rule, then: Conclusion) -> Any:
    if isinstance(then, Supports):
        return ["supports", then.state, then.strength.word]
    if isinstance(then, SpeaksAgainst):
        return ["against", then.state]
    if isinstance(then, Raises):
        return ["raises", then.urgency.word]
    assert isinstance(then, Cautions)
    # A caution concludes nothing but what it says, and that is what its facts say.
    return ["cautions", sorted(set(then.states)), sorted(set(rule.provenance.facts))]


def _condition(rulebase: RuleBase, condition: Condition) -> Any:
    """The condition in one shape for all ways to write it: order, repetition, nesting and `none` do not show."""
    return _shape(positive(condition, rulebase.findings))


def _shape(written: Condition) -> Any:
    if isinstance(written, Is):
        return ["is", written.finding, _value(written.value)]
    if isinstance(written, Holds):
        return ["holds", written.concept, written.value]
    if isinstance(written, Named):
        return ["named", written.state, written.strength.word]
    assert isinstance(written, Group)
    parts = [_shape(part) for part in written.of]
    needed = {"all": len(parts), "any": 1}.get(written.kind, written.count)
    if needed not in (1, len(parts)):
        return ["at_least", needed, *sorted(parts, key=_text)]  # repeated parts count twice, so they stay
    kind = "all" if needed == len(parts) else "any"
    flat = [inner for part in parts for inner in (part[1:] if part[0] == kind else [part])]
    different = [json.loads(each) for each in sorted({_text(each) for each in flat})]
    return different[0] if len(different) == 1 else [kind, *different]


def _value(value: str | Interval) -> Any:
    if isinstance(value, str):
        return value
    low = None if value.low is None else [float(value.low), value.with_low]
    high = None if value.high is None else [float(value.high), value.with_high]
    return [low, high]


def _text(meaning: Any) -> str:
    return json.dumps(meaning, ensure_ascii=False, separators=(",", ":"))
