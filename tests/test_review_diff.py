"""What an edit changes in meaning: proved, counted, and shown by the smallest answers, held against trying them all.

QUIZ_TEST_MUTANTS=1 makes up many more rule bases, which takes some minutes.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from quiz.cli import main
from quiz.consequences import contradictions
from quiz.engine import Engine
from quiz.formulas import Formulas
from quiz.model import (
    Condition,
    Group,
    Implication,
    Interval,
    Is,
    Practice,
    Rule,
    RuleBase,
    Strength,
    Supports,
    Urgency,
)
from quiz.review.as_answers import as_answers, roundest
from quiz.review.diff import Change, Difference, Side, difference, known
from quiz.review.diff_beside import Beside, Other, Wording, beside
from quiz.review.diff_report import Report
from quiz.review.moved import moved
from quiz.rulebase import load
from quiz.solver import Clauses
from tests import making
from tests.conftest import ROOT, outside
from tests.evaluator import Evaluator
from tests.few import EVERYTHING, FEW, narrowed
from tests.signing import signed_again

THOROUGH = os.environ.get("QUIZ_TEST_MUTANTS") == "1"
SOME_OF = settings(
    max_examples=60 if THOROUGH else 8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
SMALL = ROOT / "tests" / "rulebases" / "small"


def side(made: RuleBase) -> Side:
    return Side(made, Engine(made).assess)


def compare(old: RuleBase, new: RuleBase, count: int = 20) -> Difference:
    return difference(side(old), side(new), Clauses, random.Random(1), count, 1)


# --- held against trying every set of answers ----------------------------------------------------------


def narrow(made: RuleBase) -> RuleBase:
    rules = [replace(each, when=narrowed(each.when), says=each.id) for each in made.rules.values()]
    concepts = [replace(each, when=narrowed(each.when)) for each in made.concepts.values()]
    implications = [replace(each, when=narrowed(each.when), then={"f1": "no"}) for each in made.implications[:1]]
    return making.rulebase(FEW, rules, concepts, implications)


def told(made: RuleBase) -> dict[str, int]:
    """For each state at each support, and each urgency: the sets of answers on which it is told, a bit for each."""
    second = Evaluator(made, EVERYTHING)
    found: dict[str, int] = {}
    for rule in second.rules:
        for state in made.states:
            for strength in Strength:
                name = f"{state} {strength.word}"
                supports = (
                    isinstance(rule.then, Supports) and rule.then.state == state and rule.then.strength >= strength
                )
                found[name] = found.get(name, 0) | (second.true_in(rule) if supports else 0)
    for number in range(len(EVERYTHING)):
        urgency = second.urgency(number)
        for least in Urgency:
            if urgency is not None and urgency >= least:
                found[least.word] = found.get(least.word, 0) | 1 << number
    return found


def allowed(*sides: RuleBase) -> int:
    found = 0
    for number, answers in enumerate(EVERYTHING):
        if not any(contradictions(each, answers) for each in sides):
            found |= 1 << number
    return found


def fewest(cases: int) -> int | None:
    sizes = [len(answers) for number, answers in enumerate(EVERYTHING) if cases >> number & 1]
    return min(sizes, default=None)


def by_name(found: Difference, made: RuleBase) -> dict[str, Change]:
    """The changes of states and urgencies, by the names that `told` uses."""
    words = {
        Strength.WEAK: "",
        Strength.MODERATE: " with at least moderate support",
        Strength.STRONG: " with at least strong support",
    }
    names = {
        f"{state.name}{words[strength]}": f"{key} {strength.word}"
        for key, state in made.states.items()
        for strength in Strength
    }
    least = {
        "Worth": "routine",
        "Help is needed within": "soon",
        "Help is needed the": "same_day",
        "Emergency": "emergency",
    }
    changes = {names[each.what]: each for each in found.changes if each.kind == "named"}
    for each in (each for each in found.changes if each.kind == "urgency"):
        changes[next(word for start, word in least.items() if each.what.startswith(start))] = each
    return changes


def size(change: Change | None, word: str) -> int | None:
    example = getattr(change, word, None)
    return len(example.answers) if example else None


@given(making.rulebases(most_rules=4), making.rulebases(most_rules=4))
@SOME_OF
def test_every_difference_is_found_and_its_smallest_case_is_the_smallest_there_is(one: RuleBase, two: RuleBase) -> None:
    old, new = narrow(one), narrow(two)
    found = compare(old, new, 0)
    changes, possible = by_name(found, new), allowed(old, new)
    before, after = told(old), told(new)

    for name in {*before, *after, *changes}:
        was, is_ = before.get(name, 0) & possible, after.get(name, 0) & possible
        assert size(changes.get(name), "gained") == fewest(is_ & ~was), name
        assert size(changes.get(name), "lost") == fewest(was & ~is_), name


@given(making.rulebases(most_rules=4), making.rulebases(most_rules=4))
@SOME_OF
def test_both_engines_confirm_every_example(one: RuleBase, two: RuleBase) -> None:
    for change in compare(one, two, 0).changes:
        for example in (change.gained, change.lost):
            assert example is None or example.confirmed, (change.kind, change.what, example)


@given(making.rulebases(most_rules=20))
@SOME_OF
def test_nothing_differs_from_itself_and_no_solver_is_needed_for_that(made: RuleBase) -> None:
    class Never:
        def __init__(self, nodes: object) -> None:
            pass

        def fewest(self, *_: object) -> None:
            raise AssertionError("equal conditions are equal formulas")

        def close(self) -> None:
            pass

    found = difference(side(made), side(made), Never, random.Random(1), 0, 1)

    assert found.same
    assert found.identical > 0


@given(making.rulebases(most_rules=6))
@SOME_OF
def test_the_fewest_answers_that_fire_a_rule_are_as_few_as_trying_all_finds(drawn: RuleBase) -> None:
    made = narrow(drawn)
    formulas = Formulas(made)
    clauses = Clauses(formulas.nodes)
    second = Evaluator(made, EVERYTHING)
    for rule in second.rules:
        found = clauses.fewest([formulas.rule(rule)], formulas.at_odds)
        answers = None if found is None else as_answers(formulas, found)
        assert (None if answers is None else len(answers)) == fewest(second.true_in(rule) & allowed(made))
        if answers is not None:
            assert rule.id in Evaluator(made, [answers]).true_rules()
    clauses.close()


@pytest.mark.parametrize(
    ("low", "high", "number"),
    [(3.0, 3.5, 3.2), (0, 10, 5), (2, 3, 2.5), (-1, 1, 0), (0.61, 0.62, 0.615), (99.5, 150, 125)],
)
def test_a_number_between_two_is_round_and_near_the_middle(low: float, high: float, number: float) -> None:
    assert roundest(low, high) == pytest.approx(number, abs=0.11)
    assert low < roundest(low, high) < high


# --- edits that people make ----------------------------------------------------------------------------

A, B, C = (Is(f"f{number}", "yes") for number in range(3))
NAMES = Supports("X_LOW", Strength.MODERATE)


def base(*rules: Rule, implications: tuple[Implication, ...] = ()) -> RuleBase:
    return making.rulebase(making.FINDINGS, rules, implications=implications)


def named_rule(name: str, when: Condition, says: str = "Words.") -> Rule:
    return replace(making.rule(name, when, NAMES), says=says)


def test_the_same_meaning_written_otherwise_is_proved_identical() -> None:
    old = base(named_rule("r.one", Group("all", (A, Group("any", (B, C))))))
    new = base(named_rule("r.one", Group("any", (Group("all", (C, A)), Group("all", (A, B))))))
    found = compare(old, new)

    assert found.same
    assert found.edited == ("r.one",)


def test_other_words_are_told_apart_from_another_meaning() -> None:
    found = compare(base(named_rule("r.one", A)), base(named_rule("r.one", A, "Other words.")))

    assert found.same
    assert [(each.id, each.what, each.after) for each in found.beside.wording.texts] == [
        ("r.one", "says", "Other words.")
    ]


PROVED = {"rules", "implications"}
"""What they mean is compared over all answers; `fingerprint` and `places` say nothing to anybody."""


def without_something(value: Any) -> Any:
    if isinstance(value, str):
        return value[1:]
    if isinstance(value, Practice):
        return replace(value, odd=value.odd[1:])
    return value[1:] if isinstance(value, tuple) else dict(list(value.items())[1:])


@pytest.mark.parametrize(
    "part", [each.name for each in fields(RuleBase) if each.name not in {*PROVED, "fingerprint", "places"}]
)
def test_whatever_else_is_taken_out_of_the_rules_is_told(rulebase: RuleBase, part: str) -> None:
    other = replace(rulebase, **{part: without_something(getattr(rulebase, part))})

    assert beside(rulebase, other, ()) != beside(rulebase, rulebase, ())


def test_a_moved_line_is_no_change(rulebase: RuleBase, tmp_path: Path) -> None:
    moved = shutil.copytree(ROOT / "rules", tmp_path / "rules")
    for file in moved.rglob("*.yaml"):
        file.write_text(f"# A remark\n{file.read_text(encoding='utf-8')}", encoding="utf-8")

    assert beside(rulebase, load(moved), ()) == Beside((), (), Wording((), ()))


def test_a_rule_with_another_id_is_renamed_and_nothing_changed() -> None:
    found = compare(base(named_rule("r.one", A)), base(named_rule("r.other", A)))

    assert found.same
    assert (found.renamed, found.rules_new, found.rules_gone) == ((("r.one", "r.other"),), (), ())


def test_a_rule_that_is_gone_loses_its_reason_even_where_another_names_the_state() -> None:
    old = base(named_rule("r.one", A), named_rule("r.two", Group("any", (A, B)), "More."))
    found = compare(old, base(named_rule("r.two", Group("any", (A, B)), "More.")))

    assert [(each.kind, each.gained) for each in found.changes] == [("reason", None)]
    assert found.rules_gone == ("r.one",)


def test_a_retired_rule_no_longer_speaks() -> None:
    rule = making.rule("r.one", A, NAMES)
    found = compare(base(rule), base(making.rule("r.one", A, NAMES, state="retired")))

    assert "named" in {each.kind for each in found.changes}
    assert all(each.gained is None for each in found.changes)


def test_a_finding_that_only_one_side_knows_is_an_example_of_that_side() -> None:
    more = (*making.FINDINGS, making.finding("extra"))
    rule = making.rule("r.one", Group("any", (A, Is("extra", "yes"))), NAMES)
    found = compare(base(making.rule("r.one", A, NAMES)), making.rulebase(more, [rule]))
    gained = {tuple(each.gained.answers.items()) for each in found.changes if each.gained}

    assert gained == {(("extra", "yes"),)}
    assert all(each.gained.confirmed for each in found.changes if each.gained)


def test_a_range_that_grew_changes_no_conclusion_and_is_told_beside_them() -> None:
    rule = making.rule("r.one", making_level(3.0), NAMES)
    wider = [replace(each, high=20.0) if each.id == "level" else each for each in making.FINDINGS]

    found = compare(base(rule), making.rulebase(wider, [rule]))

    assert found.changes == ()
    assert not found.same
    assert found.beside.told == (Other("finding", "level", "highest plausible number", "10", "20"),)


def making_level(high: float) -> Is:
    return Is("level", Interval(high=high))


def test_a_moved_limit_is_shown_by_a_number_between_the_old_one_and_the_new() -> None:
    rules = [making.rule("r.one", making_level(high), NAMES) for high in (3.0, 4.0)]
    found = compare(base(rules[0]), base(rules[1]))
    (example,) = [each.gained for each in found.changes if each.kind == "reason"]

    assert example is not None
    assert example.answers in ({"level": 3}, {"level": 3.5})


def test_a_new_constraint_is_a_change_of_what_cannot_be() -> None:
    rule = making.rule("r.one", A, NAMES)
    follows = Implication(A, {"f1": "no"}, "", making.HERE)
    found = compare(base(rule), base(rule, implications=(follows,)))
    (change,) = found.changes

    assert change.kind == "constraint"
    assert change.gained is not None
    assert change.gained.answers == {"f0": "yes", "f1": "yes"}


def test_another_conclusion_under_the_same_condition_is_a_change() -> None:
    strong = replace(making.rule("r.one", A, Supports("X_LOW", Strength.STRONG)), says="Words.")
    found = compare(base(named_rule("r.one", A)), base(strong))

    assert {each.kind for each in found.changes} == {"named", "reason"}
    assert any("strong support" in each.concludes for each in found.changes)


def test_answers_that_a_side_cannot_read_are_left_out_for_it() -> None:
    made = base(making.rule("r.one", A, NAMES))

    assert known(made, {"f0": "yes", "gone": "yes", "pot": "wood", "level": 99, "f1": 3}) == {"f0": "yes"}


# --- the command ---------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SMALL, tmp_path / "plants" / "rules"))


def edit(folder: Path, before: str, after: str, name: str = "rules") -> None:
    file = folder / f"{name}.yaml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    signed_again(folder)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["review", "diff", *arguments])
    return code, capsys.readouterr().out


def unwrapped(out: str) -> str:
    return " ".join(out.split())


HANGING = "when: {all: [{leaves_hang: yes}, {dry_soil: yes}]}"


def test_the_same_meaning_leaves_with_0_and_another_with_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(folder, "Hanging leaves lack water.", "Leaves that hang lack water.")
    same = run(capsys, str(SMALL), str(folder))
    edit(folder, HANGING, "when: {leaves_hang: yes}")
    other = run(capsys, str(SMALL), str(folder))

    assert same[0] == 0
    assert same[1].startswith("THE RULES CONCLUDE THE SAME\n")
    assert (
        'Nothing differs besides but words: 1 text reads otherwise, with what was before under "Words". '
        "No proof covers a word." in unwrapped(same[1])
    )
    assert (
        "Wording only: nothing else differs. - rule low-water.hanging, because - before: Hanging leaves lack water. "
        "- now: Leaves that hang lack water. A proof" in unwrapped(same[1])
    )
    assert other[0] == 1
    assert "edited conditions and conclusions: low-water.hanging" in other[1]
    assert "gained, in the smallest case: " in other[1]
    assert "lost: never, as is proved." in other[1]
    assert "with seed 1" in " ".join(other[1].split())


def test_a_review_comment_is_markdown_that_no_label_can_break(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(folder, HANGING, "when: {leaves_hang: yes}")
    edit(folder, "worth a look, as the leaves hang", "<b>worth</b> a *look*, as the leaves hang")
    _, out = run(capsys, str(SMALL), str(folder), "--format", "md")

    assert out.startswith("## What changed in meaning\n\n")
    assert "### Reasons told\n\n- Low water is \\<b\\>worth\\</b\\> a \\*look\\*, as" in out
    assert "\n  - lost: never, as is proved." in out


def test_texts_of_several_lines_stay_in_the_item_that_they_belong_to(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder, "action: Look at the soil this week.", 'action: "Look at it.\\n\\n# Now\\u200b."', "basics")
    _, text = run(capsys, str(SMALL), str(folder), "--random", "0")
    _, comment = run(capsys, str(SMALL), str(folder), "--random", "0", "--format", "md")

    assert "\n  - now: Look at it. # Now.\n" in text
    assert "\n  - now: Look at it. \\# Now.\n" in comment


def test_the_data_carries_each_example_and_what_both_sides_tell(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder, HANGING, "when: {leaves_hang: yes}")
    _, out = run(capsys, str(SMALL), str(folder), "--format", "json")
    data = json.loads(out)
    gained = [each["gained"] for each in data["changes"] if each["gained"]]

    assert not data["same_meaning"]
    assert {"leaves_hang": "yes"} in [each["answers"] for each in gained]
    assert all(each["confirmed_by_engine"] for each in gained)
    assert data["cards"] == ["rule:low-water.hanging"]


def test_saved_interviews_and_vignettes_that_are_told_otherwise_are_listed(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, moved = tmp_path / "kept" / "kept.yaml", tmp_path / "kept" / "moved.yaml"
    kept.parent.mkdir()
    kept.write_text("answers: {long_stems: yes}\n", encoding="utf-8")
    moved.write_text("answers: {leaves_hang: yes, wet_soil: no}\n", encoding="utf-8")
    edit(folder, HANGING, "when: {leaves_hang: yes}")
    _, out = run(capsys, str(SMALL), str(folder), "--sessions", str(kept), str(moved))
    _, from_folder = run(capsys, str(SMALL), str(folder), "--sessions", str(kept.parent))

    assert from_folder == out
    assert "1 of 2 saved interviews told otherwise:" in out
    assert str(moved) in out.replace("\n  ", "")
    assert "kept.yaml" not in out


SHAKEN = """  urgent.shaken:
    says: A plant that fell over needs help at once.
    when: {all: [{collapsed: yes}, {heat_wave: yes}]}
    then: {urgency: emergency}
    because: It may not last the hour.
    facts: [F-WATER-01]
    sources: [almanac]
    state: draft
    fires: [{collapsed: yes, heat_wave: yes}]
    near_miss: [{heat_wave: yes}]
