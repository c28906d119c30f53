"""Damaged inputs for the loader and the commands, on all cores: `python -m tests.long.fuzz --inputs 1000000`.

Each input is made from a number, so `--first N --inputs 1` gives one of them again. Processes are replaced after some
thousand inputs, because durable-rules gives the memory of a rule base back only when its process ends. Exit code 1
where an input crashed the program, took more than a second of the processor, or grew the process beyond its bound.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

PART = 1_000
"""Inputs that a process takes before it is replaced."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after about this long")
    chosen = parser.parse_args()
    began, counts, faults, most, done = time.monotonic(), Counter[str](), 0, 0, 0
    parts = range(chosen.first, chosen.first + chosen.inputs, PART)
    with ProcessPoolExecutor(chosen.jobs, get_context("spawn"), max_tasks_per_child=1) as pool:
        waiting = [pool.submit(part, first, min(PART, chosen.first + chosen.inputs - first)) for first in parts]
        for future in waiting:
            if time.monotonic() - began > chosen.seconds:
                pool.shutdown(wait=True, cancel_futures=True)
                break
            told, found, grown = future.result()
            counts.update(told)
            faults, most, done = faults + len(found), max(most, grown), done + sum(told.values())
            for number, what in found.items():
                print(f"{number}: {what}", flush=True)
            print(
                f"{done:,} inputs, {faults} faults, {done / (time.monotonic() - began):,.0f} a second", file=sys.stderr
            )
    for name, times in counts.most_common():
        print(f"{times:>9,}  {name}")
    print(f"{done:,} inputs, {faults} faults, grown by at most {most // 1024} MB", flush=True)
    return 1 if faults else 0


def part(first: int, count: int) -> tuple[Counter[str], dict[int, str], int]:
    """How often each target had its turn, the faults by number, and the KiB that the process grew by."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as home:
        os.environ.update(HOME=home, XDG_DATA_HOME=f"{home}/data", XDG_CACHE_HOME=f"{home}/cache")
        os.chdir(home)
        return _fed(range(first, first + count), Path(home))


def _fed(numbers: range, folder: Path) -> tuple[Counter[str], dict[int, str], int]:
    from tests.fuzzing import MOST_MEMORY, fed, memory

    for number in range(20):  # so that all is loaded
        fed(number, folder)
    before, counts, faults = memory(), Counter[str](), {}
    for number in numbers:
        name, what = fed(number, folder)
        counts[name] += 1
        if what:
            faults[number] = f"{name}: {what}"
    grown = memory() - before
    if grown > MOST_MEMORY:
        faults[numbers.start] = f"grew by {grown // 1024} MB over {len(numbers)} inputs"
    return counts, faults, grown


if __name__ == "__main__":
    raise SystemExit(main())
