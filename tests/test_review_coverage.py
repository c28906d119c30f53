"""Mutants of the rules: which cases notice them, which make no difference, and the cases that are missing.

QUIZ_TEST_MUTANTS=1 has the engine confirm a tenth of all mutants of the shipped rules, which takes some minutes.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quiz.cli import main
from quiz.commands.tables import Tables
from quiz.consequences import contradictions
from quiz.engine import Engine
from quiz.errors import Position, Problem, RuleBaseError
from quiz.model import Answers, Condition, Group, Interval, Is, RuleBase, Supports, leaves
from quiz.review.casefile import case_text, with_case
from quiz.review.condition_table import Table, each
from quiz.review.coverage import Coverage, Outcome, noticed, score
from quiz.review.mutants import mutants, mutated
from quiz.review.trials import Reach, Trials
from quiz.rulebase import load
from quiz.rulebase.cases import FIRES, NEAR_MISS, TableCase, read_tables
from quiz.solver import Clauses
from quiz.yamltext import parse
from tests import making
from tests.conftest import ROOT
from tests.evaluator import Evaluator
from tests.few import EVERYTHING, FEW, narrowed

SMALL = ROOT / "tests" / "rulebases" / "small"
THOROUGH = os.environ.get("QUIZ_TEST_MUTANTS") == "1"
SLOW = settings(
    max_examples=40 if THOROUGH else 6, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
SLOW = settings(
    max_examples=60 if THOROUGH else 10, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@pytest.fixture(scope="module")
def small() -> RuleBase:
    return load(SMALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small rule base that a test may change."""
    return Path(shutil.copytree(SMALL, tmp_path / "rules"))


# --- mutants ----------------------------------------------------------------------------------------


def test_every_mutant_has_its_own_id_and_is_another_rule_base(small: RuleBase) -> None:
    made = mutants(small)

    assert len({mutant.id for mutant in made}) == len(made)
    for mutant in made:
        other = mutated(small, mutant)
        assert (other.rules, other.concepts, other.implications) != (small.rules, small.concepts, small.implications)


def test_every_kind_of_change_is_tried_on_rules_concepts_and_implications(small: RuleBase) -> None:
    made = mutants(small)

    assert {mutant.operator for mutant in made} == {"drop", "flip", "count", "bound", "level", "negate", "remove"}
    assert {mutant.part for mutant in made} == {"rule", "concept", "implication"}
    assert not [mutant for mutant in made if mutant.where == "high-water.old-lore"], "a retired rule does not speak"


def changes_of(condition: Condition) -> set[Condition]:
    made = making.rulebase(making.FINDINGS, [making.rule("r.one", condition)])
    return {mutant.when for mutant in mutants(made) if mutant.when is not None}


A, B, C = (Is(f"f{number}", "yes") for number in range(3))


def test_a_group_loses_each_part_and_is_flipped_and_each_part_is_turned_round() -> None:
    not_a, not_b = Is("f0", "no"), Is("f1", "no")

    assert changes_of(Group("all", (A, B))) == {
        Group("all", (B,)),
        Group("all", (A,)),
        Group("any", (A, B)),
        Group("all", (not_a, B)),
        Group("all", (A, not_b)),
    }


def test_a_count_moves_by_one_and_stays_within_what_is_there() -> None:
    counts = {each.count for each in changes_of(Group("at_least", (A, B, C), 2)) if isinstance(each, Group)}

    assert counts == {1, 2, 3}
    assert Group("at_least", (A, B), 3) not in changes_of(Group("at_least", (A, B), 2))


def test_a_limit_moves_to_its_other_side_and_to_the_next_number_that_matters() -> None:
    low = Interval(high=3.0)
    other = making.rule("r.two", Is("level", Interval(low=5.5)))
    made = making.rulebase(making.FINDINGS, [making.rule("r.one", Is("level", low)), other])
    moved = [
        mutant.when.value
        for mutant in mutants(made)
        if mutant.where == "r.one" and mutant.operator == "bound" and isinstance(mutant.when, Is)
    ]

    assert moved == [replace(low, with_high=True), replace(low, high=5.5)], "nothing is below the lowest level of 0"


# --- the table of cases against a second reading ------------------------------------------------------


@given(making.rulebases(most_rules=12), st.lists(making.answers(), min_size=1, max_size=6))
@SLOW
def test_many_cases_at_once_are_read_as_one_by_one(made: RuleBase, cases: list[Answers]) -> None:
    table, second = Table(made, cases), Evaluator(made, cases)

    for rule in made.rules.values():
        if rule.provenance.state != "retired":
            assert table.true(rule.when) == second.true_in(rule)
            for number in each(table.true(rule.when)):
                assert table.evidence(rule.when, number) == second.evidence(rule, number)


