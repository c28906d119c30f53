"""Every problem of a folder of rules, and which of them stand in the files that were asked about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from quiz.errors import Problem, QuizError, RuleBaseError
from quiz.model import RuleBase

Attempt = Callable[[Path | None], tuple[RuleBase | None, Sequence[Problem]]]
"""What could be read of a folder, and what is wrong with it."""

Lint = Callable[[RuleBase], Iterable[Problem]]

_NOTICE = re.compile(r"^notice:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found. `rulebase` is None where the files cannot be used; `elsewhere` counts problems left out."""

    problems: tuple[Problem, ...]
    rulebase: RuleBase | None
    elsewhere: int = 0


def check(folder: Path | None, attempt: Attempt, wording: Lint, meaning: Sequence[Lint]) -> Checked:
    """Every problem of a folder, or of the shipped rules.

    The words are judged of all that could be read, the meaning once the files can be used at all.
    """
    try:
        rulebase, found = attempt(folder)
    except RuleBaseError as error:
        rulebase, found = None, error.problems
    if rulebase is None:
        return Checked(tuple(sorted(found)), None)
    lints = (wording,) if found else (wording, *meaning)
    problems = {*found, *(each for lint in lints for each in lint(rulebase))}
    return Checked(tuple(sorted(problems)), None if found else rulebase)


def only_in(checked: Checked, files: Iterable[Path]) -> Checked:
    """The problems of these files, and those of the folder as a whole."""
    wanted = {each.resolve() for each in files}

    def asked(problem: Problem) -> bool:
        path = Path(problem.position.path).resolve()
        return path in wanted or (not problem.position.line and path not in wanted and path.is_dir())

    shown = tuple(each for each in checked.problems if asked(each))
    return Checked(shown, checked.rulebase, len(checked.problems) - len(shown))


def rule_file(file: Path) -> Path:
    """The same file. Raises QuizError where there is none, or it cannot be a rule file."""
    if not file.is_file():
        raise QuizError(f"{file}: is no file\n  hint: name rule files, or none for all of them")
    if file.suffix not in (".yaml", ".yml"):
        raise QuizError(f"{file}: is no rule file\n  hint: rule files end in .yaml")
    return file


def folder_of(file: Path) -> Path:
    """The folder of rules that a file belongs to: the nearest one above it in which a file gives the `notice`.

    Raises QuizError where there is no such folder.
    """
    for folder in file.absolute().parents:
        if any(map(_gives_notice, sorted(folder.glob("*.y*ml")))):
            return _as_written(folder)
    raise QuizError(
        f"{file}: belongs to no folder of rules\n  hint: one file of the folder gives the `notice`; or use --rules DIR"
    )


def _gives_notice(file: Path) -> bool:
    try:
        return bool(_NOTICE.search(file.read_text(encoding="utf-8", errors="replace")))
    except OSError:
        return False


def _as_written(folder: Path) -> Path:
    """Relative to where the program was started, if it is below: that is how an editor finds the place."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


# --- watching ---------------------------------------------------------------------------------------

Stamps = dict[str, tuple[int, int]]


def stamps(folder: Path) -> Stamps:
    """Each rule file with when it was last written and how long it is, so that a save can be noticed."""
    found = {}
    for file in sorted(folder.rglob("*.y*ml")):
        try:
            about = file.stat()
        except OSError:  # deleted a moment ago, or an editor is just putting it in place
            continue
        found[str(file)] = about.st_mtime_ns, about.st_size
    return found


def changed(before: Stamps, after: Stamps) -> tuple[str, ...]:
    """The files that are new, gone or written again."""
    return tuple(sorted(each for each in {*before, *after} if before.get(each) != after.get(each)))


def moved(before: Sequence[Problem], after: Sequence[Problem]) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """(new problems, mended ones). One that only moved to another line is neither."""

    def key(problem: Problem) -> tuple[str, str, str]:
        return problem.position.path, problem.code, problem.message

    was, now = {key(each) for each in before}, {key(each) for each in after}
    return tuple(each for each in after if key(each) not in was), tuple(each for each in before if key(each) not in now)
