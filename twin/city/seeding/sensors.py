"""Devices: what each kind watches, how many there are, and through which gateway they speak."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import shapely

from twin.city import layers
from twin.city.draft import Draft, Row, edge_names, ends, is_drivable
from twin.city.graph import build_roads, drivable_edges, near_edge
from twin.city.model import Floats
from twin.city.seeding.circuits import lamp_circuits
from twin.city.seeding.offices import counters_and_kiosks
from twin.city.seeding.spread import apart
from twin.city.seeding.vigil import watch_over
from twin.city.seeding.wanted import Wanted, spot
from twin.core.words import RoadClass

_GATEWAY_DEVICES = 44
_LAMP_CIRCUITS = 20
_ROADSIDE = ("street_lamp", "manhole_cover", "bin", "pipe_pressure", "parking")
_PREFIX = {
    "water_level": "wl", "pump": "pu", "rain_gauge": "rg", "air": "aq", "noise": "ns", "smoke": "sm",
    "street_lamp": "sl", "manhole_cover": "mc", "bin": "bn", "parking": "pk", "crowd": "cr", "pipe_pressure": "pp",
    "structure_tilt": "st", "traffic_counter": "tc", "river_level": "rl", "gas": "gs", "care_alarm": "ca",
    "lane_camera": "lc", "light_monitor": "lm", "service_kiosk": "sk", "service_terminal": "te",
}  # fmt: skip
_CROWD = ("metro", "market", "mall", "square", "bus_station", "service_hall", "park", "university")
_PARKING = ("mall", "hospital", "metro", "market", "service_hall", "library", "bus_station")
_COUNT = {"manhole_cover": 96, "bin": 84, "pipe_pressure": 40, "traffic_counter": 64, "air": 16, "noise": 22,
          "rain_gauge": 8, "parking": 34, "smoke": 120, "tower": 14}  # fmt: skip


def lay_devices(draft: Draft, seed: int) -> None:
    """Install every kind; numbered within its kind, gateways by area."""
    wanted = [*_water(draft), *_on_components(draft), *_in_buildings(draft), *_at_places(draft), *_on_grid(draft)]
    wanted += [*_counters(draft), *_mains(draft), *watch_over(draft), *counters_and_kiosks(draft)]
    wanted = _with_edges(draft, wanted)
    gateways = _gateways(np.array([one.xy for one in wanted]).reshape(-1, 2))
    count: dict[str, int] = {}
    for one, gateway in sorted(zip(wanted, gateways, strict=True), key=lambda pair: _order(pair[0])):
        count[one.kind] = count.get(one.kind, 0) + 1
        sensor = layers.Sensor(
            kind=one.kind,
            gateway=gateway,
            component=one.component,
            place=one.place,
            edge=one.edge,
            circuit=one.circuit,
        )
        id = f"{_PREFIX[one.kind]}-{count[one.kind]:03d}"
        draft.devices.append(Row(id, shapely.Point(one.xy), sensor))


def _order(one: Wanted) -> tuple[int, str, str, tuple[float, float]]:
    return list(_PREFIX).index(one.kind), one.circuit or "", one.place or "", one.xy


def _water(draft: Draft) -> Iterator[Wanted]:
    """Two gauges and two pumps in every underpass; a gauge at each bridge, and a tilt meter on each of its ends."""
    roads = {row.id: row for row in draft.roads}
    for row in draft.places:
        if row.properties.kind not in ("underpass", "bridge") or not row.properties.edges:
            continue
        road = roads[row.properties.edges[0].partition("/")[0]]
        middle = road.shape.project(shapely.Point(spot(row)))
        half = min(30.0, road.shape.length / 4)
        if row.properties.kind == "underpass":
            for kind, shift in (("water_level", -4.0), ("water_level", 6.0), ("pump", 14.0), ("pump", -14.0)):
                at = road.shape.interpolate(np.clip(middle + shift, 0.0, road.shape.length))
                yield Wanted(kind, (at.x, at.y), place=row.id, edge=f"{road.id}/forward")
        else:
            yield Wanted("water_level", spot(row), place=row.id)
            for shift in (-half, half):
                at = road.shape.interpolate(np.clip(middle + shift, 0.0, road.shape.length))
                yield Wanted("structure_tilt", (at.x, at.y), place=row.id, edge=f"{road.id}/forward")


def _on_components(draft: Draft) -> Iterator[Wanted]:
    for kind, codes in (("manhole_cover", ("01001", "01002", "01003")), ("bin", ("03005",))):
        rows = [row for row in draft.components if row.properties.code in codes]
        xy = np.array([row.shape.coords[0] for row in rows]).reshape(-1, 2)
        for index in apart(xy, _COUNT[kind]):
            yield Wanted(kind, (rows[index].shape.x, rows[index].shape.y), component=rows[index].id)
    for circuit, lamps in lamp_circuits(draft, _LAMP_CIRCUITS):
        for lamp in lamps:
            yield Wanted("street_lamp", (lamp.shape.x, lamp.shape.y), component=lamp.id, circuit=circuit)


def _in_buildings(draft: Draft) -> Iterator[Wanted]:
    """Smoke detectors where many people or old timbers are; tilt meters on the tallest buildings."""
    weight = {"hospital": 4, "school": 4, "university": 2, "retail": 3, "civic": 3, "industrial": 2, "transport": 3}
    rows = [row for row in draft.buildings if row.shape.area > 120.0]
    classes = sorted({weight.get(row.properties.use, 1) for row in rows}, reverse=True)
    left = _COUNT["smoke"]
    for rank in classes:
        mine = [row for row in rows if weight.get(row.properties.use, 1) == rank]
        xy = np.array([row.shape.representative_point().coords[0] for row in mine]).reshape(-1, 2)
        share = left if rank == classes[-1] else max(1, left // 3)
        chosen = apart(xy, share)
        left -= len(chosen)
        for index in chosen:
            yield Wanted("smoke", (float(xy[index, 0]), float(xy[index, 1])), place=_place_of(draft, xy[index]))
    tall = sorted(rows, key=lambda row: (-row.properties.height_m, row.id))[: _COUNT["tower"]]
    for row in tall:
        point = row.shape.representative_point()
        yield Wanted("structure_tilt", (point.x, point.y))


def _place_of(draft: Draft, xy: Floats) -> str | None:
    point = shapely.Point(xy)
    for row in draft.places:
        if row.shape.geom_type == "Polygon" and row.shape.contains(point):
            return row.id
    return None


def _at_places(draft: Draft) -> Iterator[Wanted]:
    for kind, kinds in (("crowd", _CROWD), ("parking", _PARKING)):
        rows = [row for row in draft.places if row.properties.kind in kinds]
        for row in rows[: _COUNT["parking"]] if kind == "parking" else rows:
            x, y = spot(row)
            yield Wanted(kind, (x + (6.0 if kind == "parking" else 0.0), y), place=row.id)
    shops = [row for row in draft.buildings if row.properties.use in ("retail", "office") and row.shape.area > 500.0]
    xy = np.array([row.shape.centroid.coords[0] for row in shops]).reshape(-1, 2)
    have = len([row for row in draft.places if row.properties.kind in _PARKING])
    for index in apart(xy, max(0, _COUNT["parking"] - have)):
        point = shops[index].shape.exterior.interpolate(0.0).coords[0]
        yield Wanted("parking", (float(point[0]), float(point[1])))


def _on_grid(draft: Draft) -> Iterator[Wanted]:
    """Air, noise and rain, spread over the street corners."""
    corners = sorted({ends(row)[0]: row.shape.coords[0] for row in draft.roads}.items())
    xy = np.array([spot[:2] for _, spot in corners]).reshape(-1, 2)
    for kind, shift in (("air", (9.0, 9.0)), ("noise", (-9.0, 9.0)), ("rain_gauge", (12.0, -9.0))):
        inner = _inner(xy)
        for index in apart(inner, _COUNT[kind]):
            yield Wanted(kind, (float(inner[index, 0] + shift[0]), float(inner[index, 1] + shift[1])))


def _inner(xy: Floats) -> Floats:
    """Without the outermost 8 per cent on each side, where a sensor would watch the void."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    margin = (high - low) * 0.08
    inner: Floats = xy[np.all((xy > low + margin) & (xy < high - margin), axis=1)]
    return inner if len(inner) else xy


