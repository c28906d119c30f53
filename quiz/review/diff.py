"""What two rule bases tell differently: proved over every set of answers, with the smallest one for each difference."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from types import MappingProxyType
from typing import Any, Literal, Protocol

from quiz.consequences import contradictions
from quiz.formulas import ALWAYS, NEVER, Choices, Formula, Formulas, Nodes
from quiz.model import (
    Answer,
    Answers,
    Assessment,
    Cautions,
    Conclusion,
    Condition,
    Finding,
    Fired,
    Rule,
    RuleBase,
    SpeaksAgainst,
    Strength,
    Urgency,
)
from quiz.review.as_answers import as_answers, likelier
from quiz.review.condition_table import Cases, Table
from quiz.review.diff_beside import Beside, beside, called, conditions_of_sentences
from quiz.review.english import HELP, SUPPORT, English
from quiz.review.population import people
from quiz.rulebase.cases import TableCase

Assess = Callable[[Answers], Assessment]


class Clauses(Protocol):
    """Finds the choices, with the fewest answers, that make some formulas true and others not."""

    def fewest(self, true: Sequence[Formula], false: Sequence[Formula]) -> Choices | None: ...
    def close(self) -> None: ...


Kind = Literal["named", "urgency", "red flag", "caution", "against", "reason", "constraint"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one side tells on a set of answers. Two are the same where they mean the same, whatever the words.

    `states` and `urgency` are words for `named` and `urgent`. `others` are the sentences told besides, each by its kind
    and its rule, so that the sides can be held against each other.
    """

    named: tuple[tuple[str, Strength], ...]
    urgent: Urgency | None
    others_meant: frozenset[tuple[str, ...]]
    states: str = field(compare=False)
    urgency: str = field(compare=False)
    others: Mapping[tuple[str, ...], str] = field(compare=False)

    def __str__(self) -> str:
        return "; ".join(each.rstrip(".") for each in (self.states, self.urgency, *self.others.values()))

    def beside(self, other: Meaning) -> tuple[str, ...]:
        """The sentences that the other does not tell."""
        return tuple(words for meant, words in self.others.items() if meant not in other.others)


