"""The interview and its answers as FHIR R4, and what may come back. The npm package `fhir` judges the form."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from platformdirs import user_cache_path

from quiz.answers import read_answer
from quiz.errors import AnswersError
from quiz.fhir import (
    ASKED,
    CHOICES,
    CODED,
    DEEPEST,
    LARGEST,
    OTHER_MEDICINES,
    URL,
    is_fhir,
    questionnaire,
    read_response,
    response,
)
from quiz.interview import AGAIN, BLANK, Session
from quiz.model import UNSURE, Answer, RuleBase
from quiz.rulebase import load
from tests import making
from tests.conftest import EVERYTHING, ROOT

SMALL = load(ROOT / "tests" / "rulebases" / "small")
BARE = making.rulebase(making.FINDINGS, ())

Json = dict[str, Any]


# --- sessions that may be ----------------------------------------------------------------------------------


def answers_for(rulebase: RuleBase) -> st.SearchStrategy[Mapping[str, Answer]]:
    def answer_to(name: str) -> st.SearchStrategy[Answer]:
        finding = rulebase.findings[name]
        if not finding.is_number:
            return st.sampled_from((*finding.words, UNSURE))
        numbers = st.floats(finding.low, finding.high).map(lambda number: read_answer(finding, number))
        return st.one_of(st.just(UNSURE), numbers)

    return st.fixed_dictionaries({}, optional={name: answer_to(name) for name in rulebase.findings})


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1).filter(str.strip)


def sessions(rulebase: RuleBase) -> st.SearchStrategy[Session]:
    screens = st.lists(st.sampled_from([*rulebase.screens, AGAIN, BLANK]), unique=True)
    asked = st.lists(st.sampled_from([*rulebase.findings]), unique=True)
    return st.builds(
        Session,
        answers_for(rulebase),
        screens.map(tuple),
        asked.map(tuple),
        st.lists(NAMES, max_size=4).map(tuple),
        named_medicines=st.lists(NAMES, max_size=4).map(tuple),
    )


def as_bytes(resource: object) -> bytes:
    return json.dumps(resource).encode()


@pytest.mark.parametrize("rules", [SMALL, BARE], ids=["small", "no screens"])
def test_a_session_comes_back_from_its_response_as_it_was(rules: RuleBase) -> None:
    @given(sessions(rules))
    def comes_back(session: Session) -> None:
        assert read_response(rules, as_bytes(response(rules, session)), "x") == (session, ())

    comes_back()


def test_a_session_over_the_shipped_rules_comes_back_for_every_vignette(rulebase: RuleBase) -> None:
    for vignette in rulebase.vignettes.values():
        session = Session(vignette.answers)
        assert read_response(rulebase, as_bytes(response(rulebase, session)), "x") == (session, ())


# --- own checks: what R4 asks and no validator at hand sees ------------------------------------------------


def every(items: list[Json]) -> Iterator[Json]:
    for item in items:
        yield item
        yield from every(item.get("item", []))


def questionnaire_mistakes(resource: Json) -> list[str]:
    """R4's constraints on a Questionnaire (que-0 to que-13) that can concern this one, and targets that are missing."""
    items = list(every(resource["item"]))
    links = [item["linkId"] for item in items]
    told = [] if re.fullmatch(r"[A-Z][A-Za-z0-9_]{0,254}", resource["name"]) else ["que-0"]
    told += [f"que-2 {link}" for link in links if links.count(link) > 1]
    for item in items:
        kind, link = item["type"], item["linkId"]
        question = kind not in ("group", "display")
        rules = {
            "que-1a": kind != "group" or bool(item.get("item")),
            "que-1b": kind != "display" or "item" not in item,
            "que-4": not ("answerOption" in item and "answerValueSet" in item),
            "que-5": kind in ("choice", "open-choice") or "answerOption" not in item,
            "a choice has options": kind != "choice" or bool(item.get("answerOption")),
            "que-6, que-8, que-9, que-10": question or not {"required", "repeats", "initial", "maxLength"} & set(item),
            "que-12": len(item.get("enableWhen", [])) <= 1 or "enableBehavior" in item,
            "a text that can be read": bool(item["text"].strip()) and item["text"] == item["text"].strip(),
        }
        told += [f"{rule}: {link}" for rule, held in rules.items() if not held]
        for when in item.get("enableWhen", []):
            if when["question"] not in links or when["question"] == link:
                told.append(f"no target: {link}")
            if when["operator"] == "exists" and "answerBoolean" not in when:
                told.append(f"que-7: {link}")
    return told


