"""What a person may bring up with a clinician: which sentences of the rules are right here, and which wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from quiz.model import UNSURE, Answers, RuleBase, Sentence, State
from quiz.practice.keys import Judge, check_id, checks, sentences

PARTS = ("tests", "ask")
"""What a state has a person bring up: tests, and questions."""

FEWEST_WRONG = 2
"""With fewer wrong sentences on what to check, a throw of a coin would do."""

LENGTHS = 1.5
"""How many times longer or shorter than the right one a sentence may be that stands beside it."""

_ASKS = re.compile(r"\bask\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Check:
    """A sentence of a state that a person may bring up."""

    id: str
    state: State
    sentence: Sentence

    @property
    def says(self) -> str:
        return self.sentence.says

    def is_open(self, answers: Answers) -> bool:
        """Whether nothing that was told makes it needless."""
        return all(answers.get(each, UNSURE) == UNSURE for each in self.sentence.answered_by)


@dataclass(frozen=True, slots=True)
class BroughtUp:
    """What a person has to bring up: the states that are named, and the minerals that are asked for beside them."""

    states: tuple[State, ...]
    minerals: frozenset[str]


class Checks:
    """The sentences of one rule base. `findings_on` are, for each state, those that can have a part in naming it."""

    def __init__(self, rulebase: RuleBase, judge: Judge, findings_on: Mapping[str, frozenset[str]]) -> None:
        self.rulebase, self.judge, self._findings_on = rulebase, judge, findings_on

    def right(self, state: str, part: str, answers: Answers) -> list[Check]:
        """Those of a state that the rules tell for these answers, and that are fair to ask for."""
        here = checks(self.rulebase, self.judge, answers, part)
        return [
            each for each in self._of(state, part)
            if each.id in here and each.is_open(answers) and (each.sentence.when or each.id in self._fair)
        ]  # fmt: skip

    def wrong_beside(self, right: Check, part: str, answers: Answers, causes: Iterable[str]) -> list[Check]:
        """Those about as long that would be wrong to bring up, and that are right for others."""
        wrong = self._wrong(part, self._brought_up(answers), causes)
        return [each for each in wrong if each.id in self._fair and _as_long(each.says, right.says)]

    def _of(self, state: str, part: str) -> list[Check]:
        """The sentences of a state that ask for something and name its electrolyte.

        Some only explain a test, and some, such as one that asks for a heart tracing, would be right for others too.
        """
        known = self.rulebase.states[state]
        placed = (Check(check_id(state, part, place), known, each) for place, each in enumerate(sentences(known, part)))
        return [each for each in placed
                if known.electrolyte in each.says and (each.says.endswith("?") or _ASKS.search(each.says))]  # fmt: skip

    def _wrong(self, part: str, brought_up: BroughtUp, causes: Iterable[str]) -> list[Check]:
        """Sentences that would be wrong to bring up.

        Those of a state on which no cause bears, and that hang on no answer: "while I take this laxative" gives itself
        away where nothing is told of one.
        """
        return [
            each
            for state in self.rulebase.states
            if self._findings_on[state].isdisjoint(causes)
            for each in self._of(state, part)
            if not each.sentence.when and not self._also_right(each, part, brought_up)
        ]

    def _also_right(self, check: Check, part: str, brought_up: BroughtUp) -> bool:
        """Whether a sentence names a mineral that is brought up anyhow, so that it would be right too.

        What a mineral is only measured beside another for may fall with it or rise with it. So a question on the other
        direction is wrong, where it is on something else than a measurement.
        """
        named = {each.electrolyte for each in brought_up.states}
        if any(each in check.says for each in named):
            return True
        directions = {each.direction for each in brought_up.states}
        follows = self._set_going([each.id for each in brought_up.states])
        asks_else = part == "ask" and not check.sentence.answered_by
        is_other = check.state.direction not in directions and check.state.id not in follows
        return any(each in check.says for each in brought_up.minerals) and not (asks_else and is_other)

    def _set_going(self, states: Iterable[str]) -> set[str]:
        """States to which a mechanism leads that one of these sets going."""
        return {to for each in self.rulebase.mechanisms.values() if set(states) & set(each.after) for to in each.to}

    @cached_property
    def _fair(self) -> frozenset[str]:
        """Sentences right for one state and wrong for another: what is always either is soon known by heart."""
        fair = {each.id for part in PARTS for state in self.rulebase.states for each in self._of(state, part)}
        while True:
            beside = {right: wrong & fair for right, wrong in self._beside.items() if right in fair}
            right = {each for each, wrong in beside.items() if len(wrong) >= FEWEST_WRONG}
            kept = right & {each for name in right for each in beside[name]}
            if kept == fair:
                return frozenset(fair)
            fair = kept

    @cached_property
    def _beside(self) -> Mapping[str, set[str]]:
        """For each sentence that hangs on no answer, those that may stand beside it where its state alone is named."""
        found: dict[str, set[str]] = {}
        for state in self.rulebase.states.values():
            says = [each.says for part in PARTS for each in sentences(state, part) if not each.when]
            brought_up = self._with_minerals([state], says)
            for part in PARTS:
                wrong = self._wrong(part, brought_up, ())
                for right in self._of(state.id, part):
                    if not right.sentence.when:
                        found[right.id] = {each.id for each in wrong if _as_long(each.says, right.says)}
        return found

    def _brought_up(self, answers: Answers) -> BroughtUp:
        """What the rules have the person bring up: the states that they name, and what they have the person ask for."""
        asked = {part: checks(self.rulebase, self.judge, answers, part) for part in PARTS}
        says = [
            sentence.says
            for part, names in asked.items()
            for state in self.rulebase.states.values()
            for place, sentence in enumerate(sentences(state, part))
            if check_id(state.id, part, place) in names
        ]
        named = [self.rulebase.states[each.state] for each in self.judge.assess(answers).candidates]
        return self._with_minerals(named, says)

    def _with_minerals(self, states: Sequence[State], says: Iterable[str]) -> BroughtUp:
        text = " ".join(says)
        return BroughtUp(tuple(states), frozenset(each for each in self._electrolytes if each in text))

    @cached_property
    def _electrolytes(self) -> frozenset[str]:
        return frozenset(each.electrolyte for each in self.rulebase.states.values())


def _as_long(text: str, other: str) -> bool:
    return len(text) <= LENGTHS * len(other) and len(other) <= LENGTHS * len(text)
