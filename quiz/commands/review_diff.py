"""`review diff`: what an edit of the rules changes in meaning."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from quiz.commands.progress import counted
from quiz.commands.shared import load_rules, make_engine, read_answers_under, saved_interviews, width
from quiz.errors import QuizError, RuleBaseError
from quiz.exitcodes import DONE, PROBLEM

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from importlib.resources.abc import Traversable

    from quiz.model import Answers, RuleBase
    from quiz.review.diff import Side
    from quiz.rulebase.cases import TableCase


def run(chosen: argparse.Namespace) -> int:
    import random

    from quiz.practice.cards import meanings
    from quiz.review.diff import difference
    from quiz.review.diff_report import Report
    from quiz.rulebase import shipped_rules
    from quiz.rulebase.cases import differing_tables
    from quiz.solver import Clauses
    from quiz.text import inert_json

    beside = next((Path(each) for each in (chosen.new, chosen.old) if _is_folder(each)), None)
    now = chosen.rules or beside or shipped_rules()  # where a revision is looked for
    with tempfile.TemporaryDirectory(prefix="rules-") as folder:
        before = _rules(chosen.old, now, Path(folder) / "old")
        after = _rules(chosen.new, now, Path(folder) / "new") if chosen.new is not None else _present(chosen.rules)
        tables = differing_tables(before, after)
    old_rules, new_rules = before[0], after[0]
    old, new = (_side(rulebase, cases) for rulebase, cases in zip((old_rules, new_rules), tables, strict=True))
    found = difference(
        old,
        new,
        Clauses,
        random.Random(chosen.seed),
        chosen.random,
        chosen.seed,
        {name: _answers(old_rules, new_rules, name) for name in saved_interviews(chosen.sessions)},
        meanings,
        lambda things: counted(things, len(things), "things compared"),
    )
    called = chosen.new or (str(chosen.rules) if chosen.rules else "the rules of this program as they are now")
    report = Report(found, old_rules, new_rules, chosen.old, called)
    if chosen.format == "json":
        print(inert_json(json.dumps(report.data(), ensure_ascii=False, indent=2)))
    else:
        print(report.markdown() if chosen.format == "md" else report.text(width()), end="")
    return DONE if found.same else PROBLEM


def _side(rulebase: RuleBase, tables: Sequence[TableCase]) -> Side:
    from quiz.review.diff import Side

    return Side(rulebase, make_engine(rulebase).assess, tables=tables)


def _is_folder(name: str | None) -> bool:
    return bool(name) and Path(str(name)).is_dir()


def _present(folder: Path | None) -> tuple[RuleBase, Traversable]:
    from quiz.rulebase import shipped_rules

    return load_rules(folder), folder or shipped_rules()


def _rules(name: str, now: object, into: Path) -> tuple[RuleBase, Traversable]:
    """The rules in a folder of this name or, where there is none, as they stood in `now` at a git revision of it."""
    if _is_folder(name):
        return _present(Path(name))
    from quiz.review.revision import rules_at
    from quiz.rulebase.build import build
    from quiz.rulebase.files import rule_files

    if not isinstance(now, Path):
        raise QuizError(f"{name}: is no folder\n  hint: the rules stand in no folder of a repository; give --rules DIR")
    folder = rules_at(name, now, into)
    try:
        return build(rule_files(folder)), folder  # never again at this place, so nothing is kept of it
    except RuleBaseError as error:
        first, more = error.problems[0], len(error.problems) - 1
        place = str(first.position).replace(str(folder), f"{name}:{now.name}")
        others = f" ({more} more)" if more else ""
        raise QuizError(
            f"{place}: {first.code} {first.message}{others}\n"
            f'  hint: the rules as they stood at "{name}" cannot be used with this program; '
            "mend them, or take another revision"
        ) from error


def _answers(old: RuleBase, new: RuleBase, name: str) -> Answers:
    """What a saved interview answers, as far as either side knows it."""
    before, after = read_answers_under((old, new), name, from_other_rules=True)
    return {**before.session.answers, **after.session.answers}
