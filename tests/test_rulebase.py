"""Rule files in, a checked rule base or every mistake out.

Each file (or folder of files) in `broken/` is put into a small rule base that is otherwise right. Its first lines say
which mistakes must be found, and with which hint. Anything found besides is a mistake of the reader.
"""

from __future__ import annotations

import json
import math
import os
import random
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import date
from functools import cache, reduce
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from quiz import yamltext
from quiz.engine import Engine
from quiz.errors import Problem, RuleBaseError
from quiz.model import Group, Interval, Is, RuleBase, Supports, Urgency
from quiz.rulebase import attempt, found, load
from quiz.rulebase.forms import check
from quiz.rulebase.found import MOST, MOST_NEAR
from quiz.rulebase.schema import RuleFile, json_schema, keys_at
from quiz.solver import cannot_fire
from quiz.yamltext import Node
from tests.hostile import HARMLESS, HOSTILE

HERE = Path(__file__).parent
SMALL = HERE / "rulebases" / "small"
SHIPPED = HERE.parent / "rules"
BROKEN = sorted((HERE / "broken").iterdir())
FORM_MISTAKES_THE_SCHEMA_CANNOT_SEE = {"empty-text"}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A copy of the small rule base, to break."""
    return Path(shutil.copytree(SMALL, tmp_path / "rules"))


def found_in(folder: Path) -> list[str]:
    """The mistakes of a folder of rules, each as in the head of a broken file, under paths relative to it."""
    with pytest.raises(RuleBaseError) as error:
        load(folder, cannot_fire)
    assert str(error.value) == "\n".join(map(str, error.value.problems))
    return [line.replace(f"{folder}/", "") for problem in error.value.problems for line in str(problem).splitlines()]


def expected_of(path: Path, name: str) -> Iterator[str]:
    """What the head of a broken file says, in the words of a message about a file of this name."""
    for line in path.read_bytes().decode("utf-8", "replace").splitlines():
        if line.startswith("# expect: "):
            yield f"{name}:{line.removeprefix('# expect: ')}"
        elif line.startswith("# hint: "):
            yield f"  hint: {line.removeprefix('# hint: ')}"
        else:
            return


@pytest.mark.parametrize("broken", BROKEN, ids=lambda path: path.stem)
def test_a_broken_file_is_told_exactly_and_nothing_else_is(small: Path, broken: Path) -> None:
    copy = small / broken.name
    if broken.is_dir():
        shutil.copytree(broken, copy)
        files = sorted(broken.iterdir())
    else:
        shutil.copy(broken, copy)
        files = [broken]

    expected = [
        line
        for file in files
        for line in expected_of(file, f"{copy.relative_to(small)}/{file.name}" if broken.is_dir() else file.name)
    ]

    assert expected
    assert found_in(small) == expected


# --- broken things that no text file in this repository can be ---------------------------------------


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)


def _nested(path: Path) -> None:
    path.write_text("topic: deep\nrules: " + "[" * 10_000 + "]" * 10_000, encoding="utf-8")


def _nested_blocks(path: Path) -> None:
    path.write_text("topic: deep\nrules:\n" + "\n".join(" " * n + "a:" for n in range(1, 2_000)), encoding="utf-8")


def _bomb(path: Path) -> None:
    levels = ["topic: &a0 lol"] + [f"x{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    path.write_text("\n".join(levels), encoding="utf-8")


def _text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content.encode("utf-8"))


UNBUILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "a 100 MB file": (_huge, "x.yaml: F103 is larger than 4 MB"),
    "10,000 levels of nesting": (_nested, "x.yaml:2:47: F111 is nested more than 40 levels deep"),
    "2,000 levels of blocks": (_nested_blocks, "x.yaml:41:40: F111 is nested more than 40 levels deep"),
    "an alias bomb": (_bomb, "x.yaml:1:8: F112 anchors and aliases (& and *) are not read"),
    "a folder": (lambda path: path.mkdir(), "x.yaml: F102 is not a regular file"),
    "a named pipe": (lambda path: os.mkfifo(path), "x.yaml: F102 is not a regular file"),
    "a link to nothing": (lambda path: path.symlink_to("nowhere"), "x.yaml: F101 cannot be read: No such file"),
    "a link to itself": (lambda path: path.symlink_to(path), "x.yaml: F101 cannot be read: Too many levels"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "x.yaml: F102 is not a regular file"),
    "an empty file": (_text(""), "x.yaml: F110 is empty"),
    "only comments": (_text("# nothing\n\n  # here\n"), "x.yaml: F110 is empty"),
    "an empty document": (_text("---\n"), "x.yaml: F110 is empty"),
    "a byte-order mark": (_text("\ufefftopic: broken\n"), "x.yaml:1:1: F104 begins with a byte-order mark"),
    "UTF-16": (lambda path: path.write_bytes("topic: broken".encode("utf-16")), "x.yaml:1:1: F105 is not UTF-8"),
    "a null character": (_text("topic: a\n\x00"), "x.yaml:2:1: F108 holds a character that cannot be seen (U+0000)"),
    "another line break": (_text("topic: a\u2028b: c\n"), "x.yaml:1:9: F108 holds a character that cannot be seen"),
}  # fmt: skip


@pytest.mark.parametrize(("build", "message"), UNBUILT.values(), ids=UNBUILT)
def test_what_is_no_readable_file_is_told_at_once(small: Path, build: Callable[[Path], object], message: str) -> None:
    build(small / "x.yaml")
    begun = time.process_time()

    told, *hints = found_in(small)

    assert told.startswith(message)
    assert [each.split(":")[0] for each in hints] == ["  hint"]
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("name", HOSTILE)
def test_a_text_made_to_cost_much_is_read_or_refused_with_no_more_problems_than_anybody_reads(
    small: Path, name: str
) -> None:
    """What each costs is measured in `bench/loading.py`."""
    (small / "x.yaml").write_text(HOSTILE[name](20_000), encoding="utf-8")
    problems: tuple[Problem, ...] = ()

    try:
        load(small)
    except RuleBaseError as error:
        problems = error.problems

    assert bool(problems) == (name not in HARMLESS)
    assert len(problems) <= MOST or [each.code for each in problems].index("S299") == MOST
    assert all(each.position.line for each in problems)


def test_unknown_words_are_compared_with_the_known_ones_a_bounded_number_of_times(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = list[str]()

    def noting(word: str, known: Iterable[str]) -> str:
        compared.append(word)
        return ""

    monkeypatch.setattr(found, "did_you_mean", noting)
    (small / "x.yaml").write_text(HOSTILE["unknown findings in a list"](20_000), encoding="utf-8")

    assert len(found_in(small)) > 2 * MOST_NEAR
    assert len(compared) == MOST_NEAR


@pytest.mark.parametrize("file", [str(path.relative_to(SMALL)) for path in sorted(SMALL.rglob("*.yaml"))])
def test_a_slip_in_one_file_makes_nothing_wrong_in_the_others(small: Path, file: str) -> None:
    with (small / file).open("a", encoding="utf-8") as broken:
        broken.write('"x: [\n')

    assert {each.split(":")[0] for each in found_in(small) if "hint:" not in each} == {file}


def test_a_mistake_of_form_in_one_entry_makes_nothing_else_wrong(small: Path) -> None:
    told: dict[str, list[str]] = {}
    for file in sorted(small.rglob("*.yaml")):
        text, plain = file.read_text(encoding="utf-8"), _plain(file)
        for section, entry in _entries(plain):
            broken = deepcopy(plain)
            broken[section][entry]["no_key"] = "x"
            file.write_text(yamltext.write(broken), encoding="utf-8")
            told[f"{section} {entry}"] = [
                each for each in found_in(small) if "hint:" not in each and "S202" not in each
            ]
        file.write_text(text, encoding="utf-8")

    assert len(told) > 50
    assert {each: found for each, found in told.items() if found} == {}


@pytest.mark.parametrize(
    ("day", "is_to_come"), [("2026-02-28", False), ("2026-03-01", False), ("2026-03-02", False), ("2026-03-03", True)]
)
def test_the_day_of_a_review_may_be_tomorrow_which_is_today_elsewhere(
    small: Path, monkeypatch: pytest.MonkeyPatch, day: str, is_to_come: bool
) -> None:
    class Calendar(date):
        @classmethod
        def today(cls) -> Calendar:
            return cls(2026, 3, 1)

    text = (HERE / "broken" / "reviewed-on-a-day-to-come.yaml").read_text(encoding="utf-8")
    (small / "x.yaml").write_text(text.replace("9999-01-01", day), encoding="utf-8")
    monkeypatch.setattr("quiz.rulebase.reasoning.date", Calendar)
    _, problems = attempt(small)

    assert [each.message for each in problems] == ([f'"{day}" is still to come'] if is_to_come else [])


DEFINING = {"findings", "concepts", "rules", "states", "facts", "sources", "teaching", "vignettes", "screens",
            "look_alikes", "properties", "mechanisms", "misconceptions"}  # fmt: skip
"""Sections whose keys are ids of their own."""


@pytest.mark.parametrize("section", sorted(DEFINING))
def test_an_id_that_stands_twice_is_told_once_with_the_place_of_the_first(small: Path, section: str) -> None:
    files = [(file, yamltext.parse(file.read_bytes(), "x")) for file in sorted(small.rglob("*.yaml"))]
    file, node = next((file, node.plain()) for file, node in files if isinstance(node, Node) and section in node.keys)
    name, entry = next(iter(node[section].items()))
    (small / "x.yaml").write_text(yamltext.write({"topic": "twice", section: {name: entry}}), encoding="utf-8")

    first = rf"{re.escape(str(file.relative_to(small)))}:\d+:3"
    told = [each for each in found_in(small) if "hint:" not in each]
    assert [bool(re.fullmatch(f'x.yaml:3:3: R401 "{re.escape(name)}" is already defined at {first}', each))
            for each in told] == [True], told  # fmt: skip


@pytest.mark.parametrize("name", [str(each.relative_to(SMALL)) for each in sorted(SMALL.rglob("*.yaml"))])
def test_each_unknown_id_is_told_once_and_at_its_place_wherever_it_stands(small: Path, name: str) -> None:
    plain, file = load(SMALL), small / name
    ids = {*plain.findings, *plain.concepts, *plain.rules, *plain.states, *plain.facts, *plain.sources, *plain.teaching}
    text = file.read_text(encoding="utf-8")

    for road, scalar in _scalars(yaml.compose(text)):
        if scalar.value in ids and not (road[-1] is None and len(road) == 3 and road[0] in DEFINING):
            begin, end = scalar.start_mark, scalar.end_mark
            other = ("X" if scalar.value[0].isupper() else "x") + scalar.value
            file.write_text(text[: begin.index] + other + text[end.index :], encoding="utf-8")
            told = [each for each in found_in(small) if "hint:" not in each]
            place = f"{name}:{begin.line + 1}:{begin.column + 1}: "
            assert [(each.startswith(place), f'"{other}"' in each) for each in told] == [(True, True)], (road, told)


def _scalars(node: yaml.Node | None, road: tuple[str | int | None, ...] = ()) -> Iterator[tuple[Any, yaml.ScalarNode]]:
    """Each scalar with its road of keys and places. The road of a key ends with None."""
    if isinstance(node, yaml.ScalarNode):
        yield road, node
    elif isinstance(node, yaml.SequenceNode):
        for place, each in enumerate(node.value):
            yield from _scalars(each, (*road, place))
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*road, key.value, None), key
            yield from _scalars(value, (*road, key.value))


def _entries(plain: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each definition of a file, by section and id."""
    for section in plain.keys() - {"practice"}:
        inside = plain[section] if isinstance(plain[section], dict) else {}
        yield from ((section, each) for each in inside if isinstance(inside[each], dict))


