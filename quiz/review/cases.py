"""The cases of the rules and what comes of them: firing cases, near misses, bounds, tables, vignettes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from quiz.consequences import contradictions
from quiz.errors import Position
from quiz.logic import denial
from quiz.model import (
    YES,
    Answers,
    Assessment,
    Condition,
    Group,
    Holds,
    Interval,
    Is,
    Raises,
    Rule,
    RuleBase,
    Supports,
    Vignette,
    leaves,
)
from quiz.review.english import English, Line
from quiz.review.reading import Reading
from quiz.rulebase.cases import FIRES as TABLE_FIRES
from quiz.rulebase.cases import NEAR_MISS, TableCase

Assess = Callable[[Answers], Assessment]
Fires = Callable[[Answers, str], bool]
"""Whether a rule fires on these answers."""

Kind = Literal["fires", "near miss", "bound", "table", "vignette"]

FIRES, SILENT = "the rule fires", "the rule is silent"

MOST_RULES = 3
"""Rules whose conditions are shown for a vignette that fails."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case and what came of it. `id` is the rule's or the vignette's; `why` is empty where all is well."""

    id: str
    kind: Kind
    answers: Answers
    expected: str
    got: str
    position: Position
    code: str
    why: tuple[Line, ...] = ()

    @property
    def failed(self) -> bool:
        return self.expected != self.got


def all_cases(
    rulebase: RuleBase,
    assess: Assess,
    fires: Fires | None = None,
    tables: Sequence[TableCase] = (),
    only: str = "",
) -> Iterator[Case]:
    """Every case, in the order of the rules; with `only`, those of one rule or one vignette.

    `fires` is asked for the cases of rules, where given: it may be much quicker than a whole assessment.
    """
    beside: dict[str, list[TableCase]] = {}
    for each in tables:
        beside.setdefault(each.rule, []).append(each)
    fires = fires or (lambda answers, rule: any(fired.rule.id == rule for fired in assess(answers).fired))
    for rule in rulebase.rules.values():
        if only in ("", rule.id) and rule.provenance.state != "retired":
            yield from _of_rule(rulebase, rule, fires)
            for entry in beside.get(rule.id, ()):
                yield _of_table(rulebase, rule, entry, assess, fires)
    for vignette in rulebase.vignettes.values():
        if only in ("", vignette.id):
            yield _of_vignette(rulebase, vignette, assess)


# --- rules ------------------------------------------------------------------------------------------


def _of_rule(rulebase: RuleBase, rule: Rule, fires: Fires) -> Iterator[Case]:
    for answers in rule.fires:
        yield _rule_case(rulebase, rule, "fires", answers, True, fires)
    for answers in rule.near_miss:
        yield _rule_case(rulebase, rule, "near miss", answers, False, fires)
    for answers in bounds(rulebase, rule):
        yield _rule_case(rulebase, rule, "bound", answers, Reading(rulebase, answers).fires(rule), fires)


def _rule_case(rulebase: RuleBase, rule: Rule, kind: Kind, answers: Answers, wanted: bool, fires: Fires) -> Case:
    fired = fires(answers, rule.id)
    why = () if fired == wanted else conditions_in_words(rulebase, rule, answers)
    return Case(rule.id, kind, answers, _word(wanted), _word(fired), rule.position, "T701", why)


def _of_table(rulebase: RuleBase, rule: Rule, entry: TableCase, assess: Assess, fires: Fires) -> Case:
    """A case of a table. One that expects a level asks for the support of the state, or the urgency, that is told."""
    if entry.expected in (TABLE_FIRES, NEAR_MISS):
        case = _rule_case(rulebase, rule, "table", entry.answers, entry.expected == TABLE_FIRES, fires)
        return replace(case, position=entry.position)
    assessment, got = assess(entry.answers), "none"
    if isinstance(rule.then, Supports):
        state = rule.then.state
        got = next((each.strength.word for each in assessment.candidates if each.state == state), got)
    elif assessment.urgency is not None:
        got = assessment.urgency.word
    fired = fires(entry.answers, rule.id)
    expected, told = f"{FIRES}; {entry.expected} is told", f"{_word(fired)}; {got} is told"
    why = () if expected == told else conditions_in_words(rulebase, rule, entry.answers)
    return Case(rule.id, "table", entry.answers, expected, told, entry.position, "T701", why)


