"""All that the rule base says about one rule, finding, concept or state, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from quiz.errors import Position
from quiz.formulas import Choices, Formula, Formulas
from quiz.model import (
    UNSURE,
    Answers,
    Cautions,
    Concept,
    Conclusion,
    Condition,
    Finding,
    Holds,
    Is,
    LookAlike,
    Named,
    Provenance,
    Raises,
    Rule,
    RuleBase,
    SpeaksAgainst,
    State,
    Strength,
    Supports,
    leaves,
)
from quiz.review.english import English, Line, stretch
from quiz.signature import signature

MOST_RIVALS = 6
"""Rules that one rule is said to compete with: those that share most of its findings."""

Possible = Callable[[Iterable[Formula], Iterable[Formula]], Choices | None]
"""Choices that make the first formulas true and the others not, or None where there are none."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a dossier, under its title. `text` is running text, `lines` a list."""

    title: str
    text: str = ""
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """`kind` says what it is about: rule, finding, concept or state."""

    kind: str
    id: str
    title: str
    position: Position
    parts: tuple[Part, ...]

    def text(self) -> str:
        """Lines that `quiz.text.page` wraps."""
        written = [f"{self.kind.upper()} {self.id}", self.title]
        for part in self.parts:
            written += ["", f"{part.title}:" if part.lines else part.title]
            written += [f"  {part.text}"] if part.text else []
            written += [f"{'  ' * (line.depth + 1)}- {line.text}" for line in part.lines]
        return "\n".join((*written, "", f"Written at {self.position}"))


def standing(each: Rule | Concept, rulebase: RuleBase) -> str:
    """How it stands with its reviewers, read from what is written beside it."""
    about = each.provenance
    if about.state == "reviewed":
        return f"Reviewed by {about.reviewed_by} on {about.reviewed_on}."
    if about.state == "retired":
        return "Retired: it no longer speaks."
    return f"Draft: nobody has reviewed it. Its signature is {signature(each, rulebase)}."


