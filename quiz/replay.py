"""A saved interview under other rules: what is told differently, and what its answers mean no longer or not yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from quiz.difference import Difference, Told, listed, told_by
from quiz.interview import Interview, Session
from quiz.model import Answers, Assessment, Fired, Outlook, RuleBase, Supports
from quiz.store import Saved


class Rules(Protocol):
    """A rule base at work."""

    @property
    def rulebase(self) -> RuleBase: ...
    def assess(self, answers: Answers) -> Assessment: ...
    def outlook(self, answers: Answers) -> Outlook: ...


class Replay:
    """Compares what saved interviews were told with what `now` tells.

    `before` are rules at hand that may have told it: they say what a session was told that does not say so itself, and
    which rules and questions are new.
    """

    def __init__(self, now: Rules, before: Rules | None = None) -> None:
        self.now, self.before = now, before

    def lines(self, saved: Saved, before: Saved | None = None) -> list[str] | None:
        """What differs, and nothing where nothing does. None where there is nothing to compare with.

        `saved` was read with the rules of now; `before` is the same file, read with those from before.
        """
        told_then = self._told_then(saved, before)
        if told_then is None:
            return None
        assessment = self.now.assess(saved.session.answers)
        others = [self.before.rulebase] if self.before else []
        return [
            *Difference(self.now.rulebase, *others).lines(told_then, told_by(assessment)),
            *self._because(told_then, assessment, before),
            *self.findings(saved, before),
        ]

    def _told_then(self, saved: Saved, before: Saved | None) -> Told | None:
        if saved.told is not None or self.before is None or before is None:
            return saved.told
        return told_by(self.before.assess(before.session.answers))

    def _same_rules(self, saved: Saved) -> bool:
        """Whether the rules from before are at hand: those that the session names, or any where it names none."""
        return self.before is not None and saved.fingerprint in ("", self.before.rulebase.fingerprint)

    # --- the rules behind it ------------------------------------------------------------------------

    def _because(self, then: Told, now: Assessment, before: Saved | None) -> Iterator[str]:
        """The rules that make the difference, as far as they are known."""
        told_now = told_by(now)
        gained = _behind(then, told_now, now)
        if gained:
            yield f"Rules behind what is new: {listed(gained)}."
        if self.before and before and self._same_rules(before):
            lost = _behind(told_now, then, self.before.assess(before.session.answers))
            if lost:
                yield f"Rules behind what is gone: {listed(lost)}."

    # --- findings -----------------------------------------------------------------------------------

    def findings(self, saved: Saved, before: Saved | None = None) -> Iterator[str]:
        """Which answers are of no use to these rules, and what they would ask on."""
        if saved.gone:
            yield f"No longer used: {listed(saved.gone)}."
        new = self._new(saved, before)
        if new:
            findings = self.now.rulebase.findings
            yield f"Would be asked now: {listed([findings[each].label for each in new])}."

    def _new(self, saved: Saved, before: Saved | None) -> list[str]:
        """What these rules would ask on, and the others did not.

        Where those are not at hand it can only be said of an interview that had come to its end.
        """
        if self.before and before and self._same_rules(before):
            known = set(_open(self.before, before.session))
        elif saved.session.at == {} and saved.fingerprint != self.now.rulebase.fingerprint:
            known = set()
        else:
            return []
        return [each for each in dict.fromkeys(_open(self.now, saved.session)) if each not in known]


def _open(rules: Rules, session: Session) -> Iterator[str]:
    """The findings that the interview would still ask, were each of its screens left open."""
    interview = Interview(rules.rulebase, rules.assess, rules.outlook)
    while step := interview.next(session):
        yield from (each.id for each in step.findings if each.id not in session.answers)
        session = session.done(step)


def _behind(without: Told, told: Told, assessment: Assessment) -> list[str]:
    """The rules that fired for what an assessment tells and `without` does not; `told` is what it tells."""
    was = dict(without.states)
    states = {state for state, strength in told.states if state not in was or was[state] < strength}
    fired: list[Fired] = [
        fired
        for each in assessment.candidates
        if each.state in states
        for fired in each.fired
        if isinstance(fired.rule.then, Supports) and fired.rule.then.strength == each.strength
    ]
    if (told.urgency or 0) > (without.urgency or 0):
        fired += [each for each in assessment.urgent if getattr(each.rule.then, "urgency", None) == told.urgency]
    if without.red_flags is not None:
        fired += [each for each in assessment.red_flags if each.rule.id not in without.red_flags]
    fired += [each for each in assessment.cautions if each.rule.id not in without.cautions]
    return list(dict.fromkeys(each.rule.id for each in fired))
