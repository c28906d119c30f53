"""`review check`: every problem with its code, for people, editors and machines, in no time."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from quiz.commands.shared import drafts
from quiz.errors import AnswersError, Position, Problem, QuizError
from quiz.model import Rule, RuleBase, Screen, SpeaksAgainst
from quiz.review.check import changed, check, folder_of, moved, only_in, rule_file, stamps
from quiz.review.codes import CODES, FAMILIES
from quiz.review.lint_rules import content
from quiz.review.report import report
from quiz.rulebase import attempt, load
from quiz.store import read_session
from quiz.yamltext import Node, parse
from tests.conftest import ROOT
from tests.person import Person
from tests.test_cli import run

SMALL = ROOT / "tests" / "rulebases" / "small"
CODE = re.compile(r"[\"']([A-Z][0-9]{3})[\"']")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A copy of the small rule base, to be broken."""
    return Path(shutil.copytree(SMALL, tmp_path / "small"))


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


# --- codes ------------------------------------------------------------------------------------------


def emitted() -> set[str]:
    """Every code that stands anywhere in the program, besides the table itself."""
    files = [each for each in (ROOT / "quiz").rglob("*.py") if each.name != "codes.py"]
    return {code for file in files for code in CODE.findall(file.read_text(encoding="utf-8"))}


def test_the_table_holds_every_code_that_the_program_tells_and_no_other() -> None:
    assert emitted() == set(CODES)


def test_every_code_has_a_broken_example_in_the_tests() -> None:
    files = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "tests" / "broken").rglob("*.yaml")]
    texts = "\n".join(each.read_text(encoding="utf-8", errors="replace") for each in files)

    assert {code for code in CODES if not re.search(rf"\b{code}\b", texts)} == set()


def test_every_code_says_what_is_wrong_and_how_to_mend_it() -> None:
    for code in CODES.values():
        assert code.id[0] in FAMILIES
        assert code.title.endswith(".")
        assert code.mend.endswith(".")


def test_a_code_is_explained_and_an_unknown_one_refused() -> None:
    assert run("review", "codes", "w601").stdout == (
        "W601  wording, error: A text tells a dose.\n    Leave amounts to the clinician.\n"
    )
    assert len(run("review", "codes").stdout.splitlines()) == 2 * len(CODES)
    assert "unknown code" in run("review", "codes", "X999").stderr


def test_the_known_codes_are_explained_beside_all_unknown_ones() -> None:
    told = run("review", "codes", "X9", "w601", "Y8")

    assert told.stdout == run("review", "codes", "w601").stdout
    assert told.returncode == 1
    assert re.findall('unknown code "(.*)"', told.stderr) == ["X9", "Y8"]
    assert run("review", "codes", "X9", "X9").stdout == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("session: 999\nanswers: {dry_soil: yes}\n", "A503"),
        ("session: 1\nanswers: {dry_soil: yes}\ntold: {states: {WATER_LOW: huge}}\n", "A504"),
    ],
)
def test_a_saved_session_of_another_kind_is_refused(text: str, code: str) -> None:
    with pytest.raises(AnswersError) as error:
        read_session(load(SMALL), text.encode(), "s.yaml")

    assert [problem.code for problem in error.value.problems] == [code]


# --- content ----------------------------------------------------------------------------------------


def with_rule(rulebase: RuleBase, rule: Rule) -> RuleBase:
    return replace(rulebase, rules={**rulebase.rules, rule.id: rule})


def codes(rulebase: RuleBase) -> list[str]:
    """What is said, never without a way out, of these rules and not of the small ones."""
    before = set(content(load(SMALL)))
    found = [problem for problem in content(rulebase) if problem not in before]
    assert all(problem.hint for problem in found)
    return [problem.code for problem in found]


def test_the_shipped_rules_have_no_problem_of_content(rulebase: RuleBase) -> None:
    assert content(rulebase) == []


def test_what_does_nothing_is_told() -> None:
    rulebase = load(SMALL)
    concept, finding = next(iter(rulebase.concepts.values())), next(iter(rulebase.findings.values()))

    assert codes(replace(rulebase, concepts={**rulebase.concepts, "idle": replace(concept, id="idle")})) == ["K801"]
    more = {**rulebase.findings, "idle": replace(finding, id="idle")}
    assert codes(replace(rulebase, findings=more)) == ["K802", "K803"]


