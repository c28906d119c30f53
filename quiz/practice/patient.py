"""A patient to question: what was asked, in what order, and what it was worth. Pure; the talk is in `visiting`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from quiz.consequences import contradictions, with_consequences
from quiz.model import NO, UNSURE, YES, Answer, Answers, Assessment, Finding, RuleBase, Urgency
from quiz.practice.keys import firmest
from quiz.practice.values import Case

Worth = Callable[[Answers], Mapping[str, int]]
"""How much each question not asked yet could still settle, on the scale by which the interview orders its own."""

Assess = Callable[[Answers], Assessment]

POINTS = {"state": 4, "urgency": 4, "test": 2}
"""What a right answer to each part of a note earns."""

COST_OF_A_HINT, COST_OF_A_MISSED_FLAG = 1, 3

RUNGS = 4
"""Rungs of a hint: the part of the interview, the kind of finding, the finding, and the finding with why it matters."""


def truth_of(rulebase: RuleBase, case: Case) -> Answers:
    """What the patient can say: the answers of the case, what follows from them, and "no" to all else.

    A test result and a choice that the case does not tell are not known to the patient, and neither is what the case
    leaves unsure. A "no" that does not fit the rest is left out.
    """
    known = dict(with_consequences(rulebase, case.answers))
    for finding in rulebase.findings.values():
        if finding.id not in known and finding.words == (YES, NO):
            denied = {**known, finding.id: NO}
            if not contradictions(rulebase, denied):
                known = dict(with_consequences(rulebase, denied))
    return known


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a visit. `best` was worth most at that moment; worths are 0 where nothing was left to ask."""

    finding: str
    answer: Answer
    worth: int
    best: str
    best_worth: int

    @property
    def idle(self) -> bool:
        """Whether no answer to it could still change what is told."""
        return self.worth == 0


@dataclass(frozen=True, slots=True)
class Visit:
    """A talk with one patient so far. `before` are answers given without being asked, such as age and sex."""

    case: Case
    truth: Answers
    before: Answers
    questions: tuple[Question, ...] = ()
    hints: int = 0

    @property
    def answers(self) -> dict[str, Answer]:
        return {**self.before, **{each.finding: each.answer for each in self.questions}}


def begun(rulebase: RuleBase, case: Case, complaint: int = 1) -> Visit:
    """A visit that begins with age, sex and the first complaint or complaints: symptoms the patient came with."""
    truth = truth_of(rulebase, case)
    told = [each for each in case.answers if rulebase.findings[each].kind == "about"]
    symptoms = [
        each for each, answer in case.answers.items() if rulebase.findings[each].kind == "symptom" and answer == YES
    ]
    return Visit(case, truth, {each: case.answers[each] for each in (*told, *symptoms[:complaint])})


def asked(visit: Visit, finding: Finding, worth: Worth) -> Visit:
    """The visit with one more question. What the patient does not know is answered `unsure`."""
    worths = worth(visit.answers)
    best = most_telling(worths)
    question = Question(
        finding.id,
        visit.truth.get(finding.id, UNSURE),
        worths.get(finding.id, 0),
        best,
        worths.get(best, 0),
    )
    return replace(visit, questions=(*visit.questions, question))


def hinted(visit: Visit) -> Visit:
    return replace(visit, hints=visit.hints + 1)


# --- committing, and what it was worth --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Commitment:
    """What the student settles on. `states` in order, most likely first; `test` is a lab finding, or empty."""

    states: tuple[str, ...]
    urgency: Urgency | None
    test: str = ""


@dataclass(frozen=True, slots=True)
class Debrief:
    """What a visit came to.

    `told` is what the rules say on all that the patient knows, `known` on what was asked. `flags_missed` are ids of
    rules: red flags that the truth satisfies and the answers asked for do not. `open` are findings never asked that
    could still have changed what is told, worth most first, and `would_have` those of them that would have. `enough` is
    the fewest of the true answers on which the first state rests. `tests` are results that a rule on it asks for.
    """

    told: Assessment
    known: Assessment
    commitment: Commitment
    flags_missed: tuple[str, ...]
    open: tuple[str, ...]
    would_have: tuple[str, ...]
    enough: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def first(self) -> str:
        """The state that the truth puts first, or empty."""
        return self.told.candidates[0].state if self.told.candidates else ""

    @property
    def state_right(self) -> bool:
        """Whether no state is named more firmly than the one put first; none is right where none is named."""
        return _put_first(self.commitment) in (firmest(self.told) or ("",))

    @property
    def urgency_right(self) -> bool:
        return self.told.urgency == self.commitment.urgency

    @property
    def test_right(self) -> bool:
        """Whether the result asked for bears on the first state; where none is named, asking for none is right."""
        return self.commitment.test in self.tests if self.tests else not self.commitment.test

    def points(self, hints: int) -> int:
        """What the note earned, of all `POINTS`; hints and red flags missed cost, and it is never below 0."""
        earned = POINTS["state"] * self.state_right + POINTS["urgency"] * self.urgency_right
        earned += POINTS["test"] * self.test_right
        return max(0, earned - COST_OF_A_HINT * hints - COST_OF_A_MISSED_FLAG * len(self.flags_missed))

    @property
    def too_early(self) -> bool:
        """Premature closing: something unasked would have changed what is told."""
        return bool(self.would_have)


