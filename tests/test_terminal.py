from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import pyte
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.utils import get_cwidth

from quiz.conversation import Command, Front, Option, Reply
from quiz.errors import Position
from quiz.interview import Session, Step
from quiz.model import NO, UNSURE, YES, Answer, Finding, Unit
from quiz.name_book import NameBook
from quiz.naming import NamesScreen
from quiz.screens import (
    ChoiceScreen,
    Lines,
    ListScreen,
    Picture,
    Row,
    framed,
    summary,
)
from quiz.terminal import Terminal
from quiz.text import inert, page, wrapped
from quiz.typed_line import Entry
from tests.conftest import ROOT
from tests.person import PATIENCE, Person

UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
ENTER, TAB, SHIFT_TAB, BACKSPACE, DELETE, F1 = "\r", "\t", "\x1b[Z", "\x7f", "\x1b[3~", "\x1bOP"
CTRL_C, CTRL_D, HOME = "\x03", "\x04", "\x1b[H"

COMMANDS = ["b back", "c change", "w why", "h help", "s save", "r result now", "q quit"]
ANSWERS = ["y yes", "n no", "? not sure", "o none of the others", "Enter next"]


def finding(name: str, label: str = "", question: str = "") -> Finding:
    label = label or name.replace("_", " ")
    return Finding(name, "symptom", label, question or f"Do you have {label}?", Position("rules"))


CHEST, FAINT, FIT = finding("chest_pain"), finding("fainting"), finding("seizure", "a seizure")
SEX = replace(finding("sex", question="Are you female or male?"), choices=("female", "male"))
POTASSIUM = replace(
    finding("potassium", "blood potassium", "What was your last blood potassium?"),
    unit="mmol/L",
    low=1,
    high=10,
    other_units=(Unit("mEq/L", 1), Unit("mg/dL", 0.25)),
)
LOOP = finding("loop_diuretic", "a loop diuretic")
THIAZIDE = finding("thiazide", "a thiazide")
MEDICINES = {
    "furosemide": ("loop_diuretic",),
    "Lasix": ("loop_diuretic",),
    "indapamide": ("thiazide",),
    "Moduretic": ("thiazide", "k_sparing"),
    "aspirin": ("blood_thinner",),
    "low-dose aspirin": ("blood_thinner",),
    "Moduret 25": ("thiazide",),
}


def step(*findings: Finding, kind: str = "list", intro: str = "Now, or in the last days?", left: int = 3) -> Step:
    wording = {each.id: each.question for each in findings}
    return Step(("danger",), "typed" if kind == "typed" else "list", "Danger signs", intro, findings, wording, left)


DANGER = step(CHEST, FAINT, FIT)
LAB = step(POTASSIUM, CHEST)
TYPED = step(LOOP, THIAZIDE, kind="typed")


@pytest.fixture
def keys() -> Iterator[Callable[[str], None]]:
    """Type on a pretend keyboard: `keys("2\\r")` presses 2, then Enter. Where that is too little, the prompt ends."""
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        yield lambda text: pipe.send_text(text + CTRL_D)


Keys = Callable[[str], None]


@pytest.mark.parametrize(
    ("pressed", "given"),
    [
        ("", {}),
        ("y", {"chest_pain": YES}),
        ("Y", {"chest_pain": YES}),
        ("ynu", {"chest_pain": YES, "fainting": NO, "seizure": UNSURE}),
        ("yn?n", {"chest_pain": YES, "fainting": NO, "seizure": NO}),
        (f"{DOWN}y", {"fainting": YES}),
        (f"{TAB}{TAB}{SHIFT_TAB}y", {"fainting": YES}),
        (f"{DOWN}{DOWN}{DOWN}{UP}y", {"fainting": YES}),
        (" ", {"chest_pain": YES}),
        ("  ", {"chest_pain": NO}),
        ("   ", {"chest_pain": UNSURE}),
        ("    ", {}),
        (f"y{UP}{BACKSPACE}", {}),
        (f"y{UP}{DELETE}", {}),
        ("yo", {"chest_pain": YES, "fainting": NO, "seizure": NO}),
        ("?o", {"chest_pain": UNSURE, "fainting": NO, "seizure": NO}),
        ("z7y", {"chest_pain": YES}),
        ("\x1by", {}),  # Alt and y
    ],
)
def test_keys_answer_the_line_and_move_down(keys: Keys, pressed: str, given: dict[str, Answer]) -> None:
    keys(pressed + ENTER)

    reply = Terminal({}).ask(DANGER, Session())

    assert (reply.command, reply.given) == (Command.DONE, given)


@pytest.mark.parametrize(
    ("pressed", "command"),
    [
        (ENTER, Command.DONE),
        (RIGHT, Command.DONE),
        ("\n", Command.DONE),
        ("b", Command.BACK),
        ("c", Command.CHANGE),
        ("w", Command.WHY),
        ("h", Command.HELP),
        (F1, Command.HELP),
        ("s", Command.SAVE),
        ("r", Command.RESULT),
        ("q", Command.QUIT),
    ],
)
def test_every_command_brings_what_was_entered_and_where_the_person_stood(
    keys: Keys, pressed: str, command: Command
) -> None:
    keys("y" + pressed)

    assert Terminal({}).ask(DANGER, Session()) == Reply(command, {"chest_pain": YES}, (), "fainting")


@pytest.mark.parametrize(
    ("pressed", "given"),
    [
        ("", {}),
        ("y", {}),
        ("n", {"chest_pain": NO}),
        (BACKSPACE, {"chest_pain": None}),
        (f"{BACKSPACE}y", {}),
        ("o", {"seizure": NO}),
    ],
)
def test_only_what_differs_from_the_answers_given_comes_back(
    keys: Keys, pressed: str, given: dict[str, Answer | None]
) -> None:
    keys(f"{HOME}{pressed}{ENTER}")

    reply = Terminal({}).ask(DANGER, Session({"chest_pain": YES, "fainting": UNSURE, "elsewhere": YES}))

    assert reply.given == given


def test_whoever_goes_on_with_a_screen_stands_on_its_first_line_without_an_answer(keys: Keys) -> None:
    keys(f"n{ENTER}")

    assert Terminal({}).ask(DANGER, Session({"chest_pain": YES, "fainting": UNSURE})).given == {"seizure": NO}


def test_what_stands_on_a_screen_is_heard_at_the_key_that_answers_and_at_no_other(keys: Keys) -> None:
    heard: list[Mapping[str, Answer | None]] = []
    keys(f"y?{DOWN}w")

    Terminal({}).ask(DANGER, Session(), lambda reply: heard.append(reply.given))

    assert heard == [{"chest_pain": YES}, {"chest_pain": YES, "fainting": UNSURE}]


def test_names_are_heard_as_each_is_entered(keys: Keys) -> None:
    heard: list[Reply] = []
    keys(f"lasix{ENTER}Zzyx{ENTER}{BACKSPACE}/back{ENTER}")

    Terminal(MEDICINES).ask(TYPED, Session(), heard.append)

    assert [(dict(each.given), each.other_medicines) for each in heard] == [
        ({"loop_diuretic": YES}, ()),
        ({"loop_diuretic": YES}, ("Zzyx",)),
        ({"loop_diuretic": YES}, ()),
    ]


