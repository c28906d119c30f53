"""The form of a rule file, once: what may stand in it, for the reader, the editor and the JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

FACT_ID = r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)+$"
WORD = r"^[a-z][a-z0-9_]*$"
STATE_ID = r"^[A-Z]+_(LOW|HIGH)$"
RULE_ID = r"^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$"
SIGNATURE = r"^[0-9a-f]{12}$"
DATE = r"^\d{4}-\d{2}-\d{2}$"

FactId = Annotated[str, Field(pattern=FACT_ID)]
Word = Annotated[str, Field(pattern=WORD)]
StateId = Annotated[str, Field(pattern=STATE_ID)]
RuleId = Annotated[str, Field(pattern=RULE_ID)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Factor = Annotated[float, Field(allow_inf_nan=False, gt=0)]
AnswerForm = Annotated[Any, WithJsonSchema({"type": ["string", "number"]})]
"""An answer. Read by `answers.py`, which knows the finding."""

Year = Annotated[
    str,
    BeforeValidator(lambda year: str(year) if type(year) is int else year),
    WithJsonSchema({"type": ["string", "integer"]}),
]


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


ConditionForm = Annotated[Any, WithJsonSchema({"$comment": "condition"})]
"""A condition. Read by `conditions.py`, which gives better places and hints than a union of forms could."""

_CONDITION_SCHEMA: dict[str, Any] = {
    "title": "Condition",
    "description": "One finding or concept with its value, or one group: all, any, none, at_least.",
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "properties": {
        "all": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Condition"}},
        "any": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Condition"}},
        "none": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Condition"}},
        "at_least": {
            "type": "object",
            "additionalProperties": False,
            "required": ["count", "of"],
            "properties": {
                "count": {"type": "integer", "minimum": 1},
                "of": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Condition"}},
            },
        },
        "named": {
            "anyOf": [
                {"type": "string"},
                {"type": "object", "minProperties": 1, "maxProperties": 1,
                 "additionalProperties": {"enum": ["weak", "moderate", "strong"]}},
            ]
        },
    },
    "additionalProperties": {
        "anyOf": [
            {"type": "string"},
            {"type": "object", "minProperties": 1, "additionalProperties": False,
             "properties": {
                 "is": {"type": "string"},
                 "one_of": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                 **{word: {"type": "number"} for word in ("below", "at_most", "at_least", "above")},
             }},
        ]
    },
}  # fmt: skip


class CitedForm(Form):
    """Whatever cites the fact base."""

    facts: Annotated[list[FactId], Field(min_length=1)]


class SentenceForm(CitedForm):
    """A sentence told to the person. With `when`, only if the condition is certain.

    With `answered_by`, only while none of these findings was answered: nobody is to ask for what they know.
    """

    says: Text
    when: ConditionForm | None = None
    answered_by: list[Word] = []


class RangeForm(Form):
    """Plausible values of a number, both ends included. A number outside is refused as a slip."""

    low: Number
    high: Number


class BandForm(Form):
    """A named stretch of a number. At least one bound."""

    below: Number | None = None
    at_most: Number | None = None
    at_least: Number | None = None
    above: Number | None = None
    facts: Annotated[list[FactId], Field(min_length=1)]


class FindingForm(Form):
    """Something that can be asked or measured. A number has `unit` and `range`; without, it is yes/no.

    `same_levels` bear out the factors of `other_units`: a result in another unit, and the same in the finding's own.
    With `ask_unit`, who types a number that is plausible in two of its units is asked which one was printed. With
    `yes_is_well`, "none of the others" leaves it empty: its no tells of something.
    """

    kind: Literal["symptom", "medicine", "condition", "diet", "event", "life stage", "lab", "about"]
    label: Text
    question: Text
    rephrase: Text | None = None
    help: Text | None = None
    examples: list[Text] = []
    choices: Annotated[list[Word], Field(min_length=2)] | None = None
    unit: Text | None = None
    range: RangeForm | None = None
    other_units: dict[str, Factor] = {}
    ask_unit: bool = False
    same_levels: dict[str, Text] = {}
    bands: dict[Word, BandForm] = {}
    yes_is_well: bool = False


class ConceptForm(CitedForm):
    """A named idea that rules share. `label` reads inside a sentence."""

    label: Text
    when: ConditionForm
    because: Text
    sources: list[Word] = []
    state: Literal["draft", "reviewed", "retired"]
    reviewed: ReviewForm | None = None


class ReviewForm(Form):
    """Who reviewed a rule, when (year-month-day), and what: `of` is its signature, as `review rule` prints it."""

    by: Text
    on: Annotated[str, Field(pattern=DATE)]
    of: Annotated[str, Field(pattern=SIGNATURE)] | None = None


class ThenForm(Form):
    """One conclusion: supports with strength, or against, or urgency, or caution.

    With `at_once`, a caution is told as soon as it fires, and before the others on the note.
    """

    supports: StateId | None = None
    strength: Literal["weak", "moderate", "strong"] | None = None
    against: StateId | None = None
    urgency: Literal["routine", "soon", "same_day", "emergency"] | None = None
    caution: list[StateId] | None = None
    at_once: bool = False


class RuleForm(CitedForm):
    """Conditions with one conclusion, and the reasons, sources and cases that let others check it."""

    says: Text
    when: ConditionForm
    then: ThenForm
    because: Text
    sources: Annotated[list[Word], Field(min_length=1)]
    state: Literal["draft", "reviewed", "retired"]
    reviewed: ReviewForm | None = None
    fires: Annotated[list[dict[str, AnswerForm]], Field(min_length=1)]
    near_miss: Annotated[list[dict[str, AnswerForm]], Field(min_length=1)]


class StateForm(Form):
    """An electrolyte and a direction, with what is told whenever it is named.

    `rank` orders states for which equally much speaks: the lowest comes first, then the order of the files.
    """

    rank: int = 100
    electrolyte: Word
    direction: Literal["low", "high"]
    name: Text
    clinical_name: Text
    about: list[SentenceForm]
    tests: list[SentenceForm]
    ask: Annotated[list[SentenceForm], Field(min_length=1)]


class LookAlikeForm(CitedForm):
    """Another explanation, told where one of these findings is evidence."""

    says: Text
    findings: Annotated[list[Word], Field(min_length=1)]
    urgent: bool = False


class TeachingForm(CitedForm):
    """Something to learn.

    `also` is other teaching that is right where this is: it sets the same misconception right, or belongs in the same
    place. `only` are those of the `foods` that are no source of any other mineral asked about.
    """

    kind: Literal["point", "link", "mechanism", "comparison", "food", "idea"]
    says: Text
    misconception: Text | None = None
    also: list[RuleId] = []
    row: Text | None = None
    column: Text | None = None
    minerals: list[Word] = []
    foods: list[Text] = []
    only: list[Text] = []


class VignetteForm(CitedForm):
    """A short case that teaches, and that every test run replays."""

    title: Text
    story: Text
    answers: dict[str, AnswerForm]
    named: list[StateId]
    not_named: list[StateId] = []
    urgency: Literal["routine", "soon", "same_day", "emergency", "none"]
    reasoning: Text


class ImplicationForm(Form):
    """What follows from an answer: when this is certain, these are too, unless answered otherwise."""

    when: ConditionForm
    then: Annotated[dict[str, str], Field(min_length=1)]
    because: Text


class ScreenForm(Form):
    """Findings asked together. See the README for `ask`."""

    title: Text
    intro: Text | None = None
    ask: Literal["always", "useful", "detail"] = "always"
    typed: bool = False
    red_flags: bool = False
    findings: Annotated[list[Word], Field(min_length=1)]


class AdviceForm(Form):
    """What to do at this urgency: a headline of at most 140 characters, and at most two short sentences."""

    headline: Annotated[str, Field(min_length=1, max_length=140)]
    action: Text


class NoticeForm(Form):
    """What a person must know before they begin, and where no state is named.

    `in_doubt` is said there too, unless the note tells how soon to get help.
    """

    is_: Annotated[Text, Field(alias="is")]
    is_not: Text
    emergency: Text
    draft: Text
    nothing_named: Text
    in_doubt: Text


class FactForm(Form):
    """A sentence of the fact base. `known` was not read in a source: check it there first."""

    text: Text
    sources: list[Word]
    basis: Literal["read", "known"] = "read"
    confidence: Literal["high", "moderate", "low", "disputed"] = "high"


class SourceForm(Form):
    """A published text."""

    title: Text
    publisher: Text
    year: Year
    url: Text
    extent: Text


class RequiredForm(Form):
    """What must hold as well: exactly one of these. `tells` names rules, at least one of which fires."""

    urgency_at_least: Literal["routine", "soon", "same_day", "emergency"] | None = None
    tells: Annotated[list[RuleId], Field(min_length=1)] | None = None
    holds: ConditionForm | None = None
    never: ConditionForm | None = None


class ChangeForm(Form):
    """One finding is answered otherwise. Without `findings` it may be any; `red_flags` are those of danger screens.

    `from` and `to` are answers, or `unsure`, or `not_asked`; `from` may be `answered`, `to` may be `lower` or `higher`.
    """

    findings: Annotated[list[Word], Field(min_length=1)] | None = None
    red_flags: bool = False
    without: list[Word] = []
    from_: Annotated[list[Word], Field(alias="from", min_length=1)] = ["answered"]
    to: Word


class PropertyForm(CitedForm):
    """What must hold of every set of answers: `when` and `then`, or `change` and `keeps`, or `never_together`."""

    says: Text
    when: ConditionForm | None = None
    then: RequiredForm | None = None
    change: ChangeForm | None = None
    keeps: Annotated[list[Literal["urgency", "states", "cautions", "red_flags"]], Field(min_length=1)] | None = None
    never_together: Annotated[list[RuleId], Field(min_length=2)] | None = None
    because: Text


class TellingForm(Form):
    """How a finding is told of somebody else: verb phrases with {they}, {their}, {them}, {medicine}; and a noun."""

    yes: Text | None = None
    no: Text | None = None
    noun: Text | None = None


class OddForm(Form):
    """What no made-up person has."""

    when: ConditionForm
    because: Text


class PeopleForm(Form):
    """Ages of made-up persons in years, and how many findings of a kind one of them has at most."""

    youngest: Annotated[Number, Field(ge=0)]
    oldest: Annotated[Number, Field(ge=0)]
    most: dict[Literal["symptom", "medicine", "condition", "diet", "event", "life stage", "lab"],
               Annotated[int, Field(ge=0)]] = {}  # fmt: skip


class PracticeForm(Form):
    """How made-up persons are, for practice.

    `always`: at least one of these goes with it; `often`: now and then one does. `common` is added beside what matters.
    Nobody is unsure of what is `sure`. What stands in `with_causes` is a sign of what causes a state, and not of the
    state: no mechanism ends in it. The rules in `take_nothing` speak against a complaint as a sign of a state, and
    the state may be there all the same.
    """

    people: PeopleForm
    common: list[Word] = []
    never: list[Word] = []
    sure: list[Word] = []
    with_causes: list[Word] = []
    take_nothing: list[RuleId] = []
    always: dict[Word, Annotated[list[Word], Field(min_length=1)]] = {}
    often: dict[Word, Annotated[list[Word], Field(min_length=1)]] = {}
    odd: list[OddForm] = []
    told: dict[Word, TellingForm] = {}


class MechanismForm(CitedForm):
    """One way in which some findings move a mineral, in a sentence that does not name them.

    `also` are findings that work in this way too, or may; `after` are states that may set it going.
    """

    says: Text
    through: Annotated[list[Word], Field(min_length=1)]
    to: Annotated[list[StateId], Field(min_length=1)]
    also: list[Word] = []
    after: list[StateId] = []


class BeliefForm(Form):
    """A rule that stands in nobody else's rules."""

    when: ConditionForm
    then: ThenForm


