"""Which cases notice which small change to the rules. Without the engine, so that thousands take seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType

from quiz.logic import denial
from quiz.model import (
    YES,
    Answers,
    Condition,
    Group,
    Holds,
    Is,
    Named,
    Raises,
    Rule,
    RuleBase,
    Strength,
    Supports,
    Urgency,
    Vignette,
    leaves,
)
from quiz.review.condition_table import Cases, Table, each
from quiz.review.mutants import Mutant, mutated, of_rule
from quiz.rulebase.cases import FIRES, NEAR_MISS, TableCase

NEVER = Group("any", ())
"""A condition that nothing makes true."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What a mutant changes. `rules` are those whose condition or conclusion is another, as they are then."""

    rulebase: RuleBase
    rules: Mapping[str, Rule] = field(default_factory=dict)


class Reach:
    """Which rules a change touches, each with all that changes written into it."""

    def __init__(self, rulebase: RuleBase) -> None:
        self.rulebase = rulebase
        self.rules = {rule.id: rule for rule in rulebase.rules.values() if rule.provenance.state != "retired"}
        self.results = frozenset(each.id for each in rulebase.findings.values() if each.kind == "lab")
        self.supporting: dict[str, list[str]] = {}
        self.raising = [rule.id for rule in self.rules.values() if isinstance(rule.then, Raises)]
        for rule in self.rules.values():
            if isinstance(rule.then, Supports):
                self.supporting.setdefault(rule.then.state, []).append(rule.id)
        self._naming = {
            rule.id: {leaf.state for leaf in leaves(rule.when) if isinstance(leaf, Named)}
            for rule in self.rules.values()
        }  # fmt: skip
        self._concepts_below: dict[str, frozenset[str]] = {}
        self._rests_on = {rule.id: self._concepts_in(rule.when) for rule in self.rules.values()}
        self._findings_of: dict[str, frozenset[str]] = {}

    def of(self, mutant: Mutant) -> Changed:
        """The rules that a mutant of a rule or a concept changes; an implication changes those that it can touch."""
        direct = self.direct(mutant)
        if mutant.part == "implication":
            return direct
        return Changed(self.rulebase, MappingProxyType({**direct.rules, **self._through_states(direct.rules)}))

    def direct(self, mutant: Mutant) -> Changed:
        """The same without the rules that are changed only because a state is named otherwise."""
        if mutant.part == "implication":
            return Changed(mutated(self.rulebase, mutant), self._touched(mutant))
        if mutant.part == "rule":
            rule = self.rules[mutant.where]
            return Changed(self.rulebase, {rule.id: of_rule(rule, mutant) or replace(rule, when=NEVER)})
        assert mutant.when is not None
        concepts = {mutant.where: mutant.when}
        return Changed(self.rulebase, {
            rule.id: replace(rule, when=self._written(rule.when, concepts, {}))
            for rule in self.rules.values()
            if mutant.where in self._rests_on[rule.id]
        })  # fmt: skip

    def _through_states(self, changed: Mapping[str, Rule]) -> dict[str, Rule]:
        """The rules that ask whether a state is named which a changed rule supports."""
        both = (self.rules[name] for name in changed), changed.values()
        states = {rule.then.state for rules in both for rule in rules if isinstance(rule.then, Supports)}
        if not states:
            return {}
        now = {**self.rules, **changed}
        return {
            name: replace(now[name], when=self._written(now[name].when, {}, now, states))
            for name, asked in self._naming.items()
            if not states.isdisjoint(asked)
        }

    def _written(
        self,
        condition: Condition,
        concepts: Mapping[str, Condition],
        rules: Mapping[str, Rule],
        states: Iterable[str] = (),
    ) -> Condition:
        """The condition with changed concepts and states written out."""
        if isinstance(condition, Group):
            parts = tuple(self._written(part, concepts, rules, states) for part in condition.of)
            return Group(condition.kind, parts, condition.count)
        if isinstance(condition, Holds):
            when = concepts.get(condition.concept, self.rulebase.concepts[condition.concept].when)
            if condition.concept not in concepts:
                if concepts.keys().isdisjoint(self._below(condition.concept)):
                    return condition
                when = self._written(when, concepts, rules, states)
            return when if condition.value == YES else denial(when, self.rulebase.findings)
        if isinstance(condition, Named) and condition.state in states:
            return Group("any", tuple(
                rule.when for rule in rules.values()
                if isinstance(rule.then, Supports)
                and rule.then.state == condition.state and rule.then.strength >= condition.strength
            ))  # fmt: skip
        return condition

    def _concepts_in(self, condition: Condition) -> frozenset[str]:
        """Every concept on which a condition rests."""
        direct = {leaf.concept for leaf in leaves(condition) if isinstance(leaf, Holds)}
        return frozenset(direct).union(*map(self._below, direct))

    def _below(self, concept: str) -> frozenset[str]:
        if concept not in self._concepts_below:
            self._concepts_below[concept] = self._concepts_in(self.rulebase.concepts[concept].when)
        return self._concepts_below[concept]

    def _touched(self, mutant: Mutant) -> dict[str, Rule]:
        """The rules in which a finding has a part whose answer can follow, at the end of some chain, from this."""
        touched = set(self.rulebase.implications[int(mutant.where)].then)
        while True:
            more = {
                finding
                for implication in self.rulebase.implications
                if any(isinstance(leaf, Is) and leaf.finding in touched for leaf in leaves(implication.when))
                for finding in implication.then
            } - touched
            if not more:
                break
            touched |= more
        return {rule.id: rule for rule in self.rules.values() if not touched.isdisjoint(self._findings_in(rule))}

    def _findings_in(self, rule: Rule) -> frozenset[str]:
        if rule.id not in self._findings_of:
            found: set[str] = set()
            for leaf in leaves(rule.when):
                if isinstance(leaf, Is):
                    found.add(leaf.finding)
                elif isinstance(leaf, Named):
                    for other in self.rules.values():
                        if isinstance(other.then, Supports) and other.then.state == leaf.state:
                            found |= self._findings_in(other)
            for concept in self._rests_on[rule.id]:
                found |= {leaf.finding for leaf in leaves(self.rulebase.concepts[concept].when) if isinstance(leaf, Is)}
            self._findings_of[rule.id] = frozenset(found)
        return self._findings_of[rule.id]