"""


@pytest.fixture
def shaken(folder: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A folder, and its like in which a second red flag is told with the first, and without more urgency."""
    edit(folder, "  urgent.any-low-water:\n", f"{SHAKEN}  urgent.any-low-water:\n")
    other = Path(shutil.copytree(folder, tmp_path / "other" / "rules"))
    edit(
        other, "when: {all: [{collapsed: yes}, {heat_wave: yes}]}", "when: {any: [{collapsed: yes}, {heat_wave: yes}]}"
    )
    edit(other, "fires: [{collapsed: yes, heat_wave: yes}]\n    near_miss: [{heat_wave: yes}]",
         "fires: [{collapsed: yes, heat_wave: yes}]\n    near_miss: [{heat_wave: no}]")  # fmt: skip
    return folder, other


def test_a_red_flag_that_is_told_besides_is_told_by_its_sentence(
    shaken: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept.yaml"
    kept.write_text("answers: {collapsed: yes}\n", encoding="utf-8")
    old, new = map(str, shaken)
    _, more = run(capsys, old, new, "--sessions", str(kept))
    _, less = run(capsys, new, old, "--sessions", str(kept))
    _, data = run(capsys, old, new, "--sessions", str(kept), "--format", "json")
    (changed,) = json.loads(data)["sessions"]["changed"]
    told = "red flag: A plant that fell over needs help at once."

    assert f"- told additionally, {told}" in unwrapped(more)
    assert f"- told no more, {told}" in unwrapped(less)
    assert changed["told_additionally"] == [told]
    assert changed["told_no_more"] == []
    assert changed["before"] != changed["after"]


@pytest.mark.parametrize(
    ("name", "before", "after", "told"),
    [
        ("findings", "weeks: 7", "weeks: 8", "- finding days_dry, factor of the unit weeks - before: 7 - now: 8"),
        ("findings", "{weeks: 7}", "{weeks: 7}\n    ask_unit: true",
         "- finding days_dry, whether its unit is asked for (`ask_unit`) - before: no - now: yes"),
        ("findings", "high: 50", "high: 60", "- finding room_heat, highest plausible number - before: 50 - now: 60"),
        ("findings", "Is the soil wet?", "Is the soil very wet?", "- finding wet_soil, question - before: Is the soil"),
        ("interview", "title: Signs", "title: Signs, red_flags: true",
         "- screen signs, whether it asks for danger signs (`red_flags`) - before: no - now: yes"),
        ("interview", "Danger, ask: always", "Danger, ask: useful",
         "- screen danger, when it is shown (`ask`) - before: always - now: useful"),
        ("interview", "[root_rot, tap_water, heat_wave]", "[root_rot, heat_wave]",
         "- screen setting, findings - before: root_rot, tap_water, heat_wave - now: root_rot, heat_wave"),
        ("interview", "leaf_shine: [Glow, ", "leaf_shine: [Growfast, Glow, ",
         "- medicine Growfast - before: plant_feed - now: plant_feed, leaf_shine"),
        ("interview", "[Growfast, seaweed,", "[Growfast,", "- medicine, gone: seaweed"),
        ("basics", "Act soon.", "Act later.", "- advice soon, headline - before: Act soon. - now: Act later."),
        ("basics", "catch it", "leave it", "- notice emergency - before: If the plant falls off the shelf, catch it."),
        ("basics", "{pot_known: yes}", "{seedling: yes}",
         '- test of state WATER_LOW, when "Ask for the weight of the pot." is told - before: a known pot - now: '),
        ("rules", "{one_of: [clay, plastic]}", "{one_of: [clay, metal]}",
         '"Ask for the weight of the pot." is told, as something named in its condition means something else'),
        ("basics", ", when: {plant_feed: yes}", "", "- before: plant feed - now: always"),
        ("basics", '\n  - {says: "Is it a real plant?", facts: [F-WATER-01]}', "",
         "- question to everybody, told no more - before: Is it a real plant? - now: none"),
        ("lessons", "facts: [F-WATER-01], urgent: true", "facts: [F-WATER-01]",
         "- other explanation look-alike.fall, urgent - before: yes - now: no"),
    ],
)  # fmt: skip
def test_what_can_change_what_is_asked_or_told_is_no_wording_where_the_rules_conclude_the_same(
    name: str, before: str, after: str, told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder, before, after, name)
    code, out = run(capsys, str(SMALL), str(folder), "--random", "0")
    _, data = run(capsys, str(SMALL), str(folder), "--random", "0", "--format", "json")
    read = json.loads(data)

    assert code == 1
    assert out.startswith("THE RULES CONCLUDE THE SAME\n")
    assert (
        "1 thing differs besides, which no proof covers, and can change what a person is asked or told."
        in unwrapped(out)
    )
    assert told in unwrapped(out)
    assert "Wording only" not in out
    assert (read["same_meaning"], read["same_conclusions"], len(read["asked_or_told"])) == (False, True, 1)
    assert [each["section"] for each in read["wording"]["texts"]] in ([], ["rule"]), "nothing is told twice"


def test_the_order_of_screens_and_of_their_findings_is_compared(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    danger = "  danger: {title: Danger, ask: always, red_flags: true, findings: [collapsed]}\n"
    edit(folder, danger, "", "interview")
    edit(folder, "\nmedicines:", f"{danger}\nmedicines:", "interview")
    edit(folder, "[leaves_hang, leaves_yellow, dry_soil,", "[leaves_yellow, dry_soil, leaves_hang,", "interview")
    code, out = run(capsys, str(SMALL), str(folder))

    assert code == 1
    assert "2 things differ besides" in out
    assert "- screen danger, place - before: 2 of 6, after first - now: 6 of 6, after measured" in unwrapped(out)
    assert "- screen signs, place of leaves_hang - before: 1 of 5 - now: 3 of 5, after dry_soil" in unwrapped(out)


def test_the_order_of_rules_is_compared_where_they_are_told_together() -> None:
    one, two = (named_rule(f"r.{name}", when, f"Words of {name}.") for name, when in (("one", A), ("two", B)))
    other = making.rule("r.other", C, Supports("X_LOW", Strength.STRONG))
    places = "place among those that conclude the same"

    assert compare(base(one, two, other), base(other, one, two)).beside.told == ()
    assert compare(base(one, two), base(two, one)).beside.told == (
        Other("rule", "r.two", places, "2 of 2, after r.one", "1 of 2"),
    )


def test_another_rank_is_named_as_the_cause_where_vignettes_are_told_in_another_order(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder, HANGING, "when: {leaves_hang: yes}")
    edit(folder, "{long_stems: yes, dry_soil: no}", "{long_stems: yes, leaves_hang: yes}", "lessons")
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    edit(other, "    name: low light", "    rank: 1\n    name: low light", "basics")
    code, out = run(capsys, str(folder), str(other))
    _, data = run(capsys, str(folder), str(other), "--format", "json")

    assert code == 1
    assert not json.loads(data)["same_meaning"]
    assert (
        "1 of 3 vignettes told otherwise: - vignette.corner - the same states, in another order - before:"
        in unwrapped(out)
    )
    assert "- state LIGHT_LOW, place where equally much speaks for several (`rank`) - before: 3 of 3" in unwrapped(out)


def test_what_is_told_otherwise_in_a_case_is_never_the_same_meaning() -> None:
    """The order of states is not proved: of two that are named as strongly, the one with more evidence is first."""
    first = making.rule("r.first", A, NAMES)
    whens = B, Group("any", (B, Group("all", (B, C))))
    one, two = (base(first, making.rule("r.two", each, Supports("Z_LOW", Strength.MODERATE))) for each in whens)
    answers = {"f0": "yes", "f1": "yes", "f2": "yes"}
    found = difference(side(one), side(two), Clauses, random.Random(1), 0, 1, {"kept": answers})

    assert found.changes == ()
    assert found.beside.told == ()
    assert [each.name for each in found.sessions] == ["kept"]
    assert not found.same
    assert "Conditions are written otherwise. No proof covers" in unwrapped(
        Report(found, one, two, "old", "new").text(80)
    )


def test_of_long_lists_what_the_other_side_lacks_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = "findings: [leaves_hang, leaves_yellow, dry_soil, wet_soil, long_stems"
    edit(folder, more, f"{more}, heat_wave, tap_water", "interview")
    edit(folder, "[root_rot, tap_water, heat_wave]", "[root_rot]", "interview")
    _, out = run(capsys, str(SMALL), str(folder), "--random", "0")

    assert "- screen signs, findings - before: 5 of them - now: 7 of them, with heat_wave, tap_water" in unwrapped(out)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("dry_soil: no}", "dry_soil: unsure}", "answer to dry_soil - before: no - now: unsure"),
        ("named: [LIGHT_LOW]", "named: []", "states that must be named - before: LIGHT_LOW - now: none"),
        ("[WATER_HIGH, LIGHT_LOW]", "[WATER_HIGH]", "states that must not be named - before: WATER_HIGH, LIGHT_LOW"),
        ("urgency: soon", "urgency: none", "urgency - before: soon - now: none"),
    ],
)
def test_another_vignette_is_no_wording_and_counts_once(
    before: str, after: str, told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder, before, after, "lessons")
    code, out = run(capsys, str(SMALL), str(folder), "--random", "0")
    tests = unwrapped(out).partition(" TESTS AND PRACTICE No note is told otherwise by these. - vignette vignette.")[2]

    assert code == 0, "nobody who asks for a note is told otherwise"
    assert told in tests
    assert "0 of 3 vignettes told otherwise." in out
    assert "Wording only" not in out


