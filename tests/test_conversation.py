"""The talk, with a front that plays a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from quiz import wording
from quiz.conversation import Command, Ending, Option, Reply, Words, converse
from quiz.engine import Engine
from quiz.interview import Interview, Session, Step
from quiz.model import NO, YES, Answer, RuleBase

Turn = Callable[[Step], Reply]


class Script:
    """Answers steps with the turns it was given, then with no to everything; records what was said."""

    def __init__(self, turns: Sequence[Turn], choices: Sequence[str] = ()) -> None:
        self.turns: Iterator[Turn] = iter(turns)
        self.choices = iter(choices)
        self.said: list[str] = []
        self.steps: list[Step] = []
        self.titles: list[str] = []

    def ask(self, step: Step, given: Mapping[str, Answer], other_medicines: Sequence[str]) -> Reply:
        self.steps.append(step)
        return next(self.turns, none)(step)

    def choose(self, title: str, options: Sequence[Option]) -> str:
        self.titles.append(title)
        return next(self.choices)

    def say(self, text: str) -> None:
        self.said.append(text)


def none(step: Step) -> Reply:
    return Reply(Command.DONE, {each.id: NO for each in step.findings if each.words == (YES, NO)})


def yes(*findings: str) -> Turn:
    return lambda step: Reply(Command.DONE, {**none(step).given, **dict.fromkeys(findings, YES)})


def say(command: Command, **given: Answer | None) -> Turn:
    return lambda step: Reply(command, given, finding=step.findings[0].id)


@pytest.fixture
def talk(rulebase: RuleBase, engine: Engine) -> Callable[[Script], Ending]:
    words = Words(
        emergency=lambda assessment: wording.emergency(rulebase, assessment),
        why=lambda session, finding: f"why {finding.id}",
        help=lambda step, finding: f"help {finding.id}",
        answer=wording.answer_words,
    )
    interview = Interview(rulebase, engine.assess, engine.outlook)

    def run(script: Script) -> Ending:
        kept: list[Session] = []
        return converse(interview, engine.assess, script, words, lambda session: "saved", kept.append, Session())

    return run


def test_a_red_flag_is_told_the_moment_it_is_answered(talk: Callable[[Script], Ending]) -> None:
    script = Script([none, yes("chest_pain")], ["stop"])
    ending = talk(script)

    assert ending.how == "finished"
    assert len(script.steps) == 2
    assert script.said[0].startswith("THIS NEEDS EMERGENCY HELP NOW")


def test_after_a_red_flag_the_questions_go_on_only_if_the_person_wants(talk: Callable[[Script], Ending]) -> None:
    script = Script([none, yes("chest_pain")], ["go"])
    ending = talk(script)

    assert ending.how == "finished"
    assert len(script.steps) > 5
    assert script.titles == ["Do you want to stop here?"]


@pytest.mark.parametrize(("command", "how"), [(Command.INTERRUPTED, "interrupted"), (Command.ENDED, "ended")])
def test_leaving_in_the_middle_loses_no_answer(talk: Callable[[Script], Ending], command: Command, how: str) -> None:
    ending = talk(Script([none, say(command, fever=YES)]))

    assert ending.how == how
    assert ending.session.answers["fever"] == YES


def test_back_goes_to_the_step_before_and_keeps_the_answers(talk: Callable[[Script], Ending]) -> None:
    script = Script([none, yes("fainting"), say(Command.BACK), say(Command.QUIT)], ["go"])
    ending = talk(script)

    assert [step.id for step in script.steps][1] == [step.id for step in script.steps][3]
    assert ending.session.answers["fainting"] == YES


def test_back_at_the_first_question_says_so_and_stays(talk: Callable[[Script], Ending]) -> None:
    script = Script([say(Command.BACK), say(Command.QUIT)])
    talk(script)

    assert script.said == ["This is the first question."]
    assert script.steps[0].id == script.steps[1].id


@pytest.mark.parametrize("command", [Command.WHY, Command.HELP, Command.SAVE])
def test_a_question_about_the_question_leaves_the_place(talk: Callable[[Script], Ending], command: Command) -> None:
    script = Script([say(command), say(Command.QUIT)])
    talk(script)

    assert script.steps[0].id == script.steps[1].id
    assert len(script.said) == 1


def test_any_answer_is_changed_in_two_steps(talk: Callable[[Script], Ending]) -> None:
    script = Script(
        [none, yes("fainting"), say(Command.CHANGE), say(Command.DONE, fainting=NO), say(Command.QUIT)],
        ["go", "fainting"],
    )
    ending = talk(script)

    assert ending.session.answers["fainting"] == NO
    assert "was yes, now no" in script.said[-1]


def test_quit_ends_without_a_note_and_result_with_one(talk: Callable[[Script], Ending]) -> None:
    assert talk(Script([say(Command.QUIT)])).how == "quit"
    assert talk(Script([say(Command.RESULT)])).how == "finished"
