"""What gives an item away to somebody who covers the story: the options alone must not tell which is right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from quiz.practice.values import Item, ItemOption

LONGER, SHORTER = 1.6, 0.6
"""How much longer, or shorter, than every wrong option a right one may be. Two words more or less are nothing."""

FEW = 16
"""Characters. Between options as short as that, length tells nothing."""

LEADING_WORD = 4
"""Letters of a word that can point from the stem to an option. Shorter ones are in every sentence."""

_WORD = re.compile(r"[a-z]+")
_ALL_OF = re.compile(r"\b(?:all|none|both|any|neither) of (?:these|the above|them)\b|\bthe above\b", re.IGNORECASE)
_PLAIN = frozenset(
    _WORD.findall(
        "about after also answer answers because been before best between both could does first from given "
        "goes have here into it its least less likely like made make makes many more most much must nothing "
        "often only other others over people person rather right rules same should side some such than that "
        "their them then there these they thing this those together under what when where which while will "
        "with without would your named name asks tells told look case below story "
    )
)
"""Words of many sentences, which point to nothing."""


def gives_away(item: Item) -> tuple[str, ...]:
    """Each way in which the options or the stem tell the key; none for a fair item."""
    right = [option for option in item.options if option.right]
    wrong = [option for option in item.options if not option.right]
    return tuple(_found(item, right, wrong))


def _found(item: Item, right: Sequence[ItemOption], wrong: Sequence[ItemOption]) -> Iterator[str]:
    if not right or not wrong:
        yield "every option is right, or none is"
        return
    if len({option.text.casefold() for option in item.options}) < len(item.options):
        yield "two options read the same"
    if any(_ALL_OF.search(option.text) for option in item.options):
        yield "an option speaks of the others"
    lengths = [len(option.text) for option in wrong]
    for option in right if not item.several and max(map(len, (each.text for each in item.options))) > FEW else ():
        if len(option.text) > LONGER * max(lengths):
            yield "the right option is by far the longest"
        if len(option.text) < SHORTER * min(lengths):
            yield "the right option is by far the shortest"
    if len({_form(option.text) for option in item.options}) > 1:
        yield "the options differ in form"
    shared = set.intersection(*(pointing(item.stem, option.text) for option in right))
    for word in sorted(shared - _words(option.text for option in wrong)):
        yield f'only the right option has the word "{word}" of the stem'


def pointing(stem: str, text: str) -> set[str]:
    """The words of a stem that an option has too: one that only the right option has gives it away."""
    return _words([stem]) & _words([text])


def _form(text: str) -> tuple[str, bool]:
    """How a text ends and begins: a question, a sentence, or words."""
    return text[-1:] if text[-1:] in "?!." else "", text[:1].isupper()


def _words(texts: Iterable[str]) -> set[str]:
    found = {word for text in texts for word in _WORD.findall(text.lower()) if len(word) >= LEADING_WORD}
    return {word[:-1] if word.endswith("s") else word for word in found - _PLAIN}
