"""What the results of a class say about the items, and about what to teach again.

Facility is the share of right answers; an item left out counts as not right. Discrimination is the corrected
point-biserial correlation: of being right on the item with the number right on all the others (S. Henrysson,
"Correction of item-total correlations in item analysis", Psychometrika 1963;28:211-218). A pattern of answers is judged
by its normed number of Guttman errors (R. R. Meijer, "The number of Guttman errors as a simple and powerful person-fit
statistic", Applied Psychological Measurement 1994;18:311-314), a time by the modified z-score of its logarithm
(Iglewicz and Hoaglin, "How to detect and handle outliers", 1993).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import log, sqrt
from statistics import fmean, median, quantiles

from quiz.errors import Position, Problem
from quiz.model import State
from quiz.practice.cards import mix_ups
from quiz.practice.exam import Deal, Paper, Result, Score, paper, responses, score
from quiz.practice.results import ResultError, read_result
from quiz.practice.values import Certainty, Item, Response
from quiz.text import wrapped

FEWEST_STUDENTS = 8
"""Below it nothing is said on discrimination or on a student who is unlike the others: it would be chance."""

FEWEST_ITEMS = 8

TELLS_LITTLE = 0.2
"""A discrimination below it tells those who know much from those who know little no better than chance."""

FAR = 3.5
"""Modified z-scores beyond it are outliers (Iglewicz and Hoaglin)."""

SAME_PACE = 0.1
"""The least spread of times, on the logarithm, that is taken for real: about 10 percent."""


@dataclass(frozen=True, slots=True)
class Figures:
    """An item and its answers. `discrimination` is None where it cannot be told; `chosen` counts options by id."""

    number: int
    item: Item
    students: int
    right: int
    left_out: int
    sure_but_wrong: int
    discrimination: float | None
    seconds: float
    chosen: Mapping[str, int]

    @property
    def facility(self) -> float:
        return self.right / self.students

    @property
    def remarks(self) -> tuple[str, ...]:
        """Why an educator should look at the item, in plain words."""
        found = []
        if self.discrimination is not None and self.discrimination < 0:
            found.append("those who knew more were right less often; check the key")
        elif self.discrimination is not None and self.discrimination < TELLS_LITTLE:
            found.append("hardly tells those who know much from those who know little")
        if self.students >= FEWEST_STUDENTS:
            if self.right == self.students:
                found.append("everybody was right; it tells nothing")
            elif self.facility < 1 / len(self.item.options):
                found.append("fewer were right than by guessing")
            if self.sure_but_wrong * 4 >= self.students:
                found.append("many were sure and wrong; teach it again")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Unusual:
    """A student whose answers or time are unlike those of the class, and in what."""

    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Class:
    """The results of one paper. `mix_ups` are counts of (right state, state chosen in its place)."""

    paper: Paper
    scores: tuple[tuple[str, Score], ...]
    figures: tuple[Figures, ...]
    mix_ups: Mapping[tuple[str, str], int]
    unusual: tuple[Unusual, ...]


# --- collecting -------------------------------------------------------------------------------------


def collect(
    files: Iterable[tuple[str, bytes]], fingerprint: str, deal: Deal
) -> tuple[list[tuple[Paper, list[tuple[str, Result]]]], list[Problem]]:
    """The results of each paper with their files, and every file that cannot be counted, with the reason.

    `fingerprint` is that of the rules that `deal` deals from.
    """
    papers: dict[tuple[int, int, int], list[tuple[str, Result]]] = {}
    problems: list[Problem] = []
    seen: dict[Result, str] = {}

    @cache
    def dealt(seed: int, count: int, minutes: int) -> Paper:
        return paper(seed, count, minutes, fingerprint, deal)

    for name, content in files:
        whole = Position(name)
        try:
            result = read_result(content, name)
        except ResultError as error:
            problems += error.problems
            continue
        if result.fingerprint != fingerprint:
            problems.append(Problem(
                whole, "E602", f'was made with other rules ("{result.fingerprint}", not "{fingerprint}")',
                "review it with the rules of that exam: --rules DIR",
            ))  # fmt: skip
            continue
        if result in seen:
            problems.append(Problem(whole, "E603", f"is the same as {seen[result]}", "it was counted once"))
            continue
        asked = (result.seed, result.count, result.minutes)
        try:
            same = dealt(*asked)
        except ValueError as error:
            problems.append(Problem(whole, "E604", str(error), "ask for the file that `practice --exam` wrote"))
            continue
        if same.digest != result.digest or not _fits(same, result):
            what = "answers another paper than this program deals"
            problems.append(Problem(whole, "E604", what, "use the version of the program that the class used"))
            continue
        seen[result] = name
        papers.setdefault(asked, []).append((name, result))
    return [(dealt(*asked), results) for asked, results in papers.items()], problems


def _fits(paper: Paper, result: Result) -> bool:
    """Whether every answer is to an item of the paper, with options that it has."""
    options = {item.id: {option.id for option in item.options} for item in paper.items}
    return all(each.item in options and each.chosen <= options[each.item] for each in result.given)


# --- figures ----------------------------------------------------------------------------------------


def figures_of(paper: Paper, results: Sequence[tuple[str, Result]]) -> Class:
    """The figures of a class. Students go by the name they chose, or by their file."""
    named = _names(results)
    rows = [responses(paper, result) for _, result in results]
    right = [[response is not None and response.correct for response in row] for row in rows]
    times = [{each.item: each.seconds for each in result.given if each.certainty} for _, result in results]
    figures = []
    for place, item in enumerate(paper.items):
        column = [row[place] for row in rows]
        given = [response for response in column if response is not None]
        wrong_and_sure = [each for each in given if not each.correct and each.certainty is Certainty.SURE]
        figures.append(
            Figures(
                number=place + 1,
                item=item,
                students=len(rows),
                right=sum(each.correct for each in given),
                left_out=len(rows) - len(given),
                sure_but_wrong=len(wrong_and_sure),
                discrimination=discrimination(right, place) if len(rows) >= FEWEST_STUDENTS else None,
                seconds=median([each[item.id] for each in times if item.id in each] or [0.0]),
                chosen=Counter(option for each in given for option in each.chosen),
            )
        )
    return Class(
        paper,
        tuple((who, score(paper, result)) for who, (_, result) in zip(named, results, strict=True)),
        tuple(figures),
        _mixed(response for row in rows for response in row if response is not None),
        (*_odd_patterns(named, right), *_odd_times(named, times), *_too_long(paper, named, results)),
    )


def _names(results: Sequence[tuple[str, Result]]) -> list[str]:
    """Two students of one name are told apart by their files."""
    chosen = Counter(result.student for _, result in results)
    return [
        result.student if chosen[result.student] == 1 and result.student else f"{result.student} ({file})".lstrip()
        for file, result in results
    ]


def _mixed(given: Iterable[Response]) -> Mapping[tuple[str, str], int]:
    counts: Counter[tuple[str, str]] = Counter()
    for each in given:
        counts.update(mix_ups(each.item.kind, each.item.key, each.chosen))
    return {pair: times for pair, times in counts.items() if pair[0] != pair[1]}


def discrimination(right: Sequence[Sequence[bool]], place: int) -> float | None:
    """The correlation of being right on one item with the number right on the others; None where either is constant.

    `right` has a row for each student.
    """
    on_it = [float(row[place]) for row in right]
    on_others = [float(sum(row) - row[place]) for row in right]
    mean_it, mean_others = fmean(on_it), fmean(on_others)
    spread = sum((each - mean_it) ** 2 for each in on_it) * sum((each - mean_others) ** 2 for each in on_others)
    if not spread:
        return None
    together = sum((one - mean_it) * (other - mean_others) for one, other in zip(on_it, on_others, strict=True))
    return together / sqrt(spread)


def guttman(row: Sequence[bool], facility: Sequence[float]) -> float | None:
    """The share, from 0 to 1, of pairs of items where the easier one is wrong and the harder one right.

    Of all pairs of one right and one wrong answer; items as easy as each other are half an error. None where all or
    none is right.
    """
    pairs = [
        (easy, hard) for hard, is_right in enumerate(row) if is_right for easy, other in enumerate(row) if not other
    ]
    if not pairs:
        return None
    errors = sum(
        1.0 if facility[wrong] > facility[right] else 0.5 if facility[wrong] == facility[right] else 0.0
        for wrong, right in pairs
    )
    return errors / len(pairs)


def _odd_patterns(named: Sequence[str], right: Sequence[Sequence[bool]]) -> Iterable[Unusual]:
    """Students who fail easy items and solve hard ones at least as often as the other way round, unlike the class."""
    if len(right) < FEWEST_STUDENTS or len(right[0]) < FEWEST_ITEMS:
        return
    facility = [fmean(column) for column in zip(*right, strict=True)]
    found = [guttman(row, facility) for row in right]
    told = [each for each in found if each is not None]
    if len(told) < FEWEST_STUDENTS:
        return
    low, _, high = quantiles(told, n=4)
    fence = high + 1.5 * (high - low)
    for who, errors in zip(named, found, strict=True):
        if errors is not None and errors >= 0.5 and errors > fence:
            yield Unusual(who, "missed what most knew and knew what most missed")


def _odd_times(named: Sequence[str], times: Sequence[Mapping[str, float]]) -> Iterable[Unusual]:
    paces = [median(each.values()) if each else 0.0 for each in times]
    known = [log(pace) for pace in paces if pace > 0]
    if len(known) < FEWEST_STUDENTS:
        return
    middle = median(known)
    spread = max(median(abs(each - middle) for each in known), SAME_PACE * 0.6745)
    for who, pace in zip(named, paces, strict=True):
        if pace > 0 and abs(log(pace) - middle) * 0.6745 / spread > FAR:
            than = "faster" if log(pace) < middle else "slower"
            usual = median(each for each in paces if each > 0)
            yield Unusual(who, f"was much {than} than the class: {_seconds(pace)} an item, the class {_seconds(usual)}")


def _seconds(number: float) -> str:
    return "1 second" if round(number) == 1 else f"{number:.0f} seconds"


def _too_long(paper: Paper, named: Sequence[str], results: Sequence[tuple[str, Result]]) -> Iterable[Unusual]:
    for who, (_, result) in zip(named, results, strict=True):
        minutes = sum(each.seconds for each in result.given) / 60
        if paper.minutes and minutes > paper.minutes + 1:
            yield Unusual(who, f"took {minutes:.0f} minutes of {paper.minutes}")


# --- for a person -----------------------------------------------------------------------------------


def as_text(told: Class, states: Mapping[str, State], width: int) -> str:
    """The figures of a class in at most `width` columns."""
    paper, students = told.paper, len(told.scores)
    of = f"{students} {'student' if students == 1 else 'students'}, {len(paper.items)} items, seed {paper.seed}"
    lines = wrapped(f"Exam: {of}", width)
    right = [score.right for _, score in told.scores]
    marks = [score.marks for _, score in told.scores]
    lines += wrapped(
        f"Right: {fmean(right):.1f} of {len(paper.items)} on average ({min(right)} to {max(right)}). Marks by "
        f"certainty: {fmean(marks):.1f} on average ({min(marks)} to {max(marks)}, at most {told.scores[0][1].most}).",
        width,
    )
    if students < FEWEST_STUDENTS:
        lines += wrapped(
            f"With fewer than {FEWEST_STUDENTS} students, how well an item tells them apart would be chance, so it is "
            "left out.",
            width,
        )
    lines += ["", "Worth a look", "------------"]
    remarked = [(each.number, remark) for each in told.figures for remark in each.remarks]
    for number, remark in remarked:
        lines += wrapped(f"- item {number}: {remark}", width, 2)
    if not remarked:
        lines.append("Nothing.")
    lines += ["", "States mixed up", "---------------"]
    for (one, other), times in sorted(told.mix_ups.items(), key=lambda each: (-each[1], each[0])):
        names = [states[each].name if each in states else each for each in (one, other)]
        lines += wrapped(f"- {names[0]} taken for {names[1]}: {times}", width, 2)
    if not told.mix_ups:
        lines.append("None.")
    lines += ["", "Unlike the class", "----------------"]
    for each in told.unusual:
        lines += wrapped(f"- {each.who} {each.why}", width, 2)
    if told.unusual:
        lines += wrapped("This is a reason to talk with them, and proves nothing.", width)
    else:
        lines.append("Nobody.")
    lines += ["", "Items", "-----"]
    for figure in told.figures:
        lines += _item(figure, width)
    return "\n".join(lines).rstrip() + "\n"


def _item(figure: Figures, width: int) -> list[str]:
    lines = wrapped(f"{figure.number}. {figure.item.stem}", width, 3)
    if figure.item.case is not None:
        lines += [f"   {row}" for row in wrapped(figure.item.case.title, width - 3)]
    parts = [f"right {figure.right} of {figure.students} ({figure.facility:.0%})"]
    if figure.discrimination is not None:
        parts.append(f"tells apart {figure.discrimination:+.2f}")
    parts.append(f"sure but wrong {figure.sure_but_wrong}")
    if figure.left_out:
        parts.append(f"left out {figure.left_out}")
    parts.append(_seconds(figure.seconds))
    lines += [f"   {row}" for row in wrapped(", ".join(parts), width - 3)]
    for option in figure.item.options:
        sign = "right" if option.right else "wrong"
        row = wrapped(f"{figure.chosen.get(option.id, 0)} chose ({sign}): {option.text}", width - 3, 2)
        lines += [f"   {each}" for each in row]
    return lines
