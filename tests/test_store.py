"""Saved interviews."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.answers import read_answer
from quiz.batch import Batch
from quiz.commands.shared import make_note
from quiz.difference import Told, told_by
from quiz.engine import Engine
from quiz.errors import AnswersError, StoreError
from quiz.interview import Session
from quiz.model import RuleBase, Urgency
from quiz.store import SessionFile, data_folder, forget, kept_files, latest_session, read_session, session_path
from quiz.wording import as_text, sheet
from tests.conftest import at_once

NOTHING = Told()
NOW = datetime(2026, 1, 2, 3, 4, 5)
SESSION = Session(
    {"fever": "no", "tremor": "unsure", "age": 70.0, "sex": "female"},
    ("about_you",),
    ("age", "sex"),
    ("Zzyzzyx: 5",),
    named_medicines=("Lasix", "no"),
)


def test_a_saved_session_comes_back_as_it_was(rulebase: RuleBase) -> None:
    path = session_path(NOW)
    SessionFile(path).write(SESSION, NOTHING, rulebase.fingerprint)

    assert read_session(rulebase, path.read_bytes(), str(path)).session == SESSION
    assert latest_session() == path


def test_a_result_is_saved_as_it_was_printed(rulebase: RuleBase, engine: Engine) -> None:
    typed = read_answer(rulebase.findings["magnesium_mmol_l"], "1,40 mg/dl")
    path = session_path(NOW)
    begun = Session({"magnesium_mmol_l": typed}, at={"magnesium_mmol_l": typed})
    SessionFile(path).write(begun, NOTHING, rulebase.fingerprint)
    resumed = read_session(rulebase, path.read_bytes(), str(path)).session

    assert path.read_text(encoding="utf-8").count("magnesium_mmol_l: 1.40 mg/dL\n") == 2
    assert resumed == begun
    assert "1.40 mg/dL (0.5754 mmol/L)" in as_text(sheet(make_note(engine, resumed)[0]), 2000)


def test_a_saved_session_can_be_read_by_a_person(rulebase: RuleBase) -> None:
    path = session_path(NOW)
    SessionFile(path).write(SESSION, NOTHING, rulebase.fingerprint)
    text = path.read_text(encoding="utf-8")

    assert "fever: no\n" in text
    assert f"rulebase: {rulebase.fingerprint}" in text or f'rulebase: "{rulebase.fingerprint}"' in text


def test_only_the_owner_can_read_it() -> None:
    path = session_path(NOW)
    SessionFile(path).write(SESSION, NOTHING, "x")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(data_folder().stat().st_mode) == 0o700


def test_a_write_that_fails_leaves_the_file_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    path = session_path(NOW)
    SessionFile(path).write(SESSION, NOTHING, "x")
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        SessionFile(path).write(Session(), NOTHING, "y")

    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_between_two_keys_nothing_waits_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[int] = []
    monkeypatch.setattr(os, "fsync", waited.append)
    SessionFile(session_path(NOW)).write(SESSION, NOTHING, "x", lasting=False)
    assert waited == []
    SessionFile(session_path(NOW)).write(SESSION, NOTHING, "x")
    assert len(waited) == 1


def test_two_interviews_of_one_second_have_two_files() -> None:
    first = session_path(NOW)
    SessionFile(first).write(SESSION, NOTHING, "x")
    second = session_path(NOW)
    SessionFile(second).write(SESSION, NOTHING, "x")

    assert len({first, second, session_path(NOW)}) == 3


def test_a_window_keeps_to_its_file_until_another_one_writes_to_it() -> None:
    mine = SessionFile()
    path = mine.write(SESSION, NOTHING, "x")
    assert (mine.write(SESSION, NOTHING, "x"), mine.left) == (path, "")

    other = SessionFile(path)
    assert (other.write(SESSION, NOTHING, "y"), other.left) == (path, "")
    apart = mine.write(SESSION, NOTHING, "x")
    assert (apart != path, mine.left, mine.write(SESSION, NOTHING, "x")) == (True, str(path), apart)
    assert b"rulebase: y" in path.read_bytes()

    path.unlink()
    assert (other.write(SESSION, NOTHING, "y"), other.left) == (path, "")


def test_two_windows_that_go_on_with_a_file_of_another_folder_lose_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "mine" / "my.yaml"
    SessionFile(path).write(SESSION, NOTHING, "x")
    windows = [SessionFile(path) for _ in range(4)]

    paths = at_once(4, lambda number: windows[number].write(SESSION, NOTHING, str(number)))

    assert len(set(paths)) == 4
    assert path in paths
    assert {each.path for each in windows} == set(paths)


def test_windows_that_save_for_the_first_time_in_the_same_moment_have_a_file_each() -> None:
    for _ in range(5):
        paths = at_once(6, lambda _: SessionFile().write(SESSION, NOTHING, "x", lasting=False))
        assert len(set(paths)) == 6


def test_the_latest_session_is_the_one_saved_last_and_not_the_one_begun_last() -> None:
    older, newer = (session_path(NOW.replace(day=day)) for day in (2, 3))
    for path in (older, newer):
        SessionFile(path).write(SESSION, NOTHING, "x")
    assert latest_session() == newer
    os.utime(older, ns=(newer.stat().st_mtime_ns + 1,) * 2)

    assert latest_session() == older


def test_the_open_screen_comes_back_and_so_does_its_absence(rulebase: RuleBase) -> None:
    for at in ({"fever": None, "tremor": "unsure", "age": 70.0}, {}, None):
        path = session_path(NOW)
        SessionFile(path).write(replace(SESSION, at=at), NOTHING, "x")

        assert read_session(rulebase, path.read_bytes(), "x").session.at == at


def test_a_place_that_these_rules_do_not_have_is_no_mistake(rulebase: RuleBase) -> None:
    text = b"answers: {fever: yes}\nat: {unheard_of: yes, fever: perhaps, tremor: null}\n"

    assert read_session(rulebase, text, "x").session.at == {"fever": None, "tremor": None}


def test_forget_leaves_nothing_behind() -> None:
    SessionFile(session_path(NOW)).write(SESSION, NOTHING, "x")

    assert len(kept_files()) == 1
    forget()
    assert not data_folder().exists()
    assert kept_files() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"answers": {"fever": "yes",, }}', "x:1:29: F106 is not JSON"),
        (b'{\n\t"answers": {\n\t\t"fever": "yes",,\n\t}\n}\n', "x:3:18: F106 is not JSON"),
        (b"answers: {fever: yes,, }", "x:1:22: F106 is not YAML"),
        (b"answers:\n\tfever: yes", "x:2:1: F107 a tab"),
    ],
)
def test_a_broken_file_is_told_as_what_it_is(rulebase: RuleBase, text: bytes, said: str) -> None:
    with pytest.raises(AnswersError) as error:
        read_session(rulebase, text, "x")

    assert str(error.value).startswith(said)


def test_what_stands_beside_the_answers_counts_and_contradicts_none_of_them_here_and_for_many_lines(
    rulebase: RuleBase, engine: Engine
) -> None:
    batch = Batch(rulebase, engine.assess)
    line = '{"age": 40, "sex": "male", "answers": {"age": "40 years"}}'
    assert dict(read_session(rulebase, line.encode(), "x").session.answers) == {"age": 40.0, "sex": "male"}
    assert "error" not in batch.part([line]).lines[0]

    line = '{"age": 10, "fainting": "no", "answers": {"age": 40, "fainting": "unsure"}}'
    twice = "age is answered twice: 40 and 10", "fainting is answered twice: unsure and no"
    with pytest.raises(AnswersError) as error:
        read_session(rulebase, line.encode(), "x")
    assert [f"{each.position}: {each.message}" for each in error.value.problems] == [
        f"x:1:43: {twice[0]}",
        f"x:1:54: {twice[1]}",
    ]
    told = json.loads(batch.part([line]).lines[0])["error"]
    assert told == "age is answered twice: 10 and 40; fainting is answered twice: no and unsure"


def test_without_a_saved_session_the_way_out_is_told() -> None:
    with pytest.raises(StoreError, match="press s"):
        latest_session()


@pytest.mark.parametrize(
    "text",
    [
        '{"answers": {"loop_diuretic": "yes", "palpitations": "unsure", "potassium_mmol_l": 3.1}}',
        "answers:\n  loop_diuretic: yes\n  palpitations: unsure\n  potassium_mmol_l: 3.1\n",
        "answers:\r\n  loop_diuretic: yes\r\n  palpitations: not sure\r\n  potassium_mmol_l: 3.1 mEq/L\r\n",
    ],
)
def test_answers_are_read_from_yaml_and_json_alike(rulebase: RuleBase, text: str) -> None:
    session = read_session(rulebase, text.encode(), "x").session

    assert session.answers == {"loop_diuretic": "yes", "palpitations": "unsure", "potassium_mmol_l": 3.1}


@given(st.lists(st.text(), min_size=1))
def test_json_may_write_any_sign_as_an_escape(rulebase: RuleBase, names: list[str]) -> None:
    text = json.dumps({"answers": {}, "other_medicines": names})

    assert list(read_session(rulebase, text.encode(), "x").session.other_medicines) == names


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("answers:\n  feverr: yes\n", 'x:2:3: A501 unknown finding "feverr"; did you mean "fever"?'),
        ("answers:\n  fever: maybe\n  tremor: 3\n", 'x:2:3: A501 "maybe" is not an answer to fever'),
        ("answers: [fever]\n", "x: A502 needs `answers:`"),
        ("fever: yes\n", "x: A502 needs `answers:`"),
        ("answers: {age: 700}\n", "x:1:11: A501 700 years is outside"),
        ("answers: {potassium_mmol_l: <2.5}\n", 'x:1:11: A501 "<2.5" is a limit and no number'),
        ("age: old\nanswers: {}\n", "x:1:1: A501"),
        ("session: 2\nanswers: {}\n", "x:1:1: A503 was saved by another version of the quiz (session: 2)"),
        ("answers: {}\ntold: {states: {K: loud}}\n", 'x:2:20: A504 "loud" is no support and no urgency'),
        ("answers: {}\ntold: {urgency: now}\n", 'x:2:17: A504 "now" is no support and no urgency'),
        ("", "x: F110 is empty"),
        ("\x00", "x:1:1: F108"),
    ],
)
def test_a_mistake_in_answers_is_told_at_its_place(rulebase: RuleBase, text: str, told: str) -> None:
    with pytest.raises(AnswersError) as error:
        read_session(rulebase, text.encode(), "x")

    assert str(error.value).startswith(told)


def test_every_mistake_is_told_at_once(rulebase: RuleBase) -> None:
    with pytest.raises(AnswersError) as error:
        read_session(rulebase, b"answers: {feverr: yes, tremor: 3, age: x}", "x")

    assert len(error.value.problems) == 3


def test_the_data_folder_stands_where_the_platform_wants_it() -> None:
    assert data_folder() == Path(os.environ["XDG_DATA_HOME"]) / "electrolyte-quiz"


def test_what_was_told_is_saved_beside_the_answers(rulebase: RuleBase, engine: Engine) -> None:
    session = Session({"loop_diuretic": "yes", "palpitations": "yes", "chest_pain": "yes"})
    told = told_by(engine.assess(session.answers))
    path = session_path(NOW)
    SessionFile(path).write(session, told, rulebase.fingerprint)
    saved = read_session(rulebase, path.read_bytes(), "x")

    assert saved.fingerprint == rulebase.fingerprint
    assert saved.told == told
    assert told.urgency is Urgency.EMERGENCY


def test_a_session_of_other_rules_opens_and_names_what_is_gone(rulebase: RuleBase) -> None:
    saved = read_session(rulebase, b"answers: {unheard_of: yes, fever: yes}", "x", from_other_rules=True)

    assert saved.gone == ("unheard_of",)
    assert saved.session.answers == {"fever": "yes"}


def test_an_answer_that_other_rules_do_not_take_is_gone_and_one_of_the_same_rules_is_a_mistake(
    rulebase: RuleBase,
) -> None:
    text = "rulebase: {}\nanswers: {{fever: perhaps, tremor: yes}}\n"
    saved = read_session(rulebase, text.format("other").encode(), "x", from_other_rules=True)

    assert saved.gone == ("fever",)
    assert saved.session.answers == {"tremor": "yes"}
    with pytest.raises(AnswersError, match="A501"):
        read_session(rulebase, text.format(rulebase.fingerprint).encode(), "x", from_other_rules=True)
