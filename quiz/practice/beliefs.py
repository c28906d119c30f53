"""What somebody with a mistaken belief makes of a case: the rules altered, the answers misread, the options chosen."""

from __future__ import annotations

from dataclasses import replace

from quiz.engine import Assessor, Reader
from quiz.enough import Certain
from quiz.logic import denial, positive
from quiz.model import (
    NO,
    UNSURE,
    YES,
    Answer,
    Answers,
    Assessment,
    Condition,
    Finding,
    Group,
    Holds,
    Is,
    Misconception,
    Raises,
    Rule,
    RuleBase,
    Supports,
    Urgency,
    leaves,
)
from quiz.practice.cases import BUT_FOR_ONE
from quiz.practice.keys import needed, new_of, shift_key, state_key, state_of, urgency_key
from quiz.practice.values import Item

UNSEEN = "nothing that is asked"
"""The id of a finding that has no answer; no id of a rule file has spaces."""


class Believer:
    """Judges cases as somebody with this belief does."""

    def __init__(self, rules: Assessor, misconception: Misconception) -> None:
        """`rules` are those that the belief is mistaken about."""
        self.misconception = misconception
        self.rulebase = altered_rules(rules.rulebase, misconception)
        self._same_rules = self.rulebase is rules.rulebase
        self._rules = rules if self._same_rules else Reader(self.rulebase)

    def assess(self, answers: Answers) -> Assessment:
        return self._rules.assess(self.read(answers))

    def certain(self, answers: Answers) -> Certain:
        return self._rules.certain(self.read(answers))

    def applies(self, condition: Condition | None, answers: Answers) -> bool:
        return self._rules.applies(condition, self.read(answers))

    def read(self, answers: Answers) -> Answers:
        """The answers as this belief has them."""
        belief = self.misconception
        read: dict[str, Answer] = {}
        for finding, answer in answers.items():
            if finding not in belief.ignores and finding not in belief.takes_for:
                read[finding] = NO if answer == UNSURE and belief.unsure_is_no else answer
        for finding, other in belief.takes_for.items():
            if finding in answers:
                read.setdefault(other, answers[finding])
        return read

    def choice(self, item: Item) -> frozenset[str] | None:
        """The options that are right under the belief; None where that is not clear.

        What is taught beside the rules has its key under each belief but the one that it sets right.
        """
        if item.case is None:
            own = item.id.endswith(f"/{self.misconception.teaching}")
            return None if own else item.key
        asked = {**item.case.answers, **new_of(item)}
        if self._same_rules and self.read(asked) == asked:
            return item.key
        options = {option.id for option in item.options}
        if item.kind == "context":
            key = needed(self.rulebase, self, item.case.answers, state_of(item))
            return frozenset(key & options) or None if key is not None else None
        if item.kind == "state":
            chosen = self._first_of(options, item.case.answers)
        elif item.kind == "urgency":  # whoever sees no reason to hurry takes the least urgent
            chosen = urgency_key(self.assess(item.case.answers)) or Urgency.ROUTINE.word
        elif item.kind == "shift":
            chosen = shift_key(self.rulebase, self, item.case.answers, new_of(item), state_of(item))
        else:  # no belief bears on these kinds
            return item.key
        return frozenset({chosen}) if chosen in options else None

    def _first_of(self, options: set[str], answers: Answers) -> str | None:
        """What stands first or, where that is not on offer, the option that stands highest."""
        told = self.assess(answers)
        key = state_key(told)
        return key if key in options else next((each.state for each in told.candidates if each.state in options), None)


# --- the altered rules ------------------------------------------------------------------------------


