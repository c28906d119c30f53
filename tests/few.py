"""A few findings, so few that every set of answers to them can be tried."""

from __future__ import annotations

from functools import partial
from itertools import product

from quiz.model import UNSURE, Answers
from tests import making

FEW = (*making.FINDINGS[:2], making.FINDINGS[6], making.FINDINGS[7])
"""f0, f1, pot and level."""

EVERYTHING: list[Answers] = [
    {finding.id: answer for finding, answer in zip(FEW, answers, strict=True) if answer is not None}
    for answers in product(*((*(each.words or making.POINTS), UNSURE, None) for each in FEW))
]
"""Every set of answers, those that contradict what follows among them."""

narrowed = partial(making.about, 2)
"""A condition that is about these findings alone, made from one about `making.FINDINGS`."""