def test_cases_that_show_nothing_are_told() -> None:
    rulebase = load(SMALL)
    rule = rulebase.rules["low-water.hanging"]

    assert codes(with_rule(rulebase, replace(rule, near_miss=({"tap_water": "no"},)))) == ["K804"]
    assert codes(with_rule(rulebase, replace(rule, fires=(*rule.fires, *rule.fires)))) == ["K807"]


def test_the_same_rule_twice_is_told_but_two_warnings_may_differ_in_words() -> None:
    rulebase = load(SMALL)
    rule, warning = rulebase.rules["low-water.hanging"], rulebase.rules["caution.shine"]

    old = replace(rule, id="low-water.before", provenance=replace(rule.provenance, state="retired"))

    assert codes(with_rule(rulebase, replace(rule, id="low-water.again"))) == ["K805"]
    assert codes(with_rule(rulebase, old)) == []
    assert codes(with_rule(rulebase, replace(warning, id="caution.again", says="Another."))) == []
    assert codes(with_rule(rulebase, replace(warning, id="caution.again"))) == ["K805"]


def test_one_condition_cannot_speak_for_a_state_and_against_it() -> None:
    rulebase = load(SMALL)
    rule = rulebase.rules["low-water.hanging"]
    against = replace(rule, id="low-water.not", then=SpeaksAgainst("WATER_LOW"))
    retired = replace(against, provenance=replace(against.provenance, state="retired"))

    assert codes(with_rule(rulebase, against)) == ["K808"]
    assert codes(with_rule(rulebase, replace(against, then=SpeaksAgainst("WATER_HIGH")))) == []
    assert codes(with_rule(rulebase, retired)) == []


def test_a_sentence_that_a_comment_cuts_is_told_at_its_place(small: Path) -> None:
    rules = small / "basics.yaml"
    edit(rules, "In doubt, ask a gardener.", "In doubt, ask about #5.")

    told = run("review", "check", "--rules", str(small))

    assert f'{rules}:12:33: W608 a comment begins here, so the text ends with "In doubt, ask about"' in told.stdout
    assert told.returncode == 1


def test_a_danger_sign_needs_other_words_for_the_second_time() -> None:
    rulebase = load(SMALL)
    findings = {**rulebase.findings, "collapsed": replace(rulebase.findings["collapsed"], rephrase="")}

    assert codes(replace(rulebase, findings=findings)) == ["K806"]


def with_screens(rulebase: RuleBase, **changed: Screen) -> RuleBase:
    return replace(rulebase, screens={**rulebase.screens, **changed})


def test_the_factor_of_another_unit_is_borne_out_by_a_known_level() -> None:
    rulebase = load(SMALL)
    days = rulebase.findings["days_dry"]
    alone = replace(days, same_levels={})
    same = replace(alone, other_units=(replace(days.other_units[0], factor=1),))

    assert codes(rulebase) == []
    assert codes(replace(rulebase, findings={**rulebase.findings, "days_dry": alone})) == ["K810"]
    assert codes(replace(rulebase, findings={**rulebase.findings, "days_dry": same})) == [], "the same number"


LATE = '"{}" asks late for what alone is an emergency: collapsed'


def test_what_alone_is_an_emergency_is_asked_on_a_danger_screen() -> None:
    rulebase = load(SMALL)
    danger, signs = rulebase.screens["danger"], rulebase.screens["signs"]
    no_danger = with_screens(rulebase, danger=replace(danger, red_flags=False))
    moved = with_screens(
        rulebase, danger=replace(danger, findings=()), signs=replace(signs, findings=(*signs.findings, "collapsed"))
    )

    told = [[each.message for each in content(rules) if each.code == "K809"] for rules in (rulebase, no_danger, moved)]
    assert told == [[], [LATE.format("danger")], [LATE.format("signs")]]
    assert codes(moved) == ["K809"]


def test_a_danger_screen_is_asked_of_everybody_before_all_but_who_they_are() -> None:
    rulebase = load(SMALL)
    screens = rulebase.screens
    others = {name: screen for name, screen in screens.items() if name != "danger"}

    assert codes(rulebase) == [], "the pot is asked for before"
    assert codes(with_screens(rulebase, danger=replace(screens["danger"], ask="useful"))) == ["K809"]
    assert codes(replace(rulebase, screens={**others, "danger": screens["danger"]})) == ["K809"]


