"""Many cases, a line each."""

from __future__ import annotations

import io
import json
import pickle
import random
import signal
import stat
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from quiz.api import make_batch
from quiz.batch import (
    LINES_AT_ONCE,
    LONGEST_LINE,
    LONGEST_UNKNOWN,
    MOST_UNKNOWN,
    Batch,
    Part,
    in_parts,
    read_lines,
    run_in_processes,
)
from quiz.commands.assess import progress
from quiz.engine import Engine
from quiz.errors import AnswersError, Position, Problem
from quiz.model import RuleBase
from tests.long.assess import measured


@pytest.fixture
def batch(rulebase: RuleBase, engine: Engine) -> Batch:
    return Batch(rulebase, engine.assess)


def run(batch: Batch, *lines: object) -> list[Any]:
    return [json.loads(line) for line in part(batch, *lines).lines]


def part(batch: Batch, *lines: object) -> Part:
    return batch.part(each if isinstance(each, str) else json.dumps(each) for each in lines)


def test_a_line_gives_a_line_with_exactly_the_documented_keys(batch: Batch, rulebase: RuleBase) -> None:
    (out,) = run(batch, {"id": "a", "age": 70, "sex": "F", "answers": {"loop_diuretic": "yes", "palpitations": "yes"}})

    assert list(out) == ["id", "states_ranked", "urgency", "red_flags", "cautions", "fired", "rulebase"]
    assert out["id"] == "a"
    assert out["rulebase"] == rulebase.fingerprint
    assert sorted(state for state, _ in out["states_ranked"] if state in ("K_LOW", "MG_LOW")) == ["K_LOW", "MG_LOW"]


def test_lines_come_out_in_the_order_they_went_in(batch: Batch) -> None:
    out = run(batch, *({"id": number, "answers": {}} for number in range(20)))

    assert [each["id"] for each in out] == list(range(20))


def test_age_and_sex_beside_the_answers_count(batch: Batch) -> None:
    young, old = run(
        batch,
        *({"age": age, "sex": None, "answers": {"trimethoprim": "yes", "acei": "yes"}} for age in (40, 80)),
    )

    assert (young["urgency"], old["urgency"]) != (old["urgency"], young["urgency"])
    assert old["urgency"] == "same_day"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "not JSON: Expecting property name enclosed in double quotes (column 2)"),
        ("{\n", "not JSON: Expecting property name enclosed in double quotes (column 2)"),
        ("[1]", "answers"),
        ("{}", "answers"),
        ('{"answers": []}', "answers"),
        ('{"answers": {"fever": "maybe"}}', "not an answer to fever"),
        ('{"answers": {"fever": true}}', "not an answer to fever"),
        ('{"answers": {"fever": "yes", "tremor": "no", "fever": "no"}}', '"fever" stands twice: keep one of them'),
        ('{"answers": {"fever": "yes"}, "answers": {}}', '"answers" stands twice: keep one of them'),
        ('{"answers": {"age": NaN}}', "age"),
        ('{"answers": {"age": 1e400}}', "age"),
        ('{"answers": {"age": -1}}', "outside what is plausible"),
        ("[" * 100_000, "not JSON"),
        (f'{{"id": "{"x" * LONGEST_LINE}", "answers": {{}}}}', "longer than 1,000,000 characters"),
    ],
)
def test_a_bad_line_gives_its_number_and_the_rest_go_on(batch: Batch, line: str, told: str) -> None:
    good = {"id": "x", "answers": {}}
    found = part(batch, good, line, good)

    out = [json.loads(each) for each in found.lines]
    assert [each.get("id") for each in out] == ["x", None, "x"]
    assert out[1]["line"] == 2
    assert told in out[1]["error"]
    assert found.bad == 1


def test_keys_the_rules_do_not_know_are_collected_once_and_are_no_mistake(batch: Batch) -> None:
    found = part(batch, *({"id": 1, "answers": {"unheard_of": "yes", "fever": "yes"}} for _ in range(3)))

    assert found.unknown == ("unheard_of",)
    assert found.bad == 0


def test_of_keys_without_end_only_some_are_kept_and_only_their_beginning(batch: Batch) -> None:
    found = part(batch, *({"answers": {f"{number} {'x' * 1_000}": "yes"}} for number in range(150)))

    assert len(found.unknown) == MOST_UNKNOWN
    assert {len(each) for each in found.unknown} == {LONGEST_UNKNOWN}


@pytest.mark.parametrize("more", [-1, 0, 1, LONGEST_LINE, 2 * LONGEST_LINE + 2])
def test_of_a_line_without_end_only_as_much_is_read_as_shows_that_it_is_too_long(more: int) -> None:
    file = io.StringIO(f"a\n{'b' * (LONGEST_LINE + more)}\nc")

    lines = list(read_lines(file))

    assert [line.rstrip()[:1] for line in lines] == ["a", "b", "c"]
    assert len(lines[1].rstrip()) == min(LONGEST_LINE + more, LONGEST_LINE + 1)


