"""The words of the quiz as plain, immutable values. Nothing here acts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from quiz.errors import Position

YES = "yes"
NO = "no"
UNSURE = "unsure"


class Converted(float):
    """A number in a finding's own unit, made of a result in another one. `printed` is that: "1.4 mg/dL"."""

    __slots__ = ("printed",)
    printed: str

    def __new__(cls, number: float, printed: str) -> Converted:
        made = super().__new__(cls, number)
        made.printed = printed
        return made

    def __getnewargs__(self) -> tuple[float, str]:  # type: ignore[override]
        return float(self), self.printed


Answer = str | float
"""`yes`, `no`, `unsure`, one of a finding's choices, or a number in the finding's unit."""

Answers = Mapping[str, Answer]
"""Finding id to answer. A finding that is not in it was not asked, which is neither "no" nor "unsure"."""


class Urgency(IntEnum):
    """How soon help is needed. The highest that fired counts; urgencies are never added up."""

    ROUTINE = 1
    SOON = 2
    SAME_DAY = 3
    EMERGENCY = 4

    @property
    def word(self) -> str:
        """The word used in rule files and in output: `same_day`."""
        return self.name.lower()


class Strength(IntEnum):
    """How much a rule supports a state."""

    WEAK = 1
    MODERATE = 2
    STRONG = 3

    @property
    def word(self) -> str:
        return self.name.lower()


# --- conditions -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of numbers. `None` leaves that side open; `with_low` and `with_high` include the bound itself."""

    low: float | None = None
    high: float | None = None
    with_low: bool = True
    with_high: bool = False

    def __contains__(self, number: float) -> bool:
        if self.low is not None and (number < self.low or (number == self.low and not self.with_low)):
            return False
        return self.high is None or number < self.high or (number == self.high and self.with_high)

    def outside(self) -> tuple[Interval, ...]:
        """The one or two stretches that hold every number this one does not."""
        parts = []
        if self.low is not None:
            parts.append(Interval(high=self.low, with_high=not self.with_low))
        if self.high is not None:
            parts.append(Interval(low=self.high, with_low=not self.with_high))
        return tuple(parts)


@dataclass(frozen=True, slots=True)
class Is:
    """A finding was answered with this word, or with a number inside this interval."""

    finding: str
    value: str | Interval


@dataclass(frozen=True, slots=True)
class Holds:
    """A concept holds (`yes`), or its denial does (`no`): every way for it to hold was answered away."""

    concept: str
    value: str = YES


