"""Words and numbers of a person, read as answers."""

from __future__ import annotations

import math
import pickle
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.answers import measured, read_answer, read_answers, same_level
from quiz.errors import Position
from quiz.model import Finding, Unit

HERE = Position("x.yaml", 1, 1)
HANGS = Finding("leaves_hang", "symptom", "hanging leaves", "?", HERE)
POT = Finding("pot", "about", "the pot", "?", HERE, choices=("clay", "plastic"))
SALT = Finding("salt", "lab", "soil salt", "?", HERE, unit="mmol/L", low=0.5, high=10,
               other_units=(Unit("mg/dL", 0.25), Unit("mEq/L", 0.5)))  # fmt: skip
POTASSIUM = Finding("potassium", "lab", "soil potassium", "?", HERE, unit="mmol/L", low=1, high=10,
                    other_units=(Unit("mEq/L", 1.0),))  # fmt: skip
WASTE = Finding("waste", "lab", "soil waste", "?", HERE, unit="umol/L", low=10, high=2500,
                other_units=(Unit("mg/dL", 88.4),))  # fmt: skip
FLOW = Finding("flow", "lab", "the flow", "?", HERE, unit="mL/min", low=1, high=200,
               other_units=(Unit("mL/min/1.73m2", 1),))  # fmt: skip


@pytest.mark.parametrize(
    ("finding", "raw", "answer"),
    [
        (HANGS, "yes", "yes"), (HANGS, " No ", "no"), (HANGS, "UNSURE", "unsure"), (HANGS, "not sure", "unsure"),
        (POT, "Clay", "clay"), (POT, "unsure", "unsure"), (SALT, "not sure", "unsure"),
        (SALT, 3, 3.0), (SALT, 3.5, 3.5), (SALT, "3.5", 3.5), (SALT, "3,5", 3.5), (SALT, " 3.5 mmol/l ", 3.5),
        (SALT, "8 mg/dL", 2.0), (SALT, "8mg/dl", 2.0), (SALT, "3 meq/L", 1.5), (SALT, "+3", 3.0),
        (SALT, 0.5, 0.5), (SALT, 10, 10.0), (SALT, 0.1 + 0.7, 0.8),
        (SALT, ".9", 0.9), (SALT, ",9 mmol/L", 0.9), (SALT, "3.", 3.0), (SALT, "3. mmol/L", 3.0),
        (SALT, "3.1 mmol", 3.1),
        (WASTE, "88 µmol/L", 88.0), (WASTE, "88 \N{GREEK SMALL LETTER MU}mol/l", 88.0), (WASTE, "88 µmol", 88.0),
        (FLOW, "45 mL/min/1.73m2", 45.0), (FLOW, "45 ml/min/1.73 m²", 45.0), (FLOW, "45 mL/min/1,73 m^2", 45.0),
        (FLOW, "45 mL/min", 45.0), (FLOW, "45 mL", 45.0),
    ],
)  # fmt: skip
def test_an_answer_is_read_as(finding: Finding, raw: object, answer: str | float) -> None:
    assert read_answer(finding, raw) == answer


@pytest.mark.parametrize(
    ("printed", "own", "same"),
    [
        ("8 mg/dL", "2.0 mmol/L", True),
        ("8 mg/dL", "2.13 mmol/L", True),  # 8 may stand for 8.5, which is 2.125, and 2.13 for that
        ("8 mg/dL", "2.14 mmol/L", False),
        ("8.0 mg/dL", "2.13 mmol/L", False),
        ("8,00 mg/dL", "2,006 mmol/L", False),
        ("4 mEq/L", "2.0", True),
        ("4.00 mEq/L", "2.100 mmol/L", False),
    ],
)
def test_two_printed_results_are_one_level_if_they_differ_by_what_is_rounded_off(
    printed: str, own: str, same: bool
) -> None:
    assert same_level(SALT, printed, own) is same


@pytest.mark.parametrize("printed", ["unsure", "8 mg", "much", "99999 mg/dL"])
def test_what_is_no_printed_result_is_no_level(printed: str) -> None:
    with pytest.raises(ValueError, match="salt"):
        same_level(SALT, printed, "2.0 mmol/L")


