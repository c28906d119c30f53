"""Every command at every kind of prompt, with real keys in a real pseudo-terminal, in full and in plain mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.person import Person

SCRIPT = '''
import sys
from itertools import count
from pathlib import Path
from quiz import wording
from quiz.conversation import Words, converse
from quiz.effects import Effects
from quiz.engine import Engine
from quiz.interview import Interview, Session
from quiz.plain import Plain
from quiz.rulebase import load
from quiz.solver import Clauses
from quiz.terminal import Terminal
from quiz.why import Moved, Why

rulebase = load(Path("tests/rulebases/small"))
engine = Engine(rulebase)
interview = Interview(rulebase, engine.assess, engine.outlook)
effects = Effects(rulebase, engine.assess, Clauses)
why, moved = Why(rulebase, effects), Moved(rulebase, engine.assess, effects, wording.answer_words)
screens = tuple(rulebase.screens)
asked = tuple(each for screen in rulebase.screens.values() for each in screen.findings)
some = {"collapsed": "no", "leaves_hang": "yes", "leaves_yellow": "yes", "dry_soil": "yes", "wet_soil": "no",
        "seedling": "unsure"}
STARTS = {
    "choices": Session({"seedling": "no"}),
    "single": Session({"seedling": "no"}, screens[:1], asked[:2]),
    "list": Session({"seedling": "no", "collapsed": "no"}, screens[:2], asked[:3]),
    "names": Session(some, screens[:3], asked[:8]),
    "numbers": Session(some, screens[:-1], asked[:-2]),
}
numbers = count(1)


def tagged(words):
    return lambda *given: f"<{next(numbers)}> {words(*given)}"


class Watched:
    """The front, which says before each choice and after each prompt what happens."""

    def __init__(self, front):
        self.front = front
        self.say = front.say

    def ask(self, step, session, *heard):
        reply = self.front.ask(step, session, *heard)
        if sys.argv[3:]:
            self.say(f"<{next(numbers)}> {reply.command.name} {dict(reply.given)} {reply.other_medicines}")
        return reply

    def choose(self, title, options):
        self.say(f"<{next(numbers)}> choosing")
        value = self.front.choose(title, options)
        self.say(f"<{next(numbers)}> chose {value!r}")
        return value


front = Watched((Plain if sys.argv[1] == "plain" else Terminal)(rulebase.medicines))
words = Words(
    emergency=tagged(lambda assessment: "EMERGENCY"),
    why=tagged(lambda session, finding, times: why.text(session.answers, finding, times)),
    moved=tagged(lambda before, after, finding: moved.text(before.answers, after.answers, finding)),
    help=tagged(lambda step, finding: wording.help_text(step, finding, rulebase.glossary)),
    answer=wording.answer_words,
)
save = tagged(lambda session: "SAVED")
for name, times in (each.split(":") for each in sys.argv[3:]):
    for _ in range(int(times)):
        front.ask(interview.next(STARTS[name]), Session())
start = STARTS[sys.argv[2]]
while True:
    ending = converse(interview, engine.assess, front, words, save, lambda session: None, start)
    front.say(f"<{next(numbers)}> ended: {ending.how}")
    if ending.how == "ended":
        break
'''

PROMPTS = ("choices", "single", "list", "names", "numbers")
FRONTS = ("full", "plain")

COMMANDS = {
    "why": "why again:|no answer to this can change",
    "help": "Not sure is a good answer",
    "save": "SAVED",
    "back": "",
    "change": "choosing",
    "result": "ended: finished",
    "quit": "ended: quit",
}
"""Each command and a part of what the screen then says; for `why` any of several."""

Start = Callable[..., "Watcher"]


class Watcher:
    """A person who counts what the program says, so that an old line is never taken for a new one."""

    def __init__(self, *arguments: str) -> None:
        self.person = Person(["-c", SCRIPT, *arguments], columns=100, rows=30)
        self.said = 0

    def does(self, keys: str, *parts: str) -> str:
        """Press these keys: the next thing said has one of the parts."""
        self.person.presses(keys)
        return self.hears(*parts)

    def hears(self, *parts: str) -> str:
        self.said += 1
        self.person.sees(f"<{self.said}>")
        told = self.person.flat.rpartition(f"<{self.said}>")[2]
        assert any(part in told for part in parts), (parts, self.person.text)
        return told


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Watcher] = []

    def run(*arguments: str) -> Watcher:
        started.append(Watcher(*arguments))
        return started[-1]

    yield run
    for each in started:
        each.person.child.close(force=True)


def ways(front: str, prompt: str, command: str) -> Sequence[str]:
    """Every way to give a command at a prompt: single keys where no text is typed, else words."""
    if front == "full" and prompt != "names":
        return {"help": ("h", "\x1bOP"), "why": ("w", "W")}.get(command, (command[0],))
    spelt = (f"/{command}\r", f"{command.upper()}\r") if command == "why" else ()
    return (f"{command}\r", f"{command[0]}\r", *spelt)


def is_ready(front: str, prompt: str) -> str:
    """What stands on the screen once the prompt takes keys."""
    if front == "full":
        return "/quit" if prompt == "names" else "q quit"
    return {"list": "n2 means no", "names": "name:"}.get(prompt, "Enter to skip:")


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("front", FRONTS)
def test_every_command_works_at_every_kind_of_prompt(start: Start, front: str, prompt: str) -> None:
    watcher = start(front, prompt)
    watcher.person.sees(is_ready(front, prompt))

    for command, told in COMMANDS.items():
        for keys in ways(front, prompt, command):
            if command == "back":  # without a number of its own: nothing is tagged
                first = "first question" if prompt == "choices" else "This is where you went on"
                before = watcher.person.flat.count(first)
                watcher.person.presses(keys)
                watcher.person.sees(first)
                assert watcher.person.flat.count(first) == before + 1
                continue
            watcher.does(keys, *told.split("|"))
            if command == "change":
                watcher.does("b" if front == "full" else "back\r", "chose ''")
    watcher.does("\x03", "ended: interrupted")
    watcher.does("\x04", "ended: ended")
    assert watcher.person.leaves() == 0


@pytest.mark.parametrize("front", FRONTS)
def test_why_climbs_from_the_rules_to_the_sources_and_a_change_shows_what_it_moved(start: Start, front: str) -> None:
    watcher = start(front, "numbers")
    watcher.person.sees(is_ready(front, "numbers"))
    plain = front == "plain"

    for title in ("(rules", "(concepts", "(mechanism", "(sources", "(rules"):
        watcher.does("why\r" if plain else "w", title)

    watcher.does("change\r" if plain else "c", "choosing")
    watcher.does("4\r" if plain else "\x1b[B\x1b[B\x1b[B\r", "chose 'leaves_hang'")
    told = watcher.does("no\r" if plain else "n\r", "Hanging leaves: was yes, now no.")
    assert "Notes: low water is gone." in told
    assert 'How soon: down, from "Act soon" to no advice on how soon.' in told


@pytest.mark.parametrize("front", FRONTS)
def test_a_red_flag_is_told_at_once_and_every_word_at_it_is_understood(start: Start, front: str) -> None:
    watcher = start(front, "single")
    full = front == "full"
    go, again = ("gn", "b") if full else (("go", "n", "no"), ("b", "back"))
    stop = "sy" if full else ("stop", "y", "yes", "q")
    end = "" if full else "\r"

    for words, value in ((go, "go"), (again, "again"), (stop, "stop")):
        for word in words:
            watcher.person.sees(is_ready(front, "single"))
            watcher.does("y\r", "EMERGENCY")
            watcher.hears("choosing")
            watcher.does(f"{word}{end}", f"chose '{value}'")
            if value == "stop":
                watcher.hears("ended: finished")
            else:
                watcher.does(f"r{end}", "ended: finished")


ANSWERS = {
    # kind of prompt: what is typed in plain mode, what is pressed in full mode, and the answers
    "single": {
        "n\r": ("n\r", {"collapsed": "no"}),
        "no\r": ("o\r", {"collapsed": "no"}),
        "none\r": ("N\r", {"collapsed": "no"}),
        "YES\r": ("y\r", {"collapsed": "yes"}),
        "not sure\r": ("?\r", {"collapsed": "unsure"}),
        "?\r": ("u\r", {"collapsed": "unsure"}),
        "skip\r": ("\r", {}),
    },
    "choices": {
        "clay\rno\r": ("1n\r", {"pot": "clay", "seedling": "no"}),
        "not sure\r?\r": ("??\r", {"pot": "unsure", "seedling": "unsure"}),
        "none\rnone\r": ("\x1b[Bo\r", {"seedling": "no"}),
        "skip\ryes\r": ("\x1b[By\r", {"seedling": "yes"}),
    },
    "list": {
        "no\r": ("o\r", dict.fromkeys(("leaves_hang", "leaves_yellow", "dry_soil", "wet_soil", "long_stems"), "no")),
        "1 ?3\r": ("y\x1b[B?\r", {"leaves_hang": "yes", "dry_soil": "unsure"}),
        "not sure 2\r": ("\x1b[B?\r", {"leaves_yellow": "unsure"}),
        "skip\r": ("\r", {}),
    },
    "names": {
        "none\r": ("none\ry\r", {"plant_feed": "no", "leaf_shine": "no"}),
        "n\r": ("n\ry\r", {"plant_feed": "no", "leaf_shine": "no"}),
        "not sure\r": ("not sure\r", {"plant_feed": "unsure", "leaf_shine": "unsure"}),
        "?\r": ("?\r", {"plant_feed": "unsure", "leaf_shine": "unsure"}),
        "glow\r\ry\r": ("glow\r\ry\r", {"leaf_shine": "yes", "plant_feed": "no"}),
        "skip\r": ("skip\r", {}),
    },
}


@pytest.mark.parametrize("front", FRONTS)
def test_words_and_keys_answer_as_a_person_expects(start: Start, front: str) -> None:
    watcher = start(front, "list", *(f"{prompt}:{len(table)}" for prompt, table in ANSWERS.items()))

    for prompt, table in ANSWERS.items():
        watcher.person.sees(is_ready(front, prompt))
        for typed, (pressed, given) in table.items():
            told = watcher.does(typed if front == "plain" else pressed, "DONE").replace(" ", "")
            for finding, answer in given.items():
                assert f"'{finding}':'{answer}'" in told, (prompt, typed, told)
            assert told.count("':'") == len(given), (prompt, typed, told)
