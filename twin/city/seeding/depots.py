"""Depots of departments: in buildings from which their crews reach the whole city soonest."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city import layers
from twin.city.catalogue import Catalogue
from twin.city.cover import holders
from twin.city.draft import Draft, Row
from twin.city.model import Floats
from twin.city.seeding.spread import serving
from twin.core.text import Name

_WANTED = {
    "fire_rescue": (5, Name("Fire Station", "消防救援站")),
    "police": (4, Name("Traffic Police Post", "交警中队")),
    "health": (4, Name("Ambulance Station", "急救站")),
    "water": (4, Name("Water Depot", "水务抢险站")),
    "urban_management": (3, Name("Maintenance Yard", "市政养护站")),
    "sanitation": (4, Name("Sanitation Yard", "环卫所")),
    "landscape": (2, Name("Greening Yard", "绿化养护站")),
    "environment": (2, Name("Environment Office", "生态环境监测站")),
    "operations_centre": (2, Name("Operations Centre", "城市运行管理中心")),
    "civil_affairs": (1, Name("Government Services Office", "政务服务管理办公室")),
}
_OTHERWISE = (2, Name("Depot", "驻点"))
_SITES = 500  # candidates looked at, at most
_DEMAND = 900
_AREA_M2 = (180.0, 4000.0)
_APART_M = 150.0


def lay_depots(draft: Draft, catalogue: Catalogue) -> None:
    """Add depots until every department has as many as wanted, never two close together. Where no building suits, one
    stands on a street corner."""
    sites, shapes = _sites(draft)
    demand = _demand(draft)
    taken = [row.shape.centroid.coords[0] for row in draft.places if row.properties.kind == "depot"]
    for department in catalogue.departments:
        if not catalogue.departments[department].units:
            continue  # the centres of districts and subdistricts, and offices of the service hall, send nobody out
        wanted, name = _WANTED.get(department, _OTHERWISE)
        given = [
            row for row in draft.places if row.properties.kind == "depot" and row.properties.department == department
        ]
        spots = np.array([row.shape.centroid.coords[0] for row in given]).reshape(-1, 2)
        free = np.nonzero(_clear(sites, taken))[0].tolist()
        chosen = serving(sites[free], demand, wanted - len(given), spots)
        for number, index in enumerate(chosen, start=len(given) + 1):
            shape = shapes[free[index]]
            taken.append(shape.centroid.coords[0])
            where = _where(draft, shape)
            spec = layers.Spot(
                kind="depot", department=department, name_en=f"{where.en} {name.en}", name_zh=f"{where.zh}{name.zh}"
            )
            draft.places.append(Row(f"depot-{department.replace('_', '-')}-{number}", shape, spec))


def _clear(sites: Floats, taken: list[tuple[float, ...]]) -> NDArray[np.bool_]:
    """Which sites keep their distance from other depots."""
    clear = np.ones(len(sites), np.bool_)
    for spot in taken:
        clear &= np.hypot(*(sites - np.array(spot[:2])).T) > _APART_M
    return clear if clear.any() else np.ones(len(sites), np.bool_)


def _sites(draft: Draft) -> tuple[Floats, list[shapely.Geometry]]:
    public = shapely.union_all([row.shape for row in draft.places if row.shape.geom_type != "Point"])
    shapely.prepare(public)
    able = [
        row.shape
        for row in draft.buildings
        if row.properties.use != "residential"
        and _AREA_M2[0] < row.shape.area < _AREA_M2[1]
        and not public.intersects(row.shape)
    ]
    if len(able) < 40:
        able = [row.shape for row in draft.buildings if row.shape.area > _AREA_M2[0]]
    if len(able) < 40:
        able += [shapely.Point(row.shape.coords[0]).buffer(6.0, quad_segs=2) for row in draft.roads[:_SITES]]
    able = able[:: max(1, len(able) // _SITES)]
    return np.array([shape.centroid.coords[0] for shape in able]), able


def _demand(draft: Draft) -> Floats:
    rows = [row.shape for row in draft.buildings] or [row.shape for row in draft.roads]
    rows = rows[:: max(1, len(rows) // _DEMAND)]
    return np.array([shape.centroid.coords[0] for shape in rows])


def _where(draft: Draft, shape: shapely.Geometry) -> Name:
    """The name of the subdistrict, without the word."""
    parts = {part.id: part.name for part in draft.meta.subdistricts}
    held = int(holders([row.shape for row in draft.cells], np.array([shape.centroid], dtype=object))[0])
    name = parts[draft.cells[held].properties.subdistrict] if held >= 0 else draft.meta.name
    return Name(name.en.removesuffix(" Subdistrict"), name.zh.removesuffix("街道"))
