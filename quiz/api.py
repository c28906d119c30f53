"""The quiz for programs: `quiz.load`, `quiz.assess` and `quiz.assess_lines`.

What they need is imported at the first call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from quiz.errors import AnswersError, Position, Problem

if TYPE_CHECKING:
    from quiz.batch import Batch
    from quiz.engine import Engine
    from quiz.model import Assessment, RuleBase


def load(folder: str | PathLike[str] | None = None) -> RuleBase:
    """The rules in a folder, checked; without a folder, those that ship.

    Raises RuleBaseError with every problem of every file.

    >>> import quiz
    >>> rules = quiz.load()
    >>> rules.findings["potassium_mmol_l"].unit
    'mmol/L'
    """
    from quiz.rulebase import load

    if folder is None:
        return load()
    from quiz.solver import cannot_fire, clashes

    return load(Path(folder), cannot_fire, clashes)


def assess(answers: Mapping[str, object], rulebase: RuleBase | None = None) -> Assessment:
    """What the rules say about these answers: `yes`, `no`, `unsure`, or a number, for findings by their id.

    `electrolyte-quiz findings` lists the ids. A finding that is left out was not asked, which is never "no". A number
    may carry one of its units, as in "2.1 mg/dL". Without a rule base, by the rules that ship. From any thread.
    Raises AnswersError with every answer that cannot be read.

    >>> import quiz
    >>> told = quiz.assess({"loop_diuretic": "yes", "palpitations": "unsure", "potassium_mmol_l": 3.1})
    >>> [(each.state, each.strength.word) for each in told.candidates]
    [('K_LOW', 'strong'), ('MG_LOW', 'moderate')]
    >>> told.urgency.word
    'soon'
    >>> told.candidates[0].evidence
    ('potassium_mmol_l',)
    >>> quiz.assess({"palpitation": "yes"})
    Traceback (most recent call last):
    quiz.errors.AnswersError: answers["palpitation"]: A501 unknown finding "palpitation"; did you mean "palpitations"?
    """
    from quiz.answers import read_answers

    if not isinstance(answers, Mapping):
        hint = 'for example {"FINDING": "yes"}'
        raise AnswersError([Problem(Position("answers"), "A502", "needs findings and their answers", hint)])
    rulebase = _once(_shipped, None, load) if rulebase is None else rulebase
    read, mistakes = read_answers(rulebase.findings, {str(name): value for name, value in answers.items()})
    if mistakes:
        raise AnswersError(Problem(Position(f'answers["{name}"]'), "A501", message) for name, message in mistakes)
    return _engine(rulebase).assess(read)


def assess_lines(
    lines: Iterable[str], rules: RuleBase | str | PathLike[str] | None = None, *, first: int = 1
) -> Iterator[str]:
    """What `electrolyte-quiz assess` writes for these lines, in order and as they are needed.

    A line in is `{"id": ..., "answers": {...}}` as JSON, a line out is JSON without a line end. A line that cannot be
    read gives `{"line": NUMBER, "error": ...}`, where `first` is the number of the first. `rules` are a folder, or what
    `load` made of one; without, those that ship. It can be pickled by its name, so anything that maps a function over
    parts of its input can map this one, with a folder.

    >>> import json, quiz
    >>> cases = ['{"id": 1, "answers": {"loop_diuretic": "yes", "palpitations": "yes"}}', '{"id": 2}']
    >>> one, two = map(json.loads, quiz.assess_lines(cases))
    >>> one["id"], one["states_ranked"]
    (1, [['K_LOW', 'moderate'], ['MG_LOW', 'weak']])
    >>> two
    {'line': 2, 'error': 'needs {"id": ..., "answers": {...}}'}
    """
    from quiz.model import RuleBase

    rulebase = rules if isinstance(rules, RuleBase) else load(rules)
    key = id(rulebase) if rulebase is rules else rulebase.fingerprint
    batch = _once(_batches, key, lambda: _batch(rulebase))
    for part in batch.run(lines, first):
        yield from part.lines


def make_batch(rules: str | PathLike[str] | None = None) -> Batch:
    """For lines by the rules in a folder, or those that ship. A batch of its own for each process."""
    return _batch(load(rules))


def _batch(rulebase: RuleBase) -> Batch:
    from quiz.batch import Batch
    from quiz.engine import Engine

    return Batch(rulebase, Engine(rulebase).assess)


def _engine(rulebase: RuleBase) -> Engine:
    from quiz.engine import Engine

    return _once(_engines, id(rulebase), lambda: Engine(rulebase))


# --- made once --------------------------------------------------------------------------------------

_Key = TypeVar("_Key")
_Made = TypeVar("_Made")

_shipped: dict[None, RuleBase] = {}
_batches: dict[str | int, Batch] = {}
"""By the fingerprint of rules straight from files, or by the id of a rule base, which its batch keeps alive."""
_engines: dict[int, Engine] = {}
"""By the id of the rule base, which its engine keeps alive."""
_making = threading.Lock()


def _once(made: dict[_Key, _Made], key: _Key, make: Callable[[], _Made]) -> _Made:
    """What was made for the key. It stays: durable-rules never gives back what an engine takes."""
    with _making:
        if key not in made:
            made[key] = make()
        return made[key]
