"""What the results of a class say."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from math import exp
from pathlib import Path
from random import Random

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st
from wcwidth import wcswidth

from quiz.cli import main
from quiz.engine import Engine
from quiz.model import RuleBase
from quiz.practice.classroom import (
    FEWEST_STUDENTS,
    Class,
    as_text,
    collect,
    discrimination,
    figures_of,
    guttman,
)
from quiz.practice.dealer import dealer
from quiz.practice.exam import Given, Paper, Result, begin, paper
from quiz.practice.results import as_yaml
from quiz.practice.values import Case, Certainty, Item
from tests.conftest import ROOT
from tests.practice_making import NOON, item

CASE = Case("c", "A case", "Somebody with cramps.", {"cramps": "yes"}, 0.5)
ITEMS = tuple(replace(item(f"i{number}"), case=CASE) for number in range(20))


def deal(seed: int, count: int) -> Sequence[Item]:
    return ITEMS[:count]


PAPER = paper(1, 20, 30, "f00d", deal)


def hand_in(
    name: str, right: Iterable[bool], seconds: float = 20, certainty: Certainty = Certainty.FAIRLY, wrong: str = "b"
) -> Result:
    result = begin(PAPER, name, NOON)
    for each, is_right in zip(PAPER.items, right, strict=True):
        result = result.with_answer(Given(each.id, frozenset("a" if is_right else wrong), certainty, seconds))
    return result


def students(count: int, seed: int = 1) -> list[list[bool]]:
    """Right and wrong answers by the model of Rasch: able students, and items from easy to hard."""
    dice = Random(seed)
    abilities = [dice.gauss(0, 1) for _ in range(count)]
    hard = [(place - 9.5) / 4 for place in range(20)]
    return [[dice.random() < 1 / (1 + exp(each - ability)) for each in hard] for ability in abilities]


def class_of(results: Iterable[Result]) -> Class:
    return figures_of(PAPER, [(f"{number}.yaml", each) for number, each in enumerate(results)])


def whole_class(count: int = 30, *more: Result) -> Class:
    return class_of([*(hand_in(f"s{number}", row) for number, row in enumerate(students(count))), *more])


# --- figures ----------------------------------------------------------------------------------------


def test_facility_is_the_share_that_was_right_and_left_out_is_not_right() -> None:
    rows = [[True] * 20, [False] * 20]
    left_out = begin(PAPER, "c", NOON)
    told = class_of([*(hand_in(str(row[0]), row) for row in rows), left_out])

    assert told.figures[0].facility == pytest.approx(1 / 3)
    assert (told.figures[0].left_out, told.figures[0].chosen) == (1, {"a": 1, "b": 1})


@any_of(st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=3, max_size=12), st.integers(0, 5))
def test_discrimination_is_the_correlation_with_the_rest_of_the_paper(right: list[list[bool]], place: int) -> None:
    on_it = [float(row[place]) for row in right]
    rest = [float(sum(row[:place]) + sum(row[place + 1 :])) for row in right]
    told = discrimination(right, place)

    if len(set(on_it)) == 1 or len(set(rest)) == 1:
        assert told is None
    else:
        assert told == pytest.approx(statistics.correlation(on_it, rest))


def test_a_good_item_tells_students_apart_and_one_with_a_wrong_key_does_the_opposite() -> None:
    rows = students(200)
    turned = [[*row[:10], not row[10], *row[11:]] for row in rows]

    assert (discrimination(rows, 10) or 0) > 0.2
    assert (discrimination(turned, 10) or 0) < -0.2
    told = class_of(hand_in(str(number), row) for number, row in enumerate(turned))
    assert [each.number for each in told.figures if any("check the key" in remark for remark in each.remarks)] == [11]


def test_an_item_that_all_got_right_or_many_were_sure_and_wrong_of_is_pointed_out() -> None:
    rows = [[True, *row[1:]] for row in students(20)]
    told = class_of(hand_in(str(number), row, certainty=Certainty.SURE) for number, row in enumerate(rows))

    assert "everybody was right; it tells nothing" in told.figures[0].remarks
    assert any("sure and wrong" in each for each in told.figures[19].remarks)
    assert any("by guessing" in each for each in told.figures[19].remarks)


def test_a_small_class_says_nothing_that_would_be_chance() -> None:
    told = whole_class(FEWEST_STUDENTS - 1)

    assert {each.discrimination for each in told.figures} == {None}
    assert told.unusual == ()
    assert {remark for each in told.figures for remark in each.remarks} == set()


def test_states_that_were_mixed_up_are_counted(rulebase: RuleBase) -> None:
    one, other, *_ = rulebase.states
    asked = item("s", right=(one,), wrong=(other,), kind="state")
    small = paper(1, 1, 0, "x", lambda seed, count: [asked])
    results = [
        (str(number), begin(small, "", NOON).with_answer(Given("s", frozenset({chosen}), Certainty.SURE)))
        for number, chosen in enumerate((one, other, other))
    ]
    told = figures_of(small, results)

    assert told.mix_ups == {(one, other): 2}
    names = (rulebase.states[one].name, rulebase.states[other].name)
    assert f"- {names[0]} taken for {names[1]}: 2" in as_text(told, rulebase.states, 80)


# --- students ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "errors"),
    [([1, 1, 1, 0], 0.0), ([0, 1, 1, 1], 1.0), ([1, 0, 1, 0], 0.25), ([1, 1, 1, 1], None), ([0, 0, 0, 0], None)],
)
def test_guttman_errors_are_pairs_of_an_easier_item_missed_and_a_harder_one_solved(
    row: list[int], errors: float | None
) -> None:
    assert guttman([bool(each) for each in row], [0.9, 0.7, 0.5, 0.3]) == errors


def test_items_as_easy_as_each_other_are_half_an_error() -> None:
    assert guttman([False, True], [0.5, 0.5]) == 0.5
    assert guttman([False, True, False], [0.5, 0.5, 0.9]) == 0.75


def test_a_student_who_misses_the_easy_and_solves_the_hard_is_noticed_and_no_one_else() -> None:
    backwards = hand_in("odd", [place >= 12 for place in range(20)])

    assert [each.who for each in whole_class(30, backwards).unusual] == ["odd"]
    assert whole_class(30).unusual == ()


def test_hardly_anyone_in_an_ordinary_class_is_called_unusual() -> None:
    called = sum(len(class_of(hand_in(str(n), row) for n, row in enumerate(students(30, seed))).unusual)
                 for seed in range(20))  # fmt: skip

    assert called <= 0.02 * 20 * 30


def test_a_student_who_clicks_through_is_noticed_with_the_pace_of_the_class() -> None:
    fast = hand_in("quick", students(1, 9)[0], seconds=1)
    told = [each for each in whole_class(30, fast).unusual if each.who == "quick"]

    assert [each.why for each in told] == ["was much faster than the class: 1 second an item, the class 20 seconds"]


def test_time_beyond_the_limit_is_told() -> None:
    told = class_of([hand_in("late", [True] * 20, seconds=120)])

    assert told.unusual[0].why == "took 40 minutes of 30"


def test_students_of_one_name_are_told_apart_and_those_without_go_by_their_file() -> None:
    told = class_of([hand_in("Ana", [True] * 20), hand_in("Ana", [False] * 20), hand_in("", [True] * 20)])

    assert [who for who, _ in told.scores] == ["Ana (0.yaml)", "Ana (1.yaml)", "(2.yaml)"]


# --- collecting -------------------------------------------------------------------------------------


def handed(name: str = "Ana", edit: Callable[[str], str] = str) -> bytes:
    return edit(as_yaml(hand_in(name, [True] * 20))).encode()


def test_what_cannot_be_counted_is_told_and_the_rest_go_on() -> None:
    files = [
        ("good.yaml", handed("Ana")),
        ("rules.yaml", handed("Bo", lambda text: text.replace("f00d", "beef"))),
        ("broken.yaml", b"\xff\xfe"),
        ("other.yaml", handed("Cy", lambda text: text.replace(PAPER.digest, "0" * 16))),
        ("again.yaml", handed("Ana")),
        ("option.yaml", handed("Di", lambda text: text.replace("- a\n", "- zz\n", 1))),
        ("few.yaml", handed("Ed", lambda text: text.replace("items: 20", "items: 21"))),
        ("fine.yaml", handed("Fi")),
    ]
    papers, problems = collect(files, "f00d", deal)

    assert [(found.digest, [name for name, _ in results]) for found, results in papers] == [
        (PAPER.digest, ["good.yaml", "fine.yaml"])
    ]
    assert [(each.position.path, each.code) for each in problems] == [
        ("rules.yaml", "E602"), ("broken.yaml", "F105"), ("other.yaml", "E604"), ("again.yaml", "E603"),
        ("option.yaml", "E604"), ("few.yaml", "E604"),
    ]  # fmt: skip


def test_each_paper_is_dealt_once_and_figured_alone() -> None:
    dealt: list[tuple[int, int]] = []

    def counted(seed: int, count: int) -> Sequence[Item]:
        dealt.append((seed, count))
        return deal(seed, count)

    half = paper(1, 10, 0, "f00d", deal)
    files = [(f"{number}", handed(f"s{number}")) for number in range(5)]
    files += [(f"h{number}", as_yaml(begin(half, f"h{number}", NOON)).encode()) for number in range(3)]
    papers, problems = collect(files, "f00d", counted)

    assert problems == []
    assert sorted((len(found.items), len(results)) for found, results in papers) == [(10, 3), (20, 5)]
    assert len(dealt) == 2


@pytest.mark.parametrize("width", [40, 80])
def test_the_text_fits_its_width_and_says_all(width: int, rulebase: RuleBase) -> None:
    text = as_text(whole_class(30, hand_in("odd", [place >= 12 for place in range(20)])), rulebase.states, width)

    assert max(map(wcswidth, text.splitlines())) <= width
    for title in ("Worth a look", "States mixed up", "Unlike the class", "Items"):
        assert f"\n{title}\n" in text
    flat = " ".join(text.split())
    assert "31 students, 20 items, seed 1" in flat
    assert "odd missed what most knew and knew what most missed" in flat
    assert "proves nothing" in flat
    assert "What of i19? A case right" in flat


def test_a_class_of_one_is_told_without_figures_that_would_be_chance(rulebase: RuleBase) -> None:
    text = as_text(class_of([hand_in("Ana", [True] * 20)]), rulebase.states, 80)

    assert "1 student, 20 items" in text
    assert "tells apart" not in text


def test_files_are_read_in_the_order_given(tmp_path: Path) -> None:
    papers, _ = collect([("b", handed("Bo")), ("a", handed("Ana"))], "f00d", deal)

    assert [result.student for _, result in papers[0][1]] == ["Bo", "Ana"]


# --- as an educator does it -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exam(rulebase: RuleBase, engine: Engine) -> Paper:
    return paper(5, 8, 20, rulebase.fingerprint, dealer(rulebase, engine))


def answer(exam: Paper, name: str, skill: float) -> Result:
    dice = Random(name)
    result = begin(exam, name, NOON)
    for each in exam.items:
        wrong = dice.choice([option.id for option in each.options if not option.right])
        chosen = each.key if dice.random() < skill else frozenset({wrong})
        result = result.with_answer(Given(each.id, chosen, dice.choice(list(Certainty)), 20 + 10 * dice.random()))
    return result


def test_a_paper_has_the_items_that_were_asked_for_each_on_its_own_case(exam: Paper) -> None:
    assert len(exam.items) == 8
    assert len({each.case.id for each in exam.items if each.case}) == 8
    assert len({each.kind for each in exam.items}) >= 5


DEALING = """
from quiz.engine import Engine
from quiz.practice.dealer import dealer
from quiz.practice.exam import paper
from quiz.rulebase import load
rulebase = load()
print(paper(5, 8, 20, rulebase.fingerprint, dealer(rulebase, Engine(rulebase))).digest)
"""


def test_a_seed_gives_the_same_paper_in_every_process(exam: Paper) -> None:
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", DEALING], capture_output=True, text=True, cwd=ROOT, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )  # fmt: skip

        assert done.stdout.strip() == exam.digest


def test_an_educator_collects_the_files_of_a_class(
    exam: Paper, rulebase: RuleBase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = []
    for number in range(10):
        files.append(tmp_path / f"{number}.yaml")
        files[-1].write_text(as_yaml(answer(exam, f"s{number}", number / 10)), encoding="utf-8")
    assert main(["review", "class", *map(str, files)]) == 0
    told = capsys.readouterr()

    assert "10 students, 8 items, seed 5" in told.out
    assert told.err == ""
    for each in exam.items:
        assert " ".join(each.stem.split())[:40] in " ".join(told.out.split())


def test_a_file_that_cannot_be_counted_is_told_and_the_exit_code_says_so(
    exam: Paper, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, broken = tmp_path / "good.yaml", tmp_path / "broken.yaml"
    good.write_text(as_yaml(answer(exam, "Ana", 1.0)), encoding="utf-8")
    broken.write_text("exam: [", encoding="utf-8")
    missing = tmp_path / "missing.yaml"
    assert main(["review", "class", str(missing), str(broken), str(good)]) == 1
    told = capsys.readouterr()

    assert "1 student, 8 items" in told.out
    assert f"{missing}: cannot be read" in told.err
    assert f"{broken}:" in told.err
    assert "2 of 3 files were not counted." in told.err


def test_without_a_result_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.yaml").write_text("hello: 1\n", encoding="utf-8")

    assert main(["review", "class", str(tmp_path / "x.yaml")]) == 1
    assert "No result could be counted." in capsys.readouterr().out
