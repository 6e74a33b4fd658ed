"""What each kind of device would read if it were perfect: truth sampled from weather, hazards, traffic and people."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from twin.core.chance import generator
from twin.field.devices import Slots
from twin.field.hazards.all import Hazards
from twin.field.hazards.base import Floats, Ground, Moment
from twin.field.keeping import keep, regain

_SMOOTH_S = 45.0
_NEAR_M = 130.0
_CROWDS = {
    "metro": 260.0,
    "bus_station": 140.0,
    "mall": 420.0,
    "market": 240.0,
    "park": 160.0,
    "square": 200.0,
    "school": 320.0,
    "university": 420.0,
    "hospital": 300.0,
    "service_hall": 90.0,
    "library": 110.0,
}
"""People at such a place at its busiest."""


class TrafficSeen(msgspec.Struct):
    """Smoothed traffic at counters, and vehicles near noise meters and air stations."""

    flow_min: np.ndarray  # by traffic counter
    speed_mps: np.ndarray
    passed: np.ndarray  # by traffic counter, vehicles since the beginning
    near: np.ndarray  # by device, vehicles within reach; only kept for noise and air


class Sensing:
    """One column of truth, in slot order. ``people_at`` counts residents by place."""

    def __init__(self, ground: Ground, slots: Slots, hazards: Hazards) -> None:
        self._ground, self._slots, self._hazards = ground, slots, hazards
        city = ground.city
        self._edge = np.array([device.edge for device in city.devices], dtype=np.int64)
        kinds = {place.id: place.kind for place in city.places}
        self._crowd = np.array([_CROWDS.get(kinds.get(device.place, ""), 60.0) for device in city.devices])
        draws = generator(ground.seed, "sensing").random((len(city.devices), 3))
        self._own, self._phase_s = draws[:, 0], draws[:, 1] * 3600.0
        self._listeners = np.concatenate((ground.of_kind("noise"), ground.of_kind("air")))
        counters = len(ground.of_kind("traffic_counter"))
        self.state = TrafficSeen(
            np.zeros(counters), self._limits(), np.zeros(counters, np.int64), np.zeros(len(city.devices))
        )

    def sample(self, now: Moment, people_at: dict[str, int]) -> Floats:
        """(S,) in canonical units."""
        truth = np.zeros(len(self._slots))
        if len(self._listeners) and round(now.since_s) % 5 == 0:
            self._listen()
        self._put(truth, "rain_gauge", now.sky.rain_mm_h * (0.92 + 0.16 * self._own[self._rows("rain_gauge")]))
        self._water(truth, now)
        self._air(truth, now)
        self._put(truth, "noise", self._noise(now))
        self._put(truth, "smoke", self._hazards.fires.smoke())
        self._put(truth, "smoke", 23.0 + 0.1 * now.sky.temperature_c + self._hazards.fires.heat(), 1)
        commanded = self._hazards.lamps.commanded(now)
        self._put(truth, "street_lamp", self._hazards.lamps.power_w(commanded))
        self._put(truth, "street_lamp", commanded, 1)
        self._put(truth, "manhole_cover", self._hazards.covers.tilt_deg())
        self._put(truth, "bin", self._hazards.bins.fill())
        self._put(truth, "river_level", self._hazards.rivers.levels())
        self._put(truth, "light_monitor", self._hazards.light_failures.fault())
        self._put(truth, "light_monitor", self._hazards.light_failures.power_w(), 1)
        self._put(truth, "service_kiosk", self._hazards.kiosks.fault())
        self._put(truth, "service_kiosk", self._hazards.kiosks.power_w(), 1)
        self._put(truth, "gas", self._hazards.gas.lel(now))
        self._put(truth, "care_alarm", self._hazards.care.pressed())
        self._put(truth, "lane_camera", self._hazards.fire_lanes.occupied(now))
        self._put(truth, "pipe_pressure", self._hazards.mains.pressure_pa())
        self._put(truth, "parking", self._parking(now))
        self._put(truth, "crowd", self._people(now, people_at))
        self._put(truth, "structure_tilt", 0.02 * (now.sky.temperature_c - 19.0) * self._rows_own("structure_tilt"))
        self._count_traffic(now)
        self._put(truth, "traffic_counter", self.state.flow_min)
        self._put(truth, "traffic_counter", self.state.speed_mps, 1)
        return truth

    def _rows(self, kind: str) -> NDArray[np.int64]:
        return self._ground.of_kind(kind)

    def _rows_own(self, kind: str) -> Floats:
        return self._own[self._rows(kind)] - 0.5

    def _put(self, truth: Floats, kind: str, values: Floats, quantity: int = 0) -> None:
        rows = self._rows(kind)
        if len(rows):
            truth[self._slots.first[rows] + quantity] = values

    def _water(self, truth: Floats, now: Moment) -> None:
        level, floods = self._hazards.floods.level_m, self._hazards.floods
        gauges = self._rows("water_level")
        tide = 1.4 + 0.25 * math.sin(now.sky.day_s / 44_700.0 * 2 * math.pi) + 0.002 * now.sky.rain_mm_h
        pumps = self._rows("pump")
        pumped = floods.state.pumped_m3_s
        self._put(
            truth,
            "water_level",
            np.array([level[floods.basin_of[i]] if i in floods.basin_of else tide for i in gauges.tolist()]),
        )
        self._put(
            truth,
            "pump",
            np.array([pumped[floods.basin_of[i]] if i in floods.basin_of else 0.0 for i in pumps.tolist()]),
        )

    def _air(self, truth: Floats, now: Moment) -> None:
        rows = self._rows("air")
        if not len(rows):
            return
        xy, sky = self._ground.device_xy[rows], now.sky
        hour = sky.day_s / 3600.0
        rush = math.exp(-(((hour - 8.0) / 2.0) ** 2)) + math.exp(-(((hour - 18.0) / 2.0) ** 2))
        washed = 1.0 / (1.0 + sky.rain_mm_h / 60.0)
        near = self.state.near[rows]
        dust = self._hazards.airs.particles(xy, sky)
        smoke = self._hazards.fires.particles(xy, sky, self._ground.settings.hazards.air.near_m)
        background = (26.0 + 10.0 * rush + 6.0 * self._own[rows]) * washed
        coarse = self._hazards.dust.coarse(xy, sky)
        fine = dust + smoke + self._ground.settings.hazards.dust.fine_share * coarse
        self._put(truth, "air", np.minimum(background + 0.2 * near + fine, 1000.0))
        self._put(truth, "air", (18.0 + 14.0 * rush) * washed + 0.9 * near, 1)
        self._put(truth, "air", np.minimum(1.7 * background + 0.5 * near + dust + smoke + coarse, 4000.0), 2)

    def _noise(self, now: Moment) -> Floats:
        rows = self._rows("noise")
        near = self.state.near[rows]
        base = 44.0 + 6.0 * now.sky.daylight + 4.0 * self._own[rows] + 0.06 * now.sky.rain_mm_h
        loud = np.maximum(base, 50.0 + 7.0 * np.log10(1.0 + near))
        xy = self._ground.device_xy[rows]
        loud = np.maximum(loud, self._hazards.noise.heard_db(xy))
        return np.asarray(np.maximum(loud, self._hazards.trees.heard_db(xy, now)))

    def _parking(self, now: Moment) -> Floats:
        rows = self._rows("parking")
        day = math.exp(-(((now.sky.day_s / 3600.0 - 13.5) / 5.0) ** 2))
        wave = np.sin((now.sky.day_s + self._phase_s[rows]) / 1900.0)
        return np.clip(0.25 + 0.25 * self._own[rows] + 0.45 * day + 0.05 * wave, 0.0, 1.0)

    def _people(self, now: Moment, people_at: dict[str, int]) -> Floats:
        rows = self._rows("crowd")
        here = np.array([people_at.get(self._ground.city.devices[row].place, 0) for row in rows.tolist()])
        hour = now.sky.day_s / 3600.0
        busy = 0.05 + 0.9 * math.exp(-(((hour - 13.0) / 4.5) ** 2))
        wave = 0.5 + 0.2 * np.sin((now.sky.day_s + self._phase_s[rows]) / 700.0) + 0.3 * self._own[rows]
        dampened = 1.0 - 0.5 * min(1.0, now.sky.rain_mm_h / 50.0)
        usual = self._crowd[rows] * busy * dampened * wave
        return np.asarray(np.round(usual + here + self._hazards.crowds.more()), np.float64)

    def _count_traffic(self, now: Moment) -> None:
        rows = self._rows("traffic_counter")
        if not len(rows):
            return
        traffic, watched = self._ground.traffic, self._edge[rows]
        on_road = watched >= 0
        passed = np.where(on_road, traffic.passed[watched], 0)
        mean = np.where(on_road, traffic.edge_speed_mps()[watched], np.nan)
        flow = np.minimum((passed - self.state.passed) * 60.0 / now.dt_s, 280.0)
        share = now.dt_s / _SMOOTH_S
        self.state.flow_min += share * (flow - self.state.flow_min)
        self.state.speed_mps += share * (np.where(np.isnan(mean), self.state.speed_mps, mean) - self.state.speed_mps)
        self.state.passed = passed

    def _limits(self) -> Floats:
        watched = self._edge[self._rows("traffic_counter")]
        return np.where(watched >= 0, 0.8 * self._ground.city.roads.speed_mps[watched].astype(np.float64), 8.0)

    def _listen(self) -> None:
        """Vehicles within reach of each noise meter and air station."""
        traffic, xy = self._ground.traffic, self._ground.device_xy[self._listeners]
        x, y = traffic.x_m[traffic.alive], traffic.y_m[traffic.alive]
        east, north = xy[:, :1] - x[None, :], xy[:, 1:] - y[None, :]
        who, near = np.nonzero((np.abs(east) < _NEAR_M) & (np.abs(north) < _NEAR_M))
        close = who[np.hypot(east[who, near], north[who, near]) < _NEAR_M]
        self.state.near[self._listeners] = np.bincount(close, minlength=len(xy))

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, TrafficSeen)
