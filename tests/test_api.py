"""The quiz from Python, as a program uses it."""

from __future__ import annotations

import doctest
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import quiz
import quiz.api
from quiz.engine import Engine
from quiz.model import RuleBase
from quiz.wording import summary
from tests.conftest import ROOT, at_once

SMALL = ROOT / "tests" / "rulebases" / "small"
THIRSTY = {"dry_soil": "yes", "heat_wave": "yes", "leaves_hang": "yes", "leaves_yellow": "yes"}


def test_the_examples_in_the_docstrings_give_what_they_say() -> None:
    found = doctest.testmod(quiz.api)

    assert found.attempted >= 10
    assert found.failed == 0


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    for name in quiz.__all__:
        assert getattr(quiz, name).__doc__
        assert name in dir(quiz)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        quiz.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_importing_it_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import quiz; print(sorted(set(sys.modules) - before))"

    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "['quiz']\n"


USE = """
from typing import assert_type
import quiz
from quiz.model import Urgency

rules: quiz.RuleBase = quiz.load("rules")
told: quiz.Assessment = quiz.assess({"fever": "yes", "age": 70}, rules)
assert_type(told.urgency, Urgency | None)
assert_type(list(quiz.assess_lines(["{}"])), list[str])
quiz.assess("fever")
quiz.nothing
"""


def test_a_type_checker_knows_the_types(tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(USE, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file=", "use.py"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout

    assert [line.split(": error: ")[0] for line in told.splitlines() if "error:" in line] == ["use.py:10", "use.py:11"]
    assert 'Argument 1 to "assess" has incompatible type "str"' in told


def test_every_vignette_is_told_as_by_the_engine(rulebase: RuleBase, engine: Engine) -> None:
    for each in rulebase.vignettes.values():
        assert quiz.assess(each.answers) == engine.assess(each.answers)


def test_words_and_units_are_read_as_on_the_command_line(rulebase: RuleBase) -> None:
    told = quiz.assess({"sex": " F", "potassium_mmol_l": "3,1 mmol/L", "magnesium_mmol_l": "unsure", "age": 70})

    given = {name: told.answers[name] for name in ("sex", "potassium_mmol_l", "magnesium_mmol_l", "age")}
    assert given == {"sex": "female", "potassium_mmol_l": 3.1, "magnesium_mmol_l": "unsure", "age": 70.0}


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"feverish": "yes"}, 'answers["feverish"]: A501 unknown finding "feverish"; did you mean "fever"?'),
        ({5: "yes"}, 'answers["5"]: A501 unknown finding "5"'),
        ({"fever": True}, 'answers["fever"]: A501 "true" is not an answer to fever: say yes, no or unsure'),
        ({"fever": None}, 'answers["fever"]: A501 fever has no answer'),
        ({"age": 900}, 'answers["age"]: A501 900 years is outside what is plausible'),
        ({"age": float("nan")}, 'answers["age"]: A501 age needs a number'),
        ({"a\x1b[2J": "yes"}, 'answers["a\ufffd[2J"]: A501'),
        ([("fever", "yes")], "answers: A502 needs findings and their answers\n  hint: for example"),
        (None, "answers: A502"),
    ],
)
def test_answers_that_cannot_be_read_are_told_with_their_place(answers: object, told: str) -> None:
    with pytest.raises(quiz.AnswersError) as error:
        quiz.assess(answers)  # type: ignore[arg-type]

    assert str(error.value).startswith(told)


def test_all_wrong_answers_are_told_at_once() -> None:
    with pytest.raises(quiz.QuizError) as error:
        quiz.assess({"fever": "maybe", "age": "old", "nausea_": "yes"})

    assert [line.split(":")[0] for line in str(error.value).splitlines()] == [
        'answers["age"]',
        'answers["fever"]',
        'answers["nausea_"]',
    ]


@pytest.mark.parametrize("folder", [SMALL, str(SMALL)])
def test_a_folder_of_rules_can_be_loaded_and_used(folder: str | Path) -> None:
    told = quiz.assess(THIRSTY, quiz.load(folder))

    assert [(each.state, each.strength.word) for each in told.candidates] == [("WATER_LOW", "strong")]


def test_rules_with_a_mistake_are_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("findings: [", encoding="utf-8")

    with pytest.raises(quiz.RuleBaseError, match="F106"):
        quiz.load(tmp_path)
    with pytest.raises(quiz.RuleBaseError, match="F106"):
        list(quiz.assess_lines(["{}"], tmp_path))


def test_rules_that_never_fire_are_told_as_by_review_check(tmp_path: Path) -> None:
    rules = shutil.copytree(SMALL, tmp_path / "rules")
    (rules / "never.yaml").write_text(NEVER, encoding="utf-8")

    with pytest.raises(quiz.RuleBaseError, match=r"R409 rule \"low-water.never\" can never fire"):
        quiz.load(rules)


NEVER = """
topic: what cannot be
rules:
  low-water.never:
    says: Low water is worth a look, as soil is dry and not dry.
    when: {all: [{dry_soil: yes}, {dry_soil: no}]}
    then: {supports: WATER_LOW, strength: weak}
    because: Nothing is both.
    facts: [F-WATER-01]
    sources: [almanac]
    state: draft
    fires: [{dry_soil: yes}]
    near_miss: [{dry_soil: unsure}]
"""


def test_two_rule_bases_of_one_fingerprint_are_kept_apart() -> None:
    rules = quiz.load(SMALL)
    fewer = replace(rules, rules={})

    assert quiz.assess(THIRSTY, rules).fired
    assert not quiz.assess(THIRSTY, fewer).fired


def test_many_threads_are_told_the_same() -> None:
    rules = quiz.load(SMALL)
    expected = quiz.assess(THIRSTY, rules)

    found = at_once(8, lambda _: [quiz.assess(THIRSTY, rules) for _ in range(20)])

    assert found == [[expected] * 20] * 8


def test_lines_are_told_as_single_answers_are(rulebase: RuleBase) -> None:
    chosen = list(rulebase.vignettes.values())[::10]
    lines = [json.dumps({"id": each.id, "answers": dict(each.answers)}) for each in chosen]

    told = [json.loads(line) for line in quiz.assess_lines(lines)]

    assert told == [
        {"id": each.id, **json.loads(json.dumps(summary(quiz.assess(each.answers), rulebase.fingerprint)))}
        for each in chosen
    ]


def test_lines_are_assessed_by_rules_that_were_loaded_or_altered() -> None:
    lines = [json.dumps({"id": 1, "answers": THIRSTY})]
    rules = quiz.load(SMALL)
    none = replace(rules, rules={})

    assert list(quiz.assess_lines(lines, rules)) == list(quiz.assess_lines(lines, SMALL))
    assert json.loads(next(quiz.assess_lines(lines, none)))["states_ranked"] == []
    assert json.loads(next(quiz.assess_lines(lines, rules)))["states_ranked"] != []


def test_lines_are_numbered_from_where_they_begin() -> None:
    (told,) = quiz.assess_lines(["{"], first=41)

    assert json.loads(told)["line"] == 41
