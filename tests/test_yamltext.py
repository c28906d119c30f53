"""Less than YAML, on purpose. What is refused as a file is in `broken/`; here is what single texts are read as."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quiz.errors import Position, Problem
from quiz.filebytes import LARGEST, read_bytes
from quiz.yamltext import Node, cut_texts, parse, write
from tests import plain_reading

HERE = Path(__file__).parent
FILES = sorted((HERE / "rulebases" / "small").rglob("*.yaml")) + sorted((HERE.parent / "rules").rglob("*.yaml"))


def parsed(text: str) -> Node:
    node = parse(text.encode("utf-8"), "x.yaml")
    assert isinstance(node, Node), node
    return node


def refused(content: bytes) -> Problem:
    problem = parse(content, "x.yaml")
    assert isinstance(problem, Problem)
    return problem


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("Off", "Off"), ("y", "y"), ("true", True), ("false", False),
        ("True", "True"), ("null", None), ("~", None), ("", None), ("Null", "Null"), ("12", 12), ("-3", -3), ("0", 0),
        ("3.50", 3.5), ("-0.25", -0.25), ("012", "012"), ("0x1f", "0x1f"), ("0o17", "0o17"), ("1_000", "1_000"),
        ("1e3", "1e3"), ("1.", "1."), (".5", ".5"), ("+1", "+1"), (".nan", ".nan"), (".inf", ".inf"),
        ("2026-01-31", "2026-01-31"), ("12:30:45", "12:30:45"), ("1234567890123456", "1234567890123456"),
        ("'12'", "12"), ('"true"', "true"), ('"a\\tb"', "a\tb"), ("naïve", "naïve"), ("=", "="),
    ],
)  # fmt: skip
def test_a_scalar_is_read_as(text: str, value: object) -> None:
    read = parsed(f"a: {text}").plain()["a"]

    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("road", "place", "value_place"),
    [
        ((), (1, 1), (1, 1)),
        (("a",), (1, 1), (1, 4)),
        (("b",), (2, 1), (3, 3)),
        (("b", 0), (3, 5), (3, 5)),
        (("b", 1, "c"), (4, 5), (4, 8)),
        (("b", 1, "c", 1), (4, 12), (4, 12)),
        (("b", 1, "missing"), (4, 5), (4, 5)),
        (("b", 7), (2, 1), (2, 1)),
        (("nowhere", "at", "all"), (1, 1), (1, 1)),
    ],
)
def test_the_place_at_the_end_of_a_road_is(
    road: tuple[str | int, ...], place: tuple[int, int], value_place: tuple[int, int]
) -> None:
    node = parsed("a: é x\nb:\n  - 'é'\n  - c: [1, 2]\n")

    assert node.find(road) == place
    assert node.find(road, value=True) == value_place


def test_columns_count_characters_and_not_bytes() -> None:
    assert refused("naïve: ï, ï: \x07".encode()).position == Position("x.yaml", 1, 14)
    assert refused("naïve: ï, ï: ".encode() + b"\xff").position == Position("x.yaml", 1, 14)
    assert parsed("{naïve: 1, ï: 2}").find(["ï"]) == (1, 12)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_either_kind_of_line_end_gives_the_same_places(ending: str) -> None:
    assert parsed(f"a: 1{ending}b:{ending}  c: 2{ending}").find(["b", "c"]) == (3, 3)


def test_a_text_of_the_largest_size_is_read_and_one_byte_more_is_not() -> None:
    content = b"a: " + b"x" * (LARGEST - 3)

    assert isinstance(parse(content, "x.yaml"), Node)
    assert refused(content + b"x").code == "F103"


def test_forty_levels_are_read() -> None:
    assert isinstance(parse(b"[" * 39 + b"a" + b"]" * 39, "x.yaml"), Node)
    assert refused(b"[" * 40 + b"a" + b"]" * 40).code == "F111"


def test_an_explicit_start_and_end_of_the_one_document_are_read() -> None:
    assert parsed("---\na: 1\n...\n").plain() == {"a": 1}


def test_a_file_that_does_not_exist_is_a_problem_and_not_an_exception(tmp_path: Path) -> None:
    problem = read_bytes(tmp_path / "nowhere.yaml", "nowhere.yaml")

    assert isinstance(problem, Problem)
    assert str(problem).splitlines()[0] == "nowhere.yaml: F101 cannot be read: No such file or directory"


def test_a_message_cannot_move_the_cursor() -> None:
    problem = refused(b'"\\e[2J\\n": 1\n"\\e[2J\\n": 2\n')

    assert problem.code == "F115"
    assert "\x1b" not in str(problem)
    assert str(problem).count("\n") == 1  # only the one before the hint


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_place_inside_them(content: bytes) -> None:
    read = parse(content, "x.yaml")

    if isinstance(read, Problem):
        assert read.position.line <= content.count(b"\n") + content.count(b"\r") + 2


@given(st.text(alphabet=" \n\t-:,[]{}#&*!|>'\"%@`?ab01.~", max_size=60))
def test_any_text_of_yaml_signs_is_read_or_refused(text: str) -> None:
    assert isinstance(parse(text.encode(), "x.yaml"), (Node, Problem))


def agree(text: str) -> None:
    """Whatever a text holds, it is read as the plain reading says: the same values, places, and first mistake."""
    read, plainly = parse(text.encode(), "x.yaml"), plain_reading.read(text)
    if isinstance(plainly, plain_reading.Reading):
        assert isinstance(read, Node), read
        assert read.plain() == plainly.value
        assert repr(read.plain()) == repr(plainly.value)  # 1 is not 1.0, nor True
        for road, key in plainly.keys.items():
            assert read.find(road) == key
        for road in [(), *plainly.keys]:
            assert read.find(road, value=True) == plainly.values[road]
    else:
        assert isinstance(read, Problem), read
        code, place = plainly
        assert ((read.code, read.position) == (code, place)) or (code == "not YAML" and read.code in ("F106", "F107"))


@given(st.text(alphabet=" \n-:,[]{}&*!|>'\"?aab1.~", max_size=60))
@example("a: 1\na: &b")
@example("a: 1\nb: {c: &d}\na: 2")
@example("? [a, *b]\n: 1")
@example("? {a: 1, a: 2}\n: 1")
@example("a: 1\na: ]")
@example("- - - ? - !t x")
@example("[" * 39 + "{a: b}" + "]" * 39)
@example("[" * 39 + "{}" + "]" * 39)
@example("[" * 40 + "]" * 40)
@example("[" * 40 + "a, *b]")
@example("{a: " * 40 + "1")
@example("{? {a: 1} : {b: 1, b: 2}}")
def test_any_text_of_yaml_signs_is_read_as_the_plain_reading_says(text: str) -> None:
    agree(text)


@given(
    st.lists(
        st.sampled_from(
            ["a: ", "b: ", "- ", "? ", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ", ", "x", "12", "true", "~", "'a'",
             '"1"', "&a ", "*a", "!t ", "|\n", "---\n", "# c\n"]
        ), max_size=30,
    ).map("".join)
)  # fmt: skip
def test_any_pieces_of_yaml_are_read_as_the_plain_reading_says(text: str) -> None:
    agree(text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_rule_file_is_read_as_the_plain_reading_says(path: Path) -> None:
    agree(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", ["%YAML 1.1\n---\na: 1\n", "# c\n%TAG !a! b:\n---\na: 1\n"])
def test_directives_are_refused_where_they_stand(text: str) -> None:
    problem = refused(text.encode())

    assert (problem.code, problem.position.line) == ("F116", text[: text.index("%")].count("\n") + 1)


@pytest.mark.parametrize("text", ["a: 50%\nb: '%TAG'\n", "a:\n  %x\n", 'a: "\n  %TAG"\n'])
def test_a_percent_sign_within_a_text_is_no_directive(text: str) -> None:
    assert "%" in str(parsed(text.replace("%x", "'%x'")).plain())


_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.decimals(-1000, 1000, places=3).map(float),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30),
    st.sampled_from(
        ["no", "yes", "true", "null", "~", "12", "1.5", "1e5", "- a", "a: b", "# c", "", " ", "2026-01-31", "=", "<<"]
    ),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text("ab: #\n'é", max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["answers", "shown", "no", "12", "null"]), _VALUES, min_size=1))
def test_what_is_written_is_read_back_the_same(content: Mapping[str, object]) -> None:
    assert parsed(write(content)).plain() == content


def test_words_that_look_like_words_are_written_without_quotes() -> None:
    content = {"answers": {"a": "yes", "b": "no", "c": "unsure", "d": 3.5}, "shown": ["x", "12"], "same": ["x", "12"]}

    assert write(content) == (
        'answers:\n  a: yes\n  b: no\n  c: unsure\n  d: 3.5\nshown:\n- x\n- "12"\nsame:\n- x\n- "12"\n'
    )


@pytest.mark.parametrize("value", [1e22, 1e-16, math.nan, math.inf, 10**15])
def test_a_number_that_would_come_back_as_text_is_not_written(value: float) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        write({"a": value})


def test_a_small_number_is_written_without_an_exponent() -> None:
    assert write({"a": 1e-5, "b": -2.5e-9}) == "a: 0.00001\nb: -0.0000000025\n"


def test_the_same_list_twice_is_written_without_an_alias() -> None:
    twice = ["a"]

    assert parsed(write({"a": twice, "b": twice})).plain() == {"a": ["a"], "b": ["a"]}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("says: Ask about no. 5 and #6.\n", (1, 27)),
        ("- Ask about\n  the \N{LATIN SMALL LETTER E WITH ACUTE}lectrolyte #6.\n", (2, 19)),
        ("says: 'Ask about #6.'\n", None),
        ("says: Ask about it. # a note\n", None),
        ("says: Ask about#6\n", None),
        ("when: yes # a note\n", None),
        ("label: weak legs  # both\n", None),
        ("says: Ask about no. #5\na: [" + "[" * 50 + "\n", None),
        ("# a note\nsays: Ask about it\n  # another\n", None),
        ("says: [Ask about #6\n", None),
        ("says: >\n  Ask about #6.\n", None),
    ],
)
def test_a_text_that_a_comment_cuts_is_told_and_no_other(text: str, place: tuple[int, int] | None) -> None:
    told = [(each.code, (each.position.line, each.position.column)) for each in cut_texts(text.encode(), "a.yaml")]

    assert told == ([] if place is None else [("W608", place)])