@pytest.mark.parametrize(
    ("pressed", "given"),
    [
        ("1", {"sex": "female"}),
        ("2", {"sex": "male"}),
        ("3y", {}),
        ("?", {"sex": UNSURE}),
        (" ", {"sex": "female"}),
        ("  ", {"sex": "male"}),
        ("   ", {"sex": UNSURE}),
        ("    ", {}),
        ("o", {}),
    ],
)
def test_a_line_with_choices_takes_its_own_words(keys: Keys, pressed: str, given: dict[str, Answer]) -> None:
    keys(pressed + ENTER)

    assert Terminal({}).ask(step(SEX), Session()).given == given


@pytest.mark.parametrize(
    ("pressed", "given"),
    [
        (f"4.1{ENTER}y{ENTER}", {"potassium": 4.1, "chest_pain": YES}),
        (f"4,1{DOWN}y{ENTER}", {"potassium": 4.1, "chest_pain": YES}),
        (f"4.1{TAB}y{ENTER}", {"potassium": 4.1, "chest_pain": YES}),
        (f"4.1{RIGHT}", {"potassium": 4.1}),
        (f"4.1 mEq/L{RIGHT}", {"potassium": 4.1}),
        (f"16 mg/dl{RIGHT}", {"potassium": 4}),
        (f"41{ENTER}{BACKSPACE}.1{RIGHT}", {"potassium": 4.1}),
        (f"41{BACKSPACE}{BACKSPACE}y{ENTER}", {}),
        (f"?n{ENTER}", {"potassium": UNSURE, "chest_pain": NO}),
        (f"yn {ENTER}", {}),
        (f"4.1{ENTER}{UP}5{RIGHT}", {"potassium": 5}),
        (f"4.1{ENTER}{UP}{BACKSPACE}{ENTER}", {}),
        (f"\x1b[200~ 4.1\tmmol/L\n\x1b[201~{RIGHT}", {"potassium": 4.1}),
        (f"{DOWN}\x1b[200~ynoq\x1b[201~{RIGHT}", {}),
    ],
)
def test_a_number_is_typed_on_its_line(keys: Keys, pressed: str, given: dict[str, Answer]) -> None:
    keys(pressed)

    assert Terminal({}).ask(LAB, Session()).given == given


def test_enter_after_the_last_number_finishes_the_screen(keys: Keys) -> None:
    keys(f"4.1{ENTER}")

    assert Terminal({}).ask(step(POTASSIUM), Session()) == Reply(Command.DONE, {"potassium": 4.1}, (), "potassium")


@pytest.mark.parametrize("key", ["enter", "right", "up", "down", "tab", "f1", "end"])
def test_a_number_that_cannot_be_read_keeps_the_cursor_and_says_why(key: str) -> None:
    screen = ListScreen(LAB, {})

    assert [screen.press(each) for each in ("4", "1", " ", "q", key)] == [None] * 5
    assert (screen.lines.at, screen.lines.entry) == (0, "41 q")
    assert '"q" is not a unit of blood potassium' in text_of(screen.picture(80).foot)


@pytest.mark.parametrize("typed", ["<2.5", ">6", "≤2.5", ">=6", "2<5", "2.5*", "2.5 (L)"])
def test_no_sign_of_a_result_is_dropped(typed: str) -> None:
    screen = ListScreen(LAB, {})

    assert [screen.press(each) for each in (*typed, "down")] == [None] * (len(typed) + 1)
    assert (screen.lines.at, screen.lines.entry, screen.lines.answers) == (0, typed, {})
    assert "blood potassium" in text_of(screen.picture(200).foot)


def test_the_keys_that_are_shown_beside_a_number_that_is_being_typed_work_there() -> None:
    screen = ListScreen(LAB, {})
    screen.press("4")
    shown = words_of(screen.picture(80).foot)

    assert not any(command in shown for command in (*COMMANDS, *ANSWERS))
    for key in ("Enter", "Backspace", "up", "down", "F1"):
        typed = ListScreen(LAB, {})
        typed.press("4")
        reply = typed.press(key.lower())
        assert key in shown
        assert reply is not None or typed.lines.entry == ""


def test_a_number_that_cannot_be_read_is_told_with_the_name_that_a_person_knows() -> None:
    screen = ListScreen(LAB, {})
    for each in (".", "enter"):
        screen.press(each)

    assert "blood potassium needs a number in mmol/L" in text_of(screen.picture(120).foot)


def test_the_unit_is_typed_behind_a_number_that_could_be_in_two(keys: Keys) -> None:
    asking = replace(POTASSIUM, ask_unit=True)
    keys(f"8{ENTER} mg/dL{ENTER}")

    assert Terminal({}).ask(step(asking), Session()).given == {"potassium": 2}
    screen = ListScreen(step(asking), {})
    assert "(mmol/L, mEq/L or mg/dL)" in text_of(screen.picture(80).body)


def test_letters_are_no_commands_while_a_number_is_typed(keys: Keys) -> None:
    keys(f"4q{BACKSPACE}b{BACKSPACE}{RIGHT}")

    assert Terminal({}).ask(LAB, Session()) == Reply(Command.DONE, {"potassium": 4}, (), "potassium")


@pytest.mark.parametrize("key", ["z", "7", "left", "unknown"])
def test_an_unknown_key_is_answered_with_a_hint_until_the_next_key(key: str) -> None:
    screen = ListScreen(DANGER, {})

    screen.press(key)
    hinted = text_of(screen.picture(80).foot)
    screen.press("down")

    assert "Press " in hinted
    assert "Press " not in text_of(screen.picture(80).foot)


def test_escape_changes_nothing() -> None:
    for screen in (ListScreen(DANGER, {"fainting": NO}), names(), ChoiceScreen("Stop?", OPTIONS)):
        before = screen.picture(60)
        assert screen.press("escape") is None
        assert screen.picture(60) == before


def test_to_deny_the_others_is_not_to_say_that_one_feels_unwell() -> None:
    well = replace(finding("well"), yes_is_well=True)
    lines = Lines((finding("fever"), well), {}).none_of_the_others()

    assert lines.answers == {"fever": NO}
    assert Lines((well,), {}).chosen(NO).answers == {"well": NO}


def test_the_lines_of_a_list_are_never_changed_in_place() -> None:
    lines = Lines((CHEST, FAINT), {})

    lines.chosen(YES).cycled().none_of_the_others()

    assert lines == Lines((CHEST, FAINT), {})


def test_the_cursor_is_on_the_same_line_after_help(keys: Keys) -> None:
    keys(f"yhy{ENTER}")
    terminal = Terminal({})

    first = terminal.ask(DANGER, Session())
    second = terminal.ask(DANGER, Session({"chest_pain": YES}))

    assert (first.finding, second.given) == ("fainting", {"fainting": YES})


