"""Asks and shows as static numbered lines: for pipes, screen readers and terminals that cannot move a cursor."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TextIO

from quiz.answers import read_answer, units_of
from quiz.conversation import ASKING, COMMANDS, Command, Heard, Option, Reply, chosen, how_to_choose, unheard
from quiz.errors import StoreError
from quiz.interview import Session, Step
from quiz.model import NO, UNSURE, YES, Answer, Finding
from quiz.name_book import NameBook, says_nothing
from quiz.picking import SHORTEST_NAME, matching, meant
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

ASIDE = (Command.WHY, Command.HELP, Command.SAVE)
"""Commands about the question that was just heard."""

AWAY_AND_BACK = (Command.CHANGE, Command.BACK)
"""Commands that lead elsewhere, and from there perhaps back to the same screen."""

MOST_NEAR = 6
"""Options that are read out where what was typed fits several."""

AGAIN = "again"
"""What is typed to hear the lines of a screen once more."""

MOST_READ = 12
"""Options that are read out at once. Nobody remembers more of them."""

HOW_TO = {
    "one": "Answer each question, or press Enter to leave it open. again reads it once more.",
    "list": "Type the numbers that are yes. ?2 means not sure, n2 means no, none means no to all the others. Enter "
    "leaves the rest open. why 2 and help 2 ask about one line, and again reads the lines once more.",
    "names": "Type one name at a time. An empty line ends the list. none means that you take none of these. again "
    "reads the list so far.",
}
SHORTLY = {
    "list": "Numbers, none, Enter or help.",
    "names": "One name at a time, none, Enter or help.",
}
"""How to answer each kind of screen, and what is enough once that was heard."""

TWO_WAYS = "That can be read in two ways. Type n2 for no to line 2, ?2 for not sure, and none for no to all the others."
"""What is said of "2 no"."""

_NONE = ("none", "none of these", "none of them")
_SHORT = {command.value[0]: command for command in COMMANDS}
_NUMBER = re.compile("[0-9]{1,4}")
"""Of a line. Python takes other signs for digits as well, and no screen has that many lines."""

_TOKEN = re.compile(f"([yn?]?)({_NUMBER.pattern})")
_SPELT = (
    (re.compile(r"\b(?:not sure|unsure)\b|\?"), "?"),
    (re.compile(r"\byes\b"), "y"),
    (re.compile(r"\bno\b"), "n"),
    (re.compile(r"([yn?])\s+(?=[0-9])"), r"\1"),
)
"""How words in a line of numbers are shortened before they are read."""


def command_of(line: str) -> tuple[Command, str] | None:
    """A command and what follows it ("why 3"), where the line is one."""
    word, _, rest = line.strip().lower().removeprefix("/").partition(" ")
    if rest and not _NUMBER.fullmatch(rest.strip()):
        return None
    for command in COMMANDS:
        if word == command.value:
            return command, rest.strip()
    if word in _SHORT:
        return _SHORT[word], rest.strip()
    return None


def _is_one(near: Sequence[Option], typed: str) -> bool:
    """Whether one option is near to what was typed, and that is more than one letter."""
    return len(near) == 1 and len(typed) >= SHORTEST_NAME


def _or_one_of(commands: Sequence[Option]) -> str:
    return f", or one of: {', '.join(each.key or each.value for each in commands)}" if commands else ""


class Plain:
    """A front of lines in and lines out. Nothing that was printed is ever redrawn."""

    def __init__(
        self, medicines: Mapping[str, tuple[str, ...]], lines: TextIO | None = None, out: TextIO | None = None
    ) -> None:
        self.book = NameBook(medicines)
        self.lines = lines or sys.stdin
        self.out = out or sys.stdout
        self.told: set[str] = set()
        self.taken: set[str] = set()
        self.learnt_at: Step | None = None
        self.left: tuple[Step, str] | None = None

    # --- lines in and out ---------------------------------------------------------------------------

    def say(self, text: str) -> None:
        width = max(20, min(shutil.get_terminal_size().columns, 100))
        print(page(text, width), file=self.out)
        self.out.flush()

    def line(self, prompt: str) -> str:
        print(inert(prompt), end="", file=self.out, flush=True)
        try:
            line = self.lines.readline()
        except UnicodeError as error:
            way = "send text in UTF-8, and leave PYTHONIOENCODING unset"
            raise StoreError(f"standard input: is not {self.lines.encoding} text\n  hint: {way}") from error
        if not line:
            print(file=self.out)
            raise EOFError
        if not self.lines.isatty():
            print(inert(line.rstrip("\n")), file=self.out)
        return line.strip()

    # --- the front ----------------------------------------------------------------------------------

    def choose(self, title: str, options: Sequence[Option]) -> str:
        """Of a long list only the beginning is read out; the rest is found by a part of a name, or with `more`."""
        keys = [option.key or str(place) for place, option in enumerate(options, 1)]
        numbered = self._numbered(options, keys)
        self.say(f"\n{title}")
        waiting = self._read_options(numbered, MOST_READ)
        while True:
            typed = self.line("> ")
            if typed.lower() == "more" and waiting:
                waiting = self._read_options(waiting, MOST_READ)
                continue
            picked = chosen(numbered, typed) or (meant(numbered, typed) if len(options) > MOST_READ else None)
            near = matching(numbered, typed, MOST_NEAR) if typed and not picked and len(options) > MOST_READ else []
            if picked or _is_one(near, typed):
                return (picked or near[0]).value
            if near:
                self.say("More than one fits:")
                self._read_options(near, len(near))
            elif len(options) > MOST_READ:
                self.say("Type a number or a part of a name.")
            else:
                self.say(
                    how_to_choose(options, keys) if typed.lower() in ASKING else f"Type one of: {', '.join(keys)}."
                )

    def _read_options(self, options: Sequence[Option], most: int) -> Sequence[Option]:
        """Read out the first of the options, and any way to leave; those that wait."""
        read = options if len(options) <= most else [*options[:most], *(each for each in options if not each.value)]
        for option in dict.fromkeys(read):
            self.say(f"  {option.key}  {option.label}")
        waiting = [each for each in options if each not in read]
        if waiting:
            self.say(f"Type a number, or a part of a name to find one. There are {len(waiting)} more: type more.")
        return waiting

    def choose_several(self, title: str, options: Sequence[Option], commands: Sequence[Option] = ()) -> tuple[str, ...]:
        """The values chosen, at least one, or that of one command."""
        keys = [option.key or str(place) for place, option in enumerate(options, 1)]
        numbered = self._numbered(options, keys)
        self.say(f"\n{title}")
        for key, option in zip(keys, options, strict=True):
            self.say(f"  {key}  {option.label}")
        self.say(f"Type all that fit, with spaces between{_or_one_of(commands)}.")
        while True:
            typed = self.line("> ")
            command = chosen(commands, typed)
            if command:
                return (command.value,)
            words = [word for word in re.split(r"[\s,;]+", typed) if word]
            taken = {named.value for word in words if (named := chosen(numbered, word))}
            if words and len(taken) == len(set(words)):
                return tuple(option.value for option in options if option.value in taken)
            self.say(f"Type some of: {', '.join(keys)}{_or_one_of(commands)}.")

    def pick(self, title: str, options: Sequence[Option], commands: Sequence[Option] = ()) -> str:
        """The value of one of many options, or that of a command. What is only like a name asks for a yes."""
        self.say(f"\n{title}")
        self.say(f"Type a part of its name{_or_one_of(commands)}.")
        near: Sequence[Option] = ()
        while True:
            typed = self.line("> ").strip()
            if len(near) == 1 and _WORDS.get(typed.lower()) == YES:
                return near[0].value
            command = chosen(commands, typed.removeprefix("/"))
            if command:
                return command.value
            named = meant(options, typed)
            near = matching(options, typed, MOST_NEAR + 1) if typed and not named else []
            if named:
                return named.value
            if len(near) > MOST_NEAR:
                self.say("Many are called so. Type more of its name.")
            elif len(near) == 1:
                self.say(f"Do you mean {near[0].label}? Type y, or another word.")
            elif near:
                self.say(f"Do you mean one of: {'; '.join(each.label for each in near)}?")
            else:
                self.say("Nothing here is called so. Try another word for it.")

    def _numbered(self, options: Sequence[Option], keys: Sequence[str]) -> list[Option]:
        """The options, each with the key that was shown."""
        return [replace(option, key=key) for option, key in zip(options, keys, strict=True)]

    def ask(self, step: Step, session: Session, heard: Heard = unheard) -> Reply:
        """Put a step. Whoever was here just before, and asked why or for help, hears only where they are."""
        again, self.left = (self.left if self.left and self.left[0] == step else None), None
        reply = self._ask(_Asked(step, session, heard), again[1] if again else None)
        if reply.command in ASIDE:
            self.left = step, reply.finding
        elif reply.command in AWAY_AND_BACK:
            self.left = step, ""
        if reply.command is Command.HELP and step != self.learnt_at:
            self.say(HOW_TO[_kind(step)])
        return reply

    def _ask(self, asked: _Asked, stood_on: str | None) -> Reply:
        """`stood_on` is the line where the person was before, or None where the step is new to them."""
        step = asked.step
        left = f" (about {step.left} more)" if step.left else ""
        self.say(f"\n{step.title}{left}" if stood_on is None else f"\nStill at: {step.title}.")
        if step.intro and stood_on is None:
            self.say(step.intro)
        try:
            if _kind(step) == "names":
                return _Typed(self, asked).ask(stood_on is not None)
            return self._one_by_one(asked, stood_on) if _kind(step) == "one" else self._list(asked, stood_on)
        except KeyboardInterrupt:
            return asked.reply(Command.INTERRUPTED)
        except EOFError:
            return asked.reply(Command.ENDED)

    def tell_how_to(self, step: Step) -> None:
        """How to answer, in full when it is heard for the first time."""
        kind = _kind(step)
        if kind not in self.told:
            self.learnt_at = step
            self.say(HOW_TO[kind])
        elif kind in SHORTLY:
            self.say(SHORTLY[kind])
        if not self.told:
            self.say(f"At any time you can also type one of: {WORDS}.")
        self.told.add(kind)

    def _one_by_one(self, asked: _Asked, stood_on: str | None) -> Reply:
        findings = asked.step.findings
        if stood_on is None:
            self.tell_how_to(asked.step)
        first = next((place for place, each in enumerate(findings) if each.id not in asked.given), 0)
        place = next((place for place, each in enumerate(findings) if each.id == stood_on), first)
        while place < len(findings):
            finding = findings[place]
            if finding.id != stood_on:
                self.say(asked.question(finding))
            stood_on = None
            command = self._one(finding, asked)
            if command is Command.BACK and place:
                place -= 1
            elif command:
                return asked.reply(command, finding.id)
            else:
                place += 1
        return asked.reply(Command.DONE)

    def _one(self, finding: Finding, asked: _Asked) -> Command | None:
        """Ask one question until it is answered or left open. A command, where one was typed instead."""
        while True:
            typed = self.line(f"{_accepted(finding)}: ")
            word = typed.lower()
            if word == AGAIN:
                self.say(asked.question(finding))
                continue
            found = command_of(typed) if word not in (*_WORDS, *finding.choices) else None
            if found:
                return found[0]
            denied = word in _NONE or _WORDS.get(word) == NO
            none_fits = not finding.choices and not finding.yes_is_well
            if word in _SKIP or (denied and finding.is_number) or (word in _NONE and not none_fits):
                return None
            try:
                said = NO if word in _NONE else _WORDS.get(word, typed)
                asked.take({finding.id: read_answer(finding, said, told_by="label")})
                return None
            except ValueError as error:
                self.say(f"{error}. Or one of: {WORDS}.")

    def _list(self, asked: _Asked, stood_on: str | None) -> Reply:
        findings = asked.step.findings
        if stood_on is None:
            self._read_out(asked)
            self.tell_how_to(asked.step)
        while True:
            typed = self.line("> ")
            if typed.lower() == AGAIN:
                self._read_out(asked)
                continue
            found = command_of(typed)
            if found:
                place = int(found[1] or 1)
                return asked.reply(found[0], findings[min(max(place, 1), len(findings)) - 1].id)
            mistake = self._take(asked, typed)
            if not mistake:
                return asked.reply(Command.DONE)
            self.say(mistake)

    def _read_out(self, asked: _Asked) -> None:
        for place, finding in enumerate(asked.step.findings, 1):
            self.say(f"{place:>3}  {asked.question(finding)}")

    def _take(self, asked: _Asked, typed: str) -> str:
        """Take one line of numbers; what is wrong with it, or nothing."""
        findings = asked.step.findings
        read: dict[str, Answer] = {}
        rest: Answer | None = None
        line = typed.lower().replace(",", " ")
        if line.strip() in _SKIP:
            return ""
        if line.strip() in _NONE:
            line = "none"
        for spelt, short in _SPELT:
            line = spelt.sub(short, line)
        for word in line.split():
            match = _TOKEN.fullmatch(word)
            if word in _NONE:
                rest = NO
            elif _WORDS.get(word) in (NO, UNSURE):
                if read:
                    return TWO_WAYS
                rest = _WORDS[word]
            elif match and 1 <= int(match[2]) <= len(findings):
                read[findings[int(match[2]) - 1].id] = _WORDS[match[1] or YES]
            else:
                return f'"{inert(word)}" is none of the lines. Type numbers from 1 to {len(findings)}, or help.'
        if rest is not None:
            blank = asked.blank()
            meant = [each.id for each in findings if each.id in blank and (rest == UNSURE or not each.yes_is_well)]
            read = {**dict.fromkeys(meant, rest), **read}
        asked.take(read)
        return ""


def _kind(step: Step) -> str:
    """How a step is put: as names, one question after the other, or as a list."""
    if step.kind == "typed":
        return "names"
    return "one" if len(step.findings) == 1 or any(each.words != (YES, NO) for each in step.findings) else "list"


class _Asked:
    """One step that is being put, with what was answered so far. Every answer is heard at once."""

    def __init__(self, step: Step, session: Session, heard: Heard) -> None:
        self.step, self.given, self.heard = step, session.answers, heard
        self.others, self.named = list(session.other_medicines), list(session.named_medicines)
        self.answers: dict[str, Answer | None] = {}

    def take(self, answers: Mapping[str, Answer]) -> None:
        self.answers.update(answers)
        self.heard(self.reply(Command.DONE))

    def take_name(self, name: str, classes: Sequence[str]) -> None:
        """A name on the list; without classes it is known to no rule, and may be any medicine: none is denied then."""
        listed = self.named if classes else self.others
        if name.casefold() in map(str.casefold, listed):
            self.take({})
            return
        listed.append(name)
        denied = [] if classes else [each.id for each in self.step.findings if self.now(each) == NO]
        self.take({**dict.fromkeys(denied, UNSURE), **dict.fromkeys(classes, YES)})

    def now(self, finding: Finding) -> Answer | None:
        """The answer as it is now."""
        return self.answers.get(finding.id, self.given.get(finding.id))

    def reply(self, command: Command, finding: str = "") -> Reply:
        if self.step.kind != "typed":
            return Reply(command, dict(self.answers), finding=finding)
        named = tuple(dict.fromkeys(self.named))
        return Reply(command, dict(self.answers), tuple(self.others), finding, named)

    def question(self, finding: Finding) -> str:
        """The question, with the answer as it is now."""
        now = self.now(finding)
        return self.step.wording[finding.id] + ("" if now is None else f" (now: {answer_words(finding, now)})")

    def blank(self) -> list[str]:
        return [each.id for each in self.step.findings if each.id not in self.answers and each.id not in self.given]


def _accepted(finding: Finding) -> str:
    if finding.is_number:
        return f"a number in {units_of(finding)}, ? for not sure, Enter to skip"
    if finding.choices:
        return f"{', '.join(finding.choices)}, ? for not sure, Enter to skip"
    return "y, n, ? for not sure, Enter to skip"


class _Typed:
    """One screen of typed names of medicines."""

    def __init__(self, front: Plain, asked: _Asked) -> None:
        self.front, self.asked = front, asked
        self.known = {finding.id: finding for finding in asked.step.findings}

    def ask(self, again: bool) -> Reply:
        if not again:
            self.front.tell_how_to(self.asked.step)
            self.tell_list()
        command = self.ask_anew()
        while not command:
            typed = self.front.line("name: ")
            if typed.lower() == AGAIN:
                self.tell_list()
                continue
            command = self.typed(typed)
        return self.reply(command)

    def ask_anew(self) -> Command | None:
        """Ask what a name on the list means where that was left in question."""
        for name in [each for each in self.asked.others if each not in self.front.taken]:
            if self.front.book.near(name, 1):
                self.asked.others.remove(name)
                command = self.add([name])
                if command:
                    return command
        return None

    def tell_list(self) -> None:
        answers = {**self.asked.given, **self.asked.answers}
        book = self.front.book
        named = [name for name in self.asked.named if all(answers.get(each) == YES for each in book.findings(name))]
        classes = {each for name in named for each in book.findings(name)}
        have = [
            each.label for each in self.asked.step.findings if answers.get(each.id) == YES and each.id not in classes
        ]
        names = (*named, *have, *self.asked.others)
        if names:
            self.front.say(f"So far: {', '.join(names)}.")

    def typed(self, typed: str) -> Command | None:
        """Take one line; what it ends the screen with, if it does."""
        word = typed.lower()
        if word in _NONE or _WORDS.get(word) in (NO, UNSURE):
            self.rest(_WORDS.get(word, NO))
            return Command.DONE
        if word in ("skip", "pass"):
            return Command.DONE
        if not word or says_nothing(word):
            return self.close()
        if word in _WORDS:
            self.front.say('Type the name of a medicine, or "none".')
            return None
        found = command_of(typed)
        return found[0] if found else self.add(self.front.book.listed(typed))

    def reply(self, command: Command) -> Reply:
        """The line that the person stands on is the medicine named last, or the first one."""
        answers = self.asked.answers
        named = [each for each in reversed(answers) if answers[each] == YES and each in self.known]
        return self.asked.reply(command, (named or [self.asked.step.findings[0].id])[0])

    def add(self, waiting: list[str]) -> Command | None:
        """Take names, and after them those that are typed where it is asked what one means: none of them is lost."""
        try:
            while waiting:
                meant = self.meant(waiting[0], waiting)
                if isinstance(meant, Command):
                    self.keep(waiting)
                    return meant
                self.take(meant)
                del waiting[0]
        except (EOFError, KeyboardInterrupt):
            self.keep(waiting)
            raise
        return None

    def meant(self, name: str, waiting: list[str]) -> str | Command:
        known = self.front.book.exact(name)
        near = [] if known else self.front.book.near(name, 1)
        if not near:
            return known or name
        said = self.settle(f"Did you mean {near[0]}? y or n: ", waiting)
        if said == YES and self.front.book.leaves_something(name, near[0]):
            self.take(name)
        return said if isinstance(said, Command) else near[0] if said == YES else name

    def take(self, name: str) -> None:
        classes = self.front.book.findings(name)
        self.front.taken.add(name)
        self.keep([name])
        if not classes:
            self.front.say(f"{name}: not known here. It goes on your note: ask about this one.")
        else:
            labels = [self.known[each].label if each in self.known else each for each in classes]
            self.front.say(f"{name}: {', '.join(labels)}.")

    def keep(self, names: Sequence[str]) -> None:
        for name in names:
            known = self.front.book.exact(name)
            self.asked.take_name(known or name, self.front.book.findings(known))

    def settle(self, question: str, names: list[str] | None = None) -> str | Command:
        """Yes, no, not sure, or nothing where it is skipped; a command, where one was typed instead.

        With `names`, any other line is the next of them.
        """
        while True:
            typed = self.front.line(question)
            word = typed.lower()
            if word in _WORDS:
                return _WORDS[word]
            if word in _SKIP:
                return ""
            if word in _NONE or (names is not None and says_nothing(word)):
                return NO
            found = command_of(typed)
            if found:
                return found[0]
            if names is None:
                self.front.say(f"Type y, n or ?. Or one of: {WORDS}.")
            else:
                names.append(typed)
                self.front.say(f"{typed} comes next.")

    def close(self) -> Command | None:
        """Ask what the list means for the medicines that are not on it."""
        if self.asked.blank():
            said = self.settle("Is this list complete? y, n, ? for not sure: ")
            if isinstance(said, Command):
                return said
            if said in (YES, UNSURE):
                self.rest(NO if said == YES else UNSURE)
        return Command.DONE

    def rest(self, answer: str) -> None:
        """All medicines that were not named. A name nobody knows may be any of them, so then none is denied."""
        self.asked.take(dict.fromkeys(self.asked.blank(), UNSURE if self.asked.others else answer))