def _counters(draft: Draft) -> Iterator[Wanted]:
    """Before traffic lights on the greater streets, else on the longest drivable roads."""
    roads = {row.id: row for row in draft.roads}
    arriving = [edge for row in draft.intersections for group in row.properties.groups for edge in group.edges]
    great = [
        e
        for e in arriving
        if layers.ROAD_CLASSES[roads[e.rpartition("/")[0]].properties.road_class] <= RoadClass.SECONDARY
    ]
    edges = great or arriving or [f"{row.id}/forward" for row in draft.roads if is_drivable(row.properties)]
    spots = []
    for edge in edges:
        road, _, direction = edge.rpartition("/")
        shape = roads[road].shape
        back = min(40.0, shape.length / 2)
        point = shape.interpolate(shape.length - back if direction == "forward" else back)
        spots.append((point.x, point.y))
    for index in apart(np.array(spots).reshape(-1, 2), _COUNT["traffic_counter"]):
        yield Wanted("traffic_counter", spots[index], edge=edges[index])


def _mains(draft: Draft) -> Iterator[Wanted]:
    """Water mains run below the greater streets; a gauge every so often."""
    rows = [row for row in draft.roads if is_drivable(row.properties) and not row.properties.bridge]
    great = [row for row in rows if layers.ROAD_CLASSES[row.properties.road_class] <= RoadClass.SECONDARY] or rows
    xy = np.array([row.shape.interpolate(0.4, normalized=True).coords[0] for row in great]).reshape(-1, 2)
    for index in apart(xy, _COUNT["pipe_pressure"]):
        yield Wanted("pipe_pressure", (float(xy[index, 0]), float(xy[index, 1])), edge=edge_names(great[index])[0])


def _with_edges(draft: Draft, wanted: Iterable[Wanted]) -> list[Wanted]:
    """Roadside devices learn the edge they stand on."""
    every = list(wanted)
    roads, edge_of = build_roads(draft)
    names = list(edge_of)
    rows = [index for index, one in enumerate(every) if one.edge is None and one.kind in _ROADSIDE]
    edges, _ = near_edge(
        roads, drivable_edges(roads), shapely.points(np.array([every[i].xy for i in rows]).reshape(-1, 2))
    )
    for index, edge in zip(rows, edges.tolist(), strict=True):
        one = every[index]
        every[index] = Wanted(one.kind, one.xy, one.component, one.place, names[edge], one.circuit)
    return every


def _gateways(xy: Floats) -> list[str]:
    """The name of each device's gateway: the area is halved along its longer side until few enough are left."""
    gateway = np.zeros(len(xy), np.int64)
    stack, serial = [np.arange(len(xy))], 0
    while stack:
        mine = stack.pop()
        if len(mine) <= _GATEWAY_DEVICES:
            serial += 1
            gateway[mine] = serial
            continue
        spread = np.ptp(xy[mine], axis=0)
        order = mine[np.argsort(xy[mine, int(spread[1] > spread[0])], kind="stable")]
        stack += [order[len(order) // 2 :], order[: len(order) // 2]]
    return [f"gw-{number:02d}" for number in gateway.tolist()]
