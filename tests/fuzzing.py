"""Damaged inputs of every kind for the loader and the commands, each made from a number, so that it comes again.

Used by a small slice in every test run and by `python -m tests.long.fuzz` for as many as there is time for.
"""

from __future__ import annotations

import io
import json
import random
import re
import resource
import shutil
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any
from unittest.mock import patch

from jinja2 import Environment

import quiz.commands
from quiz import api, cli, yamltext
from quiz.batch import Batch
from quiz.commands import arguments
from quiz.engine import Engine
from quiz.errors import Problem, QuizError
from quiz.fhir import response
from quiz.interview import Session
from quiz.model import RuleBase
from quiz.practice.classroom import as_text, collect, figures_of
from quiz.practice.exam import Given, Paper, begin
from quiz.practice.progress import NAME, opened
from quiz.practice.results import as_yaml
from quiz.practice.schedule import Schedule
from quiz.practice.values import Certainty
from quiz.review.walknotes import read as read_notes
from quiz.rulebase import load
from quiz.rulebase.build import build
from quiz.rulebase.files import RuleFiles, rule_files
from quiz.solver import cannot_fire
from quiz.store import data_folder
from tests.conftest import ROOT
from tests.patience import patience
from tests.practice_making import NOON, given, item

SMALL = ROOT / "tests" / "rulebases" / "small"
SHIPPED = ROOT / "rules"

LONGEST = 1.0
"""Seconds of the processor for one input."""

MOST_MEMORY = 200 * 1024
"""KiB that the process may grow by, over all inputs."""

HANGS = 30
"""Seconds after which an input is given up."""

COMMANDS = tuple(import_module(each.name) for each in iter_modules(quiz.commands.__path__, "quiz.commands."))


# --- damage ---------------------------------------------------------------------------------------------------

NASTY = (
    b"", b"\0", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r\n", b"\r", b"\t", b"\x1b[2J", b"\x1b]0;x\x07",
    b"\xe2\x80\xae", b"\xe2\x80\xa8", b"null", b"~", b"true", b"yes", b"no", b"unsure", b"[]", b"{}", b"[", b"{", b"]",
    b"}", b"- ", b": ", b"? ", b"# ", b"&a ", b"*a", b"!!python/object:os.system ", b"!!int ", b"<<: ", b"---\n",
    b"...\n", b"|\n", b">-\n", b"'", b'"', b"%YAML 1.1\n", b"@", b"`", b"0", b"-0", b"-1", b"1e400", b"1e-400", b"NaN",
    b"Infinity", b"-Infinity", b".inf", b"0x10", b"1_000", b"9" * 15, b"9" * 400, b"0.1", b"-273.15", b"\\ud800",
    b"\\u0000", b'"\\ud83d\\ude00"', b"\xf0\x9f\x98\x80", b"\xd7\xa9", b"id", b"sid", b"$s", b"liquid", b"costarring",
    b"all", b"any", b"none", b"at_least: {count: 1, of: []}", b"named", b"__class__", b"{{7*7}}", b"${x}", b"=1+1",
    b"<script>", b"../../etc/passwd", b"a" * 5000, b"[" * 60, b"{a: " * 60, b"[" * 2000, b"a: [" * 500, b"\n" * 2000,
    b"- " * 500, b"a" * 50_000, b"\xcc\x81" * 20_000, b"a\xcc\x81\xd7\xa9 " * 5_000,
)  # fmt: skip

_TOKEN = re.compile(rb"[A-Za-z_][A-Za-z0-9_.-]*|[0-9.]+|[^\sA-Za-z0-9_]")


def damaged(content: bytes, others: Sequence[bytes], dice: random.Random) -> bytes:
    """The same with one to four slips: of bytes, of words or of lines."""
    for _ in range(dice.choice((1, 1, 1, 2, 2, 3, 4))):
        content = dice.choice(_SLIPS)(content, others, dice)
    return content[:200_000]


def _bytes_slip(content: bytes, others: Sequence[bytes], dice: random.Random) -> bytes:
    start = dice.randrange(len(content) + 1)
    end = min(len(content), start + dice.choice((0, 0, 1, 1, 2, 8, 200)))
    put = dice.choice((b"", bytes([dice.randrange(256)]), dice.choice(NASTY), content[start:end] * 2))
    return content[:start] + put + content[end:]


