"""`assess` by all cores beside one process: `uv run python -m tests.bench assess`.

Each side is the whole command. Every process takes a moment to start, so a rate is that of the lines which a long file
has more than a short one. The rate by all cores is only to be had where no other program wants them. The other two
lines say more on a busy machine: all cores beside as many commands with one process each that are started at once, each
with its share of the lines; and the time of a processor that a line takes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

from quiz.rulebase import load
from tests.bench.timing import interleaved
from tests.long.assess import write

SHORT, LONG, TIMES = 4_000, 24_000, 5
"""Lines, and how often each side has its turn."""


def run() -> None:
    cores = len(os.sched_getaffinity(0))
    spent: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder, rulebase = Path(name), load()
        jobs = {}
        for lines in (SHORT, LONG):
            whole = write(rulebase, folder / f"{lines}.jsonl", lines)
            share = write(rulebase, folder / f"{lines}-shared.jsonl", lines // cores)
            for side, cases, processes in (
                ("one", [whole], 1), ("all", [whole], cores), ("apart", [share] * cores, 1)
            ):  # fmt: skip
                which = f"{side} {lines}"
                jobs[which] = partial(_assess, cases, processes, spent.setdefault(which, []))
        took = interleaved(jobs, TIMES)
    processor = {which: median(seconds) for which, seconds in spent.items()}
    one, all_, apart = (1 / _a_line(took, side) for side in ("one", "all", "apart"))
    _tell("lines a second by all cores", all_ / one, "those by one process", all_, one, f">= {0.9 * cores:g}")
    what = f"those by {cores} commands at once"
    _tell("lines a second by all cores", all_ / apart, what, all_, apart, ">= 0.9")
    one, all_ = (1e6 * _a_line(processor, side) for side in ("one", "all"))
    _tell("microseconds of a processor for a line", all_ / one, "those by one process", all_, one, f"<= {1 / 0.9:.2f}")


def _a_line(seconds: Mapping[str, float], side: str) -> float:
    """Seconds that one more line takes."""
    return (seconds[f"{side} {LONG}"] - seconds[f"{side} {SHORT}"]) / (LONG - SHORT)


def _tell(what: str, ratio: float, of: str, ours: float, theirs: float, aim: str) -> None:
    print(f"{what:<44} {ratio:>8.2f} times {of}  ({ours:.0f}, {theirs:.0f})  aim: {aim}", flush=True)


def _assess(files: Iterable[Path], processes: int, spent: list[float]) -> None:
    """Runs the command for each file, all at once. A broken line among the cases is an exit code of 1."""
    before = getrusage(RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "quiz", "assess", "--jobs", str(processes)]
    running = [
        subprocess.Popen(
            [*command, str(cases), "--output", f"{cases}.{number}.out"], stderr=subprocess.DEVNULL
        )
        for number, cases in enumerate(files)
    ]  # fmt: skip
    for each in running:
        each.wait()
    after = getrusage(RUSAGE_CHILDREN)
    spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


if __name__ == "__main__":
    run()