@pytest.mark.parametrize(("key", "command"), [(CTRL_C, Command.INTERRUPTED), (CTRL_D, Command.ENDED)])
def test_control_c_and_control_d_leave_a_list_and_keep_its_answers(keys: Keys, key: str, command: Command) -> None:
    keys("y" + key)
    reply = Terminal({}).ask(DANGER, Session())

    assert reply.command is command
    assert list(reply.given.values()) == [YES]


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
@pytest.mark.parametrize(
    ("typed", "given"),
    [("3.1", {"potassium": 3.1}), ("12,5 mg/dL", {"potassium": 3.125}), ("<2.5", {}), ("", {})],
)
def test_a_number_that_is_still_being_typed_is_kept_by_who_leaves(
    keys: Keys, typed: str, given: dict[str, Answer], key: str
) -> None:
    keys(typed + key)

    assert Terminal({}).ask(LAB, Session()).given == given


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_a_number_that_cannot_be_read_is_told_to_who_leaves_and_not_kept(key: str) -> None:
    replies: list[Reply] = []
    recorder = run("99" + key, lambda terminal: replies.append(terminal.ask(LAB, Session())))

    assert "99 was not kept: 99 mmol/L is outside" in " ".join(recorder.screen())
    assert replies[0].given == {}


def test_a_number_that_is_still_being_typed_is_not_heard_digit_by_digit(keys: Keys) -> None:
    keys(f"3.1{CTRL_C}")
    heard: list[Reply] = []

    Terminal({}).ask(LAB, Session(), heard.append)

    assert heard == []


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
@pytest.mark.parametrize(
    ("typed", "given", "others"),
    [
        ("furosemide", {"loop_diuretic": YES}, ()),
        ("lasix, zorb", {"loop_diuretic": YES}, ("zorb",)),
        ("furosemid", {}, ("furosemid",)),
        ("/ba", {}, ()),
        ("none", {}, ()),
        ("q", {}, ()),
        ("?", {}, ()),
    ],
)
def test_a_name_that_is_still_being_typed_is_kept_by_who_leaves(
    keys: Keys, typed: str, given: dict[str, Answer], others: tuple[str, ...], key: str
) -> None:
    keys(typed + key)

    reply = Terminal(MEDICINES).ask(TYPED, Session())

    assert (reply.given, reply.other_medicines) == (given, others)


def test_a_name_that_is_still_being_typed_stands_there_after_help(keys: Keys) -> None:
    keys(f"furo{F1}semide{ENTER}{ENTER}y")
    terminal = Terminal(MEDICINES)

    terminal.ask(TYPED, Session())

    assert terminal.ask(TYPED, Session()).given == {"loop_diuretic": YES, "thiazide": NO}


@pytest.mark.parametrize(("key", "command"), [(CTRL_C, Command.INTERRUPTED), (CTRL_D, Command.ENDED)])
def test_control_c_and_control_d_leave_the_names_and_keep_them(keys: Keys, key: str, command: Command) -> None:
    keys("lasix\r" + key)
    reply = Terminal(MEDICINES).ask(TYPED, Session(other_medicines=("Zorblax",)))

    assert (reply.command, reply.given) == (command, {"loop_diuretic": YES})
    assert reply.other_medicines == ("Zorblax",)


@pytest.mark.parametrize(("key", "error"), [(CTRL_C, KeyboardInterrupt), (CTRL_D, EOFError)])
def test_control_c_and_control_d_leave_a_choice(keys: Keys, key: str, error: type[BaseException]) -> None:
    keys(key)

    with pytest.raises(error):
        Terminal({}).choose("Stop?", OPTIONS)


# --- choices ------------------------------------------------------------------------------------------------

OPTIONS = [Option("stop", "Stop here", "s"), Option("go", "Go on", "g"), Option("", "none of them", "0")]


@pytest.mark.parametrize(
    ("pressed", "value"),
    [
        (ENTER, "stop"),
        ("s", "stop"),
        ("G", "go"),
        ("0", ""),
        (f"{DOWN}{ENTER}", "go"),
        (f"{DOWN}{DOWN}{DOWN}{UP}{RIGHT}", "go"),
        (f"x{TAB}{SHIFT_TAB}{ENTER}", "stop"),
        ("b", ""),
        ("q", ""),
        ("n", ""),
        (f"h{DOWN}{ENTER}", "go"),
    ],
)
def test_an_option_is_chosen_by_arrows_or_by_its_key(keys: Keys, pressed: str, value: str) -> None:
    keys(pressed)
    front: Front = Terminal({})

    assert front.choose("Do you want to stop here?", OPTIONS) == value


@pytest.mark.parametrize("key", ["h", "?", "f1"])
def test_help_at_a_choice_says_what_can_be_pressed(key: str) -> None:
    screen = ChoiceScreen("Stop?", OPTIONS)

    assert screen.press(key) is None
    told = words_of(screen.picture(80).foot)
    for part in ("s - Stop here", "g - Go on", "0 - none of them", "Back, b or none means 0"):
        assert part in told


def test_the_own_key_of_an_option_comes_before_every_other_meaning() -> None:
    screen = ChoiceScreen("Write it?", [Option("no", "No", "n"), Option("html", "As HTML", "h")])

    option = screen.press("h")

    assert option is not None
    assert option.value == "html"


@pytest.mark.parametrize("key", ["b", "w", "h", "q"])
def test_a_command_while_a_name_is_in_doubt_loses_no_name(key: str) -> None:
    screen = names()
    for each in (*"fursemid, zorb, furosemide", "enter"):
        screen.press(each)

    screen.press(key)
    reply = screen.press("enter")

    assert reply is not None
    assert (reply.given, reply.other_medicines) == ({"loop_diuretic": YES}, ("fursemid", "zorb"))


# --- names of medicines -------------------------------------------------------------------------------------


def names(given: Mapping[str, Answer] | None = None, others: Sequence[str] = ()) -> NamesScreen:
    return NamesScreen(TYPED, given or {}, others, NameBook(MEDICINES))


def test_who_asks_why_on_a_list_of_names_is_told_of_the_last_one() -> None:
    screen = names()
    for each in (*"Moduretic", "enter"):
        screen.press(each)
    assert screen.reply(Command.WHY).finding == "thiazide", "what else is in that tablet is asked on no line here"

    for each in (*"Lasix", "enter"):
        screen.press(each)
    assert screen.reply(Command.WHY).finding == "loop_diuretic"


def test_enter_is_told_to_add_what_is_typed_and_else_to_finish() -> None:
    screen = names()
    assert "Enter finish the list" in words_of(screen.picture(80).foot)

    screen.press("l")
    assert "Enter add the name" in words_of(screen.picture(80).foot)


def test_a_name_nobody_knows_that_comes_after_the_list_was_complete_opens_what_was_denied() -> None:
    screen = names({"loop_diuretic": YES, "thiazide": NO})
    for key in "zorblax":
        screen.press(key)
    screen.press("enter")
    assert screen.reply(Command.DONE).given == {"thiazide": UNSURE}

    screen.press("backspace")
    assert screen.reply(Command.DONE).given == {}, "and so it is no more once it was taken off"

    again = names({"thiazide": NO}, ["zorblax"])
    assert again.reply(Command.DONE).given == {}, "what was answered with that name on the list stays"