class Dossiers:
    """Dossiers of one rule base."""

    def __init__(self, rulebase: RuleBase, possible: Possible, formulas: Formulas) -> None:
        """`possible` asks a solver over the nodes of `formulas`."""
        self.rulebase, self.possible, self.formulas = rulebase, possible, formulas
        self.english = English(rulebase)

    # --- one rule -----------------------------------------------------------------------------------

    def rule(self, rule: Rule) -> Dossier:
        parts = [
            Part("When", lines=self.english.lines(rule.when)),
            *self._concepts_in(rule.when),
            Part("Then", self.english.conclusion(rule.then)),
            Part("It says", rule.says),
            Part("Because", rule.because),
            *self._grounds(rule.provenance),
            Part("It fires on", lines=self._cases(rule.fires)),
            Part("It does not fire on", lines=self._cases(rule.near_miss)),
            self._rivals_in_words(rule),
            self._questions(rule),
            Part("Review", standing(rule, self.rulebase)),
        ]
        return Dossier("rule", rule.id, self.english.conclusion(rule.then), rule.position, tuple(parts))

    def _cases(self, cases: Iterable[Answers]) -> tuple[Line, ...]:
        return tuple(Line(self.english.case(each)) for each in cases)

    def concepts_in(self, condition: Condition) -> tuple[Concept, ...]:
        """Every concept that the condition rests on, each before those below it."""
        found: dict[str, Concept] = {}

        def walk(inner: Condition) -> None:
            for leaf in leaves(inner):
                if isinstance(leaf, Holds) and leaf.concept not in found:
                    found[leaf.concept] = self.rulebase.concepts[leaf.concept]
                    walk(found[leaf.concept].when)

        walk(condition)
        return tuple(found.values())

    def _concepts_in(self, condition: Condition) -> Iterator[Part]:
        lines = [
            line
            for concept in self.concepts_in(condition)
            for line in (
                Line(f"{concept.label} ({concept.id})", link=concept.id),
                *(Line(each.text, each.depth + 1, each.link) for each in self.english.lines(concept.when)),
            )
        ]
        if lines:
            yield Part("The ideas in it", lines=tuple(lines))

    def _grounds(self, provenance: Provenance) -> Iterator[Part]:
        facts = [self.rulebase.facts[each] for each in provenance.facts]
        yield Part("Facts", lines=tuple(
            Line(f"{each.id}: {each.text}{weakness(each.basis, each.confidence)} [{', '.join(each.sources)}]")
            for each in facts))  # fmt: skip
        sources = dict.fromkeys((*provenance.sources, *(source for each in facts for source in each.sources)))
        yield Part("Sources", lines=tuple(Line(f"{each}: {source_words(self.rulebase, each)}") for each in sources))

    # --- who competes -------------------------------------------------------------------------------

    @cached_property
    def _within(self) -> Mapping[str, frozenset[str]]:
        return {rule.id: self.formulas.within(rule) for rule in self.formulas.rules}

    def rivals(self, rule: Rule) -> tuple[tuple[Rule, frozenset[str]], ...]:
        """Rules that use some of the same findings to tell something else of the same kind: another state, another
        urgency. Each with the findings that both use; those that share most of what the two use come first.
        """
        mine = self._within.get(rule.id, frozenset())
        found = []
        for other in self.formulas.rules:
            shared = mine & self._within[other.id]
            if shared and competes(rule, other):
                found.append((len(shared) / len(mine | self._within[other.id]), other, shared))
        found.sort(key=lambda each: -each[0])
        return tuple((other, shared) for _, other, shared in found)

    def _rivals_in_words(self, rule: Rule) -> Part:
        rivals = self.rivals(rule)
        lines: list[Line] = []
        for other, shared in rivals[:MOST_RIVALS]:
            together = self.possible([self.formulas.rule(rule), self.formulas.rule(other)], self.formulas.at_odds)
            both = "both can fire together" if together is not None else "they never fire together (proved)"
            few = sorted(shared, key=list(self.rulebase.findings).index)[:3]
            words = "; ".join(self.rulebase.findings[each].label for each in few)
            more = f" and {len(shared) - len(few)} more" if len(shared) > len(few) else ""
            lines.append(Line(f"{other.id}: {self.english.conclusion(other.then)}", link=other.id))
            lines.append(Line(f"shares {words}{more}; {both}", 1))
        if len(rivals) > MOST_RIVALS:
            lines.append(Line(f"and {len(rivals) - MOST_RIVALS} more rules that share less"))
        if lines:
            return Part("It competes with", lines=tuple(lines))
        return Part("It competes with", "No rule uses these findings to tell something else of the same kind.")

    # --- which questions lead to it -----------------------------------------------------------------

    def _questions(self, rule: Rule) -> Part:
        return Part("Questions that lead to it", lines=tuple(self._screens(self.formulas.within(rule))))

    def _screens(self, findings: Collection[str]) -> Iterator[Line]:
        for screen in self.rulebase.screens.values():
            lines = [self.rulebase.findings[each].label for each in screen.findings if each in findings]
            if lines:
                yield Line(f"{screen.title}: {'; '.join(lines)}")
        asked = {each for screen in self.rulebase.screens.values() for each in screen.findings}
        for each in sorted(set(findings) - asked):
            yield Line(f"{self.rulebase.findings[each].label}: on no screen; it can follow from another answer")

    # --- one finding --------------------------------------------------------------------------------

    def finding(self, finding: Finding) -> Dossier:
        able = self.changed_by(finding)
        parts = [
            Part("Question", finding.question),
            *([Part("In other words", finding.rephrase)] if finding.rephrase else []),
            *([Part("Help", finding.help)] if finding.help else []),
            Part("Answers", self._values(finding)),
            Part("Asked on", lines=tuple(self._asked_on(finding))),
            Part("Rules that name it", lines=self._users(finding, self.rulebase.rules.values())),
            Part("Concepts that name it", lines=self._users(finding, self.rulebase.concepts.values())),
            Part(f"Rules that an answer can change ({len(able)}, proved)",
                 lines=tuple(Line(f"{rule.id}: {self.english.conclusion(rule.then)}", link=rule.id) for rule in able)),
            Part("What follows", lines=tuple(self._follows(finding))),
            Part("Medicines that mean it", "; ".join(
                name for name, meant in self.rulebase.medicines.items() if finding.id in meant)),
            Part("Look-alikes", lines=tuple(Line(each.says) for each in self._look_alikes(finding))),
            Part("Vignettes with an answer to it", "; ".join(
                each.id for each in self.rulebase.vignettes.values() if finding.id in each.answers)),
        ]  # fmt: skip
        kept = tuple(part for part in parts if part.text or part.lines)
        return Dossier("finding", finding.id, f"{finding.label} ({finding.kind})", finding.position, kept)

    def _values(self, finding: Finding) -> str:
        if not finding.is_number:
            return f"{', '.join(finding.words)}, or not sure"
        bands = "; ".join(
            f"{name.replace('_', ' ')}: {stretch(each, finding.unit)}" for name, each in finding.bands.items()
        )
        units = "".join(f"; also in {unit.name}" for unit in finding.other_units)
        units += "; where a number could be in two of these, which one is asked" if finding.ask_unit else ""
        units += "".join(f"; {printed} is {own}" for printed, own in finding.same_levels.items())
        named = f". Bands: {bands}" if bands else ""
        return f"a number from {finding.low:g} to {finding.high:g} {finding.unit}, or not sure{units}{named}"

    def _asked_on(self, finding: Finding) -> Iterator[Line]:
        found = [each for each in self.rulebase.screens.values() if finding.id in each.findings]
        how = {"always": "always shown", "useful": "shown while it can matter", "detail": "asked at the end"}
        for screen in found:
            yield Line(f"{screen.title} ({how[screen.ask]})")
        if not found:
            yield Line("no screen")

    def _users(self, finding: Finding, written: Iterable[Rule] | Iterable[Concept]) -> tuple[Line, ...]:
        return tuple(
            Line(each.id if isinstance(each, Rule) else f"{each.id}: {each.label}", link=each.id)
            for each in written
            if any(isinstance(leaf, Is) and leaf.finding == finding.id for leaf in leaves(each.when))
        )

    def changed_by(self, finding: Finding) -> tuple[Rule, ...]:
        """The rules that some answer to this finding makes fire where "not sure" would not, whatever else is
        answered. Proved by a solver over all other answers that can stand together.
        """
        nodes, found = self.formulas.nodes, []
        for rule in self.formulas.rules:
            formula = self.formulas.rule(rule)
            if finding.id not in nodes.findings(formula):
                continue
            without = nodes.chosen(formula, finding.id, UNSURE)
            for value in self.formulas.domain(finding):
                at_odds = [nodes.chosen(each, finding.id, value) for each in self.formulas.at_odds]
                if self.possible([nodes.chosen(formula, finding.id, value)], [without, *at_odds]) is not None:
                    found.append(rule)
                    break
        return tuple(found)

    def _follows(self, finding: Finding) -> Iterator[Line]:
        for each in self.rulebase.implications:
            tested = any(isinstance(leaf, Is) and leaf.finding == finding.id for leaf in leaves(each.when))
            if tested or finding.id in each.then:
                when = "; ".join(line.text for line in self.english.lines(each.when))
                yield Line(f"from {when} follows {self.english.case(each.then)}. {each.because}")

    def _look_alikes(self, finding: Finding) -> Iterator[LookAlike]:
        yield from (each for each in self.rulebase.look_alikes.values() if finding.id in each.findings)

    # --- one concept, one state ---------------------------------------------------------------------

    def concept(self, concept: Concept) -> Dossier:
        holds = self.formulas.of(Holds(concept.id))
        rules = [rule for rule in self.formulas.rules if concept in self.concepts_in(rule.when)]
        parts = [
            Part("It holds when", lines=self.english.lines(concept.when)),
            *self._concepts_in(concept.when),
            Part("Because", concept.because),
            *self._grounds(concept.provenance),
            Part("Concepts that rest on it", lines=tuple(
                Line(f"{each.id}: {each.label}", link=each.id) for each in self.rulebase.concepts.values()
                if any(isinstance(leaf, Holds) and leaf.concept == concept.id for leaf in leaves(each.when)))),
            Part("Rules that rest on it", lines=tuple(
                Line(f"{rule.id}: {self.english.conclusion(rule.then)}", link=rule.id) for rule in rules)),
            Part("Questions that lead to it", lines=tuple(self._screens(self.formulas.nodes.findings(holds)))),
            Part("Review", standing(concept, self.rulebase)),
        ]  # fmt: skip
        kept = tuple(part for part in parts if part.text or part.lines)
        return Dossier("concept", concept.id, concept.label, concept.position, kept)

    def state(self, state: State) -> Dossier:
        asking = [
            rule
            for rule in self.formulas.rules
            if isinstance(rule.then, Raises)
            and any(isinstance(leaf, Named) and leaf.state == state.id for leaf in leaves(rule.when))
        ]
        cautions = [
            rule for rule in self.formulas.rules if isinstance(rule.then, Cautions) and state.id in rule.then.states
        ]
        parts = [
            *(
                Part(f"Rules that name it with {strength.word} support", lines=self._with(Supports(state.id, strength)))
                for strength in sorted(Strength, reverse=True)
            ),
            Part("Rules that speak against it", lines=self._with(SpeaksAgainst(state.id))),
            Part("Warnings beside it", lines=_said(cautions)),
            Part("Urgency that asks whether it is named", lines=_said(asking)),
            Part("Told about it", lines=tuple(Line(each.says) for each in state.about)),
            Part("Tests to ask for", lines=tuple(Line(each.says) for each in state.tests)),
            Part("Questions to take along", lines=tuple(Line(each.says) for each in state.ask)),
            Part("Vignettes that name it", "; ".join(
                each.id for each in self.rulebase.vignettes.values() if state.id in each.named)),
        ]  # fmt: skip
        kept = tuple(part for part in parts if part.text or part.lines)
        return Dossier("state", state.id, f"{state.name} ({state.clinical_name})", state.position, kept)

    def _with(self, then: Conclusion) -> tuple[Line, ...]:
        return _said(rule for rule in self.formulas.rules if rule.then == then)


def _said(rules: Iterable[Rule]) -> tuple[Line, ...]:
    return tuple(Line(f"{each.id}: {each.says}", link=each.id) for each in rules)


def competes(rule: Rule, other: Rule) -> bool:
    """Whether two rules tell different things of the same kind."""
    if isinstance(rule.then, (Supports, SpeaksAgainst)):
        return isinstance(other.then, type(rule.then)) and other.then.state != rule.then.state
    if isinstance(rule.then, Raises):
        return isinstance(other.then, Raises) and other.then.urgency != rule.then.urgency
    return False


def weakness(basis: str, confidence: str) -> str:
    """What weakens a fact, in brackets; nothing where it was read and is held with high confidence."""
    told = [
        *(["not yet read in a source"] if basis == "known" else []),
        *([f"confidence {confidence}"] if confidence in ("moderate", "low") else []),
        *(["disputed"] if confidence == "disputed" else []),
    ]
    return f" ({', '.join(told)})" if told else ""


def source_words(rulebase: RuleBase, source: str) -> str:
    """A source in one row."""
    about = rulebase.sources[source]
    year = f", {about.year}" if about.year[:1].isdigit() else ""
    return f"{about.title}. {about.publisher}{year} (read: {about.extent})"
