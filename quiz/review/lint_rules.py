"""What is written in the rules and cannot be right, or does nothing, although every file is well formed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from itertools import combinations
from operator import or_

from quiz.errors import Problem
from quiz.model import (
    Answers,
    Cautions,
    Holds,
    Is,
    Raises,
    Rule,
    RuleBase,
    Screen,
    SpeaksAgainst,
    Supports,
    Urgency,
    leaves,
)
from quiz.review.condition_table import Table
from quiz.review.condition_table import each as numbers
from quiz.review.conditions import conditions

WHO = ("about", "life stage")
"""Kinds of findings that tell who somebody is. They may be asked before danger signs."""


def content(rulebase: RuleBase) -> list[Problem]:
    """Every lint of content, in file order. It needs neither an engine nor a solver."""
    return sorted(
        [
            *_concepts_without_use(rulebase),
            *_findings_without_use(rulebase),
            *_near_misses_far_away(rulebase),
            *_cases_written_twice(rulebase),
            *_rules_written_twice(rulebase),
            *_rules_at_odds(rulebase),
            *_danger_signs_asked_once(rulebase),
            *_danger_asked_late(rulebase),
            *_factors_on_their_own(rulebase),
        ]
    )


def _concepts_without_use(rulebase: RuleBase) -> Iterator[Problem]:
    used = {leaf.concept for each in conditions(rulebase) for leaf in leaves(each) if isinstance(leaf, Holds)}
    for concept in rulebase.concepts.values():
        if concept.id not in used and concept.provenance.state != "retired":
            yield Problem(concept.position, "K801", f'concept "{concept.id}" is used nowhere', "use it, or delete it")


def _findings_without_use(rulebase: RuleBase) -> Iterator[Problem]:
    asked = {finding for screen in rulebase.screens.values() for finding in screen.findings}
    follows = {finding for each in rulebase.implications for finding in each.then}
    used = {leaf.finding for each in conditions(rulebase) for leaf in leaves(each) if isinstance(leaf, Is)}
    used |= {finding for each in rulebase.look_alikes.values() for finding in each.findings}
    used |= set(rulebase.diseases.values())
    for finding in rulebase.findings.values():
        if finding.id not in asked | follows:
            yield Problem(finding.position, "K802", f'finding "{finding.id}" can never be answered',
                          "put it on a screen, or let it follow from an answer")  # fmt: skip
        if finding.id not in used:
            yield Problem(finding.position, "K803", f'an answer to "{finding.id}" is used nowhere',
                          "use it in a rule, or do not ask it")  # fmt: skip


def apart(case: Answers, other: Answers) -> int:
    """How many answers differ between two sets."""
    return sum(case.get(finding) != other.get(finding) for finding in {*case, *other})


def _near_misses_far_away(rulebase: RuleBase) -> Iterator[Problem]:
    for rule in rulebase.rules.values():
        for place, miss in enumerate(rule.near_miss, 1):
            away = min((apart(case, miss) for case in rule.fires), default=1)
            if away > 1:
                message = f'near miss {place} of "{rule.id}" is {away} answers away from the nearest firing case'
                yield Problem(rule.position, "K804", message, "change one answer of a firing case, and no more")


def _cases_written_twice(rulebase: RuleBase) -> Iterator[Problem]:
    for rule in rulebase.rules.values():
        named = [
            *((f"firing case {place}", case) for place, case in enumerate(rule.fires, 1)),
            *((f"near miss {place}", case) for place, case in enumerate(rule.near_miss, 1)),
        ]
        for (name, case), (other, same) in combinations(named, 2):
            if dict(case) == dict(same):
                message = f'{name} and {other} of "{rule.id}" are the same'
                yield Problem(rule.position, "K807", message, "keep one of them")


def _speaking(rulebase: RuleBase) -> list[Rule]:
    return [rule for rule in rulebase.rules.values() if rule.provenance.state != "retired"]


def _rules_written_twice(rulebase: RuleBase) -> Iterator[Problem]:
    seen: dict[tuple[object, object, str], Rule] = {}
    for rule in _speaking(rulebase):  # two warnings about the same thing may well say different things
        says = rule.says if isinstance(rule.then, Cautions) else ""
        first = seen.setdefault((rule.when, rule.then, says), rule)
        if first is not rule:
            message = f'rule "{rule.id}" has the condition and the conclusion of "{first.id}"'
            yield Problem(rule.position, "K805", message, f"keep one of them; the other is at {first.position}")


def _rules_at_odds(rulebase: RuleBase) -> Iterator[Problem]:
    speaking = _speaking(rulebase)
    supporting = {(rule.when, rule.then.state): rule for rule in speaking if isinstance(rule.then, Supports)}
    for rule in speaking:
        if isinstance(rule.then, SpeaksAgainst) and (other := supporting.get((rule.when, rule.then.state))):
            message = f'rule "{rule.id}" speaks against {rule.then.state} where "{other.id}" supports it'
            hint = f"both have one condition: keep one of them, or tell them apart; the other is at {other.position}"
            yield Problem(rule.position, "K808", message, hint)


def _danger_signs_asked_once(rulebase: RuleBase) -> Iterator[Problem]:
    danger: Mapping[str, None] = dict.fromkeys(
        leaf.finding
        for rule in rulebase.rules.values()
        if isinstance(rule.then, Raises) and rule.then.urgency is Urgency.EMERGENCY
        for leaf in leaves(rule.when)
        if isinstance(leaf, Is)
    )
    on_screens = {each for screen in rulebase.screens.values() if screen.red_flags for each in screen.findings}
    for each in danger:
        finding = rulebase.findings[each]
        if each in on_screens and not finding.is_number and not finding.rephrase:
            yield Problem(finding.position, "K806", f'the danger sign "{each}" has no second wording',
                          "add `rephrase`: it is asked again after a not sure")  # fmt: skip


def _danger_asked_late(rulebase: RuleBase) -> Iterator[Problem]:
    before = ""
    for screen in rulebase.screens.values():
        alone = () if screen.red_flags else _emergencies_alone(rulebase, screen)
        if alone:
            yield Problem(screen.position, "K809", f'"{screen.id}" asks late for what alone is an emergency: '
                          f"{', '.join(alone)}", "put it on a screen with `red_flags: true`")  # fmt: skip
        elif not screen.red_flags and any(rulebase.findings[each].kind not in WHO for each in screen.findings):
            before = before or screen.id
        if screen.red_flags and screen.ask != "always":
            yield Problem(screen.position, "K809", f'"{screen.id}" asks for danger signs, and not everybody',
                          "write `ask: always`")  # fmt: skip
        if screen.red_flags and before:
            yield Problem(screen.position, "K809", f'"{screen.id}" asks for danger signs after "{before}"',
                          "put it before all but what is asked about the person")  # fmt: skip


def _emergencies_alone(rulebase: RuleBase, screen: Screen) -> tuple[str, ...]:
    """Findings in words of which one answer alone raises a red flag. A number is no sign that a person feels."""
    alone = [(each, word) for each in screen.findings for word in rulebase.findings[each].words]
    table = Table(rulebase, [{finding: word} for finding, word in alone])
    raised = reduce(or_, (table.true(rule.when) for rule in _speaking(rulebase) if rule.red_flag), 0)
    return tuple(dict.fromkeys(alone[number][0] for number in numbers(raised)))


def _factors_on_their_own(rulebase: RuleBase) -> Iterator[Problem]:
    for finding in rulebase.findings.values():
        for unit in finding.other_units:
            if unit.factor != 1 and not any(printed.endswith(f" {unit.name}") for printed in finding.same_levels):
                hint = f'write a known one: `same_levels: {{"NUMBER {unit.name}": NUMBER {finding.unit}}}`'
                message = f'no level of "{finding.id}" bears out the factor of "{unit.name}"'
                yield Problem(finding.position, "K810", message, hint)