def told(made: RuleBase, cases: list[Answers]) -> list[tuple[object, ...]]:
    second = Evaluator(made, cases)
    found: list[tuple[object, ...]] = []
    for number in range(len(cases)):
        found.append((second.true_rules(number), dict(second.named(number)), second.urgency(number)))
    return found


@given(making.rulebases(most_rules=5), st.lists(making.answers(), min_size=1, max_size=5))
@SLOW
def test_a_mutant_is_noticed_by_just_the_cases_in_which_something_is_told_otherwise(
    made: RuleBase, cases: list[Answers]
) -> None:
    before = told(made, cases)
    tried = mutants(made)
    found = noticed(made, tried, cases)

    for mutant in tried:
        now = told(mutated(made, mutant), cases)
        assert found[mutant.id] == {number for number in range(len(cases)) if before[number] != now[number]}


# --- what becomes of mutants, held against trying every set of answers --------------------------------


def narrow(made: RuleBase) -> RuleBase:
    rules = [replace(each, when=narrowed(each.when)) for each in made.rules.values()]
    concepts = [replace(each, when=narrowed(each.when)) for each in made.concepts.values()]
    implications = [
        replace(each, when=narrowed(each.when), then={"f1": "no"}) for each in made.implications[:1]
    ]  # fmt: skip
    return making.rulebase(FEW, rules, concepts, implications)


def tells(made: RuleBase, cases: list[Answers]) -> list[tuple[object, ...]]:
    second = Evaluator(made, cases)
    rules = {rule.id: second.true_in(rule) for rule in second.rules}
    found: list[tuple[object, ...]] = []
    for number in range(len(cases)):
        fired = frozenset(name for name, true in rules.items() if true >> number & 1)
        levels: dict[object, int] = {}
        for name in fired:
            then = made.rules[name].then
            if isinstance(then, Supports):
                levels[then.state] = max(levels.get(then.state, 0), then.strength)
        found.append((fired, frozenset(levels.items()), second.urgency(number)))
    return found


@given(making.rulebases(most_rules=3))
@SLOW
def test_a_mutant_makes_no_difference_just_where_no_set_of_answers_shows_one(drawn: RuleBase) -> None:
    made = narrow(drawn)
    before = tells(made, EVERYTHING)
    for outcome in Coverage(made, (), Clauses).outcomes():
        other = mutated(made, outcome.mutant)
        now = tells(other, EVERYTHING)
        differ = [
            len(answers)
            for number, answers in enumerate(EVERYTHING)
            if before[number] != now[number]
            and not contradictions(made, answers)
            and not contradictions(other, answers)
        ]
        assert outcome.fate == ("survived" if differ else "equivalent"), outcome.mutant.what
        if outcome.killer:
            assert_kills(made, outcome)
            assert len(outcome.killer.answers) >= min(differ)


def assert_kills(made: RuleBase, outcome: Outcome) -> None:
    """The case passes on the rules and fails with the change."""
    assert outcome.killer is not None
    other = mutated(made, outcome.mutant)
    assert passes(made, outcome.killer)
    assert not passes(other, outcome.killer)
    assert not contradictions(made, outcome.killer.answers)


def passes(made: RuleBase, case: TableCase) -> bool:
    second = Evaluator(made, [case.answers])
    fires = case.rule in second.true_rules()
    if case.expected in (FIRES, NEAR_MISS):
        return fires == (case.expected == FIRES)
    then = made.rules[case.rule].then
    level = dict(second.named()).get(then.state) if isinstance(then, Supports) else second.urgency()
    return fires and level is not None and level.word == case.expected


@given(making.rulebases(most_rules=4))
@SLOW
def test_the_wanted_cases_together_notice_every_survivor(made: RuleBase) -> None:
    outcomes = list(Coverage(made, (), Clauses).outcomes())
    wanted = list(Coverage(made, (), Clauses).wanted(outcomes))
    after = list(Coverage(made, wanted, Clauses).outcomes())

    assert score(after).survived == 0
    assert len(wanted) <= score(outcomes).survived


# --- the shipped rules --------------------------------------------------------------------------------


def shipped_tables(rulebase: RuleBase) -> tuple[TableCase, ...]:
    return Tables(rulebase, None).read()


@pytest.fixture(scope="module")
def outcomes(rulebase: RuleBase) -> list[Outcome]:
    return list(Coverage(rulebase, shipped_tables(rulebase), Clauses).outcomes())


