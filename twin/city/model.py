"""The city model in memory. Everything is immutable; metres are in the city's local frame.

Edges are directed: a two-way street is two edges that name each other in ``Roads.reverse``. Columns, not objects, for
what is large (roads, buildings, components); small frozen dataclasses for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.core.frame import LocalFrame
from twin.core.text import Name

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Objects = NDArray[np.object_]

BORDER_M = 15.0


class District(msgspec.Struct, frozen=True):
    """A district 区; ``code`` is its 6-digit division code."""

    id: str
    code: str
    name: Name


class Subdistrict(msgspec.Struct, frozen=True):
    """A subdistrict 街道, 9-digit code; belongs to a district by id."""

    id: str
    code: str
    name: Name
    district: str


class Meta(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``city.toml``: origin in WGS 84 degrees; ``bounds`` (west, south, east, north; absent: those of the cells) is the
    extent; ``jurisdictions`` maps a department's id to the districts it serves (absent: the whole city)."""

    id: str
    name: Name
    latitude: float
    longitude: float
    code: str
    time_zone: str
    districts: tuple[District, ...]
    subdistricts: tuple[Subdistrict, ...]
    jurisdictions: dict[str, tuple[str, ...]] = {}
    bounds: tuple[float, float, float, float] | None = None
    attribution: str = ""
    licence: str = ""
    description: Name | None = None

    @property
    def parts(self) -> tuple[District | Subdistrict, ...]:
        """Districts, then subdistricts."""
        return (*self.districts, *self.subdistricts)


@dataclass(frozen=True, slots=True)
class Roads:
    """The road graph. N nodes, E directed edges, P shape points.

    The shape of edge e is ``shape_xy[shape_start[e]:shape_start[e + 1]]``, in driving direction, from its first node
    to its last; ``length_m`` is the length of that line. Traffic keeps right.
    """

    node_xy: Floats  # (N, 2)
    node_id: tuple[str, ...]
    start: Indices  # (E,) node where the edge begins
    end: Indices  # (E,)
    road_class: NDArray[np.uint8]  # RoadClass
    lanes: NDArray[np.uint8]  # in this direction, at least 1
    speed_mps: NDArray[np.float32]  # legal limit
    length_m: Floats
    modes: NDArray[np.uint8]  # Mode bits
    bridge: NDArray[np.bool_]
    tunnel: NDArray[np.bool_]  # underpasses too
    reverse: Indices  # the opposite edge or -1
    feature: tuple[str, ...]  # (E,) id of the GeoJSON feature
    name: tuple[Name | None, ...]  # (E,)
    shape_xy: Floats  # (P, 2)
    shape_start: Indices  # (E + 1,)

    def shape(self, edge: int) -> Floats:
        """The (k, 2) line of one edge."""
        return self.shape_xy[self.shape_start[edge] : self.shape_start[edge + 1]]

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True)
class Buildings:
    """Footprints. ``use``: residential, office, retail, industrial, school, university, hospital, civic, transport,
    religious, garage, other."""

    id: tuple[str, ...]
    shape: Objects  # shapely Polygons, local metres
    use: tuple[str, ...]
    height_m: NDArray[np.float32]
    centre_xy: Floats  # (B, 2), inside the footprint


@dataclass(frozen=True, slots=True)
class Area:
    """Ground cover or land use (``kind``: water, park, wood, square, residential, business, industrial, campus,
    oldtown, farmland, other). Drawn below everything else, water last."""

    id: str
    kind: str
    shape: object  # shapely Polygon or MultiPolygon
    name: Name | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A grid cell 单元网格, the smallest jurisdiction. ``code`` has 15 digits (GB/T 47678.3)."""

    code: str
    shape: object  # shapely Polygon; cells do not overlap and cover the extent
    subdistrict: str
    district: str


@dataclass(frozen=True, slots=True)
class Zone:
    """The outline of a district or subdistrict (``level``), by the id it has in ``city.toml``."""

    id: str
    level: str
    shape: object  # shapely Polygon or MultiPolygon
    name: Name


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere with a meaning. ``kind``: service_hall, hospital, school, university, metro, bus_station, market,
    mall, park, underpass, bridge, site, square, library, depot, fire_lane, river_bank,
    subdistrict_office. A depot names its ``department`` (fire station, police station, sanitation yard …)."""

    id: str
    kind: str
    name: Name
    xy: tuple[float, float]
    entrance_edge: int  # the nearest drivable edge
    entrance_offset_m: float  # along that edge
    department: str = ""
    shape: object | None = None  # shapely Polygon where the place has an outline
    edges: tuple[int, ...] = ()  # the road edges an underpass or bridge carries


