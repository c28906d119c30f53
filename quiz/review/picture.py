"""Pictures as SVG: which states are told together, and how ideas lead to rules and states. Always the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from quiz.model import Concept, Holds, Rule, RuleBase, Strength, Supports, leaves
from quiz.review.atlas import Atlas
from quiz.review.english import English
from quiz.review.layout import Box, placed

INK, PALE, LINE = "#1d2a33", "#f3f6f6", "#9fb0b4"
SHADES = ("#ffffff", "#e3eeee", "#c3dcdc", "#9ac4c6", "#6aa5a9", "#3c8186", "#1f5f66")
"""From never to most often."""

DARK = 4
"""The shade from which on text is white."""

FONT = "font-family=\"'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif\""


def svg(width: float, height: float, name: str, title: str, parts: Sequence[str]) -> str:
    """A drawing with a title. `name` is unique in the page."""
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
            f'height="{height:g}" role="group" aria-labelledby="{escape(name)}" {FONT}>',
            f'<title id="{escape(name)}">{escape(title)}</title>',
            *parts,
            "</svg>",
        )
    )


# --- told together ----------------------------------------------------------------------------------

CELL, LABEL = 46, 150


def matrix(english: English, found: Atlas) -> str:
    """How often each two states are told together, darker for more often."""
    states = list(found.told)
    size = CELL * len(states)
    most = max((pair.both for pair in found.pairs), default=0) / max(1, found.cases)
    return svg(
        LABEL + size + 1, size + 61, "told-together", "How often each two states are told together",
        [*_cells(english, found, states, most), *_legend(size, most)],
    )  # fmt: skip


def _cells(english: English, found: Atlas, states: Sequence[str], most: float) -> Iterator[str]:
    for row, first in enumerate(states):
        y = row * CELL
        name = english.named(first)
        yield (f'<text x="{LABEL - 10}" y="{y + CELL / 2 + 4:g}" text-anchor="end" font-size="13" fill="{INK}">'
               f"{escape(name[:1].upper() + name[1:])}</text>")  # fmt: skip
        for column, second in enumerate(states[: row + 1]):
            share = found.share(first, second)
            shade = 0 if first == second else _shade(share, most)
            fill = PALE if first == second else SHADES[shade]
            ink = "#ffffff" if shade >= DARK else INK
            told = f"{english.named(first)} and {english.named(second)}" if first != second else f"{name} at all"
            yield (f'<g><title>{escape(told)}: {share:.1%} of the cases</title>'
                   f'<rect x="{LABEL + column * CELL}" y="{y}" width="{CELL - 2}" height="{CELL - 2}" fill="{fill}"/>'
                   f'<text x="{LABEL + column * CELL + CELL / 2 - 1:g}" y="{y + CELL / 2 + 3:g}" text-anchor="middle" '
                   f'font-size="11" fill="{ink}">{_percent(share)}</text></g>')  # fmt: skip


def _shade(share: float, most: float) -> int:
    return 0 if not share or not most else 1 + min(len(SHADES) - 2, int(share / most * (len(SHADES) - 1)))


def _percent(share: float) -> str:
    return "0" if not share else "&lt;1" if share < 0.005 else f"{100 * share:.0f}"


def _legend(top: int, most: float) -> Iterator[str]:
    for place, shade in enumerate(SHADES[1:]):
        yield f'<rect x="{LABEL + place * 26}" y="{top + 18}" width="26" height="10" fill="{shade}"/>'
    end = LABEL + 26 * (len(SHADES) - 1)
    yield f'<text x="{LABEL}" y="{top + 46}" font-size="11" fill="{INK}">seldom</text>'
    yield (f'<text x="{end}" y="{top + 46}" text-anchor="end" font-size="11" fill="{INK}">'
           f"{100 * most:.0f}% of the cases</text>")  # fmt: skip


# --- how ideas lead to states -----------------------------------------------------------------------

BOX, ROAD, LETTERS, ROW = 152, 38, 25, 14
"""Width of a box, room between layers, letters in a row of a box, height of a row."""

STRENGTHS = {Strength.STRONG: "#1f5f66", Strength.MODERATE: "#6aa5a9", Strength.WEAK: "#b4cfd1"}


@dataclass(frozen=True, slots=True)
class Node:
    """A box with its words. `kind` decides how it looks; `link` is where it leads in the page."""

    id: str
    kind: str
    label: str
    layer: int
    link: str
    mark: str = ""

    def rows(self) -> list[str]:
        rows, row = [], ""
        for word in self.label.split():
            if row and len(row) + 1 + len(word) > LETTERS:
                rows.append(row)
                row = word
            else:
                row = f"{row} {word}".strip()
        return [*rows, row]

    @property
    def height(self) -> float:
        return ROW * len(self.rows()) + 12


def map_of_state(rulebase: RuleBase, state: str) -> str:
    """The ideas behind a state: concepts lead to rules, rules to the state. Empty where no rule names it."""
    rules = [
        rule
        for rule in rulebase.rules.values()
        if isinstance(rule.then, Supports) and rule.then.state == state and rule.provenance.state != "retired"
    ]
    if not rules:
        return ""
    lines = [(rule.id, state) for rule in rules]
    concepts: dict[str, Concept] = {}
    waiting: list[Rule | Concept] = list(rules)
    while waiting:
        user = waiting.pop(0)
        for below in _concepts_in(rulebase, user):
            lines.append((below.id, user.id))
            if below.id not in concepts:
                concepts[below.id] = below
                waiting.append(below)
    above = _above(lines, state)
    depth = max(above.values())
    name = rulebase.states[state].name
    nodes = [Node(state, "state", name[:1].upper() + name[1:], depth, f"#state-{state}")]
    for rule in rules:
        words = rule.id.split(".", 1)[-1].replace("-", " ")
        mark = STRENGTHS[rule.then.strength] if isinstance(rule.then, Supports) else ""
        nodes.append(Node(rule.id, "rule", words, depth - 1, f"#rule-{rule.id}", mark))
    nodes += [
        Node(each.id, "concept", each.label, depth - above[each.id], f"#concept-{each.id}")
        for each in concepts.values()
    ]
    return drawn(f"map-{state}", f"How ideas lead to {name}", nodes, dict.fromkeys(lines))


def map_of_shared(rulebase: RuleBase) -> str:
    """The concepts behind more than one state, and these states. Empty where there are none."""
    reached: dict[str, dict[str, None]] = {}
    for rule in rulebase.rules.values():
        if isinstance(rule.then, Supports) and rule.provenance.state != "retired":
            waiting, seen = [*_concepts_in(rulebase, rule)], set()
            while waiting:
                concept = waiting.pop()
                if concept.id not in seen:
                    seen.add(concept.id)
                    reached.setdefault(concept.id, {})[rule.then.state] = None
                    waiting += _concepts_in(rulebase, concept)
    shared = {concept: states for concept, states in reached.items() if len(states) > 1}
    if not shared:
        return ""
    lines = [(concept, state) for concept, states in shared.items() for state in states]
    nodes = [Node(each, "concept", rulebase.concepts[each].label, 0, f"#concept-{each}") for each in sorted(shared)]
    used = {state for _, state in lines}
    nodes += [
        Node(each.id, "state", each.name[:1].upper() + each.name[1:], 1, f"#state-{each.id}")
        for each in rulebase.states.values() if each.id in used
    ]  # fmt: skip
    return drawn("map-shared", "Ideas that several states share", nodes, dict.fromkeys(lines), road=220)


def _concepts_in(rulebase: RuleBase, user: Rule | Concept) -> list[Concept]:
    found = dict.fromkeys(leaf.concept for leaf in leaves(user.when) if isinstance(leaf, Holds))
    return [rulebase.concepts[each] for each in found]


def _above(lines: Sequence[tuple[str, str]], top: str) -> dict[str, int]:
    """For each box the longest way to the one at the right end."""
    users: dict[str, list[str]] = {}
    for below, user in lines:
        users.setdefault(below, []).append(user)
    found = {top: 0}

    def far(name: str) -> int:
        if name not in found:
            found[name] = 1 + max(map(far, users[name]))
        return found[name]

    for below in users:
        far(below)
    return found


def drawn(name: str, title: str, nodes: Sequence[Node], lines: Mapping[tuple[str, str], None], road: int = ROAD) -> str:
    """The map: boxes with words that lead somewhere, and curved lines between them."""
    known = {node.id: node for node in nodes}
    top = placed([Box(node.id, node.layer, node.height) for node in nodes], list(lines), 8)
    width = max(node.layer for node in nodes) * (BOX + road) + BOX
    height = max(top[node.id] + node.height for node in nodes)
    left = {node.id: node.layer * (BOX + road) for node in nodes}
    parts = []
    for first, second in lines:
        begin, end = left[first] + BOX, left[second]
        y1, y2 = top[first] + known[first].height / 2, top[second] + known[second].height / 2
        bend = (end - begin) / 2
        parts.append(f'<path d="M{begin:g} {y1:g}C{begin + bend:g} {y1:g} {end - bend:g} {y2:g} {end:g} {y2:g}" '
                     f'fill="none" stroke="{LINE}" stroke-width="1"/>')  # fmt: skip
    parts += [_box(node, left[node.id] + 1, top[node.id] + 1) for node in nodes]
    return svg(width + 2, height + 2, name, title, parts)


def _box(node: Node, x: float, y: float) -> str:
    fill, ink, edge = {
        "state": (INK, "#ffffff", INK), "rule": ("#ffffff", INK, LINE), "concept": (PALE, INK, PALE)
    }[node.kind]  # fmt: skip
    rows = node.rows()
    words = "".join(
        f'<tspan x="{x + 10:g}" y="{y + 17 + ROW * place:g}">{escape(row)}</tspan>' for place, row in enumerate(rows)
    )
    mark = f'<rect x="{x:g}" y="{y:g}" width="4" height="{node.height:g}" fill="{node.mark}"/>' if node.mark else ""
    return (f'<a href="{escape(node.link)}"><rect x="{x:g}" y="{y:g}" width="{BOX}" height="{node.height:g}" rx="2" '
            f'fill="{fill}" stroke="{edge}"/>{mark}<text font-size="11" fill="{ink}">{words}</text></a>')  # fmt: skip
