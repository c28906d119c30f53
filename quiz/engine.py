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
import platform
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from quiz.errors import EngineError
from quiz.logic import denial, holds, is_true, positive, true_leaves, with_consequences
from quiz.model import (
    NO,
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
BRANCHES_IN_A_RULE = 12
FIRST_TESTS_BEHIND_A_GATE = 12
STACK = 56

_FACT = "f"
_GATE = "g"


class Truths:
    """Which nodes are true: what one run of the layers found."""

    def __init__(self, nodes: frozenset[int], compiled: _Compiled) -> None:
        self._nodes = nodes
        self._compiled = compiled

    def rule(self, rule_id: str) -> bool:
        return self._compiled.rules[rule_id] in self._nodes

    def leaf(self, leaf: Is | Holds | Named) -> bool:
        """Whether a single test of some condition of the rule base is true."""
        return self._compiled.leaf(leaf) in self._nodes

    def condition(self, condition: Condition) -> bool:
        """Whether a condition that stands in the rule base is true."""
        return self._compiled.known[condition] in self._nodes


@dataclass(slots=True)
class _Node:
    level: int
    branches: tuple[tuple[int, ...], ...]
    """Any branch makes it true; a branch needs all its nodes. Empty for a single test of a finding."""


@dataclass(slots=True)
class _Compiled:
    """Conditions as nodes. The same condition is one node wherever it stands."""

    rulebase: RuleBase
    nodes: list[_Node] = field(default_factory=list)
    known: dict[Condition, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    tests: dict[str, list[tuple[Is, int]]] = field(default_factory=dict)

    def leaf(self, leaf: Is | Holds | Named) -> int:
        return self.known[leaf]

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
            when = self.rulebase.concepts[written.concept].when
            number = self.add(when if written.value == YES else denial(when, self.rulebase.findings))
        elif isinstance(written, Named):
            number = self._any([self.rules[rule.id] for rule in self._supporting(written)])
        else:
            number = self._make(self._branches(written))
        self.known[written] = self.known[condition] = number
        return number

    def add_rule(self, rule: Rule) -> None:
        """A node of its own, so that the engine fires each rule once, also where two share a condition."""
        when = positive(rule.when, self.rulebase.findings)
        branches = self._branches(when) if isinstance(when, Group) else ((self.add(when),),)
        self.rules[rule.id] = self._new(self._level(branches), branches)

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
        made = tuple(dict.fromkeys(tuple(dict.fromkeys(branch)) for branch in branches))
        if len(made) == 1 and len(made[0]) == 1:
            return made[0][0]
        return self._new(self._level(made), made)

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


def _alias(number: int) -> str:
    letters = "abcdefhijklmnopqrstuvwxyz"
    text = "p"
    while True:
        text += letters[number % len(letters)]
        number //= len(letters)
        if not number:
            return text


def _name_hash(text: str) -> int:
    """FNV-1a, by which the engine tells names apart."""
    value = 2166136261
    for byte in text.encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value


class _Page:
    """One ruleset: some nodes of a layer."""

    def __init__(self, nodes: Mapping[int, tuple[tuple[int, ...], ...]], title: str) -> None:
        self.title = title
        self.wanted = frozenset(part for branches in nodes.values() for branch in branches for part in branch)
        self.fires = {f"r{number}.{index}".replace(".", "x"): number
                      for number, branches in nodes.items() for index in range(0, len(branches), BRANCHES_IN_A_RULE)}  # fmt: skip
        use: dict[int, int] = {}
        for branches in nodes.values():
            for branch in branches:
                for part in branch:
                    use[part] = use.get(part, 0) + 1
        gates: dict[int, int] = {}
        definition: dict[str, Any] = {}
        for number, branches in nodes.items():
            for start in range(0, len(branches), BRANCHES_IN_A_RULE):
                written = []
                for branch in branches[start : start + BRANCHES_IN_A_RULE]:
                    tests = sorted(branch, key=lambda part: (-use[part], part))
                    gate = gates.setdefault(tests[0], len(gates)) // FIRST_TESTS_BEHIND_A_GATE
                    written.append({"$and": [{"$gte": {_GATE: gate}}, *({"$ex": {_alias(part): 1}} for part in tests)]})
                expression = written[0] if len(written) == 1 else {"$or": written}
                definition[f"r{number}x{start}"] = {"count": 1, "all": [{"m": expression}]}
        self.gates = len(gates) // FIRST_TESTS_BEHIND_A_GATE + 1
        self.definition = json.dumps(definition)
        self.end = f',"id":"{_FACT}","{_GATE}":{self.gates}}}'
        self.handle = 0
        self.open()

    def open(self) -> None:
        try:
            self.handle = durable.create_ruleset(self.title, self.definition)
        except Exception as error:
            raise EngineError(f"durable-rules refused a page of rules: {error}") from error

    def fired(self, true: set[int]) -> list[int]:
        """The nodes of this page that are true, given the true nodes of lower layers."""
        properties = ",".join(f'"{_alias(part)}":0' for part in self.wanted & true)
        if not properties:
            return []
        code, state = durable.assert_fact(self.handle, "{" + properties + self.end)
        if code == 1:
            return []
        if code != 0:
            raise EngineError(f"durable-rules answered with code {code} on page {self.title}")
        found = []
        try:
            result = durable.start_action_for_state(self.handle, state)
            message = result[1] if result else None
            while message:
                found.append(self.fires[message[2 : message.index('"', 2)]])
                message = durable.complete_and_start_action(self.handle, state)
        finally:
            while message:  # an interrupt came in between: the state stays locked until every action is completed
                message = durable.complete_and_start_action(self.handle, state)
            durable.retract_fact(self.handle, f'{{"id":"{_FACT}"}}')
        return found


def _depth(branches: Iterable[tuple[int, ...]]) -> int:
    """The most entries that matching these branches can put on the engine's stack of 64."""
    trie: dict[int, Any] = {}
    for branch in branches:
        level = trie
        for part in branch:
            level = level.setdefault(part, {})

    def need(level: dict[int, Any]) -> int:
        return len(level) + max((need(inner) for inner in level.values()), default=0)

    first = len(trie)
    inside = max((need(level) for level in trie.values()), default=0)
    return first // FIRST_TESTS_BEHIND_A_GATE + 1 + min(first, FIRST_TESTS_BEHIND_A_GATE) + inside


class Engine:
    """The rules of one rule base, ready to run.

    Safe to call from several threads, one at a time. In another process make another Engine.
    """

    def __init__(self, rulebase: RuleBase) -> None:
        """Raises EngineError where durable-rules cannot take the rules."""
        self.rulebase = rulebase
        self._compiled = _compile(rulebase)
        names = {_name_hash(_alias(number)) for number in range(len(self._compiled.nodes))} | {_name_hash(_GATE)}
        if len(names) <= len(self._compiled.nodes):
            raise EngineError("two aliases share a hash; the engine could not tell them apart")
        self._layers = [list(pages) for pages in self._paged()]
        self._lock = threading.Lock()
        self._clean = True

    def _paged(self) -> Iterator[Iterator[_Page]]:
        by_level: dict[int, dict[int, tuple[tuple[int, ...], ...]]] = {}
        for number, node in enumerate(self._compiled.nodes):
            if node.branches:
                by_level.setdefault(node.level, {})[number] = node.branches
        for level in sorted(by_level):
            yield self._pages(level, by_level[level])

    def _pages(self, level: int, nodes: Mapping[int, tuple[tuple[int, ...], ...]]) -> Iterator[_Page]:
        """As few pages as the limits of the engine allow."""
        page: dict[int, tuple[tuple[int, ...], ...]] = {}
        rules, properties, count = 0, set[int](), 0
        for number, branches in nodes.items():
            more = {part for branch in branches for part in branch}
            size = -(-len(branches) // BRANCHES_IN_A_RULE)
            trial = {**page, number: branches}
            full = (
                rules + size > RULES_IN_A_PAGE
                or len(properties | more) > PROPERTIES_IN_A_FACT
                or _depth(_ordered(trial)) > STACK
            )
            if page and full:
                yield _Page(page, f"l{level}p{count}")
                page, rules, properties, count = {}, 0, set(), count + 1
                trial = {number: branches}
            if len(more) > PROPERTIES_IN_A_FACT or _depth(_ordered({number: branches})) > STACK:
                raise EngineError(f"a condition is too wide for the engine: {len(more)} tests in one group")
            page, rules, properties = trial, rules + size, properties | more
        if page:
            yield _Page(page, f"l{level}p{count}")

    def _run(self, start: Iterable[int]) -> Truths:
        with self._lock:
            if not self._clean:  # a call was cut off in the middle: what the engine holds cannot be trusted
                for layer in self._layers:
                    for page in layer:
                        page.open()
            self._clean = False
            true = set(start)
            for layer in self._layers:
                for page in layer:
                    true.update(page.fired(true))
            self._clean = True
        return Truths(frozenset(true), self._compiled)

    # --- what is true -------------------------------------------------------------------------------

    def certain(self, answers: Answers) -> Truths:
        """What holds whatever the findings not asked turn out to be."""
        return self._run(self._tests(with_consequences(self.rulebase, answers), lambda finding: False))

    def possible(self, answers: Answers) -> Truths:
        """What holds, or could after more answers. A finding answered `unsure` is settled and opens nothing."""
        known = with_consequences(self.rulebase, answers)
        return self._run(self._tests(known, lambda finding: finding not in known))

    def if_sure(self, answers: Answers) -> Truths:
        """What holds, or would if each answer `unsure` were another one. Findings not asked open nothing."""
        known = with_consequences(self.rulebase, answers)
        return self._run(self._tests(known, lambda finding: known.get(finding) == UNSURE))

    def _tests(self, known: Answers, is_open: Callable[[str], bool]) -> Iterator[int]:
        for finding, tests in self._compiled.tests.items():
            if is_open(finding):
                for _, number in tests:
                    yield number
            elif finding in known:
                for test, number in tests:
                    if is_true(test, known):
                        yield number

    # --- what is told -------------------------------------------------------------------------------

    def assess(self, answers: Answers) -> Assessment:
        """What the rules say about these answers. The same answers in any order give the same assessment."""
        known = with_consequences(self.rulebase, answers)
        certain = self.certain(answers)
        unsure = any(answer == UNSURE for answer in known.values())
        if_sure = self.if_sure(answers) if unsure else certain
        possible = self.possible(answers)
        fired = [self._fired(rule, certain, known) for rule in self._active() if certain.rule(rule.id)]
        urgent = [each for each in fired if isinstance(each.rule.then, Raises)]
        urgent.sort(key=lambda each: -_urgency(each.rule))
        not_ruled_out = tuple(
            Fired(rule, tuple(dict.fromkeys(each for each in self._still_open(rule, if_sure) if known[each] == UNSURE)), ())
            for rule in self._active()
            if rule.red_flag and if_sure.rule(rule.id) and not certain.rule(rule.id)
        )
        return Assessment(
            candidates=tuple(self._candidates(fired, known, possible, if_sure)),
            urgency=_urgency(urgent[0].rule) if urgent else None,
            urgent=tuple(urgent),
            cautions=tuple(each for each in fired if isinstance(each.rule.then, Cautions)),
            not_ruled_out=not_ruled_out,
            fired=tuple(fired),
            answers=MappingProxyType(dict(known)),
        )

    def _active(self) -> Iterator[Rule]:
        return (rule for rule in self.rulebase.rules.values() if rule.id in self._compiled.rules)

    def _leaves(self, condition: Condition, truths: Truths) -> Iterator[Is | Holds | Named]:
        return true_leaves(positive(condition, self.rulebase.findings), truths.leaf)

    def _fired(self, rule: Rule, certain: Truths, known: Answers) -> Fired:
        evidence: dict[str, None] = {}
        concepts: dict[str, None] = {}

        def collect(condition: Condition) -> None:
            for leaf in self._leaves(condition, certain):
                if isinstance(leaf, Is):
                    evidence[leaf.finding] = None
                elif isinstance(leaf, Holds):
                    when = self.rulebase.concepts[leaf.concept].when
                    if leaf.value == YES:
                        concepts[leaf.concept] = None
                    collect(when if leaf.value == YES else denial(when, self.rulebase.findings))
                else:
                    for each in self._active():
                        then = each.then
                        if isinstance(then, Supports) and then.state == leaf.state and then.strength >= leaf.strength:
                            if certain.rule(each.id):
                                collect(each.when)

        collect(rule.when)
        return Fired(rule, tuple(evidence), tuple(concepts))

    def _candidates(
        self, fired: list[Fired], known: Answers, possible: Truths, if_sure: Truths
    ) -> list[Candidate]:
        found = []
        for state in self.rulebase.states:
            behind = [each for each in fired if _supports(each.rule, state)]
            if not behind:
                continue
            behind.sort(key=lambda each: -_strength(each.rule))
            strength = _strength(behind[0].rule)
            evidence: dict[str, None] = {}
            for each in behind:
                if _strength(each.rule) == strength:
                    evidence.update(dict.fromkeys(each.evidence))
            told = {finding for each in behind for finding in each.evidence}
            open_unsure: dict[str, None] = {}
            open_not_asked: dict[str, None] = {}
            for rule in self._active():
                if _supports(rule, state):
                    for finding in self._still_open(rule, if_sure):
                        if known.get(finding) == UNSURE:
                            open_unsure[finding] = None
                    if not any(each.rule.id == rule.id for each in behind) and possible.rule(rule.id):
                        for finding in self._still_open(rule, possible):
                            if finding not in known:
                                open_not_asked[finding] = None
            found.append(
                Candidate(
                    state=state,
                    strength=strength,
                    fired=tuple(behind),
                    against=tuple(
                        each for each in fired
                        if isinstance(each.rule.then, SpeaksAgainst) and each.rule.then.state == state
                    ),
                    unsure=tuple(each for each in open_unsure if each not in told),
                    not_asked=tuple(each for each in open_not_asked if each not in told),
                    evidence=tuple(evidence),
                )
            )  # fmt: skip
        found.sort(key=lambda each: (-each.strength, -len(each.evidence)))
        return found

    def _still_open(self, rule: Rule, truths: Truths) -> Iterator[str]:
        """Findings behind the tests of a rule that are true under `truths`, concepts opened up."""
        if not truths.rule(rule.id):
            return
        waiting = [rule.when]
        while waiting:
            for leaf in self._leaves(waiting.pop(), truths):
                if isinstance(leaf, Is):
                    yield leaf.finding
                elif isinstance(leaf, Holds):
                    when = self.rulebase.concepts[leaf.concept].when
                    waiting.append(when if leaf.value == YES else denial(when, self.rulebase.findings))

    def outlook(self, answers: Answers) -> Outlook:
        """What further answers could still do. Findings already answered are in neither mapping."""
        known = with_consequences(self.rulebase, answers)
        certain, possible = self.certain(answers), self.possible(answers)
        settles: dict[str, dict[str, Rule]] = {}
        adds: dict[str, dict[str, Rule]] = {}
        for rule in self._active():
            if not possible.rule(rule.id):
                continue
            found, skip = (adds, None) if certain.rule(rule.id) else (settles, certain)
            for finding in self._pivotal(rule.when, skip, possible):
                if finding not in known:
                    found.setdefault(finding, {})[rule.id] = rule
        return Outlook(
            {finding: tuple(rules.values()) for finding, rules in settles.items()},
            {finding: tuple(rules.values()) for finding, rules in adds.items()},
        )

    def _pivotal(self, condition: Condition, skip: Truths | None, possible: Truths) -> Iterator[str]:
        """Findings whose answer can still move a condition. Parts true under `skip`, or no longer possible, cannot."""
        waiting = [positive(condition, self.rulebase.findings)]
        seen: set[Condition] = set()
        while waiting:
            part = waiting.pop()
            if part in seen or not holds(part, possible.leaf) or (skip is not None and holds(part, skip.leaf)):
                continue
            seen.add(part)
            if isinstance(part, Is):
                yield part.finding
            elif isinstance(part, Holds):
                when = self.rulebase.concepts[part.concept].when
                inner = when if part.value == YES else denial(when, self.rulebase.findings)
                waiting.append(positive(inner, self.rulebase.findings))
            elif isinstance(part, Named):
                waiting.extend(
                    positive(rule.when, self.rulebase.findings)
                    for rule in self._active()
                    if isinstance(rule.then, Supports)
                    and rule.then.state == part.state
                    and rule.then.strength >= part.strength
                )
            else:
                waiting.extend(reversed(part.of))

    def applies(self, condition: Condition | None, answers: Answers) -> bool:
        """Whether a condition that stands in the rule base is certain. No condition always applies."""
        return condition is None or self.certain(answers).condition(condition)


def _supports(rule: Rule, state: str) -> bool:
    return isinstance(rule.then, Supports) and rule.then.state == state


def _strength(rule: Rule) -> Strength:
    return rule.then.strength if isinstance(rule.then, Supports) else Strength.WEAK


def _urgency(rule: Rule) -> Urgency:
    return rule.then.urgency if isinstance(rule.then, Raises) else Urgency.ROUTINE


def _ordered(nodes: Mapping[int, tuple[tuple[int, ...], ...]]) -> list[tuple[int, ...]]:
    """The branches with their tests in the order in which a page writes them."""
    use: dict[int, int] = {}
    for branches in nodes.values():
        for branch in branches:
            for part in branch:
                use[part] = use.get(part, 0) + 1
    return [
        tuple(sorted(branch, key=lambda part: (-use[part], part))) for branches in nodes.values() for branch in branches
    ]