@dataclass(frozen=True, slots=True)
class Components:
    """Managed components 部件: ``code`` is the 5-digit GB/T 47678.5 class, ``owner`` a department's id, ``maintainer``
    that of the department which keeps it in repair (an empty column: the owners do)."""

    id: tuple[str, ...]
    code: tuple[str, ...]
    owner: tuple[str, ...]
    xy: Floats  # (C, 2)
    cell: Indices  # index into City.cells
    maintainer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Device:
    """A sensor; ``kind`` is an id of ``config/device_kinds.toml``; ``component`` and ``place`` are what it watches."""

    id: str
    kind: str
    xy: tuple[float, float]
    gateway: str
    component: str = ""
    place: str = ""
    edge: int = -1  # the road edge it watches or stands on
    circuit: str = ""  # lamps on one circuit fail together


@dataclass(frozen=True, slots=True)
class SignalGroup:
    """Movements that see the same light: ``edges`` are the incoming edges it governs."""

    number: int  # signal_group on the wire, from 1
    edges: tuple[int, ...]
    xy: tuple[float, float]  # where the light is drawn


@dataclass(frozen=True, slots=True)
class Intersection:
    """A junction with traffic lights and its fixed-time plan: phases of (green groups, green s, amber s, all-red s)."""

    id: str
    number: int  # SPATEM intersection id, 1–65535
    node: int
    groups: tuple[SignalGroup, ...]
    phases: tuple[tuple[tuple[int, ...], float, float, float], ...]
    offset_s: float = 0.0


@dataclass(frozen=True, slots=True)
class BusLine:
    """A bus line: ``edges`` form one closed or there-and-back drive, ``stops`` are (edge, offset_m, name)."""

    id: str
    name: Name
    edges: tuple[int, ...]
    stops: tuple[tuple[int, float, Name], ...]
    headway_s: float


@dataclass(frozen=True, slots=True)
class City:
    """A loaded and checked city."""

    directory: Path
    digest: str  # SHA-256 over all its files
    meta: Meta
    frame: LocalFrame
    extent: tuple[float, float, float, float]  # min x, min y, max x, max y, metres
    roads: Roads
    intersections: tuple[Intersection, ...]
    buildings: Buildings
    areas: tuple[Area, ...]
    cells: tuple[Cell, ...]
    places: tuple[Place, ...]
    components: Components
    devices: tuple[Device, ...]
    bus_lines: tuple[BusLine, ...]
    zones: tuple[Zone, ...] = ()

    def near(self, x_m: ArrayLike, y_m: ArrayLike) -> NDArray[np.bool_]:
        """Whether each point is in the city, or so little beyond its border that it is a long vehicle on the last
        road, or the error of a satellite fix."""
        low_x, low_y, high_x, high_y = self.extent
        x_m, y_m = np.asarray(x_m, np.float64), np.asarray(y_m, np.float64)
        within = (x_m >= low_x - BORDER_M) & (x_m <= high_x + BORDER_M)
        return np.asarray(within & (y_m >= low_y - BORDER_M) & (y_m <= high_y + BORDER_M), np.bool_)

    def place(self, id: str) -> Place:
        """The place with this id; KeyError names it when there is none."""
        for place in self.places:
            if place.id == id:
                return place
        raise KeyError(id)

    def of_kind(self, kind: str) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.kind == kind)
