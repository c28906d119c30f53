"""How soon the quiz is there, beside bare scripts of the same run: `uv run python -m tests.bench.start [TIMES]`.

A pseudo-terminal stands in for the person, who presses a key at once. The rules were used before, as on any start but
the first.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.bench.timing import tell
from tests.conftest import ROOT

OFTEN_SET = ("NO_COLOR", "ACCESSIBLE", "COLUMNS", "LINES", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")

PATIENCE = 60
"""Seconds to wait for a text."""

BARE = """
import durable_rules_engine
from prompt_toolkit import PromptSession
from prompt_toolkit.key_binding import KeyBindings

keys = KeyBindings()

@keys.add("7")
def _(event):
    event.current_buffer.insert_text("taken")

PromptSession("ready ", key_bindings=keys).prompt()
"""
"""Imports the engine, opens one prompt, and takes one key."""

WHERE_IS_IT, WHERE = "\x1b[6n", "\x1b[6;1R"
"""How a program asks where the cursor is, and what a terminal says."""

SCRIPT = Path(sys.executable).with_name("electrolyte-quiz")
"""The program as it is installed."""


@contextmanager
def at_a_terminal(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[int]:
    """Run a command in a pseudo-terminal of 80 columns and 40 rows; where to write keys and read what it shows."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    child = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env=dict(environment), start_new_session=True
    )
    os.close(slave)
    try:
        yield master
    finally:
        child.kill()
        child.wait()
        os.close(master)


def marks(command: Sequence[str], key: str, texts: Mapping[str, str], environment: Mapping[str, str]) -> list[float]:
    """Seconds from the start of a command until each of these texts is on the terminal; the key is pressed at once."""
    begin = perf_counter()
    with at_a_terminal(command, environment) as master:
        os.write(master, key.encode())
        seen, found = "", []
        for text in texts.values():
            while text not in seen:
                more = _read(master)
                assert more, f"{text!r} never came: {seen!r}"
                seen += more
                os.write(master, WHERE.encode() * more.count(WHERE_IS_IT))
            found.append(perf_counter() - begin)
        return found


def _read(master: int) -> str:
    """What came; empty where nothing came for long, or will come any more."""
    if not select.select([master], [], [], PATIENCE)[0]:
        return ""
    try:
        return os.read(master, 65536).decode("utf-8", "replace")
    except OSError:  # the other end was closed
        return ""


def ran(command: Sequence[str], environment: Mapping[str, str]) -> list[float]:
    begin = perf_counter()
    subprocess.run(command, check=True, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return [perf_counter() - begin]


def setting(home: str) -> dict[str, str]:
    """The environment of a person whose files are in this folder, and whose modules are compiled after a first run."""
    environment = {name: value for name, value in os.environ.items() if name not in OFTEN_SET}
    return {
        **environment,
        "TERM": "xterm-256color",
        "HOME": home,
        "XDG_CACHE_HOME": home,
        "PYTHONPYCACHEPREFIX": f"{home}/bytecode",
    }


def run(times: int = 15) -> None:
    with tempfile.TemporaryDirectory() as home:
        environment = setting(home)
        in_terminal = {
            "bare": ([sys.executable, "-c", BARE], "7", {"prompt": "ready", "key": "taken"}),
            "ask": ([str(SCRIPT), "ask"], "7", {"first": "Electrolyte", "question": "How old", "key": "[7]"}),
            "menu": ([str(SCRIPT)], "h", {"first": "Electrolyte", "question": "do you want", "key": "You can type"}),
        }
        alone = {
            "pass": [sys.executable, "-c", "pass"],
            "--help": [str(SCRIPT), "--help"],
            "review check --help": [str(SCRIPT), "review", "check", "--help"],
            "--version": [str(SCRIPT), "--version"],
            "completion bash": [str(SCRIPT), "completion", "bash"],
            "review check of one file": [str(SCRIPT), "review", "check", "rules/urgency.yaml"],
        }
        for command, key, texts in in_terminal.values():  # modules are compiled, and rules checked, once
            marks(command, key, texts, environment)
        for command in alone.values():
            ran(command, environment)
        took: dict[str, list[list[float]]] = {name: [] for name in (*in_terminal, *alone)}
        for _ in range(times):
            for name, (command, key, texts) in in_terminal.items():
                took[name].append(marks(command, key, texts, environment))
            for name, command in alone.items():
                took[name].append(ran(command, environment))
    found = {name: [median(times) for times in zip(*rounds, strict=True)] for name, rounds in took.items()}
    (nothing,), (prompt, taken) = found["pass"], found["bare"]
    for name in ("ask", "menu"):
        first, question, key = found[name]
        tell(f"{name}: first text", first, nothing, "python -c pass", "2")
        tell(f"{name}: first question", question, prompt, "a bare prompt shown", "0.5")
        tell(f"{name}: a key acts", key, taken, "in a bare prompt", "1.1")
    for name, aim in {"--help": "2.5", "review check --help": "2.5"}.items():
        tell(name, found[name][0], nothing, "python -c pass", aim)
    for name in ("--version", "completion bash", "review check of one file"):
        tell(name, found[name][0], nothing, "python -c pass")


if __name__ == "__main__":
    run(*map(int, sys.argv[1:]))
