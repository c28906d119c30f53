"""`review prove`: every verdict held against trying all sets of answers, other solvers and the engine.

QUIZ_TEST_SLICES=N tries the shipped properties on N times as many cases; 50 take about ten seconds.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, product
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pysat.solvers import pysolvers

from quiz.consequences import contradictions
from quiz.engine import Engine
from quiz.errors import EngineError
from quiz.model import (
    ANSWERED,
    HIGHER,
    LOWER,
    NOT_ASKED,
    UNSURE,
    Answer,
    Answers,
    AtLeastAsUrgent,
    Cautions,
    Condition,
    Demand,
    Follows,
    Group,
    Holds,
    Implication,
    Interval,
    Is,
    Keeps,
    Kept,
    Named,
    NotAll,
    OneFires,
    Property,
    Raises,
    Rule,
    RuleBase,
    Screen,
    SpeaksAgainst,
    Strength,
    Supports,
    Urgency,
)
from quiz.review.answer_space import Space
from quiz.review.overlaps import both_ends, idle_findings, implied, never_firing, red_flags, unused_concepts
from quiz.review.properties import Lost, Verdict, Witness, prove
from quiz.review.prove import proofs
from quiz.review.prove_report import NOTICE
from quiz.review.witness import replay
from tests import making
from tests.conftest import ROOT
from tests.evaluator import Evaluator, if_sure
from tests.few import EVERYTHING, FEW, narrowed

SMALL = ROOT / "tests" / "rulebases" / "small"

# --- trying every set of answers ----------------------------------------------------------------------


def narrow(made: RuleBase) -> RuleBase:
    """The same rule base about those findings alone, with two states that are the ends of one electrolyte."""
    rules = [replace(each, when=narrowed(each.when)) for each in made.rules.values()]
    concepts = [replace(each, when=narrowed(each.when)) for each in made.concepts.values()]
    known = {each.id for each in FEW}
    follows = [
        replace(each, when=narrowed(each.when), then={name: word for name, word in each.then.items() if name in known})
        for each in made.implications
    ]
    found = making.rulebase(FEW, rules, concepts, follows)
    ends = {name: replace(state, direction="high" if "HIGH" in name else "low") for name, state in found.states.items()}
    ends["Z_LOW"] = replace(ends["Z_LOW"], electrolyte="z")
    return replace(found, states=ends)


class Tried:
    """All sets of answers that the constraints allow, each looked at by the second reading of the rules."""

    def __init__(self, rulebase: RuleBase, cases: Sequence[Answers] = EVERYTHING) -> None:
        self.rulebase = rulebase
        self.cases = [each for each in cases if not contradictions(rulebase, each)]
        self.sure, self.open = Evaluator(rulebase, self.cases), if_sure(rulebase, self.cases)
        self.places = {frozenset(each.items()): place for place, each in enumerate(self.cases)}

    def urgency(self, least: Urgency) -> int:
        found = 0
        for rule in self.sure.rules:
            if isinstance(rule.then, Raises) and rule.then.urgency >= least:
                found |= self.sure.true_in(rule)
        return found

    def fires(self, rule_id: str) -> int:
        rule = self.rulebase.rules[rule_id]
        return self.sure.true_in(rule) if rule.provenance.state != "retired" else 0

    def told(self, kind: Kept) -> Iterator[tuple[Lost, int]]:
        if kind == "urgency":
            yield from ((Lost(kind, each.word), self.urgency(each)) for each in Urgency)
        elif kind == "states":
            for state, strength in product(self.rulebase.states, Strength):
                yield Lost(kind, f"{state} {strength.word}"), self.sure.verdict(Named(state, strength))[0]
        else:
            for rule in self.sure.rules:
                if kind == "cautions" and isinstance(rule.then, Cautions):
                    yield Lost(kind, rule.id), self.sure.true_in(rule)
                if kind == "red_flags" and rule.red_flag:
                    yield Lost(kind, rule.id), self.open.true_in(rule)

    def broken(self, what: Property) -> list[Answers]:
        """Every allowed set of answers of which the property does not hold; for a change, those before it."""
        when = self.sure.every if what.when is None else self.sure.verdict(what.when)[0]
        demand = what.demand
        if isinstance(demand, Keeps):
            return self.losing(demand, when)
        if isinstance(demand, AtLeastAsUrgent):
            broken = when & ~self.urgency(demand.urgency)
        elif isinstance(demand, Follows):
            true = self.sure.verdict(demand.condition)[0]
            broken = when & (true if demand.never else ~true)
        else:
            fired, every = 0, when
            for each in demand.rules:
                fired, every = fired | self.fires(each), every & self.fires(each)
            broken = when & ~fired if isinstance(demand, OneFires) else every
        return [each for place, each in enumerate(self.cases) if broken >> place & 1]

    def losing(self, demand: Keeps, when: int) -> list[Answers]:
        told = [bits for kind in demand.kept for _, bits in self.told(kind)]
        found = []
        for place, case in enumerate(self.cases):
            for finding in demand.findings if when >> place & 1 else ():
                for after in self.changed(case, place, finding, demand):
                    if any(bits >> place & 1 and not bits >> after & 1 for bits in told):
                        found.append(case)
        return found

    def changed(self, case: Answers, place: int, finding: str, demand: Keeps) -> Iterator[int]:
        """The cases that this one can turn into, by one other answer to the finding."""
        before = case.get(finding)
        if before is None and finding in self.sure.cases[place]:
            return  # it was not asked but follows from other answers, and a property calls only the rest "not asked"
        rest = {name: answer for name, answer in case.items() if name != finding}
        for after in self.afters(before, finding, demand):
            place_after = self.places.get(frozenset((rest if after == NOT_ASKED else {**rest, finding: after}).items()))
            if after != before and place_after is not None:
                yield place_after

    def afters(self, before: Answer | None, finding: str, demand: Keeps) -> list[Answer]:
        if demand.after in (LOWER, HIGHER):
            if before is None or isinstance(before, str):
                return []
            return [each for each in making.POINTS if (each < before if demand.after == LOWER else each > before)]
        kinds = {NOT_ASKED} if before is None else {before} if before == UNSURE else {before, ANSWERED}
        fits = demand.after in (UNSURE, NOT_ASKED, *self.rulebase.findings[finding].words)
        return [demand.after] if fits and kinds & {*demand.before} else []


HELD = st.one_of(
    st.builds(Named, st.sampled_from(making.STATES), st.sampled_from(Strength)),
    st.builds(Is, st.just("level"), making.INTERVALS),
)
CONDITIONS = making.conditions(HELD).map(narrowed)
ANY_ANSWER = st.sampled_from(["yes", "no", "clay", UNSURE, NOT_ASKED, ANSWERED])
ALL_KINDS: tuple[Kept, ...] = ("urgency", "states", "cautions", "red_flags")
CHANGES = st.builds(
    Keeps,
    st.lists(st.sampled_from([each.id for each in FEW]), min_size=1, max_size=4, unique=True).map(tuple),
    st.one_of(st.just((ANSWERED,)), st.lists(ANY_ANSWER, min_size=1, max_size=3, unique=True).map(tuple)),
    st.sampled_from(["yes", "no", "metal", UNSURE, NOT_ASKED, LOWER, HIGHER]),
    st.sampled_from([("urgency",), ("red_flags",), ALL_KINDS, ALL_KINDS]),
)


def property_of(demand: Demand, when: Condition | None = None) -> Property:
    return Property("made.up", "", when, demand, "", (), making.HERE)


@st.composite
def made_properties(draw: st.DrawFn, rulebase: RuleBase) -> Property:
    some = st.lists(st.sampled_from([*rulebase.rules]), min_size=1, max_size=2).map(tuple)
    demand: Demand = draw(
        st.one_of(
            st.builds(AtLeastAsUrgent, st.sampled_from(Urgency)),
            st.builds(OneFires, some),
            st.builds(NotAll, some),
            st.builds(Follows, CONDITIONS, st.booleans()),
            CHANGES,
            CHANGES,
        )
    )
    when = st.none() if isinstance(demand, NotAll) else CONDITIONS
    return property_of(demand, draw(st.one_of(st.none(), st.none(), when) if isinstance(demand, Keeps) else when))


quickly = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def solved(rulebase: RuleBase, solver: str = "cadical153") -> Space:
    return Space(rulebase, solver)


@given(st.data())
@quickly
def test_a_verdict_and_the_size_of_its_case_agree_with_trying_everything(data: st.DataObject) -> None:
    rulebase = narrow(data.draw(making.rulebases(most_rules=10)))
    what = data.draw(made_properties(rulebase))
    rulebase = replace(rulebase, properties={what.id: what})
    tried = Tried(rulebase)
    broken = tried.broken(what)

    verdict = prove(solved(rulebase), what)

    if verdict.idle:
        assert not broken
        assert isinstance(what.demand, Keeps) or not tried.sure.verdict(what.when or Group("all", ()))[0]
        return
    assert verdict.holds == (not broken)
    if broken:
        assert verdict.witness is not None
        assert len(verdict.witness.answers) == min(map(len, broken))
        assert not contradictions(rulebase, verdict.witness.answers)
        replay(rulebase, Engine(rulebase).assess, what, verdict.witness)


@given(making.rulebases(most_rules=10))
@quickly
def test_what_the_rules_show_besides_agrees_with_trying_everything(made: RuleBase) -> None:
    rulebase = narrow(made)
    tried, space = Tried(rulebase), solved(rulebase)
    speaking = tried.sure.rules

    assert {*never_firing(space)} == {rule.id for rule in speaking if not tried.sure.true_in(rule)}
    assert {each.rule for each in implied(space)} == {rule.id for rule in speaking if is_implied(tried, rule)}
    for each in implied(space):
        cover = 0
        for other in each.by:
            cover |= tried.fires(other)
        assert each.rule not in each.by
        assert not tried.fires(each.rule) & ~cover
    assert {*idle_findings(space)} == {each.id for each in FEW if is_idle(tried, each.id)}
    assert bool(both_ends(space)) == bool(
        tried.sure.verdict(Named("X_LOW", Strength.STRONG))[0] & tried.sure.verdict(Named("X_HIGH", Strength.STRONG))[0]
    )


def is_implied(tried: Tried, rule: Rule) -> bool:
    cover, then = 0, rule.then
    for other in tried.sure.rules:
        its = other.then
        if other is not rule and (
            (isinstance(then, Supports) and isinstance(its, Supports) and its.state == then.state
             and its.strength >= then.strength)
            or (isinstance(then, Raises) and isinstance(its, Raises) and its.urgency >= then.urgency)
        ):  # fmt: skip
            cover |= tried.sure.true_in(other)
    fires = tried.sure.true_in(rule)
    return bool(fires) and not fires & ~cover


def is_idle(tried: Tried, finding: str) -> bool:
    """Whether sets of answers that differ in this finding alone are always told the same."""
    told = [bits for kind in ALL_KINDS for _, bits in tried.told(kind)]
    for rule in tried.sure.rules:
        if isinstance(rule.then, SpeaksAgainst):
            told.append(tried.sure.true_in(rule) & tried.sure.verdict(Named(rule.then.state))[0])
    same: dict[frozenset[tuple[str, Answer]], tuple[int, ...]] = {}
    for place, case in enumerate(tried.cases):
        if finding not in case and finding in tried.sure.cases[place]:
            continue  # it follows from the others: that is no answer to it
        rest = frozenset((name, answer) for name, answer in case.items() if name != finding)
        seen = tuple(bits >> place & 1 for bits in told)
        if same.setdefault(rest, seen) != seen:
            return False
    return True


# --- one thing at a time ------------------------------------------------------------------------------

F0, F1, F2 = (Is(f"f{number}", "yes") for number in range(3))
NOT_F0 = Is("f0", "no")


def everything(*parts: Condition) -> Group:
    return Group("all", parts)


def verdict_of(demand: Demand, *rules: Rule, when: Condition | None = None, **more: Any) -> Verdict:
    what = property_of(demand, when)
    rulebase = making.rulebase(making.FINDINGS, rules, **more)
    verdict = prove(Space(replace(rulebase, properties={what.id: what})), what)
    if verdict.witness is not None:
        replay(rulebase, Engine(rulebase).assess, what, verdict.witness)
    return verdict


def answers_of(verdict: Verdict) -> dict[str, Answer] | None:
    return None if verdict.witness is None else dict(verdict.witness.answers)


SOON = making.rule("r.soon", everything(F0, F1), Raises(Urgency.SOON))


def test_the_smallest_case_holds_nothing_that_is_not_needed() -> None:
    broken = verdict_of(AtLeastAsUrgent(Urgency.SAME_DAY), SOON, when=Group("any", (everything(F0, F1), F2)))

    assert answers_of(broken) == {"f2": "yes"}


def test_a_case_that_a_constraint_forbids_breaks_nothing() -> None:
    follows = Implication(F0, {"f1": "yes"}, "", making.HERE)
    demand, when = AtLeastAsUrgent(Urgency.SOON), everything(F0, Group("any", (Is("f1", "no"), F1)))

    assert answers_of(verdict_of(demand, SOON, when=when)) == {"f0": "yes", "f1": "no"}
    assert verdict_of(demand, SOON, when=when, implications=[follows]).holds


def test_a_property_whose_condition_can_never_be_says_nothing_and_does_not_hold() -> None:
    verdict = verdict_of(AtLeastAsUrgent(Urgency.SOON), SOON, when=everything(F0, NOT_F0))

    assert (verdict.holds, verdict.idle) == (False, True)


def test_numbers_are_cut_at_the_bounds_that_only_a_property_names() -> None:
    high = making.rule("r.high", Is("level", Interval(low=5)), Raises(Urgency.SOON))
    verdict = verdict_of(AtLeastAsUrgent(Urgency.SOON), high, when=Is("level", Interval(low=4.5)))

    assert answers_of(verdict) == {"level": 4.75}


def test_a_retired_rule_keeps_no_promise() -> None:
    rule = making.rule("r.old", F0, Cautions(), state="retired")

    assert answers_of(verdict_of(OneFires(("r.old",)), rule, when=F0)) == {"f0": "yes"}


def test_not_sure_may_lose_a_red_flag_only_where_it_stays_told() -> None:
    flag = making.rule("r.flag", F0, Raises(Urgency.EMERGENCY))
    lost = verdict_of(Keeps(("f0",), (ANSWERED,), UNSURE, ("urgency",)), flag)

    assert verdict_of(Keeps(("f0",), (ANSWERED,), UNSURE, ("red_flags",)), flag).holds
    assert lost.witness is not None
    assert (dict(lost.witness.answers), lost.witness.lost) == ({"f0": "yes"}, Lost("urgency", "emergency"))


def test_a_red_flag_is_told_where_it_rests_on_what_would_follow_from_an_unsure_answer() -> None:
    flag = making.rule("r.flag", F0, Raises(Urgency.EMERGENCY))
    follows = Implication(F1, {"f0": "yes"}, "", making.HERE)
    kept = verdict_of(Keeps(("f1",), (ANSWERED,), UNSURE, ("red_flags",)), flag, implications=[follows])

    assert (kept.holds, kept.changed) == (True, 1)


def test_a_no_that_speaks_for_danger_is_found() -> None:
    rule = making.rule("r.denied", everything(Is("f1", "no"), F0), Raises(Urgency.SOON))
    lost = verdict_of(Keeps(tuple(each.id for each in making.FINDINGS), ("no",), UNSURE, ("urgency",)), rule)

    assert lost.witness is not None
    assert (lost.witness.changed, lost.witness.after, lost.witness.others) == ("f1", UNSURE, ())
    assert lost.witness.changed_answers == {"f0": "yes", "f1": UNSURE}


def test_a_gap_between_two_bands_is_found() -> None:
    mild = making.rule("r.mild", Is("level", Interval(2.5, 3.0)), Raises(Urgency.SOON))
    bad = making.rule("r.bad", Is("level", Interval(high=2.5, with_high=False)), Raises(Urgency.EMERGENCY))
    worse = making.rule("r.worse", Is("level", Interval(high=2)), Raises(Urgency.EMERGENCY))
    falling = Keeps(("level",), (ANSWERED,), LOWER, ("urgency",))

    assert verdict_of(falling, mild, bad, when=Is("level", Interval(high=3))).holds
    gap = verdict_of(falling, mild, worse, when=Is("level", Interval(high=3)))
    assert gap.witness is not None
    assert (gap.witness.answers, gap.witness.after) == ({"level": 2.5}, 2.25)


def test_a_case_that_the_engine_does_not_confirm_is_an_error_of_the_program() -> None:
    rulebase = making.rulebase(making.FINDINGS, [SOON])
    what = property_of(AtLeastAsUrgent(Urgency.SOON), everything(F0, F1))

    with pytest.raises(EngineError, match="disagree"):
        replay(rulebase, Engine(rulebase).assess, what, Witness({"f0": "yes", "f1": "yes"}))


def asked(name: str, ask: Literal["always", "useful", "detail"], *findings: str) -> Screen:
    return Screen(name, "", "", ask, findings, False, False, making.HERE)


def test_a_red_flag_that_no_screen_asks_for_is_stepped_over_unless_it_follows_from_what_is_asked() -> None:
    flag = making.rule("r.flag", Group("any", (F0, F1)), Raises(Urgency.EMERGENCY))
    screens = {"first": asked("first", "always", "f0", "f2")}
    rulebase = replace(making.rulebase(making.FINDINGS, [flag]), screens=screens)
    following = replace(rulebase, implications=(Implication(F2, {"f1": "yes"}, "", making.HERE),))
    also = replace(rulebase, screens={**screens, "later": asked("later", "useful", "f1")})

    found = red_flags(Space(rulebase)).stepped_over
    assert [(each.rule, each.never_asked, each.answers) for each in found] == [("r.flag", ("f1",), {"f1": "yes"})]
    assert len(red_flags(Space(following)).stepped_over) == 1
    assert red_flags(Space(also)).stepped_over == ()
    assert red_flags(Space(also)).later == {"r.flag": ("f1",)}
    assert red_flags(Space(replace(also, rules={"r.flag": replace(flag, when=F0)}))).first == ("r.flag",)


def test_a_concept_that_only_an_unused_one_rests_on_is_unused() -> None:
    concepts = [
        making.concept("used", F0), making.concept("below", F1), making.concept("above", Holds("below")),
    ]  # fmt: skip
    rulebase = making.rulebase(making.FINDINGS, [making.rule("r.one", Holds("used"))], concepts)

    assert unused_concepts(Space(rulebase)) == ("below", "above")


def test_both_ends_named_strongly_are_told_with_the_caution_that_always_comes_along() -> None:
    rules = [
        making.rule("r.low", F0, Supports("X_LOW", Strength.STRONG)),
        making.rule("r.high", F1, Supports("X_HIGH", Strength.STRONG)),
    ]
    caution = making.rule("r.both", everything(Named("X_LOW"), Named("X_HIGH")), Cautions(("X_LOW", "X_HIGH")))
    made = making.rulebase(making.FINDINGS, rules)
    ends = {name: replace(each, direction="high" if "HIGH" in name else "low") for name, each in made.states.items()}
    ends["Z_LOW"] = replace(ends["Z_LOW"], electrolyte="z")
    silent = replace(made, states=ends)
    warned = replace(silent, rules={**silent.rules, caution.id: caution})

    assert [each.told_by for each in both_ends(Space(silent))] == [()]
    assert [each.told_by for each in both_ends(Space(warned))] == [("r.both",)]
    assert both_ends(Space(warned))[0].answers == {"f0": "yes", "f1": "yes"}


# --- the shipped rules --------------------------------------------------------------------------------


def test_every_property_of_the_shipped_rules_holds(rulebase: RuleBase) -> None:
    space = Space(rulebase)

    assert [what.id for what in rulebase.properties.values() if not prove(space, what).holds] == []
    assert len(rulebase.properties) >= 20


@pytest.mark.parametrize("solver", ["glucose4", "minisat22"])
def test_another_solver_comes_to_the_same_verdicts(rulebase: RuleBase, solver: str) -> None:
    weak = retired(rulebase, of_kind(rulebase, Cautions, Raises)[::3])
    for each in (rulebase, weak):
        one, other = Space(each), Space(each, solver)
        assert [prove(one, what) for what in each.properties.values()] == [
            prove(other, what) for what in each.properties.values()
        ]


def retired(rulebase: RuleBase, ids: Iterable[str]) -> RuleBase:
    gone = {*ids}
    old = {name: replace(rule, provenance=replace(rule.provenance, state="retired")) if name in gone else rule
           for name, rule in rulebase.rules.items()}  # fmt: skip
    return replace(rulebase, rules=old)


def of_kind(rulebase: RuleBase, *kinds: type) -> list[str]:
    return [rule.id for rule in rulebase.rules.values() if isinstance(rule.then, kinds)]


def test_the_engine_confirms_each_case_against_rules_of_which_some_are_gone(rulebase: RuleBase) -> None:
    weak = retired(rulebase, of_kind(rulebase, Cautions, Raises, Supports)[::3])
    found = proofs(weak, lambda: Engine(weak).assess, [*weak.properties])
    broken = [each for each in found.proved if not each.verdict.holds]

    assert len(broken) > 10
    assert all(each.replay is not None for each in broken if each.verdict.witness is not None)


def test_each_property_breaks_once_the_rules_that_it_guards_are_gone(rulebase: RuleBase) -> None:
    for what in rulebase.properties.values():
        demand = what.demand
        if isinstance(demand, (AtLeastAsUrgent, OneFires, Follows)):
            gone = (
                of_kind(rulebase, Raises) if isinstance(demand, AtLeastAsUrgent)
                else demand.rules if isinstance(demand, OneFires) else of_kind(rulebase, Supports)
            )  # fmt: skip
            assert not prove(Space(retired(rulebase, gone)), what).holds, what.id


def slices(rulebase: RuleBase, what: Property, most: int) -> Iterator[dict[str, Answer]]:
    """Answers to what the property speaks of, some with other answers beside them; of half, its condition is true."""
    space, dice = Space(rulebase), random.Random(what.id)
    named = sorted(space.nodes.findings(space.formulas.of(what.when)) if what.when is not None else ())
    cases: list[dict[str, Answer]] = []
    for _ in range(10):
        some = dice.sample(named, min(len(named), 5))
        domains = [(*space.formulas.domain(rulebase.findings[each]), UNSURE, None) for each in some]
        every = [
            {name: answer for name, answer in zip(some, answers, strict=True) if answer is not None}
            for answers in islice(product(*domains), 5_000)
        ]
        cases += dice.sample(every, min(len(every), 300))
    true = Evaluator(rulebase, cases).verdict(what.when)[0] if what.when is not None else 0
    applying = [case for place, case in enumerate(cases) if true >> place & 1]
    picked = (dice.sample(each, min(len(each), most // 2)) for each in (applying, cases))
    for case in chain.from_iterable(picked):
        others = dice.sample([*rulebase.findings.values()], dice.randint(0, 8))
        yield {each.id: dice.choice((*space.formulas.domain(each), UNSURE)) for each in others} | case


def test_no_slice_of_the_answers_breaks_a_property_of_the_shipped_rules(rulebase: RuleBase) -> None:
    most = 30 * int(os.environ.get("QUIZ_TEST_SLICES", "1"))
    universal = [what for what in rulebase.properties.values() if not isinstance(what.demand, Keeps)]
    tried = Tried(rulebase, [case for what in universal for case in slices(rulebase, what, most)])

    assert len(tried.cases) > 500
    assert [what.id for what in universal if tried.broken(what)] == []
    applied = [what.id for what in universal if what.when and not tried.sure.verdict(what.when)[0]]
    assert applied == [], "no case of any slice makes the condition of these true"


def test_turning_any_answer_into_not_sure_does_lower_urgency_which_is_why_no_property_says_otherwise(
    rulebase: RuleBase, engine: Engine
) -> None:
    literal = property_of(Keeps(tuple(rulebase.findings), (ANSWERED,), UNSURE, ("urgency",)))
    verdict = prove(Space(rulebase), literal)

    assert verdict.witness is not None
    assert len(verdict.witness.answers) == 1
    assert replay(rulebase, engine.assess, literal, verdict.witness).after is not None


# --- what an educator reads ---------------------------------------------------------------------------

BROKEN = """
properties:
  odd.yellow:
    says: Yellow leaves are never below soon.
    when: {leaves_yellow: yes}
    then: {urgency_at_least: soon}
    because: It breaks.
    facts: [F-WATER-01]
  odd.unsure:
    says: Not sure about the days changes nothing.
    change: {findings: [days_dry], to: unsure}
    keeps: [states]
    because: It breaks.
    facts: [F-WATER-01]
  odd.idle:
    says: Clay that is metal is dangerous.
    when: {all: [{pot: clay}, {pot: metal}]}
    then: {urgency_at_least: emergency}
    because: It says nothing.
    facts: [F-WATER-01]
