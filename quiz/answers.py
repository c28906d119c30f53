"""What a person may answer: words and numbers in, answers out, every slip told; and a number back in words."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Literal

from quiz.errors import did_you_mean
from quiz.model import UNSURE, Answer, Answers, Converted, Finding, Unit

LONGEST_SHOWN = 40
"""Characters of a wrong answer that are repeated in the message about it."""

DECIMALS = 9
"""Of a number. No laboratory prints as many."""

MOST_HINTS = 20
"""Unknown findings of one text for which the nearest known one is looked for, which takes longer than all else."""

_BELOW, _ABOVE = r"<=?|≤|below|under|less than|at most|up to", r">=?|≥|above|over|more than|at least"
_NUMBER_AND_UNIT = re.compile(
    rf"\s*(?:(?:({_BELOW})|({_ABOVE}))\s*)?([+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+))\s*(.*?)\s*", re.IGNORECASE
)


def read_answer(finding: Finding, raw: Any, *, told_by: Literal["id", "label"] = "id") -> Answer:
    """A raw value as an answer to this finding. Raises ValueError with a sentence that says what is wrong.

    `told_by` is what the sentence calls the finding: files have ids, a person knows the words. A number may carry one
    of the finding's units ("2.1 mg/dL") and comes back in the finding's own unit, as `Converted` from any other. A
    comma counts as a decimal point. A limit ("<2.5") is no number: a note must not stand on one that nobody measured.
    In a file a number without a unit is in the finding's own one, which its id says. A person reads it off a report of
    any laboratory, so where `ask_unit` says so one that could be in either of two units is asked for its unit.
    """
    if isinstance(raw, str) and raw.strip().lower() in (UNSURE, "not sure"):
        return UNSURE
    name = finding.id if told_by == "id" else finding.label
    if finding.is_number:
        return _number(finding, raw, name, unit_known=told_by == "id" or not finding.ask_unit)
    if isinstance(raw, str):
        word = raw.strip().lower()
        starts = [each for each in finding.choices if word and each.startswith(word)]
        if word in finding.words:
            return word
        if len(starts) == 1:  # "F" for female
            return starts[0]
    known = (*finding.words, UNSURE)
    shown = _shown(raw)
    hint = did_you_mean(shown, known) if isinstance(raw, str) else ""
    told = f'"{shown}" is not an answer to {name}' if raw is not None else f"{name} has no answer"
    raise ValueError(f"{told}: say {_listed(known)}" + (f" ({hint})" if hint else ""))


def measured(number: float, unit: str) -> str:
    """ "3.1 mmol/L", "1 year" where the unit is years, and "1.4 mg/dL (0.5754 mmol/L)" for a result in another unit.

    What was converted is told to four digits: a result has three at most, and rounded to as many it could seem to be at
    a limit that it is not at.
    """
    if isinstance(number, Converted):
        return f"{number.printed} ({float(f'{number:.4g}'):g} {unit})"
    return f"{number:g} {unit.removesuffix('s') if number == 1 and unit == 'years' else unit}"


def same_level(finding: Finding, printed: str, other: str) -> bool:
    """Whether two printed results, each with its unit, can be one level: they differ by no more than was rounded off.

    Raises ValueError where one of them is no answer to the finding.
    """
    numbers = [read_answer(finding, each) for each in (printed, other)]
    if UNSURE in numbers:
        raise ValueError(f"{finding.id} needs a number in {finding.unit}")
    return abs(float(numbers[0]) - float(numbers[1])) <= _rounded_off(finding, printed) + _rounded_off(finding, other)


def _rounded_off(finding: Finding, printed: str) -> float:
    """At most how much, in the finding's own unit: half a step of the last digit."""
    match = _NUMBER_AND_UNIT.fullmatch(printed)
    assert match is not None
    digits = len(match[3].replace(",", ".").partition(".")[2])
    return float(f"0.5e-{digits}") * _unit(finding, match[4] or finding.unit).factor


def units_of(finding: Finding) -> str:
    """The unit of a number, as a person is asked for it; all of its units where each of them has to be told apart."""
    return _listed(tuple(each.name for each in finding.units)) if finding.ask_unit else finding.unit


def _number(finding: Finding, raw: Any, name: str, unit_known: bool) -> float:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        raise ValueError(f"{name} needs a number in {finding.unit}")
    if not isinstance(raw, str):
        return _plausible(finding, raw, Unit(finding.unit, 1.0), name)
    match = _NUMBER_AND_UNIT.fullmatch(raw)
    if not match:
        raise ValueError(f'"{_shown(raw)}" is not a number: {name} needs a number in {finding.unit}')
    printed, unit = match[3].replace(",", "."), _unit(finding, match[4] or finding.unit)
    number = _plausible(finding, float(printed), unit, name)
    if match[1] or match[2]:
        way_out = _beyond(finding, bool(match[1]), printed, unit, f" {unit.name}" if match[4] else "")
        raise ValueError(f'"{_shown(raw.strip())}" is a limit and no number: for {name} type {way_out}')
    if not (match[4] or unit_known) and any(
        each.factor != 1 and _could_be(finding, float(printed), each) for each in finding.other_units
    ):
        raise ValueError(f"{printed} could be in {units_of(finding)}: type it with the unit on your report")
    return number if unit.name == finding.unit else Converted(number, f"{printed} {unit.name}")