@dataclass(frozen=True, slots=True)
class Example:
    """A set of answers with as few of them as can be, and what each engine tells on it.

    `confirmed` tells whether the engines differ on it just as the proof says.
    """

    answers: Answers
    before: Meaning
    after: Meaning
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is told on other answers than before.

    `gained` is the smallest set of answers on which only the new rules tell it, `lost` on which only the old ones do;
    None is proved: there is none. The counts are over the cases of the population. `concludes` tells in words where the
    conclusion itself is another, and `read` how a sentence read before, where it was another: what is lost is that one.
    """

    kind: Kind
    what: str
    gained: Example | None
    lost: Example | None
    cases_gained: int = 0
    cases_lost: int = 0
    concludes: str = ""
    read: str = ""


@dataclass(frozen=True, slots=True)
class Population:
    """The declared cases: all answers of vignettes of both sides, and random ones of each side made with a seed."""

    vignettes: int
    random: int
    seed: int

    @property
    def size(self) -> int:
        return self.vignettes + self.random


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A vignette or a saved interview that is told otherwise.

    `version` says which, of a vignette that has other answers now, or is gone.
    """

    id: str
    version: str
    before: Meaning
    after: Meaning

    @property
    def name(self) -> str:
        return f"{self.id} ({self.version})" if self.version else self.id


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs between two rule bases. `identical` counts what was compared and proved to be told alike.

    `edited` are ids of rules and concepts whose condition or conclusion is written otherwise, whatever it means.
    `beside` is what no proof covers. A vignette that both sides have counts once, whatever its answers were.
    """

    changes: tuple[Change, ...]
    identical: int
    renamed: tuple[tuple[str, str], ...]
    edited: tuple[str, ...]
    rules_new: tuple[str, ...]
    rules_gone: tuple[str, ...]
    population: Population
    vignettes: tuple[CaseChange, ...]
    vignettes_compared: int
    sessions: tuple[CaseChange, ...]
    sessions_compared: int
    cards: tuple[str, ...]
    beside: Beside

    @property
    def same(self) -> bool:
        """Whether nothing but words differs for a person who is asked and told, as far as proofs and cases show."""
        return not (self.changes or self.beside.told or self.vignettes or self.sessions)


@dataclass(frozen=True, slots=True)
class Side:
    """A rule base and its engine. `names` are the ids that its rules have on the other side, where they differ.

    `tables` are its cases in tables; those that the other side has as well may be left out.
    """

    rulebase: RuleBase
    assess: Assess
    names: Mapping[str, str] = field(default_factory=dict)
    tables: Sequence[TableCase] = ()

    def told(self, answers: Answers) -> Meaning:
        assessment = self.assess(known(self.rulebase, answers))
        named = assessment.candidates
        english = English(self.rulebase)
        others = {
            **self._sentences("red flag", assessment.red_flags),
            **self._sentences("not ruled out", assessment.not_ruled_out),
            **self._sentences("warning", assessment.cautions),
            **{
                (*meant, each.state): words
                for each in named
                for meant, words in self._sentences(f"against {english.named(each.state)}", each.against).items()
            },
        }
        return Meaning(
            tuple((each.state, each.strength) for each in named),
            assessment.urgency,
            frozenset(others),
            ", ".join(f"{english.named(each.state)} ({SUPPORT[each.strength]})" for each in named)
            or "no state is named",
            "no urgency" if assessment.urgency is None else HELP[assessment.urgency].rstrip(".").lower(),
            others,
        )

    def _sentences(self, what: str, rules: Iterable[Fired]) -> dict[tuple[str, ...], str]:
        return {
            (what.partition(" ")[0], self.names.get(fired.rule.id, fired.rule.id)): f"{what}: {fired.rule.says}"
            for fired in rules
        }


def known(rulebase: RuleBase, answers: Answers) -> Answers:
    """Those answers that a rule base can read: its findings, its words, numbers in its range."""

    def fits(finding: Finding, answer: Answer) -> bool:
        if isinstance(answer, str):
            return answer == "unsure" or answer in finding.words
        return finding.is_number and finding.low <= answer <= finding.high

    findings = rulebase.findings
    return {name: each for name, each in answers.items() if name in findings and fits(findings[name], each)}


def difference(
    old: Side,
    new: Side,
    clauses: Callable[[Nodes], Clauses],
    dice: random.Random,
    count: int,
    seed: int,
    sessions: Mapping[str, Answers] = MappingProxyType({}),
    meaning: Callable[[RuleBase], Mapping[str, str]] | None = None,
    passing: Callable[[Sequence[Any]], Iterable[Any]] = iter,
) -> Difference:
    """Everything that differs. `dice` must be made from `seed`, which is told; `count` are the random cases.

    `meaning` gives a fingerprint of the meaning of each practice card of a rule base. All that is compared goes through
    `passing`, which may count it.
    """
    concepts = _renamed_concepts(old.rulebase, new.rulebase)
    pairs = _paired(old.rulebase, new.rulebase, concepts)
    old = replace(old, names={before.id: after.id for before, after in pairs if before and after})
    compared = _Compared(old, new, clauses, pairs)
    stories = _stories(old.rulebase, new.rulebase)
    cases = [*stories.values(), *_random_cases(old.rulebase, new.rulebase, dice, count)]
    try:
        found = tuple(compared.changes(cases, passing))
        identical = compared.identical
        rest = beside(old.rulebase, new.rulebase, pairs, compared.alike, concepts, (old.tables, new.tables))
    finally:
        compared.close()
    cards = _cards(meaning(old.rulebase), meaning(new.rulebase)) if meaning else ()
    return Difference(
        found,
        identical,
        (
            *((before.id, after.id) for before, after in pairs if before and after and before.id != after.id),
            *concepts.items(),
        ),
        tuple(_edited(old.rulebase, new.rulebase, pairs, concepts)),
        tuple(after.id for before, after in pairs if after and not before),
        tuple(before.id for before, after in pairs if before and not after),
        Population(len(stories), len(cases) - len(stories), seed),
        tuple(_told_otherwise(old, new, stories)),
        len({name for name, _ in stories}),
        tuple(_told_otherwise(old, new, {(name, ""): answers for name, answers in sessions.items()})),
        len(sessions),
        cards,
        rest,
    )


Pair = tuple[Rule | None, Rule | None]


def _renamed_concepts(old: RuleBase, new: RuleBase) -> dict[str, str]:
    """The concepts that only the old side calls so, each with the new id of one that is defined as it was.

    A definition may name others that were renamed, so those found lead to more.
    """
    names: dict[str, str] = {}
    left = {name: each for name, each in new.concepts.items() if name not in old.concepts}
    while True:
        found = len(names)
        for name, concept in old.concepts.items():
            if name not in new.concepts and name not in names:
                when = called(concept.when, names)
                like = [each for each in left.values() if each.when == when]
                if like:
                    names[name] = next((each for each in like if each.label == concept.label), like[0]).id
                    del left[names[name]]
        if len(names) == found:
            return names


def _paired(old: RuleBase, new: RuleBase, concepts: Mapping[str, str]) -> tuple[Pair, ...]:
    """Each rule with its like on the other side: the one of the same id or, where it has none, of the same words.

    Retired rules do not speak, so they count as gone.
    """
    before = {rule.id: rule for rule in old.rules.values() if rule.provenance.state != "retired"}
    after = {rule.id: rule for rule in new.rules.values() if rule.provenance.state != "retired"}
    left = {(rule.then, rule.says): rule for name, rule in before.items() if name not in after}
    pairs: list[Pair] = []
    for name, rule in after.items():
        like = before.get(name) or left.pop((rule.then, rule.says), None) or _of_same_condition(left, rule, concepts)
        pairs.append((like, rule))
    matched = {like.id for like, _ in pairs if like}
    return (*pairs, *((rule, None) for name, rule in before.items() if name not in matched))


def _of_same_condition(
    left: dict[tuple[Conclusion, str], Rule], rule: Rule, concepts: Mapping[str, str]
) -> Rule | None:
    for key, other in left.items():
        if other.then == rule.then and called(other.when, concepts) == rule.when:
            return left.pop(key)
    return None


def _edited(old: RuleBase, new: RuleBase, pairs: Sequence[Pair], concepts: Mapping[str, str]) -> Iterator[str]:
    for before, after in pairs:
        if before and after and (called(before.when, concepts), before.then) != (after.when, after.then):
            yield after.id
    whens = {concepts.get(name, name): called(each.when, concepts) for name, each in old.concepts.items()}
    for name, concept in new.concepts.items():
        if whens.get(name) != concept.when:
            yield name
    if [(called(each.when, concepts), dict(each.then)) for each in old.implications] != [
        (each.when, dict(each.then)) for each in new.implications
    ]:
        yield "implications"


Story = tuple[str, str]
"""The id of a vignette, and its version where it is not the one of the new rules."""


def _stories(old: RuleBase, new: RuleBase) -> dict[Story, Answers]:
    """The answers of the vignettes of both sides, both where they are others now."""
    stories: dict[Story, Answers] = {(name, ""): each.answers for name, each in new.vignettes.items()}
    for name, each in old.vignettes.items():
        if name not in new.vignettes:
            stories[name, "gone"] = each.answers
        elif dict(new.vignettes[name].answers) != dict(each.answers):
            stories[name, "as it was"] = each.answers
    return stories


def _random_cases(old: RuleBase, new: RuleBase, dice: random.Random, count: int) -> Iterator[Answers]:
    """Half of them drawn from each side, those that both sides allow."""
    for side, other, wanted in ((old, new, count // 2), (new, old, count - count // 2)):
        drawn = people(side, dice, wanted * 4)
        yield from islice((each for each in drawn if not contradictions(other, known(other, each))), wanted)


def _told_otherwise(old: Side, new: Side, cases: Mapping[Story, Answers]) -> Iterator[CaseChange]:
    for (name, version), answers in cases.items():
        before, after = old.told(answers), new.told(answers)
        if before != after:
            yield CaseChange(name, version, before, after)


def _cards(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """The cards of both sides whose meaning is another. New cards and those gone are no change of a card."""
    return tuple(name for name, meaning in after.items() if name in before and before[name] != meaning)


@dataclass(frozen=True, slots=True)
class _Thing:
    """Something that can be told: where each side tells it, as a formula and in a table of cases."""

    kind: Kind
    what: str
    before: Formula
    after: Formula
    told: Callable[[Side, Assessment], bool]
    cases: Callable[[Table, bool], Cases]
    concludes: str = ""
    read: str = ""


class _Compared:
    def __init__(self, old: Side, new: Side, clauses: Callable[[Nodes], Clauses], pairs: Sequence[Pair]) -> None:
        self.old, self.new, self.pairs = old, new, pairs
        before, after = _of_one_range(old.rulebase, new.rulebase)
        self.nodes = Nodes()
        others = (*conditions_of_sentences(before), *conditions_of_sentences(after))
        self._old = Formulas(before, self.nodes, (after,), others)
        self._new = Formulas(after, self.nodes, (before,), others)
        self._at_odds = self.nodes.any((*self._old.at_odds, *self._new.at_odds))
        self._clauses = clauses(self.nodes)
        self.identical = 0

    def close(self) -> None:
        self._clauses.close()

    def alike(self, before: Condition | None, after: Condition | None) -> bool:
        """Whether two conditions, each of its side, are certain on the same answers. None is a condition always met."""
        one = ALWAYS if before is None else self._old.of(before)
        two = ALWAYS if after is None else self._new.of(after)
        return one == two or all(
            self._clauses.fewest([true], [self.nodes.any((false, self._at_odds))]) is None
            for true, false in ((one, two), (two, one))
        )

    def changes(self, cases: Sequence[Answers], passing: Callable[[Sequence[Any]], Iterable[Any]]) -> Iterator[Change]:
        before = Table(self.old.rulebase, [known(self.old.rulebase, each) for each in cases])
        after = Table(self.new.rulebase, [known(self.new.rulebase, each) for each in cases])
        things: Iterable[_Thing] = passing(list(self._things()))
        for thing in things:
            gained = self._example(thing, thing.after, thing.before, new=True)
            lost = self._example(thing, thing.before, thing.after, new=False)
            if gained is None and lost is None and not thing.concludes:
                self.identical += 1
                continue
            was, is_ = thing.cases(before, False), thing.cases(after, True)
            yield Change(
                thing.kind, thing.what, gained, lost,
                (is_ & ~was).bit_count(), (was & ~is_).bit_count(), thing.concludes, thing.read,
            )  # fmt: skip
        yield from self._constraints()

    def _things(self) -> Iterator[_Thing]:
        states = {**self.old.rulebase.states, **self.new.rulebase.states}
        for state, told in states.items():
            for strength in Strength:
                with_ = "" if strength is Strength.WEAK else f" with at least {SUPPORT[strength]} support"
                yield _Thing(
                    "named", f"{told.name}{with_}",
                    self._old.named(state, strength), self._new.named(state, strength),
                    _is_named(state, strength), _named_cases(state, strength),
                )  # fmt: skip
        for urgency in Urgency:
            yield _Thing(
                "urgency", _least(urgency), self._old.urgency(urgency), self._new.urgency(urgency),
                _is_urgent(urgency), _urgent_cases(urgency),
            )  # fmt: skip
        for before, after in self.pairs:
            yield from self._of_a_rule(before, after)

    def _of_a_rule(self, before: Rule | None, after: Rule | None) -> Iterator[_Thing]:
        rule = after or before
        assert rule is not None
        concludes = read = ""
        if before and after and before.then != after.then:
            old, new = English(self.old.rulebase), English(self.new.rulebase)
            concludes = f"Before: {old.conclusion(before.then)} Now: {new.conclusion(after.then)}"
        if before and after and before.says != after.says:
            read = f"{before.says} [{before.id}]"
        flagged = [each is not None and each.red_flag for each in (before, after)]
        if before and after and flagged[0] != flagged[1]:
            now = "It is a red flag now." if flagged[1] else "It is no red flag any more."
            flags = (before if flagged[0] else None), (after if flagged[1] else None)
            reasons = (None if flagged[0] else before), (None if flagged[1] else after)
            yield self._thing("red flag", rule, flags, f"{now} {concludes}", read)
            yield self._thing(_kind(before if flagged[1] else after), rule, reasons, "", read)
        else:
            yield self._thing(_kind(rule), rule, (before, after), concludes, read)

    def _thing(self, kind: Kind, rule: Rule, told: Pair, concludes: str, read: str) -> _Thing:
        before, after = told
        return _Thing(
            kind, f"{rule.says} [{rule.id}]",
            self._old.rule(before) if before else NEVER, self._new.rule(after) if after else NEVER,
            _fires(self, before, after), _rule_cases(before, after), concludes, read,
        )  # fmt: skip

    def _example(self, thing: _Thing, true: Formula, false: Formula, *, new: bool) -> Example | None:
        if true in (false, NEVER):
            return None
        false = self.nodes.any((false, self._at_odds))
        answers = self._smallest(true, false)
        if answers is None:
            return None
        sides = (self.new, self.old) if new else (self.old, self.new)
        with_it, without = (thing.told(each, each.assess(known(each.rulebase, answers))) for each in sides)
        return Example(answers, self.old.told(answers), self.new.told(answers), with_it and not without)

    def _smallest(self, true: Formula, false: Formula) -> Answers | None:
        found = self._clauses.fewest([true], [false])
        if found is None:
            return None
        for formulas in (self._old, self._new):
            inside = {name: each for name, each in found.items() if name in formulas.rulebase.findings}
            found = {**found, **likelier(formulas, inside, true, false)}
        return {**as_answers(self._old, found), **as_answers(self._new, found)}

    def _constraints(self) -> Iterator[Change]:
        """Answers that one side takes for a contradiction, and the other does not."""
        before, after = self.nodes.any(self._old.at_odds), self.nodes.any(self._new.at_odds)
        found: list[Example | None] = []
        for true, false in ((after, before), (before, after)):
            answers = None if true == false else self._smallest(true, false)
            if answers is None:
                found.append(None)
                continue
            odd = [bool(contradictions(side.rulebase, known(side.rulebase, answers))) for side in (self.old, self.new)]
            confirmed = odd[0] != odd[1]
            found.append(Example(answers, self.old.told(answers), self.new.told(answers), confirmed))
        if found == [None, None]:
            self.identical += 1
        else:
            yield Change("constraint", "answers that cannot stand together", found[0], found[1])


def _of_one_range(old: RuleBase, new: RuleBase) -> tuple[RuleBase, RuleBase]:
    """Both, where a number of both sides has a range that holds both its ranges."""

    def widened(rulebase: RuleBase, other: RuleBase) -> RuleBase:
        findings = {}
        for name, finding in rulebase.findings.items():
            like = other.findings.get(name)
            if like is not None and finding.is_number and like.is_number:
                finding = replace(finding, low=min(finding.low, like.low), high=max(finding.high, like.high))
            findings[name] = finding
        return replace(rulebase, findings=MappingProxyType(findings))

    return widened(old, new), widened(new, old)


def _kind(rule: Rule) -> Kind:
    if rule.red_flag:
        return "red flag"
    if isinstance(rule.then, Cautions):
        return "caution"
    return "against" if isinstance(rule.then, SpeaksAgainst) else "reason"


def _least(urgency: Urgency) -> str:
    words = HELP[urgency].rstrip(".")
    return words if urgency is Urgency.EMERGENCY else f"{words}, or sooner"


def _is_named(state: str, strength: Strength) -> Callable[[Side, Assessment], bool]:
    return lambda side, told: any(each.state == state and each.strength >= strength for each in told.candidates)


def _named_cases(state: str, strength: Strength) -> Callable[[Table, bool], Cases]:
    return lambda table, new: table.named(state, strength)


def _is_urgent(urgency: Urgency) -> Callable[[Side, Assessment], bool]:
    return lambda side, told: told.urgency is not None and told.urgency >= urgency


def _urgent_cases(urgency: Urgency) -> Callable[[Table, bool], Cases]:
    return lambda table, new: table.urgency(urgency)


def _fires(compared: _Compared, before: Rule | None, after: Rule | None) -> Callable[[Side, Assessment], bool]:
    def fires(side: Side, told: Assessment) -> bool:
        rule = after if side is compared.new else before
        return rule is not None and any(each.rule.id == rule.id for each in told.fired)

    return fires


def _rule_cases(before: Rule | None, after: Rule | None) -> Callable[[Table, bool], Cases]:
    def cases(table: Table, new: bool) -> Cases:
        rule = after if new else before
        return table.true(rule.when) if rule else 0

    return cases
