"""Rules read without durable-rules say what an engine of the same rules says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import given
from hypothesis import strategies as st

from quiz.engine import Engine, Reader
from quiz.model import Answer, Answers, Misconception, RuleBase
from quiz.practice.beliefs import Believer, altered_rules, shown_by
from quiz.practice.cases import generated
from quiz.practice.items import Items
from tests.making import answers, rulebases
from tests.test_engine import random_cases, written_cases
from tests.test_misconceptions import ALL


def some_cases(rulebase: RuleBase, number: int) -> list[Answers]:
    """With QUIZ_MISCONCEPTIONS=all every case that is written beside a rule, and many times the number made up."""
    if ALL:
        return [*written_cases(rulebase), *random_cases(rulebase, 10 * number, 60, 4)]
    return [*written_cases(rulebase)[::8], *random_cases(rulebase, number, 60, 4)]


def unlike(engine: Engine, cases: Iterable[Answers]) -> list[Answers]:
    """The answers that a reader of the same rules reads otherwise."""
    reader = Reader(engine.rulebase)
    return [case for case in cases if reader.assess(case) != engine.assess(case)]


def test_the_rules_as_they_stand(rulebase: RuleBase) -> None:
    assert unlike(Engine(rulebase), some_cases(rulebase, 500)) == []


def test_whether_a_sentence_is_said(rulebase: RuleBase, engine: Engine) -> None:
    states = rulebase.states.values()
    conditions = {each.when for state in states for each in (*state.about, *state.tests, *state.ask)}
    reader = Reader(rulebase)

    assert None in conditions
    assert len(conditions) > 10
    for case in written_cases(rulebase)[::20]:
        assert {each for each in conditions if reader.applies(each, case)} == {
            each for each in conditions if engine.applies(each, case)
        }


def test_the_rules_that_each_belief_alters(rulebase: RuleBase) -> None:
    altered = {each.id: altered_rules(rulebase, each) for each in rulebase.misconceptions.values()}
    others = {name: rules for name, rules in altered.items() if rules is not rulebase}
    assert len(others) >= 4

    cases = some_cases(rulebase, 150)
    for name, rules in others.items():
        assert unlike(Engine(rules), cases) == [], name


@given(rulebases(most_rules=20), st.lists(answers(), min_size=1, max_size=4))
def test_made_up_rules(rules: RuleBase, cases: list[Mapping[str, Answer]]) -> None:
    engine, reader = Engine(rules), Reader(rules)
    for case in cases:
        one, other = reader.certain(case), engine.certain(case)

        assert reader.assess(case) == engine.assess(case)
        for rule in rules.rules.values():
            if rule.provenance.state != "retired":
                assert one.rule(rule.id) == other.rule(rule.id)


class WithAnEngine(Believer):
    """The same belief over an engine of its own, which is asked about every case."""

    def __init__(self, rules: Engine, belief: Misconception) -> None:
        super().__init__(rules, belief)
        self._rules, self._same_rules = Engine(self.rulebase), False


def test_a_belief_chooses_the_same_options_with_an_engine_of_its_own(rulebase: RuleBase, engine: Engine) -> None:
    maker, changed = Items(rulebase, engine), 0
    everything = list(rulebase.misconceptions.values())
    for belief in everything if ALL else everything[::3]:
        believer, shows = Believer(engine, belief), shown_by(rulebase, belief)
        with_an_engine = WithAnEngine(engine, belief)
        for seed in range(40 if ALL else 12):
            case = generated(rulebase, engine.assess, seed, shows[seed % len(shows)] if seed % 4 else "")
            for item in maker.of(case, seed):
                assert believer.choice(item) == with_an_engine.choice(item), (belief.id, item.id)
                changed += believer.choice(item) != item.key

    assert changed > (50 if ALL else 10)