def altered_rules(rulebase: RuleBase, misconception: Misconception) -> RuleBase:
    """The rules as a student with this belief has them; the same object where it alters none.

    An ignored concept rests on what nobody is ever asked.
    """
    belief = misconception
    hidden = {each for each in belief.ignores if each in rulebase.concepts}
    if not (hidden or belief.drops or belief.flips or belief.relaxes or belief.believes):
        return rulebase
    unseen = Finding(UNSEEN, "event", UNSEEN, UNSEEN, belief.position)
    concepts = {
        each.id: replace(each, when=Is(UNSEEN, YES)) if each.id in hidden else each
        for each in rulebase.concepts.values()
    }
    rules: dict[str, Rule] = {}
    for rule in rulebase.rules.values():
        if rule.id not in belief.drops:
            when, then = _granted(rule.when, set(belief.relaxes.get(rule.id, ()))), rule.then
            if rule.id in belief.flips and isinstance(then, Supports):
                then = Supports(_opposite(rulebase, then.state), then.strength)
            rules[rule.id] = replace(rule, when=when, then=then)
    rules.update({rule.id: rule for rule in belief.believes})
    return replace(rulebase, findings={**rulebase.findings, UNSEEN: unseen}, rules=rules, concepts=concepts)


def _opposite(rulebase: RuleBase, state: str) -> str:
    """The other direction of the same electrolyte; the state itself where there is none."""
    mine = rulebase.states[state]
    others = (each.id for each in rulebase.states.values()
              if each.electrolyte == mine.electrolyte and each.id != state)  # fmt: skip
    return next(others, state)


def _granted(condition: Condition, granted: set[str]) -> Condition:
    """The condition with tests of these findings and concepts taken for granted, where others are left beside them."""
    if not isinstance(condition, Group) or not granted:
        return condition
    kept = tuple(_granted(part, granted) for part in condition.of if _subject(part) not in granted)
    if not kept or condition.kind == "any":
        return condition
    taken = len(condition.of) - len(kept)
    return replace(condition, of=kept, count=max(1, condition.count - taken) if condition.count else 0)


def _subject(condition: Condition) -> str:
    if isinstance(condition, Is):
        return condition.finding
    return condition.concept if isinstance(condition, Holds) else ""


# --- what shows a belief ----------------------------------------------------------------------------


def shown_by(rulebase: RuleBase, misconception: Misconception) -> tuple[str, ...]:
    """What cases are made up towards to show a belief: findings and rules, as `cases.generated` takes them.

    A belief about all answers alike is shown by the rules that ask for something to be denied.
    """
    if misconception.unsure_is_no:
        return tuple(
            rule.id + BUT_FOR_ONE
            for rule in rulebase.rules.values()
            if rule.provenance.state != "retired"
            and isinstance(rule.then, (Supports, Raises))
            and _denies(rulebase, rule.when)
        )
    concepts = {each for each in misconception.ignores if each in rulebase.concepts}
    with_concept = [
        rule.id
        for rule in rulebase.rules.values()
        if rule.provenance.state != "retired" and _uses(rulebase, rule.when, concepts)
    ]
    findings = [each for each in misconception.ignores if each in rulebase.findings]
    altered = (*misconception.drops, *misconception.flips, *misconception.relaxes, *with_concept)
    believed = [rule.id for rule in misconception.believes]
    return tuple(dict.fromkeys((*findings, *misconception.takes_for, *altered, *believed)))


def _denies(rulebase: RuleBase, condition: Condition) -> bool:
    """Whether some way to make the condition true goes through an answer "no"."""
    for leaf in leaves(positive(condition, rulebase.findings)):
        if isinstance(leaf, Is) and leaf.value == NO:
            return True
        if isinstance(leaf, Holds):
            when = rulebase.concepts[leaf.concept].when
            if _denies(rulebase, when if leaf.value == YES else denial(when, rulebase.findings)):
                return True
    return False


def _uses(rulebase: RuleBase, condition: Condition, concepts: set[str]) -> bool:
    return any(
        isinstance(leaf, Holds)
        and (leaf.concept in concepts or _uses(rulebase, rulebase.concepts[leaf.concept].when, concepts))
        for leaf in leaves(condition)
    )
