"""What it costs to load rule bases, beside CSafeLoader on the same files: `uv run python -m tests.bench.loading`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import yaml

from quiz.errors import RuleBaseError
from quiz.rulebase import load, shipped_rules
from quiz.rulebase.build import build, no_search_for_garbage
from quiz.rulebase.entries import Entries
from quiz.rulebase.files import rule_files
from quiz.solver import cannot_fire
from tests.bench.bases import write
from tests.bench.timing import interleaved, tell
from tests.hostile import HOSTILE, TOPIC

FORM = {50: "0.45", 5_000: "0.2"}
WARM, WARM_TIMES = "0.02", 20
"""What is wanted, and loads in a row that are timed as one: a single one is over before a processor is up to it."""
MEGABYTE = 950_000
"""Bytes of a text that is made to cost much: under 1 MB."""


def beside_csafeloader(folder: Path, what: str, times: int, aim: str = "") -> None:
    files = [path for path in sorted(folder.rglob("*.yaml")) if "cases" not in path.parts]

    def peer() -> list[object]:
        return [yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader) for path in files]

    def form() -> None:
        read = rule_files(folder)
        with no_search_for_garbage():
            Entries(read.name).read(read)

    load(folder)  # now there is a compiled one
    took = interleaved(
        {
            "peer": peer,
            "form": form,
            "all": lambda: build(rule_files(folder)),
            "warm": lambda: [load(folder) for _ in range(WARM_TIMES)],
        },
        times,
    )
    tell(f"{what}: places, checks of form", took["form"], took["peer"], "CSafeLoader", aim)
    tell(f"{what}: the whole rule base", took["all"], took["peer"], "CSafeLoader")
    tell(f"{what}: warm", took["warm"] / WARM_TIMES, took["peer"], "CSafeLoader", WARM)


def in_one_file(folder: Path) -> Path:
    """The rules of a folder of made rules, put into one file."""
    parts = sorted(folder.glob("made-rules-*.yaml"))
    texts = [part.read_text(encoding="utf-8").split("rules:\n", 1)[1] for part in parts]
    for part in parts:
        part.unlink()
    (folder / "made-rules.yaml").write_text(TOPIC + "rules:\n" + "".join(texts), encoding="utf-8")
    return folder


def hostile(folder: Path) -> None:
    """Each text takes the place of as many bytes of honest rules."""
    place = in_one_file(write(folder, 1_500)) / "made-rules.yaml"
    honest = place.read_text(encoding="utf-8")
    texts = {"honest": honest[: honest.rindex("\n  made.", 0, MEGABYTE) + 1]}
    texts |= {name: text(MEGABYTE) for name, text in HOSTILE.items()}

    def loading(text: str) -> Callable[[], None]:
        def job() -> None:
            place.write_text(text, encoding="utf-8")
            with suppress(RuleBaseError):
                load(folder, cannot_fire)

        return job

    took = interleaved({name: loading(text) for name, text in texts.items()}, 3)
    for name, seconds in sorted(took.items(), key=lambda each: each[1], reverse=True)[:12]:
        if name != "honest":
            tell(f"1 MB, {name}", seconds, took["honest"], "honest rules", "10")


@contextmanager
def _cache_in(folder: str) -> Iterator[None]:
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = folder
    try:
        yield
    finally:
        os.environ.pop("XDG_CACHE_HOME")
        if before is not None:
            os.environ["XDG_CACHE_HOME"] = before


def run() -> None:
    with tempfile.TemporaryDirectory() as name:
        with _cache_in(name):
            for rules, times in ((50, 41), (200, 15), (1_000, 7), (5_000, 3)):
                beside_csafeloader(write(Path(name, str(rules)), rules), f"{rules:,} rules", times, FORM.get(rules, ""))
            beside_csafeloader(in_one_file(Path(name, "5000")), "5,000 rules in one file", 3, FORM[5_000])
            beside_csafeloader(Path(str(shipped_rules())), "the shipped rules", 9)
        with _cache_in("/dev/null"):  # nothing is kept, so that each text is read anew
            hostile(Path(name, "hostile"))


if __name__ == "__main__":
    run()
