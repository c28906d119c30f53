"""A kill -9 at any moment loses at most the key being typed, once the person agreed to save.

Somebody types into a pseudo-terminal and the program is killed after a random key, again and again through whole
interviews. QUIZ_TEST_KILLS=N sets how often; the default is a few.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from quiz.engine import Engine
from quiz.interview import Interview, Session, Step
from quiz.model import NO, UNSURE, YES, Answer, Finding
from quiz.rulebase import load
from quiz.store import read_session
from tests.conftest import ROOT
from tests.person import Person

KILLS = int(os.environ.get("QUIZ_TEST_KILLS", "5"))
RULES = ROOT / "tests" / "rulebases" / "small"
SMALL = load(RULES)
PATIENCE = 20

Answers = dict[str, Answer]


@dataclass(frozen=True, slots=True)
class Typed:
    """Keys that make one answer with their last one, and what is answered then. `ends` the screen, or a choice."""

    keys: str
    answers: Answers
    others: tuple[str, ...]
    ends: bool = False


class Typist:
    """Knows what to type on a screen, and which answers that gives: the other reading of what the keys mean."""

    def __init__(self, plain: bool, dice: random.Random) -> None:
        self.plain, self.dice = plain, dice
        self.enter = "\r" if plain else ""

    def types(self, step: Step, answers: Answers, others: tuple[str, ...]) -> Iterator[Typed]:
        blank = [each for each in step.findings if each.id not in answers]
        if step.kind == "typed":
            yield from self.names(blank, answers, others)
        elif self.in_one_line(step):
            yield self.numbers(step, blank, answers, others)
        else:
            yield from self.lines(step, blank, answers, others)

    def in_one_line(self, step: Step) -> bool:
        """Whether the answers to all lines are typed in one."""
        one_kind = all(each.words == (YES, NO) for each in step.findings)
        return self.plain and step.kind == "list" and one_kind and len(step.findings) > 1

    def lines(self, step: Step, blank: list[Finding], answers: Answers, others: tuple[str, ...]) -> Iterator[Typed]:
        for finding in blank:
            keys, answer = self.line(finding)
            answers = {**answers, finding.id: answer}
            ends = finding is step.findings[-1] and (self.plain or finding.is_number)
            yield Typed(keys, answers, others, ends)
        if not blank:
            yield Typed("\r" * (len(step.findings) if self.plain else 1), answers, others, True)
        elif not self.plain and not step.findings[-1].is_number:
            yield Typed("\r", answers, others, True)

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

    def numbers(self, step: Step, blank: list[Finding], answers: Answers, others: tuple[str, ...]) -> Typed:
        """One line for the whole list."""
        chosen = {each.id: self.dice.choice([("n", NO), ("?", UNSURE), ("y", YES)]) for each in blank}
        words = [f"{chosen[each.id][0]}{place}" for place, each in enumerate(step.findings, 1) if each.id in chosen]
        given = {finding: answer for finding, (_, answer) in chosen.items()}
        return Typed(f"{' '.join(words)}\r", {**answers, **given}, others, True)

    def names(self, blank: list[Finding], answers: Answers, others: tuple[str, ...]) -> Iterator[Typed]:
        known = self.dice.choice(sorted(SMALL.medicines))
        if known not in others:
            answers = {**answers, **dict.fromkeys(SMALL.medicines[known], YES)}
            yield Typed(f"{known}\r", answers, others)
        if not others:
            others = ("Xq7",)
            yield Typed("Xq7\r", answers, others)
        blank = [each for each in blank if each.id not in answers]
        if not blank:
            yield Typed("\r", answers, others, True)
            return
        key, answer = self.dice.choice([("y", UNSURE), ("?", UNSURE), ("n", None)])  # a name nobody knows: none denied
        if answer is not None:
            answers = {**answers, **{each.id: answer for each in blank}}
        yield Typed(f"\r{key}{self.enter}", answers, others, True)


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
        self.path.write_text("answers: {}\n", encoding="utf-8")

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

    def types_until_killed(self) -> None:
        """A few answers, each of which has to be in the file before the next one; then a kill inside an answer."""
        person = self.sits_down()
        alive = self.dice.randint(0, 6)
        while self.step is not None:
            step = self.step
            for typed in self.typist.types(step, dict(self.session.answers), self.session.other_medicines):
                alive -= 1
                if alive < 0:
                    self.killed_while(person, typed)
                    return
                person.presses(typed.keys)
                self.takes(step, typed)
                self.waits_for_the_file(person)
                if typed.ends:
                    break
            self.goes_on(person)
        person.child.close(force=True)

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
    return replace(session.given(typed.answers), other_medicines=typed.others)


def saved_of(session: Session) -> Session:
    """A session without the place, which is looked at on the screen."""
    return replace(session, at=None)


@pytest.mark.parametrize("front", ["full", "plain"])
def test_a_kill_loses_at_most_the_key_being_typed_and_resume_stands_on_the_same_screen(
    tmp_path: Path, front: str
) -> None:
    kills = seed = 0
    while kills < KILLS:
        seed += 1
        someone = Interviewed(tmp_path / f"{seed}.yaml", front == "plain", seed)
        while not someone.done and kills < KILLS:
            someone.types_until_killed()
            kills += 1
