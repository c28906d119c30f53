"""What no text may say, whatever the rules are: a dose, a verdict, false comfort, an order to take or leave something.

The patterns know turns of speech, not medicine: what a clinician decides on is named by the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from typing import NamedTuple


class Found(NamedTuple):
    """`words` are those that may not stand there."""

    code: str
    what: str
    words: str
    hint: str


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_NUMBER = r"(?:\d+(?:[.,]\d+)?|two|three|four|five|six|seven|eight|nine|ten|half|a couple of|a few|several)"
_TABLET = r"(?:tablet|pill|capsule|sachet|spoon)s?"
_SPOON = r"(?:(?:tea|table)?spoon(?:ful)?s?|sachets?|drops?|puffs?|scoops?)"
_GLASS = r"(?:glass(?:es)?|cups?|pints?|lit(?:re|er)s?|bottles?)"
_OFTEN = r"(?:daily|at once|(?:a|per|each|every) (?:day|night|morning|evening|week|hour|meal))"

_DOSE = _any(
    r"\b\d+(?:[.,]\d+)?\s*(?:mg|g|kg|mcg|µg|(?:milli|micro)?grams?|ml|mEq|mmol|IU|units?)\b(?!/)",
    r"\b\d+\s*(?:tablets?|pills?|capsules?)\b",
    rf"\b{_NUMBER}(?: an?)?(?: full| heaped)?[\s-]+(?:{_SPOON}|{_GLASS})\b",
    rf"\b{_NUMBER} {_TABLET} {_OFTEN}\b",
    rf"\b(?:take|takes|taking|swallow|use|give) (?:one|a|{_NUMBER})(?: or \w+)? {_TABLET}\b",
    rf"\b(?:once|twice|thrice|{_NUMBER} times) (?:daily|(?:a|per|each|every) day)\b",
    rf"\bevery (?:hour|other day|{_NUMBER}[\s-]hours?)\b",
    r"\b(?:double|triple|half|extra|higher|lower|full)(?: (?:a|the|your))?(?: (?:usual|next|daily|normal))? dose\b",
)
_VERDICT = _any(
    r"(?<!if )(?<!do )(?<!when )(?<!that )\byou have (?:a |an |the )?(?!been|not|had|no\b|any|taken|told)[a-z]",
    r"\byou(?:'ve got| suffer)\b",
    r"(?<!if )(?<!when )\byou (?:\w+ly|must|may well|might well) (?:have|suffer)\b(?! (?:been|had|taken|told))",
    r"\bmeans? (?:that )?you (?:have|suffer)\b",
)
_COMFORT = _any(
    r"\byou(?:'re| are|'ll be| will be)(?: just| quite| perfectly)? (?:fine|healthy|well|safe|ok|okay|all right)\b",
    r"\bnothing (?:to worry|to fear|serious|is wrong)",
    r"\bno (?:need|reason|cause) (?:to worry|for (?:worry|concern|alarm|an? ))",
    r"\bno need to (?:see|call|ask|tell|go)\b",
    r"\b(?:do not|don't|need not|never) worry\b",
    r"\byou (?:need not|do not need to|don't need to|do not have to|don't have to) (?:see|call|ask|tell|go)\b",
    r"\byou (?:do not|don't) need (?:a|any) (?:doctor|nurse|clinician|test|help)\b",
    r"\byou can (?:safely )?wait\b",
    r"\b(?:it|this|that|these|they)(?: is|'s| are|'re)(?: \w+)? (?:harmless|not serious|not dangerous)\b",
    r"\bperfectly (?:normal|safe|harmless)\b",
    r"\beverything (?:is|looks) (?:fine|well|normal|ok|okay)\b",
    r"(?<!not show that )(?<!not mean that )\ball is well\b",
)
_BEGIN = r"(?:^|[,;:] (?:then |and |so )?|\b(?:then|please|just|simply|instead) )"
_TOLD = r"\byou (?:should|must|can|need to|have to|ought to) "
_TAKE_OR_LEAVE = (
    r"(?:take|stop|start|restart|swallow|drink|eat|skip|double|halve|cut|reduce|lower|raise|increase|change|switch|replace"
    r"|avoid|add|try|use|give up|come off|leave out)"
)
_ORDER = _any(
    rf"(?:{_BEGIN}|{_TOLD})(?P<order>{_TAKE_OR_LEAVE}\b(?! (?:or|and|can|may|is)\b)(?P<next>(?: [\w'-]+){{1,5}}))"
)
_DECIDED = frozenset({
    "tablet", "pill", "capsule", "medicine", "medication", "drug", "supplement", "dose", "treatment", "salt", "water",
    "fluid", "food", "drink", "diet",
})  # fmt: skip
"""What a clinician decides on, beside what the rules name. Words are compared without an "s" at their end."""

_RAISE = _any(r"(?:(?<=worth )raising|(?<=[.,;:] )raise (?:it|this|that|them)|^raise (?:it|this|that|them))\b")
"""A question to bring up, which reads as a level to push up."""

_OPEN = _any(r"\b(?:ask|asks|whether|who|why)\b", r"\b(?:if|when|before|unless)\b[^,;:]*$")
"""Before an order: it is asked about, or the clause is no order."""

_BRING = re.compile(r"\b(?:with you|along)\b", re.IGNORECASE)
"""What is to be taken along to a visit."""

SHORTEST = 4
"""Letters of a word that names something."""

_SENTENCE = re.compile(r"[^.!?]+[.!?]?")
_WORD = re.compile(r"[\w'-]+")


def forbidden(text: str, substances: Set[str]) -> Iterator[Found]:
    """The first of each kind. `substances` come from `words_of`."""
    if found := _DOSE.search(text):
        yield Found("W601", "tells a dose", found[0], "leave amounts to the clinician")
    if found := _VERDICT.search(text):
        yield Found("W602", "tells a verdict", found[0], "say what is worth discussing")
    if found := _COMFORT.search(text):
        yield Found("W603", "gives false comfort", found[0], "no set of answers shows that all is well")
    if order := next(_orders(text, substances), ""):
        yield Found("W607", "orders a treatment", order, "say what to ask a clinician about")
    if found := _RAISE.search(text):
        yield Found("W607", "can be read as an order to raise a level", found[0], "write of asking, or of talking")


def words_of(names: Iterable[str]) -> frozenset[str]:
    """The words of what a person could take or leave, as `forbidden` wants them."""
    return _DECIDED.union(*map(_words, names))


def _orders(text: str, substances: Set[str]) -> Iterator[str]:
    for sentence in map(str.strip, _SENTENCE.findall(text)):
        for found in _ORDER.finditer(sentence):
            asked = sentence.endswith("?") or _OPEN.search(sentence[: found.start("order")])
            if not asked and not _BRING.search(sentence) and not substances.isdisjoint(_words(found["next"])):
                yield found["order"]


def _words(text: str) -> Iterator[str]:
    """Short ones, as "and" and "of", name nothing."""
    return (word.removesuffix("s") for word in _WORD.findall(text.lower()) if len(word) >= SHORTEST)
