"""The talk with a student: items answered, marked and explained, and a patient questioned, on a fictional rule base."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from quiz.consequences import contradictions
from quiz.conversation import Option, chosen
from quiz.effects import Effects
from quiz.engine import Engine
from quiz.model import UNSURE, Answers, RuleBase, Urgency
from quiz.practice import patient
from quiz.practice.cases import vignette_case
from quiz.practice.marks import mark
from quiz.practice.patient import (
    Commitment,
    Visit,
    asked,
    begun,
    danger_left,
    debriefed,
    hint,
    share_of_best,
    truth_of,
)
from quiz.practice.schedule import grade
from quiz.practice.sitting import COMMANDS as IN_AN_EXAM
from quiz.practice.talk import (
    GO_ON,
    UNDO,
    Dealt,
    Leaving,
    Tally,
    ask,
    commands_of,
    feedback,
    points_words,
    practise,
)
from quiz.practice.values import Answered, Case, Certainty, Item, ItemOption, Response
from quiz.practice.visiting import COMMANDS as AT_A_PATIENT
from quiz.practice.visiting import Tools, askable, see_patient, urgencies
from quiz.rulebase import load
from quiz.solver import Clauses

SMALL = Path(__file__).parent / "rulebases" / "small"
BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Script:
    """A front that answers from a list: a value, or several, for each thing that is asked."""

    def __init__(self, *replies: str | tuple[str, ...]) -> None:
        self.replies = list(replies)
        self.told: list[str] = []
        self.offered: list[list[str]] = []

    def _next(self, title: str, options: Sequence[Option], commands: Sequence[Option]) -> str | tuple[str, ...]:
        self.told.append(title)
        self.offered.append([each.value for each in (*options, *commands)])
        if not self.replies:
            raise EOFError
        reply = self.replies.pop(0)
        for each in (reply,) if isinstance(reply, str) else reply:
            assert each in self.offered[-1], f"{each} is not offered for {title!r}: {self.offered[-1]}"
        return reply

    def choose(self, title: str, options: Sequence[Option]) -> str:
        reply = self._next(title, options, ())
        assert isinstance(reply, str)
        return reply

    def choose_several(self, title: str, options: Sequence[Option], commands: Sequence[Option] = ()) -> tuple[str, ...]:
        reply = self._next(title, options, commands)
        return (reply,) if isinstance(reply, str) else reply

    def pick(self, title: str, options: Sequence[Option], commands: Sequence[Option] = ()) -> str:
        reply = self._next(title, options, commands)
        assert isinstance(reply, str)
        return reply

    def say(self, text: str) -> None:
        self.told.append(text)

    @property
    def text(self) -> str:
        return "\n".join(self.told)


OPTIONS = (
    ItemOption("low", "Low water", True, "Both the cause and the signs are there."),
    ItemOption("high", "High water", False, "Nothing is wet.", "It would be right if the soil were wet."),
    ItemOption("none", "None stands out", False, "One does."),
)
ITEM = Item(
    "state:x", "state", "Which is it?", OPTIONS, False, ("state:WATER_LOW",), 0.5, "Heat takes water away.",
    ("Think of heat.", "Think of the soil."), Case("x", "X", "It stands in the heat.", {}, 0.0),
)  # fmt: skip


class Hidden:
    """The options are hidden, and one answer more than they are can be typed."""

    def accepted(self, item: Item) -> Mapping[str, tuple[str, ...]]:
        return {**{each.id: (each.text,) for each in item.options}, "other": ("Some other state",)}

    def with_answer(self, item: Item, answer: str) -> Item:
        other = ItemOption(answer, "Some other state", False, "Nothing here names it.")
        return replace(item, options=(*item.options, other)) if answer == "other" else item


@dataclass
class FakeDesk:
    """Deals the same item so many times and keeps what it is given."""

    left: int
    kept: list[Answered] = field(default_factory=list)

    def deal(self) -> Dealt | None:
        self.left -= 1
        return Dealt(ITEM) if self.left >= 0 else None

    def keep(self, given: Answered) -> None:
        self.kept.append(given)

    def undo(self) -> Answered | None:
        return self.kept.pop() if self.kept else None

    def remarks(self, response: Response) -> Iterator[str]:
        yield from ()


def clock() -> Callable[[], datetime]:
    moments = iter(range(1_000))
    return lambda: BEGIN + timedelta(seconds=10 * next(moments))


def sitting(front: Script, desk: FakeDesk) -> Tally:
    tally = Tally()
    practise(front, desk, lambda item: item, clock(), tally)
    return tally


def test_an_answer_is_kept_with_its_certainty_and_time_and_marked() -> None:
    desk = FakeDesk(2)

    tally = sitting(Script("low", "sure", "next", "high", "fairly", "next"), desk)

    assert [(each.correct, each.certainty, each.seconds) for each in desk.kept] == [
        (True, Certainty.SURE, 10.0),
        (False, Certainty.FAIRLY, 10.0),
    ]
    assert (tally.said, tally.right, tally.points) == (2, 1, 1)


def test_an_answer_is_kept_before_it_is_explained() -> None:
    desk = FakeDesk(1)

    with pytest.raises(EOFError):
        sitting(Script("low", "sure"), desk)

    assert len(desk.kept) == 1


def test_each_hint_tells_more_is_counted_and_runs_out() -> None:
    front = Script("hint", "hint", "low", "guess")

    response = ask(front, ITEM)

    assert isinstance(response, Response)
    assert response.hints == 2
    assert "Hint 1 of 2: Think of heat." in front.text
    assert "hint" in front.offered[1]
    assert "hint" not in front.offered[2]


def test_who_is_asked_how_sure_they_are_may_answer_again() -> None:
    response = ask(Script("high", "again", "low", "sure"), ITEM)

    assert isinstance(response, Response)
    assert response.chosen == {"low"}


def test_several_right_options_are_chosen_together_and_typed_items_show_no_list() -> None:
    several = replace(ITEM, several=True)
    front = Script("low", "guess")

    both = ask(Script(("low", "none"), "guess"), several)
    typed = ask(front, ITEM, Hidden())

    assert isinstance(both, Response)
    assert both.chosen == {"low", "none"}
    assert isinstance(typed, Response)
    assert typed.correct


def test_an_answer_that_is_none_of_the_hidden_options_is_taken_and_explained() -> None:
    front, desk = Script("other", "sure", "next"), FakeDesk(1)

    practise(front, desk, lambda item: item, clock(), Tally(), Hidden())

    assert "Some other state (wrong, your answer): Nothing here names it." in front.text
    assert [(each.chosen, each.correct) for each in desk.kept] == [(frozenset({"other"}), False)]


def test_a_hidden_list_is_not_spoken_of_and_sentences_are_never_hidden() -> None:
    class Asked(Script):
        asked = ""

        def pick(self, title: str, options: Sequence[Option], commands: Sequence[Option] = ()) -> str:
            self.asked = title
            return super().pick(title, options, commands)

    short, long = Asked("low", "guess"), Asked("low", "guess")
    ask(short, replace(ITEM, stem="Which of these stands first?"), Hidden())
    ask(long, replace(ITEM, options=tuple(replace(each, text=f"{each.text}.") for each in ITEM.options)), Hidden())

    assert (short.asked, long.asked) == ("Which stands first?", "")


def test_who_wants_to_type_is_told_why_an_item_is_to_be_chosen() -> None:
    sentences = replace(ITEM, options=tuple(replace(each, text=f"{each.text}.") for each in OPTIONS))
    told = []
    for item in (ITEM, sentences, replace(ITEM, several=True)):
        front = Script("low", "guess")
        ask(front, item, Hidden())
        told.append([text.strip() for text in front.told if "not typed" in text])

    assert told == [
        [],
        ["To be chosen and not typed, as the answers are whole sentences."],
        ["To be chosen and not typed, as more than one may be right."],
    ]


@pytest.mark.parametrize("word", ["n", "no", "none", "skip"])
def test_no_word_that_takes_nothing_leaves_an_item(word: str) -> None:
    offered = [*(Option(each.id, each.text, str(place)) for place, each in enumerate(OPTIONS[:2], 1))]

    assert chosen([*offered, *commands_of(ITEM, 0)], word) is None


@pytest.mark.parametrize("ahead", [False, True])
def test_what_a_hint_costs_is_told_where_the_schedule_moves_and_never_in_points(ahead: bool) -> None:
    class Desk(FakeDesk):
        def deal(self) -> Dealt:
            return Dealt(ITEM, ahead=ahead)

    class Looking(Script):
        labels = ""

        def choose(self, title: str, options: Sequence[Option]) -> str:
            self.labels += " ".join(each.label for each in options)
            return super().choose(title, options)

    desk, front = Desk(0), Looking("hint", "low", "sure", "quit")
    tally = sitting(front, desk)

    assert ("sooner" in front.labels) != ahead
    assert tally.points == mark(Response(ITEM, frozenset({"low"}), Certainty.SURE))
    assert ahead or grade(desk.kept[0]) < grade(replace(desk.kept[0], hints=0))


@pytest.mark.parametrize("word", ["b", "back"])
def test_back_takes_an_answer_back_and_never_leaves(word: str) -> None:
    for menu in (GO_ON, commands_of(ITEM, 0)):
        meant = chosen(menu, word)

        assert meant is not None
        assert meant.value == UNDO


def test_whether_it_was_right_is_told_once_more_below_the_reasons() -> None:
    front = Script("high", "sure", "next", "low", "guess", "next")
    sitting(front, FakeDesk(2))

    assert [each for each in front.told if each.endswith("Go on?")] == [
        "Not right. -6 points. Go on?",
        "Right. +1 point. Go on?",
    ]


def test_leaving_and_undoing_are_not_answers() -> None:
    assert ask(Script("quit"), ITEM) is Leaving.LEAVE
    assert ask(Script("undo"), ITEM) is Leaving.UNDO


def test_an_undone_answer_no_longer_counts() -> None:
    desk = FakeDesk(3)

    tally = sitting(Script("high", "sure", "undo", "quit"), desk)

    assert desk.kept == []
    assert (tally.said, tally.right, tally.points) == (0, 0, 0)
    assert tally.text() == "No item answered."


def test_with_nothing_to_take_back_the_item_stays() -> None:
    desk = FakeDesk(1)

    tally = sitting(Script("undo", "low", "sure", "next"), desk)

    assert (tally.said, tally.right) == (1, 1)


@pytest.mark.parametrize("end", [".", "?"])
def test_a_key_that_is_a_sentence_ends_once(end: str) -> None:
    options = tuple(replace(each, text=f"{each.text}{end}") for each in OPTIONS)
    text = feedback(Response(ITEM, frozenset({"high"}), Certainty.SURE), replace(ITEM, options=options))

    assert f"The key: Low water{end}\n" in text


def test_feedback_tells_the_points_the_key_and_every_option_with_what_would_make_it_right() -> None:
    text = feedback(Response(ITEM, frozenset({"high"}), Certainty.SURE), ITEM)

    assert "Not right. -6 points." in text
    assert [points_words(each) for each in (3, 1, 0, -1)] == ["+3 points", "+1 point", "0 points", "-1 point"]
    assert "The key: Low water." in text
    assert "High water (wrong, your answer): Nothing is wet." in text
    assert "It would be right if the soil were wet." in text
    assert text.index("Low water (right)") < text.index("None stands out (wrong)")


# --- a patient --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plants() -> RuleBase:
    return load(SMALL)


@pytest.fixture(scope="module")
def plant_engine(plants: RuleBase) -> Engine:
    return Engine(plants)


CASE = Case("c", "C", "", {"pot": "clay", "leaves_hang": "yes", "dry_soil": "yes", "collapsed": "yes"}, 0.0)


@pytest.fixture(scope="module")
def tools(plants: RuleBase, plant_engine: Engine) -> Tools:
    effects = Effects(plants, plant_engine.assess, Clauses)

    def worth(answers: Answers) -> Mapping[str, int]:
        return {finding: len(rules) for finding, rules in plant_engine.outlook(answers).settles.items()}

    return Tools(
        plant_engine.assess,
        worth,
        effects.any,
        lambda answers, finding: f"why {finding.id}",
        lambda finding, answer: str(answer),
        lambda answers, told: told.candidates[0].evidence,
        {"WATER_LOW": ("days_dry",)},
    )


def test_the_patient_denies_what_the_case_does_not_tell_and_contradicts_nothing(plants: RuleBase) -> None:
    truth = truth_of(plants, CASE)

    assert CASE.answers.items() <= truth.items()
    assert truth["heat_wave"] == "no"
    assert "days_dry" not in truth
    assert contradictions(plants, truth) == ()


def test_what_the_patient_does_not_know_is_not_sure_and_never_no(plants: RuleBase, tools: Tools) -> None:
    visit = asked(begun(plants, CASE), plants.findings["days_dry"], tools.worth)

    assert visit.answers["days_dry"] == UNSURE


def test_a_question_is_worth_what_it_can_settle_beside_the_best_one(plants: RuleBase, tools: Tools) -> None:
    visit = begun(plants, CASE)
    visit = asked(visit, plants.findings["dry_soil"], tools.worth)
    visit = asked(visit, plants.findings["tap_water"], tools.worth)

    first, second = visit.questions
    assert 0 < first.worth <= first.best_worth
    assert second.idle
    assert second.best_worth > 0
    assert 0 < share_of_best(visit.questions) < 1


def test_a_missed_red_flag_and_closing_too_early_are_named(plants: RuleBase, tools: Tools) -> None:
    visit = asked(begun(plants, CASE), plants.findings["dry_soil"], tools.worth)

    debrief = debriefed(
        plants, visit, Commitment(("WATER_LOW",), None), tools.assess, tools.worth, tools.enough, tools.tests
    )

    assert debrief.state_right
    assert not debrief.urgency_right
    assert not debrief.test_right
    assert debrief.flags_missed == ("urgent.collapse",)
    assert "collapsed" in debrief.would_have
    assert danger_left(plants, visit.answers) == ("collapsed",)
    assert debrief.points(hints=0) == 4 - 3
    assert debrief.points(hints=9) == 0


def test_each_state_that_nothing_is_named_more_firmly_than_may_be_put_first(rulebase: RuleBase, engine: Engine) -> None:
    case = vignette_case(rulebase, engine.assess, "vignette.denosumab-and-weak-kidneys")
    candidates = engine.assess(case.answers).candidates
    visit = Visit(case, case.answers, case.answers)
    tests = {each.state: (f"test of {each.state}",) for each in candidates}

    for each in candidates:
        note = Commitment((each.state,), None)
        debrief = debriefed(rulebase, visit, note, engine.assess, lambda answers: {}, lambda *_: (), tests)
        as_firm = each.strength == candidates[0].strength

        assert debrief.state_right == as_firm
        assert (debrief.tests == tests[each.state]) == as_firm

    assert candidates[0].strength == candidates[1].strength > candidates[-1].strength


def test_who_asks_all_that_matters_has_missed_nothing(plants: RuleBase, tools: Tools) -> None:
    visit = begun(plants, CASE)
    while worths := tools.worth(visit.answers):
        visit = asked(visit, plants.findings[max(worths, key=lambda each: worths[each])], tools.worth)

    debrief = debriefed(
        plants, visit, Commitment(("WATER_LOW",), Urgency.EMERGENCY, "days_dry"), tools.assess, tools.worth,
        tools.enough, tools.tests,
    )  # fmt: skip

    assert (debrief.state_right, debrief.urgency_right, debrief.test_right) == (True, True, True)
    assert debrief.flags_missed == debrief.open == ()
    assert (debrief.points(hints=0), debrief.points(hints=2)) == (10, 8)
    assert share_of_best(visit.questions) == 1.0


def test_each_rung_of_a_hint_tells_more(plants: RuleBase, tools: Tools) -> None:
    worths = tools.worth({})
    rungs = [hint(plants, worths, rung, lambda finding: f"why {finding.id}") for rung in (1, 2, 3, 4)]

    assert len(set(rungs)) == 4
    assert "why " not in rungs[2]
    assert "why " in rungs[3]
    assert hint(plants, {}, 1, lambda finding: "") == ""


def test_the_tutor_speaks_up_where_a_step_cannot_matter_and_where_danger_is_stepped_over(
    plants: RuleBase, tools: Tools
) -> None:
    front = Script("tap_water", "note", "no", "collapsed", "note", "WATER_LOW", "emergency", "days_dry")

    debrief = see_patient(front, plants, CASE, tools)

    assert debrief is not None
    assert "Tutor: by now no answer to this could change the note. (tap water)" in front.text
    assert "Tutor: you have not asked about these danger signs: a collapse." in front.text
    assert debrief.flags_missed == ()


def test_how_soon_has_a_way_back_and_none_is_an_answer_there(plants: RuleBase, tools: Tools) -> None:
    front = Script("note", "yes", "WATER_LOW", "back", "WATER_HIGH", "nothing", "back", "back", "back", "quit")

    assert see_patient(front, plants, CASE, tools) is None
    assert front.told.count("How soon?") == 3
    soon = [*urgencies(plants), Option("back", "Back to the electrolyte", "b")]
    words = ("b", "back", "none", "0", "n", "no")
    meant = {word: option.value for word in words if (option := chosen(soon, word))}
    assert meant == {"b": "back", "back": "back", "none": "nothing", "0": "nothing"}


def test_what_was_settled_before_a_step_back_is_settled_anew(plants: RuleBase, tools: Tools) -> None:
    front = Script("collapsed", "note", "WATER_HIGH", "nothing", "back", "back", "WATER_LOW", "emergency", "days_dry")

    debrief = see_patient(front, plants, CASE, tools)

    assert debrief is not None
    assert (debrief.state_right, debrief.urgency_right, debrief.test_right) == (True, True, True)


@pytest.mark.parametrize("word", ["b", "back", "n", "no", "none"])
def test_no_word_but_those_for_it_leaves_a_patient_or_an_exam(word: str) -> None:
    for menu in (AT_A_PATIENT, IN_AN_EXAM):
        assert (option := chosen(menu, word)) is None or option.key == word


def test_what_follows_from_what_is_known_of_a_patient_is_not_asked(rulebase: RuleBase) -> None:
    visit = begun(rulebase, replace(CASE, answers={"age": 91, "sex": "female"}))
    open_now = {option.value for option in askable(rulebase, visit)}

    assert {"age", "older_age", "pregnancy", "hyperemesis"}.isdisjoint(open_now)
    assert "palpitations" in open_now


def test_the_tutor_is_silent_about_a_question_that_can_matter(plants: RuleBase, tools: Tools) -> None:
    front = Script("dry_soil", "quit")

    assert see_patient(front, plants, CASE, tools) is None
    assert "Tutor" not in front.text
    assert "Is the soil dry? - Yes." in front.text


def test_a_result_that_several_rules_ask_for_is_named_once(plants: RuleBase) -> None:
    numbers = [each.id for each in plants.findings.values() if each.kind == "lab"]

    assert numbers
    assert set(patient.tests_of(plants, lambda state: [*numbers, *plants.findings]).values()) == {
        tuple(sorted(numbers))
    }


def test_the_debrief_gives_the_worth_of_each_question_and_the_proof(plants: RuleBase, tools: Tools) -> None:
    front = Script("hint", "dry_soil", "so far", "note", "yes", "WATER_HIGH", "nothing", "nothing")

    see_patient(front, plants, CASE, tools)

    assert f"The whole story: {CASE.story}" in front.text
    assert "Hints taken: 1." in front.text
    assert "1. dry soil:" in front.text
    assert "Red flag missed: A collapse needs help at once. [urgent.collapse]" in front.text
    assert "Proof: these answers alone name" in front.text
