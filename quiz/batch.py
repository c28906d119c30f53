"""Many cases, a line each: JSON lines in, JSON lines out, in order, by one process or several."""

from __future__ import annotations

import gc
import json
import signal
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, TextIO

from quiz.answers import answered_twice, read_answers
from quiz.errors import EngineError, QuizError
from quiz.model import Answers, Assessment, RuleBase
from quiz.text import inert_json
from quiz.wording import summary

LINES_AT_ONCE = 200
"""Lines that a process takes at a time: long enough to make the way there worth it, short enough to show progress."""

LONGEST_LINE = 1_000_000
"""Characters. A case of all findings has some ten thousand."""

MOST_UNKNOWN, LONGEST_UNKNOWN = 100, 60
"""Keys that the rules do not know, and characters of one, that are kept to be told: a file can hold any number."""

SPACE = " \t\r\n"
"""What JSON takes for space. Other signs that look like it are a mistake, here and for whoever reads the line again."""

AHEAD = 4
"""Parts in the hands of each process or waiting for it. More would only take memory."""


@dataclass(frozen=True, slots=True)
class Part:
    """What came of some lines: a line out for each that was not blank, in order.

    `unknown` are keys of `answers` that the rules do not know, MOST_UNKNOWN of them at most; `bad` counts lines out
    that tell an error.
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
            if not is_blank(line):
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
        if len(line) > LONGEST_LINE:
            raise ValueError(f"longer than {LONGEST_LINE:,} characters")
        try:
            case = _CASE.decode(line.rstrip(SPACE))
        except json.JSONDecodeError as error:
            raise ValueError(f"not JSON: {error.msg} (column {error.colno})") from error
        except _TwiceError:
            raise
        except (ValueError, RecursionError) as error:
            raise ValueError(f"not JSON: {error}") from error
        if not isinstance(case, Mapping) or not isinstance(case.get("answers"), Mapping):
            raise ValueError('needs {"id": ..., "answers": {...}}')
        findings = self.rulebase.findings
        beside = {name: value for name, value in case.items() if name in findings and value is not None}
        listed = {}
        for name, value in case["answers"].items():
            if name in findings:
                listed[name] = value
            elif len(unknown) < MOST_UNKNOWN:
                unknown[name[:LONGEST_UNKNOWN]] = None
        (first, wrong), (second, more) = read_answers(findings, beside), read_answers(findings, listed)
        mistakes = [*wrong, *more, *answered_twice(first, second)]
        if mistakes:
            raise ValueError("; ".join(message for _, message in mistakes))
        return {"id": case.get("id"), **summary(self.assess({**first, **second}), self.rulebase.fingerprint)}


class _TwiceError(ValueError):
    """A key stands twice in an object, and one of its values would be lost."""


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for key, number in Counter(key for key, _ in pairs).items() if number > 1)
        raise _TwiceError(f'"{twice[:LONGEST_UNKNOWN]}" stands twice: keep one of them')
    return found


_CASE = json.JSONDecoder(object_pairs_hook=_each_once)


def is_blank(line: str) -> bool:
    """Whether there is no case in it, so that it gives no line out."""
    return not line.strip(SPACE)


def _json(value: dict[str, Any]) -> str:
    return inert_json(json.dumps(value, ensure_ascii=False, allow_nan=False))


def in_parts(lines: Iterable[str], first: int = 1) -> Iterator[tuple[int, list[str]]]:
    """The lines, some at a time, with the number of the first of each. Few at a time where they are long."""
    some: list[str] = []
    size = 0
    for line in lines:
        some.append(line)
        size += len(line)
        if len(some) == LINES_AT_ONCE or size >= LONGEST_LINE:
            yield first, some
            first, some, size = first + len(some), [], 0
    if some:
        yield first, some


def read_lines(file: TextIO) -> Iterator[str]:
    """The lines of a file. Of one that is longer than LONGEST_LINE only that much and one character more is kept."""
    most = LONGEST_LINE + 1
    while line := file.readline(most):
        yield line
        while len(line) == most and not line.endswith("\n"):
            line = file.readline(most)


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
        while True:
            while idle and more and given < told + AHEAD * jobs:
                some = next(parts, None)
                more = some is not None
                if some is not None:
                    worker = idle.pop()
                    _give(worker, some)
                    busy[worker] = given
                    given += 1
            if told in done:  # only after the work is given out, so that nobody waits while this is written
                yield done.pop(told)
                told += 1
            elif busy:
                for ready in wait(list(busy)):
                    assert isinstance(ready, Connection)
                    done[busy.pop(ready)] = _taken(ready)
                    idle.append(ready)
            else:
                return


@contextmanager
def _crew(make: Callable[[], Batch], jobs: int) -> Iterator[list[Connection]]:
    """A pipe to each of `jobs` processes. They share nothing, so that one that is killed leaves no lock behind."""
    # A new interpreter instead of a fork: nothing of this one, a lock or a half-written line, comes along.
    context = get_context("spawn")
    pipes: list[Connection] = []
    processes = []
    try:
        with _undisturbed():
            for _ in range(jobs):
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(theirs, make), daemon=True)
                process.start()
                processes.append(process)
                theirs.close()  # so that its end is noticed here
                pipes.append(ours)
        yield pipes
    finally:
        for pipe in pipes:
            pipe.close()  # a process that waits for lines ends
        for process in processes:
            process.terminate()
            process.join()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A Ctrl-C waits for the end of this, and is nothing to the processes that start inside it: they inherit that."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing.resource_tracker import ensure_running

    ensure_running()  # which starts a process of its own, and then would let every Ctrl-C through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(pipe: Connection, make: Callable[[], Batch]) -> None:
    """What each process does: lines in, a part out, or the error that kept the batch from being made."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it was not kept out: the one that gathers the parts decides
    with suppress(EOFError, OSError):  # the one that gathers the parts has gone
        try:
            batch = make()
        except QuizError as error:
            pipe.send(error)
            return
        gc.freeze()  # what was made stays, so Python need not look through it again and again
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
