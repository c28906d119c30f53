"""Items for Anki, for Moodle and for paper, each read by somebody else's program.

Anki's engine comes from PyPI into an environment of its own, a reader of GIFT from npm; both once, into a cache folder
outside the repository.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from quiz.practice.export import SHARES, anki, gift, guid, letter, paper_html
from quiz.practice.values import Case, Item
from quiz.text import inert
from tests.conftest import ROOT, outside
from tests.practice_making import item, option
from tests.test_page import CACHE, HOME

ANKI = "anki==25.9.2"
GIFT = "gift-pegjs@1.0.2"

NASTY = (
    '=cmd|"/c calc"!A1', "+1+1", "-2", "@SUM(A1)", "<script>alert(1)</script>", "a\tb", "two\nlines", '"quoted"',
    "{{c1::cloze}}", "[sound:x.mp3]", "\\(x\\)", "[html]<b>bold</b>", "%100%all", "// a remark", "~ = # { } : \\ \\n",
    "$CATEGORY: other", "::name:: {T}", "a -> b", "} ~%100%mine {", "####more", "&lt; &amp; &#91;", "TRUE", "#5",
    "Ünïcödé 電",
)  # fmt: skip
"""Texts that mean something to a spreadsheet, a browser, Anki or Moodle."""


def nasty(number: int, text: str, several: bool = False) -> Item:
    right = ("a", "b") if several else ("a",)
    options = tuple(
        replace(option(each, each in right), text=f"{text} {each}", rationale=text, right_if=text) for each in "abcd"
    )
    case = Case("c", text, text, {}, 0.5)
    return replace(
        item(f"i{number}/{text}", right), stem=text, answer=text, options=options, several=several, case=case
    )


ITEMS = [
    *(nasty(number, text, several=number % 2 == 0) for number, text in enumerate(NASTY)),
    item("plain"),
    item("three of five", right="abc", wrong="de"),
    item("all", right="abc", wrong=()),
    item("seven of eight", right="abcdefg", wrong="h"),
]


def in_cache(name: str, fill: Callable[[Path], None]) -> Path:
    """A folder outside the repository, filled by whoever comes first."""
    folder = CACHE / name
    if not folder.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=CACHE))
        fill(fresh)
        try:
            fresh.rename(folder)
        except OSError:  # somebody else was quicker
            shutil.rmtree(fresh)
    return folder


def run(*command: str | Path, given: str = "") -> str:
    done = subprocess.run(
        [str(each) for each in command],
        input=given,
        env={**os.environ, "HOME": HOME},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# --- Anki -------------------------------------------------------------------------------------------


def _install_anki(fresh: Path) -> None:
    run("uv", "pip", "install", "--quiet", "--python", sys.executable, "--target", fresh, ANKI)


def _install_gift(fresh: Path) -> None:
    run("npm", "install", "--prefix", fresh, "--ignore-scripts", "--no-audit", "--no-fund", "--silent", GIFT)


def imported(folder: Path, *texts: str) -> dict[str, Any]:
    """What Anki makes of these files, read in one after another."""
    python = f"python-{sys.version_info.major}.{sys.version_info.minor}"
    packages = in_cache(f"{python}-{ANKI}", _install_anki)
    paths = []
    for number, text in enumerate(texts):
        paths.append(folder / f"{number}.txt")
        paths[-1].write_text(text, encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(packages)!r}); sys.argv = sys.argv[1:]; import runpy; "
    code += "runpy.run_path(sys.argv[0], run_name='__main__')"
    script = ROOT / "tests" / "anki_import.py"
    told: dict[str, Any] = json.loads(
        run(sys.executable, "-I", "-c", code, script, folder / "collection.anki2", *paths)
    )
    return told


class Words(HTMLParser):
    """What a browser would show, and the tags it would act on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.shown = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        self.shown += "\n" if tag == "br" else ""

    def handle_data(self, data: str) -> None:
        self.shown += data


