"""The cases of the rules as a table of text: what each is, what came of it, and why where it failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from quiz.review.cases import FIRES, Case
from quiz.review.english import English, as_text
from quiz.text import page, wrapped

NARROW = 60
"""Columns under which the case stands on lines of its own."""

KINDS = {
    "fires": ("firing", "firing"),
    "near miss": ("near miss", "near misses"),
    "bound": ("at a bound", "at bounds"),
    "table": ("in tables", "in tables"),
    "vignette": ("vignette", "vignettes"),
}
"""How one case of a kind is counted, and several."""


def table(english: English, cases: Iterable[Case], width: int) -> Iterator[str]:
    """Lines: the rule or vignette, then a row for each of its cases."""
    group = ""
    for case in cases:
        if case.id != group:
            group = case.id
            yield from ("", *wrapped(case.id, width))
        yield from _row(english, case, width)


def _row(english: English, case: Case, width: int) -> Iterator[str]:
    result = "FAIL" if case.failed else "ok"
    kind: str = case.kind
    if kind in ("bound", "table"):
        kind = f"{kind} in" if case.expected.startswith(FIRES) else f"{kind} out"
    begin = f"  {result:<4}  {kind:<9}  "
    told = english.case(case.answers)
    if width < NARROW:
        yield begin.rstrip()
        yield from (f"    {row}" for row in wrapped(told, width - 4))
    else:
        rows = wrapped(told, width - len(begin))
        yield from ((begin if place == 0 else " " * len(begin)) + row for place, row in enumerate(rows))
    if case.failed:
        yield from page(f"    expected: {case.expected}\n    got: {case.got}\n    why:", width).split("\n")
        yield from page(as_text(case.why, 4), width).split("\n")
        yield from page(f"    at {case.position}: {case.code}", width).split("\n")


def summary(cases: Sequence[Case]) -> list[str]:
    """How many of each kind there are, and how many failed."""
    counts: Counter[str] = Counter(case.kind for case in cases)
    kinds = ", ".join(f"{counts[kind]} {KINDS[kind][counts[kind] != 1]}" for kind in KINDS if kind in counts)
    failed = sum(case.failed for case in cases)
    return [
        f"{len(cases)} {'case' if len(cases) == 1 else 'cases'} ({kinds}), {failed} failed." if cases else "No case."
    ]
