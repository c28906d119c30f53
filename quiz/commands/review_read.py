"""`review test`, `rule`, `finding`, `concept`, `state`, `atlas`, `book`: the rules and their cases, to be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from quiz.commands.arguments import PARTS_OF_RULES
from quiz.commands.shared import load_rules, make_engine, width_out
from quiz.commands.tables import Tables
from quiz.errors import QuizError, did_you_mean
from quiz.exitcodes import DONE, PROBLEM

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping
    from typing import Any

    from quiz.formulas import Formulas
    from quiz.model import Answers, RuleBase
    from quiz.review.atlas import Atlas
    from quiz.review.book import Section
    from quiz.solver import Clauses


def known(word: str, ids: Iterable[str], what: str, job: str) -> str:
    """The id, or a QuizError that names the nearest one."""
    listed = list(ids)
    if word not in listed:
        hint = did_you_mean(word, listed) or f"`review {job}` without an id lists them all"
        raise QuizError(f'unknown {what} "{word}"\n  hint: {hint}')
    return word


def run_test(chosen: argparse.Namespace) -> int:
    from quiz.review.case_report import summary, table
    from quiz.review.cases import all_cases
    from quiz.review.english import English
    from quiz.text import page

    rulebase = load_rules(chosen.rules)
    if chosen.rule:
        known(chosen.rule, (*rulebase.rules, *rulebase.vignettes), "rule or vignette", "rule")
    engine = make_engine(rulebase)

    def fires(answers: Answers, rule: str) -> bool:
        return engine.certain(answers).rule(rule)

    cases = list(all_cases(rulebase, engine.assess, fires, Tables(rulebase, chosen.rules).read(), chosen.rule))
    shown = [case for case in cases if case.failed] if chosen.failed else cases
    counts = page("\n".join(summary(cases)), width_out())
    print("\n".join((*table(English(rulebase), shown, width_out()), *([""] if shown else []), counts)).strip("\n"))
    return PROBLEM if any(case.failed for case in cases) else DONE


def run_dossier(chosen: argparse.Namespace) -> int:
    from quiz.formulas import Formulas
    from quiz.review.dossier import Dossiers
    from quiz.solver import Clauses
    from quiz.text import page

    rulebase = load_rules(chosen.rules)
    written: Mapping[str, Any] = getattr(rulebase, PARTS_OF_RULES[chosen.kind])
    if not chosen.id:
        print("\n".join(written))
        return DONE
    one = written[known(chosen.id, written, chosen.kind, chosen.kind)]
    formulas = Formulas(rulebase)
    clauses = Clauses(formulas.nodes)
    try:
        dossiers = Dossiers(rulebase, clauses.choices, formulas)
        print(page(getattr(dossiers, chosen.kind)(one).text(), width_out()))
    finally:
        clauses.close()
    return DONE


# --- the atlas and the book -------------------------------------------------------------------------


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
