"""Many cases, a line each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from quiz.batch import Batch
from quiz.engine import Engine
from quiz.model import RuleBase


@pytest.fixture
def batch(rulebase: RuleBase, engine: Engine) -> Batch:
    return Batch(rulebase, engine.assess)


def run(batch: Batch, *lines: object) -> list[Any]:
    return [
        json.loads(line) for line in batch.run(each if isinstance(each, str) else json.dumps(each) for each in lines)
    ]


def test_a_line_gives_a_line_with_exactly_the_documented_keys(batch: Batch, rulebase: RuleBase) -> None:
    (out,) = run(batch, {"id": "a", "age": 70, "sex": "F", "answers": {"loop_diuretic": "yes", "palpitations": "yes"}})

    assert list(out) == ["id", "states_ranked", "urgency", "red_flags", "cautions", "fired", "rulebase"]
    assert out["id"] == "a"
    assert out["rulebase"] == rulebase.fingerprint
    assert sorted(state for state, _ in out["states_ranked"] if state in ("K_LOW", "MG_LOW")) == ["K_LOW", "MG_LOW"]


def test_lines_come_out_in_the_order_they_went_in(batch: Batch) -> None:
    out = run(batch, *({"id": number, "answers": {}} for number in range(20)))

    assert [each["id"] for each in out] == list(range(20))


def test_age_and_sex_beside_the_answers_count(batch: Batch) -> None:
    young, old = run(
        batch,
        *({"age": age, "sex": None, "answers": {"trimethoprim": "yes", "acei": "yes"}} for age in (40, 80)),
    )

    assert (young["urgency"], old["urgency"]) != (old["urgency"], young["urgency"])
    assert old["urgency"] == "same_day"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "not JSON"),
        ("[1]", "answers"),
        ("{}", "answers"),
        ('{"answers": []}', "answers"),
        ('{"answers": {"fever": "maybe"}}', "not an answer to fever"),
        ('{"answers": {"fever": true}}', "not an answer to fever"),
        ('{"answers": {"age": NaN}}', "age"),
        ('{"answers": {"age": 1e400}}', "age"),
        ('{"answers": {"age": -1}}', "outside what is plausible"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_bad_line_gives_its_number_and_the_rest_go_on(batch: Batch, line: str, told: str) -> None:
    good = {"id": "x", "answers": {}}
    out = run(batch, good, line, good)

    assert [each.get("id") for each in out] == ["x", None, "x"]
    assert out[1]["line"] == 2
    assert told in out[1]["error"]
    assert batch.bad == 1


def test_keys_the_rules_do_not_know_are_collected_once_and_are_no_mistake(batch: Batch) -> None:
    run(batch, *({"id": 1, "answers": {"unheard_of": "yes", "fever": "yes"}} for _ in range(3)))

    assert list(batch.unknown) == ["unheard_of"]
    assert batch.bad == 0


def test_blank_lines_are_passed_over(batch: Batch) -> None:
    assert len(run(batch, "", "  ", {"answers": {}})) == 1
