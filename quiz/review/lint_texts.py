"""What may not stand in a text that people read: a dose, a disease as the answer, false comfort, hard sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from quiz.errors import Position, Problem
from quiz.model import (
    Condition,
    Holds,
    Is,
    Mechanism,
    Misconception,
    Named,
    Rule,
    RuleBase,
    Sentence,
    Supports,
    Teaching,
    leaves,
)
from quiz.review.forbidden import forbidden, words_of

LONGEST_HEADLINE = 140
"""Characters of a sentence that opens a note."""

HARDEST = 8.0
"""Reading grade of what a person reads."""

HARDEST_IN_DANGER = 6.0
"""Reading grade of what a person reads when a red flag fired."""

HARDEST_FOR_LEARNERS = 10.0
"""Reading grade of reasons, which a person sees only when asking for more."""

_SENTENCE_END = re.compile(r"[.!?;:]+(?:\s|$)")
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")


def reading_grade(text: str, easy: frozenset[str] = frozenset()) -> float:
    """Flesch-Kincaid grade: 0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid et al., 1975).

    `easy` words count two syllables at most: the glossary explains them.
    """
    words = _WORD.findall(text)
    sentences = max(1, len([part for part in _SENTENCE_END.split(text) if _WORD.search(part)]))
    if not words:
        return 0.0
    syllables = sum(min(2, _syllables(word)) if word.lower() in easy else _syllables(word) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


@cache
def _syllables(word: str) -> int:
    count = 0
    for part in word.lower().split("-"):
        silent = re.sub(r"(?:[^laeiouy]es|ed|[^laeiouy]e)$", "", part) if not part.endswith(("ted", "ded")) else part
        count += max(1, len(re.findall(r"[aeiouy]+", silent)))
    return max(1, count)


def easy_words(rulebase: RuleBase) -> frozenset[str]:
    """The words that the glossary explains, and the names of the states and of the medicines' classes."""
    names = [*rulebase.glossary, *(f"{state.name} {state.clinical_name}" for state in rulebase.states.values())]
    found = {word.lower() for name in names for word in _WORD.findall(name)}
    return frozenset(found | {word + "s" for word in found})


def lint(rulebase: RuleBase) -> list[Problem]:
    """Every text that breaks a rule of wording, in file order."""
    easy = easy_words(rulebase)
    substances = words_of([*(each.electrolyte for each in rulebase.states.values()), *rulebase.medicines])
    problems: list[Problem] = []

    def note(place: Position, code: str, message: str, hint: str = "") -> None:
        problems.append(Problem(place, code, message, hint))

    for place, what, text, hardest in _texts(rulebase):
        for found in forbidden(text, substances):
            note(place, found.code, f'{what} {found.what}: "{found.words}"', found.hint)
        grade = reading_grade(text, easy)
        if grade > hardest:
            note(place, "W605", f"{what} reads at grade {grade:.1f}, above {hardest:g}: {text[:60]}",
                 "shorter sentences, shorter words; or explain a term in the glossary")  # fmt: skip
    for place, what, name in _names(rulebase):
        for found in forbidden(name, substances):
            note(place, found.code, f'{what} {found.what}: "{found.words}"', found.hint)
    for rule in rulebase.rules.values():
        if len(rule.says) > LONGEST_HEADLINE:
            note(rule.position, "W606", f"says is {len(rule.says)} characters long, above {LONGEST_HEADLINE}",
                 "say less")  # fmt: skip
        for disease in _told_diseases(rulebase, rule):
            note(rule.position, "W604", f'says names "{disease}", which no condition of the rule reports',
                 "a disease is never the answer; put it among the look-alikes")  # fmt: skip
    return sorted(problems)


def _told_diseases(rulebase: RuleBase, rule: Rule) -> Iterator[str]:
    says = rule.says.lower()
    near = [disease for disease in rulebase.diseases if disease.lower() in says]
    told = [disease for disease in near if re.search(rf"\b{re.escape(disease.lower())}\b", says)]
    try:
        reported = set(_findings(rulebase, rule.when, set())) if told else set()
    except KeyError:  # a concept could not be read, which is told: what it reports is not known
        return
    yield from (disease for disease in told if rulebase.diseases[disease] not in reported)


