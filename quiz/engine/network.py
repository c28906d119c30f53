"""Rules as branches of tests in layers: the form in which durable-rules is quick.

An atom is a number that stands for something true or false: a test of a finding, any of several such tests, a named
state, or a node. A node is true where all atoms of one of its branches are. Each rule is a node of its own, and each
concept that holds in several ways. A group is multiplied out into the branches of what it stands in where that makes
few of them; otherwise it is a node on a lower level. So the engine fires little that nobody asked for, and nothing for
each of many combinations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, product
from math import comb, prod

from quiz.engine.parts import Held, Part, Parts, Single, Stated, Together

Branch = frozenset[int]

MOST_WAYS = 36
"""Branches that a condition may be multiplied out into."""

WIDEST = 12
"""Atoms in a branch."""


class Network:
    """The nodes of some rules.

    `nodes` has the branches of each node, `level` the layer of each atom: a node needs atoms of lower levels only.
    `rules` has the rule of each node that stands for one, and `names` the atoms of the states that are named by it.
    `any_of` has the tests of each atom that stands for any of several.
    """

    def __init__(self, parts: Parts) -> None:
        self._tests = {place for tests in parts.tests.values() for _, place in tests}
        self.any_of: dict[int, frozenset[int]] = {}
        self._atom_of: dict[frozenset[int], int] = {}
        self.nodes: dict[int, tuple[Branch, ...]] = {}
        self.level: dict[int, int] = {}
        self.rules: dict[int, str] = {}
        self.names: dict[int, tuple[int, ...]] = {}
        self._next = parts.places
        self._opened: dict[int, tuple[Branch, ...]] = {}
        self._shared: dict[frozenset[Branch], int] = {}
        for rule_id, part in parts.rules.items():  # in an order in which a state is named before it is asked for
            atom = self._node(self._ways(part))
            self.rules[atom] = rule_id
            if rule_id in parts.names:
                self.names[atom] = tuple(parts.names[rule_id])
                for place in parts.names[rule_id]:
                    self.level[place] = max(self.level.get(place, 0), self.level[atom])

    def _ways(self, part: Part) -> tuple[Branch, ...]:
        """Branches of which one is true where the part is."""
        if isinstance(part, Held):
            if part.place not in self._opened:
                ways = self._united(self._ways(part.parts[0]))
                self._opened[part.place] = ways if len(ways) == 1 else (frozenset({self._atom(ways)}),)
            return self._opened[part.place]
        if isinstance(part, (Single, Stated)):
            return (frozenset({part.place}),)
        assert isinstance(part, Together)
        inside = list(map(self._ways, part.parts))
        if part.count == len(inside):
            return self._all(inside)
        if part.count == 1:
            return self._united(_distinct(way for ways in inside for way in ways))
        if comb(len(inside), part.count) <= MOST_WAYS and all(len(ways) == 1 for ways in inside):
            return _distinct(
                frozenset().union(*(ways[0] for ways in some)) for some in combinations(inside, part.count)
            )
        return self._at_least(part.count, tuple(map(self._atom, inside)), {})

    def _united(self, ways: tuple[Branch, ...]) -> tuple[Branch, ...]:
        """The same, with one atom for all branches that are single tests."""
        single = [way for way in ways if len(way) == 1 and (way <= self._tests or way <= self.any_of.keys())]
        if len(single) < 2:
            return ways
        tests = frozenset().union(*(self.any_of.get(atom, {atom}) for (atom,) in single))
        if tests not in self._atom_of:
            atom = self._atom_of[tests] = self._next
            self._next += 1
            self.any_of[atom] = tests
        return (frozenset({self._atom_of[tests]}), *(way for way in ways if way not in single))

    def _all(self, inside: Sequence[Sequence[Branch]]) -> tuple[Branch, ...]:
        lists = sorted(inside, key=len)
        while prod(map(len, lists)) > MOST_WAYS:
            lists = sorted([*lists[:-1], (frozenset({self._atom(lists[-1])}),)], key=len)
        return _distinct(frozenset().union(*way) for way in product(*lists))

    def _at_least(
        self, count: int, atoms: tuple[int, ...], made: dict[tuple[int, tuple[int, ...]], tuple[Branch, ...]]
    ) -> tuple[Branch, ...]:
        """At least `count` of these: split in halves and shared, so it costs about count times their number."""
        key = count, atoms
        if key not in made:
            if count == len(atoms):
                made[key] = (frozenset(atoms),)
            elif count == 1:
                made[key] = tuple(frozenset({atom}) for atom in atoms)
            else:
                half = len(atoms) // 2
                left, right = atoms[:half], atoms[half:]
                ways = []
                for first in range(max(0, count - len(right)), min(count, len(left)) + 1):
                    both = [(first, left)] * bool(first) + [(count - first, right)] * bool(count - first)
                    ways.append(frozenset(self._atom(self._at_least(*each, made)) for each in both))
                made[key] = _distinct(ways)
        return made[key]

    def _atom(self, ways: Sequence[Branch]) -> int:
        """An atom that is true where one of these branches is; the same one for the same branches."""
        if len(ways) == 1 and len(ways[0]) == 1:
            return next(iter(ways[0]))
        key = frozenset(ways)
        if key not in self._shared:
            self._shared[key] = self._node(ways)
        return self._shared[key]

    def _node(self, ways: Iterable[Branch]) -> int:
        made = tuple(map(self._shortened, ways))
        atom = self._next
        self._next += 1
        self.nodes[atom] = made
        self.level[atom] = 1 + max((self.level.get(each, 0) for branch in made for each in branch), default=0)
        return atom

    def _shortened(self, branch: Branch) -> Branch:
        while len(branch) > WIDEST:
            atoms = sorted(branch)
            chunks = [atoms[start : start + WIDEST] for start in range(0, len(atoms), WIDEST)]
            branch = frozenset(self._atom((frozenset(chunk),)) for chunk in chunks)
        return branch


def _distinct(ways: Iterable[Branch]) -> tuple[Branch, ...]:
    """Without what is true only where a shorter branch is."""
    found = list(dict.fromkeys(ways))
    if len(found) > 4 * MOST_WAYS:  # to compare many would take long
        return tuple(found)
    return tuple(way for way in found if not any(other < way for other in found))
