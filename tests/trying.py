"""Every change of a few answers, tried out: what `quiz.whatif` must find, in the words of the second reading of rules.

It shares no code with it: sets of answers are made one by one and read by `tests.evaluator`, many at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, islice, pairwise, product

from quiz.engine import Engine
from quiz.enough import answers_behind, naming
from quiz.model import (
    NO,
    UNSURE,
    Answer,
    Answers,
    Condition,
    Finding,
    Group,
    Interval,
    Is,
    Raises,
    RuleBase,
    Strength,
    Supports,
    Urgency,
)
from quiz.whatif import URGENCY
from tests.evaluator import Evaluator

AT_ONCE = 4000
"""Sets of answers that are read together."""

Goal = tuple[str, str]
"""What it is about, and what should become of it; as in `quiz.explain.Change`."""


class Trying:
    """All sets of answers that differ from one in up to `most` answers and fit together."""

    def __init__(self, engine: Engine, answers: Answers, most: int) -> None:
        self.rulebase, self.answers, self.most = engine.rulebase, answers, most
        self.now = engine.assess(answers)
        self.first = self.now.candidates[0].state if self.now.candidates else ""
        self.decided: set[tuple[str, ...]] = set()
        """Each sure answer to one "not sure" that alone moves something: what it is, how, the finding, the answer."""
        self._least: dict[tuple[str, str, int], set[frozenset[str]]] = {goal: set() for goal in self._goals()}
        self._stays = {
            each.state: self._behind(engine, each.state, each.strength) for each in self.now.candidates
        }  # fmt: skip
        for size in range(most + 1):
            changes = self._changes(size)
            while chunk := list(islice(changes, AT_ONCE)):
                self._read(size, chunk)

    def least(self) -> dict[Goal, set[frozenset[str]]]:
        """The findings of each of the smallest changes that reach a goal; none where it takes more than `most`.

        Of those that raise the urgency together with a state, and are as small, they are the ones that raise it most.
        """
        found: dict[Goal, set[frozenset[str]]] = {}
        for (about, goal, _), changes in self._least.items():  # the highest urgency comes first
            before = found.setdefault((about, goal), changes)
            if changes and (not before or _size(changes) < _size(before)):
                found[about, goal] = changes
        return found

    def _goals(self) -> Iterator[tuple[str, str, int]]:
        """What it is about, what should become of it, and for a higher urgency with a state that urgency."""
        for candidate in self.now.candidates:
            yield candidate.state, "remove", 0
            yield from (
                (candidate.state, "raise", each) for each in reversed(Urgency) if each > (self.now.urgency or 0)
            )
        if self.first:
            yield self.first, "top", 0
        if self.now.urgency is not None:
            yield from ((URGENCY, "remove", 0), (URGENCY, "raise", 0))
        for caution in self.now.cautions:
            yield caution.rule.id, "remove", 0

    def _behind(self, engine: Engine, state: str, strength: Strength) -> tuple[str, ...]:
        fired = next(each.fired[0] for each in self.now.candidates if each.state == state)
        rules = naming(self.rulebase, state, strength)
        return answers_behind(self.rulebase, self.answers, fired, rules, engine.certain)

    def _changes(self, size: int) -> Iterator[dict[str, Answer]]:
        points = numbers(self.rulebase)
        for chosen in combinations(self.rulebase.findings.values(), size):
            values = product(*(others(each, self.answers.get(each.id), points) for each in chosen))
            yield from ({each.id: word for each, word in zip(chosen, words, strict=True)} for words in values)

    # --- many sets at once: bit n speaks of change n ------------------------------------------------

    def _read(self, size: int, changes: list[dict[str, Answer]]) -> None:
        open_goals = [goal for goal, found in self._least.items() if not found or _size(found) == size]
        if not open_goals and size != 1:
            return
        seen = Evaluator(self.rulebase, [{**self.answers, **new} for new in changes])
        fits = seen.every & ~at_odds(seen)
        for goal in open_goals:
            for case in places(fits & self._reached(goal, seen, changes)):
                if goal[1] != "top" or self._another_first(seen, case):
                    self._least[goal].add(frozenset(changes[case]))
        if size == 1:
            for case in places(fits):
                self._decide(seen, case, changes[case])

    def _reached(self, wanted: tuple[str, str, int], seen: Evaluator, changes: list[dict[str, Answer]]) -> int:
        """The changes that reach a goal; for "top" those that may."""
        (about, goal, urgency), now = wanted, self.now.urgency or 0
        if goal == "top":
            return self._may_be_first(seen)
        if goal == "raise":
            if about == URGENCY:
                return urgent(seen, Urgency(now + 1)) if now < max(Urgency) else 0
            return self._sooner_with(about, Urgency(urgency), seen, changes)
        if about == URGENCY:
            return seen.every & ~urgent(seen, Urgency(now))
        if about in self.rulebase.states:
            return seen.every & ~named(seen, about, Strength.WEAK)
        return seen.every & ~seen.true_in(self.rulebase.rules[about])

    def _sooner_with(self, state: str, urgency: Urgency, seen: Evaluator, changes: list[dict[str, Answer]]) -> int:
        """Sooner, with nothing taken back, and only together with what the state rests on."""
        behind = self._stays[state]
        told = {name for name, each in self.answers.items() if isinstance(each, str) and each not in (NO, UNSURE)}
        stays = told.union(behind)
        kept = sum(1 << case for case, new in enumerate(changes) if stays.isdisjoint(new))
        if not kept:
            return 0
        left = [{f: each for f, each in {**self.answers, **new}.items() if f not in behind} for new in changes]
        without = Evaluator(self.rulebase, left)
        return kept & urgent(seen, urgency) & ~urgent(without, urgency)

    def _may_be_first(self, seen: Evaluator) -> int:
        states = self.rulebase.states
        same = [each for each in states if states[each].electrolyte == states[self.first].electrolyte]
        found = 0
        for other in set(states).difference(same):
            may = named(seen, other, Strength.WEAK)
            for state in same:
                may &= ~any_of(named(seen, state, each) & ~named(seen, other, each) for each in Strength)
            found |= may
        return found

    # --- one set ------------------------------------------------------------------------------------

    def _another_first(self, seen: Evaluator, case: int) -> bool:
        order, states = seen.named(case), self.rulebase.states
        return bool(order) and states[order[0][0]].electrolyte != states[self.first].electrolyte

    def _decide(self, seen: Evaluator, case: int, new: Mapping[str, Answer]) -> None:
        ((finding, answer),) = new.items()
        if self.answers.get(finding) != UNSURE:
            return
        support = {each.state: each.strength for each in self.now.candidates}
        way = finding, answer if isinstance(answer, str) else ""
        urgency = seen.urgency(case)
        if (urgency or 0) > (self.now.urgency or 0):
            self.decided.add((URGENCY, "raise", *way, str(urgency)))
        order = seen.named(case)
        for state, strength in order:
            if strength > support.get(state, 0):
                self.decided.add((state, "stronger", *way, str(strength)))
        if self.first and self._another_first(seen, case):
            self.decided.add((self.first, "top", *way, order[0][0]))


def _size(changes: Iterable[frozenset[str]]) -> int:
    return len(next(iter(changes)))


def any_of(columns: Iterable[int]) -> int:
    found = 0
    for each in columns:
        found |= each
    return found


def places(column: int) -> list[int]:
    return [place for place, bit in enumerate(reversed(f"{column:b}")) if bit == "1"]


def named(seen: Evaluator, state: str, strength: Strength) -> int:
    return any_of(
        seen.true_in(rule)
        for rule in seen.rules
        if isinstance(rule.then, Supports) and rule.then.state == state and rule.then.strength >= strength
    )


def urgent(seen: Evaluator, least: Urgency) -> int:
    rules = (rule for rule in seen.rules if isinstance(rule.then, Raises) and rule.then.urgency >= least)
    return any_of(map(seen.true_in, rules))


def at_odds(seen: Evaluator) -> int:
    """The cases in which an answer contradicts what follows from others."""
    return any_of(
        seen.verdict(each.when)[0] & seen.verdict(Is(finding, word))[1]
        for each in seen.rulebase.implications
        for finding, word in each.then.items()
    )


# --- other answers ----------------------------------------------------------------------------------


def others(finding: Finding, now: Answer | None, points: Mapping[str, list[float]]) -> list[Answer]:
    """Every sure answer but the one that was given. Two numbers between the same bounds are the same."""
    if not finding.is_number:
        return [word for word in finding.words if word != now]
    bounds = points[finding.id]
    between = [(low + high) / 2 for low, high in pairwise(bounds) if not (isinstance(now, float) and low < now < high)]
    return sorted({*bounds, *between}.difference([now] if isinstance(now, float) else []))


def numbers(rulebase: RuleBase) -> dict[str, list[float]]:
    """For each number, its range and every bound inside it that a condition names."""
    found: dict[str, set[float]] = {each.id: {each.low, each.high} for each in rulebase.findings.values()}

    def collect(condition: Condition) -> None:
        if isinstance(condition, Group):
            for part in condition.of:
                collect(part)
        elif isinstance(condition, Is) and isinstance(condition.value, Interval):
            known = rulebase.findings[condition.finding]
            bounds = (each for each in (condition.value.low, condition.value.high) if each is not None)
            found[condition.finding].update(each for each in bounds if known.low <= each <= known.high)

    for group in (rulebase.rules.values(), rulebase.concepts.values(), rulebase.implications):
        for each in group:
            collect(each.when)
    return {finding: sorted(bounds) for finding, bounds in found.items()}