@pytest.mark.parametrize(
    ("typed", "given", "others"),
    [
        (f"{ENTER}y{ENTER}", {"loop_diuretic": NO, "thiazide": NO}, ()),
        (f"none{ENTER}y{ENTER}", {"loop_diuretic": NO, "thiazide": NO}, ()),
        (f"{ENTER}n{ENTER}", {}, ()),
        (f"{ENTER}?{ENTER}", {"loop_diuretic": UNSURE, "thiazide": UNSURE}, ()),
        (f"?{ENTER}", {"loop_diuretic": UNSURE, "thiazide": UNSURE}, ()),
        (f"not sure{ENTER}", {"loop_diuretic": UNSURE, "thiazide": UNSURE}, ()),
        (f"n{ENTER}y{ENTER}", {"loop_diuretic": NO, "thiazide": NO}, ()),
        (f"lasix{ENTER}skip{ENTER}", {"loop_diuretic": YES}, ()),
        (f"furosemide{ENTER}{ENTER}y{ENTER}", {"loop_diuretic": YES, "thiazide": NO}, ()),
        (f"FUROSEMIDE 40 mg twice{ENTER}{ENTER}n{ENTER}", {"loop_diuretic": YES}, ()),
        (f"Lasix/zorb{ENTER}{ENTER}y{ENTER}", {"loop_diuretic": YES, "thiazide": UNSURE}, ("zorb",)),
        (f"Lasix 30/500{ENTER}{ENTER}n{ENTER}", {"loop_diuretic": YES}, ()),
        (f"Lasix 30 indapamide 2{ENTER}{ENTER}", {"loop_diuretic": YES, "thiazide": YES}, ()),
        (f"Lasix-zorb{ENTER}{ENTER}y{ENTER}", {"loop_diuretic": YES, "thiazide": UNSURE}, ("zorb",)),
        (
            f"indapamide HC{ENTER}y{ENTER}{ENTER}y{ENTER}",
            {"loop_diuretic": UNSURE, "thiazide": YES},
            ("indapamide HC",),
        ),
        (f"furosemide40mg{ENTER}y{ENTER}{ENTER}n{ENTER}", {"loop_diuretic": YES}, ()),
        (f"furosemide40mg{ENTER}n{ENTER}{ENTER}n{ENTER}", {}, ("furosemide40mg",)),
        (f"furosemide4 HC{ENTER}y{ENTER}{ENTER}n{ENTER}", {"loop_diuretic": YES}, ("furosemide4 HC",)),
        (f"furo{TAB}{ENTER}{ENTER}n{ENTER}", {"loop_diuretic": YES}, ()),
        (f"furo{ENTER}y{ENTER}{ENTER}n{ENTER}", {"loop_diuretic": YES}, ()),
        (f"furo{ENTER}no{ENTER}{ENTER}n{ENTER}", {}, ("furo",)),
        (f"fursemid{ENTER}Yes{ENTER}{ENTER}n{ENTER}", {"loop_diuretic": YES}, ()),
        (f"fursemid{ENTER}{ENTER}?{ENTER}none{ENTER}y{ENTER}{ENTER}n{ENTER}", {"loop_diuretic": YES}, ()),
        (f"fursemid{ENTER}indapamide{ENTER}y{ENTER}{ENTER}n{ENTER}", {"loop_diuretic": YES, "thiazide": YES}, ()),
        (f"fursemid{ENTER}zorb, bwchsrqy{ENTER}n{ENTER}{ENTER}n{ENTER}", {}, ("fursemid", "zorb", "bwchsrqy")),
        (f"fursemid{ENTER}inda{TAB}{ENTER}y{ENTER}{ENTER}n{ENTER}", {"loop_diuretic": YES, "thiazide": YES}, ()),
        (f"moduret 25{ENTER}{ENTER}n{ENTER}", {"thiazide": YES}, ()),
        (f"Moduretic{ENTER}{ENTER}n{ENTER}", {"thiazide": YES, "k_sparing": YES}, ()),
        (f"Moduretic, lasix{ENTER}{ENTER}", {"thiazide": YES, "k_sparing": YES, "loop_diuretic": YES}, ()),
        (
            f"\x1b[200~Lasix\nfurosimide\nZorblax\n\x1b[201~{ENTER}y{ENTER}{ENTER}n{ENTER}",
            {"loop_diuretic": YES},
            ("Zorblax",),
        ),
        (f"Zorblax{ENTER}{ENTER}y{ENTER}", {"loop_diuretic": UNSURE, "thiazide": UNSURE}, ("Zorblax",)),
        (f"Zorblax{ENTER}zorblax{ENTER}{ENTER}n{ENTER}", {}, ("Zorblax",)),
        (f"Zorblax{ENTER}{BACKSPACE}{ENTER}y{ENTER}", {"loop_diuretic": NO, "thiazide": NO}, ()),
        (f"lasix{ENTER}indapamide{ENTER}{BACKSPACE}{ENTER}n{ENTER}", {"loop_diuretic": YES}, ()),
        (f"lasix{ENTER}furosemide{ENTER}{BACKSPACE}{ENTER}n{ENTER}", {"loop_diuretic": YES}, ()),
        (f"lassix{LEFT}{LEFT}{BACKSPACE}{ENTER}{ENTER}n{ENTER}", {"loop_diuretic": YES}, ()),
        (f"furo{ENTER}{BACKSPACE}semide{ENTER}{ENTER}n{ENTER}", {"loop_diuretic": YES}, ()),
        (f"{ENTER}{BACKSPACE}lasix{ENTER}{ENTER}n{ENTER}", {"loop_diuretic": YES}, ()),
        (f"{ENTER}omeprazol{ENTER}{ENTER}n{ENTER}", {}, ("omeprazol",)),
        (f"{ENTER}Lasix, zorb{ENTER}{ENTER}{ENTER}y{ENTER}", {"loop_diuretic": YES, "thiazide": UNSURE}, ("zorb",)),
        (f"{ENTER}inda{TAB}{ENTER}{ENTER}n{ENTER}", {"thiazide": YES}, ()),
        (f"lasix{ENTER}indapamide{ENTER}{ENTER}", {"loop_diuretic": YES, "thiazide": YES}, ()),
    ],
)
def test_names_become_answers(keys: Keys, typed: str, given: dict[str, Answer], others: tuple[str, ...]) -> None:
    keys(typed)

    reply = Terminal(MEDICINES).ask(TYPED, Session())

    assert (reply.command, reply.given, reply.other_medicines) == (Command.DONE, given, others)


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        (f"/back{ENTER}", Command.BACK),
        (f"back{ENTER}", Command.BACK),
        (f"change{ENTER}", Command.CHANGE),
        (f"/WHY{ENTER}", Command.WHY),
        (f"help{ENTER}", Command.HELP),
        (f"h{ENTER}", Command.HELP),
        (f"/b{ENTER}", Command.BACK),
        (F1, Command.HELP),
        (f"/save{ENTER}", Command.SAVE),
        (f"result{ENTER}", Command.RESULT),
        (f"/nonsense{ENTER}{BACKSPACE * 9}quit{ENTER}", Command.QUIT),
        (f"{ENTER}w{ENTER}", Command.WHY),
    ],
)
def test_commands_are_typed_as_words_among_names(keys: Keys, typed: str, command: Command) -> None:
    keys(f"Zorblax{ENTER}lasix{ENTER}" + typed)

    reply = Terminal(MEDICINES).ask(TYPED, Session())

    assert reply == Reply(command, {"loop_diuretic": YES}, ("Zorblax",), "loop_diuretic", ("Lasix",))


def test_a_name_typed_before_help_can_still_be_taken_off(keys: Keys) -> None:
    keys(f"lasix{ENTER}/help{ENTER}{BACKSPACE}{ENTER}n{ENTER}")
    terminal = Terminal(MEDICINES)

    terminal.ask(TYPED, Session())
    reply = terminal.ask(TYPED, Session({"loop_diuretic": YES}))

    assert reply.given == {"loop_diuretic": None}


