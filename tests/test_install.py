"""The program as it is installed: a wheel, in an environment of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from quiz.model import RuleBase
from quiz.rulebase import load
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    uv = shutil.which("uv")
    assert uv, "these tests need uv, as the README says"
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([uv, "build", "--wheel", "--quiet", "--out-dir", str(folder)], cwd=ROOT, check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_carries_every_rule_file_and_no_test(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    rules = {f"quiz/rules/{path.relative_to(ROOT / 'rules')}" for path in (ROOT / "rules").rglob("*.yaml")}

    assert rules <= inside
    assert "quiz/note.html.j2" in inside
    assert not [name for name in inside if name.startswith("tests")]


def test_a_case_runs_from_the_wheel_in_a_clean_environment(wheel: Path, tmp_path: Path, rulebase: RuleBase) -> None:
    uv = shutil.which("uv") or "uv"
    place = tmp_path / "venv"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("VIRTUAL_ENV", "PYTHON", "UV_"))}
    clean["CPPFLAGS"] = "-DPyEval_CallObject=PyObject_CallObject"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(place)], check=True, env=clean)
    python = place / "bin" / "python"
    install = [uv, "pip", "install", "--quiet", "--python", str(python), str(wheel)]
    subprocess.run(install, check=True, env=clean, cwd=tmp_path)
    done = subprocess.run(
        [str(place / "bin" / "electrolyte-quiz"), "ask", "--answers", "-", "--format", "json"],
        input='{"answers": {"loop_diuretic": "yes", "palpitations": "yes", "muscle_cramps": "yes"}}',
        capture_output=True, text=True, check=True, cwd=tmp_path, env=clean,
    )  # fmt: skip
    told = json.loads(done.stdout)

    assert told["rulebase"] == rulebase.fingerprint
    assert {"K_LOW", "MG_LOW"} <= {state for state, _ in told["states_ranked"]}


def test_rules_are_read_from_inside_a_zipped_wheel(wheel: Path, rulebase: RuleBase) -> None:
    inside = zipfile.Path(wheel, "quiz/rules/")

    assert load(inside).fingerprint == rulebase.fingerprint
