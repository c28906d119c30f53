"""One assessment beside the same rules put to others: `uv run --group bench python -m tests.bench.engine`.

Each rule base is looked at in a process of its own, on cases with some answers and on cases with many: the more rules
fire, the more a rule that fires counts. Before anything is timed, all must agree on every case. Times are processor
time of runs over all cases, so many in a row as take a while, in turns; medians. Every side starts from the answers as
they are given and settles first what follows from them. What a side is given beside the engine is told in
`tests.bench.peers`. What it costs to ask as well what was not asked, as a sheet does, is told too.
"""

from __future__ import annotations

import gc
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from time import process_time

from quiz.engine import Engine
from quiz.model import Answer, Answers, RuleBase
from quiz.rulebase import load
from tests.bench import bases, peers
from tests.bench.timing import interleaved, tell
from tests.patience import patience

SIZES = ("50", "200", "shipped", "1000", "5000")
PEOPLE, THOROUGH_PEOPLE = 60, 10
SOME, MANY_ANSWERS = 60, 120
"""The most that a person answers, and what a thorough one does. `Host` cannot take a fact with twice as many."""

PATIENCE = 60
"""Seconds that a peer may take to be made."""

TIMES = 21
LONG_ENOUGH = 0.02
"""Seconds. What is over sooner tells more of how soon a processor is up to it."""

MANY = 50_000
"""Cases over which memory is looked at."""

AIMS = {name: f"at most {times}" for name, times in (("50", 10), ("200", 10), ("shipped", 10), ("1000", 14))}
"""Times a generated function; not set for more rules."""

Judge = Callable[[Answers], object]


def people(rulebase: RuleBase, number: int, *, thorough: bool = False, seed: int = 1) -> list[Answers]:
    """Random answers to up to SOME findings, or to MANY_ANSWERS; one in seven of them `unsure`."""
    dice = random.Random(seed)
    names = list(rulebase.findings)

    def answer(name: str) -> Answer:
        finding = rulebase.findings[name]
        if dice.random() < 1 / 7:
            return "unsure"
        return round(dice.uniform(finding.low, finding.high), 1) if finding.is_number else dice.choice(finding.words)

    def answered() -> int:
        return min(MANY_ANSWERS if thorough else dice.randint(0, min(SOME, len(names))), len(names))

    return [{name: answer(name) for name in dice.sample(names, answered())} for _ in range(number)]


def others(rulebase: RuleBase) -> Iterator[tuple[str, Callable[[Answers], set[str]]]]:
    makers = {"clipspy": peers.clips, "durable.engine.Host": peers.host}
    for name, make in makers.items():
        try:
            with patience(PATIENCE, lambda: TimeoutError(f"not made within {PATIENCE} s")):
                yield name, make(rulebase)
        except (ImportError, TimeoutError, RuntimeError) as error:
            print(f"  {name}: left out, for {error}")


def check(engine: Engine, cases: Sequence[Answers], judges: dict[str, Callable[[Answers], set[str]]]) -> int:
    """How many rules fire in all cases together."""
    explains, told = peers.explains(engine.rulebase), 0
    for case in cases:
        fired = {each.rule.id: each.evidence for each in engine.assess(case).fired}
        assert fired == explains(case), case
        for name, judge in judges.items():
            assert judge(case) == set(fired), (name, case)
        told += len(fired)
    return told


def memory() -> int:
    """Bytes of this process that are in memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def compare(name: str, folder: Path | None) -> None:
    rulebase = load() if folder is None else load(folder)
    before = memory()
    begin = process_time()
    engine = Engine(rulebase)
    took = process_time() - begin
    print(f"{name}: {len(rulebase.rules)} rules; engine made in {1000 * took:.0f} ms, {memory() - before >> 10} KiB")
    some = [each.answers for each in rulebase.vignettes.values()] if folder is None else people(rulebase, PEOPLE)
    judges = {"generated function": peers.fires(rulebase), **dict(others(rulebase))}
    beside(engine, judges, some, f"{name}, some answers", AIMS.get(name, ""))
    beside(engine, judges, people(rulebase, THOROUGH_PEOPLE, thorough=True), f"{name}, many answers", "")
    if folder is None:
        grown(engine, some)


def beside(
    engine: Engine, judges: dict[str, Callable[[Answers], set[str]]], cases: Sequence[Answers], what: str, aim: str
) -> None:
    told = check(engine, cases, judges)
    sides: dict[str, Judge] = {
        "engine": engine.assess,
        "and what was not asked": lambda case: engine.not_asked(engine.assess(case)),
        "which rules fire": engine.certain,
        "with evidence": peers.explains(engine.rulebase),
        **judges,
    }
    rounds = {each: in_a_row(judge, cases) for each, judge in sides.items()}
    jobs = {each: partial(through, judge, [*cases] * rounds[each]) for each, judge in sides.items()}
    took = interleaved(jobs, TIMES, process_time)
    each = {side: seconds / len(cases) / rounds[side] for side, seconds in took.items()}
    print(f"{what}: {told / len(cases):.1f} rules fire in a case")
    tell(f"assess, {what}", each["engine"], each["with evidence"], "a generated function with evidence", aim)
    tell(f"and what was not asked, {what}", each["and what was not asked"], each["with evidence"], "the same")
    tell(f"assess, {what}", each["engine"], each["generated function"], "one that tells no evidence")
    for other, least in (("clipspy", 3), ("durable.engine.Host", 10)):
        if other in each:
            tell(f"{other}, {what}", each[other], each["which rules fire"], "telling which fire", f"at least {least}")
            tell(f"{other}, {what}", each[other], each["engine"], "assess, which tells why as well")


def in_a_row(judge: Judge, cases: Sequence[Answers]) -> int:
    begin = process_time()
    through(judge, cases)
    return max(1, round(LONG_ENOUGH / (process_time() - begin)))


def through(judge: Judge, cases: Sequence[Answers]) -> None:
    for case in cases:
        judge(case)


def grown(engine: Engine, cases: Sequence[Answers]) -> None:
    some = [*cases, *people(engine.rulebase, 1_000)]
    through(engine.assess, some)
    through(engine.assess, some)
    before = memory()
    for place in range(MANY):
        engine.assess(some[place % len(some)])
    print(f"memory over {MANY} cases: {(memory() - before) / 2**20:+.2f} MiB  aim: at most +0.5", flush=True)


def run() -> None:
    with tempfile.TemporaryDirectory() as place:
        for name in SIZES:
            folder = [] if name == "shipped" else [str(bases.write(Path(place) / name, int(name)))]
            done = subprocess.run([sys.executable, "-m", "tests.bench.engine", name, *folder], check=False)
            if done.returncode:
                print(f"{name}: ended with {done.returncode}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        compare(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else None)
    else:
        run()