class MisconceptionForm(CitedForm):
    """A mistaken belief as an alteration of the rules. At least one of the keys from `ignores` on."""

    says: Text
    teaching: RuleId
    ignores: list[Word] = []
    takes_for: dict[Word, Word] = {}
    drops: list[RuleId] = []
    flips: list[RuleId] = []
    relaxes: dict[RuleId, Annotated[list[Word], Field(min_length=1)]] = {}
    believes: list[BeliefForm] = []
    unsure_is_no: bool = False


class RuleFile(Form):
    """One rule file: a topic, then any of these sections."""

    topic: Text
    title: Text | None = None
    notice: NoticeForm | None = None
    advice: dict[Literal["routine", "soon", "same_day", "emergency"], AdviceForm] = {}
    states: dict[StateId, StateForm] = {}
    findings: dict[Word, FindingForm] = {}
    concepts: dict[Word, ConceptForm] = {}
    rules: dict[RuleId, RuleForm] = {}
    implications: list[ImplicationForm] = []
    screens: dict[Word, ScreenForm] = {}
    medicines: dict[Word, list[Text]] = {}
    look_alikes: dict[RuleId, LookAlikeForm] = {}
    general_questions: list[SentenceForm] = []
    general_cautions: list[SentenceForm] = []
    glossary: dict[str, Text] = {}
    teaching: dict[RuleId, TeachingForm] = {}
    vignettes: dict[RuleId, VignetteForm] = {}
    not_asked: dict[Word, Text] = {}
    diseases: dict[str, Word | None] = {}
    properties: dict[RuleId, PropertyForm] = {}
    practice: PracticeForm | None = None
    mechanisms: dict[RuleId, MechanismForm] = {}
    misconceptions: dict[RuleId, MisconceptionForm] = {}
    facts: dict[FactId, FactForm] = {}
    sources: dict[Word, SourceForm] = {}