def test_the_shipped_cases_notice_at_least_95_of_100_changes(outcomes: list[Outcome]) -> None:
    survivors = [f"{each.mutant.id}: {each.mutant.what}" for each in outcomes if each.fate == "survived"]

    assert score(outcomes).share >= 0.95, survivors[:20]


def test_every_case_of_the_shipped_tables_does_what_it_stands_for(rulebase: RuleBase) -> None:
    trials = Trials(rulebase, Reach(rulebase), shipped_tables(rulebase), own=False)

    assert [(str(entry.position), entry.expected) for _, entry in trials.failing] == []


def test_a_sample_of_outcomes_is_confirmed_by_the_engine(
    rulebase: RuleBase, engine: Engine, outcomes: list[Outcome]
) -> None:
    sample = outcomes[:: 10 if THOROUGH else 1500]
    trials = Trials(rulebase, Reach(rulebase), shipped_tables(rulebase))
    for outcome in sample:
        changed = trials.reach.of(outcome.mutant)
        other = Engine(mutated(rulebase, outcome.mutant))
        killing = sorted(each(trials.kills(changed)))[:3]
        assert bool(killing) == (outcome.fate == "killed")
        for number in killing:
            assert fails(trials, number, engine, other), (outcome.mutant.id, trials.answers[number])


def fails(trials: Trials, number: int, before: Engine, now: Engine) -> bool:
    """Whether a case that passes with the one engine fails with the other."""
    told = now.assess(trials.answers[number])
    vignette = trials.vignettes.get(number)
    if vignette is not None:
        named = [candidate.state for candidate in told.candidates]
        return (
            told.urgency is not vignette.urgency
            or not set(vignette.named) <= set(named)
            or bool(set(vignette.not_named) & set(named))
            or named[:1] != list(vignette.named[:1])
        )
    was = before.assess(trials.answers[number])
    name = trials.names[number]
    fired = [any(each.rule.id == name for each in side.fired) for side in (was, told)]
    levels = [([(each.state, each.strength) for each in side.candidates], side.urgency) for side in (was, told)]
    return fired[0] != fired[1] or levels[0] != levels[1]


# --- tables -------------------------------------------------------------------------------------------


def table(folder: Path, content: str) -> Iterator[tuple[Path, str]]:
    path = folder / "cases" / "some.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    yield path, "some.yaml"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("topic: x\n", "some.yaml:1:1: T705 is no table of cases"),
        ("cases:\n  low-water.hangin:\n    fires: []\n", 'some.yaml:2:3: T706 unknown rule "low-water.hangin"'),
        ("cases:\n  low-water.hanging:\n    same_day: []\n", "T705 a case of this rule cannot expect"),
        ("cases:\n  low-water.hanging:\n    fires: [{leafs: yes}]\n", 'some.yaml:3:14: R408 unknown finding "leafs"'),
        ("cases:\n  low-water.hanging:\n    fires:\n      - {dry_soil: maybe}\n", "some.yaml:4:10: A501"),
        ("cases:\n  low-water.hanging: yes\n", "some.yaml:2:3: T705 holds no lists"),
        ("cases:\n  low-water.hanging:\n    fires: yes\n", "some.yaml:3:5: T705 is no list"),
        ("cases:\n  low-water.hanging:\n    fires: [yes]\n", "some.yaml:3:13: T705 is no case"),
        ("cases: {}\nrules: {}\n", 'some.yaml:2:1: T705 unknown key "rules"'),
    ],
)  # fmt: skip
def test_a_broken_table_is_refused_at_the_right_place(
    small: RuleBase, folder: Path, content: str, problem: str
) -> None:
    with pytest.raises(RuleBaseError) as error:
        read_tables(small, table(folder, content))

    assert problem in str(error.value).splitlines()[0]


def test_a_folder_of_tables_is_no_part_of_the_rules(folder: Path) -> None:
    before = load(folder).fingerprint
    list(table(folder, "cases: {}\n"))

    assert load(folder).fingerprint == before


# --- cases written into rule files ----------------------------------------------------------------------

BLOCK = b"""\
rules:
  a.one: # what it is
    fires:
      - {x: yes,
         y: 2}   # two lines
      # a remark
      - {x: yes}

    near_miss: [{x: no}]  # short
  a.two:
    fires:
      - {x: yes}
"""


def test_a_case_is_added_under_the_last_one_and_nothing_else_changes() -> None:
    written = with_case(BLOCK, "rules.yaml", "a.one", FIRES, {"x": "unsure", "y": 2.5})

    assert written == BLOCK.replace(b"      - {x: yes}\n\n", b"      - {x: yes}\n      - {x: unsure, y: 2.5}\n\n")


