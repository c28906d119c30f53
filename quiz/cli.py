"""Arguments, wiring and exit codes. The one place that catches QuizError, and the only one that asks for the time."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from quiz.errors import QuizError, RuleBaseError, StoreError

if TYPE_CHECKING:
    from quiz.conversation import Ending, Front
    from quiz.effects import Effects
    from quiz.engine import Engine
    from quiz.explain import Note
    from quiz.interview import Session
    from quiz.model import Assessment, Finding, RuleBase
    from quiz.store import Saved
    from quiz.twin import Lines

DONE, PROBLEM, WRONG_ARGUMENTS, ENDED, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes. 2 is argparse's own. 3: the input ended (Ctrl-D) before the interview did. 130: Ctrl-C."""

FORMATS = ("text", "md", "html", "json")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; the exit code."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        run: Callable[[argparse.Namespace], int] = getattr(chosen, "run", _menu)
        code = run(chosen)
        sys.stdout.flush()
        return code
    except QuizError as error:
        print(error, file=sys.stderr)
        return PROBLEM
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED
    except EOFError:
        return ENDED
    except BrokenPipeError:
        # Whoever read us has gone. Python would complain once more while closing standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PROBLEM


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="electrolyte-quiz",
        description="Which electrolyte to discuss with a clinician, and why. Education: no diagnosis, no dose.",
        epilog="Without a command it asks what you want to do.",
    )
    parser.add_argument("--version", action=_Version, help="the version and the fingerprint of the rules")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--rules", metavar="DIR", type=Path, help="use the rules in this folder")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    ask = commands.add_parser("ask", parents=[common], help="answer questions and take a note along")
    ask.add_argument("--plain", action="store_true", help="static numbered lines, for screen readers and pipes")
    ask.add_argument("--answers", metavar="FILE", help="do not ask: take them from a YAML, JSON or FHIR file, or - ")
    ask.add_argument("--json", action="store_true", help="for a program: each screen is a line of JSON, each reply too")
    ask.add_argument("--resume", metavar="FILE", nargs="?", const="", help="go on with a saved interview (the latest)")
    ask.add_argument("--format", choices=FORMATS, default="text", help="the form of the note")
    ask.add_argument("--output", metavar="FILE", type=Path, help="write the note to this file")
    ask.set_defaults(run=_ask)

    assess = commands.add_parser("assess", parents=[common], help="assess many cases: JSON lines in, JSON lines out")
    assess.add_argument("cases", metavar="IN.jsonl", help='lines of {"id": ..., "answers": {...}}, or - ')
    assess.set_defaults(run=_assess)

    findings = commands.add_parser("findings", parents=[common], help="list everything that can be asked")
    findings.add_argument("--json", action="store_true", help="as JSON")
    findings.set_defaults(run=_findings)

    review = commands.add_parser("review", help="check the rules")
    jobs = review.add_subparsers(title="jobs", metavar="JOB", required=True)
    check = jobs.add_parser("check", parents=[common], help="form, references and wording of every rule file")
    check.set_defaults(run=_review_check)
    test = jobs.add_parser("test", parents=[common], help="run the cases that stand in the rules")
    test.set_defaults(run=_review_test)

    measure = jobs.add_parser("measure", parents=[common], help="figures on cases whose answer is known")
    measure.add_argument("cases", metavar="CASES.jsonl", help='lines as for assess, each with "expected"')
    measure.set_defaults(run=_review_measure)

    fhir = commands.add_parser("fhir", help="the interview and saved answers as FHIR R4 (JSON)")
    kinds = fhir.add_subparsers(title="resources", metavar="RESOURCE", required=True)
    asked = kinds.add_parser("questionnaire", parents=[common], help="all questions, as a Questionnaire")
    asked.set_defaults(run=_fhir_questionnaire)
    answered = kinds.add_parser("response", parents=[common], help="a saved interview, as a QuestionnaireResponse")
    answered.add_argument("session", metavar="SESSION.yaml", help="a saved interview or answers, or - ")
    answered.set_defaults(run=_fhir_response)

    schema = commands.add_parser("schema", help="the JSON Schema of what `ask --json` writes and reads")
    schema.set_defaults(run=_schema)

    forget = commands.add_parser("forget", help="delete every saved interview")
    forget.set_defaults(run=_forget)
    return parser


