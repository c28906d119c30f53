"""Review without reading rules: cases that tell the rules from small changes to them, each agreed to or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from quiz.model import Answers, Assessment, Condition, Group, Raises, Rule, RuleBase, Supports, Urgency
from quiz.review.english import HELP, SUPPORT, English
from quiz.review.reading import Reading
from quiz.rulebase.cases import FIRES, NEAR_MISS, TableCase

Verdict = Literal["agree", "disagree"]

MOST_NEARLY = 5
"""Rules that nearly fired and are shown after a disagreement."""

NEARLY = 1
"""Single tests that a rule may lack to have nearly fired."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A case of the walk. `story` is empty for a case of a rule; `new` counts the changes that no earlier one tells."""

    id: str
    title: str
    story: str
    answers: Answers
    new: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """What an educator said of a case. `told` is what the rules told then; once that changes, it is asked anew."""

    verdict: Verdict
    told: str
    why: str = ""


def candidates(rulebase: RuleBase) -> tuple[Stop, ...]:
    """The cases that a walk may use: vignettes first, as they read like people, then the cases of rules."""
    stops = [Stop(each.id, each.title, each.story, each.answers) for each in rulebase.vignettes.values()]
    for rule in rulebase.rules.values():
        if rule.provenance.state != "retired":
            for kind, cases in ((FIRES, rule.fires), (NEAR_MISS, rule.near_miss)):
                stops += [Stop(f"{rule.id} {kind} {place}", "", "", case) for place, case in enumerate(cases, 1)]
    return tuple(stops)


def route(stops: Sequence[Stop], noticed: Iterable[Iterable[int]]) -> tuple[Stop, ...]:
    """Few cases that together notice every change that any of them notices.

    `noticed` gives for each change the places of the cases that notice it. Vignettes are taken as long as one notices
    anything new, then other cases; always the one that notices most that is new (greedy, so within each of the two it
    takes at most 1 + ln(changes) times as many as the smallest set). A case that later ones made needless is left out.
    """
    changes = [0] * len(stops)
    for number, places in enumerate(noticed):
        for place in places:
            changes[place] |= 1 << number
    left = _together(changes)
    taken: list[int] = []
    for wanted in (True, False):
        group = [place for place, stop in enumerate(stops) if bool(stop.story) is wanted and changes[place]]
        while group:
            news = [(changes[place] & left).bit_count() for place in group]
            most = max(news)
            if not most:
                break
            taken.append(group[news.index(most)])
            left &= ~changes[taken[-1]]
    return tuple(_in_order(stops, changes, _needed(taken, changes)))


def _together(changes: Iterable[int]) -> int:
    found = 0
    for each in changes:
        found |= each
    return found


def _needed(taken: Sequence[int], changes: Sequence[int]) -> list[int]:
    """The cases without those whose changes the others all notice; the latest, which add least, are left out first."""
    kept = list(taken)
    for place in reversed(taken):
        if not changes[place] & ~_together(changes[each] for each in kept if each != place):
            kept.remove(place)
    return kept


def _in_order(stops: Sequence[Stop], changes: Sequence[int], kept: Sequence[int]) -> Iterator[Stop]:
    seen = 0
    for place in kept:
        yield replace(stops[place], new=(changes[place] & ~seen).bit_count())
        seen |= changes[place]


# --- what is told -----------------------------------------------------------------------------------


def told(answers: Answers, assessment: Assessment) -> str:
    """The answers and what the rules tell of them, short enough to be compared with another time."""
    case = ", ".join(f"{finding}: {answer}" for finding, answer in answers.items())
    named = ", ".join(f"{each.state} {each.strength.word}" for each in assessment.candidates)
    urgency = assessment.urgency.word if assessment.urgency else "none"
    cautions = ", ".join(sorted(each.rule.id for each in assessment.cautions))
    return f"{case} -> {named or 'nothing'}; urgency {urgency}; {cautions or 'no warning'}"


def told_in_words(english: English, assessment: Assessment) -> Iterator[str]:
    """Lines of what the rules tell."""
    for each in assessment.candidates:
        yield f"- {english.named(each.state)}, {SUPPORT[each.strength]} support: {each.fired[0].rule.says}"
        for against in each.against[:1]:
            yield f"  - against it: {against.rule.says}"
    if not assessment.candidates:
        yield "- no state is named"
    if assessment.urgency is None:
        yield "- nothing is said of how soon to get help"
    else:
        yield f"- {HELP[assessment.urgency]} {assessment.urgent[0].rule.says}"
    for fired in assessment.cautions:
        yield f"- warning: {fired.rule.says}"
    for fired in assessment.not_ruled_out:
        yield f"- could not be ruled out: {fired.rule.says}"


@dataclass(frozen=True, slots=True)
class Suspects:
    """The rules that a disagreement may be about.

    `deciding` told it: the first behind each state, behind the urgency and each caution. `also` fired and changed
    nothing. `nearly` lack a single answer, and would have told more.
    """

    deciding: tuple[Rule, ...]
    also: tuple[Rule, ...]
    nearly: tuple[Rule, ...]


def suspects(rulebase: RuleBase, assessment: Assessment, answers: Answers) -> Suspects:
    urgent = [each.rule for each in assessment.urgent[:1]]
    named = [each.fired[0].rule for each in assessment.candidates]
    deciding = [*urgent, *named, *(each.rule for each in assessment.cautions)]
    also = [each.rule for each in assessment.fired if each.rule not in deciding]
    told_now = {each.state: each.strength for each in assessment.candidates}
    more = [rule for rule in nearly(rulebase, answers) if _would_tell_more(rule, told_now, assessment.urgency)]
    return Suspects(tuple(deciding), tuple(also), tuple(more))