def response_mistakes(asked: Json, told: Json) -> list[str]:
    """What a response must not do to its questionnaire: other items, another order, values that are no option."""
    values = {"choice": "valueCoding", "decimal": "valueDecimal", "string": "valueString"}

    def compare(questions: list[Json], items: list[Json]) -> Iterator[str]:
        order = [question["linkId"] for question in questions]
        links = [item["linkId"] for item in items]
        if links != [link for link in order if link in links]:
            yield f"other items or another order: {links}"
            return
        for item in items:
            question = questions[order.index(item["linkId"])]
            answers, bounds = item.get("answer", []), {each["url"].split("/")[-1]: each for each in bounds_of(question)}
            if len(answers) > 1 and not question.get("repeats"):
                yield f"answered twice: {item['linkId']}"
            if [] in (item.get("answer"), item.get("item")):
                yield f"an empty list: {item['linkId']}"
            for answer in answers:
                if list(answer) != [values.get(question["type"])]:
                    yield f"another kind of value: {item['linkId']}"
                elif question["type"] == "choice" and answer not in question["answerOption"]:
                    yield f"no option: {item['linkId']}"
                elif question["type"] == "decimal":
                    low, high = (bounds[name]["valueDecimal"] for name in ("minValue", "maxValue"))
                    if not low <= answer["valueDecimal"] <= high:
                        yield f"out of range: {item['linkId']}"
            yield from compare(question.get("item", []), item.get("item", []))

    def bounds_of(question: Json) -> list[Json]:
        return [each for each in question.get("extension", []) if each["url"].endswith("Value")]

    canonical = f"{asked['url']}|{asked['version']}" if "version" in asked else asked["url"]
    head = [] if told["questionnaire"] == canonical else ["another questionnaire"]
    return head + list(compare(asked["item"], told.get("item", [])))


def test_the_questionnaire_keeps_every_constraint_of_r4(rulebase: RuleBase) -> None:
    for rules in (rulebase, SMALL, BARE):
        assert questionnaire_mistakes(questionnaire(rules)) == []


@given(sessions(SMALL))
def test_a_response_never_departs_from_its_questionnaire(session: Session) -> None:
    assert response_mistakes(questionnaire(SMALL), response(SMALL, session)) == []


def test_every_finding_is_one_question_and_every_screen_one_group_in_the_order_of_the_interview(
    rulebase: RuleBase,
) -> None:
    items = list(every(questionnaire(rulebase)["item"]))
    questions = [item["linkId"] for item in items if item["linkId"] in rulebase.findings]
    groups = [item["linkId"].removeprefix("screen/") for item in items if item["type"] == "group"]

    assert questions == [finding for screen in rulebase.screens.values() for finding in screen.findings]
    assert groups[:-1] == list(rulebase.screens)


def test_a_question_for_a_number_says_its_unit_in_words_too(rulebase: RuleBase) -> None:
    texts = {item["linkId"]: item["text"] for item in every(questionnaire(rulebase)["item"])}

    assert texts["magnesium_mmol_l"] == "What was your last blood magnesium result? (mmol/L)"
    assert texts["chest_pain"] == rulebase.findings["chest_pain"].question
    numbers = [finding for finding in rulebase.findings.values() if finding.is_number]
    assert all(texts[each.id] == f"{each.question} ({each.unit})" for each in numbers)


def test_the_questionnaire_says_what_it_is_and_which_rules_it_was_made_from(rulebase: RuleBase) -> None:
    made = questionnaire(rulebase)

    assert (made["url"], made["version"], made["title"]) == (URL, rulebase.fingerprint, rulebase.title)
    assert (made["status"], made["experimental"]) == ("draft", True)
    assert made["description"].startswith("For education only")
    assert rulebase.notice["is_not"] in made["description"]
    assert rulebase.notice["emergency"] == made["item"][0]["text"]


