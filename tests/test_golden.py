"""Every kind of screen, as a person meets it at 40 and at 80 columns, in both fronts. Two readers, one quiz.

The pictures stand in tests/golden. UPDATE_GOLDEN=1 writes them anew: read the difference before it is committed.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from quiz import wording
from quiz.commands.shared import make_note
from quiz.conversation import Command, Ending, Front, Option, Reply, Words, converse, welcome
from quiz.early import Screen
from quiz.engine import Engine
from quiz.explain import Note
from quiz.interview import Interview, Session, Step
from quiz.model import NO, UNSURE, YES, Answer, Answers, RuleBase
from quiz.name_book import NameBook
from quiz.naming import NamesScreen
from quiz.plain import Plain
from quiz.rulebase import load
from quiz.screens import ChoiceScreen, ListScreen, Picture, framed
from quiz.terminal import Terminal
from quiz.text import page
from tests.conftest import ROOT
from tests.patience import patience

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer  # collections.abc has it from Python 3.12 on

GOLDEN = ROOT / "tests" / "golden"
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"
WIDTHS = (40, 80)
ROWS = 24

SMALL: RuleBase = load(ROOT / "tests" / "rulebases" / "small")

NOTED: Answers = {
    "heat_wave": YES, "dry_soil": YES, "leaves_hang": YES, "leaves_yellow": YES, "plant_feed": YES, "leaf_shine": YES,
    "collapsed": UNSURE, "long_stems": UNSURE, "room_heat": 21.5,
}  # fmt: skip
EMERGENCY: Answers = {**NOTED, "collapsed": YES}
SILENT: Answers = {"leaves_hang": NO}


def step(screen: str, kind: str = "list", *findings: str) -> Step:
    """A step as the interview makes it from a screen of the small rule base."""
    made = SMALL.screens[screen]
    asked = tuple(SMALL.findings[each] for each in findings or made.findings)
    wording = {each.id: each.question for each in asked}
    return Step((screen,), "typed" if kind == "typed" else "list", made.title, made.intro, asked, wording, 3)


SIGNS = step("signs")
CHOICES = step("first")
NUMBERS = step("measured")
NAMES = step("given", "typed")
OPTIONS = [
    Option("stop", "Stop, and show what to tell the emergency team", "s"),
    Option("go", "Go on with the questions", "g"),
]
ANSWERED = [
    *(Option(each.id, f"{each.label}: {'not sure' if each.is_number else 'yes'}") for each in SMALL.findings.values()),
    Option("", "none of them", "0"),
]


@pytest.fixture(scope="module")
def small() -> Engine:
    return Engine(SMALL)


# --- the pictures -------------------------------------------------------------------------------------------


def listed(asked: Step, given: Mapping[str, Answer], *keys: str) -> Callable[[], Screen[object]]:
    return lambda: pressed(ListScreen(asked, given), keys)


def named(*keys: str) -> Callable[[], Screen[object]]:
    return lambda: pressed(NamesScreen(NAMES, {}, (), NameBook(SMALL.medicines)), keys)


def pressed(screen: Screen[object], keys: Sequence[str]) -> Screen[object]:
    for key in keys:
        screen.press(key)
    return screen


SCREENS: Mapping[str, Callable[[], Screen[object]]] = {
    "list": listed(SIGNS, {"leaves_hang": UNSURE}, "y", "n"),
    "list-with-choices": listed(CHOICES, {}, "1"),
    "list-with-numbers": listed(NUMBERS, {"room_heat": 21.5}, "9", "9", "enter"),
    "names": named(),
    "names-offered": named(*"Glow", "enter", *"zorb", "enter", *"g", "tab"),
    "names-doubted": named(*"growfats", "enter"),
    "names-complete": named(*"seaweed", "enter", "enter"),
    "choice": lambda: ChoiceScreen("Do you want to stop here?", OPTIONS),
    "choice-long": lambda: ChoiceScreen("Which answer do you want to change?", ANSWERED),
    "choice-long-found": lambda: pressed(ChoiceScreen("Which answer do you want to change?", ANSWERED), "/leaves"),
}
"""Screens of the full front, each with some keys pressed."""

Talk = Callable[[Front], object]

PLAIN: Mapping[str, tuple[Talk, Sequence[str]]] = {
    "list": (lambda front: front.ask(SIGNS, Session({"leaves_hang": UNSURE})), ["7", "2 ?4 none"]),
    "list-with-choices": (lambda front: front.ask(CHOICES, Session()), ["clay", "n"]),
    "list-with-numbers": (lambda front: front.ask(NUMBERS, Session({"room_heat": 21.5})), ["99", "2 weeks", ""]),
    "names": (lambda front: front.ask(NAMES, Session(other_medicines=("zorb",))), [""]),
    "names-offered": (lambda front: front.ask(NAMES, Session()), ["Glow", "zorb", "growfats", "y", ""]),
    "choice": (lambda front: front.choose("Do you want to stop here?", OPTIONS), ["x", "s"]),
    "choice-long": (
        lambda front: front.choose("Which answer do you want to change?", ANSWERED),
        ["leaves", "more", "collapse"],
    ),
}
"""The same screens as static lines, each with what is typed."""


def drawn(picture: Picture) -> str:
    """What stands in a terminal of 24 rows, without any style."""
    frame = framed(picture, ROWS, 0)
    return "\n".join("".join(text for _, text in row).rstrip() for row in frame.rows) + "\n"


class Keyboard(io.RawIOBase):
    """Gives what is typed, and then the end of the input or Ctrl-C."""

    def __init__(self, typed: str, *, interrupts: bool = False) -> None:
        self.left, self.interrupts = typed.encode(), interrupts

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        if not self.left and self.interrupts:
            raise KeyboardInterrupt
        room = memoryview(buffer)
        piece, self.left = self.left[: len(room)], self.left[len(room) :]
        room[: len(piece)] = piece
        return len(piece)


def typing(lines: Sequence[str], *, interrupts: bool = False) -> TextIO:
    raw = Keyboard("".join(f"{line}\n" for line in lines), interrupts=interrupts)
    return io.TextIOWrapper(io.BufferedReader(raw), encoding="utf-8")


def spoken(talk: Talk, lines: Sequence[str], width: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """All that the plain front prints, with what is typed."""
    monkeypatch.setenv("COLUMNS", str(width))
    out = io.StringIO()
    talk(Plain(SMALL.medicines, typing(lines), out))
    return out.getvalue()


def same_as_golden(name: str, shown: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if UPDATE:
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")

    assert path.exists(), f"no picture of {name}: UPDATE_GOLDEN=1 makes it"
    assert shown == path.read_text(encoding="utf-8")


def fits(shown: str, width: int) -> bool:
    return max(map(len, shown.splitlines())) <= width


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_looks_as_it_did(name: str, width: int) -> None:
    shown = drawn(SCREENS[name]().picture(width))

    same_as_golden(f"{name}-{width}", shown)
    assert fits(shown, width)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PLAIN)
def test_a_screen_in_static_lines_reads_as_it_did(name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    same_as_golden(f"{name}-plain-{width}", spoken(*PLAIN[name], width, monkeypatch))


def noted(engine: Engine, answers: Answers, *others: str) -> Note:
    return make_note(engine, Session(answers, other_medicines=others))[0]


def same_rules(shown: str) -> str:
    """The fingerprint changes with every edit of a rule; another one as long breaks no line anew."""
    return shown.replace(SMALL.fingerprint, "0123456789ab")


TEXTS: Mapping[str, Callable[[Engine], str]] = {
    "welcome": lambda engine: welcome(SMALL),
    "emergency": lambda engine: wording.emergency(SMALL, engine.assess(EMERGENCY)),
    "help": lambda engine: wording.help_text(SIGNS, SMALL.findings["leaves_hang"], SMALL.glossary),
}
"""What is told between the screens; both fronts wrap it alike."""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", TEXTS)
def test_what_is_told_between_the_screens_reads_as_it_did(small: Engine, name: str, width: int) -> None:
    shown = page(TEXTS[name](small), width) + "\n"

    same_as_golden(f"{name}-{width}", shown)
    assert fits(shown, width)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("name", "answers"), [("note", NOTED), ("note-emergency", EMERGENCY), ("note-silent", SILENT)])
def test_a_note_reads_as_it_did(small: Engine, name: str, answers: Answers, width: int) -> None:
    shown = wording.as_text(wording.sheet(noted(small, answers, "zorb")), width)

    same_as_golden(f"{name}-{width}", same_rules(shown))
    assert fits(shown, width)


def test_every_golden_file_is_the_picture_of_something() -> None:
    names = {f"{name}-{width}" for width in WIDTHS for name in (*SCREENS, *TEXTS)}
    names |= {f"{name}-plain-{width}" for width in WIDTHS for name in PLAIN}
    names |= {f"{name}-{width}" for width in WIDTHS for name in ("note", "note-emergency", "note-silent")}

    assert {path.stem for path in GOLDEN.iterdir()} == names


# --- nothing by colour alone --------------------------------------------------------------------------------

KEYS = (
    "down",
    "down",
    "y",
    "up",
    "n",
    "?",
    " ",
    "1",
    "2",
    "tab",
    "o",
    "g",
    "l",
    "tab",
    "down",
    "enter",
    "z",
    "backspace",
)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SCREENS)
def test_whatever_a_style_tells_is_told_in_words_too(name: str, width: int) -> None:
    """Two pictures that differ still differ when every style is taken off."""
    screen = SCREENS[name]()
    pictures = [screen.picture(width)]
    for key in KEYS:
        if screen.press(key) is not None:
            break
        pictures.append(screen.picture(width))

    for one in pictures:
        for other in pictures:
            rows = (one.head, one.body, one.foot) == (other.head, other.body, other.foot)
            assert rows == (drawn_whole(one) == drawn_whole(other))


def drawn_whole(picture: Picture) -> str:
    rows = (*picture.head, *picture.body, *picture.foot)
    return "\n".join("".join(text for _, text in row) for row in rows)


# --- two fronts, one talk -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """The same wish, with keys of the full front and with lines of the plain one, and what has to come of it."""

    says: str
    asked: Step
    keys: str
    lines: Sequence[str]
    command: Command
    answers: Mapping[str, Answer] = field(default_factory=dict)
    given: Mapping[str, Answer] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    finding: str = ""


UP, DOWN, ENTER, BACKSPACE, CTRL_C, CTRL_D = "\x1b[A", "\x1b[B", "\r", "\x7f", "\x03", "\x04"
ALL_NO: Mapping[str, Answer] = dict.fromkeys((each.id for each in SIGNS.findings), NO)
HANG: Mapping[str, Answer] = {"leaves_hang": YES}
POT: Mapping[str, Answer] = {"pot": "clay"}
FEED: Mapping[str, Answer] = {"plant_feed": YES}

COMMANDS = (
    ("back", "b", Command.BACK),
    ("change", "c", Command.CHANGE),
    ("why", "w", Command.WHY),
    ("help", "h", Command.HELP),
    ("save", "s", Command.SAVE),
    ("result", "r", Command.RESULT),
    ("quit", "q", Command.QUIT),
)
ENDS = (("Ctrl-C", CTRL_C, Command.INTERRUPTED), ("Ctrl-D", CTRL_D, Command.ENDED))


def cases() -> Iterator[Case]:
    done = Command.DONE
    yield Case("answers", SIGNS, f"yn{DOWN}{DOWN}?{ENTER}", ["1 n2 ?5"], done,
               {"leaves_hang": YES, "leaves_yellow": NO, "long_stems": UNSURE})  # fmt: skip
    yield Case("nothing", SIGNS, ENTER, [""], done)
    yield Case("none", SIGNS, f"o{ENTER}", ["none"], done, ALL_NO)
    yield Case("one and none", SIGNS, f"yo{ENTER}", ["1 none"], done, {**ALL_NO, **HANG})
    yield Case("not sure", SIGNS, f"{DOWN}?{ENTER}", ["?2"], done, {"leaves_yellow": UNSURE})
    yield Case("another answer", SIGNS, f"{UP}n{ENTER}", ["n1"], done, {"leaves_hang": NO}, HANG)
    yield Case("none keeps what is there", SIGNS, f"o{ENTER}", ["none"], done, {**ALL_NO, **HANG}, HANG)
    yield Case("a choice", CHOICES, f"1y{ENTER}", ["clay", "y"], done, {**POT, "seedling": YES})
    yield Case("a choice, not sure", CHOICES, f"??{ENTER}", ["?", "?"], done, {"pot": UNSURE, "seedling": UNSURE})
    yield Case("a number", NUMBERS, f"2 weeks{ENTER}21,5{ENTER}", ["2 weeks", "21,5"], done,
               {"days_dry": 14.0, "room_heat": 21.5})  # fmt: skip
    yield Case("a number that cannot be", NUMBERS, f"99{ENTER}{BACKSPACE}{ENTER}{ENTER}", ["99", "9", ""], done,
               {"days_dry": 9.0})  # fmt: skip
    yield Case("a number, not sure", NUMBERS, f"?{ENTER}", ["?", ""], done, {"days_dry": UNSURE})
    yield Case("a name, and no more", NAMES, f"growfast{ENTER}{ENTER}y{ENTER}", ["growfast", "", "y"], done,
               {**FEED, "leaf_shine": NO})  # fmt: skip
    yield Case("a name, and perhaps more", NAMES, f"growfast{ENTER}{ENTER}?{ENTER}", ["growfast", "", "?"], done,
               {**FEED, "leaf_shine": UNSURE})  # fmt: skip
    yield Case(
        "a name misspelt", NAMES, f"growfats{ENTER}y{ENTER}{ENTER}n{ENTER}", ["growfats", "y", "", "n"], done, FEED
    )
    yield Case("a name kept as typed", NAMES, f"growfats{ENTER}n{ENTER}{ENTER}n{ENTER}",
               ["growfats", "n", "", "n"], done, others=("growfats",))  # fmt: skip
    yield Case("a name typed ahead", NAMES, f"growfats{ENTER}zorb{ENTER}y{ENTER}{ENTER}n{ENTER}",
               ["growfats", "zorb", "y", "", "n"], done, FEED, others=("zorb",))  # fmt: skip
    yield Case("a name nobody knows", NAMES, f"zorb{ENTER}{ENTER}y{ENTER}", ["zorb", "", "y"], done,
               {"plant_feed": UNSURE, "leaf_shine": UNSURE}, others=("zorb",))  # fmt: skip
    for word, key, command in COMMANDS:
        yield Case(f"{word} at a list", SIGNS, key, [word], command, finding="leaves_hang")
        yield Case(f"{word} at the third line", SIGNS, DOWN * 2 + key, [f"{word} 3"], command, finding="dry_soil")
        yield Case(f"{word} at a choice", CHOICES, key, [word], command, finding="pot")
        if command is not Command.BACK:  # one question at a time, back goes to the question before
            yield Case(f"{word} at the second question", CHOICES, f"1{key}", ["clay", word], command, POT,
                       finding="seedling")  # fmt: skip
        yield Case(f"{word} at a number", NUMBERS, key, [word], command, finding="days_dry")
        yield Case(f"{word} at a name", NAMES, f"growfast{ENTER}{word}{ENTER}", ["growfast", word], command, FEED,
                   finding="plant_feed")  # fmt: skip
    for word, key, command in ENDS:
        yield Case(f"{word} at a list", SIGNS, key, [], command)
        yield Case(f"{word} at a question", CHOICES, f"1{key}", ["clay"], command, POT)
        yield Case(f"{word} at a number", NUMBERS, f"9{ENTER}{key}", ["9"], command, {"days_dry": 9.0})
        yield Case(f"{word} at a name", NAMES, f"growfast{ENTER}zorb{ENTER}{key}", ["growfast", "zorb"], command, FEED,
                   others=("zorb",))  # fmt: skip


CASES = {case.says: case for case in cases()}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def told(case: Case, reply: Reply) -> tuple[object, ...]:
    """What a talk makes of a reply. The line matters only to those who ask about it."""
    asks = case.command in (Command.WHY, Command.HELP)
    answers = Session(case.given).given(reply.given).answers
    return reply.command, answers, reply.other_medicines, reply.finding if asks else case.finding


def by_key(case: Case) -> Reply:
    late = patience(30, lambda: AssertionError(f"these keys end nothing: {case.keys!r}"))
    with late, create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(case.keys)
        return Terminal(SMALL.medicines).ask(case.asked, Session(case.given))


def by_line(case: Case, out: io.StringIO) -> Reply:
    lines = typing(case.lines, interrupts=case.command is Command.INTERRUPTED)
    return Plain(SMALL.medicines, lines, out).ask(case.asked, Session(case.given))


@every_case
def test_both_fronts_make_the_same_of_the_same_wish(case: Case) -> None:
    wanted = (case.command, {**case.given, **case.answers}, case.others, case.finding)

    assert told(case, by_key(case)) == wanted
    assert told(case, by_line(case, io.StringIO())) == wanted


@pytest.mark.parametrize("wish", [("s", ["s"]), (f"{DOWN}{ENTER}", ["go"]), ("G", ["x", "g"])])
def test_both_fronts_choose_the_same(wish: tuple[str, list[str]]) -> None:
    keys, lines = wish
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(keys)
        by_keys = Terminal({}).choose("Stop?", OPTIONS)

    assert Plain({}, typing(lines), io.StringIO()).choose("Stop?", OPTIONS) == by_keys


@pytest.mark.parametrize(("key", "interrupts", "error"), [(CTRL_C, True, KeyboardInterrupt), (CTRL_D, False, EOFError)])
def test_both_fronts_leave_a_choice_alike(key: str, interrupts: bool, error: type[BaseException]) -> None:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(key)
        with pytest.raises(error):
            Terminal({}).choose("Stop?", OPTIONS)
    with pytest.raises(error):
        Plain({}, typing([], interrupts=interrupts), io.StringIO()).choose("Stop?", OPTIONS)


# --- a listener never hears a redraw ------------------------------------------------------------------------


CONTROLS = r"[\x00-\x09\x0b-\x1f\x7f-\x9f]"
"""Whatever moves a cursor or wipes something, the carriage return and the escape among them."""


def repeated(shown: str) -> list[str]:
    """Lines that are heard twice. A prompt is a line of its own, and so is what stands between paragraphs."""
    lines = [line for line in shown.splitlines() if line.strip() and not re.match(r">|name:|y, n|a number", line)]
    return sorted({line for line in lines if lines.count(line) > 1})


@every_case
def test_static_lines_are_only_ever_added(case: Case) -> None:
    out = io.StringIO()
    by_line(case, out)

    assert not re.search(CONTROLS, out.getvalue())
    assert repeated(out.getvalue()) == []


def whole_talk(engine: Engine, lines: Sequence[str]) -> tuple[Ending, str]:
    """An interview over the small rule base, from the welcome to its end."""
    out = io.StringIO()
    front = Plain(SMALL.medicines, typing(lines), out)
    front.say(welcome(SMALL))
    words = Words(
        emergency=lambda assessment: wording.emergency(SMALL, assessment),
        why=lambda now, finding, level: f"Why {finding.id}, level {level}.",
        moved=lambda before, after, finding: f"Moved by {finding.id}.",
        help=lambda asked, finding: wording.help_text(asked, finding, SMALL.glossary),
        answer=wording.answer_words,
    )
    interview = Interview(SMALL, engine.assess, engine.outlook)
    ending = converse(interview, engine.assess, front, words, lambda _: "Saved.", lambda _: None, Session())
    return ending, out.getvalue()


def test_a_whole_interview_in_static_lines_is_heard_once(small: Engine) -> None:
    ending, shown = whole_talk(small, ["clay", "n", "n", "1 2 ?3", "Glow", "", "y", "none"])
    flat = " ".join(shown.split())

    assert ending.how == "finished"
    assert ending.session.answers["leaf_shine"] == YES
    assert not re.search(CONTROLS, shown)
    assert [each.question for each in SMALL.findings.values() if flat.count(each.question) > 1] == []


def test_nobody_hears_a_screen_again_after_why_help_or_save(small: Engine) -> None:
    _, shown = whole_talk(
        small, ["clay", "why", "save", "n", "n", "why 2", "help 3", "save", "1", "Glow", "save", "why", "", "y", "none"]
    )
    flat = " ".join(shown.split())

    assert "Still at: Signs." in flat
    assert flat.count("Signs (about") == flat.count("What is the pot made of?") == 1
    assert flat.count("Do the leaves hang?") == flat.count("Type one name at a time.") == 1


def test_whoever_comes_back_from_a_change_hears_where_they_are_and_a_single_question_again(small: Engine) -> None:
    _, shown = whole_talk(small, ["clay", "change", "0", "n", "n", "change", "0", "1"])
    flat = " ".join(shown.split())

    assert "Still at: First. Is it a seedling?" in flat
    assert flat.count("What is the pot made of?") == 1
    assert flat.count("Do the leaves hang?") == 1


def test_how_to_answer_is_told_in_full_once_and_on_help(small: Engine) -> None:
    step_two = step("setting")
    out = io.StringIO()
    front = Plain(SMALL.medicines, typing(["1", "help", "1"]), out)
    front.ask(SIGNS, Session())
    assert out.getvalue().count("n2 means no") == 1
    front.ask(step_two, Session())
    assert out.getvalue().count("n2 means no") == 2, "asked for"
    front.ask(step_two, Session())
    assert out.getvalue().count("n2 means no") == 2
    assert "Numbers, none, Enter or help." in out.getvalue()


@pytest.mark.parametrize(("lines", "question"), [(["clay", "n", "n", "again", "1"], "Do the leaves hang?"),
                                                 (["again", "clay"], "What is the pot made of?")])  # fmt: skip
def test_what_was_asked_is_read_once_more_to_whoever_asks_for_it(
    small: Engine, lines: list[str], question: str
) -> None:
    _, shown = whole_talk(small, lines)

    assert shown.count(question) == 2