@dataclass(frozen=True, slots=True)
class Named:
    """A state is named with at least this support. Only in rules on urgency and cautions."""

    state: str
    strength: Strength = Strength.WEAK


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions together. `none` means that each is denied by an answer; `count` is for `at_least` alone."""

    kind: Literal["all", "any", "none", "at_least"]
    of: tuple[Condition, ...]
    count: int = 0


Condition = Is | Holds | Named | Group


def leaves(condition: Condition) -> Iterator[Is | Holds | Named]:
    """Every single test in a condition, in the order of the file."""
    if isinstance(condition, Group):
        for part in condition.of:
            yield from leaves(part)
    else:
        yield condition


# --- conclusions and rules --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Supports:
    """The rule names a state as worth discussing."""

    state: str
    strength: Strength


@dataclass(frozen=True, slots=True)
class SpeaksAgainst:
    """The rule is shown as what speaks against a state. It takes no support away."""

    state: str


@dataclass(frozen=True, slots=True)
class Raises:
    """The rule sets at least this urgency. An emergency is a red flag."""

    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Cautions:
    """The rule warns. It is shown with these states where they are named, and with the whole note where empty.

    `at_once`: it is told as soon as it fires, and before the others on the note.
    """

    states: tuple[str, ...] = ()
    at_once: bool = False


Conclusion = Supports | SpeaksAgainst | Raises | Cautions


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a sentence comes from: fact ids, source ids, and whether a named person has reviewed it."""

    facts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    state: Literal["draft", "reviewed", "retired"] = "draft"
    reviewed_by: str = ""
    reviewed_on: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions with one conclusion. `says` is for the person, `because` for the learner."""

    id: str
    says: str
    when: Condition
    then: Conclusion
    because: str
    provenance: Provenance
    fires: tuple[Mapping[str, Answer], ...]
    near_miss: tuple[Mapping[str, Answer], ...]
    position: Position

    @property
    def red_flag(self) -> bool:
        """A red flag decides the urgency on its own."""
        return isinstance(self.then, Raises) and self.then.urgency is Urgency.EMERGENCY

    @property
    def at_once(self) -> bool:
        """A caution that is told as soon as it fires."""
        return isinstance(self.then, Cautions) and self.then.at_once


@dataclass(frozen=True, slots=True)
class Concept:
    """A named idea that several rules share: a mechanism, a setting, a picture. `label` reads inside a sentence."""

    id: str
    label: str
    when: Condition
    because: str
    provenance: Provenance
    position: Position


# --- what can be asked ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unit:
    """Another unit a result may be given in: `factor` times the printed number is the finding's own unit."""

    name: str
    factor: float


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that can be asked or measured.

    `label` reads inside a sentence. `low` and `high` are the plausible range of a number, both included; a number
    outside is refused. `same_levels` have printed results in `other_units`, each with the same one in `unit`. With
    `ask_unit` a person who types a number that could be in either of two units is asked for its unit. `choices` is
    empty for a yes/no finding. `facts` are those behind its bands. A no to one with `yes_is_well` tells of something,
    and "none of the others" does not mean it.
    """

    id: str
    kind: str
    label: str
    question: str
    position: Position
    rephrase: str = ""
    help: str = ""
    examples: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    unit: str = ""
    low: float = 0.0
    high: float = 0.0
    other_units: tuple[Unit, ...] = ()
    ask_unit: bool = False
    bands: Mapping[str, Interval] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    yes_is_well: bool = False
    same_levels: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_number(self) -> bool:
        return bool(self.unit)

    @property
    def units(self) -> tuple[Unit, ...]:
        """Those in which a result may be typed, its own one first."""
        return (Unit(self.unit, 1.0), *self.other_units)

    @property
    def words(self) -> tuple[str, ...]:
        """The words that settle this finding, without `unsure`; empty for a number."""
        return () if self.is_number else self.choices or (YES, NO)


@dataclass(frozen=True, slots=True)
class Implication:
    """When the condition is certain, these answers follow, unless the person answered otherwise."""

    when: Condition
    then: Mapping[str, str]
    because: str
    position: Position


@dataclass(frozen=True, slots=True)
class Screen:
    """Findings that are asked together.

    `ask`: `always`; `useful` shows only lines that can still change what is told; `detail` findings are asked at the
    end, and only while they matter. `typed` screens take names of medicines.
    """

    id: str
    title: str
    intro: str
    ask: Literal["always", "useful", "detail"]
    findings: tuple[str, ...]
    typed: bool
    red_flags: bool
    position: Position


# --- what is told -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence from the fact base in the quiz's own words, with where it comes from.

    It asks for nothing that was told already: `answered_by` are findings of which one answer, other than "not sure",
    makes it needless.
    """

    says: str
    facts: tuple[str, ...]
    when: Condition | None = None
    answered_by: tuple[str, ...] = ()
    position: Position = field(default=Position(""), compare=False)