def test_a_finding_that_is_on_no_screen_can_still_be_answered() -> None:
    links = {item["linkId"] for item in every(questionnaire(BARE)["item"])}

    assert set(BARE.findings) | {OTHER_MEDICINES} <= links


def test_a_screen_may_have_the_name_of_a_finding() -> None:
    (screen, *_) = SMALL.screens.values()
    namesake = replace(SMALL, screens={"pot": replace(screen, id="pot")})

    assert questionnaire_mistakes(questionnaire(namesake)) == []


def test_not_sure_is_a_code_of_its_own_for_every_kind_of_question_and_never_a_boolean() -> None:
    for name in ("dry_soil", "pot", "days_dry"):
        made = response(SMALL, Session({name: UNSURE}))
        (answered,) = [item for item in every(made["item"]) if item.get("answer")]
        assert answered["answer"] == [{"valueCoding": CODED[UNSURE]}]
    kinds = {item["type"] for item in every(questionnaire(SMALL)["item"])}
    assert "boolean" not in kinds


def test_what_was_not_asked_is_absent_and_what_was_left_open_has_no_answer() -> None:
    made = response(SMALL, Session({"dry_soil": "yes"}, asked=("dry_soil", "wet_soil")))
    items = {item["linkId"]: item for item in every(made["item"])}

    assert "leaves_hang" not in items
    assert "answer" not in items["wet_soil"]
    assert items["dry_soil"]["answer"] == [{"valueCoding": CODED["yes"]}]


def test_a_response_says_nothing_of_the_person_but_the_answers() -> None:
    made = response(SMALL, Session({"dry_soil": "yes"}, other_medicines=("Zz",)), completed=True)

    assert set(made) == {"resourceType", "questionnaire", "status", "item"}
    assert (made["status"], response(SMALL, Session())["status"]) == ("completed", "in-progress")
    assert "item" not in response(SMALL, Session())


# --- what is refused ---------------------------------------------------------------------------------------

SESSION = Session({"pot": "clay", "days_dry": 3.0, "dry_soil": "yes"}, ("first",), ("pot",), ("Zz",))


def changed(change: Callable[[Json], object]) -> bytes:
    """A good response, spoilt. `change` is given it with its items by linkId under "at"."""
    made = response(SMALL, SESSION)
    at = {item["linkId"]: item for item in every(made["item"])}
    change({"at": at, "whole": made})
    return as_bytes(made)


def set_to(link: str, **answer: object) -> bytes:
    return changed(lambda made: made["at"][link].update(answer=[answer]))


def with_whole(**values: object) -> bytes:
    return changed(lambda made: made["whole"].update(values))


POT = "QuestionnaireResponse.item[0].item[0]"
SOIL = "QuestionnaireResponse.item[1].item[0]"
DAYS = "QuestionnaireResponse.item[3].item[0]"
OTHERS = "QuestionnaireResponse.item[2].answer[0].valueString"

