"""The first moments at a terminal: what stands there, which keys are taken, and that all is put back."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

from quiz import early, remembered
from quiz.ansi import STYLES
from quiz.prompting import NAMED_KEYS, STYLE
from tests.conftest import ROOT
from tests.person import PATIENCE, Person

SCRIPT = """
import sys
from quiz import early
from quiz.conversation import Option
from quiz.interview import Session, Step
from quiz.terminal import Terminal
from tests.making import finding

way = sys.argv[1]
if way == "never":
    early.library.begin = lambda: None
elif way == "late":
    from threading import Timer
    early.library.begin, later = lambda: None, early.library.begin
    Timer(float(sys.argv[2]), later).start()
else:
    early.library.ready.set()
findings = tuple(finding(f"f{number}") for number in range(14))
wording = {each.id: f"{each.id}: a question that is rather long, so that it is broken in two" for each in findings}
front = Terminal({}, colour=True)
told = front.ask(Step(("a",), "list", "Many lines", "As they are now.", findings, wording, 3), Session()).given
told = told, front.choose("One of these", [Option(each, f"the option {each}", each) for each in "abc"])
front.say(f"Told {told}")
"""
"""Two screens, with the library there at once, after some seconds, or never."""


@pytest.fixture
def start(people: list[Person]) -> Callable[..., Person]:
    def start(*arguments: str, columns: int = 80, rows: int = 24, **environment: str) -> Person:
        people.append(Person(arguments, columns, rows, PYTHONPATH=str(ROOT), **environment))
        return people[-1]

    return start


Start = Callable[..., Person]


def pixels(person: Person) -> list[list[tuple[str, str, bool, bool]]]:
    """Every cell: its character, colour, and whether it is bold or reversed. Spaces have neither."""
    screen = person.screen
    return [
        [(cell.data, "" if cell.data == " " else cell.fg, cell.data != " " and cell.bold, cell.reverse)
         for cell in (screen.buffer[row][column] for column in range(screen.columns))]
        for row in range(screen.lines)
    ]  # fmt: skip


@pytest.mark.parametrize("colour", [{}, {"NO_COLOR": "1"}], ids=["colour", "no colour"])
@pytest.mark.parametrize(("columns", "rows"), [(80, 40), (80, 24), (40, 24), (20, 12), (12, 8)])
def test_a_screen_stands_in_the_meantime_exactly_as_the_library_draws_it(
    start: Start, columns: int, rows: int, colour: dict[str, str]
) -> None:
    seen = []
    for way in ("never", "at once"):
        person = start("-c", SCRIPT, way, columns=columns, rows=rows, **colour)
        person.sees("f0")
        person.presses("\x1b[B")
        until = time.monotonic() + PATIENCE
        while not re.search(r">\s+(\[ \])?\s*f1", person.sees("")):
            assert time.monotonic() < until, person.text
        seen.append((pixels(person), person.screen.cursor.hidden, person.screen.cursor.y, person.screen.cursor.x))

    assert seen[0] == seen[1]


def test_both_know_the_same_styles() -> None:
    assert {name.removeprefix("class:") for name in STYLES if name.startswith("class:")} == {
        name for name, _ in STYLE.style_rules
    }


def named_by_the_library(typed: str) -> list[str]:
    keys: list[KeyPress] = []
    parser = Vt100Parser(keys.append)
    parser.feed_and_flush(typed)
    named = {Keys.ControlC: "\x03", Keys.ControlD: "\x04", **NAMED_KEYS}
    return [named.get(each.key, "") if isinstance(each.key, Keys) else each.key for each in keys]


@pytest.mark.parametrize("typed", [*early.NAMED, *map(chr, range(32, 127)), "\x03", "\x04", "\x1b"], ids=ascii)
def test_a_key_has_the_name_that_the_library_gives_it(typed: str) -> None:
    found = early.next_key(typed.encode())

    assert found == (named_by_the_library(typed)[0], b"")


@pytest.mark.parametrize(
    "typed", ["\x1a", "\x1by", "\x1b[", "\x1b[3~", "\x1bOP", "\xe9", "\x00", "\x1b[200~"], ids=ascii
)
def test_a_key_that_takes_more_to_tell_is_left_to_the_library(typed: str) -> None:
    assert early.next_key(typed.encode()) is None


TYPED = [
    "y?n",
    "o\rb",
    "y\x1b[Bn\x1b[A?\r" + "c",
    "\x1b[3~y\x1b[Fn\rc",  # Delete and End are not in the table
    "y\x1byn\r" + "a",  # Alt and y is not y
    "y\xe9n\ra",
    "y\x1bOBn\x1b",
    "nn\x7f\x1b[A?\rb",
]


@pytest.mark.parametrize("typed", TYPED, ids=ascii)
@pytest.mark.parametrize("late", ["0.1", "0.3"])
def test_no_key_is_lost_or_taken_twice_whenever_the_library_comes(start: Start, typed: str, late: str) -> None:
    """Pressed at once and in one go, or one by one around the moment at which the library takes over."""
    dice = random.Random(typed + late)
    told = []
    for way, pause in (("at once", 0.0), ("late", 0.0), ("late", 0.02)):
        person = start("-c", SCRIPT, way, late)
        person.sees("f0")  # from here on no key edits a line of the terminal itself
        for part in [typed] if not pause else early_keys(typed):
            person.presses(part)
            time.sleep(pause * dice.random() * 2)
        time.sleep(0.1)
        person.presses("\ra\r\ra")  # whatever is open is finished
        told.append(person.sees("Told").rpartition("Told")[2].split("\n")[0])
        assert person.leaves() == 0

    assert told == [told[0]] * 3


def early_keys(typed: str) -> list[str]:
    """Keys one by one; a sequence stays together."""
    keys = []
    while typed:
        length = next((length for length in (4, 3, 2) if typed.startswith("\x1b") and len(typed) >= length
                       and named_by_the_library(typed[:length]) not in ([], [""])), 1)  # fmt: skip
        keys.append(typed[:length])
        typed = typed[length:]
    return keys


# --- leaving ------------------------------------------------------------------------------------------------


def is_as_it_was(left: list[int]) -> bool:
    """Whether a terminal echoes, edits lines and takes Ctrl-C for an interrupt, as it does before any program."""
    usual = termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN
    return left[0] & termios.ICRNL != 0 and left[3] & usual == usual


@pytest.mark.parametrize("arguments", [(), ("ask",), ("practice",), ("ask", "--resume")], ids=" ".join)
def test_control_c_at_any_moment_leaves_with_130_and_the_terminal_as_it_was(
    start: Start, arguments: tuple[str, ...]
) -> None:
    for moment in range(0, 400, 20 if arguments in ((), ("ask",)) else 100):
        person = start("-m", "quiz", *arguments)
        began = time.monotonic()
        person.sees_first()
        time.sleep(max(0.0, moment / 1000 - (time.monotonic() - began)))
        person.presses("\x03")
        code = person.leaves()
        assert "Traceback" not in person.text, (moment, person.text)
        if arguments == ("ask", "--resume") and code == 1:
            continue  # it was told before that nothing is saved
        # Python lets the signal itself end what has come to its end already; a shell calls that 130 too.
        assert code in (130, -signal.SIGINT), (moment, person.text)
        assert is_as_it_was(person.left_attributes), moment


def test_control_c_in_the_middle_of_an_import_leaves_with_130(start: Start) -> None:
    code = (
        "import sys, time; from quiz import opening\n"
        "opening.hold()\n"
        "for name in ('contextlib', 'quiz.text'): sys.modules[name] = type(sys)(name)\n"
        "print('half', flush=True); time.sleep(9)"
    )
    person = start("-c", code)
    person.sees("half")
    person.presses("\x03")

    assert person.leaves() == 130
    assert "Traceback" not in person.text
    assert is_as_it_was(person.left_attributes)


def test_control_c_in_the_very_moment_of_leaving_shows_no_traceback() -> None:
    code = (
        "import sys; from quiz import cli, opening\n"
        "def release(): raise KeyboardInterrupt\n"
        "opening.release = release; sys.argv = ['quiz', 'findings']; raise SystemExit(cli.main())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)

    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


@pytest.mark.parametrize("moment", [0.05, 0.15, 0.5, 1.5])
def test_the_terminal_is_as_it_was_after_sigterm(start: Start, moment: float) -> None:
    person = start("-m", "quiz", "ask")
    person.sees_first()
    time.sleep(moment)
    os.kill(person.child.pid, signal.SIGTERM)

    assert person.leaves() == -signal.SIGTERM
    assert is_as_it_was(person.left_attributes)
    assert not person.screen.cursor.hidden


def test_whoever_quits_the_first_screen_at_once_meets_no_traceback_and_no_crash(start: Start) -> None:
    """Python once crashed in some of a hundred, as it took itself apart under a library that was being imported."""
    for _ in range(12):
        person = start("-m", "quiz", "ask")
        person.presses("q")

        assert person.leaves() == 0
        assert "Traceback" not in person.text


@pytest.mark.parametrize(
    ("columns", "first"),
    [
        (80, ["Electrolyte quiz: which electrolyte to discuss with a clinician, and why."]),
        (40, ["Electrolyte quiz: which electrolyte to", "discuss with a clinician, and why."]),
    ],
)
def test_the_first_line_breaks_between_words(start: Start, columns: int, first: list[str]) -> None:
    person = start("-m", "quiz", columns=columns)
    person.sees("Leave")

    assert [row.rstrip() for row in person.screen.display[: len(first)]] == first


def test_a_mistake_is_told_in_lines_that_break_between_words(start: Start) -> None:
    person = start("-m", "quiz", "ask", "--answers", "no-such.json", columns=30)

    assert person.leaves() == 1
    assert person.text.split("\n")[:2] == ["no-such.json: cannot be read:", "No such file or directory"]


def test_how_much_is_left_is_told_once_the_rules_are_ready(start: Start) -> None:
    person = start("-m", "quiz", "ask")

    person.sees("screens left")
    person.presses("\x1b[B\r")
    person.sees("Danger signs")
    person.presses("b")
    person.sees("About you   about")


def test_a_broken_engine_is_told_at_the_first_screen(start: Start, tmp_path: Path) -> None:
    (tmp_path / "durable_rules_engine.py").write_text("raise ImportError('undefined symbol')", encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from quiz.cli import main; raise SystemExit(main())"
    person = start("-c", code, "ask")

    person.sees_in_one_line("cannot be loaded by Python")
    assert person.leaves() == 1
    assert "How old are you" not in person.text


# --- the picture that is remembered -------------------------------------------------------------------------

ONLY_REMEMBERED = """
import time
from quiz import cli
cli._run = lambda words: time.sleep(60)
cli.main()
"""
"""Shows what is there before anything of the quiz is imported."""


def kept() -> list[Path]:
    return sorted((Path(os.environ["XDG_CACHE_HOME"]) / "electrolyte-quiz").glob("*.screen"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, with the rules in it, and no picture."""
    shared = Path(os.environ["XDG_CACHE_HOME"]) / "electrolyte-quiz"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    mine = tmp_path / "electrolyte-quiz"
    mine.mkdir(mode=0o700)
    for each in shared.glob("*.json"):
        (mine / each.name).write_bytes(each.read_bytes())
        (mine / each.name).chmod(0o600)
    return mine


