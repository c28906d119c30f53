"""Builds what is asked: findings, what follows from their answers, screens, and names of medicines."""

from __future__ import annotations

from types import MappingProxyType

from quiz.answers import read_answer, same_level
from quiz.logic import positive
from quiz.model import NO, UNSURE, YES, Finding, Implication, Screen, Unit
from quiz.rulebase.conditions import COMPARISONS, ONE_STRETCH, interval
from quiz.rulebase.entries import Entries, File

NO_NAMES = frozenset({YES, NO, UNSURE, "not sure", "none"})
"""Words that a person types where names of medicines are asked for, and that name none."""


def read_findings(entries: Entries) -> None:
    """Fills `entries.findings`: all else refers to them."""
    for file, name, form in entries.each("findings"):
        place, span = file.place("findings", name), form["range"]
        entries.not_reserved(name, place)
        if (form["unit"] is None) != (span is None) or (form["unit"] and form["choices"]):
            entries.note(place, "R411", f'"{name}" is a number with `unit` and `range`, or has `choices`, or neither',
                         "add what is missing, or take one away")  # fmt: skip
        if form["unit"] is None and (form["bands"] or form["other_units"]):
            entries.note(place, "R411", f'"{name}" has no unit, so no bands and no other units',
                         "give it `unit` and `range`, or take these away")  # fmt: skip
        if form["ask_unit"] and all(factor == 1 for factor in form["other_units"].values()):
            entries.note(file.place("findings", name, "ask_unit"), "R411",
                         f'"{name}" asks for its unit, and a number in any of its units is the same',
                         "add a unit to `other_units`, or leave `ask_unit` out")  # fmt: skip
        if span and span["low"] >= span["high"]:
            entries.note(
                file.place("findings", name, "range"), "R412", "the range is empty", "`low` must be below `high`"
            )
        if form["choices"] and (UNSURE in form["choices"] or len(set(form["choices"])) != len(form["choices"])):
            entries.note(file.place("findings", name, "choices"), "R413", "choices must differ",
                         "not sure is always one of them and is not listed")  # fmt: skip
        bands = {}
        for band, bounds in form["bands"].items():
            where = ("findings", name, "bands", band)
            entries.cites(file, where, bounds)
            try:
                bands[band] = interval(bounds)
            except ValueError as error:
                entries.note(file.place(*where), "C318", str(error), ONE_STRETCH)
                continue
            for word, bound in ((each, bounds[each]) for each in COMPARISONS if bounds[each] is not None):
                if span and not span["low"] <= bound <= span["high"]:
                    ends = f"{span['low']:g} to {span['high']:g}"
                    entries.note(
                        file.value(*where, word),
                        "C317",
                        f"{bound:g} is outside the range of {name} ({ends})",
                        "mend the number, or the range",
                    )
        entries.findings[name] = Finding(
            id=name, kind=form["kind"], label=form["label"], question=form["question"], position=place,
            rephrase=form["rephrase"] or "", help=form["help"] or "", examples=tuple(form["examples"]),
            choices=tuple(form["choices"] or ()), unit=form["unit"] or "",
            low=span["low"] if span else 0.0, high=span["high"] if span else 0.0,
            other_units=tuple(Unit(unit, factor) for unit, factor in form["other_units"].items()),
            ask_unit=form["ask_unit"],
            bands=MappingProxyType(bands),
            facts=tuple(fact for bounds in form["bands"].values() for fact in bounds["facts"]),
            yes_is_well=form["yes_is_well"], same_levels=MappingProxyType(form["same_levels"]),
        )  # fmt: skip
        _levels_are_the_same(entries, file, entries.findings[name])


def _levels_are_the_same(entries: Entries, file: File, finding: Finding) -> None:
    for printed, own in finding.same_levels.items():
        where = file.value("findings", finding.id, "same_levels", printed)
        try:
            if not same_level(finding, printed, own):
                by_factor = f"{read_answer(finding, printed):g} {finding.unit}"
                entries.note(where, "R426", f"{printed} is {by_factor} by its factor, and not {own}",
                             "look at the unit, at its factor in `other_units`, and at both numbers")  # fmt: skip
        except ValueError as error:
            entries.note(where, "R426", str(error), "write two printed results, each with its unit")


def implications(entries: Entries) -> tuple[Implication, ...]:
    read = []
    for file in entries.files:
        for index, form in enumerate(file.form["implications"]):
            road = ("implications", index)
            when = entries.condition(file, (*road, "when"), "findings")
            then: dict[str, str] = {}
            for name, word in form["then"].items():
                if not entries.is_known(name, entries.findings, file.place(*road, "then", name), "R408", "finding"):
                    continue
                words = entries.findings[name].words
                if word not in words:
                    hint = f"say {' or '.join(words)}" if words else "only an answer in words can follow"
                    entries.note(file.value(*road, "then", name), "C314", f'"{word}" is no value of {name}', hint)
                then[name] = word
            if when is not None:
                when = positive(when, entries.findings)
                read.append(Implication(when, MappingProxyType(then), form["because"], file.place(*road)))
    return tuple(read)


def screens(entries: Entries) -> dict[str, Screen]:
    screens: dict[str, Screen] = {}
    seen: dict[str, str] = {}
    for file, name, form in entries.each("screens"):
        road = ("screens", name)
        for index, finding in enumerate(form["findings"]):
            place = file.place(*road, "findings", index)
            if not entries.is_known(finding, entries.findings, place, "R408", "finding"):
                continue
            if finding in seen:
                entries.note(place, "R416", f'"{finding}" already stands on screen "{seen[finding]}"', "ask it once")
            seen.setdefault(finding, name)
        screens[name] = Screen(name, form["title"], form["intro"] or "", form["ask"], tuple(form["findings"]),
                               form["typed"], form["red_flags"], file.place(*road))  # fmt: skip
    return screens


def medicines(entries: Entries) -> dict[str, tuple[str, ...]]:
    spelled: dict[str, str] = {}
    by_name: dict[str, list[str]] = {}
    for file, finding, names in entries.each("medicines"):
        entries.is_known(finding, entries.findings, file.place("medicines", finding), "R408", "finding")
        for index, name in enumerate(names):
            if name.casefold() in NO_NAMES:
                place = file.place("medicines", finding, index)
                entries.note(place, "R405", f'"{name}" is an answer, and no name of a medicine',
                             "write the name that stands on its package")  # fmt: skip
            classes = by_name.setdefault(spelled.setdefault(name.casefold(), name), [])
            if finding in classes:
                place = file.place("medicines", finding, index)
                entries.note(place, "R417", f'"{name}" stands here twice', "take one away")
            classes.append(finding)
    return {name: tuple(classes) for name, classes in sorted(by_name.items(), key=lambda item: item[0].lower())}
