"""What makes durable-rules hang, crash or lie, each put to it through the public door: a folder of rules, or answers.

A row is run right, in the words of the independent evaluator, or refused with a message before it gets there. What is
not reachable from a rule file or from answers has no row: joins, events, timers, priorities, actions of one's own and
the calls on a state are used nowhere; `test_engine.py` interrupts the engine in the middle and forks it.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from quiz.engine import Engine
from quiz.errors import RuleBaseError
from quiz.model import Answer, RuleBase
from quiz.rulebase import load
from tests.evaluator import Evaluator
from tests.fuzzing import SMALL, run_command

SYMPTOM = "{{kind: symptom, label: {0}, question: '{0}?'}}"
NUMBER = "{{kind: lab, label: {0}, question: '{0}?', unit: u, range: {{low: 0, high: {1}}}}}"


@dataclass(frozen=True, slots=True)
class Hazard:
    """Findings (those without a definition are yes or no) and conditions, one for each rule. `refused` as a pattern."""

    findings: Mapping[str, str] | Sequence[str]
    conditions: Sequence[str]
    refused: str = ""
    more: str = ""
    """Further text of each rule."""


def _number(name: str, high: str = "100") -> str:
    return NUMBER.format(name, high)


def _choice(name: str, *words: str) -> str:
    return f"{{kind: about, label: {name}, question: '{name}?', choices: [{', '.join(map(json.dumps, words))}]}}"


def _names(count: int) -> list[str]:
    return [f"q{number}" for number in range(count)]


def _yes(names: Sequence[str]) -> list[str]:
    return [f"{{{name}: yes}}" for name in names]


def _group(kind: str, parts: Sequence[str]) -> str:
    return f"{{{kind}: [{', '.join(parts)}]}}"


HAZARDS = {
    # Wrong answers without a word.
    "a rule fires once for each true branch": Hazard(_names(9), [_group("any", _yes(_names(9)))]),
    "a rule fires once for each pair of true branches": Hazard(
        _names(12),
        [_group("all", [_group("any", _yes(_names(6))), _group("any", _yes(_names(12)[6:]))])],
    ),
    "at least some of many": Hazard(
        _names(20), [f"{{at_least: {{count: {count}, of: [{', '.join(_yes(_names(20)))}]}}}}" for count in (2, 10, 20)]
    ),
    "what is denied depends on the order of facts": Hazard(
        _names(6), [_group("none", _yes(_names(3))), _group("all", [*_yes(_names(2)), "{q5: no}"])]
    ),
    "one fact lets one rule fire only": Hazard(["q"], ["{q: yes}"] * 40),
    "names of one hash": Hazard(["liquid", "costarring"], ["{liquid: yes}", "{costarring: yes}"]),
    "names that the engine room uses": Hazard(
        ["m", "g", "f", "r0", "pa"], ["{m: yes}", "{g: yes}", "{f: yes}", "{r0: yes}", "{pa: yes}"]
    ),
    "words that look like truth values and numbers": Hazard(
        {
            "word": _choice("word", "true", "false", "null", "nan", "inf"),
            "number": _number("number"),
            "q": SYMPTOM.format("q"),
        },
        [
            *(f"{{word: '{each}'}}" for each in ("true", "false", "null", "nan", "inf")),
            "{number: {at_least: 1, at_most: 1}}",
            "{q: yes}",
        ],
    ),
    "words that are numbers": Hazard({"word": _choice("word", "1", "1.5")}, ["{word: '1'}"], refused="S205"),
    "words that are patterns": Hazard({"word": _choice("word", "(.*", "[a")}, ["{word: '(.*'}"], refused="S205"),
    "two tests in one": Hazard(["q0", "q1"], ["{q0: yes, q1: yes}"], refused="C30"),
    "a finding that nobody defines": Hazard(["q0"], ["{q1: yes}"], refused='unknown finding or concept "q1"'),
    "a name with a dot": Hazard(["q.a"], ["{q.a: yes}"], refused="S205"),
    "a name with a dollar": Hazard(["$s"], ["{$s: yes}"], refused="S205"),
    "a priority": Hazard(["q"], ["{q: yes}"], refused='unknown key "priority"', more="priority: 70000"),
    # Endless loops.
    "an empty group": Hazard(["q"], ["{all: []}"], refused="C306 all needs a list"),
    "an empty group in a group": Hazard(["q"], ["{any: [{q: yes}, {all: []}]}"], refused="C306 all needs a list"),
    "none of nothing": Hazard(["q"], ["{none: []}"], refused="C306 none needs a list"),
    "the name sid": Hazard(["sid"], ["{sid: yes}"], refused="sid"),
    "the name id": Hazard(["id"], ["{id: yes}"], refused='"id" is a reserved word'),
    "600 first tests": Hazard(_names(600), _yes(_names(600))),
    # Crashes of the process.
    "256 rules that end in the same test": Hazard(
        _names(257), [_group("all", [f"{{q{n}: yes}}", "{q256: yes}"]) for n in range(256)]
    ),
    "256 rules that are the same": Hazard(["q"], ["{q: yes}"] * 256),
    "deep nesting": Hazard(["q"], ["{all: [" * 30 + "{q: yes}" + "]}" * 30], refused="F111 is nested more than"),
    "nesting that is just allowed": Hazard(
        ["q", "p"], ["{all: [{p: yes}, {any: [{p: no}, " * 5 + "{q: yes}" + "]}]}" * 5]
    ),
    # Limits.
    "300 properties in one rule": Hazard(_names(300), [_group("all", _yes(_names(300)))]),
    "300 findings in one group": Hazard(_names(300), [_group("any", _yes(_names(300)))]),
    "70 first tests that match at once": Hazard(_names(70), _yes(_names(70))),
    "40 groups in a group": Hazard(
        _names(80), [_group("any", [_group("all", _yes([f"q{n}", f"q{n + 40}"])) for n in range(40)])]
    ),
    "none of 150": Hazard(_names(150), [_group("none", _yes(_names(150)))]),
    "300 bounds of one number": Hazard(
        {"number": _number("number", "1000"), "q": SYMPTOM.format("q")},
        [f"{{number: {{above: {bound}}}}}" for bound in range(300)],
    ),
    # Numbers.
    "a bound beyond what a computer counts": Hazard(
        {"number": _number("number", "100")}, ["{number: {above: 9223372036854775808}}"], refused="needs a number"
    ),
    "a bound with an exponent": Hazard(
        {"number": _number("number", "100")}, ["{number: {above: 1e22}}"], refused="needs a number"
    ),
    "a range without an end": Hazard(
        {"number": _number("number", ".inf")}, ["{number: {above: 1}}"], refused="S203"
    ),
    "bounds close together and close to nothing": Hazard(
        {"number": _number("number", "1"), "q": SYMPTOM.format("q")},
        ["{number: {above: 0.0000001}}", "{number: {above: 0.0000002}}", "{number: {at_least: 0.0000001}}"],
    ),
}  # fmt: skip


def _rules(hazard: Hazard) -> str:
    findings = hazard.findings
    defined = findings if isinstance(findings, Mapping) else {name: SYMPTOM.format(name) for name in findings}
    lines = ["topic: hazards", "findings:", *(f"  {name}: {about}" for name, about in defined.items()), "rules:"]
    for number, when in enumerate(hazard.conditions):
        lines += [
            f"  hazard.r{number}:", "    says: It is so.", f"    when: {when}",
            "    then: {urgency: soon}", "    because: It is.", "    facts: [F-WATER-01]", "    sources: [almanac]",
            "    state: draft", f"    fires: [{{{list(defined)[-1]}: unsure}}]",
            f"    near_miss: [{{{list(defined)[-1]}: unsure}}]", *([f"    {hazard.more}"] if hazard.more else []),
        ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _cases(rulebase: RuleBase, names: Sequence[str], dice: random.Random) -> Iterator[Mapping[str, Answer]]:
    """Nothing, all that denies, all that is true, every value of a single answer of words, and some at random."""
    findings = [rulebase.findings[name] for name in names]
    yield {}
    yield {each.id: "no" if each.words[:1] == ("yes",) else "unsure" for each in findings}
    for share in (0.02, 0.5, 1.0):
        yield {each.id: _answer(rulebase, each.id, dice) if dice.random() < share else "unsure" for each in findings}
    for each in findings:
        if each.choices:
            yield from ({each.id: word} for word in each.choices)
        elif each.is_number:
            numbers = (0.0, 1e-07, 1.5e-07, 2e-07, 1.0, 1.5, each.low, each.high, each.high - 0.5)
            yield from ({each.id: number} for number in numbers)


def _answer(rulebase: RuleBase, name: str, dice: random.Random) -> Answer:
    finding = rulebase.findings[name]
    if finding.is_number:
        return round(dice.uniform(finding.low, finding.high), 1)
    return dice.choice(finding.choices) if finding.choices else "yes"


def _folder(hazard: Hazard, folder: Path) -> Path:
    rules = folder / "rules"
    shutil.copytree(SMALL, rules)
    (rules / "hazards.yaml").write_text(_rules(hazard), encoding="utf-8")
    return rules


@pytest.mark.parametrize("hazard", [each for each, row in HAZARDS.items() if row.refused])
def test_what_the_engine_cannot_run_is_refused_before_it_gets_there(tmp_path: Path, hazard: str) -> None:
    with pytest.raises(RuleBaseError, match=HAZARDS[hazard].refused):
        load(_folder(HAZARDS[hazard], tmp_path))


@pytest.mark.parametrize("hazard", [each for each, row in HAZARDS.items() if not row.refused])
def test_what_is_hard_for_the_engine_is_run_right(tmp_path: Path, hazard: str) -> None:
    rulebase = load(_folder(HAZARDS[hazard], tmp_path))
    engine, dice = Engine(rulebase), random.Random(hazard)
    wanted = {each for each in rulebase.rules if each.startswith("hazard.")}
    assert len(wanted) == len(HAZARDS[hazard].conditions)
    cases = list(_cases(rulebase, list(HAZARDS[hazard].findings), dice))
    evaluator = Evaluator(rulebase, cases)
    for number, answers in enumerate(cases):
        shuffled = dict(dice.sample(list(answers.items()), len(answers)))
        told = [each.rule.id for each in engine.assess(shuffled).urgent if each.rule.id in wanted]
        assert len(told) == len(set(told)), "a rule is told once"
        assert set(told) == evaluator.true_rules(number) & wanted, answers


def test_five_thousand_rules_are_run_right(tmp_path: Path) -> None:
    """More than a ruleset of durable-rules takes (4,096), and more cases of nothing than it has states (1,024)."""
    names = _names(60)
    dice = random.Random(0)
    conditions = [_group("all", _yes(dice.sample(names, 3))) for _ in range(5_000)]
    rulebase = load(_folder(Hazard(names, conditions), tmp_path))
    engine = Engine(rulebase)
    cases: list[dict[str, Answer]] = [{name: dice.choice(("yes", "no")) for name in names} for _ in range(3)]
    evaluator = Evaluator(rulebase, cases)

    for _ in range(1_500):
        assert engine.assess({}).urgent == ()
    for number, answers in enumerate(cases):
        assert {each.rule.id for each in engine.assess(answers).urgent} == evaluator.true_rules(number)


ANSWERS = {
    "NaN": "{'days_dry': NaN}",
    "an endless number": "{'days_dry': Infinity}",
    "1e22": "{'days_dry': 1e22}",
    "2 to the power of 63": "{'days_dry': 9223372036854775808}",
    "a number in a text": "{'days_dry': '1e22'}",
    "deep nesting": "{'days_dry': " + "[" * 3000 + "]" * 3000 + "}",
    "a list": "{'dry_soil': ['yes']}",
    "a mapping": "{'dry_soil': {'$m': 'yes'}}",
    "a truth value": "{'dry_soil': true}",
    "a number for a word": "{'dry_soil': 1}",
    "the name sid": "{'sid': 'yes'}",
    "the name id": "{'id': 'yes'}",
    "a name with a dollar": "{'$s': 1}",
    "a name with a dot": "{'dry_soil.a': 'yes'}",
    "a name of another's hash": "{'liquid': 'yes', 'costarring': 'yes'}",
    "half a character": "{'\\ud800': 'yes'}",
}


@pytest.mark.parametrize("hazard", ANSWERS)
def test_answers_that_the_engine_cannot_take_are_told_as_a_mistake(tmp_path: Path, hazard: str) -> None:
    path = tmp_path / "answers.json"
    path.write_text('{"answers": ' + ANSWERS[hazard].replace("'", '"') + "}\n", encoding="utf-8")

    code, told = run_command(["ask", "--answers", str(path), "--rules", str(SMALL)])
    assert code == 1
    assert str(path) in told
    code, told = run_command(["assess", str(path), "--rules", str(SMALL)])
    assert code in (0, 1)  # a key that nobody knows is left out of a case
    assert "error" in told or "not known to these rules" in told


def test_a_number_that_the_engine_cannot_read_is_compared_right(tmp_path: Path) -> None:
    rules = _folder(Hazard({"number": _number("number"), "q": SYMPTOM.format("q")}, ["{number: {above: 0}}"]), tmp_path)
    cases = tmp_path / "cases.jsonl"
    cases.write_text("".join(f'{{"answers": {{"number": {each}}}}}\n' for each in ("0", "1e-07")), encoding="utf-8")

    code, told = run_command(["assess", str(cases), "--rules", str(rules)])

    assert code == 0
    assert [json.loads(line)["urgency"] for line in told.splitlines()] == [None, "soon"]
