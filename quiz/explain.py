"""From an assessment to a note: for each state why, what speaks against, what was not answered, and what to ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal, Protocol, TypeVar

from quiz.answers import measured
from quiz.enough import Certain, answers_behind, at_odds, naming, raising
from quiz.model import (
    NO,
    UNSURE,
    YES,
    Advice,
    Answer,
    Answers,
    Assessment,
    Candidate,
    Condition,
    Fired,
    Rule,
    RuleBase,
    Sentence,
    State,
    Strength,
    Supports,
    Urgency,
)
from quiz.text import denied

MOST_LOOK_ALIKES = 2
MOST_QUESTIONS = 3
MOST_TESTS = 2
MOST_CONCEPTS = 2
MOST_ABOUT = 2
"""Lines of each kind for one state. A note is one page to take along; the rest is a command away."""

MOST_GENERAL_QUESTIONS = 3
MOST_GENERAL_CAUTIONS = 4


@dataclass(frozen=True, slots=True)
class Evidence:
    """A finding in words, with its kind.

    `follows`: nobody said so, it follows from what was said. `denied`: it is not so.
    """

    finding: str
    words: str
    kind: str
    follows: bool = False
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that fired, what it says, and the findings that made it fire.

    `evidence` is every answer that stands behind it. `told` are answers that make it fire by themselves, and none of
    them can be left out.
    """

    rule: str
    says: str
    because: str
    state: str
    evidence: tuple[Evidence, ...]
    facts: tuple[str, ...]
    sources: tuple[str, ...]
    told: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Switch:
    """One answer that would be another one. `was` is None where the finding was not asked.

    `fixed`: it is the age or the sex that was told, and nobody can picture being of another.
    """

    finding: str
    label: str
    unit: str
    was: Answer | None
    now: Answer
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """Other answers, and what a note would be with them; it was tried out before it is told.

    `about`: the id of a state, the id of a caution, or "urgency". `goal`: `remove` (the note would not be there; of the
    urgency: it would be lower), `raise` (help would be needed sooner), `top` (`state` would be named first), `stronger`
    (more would speak for `state`). Without `answers`, no change of up to `most` answers reaches the goal.
    """

    about: str
    goal: Literal["remove", "raise", "top", "stronger"]
    answers: tuple[Switch, ...]
    urgency: Urgency | None = None
    state: str = ""
    name: str = ""
    strength: Strength | None = None
    most: int = 0

    @property
    def settles(self) -> bool:
        """Whether it is one answer, which the person was not sure about."""
        return len(self.answers) == 1 and self.answers[0].was == UNSURE


@dataclass(frozen=True, slots=True)
class Link:
    """A concept on the way from what was answered to what is told, and why it matters."""

    concept: str
    label: str
    because: str


@dataclass(frozen=True, slots=True)
class Odds:
    """Answers that cannot all be so, and why. None of them can be left out."""

    answers: tuple[Evidence, ...]
    because: str


