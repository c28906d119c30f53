"""Why each option of an item is right or wrong, in the words of the rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property

from quiz.enough import answers_behind
from quiz.explain import evidence_words
from quiz.model import (
    UNSURE,
    YES,
    Answers,
    Candidate,
    Condition,
    Fired,
    Holds,
    Is,
    Named,
    Raises,
    Rule,
    RuleBase,
    SpeaksAgainst,
    Strength,
    Supports,
    Urgency,
    leaves,
)
from quiz.practice.keys import LESS, MORE, NEITHER, NOTHING, Judge, new_of, state_of
from quiz.practice.story import listed
from quiz.practice.values import Case, Item, ItemOption
from quiz.wording import URGENCY

HOW_FIRMLY: Mapping[Strength, str] = {
    Strength.STRONG: "strongly", Strength.MODERATE: "moderately", Strength.WEAK: "weakly",
}  # fmt: skip

NOTHING_NAMED = "No rule names a state on these answers. That does not show that all is well."

_BESIDE = re.compile(r" ?\([^)]*\)|, such as .*")


class Feedback:
    """Explains items on cases, for one rule base."""

    def __init__(self, rulebase: RuleBase, judge: Judge) -> None:
        self.rulebase, self.judge = rulebase, judge
        self._below: dict[Condition, frozenset[str]] = {}

    def explained(self, item: Item) -> Item:
        """The item with a rationale for every option, and the answer as a whole."""
        assert item.case is not None
        told = _Explained(self, item, item.case)
        return replace(
            item,
            options=tuple(told.explained(item.options)),
            answer=told.answer(),
        )

    # --- words for findings -------------------------------------------------------------------------

    def names_in(self, case: Case) -> Mapping[str, str]:
        """Findings that the story tells by a name of a medicine, with that name."""
        words = case.story.casefold()
        found: dict[str, str] = {}
        for name, classes in self._names:
            if name.casefold() in words and re.search(rf"\b{re.escape(name.casefold())}\b", words):
                found.update({each: name for each in classes if case.answers.get(each) == YES})
        return found

    @cached_property
    def _names(self) -> list[tuple[str, tuple[str, ...]]]:
        """The longest last, so that a name inside a longer one does not stand for it."""
        return sorted(self.rulebase.medicines.items(), key=lambda each: len(each[0]))

    def short(self, finding: str, case: Case) -> str:
        """A finding with its answer; a medicine by the name that the story has for it."""
        return self._name_in(case, finding) or self.plain(finding, case.answers)

    def both(self, finding: str, case: Case) -> str:
        """The same, and beside the name what the medicine is."""
        name, plain = self._name_in(case, finding), self.plain(finding, case.answers)
        return f"{name} ({plain})" if name else plain

    def _name_in(self, case: Case, finding: str) -> str:
        """The name that the story has for a medicine, where it tells more than what the finding is called."""
        name = self.names_in(case).get(finding, "")
        return "" if name.casefold() in self.plain(finding, case.answers).casefold() else name

    def plain(self, finding: str, answers: Answers) -> str:
        """A finding with its answer, without what stands in brackets and without examples."""
        known, answer = self.rulebase.findings[finding], answers.get(finding)
        if known.is_number and isinstance(answer, (int, float)):
            return f"{_BESIDE.sub('', known.label)} of {answer:g} {known.unit}"
        return _BESIDE.sub("", evidence_words(self.rulebase, finding, answers))

    # --- what a rule rests on -----------------------------------------------------------------------

    def findings_of(self, rule: Rule) -> frozenset[str]:
        """Every finding that can have a part in the rule, through concepts and named states too."""
        return self.findings_below(rule.when)

    def findings_below(self, condition: Condition) -> frozenset[str]:
        if condition not in self._below:
            self._below[condition] = frozenset(self._found(condition))
        return self._below[condition]

    def _found(self, condition: Condition) -> Iterable[str]:
        for leaf in leaves(condition):
            if isinstance(leaf, Is):
                yield leaf.finding
            elif isinstance(leaf, Holds):
                yield from self.findings_below(self.rulebase.concepts[leaf.concept].when)
            elif isinstance(leaf, Named):
                for rule in self.rulebase.rules.values():
                    if isinstance(rule.then, Supports) and rule.then.state == leaf.state:
                        yield from self.findings_of(rule)


class _Explained:
    """One item on one case, in words."""

    def __init__(self, feedback: Feedback, item: Item, case: Case) -> None:
        self.rulebase, self.judge, self.feedback = feedback.rulebase, feedback.judge, feedback
        self.item, self.case = item, case
        self.now = self.judge.assess(case.answers)

    def rationale(self, option: ItemOption) -> str:
        kinds = {
            "state": self._state,
            "urgency": self._urgency,
            "mechanism": self._mechanism,
            "context": self._context,
            "shift": self._shift,
            "check": self._check,
        }
        return kinds[self.item.kind](option)

    def answer(self) -> str:
        """The key as a whole: from what was told to the conclusion, and why that is so."""
        right = [option for option in self.item.options if option.right]
        return self._why() or " ".join(dict.fromkeys(option.rationale for option in self.explained(right)))

    def explained(self, options: Iterable[ItemOption]) -> Iterable[ItemOption]:
        return (replace(option, rationale=self.rationale(option)) for option in options)

    def _why(self) -> str:
        if self.item.kind == "urgency":
            fired = self._most_urgent()
        elif self.item.kind == "shift":
            moved = self._moved()
            return moved[0].rule.because if moved else ""
        elif self.item.kind == "mechanism" or not self.now.candidates:
            return ""
        else:
            fired = self.now.candidates[0].fired[0]
        return f"{self._chain(fired)} {fired.rule.because}"

    # --- the kinds ----------------------------------------------------------------------------------

    def _state(self, option: ItemOption) -> str:
        first = self.now.candidates[0] if self.now.candidates else None
        if option.id == NOTHING:
            return f"One does. {self._named(first)}" if first else NOTHING_NAMED
        candidate = self._candidate(option.id)
        if candidate is not None and candidate is first:
            return self._named(candidate)
        name = self._name(option.id)
        if candidate is not None and first is not None:
            why = f"only {HOW_FIRMLY[candidate.strength]}, and {self._name(first.state)} {HOW_FIRMLY[first.strength]}"
            return f"{_first_upper(name)} is named too, {why}: {candidate.fired[0].rule.says}"
        against = [each for each in self.now.fired if each.rule.then == SpeaksAgainst(option.id)]
        if against:
            return f"Nothing here names {name}, and this speaks against it: {against[0].rule.says}"
        return f"Nothing here names {name}: no rule for it has all that it asks for."

    def _named(self, candidate: Candidate) -> str:
        fired = candidate.fired[0]
        return (
            f"{_first_upper(self._name(candidate.state))} is named {HOW_FIRMLY[candidate.strength]}: {fired.rule.says}"
        )

    def _urgency(self, option: ItemOption) -> str:
        fired = self._most_urgent()
        if option.right:
            return f"The most urgent rule that fires: {fired.rule.says}"
        asked = Urgency[option.id.upper()]
        top = self.now.urgency or Urgency.ROUTINE
        if asked < top:
            return "That is too late: a rule that fires here asks for more."
        return "Nothing told here asks for that much."

    def _most_urgent(self) -> Fired:
        return next(each for each in self.now.urgent if each.rule.then == Raises(self.now.urgency or Urgency.ROUTINE))

    def _mechanism(self, option: ItemOption) -> str:
        mechanism = self.rulebase.mechanisms[option.id]
        cause, effect = (self.feedback.both(each, self.case) for each in self.item.id.split("/")[-2:])
        states = listed([self._name(each) for each in mechanism.to], "or")
        if option.right:
            return f"From {cause} this leads to {states}, and the rules join that with {effect}."
        known = [self.rulebase.findings[each] for each in mechanism.through]
        causes = "; ".join([_BESIDE.sub("", each.label) for each in known if not each.is_number][:3])
        return f"That leads to {states}, but not from {cause}, as far as the rules know. It does so from: {causes}."

    def _context(self, option: ItemOption) -> str:
        state = state_of(self.item)
        name, candidate = self._name(state), self._candidate(state)
        without = {each: answer for each, answer in self.case.answers.items() if each != option.id}
        left = next((each for each in self.judge.assess(without).candidates if each.state == state), None)
        if left is None:
            return f"Without it nothing would name {name}."
        if option.right or candidate is None:
            return f"Without it {name} would be named only {HOW_FIRMLY[left.strength]}."
        behind = self._behind(left.fired[0], without)
        rest = listed([self.feedback.plain(each, self.case.answers) for each in behind])
        return f"Without it {name} would still be named {HOW_FIRMLY[left.strength]}, for {rest}."

    def _shift(self, option: ItemOption) -> str:
        name = self._name(state_of(self.item))
        moved = self._moved()
        if self.item.key == {NEITHER}:
            told = f"No rule on {name} begins to fire with that answer, so nothing about {name} moves"
            if UNSURE in new_of(self.item).values():
                told = f"Not sure is not the same as no. {told}"
            return f"{told}." if option.right else f"{told}, up or down."
        says = moved[0].rule.says if moved else ""
        done = "names it" if self.item.key == {MORE} else "speaks against it"
        if option.right:
            return f"A rule fires now that {done}: {says}"
        wrong = {MORE: "Nothing that fires now speaks for it", LESS: "Nothing that fires now speaks against it"}
        return f"{wrong.get(option.id, 'It does move')}. A rule fires now that {done}: {says}"

    def _moved(self) -> list[Fired]:
        """The rules on the state that fire with the new finding and not without it."""
        state = state_of(self.item)
        then = self.judge.assess({**self.case.answers, **new_of(self.item)})
        before = {each.rule.id for each in self.now.fired}
        kind = SpeaksAgainst if self.item.key == {LESS} else Supports
        return [
            each for each in then.fired
            if isinstance(each.rule.then, kind) and each.rule.then.state == state and each.rule.id not in before
        ]  # fmt: skip

    def _check(self, option: ItemOption) -> str:
        state = option.id.split(":")[0]
        if option.right:
            return f"The rules name {self._name(state)} here, and this belongs to it."
        return f"That belongs to {self._name(state)}, which nothing here names."

    # --- words --------------------------------------------------------------------------------------

    def _candidate(self, state: str) -> Candidate | None:
        return next((each for each in self.now.candidates if each.state == state), None)

    def _name(self, state: str) -> str:
        return self.rulebase.states[state].name

    def _behind(self, fired: Fired, answers: Answers) -> tuple[str, ...]:
        """Answers that are enough for a rule, none of which can be left out: so nothing that decides is missing."""
        return answers_behind(self.rulebase, answers, fired, (fired.rule,), self.judge.certain)

    def _chain(self, fired: Fired) -> str:
        """From what was told, through the concepts that the rule itself asks for, to the conclusion: "a -> b -> c."."""
        behind = self._behind(fired, self.case.answers)
        told = " + ".join(self.feedback.both(each, self.case) for each in behind)
        asked = [leaf.concept for leaf in leaves(fired.rule.when) if isinstance(leaf, Holds)]
        labels = [self.rulebase.concepts[each].label for each in dict.fromkeys(asked) if each in fired.concepts]
        ideas = [each for each in labels if each not in {self.rulebase.findings[one].label for one in behind}]
        steps = [told, *([" + ".join(ideas[:3])] if ideas else [])]
        then = fired.rule.then
        if isinstance(then, Supports):
            steps.append(self._name(then.state))
        elif isinstance(then, Raises):
            steps.append(URGENCY[then.urgency])
        return f"{_first_upper(' -> '.join(steps))}."


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
