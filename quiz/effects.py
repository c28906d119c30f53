"""What an answer could still do, over every way in which the open answers may turn out. Exact, not a guess.

A formula only ever gains truth from a choice that fits, so a solver settles for every one whether an answer can decide
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

from quiz.consequences import with_consequences
from quiz.formulas import ALWAYS, BLANK, NEVER, After, Choices, Formula, Formulas, Nodes
from quiz.model import (
    UNSURE,
    Answer,
    Answers,
    Assessment,
    Finding,
    Raises,
    Rule,
    RuleBase,
    SpeaksAgainst,
    Strength,
    Supports,
    Urgency,
)


class Clauses(Protocol):
    """Finds choices that make some formulas true and others not."""

    def choices(self, true: Iterable[Formula], false: Iterable[Formula]) -> Choices | None: ...
    def close(self) -> None: ...


Kind = Literal["names", "raises", "flags", "cautions", "against", "adds"]


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that an answer can still do, through this rule.

    `values` are the answers that do it with nothing else answered and, only where there is none, those that can do it
    together with others; `alone` tells which. A number stands for the whole stretch between two bounds. `witness` is a
    set of further answers under which the first of `values` does it, and no answer or "not sure" would not.
    """

    kind: Kind
    rule: Rule
    values: tuple[Answer, ...]
    alone: bool
    witness: Answers


class Effects:
    """What answers can still do, for one rule base."""

    def __init__(
        self, rulebase: RuleBase, assess: Callable[[Answers], Assessment], clauses: Callable[[Nodes], Clauses]
    ) -> None:
        """`clauses` writes formulas out for a new solver."""
        self.rulebase = rulebase
        self._assess = assess
        self._formulas = Formulas(rulebase)
        self._clauses = clauses

    def domain(self, finding: Finding) -> tuple[Answer, ...]:
        """The answers to a finding that differ for some condition; see `Formulas.domain`."""
        return self._formulas.domain(finding)

    def of(self, answers: Answers, finding: Finding) -> tuple[Effect, ...]:
        """What an answer to this finding can still do, as if it had not been answered: what moves most comes first.

        Empty where a sure answer to it tells no more than to leave it: it can change neither the states named, their
        support or order, nor what speaks against them, the urgency or a warning, whatever the other open answers turn
        out to be. So it is where it follows from other answers. Only answers that can stand together count.
        """
        with self._asking(answers, finding) as effects:
            return tuple(sorted(effects, key=_most_telling_first))

    def any(self, answers: Answers, finding: Finding) -> bool:
        """Whether `of` has an effect, which takes less time to find out."""
        with self._asking(answers, finding) as effects:
            return next(effects, None) is not None

    @contextmanager
    def _asking(self, answers: Answers, finding: Finding) -> Iterator[Iterator[Effect]]:
        others = {name: answer for name, answer in answers.items() if name != finding.id}
        clauses = self._clauses(self._formulas.nodes)
        try:
            yield self._found(others, finding, clauses)
        finally:
            clauses.close()

    def _found(self, others: Answers, finding: Finding, clauses: Clauses) -> Iterator[Effect]:
        if finding.id in with_consequences(self.rulebase, others):
            return
        asked = _Asked(self._formulas, clauses, others, finding)
        now = self._assess(others)
        support = {each.state: each.strength for each in now.candidates}
        for rule in self._formulas.rules:
            if finding.id in self._formulas.within(rule):
                for question in _questions(self._formulas, rule, finding.id, support, now.urgency):
                    effect = asked.effect(rule, question)
                    if effect:
                        yield effect
                        break


@dataclass(frozen=True, slots=True)
class _Question:
    """Whether an answer can make `pos` true, while `beside` is not true with it, nor `instead` without it."""

    kind: Kind
    pos: Formula
    beside: Formula = NEVER
    instead: Formula = NEVER


