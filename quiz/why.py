"""Why a question is asked, and what a changed answer moved: sentences put together from the words of the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from quiz.consequences import contradictions, with_consequences
from quiz.difference import Difference, listed, told_by, urgency_words
from quiz.effects import Effect, Effects
from quiz.logic import denial, holds, is_true, positive
from quiz.model import (
    YES,
    Answer,
    Answers,
    Assessment,
    Cautions,
    Concept,
    Condition,
    Finding,
    Holds,
    Implication,
    Is,
    Named,
    Provenance,
    Raises,
    Rule,
    RuleBase,
    SpeaksAgainst,
    Strength,
    Supports,
    leaves,
)

MOST_LINES = 6
"""Lines of one answer to "why", and of one difference, each with its title. A long line may wrap."""

LEVELS = 4
"""Rule, concept, mechanism, source: each further "why" on the same line climbs one."""

MOST_SOURCES = 2

T = TypeVar("T")
Assess = Callable[[Answers], Assessment]

STRENGTH = {Strength.STRONG: "strongly", Strength.MODERATE: "moderately", Strength.WEAK: "weakly"}


class Why:
    """Answers "why this question?" for one rule base. `level` counts how often it was asked before on the same line."""

    def __init__(self, rulebase: RuleBase, effects: Effects) -> None:
        self.rulebase, self._effects = rulebase, effects

    def text(self, answers: Answers, finding: Finding, level: int) -> str:
        effects = _one_of_each_first(self._effects.of(answers, finding))
        label = _first_upper(finding.label)
        if not effects:
            return f"{label}: {self._nothing(answers, finding)}"
        shown = effects[: MOST_LINES - 1]
        title, lines = (
            (f"{label} can still decide (rules", [self._effect(finding, each) for each in effects]),
            (f"{label}: the ideas in between (concepts", self._ideas(finding, shown)),
            (f"{label}: how that works (mechanism", self._mechanisms(finding, shown)),
            (f"{label}: where that comes from (sources", self._sources(finding, shown)),
        )[level % LEVELS]
        further = "why again: one level deeper" if level % LEVELS < LEVELS - 1 else "why again: back to the rules"
        return "\n".join((f"{title}; {further}):", *_few(lines)))

    def _nothing(self, answers: Answers, finding: Finding) -> str:
        others = with_consequences(self.rulebase, {name: each for name, each in answers.items() if name != finding.id})
        if finding.id in others:
            reasons = dict.fromkeys(each.because for each in self._following(finding, others))
            return (
                f"this follows from what you told ({' '.join(reasons)}), so no answer to this can change anything "
                "more. You may leave it."
            )
        may_follow = any(finding.id in each.then for each in self.rulebase.implications)
        return (
            "whatever else you tell, no answer to this can change what is named, its order, what speaks against it, "
            "how soon to get help, or a warning. You may leave it."
            + (' Only "not sure" could hold back what may follow from other answers.' if may_follow else "")
        )

    def _following(self, finding: Finding, known: Answers) -> Iterator[Implication]:
        """What makes the answer to this finding follow from those that are known."""
        for each in self.rulebase.implications:
            is_so = holds(each.when, lambda leaf: isinstance(leaf, Is) and is_true(leaf, known))
            if is_so and each.then.get(finding.id) == known[finding.id]:
                yield each

    # --- the levels ---------------------------------------------------------------------------------

    def _effect(self, finding: Finding, effect: Effect) -> str:
        further = "" if effect.alone else ", with other answers,"
        told = f"{answers_in_words(finding, effect.values, self._domain(finding))}{further} {self._does(effect)}"
        return f"{told}: {effect.rule.says} [{_origin(effect.rule.id, effect.rule.provenance)}]"

    def _domain(self, finding: Finding) -> tuple[Answer, ...]:
        return self._effects.domain(finding)

    def _does(self, effect: Effect) -> str:
        then = effect.rule.then
        if isinstance(then, Supports):
            name = self.rulebase.states[then.state].name
            if effect.kind == "adds":
                return f"would count as one more sign of {name}"
            return f"would name {name} {STRENGTH[then.strength]}"
        if isinstance(then, Raises):
            soon = urgency_words(self.rulebase, then.urgency)
            return (
                f'would be one more reason for "{soon}"'
                if effect.kind == "flags"
                else f'would raise the urgency to "{soon}"'
            )
        if isinstance(then, SpeaksAgainst):
            return f"would speak against {self.rulebase.states[then.state].name}"
        return "would add a warning"

    def _ideas(self, finding: Finding, effects: Iterable[Effect]) -> list[str]:
        lines = []
        for each in effects:
            path = self._path(each, finding)
            steps = [finding.label, *(step.label for step in path), self._ends_in(each)]
            ids = ", ".join(step.id for step in path if step.id)
            lines.append(f"{_first_upper(' -> '.join(steps))} [{ids or 'no concept'}; rule {each.rule.id}]")
        return lines

    def _ends_in(self, effect: Effect) -> str:
        then = effect.rule.then
        if isinstance(then, (Supports, SpeaksAgainst)):
            name = self.rulebase.states[then.state].name
            return f"against {name}" if isinstance(then, SpeaksAgainst) else name
        return f'"{urgency_words(self.rulebase, then.urgency)}"' if isinstance(then, Raises) else "a warning"

    def _mechanisms(self, finding: Finding, effects: Iterable[Effect]) -> list[str]:
        return [
            f"{_first_upper(each.label)}: {each.because} [{_origin(each.id, each.provenance)}]"
            if isinstance(each, Concept)
            else f"{each.because} [{_origin(each.id, each.provenance)}]"
            for each in self._behind(finding, effects)
        ]

    def _sources(self, finding: Finding, effects: Iterable[Effect]) -> list[str]:
        """The facts behind the mechanisms. The first of each comes before the second of any."""
        behind = [each.provenance for each in self._behind(finding, effects)]
        facts = dict.fromkeys(_in_turn([each.facts for each in behind]))
        lines = [self._fact(fact) for fact in facts]
        if lines:
            return lines
        sources = dict.fromkeys(source for each in behind for source in each.sources)
        return [self._source(source) for source in sources] or ["No source is given."]

    def _fact(self, fact: str) -> str:
        known = self.rulebase.facts[fact]
        more = len(known.sources) - MOST_SOURCES
        sources = [self._source(each) for each in known.sources[:MOST_SOURCES]]
        told = "; ".join([*sources, *([f"and {more} more"] if more > 0 else [])])
        return f"{known.text} [{fact}] {told}"

    def _source(self, source: str) -> str:
        known = self.rulebase.sources[source]
        return f"{known.title}, {known.publisher}, {_year(known.year)}"

    def _behind(self, finding: Finding, effects: Iterable[Effect]) -> list[Concept | Rule]:
        """What tells the mechanism: the concepts between the finding and each rule, or the rule where there is none."""
        found: dict[str, Concept | Rule] = {}
        for each in effects:
            concepts = [step.id for step in self._path(each, finding) if step.id]
            for concept in concepts:
                found[concept] = self.rulebase.concepts[concept]
            if not concepts:
                found[each.rule.id] = each.rule
        return list(found.values())

    # --- the way from a finding to a rule ------------------------------------------------------------

    def _path(self, effect: Effect, finding: Finding) -> tuple[_Step, ...]:
        """The shortest way through concepts, named states and what follows from answers; the finding's end first."""
        ways: dict[Is | Holds | Named, tuple[_Step, ...]] = dict.fromkeys(self._tests(effect.rule.when), ())
        waiting = list(ways)
        for leaf in waiting:
            if isinstance(leaf, Is) and leaf.finding == finding.id:
                if any(is_true(leaf, {finding.id: answer}) for answer in effect.values):
                    return ways[leaf]
                continue
            step, insides = self._inside(leaf)
            for inner in (inner for inside in insides for inner in self._tests(inside)):
                if inner not in ways:
                    ways[inner] = (step, *ways[leaf])
                    waiting.append(inner)
        return ()

    def _tests(self, condition: Condition) -> Iterator[Is | Holds | Named]:
        """The single tests that help to make a condition true; what is to be denied is written as its denial."""
        return leaves(positive(condition, self.rulebase.findings))

    def _inside(self, leaf: Is | Holds | Named) -> tuple[_Step, list[Condition]]:
        if isinstance(leaf, Holds):
            concept = self.rulebase.concepts[leaf.concept]
            if leaf.value == YES:
                return _Step(concept.label, concept.id), [concept.when]
            return _Step(f"not {concept.label}", concept.id), [denial(concept.when, self.rulebase.findings)]
        if isinstance(leaf, Named):
            step = _Step(self.rulebase.states[leaf.state].name)
            return step, [rule.when for rule in self._supporting(leaf)]
        label = self.rulebase.findings[leaf.finding].label
        step = _Step(label if leaf.value == YES else f"{label}: {leaf.value}")
        return step, [
            each.when
            for each in self.rulebase.implications
            if is_true(leaf, {leaf.finding: each.then.get(leaf.finding, "")})
        ]

    def _supporting(self, named: Named) -> Iterator[Rule]:
        for rule in self.rulebase.rules.values():
            then = rule.then
            if isinstance(then, Supports) and then.state == named.state and then.strength >= named.strength:
                yield rule


