"""`review prove` and `review diff` beside the bare solver: `uv run python -m tests.bench.proving`.

What a command puts to the solver is written down once: every clause and every question, in their order. Then two
processes take turns: the command, and a script that knows only python-sat and puts the same to it. Both begin with
`python` and end with its exit. Rules that are edited are edited anew before each run, so no run finds anything kept.
"""

from __future__ import annotations

import contextlib
import io
import marshal
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

from pysat.solvers import Solver

from quiz import cli
from quiz.rulebase import load, shipped_rules
from tests.bench import bases
from tests.bench.timing import interleaved, tell

MANY = 1_000
"""Generated rules."""

BARE = """
import marshal, sys
from pysat.solvers import Solver
with open(sys.argv[1], "rb") as file:
    written = marshal.load(file)
for name, steps in written:
    solver = Solver(name=name)
    for clauses, assumptions in steps:
        for clause in clauses:
            solver.add_clause(clause)
        if assumptions is not None:
            solver.solve(assumptions=assumptions)
    solver.delete()
"""

Steps = list[tuple[list[list[int]], list[int] | None]]
"""Clauses to add and what to assume then; None: nothing more is asked."""


class _Listening:
    """A solver that writes down what it is asked."""

    def __init__(self, name: str) -> None:
        self._solver: Any = Solver(name=name)
        self.asked: Steps = [([], None)]
        self.called = name

    def add_clause(self, clause: Iterable[int], no_return: bool = True) -> None:
        self.asked[-1][0].append([*clause])
        self._solver.add_clause(clause, no_return)

    def solve(self, assumptions: Iterable[int] = ()) -> Any:
        self.asked[-1] = self.asked[-1][0], [*assumptions]
        self.asked.append(([], None))
        return self._solver.solve(assumptions=assumptions)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._solver, name)


def listen(arguments: list[str], into: Path) -> None:
    """Writes down what a command asks of its solvers, one after the other in the order in which they were opened."""
    opened: list[_Listening] = []

    def open_one(name: str) -> _Listening:
        opened.append(_Listening(name))
        return opened[-1]

    with mock.patch("quiz.solver.Solver", open_one), contextlib.redirect_stdout(io.StringIO()):
        cli.main(arguments)
    into.write_bytes(marshal.dumps([(each.called, each.asked) for each in opened]))
    questions = sum(len(each.asked) - 1 for each in opened)
    clauses = sum(len(added) for each in opened for added, _ in each.asked)
    print(f"{' '.join(arguments[:2])}: {questions} questions, {clauses} clauses, {len(opened)} solvers")


def _nothing() -> None:
    """What there is to do before a run that needs no set-up."""


def process(*arguments: str, before: Callable[[], None] = _nothing) -> Callable[[], object]:
    """Runs Python with these arguments. `before` belongs to the set-up, and takes next to no time."""

    def run() -> None:
        before()
        done = subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert done.returncode in (0, 1), done.stderr.decode()

    return run


class _Edited:
    """A folder of rules, of which one file gets another last line each time."""

    def __init__(self, folder: Path, file: str) -> None:
        self._path = folder / file
        self._text, self._number = self._path.read_text(encoding="utf-8"), count()

    def __call__(self) -> None:
        self._path.write_text(f"{self._text}# edit {next(self._number)}\n", encoding="utf-8")


def compare(
    what: str, arguments: list[str], folder: Path, aim: str, edited: _Edited | None = None, times: int = 7
) -> None:
    asked = folder / "asked"
    before = edited or _nothing
    before()
    listen(arguments, asked)
    took = interleaved(
        {"command": process("-m", "quiz", *arguments, before=before), "bare": process("-c", BARE, str(asked))}, times
    )
    tell(what, took["command"], took["bare"], "the bare solver", aim)


def run() -> None:
    with tempfile.TemporaryDirectory() as name, mock.patch.dict(os.environ, XDG_CACHE_HOME=f"{name}/cache"):
        folder = Path(name)
        shipped = Path(str(shipped_rules()))
        rules, before = folder / "rules", folder / "before"
        shutil.copytree(shipped, rules)
        shutil.copytree(shipped, before)
        changed = before / "urgency.yaml"
        changed.write_text(changed.read_text("utf-8").replace("state: draft", "state: retired", 1), encoding="utf-8")
        edit = _Edited(rules, "urgency.yaml")
        run = partial(compare, folder=folder)
        run("prove, shipped", ["review", "prove"], aim="2 times")
        run("prove, one file edited", ["review", "prove", "--rules", str(rules)], aim="1 s", edited=edit)
        run("diff, shipped", ["review", "diff", str(before), str(shipped)], aim="2 times")
        run("diff, one file edited", ["review", "diff", str(before), str(rules)], aim="1 s", edited=edit)
        properties = len(load(shipped_rules()).properties)
        many = bases.write(folder / "many", MANY, properties=properties)
        others = bases.write(folder / "others", MANY, properties=properties)
        changed = others / "made-rules-000.yaml"
        changed.write_text(changed.read_text("utf-8").replace("state: draft", "state: retired", 1), encoding="utf-8")
        edit = _Edited(many, "made-rules-001.yaml")
        run = partial(compare, folder=folder, edited=edit, times=3)
        run(f"prove, {MANY} rules", ["review", "prove", "--rules", str(many)], aim="10 s")
        run(f"diff, {MANY} rules", ["review", "diff", str(others), str(many)], aim="10 s")


if __name__ == "__main__":
    run()
