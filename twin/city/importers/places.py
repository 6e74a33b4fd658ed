"""Places of an imported city: those mapped, each once; and those it cannot do without, by rule where unmapped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from twin.city import layers
from twin.city.draft import Draft, Row, is_drivable
from twin.city.importers.extent import Box
from twin.core.text import Name
from twin.core.words import RoadClass

_SAME_M = {"metro": 250.0, "park": 60.0}
_SAME_OTHER_M = 90.0
_LEAST_PARK_M2 = 1500.0
_ASSUMED = Name("(assumed)", "（推定）")
_MARGIN_M = 15.0  # what stands at a place must have room within the border
_WORD = {
    "service_hall": Name("Government Service Centre", "政务服务中心"),
    "hospital": Name("Hospital", "医院"),
    "school": Name("School", "学校"),
    "university": Name("University", "大学"),
    "metro": Name("Station", "车站"),
    "bus_station": Name("Bus Station", "汽车站"),
    "market": Name("Market", "集市"),
    "mall": Name("Shopping Centre", "购物中心"),
    "park": Name("Park", "公园"),
    "site": Name("Construction Site", "工地"),
    "square": Name("Square", "广场"),
    "library": Name("Library", "图书馆"),
    "depot": Name("Depot", "驻点"),
    "underpass": Name("Underpass", "下穿通道"),
    "bridge": Name("Bridge", "桥"),
}
_NEEDED = (
    ("service_hall", ("civic", "office")),
    ("hospital", ("hospital", "civic", "office")),
    ("school", ("school", "civic", "office")),
    ("market", ("retail", "office")),
)
"""Kinds without which residents cannot live here, and the uses of buildings that may house them …"""
_ANY = ("other", "residential", "industrial", "garage")
"""… or else these, rather than make a school of a hospital."""


@dataclass(frozen=True, slots=True)
class Found:
    """A mapped place, in local metres; ``department`` only for depots."""

    kind: str
    shape: BaseGeometry
    name: Name | None
    department: str = ""


def lay_places(draft: Draft, found: Sequence[Found], box: Box) -> None:
    """Fill the layer: mapped places, bridges, underpasses, and by rule what is still needed."""
    area = shapely.box(*box).buffer(-_MARGIN_M)
    for one in _once([one for one in found if area.contains(one.shape.representative_point())]):
        _add(draft, one.kind, _placed(one.shape), one.name, department=one.department or _owner(one.kind))
    _lay_crossings(draft)
    assume_needed(draft)


def assume_needed(draft: Draft) -> None:
    """Choose by rule the places that are still missing. Those that were assumed before are chosen anew, so that they
    move from street corners into buildings once there are some."""
    needed = {kind for kind, _ in _NEEDED}
    draft.places = [
        row
        for row in draft.places
        if row.properties.kind not in needed or not (row.properties.name_en or "").endswith(_ASSUMED.en)
    ]
    for kind, uses in _NEEDED:
        if not any(row.properties.kind == kind for row in draft.places):
            _assume(draft, kind, uses)


def _owner(kind: str) -> str:
    return "civil_affairs" if kind == "service_hall" else ""


def _placed(shape: BaseGeometry) -> BaseGeometry:
    """An outline where it has one part, else a point."""
    if shape.geom_type == "Polygon" and shape.is_valid:
        return shape
    if shape.geom_type == "MultiPolygon" and len(shape.geoms) == 1 and shape.is_valid:
        return shape.geoms[0]
    return shape.representative_point()


def _once(found: Sequence[Found]) -> list[Found]:
    """Each place once: of several of a kind near each other the largest outline stays, with any of their names."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: (-one.shape.area, one.name is None, one.name.en if one.name else "")):
        if one.kind == "park" and one.shape.area < _LEAST_PARK_M2:
            continue
        reach = _SAME_M.get(one.kind, _SAME_OTHER_M)
        twin = next((index for index, other in enumerate(kept) if _same(other, one, reach)), None)
        if twin is None:
            kept.append(one)
        elif kept[twin].name is None:
            other = kept[twin]
            kept[twin] = Found(other.kind, other.shape, one.name, other.department)
    return kept


def _same(other: Found, one: Found, reach: float) -> bool:
    if other.kind != one.kind or other.department != one.department or other.shape.distance(one.shape) > reach:
        return False
    return other.name is None or one.name is None or other.name == one.name or one.kind == "metro"


def _add(
    draft: Draft,
    kind: str,
    shape: BaseGeometry,
    name: Name | None,
    *,
    department: str = "",
    edges: tuple[str, ...] | None = None,
) -> None:
    number = sum(row.properties.kind == kind for row in draft.places) + 1
    word = _WORD[kind]
    called = name or Name(f"{word.en} {number}", f"{word.zh}{number}")
    spec = layers.Spot(kind=kind, name_en=called.en, name_zh=called.zh, department=department or None, edges=edges)
    draft.places.append(Row(f"{kind.replace('_', '-')}-{number}", shape, spec))


