"""The talk with a student over items: dealt, answered with a certainty, marked, explained. Knows no keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Protocol

from quiz.conversation import Option
from quiz.practice.marks import MARKS, mark
from quiz.practice.values import Answered, Certainty, Item, ItemOption, Response, answered

Explained = Callable[[Item], Item]
"""An item with what would make each option right, which may take a solver; see `quiz.practice.right_if`."""

HINT, UNDO, LEAVE, SKIP, NEXT, AGAIN = "hint", "undo", "quit", "skip", "next", "again"

SURENESS = (
    (Certainty.SURE, "s", "Sure"),
    (Certainty.FAIRLY, "f", "Fairly sure"),
    (Certainty.GUESS, "g", "A guess"),
)


class Front(Protocol):
    """Asks and shows. Ctrl-C and the end of the input come as KeyboardInterrupt and EOFError."""

    def choose(self, title: str, options: Sequence[Option]) -> str: ...
    def choose_several(
        self, title: str, options: Sequence[Option], commands: Sequence[Option] = ()
    ) -> tuple[str, ...]: ...
    def pick(self, title: str, options: Sequence[Option], commands: Sequence[Option] = ()) -> str: ...
    def say(self, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Dealt:
    """An item to answer. `why` says why this one now; `ahead` that it is practised before it is due."""

    item: Item
    why: str = ""
    ahead: bool = False


class Typed(Protocol):
    """What can be typed for an item, and the item with such an answer; see `quiz.practice.items.Items`."""

    def accepted(self, item: Item) -> Mapping[str, tuple[str, ...]]: ...
    def with_answer(self, item: Item, answer: str) -> Item: ...


class Desk(Protocol):
    """What the talk needs of the course: the next item, and a place for the answers."""

    def deal(self) -> Dealt | None: ...
    def keep(self, given: Answered) -> None: ...
    def undo(self) -> Answered | None: ...
    def remarks(self, response: Response) -> Iterator[str]: ...


class Leaving(Enum):
    """What a student may do instead of answering."""

    UNDO = UNDO
    LEAVE = LEAVE
    SKIP = SKIP


@dataclass(slots=True)
class Tally:
    """How one sitting went so far."""

    said: int = 0
    right: int = 0
    points: int = 0

    def text(self) -> str:
        if not self.said:
            return "No item answered."
        items = "1 item" if self.said == 1 else f"{self.said} items"
        points = "1 point" if self.points == 1 else f"{self.points} points"
        return f"{items} answered, {self.right} right, {points}."


def practise(
    front: Front,
    desk: Desk,
    explained: Explained,
    now: Callable[[], datetime],
    tally: Tally,
    typed: Typed | None = None,
) -> None:
    """Deal, ask and explain until there is no item left or the student leaves; `tally` is right at any moment.

    An answer is kept before it is explained, so that nothing is lost whenever the talk ends. Where `typed` is given
    the options are hidden, and the student types one of the words it accepts; nobody types whole sentences.
    """
    while True:
        dealt = desk.deal()
        if dealt is None:
            front.say("\nNothing is left to deal in this sitting.")
            break
        if dealt.why:
            front.say(f"\n{dealt.why}")
        began = now()
        commands = partial(commands_of, ahead=dealt.ahead)
        response = ask(front, dealt.item, typed, commands)
        while response is Leaving.UNDO and not take_back(front, desk, tally):
            response = ask(front, dealt.item, typed, commands)
        if response is Leaving.LEAVE:
            break
        if isinstance(response, Leaving):
            continue
        ended = now()
        seconds = max(0.0, (ended - began).total_seconds())
        desk.keep(answered(response, ended, seconds, ahead=dealt.ahead))
        tally.said, tally.right = tally.said + 1, tally.right + response.correct
        tally.points += mark(response)
        front.say(feedback(response, explained(response.item)))
        for remark in desk.remarks(response):
            front.say(remark)
        wish = front.choose(f"{verdict(response)} Go on?", GO_ON)
        if wish == LEAVE:
            break
        if wish == UNDO:
            take_back(front, desk, tally)


SENTENCE_ENDS = (".", "?")
"""What an option that is a whole sentence ends with."""

TAKE_BACK = Option(UNDO, "Take the last answer back", "u", ("undo", "b", "back"))
"""Back is one step back, and never the way out."""

GO_ON = (
    Option(NEXT, "The next item", "n", ("next", "go on", "yes")),
    TAKE_BACK,
    Option(LEAVE, "Leave; everything is kept", "q"),
)


def take_back(front: Front, desk: Desk, tally: Tally) -> bool:
    """Whether there was an answer to take back."""
    taken = desk.undo()
    if taken is None:
        front.say("There is no answer of this sitting to take back.")
        return False
    tally.said, tally.right = tally.said - 1, tally.right - taken.correct
    tally.points -= mark(taken)
    front.say("Taken back, as if you had not answered. It may come again.")
    return True


# --- one item ---------------------------------------------------------------------------------------


def ask(
    front: Front,
    item: Item,
    typed: Typed | None = None,
    commands: Callable[[Item, int], Sequence[Option]] | None = None,
) -> Response | Leaving:
    """Show an item and take the answer with its certainty and the hints on the way.

    `commands` are what can be done instead of answering, given the item and the hints shown.
    """
    commands = commands or commands_of
    if item.case is not None:
        front.say(f"\n{item.case.story}")
    if typed is not None and (reason := why_not_typed(item)):
        front.say(f"\nTo be chosen and not typed, as {reason}.")
    hints = 0
    while True:
        wish = chosen_of(front, item, commands(item, hints), typed)
        if wish == (HINT,):
            front.say(f"Hint {hints + 1} of {len(item.hints)}: {item.hints[hints]}")
            hints += 1
        elif wish in ((UNDO,), (LEAVE,), (SKIP,)):
            return Leaving(wish[0])
        else:
            sure = front.choose("How sure are you?", sureness())
            if sure != AGAIN:
                full = typed.with_answer(item, wish[0]) if typed is not None else item
                return Response(full, frozenset(wish), Certainty(sure), hints)


def chosen_of(front: Front, item: Item, commands: Sequence[Option], typed: Typed | None) -> tuple[str, ...]:
    options = [Option(each.id, each.text, str(place)) for place, each in enumerate(item.options, 1)]
    if item.several:
        return front.choose_several(f"{item.stem} (All that fit.)", options, commands)
    if typed is not None and not why_not_typed(item):
        answers = [Option(each, words[0], words=words) for each, words in typed.accepted(item).items()]
        return (front.pick(item.stem.replace(" of these", ""), answers, commands),)  # as none are seen
    return (front.choose(item.stem, [*options, *commands]),)


def why_not_typed(item: Item) -> str:
    """Why the answer to this item cannot be typed; empty where it can."""
    if item.several:
        return "more than one may be right"
    return "the answers are whole sentences" if item.options[0].text.endswith(SENTENCE_ENDS) else ""


def commands_of(item: Item, hints: int, *, ahead: bool = False) -> tuple[Option, ...]:
    """A hint costs no points; practised `ahead`, an item moves in no schedule, so that a hint costs nothing."""
    cost = "" if ahead else "; with it the item comes back sooner"
    hint = Option(HINT, f"Hint {hints + 1} of {len(item.hints)}{cost}", "t", ("hint",))
    others = (TAKE_BACK, Option(LEAVE, "Leave", "q"))
    return (hint, *others) if hints < len(item.hints) else others


def sureness() -> tuple[Option, ...]:
    """The levels with what each earns, so that it pays to say truly how sure one is."""
    levels = tuple(
        Option(level.value, f"{label}: {right:+d} if right, {wrong if wrong else 'nothing'} if wrong", key)
        for level, key, label in SURENESS
        for right, wrong in (MARKS[level],)
    )
    return (*levels, Option(AGAIN, "Answer again", "a", ("b", "back")))


def feedback(response: Response, item: Item) -> str:
    """What is right and why, and for every option why it is wrong and when it would be right."""
    lines = [f"\n{verdict(response)}", *key_of(response, item), ""]
    lines += [item.answer, ""] if item.answer else []
    for option in sorted(item.options, key=lambda each: not each.right):
        lines += option_lines(option, option.id in response.chosen)
    return "\n".join(lines)


def verdict(response: Response) -> str:
    """Told above the reasons, and once more below them: on a small screen they push the first one out of sight."""
    return f"{'Right' if response.correct else 'Not right'}. {points_words(mark(response))}."


def points_words(points: int) -> str:
    return f"{points:+d} point{'' if abs(points) == 1 else 's'}" if points else "0 points"


def key_of(response: Response, item: Item) -> Iterator[str]:
    if not response.correct:
        right = [option.text for option in item.options if option.right]
        key = "; ".join(right)
        yield f"The key: {key}{'' if key.endswith(SENTENCE_ENDS) else '.'}"


def option_lines(option: ItemOption, was_chosen: bool) -> Iterator[str]:
    mark_of = "right" if option.right else "wrong"
    yield f"- {option.text} ({mark_of}{', your answer' if was_chosen else ''}): {option.rationale}"
    if option.right_if:
        yield f"  {option.right_if}"