REFUSED = {
    "not JSON": (b'{"resourceType": ', "x:1:18: A510 is not JSON"),
    "nothing": (b"", "x:1:1: A510 is not JSON"),
    "not UTF-8": (b'{"a": "\xff"}', "x: A510 is not UTF-8"),
    "not a number": (b'{"a": NaN}', "x: A510 is not JSON: NaN is no number"),
    "a number without end": (b'{"a": ' + b"9" * 5000 + b"}", "x: A510 holds a number that is too long"),
    "too large": (b" " * (LARGEST + 1), "x: A510 is larger than 4 MB"),
    "too deep": (b'{"a": ' + b"[" * DEEPEST + b"]" * DEEPEST + b"}", "x: A511 is nested more than"),
    "far too deep": (b"[" * 1_000_000, "x: A511 is nested more than"),
    "a key twice": (b'{"item": [{"linkId": "a", "linkId": "b"}]}', "x: QuestionnaireResponse.item[0].linkId: A512"),
    "a list": (b"[]", "x: QuestionnaireResponse.resourceType: A513 needs to be QuestionnaireResponse, not nothing"),
    "another resource": (as_bytes(questionnaire(SMALL)), "x: QuestionnaireResponse.resourceType: A513"),
    "another questionnaire": (with_whole(questionnaire="urn:x|1"), "x: QuestionnaireResponse.questionnaire: A514"),
    "no questionnaire": (with_whole(questionnaire=None), "x: QuestionnaireResponse.questionnaire: A514"),
    "an unknown linkId": (
        changed(lambda made: made["at"]["pot"].update(linkId="pott")),
        f'x: {POT}.linkId: A515 unknown linkId "pott"\n  hint: did you mean "pot"?',
    ),
    "a linkId that is no text": (changed(lambda made: made["at"]["pot"].update(linkId=7)), f"x: {POT}.linkId: A516"),
    "a boolean": (set_to("dry_soil", valueBoolean=False), f"x: {SOIL}.answer[0].valueBoolean: A516"),
    "a text for a coding": (set_to("dry_soil", valueCoding="Y"), f"x: {SOIL}.answer[0].valueCoding: A516"),
    "two values": (set_to("dry_soil", valueCoding=CODED["yes"], valueString="no"), f"x: {SOIL}.answer[0].valueStr"),
    "no value": (set_to("dry_soil"), f'x: {SOIL}.answer[0]: A516 "dry_soil" takes valueCoding'),
    "a coding of another system": (
        set_to("dry_soil", valueCoding={"system": "urn:x", "code": "Y"}), f"x: {SOIL}.answer[0].valueCoding: A517",
    ),
    "a coding without a system": (set_to("dry_soil", valueCoding={"code": "Y"}), f"x: {SOIL}.answer[0].valueCoding"),
    "a word that is no choice": (
        set_to("pot", valueCoding={"system": CHOICES, "code": "gold"}), f"x: {POT}.answer[0].valueCoding: A517",
    ),
    "a number out of range": (
        set_to("days_dry", valueDecimal=91), f"x: {DAYS}.answer[0].valueDecimal: A517 91 days is outside",
    ),
    "an endless number": (
        set_to("days_dry", valueDecimal=0).replace(b'"valueDecimal": 0', b'"valueDecimal": 1e999'),
        f"x: {DAYS}.answer[0].valueDecimal: A517 days_dry needs a number",
    ),
    "a truth for a number": (set_to("days_dry", valueDecimal=True), f"x: {DAYS}.answer[0].valueDecimal: A516"),
    "a number as text": (set_to("days_dry", valueDecimal="3"), f"x: {DAYS}.answer[0].valueDecimal: A516"),
    "a quantity": (set_to("days_dry", valueQuantity={"value": 3}), f"x: {DAYS}.answer[0].valueQuantity: A516"),
    "a number and not sure": (
        changed(lambda made: made["whole"]["item"].append(
            {"linkId": "days_dry/unsure", "answer": [{"valueCoding": CODED[UNSURE]}]})),
        "x: QuestionnaireResponse.item[5].answer[0].valueCoding: A518",
    ),
    "two answers": (
        changed(lambda made: made["at"]["dry_soil"].update(answer=[{"valueCoding": CODED["yes"]}] * 2)),
        f"x: {SOIL}.answer: A518",
    ),
    "a question twice": (
        changed(lambda made: made["whole"]["item"].append(made["at"]["dry_soil"])),
        "x: QuestionnaireResponse.item[5].answer: A518",
    ),
    "an answer to a heading": (set_to("screen/first"), "x: QuestionnaireResponse.item[0].answer: A516"),
    "a name that moves the cursor": (set_to(OTHER_MEDICINES, valueString="a\x1b[2J"), f"x: {OTHERS}: A517"),
    "half a character": (set_to(OTHER_MEDICINES, valueString="\ud800"), f"x: {OTHERS}: A517"),
    "a blank name": (set_to(OTHER_MEDICINES, valueString=" "), f"x: {OTHERS}: A517"),
    "an unknown question": (set_to(ASKED, valueString="pott"), "x: QuestionnaireResponse.item[4].item[1].answer[0]"),
    "a slip in a key": (changed(lambda made: made["at"]["pot"].update(anwser=[])), f"x: {POT}.anwser: A516"),
    "a key beside none": (changed(lambda made: made["at"]["pot"].update(_anwser={})), f"x: {POT}._anwser: A516"),
    "a key that begins too early": (changed(lambda made: made["at"]["pot"].update(xtext="")), f"x: {POT}.xtext: A516"),
    "items that are no list": (with_whole(item={}), "x: QuestionnaireResponse.item: A516 needs a list, not an object"),
    "an item that is no object": (with_whole(item=["x"]), 'x: QuestionnaireResponse.item[0]: A516 needs an object'),
    "answers entered in error": (with_whole(status="entered-in-error"), "x: QuestionnaireResponse.status: A519"),
    "no status": (with_whole(status=None), "x: QuestionnaireResponse.status: A519 nothing is not a status"),
    "an extension that changes the meaning": (
        changed(lambda made: made["at"]["pot"].update(modifierExtension=[{"url": "urn:not"}])),
        f"x: {POT}.modifierExtension: A516 changes the meaning",
    ),
}  # fmt: skip


