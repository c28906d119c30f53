"""Every condition that stands in the rules, and every sentence that may have one."""

from __future__ import annotations

from collections.abc import Iterator

from quiz.model import Condition, RuleBase, Sentence


def conditions(rulebase: RuleBase) -> Iterator[Condition]:
    """The conditions of rules, concepts, constraints and sentences. Those of properties are not among them."""
    for group in (rulebase.rules.values(), rulebase.concepts.values(), rulebase.implications):
        yield from (each.when for each in group)
    yield from (each.when for each in sentences(rulebase) if each.when is not None)


def sentences(rulebase: RuleBase) -> Iterator[Sentence]:
    """What is told with a state, and what is told with every note."""
    for state in rulebase.states.values():
        yield from (*state.about, *state.tests, *state.ask)
    yield from (*rulebase.general_questions, *rulebase.general_cautions)
