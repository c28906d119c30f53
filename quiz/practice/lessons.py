"""Questions on what is taught beside the rules: the comparisons, the foods, and beliefs that do not hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from quiz.model import RuleBase, Teaching
from quiz.practice.cards import teaching_card
from quiz.practice.dice import Dice
from quiz.practice.giveaway import gives_away
from quiz.practice.values import Item, ItemOption, Kind

MOST_OPTIONS = 4

DIFFICULTY = 0.4
"""Of items that no state competes in."""

ATTEMPTS = 12
"""How often other wrong options are drawn where an item gave itself away."""

_WORD = re.compile(r"[a-z]+")


class Lessons:
    """Items without a case, for one rule base. Only the order of the options hangs on the seed."""

    def __init__(self, rulebase: RuleBase) -> None:
        self.teaching = list(rulebase.teaching.values())

    def items(self, seed: int) -> Iterator[Item]:
        """Every item there is, in the order of the rules."""
        for teaching in self.teaching:
            item = self.of(teaching.id, seed)
            if item is not None:
                yield item

    def of(self, teaching: str, seed: int) -> Item | None:
        """The item on one thing taught; None where it has none, or gives itself away."""
        found = next((each for each in self.teaching if each.id == teaching), None)
        if found is None:
            return None
        for attempt in range(ATTEMPTS):
            dice = Dice("lesson", teaching, attempt)
            item = self._made(found, dice, Dice("order", teaching, seed))
            if item is not None and not gives_away(item):
                return item
        return None

    def _made(self, teaching: Teaching, dice: Dice, order: Dice) -> Item | None:
        if teaching.kind == "comparison":
            return self._comparison(teaching, dice, order)
        if teaching.kind == "food":
            return self._food(teaching, dice, order)
        return self._belief(teaching, dice, order) if teaching.misconception else None

    # --- the kinds ----------------------------------------------------------------------------------

    def _comparison(self, right: Teaching, dice: Dice, order: Dice) -> Item | None:
        """Wrong is what stands in other columns: what another row tells of the same thing is true of it as well."""
        others = [each for each in self.teaching if each.kind == "comparison" and each.column != right.column
                  and each.id not in right.also]  # fmt: skip
        beside = [each for each in others if each.row == right.row]
        rest = [each for each in dice.shuffled(others) if each not in beside]
        wrong = [*beside[:1], *rest][: MOST_OPTIONS - 1]
        where = {each.id: f'"{each.row}" for {each.column}' for each in (right, *wrong)}
        return self._item(
            "comparison", right, f'Two supplements side by side. What belongs to {right.column} under "{right.row}"?',
            {right.id: (right.says, f"That is what stands under {where[right.id]}.", "")},
            {each.id: (each.says, f"That stands under {where[each.id]}.",
                       f"It would be right if the question were about {where[each.id]}.") for each in wrong},
            right.says, order,
        )  # fmt: skip

    def _food(self, right: Teaching, dice: Dice, order: Dice) -> Item | None:
        mineral = dice.pick(right.minerals)
        foods = [each for each in self.teaching if each.kind == "food"]
        sources = [food for each in foods if mineral in each.minerals for food in each.foods]
        others = [
            (food, each)
            for each in foods
            if mineral not in each.minerals
            for food in each.only
            if not any(_alike(food, source) for source in sources)
        ]
        several = len(right.foods) > 1
        chosen = dice.shuffled(right.foods)[: 2 if several else 1]
        wrong = dice.shuffled(others)[: MOST_OPTIONS + 1 - len(chosen) if several else MOST_OPTIONS - 1]
        if not wrong:
            return None
        return self._item(
            "food", right,
            f"Which of these {'are named as sources' if several else 'is named as a source'} of {mineral}?",
            {food: (food, right.says, "") for food in chosen},
            {food: (food, each.says, f"It would be right if the question were about {' and '.join(each.minerals)}.")
             for food, each in wrong},
            right.says, order, several,
        )  # fmt: skip

    def _belief(self, right: Teaching, dice: Dice, order: Dice) -> Item | None:
        words = _words(right.misconception)
        others = [
            each for each in self.teaching if each.misconception and each.id != right.id and each.id not in right.also
        ]
        near = sorted(dice.shuffled(others), key=lambda each: -len(words & _words(each.says)))
        wrong = dice.shuffled(near[: 2 * MOST_OPTIONS])[: MOST_OPTIONS - 1]
        return self._item(
            "mechanism", right, f'Somebody says: "{right.misconception}" What sets that right?',
            {right.id: (right.says, right.says, "")},
            {each.id: (each.says, "That is so, but it answers something else.",
                       f'It would be right if somebody had said: "{each.misconception}"') for each in wrong},
            right.says, order,
        )  # fmt: skip

    def _item(
        self,
        kind: Kind,
        teaching: Teaching,
        stem: str,
        right: Mapping[str, tuple[str, str, str]],
        wrong: Mapping[str, tuple[str, str, str]],
        answer: str,
        order: Dice,
        several: bool = False,
    ) -> Item:
        """`right` and `wrong`: for each option its text, its rationale, and what it would be right for."""
        told = {**right, **wrong}
        options = tuple(
            ItemOption(name, told[name][0], name in right, *told[name][1:]) for name in order.shuffled(told)
        )
        hint = _hint([option for option in options if not option.right])
        return Item(
            f"{kind}/{teaching.id}",
            kind,
            stem,
            options,
            several,
            (teaching_card(teaching.id),),
            DIFFICULTY,
            answer,
            hint,
        )


def _hint(wrong: Sequence[ItemOption]) -> tuple[str, ...]:
    return (f'It is not "{wrong[0].text}".',) if len(wrong) > 1 else ()


def _alike(food: str, other: str) -> bool:
    """Whether two foods share a word: cooked spinach is spinach."""
    return bool(_words(food) & _words(other))


def _words(text: str) -> set[str]:
    return {word.removesuffix("s") for word in _WORD.findall(text.lower()) if len(word) > 3}
