"""`fhir`: the interview and its answers for programs that speak FHIR."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from quiz.commands.shared import left_out, load_rules, make_engine, read_answers_of
from quiz.exitcodes import DONE

if TYPE_CHECKING:
    import argparse


def run_questionnaire(chosen: argparse.Namespace) -> int:
    from quiz.fhir import questionnaire
    from quiz.text import inert_json

    print(inert_json(json.dumps(questionnaire(load_rules(chosen.rules)), ensure_ascii=False, indent=2)))
    return DONE


def run_response(chosen: argparse.Namespace) -> int:
    from quiz.fhir import response
    from quiz.interview import Interview
    from quiz.text import inert_json

    rulebase = load_rules(chosen.rules)
    saved = read_answers_of(rulebase, chosen.session, from_other_rules=True)
    if saved.gone:
        print(left_out(saved.gone), file=sys.stderr)
    engine = make_engine(rulebase)
    completed = Interview(rulebase, engine.assess, engine.outlook).next(saved.session) is None
    told = response(rulebase, saved.session, completed=completed)
    print(inert_json(json.dumps(told, ensure_ascii=False, indent=2)))
    return DONE
