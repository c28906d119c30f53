"""Proofs as text, Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from quiz.model import Answers, Assessment, RuleBase
from quiz.review.overlaps import Overlaps
from quiz.review.prove import Proofs, Proved
from quiz.review.witness import case_words, change_words, demand_words, lost_words, told_words
from quiz.text import inert_json, wrapped

NOTICE = "A proof covers the rules as they are written, not medicine: a rule that is wrong stays wrong."

MOST_OTHERS = 5
"""Further findings of which a change breaks a property, named one by one."""


def report(proofs: Proofs, form: str, width: int) -> str:
    """The proofs in this form, which is text, md or json; text at most `width` columns wide."""
    if form == "json":
        return inert_json(json.dumps(as_data(proofs), ensure_ascii=False, indent=2)) + "\n"
    sections = list(_sections(proofs))
    # A comment is read from its top, and a terminal from its end: what matters most stands there.
    lines = _markdown(sections[::-1]) if form == "md" else _text(sections, width)
    return "".join(f"{line}\n" for line in lines)


# --- what is said -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Item:
    head: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    items: tuple[_Item, ...]


def _sections(proofs: Proofs) -> Iterator[_Section]:
    rulebase = proofs.rulebase
    failing = [each for each in proofs.proved if not each.verdict.holds]
    holding = [each for each in proofs.proved if each.verdict.holds]
    if holding:
        yield _Section("Hold over all answers", tuple(_Item(_head(each), (each.verdict.property.says,))
                                                     for each in holding))  # fmt: skip
    if proofs.overlaps is not None:
        yield _Section("What the rules show besides", tuple(_besides(rulebase, proofs.overlaps)))
    if failing:
        yield _Section("Do not hold", tuple(_Item(_head(each), tuple(_broken(rulebase, each))) for each in failing))
    yield _Section("", (_Item(_summary(proofs), (NOTICE,)),))


def _head(proved: Proved) -> str:
    verdict = proved.verdict
    if verdict.idle:
        return f"{verdict.property.id}: says nothing"
    if not verdict.holds:
        return f"{verdict.property.id}: does not hold"
    changed = f", {verdict.changed} of them changed one at a time" if verdict.changed else ""
    return f"{verdict.property.id}: holds over {_count(verdict.findings, 'finding')}{changed}"


def _broken(rulebase: RuleBase, proved: Proved) -> Iterator[str]:
    verdict, what = proved.verdict, proved.verdict.property
    yield what.says
    if verdict.idle:
        yield "No answers make its condition true, so it holds of nothing. Change the condition, or take it out."
        return
    witness, played = verdict.witness, proved.replay
    if witness is None or played is None:
        yield "The smallest case takes more answers than anybody would read. Try it on fewer findings."
        return
    yield f"Smallest case ({_count(len(witness.answers), 'answer')}): {case_words(rulebase, witness.answers)}"
    if played.after is None or witness.lost is None:
        yield f"Demanded: {demand_words(rulebase, what)}"
        yield f"Told: {told_words(rulebase, played.before)}"
        return
    yield f"Change: {change_words(rulebase, witness)}"
    yield f"Goes: {lost_words(rulebase, witness.lost)}"
    yield f"Told before: {told_words(rulebase, played.before)}"
    yield f"Told after: {told_words(rulebase, played.after)}"
    if witness.others:
        names = _few([rulebase.findings[each].label for each in witness.others])
        yield f"The same change breaks it for {_count(len(witness.others), 'other finding')}: {names}"


def _summary(proofs: Proofs) -> str:
    hold = sum(each.verdict.holds for each in proofs.proved)
    if not proofs.proved:
        return "There are no properties to prove. They stand under `properties` in a rule file."
    many = len(proofs.proved) != 1
    return f"{hold} of {len(proofs.proved)} {'properties hold' if many else 'property holds'}."


def _besides(rulebase: RuleBase, found: Overlaps) -> Iterator[_Item]:
    speaking = sum(rule.provenance.state != "retired" for rule in rulebase.rules.values())
    yield _listed("Rules that can never fire", found.never_firing, f"none of {speaking}")
    yield _listed("Concepts that can never hold", found.never_holding, f"none of {len(rulebase.concepts)}")
    yield _listed("Concepts that nothing rests on", found.unused_concepts, f"none of {len(rulebase.concepts)}")
    yield _listed(
        "Findings that change nothing",
        [f"{each} ({rulebase.findings[each].label})" for each in found.idle_findings],
        f"none of {len(rulebase.findings)}",
    )
    yield _listed(
        "Rules that add no support and no urgency, as others always say as much; their words are still told",
        [f"{each.rule}: {', '.join(each.by)}" for each in found.implied],
        "none",
    )
    yield _listed("Both ends of one electrolyte can be named strongly together", _both_ends(rulebase, found), "none")
    yield _listed("Red flags that the questions can step over", _stepped_over(rulebase, found), "none")
    roads = found.red_flags
    yield _Item(
        f"{_count(len(roads.first), 'red flag')} of {len(roads.first) + len(roads.later)} rest only on what everybody "
        "is asked; the others also on what is asked while they are open",
        tuple(f"{name}: {_few(findings)}" for name, findings in roads.later.items()),
    )


def _both_ends(rulebase: RuleBase, found: Overlaps) -> Iterator[str]:
    for each in found.both_ends:
        names = " and ".join(rulebase.states[state].name for state in each.states)
        told = f"always told, by {', '.join(each.told_by)}" if each.told_by else "no caution tells of it"
        yield f"{names}: {told}; for example {case_words(rulebase, each.answers)}"


def _stepped_over(rulebase: RuleBase, found: Overlaps) -> Iterator[str]:
    for each in found.red_flags.stepped_over:
        yield f"{each.rule}: no screen asks for {', '.join(each.never_asked)}; {case_words(rulebase, each.answers)}"


def _listed(head: str, lines: Iterable[str], none: str) -> _Item:
    told = tuple(lines)
    return _Item(f"{head}: {len(told)}" if told else f"{head}: {none}", told)


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_OTHERS])
    return f"{shown} and {len(names) - MOST_OTHERS} more" if len(names) > MOST_OTHERS else shown


def _count(number: int, what: str) -> str:
    return f"{number} {what if number == 1 else what + 's'}"


# --- forms ------------------------------------------------------------------------------------------


def _text(sections: Iterable[_Section], width: int) -> Iterator[str]:
    for place, section in enumerate(sections):
        if place:
            yield ""
        if section.title:
            yield from (*wrapped(section.title.upper(), width), "")
        for item in section.items:
            yield from wrapped(item.head, width, 2)
            for line in item.lines:
                yield from (f"  {row}" for row in wrapped(line, width - 2, 2))


def _markdown(sections: Iterable[_Section]) -> Iterator[str]:
    yield "# Proofs"
    for section in sections:
        yield from ("", f"## {section.title}", "") if section.title else ("",)
        for item in section.items:
            yield f"- **{_plain(item.head)}**" if section.title else f"**{_plain(item.head)}**"
            for line in item.lines:
                yield f"  - {_plain(line)}" if section.title else f"\n{_plain(line)}"


def _plain(text: str) -> str:
    """Text that Markdown shows as it stands."""
    return "".join(f"\\{each}" if each in "\\`*_[]<>|" else each for each in text)


def as_data(proofs: Proofs) -> dict[str, Any]:
    """The proofs as plain data."""
    data: dict[str, Any] = {
        "rulebase": proofs.rulebase.fingerprint,
        "covers": NOTICE,
        "hold": proofs.hold,
        "properties": [_proved_data(each) for each in proofs.proved],
    }
    found = proofs.overlaps
    if found is not None:
        data["rules"] = {
            "never_firing": list(found.never_firing),
            "never_holding": list(found.never_holding),
            "unused_concepts": list(found.unused_concepts),
            "idle_findings": list(found.idle_findings),
            "implied": {each.rule: list(each.by) for each in found.implied},
            "both_ends": [
                {"states": list(each.states), "told_by": list(each.told_by), "answers": dict(each.answers)}
                for each in found.both_ends
            ],
            "red_flags": {
                "asked_of_everybody": list(found.red_flags.first),
                "asked_while_open": {name: list(each) for name, each in found.red_flags.later.items()},
                "stepped_over": [
                    {"rule": each.rule, "never_asked": list(each.never_asked), "answers": dict(each.answers)}
                    for each in found.red_flags.stepped_over
                ],
            },
        }
    return data


def _proved_data(proved: Proved) -> dict[str, Any]:
    verdict, what = proved.verdict, proved.verdict.property
    data: dict[str, Any] = {
        "id": what.id,
        "says": what.says,
        "place": str(what.position),
        "facts": list(what.facts),
        "holds": verdict.holds,
        "findings": verdict.findings,
        "changed_findings": verdict.changed,
        "says_nothing": verdict.idle,
    }
    witness, played = verdict.witness, proved.replay
    if witness is not None and played is not None:
        data["witness"] = _told_data(witness.answers, played.before)
        if played.after is not None and witness.lost is not None:
            data["after"] = _told_data(witness.changed_answers, played.after)
            data["changed"] = witness.changed
            data["goes"] = {"kind": witness.lost.kind, "what": witness.lost.id}
            data["also"] = list(witness.others)
    return data


def _told_data(answers: Answers, assessment: Assessment) -> dict[str, Any]:
    return {
        "answers": dict(answers),
        "urgency": assessment.urgency.word if assessment.urgency is not None else None,
        "states": {each.state: each.strength.word for each in assessment.candidates},
        "cautions": [each.rule.id for each in assessment.cautions],
        "not_ruled_out": [each.rule.id for each in assessment.not_ruled_out],
    }
