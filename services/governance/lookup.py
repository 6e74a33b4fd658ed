"""Names and places by id, worked out once from the city: what a decision or a page needs to speak of a thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from shapely import STRtree
from shapely.geometry import LineString, Point

from services.collaboration.roster import Roster
from services.facts.casework import Tier
from twin.city.model import City, Place
from twin.city.units import Department, Unit
from twin.core.text import Name

_NEAR_M = 150.0
"""Farther from every street with a name, a spot is called by its grid cell."""


class Lookup:
    """Read-only; built at composition."""

    def __init__(
        self, city: City, departments: Mapping[str, Department], units: Sequence[Unit], roster: Roster,
        virtual: Sequence[Place] = (),
    ) -> None:  # fmt: skip
        """``virtual`` places are found by id alone, never by nearness."""
        self.city = city
        self.departments = departments
        self.roster = roster
        self.units = {unit.id: unit for unit in units}
        self.devices = {device.id: device for device in city.devices}
        self.places = {place.id: place for place in (*city.places, *virtual)}
        self._cells = STRtree([cell.shape for cell in city.cells])
        named = [edge for edge in range(len(city.roads)) if city.roads.name[edge] is not None]
        self._named = [name for edge in named if (name := city.roads.name[edge]) is not None]
        self._streets = STRtree([LineString(city.roads.shape(edge)) for edge in named])
        self._component_of = {id: index for index, id in enumerate(city.components.id)}

    def cell(self, x_m: float, y_m: float) -> int:
        """Index of the grid cell at a point, the nearest one where the point lies in none; -1 in a city without."""
        if not self.city.cells:
            return -1
        inside = sorted(int(index) for index in self._cells.query(Point(x_m, y_m), predicate="intersects"))
        return inside[0] if inside else int(self._cells.nearest(Point(x_m, y_m)))

    def place(self, kinds: tuple[str, ...], x_m: float, y_m: float, radius_m: float) -> Place | None:
        """The nearest place of these kinds within the radius."""
        near = [
            (_distance(place.xy, x_m, y_m), place.id)
            for place in self.city.places
            if place.kind in kinds and _distance(place.xy, x_m, y_m) <= radius_m
        ]
        return self.places[min(near)[1]] if near else None

    def away(self, place: Place, x_m: float, y_m: float) -> float:
        """Metres from a place."""
        return _distance(place.xy, x_m, y_m)

    def component(self, codes: tuple[str, ...], x_m: float, y_m: float, radius_m: float) -> str:
        """Id of the nearest component of these classes within the radius, or an empty string."""
        components = self.city.components
        rows = np.array([index for index, code in enumerate(components.code) if code in codes], np.int64)
        if len(rows) == 0:
            return ""
        away = np.hypot(components.xy[rows, 0] - x_m, components.xy[rows, 1] - y_m)
        best = int(np.argmin(away))
        return components.id[int(rows[best])] if away[best] <= radius_m else ""

    def desk_of(self, tier: Tier) -> str:
        """The department that is the centre of a tier below the city and has no units, or an empty string."""
        centres = (one.id for one in self.departments.values() if one.tier == tier and not one.units)
        return "" if tier == "city" else next(centres, "")

    def owner(self, component: str) -> str:
        """The department that owns a component, or an empty string."""
        index = self._component_of.get(component)
        return "" if index is None else self.city.components.owner[index]

    def maintainer(self, component: str) -> str:
        """The department that keeps a component in repair: its owner, unless the city says otherwise."""
        index, others = self._component_of.get(component), self.city.components.maintainer
        return self.owner(component) if index is None or not others else others[index]

    def district(self, cell: int) -> str:
        return self.city.cells[cell].district if cell >= 0 else ""

    def subdistrict(self, cell: int) -> str:
        return self.city.cells[cell].subdistrict if cell >= 0 else ""

    def where(self, place: str, edge: int, cell: int, x_m: float, y_m: float) -> Name:
        """What people call the spot: the place, else the street in or by which it is, else the grid cell."""
        known = self.places.get(place)
        if known is not None:
            return known.name
        street = self.city.roads.name[edge] if 0 <= edge < len(self.city.roads) else None
        if street is not None:
            return street
        near = self._streets.query_nearest(Point(x_m, y_m), max_distance=_NEAR_M, all_matches=True)
        if len(near):
            return self._named[int(min(near))]
        if cell >= 0:
            code = self.city.cells[cell].code
            return Name(f"grid cell {code}", f"单元网格{code}")
        return self.city.meta.name

    def unit_name(self, unit: str) -> Name:
        known = self.units.get(unit)
        return known.name if known else Name(unit, unit)

    def department_name(self, department: str) -> Name:
        known = self.departments.get(department)
        return known.name if known else Name(department, department)

    def person_name(self, person: str) -> Name:
        known = self.roster.person(person)
        return known.name if known else Name(person, person)


def _distance(xy: tuple[float, float], x_m: float, y_m: float) -> float:
    return float(np.hypot(xy[0] - x_m, xy[1] - y_m))