def test_both_versions_of_a_vignette_are_looked_at_and_count_as_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder, "{long_stems: yes, dry_soil: no}", "{long_stems: yes, dry_soil: unsure}", "lessons")
    edit(folder, "when: {long_stems: yes}", "when: {tap_water: yes}")
    edit(folder, "fires: [{long_stems: yes}]", "fires: [{tap_water: yes}]")
    _, out = run(capsys, str(SMALL), str(folder), "--random", "0")

    assert "1 of 3 vignettes told otherwise:" in out
    assert "- vignette.corner\n" in out
    assert "- vignette.corner (as it was)\n" in out


def test_a_concept_that_is_defined_as_before_is_told_as_renamed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in folder.rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        text = text.replace("  drought:", "  long_drought:").replace("thirsty_place", "dry_place")
        file.write_text(text.replace("{drought: ", "{long_drought: ").replace("[drought,", "[long_drought,"), "utf-8")
    signed_again(folder)
    code, out = run(capsys, str(SMALL), str(folder), "--random", "0")
    _, data = run(capsys, str(SMALL), str(folder), "--random", "0", "--format", "json")

    assert code == 0
    assert "- renamed: thirsty_place is now dry_place, drought is now long_drought" in unwrapped(out)
    assert "edited" not in out
    assert "TESTS AND PRACTICE" not in out
    assert "concepts" not in out
    assert {"before": "drought", "after": "long_drought"} in json.loads(data)["rules"]["renamed"]


