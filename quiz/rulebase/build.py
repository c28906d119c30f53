"""Builds the rule base from the texts of its files, room by room."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType

from quiz.errors import Position, Problem, RuleBaseError
from quiz.model import Fact, RuleBase, Source
from quiz.rulebase import asked, demands, teaching, told
from quiz.rulebase.entries import Entries
from quiz.rulebase.files import RuleFiles
from quiz.rulebase.found import Enough
from quiz.rulebase.reasoning import Reasoning, look_into_the_half_read


def build(read: RuleFiles) -> RuleBase:
    """The rule base in these files. Raises RuleBaseError with every problem of every file."""
    built, problems = attempt(read)
    if built is None or problems:
        raise RuleBaseError(problems)
    return built


def attempt(read: RuleFiles) -> tuple[RuleBase | None, list[Problem]]:
    """What can be built of these files, and every problem. None where too little is known even to judge the words."""
    entries = Entries(read.name)
    with no_search_for_garbage():
        try:
            entries.read(read)
            built = _built(entries, read.digest[:12])
        except Enough:
            return None, entries.found.problems
    return built if entries.all_words_are_known else None, entries.found.problems


@contextmanager
def no_search_for_garbage() -> Iterator[None]:
    """Python looks for circles among its values again and again while many are made; a tree of forms has none.

    In 5,000 rules more than half of the time went there.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def _built(entries: Entries, fingerprint: str) -> RuleBase:
    """Everything that can be built. What others refer to comes first."""
    entries.facts, entries.sources = _facts(entries), _sources(entries)
    _facts_are_grounded(entries)
    asked.read_findings(entries)
    entries.states = {name: (file, form) for file, name, form in entries.each("states")}
    reasoning = Reasoning(entries)
    built = RuleBase(
        title=next((file.form["title"] for file in entries.files if file.form["title"]), ""),
        notice=told.notice(entries),
        fingerprint=fingerprint,
        facts=MappingProxyType(entries.facts),
        sources=MappingProxyType(entries.sources),
        findings=MappingProxyType(entries.findings),
        concepts=MappingProxyType(reasoning.concepts()),
        rules=MappingProxyType(reasoning.rules()),
        states=MappingProxyType(told.states(entries)),
        advice=MappingProxyType(told.advice(entries)),
        implications=asked.implications(entries),
        screens=MappingProxyType(asked.screens(entries)),
        medicines=MappingProxyType(asked.medicines(entries)),
        look_alikes=MappingProxyType(told.look_alikes(entries)),
        general_questions=told.general(entries, "general_questions"),
        general_cautions=told.general(entries, "general_cautions"),
        glossary=MappingProxyType({name: text for _, name, text in entries.each("glossary")}),
        teaching=MappingProxyType(teaching.teaching(entries)),
        vignettes=MappingProxyType(teaching.vignettes(entries)),
        diseases=MappingProxyType(told.diseases(entries)),
        not_asked=MappingProxyType({name: text for _, name, text in entries.each("not_asked")}),
        properties=MappingProxyType(demands.properties(entries)),
        practice=teaching.practice(entries),
        mechanisms=MappingProxyType(teaching.mechanisms(entries)),
        misconceptions=MappingProxyType(teaching.misconceptions(entries)),
        places=MappingProxyType(dict(_places(entries))),
    )
    look_into_the_half_read(entries)
    return built


def _facts(entries: Entries) -> dict[str, Fact]:
    return {
        name: Fact(
            name, form["text"], tuple(form["sources"]), form["basis"], form["confidence"], file.place("facts", name)
        )
        for file, name, form in entries.each("facts")
    }  # fmt: skip


def _facts_are_grounded(entries: Entries) -> None:
    for file, name, form in entries.each("facts", noting=False):
        entries.known(form["sources"], entries.sources, file, ("facts", name, "sources"), "R403", "source")


def _sources(entries: Entries) -> dict[str, Source]:
    return {
        name: Source(
            name, form["title"], form["publisher"], form["year"], form["url"], form["extent"],
            file.place("sources", name),
        )
        for file, name, form in entries.each("sources")
    }  # fmt: skip


def _places(entries: Entries) -> Iterator[tuple[str, Position]]:
    for file, name, _ in entries.each("glossary", noting=False):
        yield name, file.place("glossary", name)
    for file, finding, names in entries.each("medicines", noting=False):
        yield from ((f"medicines.{each}", file.place("medicines", finding, n)) for n, each in enumerate(names))
    for file in entries.files:
        yield from ((name, file.place("notice", name.rstrip("_"))) for name in file.form["notice"] or ())
