"""The arguments of every command, in one light room: whoever wants help, or slips, waits for nothing else.

What a command runs is named as "module:function" and imported once it is chosen.
"""

from __future__ import annotations

import sys

from quiz.commands.helping import HELP, Arguments

TYPE_CHECKING = False  # as typing has it, whose import would cost every command some milliseconds
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Any, NoReturn

    Taker = argparse.ArgumentParser | Arguments
    """What is given the arguments of a command."""

PROGRAM = "electrolyte-quiz"

SEEDS = 10**9
ITEMS = 20
"""Items of an exam or of a file where no other number is asked for."""

NOTES = "walk.yaml"
"""Where a walk keeps what was said, where no other file is named."""

WALKED = "walked.yaml"
"""The table, inside the folder of rules, that takes what was agreed to on a walk."""

WANTED = 0.95
"""The share of noticed changes below which `review coverage` fails."""

PARTS_OF_RULES = {"rule": "rules", "finding": "findings", "concept": "concepts", "state": "states"}
"""What `review` tells in plain words: each kind, with where it stands in a rule base."""


DESCRIPTION = "Which electrolyte to discuss with a clinician, and why. Education: no diagnosis, no dose."
EPILOG = "Without a command it asks what you want to do."


def help_text(words: Sequence[str]) -> str | None:
    """What a command line asks to be told of its last command; None where it asks for no help."""
    before = words[: list(words).index("--")] if "--" in words else words  # what follows it is meant as it stands
    return _of_command(words)[0].text() if any(word in HELP for word in before) else None


def chosen_by(words: Sequence[str]) -> argparse.Namespace:
    """What a command line chooses. `run` names what to run.

    Raises ArgumentsError where a word is unknown, and leaves the program, as argparse does, where one is out of place.

    Commands alone, without options, are the usual case; they are told without argparse.
    """
    command, rest, further = _of_command(words)
    if further and rest and not rest[0].startswith("-"):
        _refuse(command, "command", rest[0], further)
    alone: Any = command.unless_given() if not rest else None
    chosen, unknown = (alone, []) if alone else parser(words).parse_known_args(words)
    if unknown:
        _refuse(command, "argument", unknown[0], command.options)
    refused = getattr(chosen, "refused", None)
    mistake = refused(chosen) if refused else ""
    if mistake:
        chosen.parser.error(mistake)
    return chosen


def _refuse(command: Arguments, what: str, word: str, known: Iterable[str]) -> NoReturn:
    from quiz.errors import ArgumentsError, did_you_mean

    hint = did_you_mean(word.partition("=")[0], known) or f"`{command.prog} --help` tells what there is"
    raise ArgumentsError(f'{command.usage}\n{command.prog}: error: unknown {what} "{word}"\n  hint: {hint}')


def _of_command(words: Sequence[str]) -> tuple[Arguments, Sequence[str], Commands | None]:
    """The arguments of the last command that these words lead to, the words after it, and what commands may follow."""
    told = Arguments(PROGRAM, DESCRIPTION, EPILOG)
    _whole(told)
    further: Commands | None = COMMANDS
    metavar, needed = "COMMAND", False
    while words and further is not None and words[0] in further:
        help, inside = further[words[0]]
        told = Arguments(f"{told.prog} {words[0]}", f"{help[:1].upper()}{help[1:]}.")
        words = words[1:]
        if isinstance(inside, tuple):
            _, metavar, further = inside
            needed = True
        else:
            further = None
            inside(told)
    if further is not None:
        told.add_further(metavar, [(name, help) for name, (help, _) in further.items()], needed=needed)
    return told, words, further


def parser(words: Collection[str] | None = None) -> argparse.ArgumentParser:
    """The whole of it; given the words of a command line, without the arguments of commands that are not among them."""
    import argparse

    whole = argparse.ArgumentParser(prog=PROGRAM, description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False)
    _whole(whole)
    _add(whole, "commands", "COMMAND", COMMANDS, words, required=False)
    return whole


def run_of(name: str) -> Callable[[argparse.Namespace], int]:
    """The function with this name, "module:function"."""
    module, _, function = name.partition(":")
    __import__(module)
    found: Callable[[argparse.Namespace], int] = getattr(sys.modules[module], function)
    return found


