"""Answers in, Assessment out. The only home of durable-rules, which matches every rule at run time.

How the rules are put to it. Every condition becomes a node in layers: a node needs only nodes of lower layers. Each
layer is one ruleset, or a few pages of one. A case is one fact per page whose properties *exist* exactly where a test
is true; a rule asks for existence and nothing else, so nothing is compared, coerced or joined. `no` and each
comparison of a number are properties of their own. A condition only ever gains truth from a property that exists, so
the same rulesets tell what is certain (given the tests that are true) and what is possible (given those that could
still become true).

The names of properties and rules are short aliases made here; no text of an author reaches the engine.
"""

from __future__ import annotations

import json
import os
import platform
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, islice, product
from types import MappingProxyType
from typing import Any, TypeVar

from quiz.errors import EngineError
from quiz.logic import denial, is_true, positive, with_consequences
from quiz.model import (
    UNSURE,
    YES,
    Answers,
    Assessment,
    Candidate,
    Cautions,
    Condition,
    Fired,
    Group,
    Holds,
    Is,
    Named,
    Outlook,
    Raises,
    Rule,
    RuleBase,
    SpeaksAgainst,
    Strength,
    Supports,
    Urgency,
)

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
RULES_IN_A_PAGE = 250
PROPERTIES_IN_A_FACT = 240
WIDEST = 12
"""Tests in a branch, and branches in a rule."""

FIRST_TESTS_BEHIND_A_GATE = 12
STACK = 56

_FACT = "f"
_GATE = "g"


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    """A condition to walk along: with concepts and named states opened up into what stands behind them.

    `node` says whether a single test, a concept or a named state is true. A group has no node of its own.
    """

    kind: str
    parts: tuple[_Tree, ...] = ()
    count: int = 0
    node: int = -1
    finding: str = ""
    concept: str = ""


