"""Programs that are killed with kill -9 at random moments, and what their files must hold afterwards.

Used by a small slice in every test run and by `python -m tests.long.kills` for as many as there is time for. A kill may
lose the key that is being typed; it may lose no answer that was taken, and leave no file that cannot be read.
"""

from __future__ import annotations

import os
import random
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from quiz.difference import Told
from quiz.engine import Engine
from quiz.interview import Interview, Session, Step
from quiz.model import NO, UNSURE, YES, Answer, Finding
from quiz.practice.progress import NAME, opened
from quiz.practice.results import read_result
from quiz.practice.schedule import Schedule
from quiz.rulebase import load
from quiz.store import SessionFile, data_folder, read_session
from tests.conftest import ROOT
from tests.person import Person
from tests.practice_making import NOON

RULES = ROOT / "tests" / "rulebases" / "small"
SMALL = load(RULES)
PATIENCE = 300
"""Seconds for a program to come to its next prompt."""


# --- an interview before a pseudo-terminal --------------------------------------------------------------------

Answers = dict[str, Answer]
Names = tuple[tuple[str, ...], tuple[str, ...]]
"""Names of medicines that the rules know, and others."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Keys that make one answer with their last one, and what is answered then. `ends` the screen, or a choice."""

    keys: str
    answers: Answers
    listed: Names
    ends: bool = False


class Typist:
    """Knows what to type on a screen, and which answers that gives: the other reading of what the keys mean."""

    def __init__(self, plain: bool, dice: random.Random) -> None:
        self.plain, self.dice = plain, dice
        self.enter = "\r" if plain else ""

    def types(self, step: Step, answers: Answers, listed: Names) -> Iterator[Typed]:
        blank = [each for each in step.findings if each.id not in answers]
        if step.kind == "typed":
            yield from self.names(blank, answers, listed)
        elif self.in_one_line(step):
            yield self.numbers(step, blank, answers, listed)
        else:
            yield from self.lines(step, blank, answers, listed)

    def in_one_line(self, step: Step) -> bool:
        """Whether the answers to all lines are typed in one."""
        one_kind = all(each.words == (YES, NO) for each in step.findings)
        return self.plain and step.kind == "list" and one_kind and len(step.findings) > 1

    def lines(self, step: Step, blank: list[Finding], answers: Answers, listed: Names) -> Iterator[Typed]:
        for finding in blank:
            keys, answer = self.line(finding)
            answers = {**answers, finding.id: answer}
            ends = finding is step.findings[-1] and (self.plain or finding.is_number)
            yield Typed(keys, answers, listed, ends)
        if not blank:
            yield Typed("\r" * (len(step.findings) if self.plain else 1), answers, listed, True)
        elif not self.plain and not step.findings[-1].is_number:
            yield Typed("\r", answers, listed, True)

    def line(self, finding: Finding) -> tuple[str, Answer]:
        if finding.is_number:
            number = self.dice.randint(int(finding.low) + 1, int(finding.high))
            return f"{number}\r", float(number)
        if finding.choices:
            place = self.dice.randrange(len(finding.choices))
            word = finding.choices[place]
            return (f"{word}\r" if self.plain else str(place + 1)), word
        key, answer = self.dice.choice([("n", NO), ("?", UNSURE), ("y", YES)])
        return key + self.enter, answer

    def numbers(self, step: Step, blank: list[Finding], answers: Answers, listed: Names) -> Typed:
        """One line for the whole list."""
        chosen = {each.id: self.dice.choice([("n", NO), ("?", UNSURE), ("y", YES)]) for each in blank}
        words = [f"{chosen[each.id][0]}{place}" for place, each in enumerate(step.findings, 1) if each.id in chosen]
        given = {finding: answer for finding, (_, answer) in chosen.items()}
        return Typed(f"{' '.join(words)}\r", {**answers, **given}, listed, True)

    def names(self, blank: list[Finding], answers: Answers, listed: Names) -> Iterator[Typed]:
        known = self.dice.choice(sorted(SMALL.medicines))
        named, others = listed
        if known not in named:
            listed = named, others = (*named, known), others
            answers = {**answers, **dict.fromkeys(SMALL.medicines[known], YES)}
            yield Typed(f"{known}\r", answers, listed)
        if not others:
            listed = named, ("Xq7",)
            yield Typed("Xq7\r", answers, listed)
        blank = [each for each in blank if each.id not in answers]
        if not blank:
            yield Typed("\r", answers, listed, True)
            return
        key, answer = self.dice.choice([("y", UNSURE), ("?", UNSURE), ("n", None)])  # a name nobody knows: none denied
        if answer is not None:
            answers = {**answers, **{each.id: answer for each in blank}}
        yield Typed(f"\r{key}\r", answers, listed, True)


