"""The talk between a student and a patient: questions in any order, a commitment, a debrief. Knows no keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from quiz.consequences import with_consequences
from quiz.conversation import BACK, Option
from quiz.model import NO, UNSURE, YES, Answer, Answers, Assessment, Finding, RuleBase, Urgency
from quiz.practice.patient import (
    COST_OF_A_HINT,
    COST_OF_A_MISSED_FLAG,
    POINTS,
    RUNGS,
    Assess,
    Commitment,
    Debrief,
    Question,
    Visit,
    Worth,
    asked,
    begun,
    danger_left,
    debriefed,
    hint,
    hinted,
    share_of_best,
)
from quiz.practice.talk import HINT, LEAVE, Front
from quiz.practice.values import Case

COMMIT, SO_FAR, NOTHING = "note", "so far", "nothing"

MOST_NAMED = 5
"""Names in one sentence of the tutor or the debrief; the rest is counted."""

COMMANDS = (
    Option(HINT, "A hint, which costs", "t"),
    Option(SO_FAR, "What you know so far", "s", ("sofar", "list")),
    Option(COMMIT, "Write the note: settle on an electrolyte and an urgency", "n", ("commit", "done")),
    Option(LEAVE, "Leave", "q"),
)


@dataclass(frozen=True, slots=True)
class Tools:
    """What a visit needs of the rules.

    `matters` tells exactly whether an answer can still change anything; `why` says what it could do; `words` says an
    answer as a person would; `enough` and `tests` are as in `patient.debriefed`.
    """

    assess: Assess
    worth: Worth
    matters: Callable[[Answers, Finding], bool]
    why: Callable[[Answers, Finding], str]
    words: Callable[[Finding, Answer], str]
    enough: Callable[[Answers, Assessment], tuple[str, ...]]
    tests: Mapping[str, Sequence[str]]


def see_patient(front: Front, rulebase: RuleBase, case: Case, tools: Tools) -> Debrief | None:
    """Question the patient of this case, settle, and be told what it was worth. None where the student left."""
    visit = begun(rulebase, case)
    front.say(f"\n{opening(rulebase, visit, tools)}")
    rung = 0
    while True:
        wish = front.pick("What do you ask about?", askable(rulebase, visit), COMMANDS)
        if wish == LEAVE:
            return None
        if wish == SO_FAR:
            front.say(so_far(rulebase, visit, tools))
        elif wish == HINT:
            rung = min(rung + 1, RUNGS)
            front.say(told_hint(rulebase, visit, rung, tools))
            visit = hinted(visit)
        elif wish == COMMIT:
            commitment = committed(front, rulebase, visit)
            if commitment is not None:
                debrief = debriefed(
                    rulebase, visit, commitment, tools.assess, tools.worth, tools.enough, tools.tests
                )  # fmt: skip
                front.say(debrief_text(rulebase, visit, debrief, tools))
                return debrief
        else:
            finding = rulebase.findings[wish]
            matters = tools.matters(visit.answers, finding)
            visit, rung = asked(visit, finding, tools.worth), 0
            front.say(reply(finding, visit.questions[-1], tools))
            if not matters:
                front.say(f"Tutor: by now no answer to this could change the note. ({finding.label})")


def opening(rulebase: RuleBase, visit: Visit, tools: Tools) -> str:
    told = "; ".join(_labelled(rulebase, each, visit.answers, tools) for each in visit.before)
    return f"A patient is here. You know: {told or 'nothing yet'}. Ask in any order, then write the note."


def _labelled(rulebase: RuleBase, finding: str, answers: Answers, tools: Tools) -> str:
    known = rulebase.findings[finding]
    return f"{known.label}: {tools.words(known, answers[finding])}"


def askable(rulebase: RuleBase, visit: Visit) -> list[Option]:
    """Everything not known yet, named by its label, its id and its examples."""
    known = with_consequences(rulebase, visit.answers)
    return [
        Option(each.id, each.label, words=(each.id.replace("_", " "), *each.examples))
        for each in rulebase.findings.values()
        if each.id not in known
    ]


def reply(finding: Finding, question: Question, tools: Tools) -> str:
    if question.answer == UNSURE:
        unknown = "That result is not there." if finding.is_number else "I could not say."
        return f"{finding.question} - {unknown}"
    if question.answer in (YES, NO):
        return f"{finding.question} - {'Yes' if question.answer == YES else 'No'}."
    return f"{finding.question} - {tools.words(finding, question.answer)}."


def so_far(rulebase: RuleBase, visit: Visit, tools: Tools) -> str:
    return "\n".join(("So far:", *(f"- {_labelled(rulebase, each, visit.answers, tools)}" for each in visit.answers)))


def told_hint(rulebase: RuleBase, visit: Visit, rung: int, tools: Tools) -> str:
    text = hint(rulebase, tools.worth(visit.answers), rung, lambda finding: tools.why(visit.answers, finding))
    return f"Hint {rung} of {RUNGS}: {text}" if text else "No question could still change the note. You can write it."


# --- settling ---------------------------------------------------------------------------------------


def committed(front: Front, rulebase: RuleBase, visit: Visit) -> Commitment | None:
    """What the student settles on; None where they go back to ask."""
    danger = danger_left(rulebase, visit.answers)
    if danger:
        labels = some_of([rulebase.findings[each].label for each in danger])
        front.say(f"Tutor: you have not asked about these danger signs: {labels}.")
        if front.choose("Write the note all the same?", ON_OR_BACK) == NO:
            return None
    given: list[str] = []
    while len(given) < len(TO_SETTLE):
        said = TO_SETTLE[len(given)](front, rulebase)
        if said != BACK:
            given.append(said)
        elif given:
            given.pop()
        else:
            return None
    first, urgency, test = given
    return Commitment(
        () if first == NOTHING else (first,),
        None if urgency == NOTHING else Urgency[urgency.upper()],
        "" if test == NOTHING else test,
    )


def which_first(front: Front, rulebase: RuleBase) -> str:
    states = [Option(each.id, each.name, words=(each.clinical_name,)) for each in rulebase.states.values()]
    back = Option(BACK, "Back to the patient", "b")
    return front.pick("Which electrolyte would you discuss first?", [*states, NONE_STANDS_OUT], (back,))


def how_soon(front: Front, rulebase: RuleBase) -> str:
    return front.choose("How soon?", [*urgencies(rulebase), Option(BACK, "Back to the electrolyte", "b")])


def which_test(front: Front, rulebase: RuleBase) -> str:
    tests = [each for each in rulebase.findings.values() if each.kind == "lab"]
    labs = [Option(each.id, each.label, words=each.examples) for each in tests]
    back = Option(BACK, "Back to how soon", "b")
    return front.pick("Which result would you ask for first?", [*labs, NONE_STANDS_OUT], (back,))


TO_SETTLE = (which_first, how_soon, which_test)
"""What is asked for a note, in this order. Each gives BACK to who goes one step back."""

NONE_STANDS_OUT = Option(NOTHING, "None stands out", "0")
ON_OR_BACK = (Option(NO, "No, ask on", "n"), Option(YES, "Yes, write it", "y"))


def urgencies(rulebase: RuleBase) -> list[Option]:
    found = [
        Option(each.word, rulebase.advice[each].headline, str(place))
        for place, each in enumerate(sorted(Urgency, reverse=True), 1)
    ]
    return [*found, Option(NOTHING, "Nothing told calls for a time", "0", ("none",))]


# --- the debrief ------------------------------------------------------------------------------------


def debrief_text(rulebase: RuleBase, visit: Visit, debrief: Debrief, tools: Tools) -> str:
    """The story, what was right, what was missed, what each question was worth, and the proof."""
    return "\n".join(
        (
            f"\nThe whole story: {visit.case.story}",
            "\nWhat the rules say on all that the patient knows",
            *_verdicts(rulebase, debrief),
            f"- Points: {debrief.points(visit.hints)} of {sum(POINTS.values())}. A hint costs {COST_OF_A_HINT}, "
            f"a red flag missed {COST_OF_A_MISSED_FLAG}.",
            *_missed(rulebase, debrief),
            *_worths(rulebase, visit),
            *_proof(rulebase, visit, debrief, tools),
        )
    )


def _verdicts(rulebase: RuleBase, debrief: Debrief) -> Iterator[str]:
    named = [f"{rulebase.states[each.state].name} ({each.strength.word})" for each in debrief.told.candidates]
    yield f"- Worth discussing, in order: {', '.join(named) or 'none stands out'}. You: {_right(debrief.state_right)}."
    urgency = debrief.told.urgency
    soon = rulebase.advice[urgency].headline if urgency is not None else "Nothing told calls for a time."
    yield f"- How soon: {soon} You: {_right(debrief.urgency_right)}."
    if debrief.tests:
        labels = some_of([rulebase.findings[each].label for each in debrief.tests])
        yield f"- Results that rules on it ask for: {labels}. You: {_right(debrief.test_right)}."


def _right(right: bool) -> str:
    return "right" if right else "not right"


def _missed(rulebase: RuleBase, debrief: Debrief) -> Iterator[str]:
    for rule in debrief.flags_missed:
        yield f"- Red flag missed: {rulebase.rules[rule].says} [{rule}]"
    if debrief.too_early:
        labels = some_of([rulebase.findings[each].label for each in debrief.would_have])
        yield f"- Settled too early: the answer to any of these would have changed the note: {labels}."
    elif debrief.open:
        several = len(debrief.open) > 1
        yield (f"- {len(debrief.open)} question{'s' if several else ''} could still have changed the note. With this "
               f"patient {'none alone' if several else 'it'} would{'' if several else ' not'}.")  # fmt: skip
    else:
        yield "- Nothing left to ask could have changed the note."


def _worths(rulebase: RuleBase, visit: Visit) -> Iterator[str]:
    if not visit.questions:
        return
    yield ""
    share = f"{share_of_best(visit.questions):.0%}"
    yield f"Your questions could settle {share} of what the best ones could. Each one, beside the best at that moment:"
    for place, each in enumerate(visit.questions, 1):
        label = rulebase.findings[each.finding].label
        best = "" if each.worth >= each.best_worth else f"; best: {rulebase.findings[each.best].label}"
        yield f"{place}. {label}: {each.worth} of {each.best_worth}{best}"
    if visit.hints:
        yield f"Hints taken: {visit.hints}."


def _proof(rulebase: RuleBase, visit: Visit, debrief: Debrief, tools: Tools) -> Iterator[str]:
    if not debrief.enough:
        return
    yield ""
    known = [_labelled(rulebase, each, visit.truth, tools) for each in debrief.enough]
    first = rulebase.states[debrief.first].name
    yield f"Proof: these answers alone name {first}, and none can be left out: {'; '.join(known)}."
    for fired in debrief.told.candidates[0].fired[:1]:
        yield f"{fired.rule.because} [{fired.rule.id}, {fired.rule.provenance.state}]"


def some_of(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
