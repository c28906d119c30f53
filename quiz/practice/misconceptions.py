"""Mistaken beliefs as altered rules, and which of them fits a student's answers best.

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

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from math import exp, log

from quiz.explain import Certain
from quiz.logic import denial, positive
from quiz.model import (
    NO,
    UNSURE,
    YES,
    Answer,
    Answers,
    Assessment,
    Condition,
    Finding,
    Group,
    Holds,
    Is,
    Misconception,
    Raises,
    Rule,
    RuleBase,
    Supports,
    Urgency,
    leaves,
)
from quiz.practice.cases import BUT_FOR_ONE
from quiz.practice.keys import (
    Judge,
    needed,
    new_of,
    shift_key,
    state_key,
    state_of,
    urgency_key,
)
from quiz.practice.values import Certainty, Item, Response

AS_THEY_STAND = ""
"""The model of a careful student: the rules without any alteration."""

AT_RANDOM = "?"
"""The model of a student whose answers follow no rules."""

UNSEEN = "nothing that is asked"
"""The id of a finding that has no answer; no id of a rule file has spaces."""

SLIP, SLIP_OF_A_GUESS = 0.15, 0.5

ENOUGH = 0.9
"""The least probability of a belief that is told."""

LEAST_MISTAKES = 2
"""Wrong answers that are just what the belief gives. One of them may be a slip."""

MOST_SUSPECTS = 3
"""Beliefs that cases are made up for at a time."""

MakeJudge = Callable[[RuleBase], Judge]


@dataclass(frozen=True, slots=True)
class Fit:
    """How well each model fits. `probabilities` is by the id of a misconception, AS_THEY_STAND and AT_RANDOM.

    `told` is the misconception that the evidence is enough for, or None.
    """

    probabilities: Mapping[str, float]
    told: Misconception | None

    @property
    def words(self) -> str:
        """What to tell the student; empty where nothing is told."""
        return self.told.says if self.told is not None else ""


class Misconceptions:
    """The misconceptions of one rule base. `make_judge` makes an engine for altered rules, once for each."""

    def __init__(self, rulebase: RuleBase, make_judge: MakeJudge) -> None:
        self.rulebase, self._make_judge = rulebase, make_judge
        self._judges: dict[str, tuple[RuleBase, Judge]] = {}
        self._answers: dict[tuple[str, str], frozenset[str] | None] = {}

    @property
    def models(self) -> tuple[str, ...]:
        return AS_THEY_STAND, *self.rulebase.misconceptions, AT_RANDOM

    # --- what a model answers -----------------------------------------------------------------------

    def answer(self, model: str, item: Item) -> frozenset[str] | None:
        """The options that a student with this model chooses; None where the model has no clear answer."""
        if model == AS_THEY_STAND:
            return item.key
        if model == AT_RANDOM:
            return None
        if item.case is None:  # what is taught beside the rules; a belief only gets in the way of its own lesson
            own = item.id.endswith(f"/{self.rulebase.misconceptions[model].teaching}")
            return None if own else item.key
        key = (model, item.id)
        if key not in self._answers:
            self._answers[key] = self._answered(model, item)
        return self._answers[key]

    def _answered(self, model: str, item: Item) -> frozenset[str] | None:
        """As the key is made, but under the altered rules. Kinds that no alteration bears on keep their key."""
        rulebase, judge = self._altered(model)
        answers = item.case.answers if item.case is not None else {}
        options = {option.id for option in item.options}
        if item.kind == "state":
            chosen = state_key(judge.assess(answers))
            if chosen not in options:  # of those on offer, the one that stands highest
                named = [each.state for each in judge.assess(answers).candidates]
                chosen = next((each for each in named if each in options), None)
        elif item.kind == "urgency":  # whoever sees no reason to hurry takes the least urgent
            chosen = urgency_key(judge.assess(answers)) or Urgency.ROUTINE.word
        elif item.kind == "shift":
            chosen = shift_key(rulebase, judge, answers, new_of(item), state_of(item))
        elif item.kind == "context":
            key = needed(rulebase, judge, answers, state_of(item))
            return frozenset(key & options) or None if key is not None else None
        else:
            return item.key
        return frozenset({chosen}) if chosen in options else None

    def _altered(self, model: str) -> tuple[RuleBase, Judge]:
        if model not in self._judges:
            misconception = self.rulebase.misconceptions[model]
            rules = altered_rules(self.rulebase, misconception)
            self._judges[model] = rules, Believer(self._make_judge(rules), misconception)
        return self._judges[model]

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


# --- the altered rules ------------------------------------------------------------------------------


def shown_by(rulebase: RuleBase, misconception: Misconception) -> tuple[str, ...]:
    """What cases are made up towards to show a belief: findings and rules, as `cases.generated` takes them.

    A belief about all answers alike is shown by the rules that ask for something to be denied.
    """
    if misconception.unsure_is_no:
        return tuple(
            rule.id + BUT_FOR_ONE
            for rule in rulebase.rules.values()
            if rule.provenance.state != "retired"
            and isinstance(rule.then, (Supports, Raises))
            and _denies(rulebase, rule.when)
        )
    concepts = {each for each in misconception.ignores if each in rulebase.concepts}
    with_concept = [
        rule.id
        for rule in rulebase.rules.values()
        if rule.provenance.state != "retired" and _uses(rulebase, rule.when, concepts)
    ]
    findings = [each for each in misconception.ignores if each in rulebase.findings]
    altered = (*misconception.drops, *misconception.flips, *misconception.relaxes, *with_concept)
    believed = [rule.id for rule in misconception.believes]
    return tuple(dict.fromkeys((*findings, *misconception.takes_for, *altered, *believed)))


def _denies(rulebase: RuleBase, condition: Condition) -> bool:
    """Whether some way to make the condition true goes through an answer "no"."""
    for leaf in leaves(positive(condition, rulebase.findings)):
        if isinstance(leaf, Is) and leaf.value == NO:
            return True
        if isinstance(leaf, Holds):
            when = rulebase.concepts[leaf.concept].when
            if _denies(rulebase, when if leaf.value == YES else denial(when, rulebase.findings)):
                return True
    return False


def _uses(rulebase: RuleBase, condition: Condition, concepts: set[str]) -> bool:
    return any(
        isinstance(leaf, Holds)
        and (leaf.concept in concepts or _uses(rulebase, rulebase.concepts[leaf.concept].when, concepts))
        for leaf in leaves(condition)
    )


class Believer:
    """Reads answers as somebody with a belief does, then asks the engine, which has the altered rules."""

    def __init__(self, judge: Judge, misconception: Misconception) -> None:
        self._judge, self._misconception = judge, misconception

    def assess(self, answers: Answers) -> Assessment:
        return self._judge.assess(self._read(answers))

    def certain(self, answers: Answers) -> Certain:
        return self._judge.certain(self._read(answers))

    def applies(self, condition: Condition | None, answers: Answers) -> bool:
        return self._judge.applies(condition, self._read(answers))

    def _read(self, answers: Answers) -> Answers:
        read: dict[str, Answer] = {}
        for finding, answer in answers.items():
            if finding not in self._misconception.ignores and finding not in self._misconception.takes_for:
                read[finding] = NO if answer == UNSURE and self._misconception.unsure_is_no else answer
        for finding, other in self._misconception.takes_for.items():
            if finding in answers:
                read.setdefault(other, answers[finding])
        return read


def altered_rules(rulebase: RuleBase, misconception: Misconception) -> RuleBase:
    """The rules as a student with this belief has them. An ignored concept rests on what nobody is ever asked."""
    unseen = Finding(UNSEEN, "event", UNSEEN, UNSEEN, misconception.position)
    concepts = {
        each.id: replace(each, when=Is(UNSEEN, YES)) if each.id in misconception.ignores else each
        for each in rulebase.concepts.values()
    }
    rules: dict[str, Rule] = {}
    for rule in rulebase.rules.values():
        if rule.id not in misconception.drops:
            when, then = _granted(rule.when, set(misconception.relaxes.get(rule.id, ()))), rule.then
            if rule.id in misconception.flips and isinstance(then, Supports):
                then = Supports(_opposite(rulebase, then.state), then.strength)
            rules[rule.id] = replace(rule, when=when, then=then)
    rules.update({rule.id: rule for rule in misconception.believes})
    return replace(rulebase, findings={**rulebase.findings, UNSEEN: unseen}, rules=rules, concepts=concepts)


def _opposite(rulebase: RuleBase, state: str) -> str:
    """The other direction of the same electrolyte; the state itself where there is none."""
    mine = rulebase.states[state]
    others = (each.id for each in rulebase.states.values()
              if each.electrolyte == mine.electrolyte and each.id != state)  # fmt: skip
    return next(others, state)


def _granted(condition: Condition, granted: set[str]) -> Condition:
    """The condition with tests of these findings and concepts taken for granted, where others are left beside them."""
    if not isinstance(condition, Group) or not granted:
        return condition
    kept = tuple(_granted(part, granted) for part in condition.of if _subject(part) not in granted)
    if not kept or condition.kind == "any":
        return condition
    taken = len(condition.of) - len(kept)
    return replace(condition, of=kept, count=max(1, condition.count - taken) if condition.count else 0)


def _subject(condition: Condition) -> str:
    if isinstance(condition, Is):
        return condition.finding
    return condition.concept if isinstance(condition, Holds) else ""
