"""The interview and its answers as FHIR R4 resources: plain dicts out, and a QuestionnaireResponse back in.

Every element and extension used is part of R4 itself; none is of this program's own making.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from quiz.answers import MOST_HINTS, read_answer
from quiz.errors import AnswersError, Position, Problem, did_you_mean
from quiz.interview import AGAIN, BLANK, Session
from quiz.model import NO, UNSURE, YES, Answer, Finding, RuleBase, Screen
from quiz.text import inert

URL = "urn:uuid:0782b222-2d30-4c1d-9700-9092ad962e86"
"""The canonical name of the interview. Its version is the fingerprint of the rules."""

CHOICES = "urn:uuid:0e9ae8db-44a5-4318-bec9-cbca70bfd6bf"
"""The code system of a finding's own choices: each code is the word in the rules."""

YES_OR_NO = "http://terminology.hl7.org/CodeSystem/v2-0136"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"

CODED: Mapping[str, Mapping[str, str]] = {
    YES: {"system": YES_OR_NO, "code": "Y", "display": "Yes"},
    NO: {"system": YES_OR_NO, "code": "N", "display": "No"},
    UNSURE: {"system": ABSENT, "code": "asked-unknown", "display": "Don't know"},
}
"""The answers as R4's own value set `yesnodontknow` has them; the displays are the ones printed there."""

EXTENSION = "http://hl7.org/fhir/StructureDefinition/"
ITEM_CONTROL = "http://hl7.org/fhir/questionnaire-item-control"

OTHER_MEDICINES, NAMED_MEDICINES = "interview/other_medicines", "interview/named_medicines"
SHOWN = "interview/shown"
ASKED = "interview/asked"
"""Link ids with a slash are the program's own. An id in the rules has none, so the two never meet."""

PURPOSE = "For education only: no diagnosis, no treatment and no dose follow from it."

LARGEST = 4 * 1024 * 1024
"""Bytes. A response to every question is some hundred times smaller."""

DEEPEST = 40
"""Levels of nesting. A response made here has seven."""

ROOT = "QuestionnaireResponse"
"""What a resource with answers calls itself, and where every path in it begins."""

Json = dict[str, Any]


# --- the interview ------------------------------------------------------------------------------------------


def questionnaire(rulebase: RuleBase) -> Json:
    """All that can be asked as a Questionnaire, in the order of the screens."""
    notice = (rulebase.notice.get(key, "") for key in ("is_", "is_not", "draft"))
    return {
        "resourceType": "Questionnaire",
        "url": URL,
        **({"version": rulebase.fingerprint} if rulebase.fingerprint else {}),
        "name": "ElectrolyteInterview",
        "title": rulebase.title or "Interview",
        "status": "draft",
        "experimental": True,
        "subjectType": ["Patient"],
        "description": " ".join((PURPOSE, *filter(None, notice))),
        "item": list(_items(rulebase)),
    }


def _items(rulebase: RuleBase) -> Iterator[Json]:
    if emergency := rulebase.notice.get("emergency"):
        yield _display("interview/emergency", emergency)
    placed: set[str] = set()
    typed = [screen.id for screen in rulebase.screens.values() if screen.typed]
    for screen in rulebase.screens.values():
        lines = [each for each in screen.findings if each not in placed]
        placed.update(lines)
        yield from _group(f"screen/{screen.id}", screen.title, _screen_items(rulebase, screen, lines))
        if typed and screen.id == typed[-1]:
            yield from _names_of_medicines()
    rest = (item for each in rulebase.findings.values() if each.id not in placed for item in _question(each))
    yield from _group("interview/rest", "Further answers", rest)
    if not typed:
        yield from _names_of_medicines()
    yield _progress()


def _group(link: str, text: str, items: Iterable[Json]) -> Iterator[Json]:
    """A group, or nothing where it would be empty: FHIR has no empty groups."""
    if held := list(items):
        yield {"linkId": link, "text": text or link, "type": "group", "item": held}


def _screen_items(rulebase: RuleBase, screen: Screen, lines: Sequence[str]) -> Iterator[Json]:
    if lines and screen.intro:
        yield _display(f"screen/{screen.id}/intro", screen.intro)
    for line in lines:
        yield from _question(rulebase.findings[line])