def _add(
    command: argparse.ArgumentParser,
    title: str,
    metavar: str,
    further: Commands,
    words: Collection[str] | None,
    *,
    required: bool,
) -> None:
    """Give a command its further commands. Those that are not among the words get no parser, only their help."""
    from argparse import ArgumentParser

    def made(prog: str, **about: Any) -> argparse.ArgumentParser | None:
        wanted = words is None or prog.split()[-1] in words
        return ArgumentParser(prog=prog, allow_abbrev=False, **about) if wanted else None

    taking: Any = {"parser_class": made}  # argparse takes anything that makes a parser; what is known of it says less
    place = command.add_subparsers(title=title, metavar=metavar, required=required, **taking)
    for name, (help, inside) in further.items():
        here: argparse.ArgumentParser | None = place.add_parser(name, help=help)
        if here is None:
            continue
        if isinstance(inside, tuple):
            _add(here, *inside, words, required=True)
        else:
            inside(here)


def _whole(whole: Taker) -> None:
    whole.add_argument("--version", action="store_true", help="the version and the fingerprint of the rules")
    whole.set_defaults(run="quiz.commands.menu:run")


# --- what several commands take ---------------------------------------------------------------------


def _rules(command: Taker) -> None:
    command.add_argument("--rules", metavar="DIR", type=path, help="use the rules in this folder")


def _report(command: Taker, *formats: str) -> None:
    command.add_argument("--format", choices=formats, default="text", help="the form of the report")


def path(text: str) -> Path:
    from pathlib import Path

    return Path(text)


def whole_number(low: int, high: int | None = None) -> Callable[[str], int]:
    """Reads a whole number in this range, both ends included; no `high` leaves it open."""
    known = f"from {low} to {high}" if high is not None else f"of at least {low}"

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = low - 1
        if number < low or (high is not None and number > high):
            from argparse import ArgumentTypeError

            raise ArgumentTypeError(f"{text!r} is not a whole number {known}")
        return number

    return read


# --- one function for each command ------------------------------------------------------------------


def _ask(ask: Taker) -> None:
    _rules(ask)
    ask.add_argument("--plain", action="store_true", help="static numbered lines, for screen readers and pipes")
    begun = ask.add_mutually_exclusive_group()
    begun.add_argument("--answers", metavar="FILE", help="do not ask: take them from a YAML, JSON or FHIR file, or -")
    resumed = "go on with a saved interview (the latest)"
    begun.add_argument("--resume", metavar="FILE", nargs="?", const="", help=resumed)
    ask.add_argument("--json", action="store_true", help="for a program: each screen is a line of JSON, each reply too")
    ask.add_argument("--format", choices=("text", "md", "html", "json"), default="text", help="the form of the note")
    ask.add_argument("--output", metavar="FILE", type=path, help="write the note to this file")
    ask.set_defaults(run="quiz.commands.ask:run", refused=_ask_refused, parser=ask)


def _ask_refused(chosen: argparse.Namespace) -> str:
    """What does not go with `--json`, by which another program holds the whole talk."""
    given = {"--answers": chosen.answers, "--output": chosen.output, "--format": chosen.format != "text"}
    odd = [option for option, value in given.items() if value] if chosen.json else []
    return f"{odd[0]} does not go with --json" if odd else ""


def _practice(practice: Taker) -> None:
    _rules(practice)
    way = practice.add_mutually_exclusive_group()
    way.add_argument("--patient", action="store_true", help="question a patient in any order, then settle on a note")
    way.add_argument("--exam", action="store_true", help="a paper of items, and a result file to hand in")
    way.add_argument("--standing", action="store_true", help="where you stand: what is known, mixed up, and due")
    way.add_argument("--export", choices=("anki", "gift", "html"), help="items for Anki, for Moodle, or on paper")
    # What is not given stays None until `_practice_refused` has seen what was given together.
    seed, count = whole_number(0, SEEDS - 1), whole_number(1, 1_000)
    kinds = ("state", "urgency", "mechanism", "context", "shift", "check", "comparison", "food")
    practice.add_argument("--seed", metavar="S", type=seed, help="the same cases as everybody with this number")
    practice.add_argument("--items", metavar="N", type=count, help=f"items of an exam or a file ({ITEMS})")
    practice.add_argument("--minutes", metavar="M", type=count, help="time for an exam")
    practice.add_argument("--name", help="a name of your choice in the result of an exam")
    practice.add_argument("--kind", choices=kinds, action="append", help="only items of this kind")
    practice.add_argument("--case", metavar="ID", help="with --patient: this vignette or made-up person")
    practice.add_argument(
        "--typed", action="store_true", help="type the answer, with completion, where it is short and only one is right"
    )
    practice.add_argument("--ahead", action="store_true", help="practise what is not due; the schedule stays as it is")
    practice.add_argument("--again", action="store_true", help="only what was wrong before, the surest errors first")
    practice.add_argument("--plain", action="store_true", help="static numbered lines, for screen readers and pipes")
    practice.add_argument("--format", choices=("text", "html"), help="the form of --standing")
    practice.add_argument("--output", metavar="FILE", type=path, help="write to this file")
    practice.set_defaults(run="quiz.commands.practice:run", refused=_practice_refused, parser=practice)


