"""Saved interviews under other rules: only what differs is told."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from quiz.cli import main
from quiz.difference import Difference, Told, told_by
from quiz.engine import Engine
from quiz.interview import Interview, Session
from quiz.model import NO, UNSURE, YES, Answer, Strength, Urgency
from quiz.replay import Replay
from quiz.rulebase import load
from quiz.store import Saved, SessionFile, read_session
from tests.conftest import ROOT
from tests.signing import signed_again

RULES = ROOT / "tests" / "rulebases" / "small"
SMALL = Engine(load(RULES))

HANGING: Mapping[str, Answer] = {"collapsed": NO, "leaves_hang": YES, "dry_soil": YES, "leaf_shine": NO}

Edited = Callable[..., Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edited:
    """A copy of the small rule base in which these texts, each of which stands there, are others."""

    def copy(*edits: tuple[str, str]) -> Path:
        folder = tmp_path / "rules"
        shutil.copytree(RULES, folder)
        for old, new in edits:
            files = [path for path in folder.rglob("*.yaml") if old in path.read_text(encoding="utf-8")]
            assert files, old
            for path in files:
                path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        return signed_again(folder)

    return copy


def saved_at(path: Path, answers: Mapping[str, Answer], *, ended: bool = False) -> Path:
    session = finished(answers) if ended else Session(answers)
    SessionFile(path).write(session, told_by(SMALL.assess(answers)), SMALL.rulebase.fingerprint)
    return path


def finished(answers: Mapping[str, Answer]) -> Session:
    """The session once every screen was gone through, with nothing answered but these."""
    interview = Interview(SMALL.rulebase, SMALL.assess, SMALL.outlook)
    session = Session(answers)
    while step := interview.next(session):
        session = session.done(step)
    return Session(session.answers, session.shown, session.asked, (), {})


def replayed(path: Path, rules: Path) -> list[str] | None:
    engine = Engine(load(rules))
    return Replay(engine).lines(read_session(engine.rulebase, path.read_bytes(), "s", from_other_rules=True))


def replay(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main(["replay", *map(str, arguments)])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


# --- what differs -------------------------------------------------------------------------------------------

EDITS: Mapping[str, tuple[tuple[str, str], str]] = {
    "stronger": (
        ("then: {supports: WATER_LOW, strength: moderate}", "then: {supports: WATER_LOW, strength: strong}"),
        "Notes: low water is stronger (moderate to strong).",
    ),
    "weaker": (
        ("then: {supports: WATER_LOW, strength: moderate}", "then: {supports: WATER_LOW, strength: weak}"),
        "Notes: low water is weaker (moderate to weak).",
    ),
    "another state": (
        ("then: {supports: WATER_LOW, strength: moderate}", "then: {supports: LIGHT_LOW, strength: moderate}"),
        "Notes: low water is gone; low light is new (moderate).",
    ),
    "sooner": (("then: {urgency: soon}", "then: {urgency: same_day}"), 'How soon: up, from "Act soon" to "Act today".'),
    "later": (("then: {urgency: soon}", "then: {urgency: routine}"), "How soon: down, from"),
    "one warning more": (("when: {leaf_shine: yes}", "when: {leaves_hang: yes}"), 'Warnings: new: "Leaf shine closes'),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_other_rules_tell_is_told_as_a_difference(tmp_path: Path, edited: Edited, name: str) -> None:
    edit, told = EDITS[name]
    path = saved_at(tmp_path / "s.yaml", HANGING)
    tables = ("fires: [{leaf_shine: yes}]", "fires: [{leaves_hang: yes}]"), ("{leaf_shine: no}]", "{leaves_hang: no}]")
    lines = replayed(path, edited(edit, *(tables if name == "one warning more" else ())))

    assert lines is not None
    assert any(line.startswith(told) for line in lines)
    assert not any(line.startswith(("No longer", "Would be")) for line in lines)


def test_under_the_same_rules_nothing_differs(tmp_path: Path) -> None:
    for answers in ({}, HANGING, {**HANGING, "collapsed": YES}):
        assert replayed(saved_at(tmp_path / "s.yaml", answers), RULES) == []
        assert replayed(saved_at(tmp_path / "s.yaml", answers, ended=True), RULES) == []


def test_the_rules_behind_what_is_new_are_named_and_no_weaker_ones(tmp_path: Path, edited: Edited) -> None:
    answers: Mapping[str, Answer] = {**HANGING, "days_dry": 7.0}
    fired = {each.rule.id for each in SMALL.assess(answers).candidates[0].fired}
    assert fired == {"low-water.hanging", "low-water.dry-for-some-time"}
    path = saved_at(tmp_path / "s.yaml", answers)
    lines = replayed(path, edited(EDITS["stronger"][0]))

    assert lines is not None
    assert "Rules behind what is new: low-water.hanging." in lines


def test_a_finding_that_is_gone_is_named_and_its_answer_changes_nothing_else(tmp_path: Path, edited: Edited) -> None:
    path = saved_at(tmp_path / "s.yaml", {**HANGING, "tap_water": YES})
    folder = edited(("tap_water", "rain_water"))

    assert replayed(path, folder) == ["No longer used: tap_water."]


def test_an_answer_that_is_no_answer_any_more_is_named_too(tmp_path: Path, edited: Edited) -> None:
    path = saved_at(tmp_path / "s.yaml", {**HANGING, "pot": "metal"})
    folder = edited(("choices: [clay, plastic, metal]", "choices: [clay, plastic, tin]"), ("pot: metal", "pot: tin"))

    assert replayed(path, folder) == ["No longer used: pot."]


def test_a_question_that_is_new_is_named_once_the_interview_had_come_to_its_end(tmp_path: Path, edited: Edited) -> None:
    folder = edited(
        ("  leaf_shine: {k", '  soft_bark: {kind: symptom, label: soft bark, question: "Soft?"}\n  leaf_shine: {k'),
        ("findings: [collapsed]", "findings: [collapsed, soft_bark]"),
        ("when: {any: [{collapsed: yes},", "when: {any: [{collapsed: yes}, {soft_bark: yes},"),
    )  # fmt: skip

    assert replayed(saved_at(tmp_path / "s.yaml", HANGING, ended=True), folder) == ["Would be asked now: soft bark."]
    assert replayed(saved_at(tmp_path / "s.yaml", HANGING), folder) == []


def test_with_the_rules_from_before_at_hand_what_is_gone_has_its_rules_too(tmp_path: Path, edited: Edited) -> None:
    path = saved_at(tmp_path / "s.yaml", HANGING)
    now = Engine(load(edited(EDITS["weaker"][0])))
    saved, before = (
        read_session(each.rulebase, path.read_bytes(), "s", from_other_rules=True) for each in (now, SMALL)
    )
    lines = Replay(now, SMALL).lines(saved, before)

    assert lines is not None
    assert "Rules behind what is gone: low-water.hanging." in lines


def test_answers_that_do_not_say_what_was_told_need_rules_to_compare_with(edited: Edited) -> None:
    now = Engine(load(edited(EDITS["sooner"][0])))
    saved = Saved(Session(HANGING))

    assert Replay(now).lines(saved) is None
    lines = Replay(now, SMALL).lines(saved, saved)
    assert lines is not None
    assert lines[0] == 'How soon: up, from "Act soon" to "Act today".'


def test_a_red_flag_that_is_no_longer_left_open_is_told(tmp_path: Path, edited: Edited) -> None:
    path = saved_at(tmp_path / "s.yaml", {"collapsed": UNSURE})
    lower = edited(("then: {urgency: emergency}", "then: {urgency: same_day}"))

    assert replayed(path, RULES) == []
    assert replayed(path, lower) == ['Red flags that could not be ruled out: gone: "A collapse needs help at once".']


def test_a_red_flag_that_was_left_open_and_is_told_now_is_not_said_to_be_gone() -> None:
    was, now = (
        Told(red_flags=(), not_ruled_out=("urgent.collapse",)),
        Told(red_flags=("urgent.collapse",), not_ruled_out=()),
    )
    says = '"A collapse needs help at once"'

    assert Difference(SMALL.rulebase).lines(was, now) == [f"Red flags: new: {says}."]
    assert Difference(SMALL.rulebase).lines(now, was) == [
        f"Red flags: gone: {says}.",
        f"Red flags that could not be ruled out: new: {says}.",
    ]


def test_of_red_flags_that_nobody_kept_nothing_is_said(tmp_path: Path) -> None:
    path = saved_at(tmp_path / "s.yaml", {"collapsed": YES})
    text = path.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if "red_flags" not in line and "not_ruled_out" not in line]
    path.write_text("\n".join(line for line in kept if "- urgent.collapse" not in line) + "\n", encoding="utf-8")

    assert "red_flags" in text
    assert replayed(path, RULES) == []


def test_an_order_that_is_another_is_told() -> None:
    was = Told((("WATER_LOW", Strength.WEAK), ("LIGHT_LOW", Strength.WEAK)))
    now = Told((("LIGHT_LOW", Strength.WEAK), ("WATER_LOW", Strength.WEAK)))

    assert Difference(SMALL.rulebase).lines(was, now) == ["Notes: the order is now low light, then low water."]


def test_what_no_rules_know_is_told_by_its_id() -> None:
    was = Told((("GONE", Strength.WEAK),), Urgency.SOON, ("gone.rule",))

    assert Difference(SMALL.rulebase).lines(was, Told((), Urgency.SOON)) == [
        "Notes: GONE is gone.",
        'Warnings: gone: "gone.rule".',
    ]


# --- the command --------------------------------------------------------------------------------------------


def test_the_exit_code_tells_whether_anything_differs(
    tmp_path: Path, edited: Edited, capsys: pytest.CaptureFixture[str]
) -> None:
    path = saved_at(tmp_path / "s.yaml", HANGING)

    assert replay(capsys, path, "--rules", RULES) == (0, f"{path}: nothing differs\n", "")
    code, out, err = replay(capsys, path, "--rules", edited(EDITS["sooner"][0]))
    assert (code, err) == (1, "")
    assert out.splitlines()[:2] == [f"{path}:", '  How soon: up, from "Act soon" to "Act today".']


def test_one_that_cannot_be_read_is_told_at_its_place_and_the_others_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = saved_at(tmp_path / "a.yaml", HANGING)
    bad = tmp_path / "b.yaml"
    bad.write_text("answers: {leaves_hang: perhaps}\n", encoding="utf-8")
    last = saved_at(tmp_path / "c.yaml", {})
    code, out, err = replay(capsys, good, bad, tmp_path / "none.yaml", last, "--rules", RULES)

    assert code == 1
    assert out.splitlines() == [
        f"{good}: nothing differs",
        f"{last}: nothing differs",
        "4 sessions: 0 differ, 2 do not, 2 could not be read.",
    ]
    assert f"{bad}:1:11: A501" in err
    assert "none.yaml: cannot be read: No such file" in err


def test_what_comes_by_standard_input_is_compared_under_both_rules(tmp_path: Path) -> None:
    path = tmp_path / "kept.yaml"
    path.write_text("answers: {vomiting: yes}\n", encoding="utf-8")
    command = [sys.executable, "-m", "quiz", "replay", "--rules", str(RULES)]
    from_file = subprocess.run([*command, str(path)], cwd=ROOT, capture_output=True, timeout=60, check=False)
    with path.open("rb") as pipe:
        piped = subprocess.run([*command, "-"], cwd=ROOT, stdin=pipe, capture_output=True, timeout=60, check=False)

    assert from_file.stdout.startswith(bytes(path)), from_file.stderr
    assert piped.stdout.splitlines()[1:] == from_file.stdout.splitlines()[1:]
    assert (piped.returncode, piped.stderr) == (from_file.returncode, b"")


def test_a_folder_stands_for_the_sessions_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("2.yaml", "1.yaml"):
        saved_at(tmp_path / "kept" / name, HANGING)
    (tmp_path / "kept" / "notes.txt").write_text("not a session", encoding="utf-8")
    code, out, _ = replay(capsys, tmp_path / "kept", "--rules", RULES)

    assert code == 0
    assert [line.partition(":")[0][-6:] for line in out.splitlines()[:-1]] == ["1.yaml", "2.yaml"]


def test_a_folder_without_sessions_is_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = replay(capsys, tmp_path, "--rules", RULES)

    assert code == 1
    assert "no saved interview is in this folder" in err


def test_answers_alone_under_the_shipped_rules_say_that_there_is_nothing_to_compare(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text("answers: {}\n", encoding="utf-8")
    code, _, err = replay(capsys, path)

    assert code == 1
    assert "holds answers, and not what was told" in err
