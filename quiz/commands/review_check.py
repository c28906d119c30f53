"""`review check` and `review codes`: what is wrong in the rule files. Without the engine, so that it takes no time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from quiz.commands.shared import drafts, fitted, version, width_out
from quiz.commands.tables import Tables
from quiz.errors import QuizError, RuleBaseError
from quiz.exitcodes import DONE, PROBLEM

if TYPE_CHECKING:
    import argparse

    from quiz.errors import Problem
    from quiz.model import RuleBase
    from quiz.review.check import Checked

LATER = """\
The rest is looked at once these are mended: what rules mean together, their cases, and words that hang on what could \
not be read."""
"""What is told where a mistake keeps the rules from being used."""

LOOK_EVERY = 0.2
"""Seconds between two looks at the files while watching."""


def run(chosen: argparse.Namespace) -> int:
    folder = _folder(chosen.rules, chosen.files)
    if chosen.watch:
        return _watch(folder, chosen.files)
    checked = _checked(folder, chosen.files)
    from quiz.review.report import report

    told = report(checked.problems, chosen.format, version() if chosen.format == "sarif" else "")
    print(fitted(told) if chosen.format == "text" else told, end="")
    if chosen.format == "text":
        from quiz.text import page

        print(page("\n".join(_summary(checked)), width_out()))
    return PROBLEM if checked.problems or checked.rulebase is None else DONE


def _folder(rules: Path | None, files: Sequence[Path]) -> Path | None:
    """The one folder of rules that was asked about; None stands for the shipped rules."""
    from quiz.review.check import folder_of, rule_file

    named = [rule_file(file) for file in files]
    folders = {folder_of(file) for file in named} if rules is None else set()
    if len(folders) > 1:
        raise QuizError(f"these files belong to {len(folders)} folders of rules: {', '.join(map(str, sorted(folders)))}"
                         "\n  hint: check one folder at a time")  # fmt: skip
    return next(iter(folders), rules)


def _checked(folder: Path | None, files: Sequence[Path]) -> Checked:
    from quiz.review.check import check, only_in
    from quiz.review.lint_rules import content
    from quiz.review.lint_texts import lint
    from quiz.rulebase import attempt
    from quiz.rulebase.files import rule_files
    from quiz.solver import cannot_fire, clashes
    from quiz.yamltext import cut_texts

    def tables(rulebase: RuleBase) -> tuple[Problem, ...]:
        try:
            Tables(rulebase, folder).read()
        except RuleBaseError as error:
            return error.problems
        return ()

    def wording(rulebase: RuleBase) -> Iterator[Problem]:
        yield from lint(rulebase)
        for shown_as, text in rule_files(folder).files:
            if isinstance(text, bytes):
                yield from cut_texts(text, shown_as)

    checked = check(folder, lambda each: attempt(each, cannot_fire, clashes), wording, (content, tables))
    return only_in(checked, files) if files else checked


def _summary(checked: Checked) -> list[str]:
    elsewhere = f"{_count(checked.elsewhere, 'problem')} in other files." if checked.elsewhere else ""
    later = [LATER] if checked.rulebase is None else []
    if checked.problems:
        lines = [f"{_count(len(checked.problems), 'problem')}. What a code means: review codes CODE"]
        return [*lines, *([elsewhere] if elsewhere else []), *later]
    if checked.rulebase is None or elsewhere:
        return [f"No problem in these files{' so far' if later else ''}, but {elsewhere}", *later]
    rules = checked.rulebase.rules
    counts = f"{len(rules)} rules, {len(checked.rulebase.findings)} findings, {len(checked.rulebase.concepts)} concepts"
    return [f"{counts}: no problem.", drafts(rules.values())]


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _watch(folder: Path | None, files: Sequence[Path]) -> int:
    from quiz.review.check import changed, moved, stamps
    from quiz.rulebase import shipped_rules

    watched = folder or Path(str(shipped_rules()))
    checked, took = _timed(folder, files)
    _tell([*map(str, checked.problems), f"{_state(checked)} ({took:.2f} s). Watching {watched}; Ctrl-C stops."])
    known, before = checked.problems, stamps(watched)
    while True:
        time.sleep(LOOK_EVERY)
        now = stamps(watched)
        saved = changed(before, now)
        if saved:
            before = now
            checked, took = _timed(folder, files)
            new, mended = moved(known, checked.problems)
            if checked.rulebase is None:  # what is read only once the files can be used is not mended by that
                known, mended = (*known, *new), ()
            else:
                known = checked.problems
            names = ", ".join(Path(each).name for each in saved)
            _tell([
                *map(str, new),
                *(f"mended: {each.position}: {each.code} {each.message}" for each in mended),
                f"{datetime.now():%H:%M:%S} {names}: {_state(checked)} ({took:.2f} s)",
            ])  # fmt: skip


def _timed(folder: Path | None, files: Sequence[Path]) -> tuple[Checked, float]:
    begin = time.perf_counter()
    checked = _checked(folder, files)
    return checked, time.perf_counter() - begin


def _state(checked: Checked) -> str:
    here = _count(len(checked.problems), "problem") if checked.problems else "no problem"
    return f"{here}, and {checked.elsewhere} in other files" if checked.elsewhere else here


def _tell(lines: Sequence[str]) -> None:
    from quiz.text import inert

    print(fitted("\n".join(map(inert, lines))), flush=True)


def run_codes(chosen: argparse.Namespace) -> int:
    from quiz.errors import did_you_mean
    from quiz.review.codes import CODES
    from quiz.review.report import codes_table

    asked = [each.upper() for each in chosen.codes]
    unknown = [each for each in dict.fromkeys(asked) if each not in CODES]
    if not unknown or {*asked} - {*unknown}:
        print(fitted(codes_table(asked)))
    if unknown:
        hints = {each: did_you_mean(each, CODES) or "`review codes` lists them all" for each in unknown}
        raise QuizError("\n".join(f'unknown code "{each}"\n  hint: {hint}' for each, hint in hints.items()))
    return DONE
