"""Builds concepts and rules: what is concluded, from what, on which grounds, and by whom it was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from quiz.errors import Position
from quiz.model import (
    Answer,
    Cautions,
    Concept,
    Conclusion,
    Condition,
    Group,
    Holds,
    Provenance,
    Raises,
    Rule,
    SpeaksAgainst,
    Strength,
    Supports,
    Urgency,
)
from quiz.rulebase.entries import EVERYTHING, Entries, File, Road
from quiz.rulebase.forms import Read
from quiz.signature import signature

DEEPEST = 60
"""Levels of groups and concepts on top of each other. A rule needs about ten; the engine runs one layer for each."""


class Reasoning:
    """Builds the concepts, then the rules that stand on them."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self._depths: dict[str, int] = {}

    def concepts(self) -> dict[str, Concept]:
        concepts = {}
        for file, name, form in self._entries.each("concepts"):
            road = ("concepts", name)
            self._entries.not_reserved(name, file.place(*road))
            if name in self._entries.findings:
                self._entries.note(file.place(*road), "R402", f'"{name}" is already a finding', "give it another id")
            when = self._entries.condition(file, (*road, "when"))
            provenance = _provenance(self._entries, file, road, form)
            if when is not None:
                concepts[name] = Concept(name, form["label"], when, form["because"], provenance, file.place(*road))
                self._is_as_signed(concepts[name], file, form)
        self._measure(concepts)
        return concepts

    def _measure(self, concepts: Mapping[str, Concept]) -> None:
        """Notes each circle of concepts, and each concept or rule that stands on too many levels."""

        def depth(name: str, road: tuple[str, ...]) -> int:
            if name in road:
                chain = " -> ".join((*road[road.index(name) :], name))
                self._entries.note(concepts[name].position, "R414", f"concepts define each other in a circle: {chain}",
                                   "let one of them do without the next")  # fmt: skip
                self._depths.update(dict.fromkeys(road, 0))
            elif name in concepts and name not in self._depths and len(road) <= DEEPEST:
                found = _depth(concepts[name].when, lambda concept: depth(concept, (*road, name)))
                self._not_too_deep(found, concepts[name].position)
                self._depths.setdefault(name, found if found <= DEEPEST else 0)  # told once, not again for all above it
            return self._depths.get(name, DEEPEST if name in concepts else 0)

        for name in concepts:
            depth(name, ())

    def _not_too_deep(self, depth: int, place: Position) -> None:
        if depth > DEEPEST:
            told = f"stands on {depth} levels of groups and concepts, at most {DEEPEST} can be run"
            self._entries.note(place, "R419", told, "make the concepts below it flatter")

    def rules(self) -> dict[str, Rule]:
        rules = {}
        for file, name, form in self._entries.each("rules"):
            road = ("rules", name)
            then = conclusion(self._entries, file, (*road, "then"), form["then"])
            early = isinstance(then, (Supports, SpeaksAgainst))
            when = self._entries.condition(file, (*road, "when"), "findings, concepts" if early else EVERYTHING)
            provenance = _provenance(self._entries, file, road, form)
            cases: dict[str, tuple[Mapping[str, Answer], ...]] = {}
            for key in ("fires", "near_miss"):
                cases[key] = tuple(
                    self._entries.answers(file, (*road, key, index), each) for index, each in enumerate(form[key])
                )
            if when is not None and then is not None:
                self._not_too_deep(_depth(when, lambda concept: self._depths.get(concept, 0)), file.place(*road))
                rules[name] = Rule(name, form["says"], when, then, form["because"], provenance,
                                   cases["fires"], cases["near_miss"], file.place(*road))  # fmt: skip
                self._is_as_signed(rules[name], file, form)
        return rules

    def _is_as_signed(self, entry: Rule | Concept, file: File, form: Any) -> None:
        """Notes a review that was of something else."""
        if form["state"] != "reviewed" or form["reviewed"] is None or not self._grounds_are_known(entry):
            return
        signed, now = form["reviewed"]["of"], signature(entry, self._entries)
        if signed != now:
            place = file.place("rules" if isinstance(entry, Rule) else "concepts", entry.id, "reviewed")
            what = "was changed since it was reviewed" if signed else "does not tell what was reviewed"
            hint = f'write `state: draft`, or have it read as it is now and write `of: "{now}"`'
            self._entries.note(place, "R425", f'"{entry.id}" {what}', hint)

    def _grounds_are_known(self, entry: Rule | Concept) -> bool:
        """Whether all that it cites could be read: without, it would be signed as something else."""
        facts, sources = self._entries.facts, self._entries.sources
        return set(entry.provenance.facts) <= facts.keys() and set(entry.provenance.sources) <= sources.keys()


