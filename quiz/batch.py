"""Many cases, a line each: JSON lines in, JSON lines out, in order, by one process or several."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

from quiz.answers import read_answers
from quiz.errors import EngineError, QuizError
from quiz.model import Answers, Assessment, RuleBase
from quiz.wording import summary

LINES_AT_ONCE = 200
"""Lines that a process takes at a time: long enough to make the way there worth it, short enough to show progress."""

AHEAD = 4
"""Parts in the hands of each process or waiting for it. More would only take memory."""


@dataclass(frozen=True, slots=True)
class Part:
    """What came of some lines: a line out for each that was not blank, in order.

    `unknown` are keys of `answers` that the rules do not know; `bad` counts lines out that tell an error.
    """

    lines: tuple[str, ...]
    unknown: tuple[str, ...]
    bad: int


class Batch:
    """Assesses lines for one rule base."""

    def __init__(self, rulebase: RuleBase, assess: Callable[[Answers], Assessment]) -> None:
        self.rulebase, self.assess = rulebase, assess

    def part(self, lines: Iterable[str], first: int = 1) -> Part:
        """A line that cannot be read gives its number, counted from `first`, and the reason."""
        told: list[str] = []
        unknown: dict[str, None] = {}
        bad = 0
        for number, line in enumerate(lines, first):
            if line.strip():
                try:
                    told.append(_json(self._line(line, unknown)))
                except (ValueError, RecursionError) as error:
                    bad += 1
                    told.append(_json({"line": number, "error": str(error)}))
        return Part(tuple(told), tuple(unknown), bad)

    def run(self, lines: Iterable[str], first: int = 1) -> Iterator[Part]:
        """The parts of any number of lines, each as soon as it is done."""
        for start, some in in_parts(lines, first):
            yield self.part(some, start)

    def _line(self, line: str, unknown: dict[str, None]) -> dict[str, Any]:
        try:
            case = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"not JSON: {error}") from error
        if not isinstance(case, Mapping) or not isinstance(case.get("answers"), Mapping):
            raise ValueError('needs {"id": ..., "answers": {...}}')
        findings = self.rulebase.findings
        raw = {name: value for name, value in case.items() if name in findings and value is not None}
        for name, value in case["answers"].items():
            if name in findings:
                raw[name] = value
            else:
                unknown[name] = None
        answers, mistakes = read_answers(findings, raw)
        if mistakes:
            raise ValueError("; ".join(message for _, message in mistakes))
        return {"id": case.get("id"), **summary(self.assess(answers), self.rulebase.fingerprint)}


_HALVES = re.compile("[\ud800-\udfff]")
"""Halves of a character, which JSON can hold and UTF-8 cannot."""


def _json(value: dict[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return json.dumps(value) if _HALVES.search(text) else text


def in_parts(lines: Iterable[str], first: int = 1) -> Iterator[tuple[int, list[str]]]:
    """The lines, some at a time, with the number of the first of each."""
    rest = iter(lines)
    while some := list(islice(rest, LINES_AT_ONCE)):
        yield first, some
        first += len(some)


# --- several processes ------------------------------------------------------------------------------


def run_in_processes(
    make: Callable[[], Batch], lines: Iterable[str], jobs: int, first: int = 1
) -> Generator[Part, None, None]:
    """The same parts as `Batch.run`, in the same order, by `jobs` processes. `make` is called once in each of them.

    However many lines there are, only a few parts are in memory. Raises what `make` raises, and EngineError where a
    process ended before its work was done.
    """
    with _crew(make, jobs) as crew:
        parts, idle = in_parts(lines, first), list(crew)
        busy: dict[Connection, int] = {}
        done: dict[int, Part] = {}
        given = told = 0
        more = True
        while busy or more:
            while idle and more and given < told + AHEAD * jobs:
                some = next(parts, None)
                more = some is not None
                if some is not None:
                    worker = idle.pop()
                    _give(worker, some)
                    busy[worker] = given
                    given += 1
            ready = wait(list(busy)) if busy else []
            for worker in (each for each in ready if isinstance(each, Connection)):
                done[busy.pop(worker)] = _taken(worker)
                idle.append(worker)
            while told in done:
                yield done.pop(told)
                told += 1


@contextmanager
def _crew(make: Callable[[], Batch], jobs: int) -> Iterator[list[Connection]]:
    """A pipe to each of `jobs` processes. They share nothing, so that one that is killed leaves no lock behind."""
    # A new interpreter instead of a fork: nothing of this one, a lock or a half-written line, comes along.
    context = get_context("spawn")
    pipes: list[Connection] = []
    processes = []
    try:
        for _ in range(jobs):
            ours, theirs = context.Pipe()
            processes.append(context.Process(target=_work, args=(theirs, make), daemon=True))
            processes[-1].start()
            theirs.close()  # so that its end is noticed here
            pipes.append(ours)
        yield pipes
    finally:
        for pipe in pipes:
            pipe.close()  # a process that waits for lines ends
        for process in processes:
            process.terminate()
            process.join()


def _work(pipe: Connection, make: Callable[[], Batch]) -> None:
    """What each process does: lines in, a part out, or the error that kept the batch from being made."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all of us; the one that gathers the parts decides
    with suppress(EOFError, OSError):  # the one that gathers the parts has gone
        try:
            batch = make()
        except QuizError as error:
            pipe.send(error)
            return
        while True:
            first, lines = pipe.recv()
            pipe.send(batch.part(lines, first))


def _give(worker: Connection, some: tuple[int, list[str]]) -> None:
    with suppress(OSError):  # it has ended; what it left, or that it left nothing, is found by `_taken`
        worker.send(some)


def _taken(worker: Connection) -> Part:
    try:
        found = worker.recv()
    except (EOFError, OSError) as error:  # the system ended it, for want of memory perhaps
        raise EngineError(
            "one of the processes ended before its work was done\n"
            "  hint: go on with --resume, or take fewer processes with --jobs 1"
        ) from error
    if isinstance(found, QuizError):
        raise found
    assert isinstance(found, Part)
    return found
