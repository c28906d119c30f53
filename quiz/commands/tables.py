"""The tables of cases that stand beside the rules: read, and written whole in turn with other windows."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from quiz.commands.arguments import WALKED
from quiz.errors import StoreError, refused
from quiz.filebytes import replace
from quiz.turns import in_turn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quiz.model import RuleBase
    from quiz.rulebase.cases import TableCase


class Tables:
    """Those of a folder of rules; without one, those of the shipped rules. A file is named inside their folder."""

    def __init__(self, rulebase: RuleBase, folder: Path | None) -> None:
        from quiz.rulebase import shipped_rules

        self.rulebase = rulebase
        self._root = shipped_rules() if folder is None else folder
        self._name = "rules" if folder is None else str(folder)

    def read(self) -> tuple[TableCase, ...]:
        """All cases. Raises RuleBaseError with every mistake."""
        from quiz.rulebase.cases import read_tables, table_files

        return read_tables(self.rulebase, table_files(self._root, self._name))

    def read_file(self, file: str) -> tuple[TableCase, ...]:
        """The cases of one file, none where it does not exist. Raises RuleBaseError and StoreError."""
        from quiz.rulebase.cases import read_tables

        path = self.path(file)
        return read_tables(self.rulebase, [(path, self._inside(file))] if path.is_file() else [])

    def write_file(self, file: str, cases: Iterable[TableCase]) -> None:
        """A file without a case is taken away. Raises StoreError."""
        from quiz.review.casefile import table_text

        about = "that an educator agreed to on a walk" if file == WALKED else f"of {Path(file).stem.replace('-', ' ')}"
        listed = list(cases)
        text = table_text(self.rulebase, f"cases {about}", listed) if listed else ""
        write_rules(self.path(file), text.encode())

    def turn(self) -> AbstractContextManager[None]:
        """What is read and written inside, no other window writes meanwhile."""
        return in_turn(self.folder)

    def file_of(self, case: TableCase) -> str:
        """The file that holds a case, or that is to hold a new one: it is called like the file of the rule."""
        path, inside = case.position.path, self._inside("")
        return path.removeprefix(inside) if path.startswith(inside) else self.rule_file(case.rule)

    def holds(self, case: TableCase) -> bool:
        return case.position.path.startswith(self._inside(""))

    def rule_file(self, rule: str) -> str:
        """The file of a rule, inside the folder of rules."""
        return self.rulebase.rules[rule].position.path[len(self._name) :].lstrip("/")

    @property
    def folder(self) -> Path:
        """The folder of rules. Raises StoreError where they stand in none, as inside a packed program."""
        if not isinstance(self._root, Path):
            raise StoreError("the rules stand in no folder that can be written: give one with --rules DIR")
        return self._root

    def path(self, file: str) -> Path:
        from quiz.rulebase.files import TABLES

        return self.folder / TABLES / file

    def _inside(self, file: str) -> str:
        from quiz.rulebase.files import TABLES

        return f"{self._name}/{TABLES}/{file}"


def write_rules(path: Path, content: bytes) -> None:
    """Write a file of rules or cases whole, or take it away where it holds nothing. Raises StoreError."""
    try:
        if content:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace(path, content)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise refused(path, "written", error) from error
