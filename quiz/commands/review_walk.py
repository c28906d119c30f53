"""`review walk`: judge cases without reading rules; what is agreed to becomes a test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from quiz.commands.arguments import WALKED
from quiz.commands.progress import counted
from quiz.commands.shared import load_rules, make_engine, make_front
from quiz.commands.tables import Tables
from quiz.errors import refused
from quiz.exitcodes import DONE, ENDED

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from quiz.conversation import Front
    from quiz.model import Answers, Assessment, RuleBase
    from quiz.review.walk import Choice, Said, Stop
    from quiz.review.walknotes import Notes


def run(chosen: argparse.Namespace) -> int:
    from quiz.review.walk import Walk, Ways
    from quiz.review.walknotes import text
    from quiz.store import OwnFile

    rulebase = load_rules(chosen.rules)
    agreed = _Agreed(Tables(rulebase, chosen.rules))
    file = OwnFile(chosen.notes, "start the walk again to go on with what stands there")
    notes = _read_notes(chosen.notes)
    stops = _route(rulebase, notes)
    front = make_front(chosen.plain, rulebase)

    def keep(said: Mapping[str, Said], stop: Stop, assessment: Assessment) -> None:
        file.write(text(rulebase.fingerprint, stops, said))
        agreed.take(stop.answers, assessment, agreed=said[stop.id].verdict == "agree")

    walk = Walk(rulebase, make_engine(rulebase).assess, stops, notes.said, keep)
    front.say(f"{walk.summary()} Together they notice {sum(stop.new for stop in stops)} small changes to the rules.")
    code = DONE
    try:
        walk.go(Ways(front.say, lambda title, options: _choose(front, title, options), lambda ask: _line(front, ask)))
    except EOFError:
        code = ENDED
    tests = "1 test is" if agreed.count == 1 else f"{agreed.count} tests are"
    front.say(f"\n{walk.summary()}\nYour judgements are in {chosen.notes}; {tests} in {agreed.path}.")
    return code


def _choose(front: Front, title: str, options: Sequence[Choice]) -> str:
    from quiz.conversation import Option

    return front.choose(title, [Option(each.value, each.label, each.key) for each in options])


def _line(front: Front, prompt: str) -> str:
    from quiz.plain import Plain

    return front.line(prompt) if isinstance(front, Plain) else input(prompt)


def _route(rulebase: RuleBase, notes: Notes) -> tuple[Stop, ...]:
    """The route of the notes, or a new one where the rules are others now: that takes some seconds."""
    from quiz.review.coverage import noticed
    from quiz.review.mutants import mutants
    from quiz.review.walk import candidates, route

    known = candidates(rulebase)
    if notes.fingerprint == rulebase.fingerprint:
        return notes.stops(known)
    changes = mutants(rulebase)
    tried = counted(changes, len(changes), "changes tried")
    return route(known, noticed(rulebase, tried, [stop.answers for stop in known]).values())


def _read_notes(path: Path) -> Notes:
    from quiz.review.walknotes import Notes, read

    try:
        return read(path.read_bytes(), str(path))
    except FileNotFoundError:
        return Notes()
    except OSError as error:
        raise refused(path, "read", error) from error


class _Agreed:
    """The table of cases that were agreed to. Written anew after every judgement."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.path = tables.path(WALKED)
        self._cases = tables.read_file(WALKED)

    @property
    def count(self) -> int:
        return len(self._cases)

    def take(self, answers: Answers, assessment: Assessment, *, agreed: bool) -> None:
        """Put in what an agreement says; what was said of the same answers before is taken out.

        Whoever walks beside with other notes writes to the same table, so it is read again.
        """
        from quiz.review.walk import agreed_cases

        with self._tables.turn():
            before = self._tables.read_file(WALKED)
            kept = [each for each in before if dict(each.answers) != dict(answers)]
            new = agreed_cases(self._tables.rulebase, assessment, answers) if agreed else ()
            self._cases = (*kept, *new)
            if new or len(kept) != len(before):
                self._tables.write_file(WALKED, self._cases)
