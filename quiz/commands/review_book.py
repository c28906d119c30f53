"""`review atlas`, `book`: the rule base as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quiz.commands.shared import load_rules, make_engine, width_out
from quiz.commands.tables import Tables
from quiz.exitcodes import DONE

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from quiz.formulas import Formulas
    from quiz.model import RuleBase
    from quiz.review.atlas import Atlas
    from quiz.review.book import Section
    from quiz.solver import Clauses


def _atlas_of(rulebase: RuleBase, count: int, seed: int, formulas: Formulas, clauses: Clauses) -> Atlas:
    import random

    from quiz.review.atlas import atlas
    from quiz.review.population import people

    return atlas(rulebase, list(people(rulebase, random.Random(seed), count)), formulas, clauses.choices)


def run_atlas(chosen: argparse.Namespace) -> int:
    from quiz.formulas import Formulas
    from quiz.review.atlas import in_text
    from quiz.review.english import English
    from quiz.review.picture import matrix
    from quiz.review.population import DECLARED
    from quiz.solver import Clauses
    from quiz.store import write_private
    from quiz.text import inert

    rulebase = load_rules(chosen.rules)
    formulas = Formulas(rulebase)
    clauses = Clauses(formulas.nodes)
    try:
        found = _atlas_of(rulebase, chosen.cases, chosen.seed, formulas, clauses)
    finally:
        clauses.close()
    english = English(rulebase)
    if chosen.output is not None:
        write_private(chosen.output, inert(matrix(english, found)) + "\n")
        print(f"The picture is in {inert(str(chosen.output))}.")
        return DONE
    declared = f"{DECLARED} (seed {chosen.seed})"
    print("\n".join(in_text(english, found, declared, width_out(), chosen.all)))
    return DONE


BOOK_CASES, BOOK_SEED = 2000, 1
"""Random cases of the atlas in a book, so that the same rules give the same book."""


def run_book(chosen: argparse.Namespace) -> int:
    from quiz.formulas import Formulas
    from quiz.review.book import Book
    from quiz.review.dossier import Dossiers
    from quiz.review.population import DECLARED
    from quiz.solver import Clauses
    from quiz.store import write_private
    from quiz.text import inert

    rulebase = load_rules(chosen.rules)
    formulas = Formulas(rulebase)
    clauses = Clauses(formulas.nodes)
    try:
        found = _atlas_of(rulebase, BOOK_CASES, BOOK_SEED, formulas, clauses)
        sections = [_proofs_chapter(rulebase), *([] if chosen.quick else [_coverage_chapter(rulebase, chosen.rules)])]
        book = Book(rulebase, Dossiers(rulebase, clauses.choices, formulas), found, DECLARED, sections)
        write_private(chosen.output, inert(book.html()))
    finally:
        clauses.close()
    print(f"The book is in {inert(str(chosen.output))}.")
    return DONE


def _proofs_chapter(rulebase: RuleBase) -> Section:
    from quiz.review.chapters import of_proofs
    from quiz.review.english import English
    from quiz.review.prove import proofs

    return of_proofs(English(rulebase), proofs(rulebase, lambda: make_engine(rulebase).assess))


def _coverage_chapter(rulebase: RuleBase, folder: Path | None) -> Section:
    from quiz.commands.progress import counted
    from quiz.review.chapters import of_coverage
    from quiz.review.coverage import Coverage
    from quiz.review.english import English
    from quiz.solver import Clauses

    coverage = Coverage(rulebase, Tables(rulebase, folder).read(), Clauses)
    tried = counted(coverage.outcomes(), len(coverage.mutants), "changes tried")
    return of_coverage(English(rulebase), tried)