# --- reports ----------------------------------------------------------------------------------------

PROBLEMS = (
    Problem(Position("rules/a b.yaml", 3, 5), "C303", 'unknown "x", 100%', "did you\nmean y?"),
    Problem(Position("rules"), "R410", "no notice"),
    Problem(Position("/elsewhere/x.yaml", 1, 1), "K801", "idle"),
)

SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["tool", "results"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "additionalProperties": False,
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "semanticVersion": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "additionalProperties": False,
                                            "properties": {
                                                "id": {"type": "string"},
                                                "shortDescription": {"$ref": "#/$defs/text"},
                                                "help": {"$ref": "#/$defs/text"},
                                                "defaultConfiguration": {
                                                    "type": "object",
                                                    "properties": {"level": {"$ref": "#/$defs/level"}},
                                                },
                                                "properties": {
                                                    "type": "object",
                                                    "properties": {"tags": {"type": "array", "uniqueItems": True}},
                                                },
                                            },
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["message"],
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": {"$ref": "#/$defs/level"},
                                "message": {"$ref": "#/$defs/text"},
                                "locations": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "additionalProperties": False,
                                        "properties": {
                                            "physicalLocation": {
                                                "type": "object",
                                                "additionalProperties": False,
                                                "required": ["artifactLocation"],
                                                "properties": {
                                                    "artifactLocation": {
                                                        "type": "object",
                                                        "properties": {
                                                            "uri": {"type": "string", "pattern": r"^[^\s\\]+$"}
                                                        },
                                                    },
                                                    "region": {
                                                        "type": "object",
                                                        "properties": {
                                                            "startLine": {"type": "integer", "minimum": 1},
                                                            "startColumn": {"type": "integer", "minimum": 1},
                                                        },
                                                    },
                                                },
                                            }
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
    "$defs": {
        "level": {"enum": ["none", "note", "warning", "error"]},
        "text": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
    },
}
"""What SARIF 2.1.0 (OASIS, 2023, sections 3.13 to 3.30) asks of the parts that are written, and no other parts."""


def test_sarif_has_the_structure_of_its_standard() -> None:
    for problems in ((), PROBLEMS):
        jsonschema.validate(json.loads(report(problems, "sarif", "1.2.3")), SARIF)


def test_sarif_says_the_place_the_level_and_the_code() -> None:
    run = json.loads(report(PROBLEMS, "sarif", ""))["runs"][0]
    first, second, third = run["results"]

    assert [run["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] for each in run["results"]] == [
        each.code for each in PROBLEMS
    ]
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "rules/a%20b.yaml"}, "region": {"startLine": 3, "startColumn": 5},
    }  # fmt: skip
    assert "region" not in second["locations"][0]["physicalLocation"]
    assert third["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "file:///elsewhere/x.yaml"
    assert (first["level"], third["level"]) == ("error", "warning")


def test_github_gets_workflow_commands_that_no_text_can_break() -> None:
    assert report(PROBLEMS, "github", "").splitlines() == [
        '::error file=rules/a b.yaml,line=3,col=5,title=C303::unknown "x", 100%25%0Ahint: did you%0Amean y?',
        "::error file=rules,title=R410::no notice",
        "::warning file=/elsewhere/x.yaml,line=1,col=1,title=K801::idle",
    ]


def test_json_lists_every_problem_with_its_parts() -> None:
    told = json.loads(report(PROBLEMS, "json", ""))

    assert told[0] == {
        "path": "rules/a b.yaml", "line": 3, "column": 5, "code": "C303", "level": "error",
        "message": 'unknown "x", 100%', "hint": "did you\nmean y?",
    }  # fmt: skip
    assert (told[1]["line"], told[1]["hint"]) == (None, None)


@pytest.mark.parametrize("form", ["text", "github", "json", "sarif"])
def test_the_exit_code_says_whether_there_is_a_problem_in_every_format(form: str, small: Path) -> None:
    edit(small / "rules.yaml", "heat_wave: yes", "heat_wav: yes")

    done = run("review", "check", "--rules", str(small), "--format", form)
    assert done.returncode == 1
    assert "C303" in done.stdout
    assert done.stderr == ""


def test_rules_without_a_problem_end_with_exit_code_0_and_say_what_is_not_reviewed() -> None:
    done = run("review", "check")

    assert (done.returncode, done.stderr) == (0, "")
    assert "no problem." in done.stdout
    assert "drafts that nobody has reviewed" in done.stdout


def test_a_retired_rule_is_no_rule_that_waits_for_a_review() -> None:
    rules = [each for each in load(SMALL).rules.values() if each.provenance.state == "draft"]
    first = replace(rules[0], provenance=replace(rules[0].provenance, state="retired"))
    last = replace(rules[-1], provenance=replace(rules[-1].provenance, state="reviewed"))

    assert drafts(rules[:3]) == "3 of 3 rules are drafts that nobody has reviewed."
    assert drafts([first, *rules[1:3]]) == "2 of 2 rules are drafts that nobody has reviewed. 1 more is retired."
    assert drafts([first, first, *rules[1:3], last]) == (
        "2 of 3 rules are drafts that nobody has reviewed. 2 more are retired."
    )


# --- files ------------------------------------------------------------------------------------------


def test_naming_a_file_limits_the_report_and_still_reads_all(small: Path) -> None:
    edit(small / "rules.yaml", "heat_wave: yes", "heat_wav: yes")
    edit(small / "interview.yaml", "dry_soil", "dry_soill")
    done = run("review", "check", str(small / "interview.yaml"))

    assert "dry_soill" in done.stdout
    assert "heat_wav" not in done.stdout
    assert "1 problem in other files.\n" in done.stdout
    fine = run("review", "check", str(small / "lessons.yaml"))
    told = (
        "No problem in these files so far, but 2 problems in other files. The rest is looked at once these are mended:"
    )
    assert fine.returncode == 1, "nobody is told that a file is fine whose wording and meaning were not looked at"
    assert " ".join(fine.stdout.split()).startswith(told)


def test_the_words_are_judged_beside_mistakes_that_keep_the_rules_from_being_used(small: Path) -> None:
    edit(small / "rules.yaml", "says: ", "says: You are fine. ")
    edit(small / "interview.yaml", "dry_soil", "dry_soill")
    done = run("review", "check", "--rules", str(small))

    assert [line.split(" ")[1] for line in done.stdout.splitlines() if " W603 " in line or " R408 " in line] == [
        "R408", "W603"
    ]  # fmt: skip


@pytest.mark.parametrize("glossary", ["[]", "{unwettable: ''}"], ids=["all of it", "a word"])
def test_no_word_is_called_hard_where_what_explains_it_could_not_be_read(small: Path, glossary: str) -> None:
    (small / "words.yaml").write_text("topic: words\nglossary: {unwettable: It sheds water.}\n", encoding="utf-8")
    edit(small / "rules.yaml", "says: ", "says: Unwettable unwettable soil. # ")
    explained = run("review", "check", "--rules", str(small)).stdout
    (small / "words.yaml").write_text(f"topic: words\nglossary: {glossary}\n", encoding="utf-8")
    unread = run("review", "check", "--rules", str(small)).stdout

    assert ("W605" in explained, "W605" in unread, "S203" in unread) == (False, False, True)


def test_a_problem_of_the_folder_as_a_whole_is_always_told(small: Path) -> None:
    checked = check(small, attempt, lambda _: [Problem(Position(str(small)), "R410", "missing")], ())

    assert only_in(checked, [small / "rules.yaml"]).problems == checked.problems


def test_the_folder_of_a_file_is_where_the_notice_stands(small: Path) -> None:
    assert folder_of(small / "facts" / "facts.yaml") == small
    (small.parent / "lonely.yaml").write_text("topic: x\n", encoding="utf-8")
    with pytest.raises(QuizError, match="belongs to no folder of rules"):
        folder_of(small.parent / "lonely.yaml")


def test_what_cannot_be_a_rule_file_is_refused(small: Path) -> None:
    with pytest.raises(QuizError, match="is no file"):
        rule_file(small / "gone.yaml")
    with pytest.raises(QuizError, match="rule files end in"):
        rule_file(ROOT / "README.md")


def test_files_of_two_folders_are_not_checked_together(small: Path) -> None:
    done = run("review", "check", str(small / "rules.yaml"), "rules/quiz.yaml")

    assert (done.returncode, "2 folders of rules" in done.stderr) == (1, True)


def test_tables_of_cases_are_checked_too(small: Path) -> None:
    (small / "cases").mkdir()
    (small / "cases" / "mine.yaml").write_text(
        "cases: {low-water.hangin: {fires: [{dry_soil: yes}]}}\n", encoding="utf-8"
    )
    done = run("review", "check", "--rules", str(small))

    assert "mine.yaml:1:9: T706 unknown rule" in done.stdout


# --- what it needs ------------------------------------------------------------------------------------------

NOT_NEEDED = ("durable_rules_engine", "quiz.engine", "prompt_toolkit", "quiz.terminal", "jinja2", "sqlite3")


def test_check_needs_neither_the_engine_nor_the_prompt_library() -> None:
    code = (
        "import sys; from quiz.cli import main; main(['review', 'check']); "
        f"print([each for each in {NOT_NEEDED} if each in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_the_hook_for_pre_commit_runs_a_check_of_all_files() -> None:
    listed = parse((ROOT / ".pre-commit-hooks.yaml").read_bytes(), "hooks")
    assert isinstance(listed, Node), listed
    (hook,) = listed.plain()
    done = run(*hook["entry"].split()[1:])

    assert (hook["id"], hook["language"], hook["pass_filenames"]) == ("electrolyte-quiz-check", "python", False)
    assert re.match(hook["files"], "rules/states/x.yaml")
    assert done.returncode == 0, done.stdout


# --- watching ---------------------------------------------------------------------------------------


def test_a_save_a_new_file_and_a_deleted_one_are_noticed(small: Path) -> None:
    before = stamps(small)
    assert changed(before, stamps(small)) == ()
    edit(small / "rules.yaml", "Heat takes water away.", "Heat takes the water away.")
    (small / "new.yaml").write_text("topic: x\n", encoding="utf-8")
    (small / "lessons.yaml").unlink()

    assert [Path(each).name for each in changed(before, stamps(small))] == ["lessons.yaml", "new.yaml", "rules.yaml"]


def test_a_problem_that_moved_to_another_line_is_neither_new_nor_mended() -> None:
    here, there = (Problem(Position("a.yaml", line, 1), "K801", "idle") for line in (1, 2))
    other = Problem(Position("a.yaml", 1, 1), "K801", "busy")

    assert moved([here], [there]) == ((), ())
    assert moved([here], [other]) == ((other,), (here,))


def test_watching_tells_what_a_save_broke_and_mended_and_stops_cleanly(small: Path) -> None:
    person = Person(["-m", "quiz", "review", "check", "--watch", "--rules", str(small)], 80, 60)
    person.sees("Ctrl-C stops")
    edit(small / "rules.yaml", "heat_wave: yes", "heat_wav: yes")
    assert 'unknown finding or concept "heat_wav"' in person.sees_in_one_line("rules.yaml: 1 problem")
    assert "mended" not in person.text  # the lints of content were not asked this time
    edit(small / "rules.yaml", "heat_wav: yes", "heat_wave: yes")
    seen = person.sees_in_one_line("rules.yaml: 2 problems")
    person.presses("\x03")

    assert (seen.count("mended:"), seen.count("K803 an answer")) == (1, 1)
    assert person.leaves() == 130
    assert "Traceback" not in person.text


def test_a_file_that_does_not_exist_is_told_also_beside_a_folder_of_rules(tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere.yaml")

    done = subprocess.run(
        [sys.executable, "-m", "quiz", "review", "check", "--rules", str(SMALL), missing],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert done.returncode == 1
    assert f"{missing}: is no file" in done.stderr


def test_on_a_narrow_terminal_mistakes_and_codes_are_broken_at_words(small: Path) -> None:
    edit(small / "basics.yaml", "In doubt, ask a gardener.", "In doubt, ask about #5.")
    check = Person(["-m", "quiz", "review", "check", "--rules", str(small)], 40)
    codes = Person(["-m", "quiz", "review", "codes", "W601", "W605", "W608"], 40)

    assert 'W608 a comment begins here, so the text ends with "In doubt, ask about"' in check.sees_in_one_line("CODE")
    told = " ".join(run("review", "codes", "W601", "W605", "W608").stdout.split())
    assert codes.sees_in_one_line(told[-30:]).endswith(told)
    assert (check.leaves(), codes.leaves()) == (1, 0)