def once(start: Start, what: tuple[str, ...], **about: int) -> Person:
    person = start("-m", "quiz", *what, **about)
    person.sees("How old are you" if what else "Leave")
    person.child.close(force=True)
    return person


@pytest.mark.parametrize("columns", [80, 40])
@pytest.mark.parametrize("what", [(), ("ask",)], ids=["menu", "ask"])
def test_the_second_start_shows_the_first_screen_before_anything_else(
    start: Start, folder: Path, what: tuple[str, ...], columns: int
) -> None:
    first = once(start, what, columns=columns)
    (path,) = kept()
    person = start("-c", ONLY_REMEMBERED, *what, columns=columns)
    person.sees("How old are you" if what else "Leave")

    assert path.stat().st_mode & 0o077 == 0
    assert [row.split("   about")[0] for row in person.text.splitlines()] == [
        row.split("   about")[0] for row in first.text.splitlines()
    ]


def test_what_to_do_in_an_emergency_is_said_before_the_questions_however_often_the_menu_was_seen(
    start: Start, folder: Path
) -> None:
    for _ in range(2):
        person = start("-m", "quiz")
        person.sees("Leave")
        person.presses("1")
        person.sees("How old are you")

        assert "Call your local emergency number now." in person.flat
        person.child.close(force=True)


