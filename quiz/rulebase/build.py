"""Builds the rule base from the texts of its files."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Literal

from quiz import yamltext
from quiz.answers import read_answer, same_level
from quiz.errors import Position, Problem, RuleBaseError
from quiz.logic import positive
from quiz.model import (
    ANSWERED,
    HIGHER,
    LOWER,
    NO,
    NOT_ASKED,
    UNSURE,
    YES,
    Advice,
    Answer,
    AtLeastAsUrgent,
    Cautions,
    Concept,
    Conclusion,
    Condition,
    Demand,
    Fact,
    Finding,
    Follows,
    Group,
    Holds,
    Implication,
    Keeps,
    LookAlike,
    Mechanism,
    Misconception,
    NotAll,
    Odd,
    OneFires,
    Practice,
    Property,
    Provenance,
    Raises,
    Rule,
    RuleBase,
    Screen,
    Sentence,
    Source,
    SpeaksAgainst,
    State,
    Strength,
    Supports,
    Teaching,
    Telling,
    Unit,
    Urgency,
    Vignette,
)
from quiz.rulebase.conditions import COMPARISONS, GROUPS, ONE_STRETCH, UNKNOWN, ConditionReader, interval
from quiz.rulebase.files import RuleFiles
from quiz.rulebase.forms import Form, Read
from quiz.rulebase.found import Enough, Found
from quiz.signature import signature
from quiz.yamltext import Node

BESIDE_ANSWERS = ("answers", "shown", "asked", "other_medicines", "named_medicines", "session", "rulebase")

RESERVED = frozenset({*GROUPS, "named", "count", "of", "id", "sid", *BESIDE_ANSWERS})
"""Words that no finding or concept may take: the language's own, the engine's, and those beside answers in a file."""

NO_NAMES = frozenset({YES, NO, UNSURE, "not sure", "none"})
"""Words that a person types where names of medicines are asked for, and that name none."""

EVERYTHING = "findings, concepts, states"

DEEPEST = 60
"""Levels of groups and concepts on top of each other. A rule needs about ten; the engine runs one layer for each."""

ALTERATIONS = ("ignores", "takes_for", "drops", "flips", "relaxes", "believes", "unsure_is_no")
"""The keys of a misconception that alter rules."""

_WORDS = re.compile(rb"[A-Za-z](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
"""What could be an id."""

_Road = tuple[str | int, ...]


def build(read: RuleFiles) -> RuleBase:
    """The rule base in these files. Raises RuleBaseError with every problem of every file."""
    built, problems = attempt(read)
    if built is None or problems:
        raise RuleBaseError(problems)
    return built


def attempt(read: RuleFiles) -> tuple[RuleBase | None, list[Problem]]:
    """What can be built of these files, and every problem. None where too little is known even to judge the words."""
    builder = _Builder(read.name)
    with _no_search_for_garbage():
        try:
            builder.read(read)
            built = builder.build(read.digest[:12])
        except Enough:
            return None, builder.found.problems
    return built if builder.all_words_are_known else None, builder.found.problems


def check_form(read: RuleFiles) -> None:
    """Looks at the texts of these files and at their form, but not at what they mean. Raises RuleBaseError."""
    with _no_search_for_garbage():
        problems = _problems_of_form(read)  # what was read for them is gone before anybody searches
    if problems:
        raise RuleBaseError(problems)


def _problems_of_form(read: RuleFiles) -> list[Problem]:
    builder = _Builder(read.name)
    with suppress(Enough):
        builder.read(read)
    return builder.found.problems


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
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


def _no_day_until_now(text: str) -> str:
    """What is wrong with the day of a review, or nothing. Tomorrow is today elsewhere."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return "is no date"
    return "is still to come" if day > date.today() + timedelta(days=1) else ""


class _File:
    """One file after its form was checked."""

    def __init__(self, node: Node, path: str, form: Read) -> None:
        self.node, self.path, self.form = node, path, form

    def place(self, *road: str | int) -> Position:
        """Where a key or an entry of a list begins."""
        return Position(self.path, *self.node.find(road))

    def value(self, *road: str | int) -> Position:
        """Where the value of a key begins."""
        return Position(self.path, *self.node.find(road, value=True))

    def at(self, *road: str | int) -> Node:
        node = self.node
        for step in road:
            inside: Any = node.value
            node = inside[step]
        return node


def _depth(condition: Condition, of_concept: Callable[[str], int]) -> int:
    """Levels of groups and of concepts under a condition."""
    if isinstance(condition, Group):
        return 1 + max(_depth(part, of_concept) for part in condition.of)
    return 1 + of_concept(condition.concept) if isinstance(condition, Holds) else 0


