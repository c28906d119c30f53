"""A plain reading of conditions against one set of answers: slow, without the engine, and able to say why."""

from __future__ import annotations

from quiz.logic import denial, holds, is_true, positive, with_consequences
from quiz.model import UNSURE, YES, Answers, Condition, Group, Holds, Is, Named, Rule, RuleBase, Supports


class Reading:
    """One set of answers, with what follows from them."""

    def __init__(self, rulebase: RuleBase, answers: Answers) -> None:
        self.rulebase = rulebase
        self.known = with_consequences(rulebase, answers)
        self._concepts: dict[tuple[str, str], bool] = {}

    def holds(self, condition: Condition) -> bool:
        return holds(positive(condition, self.rulebase.findings), self._leaf)

    def fires(self, rule: Rule) -> bool:
        return rule.provenance.state != "retired" and self.holds(rule.when)

    def _leaf(self, leaf: Is | Holds | Named) -> bool:
        if isinstance(leaf, Is):
            return is_true(leaf, self.known)
        if isinstance(leaf, Named):
            return any(
                isinstance(rule.then, Supports)
                and (rule.then.state == leaf.state and rule.then.strength >= leaf.strength)
                and self.fires(rule)
                for rule in self.rulebase.rules.values()
            )
        key = leaf.concept, leaf.value
        if key not in self._concepts:
            when = self.rulebase.concepts[leaf.concept].when
            self._concepts[key] = self.holds(when if leaf.value == YES else denial(when, self.rulebase.findings))
        return self._concepts[key]

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
