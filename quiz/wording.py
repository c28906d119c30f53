"""Every sentence that the program itself says, and the note as text, Markdown, HTML and JSON."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any, Literal

from quiz.answers import measured
from quiz.explain import Change, Evidence, Link, Note, Reason, StateNote, Switch
from quiz.interview import Session, Step
from quiz.model import (
    NO,
    UNSURE,
    YES,
    Answer,
    Assessment,
    Cautions,
    Finding,
    RuleBase,
    Strength,
    Urgency,
)
from quiz.text import inert, wrapped

TITLE = "Electrolyte quiz: what to discuss"

MOST_OPEN = 4
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
    return answer if isinstance(answer, str) else measured(answer, finding.unit)


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
        units = ", ".join(unit.name for unit in finding.units)
        lines.append(f"Type a number from {finding.low:g} to {finding.high:g} {finding.unit}. Units: {units}.")
    text = " ".join((question, finding.help, finding.label)).lower()
    for term, meaning in glossary.items():
        if re.search(rf"\b{re.escape(term.lower())}\b", text):
            lines.append(f"{term}: {meaning}")
    lines.append("Not sure is a good answer. It never counts as no. What you leave blank counts as not asked.")
    return "\n".join(lines)


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- the sheet, as blocks ---------------------------------------------------------------------------

MOST_URGENT_REASONS = 2
MOST_QUESTIONS = 5
MOST_CHANGES = 3
MOST_CAUTIONS = 6
"""What the sheet tells in all, so that it stays one page. The ids of all rules that fired are on it."""

MOST_RULES_OPEN = 6
"""Rules that could not be ruled out, by id. What they say stands on the sheet."""

MOST_NOTICED = 12
"""Things noticed that one line of the sheet names, beyond those that a rule used."""

ABOUT = ("condition", "life stage", "about")
"""Kinds of findings that are so with a person, and not noticed."""

LEAST_GENERAL_CAUTIONS = 2
"""Those that hold for everybody, however many are about what was told."""

SHORT_SENTENCE = 50
"""Characters under which a sentence that opens a text says too little alone."""


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text with a lead-in, which may be empty."""

    text: str
    lead: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list with a lead-in, which may be empty."""

    lead: str
    items: tuple[str, ...]


Block = Heading | Paragraph | Items


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the sheet. `name` is for its style on paper."""

    name: Literal["act", "open", "odds", "discuss", "ask", "care", "origin"]
    title: str
    blocks: tuple[Block, ...]


def sheet(note: Note) -> tuple[Part, ...]:
    """The note as one page to take along, in the order of need: the action, what to discuss, where it comes from.

    A danger sign that the person was not sure about comes before an action that can wait for days.
    """
    said = set(map(_change_line, _open_dangers(note)))
    act = tuple(_act(note, said))
    discuss: tuple[Block, ...] = tuple(_discuss(note, said)) if note.states else (Paragraph(note.nothing_named),)
    if not note.advice:
        discuss = (*discuss, *_changes_of_all(note, said))
    first = [Part("act", "What to do", act), Part("open", "Could not be ruled out", tuple(_not_ruled_out(note)))]
    if note.not_ruled_out and (note.advice is None or note.advice.urgency < Urgency.SAME_DAY):
        first.reverse()
    parts = (
        *first,
        Part("odds", "Look at these answers again", tuple(_at_odds(note))),
        Part("discuss", "Worth discussing with a clinician" if note.states else "No blood salt named", discuss),
        Part("ask", "Take along", tuple(_take_along(note))),
        Part("care", "Take care", (Items("", _cautions(note)),)),
        Part("origin", "Where this comes from", tuple(_origin(note))),
    )
    return tuple(part for part in parts if part.blocks)