def _assume(draft: Draft, kind: str, uses: tuple[str, ...]) -> None:
    """The largest building of the first use that there is, not yet a place, goes for it; its name says so."""
    taken = [row.shape for row in draft.places]
    for wanted in (*((use,) for use in uses), _ANY):
        able = [
            row
            for row in draft.buildings
            if row.properties.use in wanted and not any(row.shape.intersects(shape) for shape in taken)
        ]
        if able:
            chosen = max(able, key=lambda row: (min(row.shape.area, 4000.0), row.id))
            word = _WORD[kind]
            name = Name(f"{word.en} {_ASSUMED.en}", f"{word.zh}{_ASSUMED.zh}")
            _add(draft, kind, chosen.shape, name, department=_owner(kind))
            _use_as(draft, chosen, kind)
            return
    word = _WORD[kind]
    street = _middle([row for row in draft.roads if is_drivable(row.properties)], number=len(draft.places))
    name = Name(f"{word.en} {_ASSUMED.en}", f"{word.zh}{_ASSUMED.zh}")
    _add(draft, kind, street.shape.interpolate(0.5, normalized=True), name, department=_owner(kind))


def _middle(streets: Sequence[Row[layers.Road]], number: int = 0) -> Row[layers.Road]:
    """The street nearest to the middle of them all, or one of the next nearest."""
    middle = shapely.Point(np.median([row.shape.centroid.coords[0] for row in streets], axis=0))
    return sorted(streets, key=lambda row: (row.shape.distance(middle), row.id))[number % len(streets)]


def _use_as(draft: Draft, row: Row[layers.Building], kind: str) -> None:
    use = {"service_hall": "civic", "hospital": "hospital", "school": "school", "market": "retail"}[kind]
    index = draft.buildings.index(row)
    draft.buildings[index] = Row(row.id, row.shape, msgspec.structs.replace(row.properties, use=use))


def _lay_crossings(draft: Draft) -> None:
    """Bridges and underpasses on the streets that carry them; at least one underpass, assumed where none is mapped."""
    streets = [row for row in draft.roads if is_drivable(row.properties)]
    great = [row for row in streets if layers.ROAD_CLASSES[row.properties.road_class] <= RoadClass.RESIDENTIAL]
    for kind, rows in (
        ("bridge", [row for row in great if row.properties.bridge]),
        ("underpass", [row for row in great if row.properties.tunnel] or [r for r in streets if r.properties.tunnel]),
    ):
        named: dict[tuple[str, str], list[Row[layers.Road]]] = {}
        for row in rows:
            name = row.properties.name
            named.setdefault((name.en, name.zh) if name else ("", row.id), []).append(row)
        for members in named.values():
            longest = max(members, key=lambda row: (row.shape.length, row.id))
            _add(draft, kind, longest.shape.interpolate(0.5, normalized=True), _crossing_name(longest, kind),
                 edges=tuple(row.id for row in members))  # fmt: skip
    if not any(row.properties.kind == "underpass" for row in draft.places):
        row = _lowest(draft, great or streets)
        called = _crossing_name(row, "underpass") or _WORD["underpass"]
        name = Name(f"{called.en} {_ASSUMED.en}", f"{called.zh}{_ASSUMED.zh}")
        _add(draft, "underpass", row.shape.interpolate(0.5, normalized=True), name, edges=(row.id,))


def _crossing_name(row: Row[layers.Road], kind: str) -> Name | None:
    name, word = row.properties.name, _WORD[kind]
    return Name(f"{name.en} {word.en}", f"{name.zh}{word.zh}") if name else None


def _lowest(draft: Draft, streets: Sequence[Row[layers.Road]]) -> Row[layers.Road]:
    """Where water would gather, as far as a map without heights tells: under a bridge of another street, else nearest
    to open water, else in the middle of the city; a street long enough to be under water in its middle only."""
    able = [row for row in streets if 50.0 < row.shape.length < 320.0 and not row.properties.bridge] or list(streets)
    bridges = [row.shape for row in draft.roads if row.properties.bridge]
    under = [row for row in able if any(row.shape.crosses(bridge) for bridge in bridges)]
    water = [row.shape for row in draft.areas if row.properties.kind == "water"]
    if not under and water:
        nearest = shapely.STRtree(water)
        away = [float(nearest.query_nearest(row.shape, return_distance=True)[1][0]) for row in able]
        return able[int(np.argmin(away))]
    return _middle(under or able)
