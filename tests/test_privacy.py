"""What a person tells stays where it is agreed to stay: each command is watched, and the processes it starts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from quiz.exitcodes import CRASHED, DONE
from tests.conftest import ROOT, outside
from tests.person import Person

SMALL = str(ROOT / "tests" / "rulebases" / "small")

WATCH = """
import json, os, sys

LOG = os.open(os.environ["QUIZ_WATCH"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod",
           "sqlite3.connect", "os.system", "os.exec"}
command = [""]


def watch(event, given):
    if event.startswith("socket."):
        # asyncio wakes itself through a pair of local sockets; whatever has an address is forbidden.
        if event != "socket.__new__" or getattr(given[1], "name", given[1]) not in ("AF_UNIX", 1):
            os._exit(99)
        return
    if event == "open":
        path, _, flags = given
        if isinstance(path, int) or not flags & WRITING:
            return
        paths = [path]
    elif event in CHANGES:
        paths = given[:2] if event in ("os.rename", "os.link") else given[:1]
    else:
        return
    for path in paths:
        if isinstance(path, int) or path == ":memory:":
            continue
        told = os.fsdecode(path).removeprefix("file://").partition("?")[0]
        os.write(LOG, (json.dumps([command[0], event, os.path.abspath(told)]) + "\\n").encode())


sys.addaudithook(watch)
"""
"""Stands in for `sitecustomize`, so that every Python process that is started runs it first."""

RUN = """
import io, json, sys
import sitecustomize
from quiz.cli import main

for label, arguments, typed in json.load(open(sys.argv[1], encoding="utf-8")):
    sitecustomize.command[0] = label
    sys.stdin = io.TextIOWrapper(io.BytesIO(typed.encode()), encoding="utf-8")
    try:
        code = main(arguments)
    except SystemExit as left:
        code = left.code
    print(f"\\n@@@ {label}: {code}", file=sys.stderr, flush=True)
"""

ANSWERS = {"answers": {"leaves_yellow": "yes", "dry_soil": "no"}, "other_medicines": ["zebrafishol"]}
"""The name of a medicine that stands nowhere else."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A place to run commands in. Nothing but `data`, `cache` and `out` may be written to."""

    folder: Path

    @property
    def environment(self) -> Mapping[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "PYTHON"))}
        return {
            **kept, "QUIZ_WATCH": str(self.folder / "log"), "PYTHONPATH": f"{self.folder / 'watch'}:{ROOT}",
            "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "tmp"),
            "XDG_DATA_HOME": str(self.folder / "data"), "XDG_CACHE_HOME": str(self.folder / "cache"),
        }  # fmt: skip

    def run(self, commands: Sequence[tuple[str, Sequence[str], str]]) -> str:
        given = self.folder / "commands.json"
        given.write_text(json.dumps(commands), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", RUN, str(given)], env=self.environment, cwd=self.folder / "here",
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stderr

    def writes(self) -> set[tuple[str, str]]:
        """Which command changed which place: the first two steps of its path inside the folder, or the whole path."""
        found = set()
        for line in (self.folder / "log").read_text(encoding="utf-8").splitlines():
            command, _, path = json.loads(line)
            inside = Path(path)
            if inside.is_relative_to(self.folder):
                found.add((command, inside.relative_to(self.folder).parts[0]))
            elif path != os.devnull:
                found.add((command, path))
        return found


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    for name in ("watch", "home", "tmp", "here", "out"):
        (tmp_path / name).mkdir(mode=0o700)
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    (tmp_path / "answers.json").write_text(json.dumps(ANSWERS), encoding="utf-8")
    case = {"id": 1, **ANSWERS, "expected": {"states": [], "urgency": "soon"}}
    (tmp_path / "cases.jsonl").write_text(f"{json.dumps(case)}\n", encoding="utf-8")
    return Watched(tmp_path)


def test_no_command_reaches_the_network_or_writes_where_it_is_not_asked_to(watched: Watched) -> None:
    given, cases, out = (str(watched.folder / name) for name in ("answers.json", "cases.jsonl", "out"))
    small = ("--rules", SMALL)
    commands: list[tuple[str, Sequence[str], str]] = [
        ("ask", ["ask", "--plain", *small], "yes\nno\nquit\nn\n"),
        ("ask --answers", ["ask", "--answers", given, *small], ""),
        ("ask --output", ["ask", "--answers", given, "--format", "html", "--output", f"{out}/note", *small], ""),
        ("ask --json", ["ask", "--json", *small], "{}\n"),
        ("ask, saved", ["ask", "--plain", *small], "save\nquit\n"),
        ("ask --resume", ["ask", "--plain", "--resume", *small], "yes\nquit\n"),
        ("replay", ["replay", given, *small], ""),
        ("findings", ["findings", "--json", *small], ""),
        ("schema", ["schema"], ""),
        ("fhir questionnaire", ["fhir", "questionnaire", *small], ""),
        ("fhir response", ["fhir", "response", given, *small], ""),
        ("assess", ["assess", cases, *small], ""),
        ("assess --output", ["assess", cases, "--output", f"{out}/told", "--jobs", "2", *small], ""),
        ("practice", ["practice", "--plain", "--seed", "3", *small], "1\ng\nq\n"),
        ("practice --patient", ["practice", "--plain", "--patient", "--seed", "3", *small], "q\n"),
        ("practice --exam", ["practice", "--plain", "--exam", "--items", "2", "--seed", "3", "--output", f"{out}/exam",
                             *small], "1\ng\nq\n"),
        ("practice --standing", ["practice", "--standing", *small], ""),
        ("practice --export", ["practice", "--export", "anki", "--items", "2", "--seed", "3", "--output",
                               f"{out}/anki", *small], ""),
        ("review check", ["review", "check", *small], ""),
        ("review codes", ["review", "codes"], ""),
        ("review test", ["review", "test", *small], ""),
        ("review rule", ["review", "rule", *small], ""),
        ("review finding", ["review", "finding", "dry_soil", *small], ""),
        ("review atlas", ["review", "atlas", "--cases", "20", *small], ""),
        ("review book", ["review", "book", "--quick", "--output", f"{out}/book.html", *small], ""),
        ("review prove", ["review", "prove", *small], ""),
        ("review diff", ["review", "diff", SMALL, SMALL, "--random", "5", "--sessions", given], ""),
        ("review class", ["review", "class", f"{out}/exam", *small], ""),
        ("review measure", ["review", "measure", cases, *small], ""),
        ("review walk", ["review", "walk", "--plain", "--notes", f"{out}/walk.yaml", *small], "q\n"),
        ("--version", ["--version"], ""),
        ("the menu", [], "q\n"),
        ("forget", ["forget", "--yes"], ""),
    ]  # fmt: skip
    told = watched.run(commands)

    for label, _, _ in commands:
        code = told.partition(f"@@@ {label}: ")[2].partition("\n")[0]
        assert code in ("0", "1", "3"), (label, code, told[-3000:])
    writes = watched.writes()
    allowed = {"data": {"ask, saved", "ask --resume", "practice", "practice --standing", "forget"},
               "out": {each[0] for each in commands if any(out in word for word in each[1])},
               "tmp": {"review diff"}, "cache": {each[0] for each in commands} | {""}}  # fmt: skip
    assert {(command, place) for command, place in writes if command not in allowed.get(place, ())} == set()
    assert ("ask --output", "out") in writes
    assert ("ask, saved", "data") in writes
    assert ("practice", "data") in writes
    for empty in ("home", "here", "tmp", "data"):
        assert [each for each in (watched.folder / empty).rglob("*") if each.is_file()] == [], empty


def test_what_is_kept_between_starts_holds_no_answer(watched: Watched) -> None:
    """`ask` without consent writes only the rules in their compiled form: the same bytes as without any answer."""

    def kept() -> dict[str, bytes]:
        folder = watched.folder / "cache"
        return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}

    watched.run([("findings", ["findings", "--rules", SMALL], "")])
    before = kept()
    given = str(watched.folder / "answers.json")
    watched.run([
        ("ask", ["ask", "--plain", "--rules", SMALL], "yes\nno\nzebrafishol\nquit\n"),
        ("ask --answers", ["ask", "--answers", given, "--rules", SMALL], ""),
    ])  # fmt: skip

    assert before != {}
    assert kept() == before
    assert {place for command, place in watched.writes() if command.startswith("ask")} == set()