def _word(fires: bool) -> str:
    return FIRES if fires else SILENT


def conditions_in_words(rulebase: RuleBase, rule: Rule, answers: Answers) -> tuple[Line, ...]:
    """What decided the rule: each condition with a word, whether it held and how it was answered where it did not.

    Where one of several was enough, the others are left out. A concept that did not hold is opened up.
    """
    return tuple(_Decided(rulebase, answers).lines(rule.when, 0))


class _Decided:
    def __init__(self, rulebase: RuleBase, answers: Answers) -> None:
        self.rulebase, self.reading, self.english = rulebase, Reading(rulebase, answers), English(rulebase)
        self.opened: set[str] = set()

    def lines(self, condition: Condition, depth: int) -> Iterator[Line]:
        held = self.reading.holds(condition)
        if isinstance(condition, Group):
            name = self.english.group(condition)
            blank = [each for each in condition.of if isinstance(each, Is) and each.finding not in self.reading.known]
            if len(blank) == len(condition.of):
                listed = "; ".join(map(self.english.test, blank))
                yield Line(f"{name} (did not hold: none was answered): {listed}", depth)
                return
            yield Line(f"{name} ({'held' if held else 'did not hold'}):", depth)
            enough = held and condition.kind in ("any", "at_least")
            for part in condition.of:
                if not enough or self.reading.holds(part):
                    yield from self.lines(part, depth + 1)
            return
        yield Line(f"{self.english.test(condition)} ({self.reading.word(condition)})", depth)
        if isinstance(condition, Holds) and not held and condition.concept not in self.opened:
            self.opened.add(condition.concept)
            when = self.rulebase.concepts[condition.concept].when
            yield from self.lines(when if condition.value == YES else denial(when, self.rulebase.findings), depth + 1)


def bounds(rulebase: RuleBase, rule: Rule) -> Iterator[Answers]:
    """Each firing case with each of its numbers moved onto the rule's bounds for it, and one step to both sides.

    A step is one in the last digit that the bound or the band is written with, and at least a tenth of the unit.
    """
    seen: set[tuple[tuple[str, object], ...]] = {tuple(sorted(each.items())) for each in (*rule.fires, *rule.near_miss)}
    tested = dict(_numbers(rulebase, rule.when, set()))
    for case in rule.fires:
        for name, answer in case.items():
            finding = rulebase.findings[name]
            if isinstance(answer, str) or name not in tested:
                continue
            for bound in sorted(tested[name]):
                step = min(0.1, 10.0 ** -len(f"{bound:g}".partition(".")[2]))
                for number in (round(bound - step, 9), bound, round(bound + step, 9)):
                    moved = {**case, name: number}
                    key = tuple(sorted(moved.items(), key=str))
                    if finding.low <= number <= finding.high and key not in seen:
                        seen.add(key)
                        yield moved


def _numbers(rulebase: RuleBase, condition: Condition, seen: set[str]) -> Iterator[tuple[str, set[float]]]:
    """The bounds of every number that the condition tests, itself or through its concepts."""
    found: dict[str, set[float]] = {}
    for leaf in leaves(condition):
        if isinstance(leaf, Is) and isinstance(leaf.value, Interval):
            found.setdefault(leaf.finding, set()).update(
                each for each in (leaf.value.low, leaf.value.high) if each is not None
            )
        elif isinstance(leaf, Holds) and leaf.concept not in seen:
            seen.add(leaf.concept)
            for name, numbers in _numbers(rulebase, rulebase.concepts[leaf.concept].when, seen):
                found.setdefault(name, set()).update(numbers)
    yield from found.items()


# --- vignettes --------------------------------------------------------------------------------------


