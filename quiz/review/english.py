"""Conditions, conclusions and cases in plain words, as lines of text and of lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from quiz.model import (
    NO,
    UNSURE,
    YES,
    Answer,
    Answers,
    Cautions,
    Conclusion,
    Condition,
    Finding,
    Group,
    Holds,
    Interval,
    Is,
    Named,
    RuleBase,
    SpeaksAgainst,
    Strength,
    Supports,
    Urgency,
)
from quiz.text import denied

MOST_IN_A_ROW = 3
"""Single tests of a group that stand in one line; more of them are a list."""

SUPPORT = {Strength.STRONG: "strong", Strength.MODERATE: "moderate", Strength.WEAK: "weak"}

HELP = {
    Urgency.EMERGENCY: "Emergency: help now.",
    Urgency.SAME_DAY: "Help is needed the same day.",
    Urgency.SOON: "Help is needed within days.",
    Urgency.ROUTINE: "Worth a talk at the next visit.",
}

_GROUPS = {"all": "all of these", "any": "any of these", "none": "each of these was answered no"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list. `depth` counts from 0; the lines of a group stand one deeper than its name.

    `link` is the id of a rule, concept, finding or state that the line is about, or empty.
    """

    text: str
    depth: int = 0
    link: str = ""


class English:
    """The words of one rule base."""

    def __init__(self, rulebase: RuleBase) -> None:
        self.rulebase = rulebase

    # --- conditions ---------------------------------------------------------------------------------

    def lines(self, condition: Condition) -> tuple[Line, ...]:
        """The condition as a list, a group with its parts below it; a short group stands in one line."""
        return tuple(self._lines(condition, 0))

    def _lines(self, condition: Condition, depth: int) -> Iterator[Line]:
        if not isinstance(condition, Group):
            yield Line(self.test(condition), depth, _link(condition))
        elif len(condition.of) == 1 and condition.kind != "none":
            yield from self._lines(condition.of[0], depth)
        elif len(condition.of) <= MOST_IN_A_ROW and not any(isinstance(each, Group) for each in condition.of):
            yield Line(f"{self.group(condition)}: {'; '.join(map(self.test, _tests(condition)))}", depth)
        else:
            yield Line(f"{self.group(condition)}:", depth)
            for part in condition.of:
                yield from self._lines(part, depth + 1)

    def in_a_row(self, condition: Condition) -> str:
        """The condition in one line, groups within groups in brackets."""
        if not isinstance(condition, Group):
            return self.test(condition)
        if len(condition.of) == 1 and condition.kind != "none":
            return self.in_a_row(condition.of[0])
        parts = (f"({self.in_a_row(part)})" if isinstance(part, Group) else self.test(part) for part in condition.of)
        return f"{self.group(condition)}: {'; '.join(parts)}"

    def group(self, group: Group) -> str:
        """What a group asks of its parts."""
        return _GROUPS.get(group.kind, f"at least {group.count} of these")

    def test(self, leaf: Is | Holds | Named) -> str:
        """A single test, to stand in a list."""
        if isinstance(leaf, Holds):
            label = self.rulebase.concepts[leaf.concept].label
            return label if leaf.value == YES else f"ruled out by answers: {label}"
        if isinstance(leaf, Named):
            name = self.rulebase.states[leaf.state].name
            least = f" with at least {SUPPORT[leaf.strength]} support" if leaf.strength > Strength.WEAK else ""
            return f"{name} is named{least}"
        finding = self.rulebase.findings[leaf.finding]
        if isinstance(leaf.value, Interval):
            band = next((name for name, interval in finding.bands.items() if interval == leaf.value), "")
            named = f" ({band.replace('_', ' ')})" if band else ""
            return f"{finding.label} {stretch(leaf.value, finding.unit)}{named}"
        return answered(finding, leaf.value)

    # --- conclusions --------------------------------------------------------------------------------

    def conclusion(self, then: Conclusion) -> str:
        """A whole sentence."""
        states = self.rulebase.states
        if isinstance(then, Supports):
            return f"{_first_upper(states[then.state].name)} is named, with {SUPPORT[then.strength]} support."
        if isinstance(then, SpeaksAgainst):
            return f"It is shown as what speaks against {states[then.state].name}, and takes no support away."
        if isinstance(then, Cautions):
            beside = f"beside {' and '.join(states[each].name for each in then.states)}"
            return f"A warning {beside if then.states else 'for the whole note'}{', at once' if then.at_once else ''}."
        return HELP[then.urgency]

    def case(self, answers: Answers) -> str:
        """Answers in one row: "a cough; no fever; not sure about a rash; pulse 80 /min"."""
        told = [answered(self.rulebase.findings[each], answer) for each, answer in answers.items()]
        return "; ".join(told) if told else "no answer at all"

    def named(self, state: str) -> str:
        return self.rulebase.states[state].name if state in self.rulebase.states else state


def answered(finding: Finding, answer: Answer) -> str:
    """A finding with an answer, to stand inside a sentence."""
    if answer == UNSURE:
        return f"not sure about {finding.label}"
    if not isinstance(answer, str):
        return f"{finding.label} {answer:g} {finding.unit}"
    if finding.choices:
        return f"{finding.label}: {answer}"
    return finding.label if answer == YES else denied(finding.label) if answer == NO else answer


def stretch(interval: Interval, unit: str) -> str:
    """A stretch of numbers: "below 3.5 mmol/L", "from 2.5 to below 3 mmol/L"."""
    low, high = interval.low, interval.high
    if low is not None and low == high:
        return f"exactly {low:g} {unit}"
    top = "" if high is None else f"{high:g} {unit}"
    if low is None:
        return f"{'at most' if interval.with_high else 'below'} {top}"
    if high is None:
        return f"{'at least' if interval.with_low else 'above'} {low:g} {unit}"
    begin = f"from {low:g}" if interval.with_low else f"above {low:g}"
    return f"{begin} to {top}" if interval.with_high else f"{begin} to below {top}"


def as_text(lines: Iterable[Line], indent: int = 0) -> str:
    """Lines as a list that `quiz.text.page` wraps."""
    return "\n".join(f"{' ' * (indent + 2 * line.depth)}- {line.text}" for line in lines)


def _tests(group: Group) -> Iterator[Is | Holds | Named]:
    for each in group.of:
        if not isinstance(each, Group):
            yield each


def _link(leaf: Is | Holds | Named) -> str:
    return leaf.finding if isinstance(leaf, Is) else leaf.concept if isinstance(leaf, Holds) else leaf.state


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