def test_a_byte_order_mark_is_no_mistake(rulebase: RuleBase) -> None:
    told = json.dumps(response(rulebase, Session({"age": 70.0}), completed=False)).encode()

    assert read_response(rulebase, b"\xef\xbb\xbf" + told, "x") == read_response(rulebase, told, "x")


@pytest.mark.parametrize(("content", "told"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_read_is_refused_at_its_place(content: bytes, told: str) -> None:
    with pytest.raises(AnswersError) as error:
        read_response(SMALL, content, "x")

    assert str(error.value).startswith(told)


def test_every_mistake_in_a_response_is_told_at_once() -> None:
    def spoil(made: Json) -> None:
        made["at"]["pot"].update(linkId="pott")
        made["at"]["days_dry"].update(answer=[{"valueDecimal": 700}])
        made["whole"].update(itme=[])

    with pytest.raises(AnswersError) as error:
        read_response(SMALL, changed(spoil), "x")

    assert len(error.value.problems) == 3


@given(st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(sorted(SMALL.findings))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["item", "linkId", "answer", "valueCoding", "valueDecimal", "valueString", "text", "code"]),
            inner, max_size=3,
        ),
    ),
    max_leaves=20,
))  # fmt: skip
def test_nothing_that_stands_in_the_items_ends_in_anything_but_a_session_or_a_told_mistake(items: object) -> None:
    whole = {**response(SMALL, Session()), "item": items}
    content = as_bytes(whole).replace(b"NaN", b"0").replace(b"Infinity", b"9")
    places: list[str] = []
    try:
        session, gone = read_response(SMALL, content, "x")
    except AnswersError as error:
        places = [problem.position.path for problem in error.problems]
    else:
        assert (set(session.answers) <= set(SMALL.findings), gone) == (True, ())
    assert all(place.startswith("x: QuestionnaireResponse") for place in places)


def test_a_long_text_without_an_end_is_refused_at_once() -> None:
    for content in (b'"' + b'\\"' * 500_000, b'"' * 500_000, b'{"a": "' + b"\\" * 500_001):
        with pytest.raises(AnswersError, match="A510"):
            read_response(SMALL, content, "x")


# --- what others may have made -----------------------------------------------------------------------------


def test_a_response_to_another_version_of_the_rules_opens_and_names_what_is_unknown() -> None:
    made = response(SMALL, SESSION)
    made["questionnaire"] = f"{URL}|another"
    made["item"] += [
        {"linkId": "screen/gone", "item": [{"linkId": "moss", "answer": [{"valueCoding": CODED["yes"]}]},
                                           {"linkId": "left_open"}]},
        {"linkId": "weight\x1b/unsure", "answer": [{"valueCoding": CODED[UNSURE]}]},
    ]  # fmt: skip
    made["item"][4]["item"][1]["answer"].append({"valueString": "moss"})

    assert read_response(SMALL, as_bytes(made), "x") == (SESSION, ("moss", "weight"))


def test_a_value_that_these_rules_do_not_take_is_refused_also_from_another_version() -> None:
    made = response(SMALL, SESSION)
    made["questionnaire"] = f"{URL}|another"
    made["item"][3]["item"][0]["answer"] = [{"valueDecimal": 91}]

    with pytest.raises(AnswersError, match="outside what is plausible"):
        read_response(SMALL, as_bytes(made), "x")


