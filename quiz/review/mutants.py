"""Small changes to the rules, each of which a good table of cases should notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

from quiz.errors import Position
from quiz.formulas import bounds
from quiz.logic import denial, positive
from quiz.model import (
    Condition,
    Finding,
    Group,
    Holds,
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
from quiz.review.english import English

Part = Literal["rule", "concept", "implication"]
Operator = Literal["drop", "flip", "count", "bound", "level", "negate", "remove"]

OPERATORS: Mapping[Operator, str] = {
    "drop": "a condition left out",
    "flip": "all for any, any for all",
    "count": "one more or one less wanted",
    "bound": "a limit moved",
    "level": "one level stronger or weaker",
    "negate": "a condition turned round",
    "remove": "the whole rule left out",
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule base with one small change.

    `part` and `where` tell what is changed: the id of a rule or of a concept, or the number of an implication. `what`
    tells the change in plain words. `then` is the changed conclusion of a rule; nothing is changed there otherwise.
    `id` is the same as long as the rule is.
    """

    id: str
    operator: Operator
    part: Part
    where: str
    what: str
    position: Position
    when: Condition | None
    then: Supports | Raises | None = None


def mutants(rulebase: RuleBase) -> tuple[Mutant, ...]:
    """Every small change to the rules that speak, the concepts and the implications, in the order of the files."""
    return tuple(_mutants(rulebase))


def mutated(rulebase: RuleBase, mutant: Mutant) -> RuleBase:
    """The rule base with this change."""
    if mutant.part == "concept":
        concept = rulebase.concepts[mutant.where]
        assert mutant.when is not None
        changed = {**rulebase.concepts, mutant.where: replace(concept, when=mutant.when)}
        return replace(rulebase, concepts=MappingProxyType(changed))
    if mutant.part == "implication":
        place = int(mutant.where)
        here = rulebase.implications[place]
        kept = [] if mutant.when is None else [replace(here, when=positive(mutant.when, rulebase.findings))]
        before, after = rulebase.implications[:place], rulebase.implications[place + 1 :]
        return replace(rulebase, implications=(*before, *kept, *after))
    rules = dict(rulebase.rules)
    changed_rule = of_rule(rules[mutant.where], mutant)
    if changed_rule is None:
        del rules[mutant.where]
    else:
        rules[mutant.where] = changed_rule
    return replace(rulebase, rules=MappingProxyType(rules))


def of_rule(rule: Rule, mutant: Mutant) -> Rule | None:
    """The changed rule; None where it is left out."""
    if mutant.operator == "remove":
        return None
    return replace(rule, when=mutant.when or rule.when, then=mutant.then or rule.then)


def _mutants(rulebase: RuleBase) -> Iterator[Mutant]:
    changes = _Changes(rulebase)
    for rule in rulebase.rules.values():
        if rule.provenance.state == "retired":
            continue
        number = 0
        for operator, what, when in changes.of(rule.when):
            number += 1
            yield Mutant(f"{rule.id}#{number}", operator, "rule", rule.id, what, rule.position, when)
        for what, then in _levels(rule):
            number += 1
            yield Mutant(f"{rule.id}#{number}", "level", "rule", rule.id, what, rule.position, None, then)
        what = "leaves the whole rule out"
        yield Mutant(f"{rule.id}#{number + 1}", "remove", "rule", rule.id, what, rule.position, None)
    for concept in rulebase.concepts.values():
        for number, (operator, what, when) in enumerate(changes.of(concept.when), 1):
            yield Mutant(f"{concept.id}#{number}", operator, "concept", concept.id, what, concept.position, when)
    for place, implication in enumerate(rulebase.implications):
        name, number = f"implication-{place + 1}", 0
        for operator, what, when in changes.of(implication.when):
            number += 1
            yield Mutant(
                f"{name}#{number}", operator, "implication", str(place), what, implication.position, when
            )  # fmt: skip
        what = "leaves the whole implication out"
        yield Mutant(f"{name}#{number + 1}", "remove", "implication", str(place), what, implication.position, None)


