"""A case of which a property does not hold: replayed by the engine, and told in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from quiz.errors import EngineError
from quiz.logic import Leaf, denial, holds, is_true, positive
from quiz.model import (
    YES,
    Answers,
    Assessment,
    AtLeastAsUrgent,
    Condition,
    Follows,
    Holds,
    Is,
    Keeps,
    NotAll,
    OneFires,
    Property,
    RuleBase,
    Strength,
    Urgency,
)
from quiz.review.english import English
from quiz.review.properties import Lost, Witness
from quiz.wording import URGENCY, answer_words

Assess = Callable[[Answers], Assessment]


@dataclass(frozen=True, slots=True)
class Replay:
    """What the engine says of a witness: of the case and, where an answer changes, of the case after it."""

    before: Assessment
    after: Assessment | None = None


def replay(rulebase: RuleBase, assess: Assess, what: Property, witness: Witness) -> Replay:
    """Put the case to the engine. Raises EngineError where the property holds of it after all."""
    before = assess(witness.answers)
    after = assess(witness.changed_answers) if isinstance(what.demand, Keeps) else None
    if not _is_broken(rulebase, what, witness, before, after):
        raise EngineError(
            f"{what.id}: the solver and the engine disagree about {dict(witness.answers)}\n"
            "  hint: this is a mistake of the program, not of the rules; please report it"
        )
    return Replay(before, after)


def is_certain(rulebase: RuleBase, assessment: Assessment, condition: Condition) -> bool:
    """Whether a condition of the rule language is certain under what was assessed.

    It takes the engine's word for which states are named and what follows, and not that of `condition_table`: a replay
    is there to find out whether the engine agrees.
    """
    named = {each.state: each.strength for each in assessment.candidates}

    def known(leaf: Leaf) -> bool:
        if isinstance(leaf, Is):
            return is_true(leaf, assessment.answers)
        if isinstance(leaf, Holds):
            when = rulebase.concepts[leaf.concept].when
            return is_certain(rulebase, assessment, when if leaf.value == YES else denial(when, rulebase.findings))
        return leaf.state in named and named[leaf.state] >= leaf.strength

    return holds(positive(condition, rulebase.findings), known)


def _is_broken(
    rulebase: RuleBase, what: Property, witness: Witness, before: Assessment, after: Assessment | None
) -> bool:
    if what.when is not None and not is_certain(rulebase, before, what.when):
        return False
    demand, fired = what.demand, {each.rule.id for each in before.fired}
    if isinstance(demand, AtLeastAsUrgent):
        return before.urgency is None or before.urgency < demand.urgency
    if isinstance(demand, OneFires):
        return fired.isdisjoint(demand.rules)
    if isinstance(demand, NotAll):
        return fired.issuperset(demand.rules)
    if isinstance(demand, Follows):
        return is_certain(rulebase, before, demand.condition) == demand.never
    return witness.lost is not None and after is not None and tells(before, witness.lost) > tells(after, witness.lost)


def tells(assessment: Assessment, what: Lost) -> bool:
    """Whether this is told."""
    if what.kind == "urgency":
        return assessment.urgency is not None and assessment.urgency >= Urgency[what.id.upper()]
    if what.kind == "states":
        state, strength = what.id.split()
        wanted = Strength[strength.upper()]
        return any(each.state == state and each.strength >= wanted for each in assessment.candidates)
    told = assessment.fired if what.kind == "cautions" else (*assessment.fired, *assessment.not_ruled_out)
    return any(each.rule.id == what.id for each in told)


# --- in words ---------------------------------------------------------------------------------------


def case_words(rulebase: RuleBase, answers: Answers) -> str:
    """Answers as a list in one line: "kidney disease: yes; blood potassium: 3.1 mmol/L"."""
    given = [
        f"{rulebase.findings[name].label}: {answer_words(rulebase.findings[name], answer)}"
        for name, answer in answers.items()
    ]
    return "; ".join(given) or "no answer at all"


def change_words(rulebase: RuleBase, witness: Witness) -> str:
    """What is answered otherwise: "vomiting: not asked, then not sure"."""
    finding = rulebase.findings[witness.changed]
    before = witness.answers.get(finding.id)
    then = [answer_words(finding, each) if each is not None else "not asked" for each in (before, witness.after)]
    return f"{finding.label}: {then[0]}, then {then[1]}"


def told_words(rulebase: RuleBase, assessment: Assessment) -> str:
    """What is told, in one line."""
    return "; ".join(_told(rulebase, assessment))


def _told(rulebase: RuleBase, assessment: Assessment) -> Iterator[str]:
    yield URGENCY[assessment.urgency] if assessment.urgency is not None else "no urgency"
    states = [f"{rulebase.states[each.state].name} ({each.strength.word})" for each in assessment.candidates]
    yield ", ".join(states) or "no state named"
    if assessment.cautions:
        yield f"cautions {', '.join(each.rule.id for each in assessment.cautions)}"
    if assessment.not_ruled_out:
        yield f"could not be ruled out {', '.join(each.rule.id for each in assessment.not_ruled_out)}"


def lost_words(rulebase: RuleBase, lost: Lost) -> str:
    """What went, in words."""
    if lost.kind == "urgency":
        return f"urgency: {URGENCY[Urgency[lost.id.upper()]]}"
    if lost.kind == "states":
        state, strength = lost.id.split()
        return f"{rulebase.states[state].name} ({strength})"
    return f"{'caution' if lost.kind == 'cautions' else 'red flag'} {lost.id}"


def demand_words(rulebase: RuleBase, what: Property) -> str:
    """What the property asks for, in words."""
    demand = what.demand
    if isinstance(demand, AtLeastAsUrgent):
        return f"urgency of at least: {URGENCY[demand.urgency]}"
    if isinstance(demand, OneFires):
        return f"{'one of the rules' if len(demand.rules) > 1 else 'the rule'} {', '.join(demand.rules)}"
    if isinstance(demand, NotAll):
        return f"never together: {', '.join(demand.rules)}"
    if isinstance(demand, Follows):
        return f"{'never ' if demand.never else ''}{English(rulebase).in_a_row(demand.condition)}"
    return f"none of this goes: {', '.join(each.replace('_', ' ') for each in demand.kept)}"