def test_a_property_that_nobody_touched_is_not_told_where_its_findings_are_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = '  new_pot: {kind: about, label: a new pot, question: "Is the pot new?"}\n'
    edit(folder, "  leaves_yellow:", f"{new}  leaves_yellow:", "findings")
    edit(folder, "findings: [collapsed]", "findings: [collapsed, new_pot]", "interview")
    _, untouched = run(capsys, str(SMALL), str(folder), "--random", "0")
    edit(folder, "without: [pot]", "without: [pot, new_pot]", "properties")
    _, touched = run(capsys, str(SMALL), str(folder), "--random", "0")

    assert "finding, new: new_pot" in untouched
    assert "- property" not in untouched
    assert "- property change.silence, demand" in touched
    assert "change.collapse" not in touched


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("fires: [{leaves_hang: yes, dry_soil: yes}]", "fires: [{leaves_hang: yes, dry_soil: yes, tap_water: yes}]",
         "case that fires it - before: hanging leaves; dry soil - now: hanging leaves; dry soil; tap water"),
        ("[{leaves_hang: yes, dry_soil: no}]", "[{leaves_hang: yes, dry_soil: no}, {dry_soil: yes}]",
         "near miss - before: none - now: dry soil"),
    ],
)  # fmt: skip
def test_other_cases_of_a_rule_are_told(
    before: str, after: str, told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder, before, after)
    code, out = run(capsys, str(SMALL), str(folder), "--random", "0")
    back = unwrapped(run(capsys, str(folder), str(SMALL), "--random", "0")[1])

    assert code == 0
    assert f"told otherwise by these. - rule low-water.hanging, {told}" in unwrapped(out)
    assert "TESTS AND PRACTICE No note is told otherwise by these. - rule low-water.hanging" in back
    assert "now: none" in back or "before: hanging leaves; dry soil; tap water" in back


