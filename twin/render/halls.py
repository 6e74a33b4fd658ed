"""Where those stand who are in a hall: in a row before its door by their numbers, or at a counter with a clerk."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import shapely

from twin.city.model import City, Place
from twin.core.looks import ADULT, KNOWN
from twin.core.views import Mark
from twin.render.camera import Camera

Point = tuple[float, float]

ROW: Final = 10
"""So many stand beside each other before the row bends back."""
APART_M: Final = 1.7
APART_PX: Final = 15.0
CLERK: Final = KNOWN | ADULT
_BEFORE_M: Final = 4.0
_INSIDE_M: Final = 4.0
_FARTHEST_M: Final = 45


@dataclass(frozen=True, slots=True)
class Stand:
    """One figure in or before a hall. ``mark`` is empty for a clerk."""

    mark: str
    x_m: float
    y_m: float
    look: int
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Door:
    """Unit vectors out of a hall's door and along its front; ``before_m`` is how far from its spot a row begins."""

    xy: Point
    out: Point
    along: Point
    before_m: float


@dataclass(slots=True)
class Halls:
    """Knows where each hall's door is, worked out when somebody first stands there."""

    city: City
    _doors: dict[str, Door] = field(default_factory=dict)

    def stands(self, marks: dict[str, Mark], camera: Camera, ui: float) -> tuple[Stand, ...]:
        """Everybody who waits or is served, and the clerks who serve them; places of unknown halls hold nobody."""
        by_hall: dict[str, list[Mark]] = {}
        for mark in marks.values():
            if mark.posture:
                by_hall.setdefault(mark.place, []).append(mark)
        apart = max(APART_M, APART_PX * ui / camera.scale)
        found: list[Stand] = []
        for id in sorted(by_hall):
            door = self._door(id)
            if door is not None:
                found += _in_hall(door, sorted(by_hall[id], key=lambda one: (one.number, one.id)), apart)
        return tuple(found)

    def _door(self, id: str) -> Door | None:
        if id not in self._doors:
            place = next((one for one in self.city.places if one.id == id), None)
            if place is None:
                return None
            self._doors[id] = _door_of(self.city, place)
        return self._doors[id]


def _door_of(city: City, place: Place) -> Door:
    """Where the row begins: out towards the street, past the last wall."""
    out, along = _front(city, place)
    houses = shapely.STRtree(city.buildings.shape)
    away = 0.0
    for step in range(0, _FARTHEST_M, 1):
        spot = shapely.Point(place.xy[0] + out[0] * step, place.xy[1] + out[1] * step)
        if len(houses.query(spot, predicate="within")):
            away = float(step)
    return Door(place.xy, out, along, away + _BEFORE_M)


def _in_hall(door: Door, marks: list[Mark], apart: float) -> list[Stand]:
    (x, y), (out_x, out_y), (along_x, along_y) = door.xy, door.out, door.along
    found = []
    for at, mark in enumerate(one for one in marks if one.posture == "queueing"):
        row, place = divmod(at, ROW)
        side = (place if row % 2 == 0 else ROW - 1 - place) - 1.0
        away = door.before_m + row * apart
        spot = x + out_x * away + along_x * side * apart, y + out_y * away + along_y * side * apart
        found.append(Stand(mark.id, *spot, mark.look))
    served = [one for one in marks if one.posture == "served"]
    for at, mark in enumerate(served):
        side = at - (len(served) - 1) / 2
        for id, look, away in ((mark.id, mark.look, 0.0), ("", CLERK, -_INSIDE_M - apart)):
            spot = x + along_x * side * apart * 1.6 + out_x * away, y + along_y * side * apart * 1.6 + out_y * away
            found.append(Stand(id, *spot, look))
    return found


def _front(city: City, hall: Place) -> tuple[Point, Point]:
    """Unit vectors out of the door, towards the street that it opens on, and along the front."""
    line = city.roads.shape(hall.entrance_edge)
    x, y = hall.xy
    near = min(line.tolist(), key=lambda point: math.hypot(point[0] - x, point[1] - y))
    one, two = line[0], line[-1]
    along = math.atan2(two[1] - one[1], two[0] - one[0])
    out_x, out_y = -math.sin(along), math.cos(along)
    if out_x * (near[0] - x) + out_y * (near[1] - y) < 0:
        out_x, out_y = -out_x, -out_y
    return (out_x, out_y), (-out_y, out_x)