def _question(finding: Finding) -> Iterator[Json]:
    help_text = _help(finding)
    child = {"item": [{**_display(f"{finding.id}/help", help_text), "extension": [_HELP]}]} if help_text else {}
    item: Json = {"linkId": finding.id, "text": finding.question}
    if not finding.is_number:
        yield {**item, "type": "choice", "answerOption": _options((*finding.words, UNSURE)), **child}
        return
    bounds = [{"url": f"{EXTENSION}{name}", "valueDecimal": value}
              for name, value in (("minValue", finding.low), ("maxValue", finding.high))]  # fmt: skip
    # The unit belongs to the id: ids are never reused, so a number is never read in another unit than it was given in.
    # It stands in the text too, as not every form shows the extension.
    item["text"] = f"{finding.question} ({finding.unit})"
    unit = {"url": f"{EXTENSION}questionnaire-unit", "valueCoding": {"display": finding.unit}}
    yield {**item, "extension": [unit, *bounds], "type": "decimal", **child}
    # A decimal has no code for "not sure", and an answer left out means not asked: so it is a question of its own.
    yield {
        "linkId": _unsure_link(finding),
        "text": f"Not sure about this: {finding.label}",
        "type": "choice",
        "enableWhen": [{"question": finding.id, "operator": "exists", "answerBoolean": False}],
        "answerOption": _options((UNSURE,)),
    }


def _help(finding: Finding) -> str:
    examples = f"For example: {', '.join(finding.examples)}." if finding.examples else ""
    return " ".join(filter(None, (finding.help, examples)))


_HELP: Json = {
    "url": f"{EXTENSION}questionnaire-itemControl",
    "valueCodeableConcept": {"coding": [{"system": ITEM_CONTROL, "code": "help"}]},
}


def _display(link: str, text: str) -> Json:
    return {"linkId": link, "text": text, "type": "display"}


def _unsure_link(finding: Finding) -> str:
    return f"{finding.id}/unsure"


def _options(words: Iterable[str]) -> list[Json]:
    return [{"valueCoding": _coding(word)} for word in words]


def _coding(word: str) -> Json:
    return dict(CODED.get(word) or {"system": CHOICES, "code": word, "display": word})


def _names_of_medicines() -> Iterator[Json]:
    for link, text in (
        (NAMED_MEDICINES, "Names of the medicines and products above, one for each answer"),
        (OTHER_MEDICINES, "Other medicines and products, one name for each answer"),
    ):
        yield {"linkId": link, "text": text, "type": "string", "repeats": True}


def _progress() -> Json:
    """Where the interview stood, so that it can be gone on with. Hidden: nobody fills it in by hand."""
    lists = ((SHOWN, "Screens that are done"), (ASKED, "Questions that were on them"))
    (group,) = _group(
        "interview/progress",
        "How far the interview has come",
        ({"linkId": link, "text": text, "type": "string", "repeats": True} for link, text in lists),
    )
    return {**group, "extension": [{"url": f"{EXTENSION}questionnaire-hidden", "valueBoolean": True}]}


# --- the answers --------------------------------------------------------------------------------------------


def response(rulebase: RuleBase, session: Session, *, completed: bool = False) -> Json:
    """A session as a QuestionnaireResponse: the answers, and nothing else about the person.

    A question without an item was not asked; one that was asked and left open has an item without an answer.
    """
    return {
        "resourceType": ROOT,
        "questionnaire": "|".join(filter(None, (URL, rulebase.fingerprint))),
        "status": "completed" if completed else "in-progress",
        **_some("item", _filled(_items(rulebase), _values(rulebase, session))),
    }


def _values(rulebase: RuleBase, session: Session) -> dict[str, list[Json]]:
    """Link id to what was answered; an empty list for a question left open."""
    values: dict[str, list[Json]] = {each: [] for each in session.asked if each in rulebase.findings}
    for name, answer in session.answers.items():
        finding = rulebase.findings[name]
        if isinstance(answer, str):
            if finding.is_number:
                values.pop(name, None)
            values[_unsure_link(finding) if finding.is_number else name] = [{"valueCoding": _coding(answer)}]
        else:
            values[name] = [{"valueDecimal": answer}]
    for link, texts in (
        (NAMED_MEDICINES, session.named_medicines),
        (OTHER_MEDICINES, session.other_medicines),
        (SHOWN, session.shown),
        (ASKED, session.asked),
    ):
        if texts:
            values[link] = [{"valueString": text} for text in texts]
    return values