"""


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The small rule base with three properties that do not hold."""
    folder = Path(shutil.copytree(SMALL, tmp_path / "rules"))
    (folder / "odd.yaml").write_text(f"topic: odd\n{BROKEN}", encoding="utf-8")
    return folder


def run(*arguments: str | Path, columns: int = 80) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "quiz", "review", "prove", *map(str, arguments)], capture_output=True, text=True,
        cwd=ROOT, timeout=60, env={**os.environ, "COLUMNS": str(columns)}, check=False,
    )  # fmt: skip


def test_what_holds_is_told_with_what_a_proof_covers_and_exit_code_0() -> None:
    done = run("--rules", SMALL)

    assert (done.returncode, done.stderr) == (0, "")
    assert "told.collapse: holds over 11 findings" in done.stdout
    assert "Rules that can never fire: none of 10" in done.stdout
    assert " ".join(done.stdout.split()).endswith(f"8 of 8 properties hold. {NOTICE}")


def test_a_condition_that_is_demanded_is_told_in_words(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SMALL, tmp_path / "rules"))
    demand = "{all: [{named: {WATER_LOW: strong}}, {any: [{dry_soil: yes}, {days_dry: long}]}]}"
    (folder / "odd.yaml").write_text(
        "topic: odd\nproperties:\n  odd.yellow:\n    says: Yellow leaves speak for low water.\n"
        f"    when: {{leaves_yellow: yes}}\n    then: {{holds: {demand}}}\n"
        "    because: It breaks.\n    facts: [F-WATER-01]\n",
        encoding="utf-8",
    )
    words = (
        "Demanded: all of these: low water is named with at least strong support; "
        "(any of these: dry soil; days without water at least 14 days (long))"
    )

    assert words in " ".join(run("--rules", folder).stdout.split())


