"""Items for an exam: what a seed brings about from the rules, the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator

from quiz.model import RuleBase
from quiz.practice.cases import SEEDS, generated
from quiz.practice.dice import Dice
from quiz.practice.exam import Deal
from quiz.practice.items import KINDS, Items
from quiz.practice.keys import Judge
from quiz.practice.values import Item

MOST_TRIED = 40
"""Cases that are tried for one item of a paper; one in a few has a clear key for a kind of item."""


def dealer(rulebase: RuleBase, judge: Judge) -> Deal:
    """Deals papers. Every item has a case of its own, so that none gives another away, and the kinds take turns."""
    items = Items(rulebase, judge)

    def dealt(seed: int) -> Iterator[Item]:
        for number in range(10**6):
            kind = KINDS[number % len(KINDS)]
            dice = Dice("exam", seed, number)
            for _ in range(MOST_TRIED):
                case = generated(rulebase, judge.assess, dice.below(SEEDS))
                item = items.of_kind(kind, case, seed)
                if item is not None:
                    yield item
                    break

    def deal(seed: int, count: int) -> list[Item]:
        found: dict[str, Item] = {}
        for item in dealt(seed):
            found.setdefault(item.id, item)
            if len(found) >= count:
                break
        return list(found.values())

    return deal
