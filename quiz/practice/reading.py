"""What rules say about answers, read one condition after the other: for rules that only a mistaken belief has.

The engine matches the rules as they stand. It keeps megabytes for every rule base, which durable-rules never gives
back, so it is not asked about alterations. A test holds this reading against an engine of the same rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from quiz.logic import Leaf, denial, holds, is_true, positive, with_consequences
from quiz.model import (
    YES,
    Answers,
    Assessment,
    Candidate,
    Cautions,
    Condition,
    Fired,
    Holds,
    Is,
    Named,
    Raises,
    Rule,
    RuleBase,
    SpeaksAgainst,
    Strength,
    Supports,
    Urgency,
)


class Reader:
    """The rules of one rule base. Retired ones say nothing."""

    def __init__(self, rulebase: RuleBase) -> None:
        self.rulebase = rulebase
        self.rules = {rule.id: rule for rule in rulebase.rules.values() if rule.provenance.state != "retired"}
        self._written: dict[Condition, Condition] = {}
        self._whens = {rule.id: self.written(rule.when) for rule in self.rules.values()}
        self._naming: dict[Named, tuple[str, ...]] = {}

    def when(self, rule_id: str) -> Condition:
        """The condition of a rule as `written`."""
        return self._whens[rule_id]

    def written(self, condition: Condition) -> Condition:
        """The condition without `none`."""
        if condition not in self._written:
            self._written[condition] = positive(condition, self.rulebase.findings)
        return self._written[condition]

    def definition(self, leaf: Holds) -> Condition:
        """What stands behind a concept, or behind its denial, as `written`."""
        when = self.rulebase.concepts[leaf.concept].when
        return self.written(when if leaf.value == YES else denial(when, self.rulebase.findings))

    def naming(self, leaf: Named) -> tuple[str, ...]:
        """The rules that name a state with at least this support."""
        if leaf not in self._naming:
            self._naming[leaf] = tuple(
                rule.id
                for rule in self.rules.values()
                if isinstance(rule.then, Supports)
                and rule.then.state == leaf.state
                and rule.then.strength >= leaf.strength
            )
        return self._naming[leaf]

    def certain(self, answers: Answers) -> Reading:
        """What holds whatever the findings not asked turn out to be."""
        return Reading(self, answers)

    def assess(self, answers: Answers) -> Assessment:
        """As the engine does, but for what is open: nothing is told of what was not asked, or not sure."""
        return self.certain(answers).assessment()

    def applies(self, condition: Condition | None, answers: Answers) -> bool:
        return condition is None or self.certain(answers).condition(condition)


class Reading:
    """One set of answers with what follows from them, read under the rules of a reader."""

    def __init__(self, reader: Reader, answers: Answers) -> None:
        self._reader, self._known = reader, with_consequences(reader.rulebase, answers)
        self._leaves: dict[Leaf, bool] = {}
        self._rules: dict[str, bool] = {}

    def rule(self, rule_id: str) -> bool:
        """Whether a rule fires."""
        if rule_id not in self._rules:
            self._rules[rule_id] = holds(self._reader.when(rule_id), self._holds)
        return self._rules[rule_id]

    def condition(self, condition: Condition) -> bool:
        return holds(self._reader.written(condition), self._holds)

    def _holds(self, leaf: Leaf) -> bool:
        if isinstance(leaf, Is):
            return is_true(leaf, self._known)
        if leaf not in self._leaves:
            self._leaves[leaf] = (
                any(map(self.rule, self._reader.naming(leaf)))
                if isinstance(leaf, Named)
                else holds(self._reader.definition(leaf), self._holds)
            )
        return self._leaves[leaf]

    # --- what made it so ----------------------------------------------------------------------------

    def fired(self, rule: Rule) -> Fired:
        """A rule that fires, with all that made it so."""
        behind = list(self._behind(self._reader.when(rule.id)))
        return Fired(
            rule,
            tuple(dict.fromkeys(leaf.finding for leaf in behind if isinstance(leaf, Is))),
            tuple(dict.fromkeys(leaf.concept for leaf in behind if isinstance(leaf, Holds) and leaf.value == YES)),
        )

    def _behind(self, written: Condition) -> Iterator[Is | Holds]:
        """Every test and concept that makes the condition true, the outer before the inner."""
        if not holds(written, self._holds):
            return
        if isinstance(written, Is):
            yield written
        elif isinstance(written, Holds):
            yield written
            yield from self._behind(self._reader.definition(written))
        elif isinstance(written, Named):
            for rule in self._reader.naming(written):
                yield from self._behind(self._reader.when(rule))
        else:
            for part in written.of:
                yield from self._behind(part)

    # --- what is told -------------------------------------------------------------------------------

    def assessment(self) -> Assessment:
        fired = tuple(self.fired(rule) for rule in self._reader.rules.values() if self.rule(rule.id))
        urgent = sorted(
            (each for each in fired if isinstance(each.rule.then, Raises)), key=lambda each: -_urgency(each)
        )
        return Assessment(
            candidates=self._candidates(fired),
            urgency=_urgency(urgent[0]) if urgent else None,
            urgent=tuple(urgent),
            cautions=tuple(each for each in fired if isinstance(each.rule.then, Cautions)),
            not_ruled_out=(),
            fired=fired,
            answers=MappingProxyType(dict(self._known)),
        )

    def _candidates(self, fired: tuple[Fired, ...]) -> tuple[Candidate, ...]:
        found = []
        for state in self._reader.rulebase.states:
            behind = sorted((each for each in fired if _supports(each, state)), key=lambda each: -_strength(each))
            if behind:
                top = _strength(behind[0])
                evidence = (finding for each in behind if _strength(each) == top for finding in each.evidence)
                against = tuple(each for each in fired if each.rule.then == SpeaksAgainst(state))
                found.append(Candidate(state, top, tuple(behind), against, (), (), tuple(dict.fromkeys(evidence))))
        return tuple(sorted(found, key=lambda each: (-each.strength, -len(each.evidence))))


def _supports(fired: Fired, state: str) -> bool:
    return isinstance(fired.rule.then, Supports) and fired.rule.then.state == state


def _strength(fired: Fired) -> Strength:
    assert isinstance(fired.rule.then, Supports)
    return fired.rule.then.strength


def _urgency(fired: Fired) -> Urgency:
    assert isinstance(fired.rule.then, Raises)
    return fired.rule.then.urgency
