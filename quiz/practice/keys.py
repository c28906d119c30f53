"""What is right: the key of an item, read from what the engine says about the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Protocol, TypeVar

from quiz.enough import Certain, naming
from quiz.model import (
    NO,
    UNSURE,
    Answer,
    Answers,
    Assessment,
    Candidate,
    Condition,
    Mechanism,
    RuleBase,
    Sentence,
    SpeaksAgainst,
    State,
)
from quiz.practice.values import Item

NOTHING = "nothing"
NO_STATE = "no state at all"
"""The answer that no rule names a state, by its id and in words."""

Said = TypeVar("Said")

MORE, LESS, NEITHER = "more", "less", "neither"
"""What a new finding does to a state."""


class Judge(Protocol):
    """What the engine says about some answers."""

    def assess(self, answers: Answers) -> Assessment: ...
    def certain(self, answers: Answers) -> Certain: ...
    def applies(self, condition: Condition | None, answers: Answers) -> bool: ...


class Remembered:
    """A judge that is asked once for the same answers: an item and its explanations come back to them often."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.assess = _remembered(judge.assess)
        self.certain = _remembered(judge.certain)

    def applies(self, condition: Condition | None, answers: Answers) -> bool:
        return self._judge.applies(condition, answers)


MOST_REMEMBERED = 64
"""Sets of answers. A case and its variants for one item are fewer."""


def _remembered(ask: Callable[[Answers], Said]) -> Callable[[Answers], Said]:
    @lru_cache(MOST_REMEMBERED)
    def asked(answers: tuple[tuple[str, Answer], ...]) -> Said:
        return ask(dict(answers))

    return lambda answers: asked(tuple(answers.items()))


def told(answers: Answers) -> tuple[str, ...]:
    """The findings that are there: answered with a word other than "no", or with a number."""
    return tuple(finding for finding, answer in answers.items() if answer not in (NO, UNSURE))


def firmest(assessment: Assessment) -> tuple[str, ...]:
    """The states with the most support, in their order; none where none is named.

    Which of them stands first hangs on how many answers are behind each, and that is nothing to be right or wrong on.
    """
    candidates = assessment.candidates
    return tuple(each.state for each in candidates if each.strength == candidates[0].strength)


def state_key(assessment: Assessment) -> str | None:
    """The state with the most support, or NOTHING; None where several have as much."""
    first = firmest(assessment)
    return (first[0] if first else NOTHING) if len(first) < 2 else None


def urgency_key(assessment: Assessment) -> str | None:
    """The urgency; None where no rule sets one, which is not "routine"."""
    return assessment.urgency.word if assessment.urgency is not None else None


def needed(rulebase: RuleBase, judge: Judge, answers: Answers, state: str) -> frozenset[str] | None:
    """The findings told of, without any one of which the state would not be named so strongly; None if not named."""
    candidate = _of_state(judge.assess(answers), state)
    if candidate is None:
        return None
    rules = naming(rulebase, state, candidate.strength)

    def named_without(finding: str) -> bool:
        truths = judge.certain({each: answer for each, answer in answers.items() if each != finding})
        return any(truths.rule(rule.id) for rule in rules)

    return frozenset(finding for finding in told(answers) if not named_without(finding))


def shift_key(rulebase: RuleBase, judge: Judge, answers: Answers, new: Mapping[str, Answer], state: str) -> str | None:
    """What new answers do to a state: MORE where a rule that names it fires, LESS where one speaks against it.

    NEITHER where nothing about it moves. None where it is not clear: both, one less, or more of the same evidence.
    """
    before, after = judge.certain(answers), judge.certain({**answers, **new})
    gained: set[str] = set()
    for rule in rulebase.rules.values():
        if rule.provenance.state == "retired" or getattr(rule.then, "state", "") != state:
            continue
        was, now = before.rule(rule.id), after.rule(rule.id)
        if was and not now:
            return None
        if now and not was:
            gained.add(LESS if isinstance(rule.then, SpeaksAgainst) else MORE)
    if len(gained) == 1:
        return gained.pop()
    if gained:
        return None
    was_there, is_there = (_of_state(judge.assess(each), state) for each in (answers, {**answers, **new}))
    same = (was_there and was_there.evidence) == (is_there and is_there.evidence)
    return NEITHER if same else None


def _of_state(assessment: Assessment, state: str) -> Candidate | None:
    return next((each for each in assessment.candidates if each.state == state), None)


def at_work(mechanism: Mechanism, answers: Answers) -> bool:
    """Whether anything told of works through this mechanism, or may."""
    return any(each in (*mechanism.through, *mechanism.also) for each in told(answers))


def state_of(item: Item) -> str:
    """The state that an item on a context or on a new finding is about: the last part of its id."""
    return item.id.split("/")[-1]


def new_of(item: Item) -> Mapping[str, Answer]:
    """What an item adds to its case: the new finding of one that asks what it shifts."""
    if item.kind != "shift":
        return {}
    finding, _, answer = item.id.split("/")[-2].partition("=")
    return {finding: answer}


def sentences(state: State, part: str) -> tuple[Sentence, ...]:
    """What a state has a person ask for: its `tests`, or its questions (`ask`)."""
    return state.tests if part == "tests" else state.ask


def checks(rulebase: RuleBase, judge: Judge, answers: Answers, part: str) -> frozenset[str]:
    """Ids of the sentences of this part that the rules tell for these answers: those of the states they name."""
    named = [each.state for each in judge.assess(answers).candidates]
    return frozenset(
        check_id(state, part, place)
        for state in named
        for place, sentence in enumerate(sentences(rulebase.states[state], part))
        if judge.applies(sentence.when, answers)
    )


def check_id(state: str, part: str, place: int) -> str:
    return f"{state}:{part}:{place}"