class Interviewed:
    """One interview, killed again and again and gone on with, beside a second reading of what has to be saved."""

    def __init__(self, path: Path, plain: bool, seed: int) -> None:
        self.path, self.plain, self.dice = path, plain, random.Random(seed)
        self.engine = Engine(SMALL)
        self.interview = Interview(SMALL, self.engine.assess, self.engine.outlook)
        self.typist = Typist(plain, self.dice)
        self.session = Session()
        self.step = self.interview.next(self.session)
        self.told: set[str] = set()
        SessionFile(self.path).write(self.session, Told(), "")

    @property
    def done(self) -> bool:
        return self.step is None

    def sits_down(self) -> Person:
        front = ["--plain"] if self.plain else []
        arguments = ["-m", "quiz", "ask", *front, "--resume", str(self.path), "--rules", str(RULES)]
        person = Person(arguments, columns=100, rows=60)
        assert self.step is not None
        self.told = self.red_flags()
        person.sees(self.step.title)
        if self.plain:
            person.sees(">" if self.typist.in_one_line(self.step) else ":")
            return person
        for line in self.step.findings if self.step.kind == "list" else ():
            person.sees_in_one_line(self.step.wording[line.id])
        person.sees("quit")
        return person

    def types_until_killed(self, alive: int) -> None:
        """That many answers, each of which has to be in the file before the next one; then a kill inside an answer."""
        person = self.sits_down()
        while self.step is not None:
            step = self.step
            for typed in self.typist.types(
                step, dict(self.session.answers), (self.session.named_medicines, self.session.other_medicines)
            ):
                alive -= 1
                if alive < 0:
                    self.killed_while(person, typed)
                    return
                self.before_an_answer(person)
                person.presses(typed.keys)
                self.takes(step, typed)
                self.waits_for_the_file(person)
                if typed.ends:
                    break
            self.goes_on(person)
        person.child.close(force=True)

    def before_an_answer(self, person: Person) -> None:
        """What else befalls somebody at each prompt."""

    def killed_while(self, person: Person, typed: Typed) -> None:
        keys = typed.keys[: self.dice.randint(0, len(typed.keys))]
        person.presses(keys)
        time.sleep(self.dice.uniform(0, 0.03))
        os.kill(person.child.pid, 9)
        person.child.close(force=True)
        step = self.step
        assert step is not None
        if keys == typed.keys and self.saved() != saved_of(self.session):
            before = self.session
            self.takes(step, typed)
            if typed.ends and self.saved() != saved_of(self.session):  # between the answer and the end of its screen
                self.step, self.session = step, given(before, typed)
        assert self.saved() == saved_of(self.session), (keys, typed)

    def takes(self, step: Step, typed: Typed) -> None:
        self.session = given(self.session, typed)
        if typed.ends:
            self.session = self.session.done(step)
            self.step = self.interview.next(self.session)

    def goes_on(self, person: Person) -> None:
        """Past a red flag, where a new one is told."""
        flags = self.red_flags()
        if flags - self.told:
            person.sees("Do you want to stop here?")
            person.presses(f"g{self.typist.enter}")
        self.told = flags

    def red_flags(self) -> set[str]:
        return {each.rule.id for each in self.engine.assess(self.session.answers).red_flags}

    def waits_for_the_file(self, person: Person) -> None:
        until = time.monotonic() + PATIENCE
        while self.saved() != saved_of(self.session) and time.monotonic() < until:
            person.sees("")
        assert self.saved() == saved_of(self.session), person.text

    def saved(self) -> Session:
        return saved_of(read_session(SMALL, self.path.read_bytes(), "saved").session)


