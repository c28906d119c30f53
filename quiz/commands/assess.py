"""`assess` many cases and list the `findings` that a case may hold."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from quiz.commands.progress import QUIET, shown
from quiz.commands.shared import load_rules
from quiz.errors import StoreError, Tried, refused
from quiz.exitcodes import DONE, PROBLEM
from quiz.turns import take

if TYPE_CHECKING:
    import argparse

    from quiz.batch import Batch, Part

WORTH_A_PROCESS = 2_000
"""Lines below which a second process takes longer to start than it saves."""


def run(chosen: argparse.Namespace) -> int:
    if chosen.resume and chosen.output is None:
        raise StoreError("--resume needs the --output of the run that was cut off")
    from quiz.api import make_batch
    from quiz.batch import MOST_UNKNOWN

    fingerprint = load_rules(chosen.rules).fingerprint  # here, and not first in another process
    if chosen.output is not None and _is_one_file(chosen.cases, chosen.output):
        raise StoreError(f"{chosen.output}: is where the cases are read from\n  hint: give another file to --output")
    unknown: set[str] = set()
    bad = 0
    with _lines(chosen.cases) as lines, _output(chosen.output, chosen.resume, fingerprint) as (write, done):
        parts = _parts(partial(make_batch, chosen.rules), lines, chosen.jobs, _skipped(lines, done))
        with closing(parts), progress(done) as show:
            for part in parts:
                write(part.lines)
                if len(unknown) < MOST_UNKNOWN:
                    unknown.update(part.unknown)
                bad += part.bad
                show(len(part.lines))
    if unknown:
        from quiz.text import inert

        shown = ", ".join(sorted(unknown)[:MOST_UNKNOWN]) + ", and more" * (len(unknown) >= MOST_UNKNOWN)
        print(f"not known to these rules, so left out: {inert(shown)}", file=sys.stderr)
    if bad:
        print(f"{bad} line{'s' if bad > 1 else ''} could not be read", file=sys.stderr)
    return PROBLEM if bad else DONE


@contextmanager
def _lines(name: str) -> Iterator[Iterator[str]]:
    from quiz.batch import read_lines

    if name == "-":
        yield read_lines(sys.stdin)
        return
    with ExitStack() as opened:
        with _told(name, "read"):
            file = opened.enter_context(open(name, encoding="utf-8-sig", errors="replace"))
        yield _each(file, name)


def _each(file: TextIO, name: str) -> Iterator[str]:
    from quiz.batch import read_lines

    with _told(name, "read"):
        yield from read_lines(file)


def _is_one_file(name: str, path: Path) -> bool:
    with suppress(OSError):  # one of them is not there, which is told when it is opened
        return name != "-" and os.path.samefile(name, path)
    return False


@contextmanager
def _told(name: object, what: Tried) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise refused(name, what, error) from error


def _parts(
    make: Callable[[], Batch], lines: Iterator[str], jobs: int | None, first: int
) -> Generator[Part, None, None]:
    """By one process where there are few lines, else by as many as there are cores, or as were asked for."""
    from quiz.batch import run_in_processes

    begun = list(islice(lines, WORTH_A_PROCESS)) if jobs is None else []
    if jobs is None:
        jobs = _cores() if len(begun) == WORTH_A_PROCESS else 1
    if jobs == 1:
        yield from make().run(chain(begun, lines), first)
    else:
        yield from run_in_processes(make, chain(begun, lines), jobs, first)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# --- where it goes, and going on --------------------------------------------------------------------


@contextmanager
def _output(
    path: Path | None, resume: bool, fingerprint: str
) -> Iterator[tuple[Callable[[Sequence[str]], None], int]]:  # fmt: skip
    """Writes lines, all the way to the file; and how many an earlier run wrote there."""
    with ExitStack() as opened:
        out, done = sys.stdout, 0
        if path is not None:
            with _told(path, "written"):
                flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if resume else 0)
                out = os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8")
                opened.callback(_closed, out, path)
                if path.is_file() and not take(out):  # two runs that write to one file would spoil it
                    hint = "wait until it ends, or give another file to --output"
                    raise StoreError(f"{path}: another run is writing to it\n  hint: {hint}")
                if path.is_file():
                    os.fchmod(out.fileno(), 0o600)
                    if not resume:
                        os.ftruncate(out.fileno(), 0)
            done = _done_before(path, fingerprint) if resume else 0

        def write(lines: Sequence[str]) -> None:
            with nullcontext() if path is None else _told(path, "written"):
                out.writelines(f"{line}\n" for line in lines)
                out.flush()

        yield write, done


def _closed(file: TextIO, path: Path) -> None:
    with _told(path, "written"):
        file.close()


def _done_before(path: Path, fingerprint: str) -> int:
    """How many lines a run wrote before it was cut off. A line cut in half is taken off the file.

    Raises StoreError, and changes nothing, where the file is not one that `assess` wrote with these rules.
    """
    if not path.exists():
        return 0
    with _told(path, "read"), open(path, "r+b") as file:
        done, end, last, size = 0, 0, b"", 0
        for line in file:
            size += len(line)
            if line.endswith(b"\n"):
                done, end = done + 1, size
                if not last or not line.startswith(_MISTAKE):  # which does not tell by which rules
                    last = line
        if size and not _by_these_rules(last, fingerprint):
            hint = "begin anew without --resume"
            raise StoreError(f"{path}: was not written by `assess` with these rules\n  hint: {hint}")
        file.truncate(end)
    return done


_MISTAKE = b'{"line": '
"""How the line of a case begins that could not be read."""


def _by_these_rules(line: bytes, fingerprint: str) -> bool:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and ("error" in told or told.get("rulebase") == fingerprint)


def _skipped(lines: Iterator[str], done: int) -> int:
    """Pass over the lines that are done; the number of the next one. Blank ones give no line out."""
    from quiz.batch import is_blank

    number = 1
    while done:
        line = next(lines, None)
        if line is None:
            raise StoreError("the output holds more lines than the input: they do not belong together")
        number += 1
        done -= not is_blank(line)
    return number


@contextmanager
def progress(done: int) -> Iterator[Callable[[int], None]]:
    """Takes how many more lines are done, and shows all of them. `done` were done by an earlier run."""
    began, new = time.monotonic(), 0

    def so_far() -> str:
        return f"{done + new:,} lines, {new / (time.monotonic() - began):,.0f} a second"

    try:
        with shown(every=0.5) as tell:

            def show(more: int) -> None:
                nonlocal new
                new += more
                tell(so_far())

            yield show
    finally:
        if sys.stderr.isatty() and time.monotonic() - began > QUIET:
            print(so_far(), file=sys.stderr)


def run_findings(chosen: argparse.Namespace) -> int:
    from quiz.text import inert, inert_json

    rulebase = load_rules(chosen.rules)
    if chosen.json:
        told = [
            {
                "id": each.id,
                "kind": each.kind,
                "label": each.label,
                "question": each.question,
                **({"words": [*each.words, "unsure"]} if not each.is_number else {}),
                **({"unit": each.unit, "range": [each.low, each.high]} if each.is_number else {}),
            }
            for each in rulebase.findings.values()
        ]
        print(inert_json(json.dumps(told, ensure_ascii=False, indent=2)))
        return DONE
    for each in rulebase.findings.values():
        values = f"number in {each.unit}" if each.is_number else " / ".join((*each.words, "unsure"))
        print(inert(f"{each.id}  ({each.kind}; {values})\n    {each.question}"))
    return DONE