def _word_slip(content: bytes, others: Sequence[bytes], dice: random.Random) -> bytes:
    one, other = _some_word(content, dice), _some_word(content, dice)
    if one is None or other is None:
        return content
    put = dice.choice((other[0], dice.choice(NASTY), one[0][:-1], one[0] + b"x", one[0] * 3, one[0].upper()))
    return content[: one.start()] + put + content[one.end() :]


def _some_word(content: bytes, dice: random.Random) -> re.Match[bytes] | None:
    """A word after some place, or the first one; looked for from there, since a list of all takes long to make."""
    return _TOKEN.search(content, dice.randrange(len(content) + 1)) or _TOKEN.search(content)


def _line_slip(content: bytes, others: Sequence[bytes], dice: random.Random) -> bytes:
    lines = content.split(b"\n")
    n, m = dice.randrange(len(lines)), dice.randrange(len(lines))
    kind = dice.randrange(7)
    if kind == 0:
        del lines[n]
    elif kind == 1:
        lines.insert(m, lines[n])
    elif kind == 2:
        lines[n], lines[m] = lines[m], lines[n]
    elif kind == 3:
        lines[n] = b"  " * dice.randrange(1, 4) + lines[n]
    elif kind == 4:
        lines[n] = lines[n][dice.randrange(1, 4) :]
    elif kind == 5:
        lines.insert(n, dice.choice(dice.choice(others).split(b"\n")))
    else:
        lines[n] = lines[n].split(b":")[0] + b": " + dice.choice(NASTY)
    return b"\n".join(lines)


_SLIPS = (_bytes_slip, _word_slip, _word_slip, _line_slip, _line_slip)


# --- where it goes --------------------------------------------------------------------------------------------


class Fault(Exception):
    """What an input must not do."""


@cache
def small() -> RuleBase:
    return load(SMALL, cannot_fire)


@cache
def _small_files() -> RuleFiles:
    return rule_files(SMALL)


@cache
def _engine(fingerprint: str) -> Engine:
    return Engine(small())


def _engine_of(rulebase: RuleBase) -> Engine:
    """One for all commands: durable-rules gives its memory back when the process ends, and not before."""
    return _engine(rulebase.fingerprint) if rulebase.fingerprint == small().fingerprint else Engine(rulebase)


def _always_small(folder: Path | None) -> RuleBase:
    return small() if folder is None or folder == SMALL else load(folder, cannot_fire)


_make_batch = api._batch


@cache
def _batch(fingerprint: str) -> Batch:
    return _make_batch(small())


def _batch_of(rulebase: RuleBase) -> Batch:
    return _batch(rulebase.fingerprint) if rulebase.fingerprint == small().fingerprint else _make_batch(rulebase)


_parse = yamltext.parse


def _parsed(content: bytes, shown_as: str) -> yamltext.Node | Problem:
    """As the loader does; once for each file of the small rules, which stand whole beside a damaged one."""
    return _parsed_once(content, shown_as) if content in _small_seeds() else _parse(content, shown_as)


_parsed_once = cache(_parse)
_parser = arguments.parser


def _parser_of(words: Sequence[str]) -> ArgumentParser:
    """As the program makes it, once for each command line: they are few, and making it takes as long as most inputs."""
    return _parser_once(tuple(words))


_parser_once = lru_cache(_parser)

_compile = Environment.compile
_known_templates: dict[str, Any] = {}


def _compiled(environment: Environment, source: str, *more: Any, **named: Any) -> Any:
    """As jinja2 does, once for each of the templates, which are the same for every input."""
    if source not in _known_templates:
        _known_templates[source] = _compile(environment, source, *more, **named)
    return _known_templates[source]


def _raised(error: Exception) -> str:
    raise error


@contextmanager
def patched() -> Iterator[None]:
    """What every input finds the same is made once. Put it around many inputs: it takes longer than a short one."""
    if cli._crash is _raised:
        yield
        return
    with ExitStack() as stack:
        for place, name, instead in (
            (cli, "_crash", _raised), (cli, "_give_up_output", lambda: None), (arguments, "parser", _parser_of),
            (Environment, "compile", _compiled), (yamltext, "parse", _parsed),
            (api, "load", _always_small), (api, "_batch", _batch_of),
            *((each, "load_rules", _always_small) for each in COMMANDS if hasattr(each, "load_rules")),
            *((each, "make_engine", _engine_of) for each in COMMANDS if hasattr(each, "make_engine")),
        ):  # fmt: skip
            stack.enter_context(patch.object(place, name, instead))
        yield