class _Version(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        try:
            number = version("electrolyte-quiz")
        except PackageNotFoundError:
            number = "unknown"
        print(f"electrolyte-quiz {number}, rule base {_load(None).fingerprint}")
        parser.exit()


# --- the parts, put together ------------------------------------------------------------------------


def _load(folder: Path | None) -> RuleBase:
    """The shipped rules, or those of a folder, which are checked as thoroughly as the shipped ones were."""
    from quiz.rulebase import load

    if folder is None:
        return load()
    from quiz.solver import cannot_fire

    return load(folder, cannot_fire)


def _engine(rulebase: RuleBase) -> Engine:
    from quiz.engine import Engine

    return Engine(rulebase)


def _note(engine: Engine, session: Session) -> tuple[Note, Assessment]:
    from quiz.explain import explain, with_changes
    from quiz.whatif import changes

    rulebase, answers = engine.rulebase, session.answers
    assessment = engine.assess(answers)
    note = explain(rulebase, assessment, engine.applies, session.other_medicines, engine.certain, answers)
    return with_changes(note, changes(rulebase, engine.certain, engine.assess, answers)), assessment


def _written(form: str, note: Note, assessment: Assessment, session: Session, width: int) -> str:
    from quiz import wording

    if form == "json":
        return json.dumps(wording.as_data(note, assessment, session), ensure_ascii=False, indent=2) + "\n"
    blocks = wording.sheet(note)
    if form == "html":
        return wording.as_html(blocks) + "\n"
    return wording.as_markdown(blocks) if form == "md" else wording.as_text(blocks, width)


def _can_move_the_cursor() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _front(plain: bool, rulebase: RuleBase | None) -> Front:
    medicines = rulebase.medicines if rulebase else {}
    if plain or os.environ.get("ACCESSIBLE") not in (None, "", "0") or not _can_move_the_cursor():
        from quiz.plain import Plain

        return Plain(medicines)
    from quiz.terminal import Terminal

    return Terminal(medicines, colour="NO_COLOR" not in os.environ)


def _width() -> int:
    import shutil

    return min(shutil.get_terminal_size().columns, 100)


# --- commands ---------------------------------------------------------------------------------------


def _menu(chosen: argparse.Namespace) -> int:
    from quiz.conversation import Option

    front = _front(False, None)
    front.say("Electrolyte quiz: which electrolyte to discuss with a clinician, and why.")
    options = [
        Option("ask", "Answer questions about yourself, and take a note along", "1"),
        Option("review", "Check the rules, as an educator", "2"),
        Option("quit", "Leave", "q"),
    ]
    wanted = front.choose("What do you want to do?", options)
    if wanted == "quit":
        return DONE
    return main(["ask"] if wanted == "ask" else ["review", "check"])


def _ask(chosen: argparse.Namespace) -> int:
    from quiz.interview import Session
    from quiz.store import Saved

    rulebase = _load(chosen.rules)
    if chosen.answers is not None:
        saved = _read(rulebase, chosen.answers)
        if saved.gone:
            print(f"not known to these rules, so left out: {', '.join(saved.gone)}", file=sys.stderr)
        return _tell(chosen, _engine(rulebase), saved.session)
    if chosen.resume is None:
        return _interview(chosen, rulebase, Saved(Session()), None)
    from quiz.store import latest_session

    path = Path(chosen.resume) if chosen.resume else latest_session()
    return _interview(chosen, rulebase, _read(rulebase, str(path), from_other_rules=True), path)


def _read(rulebase: RuleBase, name: str, *, from_other_rules: bool = False) -> Saved:
    from quiz.fhir import is_fhir, read_response
    from quiz.store import Saved, read_session

    if name == "-":
        content, name = sys.stdin.buffer.read(), "standard input"
    else:
        try:
            content = Path(name).read_bytes()
        except OSError as error:
            raise StoreError(f"{name}: cannot be read: {error.strerror or error}") from error
    if is_fhir(content):
        session, gone = read_response(rulebase, content, name)
        return Saved(session, gone=gone)
    return read_session(rulebase, content, name, from_other_rules=from_other_rules)


def _tell(chosen: argparse.Namespace, engine: Engine, session: Session) -> int:
    note, assessment = _note(engine, session)
    text = _written(chosen.format, note, assessment, session, _width() if sys.stdout.isatty() else 80)
    if chosen.output is None:
        sys.stdout.write(text)
    else:
        from quiz.store import write_private

        write_private(chosen.output, text)
        print(f"The note is in {chosen.output}.")
    return DONE


def _interview(chosen: argparse.Namespace, rulebase: RuleBase, saved: Saved, path: Path | None) -> int:
    from quiz import wording
    from quiz.conversation import Words, converse
    from quiz.interview import Interview

    lines = _lines(rulebase) if chosen.json else None
    front = lines or _front(chosen.plain, rulebase)
    front.say(wording.welcome(rulebase))
    engine = _engine(rulebase)
    keeper = _Keeper(engine, path)
    if saved.fingerprint not in ("", rulebase.fingerprint):
        front.say("The rules have changed since this interview was saved. New questions are asked along the way.")
    if saved.gone:
        front.say(f"These answers are no longer used: {', '.join(saved.gone)}.")
    explanations = _Explanations(engine)
    words = Words(
        emergency=lambda assessment: wording.emergency(rulebase, assessment),
        why=explanations.why,
        moved=explanations.moved,
        help=lambda step, finding: wording.help_text(step, finding, rulebase.glossary),
        answer=wording.answer_words,
    )
    interview = Interview(rulebase, engine.assess, engine.outlook)
    ending = converse(interview, engine.assess, front, words, keeper.save, keeper.keep, saved.session)
    if lines:
        return _last_line(engine, lines, ending)
    if ending.how == "finished":
        return _finish(chosen, engine, front, ending.session)
    return _leave(front, ending, keeper)


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
        front.show(Tell(_note(engine, session)[0]))
        return DONE
    front.show(Leave(ending.how, session.answers, session.other_medicines))
    return {"interrupted": INTERRUPTED, "ended": ENDED}.get(ending.how, DONE)


class _Explanations:
    """Why a question is asked and what a changed answer moved. The solver behind them is loaded when first needed."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

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
    """Saves an interview once the person asked for it, and from then on after every step."""

    def __init__(self, engine: Engine, path: Path | None) -> None:
        self.engine = engine
        self.path = path

    def save(self, session: Session) -> str:
        """Where the session is now, or why it could not be saved."""
        from quiz.store import session_path

        path = self.path or session_path(datetime.now())
        try:
            self._write(path, session)
        except StoreError as error:
            return str(error)
        self.path = path
        return (
            f"Saved in {path}. Every further answer is saved there too. Go on later with: electrolyte-quiz ask --resume"
        )

    def keep(self, session: Session) -> None:
        if self.path is not None:
            with suppress(StoreError):  # said when it was asked for; a full disk must not end the talk
                self._write(self.path, session)

    def _write(self, path: Path, session: Session) -> None:
        from quiz.store import write_session

        write_session(path, session, self.engine.assess(session.answers), self.engine.rulebase.fingerprint)


def _finish(chosen: argparse.Namespace, engine: Engine, front: Front, session: Session) -> int:
    from quiz.conversation import Option
    from quiz.store import write_private

    if chosen.output is not None or chosen.format != "text":
        return _tell(chosen, engine, session)
    note, assessment = _note(engine, session)
    front.say("\n" + _written("text", note, assessment, session, _width()))
    options = [
        Option("no", "No, I have read it", "n"),
        Option("html", "As a page to print (HTML)", "h"),
        Option("md", "As Markdown", "m"),
        Option("text", "As plain text", "t"),
    ]
    try:
        form = front.choose("Write this note to a file?", options)
    except (EOFError, KeyboardInterrupt):
        return DONE
    if form != "no":
        ending = {"html": "html", "md": "md", "text": "txt"}[form]
        path = Path(f"electrolyte-note-{datetime.now():%Y-%m-%d-%H%M%S}.{ending}")
        write_private(path, _written(form, note, assessment, session, 80))
        front.say(f"The note is in {path}. Only you can read it.")
    return DONE


def _leave(front: Front, ending: Ending, keeper: _Keeper) -> int:
    """Leave early, losing nothing that the person wants to keep."""
    from quiz.conversation import Option
    from quiz.plain import Plain
    from quiz.yamltext import write

    code = {"interrupted": INTERRUPTED, "ended": ENDED}.get(ending.how, DONE)
    answers = ending.session.answers
    if not answers or keeper.path is not None:
        front.say("You left early." + (f" Your answers are in {keeper.path}." if keeper.path else ""))
        return code
    if isinstance(front, Plain) and not sys.stdin.isatty():
        front.say("You left early. Your answers so far, for `ask --answers FILE`:")
        print(write({"answers": dict(answers)}), end="")
        return code
    with suppress(EOFError, KeyboardInterrupt):
        options = [Option("no", "No, drop them", "n"), Option("yes", "Yes, save them to go on later", "y")]
        if front.choose("You are leaving. Keep your answers?", options) == "yes":
            front.say(keeper.save(ending.session))
    return code


def _assess(chosen: argparse.Namespace) -> int:
    from quiz.batch import Batch

    rulebase = _load(chosen.rules)
    batch = Batch(rulebase, _engine(rulebase).assess)
    if chosen.cases == "-":
        for line in batch.run(sys.stdin):
            print(line)
    else:
        try:
            with open(chosen.cases, encoding="utf-8", errors="replace") as lines:
                for line in batch.run(lines):
                    print(line)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise StoreError(f"{chosen.cases}: cannot be read: {error.strerror or error}") from error
    if batch.unknown:
        print(f"not known to these rules, so left out: {', '.join(sorted(batch.unknown))}", file=sys.stderr)
    if batch.bad:
        print(f"{batch.bad} lines could not be read", file=sys.stderr)
    return PROBLEM if batch.bad else DONE


def _findings(chosen: argparse.Namespace) -> int:
    rulebase = _load(chosen.rules)
    if chosen.json:
        told = [
            {
                "id": each.id,
                "kind": each.kind,
                "label": each.label,
                "question": each.question,
                **({"words": [*each.words, "unsure"]} if not each.is_number else {}),
                **({"unit": each.unit, "range": [each.low, each.high]} if each.is_number else {}),
            }
            for each in rulebase.findings.values()
        ]
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return DONE
    for each in rulebase.findings.values():
        values = f"number in {each.unit}" if each.is_number else " / ".join((*each.words, "unsure"))
        print(f"{each.id}  ({each.kind}; {values})\n    {each.question}")
    return DONE


def _review_check(chosen: argparse.Namespace) -> int:
    from quiz.review.lint import lint
    from quiz.rulebase import load
    from quiz.solver import cannot_fire

    try:
        rulebase = load(chosen.rules, cannot_fire)
        problems = tuple(lint(rulebase))
    except RuleBaseError as error:  # what was asked for, so it goes to standard output
        problems = error.problems
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} problems")
        return PROBLEM
    drafts = sum(rule.provenance.state == "draft" for rule in rulebase.rules.values())
    counts = f"{len(rulebase.rules)} rules, {len(rulebase.findings)} findings, {len(rulebase.concepts)} concepts"
    print(f"{counts}: no problem.")
    print(f"{drafts} of {len(rulebase.rules)} rules are drafts that nobody has reviewed.")
    return DONE


def _review_test(chosen: argparse.Namespace) -> int:
    from quiz.review.cases import failing_cases

    rulebase = _load(chosen.rules)
    problems = failing_cases(rulebase, _engine(rulebase).assess)
    for problem in problems:
        print(problem)
    cases = sum(len(rule.fires) + len(rule.near_miss) for rule in rulebase.rules.values()) + len(rulebase.vignettes)
    print(f"{cases} cases, {len(problems)} failed.")
    return PROBLEM if problems else DONE


def _review_measure(chosen: argparse.Namespace) -> int:
    from quiz.batch import Batch
    from quiz.review.measure import measure

    rulebase = _load(chosen.rules)
    try:
        lines = [line for line in Path(chosen.cases).read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{chosen.cases}: cannot be read: {error}") from error
    try:
        figures = measure(lines, Batch(rulebase, _engine(rulebase).assess).run(lines))
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{chosen.cases}: these are not cases with an expected answer: {error}") from error
    print("\n".join(figures))
    return DONE


def _fhir_questionnaire(chosen: argparse.Namespace) -> int:
    from quiz.fhir import questionnaire

    print(json.dumps(questionnaire(_load(chosen.rules)), ensure_ascii=False, indent=2))
    return DONE


def _fhir_response(chosen: argparse.Namespace) -> int:
    from quiz.fhir import response
    from quiz.interview import Interview

    rulebase = _load(chosen.rules)
    saved = _read(rulebase, chosen.session, from_other_rules=True)
    if saved.gone:
        print(f"not known to these rules, so left out: {', '.join(saved.gone)}", file=sys.stderr)
    engine = _engine(rulebase)
    completed = Interview(rulebase, engine.assess, engine.outlook).next(saved.session) is None
    print(json.dumps(response(rulebase, saved.session, completed=completed), ensure_ascii=False, indent=2))
    return DONE


def _schema(chosen: argparse.Namespace) -> int:
    from importlib.resources import files

    print((files("quiz") / "twin.schema.json").read_text(encoding="utf-8"), end="")
    return DONE


def _forget(chosen: argparse.Namespace) -> int:
    from quiz.store import data_folder, forget

    gone = forget()
    print(f"Deleted {len(gone)} saved interviews from {data_folder()}." if gone else "Nothing was saved.")
    return DONE
