"""Asks and shows as static numbered lines: for pipes, screen readers and terminals that cannot move a cursor."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TextIO

from quiz.answers import read_answer
from quiz.conversation import COMMANDS, Command, Option, Reply
from quiz.interview import Step
from quiz.model import NO, UNSURE, YES, Answer, Finding
from quiz.text import inert, page
from quiz.wording import answer_words

WORDS = ", ".join(command.value for command in COMMANDS)
_WORDS = {YES: YES, "y": YES, NO: NO, "n": NO, UNSURE: UNSURE, "not sure": UNSURE, "?": UNSURE, "u": UNSURE}
_SHORT = {command.value[0]: command for command in COMMANDS}
_TOKEN = re.compile(r"([yn?]?)([0-9]+)")


def command_of(line: str) -> tuple[Command, str] | None:
    """A command and what follows it ("why 3"), where the line is one."""
    word, _, rest = line.strip().lower().removeprefix("/").partition(" ")
    if rest and not rest.strip().isdigit():
        return None
    for command in COMMANDS:
        if word == command.value:
            return command, rest.strip()
    if word in _SHORT:
        return _SHORT[word], rest.strip()
    return None


class Plain:
    """A front of lines in and lines out. Nothing that was printed is ever redrawn."""

    def __init__(
        self, medicines: Mapping[str, tuple[str, ...]], lines: TextIO | None = None, out: TextIO | None = None
    ) -> None:
        self.medicines = {name.lower(): classes for name, classes in medicines.items()}
        self.lines = lines or sys.stdin
        self.out = out or sys.stdout

    # --- lines in and out ---------------------------------------------------------------------------

    def say(self, text: str) -> None:
        width = max(20, min(shutil.get_terminal_size().columns, 100))
        print(page(text, width), file=self.out)
        self.out.flush()

    def _line(self, prompt: str) -> str:
        print(prompt, end="", file=self.out, flush=True)
        line = self.lines.readline()
        if not line:
            print(file=self.out)
            raise EOFError
        if not self.lines.isatty():
            print(inert(line.rstrip("\n")), file=self.out)
        return line.strip()

    # --- the front ----------------------------------------------------------------------------------

    def choose(self, title: str, options: Sequence[Option]) -> str:
        keys = [option.key or str(place) for place, option in enumerate(options, 1)]
        self.say(f"\n{title}")
        for key, option in zip(keys, options, strict=True):
            self.say(f"  {key}  {option.label}")
        while True:
            typed = self._line("> ").lower()
            for key, option in zip(keys, options, strict=True):
                if typed and typed in (key, option.value.lower()):
                    return option.value
            self.say(f"Type one of: {', '.join(keys)}.")

    def ask(self, step: Step, given: Mapping[str, Answer], other_medicines: Sequence[str]) -> Reply:
        left = f" (about {step.left} more)" if step.left else ""
        self.say(f"\n{step.title}{left}")
        if step.intro:
            self.say(step.intro)
        answers: dict[str, Answer | None] = {}
        others = list(other_medicines)
        try:
            if step.kind == "typed":
                return _Typed(self, step, given, answers, others).ask()
            if len(step.findings) == 1 or any(each.words != (YES, NO) for each in step.findings):
                return self._one_by_one(step, given, answers)
            return self._list(step, given, answers)
        except KeyboardInterrupt:
            return Reply(Command.INTERRUPTED, answers, tuple(others))
        except EOFError:
            return Reply(Command.ENDED, answers, tuple(others))

    def _one_by_one(self, step: Step, given: Mapping[str, Answer], answers: dict[str, Answer | None]) -> Reply:
        for finding in step.findings:
            now = f" (now: {answer_words(finding, given[finding.id])})" if finding.id in given else ""
            self.say(f"{step.wording[finding.id]}{now}")
            while True:
                typed = self._line(f"{_accepted(finding)}: ")
                found = command_of(typed) if typed.lower() not in _WORDS else None
                if found:
                    return Reply(found[0], answers, finding=finding.id)
                if typed.lower() in ("", "none", "skip"):
                    break
                try:
                    answers[finding.id] = read_answer(finding, _WORDS.get(typed.lower(), typed))
                    break
                except ValueError as error:
                    self.say(f"{error}. Or one of: {WORDS}.")
        return Reply(Command.DONE, answers)

    def _list(self, step: Step, given: Mapping[str, Answer], answers: dict[str, Answer | None]) -> Reply:
        for place, finding in enumerate(step.findings, 1):
            now = f" (now: {answer_words(finding, given[finding.id])})" if finding.id in given else ""
            self.say(f"{place:>3}  {step.wording[finding.id]}{now}")
        self.say(
            "Type the numbers that are yes. ?2 means not sure, n2 means no, "
            "none means no to all the others. Enter leaves the rest open."
        )
        self.say(f"Or one of: {WORDS} (why 2, help 2).")
        while True:
            typed = self._line("> ")
            found = command_of(typed)
            if found:
                place = int(found[1] or 1)
                line = step.findings[min(max(place, 1), len(step.findings)) - 1]
                return Reply(found[0], answers, finding=line.id)
            mistake = self._take(step, given, typed, answers)
            if not mistake:
                return Reply(Command.DONE, answers)
            self.say(mistake)

    def _take(self, step: Step, given: Mapping[str, Answer], typed: str, answers: dict[str, Answer | None]) -> str:
        """Read one line of numbers into `answers`; what is wrong with it, or nothing."""
        read: dict[str, Answer | None] = {}
        rest: Answer | None = None
        for word in re.sub(r"([yn?])\s+(?=[0-9])", r"\1", typed.lower().replace(",", " ")).split():
            match = _TOKEN.fullmatch(word)
            if word in ("none", "no", "n"):
                rest = NO
            elif word in ("?", "unsure"):
                rest = UNSURE
            elif match and 1 <= int(match[2]) <= len(step.findings):
                read[step.findings[int(match[2]) - 1].id] = _WORDS[match[1] or YES]
            else:
                return f'"{inert(word)}" is none of the lines. Type numbers from 1 to {len(step.findings)}, or help.'
        answers.update(read)
        if rest is not None:
            for finding in step.findings:
                if finding.id not in answers and finding.id not in given:
                    answers[finding.id] = rest
        return ""


def _accepted(finding: Finding) -> str:
    if finding.is_number:
        return f"a number in {finding.unit}, ? for not sure, Enter to skip"
    if finding.choices:
        return f"{', '.join(finding.choices)}, ? for not sure, Enter to skip"
    return "y, n, ? for not sure, Enter to skip"


class _Typed:
    """One screen of typed names of medicines."""

    def __init__(
        self,
        front: Plain,
        step: Step,
        given: Mapping[str, Answer],
        answers: dict[str, Answer | None],
        others: list[str],
    ) -> None:
        self.front, self.step, self.given, self.answers, self.others = front, step, given, answers, others
        self.known = {finding.id: finding for finding in step.findings}

    def ask(self) -> Reply:
        self.front.say("Type one name at a time. An empty line ends the list.")
        self.front.say(f"Or one of: {WORDS}.")
        have = [each.label for each in self.step.findings if self.given.get(each.id) == YES]
        if have or self.others:
            self.front.say(f"So far: {', '.join((*have, *self.others))}.")
        while True:
            typed = self.front._line("name: ")
            found = command_of(typed) if len(typed) > 1 else None
            if found:
                return self.reply(found[0])
            if typed.lower() in ("none", NO, "n"):
                self.rest(NO)
                return self.reply(Command.DONE)
            if not typed:
                self.close()
                return self.reply(Command.DONE)
            self.add(typed)

    def reply(self, command: Command) -> Reply:
        return Reply(command, self.answers, tuple(self.others), self.step.findings[0].id)

    def add(self, typed: str) -> None:
        name = typed.lower()
        if name not in self.front.medicines:
            near = get_close_matches(name, self.front.medicines, n=1, cutoff=0.75)
            if near and self.front._line(f"Did you mean {near[0]}? y or n: ").lower() in ("y", YES):
                name = near[0]
        classes = self.front.medicines.get(name)
        if classes is None:
            self.others.append(typed)
            self.front.say(f"{typed}: not known here. It goes on your sheet: ask about this one.")
            return
        self.answers.update(dict.fromkeys(classes, YES))
        labels = [self.known[each].label if each in self.known else each for each in classes]
        self.front.say(f"{name}: {', '.join(labels)}.")

    def close(self) -> None:
        """Ask what the list means for the medicines that are not on it."""
        if self.blank():
            word = _WORDS.get(self.front._line("Is this list complete? y, n, ? for not sure: ").lower())
            if word in (YES, UNSURE):
                self.rest(NO if word == YES else UNSURE)

    def blank(self) -> list[str]:
        return [each.id for each in self.step.findings if each.id not in self.answers and each.id not in self.given]

    def rest(self, answer: str) -> None:
        """All medicines that were not named. A name nobody knows may be any of them, so then none is denied."""
        self.answers.update(dict.fromkeys(self.blank(), UNSURE if self.others else answer))
