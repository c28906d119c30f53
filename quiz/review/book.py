"""The whole rule base as one page to read, print and sign. The same rules give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from quiz.model import (
    Cautions,
    Concept,
    Conclusion,
    Condition,
    Fact,
    Holds,
    Provenance,
    Raises,
    Rule,
    RuleBase,
    Source,
    SpeaksAgainst,
    State,
    Strength,
    Supports,
    Urgency,
    leaves,
)
from quiz.review.atlas import MEANING, Atlas, pair_in_words
from quiz.review.dossier import Dossiers, standing, weakness
from quiz.review.english import Line
from quiz.review.picture import map_of_shared, map_of_state, matrix
from quiz.text import inert


@dataclass(frozen=True, slots=True)
class Section:
    """Something that another room tells: proofs, coverage. Its lines are a list, each with what stands below it."""

    id: str
    title: str
    text: str = ""
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list, with the items below it. `link` is where it leads in the page, or empty."""

    text: str
    link: str
    below: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """A fact with its sources, as (id, title)."""

    id: str
    text: str
    weak: str
    sources: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule or a concept, ready to be shown. `level` is a word for its style: strong, emergency, caution, idea ..."""

    id: str
    kind: str
    level: str
    title: str
    then: str
    when: tuple[Item, ...]
    because: str
    grounds: tuple[Ground, ...]
    fires: tuple[str, ...]
    misses: tuple[str, ...]
    rivals: tuple[Item, ...]
    used_by: tuple[Item, ...]
    standing: str
    signed: bool
    place: str


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one heading."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A state, the urgencies, or the ideas. `map` is a drawing, or empty."""

    id: str
    title: str
    subtitle: str
    map: str
    groups: tuple[Group, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(entry for group in self.groups for entry in group.entries)


@dataclass(frozen=True, slots=True)
class Open:
    """Something that is not finished, and where."""

    title: str
    text: str
    items: tuple[Item, ...]


LEVELS = {
    Urgency.EMERGENCY: "Red flags: help now",
    Urgency.SAME_DAY: "Help the same day",
    Urgency.SOON: "Help within days",
    Urgency.ROUTINE: "At the next visit",
}


class Book:
    """What stands in the book."""

    def __init__(
        self, rulebase: RuleBase, dossiers: Dossiers, found: Atlas, population: str, sections: Sequence[Section] = ()
    ) -> None:
        """`population` says how the random cases of the atlas were made; `sections` come after the atlas."""
        self.rulebase, self.dossiers, self.english = rulebase, dossiers, dossiers.english
        self.found, self.population, self.sections = found, population, tuple(sections)
        self.rules = [rule for rule in rulebase.rules.values() if rule.provenance.state != "retired"]

    def html(self) -> str:
        from importlib.resources import files

        from jinja2 import Environment, StrictUndefined

        environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        environment.filters["inert"] = inert
        template = environment.from_string((files("quiz") / "review" / "book.html.j2").read_text(encoding="utf-8"))
        chapters = tuple(self.chapters())
        text: str = template.render(
            rulebase=self.rulebase,
            chapters=chapters,
            figures=self.figures(),
            states=self.overview(),
            shared=map_of_shared(self.rulebase),
            atlas=self.found,
            atlas_matrix=matrix(self.english, self.found),
            atlas_pairs=tuple(self.pairs()),
            atlas_meaning=MEANING,
            population=self.population,
            sections=tuple((each, nested(each.lines, self.link)) for each in self.sections),
            open=tuple(self.open()),
            cited=self.cited(),
        )
        return "\n".join(line.rstrip() for line in text.strip().split("\n")) + "\n"

    # --- the whole ----------------------------------------------------------------------------------

    def figures(self) -> tuple[tuple[int, str], ...]:
        rulebase = self.rulebase
        return (
            (len(self.rules), "rules"),
            (len(rulebase.findings), "findings"),
            (len(rulebase.concepts), "ideas"),
            (len(self.cited()), "sources cited"),
            (len(rulebase.vignettes), "vignettes"),
            (sum(rule.provenance.state == "reviewed" for rule in self.rules), "rules reviewed"),
        )

    def overview(self) -> tuple[tuple[State, tuple[int, ...]], ...]:
        """For each state: strong, moderate and weak rules, rules against it, cautions, vignettes that name it."""
        rows = []
        for state in self.rulebase.states.values():
            counts = [len(self._with(Supports(state.id, strength))) for strength in sorted(Strength, reverse=True)]
            against = len(self._with(SpeaksAgainst(state.id)))
            cautions = sum(isinstance(rule.then, Cautions) and state.id in rule.then.states for rule in self.rules)
            vignettes = sum(state.id in each.named for each in self.rulebase.vignettes.values())
            rows.append((state, (*counts, against, cautions, vignettes)))
        return tuple(rows)

    def pairs(self) -> Iterator[str]:
        for pair in sorted(self.found.pairs, key=lambda each: -each.both):
            yield _first_upper(pair_in_words(self.english, pair, self.found.vignettes, self.found.random))

    def cited(self) -> tuple[Source, ...]:
        """The sources behind some rule or concept, in the order of their ids."""
        used = {source for each in self._written() for fact in each.facts for source in self._fact(fact).sources}
        used |= {source for each in self._written() for source in each.sources}
        return tuple(self.rulebase.sources[each] for each in sorted(used))

    def _written(self) -> Iterator[Provenance]:
        yield from (rule.provenance for rule in self.rules)
        yield from (concept.provenance for concept in self.rulebase.concepts.values())

    def _fact(self, fact: str) -> Fact:
        return self.rulebase.facts[fact]

    # --- chapters -----------------------------------------------------------------------------------

    def chapters(self) -> Iterator[Chapter]:
        for state in self.rulebase.states.values():
            yield self._state(state)
        groups = tuple(self._group(title, self._with(Raises(urgency))) for urgency, title in LEVELS.items())
        yield Chapter("urgency", "How soon to get help", "The highest that fires counts; they are never added up.",
                      "", _filled(groups))  # fmt: skip
        general = self._group(
            "For the whole note", [*self._with(Cautions((), at_once=True)), *self._with(Cautions(()))]
        )
        if general.entries:
            yield Chapter("warnings", "Warnings", "These are shown with every note they fire for.", "", (general,))
        ideas = tuple(self._concept(each) for each in self.rulebase.concepts.values())
        subtitle = "Ideas that rules share: mechanisms, settings and pictures of complaints."
        yield Chapter("ideas", "Ideas", subtitle, "", _filled([Group("In the order of the files", ideas)]))

    def _state(self, state: State) -> Chapter:
        warnings = [
            rule for rule in self.rules if isinstance(rule.then, Cautions) and rule.then.states[:1] == (state.id,)
        ]
        groups = (
            *(
                self._group(f"Names it with {strength.word} support", self._with(Supports(state.id, strength)))
                for strength in sorted(Strength, reverse=True)
            ),
            self._group("Speaks against it", self._with(SpeaksAgainst(state.id))),
            self._group("Warnings beside it", warnings),
        )
        drawing = map_of_state(self.rulebase, state.id)
        return Chapter(f"state-{state.id}", _first_upper(state.name), state.clinical_name, drawing, _filled(groups))

    def _with(self, then: Conclusion) -> list[Rule]:
        return [rule for rule in self.rules if rule.then == then]

    def _group(self, title: str, rules: Iterable[Rule]) -> Group:
        return Group(title, tuple(map(self._rule, rules)))

    def _rule(self, rule: Rule) -> Entry:
        rivals = self.dossiers.rivals(rule)[:3]
        return Entry(
            id=rule.id, kind="rule", level=_level(rule.then), title=rule.says,
            then=self.english.conclusion(rule.then),
            when=nested(self.english.lines(rule.when), self.link), because=rule.because,
            grounds=self._grounds(rule.provenance),
            fires=tuple(map(self.english.case, rule.fires)), misses=tuple(map(self.english.case, rule.near_miss)),
            rivals=tuple(Item(other.id, f"#rule-{other.id}") for other, _ in rivals), used_by=(),
            standing=standing(rule, self.rulebase), signed=rule.provenance.state == "reviewed",
            place=str(rule.position),
        )  # fmt: skip

    def _concept(self, concept: Concept) -> Entry:
        users = [
            *(
                Item(each.label, f"#concept-{each.id}")
                for each in self.rulebase.concepts.values()
                if _names(each.when, concept)
            ),
            *(Item(rule.id, f"#rule-{rule.id}") for rule in self.rules if _names(rule.when, concept)),
        ]
        return Entry(
            id=concept.id, kind="concept", level="idea", title=_first_upper(concept.label), then="",
            when=nested(self.english.lines(concept.when), self.link), because=concept.because,
            grounds=self._grounds(concept.provenance), fires=(), misses=(), rivals=(), used_by=tuple(users),
            standing=standing(concept, self.rulebase), signed=concept.provenance.state == "reviewed",
            place=str(concept.position),
        )  # fmt: skip

    def _grounds(self, provenance: Provenance) -> tuple[Ground, ...]:
        found = []
        for name in provenance.facts:
            fact = self._fact(name)
            sources = tuple((each, self.rulebase.sources[each].title) for each in fact.sources)
            found.append(Ground(name, fact.text, weakness(fact.basis, fact.confidence).strip(" ()"), sources))
        return tuple(found)

    def link(self, name: str) -> str:
        """Where an id leads in the page; empty for a finding, which has no place of its own."""
        if name in self.rulebase.concepts:
            return f"#concept-{name}"
        if name in self.rulebase.states:
            return f"#state-{name}"
        return f"#rule-{name}" if name in self.rulebase.rules else ""

    # --- what is not finished -----------------------------------------------------------------------

    def open(self) -> Iterator[Open]:
        """Each kind of thing that is not finished, those with nothing in them left out."""
        yield from (each for each in self._open() if each.items)

    def _open(self) -> Iterator[Open]:
        drafts = [rule for rule in self.rules if rule.provenance.state == "draft"]
        files: dict[str, int] = {}
        for rule in drafts:
            files[rule.position.path] = files.get(rule.position.path, 0) + 1
        speaking = sum(rule.provenance.state != "retired" for rule in self.rules)
        yield Open(f"{len(drafts)} of {speaking} rules are drafts", "Nobody has reviewed them. By file:",
                   tuple(Item(f"{path}: {count}", "") for path, count in sorted(files.items())))  # fmt: skip
        weak = [rule for rule in self.rules if all(map(self._is_weak, rule.provenance.facts))]
        yield Open(
            f"{len(weak)} rules rest on weak facts alone",
            "Every fact they cite is not yet read in a source, of low confidence, or disputed.",
            tuple(Item(rule.id, f"#rule-{rule.id}") for rule in weak),
        )
        unread = [each for each in self.rulebase.facts.values() if each.basis == "known" and each.id in self._used()]
        yield Open(
            f"{len(unread)} facts in use are not yet read in a source", "Check each in its source.",
            tuple(Item(f"{each.id}: {each.text}", "") for each in unread),
        )  # fmt: skip
        disputed = [each for each in self.rulebase.facts.values() if each.confidence in ("low", "disputed")]
        yield Open(
            f"{len(disputed)} facts are disputed or of low confidence", "",
            tuple(Item(f"{each.id}: {each.text}", "") for each in disputed),
        )  # fmt: skip
        unused = sorted(set(self.rulebase.facts) - self._used())
        yield Open(f"{len(unused)} facts are not used by any rule or idea", "",
                   (Item(", ".join(unused), ""),) if unused else ())  # fmt: skip

    def _used(self) -> frozenset[str]:
        return frozenset(fact for each in self._written() for fact in each.facts)

    def _is_weak(self, fact: str) -> bool:
        about = self._fact(fact)
        return about.basis == "known" or about.confidence in ("low", "disputed")


def _names(condition: Condition, concept: Concept) -> bool:
    return any(isinstance(leaf, Holds) and leaf.concept == concept.id for leaf in leaves(condition))


def _level(then: Conclusion) -> str:
    if isinstance(then, Supports):
        return then.strength.word
    if isinstance(then, Raises):
        return then.urgency.word.replace("_", "-")
    return "against" if isinstance(then, SpeaksAgainst) else "caution"


def _filled(groups: Iterable[Group]) -> tuple[Group, ...]:
    return tuple(group for group in groups if group.entries)


def nested(lines: Sequence[Line], link: Callable[[str], str]) -> tuple[Item, ...]:
    """Lines with depths as items with items below them."""
    items, place = [], 0
    while place < len(lines):
        line, end = lines[place], place + 1
        while end < len(lines) and lines[end].depth > line.depth:
            end += 1
        items.append(Item(line.text, link(line.link) if line.link else "", nested(lines[place + 1 : end], link)))
        place = end
    return tuple(items)


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
