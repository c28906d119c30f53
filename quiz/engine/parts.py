"""Conditions as parts that are read off a table of truths: what stands behind them, and what can still move them.

A table has a byte for each place: each test of a finding, each concept and each named state has one, wherever in the
rules it stands. A byte is 1 or 0; that of a concept or a named state is NOT_LOOKED_AT until somebody asks. A condition
only ever gains truth from a test being true, for a denied answer is a test of its own; so the same parts tell what is
certain and, given the tests that are still open, what could be.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import compress, groupby
from operator import itemgetter

from quiz.logic import denial, positive
from quiz.model import (
    YES,
    Cautions,
    Condition,
    Holds,
    Is,
    Named,
    Raises,
    Rule,
    RuleBase,
    Strength,
    Supports,
)

NOT_LOOKED_AT = 2

Names = dict[str, None]
"""Findings or concepts, each once, in the order of the file."""

Test = Callable[[bytearray], int]
"""Whether something is true in a table; the value is one that can be counted."""

Look = Callable[[bytearray], tuple[int, ...]]
"""The bytes at some places of a table."""


class Reading:
    """One table, and what was found behind its concepts and named states so far.

    `touched` has a byte for each place, which is 0 where no answer bears on it: behind that stands what stands there in
    `untouched`. `naming` has the parts that are true behind a named state, where that is known.
    """

    __slots__ = ("behind", "naming", "table", "touched", "untouched")

    def __init__(self, table: bytearray, touched: bytes = b"", untouched: Reading | None = None) -> None:
        self.table, self.touched, self.untouched = table, touched, untouched
        self.behind: dict[int, tuple[Names, Names]] = {}
        self.naming: Mapping[int, Sequence[Part]] = {}


class Part(ABC):
    """A condition. `test` says whether it is true in a table."""

    __slots__ = ("test",)
    test: Test

    @abstractmethod
    def gather(self, reading: Reading, findings: Names, concepts: Names) -> None:
        """Adds the findings and the concepts that make it true. It is true."""

    @abstractmethod
    def move(self, possible: Reading, settled: Reading, findings: Names) -> None:
        """Adds the findings whose answer can still move it. It is possible and not settled."""


class Single(Part):
    """A test of a finding."""

    __slots__ = ("finding", "place")

    def __init__(self, place: int, finding: str) -> None:
        self.place, self.finding = place, finding
        self.test = itemgetter(place)

    def gather(self, reading: Reading, findings: Names, concepts: Names) -> None:
        findings[self.finding] = None

    def move(self, possible: Reading, settled: Reading, findings: Names) -> None:
        findings[self.finding] = None


class Opened(Part):
    """What any of some parts makes true, and is told of by the name of a concept where it has one."""

    __slots__ = ("concept", "parts", "place")

    def __init__(self, place: int, parts: Sequence[Part], concept: str) -> None:
        self.place, self.parts, self.concept = place, parts, concept
        self.test = _looked_at(place, _counting(parts, 1))

    def gather(self, reading: Reading, findings: Names, concepts: Names) -> None:
        below, held = reading.behind.get(self.place) or self._behind(reading)
        findings.update(below)
        concepts.update(held)

    def _behind(self, reading: Reading) -> tuple[Names, Names]:
        if reading.untouched is not None and not reading.touched[self.place]:
            return reading.untouched.behind.get(self.place) or self._behind(reading.untouched)
        below: Names = {}
        held: Names = {self.concept: None} if self.concept else {}
        for part in reading.naming.get(self.place) or self.parts:
            if part.test(reading.table):
                part.gather(reading, below, held)
        reading.behind[self.place] = below, held
        return below, held

    def move(self, possible: Reading, settled: Reading, findings: Names) -> None:
        if self.place not in settled.behind:
            found: Names = {}
            _move(self.parts, possible, settled, found)
            settled.behind[self.place] = found, {}
        findings.update(settled.behind[self.place][0])


class Held(Opened):
    """A concept, or its denial, which has no name to tell."""

    __slots__ = ()


class Stated(Opened):
    """A state that is named with at least some support: it stands on the rules that name it so."""

    __slots__ = ()

    def __init__(self, place: int, parts: Sequence[Part]) -> None:
        super().__init__(place, parts, "")


class Together(Part):
    """At least `count` of some parts. All of them, or any, are such counts too."""

    __slots__ = ("_names", "_places", "_steps", "count", "parts")

    def __init__(self, parts: Sequence[Part], count: int) -> None:
        self.parts, self.count = parts, count
        singles = [part for part in parts if isinstance(part, Single)]
        plain = 1 < len(singles) == len(parts)
        self._names = [part.finding for part in singles]
        self._places = itemgetter(*[part.place for part in singles]) if plain else None
        self._steps = list(_steps(parts)) if count == len(parts) else None
        self.test = _counting(parts, count)

    def gather(self, reading: Reading, findings: Names, concepts: Names) -> None:
        if self._steps is not None:
            for names, part in self._steps:
                if part is None:
                    findings.update(names)
                else:
                    part.gather(reading, findings, concepts)
        elif self._places is not None:
            findings.update(dict.fromkeys(compress(self._names, self._places(reading.table))))
        else:
            table = reading.table
            for part in self.parts:
                if part.test(table):
                    part.gather(reading, findings, concepts)

    def move(self, possible: Reading, settled: Reading, findings: Names) -> None:
        _move(self.parts, possible, settled, findings)


def _steps(parts: Iterable[Part]) -> Iterator[tuple[Names, Part | None]]:
    """What to gather of parts that are all true: the findings of single tests in a row at once."""
    for single, row in groupby(parts, lambda part: isinstance(part, Single)):
        if single:
            yield {part.finding: None for part in row if isinstance(part, Single)}, None
        else:
            yield from (({}, part) for part in row)


def _move(parts: Iterable[Part], possible: Reading, settled: Reading, findings: Names) -> None:
    could, does = possible.table, settled.table
    for part in parts:
        if part.test(could) and not part.test(does):
            part.move(possible, settled, findings)


def _looked_at(place: int, test: Test) -> Test:
    """The same test, done once for each table."""

    def look(table: bytearray) -> int:
        value = table[place]
        if value == NOT_LOOKED_AT:
            value = table[place] = 1 if test(table) else 0
        return value

    return look


def _counting(parts: Sequence[Part], count: int) -> Test:
    """Whether at least `count` are true. Single tests are looked at first, and several of them all at once."""
    singles = [part.place for part in parts if isinstance(part, Single)]
    last = [part for part in parts if isinstance(part, Stated)]  # to ask for a state takes all rules that name it
    tests = [part.test for part in (*(p for p in parts if not isinstance(p, (Single, Stated))), *last)]
    if count <= 0:
        return lambda table: True
    if len(singles) > 1:
        at: Look = itemgetter(*singles)
        if count == len(parts):
            return _every([lambda table: 0 not in at(table), *tests])
        if count == 1:
            return _some([lambda table: 1 in at(table), *tests])
        return lambda table: sum(at(table)) + sum([test(table) for test in tests]) >= count
    tests = [*map(itemgetter, singles), *tests]
    if count == len(parts):
        return _every(tests)
    if count == 1:
        return _some(tests)
    return lambda table: sum([test(table) for test in tests]) >= count


def _every(tests: Sequence[Test]) -> Test:
    first, *others = tests
    if not others:
        return first
    if len(others) == 1:  # the most common case, and the quickest way
        other = others[0]
        return lambda table: first(table) and other(table)

    def every(table: bytearray) -> int:
        for test in tests:
            if not test(table):
                return 0
        return 1

    return every


def _some(tests: Sequence[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def some(table: bytearray) -> int:
        for test in tests:
            if test(table):
                return 1
        return 0

    return some


class Parts:
    """The parts of every condition in a rule base.

    `tests` are the single tests of each finding with their places. A retired rule has no part.
    """

    def __init__(self, rulebase: RuleBase) -> None:
        self.rulebase = rulebase
        self.tests: dict[str, list[tuple[Is, int]]] = {}
        self.rules: dict[str, Part] = {}
        self.names: dict[str, list[int]] = {}
        """The places of the named states that each rule names."""
        self.supporting: dict[str, list[Rule]] = {state: [] for state in rulebase.states}
        """The rules that name a state, in the order of the files."""
        self.places = 0
        self._known: dict[Condition, Part] = {}
        self._opened: list[Opened] = []
        self._findings: dict[int, frozenset[str]] = {}
        active = [rule for rule in rulebase.rules.values() if rule.provenance.state != "retired"]
        for later in (False, True):  # rules that name states come first: others may ask for a named state
            for rule in active:
                if isinstance(rule.then, (Raises, Cautions)) == later:
                    self.rules[rule.id] = self.add(rule.when)
            if not later:
                self._name_states(active)
        sentences = [each for state in rulebase.states.values() for each in (*state.about, *state.tests, *state.ask)]
        for sentence in (*sentences, *rulebase.general_questions, *rulebase.general_cautions):
            if sentence.when is not None:
                self.add(sentence.when)
        for concept in rulebase.concepts:
            self.add(Holds(concept))

    def add(self, condition: Condition) -> Part:
        if condition not in self._known:
            self._known[condition] = self._part(positive(condition, self.rulebase.findings))
        return self._known[condition]

    def part(self, condition: Condition) -> Part:
        """The part of a condition that stands in the rule base. Raises KeyError for another one."""
        return self._known[condition]

    def _part(self, written: Condition) -> Part:
        if isinstance(written, (Is, Holds, Named)):
            if written not in self._known:
                self._known[written] = self._placed(written)
            return self._known[written]
        count = {"all": len(written.of), "any": 1}.get(written.kind, written.count)
        parts = tuple(map(self._part, written.of))
        return parts[0] if len(parts) == count == 1 else Together(parts, count)

    def _placed(self, leaf: Is | Holds | Named) -> Part:
        if isinstance(leaf, Is):
            self.tests.setdefault(leaf.finding, []).append((leaf, self.places))
            return Single(self._place(), leaf.finding)
        assert isinstance(leaf, Holds), "every state has its place before a rule asks for it"
        when = self.rulebase.concepts[leaf.concept].when
        inner = self.add(when if leaf.value == YES else denial(when, self.rulebase.findings))
        made = Held(self._place(), (inner,), leaf.concept if leaf.value == YES else "")
        self._opened.append(made)
        return made

    def _place(self) -> int:
        self.places += 1
        return self.places - 1

    def _name_states(self, rules: Iterable[Rule]) -> None:
        strengths: dict[str, list[tuple[Strength, Rule]]] = {state: [] for state in self.rulebase.states}
        for rule in rules:
            if isinstance(rule.then, Supports):
                self.supporting[rule.then.state].append(rule)
                strengths[rule.then.state].append((rule.then.strength, rule))
        first = self.places
        for state, found in strengths.items():
            for strength in Strength:
                named = Named(state, strength)
                behind = [rule.id for other, rule in found if other >= strength]
                for rule_id in behind:
                    self.names.setdefault(rule_id, []).append(self.places)
                made = Stated(self._place(), [self.rules[rule_id] for rule_id in behind])
                self._known[named] = made
                self._opened.append(made)
        self.stated = slice(first, self.places)

    # --- tables -------------------------------------------------------------------------------------

    def table(self, true: Iterable[int]) -> bytearray:
        """A table in which these tests are true. Every concept and every named state has been looked at."""
        table = bytearray(self.places)
        for part in self._opened:
            table[part.place] = NOT_LOOKED_AT
        for place in true:
            table[place] = 1
        for part in self._opened:
            part.test(table)
        return table

    def opened_places(self) -> list[int]:
        return [part.place for part in self._opened]

    def findings(self, part: Part) -> frozenset[str]:
        """The findings that a part rests on, by whatever way."""
        if isinstance(part, Single):
            return frozenset({part.finding})
        assert isinstance(part, (Opened, Together))
        if id(part) not in self._findings:
            self._findings[id(part)] = frozenset().union(*map(self.findings, part.parts))
        return self._findings[id(part)]

    def touched(self) -> dict[str, list[int]]:
        """The places of the concepts and the named states that rest on each finding."""
        found: dict[str, list[int]] = {}
        for part in self._opened:
            for finding in self.findings(part):
                found.setdefault(finding, []).append(part.place)
        return found


class Truths:
    """What is true in one reading, which is made when something is asked of it. `fired` are the rules that are true."""

    def __init__(self, parts: Parts, read: Callable[[], Reading], fired: frozenset[str] | None = None) -> None:
        """Without `fired`, a rule is true where its condition is."""
        self._parts, self._read, self._fired = parts, read, fired
        self._made: bytearray | None = None

    @property
    def _table(self) -> bytearray:
        if self._made is None:
            self._made = self._read().table
        return self._made

    def rule(self, rule_id: str) -> bool:
        part = self._parts.rules[rule_id]
        return bool(part.test(self._table)) if self._fired is None else rule_id in self._fired

    def leaf(self, leaf: Is | Holds | Named) -> bool:
        """Whether a single test of some condition of the rule base is true."""
        return self.condition(leaf)

    def condition(self, condition: Condition) -> bool:
        """Whether a condition that stands in the rule base is true."""
        return bool(self._parts.part(condition).test(self._table))
