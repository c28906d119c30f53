"""The walk: few cases that tell the rules from small changes, judged without reading rules, kept as they are judged."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.engine import Engine
from quiz.errors import StoreError
from quiz.model import Answers, Assessment, RuleBase, Strength, Supports
from quiz.review import walknotes
from quiz.review.cases import all_cases
from quiz.review.coverage import noticed
from quiz.review.mutants import mutants
from quiz.review.walk import (
    CHOICES,
    Choice,
    Said,
    Stop,
    Walk,
    Ways,
    agreed_cases,
    candidates,
    nearly,
    route,
    suspects,
    told,
)
from quiz.rulebase import load
from quiz.rulebase.cases import FIRES, NEAR_MISS
from tests.conftest import ROOT
from tests.person import Person
from tests.test_cli import run

SMALL = load(ROOT / "tests" / "rulebases" / "small")
ENGINE = Engine(SMALL)


def stops(count: int, stories: int) -> list[Stop]:
    return [Stop(str(place), "", "a story" if place < stories else "", {}) for place in range(count)]


# --- which cases ------------------------------------------------------------------------------------

NOTICED = st.lists(st.frozensets(st.integers(0, 6), max_size=4), max_size=12)


@given(NOTICED, st.integers(0, 7))
def test_the_route_notices_all_that_any_case_does_and_no_case_of_it_is_needless(
    seen: list[frozenset[int]], stories: int
) -> None:
    taken = {int(stop.id) for stop in route(stops(7, stories), seen)}

    assert all(places & taken for places in seen if places)
    for each in taken:
        assert any(places and not places & (taken - {each}) for places in seen)


@given(NOTICED)
def test_the_route_is_hardly_longer_than_the_shortest(seen: list[frozenset[int]]) -> None:
    wanted = [places for places in seen if places]
    taken = len(route(stops(7, 0), seen))
    shortest = next(
        size
        for size in range(8)
        if any(all(places & set(few) for places in wanted) for few in combinations(range(7), size))
    )

    assert shortest <= taken <= 2 * shortest


def test_vignettes_come_first_and_each_stop_says_what_it_adds() -> None:
    found = route(stops(4, 2), [{0}, {0, 3}, {1, 3}, {3}, {3}, {0}])

    assert [stop.id for stop in found] == ["0", "3"]  # 1 was taken as a vignette, and 3 made it needless
    assert [stop.new for stop in found] == [3, 3]


def test_the_route_of_a_rule_base_notices_every_change_that_its_cases_notice() -> None:
    known, changes = candidates(SMALL), mutants(SMALL)
    seen = noticed(SMALL, changes, [stop.answers for stop in known])
    found = route(known, seen.values())
    again = noticed(SMALL, changes, [stop.answers for stop in found])

    assert {each for each, places in seen.items() if places} == {each for each, places in again.items() if places}
    assert sum(stop.new for stop in found) == sum(bool(places) for places in seen.values())
    assert len(found) < len(known) / 1.5


# --- what is said -----------------------------------------------------------------------------------


class Educator:
    """Answers as planned, and remembers what was shown."""

    def __init__(self, picks: Sequence[str], words: Sequence[str] = ()) -> None:
        self.picks, self.sentences, self.shown = list(picks), list(words), [""]
        self.ways = Ways(self.shown.append, self.choose, lambda prompt: self.sentences.pop(0))

    def choose(self, title: str, options: Sequence[Choice]) -> str:
        assert options == CHOICES
        if not self.picks:
            raise EOFError
        return self.picks.pop(0)


def walk(kept: list[Mapping[str, Said]], said: Mapping[str, Said] | None = None, rulebase: RuleBase = SMALL) -> Walk:
    def keep(said: Mapping[str, Said], stop: Stop, assessment: Assessment) -> None:
        kept.append(dict(said))

    return Walk(rulebase, Engine(rulebase).assess, candidates(rulebase)[:4], said or {}, keep)


def test_every_judgement_is_kept_at_once_and_the_walk_goes_on_where_it_stopped() -> None:
    kept: list[Mapping[str, Said]] = []
    first = walk(kept)
    first.go(Educator(["agree", "skip", "disagree", "quit"], ["too early"]).ways)

    assert [list(said.values())[-1].verdict for said in kept] == ["agree", "disagree"]
    assert list(kept[-1].values())[-1].why == "too early"
    later = walk([], kept[-1])
    assert [stop.id for stop in later.open()] == [first.route[1].id, first.route[3].id]
    assert later.summary() == "2 of 4 cases judged: 1 agreed, 1 not. 2 left."


def test_the_end_of_the_input_loses_nothing() -> None:
    kept: list[Mapping[str, Said]] = []
    with pytest.raises(EOFError):
        walk(kept).go(Educator(["agree"]).ways)

    assert len(kept) == 1


def test_a_case_that_is_told_otherwise_now_is_asked_again_and_says_so() -> None:
    kept: list[Mapping[str, Said]] = []
    walk(kept).go(Educator(["agree"] * 4).ways)
    assert walk([], kept[-1]).open() == ()
    vignette = candidates(SMALL)[1]
    rules = {name: rule for name, rule in SMALL.rules.items() if name != "low-light.long-stems"}
    later = walk([], kept[-1], replace(SMALL, rules=rules))
    educator = Educator(["quit"])
    later.go(educator.ways)

    assert [stop.id for stop in later.open()] == [vignette.id]
    assert "told otherwise than when you judged it" in educator.shown[-1]


def test_a_case_is_shown_with_its_story_its_answers_and_what_the_rules_tell() -> None:
    educator = Educator(["quit"])
    walk([]).go(educator.ways)

    for part in (
        "Case 1 of 4: The plant at the window",
        "It stood in the heat",
        "Answers: a heat wave;",
        "- low water, ",
    ):
        assert part in educator.shown[-1]


def test_a_disagreement_points_at_the_rules_that_told_it_and_at_those_that_nearly_did() -> None:
    answers: Answers = {"days_dry": 6.0, "leaves_yellow": "yes", "heat_wave": "yes", "leaf_shine": "yes"}
    found = suspects(SMALL, ENGINE.assess(answers), answers)

    assert {rule.id for rule in found.deciding} == {
        "low-water.dry-for-some-time", "urgent.any-low-water", "caution.shine"
    }  # fmt: skip
    assert not [rule for rule in found.deciding if rule in (*found.also, *found.nearly)]
    for rule in (*found.deciding, *found.also):
        assert ENGINE.certain(answers).rule(rule.id)
    for rule in found.nearly:
        assert not ENGINE.certain(answers).rule(rule.id)
    assert "urgent.collapse" not in {rule.id for rule in found.nearly}  # nothing of it was answered
    educator = Educator(["disagree", "quit"], [""])
    walk([]).go(educator.ways)
    assert any("These rules told it:" in text for text in educator.shown)


def test_what_is_agreed_becomes_tests_that_hold_and_that_notice_a_change() -> None:
    answers = dict(SMALL.vignettes["vignette.window"].answers)
    table = agreed_cases(SMALL, ENGINE.assess(answers), answers)
    strong = next(each for each in table if each.expected == "strong")

    assert {each.expected for each in table} >= {"strong", "soon"}
    assert not any(case.failed for case in all_cases(SMALL, ENGINE.assess, None, table))
    rule = SMALL.rules[strong.rule]
    weaker = replace(rule, then=Supports("WATER_LOW", Strength.WEAK))
    other = replace(SMALL, rules={**SMALL.rules, rule.id: weaker}, vignettes={})
    cases = all_cases(other, Engine(other).assess, None, table)
    assert rule.id in [case.id for case in cases if case.failed and case.kind == "table"]


def test_what_was_nearly_told_must_stay_untold() -> None:
    answers: Answers = {"leaves_hang": "yes", "dry_soil": "unsure"}
    table = agreed_cases(SMALL, ENGINE.assess(answers), answers)

    assert [(each.rule, each.expected) for each in table if each.rule == "low-water.hanging"] == [
        ("low-water.hanging", NEAR_MISS)
    ]


def test_rules_that_nearly_fire_lack_one_answer_and_rest_on_one_that_is_given() -> None:
    for stop in candidates(SMALL):
        for rule in nearly(SMALL, stop.answers):
            assert not ENGINE.certain(stop.answers).rule(rule.id)
    assert nearly(SMALL, {}) == ()


def test_what_is_told_says_the_answers_the_states_the_urgency_and_the_warnings() -> None:
    answers = {"collapsed": "yes", "leaf_shine": "yes"}

    assert told(answers, ENGINE.assess(answers)) == (
        "collapsed: yes, leaf_shine: yes -> nothing; urgency emergency; caution.shine"
    )


# --- notes ------------------------------------------------------------------------------------------


@given(st.dictionaries(st.text("ab .-", min_size=1), st.text(st.characters(codec="utf-8", exclude_categories=["C"]))))
def test_notes_are_read_back_as_they_were_written(whys: dict[str, str]) -> None:
    said = {name: Said("disagree", "x -> y; urgency none", " ".join(why.split())) for name, why in whys.items()}
    notes = walknotes.read(walknotes.text("abc", stops(2, 1), said).encode(), "walk.yaml")

    assert (notes.fingerprint, notes.route, dict(notes.said)) == ("abc", (("0", 0), ("1", 0)), said)


@pytest.mark.parametrize("text", ["[]", "said: {}", "rulebase: x\nsaid: {a: 1}", "rulebase: x\nroute: 3", "a: [", ""])
def test_a_file_that_holds_no_notes_is_refused(text: str) -> None:
    with pytest.raises(StoreError, match=r"walk\.yaml"):
        walknotes.read(text.encode(), "walk.yaml")


def test_a_case_that_the_rules_no_longer_have_is_left_out() -> None:
    notes = walknotes.Notes("x", (("0", 5), ("gone", 1)))

    assert [(stop.id, stop.new) for stop in notes.stops(stops(1, 0))] == [("0", 5)]


# --- the command ------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "tests" / "rulebases" / "small", tmp_path / "small"))


def test_a_walk_in_a_pipe_writes_tests_and_notes_and_goes_on(small: Path) -> None:
    notes = small.parent / "notes.yaml"
    command = ("review", "walk", "--rules", str(small), "--notes", str(notes))
    done = run(*command, typed="a\nd\nthe soil decides\nq\n")

    assert done.returncode == 0, done.stderr
    assert "2 of 16 cases judged: 1 agreed, 1 not. 14 left." in done.stdout
    assert "the soil decides" in notes.read_text(encoding="utf-8")
    assert (small / "cases" / "walked.yaml").is_file()
    tested = run("review", "test", "--rules", str(small))
    assert (tested.returncode, "in tables" in tested.stdout) == (0, True)
    again = run(*command)
    assert again.returncode == 3
    assert "Case 1 of 14" in again.stdout


def test_who_changes_their_mind_takes_the_tests_back(small: Path) -> None:
    notes = small.parent / "notes.yaml"
    command = ("review", "walk", "--rules", str(small), "--notes", str(notes))
    run(*command, typed="a\nq\n")
    table = small / "cases" / "walked.yaml"
    before = table.read_text(encoding="utf-8")
    notes.unlink()
    run(*command, typed="d\n\nq\n")

    assert FIRES in before or NEAR_MISS in before
    assert not table.exists()
    assert run("review", "test", "--rules", str(small)).returncode == 0


def test_notes_of_something_else_are_not_overwritten(small: Path) -> None:
    notes = small.parent / "notes.yaml"
    notes.write_text("shopping: [milk]\n", encoding="utf-8")
    done = run("review", "walk", "--rules", str(small), "--notes", str(notes), typed="a\n")

    assert (done.returncode, notes.read_text(encoding="utf-8")) == (1, "shopping: [milk]\n")
    assert "holds no notes of a walk" in done.stderr


def test_a_walk_in_a_terminal_takes_keys_and_a_line_of_words(small: Path) -> None:
    notes = small.parent / "notes.yaml"
    person = Person(["-m", "quiz", "review", "walk", "--rules", str(small), "--notes", str(notes)], 80, 40)
    person.sees("Should the rules tell this?")
    person.presses("d")
    person.sees("Why, in a line")
    person.presses("too harsh\r")
    person.sees("Case 2 of 16")
    person.presses("q")
    person.sees("1 of 16 cases judged: 0 agreed, 1 not.")

    assert person.leaves() == 0
    assert "why: too harsh" in notes.read_text(encoding="utf-8")


def walker(small: Path, notes: Path) -> Person:
    person = Person(["-m", "quiz", "review", "walk", "--rules", str(small), "--notes", str(notes)], 80, 40)
    person.sees("Should the rules tell this?")
    return person


def test_of_two_windows_with_the_same_notes_the_later_one_is_told_and_overwrites_nothing(small: Path) -> None:
    notes = small.parent / "notes.yaml"
    late = walker(small, notes)
    run("review", "walk", "--rules", str(small), "--notes", str(notes), typed="a\na\nq\n")
    before = notes.read_text(encoding="utf-8"), (small / "cases" / "walked.yaml").read_text(encoding="utf-8")
    late.presses("a")
    late.sees_in_one_line("another window has written to it")

    assert late.leaves() == 1
    assert (notes.read_text(encoding="utf-8"), (small / "cases" / "walked.yaml").read_text(encoding="utf-8")) == before


def test_two_walks_with_notes_of_their_own_put_their_tests_into_one_table(small: Path) -> None:
    late = walker(small, small.parent / "late.yaml")
    run("review", "walk", "--rules", str(small), "--notes", str(small.parent / "early.yaml"), typed="d\n\na\na\nq\n")
    table = small / "cases" / "walked.yaml"
    early = table.read_text(encoding="utf-8")
    late.presses("a")
    late.sees("Case 2 of")
    late.presses("q")

    assert late.leaves() == 0
    lines = [each for each in early.splitlines() if each.startswith("      - ")]
    assert lines
    assert set(lines) < set(table.read_text(encoding="utf-8").splitlines())
    assert run("review", "test", "--rules", str(small)).returncode == 0
