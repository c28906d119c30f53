"""A terminal that is resized, flooded, stopped, closed, tiny or odd: the talk goes on, or ends and loses nothing."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pyte
import pytest
import wcwidth

from quiz.rulebase import load
from quiz.store import data_folder, latest_session, read_session
from tests.conftest import ROOT
from tests.killing import Interviewed
from tests.person import Person

SMALL = ROOT / "tests" / "rulebases" / "small"

PROMPT = """
import sys
from quiz.conversation import Option
from quiz.interview import Session, Step
from quiz.terminal import Terminal
from tests.making import finding

front = Terminal({"aspirin": ("f0",), "furosemide": ("f1",)})
options = [Option(str(number), f"the option of number {number}", str(number)) for number in range(1, 10)]
away = [Option("quit", "Leave", "q")]
findings = tuple(finding(f"f{number}") for number in range(30))
if sys.argv[1] == "list":
    told = dict(front.ask(Step(("a",), "list", "Many lines", "", findings, {}, 3), Session()).given)
elif sys.argv[1] == "names":
    reply = front.ask(Step(("a",), "typed", "Your medicines", "", findings[:2], {}, 3), Session())
    told = (dict(reply.given), "; ".join(map(ascii, reply.other_medicines)))
elif sys.argv[1] == "choice":
    told = front.choose("One of these", options)
elif sys.argv[1] == "several":
    told = front.choose_several("Some of these", options, away)
else:
    told = front.pick("One by typing", options, away)
