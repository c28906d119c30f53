"""Many cases on many machines: the lines of a Dask bag. Needs the extra `dask`, and nothing else imports it.

Every machine needs this program with the same rules. Dask talks over the network of its cluster; the quiz does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from os import PathLike

import dask.bag

from quiz.api import assess_lines, load
from quiz.errors import QuizError


def assess_bag(lines: dask.bag.Bag, rules: str | PathLike[str] | None = None) -> dask.bag.Bag:
    """The lines that `electrolyte-quiz assess` writes for these, in their order, when Dask computes them.

    The partitions are counted at once, so that a line that cannot be read is told by its number in the whole: what is
    read is read twice and never held. `rules` is a folder that every machine has. Raises RuleBaseError; a machine whose
    rules are other ones raises QuizError when its part is computed.
    """
    fingerprint = load(rules).fingerprint
    sizes = lines.map_partitions(_size).compute()
    firsts = dask.bag.from_sequence(accumulate(sizes[:-1], initial=1), partition_size=1)
    return lines.map_partitions(_assessed, firsts, rules=rules, fingerprint=fingerprint)


def _size(lines: Iterable[str]) -> list[int]:
    return [sum(1 for _ in lines)]


def _assessed(
    lines: Iterable[str], first: Iterable[int], rules: str | PathLike[str] | None, fingerprint: str
) -> list[str]:
    found = load(rules).fingerprint
    if found != fingerprint:
        raise QuizError(
            f"this machine has rule base {found}, and not {fingerprint}\n"
            "  hint: install the same version of the program on every machine, or give each the same folder of rules"
        )
    (number,) = first
    return list(assess_lines(lines, rules, first=number))
