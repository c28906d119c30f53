"""Which of many options is meant by what was typed: by its beginning, by any part, and in spite of a slip."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from quiz.conversation import Option

LIKE = 0.75
"""How alike two names must be, from 0 to 1, for one to be a slip of the other."""

SHORTEST_PART = 3
"""Letters. Fewer of them inside a word stand for nothing."""

SHORTEST_NAME = 2
"""Signs for which an option is taken, where nothing else fits them. Its key is another matter."""


def matching(options: Sequence[Option], typed: str, most: int) -> list[Option]:
    """Up to `most` options, the likeliest first. Nothing typed matches all of them, in their order."""
    key = " ".join(typed.split()).casefold()
    if not key:
        return list(options[:most])
    ranked = [(rank, place) for place, option in enumerate(options) if (rank := _rank(key, option)) is not None]
    found = [options[place] for _, place in sorted(ranked)]
    if len(found) < most:
        found += [option for option in _slips(options, key) if option not in found]
    return found[:most]


def meant(options: Sequence[Option], typed: str) -> Option | None:
    """The one option that this names in full or, if it is more than one letter, that alone it fits."""
    key = " ".join(typed.split()).casefold()
    for option in options:
        if key and key in _names(option):
            return option
    fitting = [option for option in options if _rank(key, option) is not None] if len(key) >= SHORTEST_NAME else []
    return fitting[0] if len(fitting) == 1 else None


def _names(option: Option) -> tuple[str, ...]:
    return tuple(each.casefold() for each in (option.label, option.value, *option.words) if each)


def _rank(key: str, option: Option) -> int | None:
    names = _names(option)
    if key in names:
        return 0
    if any(name.startswith(key) for name in names):
        return 1
    if any(f"{before}{key}" in name for name in names for before in (" ", "-", "(")):
        return 2
    parts = key.split()
    whole = " ".join(names)
    return 3 if len(key) >= SHORTEST_PART and all(part in whole for part in parts) else None


def _slips(options: Sequence[Option], key: str) -> list[Option]:
    """The options one of whose names, or one of whose words, is nearly this."""
    by_name: dict[str, Option] = {}
    for option in options:
        for name in _names(option):
            for part in (name, *name.split()):
                by_name.setdefault(part, option)
    near = get_close_matches(key, by_name, n=5, cutoff=LIKE) if len(key) > SHORTEST_PART else []
    return list({id(by_name[each]): by_name[each] for each in near}.values())
