"""Every sentence that the program itself says, and the note as text, Markdown, HTML and JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from quiz.explain import Evidence, Note, Reason, StateNote
from quiz.interview import Session, Step
from quiz.model import (
    UNSURE,
    Answer,
    Assessment,
    Cautions,
    Finding,
    Outlook,
    Raises,
    Rule,
    RuleBase,
    SpeaksAgainst,
    Strength,
    Supports,
    Urgency,
)
from quiz.text import inert, wrapped

MOST_LINES_OF_WHY = 6

MOST_OPEN = 5
"""Findings without an answer that one list of a note names; a longer list hides what matters."""

MOST_OPEN_MEDICINES = 2
"""Medicines left unsure that are named one by one; more of them mean that the list of medicines is not complete."""

FITS = {
    Strength.STRONG: "much of what you told fits",
    Strength.MODERATE: "some of what you told fits",
    Strength.WEAK: "a little of what you told fits",
}

URGENCY = {
    Urgency.EMERGENCY: "emergency",
    Urgency.SAME_DAY: "the same day",
    Urgency.SOON: "within days",
    Urgency.ROUTINE: "at the next visit",
}


# --- sentences of the talk --------------------------------------------------------------------------


def answer_words(finding: Finding, answer: Answer) -> str:
    """An answer as the person would say it."""
    if answer == UNSURE:
        return "not sure"
    return answer if isinstance(answer, str) else f"{answer:g} {finding.unit}"


def welcome(rulebase: RuleBase) -> str:
    """What this is and is not, and what to do in an emergency."""
    notice = rulebase.notice
    return f"{notice['is_']}\n{notice['is_not']}\n{notice['emergency']}"


def emergency(rulebase: RuleBase, assessment: Assessment) -> str:
    """The action first, then why."""
    advice = rulebase.advice[Urgency.EMERGENCY]
    reasons = " ".join(fired.rule.says for fired in assessment.red_flags)
    return f"{advice.headline.upper()}\n{advice.action}\nWhy: {reasons}"


def help_text(step: Step, finding: Finding, glossary: Mapping[str, str]) -> str:
    """What a question means, the terms in it, and what can be typed."""
    question = step.wording[finding.id]
    lines = [question]
    if finding.help:
        lines.append(finding.help)
    if finding.rephrase and finding.rephrase != question:
        lines.append(f"In other words: {finding.rephrase}")
    if finding.examples:
        lines.append(f"For example: {', '.join(finding.examples)}.")
    if finding.is_number:
        units = ", ".join((finding.unit, *(unit.name for unit in finding.other_units)))
        lines.append(f"Type a number from {finding.low:g} to {finding.high:g} {finding.unit}. Units: {units}.")
    text = " ".join((question, finding.help, finding.label)).lower()
    for term, meaning in glossary.items():
        if re.search(rf"\b{re.escape(term.lower())}\b", text):
            lines.append(f"{term}: {meaning}")
    lines.append("Not sure is a good answer. It never counts as no. What you leave blank counts as not asked.")
    return "\n".join(lines)


def why(rulebase: RuleBase, assessment: Assessment, outlook: Outlook, finding: Finding) -> str:
    """What an answer to this finding can still do, in words from the rules: at most six lines."""
    settles = outlook.settles.get(finding.id, ())
    support = {candidate.state: candidate.strength for candidate in assessment.candidates}
    told: dict[str, None] = {}
    for rule in sorted(settles, key=lambda rule: -_weight(rule)):
        line = _can_do(rulebase, rule, assessment.urgency, support)
        if line:
            told[line] = None
    if not told:
        return f"{_first_upper(finding.label)}: no answer to this can change your note now. You may leave it."
    lines = list(told)
    title = f"{_first_upper(finding.label)} can still decide:"
    room = MOST_LINES_OF_WHY - 1
    if len(lines) > room:
        lines = [*lines[: room - 1], f"and {len(lines) - room + 1} more."]
    return "\n".join((title, *(f"- {line}" for line in lines)))


def _weight(rule: Rule) -> int:
    then = rule.then
    if isinstance(then, Raises):
        return 10 * then.urgency
    return 3 * then.strength if isinstance(then, Supports) else 2


def _can_do(rulebase: RuleBase, rule: Rule, urgency: Urgency | None, support: Mapping[str, Strength]) -> str:
    then = rule.then
    if isinstance(then, Raises):
        if urgency is not None and then.urgency <= urgency:
            return ""
        return f"how soon to get help ({URGENCY[then.urgency]}): {rule.says}"
    if isinstance(then, Supports):
        if then.strength <= support.get(then.state, 0):
            return ""
        return f"{rulebase.states[then.state].name}: {rule.says}"
    if isinstance(then, SpeaksAgainst):
        return f"what speaks against {rulebase.states[then.state].name}: {rule.says}" if then.state in support else ""
    return f"a warning: {rule.says}"


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- the note, as blocks ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list with a lead-in, which may be empty."""

    lead: str
    items: tuple[str, ...]


