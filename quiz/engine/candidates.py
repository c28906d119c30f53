"""Which branches could be true of a case: no other atoms of it are put to the engine.

An index has two atoms of each branch, the two that are likely to be the rarest, and the branch is a candidate where
both are true. An atom that stands for any of several tests is looked up by each of these, and settled where a candidate
asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product

from quiz.engine.network import Branch

Needs = tuple[tuple[int, Branch], ...]
"""Sections by number, each with the atoms of some of its branches."""

MOST_PAIRS = 64
"""Of tests for one branch. A branch that would need more is looked up by its rarest atom alone."""


class Index:
    """The branches of numbered sections, by pairs of atoms."""

    def __init__(self, any_of: Mapping[int, frozenset[int]]) -> None:
        """`any_of` has the tests of each atom that stands for any of several."""
        self.any_of = any_of
        self.of_several = frozenset(any_of)
        self.pairs: dict[int, tuple[set[int], dict[int, Needs]]] = {}
        """To an atom its partners, and to each of these what the branches with both need."""
        self._kept: dict[Needs, Needs] = {}
        self.sections = 0

    def add(self, branches: Iterable[Branch], use: Mapping[int, int]) -> None:
        """One more section. `use` tells how often it asks for each atom."""
        needed: dict[tuple[int, int], Branch] = {}
        for branch in branches:
            for one, other in self._looked_up_by(branch, use):
                pair = min(one, other), max(one, other)
                needed[pair] = branch if pair not in needed else needed[pair] | branch
        for (one, other), atoms in needed.items():
            self._note(one, other, atoms)
            if one != other:
                self._note(other, one, atoms)
        self.sections += 1

    def _looked_up_by(self, branch: Branch, use: Mapping[int, int]) -> Iterable[tuple[int, int]]:
        rare = sorted(branch, key=lambda atom: (len(self.any_of.get(atom, ())), use[atom], atom))[:2]
        tests = [self.any_of.get(atom, {atom}) for atom in rare]
        if len(rare) == 2 and len(tests[0]) * len(tests[1]) <= MOST_PAIRS:
            return product(tests[0], tests[1])
        return zip(tests[0], tests[0], strict=True)

    def _note(self, atom: int, partner: int, atoms: Branch) -> None:
        partners, needs = self.pairs.setdefault(atom, (set(), {}))
        partners.add(partner)
        inside = (*needs.get(partner, ()), (self.sections, atoms))
        needs[partner] = self._kept.setdefault(inside, inside)


class Candidates:
    """Those of one case, as its atoms turn out to be true.

    `wanted` has for each section the atoms that its candidates ask for.
    """

    __slots__ = ("_any_of", "_of_several", "_pairs", "_true", "wanted")

    def __init__(self, index: Index) -> None:
        self._any_of, self._of_several, self._pairs = index.any_of, index.of_several, index.pairs
        self._true: set[int] = set()
        self.wanted: list[set[int]] = [set() for _ in range(index.sections)]

    def add(self, atoms: Iterable[int]) -> None:
        """These are true as well."""
        true, pairs, wanted = self._true, self._pairs, self.wanted
        for atom in atoms:
            if atom in true:
                continue
            true.add(atom)
            if atom in pairs:
                partners, needs = pairs[atom]
                for partner in partners & true:
                    for section, branch in needs[partner]:
                        wanted[section] |= branch

    def true_of(self, wanted: set[int]) -> set[int]:
        """Those of these atoms that are true."""
        found = wanted & self._true
        found.update([atom for atom in wanted & self._of_several if not self._any_of[atom].isdisjoint(self._true)])
        return found