def shown(text: str) -> str:
    return " ".join(inert(text).split())


@outside("uv")
def test_anki_takes_every_item_and_reading_the_file_again_changes_nothing(tmp_path: Path) -> None:
    told = imported(tmp_path, anki(ITEMS), anki(ITEMS))

    assert [log["new"] for log in told["logs"]] == [len(ITEMS), 0]
    assert [log["updated"] for log in told["logs"]] == [0, 0]
    assert {note["guid"] for note in told["notes"]} == {guid(each) for each in ITEMS}
    assert {note["deck"] for note in told["notes"]} == {"Electrolyte quiz"}
    assert {tuple(note["tags"]) for note in told["notes"]} == {("electrolyte-quiz", "mechanism")}


@outside("uv")
def test_anki_updates_an_item_that_was_reworded_and_adds_a_new_one(tmp_path: Path) -> None:
    first = item("x")
    told = imported(tmp_path, anki([first]), anki([replace(first, stem="Better words"), item("y")]))

    assert told["logs"] == [{"new": 1, "updated": 0, "same": 0}, {"new": 1, "updated": 1, "same": 0}]
    assert "Better words" in next(note for note in told["notes"] if note["guid"] == guid(first))["question"]


@outside("uv")
def test_anki_shows_every_text_as_it_stands_and_acts_on_none(tmp_path: Path) -> None:
    told = imported(tmp_path, anki(ITEMS))
    fields = {note["guid"]: note["fields"] for note in told["notes"]}

    assert sum(note["sounds"] for note in told["notes"]) == 0
    for each in ITEMS:
        front, back = (Words(field) for field in fields[guid(each)])
        assert front.tags | back.tags <= {"div", "p", "i", "b", "ol", "li", "br"}
        assert shown(each.stem) in shown(front.shown)
        assert all(shown(one.text) in shown(front.shown) for one in each.options)
        assert all(shown(one.rationale) in shown(back.shown) for one in each.options)


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return list(csv.reader(StringIO("\n".join(lines)), delimiter="\t", quoting=csv.QUOTE_NONE))


def test_every_note_is_one_line_of_four_fields_that_no_spreadsheet_computes() -> None:
    found = rows(anki(ITEMS))

    assert [len(row) for row in found] == [4] * len(ITEMS)
    assert {field[0] for row in found for field in row} <= set("e<")


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)


@any_of(TEXTS)
def test_no_text_breaks_out_of_its_field(text: str) -> None:
    one = nasty(1, text)
    (row,) = rows(anki([one]))

    assert len(row) == 4
    assert "<script" not in row[1]
    assert shown(one.stem) in shown(Words(row[1]).shown)
    assert not set("[]{}\\") & set("".join(row))


def test_the_identity_of_a_note_is_that_of_the_item_alone() -> None:
    first = item("x")
    reworded = replace(first, stem="Other", options=first.options[:2], answer="Other")

    assert guid(reworded) == guid(first)
    assert guid(item("y")) != guid(first)


def test_an_item_dealt_twice_is_exported_once() -> None:
    assert len(rows(anki([item("x"), item("x")]))) == 1
    assert gift([item("x"), item("x")]).count("::x::") == 1


# --- Moodle -----------------------------------------------------------------------------------------


def read_gift(text: str) -> list[dict[str, Any]]:
    modules = in_cache(f"npm-{GIFT}", _install_gift)
    told: list[dict[str, Any]] = json.loads(run("node", ROOT / "tests" / "gift.cjs", modules, given=text))
    return told


def written(text: str) -> str:
    """How a text comes back from GIFT: an arrow is drawn, and runs of blanks are one."""
    return " ".join(inert(text).replace("->", "→").split())


