"""Builds what is told beside the rules: the notice, advice, states and their sentences, look-alikes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from quiz.model import Advice, LookAlike, Sentence, State, Urgency
from quiz.rulebase.entries import EVERYTHING, Entries, File, Road
from quiz.rulebase.forms import Read


def notice(entries: Entries) -> Mapping[str, str]:
    given = [file for file in entries.files if file.form["notice"] is not None]
    if not given and not entries.excused("notice"):
        entries.note(entries.folder, "R410", "no file has a `notice`", "write `notice: {is: ..., is_not: ...}`")
    for file in given[1:]:
        first = given[0].place("notice")
        entries.note(file.place("notice"), "R401", f'"notice" is already given at {first}', "keep one of them")
    return MappingProxyType(given[0].form["notice"] if given and given[0].form["notice"] else {})


def advice(entries: Entries) -> dict[Urgency, Advice]:
    advice = {
        Urgency[name.upper()]: Advice(
            Urgency[name.upper()], form["headline"], form["action"], file.place("advice", name)
        )
        for file, name, form in entries.each("advice")
    }
    for urgency in Urgency:
        if urgency not in advice and not entries.excused(urgency.word) and not entries.excused("advice"):
            entries.note(
                entries.folder, "R410", f"no advice for {urgency.word}", f"write `advice: {{{urgency.word}: ...}}`"
            )
    return advice


def states(entries: Entries) -> dict[str, State]:
    built = {}
    for name, (file, form) in sorted(entries.states.items(), key=lambda item: item[1][1]["rank"]):
        road = ("states", name)
        about, tests, ask = (_sentences(entries, file, (*road, part), form[part]) for part in ("about", "tests", "ask"))
        built[name] = State(name, form["electrolyte"], form["direction"], form["name"], form["clinical_name"],
                            about, tests, ask, file.place(*road))  # fmt: skip
    return built


def general(entries: Entries, section: Literal["general_questions", "general_cautions"]) -> tuple[Sentence, ...]:
    return tuple(
        sentence
        for file in entries.files
        if file.form[section]
        for sentence in _sentences(entries, file, (section,), file.form[section])
    )


def _sentences(entries: Entries, file: File, road: Road, forms: Sequence[Read]) -> tuple[Sentence, ...]:
    read = []
    for index, form in enumerate(forms):
        here: Road = (*road, index)
        when = entries.condition(file, (*here, "when"), EVERYTHING) if form["when"] is not None else None
        answered_by = tuple(form["answered_by"])
        for place, name in enumerate(answered_by):
            entries.is_known(name, entries.findings, file.place(*here, "answered_by", place), "R408", "finding")
        read.append(Sentence(form["says"], entries.cites(file, here, form), when, answered_by, file.place(*here)))
    return tuple(read)


def look_alikes(entries: Entries) -> dict[str, LookAlike]:
    built = {}
    for file, name, form in entries.each("look_alikes"):
        place = file.place("look_alikes", name)
        entries.known(form["findings"], entries.findings, file, ("look_alikes", name, "findings"), "R408", "finding")
        facts = entries.cites(file, ("look_alikes", name), form)
        built[name] = LookAlike(name, form["says"], tuple(form["findings"]), form["urgent"], facts, place)
    return built


def diseases(entries: Entries) -> dict[str, str]:
    named = {}
    for file, name, finding in entries.each("diseases"):
        if finding is not None:
            entries.is_known(finding, entries.findings, file.value("diseases", name), "R408", "finding")
        named[name] = finding or ""
    return named