@dataclass(frozen=True, slots=True)
class State:
    """An electrolyte and a direction, with what is told whenever it is named."""

    id: str
    electrolyte: str
    direction: Literal["low", "high"]
    name: str
    clinical_name: str
    about: tuple[Sentence, ...]
    tests: tuple[Sentence, ...]
    ask: tuple[Sentence, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Another explanation, shown where one of its findings is evidence."""

    id: str
    says: str
    findings: tuple[str, ...]
    urgent: bool
    facts: tuple[str, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class Teaching:
    """Something to learn. `kind`: point, link, mechanism, comparison, food or idea.

    A comparison has a `row` and a `column`; a food has its `minerals` and `foods`, of which those in `only` are
    no source of the other minerals. `also` are others that are right where this one is.
    """

    id: str
    kind: str
    says: str
    facts: tuple[str, ...]
    position: Position
    misconception: str = ""
    row: str = ""
    column: str = ""
    minerals: tuple[str, ...] = ()
    foods: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vignette:
    """A short case. `named` must be named (the first of them first), `not_named` must not."""

    id: str
    title: str
    story: str
    answers: Mapping[str, Answer]
    named: tuple[str, ...]
    not_named: tuple[str, ...]
    urgency: Urgency | None
    reasoning: str
    facts: tuple[str, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence of the fact base. `basis` is read (in a source) or known (to be checked in one)."""

    id: str
    text: str
    sources: tuple[str, ...]
    basis: str
    confidence: str
    position: Position


@dataclass(frozen=True, slots=True)
class Source:
    """A published text. `extent` says how much of it was read."""

    id: str
    title: str
    publisher: str
    year: str
    url: str
    extent: str
    position: Position


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do at one urgency: a headline, an action in at most two short sentences."""

    urgency: Urgency
    headline: str
    action: str
    position: Position


# --- what must hold of every set of answers ---------------------------------------------------------

NOT_ASKED = "not_asked"
"""In a property: no answer, and none that follows from others."""

ANSWERED = "answered"
"""In a property: any answer but `unsure`."""

LOWER, HIGHER = "lower", "higher"
"""In a property: a number below, or above, the one before."""


@dataclass(frozen=True, slots=True)
class AtLeastAsUrgent:
    """The urgency is this one or a higher one."""

    urgency: Urgency


@dataclass(frozen=True, slots=True)
class OneFires:
    """At least one of these rules fires."""

    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotAll:
    """These rules never fire together."""

    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Follows:
    """This condition is certain too; where `never`, it is not."""

    condition: Condition
    never: bool = False


Kept = Literal["urgency", "states", "cautions", "red_flags"]


@dataclass(frozen=True, slots=True)
class Keeps:
    """One of these findings is answered otherwise, and all of this stays as it was or grows.

    `before` and `after` are words of answers, UNSURE, NOT_ASKED, ANSWERED; `after` may be LOWER or HIGHER. A red flag
    stays while it fires or is told as not ruled out. Where the property itself does not name its findings, they are
    those of the `scope`, `without` some.
    """

    findings: tuple[str, ...]
    before: tuple[str, ...]
    after: str
    kept: tuple[Kept, ...]
    scope: Literal["", "all", "red_flags"] = ""
    without: tuple[str, ...] = ()


Demand = AtLeastAsUrgent | OneFires | NotAll | Follows | Keeps


@dataclass(frozen=True, slots=True)
class Property:
    """What must hold of every set of answers that the constraints allow, wherever `when` is certain."""

    id: str
    says: str
    when: Condition | None
    demand: Demand
    because: str
    facts: tuple[str, ...]
    position: Position


# --- what practice needs besides the rules ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Telling:
    """How a finding is told of somebody else: verb phrases such as "gets cramps in {their} calves", and a noun.

    {they}, {their} and {them} are the person, {medicine} is a name. What is empty is put together from the label.
    """

    yes: str = ""
    no: str = ""
    noun: str = ""


@dataclass(frozen=True, slots=True)
class Odd:
    """What no made-up person has, though nothing in the constraints forbids it."""

    when: Condition
    because: str
    position: Position


@dataclass(frozen=True, slots=True)
class Practice:
    """How made-up persons are.

    Ages are in years. `most` is how many findings of a kind one person has at most. `always` and `often` are findings
    that go with a finding: one of them at least, or now and then one. `common` are those that most people have at
    times, `never` those that no made-up person has, and `sure` those that nobody is unsure of. `with_causes` are signs
    of what causes a state, and not of the state. `take_nothing` are rules that speak against a complaint as a sign of a
    state, which may be there all the same.
    """

    youngest: float = 18
    oldest: float = 90
    most: Mapping[str, int] = field(default_factory=dict)
    common: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    sure: tuple[str, ...] = ()
    with_causes: tuple[str, ...] = ()
    take_nothing: tuple[str, ...] = ()
    always: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    often: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    told: Mapping[str, Telling] = field(default_factory=dict)
    odd: tuple[Odd, ...] = ()


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One way in which some findings move a mineral: `through` these to these states.

    `also` are findings that work in this way too, or may; `after` are states that may set it going.
    """

    id: str
    says: str
    through: tuple[str, ...]
    to: tuple[str, ...]
    facts: tuple[str, ...]
    position: Position
    also: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Misconception:
    """A mistaken belief as an alteration of the rules.

    `ignores` are findings whose answers are not seen, and concepts that never hold; `takes_for` reads one finding as
    another. `drops` are rules that are not there, `flips` rules that support the other direction, `relaxes` a rule and
    the findings and concepts in it that are taken for granted. `believes` are rules that stand in nobody else's.
    """

    id: str
    says: str
    teaching: str
    facts: tuple[str, ...]
    position: Position
    ignores: tuple[str, ...] = ()
    takes_for: Mapping[str, str] = field(default_factory=dict)
    drops: tuple[str, ...] = ()
    flips: tuple[str, ...] = ()
    relaxes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    believes: tuple[Rule, ...] = ()
    unsure_is_no: bool = False


@dataclass(frozen=True, slots=True)
class RuleBase:
    """Everything the quiz knows, checked: every id resolves, no concept needs itself, every rule can fire.

    Mappings keep the order of the files. `fingerprint` is the start of the SHA-256 of all rule texts. `medicines`
    maps a name to the findings it stands for. `diseases` are names that no rule may tell unless the person reported
    the finding beside it. `places` tells where each text of the `notice` and the `glossary` stands,
    and as `medicines.NAME` each name of a medicine.
    """

    title: str
    notice: Mapping[str, str]
    fingerprint: str
    findings: Mapping[str, Finding]
    concepts: Mapping[str, Concept]
    rules: Mapping[str, Rule]
    states: Mapping[str, State]
    advice: Mapping[Urgency, Advice]
    implications: tuple[Implication, ...]
    screens: Mapping[str, Screen]
    medicines: Mapping[str, tuple[str, ...]]
    look_alikes: Mapping[str, LookAlike]
    general_questions: tuple[Sentence, ...]
    general_cautions: tuple[Sentence, ...]
    glossary: Mapping[str, str]
    teaching: Mapping[str, Teaching]
    vignettes: Mapping[str, Vignette]
    facts: Mapping[str, Fact]
    sources: Mapping[str, Source]
    not_asked: Mapping[str, str]
    diseases: Mapping[str, str]
    properties: Mapping[str, Property] = field(default_factory=dict)
    practice: Practice = field(default_factory=Practice)
    mechanisms: Mapping[str, Mechanism] = field(default_factory=dict)
    misconceptions: Mapping[str, Misconception] = field(default_factory=dict)
    places: Mapping[str, Position] = field(default_factory=dict, compare=False)


# --- what the rules say about one set of answers ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that is certain, with the findings that made it so, in the order of the rule."""

    rule: Rule
    evidence: tuple[str, ...]
    concepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A state the rules name.

    `evidence` are the distinct findings behind the rules at `strength`. Of states as strong, one that is `critical`
    comes first, as a blood result among its evidence alone raises a red flag; then one that is `measured`, as there is
    such a result; then the one with more evidence.
    """

    state: str
    strength: Strength
    fired: tuple[Fired, ...]
    against: tuple[Fired, ...]
    evidence: tuple[str, ...]
    critical: bool
    measured: bool


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the rules say about a set of answers.

    `urgency` is None when no rule on urgency fired, which is not "routine". `not_ruled_out` are red flags that
    answers `unsure` leave open; their evidence is those answers.
    """

    candidates: tuple[Candidate, ...]
    urgency: Urgency | None
    urgent: tuple[Fired, ...]
    cautions: tuple[Fired, ...]
    not_ruled_out: tuple[Fired, ...]
    fired: tuple[Fired, ...]
    answers: Answers

    @property
    def red_flags(self) -> tuple[Fired, ...]:
        return tuple(fired for fired in self.urgent if fired.rule.red_flag)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What answers not yet given could still do: for each finding, the open rules it could help to fire."""

    settles: Mapping[str, tuple[Rule, ...]]
