"""`review coverage`: whether the cases notice every small change to the rules."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from quiz.commands.arguments import WANTED
from quiz.commands.progress import counted
from quiz.commands.shared import known_id, load_rules, make_front, width_out
from quiz.commands.tables import Tables, write_rules
from quiz.errors import refused
from quiz.exitcodes import DONE, PROBLEM

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from quiz.model import RuleBase
    from quiz.review.coverage import Coverage, Outcome, Score
    from quiz.rulebase.cases import TableCase

MOST_LISTED = 12
"""Cases in one line; the rest is counted."""


def run(chosen: argparse.Namespace) -> int:
    from quiz.review.casefile import LONGEST
    from quiz.review.coverage import Coverage, score
    from quiz.rulebase.cases import read_tables
    from quiz.solver import Clauses
    from quiz.text import inert_json, page

    rulebase = load_rules(chosen.rules)
    if chosen.rule:
        known_id(chosen.rule, (*rulebase.rules, *rulebase.concepts), "rule or concept", "`review rule` lists the rules")
    tables = Tables(rulebase, chosen.rules)
    more = read_tables(rulebase, [(path, str(path)) for path in chosen.cases])
    coverage = Coverage(rulebase, (*tables.read(), *more), Clauses)
    looked_at = [each for each in coverage.mutants if chosen.rule in ("", each.where)]
    outcomes = list(counted(coverage.outcomes(looked_at), len(looked_at), "changes tried"))
    figures = score(outcomes)
    failing = [entry for _, entry in coverage.trials.failing]
    if chosen.format == "json":
        told = _as_data(coverage, outcomes, figures, chosen.rule)
        print(inert_json(json.dumps(told, ensure_ascii=False, indent=2)))
    else:
        writing = chosen.accept_all or chosen.renew
        lines = _figures(outcomes) if writing else _lines(coverage, outcomes, chosen.rule)
        print(page("\n".join(lines), width_out(LONGEST)))
        for entry in failing:
            print(f"{entry.position}: T701 this case no longer holds: {_case_line(entry)}")
    if chosen.accept or chosen.accept_all or chosen.renew:
        missing = list(coverage.wanted(outcomes))
        writer = _Writer(tables)
        if chosen.renew:
            writer.take_out(failing)
        if chosen.accept_all or chosen.renew:
            writer.beside(missing)
        else:
            _offer(rulebase, missing, outcomes, writer, chosen.plain)
        print(writer.done(), file=sys.stderr if chosen.format == "json" else sys.stdout)
        return DONE
    return DONE if figures.share >= WANTED and not failing else PROBLEM


# --- what is shown ----------------------------------------------------------------------------------


def _lines(coverage: Coverage, outcomes: Sequence[Outcome], only: str) -> Iterator[str]:
    from quiz.review.coverage import clauses

    rulebase = coverage.rulebase
    if only in rulebase.rules:
        yield from _clause_by_clause(coverage, only)
    survivors = [each for each in outcomes if each.killer]
    where = ""
    for each in survivors:
        mutant = each.mutant
        title = f"{mutant.part} {mutant.where}" if mutant.part != "implication" else f"implication at {mutant.position}"
        if title != where:
            where = title
            yield f"{title}:" if mutant.part == "implication" else f"{title} ({mutant.position}):"
        yield f"  - no case notices a change that {mutant.what}"
        if each.killer:
            yield f"    this case would: {_case_line(each.killer)}"
    if survivors:
        yield ""
    yield from _figures(outcomes)
    if not only:
        idle = [
            f"  {name}: {clause.text}"
            for name, rule in rulebase.rules.items()
            if rule.provenance.state != "retired"
            for clause in clauses(rulebase, coverage.trials, rule)
            if not clause.cases
        ]
        yield f"{len(idle)} parts of rules are true in none of their cases{':' if idle else '.'}"
        yield from idle


def _clause_by_clause(coverage: Coverage, name: str) -> Iterator[str]:
    from quiz.review.coverage import clauses
    from quiz.review.english import English

    rule, english = coverage.rulebase.rules[name], English(coverage.rulebase)
    yield f"{name}: {rule.says}"
    yield "Its cases:"
    for place, (number, expected) in enumerate(coverage.trials.of_rule(name), 1):
        what = "fires" if expected == "fires" else "near miss"
        yield f"- {place}, {what}: {english.case(coverage.trials.answers[number])}"
    yield "Which of them make each part true:"
    for clause in clauses(coverage.rulebase, coverage.trials, rule):
        yield f"{'  ' * clause.depth}- {clause.text.rstrip(':')}: {_places(clause.cases)}"
    yield ""


def _places(cases: Sequence[int]) -> str:
    more = len(cases) - MOST_LISTED
    listed = ", ".join(str(place + 1) for place in cases[:MOST_LISTED]) or "none"
    return f"{listed} and {more} more" if more > 0 else listed


def _figures(outcomes: Sequence[Outcome]) -> Iterator[str]:
    from quiz.review.coverage import score
    from quiz.review.mutants import OPERATORS

    figures = score(outcomes)
    yield f"{figures.share:.1%} of the changes are noticed: {_counts(figures)}."
    for operator, told in OPERATORS.items():
        of_kind = score(each for each in outcomes if each.mutant.operator == operator)
        if of_kind.killed + of_kind.survived + of_kind.equivalent:
            yield f"  {told}: {_counts(of_kind)}"
    yield "A change that is proved to make no difference on any answers that can stand together does not count."


def _counts(figures: Score) -> str:
    return f"{figures.killed} noticed, {figures.survived} not, {figures.equivalent} make no difference"


def _case_line(case: TableCase) -> str:
    from quiz.review.casefile import case_text

    return f"{case.rule} {case.expected} {case_text(case.answers)}"


def _as_data(coverage: Coverage, outcomes: Sequence[Outcome], figures: Score, only: str) -> dict[str, Any]:
    from quiz.review.coverage import clauses

    rules = coverage.rulebase.rules
    asked = {only: rules[only]} if only in rules else rules if not only else {}
    cases = coverage.trials
    return {
        "share": round(figures.share, 6),
        "killed": figures.killed,
        "survived": figures.survived,
        "equivalent": figures.equivalent,
        "survivors": [
            {
                "mutant": each.mutant.id,
                "operator": each.mutant.operator,
                "place": str(each.mutant.position),
                "change": each.mutant.what,
                "case": {
                    "rule": each.killer.rule, "expected": each.killer.expected, "answers": dict(each.killer.answers)
                },
            }
            for each in outcomes if each.killer
        ],
        "rules": {
            name: {
                "cases": [
                    {"expected": expected, "answers": dict(cases.answers[number])}
                    for number, expected in cases.of_rule(name)
                ],
                "clauses": [
                    {"text": each.text, "depth": each.depth, "cases": list(each.cases)}
                    for each in clauses(coverage.rulebase, cases, rule)
                ],
            }
            for name, rule in asked.items() if rule.provenance.state != "retired"
        },
    }  # fmt: skip


# --- what is accepted -------------------------------------------------------------------------------


def _offer(
    rulebase: RuleBase, missing: Sequence[TableCase], outcomes: Sequence[Outcome], writer: _Writer, plain: bool
) -> None:
    from quiz.conversation import Option
    from quiz.review.english import English

    front, english = make_front(plain, None), English(rulebase)
    changes = {id(each.killer): each.mutant.what for each in outcomes}
    for number, case in enumerate(missing, 1):
        rule = rulebase.rules[case.rule]
        front.say(
            f"Case {number} of {len(missing)}, on {rule.id}: {rule.says}\n"
            f"No case notices a change that {changes[id(case)]}.\n"
            f"With these answers: {english.case(case.answers)}\n"
            f"{_expects(rulebase, case)}"
        )
        options = [
            Option("yes", "Yes, put it into the rule's own list", "y"),
            Option("beside", "Yes, put it into the table beside the rules", "t"),
            Option("no", "No, that is not right, or I would rather leave it out", "n"),
            Option("quit", "Stop here", "q"),
        ]
        picked = front.choose("Is that right?", options if case.expected in ("fires", "near_miss") else options[1:])
        if picked == "quit":
            return
        if picked == "yes":
            writer.inside(case)
        elif picked == "beside":
            writer.beside([case])
        else:
            front.say(f"Then it may be the rule that is wrong. It stands at {rule.position}.")


def _expects(rulebase: RuleBase, case: TableCase) -> str:
    from quiz.model import Supports

    if case.expected == "fires":
        return "By the rule as written, it fires."
    if case.expected == "near_miss":
        return "By the rule as written, it stays silent."
    then, level = rulebase.rules[case.rule].then, case.expected.replace("_", " ")
    if isinstance(then, Supports):
        name = rulebase.states[then.state].name
        return f"By the rules as written, it fires, and {name} is told with {level} support."
    return f"By the rules as written, it fires, and the urgency told is {level}."


class _Writer:
    """Puts cases into rule files and tables, and counts them."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.in_rules = self.in_tables = self.out = 0

    def done(self) -> str:
        out = f" {self.out} taken out." if self.out else ""
        return f"{self.in_rules} case{'s' * (self.in_rules != 1)} added to rules, {self.in_tables} to tables.{out}"

    def take_out(self, cases: Sequence[TableCase]) -> None:
        gone = {_case_line(case) for case in cases}
        for file in sorted({self.tables.file_of(case) for case in cases if self.tables.holds(case)}):
            with self.tables.turn():
                before = self.tables.read_file(file)
                kept = [case for case in before if _case_line(case) not in gone]
                self.tables.write_file(file, kept)
            self.out += len(before) - len(kept)

    def inside(self, case: TableCase) -> None:
        from quiz.review.casefile import with_case

        path = self.tables.folder / self.tables.rule_file(case.rule)
        with self.tables.turn():
            write_rules(path, with_case(_read(path), str(path), case.rule, case.expected, case.answers))
        self.in_rules += 1

    def beside(self, cases: Iterable[TableCase]) -> None:
        new = {_case_line(case): case for case in cases}
        for file in sorted({self.tables.file_of(case) for case in new.values()}):
            with self.tables.turn():
                before = self.tables.read_file(file)
                known = set(map(_case_line, before))
                here = [new[line] for line in new if self.tables.file_of(new[line]) == file and line not in known]
                self.tables.write_file(file, [*before, *here])
            self.in_tables += len(here)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise refused(path, "read", error) from error