front.say(f"Told {told}.")
"""
"""One prompt of each kind, and what came of it."""

READY = {"list": "q quit", "names": "/quit", "choice": "choose at once", "several": "q Leave", "pick": "/quit"}
FINISH = {"list": "o\r", "names": "aspirin\r\ry\r", "choice": "3", "several": "2\r", "pick": "the option of number 4\r"}
TOLD = {"list": "'f0': 'no'", "names": "'f0': 'yes'", "choice": "Told 3.", "several": "Told ('2',).", "pick": "Told 4."}
KINDS = tuple(READY)


def before(people: list[Person], kind: str, columns: int = 80, rows: int = 24, **environment: str) -> Person:
    people.append(Person(["-c", PROMPT, kind], columns, rows, PYTHONPATH=str(ROOT), **environment))
    people[-1].sees_in_one_line(READY[kind])
    return people[-1]


def finishes(person: Person, kind: str) -> None:
    person.presses(FINISH[kind])
    person.sees_in_one_line(TOLD[kind])
    assert person.leaves() == 0
    assert "Traceback" not in person.text


@pytest.mark.parametrize("kind", KINDS)
def test_every_prompt_survives_being_resized_again_and_again(people: list[Person], kind: str) -> None:
    person = before(people, kind)
    dice = random.Random(kind)
    sizes = [(dice.randint(1, 150), dice.randint(1, 60)) for _ in range(8)]
    for columns, rows in ((20, 24), (1, 1), (200, 60), (2, 3), (20, 6), *sizes):
        person.resizes(columns, rows)
        person.presses(dice.choice(["\x1b[B", "\x1b[A"]))
    person.sees("")  # what was drawn for the last of these sizes is not read at the next
    person.resizes(80, 24)
    person.sees("")
    finishes(person, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_prompt_works_in_twenty_columns(people: list[Person], kind: str) -> None:
    person = before(people, kind, 20, 24)
    finishes(person, kind)
    assert max(map(len, person.text.splitlines())) <= 20


@pytest.mark.parametrize("kind", KINDS)
def test_a_storm_of_arrows_changes_no_answer(people: list[Person], kind: str) -> None:
    person = before(people, kind)
    dice = random.Random(kind)
    arrows = ("\x1b[A", "\x1b[B", "\x1bOA", "\x1bOB", "\x1b[5~", "\x1b[6~")
    person.presses("".join(dice.choice(arrows) for _ in range(3000)))
    finishes(person, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_paste_of_a_megabyte_is_taken_or_dropped_and_the_talk_goes_on(people: list[Person], kind: str) -> None:
    person = before(people, kind)
    person.presses("\x1b[200~" + "lorem ipsum \x1b[31m \u202e " * 45_000 + "\x1b[201~")
    if kind in ("names", "pick"):
        person.presses("\x15")
    finishes(person, kind)


def test_what_is_pasted_without_brackets_leaves_a_line_that_can_be_emptied(people: list[Person]) -> None:
    person = before(people, "names")
    typing = Thread(target=person.presses, args=("a lorem " * 2048,))
    typing.start()
    while typing.is_alive():
        person.sees("")
    person.presses("\x15")
    finishes(person, "names")


@pytest.mark.parametrize(
    "name",
    [
        "\N{PILL} \N{FACE WITH TEARS OF JOY}",
        "\N{HEBREW LETTER SHIN}\N{HEBREW LETTER LAMED}",
        "e\u0301\u0302 x",
        "\u202eevil",
    ],
)
def test_a_name_in_any_script_is_kept_as_it_was_typed_but_for_what_steers_a_terminal(
    people: list[Person], name: str
) -> None:
    person = before(people, "names")
    person.presses(f"{name}\r\ry\r")
    seen = name.replace("\u202e", "")
    person.sees_in_one_line(repr(ascii(seen)))
    assert person.leaves() == 0


@pytest.mark.parametrize("term", ["linux", "vt100", "xterm-256color", "screen", "never-heard-of"])
def test_every_kind_of_terminal_is_served(people: list[Person], term: str) -> None:
    finishes(before(people, "list", TERM=term), "list")


@pytest.mark.parametrize("term", ["dumb", "linux", "vt100", "xterm-256color"])
@pytest.mark.parametrize("colour", [True, False], ids=["in colour", "NO_COLOR"])
def test_the_whole_program_works_in_every_kind_of_terminal_and_sends_colours_only_where_they_are_wanted(
    people: list[Person], term: str, colour: bool
) -> None:
    environment = {"TERM": term, **({} if colour else {"NO_COLOR": "1"})}
    people.append(Person(["-m", "quiz", "ask", "--rules", str(SMALL)], 80, 24, **environment))
    person = people[0]
    sent: list[str] = []
    person.stream = Listening(person.screen, sent)
    lines = term == "dumb"
    person.sees_in_one_line("Enter to skip" if lines else "q quit")
    person.presses("clay\r" if lines else "1")
    person.sees_in_one_line("seedling")
    person.presses("quit\r" if lines else "\x03")
    person.sees_in_one_line("Keep your answers?")
    person.presses("n\r" if lines else "n")

    assert person.leaves() == (0 if lines else 130)
    text = "".join(sent)
    assert "Traceback" not in text
    colours = re.findall(r"\x1b\[[0-9;]*(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])[0-9;]*m", text)
    assert colours == [] or (colour and not lines)
    assert not lines or "\x1b" not in text


class Listening(pyte.Stream):
    """Keeps what is sent to a screen as it was sent."""

    def __init__(self, screen: pyte.Screen, sent: list[str]) -> None:
        self.sent = sent
        super().__init__(screen)

    def feed(self, data: str) -> None:
        self.sent.append(data)
        super().feed(data)


class Resized(Interviewed):
    """An interview whose terminal has other sizes at every prompt, two after another."""

    def before_an_answer(self, person: Person) -> None:
        for columns, rows in self.dice.sample([(20, 24), (1, 1), (200, 60), (33, 9), (2, 3)], 2):
            person.resizes(columns, rows)
            person.sees("")
        person.resizes(100, 60)
        person.sees("")


@pytest.mark.parametrize("plain", [False, True], ids=["full", "plain"])
def test_an_interview_that_is_resized_at_every_prompt_keeps_every_answer(tmp_path: Path, plain: bool) -> None:
    someone = Resized(tmp_path / "saved.yaml", plain, 3)
    someone.types_until_killed(10**6)
    assert someone.done


@pytest.mark.parametrize("plain", [True, False], ids=["lines", "json"])
def test_a_line_of_a_megabyte_is_answered_like_any_other(plain: bool) -> None:
    long = "lorem \x1b[31m " * 80_000
    typed = f"{long}\n{'x' * 1_000_000}\nquit\n" if plain else f"{json.dumps({'given': {'pot': long}})}\n{long}\n"
    done = subprocess.run(
        [sys.executable, "-m", "quiz", "ask", "--plain" if plain else "--json", "--rules", str(SMALL)],
        cwd=ROOT, input=typed, capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert done.returncode in (0, 3)
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


SIGNS = "\N{PILL}\N{FACE WITH TEARS OF JOY}e\u0301 \u05e9\u05dc\u05d5\u05dd \u0645\u0644\u062d"


@pytest.mark.parametrize("form", ["text", "md", "html", "json"])
def test_a_note_keeps_emoji_and_text_from_right_to_left_and_drops_what_steers(tmp_path: Path, form: str) -> None:
    answers = tmp_path / "answers.json"
    given = {"answers": {"dry_soil": "yes"}, "other_medicines": [f"\u202e{SIGNS}\u2067", SIGNS * 40]}
    answers.write_text(json.dumps(given), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "quiz", "ask", "--answers", str(answers), "--format", form, "--rules", str(SMALL)],
        cwd=ROOT, capture_output=True, timeout=60, env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    told = done.stdout.decode()

    assert done.returncode == 0
    assert all(word in told for word in SIGNS.split())
    assert not set("\u202e\u2067") & set(told)
    if form == "text":
        assert max(map(wcwidth.wcswidth, told.splitlines())) <= 80


def test_a_terminal_without_utf_8_is_served(people: list[Person]) -> None:
    person = before(
        people, "names", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="ascii"
    )  # fmt: skip
    person.presses("b\N{LATIN SMALL LETTER E WITH ACUTE}ta\r")
    finishes(person, "names")


EXPECTED_WITHOUT_UTF_8 = (
    ["findings"], ["ask", "--answers", "{answers}"], ["ask", "--answers", "{answers}", "--format", "html"],
    ["ask", "--answers", "{answers}", "--format", "json"], ["review", "check"], ["practice", "--standing"],
    ["practice", "--plain", "--seed", "3"], ["ask", "--plain"], ["--help"], ["fhir", "questionnaire"],
)  # fmt: skip


@pytest.mark.parametrize("encoding", ["ascii", "ascii:strict", "utf-8:strict", "latin-1"])
def test_no_encoding_of_the_terminal_ends_a_command(tmp_path: Path, encoding: str) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_bytes("answers: {dry_soil: yes}\r\nother_medicines: [\N{PILL} p\xe9n, '\u05e9']\r\n".encode())
    script = "\n".join([
        "import io, sys",
        "from quiz.cli import main",
        "for line in sys.argv[1:]:",
        "    try:",
        "        code = main([*line.split(), '--rules', 'tests/rulebases/small'] if line != '--help' else [line])",
        "    except SystemExit as left:",
        "        code = left.code",
        "    assert code in (0, 1, 3), (line, code)",
    ])  # fmt: skip
    lines = [" ".join(words).format(answers=answers) for words in EXPECTED_WITHOUT_UTF_8]
    done = subprocess.run(
        [sys.executable, "-c", script, *lines], cwd=ROOT, input=b"zz\xe9\xff\n\xf0\x9f\x98\x80\nquit\nn\n",
        capture_output=True, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding, "LC_ALL": "C", "PYTHONUTF8": "0"},
    )  # fmt: skip

    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    assert b"Traceback" not in done.stderr


# --- a terminal that goes away, and comes back ----------------------------------------------------------------


def hangs_up(person: Person) -> None:
    """Close the window: its end of the pseudo-terminal is gone."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, person.child.child_fd)
    os.close(nowhere)


