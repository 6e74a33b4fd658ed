"""A tree across a road: heard as it falls, an obstacle in its lanes, told of by some who come upon it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from twin.core.words import Mode, RoadClass
from twin.field.hazards.base import Floats, Ground, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import Planned, ScheduledHazard
from twin.field.hazards.passing import passers

_OBSTACLE = 10
_NOTICED_M = 45.0
_SHORTEST_M = 60.0
_OF_GALES = 100_000  # numbers of trees that gales fell begin here


class Trunk(Site):
    edge: int = 0
    obstacle: int = -1
    told: list[int] = msgspec.field(default_factory=list)  # vehicles that have told of it


class TreeState(Planned):
    """``gale_s``: how long it has blown hard since the last tree that a gale felled; ``felled`` by gales so far."""

    fallen: list[Trunk]
    warned: int = 0
    gale_s: float = 0.0
    felled: int = 0


class Trees(ScheduledHazard):
    kind = "tree"
    tasks = ("clear_tree",)
    reach_m = 110.0
    state: TreeState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.tree
        roads = ground.city.roads
        lined = (roads.road_class >= RoadClass.SECONDARY) & (roads.road_class <= RoadClass.TERTIARY)
        if not lined.any():
            lined = roads.road_class == RoadClass.RESIDENTIAL
        open_air = ~roads.tunnel & ~roads.bridge & ((roads.modes & Mode.CAR) != 0)
        self._edges = np.flatnonzero(lined & open_air & (roads.length_m > _SHORTEST_M))
        self._xy = np.array([_middle(roads.shape(int(edge))) for edge in self._edges]).reshape(-1, 2)
        self.state = TreeState(0, self.first_s, [])

    def step(self, now: Moment, taken: Sequence[Point]) -> list[VehicleWarning]:
        """By the calendar, and the gales fell more."""
        state = self.state
        if now.sky.wind_mps >= self._set.gale_mps:
            state.gale_s += now.dt_s
            if state.gale_s >= self._set.gale_s[self.ground.settings.tempo]:
                state.gale_s = 0.0
                state.felled += self.begin(_OF_GALES + state.felled, now, taken)
        return super().step(now, taken)

    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        chosen = self.ground.apart(self.kind, k, self._xy, taken, 250.0)
        if chosen < 0:
            return False
        edge = int(self._edges[chosen])
        offset = 0.5 * float(self.ground.city.roads.length_m[edge])
        obstacle = self.ground.traffic.block(edge, offset, range(self._set.lanes))
        x, y = self._xy[chosen]
        trunk = Trunk(f"tree-{k}", float(x), float(y), now.city_ms, edge=edge, obstacle=obstacle)
        self.state.fallen.append(trunk)
        self.began(trunk, road=self.ground.city.roads.feature[edge])
        return True

    def develop(self, now: Moment) -> list[VehicleWarning]:
        told: list[VehicleWarning] = []
        for trunk in self.state.fallen:
            for vehicle in passers(self.ground, trunk.id, trunk.x_m, trunk.y_m, _NOTICED_M, self._set.denm_share):
                if vehicle not in trunk.told:
                    trunk.told.append(vehicle)
                    self.state.warned += 1
                    told.append(
                        VehicleWarning(
                            vehicle,
                            12288 + self.state.warned % 4096,
                            _OBSTACLE,
                            0,
                            trunk.x_m,
                            trunk.y_m,
                            now.city_ms,
                            180,
                        )
                    )
        return told

    def spots(self) -> list[Spot]:
        return [
            Spot(self.kind, trunk.id, trunk.x_m, trunk.y_m, 40.0, self.tasks, trunk.touched)
            for trunk in self.state.fallen
        ]

    def complete(self, site: str, task: str, now: Moment) -> None:
        for trunk in list(self.state.fallen):
            if trunk.id == site:
                self.ground.traffic.unblock(trunk.obstacle)
                self.state.fallen.remove(trunk)
                self.over(trunk, now)

    def heard_db(self, xy: Floats, now: Moment) -> Floats:
        """(n,) level of a crash a few seconds old at places; nothing otherwise."""
        level = np.zeros(len(xy))
        for trunk in self.state.fallen:
            if now.city_ms - trunk.began_ms <= self._set.crash_s * 1000.0:
                away = np.maximum(np.hypot(xy[:, 0] - trunk.x_m, xy[:, 1] - trunk.y_m), 5.0)
                level = np.maximum(level, 112.0 - 20.0 * np.log10(away))
        return level


def _middle(line: Floats) -> Point:
    """The point half-way along a line."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate(([0.0], np.cumsum(steps)))
    half = 0.5 * along[-1]
    return float(np.interp(half, along, line[:, 0])), float(np.interp(half, along, line[:, 1]))
