"""Opens a rule base: from its compiled form where the files are the same, else from the files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.resources.abc import Traversable

from quiz.errors import Problem, RuleBaseError
from quiz.model import Implication, Rule, RuleBase
from quiz.rulebase import compiled
from quiz.rulebase.files import rule_files

CannotFire = Callable[[RuleBase], Iterable[Rule]]
"""Names the rules that no set of answers can make certain."""

Clashes = Callable[[RuleBase], Iterable[tuple[str, Implication, Implication]]]
"""Names the findings for which two answers can follow at once, and from what."""


def load(
    folder: Traversable | None = None, cannot_fire: CannotFire | None = None, clashes: Clashes | None = None
) -> RuleBase:
    """The rule base in a folder; without a folder, the shipped one.

    Raises RuleBaseError with every problem of every file. `cannot_fire` and `clashes`, where given, are asked once all
    else is well. What was built and checked once is kept in the cache folder, as `quiz.rulebase.compiled` says.
    """
    rulebase, problems = attempt(folder, cannot_fire, clashes)
    if rulebase is None or problems:
        raise RuleBaseError(problems)
    return rulebase


def attempt(
    folder: Traversable | None = None, cannot_fire: CannotFire | None = None, clashes: Clashes | None = None
) -> tuple[RuleBase | None, Sequence[Problem]]:
    """As `load`, but what could be read is given beside the problems: its words can be judged before they are mended.

    None where too little is known for that. Raises RuleBaseError only where there is no folder.
    """
    read = rule_files(folder)
    key = compiled.key(read, checked=(cannot_fire is not None, clashes is not None))
    known = compiled.read(key)
    if known is not None:
        return known, ()
    from quiz.rulebase import build

    rulebase, problems = build.attempt(read)
    if rulebase is not None and not problems:
        problems += _idle(cannot_fire(rulebase) if cannot_fire else ())
        problems += _at_odds(clashes(rulebase) if clashes else ())
        if not problems:
            compiled.keep(key, rulebase)
    return rulebase, problems


def _idle(rules: Iterable[Rule]) -> Iterator[Problem]:
    why = "some of its conditions exclude each other; no answers can make them all true"
    for rule in rules:
        yield Problem(rule.position, "R409", f'rule "{rule.id}" can never fire', why)


def _at_odds(clashes: Iterable[tuple[str, Implication, Implication]]) -> Iterator[Problem]:
    for finding, one, other in clashes:
        first, second = one.then[finding], other.then[finding]
        what = f'for "{finding}" both "{first}" and "{second}" can follow from answers that fit together'
        hint = f"narrow one of the two conditions; the other one is at {one.position}"
        yield Problem(other.position, "R424", what, hint)
