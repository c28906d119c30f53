"""One set of answers against conditions: without the engine, and able to say why."""

from __future__ import annotations

from quiz.consequences import with_consequences
from quiz.logic import denial, positive
from quiz.model import UNSURE, YES, Answers, Condition, Group, Holds, Is, Rule, RuleBase
from quiz.review.condition_table import Table


class Reading:
    """One set of answers, with what follows from them."""

    def __init__(self, rulebase: RuleBase, answers: Answers) -> None:
        self.rulebase = rulebase
        self.known = with_consequences(rulebase, answers)
        self._table = Table(rulebase, [answers])

    def holds(self, condition: Condition) -> bool:
        return bool(self._table.true(condition))

    def fires(self, rule: Rule) -> bool:
        return rule.provenance.state != "retired" and self.holds(rule.when)

    def word(self, condition: Condition) -> str:
        """Whether it held, and where a single test did not: how its finding was answered."""
        if self.holds(condition):
            return "held"
        if isinstance(condition, Is):
            answer = self.known.get(condition.finding)
            if answer is None:
                return "did not hold: not answered"
            if answer == UNSURE:
                return "did not hold: answered not sure"
            unit = self.rulebase.findings[condition.finding].unit
            return f"did not hold: answered {answer if isinstance(answer, str) else f'{answer:g} {unit}'}"
        return "did not hold"

    def missing(self, condition: Condition) -> int:
        """How many single tests must still become true: 0 where the condition holds."""
        return self._missing(positive(condition, self.rulebase.findings))

    def _missing(self, written: Condition) -> int:
        if self.holds(written):
            return 0
        if isinstance(written, Holds):
            when = self.rulebase.concepts[written.concept].when
            return self.missing(when if written.value == YES else denial(when, self.rulebase.findings))
        if not isinstance(written, Group):
            return 1
        each = sorted(map(self._missing, written.of))
        count = {"all": len(each), "any": 1}.get(written.kind, written.count)
        return sum(each[:count])
