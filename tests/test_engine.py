"""The engine, held against a second reading of the same rules (see evaluator.py) and against its own promises."""

from __future__ import annotations

import multiprocessing
import random
import resource
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import durable_rules_engine
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from quiz.engine import Engine, Truths, matcher
from quiz.engine.candidates import Index
from quiz.errors import EngineError
from quiz.model import (
    Answer,
    Answers,
    Assessment,
    Candidate,
    Condition,
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
from quiz.rulebase import load
from tests import making
from tests.evaluator import Evaluator, answered_or_not_asked, if_sure

SMALL = Path(__file__).parent / "rulebases" / "small"

RANDOM_CASES = 100_000
ASSESSED_CASES = 10_000


@pytest.fixture(scope="module")
def small() -> RuleBase:
    return load(SMALL)


@pytest.fixture(params=["shipped", "small"])
def rules(request: pytest.FixtureRequest) -> RuleBase:
    found = request.getfixturevalue("rulebase" if request.param == "shipped" else "small")
    assert isinstance(found, RuleBase)
    return found


def random_cases(rulebase: RuleBase, number: int, most_answers: int, seed: int) -> list[dict[str, Answer]]:
    """Random answers. Numbers lie on the bounds of bands as often as between them."""
    dice = random.Random(seed)
    findings = list(rulebase.findings.values())
    bounds = {
        each.id: [b for band in each.bands.values() for b in (band.low, band.high) if b is not None]
        for each in findings
    }

    def answer(name: str) -> Answer:
        finding = rulebase.findings[name]
        if dice.random() < 0.15:
            return "unsure"
        if not finding.is_number:
            return dice.choice(finding.words)
        if bounds[name] and dice.random() < 0.5:
            return dice.choice(bounds[name])
        return round(dice.uniform(finding.low, finding.high), 1)

    names = [each.id for each in findings]
    return [
        {name: answer(name) for name in dice.sample(names, dice.randint(0, min(most_answers, len(names))))}
        for _ in range(number)
    ]


def written_cases(rulebase: RuleBase) -> list[Answers]:
    of_rules = [case for rule in rulebase.rules.values() for case in (*rule.fires, *rule.near_miss)]
    return [*of_rules, *(vignette.answers for vignette in rulebase.vignettes.values())]


def fired(truths: Truths, rules: Sequence[Rule]) -> set[str]:
    return {rule.id for rule in rules if truths.rule(rule.id)}


def true_by_case(evaluator: Evaluator) -> list[set[str]]:
    """For each case, the rules that the second reading finds true."""
    found: list[set[str]] = [set() for _ in evaluator.cases]
    for rule in evaluator.rules:
        for n, bit in enumerate(reversed(f"{evaluator.true_in(rule):b}")):
            if bit == "1":
                found[n].add(rule.id)
    return found


def check_assessment(assessment: Assessment, evaluator: Evaluator, case: int) -> None:
    """Everything the second reading has an opinion on: what fired and why, the states, their order, the urgency."""
    fired_ids = [each.rule.id for each in assessment.fired]
    assert len(fired_ids) == len(set(fired_ids))
    assert set(fired_ids) == evaluator.true_rules(case)
    for each in assessment.fired:
        assert len(each.evidence) == len(set(each.evidence))
        assert set(each.evidence) == evaluator.evidence(each.rule, case)
    assert [(each.state, each.strength) for each in assessment.candidates] == evaluator.named(case)
    assert assessment.urgency == evaluator.urgency(case)
    assert assessment.answers == evaluator.cases[case]


def check_assessments(rulebase: RuleBase, cases: Sequence[Answers]) -> None:
    engine = Engine(rulebase)
    for start in range(0, len(cases), 50):
        some = cases[start : start + 50]
        evaluator = Evaluator(rulebase, some)
        for n, case in enumerate(some):
            check_assessment(engine.assess(case), evaluator, n)


# --- engine and evaluator agree -----------------------------------------------------------------------


def test_engine_and_evaluator_agree_on_every_case_written_in_the_rules(rules: RuleBase) -> None:
    check_assessments(rules, written_cases(rules))


def test_every_rule_fires_on_its_cases_and_not_on_its_near_misses(rules: RuleBase) -> None:
    engine = Engine(rules)

    for rule in rules.rules.values():
        if rule.provenance.state != "retired":
            assert all(engine.certain(case).rule(rule.id) for case in rule.fires), rule.id
            assert not any(engine.certain(case).rule(rule.id) for case in rule.near_miss), rule.id


def test_a_retired_rule_never_fires(small: RuleBase) -> None:
    assessment = Engine(small).assess({"wet_soil": "yes"})

    assert small.rules["high-water.old-lore"].provenance.state == "retired"
    assert not assessment.fired


def test_engine_and_evaluator_agree_on_random_answers(rulebase: RuleBase, engine: Engine) -> None:
    cases = random_cases(rulebase, RANDOM_CASES, 30, seed=2_028)
    evaluator = Evaluator(rulebase, cases)
    active = evaluator.rules
    expected = true_by_case(evaluator)

    disagreements = [n for n, case in enumerate(cases) if fired(engine.certain(case), active) != expected[n]]

    assert [cases[n] for n in disagreements[:3]] == []
    assert sum(map(len, expected)) > RANDOM_CASES / 10  # the cases are not all silent


def test_assessments_agree_on_random_answers(rules: RuleBase) -> None:
    check_assessments(rules, random_cases(rules, ASSESSED_CASES // 2, 14, seed=14))


def check_what_is_open(rulebase: RuleBase, engine: Engine, case: Answers) -> None:
    for truths, evaluator in (
        (engine.certain(case), Evaluator(rulebase, [case])),
        (engine.possible(case), Evaluator(rulebase, [case], answered_or_not_asked)),
        (engine.if_sure(case), if_sure(rulebase, [case])),
    ):
        assert fired(truths, evaluator.rules) == evaluator.true_rules()


def test_what_is_possible_agrees_under_the_same_relaxed_reading(rules: RuleBase) -> None:
    """Relaxed: every test of a finding not asked is open by itself, so it may be `yes` here and `no` there."""
    engine = Engine(rules)

    for case in random_cases(rules, 60, 40, seed=3):
        check_what_is_open(rules, engine, case)


# --- and on rule bases that nobody wrote --------------------------------------------------------------


@given(making.rulebases(), st.lists(making.answers(), min_size=1, max_size=6))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_engine_and_evaluator_agree_on_made_up_rules(rulebase: RuleBase, cases: list[Answers]) -> None:
    engine, evaluator = Engine(rulebase), Evaluator(rulebase, cases)

    for n, case in enumerate(cases):
        check_assessment(engine.assess(case), evaluator, n)
        check_what_is_open(rulebase, engine, case)


@given(making.rulebases(most_rules=8), making.answers())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_more_answers_can_make_true_is_called_possible(rulebase: RuleBase, case: Answers) -> None:
    """Promised: a rule that some answers to findings not asked make certain is among what is possible, as long as those
    answers overturn nothing that was concluded from the first ones. Not promised: the other way round."""
    engine = Engine(rulebase)
    known = engine.assess(case).answers
    open_findings = [each for each in making.FINDINGS if each.id not in known][:3]
    words = [(*(each.words or (0.0, 2.5, 2.6, 3.0, 7.0, 10.0)), "unsure", None) for each in open_findings]
    further = [
        {**case} | {each.id: word for each, word in zip(open_findings, answers, strict=True) if word is not None}
        for answers in product(*words)
    ]
    evaluator = Evaluator(rulebase, further)

    possible = fired(engine.possible(case), evaluator.rules)

    for n, rules in enumerate(true_by_case(evaluator)):
        if known.items() <= evaluator.cases[n].items():
            assert rules <= possible


@given(making.rulebases(most_rules=12), making.answers(), st.randoms(use_true_random=False))
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_the_order_of_answers_changes_nothing(rulebase: RuleBase, case: Answers, dice: random.Random) -> None:
    shuffled = list(case.items())
    dice.shuffle(shuffled)
    engine = Engine(rulebase)

    assert engine.assess(dict(shuffled)) == engine.assess(case)
    assert engine.outlook(dict(shuffled)) == engine.outlook(case)


@given(making.rulebases(most_rules=12), making.answers())
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_unsure_never_makes_a_rule_certain(rulebase: RuleBase, case: Answers) -> None:
    assume(case and not rulebase.implications)
    engine = Engine(rulebase)
    rules = Evaluator(rulebase, []).rules

    for finding in case:
        less_sure = fired(engine.certain({**case, finding: "unsure"}), rules)
        assert less_sure <= fired(engine.certain(case), rules)
        assert less_sure == fired(engine.certain({f: a for f, a in case.items() if f != finding}), rules)


# --- what is told besides -----------------------------------------------------------------------------


def test_an_unsure_red_flag_is_told_with_the_answers_that_leave_it_open(small: RuleBase) -> None:
    assessment = Engine(small).assess({"collapsed": "unsure", "leaves_hang": "no"})

    assert [(each.rule.id, each.evidence) for each in assessment.not_ruled_out] == [("urgent.collapse", ("collapsed",))]
    assert assessment.urgency is None


def test_an_unsure_answer_behind_a_named_state_leaves_a_red_flag_open(small: RuleBase) -> None:
    case: Answers = {"days_dry": 40.0, "heat_wave": "unsure", "leaves_hang": "yes", "leaves_yellow": "yes"}

    open_flags = Engine(small).assess(case).not_ruled_out

    assert [(each.rule.id, each.evidence) for each in open_flags] == [("urgent.collapse", ("heat_wave",))]


def test_what_would_follow_from_an_unsure_answer_leaves_a_red_flag_open() -> None:
    """Vomiting follows from repeated vomiting, and with digoxin it is a red flag."""
    engine, flag = Engine(load()), "red-flags.digoxin-and-new-signs"

    def left_open(**answers: Answer) -> dict[str, tuple[str, ...]]:
        return {each.rule.id: each.evidence for each in engine.assess(answers).not_ruled_out}

    assert left_open(digoxin="yes", vomiting_ctx="unsure")[flag] == ("vomiting_ctx",)
    assert set(left_open(digoxin="yes", vomiting_ctx="unsure", hyperemesis="unsure")[flag]) == {
        "vomiting_ctx", "hyperemesis",
    }  # fmt: skip
    assert flag not in left_open(digoxin="yes", vomiting_ctx="unsure", vomiting="no")
    assert flag not in left_open(digoxin="yes", vomiting_ctx="no")


def test_unsure_answers_that_could_be_behind_a_state_are_told_with_it(rules: RuleBase) -> None:
    engine, told_of, dice = Engine(rules), 0, random.Random(5)
    written = written_cases(rules)

    for _ in range(60):
        sure, other = dice.sample(written, 2)
        case = {**dict.fromkeys(other, "unsure"), **sure}
        could = if_sure(rules, [case])
        assessment = engine.assess(case)
        told = engine.unsure(assessment, case)
        unsure = {finding for finding, answer in case.items() if answer == "unsure"}
        for candidate in assessment.candidates:
            could_name = [
                rule for rule in could.rules
                if isinstance(rule.then, Supports) and rule.then.state == candidate.state and could.true_in(rule)
            ]  # fmt: skip
            behind = {finding for rule in could_name for finding in could.evidence(rule)}
            found = set(told[candidate.state])
            assert behind & unsure <= found <= unsure
            if not rules.implications or behind <= case.keys():  # else one may follow from another answer
                assert found == behind & unsure
            told_of += len(found)

    assert told_of > 10


def test_what_was_not_asked_is_told_only_where_it_would_make_the_support_stronger(small: RuleBase) -> None:
    engine = Engine(small)
    weak = engine.not_asked(engine.assess({"days_dry": 7.0}))
    strong = engine.not_asked(engine.assess(small.rules["low-water.drought-and-signs"].fires[0]))

    assert weak["WATER_LOW"][:3] == ("heat_wave", "room_heat", "pot")
    assert strong["WATER_LOW"] == ()


@given(making.rulebases(most_rules=12), making.answers())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_without_what_was_not_asked_the_support_gets_no_stronger(rulebase: RuleBase, case: Answers) -> None:
    engine = Engine(rulebase)
    before = engine.assess(case)

    for candidate in before.candidates:
        not_asked = engine.not_asked(before)[candidate.state]
        left: Answers = {**before.answers, **dict.fromkeys(not_asked, "unsure")}
        possible = Evaluator(rulebase, [left], answered_or_not_asked).true_rules()

        assert not set(not_asked) & set(before.answers)
        assert possible.isdisjoint(stronger(rulebase, candidate))


def stronger(rulebase: RuleBase, candidate: Candidate) -> set[str]:
    """The rules that would name the state with more support."""
    return {
        rule.id
        for rule in rulebase.rules.values()
        if isinstance(rule.then, Supports)
        and rule.then.state == candidate.state
        and rule.then.strength > candidate.strength
    }


def test_outlook_names_the_rules_that_an_answer_can_still_settle(small: RuleBase) -> None:
    outlook = Engine(small).outlook({"leaves_hang": "yes"})

    assert "low-water.hanging" in {rule.id for rule in outlook.settles["dry_soil"]}
    assert "leaves_hang" not in outlook.settles
    assert not {"root_rot", "tap_water"} & set(outlook.settles)


def test_outlook_leaves_out_what_is_settled_already(small: RuleBase) -> None:
    outlook = Engine(small).outlook({"leaves_hang": "yes", "leaves_yellow": "yes"})

    assert "low-water.drought-and-signs" in {rule.id for rule in outlook.settles["heat_wave"]}
    assert "low-water.drought-and-signs" not in {rule.id for rule in outlook.settles["long_stems"]}


def test_a_finding_outside_the_outlook_changes_no_rule(small: RuleBase) -> None:
    engine, dice = Engine(small), random.Random(7)
    rules = Evaluator(small, []).rules
    implying = {"days_dry", "dry_soil", "collapsed", "seedling"}  # these also answer other questions

    for case in random_cases(small, 300, 8, seed=7):
        outlook, before = engine.outlook(case), fired(engine.certain(case), rules)
        known = engine.assess(case).answers
        for finding in set(small.findings) - set(known) - set(outlook.settles) - implying:
            answer: Answer = 40.0 if small.findings[finding].is_number else dice.choice(small.findings[finding].words)
            assert fired(engine.certain({**case, finding: answer}), rules) == before


def test_a_sentence_applies_only_when_its_condition_is_certain(small: RuleBase) -> None:
    engine, sentence = Engine(small), small.states["WATER_LOW"].tests[0]

    assert engine.applies(sentence.when, {"pot": "clay"})
    assert not engine.applies(sentence.when, {"pot": "unsure"})
    assert not engine.applies(sentence.when, {})
    assert engine.applies(None, {})


def test_no_answers_fire_nothing(rules: RuleBase) -> None:
    assessment = Engine(rules).assess({})

    assert (assessment.fired, assessment.candidates, assessment.urgency) == ((), (), None)


# --- one case leaves nothing behind for the next ------------------------------------------------------


def test_interleaved_cases_give_what_a_fresh_engine_gives(small: RuleBase) -> None:
    cases = [
        case
        for pair in zip(random_cases(small, 30, 16, 1), random_cases(small, 30, 3, 2), strict=True)
        for case in pair
    ]
    used, other = Engine(small), Engine(small)

    for case in cases:
        other.assess(cases[0])
        assert used.assess(case) == Engine(small).assess(case)


def test_a_rule_in_many_true_branches_is_told_once(small: RuleBase) -> None:
    findings = [making.finding(f"f{n}") for n in range(9)]
    tests: tuple[Condition, ...] = tuple(Is(each.id, "yes") for each in findings)
    condition = Group("all", (Group("any", tests[:3]), Group("any", tests[3:6]), Group("at_least", tests[6:], 2)))
    rulebase = making.rulebase(findings, [making.rule("r.many", condition), making.rule("r.same", condition)])

    assessment = Engine(rulebase).assess({each.id: "yes" for each in findings})

    assert [each.rule.id for each in assessment.fired] == ["r.many", "r.same"]
    assert assessment.fired[0].evidence == tuple(each.id for each in findings)


def test_eight_threads_get_the_same_results_as_one(small: RuleBase) -> None:
    engine, cases = Engine(small), random_cases(small, 400, 12, seed=8)
    alone = [engine.assess(case) for case in cases]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(engine.assess, cases))

    assert together == alone


def _assessed_in_child(engine: Engine, cases: Sequence[Answers], results: Connection) -> None:
    results.send([[each.rule.id for each in engine.assess(case).fired] for case in cases])


def _in_child(engine: Engine, cases: Sequence[Answers]) -> list[list[str]]:
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_assessed_in_child, args=(engine, cases, there))
    child.start()
    try:
        assert here.poll(20), "the forked process hangs"
        found: list[list[str]] = here.recv()
    finally:
        child.kill()
        child.join()
        here.close()
        there.close()
    return found


@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("lock_is_held", [False, True])
def test_a_forked_process_gets_the_same_results(small: RuleBase, lock_is_held: bool) -> None:
    engine, cases = Engine(small), random_cases(small, 50, 12, seed=9)
    alone = [[each.rule.id for each in engine.assess(case).fired] for case in cases]

    if lock_is_held:
        with engine._matcher._lock:
            forked = _in_child(engine, cases)
    else:
        forked = _in_child(engine, cases)

    assert forked == alone


class _Interrupting:
    """The C module, except that the n-th call of one function is cut off, before or after its work."""

    def __init__(self, module: Any, name: str, at: int, after: bool) -> None:
        self._module, self._name, self._left, self._after = module, name, at, after

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._module, name)
        return self._wrapped(function) if name == self._name else function

    def _wrapped(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after:
                raise KeyboardInterrupt
            result = function(*arguments)
            if self._left == 0:
                raise KeyboardInterrupt
            return result

        return call


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("name", ["assert_fact", "start_action_for_state", "complete_and_start_action", "retract_fact"])
def test_an_interrupt_in_the_middle_leaves_the_next_case_right(
    small: RuleBase, monkeypatch: pytest.MonkeyPatch, name: str, at: int, after: bool
) -> None:
    engine, (case, next_case) = Engine(small), (small.rules["low-water.drought-and-signs"].fires)
    expected = engine.assess(next_case)

    with monkeypatch.context() as patched:
        patched.setattr("quiz.engine.matcher.durable", _Interrupting(durable_rules_engine, name, at, after))
        with pytest.raises(KeyboardInterrupt):
            engine.assess(case)

    assert engine.assess(next_case) == expected
    assert engine.assess({}).fired == ()


@pytest.mark.parametrize(
    ("name", "result", "message"),
    [
        ("assert_fact", (302, 0), "code 302"),
        ("assert_fact", (303, 0), "code 303"),
        ("start_action_for_state", None, "fired nothing"),
    ],
)
def test_a_broken_result_of_durable_rules_is_an_engine_error(
    small: RuleBase, monkeypatch: pytest.MonkeyPatch, name: str, result: object, message: str
) -> None:
    engine = Engine(small)

    with monkeypatch.context() as patched:
        patched.setattr(durable_rules_engine, name, lambda *arguments: result)
        with pytest.raises(EngineError, match=message):
            engine.assess({"collapsed": "yes"})

    assert engine.assess({"collapsed": "yes"}).urgency is Urgency.EMERGENCY


def test_what_durable_rules_does_not_fire_is_not_told(small: RuleBase, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(small)
    monkeypatch.setattr(matcher.Matcher, "run", lambda self, atoms: set())

    assessment = engine.assess(small.rules["low-water.drought-and-signs"].fires[0])

    assert (assessment.fired, assessment.candidates) == ((), ())


def test_a_rule_that_fires_though_its_condition_is_not_true_is_an_engine_error(
    small: RuleBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(small)
    monkeypatch.setattr(matcher.Matcher, "run", lambda self, atoms: set(engine._fires))

    with pytest.raises(EngineError, match="its condition is not true"):
        engine.assess({"pot": "clay"})


def test_rules_that_durable_rules_refuses_are_an_engine_error(small: RuleBase, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> int:
        raise RuntimeError("Could not create ruleset, error code: 106")

    monkeypatch.setattr(durable_rules_engine, "create_ruleset", refuse)

    with pytest.raises(EngineError, match="refused a page of rules"):
        Engine(small)


def test_five_thousand_cases_leave_memory_flat(small: RuleBase) -> None:
    engine, cases = Engine(small), random_cases(small, 5_000, 12, seed=5)
    for case in cases[:500]:
        engine.assess(case)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    for case in cases:
        engine.assess(case)

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 20 * 1024, "KiB"  # one KiB lost by each case would be less than this


# --- sizes and names at which durable-rules alone goes wrong ------------------------------------------


def yes(*names: str) -> tuple[Condition, ...]:
    return tuple(Is(name, "yes") for name in names)


def names(number: int, prefix: str = "f") -> list[str]:
    return [f"{prefix}{n}" for n in range(number)]


def of_findings(number: int, rules: Sequence[Rule]) -> RuleBase:
    return making.rulebase([making.finding(name) for name in names(number)], rules)


def check(rulebase: RuleBase, cases: Sequence[Answers]) -> None:
    """Engine and second reading agree on these cases, certain and possible."""
    engine, evaluator = Engine(rulebase), Evaluator(rulebase, cases)
    for n, expected in enumerate(true_by_case(evaluator)):
        assert fired(engine.certain(cases[n]), evaluator.rules) == expected
    for case in cases[:5]:
        check_what_is_open(rulebase, engine, case)


def dense(number: int, cases: int, seed: int = 1) -> list[dict[str, Answer]]:
    """Cases in which nearly everything is answered yes, which is what makes durable-rules run out of room."""
    dice = random.Random(seed)
    some: list[dict[str, Answer]] = [
        {name: dice.choice(["yes", "yes", "yes", "no", "unsure"]) for name in names(number)} for _ in range(cases)
    ]
    return [dict.fromkeys(names(number), "yes"), {}, *some]


@pytest.mark.parametrize("number", [1_000, 3_000])
def test_thousands_of_rules_run_right(number: int) -> None:
    dice = random.Random(number)

    def condition(depth: int = 0) -> Condition:
        if depth == 2 or dice.random() < 0.3:
            return Is(f"f{dice.randrange(300)}", dice.choice(["yes", "yes", "no"]))
        parts = tuple(condition(depth + 1) for _ in range(dice.randint(2, 4)))
        kind = dice.choice(["all", "any", "none", "at_least"])
        return Group("all", parts) if kind == "all" else Group("any", parts) if kind == "any" else (
            Group("none", parts) if kind == "none" else Group("at_least", parts, 2)
        )  # fmt: skip

    rules = [making.rule(f"r.{n}", condition()) for n in range(number)]

    check(of_findings(300, rules), dense(300, 6))


@pytest.mark.parametrize(
    "condition",
    [
        Group("any", yes(*names(300))),
        Group("all", yes(*names(300))),
        Group("none", yes(*names(300))),
        Group("at_least", yes(*names(40)), 3),
        Group("at_least", yes(*names(300)), 150),
        Group("any", tuple(Group("all", yes(f"f{n}", f"f{(n * 7 + 1) % 300}", f"f{n // 2}")) for n in range(300))),
        Group("all", tuple(Group("any", yes(f"f{n}", f"f{n + 1}")) for n in range(0, 298, 2))),
        Group("any", tuple(Group("all", yes(*names(n + 1))) for n in range(100))),
        Group("all", (Group("any", yes(*names(200))), Group("any", yes(*names(300)[100:])))),
    ],
    ids=["any 300", "all 300", "none 300", "3 of 40", "150 of 300", "any of alls", "all of anys", "stairs", "two anys"],
)
def test_wide_groups_run_right(condition: Condition) -> None:
    rulebase = of_findings(300, [making.rule("r.wide", condition), making.rule("r.small", Is("f0", "yes"))])
    one_short = dict.fromkeys(names(300)[:-1], "yes")
    few: list[Answers] = [
        dict.fromkeys(names(300)[start : start + size], "yes") for start, size in ((0, 2), (0, 3), (38, 4), (299, 1))
    ]
    none = dict.fromkeys(names(300), "no")

    check(rulebase, [*dense(300, 4), one_short, *few, none, {**none, "f299": "yes"}, {"f150": "yes"}])


@pytest.mark.parametrize(("each", "pairs"), [(8, 128), (9, 9), (200, 200)])
def test_two_groups_of_tests_are_looked_up_by_pairs_only_where_they_are_few(each: int, pairs: int) -> None:
    index = Index({1: frozenset(range(100, 100 + each)), 2: frozenset(range(500, 500 + each))})

    index.add([frozenset({1, 2})], {1: 1, 2: 1})

    assert sum(len(partners) for partners, _ in index.pairs.values()) == pairs


def test_a_group_of_groups_does_not_fire_once_for_each_combination() -> None:
    """Ten groups of four would be a million branches."""
    groups = tuple(Group("any", yes(*names(40)[n : n + 4])) for n in range(0, 40, 4))
    rulebase = of_findings(40, [making.rule("r.product", Group("all", groups))])

    check(rulebase, dense(40, 20))


@pytest.mark.parametrize("number", [255, 256, 257, 512])
def test_any_number_of_rules_may_end_in_the_same_test(number: int) -> None:
    rules = [making.rule(f"r.{n}", Group("all", yes(f"f{n}", "f600"))) for n in range(number)]
    same = [making.rule(f"s.{n}", Is("f601", "yes")) for n in range(number)]

    check(of_findings(602, [*rules, *same]), dense(602, 3))


@pytest.mark.parametrize("number", [64, 65, 300])
def test_any_number_of_rules_may_share_one_of_several_ways(number: int) -> None:
    rules = [making.rule(f"r.{n}", Group("any", yes(f"f{n}", "f300"))) for n in range(number)]

    check(of_findings(301, rules), [*dense(301, 3), {"f300": "yes"}, {f"f{n}": "yes" for n in range(301)}])


@pytest.mark.parametrize("number", [64, 65, 252, 253, 511, 512, 600])
def test_any_number_of_first_tests_and_properties_runs_right(number: int) -> None:
    rules = [making.rule(f"r.{n}", Is(f"f{n}", "yes")) for n in range(number)]

    check(of_findings(number, rules), dense(number, 3))


@pytest.mark.parametrize("levels", [10, 18])
def test_deep_conditions_run_right(levels: int) -> None:
    condition: Condition = Is("f0", "yes")
    for n in range(1, levels):
        condition = Group("all" if n % 2 else "any", (Is(f"f{n}", "yes"), condition))

    check(of_findings(levels, [making.rule("r.deep", condition)]), dense(levels, 30))


def test_a_chain_of_concepts_that_is_too_long_is_refused_with_a_message() -> None:
    chain = [making.concept("c0", Is("f0", "yes"))]
    chain += [making.concept(f"c{n}", Group("any", (Holds(f"c{n - 1}"), Is("f1", "yes")))) for n in range(1, 2_000)]
    rulebase = making.rulebase(
        [making.finding("f0"), making.finding("f1")], [making.rule("r.end", Holds("c1999"))], chain
    )

    with pytest.raises(EngineError, match="too many levels"):
        Engine(rulebase)


STRANGE = [
    "$and",
    "$ex",
    "$s",
    "id",
    "sid",
    "g",
    "pa",
    "a.b",
    'quo"te',
    "back\\slash",
    "new\nline",
    "naïve",
    "水",
    "",
    " ",
    "all",
]


def test_text_of_an_author_never_reaches_the_engine() -> None:
    """`liquid` and `costarring` share the hash by which durable-rules tells names apart, as do the other pairs."""
    words = [*STRANGE, "liquid", "costarring", "declinate", "macallums", "altarage", "zinke"]
    findings = [making.finding(word) for word in words]
    rules = [making.rule(word, Is(word, "yes")) for word in words]
    rules.append(making.rule("r.text", Group("at_least", yes(*words), 2)))
    cases: list[Answers] = [{word: "yes"} for word in words]

    check(making.rulebase(findings, rules), [*cases, dict.fromkeys(words, "yes")])


def test_aliases_share_no_hash_with_each_other() -> None:
    aliases = [alias for alias, _ in zip(matcher._aliases("p"), range(100_000), strict=False)]

    assert len({matcher._name_hash(alias) for alias in aliases}) == len(aliases)
    assert matcher._name_hash("liquid") == matcher._name_hash("costarring")


@pytest.mark.parametrize("number", [1e22, 1e-7, 2.0**63, -(2.0**70), 0.1 + 0.2, 2.5])
def test_numbers_that_durable_rules_cannot_read_are_compared_right(number: float) -> None:
    level = making.finding("level", unit="u", low=-1e30, high=1e30)
    rules = [
        making.rule("r.below", Is("level", Interval(high=number))),
        making.rule("r.up_to", Is("level", Interval(high=number, with_high=True))),
        making.rule("r.above", Is("level", Interval(low=number, with_low=False))),
        making.rule("r.from", Is("level", Interval(low=number))),
    ]
    rulebase = making.rulebase([level], rules)

    check(rulebase, [{"level": each} for each in (number, number * (1 - 1e-12), number * (1 + 1e-12), 0.0, 1e30)])


@example("yes", 1.0)
@example("no", 0.0)
@given(st.sampled_from(["yes", "no", "unsure", "true", "1", ""]), st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=30)
def test_words_and_numbers_are_never_taken_for_each_other(word: str, number: float) -> None:
    findings = [making.finding("f0"), making.finding("level", unit="u", low=0, high=1)]
    rules = [
        making.rule("r.word", Is("f0", "yes")),
        making.rule("r.number", Is("level", Interval(low=0, high=1, with_high=True))),
    ]
    truths = Engine(making.rulebase(findings, rules)).certain({"f0": word, "level": number})

    assert (truths.rule("r.word"), truths.rule("r.number")) == (word == "yes", 0 <= number <= 1)


def test_a_state_that_nothing_supports_is_never_named() -> None:
    rules = [making.rule("r.flag", Named("Z_LOW"), Raises(Urgency.EMERGENCY)), making.rule("r.word", Is("f0", "yes"))]

    assert Engine(of_findings(1, rules)).assess({"f0": "yes"}).urgency is None


def test_a_state_named_with_less_support_than_asked_for_raises_nothing() -> None:
    rules = [
        making.rule("r.flag", Named("X_LOW", Strength.STRONG), Raises(Urgency.EMERGENCY)),
        making.rule("r.weak", Is("f0", "yes"), Supports("X_LOW", Strength.MODERATE)),
        making.rule("r.strong", Is("f1", "yes"), Supports("X_LOW", Strength.STRONG)),
    ]
    engine = Engine(of_findings(2, rules))

    assert engine.assess({"f0": "yes"}).urgency is None
    assert engine.assess({"f1": "yes"}).urgency is Urgency.EMERGENCY


def test_a_rule_base_without_rules_says_nothing() -> None:
    assert Engine(making.rulebase([making.finding("f0")], [])).assess({"f0": "yes"}).fired == ()
