"""Which states are told together, what no question can separate, and which question separates most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from quiz.formulas import ALWAYS, BLANK, Choices, Formula, Formulas
from quiz.model import UNSURE, Answer, Answers, RuleBase, Strength, Supports
from quiz.review.condition_table import Cases
from quiz.review.english import SUPPORT, English
from quiz.review.formula_table import FormulaTable
from quiz.text import wrapped

Possible = Callable[[Iterable[Formula], Iterable[Formula]], Choices | None]

MOST_PAIRS = 12
"""Pairs that are told of at length in text; `--all` tells of every pair."""

MEANING = (
    "Two states are separated by a question where one more answer gives one of them more support than the other. "
    "Each answer to a question counts alike."
)


@dataclass(frozen=True, slots=True)
class Pair:
    """What is known of two states.

    `in_vignettes` and `in_random` count the cases in which both are told; `alike` those of them in which both have the
    same support, and `fixed` those of the alike ones in which no one more answer separates them. `question` separates
    most over the alike cases that do not answer it: `separates` is the mean share of its answers that do, from 0 to 1.
    `never` says that no answers tell both, which is proved. `strongest` is a set of answers out of which none can be
    left and that gives both strong support, the most there is: as no answer takes support away, no question separates
    them then. It is empty where there is none, which is proved too.
    """

    first: str
    second: str
    in_vignettes: int
    in_random: int
    alike: int
    fixed: int
    question: str
    separates: float
    never: bool
    strongest: Answers

    @property
    def both(self) -> int:
        return self.in_vignettes + self.in_random


@dataclass(frozen=True, slots=True)
class Atlas:
    """`told` counts the cases that tell each state. `pairs` are in the order of the rule base."""

    vignettes: int
    random: int
    told: Mapping[str, int]
    pairs: tuple[Pair, ...]

    @property
    def cases(self) -> int:
        return self.vignettes + self.random

    def share(self, first: str, second: str) -> float:
        """Of all cases, the share that tells both, from 0 to 1."""
        for pair in self.pairs:
            if {pair.first, pair.second} == {first, second}:
                return pair.both / max(1, self.cases)
        return self.told[first] / max(1, self.cases)


def atlas(rulebase: RuleBase, random_cases: Sequence[Answers], formulas: Formulas, possible: Possible) -> Atlas:
    """The atlas over the vignettes and these cases. `possible` asks a solver over the nodes of `formulas`."""
    vignettes = [each.answers for each in rulebase.vignettes.values()]
    drawn = _Drawn(formulas, possible, [*vignettes, *random_cases])
    pairs = tuple(drawn.pairs((1 << len(vignettes)) - 1))
    told = {state: support[0].bit_count() for state, support in drawn.support.items()}
    return Atlas(len(vignettes), len(random_cases), told, pairs)


class _Drawn:
    def __init__(self, formulas: Formulas, possible: Possible, cases: Sequence[Answers]) -> None:
        self.formulas, self.nodes, self.possible = formulas, formulas.nodes, possible
        self.states = tuple(formulas.rulebase.states)
        self.levels = [formulas.named(state, strength) for state in self.states for strength in Strength]
        self.table = FormulaTable(formulas, cases)
        self.support = self._by_state([self.table.true(each) for each in self.levels])

    def _by_state(self, cases: Sequence[Cases]) -> dict[str, tuple[Cases, ...]]:
        """For each state, the cases in which it has at least each support, from the least."""
        size = len(Strength)
        return {state: tuple(cases[size * at : size * (at + 1)]) for at, state in enumerate(self.states)}

    def pairs(self, vignettes: Cases) -> Iterator[Pair]:
        alike = {
            pair: self.support[pair[0]][0] & self.support[pair[1]][0] & ~_apart(self.support, *pair)
            for pair in combinations(self.states, 2)
        }
        fixed = dict(alike)
        scores: dict[tuple[str, str], list[tuple[float, str]]] = {pair: [] for pair in alike}
        for finding in self._findings():
            separates = self._separates(finding, alike)
            open_in = self.table.open(finding)
            for pair, parted in separates.items():
                fixed[pair] &= ~parted.anywhere
                asked = (alike[pair] & open_in).bit_count()
                if parted.mean:
                    scores[pair].append((parted.mean / asked, finding))
        for pair in alike:
            both = self.support[pair[0]][0] & self.support[pair[1]][0]
            seen = (both & vignettes).bit_count()
            # Of equally good questions, the one that the rule base defines first.
            share, question = max(scores[pair], key=lambda each: round(each[0], 9), default=(0.0, ""))
            yield Pair(
                *pair, seen, both.bit_count() - seen, alike[pair].bit_count(), fixed[pair].bit_count(), question, share,
                not self._possible(pair, Strength.WEAK), self._strongest(pair),
            )  # fmt: skip

    def _findings(self) -> list[str]:
        within = frozenset().union(*map(self.nodes.findings, self.levels))
        return [each for each in self.formulas.rulebase.findings if each in within]

    def _separates(self, finding: str, alike: Mapping[tuple[str, str], Cases]) -> dict[tuple[str, str], _Parted]:
        domain = self.formulas.domain(self.formulas.rulebase.findings[finding])
        found = {pair: _Parted() for pair in alike}
        wanted = [*self.levels, *self.formulas.at_odds]
        for value in domain:
            cases = self.table.true_with(wanted, finding, value)
            after = self._by_state(cases)
            can_be = self.table.open(finding)
            for each in cases[len(self.levels) :]:
                can_be &= ~each
            for pair, parted in found.items():
                here = _apart(after, *pair) & alike[pair] & can_be
                parted.anywhere |= here
                parted.mean += here.bit_count() / len(domain)
        return found

    # --- what no question can separate --------------------------------------------------------------

    def _named(self, pair: tuple[str, str], strength: Strength) -> list[Formula]:
        return [self.formulas.named(state, strength) for state in pair]

    def _possible(self, pair: tuple[str, str], strength: Strength) -> Choices | None:
        return self.possible(self._named(pair, strength), self.formulas.at_odds)

    def _strongest(self, pair: tuple[str, str]) -> Answers:
        """Answers that give both the most support, and out of which none can be left; empty where there are none.

        Firing cases of two rules are tried first, as they read like people.
        """
        wanted = self._named(pair, Strength.STRONG)
        joined = sorted(self._joined(pair), key=len)
        found = next((each for each in joined if self._gives(wanted, each)), None)
        if found is None:
            chosen = self._possible(pair, Strength.STRONG)
            if chosen is None:
                return {}
            found = {each: chosen.get(each, UNSURE) for each in self._findings()}
        kept = dict(found)
        for each in found:
            less = {name: value for name, value in kept.items() if name != each}
            if kept[each] is BLANK or self._gives(wanted, less):
                kept = less
        return {name: value for name, value in kept.items() if value is not BLANK}

    def _joined(self, pair: tuple[str, str]) -> Iterator[dict[str, Answer | None]]:
        ways = [
            [
                case
                for rule in self.formulas.rules
                if rule.then == Supports(state, Strength.STRONG)
                for case in rule.fires
            ]
            for state in pair
        ]
        for mine in ways[0]:
            for theirs in ways[1]:
                if all(mine.get(name, answer) == answer for name, answer in theirs.items()):
                    yield {**mine, **theirs}

    def _gives(self, wanted: Iterable[Formula], choices: Choices) -> bool:
        findings = self.formulas.rulebase.findings
        known = {
            name: BLANK if value is BLANK else self.formulas.alike(findings[name], value)
            for name, value in choices.items()
        }
        return all(self._true(each, known) for each in wanted) and not any(
            self._true(each, known) for each in self.formulas.at_odds
        )

    def _true(self, formula: Formula, known: Choices) -> bool:
        blank = dict.fromkeys(self.nodes.findings(formula), BLANK)
        return self.nodes.all_chosen(formula, {**blank, **known}) == ALWAYS


@dataclass(slots=True)
class _Parted:
    """The cases in which some answer separates a pair, and the mean number over the answers."""

    anywhere: Cases = 0
    mean: float = 0.0


def _apart(support: Mapping[str, Sequence[Cases]], first: str, second: str) -> Cases:
    """The cases in which one state has more support than the other."""
    apart = 0
    for mine, theirs in zip(support[first], support[second], strict=True):
        apart |= mine ^ theirs
    return apart


# --- in words ---------------------------------------------------------------------------------------


def pair_in_words(english: English, pair: Pair, vignettes: int, random: int) -> str:
    """Everything known of a pair, as running text."""
    names = f"{english.named(pair.first)} and {english.named(pair.second)}"
    told = f"both told in {pair.in_vignettes} of {vignettes} vignettes and {pair.in_random} of {random} random cases."
    parts = [f"{names}: {told}"]
    if pair.never:
        return f"{names}: never told together, whatever is answered (proved)."
    if pair.alike:
        parts.append(
            f"In {pair.alike} of these both have the same support; in {pair.fixed} of the {pair.alike}, no one more "
            "answer separates them."
        )
    if pair.question:
        label = english.rulebase.findings[pair.question].label
        share = "less than 1%" if pair.separates < 0.01 else f"{pair.separates:.0%}"
        parts.append(f"Asking about {label} separates most: {share} of its answers, on average.")
    if pair.strongest:
        parts.append(f"No question separates them with: {english.case(pair.strongest)} (proved: both have "
                     f"{SUPPORT[Strength.STRONG]} support then).")  # fmt: skip
    else:
        parts.append("Both never have strong support at once (proved).")
    return " ".join(parts)


def in_text(english: English, found: Atlas, declared: str, width: int, every: bool) -> Iterator[str]:
    """Lines: the population, the matrix where it fits, then the pairs that are told together most often."""
    yield from wrapped(
        f"Over {found.vignettes} vignettes and {found.random} random cases: {declared}. "
        f"A share of random cases says how the rules overlap, and nothing about people. {MEANING}",
        width,
    )
    yield ""
    states = list(found.told)
    for number, state in enumerate(states, 1):
        yield from wrapped(
            f"{number:>2}  {english.named(state)}, told in {found.told[state]} of {found.cases}", width, 4
        )
    yield ""
    if 3 + 5 * len(states) <= width:
        yield from wrapped("Told together, in percent of all cases (on the diagonal: told at all):", width)
        yield "   " + "".join(f"{number:>5}" for number in range(1, len(states) + 1))
        for row, first in enumerate(states):
            cells = (f"{100 * found.share(first, second):>5.1f}" for second in states[: row + 1])
            yield f"{row + 1:>2} " + "".join(cells)
        yield ""
    pairs = sorted(found.pairs, key=lambda pair: -pair.both)
    for pair in pairs if every else pairs[:MOST_PAIRS]:
        yield from wrapped(f"- {pair_in_words(english, pair, found.vignettes, found.random)}", width, 2)
    if not every and len(pairs) > MOST_PAIRS:
        yield f"- {len(pairs) - MOST_PAIRS} more pairs: review atlas --all"