@dataclass(frozen=True, slots=True)
class _Step:
    """One thing between a finding and a rule. `id` is empty where it is no concept."""

    label: str
    id: str = ""


def _one_of_each_first(effects: Sequence[Effect]) -> list[Effect]:
    """The effects with the first on each conclusion before the second on any, as there is room for few."""
    groups: dict[object, list[Effect]] = {}
    for each in effects:
        groups.setdefault((each.kind, _conclusion(each.rule)), []).append(each)
    return _in_turn(list(groups.values()))


def _conclusion(rule: Rule) -> object:
    return rule.id if isinstance(rule.then, Cautions) else rule.then


def _in_turn(lists: Sequence[Sequence[T]]) -> list[T]:
    """The first of each list, then the second of each, and so on."""
    longest = max(map(len, lists), default=0)
    return [each[place] for place in range(longest) for each in lists if place < len(each)]


def _few(lines: Sequence[str]) -> list[str]:
    """As many lines as there is room for under a title; where some are left out, the last one counts them."""
    room = MOST_LINES - 1
    shown = list(lines) if len(lines) <= room else [*lines[: room - 1], f"and {len(lines) - room + 1} more."]
    return [f"- {line}" for line in shown]


def _origin(name: str, provenance: Provenance) -> str:
    return f"{name}, {provenance.state}"


