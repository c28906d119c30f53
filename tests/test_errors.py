"""Ways out: what was meant by a word, and what can be done where the system refuses a file."""

from __future__ import annotations

from errno import EACCES, EISDIR, ELOOP, ENOENT, ENOSPC

import pytest

from quiz.errors import Position, Tried, did_you_mean, refused, unreadable, way_out

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


@pytest.mark.parametrize(
    ("code", "what", "hint"),
    [
        (ENOENT, "read", "look at its spelling, and at the folder that you are in"),
        (ENOENT, "written", "make its folder first, or name another file"),
        (EISDIR, "read", "it is a folder: name a file"),
        (ELOOP, "read", "it is a link that leads back to itself: put the file itself here"),
        (EACCES, "written", "look at its permissions, and at those of its folder"),
        (ENOSPC, "written", "make room on the disk, or name another place"),
    ],
)
def test_a_file_that_the_system_refuses_is_told_with_a_way_out(code: int, what: Tried, hint: str) -> None:
    error = OSError(code, "No")

    assert way_out(error, what) == hint
    assert str(refused("x.yaml", what, error)) == f"x.yaml: cannot be {what}: No\n  hint: {hint}"
    assert str(refused("x.yaml", what, OSError("odd"))) == f"x.yaml: cannot be {what}: odd"
    assert str(unreadable(Position("x.yaml"), error)).startswith("x.yaml: F101 cannot be read: No\n  hint: ")
