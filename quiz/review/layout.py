"""Places for the boxes of a layered map, so that few lines cross. The same boxes always get the same places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SWEEPS = 12
"""Times each layer is put in order by its neighbours; more change little."""

NUDGES = 30
"""Times each box is drawn towards its neighbours."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the map. `layer` counts from 0 at the left; `height` in the units of the drawing."""

    id: str
    layer: int
    height: float


def placed(boxes: Sequence[Box], lines: Sequence[tuple[str, str]], gap: float) -> Mapping[str, float]:
    """The upper edge of each box; the smallest is 0. Boxes of one layer are at least `gap` apart.

    Layers are put in order by the mean place of each box's neighbours (Sugiyama et al., 1981), to and fro.
    """
    layers: dict[int, list[Box]] = {}
    for box in boxes:
        layers.setdefault(box.layer, []).append(box)
    beside: dict[str, list[str]] = {box.id: [] for box in boxes}
    for first, second in lines:
        beside[first].append(second)
        beside[second].append(first)
    for sweep in range(SWEEPS):
        rank = {box.id: place / max(1, len(layer) - 1) for layer in layers.values() for place, box in enumerate(layer)}
        for number in sorted(layers, reverse=bool(sweep % 2)):
            layer = layers[number]
            means = {box.id: _mean([rank[each] for each in beside[box.id]], rank[box.id]) for box in layer}
            layer.sort(key=lambda box: (means[box.id], box.id))
            rank.update({box.id: place / max(1, len(layer) - 1) for place, box in enumerate(layer)})
    return _settled(layers, beside, gap)


def _settled(layers: Mapping[int, Sequence[Box]], beside: Mapping[str, Sequence[str]], gap: float) -> dict[str, float]:
    """Boxes one under another, each drawn to the middle of its neighbours as far as there is room."""
    total = {number: sum(box.height + gap for box in layer) for number, layer in layers.items()}
    most = max(total.values(), default=0.0)
    top: dict[str, float] = {}
    for number, layer in layers.items():
        here = (most - total[number]) / 2
        for box in layer:
            top[box.id] = here
            here += box.height + gap
    height = {box.id: box.height for layer in layers.values() for box in layer}
    for _ in range(NUDGES):
        for number in sorted(layers):
            layer = layers[number]
            for box in layer:
                middles = [top[each] + height[each] / 2 for each in beside[box.id]]
                wanted = _mean(middles, top[box.id] + box.height / 2) - box.height / 2
                top[box.id] += (wanted - top[box.id]) / 2
            _apart(layer, top, gap, most)
    least = min(top.values(), default=0.0)
    return {name: round(each - least, 1) for name, each in top.items()}


def _apart(layer: Sequence[Box], top: dict[str, float], gap: float, most: float) -> None:
    """Pushes boxes of a layer down, then up again, until they stand apart and inside."""
    floor = 0.0
    for box in layer:
        top[box.id] = max(top[box.id], floor)
        floor = top[box.id] + box.height + gap
    ceiling = most
    for box in reversed(layer):
        top[box.id] = min(top[box.id], ceiling - box.height - gap)
        ceiling = top[box.id]


def _mean(numbers: Sequence[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise
