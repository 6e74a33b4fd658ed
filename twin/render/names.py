"""The names that would like to be on the map at a level of detail: areas, places, streets."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import shapely

from twin.city.model import City
from twin.core.text import Name
from twin.core.words import RoadClass

PLACE_ICONS = {
    "service_hall": "service_hall",
    "hospital": "hospital",
    "school": "school",
    "university": "school",
    "metro": "metro",
    "bus_station": "bus",
    "market": "market",
    "mall": "market",
    "park": "park",
    "square": "square",
    "underpass": "underpass",
    "bridge": "bridge",
    "library": "school",
    "depot": "depot",
    "subdistrict_office": "service_hall",
    "site": "site",
}
DEPOT_ICONS = {
    "fire_rescue": "fire_station",
    "police": "police",
    "health": "hospital",
    "water": "pump",
    "landscape": "tree",
    "sanitation": "truck",
    "environment": "environment",
    "urban_management": "crew",
}
PLACES_FROM = {
    "service_hall": 0.25,
    "hospital": 0.5,
    "metro": 0.55,
    "underpass": 0.6,
    "bridge": 0.5,
    "university": 0.6,
    "park": 9e9,
    "market": 0.9,
    "mall": 0.9,
    "school": 1.0,
    "square": 0.9,
    "library": 1.0,
    "bus_station": 1.0,
    "depot": 0.9,
    "subdistrict_office": 0.9,
    "site": 1.2,
}
STREETS_FROM = {1: 0.35, 2: 0.35, 3: 0.4, 4: 0.6, 5: 0.9, 6: 1.7, 7: 4.0, 8: 9e9, 9: 9e9}
REPEAT_PX = 460.0


@dataclass(frozen=True, slots=True)
class Wish:
    """A name that would like to be shown: where, how large, how urgent (lower first), from and up to which detail."""

    name: Name
    x_m: float
    y_m: float
    style: str  # district, water, park, street, place
    rank: float
    size: int
    icon: str = ""
    degrees: float = 0.0
    room_m: float = math.inf  # length that the text must fit in


@dataclass(slots=True)
class Names:
    """All names of a city."""

    city: City
    _streets: list[tuple[Name, int, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self._streets = _merged_streets(self.city)

    def at(self, detail: float) -> list[Wish]:
        """Those wanted at ``detail`` logical pixels a metre, most urgent first."""
        wishes = [*self._areas(detail), *self._places(detail), *self._along_streets(detail)]
        return sorted(wishes, key=lambda wish: (wish.rank, wish.name.en, wish.x_m, wish.y_m))

    def _areas(self, detail: float) -> list[Wish]:
        wishes = []
        if detail < 0.9:
            for district in self.city.meta.districts:
                shapes = [cell.shape for cell in self.city.cells if cell.district == district.id]
                if shapes:
                    spot = shapely.union_all(shapes).representative_point()
                    wishes.append(Wish(district.name, spot.x, spot.y, "district", 0.0, 15 if detail > 0.4 else 14))
        for area in self.city.areas:
            if area.name is None or area.kind not in ("water", "park", "wood", "square", "campus"):
                continue
            large = math.sqrt(float(area.shape.area))  # type: ignore[attr-defined]
            if large * detail < 44:
                continue
            water = area.kind == "water"
            style = "water" if water else "park"
            for spot, degrees in _spots(area.shape, detail) if water else [(area.shape.representative_point(), 0.0)]:  # type: ignore[attr-defined]
                wishes.append(
                    Wish(area.name, spot.x, spot.y, style, 1.0 - large / 1e5, 14 if water else 12, degrees=degrees)
                )
        return wishes

    def _places(self, detail: float) -> list[Wish]:
        wishes = []
        for place in self.city.places:
            begin = PLACES_FROM.get(place.kind, 1.5)
            if detail >= begin:
                icon = PLACE_ICONS.get(place.kind, "device")
                if place.kind == "depot":
                    icon = DEPOT_ICONS.get(place.department, "depot")
                wishes.append(Wish(place.name, *place.xy, "place", 2.0 + begin, 12, icon))
        return wishes

    def _along_streets(self, detail: float) -> list[Wish]:
        wishes = []
        for name, grade, line in self._streets:
            if detail < STREETS_FROM[grade]:
                continue
            long = float(line.length)
            count = max(1, int(long * detail // (REPEAT_PX * 1.1)))
            for number in range(count):
                for shift in (0.0, 0.16, -0.16):
                    at = long * min(0.95, max(0.05, (number + 0.5 + shift) / count))
                    spot, degrees, room = _along(line, at)
                    size = 13 if grade <= RoadClass.SECONDARY else 12 if grade <= RoadClass.TERTIARY else 11
                    wishes.append(
                        Wish(
                            name,
                            spot[0],
                            spot[1],
                            "street",
                            4.0 + grade + abs(shift),
                            size,
                            degrees=degrees,
                            room_m=room,
                        )
                    )
        return wishes


def _merged_streets(city: City) -> list[tuple[Name, int, Any]]:
    """Edges of one name and class joined into long lines."""
    roads = city.roads
    groups: dict[tuple[str, str, int], list[Any]] = {}
    for edge in range(len(roads)):
        name, back = roads.name[edge], int(roads.reverse[edge])
        if name is None or 0 <= back < edge:
            continue
        groups.setdefault((name.en, name.zh, int(roads.road_class[edge])), []).append(
            shapely.linestrings(roads.shape(edge))
        )
    streets = []
    for (en, zh, grade), lines in groups.items():
        merged = shapely.line_merge(shapely.union_all(lines))
        for part in shapely.get_parts(merged):
            if part.geom_type == "LineString":
                streets.append((Name(en, zh), grade, part))
    return streets


def _along(line: Any, at: float) -> tuple[tuple[float, float], float, float]:
    """A point on a line, the reading angle there, and how many metres around it are nearly straight."""
    here = line.interpolate(at)
    reach = 20.0
    one, two = line.interpolate(max(0.0, at - reach)), line.interpolate(min(line.length, at + reach))
    angle = math.degrees(math.atan2(two.y - one.y, two.x - one.x))
    room = 2 * reach
    while room < 600:
        half = room / 2 + 20
        if at - half < 0 or at + half > line.length:
            break
        start, end = line.interpolate(at - half), line.interpolate(at + half)
        if math.hypot(end.x - start.x, end.y - start.y) < 2 * half * 0.985:
            break
        room = 2 * half
    if angle > 90:
        angle -= 180
    elif angle <= -90:
        angle += 180
    return (here.x, here.y), angle, room


def _spots(shape: Any, detail: float) -> list[tuple[Any, float]]:
    """Where to write a river's name: the middle of what each window of about a screen's width shows of it."""
    west, south, east, north = shape.bounds
    step = 900.0 / detail
    spots = []
    for column in range(max(1, math.ceil((east - west) / step))):
        part = shapely.clip_by_rect(shape, west + column * step, south, west + (column + 1) * step, north)
        if not part.is_empty and part.area > 0:
            spots.append((part.representative_point(), 0.0))
    return spots
