"""How grave an incident is: a formula over a few named inputs, given as data."""

from __future__ import annotations

from collections.abc import Sequence

from services.facts.evidence import Evidence, SeverityInput
from services.governance.lookup import Lookup
from services.governance.scenes import Scene, SeverityTerm, falls

FAR_M = 1_000_000.0


def judge(
    scene: Scene, evidence: Sequence[Evidence], lookup: Lookup, spot: tuple[float, float, int], city_ms: int
) -> tuple[int, tuple[SeverityInput, ...]]:
    """The level (1 to 4) and every input with its points. ``spot`` is (x, y, edge or -1)."""
    inputs = tuple(_input(term, scene, evidence, lookup, spot, city_ms) for term in scene.severity.terms)
    return scene.severity.level(inputs), inputs


def _input(
    term: SeverityTerm,
    scene: Scene,
    evidence: Sequence[Evidence],
    lookup: Lookup,
    spot: tuple[float, float, int],
    city_ms: int,
) -> SeverityInput:
    value = _value(term, scene, evidence, lookup, spot, city_ms)
    points = 0.0
    for band in term.bands:
        if value >= band.least:
            points = band.points
    return SeverityInput(f"{term.input} {term.signal or term.place}".strip(), value, points)


def _value(
    term: SeverityTerm,
    scene: Scene,
    evidence: Sequence[Evidence],
    lookup: Lookup,
    spot: tuple[float, float, int],
    city_ms: int,
) -> float:
    x_m, y_m, edge = spot
    match term.input:
        case "value":
            return _gravest(term.signal, scene, evidence)
        case "signals":
            return float(len({entry.condition for entry in evidence}))
        case "subjects":
            return float(len({entry.subject for entry in evidence}))
        case "road_class":
            return float(lookup.city.roads.road_class[edge]) if edge >= 0 else 9.0
        case "near_m":
            place = lookup.place((term.place,), x_m, y_m, FAR_M)
            return FAR_M if place is None else round(lookup.away(place, x_m, y_m), 1)
        case "hour":
            return float(lookup.roster.hour(city_ms))


def _gravest(condition: str, scene: Scene, evidence: Sequence[Evidence]) -> float:
    """The value farthest beyond the threshold; below every band where nothing was measured."""
    values = [entry.value for entry in evidence if entry.condition == condition and entry.value is not None]
    if not values:
        return float(-FAR_M)
    return min(values) if falls(scene.signal(condition)) else max(values)