def test_another_size_shows_no_old_picture(start: Start, folder: Path) -> None:
    once(start, ("ask",))
    person = start("-c", ONLY_REMEMBERED, "ask", columns=60)
    person.sees("Electrolyte quiz")
    time.sleep(0.3)

    assert "How old" not in person.sees("")


@pytest.mark.parametrize("harm", ["cut", "changed", "everybody may write", "escape", "style", "no rows"])
def test_a_picture_that_is_damaged_or_foreign_is_not_shown_and_made_anew(start: Start, folder: Path, harm: str) -> None:
    once(start, ("ask",))
    (path,) = kept()
    whole = path.read_bytes()
    body = whole.partition(b"\n")[2]
    bodies = {
        "escape": body.replace(b"About you", b"\x1b[2JAbout you"),
        "style": body.replace(b"class:title", b"class:other"),
        "no rows": b"seven",
    }
    if harm in bodies:
        path.write_bytes(signed(bodies[harm]))
    elif harm == "everybody may write":
        path.chmod(0o666)
    else:
        path.write_bytes(whole[:-40] if harm == "cut" else whole.replace(b"How old", b"How bad"))
    person = start("-c", ONLY_REMEMBERED, "ask")
    person.sees("Electrolyte quiz")
    time.sleep(0.3)
    assert "H" not in person.sees("").replace("Electrolyte", "")

    once(start, ("ask",))
    assert kept()[0].read_bytes() == whole
    assert kept()[0].stat().st_mode & 0o077 == 0


