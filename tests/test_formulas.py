"""Conditions as formulas over all choices, held against a second reading of the rules and against plain counting."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from quiz.consequences import contradictions
from quiz.formulas import ALWAYS, BLANK, NEVER, Choices, Formula, Formulas, Nodes
from quiz.model import (
    NO,
    UNSURE,
    YES,
    Answers,
    Condition,
    Finding,
    Group,
    Holds,
    Implication,
    Interval,
    Is,
    RuleBase,
    Strength,
    Supports,
    Urgency,
)
from quiz.solver import AnswerClauses, Clauses
from tests import making
from tests.evaluator import Evaluator

TIMES = int(os.environ.get("FORMULAS_TIMES", "1"))
"""How many times as many cases to look at: FORMULAS_TIMES=20 for a long search."""

SLOW = settings(max_examples=25 * TIMES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def yes(name: str) -> Is:
    return Is(name, YES)


def as_choices(formulas: Formulas, answers: Answers) -> Choices:
    findings = formulas.rulebase.findings
    return {name: formulas.alike(each, answers[name]) if name in answers else BLANK for name, each in findings.items()}


def is_so(formulas: Formulas, formula: Formula, answers: Answers) -> bool:
    left = formulas.nodes.all_chosen(formula, as_choices(formulas, answers))
    assert left in (ALWAYS, NEVER), "every choice is made, so nothing is left open"
    return left == ALWAYS


# --- what a formula says of answers -----------------------------------------------------------------


@given(making.rulebases(most_rules=12), making.answers())
@SLOW
def test_a_formula_is_true_of_answers_that_fit_together_just_where_its_condition_is(
    made: RuleBase, answers: Answers
) -> None:
    formulas, seen = Formulas(made), Evaluator(made, [answers])
    assume(not contradictions(made, answers))

    assert {rule.id for rule in formulas.rules if is_so(formulas, formulas.rule(rule), answers)} == seen.true_rules()
    assert {
        (state, strength)
        for state in made.states
        for strength in Strength
        if is_so(formulas, formulas.named(state, strength), answers)
    } == {(state, each) for state, strength in seen.named() for each in Strength if each <= strength}
    assert {each for each in Urgency if is_so(formulas, formulas.urgency(each), answers)} == {
        each for each in Urgency if each <= (seen.urgency() or 0)
    }


@given(making.rulebases(most_rules=12), making.answers())
@SLOW
def test_answers_are_at_odds_just_where_one_contradicts_what_follows(made: RuleBase, answers: Answers) -> None:
    formulas = Formulas(made)

    assert any(is_so(formulas, each, answers) for each in formulas.at_odds) == bool(contradictions(made, answers))


@given(making.rulebases(most_rules=12), making.answers())
@SLOW
def test_a_finding_is_evidence_just_where_it_is_behind_a_rule_of_that_support(made: RuleBase, answers: Answers) -> None:
    assume(not contradictions(made, answers))
    formulas, seen = Formulas(made), Evaluator(made, [answers])

    for state, strength in product(made.states, Strength):
        support = Supports(state, strength)
        behind = {
            finding for rule in seen.rules if rule.then == support for finding in seen.evidence(rule)
        }  # fmt: skip
        assert {f for f in made.findings if is_so(formulas, formulas.evidence(support, f), answers)} == behind


@given(making.rulebases(most_rules=6), making.answers(), st.sampled_from(making.FINDINGS), st.data())
@SLOW
def test_what_is_left_after_a_choice_says_the_same(
    made: RuleBase, answers: Answers, finding: Finding, data: st.DataObject
) -> None:
    formulas = Formulas(made)
    choices = dict(as_choices(formulas, answers))
    choices[finding.id] = data.draw(st.sampled_from((*formulas.domain(finding), UNSURE, BLANK)))
    for rule in formulas.rules:
        formula = formulas.rule(rule)
        left = formulas.nodes.chosen(formula, finding.id, choices[finding.id])
        assert finding.id not in formulas.nodes.findings(left)
        assert formulas.nodes.all_chosen(left, choices) == formulas.nodes.all_chosen(formula, choices)


@given(making.rulebases(most_rules=8), making.answers(), st.data())
@SLOW
def test_a_question_taken_apart_is_about_the_same_answers(
    made: RuleBase, answers: Answers, data: st.DataObject
) -> None:
    formulas = Formulas(made)
    nodes = formulas.nodes
    assume(formulas.rules)
    some = st.lists(st.sampled_from([ALWAYS, NEVER, *map(formulas.rule, formulas.rules)]), max_size=4)
    group = st.one_of(
        st.builds(nodes.any, some), st.builds(nodes.all, some), st.builds(nodes.isnt, some.map(nodes.all))
    )
    asked = st.lists(group, max_size=3)
    true, false = data.draw(asked), data.draw(asked)

    def about(true: Sequence[Formula], false: Sequence[Formula]) -> bool:
        return all(is_so(formulas, each, answers) for each in true) and not any(
            is_so(formulas, each, answers) for each in false
        )

    apart = nodes.apart(true, false)
    assert about(true, false) == (apart is not None and about(*apart))


def test_a_question_taken_apart_asks_for_nothing_that_is_settled() -> None:
    nodes = Nodes()
    a, b, c, d = (nodes.leaf(name, frozenset({YES})) for name in "abcd")
    some = nodes.any((a, b, c))

    assert nodes.apart([some], [a, nodes.any((b, d))]) == ([c], [d, b, a])
    assert nodes.apart([some, nodes.all((a, d))], []) == ([d, a], [])
    assert nodes.apart([some], [some]) is None
    assert nodes.apart([a], [nodes.any((a, b))]) is None
    assert nodes.apart([ALWAYS, nodes.isnt(a)], [NEVER]) == ([], [a])
    assert nodes.apart([NEVER], []) is None


@pytest.mark.parametrize("number", [0, 1.7, 2.5, 2.9, 3.0, 5.4999, 5.5, 10])
def test_a_number_stands_for_all_that_no_condition_tells_from_it(number: float) -> None:
    bounds = [Interval(high=2.5), Interval(low=2.5, high=3.0), Interval(low=5.5, with_low=False)]
    rules = [making.rule(f"r.{n}", Is("level", each)) for n, each in enumerate(bounds)]
    formulas = Formulas(making.rulebase(making.FINDINGS, rules))
    level = formulas.rulebase.findings["level"]

    alike = formulas.alike(level, number)

    assert formulas.domain(level) == (0, 1.25, 2.5, 2.75, 3, 4.25, 5.5, 7.75, 10)
    assert alike in formulas.domain(level)
    assert not isinstance(alike, str)
    assert [alike in each for each in bounds] == [number in each for each in bounds]


# --- formulas as such -------------------------------------------------------------------------------


def columns(number: int) -> Iterator[Mapping[str, str]]:
    for words in product((YES, NO), repeat=number):
        yield {f"f{n}": word for n, word in enumerate(words)}


@pytest.mark.parametrize("number", range(1, 8))
def test_a_count_is_true_where_so_many_are(number: int) -> None:
    nodes = Nodes()
    leaves = [nodes.leaf(f"f{n}", frozenset({YES})) for n in range(number)]
    counts = {count: nodes.at_least(count, leaves) for count in range(number + 2)}

    for choices in columns(number):
        true = [count for count, formula in counts.items() if nodes.all_chosen(formula, choices) == ALWAYS]
        assert true == list(range(list(choices.values()).count(YES) + 1))


def test_a_part_that_is_named_twice_counts_twice() -> None:
    nodes = Nodes()
    one, other, third = (nodes.leaf(name, frozenset({YES})) for name in ("f0", "f1", "f2"))
    formula = nodes.at_least(2, [one, one, other, third])

    assert nodes.all_chosen(formula, {"f0": YES, "f1": NO, "f2": NO}) == ALWAYS
    assert nodes.all_chosen(formula, {"f0": NO, "f1": YES, "f2": NO}) == NEVER
    assert nodes.all_chosen(formula, {"f0": NO, "f1": YES, "f2": YES}) == ALWAYS


def test_large_counts_take_no_longer_than_their_size() -> None:
    nodes = Nodes()
    leaves = [nodes.leaf(f"f{n}", frozenset({YES})) for n in range(200)]
    formula = nodes.at_least(60, leaves)

    assert nodes.all_chosen(formula, {f"f{n}": YES if n < 60 else NO for n in range(200)}) == ALWAYS


def test_what_is_not_is_undone_by_not_again() -> None:
    nodes = Nodes()
    leaf = nodes.leaf("f0", frozenset({YES}))
    opposite = nodes.isnt(leaf)

    assert nodes.isnt(opposite) == leaf
    assert (nodes.isnt(ALWAYS), nodes.isnt(NEVER)) == (NEVER, ALWAYS)
    assert [nodes.chosen(opposite, "f0", each) for each in (YES, NO, UNSURE)] == [NEVER, ALWAYS, ALWAYS]


def test_the_same_condition_in_two_rule_bases_is_the_same_formula() -> None:
    condition = Group("all", (yes("f0"), Is("level", Interval(high=3.0))))
    old = making.rulebase(making.FINDINGS, [making.rule("r.old", condition)])
    concept = making.concept("c", Is("level", Interval(high=3.0)))
    new_rules = [
        making.rule("r.new", Group("all", (Holds("c"), yes("f0")))),
        making.rule("r.more", Is("level", Interval(high=2.5))),
    ]
    new = making.rulebase(making.FINDINGS, new_rules, [concept])
    nodes = Nodes()
    one, other = Formulas(old, nodes, [new]), Formulas(new, nodes, [old])

    assert one.rule(old.rules["r.old"]) == other.rule(new.rules["r.new"])
    assert one.domain(old.findings["level"]) == other.domain(new.findings["level"])


# --- what follows from answers ----------------------------------------------------------------------


def test_what_only_follows_from_itself_does_not_follow() -> None:
    circle = [
        Implication(yes("f0"), {"f1": YES}, "", making.HERE),
        Implication(yes("f1"), {"f0": YES}, "", making.HERE),
        Implication(yes("f2"), {"f1": YES}, "", making.HERE),
    ]
    formulas = Formulas(making.rulebase(making.FINDINGS, [making.rule("r", yes("f0"))], implications=circle))
    formula = formulas.of(yes("f0"))

    assert [is_so(formulas, formula, {each: YES}) for each in ("f0", "f1", "f2", "f3")] == [True, True, True, False]


def test_not_sure_holds_back_what_would_follow() -> None:
    follows = [Implication(yes("f1"), {"f0": YES}, "", making.HERE)]
    formulas = Formulas(making.rulebase(making.FINDINGS, [making.rule("r", yes("f0"))], implications=follows))

    assert not is_so(formulas, formulas.of(yes("f0")), {"f1": YES, "f0": UNSURE})


# --- the solver over formulas -----------------------------------------------------------------------


FEW = making.FINDINGS[0], making.FINDINGS[1], making.FINDINGS[6]
CONDITIONS = making.conditions(
    st.one_of(st.builds(yes, st.sampled_from(["f0", "f1"])), st.builds(Is, st.just("pot"), st.just("clay")))
)


def about_few(condition: Condition) -> Condition:
    if isinstance(condition, Group):
        return Group(condition.kind, tuple(map(about_few, condition.of)), condition.count)
    if isinstance(condition, Is) and condition.finding not in ("f0", "f1", "pot"):
        return yes("f0" if condition.finding == "level" else f"f{int(condition.finding[1:]) % 2}")
    return condition


EVERY: list[Choices] = [
    dict(zip((each.id for each in FEW), values, strict=True))
    for values in product(*((*each.words, UNSURE, BLANK) for each in FEW))
]
"""Each choice of answers to these findings, blank ones among them."""


def of_rules(written: Iterable[Condition]) -> Formulas:
    """A rule for each condition, and one thing that follows from another."""
    follows = [Implication(yes("f1"), {"pot": "clay"}, "", making.HERE)]
    rules = [making.rule(f"r.{n}", about_few(each)) for n, each in enumerate(written)]
    return Formulas(making.rulebase(FEW, rules, implications=follows))


@given(st.lists(CONDITIONS, min_size=2, max_size=4))
@SLOW
def test_the_solver_finds_choices_just_where_trying_all_finds_some(written: list[Condition]) -> None:
    formulas = of_rules(written)
    nodes, wanted = formulas.nodes, [formulas.rule(rule) for rule in formulas.rules]
    clauses = Clauses(nodes)
    try:
        for true, false in ((wanted[:1], wanted[1:]), (wanted[1:], wanted[:1]), ([nodes.isnt(wanted[0])], wanted[1:2])):

            def does(choices: Choices, true: list[Formula] = true, false: list[Formula] = false) -> bool:
                told = [nodes.all_chosen(each, choices) == ALWAYS for each in (*true, *false)]
                return told == [True] * len(true) + [False] * len(false)

            found = clauses.choices(true, false)
            assert (found is not None) == any(map(does, EVERY))
            assert found is None or does({each.id: found.get(each.id, UNSURE) for each in FEW})
    finally:
        clauses.close()


@given(st.lists(CONDITIONS, min_size=2, max_size=5))
@SLOW
def test_questions_over_all_cases_agree_with_trying_all(written: list[Condition]) -> None:
    formulas = of_rules(written)
    wanted, at_odds = [formulas.rule(rule) for rule in formulas.rules], formulas.at_odds

    def size(choices: Choices) -> int:
        return sum(answer is not BLANK for answer in choices.values())

    def does(true: Sequence[Formula], false: Sequence[Formula]) -> list[Choices]:
        told = {each: [formulas.nodes.all_chosen(each, case) == ALWAYS for case in EVERY] for each in (*true, *false)}
        return [
            case
            for place, case in enumerate(EVERY)
            if all(told[each][place] for each in true) and not any(told[each][place] for each in false)
        ]

    cases = AnswerClauses(formulas.nodes, {each.id: each.words for each in FEW})
    try:
        assert cases.can_be(wanted, at_odds) == [bool(does([each], at_odds)) for each in wanted]
        assert [cases.possible([each], at_odds) for each in wanted] == cases.can_be(wanted, at_odds)
        for first, *others in (wanted, wanted[::-1]):
            holds = [not does([first], [*at_odds, each]) for each in others]
            place = cases.first_implied([first], at_odds, others)
            assert place == (holds.index(True) if True in holds else None)

            fitting = does([first], [*others, *at_odds])
            found = cases.smallest([first], [*others, *at_odds], len(FEW))
            assert (found is None) == (not fitting)
            if found is not None:
                least = min(map(size, fitting))
                assert size(found) == least
                # Of several as small, the one whose findings come first, and of those the first answer that will do.
                order = [(*each.words, UNSURE, BLANK) for each in FEW]
                assert {each.id: found.get(each.id, BLANK) for each in FEW} == min(
                    (case for case in fitting if size(case) == least),
                    key=lambda case: [words.index(answer) for words, answer in zip(order, case.values(), strict=True)],
                )
                assert cases.smallest([first], [*others, *at_odds], least - 1) is None
    finally:
        cases.close()