def test_a_slip_just_before_an_id_makes_it_unknown_to_nobody(small: Path) -> None:
    file = small / "findings.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("  dry_soil:", "  -dry_soil: ["), encoding="utf-8")

    assert {each.split(":")[0] for each in found_in(small) if "hint:" not in each} == {"findings.yaml"}


def test_nothing_is_called_unknown_that_a_folder_which_is_not_read_may_define(small: Path) -> None:
    (small / "facts").rename(small.parent / "elsewhere")
    (small / "facts").symlink_to(small.parent / "elsewhere", target_is_directory=True)

    assert found_in(small) == ["facts: F102 is a link to a folder", "  hint: put the folder itself here"]


def test_nothing_is_called_unknown_that_a_file_in_another_alphabet_may_define(small: Path) -> None:
    file = small / "findings.yaml"
    file.write_bytes(file.read_text(encoding="utf-8").encode("utf-16-le"))

    assert [each for each in found_in(small) if "F105" not in each and "F108" not in each and "hint:" not in each] == []


def test_a_file_that_may_not_be_read_is_told(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open  # permissions do not stop root, who runs the tests in some places

    def refuse(path: str | os.PathLike[str], *rest: int) -> int:
        if os.fspath(path).endswith("lessons.yaml"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *rest)

    monkeypatch.setattr(os, "open", refuse)

    assert found_in(small) == [
        "lessons.yaml: F101 cannot be read: Permission denied",
        "  hint: look at its permissions, and at those of its folder",
    ]


def test_a_link_to_a_folder_is_refused_rather_than_followed_in_a_circle(small: Path) -> None:
    (small / "again").symlink_to(small, target_is_directory=True)

    assert found_in(small) == ["again: F102 is a link to a folder", "  hint: put the folder itself here"]


def test_a_folder_without_rule_files_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")

    assert f"{tmp_path}: F100 holds no rule files" in found_in(tmp_path)


def test_a_folder_that_does_not_exist_is_told(tmp_path: Path) -> None:
    assert found_in(tmp_path / "nowhere") == [
        f"{tmp_path}/nowhere: F100 is not a folder of rule files",
        "  hint: name a folder with files that end in .yaml",
    ]


def test_hidden_files_and_other_kinds_of_files_are_not_read(small: Path) -> None:
    (small / ".draft.yaml").write_text("&", encoding="utf-8")
    (small / "notes.txt").write_text("&", encoding="utf-8")

    assert load(small).rules


def test_a_missing_notice_and_missing_advice_are_told_of_the_folder(small: Path) -> None:
    basics = (small / "basics.yaml").read_text(encoding="utf-8")
    kept = basics.split("notice:")[0] + "states:" + basics.split("states:")[1]
    (small / "basics.yaml").write_text(kept, encoding="utf-8")

    found = [line for line in found_in(small) if not line.startswith("  hint")]

    assert found == [f"{small}: R410 no advice for {word}" for word in ("emergency", "routine", "same_day", "soon")] + [
        f"{small}: R410 no file has a `notice`"
    ]


def tower(folder: Path, order: Iterable[int], top: int) -> None:
    """Concepts c0, c1, ... each on top of the one before, and a rule on the one at the top."""
    lines = ["topic: a tower", "concepts:"]
    for n in order:
        below = f"c{n - 1}" if n else "dry_soil"
        lines.append(f"  c{n}: {{label: c, when: {{{below}: yes}}, because: So., facts: [F-WATER-01], state: draft}}")
    (folder / "tower.yaml").write_text("\n".join(lines), encoding="utf-8")
    rules = (folder / "rules.yaml").read_text(encoding="utf-8")
    on_top = rules.replace("when: {long_stems: yes}", f"when: {{any: [{{c{top}: yes}}, {{long_stems: yes}}]}}")
    (folder / "rules.yaml").write_text(on_top, encoding="utf-8")


@pytest.mark.parametrize("upside_down", [False, True])
def test_concepts_stacked_too_high_are_refused_in_either_order(small: Path, upside_down: bool) -> None:
    tower(small, reversed(range(1_500)) if upside_down else range(1_500), top=0)

    found = [line for line in found_in(small) if not line.startswith("  hint")]

    assert found
    assert all("R419 stands on 61 levels of groups and concepts, at most 60 can be run" in line for line in found)


def test_a_rule_may_stand_on_sixty_levels_and_not_on_one_more(small: Path) -> None:
    tower(small, range(60), top=58)
    assert Engine(load(small)).certain({"dry_soil": "yes"}).rule("low-light.long-stems")

    shutil.copy(SMALL / "rules.yaml", small)
    tower(small, range(60), top=59)
    assert [line.split(" at most")[0] for line in found_in(small)] == [
        "rules.yaml:108:3: R419 stands on 61 levels of groups and concepts,",
        "  hint: make the concepts below it flatter",
    ]


# --- what is read right -------------------------------------------------------------------------------


@cache
def rulebase() -> RuleBase:
    return load(SMALL, cannot_fire)


def test_the_small_rule_base_uses_every_section_of_the_format() -> None:
    used = {key for path in SMALL.rglob("*.yaml") for key in _plain(path)}

    assert used == set(RuleFile.model_fields)


def test_a_rule_is_read_with_all_it_says() -> None:
    rule = rulebase().rules["low-water.hanging"]

    assert rule.when == Group("all", (Is("leaves_hang", "yes"), Is("dry_soil", "yes")))
    assert isinstance(rule.then, Supports)
    assert (rule.provenance.reviewed_by, rule.provenance.reviewed_on) == ("A. Gardener", "2026-02-01")
    assert rule.provenance.sources == ("almanac",)
    assert rule.position.path.endswith("small/rules.yaml")


def test_bands_become_intervals_with_the_right_ends() -> None:
    bands = rulebase().findings["days_dry"].bands

    assert bands["long"] == Interval(14.0, None)
    assert bands["very_long"] == Interval(30.0, None, with_low=False)
    assert bands["middling"] == Interval(5.0, 14.0)


def test_answers_in_cases_come_in_the_findings_own_unit() -> None:
    assert rulebase().vignettes["vignette.window"].answers["days_dry"] == 21.0


def test_one_of_is_any_of_the_words() -> None:
    parts = (Is("pot", "clay"), Is("pot", "plastic"))

    assert rulebase().concepts["pot_known"].when == Group("any", parts)


def test_a_name_of_a_medicine_leads_to_each_of_its_classes() -> None:
    assert rulebase().medicines["Shine and Grow"] == ("plant_feed", "leaf_shine")


def test_the_advice_covers_every_urgency() -> None:
    assert set(rulebase().advice) == set(Urgency)


def test_the_values_of_a_rule_base_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        rulebase().rules["low-water.hanging"] = None  # type: ignore[index]  # that mypy refuses it as well is the point


def test_the_same_text_has_the_same_fingerprint_with_either_kind_of_line_end(small: Path) -> None:
    before = load(small).fingerprint
    for path in small.rglob("*.yaml"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert load(small).fingerprint == before == rulebase().fingerprint


def test_any_change_of_a_text_changes_the_fingerprint(small: Path) -> None:
    path = small / "lessons.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")

    assert load(small).fingerprint != rulebase().fingerprint


def test_each_file_is_read_once(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, read = os.open, list[str]()

    def noting(path: str | os.PathLike[str], *rest: int) -> int:
        read.append(os.path.basename(path))
        return opened(path, *rest)

    monkeypatch.setattr(os, "open", noting)
    load(small)

    assert sorted(each for each in read if each.endswith(".yaml")) == sorted(
        path.name for path in SMALL.rglob("*.yaml")
    )


@given(st.randoms(use_true_random=False), st.sampled_from(sorted(SMALL.rglob("*.yaml"))), st.integers(1, 3))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_to_a_file_the_reader_answers_with_problems_or_rules(
    tmp_path_factory: pytest.TempPathFactory, dice: random.Random, path: Path, times: int
) -> None:
    folder = tmp_path_factory.mktemp("fuzzed") / "rules"
    shutil.copytree(SMALL, folder)
    lines = path.read_text(encoding="utf-8").splitlines()
    for _ in range(times):
        n = dice.randrange(len(lines))
        slip = dice.choice(["", "  " + lines[n], lines[n][1:], lines[n] + " {", lines[n].replace(": ", ": [", 1),
                            lines[n].replace("yes", "null"), lines[n].replace("[", "").replace("]", ""),
                            lines[dice.randrange(len(lines))], lines[n].replace(":", ": 3 #", 1)])  # fmt: skip
        lines[n] = slip
    (folder / path.relative_to(SMALL)).write_text("\n".join(lines), encoding="utf-8")

    with suppress(RuleBaseError):  # anything else that is raised fails the test
        load(folder, cannot_fire)


# --- the schema for editors ---------------------------------------------------------------------------


VALIDATOR = Draft202012Validator(json.loads(json_schema()))


def _plain(path: Path) -> dict[str, Any]:
    node = yamltext.parse(path.read_bytes(), str(path))
    assert not isinstance(node, Problem), node
    content: dict[str, Any] = node.plain()
    return content


def test_the_schema_under_rules_is_current() -> None:
    """Write it anew with: python -c "from quiz.rulebase.schema import json_schema as s; print(s(), end='')"."""
    assert (SHIPPED / "schema.json").read_text(encoding="utf-8") == json_schema()


RULE_FILES = [path for root in (SHIPPED, SMALL) for path in sorted(root.rglob("*.yaml")) if "cases" not in path.parts]


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: str(path.relative_to(HERE.parent)))
def test_a_rule_file_names_the_schema_and_follows_it(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")

    named = path.parent / first.split("=", 1)[1]

    assert named.resolve() == SHIPPED / "schema.json"
    assert [error.message for error in VALIDATOR.iter_errors(_plain(path))] == []


def test_an_editor_marks_every_mistake_of_form_that_a_schema_can_see() -> None:
    unseen = set()
    for path in BROKEN:
        if path.is_file() and ": S2" in path.read_bytes().decode("utf-8", "replace").splitlines()[0]:
            node = yamltext.parse(path.read_bytes(), str(path))
            assert not isinstance(node, Problem)
            if VALIDATOR.is_valid(node.plain()):
                unseen.add(path.stem)

    assert unseen == FORM_MISTAKES_THE_SCHEMA_CANNOT_SEE


@pytest.mark.parametrize(
    ("road", "some"),
    [
        ((), {"topic", "rules", "sources"}),
        (("rules", "a.b"), {"says", "when", "because"}),
        (("rules", "a.b", "then"), {"supports", "strength"}),
        (("findings", "a", "bands", "b"), {"below", "facts"}),
        (("states", "A_LOW", "ask", 0), {"says", "facts", "when"}),
        (("implications", 3), {"when", "then", "because"}),
        (("nowhere", "at", 0, "all"), set()),
    ],
)
def test_the_keys_of_each_place_are_known_for_hints(road: tuple[str | int, ...], some: set[str]) -> None:
    known = set(keys_at(road))

    assert some <= known
    assert bool(known) == bool(some)


# --- the form of a file, and its model ----------------------------------------------------------------


def _outcome(read: Callable[[object], object], plain: object) -> object:
    """What a reader makes of a file, or its mistakes: their kinds and roads."""
    try:
        return read(plain)
    except ValidationError as error:
        kinds = {"model_type": "dict_type"}  # one is said of a model, the other of a mapping
        return [(kinds.get(each["type"], each["type"]), each["loc"]) for each in error.errors(include_url=False)]


def _as_model(plain: object) -> object:
    return RuleFile.model_validate(plain).model_dump()


def _as_form(plain: object) -> object:
    return _lists(check(plain))


def _lists(read: object) -> object:
    if isinstance(read, dict):
        return {key: _lists(each) for key, each in read.items()}
    return [_lists(each) for each in read] if isinstance(read, (list, tuple)) else read


SMALL_FILES = [_plain(path) for path in sorted(SMALL.rglob("*.yaml"))]
_ODD = st.sampled_from(
    [None, True, 0, -1, 2.5, math.inf, "", " ", "draft", "X", "A_LOW", "a.b", [], ["a"], {}, {"a": 1}]
)


def _roads(value: object, road: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield road
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in inside:
        yield from _roads(each, (*road, step))


@given(st.data(), st.sampled_from(SMALL_FILES))
def test_the_compiled_form_accepts_what_the_models_accept_and_refuses_the_rest_alike(
    data: st.DataObject, file: dict[str, object]
) -> None:
    plain: Any = deepcopy(file)
    for _ in range(data.draw(st.integers(0, 3))):
        roads = [road for road in _roads(plain) if road]
        if roads:
            *way, last = data.draw(st.sampled_from(roads))
            inside = reduce(lambda value, step: value[step], way, plain)
            slip = data.draw(st.sampled_from(["another", "gone", "renamed"]))
            if slip == "another":
                inside[last] = data.draw(_ODD)
            elif slip == "gone":
                del inside[last]
            elif isinstance(inside, dict):
                inside[data.draw(st.sampled_from(["x", "X", "when", "is", "is_", "from", "a.b"]))] = inside.pop(last)

    assert _outcome(_as_form, plain) == _outcome(_as_model, plain)


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: str(path.relative_to(HERE.parent)))
def test_the_compiled_form_of_a_rule_file_says_what_its_model_says(path: Path) -> None:
    assert _as_form(_plain(path)) == _as_model(_plain(path))


@pytest.mark.parametrize("broken", BROKEN, ids=lambda path: path.stem)
def test_every_mistake_comes_with_a_way_out(broken: Path) -> None:
    """An answer that cannot be read says in its sentence what can."""
    for file in sorted(broken.iterdir()) if broken.is_dir() else [broken]:
        told = list(expected_of(file, "file"))
        without = [one for one, two in pairwise([*told, ""]) if "hint:" not in one + two]
        assert [each for each in without if " A501 " not in each] == []
