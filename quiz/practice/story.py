"""The answers of a made-up person told as a short story. It tells every one of them, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from quiz.model import NO, UNSURE, YES, Answers, Finding, RuleBase, Telling
from quiz.practice.dice import Dice

PRONOUNS: Mapping[str, tuple[str, str, str, str]] = {
    "female": ("woman", "she", "her", "her"),
    "male": ("man", "he", "his", "him"),
}
"""For a choice about the person: who it is, and {they}, {their}, {them}."""

NOBODY = ("person", "this person", "their", "this person")

LATELY, OVER = ("Lately", "These days", "At the moment", "Besides,"), ("Lately", "Besides,")
"""Beginnings of a sentence about what somebody feels, and of one that tells of what is over, too."""

_IS_OVER = re.compile(r"^(?:has (?:had|been|fainted|grown|lost|broken))\b")

_TOGETHER = re.compile(
    r"(has had no|has had|has never had|has no|has|takes no|takes|uses no|uses|feels) "
    r"(?!been |lost |never |taken |grown |broken |worked |had |fainted|eaten |done |used |stopped )"
)
"""Beginnings of verb phrases that are said once for several."""

_HAS_PARTS = re.compile(r" (?:and|or) ")

_OPEN_QUESTION = ("whether ", "how ", "what ", "when ", "which ")
_BESIDE = re.compile(r" ?\([^)]*\)")


def noun(finding: Finding, telling: Telling) -> str:
    """The finding as a noun without an article, to stand after "no"."""
    if telling.noun:
        return telling.noun
    plain = _BESIDE.sub("", finding.label).partition(",")[0].strip()
    first, _, rest = plain.partition(" ")
    return rest if first in ("a", "an", "the") and rest else plain


class Story:
    """Tells one set of answers. The dice choose among names of medicines and turns of phrase."""

    def __init__(self, rulebase: RuleBase, answers: Answers, dice: Dice) -> None:
        self.rulebase, self.answers, self.dice = rulebase, answers, dice
        about = [each for each in rulebase.findings.values() if each.kind == "about" and each.id in answers]
        self.years = next((answers[each.id] for each in about if each.unit == "years"), None)
        chosen = next((str(answers[each.id]) for each in about if each.choices), "")
        self.who, self.they, self.their, self.them = PRONOUNS.get(chosen, NOBODY)
        self.told = {each.id for each in about if each.unit == "years" or str(answers[each.id]) in PRONOUNS}
        self.names = self._medicines()

    @property
    def title(self) -> str:
        """Who it is, with one thing that is known from the start."""
        known = [*self._of("condition"), *self._of("medicine"), *self._of("symptom")]
        return f"{self._person()} who {known[0]}" if known else self._person()

    def text(self) -> str:
        return " ".join(self._filled(sentence) for sentence in self._sentences())

    def _sentences(self) -> Iterator[str]:
        background = [*self._of("life stage"), *self._of("condition"), *self._of("medicine"), *self._of("diet")]
        complaints = self._of("symptom")
        before = self._of("event")
        opening = background or before or complaints
        yield f"{self._person()} {_joined(opening or ['asks about blood salts'])}."
        if before and opening is not before:
            yield f"{{They}} {_joined(before)}."
        if complaints and opening is not complaints:
            lead = self.dice.pick(OVER if any(map(_IS_OVER.match, complaints)) else LATELY)
            yield f"{lead} {{they}} {_joined(complaints)}."
        yield from self._numbers()
        if denied := [self._no(finding) for finding in self._answered(NO)]:
            yield f"{{They}} {_joined(denied)}."
        if unsure := [self._unsure(finding) for finding in self._answered(UNSURE)]:
            yield f"{{They}} is not sure {listed(unsure, 'or')}."

    def _person(self) -> str:
        if self.years is None:
            return f"A {self.who}"
        years = f"{float(self.years):g}"
        return f"{'An' if years[0] == '8' or years in ('11', '18') else 'A'} {years}-year-old {self.who}"

    def _filled(self, sentence: str) -> str:
        for name, word in (("they", self.they), ("their", self.their), ("them", self.them)):
            sentence = sentence.replace(f"{{{name}}}", word)
            sentence = sentence.replace(f"{{{name.capitalize()}}}", word[:1].upper() + word[1:])
        return sentence

    # --- phrases ------------------------------------------------------------------------------------

    def _answered(self, answer: str) -> list[Finding]:
        return [
            self.rulebase.findings[finding]
            for finding, given in self.answers.items()
            if given == answer and finding not in self.told
        ]

    def _telling(self, finding: Finding) -> Telling:
        return self.rulebase.practice.told.get(finding.id, Telling())

    def _of(self, kind: str) -> list[str]:
        found = [each for each in self._answered(YES) if each.kind == kind and self._is_said(each)]
        return [self._filled(self._yes(each)) for each in found]

    def _is_said(self, finding: Finding) -> bool:
        """Whether the finding has words of its own: a medicine that joins two is named once."""
        return finding.id not in self.names or self.names[finding.id] != ""

    def _yes(self, finding: Finding) -> str:
        said = self._telling(finding).yes
        if finding.kind != "medicine" and "{medicine}" not in said and finding.id not in self.names:
            return (
                said or f"{'has' if finding.kind in ('symptom', 'condition') else 'tells of'} {_plain(finding.label)}"
            )
        name = self.names.get(finding.id) or _plain(finding.label)
        return (said or "takes {medicine}").replace("{medicine}", name)

    def _no(self, finding: Finding) -> str:
        telling = self._telling(finding)
        if telling.no:
            return telling.no
        verb = "takes" if finding.kind in ("medicine", "diet") else "has"
        return f"{verb} no {noun(finding, telling)}"

    def _unsure(self, finding: Finding) -> str:
        telling = self._telling(finding)
        if telling.noun.startswith(_OPEN_QUESTION):
            return telling.noun
        if finding.kind == "medicine" and not telling.yes and not telling.no:
            return f"whether one of {{their}} tablets is {_plain(finding.label)}"
        return f"about {telling.noun if telling.no else _plain(finding.label)}"

    def _numbers(self) -> Iterator[str]:
        found = []
        for finding, answer in self.answers.items():
            known = self.rulebase.findings[finding]
            if finding not in self.told and known.is_number and answer != UNSURE:
                found.append(f"{known.label} {answer:g} {known.unit}")
            elif finding not in self.told and known.choices and answer != UNSURE:
                yield f"{known.label[:1].upper()}{known.label[1:]}: {answer}."
        if found:
            yield f"{{Their}} last report says: {'; '.join(found)}."

    # --- names of medicines -------------------------------------------------------------------------

    def _medicines(self) -> dict[str, str]:
        """A real name for each medicine taken. One that a name of another covers has no words of its own."""
        taken = [each for each in self._answered(YES) if self._has_names(each)]
        names: dict[str, str] = {}
        for finding in taken:
            if finding.id in names:
                continue
            fitting = [name for name in self._names(finding) if all(each not in names for each in self._classes(name))]
            if fitting:
                chosen = self.dice.pick(fitting)
                names.update(dict.fromkeys(self._classes(chosen), ""))
                names[finding.id] = chosen
        return names

    def _has_names(self, finding: Finding) -> bool:
        said = self._telling(finding).yes
        named = finding.kind == "medicine" or bool(finding.examples)
        return "{medicine}" in said or (named and not said)

    def _classes(self, name: str) -> tuple[str, ...]:
        return self.rulebase.medicines[name]

    def _names(self, finding: Finding) -> list[str]:
        """Names that stand for this medicine and for nothing that is not taken; the examples most of all."""
        fitting = [
            name
            for name, classes in self.rulebase.medicines.items()
            if finding.id in classes and all(self.answers.get(each) == YES for each in classes)
        ]
        examples = [name for name in fitting if name in finding.examples]
        generic = [name for name in fitting if name[:1].islower()]
        return [*examples, *examples, *(generic or fitting)]


def _plain(label: str) -> str:
    return _BESIDE.sub("", label).strip()


def listed(parts: Sequence[str], word: str = "and") -> str:
    """The parts as in a sentence: "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def _joined(phrases: Iterable[str]) -> str:
    """Verb phrases as one: what begins alike is put together, and its verb is said once."""
    groups: dict[str, list[str]] = {}
    for phrase in phrases:
        found = _TOGETHER.match(phrase)
        verb = found[1] if found else phrase
        groups.setdefault(verb, []).append(phrase[found.end() :] if found else "")
    said = [
        f"{verb} {listed(rest, 'or' if verb.endswith((' no', 'never had')) else 'and')}".strip()
        for verb, rest in groups.items()
    ]
    if len(said) > 2 or (len(said) == 2 and _HAS_PARTS.search(said[0])):
        return f"{', '.join(said[:-1])}, and {said[-1]}"
    return " and ".join(said)