def test_cases_that_come_and_go_in_tables_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def table(cases: str, name: str = "some") -> None:
        file = folder / "cases" / f"{name}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"topic: x\ncases:\n  low-light.long-stems:\n    {cases}\n", encoding="utf-8")

    table("near_miss: [{long_stems: no}, {tap_water: yes}]")
    before = shutil.copytree(folder, folder.parent / "before")
    table("near_miss: [{tap_water: yes}]\n    fires: [{long_stems: yes}]")
    code, out = run(capsys, str(before), str(folder), "--random", "0")
    table("near_miss: [{long_stems: no}]")
    table("near_miss: [{tap_water: yes}]", "others")
    _, moved = run(capsys, str(before), str(folder), "--random", "0")

    assert code == 0
    assert (
        "TESTS AND PRACTICE No note is told otherwise by these. - rule low-light.long-stems, cases in tables "
        "- before: near miss (no long stems) - now: fires (long stems)" in unwrapped(out)
    )
    assert "in tables" not in moved


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [("abcde", "abcde", ""), ("abcde", "acdeb", "b"), ("abcde", "eabcd", "e"), ("abxc", "cayb", "c"), ("", "a", "")],
)
def test_as_few_as_can_be_are_told_as_moved(before: str, after: str, names: str) -> None:
    assert "".join(name for name, _, _ in moved(before, after)) == names