ITEMS_WAY = "practice alone"
"""What `practice` does where no other way is chosen: item after item."""

GOES_WITH = {
    "seed": (ITEMS_WAY, "--patient", "--exam", "--export"),
    "items": ("--exam", "--export"),
    "minutes": ("--exam", "--export html"),
    "name": ("--exam",),
    "kind": (ITEMS_WAY,),
    "case": ("--patient",),
    "typed": (ITEMS_WAY,),
    "ahead": (ITEMS_WAY,),
    "again": (ITEMS_WAY,),
    "plain": (ITEMS_WAY, "--patient", "--exam"),
    "format": ("--standing",),
    "output": ("--exam", "--standing", "--export"),
}
"""The ways of `practice` that each option goes with. With another one it would do nothing, so it is refused."""

UNLESS_GIVEN: Mapping[str, object] = {"items": ITEMS, "minutes": 0, "name": "", "kind": (), "format": "text"}


def _practice_refused(chosen: argparse.Namespace) -> str:
    """What does not go together, or nothing; then what was not given is filled in."""
    ways = [f"--{each}" for each in ("patient", "exam", "standing") if getattr(chosen, each)]
    ways += ["--export", f"--export {chosen.export}"] if chosen.export else []
    ways = ways or [ITEMS_WAY]
    for option, fitting in GOES_WITH.items():
        if getattr(chosen, option) not in (None, False) and set(ways).isdisjoint(fitting):
            return f"--{option} does nothing with {ways[-1]}: it goes with {', '.join(fitting)}"
    if chosen.case is not None and chosen.seed is not None:
        return "--case and --seed both say which patient comes: give one of them"
    for option, value in UNLESS_GIVEN.items():
        if getattr(chosen, option) is None:
            setattr(chosen, option, value)
    return ""


def _replay(replay: Taker) -> None:
    replay.description = (
        "Prints what differs from what each interview was told. Exit code 0: nothing does; 1: something does, or a "
        "file could not be read."
    )
    _rules(replay)
    replay.add_argument("sessions", metavar="SESSION", nargs="+", help="a saved interview, or a folder of them")
    replay.set_defaults(run="quiz.commands.replay:run")


def _assess(assess: Taker) -> None:
    _rules(assess)
    assess.add_argument("cases", metavar="IN.jsonl", help='lines of {"id": ..., "answers": {...}}, or -')
    assess.add_argument("--output", metavar="OUT.jsonl", type=path, help="write to this file")
    assess.add_argument("--resume", action="store_true", help="go on where a run to the same --output was cut off")
    jobs = whole_number(1)
    assess.add_argument("--jobs", metavar="N", type=jobs, help="processes; without it, all cores for many lines")
    assess.set_defaults(run="quiz.commands.assess:run")


def _findings(findings: Taker) -> None:
    _rules(findings)
    findings.add_argument("--json", action="store_true", help="as JSON")
    findings.set_defaults(run="quiz.commands.assess:run_findings")


def _fhir_questionnaire(asked: Taker) -> None:
    _rules(asked)
    asked.set_defaults(run="quiz.commands.fhir:run_questionnaire")


def _fhir_response(answered: Taker) -> None:
    _rules(answered)
    answered.add_argument("session", metavar="SESSION.yaml", help="a saved interview or answers, or -")
    answered.set_defaults(run="quiz.commands.fhir:run_response")


def _schema(schema: Taker) -> None:
    schema.set_defaults(run="quiz.commands.schema:run")


