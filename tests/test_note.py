"""What a person is told: the note, in four forms."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser

import pytest

from quiz import wording
from quiz.engine import Engine
from quiz.explain import Note, explain
from quiz.interview import Session
from quiz.model import NO, UNSURE, YES, Answer, RuleBase

FUROSEMIDE: Mapping[str, Answer] = {
    "loop_diuretic": YES, "palpitations": YES, "leg_weakness": YES, "muscle_cramps": UNSURE, "fainting": UNSURE,
    "chest_pain": NO,
}  # fmt: skip


def note_of(engine: Engine, answers: Mapping[str, Answer], *others: str) -> Note:
    return explain(engine.rulebase, engine.assess(answers), engine.applies, others)


def text_of(engine: Engine, answers: Mapping[str, Answer], *others: str, width: int = 80) -> str:
    return wording.as_text(wording.sheet(note_of(engine, answers, *others)), width)


def test_an_emergency_is_told_before_anything_else(engine: Engine) -> None:
    text = text_of(engine, {**FUROSEMIDE, "chest_pain": YES})

    assert text.startswith("WHAT TO DO\n")
    assert engine.rulebase.advice[max(engine.rulebase.advice)].headline in text.split("\n", 3)[2]


def test_every_named_state_tells_why_and_what_to_ask(engine: Engine) -> None:
    note = note_of(engine, FUROSEMIDE)

    assert {state.state.id for state in note.states} >= {"K_LOW", "MG_LOW"}
    for state in note.states:
        assert state.reasons
        assert state.ask
        assert all(reason.evidence for reason in state.reasons)


def test_the_chain_tells_the_mechanism_in_words_of_the_concepts(engine: Engine, rulebase: RuleBase) -> None:
    links = [link for state in note_of(engine, FUROSEMIDE).states for link in state.chain]

    assert links
    assert all(link.because == rulebase.concepts[link.concept].because for link in links)


def test_a_red_flag_left_unsure_is_told_as_not_ruled_out(engine: Engine) -> None:
    note = note_of(engine, FUROSEMIDE)

    assert any("fainting" in {each.finding for each in reason.evidence} for reason in note.not_ruled_out)
    assert "COULD NOT BE RULED OUT" in text_of(engine, FUROSEMIDE)


def test_not_sure_never_reads_like_no(engine: Engine) -> None:
    text = text_of(engine, FUROSEMIDE)

    assert "no cramps" not in text
    assert "Not sure about" in text


def test_nothing_named_is_told_as_silence_and_not_as_health(engine: Engine) -> None:
    text = text_of(engine, {"fatigue": NO})

    assert "NOTHING TO NAME" in text
    assert "does not show that all is well" in " ".join(text.split())


def test_a_medicine_nobody_knows_is_on_the_sheet(engine: Engine) -> None:
    assert "Zzyzzyx (not known to the quiz: ask about this one)" in " ".join(text_of(engine, {}, "Zzyzzyx").split())


def test_rule_ids_states_sources_and_fingerprint_are_told(engine: Engine, rulebase: RuleBase) -> None:
    text = " ".join(text_of(engine, FUROSEMIDE).split())

    assert rulebase.fingerprint in text
    for state in note_of(engine, FUROSEMIDE).states:
        for reason in state.reasons:
            assert f"{reason.rule} (draft): {', '.join(reason.sources)}" in text


def test_a_note_never_says_the_same_sentence_twice(engine: Engine) -> None:
    note = note_of(engine, {**FUROSEMIDE, "diarrhoea": YES, "tremor": YES, "ckd": YES, "potassium_supplement": YES})
    told = [reason.says for state in note.states for reason in state.cautions] + [each.says for each in note.cautions]
    told += [line for state in note.states for line in state.look_alikes]

    assert len(told) == len(set(told))


@pytest.mark.parametrize("width", [20, 40, 80, 100])
def test_no_line_of_the_text_is_wider_than_the_terminal(engine: Engine, width: int) -> None:
    longest = max(len(line) for line in text_of(engine, FUROSEMIDE, width=width).splitlines())

    assert longest <= max(width, 45)  # an id of a rule is one word
    if width >= 80:
        assert longest <= width


def test_markdown_takes_markup_from_nobody(engine: Engine) -> None:
    blocks = wording.sheet(note_of(engine, FUROSEMIDE, "*[bad](http://x)*<b>"))
    text = wording.as_markdown(blocks)

    assert r"\*\[bad\](http://x)\*\<b\>" in text
    assert text.count("\n# ") == 0


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.mistakes: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.links += [value or "" for name, value in attributes if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.mistakes.append(tag)


def test_the_page_is_whole_self_contained_and_inert(engine: Engine) -> None:
    page = wording.as_html(wording.sheet(note_of(engine, FUROSEMIDE, "<script>alert(1)</script>\x1b[2J")))
    tags = Tags()
    tags.feed(page)

    assert (tags.open, tags.mistakes, tags.links) == ([], [], [])
    assert "<script>" not in page
    assert "\x1b" not in page
    assert "Low potassium" in page


def test_json_holds_all_that_is_told(engine: Engine, rulebase: RuleBase) -> None:
    assessment = engine.assess(FUROSEMIDE)
    note = explain(rulebase, assessment, engine.applies)
    data = json.loads(json.dumps(wording.as_data(note, assessment, Session(FUROSEMIDE))))

    assert data["states_ranked"] == [[each.state, each.strength.word] for each in assessment.candidates]
    assert data["answers"] == dict(FUROSEMIDE)
    assert data["rulebase"] == rulebase.fingerprint
    assert [each["state"] for each in data["note"]["states"]] == [each.state for each in assessment.candidates]


def test_why_is_told_in_at_most_six_lines_from_the_rules(engine: Engine, rulebase: RuleBase) -> None:
    for answers in ({}, {"loop_diuretic": YES}, FUROSEMIDE):
        assessment, outlook = engine.assess(answers), engine.outlook(answers)
        for finding in rulebase.findings.values():
            lines = wording.why(rulebase, assessment, outlook, finding).splitlines()
            assert 1 <= len(lines) <= wording.MOST_LINES_OF_WHY
            if len(lines) > 1:
                assert any(rule.says in lines[1] for rule in outlook.settles[finding.id])


def test_why_says_so_when_an_answer_can_change_nothing(engine: Engine, rulebase: RuleBase) -> None:
    answers = {finding: NO for finding, what in rulebase.findings.items() if what.words == (YES, NO)}
    finding = rulebase.findings["fever"]
    told = wording.why(rulebase, engine.assess(answers), engine.outlook(answers), finding)

    assert "no answer to this can change your note" in told


def test_an_emergency_is_told_in_an_action_of_at_most_two_short_sentences(rulebase: RuleBase) -> None:
    for advice in rulebase.advice.values():
        sentences = [part for part in re.split(r"[.!?]\s*", advice.action) if part]
        assert len(sentences) <= 2
        assert len(advice.headline) <= 140
        assert not re.search(r"\b\d{3}\b", advice.headline + advice.action), "no country's number"


def test_the_welcome_says_in_two_lines_what_this_is_and_is_not(rulebase: RuleBase) -> None:
    lines = wording.welcome(rulebase).split("\n")

    assert all(len(line) <= 80 for line in lines[:2])
    assert "emergency number" in lines[2]