ConceptForm.model_rebuild()
RuleForm.model_rebuild()


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = _finished(RuleFile.model_json_schema(by_alias=True))
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["$defs"]["Condition"] = _CONDITION_SCHEMA
    return schema


def json_schema() -> str:
    """The JSON Schema of a rule file, as it is committed under `rules/`."""
    return json.dumps(_schema(), indent=2, ensure_ascii=False) + "\n"


def _finished(part: Any) -> Any:
    """With conditions put in their places, and with no key allowed that the reader would refuse."""
    if isinstance(part, list):
        return [_finished(item) for item in part]
    if not isinstance(part, dict):
        return part
    if part.get("$comment") == "condition":
        return {"$ref": "#/$defs/Condition"}
    done = {key: _finished(value) for key, value in part.items()}
    return {**done, "additionalProperties": False} if "patternProperties" in done else done


def keys_at(road: Sequence[str | int]) -> tuple[str, ...]:
    """The keys that may stand at the end of a road of keys and indexes into a rule file; none where any may."""
    return tuple(_at(road).get("properties", {}))


def needed_at(road: Sequence[str | int]) -> tuple[str, ...]:
    """Those of them that must stand there."""
    return tuple(_at(road).get("required", ()))


def _at(road: Sequence[str | int]) -> dict[str, Any]:
    part = _schema()
    for step in road:
        part = _resolved(part)
        if isinstance(step, int):
            part = part.get("items", {})
        elif step in part.get("properties", {}):
            part = part["properties"][step]
        else:
            patterns = part.get("patternProperties", {})
            other = part.get("additionalProperties", {})
            part = next(iter(patterns.values()), other if isinstance(other, dict) else {})
    return _resolved(part)


def _resolved(part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part or "anyOf" in part:
        found = part.get("anyOf", [part])[0]
        part = _schema()["$defs"][found["$ref"].rsplit("/", 1)[1]] if "$ref" in found else found
    return part