def test_a_case_goes_into_the_last_list_of_a_file_without_a_last_line_end() -> None:
    written = with_case(BLOCK.rstrip(b"\n"), "rules.yaml", "a.two", FIRES, {"y": 3.0})

    assert written.endswith(b"      - {x: yes}\n      - {y: 3}")


def test_lines_that_end_as_on_windows_stay_so() -> None:
    written = with_case(BLOCK.replace(b"\n", b"\r\n"), "rules.yaml", "a.two", FIRES, {"y": 3.0})

    assert written.count(b"\r\n") == written.count(b"\n") == BLOCK.count(b"\n") + 1


def test_a_case_goes_into_a_list_in_one_line() -> None:
    content = BLOCK.replace(b"  # short", b"")

    assert b"near_miss: [{x: no}, {x: unsure}]\n" in with_case(content, "r.yaml", "a.one", NEAR_MISS, {"x": "unsure"})


@pytest.mark.parametrize(
    ("rule", "expected", "place"),
    [
        ("a.one", NEAR_MISS, "rules.yaml:9:16"),
        ("a.two", NEAR_MISS, "rules.yaml:10:3"),
        ("a.three", FIRES, "rules.yaml:1:1"),
    ],
)
def test_a_layout_that_is_not_known_is_refused_with_its_place(rule: str, expected: str, place: str) -> None:
    with pytest.raises(RuleBaseError, match="T707") as error:
        with_case(BLOCK, "rules.yaml", rule, expected, {"x": "unsure"})

    assert str(error.value).startswith(place)


def test_a_case_can_be_added_to_every_list_of_the_shipped_rules(rulebase: RuleBase) -> None:
    refused: list[str] = []
    for rule in rulebase.rules.values():
        content = (ROOT / rule.position.path).read_bytes()
        for expected, cases in ((FIRES, rule.fires), (NEAR_MISS, rule.near_miss)):
            finding = next(leaf.finding for leaf in all_tests(rulebase, rule.when))
            if len(refused) < 5 and cases and rule.id.endswith("e"):  # some of them: each is read back as a whole
                try:
                    with_case(content, rule.position.path, rule.id, expected, {finding: "unsure"})
                except RuleBaseError as error:
                    refused.append(str(error))

    assert refused == []


def all_tests(rulebase: RuleBase, condition: Condition) -> Iterator[Is]:
    yield Is(next(iter(rulebase.findings)), "yes")
    yield from (leaf for leaf in leaves(condition) if isinstance(leaf, Is))


ANSWERS = st.one_of(st.sampled_from(["yes", "no", "unsure"]), st.integers(-99, 99).map(lambda number: number / 4))


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), ANSWERS))
def test_a_case_reads_back_as_it_was(answers: Answers) -> None:
    node = parse(f"case: {case_text(answers)}\n".encode(), "case")

    assert not isinstance(node, Problem)
    assert node.plain() == {"case": dict(answers)}


# --- the command ----------------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["review", "coverage", *arguments])
    return code, capsys.readouterr().out


def test_accepting_every_case_reaches_a_full_score_and_reading_again_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(folder / "cases", ignore_errors=True)
    before, _ = run(capsys, "--rules", str(folder))
    accepted, told = run(capsys, "--rules", str(folder), "--accept-all")
    written = {path: path.read_bytes() for path in folder.rglob("*.yaml")}
    after, full = run(capsys, "--rules", str(folder))
    run(capsys, "--rules", str(folder), "--accept-all")

    assert (before, accepted, after) == (1, 0, 0)
    assert "100.0% of the changes are noticed" in full
    assert "0 cases added to rules" in told
    assert {path: path.read_bytes() for path in folder.rglob("*.yaml")} == written


