"""A machine that fails: no home, a home or disk that cannot be written, a clock set back, two windows at once, kill -9.

Kills at random moments are in test_kill.py, those of `assess` in test_batch.py.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

import quiz as quiz_api
from quiz.engine import Engine
from quiz.model import Assessment
from quiz.practice.exam import Paper, begin
from quiz.practice.progress import NAME, opened
from quiz.practice.results import as_yaml, read_result
from quiz.practice.schedule import Schedule
from quiz.practice.sitting import sit
from quiz.practice.values import Certainty
from quiz.rulebase import load
from quiz.store import OwnFile, data_folder, latest_session, read_session
from tests.conftest import ROOT, at_once
from tests.practice_making import NOON, given, item

SMALL = ROOT / "tests" / "rulebases" / "small"


def quiz(
    *arguments: str,
    typed: str = "",
    environment: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    before: Callable[[], object] | None = None,
) -> tuple[int, str]:
    """The exit code and all that was said. An environment replaces that of the tests."""
    done = subprocess.run(
        [sys.executable, "-m", "quiz", *arguments], input=typed, capture_output=True, text=True, timeout=60, cwd=cwd,
        env={**(os.environ if environment is None else environment), "PYTHONPATH": str(ROOT)}, preexec_fn=before,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


# --- no home --------------------------------------------------------------------------------------------------


HOMELESS = (
    (("findings",), ""),
    (("ask", "--plain"), "yes\nsave\nquit\n"),
    (("ask", "--resume", "--plain"), ""),
    (("practice", "--plain", "--seed", "3"), "y\n1\ng\nq\n"),
    (("practice", "--standing"), ""),
    (("forget",), ""),
)


WITHOUT_A_HOME = """
import pwd, sys
from quiz.cli import main

def getpwuid(number):
    raise KeyError(number)