def _open_dangers(note: Note) -> Iterator[Change]:
    """What answers would do that would make it an emergency, of which "could not be ruled out" speaks already.

    Beside that, whatever else such an answer would do says too little.
    """
    named = {each.finding for reason in note.not_ruled_out for each in reason.evidence}
    changes = (*note.changes, *(each for state in note.states for each in state.changes))
    settling = [each for each in changes if each.settles and each.answers[0].finding in named]
    dangers = {each.answers for each in settling if each.urgency is Urgency.EMERGENCY}
    yield from (each for each in settling if each.answers in dangers)


def _act(note: Note, said: set[str]) -> Iterator[Block]:
    if note.advice:
        yield Paragraph(note.advice.headline, strong=True)
        yield Paragraph(note.advice.action)
        says = " ".join(reason.says for reason in note.urgent[:MOST_URGENT_REASONS])
        yield Paragraph(f"{says} {_told(note.urgent)}", "Why")
    for reason in note.at_once:
        yield Paragraph(reason.says, strong=True)
    if note.advice:
        yield from _changes_of_all(note, said)


def _not_ruled_out(note: Note) -> Iterator[Block]:
    """What each danger sign hangs on; where there are many, what they say has to do.

    What can be noticed comes before what hangs on a result. Results that the person does not know are one thing:
    somebody may have them.
    """
    unknown = [each for each in note.not_ruled_out if all(one.kind == "lab" for one in each.evidence)]
    signs = sorted((each for each in note.not_ruled_out if each not in unknown), key=_hangs_on_a_result)
    many = len(signs) > MOST_OPEN
    says = [_open_danger(each, in_short=many) for each in signs]
    if unknown:
        results = _different(one.words for each in unknown for one in each.evidence)
        says.append(f"A result far outside its limits: {', '.join(results)}. Ask for those that you do not know.")
    if says:
        lead = "You were not sure. If one of these is so, or starts, get emergency help at once"
        yield Items(lead, tuple(says))
    if note.signs_open and (note.advice is None or note.advice.urgency < Urgency.EMERGENCY):
        yield Paragraph(_not_answered(note.signs_open))


def _not_answered(signs: Sequence[Evidence]) -> str:
    """Silence on a danger sign must not read as no."""
    said = "; ".join(_first_few([each.words for each in signs]))
    return (
        f"You left these danger signs without an answer: {said}. If one is so, or starts, get emergency help at once."
    )


def _at_odds(note: Note) -> Iterator[Block]:
    """The more so as each of them was counted as it was given."""
    if note.odds:
        says = (f"{_first_upper(_run(each.words for each in odd.answers))} {odd.because}" for odd in note.odds)
        yield Items("They do not fit together, and each was counted as you gave it", tuple(says))


def _hangs_on_a_result(reason: Reason) -> bool:
    return any(each.kind == "lab" for each in reason.evidence)


def _open_danger(reason: Reason, *, in_short: bool) -> str:
    """A sentence on a result does not name it, so that needs its label in any case."""
    labels = [each for each in reason.evidence if each.kind == "lab"] if in_short else reason.evidence
    return f"{_first_upper(_listed(labels))}: {reason.says}" if labels else reason.says


def _discuss(note: Note, said: set[str]) -> Iterator[Block]:
    for place, state in enumerate(note.states, 1):
        yield Heading(
            f"{place}. {_first_upper(state.state.name)} ({state.state.clinical_name}): {FITS[state.strength]}"
        )
        yield from _state(state, said, in_short=place > 1)


def _state(note: StateNote, said: set[str], *, in_short: bool) -> Iterator[Block]:
    """`said` holds what was said to change things. It grows: what would change this one alike is not said again."""
    why = note.reasons[0].says, _told(note.reasons[:1]), note.ranked, _counted(note)
    yield Paragraph(" ".join(filter(None, why)), "Why")
    if note.chain:
        labels = _run(link.label for link in note.chain)
        yield Paragraph(labels if in_short else _hangs_together(note.chain), "How it hangs together")
    if note.against:
        says = " ".join(reason.says for reason in note.against)
        yield Paragraph(f"{says} {_told(note.against)}", "What speaks against it")
    if note.unsure:
        yield Paragraph(_run(_in_short(note.unsure)), "Not sure, and it could matter")
    if note.not_asked:
        yield Paragraph(_run(_in_short(note.not_asked)), "Not answered, and it could matter")
    lines = change_lines(note.changes, said)
    lines = lines[:1] if in_short else lines
    if lines:
        said.update(lines)
        yield Items("What would change this", lines)
    if note.look_alikes:
        yield Paragraph(" ".join(note.look_alikes), "What else it may be")


