"""Which answers are enough for something: with them alone it is so, and none of them can be left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from quiz.consequences import contradictions
from quiz.model import Answers, Fired, Implication, Raises, Rule, RuleBase, Strength, Supports, Urgency


class Certain(Protocol):
    """What is certain with some answers: which rules fire."""

    def rule(self, rule_id: str) -> bool: ...


def smallest(findings: Sequence[str], enough: Callable[[Sequence[str]], bool]) -> tuple[str, ...]:
    """Some of the findings that are enough, and none of them can be left out. Those at the end are left out first.

    Whole stretches are left out at once where that can be done, so it asks far less often than once for each finding.
    """
    kept = list(findings)

    def leave_out(part: list[str]) -> None:
        rest = [each for each in kept if each not in part]
        if enough(rest):
            kept[:] = rest
        elif len(part) > 1:
            half = len(part) // 2
            leave_out(part[half:])
            leave_out(part[:half])

    while kept:
        before = len(kept)
        leave_out(list(kept))
        if len(kept) == before:  # once more where something went: answers at odds can make an earlier look stale
            break
    return tuple(kept)


def answers_behind(
    rulebase: RuleBase, given: Answers, fired: Fired, rules: Iterable[Rule], certain: Callable[[Answers], Certain]
) -> tuple[str, ...]:
    """Answers that alone make one of these rules fire, and none of them can be left out.

    `fired` is one that fires; the answers behind it are kept longest. An answer that follows from others is not named,
    as those are, unless it was given itself.
    """
    wanted = tuple(rule.id for rule in rules)

    def enough(findings: Sequence[str]) -> bool:
        truths = certain({finding: given[finding] for finding in findings})
        return any(map(truths.rule, wanted))

    behind = [finding for finding in fired.evidence if finding in given]
    if not enough(behind):
        behind += [finding for finding in rulebase.findings if finding in given and finding not in fired.evidence]
    return smallest(behind, enough)


def at_odds(rulebase: RuleBase, given: Answers) -> dict[tuple[str, ...], Implication]:
    """Answers that contradict each other, each time no more of them than it takes, and what says so."""
    found: dict[tuple[str, ...], Implication] = {}
    for each in contradictions(rulebase, given):

        def enough(findings: Sequence[str], odd: Implication = each) -> bool:
            return odd in contradictions(rulebase, {finding: given[finding] for finding in findings})

        found.setdefault(smallest(list(given), enough), each)
    return found


def naming(rulebase: RuleBase, state: str, strength: Strength) -> tuple[Rule, ...]:
    """The rules that name a state with at least this support."""
    return tuple(
        rule
        for rule in rulebase.rules.values()
        if _speaks(rule)
        and isinstance(rule.then, Supports)
        and rule.then.state == state
        and rule.then.strength >= strength
    )


def raising(rulebase: RuleBase, urgency: Urgency) -> tuple[Rule, ...]:
    """The rules that raise at least this urgency."""
    return tuple(
        rule
        for rule in rulebase.rules.values()
        if _speaks(rule) and isinstance(rule.then, Raises) and rule.then.urgency >= urgency
    )


def _speaks(rule: Rule) -> bool:
    return rule.provenance.state != "retired"
