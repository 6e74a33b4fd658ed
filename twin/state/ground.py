"""Where a condition looks: near places of a kind, within a zone or a polygon, or everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.model import City, Place
from twin.state.conditions import Condition

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Ground:
    """The areas of some conditions, worked out once; a condition that names none looks everywhere."""

    def __init__(self, city: City, conditions: Sequence[Condition]) -> None:
        self._city = city
        self._zones = {zone.id: zone.shape for zone in city.zones}
        self._place_kind = {place.id: place.kind for place in city.places}
        self._of_kind: dict[str, list[int]] = {}
        for index, device in enumerate(city.devices):
            self._of_kind.setdefault(device.kind, []).append(index)
        self._places: dict[str, Any] = {}
        self._within: dict[str, Any] = {}
        for condition in conditions:
            if condition.within:
                self._within[condition.id] = self._prepared(self._outline(condition.within))
            if condition.place_kinds:
                around = [_shape(place) for place in city.places if place.kind in condition.place_kinds]
                joined = shapely.union_all([shape.buffer(condition.near_m) for shape in around])
                self._places[condition.id] = self._prepared(joined)

    @staticmethod
    def _prepared(shape: Any) -> Any:
        shapely.prepare(shape)
        return shape

    def _outline(self, within: str | tuple[tuple[float, float], ...]) -> Any:
        """A zone that the city does not have is nowhere."""
        if isinstance(within, str):
            return self._zones.get(within, shapely.Polygon())
        x, y = self._city.frame.to_xy([lon for lon, _ in within], [lat for _, lat in within])
        return shapely.Polygon(np.column_stack((x, y)))

    def holds(self, condition: Condition, x_m: float, y_m: float) -> bool:
        """Whether the condition looks at this spot."""
        return bool(self.mask(condition, np.array([x_m]), np.array([y_m]))[0])

    def mask(self, condition: Condition, x_m: Floats, y_m: Floats) -> Mask:
        """The same for many spots."""
        places, found = self._places.get(condition.id), self.inside(condition, x_m, y_m)
        return found if places is None else found & np.asarray(shapely.contains_xy(places, x_m, y_m), np.bool_)

    def inside(self, condition: Condition, x_m: Floats, y_m: Floats) -> Mask:
        """By ``within`` alone: for devices, which say themselves at what place they are."""
        outline = self._within.get(condition.id)
        if outline is None:
            return np.ones(len(x_m), np.bool_)
        return np.asarray(shapely.contains_xy(outline, x_m, y_m), np.bool_)

    def devices(self, condition: Condition, kind: str) -> list[int]:
        """Indices of the devices of a kind that the condition concerns."""
        devices, found = self._city.devices, self._of_kind.get(kind, [])
        if condition.place_kinds:
            found = [i for i in found if self._place_kind.get(devices[i].place) in condition.place_kinds]
        if condition.id not in self._within or not found:
            return found
        xy = np.array([self._city.devices[index].xy for index in found])
        inside = self.inside(condition, xy[:, 0], xy[:, 1])
        return [index for index, here in zip(found, inside.tolist(), strict=True) if here]

    def of_kind(self, kind: str) -> list[int]:
        """Indices of all devices of a kind."""
        return self._of_kind.get(kind, [])

    def places(self, condition: Condition) -> list[Place]:
        """The places of the condition's kinds that it looks at, in the city's order."""
        found = [place for place in self._city.places if place.kind in condition.place_kinds]
        if not found:
            return []
        xy = np.array([place.xy for place in found])
        inside = self.inside(condition, xy[:, 0], xy[:, 1])
        return [place for place, here in zip(found, inside.tolist(), strict=True) if here]


def _shape(place: Place) -> Any:
    return shapely.Point(place.xy) if place.shape is None else place.shape