def _forget(forget: Taker) -> None:
    forget.add_argument("--yes", action="store_true", help="delete without being asked")
    forget.set_defaults(run="quiz.commands.forget:run")


def _completion(completion: Taker) -> None:
    completion.description = "Prints a script for your shell. The README says where it goes."
    completion.add_argument("shell", metavar="SHELL", choices=SHELLS, help="your shell")
    completion.set_defaults(run="quiz.commands.completion:run")


SHELLS = ("bash", "zsh", "fish", "tcsh")

# --- review -----------------------------------------------------------------------------------------


def _review_check(check: Taker) -> None:
    _rules(check)
    check.add_argument("files", metavar="FILE", nargs="*", type=path, help="report only these (all are still read)")
    _report(check, "text", "github", "json", "sarif")
    check.add_argument("--watch", action="store_true", help="check again after every save, until Ctrl-C")
    check.set_defaults(run="quiz.commands.review_check:run")


def _review_codes(codes: Taker) -> None:
    codes.add_argument("codes", metavar="CODE", nargs="*", help="only these")
    codes.set_defaults(run="quiz.commands.review_check:run_codes")


def _review_test(test: Taker) -> None:
    _rules(test)
    test.add_argument("--rule", metavar="ID", default="", help="only the cases of this rule or vignette")
    test.add_argument("--failed", action="store_true", help="show only what failed")
    test.set_defaults(run="quiz.commands.review_test:run")


def _review_dossier(job: Taker) -> None:
    _rules(job)
    job.add_argument("id", metavar="ID", nargs="?", default="", help="which one; without it, the ids of all")
    job.set_defaults(run="quiz.commands.review_read:run", kind=job.prog.split()[-1])


def _review_atlas(atlas: Taker) -> None:
    _rules(atlas)
    cases = whole_number(0)
    atlas.add_argument("--cases", metavar="N", type=cases, default=2000, help="how many random cases (2000)")
    atlas.add_argument("--seed", metavar="N", type=int, default=1, help="another draw of random cases (1)")
    atlas.add_argument("--all", action="store_true", help="every pair, not only those told together most often")
    atlas.add_argument("--output", metavar="FILE.svg", type=path, help="write a picture to this file instead")
    atlas.set_defaults(run="quiz.commands.review_book:run_atlas")


def _review_book(book: Taker) -> None:
    _rules(book)
    book.add_argument("-o", "--output", metavar="FILE.html", type=path, required=True, help="write the page here")
    book.add_argument("--quick", action="store_true", help="without the chapter on coverage, which takes a while")
    book.set_defaults(run="quiz.commands.review_book:run_book")


def _review_walk(walk: Taker) -> None:
    walk.description = (
        "Shows the cases that together notice most small changes to the rules. Those you agree to become tests in "
        f"cases/{WALKED} inside the folder of rules, and all you say is kept in the notes. Run it again to go on."
    )
    _rules(walk)
    walk.add_argument("--notes", metavar="FILE", type=path, default=NOTES, help=f"keep what you say here ({NOTES})")
    walk.add_argument("--plain", action="store_true", help="ask as plain lines")
    walk.set_defaults(run="quiz.commands.review_walk:run")


def _review_prove(prove: Taker) -> None:
    prove.epilog = "Exit code 0 where all of them hold, 1 otherwise."
    _rules(prove)
    prove.add_argument("--property", metavar="ID", action="append", default=[], help="only this one (can be repeated)")
    _report(prove, "text", "md", "json")
    prove.set_defaults(run="quiz.commands.review_prove:run")


def _review_coverage(coverage: Taker) -> None:
    share = f"{WANTED * 100:.0f} percent"
    coverage.description = f"Exit code 1: less than {share} of the changes are noticed, or a case fails."
    _rules(coverage)
    coverage.add_argument("rule", metavar="RULE", nargs="?", default="", help="one rule or concept, clause by clause")
    tables = "count the cases of this table too"
    coverage.add_argument("--cases", metavar="FILE", type=path, action="append", default=[], help=tables)
    _report(coverage, "text", "json")
    accepting = coverage.add_mutually_exclusive_group()
    accepting.add_argument("--accept", action="store_true", help="offer each missing case, to accept with one key")
    accepting.add_argument("--accept-all", action="store_true", help="write every missing case to the tables in cases/")
    accepting.add_argument("--renew", action="store_true", help="the same, and take out the cases that no longer hold")
    coverage.add_argument("--plain", action="store_true", help="ask as plain lines")
    coverage.set_defaults(run="quiz.commands.review_coverage:run")


