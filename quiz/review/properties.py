"""Whether a property holds of every set of answers, or the smallest set of which it does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from quiz.formulas import ALWAYS, BLANK, NEVER, Formula
from quiz.model import (
    ANSWERED,
    HIGHER,
    LOWER,
    NOT_ASKED,
    UNSURE,
    Answer,
    Answers,
    AtLeastAsUrgent,
    Cautions,
    Finding,
    Follows,
    Keeps,
    Kept,
    NotAll,
    OneFires,
    Property,
    Raises,
    Strength,
    Urgency,
)
from quiz.review.answer_space import MOST, Space


@dataclass(frozen=True, slots=True)
class Lost:
    """What an answer took away: an urgency, a state with its support, or the rule of a caution or a red flag."""

    kind: Kept
    id: str


@dataclass(frozen=True, slots=True)
class Witness:
    """The fewest answers of which a property does not hold.

    For a property on a change, `changed` is the finding, `after` its answer afterwards (None where it is taken back),
    `lost` what goes, and `others` further findings of which the same change takes something away.
    """

    answers: Answers
    changed: str = ""
    after: Answer | None = None
    lost: Lost | None = None
    others: tuple[str, ...] = ()

    @property
    def changed_answers(self) -> Answers:
        """The answers afterwards."""
        kept = {name: answer for name, answer in self.answers.items() if name != self.changed}
        return kept if self.after is None else {**kept, self.changed: self.after}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A property settled over all answers.

    `findings` are those that could have a part in it; `changed` those of them that are answered otherwise, for a
    property on a change. One that does not hold has a witness, unless the smallest takes more answers than anybody
    would read. `idle`: nothing can make its condition true, so it holds of nothing.
    """

    property: Property
    findings: int
    holds: bool
    witness: Witness | None = None
    idle: bool = False
    changed: int = 0


def prove(space: Space, what: Property) -> Verdict:
    """Settle one property."""
    if isinstance(what.demand, Keeps):
        return _change(space, what, what.demand)
    true, false = _broken(space, what)
    findings = frozenset().union(*map(space.nodes.findings, (*true, *false)))
    if not space.possible(true, false):
        idle = what.when is not None and not space.possible([space.formulas.of(what.when)])
        return Verdict(what, len(findings), holds=not idle, idle=idle)
    found = space.fewest(true, false)
    return Verdict(what, len(findings), False, None if found is None else Witness(space.answers(found)))


def _broken(space: Space, what: Property) -> tuple[list[Formula], list[Formula]]:
    """What would be true, and what not, where the property does not hold."""
    formulas, demand = space.formulas, what.demand
    rules = space.rulebase.rules
    when = [formulas.of(what.when)] if what.when is not None else []
    if isinstance(demand, AtLeastAsUrgent):
        return when, [formulas.urgency(demand.urgency)]
    if isinstance(demand, OneFires):
        return when, [space.rule(rules[each]) for each in demand.rules]
    if isinstance(demand, NotAll):
        return [*when, *(space.rule(rules[each]) for each in demand.rules)], []
    if isinstance(demand, Follows):
        condition = formulas.of(demand.condition)
        return ([*when, condition], []) if demand.never else (when, [condition])
    raise TypeError(f"{what.id} is about a change")


# --- one answer changed -----------------------------------------------------------------------------


def _change(space: Space, what: Property, demand: Keeps) -> Verdict:
    kept = [(lost, formula) for kind in demand.kept for lost, formula in _told(space, kind)]
    within = frozenset().union(*(space.nodes.findings(formula) for _, formula in kept))
    changed: list[str] = []
    best: Witness | None = None
    broken: list[str] = []
    for finding in map(space.rulebase.findings.__getitem__, demand.findings):
        steps = list(_steps(space, finding, demand))
        changed += [finding.id] if steps else []
        felt = [each for each in kept if finding.id in space.nodes.findings(each[1])]
        for loss in _all_losses(space, what, finding, steps, felt):
            if finding.id not in broken:
                broken.append(finding.id)
            given = loss.before != NOT_ASKED
            most = MOST - given if best is None else len(best.answers) - 1 - given
            if most < 0:
                break  # no smaller case than the best one can be found for this finding
            found = space.fewest(loss.true, loss.false, loss.odds, most)
            if found is not None:
                answers = space.answers({**found, finding.id: loss.before})
                best = Witness(answers, finding.id, None if loss.after is BLANK else loss.after, loss.lost)
    if best is not None:
        best = replace(best, others=tuple(each for each in broken if each != best.changed))
    findings = len(within.union(changed))
    return Verdict(what, findings, bool(changed) and not broken, best, idle=not changed, changed=len(changed))


