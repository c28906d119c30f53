"""Formulas over many cases at once: bit n of a whole number tells whether a formula is true of case n.

It can ask what one more answer would change, which the table of conditions cannot; that one knows the evidence, and
whatever a mutant changes costs it no new formulas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quiz.formulas import ALWAYS, BLANK, NEVER, Formula, Formulas
from quiz.model import Answer, Answers
from quiz.review.condition_table import Cases


class FormulaTable:
    """The cases as they are, and as they would be with one more answer."""

    def __init__(self, formulas: Formulas, cases: Sequence[Answers]) -> None:
        self.formulas, self.nodes = formulas, formulas.nodes
        self.all: Cases = (1 << len(cases)) - 1
        self._answered: dict[str, dict[Answer, Cases]] = {}
        findings = formulas.rulebase.findings
        for number, answers in enumerate(cases):
            for name, answer in answers.items():
                values = self._answered.setdefault(name, {})
                value = formulas.alike(findings[name], answer)
                values[value] = values.get(value, 0) | 1 << number
        self._known: dict[Formula, Cases] = {ALWAYS: self.all, NEVER: 0}

    def open(self, finding: str) -> Cases:
        """The cases that do not answer it."""
        answered = 0
        for cases in self._answered.get(finding, {}).values():
            answered |= cases
        return self.all & ~answered

    def true(self, formula: Formula) -> Cases:
        """The cases of which the formula is true."""
        return self._true(formula, self._known, "", BLANK)

    def true_with(self, formulas: Sequence[Formula], finding: str, value: Answer) -> list[Cases]:
        """The same for several formulas, where each case that does not answer the finding answers it so."""
        known: dict[Formula, Cases] = {}
        return [self._true(formula, known, finding, value) for formula in formulas]

    def _true(self, formula: Formula, known: dict[Formula, Cases], finding: str, value: Answer | None) -> Cases:
        if finding not in self.nodes.findings(formula):
            known, finding = self._known, ""
        if formula not in known:
            known[formula] = self._found(formula, known, finding, value)
        return known[formula]

    def _found(self, formula: Formula, known: dict[Formula, Cases], finding: str, value: Answer | None) -> Cases:
        if formula in self.nodes.choices:
            name, values = self.nodes.choices[formula]
            answers: Mapping[Answer, Cases] = self._answered.get(name, {})
            found = 0
            for answer, cases in answers.items():
                found |= cases if answer in values else 0
            blank = value if name == finding else BLANK
            return found | (self.open(name) if blank in values else 0)
        count, parts = self.nodes.groups[formula]
        if count == 1:
            found = 0
            for part in parts:
                found |= self._true(part, known, finding, value)
            return found
        found = self.all
        for part in parts:
            found &= self._true(part, known, finding, value)
        return found
