"""What several commands need: the rules, the engine, a front, a note. Each part is imported when it is used."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from quiz import opening
from quiz.errors import QuizError, StoreError, did_you_mean, refused
from quiz.filebytes import LARGEST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from quiz.engine import Engine
    from quiz.explain import Note
    from quiz.interview import Session
    from quiz.model import Assessment, Rule, RuleBase
    from quiz.plain import Plain
    from quiz.store import Saved
    from quiz.terminal import Terminal


def load_rules(folder: Path | None) -> RuleBase:
    """The shipped rules, or those of a folder, which are checked as thoroughly as the shipped ones were."""
    from quiz.api import load

    return load(folder)


def known_id(word: str, ids: Iterable[str], what: str, otherwise: str = "") -> str:
    """The id, or a QuizError that names the nearest one; where none is near, `otherwise` is the way out."""
    listed = list(ids)
    if word not in listed:
        hint = did_you_mean(word, listed) or otherwise
        raise QuizError(f'unknown {what} "{word}"' + (f"\n  hint: {hint}" if hint else ""))
    return word


def version_told() -> str:
    """The version of the program and the fingerprint of its rules."""
    return f"electrolyte-quiz {version() or 'unknown'}, rule base {load_rules(None).fingerprint}"


def version() -> str:
    """The version of the program, or nothing where it was not installed."""
    from importlib import metadata

    try:
        return metadata.version("electrolyte-quiz")
    except metadata.PackageNotFoundError:
        return ""


def drafts(rules: Collection[Rule]) -> str:
    """How many of the rules that speak nobody has reviewed, in a sentence."""
    states = [rule.provenance.state for rule in rules]
    retired = states.count("retired")
    beside = f" {retired} more {'is' if retired == 1 else 'are'} retired." if retired else ""
    return f"{states.count('draft')} of {len(states) - retired} rules are drafts that nobody has reviewed.{beside}"


def make_engine(rulebase: RuleBase) -> Engine:
    from quiz.engine import Engine

    return Engine(rulebase)


def make_note(engine: Engine, session: Session) -> tuple[Note, Assessment]:
    from quiz.explain import explain, with_changes
    from quiz.whatif import changes

    rulebase, answers = engine.rulebase, session.answers
    assessment = engine.assess(answers)
    note = explain(engine, assessment, answers, session.other_medicines, session.named_medicines)
    return with_changes(note, changes(rulebase, engine.certain, engine.assess, answers)), assessment


def written(form: str, note: Note, assessment: Assessment, session: Session, width: int) -> str:
    from quiz import wording

    if form == "json":
        from quiz.text import inert_json

        told = wording.as_data(note, assessment, session)
        return inert_json(json.dumps(told, ensure_ascii=False, indent=2)) + "\n"
    blocks = wording.sheet(note)
    if form == "html":
        return wording.as_html(blocks) + "\n"
    return wording.as_markdown(blocks) if form == "md" else wording.as_text(blocks, width)


def make_front(plain: bool, rulebase: RuleBase | None) -> Plain | Terminal:
    medicines = rulebase.medicines if rulebase else {}
    if plain or opening.lines_are_wanted() or not opening.can_move_the_cursor():
        from quiz.plain import Plain

        opening.release()
        return Plain(medicines)
    from quiz.terminal import Terminal

    return Terminal(medicines)


def width() -> int:
    """Columns of the terminal."""
    import shutil

    return min(shutil.get_terminal_size().columns, 100)


def width_out(elsewhere: int = 80) -> int:
    """Columns of the page that standard output is: the terminal's, or `elsewhere` in a pipe and in a file."""
    return width() if sys.stdout.isatty() else elsewhere


def fitted(text: str) -> str:
    """Broken at words on a terminal; in a pipe and in a file, where a program may read it, as it is."""
    from quiz.text import page

    return page(text, width()) if sys.stdout.isatty() else text


def read_some(path: Path) -> bytes:
    """The bytes of a file, and of one that is larger than anybody reads only so many. Raises StoreError."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise refused(path, "read", error) from error


def left_out(gone: Iterable[str]) -> str:
    """What is said of answers in a file that the rules cannot take."""
    from quiz.text import inert

    return f"not known to these rules, so left out: {inert(', '.join(gone))}"


def read_answers_of(rulebase: RuleBase, name: str, *, from_other_rules: bool = False) -> Saved:
    """What a saved interview, a file of answers or a FHIR response holds; `-` is standard input."""
    return read_answers_under((rulebase,), name, from_other_rules=from_other_rules)[0]


def read_answers_under(rulebases: Iterable[RuleBase], name: str, *, from_other_rules: bool = False) -> list[Saved]:
    """The same, as each of these rule bases takes it. It is read once, as standard input can be read no second time."""
    from quiz.fhir import is_fhir, read_response
    from quiz.store import Saved, read_session

    if name == "-":
        content, name = sys.stdin.buffer.read(LARGEST + 1), "standard input"
    else:
        content = read_some(Path(name))
    if is_fhir(content):
        responses = [read_response(each, content, name) for each in rulebases]
        return [Saved(session, gone=gone) for session, gone in responses]
    return [read_session(each, content, name, from_other_rules=from_other_rules) for each in rulebases]


INTERVIEWS = (".yaml", ".yml", ".json")
"""Files that are read where a folder is given."""


def saved_interviews(given: Iterable[str]) -> Iterator[str]:
    """The files that are meant by names of files and folders. Raises StoreError for a folder without any."""
    for name in given:
        folder = Path(name)
        if not folder.is_dir():
            yield name
            continue
        found = sorted(each for each in folder.rglob("*") if each.suffix in INTERVIEWS and each.is_file())
        if not found:
            raise StoreError(f"{name}: no saved interview is in this folder")
        yield from map(str, found)
