"""The compiled form of a rule base tells the same as its files, and is never trusted further than that."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path

import pytest

from quiz.model import RuleBase
from quiz.rulebase import compiled, load
from quiz.rulebase.build import build
from quiz.rulebase.files import rule_files

SMALL = Path(__file__).parent / "rulebases" / "small"
QUIZ = Path(compiled.__file__).parent.parent


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def kept() -> list[Path]:
    folder = compiled.folder()
    return sorted(folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize("folder", [None, SMALL], ids=["shipped", "small"])
def test_what_was_kept_is_equal_to_what_the_files_say(folder: Path | None) -> None:
    from_files = build(rule_files(folder))

    first, second = load(folder), load(folder)

    for each in fields(RuleBase):
        again, built = getattr(second, each.name), getattr(from_files, each.name)
        assert again == built, each.name
        if isinstance(built, Mapping):  # a number may equal the urgency that it stands for, and yet have no word
            assert list(map(repr, again.items())) == list(map(repr, built.items()))
    assert first == second == from_files


def test_threads_that_ask_for_the_same_rules_at_once_get_the_same_ones() -> None:
    expected = load()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(5):
            opened = load()
            with ThreadPoolExecutor(8) as threads:
                found = list(threads.map(lambda _: (dict(opened.rules), dict(opened.concepts)), range(8)))  # noqa: B023
            assert all(rules == expected.rules and concepts == expected.concepts for rules, concepts in found)
            assert all(rules[each] is opened.rules[each] for rules, _ in found for each in rules)
    finally:
        sys.setswitchinterval(interval)


def test_a_warm_start_reads_no_yaml_and_builds_no_schema() -> None:
    load()

    code = (
        "import sys; from quiz.rulebase import load; load(); "
        "print(*sorted({'yaml', 'pydantic', 'pydantic_core', 'platformdirs'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == ""


def test_a_changed_rule_is_never_answered_from_the_cache(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(SMALL, folder)
    before = load(folder)
    path = next(each for each in sorted(folder.rglob("*.yaml")) if "because:" in each.read_text(encoding="utf-8"))
    path.write_text(path.read_text(encoding="utf-8").replace("because: ", "because: Indeed. ", 1), encoding="utf-8")

    after = load(folder)

    assert after.fingerprint != before.fingerprint
    assert after == build(rule_files(folder)) != before


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def one_letter_changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def another_text(path: Path) -> None:
    path.write_bytes(b"\x80\x04K\x01.")


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def open_to_all(path: Path) -> None:
    path.chmod(0o666)


@pytest.mark.parametrize("harm", [cut_short, one_letter_changed, empty, another_text, a_folder, open_to_all])
def test_a_file_that_cannot_be_trusted_is_built_anew_without_a_word(
    harm: Callable[[Path], None], capfd: pytest.CaptureFixture[str]
) -> None:
    load(SMALL)
    (path,) = kept()
    harm(path)

    assert compiled.read(path.stem) is None
    assert load(SMALL) == build(rule_files(SMALL))
    assert capfd.readouterr() == ("", "")


def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    load(SMALL)
    (path,) = kept()
    path.rename(tmp_path / "elsewhere.json")
    path.symlink_to(tmp_path / "elsewhere.json")

    assert compiled.read(path.stem) is None


def test_what_other_code_built_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = compiled.key(rule_files(SMALL), checked=())
    copy = tmp_path / "quiz"
    shutil.copytree(QUIZ, copy)

    monkeypatch.setattr(compiled, "__file__", str(copy / "rulebase" / "compiled.py"))
    compiled._code.cache_clear()
    after = compiled.key(rule_files(SMALL), checked=())
    compiled._code.cache_clear()

    assert before != after


def test_all_code_that_decides_what_a_text_means_counts() -> None:
    names, waiting = set[str](), ["rulebase/build.py", "solver.py"]
    while waiting:
        name = waiting.pop()
        if (QUIZ / name).is_file() and name not in names:
            names.add(name)
            waiting += (f"{each.replace('.', '/')}.py" for each in _ours(QUIZ / name))

    assert {name for name in names if not name.startswith("rulebase/")} == set(compiled.BESIDE)


def _ours(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "quiz":
            yield from (node.module.removeprefix("quiz."), *(alias.name for alias in node.names))
            yield from (f"{node.module}.{alias.name}".removeprefix("quiz.") for alias in node.names)


def test_answers_in_rules_are_told_in_the_unit_of_the_rules_the_first_time_and_the_second() -> None:
    assert "days_dry: 3 weeks" in (SMALL / "lessons.yaml").read_text(encoding="utf-8")
    weeks = [[answer for vignette in load(SMALL).vignettes.values() for answer in vignette.answers.values()
              if not isinstance(answer, str)] for _ in range(2)]  # fmt: skip

    assert 21.0 in weeks[0]
    assert [list(map(type, each)) for each in weeks] == [[float] * len(weeks[0])] * 2


def test_rules_that_were_not_shown_able_to_fire_do_not_stand_for_those_that_were() -> None:
    asked = list[str]()

    def cannot_fire(rulebase: RuleBase) -> tuple[()]:
        asked.append(rulebase.fingerprint)
        return ()

    load(SMALL)
    load(SMALL, cannot_fire)
    load(SMALL, cannot_fire)

    assert len(asked) == 1


def test_only_the_owner_can_read_what_is_kept() -> None:
    load(SMALL)

    assert [oct(each.stat().st_mode & 0o777) for each in kept()] == ["0o600"]
    assert oct(compiled.folder().stat().st_mode & 0o777) == "0o700"


def test_no_more_than_a_few_are_kept() -> None:
    rulebase = build(rule_files(SMALL))
    for number in range(compiled.MOST_KEPT + 3):
        compiled.keep(f"{number:064x}", replace(rulebase, title=str(number)))

    assert len(kept()) == compiled.MOST_KEPT


def test_without_a_place_to_keep_it_the_rules_load_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    assert load(SMALL) == build(rule_files(SMALL))
