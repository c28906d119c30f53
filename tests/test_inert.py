"""Text of rule files, answers, names and paths is shown and never obeyed, in whatever form it comes out."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz import yamltext
from quiz.model import RuleBase
from quiz.rulebase import load
from quiz.solver import cannot_fire
from quiz.text import inert_json
from tests.fuzzing import SMALL, run_command
from tests.signing import signed_again

STEERS = "\x1b[31m\x1b]0;owned\x07\x9b2J\u202e\u200b\x00\x08\r"
MARKUP = '<script>owned()</script><img src=x onerror=owned()>"\' onclick="owned()'
HOSTILE = f"{STEERS}{MARKUP} "

OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def steering(text: str) -> set[str]:
    """What a terminal would obey in a text of lines."""
    return {ascii(each) for each in text if each != "\n" and unicodedata.category(each) in OBEYED}


class Page(HTMLParser):
    """All tags and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def _hostile(value: Any) -> Any:
    """Every text of several words begins with what should not be obeyed; ids and words stay."""
    if isinstance(value, dict):
        return {key: each if key in ("medicines", "diseases") else _hostile(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_hostile(each) for each in value]
    told = isinstance(value, str) and " " in value and value != "life stage" and not value[0].isdigit()
    return HOSTILE + value if told else value


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of rules that say what they can to be obeyed."""
    folder = tmp_path_factory.mktemp("hostile") / "rules"
    for path in sorted(SMALL.rglob("*.yaml")):
        node = yamltext.parse(path.read_bytes(), str(path))
        assert isinstance(node, yamltext.Node)
        copy = folder / path.relative_to(SMALL)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(json.dumps(_hostile(node.plain())), encoding="utf-8")  # escapes, which YAML reads
    return signed_again(folder)


@pytest.fixture(scope="module")
def hostile_rules(hostile: Path) -> RuleBase:
    return load(hostile, cannot_fire)


def answers(folder: Path, rulebase: RuleBase) -> Path:
    """Every finding is answered with its first word, and a name is told that no rule knows."""
    given: Mapping[str, object] = {
        each.id: (each.low + each.high) / 2 if each.is_number else each.words[0] for each in rulebase.findings.values()
    }
    path = folder / "answers.json"
    path.write_text(json.dumps({"answers": given, "other_medicines": [f"{HOSTILE}zebrafishol"]}), encoding="utf-8")
    return path


def test_the_rules_really_hold_what_should_not_be_obeyed(hostile_rules: RuleBase) -> None:
    assert HOSTILE in hostile_rules.title + next(iter(hostile_rules.findings.values())).question
    assert any(HOSTILE in each.says for each in hostile_rules.rules.values())


TOLD = (
    ("ask", "--answers", "{answers}"), ("ask", "--answers", "{answers}", "--format", "md"), ("findings",),
    ("ask", "--plain"), ("practice", "--plain", "--seed", "3"), ("practice", "--plain", "--patient", "--seed", "3"),
    ("practice", "--standing"), ("review", "check"), ("review", "test"), ("review", "rule", "{rule}"),
    ("review", "finding", "{finding}"), ("review", "atlas", "--cases", "50"), ("review", "prove"),
    ("review", "walk", "--plain", "--notes", "{out}"), ("review", "diff", str(SMALL), "{rules}", "--random", "5"),
    ("practice", "--export", "anki", "--items", "4", "--seed", "3"),
    ("practice", "--export", "gift", "--items", "4", "--seed", "3"),
    ("review", "concept", "{concept}"), ("review", "state", "{state}"),
    ("review", "diff", str(SMALL), "{rules}", "--random", "5", "--format", "md"),
    ("review", "check", "--format", "github"), ("review", "check", "--format", "json"),
    ("review", "check", "--format", "sarif"),
    ("review", "prove", "--format", "json"), ("review", "diff", str(SMALL), "{rules}", "--random", "5",
                                              "--format", "json"),
    ("findings", "--json"), ("ask", "--json"), ("ask", "--answers", "{answers}", "--format", "json"),
    ("assess", "{cases}"), ("fhir", "questionnaire"), ("fhir", "response", "{answers}"),
)  # fmt: skip
IDS_ONLY = (("practice", "--standing"), ("review", "diff"))
TYPED = "1\nyes\nwhy\nhelp\n1 ?2\ns\ng\nn\nq\nquit\nn\n"


@pytest.mark.parametrize("arguments", TOLD, ids=lambda each: " ".join(each[:3]).replace("{", "").replace("}", ""))
def test_no_command_passes_on_what_a_terminal_would_obey(
    arguments: Sequence[str], hostile: Path, hostile_rules: RuleBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    named = {
        "answers": str(answers(tmp_path, hostile_rules)), "rules": str(hostile), "out": str(tmp_path / "out.yaml"),
        "rule": next(iter(hostile_rules.rules)), "finding": next(iter(hostile_rules.findings)),
        "concept": next(iter(hostile_rules.concepts)), "state": next(iter(hostile_rules.states)),
        "cases": str(tmp_path / "cases.jsonl"),
    }  # fmt: skip
    given = json.loads(Path(named["answers"]).read_text(encoding="utf-8"))["answers"]
    Path(named["cases"]).write_text(json.dumps({"id": HOSTILE, "answers": given}), encoding="utf-8")
    words = [each.format(**named) for each in arguments]
    code, told = run_command([*words, "--rules", str(hostile)], TYPED.encode())

    assert code in (0, 1, 3), told
    assert "owned" in told or arguments[:2] in IDS_ONLY
    assert steering(told.replace("\t", "")) == set()


@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(), lambda inner: st.lists(inner)
                    | st.dictionaries(st.text(), inner)), st.sampled_from((None, 2)))  # fmt: skip
def test_json_holds_every_value_and_nothing_that_a_terminal_obeys(value: Any, indent: int | None) -> None:
    text = inert_json(json.dumps(value, ensure_ascii=False, indent=indent))

    assert json.loads(text) == value
    assert steering(text) == set()


PAGES = (
    ("ask", "--answers", "{answers}", "--format", "html", "--output", "{out}"),
    ("practice", "--standing", "--format", "html", "--output", "{out}"),
    ("practice", "--export", "html", "--items", "4", "--seed", "3", "--output", "{out}"),
    ("review", "book", "--quick", "--output", "{out}"),
    ("review", "atlas", "--cases", "50", "--output", "{out}"),
)  # fmt: skip


@pytest.mark.parametrize("arguments", PAGES, ids=lambda each: " ".join(each[:2]))
def test_no_page_holds_a_tag_or_an_attribute_that_a_text_brought_in(
    arguments: Sequence[str], hostile: Path, hostile_rules: RuleBase, tmp_path: Path
) -> None:
    out = tmp_path / "out.html"
    named = {"answers": str(answers(tmp_path, hostile_rules)), "out": str(out)}
    code, told = run_command([*(each.format(**named) for each in arguments), "--rules", str(hostile)])
    assert code == 0, told
    text = out.read_text(encoding="utf-8")
    page = Page(text)
    own = Page(re.sub("owned", "", text))

    assert page.tags == own.tags
    assert "img" not in page.tags
    assert "owned()" not in "".join(re.findall(r"<script>(.*?)</script>", text, re.DOTALL))
    assert {name for name, _ in page.attributes if name.startswith("on")} == set()
    assert steering(text.replace("\t", "")) == set()


NAMES = (
    ("ask", "--answers", "{name}"), ("ask", "--resume", "{name}"), ("replay", "{name}"), ("assess", "{name}"),
    ("fhir", "response", "{name}"), ("review", "measure", "{name}"), ("review", "class", "{name}"),
    ("review", "diff", "{name}"), ("review", "rule", "{name}"),
    ("review", "prove", "--property", "{name}"), ("review", "walk", "--notes", "{name}/x"),
    ("practice", "--case", "{name}", "--patient"), ("practice", "--exam", "--items", "2", "--output", "{name}/x"),
    ("findings", "--rules", "{name}"),
)  # fmt: skip


@pytest.mark.parametrize("arguments", NAMES, ids=lambda each: " ".join(each[:2]))
def test_a_name_in_a_message_cannot_steer_the_terminal(arguments: Sequence[str]) -> None:
    name = STEERS.replace("\x00", "") + "owned"
    rules = () if "--rules" in arguments else ("--rules", str(SMALL))
    code, told = run_command([*(each.format(name=name) for each in arguments), *rules])

    assert code in (1, 3), told
    assert "owned" in told
    assert steering(told) == set()


def test_files_that_are_there_and_have_such_a_name_are_told_safely(tmp_path: Path, rulebase: RuleBase) -> None:
    name = STEERS.replace("\x00", "") + "owned"
    given = tmp_path / f"{name}.json"
    given.write_text('{"answers": {"dry_soil": "yes"}, "told": {}}', encoding="utf-8")
    small = ("--rules", str(SMALL))
    for arguments in (
        ("ask", "--answers", str(given), "--output", str(tmp_path / f"{name}.txt")),
        ("replay", str(given), str(given)),
        ("review", "diff", str(SMALL), str(SMALL), "--random", "2", "--sessions", str(given)),
        ("review", "book", "--quick", "--output", str(tmp_path / f"{name}.html")),
        ("practice", "--export", "gift", "--items", "2", "--output", str(tmp_path / f"{name}.gift")),
    ):
        code, told = run_command([*arguments, *(() if "diff" in arguments else small)])
        assert code in (0, 1), told
        assert steering(told) == set(), arguments


def test_keys_of_a_case_that_nobody_knows_are_told_safely(tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text(json.dumps({"id": STEERS, "answers": {f"{STEERS}owned": "yes"}}), encoding="utf-8")
    session = tmp_path / "session.json"
    session.write_text(json.dumps({"answers": {f"{STEERS}owned": "yes"}}), encoding="utf-8")
    for arguments in (("assess", str(cases)), ("fhir", "response", str(session)), ("replay", str(session)),
                      ("ask", "--answers", str(session)), ("ask", "--plain", "--resume", str(session))):  # fmt: skip
        _, told = run_command([*arguments, "--rules", str(SMALL)])
        plain = "\n".join(line for line in told.splitlines() if not line.startswith('{"id"'))
        assert steering(plain) == set(), (arguments, plain)


def test_the_name_of_a_student_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    out = tmp_path / "exam.yaml"
    exam = ("practice", "--plain", "--exam", "--items", "2", "--seed", "3", "--output", str(out), "--rules", str(SMALL))
    run_command([*exam, "--name", f"{HOSTILE}Ann"], b"1\ng\n1\ng\n")
    handed_in = out.read_text(encoding="utf-8")
    assert steering(handed_in) == set()
    forged = re.sub("student: .*", lambda _: f"student: {json.dumps(HOSTILE + 'Ann')}", handed_in)
    out.write_text(forged, encoding="utf-8")
    other = tmp_path / "other.yaml"
    other.write_text(forged.replace("began: '20", "began: '19"), encoding="utf-8")

    _, told = run_command(["review", "class", str(out), str(other), "--rules", str(SMALL)])

    assert steering(told) == set()


def test_no_name_in_a_rule_file_leads_out_of_its_folder(tmp_path: Path) -> None:
    """Ids are no paths: they hold no slash, and nothing is opened or written by the name of one."""
    rules = tmp_path / "rules"
    (rules / "x").mkdir(parents=True)
    (tmp_path / "outside.yaml").write_text("topic: outside\n", encoding="utf-8")
    for path in sorted(SMALL.rglob("*.yaml")):
        (rules / "x" / path.name).write_bytes(path.read_bytes())
    for name in ("../outside", "/etc/passwd", "..%2Foutside"):
        (rules / "more.yaml").write_text(f'topic: more\nrules:\n  "{name}.a": {{says: x}}\n', encoding="utf-8")
        code, told = run_command(["review", "check", "--rules", str(rules)])
        assert code == 1
        assert "no rule id" in told or "S2" in told or "R4" in told, told
    (rules / "more.yaml").unlink()
    (rules / "outside").symlink_to(tmp_path, target_is_directory=True)
    code, told = run_command(["review", "check", "--rules", str(rules)])
    assert (code, "is a link to a folder" in told) == (1, True)