# --- the same, as the system sees it ---------------------------------------------------------------------------

CALLS = "read,open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat," \
    "symlink,symlinkat,truncate,chmod,fchmodat,mknod,mknodat,socket,connect,bind,sendto,sendmsg"  # fmt: skip
READ_ONLY = re.compile(r"^open(at|at2)?\(.*O_RDONLY")
KEYBOARD = re.compile(r"^read\(0<[^>]*>, \"")
NETWORK = re.compile(r"^(socket|connect|bind|send\w+)\(")
WITHIN_THE_PROCESS = re.compile(r"AF_UNIX|, NULL, 0(\) += | $)")
"""A send without an address needs a socket that was connected, which is seen, or one of a pair made at once."""

UNFINISHED = "<unfinished ...>"
RESUMED = re.compile(r"^<\.\.\. \w+ resumed>")
TERMINALS = ("/dev/tty", "/dev/pts/", "/dev/ptmx", os.devnull)


@dataclass(frozen=True, slots=True)
class Traced:
    """What strace saw: each change of a file, whether made by Python, SQLite or another library, and each address.

    The hook inside Python sees no file that a library in C opens by itself. `after` are the changes once the keyboard
    was read for the first time; all of them, where that was not seen.
    """

    changed: tuple[str, ...]
    after: tuple[str, ...]
    network: tuple[str, ...]

    @classmethod
    def of(cls, log: Path) -> Traced:
        calls = _calls(log.read_text(encoding="utf-8", errors="replace"))
        first = next((place for place, call in enumerate(calls) if KEYBOARD.match(call)), -1)
        changed = [(place, path) for place, call in enumerate(calls) for path in _paths_changed(call)]
        return cls(
            tuple(path for _, path in changed),
            tuple(path for place, path in changed if place > first),
            tuple(call for call in calls if NETWORK.match(call) and not WITHIN_THE_PROCESS.search(call)),
        )