def signed(body: bytes) -> bytes:
    from hashlib import sha256

    return sha256(body).hexdigest().encode() + b"\n" + body


def test_only_the_last_pictures_are_kept(start: Start, folder: Path) -> None:
    for columns in range(70, 70 + remembered.MOST_KEPT + 2):
        once(start, ("ask",), columns=columns)

    assert len(kept()) == remembered.MOST_KEPT


def test_another_rule_base_has_another_picture(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "a.yaml").write_text("a: 1\n", encoding="utf-8")
    monkeypatch.setattr(remembered, "_rules", lambda: str(rules))
    before = remembered._name("ask")
    (rules / "a.yaml").write_text("a: 2\n", encoding="utf-8")

    assert before.endswith(remembered.ENDING)
    assert len({before, remembered._name("ask"), remembered._name("menu")}) == 3


@pytest.mark.parametrize("place", ["no home", "a file in the way", "read only"])
def test_where_nothing_can_be_kept_the_screen_comes_all_the_same(start: Start, tmp_path: Path, place: str) -> None:
    cache = tmp_path / "cache"
    if place == "a file in the way":
        cache.write_text("", encoding="utf-8")
    environment = {"XDG_CACHE_HOME": str(cache if place != "read only" else "/proc")}
    if place == "no home":
        environment = {"XDG_CACHE_HOME": "", "HOME": "nowhere"}
    person = start("-m", "quiz", "ask", **environment)

    person.sees("How old are you")
    person.presses("70\r")
    person.sees_in_one_line("70 years")


def test_nothing_heavy_is_there_when_the_first_screen_is_read(folder: Path) -> None:
    code = (
        "import sys; from quiz import cli, opening, remembered; opening.can_move_the_cursor = lambda: True;"
        "cli._run = lambda words: 0; cli.main(['ask']);"
        "print(); print([each for each in ('dataclasses', 're', 'typing', 'pathlib') if each in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)

    assert done.stdout.splitlines()[-1] == "[]"
