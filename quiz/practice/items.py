"""Questions on a case, each with a key that the engine sets. What has no clear key is not dealt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from quiz.consequences import with_consequences
from quiz.logic import denial, positive
from quiz.model import (
    NO,
    UNSURE,
    YES,
    Answers,
    Assessment,
    Candidate,
    Condition,
    Fired,
    Group,
    Holds,
    Is,
    Mechanism,
    RuleBase,
    SpeaksAgainst,
    Strength,
    Supports,
    Urgency,
    leaves,
)
from quiz.practice.cards import concept_card, pair_card, rule_card
from quiz.practice.cases import denied_by_any_complaint, is_odd
from quiz.practice.dice import Dice
from quiz.practice.feedback import Feedback
from quiz.practice.giveaway import gives_away, pointing
from quiz.practice.keys import (
    LESS,
    MORE,
    NEITHER,
    NO_STATE,
    NOTHING,
    Judge,
    Remembered,
    at_work,
    needed,
    shift_key,
    state_key,
    told,
    urgency_key,
)
from quiz.practice.story import listed
from quiz.practice.to_check import FEWEST_WRONG, PARTS, Checks
from quiz.practice.values import Case, Item, ItemOption, Kind
from quiz.wording import URGENCY

KINDS: tuple[Kind, ...] = ("state", "urgency", "mechanism", "context", "shift", "check")
"""The kinds of items on a case."""

MOST_OPTIONS = 4

HOW_SOON: Mapping[Urgency, str] = {
    Urgency.EMERGENCY: "emergency help now",
    Urgency.SAME_DAY: "help the same day",
    Urgency.SOON: "help within days",
    Urgency.ROUTINE: "at the next visit",
}
"""Urgencies in words of one length."""

ATTEMPTS = 8
"""How often an item is put together anew where it gave itself away."""

MOST_TRIED = 30
"""New findings that are tried out for one item."""

SHIFTS = {MORE: "more likely than before", LESS: "less likely than before", NEITHER: "just as likely as before"}

_COMES_UP = {
    YES: "Now something new comes up: {}.",
    NO: "Asked now, the patient says no to {}.",
    UNSURE: "Asked now, the patient is not sure about {}.",
}

_BASE: Mapping[Kind, float] = {
    "state": 0.25, "urgency": 0.3, "mechanism": 0.35, "context": 0.3, "shift": 0.35, "check": 0.3,
}  # fmt: skip
"""How hard a kind of item is where nothing competes."""

_FELT = ("symptom", "lab")
"""Kinds of findings that are effects; the others act on the body."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An item before its options are in order. `about` is the rest of its id."""

    kind: Kind
    about: tuple[str, ...]
    stem: str
    right: Mapping[str, str]
    wrong: Mapping[str, str]
    cards: tuple[str, ...]
    hints: tuple[str, ...]
    several: bool = False
    in_order: tuple[str, ...] = ()


