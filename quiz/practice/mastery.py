"""Where a student stands: what is learned, which states are mistaken for which, and what comes next.

The picture is plain values. `as_text` writes it for a terminal of any width, `as_html` as one page to keep or print.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from typing import Protocol

from quiz.model import RuleBase, State
from quiz.practice.calibration import Level, calibration, calibration_text
from quiz.practice.cards import CONCEPT, PAIR, RULE, TEACHING, kind_of, label, meanings
from quiz.practice.marks import HasCertainty
from quiz.practice.schedule import Load, Memory, due, load
from quiz.text import inert, wrapped

KINDS = {RULE: "rules", CONCEPT: "ideas", TEACHING: "points to learn", PAIR: "pairs to tell apart"}

KNOWN = 0.8
"""The chance of recall from which a card counts as known."""

CURVE_DAYS = 60

MOST_LISTED = 8
"""Lines of a list in a terminal; a longer one is not read."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a card stands. `recall` is the chance that it is recalled now, from 0 to 1."""

    card: str
    label: str
    seen: int
    right: int
    recall: float
    due: datetime

    @property
    def known(self) -> bool:
        """Likely to be recalled, and right at least once: a card is no better for an error that is fresh."""
        return self.recall >= KNOWN and self.right > 0


@dataclass(frozen=True, slots=True)
class Share:
    """How many cards of one kind were seen and are known."""

    kind: str
    known: int
    seen: int
    all: int


@dataclass(frozen=True, slots=True)
class MixUp:
    """A state that was right, the one that was chosen in its place, and how often."""

    right: State
    chosen: State
    times: int


