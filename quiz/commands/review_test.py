"""`review test`: every case of the rules as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quiz.commands.shared import known_id, load_rules, make_engine, width_out
from quiz.commands.tables import Tables
from quiz.exitcodes import DONE, PROBLEM

if TYPE_CHECKING:
    import argparse

    from quiz.model import Answers


def run(chosen: argparse.Namespace) -> int:
    from quiz.review.case_report import summary, table
    from quiz.review.cases import all_cases
    from quiz.review.english import English
    from quiz.text import page

    rulebase = load_rules(chosen.rules)
    if chosen.rule:
        named = (*rulebase.rules, *rulebase.vignettes)
        known_id(chosen.rule, named, "rule or vignette", "`review rule` lists the rules")
    engine = make_engine(rulebase)

    def fires(answers: Answers, rule: str) -> bool:
        return engine.certain(answers).rule(rule)

    cases = list(all_cases(rulebase, engine.assess, fires, Tables(rulebase, chosen.rules).read(), chosen.rule))
    shown = [case for case in cases if case.failed] if chosen.failed else cases
    counts = page("\n".join(summary(cases)), width_out())
    print("\n".join((*table(English(rulebase), shown, width_out()), *([""] if shown else []), counts)).strip("\n"))
    return PROBLEM if any(case.failed for case in cases) else DONE