def _calls(log: str) -> list[str]:
    """Each call in one piece, where it ended: strace tells it in two where another thread came between."""
    begun: dict[str, str] = {}
    calls = []
    for line in log.splitlines():
        thread, call = line.split(maxsplit=1)
        if call.endswith(UNFINISHED):
            begun[thread] = call.removesuffix(UNFINISHED)
            continue
        if resumed := RESUMED.match(call):
            call = f"{begun.pop(thread).rstrip()}{call[resumed.end() :]}"
        calls.append(call)
    return calls + list(begun.values())


def _paths_changed(call: str) -> list[str]:
    """Absolute paths, since relative ones are told with their folder by `strace -y`."""
    name = call.partition("(")[0]
    if name in ("read", "socket", "connect", "bind", "sendto", "sendmsg") or READ_ONLY.match(call) or " = -1 " in call:
        return []
    found = re.findall(r'(?:AT_FDCWD<([^>]*)>, )?"((?:[^"\\]|\\.)*)"', call)
    paths = [os.path.normpath(os.path.join(folder, path)) for folder, path in found]
    return [path for path in paths if not path.startswith(TERMINALS)]


def traced(watched: Watched, arguments: Sequence[str], typed: str = "") -> Traced:
    log = watched.folder / "trace"
    done = subprocess.run(
        ["strace", "-f", "-y", "-s", "4096", "-o", str(log), "-e", f"trace={CALLS}", sys.executable, "-m", "quiz",
         *arguments, "--rules", SMALL],
        input=typed, env={**watched.environment, "PYTHONPATH": str(ROOT)}, cwd=watched.folder / "here",
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode in (0, 1, 3), done.stderr[-2000:]
    return Traced.of(log)


TOLD = """\
7 read(0</dev/pts/1>,  <unfinished ...>
8 openat(AT_FDCWD</home>, "early", O_RDONLY <unfinished ...>
8 <... openat resumed>) = 3</home/early>
8 openat(AT_FDCWD</home>, "kept", O_WRONLY|O_CREAT, 0600 <unfinished ...>
7 <... read resumed>"y", 1024) = 1
8 <... openat resumed>)             = 4</home/kept>
8 rename("/home/kept", "/home/moved") = -1 ENOENT (No such file or directory)
8 sendto(5<socket:[1]>, "\\0", 1, 0, NULL, 0 <unfinished ...>
7 sendto(6<socket:[2]>, "\\0", 1, 0, {sa_family=AF_INET, sin_port=htons(80)}, 16) = 1
8 <... sendto resumed>)             = 1
7 sendto(5<socket:[1]>, "\\0", 1, 0, NULL, 0 <unfinished ...>
7 +++ exited with 0 +++
"""


def test_what_strace_tells_in_parts_is_read_as_the_calls_they_were(tmp_path: Path) -> None:
    log = tmp_path / "trace"
    log.write_text(TOLD, encoding="utf-8")
    seen = Traced.of(log)

    assert (seen.changed, seen.after) == (("/home/kept",), ("/home/kept",))
    assert [each.partition("{")[2].partition(",")[0] for each in seen.network] == ["sa_family=AF_INET"]


@outside("strace")
def test_ask_without_consent_changes_no_file_whatever_library_would(watched: Watched) -> None:
    """The first start after the rules changed keeps them, checked, before it can know of any answer; no other does."""
    first = traced(watched, ["ask", "--plain"], "clay\nyes\nquit\n")
    assert {Path(each).parent for each in first.changed} <= {watched.folder, watched.folder / "cache",
                                                            watched.folder / "cache" / "electrolyte-quiz"}  # fmt: skip
    assert first.after == ()
    given = str(watched.folder / "answers.json")
    traced(watched, ["replay", given])  # which keeps the shipped rules, too
    for arguments, typed in (
        (["ask", "--plain"], "clay\nyes\nwhy\nresult\nn\nquit\n"), (["ask", "--answers", given], ""),
        (["ask", "--answers", given, "--format", "html"], ""), (["ask", "--json"], '{"given": {"pot": "clay"}}\n'),
        (["replay", given], ""), (["fhir", "response", given], ""),
        (["assess", str(watched.folder / "cases.jsonl")], ""),
    ):  # fmt: skip
        seen = traced(watched, arguments, typed)
        assert (seen.changed, seen.network) == ((), ()), arguments


@outside("strace")
def test_ask_on_a_whole_screen_changes_no_file_whatever_library_would(watched: Watched) -> None:
    traced(watched, ["findings"])
    log = watched.folder / "trace"
    command = ["strace", "-f", "-y", "-s", "4096", "-o", str(log), "-e", f"trace={CALLS}", sys.executable, "-m", "quiz"]
    run = f"import os; os.execvp('strace', {[*command, 'ask', '--rules', SMALL]!r})"
    person = Person(["-c", run], 80, 30, **{**watched.environment, "PYTHONPATH": str(ROOT)})
    person.sees("q quit")
    person.presses("1y")
    person.sees("> yes")
    person.presses("\x03")
    person.sees("Keep your answers?")
    person.presses("n")

    assert person.leaves() == 130
    seen = Traced.of(log)
    assert (seen.changed, seen.network) == ((), ())


@outside("strace")
def test_what_is_kept_on_request_stays_in_the_documented_folders_whatever_library_writes_it(watched: Watched) -> None:
    out = watched.folder / "out"
    for arguments, typed in (
        (["ask", "--plain"], "clay\nsave\nyes\nquit\n"), (["ask", "--plain", "--resume"], "yes\nquit\n"),
        (["practice", "--plain", "--seed", "3"], "1\ng\nn\n1\ng\nq\n"), (["practice", "--standing"], ""),
        (["practice", "--plain", "--exam", "--items", "2", "--output", str(out / "exam")], "1\ng\n1\ng\n"),
        (["ask", "--answers", str(watched.folder / "answers.json"), "--output", str(out / "note")], ""),
    ):  # fmt: skip
        seen = traced(watched, arguments, typed)
        places = {Path(each).relative_to(watched.folder).parts[0] for each in seen.changed}
        assert places <= {"data", "cache", "out"}, (arguments, places)
        assert seen.network == ()
        if "practice" in arguments and "--exam" not in arguments:
            assert any(each.endswith("-wal") for each in seen.changed), "strace sees what SQLite writes"


def test_what_is_typed_at_a_prompt_is_in_no_history_of_a_shell(watched: Watched) -> None:
    shell = "import os; os.execvp('bash', ['bash', '--norc', '--noprofile', '-i'])"
    history = watched.folder / "out" / "history"
    person = Person(["-c", shell], 80, 24, **{**watched.environment, "PS1": "ready$ ", "HISTFILE": str(history)})
    person.sees("ready$")
    person.presses(f"{sys.executable} -m quiz ask --plain --rules {SMALL}\r")
    person.sees_in_one_line("Enter to skip")
    person.presses("clay\r")
    person.presses("quit\r")
    person.sees_in_one_line("Keep your answers?")
    person.presses("n\r")
    person.sees("ready$")
    person.presses("exit\r")
    person.leaves()

    assert "quiz ask" in history.read_text(encoding="utf-8")
    assert "clay" not in history.read_text(encoding="utf-8")
    assert list((watched.folder / "home").iterdir()) == []


def test_all_that_is_written_is_for_its_owner_only(watched: Watched) -> None:
    given, cases, out = (str(watched.folder / name) for name in ("answers.json", "cases.jsonl", "out"))
    small = ("--rules", SMALL)
    before = os.umask(0)
    try:
        watched.run([
            ("ask", ["ask", "--plain", *small], "yes\nsave\nquit\n"),
            ("note", ["ask", "--answers", given, "--output", f"{out}/note", *small], ""),
            ("assess", ["assess", cases, "--output", f"{out}/told", *small], ""),
            ("practice", ["practice", "--plain", "--seed", "3", *small], "1\ng\nq\n"),
            ("exam", ["practice", "--plain", "--exam", "--items", "2", "--seed", "3", "--output", f"{out}/exam",
                      *small], "1\ng\nq\n"),
            ("standing", ["practice", "--standing", "--output", f"{out}/standing", *small], ""),
            ("export", ["practice", "--export", "gift", "--items", "2", "--seed", "3", "--output", f"{out}/gift",
                        *small], ""),
            ("walk", ["review", "walk", "--plain", "--notes", f"{out}/walk.yaml", *small], "disagree\nwrong\nq\n"),
        ])  # fmt: skip
    finally:
        os.umask(before)
    own = [each for name in ("data", "cache", "out") for each in (watched.folder / name).rglob("*")]

    assert len([each for each in own if each.is_file()]) >= 9
    assert {each.name: oct(each.stat().st_mode) for each in own if each.stat().st_mode & 0o077} == {}


def test_nobody_who_lists_the_processes_sees_an_answer(watched: Watched) -> None:
    person = Person(["-m", "quiz", "ask", "--rules", SMALL], 80, 30, **watched.environment)
    process = Path("/proc") / str(person.child.pid)
    person.sees("q quit")
    before = [(process / name).read_bytes() for name in ("cmdline", "comm", "environ")]
    person.presses("1y")
    person.sees("> yes")
    now = [(process / name).read_bytes() for name in ("cmdline", "comm", "environ")]
    person.presses("\x03")
    person.sees("Keep your answers?")
    person.presses("n")

    assert person.leaves() == 130
    assert now == before
    assert [each for each in (watched.folder / "home").rglob("*") if each.is_file()] == []
    assert {place for _, place in watched.writes()} <= {"cache"}


CRASHING = """
import sys
from quiz import cli
from quiz.engine import Engine

def broken(self, answers):
    wanted = dict(answers)
    raise KeyError(f"no rule for {wanted}")

Engine.assess = broken
sys.exit(cli.main(sys.argv[1:]))
"""


def crash(watched: Watched, *options: str) -> subprocess.CompletedProcess[str]:
    given = str(watched.folder / "answers.json")
    return subprocess.run(
        [sys.executable, *options, "-c", CRASHING, "ask", "--rules", SMALL, "--answers", given],
        env=watched.environment, cwd=watched.folder / "here", capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_a_crash_tells_its_place_and_no_answer(watched: Watched) -> None:
    told = crash(watched)

    assert told.returncode == CRASHED
    assert "Traceback" not in told.stderr
    assert "KeyError" in told.stderr
    assert not any(word in told.stderr + told.stdout for word in ("leaves_yellow", "dry_soil", "zebrafishol"))


def test_whoever_mends_the_program_can_still_see_the_whole_traceback(watched: Watched) -> None:
    told = crash(watched, "-X", "dev")

    assert told.returncode not in (DONE, CRASHED)
    assert "Traceback" in told.stderr