def run_command(arguments: Sequence[str], typed: bytes = b"") -> tuple[int, str]:
    """Run the program in this process; its exit code and all it said. A crash of it is raised."""
    heard = io.BytesIO()
    said = io.TextIOWrapper(heard, encoding="utf-8")
    keyboard = io.TextIOWrapper(io.BytesIO(typed), encoding="utf-8")
    before = sys.stdin, sys.stdout, sys.stderr
    with patched():
        sys.stdin, sys.stdout, sys.stderr = keyboard, said, said
        try:
            code = cli.main(arguments)
        finally:
            sys.stdin, sys.stdout, sys.stderr = before
    said.flush()
    return code, heard.getvalue().decode()


def _command(typed: bytes, *arguments: str) -> None:
    code, said = run_command(arguments, typed)
    if code not in (0, 1, 3):
        raise Fault(f"exit code {code}")
    if "Traceback" in said:
        raise Fault(said)


@dataclass(frozen=True, slots=True)
class Target:
    """A way into the program: whole inputs, and what is done with a damaged one. `weight` is how often, beside others.

    `feed` is given a folder of its own, and may raise nothing but QuizError.
    """

    kind: str
    name: str
    seeds: Callable[[], Sequence[bytes]]
    feed: Callable[[bytes, Path, random.Random], None]
    weight: int


@cache
def _answers_seeds() -> Sequence[bytes]:
    raw = dict(_some_answers(random.Random(4)))
    return (
        json.dumps({"answers": raw}).encode(),
        ("answers:\n" + "".join(f"  {name}: {value}\n" for name, value in raw.items())).encode(),
        json.dumps({"answers": {}, **raw, "other_medicines": ["zzz", "\u00e9"]}).encode(),
    )


def _some_answers(dice: random.Random) -> Iterator[tuple[str, object]]:
    for finding in small().findings.values():
        if dice.random() < 0.7:
            number = round(dice.uniform(finding.low, finding.high), 1)
            yield finding.id, number if finding.is_number else dice.choice((*finding.words, "unsure"))


@cache
def _fhir_seeds() -> Sequence[bytes]:
    dice = random.Random(5)
    return [
        json.dumps(
            response(small(), Session(dict(_read_answers(dice)), other_medicines=("zzz",)), completed=True)
        ).encode()
        for _ in range(2)
    ]


def _read_answers(dice: random.Random) -> Iterator[tuple[str, str | float]]:
    for name, value in _some_answers(dice):
        yield name, value if isinstance(value, (str, float)) else str(value)


@cache
def _session_seeds() -> Sequence[bytes]:
    return (
        b"session: 1\nrulebase: ''\n" + _answers_seeds()[1] + b"other_medicines: [zzz]\n"
        b"told:\n  states: {X_LOW: strong}\n  urgency: soon\n  cautions: [a.b]\n  against: {X_LOW: [a.b]}\n"
        b"shown: [a, b]\nasked: [c]\nat: {a: null, b: yes}\n",
    )


@cache
def _case_seeds() -> Sequence[bytes]:
    expected = {"states": ["X_LOW"], "urgency": "soon", "also_abnormal": []}
    lines = [
        json.dumps({"id": number, "answers": dict(_some_answers(random.Random(number))), "expected": expected})
        for number in range(3)
    ]
    return ("\n".join(lines).encode(),)


PAPER = Paper(7, tuple(item(f"i{number}") for number in range(5)), 9, "abc")


@cache
def _exam_seeds() -> Sequence[bytes]:
    result = begin(PAPER, "Ann", NOON)
    for number, each in enumerate(PAPER.items[:4]):
        result = result.with_answer(Given(each.id, frozenset("a"), list(Certainty)[number % 3], 12.5))
    return (as_yaml(result).encode(),)


NOTES = b"""\
rulebase: abc
said:
  one: {verdict: agree, told: 'X_LOW strong'}
  two: {verdict: disagree, told: nothing, why: because}
route:
  - {case: one, new: 3}
  - {case: two, new: 1}
"""