@outside("npm", "node")
def test_another_reader_of_gift_finds_the_same_questions() -> None:
    category, *questions = read_gift(gift(ITEMS))

    assert category["type"] == "Category"
    assert len(questions) == len(ITEMS)
    for each, question in zip(ITEMS, questions, strict=True):
        assert question["type"] == "MC"
        assert question["stem"]["format"] == "plain"
        assert " ".join(question["stem"]["text"].split()).endswith(written(each.stem))
        choices = question["choices"]
        assert [" ".join(one["text"]["text"].split()) for one in choices] == [written(one.text) for one in each.options]
        assert all(one["text"]["format"] == "plain" for one in choices)
        for one, choice in zip(each.options, choices, strict=True):
            assert " ".join(choice["feedback"]["text"].split()) == written(f"{one.rationale} {one.right_if}")
        assert " ".join(question["globalFeedback"]["text"].split()) == written(each.answer)


@outside("npm", "node")
def test_the_right_options_earn_all_and_ticking_everything_earns_nothing() -> None:
    _, *questions = read_gift(gift(ITEMS))
    for each, question in zip(ITEMS, questions, strict=True):
        earns = {
            one.id: 100.0 if choice["isCorrect"] else float(choice["weight"])
            for one, choice in zip(each.options, question["choices"], strict=True)
        }

        assert sum(earns[right] for right in each.key) == pytest.approx(100, abs=0.001)
        if len(each.key) < len(each.options) and each.several:
            assert sum(earns.values()) <= 0.001
        assert all(each_earns <= 0 for name, each_earns in earns.items() if name not in each.key)


@pytest.mark.parametrize("right", range(1, 10))
@pytest.mark.parametrize("wrong", range(1, 8))
def test_moodle_knows_every_percentage(right: int, wrong: int) -> None:
    names = [f"o{number}" for number in range(right + wrong)]
    text = gift([replace(item("x", names[:right], names[right:]), several=True)])
    weights = [float(line[2:].split("%")[0]) for line in text.splitlines() if line.startswith("~%")]

    assert {abs(weight) for weight in weights} <= set(SHARES)
    assert sum(weight for weight in weights if weight > 0) == pytest.approx(100, abs=0.001)


@any_of(TEXTS, st.booleans())
def test_no_text_breaks_out_of_its_question(text: str, several: bool) -> None:
    lines = gift([nasty(1, text, several)]).splitlines()

    assert len(lines) == 1 + 1 + 1 + 4 + 2
    bare = [line.replace("\\\\", "").replace("\\{", "").replace("\\}", "").replace("\\~", "") for line in lines]
    assert [line.count("{") for line in bare] == [0, 0, 1, 0, 0, 0, 0, 0, 0]
    assert [line.count("}") for line in bare] == [0, 0, 0, 0, 0, 0, 0, 0, 1]
    assert all(line.count("~") <= 1 for line in bare)


# --- paper ------------------------------------------------------------------------------------------


def test_the_paper_holds_every_question_and_the_key_stands_apart() -> None:
    page = paper_html(ITEMS, "An exam", 30)
    questions, _, key = page.partition('<section class="key"')

    assert "30 minutes" in questions
    for each in ITEMS:
        assert unescape(questions).count(inert(each.stem)) >= 1
        for one in each.options:
            assert one.rationale not in [line.strip() for line in unescape(questions).splitlines()]
    assert "<h3>1. A, B</h3>" in key
    assert "break-before: page" in page


def test_the_questions_do_not_tell_the_answers() -> None:
    questions = paper_html([item("x")], "An exam").partition('<section class="key"')[0]

    assert "why a" not in questions
    assert "Because." not in questions
    assert "Right.</b>" not in questions


def test_options_are_lettered_beyond_z() -> None:
    assert [letter(place) for place in (0, 1, 25, 26, 27, 52)] == ["A", "B", "Z", "AA", "AB", "BA"]


@any_of(TEXTS)
def test_no_text_becomes_markup_on_paper(text: str) -> None:
    page = paper_html([nasty(1, text)], text)

    assert Words(page).tags <= {
        "html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "h3", "p", "div", "ol", "li",
        "span", "b",
    }  # fmt: skip
