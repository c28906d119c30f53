"""A difference between two rule bases as a review comment, as plain text, and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import takewhile
from typing import Any

from quiz.model import RuleBase
from quiz.review.diff import CaseChange, Change, Difference, Example, Kind, Meaning
from quiz.review.diff_beside import GONE, NEW, Other
from quiz.review.english import English
from quiz.review.population import DECLARED
from quiz.text import inert, page

TITLES: dict[Kind, str] = {
    "named": "States named",
    "urgency": "How soon help is needed",
    "red flag": "Red flags",
    "caution": "Warnings",
    "against": "What speaks against a state",
    "reason": "Reasons told",
    "constraint": "What cannot be",
}

SCOPE = "A proof covers the rules as written, not medicine."

WRITTEN_OTHERWISE = (
    "Conditions are written otherwise. No proof covers what hangs on that alone: which answers are shown behind a "
    "state, and which of two states comes first where equally much speaks for both."
)

LONGEST = 240
"""Characters of what was before, or is now, in a comment; the data holds all of it."""

AROUND = 40
"""Characters told on each side of where two long texts differ."""

MOST_LISTED = 12
"""Ids in one line; the rest is counted."""


class Report:
    """`before` and `after` name the two sides, as the person gave them."""

    def __init__(self, found: Difference, old: RuleBase, new: RuleBase, before: str, after: str) -> None:
        self.found, self.old, self.new, self.before, self.after = found, old, new, before, after
        self._english = English(old), English(new)

    def markdown(self) -> str:
        return "\n".join(_markdown(_in_a_row(self._lines()))) + "\n"

    def text(self, width: int) -> str:
        return page("\n".join(_text(_in_a_row(self._lines()))), width) + "\n"

    def data(self) -> dict[str, Any]:
        found = self.found
        return {
            "before": {"rules": self.before, "fingerprint": self.old.fingerprint},
            "after": {"rules": self.after, "fingerprint": self.new.fingerprint},
            "same_meaning": found.same,
            "same_conclusions": not found.changes,
            "proved_identical": found.identical,
            "changes": [self._change_data(each) for each in found.changes],
            "rules": {
                "edited": list(found.edited),
                "new": list(found.rules_new),
                "gone": list(found.rules_gone),
                "renamed": [{"before": before, "after": after} for before, after in found.renamed],
            },
            "population": {**asdict(found.population), "declared": DECLARED},
            "vignettes": {"compared": found.vignettes_compared, "changed": list(map(_case_data, found.vignettes))},
            "sessions": {"compared": found.sessions_compared, "changed": list(map(_case_data, found.sessions))},
            "cards": list(found.cards),
            "asked_or_told": [asdict(each) for each in found.beside.told],
            "tests_and_practice": [asdict(each) for each in found.beside.checks],
            "wording": asdict(found.beside.wording),
            "scope": SCOPE,
        }  # fmt: skip

    def _change_data(self, change: Change) -> dict[str, Any]:
        def example(found: Example | None) -> dict[str, Any] | None:
            if found is None:
                return None
            return {
                "answers": dict(found.answers),
                "in_words": self._case(found),
                "before": str(found.before),
                "after": str(found.after),
                "confirmed_by_engine": found.confirmed,
            }

        return {
            "kind": change.kind, "what": change.what, "read_before": change.read, "concludes": change.concludes,
            "gained": example(change.gained), "lost": example(change.lost),
            "cases_gained": change.cases_gained, "cases_lost": change.cases_lost,
        }  # fmt: skip

    # --- lines: (level, text); 1 is a heading, 2 a paragraph, 3 and more are items ----------------------

    def _lines(self) -> Iterator[tuple[int, str]]:
        found = self.found
        yield 1, "What changed in meaning" if found.changes else "The rules conclude the same"
        yield 2, f"From {self.before} ({self.old.fingerprint}) to {self.after} ({self.new.fingerprint})."
        told, others = len(found.changes), len(found.beside.told)
        yield 2, (
            f"{_count(told, 'thing is', 'things are')} told on other answers than before; {found.identical} are proved "
            "identical." if found.changes else
            "Proved on every set of answers that can stand together: the same states are named with the same support, "
            f"and urgency, red flags, warnings and reasons are the same. {found.identical} things were compared."
        )  # fmt: skip
        if others:
            differ = _count(others, "thing differs", "things differ")
            yield 2, f"{differ} besides, which no proof covers, and can change what a person is asked or told."
        else:
            written = f"{WRITTEN_OTHERWISE} " if found.edited and not found.changes else ""
            yield 2, f"{written}{self._nothing_else(bool(written))}"
        yield from self._rules()
        yield from self._cases("vignette", found.vignettes, found.vignettes_compared)
        if found.sessions_compared:
            yield from self._cases("saved interview", found.sessions, found.sessions_compared)
        if found.cards:
            cards = _count(len(found.cards), "practice card begins", "practice cards begin")
            yield 2, f"{cards} anew for students, as what is learned is written otherwise:"
            yield 3, _ids(found.cards)
        for kind, title in TITLES.items():
            of_kind = [each for each in found.changes if each.kind == kind]
            if of_kind:
                yield 1, title
                for each in of_kind:
                    yield from self._change(each)
        yield from self._beside("What else can change what is asked or told", found.beside.told)
        yield from self._beside("Tests and practice", found.beside.checks, "No note is told otherwise by these.")
        yield from self._wording()
        if found.changes:
            yield 1, "What the counts are of"
            people = found.population
            stories, drawn = f"{people.vignettes} of the vignettes of both sides", f"{people.random} random ones"
            seed = f"drawn half from each side with seed {people.seed}"
            yield 2, f"{people.size} cases: {stories}, and {drawn}, {seed}: {DECLARED}."
        yield 2, SCOPE

    def _nothing_else(self, more: bool) -> str:
        """In what else nothing differs that a person meets."""
        texts = len(self.found.beside.wording.texts)
        begin = "Nothing else differs" if more else "Nothing differs besides"
        if not texts:
            return f"{begin} that can change what a person is asked or told."
        read = _count(texts, "text reads", "texts read")
        return f'{begin} but words: {read} otherwise, with what was before under "Words". No proof covers a word.'

    def _cases(self, what: str, changed: tuple[CaseChange, ...], compared: int) -> Iterator[tuple[int, str]]:
        end = ":" if changed else "."
        otherwise = len({each.id for each in changed})
        yield 2, f"{otherwise} of {_count(compared, what, what + 's')} told otherwise{end}"
        for each in changed:
            yield 3, each.name
            yield from _apart(each.before, each.after, 4)

    def _change(self, change: Change) -> Iterator[tuple[int, str]]:
        size = self.found.population.size
        counted = f"{change.cases_gained} of {size} cases gain it, {change.cases_lost} lose it"
        only_lost = change.lost is not None and change.gained is None
        if change.kind == "constraint":
            yield 3, change.what
        else:
            told = change.read if change.read and only_lost else change.what
            yield 3, f"{told.rstrip('.')}: {counted}."
        if change.read:
            yield 4, f"It reads now: {change.what}" if only_lost else f"It read before: {change.read}"
        if change.concludes:
            yield 4, f"Its conclusion is another. {change.concludes}"
        if change.gained is None and change.lost is None:
            yield 4, "It is told on the same answers as before, as is proved."
            return
        for word, example in (("gained", change.gained), ("lost", change.lost)):
            if example is None:
                yield 4, f"{word}: never, as is proved."
                continue
            words = " in its old words" if word == "lost" and change.read and not only_lost else ""
            yield 4, f"{word}{words}, in the smallest case: {self._case(example)}."
            yield from _apart(example.before, example.after, 5)
            if not example.confirmed:
                yield 5, "The engine does not tell them apart on these answers, so look at this case by hand."

    def _case(self, example: Example) -> str:
        """The answers in the words of the side that knows them; the new one where both do."""
        old, new = self._english
        mine = {name: each for name, each in example.answers.items() if name in self.new.findings}
        others = {name: each for name, each in example.answers.items() if name not in self.new.findings}
        parts = [
            *([new.case(mine)] if mine or not others else []),
            *([f"{old.case(others)} (asked only before)"] if others else []),
        ]
        return "; ".join(parts)

    def _rules(self) -> Iterator[tuple[int, str]]:
        found = self.found
        for word, ids in (
            ("new rules", found.rules_new),
            ("rules gone", found.rules_gone),
            ("edited conditions and conclusions", found.edited),
            ("renamed", tuple(f"{before} is now {after}" for before, after in found.renamed)),
        ):
            if ids:
                yield 3, f"{word}: {_ids(ids)}"

    def _beside(self, title: str, others: tuple[Other, ...], about: str = "") -> Iterator[tuple[int, str]]:
        if others:
            yield 1, title
            if about:
                yield 2, about
        whole: dict[tuple[str, str], list[str]] = {}
        for each in others:
            if each.what in (NEW, GONE):
                whole.setdefault((each.section, each.what), []).append(each.id)
        for (section, what), ids in whole.items():
            yield 3, f"{section}, {what}: {_ids(tuple(ids))}"
        for each in others:
            if each.what not in (NEW, GONE):
                yield 3, _of(each)
                yield from _before_and_now(each)

    def _wording(self) -> Iterator[tuple[int, str]]:
        wording, checks = self.found.beside.wording, self.found.beside.checks
        if not wording.texts and not wording.sections:
            return
        yield 1, "Words"
        if self.found.same and not checks:
            yield 2, "Wording only: nothing else differs."
        for each in wording.sections:
            for word, ids in (("new", each.new), ("gone", each.gone)):
                if ids:
                    yield 3, f"{each.name}, {word}: {_ids(ids)}"
        for text in wording.texts:
            yield 3, _of(text)
            yield from _before_and_now(text)


def _of(other: Other) -> str:
    return f"{other.section} {other.id}{', ' if other.what else ''}{other.what}"


def _before_and_now(other: Other) -> Iterator[tuple[int, str]]:
    if other.before or other.after:
        before, after = _where_they_differ(other.before, other.after)
        yield 4, f"before: {before or 'none'}"
        yield 4, f"now: {after or 'none'}"


def _where_they_differ(before: str, after: str) -> tuple[str, str]:
    """Both, where one is long without what they begin and end with alike, and never longer than LONGEST."""
    if max(len(before), len(after)) <= LONGEST:
        return before, after
    start = max(_alike(before, after) - AROUND, 0)
    end = max(_alike(before[start:][::-1], after[start:][::-1]) - AROUND, 0)
    return _part(before, start, end), _part(after, start, end)


def _alike(one: str, other: str) -> int:
    """With how many characters both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _part(text: str, start: int, end: int) -> str:
    found = text[start : len(text) - end]
    cut = "…" if end or len(found) > LONGEST else ""
    return f"{'…' if start else ''}{found[:LONGEST]}{cut}"


