"""The same rules put to others: a generated Python function, CLIPS, and durable-rules by its own public door.

Each is handed answers and tells the ids of the rules that fire.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import combinations, islice, product
from typing import Any
from unittest import mock

from quiz.consequences import with_consequences
from quiz.logic import denial, positive
from quiz.model import (
    UNSURE,
    YES,
    Answers,
    Cautions,
    Condition,
    Group,
    Holds,
    Interval,
    Is,
    Named,
    Raises,
    Rule,
    RuleBase,
    Strength,
    Supports,
    leaves,
)

Evidence = tuple[str, ...]

GROUPS_OF_HOST, BRANCHES_IN_A_RULE = 12, 12
"""What durable-rules takes in one condition, with room to spare."""

RULES_ON_A_PAGE = 250
"""With 512 different first tests in a ruleset durable-rules never comes back."""


def spoken(rulebase: RuleBase) -> list[Rule]:
    """The rules in an order in which none needs a later one: those that may ask for a named state come last."""
    rules = [rule for rule in rulebase.rules.values() if rule.provenance.state != "retired"]
    return sorted(rules, key=lambda rule: isinstance(rule.then, (Raises, Cautions)))


# --- a generated Python function --------------------------------------------------------------------


def fires(rulebase: RuleBase) -> Callable[[Answers], set[str]]:
    """One function for all rules, that tells which fire and nothing more."""
    text = _Source(rulebase)
    names = {rule.id: text.rule(rule) for rule in spoken(rulebase)}
    lines = ["fired = set()", *(f"if {name}: fired.add({rule!r})" for rule, name in names.items())]
    made: Callable[[Answers], set[str]] = text.function(lines)
    return made


def explains(rulebase: RuleBase) -> Callable[[Answers], dict[str, Evidence]]:
    """The same function, telling the findings behind each rule that fires as well, in the order of the rule."""
    text = _Source(rulebase)
    names = {rule.id: text.rule(rule) for rule in spoken(rulebase)}
    lines = ["fired = {}"]
    for rule, name in names.items():
        lines += [f"if {name}:", "    why = {}"]
        lines += [f"    {line}" for line in text.why(rulebase.rules[rule].when)]
        lines += [f"    fired[{rule!r}] = tuple(why)"]
    made: Callable[[Answers], dict[str, Evidence]] = text.function(lines)
    return made


class _Source:
    """The text of the function: a local name for each finding, and for each condition that stands by a name.

    What has a name is settled once, and what is behind a concept or a named state is told by a line of its own, so
    that no work is done twice.
    """

    def __init__(self, rulebase: RuleBase) -> None:
        self._rulebase = rulebase
        self._places = {name: place for place, name in enumerate(rulebase.findings)}
        self._read: dict[str, str] = {}
        self._names: dict[Holds | Named | str, str] = {}
        self._lines: list[str] = []
        self._reasons: dict[str, list[str]] = {}

    def function(self, lines: list[str]) -> Any:
        reasons = [line for name, why in self._reasons.items() for line in self._reason(name, why)]
        body = [*self._read.values(), *self._lines, *reasons, *lines, "return fired"]
        space: dict[str, Any] = {}
        text = "\n    ".join(["def judge(answers):", *self._following(), "get = known.get", *body])
        exec(compile(text, "<rules>", "exec"), space)
        return space["judge"]

    def _following(self) -> Iterator[str]:
        """Lines that add what follows from the answers, round by round."""
        yield "known = dict(answers)"
        yield "get = known.get"
        yield "more = True"
        yield "while more:"
        yield "    more = False"
        inner = _Source(self._rulebase)
        names = [f"i{place}" for place in range(len(self._rulebase.implications))]
        tests = [inner._true(each.when) for each in self._rulebase.implications]
        yield from (f"    {line}" for line in inner._read.values())
        for name, test, implication in zip(names, tests, self._rulebase.implications, strict=True):
            missing = " or ".join(f"{finding!r} not in known" for finding in implication.then)
            yield f"    {name} = ({test}) and ({missing})"
        for name, implication in zip(names, self._rulebase.implications, strict=True):
            yield f"    if {name}:"
            yield "        more = True"
            yield from (
                f"        known.setdefault({finding!r}, {word!r})" for finding, word in implication.then.items()
            )

    def rule(self, rule: Rule) -> str:
        """The name that is true where the rule fires."""
        if rule.id not in self._names:
            self._set(rule.id, self._true(rule.when))
        return self._names[rule.id]

    def why(self, condition: Condition) -> Iterator[str]:
        """Lines that note the findings behind a condition, given that it is true."""
        yield from self._why(self._written(condition), known=True)

    def _why(self, condition: Condition, known: bool) -> Iterator[str]:
        if isinstance(condition, Is):
            yield ("" if known else f"if {self._true(condition)}: ") + f"why[{condition.finding!r}] = None"
        elif isinstance(condition, (Holds, Named)):
            name = self._true(condition)
            if name not in self._reasons:
                why = list(self._behind(condition))  # what it needs is told before it
                self._reasons[name] = why
            yield ("" if known else f"if {name}: ") + f"why.update(b{name})"
        else:
            inside = [
                line
                for part in condition.of
                for line in self._why(part, known and (condition.kind == "all" or len(condition.of) == 1))
            ]
            if not known and condition.kind != "any":
                yield f"if {self._true(condition)}:"
                inside = [f"    {line}" for line in inside]
            yield from inside

    def _behind(self, leaf: Holds | Named) -> Iterator[str]:
        if isinstance(leaf, Holds):
            yield from self.why(self._definition(leaf))
        else:
            for rule in self._supporting(leaf):
                yield f"if {self.rule(rule)}:"
                yield from (f"    {line}" for line in self.why(rule.when))

    def _reason(self, name: str, why: list[str]) -> Iterator[str]:
        yield f"if {name}:"
        yield "    why = {}"
        yield from (f"    {line}" for line in why)
        yield f"    b{name} = why"

    def _written(self, condition: Condition) -> Condition:
        return positive(condition, self._rulebase.findings)

    def _definition(self, leaf: Holds) -> Condition:
        when = self._rulebase.concepts[leaf.concept].when
        return when if leaf.value == YES else denial(when, self._rulebase.findings)

    def _supporting(self, named: Named) -> list[Rule]:
        return [
            rule
            for rule in spoken(self._rulebase)
            if isinstance(rule.then, Supports)
            and rule.then.state == named.state
            and rule.then.strength >= named.strength
        ]

    def _set(self, key: Holds | Named | str, expression: str) -> None:
        self._names[key] = f"v{len(self._names)}"
        self._lines.append(f"{self._names[key]} = {expression}")

    def _true(self, condition: Condition) -> str:
        """An expression that is true where the condition is. The names that it needs are set before."""
        written = self._written(condition)
        if isinstance(written, Is):
            return self._test(written)
        if isinstance(written, (Holds, Named)):
            if written not in self._names:
                if isinstance(written, Holds):
                    self._set(written, self._true(self._definition(written)))
                else:
                    self._set(written, " or ".join(map(self.rule, self._supporting(written))) or "False")
            return self._names[written]
        assert isinstance(written, Group)
        parts = [self._true(part) for part in written.of]
        if written.kind == "at_least":
            return f"({' + '.join(f'({part})' for part in parts)} >= {written.count})"
        return f"({(' and ' if written.kind == 'all' else ' or ').join(parts)})"

    def _test(self, test: Is) -> str:
        name = f"f{self._places[test.finding]}"
        if isinstance(test.value, str):
            self._read.setdefault(test.finding, f"{name} = get({test.finding!r})")
            return f"{name} == {test.value!r}"
        no_number = f"{name} is None or {name} == 'unsure'"  # then no comparison is true
        self._read.setdefault(
            test.finding, f"{name} = get({test.finding!r}); {name} = float('nan') if {no_number} else {name}"
        )
        return _within(name, test.value)


def _within(name: str, interval: Interval) -> str:
    low = f"{interval.low!r} {'<=' if interval.with_low else '<'} " if interval.low is not None else ""
    high = f" {'<=' if interval.with_high else '<'} {interval.high!r}" if interval.high is not None else ""
    return f"{low}{name}{high}"


# --- CLIPS ------------------------------------------------------------------------------------------


def clips(rulebase: RuleBase) -> Callable[[Answers], set[str]]:
    """A fact for each answer, a rule for each condition that stands by a name, and a call for each rule that fires.

    Raises ImportError where clipspy is not installed.
    """
    from clips import Environment

    environment = Environment()
    fired: set[str] = set()
    environment.define_function(fired.add, name="rule-fires")
    text = _Clips(rulebase)
    for definition in text.definitions():
        environment.build(definition)
    places = text.places

    def judge(answers: Answers) -> set[str]:
        environment.reset()
        fired.clear()
        known = with_consequences(rulebase, answers)
        facts = [f"(f{places[finding]} {answer})" for finding, answer in known.items() if answer != UNSURE]
        if facts:
            environment.eval(f"(assert {' '.join(facts)})")
        environment.run()
        return set(fired)

    return judge


class _Clips:
    def __init__(self, rulebase: RuleBase) -> None:
        self._rulebase = rulebase
        self.places = {name: place for place, name in enumerate(rulebase.findings)}
        self._concepts = {name: place for place, name in enumerate(rulebase.concepts)}
        self._states = {name: place for place, name in enumerate(rulebase.states)}
        self._denied: dict[str, None] = {}

    def definitions(self) -> Iterator[str]:
        rules = [self._rule(number, rule) for number, rule in enumerate(spoken(self._rulebase))]
        for name, concept in self._rulebase.concepts.items():
            yield f"(defrule c{self._concepts[name]} {self._when(concept.when)} => (assert (c{self._concepts[name]})))"
        told: set[str] = set()
        while new := [each for each in self._denied if each not in told]:  # to deny one may need another's denial
            for name in new:
                told.add(name)
                when = denial(self._rulebase.concepts[name].when, self._rulebase.findings)
                yield f"(defrule d{self._concepts[name]} {self._when(when)} => (assert (d{self._concepts[name]})))"
        yield from rules

    def _rule(self, number: int, rule: Rule) -> str:
        then = [f'(rule-fires "{rule.id}")']
        if isinstance(rule.then, Supports):
            reached = [each for each in Strength if each <= rule.then.strength]
            then += [f"(assert (s{self._states[rule.then.state]}x{each:d}))" for each in reached]
        return f"(defrule r{number} {self._when(rule.when)} => {' '.join(then)})"

    def _when(self, condition: Condition) -> str:
        written = positive(condition, self._rulebase.findings)
        if isinstance(written, Is):
            name = f"f{self.places[written.finding]}"
            return f"({name} {written.value})" if isinstance(written.value, str) else _between(name, written.value)
        if isinstance(written, Holds):
            if written.value == YES:
                return f"(c{self._concepts[written.concept]})"
            self._denied[written.concept] = None
            return f"(d{self._concepts[written.concept]})"
        if isinstance(written, Named):
            return f"(s{self._states[written.state]}x{written.strength:d})"
        parts = [self._when(part) for part in written.of]
        if written.kind == "all":
            return f"(and {' '.join(parts)})"
        if written.kind == "any":
            return f"(or {' '.join(parts)})"
        some = [f"(and {' '.join(each)})" for each in combinations(parts, written.count)]
        return f"(or {' '.join(some)})"


def _between(name: str, interval: Interval) -> str:
    value = f"?v{name}"  # the same name in two patterns would ask for the same value
    low = f"&:({'>=' if interval.with_low else '>'} {value} {interval.low})" if interval.low is not None else ""
    high = f"&:({'<=' if interval.with_high else '<'} {value} {interval.high})" if interval.high is not None else ""
    return f"({name} {value}{low}{high})"


# --- durable-rules by its public door -----------------------------------------------------------------


def host(rulebase: RuleBase) -> Callable[[Answers], set[str]]:
    """`durable.engine.Host` on the rules as they stand, with facts of the form `question: value`, as its manual shows.

    A ruleset for the concepts and rules of each layer, in which groups stand as `$and` and `$or`. A rule that is too
    wide for it is put to it in the ways in which it can be true, some at a time. Without the two threads; one state,
    and every fact retracted. A ruleset that cannot take a case is split in two, so the first run over some cases is not
    to be timed.
    """
    text = _HostRules(rulebase)
    pages = [
        _HostPage(rules[start : start + RULES_ON_A_PAGE])
        for rules in text.layers()
        for start in range(0, len(rules), RULES_ON_A_PAGE)
    ]
    names = text.names

    def judge(answers: Answers) -> set[str]:
        known = with_consequences(rulebase, answers)
        fact: dict[str, Any] = {names[finding]: answer for finding, answer in known.items() if answer != UNSURE}
        fired: set[str] = set()
        for page in pages:
            for told in page.fired(fact):
                fired.add(told)
                fact.update(dict.fromkeys(text.follow.get(told, ()), 1))
        return fired & text.rules

    return judge


class _HostRules:
    """Each concept, denial and rule with its condition. `follow` has the properties that one adds where it fires."""

    def __init__(self, rulebase: RuleBase) -> None:
        self._rulebase = rulebase
        self.names = {finding: f"f{place}" for place, finding in enumerate(rulebase.findings)}
        self.follow: dict[str, list[str]] = {}
        self.rules = {rule.id for rule in spoken(rulebase)}
        self._properties: dict[Holds | Named, str] = {}
        self._level: dict[Holds | Named, int] = {}
        self._layers: dict[int, list[tuple[str, Any]]] = {}

    def layers(self) -> list[list[tuple[str, Any]]]:
        for rule in spoken(self._rulebase):
            level = self._add(rule.id, rule.when)
            if isinstance(rule.then, Supports):
                reached = [Named(rule.then.state, each) for each in Strength if each <= rule.then.strength]
                self.follow[rule.id] = [self._property(named) for named in reached]
                for named in reached:
                    self._level[named] = max(self._level.get(named, 0), level)
        return [self._layers[level] for level in sorted(self._layers)]

    def _add(self, name: str, when: Condition) -> int:
        condition = positive(when, self._rulebase.findings)
        level = 1 + max(map(self._level_of, leaves(condition)), default=0)
        nested = self._nested(condition)
        if not isinstance(condition, Group):
            nested = {"$and": [nested]}
        if json.dumps(nested).count('"$') <= GROUPS_OF_HOST:
            self._layers.setdefault(level, []).append((name, nested))
        else:
            ways = self._ways(condition)
            while some := list(islice(ways, BRANCHES_IN_A_RULE)):
                way = some[0] if len(some) == 1 else {"$or": some}
                self._layers.setdefault(level, []).append((name, way))
        return level

    def _level_of(self, leaf: Is | Holds | Named) -> int:
        if isinstance(leaf, Is):
            return 0
        if isinstance(leaf, Holds) and leaf not in self._level:
            when = self._rulebase.concepts[leaf.concept].when
            name = f"{leaf.value} {leaf.concept}"
            self._level[leaf] = self._add(name, when if leaf.value == YES else denial(when, self._rulebase.findings))
            self.follow[name] = [self._property(leaf)]
        return self._level.get(leaf, 0)

    def _property(self, leaf: Holds | Named) -> str:
        return self._properties.setdefault(leaf, f"p{len(self._properties)}")

    def _leaf(self, leaf: Is | Holds | Named) -> list[dict[str, Any]]:
        if not isinstance(leaf, Is):
            return [{self._property(leaf): 1}]
        name = self.names[leaf.finding]
        if isinstance(leaf.value, str):
            return [{name: leaf.value}]
        low, high = leaf.value.low, leaf.value.high
        bounds = [] if low is None else [{"$gte" if leaf.value.with_low else "$gt": {name: low}}]
        return bounds + ([] if high is None else [{"$lte" if leaf.value.with_high else "$lt": {name: high}}])

    def _nested(self, condition: Condition) -> dict[str, Any]:
        if not isinstance(condition, Group):
            found = self._leaf(condition)
            return found[0] if len(found) == 1 else {"$and": found}
        if condition.kind == "at_least":
            return {"$or": [{"$and": list(map(self._nested, some))} for some in _choices(condition)]}
        return {"$and" if condition.kind == "all" else "$or": list(map(self._nested, condition.of))}

    def _ways(self, condition: Condition) -> Iterator[dict[str, Any]]:
        for way in self._lists(condition):
            yield {"$and": way}

    def _lists(self, condition: Condition) -> Iterator[list[dict[str, Any]]]:
        if not isinstance(condition, Group):
            yield self._leaf(condition)
        elif condition.kind == "any":
            for part in condition.of:
                yield from self._lists(part)
        else:
            for some in [condition.of] if condition.kind == "all" else _choices(condition):
                for ways in product(*(list(self._lists(part)) for part in some)):
                    yield [each for way in ways for each in way]


def _choices(group: Group) -> Iterator[tuple[Condition, ...]]:
    return combinations(group.of, group.count)


class _HostPage:
    """Rules of one layer: a ruleset, or two pages where one cannot take all that is put to it."""

    def __init__(self, rules: Sequence[tuple[str, Any]]) -> None:
        from durable.engine import Host, MessageNotHandledException

        self._rules, self._unhandled = rules, MessageNotHandledException
        self._found: set[str] = set()
        self._halves: list[_HostPage] = []
        with mock.patch.object(Host, "_run"):  # which starts its two threads
            self._host = Host()
        try:
            definition = {
                f"r{place}": {"all": [{"m": when}], "run": self._action(name)}
                for place, (name, when) in enumerate(rules)
            }
            self._host.set_rulesets({"page": definition})
        except Exception:
            self._halve()

    def _action(self, name: str) -> Callable[[Any], None]:
        return lambda context: self._found.add(name)

    def _halve(self) -> None:
        if len(self._rules) == 1:
            raise RuntimeError("a rule that Host cannot take alone")
        half = len(self._rules) // 2
        self._halves = [_HostPage(self._rules[:half]), _HostPage(self._rules[half:])]

    def fired(self, fact: dict[str, Any]) -> set[str]:
        if self._halves:
            return self._halves[0].fired(fact) | self._halves[1].fired(fact)
        self._found.clear()
        try:
            self._host.assert_fact("page", {**fact, "id": "f"})
        except self._unhandled:
            return set()
        except Exception:
            self._halve()
            return self.fired(fact)
        with suppress(self._unhandled):
            self._host.retract_fact("page", {"id": "f"})
        return set(self._found)
