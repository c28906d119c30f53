"""The talk, with a front that plays a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from quiz import wording
from quiz.conversation import Command, Ending, Heard, Option, Reply, Words, chosen, converse, unheard
from quiz.effects import Effects
from quiz.engine import Engine
from quiz.interview import Interview, Session, Step
from quiz.model import NO, UNSURE, YES, Answer, RuleBase
from quiz.rulebase import load
from quiz.solver import Clauses
from quiz.why import Moved
from tests.conftest import ROOT

Turn = Callable[[Step], Reply]
START = Session()


class Script:
    """Answers steps with the turns it was given, then with no to everything; records what was said."""

    def __init__(self, turns: Sequence[Turn], choices: Sequence[str] = ()) -> None:
        self.turns: Iterator[Turn] = iter(turns)
        self.choices = iter(choices)
        self.said: list[str] = []
        self.steps: list[Step] = []
        self.titles: list[str] = []
        self.given: list[Mapping[str, Answer]] = []
        self.kept: list[Session] = []

    def ask(self, step: Step, session: Session, heard: Heard = unheard) -> Reply:
        self.steps.append(step)
        self.given.append(session.answers)
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


Talk = Callable[..., Ending]


def talk_over(rulebase: RuleBase, engine: Engine) -> Talk:
    interview = Interview(rulebase, engine.assess, engine.outlook)
    effects = Effects(rulebase, engine.assess, Clauses)
    moved = Moved(rulebase, engine.assess, effects, wording.answer_words)
    words = Words(
        emergency=lambda assessment: "EMERGENCY " + " ".join(fired.rule.id for fired in assessment.red_flags),
        why=lambda session, finding, times: f"why {finding.id} {times}",
        moved=lambda before, after, finding: moved.text(before.answers, after.answers, finding),
        help=lambda step, finding: f"help {finding.id}",
        answer=wording.answer_words,
    )

    def run(script: Script, session: Session = START, *, changing: bool = False) -> Ending:
        return converse(
            interview, engine.assess, script, words, lambda _: "saved", script.kept.append, session, changing=changing
        )

    return run


@pytest.fixture
def talk(rulebase: RuleBase, engine: Engine) -> Talk:
    return talk_over(rulebase, engine)


SMALL = load(ROOT / "tests" / "rulebases" / "small")


@pytest.fixture(scope="module")
def plant() -> Talk:
    """The talk over the small rule base: First, Danger, Signs, Given, Setting, Measured."""
    return talk_over(SMALL, Engine(SMALL))


def test_a_red_flag_is_told_the_moment_it_is_answered(talk: Talk) -> None:
    script = Script([none, yes("chest_pain")], ["stop"])
    ending = talk(script)

    assert ending.how == "finished"
    assert len(script.steps) == 2
    assert script.said[0].startswith("EMERGENCY")


def test_after_a_red_flag_the_questions_go_on_only_if_the_person_wants(talk: Talk) -> None:
    script = Script([none, yes("chest_pain")], ["go"])
    ending = talk(script)

    assert ending.how == "finished"
    assert len(script.steps) > 5
    assert script.titles == ["Do you want to stop here?"]


@pytest.mark.parametrize("left", [Command.DONE, Command.BACK, Command.CHANGE])
def test_back_from_an_emergency_leads_to_the_screen_just_answered_where_a_slip_is_taken_back(
    plant: Talk, left: Command
) -> None:
    script = Script([none, say(left, collapsed=YES), say(Command.DONE, collapsed=NO), say(Command.QUIT)], ["again"])
    ending = plant(script)

    assert [step.screens for step in script.steps] == [("first",), ("danger",), ("danger",), ("signs",)]
    assert script.given[2]["collapsed"] == YES
    assert ending.session.answers["collapsed"] == NO
    assert len(script.titles) == 1


def test_a_sign_that_still_stands_after_back_from_an_emergency_is_told_once_more(plant: Talk) -> None:
    script = Script([none, yes("collapsed"), yes("collapsed")], ["again", "stop"])
    ending = plant(script)

    assert ending.how == "finished"
    assert script.said == ["EMERGENCY urgent.collapse"] * 2


def test_back_goes_on_to_the_step_before_once_the_emergency_was_left_behind(plant: Talk) -> None:
    script = Script([none, yes("collapsed"), none, say(Command.BACK), say(Command.BACK), say(Command.QUIT)], ["again"])
    plant(script)

    assert [step.screens[0] for step in script.steps] == ["first", "danger", "danger", "signs", "danger", "first"]


def test_back_from_an_emergency_that_a_change_made_leads_to_the_answer_that_is_changed(plant: Talk) -> None:
    turns = [none, none, say(Command.CHANGE), say(Command.DONE, collapsed=YES), say(Command.DONE, collapsed=NO)]
    script = Script([*turns, say(Command.QUIT)], ["collapsed", "again"])
    ending = plant(script)

    assert ids(script.steps[3]) == ids(script.steps[4]) == ["collapsed"]
    assert ending.session.answers["collapsed"] == NO
    assert script.titles == ["Which answer do you want to change?", "Do you want to stop here?"]


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("yes",), "next"),  # y is short for a word of an option
        (("y",), "next"),
        ((), None),
    ],
)
def test_y_means_yes_where_an_option_is_called_so(words: tuple[str, ...], option: str | None) -> None:
    offered = [Option("next", "The next item", "n", words), Option("undo", "Take it back", "u")]
    other = [*offered, Option("year", "The year", "y")]

    assert getattr(chosen(offered, "y"), "value", None) == option
    assert getattr(chosen(other, "y"), "value", None) == "year", "an option's own key comes first"


@pytest.mark.parametrize("typed", ["b", "back", "B"])
def test_b_means_back_at_the_emergency_too(plant: Talk, typed: str) -> None:
    offered: list[Option] = []

    class Looking(Script):
        def choose(self, title: str, options: Sequence[Option]) -> str:
            offered.extend(options)
            return "stop"

    plant(Looking([none, yes("collapsed")]))
    meant = {word: option.value for word in (typed, "n", "y", "q") if (option := chosen(offered, word))}

    assert meant == {typed: "again", "n": "go", "y": "stop", "q": "stop"}


@pytest.mark.parametrize(("age", "times"), [(8, 1), (17, 1), (18, 0), (70, 0)])
def test_whoever_is_no_adult_hears_at_once_and_once_that_this_is_for_adults(
    talk: Talk, engine: Engine, age: int, times: int
) -> None:
    script = Script([say(Command.DONE, age=age), none, say(Command.RESULT)])
    talk(script)

    assert script.said == [engine.rulebase.rules["urgency.caution-under-18"].says] * times


def test_a_child_with_a_danger_sign_hears_of_the_emergency_first(talk: Talk) -> None:
    script = Script([], ["stop"])
    talk(script, Session({"age": 8, "chest_pain": YES}, shown=("about_you",), at={}))

    assert [each.partition(" ")[0] for each in script.said] == ["EMERGENCY", "This"]


@pytest.mark.parametrize(("command", "how"), [(Command.INTERRUPTED, "interrupted"), (Command.ENDED, "ended")])
def test_leaving_in_the_middle_loses_no_answer(talk: Talk, command: Command, how: str) -> None:
    script = Script([none, say(command, fever=YES)])
    ending = talk(script)

    assert ending.how == how
    assert ending.session.answers["fever"] == YES
    assert script.kept[-1] == ending.session


def test_a_changed_answer_is_kept_before_anything_else_is_asked_or_told(plant: Talk) -> None:
    class Watching(Script):
        def say(self, text: str) -> None:
            super().say(text)
            changed.append(self.kept[-1].answers["seedling"])

    changed: list[Answer] = []
    plant(Watching([none, say(Command.CHANGE), say(Command.DONE, seedling=YES), say(Command.QUIT)], ["seedling"]))

    assert changed == [YES]


def test_back_goes_to_the_step_before_and_keeps_the_answers(talk: Talk) -> None:
    script = Script([none, yes("fainting"), say(Command.BACK), say(Command.QUIT)], ["go"])
    ending = talk(script)

    assert [step.id for step in script.steps][1] == [step.id for step in script.steps][3]
    assert ending.session.answers["fainting"] == YES


def test_back_at_the_first_question_says_so_and_stays(talk: Talk) -> None:
    script = Script([say(Command.BACK), say(Command.QUIT)])
    talk(script)

    assert script.said == ["This is the first question."]
    assert script.steps[0].id == script.steps[1].id


@pytest.mark.parametrize("command", [Command.WHY, Command.HELP, Command.SAVE])
def test_a_question_about_the_question_leaves_the_place(talk: Talk, command: Command) -> None:
    script = Script([say(command), say(Command.QUIT)])
    talk(script)

    assert script.steps[0].id == script.steps[1].id
    assert len(script.said) == 1


def test_any_answer_is_changed_in_two_steps(talk: Talk) -> None:
    script = Script(
        [none, yes("fainting"), say(Command.CHANGE), say(Command.DONE, fainting=NO), say(Command.QUIT)],
        ["go", "fainting"],
    )
    ending = talk(script)

    assert ending.session.answers["fainting"] == NO
    assert "was yes, now no" in script.said[-1]


def test_quit_ends_without_a_note_and_result_with_one(talk: Talk) -> None:
    assert talk(Script([say(Command.QUIT)])).how == "quit"
    assert talk(Script([say(Command.RESULT)])).how == "finished"


def ids(step: Step) -> list[str]:
    return [each.id for each in step.findings]


def test_asking_why_again_on_the_same_line_counts_up_and_another_line_or_answer_starts_anew(plant: Talk) -> None:
    why = say(Command.WHY)
    script = Script([why, why, why, say(Command.WHY, pot="clay"), why, none, why, say(Command.QUIT)])
    plant(script)

    assert script.said == [f"why {each}" for each in ("pot 0", "pot 1", "pot 2", "pot 0", "pot 1", "collapsed 0")]


def test_the_step_gone_back_to_is_shown_again_with_its_answers(plant: Talk) -> None:
    drought = yes("leaves_hang", "leaves_yellow", "dry_soil")
    script = Script([none, none, drought, none, none, say(Command.BACK), say(Command.QUIT)])
    plant(script)
    steps = [ids(step) for step in script.steps]

    assert script.steps[4].screens == ("setting",), "a screen of which only useful lines are shown"
    assert steps[6] == steps[4]
    assert {each: script.given[6][each] for each in steps[6]} == dict.fromkeys(steps[6], NO)


def test_going_back_twice_goes_two_steps_back_and_on_again_over_both(plant: Talk) -> None:
    script = Script([none, none, none, say(Command.BACK), say(Command.BACK), none, none, say(Command.QUIT)])
    plant(script)

    assert [step.screens[0] for step in script.steps] == [
        "first", "danger", "signs", "given", "signs", "danger", "signs", "given"
    ]  # fmt: skip


def test_back_right_after_going_on_with_a_saved_interview_says_how_to_reach_earlier_answers(plant: Talk) -> None:
    script = Script([say(Command.BACK), say(Command.QUIT)])
    plant(script, Session({"seedling": NO}, ("first",), ("pot", "seedling")))

    assert "choose change" in script.said[0]


def test_later_answers_are_kept_when_an_earlier_one_is_changed(plant: Talk) -> None:
    script = Script(
        [none, none, yes("dry_soil", "leaves_hang"), say(Command.CHANGE), say(Command.DONE, seedling=YES),
         say(Command.QUIT)],
        ["seedling"],
    )  # fmt: skip
    ending = plant(script)

    assert ending.session.answers == {
        "seedling": YES, "collapsed": NO, "leaves_hang": YES, "leaves_yellow": NO, "dry_soil": YES, "wet_soil": NO,
        "long_stems": NO,
    }  # fmt: skip
    assert script.said == ["Being a seedling: was no, now yes.\nNothing else in your note moved."]


def test_what_a_change_moved_is_told_with_what_followed_and_what_matters_no_longer(plant: Talk) -> None:
    answers: dict[str, Answer] = {
        "days_dry": 40.0,
        "leaves_hang": YES,
        "leaves_yellow": YES,
        "heat_wave": YES,
        "plant_feed": YES,
    }
    script = Script([say(Command.CHANGE), say(Command.DONE, days_dry=2.0), say(Command.QUIT)], ["days_dry"])
    plant(script, Session(answers, tuple(SMALL.screens), tuple(SMALL.findings)))

    told = script.said[-1].splitlines()
    assert told[0] == "Days without water: was 40 days, now 2 days."
    assert told[1] == "Notes: low water is gone."
    assert told[2] == 'How soon: down, from "Act now" to no advice on how soon.'
    assert told[3] == 'Red flags: gone: "A collapse needs help at once".'
    assert told[4] == 'Warnings: gone: "Feed burns dry roots".'
    assert told[5] == "Follows no longer: dry soil - yes, wet soil - no."


def test_a_change_half_way_through_a_screen_keeps_its_lines_in_sight(plant: Talk) -> None:
    script = Script(
        [none, none, yes("leaves_hang", "leaves_yellow", "dry_soil"), none, say(Command.CHANGE, heat_wave=YES),
         say(Command.DONE, seedling=YES), say(Command.QUIT)],
        ["seedling"],
    )  # fmt: skip
    plant(script)

    assert script.steps[4].screens == script.steps[6].screens == ("setting",)
    assert "heat_wave" in ids(script.steps[6])
    assert script.given[6]["heat_wave"] == YES


def test_a_red_flag_that_a_change_makes_true_is_told_at_once(plant: Talk) -> None:
    script = Script([none, none, say(Command.CHANGE), say(Command.DONE, collapsed=YES)], ["collapsed", "stop"])
    ending = plant(script)

    assert ending.how == "finished"
    assert script.said[-1] == "EMERGENCY urgent.collapse"
    assert script.titles[-1] == "Do you want to stop here?"


def test_a_red_flag_that_was_taken_back_is_told_again_when_it_comes_back(plant: Talk) -> None:
    change = say(Command.CHANGE)
    script = Script(
        [none, yes("collapsed"), change, say(Command.DONE, collapsed=NO), change, say(Command.DONE, collapsed=YES)],
        ["go", "collapsed", "collapsed", "stop"],
    )
    plant(script)

    assert [text for text in script.said if text.startswith("EMERGENCY")] == ["EMERGENCY urgent.collapse"] * 2


@pytest.mark.parametrize("command", [Command.QUIT, Command.INTERRUPTED, Command.ENDED])
def test_nobody_leaves_with_a_red_flag_that_was_not_told(plant: Talk, command: Command) -> None:
    script = Script([none, say(command, collapsed=YES)])
    plant(script)

    assert script.said == ["EMERGENCY urgent.collapse"]


def test_back_out_of_a_change_changes_nothing(plant: Talk) -> None:
    script = Script([none, say(Command.CHANGE), say(Command.BACK, seedling=YES), say(Command.QUIT)], ["seedling"])
    ending = plant(script)

    assert ending.session.answers["seedling"] == NO
    assert script.said[-1].endswith("Nothing was changed.")
    assert [session.answers["seedling"] for session in script.kept[-2:]] == [NO, NO], "nor does a crash"


@pytest.mark.parametrize(("command", "how"), [(Command.QUIT, "quit"), (Command.RESULT, "finished")])
def test_quit_and_result_work_also_while_an_answer_is_changed(plant: Talk, command: Command, how: str) -> None:
    ending = plant(Script([none, say(Command.CHANGE), say(command, seedling=UNSURE)], ["seedling"]))

    assert ending.how == how
    assert ending.session.answers["seedling"] == UNSURE


def test_why_and_help_work_also_while_an_answer_is_changed(plant: Talk) -> None:
    turns = [none, say(Command.CHANGE), say(Command.WHY), say(Command.WHY), say(Command.HELP), none, say(Command.QUIT)]
    script = Script(turns, ["seedling"])
    plant(script)

    assert script.said[:3] == ["why seedling 0", "why seedling 1", "help seedling"]


def test_none_of_them_leaves_every_answer_alone(plant: Talk) -> None:
    script = Script([none, say(Command.CHANGE), say(Command.QUIT)], [""])
    plant(script)

    assert script.said == []
    assert [step.screens for step in script.steps][1:] == [("danger",), ("danger",)]


# --- a session that is saved, left and gone on with ---------------------------------------------------------


def test_names_of_medicines_are_kept_from_the_screen_that_asks_for_them_to_the_end(plant: Talk) -> None:
    class Naming(Script):
        def ask(self, step: Step, session: Session, heard: Heard = unheard) -> Reply:
            if step.kind == "typed":
                return Reply(Command.DONE, {"leaf_shine": YES}, ("zzyx",), named_medicines=("Glow",))
            return super().ask(step, session, heard)

    ending = plant(Naming([]))

    assert ending.how == "finished"
    assert (ending.session.named_medicines, ending.session.other_medicines) == (("Glow",), ("zzyx",))


def test_every_line_is_kept_as_it_is_answered(plant: Talk) -> None:
    class Typing(Script):
        def ask(self, step: Step, session: Session, heard: Heard = unheard) -> Reply:
            if "leaves_hang" in ids(step):
                heard(Reply(Command.DONE, {"leaves_hang": YES}))
                heard(Reply(Command.DONE, {"leaves_hang": YES, "dry_soil": UNSURE}))
                return Reply(Command.QUIT, {"leaves_hang": YES, "dry_soil": UNSURE})
            return super().ask(step, session, heard)

    script = Typing([none, none])
    plant(script)
    kept = [dict(session.answers) for session in script.kept[-3:]]

    assert [each.get("dry_soil") for each in kept] == [None, UNSURE, UNSURE]
    assert {each["leaves_hang"] for each in kept} == {YES}
    assert all(session.at and "leaves_hang" in session.at for session in script.kept[-3:])


@pytest.mark.parametrize("answered", [1, 3, 5])
def test_resume_stands_on_the_screen_that_was_open_with_what_was_answered_on_it(plant: Talk, answered: int) -> None:
    first = Script([none, none, lambda step: Reply(Command.QUIT, dict.fromkeys(ids(step)[:answered], YES))])
    left = plant(first).session
    again = Script([say(Command.QUIT)])
    plant(again, left)

    assert ids(again.steps[0]) == ids(first.steps[-1])
    assert list(again.given[0])[-answered:] == ids(first.steps[-1])[:answered]


def test_resume_stands_on_a_screen_of_useful_lines_alone_though_an_answer_makes_them_useless(plant: Talk) -> None:
    drought = yes("leaves_hang", "leaves_yellow", "dry_soil")
    first = Script([none, none, drought, none, lambda step: Reply(Command.QUIT, {"heat_wave": YES})])
    left = plant(first).session
    again = Script([say(Command.QUIT)])
    plant(again, left)

    assert again.steps[0].screens == first.steps[-1].screens == ("setting",)
    assert ids(again.steps[0]) == ids(first.steps[-1])


def test_resume_after_going_back_stands_on_the_screen_gone_back_to(plant: Talk) -> None:
    first = Script([none, none, none, say(Command.BACK), say(Command.QUIT)])
    left = plant(first).session
    again = Script([say(Command.QUIT)])
    plant(again, left)

    assert again.steps[0].screens == ("signs",)


def test_resume_between_two_screens_stands_on_the_next_one(plant: Talk) -> None:
    first = Script([none, none, say(Command.QUIT)])
    plant(first)
    between = next(session for session in reversed(first.kept) if session.at is None)
    again = Script([say(Command.QUIT)])
    plant(again, between)

    assert again.steps[0].screens == ("signs",)


def test_resume_tells_a_red_flag_before_the_next_question(plant: Talk) -> None:
    left = plant(Script([none, yes("collapsed"), say(Command.QUIT)], ["go"])).session
    again = Script([say(Command.QUIT)])
    plant(again, left)

    assert again.said == ["EMERGENCY urgent.collapse"]


def test_a_session_in_which_nothing_is_left_to_ask_says_so(plant: Talk) -> None:
    script = Script([])
    ending = plant(script)

    assert ending.session.at == {}
    assert script.kept[-1].at == {}
    assert plant(Script([]), ending.session).how == "finished"


def test_after_the_note_an_answer_is_changed_in_two_steps_and_the_note_comes_again(plant: Talk) -> None:
    stopped = plant(Script([none, none, say(Command.RESULT, leaves_hang=YES)])).session
    script = Script([say(Command.DONE, leaves_hang=NO)], ["leaves_hang"])
    ending = plant(script, stopped, changing=True)

    assert ending.how == "finished"
    assert ending.session.answers["leaves_hang"] == NO
    assert len(script.steps) == 1, "who wanted the result is asked nothing more"
    assert "was yes, now no" in script.said[0]


def test_after_the_note_at_the_end_what_a_change_opens_is_asked(plant: Talk) -> None:
    ended = plant(Script([none, none, yes("leaves_yellow", "dry_soil"), none])).session
    script = Script([say(Command.DONE, leaves_hang=YES)], ["leaves_hang"])
    before = set(ended.answers)
    ending = plant(script, ended, changing=True)

    assert len(script.steps) > 1
    assert set(ending.session.answers) > before


def test_a_red_flag_that_the_note_told_is_not_told_again_after_a_change(plant: Talk) -> None:
    ended = plant(Script([none, yes("collapsed")], ["stop"])).session
    script = Script([say(Command.DONE, seedling=YES)], ["seedling"])
    plant(script, ended, changing=True)

    assert not any(text.startswith("EMERGENCY") for text in script.said)


def test_the_latest_answer_is_the_first_to_be_changed_and_those_that_are_no_come_last(plant: Talk) -> None:
    offered: list[str] = []

    class Looking(Script):
        def choose(self, title: str, options: Sequence[Option]) -> str:
            offered.extend(option.value for option in options)
            return ""

    plant(Looking([none, none, yes("leaves_hang", "dry_soil"), say(Command.CHANGE), say(Command.QUIT)]))

    assert offered[:2] == ["dry_soil", "leaves_hang"]
    assert offered[-1] == ""
    assert set(offered[2:-1]) == {"seedling", "collapsed", "leaves_yellow", "wet_soil", "long_stems"}