def change_lines(changes: Iterable[Change], said: Collection[str] = ()) -> tuple[str, ...]:
    """What would change a note, in at most three lines: first an answer "not sure" that decides, then all others.

    What was `said` already is left out, and so is another age or sex. That something else comes first goes without
    saying where the same answers take away what comes first now.
    """
    known = tuple(changes)
    taken_away = [each.answers for each in known if each.goal == "remove"]
    told = [
        each
        for each in known
        if _change_line(each) not in said
        and not any(switch.fixed for switch in each.answers)
        and not (each.goal == "top" and each.answers in taken_away)
    ]
    settling = [each for each in told if each.settles]
    others = [each for each in told if not each.settles]
    return _different(map(_change_line, (*settling[:1], *others, *settling[1:])))[:MOST_CHANGES]


def _changes_of_all(note: Note, said: set[str]) -> Iterator[Block]:
    """What would change the urgency, or name one more state.

    Nobody in an emergency is told how it might be none, and that a danger sign would be one goes without saying.
    """
    calm = note.advice is None or note.advice.urgency < Urgency.EMERGENCY
    lowers = (each for each in note.changes if calm and each.about == "urgency" and each.goal == "remove")
    lines = change_lines((*lowers, *(each for each in note.changes if each.settles)), said)
    if lines:
        said.update(lines)
        yield Items("What would change this", lines)


def _change_line(change: Change) -> str:
    if not change.answers:
        return f"This would stay even if any {change.most} of your answers were different."
    if change.settles:
        switch = change.answers[0]
        said = f"A {switch.now}" if switch.now in (YES, NO) else _first_upper(_value(switch))
        return f"Still open: {switch.label}. {said} would {_would(change)}."
    return f"{_first_upper(_if(change.answers))}, {_then(change)}."


def _would(change: Change) -> str:
    if change.goal == "raise" and change.urgency is not None:
        soon = f"mean {_help(change.urgency)}"
        return "make this an emergency" if change.urgency is Urgency.EMERGENCY else soon
    if change.goal == "top":
        return f"put {change.name} first"
    return f"speak for {change.name}" if change.goal == "stronger" else "take this off the note"


def _then(change: Change) -> str:
    if change.goal == "raise" and change.urgency is not None:
        return _how_soon(change.urgency)
    if change.goal == "top":
        return f"{change.name} would come first"
    if change.goal == "stronger":
        return f"more would speak for {change.name}"
    if change.about == "urgency":
        return _how_soon(change.urgency) if change.urgency is not None else "the note would not say how soon"
    return "this would not be on the note"


def _how_soon(urgency: Urgency) -> str:
    emergency = urgency is Urgency.EMERGENCY
    return "this would be an emergency" if emergency else f"the advice would be {_help(urgency)}"


def _help(urgency: Urgency) -> str:
    """At a planned visit a person talks; what comes sooner is help."""
    return f"{'a talk' if urgency is Urgency.ROUTINE else 'help'} {URGENCY[urgency]}"


def _if(answers: Sequence[Switch]) -> str:
    """ "if you had not told of a and b, and had told of c, and potassium had been 3.5 mmol/L" """
    parts = []
    told = [each.label for each in answers if each.now == YES]
    denied = [each.label for each in answers if each.now == NO and each.was == YES]
    ruled_out = [each.label for each in answers if each.now == NO and each.was != YES]
    if denied:
        parts.append(f"you had not told of {' or '.join(denied)}")
    if told:
        parts.append(f"you had told of {' and '.join(told)}")
    if ruled_out:
        parts.append(f"you had said no to {' and '.join(ruled_out)}")
    parts += [f"{each.label} had been {_value(each)}" for each in answers if each.now not in (YES, NO)]
    return f"if {', and '.join(parts)}"


