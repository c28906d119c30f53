"""The rules and their cases, as an educator reads them: in English, as a table, as an atlas."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.consequences import contradictions
from quiz.engine import Engine, Truths
from quiz.errors import Position
from quiz.formulas import Formulas
from quiz.model import (
    NO,
    UNSURE,
    YES,
    Answer,
    Group,
    Holds,
    Interval,
    Is,
    Named,
    Raises,
    Rule,
    RuleBase,
    Strength,
    Supports,
    Urgency,
)
from quiz.review.atlas import Atlas, atlas, in_text, pair_in_words
from quiz.review.case_report import summary, table
from quiz.review.cases import Case, all_cases, bounds
from quiz.review.dossier import Dossiers, competes
from quiz.review.english import English, Line, answered, stretch
from quiz.review.layout import Box, placed
from quiz.review.picture import map_of_shared, map_of_state, matrix
from quiz.review.population import DECLARED, people
from quiz.review.reading import Reading
from quiz.rulebase import load
from quiz.rulebase.cases import TableCase
from quiz.solver import Clauses
from quiz.text import page
from tests.conftest import ROOT
from tests.test_cli import run

SMALL = load(ROOT / "tests" / "rulebases" / "small")
ENGINE = Engine(SMALL)
HANGING = SMALL.rules["low-water.hanging"]
WIDTHS = (40, 80)


# --- in English -------------------------------------------------------------------------------------


def test_a_condition_reads_as_a_list_with_short_groups_in_one_line() -> None:
    condition = Group(
        "all",
        (
            Is("leaves_hang", YES),
            Group("any", (Is("dry_soil", YES), Is("wet_soil", NO))),
            Group("none", (Is("seedling", YES),)),
            Group("at_least", tuple(Is(each, YES) for each in ("dry_soil", "collapsed", "long_stems", "root_rot")), 2),
        ),
    )

    assert [(line.depth, line.text) for line in English(SMALL).lines(condition)] == [
        (0, "all of these:"),
        (1, "hanging leaves"),
        (1, "any of these: dry soil; no wet soil"),
        (1, "each of these was answered no: being a seedling"),
        (1, "at least 2 of these:"),
        (2, "dry soil"), (2, "a collapse"), (2, "long stems"), (2, "root rot"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (Is("pot", "clay"), "the pot: clay"),
        (Is("collapsed", NO), "no collapse"),
        (Is("days_dry", Interval(14, None)), "days without water at least 14 days (long)"),
        (Is("days_dry", Interval(3, 5)), "days without water from 3 to below 5 days"),
        (Holds("drought"), "a drought"),
        (Holds("drought", NO), "ruled out by answers: a drought"),
        (Named("WATER_LOW"), "low water is named"),
        (Named("WATER_LOW", Strength.STRONG), "low water is named with at least strong support"),
    ],
)
def test_a_single_test_reads_as_words(test: Is | Holds | Named, words: str) -> None:
    assert English(SMALL).test(test) == words


@given(st.floats(0, 9).map(lambda number: round(number, 1)), st.booleans(), st.booleans(), st.floats(0, 9))
def test_the_words_for_a_stretch_name_its_bounds_and_whether_they_are_in_it(
    low: float, with_low: bool, with_high: bool, number: float
) -> None:
    words = stretch(Interval(low, low + 1, with_low, with_high), "d")

    assert words.startswith("from" if with_low else "above")
    assert ("below" in words) is not with_high
    assert re.findall(r"[\d.]+", words) == [f"{low:g}", f"{low + 1:g}"]


def test_an_answer_reads_as_the_person_would_say_it() -> None:
    found = SMALL.findings
    said = [answered(found["collapsed"], answer) for answer in (YES, NO, UNSURE)]

    assert said == ["a collapse", "no collapse", "not sure about a collapse"]
    assert answered(found["days_dry"], 3.5) == "days without water 3.5 days"


# --- a plain reading --------------------------------------------------------------------------------


def answer_sets() -> st.SearchStrategy[dict[str, Answer]]:
    values = {
        each.id: st.sampled_from((*each.words, UNSURE)) if not each.is_number else st.integers(0, 30).map(float)
        for each in SMALL.findings.values()
    }
    return st.fixed_dictionaries({}, optional=values)


@given(answer_sets())
def test_the_plain_reading_agrees_with_the_engine(answers: dict[str, Answer]) -> None:
    reading, certain = Reading(SMALL, answers), ENGINE.certain(answers)

    for rule in SMALL.rules.values():
        if rule.provenance.state != "retired":
            assert reading.fires(rule) == certain.rule(rule.id) == (reading.missing(rule.when) == 0)


def test_the_reading_says_how_a_test_that_did_not_hold_was_answered() -> None:
    reading = Reading(SMALL, {"dry_soil": UNSURE, "collapsed": NO, "days_dry": 3.0, "leaves_hang": YES})
    words = [reading.word(Is(finding, YES)) for finding in ("leaves_hang", "dry_soil", "collapsed", "long_stems")]

    assert words == [
        "held",
        "did not hold: answered not sure",
        "did not hold: answered no",
        "did not hold: not answered",
    ]
    assert reading.word(Is("days_dry", Interval(14, None))) == "did not hold: answered 3 days"


# --- the cases --------------------------------------------------------------------------------------


def cases_of(rulebase: RuleBase, only: str = "", tables: tuple[TableCase, ...] = ()) -> list[str]:
    """What the table shows, row by row."""
    found = all_cases(rulebase, ENGINE.assess, None, tables, only)
    return list(table(English(rulebase), found, 80))


def with_hanging(rule: Rule) -> RuleBase:
    return replace(SMALL, rules={**SMALL.rules, rule.id: rule})


def test_every_case_of_the_shipped_rules_does_what_it_stands_for(rulebase: RuleBase, engine: Engine) -> None:
    found = list(all_cases(rulebase, engine.assess, lambda answers, rule: engine.certain(answers).rule(rule)))

    assert [case for case in found if case.failed] == []
    assert {case.id for case in found} >= {*rulebase.rules, *rulebase.vignettes}


def test_a_case_that_should_fire_and_does_not_says_which_condition_did_not_hold() -> None:
    shown = "\n".join(
        cases_of(with_hanging(replace(HANGING, fires=({"leaves_hang": YES, "dry_soil": UNSURE},))), HANGING.id)
    )

    assert "  FAIL  fires      hanging leaves; not sure about dry soil" in shown
    assert "    expected: the rule fires\n    got: the rule is silent" in shown
    assert "- hanging leaves (held)" in shown
    assert "- dry soil (did not hold: answered not sure)" in shown


def test_a_near_miss_that_fires_says_what_held() -> None:
    shown = "\n".join(
        cases_of(with_hanging(replace(HANGING, near_miss=({"leaves_hang": YES, "dry_soil": YES},))), HANGING.id)
    )

    assert "FAIL  near miss" in shown
    assert "- all of these (held):" in shown


def test_a_vignette_that_fails_shows_the_nearest_rules_and_those_that_fired() -> None:
    vignette = SMALL.vignettes["vignette.corner"]
    wrong = replace(vignette, named=("WATER_LOW",), not_named=("LIGHT_LOW",), urgency=Urgency.EMERGENCY)
    shown = " ".join("\n".join(cases_of(replace(SMALL, vignettes={wrong.id: wrong}), wrong.id)).split())

    assert "expected: WATER_LOW is named; LIGHT_LOW is not named; urgency emergency" in shown
    assert "got: named: LIGHT_LOW" in shown
    assert re.search(r"low-water\.\S+ did not fire: Low water is named", shown)
    assert re.search(r"low-light\.\S+ fired: Low light is named", shown)


def failing(rulebase: RuleBase) -> list[Case]:
    return [each for each in all_cases(rulebase, ENGINE.assess) if each.failed]


def test_a_vignette_whose_answers_contradict_each_other_fails() -> None:
    vignette = replace(SMALL.vignettes["vignette.corner"], answers={"dry_soil": YES, "wet_soil": YES})
    (problem,) = failing(replace(SMALL, vignettes={"v": vignette}, rules={}))

    assert (problem.code, problem.position) == ("T703", vignette.position)


def test_failing_cases_have_a_code_and_a_place() -> None:
    (problem,) = failing(with_hanging(replace(HANGING, near_miss=HANGING.fires)))
    vignette = replace(SMALL.vignettes["vignette.corner"], named=())
    (other,) = failing(replace(SMALL, vignettes={vignette.id: vignette}, rules=SMALL.rules))

    assert (problem.code, problem.position) == ("T701", HANGING.position)
    assert (other.code, other.position) == ("T702", vignette.position)


def test_bounds_are_tried_on_both_sides_and_on_the_number_itself() -> None:
    rule = SMALL.rules["low-water.dry-for-some-time"]  # from 5 to below 14 days
    found = {answers["days_dry"] for answers in bounds(SMALL, rule) if set(answers) == {"days_dry"}}

    assert {each for each in found if not isinstance(each, str)} == {5.1, 13.9, 14.1}  # the others stand in the rule
    for answers in bounds(SMALL, rule):
        assert Reading(SMALL, answers).fires(rule) == (5 <= float(answers["days_dry"]) < 14)


def test_a_table_beside_the_rules_is_run_too() -> None:
    here = Position("cases/x.yaml", 3, 5)
    case = TableCase(HANGING.id, "moderate", HANGING.fires[0], here)
    right, wrong = cases_of(SMALL, HANGING.id, (case,)), cases_of(SMALL, HANGING.id, (replace(case, expected="weak"),))

    assert any(row.startswith("  ok    table in") for row in right)
    assert any(row.startswith("  FAIL  table in") for row in wrong)
    assert "    got: the rule fires; moderate is told" in wrong
    assert "    at cases/x.yaml:3:5: T701" in wrong


def test_the_summary_counts_each_kind() -> None:
    cases = list(all_cases(SMALL, ENGINE.assess, None, (), HANGING.id))

    assert summary(cases) == ["2 cases (1 firing, 1 near miss), 0 failed."]
    assert summary([]) == ["No case."]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_table_of_cases_keeps_to_the_width(width: int) -> None:
    rows = table(
        English(SMALL), all_cases(with_hanging(replace(HANGING, near_miss=HANGING.fires)), ENGINE.assess), width
    )

    assert max(map(len, rows)) <= width


def test_the_command_shows_the_table_and_its_exit_code() -> None:
    small = str(ROOT / "tests" / "rulebases" / "small")
    whole, one = run("review", "test", "--rules", small), run("review", "test", "--rules", small, "--rule", HANGING.id)

    assert (whole.returncode, one.returncode) == (0, 0)
    assert one.stdout.splitlines()[0] == HANGING.id
    assert run("review", "test", "--rules", small, "--failed").stdout == whole.stdout.splitlines()[-1] + "\n"
    missed = run("review", "test", "--rules", small, "--rule", "low-water.hangin")
    assert 'did you mean "low-water.hanging"?' in missed.stderr


# --- dossiers ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dossiers() -> Iterator[Dossiers]:
    formulas = Formulas(SMALL)
    clauses = Clauses(formulas.nodes)
    yield Dossiers(SMALL, clauses.choices, formulas)
    clauses.close()


def test_the_dossier_of_a_rule_tells_all_of_it(dossiers: Dossiers) -> None:
    rule = SMALL.rules["low-water.drought-and-signs"]
    told = dossiers.rule(rule)

    assert [part.title for part in told.parts] == [
        "When", "The ideas in it", "Then", "It says", "Because", "Facts", "Sources", "It fires on",
        "It does not fire on", "It competes with", "Questions that lead to it", "Review",
    ]  # fmt: skip
    text = told.text()
    shown = (rule.says, rule.because, *rule.provenance.facts, "a drought (drought)", "Draft: nobody has reviewed it.")
    for each in shown:
        assert each in text
    assert "- Setting: a heat wave" in text


def test_two_rules_compete_where_they_share_findings_and_tell_different_things(dossiers: Dossiers) -> None:
    for rule in SMALL.rules.values():
        for other, shared in dossiers.rivals(rule):
            assert shared
            assert competes(rule, other)
            assert competes(other, rule)
    supports = [rule for rule in SMALL.rules.values() if isinstance(rule.then, Supports)]
    assert not any(competes(one, other) and one.then == other.then for one, other in product(supports, supports))


def test_rules_that_never_fire_together_are_said_to_be_proved_so() -> None:
    one, other = (Is("dry_soil", word) for word in (YES, NO))
    rules = {
        "a.a": replace(HANGING, id="a.a", when=one),
        "b.b": replace(HANGING, id="b.b", when=other, then=Supports("LIGHT_LOW", Strength.WEAK)),
        "c.c": replace(HANGING, id="c.c", when=Is("dry_soil", YES), then=Supports("WATER_HIGH", Strength.WEAK)),
    }
    rulebase = replace(SMALL, rules=rules)
    formulas = Formulas(rulebase)
    clauses = Clauses(formulas.nodes)
    text = Dossiers(rulebase, clauses.choices, formulas).rule(rules["a.a"]).text()
    clauses.close()

    assert text.count("they never fire together (proved)") == 1
    assert text.count("both can fire together") == 1


def test_rules_that_an_answer_can_change_are_those_that_some_answer_does(dossiers: Dossiers) -> None:
    dice = random.Random(3)
    for finding in SMALL.findings.values():
        proved = {rule.id for rule in dossiers.changed_by(finding)}
        seen = set()
        for _ in range(150):
            answers: dict[str, Answer] = {
                each.id: dice.choice((*each.words, UNSURE) if not each.is_number else (3.0, 5.0, 14.0, 31.0, UNSURE))
                for each in dice.sample(list(SMALL.findings.values()), 7)
            }
            without = ENGINE.certain({**answers, finding.id: UNSURE})
            for value in finding.words or (3.0, 5.0, 14.0, 31.0, 35.0):
                with_it = {**answers, finding.id: value}
                if not contradictions(SMALL, with_it):
                    after = ENGINE.certain(with_it)
                    seen |= {rule for rule in ENGINE.rulebase.rules if _gains(without, after, rule)}
        assert seen <= proved, finding.id


def _gains(without: Truths, after: Truths, rule: str) -> bool:
    if SMALL.rules[rule].provenance.state == "retired":
        return False
    return after.rule(rule) and not without.rule(rule)


def test_the_dossier_of_a_finding_names_who_uses_it(dossiers: Dossiers) -> None:
    text = dossiers.finding(SMALL.findings["plant_feed"]).text()

    assert "Growfast; seaweed; Shine and Grow" in text
    assert "Given (always shown)" in text
    text = dossiers.finding(SMALL.findings["dry_soil"]).text()
    assert "- drought: a drought" in text
    assert "from dry soil follows no wet soil. Dry is not wet." in text


def test_the_dossier_of_a_result_tells_its_units_and_whether_they_are_asked_for(dossiers: Dossiers) -> None:
    days = SMALL.findings["days_dry"]
    asked = "; where a number could be in two of these, which one is asked"
    units = "a number from 0 to 90 days, or not sure; also in weeks"

    assert f"{units}; 2 weeks is 14 days. Bands: " in dossiers.finding(days).text()
    assert f"{units}{asked}; 2 weeks is 14 days. Bands: " in dossiers.finding(replace(days, ask_unit=True)).text()


@pytest.mark.parametrize(
    ("kind", "one", "near"),
    [
        ("rule", "low-water.hanging", "low-water.hangin"),
        ("finding", "dry_soil", "dry_soill"),
        ("concept", "drought", "drougt"),
        ("state", "WATER_LOW", "WATER_LOWW"),
    ],
)
def test_each_kind_can_be_read_listed_and_missed(kind: str, one: str, near: str) -> None:
    small = str(ROOT / "tests" / "rulebases" / "small")
    told = run("review", kind, one, "--rules", small)
    listed, missed = run("review", kind, "--rules", small), run("review", kind, near, "--rules", small)

    assert told.stdout.startswith(f"{kind.upper()} {one}\n")
    assert max(map(len, told.stdout.splitlines())) <= 80
    assert one in listed.stdout.splitlines()
    assert (missed.returncode, missed.stderr) == (1, f'unknown {kind} "{near}"\n  hint: did you mean "{one}"?\n')


@pytest.mark.parametrize("width", WIDTHS)
def test_a_dossier_keeps_to_the_width(dossiers: Dossiers, width: int) -> None:
    every = [
        *map(dossiers.rule, SMALL.rules.values()),
        *map(dossiers.finding, SMALL.findings.values()),
        *map(dossiers.concept, SMALL.concepts.values()),
        *map(dossiers.state, SMALL.states.values()),
    ]

    for each in every:
        assert max(map(len, page(each.text(), width).split("\n"))) <= width


# --- the atlas --------------------------------------------------------------------------------------


def drawn(rulebase: RuleBase, count: int) -> tuple[Atlas, list[dict[str, Answer]]]:
    formulas = Formulas(rulebase)
    clauses = Clauses(formulas.nodes)
    cases = [dict(each) for each in people(rulebase, random.Random(5), count)]
    try:
        return atlas(rulebase, cases, formulas, clauses.choices), cases
    finally:
        clauses.close()


def levels(engine: Engine, answers: dict[str, Answer]) -> dict[str, int]:
    return {each.state: each.strength for each in engine.assess(answers).candidates}


def test_the_atlas_counts_what_the_engine_tells() -> None:
    found, cases = drawn(SMALL, 150)
    everyone = [*(dict(each.answers) for each in SMALL.vignettes.values()), *cases]
    told = [levels(ENGINE, each) for each in everyone]

    assert found.cases == len(everyone)
    for state, count in found.told.items():
        assert count == sum(state in each for each in told)
    for pair in found.pairs:
        both = [each for each in told if pair.first in each and pair.second in each]
        assert pair.both == len(both)
        assert pair.alike == sum(each[pair.first] == each[pair.second] for each in both)


def test_a_case_that_no_question_separates_stays_so_whatever_one_asks_the_engine() -> None:
    found, cases = drawn(SMALL, 150)
    formulas = Formulas(SMALL)
    everyone = [*(dict(each.answers) for each in SMALL.vignettes.values()), *cases]
    for pair in found.pairs:
        fixed, shares = 0, {name: [0.0, 0] for name in SMALL.findings}
        for answers in everyone:
            now = levels(ENGINE, answers)
            if not (pair.first in now and now.get(pair.second) == now[pair.first]):
                continue
            separated = False
            for finding in SMALL.findings.values():
                if finding.id in answers:
                    continue
                domain = formulas.domain(finding)
                ways = [{**answers, finding.id: value} for value in domain]
                parts = [
                    not contradictions(SMALL, way)
                    and levels(ENGINE, way).get(pair.first) != levels(ENGINE, way).get(pair.second)
                    for way in ways
                ]
                separated |= any(parts)
                shares[finding.id][0] += sum(parts) / len(domain)
                shares[finding.id][1] += 1
            fixed += not separated
        assert pair.fixed == fixed, (pair.first, pair.second)
        best = max((part / asked for part, asked in shares.values() if asked), default=0.0)
        assert pair.separates == pytest.approx(best)


def test_answers_that_no_question_separates_give_both_strong_support_and_none_can_be_left_out(
    rulebase: RuleBase, engine: Engine
) -> None:
    found, _ = drawn(rulebase, 0)
    assert any(pair.strongest for pair in found.pairs)
    for pair in found.pairs:
        if pair.strongest:
            told = levels(engine, dict(pair.strongest))
            assert (told[pair.first], told[pair.second]) == (Strength.STRONG, Strength.STRONG)
            assert not contradictions(rulebase, pair.strongest)
            for name in pair.strongest:
                less = levels(engine, {each: answer for each, answer in pair.strongest.items() if each != name})
                assert (less.get(pair.first), less.get(pair.second)) != (Strength.STRONG, Strength.STRONG)


def test_states_that_are_never_told_together_are_said_to_be_so() -> None:
    rules = {
        "a.a": replace(HANGING, id="a.a", when=Is("dry_soil", YES), fires=({"dry_soil": YES},)),
        "b.b": replace(HANGING, id="b.b", when=Is("dry_soil", NO), then=Supports("LIGHT_LOW", Strength.WEAK)),
    }
    rulebase = replace(SMALL, rules=rules, vignettes={})
    found, _ = drawn(rulebase, 5)
    pair = next(each for each in found.pairs if {each.first, each.second} == {"WATER_LOW", "LIGHT_LOW"})

    assert pair.never
    assert "never told together, whatever is answered (proved)" in pair_in_words(English(rulebase), pair, 0, 5)


def test_the_same_dice_draw_the_same_people_and_nobody_contradicts_himself(rulebase: RuleBase) -> None:
    first, second = (list(people(rulebase, random.Random(7), 40)) for _ in range(2))

    assert first == second
    assert not [each for each in first if contradictions(rulebase, each)]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_atlas_declares_its_population_and_keeps_to_the_width(width: int) -> None:
    found, _ = drawn(SMALL, 20)
    rows = list(in_text(English(SMALL), found, DECLARED, width, False))

    assert max(map(len, rows)) <= width
    assert f"Over {len(SMALL.vignettes)} vignettes and 20 random cases" in " ".join(rows)


# --- pictures ---------------------------------------------------------------------------------------


def test_pictures_are_whole_and_the_same_every_time(rulebase: RuleBase) -> None:
    found, _ = drawn(rulebase, 30)
    again, _ = drawn(rulebase, 30)
    first = next(iter(rulebase.states))
    drawings = [matrix(English(rulebase), found), map_of_shared(rulebase), map_of_state(rulebase, first)]

    assert drawings[0] == matrix(English(rulebase), again)
    for each in drawings:
        assert ElementTree.fromstring(each).tag == "{http://www.w3.org/2000/svg}svg"


def test_a_map_leads_to_every_rule_that_names_the_state(rulebase: RuleBase) -> None:
    for state in rulebase.states:
        drawing = map_of_state(rulebase, state)
        for rule in rulebase.rules.values():
            supports = isinstance(rule.then, Supports) and rule.then.state == state
            assert (f'href="#rule-{rule.id}"' in drawing) == supports


def test_a_state_that_nothing_names_has_no_map() -> None:
    assert map_of_state(replace(SMALL, rules={}), "WATER_LOW") == ""
    assert map_of_shared(replace(SMALL, rules={})) == ""


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(10, 60)), min_size=1, max_size=14),
    st.lists(st.tuples(st.integers(0, 13), st.integers(0, 13)), max_size=20),
)
def test_boxes_of_one_layer_never_overlap(sizes: list[tuple[int, int]], pairs: list[tuple[int, int]]) -> None:
    boxes = [Box(str(number), layer, height) for number, (layer, height) in enumerate(sizes)]
    lines = [(str(a), str(b)) for a, b in pairs if a < len(boxes) > b and boxes[a].layer < boxes[b].layer]
    top = placed(boxes, lines, 5)

    assert min(top.values()) == 0
    for one, other in product(boxes, boxes):
        if one.id < other.id and one.layer == other.layer:
            first, second = sorted((one, other), key=lambda box: top[box.id])
            assert top[first.id] + first.height + 4.8 <= top[second.id]


def test_the_command_writes_a_picture_or_tells_in_text(tmp_path: Path) -> None:
    small, picture = str(ROOT / "tests" / "rulebases" / "small"), tmp_path / "atlas.svg"
    told = run("review", "atlas", "--rules", small, "--cases", "10")
    drawn = run("review", "atlas", "--rules", small, "--cases", "10", "--output", str(picture))

    assert drawn.stdout == f"The picture is in {picture}.\n"
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")

    assert told.stdout.startswith("Over 3 vignettes and 10 random cases")
    assert run("review", "atlas", "--rules", small, "--cases", "-1").returncode == 2


def test_urgencies_compete_where_they_differ() -> None:
    soon, now = (replace(HANGING, then=Raises(each)) for each in (Urgency.SOON, Urgency.EMERGENCY))

    assert competes(soon, now)
    assert not competes(soon, soon)
    assert not competes(soon, HANGING)


def test_a_line_of_a_list_knows_where_it_leads() -> None:
    assert English(SMALL).lines(Holds("drought")) == (Line("a drought", 0, "drought"),)
