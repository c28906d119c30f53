"""Kills at random moments of practice, of exams and of saving, on all cores: `python -m tests.long.kills --kills 1000`.

What is typed and when it is killed comes from a number for each ten kills: `--first N --kills 10` gives ten of them
again. Exit code 1 where a kill lost an answer that was taken, or left a file that cannot be read.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

AT_ONCE = 10
"""Kills of one kind that follow one another, in a folder of their own."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1), help="more than cores: most of it waits")
    chosen = parser.parse_args()
    began, counts, faults = time.monotonic(), Counter[str](), 0
    numbers = range(chosen.first, chosen.first + chosen.kills, AT_ONCE)
    with ProcessPoolExecutor(chosen.jobs, get_context("spawn")) as pool:
        try:
            waiting = [
                pool.submit(some, number, min(AT_ONCE, chosen.first + chosen.kills - number)) for number in numbers
            ]
            for each in as_completed(waiting):
                kind, kills, fault = each.result()
                counts[kind] += kills
                if fault:
                    faults += 1
                    print(fault, flush=True)
                done, seconds = sum(counts.values()), time.monotonic() - began
                print(f"{done:,} kills, {faults} faults, {done / seconds:.1f} a second", file=sys.stderr)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
    for kind, times in counts.most_common():
        print(f"{times:>6,}  {kind}")
    print(f"{sum(counts.values()):,} kills in {time.monotonic() - began:,.0f} s, {faults} faults", flush=True)
    return 1 if faults else 0


def some(number: int, kills: int) -> tuple[str, int, str]:
    """That many kills of one kind: which kind, how many, and what went wrong."""
    with tempfile.TemporaryDirectory(prefix="kills-") as home:
        os.environ.update(HOME=home, XDG_DATA_HOME=f"{home}/data", XDG_CACHE_HOME=f"{home}/cache")
        from tests.killing import KINDS

        turns = [kind for kind, (weight, _) in KINDS.items() for _ in range(weight)]
        kind = turns[number // AT_ONCE % len(turns)]
        try:
            KINDS[kind][1](Path(home), number, kills)
        except Exception as error:
            return kind, kills, f"{number}: {kind}: {type(error).__name__}: {error}"
    return kind, kills, ""


if __name__ == "__main__":
    raise SystemExit(main())
