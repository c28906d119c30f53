"""Opens a rule base: from its compiled form where the files are the same, else from the files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.resources.abc import Traversable

from quiz.errors import Problem, RuleBaseError
from quiz.model import Rule, RuleBase
from quiz.rulebase import compiled
from quiz.rulebase.files import rule_files

CannotFire = Callable[[RuleBase], Iterable[Rule]]
"""Names the rules that no set of answers can make certain."""


def load(folder: Traversable | None = None, cannot_fire: CannotFire | None = None) -> RuleBase:
    """The rule base in a folder; without a folder, the shipped one.

    Raises RuleBaseError with every problem of every file. `cannot_fire`, where given, is asked once all else is well.
    What was built and checked once is kept in the cache folder, as `quiz.rulebase.compiled` says.
    """
    read = rule_files(folder)
    key = compiled.key(read, checked=cannot_fire is not None)
    known = compiled.read(key)
    if known is not None:
        return known
    from quiz.rulebase.build import build

    rulebase = build(read)
    if cannot_fire is not None:
        _refuse(cannot_fire(rulebase))
    compiled.keep(key, rulebase)
    return rulebase


def _refuse(idle: Iterable[Rule]) -> None:
    why = "some of its conditions exclude each other; no answers can make them all true"
    problems = [Problem(rule.position, "R409", f'rule "{rule.id}" can never fire', why) for rule in idle]
    if problems:
        raise RuleBaseError(problems)
