"""Runs the cases that stand in the rules: those that fire a rule, near misses, and vignettes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from quiz.errors import Problem
from quiz.logic import contradictions
from quiz.model import Answers, Assessment, RuleBase, Vignette

Assess = Callable[[Answers], Assessment]


def failing_cases(rulebase: RuleBase, assess: Assess) -> list[Problem]:
    """Every case that does not do what it stands for."""
    return sorted([*_rule_cases(rulebase, assess), *_vignettes(rulebase, assess), *_impossible(rulebase)])


def _impossible(rulebase: RuleBase) -> Iterator[Problem]:
    for vignette in rulebase.vignettes.values():
        for implication in contradictions(rulebase, vignette.answers):
            then = ", ".join(f"{finding}: {word}" for finding, word in implication.then.items())
            message = f'vignette "{vignette.id}" cannot be: from its answers follows {{{then}}}'
            yield Problem(vignette.position, "T703", message, implication.because)


def _rule_cases(rulebase: RuleBase, assess: Assess) -> Iterator[Problem]:
    for rule in rulebase.rules.values():
        if rule.provenance.state == "retired":
            continue
        for wanted, cases in ((True, rule.fires), (False, rule.near_miss)):
            for case in cases:
                if any(fired.rule.id == rule.id for fired in assess(case).fired) != wanted:
                    told = ", ".join(f"{finding}: {answer}" for finding, answer in case.items())
                    message = "does not fire on" if wanted else "fires on its near miss"
                    yield Problem(rule.position, "T701", f'rule "{rule.id}" {message} {{{told}}}')


def _vignettes(rulebase: RuleBase, assess: Assess) -> Iterator[Problem]:
    for vignette in rulebase.vignettes.values():
        for message in _mistakes(vignette, assess(vignette.answers)):
            yield Problem(vignette.position, "T702", f'vignette "{vignette.id}": {message}')


def _mistakes(vignette: Vignette, assessment: Assessment) -> Iterator[str]:
    named = [candidate.state for candidate in assessment.candidates]
    told = f"it names {', '.join(named) or 'nothing'}"
    missing = [state for state in vignette.named if state not in named]
    if missing:
        yield f"{', '.join(missing)} should be named; {told}"
    elif vignette.named and named[0] != vignette.named[0]:
        yield f"{vignette.named[0]} should come first; {told}"
    if not vignette.named and named:
        yield f"nothing should be named; {told}"
    for state in vignette.not_named:
        if state in named:
            yield f"{state} should not be named"
    if assessment.urgency is not vignette.urgency:
        expected = vignette.urgency.word if vignette.urgency else "none"
        yield f"urgency should be {expected}, is {assessment.urgency.word if assessment.urgency else 'none'}"
