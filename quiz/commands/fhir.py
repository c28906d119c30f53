"""`fhir`: the interview and its answers for other programs, and the `schema` of what `ask --json` writes."""

from __future__ import annotations

import argparse
import json
import sys

from quiz.commands.shared import DONE, Commands, load_rules, make_engine, read_answers_of


def add(commands: Commands, common: argparse.ArgumentParser) -> None:
    fhir = commands.add_parser("fhir", help="the interview and saved answers as FHIR R4 (JSON)")
    kinds = fhir.add_subparsers(title="resources", metavar="RESOURCE", required=True)
    asked = kinds.add_parser("questionnaire", parents=[common], help="all questions, as a Questionnaire")
    asked.set_defaults(run=_fhir_questionnaire)
    answered = kinds.add_parser("response", parents=[common], help="a saved interview, as a QuestionnaireResponse")
    answered.add_argument("session", metavar="SESSION.yaml", help="a saved interview or answers, or - ")
    answered.set_defaults(run=_fhir_response)

    schema = commands.add_parser("schema", help="the JSON Schema of what `ask --json` writes and reads")
    schema.set_defaults(run=_schema)


def _fhir_questionnaire(chosen: argparse.Namespace) -> int:
    from quiz.fhir import questionnaire

    print(json.dumps(questionnaire(load_rules(chosen.rules)), ensure_ascii=False, indent=2))
    return DONE


def _fhir_response(chosen: argparse.Namespace) -> int:
    from quiz.fhir import response
    from quiz.interview import Interview

    rulebase = load_rules(chosen.rules)
    saved = read_answers_of(rulebase, chosen.session, from_other_rules=True)
    if saved.gone:
        from quiz.text import inert

        print(f"not known to these rules, so left out: {inert(', '.join(saved.gone))}", file=sys.stderr)
    engine = make_engine(rulebase)
    completed = Interview(rulebase, engine.assess, engine.outlook).next(saved.session) is None
    print(json.dumps(response(rulebase, saved.session, completed=completed), ensure_ascii=False, indent=2))
    return DONE


def _schema(chosen: argparse.Namespace) -> int:
    from importlib.resources import files

    print((files("quiz") / "twin.schema.json").read_text(encoding="utf-8"), end="")
    return DONE