def test_names_stay_in_the_order_in_which_they_were_typed_after_why(keys: Keys) -> None:
    keys(f"lasix{ENTER}Zorblax{ENTER}indapamide{ENTER}/why{ENTER}{BACKSPACE}/why{ENTER}{BACKSPACE}{ENTER}n{ENTER}")
    terminal = Terminal(MEDICINES)

    first = terminal.ask(TYPED, Session())
    both: dict[str, Answer] = {"loop_diuretic": YES, "thiazide": YES}
    second = terminal.ask(TYPED, Session(both, other_medicines=first.other_medicines))
    third = terminal.ask(TYPED, Session({"loop_diuretic": YES}, other_medicines=second.other_medicines))

    assert (second.given, second.other_medicines) == ({"thiazide": None}, ("Zorblax",))
    assert (third.given, third.other_medicines) == ({}, ())


def test_a_name_that_was_saved_stands_on_the_list_and_can_be_taken_off(keys: Keys) -> None:
    keys(f"indapamide{ENTER}lasix{ENTER}{CTRL_C}{CTRL_C}{BACKSPACE}{CTRL_C}")
    left = Terminal(MEDICINES).ask(TYPED, Session())
    answers = {"loop_diuretic": YES, "thiazide": YES}
    resumed = Terminal(MEDICINES).ask(TYPED, Session(answers, named_medicines=left.named_medicines))
    shorter = Terminal(MEDICINES).ask(TYPED, Session(answers, named_medicines=resumed.named_medicines))
    changed = NamesScreen(TYPED, {"thiazide": YES}, (), NameBook(MEDICINES), left.named_medicines)

    assert left.named_medicines == resumed.named_medicines == ("indapamide", "Lasix")
    assert (shorter.named_medicines, shorter.given) == (("indapamide",), {"loop_diuretic": None})
    assert changed.names == ("indapamide",), "a name whose answer was changed since stands for nothing"


def test_what_a_name_means_is_asked_again_of_who_left_at_that_question(keys: Keys) -> None:
    keys(f"fursemid{ENTER}{CTRL_C}y{ENTER}{ENTER}n{ENTER}")
    left = Terminal(MEDICINES).ask(TYPED, Session())
    resumed = Terminal(MEDICINES).ask(TYPED, Session(other_medicines=left.other_medicines))

    assert (left.given, left.other_medicines) == ({}, ("fursemid",))
    assert (resumed.given, resumed.other_medicines) == ({"loop_diuretic": YES}, ())


def test_the_question_what_a_name_means_stands_there_after_why_and_its_answer_too(keys: Keys) -> None:
    keys(f"fursemid, lasix{ENTER}/why{ENTER}n{ENTER}/why{ENTER}{BACKSPACE}{ENTER}n{ENTER}")
    terminal = Terminal(MEDICINES)
    first = terminal.ask(TYPED, Session())
    second = terminal.ask(TYPED, Session({"loop_diuretic": YES}, other_medicines=first.other_medicines))
    third = terminal.ask(TYPED, Session({"loop_diuretic": YES}, other_medicines=second.other_medicines))

    assert (first.given, first.other_medicines) == ({"loop_diuretic": YES}, ("fursemid",))
    assert (second.given, second.other_medicines) == ({}, ("fursemid",))
    assert (third.given, third.other_medicines) == ({}, ()), "n kept it as typed, and Backspace takes it off"


def test_names_that_wait_behind_a_question_are_kept_with_it() -> None:
    screen = names(others=("fursemid", "Zorblax", "asprn"))

    assert "Did you mean furosemide?" in text_of(screen.picture(80).body)
    assert screen.unknown == ("fursemid", "Zorblax", "asprn")


def test_an_unknown_name_that_was_dropped_elsewhere_does_not_come_back() -> None:
    screen = NamesScreen(TYPED, {}, ("Other",), NameBook(MEDICINES), ("Zorblax", "Other"))

    assert screen.unknown == ("Other",)


def test_an_answer_that_no_name_gave_is_not_taken_off() -> None:
    screen = names({"loop_diuretic": YES, "thiazide": NO})

    screen.press("backspace")

    assert screen.press("enter") == Reply(Command.DONE, {}, (), "loop_diuretic")


def test_answers_and_names_from_before_are_shown() -> None:
    shown = text_of(names({"loop_diuretic": YES}, ("Zorblax",)).picture(80).body)

    assert "a loop diuretic: yes" in shown
    assert "Zorblax: ask about this one" in shown


def test_an_unknown_name_is_never_a_reason_to_say_no() -> None:
    screen = names(others=("Zorblax",))

    screen.press("enter")
    screen.press("y")
    reply = screen.press("enter")

    assert reply is not None
    assert reply.given == {"loop_diuretic": UNSURE, "thiazide": UNSURE}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("asp", ["aspirin", "low-dose aspirin"]),
        ("mod", ["Moduretic", "Moduret 25"]),
        ("dose", ["low-dose aspirin"]),
        ("pirin", ["aspirin", "low-dose aspirin"]),
        ("rose", ["furosemide"]),
        ("ose", []),
    ],
)
def test_names_that_begin_so_come_first_and_then_those_with_such_a_word_or_a_long_part(
    text: str, found: list[str]
) -> None:
    assert NameBook(MEDICINES).near(text, 9) == found


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("furo", "furosemide"),
        ("FURO", "furosemide"),
        ("furosimide", "furosemide"),
        ("fursemi", "furosemide"),
        ("asprin", "aspirin"),
        ("dose", "low-dose aspirin"),
        ("aspirin 75 mg", "aspirin"),
        ("lasx", "Lasix"),
        ("modureti", "Moduretic"),
        ("Zorblax", ""),
        ("xx", ""),
        ("", ""),
    ],
)
def test_a_name_is_found_in_spite_of_a_slip(text: str, first: str) -> None:
    found = NameBook(MEDICINES).near(text, 6)

    assert (found or [""])[0] == first


def test_a_completion_shows_what_kind_of_medicine_it_is() -> None:
    screen = names()
    for key in "furo":
        screen.press(key)

    assert "furosemide: a loop diuretic" in text_of(screen.picture(80).body)


NO_MEDICINES = [
    "no medicines", "No medication", "no meds.", "none", "nothing", "I take nothing", "no tablets",
    "i take no medicines", "I don't take any", "I\u2019m not taking any medicines", "no other medicines",
    "None of these", "nothing at all", "nothing else",
]  # fmt: skip


@pytest.mark.parametrize("typed", NO_MEDICINES)
def test_words_for_no_medicine_are_no_name(keys: Keys, typed: str) -> None:
    keys(f"{typed}{ENTER}y{ENTER}")

    reply = Terminal(MEDICINES).ask(TYPED, Session())

    assert reply == Reply(Command.DONE, {"loop_diuretic": NO, "thiazide": NO}, (), "loop_diuretic")


@pytest.mark.parametrize("typed", ["Nothing Plus", "no-spa", "Nonesuch", "take", "north", "i take lasix"])
def test_a_name_that_begins_like_them_stays_one(keys: Keys, typed: str) -> None:
    keys(f"{typed}{ENTER}{ENTER}n{ENTER}")

    assert Terminal(MEDICINES).ask(TYPED, Session()).other_medicines == (typed,)