def _filled(items: Iterable[Json], values: Mapping[str, list[Json]]) -> list[Json]:
    """The items that were asked, in the shape and the order of the questionnaire."""
    filled = []
    for item in items:
        link = item["linkId"]
        inside = _filled(item["item"], values) if item["type"] == "group" else []
        if inside or link in values:
            told = {"linkId": link, "text": item["text"]}
            filled.append({**told, **_some("answer", values.get(link, [])), **_some("item", inside)})
    return filled


def _some(key: str, values: list[Json]) -> Json:
    """FHIR has no empty lists: one is left out."""
    return {key: values} if values else {}


# --- and back -----------------------------------------------------------------------------------------------


def is_fhir(content: bytes) -> bool:
    """Whether a file of answers means to be a FHIR resource, rather than a saved interview."""
    return content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") and b'"resourceType"' in content


def read_response(rulebase: RuleBase, content: bytes, shown_as: str) -> tuple[Session, tuple[str, ...]]:
    """The session in a QuestionnaireResponse, and the ids that only another version of the rules knew.

    Nothing is guessed and nothing is passed over: raises AnswersError with every part that cannot be read, each at
    its path in the JSON.
    """
    return _Reader(rulebase, shown_as).session(_parse(content, shown_as))


def _parse(content: bytes, shown_as: str) -> Any:
    """The JSON value, with numbers as they stand, no key twice and no deep nesting."""

    def refuse(code: str, message: str, hint: str = "", line: int = 0, column: int = 0) -> AnswersError:
        return AnswersError([Problem(Position(shown_as, line, column), code, message, hint)])

    def no_number(word: str) -> float:
        raise refuse("A510", f"is not JSON: {word} is no number")

    if len(content) > LARGEST:
        raise refuse("A510", f"is larger than {LARGEST // 1024 // 1024} MB")
    try:
        text = content.decode("utf-8-sig")
        if _depth(text) > DEEPEST:
            raise refuse("A511", f"is nested more than {DEEPEST} levels deep", "make it flatter")
        value = json.loads(text, object_pairs_hook=_Pairs, parse_constant=no_number)
    except json.JSONDecodeError as error:
        raise refuse("A510", f"is not JSON: {error.msg}", "", error.lineno, error.colno) from error
    except UnicodeDecodeError as error:
        raise refuse("A510", "is not UTF-8 text", "save it as UTF-8") from error
    except ValueError as error:  # a whole number of thousands of digits
        raise refuse("A510", "holds a number that is too long") from error
    return _plain(value, shown_as, ROOT)


class _Pairs(tuple[tuple[str, Any], ...]):
    """An object as it stands in the text, with every key."""


def _plain(value: Any, shown_as: str, place: str) -> Any:
    """The value with its objects as dicts. Raises AnswersError at the first key that stands twice."""
    if isinstance(value, list):
        return [_plain(each, shown_as, f"{place}[{number}]") for number, each in enumerate(value)]
    if not isinstance(value, _Pairs):
        return value
    plain: Json = {}
    for key, inside in value:
        here = f"{place}.{_short(key)}"
        if key in plain:
            told = Problem(Position(f"{shown_as}: {here}"), "A512", "stands here twice", "keep one of them")
            raise AnswersError([told])
        plain[key] = _plain(inside, shown_as, here)
    return plain


