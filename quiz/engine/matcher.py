"""The nodes of a network, put to durable-rules. The only module that calls it.

A case is one fact for each section, whose properties *exist* exactly where an atom is true; a rule of the engine asks
for existence and nothing else, so nothing is compared, coerced or joined. A section is some branches of one level that
fit into the limits of the engine; a ruleset holds several, each behind a property of its own. What fires in a section
is told to the sections of higher levels. A fact has the tests of such branches only that could be true, and a section
that has none is not put to the engine.

The names of properties and rules are short aliases made here; no text of an author reaches the engine.
"""

from __future__ import annotations

import os
import platform
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, product
from typing import Any

from quiz.engine.candidates import Candidates, Index
from quiz.engine.network import Branch, Network
from quiz.errors import EngineError

try:
    import durable_rules_engine as durable
except ImportError as error:
    raise EngineError(
        f"the rules engine (durable-rules) cannot be loaded by Python {platform.python_version()}: {error}\n"
        "  hint: in a checkout: uv sync --reinstall-package durable-rules (uv 0.8.6 or newer)\n"
        "  hint: with pip: CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject "
        "pip install --no-cache-dir --force-reinstall durable-rules==2.0.28\n"
        "  hint: both need a C compiler and the headers of Python (Debian: apt install gcc python3-dev)"
    ) from error

# Limits of durable-rules 2.0.28, measured; each is kept with room to spare.
RULES_IN_A_SECTION = 250
RULES_IN_A_RULESET = 150
"""Of several sections. To make a ruleset holds up all other threads, so it is kept short: some milliseconds."""

SECTIONS_IN_A_RULESET = 12
PROPERTIES_IN_A_FACT = 240
BRANCHES_IN_A_RULE = 12
FIRST_TESTS_BEHIND_A_GATE = 12
STACK = 56
DIGITS = 3
"""Of the number of a rule in its section."""

_FACT = "f"

Entry = tuple[int, tuple[Branch, ...]]
"""A node, and some of its branches: one rule of the engine."""


def _aliases(beginning: str) -> Iterator[str]:
    """Short names for properties. No two share a hash, with each other or with a name that the engine uses."""
    taken = {_name_hash(word) for word in ("id", "sid")}
    for length in count(1):
        for letters in product("abcdefghijklmnopqrstuvwxyz", repeat=length):
            alias = beginning + "".join(letters)
            if _name_hash(alias) not in taken:
                taken.add(_name_hash(alias))
                yield alias


def _name_hash(text: str) -> int:
    """FNV-1a, by which the engine tells names apart."""
    value = 2166136261
    for byte in text.encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value


class _Ruleset:
    """A handle of durable-rules, and the text that it was made of."""

    def __init__(self, rules: Sequence[str]) -> None:
        self._definition = "{" + ",".join(rules) + "}"
        self.open()

    def open(self) -> None:
        """Where a run was cut off, the engine may hold a fact or a lock, and a ruleset must be opened again."""
        try:
            self.handle = durable.create_ruleset("rules", self._definition)
        except Exception as error:
            raise EngineError(f"durable-rules refused a page of rules: {error}") from error
        self.clean = True


class _Section:
    """Some branches of one level: its rules as text, and what a fact for it needs."""

    def __init__(self, entries: Sequence[Entry], aliases: Mapping[int, str], gate: str) -> None:
        self.rules: list[str] = []
        self.fires: dict[str, int] = {}
        wanted = {atom for _, branches in entries for branch in branches for atom in branch}
        self._properties = {atom: f'"{aliases[atom]}":0,' for atom in wanted}
        exist = {atom: f'{{"$ex":{{"{aliases[atom]}":1}}}}' for atom in wanted}
        use = _uses(entries)
        gates: dict[int, int] = {}
        for atom, branches in entries:
            written = []
            for branch in branches:
                tests = _by_use(branch, use)
                number = gates.setdefault(tests[0], len(gates)) // FIRST_TESTS_BEHIND_A_GATE
                inside = ",".join([exist[each] for each in tests])
                written.append(f'{{"$and":[{{"$gte":{{"{gate}":{number}}}}},{inside}]}}')
            name = f"{gate}{len(self.fires):0{DIGITS}}"
            self.fires[name] = atom
            one = written[0] if len(written) == 1 else f'{{"$or":[{",".join(written)}]}}'
            self.rules.append(f'"{name}":{{"count":1,"all":[{{"m":{one}}}]}}')
        self._name = slice(2, 2 + len(gate) + DIGITS)
        """Where a message has the name of the rule that fired."""
        self._end = f'"id":"{_FACT}","{gate}":{len(gates) // FIRST_TESTS_BEHIND_A_GATE + 1}}}'
        self.ruleset: _Ruleset

    def fired(self, true: set[int]) -> list[int]:
        """The nodes that fire where these atoms are true; a node may be told more than once."""
        handle, fires, name, properties = self.ruleset.handle, self.fires, self._name, self._properties
        fact = "".join([properties[atom] for atom in true])
        code, state = durable.assert_fact(handle, "{" + fact + self._end)
        if code == 1:
            return []
        if code != 0:
            raise EngineError(f"durable-rules answered with code {code}")
        found = []
        result = durable.start_action_for_state(handle, state)
        message = result[1] if result else None
        while message:
            found.append(fires[message[name]])
            message = durable.complete_and_start_action(handle, state)
        durable.retract_fact(handle, f'{{"id":"{_FACT}"}}')
        if not found:
            raise EngineError("durable-rules took a fact and fired nothing")
        return found


