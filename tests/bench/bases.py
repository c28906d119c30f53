"""Rule bases of any size, as files in the manner of the shipped ones: something to measure on.

The same number and seed give the same bytes. A condition is "all of two to four", where a part is a finding, a concept,
a band of a number, a denial, or "any of two to four"; one rule in eight counts ("at least two of").
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

SMALL = Path(__file__).parent.parent / "rulebases" / "small"
HEAD = "topic: made up to be measured\n"
STATES = ("WATER_LOW", "WATER_HIGH", "LIGHT_LOW")
RULES_IN_A_FILE = 30
MOST_BEHIND = 8
"""Findings behind a concept that another concept may build on."""

Case = dict[str, str]


def write(folder: Path, rules: int, seed: int = 1, properties: int = 0) -> Path:
    """A rule base of so many rules, those of the small one among them; the folder.

    `properties` are as many more than the small one has. Most of them hold, and not because of their form.
    """
    shutil.copytree(SMALL, folder)
    dice = random.Random(f"{rules} {seed}")
    own = sum(line.startswith("    then: {") for line in (SMALL / "rules.yaml").read_text("utf-8").splitlines())
    words = [f"sign_{number}" for number in range(min(300, max(30, rules // 2)))]
    numbers = [f"level_{number}" for number in range(len(words) // 10)]
    concepts: dict[str, Case] = {}
    (folder / "made-findings.yaml").write_text(_findings(words, numbers), encoding="utf-8")
    (folder / "made-interview.yaml").write_text(_screens([*words, *numbers]), encoding="utf-8")
    lines = [HEAD, "concepts:\n"]
    for number in range(max(5, rules // 4)):
        simple = {name: case for name, case in concepts.items() if len(case) < MOST_BEHIND}
        condition, case = _condition(dice, words, numbers, dict(list(simple.items())[-20:]))
        name = f"idea_{number}"
        lines += [
            f"  {name}:\n    label: the idea of number {number}\n    when: {condition}\n",
            "    because: Things that were made up go together.\n    facts: [F-WATER-01]\n    state: draft\n",
        ]
        concepts[name] = case
    (folder / "made-concepts.yaml").write_text("".join(lines), encoding="utf-8")
    conditions: dict[str, str] = {}
    for first in range(0, rules - own, RULES_IN_A_FILE):
        lines = [HEAD, "rules:\n"]
        for number in range(first, min(first + RULES_IN_A_FILE, rules - own)):
            near = dict(dice.sample(sorted(concepts.items()), min(20, len(concepts))))
            condition, case = _condition(dice, words, numbers, near)
            fires = ", ".join(f"{finding}: {answer}" for finding, answer in case.items())
            conditions[f"made.number-{number}"] = condition
            lines += [
                f"  made.number-{number}:\n",
                f"    says: Sentence {number} is worth a look, as the things it speaks of go together.\n",
                f"    when: {condition}\n    then: {_conclusion(dice)}\n",
                "    because: >-\n      What stands here was made up, and nobody who grows plants\n",
                "      should take it to heart.\n",
                "    facts: [F-WATER-01, F-LIGHT-01]\n    sources: [almanac]\n    state: draft\n",
                f"    fires: [{{{fires}}}]\n    near_miss: [{{{next(iter(case))}: unsure}}]\n",
            ]
        (folder / f"made-rules-{first // RULES_IN_A_FILE:03}.yaml").write_text("".join(lines), encoding="utf-8")
    if properties:
        made = _properties(random.Random(f"{properties} {seed}"), properties, words, numbers, conditions)
        (folder / "made-properties.yaml").write_text(made, encoding="utf-8")
    return folder


def _findings(words: list[str], numbers: list[str]) -> str:
    lines = [HEAD, "findings:\n"]
    for name in words:
        said = name.replace("_", " ")
        lines.append(f'  {name}: {{kind: symptom, label: {said}, question: "Is there {said}?"}}\n')
    for name in numbers:
        said = name.replace("_", " ")
        lines.append(
            f"  {name}:\n    kind: lab\n    label: {said}\n    question: What is {said}?\n    unit: mmol/L\n"
            "    range: {low: 0, high: 20}\n    bands:\n      low: {below: 3.5, facts: [F-WATER-02]}\n"
            "      high: {above: 5.5, facts: [F-WATER-02]}\n      very_high: {at_least: 6.5, facts: [F-WATER-02]}\n"
        )
    return "".join(lines)


def _properties(
    dice: random.Random, count: int, words: Sequence[str], numbers: Sequence[str], conditions: Mapping[str, str]
) -> str:
    """In the manner of the shipped ones: one in four is about a change, the others about what is always told."""
    lines = [HEAD, "properties:\n"]
    for number in range(count):
        rule, other = dice.sample(sorted(conditions), 2)
        finding, word = dice.choice(numbers), dice.choice(words)
        demand = (
            f"when: {{all: [{conditions[rule]}, {{{word}: yes}}]}}\n    then: {{tells: [{rule}, {other}]}}",
            f"when: {{all: [{conditions[rule]}, {conditions[other]}]}}\n    then: {{holds: {conditions[rule]}}}",
            f"when: {conditions[rule]}\n    then: {{never: {{none: [{conditions[rule]}]}}}}",
            f"change: {{findings: [{finding}, {word}], from: [not_asked], to: unsure}}\n    keeps: [urgency, states]",
        )[number % 4]
        lines.append(
            f"  made.always-{number}:\n    says: What is told in case {number} is always told.\n    {demand}\n"
            "    because: It was made up so.\n    facts: [F-WATER-01]\n"
        )
    return "".join(lines)


def _screens(names: list[str]) -> str:
    lines = [HEAD, "screens:\n"]
    for first in range(0, len(names), 20):
        inside = ", ".join(names[first : first + 20])
        lines.append(f"  made_{first // 20}: {{title: Made up {first // 20}, findings: [{inside}]}}\n")
    return "".join(lines)


def _condition(
    dice: random.Random, words: Sequence[str], numbers: Sequence[str], concepts: Mapping[str, Case]
) -> tuple[str, Case]:
    """A condition, and answers that make every test in it true."""
    case: Case = {}

    def leaf() -> str:
        kind = dice.random()
        if kind < 0.25:
            fitting = [
                name
                for name, needs in concepts.items()
                if all(case.get(key, needs[key]) == needs[key] for key in needs)
            ]
            if fitting:
                name = dice.choice(fitting)
                case.update(concepts[name])
                return f"{{{name}: yes}}"
        if kind < 0.35:
            name = free(numbers)
            case[name] = "7"
            return f"{{{name}: {dice.choice(['high', 'very_high'])}}}"
        name = free(words)
        case[name] = "no" if kind < 0.42 else "yes"
        return f"{{{name}: {case[name]}}}"

    def free(names: Sequence[str]) -> str:
        return dice.choice([name for name in names if name not in case] or list(names))

    def part() -> str:
        if dice.random() < 0.3:
            return f"{{any: [{', '.join(leaf() for _ in range(dice.randint(2, 4)))}]}}"
        return leaf()

    if dice.random() < 0.125:
        inside = ", ".join(leaf() for _ in range(dice.randint(3, 5)))
        return f"{{at_least: {{count: 2, of: [{inside}]}}}}", case
    return f"{{all: [{', '.join(part() for _ in range(dice.randint(2, 4)))}]}}", case


def _conclusion(dice: random.Random) -> str:
    kind = dice.random()
    if kind < 0.7:
        return f"{{supports: {dice.choice(STATES)}, strength: {dice.choice(['weak', 'moderate', 'strong'])}}}"
    if kind < 0.8:
        return f"{{against: {dice.choice(STATES)}}}"
    return f"{{urgency: {dice.choice(['routine', 'soon', 'same_day'])}}}"