def test_a_case_is_accepted_with_one_key_and_stands_in_the_rule(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(folder / "cases", ignore_errors=True)
    rule = "urgent.collapse"
    cases = len(load(folder).rules[rule].fires) + len(load(folder).rules[rule].near_miss)
    lines = iter(["y", "q"])
    monkeypatch.setattr("sys.stdin.readline", lambda: next(lines, "") + "\n", raising=False)
    code, out = run(capsys, rule, "--rules", str(folder), "--accept", "--plain")
    after = load(folder).rules[rule]

    assert code == 0
    assert "1 case added to rules, 0 to tables." in out
    assert len(after.fires) + len(after.near_miss) == cases + 1


def test_a_case_of_a_table_that_no_longer_holds_is_told_and_can_be_taken_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    list(table(folder, "cases:\n  low-light.long-stems:\n    near_miss:\n      - {long_stems: yes}\n"))
    code, out = run(capsys, "--rules", str(folder))

    assert code == 1
    assert "some.yaml:4:9: T701 this case no longer holds: low-light.long-stems near_miss {long_stems: yes}" in out


def test_each_table_keeps_its_own_cases_and_loses_those_that_no_longer_hold(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(folder / "cases", ignore_errors=True)
    list(table(folder, "cases:\n  low-light.long-stems:\n    near_miss:\n      - {long_stems: yes}\n      - {}\n"))
    own = folder / "cases" / "some.yaml"

    code, out = run(capsys, "--rules", str(folder), "--renew")

    others = [path.read_text(encoding="utf-8") for path in folder.glob("cases/**/*.yaml") if path != own]
    assert (code, "1 taken out." in out) == (0, True)
    assert "long_stems: yes" not in own.read_text(encoding="utf-8").partition("near_miss")[2]
    assert own.read_text(encoding="utf-8").count("- {}") + sum(each.count("- {}") for each in others) == 1
    assert run(capsys, "--rules", str(folder))[0] == 0


def test_what_a_walk_beside_writes_to_a_table_is_kept_when_cases_are_added(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(folder / "cases", ignore_errors=True)
    meanwhile = TableCase("low-light.long-stems", NEAR_MISS, {"long_stems": "no"}, Position(""))
    found = Coverage.outcomes

    def outcomes(coverage: Coverage, *chosen: Any) -> Iterator[Outcome]:
        yield from found(coverage, *chosen)
        Tables(load(folder), folder).write_file("rules.yaml", [meanwhile])

    monkeypatch.setattr(Coverage, "outcomes", outcomes)
    run(capsys, "--rules", str(folder), "--accept-all")
    written = [(case.rule, dict(case.answers)) for case in Tables(load(folder), folder).read_file("rules.yaml")]

    assert (meanwhile.rule, dict(meanwhile.answers)) in written
    assert len(written) > 1


def test_a_rule_is_shown_clause_by_clause(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(folder / "cases", ignore_errors=True)
    _, out = run(capsys, "high-water.wet", "--rules", str(folder))

    assert "- all of these: 1\n" in out, "only the firing case makes the whole true"
    assert "  - each of these was answered no: 1\n" in out
    assert "    - dry soil: 1, 2\n" in out, "the near miss rules it out as well"


def test_a_part_that_no_case_makes_true_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(folder / "cases", ignore_errors=True)
    text = (folder / "rules.yaml").read_text(encoding="utf-8")
    text = text.replace("when: {long_stems: yes}", "when: {any: [{long_stems: yes}, {seedling: yes}]}")
    (folder / "rules.yaml").write_text(text, encoding="utf-8")
    _, out = run(capsys, "--rules", str(folder))

    told = out.split("parts of rules are true in none of their cases:", 1)[1]
    assert "  low-light.long-stems: " in told


def test_the_state_told_first_is_the_one_that_the_engine_tells_first(rulebase: RuleBase, engine: Engine) -> None:
    written = [each.answers for each in rulebase.vignettes.values()]
    cases = [*written, *({**one, **other} for one, other in zip(written, written[7:], strict=False))]
    trials = Trials.of_answers(rulebase, Reach(rulebase), cases)
    told = [next((each.state for each in engine.assess(case).candidates), "") for case in cases]
    by_result = [n for n, case in enumerate(cases) if any(each.critical for each in engine.assess(case).candidates)]

    assert [trials.base.first(n) for n in range(len(cases))] == told
    assert len(by_result) > 10


def test_the_data_is_all_that_is_printed_where_cases_are_added(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["review", "coverage", "--rules", str(folder), "--format", "json", "--accept-all"])
    printed = capsys.readouterr()

    assert json.loads(printed.out)["rules"]
    assert "cases added" in printed.err


def test_the_data_lists_each_survivor_with_its_case(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(folder / "cases", ignore_errors=True)
    _, out = run(capsys, "--rules", str(folder), "--format", "json")
    data = json.loads(out)

    assert data["survived"] == len(data["survivors"]) > 0
    assert all(each["case"]["answers"] for each in data["survivors"])
    assert data["rules"]["low-light.long-stems"]["clauses"][0]["cases"] == [0]


def test_an_unknown_rule_is_named_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "coverage", "low-water.hangin", "--rules", str(SMALL)]) == 1
    assert 'did you mean "low-water.hanging"?' in capsys.readouterr().err