def _year(year: str) -> str:
    return year if year[:1].isdigit() else f"year {year}"


def answers_in_words(finding: Finding, values: Sequence[Answer], domain: Sequence[Answer]) -> str:
    """These answers out of all that differ, to begin a sentence: "Yes", "Clay or metal", "From 5 to below 14 days"."""
    if not finding.is_number:
        return _first_upper(" or ".join(str(each) for each in values))
    stretches: list[list[int]] = []
    for place in sorted(domain.index(each) for each in values):
        if stretches and stretches[-1][1] == place - 1:
            stretches[-1][1] = place
        else:
            stretches.append([place, place])
    numbers = [float(each) for each in domain]
    return _first_upper(" or ".join(_stretch(numbers, first, last, finding.unit) for first, last in stretches))


def _stretch(domain: Sequence[float], first: int, last: int, unit: str) -> str:
    """Every second place of a domain is a bound; the one between two bounds stands for all between them."""
    at_start, at_end = first == 0, last == len(domain) - 1
    high = f"{domain[last]:g} {unit}" if last % 2 == 0 else f"below {domain[last + 1]:g} {unit}"
    low = f"{domain[first]:g}" if first % 2 == 0 else f"above {domain[first - 1]:g}"
    if at_start and at_end:
        return "any number"
    if first == last and first % 2 == 0:
        return high
    if at_start:
        return f"up to {high}" if last % 2 == 0 else high
    if at_end:
        return f"{low} {unit} or more" if first % 2 == 0 else f"{low} {unit}"
    return f"{low} to {high}" if first % 2 == 0 else f"{low} and up to {high}" if last % 2 == 0 else f"{low} and {high}"


