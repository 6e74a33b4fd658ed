"""A small city made in memory for the console's tests: streets, a river with bridges, parks, houses, devices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from shapely.geometry import Polygon, box

from twin.city.model import (
    Area,
    Buildings,
    Cell,
    City,
    Components,
    Device,
    District,
    Intersection,
    Meta,
    Place,
    Roads,
    SignalGroup,
    Subdistrict,
)
from twin.core.chance import generator
from twin.core.frame import LocalFrame
from twin.core.text import Name
from twin.core.words import Mode, RoadClass

COLUMNS, ROWS = 13, 9
BLOCK_X, BLOCK_Y = 150.0, 130.0
RIVER_ROW = 4
BRIDGES = (3, 9)
STREETS_EN = ("Lantern", "Willow", "Granary", "Harbour", "Osmanthus", "Ferry", "Magnolia", "Weaver", "Kiln")
STREETS_ZH = ("灯市", "柳荫", "粮仓", "港湾", "桂花", "渡口", "玉兰", "织锦", "陶窑")
KINDS = (
    "water_level",
    "rain_gauge",
    "air",
    "noise",
    "smoke",
    "street_lamp",
    "manhole_cover",
    "bin",
    "parking",
    "crowd",
    "pipe_pressure",
    "structure_tilt",
    "traffic_counter",
    "pump",
)
PLACES = (
    ("hall", "service_hall", "Citizens' Hall", "市民服务中心", 6, 2),
    ("hospital", "hospital", "Second Hospital", "第二医院", 9, 6),
    ("school", "school", "Willow School", "柳荫小学", 2, 6),
    ("metro", "metro", "River Station", "江心站", 6, 5),
    ("market", "market", "Granary Market", "粮仓菜市场", 4, 2),
    ("underpass", "underpass", "Ferry Underpass", "渡口下穿", 5, 6),
    ("fire_depot", "depot", "Fire Station 1", "消防一站", 10, 2),
    ("water_depot", "depot", "Water Yard", "水务站", 2, 2),
)


def paper_city() -> City:
    """The same city every time."""
    roads = _roads()
    extent = (-80.0, -80.0, (COLUMNS - 1) * BLOCK_X + 80.0, (ROWS - 1) * BLOCK_Y + 80.0)
    devices = _devices(roads)
    meta = Meta(
        id="paper",
        name=Name("Paper City", "纸城"),
        latitude=31.2,
        longitude=121.4,
        code="990100",
        time_zone="Asia/Shanghai",
        districts=(
            District("north", "990102", Name("Northbank", "江北区")),
            District("south", "990103", Name("Southbank", "江南区")),
        ),
        subdistricts=(Subdistrict("n1", "990102001", Name("Lantern", "灯市街道"), "north"),),
    )
    middle = RIVER_ROW * BLOCK_Y - BLOCK_Y / 2
    cells = (
        Cell("990103001001001", box(extent[0], extent[1], extent[2], middle), "n1", "south"),
        Cell("990102001001001", box(extent[0], middle, extent[2], extent[3]), "n1", "north"),
    )
    return City(
        Path("paper"),
        "0" * 64,
        meta,
        LocalFrame(31.2, 121.4),
        extent,
        roads,
        _intersections(roads),
        _buildings(),
        _areas(extent, middle),
        cells,
        _places(roads),
        Components((), (), (), np.zeros((0, 2)), np.zeros(0, np.int32)),
        devices,
        (),
    )


def _node(column: int, row: int) -> int:
    return row * COLUMNS + column


def _roads() -> Roads:
    nodes = np.array([[c * BLOCK_X, r * BLOCK_Y] for r in range(ROWS) for c in range(COLUMNS)], float)
    pairs: list[tuple[int, int, int, str, Name, bool]] = []
    for row in range(ROWS):
        for column in range(COLUMNS - 1):
            grade = int(RoadClass.PRIMARY if row in (2, 6) else RoadClass.RESIDENTIAL)
            name = Name(f"{STREETS_EN[row]} Road", f"{STREETS_ZH[row]}路")
            pairs.append((_node(column, row), _node(column + 1, row), grade, f"h{row}", name, False))
    for column in range(COLUMNS):
        for row in range(ROWS - 1):
            over = row == RIVER_ROW - 1
            if over and column not in BRIDGES:
                continue
            grade = int(RoadClass.SECONDARY if column in BRIDGES else RoadClass.TERTIARY if column == 6 else 6)
            name = Name(f"{column + 1}th Street", f"第{column + 1}大街")
            pairs.append((_node(column, row), _node(column, row + 1), grade, f"v{column}", name, over))
    start, end, grades, features, names, over_water, shapes = [], [], [], [], [], [], []
    for a, b, grade, feature, name, over in pairs:
        for one, two in ((a, b), (b, a)):
            start.append(one)
            end.append(two)
            grades.append(int(grade))
            features.append(f"{feature}-{a}")
            names.append(name)
            over_water.append(over)
            shapes.append(np.array([nodes[one], nodes[two]]))
    count = len(start)
    lanes = np.where(np.array(grades) <= 3, 3, np.where(np.array(grades) == 4, 2, 1)).astype(np.uint8)
    tunnel = np.zeros(count, bool)
    tunnel[[index for index in range(count) if features[index] == f"h6-{_node(5, 6)}"]] = True
    return Roads(
        nodes,
        tuple(f"n{i}" for i in range(len(nodes))),
        np.array(start, np.int32),
        np.array(end, np.int32),
        np.array(grades, np.uint8),
        lanes,
        np.full(count, 13.9, np.float32),
        np.array([float(np.hypot(*(s[1] - s[0]))) for s in shapes]),
        np.full(count, int(Mode.FOOT | Mode.BICYCLE | Mode.CAR | Mode.BUS), np.uint8),
        np.array(over_water),
        tunnel,
        np.array([index ^ 1 for index in range(count)], np.int32),
        tuple(features),
        tuple(names),
        np.concatenate(shapes),
        np.arange(0, 2 * count + 1, 2, dtype=np.int32),
    )


def _buildings() -> Buildings:
    random = generator(5, "paper buildings")
    shapes, heights = [], []
    for row in range(ROWS - 1):
        for column in range(COLUMNS - 1):
            if row == RIVER_ROW - 1 or (column, row) in ((7, 5), (1, 1), (2, 1)):
                continue
            tall = 1.0 if 4 <= column <= 8 and row >= RIVER_ROW else 0.35
            for px in range(4):
                for py in range(3):
                    x = column * BLOCK_X + 14 + px * 31 + random.uniform(0, 4)
                    y = row * BLOCK_Y + 14 + py * 35 + random.uniform(0, 4)
                    wide, high = random.uniform(17, 25), random.uniform(18, 27)
                    shapes.append(Polygon([(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)]))
                    heights.append(6 + tall * random.gamma(2.0, 18.0))
    centres = np.array([[s.centroid.x, s.centroid.y] for s in shapes])
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    use = ("residential",) * len(shapes)
    return Buildings(tuple(f"b{i}" for i in range(len(shapes))), array, use, np.array(heights, np.float32), centres)


def _areas(extent: tuple[float, float, float, float], middle: float) -> tuple[Area, ...]:
    xs = np.linspace(extent[0] - 50, extent[2] + 50, 60)
    bank = middle + 14 * np.sin(xs / 310.0)
    river = Polygon([*zip(xs, bank - 44, strict=True), *reversed(list(zip(xs, bank + 40, strict=True)))])
    return (
        Area("old", "oldtown", box(-60, -60, 600, 380)),
        Area("biz", "business", box(600, 480, 1260, 1040)),
        Area(
            "park",
            "park",
            box(7 * BLOCK_X + 10, 5 * BLOCK_Y + 10, 8 * BLOCK_X - 10, 6 * BLOCK_Y - 10),
            Name("Magnolia Park", "玉兰公园"),
        ),
        Area(
            "park2",
            "park",
            box(BLOCK_X + 10, BLOCK_Y + 10, 3 * BLOCK_X - 10, 2 * BLOCK_Y - 10),
            Name("Kiln Gardens", "陶窑园"),
        ),
        Area("river", "water", river, Name("Lu River", "芦江")),
    )


def _places(roads: Roads) -> tuple[Place, ...]:
    places = []
    for id, kind, en, zh, column, row in PLACES:
        edge = next(i for i in range(len(roads)) if roads.start[i] == _node(column, row))
        x, y = column * BLOCK_X + 45.0, row * BLOCK_Y + 18.0
        department = {"fire_depot": "fire_rescue", "water_depot": "water"}.get(id, "")
        places.append(Place(id, kind, Name(en, zh), (x, y), edge, 40.0, department))
    return tuple(places)


def _devices(roads: Roads) -> tuple[Device, ...]:
    random = generator(5, "paper devices")
    devices = []
    for index in range(260):
        kind = KINDS[index % len(KINDS)]
        edge = int(random.integers(len(roads)))
        line = roads.shape(edge)
        spot = line[0] + (line[1] - line[0]) * random.uniform(0.1, 0.9)
        x, y = (spot + random.uniform(5, 9, 2)).tolist()
        devices.append(Device(f"{kind}-{index:03d}", kind, (x, y), "gw-1", edge=edge))
    return tuple(devices)


def _intersections(roads: Roads) -> tuple[Intersection, ...]:
    lit = []
    for number, (column, row) in enumerate([(3, 2), (6, 2), (9, 2), (3, 6), (6, 6), (9, 6)], start=1):
        node = _node(column, row)
        inward = [int(i) for i in np.flatnonzero(roads.end == node)]
        sides: tuple[list[int], list[int]] = ([], [])
        for edge in inward:
            step = roads.shape(edge)[1] - roads.shape(edge)[0]
            sides[0 if abs(step[0]) > abs(step[1]) else 1].append(edge)
        groups = tuple(
            SignalGroup(group, tuple(edges), tuple(roads.node_xy[node].tolist()))
            for group, edges in enumerate(sides, start=1)
        )
        phases = (((1,), 30.0, 3.0, 2.0), ((2,), 25.0, 3.0, 2.0))
        lit.append(Intersection(f"x{number}", number, node, groups, phases))
    return tuple(lit)
