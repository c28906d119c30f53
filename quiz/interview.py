"""Which question comes next, and when to stop. Knows no keyboard and no engine: it is handed `assess` and `outlook`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from quiz.logic import with_consequences
from quiz.model import (
    NO,
    UNSURE,
    YES,
    Answer,
    Answers,
    Assessment,
    Cautions,
    Finding,
    Outlook,
    Raises,
    Rule,
    RuleBase,
    Screen,
    SpeaksAgainst,
    Strength,
    Supports,
)

MOST_LINES = 9
"""Lines on a screen that is put together from several short ones."""

MOST_LAST_LINES = 4
"""Lines on a screen that asks what is left, most telling first: after it, less may matter."""

AGAIN = "again"
BLANK = "blank"
"""Ids of the two screens that the interview adds after the danger signs."""


@dataclass(frozen=True, slots=True)
class Session:
    """One interview so far.

    `shown` are the ids of the screens that are done, in order; `asked` the findings that were on them, answered or
    not. `other_medicines` are names typed in that no rule knows; they go on the sheet.
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    other_medicines: tuple[str, ...] = ()

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
        self._order = {finding: place for place, finding in enumerate(self._written())}

    def _written(self) -> Iterator[str]:
        for screen in self.rulebase.screens.values():
            yield from screen.findings

    def next(self, session: Session) -> Step | None:
        """The next step, or None when no answer left can change what is told."""
        steps = self._steps(session)
        first = next(steps, None)
        return replace(first, left=sum(1 for _ in steps)) if first else None

    def _steps(self, session: Session) -> Iterator[Step]:
        """The steps that would follow if every later one were left open. The first is the next one."""
        known = with_consequences(self.rulebase, session.answers)
        red_flags_done = False
        for screen in self.rulebase.screens.values():
            if red_flags_done is False and self._last_red_flag == screen.id:
                red_flags_done = True
                yield from self._always(screen, session, known)
                yield from self._again(session, known)
            elif screen.ask == "always":
                yield from self._always(screen, session, known)
        useful = [finding for finding in self.useful(session.answers) if finding not in session.asked]
        coming = {
            finding
            for screen in self.rulebase.screens.values()
            if screen.ask == "always" and screen.id not in session.shown
            for finding in screen.findings
        }
        open_lines = [finding for finding in useful if finding not in coming]
        yield from self._useful(session, open_lines)
        yield from self._last(session, open_lines)

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
        """Danger signs that were answered not sure or left blank, once more."""
        flags = [each for screen in self.rulebase.screens.values() if screen.red_flags for each in screen.findings]
        unsure = [self.rulebase.findings[finding] for finding in flags if known.get(finding) == UNSURE]
        again = tuple(finding for finding in unsure if finding.rephrase)
        if again and AGAIN not in session.shown:
            yield Step((AGAIN,), "list", "Once more, in other words",
                       "These matter. If one is still hard to tell, say not sure.",
                       again, {finding.id: finding.rephrase for finding in again}, 0)  # fmt: skip
        blank = tuple(self.rulebase.findings[each] for each in flags if each not in known and each in session.asked)
        if blank and BLANK not in session.shown:
            yield Step((BLANK,), "list", "Danger signs that you left open",
                       "Please say yes, no or not sure. These come first, whatever else you tell.",
                       blank, {finding.id: finding.question for finding in blank}, 0)  # fmt: skip

    def _step(self, screens: tuple[Screen, ...], lines: Iterable[str]) -> Step:
        findings = tuple(self.rulebase.findings[finding] for finding in lines)
        return Step(
            tuple(screen.id for screen in screens),
            "typed" if screens[0].typed else "list",
            ", ".join((screens[0].title, *(_first_lower(screen.title) for screen in screens[1:]))),
            screens[0].intro if len(screens) == 1 else "",
            findings,
            {finding.id: finding.question for finding in findings},
            0,
        )

    def _useful(self, session: Session, open_lines: list[str]) -> Iterator[Step]:
        """Screens with the lines that can still change something; short neighbours are put together."""
        pending: list[tuple[Screen, list[str]]] = []
        for screen in self.rulebase.screens.values():
            if screen.ask != "useful" or screen.id in session.shown:
                continue
            lines = [finding for finding in screen.findings if finding in open_lines]
            if not lines:
                continue
            numbers = any(self.rulebase.findings[finding].is_number for finding in lines)
            room = MOST_LINES - sum(len(each) for _, each in pending)
            if pending and (len(lines) > room or numbers):
                yield self._joined(pending)
                pending = []
            pending.append((screen, lines))
        if pending:
            yield self._joined(pending)

    def _joined(self, pending: list[tuple[Screen, list[str]]]) -> Step:
        return self._step(tuple(screen for screen, _ in pending), [line for _, lines in pending for line in lines])

    def _last(self, session: Session, open_lines: list[str]) -> Iterator[Step]:
        """What no screen has shown and what still matters, most telling first."""
        coming = {
            finding
            for screen in self.rulebase.screens.values()
            if screen.ask == "useful" and screen.id not in session.shown
            for finding in screen.findings
        }
        lines = [finding for finding in open_lines if finding not in coming]
        for start in range(0, len(lines), MOST_LAST_LINES):
            findings = tuple(self.rulebase.findings[finding] for finding in lines[start : start + MOST_LAST_LINES])
            yield Step((), "list", "Still open", "Each of these can still change your note.",
                       findings, {each.id: each.question for each in findings}, 0)  # fmt: skip

    def useful(self, answers: Answers) -> tuple[str, ...]:
        """Findings not answered whose answer can still change what is told: what moves most comes first.

        What is told: the states named, their support, their order, what speaks against them, the urgency and the
        cautions.
        """
        assessment, outlook = self._assess(answers), self._outlook(answers)
        support = {candidate.state: candidate.strength for candidate in assessment.candidates}
        reach = dict(support)
        for rules in outlook.settles.values():
            for rule in rules:
                if isinstance(rule.then, Supports):
                    reach[rule.then.state] = max(reach.get(rule.then.state, Strength.WEAK), rule.then.strength)
        worth: dict[str, int] = {}
        for finding, rules in outlook.settles.items():
            worth[finding] = sum(_worth(rule, assessment, support, reach) for rule in rules)
        for finding, rules in outlook.adds.items():
            if any(_breaks_tie(rule, support, reach) for rule in rules):
                worth[finding] = worth.get(finding, 0) + 1
        found = [finding for finding in worth if worth[finding] and finding in self._order]
        return tuple(sorted(found, key=lambda finding: (-worth[finding], self._order[finding])))

    def none_of_these(self, findings: Iterable[Finding], given: Mapping[str, Answer | None]) -> dict[str, Answer]:
        """The answer "none of the others": no, for each yes/no line without an answer."""
        return {each.id: NO for each in findings if each.words == (YES, NO) and given.get(each.id) is None}


def _worth(rule: Rule, assessment: Assessment, support: Mapping[str, Strength], reach: Mapping[str, Strength]) -> int:
    """How much a rule that is still open could move; 0 where it would tell nothing new."""
    then = rule.then
    if isinstance(then, Raises):
        return 10 * then.urgency if assessment.urgency is None or then.urgency > assessment.urgency else 0
    if isinstance(then, Cautions):
        return 2
    if isinstance(then, SpeaksAgainst):
        return int(then.state in reach)
    if then.state not in support or then.strength > support[then.state]:
        return 2 * then.strength
    return int(_breaks_tie(rule, support, reach))


def _breaks_tie(rule: Rule, support: Mapping[str, Strength], reach: Mapping[str, Strength]) -> bool:
    """Whether more evidence through this rule could change the order of two states."""
    then = rule.then
    if not isinstance(then, Supports) or then.strength != support.get(then.state):
        return False
    return any(support.get(state, 0) <= then.strength <= most for state, most in reach.items() if state != then.state)


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]
