"""What vehicles and traffic light controllers say: CAM, DENM and SPATEM on their quadkey topics."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from twin.city.model import City
from twin.core.frame import LocalFrame
from twin.core.words import StationType
from twin.field.hazards.base import VehicleWarning
from twin.field.keeping import keep, regain
from twin.field.lights import GroupState as LightGroup
from twin.field.publish import UNBOUNDED, Bounds, Publisher
from twin.field.traffic import Traffic
from twin.formats.cam import encode_cam_columns
from twin.formats.denm import Denm, encode_denm
from twin.formats.quadkey import quadkey_levels
from twin.formats.spatem import GroupState, Spatem, encode_spatem
from twin.formats.topics import v2x_topic

_QUALITY = 5
_PUBLIC_TRANSPORT = 1
_REFRESH_MS = 1000
_REFRESH_SHARE = 0.15  # of the budget may repeat lights that did not change


class Shown(msgspec.Struct):
    """By intersection: the states sent last, when they change at the earliest, how its controller had failed; whose
    turn it is to repeat. And the CAMs of this second."""

    shown: list[list[int]]
    look_ms: np.ndarray
    failed: np.ndarray
    turn: int = 0
    cam_second: int = -1  # the second that ``cams`` were sent in
    cams: int = 0


class Radios:
    """The field's V2X senders. Light controllers are known by ``tlc_<intersection id>``, vehicles by ``veh_<id>``."""

    def __init__(self, city: City, traffic: Traffic, publisher: Publisher, bounds: Bounds = UNBOUNDED) -> None:
        self._bounds = bounds
        self._frame: LocalFrame = city.frame
        self._traffic, self._publisher = traffic, publisher
        self._crossings = city.intersections
        self._tails = [self._tail(*city.roads.node_xy[crossing.node].tolist()) for crossing in city.intersections]
        count = len(city.intersections)
        self.state = Shown([[] for _ in range(count)], np.zeros(count, np.int64), np.zeros(count, np.uint8))

    def warn(self, warning: VehicleWarning, city_ms: int) -> None:
        """A DENM; always sent."""
        longitude, latitude = self._frame.to_lonlat(warning.x_m, warning.y_m)
        source = f"veh_{warning.vehicle}"
        denm = Denm(
            source=source, station_id=warning.vehicle, sequence=warning.sequence, detection_ms=warning.detected_ms,
            reference_ms=city_ms, latitude=float(latitude), longitude=float(longitude), time_ms=city_ms,
            cause=warning.cause, subcause=warning.subcause, quality=_QUALITY, validity_s=warning.validity_s,
            terminated="cancelled" if warning.cancelled else None, station_type=StationType.CAR,
        )  # fmt: skip
        self._send("denm", source, self._tail(warning.x_m, warning.y_m), encode_denm(denm))

    def lights(self, city_ms: int) -> None:
        """Every controller whose lights change now; and all in turn, once a second where the budget is ample."""
        state = self.state
        spare = int(self._publisher.budget_per_city_s * _REFRESH_SHARE)
        turn = (state.turn + np.arange(min(len(self._crossings), spare))) % max(len(self._crossings), 1)
        if city_ms % _REFRESH_MS or not self._bounds.repeats:
            turn = turn[:0]
        state.turn = int(turn[-1]) + 1 if len(turn) else state.turn
        failed = self._traffic.lights.failed
        look = (state.look_ms <= city_ms) | (failed != state.failed)
        state.failed = failed.copy()
        for index in np.union1d(np.flatnonzero(look), turn).tolist():
            groups = self._traffic.light_states(index)
            shown = [int(group.state) for group in groups]
            ends = [group.min_end_ms for group in groups if group.min_end_ms >= 0]
            state.look_ms[index] = min(ends, default=city_ms + _REFRESH_MS)
            if not groups:
                state.shown[index] = []  # a dark controller is silent
            elif shown != state.shown[index] or index in turn:
                state.shown[index] = shown
                self._show(index, groups, city_ms)

    def _show(self, index: int, groups: tuple[LightGroup, ...], city_ms: int) -> None:
        crossing = self._crossings[index]
        spatem = Spatem(
            source=f"tlc_{crossing.id}", intersection=crossing.number, time_ms=city_ms, station_id=crossing.number,
            groups=tuple(GroupState(g.group, int(g.state), g.min_end_ms, g.max_end_ms) for g in groups),
        )  # fmt: skip
        self._send("spat", spatem.source, self._tails[index], encode_spatem([spatem]))

    def aware(self, city_ms: int) -> None:
        """CAMs of those vehicles whose motion calls for one, with what budget is left."""
        rows = self._traffic.cams(self._room(city_ms))
        if not len(rows):
            return
        self.state.cams += len(rows)
        sources, tails, payloads = self._cams(rows, city_ms)
        for source, tail, payload in zip(sources, tails, payloads, strict=True):
            self._send("cam", source, tail, payload)

    def _room(self, city_ms: int) -> int:
        """How many CAMs may leave now: what is left of their own bound in this second."""
        room = self._publisher.room
        if self._bounds.cams_per_city_s is None:
            return room
        if city_ms // 1000 != self.state.cam_second:
            self.state.cam_second, self.state.cams = city_ms // 1000, 0
        return max(0, min(room, int(self._bounds.cams_per_city_s) - self.state.cams))

    def _cams(self, rows: NDArray[np.int64], city_ms: int) -> tuple[list[str], list[str], list[bytes]]:
        """Who speaks of these rows of the traffic, the tails of their topics, and what they say."""
        traffic = self._traffic
        longitude, latitude = self._frame.to_lonlat(traffic.x_m[rows], traffic.y_m[rows])
        number, kind = traffic.id[rows], traffic.kind[rows]
        sources = [f"veh_{id}" for id in number.tolist()]
        payloads = encode_cam_columns(
            sources, city_ms, number, kind, latitude, longitude, heading_deg=traffic.heading_deg[rows],
            speed_mps=traffic.speed_mps[rows], acceleration_mps2=traffic.acceleration_mps2[rows],
            length_m=traffic.length_m[rows], width_m=traffic.width_m[rows],
            role=np.where(kind == StationType.BUS, _PUBLIC_TRANSPORT, 0),
        )  # fmt: skip
        return sources, quadkey_levels(latitude, longitude), payloads

    def _send(self, word: str, source: str, tail: str, payload: bytes) -> None:
        self._publisher.send(word, v2x_topic(self._publisher.namespace, word, source, tail), payload)

    def _tail(self, x_m: float, y_m: float) -> str:
        longitude, latitude = self._frame.to_lonlat(x_m, y_m)
        return quadkey_levels(latitude, longitude)[0]

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, Shown)
