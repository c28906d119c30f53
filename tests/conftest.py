"""What several tests share: the shipped rules, loaded once."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import settings

from quiz.engine import Engine
from quiz.model import RuleBase
from quiz.rulebase import load

if TYPE_CHECKING:
    from tests.person import Person

T = TypeVar("T")

settings.register_profile("default", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell has what it runs in the background ignore Ctrl-C, and so would every program that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent
EVERYTHING = os.environ.get("QUIZ_TEST_EVERYTHING") == "1"


def outside(*programs: str) -> pytest.MarkDecorator:
    """For tests whose judge is a program that a person need not have: a browser, a validator from npm.

    They are skipped where it is missing, with its name; with QUIZ_TEST_EVERYTHING=1, as .ci/run sets, they fail.
    """
    missing = [each for each in programs if shutil.which(each) is None]
    return pytest.mark.skipif(bool(missing) and not EVERYTHING, reason=f"not on this machine: {', '.join(missing)}")


def at_once(number: int, work: Callable[[int], T]) -> list[T]:
    """What so many threads get that begin in the same moment, each with its number. Raises what any of them raises."""
    start = Barrier(number)

    def begin(place: int) -> T:
        start.wait()
        return work(place)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(begin, range(number)))


@pytest.fixture(scope="session")
def rulebase() -> RuleBase:
    return load()


@pytest.fixture(scope="session")
def engine(rulebase: RuleBase) -> Engine:
    return Engine(rulebase)


@pytest.fixture(autouse=True)
def _no_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test touches the files of whoever runs it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def people() -> Iterator[list[Person]]:
    """Put here whoever sits down at a terminal: they leave when the test does."""
    started: list[Person] = []
    yield started
    for each in started:
        each.child.close(force=True)