def _value(switch: Switch) -> str:
    return switch.now if isinstance(switch.now, str) else measured(switch.now, switch.unit)


def _take_along(note: Note) -> Iterator[Block]:
    questions = _questions(note)
    if questions:
        yield Items("Questions to ask", questions)
    yield Paragraph("all medicines and supplements, or a list; blood results, old and new.", "Bring")
    unknown = (f"{name} (not known to the quiz: ask about this one)" for name in note.other_medicines)
    noticed, about, follows = _noticed(note)
    for lead, words in (
        ("Medicines, food and drink", (*(_by_name(note, each) for each in note.medicines), *unknown)),
        ("Results you gave", note.results),
        ("What you noticed", noticed),
        ("About you", about),
        ("This also means", follows),
        ("Still open", _in_short(note.unsure)),
    ):
        if words:
            yield Paragraph(_run(words), lead)


def _by_name(note: Note, medicine: str) -> str:
    names = note.names_given.get(medicine, ())
    return f"{medicine}, as {' and '.join(names)}" if names else medicine


def _noticed(note: Note) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """What the person noticed, what is so with them, and what follows from all that they told.

    Also what the rules used that stands nowhere else. That something is not so, as follows, tells nobody anything.
    """
    reasons = (*note.urgent, *(reason for state in note.states for reason in (*state.reasons, *state.against)))
    used = [each for reason in reasons for each in reason.evidence]
    told = [each for each in used if each in note.noticed]
    about: list[str] = []
    noticed: list[str] = []
    follows: list[str] = []
    for each in dict.fromkeys((*told, *note.noticed, *used)):
        if each.words not in (*note.medicines, *note.results) and not (each.follows and each.denied):
            (follows if each.follows else about if each.kind in ABOUT else noticed).append(each.words)
    return _at_most(MOST_NOTICED, noticed, used), _at_most(MOST_NOTICED, about, used), tuple(follows)


def _at_most(most: int, words: Sequence[str], used: Sequence[Evidence]) -> tuple[str, ...]:
    """The first of these, and all that a rule used; the rest is counted."""
    needed = {each.words for each in used}
    shown = [each for place, each in enumerate(words) if place < most or each in needed]
    return (*shown, *([f"and {len(words) - len(shown)} more"] if len(words) > len(shown) else []))


def _questions(note: Note) -> tuple[str, ...]:
    """Three to five for the whole visit: the first of each state in turn, and room for one that fits any visit.

    None in an emergency that names no state: those for any visit can wait.
    """
    if not note.states and note.advice and note.advice.urgency is Urgency.EMERGENCY:
        return ()
    turns = zip_longest(*(state.ask for state in note.states))
    specific = _different(question for turn in turns for question in turn if question)
    return _different((*specific[: MOST_QUESTIONS - 1], *note.ask))[:MOST_QUESTIONS]


def _cautions(note: Note) -> tuple[str, ...]:
    """What was told decides first. Those for everybody fill the room that is left, and never less than two."""
    reasons = (*note.cautions, *(reason for state in note.states for reason in state.cautions))
    specific = _different(reason.says for reason in reasons)
    room = max(MOST_CAUTIONS - len(specific), LEAST_GENERAL_CAUTIONS)
    return _different((*specific, *note.general_cautions[:room]))


def _origin(note: Note) -> Iterator[Block]:
    reasons = {reason.rule: reason for reason in _reasons(note)}.values()
    yield Paragraph(f"{note.draft} {note.notice} Rule base {note.fingerprint}.")
    for state in _different(reason.state for reason in reasons):
        yield Paragraph(_run(each.rule for each in reasons if each.state == state), f"Rules that fired ({state})")
    left_open = [each.rule for each in note.not_ruled_out]
    if left_open:
        more = len(left_open) - MOST_RULES_OPEN
        shown = (*left_open[:MOST_RULES_OPEN], *([f"and {more} more"] if more > 0 else []))
        yield Paragraph(_run(shown), "Rules left open")
    sources = _different(source for reason in reasons for source in reason.sources)
    if sources:
        yield Paragraph(_run(sources), "Sources of the rules that fired")