TYPED = b"40\nf\n\n1 ?2 n3\nnone\nwhy\nhelp 2\nback\n\nzzz\nnone\nresult\nn\nsave\nchange\n1\nyes\nquit\ny\n"
PRACTISED = b"1\ng\nn\nt\n2\ns\nu\n3\nf\nq\n"
REPLIES = b"""\
{"given": {}}
{"command": "why", "finding": "x"}
{"given": {"x": "yes"}, "other_medicines": ["a"]}
{"choose": "no"}
{"command": "save"}
{"command": "result"}
"""


@cache
def _progress_file() -> bytes:
    path = data_folder() / "seed" / NAME
    with opened(path, Schedule().reviewed, "seed", NOON) as progress:
        for number in range(6):
            progress.record(given(f"i{number}", chosen=("b",), cards=(f"c{number}",)), {f"c{number}": "m"})
    content = path.read_bytes()
    shutil.rmtree(path.parent)
    return content


def _feed_small_rules(content: bytes, folder: Path, dice: random.Random) -> None:
    """One damaged file beside the others as they are; where they can still be used, some answers are assessed."""
    files = list(_small_files().files)
    place = dice.randrange(len(files))
    files[place] = (files[place][0], content)
    rulebase = build(RuleFiles(str(SMALL), tuple(files), (), "0" * 64))
    list(cannot_fire(rulebase))
    assess = Engine(rulebase).assess
    for _ in range(3):
        assess({name: dice.choice(each.words) for name, each in rulebase.findings.items() if not each.is_number})


def _feed_one_file(content: bytes, folder: Path, dice: random.Random) -> None:
    build(RuleFiles("rules", (("rules/one.yaml", content),), (), "0" * 64))


def _feed_check(content: bytes, folder: Path, dice: random.Random) -> None:
    rules = folder / "rules"
    shutil.copytree(SMALL, rules)
    dice.choice(sorted(rules.rglob("*.yaml"))).write_bytes(content)
    form = dice.choice(("text", "github", "json", "sarif"))
    _command(b"", "review", "check", "--rules", str(rules), "--format", form)


def _feed_answers(content: bytes, folder: Path, dice: random.Random) -> None:
    path = folder / "answers"
    path.write_bytes(content)
    form = dice.choice(("text", "md", "html", "json"))
    _command(content, "ask", "--rules", str(SMALL), "--answers", dice.choice((str(path), "-")), "--format", form)


def _feed_session(content: bytes, folder: Path, dice: random.Random) -> None:
    path = folder / "session.yaml"
    path.write_bytes(content)
    ways = (
        ("replay", str(path)), ("fhir", "response", str(path)), ("ask", "--plain", "--resume", str(path)),
        ("ask", "--json", "--resume", str(path)),
    )  # fmt: skip
    _command(b"" if dice.random() < 0.5 else TYPED, *dice.choice(ways), "--rules", str(SMALL))


def _feed_cases(content: bytes, folder: Path, dice: random.Random) -> None:
    path = folder / "cases.jsonl"
    path.write_bytes(content)
    ways = (("assess", str(path), "--jobs", "1"), ("assess", "-", "--jobs", "1"), ("review", "measure", str(path)))
    _command(content, *dice.choice(ways), "--rules", str(SMALL))


def _feed_resumed(content: bytes, folder: Path, dice: random.Random) -> None:
    """What `assess --resume` finds in the place of its output."""
    cases, out = folder / "cases.jsonl", folder / "out.jsonl"
    cases.write_bytes(_case_seeds()[0])
    out.write_bytes(content)
    _command(b"", "assess", str(cases), "--output", str(out), "--resume", "--jobs", "1", "--rules", str(SMALL))


def _feed_result(content: bytes, folder: Path, dice: random.Random) -> None:
    papers, problems = collect(
        [("a", content), ("b", _exam_seeds()[0])], "abc", lambda seed, count: PAPER.items[:count]
    )
    for each in papers:
        as_text(figures_of(*each), small().states, dice.choice((20, 80)))
    list(map(str, problems))


