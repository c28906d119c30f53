"""`practice`: items, a patient to question, an exam, where one stands, and items for other programs."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from quiz.commands.arguments import SEEDS
from quiz.commands.shared import drafts, load_rules, make_engine, make_front, read_some, width, width_out
from quiz.errors import QuizError, StoreError, did_you_mean
from quiz.exitcodes import DONE
from quiz.text import inert

if TYPE_CHECKING:
    import argparse

    from quiz.engine import Engine
    from quiz.model import Answers, Assessment, Finding, RuleBase
    from quiz.practice.course import Course
    from quiz.practice.exam import Paper, Result
    from quiz.practice.progress import Progress
    from quiz.practice.right_if import RightIf
    from quiz.practice.talk import Front
    from quiz.practice.values import Case, Item
    from quiz.practice.visiting import Tools


class CaseError(QuizError):
    """A case that these rules do not have."""


def _now() -> datetime:
    return datetime.now().astimezone()


def run(chosen: argparse.Namespace) -> int:
    rulebase = load_rules(chosen.rules)
    if chosen.standing:
        return _standing(chosen, rulebase)
    engine = make_engine(rulebase)
    if chosen.export:
        return _export(chosen, engine)
    front = make_front(chosen.plain, None)
    if chosen.exam:
        return _exam(chosen, engine, front)
    return _patient(chosen, engine, front) if chosen.patient else _items(chosen, engine, front)


# --- items ------------------------------------------------------------------------------------------


def _items(chosen: argparse.Namespace, engine: Engine, front: Front) -> int:
    from quiz.practice.talk import Tally, practise

    front.say(_welcome(engine.rulebase))
    tally = Tally()
    with _progress(front) as progress:
        course = _course(chosen, engine, progress)
        front.say(_load(engine.rulebase, progress))
        try:
            practise(front, course, _Explained(engine), _now, tally, course.items if chosen.typed else None)
        finally:
            front.say(f"\n{tally.text()}")
            if tally.right < tally.said:
                front.say("Errors once more, the surest first: electrolyte-quiz practice --again")
    return DONE


class _Explained:
    """Works out what would make each option right. The solver behind it is loaded when first needed."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @cached_property
    def right_if(self) -> RightIf:
        from quiz.practice.right_if import RightIf

        return RightIf(self.engine.rulebase, self.engine)

    def __call__(self, item: Item) -> Item:
        return self.right_if.filled(item)


def _welcome(rulebase: RuleBase) -> str:
    return (
        "Practice: cases made up from the rules. The key is what these rules say, which is a lesson and not medicine. "
        f"{drafts(rulebase.rules.values())}"
    )


def _load(rulebase: RuleBase, progress: Progress) -> str:
    from quiz.practice.cards import meanings
    from quiz.practice.mastery_sheet import load_words
    from quiz.practice.schedule import load

    cards = meanings(rulebase)
    return load_words(load(progress.memories(cards), cards, _now()))


@contextmanager
def _progress(front: Front) -> Iterator[Progress]:
    """The student's file; where it cannot be had, one that lasts as long as this window, if they want to go on so."""
    from quiz.conversation import Option
    from quiz.practice.progress import NAME, opened, unkept
    from quiz.practice.schedule import Schedule
    from quiz.store import data_folder

    now = _now()
    reviewed, session = Schedule().reviewed, f"{now:%Y%m%d%H%M%S%f}-{random.getrandbits(32):08x}"
    with ExitStack() as stack:
        try:
            progress = stack.enter_context(opened(data_folder() / NAME, reviewed, session, now))
        except StoreError as error:
            front.say(str(error))
            options = [Option("yes", "Yes; nothing is kept", "y"), Option("no", "No, leave", "n")]
            if front.choose("Practise without keeping your progress?", options) == "no":
                raise
            progress = stack.enter_context(unkept(reviewed, session))
        if progress.notice:
            front.say(progress.notice)
        yield progress


