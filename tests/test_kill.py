"""A kill -9 at any moment loses at most the key being typed, once the person agreed to save.

QUIZ_TEST_KILLS=N sets how often each kind is killed; the default is a few. `python -m tests.long.kills` makes a
thousand kills on all cores and reports as it goes.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.killing import KINDS

KILLS = int(os.environ.get("QUIZ_TEST_KILLS", "5"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_at_any_moment_loses_no_answer_that_was_taken_and_leaves_every_file_whole(
    tmp_path: Path, kind: str
) -> None:
    _, kill = KINDS[kind]
    kill(tmp_path, 1, KILLS)
