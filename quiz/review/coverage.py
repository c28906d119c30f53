"""Whether the cases of the rules notice every small change to them, and a case for each change that none notices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from quiz.formulas import Choices, Formula, Formulas, Nodes
from quiz.logic import denial
from quiz.model import Answers, Condition, Group, Raises, Rule, RuleBase, Supports
from quiz.review.as_answers import as_answers, likelier
from quiz.review.condition_table import each
from quiz.review.english import English
from quiz.review.mutants import Mutant, mutants
from quiz.review.trials import Changed, Reach, Trials
from quiz.rulebase.cases import FIRES, NEAR_MISS, TableCase

Fate = Literal["killed", "survived", "equivalent"]


class Clauses(Protocol):
    """Finds the choices, with the fewest answers, that make some formulas true and others not."""

    def fewest(self, true: Sequence[Formula], false: Sequence[Formula]) -> Choices | None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mutant.

    `killed` by a case; or `survived` them all, then `killer` is a case that would notice it; or `equivalent`: proved to
    fire the same rules, with the same supports and urgency, on every set of answers that can stand together.
    """

    mutant: Mutant
    fate: Fate
    killer: TableCase | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants of each fate."""

    killed: int
    survived: int
    equivalent: int

    @property
    def share(self) -> float:
        """Of the mutants that some case could notice, the part that a case does notice; 1.0 where there is none."""
        return self.killed / (self.killed + self.survived) if self.killed + self.survived else 1.0


def score(outcomes: Iterable[Outcome]) -> Score:
    fates = [each.fate for each in outcomes]
    return Score(fates.count("killed"), fates.count("survived"), fates.count("equivalent"))


class Coverage:
    """The cases of one rule base held against its mutants."""

    def __init__(self, rulebase: RuleBase, tables: Sequence[TableCase], clauses: Callable[[Nodes], Clauses]) -> None:
        self.rulebase = rulebase
        self.reach = Reach(rulebase)
        self.trials = Trials(rulebase, self.reach, tables)
        self.mutants = mutants(rulebase)
        self._clauses = clauses

    def outcomes(self, mutants: Iterable[Mutant] | None = None) -> Iterator[Outcome]:
        """What becomes of each mutant, of all or of these, in order. A survivor comes with a case that notices it."""
        prover = Prover(self.rulebase, self._clauses)
        try:
            for mutant in self.mutants if mutants is None else mutants:
                if self.trials.kills(self.reach.direct(mutant)) or self.trials.kills(self.reach.of(mutant)):
                    yield Outcome(mutant, "killed")
                else:
                    killer = prover.killer(mutant, self.reach.of(mutant))
                    yield Outcome(mutant, "survived" if killer else "equivalent", killer)
        finally:
            prover.close()

    def wanted(self, outcomes: Iterable[Outcome]) -> Iterator[TableCase]:
        """Cases that, taken together, notice all survivors: each only where those before it do not do."""
        here: tuple[str, str] = ("", "")
        found: list[TableCase] = []
        for outcome in outcomes:
            if outcome.killer is None:
                continue
            part = (outcome.mutant.part, outcome.mutant.where)
            if part != here:
                here, found = part, []
            if found and Trials(self.rulebase, self.reach, found, own=False).kills(self.reach.of(outcome.mutant)):
                continue
            found.append(outcome.killer)
            yield outcome.killer


def noticed(rulebase: RuleBase, mutants: Iterable[Mutant], cases: Sequence[Answers]) -> Mapping[str, frozenset[int]]:
    """For each mutant, by its id, the places of the cases in which a rule fires otherwise or a level is another."""
    reach = Reach(rulebase)
    trials = Trials.of_answers(rulebase, reach, cases)
    return {mutant.id: frozenset(each(trials.notices(reach.of(mutant)))) for mutant in mutants}


class Prover:
    """Whether a mutant can be told from the rules at all, and by which case with the fewest answers."""

    def __init__(self, rulebase: RuleBase, clauses: Callable[[Nodes], Clauses]) -> None:
        self.rulebase = rulebase
        self._formulas = Formulas(rulebase)
        self._nodes = self._formulas.nodes
        self._clauses = clauses(self._nodes)
        self._at_odds = self._nodes.any(self._formulas.at_odds)

    def close(self) -> None:
        self._clauses.close()

    def killer(self, mutant: Mutant, changed: Changed) -> TableCase | None:
        """None where nothing differs on any set of answers that can stand together."""
        formulas, at_odds = self._formulas, self._at_odds
        if changed.rulebase is not self.rulebase:
            formulas = Formulas(changed.rulebase, self._nodes, (self.rulebase,))
            at_odds = self._nodes.any((at_odds, *formulas.at_odds))
        for rule in self._likely_first(mutant, changed):
            before, now = self._formulas.rule(self.rulebase.rules[rule.id]), formulas.of(rule.when)
            case = None if before == now else self._by_firing(before, now, at_odds, rule)
            if case:
                return case
        return self._by_level(mutant) if mutant.operator == "level" and mutant.then else None

    def _likely_first(self, mutant: Mutant, changed: Changed) -> list[Rule]:
        def size(rule: Rule) -> tuple[bool, int]:
            return rule.id != mutant.where, len(self._formulas.within(self.rulebase.rules[rule.id]))

        return sorted(changed.rules.values(), key=size)

    def _by_firing(self, before: Formula, now: Formula, at_odds: Formula, rule: Rule) -> TableCase | None:
        found = [
            TableCase(rule.id, expected, answers, rule.position)
            for expected, true, false in ((FIRES, before, now), (NEAR_MISS, now, before))
            if (answers := self._fewest(true, self._nodes.any((false, at_odds)))) is not None
        ]
        return min(found, key=lambda case: len(case.answers), default=None)

    def _by_level(self, mutant: Mutant) -> TableCase | None:
        """Answers on which the level of the rule is the one told, and another level of it would be told too."""
        rule, nodes = self.rulebase.rules[mutant.where], self._nodes
        fires, then, new = self._formulas.rule(rule), rule.then, mutant.then
        others = [each for each in self._formulas.rules if each.id != rule.id]
        if isinstance(then, Supports) and isinstance(new, Supports):
            level, least = then.strength.word, max(then.strength, new.strength)
            rest = [
                each for each in others
                if isinstance(each.then, Supports) and each.then.state == then.state and each.then.strength >= least
            ]  # fmt: skip
        else:
            assert isinstance(then, Raises)
            assert isinstance(new, Raises)
            level, least_urgency = then.urgency.word, max(then.urgency, new.urgency)
            rest = [each for each in others if isinstance(each.then, Raises) and each.then.urgency >= least_urgency]
        answers = self._fewest(fires, nodes.any((*map(self._formulas.rule, rest), self._at_odds)))
        return None if answers is None else TableCase(rule.id, level, answers, rule.position)

    def _fewest(self, true: Formula, false: Formula) -> Answers | None:
        found = self._clauses.fewest([true], [false])
        return None if found is None else as_answers(self._formulas, likelier(self._formulas, found, true, false))


# --- clause by clause -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a rule's condition, and the rule's own cases that make it true, by their places in `Trials.of_rule`.

    `depth` counts from 0.
    """

    text: str
    depth: int
    cases: tuple[int, ...]


def clauses(rulebase: RuleBase, trials: Trials, rule: Rule) -> tuple[Clause, ...]:
    """Every part of the rule's condition, a group before its parts."""
    return tuple(_clauses(English(rulebase), trials, rule.id, rule.when, 0))


def _clauses(english: English, trials: Trials, rule: str, condition: Condition, depth: int) -> Iterator[Clause]:
    cases = _true_in(trials, rule, condition)
    if not isinstance(condition, Group):
        yield Clause(english.test(condition), depth, cases)
        return
    yield Clause(f"{english.group(condition)}:", depth, cases)
    for part in condition.of:
        inner = _clauses(english, trials, rule, part, depth + 1)
        if condition.kind == "none":  # a part does its work where it is ruled out
            yield replace(next(inner), cases=_true_in(trials, rule, denial(part, english.rulebase.findings)))
        else:
            yield from inner


def _true_in(trials: Trials, rule: str, condition: Condition) -> tuple[int, ...]:
    true = trials.exercised(condition, rule)
    return tuple(place for place, (number, _) in enumerate(trials.of_rule(rule)) if true >> number & 1)
