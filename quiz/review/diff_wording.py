"""What two rule bases say in other words, and what else differs without a change of what is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from quiz.model import Rule, RuleBase


@dataclass(frozen=True, slots=True)
class Section:
    """Ids of one section: new ones, those gone, and those that read otherwise."""

    name: str
    new: tuple[str, ...]
    gone: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """Only sections in which something differs. `rules` are those that read otherwise, whatever they mean."""

    rules: tuple[str, ...]
    sections: tuple[Section, ...]


_SECTIONS: Mapping[str, Callable[[RuleBase], Mapping[str, Any]]] = {
    "findings": lambda rulebase: rulebase.findings,
    "concepts": lambda rulebase: rulebase.concepts,
    "screens": lambda rulebase: rulebase.screens,
    "texts of states": lambda rulebase: rulebase.states,
    "advice": lambda rulebase: {urgency.word: each for urgency, each in rulebase.advice.items()},
    "other explanations": lambda rulebase: rulebase.look_alikes,
    "names of medicines": lambda rulebase: rulebase.medicines,
    "glossary": lambda rulebase: rulebase.glossary,
    "teaching": lambda rulebase: rulebase.teaching,
    "mechanisms": lambda rulebase: rulebase.mechanisms,
    "misconceptions": lambda rulebase: rulebase.misconceptions,
    "vignettes": lambda rulebase: rulebase.vignettes,
    "made-up people": lambda rulebase: _parts(rulebase.practice),
    "properties": lambda rulebase: rulebase.properties,
    "notice": lambda rulebase: {"title": rulebase.title, **rulebase.notice},
    "said to everybody": lambda rulebase: {
        each.says: each for each in (*rulebase.general_questions, *rulebase.general_cautions)
    },
    "not asked": lambda rulebase: rulebase.not_asked,
    "diseases": lambda rulebase: rulebase.diseases,
    "facts": lambda rulebase: rulebase.facts,
    "sources": lambda rulebase: rulebase.sources,
}


def wordings(old: RuleBase, new: RuleBase, pairs: Sequence[tuple[Rule | None, Rule | None]]) -> Wording:
    rules = tuple(after.id for before, after in pairs if before and after and _words(before) != _words(after))
    sections = (_section(name, of(old), of(new)) for name, of in _SECTIONS.items())
    return Wording(rules, tuple(each for each in sections if each.new or each.gone or each.changed))


def _words(rule: Rule) -> tuple[object, ...]:
    return rule.says, rule.because, rule.provenance


def _section(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Section:
    return Section(
        name,
        tuple(each for each in after if each not in before),
        tuple(each for each in before if each not in after),
        tuple(each for each in after if each in before and _placeless(before[each]) != _placeless(after[each])),
    )


def _placeless(value: Any) -> Any:
    """The value wherever it stands: a moved line is no change."""
    if is_dataclass(value):
        return {name: _placeless(part) for name, part in _parts(value).items()}
    if isinstance(value, Mapping):
        return {name: _placeless(part) for name, part in value.items()}
    return tuple(map(_placeless, value)) if isinstance(value, tuple) else value


def _parts(value: Any) -> dict[str, Any]:
    return {each.name: getattr(value, each.name) for each in fields(value) if each.name != "position"}