def _told(space: Space, kind: Kept) -> Iterator[tuple[Lost, Formula]]:
    """All of one kind that can be told, the weightiest first."""
    formulas = space.formulas
    if kind == "urgency":
        for urgency in reversed(Urgency):
            yield Lost(kind, urgency.word), formulas.urgency(urgency)
    elif kind == "states":
        for state in space.rulebase.states:
            for strength in reversed(Strength):
                yield Lost(kind, f"{state} {strength.word}"), formulas.named(state, strength)
    elif kind == "cautions":
        for rule in space.rules(Cautions):
            yield Lost(kind, rule.id), formulas.rule(rule)
    else:
        for rule in space.rules(Raises):
            if rule.red_flag:
                yield Lost(kind, rule.id), space.open.rule(rule)


Choice = Answer | None


def _steps(space: Space, finding: Finding, demand: Keeps) -> Iterator[tuple[Choice, Choice]]:
    """Each answer to the finding that the property speaks of, with the one after it."""
    domain = space.formulas.domain(finding)
    if demand.after in (LOWER, HIGHER):
        # One step from each number to the next is enough, unless constraints forbid a number on the way.
        if finding.is_number:
            close = pairwise(domain) if finding.id not in space.nodes.findings(space.at_odds) else _pairs(domain)
            yield from ((high, low) if demand.after == LOWER else (low, high) for low, high in close)
        return
    if demand.after not in (UNSURE, NOT_ASKED, *finding.words):
        return
    after = BLANK if demand.after == NOT_ASKED else demand.after
    before: dict[Choice, None] = {}
    for word in demand.before:
        if word == ANSWERED:
            before.update(dict.fromkeys(domain))
        elif word in (UNSURE, NOT_ASKED, *finding.words):
            before[word] = None
    for each in before:
        if each != demand.after:
            yield each, after


def _pairs(domain: Sequence[Answer]) -> Iterator[tuple[Answer, Answer]]:
    for place, low in enumerate(domain):
        for high in domain[place + 1 :]:
            yield low, high


@dataclass(frozen=True, slots=True)
class _Loss:
    """A change that takes something away under some answers to the other findings."""

    lost: Lost
    before: Choice
    after: Choice
    true: tuple[Formula, ...]
    false: tuple[Formula, ...]
    odds: tuple[Formula, ...]


def _all_losses(
    space: Space,
    what: Property,
    finding: Finding,
    steps: Sequence[tuple[Choice, Choice]],
    kept: Sequence[tuple[Lost, Formula]],
) -> Iterator[_Loss]:
    for before, after in steps:
        yield from _losses(space, what, finding, before, after, kept)


def _losses(
    space: Space,
    what: Property,
    finding: Finding,
    before: Choice,
    after: Choice,
    kept: Sequence[tuple[Lost, Formula]],
) -> Iterator[_Loss]:
    keeps_all = space.tells_as_much(finding.id, before, after)
    when = space.formulas.of(what.when) if what.when is not None else ALWAYS
    known: list[Formula] = [space.chosen(when, finding.id, before)]
    odds = tuple(dict.fromkeys(space.chosen(space.at_odds, finding.id, each) for each in (before, after)))
    settled = (space.settled(finding.id),) if before == NOT_ASKED else ()
    for lost, formula in kept:
        if keeps_all and lost.kind != "red_flags":
            continue
        had, has = (space.chosen(formula, finding.id, each) for each in (before, after))
        if had in (NEVER, has) or has == ALWAYS:
            continue
        loss = _Loss(lost, before, after, (*known, had), (has, *settled), odds)
        if space.possible(loss.true, loss.false, loss.odds):
            yield loss
