"""The talk with a person, from the first question to the last. Knows no keyboard: a front asks and shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Literal, Protocol

from quiz.interview import Interview, Session, Step
from quiz.model import NO, Answer, Assessment, Finding, Fired, RuleBase


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
    None takes an answer back. `named_medicines` are all the names on the list that stand for answers, `other_medicines`
    those that no rule knows; only a typed step has them. `finding` is the line that the person stood on.
    """

    command: Command
    given: Mapping[str, Answer | None] = field(default_factory=dict)
    other_medicines: tuple[str, ...] = ()
    finding: str = ""
    named_medicines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """One of several things to choose from. `key` is a single letter or digit, or empty.

    `words` are what else a person may type to mean it: "yes" where the title asks something and this agrees.
    """

    value: str
    label: str
    key: str = ""
    words: tuple[str, ...] = ()


BACK = "back"
AWAY = ("", "none", "no", BACK)
"""Values of an option that takes nothing or goes back: the one that is meant by "back". To quit is not to go back."""

BACK_WORDS = ("b", "back", "q", "quit")
NONE_WORDS = ("n", "no", "none", "none of them", "skip")
"""What is typed to go back, and what to take nothing: that alone leads nowhere."""

ASKING = ("?", "h", "help", "f1")


def chosen(options: Sequence[Option], typed: str) -> Option | None:
    """The option that is meant by a key or a word, if any is. An option's own key and value come first."""
    word = " ".join(typed.split())
    for exact in (str, str.lower):
        for option in options:
            if option.key and exact(option.key) == exact(word):
                return option
    word = word.lower()
    if not word:
        return None
    for option in options:
        if word == option.value.lower() or word in option.words:
            return option
    if word == "y":
        return chosen(options, "yes")
    away = next((each for each in options if each.value in AWAY), None)
    return away if word in BACK_WORDS or (word in NONE_WORDS and away and away.value != BACK) else None


def how_to_choose(options: Sequence[Option], keys: Sequence[str]) -> str:
    """What can be typed: each option, and what "back" and "none" mean where they mean one."""
    listed = "; ".join(f"{key} - {option.label}" for key, option in zip(keys, options, strict=True))
    back, none = (
        next((key for key, option in zip(keys, options, strict=True) if option is meant), "")
        for meant in (chosen(options, BACK), chosen(options, "none"))
    )
    ways = [("Back, b or none", back)] if back == none else [("Back or b", back if back != "b" else ""), ("None", none)]
    return " ".join((f"You can type {listed}.", *(f"{words} means {key}." for words, key in ways if key)))


def welcome(rulebase: RuleBase) -> str:
    """What this is and is not, and what to do in an emergency."""
    notice = rulebase.notice
    return f"{notice['is_']}\n{notice['is_not']}\n{notice['emergency']}"


Heard = Callable[[Reply], object]
"""Takes what stands on a screen so far, each time a line was answered: the reply, if it were done now."""


def unheard(reply: Reply) -> None:
    """For those who want only the reply in the end."""