def test_long_lines_go_a_few_at_a_time() -> None:
    parts = list(in_parts(["x" * (LONGEST_LINE // 2)] * 5 + ["x"] * (LINES_AT_ONCE + 1)))

    assert [(first, len(lines)) for first, lines in parts] == [(1, 2), (3, 2), (5, LINES_AT_ONCE), (205, 2)]


@pytest.mark.parametrize("line", ["\N{NO-BREAK SPACE}", "\f", "\N{IDEOGRAPHIC SPACE} "])
def test_a_line_of_other_spaces_than_those_of_json_is_a_mistake(batch: Batch, line: str) -> None:
    part = batch.part([line])

    assert part.bad == 1
    assert "not JSON" in part.lines[0]


def test_blank_lines_are_passed_over(batch: Batch) -> None:
    assert len(run(batch, "", "  ", {"answers": {}})) == 1


# --- several processes, and going on after a kill ----------------------------------------------------


def cases(rulebase: RuleBase, number: int) -> list[str]:
    """Lines with a few answers each; one in fifty is broken or blank."""
    dice = random.Random(7)
    words = [each.id for each in rulebase.findings.values() if each.words == ("yes", "no")]

    def line(place: int) -> str:
        if place % 50 == 49:
            return dice.choice(["", "{", '{"answers": {"fever": "maybe"}}'])
        answers = {each: dice.choice(["yes", "no", "unsure"]) for each in dice.sample(words, 12)}
        return json.dumps({"id": place, "answers": answers})

    return [line(place) for place in range(number)]


def test_several_processes_tell_the_same_in_the_same_order(batch: Batch, rulebase: RuleBase) -> None:
    lines = cases(rulebase, 3 * LINES_AT_ONCE + 7)

    one = list(batch.run(lines))
    several = list(run_in_processes(partial(make_batch, None), lines, 2))

    assert several == one


@pytest.mark.parametrize("number", [0, 1])
def test_fewer_lines_than_processes_are_no_trouble(number: int, batch: Batch, rulebase: RuleBase) -> None:
    lines = cases(rulebase, number)

    assert list(run_in_processes(partial(make_batch, None), lines, 2)) == list(batch.run(lines))


def test_rules_that_cannot_be_used_are_told_by_several_processes_as_by_one(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "x.yaml").write_text("findings: [", encoding="utf-8")
    given = tmp_path / "in.jsonl"
    given.write_text('{"answers": {}}\n', encoding="utf-8")

    one, several = (assess(given, "--rules", tmp_path / "rules", "--jobs", jobs, code=1) for jobs in (1, 2))

    assert several == one
    assert "x.yaml:2:1: F106" in one


def test_lines_are_taken_only_as_they_are_needed(rulebase: RuleBase) -> None:
    taken = 0

    def endless() -> Any:
        nonlocal taken
        for line in cases(rulebase, 100 * LINES_AT_ONCE):
            taken += 1
            yield line

    with closing(run_in_processes(partial(make_batch, None), endless(), 2)) as parts:
        next(parts)

    assert taken <= 9 * LINES_AT_ONCE


def test_control_c_while_the_processes_start_ends_them_all() -> None:
    code = (
        "import os, signal\n"
        "from functools import partial\n"
        "from multiprocessing import active_children\n"
        "from multiprocessing.context import SpawnProcess\n"
        "from quiz.api import make_batch\n"
        "from quiz.batch import run_in_processes\n"
        "start = SpawnProcess.start\n"
        "def interrupted(process): os.kill(os.getpid(), signal.SIGINT); start(process)\n"
        "SpawnProcess.start = interrupted\n"
        "try: list(run_in_processes(partial(make_batch, None), ['{}'], 2))\n"
        "except KeyboardInterrupt: print('interrupted', active_children())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert (done.stdout, done.stderr) == ("interrupted []\n", "")


def assess(*arguments: object, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "quiz", "assess", *map(str, arguments)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == code, done.stderr
    return done.stderr


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_that_was_killed_goes_on_where_it_was(jobs: int, tmp_path: Path, rulebase: RuleBase) -> None:
    given, whole, cut = tmp_path / "in.jsonl", tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    given.write_text("\n".join(cases(rulebase, 12 * LINES_AT_ONCE)) + "\n", encoding="utf-8")
    assess(given, "--output", whole, "--jobs", 3 - jobs, code=1)

    running = subprocess.Popen(
        [sys.executable, "-m", "quiz", "assess", str(given), "--output", str(cut), "--jobs", str(jobs)]
    )
    while not cut.exists() or cut.stat().st_size < 20_000:
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.wait()
    with open(cut, "ab") as file:
        file.write(b'{"id": 1, "states_ra')  # a line cut in half
    assert cut.stat().st_size < whole.stat().st_size

    assess(given, "--output", cut, "--resume", "--jobs", jobs, code=1)

    assert cut.read_bytes() == whole.read_bytes()


def test_a_slice_of_the_long_run_finds_nothing_wrong(tmp_path: Path) -> None:
    wrong = measured(tmp_path, 2_400, 2)

    # A process that has only just begun still takes its first memory: that is for the whole run to judge.
    assert [each for each in wrong if " grew by " not in each] == []


def test_an_output_of_other_rules_is_not_gone_on_with(tmp_path: Path) -> None:
    given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    given.write_text('{"answers": {}}\n', encoding="utf-8")
    out.write_text('{"id": null, "rulebase": "000000000000"}\n', encoding="utf-8")

    assert "was not written by `assess` with these rules" in assess(given, "--output", out, "--resume", code=1)

    with out.open("a", encoding="utf-8") as file:  # a line that could not be read does not tell by which rules
        file.write('{"line": 2, "error": "x"}\n')
    assert "was not written by `assess` with these rules" in assess(given, "--output", out, "--resume", code=1)


@pytest.mark.parametrize("resume", [(), ("--resume",)])
def test_an_output_can_be_read_by_its_owner_alone_also_where_it_was_there_before(
    tmp_path: Path, rulebase: RuleBase, resume: tuple[str, ...]
) -> None:
    given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    given.write_text('{"answers": {}}\n{"answers": {}}\n', encoding="utf-8")
    out.write_text(json.dumps({"rulebase": rulebase.fingerprint}) + "\n", encoding="utf-8")
    out.chmod(0o644)
    assess(given, "--output", out, *resume)

    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert len(out.read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.parametrize("held", ["my notes", "one\ntwo", '{"id": 1, "answers": {}}', "[" * 100_000 + "\n"],
                         ids=["a line", "two lines", "a case", "deep"])  # fmt: skip
def test_a_file_of_somebody_else_is_not_gone_on_with_and_stays_as_it_is(held: str, tmp_path: Path) -> None:
    given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    given.write_text('{"answers": {}}\n', encoding="utf-8")
    out.write_text(held, encoding="utf-8")

    assert "was not written by `assess` with these rules" in assess(given, "--output", out, "--resume", code=1)
    assert out.read_text(encoding="utf-8") == held


def test_more_lines_out_than_in_do_not_belong_together(tmp_path: Path, rulebase: RuleBase) -> None:
    given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    given.write_text('{"answers": {}}\n', encoding="utf-8")
    line = json.dumps({"rulebase": rulebase.fingerprint})
    out.write_text(f"{line}\n{line}\n", encoding="utf-8")

    assert "do not belong together" in assess(given, "--output", out, "--resume", code=1)


def test_the_cases_are_not_written_over(tmp_path: Path) -> None:
    given = tmp_path / "in.jsonl"
    given.write_text('{"answers": {}}\n', encoding="utf-8")

    assert "is where the cases are read from" in assess(given, "--output", tmp_path / "." / "in.jsonl", code=1)
    assert given.read_text(encoding="utf-8") == '{"answers": {}}\n'


def test_a_mark_of_the_byte_order_at_the_beginning_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    given = tmp_path / "in.jsonl"
    given.write_bytes(b'\xef\xbb\xbf{"answers": {}}\r\n')

    assert assess(given) == ""


def test_an_error_comes_back_from_another_process_as_it_was() -> None:
    error = AnswersError(
        [Problem(Position("x", 3, 1), "A501", "is wrong", "mend it"), Problem(Position("x"), "A502", "")]
    )

    back = pickle.loads(pickle.dumps(error))

    assert (type(back), str(back), back.problems) == (AnswersError, str(error), error.problems)


# --- what is seen of a long run ---------------------------------------------------------------------


WIPED = "\x1b[K"


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_how_many_lines_are_done_twice_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    now = 0.0
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(time, "monotonic", lambda: now)

    with progress(1_000) as show:
        for _ in range(8):
            now += 0.25
            show(200)

    seen = [each.removeprefix(WIPED).strip() for each in screen.getvalue().split("\r") if each not in ("", WIPED)]
    assert seen == [
        "1,800 lines, 800 a second",
        "2,200 lines, 800 a second",
        "2,600 lines, 800 a second",
        "2,600 lines, 800 a second",
    ]
    assert screen.getvalue().endswith(f"\r{WIPED}2,600 lines, 800 a second\n")


def test_where_nobody_looks_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)

    with progress(0) as show:
        show(200)

    assert screen.getvalue() == ""


def test_resuming_needs_the_file_to_go_on_with(tmp_path: Path) -> None:
    assert "--output" in assess(tmp_path / "in.jsonl", "--resume", code=1)
