"""Which mistaken belief fits a student's answers best.

A model of the student is the rules as they stand, the rules with one alteration, or no model at all. Under a model with
rules, an answer is the one that these rules give, but for a slip: with a slip rate s and n answers that could be given,

    P(answer | model) = 1 - s    where the answer is the one that the model gives,
                        s / (n - 1)    where it is another one,
                        1 / n    where the model has no clear answer, and under no model at all.

n is the number of options, or with several right ones the number of non-empty sets of them. A guess tells less: s is
`SLIP` for an answer that is sure or fairly sure, `SLIP_OF_A_GUESS` for a guess. Answers are taken for independent. The
prior gives one half to the rules as they stand and shares the other half among all other models, so that a belief is
told only on clear evidence (`ENOUGH`, after Bayes), and only where it explains wrong answers (`LEAST_MISTAKES`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import exp, log

from quiz.engine import Assessor
from quiz.model import Misconception
from quiz.practice.beliefs import Believer, shown_by
from quiz.practice.values import Certainty, Item, Response

AS_THEY_STAND = ""
"""The model of a careful student: the rules without any alteration."""

AT_RANDOM = "?"
"""The model of a student whose answers follow no rules."""

SLIP, SLIP_OF_A_GUESS = 0.15, 0.5

ENOUGH = 0.9
"""The least probability of a belief that is told."""

LEAST_MISTAKES = 2
"""Wrong answers that are just what the belief gives. One of them may be a slip."""

MOST_SUSPECTS = 3
"""Beliefs that cases are made up for at a time."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well each model fits. `probabilities` is by the id of a misconception, AS_THEY_STAND and AT_RANDOM.

    `told` is the misconception that the evidence is enough for, or None.
    """

    probabilities: Mapping[str, float]
    told: Misconception | None


class Misconceptions:
    """The misconceptions about some rules."""

    def __init__(self, rules: Assessor) -> None:
        self.rulebase = rules.rulebase
        self._rules = rules
        self._believers: dict[str, Believer] = {}
        self._answers: dict[tuple[str, str, frozenset[str]], frozenset[str] | None] = {}

    @property
    def models(self) -> tuple[str, ...]:
        return AS_THEY_STAND, *self.rulebase.misconceptions, AT_RANDOM

    def answer(self, model: str, item: Item) -> frozenset[str] | None:
        """The options that a student with this model chooses; None where the model has no clear answer."""
        if model in (AS_THEY_STAND, AT_RANDOM):
            return item.key if model == AS_THEY_STAND else None
        if model not in self._believers:
            self._believers[model] = Believer(self._rules, self.rulebase.misconceptions[model])
        key = (model, item.id, frozenset(option.id for option in item.options))
        if key not in self._answers:
            self._answers[key] = self._believers[model].choice(item)
        return self._answers[key]

    # --- which model fits ---------------------------------------------------------------------------

    def fit(self, responses: Iterable[Response]) -> Fit:
        """How well each model fits these answers."""
        given = list(responses)
        scores = {model: self._prior(model) + sum(log(self._likelihood(model, each)) for each in given)
                  for model in self.models}  # fmt: skip
        probabilities = _shares(scores)
        best = max(self.rulebase.misconceptions, key=lambda each: probabilities[each], default=None)
        if best is None or probabilities[best] < ENOUGH or self._mistakes(best, given) < LEAST_MISTAKES:
            return Fit(probabilities, None)
        return Fit(probabilities, self.rulebase.misconceptions[best])

    def _prior(self, model: str) -> float:
        return log(0.5 if model == AS_THEY_STAND else 0.5 / (len(self.models) - 1))

    def _likelihood(self, model: str, response: Response) -> float:
        slip = SLIP_OF_A_GUESS if response.certainty is Certainty.GUESS else SLIP
        return _likelihood(self.answer(model, response.item), response.chosen, _ways(response.item), slip)

    def _mistakes(self, model: str, responses: Iterable[Response]) -> int:
        wrong = [each for each in responses if not each.correct]
        return len({each.item.id for each in wrong if self.answer(model, each.item) == each.chosen})

    # --- what to ask next ---------------------------------------------------------------------------

    def best_next(self, responses: Iterable[Response], candidates: Sequence[Item]) -> Item | None:
        """The candidate that is expected to tell the models apart best; the first of several as good, None of none."""
        now = self.fit(responses).probabilities
        return max(candidates, key=lambda item: self.information(now, item), default=None)

    def towards(self, responses: Iterable[Response]) -> tuple[str, ...]:
        """What to make cases up towards, so that they tell apart the beliefs that fit best so far; the best come first.

        Each is one for `cases.generated`. It changes only with what was answered.
        """
        now = self.fit(responses).probabilities
        suspects = sorted(self.rulebase.misconceptions, key=lambda each: -now[each])[:MOST_SUSPECTS]
        shows = [shown_by(self.rulebase, self.rulebase.misconceptions[each]) for each in suspects]
        in_turn = (each for together in zip_longest(*shows) for each in together if each is not None)
        return tuple(dict.fromkeys(in_turn))

    def information(self, probabilities: Mapping[str, float], item: Item) -> float:
        """The expected loss of entropy over the models, in bits, by an answer to the item that is no guess."""
        ways = _ways(item)
        given = {model: self.answer(model, item) for model in probabilities}
        outcomes = list(dict.fromkeys(answer for answer in given.values() if answer is not None))
        expected = 0.0
        for outcome in outcomes:
            weights = {
                each: share * _likelihood(given[each], outcome, ways, SLIP) for each, share in probabilities.items()
            }
            expected += _entropy_of(weights)
        rest = ways - len(outcomes)
        if rest > 0:  # all answers that no model gives are alike
            weights = {
                each: share * (1 / ways if given[each] is None else SLIP / (ways - 1))
                for each, share in probabilities.items()
            }
            expected += rest * _entropy_of(weights)
        return _entropy_of(probabilities) - expected


def _ways(item: Item) -> int:
    return 2 ** len(item.options) - 1 if item.several else len(item.options)


def _likelihood(expected: frozenset[str] | None, chosen: frozenset[str], ways: int, slip: float) -> float:
    if expected is None:
        return 1 / ways
    return 1 - slip if chosen == expected else slip / (ways - 1)


def _shares(scores: Mapping[str, float]) -> dict[str, float]:
    most = max(scores.values())
    weights = {model: exp(score - most) for model, score in scores.items()}
    total = sum(weights.values())
    return {model: weight / total for model, weight in weights.items()}


def _entropy_of(weights: Mapping[str, float]) -> float:
    """The entropy of these weights made into shares, in bits, times their sum."""
    total = sum(weights.values())
    return -sum(weight * log(weight / total, 2) for weight in weights.values() if weight > 0)