class Front(Protocol):
    """A way to ask and show.

    Ctrl-C, and Ctrl-D or the end of a pipe, are commands of a reply to `ask`, which so keeps what was answered. Out of
    `choose` they come as KeyboardInterrupt and EOFError.
    """

    def ask(self, step: Step, session: Session, heard: Heard = unheard) -> Reply: ...
    def choose(self, title: str, options: Sequence[Option]) -> str: ...
    def say(self, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Ending:
    """How a talk ended, with all that was answered."""

    session: Session
    how: Literal["finished", "quit", "interrupted", "ended"]


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of the talk, made from the rules by other rooms.

    The number given to `why` counts how often it was asked before on this line with the same answers: from 0. `moved`
    tells what a changed answer moved, given the session before and after.
    """

    emergency: Callable[[Assessment], str]
    why: Callable[[Session, Finding, int], str]
    moved: Callable[[Session, Session, Finding], str]
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
    *,
    changing: bool = False,
    first: Step | None = None,
) -> Ending:
    """Ask until nothing more matters, the person stops, or an emergency makes them stop.

    `save` writes the session where the person can find it and says where; `keep` is called at every line that is
    answered. `changing` begins with an answer to change, after a note was told; where the interview had come to its end
    before, what has become open with the change is asked. `first` is the step to begin with, where it is known.
    """
    talk = _Talk(interview, assess, front, words, save, keep, session, first)
    try:
        how = talk.run_again() if changing else talk.run()
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
        first: Step | None,
    ) -> None:
        self.interview, self.assess, self.front, self.words = interview, assess, front, words
        self.save, self.keep = save, keep
        self.session = session
        self.resumed = bool(session.shown or session.at)
        self.before: list[tuple[Session, Step]] = []
        self.gone_back_to = first
        self.warned: frozenset[str] = frozenset()
        self.why_asked: tuple[str, Mapping[str, Answer], int] = ("", {}, 0)

    def run(self) -> Literal["finished", "quit"]:
        if self.resumed:
            self.tell_warnings()
        while step := self.next():
            ended = self.ask(step)
            if ended:
                return ended
        self.session = replace(self.session, at={})
        self.keep(self.session)
        return "finished"

    def run_again(self) -> Literal["finished", "quit"]:
        """After the note: an answer to change, then what it opened, where nothing had been left to ask before."""
        at_the_end = self.session.at == {}
        self.warnings()  # these were told
        left = self.change()
        if left is Command.QUIT:
            return "quit"
        return self.run() if at_the_end and left is not Command.RESULT else "finished"

    def next(self) -> Step | None:
        """The step gone back to, the one that is open still, or the next one; from now on it is the open one."""
        step, self.gone_back_to = self.gone_back_to or self.still_open(), None
        if step is None:
            self.session = replace(self.session, at=None)
            step = self.interview.next(self.session)
        if step is not None:
            before = {**self.session.answers, **(self.session.at or {})}
            self.session = replace(self.session, at={each.id: before.get(each.id) for each in step.findings})
        return step

    def still_open(self) -> Step | None:
        """The open screen, made as it was made before its lines were answered, so that these stay in sight.

        None where there is none, or where an answer changed elsewhere puts another one first.
        """
        at = self.session.at
        step = self.interview.next(self.session.given(at)) if at else None
        return step if step and at and any(each.id in at for each in step.findings) else None

    def ask(self, step: Step) -> Literal["finished", "quit"] | None:
        """Put one step until it is done, or the person goes elsewhere. Every reply is taken over at once."""
        start = self.session
        while True:
            reply = self.put(step)
            if reply.command is Command.DONE:
                self.session = self.session.done(step)
            self.keep(self.session)
            line = next((each for each in step.findings if each.id == reply.finding), step.findings[0])
            if reply.command is Command.QUIT:
                self.tell_warnings()
                return "quit"
            if reply.command is Command.RESULT:
                return "finished"
            if reply.command not in (Command.DONE, Command.BACK, Command.CHANGE):
                self.tell(reply.command, step, line)
                continue
            wish = self.after_emergency()
            if wish == "stop":
                return "finished"
            if wish == "again":
                self.stand_at(start)
            elif reply.command is Command.DONE:
                self.before.append((start, step))
                return None
            elif reply.command is Command.BACK:
                self.back()
                return None
            else:
                left = self.change()
                return "finished" if left is Command.RESULT else "quit" if left is Command.QUIT else None

    def tell(self, command: Command, step: Step, line: Finding) -> None:
        if command is Command.WHY:
            self.front.say(self.words.why(self.session, line, self.times_asked(line)))
        elif command is Command.HELP:
            self.front.say(self.words.help(step, line))
        elif command is Command.SAVE:
            self.front.say(self.save(self.session))

    def times_asked(self, line: Finding) -> int:
        """How often "why" was asked before on this line. Another line, or another answer, starts anew."""
        finding, answers, times = self.why_asked
        times = times + 1 if (finding, answers) == (line.id, self.session.answers) else 0
        self.why_asked = (line.id, self.session.answers, times)
        return times

    def put(self, step: Step) -> Reply:
        """Put a step once. Each line is kept as it is answered, also when the person leaves in the middle."""
        reply = self.front.ask(step, self.session, lambda so_far: self.keep(self.taken(step, so_far)))
        self.session = self.taken(step, reply)
        if reply.command in (Command.INTERRUPTED, Command.ENDED):
            self.keep(self.session)
            self.tell_warnings()
            raise KeyboardInterrupt if reply.command is Command.INTERRUPTED else EOFError
        return reply

    def taken(self, step: Step, reply: Reply) -> Session:
        """The session with what stands in a reply."""
        session = self.session.given(reply.given)
        if step.kind != "typed":
            return session
        return replace(session, other_medicines=reply.other_medicines, named_medicines=reply.named_medicines)

    def back(self) -> None:
        """To the step before, as it was asked. Answers stay as they are; only the place moves."""
        if not self.before:
            self.front.say(
                "This is where you went on. To change an earlier answer, choose change."
                if self.resumed
                else "This is the first question."
            )
            return
        earlier, self.gone_back_to = self.before.pop()
        self.stand_at(earlier)

    def stand_at(self, earlier: Session) -> None:
        """Where the person stood then, with the answers of now."""
        self.session = replace(self.session, shown=earlier.shown, asked=earlier.asked, at=earlier.at)
        self.keep(self.session)

    def change(self) -> Command:
        """Any answer, in two steps: which one, and what it is now. How the second step was left.

        The latest answers come first, as it is they that are mistyped; those that are no come last, as they are many.
        """
        findings, answers = self.interview.rulebase.findings, self.session.answers
        latest = [finding for finding in reversed(tuple(answers)) if finding in findings]
        given = [findings[finding] for finding in sorted(latest, key=lambda each: answers[each] == NO)]
        if not given:
            self.front.say("There is no answer to change yet.")
            return Command.BACK
        options = [Option(each.id, f"{each.label}: {self.words.answer(each, answers[each.id])}") for each in given]
        picked = self.front.choose("Which answer do you want to change?", [*options, Option("", "none of them", "0")])
        return self.change_this(findings[picked]) if picked else Command.BACK

    def change_this(self, finding: Finding) -> Command:
        """What an answer is now, then what moved. It is left with the result by who stops for an emergency."""
        before = self.session
        left = self.put_again(finding)
        if left is Command.BACK:
            self.session = before
            self.keep(before)
        self.front.say(self.words.moved(before, self.session, finding))
        wish = self.after_emergency()
        if wish == "again":
            return self.change_this(finding)
        return Command.RESULT if wish == "stop" else left

    def put_again(self, finding: Finding) -> Command:
        """One answered finding by itself. "Why", "help" and "save" lead back to it; any other command is done with it.

        Which screens were shown, and which one is open, stays as it was.
        """
        step = Step((), "list", "Change this answer", "", (finding,), {finding.id: finding.question}, 0)
        while (reply := self.put(step)).command in (Command.WHY, Command.HELP, Command.SAVE):
            self.tell(reply.command, step, finding)
        self.keep(self.session)
        return reply.command

    def warnings(self) -> tuple[Assessment, list[Fired]] | None:
        """The assessment, with its red flags and cautions that were not told yet. One that is gone may be told anew.

        Only an answer makes a rule fire, so where there is none the rules need not be asked.
        """
        before, self.warned = self.warned, frozenset()
        if not self.session.answers:
            return None
        assessment = self.assess(self.session.answers)
        fired = [*assessment.red_flags, *(each for each in assessment.cautions if each.rule.at_once)]
        self.warned = frozenset(each.rule.id for each in fired)
        return assessment, [each for each in fired if each.rule.id not in before]

    def tell_warnings(self) -> bool:
        """What is new of them, an emergency first; whether it is one."""
        assessment, new = self.warnings() or (None, [])
        flagged = any(each.rule.red_flag for each in new)
        if assessment and flagged:
            self.front.say(self.words.emergency(assessment))
        for each in new:
            if not each.rule.red_flag:
                self.front.say(each.rule.says)
        return flagged

    def after_emergency(self) -> str:
        """Tell a red flag the moment it is answered, and offer to stop or to answer `again`. Empty where there is none.

        Who takes the second way has decided nothing yet: a sign that still stands then is told once more.
        """
        before = self.warned
        if not self.tell_warnings():
            return ""
        wish = self.front.choose(
            "Do you want to stop here?",
            [
                Option("stop", "Stop, and show what to tell the emergency team", "s", ("y", "yes", "q", "quit")),
                Option("again", "Back to what I just answered", "b", ("back",)),
                Option("go", "Go on with the questions", "g", ("n", "no", "none", "skip")),
            ],
        )
        if wish == "again":
            self.warned = before
        return wish