Block = Heading | Paragraph | Items


def sheet(note: Note) -> tuple[Block, ...]:
    """The note in the order of need: the action, what to discuss, what to take along, where it comes from."""
    return tuple(_sheet(note))


def _sheet(note: Note) -> Iterator[Block]:
    if note.advice:
        yield Heading("What to do")
        yield Paragraph(note.advice.headline, strong=True)
        yield Paragraph(note.advice.action)
        yield Items("Why", tuple(_because(reason) for reason in note.urgent))
    if note.not_ruled_out:
        yield Heading("Could not be ruled out")
        yield Paragraph("You were not sure about these. If one of them is so, or starts, get emergency help at once.")
        yield Items("", tuple(f"{_listed(reason.evidence)}: {reason.says}" for reason in note.not_ruled_out))
    if note.states:
        yield Heading("Worth discussing with a clinician")
        for place, state in enumerate(note.states, 1):
            yield from _state(place, state)
    else:
        yield Heading("Nothing to name")
        yield Paragraph(note.nothing_named)
    if note.cautions:
        yield Heading("Take care")
        yield Items("", tuple(_because(reason) for reason in note.cautions))
    yield Heading("Take along")
    yield Items("Questions for any visit", note.ask)
    medicines = (
        *note.medicines,
        *(f"{name} (not known to the quiz: ask about this one)" for name in note.other_medicines),
    )
    yield Items(
        "Bring", ("a list of all medicines and supplements, or the boxes", "earlier blood results, if there are any")
    )
    if medicines:
        yield Items("Medicines and products you named", medicines)
    if note.results:
        yield Items("Results you gave", note.results)
    if note.unsure:
        yield Items("Not sure about", _in_short(note.unsure))
    yield Items("Please remember", note.general_cautions)
    yield from _origin(note)


def _state(place: int, note: StateNote) -> Iterator[Block]:
    state = note.state
    yield Heading(f"{place}. {_first_upper(state.name)} ({state.clinical_name}): {FITS[note.strength]}", 2)
    if note.ranked:
        yield Paragraph(note.ranked)
    yield Items("Why", tuple(_because(reason) for reason in note.reasons))
    if note.chain:
        yield Items(
            "How it hangs together", tuple(f"{_first_upper(link.label)}. {link.because}" for link in note.chain)
        )
    if note.against:
        yield Items("What speaks against it", tuple(_because(reason) for reason in note.against))
    if note.unsure:
        yield Items("You were not sure, and it could matter", _in_short(note.unsure))
    if note.not_asked:
        yield Items("Not answered, and it could matter", _in_short(note.not_asked))
    if note.look_alikes:
        yield Items("What else it may be", note.look_alikes)
    yield Items("Questions to ask", note.ask)
    if note.tests:
        yield Items("Tests to ask about", note.tests)
    if note.cautions:
        yield Items("Take care", tuple(reason.says for reason in note.cautions))


def _in_short(evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """The first few in words. Many medicines left open are one thing: a list that may not be complete."""
    medicines = [each for each in evidence if each.kind == "medicine"]
    grouped = len(medicines) > MOST_OPEN_MEDICINES
    single = [each.words for each in evidence if not grouped or each.kind != "medicine"]
    shown = single if len(single) <= MOST_OPEN else [*single[:MOST_OPEN], f"and {len(single) - MOST_OPEN} more"]
    return (*shown, *(["whether a medicine is missing from your list"] if grouped else []))


def _because(reason: Reason) -> str:
    return f"{reason.says} (you told: {_listed(reason.evidence)})" if reason.evidence else reason.says


def _listed(evidence: Sequence[Evidence]) -> str:
    return ", ".join(each.words for each in evidence)


def _origin(note: Note) -> Iterator[Block]:
    reasons = {
        reason.rule: reason
        for group in (
            note.urgent, note.not_ruled_out, note.cautions,
            *((*state.reasons, *state.against, *state.cautions) for state in note.states),
        )
        for reason in group
    }  # fmt: skip
    yield Heading("Where this comes from")
    yield Paragraph(f"{note.draft} {note.notice} Rule base {note.fingerprint}.")
    yield Items(
        "Rules that fired",
        tuple(f"{reason.rule} ({reason.state}): {', '.join(reason.sources)}" for reason in reasons.values()),
    )


# --- the note, on paper -----------------------------------------------------------------------------


def as_text(blocks: Iterable[Block], width: int = 80) -> str:
    """Plain text, wrapped to a width of at least 20 columns."""
    width = max(20, width)
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Heading):
            text = block.text.upper() if block.level == 1 else block.text
            lines += ["", *_wrapped(text, width)]
            if block.level == 1:
                lines.append("-" * min(width, len(text)))
        elif isinstance(block, Paragraph):
            lines += _wrapped(block.text, width)
        elif block.items:
            indent = "  " if block.lead else ""
            lines += _wrapped(f"{block.lead}:", width) if block.lead else []
            for item in block.items:
                lines += _wrapped(item, width, f"{indent}- ", f"{indent}  ")
    return "\n".join(lines).strip("\n") + "\n"


