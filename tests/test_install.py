"""The program as it is installed: from a wheel and from a source distribution, each in an environment of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from email import message_from_bytes
from pathlib import Path

import pytest

from quiz.model import RuleBase
from quiz.rulebase import load
from tests.conftest import ROOT

CASE = '{"answers": {"loop_diuretic": "yes", "palpitations": "yes", "muscle_cramps": "yes"}}'
NAMED = {"K_LOW", "MG_LOW"}


def uv(*arguments: object, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    found = shutil.which("uv")
    assert found, "these tests need uv, as the README says"
    subprocess.run([found, *map(str, arguments)], cwd=cwd, env=env, check=True)


def built(folder: Path, kind: str) -> Path:
    uv("build", f"--{kind}", "--quiet", "--out-dir", folder)
    (found,) = (path for path in folder.iterdir() if path.name != ".gitignore")
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("sdist"), "sdist")


# --- what is inside ---------------------------------------------------------------------------------


def kept(*folders: str) -> set[str]:
    """The files of these folders that belong to the program."""
    return {
        str(path.relative_to(ROOT))
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def inside_wheel(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_carries_the_program_with_its_rules_and_nothing_else(wheel: Path) -> None:
    inside = {name for name in inside_wheel(wheel) if ".dist-info/" not in name and ".data/" not in name}

    assert inside == kept("quiz") | {f"quiz/{name}" for name in kept("rules")}
    assert "quiz/py.typed" in inside


def test_the_source_distribution_carries_the_program_its_rules_tests_and_papers(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        inside = {name.split("/", 1)[1] for name in archive.getnames()}

    papers = {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore"}
    assert inside == kept("quiz", "rules", "tests") | papers


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (folder,) = {name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name}
    told = message_from_bytes(archive.read(f"{folder}/METADATA"))

    assert told["Name"] == "electrolyte-quiz"
    assert told["License-Expression"] == "MIT"
    assert told["Requires-Python"] == "<3.14,>=3.11"
    assert told.get_all("Provides-Extra") == ["dask"]
    assert f"{folder}/licenses/LICENSE" in archive.namelist()
    wanted = [each for each in told.get_all("Requires-Dist") or [] if "extra ==" not in each]
    assert not [each for each in wanted if each.startswith("dask")]


def test_rules_are_read_from_inside_a_zipped_wheel(wheel: Path, rulebase: RuleBase) -> None:
    inside = zipfile.Path(wheel, "quiz/rules/")

    assert load(inside).fingerprint == rulebase.fingerprint


def test_the_changelog_tells_of_this_version(wheel: Path) -> None:
    version = wheel.name.split("-")[1]

    assert f"### {version} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


# --- installed --------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["wheel", "sdist"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds the program and what it needs."""
    folder = tmp_path_factory.mktemp("installed")
    environment = clean()
    uv("venv", "--quiet", "--python", sys.executable, folder / "venv", env=environment)
    python = folder / "venv" / "bin" / "python"
    package = request.getfixturevalue(request.param)
    uv("pip", "install", "--quiet", "--python", python, package, cwd=folder, env=environment)
    return python.parent


def clean() -> dict[str, str]:
    """The variables of a shell that knows nothing of this checkout."""
    outside = {
        name: value for name, value in os.environ.items() if not name.startswith(("VIRTUAL_ENV", "PYTHON", "UV_"))
    }
    return {**outside, "CPPFLAGS": "-DPyEval_CallObject=PyObject_CallObject"}


def said(program: Path, *arguments: str, cwd: Path, given: str = "") -> str:
    return subprocess.run(
        [program, *arguments], input=given, capture_output=True, text=True, check=True, cwd=cwd, env=clean()
    ).stdout


def test_it_says_its_version_and_that_of_its_rules(place: Path, tmp_path: Path, rulebase: RuleBase) -> None:
    told = said(place / "electrolyte-quiz", "--version", cwd=tmp_path)

    assert told == f"electrolyte-quiz 0.1.0, rule base {rulebase.fingerprint}\n"


def test_it_assesses_a_case_by_the_rules_it_carries(place: Path, tmp_path: Path, rulebase: RuleBase) -> None:
    told = json.loads(
        said(place / "electrolyte-quiz", "ask", "--answers", "-", "--format", "json", cwd=tmp_path, given=CASE)
    )

    assert told["rulebase"] == rulebase.fingerprint
    assert {state for state, _ in told["states_ranked"]} >= NAMED


def test_its_pages_are_made_and_its_rules_are_checked(place: Path, tmp_path: Path) -> None:
    page = said(place / "electrolyte-quiz", "ask", "--answers", "-", "--format", "html", cwd=tmp_path, given=CASE)

    assert page.startswith("<!doctype html>")
    assert "no problem." in said(place / "electrolyte-quiz", "review", "check", cwd=tmp_path)


def test_it_can_be_used_from_python_without_dask(place: Path, tmp_path: Path) -> None:
    told = "quiz.assess(json.loads(input())['answers']).candidates"
    code = f"import json, quiz; print(*(each.state for each in {told}))"

    assert set(said(place / "python", "-I", "-c", code, cwd=tmp_path, given=CASE).split()) >= NAMED
    absent = "import importlib.util; print(importlib.util.find_spec('dask'))"
    assert said(place / "python", "-I", "-c", absent, cwd=tmp_path) == "None\n"
