"""Damaged inputs for the loader and the commands, on all cores: `python -m tests.long.fuzz --inputs 1000000`.

Each input is made from a number: `--first N --inputs 1` gives one of them again, and a run that was ended with Ctrl-C
tells with which `--first` and `--inputs` to go on. Processes are replaced after some inputs, because durable-rules
gives the memory of a rule base back only when its process ends. Exit code 1 where an input crashed the program or its
process, took more than a second of the processor, or grew the process beyond its bound.
"""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

PART = 500
"""Inputs that a process takes before it is replaced."""

PATIENCE = 60
"""Seconds without a sign of life, after which the process is killed: it hangs where no signal of its own reaches it."""

TOLD_EVERY = 10
"""Seconds between two lines that say how far it is."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one input: which way it took, what is wrong, and the KiB by which it raised the most memory held."""

    number: int
    name: str
    fault: str
    grown: int


@dataclass(slots=True)
class Worker:
    """A process, what it said, and when it last said something."""

    process: Any
    said: Connection
    part: range
    heard: float
    done: int = 0
    grown: int = 0


@dataclass(slots=True)
class Run:
    """What is known so far."""

    parts: Iterator[range]
    counts: Counter[str] = field(default_factory=Counter)
    faults: dict[int, str] = field(default_factory=dict)
    most: int = 0
    again: list[range] = field(default_factory=list)
    """Numbers that a process left undone when it died."""

    @property
    def done(self) -> int:
        return sum(self.counts.values())

    def next(self) -> range | None:
        return self.again.pop() if self.again else next(self.parts, None)

    def fault(self, number: int, what: str) -> None:
        self.faults[number] = what
        print(f"{number}: {what}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after about this long")
    chosen = parser.parse_args()
    end = chosen.first + chosen.inputs
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=_in_memory()) as folder:
        _settle(Path(folder))
        run = Run(range(first, min(first + PART, end)) for first in range(chosen.first, end, PART))
        left = _all(run, Path(folder), chosen.jobs, began, began + chosen.seconds)
    _report(run, time.monotonic() - began, left, end)
    return 1 if run.faults else 0


def _in_memory() -> str | None:
    """Where files cost least; None for the usual place."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _settle(folder: Path) -> None:
    """Load everything once: the processes that do the work are copies of this one."""
    _live_in(folder)
    from tests.fuzzing import fed

    for number in range(40):
        fed(number, folder)
    gc.collect()
    gc.freeze()  # what is loaded is looked through no more, and shared by all processes
    gc.set_threshold(20_000, 10, 10)


def _live_in(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    os.environ.update(HOME=str(folder), XDG_DATA_HOME=f"{folder}/data", XDG_CACHE_HOME=f"{folder}/cache")
    os.chdir(folder)


# --- the processes --------------------------------------------------------------------------------------------


def _all(run: Run, folder: Path, jobs: int, began: float, until: float) -> Sequence[range]:
    """Hand out all parts. Returns what was left when it was stopped, by Ctrl-C or because time is up."""
    working: list[Worker] = []
    told = began
    try:
        while True:
            while len(working) < jobs and time.monotonic() < until and (part := run.next()) is not None:
                working.append(_started(part, folder / f"w{part.start}"))
            if not working:
                return _left(run, working)
            for said in wait([each.said for each in working], timeout=1):
                _hear(run, next(each for each in working if each.said is said))
            working = [each for each in working if not _ended(run, each)]
            if time.monotonic() - told > TOLD_EVERY:
                told = time.monotonic()
                speed = run.done / (told - began)
                print(f"{run.done:,} inputs, {len(run.faults)} faults, {speed:,.0f} a second", file=sys.stderr)
    except KeyboardInterrupt:
        return _left(run, working)
    finally:
        for each in working:
            each.process.kill()
            each.process.join()


def _started(part: range, folder: Path) -> Worker:
    ours, theirs = get_context("fork").Pipe(duplex=False)
    process = get_context("fork").Process(target=_work, args=(part, folder, theirs), daemon=True)
    process.start()
    theirs.close()
    return Worker(process, ours, part, time.monotonic())


def _work(part: range, folder: Path, say: Connection) -> None:
    """In a process of its own: feed a part, and tell of each input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that hands out
    from tests.fuzzing import fed, memory, patched

    _live_in(folder)
    before = memory()
    with patched():
        for number in part:
            name, fault = fed(number, folder)
            now = memory()
            say.send(Told(number, name, fault, now - before))
            before = now
    shutil.rmtree(folder, ignore_errors=True)


def _hear(run: Run, worker: Worker) -> None:
    try:
        while worker.said.poll():
            told: Told = worker.said.recv()
            worker.heard = time.monotonic()
            worker.done += 1
            run.counts[told.name] += 1
            if told.fault:
                run.fault(told.number, f"{told.name}: {told.fault}")
            _grew(run, worker, told)
    except EOFError:
        worker.process.join()


def _grew(run: Run, worker: Worker, told: Told) -> None:
    from tests.fuzzing import MOST_MEMORY

    before, worker.grown = worker.grown, worker.grown + told.grown
    run.most = max(run.most, worker.grown)
    if before <= MOST_MEMORY < worker.grown:
        first = worker.part.start
        run.fault(
            told.number,
            f"{told.name}: grew the process by {told.grown // 1024} MB, "
            f"to {worker.grown // 1024} MB more than before number {first}",
        )


def _ended(run: Run, worker: Worker) -> bool:
    """Whether a process is at its end. What it was at when it died is a fault; what it left undone is done again."""
    if worker.process.is_alive():
        if time.monotonic() - worker.heard < PATIENCE:
            return False
        worker.process.kill()
        worker.process.join()
    _hear(run, worker)
    worker.said.close()
    left = worker.part[worker.done :]
    if left:
        run.counts["died"] += 1
        run.fault(left[0], f"the process died of it (exit code {worker.process.exitcode})")
        run.again.append(left[1:])
    return True


def _left(run: Run, working: Sequence[Worker]) -> list[range]:
    undone = [each.part[each.done :] for each in working] + run.again + list(run.parts)
    return [each for each in undone if each]


def _report(run: Run, seconds: float, left: Sequence[range], end: int) -> None:
    from tests.fuzzing import TARGETS

    kinds = {each.name: each.kind for each in TARGETS}
    for kind in dict.fromkeys(kinds.values()):
        print(f"{sum(times for name, times in run.counts.items() if kinds.get(name) == kind):>9,}  {kind}")
        for name, times in run.counts.most_common():
            if kinds.get(name) == kind:
                print(f"{times:>13,}  {name}")
    speed = run.done / max(seconds, 0.001)
    print(
        f"{run.done:,} inputs in {seconds:,.0f} s ({speed:,.0f} a second), {len(run.faults)} faults, "
        f"grown by at most {run.most // 1024} MB",
        flush=True,
    )
    if left:
        first = min(each.start for each in left)
        print(f"To go on: --first {first} --inputs {end - first}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