def _of_vignette(rulebase: RuleBase, vignette: Vignette, assess: Assess) -> Case:
    for implication in contradictions(rulebase, vignette.answers):
        then = English(rulebase).case(implication.then)
        return Case(vignette.id, "vignette", vignette.answers, "answers that can stand together",
                    f"answers from which follows {then}", vignette.position, "T703",
                    (Line(implication.because),))  # fmt: skip
    assessment = assess(vignette.answers)
    mistakes = tuple(_mistakes(rulebase, vignette, assessment))
    if not mistakes:
        told = _told(rulebase, assessment)
        return Case(vignette.id, "vignette", vignette.answers, told, told, vignette.position, "T702")
    expected = "; ".join(dict.fromkeys(each.expected for each in mistakes))
    got = _told(rulebase, assessment)
    why = tuple(
        line
        for rule in dict.fromkeys(rule.id for each in mistakes for rule in each.rules)
        for line in _rule_in_words(rulebase, rulebase.rules[rule], vignette.answers)
    )
    return Case(vignette.id, "vignette", vignette.answers, expected, got, vignette.position, "T702", why)


def _rule_in_words(rulebase: RuleBase, rule: Rule, answers: Answers) -> Iterator[Line]:
    fired = Reading(rulebase, answers).fires(rule)
    yield Line(f"{rule.id} {'fired' if fired else 'did not fire'}: {English(rulebase).conclusion(rule.then)}")
    for line in conditions_in_words(rulebase, rule, answers):
        yield Line(line.text, line.depth + 1)


@dataclass(frozen=True, slots=True)
class _Mistake:
    """What should be told, and the rules that decided otherwise or came nearest."""

    expected: str
    rules: tuple[Rule, ...]


def _told(rulebase: RuleBase, assessment: Assessment) -> str:
    named = [f"{each.state} ({each.strength.word})" for each in assessment.candidates]
    return f"named: {', '.join(named) or 'nothing'}; urgency: {_urgency(assessment.urgency)}"


def _urgency(urgency: object) -> str:
    return str(getattr(urgency, "word", "none"))


def _mistakes(rulebase: RuleBase, vignette: Vignette, assessment: Assessment) -> Iterator[_Mistake]:
    named = [candidate.state for candidate in assessment.candidates]
    fired = [each.rule for each in assessment.fired]

    def behind(states: Iterable[str]) -> tuple[Rule, ...]:
        wanted = set(states)
        found = [rule for rule in fired if isinstance(rule.then, Supports) and rule.then.state in wanted]
        return tuple(found[:MOST_RULES])

    for state in vignette.named:
        if state not in named:
            yield _Mistake(f"{state} is named", nearest(rulebase, vignette.answers, Supports, state))
    if vignette.named and vignette.named[0] in named and named[0] != vignette.named[0]:
        yield _Mistake(f"{vignette.named[0]} comes first", behind(named[:1]))
    if not vignette.named and named:
        yield _Mistake("nothing is named", behind(named))
    for state in vignette.not_named:
        if state in named:
            yield _Mistake(f"{state} is not named", behind([state]))
    if assessment.urgency != vignette.urgency:
        wanted = f"urgency {_urgency(vignette.urgency)}"
        if vignette.urgency is None or (assessment.urgency is not None and assessment.urgency > vignette.urgency):
            yield _Mistake(wanted, tuple(each.rule for each in assessment.urgent[:1]))
        else:
            yield _Mistake(wanted, nearest(rulebase, vignette.answers, Raises, vignette.urgency))


def nearest(rulebase: RuleBase, answers: Answers, kind: type, value: object) -> tuple[Rule, ...]:
    """The rules with this conclusion for which the fewest tests must still become true."""
    reading = Reading(rulebase, answers)
    wanted = [
        rule
        for rule in rulebase.rules.values()
        if rule.provenance.state != "retired"
        and isinstance(rule.then, kind)
        and value in (getattr(rule.then, "state", None), getattr(rule.then, "urgency", None))
    ]
    return tuple(sorted(wanted, key=lambda rule: reading.missing(rule.when))[:MOST_RULES])
