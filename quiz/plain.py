"""Asks and shows as static numbered lines: for pipes, screen readers and terminals that cannot move a cursor."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TextIO

from quiz.answers import read_answer
from quiz.conversation import ASKING, COMMANDS, Command, Option, Reply, chosen, how_to_choose
from quiz.interview import Step
from quiz.model import NO, UNSURE, YES, Answer, Finding
from quiz.text import inert, page
from quiz.wording import answer_words

WORDS = ", ".join(command.value for command in COMMANDS)
_WORDS = {
    **dict.fromkeys((YES, "y", "yeah", "yep"), YES),
    **dict.fromkeys((NO, "n", "nope"), NO),
    **dict.fromkeys((UNSURE, "not sure", "?", "u", "do not know", "don't know", "dont know", "maybe"), UNSURE),
}
_SKIP = ("", "skip", "pass")
"""What leaves a question open."""

_NONE = ("none", "none of these", "none of them")
_SHORT = {command.value[0]: command for command in COMMANDS}
_TOKEN = re.compile(r"([yn?]?)([0-9]+)")
_SPELT = (
    (re.compile(r"\b(?:not sure|unsure)\b|\?"), "?"),
    (re.compile(r"\byes\b"), "y"),
    (re.compile(r"\b(?:no|none)\b"), "n"),
    (re.compile(r"([yn?])\s+(?=[0-9])"), r"\1"),
)
"""How words in a line of numbers are shortened before they are read."""


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

    def line(self, prompt: str) -> str:
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
            typed = self.line("> ")
            picked = chosen(self._numbered(options, keys), typed)
            if picked:
                return picked.value
            self.say(how_to_choose(options, keys) if typed.lower() in ASKING else f"Type one of: {', '.join(keys)}.")

    def _numbered(self, options: Sequence[Option], keys: Sequence[str]) -> list[Option]:
        """The options, each with the key that was shown."""
        return [replace(option, key=key) for option, key in zip(options, keys, strict=True)]

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
        place = 0
        while place < len(step.findings):
            finding = step.findings[place]
            command = self._one(step, finding, {**given, **answers}, answers)
            if command is Command.BACK and place:
                place -= 1
            elif command:
                return Reply(command, answers, finding=finding.id)
            else:
                place += 1
        return Reply(Command.DONE, answers)

    def _one(
        self, step: Step, finding: Finding, given: Mapping[str, Answer | None], answers: dict[str, Answer | None]
    ) -> Command | None:
        """Ask one question until it is answered or left open. A command, where one was typed instead."""
        now = given.get(finding.id)
        self.say(step.wording[finding.id] + ("" if now is None else f" (now: {answer_words(finding, now)})"))
        while True:
            typed = self.line(f"{_accepted(finding)}: ")
            word = typed.lower()
            found = command_of(typed) if word not in (*_WORDS, *finding.choices) else None
            if found:
                return found[0]
            denied = word in _NONE or _WORDS.get(word) == NO
            if word in _SKIP or (denied and finding.is_number) or (word in _NONE and finding.choices):
                return None
            try:
                answers[finding.id] = read_answer(finding, NO if word in _NONE else _WORDS.get(word, typed))
                return None
            except ValueError as error:
                self.say(f"{error}. Or one of: {WORDS}.")

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
            typed = self.line("> ")
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
        line = typed.lower().replace(",", " ")
        if line.strip() in _SKIP:
            return ""
        if line.strip() in _NONE:
            line = "n"
        for spelt, short in _SPELT:
            line = spelt.sub(short, line)
        for word in line.split():
            match = _TOKEN.fullmatch(word)
            if _WORDS.get(word) in (NO, UNSURE):
                rest = _WORDS[word]
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
        self.front.say("Type one name at a time. An empty line ends the list. none means that you take none of these.")
        self.front.say(f"Or one of: {WORDS}.")
        have = [each.label for each in self.step.findings if self.given.get(each.id) == YES]
        if have or self.others:
            self.front.say(f"So far: {', '.join((*have, *self.others))}.")
        while True:
            typed = self.front.line("name: ")
            command = self.typed(typed)
            if command:
                return self.reply(command)

    def typed(self, typed: str) -> Command | None:
        """Take one line; what it ends the screen with, if it does."""
        word = typed.lower()
        if word in _NONE or _WORDS.get(word) in (NO, UNSURE):
            self.rest(_WORDS.get(word, NO))
            return Command.DONE
        if word in ("skip", "pass"):
            return Command.DONE
        if not word:
            return self.close()
        if word in _WORDS:
            self.front.say('Type the name of a medicine, or "none".')
            return None
        found = command_of(typed)
        return found[0] if found else self.add(typed)

    def reply(self, command: Command) -> Reply:
        """The line that the person stands on is the medicine named last, or the first one."""
        named = [each for each in reversed(self.answers) if self.answers[each] == YES and each in self.known]
        return Reply(command, self.answers, tuple(self.others), (named or [self.step.findings[0].id])[0])

    def add(self, typed: str) -> Command | None:
        name = typed.lower()
        if name not in self.front.medicines:
            near = get_close_matches(name, self.front.medicines, n=1, cutoff=0.75)
            said = self.settle(f"Did you mean {near[0]}? y or n: ") if near else NO
            if isinstance(said, Command):
                return said
            name = near[0] if said == YES else name
        classes = self.front.medicines.get(name)
        if classes is None:
            self.others.append(typed)
            self.front.say(f"{typed}: not known here. It goes on your sheet: ask about this one.")
            return None
        self.answers.update(dict.fromkeys(classes, YES))
        labels = [self.known[each].label if each in self.known else each for each in classes]
        self.front.say(f"{name}: {', '.join(labels)}.")
        return None

    def settle(self, question: str) -> str | Command:
        """Yes, no, not sure, or nothing where it is skipped; a command, where one was typed instead."""
        while True:
            typed = self.front.line(question)
            word = typed.lower()
            if word in _WORDS:
                return _WORDS[word]
            if word in _SKIP or word in _NONE:
                return NO if word in _NONE else ""
            found = command_of(typed)
            if found:
                return found[0]
            self.front.say(f"Type y, n or ?. Or one of: {WORDS}.")

    def close(self) -> Command | None:
        """Ask what the list means for the medicines that are not on it."""
        if self.blank():
            said = self.settle("Is this list complete? y, n, ? for not sure: ")
            if isinstance(said, Command):
                return said
            if said in (YES, UNSURE):
                self.rest(NO if said == YES else UNSURE)
        return Command.DONE

    def blank(self) -> list[str]:
        return [each.id for each in self.step.findings if each.id not in self.answers and each.id not in self.given]

    def rest(self, answer: str) -> None:
        """All medicines that were not named. A name nobody knows may be any of them, so then none is denied."""
        self.answers.update(dict.fromkeys(self.blank(), UNSURE if self.others else answer))