_TEXT = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*\\?(?:"|\Z)', re.DOTALL)
"""A JSON text, or the rest of the file where it has no end: so a search never goes over the same place twice."""


def _depth(text: str) -> int:
    """The deepest nesting of brackets, also in what is no JSON. The parser itself would go down without a limit."""
    depth = deepest = 0
    for bracket in re.findall(r"[\[{}\]]", _TEXT.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "..."


_STATUS = ("in-progress", "completed", "amended", "stopped")
"""Every status of R4 but `entered-in-error`, which says that the answers are not true."""

_ELEMENT = frozenset({"id", "extension"})
_ITEM = _ELEMENT | {"linkId", "definition", "text", "answer", "item"}
_RESPONSE = _ELEMENT | {
    "resourceType", "meta", "language", "text", "contained", "identifier", "basedOn", "partOf", "questionnaire",
    "status", "subject", "encounter", "authored", "author", "source", "item",
}  # fmt: skip
"""What may stand in each element. R4's `modifierExtension` and `implicitRules` change the meaning of the rest, so a
reader that does not know them must refuse them."""

_VALUES: Mapping[str, tuple[str, str, Any]] = {
    "choice": ("valueCoding", "a coding", dict),
    "decimal": ("valueDecimal", "a number", (int, float)),
    "string": ("valueString", "a text", str),
}
"""Type of a question to the one kind of value it takes, in words and as it stands in JSON."""


class _Reader:
    """Reads one response. Problems are gathered, so that all of them are told at once."""

    def __init__(self, rulebase: RuleBase, shown_as: str) -> None:
        self.rulebase, self.shown_as = rulebase, shown_as
        self.known = {item["linkId"]: item for item in _every(_items(rulebase))}
        self.other_rules = False
        self.problems: list[Problem] = []
        self.read: dict[str, list[tuple[str, Any]]] = {}
        self.gone: dict[str, None] = {}
        self.hints = 0

    def wrong(self, place: str, code: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem(Position(f"{self.shown_as}: {place}"), code, message, hint))

    def near(self, word: str, known: Iterable[str]) -> str:
        """A hint that names the nearest known word; none where many words were unknown already."""
        self.hints += 1
        return did_you_mean(word, known) if self.hints <= MOST_HINTS else ""

    def session(self, whole: Any) -> tuple[Session, tuple[str, ...]]:
        if self.is_response(whole):
            self.keys(whole, _RESPONSE, ROOT)
            self.items(whole, ROOT)
        lists = {link: self.names(link) for link in (SHOWN, ASKED, OTHER_MEDICINES, NAMED_MEDICINES)}
        session = Session(
            self.answers(),
            lists[SHOWN],
            lists[ASKED],
            lists[OTHER_MEDICINES],
            named_medicines=lists[NAMED_MEDICINES],
        )
        if self.problems:
            raise AnswersError(self.problems)
        return session, tuple(self.gone)

    def is_response(self, whole: Any) -> bool:
        """Whether it is a response to this interview at all. What else is wrong is told only then."""
        kind = whole.get("resourceType") if isinstance(whole, dict) else None
        if kind != ROOT:
            self.wrong(f"{ROOT}.resourceType", "A513", f"needs to be {ROOT}, not {_told(kind)}")
            return False
        url, _, version = str(whole.get("questionnaire", "")).partition("|")
        if url != URL:
            told = _told(whole.get("questionnaire"))
            self.wrong(f"{ROOT}.questionnaire", "A514", f"answers another questionnaire: {told}", f"needs {URL}")
        status = whole.get("status")
        if status not in _STATUS:
            self.wrong(f"{ROOT}.status", "A519", f"{_told(status)} is not a status whose answers can be used",
                       f"needs one of {', '.join(_STATUS)}")  # fmt: skip
        self.other_rules = version not in ("", self.rulebase.fingerprint)
        return not self.problems

    def keys(self, element: Json, allowed: frozenset[str], place: str) -> None:
        for key in element:
            # "_text" carries the id and extensions of "text", which say nothing about an answer.
            if key not in allowed and not (key.startswith("_") and key[1:] in allowed):
                told = "changes the meaning in a way that is not known" if key in _MODIFIERS else "is not known here"
                self.wrong(f"{place}.{_short(key)}", "A516", told, self.near(key, allowed))

    def items(self, parent: Json, place: str) -> None:
        for where, item in self.listed(parent, "item", place):
            self.keys(item, _ITEM, where)
            link = item.get("linkId")
            answers = self.listed(item, "answer", where)
            if not isinstance(link, str):
                self.wrong(f"{where}.linkId", "A516", f"needs a text, not {_told(link)}")
            elif link in self.known:
                self.question(self.known[link], answers, where)
            elif not self.other_rules:
                told = f'unknown linkId "{_short(link)}"'
                self.wrong(f"{where}.linkId", "A515", told, self.near(link, self.known))
            elif answers:
                self.gone[inert(_short(link.partition("/")[0]))] = None
            for inside, answer in answers:
                self.items(answer, inside)
            self.items(item, where)

    def listed(self, parent: Json, key: str, place: str) -> list[tuple[str, Json]]:
        """The objects of a list with the place of each; none where the list is left out."""
        value = parent.get(key, [])
        if not isinstance(value, list):
            self.wrong(f"{place}.{key}", "A516", f"needs a list, not {_told(value)}")
            return []
        placed = [(f"{place}.{key}[{number}]", each) for number, each in enumerate(value)]
        for where, each in placed:
            if not isinstance(each, dict):
                self.wrong(where, "A516", f"needs an object, not {_told(each)}")
        return [(where, each) for where, each in placed if isinstance(each, dict)]

    def question(self, item: Json, answers: list[tuple[str, Json]], place: str) -> None:
        link, kind = item["linkId"], item["type"]
        if not answers:
            return
        if kind not in _VALUES:
            self.wrong(f"{place}.answer", "A516", f'"{link}" is no question and takes no answer')
        elif not item.get("repeats") and (link in self.read or len(answers) > 1):
            self.wrong(f"{place}.answer", "A518", f'"{link}" is answered more than once', "keep one of the answers")
        else:
            values = [value for where, each in answers for value in self.value(item, each, where)]
            self.read.setdefault(link, []).extend(values)

    def value(self, item: Json, answer: Json, place: str) -> Iterator[tuple[str, Any]]:
        name, told, kind = _VALUES[item["type"]]
        given = [key for key in answer if key.startswith("value")]
        self.keys(answer, _ELEMENT.union(given, ("item",)), place)
        if given != [name]:
            other = next((f".{_short(key)}" for key in given if key != name), "")
            self.wrong(f"{place}{other}", "A516", f'"{item["linkId"]}" takes {name} and nothing else')
            return
        value, where = answer[name], f"{place}.{name}"
        if isinstance(value, bool) or not isinstance(value, kind):
            self.wrong(where, "A516", f'"{item["linkId"]}" takes {told}, not {_told(value)}')
        elif item["type"] == "choice" and not _is_option(item, value):
            codes = ", ".join(option["valueCoding"]["code"] for option in item["answerOption"])
            shown = f"{_told(value.get('code'))} of {_told(value.get('system'))}"
            self.wrong(where, "A517", f'{shown} is not an option of "{item["linkId"]}"', f"its codes are {codes}")
        elif item["type"] == "string" and not _is_readable(value):
            self.wrong(where, "A517", f"{_told(value)} is not a text that can be read")
        else:
            yield where, value

    def answers(self) -> dict[str, Answer]:
        answers: dict[str, Answer] = {}
        for finding in self.rulebase.findings.values():
            for where, value in self.read.get(finding.id, ()):
                try:
                    answers[finding.id] = read_answer(finding, _word(value) if isinstance(value, dict) else value)
                except ValueError as error:
                    self.wrong(where, "A517", str(error))
            for where, _ in self.read.get(_unsure_link(finding), ()) if finding.is_number else ():
                if finding.id in self.read:
                    self.wrong(where, "A518", f'"{finding.id}" has a number and is also not sure', "keep one of them")
                answers[finding.id] = UNSURE
        return answers

    def names(self, link: str) -> tuple[str, ...]:
        """The texts of a list. A screen or a question that only other rules knew has nothing left to ask."""
        known: Iterable[str] | None = {
            SHOWN: (*self.rulebase.screens, AGAIN, BLANK),
            ASKED: tuple(self.rulebase.findings),
        }.get(link)
        kept = []
        for where, name in self.read.get(link, ()):
            if known is None or name in known:
                kept.append(name)
            elif not self.other_rules:
                self.wrong(where, "A517", f'unknown name "{_short(name)}"', self.near(name, known))
        return tuple(kept)


_MODIFIERS = ("modifierExtension", "implicitRules")


def _every(items: Iterable[Json]) -> Iterator[Json]:
    for item in items:
        yield item
        yield from _every(item.get("item", ()))


def _told(value: Any) -> str:
    """A JSON value, short enough to stand in a sentence."""
    if isinstance(value, (str, int, float)):
        return _short(json.dumps(value, ensure_ascii=False))
    return "nothing" if value is None else "an object" if isinstance(value, dict) else "a list"


def _word(coding: Json) -> str:
    """The answer that an option stands for."""
    known = {(each["system"], each["code"]): word for word, each in CODED.items()}
    return known.get((coding["system"], coding["code"]), str(coding["code"]))


def _is_option(item: Json, coding: Json) -> bool:
    options = (option["valueCoding"] for option in item["answerOption"])
    return any(all(coding.get(key) == option[key] for key in ("system", "code")) for option in options)


_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def _is_readable(text: str) -> bool:
    """FHIR's own rule for a string: something to read, no control characters, and no half of a character."""
    return bool(text.strip()) and not _UNREADABLE.search(text)
