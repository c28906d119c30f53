"""The page to take along, in a real Chromium: one sheet of paper, valid, accessible, black on white, self-contained.

Needs chromium and npm. The oracles come from npm, once, into a cache folder outside the repository.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import pytest

from quiz import wording
from quiz.commands.shared import make_note
from quiz.engine import Engine
from quiz.interview import Interview, Session
from quiz.model import NO, UNSURE, YES, Answer
from tests.conftest import ROOT, outside

pytestmark = outside("chromium", "npm")

ORACLES = ("axe-core@4.14.1", "html-validate@10.17.0", "playwright-core@1.65.1")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "electrolyte-quiz-tests"
"""Read while the home is still that of whoever runs the tests."""

HOME = str(Path.home())

TYPICAL: Mapping[str, Answer] = {
    "age": 70, "sex": "female", "loop_diuretic": YES, "palpitations": YES, "leg_weakness": YES,
    "muscle_cramps": UNSURE, "lightheaded": UNSURE, "ppi": YES, "potassium_mmol_l": 3.1,
}  # fmt: skip

HALF_SURE: Mapping[str, Answer] = {
    "age": 66, "sex": "female", "loop_diuretic": YES, "palpitations": YES, "muscle_cramps": YES, "fatigue": YES,
}  # fmt: skip
"""Palpitations on a water tablet. No other danger sign; all else that is asked is no or, as often, not sure."""

CASES: Mapping[str, Mapping[str, Answer]] = {
    "typical": TYPICAL,
    "half-sure": HALF_SURE,
    "emergency": {**TYPICAL, "chest_pain": YES, "fainting": UNSURE},
    "silence": {"fatigue": NO},
    "much": {
        **TYPICAL, "ckd": YES, "potassium_supplement": YES, "diarrhoea": YES, "tremor": YES, "confusion": UNSURE,
        "seizure": UNSURE, "fainting": UNSURE,
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What the browser and the validator made of one page."""

    sheets: Mapping[str, int]
    violations: tuple[str, ...]
    mistakes: tuple[str, ...]
    coloured: tuple[str, ...]
    requests: tuple[str, ...]
    wide: int


def program(*names: str) -> str:
    found = next((path for name in names if (path := shutil.which(name))), "")
    way_out = "Install Debian's packages chromium and fonts-liberation, and Node.js 20.19 or newer with npm"
    assert found, f"{names[0]} is not on this machine. {way_out}."
    return found


def oracles() -> Path:
    """The folder with the packages from npm, put there by whoever comes first."""
    folder = CACHE / hashlib.sha256(" ".join(ORACLES).encode()).hexdigest()[:12]
    if not (folder / "node_modules").is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=CACHE))
        command = [program("npm"), "install", "--prefix", str(fresh), "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(
            [*command, *ORACLES], env={**os.environ, "HOME": HOME}, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        try:
            fresh.rename(folder)
        except OSError:  # somebody else was quicker
            shutil.rmtree(fresh)
    return folder


def look(folder: Path, pages: Mapping[str, str]) -> dict[str, Seen]:
    """Every page through Chromium, axe and the validator, in one go."""
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    plan = {
        "modules": str(oracles()),
        "chromium": program("chromium", "chromium-browser", "google-chrome"),
        "folder": str(folder),
        "pages": [str(folder / f"{name}.html") for name in pages],
    }
    done = subprocess.run(
        [program("node"), str(ROOT / "tests" / "page.cjs"), json.dumps(plan)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    return {
        name: Seen(
            sheets={paper: sheets(Path(pdf)) for paper, pdf in each["pdfs"].items()},
            violations=tuple(each["axe"]),
            mistakes=tuple(each["mistakes"]),
            coloured=tuple(each["coloured"]),
            requests=tuple(each["requests"]),
            wide=each["wide"],
        )
        for name, each in ((name, told[str(folder / f"{name}.html")]) for name in pages)
    }


def sheets(pdf: Path) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes()))


FAULTY = """<!doctype html><html><head><title>x</title></head><body><p id="a" style="color: #fdd">pale</p>
<img src="http://127.0.0.1:9/x.png"><p id="a">twice</p><div style="height: 3000px; width: 900px"></div></body></html>"""


def asked_through(engine: Engine, sure: Mapping[str, Answer]) -> Mapping[str, Answer]:
    """All the answers after a whole interview: these, no to other danger signs, and else no and not sure in turn."""
    interview, session = Interview(engine.rulebase, engine.assess, engine.outlook), Session()
    others = cycle([NO, UNSURE])
    dangers = {each for screen in engine.rulebase.screens.values() if screen.red_flags for each in screen.findings}
    while step := interview.next(session):
        words = [each.id for each in step.findings if each.words == (YES, NO)]
        rest = {each: NO if each in dangers else next(others) for each in words}
        known = {each.id: sure[each.id] for each in step.findings if each.id in sure}
        session = session.given({**rest, **known}).done(step)
    return session.answers


@pytest.fixture(scope="module")
def seen(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    def page(answers: Mapping[str, Answer]) -> str:
        note, _ = make_note(engine, Session(answers, other_medicines=("<b>Zzyzzyx</b>",)))
        return wording.as_html(wording.sheet(note))

    cases = {**CASES, "half-sure": asked_through(engine, HALF_SURE)}
    pages = {name: page(answers) for name, answers in cases.items()}
    return look(tmp_path_factory.mktemp("pages"), {**pages, "faulty": FAULTY})


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("case", ["typical", "half-sure", "emergency", "silence"])
def test_a_typical_case_fits_one_sheet_of_paper(seen: Mapping[str, Seen], case: str, paper: str) -> None:
    assert seen[case].sheets[paper] == 1


@pytest.mark.parametrize("case", CASES)
def test_axe_finds_nothing_on_the_page_or_on_paper(seen: Mapping[str, Seen], case: str) -> None:
    assert seen[case].violations == ()


@pytest.mark.parametrize("case", CASES)
def test_the_page_is_valid_html(seen: Mapping[str, Seen], case: str) -> None:
    assert seen[case].mistakes == ()


@pytest.mark.parametrize("case", CASES)
def test_the_page_needs_no_colour_and_nothing_from_elsewhere(seen: Mapping[str, Seen], case: str) -> None:
    assert (seen[case].coloured, seen[case].requests) == ((), ())


@pytest.mark.parametrize("case", CASES)
def test_the_page_is_read_on_a_narrow_screen_without_scrolling_sideways(seen: Mapping[str, Seen], case: str) -> None:
    assert seen[case].wide <= 320


def test_those_who_look_at_the_page_would_see_a_fault(seen: Mapping[str, Seen]) -> None:
    faulty = seen["faulty"]

    assert any("serious: color-contrast" in each for each in faulty.violations)
    assert any("critical: image-alt" in each for each in faulty.violations)
    assert any("no-dup-id" in each for each in faulty.mistakes)
    assert faulty.coloured
    assert faulty.requests
    assert faulty.wide > 320
    assert faulty.sheets["A4"] > 1
