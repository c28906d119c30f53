"""What a student practises next: what is due, what tells apart the beliefs that fit their answers, or something new."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Protocol

from quiz.model import Holds, RuleBase, Supports, leaves
from quiz.practice.calibration import ENOUGH, calibration, calibration_text
from quiz.practice.cards import CONCEPT, PAIR, RULE, TEACHING, kind_of, meanings, subject
from quiz.practice.cases import SEEDS, Assess, case_with_id, generated, vignette_case
from quiz.practice.dice import Dice
from quiz.practice.items import KINDS, Items
from quiz.practice.keys import NOTHING
from quiz.practice.lessons import Lessons
from quiz.practice.marks import errors_first
from quiz.practice.misconceptions import AS_THEY_STAND, Fit
from quiz.practice.schedule import Memory, due
from quiz.practice.talk import Dealt
from quiz.practice.values import Answered, Case, Certainty, Item, Kind, Response

MOST_SILENT = 60
"""People made up for a card on "no state at all". Some one in ten of them give the rules no state to name."""

MOST_TRIED = 12
"""Cases that are tried for one card. A card without an item this time is tried again in the next sitting."""

EACH_LESSON, EACH_VIGNETTE, EACH_TELLING = 6, 3, 4
"""Of new items one in so many is on what is taught beside the rules, on a vignette, or tells beliefs apart."""

MOST_COMPARED = 6
"""Items of which the one is chosen that tells beliefs apart best."""

MOST_ERRORS = 50
"""Errors that one sitting looks at again."""

ENOUGH_GIVEN = 5
"""Answers of a sitting before anything is made of them."""

WRONG_BEFORE = {
    Certainty.SURE: "Wrong before, and you were sure.",
    Certainty.FAIRLY: "Wrong before, and you were fairly sure.",
    Certainty.GUESS: "Wrong before, as a guess.",
}
"""Why an item comes again."""


class Kept(Protocol):
    """What is asked of `quiz.practice.progress.Progress`."""

    def record(self, answered: Answered, meanings: Mapping[str, str]) -> None: ...
    def undo(self) -> Answered | None: ...
    def memories(self, meanings: Mapping[str, str]) -> Mapping[str, Memory]: ...
    def latest(self, most: int) -> Sequence[Answered]: ...
    def errors(self, most: int) -> Sequence[Answered]: ...
    def count(self) -> int: ...


class Beliefs(Protocol):
    """What is asked of `quiz.practice.misconceptions.Misconceptions`."""

    def fit(self, responses: Iterable[Response]) -> Fit: ...
    def best_next(self, responses: Iterable[Response], candidates: Sequence[Item]) -> Item | None: ...
    def towards(self, responses: Iterable[Response]) -> tuple[str, ...]: ...


class Course:
    """One sitting. `seed` decides what is new; `kinds` are those that are dealt; `ahead` practises what is not due.

    With `again` only items are dealt whose last answer was wrong, those answered surest first.
    """

    def __init__(
        self,
        rulebase: RuleBase,
        assess: Assess,
        items: Items,
        beliefs: Beliefs,
        kept: Kept,
        now: Callable[[], datetime],
        seed: int,
        kinds: Sequence[Kind] = (),
        *,
        ahead: bool = False,
        again: bool = False,
        width: Callable[[], int] = lambda: 80,
    ) -> None:
        self.rulebase, self._assess, self.items, self._beliefs = rulebase, assess, items, beliefs
        self._kept, self._now, self._seed, self._ahead, self._width = kept, now, seed, ahead, width
        self._kinds = tuple(kinds)
        self._lessons = Lessons(rulebase)
        self._meanings = meanings(rulebase)
        self._given: list[Response] = []
        self._dealt: set[str] = set()
        self._tried: set[str] = set()
        self._told: set[str] = set()
        self._place = 0
        self._new = self._new_items()
        self._errors = self._error_items() if again else None

    # --- the desk of a talk -------------------------------------------------------------------------

    def deal(self) -> Dealt | None:
        if self._errors is not None:
            return next(self._errors, None)
        dealt = self._due() or (self._early() if self._ahead else None) or self._fresh()
        if dealt is not None:
            self._dealt.add(dealt.item.id)
        return dealt

    def keep(self, given: Answered) -> None:
        self._kept.record(given, self._meanings)

    def undo(self) -> Answered | None:
        taken = self._kept.undo()
        if taken is not None:
            self._given = [each for each in self._given if each.item.id != taken.item]
            self._dealt.discard(taken.item)
        return taken

    def remarks(self, response: Response) -> Iterator[str]:
        """After an answer: a belief that fits the answers, and now and then how sure the student may be."""
        self._given.append(response)
        if len(self._given) >= ENOUGH_GIVEN and not response.correct:
            told = self._beliefs.fit(self._given).told
            if told is not None and told.id not in self._told:
                self._told.add(told.id)
                yield f"\nYour answers fit this idea best: {told.says}"
        count = self._kept.count()
        if count >= ENOUGH and count % ENOUGH == 0:
            yield f"\nHow sure you were, and how often right:\n{self._calibration()}"

    def _calibration(self) -> str:
        return calibration_text(calibration(self._kept.latest(10 * ENOUGH)), self._width())

    # --- errors, once more --------------------------------------------------------------------------

    def _error_items(self) -> Iterator[Dealt]:
        for wrong in errors_first(self._kept.errors(MOST_ERRORS)):
            item = self.item_with_id(wrong.item)
            if item is not None and self._fits(item):
                yield Dealt(item, WRONG_BEFORE[wrong.certainty])

    def item_with_id(self, name: str) -> Item | None:
        """The item dealt before, or one like it on the same case; None where these rules deal neither."""
        kind, _, rest = name.partition("/")
        lesson = self._lessons.of(rest, self._seed)
        if lesson is not None:
            return lesson
        known = next((each for each in KINDS if each == kind), None)
        if known is None:
            return None
        try:
            case = case_with_id(self.rulebase, self._assess, rest.partition("/")[0])
        except (KeyError, ValueError):
            return None
        made = [item for seed in range(MOST_TRIED) if (item := self.items.of_kind(known, case, seed)) is not None]
        return next((item for item in made if item.id == name), made[0] if made else None)

    # --- what is due, and what is not yet -----------------------------------------------------------

    def _due(self) -> Dealt | None:
        cards = due(self._kept.memories(self._meanings), self._now())
        return self._first_with_item(cards, "Due again.", ahead=False)

    def _early(self) -> Dealt | None:
        memories = self._kept.memories(self._meanings)
        soonest = sorted(memories, key=lambda card: (memories[card].due, card))
        return self._first_with_item(soonest, "Before it is due; the schedule stays as it is.", ahead=True)

    def _first_with_item(self, cards: Iterable[str], why: str, *, ahead: bool) -> Dealt | None:
        for card in cards:
            if card not in self._tried:
                self._tried.add(card)
                item = self.item_for(card)
                if item is not None:
                    return Dealt(item, why, ahead)
        return None

    def item_for(self, card: str) -> Item | None:
        """An item that practises this card and was not dealt in this sitting; None where none was found."""
        if kind_of(card) == TEACHING:
            lesson = self._lessons.of(subject(card)[0], self._seed)
            return lesson if lesson is not None and self._fits(lesson) else None
        for case in self._cases_for(card):
            for item in self.items.of(case, self._seed):
                if card in item.cards and self._fits(item):
                    return item
        return None

    def _cases_for(self, card: str) -> Iterator[Case]:
        dice = Dice("card", self._seed, card)
        if kind_of(card) == PAIR and NOTHING in subject(card):
            for _ in range(MOST_SILENT):
                case = self._case(dice.below(SEEDS))
                if case is not None and not self._assess(case.answers).candidates:
                    yield case
        rules = self._rules_for(card)
        for _ in range(MOST_TRIED if rules else 0):
            case = self._case(dice.below(SEEDS), dice.pick(rules))
            if case is not None:
                yield case

    def _rules_for(self, card: str) -> list[str]:
        """Rules that lead to cases on a card."""
        kind, about = kind_of(card), subject(card)
        active = [rule for rule in self.rulebase.rules.values() if rule.provenance.state != "retired"]
        if kind == RULE:
            return [rule.id for rule in active if rule.id == about[0]]
        if kind == PAIR:
            return [rule.id for rule in active if isinstance(rule.then, Supports) and rule.then.state in about]
        if kind == CONCEPT:
            tested = (
                (rule.id, leaf) for rule in active for leaf in leaves(rule.when) if isinstance(leaf, Holds)
            )  # fmt: skip
            return [rule for rule, leaf in tested if leaf.concept == about[0]]
        return []

    def _case(self, seed: int, towards: str = "") -> Case | None:
        try:
            return generated(self.rulebase, self._assess, seed, towards)
        except ValueError:  # nobody who is made up fits the rule
            return None

    def _fits(self, item: Item) -> bool:
        return item.id not in self._dealt and (not self._kinds or item.kind in self._kinds)

    # --- what is new --------------------------------------------------------------------------------

    def _fresh(self) -> Dealt | None:
        self._place += 1
        if self._place % EACH_TELLING == 0 and self._undecided():
            some = list(islice(self._telling(), MOST_COMPARED))
            telling = self._beliefs.best_next(self._given, some)
            if telling is not None:
                return Dealt(telling, "New.")
        item = next(self._new, None)
        return Dealt(item, "New.") if item is not None else None

    def _telling(self) -> Iterator[Item]:
        """Items on people made up to show the beliefs that fit best so far."""
        dice = Dice("telling", self._seed, len(self._given))
        towards = self._beliefs.towards(self._given)
        kinds = [kind for kind in KINDS[:2] if not self._kinds or kind in self._kinds]
        for _ in range(MOST_TRIED if towards else 0):
            case = self._case(dice.below(SEEDS), dice.pick(towards))
            for kind in kinds:
                item = self.items.of_kind(kind, case, self._seed) if case is not None else None
                if item is not None and self._fits(item):
                    yield item

    def _undecided(self) -> bool:
        """Whether there are errors that more than one belief could explain."""
        if len(self._given) < ENOUGH_GIVEN or all(each.correct for each in self._given):
            return False
        fit = self._beliefs.fit(self._given)
        return fit.told is None and fit.probabilities[AS_THEY_STAND] < ENOUGH_SURE

    def _new_items(self) -> Iterator[Item]:
        """Items without end: made-up people and vignettes with the kinds in turn, and lessons in between."""
        dice = Dice("course", self._seed)
        lessons = iter(dice.shuffled(tuple(self._lessons.items(self._seed))))
        vignettes = iter(dice.shuffled(tuple(self.rulebase.vignettes)))
        kinds = [kind for kind in KINDS if not self._kinds or kind in self._kinds]
        place = barren = 0
        while barren < MOST_BARREN:
            place += 1
            item = next(lessons, None) if place % EACH_LESSON == 0 or not kinds else None
            if item is None and kinds:
                vignette = next(vignettes, None) if place % EACH_VIGNETTE == 0 else None
                case = (
                    generated(self.rulebase, self._assess, dice.below(SEEDS))
                    if vignette is None
                    else vignette_case(self.rulebase, self._assess, vignette)
                )
                item = self.items.of_kind(kinds[place % len(kinds)], case, self._seed)
            barren = 0 if item is not None and self._fits(item) else barren + 1
            if item is not None and self._fits(item):
                yield item


ENOUGH_SURE = 0.9
"""The probability of knowing the rules as they stand from which no belief is looked for."""

MOST_BARREN = 400
"""Cases in a row without an item before a sitting says that there is nothing left of the kinds asked for."""
