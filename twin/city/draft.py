"""A city in the making: the layers as rows in local metres, before it is checked and made immutable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from shapely.geometry.base import BaseGeometry

from twin.city import layers
from twin.city.model import Meta
from twin.core.frame import LocalFrame

P_co = TypeVar("P_co", bound=layers.Properties, covariant=True)


@dataclass(frozen=True, slots=True)
class Row(Generic[P_co]):
    """One feature; ``shape`` in local metres."""

    id: str
    shape: BaseGeometry
    properties: P_co


@dataclass(slots=True)
class Draft:
    """What generation, importers and seeding fill and :func:`twin.city.write.write` saves. Rows keep their order."""

    meta: Meta
    roads: list[Row[layers.Road]] = field(default_factory=list)
    intersections: list[Row[layers.Crossing]] = field(default_factory=list)
    buildings: list[Row[layers.Building]] = field(default_factory=list)
    areas: list[Row[layers.Ground]] = field(default_factory=list)
    zones: list[Row[layers.ZoneOutline]] = field(default_factory=list)
    cells: list[Row[layers.GridCell]] = field(default_factory=list)
    places: list[Row[layers.Spot]] = field(default_factory=list)
    components: list[Row[layers.Component]] = field(default_factory=list)
    devices: list[Row[layers.Sensor]] = field(default_factory=list)
    bus_lines: list[Row[layers.Line]] = field(default_factory=list)

    @property
    def frame(self) -> LocalFrame:
        return LocalFrame(self.meta.latitude, self.meta.longitude)

    def rows(self, layer: str) -> list[Row[layers.Properties]]:
        """The rows of a layer by its file's stem."""
        rows: list[Row[layers.Properties]] = getattr(self, layer)
        return rows


def is_drivable(road: layers.Road) -> bool:
    return road.modes is None or "car" in road.modes


def edge_names(row: Row[layers.Road]) -> tuple[str, ...]:
    """The directed edges of a road, in the order they take in :class:`twin.city.model.Roads`."""
    if row.properties.oneway:
        return (f"{row.id}/forward",)
    return f"{row.id}/forward", f"{row.id}/backward"


def ends(row: Row[layers.Road]) -> tuple[str, str]:
    """The ids of a road's two nodes; a node without an id is named by its position to the centimetre."""
    first, last = row.shape.coords[0], row.shape.coords[-1]
    return (
        row.properties.start_node or f"{first[0]:.2f},{first[1]:.2f}",
        row.properties.end_node or f"{last[0]:.2f},{last[1]:.2f}",
    )