def nearly(rulebase: RuleBase, answers: Answers) -> tuple[Rule, ...]:
    """The rules that lack a single answer and rest on some of those that are given."""
    reading = Reading(rulebase, answers)
    return tuple(
        rule
        for rule in rulebase.rules.values()
        if rule.provenance.state != "retired"
        and 0 < reading.missing(rule.when) <= NEARLY
        and any(reading.holds(part) for part in _parts(rule.when))
    )


def _parts(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, Group):
        for part in condition.of:
            yield part
            yield from _parts(part)


def _would_tell_more(rule: Rule, told_now: Mapping[str, int], urgency: Urgency | None) -> bool:
    if isinstance(rule.then, Supports):
        return rule.then.strength > told_now.get(rule.then.state, 0)
    return isinstance(rule.then, Raises) and (urgency is None or rule.then.urgency > urgency)


def agreed_cases(rulebase: RuleBase, assessment: Assessment, answers: Answers) -> tuple[TableCase, ...]:
    """What an agreement says of rules, as cases for their tables.

    The first rule behind each state and behind the urgency tells just that level, and each caution fires. A rule that
    nearly fires and would have told more stays silent.
    """
    found: dict[str, str] = {}
    for each in assessment.candidates:
        found[each.fired[0].rule.id] = each.strength.word
    if assessment.urgency is not None:
        found[assessment.urgent[0].rule.id] = assessment.urgency.word
    found.update((each.rule.id, FIRES) for each in assessment.cautions)
    found.update((rule.id, NEAR_MISS) for rule in suspects(rulebase, assessment, answers).nearly)
    return tuple(
        TableCase(rule, found[rule], answers, rulebase.rules[rule].position) for rule in rulebase.rules if rule in found
    )


# --- the talk ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several things to choose from, as a front shows it."""

    value: str
    label: str
    key: str


CHOICES = (
    Choice("agree", "Agree: that is what should be told", "a"),
    Choice("disagree", "Disagree", "d"),
    Choice("skip", "Skip this one for now", "s"),
    Choice("quit", "Stop here; go on another day", "q"),
)


@dataclass(frozen=True, slots=True)
class Ways:
    """How to ask and show. `words` asks for one line of text, which may be empty."""

    say: Callable[[str], None]
    choose: Callable[[str, Sequence[Choice]], str]
    words: Callable[[str], str]


class Walk:
    """The walk along the cases of a route. `keep` is called after every answer, with all that was said."""

    def __init__(
        self,
        rulebase: RuleBase,
        assess: Callable[[Answers], Assessment],
        route: Sequence[Stop],
        said: Mapping[str, Said],
        keep: Callable[[Mapping[str, Said], Stop, Assessment], None],
    ) -> None:
        self.rulebase, self.assess, self.route, self.keep = rulebase, assess, route, keep
        self.said = dict(said)
        self.english = English(rulebase)

    def open(self) -> tuple[Stop, ...]:
        """The cases that nobody has judged as they are told now."""
        return tuple(stop for stop in self.route if not self._is_judged(stop))

    def _is_judged(self, stop: Stop) -> bool:
        before = self.said.get(stop.id)
        return before is not None and before.told == told(stop.answers, self.assess(stop.answers))

    def go(self, ways: Ways) -> None:
        """Ask until every case is judged, or the educator stops. What is skipped is not asked again this time."""
        waiting = self.open()
        for number, stop in enumerate(waiting, 1):
            assessment = self.assess(stop.answers)
            ways.say(self._shown(stop, assessment, number, len(waiting)))
            picked = ways.choose("Should the rules tell this?", CHOICES)
            if picked == "quit":
                return
            if picked == "skip":
                continue
            why = ""
            if picked == "disagree":
                ways.say(self._suspects(stop, assessment))
                why = ways.words("Why, in a line (Enter for nothing): ").strip()
            self.said[stop.id] = Said("agree" if picked == "agree" else "disagree", told(stop.answers, assessment), why)
            self.keep(self.said, stop, assessment)

    def _shown(self, stop: Stop, assessment: Assessment, number: int, of: int) -> str:
        changed = stop.id in self.said
        return "\n".join(
            (
                "",
                f"Case {number} of {of}{f': {stop.title}' if stop.title else ''}"
                + (" (told otherwise than when you judged it)" if changed else ""),
                *([stop.story] if stop.story else []),
                f"Answers: {self.english.case(stop.answers)}.",
                "The rules tell:",
                *told_in_words(self.english, assessment),
            )
        )

    def _suspects(self, stop: Stop, assessment: Assessment) -> str:
        found = suspects(self.rulebase, assessment, stop.answers)
        lines = ["These rules told it:" if found.deciding else "No rule told anything."]
        lines += [f"- {rule.id} ({rule.position}): {rule.says}" for rule in found.deciding]
        if found.also:
            lines.append(f"These fired too: {', '.join(rule.id for rule in found.also)}.")
        if found.nearly:
            lines.append("These lack one answer, and would have told more:")
            shown = found.nearly[:MOST_NEARLY]
            lines += [f"- {rule.id} ({rule.position}): {self.english.conclusion(rule.then)}" for rule in shown]
        return "\n".join(lines)

    def summary(self) -> str:
        """How far the walk is."""
        judged = [self.said[stop.id] for stop in self.route if self._is_judged(stop)]
        agreed = sum(each.verdict == "agree" for each in judged)
        left = len(self.route) - len(judged)
        parts = f"{agreed} agreed, {len(judged) - agreed} not. {left} left."
        return f"{len(judged)} of {len(self.route)} cases judged: {parts}"