@pytest.mark.parametrize("asked", [["enter"], [*"inderm", "enter"]], ids=["complete", "meant"])
def test_an_answer_to_a_question_among_the_names_is_offered_no_name(asked: list[str]) -> None:
    book = {"Yaz": ("loop_diuretic",), "nolol": ("thiazide",), "indermide": ("thiazide",)}
    screen = NamesScreen(TYPED, {}, (), NameBook(book))
    for key in asked:
        screen.press(key)

    offered = []
    for word in ("y", "n", "not", "ya", "nol"):
        screen.press("c-u")
        for key in word:
            screen.press(key)
        offered.append(list(screen.offered()))

    assert offered == [[], [], [], ["Yaz"], ["nolol"]]


@pytest.mark.parametrize(
    ("pressed", "entry"),
    [
        (["a", "b", "left", "c"], Entry("acb", 2)),
        (["a", "b", "home", "delete"], Entry("b", 0)),
        (["a", "b", "home", "end", "backspace"], Entry("a", 1)),
        (["a", "b", " ", "c", "d", "c-w"], Entry("ab ", 3)),
        (["a", "b", "left", "c-u"], Entry("b", 0)),
        (["\x07"], Entry("", 0)),
    ],
)
def test_the_line_of_a_name_can_be_edited(pressed: list[str], entry: Entry) -> None:
    screen = names()

    for key in pressed:
        screen.press(key)

    assert screen.entry == entry


# --- what is shown ------------------------------------------------------------------------------------------


def text_of(rows: Sequence[Row]) -> str:
    return "\n".join("".join(text for _, text in row) for row in rows)


def words_of(rows: Sequence[Row]) -> str:
    return " ".join(text_of(rows).split())


LONG = finding("long", "something long", "Do you feel, since yesterday or for longer, pneumonoultramicroscopic pain?")


@pytest.mark.parametrize("width", [20, 30, 40, 80, 200])
@pytest.mark.parametrize(
    "screen",
    [
        ListScreen(step(CHEST, LONG, SEX, POTASSIUM), {"chest_pain": UNSURE, "potassium": 4.1, "sex": "female"}),
        names({"loop_diuretic": YES}, ("Zorblax", "薬" * 30)),
        ChoiceScreen("Which answer do you want to change?", [*OPTIONS, Option("x", LONG.question)]),
    ],
    ids=["list", "names", "choice"],
)
def test_no_row_is_wider_than_the_terminal(screen: ListScreen | NamesScreen | ChoiceScreen, width: int) -> None:
    picture = screen.picture(width)

    for row in (*picture.head, *picture.body, *picture.foot):
        assert get_cwidth("".join(text for _, text in row)) <= width


@pytest.mark.parametrize("width", [20, 40, 80])
def test_questions_answers_and_commands_are_whole_at_every_width(width: int) -> None:
    answers: dict[str, Answer] = {"chest_pain": UNSURE, "potassium": 4.1, "sex": "female"}
    picture = ListScreen(step(CHEST, LONG, SEX, POTASSIUM), answers).picture(width)
    body, foot = words_of(picture.body), text_of(picture.foot)

    for part in ("not sure", "female", "4.1 mmol/L", "Are you", "(1 female, 2 male)"):
        assert part in body
    assert "pneumonoultramicroscopic" in body.replace(" ", "")
    for item in (*COMMANDS, *ANSWERS):
        assert item in foot


@pytest.mark.parametrize("height", [6, 8, 12, 24])
@pytest.mark.parametrize("width", [20, 40, 80])
def test_the_line_of_the_cursor_is_in_sight_whatever_the_size(width: int, height: int) -> None:
    findings = [finding(f"f{place}", f"sign{place}") for place in range(30)]
    screen = ListScreen(step(*findings), {})
    top = 0

    for place in [*range(30), *range(28, -1, -1)]:
        frame = framed(screen.picture(width), height, top)
        top = frame.top
        assert len(frame.rows) <= height
        assert any(row and row[0][1] == "> " for row in frame.rows), (place, text_of(frame.rows))
        screen.press("down" if screen.lines.at == place and place < 29 else "up")


def test_what_is_scrolled_away_is_told() -> None:
    body: tuple[Row, ...] = tuple((("", f"row {place}"),) for place in range(20))
    picture = Picture((), body, (), (10, 11))

    shown = text_of(framed(picture, 5, 0).rows)

    assert shown.startswith("  (more above)")
    assert shown.endswith("  (more below)")
    assert "row 10" in shown


def test_no_is_said_only_to_lines_that_were_wholly_in_sight() -> None:
    """Read from top to bottom with nothing but `o`, as by somebody who has none of them."""
    lines = tuple(finding(f"f{place}", question=f"{place}: have you ever had such a long line?") for place in range(9))
    screen = ListScreen(step(*lines), {}, read=frozenset())
    denied = [set(screen.lines.answers)]
    top = 0
    for _ in range(9):
        screen.press("o")
        frame = framed(screen.picture(40), 14, top)
        top = frame.top
        screen.seen(frame.whole)
        denied.append(set(screen.lines.answers))
        if len(denied[-1]) < 9:
            assert "press o again" in words_of(frame.rows)
            assert any(row[0][1] == "> " for row in frame.rows if row)
        for place in frame.whole:
            assert f" {place}: have you" in words_of(frame.rows)

    counts = [len(each) for each in denied]
    assert counts[:2] == [0, 0]
    assert counts == sorted(counts)
    assert 3 < len(set(counts)) < 7  # not all at once, and not one by one
    assert counts[-1] == 9


def test_a_screen_that_nobody_was_shown_counts_as_seen() -> None:
    screen = ListScreen(DANGER, {})
    screen.press("o")

    assert set(screen.lines.answers.values()) == {NO}
    assert len(screen.lines.answers) == 3


def test_a_line_that_does_not_fit_is_never_denied_with_the_others() -> None:
    screen = ListScreen(step(LONG, CHEST), {})
    top = 0
    for _ in range(5):
        frame = framed(screen.picture(20), 5, top)
        top = frame.top
        screen.seen(frame.whole)
        screen.press("o")

    assert "long" not in screen.lines.answers
    assert "answer it with y, n or ?" in words_of(screen.picture(20).foot)


@pytest.mark.parametrize("left", [0, 1, 5])
def test_how_much_is_left_is_told_unless_nothing_is(left: int) -> None:
    head = text_of(ListScreen(step(CHEST, left=left), {}).picture(80).head)

    assert ("left" in head) == bool(left)
    assert ("1 screen left" in head) == (left == 1)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({}, "Danger signs: not answered"),
        ({"chest_pain": NO}, "Danger signs: chest pain - no; 2 not answered"),
        (
            {"chest_pain": YES, "fainting": UNSURE, "seizure": NO},
            "Danger signs: chest pain - yes; fainting - not sure; a seizure - no",
        ),
        ({"chest_pain": NO, "fainting": NO, "seizure": NO}, "Danger signs: all 3 - no"),
    ],
)
def test_a_summary_names_what_matters_and_counts_the_rest(answers: dict[str, Answer], told: str) -> None:
    assert summary(DANGER, answers) == told