class Truths:
    """Which nodes are true: what one run of the layers found."""

    def __init__(self, nodes: frozenset[int], compiled: _Compiled) -> None:
        self._nodes = nodes
        self._compiled = compiled
        self._behind: dict[_Tree, tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def rule(self, rule_id: str) -> bool:
        return self._compiled.rules[rule_id] in self._nodes

    def leaf(self, leaf: Is | Holds | Named) -> bool:
        """Whether a single test of some condition of the rule base is true."""
        return self._compiled.known[leaf] in self._nodes

    def condition(self, condition: Condition) -> bool:
        """Whether a condition that stands in the rule base is true."""
        return self._compiled.known[condition] in self._nodes

    def tree(self, tree: _Tree) -> bool:
        if tree.node >= 0:
            return tree.node in self._nodes
        if tree.kind == "all":
            return all(map(self.tree, tree.parts))
        if tree.kind == "any":
            return any(map(self.tree, tree.parts))
        return sum(map(self.tree, tree.parts)) >= tree.count

    def behind(self, tree: _Tree) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The findings and the concepts that make it true, in the order of the file; none where it is not true."""
        if tree not in self._behind:
            findings: dict[str, None] = {}
            concepts: dict[str, None] = {}
            if self.tree(tree):
                if tree.finding:
                    findings[tree.finding] = None
                if tree.concept:
                    concepts[tree.concept] = None
                for part in tree.parts:
                    below, held = self.behind(part)
                    findings.update(dict.fromkeys(below))
                    concepts.update(dict.fromkeys(held))
            self._behind[tree] = tuple(findings), tuple(concepts)
        return self._behind[tree]


_Branches = tuple[tuple[int, ...], ...]


@dataclass(slots=True)
class _Node:
    level: int
    branches: _Branches
    """Any branch makes it true; a branch needs all its nodes. Empty for a single test of a finding."""


@dataclass(slots=True)
class _Compiled:
    """Conditions as nodes. The same condition is one node wherever it stands."""

    rulebase: RuleBase
    nodes: list[_Node] = field(default_factory=list)
    known: dict[Condition, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    tests: dict[str, list[tuple[Is, int]]] = field(default_factory=dict)
    trees: dict[Condition, _Tree] = field(default_factory=dict)

    def add(self, condition: Condition) -> int:
        """The node of a condition."""
        if condition in self.known:
            return self.known[condition]
        written = positive(condition, self.rulebase.findings)
        if written in self.known:
            number = self.known[written]
        elif isinstance(written, Is):
            number = self._new(0, ())
            self.tests.setdefault(written.finding, []).append((written, number))
        elif isinstance(written, Holds):
            number = self.add(self._definition(written))
        elif isinstance(written, Named):
            number = self._any([self.rules[rule.id] for rule in self._supporting(written)])
        else:
            number = self._make(self._branches(written))
        self.known[written] = self.known[condition] = number
        return number

    def add_rule(self, rule: Rule) -> None:
        """A node of its own, so that the engine fires each rule once, also where two share a condition."""
        when = positive(rule.when, self.rulebase.findings)
        branches = _distinct(self._branches(when) if isinstance(when, Group) else [(self.add(when),)])
        self.rules[rule.id] = self._narrow(branches)

    def _definition(self, leaf: Holds) -> Condition:
        when = self.rulebase.concepts[leaf.concept].when
        return when if leaf.value == YES else denial(when, self.rulebase.findings)

    def tree(self, condition: Condition) -> _Tree:
        """The tree of a condition that was added."""
        if condition not in self.trees:
            self.trees[condition] = self._tree(positive(condition, self.rulebase.findings))
        return self.trees[condition]

    def _tree(self, written: Condition) -> _Tree:
        if isinstance(written, Is):
            return _Tree("is", node=self.known[written], finding=written.finding)
        if isinstance(written, Holds):
            inner = (self.tree(self._definition(written)),)
            concept = written.concept if written.value == YES else ""
            return _Tree("holds", inner, node=self.known[written], concept=concept)
        if isinstance(written, Named):
            rules = tuple(self.tree(rule.when) for rule in self._supporting(written))
            return _Tree("named", rules, node=self.known[written])
        return _Tree(written.kind, tuple(self.tree(part) for part in written.of), written.count)

    def _supporting(self, named: Named) -> list[Rule]:
        return [
            rule
            for rule in self.rulebase.rules.values()
            if isinstance(rule.then, Supports)
            and rule.then.state == named.state
            and rule.then.strength >= named.strength
            and rule.id in self.rules
        ]

    def _new(self, level: int, branches: tuple[tuple[int, ...], ...]) -> int:
        self.nodes.append(_Node(level, branches))
        return len(self.nodes) - 1

    def _make(self, branches: Iterable[tuple[int, ...]]) -> int:
        made = _distinct(branches)
        if len(made) == 1 and len(made[0]) == 1:
            return made[0][0]
        return self._narrow(made)

    def _narrow(self, branches: _Branches) -> int:
        """A new node. What is wider than the engine likes is put together from nodes of a lower layer."""
        short = tuple(self._shortened(branch) for branch in branches)
        while len(short) > WIDEST:
            short = tuple((self._new(self._level(few), few),) for few in _in_chunks(short))
        return self._new(self._level(short), short)

    def _shortened(self, branch: tuple[int, ...]) -> tuple[int, ...]:
        while len(branch) > WIDEST:
            branch = tuple(self._make([few]) for few in _in_chunks(branch))
        return branch

    def _level(self, branches: tuple[tuple[int, ...], ...]) -> int:
        return 1 + max((self.nodes[part].level for branch in branches for part in branch), default=0)

    def _any(self, parts: list[int]) -> int:
        return self._make((part,) for part in parts)

    def _branches(self, group: Group) -> tuple[tuple[int, ...], ...]:
        if group.kind == "all":
            return (tuple(self.add(part) for part in _flat(group, "all")),)
        if group.kind == "any":
            return tuple(
                tuple(self.add(each) for each in _flat(part, "all"))
                if isinstance(part, Group) and part.kind == "all"
                else (self.add(part),)
                for part in _flat(group, "any")
            )
        return ((self._at_least(group.count, tuple(self.add(part) for part in group.of), {}),),)

    def _at_least(self, count: int, parts: tuple[int, ...], made: dict[tuple[int, tuple[int, ...]], int]) -> int:
        """At least `count` of these: split in halves and shared, so it costs about count times their number."""
        key = (count, parts)
        if key not in made:
            if count == len(parts):
                made[key] = self._make([parts])
            elif count == 1:
                made[key] = self._any(list(parts))
            else:
                half = len(parts) // 2
                left, right = parts[:half], parts[half:]
                branches = []
                for first in range(max(0, count - len(right)), min(count, len(left)) + 1):
                    branch = []
                    if first:
                        branch.append(self._at_least(first, left, made))
                    if count - first:
                        branch.append(self._at_least(count - first, right, made))
                    branches.append(tuple(branch))
                made[key] = self._make(branches)
        return made[key]


def _distinct(branches: Iterable[tuple[int, ...]]) -> _Branches:
    return tuple(dict.fromkeys(tuple(dict.fromkeys(branch)) for branch in branches))


_Item = TypeVar("_Item")


def _in_chunks(items: tuple[_Item, ...]) -> Iterator[tuple[_Item, ...]]:
    for start in range(0, len(items), WIDEST):
        yield items[start : start + WIDEST]


def _flat(group: Condition, kind: str) -> Iterator[Condition]:
    """The parts of a group, with groups of the same kind inside it opened up."""
    if isinstance(group, Group) and group.kind == kind:
        for part in group.of:
            yield from _flat(part, kind)
    else:
        yield group


def _compile(rulebase: RuleBase) -> _Compiled:
    compiled = _Compiled(rulebase)
    rules = [rule for rule in rulebase.rules.values() if rule.provenance.state != "retired"]
    for later in (False, True):  # rules that name states come first: others may ask for a named state
        for rule in rules:
            if isinstance(rule.then, (Raises, Cautions)) == later:
                compiled.add_rule(rule)
    for state in rulebase.states:
        for strength in Strength:
            compiled.add(Named(state, strength))
    sentences = [each for state in rulebase.states.values() for each in (*state.about, *state.tests, *state.ask)]
    for sentence in (*sentences, *rulebase.general_questions, *rulebase.general_cautions):
        if sentence.when is not None:
            compiled.add(sentence.when)
    for concept in rulebase.concepts:
        compiled.add(Holds(concept))
    return compiled


def _aliases() -> Iterator[str]:
    """Short names for properties. No two share a hash, with each other or with a name that the engine uses."""
    taken = {_name_hash(word) for word in (_GATE, "id", "sid")}
    for length in count(1):
        for letters in product("abcdefghijklmnopqrstuvwxyz", repeat=length):
            alias = "p" + "".join(letters)
            if _name_hash(alias) not in taken:
                taken.add(_name_hash(alias))
                yield alias


def _name_hash(text: str) -> int:
    """FNV-1a, by which the engine tells names apart."""
    value = 2166136261
    for byte in text.encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value


class _Page:
    """One ruleset: some nodes of a layer."""

    def __init__(self, nodes: Mapping[int, _Branches], aliases: Sequence[str], title: str) -> None:
        self.title = title
        self.wanted = frozenset(part for branches in nodes.values() for branch in branches for part in branch)
        self.properties = {part: f'"{aliases[part]}":0' for part in self.wanted}
        self.fires: dict[str, int] = {}
        use = _uses(nodes)
        gates: dict[int, int] = {}
        definition: dict[str, Any] = {}
        for number, branches in nodes.items():
            written = []
            for branch in branches:
                tests = _by_use(branch, use)
                gate = gates.setdefault(tests[0], len(gates)) // FIRST_TESTS_BEHIND_A_GATE
                exist = ({"$ex": {aliases[part]: 1}} for part in tests)
                written.append({"$and": [{"$gte": {_GATE: gate}}, *exist]})
            name = f"r{number}"
            self.fires[name] = number
            definition[name] = {"count": 1, "all": [{"m": written[0] if len(written) == 1 else {"$or": written}}]}
        self.definition = json.dumps(definition)
        self.end = f',"id":"{_FACT}","{_GATE}":{len(gates) // FIRST_TESTS_BEHIND_A_GATE + 1}}}'
        self.open()

    def open(self) -> None:
        try:
            self.handle = durable.create_ruleset(self.title, self.definition)
        except Exception as error:
            raise EngineError(f"durable-rules refused a page of rules: {error}") from error

    def fired(self, true: set[int]) -> list[int]:
        """The nodes of this page that are true, given the true nodes of lower layers.

        Where this raises, the engine may hold a fact or a lock: the page must be opened again.
        """
        properties = ",".join([self.properties[part] for part in self.wanted & true])
        if not properties:
            return []
        code, state = durable.assert_fact(self.handle, "{" + properties + self.end)
        if code == 1:
            return []
        if code != 0:
            raise EngineError(f"durable-rules answered with code {code} on page {self.title}")
        found = []
        result = durable.start_action_for_state(self.handle, state)
        message = result[1] if result else None
        while message:
            found.append(self.fires[message[2 : message.index('"', 2)]])
            message = durable.complete_and_start_action(self.handle, state)
        durable.retract_fact(self.handle, f'{{"id":"{_FACT}"}}')
        if not found:
            raise EngineError(f"durable-rules took a fact and fired nothing on page {self.title}")
        return found


def _uses(nodes: Mapping[int, _Branches]) -> Counter[int]:
    return Counter(part for branches in nodes.values() for branch in branches for part in branch)


def _by_use(branch: tuple[int, ...], use: Mapping[int, int]) -> list[int]:
    """The order in which a page writes the tests of a branch: the most used first, so that branches share them."""
    return sorted(branch, key=lambda part: (-use[part], part))


def _depth(nodes: Mapping[int, _Branches]) -> int:
    """The most entries that matching these nodes can put on the engine's stack of 64."""
    use = _uses(nodes)
    trie: dict[int, Any] = {}
    for number, branches in nodes.items():
        for branch in branches:
            level = trie
            for part in _by_use(branch, use):
                level = level.setdefault(part, {})
            if len(branches) > 1:  # rules share the test they end in, but each branch of an "or" has an end of its own
                level[-1 - number] = {}

    def need(level: dict[int, Any]) -> int:
        return len(level) + max((need(inner) for inner in level.values()), default=0)

    first = len(trie)
    inside = max((need(level) for level in trie.values()), default=0)
    return first // FIRST_TESTS_BEHIND_A_GATE + 1 + min(first, FIRST_TESTS_BEHIND_A_GATE) + inside


def _fits(nodes: Mapping[int, _Branches]) -> bool:
    properties = {part for branches in nodes.values() for branch in branches for part in branch}
    return len(properties) <= PROPERTIES_IN_A_FACT and _depth(nodes) <= STACK


def _in_pages(nodes: Mapping[int, _Branches]) -> Iterator[dict[int, _Branches]]:
    """The nodes of one layer, in pages within the limits of the engine."""
    for start in range(0, len(nodes), RULES_IN_A_PAGE):
        yield from _halved(dict(list(nodes.items())[start : start + RULES_IN_A_PAGE]))


def _halved(nodes: dict[int, _Branches]) -> Iterator[dict[int, _Branches]]:
    if _fits(nodes):
        yield nodes
    elif len(nodes) == 1:
        raise EngineError("a condition is too wide for the engine")
    else:
        items = list(nodes.items())
        half = len(items) // 2
        yield from _halved(dict(items[:half]))
        yield from _halved(dict(items[half:]))


class _Layers:
    """Rulesets for some nodes, and one run through them at a time."""

    def __init__(self, nodes: Sequence[_Node]) -> None:
        aliases = list(islice(_aliases(), len(nodes)))
        layers: dict[int, dict[int, _Branches]] = {}
        for number, node in enumerate(nodes):
            if node.branches:
                layers.setdefault(node.level, {})[number] = node.branches
        self.pages = [
            _Page(inside, aliases, f"l{level}p{place}")
            for level in sorted(layers)
            for place, inside in enumerate(_in_pages(layers[level]))
        ]
        self.clean = True

    def run(self, start: Iterable[int]) -> frozenset[int]:
        """The nodes that are true, given the tests that are."""
        if not self.clean:  # a call was cut off in the middle: what the engine holds cannot be trusted
            for page in self.pages:
                page.open()
        self.clean = False
        true = set(start)
        for page in self.pages:  # lower layers first; pages of one layer do not need each other
            true.update(page.fired(true))
        self.clean = True
        return frozenset(true)


def _closing(nodes: Sequence[_Node]) -> list[_Node]:
    """For each node, one of the same number that is true where the first can become true no more.

    With few answers nearly everything is still possible, and what is possible fires once for each of its branches. Few
    things are closed, so the engine is asked for those.
    """
    closing: list[_Node] = []
    extra: dict[tuple[int, ...], int] = {}
    added: list[_Node] = []

    def level(parts: Iterable[int]) -> int:
        known = (closing[part] if part < len(nodes) else added[part - len(nodes)] for part in parts)
        return 1 + max(node.level for node in known)

    def closed(branch: tuple[int, ...]) -> int:
        if len(branch) == 1:
            return branch[0]
        if branch not in extra:
            extra[branch] = len(nodes) + len(added)
            added.append(_Node(level(branch), tuple((part,) for part in branch)))
        return extra[branch]

    for node in nodes:  # the parts of a node come before it
        if len(node.branches) == 1:
            closing.append(_Node(level(node.branches[0]), tuple((part,) for part in node.branches[0])))
        elif node.branches:
            parts = tuple(map(closed, node.branches))
            closing.append(_Node(level(parts), (parts,)))
        else:
            closing.append(_Node(0, ()))
    return closing + added


class Engine:
    """The rules of one rule base, ready to run.

    Safe to call from several threads, one at a time, and after a fork.
    """

    def __init__(self, rulebase: RuleBase, *, looks_ahead: bool = True) -> None:
        """Raises EngineError where durable-rules cannot take the rules.

        Without `looks_ahead` an assessment names nothing as not asked. What durable-rules takes for that is three
        quarters of an engine's memory (some 40 MB for the shipped rules), which it never gives back.
        """
        self.rulebase = rulebase
        self._looks_ahead = looks_ahead
        try:
            self._compiled = _compile(rulebase)
        except RecursionError:
            raise EngineError("the conditions stand on too many levels of groups and concepts") from None
        self._truth = _Layers(self._compiled.nodes)
        self._closing: _Layers | None = None
        self._active = tuple(rule for rule in rulebase.rules.values() if rule.id in self._compiled.rules)
        self._trees = {rule.id: self._compiled.tree(rule.when) for rule in self._active}
        self._red_flags = tuple(rule for rule in self._active if rule.red_flag)
        self._supporting: dict[str, list[Rule]] = {state: [] for state in rulebase.states}
        for rule in self._active:
            if isinstance(rule.then, Supports):
                self._supporting[rule.then.state].append(rule)
        self._by_word = {
            (finding, test.value): number
            for finding, tests in self._compiled.tests.items()
            for test, number in tests
            if isinstance(test.value, str)
        }
        made = enumerate(self._compiled.nodes)
        self._never = tuple(number for number, node in made if node.level and not node.branches)
        """States that no rule names."""
        self._every_node = frozenset(range(len(self._compiled.nodes)))
        self._lock = threading.Lock()
        self._process = os.getpid()

    def _run(self, layers: _Layers, start: Iterable[int]) -> frozenset[int]:
        if self._process != os.getpid():  # another thread may have held the lock, or been in the engine, at the fork
            self._process, self._lock = os.getpid(), threading.Lock()
            for each in (self._truth, self._closing):
                if each is not None:
                    each.clean = False
        with self._lock:
            return layers.run(start)

    # --- what is true -------------------------------------------------------------------------------

    def certain(self, answers: Answers) -> Truths:
        """What holds whatever the findings not asked turn out to be."""
        return self._certain(with_consequences(self.rulebase, answers))

    def possible(self, answers: Answers) -> Truths:
        """What holds, or could after more answers. A finding answered `unsure` is settled and opens nothing.

        Each test of a finding not asked counts as open by itself, so a rule that needs two answers to one such finding
        is called possible too.
        """
        return self._possible(with_consequences(self.rulebase, answers))

    def if_sure(self, answers: Answers) -> Truths:
        """What holds, or would if each answer `unsure` were another one. Findings not asked open nothing."""
        return self._if_sure(with_consequences(self.rulebase, answers))

    def _certain(self, known: Answers) -> Truths:
        return Truths(self._run(self._truth, self._true_tests(known)), self._compiled)

    def _possible(self, known: Answers) -> Truths:
        if self._closing is None:  # half of the work of a start, and not every caller asks what is possible
            self._closing = _Layers(_closing(self._compiled.nodes))
        closed = self._run(self._closing, (*self._never, *self._closed_tests(known)))
        return Truths(self._every_node - closed, self._compiled)

    def _if_sure(self, known: Answers) -> Truths:
        opened = (finding for finding, answer in known.items() if answer == UNSURE)
        return Truths(self._run(self._truth, (*self._true_tests(known), *self._tests_of(opened))), self._compiled)

    def _closed_tests(self, known: Answers) -> Iterator[int]:
        for finding in known:
            for test, number in self._compiled.tests.get(finding, ()):
                if not is_true(test, known):
                    yield number

    def _true_tests(self, known: Answers) -> Iterator[int]:
        for finding, answer in known.items():
            if not isinstance(answer, str):
                for test, number in self._compiled.tests.get(finding, ()):
                    if is_true(test, known):
                        yield number
            elif (finding, answer) in self._by_word:
                yield self._by_word[finding, answer]

    def _tests_of(self, findings: Iterable[str]) -> Iterator[int]:
        for finding in findings:
            for _, number in self._compiled.tests.get(finding, ()):
                yield number

    # --- what is told -------------------------------------------------------------------------------

    def assess(self, answers: Answers) -> Assessment:
        """What the rules say about these answers. The same answers in any order give the same assessment."""
        known = with_consequences(self.rulebase, answers)
        certain = self._certain(known)
        if_sure = self._if_sure(known) if UNSURE in known.values() else certain
        fired = tuple(
            Fired(rule, *certain.behind(self._trees[rule.id])) for rule in self._active if certain.rule(rule.id)
        )
        urgent = sorted((each for each in fired if isinstance(each.rule.then, Raises)), key=_most_urgent_first)
        return Assessment(
            candidates=self._candidates(fired, known, if_sure),
            urgency=_urgency(urgent[0].rule) if urgent else None,
            urgent=tuple(urgent),
            cautions=tuple(each for each in fired if isinstance(each.rule.then, Cautions)),
            not_ruled_out=tuple(
                Fired(rule, self._open(rule, if_sure, lambda finding: known.get(finding) == UNSURE), ())
                for rule in self._red_flags
                if if_sure.rule(rule.id) and not certain.rule(rule.id)
            ),
            fired=fired,
            answers=MappingProxyType(dict(known)),
        )

    def _open(self, rule: Rule, truths: Truths, is_open: Callable[[str], bool]) -> tuple[str, ...]:
        """The open findings behind a rule that is true under `truths`."""
        return tuple(filter(is_open, truths.behind(self._trees[rule.id])[0]))

    def _candidates(self, fired: Iterable[Fired], known: Answers, if_sure: Truths) -> tuple[Candidate, ...]:
        supporting: dict[str, list[Fired]] = {}
        against: dict[str, list[Fired]] = {}
        for each in fired:
            if isinstance(each.rule.then, Supports):
                supporting.setdefault(each.rule.then.state, []).append(each)
            elif isinstance(each.rule.then, SpeaksAgainst):
                against.setdefault(each.rule.then.state, []).append(each)
        possible = self._possible(known) if supporting and self._looks_ahead else None
        found = []
        for state in (state for state in self.rulebase.states if state in supporting):
            behind = sorted(supporting[state], key=lambda each: -_strength(each.rule))
            strength = _strength(behind[0].rule)
            told = {finding for each in behind for finding in each.evidence}
            evidence = (finding for each in behind if _strength(each.rule) == strength for finding in each.evidence)
            rules = self._supporting[state]
            unsure = (
                finding
                for rule in rules
                for finding in self._open(rule, if_sure, lambda finding: known.get(finding) == UNSURE)
            )
            not_asked = (
                finding
                for rule in sorted(rules, key=lambda rule: -_strength(rule))
                if possible is not None and _strength(rule) > strength
                for finding in self._open(rule, possible, lambda finding: finding not in known)
            )
            found.append(
                Candidate(
                    state=state,
                    strength=strength,
                    fired=tuple(behind),
                    against=tuple(against.get(state, ())),
                    unsure=tuple(each for each in dict.fromkeys(unsure) if each not in told),
                    not_asked=tuple(dict.fromkeys(not_asked)),
                    evidence=tuple(dict.fromkeys(evidence)),
                )
            )
        return tuple(sorted(found, key=lambda each: (-each.strength, -len(each.evidence))))

    def outlook(self, answers: Answers) -> Outlook:
        """The open rules that each finding without an answer could help to fire."""
        known = with_consequences(self.rulebase, answers)
        certain, possible = self._certain(known), self._possible(known)
        pivots = _Pivots(possible, certain)
        settles: dict[str, list[Rule]] = {}
        for rule in self._active:
            for finding in pivots.of(self._trees[rule.id]):
                if finding not in known:
                    settles.setdefault(finding, []).append(rule)
        return Outlook({finding: tuple(rules) for finding, rules in settles.items()})

    def applies(self, condition: Condition | None, answers: Answers) -> bool:
        """Whether a condition that stands in the rule base is certain. No condition always applies."""
        return condition is None or self.certain(answers).condition(condition)


class _Pivots:
    """Findings whose answer can still move a condition. What is settled already, or no longer possible, they cannot."""

    def __init__(self, possible: Truths, settled: Truths) -> None:
        self._possible = possible
        self._settled = settled
        self._found: dict[_Tree, tuple[str, ...]] = {}

    def of(self, tree: _Tree) -> tuple[str, ...]:
        if tree not in self._found:
            found: tuple[str, ...] = ()
            if self._possible.tree(tree) and not self._settled.tree(tree):
                below = (finding for part in tree.parts for finding in self.of(part))
                found = (tree.finding,) if tree.finding else tuple(dict.fromkeys(below))
            self._found[tree] = found
        return self._found[tree]


def _strength(rule: Rule) -> Strength:
    return rule.then.strength if isinstance(rule.then, Supports) else Strength.WEAK


def _urgency(rule: Rule) -> Urgency:
    return rule.then.urgency if isinstance(rule.then, Raises) else Urgency.ROUTINE


def _most_urgent_first(fired: Fired) -> int:
    return -_urgency(fired.rule)
