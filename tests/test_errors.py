"""Hints that name what was meant."""

from __future__ import annotations

import pytest

from quiz.errors import did_you_mean

KNOWN = ("WATER_HIGH", "LIGHT_LOW", "dry_soil", "low-water.hanging", "high-water.wet", "F-WATER-03", "long_term_heat")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("WATER_HIG", "WATER_HIGH"),
        ("WATR_HIGH", "WATER_HIGH"),
        ("dry_sol", "dry_soil"),
        ("drysoil", "dry_soil"),
        ("low-water.hangin", "low-water.hanging"),
        ("longterm_heat", "long_term_heat"),
    ],
)
def test_a_slip_is_met_with_what_was_meant(word: str, meant: str) -> None:
    assert did_you_mean(word, KNOWN) == f'did you mean "{meant}"?'


@pytest.mark.parametrize("word", ["WATER_LOW", "LIGHT_HIGH", "high-water.hanging", "low-water.wet", "F-WATER-99"])
def test_the_opposite_and_another_number_are_never_meant(word: str) -> None:
    assert did_you_mean(word, KNOWN) == ""


@pytest.mark.parametrize(
    ("word", "known"), [("chest_pain", "heparin"), ("poor_gut_uptake", "poor_intake"), ("gut_loss", "gut_loss_of_salt")]
)
def test_a_word_with_other_parts_is_no_slip(word: str, known: str) -> None:
    assert did_you_mean(word, [known]) == ""
