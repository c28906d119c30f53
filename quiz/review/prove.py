"""`review prove`: every property settled over all answers, each failing one with a case that the engine replayed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from quiz.errors import QuizError, did_you_mean
from quiz.model import Property, RuleBase
from quiz.review.answer_space import Space
from quiz.review.overlaps import Overlaps, overlaps
from quiz.review.properties import Verdict, prove
from quiz.review.witness import Assess, Replay, replay


@dataclass(frozen=True, slots=True)
class Proved:
    """A property with its verdict and, where a case breaks it, what the engine tells of that case."""

    verdict: Verdict
    replay: Replay | None = None


@dataclass(frozen=True, slots=True)
class Proofs:
    """All verdicts, in the order of the files. `overlaps` is None where only some properties were asked for."""

    rulebase: RuleBase
    proved: tuple[Proved, ...]
    overlaps: Overlaps | None

    @property
    def hold(self) -> bool:
        """Whether every property holds."""
        return all(each.verdict.holds for each in self.proved)


def proofs(
    rulebase: RuleBase,
    assess: Callable[[], Assess],
    wanted: Sequence[str] = (),
    doing: Callable[[str], None] = lambda what: None,
) -> Proofs:
    """Settle the wanted properties, or all of them and what the rules show besides.

    `assess` makes the engine, which is needed only where something does not hold. `doing` is told what is looked at.
    Raises QuizError for a property that is not there.
    """
    space = Space(rulebase)
    try:
        verdicts = []
        for place, each in enumerate(_wanted(rulebase, wanted)):
            doing(f"property {place + 1} of {len(wanted) or len(rulebase.properties)}, {each.id}")
            verdicts.append(prove(space, each))
        rest = None if wanted else overlaps(space, doing)
    finally:
        space.close()
    return Proofs(rulebase, _replayed(rulebase, assess, verdicts), rest)


def _wanted(rulebase: RuleBase, ids: Iterable[str]) -> list[Property]:
    known = rulebase.properties
    for each in ids:
        if each not in known:
            hint = did_you_mean(each, known) or "`review prove` without --property lists them all"
            raise QuizError(f'unknown property "{each}"\n  hint: {hint}')
    return [known[each] for each in dict.fromkeys(ids)] or list(known.values())


def _replayed(rulebase: RuleBase, assess: Callable[[], Assess], verdicts: Sequence[Verdict]) -> tuple[Proved, ...]:
    broken = any(each.witness is not None for each in verdicts)
    engine = assess() if broken else None
    return tuple(
        Proved(each, replay(rulebase, engine, each.property, each.witness))
        if engine is not None and each.witness is not None
        else Proved(each)
        for each in verdicts
    )
