"""How long the interview is: `uv run python -m tests.bench.interview_length [PEOPLE]` (1,000 where nothing is said).

Three ways of asking the same persons: the interview; every screen in the order of the files; and the same fixed order,
which stops as soon as nothing that is still to come can change what is told.
"""

from __future__ import annotations

import random
import sys
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import mean, median
from typing import Literal

from quiz.consequences import contradictions, with_consequences
from quiz.engine import Engine
from quiz.interview import Interview, Session, Step
from quiz.model import NO, UNSURE, YES, Answer, Answers, Assessment, Finding, Outlook, RuleBase
from quiz.rulebase import load

Person = Mapping[str, Answer | None]
"""What a person would answer to each finding. None is a line left blank."""

SEED = 4
NOT_SURE, LEFT_BLANK = 0.03, 0.01
"""Parts of the lines with nothing to tell that are so answered; the others are answered "no"."""

MOST_OF_A_KIND = {"symptom": 5, "medicine": 5, "condition": 3, "diet": 2, "event": 2, "life stage": 1, "lab": 2}
"""How much one person has at most, so that nobody has everything."""


# --- persons ----------------------------------------------------------------------------------------


def of_vignette(rulebase: RuleBase, answers: Answers) -> Person:
    """Somebody as in the vignette, who says no to all else and knows no other number."""
    return _everything(rulebase, answers, lambda _: NO)


def some_person(rulebase: RuleBase, dice: random.Random) -> Person:
    """Half of them are like a vignette but for a few answers, half of them made up."""
    vignettes = list(rulebase.vignettes.values())
    answers = _like(rulebase, dice.choice(vignettes).answers, dice) if dice.random() < 0.5 else _made_up(rulebase, dice)

    def other(_: Finding) -> Answer | None:
        place = dice.random()
        return UNSURE if place < NOT_SURE else None if place < NOT_SURE + LEFT_BLANK else NO

    return _everything(rulebase, answers, other)


def _like(rulebase: RuleBase, answers: Answers, dice: random.Random) -> Answers:
    kept = {finding: answer for finding, answer in answers.items() if dice.random() > 0.1}
    asked = [finding for finding in rulebase.findings.values() if finding.words == (YES, NO)]
    return _with(rulebase, kept, [*_who(dice), *((each.id, YES) for each in dice.sample(asked, dice.randint(0, 3)))])


def _made_up(rulebase: RuleBase, dice: random.Random) -> Answers:
    more: list[tuple[str, Answer]] = list(_who(dice))
    for kind, most in MOST_OF_A_KIND.items():
        findings = [finding for finding in rulebase.findings.values() if finding.kind == kind]
        for finding in dice.sample(findings, dice.randint(0, most)):
            number = round(dice.uniform(finding.low, finding.high), 1)
            more.append((finding.id, number if finding.is_number else YES))
    return _with(rulebase, {}, more)


def _who(dice: random.Random) -> Iterator[tuple[str, Answer]]:
    yield "age", float(dice.randint(18, 95))
    yield "sex", dice.choice(("female", "male"))


def _with(rulebase: RuleBase, answers: Answers, more: Iterable[tuple[str, Answer]]) -> Answers:
    """The answers and those of the others that can stand together with them."""
    for finding, answer in more:
        if finding in rulebase.findings and finding not in answers:
            both = {**answers, finding: answer}
            answers = answers if contradictions(rulebase, both) else both
    return answers


def _everything(rulebase: RuleBase, answers: Answers, other: Callable[[Finding], Answer | None]) -> Person:
    known = with_consequences(rulebase, answers)
    return {
        each.id: known[each.id] if each.id in known else other(each) if each.words == (YES, NO) else None
        for each in rulebase.findings.values()
    }


# --- ways of asking ---------------------------------------------------------------------------------

Next = Callable[[Session], Step | None]


START = Session()


def walk(next_step: Next, person: Person, session: Session = START) -> Iterator[tuple[Session, Step | None]]:
    """Each step with the session before it; last the session in which nothing more is asked."""
    while step := next_step(session):
        yield session, step
        session = session.given({each.id: person[each.id] for each in step.findings}).done(step)
    yield session, None


def _all_screens(rulebase: RuleBase, ask: Literal["always", "useful"]) -> RuleBase:
    return replace(rulebase, screens={name: replace(each, ask=ask) for name, each in rulebase.screens.items()})


@dataclass(frozen=True, slots=True)
class Length:
    """`questions` are the lines, where a list of names to type counts as one."""

    screens: int
    lines: int
    questions: int


def length(steps: Iterable[Step]) -> Length:
    lines = [(len(step.findings), step.kind == "typed") for step in steps]
    return Length(len(lines), sum(count for count, _ in lines), sum(1 if typed else count for count, typed in lines))


class Ways:
    """The three ways of asking, for one rule base."""

    def __init__(self, rulebase: RuleBase, engine: Engine) -> None:
        self.interview = Interview(rulebase, engine.assess, engine.outlook)
        self.all_useful = Interview(_all_screens(rulebase, "useful"), engine.assess, engine.outlook)
        nothing = Assessment((), None, (), (), (), (), {})
        everything = _all_screens(rulebase, "always")
        self.all_always = Interview(everything, lambda _: nothing, lambda _: Outlook({}))

    def lengths(self, person: Person) -> dict[str, Length]:
        adaptive = [step for _, step in walk(self.interview.next, person) if step]
        fixed = list(walk(self.all_always.next, person))
        every = [step for _, step in fixed if step]
        certain = bisect(fixed, False, key=lambda each: not self.all_useful.to_ask(each[0]))
        return {
            "this interview": length(adaptive),
            "fixed order, stops when certain": length(every[:certain]),
            "everything": length(every),
        }


def table(title: str, lengths: Mapping[str, list[Length]]) -> str:
    rows = [f"{title:<36}{'screens':>16}{'lines':>16}{'questions':>16}", f"{'':<36}" + f"{'mean  median':>16}" * 3]
    for way, found in lengths.items():
        columns = zip(*((each.screens, each.lines, each.questions) for each in found), strict=True)
        rows.append(f"{way:<36}" + "".join(f"{mean(column):9.1f}{median(column):7g}" for column in columns))
    return "\n".join(rows)


def run(people: int = 1_000) -> None:
    rulebase = load()
    engine = Engine(rulebase)
    dice, asking = random.Random(SEED), Ways(rulebase, engine)
    groups = {
        f"{len(rulebase.vignettes)} vignettes": [
            of_vignette(rulebase, each.answers) for each in rulebase.vignettes.values()
        ],
        f"{people} random people": [some_person(rulebase, dice) for _ in range(people)],
    }
    for title, persons in groups.items():
        found: dict[str, list[Length]] = {}
        for place, person in enumerate(persons, 1):
            for way, its in asking.lengths(person).items():
                found.setdefault(way, []).append(its)
            if sys.stderr.isatty():
                print(f"\r{title}: {place} asked", end="", file=sys.stderr, flush=True)
        print(table(title, found), end="\n\n", flush=True)


if __name__ == "__main__":
    run(*map(int, sys.argv[1:]))
