"""A map as it was read, in degrees and OpenStreetMap's tags, before anything of it is interpreted."""

from __future__ import annotations

from dataclasses import dataclass, field

from shapely.geometry.base import BaseGeometry

from twin.city.importers.extent import Box
from twin.city.importers.network import Node
from twin.city.model import Floats


@dataclass(frozen=True, slots=True)
class MappedWay:
    """``lonlat`` is (n, 2) longitude, latitude; NaN where the extract lacks the node. Ways join where nodes are one."""

    id: str
    nodes: tuple[Node, ...]
    lonlat: Floats
    tags: dict[str, str]


@dataclass(frozen=True, slots=True)
class MappedNode:
    id: str
    longitude: float
    latitude: float
    tags: dict[str, str]


@dataclass(frozen=True, slots=True)
class MappedArea:
    """A closed way or multipolygon, in degrees; ``id`` is unique among both."""

    id: str
    shape: BaseGeometry
    tags: dict[str, str]


@dataclass(slots=True)
class Extract:
    """All that may matter of one file. ``origin`` is (attribution, licence)."""

    origin: tuple[str, str]
    bounds: Box | None = None
    ways: list[MappedWay] = field(default_factory=list)
    nodes: list[MappedNode] = field(default_factory=list)
    areas: list[MappedArea] = field(default_factory=list)
