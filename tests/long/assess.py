"""A million lines through `assess`: `uv run python -m tests.long.assess [--lines N] [--jobs N] [--folder DIR]`.

Writes made-up lines, the same for the same number. Assesses them by one process, and by all cores: that run is killed
after a tenth and resumed, with the memory of every process read as it goes. Compares both files byte for byte. Exit
code 1 where they differ, a process grew by more than MOST_GROWN after the first fifth, or the kill left one behind.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from quiz.model import NO, UNSURE, YES, RuleBase
from quiz.rulebase import load

MOST_GROWN = 16 * 1024
"""KiB by which a process may grow between a fifth of the lines and all of them."""

EACH = 0.2
"""Seconds between two looks at a run."""


def write(rulebase: RuleBase, path: Path, number: int) -> Path:
    """So many lines, the same each time: people with some complaints, medicines and illnesses, half of what is asked
    denied. One line in a thousand is blank or broken.
    """
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in _lines(rulebase, number))
    return path


def _lines(rulebase: RuleBase, number: int) -> Iterator[str]:
    dice = random.Random(number)
    words = [each.id for each in rulebase.findings.values() if each.words == (YES, NO)]
    labs = [each for each in rulebase.findings.values() if each.is_number and each.kind == "lab"]
    for place in range(number):
        if place % 1_000 == 999:
            yield dice.choice(("", "{", '{"answers": {"age": "old"}}', '{"answers": {"not_a_finding": "yes"}}'))
            continue
        asked = dice.sample(words, dice.randint(2, 12))
        answers: dict[str, object] = {each: dice.choice((NO, NO, NO, NO, YES, UNSURE)) for each in asked}
        if dice.random() < 0.3:
            lab = dice.choice(labs)
            answers[lab.id] = round(dice.uniform(lab.low, lab.high), 1)
        yield json.dumps({"id": place, "age": dice.randint(18, 95), "sex": dice.choice("FM"), "answers": answers})


class Run:
    """One run of the command, watched."""

    def __init__(self, cases: Path, out: Path, jobs: int, *more: str) -> None:
        self.out, self.began, self.seconds = out, time.monotonic(), 0.0
        self.most: dict[int, int] = {}
        if "--resume" not in more:
            out.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "quiz", "assess", str(cases), "--output", str(out), "--jobs", str(jobs), *more],
        )

    def until(self, size: float = float("inf")) -> dict[int, int]:
        """Waits for the end, or for an output of so many bytes. The most KiB that each process has held until then,
        the one that was started first.
        """
        while self.process.poll() is None and not (self.out.exists() and self.out.stat().st_size >= size):
            for each in (self.process.pid, *_children(self.process.pid)):
                self.most[each] = max(_peak(each), self.most.get(each, 0))
            time.sleep(EACH)
        if not self.out.exists():
            raise SystemExit(f"the command did not begin: exit code {self.process.returncode}")
        self.seconds = time.monotonic() - self.began
        return dict(self.most)


def _children(process: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def _peak(process: int) -> int:
    """The most that a process ever had in memory, in KiB; 0 for one that is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def measured(folder: Path, lines: int, jobs: int) -> list[str]:
    """Does it all and tells as it goes; what was wrong."""
    cases = write(load(), folder / "in.jsonl", lines)
    one, many = folder / "one.jsonl", folder / "many.jsonl"
    print(f"{lines:,} lines, {cases.stat().st_size / 1e6:.0f} MB", flush=True)

    run = Run(cases, one, 1)
    run.until()
    alone = lines / run.seconds
    print(f"one process: {run.seconds:.0f} s, {alone:,.0f} lines a second", flush=True)

    wrong = killed_and_resumed(cases, many, jobs, one.stat().st_size, lines, alone)
    digests = {path: _digest(path) for path in (one, many)}
    print(f"SHA-256 of one process: {digests[one]}\n           of {jobs} processes: {digests[many]}", flush=True)
    return wrong + ["the files differ"] * (digests[one] != digests[many])


def killed_and_resumed(cases: Path, out: Path, jobs: int, size: float, lines: int, alone: float) -> list[str]:
    """By several processes, killed after a tenth and resumed; what was wrong.

    `size` is that of the whole output in bytes, `alone` the lines a second of one process.
    """
    killed = Run(cases, out, jobs)
    killed.until(size / 10)
    children = _children(killed.process.pid)
    killed.process.send_signal(signal.SIGKILL)
    killed.process.wait()
    wrong = [f"process {each} was left behind by the kill" for each in children if not _gone(each)]
    share = out.stat().st_size / size
    print(f"{jobs} processes: killed after {share:.1%} of the output", flush=True)

    run = Run(cases, out, jobs, "--resume")
    early = run.until(size / 5)
    late = run.until()
    rate = (1 - share) * lines / run.seconds
    print(
        f"resumed: {run.seconds:.0f} s, {rate:,.0f} lines a second, {rate / alone / jobs:.2f} times {jobs} times one",
        flush=True,
    )
    for place, (process, before) in enumerate(early.items()):
        name = f"process {place}" if place else "the one that gathers"
        print(f"  {name}: at most {before / 1024:.1f} MiB after a fifth, {late[process] / 1024:.1f} MiB in the end")
        if late[process] - before > MOST_GROWN:
            wrong.append(f"{name} grew by {(late[process] - before) / 1024:.1f} MiB")
    return wrong


def _gone(process: int) -> bool:
    """Whether a process ends within some seconds."""
    for _ in range(100):
        if not os.path.exists(f"/proc/{process}"):
            return True
        time.sleep(EACH)
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--folder", type=Path, help="where the files are kept; without it they are deleted")
    chosen = parser.parse_args()
    if chosen.folder is not None:
        chosen.folder.mkdir(parents=True, exist_ok=True)
        wrong = measured(chosen.folder, chosen.lines, chosen.jobs)
    else:
        with tempfile.TemporaryDirectory() as name:
            wrong = measured(Path(name), chosen.lines, chosen.jobs)
    print("\n".join(wrong) or "identical; no process grew or was left behind")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
