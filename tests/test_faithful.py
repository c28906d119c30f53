"""What a note lists as told, read from the data that the command writes: enough alone, and none of it to spare.

The judge is the second reading of the rules, in `tests.evaluator`, which shares no code with the note.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from quiz import wording
from quiz.commands.shared import make_note
from quiz.consequences import contradictions
from quiz.engine import Engine
from quiz.interview import Session
from quiz.model import UNSURE, YES, Answer, Answers, RuleBase, Strength, Urgency
from tests.evaluator import Evaluator

TIMES = int(os.environ.get("FAITHFUL_TIMES", "1"))
"""How many times as many notes to look at: FAITHFUL_TIMES=24 for all vignettes and 200 people of each kind."""

Gives = Callable[[Evaluator, int], bool]


@dataclass(frozen=True)
class Claim:
    """That these answers alone give what is told, and that without any one of them they do not.

    They never give more, as more answers take nothing away, unless one is at odds with what follows from them.
    """

    what: str
    told: Answers
    gives: Gives

    def cases(self) -> Iterator[Answers]:
        yield self.told
        for left_out in self.told:
            yield {finding: answer for finding, answer in self.told.items() if finding != left_out}


def claims(answers: Answers, data: Mapping[str, Any]) -> Iterator[Claim]:
    """All that the note, as data, says of what it rests on."""

    def claim(what: str, told: Iterable[str], gives: Gives) -> Claim:
        return Claim(f"{what} of {dict(answers)}", {each: answers[each] for each in told}, gives)

    note = data["note"]
    for state in note["states"]:
        yield claim(state["state"], state["told"], named(state["state"], Strength[state["support"].upper()]))
    if data["urgency"]:
        yield claim(data["urgency"], note["told"], urgent(Urgency[data["urgency"].upper()]))
    about_states = (each for state in note["states"] for part in ("why", "against", "cautions") for each in state[part])
    for reason in (*note["urgent"], *note["cautions"], *about_states):
        yield claim(reason["rule"], reason["told"], fires(reason["rule"]))


def named(state: str, strength: Strength) -> Gives:
    return lambda seen, case: dict(seen.named(case)).get(state, 0) >= strength


def urgent(urgency: Urgency) -> Gives:
    return lambda seen, case: (seen.urgency(case) or 0) >= urgency


def fires(rule: str) -> Gives:
    return lambda seen, case: rule in seen.true_rules(case)


def unfaithful(engine: Engine, people: Iterable[Answers]) -> tuple[list[str], int]:
    """The claims that are not so, and how many were made."""
    made = [claim for answers in people for claim in claims(answers, data_of(engine, answers))]
    cases = [case for claim in made for case in claim.cases()]
    seen, wrong, first = Evaluator(engine.rulebase, cases), [], 0
    for claim in made:
        alone, *fewer = (claim.gives(seen, first + n) for n in range(1 + len(claim.told)))
        if not alone or any(fewer):
            wrong.append(f"{claim.what}: {'some can be left out' if alone else 'not enough'}: {list(claim.told)}")
        first += 1 + len(claim.told)
    return wrong, len(made)


def data_of(engine: Engine, answers: Answers) -> dict[str, Any]:
    session = Session(answers)
    note, assessment = make_note(engine, session)
    return wording.as_data(note, assessment, session)


def people(rulebase: RuleBase, number: int, dice: random.Random, *, at_odds: bool) -> Iterator[Answers]:
    findings = list(rulebase.findings.values())
    while number:
        answers: dict[str, Answer] = {}
        for finding in dice.sample(findings, dice.randint(1, 60)):
            words = (*finding.words, YES, UNSURE) if YES in finding.words else (*finding.words, UNSURE)
            value = round(dice.uniform(finding.low, finding.high), 1) if finding.is_number else dice.choice(words)
            if at_odds or not contradictions(rulebase, {**answers, finding.id: value}):
                answers[finding.id] = value
        if bool(contradictions(rulebase, answers)) == at_odds:
            number -= 1
            yield answers


def test_what_a_note_on_a_vignette_lists_is_enough_alone_and_none_of_it_is_to_spare(
    engine: Engine, rulebase: RuleBase
) -> None:
    cases = [each.answers for each in list(rulebase.vignettes.values())[:: max(1, 24 // TIMES)]]
    wrong, made = unfaithful(engine, cases)

    assert made > len(cases)
    assert wrong == []


@pytest.mark.parametrize("at_odds", [False, True], ids=["that fit together", "that are at odds"])
def test_what_a_note_on_made_up_answers_lists_is_enough_alone_and_none_of_it_is_to_spare(
    engine: Engine, rulebase: RuleBase, at_odds: bool
) -> None:
    cases = list(people(rulebase, 8 * TIMES, random.Random(12), at_odds=at_odds))
    wrong, made = unfaithful(engine, cases)

    assert made > len(cases)
    assert wrong == []