@pytest.mark.parametrize(
    ("name", "before", "after", "told"),
    [
        (
            "findings",
            "label: dry soil",
            "label: soil that is dry",
            "finding dry_soil, label - before: dry soil - now: soil that is dry",
        ),
        ("interview", "title: Signs", "title: What to see", "screen signs, title - before: Signs - now: What to see"),
        (
            "basics",
            "Where is the window?",
            "Where does the light come from?",
            "LIGHT_LOW - before: Where is the window? - now: Where does the light come from?",
        ),
        ("basics", "wilted: Hanging down", "wilted: Hanging low", "glossary wilted - before: Hanging down"),
        ("rules", "Dry is not wet.", "Dry is never wet.", "reason of a constraint, new: Dry is never wet."),
    ],
)
def test_what_is_read_and_does_nothing_else_is_wording(
    name: str, before: str, after: str, told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder, before, after, name)
    code, out = run(capsys, str(SMALL), str(folder), "--random", "0")

    assert code == 0
    assert told in unwrapped(out)
    assert "Wording only: nothing else differs." in out


def test_a_reworded_red_flag_is_read_first_with_what_it_said_before(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder, "Hanging leaves lack water.", "Leaves that hang lack water.")
    edit(folder, "A collapse needs help at once.", "A collapse needs no help at once.")
    words = unwrapped(run(capsys, str(SMALL), str(folder))[1]).partition(" WORDS ")[2]

    first, _, rest = words.partition(" - rule low-water.hanging, because ")
    assert "- rule urgent.collapse, says - before: A collapse needs help at once." in first
    assert "- now: A collapse needs no help at once." in first
    assert rest


