"""Conditions on traffic around places of a kind: believed edge speeds as shares of free flow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.graph import drivable_edges, edge_lines
from twin.city.model import City
from twin.state.conditions import Crossing, SlowCondition
from twin.state.dwell import Dwell
from twin.state.ground import Ground
from twin.state.movers import MoverTable
from twin.state.speeds import EdgeSpeeds

_EVERY_MS: Final = 5_000


class Congestion:
    """P pairs of (condition, place); the edges around each place in one flat list."""

    def __init__(
        self, city: City, speeds: EdgeSpeeds, movers: MoverTable, conditions: Sequence[SlowCondition], ground: Ground
    ) -> None:
        self.conditions = tuple(conditions)
        self._speeds = speeds
        self._movers = movers
        self._zone = ZoneInfo(city.meta.time_zone)
        watched = [(index, place) for index, item in enumerate(self.conditions) for place in ground.places(item)]
        self._places = [place for _, place in watched]
        self.dwell = Dwell(self.conditions, [(index, f"place:{place.id}") for index, place in watched])
        around = self._around(city)
        self._edge = np.concatenate([*around, np.zeros(0, np.int64)]).astype(np.int64)
        self._pair = np.repeat(np.arange(len(around)), [len(edges) for edges in around])
        self._length_m = city.roads.length_m[self._edge]
        self.share = np.full(len(watched), np.nan)  # of free flow, over the edges heard of
        self.known = np.zeros(len(watched), np.int64)  # edges heard of
        self._seen = -1

    def _around(self, city: City) -> list[NDArray[np.int64]]:
        if not self._places:
            return []
        drivable = drivable_edges(city.roads)
        tree = shapely.STRtree(edge_lines(city.roads, drivable))
        points = [shapely.Point(place.xy) for place in self._places]
        radii = [self.conditions[index].radius_m for index in self.dwell.condition.tolist()]
        rows, found = tree.query(points, predicate="dwithin", distance=np.array(radii))
        return [np.sort(drivable[found[rows == pair]]).astype(np.int64) for pair in range(len(points))]

    def _of(self, name: str) -> NDArray[np.float64]:
        return np.array([getattr(condition, name) for condition in self.conditions], np.float64)[self.dwell.condition]

    def in_hours(self, condition: SlowCondition, now_ms: int) -> bool:
        if condition.hours is None:
            return True
        first, last = condition.hours
        hour = datetime.fromtimestamp(now_ms // 1000, self._zone).hour
        return first <= hour < last if first < last else hour >= first or hour < last

    def advance(self, now_ms: int) -> list[Crossing]:
        """Look every five seconds of city time."""
        if not len(self.dwell) or now_ms // _EVERY_MS == self._seen:
            return []
        self._seen = now_ms // _EVERY_MS
        count, edge, pair = len(self.dwell), self._edge, self._pair
        share = (self._speeds.believed(now_ms) / self._speeds.free_mps)[edge]
        age_ms = now_ms - self._speeds.heard_ms[edge]
        heard = (self._speeds.heard_ms[edge] >= 0) & (age_ms <= self._of("heard_s")[pair] * 1000)
        self.known = np.bincount(pair[heard], minlength=count)
        total = np.bincount(pair[heard], weights=share[heard], minlength=count)
        self.share = np.where(self.known > 0, total / np.maximum(self.known, 1), np.nan)
        beyond = self._jam(heard & (share < self._of("share")[pair]), count)
        beyond &= np.nan_to_num(self.share, nan=1.0) < self._of("clear_share")  # a queue at one light is no congestion
        jammed = self._jam(heard & (share < self._of("clear_share")[pair]), count)
        hours = np.array([self.in_hours(condition, now_ms) for condition in self.conditions])[self.dwell.condition]
        rises, falls = self.dwell.step(beyond & hours, ~jammed & (self.known > 0) & hours, now_ms)
        both = [(pair, True) for pair in rises.tolist()] + [(pair, False) for pair in falls.tolist()]
        return [self._crossing(pair, raised, now_ms) for pair, raised in sorted(both)]

    def _jam(self, slow: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
        """Whether so many edges, or so many metres of them, are slow around each place."""
        pair, queue_m = self._pair, self._of("queue_m")
        edges = np.bincount(pair[slow], minlength=count)
        metres = np.bincount(pair[slow], weights=self._length_m[slow], minlength=count)
        jam: NDArray[np.bool_] = (edges >= self._of("edges")) | ((queue_m > 0) & (metres >= queue_m))
        return jam

    def _crossing(self, pair: int, raised: bool, now_ms: int) -> Crossing:
        place, condition = self._places[pair], self.conditions[int(self.dwell.condition[pair])]
        share = float(self.share[pair])
        heard = int(self.known[pair])
        edges = int(np.count_nonzero(self._pair == pair))
        return Crossing(
            condition=condition.id,
            subject=f"place:{place.id}",
            raised=raised,
            city_ms=now_ms,
            observed_ms=now_ms,
            x_m=place.xy[0],
            y_m=place.xy[1],
            value=None if np.isnan(share) else round(share, 3),
            source="roads",
            provenance=int(self._movers.provenance.max(initial=0)),
            edge=place.entrance_edge,
            ended="" if raised else "calm",
            message=f"speeds:{place.id}@{now_ms}",
            coverage=round(heard / edges, 3) if edges else 0.0,
        )

    def state(self) -> list[Any]:
        return [self.dwell.state(), self.share, self.known, self._seen]

    def load(self, state: list[Any]) -> None:
        dwell, share, known, self._seen = state
        self.dwell.load(dwell)
        if len(share) == len(self.share):
            self.share, self.known = share.copy(), known.copy()
