"""The talk of an exam: one item after the other, without hints or explanations, until all are done or time is up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil

from quiz.conversation import Option
from quiz.practice.exam import Given, Paper, Result
from quiz.practice.talk import LEAVE, SKIP, Front, Leaving, ask
from quiz.practice.values import Item

COMMANDS = (
    Option(SKIP, "Leave it out; it comes again at the end", "l", ("skip",)),
    Option(LEAVE, "Leave the exam", "q"),
)


def sit(
    front: Front, paper: Paper, result: Result, keep: Callable[[Result], None], now: Callable[[], datetime]
) -> tuple[Result, bool]:
    """The result after as many items as the student answers in time, and whether they left with some still to come.

    `keep` is called after each of them.

    An answer that comes after the time is up does not count. What was left out comes once more at the end.
    """
    answered = {each.item for each in result.given if each.certainty is not None}
    waiting = [item for item in paper.items if item.id not in answered]
    seen: set[str] = set()
    while waiting:
        item = waiting.pop(0)
        began = now()
        left = paper.left(result.began, began)
        if left is not None and not left:
            front.say("\nThe time is up.")
            break
        front.say(f"\n{heading(paper, item, left)}")
        response = ask(front, item, commands=lambda item, hints: COMMANDS)
        ended = now()
        if response is Leaving.LEAVE:
            return result, True
        if paper.left(result.began, ended) == timedelta(0):
            front.say("\nThe time was up before this answer, so it does not count.")
            break
        seconds = max(0.0, (ended - began).total_seconds())
        if isinstance(response, Leaving):
            result = result.with_answer(Given(item.id, seconds=seconds))
            if item.id not in seen:
                seen.add(item.id)
                waiting.append(item)
        else:
            result = result.with_answer(Given(item.id, response.chosen, response.certainty, seconds))
        keep(result)
    return result, False


def heading(paper: Paper, item: Item, left: timedelta | None) -> str:
    place = f"Item {paper.items.index(item) + 1} of {len(paper.items)}"
    return place if left is None else f"{place}, about {minutes(left)} left"


def minutes(left: timedelta) -> str:
    number = ceil(left.total_seconds() / 60)
    return "1 minute" if number == 1 else f"{number} minutes"