def _course(chosen: argparse.Namespace, engine: Engine, progress: Progress) -> Course:
    from quiz.practice.course import Course
    from quiz.practice.items import Items
    from quiz.practice.misconceptions import Misconceptions

    rulebase = engine.rulebase
    return Course(
        rulebase, engine.assess, Items(rulebase, engine), Misconceptions(engine), progress, _now,
        _chosen_seed(chosen), chosen.kind, ahead=chosen.ahead, again=chosen.again, width=width,
    )  # fmt: skip


def _chosen_seed(chosen: argparse.Namespace) -> int:
    return chosen.seed if chosen.seed is not None else random.randrange(SEEDS)


def _a_case(chosen: argparse.Namespace, engine: Engine) -> Case:
    """The case asked for, or a made-up one. Raises CaseError."""
    from quiz.practice.cases import case_with_id, generated

    if chosen.case is None:
        return generated(engine.rulebase, engine.assess, _chosen_seed(chosen))
    try:
        return case_with_id(engine.rulebase, engine.assess, chosen.case)
    except (KeyError, ValueError):
        near = did_you_mean(chosen.case, engine.rulebase.vignettes)
        hint = near or "the vignettes stand in rules/vignettes; a made-up one is generated-NUMBER"
        raise CaseError(f'there is no case "{chosen.case}"\n  hint: {hint}') from None


# --- a patient --------------------------------------------------------------------------------------


def _patient(chosen: argparse.Namespace, engine: Engine, front: Front) -> int:
    from quiz.conversation import Option
    from quiz.practice.visiting import see_patient

    front.say(_welcome(engine.rulebase))
    tools = _tools(engine)
    while True:
        see_patient(front, engine.rulebase, _a_case(chosen, engine), tools)
        again = [Option("yes", "Yes", "y"), Option("no", "No", "n")]
        if chosen.case is not None or chosen.seed is not None or front.choose("Another patient?", again) == "no":
            return DONE


def _tools(engine: Engine) -> Tools:
    from quiz.effects import Effects
    from quiz.enough import answers_behind, naming
    from quiz.practice.patient import tests_of
    from quiz.practice.visiting import Tools
    from quiz.solver import Clauses
    from quiz.unsettled import worths
    from quiz.why import Why
    from quiz.wording import answer_words

    rulebase = engine.rulebase
    effects = Effects(rulebase, engine.assess, Clauses)

    def worth(answers: Answers) -> dict[str, int]:
        return worths(engine.assess(answers), engine.outlook(answers))

    def enough(answers: Answers, told: Assessment) -> tuple[str, ...]:
        first = told.candidates[0]
        rules = naming(rulebase, first.state, first.strength)
        return answers_behind(rulebase, answers, first.fired[0], rules, engine.certain)

    def why(answers: Answers, finding: Finding) -> str:
        return Why(rulebase, effects).text(answers, finding, 0)

    return Tools(engine.assess, worth, effects.any, why, answer_words, enough,
                 tests_of(rulebase, lambda state: _findings_on(rulebase, state)))  # fmt: skip


def _findings_on(rulebase: RuleBase, state: str) -> Iterator[str]:
    """Findings that rules on a state test themselves."""
    from quiz.model import Is, Supports, leaves

    for rule in rulebase.rules.values():
        if isinstance(rule.then, Supports) and rule.then.state == state:
            yield from {leaf.finding for leaf in leaves(rule.when) if isinstance(leaf, Is)}


# --- an exam ----------------------------------------------------------------------------------------


