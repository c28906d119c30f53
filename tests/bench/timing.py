"""Times to set side by side. A machine is never quiet, so the sides of a ratio take turns, and medians count."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter


def interleaved(
    jobs: Mapping[str, Callable[[], object]], times: int = 7, clock: Callable[[], float] = perf_counter
) -> dict[str, float]:
    """The median seconds of each job. In every round each job runs once, and every round starts with another one.

    With `time.process_time` as the clock, what other programs take on a busy machine does not count.
    """
    took: dict[str, list[float]] = {name: [] for name in jobs}
    order = list(jobs.items())
    for turn in range(times):
        first = turn % len(order)
        for name, job in order[first:] + order[:first]:
            gc.collect()
            begin = clock()
            job()
            took[name].append(clock() - begin)
    return {name: median(seconds) for name, seconds in took.items()}


def tell(what: str, took: float, floor: float, of: str, aim: str = "") -> None:
    """Prints one ratio. `took` and `floor` are in seconds; `of` names the floor, `aim` says what is wanted."""
    ratio = f"{took / floor:>8.2f} times {of}  ({_milliseconds(took)}, {_milliseconds(floor)} ms)"
    print(f"{what:<44} {ratio}" + f"  aim: {aim}" * bool(aim), flush=True)


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.3g}"
