"""Rule bases made up on the spot, without files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import strategies as st

from quiz.errors import Position
from quiz.logic import positive
from quiz.model import (
    Answer,
    Cautions,
    Concept,
    Conclusion,
    Condition,
    Finding,
    Group,
    Holds,
    Implication,
    Interval,
    Is,
    Named,
    Provenance,
    Raises,
    Rule,
    RuleBase,
    Sentence,
    SpeaksAgainst,
    State,
    Strength,
    Supports,
    Urgency,
)

HERE = Position("made-up.yaml", 1, 1)
STATES = ("X_LOW", "X_HIGH", "Z_LOW")


def finding(
    name: str, choices: tuple[str, ...] = (), unit: str = "", low: float = 0, high: float = 0, kind: str = "symptom"
) -> Finding:
    return Finding(name, kind, name, f"{name}?", HERE, choices=choices, unit=unit, low=low, high=high)


def concept(name: str, when: Condition) -> Concept:
    return Concept(name, name, when, "", Provenance(), HERE)


def rule(name: str, when: Condition, then: Conclusion | None = None, state: str = "draft") -> Rule:
    provenance = Provenance(state="retired" if state == "retired" else "draft")
    return Rule(name, "", when, then or Supports(STATES[0], Strength.WEAK), "", provenance, (), (), HERE)


def rulebase(
    findings: Iterable[Finding],
    rules: Iterable[Rule],
    concepts: Iterable[Concept] = (),
    implications: Iterable[Implication] = (),
    questions: Iterable[Sentence] = (),
) -> RuleBase:
    return RuleBase(
        title="", notice={}, fingerprint="", advice={}, screens={}, medicines={}, look_alikes={},
        findings={each.id: each for each in findings},
        concepts={each.id: each for each in concepts},
        rules={each.id: each for each in rules},
        states={name: State(name, "x", "low", name, name, (), (), (), HERE) for name in STATES},
        implications=tuple(implications), general_questions=tuple(questions), general_cautions=(),
        glossary={}, teaching={}, vignettes={}, facts={}, sources={}, not_asked={}, diseases={},
    )  # fmt: skip


FINDINGS = (
    *(finding(f"f{number}") for number in range(5)),
    finding("f5", kind="lab"),
    finding("pot", choices=("clay", "plastic", "metal")),
    finding("level", unit="mmol/L", low=0, high=10, kind="lab"),
)

_BOUNDS = (0.0, 2.5, 3.0, 5.5, 10.0)
POINTS = (0.0, 1.0, 2.5, 2.7, 3.0, 4.0, 5.5, 7.0, 10.0)
"""Each bound that a made-up interval may have, and a number in each gap between two."""

INTERVALS = st.one_of(
    st.builds(Interval, low=st.sampled_from(_BOUNDS), with_low=st.booleans()),
    st.builds(Interval, high=st.sampled_from(_BOUNDS), with_high=st.booleans()),
    st.builds(Interval, st.just(2.5), st.sampled_from(_BOUNDS[2:]), st.booleans(), st.booleans()),
)
_TESTS = st.one_of(
    st.builds(Is, st.sampled_from([each.id for each in FINDINGS[:6]]), st.sampled_from(["yes", "no"])),
    st.builds(Is, st.just("pot"), st.sampled_from(FINDINGS[6].choices)),
    st.builds(Is, st.just("level"), INTERVALS),
)


def _group(parts: list[Condition], kind: str, count: int) -> Group:
    if kind == "at_least":
        return Group("at_least", tuple(parts), 1 + count % len(parts))
    return Group("all" if kind == "all" else "any" if kind == "any" else "none", tuple(parts))


def conditions(leaves: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    """Nested groups. `named` may stand under every group but `none`, as in rule files."""
    kinds = st.sampled_from(["all", "any", "at_least"])
    plain = st.one_of(_TESTS, leaves)
    denials = st.builds(_group, st.lists(_TESTS, min_size=1, max_size=3), st.just("none"), st.just(0))
    return st.recursive(
        st.one_of(plain, plain, denials),
        lambda inner: st.builds(_group, st.lists(inner, min_size=1, max_size=5), kinds, st.integers(0, 9)),
        max_leaves=9,
    )


_CONCLUSIONS = st.one_of(
    st.builds(Supports, st.sampled_from(STATES), st.sampled_from(Strength)),
    st.builds(SpeaksAgainst, st.sampled_from(STATES)),
    st.builds(Raises, st.sampled_from(Urgency)),
    st.builds(Cautions, st.sampled_from([(), STATES[:1]])),
)


@st.composite
def rulebases(draw: st.DrawFn, most_rules: int = 60) -> RuleBase:
    concepts: list[Concept] = []
    held: st.SearchStrategy[Condition] = _TESTS
    for number in range(draw(st.integers(0, 4))):
        concepts.append(concept(f"c{number}", draw(conditions(held))))
        held = st.builds(Holds, st.sampled_from([each.id for each in concepts]), st.sampled_from(["yes", "no"]))
    named = st.builds(Named, st.sampled_from(STATES), st.sampled_from(Strength))
    rules = []
    for number in range(draw(st.integers(1, most_rules) if draw(st.booleans()) else st.integers(1, 6))):
        then = draw(_CONCLUSIONS)
        leaves = st.one_of(held, named) if isinstance(then, (Raises, Cautions)) else held
        state = "retired" if draw(st.integers(0, 19)) == 0 else "draft"
        rules.append(rule(f"r.{number}", draw(conditions(leaves)), then, state))
    return rulebase(FINDINGS, rules, concepts, draw(st.lists(implications(), max_size=3)))


@st.composite
def implications(draw: st.DrawFn) -> Implication:
    """What follows is always the same word for a finding, so that no two can contradict each other.

    The condition may be any over findings, written without `none`, as the loader leaves it.
    """
    then = draw(st.sampled_from([{"f0": "yes"}, {"f1": "no"}, {"f2": "yes", "pot": "clay"}]))
    when = positive(draw(st.one_of(_TESTS, conditions(_TESTS))), {each.id: each for each in FINDINGS})
    return Implication(when, then, "", HERE)


def about(number: int, condition: Condition) -> Condition:
    """The same condition about the first so many of f0, f1 ... alone, so that every set of answers can be tried."""
    if isinstance(condition, Group):
        return Group(condition.kind, tuple(about(number, each) for each in condition.of), condition.count)
    if isinstance(condition, Is) and condition.finding.startswith("f"):
        return Is(f"f{int(condition.finding[1:]) % number}", condition.value)
    return condition


def answers_to(each: Finding) -> st.SearchStrategy[Answer]:
    if each.is_number:
        return st.one_of(st.just("unsure"), st.sampled_from(_BOUNDS), st.sampled_from([2.4, 2.6, 7.0]))
    return st.sampled_from((*each.words, "unsure"))


def answers() -> st.SearchStrategy[Mapping[str, Answer]]:
    return st.fixed_dictionaries({}, optional={each.id: answers_to(each) for each in FINDINGS})
