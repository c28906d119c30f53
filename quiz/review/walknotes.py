"""What was said on a walk, as a small file that a person can read: the cases in their order, and each judgement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from quiz import yamltext
from quiz.errors import Problem, StoreError
from quiz.review.walk import Said, Stop


@dataclass(frozen=True, slots=True)
class Notes:
    """`fingerprint` is that of the rules for which the cases were chosen; `route` the ids of the cases, with `new`."""

    fingerprint: str = ""
    route: tuple[tuple[str, int], ...] = ()
    said: Mapping[str, Said] = field(default_factory=dict)

    def stops(self, known: Sequence[Stop]) -> tuple[Stop, ...]:
        """The cases of the route that these rules still have."""
        by_id = {stop.id: stop for stop in known}
        return tuple(replace(by_id[name], new=new) for name, new in self.route if name in by_id)


def text(fingerprint: str, route: Sequence[Stop], said: Mapping[str, Said]) -> str:
    """The file's text."""
    return yamltext.write(
        {
            "rulebase": fingerprint,
            "said": {
                name: {"verdict": each.verdict, "told": each.told, **({"why": each.why} if each.why else {})}
                for name, each in said.items()
            },
            "route": [{"case": stop.id, "new": stop.new} for stop in route],
        }
    )


def read(content: bytes, shown_as: str) -> Notes:
    """Raises StoreError where the file holds anything else."""
    node = yamltext.parse(content, shown_as)
    if isinstance(node, Problem):
        raise StoreError(str(node))
    plain: Any = node.plain()
    try:
        said = {
            name: Said(each["verdict"], str(each["told"]), str(each.get("why", "")))
            for name, each in plain.get("said", {}).items()
            if each["verdict"] in ("agree", "disagree")
        }
        route = tuple((str(each["case"]), int(each["new"])) for each in plain.get("route", ()))
        return Notes(str(plain["rulebase"]), route, said)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise StoreError(
            f"{shown_as}: holds no notes of a walk\n  hint: name another file, or move this one away"
        ) from None