pwd.getpwuid = getpwuid
sys.exit(main(sys.argv[1:]))
"""


def test_somebody_without_any_home_is_served_and_nothing_is_written_where_they_stand(tmp_path: Path) -> None:
    for arguments, typed in HOMELESS:
        rules = () if arguments == ("forget",) else ("--rules", str(SMALL))
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_A_HOME, *arguments, *rules], input=typed, capture_output=True, text=True,
            timeout=60, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert done.returncode in (0, 1, 3), (arguments, done.stderr)
        assert "Traceback" not in done.stderr
    assert sorted(tmp_path.rglob("*")) == []


def _never_written(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "in-the-way").write_text("", encoding="utf-8")


@pytest.mark.parametrize("home", ["unset", "a file", "a name that does not exist under a file"])
def test_without_a_home_that_can_be_written_every_command_works_or_says_why_not(tmp_path: Path, home: str) -> None:
    _never_written(tmp_path)
    place = {"unset": None, "a file": "in-the-way"}.get(home, "in-the-way/below")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_") and name != "HOME"}
    where = str(tmp_path / place) if place else ""
    below = where or str(tmp_path)
    environment = {**kept, "XDG_CACHE_HOME": f"{below}/cache", "XDG_DATA_HOME": f"{below}/data"}
    if where:
        environment["HOME"] = where
    for arguments, typed in HOMELESS:
        rules = () if arguments == ("forget",) else ("--rules", str(SMALL))
        code, told = quiz(*arguments, *rules, typed=typed, environment=environment, cwd=tmp_path)
        assert code in (0, 1, 3), (arguments, told)
    assert (tmp_path / "in-the-way").read_text(encoding="utf-8") == ""


# --- a full disk ----------------------------------------------------------------------------------------------


def _no_file_grows_beyond(size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_full_disk_is_told_and_leaves_every_file_as_it_was(tmp_path: Path) -> None:
    answers, cases = tmp_path / "answers.json", tmp_path / "cases.jsonl"
    answers.write_text(json.dumps({"answers": {"dry_soil": "yes"}}), encoding="utf-8")
    cases.write_text('{"id": 1, "answers": {}}\n' * 50, encoding="utf-8")
    small = ("--rules", str(SMALL))
    quiz("findings", *small)  # the compiled rules are there
    for arguments in (
        ("ask", "--answers", str(answers), "--output"), ("assess", str(cases), "--output"),
        ("practice", "--export", "anki", "--items", "3", "--seed", "3", "--output"),
        ("review", "book", "--quick", "--output"),
    ):  # fmt: skip
        path = tmp_path / "out"
        path.write_text("before", encoding="utf-8")
        code, told = quiz(*arguments, str(path), *small, before=_no_file_grows_beyond(100))
        assert (code, "File too large" in told) == (1, True), told
        assert str(path) in told
        if arguments[0] != "assess":  # which writes line by line
            assert path.read_text(encoding="utf-8") == "before"
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


@pytest.mark.parametrize("arguments", [
    ("findings",), ("ask", "--answers", "{answers}"), ("ask", "--plain"), ("ask", "--json"), ("review", "check"),
    ("assess", "{answers}"), ("practice", "--export", "gift", "--seed", "3", "--items", "2"), ("schema",),
], ids=lambda each: " ".join(each))  # fmt: skip
def test_a_standard_output_that_is_full_is_told_once(arguments: tuple[str, ...], tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"answers": {"dry_soil": "yes"}}), encoding="utf-8")
    with open("/dev/full", "w", encoding="utf-8") as full:
        words = [each.format(answers=answers) for each in arguments]
        more = ("--rules", str(SMALL)) if arguments[0] != "schema" else ()
        done = subprocess.run(
            [sys.executable, "-m", "quiz", *words, *more], stdin=subprocess.DEVNULL, stdout=full,
            stderr=subprocess.PIPE, text=True, timeout=60, cwd=ROOT,
        )  # fmt: skip
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert done.stderr.count("No space left on device") == 1


def with_closed(streams: str, arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """`streams` are closed as a shell writes it."""
    command = f"exec {sys.executable} -m quiz {arguments} {streams}"
    return subprocess.run(["bash", "-c", command], input=typed, capture_output=True, text=True, timeout=60, cwd=ROOT)


@pytest.mark.parametrize("streams", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_mistake_of_the_program(streams: str) -> None:
    for arguments, typed in (
        ("findings", ""), ("--help", ""), ("", ""), ("ask --plain", "yes\nquit\n"), ("ask --json", "{}\n"),
        ("practice --plain --seed 3", "1\ng\nq\n"), ("practice --standing", ""), ("review check", ""),
        ("review walk --plain", "q\n"), ("forget", ""),
    ):  # fmt: skip
        rules = f"--rules {SMALL}" if arguments not in ("", "--help", "forget") else ""
        done = with_closed(streams, f"{arguments} {rules}", typed)
        assert done.returncode in (0, 1, 3), (arguments, done.stderr)
        assert done.stderr in ("", "standard output: Bad file descriptor\n"), arguments


def test_output_that_is_lost_because_its_stream_is_closed_is_told_and_no_file_is_taken_for_it(tmp_path: Path) -> None:
    answers, note = tmp_path / "answers.json", tmp_path / "note.md"
    answers.write_text(json.dumps({"answers": {"dry_soil": "yes"}}), encoding="utf-8")
    ask = f"ask --answers {answers} --rules {SMALL}"
    lost = with_closed(">&-", ask)
    assert (lost.returncode, lost.stderr) == (1, "standard output: Bad file descriptor\n")

    expected = with_closed("", ask).stdout
    with_closed("<&- >&- 2>&-", f"{ask} --output {note}")
    assert note.read_text(encoding="utf-8") == expected


def test_a_saved_interview_survives_a_disk_that_fills_up_while_it_is_answered() -> None:
    small = ("--rules", str(SMALL))
    quiz("ask", "--plain", *small, typed="clay\nsave\nquit\n")
    path = latest_session()
    before = path.read_bytes()

    code, told = quiz("ask", "--plain", "--resume", *small, typed="yes\nyes\nquit\n", before=_no_file_grows_beyond(50))

    assert code == 0
    assert "could not be saved" in told
    assert path.read_bytes() == before


# --- a disk of its own, really full and really read-only ------------------------------------------------------

PRIVATE = ["unshare", "--user", "--map-root-user", "--mount"]
MOUNTED = [*PRIVATE, "sh", "-c", 'mount -t tmpfs -o size=1m,mode=700 disk "$1" && shift && exec "$@"', "sh"]


def _can_mount() -> bool:
    return not subprocess.run([*PRIVATE, "mount", "-t", "tmpfs", "disk", "/mnt"], capture_output=True).returncode


needs_a_disk = pytest.mark.skipif(
    not (shutil.which("unshare") and _can_mount()), reason="nobody may mount a disk on this machine"
)

BEGIN = """
import os, subprocess, sys
from pathlib import Path

disk, rules = Path(sys.argv[1]), sys.argv[2]