def _feed_progress(content: bytes, folder: Path, dice: random.Random) -> None:
    path = data_folder() / NAME
    shutil.rmtree(path.parent, ignore_errors=True)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    form = dice.choice(("text", "html"))
    _command(b"", "practice", "--standing", "--format", form, "--rules", str(SMALL))


def _feed_notes(content: bytes, folder: Path, dice: random.Random) -> None:
    read_notes(content, "walk.yaml").stops(())


def _feed_typed(content: bytes, folder: Path, dice: random.Random) -> None:
    _command(content, "ask", "--plain", "--rules", str(SMALL))


def _feed_practice(content: bytes, folder: Path, dice: random.Random) -> None:
    exam = ("--exam", "--items", "3", "--output", str(folder / "exam.yaml"))  # which takes long to be made up
    (way,) = dice.choices(((), ("--patient",), exam), (3, 3, 1))
    _command(content, "practice", "--plain", "--seed", "3", "--rules", str(SMALL), *way)


def _feed_replies(content: bytes, folder: Path, dice: random.Random) -> None:
    _command(content, "ask", "--json", "--rules", str(SMALL))


@cache
def _small_seeds() -> Sequence[bytes]:
    return [content for _, content in _small_files().files if isinstance(content, bytes)]


@cache
def _shipped_seeds() -> Sequence[bytes]:
    return [path.read_bytes() for path in sorted(SHIPPED.rglob("*.yaml"))]


@cache
def _out_seeds() -> Sequence[bytes]:
    _, said = run_command(("assess", "-", "--rules", str(SMALL)), _case_seeds()[0])
    return (said.encode(), said.encode()[:-20])


RULES, ANSWERS, SESSIONS, PROGRESS, CASES, TALK = (
    "rule files", "answer files", "session files", "progress files", "cases", "what is typed and replied"
)  # fmt: skip

TARGETS = (
    Target(RULES, "rule files", _small_seeds, _feed_small_rules, 6),
    Target(RULES, "rule files, checked by command", _small_seeds, _feed_check, 2),
    Target(RULES, "shipped rule files, each alone", _shipped_seeds, _feed_one_file, 2),
    Target(ANSWERS, "answers", _answers_seeds, _feed_answers, 6),
    Target(ANSWERS, "FHIR responses", _fhir_seeds, _feed_answers, 4),
    Target(SESSIONS, "saved sessions", _session_seeds, _feed_session, 5),
    Target(SESSIONS, "results of exams", _exam_seeds, _feed_result, 5),
    Target(SESSIONS, "notes of a walk", lambda: (NOTES,), _feed_notes, 2),
    Target(PROGRESS, "progress", lambda: (_progress_file(),), _feed_progress, 5),
    Target(CASES, "cases", _case_seeds, _feed_cases, 6),
    Target(CASES, "outputs to go on with", _out_seeds, _feed_resumed, 2),
    Target(TALK, "typed in an interview", lambda: (TYPED,), _feed_typed, 3),
    Target(TALK, "typed in practice", lambda: (PRACTISED,), _feed_practice, 1),
    Target(TALK, "replies of a program", lambda: (REPLIES,), _feed_replies, 2),
)


# --- one input, and many --------------------------------------------------------------------------------------


def chosen(number: int) -> tuple[Target, bytes, random.Random]:
    """The input of this number, and the dice for what is done with it."""
    dice = random.Random(number)
    target = dice.choices(TARGETS, [each.weight for each in TARGETS])[0]
    seeds = target.seeds()
    return target, damaged(dice.choice(seeds), seeds, dice), dice


def fed(number: int, folder: Path) -> tuple[str, str]:
    """Which target took this input, and what is wrong with that; nothing where all is well."""
    target, content, dice = chosen(number)
    inside = folder / "one"
    shutil.rmtree(inside, ignore_errors=True)
    inside.mkdir()
    began = time.process_time()
    try:
        with patience(HANGS, lambda: Fault(f"still at it after {HANGS} s")):
            target.feed(content, inside, dice)
    except QuizError:
        pass
    except (Exception, SystemExit) as error:
        last = error.__traceback__
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        place = f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}" if last else ""
        return target.name, f"{type(error).__name__} at {place}: {str(error)[:200]}"
    took = time.process_time() - began
    return target.name, f"took {took:.1f} s" if took > LONGEST else ""


def memory() -> int:
    """KiB that this process had at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