@pytest.mark.parametrize(
    ("finding", "raw", "message"),
    [
        (HANGS, "yess", '"yess" is not an answer to leaves_hang: say yes, no or unsure (did you mean "yes"?)'),
        (HANGS, True, '"true" is not an answer to leaves_hang: say yes, no or unsure'),
        (HANGS, 1, '"1" is not an answer to leaves_hang: say yes, no or unsure'),
        (HANGS, None, "leaves_hang has no answer: say yes, no or unsure"),
        (HANGS, "", '"" is not an answer to leaves_hang: say yes, no or unsure'),
        (HANGS, "x" * 999, f'"{"x" * 40}..." is not an answer to leaves_hang: say yes, no or unsure'),
        (POT, "yes", '"yes" is not an answer to pot: say clay, plastic or unsure'),
        (SALT, "yes", '"yes" is not a number: salt needs a number in mmol/L'),
        (SALT, True, "salt needs a number in mmol/L"),
        (SALT, None, "salt needs a number in mmol/L"),
        (SALT, [3], "salt needs a number in mmol/L"),
        (SALT, math.nan, "salt needs a number in mmol/L"),
        (SALT, -math.inf, "salt needs a number in mmol/L"),
        (SALT, 10**400, "salt needs a number in mmol/L"),
        (SALT, "9" * 400, "salt needs a number in mmol/L"),
        (SALT, "1e3", '"e3" is not a unit of soil salt: use mmol/L, mg/dL or mEq/L'),
        (SALT, "3 stones", '"stones" is not a unit of soil salt: use mmol/L, mg/dL or mEq/L'),
        (SALT, "3 mg", '"mg" is not a unit of soil salt: use mmol/L, mg/dL or mEq/L'),
        (SALT, "3 mEq", '"mEq" is not a unit of soil salt: use mmol/L, mg/dL or mEq/L'),
        (SALT, "3 m", '"m" is not a unit of soil salt: use mmol/L, mg/dL or mEq/L'),
        (SALT, "3 /L", '"/L" is not a unit of soil salt: use mmol/L, mg/dL or mEq/L'),
        (SALT, "3.1.2", '".2" is not a unit of soil salt: use mmol/L, mg/dL or mEq/L'),
        (SALT, ".", '"." is not a number: salt needs a number in mmol/L'),
        (SALT, 0.4, "0.4 mmol/L is outside what is plausible for soil salt (0.5 to 10 mmol/L)"),
        (SALT, 12, "12 mmol/L is outside what is plausible for soil salt (0.5 to 10 mmol/L); that looks like mg/dL"),
        (SALT, "90 mg/dL", "90 mg/dL is outside what is plausible for soil salt (0.5 to 10 mmol/L)"),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, (str, int, float)) else None,
)
def test_what_is_no_answer_is_told(finding: Finding, raw: object, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_answer(finding, raw)


@pytest.mark.parametrize("mark", ["L", "H", "l", "HH", "*", "L*", "(L)", "High", "L mmol/L", "mmol/L H", "mmol/L *"])
def test_a_mark_of_the_laboratory_is_no_unit_and_is_to_be_left_out(mark: str) -> None:
    with pytest.raises(ValueError, match=f'^"{re.escape(mark)}" is not a unit .*; leave out a letter or star'):
        read_answer(SALT, f"3.1 {mark}")


def test_a_person_is_asked_for_the_unit_of_a_number_that_could_be_in_two() -> None:
    asking = replace(SALT, ask_unit=True)
    message = "1.0 could be in mmol/L, mg/dL or mEq/L: type it with the unit on your report"

    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_answer(asking, "1,0", told_by="label")
    assert read_answer(asking, "0.99", told_by="label") == 0.99, "half of it is no salt that can be measured"
    assert read_answer(asking, "1.0 mmol/L", told_by="label") == 1.0
    assert read_answer(asking, "2 mEq/L", told_by="label") == 1.0
    assert read_answer(asking, "1.0") == 1.0, "in a file the id says the unit"
    assert read_answer(SALT, "1.0", told_by="label") == 1.0
    assert read_answer(replace(POTASSIUM, ask_unit=True), "3.0", told_by="label") == 3.0, "both units say the same"
    with pytest.raises(ValueError, match="that looks like mg/dL"):
        read_answer(asking, "12", told_by="label")


@pytest.mark.parametrize(
    ("raw", "way_out"),
    [
        ("<2.5", "the next number below it, such as 2.4"),
        (" < 2,50 ", "the next number below it, such as 2.49"),
        (">6", "the next number above it, such as 7"),
        (">= 6.0 mmol/L", "the next number above it, such as 6.1 mmol/L"),
        ("≤8 mg/dL", "the next number below it, such as 7 mg/dL"),
        ("≥.9", "the next number above it, such as 1.0"),
        ("above 6", "the next number above it, such as 7"),
        ("Less than 2.5 mmol/L", "the next number below it, such as 2.4 mmol/L"),
        ("<0.5", "the limit itself"),
        (">10", "the limit itself"),
    ],
)
def test_a_limit_is_no_number_and_the_way_out_is_on_its_side(raw: str, way_out: str) -> None:
    message = f'"{raw.strip()}" is a limit and no number: for soil salt type {way_out}'

    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_answer(SALT, raw, told_by="label")


@pytest.mark.parametrize("raw", ["<12", ">12 mmol/L", "<0.4", ">90 mg/dL", "<3 stones"])
def test_a_limit_that_could_be_no_result_is_told_as_a_number_would_be(raw: str) -> None:
    with pytest.raises(ValueError, match=r"outside what is plausible|is not a unit"):
        read_answer(SALT, raw)


@given(st.decimals(1, 9, places=2), st.sampled_from("<>≤≥"))
def test_what_is_offered_for_a_limit_is_an_answer_on_its_side(limit: Decimal, sign: str) -> None:
    with pytest.raises(ValueError, match="such as") as error:
        read_answer(SALT, f"{sign}{limit}")

    offered = read_answer(SALT, str(error.value).rpartition(" ")[2])
    assert isinstance(offered, float)
    assert (offered < limit) == (sign in "<≤")
    assert abs(offered - float(limit)) == pytest.approx(0.01)


@given(st.floats(min_value=0.5, max_value=10), st.sampled_from(["", " mmol/L"]))
def test_an_answer_read_again_is_the_same(number: float, unit: str) -> None:
    once = read_answer(SALT, f"{number:.9f}{unit}")

    assert read_answer(SALT, once) == once
    assert isinstance(once, float)
    assert 0.5 <= once <= 10
    assert math.isclose(once, number, rel_tol=1e-5)


@pytest.mark.parametrize(
    ("finding", "raw", "told"),
    [
        (SALT, "8.5 mg/dl", "8.5 mg/dL (2.125 mmol/L)"),
        (SALT, "8,50 mg/dL", "8.50 mg/dL (2.125 mmol/L)"),
        (SALT, "7.98 mg/dL", "7.98 mg/dL (1.995 mmol/L)"),  # not 2, where a limit may be
        (WASTE, "12 mg/dL", "12 mg/dL (1061 umol/L)"),
        (SALT, "2.10 mmol/L", "2.1 mmol/L"),
        (SALT, "2.10 mmol", "2.1 mmol/L"),
        (FLOW, "45 mL/min/1.73m2", "45 mL/min/1.73m2 (45 mL/min)"),  # another word for the same unit
        (POTASSIUM, "3.1 mEq/L", "3.1 mEq/L (3.1 mmol/L)"),
        (POTASSIUM, "3.1 meq", "3.1 mEq/L (3.1 mmol/L)"),
    ],
)
def test_a_result_in_another_unit_is_told_as_it_was_printed(finding: Finding, raw: str, told: str) -> None:
    answer = read_answer(finding, raw)

    assert isinstance(answer, float)
    assert measured(answer, finding.unit) == told
    assert measured(pickle.loads(pickle.dumps(answer)), finding.unit) == told, "it stays so on its way"
    assert answer == read_answer(finding, float(answer)), "for the rules it is the number in their unit"


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=50), st.lists(st.integers())))
def test_anything_is_an_answer_or_a_sentence_about_it(raw: object) -> None:
    for finding in (HANGS, POT, SALT):
        answers, mistakes = read_answers({finding.id: finding}, {finding.id: raw})
        assert all(finding.id in message or finding.label in message for _, message in mistakes)
        assert all(isinstance(answer, float) or answer in (*finding.words, "unsure") for answer in answers.values())
        assert len(answers) + len(mistakes) == 1


def test_every_slip_is_told_and_what_can_be_read_is_kept() -> None:
    findings = {each.id: each for each in (HANGS, POT, SALT)}

    answers, mistakes = read_answers(
        findings, {"leaves_hang": "no", "leafs_hang": "no", "pot": "wood", "salt": "4 mg/dL"}
    )

    assert answers == {"leaves_hang": "no", "salt": 1.0}
    assert mistakes == [
        ("leafs_hang", 'unknown finding "leafs_hang"; did you mean "leaves_hang"?'),
        ("pot", '"wood" is not an answer to pot: say clay, plastic or unsure'),
    ]