def test_many_denials_are_counted_and_other_answers_are_named() -> None:
    findings = [CHEST, FAINT, *(finding(f"f{place}") for place in range(6))]
    answers = {"chest_pain": NO, "fainting": UNSURE, **{f"f{place}": NO for place in range(5)}}

    assert summary(step(*findings), answers) == "Danger signs: fainting - not sure; 6 more - no; 1 not answered"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb\x07c", "a[31mbc"),
        ("left\u202eright", "leftright"),
        ("a\tb\r\nc", "a b\nc"),
        ("caf\u00e9", "caf\u00e9"),
    ],
)
def test_text_is_inert(text: str, shown: str) -> None:
    assert inert(text) == shown


@pytest.mark.parametrize("width", range(2, 40))
def test_wrapping_loses_nothing_and_keeps_to_the_width(width: int) -> None:
    text = "a bb pneumonoultramicroscopicsilicovolcanoconiosis 薬薬薬薬薬薬 end."

    rows = wrapped(text, width, 3)

    assert "".join("".join(rows).split()) == text.replace(" ", "")
    assert max(map(get_cwidth, rows)) <= width


def test_a_page_keeps_its_paragraphs_and_hangs_its_items() -> None:
    assert page("One two\n\n  - three four five", 12) == "One two\n\n  - three\n    four\n    five"


# --- what reaches the terminal ------------------------------------------------------------------------------


class Recorder:
    """A pretend terminal of 40 columns that keeps every byte."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.output = Vt100_Output(self.stream, lambda: Size(rows=24, columns=40), term="xterm", enable_cpr=False)

    def screen(self) -> list[str]:
        screen = pyte.Screen(40, 24)
        pyte.Stream(screen).feed(self.stream.getvalue())
        return [row.rstrip() for row in screen.display if row.strip()]

    @property
    def coloured(self) -> bool:
        codes = re.findall(r"\x1b\[([0-9;]*)m", self.stream.getvalue())
        return any(code[:1] in "349" and len(code) > 1 for group in codes for code in group.split(";") if code)


def run(pressed: str, ask: Callable[[Terminal], object], *, colour: bool = True) -> Recorder:
    recorder = Recorder()
    with create_pipe_input() as pipe:
        pipe.send_text(pressed + CTRL_D)
        ask(Terminal(MEDICINES, colour=colour, input=pipe, output=recorder.output))
    return recorder


def test_only_a_summary_stays_on_the_screen() -> None:
    recorder = run("ynn\r", lambda terminal: terminal.ask(DANGER, Session()))

    assert recorder.screen() == ["Danger signs: chest pain - yes; fainting", "  - no; a seizure - no"]


def test_a_result_stands_on_the_screen_as_it_was_printed() -> None:
    recorder = run("12,50 mg/dl\r", lambda terminal: terminal.ask(LAB, Session()))

    assert recorder.screen() == ["Danger signs: blood potassium - 12.50", "  mg/dL; 1 not answered"]


def test_a_list_of_names_stays_on_the_screen() -> None:
    recorder = run("lasix\rZorblax\r\ry\r", lambda terminal: terminal.ask(TYPED, Session()))

    assert recorder.screen() == ["Danger signs: Lasix; Zorblax - ask about", "  this one; the list is complete"]


def test_a_choice_stays_on_the_screen() -> None:
    recorder = run("g", lambda terminal: terminal.choose("Stop?", OPTIONS))

    assert recorder.screen() == ["Stop? Go on"]


def test_help_says_what_the_keys_do() -> None:
    assert "Keys: up and down move." in run("h", lambda terminal: terminal.ask(DANGER, Session())).screen()[0]


def test_what_is_said_is_wrapped_and_cannot_steer_the_terminal() -> None:
    recorder = run("", lambda terminal: terminal.say("\x1b[2JGet help now. " + "Tell them what you take. " * 3))

    assert recorder.screen()[0] == "[2JGet help now. Tell them what you"
    assert "\x1b[2J" not in recorder.stream.getvalue()


@pytest.mark.parametrize(("colour", "no_color"), [(True, ""), (True, "1"), (False, ""), (False, "1")])
def test_there_is_colour_only_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch, colour: bool, no_color: str) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)

    recorder = run("y\r", lambda terminal: terminal.ask(DANGER, Session()), colour=colour)

    assert recorder.coloured == (colour and not no_color)


# --- a real terminal ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["early", "late"])
def test_a_real_terminal_denies_no_danger_sign_that_it_did_not_show(people: list[Person], way: str) -> None:
    person = Person(["-c", DRAWN_BY[way] + SCRIPT], 40, 20)
    people.append(person)
    person.sees("(more below)")
    seen = {int(each) for each in re.findall(r"(\d+): do you", person.text)} - {3}  # of which only the beginning is

    person.presses("o")
    person.sees_in_one_line("No to the lines seen so far. Read on, and press o again.")
    person.presses("\r")
    person.sees(f"replied DONE {len(seen)}")


DRAWN_BY = {
    "early": "from quiz import early\nearly.library.begin = lambda: None\n",
    "late": "from quiz import early\nearly.library.ready.set()\n",
}
"""The screen drawn without the library, or by it."""

TALK = """
import sys
from quiz.conversation import Command, Option
from quiz.terminal import Terminal
from tests.making import finding
from quiz.interview import Session, Step

lines = tuple(finding(f"f{n}") for n in range(6))
step = Step(("a",), "list", "Six lines", "", lines, {each.id: f"Is it so with {each.id}?" for each in lines}, 0)
front = Terminal({})
front.say("A welcome. " * 100)
given = {}
while True:
    reply = front.ask(step, Session(given))
    given |= reply.given
    if reply.command is not Command.WHY:
        break
    front.say("\\n".join(f"sentence {n}" for n in range(int(sys.argv[1]))))