def debriefed(
    rulebase: RuleBase,
    visit: Visit,
    commitment: Commitment,
    assess: Assess,
    worth: Worth,
    enough: Callable[[Answers, Assessment], tuple[str, ...]],
    tests: Mapping[str, Iterable[str]],
) -> Debrief:
    """`enough` gives the fewest answers behind the first state; `tests` the lab findings of rules on each state."""
    told, known = assess(visit.truth), assess(visit.answers)
    worths = worth(visit.answers)
    left = sorted(worths, key=lambda each: (-worths[each], each))
    seen = {fired.rule.id for fired in known.red_flags}
    first = told.candidates[0].state if told.candidates else ""
    mine = _put_first(commitment)
    return Debrief(
        told=told,
        known=known,
        commitment=commitment,
        flags_missed=tuple(fired.rule.id for fired in told.red_flags if fired.rule.id not in seen),
        open=tuple(left),
        would_have=tuple(
            each
            for each in left
            if each in visit.truth and core(assess({**visit.answers, each: visit.truth[each]})) != core(known)
        ),
        enough=enough(visit.truth, told) if told.candidates else (),
        tests=tuple(tests.get(mine if mine in firmest(told) else first, ())),
    )


def _put_first(commitment: Commitment) -> str:
    return commitment.states[0] if commitment.states else ""


def core(assessment: Assessment) -> object:
    """What a student commits to: the first state and the urgency."""
    return (assessment.candidates[0].state if assessment.candidates else "", assessment.urgency)


def share_of_best(questions: Sequence[Question]) -> float:
    """How much the questions could settle, as a share of what the best one each time could; 1 where none was left."""
    best = sum(each.best_worth for each in questions)
    return sum(each.worth for each in questions) / best if best else 1.0


def danger_left(rulebase: RuleBase, answers: Answers) -> tuple[str, ...]:
    """Danger signs that were neither asked nor settled by another answer."""
    known = with_consequences(rulebase, answers)
    signs = [each for screen in rulebase.screens.values() if screen.red_flags for each in screen.findings]
    return tuple(each for each in signs if each not in known)


def tests_of(rulebase: RuleBase, within: Callable[[str], Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """For each state, the lab findings that its rules ask for. `within` gives the findings of a state's rules."""
    return {
        state: tuple(sorted({each for each in within(state) if rulebase.findings[each].kind == "lab"}))
        for state in rulebase.states
    }


def most_telling(worths: Mapping[str, int]) -> str:
    """The question worth most; of several, the first by name. Empty where nothing is left."""
    return min(worths, key=lambda each: (-worths[each], each), default="")


def hint(rulebase: RuleBase, worths: Mapping[str, int], rung: int, why: Callable[[Finding], str]) -> str:
    """The hint on this rung, from 1 to `RUNGS`. Empty where no question could still change anything."""
    best = most_telling(worths)
    if not best:
        return ""
    finding = rulebase.findings[best]
    titles = [screen.title for screen in rulebase.screens.values() if best in screen.findings]
    if rung <= 1:
        return f'Something under "{titles[0]}" can still move most.' if titles else "Something can still move much."
    if rung == 2:
        return f"It is a question about a {KINDS.get(finding.kind, finding.kind)}."
    if rung == 3:
        return f"Ask about: {finding.label}."
    title, _, reasons = why(finding).partition("\n")
    return f"Ask about: {finding.label}. It can still decide:\n{reasons}" if reasons else title


KINDS: Mapping[str, str] = {"lab": "test result", "life stage": "stage of life", "diet": "habit of eating or drinking"}
"""Kinds of findings as a student would call them, where the kind is not that word already."""