def quiz(*arguments, typed=""):
    done = subprocess.run([sys.executable, "-m", "quiz", *arguments], input=typed, capture_output=True, text=True)
    told = " ".join((done.stdout + done.stderr).split())
    assert "Traceback" not in told and done.returncode in (0, 1, 3), (arguments, told)
    return done.returncode, told

def kept():
    # What stands beside a database belongs to SQLite: it may have been begun, and is empty.
    files = [each for each in disk.rglob("*") if each.is_file() and each.suffix not in (".sqlite3-wal", ".sqlite3-shm")]
    return {str(each): each.read_bytes() for each in files if each.name != "filler"}

small = ("--rules", rules)
quiz("ask", "--plain", *small, typed="clay\\nsave\\nquit\\n")
quiz("practice", "--plain", "--seed", "3", *small, typed="1\\ng\\nq\\n")
before = kept()
assert len(before) >= 2
"""

FULL = """
def fill():
    with open(disk / "filler", "wb", buffering=0) as filler:
        try:
            while True:
                filler.write(b"x" * 512)
        except OSError:
            pass

fill()
code, told = quiz("ask", "--plain", "--resume", *small, typed="yes\\nyes\\nquit\\n")
assert code == 0 and "could not be saved" in told and "No space left on device" in told, told
code, told = quiz("practice", "--plain", "--seed", "4", *small, typed="1\\ng\\nq\\n")
assert "free some space on the disk" in told, told
for arguments in (("ask", "--answers", "answers.json", "--output"), ("assess", "cases.jsonl", "--output"),
                  ("practice", "--export", "gift", "--items", "2", "--seed", "3", "--output")):
    code, told = quiz(*arguments, str(disk / "out"), *small)
    assert code == 1 and "No space left on device" in told and str(disk / "out") in told.replace(" ", ""), told
    (disk / "out").unlink(missing_ok=True)
now = kept()
assert now == before, {name for name in now.keys() | before.keys() if now.get(name) != before.get(name)}
(disk / "filler").unlink()
code, told = quiz("ask", "--plain", "--resume", *small, typed="yes\\nquit\\n")
assert code == 0 and "Your answers are in" in told, told
code, told = quiz("practice", "--plain", "--seed", "4", *small, typed="1\\ng\\nq\\n")
assert "1 item answered" in told, told
code, told = quiz("practice", "--standing", *small)
assert "2 items answered" in told or "answered 2" in told or "2 answers" in told, told
"""

READ_ONLY = """
subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
code, told = quiz("ask", "--plain", *small, typed="clay\\nsave\\nquit\\nn\\n")
assert "Read-only file system" in told, told
code, told = quiz("ask", "--plain", "--resume", *small, typed="yes\\nquit\\n")
assert code == 0 and "could not be saved" in told, told
code, told = quiz("practice", "--plain", "--seed", "4", *small, typed="y\\n1\\ng\\nq\\n")
assert "Read-only file system" in told or "read-only" in told.lower() or "cannot be kept" in told, told
code, told = quiz("practice", "--standing", *small)
code, told = quiz("forget", "--yes")
assert code == 1 and "Read-only file system" in told, told
for arguments in (("findings",), ("ask", "--answers", "answers.json"), ("assess", "cases.jsonl"), ("review", "rule")):
    code, told = quiz(*arguments, *small)
    assert code == 0, told
