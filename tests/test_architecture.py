"""Who may use whom, read from the imports. A module that is in no room of the table fails here: give it one."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from quiz.model import RuleBase

QUIZ = Path(__file__).resolve().parent.parent / "quiz"
MODULES = sorted(QUIZ.rglob("*.py"))

FLOORS = (
    {"errors", "exitcodes"},
    {"ansi", "text", "filebytes", "turns"},
    {"opening"},
    {"remembered"},
    {"model"},
    {"logic", "answers", "yamltext"},
    {"consequences", "signature"},
    {"formulas", "enough"},
    {"unsettled"},
    {"rulebase", "engine", "solver", "interview", "explain", "effects", "difference", "nearby", "ranking"},
    {"conversation", "wording", "store", "fhir", "whatif", "why"},
    {"picking", "name_book"},
    {"screens", "plain", "batch", "twin", "replay", "practice", "review"},
    {"typed_line"},
    {"choosing", "naming", "api"},
    {"early"},
    {"prompting"},
    {"terminal", "spread"},
    {"commands"},
    {"cli"},
    {"__main__"},
)
"""A room uses rooms on lower floors only. Rooms of one floor do not know each other."""

HOMES = {
    "yaml": {"yamltext"},
    "durable": set[str](),
    "durable_rules_engine": {"engine"},
    "prompt_toolkit": {"prompting"},
    "pysat": {"solver"},
    "pydantic": {"rulebase"},
    "sqlite3": {"practice"},
    "fsrs": {"practice"},
    "dask": {"spread"},
    "fcntl": {"turns"},
}
"""The one room that may import a library."""

IMPORTED_AS = {"durable-rules": "durable_rules_engine", "pyyaml": "yaml", "python-sat": "pysat"}

NETWORK = {"asyncio", "ftplib", "http", "imaplib", "poplib", "requests", "smtplib", "socket", "socketserver", "ssl",
           "telnetlib", "urllib", "urllib3", "webbrowser", "xmlrpc", "httpx", "aiohttp"}  # fmt: skip


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, with its full name, wherever in the file the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write the full name"
            name = node.module or ""
            yield from (f"{name}.{alias.name}" for alias in node.names)


def room(path: Path) -> str:
    inside = path.relative_to(QUIZ).parts
    return inside[0].removesuffix(".py")


def rooms_used(path: Path) -> set[str]:
    names = {name for name in imports(path) if name.split(".")[0] == "quiz"}
    return {name.split(".")[1] for name in names if "." in name} - {room(path)}


def floor(name: str) -> int:
    found = [number for number, rooms in enumerate(FLOORS) if name in rooms]
    assert len(found) == 1, f"{name} has no floor, or two"
    return found[0]


each_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(QUIZ)))


@each_module
def test_imports_go_down_only(path: Path) -> None:
    if room(path) != "__init__":
        assert {used for used in rooms_used(path) if floor(used) >= floor(room(path))} == set()


@each_module
def test_each_library_has_one_home(path: Path) -> None:
    used = {name.split(".")[0] for name in imports(path)}

    assert {library for library in used & set(HOMES) if room(path) not in HOMES[library]} == set()


@each_module
def test_nothing_reaches_for_the_network(path: Path) -> None:
    assert {name for name in imports(path) if name.split(".")[0] in NETWORK} == set()


def declared() -> set[str]:
    """The packages that pyproject.toml names for running, extras among them, as they are imported."""
    project = tomllib.loads((QUIZ.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())]
    names = {re.split(r"[<>=!~ \[;]", requirement)[0] for requirement in wanted}
    return {IMPORTED_AS.get(name, name.replace("-", "_")) for name in names}


@each_module
def test_only_what_is_declared_is_imported_and_nothing_from_the_tests(path: Path) -> None:
    known = {"quiz"} | set(sys.stdlib_module_names) | declared()

    assert {name.split(".")[0] for name in imports(path)} - known == set()


def test_the_second_reading_of_the_rules_shares_nothing_with_the_engine() -> None:
    used = {name.rsplit(".", 1)[0] for name in imports(QUIZ.parent / "tests" / "evaluator.py")}

    assert {name for name in used if name.startswith("quiz")} == {"quiz.model"}


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every text in a file that is not a docstring: those stand alone as a statement, and nobody is shown them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


@each_module
def test_no_clinical_word_stands_in_python(path: Path, rulebase: RuleBase) -> None:
    ids = {*rulebase.findings, *rulebase.concepts, *rulebase.states}
    clinical = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(ids)))})\b")

    found = [f"{path.name}:{line}: {match[0]}" for line, text in texts(path) if (match := clinical.search(text))]

    assert found == []


@each_module
def test_no_clinical_word_is_a_name_in_python(path: Path, rulebase: RuleBase) -> None:
    ids = {*rulebase.findings, *rulebase.concepts, *rulebase.states}
    names = {node.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)}

    assert names & ids == set()
