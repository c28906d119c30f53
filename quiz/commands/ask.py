"""`ask`: the interview, and the note on answers that are given."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from quiz import opening, remembered
from quiz.commands.shared import (
    left_out,
    load_rules,
    make_engine,
    make_front,
    make_note,
    read_answers_of,
    width,
    width_out,
    written,
)
from quiz.errors import StoreError
from quiz.exitcodes import DONE, ENDED, INTERRUPTED, PROBLEM

if TYPE_CHECKING:
    import argparse

    from quiz.commands.later import InTurn, Later
    from quiz.conversation import Ending, Front, Words
    from quiz.effects import Effects
    from quiz.engine import Engine
    from quiz.interview import Session, Step
    from quiz.model import Answer, Assessment, Finding, RuleBase
    from quiz.store import Saved, SessionFile
    from quiz.twin import Lines


def run(chosen: argparse.Namespace) -> int:
    rulebase = load_rules(chosen.rules)
    if chosen.answers is not None:
        saved = read_answers_of(rulebase, chosen.answers)
        if saved.gone:
            print(left_out(saved.gone), file=sys.stderr)
        return _tell(chosen, make_engine(rulebase), saved.session)
    if chosen.resume is None:
        return _interview(chosen, rulebase, None, None)
    from quiz.store import SessionFile, latest_session

    path = Path(chosen.resume) if chosen.resume else latest_session()
    file = SessionFile(path)
    saved = read_answers_of(rulebase, str(path), from_other_rules=True)
    return _interview(chosen, rulebase, saved, file if saved.told else None)  # other files of answers stay as they are


def _tell(chosen: argparse.Namespace, engine: Engine, session: Session) -> int:
    note, assessment = make_note(engine, session)
    text = written(chosen.format, note, assessment, session, width_out())
    if chosen.output is None:
        sys.stdout.write(text)
    else:
        from quiz.store import write_private

        write_private(chosen.output, text)
        from quiz.text import inert

        print(f"The note is in {inert(str(chosen.output))}.")
    return DONE


def _interview(chosen: argparse.Namespace, rulebase: RuleBase, saved: Saved | None, file: SessionFile | None) -> int:
    """A talk, new or saved before in this file."""
    from quiz.commands.later import InTurn, Later
    from quiz.conversation import converse, welcome
    from quiz.interview import Session

    lines = _lines(rulebase) if chosen.json else None
    front = lines or make_front(chosen.plain, rulebase)
    if not lines:
        opening.tell(opening.TITLE, front.say)
    remembered.say(welcome(rulebase), front.say)
    engine = Later(rulebase)
    keeper = _Keeper(engine, file)
    for line in _moved_on(engine(), saved) if saved else ():
        front.say(line)
    interview = InTurn(rulebase, engine)
    talk = partial(converse, interview, engine.assess, front, _words(rulebase, engine), keeper.save, keeper.keep)
    ending = talk(saved.session if saved else Session(), first=None if saved else _first(front, interview))
    if lines:
        code = _last_line(engine(), lines, ending)
        keeper.warn()
        return code
    while True:
        if ending.how != "finished":
            if _take_leave(front, ending.session, keeper, "You left early.", can_go_back=True) != "back":
                return {"interrupted": INTERRUPTED, "ended": ENDED}.get(ending.how, DONE)
            ending = talk(ending.session)
        elif _shows_note(chosen):
            wish = _finish(engine(), front, ending.session, keeper)
            if wish == "no":
                if keeper.is_elsewhere:
                    front.say(keeper.where())
                return DONE
            ending = talk(ending.session, changing=wish == "change")
        else:
            return _hand_over(chosen, engine(), front, ending.session, keeper)


def _hand_over(chosen: argparse.Namespace, engine: Engine, front: Front, session: Session, keeper: _Keeper) -> int:
    """The note for a file or another program. Where it cannot be written, the answers are not lost with it."""
    from quiz.text import inert

    try:
        code = _tell(chosen, engine, session)
    except StoreError as error:
        print(inert(str(error)), file=sys.stderr)
        _take_leave(front, session, keeper, "No note was written.")
        return PROBLEM
    keeper.warn()
    return code


def _first(front: Front, interview: InTurn) -> Step | None:
    """The first screen, which needs no engine: that is made while it is read, and how many follow is told then."""
    from quiz.interview import Session
    from quiz.terminal import Terminal

    first = interview.first()
    if not isinstance(front, Terminal) or first is None:
        return None

    def count() -> None:
        counted = interview.next(Session())
        if counted:
            front.count(first, counted.left)

    front.meanwhile(count)
    return first


def _words(rulebase: RuleBase, engine: Later) -> Words:
    """The sentences of the talk. What says them is imported when there is something to say."""
    from quiz.conversation import Words

    explanations = _Explanations(engine)

    def emergency(assessment: Assessment) -> str:
        from quiz import wording

        return wording.emergency(rulebase, assessment)

    def help(step: Step, finding: Finding) -> str:
        from quiz import wording

        return wording.help_text(step, finding, rulebase.glossary)

    def answer(finding: Finding, given: Answer) -> str:
        from quiz import wording

        return wording.answer_words(finding, given)

    return Words(emergency, explanations.why, explanations.moved, help, answer)


def _shows_note(chosen: argparse.Namespace) -> bool:
    """Whether the note is for the person at the screen, and not for a file or another program."""
    return chosen.output is None and chosen.format == "text"


def _moved_on(engine: Engine, saved: Saved) -> Iterator[str]:
    """What is new to whoever goes on: answers that are left out, and what other rules than those of then make of it."""
    if saved.fingerprint in ("", engine.rulebase.fingerprint):
        if saved.gone:
            yield left_out(saved.gone)
        return
    from quiz.difference import Difference, told_by
    from quiz.replay import Replay

    yield "The rules have changed since this interview was saved."
    if saved.told:
        now = told_by(engine.assess(saved.session.answers))
        yield from Difference(engine.rulebase).lines(saved.told, now) or ["You would be told the same so far."]
    yield from Replay(engine).findings(saved)


def _lines(rulebase: RuleBase) -> Lines:
    from quiz.twin import Lines, whole

    def write(line: str) -> None:
        print(line, end="", flush=True)

    front = Lines(rulebase.findings, sys.stdin, write)
    front.show(whole(rulebase))
    return front


def _last_line(engine: Engine, front: Lines, ending: Ending) -> int:
    from quiz.twin import Leave, Tell

    session = ending.session
    if ending.how == "finished":
        front.show(Tell(make_note(engine, session)[0]))
        return DONE
    front.show(Leave(ending.how, session.answers, session.other_medicines, session.named_medicines))
    return {"interrupted": INTERRUPTED, "ended": ENDED}.get(ending.how, DONE)


class _Explanations:
    """Why a question is asked and what a changed answer moved. The solver behind them is loaded when first needed."""

    def __init__(self, engine: Later) -> None:
        self.later = engine

    @property
    def engine(self) -> Engine:
        return self.later()

    @cached_property
    def effects(self) -> Effects:
        from quiz.effects import Effects
        from quiz.solver import Clauses

        return Effects(self.engine.rulebase, self.engine.assess, Clauses)

    def why(self, session: Session, finding: Finding, level: int) -> str:
        from quiz.why import Why

        return Why(self.engine.rulebase, self.effects).text(session.answers, finding, level)

    def moved(self, before: Session, after: Session, finding: Finding) -> str:
        from quiz.why import Moved
        from quiz.wording import answer_words

        moved = Moved(self.engine.rulebase, self.engine.assess, self.effects, answer_words)
        return moved.text(before.answers, after.answers, finding)


class _Keeper:
    """Saves an interview once the person asked for it, and from then on at every line that is answered."""

    def __init__(self, engine: Later, file: SessionFile | None) -> None:
        self.engine = engine
        self.file = file
        self.trouble = ""
        self.deleted = False

    @property
    def is_elsewhere(self) -> bool:
        """Whether the answers are not where the person was told they would be."""
        return bool(self.trouble or self.deleted or (self.file and self.file.left))

    def save(self, session: Session) -> str:
        """Where the session is now, or why it could not be saved."""
        from quiz.store import SessionFile

        file = self.file or SessionFile()
        try:
            path = self._write(file, session, lasting=True)
        except StoreError as error:
            return str(error)
        self.file, self.deleted = file, False
        return (
            f"Saved in {path}. Every further answer is saved there too. Go on later with: electrolyte-quiz ask --resume"
        )

    def keep(self, session: Session) -> None:
        """A disk that is full must not end the talk; it is told when the person leaves.

        What was deleted meanwhile, as by `forget` in another window, stays so until the person wants it saved anew.
        """
        if self.file is not None:
            self.trouble = ""
            if self.file.is_deleted:
                self.file, self.deleted = None, True
                return
            try:
                self._write(self.file, session, lasting=not session.at)
            except StoreError as error:
                self.trouble = str(error)

    def where(self) -> str:
        """Where the answers are, for who leaves; empty where nothing was saved."""
        if self.file is None:
            return "What you had saved was deleted, and nothing was saved after that." if self.deleted else ""
        if self.trouble:
            return f"The last answers could not be saved. {self.trouble}"
        before = f"Another window went on with {self.file.left}. " if self.file.left else ""
        return f"{before}Your answers are in {self.file.path}."

    def warn(self) -> None:
        """Told beside what another program or a file gets."""
        from quiz.text import inert

        if self.is_elsewhere:
            print(inert(self.where()), file=sys.stderr)

    def _write(self, file: SessionFile, session: Session, *, lasting: bool) -> Path:
        from quiz.difference import told_by

        engine = self.engine()
        told = told_by(engine.assess(session.answers))
        return file.write(session, told, engine.rulebase.fingerprint, lasting=lasting)


def _finish(engine: Engine, front: Front, session: Session, keeper: _Keeper) -> str:
    """Show the note, and write it to a file or save the answers where that is wanted.

    What the person wants then: no more, to change an answer, or to go on where the questions were cut short.
    """
    from datetime import datetime

    from quiz.conversation import Option
    from quiz.store import write_private

    if sys.stderr.isatty():
        print("One moment, your note is put together.", file=sys.stderr, flush=True)
    note, assessment = make_note(engine, session)
    front.say("\n" + written("text", note, assessment, session, width()))
    may_save = _has_answers(session) and not keeper.file
    options = [
        Option("no", "No, I have read it", "n", ("q", "quit")),
        Option("html", "As a page to print (HTML)", "h"),
        Option("md", "As Markdown", "m"),
        Option("text", "As plain text", "t"),
        Option("change", "Change an answer first", "c"),
        *([Option("on", "Go on with the questions", "g")] if session.at else []),
        *([Option("save", "Save the answers, to go on later", "s")] if may_save else []),
    ]
    while True:
        try:
            form = front.choose("Write this note to a file?", options)
        except (EOFError, KeyboardInterrupt):
            return "no"
        if form in ("no", "change", "on"):
            return form
        if form == "save":
            front.say(keeper.save(session))
            continue
        ending = {"html": "html", "md": "md", "text": "txt"}[form]
        path = Path(f"electrolyte-note-{datetime.now():%Y-%m-%d-%H%M%S}.{ending}")
        try:
            write_private(path, written(form, note, assessment, session, 80))
        except StoreError as error:
            front.say(str(error))
            continue
        front.say(f"The note is in {path}. Only you can read it.")
        return "no"


def _has_answers(session: Session) -> bool:
    return bool(session.answers or session.other_medicines)


def _take_leave(front: Front, session: Session, keeper: _Keeper, why: str, *, can_go_back: bool = False) -> str:
    """Lose nothing that whoever leaves without a note wants to keep. What they chose, where they were asked."""
    from quiz.conversation import Option
    from quiz.plain import Plain

    if not _has_answers(session) or keeper.file is not None:
        front.say(f"{why} {keeper.where()}".rstrip())
    elif isinstance(front, Plain) and not sys.stdin.isatty():
        from quiz.store import as_typed
        from quiz.yamltext import write

        front.say(f"{why} Your answers so far, for `ask --answers FILE`:")
        names = {"other_medicines": session.other_medicines, "named_medicines": session.named_medicines}
        listed = {key: list(each) for key, each in names.items() if each}
        print(write({"answers": as_typed(session.answers), **listed}), end="")
    else:
        with suppress(EOFError, KeyboardInterrupt):
            back = [Option("back", "Back to the questions", "b")] if can_go_back else []
            keep = [Option("yes", "Yes, save them to go on later", "y"), Option("no", "No, drop them", "n")]
            deleted = [keeper.where()] if keeper.deleted else []
            wish = front.choose(" ".join((why, *deleted, "Keep your answers?")), [*back, *keep])
            if wish == "yes":
                front.say(keeper.save(session))
            return wish
    return ""
