"""Persons to think about: the vignettes, and made-up ones without end, drawn from the rules.

Every made-up person rests on a rule. One way to make its condition true is chosen, then what goes with that, what else
a person may have, and what was asked and denied. The key is never written here: whoever wants it asks the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from quiz.consequences import contradictions, with_consequences
from quiz.logic import Leaf, denial, holds, is_true, positive
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
    Interval,
    Is,
    Named,
    Raises,
    Rule,
    RuleBase,
    Supports,
    Urgency,
    leaves,
)
from quiz.practice.dice import Dice
from quiz.practice.story import Story
from quiz.practice.values import Case

Assess = Callable[[Answers], Assessment]

MOST_WORDS = 90
"""Words of a story. A student reads it in half a minute."""

MOST_TOLD = 8
"""Findings that a story tells of as there."""

MOST_DENIED = 5
"""Findings that a story tells of as not there."""

MOST_ATTEMPTS = 1_000
"""People drawn for one case. Most seeds need a few; only for rules about nobody who is made up are there none."""

SEEDS = 10**9
"""Made-up people to choose from."""

GENERATED, TOWARDS, BUT_FOR_ONE = "generated-", "@", "?"


def vignette_case(rulebase: RuleBase, assess: Assess, vignette: str) -> Case:
    """One vignette as a case. Raises KeyError where the rules do not know it."""
    known = rulebase.vignettes[vignette]
    return Case(known.id, known.title, known.story, known.answers, competition(assess(known.answers)))


def generated(rulebase: RuleBase, assess: Assess, seed: int, towards: str = "") -> Case:
    """A made-up person. The same rules and seed give the same one anywhere.

    `towards` is the id of a rule that is to fire (or of one that a misconception believes in), or of a finding that is
    to be there and to matter. With BUT_FOR_ONE behind the id of a rule, the person is not sure about one thing that the
    rule asks to be denied. Raises KeyError for an unknown or retired one, and ValueError where nobody who is made up
    can fit it.
    """
    answers, title, story = _made(rulebase, seed, towards)
    name = f"{GENERATED}{seed}{TOWARDS}{towards}" if towards else f"{GENERATED}{seed}"
    return Case(name, title, story, answers, competition(assess(answers)))


def case_with_id(rulebase: RuleBase, assess: Assess, name: str) -> Case:
    """The vignette or made-up person with this id. Raises KeyError where there is none."""
    if name in rulebase.vignettes:
        return vignette_case(rulebase, assess, name)
    seed, _, towards = name.removeprefix(GENERATED).partition(TOWARDS)
    if not name.startswith(GENERATED) or not (seed.isascii() and seed.isdecimal()):
        raise KeyError(name)
    return generated(rulebase, assess, int(seed), towards)


def competition(assessment: Assessment) -> float:
    """How strongly the second state competes with the first: 0 where none does, 1 where as much speaks for it.

    Less support counts as its share of the first one's, up to three quarters; equal support adds its share of evidence.
    """
    first, second = (*assessment.candidates[:2], None, None)[:2]
    if first is None or second is None:
        return 0.0
    if second.strength < first.strength:
        return 0.75 * second.strength / first.strength
    return 0.75 + 0.25 * min(1.0, len(second.evidence) / max(1, len(first.evidence)))


def is_odd(rulebase: RuleBase, answers: Answers) -> bool:
    """Whether the answers contradict each other, or belong to nobody that practice would make up."""
    if contradictions(rulebase, answers):
        return True
    known = with_consequences(rulebase, answers)

    def is_known(leaf: Leaf) -> bool:
        return isinstance(leaf, Is) and is_true(leaf, known)

    return any(holds(each.when, is_known) for each in rulebase.practice.odd)


def _made(rulebase: RuleBase, seed: int, towards: str) -> tuple[Answers, str, str]:
    dice = Dice("case", seed, towards)
    world = _world(_Same(rulebase))
    if towards and towards.removesuffix(BUT_FOR_ONE) not in world.findings_of and towards not in rulebase.findings:
        raise KeyError(towards)
    for _ in range(MOST_ATTEMPTS):
        answers = _Person(world, dice).answers(towards)
        if answers is not None:
            story = Story(rulebase, answers, dice)
            text = story.text()
            if len(text.split()) <= MOST_WORDS:
                return answers, story.title, text
    raise ValueError(f"nobody can be made up{f' towards {towards}' if towards else ''}")


class _Same:
    """A rule base that is known by what it is, not by what it holds, so that what is worked out from it is kept."""

    def __init__(self, rulebase: RuleBase) -> None:
        self.rulebase = rulebase

    def __hash__(self) -> int:
        return id(self.rulebase)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.rulebase is self.rulebase


@lru_cache(maxsize=4)
def _world(same: _Same) -> _World:
    return _World(same.rulebase)


class _World:
    """What all made-up persons of one rule base share."""

    def __init__(self, rulebase: RuleBase) -> None:
        self.rulebase = rulebase
        rules = [rule for rule in rulebase.rules.values() if rule.provenance.state != "retired"]
        self.by_state: dict[str, list[Rule]] = {}
        self.by_urgency: dict[Urgency, list[Rule]] = {}
        for rule in rules:
            if isinstance(rule.then, Supports):
                self.by_state.setdefault(rule.then.state, []).append(rule)
            elif isinstance(rule.then, Raises):
                self.by_urgency.setdefault(rule.then.urgency, []).append(rule)
        believed = [rule for each in rulebase.misconceptions.values() for rule in each.believes]
        self.rules = {rule.id: rule for rule in (*rules, *believed)}
        self.findings_of = {rule.id: self._findings(rule.when) for rule in rules}
        self.findings_of.update({rule.id: self._findings(rule.when) for rule in believed})
        about = [each for each in rulebase.findings.values() if each.kind == "about"]
        self.well = tuple(denied_by_any_complaint(rulebase))
        self.years = next((each for each in about if each.unit == "years"), None)
        self.choices = [each for each in about if each.choices]

    def target(self, dice: Dice) -> Rule | None:
        """The rule that the next person rests on, or None for somebody with common complaints alone."""
        share = dice.share()
        if share < 0.66 and self.by_state:
            return dice.pick(self.by_state[dice.pick(list(self.by_state))])
        if share < 0.94 and self.by_urgency:
            return dice.pick(self.by_urgency[dice.pick(list(self.by_urgency))])
        return None

    def _findings(self, condition: Condition) -> tuple[str, ...]:
        """Every finding below a condition, each once, in the order of the rules."""
        found: dict[str, None] = {}
        waiting, seen = [condition], set()
        while waiting:
            for leaf in leaves(waiting.pop()):
                if leaf in seen:
                    continue
                seen.add(leaf)
                if isinstance(leaf, Is):
                    found[leaf.finding] = None
                elif isinstance(leaf, Holds):
                    waiting.append(self.rulebase.concepts[leaf.concept].when)
                else:
                    waiting.extend(rule.when for rule in self.by_state.get(leaf.state, ()))
        return tuple(found)


class _Person:
    """One attempt at a person. What cannot be had together ends it."""

    def __init__(self, world: _World, dice: Dice) -> None:
        self.world, self.dice, self.rulebase = world, dice, world.rulebase
        self.practice = world.rulebase.practice

    def answers(self, towards: str) -> Answers | None:
        """The answers of this person, or None where they cannot be had together. `towards` as in `generated`."""
        answers: dict[str, Answer] = {}
        target = self._target(towards, answers)
        if target is not None:
            if not self._make_true(target.when, answers):
                return None
            if towards.endswith(BUT_FOR_ONE) and not self._unsure_of_one(answers):
                return None
            if self.dice.chance(0.35):
                self._add_rival(target, answers)
        if not self._complete(answers) or not self._age_and_sex(answers):
            return None
        self._add_common(answers, 1 + self.dice.below(3) if target is None else self.dice.below(3))
        self._ask_further(target, answers)
        answers = self._without_what_follows(answers)
        return self._in_order(answers) if self._is_fit(answers) else None

    def _target(self, towards: str, answers: dict[str, Answer]) -> Rule | None:
        if not towards:
            return self.world.target(self.dice)
        rule = self.world.rules.get(towards.removesuffix(BUT_FOR_ONE))
        if rule is not None:
            return rule
        known = self.rulebase.findings[towards]
        if YES in known.words:
            answers[towards] = YES
        using = [
            rule
            for rule in self.world.rules.values()
            if towards in self.world.findings_of[rule.id] and isinstance(rule.then, (Supports, Raises))
        ]
        return self.dice.pick(using) if using else None

    def _unsure_of_one(self, answers: dict[str, Answer]) -> bool:
        denied = [each for each, answer in answers.items() if answer == NO and each not in self.practice.sure]
        if denied:
            answers[self.dice.pick(denied)] = UNSURE
        return bool(denied)

    # --- making a condition true --------------------------------------------------------------------

    def _make_true(self, condition: Condition, answers: dict[str, Answer]) -> bool:
        return self._want(positive(condition, self.rulebase.findings), answers)

    def _want(self, written: Condition, answers: dict[str, Answer]) -> bool:
        if isinstance(written, Is):
            return self._answer(written, answers)
        if isinstance(written, Holds):
            when = self.rulebase.concepts[written.concept].when
            return self._make_true(when if written.value == YES else denial(when, self.rulebase.findings), answers)
        if isinstance(written, Named):
            fitting = [rule for rule in self.world.by_state.get(written.state, ()) if _names(rule, written)]
            return bool(fitting) and self._make_true(self.dice.pick(fitting).when, answers)
        needed = {"all": len(written.of), "any": 1}.get(written.kind, written.count)
        if needed == len(written.of):
            return all(self._want(part, answers) for part in written.of)
        open_parts = []
        for part in self.dice.shuffled(written.of):  # what holds already is made use of before anything is added
            if holds(part, lambda leaf: self._holds(leaf, answers)):
                needed -= 1
            else:
                open_parts.append(part)
        if needed <= 0:
            return True
        for part in open_parts:
            tried = dict(answers)
            if self._want(part, tried):
                answers.update(tried)
                needed -= 1
            if needed == 0:
                return True
        return False

    def _holds(self, leaf: Leaf, answers: Answers) -> bool:
        if isinstance(leaf, Is):
            return is_true(leaf, answers)
        if isinstance(leaf, Named):
            return False
        when = self.rulebase.concepts[leaf.concept].when
        inner = when if leaf.value == YES else denial(when, self.rulebase.findings)
        return holds(positive(inner, self.rulebase.findings), lambda below: self._holds(below, answers))

    def _answer(self, test: Is, answers: dict[str, Answer]) -> bool:
        if test.finding in answers:
            return is_true(test, answers)
        if isinstance(test.value, Interval):
            number = self._number(self.rulebase.findings[test.finding], test.value)
            if number is None:
                return False
            answers[test.finding] = number
            return True
        if test.finding in self.practice.never and test.value != NO:
            return False
        answers[test.finding] = test.value
        return True

    def _number(self, finding: Finding, wanted: Interval) -> float | None:
        """A likely number: inside what is wanted, and not far beyond the outermost bound that the rules know."""
        bounds = sorted({b for band in finding.bands.values() for b in (band.low, band.high) if b is not None})
        low, high = (bounds[0] * 0.9, bounds[-1] * 1.1) if bounds else (finding.low, finding.high)
        if finding is self.world.years:
            low, high = self.practice.youngest, self.practice.oldest
        low = max(finding.low, low if wanted.low is None else wanted.low)
        high = min(finding.high, high if wanted.high is None else wanted.high)
        digits = max([0, *(len(f"{bound:g}".partition(".")[2]) for bound in bounds)])
        for _ in range(20):
            number = round(low + self.dice.share() * (high - low), digits)
            if number in wanted and finding.low <= number <= finding.high:
                return number
        return None

    # --- what else there is -------------------------------------------------------------------------

    def _add_rival(self, target: Rule, answers: dict[str, Answer]) -> None:
        """Makes a rule true that names another state and shares a finding with this person, where there is one."""
        mine = getattr(target.then, "state", "")
        rivals = [
            rule
            for state, rules in self.world.by_state.items()
            for rule in rules
            if state != mine and any(answers.get(each) == YES for each in self.world.findings_of[rule.id])
        ]
        if rivals:
            tried = dict(answers)
            if self._make_true(self.dice.pick(rivals).when, tried) and not is_odd(self.rulebase, tried):
                answers.update(tried)

    def _complete(self, answers: dict[str, Answer]) -> bool:
        """Adds what always goes with a finding, and now and then what often does."""
        for finding in list(answers):
            others = self.practice.often.get(finding, ())
            if answers[finding] == YES and others and self.dice.chance(0.4):
                self._try(answers, self.dice.pick(others), YES)
        waiting = [finding for finding, answer in answers.items() if answer == YES]
        for finding in waiting:
            others = self.practice.always.get(finding, ())
            if not others or any(answers.get(each) == YES for each in others):
                continue
            added = next((each for each in self.dice.shuffled(others) if self._try(answers, each, YES)), None)
            if added is None:
                return False
            waiting.append(added)
        return True

    def _age_and_sex(self, answers: dict[str, Answer]) -> bool:
        """An age and the other choices about a person that fit, drawn until they do."""
        years = self.world.years
        for _ in range(40):
            tried: dict[str, Answer] = {}
            if years is not None:
                span = self.practice.oldest - self.practice.youngest
                share = max(self.dice.share(), self.dice.share() if self.dice.chance(0.4) else 0.0)
                tried[years.id] = float(int(self.practice.youngest + share * (span + 1)))
            tried.update({each.id: self.dice.pick(each.choices) for each in self.world.choices})
            tried.update(answers)
            if not is_odd(self.rulebase, tried):
                answers.update(tried)
                return True
        return False

    def _add_common(self, answers: dict[str, Answer], count: int) -> None:
        common = [each for each in self.practice.common or tuple(self.rulebase.findings) if self._is_word(each)]
        for finding in self.dice.shuffled(common)[:count]:
            if not self.practice.always.get(finding):
                self._try(answers, finding, YES)

    def _ask_further(self, target: Rule | None, answers: dict[str, Answer]) -> None:
        """Findings that bear on the case, asked and denied, and at times one that the person is not sure about."""
        bearing = self._bearing(target, answers)
        denied = 1 + self.dice.below(3)
        unsure = 1 if self.dice.chance(0.45) else 0
        for finding in bearing:
            if not denied and not unsure:
                break
            if is_odd(self.rulebase, {**answers, finding: YES}):
                continue  # nobody would ask this of this person
            if denied and self._try(answers, finding, NO):
                denied -= 1
            elif unsure and finding not in self.practice.sure and self._try(answers, finding, UNSURE):
                unsure -= 1

    def _bearing(self, target: Rule | None, answers: Answers) -> list[str]:
        """Findings of rules that some answer has a part in; those of the rule that the person rests on come first."""
        told = [finding for finding, answer in answers.items() if answer == YES]
        near: dict[str, None] = dict.fromkeys(self.world.findings_of[target.id] if target else ())
        first = self.dice.shuffled(near)
        others: dict[str, None] = {}
        for findings in self.world.findings_of.values():
            if any(each in findings for each in told):
                others.update(dict.fromkeys(findings))
        rest = self.dice.shuffled(each for each in others if each not in near)
        mixed = [each for pair in zip(rest, first, strict=False) for each in pair]
        return [each for each in dict.fromkeys((*mixed, *rest, *first)) if each not in answers and self._is_word(each)]

    def _is_word(self, finding: str) -> bool:
        known = self.rulebase.findings[finding]
        return (
            known.words == (YES, NO)
            and known.kind not in ("about", "life stage")
            and finding not in self.practice.never
        )

    def _try(self, answers: dict[str, Answer], finding: str, answer: str) -> bool:
        """Adds an answer where that makes nobody odd and tells something new."""
        known = with_consequences(self.rulebase, answers)
        if finding in known or finding in self.practice.never:
            return known.get(finding) == answer
        if is_odd(self.rulebase, {**answers, finding: answer}) or self._too_many({**answers, finding: answer}):
            return False
        answers[finding] = answer
        return True

    # --- in the end ---------------------------------------------------------------------------------

    def _without_what_follows(self, answers: Mapping[str, Answer]) -> dict[str, Answer]:
        """The answers that do not follow from the others: nobody says that they vomit, and that they vomit a lot."""
        kept = dict(answers)
        for finding in answers:
            rest = {each: answer for each, answer in kept.items() if each != finding}
            if with_consequences(self.rulebase, rest).get(finding) == kept[finding]:
                kept = rest
        return kept

    def _too_many(self, answers: Answers) -> bool:
        kinds: dict[str, int] = {}
        for finding, answer in answers.items():
            if answer not in (NO, UNSURE):
                kind = self.rulebase.findings[finding].kind
                kinds[kind] = kinds.get(kind, 0) + 1
        told = sum(count for kind, count in kinds.items() if kind != "about")
        return told > MOST_TOLD or any(kinds.get(kind, 0) > most for kind, most in self.practice.most.items())

    def _is_fit(self, answers: Answers) -> bool:
        denied = sum(answer == NO for answer in answers.values())
        told = any(self.rulebase.findings[each].kind != "about" for each in answers)
        if any(answers.get(each) == NO for each in self.world.well):
            return False  # with any complaint it would follow, so a complaint was asked for and none was told
        return told and denied <= MOST_DENIED and not self._too_many(answers) and not is_odd(self.rulebase, answers)

    def _in_order(self, answers: Answers) -> dict[str, Answer]:
        return {finding: answers[finding] for finding in self.rulebase.findings if finding in answers}


def denied_by_any_complaint(rulebase: RuleBase) -> Iterator[str]:
    """Findings of the kind of symptoms that tell of none: each of many complaints denies them."""
    for each in rulebase.implications:
        if isinstance(each.when, Group) and each.when.kind == "any":
            yield from (finding for finding, word in each.then.items() if word == NO)


def _names(rule: Rule, named: Named) -> bool:
    return isinstance(rule.then, Supports) and rule.then.strength >= named.strength