def test_a_response_that_a_form_filler_made_is_read_without_what_it_says_about_the_person() -> None:
    made: Json = {
        "resourceType": "QuestionnaireResponse", "id": "7", "meta": {"versionId": "1"}, "questionnaire": URL,
        "status": "amended", "subject": {"reference": "Patient/1"}, "authored": "2026-01-02", "_authored": {"id": "a"},
        "item": [
            {"linkId": "dry_soil", "answer": [{"valueCoding": {**CODED["no"], "userSelected": True}, "id": "b"}]},
            {"linkId": "days_dry", "answer": [{"valueDecimal": 3, "item": [{"linkId": "leaves_hang/help"}]}]},
            {"linkId": "wet_soil"},
        ],
    }  # fmt: skip

    assert read_response(SMALL, as_bytes(made), "x") == (Session({"dry_soil": "no", "days_dry": 3.0}), ())


def test_a_saved_interview_is_not_taken_for_a_response() -> None:
    assert is_fhir(as_bytes(response(SMALL, SESSION)))
    assert is_fhir(b'\xef\xbb\xbf\n {"resourceType": "Patient"}')
    assert not is_fhir(b'{"answers": {"dry_soil": "yes"}}')
    assert not is_fhir(b'other_medicines: ["\\"resourceType\\""]\nanswers: {}\n')


# --- the independent validator -----------------------------------------------------------------------------

VERSION = "4.12.0"
CACHE = user_cache_path("electrolyte-quiz-tests", appauthor=False) / f"npm-fhir-{VERSION}"
"""Outside the repository, and found before a test moves HOME. Deleting it costs a download."""

JUDGE = """
const {Fhir} = require('fhir');
const fhir = new Fhir();
const resources = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(resources.map(each => fhir.validate(each, {errorOnUnexpected: true}))));
"""


