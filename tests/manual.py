"""The manual page, made from the arguments: `uv run python -m tests.manual` writes it anew."""

from __future__ import annotations

import argparse
from pathlib import Path

from argparse_manpage.manpage import Manpage

from quiz.commands.arguments import parser
from quiz.commands.completion import actions

PAGE = Path(__file__).resolve().parent.parent / "quiz" / "electrolyte-quiz.1"


class AlwaysAlike(argparse.HelpFormatter):
    """The same from every version of Python. Nothing is wrapped: the program that shows the page does that."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=100_000)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings:
            return str(action.metavar or action.dest)
        value = "" if action.nargs == 0 else f" {self._format_args(action, action.dest.upper())}"
        return ", ".join(action.option_strings) + value


def manual() -> str:
    whole = parser()
    whole.formatter_class = AlwaysAlike
    for action in actions(whole):
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                each.formatter_class = AlwaysAlike
    page = Manpage(whole)
    page.date, page.manual, page.source = "", "User commands", whole.prog
    page.description = "a quiz in the terminal: which electrolyte to discuss with a clinician, and why"
    return str(page)


if __name__ == "__main__":
    PAGE.write_text(manual(), encoding="utf-8")