def given(session: Session, typed: Typed) -> Session:
    named, others = typed.listed
    return replace(session.given(typed.answers), named_medicines=named, other_medicines=others)


def saved_of(session: Session) -> Session:
    """A session without the place, which is looked at on the screen."""
    return replace(session, at=None)


# --- practice and an exam, line by line -----------------------------------------------------------------------

PROMPT = b"> "


class Practising:
    """Somebody who practises, or sits an exam, line by line, and is killed and goes on."""

    def __init__(self, arguments: list[str], dice: random.Random) -> None:
        self.arguments, self.dice = ["-m", "quiz", "practice", "--plain", "--rules", str(RULES), *arguments], dice

    def answers_until_killed(self, most: int) -> str:
        """Answers up to that many items; then a kill while one is answered. All that was shown until then."""
        program = subprocess.Popen(
            [sys.executable, *self.arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            cwd=ROOT,
        )  # fmt: skip
        assert program.stdin is not None
        assert program.stdout is not None
        items = self.dice.randint(0, most)
        told = b""
        try:
            while True:
                shown = self.shown(program.stdout.fileno())
                told += shown
                if not shown.endswith(PROMPT):  # it has come to its end
                    break
                typed = self.typed(shown)
                items -= typed == b"g\n"
                if items < 0 and typed != b"n\n":
                    os.write(program.stdin.fileno(), typed[: self.dice.randint(1, len(typed))])
                    break
                os.write(program.stdin.fileno(), typed)
            time.sleep(self.dice.uniform(0, 0.03))
        finally:
            program.kill()
            told += program.stdout.read()
            program.wait()
            program.stdin.close()
            program.stdout.close()
        text = told.decode()
        assert "Traceback" not in text, text
        return text

    def shown(self, source: int) -> bytes:
        """What is shown up to the next prompt, or to the end."""
        shown, until = b"", time.monotonic() + PATIENCE
        while not shown.endswith(PROMPT):
            ready = select.select([source], [], [], max(0, until - time.monotonic()))[0]
            assert ready, f"no prompt after {PATIENCE} s: {shown.decode()}"
            more = os.read(source, 65536)
            if not more:
                break
            shown += more
        return shown

    def typed(self, shown: bytes) -> bytes:
        question = shown.rsplit(b"\n\n", 1)[-1]
        if b"How sure are you?" in question:
            return b"g\n"
        return b"n\n" if b"Go on?" in question else b"%d\n" % self.dice.randint(1, 3)


def practice(folder: Path, seed: int, kills: int) -> None:
    dice = random.Random(seed)
    kept = 0
    for kill in range(kills):
        told = Practising(["--seed", str(seed + kill)], dice).answers_until_killed(4)
        answered = told.count("Go on?\n")
        assert "set aside" not in told, told
        with opened(data_folder() / NAME, Schedule().reviewed, "look", NOON) as progress:
            assert progress.notice == ""
            assert progress.count() in (kept + answered, kept + answered + 1), told
            kept = progress.count()


def exam(folder: Path, seed: int, kills: int) -> None:
    dice = random.Random(seed)
    path, kept = folder / "exam.yaml", 0
    for _ in range(kills):
        arguments = ["--exam", "--items", "12", "--seed", str(seed), "--output", str(path)]
        told = Practising(arguments, dice).answers_until_killed(4)
        items = [int(each.split()[0]) for each in told.split("\nItem ")[1:]]
        if not items:  # all were answered before
            path.unlink()
            kept = 0
            continue
        assert items[0] == kept + 1, told
        now = len(read_result(path.read_bytes(), "exam").given) if path.exists() else 0
        assert now in (items[-1] - 1, items[-1]), told
        kept = now


# --- saving without a pause -----------------------------------------------------------------------------------

WRITERS: Mapping[str, str] = {
    "session": """
import sys
from pathlib import Path
from quiz.difference import Told
from quiz.interview import Session
from quiz.store import SessionFile
file = SessionFile(Path(sys.argv[1]))
for number in range(1, 1_000_000):
    session = Session({f"f{n}": "yes" for n in range(number % 200)}, other_medicines=(str(number),))
    file.write(session, Told(), "x", lasting=number % 2 == 0)
    print(number, flush=True)
""",
    "exam": """
import sys
from pathlib import Path
from quiz.practice.exam import Given, Paper, begin
from quiz.practice.results import as_yaml
from quiz.practice.values import Certainty
from quiz.store import OwnFile
from tests.practice_making import NOON, item
file = OwnFile(Path(sys.argv[1]), "")
paper = Paper(1, tuple(item(f"i{number}") for number in range(400)), 0, "abc")
result = begin(paper, "", NOON)
for number, each in enumerate(paper.items, 1):
    result = result.with_answer(Given(each.id, frozenset("a"), Certainty.SURE, 1.0))
    file.write(as_yaml(result))
    print(number, flush=True)
""",
    "progress": """
import sys
from pathlib import Path
from quiz.practice.progress import opened
from quiz.practice.schedule import Schedule
from tests.practice_making import NOON, given
with opened(Path(sys.argv[1]), Schedule().reviewed, "one", NOON) as progress:
    for number in range(progress.count() + 1, 1_000_000):
        progress.record(given(f"item {number}", cards=("rule:r",)), {"rule:r": "1"})
        print(number, flush=True)
""",
}
"""Programs that save again and again, and say how often they have."""


def _times_saved(kind: str, path: Path) -> int:
    """How often, by what is in the file."""
    if kind == "session":
        saved = read_session(SMALL, path.read_bytes(), "saved", from_other_rules=True)
        number = int(saved.session.other_medicines[0])
        assert len(saved.gone) == number % 200
        return number
    if kind == "exam":
        return len(read_result(path.read_bytes(), "exam").given)
    with opened(path, Schedule().reviewed, "look", NOON) as progress:
        assert progress.notice == ""
        assert progress.tally({"rule:r": "1"}) == {"rule:r": (progress.count(), progress.count())}
        return progress.count()


def saving(kind: str, folder: Path, seed: int, kills: int) -> None:
    dice = random.Random(seed)
    for number in range(kills):
        path = folder / (kind if kind == "progress" else f"{kind}-{number}")
        run = subprocess.Popen(
            [sys.executable, "-c", WRITERS[kind], str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert run.stdout is not None
        said = [run.stdout.readline() for _ in range(dice.randint(1, 40))]
        time.sleep(dice.random() * 0.01)
        run.kill()
        said += run.stdout.read().splitlines(keepends=True)
        run.wait()
        run.stdout.close()
        last = int([each for each in said if each.endswith("\n")][-1])
        assert _times_saved(kind, path) in (last, last + 1)


# --- all of them ----------------------------------------------------------------------------------------------


def interview(plain: bool, folder: Path, seed: int, kills: int) -> None:
    """Interviews one after the other, until that many kills were made."""
    done = number = 0
    while done < kills:
        number += 1
        someone = Interviewed(folder / f"{seed}-{number}.yaml", plain, 1000 * seed + number)
        while not someone.done and done < kills:
            someone.types_until_killed(someone.dice.randint(0, 6))
            done += 1


KINDS: Mapping[str, tuple[int, Callable[[Path, int, int], None]]] = {
    "an interview, key by key": (2, lambda *given: interview(False, *given)),
    "an interview, line by line": (2, lambda *given: interview(True, *given)),
    "practice": (2, practice),
    "an exam": (1, exam),
    "saving a session without a pause": (1, lambda *given: saving("session", *given)),
    "saving an exam without a pause": (1, lambda *given: saving("exam", *given)),
    "saving progress without a pause": (1, lambda *given: saving("progress", *given)),
}
"""How often each kind is killed, beside the others, and what does so that often in a folder of its own."""
