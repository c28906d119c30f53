"""`assess` many cases and list the `findings` that a case may hold."""

from __future__ import annotations

import argparse
import json
import sys

from quiz.commands.shared import DONE, PROBLEM, Commands, load_rules, make_engine
from quiz.errors import StoreError


def add(commands: Commands, common: argparse.ArgumentParser) -> None:
    assess = commands.add_parser("assess", parents=[common], help="assess many cases: JSON lines in, JSON lines out")
    assess.add_argument("cases", metavar="IN.jsonl", help='lines of {"id": ..., "answers": {...}}, or - ')
    assess.set_defaults(run=_assess)

    findings = commands.add_parser("findings", parents=[common], help="list everything that can be asked")
    findings.add_argument("--json", action="store_true", help="as JSON")
    findings.set_defaults(run=_findings)


def _assess(chosen: argparse.Namespace) -> int:
    from quiz.batch import Batch

    rulebase = load_rules(chosen.rules)
    batch = Batch(rulebase, make_engine(rulebase).assess)
    if chosen.cases == "-":
        for line in batch.run(sys.stdin):
            print(line)
    else:
        try:
            with open(chosen.cases, encoding="utf-8", errors="replace") as lines:
                for line in batch.run(lines):
                    print(line)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise StoreError(f"{chosen.cases}: cannot be read: {error.strerror or error}") from error
    if batch.unknown:
        print(f"not known to these rules, so left out: {', '.join(sorted(batch.unknown))}", file=sys.stderr)
    if batch.bad:
        print(f"{batch.bad} lines could not be read", file=sys.stderr)
    return PROBLEM if batch.bad else DONE


def _findings(chosen: argparse.Namespace) -> int:
    rulebase = load_rules(chosen.rules)
    if chosen.json:
        told = [
            {
                "id": each.id,
                "kind": each.kind,
                "label": each.label,
                "question": each.question,
                **({"words": [*each.words, "unsure"]} if not each.is_number else {}),
                **({"unit": each.unit, "range": [each.low, each.high]} if each.is_number else {}),
            }
            for each in rulebase.findings.values()
        ]
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return DONE
    for each in rulebase.findings.values():
        values = f"number in {each.unit}" if each.is_number else " / ".join((*each.words, "unsure"))
        print(f"{each.id}  ({each.kind}; {values})\n    {each.question}")
    return DONE
