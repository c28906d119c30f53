"""The file of progress: nothing that was answered is lost.

QUIZ_TEST_KILLS=240 kills so many times instead of a few.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from random import Random

import pytest

from quiz.errors import StoreError
from quiz.practice import progress as room
from quiz.practice.cards import pair_card
from quiz.practice.mastery import streak
from quiz.practice.mastery_sheet import streak_words
from quiz.practice.progress import MIGRATIONS, NAME, Progress, migrate, opened, unkept
from quiz.practice.schedule import Schedule
from quiz.practice.values import Answered, Certainty
from quiz.store import data_folder, forget, kept_files
from tests.conftest import ROOT, at_once
from tests.practice_making import DAY, NOON, given

KILLS = int(os.environ.get("QUIZ_TEST_KILLS", "5"))

MEANINGS = {"rule:r": "1", "rule:s": "2", pair_card("LOW", "HIGH"): "3"}
SCHEDULE = Schedule()


def at(path: Path, session: str = "one") -> AbstractContextManager[Progress]:
    return opened(path, SCHEDULE.reviewed, session, NOON)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / NAME


@pytest.fixture
def kept(path: Path) -> Iterator[Progress]:
    with at(path) as progress:
        yield progress


def answer(number: int = 0, right: bool = True, cards: tuple[str, ...] = ("rule:r",), ahead: bool = False) -> Answered:
    moment = NOON + number * timedelta(minutes=1)
    return given(f"item {number}", chosen="a" if right else "b", cards=cards, at=moment, ahead=ahead)


# --- what is kept -----------------------------------------------------------------------------------


def test_an_answer_comes_back_as_it_was(kept: Progress) -> None:
    whole = given(
        "vignette.x/urgency", ("a", "b"), ("b", "c"), Certainty.SURE, "urgency", ("rule:r", "rule:s"), NOON, 2, 31.5
    )
    kept.record(whole, MEANINGS)

    assert kept.latest(5) == [whole]


def test_an_answer_is_there_when_the_file_is_opened_again(path: Path) -> None:
    with at(path) as progress:
        progress.record(answer(), MEANINGS)
    with at(path, "two") as progress:
        assert (progress.latest(5), progress.notice) == ([answer()], "")


def test_each_card_of_an_item_is_reviewed(kept: Progress) -> None:
    kept.record(answer(right=True, cards=("rule:r", "rule:s")), MEANINGS)
    kept.record(answer(1, right=False), MEANINGS)

    memories = kept.memories(MEANINGS)
    assert kept.tally(MEANINGS) == {"rule:r": (2, 1), "rule:s": (1, 1)}
    assert memories["rule:r"].due < memories["rule:s"].due


def test_a_card_that_the_rules_do_not_know_is_left_alone(kept: Progress) -> None:
    kept.record(answer(cards=("rule:gone", "rule:r")), MEANINGS)

    assert set(kept.memories({**MEANINGS, "rule:gone": "9"})) == {"rule:r"}


def test_practising_ahead_leaves_the_schedule_as_it_is_and_is_kept(kept: Progress) -> None:
    kept.record(answer(), MEANINGS)
    before = kept.memories(MEANINGS)
    kept.record(answer(1, right=False, ahead=True), MEANINGS)

    assert kept.memories(MEANINGS) == before
    assert kept.count() == 2
    assert kept.latest(1)[0].ahead


def test_a_changed_meaning_begins_anew_alone_and_comes_back_when_it_is_changed_back(kept: Progress) -> None:
    kept.record(answer(cards=("rule:r", "rule:s")), MEANINGS)
    before = kept.memories(MEANINGS)
    edited = {**MEANINGS, "rule:r": "changed"}

    assert set(kept.memories(edited)) == {"rule:s"}
    assert kept.begun_anew(edited) == ["rule:r"]
    assert kept.begun_anew(MEANINGS) == []
    kept.record(answer(1), edited)
    assert kept.tally(edited)["rule:r"] == (1, 1)
    assert kept.memories(MEANINGS) == before


def test_mix_ups_are_counted_by_what_was_right_and_what_was_chosen(kept: Progress) -> None:
    for chosen in ("LOW", "HIGH", "HIGH"):
        kept.record(given("i", ("LOW",), (chosen,), kind="state"), MEANINGS)

    assert kept.mix_ups() == {("LOW", "LOW"): 1, ("LOW", "HIGH"): 2}


def test_items_answered_wrong_last_are_told_until_they_are_right(kept: Progress) -> None:
    for name, right in (("x", False), ("y", False), ("x", True), ("z", True), ("z", False)):
        kept.record(given(name, chosen="a" if right else "b"), MEANINGS)

    assert [each.item for each in kept.errors(10)] == ["z", "y"]


def test_the_days_of_practice_are_those_of_the_student(kept: Progress) -> None:
    for moment in (NOON - 3 * DAY, NOON - timedelta(hours=11, minutes=58), NOON, NOON - 400 * DAY):
        kept.record(replace(answer(), at=moment), MEANINGS)

    assert kept.days(NOON) == [date(2026, 3, 1), date(2026, 2, 26)]
    assert kept.days(NOON.astimezone(timezone(timedelta(hours=-3)))) == [
        date(2026, 3, 1), date(2026, 2, 28), date(2026, 2, 26),
    ]  # fmt: skip


def test_the_day_practised_last_is_known_however_long_ago(kept: Progress) -> None:
    assert kept.days(NOON) == []
    for moment in (NOON - 800 * DAY, NOON - 400 * DAY):
        kept.record(replace(answer(), at=moment), MEANINGS)

    assert kept.days(NOON) == [(NOON - 400 * DAY).date()]
    assert streak_words(streak(kept.days(NOON), NOON.date()), NOON).startswith("You last practised 400 days ago.")


def test_a_minute_after_midnight_is_a_new_day_wherever_the_student_lives(kept: Progress) -> None:
    zone = timezone(timedelta(hours=5, minutes=45))
    kept.record(replace(answer(), at=datetime(2026, 3, 1, 0, 1, tzinfo=zone)), MEANINGS)

    assert kept.days(datetime(2026, 3, 2, 12, tzinfo=zone)) == [date(2026, 3, 1)]


def test_whoever_cannot_keep_a_file_can_practise_all_the_same(tmp_path: Path) -> None:
    with unkept(SCHEDULE.reviewed, "one") as progress:
        progress.record(answer(), MEANINGS)
        progress.record(answer(1, right=False), MEANINGS)
        assert progress.undo() == answer(1, right=False)
        assert progress.tally(MEANINGS) == {"rule:r": (1, 1)}
    assert list(tmp_path.iterdir()) == []


# --- undo -------------------------------------------------------------------------------------------


def test_undo_takes_back_the_last_answer_as_if_it_had_never_been(kept: Progress) -> None:
    kept.record(answer(), MEANINGS)
    before = (kept.memories(MEANINGS), kept.tally(MEANINGS), kept.mix_ups(), kept.latest(9))
    last = given("i", ("LOW",), ("HIGH",), kind="state", cards=tuple(MEANINGS), at=NOON + DAY)
    kept.record(last, MEANINGS)

    assert kept.undo() == last
    assert (kept.memories(MEANINGS), kept.tally(MEANINGS), kept.mix_ups(), kept.latest(9)) == before
    assert kept.undo() == answer()
    assert kept.memories(MEANINGS) == {}
    assert kept.undo() is None


def test_undo_keeps_what_another_window_has_answered_since(path: Path) -> None:
    with at(path, "one") as one, at(path, "two") as two:
        one.record(answer(0), MEANINGS)
        one.record(answer(1, right=False), MEANINGS)
        two.record(answer(2), MEANINGS)

        assert one.undo() == answer(1, right=False)
        told = (one.latest(9), one.memories(MEANINGS), one.tally(MEANINGS))
    with at(path.with_name("other.sqlite3")) as other:
        other.record(answer(0), MEANINGS)
        other.record(answer(2), MEANINGS)
        assert (other.latest(9), other.memories(MEANINGS), other.tally(MEANINGS)) == told


def test_undo_takes_back_an_answer_practised_ahead(kept: Progress) -> None:
    kept.record(answer(), MEANINGS)
    before = kept.memories(MEANINGS)
    kept.record(answer(1, ahead=True), MEANINGS)

    assert kept.undo() == answer(1, ahead=True)
    assert kept.memories(MEANINGS) == before


# --- only the owner ---------------------------------------------------------------------------------


def test_only_the_owner_can_read_it_and_the_files_beside_it(path: Path) -> None:
    before = os.umask(0)
    try:
        with at(path) as progress:
            progress.record(answer(), MEANINGS)
            beside = sorted(each.name for each in path.parent.iterdir())
            modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    finally:
        os.umask(before)

    assert beside == [NAME, f"{NAME}-shm", f"{NAME}-wal"]
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_closed_to_them(path: Path) -> None:
    path.parent.mkdir(mode=0o755)
    path.touch(0o644)
    with at(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_a_student_reads_is_in_the_file(kept: Progress, path: Path) -> None:
    kept.record(answer(), MEANINGS)

    assert b"What of item" not in path.read_bytes() + Path(f"{path}-wal").read_bytes()


def test_forget_leaves_nothing_of_it() -> None:
    path = data_folder() / NAME
    with at(path) as progress:
        progress.record(answer(), MEANINGS)
    path.with_name("practice.damaged-2026-01-01-000000.sqlite3").write_bytes(b"x")

    assert sorted(each.name for each in kept_files()) == ["practice.damaged-2026-01-01-000000.sqlite3", NAME]
    forget()
    assert not data_folder().exists()


# --- versions ---------------------------------------------------------------------------------------


def schema(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    return connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def test_a_file_of_an_earlier_version_is_brought_to_the_present_one(tmp_path: Path) -> None:
    later = (*MIGRATIONS, ("ALTER TABLE answers ADD COLUMN note TEXT NOT NULL DEFAULT ''",))
    for version in range(len(later)):
        old = sqlite3.connect(tmp_path / f"{version}.sqlite3", isolation_level=None)
        migrate(old, tmp_path, later[:version])
        migrate(old, tmp_path, later)
        fresh = sqlite3.connect(":memory:", isolation_level=None)
        migrate(fresh, tmp_path, later)

        assert schema(old) == schema(fresh)
        assert old.execute("PRAGMA user_version").fetchone() == (len(later),)
        old.close()
        fresh.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.sqlite3", isolation_level=None)
    migrate(connection, tmp_path, MIGRATIONS)
    before = schema(connection)
    with pytest.raises(sqlite3.Error):
        migrate(connection, tmp_path, (*MIGRATIONS, ("CREATE TABLE more (x)", "nonsense")))

    assert schema(connection) == before
    assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    connection.close()


def test_a_file_of_a_later_version_is_refused_and_left_as_it_is(path: Path) -> None:
    with at(path) as progress:
        progress.record(answer(), MEANINGS)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(StoreError, match="later version of this program\n  hint: update"), at(path):
        pass
    assert path.read_bytes() == before


# --- when something breaks --------------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from quiz.practice.progress import opened
from quiz.practice.schedule import Schedule
from tests.practice_making import NOON, given
with opened(Path(sys.argv[1]), Schedule().reviewed, sys.argv[2], NOON) as progress:
    print("ready", flush=True)
    for number in range(1_000_000 if len(sys.argv) < 4 else int(sys.argv[3])):
        progress.record(given(f"item {number}", cards=("rule:r", "rule:s")), {"rule:r": "1", "rule:s": "2"})
        print(number, flush=True)
"""