def _apart(before: Meaning, after: Meaning, level: int) -> Iterator[tuple[int, str]]:
    """What each side tells and the other does not."""
    if before.named != after.named and set(before.named) == set(after.named):
        yield level, "the same states, in another order"
    for word, mine, other in (("before", before, after), ("now", after, before)):
        parts = [] if mine.named == other.named else [mine.states]
        parts += [] if mine.urgent == other.urgent else [mine.urgency]
        if parts:
            yield level, f"{word}: {'; '.join(parts)}"
    for each in after.beside(before):
        yield level, f"told additionally, {each}"
    for each in before.beside(after):
        yield level, f"told no more, {each}"


def _case_data(change: CaseChange) -> dict[str, Any]:
    return {
        "name": change.name, "before": str(change.before), "after": str(change.after),
        "told_additionally": list(change.after.beside(change.before)),
        "told_no_more": list(change.before.beside(change.after)),
    }  # fmt: skip


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def _ids(ids: tuple[str, ...]) -> str:
    more = len(ids) - MOST_LISTED
    return ", ".join(ids[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _in_a_row(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Each line without what a terminal would obey, and without the line breaks of a text in it."""
    for level, line in lines:
        yield level, " ".join(inert(line).split())


def _markdown(lines: Iterable[tuple[int, str]]) -> Iterator[str]:
    before, first = 0, True
    for level, line in lines:
        text = _escaped(line)
        if level == 1:
            yield from ([] if first else [""])
            yield f"{'##' if first else '###'} {text}"
            first = False
        elif level == 2:
            yield ""
            yield text
        else:
            yield from ([""] if before < 3 else [])
            yield f"{'  ' * (level - 3)}- {text}"
        before = level


def _escaped(text: str) -> str:
    for mark in "\\`*_[]<>|#":
        text = text.replace(mark, "\\" + mark)
    return text


def _text(lines: Iterable[tuple[int, str]]) -> Iterator[str]:
    before = 0
    for level, line in lines:
        if (level == 1 and before) or (level == 2 and before > 2):
            yield ""
        yield line.upper() if level == 1 else line if level == 2 else f"{'  ' * (level - 3)}- {line}"
        before = level
