"""What proofs and coverage say in the book."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from quiz.review.book import Section
from quiz.review.coverage import Outcome, score
from quiz.review.english import English, Line
from quiz.review.mutants import OPERATORS
from quiz.review.prove import Proofs, Proved


def of_proofs(english: English, proofs: Proofs) -> Section:
    """Every property with its verdict, and what the rules show besides."""
    hold = sum(each.verdict.holds for each in proofs.proved)
    text = (
        f"{hold} of {len(proofs.proved)} properties hold over all answers that can stand together, three values each. "
        "A proof covers the rules as they are written, not medicine."
    )
    return Section("proofs", "Proofs", text, (*_properties(english, proofs.proved), *_besides(english, proofs)))


def _properties(english: English, proved: Iterable[Proved]) -> Iterator[Line]:
    for each in sorted(proved, key=lambda each: each.verdict.holds):
        verdict = each.verdict
        yield Line(verdict.property.says)
        if verdict.idle:
            yield Line(f"{verdict.property.id}: says nothing, as no answers make its condition true", 1)
        elif verdict.holds:
            yield Line(f"{verdict.property.id}: holds over {verdict.findings} findings", 1)
        else:
            case = f": {english.case(verdict.witness.answers)}" if verdict.witness else ""
            yield Line(f"{verdict.property.id}: does not hold{case}", 1)


def _besides(english: English, proofs: Proofs) -> Iterator[Line]:
    found = proofs.overlaps
    if found is None:
        return
    for title, names in (
        ("Rules that can never fire", found.never_firing),
        ("Concepts that can never hold", found.never_holding),
        ("Ideas that nothing rests on", found.unused_concepts),
        ("Findings that change nothing", found.idle_findings),
        ("Red flags that the questions can step over", tuple(each.rule for each in found.red_flags.stepped_over)),
    ):
        yield Line(f"{title}: {'none' if not names else ''}")
        for name in names:
            yield Line(name, 1, name)


def of_coverage(english: English, outcomes: Iterable[Outcome]) -> Section:
    """How many small changes the cases notice, and those they do not."""
    tried = tuple(outcomes)
    figures = score(tried)
    text = (
        f"{figures.share:.1%} of the small changes to the rules are noticed by some case: {figures.killed} noticed, "
        f"{figures.survived} not; {figures.equivalent} are proved to make no difference and do not count."
    )
    lines: list[Line] = []
    for operator, name in OPERATORS.items():
        of_kind = score(each for each in tried if each.mutant.operator == operator)
        if of_kind.killed + of_kind.survived:
            lines.append(Line(f"{name}: {of_kind.killed} noticed, {of_kind.survived} not"))
    survivors = [each for each in tried if each.killer is not None]
    for where, changes in groupby(survivors, key=lambda each: each.mutant.where):
        lines.append(Line(f"Not noticed in {where}", 0, where if where in english.rulebase.rules else ""))
        lines += [Line(f"a change that {each.mutant.what}", 1) for each in changes]
    return Section("coverage", "Coverage", text, tuple(lines))
