"""Where people without a phone are served: service offices of subdistricts, kiosks, and terminals at counters."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from twin.city import layers
from twin.city.cover import holders
from twin.city.draft import Draft, Row
from twin.city.seeding.spread import apart
from twin.city.seeding.wanted import Wanted, spot
from twin.core.text import Name

_OFFICES = 4
_OFFICE_M2 = (150.0, 2500.0)
_FITTED = {"service_hall": (3, 4), "subdistrict_office": (1, 1)}
"""Kiosks and counter terminals of each kind of place."""
_STEP_M = 2.5


def lay_offices(draft: Draft) -> None:
    """A service office in a few subdistricts that have no hall, spread over the city."""
    parts = {part.id: part for part in draft.meta.subdistricts}
    cells = [row.shape for row in draft.cells]
    halls = [row.shape.centroid for row in draft.places if row.properties.kind == "service_hall"]
    served = {_subdistrict(draft, cells, hall) for hall in halls}
    fit = [row for row in draft.buildings if _fits(row)]
    chosen: dict[str, Row[layers.Building]] = {}
    for zone in draft.zones:
        if zone.properties.level == "subdistrict" and zone.properties.zone not in served:
            middle = zone.shape.centroid
            inside = [row for row in fit if zone.shape.contains(row.shape.centroid)]
            if inside:
                chosen[zone.properties.zone] = min(inside, key=lambda row: (row.shape.distance(middle), row.id))
    xy = np.array([row.shape.centroid.coords[0] for row in chosen.values()]).reshape(-1, 2)
    for number, index in enumerate(apart(xy, _OFFICES), start=1):
        id, row = list(chosen.items())[index]
        name = parts[id].name
        draft.places.append(Row(f"subdistrict_office-{number}", row.shape, _spec(name)))


def _spec(name: Name) -> layers.Spot:
    where = Name(name.en.removesuffix(" Subdistrict"), name.zh)
    return layers.Spot(
        kind="subdistrict_office",
        department="civil_affairs",
        name_en=f"{where.en} Service Office",
        name_zh=f"{where.zh}便民服务中心",
    )


def _fits(row: Row[layers.Building]) -> bool:
    low, high = _OFFICE_M2
    return row.properties.use in ("office", "retail", "civic") and low < row.shape.area < high


def _subdistrict(draft: Draft, cells: list[shapely.Geometry], point: shapely.Point) -> str:
    held = int(holders(cells, np.array([point], dtype=object))[0])
    return draft.cells[held].properties.subdistrict if held >= 0 else ""


def counters_and_kiosks(draft: Draft) -> Iterator[Wanted]:
    """Side by side in each hall and office: kiosks in one row, terminals in the next."""
    for row in draft.places:
        kiosks, terminals = _FITTED.get(row.properties.kind, (0, 0))
        x, y = spot(row)
        for line, (kind, count) in enumerate((("service_kiosk", kiosks), ("service_terminal", terminals))):
            for number in range(count):
                yield Wanted(kind, (x + _STEP_M * (number - count / 2), y + _STEP_M * (line + 1)), place=row.id)