# --- what a changed answer moved -----------------------------------------------------------------------------


class Moved:
    """Tells what a changed answer moved, for one rule base. `words` says an answer as the person would."""

    def __init__(self, rulebase: RuleBase, assess: Assess, effects: Effects, words: Callable[[Finding, Answer], str]):
        self.rulebase, self._assess, self._effects, self._words = rulebase, assess, effects, words

    def text(self, before: Answers, after: Answers, finding: Finding) -> str:
        """The difference in at most six lines; the first says what was changed."""
        was, now = told_by(self._assess(before)), told_by(self._assess(after))
        moved = Difference(self.rulebase).lines(was, now)
        if not moved:
            moved = ["Nothing else in your note moved." if before != after else "Nothing was changed."]
        lines = [
            f"{_first_upper(finding.label)}: was {self._told(finding, before)}, now {self._told(finding, after)}.",
            *moved,
            *self._followed(before, after, finding),
            *self._idle(before, after, finding),
        ]
        return "\n".join((*lines[: MOST_LINES - 1], " ".join(lines[MOST_LINES - 1 :]))).rstrip()

    def _told(self, finding: Finding, answers: Answers) -> str:
        return self._words(finding, answers[finding.id]) if finding.id in answers else "not answered"

    def _followed(self, before: Answers, after: Answers, finding: Finding) -> Iterator[str]:
        """What followed from the old answer alone, what follows from the new one, and what is now at odds."""
        was, now = with_consequences(self.rulebase, before), with_consequences(self.rulebase, after)
        changed = {*before, *after}
        names = [each for each in {**was, **now} if each not in changed and was.get(each) != now.get(each)]
        undone = [self._answered(each, was[each]) for each in names if each in was]
        new = [self._answered(each, now[each]) for each in names if each in now]
        known = contradictions(self.rulebase, before)
        odds = [each.because for each in contradictions(self.rulebase, after) if each not in known]
        told = [f"follows no longer: {listed(undone)}"] if undone else []
        told += [f"follows now: {listed(new)}"] if new else []
        told += [f"does not fit your other answers: {' '.join(odds)}"] if odds else []
        if told:
            yield f"{_first_upper('; '.join(told)).rstrip('.')}."

    def _answered(self, finding: str, answer: Answer) -> str:
        known = self.rulebase.findings[finding]
        return f"{known.label} - {self._words(known, answer)}"

    def idle(self, before: Answers, after: Answers, finding: Finding) -> tuple[str, ...]:
        """Findings that were asked only because of the changed one, and whose answers can move nothing now."""
        always = {
            each for screen in self.rulebase.screens.values() if screen.ask == "always" for each in screen.findings
        }
        return tuple(
            each
            for each in after
            if each != finding.id and each not in always and self._could(before, each) and not self._can(after, each)
        )

    def _idle(self, before: Answers, after: Answers, finding: Finding) -> Iterator[str]:
        idle = [self.rulebase.findings[each].label for each in self.idle(before, after, finding)]
        if idle:
            yield f"These matter no longer, and are kept: {listed(idle)}."

    def _could(self, answers: Answers, finding: str) -> bool:
        return self._effects.any(answers, self.rulebase.findings[finding])

    def _can(self, answers: Answers, finding: str) -> bool:
        """The second part is for an answer that is at odds with others, of which effects know nothing."""
        without = {name: answer for name, answer in answers.items() if name != finding}
        return self._could(answers, finding) or told_by(self._assess(without)) != told_by(self._assess(answers))


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