def writer(path: Path, session: str = "one", count: str = "") -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", WRITER, str(path), session, *([count] if count else [])]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_a_kill_at_any_moment_loses_no_answered_item(path: Path) -> None:
    dice = Random(5)
    kept = 0
    for kill in range(KILLS):
        process = writer(path, f"window {kill}")
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(dice.randint(1, 8))]
        time.sleep(dice.random() * 0.004)
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.read().splitlines(keepends=True)
        process.wait()
        process.stdout.close()
        told = sum(line.endswith("\n") for line in lines) - 1  # the first line says "ready"
        with at(path) as progress:
            assert progress.notice == ""
            assert progress.count() in (kept + told, kept + told + 1)
            kept = progress.count()
            assert progress.tally(MEANINGS) == (dict.fromkeys(("rule:r", "rule:s"), (kept, kept)) if kept else {})


def test_two_windows_at_once_lose_nothing(path: Path) -> None:
    windows = [writer(path, f"window {number}", "40") for number in range(2)]
    for window in windows:
        window.communicate()

    assert [window.returncode for window in windows] == [0, 0]
    with at(path) as progress:
        assert progress.count() == 80
        assert progress.tally(MEANINGS) == {"rule:r": (80, 80), "rule:s": (80, 80)}


BREAK: dict[str, Callable[[bytes], bytes]] = {
    "overwritten": lambda whole: b"not a database, but a letter\n" * 200,
    "begun": lambda whole: b"SQLite format 3\x00" + b"\xff" * 4000,
    "torn": lambda whole: whole[: len(whole) // 2],
    "holed": lambda whole: whole[:4096] + b"\x00" * 8192 + whole[12288:],
}


@pytest.mark.parametrize("how", BREAK)
def test_a_damaged_file_is_set_aside_and_told_and_practice_goes_on(path: Path, how: str) -> None:
    with at(path) as progress:
        for number in range(20):
            progress.record(answer(number), MEANINGS)
    damaged = BREAK[how](path.read_bytes())
    path.write_bytes(damaged)

    with at(path) as progress:
        aside = path.with_name("practice.damaged-2026-03-01-120000.sqlite3")
        assert str(aside) in progress.notice
        assert "set aside" in progress.notice
        assert progress.count() == 0
        progress.record(answer(), MEANINGS)
    assert aside.read_bytes() == damaged
    with at(path) as progress:
        assert (progress.count(), progress.notice) == (1, "")


def test_a_damaged_file_keeps_the_answers_that_were_still_beside_it(path: Path) -> None:
    with at(path) as progress:
        record_many(progress, 100)
    with at(path) as progress:
        progress.record(answer(), MEANINGS)
        left = {ending: Path(f"{path}{ending}").read_bytes() for ending in ("", "-wal")}  # as a kill leaves them
    left[""] = left[""][:4096] + b"\x55" * (len(left[""]) - 4096)
    for ending, content in left.items():
        Path(f"{path}{ending}").write_bytes(content)

    with at(path) as progress:
        assert "set aside" in progress.notice
    aside = path.with_name("practice.damaged-2026-03-01-120000.sqlite3")
    assert {ending: Path(f"{aside}{ending}").read_bytes() for ending in left} == left


def test_a_second_damaged_file_does_not_replace_the_first(path: Path) -> None:
    for content in (b"first", b"second", b"third"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content * 100)
        with at(path):
            pass

    assert sorted(each.read_bytes()[:5] for each in path.parent.glob("*.damaged-*")) == [b"first", b"secon", b"third"]


def test_a_file_that_breaks_while_it_is_open_is_told_with_the_way_out(path: Path) -> None:
    with at(path) as progress:
        for number in range(50):
            progress.record(answer(number), MEANINGS)
    with at(path) as progress:
        path.write_bytes(path.read_bytes()[:4096] + b"\x55" * 60_000)
        progress._connection.execute("PRAGMA shrink_memory")  # so that it is read again
        with pytest.raises(StoreError, match="set aside"):
            progress.memories(MEANINGS)


def record_many(progress: Progress, count: int) -> None:
    for number in range(count):
        progress.record(answer(number, cards=("rule:r", "rule:s")), MEANINGS)


def test_a_full_disk_is_told_and_keeps_what_was_answered_before(path: Path) -> None:
    with at(path) as progress:
        progress.record(answer(), MEANINGS)
        progress._connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(StoreError, match=r"full\n  hint: free some space"):
            record_many(progress, 2000)
        count = progress.count()
        progress._connection.execute("PRAGMA max_page_count = 100000")
        progress.record(answer(9_999), MEANINGS)

        assert progress.count() == count + 1
        assert progress.tally(MEANINGS)["rule:r"][0] == count + 1


LIMITED = """
import resource, sys
from pathlib import Path
from quiz.errors import StoreError
from quiz.practice.progress import opened
from quiz.practice.schedule import Schedule
from tests.practice_making import NOON, given
with opened(Path(sys.argv[1]), Schedule().reviewed, "one", NOON) as progress:
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))
    try:
        for number in range(1000):
            progress.record(given(f"item {number}"), {})
            kept = number + 1
    except StoreError as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(kept == progress.count())
"""


def test_a_write_that_the_system_refuses_is_told_and_loses_nothing(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, cwd=ROOT)

    assert done.stderr == ""
    assert "hint: free some space" in done.stdout
    assert done.stdout.splitlines()[-1] == "True"


OPENER = """
import sys
from pathlib import Path
from quiz.errors import StoreError
from quiz.practice.progress import opened
from quiz.practice.schedule import Schedule
from tests.practice_making import NOON, given
try:
    with opened(Path(sys.argv[1]), Schedule().reviewed, "one", NOON) as progress:
        progress.record(given("x"), {})
        print("kept")
except StoreError as error:
    print(error)
"""


def without_a_key_to_every_door(*command: str) -> list[str]:
    """The command as somebody whom permissions bind, also where the tests run as root."""
    if os.geteuid() != 0:
        return list(command)
    if shutil.which("setpriv") is None:
        pytest.skip("the tests run as root, and there is no setpriv on this machine")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", *command]


@pytest.mark.parametrize("there", [False, True], ids=["a new file", "a file that is there"])
def test_a_folder_that_cannot_be_written_to_is_told_with_a_way_out(path: Path, there: bool) -> None:
    path.parent.mkdir(mode=0o700)
    if there:
        with at(path) as progress:
            progress.record(answer(), MEANINGS)
        path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        done = subprocess.run(
            without_a_key_to_every_door(sys.executable, "-c", OPENER, str(path)),
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
    finally:
        path.parent.chmod(0o700)

    assert done.stderr == ""
    assert done.stdout.startswith(f"{path}: progress cannot be kept")
    assert "XDG_DATA_HOME" in done.stdout


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    with pytest.raises(StoreError, match="cannot be kept here"), at(tmp_path / "data" / NAME):
        pass


def test_windows_that_find_a_damaged_file_at_once_set_one_file_aside_and_share_the_new_one(path: Path) -> None:
    for number in range(10):
        folder = path.with_name(str(number))
        folder.mkdir(parents=True)
        (folder / NAME).write_bytes(BREAK["overwritten"](b""))

        def practise(window: int, path: Path = folder / NAME) -> None:
            with at(path) as progress:
                progress.record(answer(window), MEANINGS)

        at_once(5, practise)
        assert len(list(folder.glob("practice.damaged-*"))) == 1
        with at(folder / NAME) as progress:
            assert progress.count() == 5


def deleted(path: Path) -> None:
    for each in path.parent.iterdir():
        each.unlink()


def begun_anew(path: Path) -> None:
    deleted(path)
    with at(path, "other"):
        pass


@pytest.mark.parametrize("happens", [deleted, begun_anew, lambda path: path.rename(path.with_name("elsewhere"))])
def test_an_answer_that_would_go_to_a_file_which_is_no_longer_there_is_told(
    path: Path, happens: Callable[[Path], object]
) -> None:
    with at(path) as progress:
        progress.record(answer(), MEANINGS)
        happens(path)
        for write in (lambda: progress.record(answer(1), MEANINGS), progress.undo):
            with pytest.raises(StoreError, match="deleted or moved while this window was open"):
                write()
        with at(path, "two") as new:
            new.record(answer(2), MEANINGS)
    with at(path, "two") as new:
        assert new.latest(5) == [answer(2)]


def test_another_window_that_writes_for_long_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PATIENCE", 0.05)
    with at(path, "one") as one, at(path, "two") as two:
        one._connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another window"):
            two.record(answer(), MEANINGS)
        one._connection.execute("ROLLBACK")
        two.record(answer(), MEANINGS)


def test_a_window_that_opens_a_new_file_waits_for_the_one_that_is_making_it(path: Path) -> None:
    path.parent.mkdir()
    making = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    making.execute("BEGIN IMMEDIATE")

    def finish() -> None:
        time.sleep(0.2)
        making.execute("ROLLBACK")
        making.close()

    other = threading.Thread(target=finish)
    other.start()
    with at(path) as progress:
        progress.record(answer(), MEANINGS)
    other.join()

    with at(path, "two") as progress:
        assert progress.count() == 1


def test_a_new_file_that_another_window_makes_for_long_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PATIENCE", 0.05)
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as making:
        making.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another window"), at(path):
            pass


def test_the_file_stands_in_the_folder_of_the_person() -> None:
    with at(data_folder() / NAME) as progress:
        progress.record(answer(), MEANINGS)

    assert (data_folder() / NAME).is_file()