def _findings(rulebase: RuleBase, condition: Condition, seen: set[str]) -> Iterator[str]:
    for leaf in leaves(condition):
        if isinstance(leaf, Is):
            yield leaf.finding
        elif isinstance(leaf, Holds) and leaf.concept not in seen:
            seen.add(leaf.concept)
            yield from _findings(rulebase, rulebase.concepts[leaf.concept].when, seen)
        elif isinstance(leaf, Named):
            for rule in rulebase.rules.values():
                if isinstance(rule.then, Supports) and rule.then.state == leaf.state:
                    yield from _findings(rulebase, rule.when, seen)


def _texts(rulebase: RuleBase) -> Iterator[tuple[Position, str, str, float]]:
    """(place, what it is, text, hardest grade) of everything that people read."""
    for rule in rulebase.rules.values():
        yield rule.position, f'rule "{rule.id}"', rule.says, HARDEST_IN_DANGER if rule.red_flag else HARDEST
        yield rule.position, f'the reason of "{rule.id}"', rule.because, HARDEST_FOR_LEARNERS
    for concept in rulebase.concepts.values():
        yield concept.position, f'the reason of "{concept.id}"', concept.because, HARDEST_FOR_LEARNERS
    for state in rulebase.states.values():
        groups: Iterable[tuple[str, tuple[Sentence, ...]]] = (
            ("about", state.about), ("tests", state.tests), ("ask", state.ask))  # fmt: skip
        for what, sentences in groups:
            for sentence in sentences:
                yield sentence.position, f"{state.id} {what}", sentence.says, HARDEST
    for sentence in (*rulebase.general_questions, *rulebase.general_cautions):
        yield sentence.position, "what is said to everybody", sentence.says, HARDEST
    for name, text in rulebase.notice.items():
        yield rulebase.places[name], f"the notice {name.rstrip('_')}", text, HARDEST
    for term, text in rulebase.glossary.items():
        yield rulebase.places[term], f'"{term}" in the glossary', text, HARDEST
    for look_alike in rulebase.look_alikes.values():
        yield look_alike.position, f'"{look_alike.id}"', look_alike.says, HARDEST
    for advice in rulebase.advice.values():
        hardest = HARDEST_IN_DANGER if advice.urgency.word == "emergency" else HARDEST
        yield advice.position, f"advice for {advice.urgency.word}", f"{advice.headline} {advice.action}", hardest
    danger = {finding for screen in rulebase.screens.values() if screen.red_flags for finding in screen.findings}
    for finding in rulebase.findings.values():
        hardest = HARDEST_IN_DANGER if finding.id in danger else HARDEST
        for text in (finding.question, finding.rephrase, finding.help):
            if text:
                yield finding.position, f'question of "{finding.id}"', text.replace("Do you have", "Is there"), hardest
    for screen in rulebase.screens.values():
        yield screen.position, f'what screen "{screen.id}" says', screen.intro, HARDEST
    yield from _lessons(rulebase)


def _names(rulebase: RuleBase) -> Iterator[tuple[Position, str, str]]:
    """(place, what it is, text) of what stands in sentences, on lists and over them, where no grade can be told."""
    for finding in rulebase.findings.values():
        for name in (finding.label, *finding.examples, *finding.choices):
            yield finding.position, f'a name of "{finding.id}"', name
    for concept in rulebase.concepts.values():
        yield concept.position, f'the label of "{concept.id}"', concept.label
    for state in rulebase.states.values():
        for name in (state.name, state.clinical_name):
            yield state.position, f"a name of {state.id}", name
    for screen in rulebase.screens.values():
        yield screen.position, f'the title of screen "{screen.id}"', screen.title
    for name in rulebase.medicines:
        yield rulebase.places[f"medicines.{name}"], "a name of a medicine", name


def _lessons(rulebase: RuleBase) -> Iterator[tuple[Position, str, str, float]]:
    """What students read, but for what made-up people tell and for what is mistaken."""
    lessons: Iterable[Teaching | Mechanism | Misconception] = (
        *rulebase.teaching.values(), *rulebase.mechanisms.values(), *rulebase.misconceptions.values())  # fmt: skip
    for lesson in lessons:
        yield lesson.position, f'"{lesson.id}"', lesson.says, HARDEST_FOR_LEARNERS
    for vignette in rulebase.vignettes.values():
        yield vignette.position, f'the reasoning of "{vignette.id}"', vignette.reasoning, HARDEST_FOR_LEARNERS
    for odd in rulebase.practice.odd:
        yield odd.position, "the reason of what is odd", odd.because, HARDEST_FOR_LEARNERS