class _Builder:
    """Collects files, then builds the values. Mistakes are noted and what can be read goes on being read."""

    def __init__(self, folder: str) -> None:
        self.folder = Position(folder)
        self.files: list[_File] = []
        self.found = Found()
        self.findings: dict[str, Finding] = {}
        self.broken: set[str] = set()
        self.half_read: list[tuple[_File, _Road, Set[str | int]]] = []
        self.files_are_read = True
        self.words_unread: set[bytes] | None = set()

    def read(self, files: RuleFiles) -> None:
        """All that can be known of the files one by one."""
        for problem in files.problems:
            self.found.add(problem)
            self._pass_over(problem)
        for shown_as, content in files.files:
            self._add(content, shown_as)

    def _add(self, content: bytes | Problem, path: str) -> None:
        node = content if isinstance(content, Problem) else yamltext.parse(content, path)
        if isinstance(node, Problem):
            self.found.add(node)
            self._pass_over(content)
            return
        form = Form(node, path, self.found)
        self.broken |= form.broken
        if form.content is None:
            self._pass_over(content)
        else:
            file = _File(node, path, form.content)
            self.files.append(file)
            self.half_read += ((file, road, wrong) for road, wrong in form.wrong.items())

    def _pass_over(self, content: bytes | Problem) -> None:
        """Remembers the words of what cannot be used. None stands for all: of a folder, or where it is no text."""
        self.files_are_read = False
        if isinstance(content, Problem) or b"\0" in content:  # a zero is in every letter of UTF-16
            self.words_unread = None
        elif self.words_unread is not None:
            self.words_unread.update(_WORDS.findall(content))

    def _excused(self, name: str) -> bool:
        """Whether an unknown id may be one whose definition could not be read, which is told already."""
        return name in self.broken or self.words_unread is None or name.encode() in self.words_unread

    def _note(self, place: Position, code: str, message: str, hint: str = "") -> None:
        self.found.add(Problem(place, code, message, hint))

    def _each(self, section: str, *, noting: bool = True) -> Iterator[tuple[_File, str, Any]]:
        """(file, id, form) for a section over all files. An id that stands twice is skipped, and noted."""
        seen: dict[str, Position] = {}
        for file in self.files:
            for name, form in file.form[section].items():
                place = file.place(section, name)
                if name in seen:
                    if noting:
                        self._note(place, "R401", f'"{name}" is already defined at {seen[name]}', "give it another id")
                    continue
                seen[name] = place
                yield file, name, form

    @property
    def all_words_are_known(self) -> bool:
        """Whether all that explains a word is there: the same sentence would else read harder than it is."""
        return self.files_are_read and not self.broken & {"glossary", "states"}

    def build(self, fingerprint: str) -> RuleBase:
        """Everything that can be built."""
        facts = {
            name: Fact(
                name, form["text"], tuple(form["sources"]), form["basis"], form["confidence"], file.place("facts", name)
            )
            for file, name, form in self._each("facts")
        }  # fmt: skip
        sources = {
            name: Source(
                name, form["title"], form["publisher"], form["year"], form["url"], form["extent"],
                file.place("sources", name),
            )
            for file, name, form in self._each("sources")
        }  # fmt: skip
        self.facts, self.sources = facts, sources
        for file, name, form in self._each("facts", noting=False):
            self._known(form["sources"], sources, file, ("facts", name, "sources"), "R403", "source")
        self._read_findings()
        concepts = {name: (file, form) for file, name, form in self._each("concepts")}
        self.states = {name: (file, form) for file, name, form in self._each("states")}
        for name, (file, _) in concepts.items():
            self._not_reserved(name, file.place("concepts", name))
            if name in self.findings:
                self._note(file.place("concepts", name), "R402", f'"{name}" is already a finding', "give it another id")
        self.reader = ConditionReader(self.findings, set(concepts), set(self.states), self._excused, self.found)
        built = RuleBase(
            title=next((file.form["title"] for file in self.files if file.form["title"]), ""),
            notice=self._notice(),
            fingerprint=fingerprint,
            facts=MappingProxyType(facts),
            sources=MappingProxyType(sources),
            findings=MappingProxyType(self.findings),
            concepts=MappingProxyType(self._concepts(concepts)),
            rules=MappingProxyType(self._rules()),
            states=MappingProxyType(self._states()),
            advice=MappingProxyType(self._advice()),
            implications=self._implications(),
            screens=MappingProxyType(self._screens()),
            medicines=MappingProxyType(self._medicines()),
            look_alikes=MappingProxyType(self._look_alikes()),
            general_questions=self._general("general_questions"),
            general_cautions=self._general("general_cautions"),
            glossary=MappingProxyType({name: text for _, name, text in self._each("glossary")}),
            teaching=MappingProxyType(self._teaching()),
            vignettes=MappingProxyType(self._vignettes()),
            diseases=MappingProxyType(self._diseases()),
            not_asked=MappingProxyType({name: text for _, name, text in self._each("not_asked")}),
            properties=MappingProxyType(self._properties()),
            practice=self._practice(),
            mechanisms=MappingProxyType(self._mechanisms()),
            misconceptions=MappingProxyType(self._misconceptions()),
            places=MappingProxyType(dict(self._places())),
        )
        self._look_into_the_half_read()
        return built

    # --- checks that several sections share ---------------------------------------------------------

    def _is_known(self, name: str, known: Mapping[str, Any], place: Position, code: str, what: str) -> bool:
        if name not in known and not self._excused(name):
            self._note(place, code, f'unknown {what} "{name}"', self.found.near(name, known) or UNKNOWN)
        return name in known

    def _known(
        self, ids: Iterable[str], known: Mapping[str, Any], file: _File, road: _Road, code: str, what: str
    ) -> None:
        """Notes the unknown ids of the list at the end of a road."""
        for index, each in enumerate(ids):
            self._is_known(each, known, file.place(*road, index), code, what)

    def _cites(self, file: _File, road: _Road, form: Any) -> tuple[str, ...]:
        self._known(form["facts"], self.facts, file, (*road, "facts"), "R404", "fact")
        return tuple(form["facts"])

    def _not_reserved(self, name: str, place: Position) -> None:
        if name in RESERVED:
            self._note(place, "R405", f'"{name}" is a reserved word', "choose another id")

    def _condition(self, file: _File, road: _Road, over: str = "findings, concepts") -> Condition | None:
        return self.reader.read(file.at(*road), file.path, over=over)

    def _provenance(self, file: _File, road: _Road, form: Any) -> Provenance:
        facts = self._cites(file, road, form)
        cited = {source for fact in facts if fact in self.facts for source in self.facts[fact].sources}
        for index, source in enumerate(form["sources"]):
            place = file.place(*road, "sources", index)
            known = self._is_known(source, self.sources, place, "R403", "source")
            all_known = all(fact in self.facts for fact in facts) and cited <= self.sources.keys()
            if known and source not in cited and all_known:
                self._note(place, "R406", f'source "{source}" belongs to none of the facts cited here',
                           f"they rest on {', '.join(sorted(cited))}")  # fmt: skip
        reviewed = form["reviewed"]
        if (form["state"] == "reviewed") != (reviewed is not None):
            self._note(
                file.value(*road, "state"),
                "R407",
                "state and review do not go together",
                "write `state: reviewed` and `reviewed: {by: NAME, on: DATE, of: SIGNATURE}`, or neither",
            )
        if reviewed is not None and (wrong := _no_day_until_now(reviewed["on"])):
            self._note(file.value(*road, "reviewed", "on"), "R407", f'"{reviewed["on"]}" {wrong}',
                       "write the day on which it was read, as year-month-day")  # fmt: skip
        by, on = (reviewed["by"], reviewed["on"]) if reviewed is not None else ("", "")
        return Provenance(facts, tuple(form["sources"]), form["state"], by, on)

    def _answers(self, file: _File, road: _Road, form: Mapping[str, Any]) -> Mapping[str, Answer]:
        read: dict[str, Answer] = {}
        for name, raw in form.items():
            if not self._is_known(name, self.findings, file.place(*road, name), "R408", "finding"):
                continue
            try:
                read[name] = read_answer(self.findings[name], raw)
            except ValueError as error:
                self._note(file.value(*road, name), "A501", str(error))
        return MappingProxyType(read)

    # --- the sections -------------------------------------------------------------------------------

    def _notice(self) -> Mapping[str, str]:
        given = [file for file in self.files if file.form["notice"] is not None]
        if not given and not self._excused("notice"):
            self._note(self.folder, "R410", "no file has a `notice`", "write `notice: {is: ..., is_not: ...}`")
        for file in given[1:]:
            first = given[0].place("notice")
            self._note(file.place("notice"), "R401", f'"notice" is already given at {first}', "keep one of them")
        return MappingProxyType(given[0].form["notice"] if given and given[0].form["notice"] else {})

    def _places(self) -> Iterator[tuple[str, Position]]:
        for file, name, _ in self._each("glossary", noting=False):
            yield name, file.place("glossary", name)
        for file, finding, names in self._each("medicines", noting=False):
            yield from ((f"medicines.{each}", file.place("medicines", finding, n)) for n, each in enumerate(names))
        for file in self.files:
            yield from ((name, file.place("notice", name.rstrip("_"))) for name in file.form["notice"] or ())

    def _advice(self) -> dict[Urgency, Advice]:
        advice = {
            Urgency[name.upper()]: Advice(
                Urgency[name.upper()], form["headline"], form["action"], file.place("advice", name)
            )
            for file, name, form in self._each("advice")
        }
        for urgency in Urgency:
            if urgency not in advice and not self._excused(urgency.word) and not self._excused("advice"):
                self._note(
                    self.folder, "R410", f"no advice for {urgency.word}", f"write `advice: {{{urgency.word}: ...}}`"
                )
        return advice

    def _read_findings(self) -> None:
        for file, name, form in self._each("findings"):
            place, span = file.place("findings", name), form["range"]
            self._not_reserved(name, place)
            if (form["unit"] is None) != (span is None) or (form["unit"] and form["choices"]):
                self._note(place, "R411", f'"{name}" is a number with `unit` and `range`, or has `choices`, or neither',
                           "add what is missing, or take one away")  # fmt: skip
            if form["unit"] is None and (form["bands"] or form["other_units"]):
                self._note(place, "R411", f'"{name}" has no unit, so no bands and no other units',
                           "give it `unit` and `range`, or take these away")  # fmt: skip
            if span and span["low"] >= span["high"]:
                self._note(
                    file.place("findings", name, "range"), "R412", "the range is empty", "`low` must be below `high`"
                )
            if form["choices"] and (UNSURE in form["choices"] or len(set(form["choices"])) != len(form["choices"])):
                self._note(file.place("findings", name, "choices"), "R413", "choices must differ",
                           "not sure is always one of them and is not listed")  # fmt: skip
            bands = {}
            for band, bounds in form["bands"].items():
                where = ("findings", name, "bands", band)
                self._cites(file, where, bounds)
                try:
                    bands[band] = interval(bounds)
                except ValueError as error:
                    self._note(file.place(*where), "C318", str(error), ONE_STRETCH)
                    continue
                for word, bound in ((each, bounds[each]) for each in COMPARISONS if bounds[each] is not None):
                    if span and not span["low"] <= bound <= span["high"]:
                        ends = f"{span['low']:g} to {span['high']:g}"
                        self._note(
                            file.value(*where, word),
                            "C317",
                            f"{bound:g} is outside the range of {name} ({ends})",
                            "mend the number, or the range",
                        )
            self.findings[name] = Finding(
                id=name, kind=form["kind"], label=form["label"], question=form["question"], position=place,
                rephrase=form["rephrase"] or "", help=form["help"] or "", examples=tuple(form["examples"]),
                choices=tuple(form["choices"] or ()), unit=form["unit"] or "",
                low=span["low"] if span else 0.0, high=span["high"] if span else 0.0,
                other_units=tuple(Unit(unit, factor) for unit, factor in form["other_units"].items()),
                bands=MappingProxyType(bands),
                facts=tuple(fact for bounds in form["bands"].values() for fact in bounds["facts"]),
                yes_is_well=form["yes_is_well"], same_levels=MappingProxyType(form["same_levels"]),
            )  # fmt: skip
            self._levels_are_the_same(file, self.findings[name])

    def _levels_are_the_same(self, file: _File, finding: Finding) -> None:
        for printed, own in finding.same_levels.items():
            where = file.value("findings", finding.id, "same_levels", printed)
            try:
                if not same_level(finding, printed, own):
                    by_factor = f"{read_answer(finding, printed):g} {finding.unit}"
                    self._note(where, "R426", f"{printed} is {by_factor} by its factor, and not {own}",
                               "look at the unit, at its factor in `other_units`, and at both numbers")  # fmt: skip
            except ValueError as error:
                self._note(where, "R426", str(error), "write two printed results, each with its unit")

    def _concepts(self, forms: Mapping[str, tuple[_File, Any]]) -> dict[str, Concept]:
        concepts = {}
        for name, (file, form) in forms.items():
            road = ("concepts", name)
            when = self._condition(file, (*road, "when"))
            provenance = self._provenance(file, road, form)
            if when is not None:
                concepts[name] = Concept(name, form["label"], when, form["because"], provenance, file.place(*road))
                self._is_as_signed(concepts[name], file, form)
        self._depths(concepts)
        return concepts

    def _depths(self, concepts: Mapping[str, Concept]) -> None:
        """Notes each circle of concepts, and each concept or rule that stands on too many levels."""
        self.depths: dict[str, int] = {}

        def depth(name: str, road: tuple[str, ...]) -> int:
            if name in road:
                chain = " -> ".join((*road[road.index(name) :], name))
                self._note(concepts[name].position, "R414", f"concepts define each other in a circle: {chain}",
                           "let one of them do without the next")  # fmt: skip
                self.depths.update(dict.fromkeys(road, 0))
            elif name in concepts and name not in self.depths and len(road) <= DEEPEST:
                found = _depth(concepts[name].when, lambda concept: depth(concept, (*road, name)))
                self._not_too_deep(found, concepts[name].position)
                self.depths.setdefault(name, found if found <= DEEPEST else 0)  # told once, not again for all above it
            return self.depths.get(name, DEEPEST if name in concepts else 0)

        for name in concepts:
            depth(name, ())

    def _not_too_deep(self, depth: int, place: Position) -> None:
        if depth > DEEPEST:
            self._note(place, "R419", f"stands on {depth} levels of groups and concepts, at most {DEEPEST} can be run",
                       "make the concepts below it flatter")  # fmt: skip

    def _conclusion(self, file: _File, road: _Road, form: Read) -> Conclusion | None:
        given = [word for word in ("supports", "against", "urgency", "caution") if form[word] is not None]
        place = file.place(*road)
        if len(given) != 1:
            told = f"this has {len(given)}: {', '.join(given)}" if given else "this has none"
            self._note(place, "R415", f"a rule has one conclusion, {told}",
                       "supports with strength, or against, or urgency, or caution")  # fmt: skip
            return None
        if (form["strength"] is not None) != (given == ["supports"]):
            self._note(place, "R415", "`supports` and `strength` stand together", "say weak, moderate or strong")
            return None
        if form["at_once"] and given != ["caution"]:
            self._note(place, "R415", "`at_once` stands beside `caution`", "an emergency is told at once in any case")
            return None
        known = True
        if form["supports"] or form["against"]:
            known = self._is_known(
                str(form["supports"] or form["against"]), self.states, file.value(*road, given[0]), "C310", "state"
            )
        for index, state in enumerate(form["caution"] or ()):
            known &= self._is_known(state, self.states, file.place(*road, "caution", index), "C310", "state")
        if not known:
            return None
        if form["supports"] and form["strength"]:
            return Supports(form["supports"], Strength[form["strength"].upper()])
        if form["against"]:
            return SpeaksAgainst(form["against"])
        if form["urgency"]:
            return Raises(Urgency[form["urgency"].upper()])
        return Cautions(tuple(form["caution"] or ()), form["at_once"])

    def _rules(self) -> dict[str, Rule]:
        rules = {}
        for file, name, form in self._each("rules"):
            road = ("rules", name)
            then = self._conclusion(file, (*road, "then"), form["then"])
            early = isinstance(then, (Supports, SpeaksAgainst))
            when = self._condition(file, (*road, "when"), "findings, concepts" if early else EVERYTHING)
            provenance = self._provenance(file, road, form)
            cases: dict[str, tuple[Mapping[str, Answer], ...]] = {}
            for key in ("fires", "near_miss"):
                cases[key] = tuple(
                    self._answers(file, (*road, key, index), each) for index, each in enumerate(form[key])
                )
            if when is not None and then is not None:
                self._not_too_deep(_depth(when, lambda concept: self.depths.get(concept, 0)), file.place(*road))
                rules[name] = Rule(name, form["says"], when, then, form["because"], provenance,
                                   cases["fires"], cases["near_miss"], file.place(*road))  # fmt: skip
                self._is_as_signed(rules[name], file, form)
        return rules

    def _is_as_signed(self, entry: Rule | Concept, file: _File, form: Any) -> None:
        """Notes a review that was of something else."""
        if form["state"] != "reviewed" or form["reviewed"] is None or not self._grounds_are_known(entry):
            return
        signed, now = form["reviewed"]["of"], signature(entry, self)
        if signed != now:
            place = file.place("rules" if isinstance(entry, Rule) else "concepts", entry.id, "reviewed")
            what = "was changed since it was reviewed" if signed else "does not tell what was reviewed"
            hint = f'write `state: draft`, or have it read as it is now and write `of: "{now}"`'
            self._note(place, "R425", f'"{entry.id}" {what}', hint)

    def _grounds_are_known(self, entry: Rule | Concept) -> bool:
        """Whether all that it cites could be read: without, it would be signed as something else."""
        cited = entry.provenance
        return all(each in self.facts for each in cited.facts) and all(each in self.sources for each in cited.sources)

    def _sentences(self, file: _File, road: _Road, forms: Sequence[Read]) -> tuple[Sentence, ...]:
        read = []
        for index, form in enumerate(forms):
            here: _Road = (*road, index)
            when = self._condition(file, (*here, "when"), EVERYTHING) if form["when"] is not None else None
            answered_by = tuple(form["answered_by"])
            for place, name in enumerate(answered_by):
                self._is_known(name, self.findings, file.place(*here, "answered_by", place), "R408", "finding")
            read.append(Sentence(form["says"], self._cites(file, here, form), when, answered_by, file.place(*here)))
        return tuple(read)

    def _general(self, section: Literal["general_questions", "general_cautions"]) -> tuple[Sentence, ...]:
        return tuple(
            sentence
            for file in self.files
            if file.form[section]
            for sentence in self._sentences(file, (section,), file.form[section])
        )

    def _states(self) -> dict[str, State]:
        built = {}
        for name, (file, form) in sorted(self.states.items(), key=lambda item: item[1][1]["rank"]):
            road = ("states", name)
            about, tests, ask = (self._sentences(file, (*road, part), form[part]) for part in ("about", "tests", "ask"))
            built[name] = State(name, form["electrolyte"], form["direction"], form["name"], form["clinical_name"],
                                about, tests, ask, file.place(*road))  # fmt: skip
        return built

    def _implications(self) -> tuple[Implication, ...]:
        read = []
        for file in self.files:
            for index, form in enumerate(file.form["implications"]):
                road = ("implications", index)
                when = self._condition(file, (*road, "when"), "findings")
                then: dict[str, str] = {}
                for name, word in form["then"].items():
                    if not self._is_known(name, self.findings, file.place(*road, "then", name), "R408", "finding"):
                        continue
                    words = self.findings[name].words
                    if word not in words:
                        hint = f"say {' or '.join(words)}" if words else "only an answer in words can follow"
                        self._note(file.value(*road, "then", name), "C314", f'"{word}" is no value of {name}', hint)
                    then[name] = word
                if when is not None:
                    when = positive(when, self.findings)
                    read.append(Implication(when, MappingProxyType(then), form["because"], file.place(*road)))
        return tuple(read)

    def _look_into_the_half_read(self) -> None:
        """Notes what else is wrong in a rule or a concept whose form has a mistake, so that all is told at once."""
        for file, road, wrong in self.half_read:
            entry = file.at(*road).plain() if road[0] in ("rules", "concepts") else None
            whole = {key: entry[key] for key in entry if key not in wrong} if isinstance(entry, dict) else {}
            if "when" in whole:
                self._condition(file, (*road, "when"), EVERYTHING if road[0] == "rules" else "findings, concepts")
            self._known(whole.get("facts", ()), self.facts, file, (*road, "facts"), "R404", "fact")
            self._known(whole.get("sources", ()), self.sources, file, (*road, "sources"), "R403", "source")
            for key in ("fires", "near_miss"):
                for index, each in enumerate(whole.get(key, ())):
                    self._answers(file, (*road, key, index), each)

    def _screens(self) -> dict[str, Screen]:
        screens: dict[str, Screen] = {}
        seen: dict[str, str] = {}
        for file, name, form in self._each("screens"):
            road = ("screens", name)
            for index, finding in enumerate(form["findings"]):
                place = file.place(*road, "findings", index)
                if not self._is_known(finding, self.findings, place, "R408", "finding"):
                    continue
                if finding in seen:
                    self._note(place, "R416", f'"{finding}" already stands on screen "{seen[finding]}"', "ask it once")
                seen.setdefault(finding, name)
            screens[name] = Screen(name, form["title"], form["intro"] or "", form["ask"], tuple(form["findings"]),
                                   form["typed"], form["red_flags"], file.place(*road))  # fmt: skip
        return screens

    def _medicines(self) -> dict[str, tuple[str, ...]]:
        spelled: dict[str, str] = {}
        by_name: dict[str, list[str]] = {}
        for file, finding, names in self._each("medicines"):
            self._is_known(finding, self.findings, file.place("medicines", finding), "R408", "finding")
            for index, name in enumerate(names):
                if name.casefold() in NO_NAMES:
                    place = file.place("medicines", finding, index)
                    self._note(place, "R405", f'"{name}" is an answer, and no name of a medicine',
                               "write the name that stands on its package")  # fmt: skip
                classes = by_name.setdefault(spelled.setdefault(name.casefold(), name), [])
                if finding in classes:
                    place = file.place("medicines", finding, index)
                    self._note(place, "R417", f'"{name}" stands here twice', "take one away")
                classes.append(finding)
        return {name: tuple(classes) for name, classes in sorted(by_name.items(), key=lambda item: item[0].lower())}

    def _diseases(self) -> dict[str, str]:
        named = {}
        for file, name, finding in self._each("diseases"):
            if finding is not None:
                self._is_known(finding, self.findings, file.value("diseases", name), "R408", "finding")
            named[name] = finding or ""
        return named

    def _look_alikes(self) -> dict[str, LookAlike]:
        built = {}
        for file, name, form in self._each("look_alikes"):
            place = file.place("look_alikes", name)
            self._known(form["findings"], self.findings, file, ("look_alikes", name, "findings"), "R408", "finding")
            facts = self._cites(file, ("look_alikes", name), form)
            built[name] = LookAlike(name, form["says"], tuple(form["findings"]), form["urgent"], facts, place)
        return built

    def _teaching(self) -> dict[str, Teaching]:
        lessons = dict.fromkeys(name for _, name, _ in self._each("teaching", noting=False))
        built = {}
        for file, name, form in self._each("teaching"):
            place = file.place("teaching", name)
            if (form["kind"] == "comparison") != bool(form["row"] and form["column"]):
                self._note(place, "R418", "a comparison has `row` and `column`, and nothing else has",
                           "write both, or another `kind`")  # fmt: skip
            if (form["kind"] == "food") != bool(form["minerals"] and form["foods"]):
                self._note(place, "R418", "a food has `minerals` and `foods`, and nothing else has",
                           "write both, or another `kind`")  # fmt: skip
            if not set(form["only"]) <= set(form["foods"]):
                self._note(place, "R418", "`only` names some of its own `foods`",
                           "name them as they stand under `foods`")  # fmt: skip
            self._known(form["also"], lessons, file, ("teaching", name, "also"), "R422", "teaching point")
            built[name] = Teaching(
                name, form["kind"], form["says"], self._cites(file, ("teaching", name), form), place,
                form["misconception"] or "", form["row"] or "", form["column"] or "",
                tuple(form["minerals"]), tuple(form["foods"]), tuple(form["only"]), tuple(form["also"]),
            )  # fmt: skip
        return built

    def _vignettes(self) -> dict[str, Vignette]:
        built = {}
        for file, name, form in self._each("vignettes"):
            place, road = file.place("vignettes", name), ("vignettes", name)
            self._known(form["named"], self.states, file, (*road, "named"), "C310", "state")
            self._known(form["not_named"], self.states, file, (*road, "not_named"), "C310", "state")
            built[name] = Vignette(
                name, form["title"], form["story"], self._answers(file, (*road, "answers"), form["answers"]),
                tuple(form["named"]), tuple(form["not_named"]),
                None if form["urgency"] == "none" else Urgency[form["urgency"].upper()],
                form["reasoning"], self._cites(file, road, form), place,
            )  # fmt: skip
        return built

    def _properties(self) -> dict[str, Property]:
        rules = {name for _, name, _ in self._each("rules", noting=False)}
        built = {}
        for file, name, form in self._each("properties"):
            road = ("properties", name)
            when = self._condition(file, (*road, "when"), EVERYTHING) if form["when"] is not None else None
            demand = self._demand(file, road, form, rules)
            facts = self._cites(file, road, form)
            if demand is not None and (when is not None or form["when"] is None):
                built[name] = Property(name, form["says"], when, demand, form["because"], facts, file.place(*road))
        return built

    def _demand(self, file: _File, road: _Road, form: Read, rules: Set[str]) -> Demand | None:
        given = tuple(word for word in ("when", "then", "change", "keeps", "never_together") if form[word] is not None)
        if set(given) - {"when"} == {"change", "keeps"} and form["change"] and form["keeps"]:
            return self._change(file, (*road, "change"), form["change"], form["keeps"])
        if given == ("never_together",) and form["never_together"]:
            return self._some_rules(file, (*road, "never_together"), form["never_together"], rules, NotAll)
        if given == ("when", "then") and form["then"]:
            return self._required(file, (*road, "then"), form["then"], rules)
        self._note(file.place(*road), "R420", "a property is of one kind",
                   "`when` and `then`, or `change` and `keeps`, or `never_together`")  # fmt: skip
        return None

    def _some_rules(
        self, file: _File, road: _Road, names: list[str], rules: Set[str], kind: type[OneFires | NotAll]
    ) -> Demand | None:
        known = [
            self._is_known(each, dict.fromkeys(rules), file.place(*road, index), "R421", "rule")
            for index, each in enumerate(names)
        ]
        return kind(tuple(names)) if all(known) else None

    def _required(self, file: _File, road: _Road, form: Read, rules: Set[str]) -> Demand | None:
        given = [word for word in ("urgency_at_least", "tells", "holds", "never") if form[word] is not None]
        if len(given) != 1:
            told = f"this has {len(given)}: {', '.join(given)}" if given else "this has none"
            self._note(file.place(*road), "R420", f"a property has one `then`, {told}",
                       "urgency_at_least, or tells, or holds, or never")  # fmt: skip
            return None
        if form["urgency_at_least"]:
            return AtLeastAsUrgent(Urgency[form["urgency_at_least"].upper()])
        if form["tells"]:
            return self._some_rules(file, (*road, "tells"), form["tells"], rules, OneFires)
        condition = self._condition(file, (*road, given[0]), EVERYTHING)
        return Follows(condition, never=given == ["never"]) if condition is not None else None

    def _change(self, file: _File, road: _Road, form: Read, kept: Sequence[Any]) -> Keeps | None:
        self._known(form["findings"] or (), self.findings, file, (*road, "findings"), "R408", "finding")
        self._known(form["without"], self.findings, file, (*road, "without"), "R408", "finding")
        danger = {each for other in self.files for screen in other.form["screens"].values() if screen["red_flags"]
                  for each in screen["findings"]}  # fmt: skip
        wanted = form["findings"] or [each for each in self.findings if not form["red_flags"] or each in danger]
        all_read = self.files_are_read and not self.broken & {"findings", "screens"}
        all_known = (form["findings"] or all_read) and all(each in self.findings for each in wanted)
        chosen = tuple(each for each in wanted if each in self.findings and each not in form["without"])
        words = {word for each in chosen for word in self.findings[each].words} | {UNSURE, NOT_ASKED}
        numbers = any(self.findings[each].is_number for each in chosen)
        places = [
            (file.place(*road, "from", index), each, words | {ANSWERED}) for index, each in enumerate(form["from_"])
        ]
        known = words | ({LOWER, HIGHER} if numbers else set())
        places.append((file.value(*road, "to"), form["to"], known))
        wrong = [(place, word, allowed) for place, word, allowed in places if word not in allowed]
        for place, word, allowed in wrong if chosen and all_known else ():
            hint = self.found.near(word, allowed) or f"say {', '.join(sorted(allowed))}"
            self._note(place, "C314", f'"{word}" is no answer to any of these findings', hint)
        if all_known and not set(wanted) - set(form["without"]):
            self._note(file.place(*road), "R420", "a change needs a finding", "name one, or leave `findings` out")
        if wrong or not chosen:
            return None
        scope: Literal["", "all", "red_flags"] = "" if form["findings"] else "red_flags" if form["red_flags"] else "all"
        return Keeps(chosen, tuple(form["from_"]), form["to"], tuple(kept), scope, tuple(form["without"]))

    def _practice(self) -> Practice:
        given = [file for file in self.files if file.form["practice"] is not None]
        for file in given[1:]:
            first = given[0].place("practice")
            self._note(file.place("practice"), "R401", f'"practice" is already given at {first}', "keep one of them")
        if not given or given[0].form["practice"] is None:
            return Practice()
        file, form = given[0], given[0].form["practice"]
        road = ("practice",)
        if form["people"]["youngest"] >= form["people"]["oldest"]:
            self._note(file.place(*road, "people"), "R412", "the range is empty", "`youngest` must be below `oldest`")
        for key in ("common", "never", "sure", "with_causes"):
            self._known(form[key], self.findings, file, (*road, key), "R408", "finding")
        rules = dict.fromkeys(name for _, name, _ in self._each("rules", noting=False))
        self._known(form["take_nothing"], rules, file, (*road, "take_nothing"), "R421", "rule")
        for key in ("always", "often", "told"):
            for finding, others in form[key].items():
                self._is_known(finding, self.findings, file.place(*road, key, finding), "R408", "finding")
                if key != "told":
                    self._known(others, self.findings, file, (*road, key, finding), "R408", "finding")
        odd = []
        for index, each in enumerate(form["odd"]):
            when = self._condition(file, (*road, "odd", index, "when"), "findings")
            if when is not None:
                odd.append(Odd(positive(when, self.findings), each["because"], file.place(*road, "odd", index)))
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

    def _mechanisms(self) -> dict[str, Mechanism]:
        built = {}
        for file, name, form in self._each("mechanisms"):
            road = ("mechanisms", name)
            for key in ("through", "also"):
                self._known(form[key], self.findings, file, (*road, key), "R408", "finding")
            for key in ("to", "after"):
                self._known(form[key], self.states, file, (*road, key), "C310", "state")
            facts = self._cites(file, road, form)
            built[name] = Mechanism(
                name, form["says"], tuple(form["through"]), tuple(form["to"]), facts, file.place(*road),
                tuple(form["also"]), tuple(form["after"]),
            )  # fmt: skip
        return built

    def _misconceptions(self) -> dict[str, Misconception]:
        rules = {name: form for _, name, form in self._each("rules", noting=False)}
        concepts = dict.fromkeys(name for _, name, _ in self._each("concepts", noting=False))
        lessons = dict.fromkeys(name for _, name, _ in self._each("teaching", noting=False))
        ideas = {**self.findings, **concepts}
        built = {}
        for file, name, form in self._each("misconceptions"):
            road = ("misconceptions", name)
            facts = self._cites(file, road, form)
            self._is_known(form["teaching"], lessons, file.value(*road, "teaching"), "R422", "teaching point")
            self._known(form["ignores"], ideas, file, (*road, "ignores"), "C303", "finding or concept")
            for finding, other in form["takes_for"].items():
                self._is_known(finding, self.findings, file.place(*road, "takes_for", finding), "R408", "finding")
                self._is_known(other, self.findings, file.value(*road, "takes_for", finding), "R408", "finding")
            self._known(form["drops"], rules, file, (*road, "drops"), "R421", "rule")
            for index, rule in enumerate(form["flips"]):
                place = file.place(*road, "flips", index)
                if self._is_known(rule, rules, place, "R421", "rule") and not rules[rule]["then"]["supports"]:
                    self._note(place, "R423", f'"{rule}" supports no state, so it cannot be flipped',
                               "name a rule with `supports`")  # fmt: skip
            for rule, granted in form["relaxes"].items():
                self._is_known(rule, rules, file.place(*road, "relaxes", rule), "R421", "rule")
                self._known(granted, ideas, file, (*road, "relaxes", rule), "C303", "finding or concept")
            believes = tuple(self._beliefs(file, (*road, "believes"), name, form, facts))
            built[name] = Misconception(
                name, form["says"], form["teaching"], facts, file.place(*road), tuple(form["ignores"]),
                MappingProxyType(dict(form["takes_for"])), tuple(form["drops"]), tuple(form["flips"]),
                MappingProxyType({rule: tuple(granted) for rule, granted in form["relaxes"].items()}),
                believes, form["unsure_is_no"],
            )  # fmt: skip
            if not any(form[key] for key in ALTERATIONS):
                self._note(file.place(*road), "R423", "alters no rule",
                           "say what it ignores, takes for another, drops, flips, relaxes or believes")  # fmt: skip
        return built

    def _beliefs(self, file: _File, road: _Road, name: str, form: Read, facts: tuple[str, ...]) -> Iterator[Rule]:
        for index, each in enumerate(form["believes"]):
            here = (*road, index)
            then = self._conclusion(file, (*road, index, "then"), each["then"])
            early = isinstance(then, (Supports, SpeaksAgainst))
            when = self._condition(file, (*here, "when"), "findings, concepts" if early else EVERYTHING)
            if when is not None and then is not None:
                yield Rule(f"{name}.belief-{index + 1}", form["says"], when, then, "", Provenance(facts), (), (),
                           file.place(*here))  # fmt: skip
