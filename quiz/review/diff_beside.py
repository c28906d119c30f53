"""What differs beside the conclusions of the rules, which no proof covers: all that is in a rule base is compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, fields, is_dataclass, replace
from itertools import zip_longest
from types import MappingProxyType
from typing import Any, TypeGuard

from quiz.model import Cautions, Condition, Group, Holds, Interval, Keeps, Rule, RuleBase, Sentence, Supports
from quiz.review.english import English, stretch
from quiz.review.moved import moved
from quiz.rulebase.cases import TableCase

NEW, GONE, PLACE = "new", "gone", "place"

MOST_CASES = 3
"""Cases of a table that are told in words; the rest is counted."""

MOST_IN_A_LIST = 6
"""Ids of a list of which all are told; of a longer one those that the other side lacks."""


@dataclass(frozen=True, slots=True)
class Other:
    """Something that differs. `what` it is of the one with this id, or that this one is NEW or GONE as a whole.

    `before` and `after` are empty where there is nothing on that side, or nothing that words can tell.
    """

    section: str
    id: str
    what: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Ids of one section of words: new ones and those gone."""

    name: str
    new: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """`texts` read or cite otherwise, those of red flags first. `sections` have words that came or went."""

    texts: tuple[Other, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """What differs: `told` can change what a person is asked or told, `checks` what is tested and practised."""

    told: tuple[Other, ...]
    checks: tuple[Other, ...]
    wording: Wording


@dataclass(frozen=True, slots=True)
class _Compared:
    """A part of a rule base. `words` are fields that are read and do nothing else, or None where all are; `apart` are
    those compared elsewhere. `names` tells that rules and concepts are called by their ids in it.

    Whatever is in neither counts as more than words, so that a field that is yet to come does.
    """

    name: str
    of: Callable[[RuleBase], Mapping[str, Any]]
    words: frozenset[str] | None = frozenset()
    apart: frozenset[str] = frozenset()
    names: bool = False


def _only(*names: str) -> frozenset[str]:
    return frozenset(names)


_TOLD = (
    _Compared(
        "finding", lambda rulebase: rulebase.findings, _only("label", "help", "examples", "facts", "same_levels")
    ),
    _Compared("screen", lambda rulebase: rulebase.screens, _only("title", "intro")),
    _Compared(
        "state",
        lambda rulebase: rulebase.states,
        _only("name", "clinical_name"),
        _only("about", "tests", "ask"),
    ),
    _Compared("advice", lambda rulebase: {urgency.word: each for urgency, each in rulebase.advice.items()}),
    _Compared("other explanation", lambda rulebase: rulebase.look_alikes, _only("says", "facts")),
    _Compared("medicine", lambda rulebase: rulebase.medicines),
    _Compared("notice", lambda rulebase: rulebase.notice),
)  # fmt: skip

_CHECKS = (
    _Compared("vignette", lambda rulebase: rulebase.vignettes, _only("title", "story", "reasoning", "facts")),
    _Compared("property", lambda rulebase: rulebase.properties, _only("says", "because", "facts"), names=True),
    _Compared("lesson", lambda rulebase: rulebase.teaching, _only("says", "misconception", "facts")),
    _Compared("mechanism", lambda rulebase: rulebase.mechanisms, _only("says", "facts")),
    _Compared("misconception", lambda rulebase: rulebase.misconceptions, _only("says", "facts"), names=True),
    _Compared("made-up people", lambda rulebase: _parts(rulebase.practice), names=True),
    _Compared("disease", lambda rulebase: rulebase.diseases),
)

_WORDS = (
    _Compared("concept", lambda rulebase: rulebase.concepts, _only("label", "because", "provenance"), names=True),
    _Compared("title", lambda rulebase: {"of the quiz": rulebase.title}, None),
    _Compared(
        "reason of a constraint", lambda rulebase: {each.because: each.because for each in rulebase.implications}, None
    ),
    _Compared("glossary", lambda rulebase: rulebase.glossary, None),
    _Compared("not asked", lambda rulebase: rulebase.not_asked, None),
    _Compared("fact", lambda rulebase: rulebase.facts, None),
    _Compared("source", lambda rulebase: rulebase.sources, None),
)
"""Parts in which nothing else is compared here."""

_FACETS = {
    "rephrase": "question in other words",
    "low": "lowest plausible number",
    "high": "highest plausible number",
    "other_units": "factor of the unit",
    "ask_unit": "whether its unit is asked for (`ask_unit`)",
    "bands": "band",
    "yes_is_well": "whether a yes is well",
    "ask": "when it is shown (`ask`)",
    "typed": "whether names are typed",
    "red_flags": "whether it asks for danger signs (`red_flags`)",
    "answers": "answer to",
    "named": "states that must be named",
    "not_named": "states that must not be named",
}
"""Fields in words, where their names are none; those of a mapping stand before each of its keys."""

Pairs = Sequence[tuple[Rule | None, Rule | None]]
"""Each rule with its like on the other side."""

OfTables = tuple[Sequence[TableCase], Sequence[TableCase]]
"""Cases in tables of both sides. What both have need not be there."""

Alike = Callable[[Condition | None, Condition | None], bool]
"""Whether a condition of the old rules and one of the new ones mean the same."""


def _the_same(before: Condition | None, after: Condition | None) -> bool:
    return before == after


def beside(
    old: RuleBase,
    new: RuleBase,
    pairs: Pairs,
    alike: Alike = _the_same,
    concepts: Mapping[str, str] = MappingProxyType({}),
    tables: OfTables = ((), ()),
) -> Beside:
    """`concepts` are those that have another id now, each with it."""
    renamed = {one.id: other.id for one, other in pairs if one and other and one.id != other.id}
    names = {**concepts, **renamed}
    told = [*(other for part in _TOLD for other in _others(part, old, new, names)), *_orders(old, new, pairs)]
    reworded: list[Other] = []
    for place, before, after in _places(old, new):
        compared = _Sentences(old, new, place, alike)
        told += compared.others(before, after)
        reworded += compared.reworded
    return Beside(
        tuple(told),
        (
            *_cases(old, new, pairs),
            *_in_tables(old, new, tables, names),
            *(other for part in _CHECKS for other in _others(part, old, new, names)),
        ),
        Wording(
            (
                *_rules_in_words(pairs),
                *reworded,
                *(
                    other
                    for part in (*_TOLD, *_WORDS, *_CHECKS)
                    for other in _in_words(part, *_sides(part, old, new, names))
                ),
            ),
            tuple(each for part in _WORDS for each in _section(part, *_sides(part, old, new, names))),
        ),
    )


# --- words ------------------------------------------------------------------------------------------

_RULE = _Compared("rule", lambda rulebase: rulebase.rules, _only("says", "because", "provenance"))


def _sides(
    part: _Compared, old: RuleBase, new: RuleBase, names: Mapping[str, str]
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    before = part.of(old)
    return (_with_names(before, names) if part.names and names else before), part.of(new)


def _rules_in_words(pairs: Pairs) -> list[Other]:
    """Those first in which a wrong word does most harm."""
    found = [
        (after, each)
        for before, after in pairs
        if before and after and before != after
        for each in _in_words(_RULE, {after.id: before}, {after.id: after})
    ]
    found.sort(key=lambda each: (not each[0].red_flag, isinstance(each[0].then, Supports)))
    return [each for _, each in found]


def _section(part: _Compared, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Section]:
    new, gone = (tuple(each for each in one if each not in two) for one, two in ((after, before), (before, after)))
    if new or gone:
        yield Section(part.name, new, gone)


def _in_words(part: _Compared, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Other]:
    """Texts of those of both sides."""
    for name in _in_both(before, after):
        was, is_ = (_texts(side[name], part.words) for side in (before, after))
        for what in dict.fromkeys((*was, *is_)):
            one, two = was.get(what), is_.get(what)
            if _placeless(one) != _placeless(two):
                yield Other(part.name, name, what, _short(one), _short(two))


def _in_both(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """The ids of both sides. What is the same to the line need not be looked into."""
    return (each for each in after if each in before and before[each] != after[each])


def _texts(value: Any, names: Set[str] | None) -> dict[str, Any]:
    """Each of these fields, or of all, by its name in words; a text that is no more than itself by none."""
    if not is_dataclass(value):
        return {"": value} if names is None else {}
    found: dict[str, Any] = {}
    for name, each in _parts(value).items():
        if names is None or name in names:
            found |= _texts(each, None) if is_dataclass(each) else {name.replace("_", " "): each}
    return found


def _placeless(value: Any) -> Any:
    """The value wherever it stands: a moved line is no change, nor is one more finding under a property for all."""
    if isinstance(value, Keeps) and value.scope:
        value = replace(value, findings=())
    if is_dataclass(value):
        return {name: _placeless(part) for name, part in _parts(value).items()}
    if isinstance(value, Mapping):
        return {name: _placeless(part) for name, part in value.items()}
    return tuple(map(_placeless, value)) if isinstance(value, tuple) else value


def _with_names(value: Any, names: Mapping[str, str]) -> Any:
    """The value as it would be with these names in it for others."""
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{name: _with_names(part, names) for name, part in _parts(value).items()})
    if isinstance(value, Mapping):
        return {names.get(name, name): _with_names(part, names) for name, part in value.items()}
    if isinstance(value, tuple):
        return tuple(_with_names(each, names) for each in value)
    return names.get(value, value) if isinstance(value, str) else value


def called(condition: Condition, concepts: Mapping[str, str]) -> Condition:
    """The condition with other ids of concepts."""
    if isinstance(condition, Group):
        return replace(condition, of=tuple(called(each, concepts) for each in condition.of))
    if isinstance(condition, Holds):
        return replace(condition, concept=concepts.get(condition.concept, condition.concept))
    return condition


def _parts(value: Any) -> dict[str, Any]:
    return {each.name: getattr(value, each.name) for each in fields(value) if each.name != "position"}


# --- more than words --------------------------------------------------------------------------------


def _others(part: _Compared, old: RuleBase, new: RuleBase, names: Mapping[str, str]) -> Iterator[Other]:
    before, after = _sides(part, old, new, names)
    yield from (Other(part.name, each, NEW) for each in after if each not in before)
    yield from (Other(part.name, each, GONE) for each in before if each not in after)
    for name in _in_both(before, after):
        was, is_ = _facets(part, before[name]), _facets(part, after[name])
        for what in dict.fromkeys((*was, *is_)):
            one, two = was.get(what), is_.get(what)
            if _listed(one) and _listed(two):
                yield from _lists(part.name, name, what, one, two)
            elif _placeless(one) != _placeless(two):
                yield Other(part.name, name, what, _short(one), _short(two))


def _cases(old: RuleBase, new: RuleBase, pairs: Pairs) -> Iterator[Other]:
    """Cases of rules of both sides: the cases of a rule that is new, or gone, come and go with it."""
    sides = English(old), English(new)
    for before, after in pairs:
        if before is None or after is None:
            continue
        for what, was, is_ in (
            ("case that fires it", before.fires, after.fires),
            ("near miss", before.near_miss, after.near_miss),
        ):
            gone = [sides[0].case(each) for each in was if each not in is_]
            new_ = [sides[1].case(each) for each in is_ if each not in was]
            yield from (Other("rule", after.id, what, *each) for each in zip_longest(gone, new_, fillvalue=""))


def _in_tables(old: RuleBase, new: RuleBase, tables: OfTables, names: Mapping[str, str]) -> Iterator[Other]:
    """By rule, the cases in tables that came and went, whichever file they stand in."""
    before, after = (
        Counter((names.get(each.rule, each.rule), each.expected, tuple(sorted(each.answers.items()))) for each in side)
        for side in tables
    )
    gone, new_ = before - after, after - before
    for rule in dict.fromkeys(rule for rule, _, _ in (*gone, *new_)):
        told = [
            [
                f"{expected.replace('_', ' ')} ({english.case(dict(answers))})"
                for other, expected, answers in side
                if other == rule
            ]
            for side, english in ((gone, English(old)), (new_, English(new)))
        ]
        yield Other("rule", rule, "cases in tables", *map(_first_few, told))


def _first_few(cases: Sequence[str]) -> str:
    more = len(cases) - MOST_CASES
    return ", ".join(cases[:MOST_CASES]) + (f" and {more} more" if more > 0 else "")


def _listed(value: Any) -> TypeGuard[tuple[str, ...]]:
    return isinstance(value, tuple) and all(isinstance(each, str) for each in value)


def _lists(section: str, name: str, what: str, before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[Other]:
    """Two lists with other ids in them; their order is compared elsewhere."""
    gone, new = ([each for each in one if each not in two] for one, two in ((before, after), (after, before)))
    if not gone and not new:
        return
    if max(len(before), len(after)) <= MOST_IN_A_LIST:
        yield Other(section, name, what, ", ".join(before), ", ".join(after))
    else:
        counted = (
            " with ".join(filter(None, (f"{len(side)} of them,", ", ".join(alone)))).rstrip(",")
            for side, alone in ((before, gone), (after, new))
        )
        yield Other(section, name, what, *counted)


def _facets(part: _Compared, value: Any) -> dict[str, Any]:
    """What is more than words in it; each entry of a mapping for itself."""
    if not is_dataclass(value):
        return {"": value}
    found: dict[str, Any] = {}
    for name, each in _parts(value).items():
        if name in (part.words or ()) or name in part.apart or name == "id":
            continue
        word = _FACETS.get(name, name.replace("_", " "))
        unit = getattr(value, "unit", "")
        if isinstance(each, Mapping):
            found |= {f"{word} {key}": (unit, one) if isinstance(one, Interval) else one for key, one in each.items()}
        elif name == "other_units":
            found |= {f"{word} {one.name}": one.factor for one in each}
        else:
            found[word] = each
    return found


def _short(value: Any) -> str:
    """The value in words, where it is one that a person can read in a row."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], Interval):
        return stretch(value[1], value[0])
    if _listed(value):
        return ", ".join(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_short(each)}" for key, each in value.items())
    return str(getattr(value, "word", value)) if isinstance(value, (str, int)) else ""


# --- order ------------------------------------------------------------------------------------------

_ORDERED: Sequence[tuple[str, str, Callable[[RuleBase], Mapping[str, Any]]]] = (
    ("screen", PLACE, lambda rulebase: rulebase.screens),
    ("state", "place where equally much speaks for several (`rank`)", lambda rulebase: rulebase.states),
    ("other explanation", PLACE, lambda rulebase: rulebase.look_alikes),
)


def _orders(old: RuleBase, new: RuleBase, pairs: Pairs) -> Iterator[Other]:
    for section, what, of in _ORDERED:
        for name, *places in moved(tuple(of(old)), tuple(of(new))):
            yield Other(section, name, what, *places)
    for screen in (each for each in new.screens if each in old.screens):
        for name, *places in moved(old.screens[screen].findings, new.screens[screen].findings):
            yield Other("screen", screen, f"{PLACE} of {name}", *places)
    for finding in (each for each in new.findings if each in old.findings):
        for name, *places in moved(old.findings[finding].choices, new.findings[finding].choices):
            yield Other("finding", finding, f"{PLACE} of the choice {name}", *places)

    like = {before.id: after for before, after in pairs if before and after}
    together: dict[object, tuple[list[str], list[str]]] = {_told_with(each): ([], []) for each in like.values()}
    for name in (each for each in old.rules if each in like):
        together[_told_with(like[name])][0].append(like[name].id)
    for after in like.values():
        together[_told_with(after)][1].append(after.id)
    for one, two in together.values():
        for name, *places in moved(one, two):
            yield Other("rule", name, f"{PLACE} among those that conclude the same", *places)


def _told_with(rule: Rule) -> object:
    """Rules of which this is the same are told in the order of the files, and the last of many may be left out."""
    return "cautions" if isinstance(rule.then, Cautions) else rule.then


# --- sentences with conditions ----------------------------------------------------------------------

_Place = tuple[str, str]
"""A section and an id: the tests of a state."""


def _sentences(rulebase: RuleBase) -> dict[_Place, tuple[Sentence, ...]]:
    return {
        **{
            (f"{what} state", state.id): sentences
            for state in rulebase.states.values()
            for what, sentences in (("about", state.about), ("test of", state.tests), ("question of", state.ask))
        },
        ("question to", "everybody"): rulebase.general_questions,
        ("caution to", "everybody"): rulebase.general_cautions,
    }


def conditions_of_sentences(rulebase: RuleBase) -> Iterator[Condition]:
    yield from (each.when for every in _sentences(rulebase).values() for each in every if each.when is not None)


def _places(old: RuleBase, new: RuleBase) -> Iterator[tuple[_Place, tuple[Sentence, ...], tuple[Sentence, ...]]]:
    """Those of both sides: a state that is new, or gone, is told as a whole."""
    before, after = _sentences(old), _sentences(new)
    yield from ((place, before[place], after[place]) for place in after if place in before)


@dataclass
class _Sentences:
    old: RuleBase
    new: RuleBase
    place: _Place
    alike: Alike
    reworded: list[Other] = field(default_factory=list)

    def others(self, before: Sequence[Sentence], after: Sequence[Sentence]) -> Iterator[Other]:
        section, name = self.place
        pairs, gone, new = self._paired(before, after)
        yield from (Other(section, name, "told no more", each.says) for each in gone)
        yield from (Other(section, name, "told besides", "", each.says) for each in new)
        same = [each.says for each in before if each not in gone], [each.says for each in after if each not in new]
        yield from (Other(section, name, f'place of "{says}"', *places) for says, *places in moved(*same))
        for was, is_ in pairs:
            if was.says != is_.says:
                self.reworded.append(Other(section, name, "", was.says, is_.says))
            if was.facts != is_.facts:
                self.reworded.append(
                    Other(section, name, f'facts of "{is_.says}"', _short(was.facts), _short(is_.facts))
                )
            if not self.alike(was.when, is_.when):
                yield self._when(was, is_)
            if set(was.answered_by) != set(is_.answered_by):
                what = f'answers that make "{is_.says}" needless'
                yield Other(section, name, what, _short(was.answered_by), _short(is_.answered_by))

    def _paired(
        self, before: Sequence[Sentence], after: Sequence[Sentence]
    ) -> tuple[list[tuple[Sentence, Sentence]], list[Sentence], list[Sentence]]:
        """Those that say the same or, in other words, what the same facts say under the same condition."""
        left, pairs, new = list(before), [], []
        for is_ in after:
            like = next((each for each in left if each.says == is_.says), None)
            if like is None:
                new.append(is_)
            else:
                left.remove(like)
                pairs.append((like, is_))
        for is_ in tuple(new):
            like = next((each for each in left if each.facts == is_.facts and self.alike(each.when, is_.when)), None)
            if like is not None:
                left.remove(like)
                new.remove(is_)
                pairs.append((like, is_))
        return pairs, left, new

    def _when(self, was: Sentence, is_: Sentence) -> Other:
        section, name = self.place
        words = [_condition(English(side), each.when) for side, each in ((self.old, was), (self.new, is_))]
        what = f'when "{is_.says}" is told'
        if words[0] == words[1]:  # only what it calls by name means something else
            return Other(section, name, f"{what}, as something named in its condition means something else")
        return Other(section, name, what, *words)


def _condition(english: English, condition: Condition | None) -> str:
    return "always" if condition is None else english.in_a_row(condition)
