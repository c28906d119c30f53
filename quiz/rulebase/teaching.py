"""Builds what is practised: teaching points, vignettes, made-up people, mechanisms, misconceptions."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from quiz.logic import positive
from quiz.model import (
    Mechanism,
    Misconception,
    Odd,
    Practice,
    Provenance,
    Rule,
    SpeaksAgainst,
    Supports,
    Teaching,
    Telling,
    Urgency,
    Vignette,
)
from quiz.rulebase.entries import EVERYTHING, Entries, File, Road
from quiz.rulebase.forms import Read
from quiz.rulebase.reasoning import conclusion

ALTERATIONS = ("ignores", "takes_for", "drops", "flips", "relaxes", "believes", "unsure_is_no")
"""The keys of a misconception that alter rules."""


def teaching(entries: Entries) -> dict[str, Teaching]:
    lessons = dict.fromkeys(name for _, name, _ in entries.each("teaching", noting=False))
    built = {}
    for file, name, form in entries.each("teaching"):
        place = file.place("teaching", name)
        if (form["kind"] == "comparison") != bool(form["row"] and form["column"]):
            entries.note(place, "R418", "a comparison has `row` and `column`, and nothing else has",
                         "write both, or another `kind`")  # fmt: skip
        if (form["kind"] == "food") != bool(form["minerals"] and form["foods"]):
            entries.note(place, "R418", "a food has `minerals` and `foods`, and nothing else has",
                         "write both, or another `kind`")  # fmt: skip
        if not set(form["only"]) <= set(form["foods"]):
            entries.note(place, "R418", "`only` names some of its own `foods`",
                         "name them as they stand under `foods`")  # fmt: skip
        entries.known(form["also"], lessons, file, ("teaching", name, "also"), "R422", "teaching point")
        built[name] = Teaching(
            name, form["kind"], form["says"], entries.cites(file, ("teaching", name), form), place,
            form["misconception"] or "", form["row"] or "", form["column"] or "",
            tuple(form["minerals"]), tuple(form["foods"]), tuple(form["only"]), tuple(form["also"]),
        )  # fmt: skip
    return built


def vignettes(entries: Entries) -> dict[str, Vignette]:
    built = {}
    for file, name, form in entries.each("vignettes"):
        place, road = file.place("vignettes", name), ("vignettes", name)
        entries.known(form["named"], entries.states, file, (*road, "named"), "C310", "state")
        entries.known(form["not_named"], entries.states, file, (*road, "not_named"), "C310", "state")
        built[name] = Vignette(
            name, form["title"], form["story"], entries.answers(file, (*road, "answers"), form["answers"]),
            tuple(form["named"]), tuple(form["not_named"]),
            None if form["urgency"] == "none" else Urgency[form["urgency"].upper()],
            form["reasoning"], entries.cites(file, road, form), place,
        )  # fmt: skip
    return built


def practice(entries: Entries) -> Practice:
    given = [file for file in entries.files if file.form["practice"] is not None]
    for file in given[1:]:
        first = given[0].place("practice")
        entries.note(file.place("practice"), "R401", f'"practice" is already given at {first}', "keep one of them")
    if not given or given[0].form["practice"] is None:
        return Practice()
    file, form = given[0], given[0].form["practice"]
    road = ("practice",)
    if form["people"]["youngest"] >= form["people"]["oldest"]:
        entries.note(file.place(*road, "people"), "R412", "the range is empty", "`youngest` must be below `oldest`")
    for key in ("common", "never", "sure", "with_causes"):
        entries.known(form[key], entries.findings, file, (*road, key), "R408", "finding")
    rules = dict.fromkeys(name for _, name, _ in entries.each("rules", noting=False))
    entries.known(form["take_nothing"], rules, file, (*road, "take_nothing"), "R421", "rule")
    for key in ("always", "often", "told"):
        for finding, others in form[key].items():
            entries.is_known(finding, entries.findings, file.place(*road, key, finding), "R408", "finding")
            if key != "told":
                entries.known(others, entries.findings, file, (*road, key, finding), "R408", "finding")
    odd = []
    for index, each in enumerate(form["odd"]):
        when = entries.condition(file, (*road, "odd", index, "when"), "findings")
        if when is not None:
            odd.append(Odd(positive(when, entries.findings), each["because"], file.place(*road, "odd", index)))
    return Practice(
        form["people"]["youngest"], form["people"]["oldest"],
        MappingProxyType({str(kind): count for kind, count in form["people"]["most"].items()}),
        tuple(form["common"]), tuple(form["never"]), tuple(form["sure"]),
        tuple(form["with_causes"]), tuple(form["take_nothing"]),
        MappingProxyType({finding: tuple(others) for finding, others in form["always"].items()}),
        MappingProxyType({finding: tuple(others) for finding, others in form["often"].items()}),
        MappingProxyType({finding: Telling(each["yes"] or "", each["no"] or "", each["noun"] or "")
                          for finding, each in form["told"].items()}),
        tuple(odd),
    )  # fmt: skip


def mechanisms(entries: Entries) -> dict[str, Mechanism]:
    built = {}
    for file, name, form in entries.each("mechanisms"):
        road = ("mechanisms", name)
        for key in ("through", "also"):
            entries.known(form[key], entries.findings, file, (*road, key), "R408", "finding")
        for key in ("to", "after"):
            entries.known(form[key], entries.states, file, (*road, key), "C310", "state")
        facts = entries.cites(file, road, form)
        built[name] = Mechanism(
            name, form["says"], tuple(form["through"]), tuple(form["to"]), facts, file.place(*road),
            tuple(form["also"]), tuple(form["after"]),
        )  # fmt: skip
    return built


def misconceptions(entries: Entries) -> dict[str, Misconception]:
    rules = {name: form for _, name, form in entries.each("rules", noting=False)}
    concepts = dict.fromkeys(name for _, name, _ in entries.each("concepts", noting=False))
    lessons = dict.fromkeys(name for _, name, _ in entries.each("teaching", noting=False))
    ideas = {**entries.findings, **concepts}
    built = {}
    for file, name, form in entries.each("misconceptions"):
        road = ("misconceptions", name)
        facts = entries.cites(file, road, form)
        entries.is_known(form["teaching"], lessons, file.value(*road, "teaching"), "R422", "teaching point")
        entries.known(form["ignores"], ideas, file, (*road, "ignores"), "C303", "finding or concept")
        for finding, other in form["takes_for"].items():
            entries.is_known(finding, entries.findings, file.place(*road, "takes_for", finding), "R408", "finding")
            entries.is_known(other, entries.findings, file.value(*road, "takes_for", finding), "R408", "finding")
        entries.known(form["drops"], rules, file, (*road, "drops"), "R421", "rule")
        for index, rule in enumerate(form["flips"]):
            place = file.place(*road, "flips", index)
            if entries.is_known(rule, rules, place, "R421", "rule") and not rules[rule]["then"]["supports"]:
                entries.note(place, "R423", f'"{rule}" supports no state, so it cannot be flipped',
                             "name a rule with `supports`")  # fmt: skip
        for rule, granted in form["relaxes"].items():
            entries.is_known(rule, rules, file.place(*road, "relaxes", rule), "R421", "rule")
            entries.known(granted, ideas, file, (*road, "relaxes", rule), "C303", "finding or concept")
        believes = tuple(_beliefs(entries, file, (*road, "believes"), name, form, facts))
        built[name] = Misconception(
            name, form["says"], form["teaching"], facts, file.place(*road), tuple(form["ignores"]),
            MappingProxyType(dict(form["takes_for"])), tuple(form["drops"]), tuple(form["flips"]),
            MappingProxyType({rule: tuple(granted) for rule, granted in form["relaxes"].items()}),
            believes, form["unsure_is_no"],
        )  # fmt: skip
        if not any(form[key] for key in ALTERATIONS):
            entries.note(file.place(*road), "R423", "alters no rule",
                         "say what it ignores, takes for another, drops, flips, relaxes or believes")  # fmt: skip
    return built


def _beliefs(entries: Entries, file: File, road: Road, name: str, form: Read, facts: tuple[str, ...]) -> Iterator[Rule]:
    for index, each in enumerate(form["believes"]):
        here = (*road, index)
        then = conclusion(entries, file, (*road, index, "then"), each["then"])
        early = isinstance(then, (Supports, SpeaksAgainst))
        when = entries.condition(file, (*here, "when"), "findings, concepts" if early else EVERYTHING)
        if when is not None and then is not None:
            yield Rule(f"{name}.belief-{index + 1}", form["says"], when, then, "", Provenance(facts), (), (),
                       file.place(*here))  # fmt: skip