def _together(sections: Sequence[_Section]) -> _Ruleset:
    made = _Ruleset([rule for each in sections for rule in each.rules])
    for each in sections:
        each.ruleset = made
    return made


def _uses(entries: Sequence[Entry]) -> Counter[int]:
    return Counter(atom for _, branches in entries for branch in branches for atom in branch)


def _by_use(branch: Branch, use: Mapping[int, int]) -> list[int]:
    """The order in which the tests of a branch are written: the most used first, so that branches share them."""
    return sorted(branch, key=lambda atom: (-use[atom], atom))


def _depth(entries: Sequence[Entry]) -> int:
    """The most places that matching these can take on the engine's stack of 64."""
    use = _uses(entries)
    trie: dict[int, Any] = {}
    for number, (_, branches) in enumerate(entries):
        for branch in branches:
            level = trie
            for atom in _by_use(branch, use):
                level = level.setdefault(atom, {})
            if len(branches) > 1:  # rules share the test they end in, but each branch of an "or" has an end of its own
                level[-1 - number] = {}

    def need(level: dict[int, Any]) -> int:
        return len(level) + max((need(inner) for inner in level.values() if inner), default=0)

    first = len(trie)
    inside = max(map(need, trie.values()), default=0)
    return first // FIRST_TESTS_BEHIND_A_GATE + 1 + min(first, FIRST_TESTS_BEHIND_A_GATE) + inside


def _fits(entries: Sequence[Entry]) -> bool:
    wanted = {atom for _, branches in entries for branch in branches for atom in branch}
    return len(entries) <= RULES_IN_A_SECTION and len(wanted) <= PROPERTIES_IN_A_FACT and _depth(entries) <= STACK


def _alike_together(entries: Sequence[Entry]) -> list[Entry]:
    """In an order in which those that share their most used tests stand together: so a section needs fewer of them."""
    use = _uses(entries)

    def most_used_first(entry: Entry) -> list[tuple[int, int]]:
        return sorted((-use[atom], atom) for atom in {atom for branch in entry[1] for atom in branch})

    return sorted(entries, key=most_used_first)


def _in_sections(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """The entries of one level, in sections within the limits of the engine."""
    if _fits(entries):
        yield entries
    elif len(entries) == 1:
        raise EngineError("a condition is too wide for the engine")
    else:
        half = len(entries) // 2
        yield from _in_sections(entries[:half])
        yield from _in_sections(entries[half:])


class Matcher:
    """Runs a network. Safe to call from several threads, one at a time, and after a fork."""

    def __init__(self, network: Network) -> None:
        """Raises EngineError where durable-rules cannot take the rules."""
        levels: dict[int, list[Entry]] = {}
        for atom, branches in network.nodes.items():
            entries = levels.setdefault(network.level[atom], [])
            for start in range(0, len(branches), BRANCHES_IN_A_RULE):
                entries.append((atom, branches[start : start + BRANCHES_IN_A_RULE]))
        wanted = {atom for branches in network.nodes.values() for branch in branches for atom in branch}
        told = {node: set(network.names.get(node, (node,))) & wanted for node in network.nodes}
        self._follow = {node: tuple(atoms) for node, atoms in told.items() if atoms}
        """What is true as well where a node is, and asked for by another."""
        names = _aliases("p")
        aliases = dict(zip(sorted(wanted), names, strict=False))
        self._index = Index({atom: tests for atom, tests in network.any_of.items() if atom in wanted})
        self._sections: list[_Section] = []
        for level in sorted(levels):
            for some in _in_sections(_alike_together(levels[level])):
                self._index.add((branch for _, branches in some for branch in branches), _uses(some))
                self._sections.append(_Section(some, aliases, next(names)))
        self._rulesets = list(self._made())
        self._lock = threading.Lock()
        self._process = os.getpid()

    def _made(self) -> Iterator[_Ruleset]:
        some: list[_Section] = []
        for section in self._sections:
            rules = sum(len(each.rules) for each in some) + len(section.rules)
            if some and (len(some) == SECTIONS_IN_A_RULESET or rules > RULES_IN_A_RULESET):
                yield _together(some)
                some = []
            some.append(section)
        if some:
            yield _together(some)

    def run(self, atoms: Iterable[int]) -> set[int]:
        """The nodes that are true where these tests are, and no others."""
        if self._process != os.getpid():  # another thread may have held the lock, or been in the engine, at the fork
            self._process, self._lock = os.getpid(), threading.Lock()
            for each in self._rulesets:
                each.clean = False
        with self._lock:
            return self._run(atoms)

    def _run(self, atoms: Iterable[int]) -> set[int]:
        candidates, follow = Candidates(self._index), self._follow
        candidates.add(atoms)
        found: set[int] = set()
        for section, wanted in zip(self._sections, candidates.wanted, strict=True):
            if not wanted:
                continue
            true = candidates.true_of(wanted)
            ruleset = section.ruleset
            if not ruleset.clean:  # a run was cut off in the middle: what the engine holds cannot be trusted
                ruleset.open()
            ruleset.clean = False
            fired = section.fired(true)
            ruleset.clean = True
            found.update(fired)
            if not follow.keys().isdisjoint(fired):
                candidates.add([atom for node in fired if node in follow for atom in follow[node]])
        return found
