"""What all answers together show of the rules: what never fires, what others say already, what changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from quiz.enough import smallest
from quiz.formulas import BLANK, NEVER, Formula
from quiz.model import (
    UNSURE,
    Answers,
    Cautions,
    Conclusion,
    Finding,
    Holds,
    Raises,
    Rule,
    SpeaksAgainst,
    State,
    Strength,
    Supports,
    leaves,
)
from quiz.review.answer_space import Space
from quiz.review.conditions import sentences


@dataclass(frozen=True, slots=True)
class Implied:
    """A rule that changes no support and no urgency: wherever it fires, one of `by` fires with at least as much."""

    rule: str
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BothEnds:
    """Both directions of one electrolyte named strongly together. `told_by` are cautions of which one then fires."""

    states: tuple[str, str]
    told_by: tuple[str, ...]
    answers: Answers


@dataclass(frozen=True, slots=True)
class SteppedOver:
    """A red flag that can be true although no screen asks for all that makes it so: `never_asked` is on none."""

    rule: str
    never_asked: tuple[str, ...]
    answers: Answers


@dataclass(frozen=True, slots=True)
class RedFlags:
    """How the questions reach the red flags.

    `first`: all they rest on is asked of everybody. `later`: the findings of the others that are asked only while such
    a red flag is still open.
    """

    first: tuple[str, ...]
    later: dict[str, tuple[str, ...]]
    stepped_over: tuple[SteppedOver, ...]


def never_firing(space: Space) -> tuple[str, ...]:
    """Rules that no allowed answers make certain."""
    can_be = space.can_be([space.rule(rule) for rule in space.formulas.rules])
    return tuple(rule.id for rule, can in zip(space.formulas.rules, can_be, strict=True) if not can)


def never_holding(space: Space) -> tuple[str, ...]:
    """Concepts that no allowed answers make certain."""
    can_be = space.can_be([space.formulas.of(Holds(name)) for name in space.rulebase.concepts])
    return tuple(name for name, can in zip(space.rulebase.concepts, can_be, strict=True) if not can)


def implied(space: Space) -> tuple[Implied, ...]:
    """Rules that others make superfluous for support and urgency. Their own words may still be told as a reason."""
    rules = space.rules((Supports, Raises))
    as_much = {
        then: [each for each in rules if _says_as_much(each.then, then)] for then in {each.then for each in rules}
    }
    found = []
    for rule in rules:
        by = _covering(space, rule, [each for each in as_much[rule.then] if each is not rule])
        if by and space.possible([space.rule(rule)]):
            found.append(Implied(rule.id, by))
    return tuple(found)


def _says_as_much(its: Conclusion, mine: Conclusion) -> bool:
    if isinstance(mine, Supports) and isinstance(its, Supports):
        return mine.state == its.state and its.strength >= mine.strength
    return isinstance(mine, Raises) and isinstance(its, Raises) and its.urgency >= mine.urgency


def _covering(space: Space, rule: Rule, others: Sequence[Rule]) -> tuple[str, ...]:
    """As few of the others as always fire where the rule does: one where one is enough."""
    formulas = {each.id: space.rule(each) for each in others}

    def cover(names: Sequence[str]) -> bool:
        return not space.possible([space.rule(rule)], [formulas[each] for each in names])

    if not formulas or not cover([*formulas]):
        return ()
    alone = space.first_implied([space.rule(rule)], [*formulas.values()])
    return (others[alone].id,) if alone is not None else smallest([*formulas], cover)


def unused_concepts(space: Space) -> tuple[str, ...]:
    """Concepts that no rule and no sentence rests on, not even through another concept."""
    rulebase = space.rulebase
    waiting = [rule.when for rule in space.formulas.rules]
    waiting += [sentence.when for sentence in sentences(rulebase) if sentence.when is not None]
    used: set[str] = set()
    while waiting:
        for leaf in leaves(waiting.pop()):
            if isinstance(leaf, Holds) and leaf.concept not in used:
                used.add(leaf.concept)
                waiting.append(rulebase.concepts[leaf.concept].when)
    return tuple(name for name in rulebase.concepts if name not in used)


def idle_findings(space: Space) -> tuple[str, ...]:
    """Findings no answer to which changes a support, an urgency, a caution, a sentence or what speaks against.

    Such an answer may still count as evidence.
    """
    told = [*dict.fromkeys(_told(space))]
    within = {formula: space.nodes.findings(formula) for formula in told}
    return tuple(
        finding.id
        for finding in space.rulebase.findings.values()
        if not _moves(space, finding, [each for each in told if finding.id in within[each]])
    )


def _told(space: Space) -> Iterator[Formula]:
    """All that can be told, what is found out fastest first."""
    formulas, nodes = space.formulas, space.nodes
    for rule in space.rules(Cautions):
        yield formulas.rule(rule)
    for state in space.rulebase.states:
        yield from (formulas.named(state, strength) for strength in Strength)
    for rule in space.rules(SpeaksAgainst):
        if isinstance(rule.then, SpeaksAgainst):
            yield nodes.all((formulas.rule(rule), formulas.named(rule.then.state, Strength.WEAK)))
    for rule in space.rules(Raises):
        if isinstance(rule.then, Raises):
            yield formulas.urgency(rule.then.urgency)
            yield space.open.rule(rule) if rule.red_flag else NEVER
    rulebase = space.rulebase
    for each in rulebase.states.values():
        for sentence in (*each.about, *each.tests, *each.ask):
            if sentence.when is not None:
                yield nodes.all((formulas.of(sentence.when), formulas.named(each.id, Strength.WEAK)))
    for sentence in (*rulebase.general_questions, *rulebase.general_cautions):
        if sentence.when is not None:
            yield formulas.of(sentence.when)


def _moves(space: Space, finding: Finding, told: Sequence[Formula]) -> bool:
    """Whether an answer to the finding can tell something that another one, or "not sure", would not."""
    for formula in told:
        for answer in space.formulas.domain(finding):
            # "Not sure" makes the fewest conditions certain. A red flag that it leaves open is told as well.
            for one, other in ((answer, UNSURE), (UNSURE, answer)):
                had, has = (space.chosen(formula, finding.id, each) for each in (one, other))
                odds = [space.chosen(space.at_odds, finding.id, each) for each in (one, other)]
                if had != has and space.possible([had], [has], odds):
                    return True
    return False


def both_ends(space: Space) -> tuple[BothEnds, ...]:
    """Electrolytes of which much can speak for both directions at once."""
    found = []
    for one, other in combinations(space.rulebase.states.values(), 2):
        if one.electrolyte == other.electrolyte and one.direction != other.direction:
            named = [space.formulas.named(each.id, Strength.STRONG) for each in (one, other)]
            if space.possible(named):
                found.append(_both(space, one, other, named))
    return tuple(found)


def _both(space: Space, one: State, other: State, named: Sequence[Formula]) -> BothEnds:
    about = {
        rule.id: space.rule(rule)
        for rule in space.rules(Cautions)
        if isinstance(rule.then, Cautions) and {one.id, other.id} <= {*rule.then.states}
    }

    def covers(names: Sequence[str]) -> bool:
        return not space.possible(named, [about[each] for each in names])

    told_by = smallest([*about], covers) if covers([*about]) else ()
    example = space.fewest(named, [about[each] for each in about] if not told_by else [])
    return BothEnds((one.id, other.id), told_by, space.answers(example or {}))


def red_flags(space: Space) -> RedFlags:
    """Whether the questions reach every red flag."""
    screens = space.rulebase.screens.values()
    always = {finding for screen in screens if screen.ask == "always" for finding in screen.findings}
    asked = always.union(*(screen.findings for screen in screens))
    first: list[str] = []
    later: dict[str, tuple[str, ...]] = {}
    stepped_over = []
    for rule in space.rules(Raises):
        if not rule.red_flag:
            continue
        when = space.rule(rule)
        within = [finding for finding in space.rulebase.findings if finding in space.nodes.findings(when)]
        never = tuple(finding for finding in within if finding not in asked)
        heard = space.nodes.all_chosen(when, dict.fromkeys(never, BLANK))
        found = space.fewest([when], [heard]) if heard != when else None
        if found is not None:
            stepped_over.append(SteppedOver(rule.id, tuple(each for each in never if each in found),
                                            space.answers(found)))  # fmt: skip
        if {*within} <= always:
            first.append(rule.id)
        else:
            later[rule.id] = tuple(finding for finding in within if finding in asked - always)
    return RedFlags(tuple(first), later, tuple(stepped_over))


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Everything of this module, for one rule base."""

    never_firing: tuple[str, ...]
    never_holding: tuple[str, ...]
    implied: tuple[Implied, ...]
    unused_concepts: tuple[str, ...]
    idle_findings: tuple[str, ...]
    both_ends: tuple[BothEnds, ...]
    red_flags: RedFlags


def overlaps(space: Space, doing: Callable[[str], None] = lambda what: None) -> Overlaps:
    """`doing` is told what is looked at."""
    doing("rules that never fire")
    never = never_firing(space), never_holding(space)
    doing("rules that others imply")
    others = implied(space)
    doing("findings that change nothing")
    idle = idle_findings(space)
    doing("both ends of one electrolyte")
    both = both_ends(space)
    doing("roads to the red flags")
    return Overlaps(*never, others, unused_concepts(space), idle, both, red_flags(space))
