"""The parts of the traffic put together, and the order in which one step goes through them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from twin.city.model import City
from twin.core import chance
from twin.core.words import StationType
from twin.field.buses import Buses
from twin.field.departures import Departures
from twin.field.fleet import ASIDE, NO_RANK, ON_LANE, PARKED, Fleet, Floats
from twin.field.guidance import Guidance
from twin.field.lanes import lay
from twin.field.lights import Lights
from twin.field.motion import Motion
from twin.field.obstacles import Obstacles
from twin.field.parking import LIGHTS_ON_S, Parking
from twin.field.places import Places
from twin.field.poses import Tracks
from twin.field.routes import PUBLIC, Routes
from twin.field.sirens import Sirens
from twin.field.stream import Rows, Stream
from twin.field.traffic_settings import TrafficSettings
from twin.field.turns import connect

SECOND_MS = 1000
TURN_BACK_WET_S = 6.0
NEW_GOALS_S = 4  # how often drivers ask themselves whether they can still get there


class Network:
    """All state of the traffic; :class:`twin.field.traffic.Traffic` is its face to the rest of the field."""

    def __init__(self, city: City, seed: int, settings: TrafficSettings, now_ms: int) -> None:
        self._city, self._seed, self._settings, self.now_ms = city, seed, settings, now_ms
        roads, driving, sirens = city.roads, settings.driving, settings.sirens
        lit = {each.node for each in city.intersections}
        self.lanes = lay(roads, lit, driving.lane_width_m, settings.junctions.corner_m)
        self.turns = connect(roads, self.lanes, lit, driving.sideways_mps2, driving.comfortable_mps2)
        self.tracks = Tracks(roads, self.lanes, self.turns)
        self.lights = Lights(city.intersections, len(roads), now_ms, sirens.hold_s, sirens.least_green_s)
        self.fleet = Fleet()
        self.motion = Motion(roads, self.lanes, self.turns, settings)
        self.routes = Routes(roads, self.lanes, lit, settings.routing)
        self.buses = Buses(city.bus_lines, roads, self.lanes, settings.buses, seed)
        self.guidance = Guidance(roads, self.motion, self.routes, self.buses)
        self.parking = Parking(self.lanes, self.guidance)
        self.obstacles = Obstacles(roads, self.lanes, settings.flood)
        self.obstacles.refresh(self.routes)
        self.sirens = Sirens(self.lanes, self.turns, sirens.notice_m)
        self.departures = Departures(
            city, self.lanes, self.routes, settings.population, settings.kinds, driving.speed_factor, seed
        )
        self.passed: NDArray[np.int64] = np.zeros(len(roads), np.int64)
        self._arrived: list[int] = []
        self._utc_offset_ms = _utc_offset_ms(city, now_ms)

    def fill(self) -> None:
        """Bring the population to its target at once, buses included."""
        for line in range(len(self._city.bus_lines)):
            self._fill_line(line)
        for _ in range(4):
            rows = self.departures.depart(self.fleet, self._missing(), 0.0, at_once=True)
            self._set_off(rows)

    def _fill_line(self, line: int) -> None:
        edges = self._city.bus_lines[line].edges
        rules = self._settings.buses
        count = self.buses.wanted(line)
        for number in range(count):
            places = Places(self.fleet, self.lanes)
            for leg in [(number * len(edges) // count + skip) % len(edges) for skip in range(len(edges))]:
                if not self.lanes.count[edges[leg]]:
                    continue
                lane = int(self.lanes.first[edges[leg]])
                offset = float(self.lanes.stop_m[lane] + self.lanes.entry_m[lane]) / 2 + rules.length_m / 2
                if places.free(lane, offset, rules.length_m) < 4.0:
                    continue
                row = int(self.fleet.add()[0])
                columns = self.fleet.columns
                columns.kind[row], columns.line[row], columns.leg[row] = 6, line, leg
                columns.length_m[row], columns.width_m[row] = rules.length_m, rules.width_m
                columns.pull_mps2[row], columns.factor[row] = rules.acceleration_mps2, 0.92
                places.put(row, lane, offset, 4.0)
                self._set_off(np.array([row], np.int64))
                break

    def _set_off(self, rows: Rows) -> None:
        self.fleet.columns.entered_ms[rows] = self.now_ms
        self.guidance.choose(self.fleet, rows)

    def _missing(self) -> int:
        columns = self.fleet.columns
        own = columns.driven & ((columns.kind != StationType.CAR) | (columns.place == PARKED))  # not in the stream
        ordinary = columns.used & ~columns.thing & ~own & (columns.line < 0)
        return self.departures.target(self.now_ms, self._utc_offset_ms) - int(ordinary.sum())

    # one step ------------------------------------------------------------------------------------------------------

    def step(self, step_ms: int) -> None:
        before, self.now_ms = self.now_ms, self.now_ms + step_ms
        step_s = step_ms / 1000
        fleet = self.fleet
        on_second = self.now_ms // SECOND_MS != before // SECOND_MS
        self.lights.step(self.now_ms, step_ms)
        caps = np.full(fleet.capacity, np.inf)
        self.buses.hold(fleet, caps, self.now_ms)
        stream = self._change_lanes(self.motion.view(fleet, brief=on_second), caps, on_second)
        entered, stuck = self.motion.step(stream, fleet, self.obstacles.ground, self.lights, caps, step_s)
        self._note(entered)
        self.guidance.choose(fleet, entered)
        if self.routes.step(step_s):
            rows = fleet.order[~fleet.columns.granted[fleet.order] & ~fleet.columns.thing[fleet.order]]
            inside = fleet.columns.offset_m[rows] <= self.lanes.stop_m[fleet.columns.lane[rows]]
            self.guidance.choose(fleet, rows[inside])
        self.guidance.reconsider(fleet, stream, stuck)
        self._take_in(self.parking.step(fleet, step_s))
        if on_second:
            self._every_second()
        self._set_off(self.departures.depart(fleet, self._missing(), step_s))

    def _change_lanes(self, stream: Stream, caps: Floats, on_second: bool) -> Stream:
        fleet, columns = self.fleet, self.fleet.columns
        fleeing = np.zeros(len(stream.rows), np.bool_)
        if columns.siren.any() or (columns.place == ASIDE).any() or (columns.aim_m != 0).any():
            known = fleet.order
            fleeing = self.sirens.make_way(stream, fleet, caps)
            self.sirens.come_back(stream, fleet, caps)
            if fleet.order is not known:
                stream = self.motion.view(fleet, brief=on_second)
                fleeing = np.zeros(len(stream.rows), np.bool_)
        if on_second:
            wanted = self.obstacles.ground.speed_mps[stream.lane] * columns.factor[stream.rows]
            left = (self.now_ms // SECOND_MS) % 2 == 0
            self.motion.changes.consider(stream, columns, left, wanted, fleeing)
            stream = self.motion.view(fleet)
        return stream

    def _note(self, entered: Rows) -> None:
        """What the drivers learned, and the loops counted, of the edges just left."""
        columns = self.fleet.columns
        edge = self.lanes.edge[self.turns.lane[columns.came[entered]]]
        took = (self.now_ms - columns.entered_ms[entered]) / 1000
        known = columns.line[entered] < 0
        self.routes.learn(edge[known], took[known])
        np.add.at(self.passed, edge, 1)
        columns.entered_ms[entered] = self.now_ms

    def _take_in(self, arrived: list[int]) -> None:
        columns = self.fleet.columns
        self._arrived += [int(columns.id[row]) for row in arrived if columns.driven[row]]
        gone = np.array([row for row in arrived if not columns.driven[row]], np.int64)
        if len(gone):
            self.fleet.remove(gone)

    def _every_second(self) -> None:
        fleet, columns = self.fleet, self.fleet.columns
        self.obstacles.stall(fleet, self.now_ms)
        if self.now_ms // SECOND_MS % NEW_GOALS_S == 0:
            self._new_goals()
        order = fleet.order
        order = order[columns.still_s[order] > TURN_BACK_WET_S]
        deep = self.obstacles.ground.deep
        wet = deep[columns.lane[order]] | (columns.turn[order] >= 0) & deep[self.turns.out[columns.turn[order]]]
        limit = np.where(wet, TURN_BACK_WET_S, self._settings.junctions.turn_back_s)
        fit = (columns.still_s[order] > limit) & ~columns.stalled[order] & (columns.line[order] < 0)
        for row in order[fit & ~columns.granted[order]]:
            self.guidance.turn_back(fleet, int(row))
        crews = columns.used & columns.driven & (columns.still_s > LIGHTS_ON_S) & (columns.place == ON_LANE)
        columns.siren[crews] = True
        if self.routes.crowded:
            used = columns.used.nonzero()[0]
            pairs = zip(self.guidance.whose(fleet, used), columns.goal[used], strict=True)
            wanted = {(int(who), int(goal)) for who, goal in pairs}
            self.routes.prune(wanted | {(PUBLIC, int(goal)) for goal in self.departures.goals})

    def _new_goals(self) -> None:
        """Drivers who can no longer get where they wanted go somewhere else; those at the end of all roads park."""
        fleet, columns = self.fleet, self.fleet.columns
        rows = fleet.order
        rows = rows[~columns.driven[rows] & ~columns.thing[rows] & (columns.line[rows] < 0)]
        edge = self.lanes.edge[columns.lane[rows]]
        hop = self.routes.hop(edge, columns.goal[rows], self.guidance.whose(fleet, rows))
        lost = rows[((hop == NO_RANK) | self.routes.shut[PUBLIC, columns.goal[rows]]) & (columns.goal[rows] != edge)]
        for row in lost:
            open_goals = self.departures.goals[~self.routes.shut[PUBLIC, self.departures.goals]]
            if len(open_goals):
                share = chance.fraction(self._seed, "traffic", "goal", int(columns.id[row]), self.now_ms)
                goal = int(open_goals[int(share * len(open_goals))])
                self.parking.send(fleet, int(row), goal, float(self._city.roads.length_m[goal]) / 2)

    # the rest of the field -------------------------------------------------------------------------------------------

    def appear(self, kind: int, edge: int, offset_m: float | None, size: tuple[float, float, float]) -> int:
        """A parked row at the kerb, driven by the rest of the field."""
        row = int(self.fleet.add()[0])
        columns = self.fleet.columns
        lane = int(self.lanes.first[edge])
        columns.kind[row], columns.driven[row], columns.lane[row] = kind, True, lane
        columns.length_m[row], columns.width_m[row], columns.pull_mps2[row] = size
        middle = float(self.lanes.stop_m[lane] + self.lanes.entry_m[lane]) / 2
        columns.offset_m[row] = middle if offset_m is None else min(max(offset_m, 0.0), self.lanes.length_m[lane])
        self.parking.park(self.fleet, np.array([row], np.int64))
        columns.shift_m[row] = columns.aim_m[row]
        columns.entered_ms[row] = self.now_ms
        return row

    def drivable(self, edge: int) -> int:
        """The edge itself, or its other direction; ValueError where nobody drives on either."""
        if self.lanes.count[edge]:
            return int(edge)
        back = int(self._city.roads.reverse[edge])
        if back < 0 or not self.lanes.count[back]:
            raise ValueError(f"edge {edge} is not drivable")
        return back

    def take_arrived(self) -> list[int]:
        arrived, self._arrived = self._arrived, []
        return arrived

    def close(self, edges: Rows) -> None:
        self.obstacles.closed[:] = False
        self.obstacles.closed[edges] = True
        self.roads_changed()

    def roads_changed(self) -> None:
        if self.obstacles.refresh(self.routes):
            self.routes.shut_changed()

    def edge_speed_mps(self) -> Floats:
        columns, order = self.fleet.columns, self.fleet.order
        rows = order[~columns.thing[order]]
        edge = self.lanes.edge[columns.lane[rows]]
        count = np.bincount(edge, minlength=len(self.passed))
        total = np.bincount(edge, weights=columns.speed_mps[rows], minlength=len(self.passed))
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    # state ---------------------------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, object]:
        return {
            "now_ms": self.now_ms, "fleet": self.fleet.snapshot(), "lights": self.lights.snapshot(),
            "routes": self.routes.snapshot(), "obstacles": self.obstacles.snapshot(), "passed": self.passed,
            "idle_s": self.motion.junctions.idle_s, "arrived": self._arrived,
            "serial": self.departures.serial, "owed": self.departures.owed,
        }  # fmt: skip

    def restore(self, data: dict[str, object]) -> None:
        self.now_ms = int(str(data["now_ms"]))
        fleet, lights, obstacles = data["fleet"], data["lights"], data["obstacles"]
        assert isinstance(fleet, dict) and isinstance(lights, dict) and isinstance(obstacles, dict)
        self.fleet.restore(fleet)
        self.lights.restore(lights)
        self.obstacles.restore(obstacles)
        self.obstacles.refresh(self.routes)
        routes, arrived = data["routes"], data["arrived"]
        assert isinstance(routes, dict) and isinstance(arrived, list)
        self.routes.restore(routes)
        self.departures.serial = int(str(data["serial"]))
        self.departures.owed = float(str(data["owed"]))
        self._arrived = [int(id) for id in arrived]
        self.passed = np.array(data["passed"], np.int64)
        self.motion.junctions.idle_s = np.array(data["idle_s"], np.float64)


def _utc_offset_ms(city: City, now_ms: int) -> int:
    """The city's clock against UTC; by its longitude where the machine has no time zone data."""
    try:
        zone = ZoneInfo(city.meta.time_zone)
        offset = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone).utcoffset()
        return round(offset.total_seconds() * 1000) if offset else 0
    except (ZoneInfoNotFoundError, ValueError):
        return round(city.meta.longitude / 15.0) * 3_600_000
