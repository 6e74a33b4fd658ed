"""Faults of buildings, areas, zones and grid cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import shapely

from twin.city import layers
from twin.city.assemble import extent
from twin.city.draft import Draft, Row
from twin.city.faults import Fault

P = TypeVar("P", bound=layers.Properties)
_SLIVER_M2 = 2.0  # what rounding of coordinates may leave between neighbouring cells


def _invalid(layer: str, rows: Sequence[Row[P]]) -> list[Fault]:
    shapes = [row.shape for row in rows]
    valid = shapely.is_valid(np.array(shapes, dtype=object))
    cure = "redraw it so that its outline never crosses itself"
    return [
        Fault(layer, row.id, shapely.is_valid_reason(row.shape), cure)
        for row, good in zip(rows, valid.tolist(), strict=True)
        if not good
    ]


def check_buildings(draft: Draft) -> list[Fault]:
    """Valid outlines, known uses, heights a building can have."""
    faults = _invalid("buildings", draft.buildings)
    for row in draft.buildings:
        spec = row.properties
        if spec.use not in layers.BUILDING_USES:
            cure = f"use one of {', '.join(layers.BUILDING_USES)}"
            faults.append(Fault("buildings", row.id, f"use {spec.use!r} is unknown", cure))
        if not 0.0 < spec.height_m <= 1000.0:
            faults.append(Fault("buildings", row.id, f"height_m is {spec.height_m}", "give metres above 0, up to 1000"))
    return faults


def check_areas(draft: Draft) -> list[Fault]:
    """Valid outlines, known kinds."""
    cure = f"use one of {', '.join(layers.AREA_KINDS)}"
    return _invalid("areas", draft.areas) + [
        Fault("areas", row.id, f"kind {row.properties.kind!r} is unknown", cure)
        for row in draft.areas
        if row.properties.kind not in layers.AREA_KINDS
    ]


def check_zones(draft: Draft) -> list[Fault]:
    """Outlines of districts and subdistricts that ``city.toml`` names."""
    known = {
        "district": {district.id for district in draft.meta.districts},
        "subdistrict": {part.id for part in draft.meta.subdistricts},
    }
    faults = _invalid("zones", draft.zones)
    for row in draft.zones:
        spec = row.properties
        if spec.level not in known:
            faults.append(Fault("zones", row.id, f"level {spec.level!r} is unknown", "use district or subdistrict"))
        elif spec.zone not in known[spec.level]:
            faults.append(Fault("zones", row.id, f"there is no {spec.level} {spec.zone!r}", "name one of city.toml"))
    return faults


def check_cells(draft: Draft) -> list[Fault]:
    """15-digit codes that nest in their subdistrict's, no overlap, the whole extent covered."""
    if not draft.cells:
        return [Fault("cells", "", "there are none", "lay grid cells over the city (twin.city.seeding does)")]
    faults = _invalid("cells", draft.cells)
    parts = {part.id: part for part in draft.meta.subdistricts}
    for row in draft.cells:
        spec = row.properties
        part = parts.get(spec.subdistrict)
        if not (row.id.isdigit() and len(row.id) == 15):
            cure = "use 6 digits of division, 3 of subdistrict, 6 of the cell"
            faults.append(Fault("cells", row.id, "its code is not 15 digits", cure))
        elif part and not row.id.startswith(part.code):
            faults.append(Fault("cells", row.id, f"its code does not begin with {part.code}", "put that code first"))
        if part is None:
            faults.append(
                Fault("cells", row.id, f"there is no subdistrict {spec.subdistrict!r}", "name one of city.toml")
            )
        elif part.district != spec.district:
            problem = f"subdistrict {part.id} is not in district {spec.district!r}"
            faults.append(Fault("cells", row.id, problem, f"give district {part.district}"))
    return faults or _check_cover(draft)


def _check_cover(draft: Draft) -> list[Fault]:
    shapes = np.array([row.shape for row in draft.cells], dtype=object)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    common = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    faults = []
    for a, b in zip(left[common > _SLIVER_M2].tolist(), right[common > _SLIVER_M2].tolist(), strict=True):
        # plain intersection may err where a corner lies on the other's border; on a grid of 1 mm it does not
        area = shapely.intersection(shapes[a], shapes[b], grid_size=0.001).area
        if area > _SLIVER_M2:
            problem = f"it overlaps {draft.cells[b].id} by {area:.0f} m²"
            faults.append(Fault("cells", draft.cells[a].id, problem, "move their border"))
    low_x, low_y, high_x, high_y = extent(draft)
    if not (low_x < high_x and low_y < high_y):
        return faults  # empty bounds are a fault of city.toml
    missing = shapely.box(*extent(draft)).area - float(shapely.area(shapely.clip_by_rect(shapes, *extent(draft))).sum())
    if missing > _SLIVER_M2 * len(shapes):
        faults.append(Fault("cells", "", f"{missing:.0f} m² of the extent lie in no cell", "cover the whole extent"))
    return faults