class Items:
    """Items on cases, for one rule base."""

    def __init__(self, rulebase: RuleBase, judge: Judge) -> None:
        self.rulebase, self.judge = rulebase, Remembered(judge)
        self._why = Feedback(rulebase, self.judge)
        self._well = frozenset(denied_by_any_complaint(rulebase))
        self._makers: Mapping[Kind, Callable[[Case, Assessment, Dice], Draft | None]] = {
            "state": self._state,
            "urgency": self._urgency,
            "mechanism": self._mechanism,
            "context": self._context,
            "shift": self._shift,
            "check": self._check,
        }

    def of(self, case: Case, seed: int) -> Iterator[Item]:
        """One item of each kind that the case has a clear key for, each made when it is reached."""
        for kind in KINDS:
            item = self.of_kind(kind, case, seed)
            if item is not None:
                yield item

    def of_kind(self, kind: Kind, case: Case, seed: int) -> Item | None:
        """An item of this kind on the case, or None where no key is clear. The same seed gives the same item."""
        assessment = self.judge.assess(case.answers)
        for attempt in range(ATTEMPTS):
            dice = Dice("item", kind, case.id, seed, attempt)
            draft = self._makers[kind](case, assessment, dice)
            if draft is None:
                return None
            item = self._finished(draft, case, dice)
            if item is not None and not gives_away(item):
                return item
        return None

    # --- typed answers ------------------------------------------------------------------------------

    def accepted(self, item: Item) -> dict[str, tuple[str, ...]]:
        """For each answer that can be typed, by its id, the words that stand for it; its own text comes first.

        They are more than the options, or what is not known here would be told to be wrong.
        """
        texts = {option.id: option.text for option in item.options}
        texts |= {each: text for each, text in self._further(item).items() if each not in texts}
        return {each: tuple(dict.fromkeys((text, *self._other_words(item, each)))) for each, text in texts.items()}

    def with_answer(self, item: Item, answer: str) -> Item:
        """The item with this answer among its options; what it did not have is wrong."""
        if any(option.id == answer for option in item.options):
            return item
        further = ItemOption(answer, self._further(item)[answer], False, "")
        mixed = [pair_card(key, answer) for key in item.key if item.kind == "state"]
        return self._why.explained(replace(item, options=(*item.options, further), cards=(*item.cards, *mixed)))

    def _further(self, item: Item) -> Mapping[str, str]:
        """Answers that fit the question, by their ids, the options among them: all states, or all that was told."""
        if item.kind == "state":
            return {each.id: each.name for each in self.rulebase.states.values()}
        if item.kind == "context" and item.case is not None:
            return {each: self._why.plain(each, item.case.answers) for each in self._matters(item.case.answers)}
        return {}

    def _other_words(self, item: Item, answer: str) -> Iterator[str]:
        if item.kind == "state" and answer in self.rulebase.states:
            yield self.rulebase.states[answer].clinical_name
        elif item.kind == "urgency":
            yield URGENCY[Urgency[answer.upper()]]
        elif item.kind == "context":
            yield self.rulebase.findings[answer].label
            yield from (name for name, classes in self.rulebase.medicines.items() if classes == (answer,))

    def _finished(self, draft: Draft, case: Case, dice: Dice) -> Item | None:
        texts = {**draft.right, **draft.wrong}
        if not draft.right or not draft.wrong:
            return None
        order = draft.in_order or tuple(dice.shuffled(texts))
        if draft.in_order:  # a scale keeps its order, but begins anywhere, so that no place is right more often
            first = dice.below(len(order))
            order = (order[first:] + order[:first])[:: dice.pick((1, -1))]
        item = Item(
            id="/".join((draft.kind, case.id, *draft.about)),
            kind=draft.kind,
            stem=draft.stem,
            options=tuple(ItemOption(name, texts[name], name in draft.right, "") for name in order),
            several=draft.several,
            cards=tuple(dict.fromkeys(draft.cards)),
            difficulty=min(1.0, _BASE[draft.kind] + 0.6 * case.competition),
            answer="",
            hints=tuple(hint for hint in draft.hints if not any(text in hint for text in draft.right.values())),
            case=case,
        )
        return self._why.explained(item)

    # --- which electrolyte and direction ------------------------------------------------------------

    def _state(self, case: Case, assessment: Assessment, dice: Dice) -> Draft | None:
        key = state_key(assessment)
        if key is None:
            return None
        states = self.rulebase.states
        near = self._near_states(case, assessment, key, dice)
        wrong = near[:MOST_OPTIONS] if key == NOTHING else [*near[: MOST_OPTIONS - 1], NOTHING]
        chosen = [key, *wrong]
        text = {each: states[each].name if each != NOTHING else NO_STATE for each in chosen}
        first = assessment.candidates[0] if assessment.candidates else None
        return Draft(
            "state", (), "Which of these do the rules name most firmly here?",
            {key: text[key]}, {each: text[each] for each in chosen[1:]},
            (*self._cards(first), *(pair_card(key, each) for each in wrong)),
            self._hints_on(first, case, _is_not(text[chosen[-1]])),
        )  # fmt: skip

    def _near_states(self, case: Case, assessment: Assessment, key: str, dice: Dice) -> list[str]:
        """Other states, the most tempting first: named ones, the other direction, those that the story touches."""
        states = self.rulebase.states
        named = [each.state for each in assessment.candidates]
        here = told(case.answers)

        def touched(state: str) -> int:
            return len(self._findings_on[state].intersection(here))

        def tempting(state: str) -> tuple[bool, int]:
            known = states.get(key)
            opposite = known is not None and states[state].electrolyte == known.electrolyte
            return state not in named, -touched(state) - 2 * opposite

        return sorted((each for each in dice.shuffled(states) if each != key), key=tempting)

    @cached_property
    def _to_check(self) -> Checks:
        return Checks(self.rulebase, self.judge, self._findings_on)

    @cached_property
    def _findings_on(self) -> Mapping[str, frozenset[str]]:
        """For each state, the findings that can have a part in a rule that names it."""
        return self._in_rules(Supports)

    @cached_property
    def _bear_on(self) -> Mapping[str, frozenset[str]]:
        """The same with the findings that can speak against it."""
        return self._in_rules(Supports, SpeaksAgainst)

    def _in_rules(self, *kinds: type) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {state: set() for state in self.rulebase.states}
        for rule in self.rulebase.rules.values():
            if isinstance(rule.then, kinds):
                found[getattr(rule.then, "state", "")] |= self._why.findings_of(rule)
        return {state: frozenset(findings) for state, findings in found.items()}

    # --- how urgent ---------------------------------------------------------------------------------

    def _urgency(self, case: Case, assessment: Assessment, dice: Dice) -> Draft | None:
        key = urgency_key(assessment)
        if key is None or (assessment.urgency is Urgency.ROUTINE and self._complains(case.answers)):
            return None
        text = {each.word: HOW_SOON[each] for each in Urgency}
        fired = next(
            each for each in assessment.urgent if getattr(each.rule.then, "urgency", None) is assessment.urgency
        )
        return Draft(
            "urgency", (), "How soon should help be sought here?",
            {key: text[key]}, {each: words for each, words in text.items() if each != key},
            (rule_card(fired.rule.id), *map(concept_card, fired.concepts)),
            ("One rule decides it: the most urgent that fires. Urgencies are never added up.",
             f"Look for {self._kinds(fired.evidence)}.",
             f"What matters: {self._words(fired.evidence, case.answers, 1)}."),
            in_order=tuple(text),
        )  # fmt: skip

    def _complains(self, answers: Answers) -> bool:
        """Whether the person has a complaint: then nobody should learn from rules that are silent on it to wait."""
        known = with_consequences(self.rulebase, answers)
        return any(self.rulebase.findings[each].kind == "symptom" and each not in self._well for each in told(known))

    # --- which mechanism links two findings ---------------------------------------------------------

    def _mechanism(self, case: Case, assessment: Assessment, dice: Dice) -> Draft | None:
        links = [
            (fired, mechanism, cause, effect)
            for candidate in assessment.candidates[:2]
            for fired in candidate.fired
            for mechanism, cause, effect in self._links(fired, candidate.state, case.answers)
        ]
        if not links:
            return None
        fired, mechanism, cause, effect = dice.pick(links)
        name = self.rulebase.states[str(getattr(fired.rule.then, "state", ""))].name
        one, other = (self._why.short(each, case) for each in (cause, effect))
        idle = [
            each for each in self.rulebase.mechanisms.values()
            if not at_work(each, case.answers) and not self._may_work(each, cause)
        ]  # fmt: skip
        tempting = sorted(dice.shuffled(idle), key=lambda each: self._far(each, mechanism))
        stem = f"Which mechanism links {one} with {other} here?"
        sharing = _sharing(tempting, pointing(stem, mechanism.says))
        near = dice.shuffled(tempting[: 2 * MOST_OPTIONS])
        chosen = list(dict.fromkeys((*sharing, *near)))[: MOST_OPTIONS - 1]
        return Draft(
            "mechanism", (cause, effect), stem,
            {mechanism.id: mechanism.says}, {each.id: each.says for each in chosen},
            (rule_card(fired.rule.id), *map(concept_card, fired.concepts)),
            (f"Begin with {one}. What does that do to the body?", f"It leads to {name}."),
        )  # fmt: skip

    def _links(self, fired: Fired, state: str, answers: Answers) -> Iterator[tuple[Mechanism, str, str]]:
        """Two findings of one rule: a cause with one known way to the state, and a complaint or result."""
        here = [each for each in fired.evidence if each in told(answers)]
        for cause in here:
            ways = [
                each for each in self.rulebase.mechanisms.values() if state in each.to and cause in each.through
            ]  # fmt: skip
            for effect in here if len(ways) == 1 else ():
                if (
                    effect not in (self._causes | self._well | self._with_causes)
                    and self.rulebase.findings[effect].kind in _FELT
                    and not self._comes_otherwise(effect, cause, state, answers)
                ):
                    yield ways[0], cause, effect

    def _comes_otherwise(self, effect: str, cause: str, state: str, answers: Answers) -> bool:
        """Whether the effect may as well come by another state.

        It may where another cause that was told leads to one whose rules hold the effect, and where the cause itself
        leads to one that the rules name as firmly for just these two.
        """
        others = {
            each: self._led_to(each) - {state} for each in told(answers) if each != cause
        }  # fmt: skip
        if any(effect in self._findings_on[each] for states in others.values() for each in states):
            return True
        alone = self.judge.assess({each: answers[each] for each in (cause, effect)}).candidates
        own = max((each.strength for each in alone if each.state == state), default=0)
        return any(
            each.strength == own > Strength.WEAK
            and {cause, effect} <= {*each.evidence}
            and each.state in self._led_to(cause)
            and not self._joined(cause, state, each.state)
            for each in alone
        )

    def _led_to(self, cause: str) -> set[str]:
        """States to which mechanisms lead from this cause."""
        return {state for each in self.rulebase.mechanisms.values() if cause in each.through for state in each.to}

    def _joined(self, cause: str, state: str, other: str) -> bool:
        """Whether the cause has a mechanism to both states, or one that says that the first brings about the other."""
        return any(
            cause in each.through
            and other in each.to
            and (state in each.to or (state in each.after and self.rulebase.states[state].electrolyte in each.says))
            for each in self.rulebase.mechanisms.values()
        )

    def _may_work(self, mechanism: Mechanism, cause: str) -> bool:
        """Whether the rules leave open that the cause works in this way.

        They do where it has to do with a state that sets the mechanism going, and where they let it speak for a state
        without saying by which way.
        """
        speaks_for = {state for state, findings in self._findings_on.items() if cause in findings}
        explained = {
            state for each in self.rulebase.mechanisms.values() if cause in each.through for state in each.to
        }  # fmt: skip
        unexplained = speaks_for & set(mechanism.to) - explained
        return bool(unexplained or (speaks_for | explained) & set(mechanism.after))

    def _far(self, mechanism: Mechanism, other: Mechanism) -> int:
        """0 for two ways to one state, 1 to one electrolyte, 2 to others."""
        one, two = ({self.rulebase.states[state].electrolyte for state in each.to} for each in (mechanism, other))
        return 0 if set(mechanism.to) & set(other.to) else 1 if one & two else 2

    @cached_property
    def _with_causes(self) -> frozenset[str]:
        return frozenset(self.rulebase.practice.with_causes)

    @cached_property
    def _causes(self) -> frozenset[str]:
        """What works through some mechanism: it stands at the beginning of a chain, never at its end."""
        return frozenset(cause for each in self.rulebase.mechanisms.values() for cause in each.through)

    # --- which context matters most -----------------------------------------------------------------

    def _context(self, case: Case, assessment: Assessment, dice: Dice) -> Draft | None:
        if state_key(assessment) is None or not assessment.candidates:
            return None
        first = assessment.candidates[0]
        here = self._matters(case.answers)
        key = needed(self.rulebase, self.judge, case.answers, first.state)
        right = [each for each in here if key and each in key]
        wrong = dice.shuffled(each for each in here if each not in right)
        if not right or not wrong or len(wrong) < len(right):
            return None
        most = MOST_OPTIONS + 1
        right = dice.shuffled(right)[: most - 2]
        wrong = wrong[: most - len(right)]
        several = len(right) > 1
        text = {each: self._why.plain(each, case.answers) for each in (*right, *wrong)}
        name = self.rulebase.states[first.state].name
        stem = f"Here {name} stands first. Without which of these would it not be named as firmly?"
        return Draft(
            "context", (first.state,), stem,
            {each: text[each] for each in right}, {each: text[each] for each in wrong}, self._cards(first),
            (f"Ask of each one: would anything still name {name} without it?",
             *self._idea(first), _is_not(text[wrong[0]])),
            several=several,
        )  # fmt: skip

    def _matters(self, answers: Answers) -> list[str]:
        """What was told, besides age and sex."""
        return [each for each in told(answers) if self.rulebase.findings[each].kind != "about"]

    # --- what a new finding does --------------------------------------------------------------------

    def _shift(self, case: Case, assessment: Assessment, dice: Dice) -> Draft | None:
        answer = dice.pick((YES, YES, YES, NO, UNSURE))
        denied = self._shift_denied(case, answer, dice) if answer != YES else None
        return denied or self._shift_told(case, assessment, dice)

    def _shift_denied(self, case: Case, answer: str, dice: Dice) -> Draft | None:
        """A draft on a denial that moves a state here, or on being not sure of it. None where no denial would.

        A denial is asked about another state as often, on which it has no part: the word "no" must not tell the key.
        """
        moving = list(self._moving_denials(case))
        if not moving:
            return None
        finding, state, key = dice.pick(moving)
        if answer == UNSURE:
            sure = finding in self.rulebase.practice.sure
            return None if sure else self._of_shift(case, finding, UNSURE, state, NEITHER)
        idle = [each for each in self._not_measured(case.answers) if not self._has_part(finding, each)]
        if idle and dice.chance(0.5):
            state, key = dice.pick(idle), NEITHER
        return self._of_shift(case, finding, NO, state, key)

    def _moving_denials(self, case: Case) -> Iterator[tuple[str, str, str]]:
        """Findings not yet asked for whose denial moves a state, with the state and how."""
        known = with_consequences(self.rulebase, case.answers)
        for state in self._not_measured(case.answers):
            for finding in self._denied_on[state]:
                if finding in known or not self._is_asked(finding) or self._restates(finding, known):
                    continue
                key = self._shifted(case, finding, NO, state)
                moves = key == MORE or (key == LESS and self._takes(case, finding, NO, state))
                if moves and not self._is_odd_with(case, finding, NO):
                    yield finding, state, str(key)

    @cached_property
    def _denied_on(self) -> Mapping[str, tuple[str, ...]]:
        """For each state, the findings that a rule on it asks to be denied."""
        found: dict[str, dict[str, None]] = {state: {} for state in self.rulebase.states}
        for rule in self.rulebase.rules.values():
            if isinstance(rule.then, (Supports, SpeaksAgainst)):
                found[rule.then.state].update(dict.fromkeys(self._denied_in(rule.when)))
        return {state: tuple(findings) for state, findings in found.items()}

    def _denied_in(self, condition: Condition) -> Iterator[str]:
        findings = self.rulebase.findings
        for leaf in leaves(positive(condition, findings)):
            if isinstance(leaf, Is) and leaf.value == NO:
                yield leaf.finding
            elif isinstance(leaf, Holds):
                when = self.rulebase.concepts[leaf.concept].when
                yield from self._denied_in(when if leaf.value == YES else denial(when, findings))

    def _is_odd_with(self, case: Case, finding: str, answer: str) -> bool:
        """Whether nobody would answer so, or would be asked."""
        return any(is_odd(self.rulebase, {**case.answers, finding: each}) for each in (answer, YES))

    def _shift_told(self, case: Case, assessment: Assessment, dice: Dice) -> Draft | None:
        wanted = dice.pick((MORE, MORE, LESS, LESS, NEITHER))
        open_states = self._not_measured(case.answers)
        named = [each.state for each in assessment.candidates[:3] if each.state in open_states]
        others = [each for each in dice.shuffled(open_states) if each not in named]
        states = (named if wanted == LESS else [*named, *others[:2]]) or others
        if not states:
            return None
        state = dice.pick(states)
        known = with_consequences(self.rulebase, case.answers)
        candidates = [
            each for each in self._bearing_on(state, wanted, dice)
            if each not in known and self._is_asked(each) and not self._restates(each, known)
        ]  # fmt: skip
        if wanted == NEITHER:
            candidates = [each for each in candidates if not self._has_part(each, state)]
        for finding in candidates[:MOST_TRIED]:
            if self._shifted(case, finding, YES, state) != wanted or self._is_odd_with(case, finding, YES):
                continue
            if wanted != LESS or self._takes(case, finding, YES, state):
                return self._of_shift(case, finding, YES, state, wanted)
        return None

    def _not_measured(self, answers: Answers) -> list[str]:
        """The states that no result in the story has settled: beside a measured level, a story moves little."""
        known = [self.rulebase.findings[each] for each in told(answers)]
        results = " ".join(each.label for each in known if each.kind == "lab")
        return [state for state, each in self.rulebase.states.items() if each.electrolyte not in results]

    def _restates(self, finding: str, known: Answers) -> bool:
        """Whether this says again what is known: it contains it, or the rules take any one of the two complaints."""
        here, follows = set(told(known)), set(self._with_what_follows(finding))
        return bool(here & (follows - {finding})) or any(finding in each and here & each for each in self._alike)

    @cached_property
    def _alike(self) -> list[frozenset[str]]:
        """Complaints of which the rules take any one for the same idea."""
        anys = [each.when.of for each in self.rulebase.concepts.values()
                if isinstance(each.when, Group) and each.when.kind == "any"]  # fmt: skip
        sets = [frozenset(each.finding for each in parts if isinstance(each, Is)) for parts in anys
                if all(isinstance(each, Is) for each in parts)]  # fmt: skip
        return [each for each in sets if all(self.rulebase.findings[one].kind == "symptom" for one in each)]

    def _has_part(self, finding: str, state: str) -> bool:
        """Whether this, or what follows from it, bears on the state by any rule, even one that does not fire."""
        return not self._bear_on[state].isdisjoint(self._with_what_follows(finding))

    def _with_what_follows(self, finding: str) -> tuple[str, ...]:
        return told(with_consequences(self.rulebase, {finding: YES}))

    def _shifted(self, case: Case, finding: str, answer: str, state: str) -> str | None:
        return shift_key(self.rulebase, self.judge, case.answers, {finding: answer}, state)

    def _takes(self, case: Case, finding: str, answer: str, state: str) -> bool:
        """Whether a rule speaks against the state itself, and not only against a complaint as its sign."""
        before, then = (
            {each.rule.id for each in self.judge.assess(answers).fired if each.rule.then == SpeaksAgainst(state)}
            for answers in (case.answers, {**case.answers, finding: answer})
        )
        return not then - before <= set(self.rulebase.practice.take_nothing)

    def _of_shift(self, case: Case, finding: str, answer: str, state: str, key: str) -> Draft:
        label, name = self.rulebase.findings[finding].label, self.rulebase.states[state].name
        then = self.judge.assess({**case.answers, finding: answer})
        on_state = [each for each in then.fired if getattr(each.rule.then, "state", "") == state]
        moved = [each for each in on_state if finding in each.evidence]
        return Draft(
            "shift", (f"{finding}={answer}", state),
            f"{_COMES_UP[answer].format(label)} What do the rules make of {name} then?",
            {key: SHIFTS[key]}, {each: text for each, text in SHIFTS.items() if each != key},
            tuple(rule_card(each.rule.id) for each in moved[:1]) or self._cards_of_state(then, state),
            (f'Has "{label}" a part in any rule on {name}?',
             "Only a rule that begins to fire moves a state. Not sure is no answer that a rule can rest on."),
            in_order=tuple(SHIFTS),
        )  # fmt: skip

    def _bearing_on(self, state: str, wanted: str, dice: Dice) -> list[str]:
        """Findings to try: those in rules on the state; for one that moves nothing, those of rules on other states."""
        mine: dict[str, None] = {}
        for rule in self.rulebase.rules.values():
            then = rule.then
            fits = isinstance(then, SpeaksAgainst) if wanted == LESS else isinstance(then, Supports)
            if fits and (getattr(then, "state", "") == state) == (wanted != NEITHER):
                mine.update(dict.fromkeys(sorted(self._why.findings_of(rule))))
        return dice.shuffled(mine)

    def _is_asked(self, finding: str) -> bool:
        known = self.rulebase.findings[finding]
        asked = known.words == (YES, NO) and known.kind not in ("about", "life stage")
        return asked and finding not in self.rulebase.practice.never

    # --- what to ask the clinician to check ---------------------------------------------------------

    def _check(self, case: Case, assessment: Assessment, dice: Dice) -> Draft | None:
        drafts = (self._check_of(part, case, assessment, dice) for part in dice.shuffled(PARTS))
        return next((draft for draft in drafts if draft is not None), None) if assessment.candidates else None

    def _check_of(self, part: str, case: Case, assessment: Assessment, dice: Dice) -> Draft | None:
        first = assessment.candidates[0]
        own = self._to_check.right(first.state, part, case.answers)
        if not own:
            return None
        right = dice.pick(own)
        causes = [each for each in told(case.answers) if self.rulebase.findings[each].kind != "symptom"]
        alike = dice.shuffled(self._to_check.wrong_beside(right, part, case.answers, causes))
        wrong = sorted(alike, key=lambda each: _opening(each.says, right.says))[: MOST_OPTIONS - 1]
        if len(wrong) < FEWEST_WRONG:
            return None
        return Draft(
            "check", (), "Which of these do the rules have this patient bring up with a clinician?",
            {right.id: right.says}, {each.id: each.says for each in wrong}, self._cards(first),
            (f"Which state stands first? Begin with {self._words(first.evidence, case.answers, 1)}.",
             f"It belongs to {self.rulebase.states[first.state].name}."),
        )  # fmt: skip

    # --- words --------------------------------------------------------------------------------------

    def _cards(self, candidate: Candidate | None) -> tuple[str, ...]:
        if candidate is None:
            return ()
        fired = candidate.fired[0]
        return (rule_card(fired.rule.id), *map(concept_card, fired.concepts))

    def _cards_of_state(self, assessment: Assessment, state: str) -> tuple[str, ...]:
        return self._cards(next((each for each in assessment.candidates if each.state == state), None))

    def _hints_on(self, candidate: Candidate | None, case: Case, last: str) -> tuple[str, ...]:
        if candidate is None:
            return ("Is there a setting that drains a mineral, or holds it back?", last)
        return (
            f"Look for {self._kinds(candidate.evidence)}.",
            f"What matters most: {self._words(candidate.evidence, case.answers, 2)}.",
            *self._idea(candidate),
            last,
        )

    def _idea(self, candidate: Candidate) -> Iterator[str]:
        """A hint at the first concept behind it, where there is one."""
        for concept in candidate.fired[0].concepts[:1]:
            yield f"Think of {self.rulebase.concepts[concept].label}."

    def _kinds(self, evidence: Iterable[str]) -> str:
        kinds = dict.fromkeys(self.rulebase.findings[each].kind for each in evidence)
        words = {
            "lab": "a result",
            "event": "something that happened",
            "about": "who it is",
            "diet": "food or a product",
        }
        return listed([words.get(kind) or f"a {kind}" for kind in kinds])

    def _words(self, evidence: Iterable[str], answers: Answers, most: int) -> str:
        """The first of the evidence that was told itself, and does not only follow."""
        given = [each for each in evidence if each in answers][:most]
        return listed([self._why.plain(each, answers) for each in given])


def _is_not(text: str) -> str:
    return f'It is not "{text}".'


def _sharing(mechanisms: Sequence[Mechanism], words: Iterable[str]) -> list[Mechanism]:
    """For each of the words the first mechanism that has it too, so that the word does not tell which one is right."""
    found = (next((each for each in mechanisms if pointing(word, each.says)), None) for word in sorted(words))
    return [each for each in found if each is not None]


def _opening(text: str, other: str) -> bool:
    """Whether two sentences begin differently: one that begins otherwise stands out."""
    return text.split()[0] != other.split()[0]