def _plausible(finding: Finding, printed: float, unit: Unit, name: str) -> float:
    """The number that is printed in this unit, in the finding's own one. Raises ValueError."""
    try:
        number = round(float(f"{float(printed) * unit.factor:.6g}"), DECIMALS)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{name} needs a number in {finding.unit}")
    if not finding.low <= number <= finding.high:
        raise ValueError(
            f"{printed:g} {unit.name} is outside what is plausible for {finding.label} "
            f"({finding.low:g} to {finding.high:g} {finding.unit})" + _other_unit(finding, printed)
        )
    return number


def _beyond(finding: Finding, below: bool, printed: str, unit: Unit, behind: str) -> str:
    """What to type for a limit: a number one step of its last digit beyond it, where that is plausible.

    `behind` stands behind that number: the unit, for who typed one.
    """
    digits = len(printed.partition(".")[2])
    number = float(printed) + (-1 if below else 1) * 10**-digits
    try:
        _plausible(finding, number, unit, "")
    except ValueError:
        return "the limit itself"
    shown = _shown(f"{number:.{digits}f}{behind}")
    return f"the next number {'below' if below else 'above'} it, such as {shown}"


def _shown(raw: Any) -> str:
    """What was given, short enough to stand in a sentence."""
    if raw is None:
        return "nothing"
    text = raw if isinstance(raw, str) else str(raw).lower() if isinstance(raw, bool) else repr(raw)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "..."


def _in_short(answer: Answer) -> str:
    return answer if isinstance(answer, str) else answer.printed if isinstance(answer, Converted) else f"{answer:g}"


def _unit(finding: Finding, unit: str) -> Unit:
    """The unit that is typed so, with what a number in it is multiplied with. Raises ValueError.

    One that is cut off before its slash is taken where it can only be the finding's own: "mmol", and "mEq" where
    that is the same.
    """
    units = finding.units
    typed = _spelt(unit)
    for each in units:
        if _spelt(each.name) == typed:
            return each
    cut_off = [each for each in units if _spelt(each.name).startswith(f"{typed}/")]
    if {each.factor for each in cut_off} == {1.0}:
        return cut_off[0]
    marked = any(word.strip("()*").lower() in _MARKS for word in unit.split())
    hint = "; leave out a letter or star that marks a result as low or high" if marked else ""
    known = _listed(tuple(each.name for each in units))
    raise ValueError(f'"{_shown(unit)}" is not a unit of {finding.label}: use {known}{hint}')


_MARKS = ("", "l", "ll", "low", "h", "hh", "high")
"""How a laboratory marks a result as low or high, beside its number."""

_SPELT_ALIKE = str.maketrans(
    {"\N{MICRO SIGN}": "u", "\N{GREEK SMALL LETTER MU}": "u", "²": "2", "^": "", ",": ".", " ": ""}
)


def _spelt(unit: str) -> str:
    """A unit in one of the ways in which it is printed."""
    return unit.translate(_SPELT_ALIKE).lower()


def _other_unit(finding: Finding, number: float) -> str:
    for other in finding.other_units:
        if _could_be(finding, number, other):
            return f"; that looks like {other.name}"
    return ""


def _could_be(finding: Finding, number: float, unit: Unit) -> bool:
    return finding.low <= number * unit.factor <= finding.high


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(words[:-1]) + " or " + words[-1] if len(words) > 1 else words[0]


def answered_twice(one: Answers, other: Answers) -> list[tuple[str, str]]:
    """(finding id, message) for each finding that has another answer in the one than in the other."""
    return [
        (name, f"{name} is answered twice: {_in_short(answer)} and {_in_short(other[name])}")
        for name, answer in one.items()
        if name in other and other[name] != answer
    ]


def read_answers(
    findings: Mapping[str, Finding], raw: Mapping[str, Any]
) -> tuple[dict[str, Answer], list[tuple[str, str]]]:
    """The answers that could be read, and (finding id, message) for each that could not. Unknown ids are mistakes."""
    answers: dict[str, Answer] = {}
    mistakes: list[tuple[str, str]] = []
    unknown = 0
    for name, value in raw.items():
        finding = findings.get(name)
        if finding is None:
            unknown += 1
            hint = did_you_mean(name, findings) if unknown <= MOST_HINTS else ""
            mistakes.append((name, f'unknown finding "{name}"' + (f"; {hint}" if hint else "")))
            continue
        try:
            answers[name] = read_answer(finding, value)
        except ValueError as error:
            mistakes.append((name, str(error)))
    return answers, mistakes
