"""A small city made by hand, for everybody's tests: ``grid_draft()`` in rows, ``grid_city(directory)`` loaded.

Five by five nodes 200 m apart, ``n<column><row>`` from (0, 0) to (800, 800); extent -100 … 900 both ways. Roads are
``h<column><row>`` (eastward from a node) and ``v<column><row>`` (northward). Row 2 is a four-lane primary road with
traffic lights at n12, n22 and n32; ``v21`` dips under it as an underpass; ``h04`` is one-way east; the river covers
y > 830. Four grid cells of 500 m, named by quarter; one building a block and quarter, ``b<column><row><quarter>``.
"""

from __future__ import annotations

from pathlib import Path

import shapely

from twin.city import layers
from twin.city.draft import Draft, Row
from twin.city.load import load
from twin.city.model import City, District, Meta, Subdistrict
from twin.city.write import write
from twin.core.text import Name

STEP_M = 200.0
SIZE = 5
_DEPOTS = (
    ("fire_rescue", 0, 0),
    ("police", 1, 0),
    ("health", 2, 0),
    ("water", 3, 0),
    ("urban_management", 0, 3),
    ("sanitation", 1, 3),
    ("landscape", 2, 3),
    ("environment", 3, 3),
    ("operations_centre", 0, 1),
)
_PLACES = (
    ("service_hall", "Service Hall", "政务服务中心", 1, 1),
    ("hospital", "Hospital", "医院", 2, 1),
    ("school", "School", "学校", 3, 1),
    ("metro", "Metro", "地铁站", 0, 2),
    ("market", "Market", "集市", 1, 2),
    ("park", "Park", "公园", 2, 2),
)
_DEVICES: tuple[tuple[str, float, float, dict[str, str]], ...] = (
    ("water_level", 400.0, 300.0, {"place": "underpass", "edge": "v21/forward"}),
    ("pump", 404.0, 300.0, {"place": "underpass"}),
    ("rain_gauge", 450.0, 450.0, {}),
    ("air", 300.0, 500.0, {}),
    ("noise", 310.0, 500.0, {}),
    ("smoke", 50.0, 50.0, {}),
    ("street_lamp", 100.0, 394.0, {"component": "lamp1", "circuit": "circuit1", "edge": "h02/backward"}),
    ("street_lamp", 140.0, 394.0, {"component": "lamp2", "circuit": "circuit1", "edge": "h02/backward"}),
    ("manhole_cover", 300.0, 402.0, {"component": "cover1", "edge": "h12/forward"}),
    ("bin", 310.0, 410.0, {"component": "bin1"}),
    ("parking", 500.0, 500.0, {}),
    ("crowd", 100.0, 500.0, {"place": "metro"}),
    ("pipe_pressure", 200.0, 300.0, {"edge": "v11/forward"}),
    ("structure_tilt", 600.0, 500.0, {}),
    ("traffic_counter", 500.0, 400.0, {"edge": "h22/forward"}),
)
_COMPONENTS = (
    ("lamp1", "01037", "urban_management", 100.0, 394.0),
    ("lamp2", "01037", "urban_management", 140.0, 394.0),
    ("cover1", "01003", "urban_management", 300.0, 402.0),
    ("bin1", "03005", "sanitation", 310.0, 410.0),
    ("tree1", "04002", "landscape", 700.0, 410.0),
)


def grid_draft() -> Draft:
    """A draft without faults."""
    meta = Meta(
        "gridville",
        Name("Gridville", "方格市"),
        31.0,
        117.0,
        "990100",
        "Asia/Shanghai",
        (District("centre", "990102", Name("Centre", "中心区")),),
        (
            Subdistrict("west", "990102001", Name("West Street", "西街道"), "centre"),
            Subdistrict("east", "990102002", Name("East Street", "东街道"), "centre"),
        ),
    )
    draft = Draft(meta)
    _lay_roads(draft)
    _lay_ground(draft)
    _lay_places(draft)
    for id, code, owner, x, y in _COMPONENTS:
        draft.components.append(Row(id, shapely.Point(x, y), layers.Component(code=code, owner=owner)))
    for number, (kind, x, y, more) in enumerate(_DEVICES, start=1):
        sensor = layers.Sensor(kind=kind, gateway="gw1" if x < 400 else "gw2", **more)
        draft.devices.append(Row(f"d{number:02d}", shapely.Point(x, y), sensor))
    _lay_lights(draft)
    _lay_bus(draft)
    return draft


def grid_city(directory: Path) -> City:
    """The same city, written and loaded."""
    write(grid_draft(), directory)
    return load(directory)


def _lay_roads(draft: Draft) -> None:
    for column in range(SIZE):
        for row in range(SIZE):
            for letter, dx, dy in (("h", 1, 0), ("v", 0, 1)):
                if column + dx < SIZE and row + dy < SIZE:
                    draft.roads.append(_road(letter, column, row, dx, dy))


