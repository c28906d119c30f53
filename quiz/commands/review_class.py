"""`review class`: what the results of an exam say about the items, and about what to teach again."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from quiz.commands.progress import shown
from quiz.commands.shared import load_rules, make_engine, width_out
from quiz.errors import refused
from quiz.exitcodes import DONE, PROBLEM

if TYPE_CHECKING:
    import argparse

    from quiz.practice.exam import Deal
    from quiz.practice.values import Item

LARGEST = 1_000_000
"""Bytes. A result file is some thousand times smaller."""


def run(chosen: argparse.Namespace) -> int:
    from quiz.practice.classroom import as_text, collect, figures_of
    from quiz.practice.dealer import dealer
    from quiz.text import inert

    rulebase = load_rules(chosen.rules)
    unreadable: list[str] = []
    deal = _told(dealer(rulebase, make_engine(rulebase)))
    papers, problems = collect(_read(chosen.files, unreadable), rulebase.fingerprint, deal)
    wide = width_out()
    print("\n\n".join(as_text(figures_of(*each), rulebase.states, wide).rstrip() for each in papers))
    if not papers:
        print("No result could be counted.")
    for problem in (*unreadable, *problems):
        print(inert(str(problem)), file=sys.stderr)
    left_out = len(unreadable) + len({each.position.path for each in problems})
    if left_out:
        print(f"{left_out} of {len(chosen.files)} files were not counted.", file=sys.stderr)
    return PROBLEM if left_out else DONE


def _read(paths: Sequence[Path], unreadable: list[str]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST + 1)
        except OSError as error:
            unreadable.append(str(refused(path, "read", error)))
            continue
        if len(content) > LARGEST:
            unreadable.append(f"{path}: is too large to be a result")
        else:
            yield str(path), content


def _told(deal: Deal) -> Deal:
    """Says which paper is dealt while that takes a moment, and takes it back."""

    def dealt(seed: int, count: int) -> Sequence[Item]:
        with shown(after=0) as tell:
            tell(f"dealing the paper of seed {seed} ..")
            return deal(seed, count)

    return dealt
