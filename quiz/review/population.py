"""Sets of answers made up by a rule that can be stated in a sentence, so that a share of them means something."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from quiz.consequences import contradictions
from quiz.model import NO, UNSURE, YES, Answer, Answers, RuleBase, Supports

MOST_OTHERS = 6

DECLARED = (
    "each joins the firing cases of two rules that name a state, drawn by chance, and adds up to six other yes/no "
    "findings, each answered yes, no or not sure with the same chance; contradictions are drawn again"
)
"""How a random case is made."""


def people(rulebase: RuleBase, dice: random.Random, count: int) -> Iterator[Answers]:
    """So many random cases; none where no rule names a state."""
    rules = [
        rule
        for rule in rulebase.rules.values()
        if isinstance(rule.then, Supports) and rule.provenance.state != "retired" and rule.fires
    ]
    others = [each.id for each in rulebase.findings.values() if each.words == (YES, NO)]
    while rules and count > 0:
        person: dict[str, Answer] = {}
        for rule in (dice.choice(rules), dice.choice(rules)):
            case: Mapping[str, Answer] = dice.choice(rule.fires)
            person.update(case)
        for finding in dice.sample(others, min(len(others), dice.randint(0, MOST_OTHERS))):
            person.setdefault(finding, dice.choice((YES, NO, UNSURE)))
        if not contradictions(rulebase, person):
            count -= 1
            yield person