def _wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    return [first + line if place == 0 else rest + line for place, line in enumerate(wrapped(text, width - len(first)))]


def as_markdown(blocks: Iterable[Block]) -> str:
    """Markdown in which no character of an answer acts as markup."""
    parts: list[str] = ["# Electrolyte quiz: what to discuss"]
    for block in blocks:
        if isinstance(block, Heading):
            parts.append(f"{'#' * (block.level + 1)} {_escaped(block.text)}")
        elif isinstance(block, Paragraph):
            parts.append(f"**{_escaped(block.text)}**" if block.strong else _escaped(block.text))
        elif block.items:
            lead = [f"{_escaped(block.lead)}:\n"] if block.lead else []
            parts.append("\n".join((*lead, *(f"- {_escaped(item)}" for item in block.items))))
    return "\n\n".join(parts) + "\n"


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", inert(text).replace("\n", " "))


def as_html(blocks: Iterable[Block]) -> str:
    """One self-contained page to read or print. Everything from rules and answers is escaped."""
    from importlib.resources import files

    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((files("quiz") / "note.html.j2").read_text(encoding="utf-8"))
    kinds = [{"kind": type(block).__name__, **_inert_values(asdict(block))} for block in blocks]
    return template.render(blocks=kinds)


def _inert_values(values: dict[str, Any]) -> dict[str, Any]:
    """A key named `items` would hide behind a dict's own method in a template."""
    return {
        ("entries" if key == "items" else key): (
            inert(value)
            if isinstance(value, str)
            else [inert(each) for each in value]
            if isinstance(value, tuple)
            else value
        )
        for key, value in values.items()
    }


def as_data(note: Note, assessment: Assessment, session: Session) -> dict[str, Any]:
    """The note as plain data for JSON: first what `assess` gives for a line, then all that is told."""
    return {
        **summary(assessment, note.fingerprint),
        "answers": dict(session.answers),
        "other_medicines": list(session.other_medicines),
        "note": {
            "headline": note.advice.headline if note.advice else None,
            "action": note.advice.action if note.advice else None,
            "urgent": [_reason_data(reason) for reason in note.urgent],
            "not_ruled_out": [_reason_data(reason) for reason in note.not_ruled_out],
            "states": [_state_data(state) for state in note.states],
            "cautions": [_reason_data(reason) for reason in note.cautions],
            "ask": list(note.ask),
            "remember": list(note.general_cautions),
            "unsure": {each.finding: each.words for each in note.unsure},
            "nothing_named": None if note.states else note.nothing_named,
            "draft": note.draft,
            "notice": note.notice,
        },
    }


def summary(assessment: Assessment, fingerprint: str) -> dict[str, Any]:
    """The ids behind an assessment."""
    return {
        "states_ranked": [[each.state, each.strength.word] for each in assessment.candidates],
        "urgency": assessment.urgency.word if assessment.urgency else None,
        "red_flags": [each.rule.id for each in assessment.red_flags],
        "cautions": [each.rule.id for each in assessment.cautions if isinstance(each.rule.then, Cautions)],
        "fired": [each.rule.id for each in assessment.fired],
        "rulebase": fingerprint,
    }


def _reason_data(reason: Reason) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "says": reason.says,
        "because": reason.because,
        "state": reason.state,
        "evidence": {each.finding: each.words for each in reason.evidence},
        "facts": list(reason.facts),
        "sources": list(reason.sources),
    }


def _state_data(note: StateNote) -> dict[str, Any]:
    return {
        "state": note.state.id,
        "name": note.state.name,
        "support": note.strength.word,
        "ranked": note.ranked,
        "why": [_reason_data(reason) for reason in note.reasons],
        "chain": [asdict(link) for link in note.chain],
        "against": [_reason_data(reason) for reason in note.against],
        "unsure": {each.finding: each.words for each in note.unsure},
        "not_asked": {each.finding: each.words for each in note.not_asked},
        "look_alikes": list(note.look_alikes),
        "about": list(note.about),
        "tests": list(note.tests),
        "ask": list(note.ask),
        "cautions": [_reason_data(reason) for reason in note.cautions],
    }
