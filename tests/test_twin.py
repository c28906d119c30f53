"""What a person sees and says, as JSON, against the schema that ships with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from quiz.commands.shared import make_note
from quiz.conversation import Command, Ending, Front, Option, Reply, Words, converse
from quiz.engine import Engine
from quiz.explain import Note
from quiz.interview import Interview, Session, Step
from quiz.model import UNSURE, Answer, Finding, RuleBase
from quiz.rulebase import load
from quiz.twin import (
    HIDDEN,
    Ask,
    Choose,
    Chosen,
    Leave,
    Lines,
    Refuse,
    Say,
    Tell,
    as_json,
    read_choice,
    read_reply,
    schema,
    schema_text,
    whole,
)
from tests.conftest import ROOT
from tests.making import answers_to

SMALL = load(ROOT / "tests" / "rulebases" / "small")
ENGINE = Engine(SMALL)

SCHEMA = schema()
OUT = Draft202012Validator(SCHEMA)
IN = Draft202012Validator({"$ref": "#/$defs/In", "$defs": SCHEMA["$defs"]})


def test_the_schema_in_the_package_is_current() -> None:
    """Write it anew with: python -c "from quiz.twin import schema_text as s; print(s(), end='')" > the file."""
    assert (files("quiz") / "twin.schema.json").read_text(encoding="utf-8") == schema_text()


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def mistakes(lines: Iterable[Any]) -> list[str]:
    return [error.message for line in lines for error in OUT.iter_errors(line)]


# --- a talk, from the first line to the last ---------------------------------------------------------------


def talk(engine: Engine, reply_to: Callable[[Any], str | None]) -> tuple[list[Any], Ending]:
    """Every line that a program gets, and how the talk ended. `reply_to` gets the last line; None ends the input."""
    seen: list[Any] = []

    def replies() -> Iterator[str]:
        while (reply := reply_to(seen[-1])) is not None:
            yield reply

    front: Front = Lines(engine.rulebase.findings, replies(), lambda line: seen.append(json.loads(line)))
    words = Words(
        emergency=lambda assessment: " ".join(fired.rule.says for fired in assessment.red_flags),
        why=lambda session, finding, level: f"why {finding.id}",
        moved=lambda before, after, finding: f"moved {finding.id}",
        help=lambda step, finding: f"help {finding.id}",
        answer=lambda finding, answer: str(answer),
    )
    interview = Interview(engine.rulebase, engine.assess, engine.outlook)
    ending = converse(interview, engine.assess, front, words, lambda _: "Saved.", lambda _: None, Session())
    return seen, ending


def knowing(person: Mapping[str, Answer]) -> Callable[[Any], str]:
    """Answers what is asked, as far as this person knows, and goes on after an emergency."""

    def reply(line: Any) -> str:
        if line["screen"] == "choose":
            return json.dumps({"choose": line["options"][-1]["value"]})
        asked = {each["id"] for each in line["step"]["findings"]}
        return json.dumps({"given": {name: answer for name, answer in person.items() if name in asked}})

    return reply


def saying(*replies: str) -> Callable[[Any], str | None]:
    waiting = iter(replies)
    return lambda line: next(waiting, None)


PEOPLE = st.fixed_dictionaries(
    {}, optional={name: answers_to(each) for name, each in SMALL.findings.items() if not each.is_number}
)


@settings(max_examples=40)
@given(PEOPLE)
def test_every_screen_of_an_interview_follows_the_schema(person: Mapping[str, Answer]) -> None:
    seen, ending = talk(ENGINE, knowing(person))

    assert mistakes(seen) == []
    assert ending.how == "finished"
    assert set(ending.session.answers.items()) <= set(person.items())


def test_every_screen_over_the_shipped_rules_follows_the_schema(rulebase: RuleBase, engine: Engine) -> None:
    vignette = next(each for each in rulebase.vignettes.values() if engine.assess(each.answers).red_flags)
    seen, ending = talk(engine, knowing(vignette.answers))

    assert mistakes(seen) == []
    assert {line["screen"] for line in seen} >= {"ask", "choose", "say"}
    assert ending.how == "finished"


def test_a_screen_holds_every_question_as_it_is_put_and_the_words_that_answer_it() -> None:
    seen, _ = talk(ENGINE, knowing({"collapsed": UNSURE}))
    again = next(line for line in seen if line["screen"] == "ask" and line["step"]["screens"] == ["again"])

    assert again["step"]["wording"] == {"collapsed": SMALL.findings["collapsed"].rephrase}
    assert again["step"]["findings"][0]["words"] == ["yes", "no"]
    assert again["given"] == {"collapsed": "unsure"}


def test_every_command_of_a_person_can_be_given_by_a_program() -> None:
    seen, ending = talk(
        ENGINE,
        saying(
            '{"given": {"pot": "clay"}}',
            '{"command": "why", "finding": "collapsed"}',
            '{"command": "help", "finding": "collapsed"}',
            '{"command": "save"}',
            '{"command": "back"}',
            '{"command": "change"}',
            '{"choose": "pot"}',
            '{"given": {"pot": null}}',
            '{"command": "quit"}',
        ),
    )
    told = [line["text"] for line in seen if line["screen"] == "say"]

    assert told[:3] == ["why collapsed", "help collapsed", "Saved."]
    assert (ending.how, ending.session.answers) == ("quit", {})
    assert mistakes(seen) == []


def test_the_end_of_the_lines_is_the_end_of_the_talk_and_nothing_answered_is_lost() -> None:
    _, ending = talk(ENGINE, saying('{"given": {"pot": "clay"}, "other_medicines": ["not here"]}', "  \n"))

    assert (ending.how, ending.session.answers) == ("ended", {"pot": "clay"})


def test_names_of_medicines_stay_until_others_are_given() -> None:
    named = '{"given": {"leaf_shine": "yes"}, "named_medicines": ["Glow"], "other_medicines": ["zz"]}'
    replies = iter([named, '{"command": "back"}', "{}", '{"command": "quit"}'])

    def reply(line: Any) -> str:
        begun = line["step"]["kind"] == "typed" or line["named_medicines"]
        return next(replies) if begun else "{}"

    seen, ending = talk(ENGINE, reply)
    again = [line for line in seen if line["screen"] == "ask" and line["step"]["kind"] == "typed"][-1]

    assert (again["named_medicines"], again["other_medicines"]) == (["Glow"], ["zz"])
    assert (ending.session.named_medicines, ending.session.other_medicines) == (("Glow",), ("zz",))
    assert mistakes(seen) == []


def test_the_end_of_the_lines_in_a_choice_is_the_end_too() -> None:
    _, ending = talk(ENGINE, saying("{}", '{"given": {"collapsed": "yes"}}'))

    assert (ending.how, ending.session.answers) == ("ended", {"collapsed": "yes"})


def test_a_reply_that_cannot_be_read_is_refused_whole_and_asked_for_again() -> None:
    seen, ending = talk(ENGINE, saying('{"given": {"pot": "gold", "seedling": "yes"}}', '{"given": {"pot": "clay"}}'))

    assert [line["screen"] for line in seen] == ["ask", "refuse", "ask"]
    assert seen[1]["problems"][0].startswith('given.pot: "gold" is not an answer')
    assert ending.session.answers == {"pot": "clay"}
    assert mistakes(seen) == []


def test_a_choice_that_is_none_is_refused_and_asked_for_again() -> None:
    seen, ending = talk(
        ENGINE, saying("{}", '{"given": {"collapsed": "yes"}}', '{"choose": "x"}', '{"choose": "stop"}')
    )

    assert [line["screen"] for line in seen[-2:]] == ["choose", "refuse"]
    assert ending.how == "finished"


def test_no_line_out_holds_anything_that_a_terminal_obeys() -> None:
    out: list[str] = []
    Lines({}, [], out.append).say("\x1b[2J \x9b2J \u202e \ud800")

    assert out[0].isascii()
    assert out[0].rstrip("\n").isprintable()


# --- the other screens -------------------------------------------------------------------------------------


def note_of(engine: Engine, answers: Mapping[str, Answer]) -> Note:
    return make_note(engine, Session(answers, other_medicines=("Zz",)))[0]


def test_the_note_on_a_vignette_follows_the_schema(rulebase: RuleBase, engine: Engine) -> None:
    some = list(rulebase.vignettes.values())[::15]  # the whole of them takes minutes, and finds no more
    for room, vignettes in ((engine, some), (ENGINE, SMALL.vignettes.values())):
        for vignette in vignettes:
            assert mistakes([as_json(Tell(note_of(room, vignette.answers)))]) == [], vignette.id


def test_the_interview_as_a_whole_follows_the_schema_and_holds_every_question(rulebase: RuleBase) -> None:
    made = as_json(whole(rulebase))

    assert mistakes([made]) == []
    assert [each["id"] for each in made["findings"]] == list(rulebase.findings)
    assert [each["id"] for each in made["screens"]] == list(rulebase.screens)
    assert made["fingerprint"] == rulebase.fingerprint


def test_leaving_early_follows_the_schema() -> None:
    assert mistakes([as_json(Leave("ended", {"pot": "clay", "days_dry": 3.0}, ("Zz",)))]) == []


def test_nothing_of_a_step_or_a_note_is_left_out() -> None:
    note = note_of(ENGINE, SMALL.vignettes["vignette.window"].answers)
    state = note.states[0]

    assert set(as_json(note)) == {each.name for each in fields(note)}
    assert set(as_json(state)) == {each.name for each in fields(state)}
    assert set(SCHEMA["$defs"]["Step"]["properties"]) == {each.name for each in fields(Step)}
    hidden = {"position", *HIDDEN[Finding]}
    assert set(SCHEMA["$defs"]["Finding"]["properties"]) == {each.name for each in fields(Finding)} - hidden | {"words"}


def test_no_place_in_a_file_is_told(rulebase: RuleBase, engine: Engine) -> None:
    vignette = next(iter(rulebase.vignettes.values()))
    told = json.dumps([as_json(whole(rulebase)), as_json(note_of(engine, vignette.answers))])

    assert '"position"' not in told
    assert ".yaml" not in told


STEP = Step(("first",), "list", "First", "", (SMALL.findings["pot"],), {"pot": "What?"}, 3)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: line.pop("given"),
        lambda line: line["step"].update(kind="lists"),
        lambda line: line["step"].update(more=1),
        lambda line: line["step"]["findings"][0].update(low="0"),
        lambda line: line.update(given={"pot": None}),
        lambda line: line.update(screen="choose"),
    ],
)
def test_the_schema_would_find_something_wrong(spoil: Callable[[Any], object]) -> None:
    line = as_json(Ask(STEP, {"pot": "clay"}, ()))
    assert mistakes([line]) == []
    spoil(line)

    assert mistakes([line])


@pytest.mark.parametrize("screen", [Say("x"), Refuse(("x",)), Choose("x", (Option("a", "A", "1"),))])
def test_each_screen_says_which_it_is(screen: Say | Refuse | Choose) -> None:
    assert as_json(screen)["screen"] == type(screen).__name__.lower()


def test_what_has_no_json_is_a_mistake_of_the_program() -> None:
    with pytest.raises(TypeError, match="has no JSON"):
        as_json(object())


# --- replies -----------------------------------------------------------------------------------------------

REPLIES = st.builds(
    Reply,
    st.sampled_from(Command),
    st.one_of(PEOPLE, st.dictionaries(st.sampled_from(sorted(SMALL.findings)), st.none(), max_size=3)),
    st.lists(st.text(min_size=1).filter(str.strip), max_size=3).map(tuple),
    st.sampled_from(["", *SMALL.findings]),
)


@given(REPLIES)
def test_a_reply_comes_back_from_its_line_as_it_was(reply: Reply) -> None:
    line = as_json(reply)

    assert read_reply(SMALL.findings, json.dumps(line)) == reply
    assert IN.is_valid(line)


def test_a_choice_comes_back_from_its_line() -> None:
    line = as_json(Chosen("go"))

    assert read_choice(["stop", "go"], json.dumps(line)) == "go"
    assert IN.is_valid(line)


def test_an_empty_reply_leaves_a_screen_open_and_every_name_on_the_list() -> None:
    assert read_reply(SMALL.findings, "{}", ("Zz",)) == Reply(Command.DONE, {}, ("Zz",))


LINES = st.dictionaries(
    st.sampled_from(["command", "given", "other_medicines", "finding", "choose"]),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9),
                  st.sampled_from(["done", "why", "pot", "clay", "yes"])),
        lambda inner: st.one_of(
            st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["pot", "days_dry", "x"]), inner, max_size=2)
        ),
    ),
    max_size=3,
)  # fmt: skip


@given(LINES)
def test_the_reader_takes_no_line_that_the_schema_refuses(line: dict[str, Any]) -> None:
    try:
        read_reply(SMALL.findings, json.dumps(line))
    except ValueError:
        return
    assert IN.is_valid(line)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "needs an object"),
        ('{"answer": {}}', '"answer" is not one of command, given'),
        ('{"command": "stop"}', "command: needs one of done"),
        ('{"given": {"pott": "clay"}}', 'given.pott: unknown finding "pott"; did you mean "pot"'),
        ('{"given": {"pott": null}}', "given.pott: unknown finding"),
        ('{"given": ["pot"]}', "given: needs an object"),
        ('{"given": {"days_dry": 1e999}}', "given.days_dry: days_dry needs a number"),
        ('{"other_medicines": [" "]}', "other_medicines: needs a list of names"),
        ('{"named_medicines": "Glow"}', "named_medicines: needs a list of names"),
        ('{"finding": "pott"}', "finding: needs the id"),
    ],
)
def test_a_line_that_is_no_reply_is_told_in_words(line: str, told: str) -> None:
    with pytest.raises(ValueError, match="^" + "".join(f"[{each}]" if each in '".' else each for each in told)):
        read_reply(SMALL.findings, line)


def test_every_mistake_in_a_reply_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="\n") as error:
        read_reply(SMALL.findings, '{"command": "x", "given": {"pot": 1, "seedling": 2}, "finding": 3}')

    assert len(str(error.value).splitlines()) == 4