def _questions(
    formulas: Formulas, rule: Rule, finding: str, support: Mapping[str, Strength], urgency: Urgency | None
) -> Iterator[_Question]:
    """What the rule may do, most telling first."""
    then, when = rule.then, formulas.rule(rule)
    if isinstance(then, Supports):
        now = support.get(then.state, 0)
        if then.strength > now:
            yield _Question("names", when, instead=formulas.named(then.state, then.strength))
        if then.strength >= now:
            for each in formulas.evidence_through(rule, finding):
                behind = formulas.nodes.behind(when, each)
                stronger = formulas.named(then.state, then.strength + 1)
                yield _Question("adds", behind, stronger, formulas.evidence(then, each))
    elif isinstance(then, Raises):
        if urgency is None or then.urgency > urgency:
            yield _Question("raises", when, instead=formulas.urgency(then.urgency))
        if rule.red_flag:
            yield _Question("flags", when, instead=when)
    elif isinstance(then, SpeaksAgainst):
        both = formulas.nodes.all((when, formulas.named(then.state, Strength.WEAK)))
        yield _Question("against", both, instead=when)  # what spoke against a state before comes with its name
    else:
        yield _Question("cautions", when, instead=when)


def _most_telling_first(effect: Effect) -> tuple[int, int, bool]:
    then = effect.rule.then
    order: tuple[Kind, ...] = ("raises", "flags", "names", "cautions", "against", "adds")
    size = then.urgency if isinstance(then, Raises) else then.strength if isinstance(then, Supports) else 0
    red = effect.kind == "raises" and size is Urgency.EMERGENCY
    return (-1 if red else order.index(effect.kind), -size, not effect.alone)


class _Asked:
    """One finding, with the other answers given so far."""

    def __init__(self, formulas: Formulas, clauses: Clauses, others: Answers, finding: Finding) -> None:
        self.formulas, self.nodes, self.clauses, self.finding = formulas, formulas.nodes, clauses, finding
        findings = formulas.rulebase.findings
        settled = with_consequences(formulas.rulebase, {**others, finding.id: UNSURE})
        self.known = After(self.nodes, {
            each: formulas.alike(findings[each], others[each]) if each in others else BLANK
            for each in settled if each != finding.id
        })  # fmt: skip
        self.nothing_else = After(self.nodes, dict.fromkeys(findings, BLANK))
        at_odds = map(self.known.of, formulas.at_odds)
        self.at_odds = self.nodes.any(
            each for each in at_odds if self._after(each, BLANK) != ALWAYS
        )  # fmt: skip

    def effect(self, rule: Rule, question: _Question) -> Effect | None:
        pos, beside, instead = map(self.known.of, (question.pos, question.beside, question.instead))
        able: dict[Answer, Answers] = {}
        alone: list[Answer] = []
        for answer in self.formulas.domain(self.finding):
            true = self._after(pos, answer)
            false = self._after(beside, answer), self._after(instead, BLANK), self._after(self.at_odds, answer)
            if true == NEVER or ALWAYS in false:
                continue
            chosen = self.clauses.choices([true], false)
            if chosen is not None:
                able[answer] = self._completion(chosen, true, *false)
                if self.nothing_else.of(true) == ALWAYS and ALWAYS not in map(self.nothing_else.of, false):
                    alone.append(answer)
        if not able:
            return None
        values = tuple(alone) or tuple(able)
        return Effect(question.kind, rule, values, bool(alone), {} if alone else able[values[0]])

    def _after(self, formula: Formula, answer: Answer | None) -> Formula:
        return self.nodes.chosen(formula, self.finding.id, answer)

    def _completion(self, chosen: Choices, *formulas: Formula) -> Answers:
        """The choices as answers. What was not chosen is said to be "not sure", so that nothing follows for it."""
        names = sorted({name for each in formulas for name in self.nodes.findings(each)})
        choices = {name: chosen.get(name, UNSURE) for name in names}
        return {name: value for name, value in choices.items() if value is not None}
