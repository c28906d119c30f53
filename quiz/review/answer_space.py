"""Every set of answers that the constraints allow, to ask of at once whether something can be so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from quiz.formulas import NEVER, Choices, Formula, Formulas
from quiz.model import (
    NOT_ASKED,
    UNSURE,
    Answer,
    Answers,
    Condition,
    Follows,
    Is,
    Property,
    Rule,
    RuleBase,
)
from quiz.review.conditions import sentences
from quiz.solver import AnswerClauses

MOST = 12
"""Answers in a smallest case. One that takes more would teach nobody anything; it is told as such."""


class Space:
    """Formulas over every set of answers, and one solver that keeps what it has learnt.

    A choice is an answer, `unsure`, BLANK, or NOT_ASKED: left blank where nothing follows from other answers either.
    """

    def __init__(self, rulebase: RuleBase, solver: str = "cadical153") -> None:
        """`solver` is a name that python-sat knows."""
        self.rulebase = rulebase
        self.formulas = Formulas(rulebase, conditions=_other_conditions(rulebase))
        self.nodes = self.formulas.nodes
        self.open = _IfSure(self.formulas)
        self.at_odds = self.nodes.any(self.formulas.at_odds)
        findings = rulebase.findings.values()
        self.cases = AnswerClauses(
            self.nodes, {each.id: _middle_first(self.formulas.domain(each)) for each in findings}, solver
        )
        self._follows: dict[str, list[Condition]] = {}
        for implication in rulebase.implications:
            for name in implication.then:
                self._follows.setdefault(name, []).append(implication.when)
        self._tests: tuple[int, Mapping[str, list[frozenset[Answer | None]]]] = 0, {}

    def close(self) -> None:
        self.cases.close()

    def rules(self, kind: type | tuple[type, ...]) -> list[Rule]:
        """The rules that speak and whose conclusion is of this kind, in the order of the files."""
        return [rule for rule in self.formulas.rules if isinstance(rule.then, kind)]

    def rule(self, rule: Rule) -> Formula:
        return NEVER if rule.provenance.state == "retired" else self.formulas.rule(rule)

    def possible(self, true: Iterable[Formula], false: Iterable[Formula] = (), odds: Iterable[Formula] = ()) -> bool:
        """Whether some allowed answers make these true and those not. `odds` replaces what must not be at odds."""
        asked = self._asked(true, false, odds)
        return asked is not None and self.cases.possible(*asked)

    def fewest(
        self, true: Iterable[Formula], false: Iterable[Formula] = (), odds: Iterable[Formula] = (), most: int = MOST
    ) -> Choices | None:
        """As few answers as do it, or None where none do, or none of at most `most`."""
        asked = self._asked(true, false, odds)
        return None if asked is None else self.cases.smallest(*asked, most)

    def _asked(
        self, true: Iterable[Formula], false: Iterable[Formula], odds: Iterable[Formula]
    ) -> tuple[list[Formula], list[Formula]] | None:
        apart = self.nodes.apart(true, false)
        return None if apart is None else (apart[0], [*apart[1], *(tuple(odds) or (self.at_odds,))])

    def can_be(self, formulas: Sequence[Formula]) -> list[bool]:
        """For each formula whether some allowed answers make it true."""
        return self.cases.can_be(formulas, [self.at_odds])

    def first_implied(self, true: Iterable[Formula], formulas: Sequence[Formula]) -> int | None:
        """The place of the first of the formulas that is true wherever these are, or None."""
        return self.cases.first_implied(true, [self.at_odds], formulas)

    # --- one finding, answered this way or that -------------------------------------------------------

    def chosen(self, formula: Formula, finding: str, choice: Answer | None) -> Formula:
        return self.nodes.chosen(formula, finding, choice)

    def settled(self, finding: str) -> Formula:
        """That an answer to it follows from other answers."""
        follows = self.nodes.any(self.formulas.of(when) for when in self._follows.get(finding, ()))
        return self.chosen(follows, finding, NOT_ASKED)

    def tells_as_much(self, finding: str, before: Answer | None, after: Answer | None) -> bool:
        """Whether each test of the finding that the first choice makes true is true after the second as well.

        Nothing certain is lost then: no condition rests on another one being false.
        """
        return all(after in values or before not in values for values in self._tested().get(finding, ()))

    def _tested(self) -> Mapping[str, list[frozenset[Answer | None]]]:
        """The tests of each finding. A formula written since may have brought more."""
        if self._tests[0] != len(self.nodes.choices):
            found: dict[str, list[frozenset[Answer | None]]] = {}
            for name, values in self.nodes.choices.values():
                if UNSURE not in values:
                    found.setdefault(name, []).append(values)
            self._tests = len(self.nodes.choices), found
        return self._tests[1]

    def answers(self, choices: Choices) -> Answers:
        """Choices as answers, in the order of the files."""
        given = ((name, choices.get(name)) for name in self.rulebase.findings)
        return {name: _tidy(answer) for name, answer in given if answer is not None and answer != NOT_ASKED}


class _IfSure(Formulas):
    """Conditions as they would be if each "not sure" were another answer.

    Findings not asked open nothing, but by what could follow from such another answer.
    """

    def __init__(self, sure: Formulas) -> None:
        super().__init__(sure.rulebase, sure.nodes, conditions=_other_conditions(sure.rulebase))

    def _test(self, test: Is, following: frozenset[Is]) -> Formula:
        unsure = self.nodes.leaf(test.finding, frozenset({UNSURE}))
        return self.nodes.any((super()._test(test, following), unsure))


def _other_conditions(rulebase: RuleBase) -> list[Condition]:
    """Conditions that are in no rule, concept or constraint: those of properties and of sentences."""
    found: list[Condition | None] = [sentence.when for sentence in sentences(rulebase)]
    for each in rulebase.properties.values():
        found += conditions_of(each)
    return [each for each in found if each is not None]


def conditions_of(what: Property) -> list[Condition | None]:
    return [what.when, what.demand.condition if isinstance(what.demand, Follows) else None]


def _tidy(answer: Answer) -> Answer:
    """A number between two bounds, without the dust of halving."""
    return answer if isinstance(answer, str) else float(f"{answer:.10g}")


def _middle_first(domain: Sequence[Answer]) -> tuple[Answer, ...]:
    """Numbers from the middle outwards, so that a smallest case names no needlessly extreme one; words as written."""
    if not domain or isinstance(domain[0], str):
        return tuple(domain)
    middle = (len(domain) - 1) / 2
    return tuple(value for _, value in sorted(enumerate(domain), key=lambda each: abs(each[0] - middle)))
