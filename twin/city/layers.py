"""The layers of a city's folder: the properties each feature carries in its GeoJSON file, spelled as in the file.

Names are flat (``name_en``, ``name_zh``) so that QGIS shows them as columns; a null means absent, since QGIS writes one
for every empty column. Edges are named ``<road id>/forward`` or ``<road id>/backward``. Units are in the names.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from twin.core.text import Name
from twin.core.words import Mode, RoadClass

AREA_KINDS = (
    "residential",
    "business",
    "industrial",
    "campus",
    "oldtown",
    "farmland",
    "other",
    "park",
    "wood",
    "square",
    "water",
)
"""In drawing order, lowest first."""
BUILDING_USES = (
    "residential",
    "office",
    "retail",
    "industrial",
    "school",
    "university",
    "hospital",
    "civic",
    "transport",
    "religious",
    "garage",
    "other",
)
PLACE_KINDS = (
    "service_hall",
    "hospital",
    "school",
    "university",
    "metro",
    "bus_station",
    "market",
    "mall",
    "park",
    "underpass",
    "bridge",
    "site",
    "square",
    "library",
    "depot",
    "fire_lane",
    "river_bank",
    "subdistrict_office",
)
ROAD_CLASSES = {member.name.lower(): member for member in RoadClass}
MODES = {member.name.lower(): member for member in Mode if member.name}
DRIVING = ("foot", "bicycle", "car", "bus")


class Properties(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Every feature may carry a name in both languages."""

    name_en: str | None = None
    name_zh: str | None = None

    @property
    def name(self) -> Name | None:
        """Absent unless at least one language is given; the other then repeats it."""
        if not self.name_en and not self.name_zh:
            return None
        return Name(self.name_en or self.name_zh or "", self.name_zh or self.name_en or "")


class Road(Properties, frozen=True, kw_only=True):
    """A street between two nodes. ``lanes`` are those in drawing direction; ``lanes_backward`` (absent: the same) the
    other way. Roads whose ends carry one node id, or meet in one point where they carry none, are joined."""

    road_class: str
    lanes: int = 1
    lanes_backward: int | None = None
    speed_kmh: float = 30.0
    oneway: bool | None = None
    modes: tuple[str, ...] | None = None
    bridge: bool | None = None
    tunnel: bool | None = None
    start_node: str | None = None
    end_node: str | None = None


class Building(Properties, frozen=True, kw_only=True):
    use: str
    height_m: float


class Ground(Properties, frozen=True, kw_only=True):
    """Layer ``areas``."""

    kind: str


class ZoneOutline(Properties, frozen=True, kw_only=True):
    """Layer ``zones``: the outline of a district or subdistrict of ``city.toml``, by its id."""

    level: str
    zone: str


class GridCell(Properties, frozen=True, kw_only=True):
    """Layer ``cells``; the feature's id is the 15-digit code."""

    subdistrict: str
    district: str


class Spot(Properties, frozen=True, kw_only=True):
    """Layer ``places``."""

    kind: str
    department: str | None = None
    edges: tuple[str, ...] | None = None


class Component(Properties, frozen=True, kw_only=True):
    """``maintainer`` where another department than the owner keeps it in repair."""

    code: str
    owner: str
    maintainer: str | None = None


class Sensor(Properties, frozen=True, kw_only=True):
    """Layer ``devices``."""

    kind: str
    gateway: str
    component: str | None = None
    place: str | None = None
    edge: str | None = None
    circuit: str | None = None


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: int
    edges: tuple[str, ...]


class Phase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    groups: tuple[int, ...]
    green_s: float
    amber_s: float
    all_red_s: float


class Crossing(Properties, frozen=True, kw_only=True):
    """Layer ``intersections``: a node with traffic lights."""

    number: int
    node: str
    groups: tuple[Group, ...]
    phases: tuple[Phase, ...]
    offset_s: float = 0.0


class Stop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    edge: str
    offset_m: float
    name_en: str
    name_zh: str


class Line(Properties, frozen=True, kw_only=True):
    """Layer ``bus_lines``."""

    edges: tuple[str, ...]
    stops: tuple[Stop, ...]
    headway_s: float


@dataclass(frozen=True, slots=True)
class Layer:
    """One file of the folder: its properties, and the geometry types it may hold."""

    name: str
    properties: type[Properties]
    geometry: tuple[str, ...]
    required: bool = False


LAYERS = (
    Layer("roads", Road, ("LineString",), required=True),
    Layer("intersections", Crossing, ("Point",)),
    Layer("buildings", Building, ("Polygon",), required=True),
    Layer("areas", Ground, ("Polygon", "MultiPolygon")),
    Layer("zones", ZoneOutline, ("Polygon", "MultiPolygon")),
    Layer("cells", GridCell, ("Polygon",), required=True),
    Layer("places", Spot, ("Point", "Polygon"), required=True),
    Layer("components", Component, ("Point",)),
    Layer("devices", Sensor, ("Point",)),
    Layer("bus_lines", Line, ("LineString",)),
)