front.say("A warning of three lines.\\nThis is the second one.\\nThis is the third.")
front.choose("Go on?", [Option(each, f"the option of the key {each}", each) for each in "abcde"])
front.say(f"Told {given}")
"""
"""A screen to come back to, after so many lines of a reason, and a choice after a warning."""


@pytest.fixture(params=["early", "late"])
def talk(people: list[Person], request: pytest.FixtureRequest) -> Callable[..., Person]:
    def talk(said: int, columns: int = 40, rows: int = 12) -> Person:
        people.append(Person(["-c", DRAWN_BY[request.param] + TALK, str(said)], columns, rows, PYTHONPATH=str(ROOT)))
        people[-1].sees("Is it so with f0?")
        return people[-1]

    return talk


def shown(person: Person, part: str) -> str:
    """What is in sight once this is."""
    until = time.monotonic() + PATIENCE
    while part not in "\n".join(person.screen.display):
        assert time.monotonic() < until, person.text
        person.sees("")
    return "\n".join(row.rstrip() for row in person.screen.display)


Talk = Callable[..., Person]


def test_what_is_said_is_in_sight_until_it_is_read(talk: Talk) -> None:
    person = talk(8)
    person.presses("yw")
    reading = shown(person, "Press Enter to go on.")
    person.presses(ENTER)
    back = shown(person, "Enter next")
    person.presses("n" + ENTER)

    assert re.findall("sentence (.)", reading) == [*"01234567"]
    assert "Is it so" not in reading
    assert "Press Enter to go on" not in back
    assert ">           Is it so with f1?" in back
    assert "A warning of three lines." in shown(person, "Press Enter to go on.")
    person.presses(ENTER)
    shown(person, "Enter choose")
    person.presses("a")
    assert "Told {'f0': 'yes', 'f1': 'no'}" in person.sees_in_one_line("'f1': 'no'}")


def test_what_is_longer_than_the_terminal_is_read_page_by_page_and_stands_in_the_transcript_once(talk: Talk) -> None:
    person = talk(30)
    person.presses("w")
    pages: list[str] = []
    while "sentence 29" not in "".join(pages):
        before = re.findall("sentence ([0-9]+)", "".join(pages))[-1:]
        pages.append(shown(person, f"sentence {int(before[0]) + 1 if before else 0}"))
        person.presses(ENTER)
    shown(person, "Enter next")

    assert [*dict.fromkeys(re.findall("sentence ([0-9]+)", "".join(pages)))] == [str(each) for each in range(30)]
    assert all("Press Enter to go on." in page for page in pages)
    assert person.text.count("sentence 3\n") == 1


def test_lines_read_before_a_reason_was_asked_for_are_denied_after_it(talk: Talk) -> None:
    person = talk(3, rows=9)
    shown(person, "(more below)")
    person.presses("\x1b[F")
    shown(person, ">           Is it so with f5?")
    person.presses("w")
    shown(person, "Press Enter to go on.")
    person.presses(ENTER)
    shown(person, ">           Is it so with f5?")
    person.presses("o")

    assert "press o again" in person.sees_in_one_line("No to the lines seen so far")  # f2 was passed over
    person.presses(ENTER + ENTER + "a")
    assert "Told {'f0': 'no'" in person.sees_in_one_line("Told {")


def test_a_text_that_leaves_room_for_the_screen_waits_for_nobody(talk: Talk) -> None:
    person = talk(8, rows=24)
    person.presses("w")
    both = shown(person, "sentence 7")

    assert "sentence 0" in both
    assert "> " in shown(person, "Enter next")
    assert "Press Enter" not in person.text


@pytest.mark.parametrize("typed", ["wyn" + ENTER + "a", "wy|n" + ENTER + "a", "w|y|n" + ENTER + "|a"])
@pytest.mark.parametrize("said", [8, 30])
def test_keys_typed_ahead_of_a_text_are_not_taken_for_having_read_it(talk: Talk, typed: str, said: int) -> None:
    person = talk(said)
    for part in typed.split("|"):
        person.presses(part)
        time.sleep(0.2)

    assert "Told {'f0': 'yes', 'f1': 'no'}" in person.sees_in_one_line("'f1': 'no'}")


SCRIPT = """
from quiz.errors import Position
from quiz.interview import Session, Step
from quiz.model import Finding
from quiz.terminal import Terminal

names = ["chest pain", "trouble breathing at rest", "a seizure, also called a fit", "fainting or a collapse"] * 6
lines = tuple(Finding(f"f{n}", "symptom", name, f"{n}: do you have, now or in the last days, {name}?", Position("x"))
              for n, name in enumerate(names))
step = Step(("danger",), "list", "Danger signs", "Now, or in the last days?", lines,
            {each.id: each.question for each in lines}, 4)
while True:
    reply = Terminal({}).ask(step, Session())
    print("replied", reply.command.name, len(reply.given))
    if reply.command.name == "INTERRUPTED":
        break
"""


@pytest.mark.parametrize(("columns", "other"), [(80, 40), (40, 80)])
def test_a_real_terminal_shows_everything_at_every_width(columns: int, other: int) -> None:
    person = Person(["-c", SCRIPT], columns)
    try:
        shown = person.sees("q quit")
        assert "about 4 screens left" in shown
        for item in (*ANSWERS, *COMMANDS):
            assert item in shown
        assert "0: do you have, now or in the last days, chest pain?" in " ".join(shown.split())
        assert "(more below)" in shown

        person.presses("yn?")
        shown = " ".join(person.sees("not sure  2:").split())
        assert "yes 0: do you have" in shown
        assert "no 1: do you have" in shown

        person.resizes(other, 24)
        person.presses("\x1b[F")
        shown = " ".join(person.sees("> " + " " * 10 + "23: do").split())
        assert "23: do you have, now or in the last days, fainting or a collapse?" in shown
        for item in (*ANSWERS, *COMMANDS):
            assert item in shown

        person.presses("\r")
        person.sees("replied DONE 3")
        person.presses(CTRL_C)
        assert "Danger signs: chest pain - yes; trouble" in person.sees("replied INTERRUPTED")
    finally:
        person.child.close(force=True)


# --- a long choice ------------------------------------------------------------------------------------------

MANY = [*(Option(f"f{place}", f"finding {place:02}: yes") for place in range(1, 31)), Option("", "none of them", "0")]


@pytest.mark.parametrize(
    ("pressed", "value"),
    [
        (f"/finding 07{ENTER}", "f7"),
        (f"/2{BACKSPACE}17{ENTER}", "f17"),
        (f"/finding 2{DOWN}{ENTER}", "f21"),
        (f"/zzzzz{ENTER}{BACKSPACE * 6}{ENTER}", "f1"),
        (f"{DOWN * 3}{ENTER}", "f4"),
        ("/b\x1b", ""),
    ],
)
def test_in_a_long_choice_a_part_of_a_name_finds_an_option(keys: Keys, pressed: str, value: str) -> None:
    keys(pressed)
    if value:
        assert Terminal({}).choose("Which?", MANY) == value
    else:  # in what is sought a letter is a letter; Escape leaves it
        screen = ChoiceScreen("Which?", MANY)
        assert [screen.press(key) for key in ("/", "b", "escape")] == [None, None, None]
        option = screen.press("b")
        assert option is not None
        assert option.value == value


@pytest.mark.parametrize("width", [20, 40, 80])
def test_what_is_sought_is_shown_and_narrows_the_list(width: int) -> None:
    screen = ChoiceScreen("Which?", MANY)
    assert "/ find" in text_of(screen.picture(width).foot)
    for key in "/07":
        screen.press(key)
    shown = screen.picture(width)

    assert "Find: 07_" in text_of(shown.head)
    assert text_of(shown.body).split() == ["finding", "07:", "yes"] or "> " in text_of(shown.body)
    assert "finding 08" not in text_of(shown.body)


def test_a_short_choice_takes_its_keys_and_seeks_nothing() -> None:
    screen = ChoiceScreen("Stop?", OPTIONS)

    assert "find" not in text_of(screen.picture(80).foot)
    assert screen.press("/") is None
    assert screen.sought is None


def test_a_number_below_zero_can_be_typed() -> None:
    screen = ListScreen(step(replace(POTASSIUM, low=-10)), {})
    for key in ("-", "3", "enter"):
        reply = screen.press(key)

    assert reply is not None
    assert reply.given == {"potassium": -3.0}


def test_answers_not_sure_are_counted_too_in_a_summary() -> None:
    findings = [CHEST, *(finding(f"f{place}") for place in range(6))]
    answers = {"chest_pain": YES, **{f"f{place}": UNSURE if place % 2 else NO for place in range(6)}}

    assert summary(step(*findings), answers) == "Danger signs: chest pain - yes; 3 more - not sure; 3 more - no"
