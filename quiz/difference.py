"""What two assessments tell differently, in sentences: after a changed answer, and under other rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from quiz.model import Assessment, RuleBase, Strength, Urgency

MOST_NAMED = 4
"""Names in one line of a difference; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was told, small enough to be kept in a file: ids alone.

    `states` are in the order in which they were named, with their support. The others, and `against` for each state,
    are ids of rules. `red_flags` and `not_ruled_out` are None where nobody kept them.
    """

    states: tuple[tuple[str, Strength], ...] = ()
    urgency: Urgency | None = None
    cautions: tuple[str, ...] = ()
    against: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    red_flags: tuple[str, ...] | None = None
    not_ruled_out: tuple[str, ...] | None = None


def told_by(assessment: Assessment) -> Told:
    """What an assessment tells."""
    return Told(
        tuple((each.state, each.strength) for each in assessment.candidates),
        assessment.urgency,
        tuple(fired.rule.id for fired in assessment.cautions),
        {each.state: tuple(fired.rule.id for fired in each.against) for each in assessment.candidates if each.against},
        tuple(fired.rule.id for fired in assessment.red_flags),
        tuple(fired.rule.id for fired in assessment.not_ruled_out),
    )


class Difference:
    """Says what differs in the words of a rule base; what it does not know is looked for in `others`, else its id."""

    def __init__(self, rulebase: RuleBase, *others: RuleBase) -> None:
        self._rulebases = (rulebase, *others)

    def lines(self, was: Told, now: Told) -> list[str]:
        """A line each for the notes, how soon, red flags and warnings, as far as they differ."""
        return [
            *self._notes(was, now),
            *self._how_soon(was, now),
            *self._red_flags(was, now),
            *self._gained_and_lost("Warnings", was.cautions, now.cautions),
        ]

    def _notes(self, was: Told, now: Told) -> Iterator[str]:
        before, after = dict(was.states), dict(now.states)
        moves: list[str] = []
        for state in self._in_order((*before, *after)):
            name = self._name(state)
            if state not in before:
                moves.append(f"{name} is new ({after[state].word})")
            elif state not in after:
                moves.append(f"{name} is gone")
            else:
                moves += self._support(state, before[state], after[state])
                moves += self._against(state, was.against.get(state, ()), now.against.get(state, ()))
        stay = [[each for each in told if each in before and each in after] for told in (before, after)]
        if stay[0] != stay[1]:
            moves.append(f"the order is now {', then '.join(map(self._name, after))}")
        if moves:
            yield f"Notes: {'; '.join(moves)}."

    def _support(self, state: str, was: Strength, now: Strength) -> Iterator[str]:
        if was != now:
            yield f"{self._name(state)} is {'stronger' if now > was else 'weaker'} ({was.word} to {now.word})"

    def _against(self, state: str, was: Sequence[str], now: Sequence[str]) -> Iterator[str]:
        if gained := _missing(now, was):
            yield f'new against {self._name(state)}: "{self._said(gained)}"'
        if lost := _missing(was, now):
            yield f'no longer against {self._name(state)}: "{self._said(lost)}"'

    def _how_soon(self, was: Told, now: Told) -> Iterator[str]:
        if was.urgency != now.urgency:
            way = "up" if (now.urgency or 0) > (was.urgency or 0) else "down"
            yield f"How soon: {way}, from {self._soon(was.urgency)} to {self._soon(now.urgency)}."

    def _red_flags(self, was: Told, now: Told) -> Iterator[str]:
        if was.red_flags is not None and now.red_flags is not None:
            yield from self._gained_and_lost("Red flags", was.red_flags, now.red_flags)
        if was.not_ruled_out is not None and now.not_ruled_out is not None:
            before = _missing(was.not_ruled_out, now.red_flags or ())  # what is told now is no less than not ruled out
            yield from self._gained_and_lost("Red flags that could not be ruled out", before, now.not_ruled_out)

    def _gained_and_lost(self, what: str, was: Sequence[str], now: Sequence[str]) -> Iterator[str]:
        gained, lost = _missing(now, was), _missing(was, now)
        told = [f'new: "{self._said(gained)}"'] if gained else []
        told += [f'gone: "{self._said(lost)}"'] if lost else []
        if told:
            yield f"{what}: {'; '.join(told)}."

    # --- words --------------------------------------------------------------------------------------

    def _in_order(self, states: Iterable[str]) -> list[str]:
        """The states in the order of the rules, then those that the rules do not know; each once."""
        wanted = dict.fromkeys(states)
        known = [state for rulebase in self._rulebases for state in rulebase.states]
        return [each for each in dict.fromkeys((*known, *wanted)) if each in wanted]

    def _name(self, state: str) -> str:
        return next((each.states[state].name for each in self._rulebases if state in each.states), state)

    def _soon(self, urgency: Urgency | None) -> str:
        return "no advice on how soon" if urgency is None else f'"{urgency_words(self._rulebases[0], urgency)}"'

    def _said(self, rules: Iterable[str]) -> str:
        return listed([self._says(rule) for rule in rules], '"; "')

    def _says(self, rule: str) -> str:
        return next((each.rules[rule].says.rstrip(".") for each in self._rulebases if rule in each.rules), rule)


def urgency_words(rulebase: RuleBase, urgency: Urgency) -> str:
    """How soon, as the rules say it in the headline of their advice."""
    return rulebase.advice[urgency].headline.rstrip(".")


def listed(names: Sequence[str], between: str = ", ") -> str:
    """Names in one line; where there are too many, the rest is counted."""
    more = len(names) - MOST_NAMED
    return between.join(names[:MOST_NAMED]) + (f"{between}and {more} more" if more > 0 else "")


def _missing(rules: Iterable[str], among: Iterable[str]) -> list[str]:
    known = set(among)
    return [each for each in rules if each not in known]
