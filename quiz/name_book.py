"""Names of medicines, found by their beginning, by any part, and in spite of a slip of the finger."""

from __future__ import annotations

import re
from collections.abc import Mapping

DOSE = re.compile(r"\s+\(?[0-9].*")
AMOUNT = re.compile(r"[0-9][0-9.,/]*\s*(?:mg|mcg|μg|ug|g|ml|iu|units?)?(?![^\W\d_])")
FORM = re.compile(
    r"\s+(?:tablet|tab|pill|capsule|cap|inhaler|injection|syrup|spray|patch|drop|sachet|powder|supplement)(?:e?s)?$"
)
BETWEEN = re.compile(r"\s*[/+&]\s*|\s+(?:and|with|plus)\s+", re.IGNORECASE)
"""Between the names of two medicines in one tablet."""

_MEDICINE = r"(?:medicine|medication|med|drug|tablet|pill|supplement)s?"
NOTHING = (
    rf"(?:i(?: am|['\u2019]?m) on |i (?:take|use|have) |taking )?(?:no|none|nothing)(?: (?:other|else|more|regular))?"
    rf"(?: {_MEDICINE})?(?: of (?:these|them|those))?(?: at all)?"
    rf"|(?:i )?(?:do not|don['\u2019]?t) (?:take|use|have) (?:anything|any(?: {_MEDICINE})?)(?: at all)?"
    rf"|(?:i(?: am|['\u2019]?m) )?not (?:on|taking) (?:anything|any(?: {_MEDICINE})?)(?: at all)?"
)
"""What is typed to say that no medicine is taken. Compiled when first needed: the first screen does not wait for it."""

WORD = re.compile(r"[^\W\d_]+")

NEAR = 0.8
"""How alike two names must be, from 0 to 1, for one to be a slip of the other."""


def says_nothing(text: str) -> bool:
    """Whether a line says that no medicine is taken, or no more than are named."""
    return re.fullmatch(NOTHING, " ".join(text.casefold().split()).rstrip(".!")) is not None


class NameBook:
    """The names of one rule base."""

    def __init__(self, medicines: Mapping[str, tuple[str, ...]]) -> None:
        self._findings = medicines
        self._names = {name.casefold(): name for name in medicines}

    def findings(self, name: str) -> tuple[str, ...]:
        return self._findings.get(name, ())

    def listed(self, text: str) -> list[str]:
        """The names in a line. Where two stand in one that is not known as a whole, neither must be lost."""
        return [name for each in re.split("[,;]", text) for name in self._apart(each.strip()) if name]

    def _apart(self, name: str) -> list[str]:
        if name.casefold() in self._names:
            return [name]
        parts = [name] if self.exact(name) else BETWEEN.split(name)
        if len(parts) == 1 and any(map(self.exact, name.split("-"))):
            parts = name.split("-")
        return [one for part in parts for one in (part, *self._behind_a_dose(part))]

    def _behind_a_dose(self, name: str) -> list[str]:
        """As in "losartan 50 HCT 12.5"."""
        behind = DOSE.search(name)
        return [word for word in WORD.findall(behind[0]) if word.casefold() in self._names] if behind else []

    def leaves_something(self, typed: str, name: str) -> bool:
        """Whether more words were typed than this name has, as in "losartan HCT": they may be a second medicine.

        What says how much is none of them, also where no space is before it.
        """
        more, fewer = (WORD.findall(AMOUNT.sub(" ", _without_dose(each.casefold()))) for each in (typed, name))
        return len(more) > len(fewer) and len("".join(more)) > len("".join(fewer)) + 1

    def exact(self, text: str) -> str:
        """The known name that this is, in any case, a dose or a form behind it or not; empty where there is none."""
        key = " ".join(text.split()).casefold()
        return self._names.get(key) or self._names.get(_without_dose(key), "")

    def near(self, text: str, most: int) -> list[str]:
        """Up to `most` names, the likeliest first."""
        key = _without_dose(" ".join(text.split()).casefold())
        if not key:
            return []
        ranked = [(rank, len(name), name) for name in self._names if (rank := _rank(key, name)) is not None]
        found = [name for _, _, name in sorted(ranked)]
        slips = [] if len(found) >= most or len(key) < 4 else self._slips(key, set(found))
        return [self._names[name] for name in [*found, *slips][:most]]

    def _slips(self, key: str, found: set[str]) -> list[str]:
        from difflib import SequenceMatcher

        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(key)
        likeness: dict[str, float] = {}
        for name in self._names.keys() - found:
            # The beginning too, so that a slip is forgiven before the whole name is there.
            for part in {name, name[: len(key)]}:
                matcher.set_seq1(part)
                if matcher.real_quick_ratio() >= NEAR and matcher.quick_ratio() >= NEAR:
                    likeness[name] = max(likeness.get(name, 0.0), matcher.ratio())
        return sorted(
            (name for name in likeness if likeness[name] >= NEAR), key=lambda name: (-likeness[name], len(name), name)
        )


def _rank(key: str, name: str) -> int | None:
    if name.startswith(key):
        return 0
    if f" {key}" in name or f"-{key}" in name:
        return 1
    return 2 if len(key) >= 4 and key in name else None


def _without_dose(key: str) -> str:
    return FORM.sub("", DOSE.sub("", key))
