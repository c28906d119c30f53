"""Items for other programs: Anki, Moodle, and paper.

Whatever stands in an item is shown as it is: it cannot become markup, a formula of a spreadsheet, a cloze, a sound, or
another question. The same item has the same identity in every export, so that reading a file in again updates it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import ascii_uppercase

from quiz.practice.values import Item, ItemOption
from quiz.text import inert

DECK = "Electrolyte quiz"


def different(items: Iterable[Item]) -> list[Item]:
    """Each item once, in the order given."""
    return list({each.id: each for each in items}.values())


def letter(place: int) -> str:
    """A, B, C .. Z, AA: the mark of an option on paper."""
    return (letter(place // 26 - 1) if place >= 26 else "") + ascii_uppercase[place % 26]


# --- Anki -------------------------------------------------------------------------------------------


def guid(item: Item) -> str:
    """The identity of an item in Anki. It depends on the id alone, so that reworded items stay the same note."""
    return f"electrolyte-quiz-{sha256(item.id.encode()).hexdigest()[:20]}"


def anki(items: Iterable[Item]) -> str:
    """A text file for Anki's import: notes of the type Basic, with the options in front and every rationale behind."""
    lines = [
        "#separator:tab",
        "#html:true",
        "#notetype:Basic",
        f"#deck:{DECK}",
        "#columns:Guid\tFront\tBack\tTags",
        "#guid column:1",
        "#tags column:4",
    ]
    for item in different(items):
        tags = f"electrolyte-quiz {re.sub('[^a-z]', '-', item.kind)}"
        lines.append("\t".join((guid(item), _front(item), _back(item), tags)))
    return "\n".join(lines) + "\n"


def _front(item: Item) -> str:
    parts = [f"<p>{_anki_text(each)}</p>" for each in (item.case.story if item.case else "", item.stem) if each]
    options = "".join(f"<li>{_anki_text(option.text)}</li>" for option in item.options)
    several = "<p><i>More than one may be right.</i></p>" if item.several else ""
    return f"<div>{''.join(parts)}{several}<ol type='A'>{options}</ol></div>"


def _back(item: Item) -> str:
    rows = "".join(
        f"<li value='{place + 1}'><b>{'Right' if option.right else 'Wrong'}:</b> "
        f"{'<br>'.join(_anki_text(each) for each in (option.text, *_why(option)))}</li>"
        for place, option in enumerate(item.options)
    )
    return f"<div><p>{_anki_text(item.answer)}</p><ol type='A'>{rows}</ol></div>"


def _why(option: ItemOption) -> Iterable[str]:
    return (each for each in (option.rationale, option.right_if) if each)


_ACTS_IN_ANKI = {ord(each): f"&#{ord(each)};" for each in "[]{}\\"}
"""What Anki looks for in a field: [sound:..], {{c1::..}} and \\( .. \\). As a number it is only shown."""


def _anki_text(text: str) -> str:
    shown = escape(inert(text), quote=True).translate(_ACTS_IN_ANKI)
    return "<br>".join(" ".join(line.split()) for line in shown.split("\n"))


# --- Moodle -----------------------------------------------------------------------------------------

SHARES = (
    100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667, 14.28571, 12.5, 11.11111, 10,
)  # fmt: skip
"""The percentages that Moodle knows; it refuses a file with others."""


def gift(items: Iterable[Item]) -> str:
    """Questions in Moodle's GIFT format, as plain text, with feedback for every option.

    Where several options are right, each earns its share, and the wrong ones together take away all of it: ticking
    everything earns nothing.
    """
    parts = [f"$CATEGORY: {DECK}\n"]
    for item in different(items):
        stem = "\n\n".join(each for each in (item.case.story if item.case else "", item.stem) if each)
        lines = [f"::{_gift_text(item.id)}::[plain]{_gift_text(stem)} {{"]
        lines += [f"{_weight(item, option)}{_gift_part(option.text)}{_feedback(option)}" for option in item.options]
        parts.append("\n".join((*lines, f"####{_gift_part(item.answer)}", "}")) + "\n")
    return "\n".join(parts)


def _weight(item: Item, option: ItemOption) -> str:
    if len(item.key) == 1 and not item.several:
        return "=" if option.right else "~%0%"
    if option.right:
        share = 100 / len(item.key)
        return f"~%{min(SHARES, key=lambda each: abs(each - share)):.7g}%"
    share = 100 / (len(item.options) - len(item.key))
    return f"~%-{min(each for each in SHARES if each > share - 0.001):.7g}%"


def _feedback(option: ItemOption) -> str:
    told = " ".join(_why(option))
    return f"#{_gift_part(told)}" if told else ""


def _gift_part(text: str) -> str:
    """A text that stands alone: one that begins with a format in brackets would lose it."""
    return f"[plain]{_gift_text(text)}"


def _gift_text(text: str) -> str:
    """With the signs of the format escaped. An arrow would make a question of matching of it for some readers."""
    shown = inert(text).strip().replace("->", "\N{RIGHTWARDS ARROW}").replace("&&", "& &")
    return re.sub(r"([\\~=#{}:])", r"\\\1", shown).replace("\n", r"\n")


# --- paper ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyLine:
    """The key of one item: the letters that are right, and why each option is right or wrong."""

    letters: str
    options: tuple[tuple[str, ItemOption], ...]


def paper_html(items: Iterable[Item], title: str, minutes: int = 0) -> str:
    """A page to print: the questions, then the key on a sheet of its own. No script, nothing from elsewhere."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"inert": inert, "letter": letter}
    template = environment.from_string((files("quiz") / "paper.html.j2").read_text(encoding="utf-8"))
    listed = different(items)
    return template.render(title=inert(title), minutes=minutes, items=[(each, _key(each)) for each in listed]).strip()


def _key(item: Item) -> KeyLine:
    marked: Sequence[tuple[str, ItemOption]] = [(letter(place), each) for place, each in enumerate(item.options)]
    return KeyLine(", ".join(mark for mark, option in marked if option.right), tuple(marked))
