"""`review rule`, `finding`, `concept`, `state`: one of them in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quiz.commands.arguments import PARTS_OF_RULES
from quiz.commands.shared import known_id, load_rules, width_out
from quiz.exitcodes import DONE

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from typing import Any


def run(chosen: argparse.Namespace) -> int:
    from quiz.formulas import Formulas
    from quiz.review.dossier import Dossiers
    from quiz.solver import Clauses
    from quiz.text import page

    rulebase = load_rules(chosen.rules)
    written: Mapping[str, Any] = getattr(rulebase, PARTS_OF_RULES[chosen.kind])
    if not chosen.id:
        print("\n".join(written))
        return DONE
    one = written[known_id(chosen.id, written, chosen.kind, f"`review {chosen.kind}` without an id lists them all")]
    formulas = Formulas(rulebase)
    clauses = Clauses(formulas.nodes)
    try:
        dossiers = Dossiers(rulebase, clauses.choices, formulas)
        print(page(getattr(dossiers, chosen.kind)(one).text(), width_out()))
    finally:
        clauses.close()
    return DONE
