"""Buildings and surfaces out of CityJSON, for a city whose roads come from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import TypeVar

import shapely

from twin.city import layers
from twin.city.draft import Draft, Row
from twin.city.faults import CityError
from twin.city.importers.cityjson_read import Surface, read_cityjson
from twin.city.importers.compose import draft_of
from twin.city.importers.extent import Box, ImportingError
from twin.city.importers.finish import Progress, finish, title_of
from twin.city.importers.geojson import read_geojson
from twin.city.importers.ground import lay_areas, lay_buildings, settled, to_metres
from twin.city.importers.osm_read import read_extract
from twin.city.importers.places import assume_needed
from twin.city.load import read
from twin.core.text import Text

P = TypeVar("P", bound=layers.Properties)
_MARK = "cj"  # begins the ids of what came out of CityJSON
_NEEDS_ROADS = (
    "CityJSON has no street network; name a city's folder, an .osm.pbf, .osm or .geojson file with --into, and its "
    "buildings and surfaces are added to it"
)


def import_cityjson(path: Path, out: Path, into: Path | None, seed: int = 1, progress: Progress | None = None) -> None:
    """Add a file's buildings and surfaces to the city at ``into`` (a city's folder or a file of roads) and write the
    result to ``out``. What stood there is replaced by what now stands there. Raises :class:`ImportingError`."""
    if into is None:
        raise ImportingError(f"{path}: {_NEEDS_ROADS}")
    tell = progress or (lambda share, what: None)
    tell(0.0, Text("Reading buildings"))
    surfaces = read_cityjson(path)
    tell(0.2, Text("Reading the city they stand in"))
    draft = _city(into)
    tell(0.3, Text("Putting up buildings"))
    dress(draft, surfaces, path)
    finish(draft, out, seed, tell)


def _city(into: Path) -> Draft:
    """The city to dress, without what was seeded from its old buildings."""
    if into.is_dir():
        draft, faults = read(into)
        if draft is None or faults:
            raise CityError(into, tuple(faults))
        draft.components.clear()
        draft.devices.clear()
        draft.places = [row for row in draft.places if not _is_seeded(row)]
        return draft
    if into.suffix in (".geojson", ".json"):
        return draft_of(read_geojson(into), title_of(into))
    return draft_of(read_extract(into, lambda share: None), title_of(into))


def _is_seeded(row: Row[layers.Spot]) -> bool:
    """A depot that a rule opened (mapped ones are numbered without their department)."""
    department = (row.properties.department or "").replace("_", "-")
    return row.properties.kind == "depot" and row.id.startswith(f"depot-{department}-")


def dress(draft: Draft, surfaces: Sequence[Surface], path: Path) -> None:
    """Replace buildings where new ones stand, and lay new ground over the old."""
    box = _box(draft)
    shapes = [(surface, to_metres(surface.shape, draft.frame)) for surface in surfaces]
    houses = [
        (shape, layers.Building(use="other", height_m=round(min(surface.height_m, 900.0), 1)))
        for surface, shape in shapes
        if surface.kind == "building"
    ]
    new = settled(lay_buildings(houses, box), draft.areas)
    ground = lay_areas(
        [(shape, layers.Ground(kind=surface.kind)) for surface, shape in shapes if surface.kind != "building"], box
    )
    if not new and not ground:
        there = shapely.total_bounds([surface.shape for surface in surfaces]) if surfaces else ()
        where = ", ".join(f"{side:.4f}" for side in there) or "nowhere"
        raise ImportingError(f"{path}: nothing of it lies in {draft.meta.name.en}; its buildings stand at {where}")
    draft.buildings = _over(draft.buildings, new)
    draft.areas = _over([row for row in draft.areas if row.id.startswith(_MARK)], ground, draft.areas)
    assume_needed(draft)


def _over(old: Sequence[Row[P]], new: Sequence[Row[P]], beside: Sequence[Row[P]] = ()) -> list[Row[P]]:
    """``beside`` and ``old`` without those of ``old`` on which new ones lie, then the new ones under free ids."""
    tree = shapely.STRtree([row.shape for row in new])
    gone = {row.id for row in old if len(tree.query(row.shape, predicate="intersects"))}
    kept = [row for row in (beside or old) if row.id not in gone]
    taken = {row.id for row in kept}
    free = (id for number in count(1) if (id := f"{_MARK}{number:05d}") not in taken)
    return [*kept, *(Row(next(free), row.shape, row.properties) for row in new)]


def _box(draft: Draft) -> Box:
    bounds = draft.meta.bounds
    if bounds is None:
        west, south, east, north = shapely.total_bounds([row.shape for row in draft.roads]).tolist()
        return west, south, east, north
    (west, east), (south, north) = draft.frame.to_xy([bounds[0], bounds[2]], [bounds[1], bounds[3]])
    return float(west), float(south), float(east), float(north)
