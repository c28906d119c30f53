"""Which question comes next, and when to stop. Knows no keyboard and no engine: it is handed `assess` and `outlook`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from quiz.consequences import with_consequences
from quiz.model import UNSURE, Answer, Answers, Assessment, Finding, Outlook, RuleBase, Screen

if TYPE_CHECKING:
    from quiz.unsettled import Unsettled

MOST_LINES = 9
"""Lines on a screen that is put together from several short ones, or asks what is left."""

MOST_TOGETHER = 3
"""Short screens that are put together in one: its title names them all."""

AGAIN = "again"
BLANK = "blank"
"""Ids of the two screens that the interview adds after the danger signs."""


@dataclass(frozen=True, slots=True)
class Session:
    """One interview so far.

    `shown` are the ids of the screens that are done, in order; `asked` the findings that were on them, answered or
    not. `named_medicines` are names typed in that stand for answers, `other_medicines` those that no rule knows; both
    go on the sheet. `at` are the lines of the screen that is open, each with the answer it had before; None between
    two screens, empty once nothing was left to ask.
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    other_medicines: tuple[str, ...] = ()
    at: Mapping[str, Answer | None] | None = None
    named_medicines: tuple[str, ...] = ()

    def given(self, given: Mapping[str, Answer | None]) -> Session:
        """The session with these answers. An answer of None takes an earlier one back."""
        answers = {**self.answers, **given}
        return replace(self, answers={finding: answer for finding, answer in answers.items() if answer is not None})

    def done(self, step: Step) -> Session:
        """The session with this step behind it."""
        return replace(
            self,
            shown=tuple(dict.fromkeys((*self.shown, *step.screens))),
            asked=tuple(dict.fromkeys((*self.asked, *(finding.id for finding in step.findings)))),
            at=None,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """What to put before the person next.

    `typed` takes names of medicines; the others are lists of findings. `wording` is the question of each line:
    a finding asked a second time is asked in other words. `screens` are the ids that are done with it; `left` is about
    how many steps follow.
    """

    screens: tuple[str, ...]
    kind: Literal["list", "typed"]
    title: str
    intro: str
    findings: tuple[Finding, ...]
    wording: Mapping[str, str]
    left: int

    @property
    def id(self) -> str:
        return "+".join(self.screens)


class Interview:
    """The order of questions for one rule base."""

    def __init__(
        self,
        rulebase: RuleBase,
        assess: Callable[[Answers], Assessment],
        outlook: Callable[[Answers], Outlook],
    ) -> None:
        self.rulebase = rulebase
        self._assess = assess
        self._outlook = outlook
        self._on_screens = {finding for screen in rulebase.screens.values() for finding in screen.findings}

    @cached_property
    def _unsettled(self) -> Unsettled:
        from quiz.unsettled import Unsettled

        return Unsettled(self.rulebase)

    def first(self) -> Step | None:
        """The first step of a new interview, without the number of those that follow: so no rule need be matched."""
        return next(self._steps(Session()), None)

    def next(self, session: Session) -> Step | None:
        """The next step, or None when no answer left can change what is told."""
        steps = self._steps(session)
        first = next(steps, None)
        return replace(first, left=sum(1 for _ in steps)) if first else None

    def _steps(self, session: Session) -> Iterator[Step]:
        """The next step, and those that would follow if nothing asked were so."""
        known = with_consequences(self.rulebase, session.answers)
        for screen in self.rulebase.screens.values():
            if self._last_red_flag == screen.id:
                yield from self._always(screen, session, known)
                yield from self._again(session, known)
            elif screen.ask == "always":
                yield from self._always(screen, session, known)
        open_lines = self.to_ask(session)
        yield from self._useful(session, open_lines)
        yield from self._last(session, open_lines)

    def to_ask(self, session: Session) -> Mapping[str, int]:
        """Findings on none of the screens that are always shown, each with how much it could move.

        Empty once nothing that was not asked can change what is told; see `Unsettled.fewest`. What was asked and left
        without an answer stays so.
        """
        coming = {
            finding
            for screen in self.rulebase.screens.values()
            if screen.ask == "always" and screen.id not in session.shown
            for finding in screen.findings
        }
        left = {each for each in self.rulebase.findings if each in session.asked or each not in self._on_screens}
        answers = session.answers
        return self._unsettled.fewest(answers, self._assess(answers), self._outlook(answers), left, coming)

    @property
    def _last_red_flag(self) -> str:
        return next((screen.id for screen in reversed(tuple(self.rulebase.screens.values())) if screen.red_flags), "")

    def _always(self, screen: Screen, session: Session, known: Answers) -> Iterator[Step]:
        if screen.id in session.shown:  # new lines of a changed rule base, or no longer settled by another answer
            lines = [finding for finding in screen.findings if finding not in known and finding not in session.asked]
        else:
            lines = [finding for finding in screen.findings if finding not in known or finding in session.answers]
        if lines:
            yield self._step((screen,), lines)

    def _again(self, session: Session, known: Answers) -> Iterator[Step]:
        """Danger signs that were left blank, then all that were answered not sure, once more."""
        flags = [each for screen in self.rulebase.screens.values() if screen.red_flags for each in screen.findings]
        blank = tuple(self.rulebase.findings[each] for each in flags if each not in known and each in session.asked)
        if blank and BLANK not in session.shown:
            yield Step((BLANK,), "list", "Danger signs that you left open",
                       "Please say yes, no or not sure. These come first, whatever else you tell.",
                       blank, {finding.id: finding.question for finding in blank}, 0)  # fmt: skip
        unsure = [self.rulebase.findings[finding] for finding in flags if known.get(finding) == UNSURE]
        again = tuple(finding for finding in unsure if finding.rephrase)
        if again and AGAIN not in session.shown:
            yield Step((AGAIN,), "list", "Once more, in other words",
                       "These matter. If one is still hard to tell, say not sure.",
                       again, {finding.id: finding.rephrase for finding in again}, 0)  # fmt: skip

    def _step(self, screens: tuple[Screen, ...], lines: Iterable[str]) -> Step:
        findings = tuple(self.rulebase.findings[finding] for finding in lines)
        return Step(
            tuple(screen.id for screen in screens),
            "typed" if screens[0].typed else "list",
            "; ".join((screens[0].title, *(_first_lower(screen.title) for screen in screens[1:]))),
            screens[0].intro if len(screens) == 1 else "",
            findings,
            {finding.id: finding.question for finding in findings},
            0,
        )

    def _useful(self, session: Session, open_lines: Mapping[str, int]) -> Iterator[Step]:
        """Screens with the lines to ask, most telling first and numbers last; short ones are put together."""
        waiting: list[tuple[Screen, list[str]]] = []
        for screen in self.rulebase.screens.values():
            if screen.ask == "useful" and screen.id not in session.shown:
                lines = [finding for finding in screen.findings if finding in open_lines]
                if lines:
                    waiting.append((screen, lines))
        waiting.sort(key=lambda each: (self._has_numbers(each[1]), -max(open_lines[line] for line in each[1])))
        while waiting:
            together = self._together(waiting)
            waiting = [each for each in waiting if each not in together]
            yield self._step(tuple(screen for screen, _ in together), [line for _, lines in together for line in lines])

    def _together(self, waiting: list[tuple[Screen, list[str]]]) -> list[tuple[Screen, list[str]]]:
        """The first screen, and others that fit beside it. Numbers take more care, so they stand by themselves."""
        first, *others = waiting
        together, room = [first], MOST_LINES - len(first[1])
        for screen, lines in () if self._has_numbers(first[1]) else others:
            if len(lines) <= room and len(together) < MOST_TOGETHER and not self._has_numbers(lines):
                together.append((screen, lines))
                room -= len(lines)
        return together

    def _has_numbers(self, lines: Iterable[str]) -> bool:
        return any(self.rulebase.findings[line].is_number for line in lines)

    def _last(self, session: Session, open_lines: Mapping[str, int]) -> Iterator[Step]:
        """What no screen has shown and what still matters, most telling first."""
        coming = {
            finding
            for screen in self.rulebase.screens.values()
            if screen.ask == "useful" and screen.id not in session.shown
            for finding in screen.findings
        }
        lines = sorted((finding for finding in open_lines if finding not in coming), key=lambda each: -open_lines[each])
        for start in range(0, len(lines), MOST_LINES):
            findings = tuple(self.rulebase.findings[finding] for finding in lines[start : start + MOST_LINES])
            yield Step((), "list", "Still open", "Each of these can still change your note.",
                       findings, {each.id: each.question for each in findings}, 0)  # fmt: skip


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]