@pytest.fixture(scope="module")
def oracle() -> Callable[[Json], list[str]]:
    missing = [each for each in ("npm", "node") if shutil.which(each) is None]
    if missing and not EVERYTHING:
        pytest.skip(f"not on this machine: {', '.join(missing)}")
    npm, node = shutil.which("npm"), shutil.which("node")
    assert npm, "install Node.js with npm"
    assert node
    if not CACHE.is_dir():
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=CACHE.parent))
        install = [npm, "install", "--prefix", str(fresh), "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run([*install, f"fhir@{VERSION}"], check=True, timeout=120)
        try:
            os.replace(fresh, CACHE)
        except OSError:  # another run was faster
            shutil.rmtree(fresh)

    def judge(resource: Json) -> list[str]:
        """The errors found. It looks at no item inside an item, so each is also shown to it on the outermost level."""
        flat = copy.deepcopy(resource)
        flat["item"] = [{key: each[key] for key in each if key != "item"} for each in every(flat.get("item", []))]
        for when in (when for item in flat["item"] for when in item.get("enableWhen", [])):
            if when.get("answerBoolean") is False:  # it takes a false for a missing value
                when["answerBoolean"] = True
        done = subprocess.run(
            [node, "-e", JUDGE], input=json.dumps([resource, flat]), capture_output=True, text=True, check=True,
            env={**os.environ, "NODE_PATH": str(CACHE / "node_modules")},
        )  # fmt: skip
        messages = [message for told in json.loads(done.stdout) for message in told["messages"]]
        return [f"{each['location']}: {each['message']}" for each in messages if each["severity"] in ("error", "fatal")]

    return judge


def test_the_validator_finds_nothing_wrong_with_the_questionnaire(
    oracle: Callable[[Json], list[str]], rulebase: RuleBase
) -> None:
    for rules in (rulebase, SMALL, BARE):
        assert oracle(questionnaire(rules)) == []


def test_the_validator_finds_nothing_wrong_with_a_response(
    oracle: Callable[[Json], list[str]], rulebase: RuleBase
) -> None:
    words: Mapping[str, Answer] = {
        name: finding.low if finding.is_number else finding.words[place % len(finding.words)]
        for place, (name, finding) in enumerate(rulebase.findings.items())
    }
    full = Session(words, tuple(rulebase.screens), tuple(rulebase.findings), ("Zz", "\N{GREEK SMALL LETTER MU}"))
    unsure = Session(dict.fromkeys(rulebase.findings, UNSURE))
    for session in (full, unsure, Session(asked=tuple(rulebase.findings)), Session()):
        assert oracle(response(rulebase, session, completed=session is full)) == []


BROKEN: Mapping[str, tuple[Callable[[Json], object], str]] = {
    "a type that is none": (lambda made: made["item"][-1]["item"][0].update(type="words"), "type"),
    "no linkId": (lambda made: made["item"][-1]["item"][0].pop("linkId"), "linkId"),
    "an element that is none": (lambda made: made["item"][-1]["item"][0].update(words="x"), "words"),
    "a status that is none": (lambda made: made.update(status="ready"), "status"),
    "no status": (lambda made: made.pop("status"), "status"),
    "a text for a truth": (lambda made: made.update(experimental="yes"), "experimental"),
    "a bound that is a text": (lambda made: number(made)["extension"][1].update(valueDecimal="0"), "valueDecimal"),
    "an extension without a url": (lambda made: number(made)["extension"][1].pop("url"), "url"),
    "an option without a value": (lambda made: choice(made).update(answerOption=[{}]), "answerOption"),
    "a condition without a value": (lambda made: unsure(made)["enableWhen"][0].pop("answerBoolean"), "enableWhen"),
    "a condition that is none": (lambda made: unsure(made)["enableWhen"][0].update(operator="is"), "operator"),
}


def number(made: Json) -> Json:
    return next(item for item in every(made["item"]) if item["type"] == "decimal")


def choice(made: Json) -> Json:
    return next(item for item in every(made["item"]) if item["type"] == "choice")


def unsure(made: Json) -> Json:
    return next(item for item in every(made["item"]) if "enableWhen" in item)


@pytest.mark.parametrize(("spoil", "where"), BROKEN.values(), ids=BROKEN.keys())
def test_the_validator_would_find_something_wrong(
    oracle: Callable[[Json], list[str]], spoil: Callable[[Json], object], where: str
) -> None:
    made = questionnaire(SMALL)
    spoil(made)

    assert any(where in told for told in oracle(made))


def test_the_validator_would_find_a_value_of_the_wrong_kind_in_a_response(oracle: Callable[[Json], list[str]]) -> None:
    made = response(SMALL, SESSION)
    made["item"][3]["item"][0]["answer"] = [{"valueDecimal": "3"}]

    assert any("valueDecimal" in told for told in oracle(made))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda made: made["item"].append(made["item"][0]), "que-2"),
        (lambda made: unsure(made)["enableWhen"][0].update(question="nobody"), "no target"),
        (lambda made: made["item"][-1].update(item=[]), "que-1a"),
        (lambda made: number(made).update(answerOption=[]), "que-5"),
    ],
)
def test_the_own_checks_find_what_the_validator_passes_over(
    oracle: Callable[[Json], list[str]], spoil: Callable[[Json], object], told: str
) -> None:
    made = questionnaire(SMALL)
    spoil(made)

    assert [each for each in questionnaire_mistakes(made) if each.startswith(told)]
    assert oracle(made) == []


def test_the_codes_for_yes_no_and_not_sure_are_those_of_r4_itself(oracle: Callable[[Json], list[str]]) -> None:
    program = (
        "const {ParseConformance} = require('fhir/parseConformance');"
        "const sets = new ParseConformance(true).parsedValueSets;"
        "console.log(JSON.stringify(sets['http://hl7.org/fhir/ValueSet/yesnodontknow'].systems));"
    )
    done = subprocess.run(
        [shutil.which("node") or "node", "-e", program], capture_output=True, text=True, check=True,
        env={**os.environ, "NODE_PATH": str(CACHE / "node_modules")},
    )  # fmt: skip
    listed = [{"system": each["uri"], **code} for each in json.loads(done.stdout) for code in each["codes"]]

    assert sorted(listed, key=str) == sorted((dict(each) for each in CODED.values()), key=str)
