"""Underpasses that fill: rain → runoff → basin volume against pump capacity, one basin an underpass."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from twin.city.model import City, Place
from twin.core.chance import generator
from twin.field.hazards.base import Floats, Ground, Hazard, Moment, Point, Site, Spot, VehicleWarning

_MM_H = 1.0 / 3.6e6  # m/s
_GAUGE_NEAR_M = 80.0
_AQUAPLANING = 7
_CALM_S = 45.0  # how long a crew watches a dry basin before it packs up


class FloodState(msgspec.Struct):
    """Columns over the underpasses, and the floods under way."""

    showers: int  # begun so far
    raining: bool
    clogged: np.ndarray  # (U,) bool
    inflow_m3_s: np.ndarray
    volume_m3: np.ndarray
    pumped_m3_s: np.ndarray
    dry_s: np.ndarray  # how long it has been dry
    cleared_s: np.ndarray  # how long crews have pumped at it
    floods: dict[int, Site]
    warned: int


class Floods(Hazard):
    """``volume' = inflow − pumps − trucks − spill``; the level is volume over the basin's area."""

    kind = "flood"
    tasks = ("pump",)
    reach_m = 160.0
    state: FloodState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.flood
        self.places = ground.city.of_kind("underpass")
        count = len(self.places)
        low, high = self._set.basin_m2
        self.area_m2 = np.array([min(max(_deck_m2(ground.city, place), low), high) for place in self.places])
        self._catchment_m2 = self.area_m2 * self._set.catchment_ratio
        self.capacity_m3_s = self._catchment_m2 * self._set.runoff * self._set.pump_design_mm_h * _MM_H
        self.basin_of = _basins(ground, self.places)
        self._trucks_m3_s = np.zeros(count)  # this second's help; never lasts beyond a step
        self.state = FloodState(
            showers=0,
            raining=False,
            clogged=np.zeros(count, np.bool_),
            inflow_m3_s=np.zeros(count),
            volume_m3=np.zeros(count),
            pumped_m3_s=np.zeros(count),
            dry_s=np.zeros(count),
            cleared_s=np.zeros(count),
            floods={},
            warned=0,
        )

    @property
    def level_m(self) -> Floats:
        """(U,) depth over the lowest point of each underpass."""
        return self.state.volume_m3 / self.area_m2 if len(self.places) else np.zeros(0)

    def step(self, now: Moment, taken: Sequence[Point]) -> list[VehicleWarning]:
        if not self.places:
            return []
        self._clog(now)
        state, dt = self.state, now.dt_s
        runoff = self._catchment_m2 * self._set.runoff * now.sky.rain_mm_h * _MM_H
        state.inflow_m3_s += (runoff - state.inflow_m3_s) * min(1.0, dt / self._set.lag_s)
        capacity = self.capacity_m3_s * np.where(state.clogged, self._set.clogged_share, 1.0)
        state.pumped_m3_s = np.minimum(capacity, state.inflow_m3_s + state.volume_m3 / 30.0)
        change = state.inflow_m3_s - state.pumped_m3_s - self._trucks_m3_s
        state.volume_m3 = np.clip(state.volume_m3 + change * dt, 0.0, self._set.rim_m * self.area_m2)
        self._trucks_m3_s[:] = 0.0
        level = self.level_m
        state.dry_s = np.where(level < self._set.dry_m, state.dry_s + dt, 0.0)
        self._follow(level, now)
        if round(now.since_s) % 2 == 0:
            self._wet_roads(level)
        return self._warnings(level, now)

    def spots(self) -> list[Spot]:
        return [
            Spot(self.kind, site.id, site.x_m, site.y_m, 60.0, self.tasks, site.touched)
            for site in self.state.floods.values()
        ]

    def labour(self, site: str, task: str, now: Moment) -> None:
        basin = self._basin(site)
        if basin is None:
            return
        state = self.state
        self._trucks_m3_s[basin] += self._set.truck_m3_s
        state.cleared_s[basin] += now.dt_s
        if state.cleared_s[basin] >= self._set.unclog_s:
            state.clogged[basin] = False
        if basin in state.floods:
            state.floods[basin].touched = True

    def finished(self, site: str, task: str) -> bool:
        basin = self._basin(site)
        return basin is None or bool(self.state.dry_s[basin] >= _CALM_S and not self.state.clogged[basin])

    def _clog(self, now: Moment) -> None:
        """With each new shower some intakes prove clogged: the next in a seeded order, or a few at random."""
        state, rates = self.state, self.ground.settings.hazards.rates
        if now.sky.rain_mm_h <= 0.0 or state.raining:
            state.raining = now.sky.rain_mm_h > 0.0
            return
        number, state.raining = state.showers, True
        state.showers += 1
        state.cleared_s[:] = 0.0
        count = len(self.places)
        if self.ground.settings.tempo == "demo":
            order = generator(self.ground.seed, "clogged").permutation(count)
            for turn in range(round(rates.demo.clogged)):
                state.clogged[order[(number * round(rates.demo.clogged) + turn) % count]] = True
        else:
            state.clogged |= generator(self.ground.seed, "clogged", number).random(count) < rates.real.clogged

    def _follow(self, level: Floats, now: Moment) -> None:
        for basin, place in enumerate(self.places):
            site = self.state.floods.get(basin)
            if site is None and level[basin] >= self._set.wet_m:
                site = Site(f"flood-{place.id}-{now.city_ms}", place.xy[0], place.xy[1], now.city_ms)
                self.state.floods[basin] = site
                self.began(site, place=place.id)
            elif site is not None and level[basin] < self._set.dry_m:
                del self.state.floods[basin]
                self.over(site, now)

    def _wet_roads(self, level: Floats) -> None:
        for basin, place in enumerate(self.places):
            for edge in place.edges:
                self.ground.traffic.set_depth(edge, round(float(level[basin]), 2))

    def _warnings(self, level: Floats, now: Moment) -> list[VehicleWarning]:
        """A car that drives into water tells of aquaplaning, once a minute at most from one underpass."""
        if round(now.since_s) % 60 != 7:
            return []
        told: list[VehicleWarning] = []
        traffic = self.ground.traffic
        for basin in self.state.floods:
            inside = np.flatnonzero(traffic.alive & np.isin(traffic.edge, self.places[basin].edges))
            if len(inside) and level[basin] > self._set.wet_m:
                row = int(inside[np.argmin(traffic.id[inside])])
                self.state.warned += 1
                told.append(
                    VehicleWarning(
                        int(traffic.id[row]),
                        self.state.warned % 4096,
                        _AQUAPLANING,
                        0,
                        float(traffic.x_m[row]),
                        float(traffic.y_m[row]),
                        now.city_ms,
                        90,
                    )
                )
        return told

    def _basin(self, site: str) -> int | None:
        return next((basin for basin, flood in self.state.floods.items() if flood.id == site), None)


def _deck_m2(city: City, place: Place) -> float:
    """Road surface of an underpass: its edges' length times lanes of 3.5 m."""
    edges = list(place.edges) or [place.entrance_edge]
    return float(sum(min(city.roads.length_m[e], 60.0) * city.roads.lanes[e] * 3.5 for e in edges))


def _basins(ground: Ground, places: tuple[Place, ...]) -> dict[int, int]:
    """Device index → underpass, for level gauges and pumps that watch one (by place, else by distance)."""
    by_id = {place.id: basin for basin, place in enumerate(places)}
    found: dict[int, int] = {}
    for kind in ("water_level", "pump"):
        for index in ground.of_kind(kind).tolist():
            device = ground.city.devices[index]
            basin = by_id.get(device.place)
            if basin is None and not device.place:
                basin = next((b for b, p in enumerate(places) if math.dist(p.xy, device.xy) < _GAUGE_NEAR_M), None)
            if basin is not None:
                found[index] = basin
    return found
