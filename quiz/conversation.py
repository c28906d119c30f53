"""The talk with a person, from the first question to the last. Knows no keyboard: a front asks and shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Literal, Protocol

from quiz.interview import Interview, Session, Step
from quiz.model import Answer, Assessment, Finding


class Command(Enum):
    """What a person can do at every prompt."""

    DONE = "done"
    BACK = "back"
    CHANGE = "change"
    WHY = "why"
    HELP = "help"
    SAVE = "save"
    RESULT = "result"
    QUIT = "quit"
    INTERRUPTED = "Ctrl-C"
    ENDED = "Ctrl-D"


COMMANDS = (Command.BACK, Command.CHANGE, Command.WHY, Command.HELP, Command.SAVE, Command.RESULT, Command.QUIT)
"""What can be typed as a word at every prompt."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back from a step.

    `given` holds the lines that were answered, also when the command is not DONE, so that nothing entered is lost;
    None takes an answer back. `other_medicines` are all the names on the list that no rule knows; only a typed step
    has them. `finding` is the line that the person stood on.
    """

    command: Command
    given: Mapping[str, Answer | None] = field(default_factory=dict)
    other_medicines: tuple[str, ...] = ()
    finding: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One of several things to choose from. `key` is a single letter or digit, or empty."""

    value: str
    label: str
    key: str = ""


class Front(Protocol):
    """A way to ask and show.

    Ctrl-C, and Ctrl-D or the end of a pipe, are commands of a reply to `ask`, which so keeps what was answered. Out of
    `choose` they come as KeyboardInterrupt and EOFError.
    """

    def ask(self, step: Step, given: Mapping[str, Answer], other_medicines: Sequence[str]) -> Reply: ...
    def choose(self, title: str, options: Sequence[Option]) -> str: ...
    def say(self, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Ending:
    """How a talk ended. `told` is what the note rests on."""

    session: Session
    how: Literal["finished", "quit", "interrupted", "ended"]


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of the talk, made from the rules by the room of wording."""

    emergency: Callable[[Assessment], str]
    why: Callable[[Session, Finding], str]
    help: Callable[[Step, Finding], str]
    answer: Callable[[Finding, Answer], str]


def converse(
    interview: Interview,
    assess: Callable[[Mapping[str, Answer]], Assessment],
    front: Front,
    words: Words,
    save: Callable[[Session], str],
    keep: Callable[[Session], None],
    session: Session,
) -> Ending:
    """Ask until nothing more matters, the person stops, or an emergency makes them stop.

    `save` writes the session where the person can find it and says where; `keep` is called after every step.
    """
    talk = _Talk(interview, assess, front, words, save, keep, session)
    try:
        how: Literal["finished", "quit"] = talk.run()
        return Ending(talk.session, how)
    except KeyboardInterrupt:
        return Ending(talk.session, "interrupted")
    except EOFError:
        return Ending(talk.session, "ended")


class _Talk:
    def __init__(
        self,
        interview: Interview,
        assess: Callable[[Mapping[str, Answer]], Assessment],
        front: Front,
        words: Words,
        save: Callable[[Session], str],
        keep: Callable[[Session], None],
        session: Session,
    ) -> None:
        self.interview, self.assess, self.front, self.words = interview, assess, front, words
        self.save, self.keep = save, keep
        self.session = session
        self.before: list[Session] = []
        self.flags_told: frozenset[str] = frozenset()

    def run(self) -> Literal["finished", "quit"]:
        while step := self.interview.next(self.session):
            reply = self.ask(step)
            if reply.command is Command.QUIT:
                return "quit"
            if reply.command is Command.RESULT:
                return "finished"
            if self.stops_for_emergency():
                return "finished"
        return "finished"

    def ask(self, step: Step) -> Reply:
        """Put one step until it is done, or the person goes elsewhere. Every reply is taken over at once."""
        start = self.session
        while True:
            reply = self.put(step)
            line = next((each for each in step.findings if each.id == reply.finding), step.findings[0])
            if reply.command is Command.WHY:
                self.front.say(self.words.why(self.session, line))
            elif reply.command is Command.HELP:
                self.front.say(self.words.help(step, line))
            elif reply.command is Command.SAVE:
                self.front.say(self.save(self.session))
            elif reply.command is Command.CHANGE:
                self.change()
            elif reply.command is Command.BACK:
                self.back()
                return reply
            else:
                if reply.command is Command.DONE:
                    self.before.append(start)
                return reply

    def put(self, step: Step) -> Reply:
        """Put a step once. What was answered is kept also when the person leaves from it."""
        reply = self.front.ask(step, self.session.answers, self.session.other_medicines)
        self.take(step, reply)
        if reply.command is Command.INTERRUPTED:
            raise KeyboardInterrupt
        if reply.command is Command.ENDED:
            raise EOFError
        return reply

    def take(self, step: Step, reply: Reply) -> None:
        others = reply.other_medicines if step.kind == "typed" else self.session.other_medicines
        self.session = replace(self.session.given(reply.given), other_medicines=others)
        if reply.command is Command.DONE:
            self.session = self.session.done(step)
        self.keep(self.session)

    def back(self) -> None:
        """To the step before. Answers stay as they are; only the place moves."""
        if not self.before:
            self.front.say("This is the first question.")
            return
        earlier = self.before.pop()
        self.session = replace(self.session, shown=earlier.shown, asked=earlier.asked)

    def change(self) -> None:
        """Any answer, in two steps: which one, and what it is now."""
        findings = self.interview.rulebase.findings
        given = [findings[finding] for finding in self.session.answers if finding in findings]
        if not given:
            self.front.say("There is no answer to change yet.")
            return
        options = [
            Option(each.id, f"{each.label}: {self.words.answer(each, self.session.answers[each.id])}") for each in given
        ]
        chosen = self.front.choose("Which answer do you want to change?", [*options, Option("", "none of them", "0")])
        if not chosen:
            return
        finding = findings[chosen]
        was = self.session.answers[chosen]
        step = Step((), "list", "Change this answer", "", (finding,), {chosen: finding.question}, 0)
        self.put(step)
        now = self.session.answers.get(chosen)
        told = "not answered" if now is None else self.words.answer(finding, now)
        self.front.say(f"{finding.label}: was {self.words.answer(finding, was)}, now {told}.")

    def stops_for_emergency(self) -> bool:
        """Tell a red flag the moment it is answered, and offer to stop."""
        assessment = self.assess(self.session.answers)
        flags = frozenset(fired.rule.id for fired in assessment.red_flags)
        if flags <= self.flags_told:
            return False
        self.flags_told |= flags
        self.front.say(self.words.emergency(assessment))
        chosen = self.front.choose(
            "Do you want to stop here?",
            [
                Option("stop", "Stop, and show what to tell the emergency team", "s"),
                Option("go", "Go on with the questions", "g"),
            ],
        )
        return chosen == "stop"