def _levels(rule: Rule) -> Iterator[tuple[str, Supports | Raises]]:
    then = rule.then
    if isinstance(then, Supports):
        for strength in Strength:
            if abs(strength - then.strength) == 1:
                yield f"supports with {strength.word} instead of {then.strength.word}", replace(then, strength=strength)
    elif isinstance(then, Raises):
        for urgency in Urgency:
            if abs(urgency - then.urgency) == 1:
                yield f"raises to {urgency.word} instead of {then.urgency.word}", Raises(urgency)


_Change = tuple[Operator, str, Condition]


LISTED = 3
"""Parts of a group that are told one by one."""


class _Changes:
    def __init__(self, rulebase: RuleBase) -> None:
        self.findings, self.english = rulebase.findings, English(rulebase)
        self.bounds = bounds([rulebase])

    def of(self, condition: Condition) -> Iterator[_Change]:
        """Every condition that differs from this one by one small change."""
        if not isinstance(condition, Group):
            yield from self._leaf(condition)
            return
        yield from self._group(condition)
        for place, part in enumerate(condition.of):
            for operator, what, changed in self.of(part):
                yield operator, what, replace(condition, of=_with(condition.of, place, changed))

    def _group(self, group: Group) -> Iterator[_Change]:
        size = len(group.of)
        if size > 1 and group.count < size:
            for place, part in enumerate(group.of):
                rest = (*group.of[:place], *group.of[place + 1 :])
                yield "drop", f"leaves out “{self._told(part)}”", replace(group, of=rest)
        listed = self._listed(group.of)
        if size > 1 and group.kind in ("all", "any"):
            other: Literal["all", "any"] = "any" if group.kind == "all" else "all"
            yield "flip", f"wants {other} instead of {group.kind} of these ({listed})", Group(other, group.of)
        if group.kind == "at_least":
            for count in (group.count - 1, group.count + 1):
                if 1 <= count <= size:
                    what = f"wants at least {count} instead of {group.count} of these ({listed})"
                    yield "count", what, replace(group, count=count)

    def _leaf(self, leaf: Is | Holds | Named) -> Iterator[_Change]:
        told = self._told(leaf)
        if isinstance(leaf, Named):
            for strength in Strength:
                if abs(strength - leaf.strength) == 1:
                    changed = Named(leaf.state, strength)
                    yield "level", f"wants “{self._told(changed)}” instead of “{told}”", changed
            return
        if isinstance(leaf, Is) and isinstance(leaf.value, Interval):
            for interval in self._moved(self.findings[leaf.finding], leaf.value):
                moved = Is(leaf.finding, interval)
                yield "bound", f"wants “{self._told(moved)}” instead of “{told}”", moved
        turned = denial(leaf, self.findings)
        yield "negate", f"wants “{self._told(turned)}” instead of “{told}”", turned

    def _told(self, condition: Condition) -> str:
        if not isinstance(condition, Group):
            return self.english.test(condition)
        return f"{self.english.group(condition)} ({self._listed(condition.of)})"

    def _listed(self, parts: Sequence[Condition]) -> str:
        more = len(parts) - LISTED
        return "; ".join([*map(self._told, parts[:LISTED]), *([f"{more} more"] if more > 0 else [])])

    def _moved(self, finding: Finding, interval: Interval) -> Iterator[Interval]:
        """Each bound taken in or out, or moved to the next number that some condition names.

        Only what leaves something inside the range of the finding.
        """
        points = sorted({finding.low, finding.high, *self.bounds.get(finding.id, ())})
        found = []
        if interval.low is not None:
            found.append(replace(interval, with_low=not interval.with_low))
            found += [replace(interval, low=point) for point in _next_to(points, interval.low)]
        if interval.high is not None:
            found.append(replace(interval, with_high=not interval.with_high))
            found += [replace(interval, high=point) for point in _next_to(points, interval.high)]
        inside = [*points, *((low + high) / 2 for low, high in pairwise(points))]
        yield from (each for each in found if any(point in each for point in inside))


def _next_to(points: Sequence[float], bound: float) -> list[float]:
    below, above = [each for each in points if each < bound], [each for each in points if each > bound]
    return [*below[-1:], *above[:1]]


def _with(parts: tuple[Condition, ...], place: int, changed: Condition) -> tuple[Condition, ...]:
    return (*parts[:place], changed, *parts[place + 1 :])
