"""`replay`: saved interviews under the rules of now, or under others."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from quiz.commands.progress import counted
from quiz.commands.shared import load_rules, make_engine, read_answers_under, saved_interviews, width_out
from quiz.errors import AnswersError, StoreError
from quiz.exitcodes import DONE, PROBLEM

if TYPE_CHECKING:
    import argparse

    from quiz.engine import Engine
    from quiz.replay import Replay

NOTHING_TO_COMPARE = """\
holds answers, and not what was told
  hint: give --rules DIR to compare what these rules tell with what those in DIR tell"""


def run(chosen: argparse.Namespace) -> int:
    from quiz.replay import Replay
    from quiz.text import inert

    now = make_engine(load_rules(chosen.rules))
    before = make_engine(load_rules(None)) if chosen.rules else None
    replay = Replay(now, before)
    names = list(saved_interviews(chosen.sessions))
    differ = unread = 0
    for name in counted(names, len(names), "interviews replayed"):
        try:
            lines = _lines(replay, now, before, name)
        except (AnswersError, StoreError) as error:
            unread += 1
            print(inert(str(error)), file=sys.stderr)
            continue
        differ += bool(lines)
        _show(name, lines)
    if len(names) != 1:
        told = f"{len(names)} sessions: {differ} differ, {len(names) - differ - unread} do not"
        print(told + (f", {unread} could not be read." if unread else "."))
    return PROBLEM if differ or unread else DONE


def _lines(replay: Replay, now: Engine, before: Engine | None, name: str) -> list[str]:
    rulebases = [each.rulebase for each in (now, before) if each]
    saved, *known = read_answers_under(rulebases, name, from_other_rules=True)
    lines = replay.lines(saved, *known)
    if lines is None:
        raise StoreError(f"{name}: {NOTHING_TO_COMPARE}")
    return lines


def _show(name: str, lines: Sequence[str]) -> None:
    from quiz.text import inert, page

    if not lines:
        print(f"{inert(name)}: nothing differs")
        return
    print(f"{inert(name)}:")
    print(page("\n".join(f"  {line}" for line in lines), width_out()))
