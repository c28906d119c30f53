"""Windows and processes that want the same thing at once."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

from quiz.turns import in_turn, take, tries
from tests.conftest import ROOT, at_once

HOLD = "import sys; from pathlib import Path; from quiz.turns import in_turn\n" \
    "with in_turn(Path(sys.argv[1])): print('mine', flush=True); sys.stdin.read()"  # fmt: skip


def holder(folder: Path) -> subprocess.Popen[str]:
    """A process that has its turn until it is killed."""
    made = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert made.stdout is not None
    assert made.stdout.readline() == "mine\n"
    return made


def test_no_two_are_inside_at_once(tmp_path: Path) -> None:
    inside = list[int]()

    def work(number: int) -> list[int]:
        others = list[int]()
        for _ in range(20):
            with in_turn(tmp_path):
                inside.append(number)
                time.sleep(0.0005)
                others += inside[:-1]
                inside.remove(number)
        return others

    assert at_once(4, work) == [[]] * 4


def test_a_process_that_is_killed_inside_leaves_the_way_free(tmp_path: Path) -> None:
    with holder(tmp_path) as other:
        threading.Timer(0.1, other.kill).start()
        with in_turn(tmp_path, patience=60):
            assert other.wait() != 0


def test_nobody_waits_longer_than_their_patience_for_a_process_that_was_stopped(tmp_path: Path) -> None:
    with holder(tmp_path) as other:
        with in_turn(tmp_path, patience=0.05):
            assert other.poll() is None
        other.kill()


def test_where_there_is_no_folder_to_lock_nobody_waits(tmp_path: Path) -> None:
    with in_turn(tmp_path / "none", patience=60), in_turn(tmp_path / "none", patience=60):
        pass


def test_there_is_always_a_last_try_and_only_one() -> None:
    assert list(tries(0)) == [True]
    *others, last = tries(0.05)
    assert (set(others), last) == ({False}, True)


def test_a_file_is_taken_until_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("w", encoding="utf-8") as mine, path.open("w", encoding="utf-8") as other:
        assert take(mine)
        assert not take(other)
        mine.close()
        assert take(other)