@dataclass(frozen=True, slots=True)
class StateNote:
    """What is told about one state.

    `ranked` says why it stands above the next one, where the two are equally strong; otherwise empty. Where it says
    how many answers were counted for that, `counted` has them. `told` are answers that alone name the state with this
    support, and none of them can be left out.
    """

    state: State
    strength: Strength
    ranked: str
    reasons: tuple[Reason, ...]
    chain: tuple[Link, ...]
    against: tuple[Reason, ...]
    unsure: tuple[Evidence, ...]
    not_asked: tuple[Evidence, ...]
    look_alikes: tuple[str, ...]
    about: tuple[str, ...]
    tests: tuple[str, ...]
    ask: tuple[str, ...]
    cautions: tuple[Reason, ...]
    told: tuple[Evidence, ...] = ()
    counted: tuple[Evidence, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """Everything a person is told about one set of answers.

    `at_once` are cautions that come before all but the action in an emergency.
    `signs_open` are the danger signs that nothing was said about, not even that the person is not sure.
    `noticed` is what the person told of, besides medicines, diet and results. `told` are answers that alone give this
    urgency, and none of them can be left out. `changes` are about the urgency and the cautions; what would change a
    state stands with the state. `names_given` has, by the words of a medicine, the names that stand for it.
    """

    advice: Advice | None
    urgent: tuple[Reason, ...]
    at_once: tuple[Reason, ...]
    not_ruled_out: tuple[Reason, ...]
    signs_open: tuple[Evidence, ...]
    states: tuple[StateNote, ...]
    cautions: tuple[Reason, ...]
    ask: tuple[str, ...]
    general_cautions: tuple[str, ...]
    medicines: tuple[str, ...]
    other_medicines: tuple[str, ...]
    results: tuple[str, ...]
    noticed: tuple[Evidence, ...]
    unsure: tuple[Evidence, ...]
    notice: str
    draft: str
    nothing_named: str
    fingerprint: str
    told: tuple[Evidence, ...] = ()
    changes: tuple[Change, ...] = ()
    odds: tuple[Odds, ...] = ()
    names_given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Rules(Protocol):
    """The rules behind an assessment, which can be asked further."""

    @property
    def rulebase(self) -> RuleBase: ...
    def certain(self, answers: Answers) -> Certain: ...
    def applies(self, condition: Condition | None, answers: Answers) -> bool: ...
    def unsure(self, assessment: Assessment, given: Answers) -> Mapping[str, Sequence[str]]: ...
    def not_asked(self, assessment: Assessment) -> Mapping[str, Sequence[str]]: ...


def explain(
    rules: Rules,
    assessment: Assessment,
    given: Answers,
    other_medicines: tuple[str, ...] = (),
    named_medicines: tuple[str, ...] = (),
) -> Note:
    """The note for an assessment of these answers, which are `given` without what follows from them.

    Of the `named_medicines` those are told that stand for an answer. One that these rules do not know counts as other.
    """
    return _Explainer(rules, assessment, given).note(other_medicines, named_medicines)


def with_changes(note: Note, changes: Iterable[Change]) -> Note:
    """The note with what would change it, each where it belongs."""
    known = tuple(changes)
    named = {state.state.id for state in note.states}
    states = tuple(
        replace(state, changes=tuple(each for each in known if each.about == state.state.id)) for state in note.states
    )
    return replace(note, states=states, changes=tuple(each for each in known if each.about not in named))


# --- the note ---------------------------------------------------------------------------------------


def evidence_words(rulebase: RuleBase, finding: str, answers: Answers) -> str:
    """A finding with its answer, to stand inside a sentence: "no fever", "blood potassium 3.1 mmol/L"."""
    what, answer = rulebase.findings[finding], answers.get(finding)
    if answer in (None, UNSURE, YES):
        return what.label
    if isinstance(answer, str):
        return f"{what.label}: {answer}" if what.choices else denied(what.label)
    return f"{what.label} {measured(answer, what.unit)}"


class _Explainer:
    def __init__(self, rules: Rules, assessment: Assessment, given: Answers) -> None:
        self.rules, self.rulebase, self.assessment, self.given = rules, rules.rulebase, assessment, given
        self.answers = assessment.answers

    def note(self, other_medicines: tuple[str, ...], named_medicines: tuple[str, ...]) -> Note:
        names, medicines = self.rulebase.medicines, tuple(self.given_of("medicine", "diet"))
        named = {candidate.state for candidate in self.assessment.candidates}
        loose = [
            fired for fired in self.assessment.cautions
            if not fired.rule.at_once and not named.intersection(getattr(fired.rule.then, "states", ()))
        ]  # fmt: skip
        top = self.assessment.urgency
        urgent = [fired for fired in self.assessment.urgent if _urgency(fired) == top]
        odds = at_odds(self.rulebase, self.given)
        alone: tuple[str, ...] = ()
        if top is not None:
            urgent, alone = self.leading(urgent, raising(self.rulebase, top))
        return Note(
            advice=self.rulebase.advice[top] if top is not None else None,
            urgent=tuple(map(self.reason, urgent)),
            at_once=tuple(self.reason(fired) for fired in self.assessment.cautions if fired.rule.at_once),
            not_ruled_out=tuple(self.reason(fired, open_now=True) for fired in self.assessment.not_ruled_out),
            signs_open=self.evidence(self.signs_open()),
            states=tuple(self.states()),
            cautions=tuple(self.reason(fired) for fired in loose),
            ask=self.first(self.rulebase.general_questions, MOST_GENERAL_QUESTIONS),
            general_cautions=self.first(self.rulebase.general_cautions, MOST_GENERAL_CAUTIONS),
            medicines=tuple(each.words for each in medicines),
            names_given={each.words: given for each in medicines if (given := self.names_of(each, named_medicines))},
            other_medicines=(*other_medicines, *(name for name in named_medicines if name not in names)),
            results=tuple(each.words for each in self.given_of("lab")),
            noticed=tuple(self.given_of("symptom", "event", "condition", "life stage", "about")),
            unsure=self.evidence(self.as_asked(each for each, answer in self.answers.items() if answer == UNSURE)),
            notice=str(self.rulebase.notice.get("is_not", "")),
            draft=str(self.rulebase.notice.get("draft", "")),
            nothing_named=self.silence(),
            fingerprint=self.rulebase.fingerprint,
            told=self.evidence(alone),
            odds=tuple(Odds(self.evidence(each), odd.because) for each, odd in odds.items()),
        )

    def silence(self) -> str:
        """What is said where no state is named; whom to ask in doubt, only where no other advice is given."""
        keys = ("nothing_named",) if self.assessment.urgency else ("nothing_named", "in_doubt")
        return " ".join(filter(None, (self.rulebase.notice.get(key) for key in keys)))

    def as_asked(self, findings: Iterable[str]) -> list[str]:
        """Danger signs first, then in the order of the screens."""
        screens = sorted(self.rulebase.screens.values(), key=lambda screen: not screen.red_flags)
        places = {finding: place for place, finding in enumerate(each for one in screens for each in one.findings)}
        return sorted(findings, key=lambda finding: places.get(finding, len(places)))

    def signs_open(self) -> Iterator[str]:
        for screen in self.rulebase.screens.values():
            if screen.red_flags:
                yield from (finding for finding in screen.findings if finding not in self.answers)

    def given_of(self, *kinds: str) -> Iterator[Evidence]:
        """What the person told of, in the order of these kinds; what only follows from it is left out."""
        given = [each for each, answer in self.given.items() if answer not in (NO, UNSURE)]
        kept = self.evidence(each for each in given if each in self.answers)
        yield from sorted((each for each in kept if each.kind in kinds), key=lambda each: kinds.index(each.kind))

    def names_of(self, told: Evidence, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the names given that stand for it, and say more than its words."""
        of_it = (name for name in names if told.finding in self.rulebase.medicines.get(name, ()))
        return tuple(name for name in of_it if name.casefold() not in told.words.casefold())

    def evidence(self, findings: Iterable[str]) -> tuple[Evidence, ...]:
        return tuple(
            Evidence(
                each,
                evidence_words(self.rulebase, each, self.answers),
                self.rulebase.findings[each].kind,
                follows=each in self.answers and each not in self.given,
                denied=self.answers.get(each) == NO,
            )
            for each in findings
        )

    def reason(self, fired: Fired, open_now: bool = False) -> Reason:
        rule = fired.rule
        told = fired.evidence if open_now else self.behind(fired, (rule,))
        return Reason(rule.id, rule.says, rule.because, rule.provenance.state, self.evidence(fired.evidence),
                      rule.provenance.facts, rule.provenance.sources, self.evidence(told))  # fmt: skip

    def behind(self, fired: Fired, rules: Iterable[Rule]) -> tuple[str, ...]:
        return answers_behind(self.rulebase, self.given, fired, rules, self.rules.certain)

    def leading(self, fired: Sequence[Fired], rules: Iterable[Rule]) -> tuple[list[Fired], tuple[str, ...]]:
        """Answers that alone give what these rules give, and the rules that fired: first one that fires with those."""
        alone = self.behind(fired[0], rules)
        truths = self.rules.certain({finding: self.given[finding] for finding in alone})
        lead = next((each for each in fired if truths.rule(each.rule.id)), fired[0])
        return [lead, *(each for each in fired if each is not lead)], alone

    def results_first(self, candidate: Candidate) -> list[Fired]:
        """The rules that name a state, those on a blood result first where they say it as strongly as any."""

        def says_less(fired: Fired) -> bool:
            then = fired.rule.then
            measured = any(self.rulebase.findings[each].kind == "lab" for each in fired.evidence)
            return not (measured and isinstance(then, Supports) and then.strength == candidate.strength)

        return sorted(candidate.fired, key=says_less)

    def first(self, sentences: Iterable[Sentence], most: int) -> tuple[str, ...]:
        """The first sentences that apply; those with a condition of their own fit better and go before the others."""
        open_now = (each for each in sentences if all(self.is_open(finding) for finding in each.answered_by))
        applying = [each for each in open_now if self.rules.applies(each.when, self.answers)]
        return tuple(each.says for each in sorted(applying, key=lambda each: each.when is None)[:most])

    def is_open(self, finding: str) -> bool:
        return self.answers.get(finding, UNSURE) == UNSURE

    def states(self) -> Iterator[StateNote]:
        candidates = self.assessment.candidates
        unsure, not_asked = self.rules.unsure(self.assessment, self.given), self.rules.not_asked(self.assessment)
        told = _Said()
        for place, candidate in enumerate(candidates):
            ranked, counted = self.ranked(candidate, candidates[place + 1 : place + 2])
            state = self.rulebase.states[candidate.state]
            naming_it = naming(self.rulebase, candidate.state, candidate.strength)
            fired, alone = self.leading(self.results_first(candidate), naming_it)
            chain = told.first(((link.concept, link) for link in self.chain(candidate)), MOST_CONCEPTS)
            cautions = [
                self.reason(fired) for fired in self.assessment.cautions
                if not fired.rule.at_once
                and candidate.state in getattr(fired.rule.then, "states", ())
                and told.new(fired.rule.id)
            ]  # fmt: skip
            look_alikes = told.first(((each, each) for each in self.look_alikes(candidate)), MOST_LOOK_ALIKES)
            yield StateNote(
                state=state,
                strength=candidate.strength,
                ranked=ranked,
                reasons=tuple(self.reason(fired) for fired in _telling(fired)),
                chain=chain,
                against=tuple(self.reason(fired) for fired in candidate.against),
                unsure=self.evidence(self.as_asked(unsure[candidate.state])),
                not_asked=self.evidence(not_asked[candidate.state]),
                look_alikes=look_alikes,
                about=self.first(state.about, MOST_ABOUT),
                tests=self.first(state.tests, MOST_TESTS),
                ask=self.first(state.ask, MOST_QUESTIONS),
                cautions=tuple(cautions),
                told=self.evidence(alone),
                counted=self.evidence(counted),
            )

    def ranked(self, candidate: Candidate, following: Sequence[Candidate]) -> tuple[str, tuple[str, ...]]:
        """Why it stands above the one that follows it, if one does; and the findings counted for that."""
        if not following or following[0].strength != candidate.strength:
            return "", ()
        other = self.rulebase.states[following[0].state].name
        if candidate.critical and not following[0].critical:
            return f"Above {other}, as the blood result behind it needs help now.", ()
        if candidate.measured and not following[0].measured:
            return f"Above {other}, as a blood result stands behind it.", ()
        mine, theirs = len(candidate.evidence), len(following[0].evidence)
        if mine == theirs:
            return f"As much speaks for {other}: {_answers(mine)} each.", candidate.evidence
        return f"Above {other}, as it rests on {_answers(mine)}, against {theirs}.", candidate.evidence

    def chain(self, candidate: Candidate) -> Iterator[Link]:
        for fired in candidate.fired:
            for concept in map(self.rulebase.concepts.__getitem__, fired.concepts):
                yield Link(concept.id, concept.label, concept.because)

    def look_alikes(self, candidate: Candidate) -> list[str]:
        behind = {
            finding for fired in candidate.fired for finding in fired.evidence if self.answers.get(finding) == YES
        }
        found = [each for each in self.rulebase.look_alikes.values() if behind.intersection(each.findings)]
        found.sort(key=lambda each: not each.urgent)
        return [each.says for each in found]


_T = TypeVar("_T")


class _Said:
    """What a note has said already: it says nothing twice."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def new(self, what: str) -> bool:
        before = len(self._said)
        self._said.add(what)
        return len(self._said) > before

    def first(self, named: Iterable[tuple[str, _T]], most: int) -> tuple[_T, ...]:
        """Those that are said now: the first of these that were not said before."""
        return tuple(islice((each for name, each in named if self.new(name)), most))


def _telling(fired: Iterable[Fired]) -> list[Fired]:
    """The rules worth reading, strongest first: one that rests on nothing but what a stronger one used adds nothing."""
    told: list[Fired] = []
    used: set[str] = set()
    for each in fired:
        if not told or not used.issuperset(each.evidence):
            told.append(each)
            used.update(each.evidence)
    return told


def _answers(count: int) -> str:
    return "one of your answers" if count == 1 else f"{count} of your answers"


def _urgency(fired: Fired) -> object:
    return getattr(fired.rule.then, "urgency", None)