def ended(person: Person, within: float = 15) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until and person.child.isalive():
        time.sleep(0.05)
    return not person.child.isalive()


@pytest.mark.parametrize("ignored", [False, True], ids=["told of it", "deaf to it"])
@pytest.mark.parametrize("plain", [False, True], ids=["full", "plain"])
def test_a_terminal_that_is_closed_ends_the_program_and_loses_nothing_that_was_agreed_to_be_saved(
    people: list[Person], ignored: bool, plain: bool
) -> None:
    deaf = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); " if ignored else ""
    run = f"{deaf}from quiz.cli import main; raise SystemExit(main())"
    more = ("--plain",) if plain else ()
    people.append(Person(["-c", run, "ask", "--rules", str(SMALL), *more], PYTHONPATH=str(ROOT)))
    person = people[0]
    enter = "\r" if plain else ""
    person.sees("Enter to skip" if plain else "q quit")
    person.presses(f"s{enter}")
    person.sees("Saved in")
    person.presses(f"1{enter}" if not plain else "clay\r")
    person.sees("Is it a seedling?" if plain else "> ")
    time.sleep(0.3)
    hangs_up(person)

    assert ended(person)
    saved = read_session(load(SMALL), latest_session().read_bytes(), "saved")
    assert saved.session.answers == {"pot": "clay"}
    assert [each.name for each in (data_folder() / "sessions").iterdir() if each.name.startswith(".saving")] == []


