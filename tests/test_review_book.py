"""The rule book: complete, the same every time, and good to read in a real Chromium and on paper."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from quiz.engine import Engine
from quiz.errors import Position
from quiz.formulas import Formulas
from quiz.model import (
    YES,
    AtLeastAsUrgent,
    Concept,
    Holds,
    Is,
    Property,
    Provenance,
    RuleBase,
    Urgency,
    leaves,
)
from quiz.review.atlas import atlas
from quiz.review.book import Book, Section, nested
from quiz.review.chapters import of_coverage, of_proofs
from quiz.review.coverage import Coverage, score
from quiz.review.dossier import Dossiers
from quiz.review.english import English, Line
from quiz.review.population import DECLARED, people
from quiz.review.prove import proofs
from quiz.rulebase import load
from quiz.solver import Clauses
from tests.conftest import ROOT, outside
from tests.test_cli import run
from tests.test_page import Seen, look

SMALL = load(ROOT / "tests" / "rulebases" / "small")


def book_of(rulebase: RuleBase, sections: tuple[Section, ...] = ()) -> str:
    formulas = Formulas(rulebase)
    clauses = Clauses(formulas.nodes)
    try:
        found = atlas(rulebase, list(people(rulebase, random.Random(1), 50)), formulas, clauses.choices)
        return Book(rulebase, Dossiers(rulebase, clauses.choices, formulas), found, DECLARED, sections).html()
    finally:
        clauses.close()


@pytest.fixture(scope="module")
def book(rulebase: RuleBase) -> str:
    proofs = Section("proofs", "Proofs", "Of the rules as written.", (Line("one property"), Line("holds", 1)))
    return book_of(rulebase, (proofs,))


def test_every_rule_concept_and_state_has_its_place_once(rulebase: RuleBase, book: str) -> None:
    for kind, ids in (("rule", rulebase.rules), ("concept", rulebase.concepts), ("state", rulebase.states)):
        for each in ids:
            assert book.count(f' id="{kind}-{each}"') == 1, each


def test_every_link_inside_the_book_leads_somewhere(book: str) -> None:
    places = set(re.findall(r' id="([^"]+)"', book))

    assert {each for each in re.findall(r'href="#([^"]*)"', book) if each not in places} == set()


def test_the_same_rules_give_the_same_bytes() -> None:
    assert book_of(SMALL) == book_of(load(ROOT / "tests" / "rulebases" / "small"))


def test_the_command_writes_the_same_book_whatever_order_sets_have(tmp_path: Path) -> None:
    small, books = str(ROOT / "tests" / "rulebases" / "small"), [tmp_path / "a.html", tmp_path / "b.html"]
    for seed, path in enumerate(books, 1):
        done = run("review", "book", "--rules", small, "-o", str(path), PYTHONHASHSEED=str(seed))
        assert (done.returncode, done.stdout) == (0, f"The book is in {path}.\n")

    assert books[0].read_bytes() == books[1].read_bytes()
    for chapter in ("proofs", "coverage", "atlas", "open", "sign"):
        assert f'<section id="{chapter}"' in books[0].read_text(encoding="utf-8")


def test_a_book_of_other_rules_holds_no_word_of_the_shipped_ones(rulebase: RuleBase) -> None:
    book = book_of(SMALL)

    assert "hypohydria plantae" in book
    assert not {state.name for state in rulebase.states.values() if state.name in book}


def test_what_another_room_tells_gets_a_chapter_and_a_line_in_the_contents(book: str) -> None:
    assert '<h2 id="proofs-title">Proofs</h2>' in book
    assert '<li><a href="#proofs">Proofs</a></li>' in book


def test_the_chapter_on_proofs_tells_each_property_and_a_case_that_breaks_it() -> None:
    collapse, hanging = Is("collapsed", YES), Is("leaves_hang", YES)
    properties = {
        name: Property(name, f"It says {name}.", when, AtLeastAsUrgent(Urgency.SAME_DAY), "", (), Position("p.yaml", 1))
        for name, when in (("p.true", collapse), ("p.false", hanging))
    }
    rulebase = replace(SMALL, properties=properties)
    chapter = of_proofs(English(SMALL), proofs(rulebase, lambda: Engine(SMALL).assess))
    lines = [line.text for line in chapter.lines]

    assert chapter.text.startswith("1 of 2 properties hold")
    assert lines[:2] == ["It says p.false.", "p.false: does not hold: hanging leaves"]
    assert any(line.startswith("p.true: holds over ") for line in lines)
    assert "Rules that can never fire: none" in lines


def test_the_chapter_on_coverage_counts_changes_and_names_what_no_case_notices() -> None:
    name = "low-water.drought-and-signs"
    weak = replace(SMALL, rules={**SMALL.rules, name: replace(SMALL.rules[name], fires=(), near_miss=())}, vignettes={})
    outcomes = list(Coverage(weak, (), Clauses).outcomes())
    chapter = of_coverage(English(weak), outcomes)
    figures = score(outcomes)

    assert figures.survived
    assert f"{figures.killed} noticed, {figures.survived} not" in chapter.text
    assert Line(f"Not noticed in {name}", 0, name) in chapter.lines
    assert sum(line.depth for line in chapter.lines) == figures.survived


def test_a_retired_rule_is_not_in_the_book_and_a_reviewed_one_is_counted() -> None:
    rules = dict(SMALL.rules)
    first, second = list(rules)[:2]
    rules[first] = replace(rules[first], provenance=replace(rules[first].provenance, state="retired"))
    book = book_of(replace(SMALL, rules=rules))

    assert f'id="rule-{first}"' not in book
    assert f'id="rule-{second}"' in book
    assert "Reviewed by A. Gardener on 2026-02-01." in book
    assert "<b>1</b> rules reviewed" in book


def test_rules_that_rest_on_weak_facts_alone_are_told() -> None:
    facts = {name: replace(fact, basis="known") for name, fact in SMALL.facts.items()}
    speaking = [rule for rule in SMALL.rules.values() if rule.provenance.state != "retired"]

    assert f"{len(speaking)} rules rest on weak facts alone" in book_of(replace(SMALL, facts=facts))
    assert f"{len(speaking)} rules rest" not in book_of(SMALL)


def test_a_text_of_an_author_is_never_markup() -> None:
    name = "low-water.hanging"
    rules = {**SMALL.rules, name: replace(SMALL.rules[name], says="<script>alert(1)</script> & more")}
    book = book_of(replace(SMALL, rules=rules))

    assert "<script>alert" not in book
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in book


def test_lines_stand_below_the_line_they_are_deeper_than() -> None:
    lines = (Line("a"), Line("b", 1), Line("c", 2), Line("d", 1), Line("e"))
    first, last = nested(lines, lambda name: "")

    assert [each.text for each in first.below] == ["b", "d"]
    assert first.below[0].below[0].text == "c"
    assert last.text == "e"


def test_a_rule_without_facts_can_stand_in_a_book() -> None:
    name = "low-water.hanging"
    rules = {**SMALL.rules, name: replace(SMALL.rules[name], provenance=Provenance())}

    assert f'id="rule-{name}"' in book_of(replace(SMALL, rules=rules))


# --- in a browser -----------------------------------------------------------------------------------

EVERY = 100
"""One rule in so many stands in the book that the browser judges: axe takes minutes over all of them."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, rulebase: RuleBase) -> Mapping[str, Seen]:
    few = {each: rulebase.rules[each] for each in list(rulebase.rules)[::EVERY]}
    used = {leaf.concept for rule in few.values() for leaf in leaves(rule.when) if isinstance(leaf, Holds)}
    shipped = replace(rulebase, rules=few, vignettes={}, concepts=with_those_below(rulebase, used))
    return look(tmp_path_factory.mktemp("books"), {"shipped": book_of(shipped), "small": book_of(SMALL)})


def with_those_below(rulebase: RuleBase, wanted: set[str]) -> dict[str, Concept]:
    found: dict[str, Concept] = {}
    while wanted:
        name = wanted.pop()
        found[name] = rulebase.concepts[name]
        wanted |= {leaf.concept for leaf in leaves(found[name].when) if isinstance(leaf, Holds)} - set(found)
    return found


@outside("chromium", "npm")
def test_axe_finds_nothing_in_the_book_or_on_paper(seen: Mapping[str, Seen]) -> None:
    assert [page.violations for page in seen.values()] == [(), ()]


@outside("chromium", "npm")
def test_the_book_is_valid_html(seen: Mapping[str, Seen]) -> None:
    assert [page.mistakes for page in seen.values()] == [(), ()]


@outside("chromium", "npm")
def test_the_book_needs_nothing_from_elsewhere_and_fits_a_phone(seen: Mapping[str, Seen]) -> None:
    for page in seen.values():
        assert page.requests == ()
        assert page.wide <= 320
