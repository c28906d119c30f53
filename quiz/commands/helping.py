"""What `--help` shows, from the same arguments that argparse is given, and without importing it."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace

TYPE_CHECKING = False  # as typing has it, whose import would cost milliseconds
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

HELP = ("-h", "--help")
COLUMN = 24
"""Where explanations begin."""


class Arguments:
    """Takes arguments as a parser of argparse does, and tells of them."""

    def __init__(self, prog: str, description: str = "", epilog: str = "") -> None:
        self.prog, self.description, self.epilog = prog, description, epilog
        self._options = [("-h, --help", "show this help message and exit")]
        self._positional: list[tuple[str, str]] = []
        self._usage: list[str] = []
        self._values: dict[str, object] = {}
        self._required = False

    def add_argument(
        self,
        *names: str,
        help: str,
        metavar: str = "",
        nargs: str = "",
        action: str = "",
        choices: Sequence[str] = (),
        default: object = None,
        required: bool = False,
        type: Callable[[str], object] = str,
        **about: object,
    ) -> None:
        name = names[-1].lstrip("-").replace("-", "_")
        value = {"store_true": False}.get(action, [] if nargs == "*" else None) if default is None else default
        self._values[name] = type(value) if isinstance(value, str) else value
        if choices:
            help = f"{help} ({', '.join(choices)})"
        if not names[0].startswith("-"):
            self._positional.append((metavar, help))
            self._usage.append(
                {"+": f"{metavar} ...", "*": f"[{metavar} ...]", "?": f"[{metavar}]"}.get(nargs, metavar)
            )
            return
        shown = "" if action == "store_true" else metavar or names[-1].lstrip("-").upper()
        shown = {"?": f"[{shown}]", "+": f"{shown} ..."}.get(nargs, shown)
        self._options.append((f"{', '.join(names)} {shown}".rstrip(), help))
        self._required |= required

    def add_mutually_exclusive_group(self) -> Arguments:
        return self

    def set_defaults(self, **values: object) -> None:
        self._values |= values

    def unless_given(self) -> SimpleNamespace | None:
        """What argparse makes of no words at all; None where some are needed."""
        needed = any(not usage.startswith("[") for usage in self._usage)
        return None if needed or self._required else SimpleNamespace(**self._values)

    def add_further(self, metavar: str, commands: Iterable[tuple[str, str]], *, needed: bool) -> None:
        """Commands to choose from, each with its help; `needed`: one must be chosen."""
        self._usage.append(f"{metavar} ..." if needed else f"[{metavar} ...]")
        self._positional += commands

    @property
    def options(self) -> list[str]:
        """What can be given beside values, as it is typed."""
        return [word for names, _ in self._options for word in names.replace(",", "").split() if word.startswith("-")]

    @property
    def usage(self) -> str:
        return "\n".join(_wrapped(" ".join(["usage:", self.prog, "[options]", *self._usage]), _width(), 7))

    def text(self) -> str:
        width = _width()
        parts = [[self.usage], _wrapped(self.description, width)]
        parts += [_listed(self._positional, width), _listed(self._options, width), _wrapped(self.epilog, width)]
        return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _width() -> int:
    """Columns of help: those of the terminal, within reason."""
    try:
        columns = int(os.environ.get("COLUMNS") or os.get_terminal_size(sys.stdout.fileno()).columns)
    except (ValueError, OSError):
        columns = 80
    return min(max(columns or 80, 20), 100)


def _listed(entries: Sequence[tuple[str, str]], width: int) -> list[str]:
    """Names with what they mean, beside them or, where that is too narrow, below."""
    rows: list[str] = []
    column = COLUMN if width >= 2 * COLUMN else 6
    for name, meaning in entries:
        more = [" " * column + row for row in _wrapped(meaning, width - column)]
        names = ["  " + row for row in _wrapped(name, width - 2, 4)]
        if len(names) == 1 and len(names[0]) + 2 <= column and more:
            names = [names[0].ljust(column) + more.pop(0).lstrip()]
        rows += [*names, *more]
    return rows


def _wrapped(text: str, width: int, hang: int = 0) -> list[str]:
    """The words in rows of this width; all but the first begin that far in. A longer word has a row of its own."""
    rows: list[str] = []
    row = ""
    for word in text.split():
        if row and len(row) + 1 + len(word) > width:
            rows.append(row)
            row = " " * hang + word
        else:
            row = f"{row} {word}" if row else word
    return [*rows, row] if row else rows
