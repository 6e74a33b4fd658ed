"""``run.py bench traffic``: vehicle updates a second on a large grid with traffic lights and junctions."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import numpy as np
from rich.console import Console

from twin.city.catalogue import config_directory
from twin.city.model import Buildings, City, Components, Intersection, Meta, Roads, SignalGroup
from twin.core.frame import LocalFrame
from twin.core.text import Name
from twin.core.words import Mode, RoadClass
from twin.field.traffic import Traffic
from twin.field.traffic_settings import TrafficSettings, load_traffic

NOON_MS = 1_790_000_000_000 // 86_400_000 * 86_400_000 + 4 * 3_600_000
SETTINGS = config_directory() / "field" / "traffic.toml"


def grid_city(
    across: int, up: int, spacing_m: float = 150.0, lanes: int = 2, lit: bool = True, minor_every: int = 0
) -> City:
    """A grid of two-way streets. ``lit``: traffic lights at inner crossings; ``minor_every``: every so manieth street
    is a lesser one with one lane and no lights where it crosses (0: none)."""
    nodes = [(x * spacing_m, y * spacing_m) for y in range(up) for x in range(across)]
    pairs = [(y * across + x, y * across + x + 1, y) for y in range(up) for x in range(across - 1)]
    pairs += [(y * across + x, (y + 1) * across + x, x) for y in range(up - 1) for x in range(across)]
    minor = [minor_every > 0 and street % minor_every == 1 for _, _, street in pairs for _ in range(2)]
    start = np.array([n for a, b, _ in pairs for n in (a, b)], np.int32)
    end = np.array([n for a, b, _ in pairs for n in (b, a)], np.int32)
    xy, count = np.array(nodes, np.float64), len(start)
    small = np.array(minor, np.bool_)
    roads = Roads(
        node_xy=xy,
        node_id=tuple(f"n{index}" for index in range(len(nodes))),
        start=start,
        end=end,
        road_class=np.where(small, RoadClass.RESIDENTIAL, RoadClass.SECONDARY).astype(np.uint8),
        lanes=np.where(small, 1, lanes).astype(np.uint8),
        speed_mps=np.where(small, 8.33, 13.89).astype(np.float32),
        length_m=np.full(count, spacing_m),
        modes=np.full(count, int(Mode.CAR | Mode.BUS | Mode.FOOT), np.uint8),
        bridge=np.zeros(count, np.bool_),
        tunnel=np.zeros(count, np.bool_),
        reverse=(np.arange(count) ^ 1).astype(np.int32),
        feature=tuple(f"r{index // 2}" for index in range(count)),
        name=(None,) * count,
        shape_xy=np.stack([xy[start], xy[end]], axis=1).reshape(-1, 2),
        shape_start=(np.arange(count + 1) * 2).astype(np.int32),
    )
    lights = _lights(roads, across, up, minor) if lit else ()
    extent = (-spacing_m, -spacing_m, across * spacing_m, up * spacing_m)
    return _bare(roads, lights, extent)


def _lights(roads: Roads, across: int, up: int, minor: list[bool]) -> tuple[Intersection, ...]:
    found: list[Intersection] = []
    for y in range(1, up - 1):
        for x in range(1, across - 1):
            node = y * across + x
            incoming = np.flatnonzero(roads.end == node)
            if any(minor[edge] for edge in incoming):
                continue
            level = roads.node_xy[roads.start[incoming], 1] == roads.node_xy[node, 1]
            groups = tuple(
                SignalGroup(number, tuple(int(edge) for edge in incoming[flags]), tuple(roads.node_xy[node]))
                for number, flags in ((1, level), (2, ~level))
            )
            phases = (((1,), 30.0, 3.0, 2.0), ((2,), 30.0, 3.0, 2.0))
            found.append(Intersection(f"i{node}", len(found) % 65535 + 1, node, groups, phases, (x + y) % 7 * 10.0))
    return tuple(found)


def _bare(roads: Roads, lights: tuple[Intersection, ...], extent: tuple[float, float, float, float]) -> City:
    meta = Meta("grid", Name("Grid", "网格"), 0.0, 0.0, "000000", "UTC", (), ())
    none = np.zeros(0, np.object_)
    buildings = Buildings((), none, (), np.zeros(0, np.float32), np.zeros((0, 2)))
    components = Components((), (), (), np.zeros((0, 2)), np.zeros(0, np.int32))
    return City(
        Path(), "", meta, LocalFrame(0.0, 0.0), extent, roads, lights, buildings, (), (), (), components, (), ()
    )


def populated(settings: TrafficSettings, vehicles: int) -> TrafficSettings:
    """The same settings with another number of vehicles, the same at all hours."""
    population = msgspec.structs.replace(
        settings.population, vehicles=vehicles, per_lane_km=0.0, largest=vehicles, by_hour=(1.0,) * 24,
        departures_per_s=max(6.0, vehicles / 50),
    )  # fmt: skip
    return msgspec.structs.replace(settings, population=population)


def bench_traffic(
    out: Console | None = None,
    vehicles: int = 10_000,
    side: int = 40,
    step_s: float = 0.5,
    warm_steps: int = 240,
    blocks: int = 15,
    block_steps: int = 20,
) -> dict[str, float]:
    """Whole steps of the whole traffic (car following, lane choice, lights, right of way, routing, trips), and the
    same with poses and CAM triggering as the field runs it.

    A block is ten seconds of city time, so that what is done once a second or less often is in every one; the figure
    is the median of the blocks, in CPU time of this process, with wall time beside it.
    """
    city = grid_city(side, side, minor_every=4)
    traffic = Traffic(city, 1, populated(load_traffic(SETTINGS), vehicles), NOON_MS)
    if out is not None:
        out.print(f"{traffic.alive.sum()} vehicles on {len(city.roads)} edges; letting the traffic settle")
    for _ in range(warm_steps):
        traffic.step(step_s)
    alone, wall, whole = (np.zeros(blocks) for _ in range(3))
    for block in range(blocks):
        alone[block], wall[block] = _block(traffic, block_steps, step_s, with_cams=False)
    for block in range(blocks):
        whole[block], _ = _block(traffic, block_steps, step_s, with_cams=True)
    return {
        "vehicle_updates_per_s": float(np.median(alone)),
        "wall_updates_per_s": float(np.median(wall)),
        "slowest_block_per_s": float(alone.min()),
        "with_poses_and_cam_per_s": float(np.median(whole)),
        "vehicles": float(traffic.alive.sum()),
        "step_ms": float(traffic.alive.sum() / np.median(alone)) * 1000,
        "mean_speed_mps": float(traffic.speed_mps[traffic.alive].mean()),
        "intersections": float(len(city.intersections)),
        "step_s": step_s,
    }


def _block(traffic: Traffic, steps: int, step_s: float, with_cams: bool) -> tuple[float, float]:
    """Vehicle updates a second of CPU time and of wall time."""
    updates, began, began_wall = 0, time.process_time(), time.perf_counter()
    for _ in range(steps):
        traffic.step(step_s)
        if with_cams:
            traffic.cams(1000)
        updates += int(np.count_nonzero(traffic.alive))
    return updates / (time.process_time() - began), updates / (time.perf_counter() - began_wall)