def _road(letter: str, column: int, row: int, dx: int, dy: int) -> Row[layers.Road]:
    main = letter == "h" and row == 2
    way = f"Avenue {row}" if letter == "h" else f"Street {column}"
    spec = layers.Road(
        name_en=way,
        name_zh=f"{row}号大道" if letter == "h" else f"{column}号街",
        road_class="primary" if main else "residential",
        lanes=2 if main else 1,
        speed_kmh=60.0 if main else 40.0,
        oneway=True if (letter, column, row) == ("h", 0, 4) else None,
        tunnel=True if (letter, column, row) == ("v", 2, 1) else None,
        start_node=f"n{column}{row}",
        end_node=f"n{column + dx}{row + dy}",
    )
    x, y = column * STEP_M, row * STEP_M
    return Row(f"{letter}{column}{row}", shapely.LineString([(x, y), (x + dx * STEP_M, y + dy * STEP_M)]), spec)


def _lay_ground(draft: Draft) -> None:
    for number, (x, y) in enumerate(((-100, -100), (-100, 400), (400, -100), (400, 400)), start=1):
        part = "west" if x < 0 else "east"
        code = f"99010200{1 if x < 0 else 2}{number:06d}"
        cell = layers.GridCell(subdistrict=part, district="centre")
        draft.cells.append(Row(code, shapely.box(x, y, x + 500, y + 500), cell))
    for id, x in (("west", -100), ("east", 400)):
        outline = layers.ZoneOutline(level="subdistrict", zone=id)
        draft.zones.append(Row(f"subdistrict-{id}", shapely.box(x, -100, x + 500, 900), outline))
    district = layers.ZoneOutline(level="district", zone="centre")
    draft.zones.append(Row("district-centre", shapely.box(-100, -100, 900, 900), district))
    river = layers.Ground(kind="water", name_en="River", name_zh="河")
    draft.areas.append(Row("river", shapely.box(-100, 830, 900, 900), river))
    draft.areas.append(Row("green", shapely.box(420, 420, 580, 580), layers.Ground(kind="park")))
    for column in range(SIZE - 1):
        for row in range(SIZE - 1):
            for quarter in range(4):
                left = column * STEP_M + 30 + 80 * (quarter % 2)
                low = row * STEP_M + 30 + 80 * (quarter // 2)
                use = ("residential", "office", "residential", "retail")[quarter]
                spec = layers.Building(use=use, height_m=9.0 + 3.0 * quarter)
                draft.buildings.append(
                    Row(f"b{column}{row}{quarter}", shapely.box(left, low, left + 50, low + 50), spec)
                )


def _lay_places(draft: Draft) -> None:
    def put(id: str, spot: layers.Spot, x: float, y: float) -> None:
        draft.places.append(Row(id, shapely.Point(x, y), spot))

    for kind, en, zh, column, row in _PLACES:
        put(kind, layers.Spot(kind=kind, name_en=en, name_zh=zh), column * 200 + 100.0, row * 200 + 90.0)
    for department, column, row in _DEPOTS:
        spot = layers.Spot(kind="depot", department=department, name_en=f"{department} depot", name_zh="站")
        put(f"depot_{department}", spot, column * 200 + 60.0, row * 200 + 15.0)
    under = layers.Spot(kind="underpass", edges=("v21",), name_en="Street 2 Underpass", name_zh="2号街下穿")
    put("underpass", under, 400.0, 300.0)


def _lay_lights(draft: Draft) -> None:
    for number, column in enumerate((1, 2, 3), start=1):
        groups = (
            layers.Group(1, (f"h{column - 1}2/forward", f"h{column}2/backward")),
            layers.Group(2, (f"v{column}1/forward", f"v{column}2/backward")),
        )
        phases = (layers.Phase((1,), 30.0, 3.0, 2.0), layers.Phase((2,), 20.0, 3.0, 2.0))
        spec = layers.Crossing(number=number, node=f"n{column}2", groups=groups, phases=phases, offset_s=10.0 * number)
        draft.intersections.append(Row(f"x{column}", shapely.Point(column * STEP_M, 400.0), spec))


def _lay_bus(draft: Draft) -> None:
    east = tuple(f"h{column}2/forward" for column in range(SIZE - 1))
    west = tuple(f"h{column}2/backward" for column in reversed(range(SIZE - 1)))
    stops = (
        layers.Stop("h02/forward", 120.0, "West", "西站"),
        layers.Stop("h22/forward", 120.0, "East", "东站"),
        layers.Stop("h12/backward", 120.0, "Middle", "中站"),
    )
    spec = layers.Line(edges=east + west, stops=stops, headway_s=300.0, name_en="Line 1", name_zh="1路")
    draft.bus_lines.append(Row("bus1", shapely.LineString([(0, 400), (800, 400), (0, 400)]), spec))