def _reasons(note: Note) -> Iterator[Reason]:
    yield from (*note.urgent, *note.at_once)
    for state in note.states:
        yield from (*state.reasons, *state.against, *state.cautions)
    yield from note.cautions


def _hangs_together(chain: Sequence[Link]) -> str:
    """The concepts in words. The first is explained; the others are named, to be asked about."""
    first, *others = chain
    also = f" Also: {_run(each.label for each in others)}" if others else ""
    return f"{first.label}. {_opening(first.because)}{also}"


def _opening(text: str) -> str:
    """The first sentence, or as many as it takes to say something."""
    for end in re.finditer(r"[.!?](?=\s)", text):
        if end.end() >= SHORT_SENTENCE:
            return text[: end.end()]
    return text


def _in_short(evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """The first few in words. Many medicines left open are one thing: a list that may not be complete."""
    medicines = [each for each in evidence if each.kind == "medicine"]
    grouped = len(medicines) > MOST_OPEN_MEDICINES
    single = [each.words for each in evidence if not grouped or each.kind != "medicine"]
    missing = ["which other medicines you take"] if grouped else []
    return _first_few(single, *missing)


def _first_few(words: Sequence[str], *also: str) -> tuple[str, ...]:
    """The first of these, and how many more there are, after what is named in any case."""
    more = len(words) - MOST_OPEN
    return (*words[:MOST_OPEN], *also, *([f"and {more} more"] if more > 0 else []))


def _told(reasons: Iterable[Reason]) -> str:
    """Answers that are enough for these reasons, each once."""
    words = _different(each.words for reason in reasons for each in reason.told)
    return f"You told: {_run(words)}" if words else ""


def _listed(evidence: Sequence[Evidence]) -> str:
    return ", ".join(each.words for each in evidence)


def _run(words: Iterable[str]) -> str:
    """Several things in one line. Some of them have commas of their own."""
    return f"{'; '.join(words)}."


def _counted(note: StateNote) -> str:
    """What else was counted than the answers that are told beside it."""
    told = {each.words for each in note.reasons[0].told}
    also = _different(each.words for each in note.counted if each.words not in told)
    return f"Counted as well: {_run(_first_few(also))}" if also else ""


def _different(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


# --- the sheet, on paper ----------------------------------------------------------------------------


def as_text(parts: Iterable[Part], width: int = 80) -> str:
    """Plain text, wrapped to a width of at least 20 columns."""
    width = max(20, width)
    lines: list[str] = []
    for part in parts:
        lines += ["", *_wrapped(part.title.upper(), width)]
        for place, block in enumerate(part.blocks):
            lines += [""] if place and isinstance(block, Heading) else []
            lines += _block_lines(block, width)
    return "\n".join(lines).strip("\n") + "\n"


def _block_lines(block: Block, width: int) -> list[str]:
    if isinstance(block, Heading):
        return _wrapped(block.text, width)
    if isinstance(block, Paragraph):
        return _wrapped(f"{block.lead}: {block.text}" if block.lead else block.text, width)
    lead = _wrapped(f"{block.lead}:", width) if block.lead else []
    return [*lead, *(line for item in block.items for line in _wrapped(item, width, "- ", "  "))]


def _wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    return [first + line if place == 0 else rest + line for place, line in enumerate(wrapped(text, width - len(first)))]


def as_markdown(parts: Iterable[Part]) -> str:
    """Markdown in which no character of an answer acts as markup."""
    written = [f"# {TITLE}"]
    for part in parts:
        written += [f"## {_escaped(part.title)}", *(_block_markdown(block) for block in part.blocks)]
    return "\n\n".join(written) + "\n"


def _block_markdown(block: Block) -> str:
    if isinstance(block, Heading):
        return f"### {_escaped(block.text)}"
    lead = f"**{_escaped(block.lead)}:** " if block.lead else ""
    if isinstance(block, Paragraph):
        return f"**{_escaped(block.text)}**" if block.strong else f"{lead}{_escaped(block.text)}"
    return "\n".join((*([f"{lead.rstrip()}\n"] if lead else []), *(f"- {_escaped(item)}" for item in block.items)))


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", inert(text).replace("\n", " "))


def as_html(parts: Iterable[Part]) -> str:
    """One self-contained page to read or print. Everything from rules and answers is escaped."""
    from importlib.resources import files

    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"inert": inert, "kind": lambda block: type(block).__name__}
    template = environment.from_string((files("quiz") / "note.html.j2").read_text(encoding="utf-8"))
    told = tuple(parts)
    places = {part.name: place for place, part in enumerate(told)}
    end = 1 + places.get("act", places.get("open", -1))
    return template.render(title=TITLE, top=told[:end], rest=told[end:]).strip()


def as_data(note: Note, assessment: Assessment, session: Session) -> dict[str, Any]:
    """The note as plain data for JSON: first what `assess` gives for a line, then all that is told."""
    return {
        **summary(assessment, note.fingerprint),
        "answers": dict(session.answers),
        "other_medicines": list(session.other_medicines),
        "named_medicines": list(session.named_medicines),
        "note": {
            "headline": note.advice.headline if note.advice else None,
            "action": note.advice.action if note.advice else None,
            "urgent": [_reason_data(reason) for reason in note.urgent],
            "at_once": [_reason_data(reason) for reason in note.at_once],
            "not_ruled_out": [_reason_data(reason) for reason in note.not_ruled_out],
            "signs_open": _words(note.signs_open),
            "told": _words(note.told),
            "changes": [_change_data(change) for change in note.changes],
            "states": [_state_data(state) for state in note.states],
            "cautions": [_reason_data(reason) for reason in note.cautions],
            "ask": list(note.ask),
            "remember": list(note.general_cautions),
            "noticed": _words(note.noticed),
            "unsure": _words(note.unsure),
            "odds": [{"answers": _words(each.answers), "because": each.because} for each in note.odds],
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


def _words(evidence: Iterable[Evidence]) -> dict[str, str]:
    return {each.finding: each.words for each in evidence}


def _reason_data(reason: Reason) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "says": reason.says,
        "because": reason.because,
        "state": reason.state,
        "evidence": _words(reason.evidence),
        "told": _words(reason.told),
        "facts": list(reason.facts),
        "sources": list(reason.sources),
    }


def _change_data(change: Change) -> dict[str, Any]:
    return {
        "about": change.about,
        "goal": change.goal,
        "says": _change_line(change),
        "answers": {each.finding: {"was": each.was, "now": each.now} for each in change.answers},
        "urgency": change.urgency.word if change.urgency else None,
        "state": change.state or None,
        "support": change.strength.word if change.strength else None,
        "most": change.most,
    }


def _state_data(note: StateNote) -> dict[str, Any]:
    return {
        "state": note.state.id,
        "name": note.state.name,
        "support": note.strength.word,
        "ranked": note.ranked,
        "counted": _words(note.counted),
        "told": _words(note.told),
        "changes": [_change_data(change) for change in note.changes],
        "why": [_reason_data(reason) for reason in note.reasons],
        "chain": [asdict(link) for link in note.chain],
        "against": [_reason_data(reason) for reason in note.against],
        "unsure": _words(note.unsure),
        "not_asked": _words(note.not_asked),
        "look_alikes": list(note.look_alikes),
        "about": list(note.about),
        "tests": list(note.tests),
        "ask": list(note.ask),
        "cautions": [_reason_data(reason) for reason in note.cautions],
    }