@pytest.mark.parametrize("kind", KINDS)
def test_ctrl_z_stops_the_program_and_fg_brings_the_prompt_back(
    people: list[Person], kind: str, tmp_path: Path
) -> None:
    script = tmp_path / "prompt.py"
    script.write_text(PROMPT, encoding="utf-8")
    shell = "import os; os.execvp('bash', ['bash', '--norc', '--noprofile', '-i'])"
    person = Person(["-c", shell], PYTHONPATH=str(ROOT), PS1="ready$ ", HISTFILE="")
    people.append(person)
    person.sees("ready$")
    person.presses(f"{sys.executable} {script} {kind}\r")
    person.sees_in_one_line(READY[kind])
    person.presses("\x1a")
    person.sees_in_one_line("Stopped")
    person.presses("echo in between\r")
    person.sees("\nin between")
    person.presses("fg\r")
    person.sees_in_one_line(READY[kind])
    person.presses(FINISH[kind])
    person.sees_in_one_line(TOLD[kind])
    person.presses("exit\r")
    assert person.leaves() == 0


@pytest.mark.parametrize("when", [0.02, 0.1, 0.3])
def test_a_terminal_that_is_closed_at_any_moment_leaves_no_process_behind(people: list[Person], when: float) -> None:
    people.append(Person(["-m", "quiz", "ask", "--rules", str(SMALL)]))
    time.sleep(when)
    hangs_up(people[0])

    assert ended(people[0])


TYPED = b"clay\nyes\nquit\n"


def test_windows_line_ends_are_read_everywhere(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    for path in sorted(SMALL.rglob("*.yaml")):
        copy = rules / path.relative_to(SMALL)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    answers = tmp_path / "answers.yaml"
    answers.write_bytes(b"answers:\r\n  leaves_yellow: yes\r\n  dry_soil: no\r\n")
    cases = tmp_path / "cases.jsonl"
    cases.write_bytes(b'{"id": 1, "answers": {"dry_soil": "yes"}}\r\n\r\n{"id": 2, "answers": {}}\r\n')

    def quiz(folder: Path, *arguments: str, typed: bytes = b"") -> str:
        command = [sys.executable, "-m", "quiz", *arguments, "--rules", str(folder)]
        done = subprocess.run(command, cwd=ROOT, input=typed, capture_output=True, timeout=60)
        return done.stdout.decode().replace(str(folder), "") + done.stderr.decode()

    assert load(rules).rules.keys() == load(SMALL).rules.keys()
    for arguments in (("review", "check"), ("ask", "--answers", str(answers)), ("findings",)):
        assert quiz(rules, *arguments) == quiz(SMALL, *arguments)
    assert len(quiz(rules, "assess", str(cases)).splitlines()) == 2
    assert quiz(rules, "ask", "--plain", typed=TYPED.replace(b"\n", b"\r\n")) == quiz(
        SMALL, "ask", "--plain", typed=TYPED
    )