class Trials:
    """The cases of the rules: those in the rules, the vignettes, and tables beside the rules.

    `answers` are all of them; the number of a case is its place there, and `names` tells what it belongs to.
    """

    def __init__(self, rulebase: RuleBase, reach: Reach, tables: Sequence[TableCase], *, own: bool = True) -> None:
        """Without `own`, only the tables count."""
        self.rulebase, self.reach = rulebase, reach
        self.answers: list[Answers] = []
        self.names: list[str] = []
        self._fires: dict[str, Cases] = {}
        self._near: dict[str, Cases] = {}
        self._level: dict[str | None, Cases] = {}
        self._vignettes: dict[int, Vignette] = {}
        if own:
            for rule in reach.rules.values():
                for case in rule.fires:
                    self._add(self._fires, rule.id, case, rule.id)
                for case in rule.near_miss:
                    self._add(self._near, rule.id, case, rule.id)
            for vignette in rulebase.vignettes.values():
                self._vignettes[len(self.answers)] = vignette
                self.answers.append(vignette.answers)
                self.names.append(vignette.id)
        self._entries = [(len(self.answers) + place, each) for place, each in enumerate(
            each for each in tables if each.rule in reach.rules
        )]  # fmt: skip
        for _, entry in self._entries:
            self._add_entry(reach.rules[entry.rule], entry)
        self.table = Table(rulebase, self.answers)
        self.base = _Outcome(self.table, reach)
        self._keep_what_passes()

    @classmethod
    def of_answers(cls, rulebase: RuleBase, reach: Reach, cases: Sequence[Answers]) -> Trials:
        """Cases of which nothing is expected: for `notices`."""
        trials = cls(rulebase, reach, (), own=False)
        trials.answers.extend(cases)
        trials.names.extend([""] * len(cases))
        trials.table = Table(rulebase, trials.answers)
        trials.base = _Outcome(trials.table, reach)
        return trials

    def _add(self, kind: dict[str, Cases], key: str, answers: Answers, name: str) -> None:
        kind[key] = kind.get(key, 0) | 1 << len(self.answers)
        self.answers.append(answers)
        self.names.append(name)

    def _add_entry(self, rule: Rule, entry: TableCase) -> None:
        if entry.expected not in (FIRES, NEAR_MISS):
            key = rule.then.state if isinstance(rule.then, Supports) else None
            self._level[key] = self._level.get(key, 0) | 1 << len(self.answers)
        self._add(self._near if entry.expected == NEAR_MISS else self._fires, rule.id, entry.answers, rule.id)

    def _keep_what_passes(self) -> None:
        """A case that fails on the rules as they are tells nothing about a change."""
        lost = 0
        for number, _ in self.failing:
            lost |= 1 << number
        self._level = {key: cases & ~lost for key, cases in self._level.items()}
        for name, cases in self._fires.items():
            self._fires[name] = cases & self.base.rule(name)
        for name, cases in self._near.items():
            self._near[name] = cases & ~self.base.rule(name)

    @property
    def vignettes(self) -> Mapping[int, Vignette]:
        """By the number of the case."""
        return self._vignettes

    @property
    def failing(self) -> list[tuple[int, TableCase]]:
        """The cases of tables that do not do what they stand for, with their numbers."""
        return [(number, entry) for number, entry in self._entries if not self._passes(number, entry)]

    def _passes(self, number: int, entry: TableCase) -> bool:
        bit = 1 << number
        fires = bool(self.base.rule(entry.rule) & bit)
        if entry.expected in (FIRES, NEAR_MISS):
            return fires == (entry.expected == FIRES)
        then = self.reach.rules[entry.rule].then
        told: Strength | Urgency | None = None
        if isinstance(then, Supports):
            told = max((each for each in Strength if self.base.named(then.state, each) & bit), default=None)
        else:
            told = max((each for each in Urgency if self.base.urgency(each) & bit), default=None)
        return fires and told is not None and told.word == entry.expected

    def of_rule(self, rule: str) -> tuple[tuple[int, str], ...]:
        """The rule's own cases: the number of each, and whether it is FIRES or NEAR_MISS."""
        both = ((FIRES, self._fires.get(rule, 0)), (NEAR_MISS, self._near.get(rule, 0)))
        return tuple((number, expected) for expected, cases in both for number in each(cases))

    def exercised(self, condition: Condition, rule: str) -> Cases:
        """The cases of a rule in which a part of its condition is certain."""
        return self.table.true(condition) & (self._fires.get(rule, 0) | self._near.get(rule, 0))

    def kills(self, changed: Changed) -> Cases:
        """Some of the cases whose check fails with this change, where there are any."""
        told = self._told(changed)
        for name in changed.rules:
            differs = self.base.rule(name) ^ told.rule(name)
            if killed := differs & (self._fires.get(name, 0) | self._near.get(name, 0)):
                return killed
        return self._by_level(changed, told) or self._by_vignette(changed, told)

    def notices(self, changed: Changed) -> Cases:
        """The cases in which a rule fires otherwise, or a state has another support, or the urgency is another."""
        told = self._told(changed)
        found = 0
        for name in changed.rules:
            found |= self.base.rule(name) ^ told.rule(name)
        for state in _states(self.reach, changed):
            for strength in Strength:
                found |= self.base.named(state, strength) ^ told.named(state, strength)
        for urgency in Urgency:
            found |= self.base.urgency(urgency) ^ told.urgency(urgency)
        return found

    def _told(self, changed: Changed) -> _Outcome:
        table = self.table if changed.rulebase is self.rulebase else Table(changed.rulebase, self.answers, self.table)
        return _Outcome(table, self.reach, changed.rules, self.base)

    def _by_level(self, changed: Changed, told: _Outcome) -> Cases:
        killed = 0
        for state in _states(self.reach, changed):
            if cases := self._level.get(state, 0):
                for strength in Strength:
                    killed |= cases & (self.base.named(state, strength) ^ told.named(state, strength))
        return killed | self._level.get(None, 0) & self._urgency_differs(changed, told)

    def _urgency_differs(self, changed: Changed, told: _Outcome) -> Cases:
        found = 0
        both = (*(self.reach.rules[name] for name in changed.rules), *changed.rules.values())
        for urgency in {rule.then.urgency for rule in both if isinstance(rule.then, Raises)}:
            found |= self.base.urgency(urgency) ^ told.urgency(urgency)
        return found

    def _by_vignette(self, changed: Changed, told: _Outcome) -> Cases:
        states = _states(self.reach, changed)
        urgency = self._urgency_differs(changed, told)
        fired = 0
        for name, rule in changed.rules.items():
            if isinstance(rule.then, Supports):
                fired |= told.rule(name) | self.base.rule(name)
        killed = 0
        for number, vignette in self._vignettes.items():
            bit = 1 << number
            if (
                urgency & bit
                or any(_breaks(vignette, state, bit, self.base, told) for state in states)
                or (vignette.named and fired & bit and told.first(number) != self.base.first(number))
            ):
                killed |= bit
        return killed


