"""What a person is told: the note, in four forms."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from html import unescape
from html.parser import HTMLParser

import pytest

from quiz import wording
from quiz.commands.shared import make_note
from quiz.conversation import welcome
from quiz.engine import Engine
from quiz.explain import Note
from quiz.interview import Session
from quiz.model import NO, UNSURE, YES, Answer, Cautions, RuleBase

FUROSEMIDE: Mapping[str, Answer] = {
    "loop_diuretic": YES, "palpitations": YES, "leg_weakness": YES, "muscle_cramps": UNSURE, "fainting": UNSURE,
    "chest_pain": NO,
}  # fmt: skip


def note_of(engine: Engine, answers: Mapping[str, Answer], *others: str) -> Note:
    return made_once(engine, tuple(answers.items()), others)


@cache
def made_once(engine: Engine, answers: tuple[tuple[str, Answer], ...], others: tuple[str, ...]) -> Note:
    return make_note(engine, Session(dict(answers), other_medicines=others))[0]


def test_medicines_are_told_by_the_names_that_the_person_gave(engine: Engine) -> None:
    answers: dict[str, Answer] = {"loop_diuretic": YES, "thiazide": YES, "digoxin": YES, "ppi": NO}
    names = ("Lasix", "furosemide", "digoxin", "omeprazole", "Lanoxin", "gone from the rules")
    told = make_note(engine, Session(answers, named_medicines=names, other_medicines=("zzyx",)))[0]

    assert (
        "a loop diuretic (strong water tablet), as Lasix and furosemide; "
        "a thiazide (common water tablet for blood pressure); digoxin (heart tablet), as Lanoxin; "
        "zzyx (not known to the quiz: ask about this one); gone from the rules (not known to the quiz"
    ) in " ".join(wording.as_text(wording.sheet(told), 2000).split())
    assert "What you noticed" not in wording.as_text(wording.sheet(told), 80)


def text_of(engine: Engine, answers: Mapping[str, Answer], *others: str, width: int = 80) -> str:
    return wording.as_text(wording.sheet(note_of(engine, answers, *others)), width)


def test_an_emergency_is_told_before_anything_else(engine: Engine) -> None:
    text = text_of(engine, {**FUROSEMIDE, "chest_pain": YES})

    headline = engine.rulebase.advice[max(engine.rulebase.advice)].headline

    assert " ".join(text.split()).startswith(f"WHAT TO DO {headline} ")


@pytest.mark.parametrize("sign", [{}, {"chest_pain": YES}, {"loop_diuretic": YES, "leg_weakness": YES}])
def test_who_is_no_adult_reads_that_this_is_for_adults_before_all_but_the_action(
    engine: Engine, sign: Mapping[str, Answer]
) -> None:
    says = engine.rulebase.rules["urgency.caution-under-18"].says
    parts = wording.sheet(note_of(engine, {"age": 8, **sign}))
    first = [block.text for block in parts[0].blocks if isinstance(block, wording.Paragraph)]

    assert says in first
    assert first.index(says) == (3 if "loop_diuretic" in sign or "chest_pain" in sign else 0)
    assert wording.as_text(parts, 2000).count(says) == 1
    assert says not in text_of(engine, {"age": 18, **sign}, width=2000)


def test_every_named_state_tells_why_and_what_to_ask(engine: Engine) -> None:
    note = note_of(engine, FUROSEMIDE)

    assert {state.state.id for state in note.states} >= {"K_LOW", "MG_LOW"}
    for state in note.states:
        assert state.reasons
        assert state.ask
        assert all(reason.evidence for reason in state.reasons)


def test_each_idea_of_a_chain_stands_there_once(engine: Engine) -> None:
    signs = ["loop_diuretic", "thiazide", "ppi", "palpitations", "leg_weakness", "muscle_cramps"]
    answers: dict[str, Answer] = dict.fromkeys(signs, YES)
    behind = [each.concepts for candidate in engine.assess(answers).candidates for each in candidate.fired]
    assert len(set().union(*behind)) < sum(map(len, behind)), "rules share ideas"

    for state in note_of(engine, answers).states:
        ideas = [link.concept for link in state.chain]
        assert ideas == list(dict.fromkeys(ideas))


def test_the_chain_tells_the_mechanism_in_words_of_the_concepts(engine: Engine, rulebase: RuleBase) -> None:
    links = [link for state in note_of(engine, FUROSEMIDE).states for link in state.chain]

    assert links
    assert all(link.because == rulebase.concepts[link.concept].because for link in links)


def test_everything_that_was_told_is_on_the_sheet_in_its_place(engine: Engine) -> None:
    text = " ".join(text_of(engine, {**FUROSEMIDE, "headache": YES, "ckd": YES, "age": 70, "fever": NO}).split())
    labels = {each: engine.rulebase.findings[each].label for each in ("headache", "fever", "age", "loop_diuretic")}
    noticed, about = (text.split(f"{lead}: ")[1].split(". ")[0] for lead in ("What you noticed", "About you"))

    assert labels["headache"] in noticed, "no rule made anything of it"
    assert labels["fever"] not in noticed
    assert labels["loop_diuretic"] not in noticed
    assert f"{labels['age']} 70 years" in about
    assert engine.rulebase.findings["ckd"].label in about


@pytest.mark.parametrize(
    ("told", "finding", "answer", "words"),
    [
        ({"vitd_deficiency": YES, "tingling_hands_feet": YES}, "no_symptoms", NO, "not feeling well"),
        ({"age": 74, "thiazide": YES, "falls": YES}, "older_age", YES, "age of 65 or more"),
    ],
)
def test_what_only_follows_from_the_answers_is_not_listed_as_told_and_what_is_not_so_not_at_all(
    engine: Engine, told: Mapping[str, Answer], finding: str, answer: Answer, words: str
) -> None:
    def leads(answers: Mapping[str, Answer]) -> list[str]:
        lines = (line.partition(": ") for line in text_of(engine, answers, width=2000).splitlines())
        return [
            lead
            for lead, _, text in lines
            if lead in ("What you noticed", "About you", "This also means") and words in text
        ]

    assert leads(told) == (["This also means"] if answer == YES else [])
    assert leads({**told, finding: answer}) in (["What you noticed"], ["About you"])


@pytest.mark.parametrize(
    ("told", "odd"),
    [
        ({"sex": "male", "pregnancy": YES}, {"sex", "pregnancy"}),
        ({"age": 61, "headache": YES, "pregnancy": YES}, {"age", "pregnancy"}),
        ({"vomiting": NO, "vomiting_ctx": YES, "fever": YES}, {"vomiting", "vomiting_ctx"}),
        ({"vomiting": UNSURE, "vomiting_ctx": YES}, set()),
        ({"sex": "female", "pregnancy": YES}, set()),
    ],
)
def test_answers_that_cannot_all_be_so_are_told_with_the_reason_and_still_count(
    engine: Engine, told: Mapping[str, Answer], odd: set[str]
) -> None:
    note = note_of(engine, told)
    text = text_of(engine, told, width=2000)

    assert [{each.finding for each in odds.answers} for odds in note.odds] == ([odd] if odd else [])
    assert ("LOOK AT THESE ANSWERS AGAIN" in text) == bool(odd)
    assert all(f". {odds.because}" in text for odds in note.odds)
    assert engine.assess(told).answers.items() >= told.items()


def test_an_emergency_that_names_no_blood_salt_asks_nothing_that_can_wait(engine: Engine) -> None:
    alone, named = text_of(engine, {"chest_pain": YES}), text_of(engine, {**FUROSEMIDE, "chest_pain": YES})

    assert "NO BLOOD SALT NAMED" in alone
    assert "Questions to ask" not in alone
    assert "Questions to ask" in named


@pytest.mark.parametrize(
    ("more", "first"),
    [
        ({}, "COULD NOT BE RULED OUT"),
        ({"ppi": YES}, "COULD NOT BE RULED OUT"),
        ({"thiazide": YES, "vomiting": YES}, "WHAT TO DO"),
        ({"fainting": YES}, "WHAT TO DO"),
    ],
)
def test_a_danger_sign_left_unsure_comes_before_an_action_that_can_wait_for_days(
    engine: Engine, more: Mapping[str, Answer], first: str
) -> None:
    parts = wording.sheet(note_of(engine, {"chest_pain": UNSURE, **more}))

    assert wording.as_text(parts).startswith(first)
    assert wording.as_html(parts).index(f'<h2 id="{parts[0].name}"') < wording.as_html(parts).index('<div class="col')


@pytest.mark.parametrize(
    ("answers", "state", "result"),
    [
        ({"dementia": YES, "low_fluid_intake": YES, "confusion": YES, "sodium_mmol_l": 160}, "NA_HIGH", "sodium"),
        ({"thiazide": YES, "falls": YES, "sodium_mmol_l": 128}, "NA_LOW", "sodium"),
        ({"denosumab": YES, "ckd": YES, "tingling_mouth": YES, "calcium_adjusted_mmol_l": 1.95}, "CA_LOW", "calcium"),
    ],
)
def test_a_result_that_names_a_state_is_told_before_a_story_that_does(
    engine: Engine, answers: Mapping[str, Answer], state: str, result: str
) -> None:
    (named,) = (each for each in note_of(engine, answers).states if each.state.id == state)

    assert [each.kind for each in named.reasons[0].told] == ["lab"]
    assert result in named.reasons[0].told[0].words


def test_one_year_is_no_years(engine: Engine) -> None:
    assert "age 1 year." in text_of(engine, {"age": 1}, width=2000)
    assert "age 2 years." in text_of(engine, {"age": 2}, width=2000)


def test_of_many_things_noticed_the_sheet_names_those_that_a_rule_used_and_counts_the_rest(engine: Engine) -> None:
    symptoms = [each.id for each in engine.rulebase.findings.values() if each.kind == "symptom"][::3]
    note = note_of(engine, dict.fromkeys(symptoms, YES))
    text = " ".join(wording.as_text(wording.sheet(note)).split())
    line = text.split("What you noticed: ")[1].split(" TAKE CARE")[0]

    assert {each.finding for each in note.noticed} == set(symptoms)
    assert re.search(r"and \d+ more\.", line)


def test_of_danger_signs_left_unsure_those_that_can_be_noticed_come_first(engine: Engine) -> None:
    unsure = {each: UNSURE for each in engine.rulebase.findings if each != "no_symptoms"}
    text = text_of(engine, unsure, width=2000)

    assert text.index("Chest pain or pressure needs help now") < text.index("A potassium far too high")
    assert text.index("A sodium far too low") < text.index("A result far outside its limits")


def test_results_that_nobody_knows_are_one_thing_that_could_not_be_ruled_out(engine: Engine) -> None:
    labs = [each.id for each in engine.rulebase.findings.values() if each.kind == "lab" and each.is_number]
    note = note_of(engine, {**FUROSEMIDE, **dict.fromkeys(labs, UNSURE)})
    lines = next(
        block.items
        for part in wording.sheet(note)
        if part.name == "open"
        for block in part.blocks
        if isinstance(block, wording.Items)
    )
    of_labs = [each for each in note.not_ruled_out if all(one.kind == "lab" for one in each.evidence)]

    assert len(of_labs) > 3
    assert sum("result" in line for line in lines) == 1
    for reason in of_labs:
        assert all(one.words in lines[-1] for one in reason.evidence)
        assert reason.says not in lines


def test_a_danger_that_could_not_be_ruled_out_is_not_told_twice(engine: Engine) -> None:
    note = note_of(engine, {**FUROSEMIDE, "lightheaded": UNSURE})
    open_now = {each.finding for reason in note.not_ruled_out for each in reason.evidence}
    text = " ".join(wording.as_text(wording.sheet(note)).split())

    assert open_now
    for finding in open_now:
        label = engine.rulebase.findings[finding].label
        assert f"Still open: {label}. A yes would make this an emergency" not in text


def test_a_red_flag_left_unsure_is_told_as_not_ruled_out(engine: Engine) -> None:
    note = note_of(engine, FUROSEMIDE)

    assert any("fainting" in {each.finding for each in reason.evidence} for reason in note.not_ruled_out)
    assert "COULD NOT BE RULED OUT" in text_of(engine, FUROSEMIDE)


def test_not_sure_never_reads_like_no(engine: Engine) -> None:
    text = text_of(engine, FUROSEMIDE)

    assert "no cramps" not in text
    assert "Still open" in text


def test_what_nobody_is_sure_about_stands_with_danger_signs_first_and_then_as_it_is_asked(engine: Engine) -> None:
    unsure = ["itching", "loop_diuretic", "fatigue", "blurred_vision", "age", "muscle_cramps", "chest_pain"]
    note = note_of(engine, {"thiazide": YES, "leg_weakness": YES, **dict.fromkeys(unsure, UNSURE)})
    ordered = ["chest_pain", "blurred_vision", "age", "muscle_cramps", "fatigue", "itching", "loop_diuretic"]

    assert [each.finding for each in note.unsure] == ordered
    for state in note.states:
        named = [each.finding for each in state.unsure]
        assert named == [each for each in ordered if each in named]


def test_in_an_emergency_no_danger_sign_without_an_answer_is_listed(engine: Engine) -> None:
    urgent, calm = ({"chest_pain": sign, "thiazide": YES} for sign in (YES, NO))

    assert note_of(engine, urgent).signs_open
    assert "without an answer" not in text_of(engine, urgent, width=2000)
    assert "without an answer" in text_of(engine, calm, width=2000)


def test_a_rule_that_rests_on_nothing_new_is_not_told_of_a_state(engine: Engine) -> None:
    answers: dict[str, Answer] = {"loop_diuretic": YES, "palpitations": YES, "leg_weakness": YES}
    (state, *_), (candidate, *_) = note_of(engine, answers).states, engine.assess(answers).candidates
    used = [set(each.evidence) for each in candidate.fired]

    told = [{evidence.finding for evidence in reason.evidence} for reason in state.reasons]
    assert any(each <= set().union(*used[:place]) for place, each in enumerate(used)), "some rule adds nothing"
    assert not any(each <= set().union(*told[:place]) for place, each in enumerate(told))


def test_a_warning_that_comes_at_once_stands_nowhere_else(rulebase: RuleBase) -> None:
    under_18 = rulebase.rules["urgency.caution-under-18"]
    of_a_state = replace(under_18, then=Cautions(("K_LOW",), at_once=True))
    made = replace(rulebase, rules={**rulebase.rules, under_18.id: of_a_state})
    note = note_of(Engine(made), {"age": 16, "loop_diuretic": YES, "leg_weakness": YES})
    later = [*note.cautions, *(caution for state in note.states for caution in state.cautions)]

    assert "K_LOW" in [state.state.id for state in note.states]
    assert [reason.rule for reason in note.at_once] == [under_18.id]
    assert under_18.id not in [reason.rule for reason in later]


def test_danger_signs_that_were_left_open_are_named_and_the_rest_is_counted(engine: Engine) -> None:
    note = note_of(engine, {"chest_pain": NO, "fainting": UNSURE, "thiazide": YES})
    screens = [each.findings for each in engine.rulebase.screens.values() if each.red_flags]
    signs = [finding for findings in screens for finding in findings if finding not in ("chest_pain", "fainting")]
    assert [each.finding for each in note.signs_open] == signs

    note = note_of(engine, {"chest_pain": NO, "thiazide": YES})
    text = text_of(engine, {"chest_pain": NO, "thiazide": YES}, width=2000)
    line = next(
        line for line in text.splitlines() if line.startswith("You left these danger signs without an answer: ")
    )

    assert all(each.words in line for each in note.signs_open[:4])
    assert f"; and {len(note.signs_open) - 4} more. If one is so, or starts, get emergency help at once." in line


def test_how_many_more_there_are_is_told_last(engine: Engine) -> None:
    text = text_of(engine, {"loop_diuretic": YES}, width=2000)
    line = next(line for line in text.splitlines() if line.startswith("Not answered, and it could matter: "))

    assert re.search(r"; which other medicines you take; and \d+ more\.$", line)


def test_a_note_that_says_how_soon_does_not_send_those_who_worry_elsewhere(engine: Engine) -> None:
    answers: Mapping[str, Answer] = {"muscle_cramps": YES, "fatigue": YES}
    note = note_of(engine, answers)

    assert note.advice is not None
    assert note.states == ()
    assert "If you are worried" not in text_of(engine, answers, width=2000), "there is advice on how soon to go"


def test_nothing_named_is_told_as_silence_and_not_as_health(engine: Engine) -> None:
    text = text_of(engine, {"fatigue": NO})

    assert "NO BLOOD SALT NAMED" in text
    assert "does not show that all is well" in " ".join(text.split())
    assert "If you are worried or feel unwell, ask" in " ".join(text.split())


def test_a_medicine_nobody_knows_is_on_the_sheet(engine: Engine) -> None:
    assert "Zzyzzyx (not known to the quiz: ask about this one)" in " ".join(text_of(engine, {}, "Zzyzzyx").split())


def test_rule_ids_states_sources_and_fingerprint_are_told(engine: Engine, rulebase: RuleBase) -> None:
    text = " ".join(text_of(engine, FUROSEMIDE).split())

    assert rulebase.fingerprint in text
    for state in note_of(engine, FUROSEMIDE).states:
        for reason in state.reasons:
            rules, sources = text.split("Rules that fired (draft)")[1].split("Sources of the rules that fired")
            assert reason.rule in rules
            assert all(source in sources for source in reason.sources)


def test_a_note_never_says_the_same_sentence_twice(engine: Engine) -> None:
    note = note_of(engine, {**FUROSEMIDE, "diarrhoea": YES, "tremor": YES, "ckd": YES, "potassium_supplement": YES})
    told = [reason.says for state in note.states for reason in state.cautions] + [each.says for each in note.cautions]
    told += [line for state in note.states for line in state.look_alikes]

    assert len(told) == len(set(told))


TYPICAL: Mapping[str, Answer] = {
    "age": 70, "sex": "female", "loop_diuretic": YES, "palpitations": YES, "leg_weakness": YES,
    "muscle_cramps": UNSURE, "lightheaded": UNSURE, "ppi": YES, "potassium_mmol_l": 3.1,
}  # fmt: skip
MUCH: Mapping[str, Answer] = {
    **TYPICAL, "ckd": YES, "potassium_supplement": YES, "diarrhoea": YES, "tremor": YES, "confusion": UNSURE,
    "chest_pain": YES, "seizure": YES, "fainting": UNSURE,
}  # fmt: skip
CASES: list[Mapping[str, Answer]] = [FUROSEMIDE, TYPICAL, MUCH, {"fatigue": NO}]


def test_a_typical_note_is_read_in_a_few_screens(engine: Engine) -> None:
    lines = text_of(engine, TYPICAL).splitlines()

    assert lines.index("WHERE THIS COMES FROM") <= 90
    assert len(lines) <= 120


@pytest.mark.parametrize("answers", CASES)
def test_three_to_five_questions_are_for_the_whole_visit(engine: Engine, answers: Mapping[str, Answer]) -> None:
    note = note_of(engine, answers)
    questions = [
        block.items
        for part in wording.sheet(note)
        for block in part.blocks
        if isinstance(block, wording.Items) and block.lead == "Questions to ask"
    ]

    assert len(questions) == 1
    assert 3 <= len(questions[0]) == len(set(questions[0])) <= 5
    assert [state.ask[0] for state in note.states][:4] == list(dict.fromkeys(questions[0]))[: len(note.states[:4])]
    assert set(questions[0]) & set(note.ask)


@pytest.mark.parametrize("answers", CASES)
@pytest.mark.parametrize("form", [wording.as_text, wording.as_markdown, wording.as_html])
def test_every_form_of_the_sheet_tells_what_the_note_rests_on(
    engine: Engine, answers: Mapping[str, Answer], form: Callable[..., str]
) -> None:
    note = note_of(engine, answers)
    shown = plainly(form(wording.sheet(note)))

    for reason in (*note.urgent, *(reason for state in note.states for reason in (*state.reasons, *state.against))):
        assert reason.rule in shown
        assert all(each.words in shown for each in reason.evidence)
    for reason in (*note.not_ruled_out, *note.cautions, *(each for state in note.states for each in state.cautions)):
        assert reason.rule in shown
        assert reason.says in shown
    for state in note.states:
        assert state.state.clinical_name in shown
        assert all(link.label in shown for link in state.chain)
        assert all(line in shown for line in state.look_alikes)
    assert all(line in shown for line in (*note.medicines, *note.results, *(each.words for each in note.unsure[:2])))
    assert note.fingerprint in shown


def plainly(shown: str) -> str:
    """What a person reads, in one line, whatever the form."""
    return " ".join(unescape(re.sub(r"</?[a-z][^>]*>|\\(?=[^a-zA-Z0-9\s])", "", shown)).split())


def test_an_emergency_names_everything_that_makes_it_one(engine: Engine) -> None:
    note = note_of(engine, MUCH)
    text = plainly(text_of(engine, MUCH))
    first = text[: text.index("WORTH DISCUSSING")]

    assert len(note.urgent) > wording.MOST_URGENT_REASONS
    assert all(each.words in first for reason in note.urgent for each in reason.evidence)


@pytest.mark.parametrize(
    ("answers", "question", "result"),
    [
        ({"loop_diuretic": YES, "leg_weakness": YES}, "Was my magnesium tested", {"magnesium_mmol_l": 0.6}),
        ({"potassium_mmol_l": 3}, "Has my magnesium been measured", {"magnesium_mmol_l": 0.9}),
        ({"calcium_total_mmol_l": 1.8}, "Was my calcium adjusted", {"calcium_ionised_mmol_l": 0.9}),
        ({"calcium_total_mmol_l": 1.8}, "Has magnesium been checked", {"magnesium_mmol_l": 0.6}),
        ({"refeeding": YES, "muscle_weakness": YES}, "Was phosphate measured", {"phosphate_mmol_l": 0.5}),
    ],
)
def test_nobody_is_to_ask_for_a_result_that_they_gave(
    engine: Engine, answers: Mapping[str, Answer], question: str, result: Mapping[str, Answer]
) -> None:
    def asked(given: Mapping[str, Answer]) -> bool:
        return any(each.startswith(question) for state in note_of(engine, given).states for each in state.ask)

    assert asked(answers)
    assert asked({**answers, **dict.fromkeys(result, UNSURE)})
    assert not asked({**answers, **result})


def test_an_opening_sentence_says_something() -> None:
    text = "Alcohol stands apart. It makes hands shake, feet tingle and the walk unsteady. More follows."

    assert wording._opening(text) == text.removesuffix(" More follows.")
    assert wording._opening("Short.") == "Short."


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
    note, assessment = make_note(engine, Session(FUROSEMIDE))
    data = json.loads(json.dumps(wording.as_data(note, assessment, Session(FUROSEMIDE))))

    assert data["states_ranked"] == [[each.state, each.strength.word] for each in assessment.candidates]
    assert data["answers"] == dict(FUROSEMIDE)
    assert data["rulebase"] == rulebase.fingerprint
    assert [each["state"] for each in data["note"]["states"]] == [each.state for each in assessment.candidates]


def test_an_emergency_is_told_in_an_action_of_at_most_two_short_sentences(rulebase: RuleBase) -> None:
    for advice in rulebase.advice.values():
        sentences = [part for part in re.split(r"[.!?]\s*", advice.action) if part]
        assert len(sentences) <= 2
        assert len(advice.headline) <= 140
        assert not re.search(r"\b\d{3}\b", advice.headline + advice.action), "no country's number"


def test_the_welcome_says_in_two_lines_what_this_is_and_is_not(rulebase: RuleBase) -> None:
    lines = welcome(rulebase).split("\n")

    assert all(len(line) <= 80 for line in lines[:2])
    assert "emergency number" in lines[2]


def test_no_complaints_put_a_state_before_one_that_a_result_shows(engine: Engine) -> None:
    complaints: dict[str, Answer] = {"loop_diuretic": YES, "muscle_weakness": YES, "palpitations": YES}
    before = engine.assess({**complaints, "potassium_mmol_l": 5.4})
    text = text_of(engine, {**complaints, "potassium_mmol_l": 5.8}, width=2000)

    assert [each.state for each in before.candidates][:1] == ["K_LOW"]
    assert text.index("1. High potassium") < text.index("2. Low potassium")
    assert "Above low potassium, as a blood result stands behind it." in text
    assert "Your potassium result was not low." in text


def test_what_is_counted_and_not_told_beside_it_is_named(engine: Engine) -> None:
    text = text_of(engine, {"thiazide": YES, "muscle_cramps": YES}, width=2000)

    assert "it rests on 2 of your answers, against 1. Counted as well: muscle cramps." in text
    assert text.count("Counted as well") == 1


def test_where_what_is_told_is_all_that_is_counted_nothing_more_is_named(engine: Engine) -> None:
    text = text_of(engine, {"thiazide": YES}, width=2000)

    assert "As much speaks for low magnesium: one of your answers each." in text
    assert "Counted as well" not in text


def test_what_a_danger_sign_left_unsure_would_do_is_never_told_as_less_than_an_emergency(engine: Engine) -> None:
    told: dict[str, Answer] = {"ckd": YES, "mg_laxative_antacid": YES, "muscle_weakness": YES}
    text = text_of(engine, {**told, "magnesium_mmol_l": 1.6, "drowsiness": UNSURE}, width=2000)

    assert "- Unusual drowsiness: New confusion, or being very hard to keep awake, needs help now." in text
    assert "Still open: unusual drowsiness. A yes would" not in text


@pytest.mark.parametrize(
    ("results", "first", "second"),
    [
        ({"potassium_mmol_l": 7, "magnesium_mmol_l": 0.69}, "High potassium", "low magnesium"),
        ({"sodium_mmol_l": 118, "potassium_mmol_l": 5.5}, "Low sodium", "high potassium"),
        ({"calcium_adjusted_mmol_l": 1.7, "potassium_mmol_l": 3.4}, "Low calcium", "low potassium"),
    ],
)
def test_a_result_that_needs_help_now_comes_before_a_milder_one(
    engine: Engine, results: Mapping[str, Answer], first: str, second: str
) -> None:
    text = text_of(engine, results, width=2000)

    assert f"1. {first}" in text
    assert f"2. {second.capitalize()}" in text
    assert f"Above {second}, as the blood result behind it needs help now." in text
