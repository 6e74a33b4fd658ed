"""What the water on the roads does to drivers: rain slows everybody, a burst main those who come by."""

from __future__ import annotations

import msgspec
import numpy as np

from twin.field.hazards.base import Moment
from twin.field.hazards.main import Mains
from twin.field.keeping import keep, regain
from twin.field.traffic import Traffic

_SLOWS = 0.25  # of the limit, in heavy rain
_HEAVY_MM_H = 60.0
_STEP = 0.05  # the finest change that is passed on
_REACH_M = 70.0
_BURST_DEPTH_M = 0.09
_BURST_SHARE = 0.6
_EVERY_S = 5.0


class Wet(msgspec.Struct):
    """What was passed on to the traffic last."""

    share: float
    edges: list[int]


class Surface:
    def __init__(self, traffic: Traffic, mains: Mains) -> None:
        self._traffic, self._mains = traffic, mains
        roads = traffic.city.roads
        self._middle = np.array([roads.shape(edge).mean(axis=0) for edge in range(len(roads))]).reshape(-1, 2)
        under = {edge for place in traffic.city.of_kind("underpass") for edge in place.edges}
        self._dry = frozenset(under)  # whose depth the floods know
        self.state = Wet(1.0, [])

    def step(self, now: Moment) -> None:
        if now.since_s % _EVERY_S:
            return
        share = 1.0 - _SLOWS * min(1.0, now.sky.rain_mm_h / _HEAVY_MM_H)
        share = round(round(share / _STEP) * _STEP, 2)
        wet = sorted({edge for x, y in self._mains.spouting() for edge in self._near(x, y)})
        if (share, wet) == (self.state.share, self.state.edges):
            return
        for edge in sorted({*self.state.edges, *wet}):
            self._traffic.set_depth(edge, _BURST_DEPTH_M if edge in wet else 0.0)
        self._traffic.set_surface(share)
        if wet:
            self._traffic.set_surface(round(share * _BURST_SHARE, 3), wet)
        self.state = Wet(share, wet)

    def _near(self, x_m: float, y_m: float) -> list[int]:
        away = np.hypot(self._middle[:, 0] - x_m, self._middle[:, 1] - y_m)
        return [edge for edge in np.flatnonzero(away < _REACH_M).tolist() if edge not in self._dry]

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, Wet)