def _exam(chosen: argparse.Namespace, engine: Engine, front: Front) -> int:
    from quiz.practice.dealer import dealer
    from quiz.practice.exam import MOST_ITEMS, begin, paper, score
    from quiz.practice.results import as_yaml
    from quiz.practice.sitting import sit
    from quiz.store import OwnFile

    seed = _chosen_seed(chosen)
    front.say(_welcome(engine.rulebase))
    front.say(f"Making a paper of {chosen.items} items from seed {seed}.")
    if chosen.items > MOST_ITEMS:
        raise CaseError(f"no paper: an exam has at most {MOST_ITEMS} items\n  hint: ask for fewer with --items")
    try:
        made = paper(seed, chosen.items, chosen.minutes, engine.rulebase.fingerprint, dealer(engine.rulebase, engine))
    except ValueError as error:
        raise CaseError(f"no paper: {error}\n  hint: choose another seed or fewer items") from error
    path = chosen.output or Path(f"electrolyte-exam-{seed}-{_now():%Y-%m-%d-%H%M%S}.yaml")
    file = OwnFile(path, "run this exam again with the same --output to go on")
    result = _begun(path, made, chosen.name) or begin(made, chosen.name, _now())
    file.write(as_yaml(result))
    front.say(
        f"Your answers are kept in {path} after each item. There are no hints. Ctrl-C leaves; run it again to go on."
    )
    result, left = sit(front, made, result, lambda now: file.write(as_yaml(now)), _now)
    told = score(made, result)
    if left:  # no marks as long as the answers to come could be chosen by them
        answered = told.items - told.left_out
        front.say(
            f"\nYou left with {answered} of {told.items} answered. To go on, while the time lasts, run it again with "
            f"--seed {seed} and --output {path}; to end it, hand that file in as it is."
        )
        return DONE
    front.say(
        f"\n{told.right} of {told.items} right, {told.left_out} left out, {told.marks} of {told.most} points. "
        f"Hand in {path}."
    )
    return DONE


def _begun(path: Path, made: Paper, name: str) -> Result | None:
    """The result of the same paper in this file, to go on with. Raises QuizError where the file is something else."""
    from quiz.practice.results import read_result

    if not path.exists():
        return None
    result = read_result(read_some(path), str(path))
    if result.digest != made.digest:
        raise StoreError(f"{path}: is the result of another paper\n  hint: choose another --output")
    if result.minutes != made.minutes:
        limit = f"--minutes {result.minutes}" if result.minutes else "no --minutes"
        raise StoreError(f"{path}: was begun with {limit}\n  hint: go on with the same, or choose another --output")
    if name and name != result.student:
        as_whom = f"--name {inert(result.student)}" if result.student else "no --name"
        raise StoreError(f"{path}: was begun with {as_whom}\n  hint: go on with the same, or choose another --output")
    return result


# --- where one stands, and items for others ---------------------------------------------------------


def _standing(chosen: argparse.Namespace, rulebase: RuleBase) -> int:
    from quiz.practice.mastery import picture
    from quiz.practice.mastery_sheet import as_html, as_text
    from quiz.practice.progress import NAME, opened
    from quiz.practice.schedule import Schedule
    from quiz.store import data_folder

    now, schedule = _now(), Schedule()
    with opened(data_folder() / NAME, schedule.reviewed, "standing", now) as progress:
        if progress.notice:
            print(inert(progress.notice), file=sys.stderr)
        told = picture(rulebase, progress, schedule.recall, now)
    text = as_html(told) if chosen.format == "html" else as_text(told, width_out())
    _put(chosen, text.rstrip("\n") + "\n")
    return DONE


def _export(chosen: argparse.Namespace, engine: Engine) -> int:
    from quiz.practice.dealer import dealer
    from quiz.practice.export import anki, gift, paper_html

    seed = _chosen_seed(chosen)
    items = dealer(engine.rulebase, engine)(seed, chosen.items)
    explained = list(map(_Explained(engine), items))
    title = f"{engine.rulebase.title}: {len(items)} items, seed {seed}"
    ways: Mapping[str, Callable[[], str]] = {
        "anki": lambda: anki(explained),
        "gift": lambda: gift(explained),
        "html": lambda: paper_html(explained, title, chosen.minutes),
    }
    _put(chosen, ways[chosen.export]())
    return DONE


def _put(chosen: argparse.Namespace, text: str) -> None:
    if chosen.output is None:
        sys.stdout.write(text)
        return
    from quiz.store import write_private
    from quiz.text import inert

    write_private(chosen.output, text)
    print(f"Written to {inert(str(chosen.output))}.", file=sys.stderr)
