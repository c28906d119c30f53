"""The shipped rules: what must be true of them whatever they say."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from quiz import yamltext
from quiz.engine import Engine
from quiz.model import (
    NO,
    UNSURE,
    YES,
    Answer,
    Answers,
    Cautions,
    Concept,
    Condition,
    Finding,
    Holds,
    Is,
    LookAlike,
    Named,
    Rule,
    RuleBase,
    Strength,
    Supports,
    Teaching,
    Urgency,
    Vignette,
    leaves,
)
from quiz.review.cases import all_cases
from quiz.review.lint_texts import lint, reading_grade
from quiz.solver import cannot_fire

CASES = Path(__file__).parent / "cases"


def random_person(rulebase: RuleBase, dice: random.Random) -> dict[str, Answer]:
    asked = [each for each in rulebase.findings.values() if not each.is_number]
    return {each.id: dice.choice((*each.words, UNSURE)) for each in dice.sample(asked, dice.randint(0, 30))}


def people(rulebase: RuleBase, count: int, seed: int = 1) -> Iterator[dict[str, Answer]]:
    dice = random.Random(seed)
    return (random_person(rulebase, dice) for _ in range(count))


# --- every rule keeps its word ----------------------------------------------------------------------


def test_every_case_in_the_rules_and_every_vignette_holds(rulebase: RuleBase, engine: Engine) -> None:
    assert [each for each in all_cases(rulebase, engine.assess) if each.failed] == []


def test_every_text_passes_the_lints(rulebase: RuleBase) -> None:
    assert lint(rulebase) == []


@pytest.mark.parametrize(
    ("rule", "answers", "untrue"),
    [
        ("high-calcium.measured", {"calcium_total_mmol_l": 3.2}, "adjusted blood result"),
        ("high-calcium.further-cause-and-a-sign", {"hyperparathyroidism": YES}, "thirst"),
        ("low-calcium.neck-glands-and-nerve-sign", {"post_neck_surgery": YES, "fainting": YES}, "tingling or spasm"),
        ("low-calcium.leading-cause-and-nerve-sign", {"vitd_deficiency": YES, "fainting": YES}, "tingling"),
        ("low-calcium.measured-near-the-limit", {"calcium_total_mmol_l": 1.5}, "just below"),
        ("magnesium-low.with-low-potassium", {"calcium_adjusted_mmol_l": 2.0}, "low potassium result"),
        ("potassium-high.kidney-and-warning-sign", {"arb": YES, "severe_weakness": YES}, "Kidney trouble with"),
        ("potassium-high.holding-and-vague-complaint", {"adrenal_insufficiency": YES, "no_symptoms": YES}, "product"),
        ("potassium-low.picture-without-cause",
         {"thiazide": YES, "muscle_weakness": YES, "constipation": YES, "palpitations": YES}, "No cause is known"),
        ("low-phosphate.leading-cause-and-weakness", {"eating_disorder": YES, "seizure": YES}, "short breath"),
        ("high-sodium.kidney-cannot-save-water-and-telling-sign", {"diabetes_insipidus": YES, "seizure": YES},
         "dull mind"),
        ("red-flags.digoxin-and-new-signs", {"digoxin": YES, "confusion": YES}, "see oddly or your heart"),
        ("urgency.named-with-support-and-a-complaint", {"sodium_mmol_l": 130.0}, "complaint came together"),
        ("urgency.adrenal-picture", {"skin_darkening": YES, "weight_loss": YES, "lightheaded": YES},
         "with a craving for salt and"),
    ],
)  # fmt: skip
def test_what_a_rule_says_is_true_of_each_way_in_which_it_fires(
    rule: str, answers: Answers, untrue: str, engine: Engine
) -> None:
    fired = next(each.rule for each in engine.assess(answers).fired if each.rule.id == rule)

    assert untrue not in f"{fired.says} {fired.because}"


def test_every_rule_can_fire(rulebase: RuleBase) -> None:
    assert cannot_fire(rulebase) == ()


def test_nobody_has_reviewed_what_ships_and_every_rule_says_so(rulebase: RuleBase) -> None:
    written: list[Rule | Concept] = [*rulebase.rules.values(), *rulebase.concepts.values()]
    for each in written:
        assert each.provenance.state == "draft", each.id
        assert not each.provenance.reviewed_by


def test_every_near_miss_is_one_answer_away(rulebase: RuleBase) -> None:
    for rule in rulebase.rules.values():
        for miss in rule.near_miss:
            away = min(sum(case.get(finding) != miss.get(finding) for finding in {*case, *miss}) for case in rule.fires)
            assert away == 1, rule.id


def test_no_firing_case_holds_an_answer_that_is_not_needed(rulebase: RuleBase, engine: Engine) -> None:
    for rule in rulebase.rules.values():
        for case in rule.fires:
            for finding in case:
                less = {name: answer for name, answer in case.items() if name != finding}
                assert not engine.certain(less).rule(rule.id), (rule.id, finding)


def test_without_answers_nothing_is_told(engine: Engine) -> None:
    assessment = engine.assess({})

    assert (assessment.candidates, assessment.urgency, assessment.fired) == ((), None, ())


def test_not_sure_about_everything_names_nothing_and_rules_out_nothing(rulebase: RuleBase, engine: Engine) -> None:
    assessment = engine.assess(dict.fromkeys(rulebase.findings, UNSURE))

    assert (assessment.candidates, assessment.urgency) == ((), None)
    assert {each.rule.id for each in assessment.not_ruled_out} == {
        rule.id for rule in rulebase.rules.values() if rule.red_flag
    }


# --- everything has a home --------------------------------------------------------------------------


def cited(rulebase: RuleBase) -> set[str]:
    found: set[str] = set()
    for group in (rulebase.rules, rulebase.concepts):
        for each in group.values():
            found.update(each.provenance.facts)
    for state in rulebase.states.values():
        for sentence in (*state.about, *state.tests, *state.ask):
            found.update(sentence.facts)
    for sentence in (*rulebase.general_questions, *rulebase.general_cautions):
        found.update(sentence.facts)
    shown: list[LookAlike | Teaching | Vignette | Finding] = [
        *rulebase.look_alikes.values(),
        *rulebase.teaching.values(),
        *rulebase.vignettes.values(),
        *rulebase.findings.values(),
    ]
    return found.union(*(each.facts for each in shown))


SEEDS = [f"SEED-A-{number:02}" for number in range(1, 31)] + [f"SEED-B-{number:02}" for number in range(1, 48)]


def test_every_fact_of_the_two_seed_articles_has_a_home(rulebase: RuleBase) -> None:
    assert [fact for fact in SEEDS if fact not in cited(rulebase)] == []


def test_no_fact_and_no_source_ships_that_nothing_cites(rulebase: RuleBase) -> None:
    facts = cited(rulebase)
    sources = {source for fact in facts for source in rulebase.facts[fact].sources}

    assert set(rulebase.facts) - facts == set()
    assert set(rulebase.sources) - sources == set()


def test_the_supplement_comparison_has_all_five_rows_in_both_columns(rulebase: RuleBase) -> None:
    table = {(each.row, each.column): each for each in rulebase.teaching.values() if each.kind == "comparison"}
    rows = {row for row, _ in table}

    assert len(rows) == 5
    assert set(table) == {(row, column) for row in rows for column in ("magnesium", "potassium")}
    assert {fact for each in table.values() for fact in each.facts} >= {f"SEED-B-{number}" for number in range(19, 29)}


def test_the_foods_of_both_minerals_are_listed(rulebase: RuleBase) -> None:
    foods = [each for each in rulebase.teaching.values() if each.kind == "food"]

    assert {fact for each in foods for fact in each.facts} >= {f"SEED-B-{number}" for number in range(31, 42)}
    assert {mineral for each in foods for mineral in each.minerals} == {"magnesium", "potassium"}
    assert all(each.foods for each in foods)


def used(rulebase: RuleBase) -> set[str]:
    """Findings and concepts that some rule rests on."""
    found: set[str] = set()

    def walk(condition: Condition) -> None:
        for leaf in leaves(condition):
            if isinstance(leaf, Is):
                found.add(leaf.finding)
            elif isinstance(leaf, Holds) and leaf.concept not in found:
                found.add(leaf.concept)
                walk(rulebase.concepts[leaf.concept].when)

    for rule in rulebase.rules.values():
        walk(rule.when)
    return found


def test_every_concept_is_used(rulebase: RuleBase) -> None:
    assert set(rulebase.concepts) - used(rulebase) == set()


def test_every_finding_that_is_asked_is_used_by_a_rule_or_settles_one_that_is(rulebase: RuleBase) -> None:
    known = used(rulebase)
    for implication in rulebase.implications:
        if known.intersection(implication.then):
            known.update(leaf.finding for leaf in leaves(implication.when) if isinstance(leaf, Is))
    asked = {finding for screen in rulebase.screens.values() for finding in screen.findings}

    assert asked - known == set()
    assert set(rulebase.findings) - asked == set()


def test_a_finding_is_never_also_said_not_to_be_asked(rulebase: RuleBase) -> None:
    assert set(rulebase.findings) & set(rulebase.not_asked) == set()


# --- numbers ----------------------------------------------------------------------------------------


def number_cases() -> list[tuple[str, float, str]]:
    path = CASES / "results.yaml"
    node = yamltext.parse(path.read_bytes(), str(path))
    assert isinstance(node, yamltext.Node), node
    return [
        (finding, float(number), word)
        for finding, table in node.plain().items()
        for number, word in ((text, word) for text, word in table.items())
    ]


@pytest.mark.parametrize(("finding", "number", "urgency"), number_cases())
def test_a_result_alone_sets_the_urgency(engine: Engine, finding: str, number: float, urgency: str) -> None:
    told = engine.assess({finding: number}).urgency

    assert (told.word if told else "none") == urgency


def test_every_limit_of_a_result_has_a_case_on_each_side_and_at_it(rulebase: RuleBase) -> None:
    cases: dict[str, list[float]] = {}
    for finding, number, _ in number_cases():
        cases.setdefault(finding, []).append(number)
    for rule in rulebase.rules.values():
        for leaf in every_leaf(rulebase, rule.when):
            if isinstance(leaf, Is) and not isinstance(leaf.value, str) and leaf.finding in cases:
                for bound in (leaf.value.low, leaf.value.high):
                    if bound is not None:
                        near = [number for number in cases[leaf.finding] if abs(number - bound) <= 0.05 * bound]
                        assert bound in near, (rule.id, leaf.finding, bound)
                        assert min(near) < bound < max(near), (rule.id, leaf.finding, bound)


def every_leaf(rulebase: RuleBase, condition: Condition) -> Iterator[Is | Holds | Named]:
    for leaf in leaves(condition):
        yield leaf
        if isinstance(leaf, Holds):
            yield from every_leaf(rulebase, rulebase.concepts[leaf.concept].when)


# --- what a careful clinician would demand ----------------------------------------------------------


def test_for_every_red_flag_there_is_a_case_in_which_it_stands_alone(rulebase: RuleBase, engine: Engine) -> None:
    for rule in rulebase.rules.values():
        if rule.red_flag:
            together = [[each.rule.id for each in engine.assess(case).red_flags] for case in rule.fires]
            assert [rule.id] in together, (rule.id, together)


def test_low_potassium_that_resists_potassium_always_names_magnesium(rulebase: RuleBase, engine: Engine) -> None:
    for person in people(rulebase, 500):
        named = {each.state: each.strength for each in engine.assess({**person, "refractory_low_k": YES}).candidates}
        assert named.get("MG_LOW") is Strength.STRONG


@pytest.mark.parametrize(
    ("source", "state"),
    [
        ("potassium_supplement", "K_HIGH"),
        ("salt_substitute", "K_HIGH"),
        ("magnesium_supplement", "MG_HIGH"),
        ("mg_laxative_antacid", "MG_HIGH"),
    ],
)
def test_kidney_disease_with_a_supplement_always_gives_its_caution(
    rulebase: RuleBase, engine: Engine, source: str, state: str
) -> None:
    for person in people(rulebase, 200):
        cautions = engine.assess({**person, "ckd": YES, source: YES}).cautions
        assert any(
            {"ckd", source} <= set(each.evidence) for each in cautions if isinstance(each.rule.then, Cautions)
        ), (source, state)


@pytest.mark.parametrize("diuretic", ["loop_diuretic", "thiazide"])
def test_an_irregular_heartbeat_on_a_diuretic_is_never_below_same_day(
    rulebase: RuleBase, engine: Engine, diuretic: str
) -> None:
    for person in people(rulebase, 300):
        urgency = engine.assess({**person, diuretic: YES, "irregular_heartbeat": YES}).urgency
        assert urgency is not None
        assert urgency >= Urgency.SAME_DAY


def test_an_irregular_heartbeat_with_kidney_disease_is_never_below_same_day(rulebase: RuleBase, engine: Engine) -> None:
    for person in people(rulebase, 300):
        urgency = engine.assess({**person, "ckd": YES, "irregular_heartbeat": YES}).urgency
        assert urgency is not None
        assert urgency >= Urgency.SAME_DAY


def test_turning_an_answer_into_not_sure_never_adds_a_note_or_an_urgency(rulebase: RuleBase, engine: Engine) -> None:
    dice = random.Random(3)
    for person in people(rulebase, 300, seed=3):
        if not person:
            continue
        before = {each.rule.id for each in engine.assess(person).fired}
        finding = dice.choice(sorted(person))
        after = {each.rule.id for each in engine.assess({**person, finding: UNSURE}).fired}
        assert after <= before


def test_answering_no_instead_of_not_sure_never_lowers_what_was_not_sure_into_a_no(
    rulebase: RuleBase, engine: Engine
) -> None:
    """A denied danger sign is ruled out; one that is not sure stays told."""
    flag = "chest_pain"
    assert any(flag in each.evidence for each in engine.assess({flag: UNSURE}).not_ruled_out)
    assert not any(flag in each.evidence for each in engine.assess({flag: NO}).not_ruled_out)


def test_the_same_answers_in_any_order_tell_the_same(rulebase: RuleBase, engine: Engine) -> None:
    dice = random.Random(5)
    for person in people(rulebase, 50, seed=5):
        items = list(person.items())
        dice.shuffle(items)
        one, other = engine.assess(person), engine.assess(dict(items))
        assert one.candidates == other.candidates
        assert one.fired == other.fired


def test_a_shared_cause_names_magnesium_and_potassium_together(engine: Engine) -> None:
    person = {"loop_diuretic": YES, "palpitations": YES, "muscle_cramps": YES, "leg_weakness": YES}
    named = [each.state for each in engine.assess(person).candidates]

    assert {"K_LOW", "MG_LOW"} <= set(named)


@pytest.mark.parametrize("alone", ["fatigue", "muscle_cramps", "nausea", "headache", "older_age", "fever"])
def test_an_unspecific_answer_alone_names_nothing(engine: Engine, alone: str) -> None:
    assert engine.assess({alone: YES}).candidates == ()


def test_digoxin_alone_names_no_electrolyte(engine: Engine) -> None:
    assert engine.assess({"digoxin": YES}).candidates == ()


def test_support_of_a_state_is_the_strongest_rule_that_fired(rulebase: RuleBase, engine: Engine) -> None:
    for person in people(rulebase, 100, seed=9):
        for candidate in engine.assess(person).candidates:
            strengths = [each.rule.then.strength for each in candidate.fired if isinstance(each.rule.then, Supports)]
            assert candidate.strength == max(strengths)


# --- medicines --------------------------------------------------------------------------------------


def test_at_least_400_names_of_medicines_are_known(rulebase: RuleBase) -> None:
    assert len({name.lower() for name in rulebase.medicines}) >= 400


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("furosemide", {"loop_diuretic"}),
        ("Lasix", {"loop_diuretic"}),
        ("omeprazole", {"ppi"}),
        ("Entresto", {"arb"}),
        ("Hyzaar", {"arb", "thiazide"}),
        ("Moduretic", {"k_sparing_diuretic", "thiazide"}),
        ("Lo-Salt", {"salt_substitute"}),
    ],
)
def test_a_name_stands_for_all_its_classes(rulebase: RuleBase, name: str, classes: set[str]) -> None:
    known = {each.lower(): set(found) for each, found in rulebase.medicines.items()}

    assert classes <= known[name.lower()]


def test_no_two_names_differ_only_in_case(rulebase: RuleBase) -> None:
    names = [name.lower() for name in rulebase.medicines]

    assert len(names) == len(set(names))


# --- the lints can fail -----------------------------------------------------------------------------


def test_the_reading_grade_follows_flesch_and_kincaid() -> None:
    easy, hard = "The cat sat on the mat.", "Hypomagnesaemia necessitates comprehensive laboratory investigation."

    assert reading_grade(easy) < 2
    assert reading_grade(hard) > 15
    assert reading_grade(hard, frozenset(re.findall(r"\w+", hard.lower()))) < reading_grade(hard)