def test_of_a_long_text_the_place_is_told_where_it_differs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    long = "Hanging leaves lack water. " + "So much is known. " * 30
    edit(folder, "Hanging leaves lack water.", f"{long}Water helps. {long}")
    before = shutil.copytree(folder, folder.parent / "before")
    edit(folder, "Water helps.", "Water harms.")
    out = unwrapped(run(capsys, str(before), str(folder))[1])
    was, now = out.partition(" - before: ")[2].split(" A proof ")[0].split(" - now: ")

    assert was.startswith("…")
    assert was.endswith("…")
    assert len(was) < 120
    assert "Water helps. Hanging" in was
    assert now == was.replace("helps", "harms")


@pytest.mark.parametrize("soon", ["same_day", "routine"])
def test_a_red_flag_that_stops_or_begins_being_one_is_told_so(
    soon: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder, "then: {urgency: emergency}", f"then: {{urgency: {soon}}}")
    _, less = run(capsys, str(SMALL), str(folder))
    _, more = run(capsys, str(folder), str(SMALL))
    _, flags, rest = unwrapped(less).partition(" RED FLAGS ")
    flags, reasons, rest = rest.partition(" REASONS TOLD ")

    assert reasons
    assert "It is no red flag any more. Before: Emergency: help now. Now: " in flags
    assert "lost, in the smallest case: a collapse. " in flags
    assert "- told no more, red flag: A collapse needs help at once." in flags
    assert "A collapse needs help at once. [urgent.collapse]" in rest
    assert "It is a red flag now. " in unwrapped(more).partition(" RED FLAGS ")[2]


