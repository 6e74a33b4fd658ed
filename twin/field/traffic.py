"""The traffic of the simulated city: everything that drives, what stands in its way, and the lights it obeys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.city.model import City
from twin.core.words import StationType
from twin.field import cam
from twin.field.fleet import PARKED, Floats, packed, unpacked
from twin.field.lights import GroupState, Lights
from twin.field.network import Network
from twin.field.poses import Poses
from twin.field.routes import PUBLIC
from twin.field.stream import Rows
from twin.field.traffic_settings import TrafficSettings

SIZES = {StationType.SPECIAL: (7.0, 2.3, 1.8), StationType.CAR: (4.6, 1.8, 1.6)}
"""Length, width and acceleration of what the rest of the field puts on the road, where it does not say."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """One vehicle, SI units; ``parked``: off the lanes, not moving."""

    x_m: float
    y_m: float
    heading_deg: float
    speed_mps: float
    edge: int
    offset_m: float
    parked: bool


class Traffic:
    """All traffic of one city. Columns are indexed by row; a row is a vehicle where ``alive``, ``id`` names it."""

    def __init__(self, city: City, seed: int, settings: TrafficSettings, now_ms: int, *, populate: bool = True) -> None:
        self.city, self.seed, self.settings = city, seed, settings
        self._network = Network(city, seed, settings, now_ms)
        self.lights: Lights = self._network.lights  # by their index in ``city.intersections``
        self._numbers = {each.id: index for index, each in enumerate(city.intersections)}
        self._poses: Poses | None = None
        if populate:
            self._network.fill()

    @property
    def now_ms(self) -> int:
        return self._network.now_ms

    @property
    def alive(self) -> NDArray[np.bool_]:
        return self._network.fleet.alive()

    @property
    def moving(self) -> NDArray[np.bool_]:
        """Rows that are vehicles on the road, at a light or in a queue too; not at the kerb."""
        fleet = self._network.fleet
        return np.asarray(fleet.alive() & (fleet.columns.place != PARKED), np.bool_)

    @property
    def id(self) -> NDArray[np.int64]:
        return self._network.fleet.columns.id

    @property
    def kind(self) -> NDArray[np.uint8]:
        """StationType."""
        return self._network.fleet.columns.kind

    @property
    def x_m(self) -> Floats:
        return self._all_poses().x_m

    @property
    def y_m(self) -> Floats:
        return self._all_poses().y_m

    @property
    def heading_deg(self) -> Floats:
        """Clockwise from north."""
        return self._all_poses().heading_deg

    @property
    def speed_mps(self) -> Floats:
        return self._network.fleet.columns.speed_mps

    @property
    def acceleration_mps2(self) -> Floats:
        return self._network.fleet.columns.acceleration_mps2

    @property
    def offset_m(self) -> Floats:
        """Of the front bumper along ``edge``."""
        return self._network.fleet.columns.offset_m

    @property
    def edge(self) -> NDArray[np.int32]:
        return self._network.lanes.edge[self._network.fleet.columns.lane].astype(np.int32)

    @property
    def length_m(self) -> Floats:
        return self._network.fleet.columns.length_m

    @property
    def width_m(self) -> Floats:
        return self._network.fleet.columns.width_m

    @property
    def siren(self) -> NDArray[np.bool_]:
        return self._network.fleet.columns.siren

    @property
    def passed(self) -> NDArray[np.int64]:
        """(E,) vehicles that have left each edge since the beginning: what a counting loop at its end has seen."""
        return self._network.passed

    @property
    def most(self) -> int:
        """Vehicles under way at the busiest hour."""
        return self._network.departures.most

    def rows_of(self, ids: Rows) -> Rows:
        """Rows of vehicles by id, -1 where one is gone."""
        return np.array([self._network.fleet.rows.get(int(id), -1) for id in ids], np.int64)

    def at_stops(self) -> list[tuple[int, int, int]]:
        """(vehicle id, line, number of the stop on it) of the buses that stand at a stop."""
        return self._network.buses.at_stops(self._network.fleet)

    def link_times_s(self) -> Floats:
        """(E,) seconds to cross each edge as drivers have found it; inf where it is shut."""
        return self._network.routes.times(PUBLIC)

    def edge_speed_mps(self) -> Floats:
        """(E,) mean speed of the vehicles on each edge now; NaN where there is none."""
        return self._network.edge_speed_mps()

    def _all_poses(self) -> Poses:
        if self._poses is None:
            columns = self._network.fleet.columns
            rows = columns.used.nonzero()[0]
            some = self._network.tracks.poses(columns, rows)
            x_m, y_m, heading = (np.zeros(len(columns.id)) for _ in range(3))
            x_m[rows], y_m[rows], heading[rows] = some.x_m, some.y_m, some.heading_deg
            self._poses = Poses(x_m, y_m, heading)
        return self._poses

    # time ------------------------------------------------------------------------------------------------------

    def step(self, dt_s: float) -> None:
        """Move everything on by 0.05 to 1 s (whole milliseconds)."""
        self._poses = None
        self._network.step(round(dt_s * 1000))

    # vehicles of the rest of the field ---------------------------------------------------------------------------

    def spawn(
        self, kind: StationType, start_edge: int, end_edge: int = -1, *, start_offset_m: float | None = None,
        end_offset_m: float | None = None, size: tuple[float, float, float] | None = None,
        speed_factor: float = 1.0, siren: bool = False,
    ) -> int:  # fmt: skip
        """A vehicle at the kerb of ``start_edge`` (the middle unless said otherwise); returns its id. It sets off to
        ``end_edge`` when there is room, or stays parked where that is -1. ``size`` is length, width (m) and best
        acceleration (m/s²). It is never removed but by :meth:`remove`."""
        network = self._network
        start_edge = network.drivable(start_edge)
        size = size or SIZES.get(kind, SIZES[StationType.CAR])
        row = network.appear(int(kind), start_edge, start_offset_m, size)
        columns = network.fleet.columns
        columns.factor[row], columns.siren[row] = speed_factor, siren
        id = int(columns.id[row])
        self._poses = None
        if end_edge >= 0:
            self.drive(id, end_edge, end_offset_m)
        return id

    def drive(self, id: int, end_edge: int, end_offset_m: float | None = None, *, siren: bool | None = None) -> None:
        """Send a vehicle somewhere (the edge's middle unless said otherwise). KeyError where the id is gone."""
        network = self._network
        row = network.fleet.row(id)
        end_edge = network.drivable(end_edge)
        if siren is not None:
            network.fleet.columns.siren[row] = siren
        length_m = float(self.city.roads.length_m[end_edge])
        network.parking.send(network.fleet, row, end_edge, length_m / 2 if end_offset_m is None else end_offset_m)
        self._poses = None

    def arrived(self) -> list[int]:
        """Ids of spawned vehicles that have arrived since the last call, in order of arrival; they stand parked."""
        return self._network.take_arrived()

    def park(self, id: int) -> None:
        """Pull over to the kerb here and wait for orders."""
        network = self._network
        row = network.fleet.row(id)
        if network.fleet.columns.place[row] != PARKED:
            network.parking.park(network.fleet, np.array([row], np.int64))
        network.fleet.columns.goal[row] = -1
        self._poses = None

    def remove(self, id: int) -> None:
        """Take a vehicle away (towed, gone home). KeyError where it is gone."""
        self._network.fleet.remove(np.array([self._network.fleet.row(id)], np.int64))
        self._poses = None

    def set_stalled(self, id: int, stalled: bool) -> None:
        """A breakdown: the vehicle stands where it is until freed or removed."""
        columns, row = self._network.fleet.columns, self._network.fleet.row(id)
        columns.stalled[row] = stalled
        columns.until_ms[row] = 0

    def crash(self, first: int, second: int) -> None:
        """Two vehicles stand and block their lanes until removed, or freed by :meth:`set_stalled`."""
        for id in (first, second):
            self.set_stalled(id, True)

    def exists(self, id: int) -> bool:
        return id in self._network.fleet.rows

    def position(self, id: int) -> Whereabouts:
        """Where a vehicle is. KeyError where the id is gone."""
        network = self._network
        row = network.fleet.row(id)
        columns = network.fleet.columns
        edge, offset_m = int(network.lanes.edge[columns.lane[row]]), float(columns.offset_m[row])
        parked = bool(columns.place[row] == PARKED)
        return Whereabouts(*self.pose(id), edge, offset_m, parked)

    def pose(self, id: int) -> tuple[float, float, float, float]:
        """x, y, heading and speed of a vehicle. KeyError where the id is gone."""
        row = self._network.fleet.row(id)
        poses = self._all_poses()  # one vehicle's alone would cost half as much as everybody's
        speed_mps = float(self._network.fleet.columns.speed_mps[row])
        return float(poses.x_m[row]), float(poses.y_m[row]), float(poses.heading_deg[row]), speed_mps

    def nearest(self, x_m: float, y_m: float, within_m: float) -> list[int]:
        """Ids of ordinary moving vehicles within a distance, the nearest first."""
        columns = self._network.fleet.columns
        poses = self._all_poses()
        rows = (self.alive & ~columns.driven & (columns.place != PARKED)).nonzero()[0]
        away = np.hypot(poses.x_m[rows] - x_m, poses.y_m[rows] - y_m)
        order = np.lexsort((columns.id[rows], away))
        return [int(columns.id[rows[place]]) for place in order if away[place] <= within_m]

    # what happens to roads -----------------------------------------------------------------------------------------

    def set_closed(self, edges: Iterable[int]) -> None:
        """These edges, and no others, are closed to the public; who is on one drives off it."""
        self._network.close(np.array(sorted(edges), np.int64))

    def set_depth(self, edge: int, depth_m: float) -> None:
        """Water on an edge: slows, then shuts it, then kills engines (``[flood]`` of the configuration)."""
        if self._network.obstacles.depth_m[edge] != depth_m:
            self._network.obstacles.depth_m[edge] = depth_m
            self._network.roads_changed()

    def set_surface(self, factor: float, edges: Iterable[int] | None = None) -> None:
        """Share of the speed limit that the surface allows (rain, ice), everywhere or on some edges."""
        target = slice(None) if edges is None else np.array(sorted(edges), np.int64)
        self._network.obstacles.surface[target] = factor
        self._network.roads_changed()

    def block(self, edge: int, offset_m: float, lanes: Iterable[int] | None = None) -> int:
        """An obstacle across lanes of an edge (counted from the right; all unless said otherwise); returns its id."""
        network = self._network
        edge = network.drivable(edge)
        across = range(int(network.lanes.count[edge])) if lanes is None else lanes
        obstacle = network.obstacles.block(network.fleet, edge, offset_m, tuple(across))
        network.roads_changed()
        self._poses = None
        return obstacle

    def unblock(self, obstacle: int) -> None:
        self._network.obstacles.unblock(self._network.fleet, obstacle)
        self._network.roads_changed()
        self._poses = None

    # lights --------------------------------------------------------------------------------------------------------

    def prioritise(self, intersection: str, group: int, until_ms: int) -> bool:
        """Ask a controller for priority on a group; False where there is no such controller or group."""
        number = self._numbers.get(intersection, -1)
        return number >= 0 and self._network.lights.prioritise(number, group, until_ms)

    def light_states(self, intersection: int) -> tuple[GroupState, ...]:
        """SPATEM content of the controller with this index in ``city.intersections``."""
        return self._network.lights.states(intersection, self.now_ms)

    # messages ------------------------------------------------------------------------------------------------------

    def cams(self, budget: int = 1_000_000) -> Rows:
        """Rows whose vehicles send a CAM now, at most ``budget``, the longest unheard first; marked as sent."""
        columns = self._network.fleet.columns
        rows = self.alive.nonzero()[0]
        poses = self._all_poses()
        some = Poses(poses.x_m[rows], poses.y_m[rows], poses.heading_deg[rows])
        return cam.due(columns, rows, some, self.now_ms, budget)

    # state ---------------------------------------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        return packed(self._network.snapshot())

    def restore(self, data: bytes) -> None:
        """The inverse of :meth:`snapshot` for the same city, seed and settings; continues to the same bytes."""
        self._poses = None
        self._network.restore(unpacked(data))
