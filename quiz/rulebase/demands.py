"""Builds the properties that hold for all answers, each with what it demands."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any, Literal

from quiz.model import (
    ANSWERED,
    HIGHER,
    LOWER,
    NOT_ASKED,
    UNSURE,
    AtLeastAsUrgent,
    Demand,
    Follows,
    Keeps,
    NotAll,
    OneFires,
    Property,
    Urgency,
)
from quiz.rulebase.entries import EVERYTHING, Entries, File, Road
from quiz.rulebase.forms import Read


def properties(entries: Entries) -> dict[str, Property]:
    rules = {name for _, name, _ in entries.each("rules", noting=False)}
    built = {}
    for file, name, form in entries.each("properties"):
        road = ("properties", name)
        when = entries.condition(file, (*road, "when"), EVERYTHING) if form["when"] is not None else None
        demand = _demand(entries, file, road, form, rules)
        facts = entries.cites(file, road, form)
        if demand is not None and (when is not None or form["when"] is None):
            built[name] = Property(name, form["says"], when, demand, form["because"], facts, file.place(*road))
    return built


def _demand(entries: Entries, file: File, road: Road, form: Read, rules: Set[str]) -> Demand | None:
    given = tuple(word for word in ("when", "then", "change", "keeps", "never_together") if form[word] is not None)
    if set(given) - {"when"} == {"change", "keeps"} and form["change"] and form["keeps"]:
        return _change(entries, file, (*road, "change"), form["change"], form["keeps"])
    if given == ("never_together",) and form["never_together"]:
        return _some_rules(entries, file, (*road, "never_together"), form["never_together"], rules, NotAll)
    if given == ("when", "then") and form["then"]:
        return _required(entries, file, (*road, "then"), form["then"], rules)
    entries.note(file.place(*road), "R420", "a property is of one kind",
                 "`when` and `then`, or `change` and `keeps`, or `never_together`")  # fmt: skip
    return None


def _some_rules(
    entries: Entries, file: File, road: Road, names: list[str], rules: Set[str], kind: type[OneFires | NotAll]
) -> Demand | None:
    known = [
        entries.is_known(each, dict.fromkeys(rules), file.place(*road, index), "R421", "rule")
        for index, each in enumerate(names)
    ]
    return kind(tuple(names)) if all(known) else None


def _required(entries: Entries, file: File, road: Road, form: Read, rules: Set[str]) -> Demand | None:
    given = [word for word in ("urgency_at_least", "tells", "holds", "never") if form[word] is not None]
    if len(given) != 1:
        told = f"this has {len(given)}: {', '.join(given)}" if given else "this has none"
        entries.note(file.place(*road), "R420", f"a property has one `then`, {told}",
                     "urgency_at_least, or tells, or holds, or never")  # fmt: skip
        return None
    if form["urgency_at_least"]:
        return AtLeastAsUrgent(Urgency[form["urgency_at_least"].upper()])
    if form["tells"]:
        return _some_rules(entries, file, (*road, "tells"), form["tells"], rules, OneFires)
    condition = entries.condition(file, (*road, given[0]), EVERYTHING)
    return Follows(condition, never=given == ["never"]) if condition is not None else None


def _change(entries: Entries, file: File, road: Road, form: Read, kept: Sequence[Any]) -> Keeps | None:
    entries.known(form["findings"] or (), entries.findings, file, (*road, "findings"), "R408", "finding")
    entries.known(form["without"], entries.findings, file, (*road, "without"), "R408", "finding")
    danger = {each for other in entries.files for screen in other.form["screens"].values() if screen["red_flags"]
              for each in screen["findings"]}  # fmt: skip
    named = form["findings"] or (danger if form["red_flags"] else ())
    wanted = form["findings"] or [each for each in entries.findings if each in danger or not form["red_flags"]]
    all_read = entries.files_are_read and not entries.broken & {"findings", "screens"}
    all_known = (form["findings"] or all_read) and entries.findings.keys() >= set(named)
    chosen = tuple(each for each in wanted if each in entries.findings and each not in form["without"])
    words = {word for each in chosen for word in entries.findings[each].words} | {UNSURE, NOT_ASKED}
    numbers = any(entries.findings[each].is_number for each in chosen)
    places = [(file.place(*road, "from", index), each, words | {ANSWERED}) for index, each in enumerate(form["from_"])]
    known = words | ({LOWER, HIGHER} if numbers else set())
    places.append((file.value(*road, "to"), form["to"], known))
    wrong = [(place, word, allowed) for place, word, allowed in places if word not in allowed]
    for place, word, allowed in wrong if chosen and all_known else ():
        hint = entries.found.near(word, allowed) or f"say {', '.join(sorted(allowed))}"
        entries.note(place, "C314", f'"{word}" is no answer to any of these findings', hint)
    if all_known and not set(wanted) - set(form["without"]):
        entries.note(file.place(*road), "R420", "a change needs a finding", "name one, or leave `findings` out")
    if wrong or not chosen:
        return None
    scope: Literal["", "all", "red_flags"] = "" if form["findings"] else "red_flags" if form["red_flags"] else "all"
    return Keeps(chosen, tuple(form["from_"]), form["to"], tuple(kept), scope, tuple(form["without"]))