assert kept() == before
"""


@needs_a_disk
@pytest.mark.parametrize("script", [FULL, READ_ONLY], ids=["full", "read-only"])
def test_on_a_disk_that_takes_no_more_nothing_is_lost_and_what_can_be_done_is_done(tmp_path: Path, script: str) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    (tmp_path / "answers.json").write_text('{"answers": {"dry_soil": "yes"}}', encoding="utf-8")
    (tmp_path / "cases.jsonl").write_text('{"id": 1, "answers": {}}\n' * 3000, encoding="utf-8")
    environment = {**os.environ, "HOME": str(disk), "XDG_DATA_HOME": str(disk / "data"), "PYTHONPATH": str(ROOT),
                   "XDG_CACHE_HOME": str(disk / "cache")}  # fmt: skip
    done = subprocess.run(
        [*MOUNTED, str(disk), sys.executable, "-c", BEGIN + script, str(disk), str(SMALL)], cwd=tmp_path,
        env=environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


# --- a clock that is set back ---------------------------------------------------------------------------------


def test_a_clock_set_back_gives_reviews_and_no_crash(tmp_path: Path) -> None:
    schedule = Schedule()
    moments = [NOON + timedelta(days=each) for each in (0, 10, -400, 3, -9000, 10_000, 0)]
    with opened(tmp_path / NAME, schedule.reviewed, "one", NOON) as progress:
        for number, at in enumerate(moments):
            progress.record(given(f"i{number}", cards=("c",), at=at), {"c": "m"})
            assert 0 <= schedule.recall(progress.memories({"c": "m"})["c"], at) <= 1
            progress.days(at)
        progress.undo()
        assert progress.count() == len(moments) - 1


def test_an_exam_during_which_the_clock_is_set_back_can_be_handed_in(tmp_path: Path) -> None:
    paper = Paper(1, tuple(item(f"i{number}") for number in range(3)), 60, "abc")
    clock = iter([NOON, NOON - timedelta(days=3), NOON, NOON + timedelta(minutes=1), NOON - timedelta(hours=1), NOON])

    class Quick:
        def choose(self, title: str, options: object) -> str:
            return "sure" if title.startswith("How sure") else "a"

        def say(self, text: str) -> None: ...
        def choose_several(self, title: str, options: object, commands: object = ()) -> tuple[str, ...]:
            return ("a",)

        def pick(self, title: str, options: object, commands: object = ()) -> str:
            return "a"

    path = tmp_path / "exam.yaml"
    file = OwnFile(path, "")
    sit(Quick(), paper, begin(paper, "", NOON), lambda result: file.write(as_yaml(result)), lambda: next(clock))

    assert [each.item for each in read_result(path.read_bytes(), "r").given] == ["i0", "i1", "i2"]


# --- two at once ----------------------------------------------------------------------------------------------


def window(*arguments: str, folder: Path = ROOT) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "quiz", *arguments, "--plain", "--rules", str(SMALL)], cwd=folder, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_two_windows_that_go_on_with_one_saved_interview_lose_no_answer() -> None:
    quiz("ask", "--plain", "--rules", str(SMALL), typed="clay\nsave\nquit\n")
    path = latest_session()
    with ExitStack() as left_open:
        windows = [left_open.enter_context(window("ask", "--resume", str(path))) for _ in range(2)]
        for each in windows:
            assert each.stdout is not None
            assert each.stdout.readline(), "whoever is greeted has had their answers read"
        told = [
            each.communicate(f"{answer}\nquit\n", timeout=60)
            for each, answer in zip(windows, ("yes", "no"), strict=True)
        ]

    files = {each: read_session(load(SMALL), each.read_bytes(), "saved").session for each in path.parent.iterdir()}
    others = [each for each in files if each != path]
    assert len(others) == 1
    assert {each.answers["pot"] for each in files.values()} == {"clay"}
    added = [set(files[each].answers.items()) - {("pot", "clay")} for each in (path, *others)]
    assert [{answer for _, answer in each} for each in added] == [{"yes"}, {"no"}]
    words = [
        f"You left early. Your answers are in {path}.",
        f"You left early. Another window went on with {path}. Your answers are in {others[0]}.",
    ]
    for (out, _), said in zip(told, words, strict=True):
        assert "".join(out.split()).endswith("".join(said.split())), "lines are wrapped"
    assert [error for _, error in told] == ["", ""]


@pytest.mark.parametrize(
    ("form", "typed", "told"),
    [
        ("--output=note.md", "yes\nresult\n", "The note is in note.md."),
        ("--json", '{"given": {"leaves_hang": "yes"}}\n', '"screen": "leave"'),
    ],
)
def test_whoever_takes_the_note_as_a_file_or_for_a_program_hears_of_the_other_window_too(
    form: str, typed: str, told: str, tmp_path: Path
) -> None:
    quiz("ask", "--plain", "--rules", str(SMALL), typed="clay\nsave\nquit\n")
    path = latest_session()
    with window("ask", "--resume", str(path), form, folder=tmp_path) as first:
        assert first.stdout is not None
        assert first.stdout.readline(), "whoever is greeted has had their answers read"
        quiz("ask", "--plain", "--resume", str(path), "--rules", str(SMALL), typed="no\nquit\n")
        out, error = first.communicate(typed, timeout=60)

    (other,) = (each for each in path.parent.iterdir() if each != path)
    assert error == f"Another window went on with {path}. Your answers are in {other}.\n"
    assert told in out.replace("\n", " ")


def test_a_second_run_of_assess_does_not_write_to_the_file_of_the_first(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("what stood there before\n", encoding="utf-8")
    command = [sys.executable, "-m", "quiz", "assess", "-", "--jobs", "1", "--output", str(out)]
    line = json.dumps({"id": 1, "answers": {"palpitations": "yes"}}) + "\n"
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as first:
        assert first.stdin is not None
        while out.read_text(encoding="utf-8"):  # it begins with an empty file
            time.sleep(0.01)
        for more in ([], ["--resume"]):
            second = subprocess.run([*command, *more], input=line * 3, text=True, capture_output=True, check=False)
            assert (second.returncode, second.stdout) == (1, "")
            assert second.stderr.startswith(f"{out}: another run is writing to it\n  hint: ")
        first.stdin.write(line)
        first.stdin.close()
        assert first.wait() == 0

    assert [json.loads(each)["id"] for each in out.read_text(encoding="utf-8").splitlines()] == [1]


def test_two_students_at_one_file_lose_no_answer() -> None:
    with ExitStack() as left_open:
        windows = [left_open.enter_context(window("practice", "--seed", "3")) for _ in range(3)]
        told = [each.communicate("1\ng\nn\n1\ng\nq\n", timeout=60) for each in windows]
    for out, err in told:
        assert "2 items answered" in out, out + err
    with opened(data_folder() / NAME, Schedule().reviewed, "look", NOON) as progress:
        assert progress.count() == 6


def test_an_exam_goes_on_in_one_window_only_and_the_other_one_is_told(tmp_path: Path) -> None:
    paper = tmp_path / "me.yaml"
    exam = ("practice", "--exam", "--items", "4", "--seed", "3", "--output", str(paper))
    with window(*exam) as first:
        assert first.stdin is not None
        first.stdin.write("1\ng\n")
        first.stdin.flush()
        until = time.monotonic() + 30
        while time.monotonic() < until and not (paper.exists() and b"certainty: guess" in paper.read_bytes()):
            time.sleep(0.02)
        code, told = quiz(*exam, "--plain", "--rules", str(SMALL), typed="1\ns\nq\n")
        assert code == 0, told
        kept = paper.read_bytes()
        out, error = first.communicate("1\ng\n1\ng\n", timeout=60)

    assert first.returncode == 1, out
    assert error.startswith(f"{paper}: another window has written to it, so this is not kept\n  hint: ")
    assert paper.read_bytes() == kept
    assert [each.certainty for each in read_result(kept, "me").given] == [Certainty.GUESS, Certainty.SURE]


def test_many_threads_making_engines_and_assessing_agree() -> None:
    rulebase = load(SMALL)
    expected = Engine(rulebase).assess({"dry_soil": "yes"})

    def work(number: int) -> list[Assessment]:
        engine = Engine(rulebase)
        return [engine.assess({"dry_soil": "yes"}) for _ in range(50)]

    assert at_once(8, work) == [[expected] * 50] * 8


def test_threads_that_call_assess_and_load_at_once_get_what_one_gets() -> None:
    """From the first call on, with rules of their own and with the same ones, as a server with threads would."""
    cases = [
        {"dry_soil": each, "days_dry": f"{number} days"} for number, each in enumerate(("yes", "no", "unsure"), 12)
    ]
    shared = quiz_api.load(SMALL)
    expected = [Engine(shared).assess({**each, "days_dry": float(number)}) for number, each in enumerate(cases, 12)]

    def work(number: int) -> list[Assessment]:
        rules = shared if number % 2 else quiz_api.load(SMALL)
        return [quiz_api.assess(cases[place % 3], rules) for place in range(60)]

    assert at_once(12, work) == [expected * 20] * 12


def test_a_process_of_assess_that_is_killed_is_told_and_the_run_can_go_on(tmp_path: Path) -> None:
    cases, out = tmp_path / "cases.jsonl", tmp_path / "out.jsonl"
    cases.write_text("".join(f'{{"id": {number}, "answers": {{}}}}\n' for number in range(60_000)), encoding="utf-8")
    command = ["assess", str(cases), "--output", str(out), "--jobs", "2", "--rules", str(SMALL)]
    run = subprocess.Popen([sys.executable, "-m", "quiz", *command], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 30
    while time.monotonic() < until and not (out.exists() and out.stat().st_size):
        time.sleep(0.02)
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text(encoding="utf-8").split()
    workers = [int(each) for each in children if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()]
    os.kill(workers[0], signal.SIGKILL)
    told = run.communicate(timeout=60)[1]

    assert run.returncode == 1
    assert "Traceback" not in told
    assert "ended before its work was done" in told
    code, _ = quiz(*command, "--resume")
    assert code == 0
    assert [json.loads(line)["id"] for line in out.read_text(encoding="utf-8").splitlines()] == list(range(60_000))