@dataclass(frozen=True, slots=True)
class Streak:
    """Days of practice. `days` in a row up to today, or up to yesterday; `last` is the latest day there was."""

    days: int
    last: date | None
    today: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is shown. `answers` is how many there are; `seen` are the cards seen, the least recalled first.

    `counts` are how often each state (first) was answered with each (second). `curve` is the average chance of recall
    of what was seen, today and on each of the next days, if nothing is practised.
    """

    now: datetime
    answers: int
    shares: tuple[Share, ...]
    seen: tuple[Standing, ...]
    due: tuple[Standing, ...]
    load: Load
    states: tuple[State, ...]
    counts: Mapping[tuple[str, str], int]
    mix_ups: tuple[MixUp, ...]
    curve: tuple[float, ...]
    levels: tuple[Level, ...]
    streak: Streak
    begun_anew: tuple[str, ...]

    @property
    def weakest(self) -> tuple[Standing, ...]:
        """What is seen and not known."""
        return tuple(each for each in self.seen if not each.known)


def streak(days: Iterable[date], today: date) -> Streak:
    """A day without practice yet breaks nothing before it is over."""
    practised = sorted({day for day in days if day <= today}, reverse=True)
    if not practised:
        return Streak(0, None, False)
    running = 0
    if practised[0] >= today - timedelta(days=1):
        running = 1
        for later, earlier in pairwise(practised):
            if later - earlier != timedelta(days=1):
                break
            running += 1
    return Streak(running, practised[0], practised[0] == today)


class Kept(Protocol):
    """What is asked of `quiz.practice.progress.Progress`."""

    def memories(self, meanings: Mapping[str, str]) -> Mapping[str, Memory]: ...
    def tally(self, meanings: Mapping[str, str]) -> Mapping[str, tuple[int, int]]: ...
    def begun_anew(self, meanings: Mapping[str, str]) -> Sequence[str]: ...
    def mix_ups(self) -> Mapping[tuple[str, str], int]: ...
    def latest(self, most: int) -> Sequence[HasCertainty]: ...
    def count(self) -> int: ...
    def days(self, now: datetime) -> Iterable[date]: ...


LATEST = 200
"""Answers that tell how sure a student may be now; older ones tell how sure they were."""


def picture(rulebase: RuleBase, kept: Kept, recall: Callable[[Memory, datetime], float], now: datetime) -> Picture:
    """The picture at this moment. `recall` is the one of `Schedule`; days are those of the zone of `now`."""
    cards = meanings(rulebase)
    memories, tally = kept.memories(cards), kept.tally(cards)
    known = [card for card in cards if card in memories]
    unseen = [card for card in cards if card not in memories]
    standing = {
        card: Standing(
            card, label(rulebase, card), *tally.get(card, (0, 0)), recall(memories[card], now), memories[card].due
        )
        for card in known
    }
    shares = []
    for kind in KINDS:
        seen = [standing[card] for card in known if kind_of(card) == kind]
        shares.append(
            Share(
                kind,
                sum(each.known for each in seen),
                len(seen),
                len(seen) + sum(kind_of(card) == kind for card in unseen),
            )
        )
    states = rulebase.states
    counts = {
        (right, chosen): times for (right, chosen), times in kept.mix_ups().items() if {right, chosen} <= states.keys()
    }
    mixed = [
        MixUp(states[right], states[chosen], times) for (right, chosen), times in counts.items() if right != chosen
    ]
    seen_memories = [memories[card] for card in known]
    return Picture(
        now=now,
        answers=kept.count(),
        shares=tuple(shares),
        seen=tuple(sorted(standing.values(), key=lambda each: (each.known, each.recall, each.card))),
        due=tuple(standing[card] for card in due({card: memories[card] for card in known}, now)),
        load=load(memories, [*known, *unseen], now),
        states=_by_electrolyte(states.values()),
        counts=counts,
        mix_ups=tuple(sorted(mixed, key=lambda each: (-each.times, each.right.id, each.chosen.id))),
        curve=_curve(seen_memories, recall, now),
        levels=calibration(kept.latest(LATEST)),
        streak=streak(kept.days(now), now.date()),
        begun_anew=tuple(label(rulebase, card) for card in kept.begun_anew(cards)),
    )


def _by_electrolyte(states: Iterable[State]) -> tuple[State, ...]:
    """In the order of the rules, with the two directions of an electrolyte side by side, low first."""
    listed = list(states)
    order = list(dict.fromkeys(each.electrolyte for each in listed))
    return tuple(sorted(listed, key=lambda each: (order.index(each.electrolyte), each.direction != "low")))


def _curve(memories: Sequence[Memory], recall: Callable[[Memory, datetime], float], now: datetime) -> tuple[float, ...]:
    if not memories:
        return ()
    moments = [now + timedelta(days=day) for day in range(CURVE_DAYS + 1)]
    return tuple(sum(recall(memory, moment) for memory in memories) / len(memories) for moment in moments)


def symbol(state: State) -> str:
    """The chemical symbol, as the id of a state begins with it."""
    return state.id.rpartition("_")[0].capitalize() or state.id


# --- sentences that the terminal and the page share -------------------------------------------------


def streak_words(told: Streak, now: datetime) -> str:
    """Never a reproach: a pause is a pause, and what was learned still counts."""
    if told.last is None:
        return "You have not practised yet."
    if told.days == 0:
        ago = (now.date() - told.last).days
        return f"You last practised {ago} days ago. What you learned then still counts."
    if told.days == 1:
        return "You practised today." if told.today else "You practised yesterday."
    return f"You have practised on {told.days} days in a row{'' if told.today else ', up to yesterday'}."


def load_words(told: Load) -> str:
    parts = [_cards(told.now, "due now")]
    if told.later_today:
        parts.append(f"{told.later_today} later today")
    parts.append(f"{sum(told.days)} in the next seven days")
    return ", ".join(parts) + f". {told.new} never seen."


def _cards(count: int, what: str) -> str:
    return f"{count} {'card is' if count == 1 else 'cards are'} {what}"


def mix_up_words(each: MixUp) -> str:
    times = {1: "once", 2: "twice"}.get(each.times, f"{each.times} times")
    return f"{each.right.name} taken for {each.chosen.name}: {times}"


def standing_words(each: Standing) -> str:
    """How a card stands. After errors alone the chance of recall only tells that they are fresh."""
    if not each.right:
        return "not right yet"
    return f"right {each.right} of {each.seen}, chance of recall {each.recall:.0%}"


# --- for a terminal ---------------------------------------------------------------------------------


def as_text(told: Picture, width: int) -> str:
    """The picture in at most `width` columns (40 or more), without colour."""
    parts = [_title("Where you stand", width)]
    if not told.answers:
        return "\n".join([*parts, *wrapped("Nothing was answered yet. Deal a first case with: practice", width)])
    parts += wrapped(f"{told.answers} answers. {streak_words(told.streak, told.now)}", width)
    parts += wrapped(load_words(told.load), width)
    if told.begun_anew:
        parts += wrapped(f"Begun anew, because their rules changed: {'; '.join(told.begun_anew)}", width, 2)
    parts += ["", *_section("Learned", _shares(told, width), width)]
    parts += _section("Mixed up", _mixed(told, width), width)
    parts += _section("Due now", _listed(told.due, width), width)
    parts += _section("Weakest", _listed(told.weakest, width), width)
    parts += _section("Recall if you stopped now", _recall(told, width), width)
    parts += _section("How sure, how right", calibration_text(told.levels, width).split("\n"), width)
    return "\n".join(parts).rstrip() + "\n"


def _title(text: str, width: int) -> str:
    return text[:width]


def _section(title: str, lines: Sequence[str], width: int) -> list[str]:
    return [title[:width], "-" * min(len(title), width), *lines, ""]


def _bar(share: float, wide: int) -> str:
    full = round(share * wide)
    return "#" * full + "." * (wide - full)


def _shares(told: Picture, width: int) -> list[str]:
    rows = []
    longest = max(len(name) for name in KINDS.values())
    for each in told.shares:
        if each.all:
            numbers = f"{each.known} of {each.all}"
            bar = width - longest - len(numbers) - 4
            shown = [f"{KINDS[each.kind]:{longest}}  "]
            if bar >= 8:
                shown.append(f"{_bar(each.known / each.all, min(bar, 30))}  ")
            rows.append("".join((*shown, numbers)))
    return rows


def _mixed(told: Picture, width: int) -> list[str]:
    lines = _heat(told, width)
    if lines:
        lines = [*wrapped("Rows are what was right, columns what you chose.", width), *lines]
    if not told.mix_ups:
        return [*lines, *wrapped("No state was taken for another yet.", width)]
    for each in told.mix_ups[:MOST_LISTED]:
        lines += wrapped(f"- {mix_up_words(each)}", width, 2)
    return lines


def _heat(told: Picture, width: int) -> list[str]:
    """A table of counts; nothing where it is empty or does not fit."""
    if not told.counts:
        return []
    names = [f"{symbol(each)} {each.direction}" for each in told.states]
    first = max(map(len, names))
    cell = max(2, *(len(symbol(each)) for each in told.states), *(len(str(times)) for times in told.counts.values()))
    if first + (cell + 1) * len(names) > width:
        return []
    # "lo" and "hi" fit under a symbol of one letter too.
    heads = [[symbol(each) for each in told.states], [each.direction[:2] for each in told.states]]
    lines = [" " * first + "".join(f" {word:>{cell}}" for word in words) for words in heads]
    for right, name in zip(told.states, names, strict=True):
        cells = (str(told.counts.get((right.id, chosen.id), "") or ".") for chosen in told.states)
        lines.append(f"{name:{first}}" + "".join(f" {each:>{cell}}" for each in cells))
    return lines


def _listed(standings: Sequence[Standing], width: int) -> list[str]:
    lines: list[str] = []
    for each in standings[:MOST_LISTED]:
        lines += wrapped(f"- {each.label} ({standing_words(each)})", width, 2)
    more = len(standings) - MOST_LISTED
    if more > 0:
        lines.append(f"  and {more} more")
    return lines or ["Nothing."]


def _recall(told: Picture, width: int) -> list[str]:
    if not told.curve:
        return wrapped("Nothing was learned yet.", width)
    rows = []
    for day, when in ((0, "today"), (1, "tomorrow"), (7, "in a week"), (30, "in a month"), (60, "in two months")):
        rows.append(f"{when:13}  {_bar(told.curve[day], 20 if width >= 42 else 16)}  {told.curve[day]:4.0%}")
    return rows


# --- as a page --------------------------------------------------------------------------------------


def as_html(told: Picture) -> str:
    """One self-contained page: no script, nothing from elsewhere, readable without colour, fit to print."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"inert": inert, "symbol": symbol, "mix_up": mix_up_words, "kind": lambda kind: KINDS[kind]}
    template = environment.from_string((files("quiz") / "mastery.html.j2").read_text(encoding="utf-8"))
    most = max((times for (right, chosen), times in told.counts.items() if right != chosen), default=0)
    pairs = [each for each in told.seen if kind_of(each.card) == PAIR]
    return template.render(
        told=told,
        streak=streak_words(told.streak, told.now),
        load=load_words(told.load),
        shade=lambda right, chosen: _shade(told, most, right, chosen),
        path=_path(told.curve),
        lists=(
            ("due", "Due now", told.due[:40]),
            ("weakest", "Weakest", told.weakest[:40]),
            ("pairs", "Pairs to tell apart", pairs),
        ),
    ).strip()


def _shade(told: Picture, most: int, right: State, chosen: State) -> int:
    """How dark a cell is, from 0 to 4. What was right stays white: only mix-ups are to be seen at a glance."""
    times = told.counts.get((right.id, chosen.id), 0)
    return 0 if right == chosen or not times else 1 + (3 * times) // max(most, 1)


WIDE, HIGH = 600, 200
"""The drawing of the curve, in its own units."""


def _path(curve: Sequence[float]) -> str:
    steps = max(len(curve) - 1, 1)
    return " ".join(f"{WIDE * day / steps:.1f},{HIGH * (1 - chance):.1f}" for day, chance in enumerate(curve))
