"""What was moved where two lists have the same things in another order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence


def moved(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """The fewest that were moved, each with where it stood and where it stands, among those that both sides have."""
    one, two = (
        [each for each in side if each in other] for side, other in ((before, set(after)), (after, set(before)))
    )
    stayed = _longest_in_order(one, two)
    for name in two:
        if name not in stayed:
            yield name, _place(one, name), _place(two, name)


def _longest_in_order(one: Sequence[str], two: Sequence[str]) -> set[str]:
    places = {name: place for place, name in enumerate(one)}
    ends: list[int] = []  # of the best rows of each length, the place of the last
    rows: list[tuple[str, int]] = []  # for each of `two`, its name and how long a row it ends
    for name in two:
        length = bisect_left(ends, places[name])
        ends[length : length + 1] = [places[name]]
        rows.append((name, length))
    stayed: set[str] = set()
    wanted, end = len(ends) - 1, len(one)
    for name, length in reversed(rows):
        if length == wanted and places[name] < end:
            stayed.add(name)
            wanted, end = wanted - 1, places[name]
    return stayed


def _place(names: Sequence[str], name: str) -> str:
    place = names.index(name)
    return f"{place + 1} of {len(names)}{f', after {names[place - 1]}' if place else ''}"