@pytest.mark.parametrize("columns", [40, 80])
def test_what_does_not_hold_is_told_with_the_smallest_case_and_what_the_engine_tells(
    broken: Path, columns: int
) -> None:
    done = run("--rules", broken, columns=columns)
    told = " ".join(done.stdout.split())

    assert (done.returncode, done.stderr) == (1, "")
    assert max(map(len, done.stdout.splitlines())) <= columns
    assert "odd.yellow: does not hold Yellow leaves are never below soon." in told
    assert "Smallest case (1 answer): yellow leaves: yes" in told
    assert "Demanded: urgency of at least: within days Told: no urgency; no state named" in told
    assert "odd.idle: says nothing" in told
    assert "Change: days without water: 5 days, then not sure Goes: low water (weak)" in told
    assert "8 of 11 properties hold." in told


def test_markdown_shows_every_text_as_it_stands(broken: Path) -> None:
    done = run("--rules", broken, "--format", "md", "--property", "odd.unsure")

    assert done.returncode == 1
    assert "- **odd.unsure: does not hold**" in done.stdout
    assert "  - Told after: no urgency; no state named" in done.stdout
    assert "can never fire" not in done.stdout


def test_json_gives_each_case_so_that_it_can_be_replayed(broken: Path) -> None:
    data = json.loads(run("--rules", broken, "--format", "json").stdout)
    by_id = {each["id"]: each for each in data["properties"]}

    assert (data["hold"], data["covers"]) == (False, NOTICE)
    assert by_id["odd.yellow"]["witness"]["answers"] == {"leaves_yellow": "yes"}
    assert by_id["odd.unsure"]["after"]["answers"] == {"days_dry": "unsure"}
    assert by_id["odd.idle"]["says_nothing"]
    assert data["rules"]["idle_findings"] == ["root_rot", "tap_water"]


def test_an_unknown_property_is_told_with_the_nearest_one() -> None:
    done = run("--rules", SMALL, "--property", "told.colapse")

    assert done.returncode == 1
    assert done.stderr == 'unknown property "told.colapse"\n  hint: did you mean "told.collapse"?\n'


def test_rules_without_properties_are_told_so(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SMALL, tmp_path / "rules"))
    (folder / "properties.yaml").unlink()

    assert "There are no properties to prove." in run("--rules", folder).stdout


def test_ctrl_c_while_the_solver_works_is_ctrl_c() -> None:
    class Interrupted:
        def solve(self, assumptions: list[int]) -> bool:
            raise pysolvers.error("Caught keyboard interrupt")

        def add_clause(self, clause: list[int]) -> None:
            del clause

    space = Space(making.rulebase(making.FINDINGS, [SOON]))
    space.cases.solver = Interrupted()

    with pytest.raises(KeyboardInterrupt):
        space.possible([space.rule(SOON)])