def _breaks(vignette: Vignette, state: str, bit: Cases, base: _Outcome, told: _Outcome) -> bool:
    """Whether a state is named where the vignette forbids it, or is not where it wants it, and was so before."""
    before, now = bool(base.named(state, Strength.WEAK) & bit), bool(told.named(state, Strength.WEAK) & bit)
    if before == now:
        return False
    return state in vignette.named if before else state in vignette.not_named or not vignette.named


def _states(reach: Reach, changed: Changed) -> tuple[str, ...]:
    """The states that a changed rule supports, before or after."""
    both = (*(reach.rules[name] for name in changed.rules), *changed.rules.values())
    return tuple(dict.fromkeys(rule.then.state for rule in both if isinstance(rule.then, Supports)))


class _Outcome:
    """What the rules tell in the cases of a table: those that `changed` names as they are there."""

    def __init__(
        self, table: Table, reach: Reach, changed: Mapping[str, Rule] | None = None, before: _Outcome | None = None
    ) -> None:
        self.table, self.reach, self.before = table, reach, before
        self.rules = reach.rules if changed is None else {**reach.rules, **changed}
        self._changed = changed or {}
        self._rules: dict[str, Cases] = {}
        self._named: dict[tuple[str, Strength], Cases] = {}
        self._urgency: dict[Urgency, Cases] = {}
        self._evidence_of: dict[tuple[str, int], frozenset[str]] = {}

    def rule(self, name: str) -> Cases:
        if self.before and name not in self._changed:
            return self.before.rule(name)
        if name not in self._rules:
            self._rules[name] = self.table.true(self.rules[name].when)
        return self._rules[name]

    def named(self, state: str, least: Strength) -> Cases:
        if (state, least) not in self._named:
            found = 0
            for name in self.reach.supporting.get(state, ()):
                then = self.rules[name].then
                if isinstance(then, Supports) and then.strength >= least:
                    found |= self.rule(name)
            self._named[state, least] = found
        return self._named[state, least]

    def urgency(self, least: Urgency) -> Cases:
        if least not in self._urgency:
            found = 0
            for name in self.reach.raising:
                then = self.rules[name].then
                if isinstance(then, Raises) and then.urgency >= least:
                    found |= self.rule(name)
            self._urgency[least] = found
        return self._urgency[least]

    def first(self, case: int) -> str:
        """The state told first in a case, or nothing, in the order that `quiz.model.Candidate` tells."""
        bit = 1 << case
        for strength in reversed(Strength):
            tied = [state for state in self.reach.rulebase.states if self.named(state, strength) & bit]
            if len(tied) > 1:
                return max(tied, key=partial(self._rank, strength, case))
            if tied:
                return tied[0]
        return ""

    def _rank(self, strength: Strength, case: int, state: str) -> tuple[bool, bool, int]:
        found = self._evidence(state, strength, case)
        by_result = not found.isdisjoint(self.reach.results)
        return by_result and not found.isdisjoint(self._critical(case)), by_result, len(found)

    def _critical(self, case: int) -> frozenset[str]:
        """The findings behind the red flags that results alone raise."""
        flags = (
            name for name in self.reach.raising
            if self.rule(name) >> case & 1 and self.rules[name].red_flag and self._is_by_results(self.rules[name].when)
        )  # fmt: skip
        return frozenset().union(*(self._behind(name, case) for name in flags))

    def _is_by_results(self, condition: Condition) -> bool:
        if isinstance(condition, Is):
            return condition.finding in self.reach.results
        if isinstance(condition, Holds):
            return self._is_by_results(self.reach.rulebase.concepts[condition.concept].when)
        if isinstance(condition, Named):
            return all(self._is_by_results(self.rules[name].when) for name in self.reach.supporting[condition.state])
        return all(map(self._is_by_results, condition.of))

    def _evidence(self, state: str, strength: Strength, case: int) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        for name in self.reach.supporting[state]:
            if self.rule(name) >> case & 1 and self.rules[name].then == Supports(state, strength):
                found |= self._behind(name, case)
        return found

    def _behind(self, name: str, case: int) -> frozenset[str]:
        if self.before and name not in self._changed:
            return self.before._behind(name, case)
        if (name, case) not in self._evidence_of:
            self._evidence_of[name, case] = self.table.evidence(self.rules[name].when, case)
        return self._evidence_of[name, case]
