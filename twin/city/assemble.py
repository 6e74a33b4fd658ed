"""From a checked draft to the immutable city: ids become indices, shapes become columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from twin.city import layers
from twin.city.cover import holders
from twin.city.draft import Draft
from twin.city.graph import build_roads, drivable_edges, near_edge
from twin.city.model import (
    Area,
    Buildings,
    BusLine,
    Cell,
    City,
    Components,
    Device,
    Intersection,
    Place,
    Roads,
    SignalGroup,
    Zone,
)
from twin.core.text import Name

_LIGHT_BACK_M = 4.0  # a traffic light stands this far before the node …
_LIGHT_SIDE_M = 3.0  # … and beyond its outermost lane


def assemble(draft: Draft, directory: Path, digest: str) -> City:
    """Build the city. The draft must be free of faults (:func:`twin.city.check.check_draft`)."""
    roads, edge_of = build_roads(draft)
    cells = tuple(Cell(r.id, r.shape, r.properties.subdistrict, r.properties.district) for r in draft.cells)
    areas = sorted(draft.areas, key=lambda row: layers.AREA_KINDS.index(row.properties.kind))
    return City(
        directory=directory,
        digest=digest,
        meta=draft.meta,
        frame=draft.frame,
        extent=extent(draft),
        roads=roads,
        intersections=_intersections(draft, roads, edge_of),
        buildings=_buildings(draft),
        areas=tuple(Area(row.id, row.properties.kind, row.shape, row.properties.name) for row in areas),
        cells=cells,
        places=_places(draft, roads, edge_of),
        components=_components(draft, cells),
        devices=_devices(draft, edge_of),
        bus_lines=_bus_lines(draft, edge_of),
        zones=_zones(draft),
    )


def extent(draft: Draft) -> tuple[float, float, float, float]:
    """Min x, min y, max x, max y in metres: the bounds of ``city.toml``, else those of the cells."""
    bounds = draft.meta.bounds
    if bounds is None:
        low_x, low_y, high_x, high_y = shapely.total_bounds([row.shape for row in draft.cells]).tolist()
        return low_x, low_y, high_x, high_y
    x, y = draft.frame.to_xy([bounds[0], bounds[2]], [bounds[1], bounds[3]])
    return float(x[0]), float(y[0]), float(x[1]), float(y[1])


def _name(properties: layers.Properties) -> Name:
    return properties.name or Name("", "")


def _buildings(draft: Draft) -> Buildings:
    rows = draft.buildings
    shapes = np.empty(len(rows), dtype=object)
    shapes[:] = [row.shape for row in rows]
    return Buildings(
        tuple(row.id for row in rows),
        shapes,
        tuple(row.properties.use for row in rows),
        np.array([row.properties.height_m for row in rows], np.float32),
        shapely.get_coordinates(shapely.point_on_surface(shapes)).reshape(-1, 2),
    )


def _zones(draft: Draft) -> tuple[Zone, ...]:
    names = {part.id: part.name for part in draft.meta.parts}
    return tuple(
        Zone(row.properties.zone, row.properties.level, row.shape, names[row.properties.zone]) for row in draft.zones
    )


def _places(draft: Draft, roads: Roads, edge_of: dict[str, int]) -> tuple[Place, ...]:
    spots = [row.shape if row.shape.geom_type == "Point" else row.shape.representative_point() for row in draft.places]
    edges, offsets = near_edge(roads, drivable_edges(roads), np.array(spots, dtype=object))
    places = []
    for row, spot, edge, offset in zip(draft.places, spots, edges.tolist(), offsets.tolist(), strict=True):
        spec = row.properties
        carried = tuple(edge_of[name] for ref in spec.edges or () for name in _directions(ref, edge_of))
        shape = None if row.shape.geom_type == "Point" else row.shape
        places.append(
            Place(row.id, spec.kind, _name(spec), (spot.x, spot.y), edge, offset, spec.department or "", shape, carried)
        )
    return tuple(places)


def _directions(reference: str, edge_of: dict[str, int]) -> list[str]:
    """A road's id stands for all its edges, an edge's name for itself."""
    if reference in edge_of:
        return [reference]
    return [name for name in (f"{reference}/forward", f"{reference}/backward") if name in edge_of]


def _components(draft: Draft, cells: tuple[Cell, ...]) -> Components:
    rows = draft.components
    points = np.array([row.shape for row in rows], dtype=object)
    return Components(
        tuple(row.id for row in rows),
        tuple(row.properties.code for row in rows),
        tuple(row.properties.owner for row in rows),
        shapely.get_coordinates(points).reshape(-1, 2),
        holders([cell.shape for cell in cells], points),
        tuple(row.properties.maintainer or row.properties.owner for row in rows),
    )


def _devices(draft: Draft, edge_of: dict[str, int]) -> tuple[Device, ...]:
    return tuple(
        Device(
            row.id,
            row.properties.kind,
            (row.shape.x, row.shape.y),
            row.properties.gateway,
            row.properties.component or "",
            row.properties.place or "",
            edge_of[row.properties.edge] if row.properties.edge else -1,
            row.properties.circuit or "",
        )
        for row in draft.devices
    )


def _intersections(draft: Draft, roads: Roads, edge_of: dict[str, int]) -> tuple[Intersection, ...]:
    node_of = {id: index for index, id in enumerate(roads.node_id)}
    made = []
    for row in draft.intersections:
        groups = []
        for group in row.properties.groups:
            edges = tuple(edge_of[name] for name in group.edges)
            groups.append(SignalGroup(group.number, edges, _light_xy(roads, edges[0])))
        phases = tuple((p.groups, p.green_s, p.amber_s, p.all_red_s) for p in row.properties.phases)
        made.append(
            Intersection(
                row.id,
                row.properties.number,
                node_of[row.properties.node],
                tuple(groups),
                phases,
                row.properties.offset_s,
            )
        )
    return tuple(made)


def _light_xy(roads: Roads, edge: int) -> tuple[float, float]:
    """Right of the stop line of an incoming edge."""
    line = roads.shape(edge)
    direction = line[-1] - line[-2]
    direction = direction / np.hypot(*direction)
    right = np.array([direction[1], -direction[0]])
    width_m = 3.3 * float(roads.lanes[edge])
    spot = line[-1] - direction * (_LIGHT_BACK_M + width_m) + right * (width_m + _LIGHT_SIDE_M)
    return float(spot[0]), float(spot[1])


def _bus_lines(draft: Draft, edge_of: dict[str, int]) -> tuple[BusLine, ...]:
    return tuple(
        BusLine(
            row.id,
            _name(row.properties),
            tuple(edge_of[name] for name in row.properties.edges),
            tuple((edge_of[s.edge], s.offset_m, Name(s.name_en, s.name_zh)) for s in row.properties.stops),
            row.properties.headway_s,
        )
        for row in draft.bus_lines
    )
