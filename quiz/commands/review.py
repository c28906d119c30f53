"""`review`: what an educator asks of the rules."""

from __future__ import annotations

import argparse
from pathlib import Path

from quiz.commands.shared import DONE, PROBLEM, Commands, load_rules, make_engine
from quiz.errors import RuleBaseError, StoreError


def add(commands: Commands, common: argparse.ArgumentParser) -> None:
    review = commands.add_parser("review", help="check the rules")
    jobs = review.add_subparsers(title="jobs", metavar="JOB", required=True)
    check = jobs.add_parser("check", parents=[common], help="form, references and wording of every rule file")
    check.set_defaults(run=_review_check)
    test = jobs.add_parser("test", parents=[common], help="run the cases that stand in the rules")
    test.set_defaults(run=_review_test)

    measure = jobs.add_parser("measure", parents=[common], help="figures on cases whose answer is known")
    measure.add_argument("cases", metavar="CASES.jsonl", help='lines as for assess, each with "expected"')
    measure.set_defaults(run=_review_measure)


def _review_check(chosen: argparse.Namespace) -> int:
    from quiz.review.lint import lint
    from quiz.rulebase import load
    from quiz.solver import cannot_fire

    try:
        rulebase = load(chosen.rules, cannot_fire)
        problems = tuple(lint(rulebase))
    except RuleBaseError as error:  # what was asked for, so it goes to standard output
        problems = error.problems
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} problems")
        return PROBLEM
    drafts = sum(rule.provenance.state == "draft" for rule in rulebase.rules.values())
    counts = f"{len(rulebase.rules)} rules, {len(rulebase.findings)} findings, {len(rulebase.concepts)} concepts"
    print(f"{counts}: no problem.")
    print(f"{drafts} of {len(rulebase.rules)} rules are drafts that nobody has reviewed.")
    return DONE


def _review_test(chosen: argparse.Namespace) -> int:
    from quiz.review.cases import failing_cases

    rulebase = load_rules(chosen.rules)
    problems = failing_cases(rulebase, make_engine(rulebase).assess)
    for problem in problems:
        print(problem)
    cases = sum(len(rule.fires) + len(rule.near_miss) for rule in rulebase.rules.values()) + len(rulebase.vignettes)
    print(f"{cases} cases, {len(problems)} failed.")
    return PROBLEM if problems else DONE


def _review_measure(chosen: argparse.Namespace) -> int:
    from quiz.batch import Batch
    from quiz.review.measure import measure

    rulebase = load_rules(chosen.rules)
    try:
        lines = [line for line in Path(chosen.cases).read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{chosen.cases}: cannot be read: {error}") from error
    try:
        figures = measure(lines, Batch(rulebase, make_engine(rulebase).assess).run(lines))
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{chosen.cases}: these are not cases with an expected answer: {error}") from error
    print("\n".join(figures))
    return DONE
