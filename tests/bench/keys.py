"""From a key to the screen drawn again, beside the least that prompt_toolkit does: `uv run python -m tests.bench.keys`.

Each side stands in a pseudo-terminal with the longest list of the quiz, and the same keys are pressed by turns. The one
is the quiz as it is, and assesses all answers at each key; the other has a list of texts, marks and a pointer.
"""

from __future__ import annotations

import os
import select
import sys
import tempfile
from statistics import median
from time import perf_counter, sleep

from tests.bench.start import WHERE, WHERE_IS_IT, at_a_terminal, setting
from tests.bench.timing import tell

COMMON = """
from quiz.interview import Interview, Session
from quiz.rulebase import load

rulebase = load()
longest = max((each for each in rulebase.screens.values() if not each.typed), key=lambda each: len(each.findings))
findings = [rulebase.findings[each] for each in longest.findings]
"""

QUIZ = (
    COMMON
    + """
from quiz.engine import Engine
from quiz.interview import Session, Step
from quiz.terminal import Terminal
import quiz.prompting

engine = Engine(rulebase)
before = dict(next(iter(rulebase.vignettes.values())).answers)
step = Step((longest.id,), "list", longest.title, longest.intro, tuple(findings),
            {each.id: each.question for each in findings}, 12)
given = {}
engine.assess(before)
Terminal({}).ask(step, Session(given), lambda reply: engine.assess({**before, **reply.given}))
"""
)

LEAST = (
    COMMON
    + """
from prompt_toolkit.application import Application
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.styles import Style

FOOT = [
    (),
    (("y", "yes"), ("n", "no"), ("?", "not sure"), ("o", "none of the others"), ("Enter", "next")),
    (("b", "back"), ("c", "change"), ("w", "why"), ("h", "help"), ("s", "save"), ("r", "result now"), ("q", "quit")),
]
at, marks = 0, [""] * len(findings)

def text():
    yield "class:title", f"{longest.title}\\n{longest.intro}\\n\\n"
    for place, each in enumerate(findings):
        yield ("class:here", "> ") if place == at else ("", "  ")
        yield "class:answer", marks[place].ljust(10)
        yield "", each.question + "\\n"
    for row in FOOT:
        yield "", "\\n"
        for key, words in row:
            yield "class:key", key
            yield "", f" {words}  "

keys = KeyBindings()

def move(by):
    global at
    at = min(max(at + by, 0), len(findings) - 1)

def answer(word):
    marks[at] = word
    move(1)

for key, word in {"y": "yes", "n": "no", "?": "not sure"}.items():
    keys.add(key)(lambda event, word=word: answer(word))
keys.add("down")(lambda event: move(1))
keys.add("up")(lambda event: move(-1))
app = Application(
    layout=Layout(Window(FormattedTextControl(lambda: list(text()), focusable=True, show_cursor=False))),
    key_bindings=keys,
    style=Style.from_dict({"title": "bold", "here": "bold ansicyan", "answer": "bold", "key": "bold"}),
    include_default_pygments_style=False,
    erase_when_done=True,
)
app.run()
"""
)

UP, DOWN, ESCAPE = "\x1b[A", "\x1b[B", "\x1b"
ROUND = ("y", "n", "?", UP, UP, UP, "n", "?", "y", DOWN, DOWN, UP, UP, UP, UP, UP)
ENOUGH = 0.06
"""Seconds within which Escape is to act."""


def drawn_after(master: int, key: str) -> float:
    """Seconds from a key until the screen is drawn again."""
    begin = perf_counter()
    os.write(master, key.encode())
    assert select.select([master], [], [], 10)[0], f"nothing was drawn after {key!r}"
    took = perf_counter() - begin
    quiet(master)
    return took


def quiet(master: int, seconds: float = 0.02) -> None:
    """Reads until nothing more comes."""
    while select.select([master], [], [], seconds)[0]:
        more = os.read(master, 65536).decode("utf-8", "replace")
        os.write(master, WHERE.encode() * more.count(WHERE_IS_IT))


def run(rounds: int = 20) -> None:
    with tempfile.TemporaryDirectory() as home:
        environment = setting(home)
        with (
            at_a_terminal([sys.executable, "-c", QUIZ], environment) as quiz,
            at_a_terminal([sys.executable, "-c", LEAST], environment) as least,
        ):
            sides = {"quiz": quiz, "least": least}
            for master in sides.values():
                assert select.select([master], [], [], 60)[0]
                sleep(1)
                quiet(master, 0.5)
            took: dict[str, list[float]] = {"quiz": [], "least": [], "escape": []}
            for _ in range(rounds):
                for key in ROUND:
                    for name, master in sides.items():
                        took[name].append(drawn_after(master, key))
            for _ in range(rounds):
                drawn_after(quiz, "z")  # no key: a hint is told, and Escape takes it away
                took["escape"].append(drawn_after(quiz, ESCAPE))
    tell("key to redraw, assessment included", median(took["quiz"]), median(took["least"]), "a bare list", "1.15")
    tell("Escape acts", median(took["escape"]), ENOUGH, "60 ms", "1")


if __name__ == "__main__":
    run(*map(int, sys.argv[1:]))