def test_what_is_lost_is_told_in_its_old_words_and_what_is_gained_in_its_new(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old_words = "Low light is worth a look, as the stems are long."
    both = "when: {all: [{long_stems: yes}, {tap_water: yes}]}"
    edit(folder, old_words, "Stems that grow long seek the light.")
    edit(folder, "when: {long_stems: yes}", both)
    edit(folder, "fires: [{long_stems: yes}]", "fires: [{long_stems: yes, tap_water: yes}]")
    fewer = unwrapped(run(capsys, str(SMALL), str(folder))[1])
    more = unwrapped(run(capsys, str(folder), str(SMALL))[1])
    edit(folder, both, "when: {tap_water: yes}")
    other = unwrapped(run(capsys, str(SMALL), str(folder))[1])
    names = " [low-light.long-stems]"

    assert f"- {old_words}{names}: 0 of" in fewer
    assert f"- It reads now: Stems that grow long seek the light.{names} - gained: never" in fewer
    assert f"- {old_words}{names}: " in more
    assert f"- It read before: Stems that grow long seek the light.{names} - gained, in" in more
    assert f"- It read before: {old_words}{names} - gained, in the smallest case: tap water." in other
    assert "- lost in its old words, in the smallest case: long stems." in other


def git(folder: Path) -> Callable[..., object]:
    def run_git(*arguments: str) -> object:
        names = ["-c", "user.name=A. Gardener", "-c", "user.email=gardener@example.org", "-c", "commit.gpgsign=false"]
        return subprocess.run(["git", "-C", str(folder), *names, *arguments], check=True, capture_output=True)

    return run_git


def committed(folder: Path) -> Callable[..., object]:
    """git in the folder above, whose repository has the rules as they stand now for its first revision."""
    run_git = git(folder.parent)
    run_git("init", "--quiet")
    run_git("add", ".")
    run_git("commit", "--quiet", "-m", "plants")
    return run_git


@outside("git")
def test_a_revision_of_git_is_compared_with_the_folder_as_it_is(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_git = committed(folder)
    edit(folder, HANGING, "when: {leaves_hang: yes}")
    now = run(capsys, "HEAD", "--rules", str(folder))
    run_git("commit", "--quiet", "-am", "shorter")
    between = run(capsys, "HEAD~1", "HEAD", "--rules", str(folder))
    same = run(capsys, "HEAD", "--rules", str(folder))

    assert (now[0], between[0], same[0]) == (1, 1, 0)
    assert "low-water.hanging" in now[1]
    assert "low-water.hanging" in between[1]


@outside("git")
def test_a_revision_beside_a_folder_is_one_of_the_repository_of_that_folder(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_git = committed(folder)
    run_git("branch", "mine")
    edit(folder, HANGING, "when: {leaves_hang: yes}")

    for sides in (("mine", str(folder)), (str(folder), "mine")):
        code, out = run(capsys, *sides)
        assert (code, "low-water.hanging" in out) == (1, True), out


@outside("git")
def test_rules_that_were_broken_at_a_revision_are_told_by_their_place_there(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder, HANGING, "when: {leaves_hangs: yes}")
    committed(folder)
    edit(folder, "when: {leaves_hangs: yes}", HANGING)
    code = main(["review", "diff", "HEAD", "--rules", str(folder)])

    assert code == 1
    told = capsys.readouterr().err
    assert told.startswith("HEAD:rules/rules.yaml:5")
    assert 'unknown finding or concept "leaves_hangs"' in told
    assert "mend them, or take another revision" in told


@outside("git")
@pytest.mark.parametrize("revision", ["no-such-branch", "--help", "HEAD:rules"])
def test_what_is_no_revision_is_refused_with_a_way_out(
    revision: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(folder.parent)("init", "--quiet")
    code = main(["review", "diff", "--rules", str(folder), "--", revision])

    assert code == 1
    assert f'"{revision}" is neither a folder nor a git revision\n  hint: ' in capsys.readouterr().err


def test_a_folder_in_no_repository_is_said_to_be_so(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
    assert main(["review", "diff", "HEAD", str(folder)]) == 1
    told = capsys.readouterr().err
    assert "is in no git repository\n  hint: " in told
    assert "hint: with --rules DIR, a revision is looked for in the repository of that folder" in told


def test_a_machine_without_git_is_told_to_give_folders(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert main(["review", "diff", "HEAD", "--rules", str(folder)]) == 1
    assert "git is not on this machine\n  hint: give two folders of rules instead" in capsys.readouterr().err


def test_a_dropped_condition_of_the_shipped_rules_is_found_and_confirmed(rulebase: RuleBase) -> None:
    name, rule = next(
        (name, rule)
        for name, rule in rulebase.rules.items()
        if isinstance(rule.then, Supports) and isinstance(rule.when, Group) and rule.when.kind == "all"
    )
    assert isinstance(rule.when, Group)
    looser = replace(rule, when=Group("all", rule.when.of[:-1]))
    found = compare(rulebase, replace(rulebase, rules={**rulebase.rules, name: looser}), 50)
    examples = [example for each in found.changes for example in (each.gained, each.lost) if example]

    assert found.edited == (name,)
    assert examples
    assert all(example.confirmed for example in examples)
    assert all(each.lost is None for each in found.changes), "a looser condition loses nothing"
    assert "WHAT CHANGED IN MEANING" in Report(found, rulebase, rulebase, "old", "new").text(40)