def conclusion(entries: Entries, file: File, road: Road, form: Read) -> Conclusion | None:
    """What stands in a `then`; None where it cannot be read, which is noted."""
    given = [word for word in ("supports", "against", "urgency", "caution") if form[word] is not None]
    place = file.place(*road)
    if len(given) != 1:
        told = f"this has {len(given)}: {', '.join(given)}" if given else "this has none"
        entries.note(place, "R415", f"a rule has one conclusion, {told}",
                     "supports with strength, or against, or urgency, or caution")  # fmt: skip
        return None
    if (form["strength"] is not None) != (given == ["supports"]):
        entries.note(place, "R415", "`supports` and `strength` stand together", "say weak, moderate or strong")
        return None
    if form["at_once"] and given != ["caution"]:
        entries.note(place, "R415", "`at_once` stands beside `caution`", "an emergency is told at once in any case")
        return None
    known = True
    if form["supports"] or form["against"]:
        known = entries.is_known(
            str(form["supports"] or form["against"]), entries.states, file.value(*road, given[0]), "C310", "state"
        )
    for index, state in enumerate(form["caution"] or ()):
        known &= entries.is_known(state, entries.states, file.place(*road, "caution", index), "C310", "state")
    if not known:
        return None
    if form["supports"] and form["strength"]:
        return Supports(form["supports"], Strength[form["strength"].upper()])
    if form["against"]:
        return SpeaksAgainst(form["against"])
    if form["urgency"]:
        return Raises(Urgency[form["urgency"].upper()])
    return Cautions(tuple(form["caution"] or ()), form["at_once"])


def _provenance(entries: Entries, file: File, road: Road, form: Any) -> Provenance:
    facts = entries.cites(file, road, form)
    cited = {source for fact in facts if fact in entries.facts for source in entries.facts[fact].sources}
    for index, source in enumerate(form["sources"]):
        place = file.place(*road, "sources", index)
        known = entries.is_known(source, entries.sources, place, "R403", "source")
        all_known = all(fact in entries.facts for fact in facts) and cited <= entries.sources.keys()
        if known and source not in cited and all_known:
            entries.note(place, "R406", f'source "{source}" belongs to none of the facts cited here',
                         f"they rest on {', '.join(sorted(cited))}")  # fmt: skip
    reviewed = form["reviewed"]
    if (form["state"] == "reviewed") != (reviewed is not None):
        entries.note(
            file.value(*road, "state"),
            "R407",
            "state and review do not go together",
            "write `state: reviewed` and `reviewed: {by: NAME, on: DATE, of: SIGNATURE}`, or neither",
        )
    if reviewed is not None and (wrong := _no_day_until_now(reviewed["on"])):
        entries.note(file.value(*road, "reviewed", "on"), "R407", f'"{reviewed["on"]}" {wrong}',
                     "write the day on which it was read, as year-month-day")  # fmt: skip
    by, on = (reviewed["by"], reviewed["on"]) if reviewed is not None else ("", "")
    return Provenance(facts, tuple(form["sources"]), form["state"], by, on)


def _no_day_until_now(text: str) -> str:
    """What is wrong with the day of a review, or nothing. Tomorrow is today elsewhere."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return "is no date"
    return "is still to come" if day > date.today() + timedelta(days=1) else ""


def _depth(condition: Condition, of_concept: Callable[[str], int]) -> int:
    """Levels of groups and of concepts under a condition."""
    if isinstance(condition, Group):
        return 1 + max(_depth(part, of_concept) for part in condition.of)
    return 1 + of_concept(condition.concept) if isinstance(condition, Holds) else 0


def look_into_the_half_read(entries: Entries) -> None:
    """Notes what else is wrong in a rule or a concept whose form has a mistake, so that all is told at once."""
    for file, road, wrong in entries.half_read:
        entry = file.at(*road).plain() if road[0] in ("rules", "concepts") else None
        whole = {key: entry[key] for key in entry if key not in wrong} if isinstance(entry, dict) else {}
        if "when" in whole:
            entries.condition(file, (*road, "when"), EVERYTHING if road[0] == "rules" else "findings, concepts")
        entries.known(whole.get("facts", ()), entries.facts, file, (*road, "facts"), "R404", "fact")
        entries.known(whole.get("sources", ()), entries.sources, file, (*road, "sources"), "R403", "source")
        for key in ("fires", "near_miss"):
            for index, each in enumerate(whole.get(key, ())):
                entries.answers(file, (*road, key, index), each)
