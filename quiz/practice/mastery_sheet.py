"""A student's picture in words: for a terminal of any width, or as one page to keep or print."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files

from quiz.model import State
from quiz.practice.calibration import calibration_text
from quiz.practice.cards import PAIR, kind_of
from quiz.practice.mastery import KINDS, MixUp, Picture, Standing, Streak
from quiz.practice.schedule import Load
from quiz.text import inert, wrapped

MOST_LISTED = 8
"""Lines of a list in a terminal; a longer one is not read."""


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


def answers_words(number: int) -> str:
    return "1 answer." if number == 1 else f"{number} answers."


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
    parts += wrapped(f"{answers_words(told.answers)} {streak_words(told.streak, told.now)}", width)
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
        return wrapped("Nothing was right yet.", width)
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
        answers=answers_words(told.answers),
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