def _review_diff(diff: Taker) -> None:
    diff.description = (
        "What the rules conclude is proved over every set of answers; all else is compared, and what can change what a "
        "person is asked or told is listed apart from words. Exit code 0: no more than words, tests and lessons "
        "differs; 1: the rules conclude otherwise, or something else differs that people are asked or told."
    )
    _rules(diff)
    diff.add_argument("old", metavar="OLD", help="a folder of rules, or a git revision")
    diff.add_argument("new", metavar="NEW", nargs="?", help="the same (the rules as they are now)")
    _report(diff, "text", "md", "json")
    told = "saved interviews, or folders of them: which are told otherwise"
    diff.add_argument("--sessions", metavar="SESSION", nargs="+", default=[], help=told)
    cases = whole_number(0)
    diff.add_argument("--random", metavar="N", type=cases, default=1000, help="random cases to count over (1000)")
    diff.add_argument("--seed", metavar="N", type=int, default=1, help="another draw of random cases (1)")
    diff.set_defaults(run="quiz.commands.review_diff:run")


def _review_class(room: Taker) -> None:
    room.epilog = "Exit code 0 where every file was counted, 1 otherwise."
    _rules(room)
    room.add_argument("files", metavar="FILES", nargs="+", type=path, help="what `practice --exam` wrote")
    room.set_defaults(run="quiz.commands.review_class:run")


def _review_measure(measure: Taker) -> None:
    _rules(measure)
    measure.add_argument("cases", metavar="CASES.jsonl", help='lines as for assess, each with "expected"')
    measure.set_defaults(run="quiz.commands.review_measure:run")


# --- all of them ------------------------------------------------------------------------------------

if TYPE_CHECKING:
    Fill = Callable[[Taker], None]
    """Gives a command its arguments."""

    Commands = Mapping[str, tuple[str, Fill | tuple[str, str, Mapping[str, tuple[str, Fill]]]]]
    """For each its help, with what gives it its arguments, or the title, the metavar and the commands within it."""

REVIEW: Mapping[str, tuple[str, Fill]] = {
    "check": ("form, references, wording and content of every rule file", _review_check),
    "codes": ("what each code of a problem means, and how to mend it", _review_codes),
    "test": ("run the cases that stand in the rules, as a table", _review_test),
    **{
        kind: (f"one {kind} in plain words; without an id, all {plural}", _review_dossier)
        for kind, plural in PARTS_OF_RULES.items()
    },
    "atlas": ("which states are told together, and what separates them", _review_atlas),
    "book": ("the whole rule base as one page to read, print and sign", _review_book),
    "walk": ("judge cases one by one, without reading rules", _review_walk),
    "prove": ("prove the properties over all answers, or show the smallest case that breaks one", _review_prove),
    "coverage": ("which small changes to the rules no case notices, each with a case that would", _review_coverage),
    "diff": ("what an edit changes: conclusions by proof, all else by comparison", _review_diff),
    "class": ("figures on an exam from the result files of a class", _review_class),
    "measure": ("figures on cases whose answer is known", _review_measure),
}

FHIR: Mapping[str, tuple[str, Fill]] = {
    "questionnaire": ("all questions, as a Questionnaire", _fhir_questionnaire),
    "response": ("a saved interview, as a QuestionnaireResponse", _fhir_response),
}

COMMANDS: Commands = {
    "ask": ("answer questions and take a note along", _ask),
    "practice": ("practise on cases, as a student", _practice),
    "review": ("check the rules", ("jobs", "JOB", REVIEW)),
    "replay": ("what saved interviews would be told now, or under other rules", _replay),
    "assess": ("assess many cases: JSON lines in, JSON lines out", _assess),
    "findings": ("list everything that can be asked", _findings),
    "fhir": ("the interview and saved answers as FHIR R4 (JSON)", ("resources", "RESOURCE", FHIR)),
    "schema": ("the JSON Schema of what `ask --json` writes and reads", _schema),
    "forget": ("delete every saved interview and your practice progress", _forget),
    "completion": ("a script that lets your shell complete these commands", _completion),
}
