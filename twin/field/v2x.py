"""What vehicles and traffic light controllers say: CAM, DENM and SPATEM on their quadkey topics."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.city.model import City
from twin.core.frame import LocalFrame
from twin.core.words import StationType
from twin.field.hazards.base import VehicleWarning
from twin.field.publish import Publisher
from twin.field.traffic import Traffic
from twin.formats.cam import Cam, encode_cam
from twin.formats.denm import Denm, encode_denm
from twin.formats.quadkey import quadkey_levels
from twin.formats.spatem import GroupState, Spatem, encode_spatem
from twin.formats.topics import v2x_topic

_QUALITY = 5
_PUBLIC_TRANSPORT = 1
_SPAT_EVERY_MS = 1000


class Radios:
    """The field's V2X senders. Light controllers are known by ``tlc_<intersection id>``, vehicles by ``veh_<id>``."""

    def __init__(self, city: City, traffic: Traffic, publisher: Publisher) -> None:
        self._frame: LocalFrame = city.frame
        self._traffic, self._publisher = traffic, publisher
        self._crossings = city.intersections
        self._tails = [self._tail(*city.roads.node_xy[crossing.node].tolist()) for crossing in city.intersections]
        self.shown: dict[str, tuple[int, ...]] = {}  # states last sent, by intersection

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
        """Every controller that changed now; all of them once a second while the budget lasts."""
        refresh = city_ms % _SPAT_EVERY_MS == 0
        for index, crossing in enumerate(self._crossings):
            groups = self._traffic.light_states(index)
            states = tuple(group.state for group in groups)
            changed = self.shown.get(crossing.id) != states
            if not changed and not (refresh and self._publisher.room):
                continue
            self.shown[crossing.id] = states
            source = f"tlc_{crossing.id}"
            spatem = Spatem(
                source=source, intersection=crossing.number, time_ms=city_ms, station_id=crossing.number,
                groups=tuple(GroupState(g.group, g.state, g.min_end_ms, g.max_end_ms) for g in groups),
            )  # fmt: skip
            self._send("spat", source, self._tails[index], encode_spatem([spatem]))

    def aware(self, city_ms: int) -> None:
        """CAMs of those vehicles whose motion calls for one, with what budget is left."""
        rows = self._traffic.cams(self._publisher.room)
        if not len(rows):
            return
        for cam, tail in zip(*self._cams(rows, city_ms), strict=True):
            self._send("cam", cam.source, tail, encode_cam(cam))

    def _cams(self, rows: NDArray[np.int64], city_ms: int) -> tuple[list[Cam], list[str]]:
        """The messages of these rows of the traffic, and the tails of their topics."""
        traffic = self._traffic
        longitude, latitude = self._frame.to_lonlat(traffic.x_m[rows], traffic.y_m[rows])
        columns = zip(
            traffic.id[rows].tolist(), traffic.kind[rows].tolist(), latitude.tolist(), longitude.tolist(),
            traffic.heading_deg[rows].tolist(), traffic.speed_mps[rows].tolist(),
            traffic.acceleration_mps2[rows].tolist(), traffic.length_m[rows].tolist(), traffic.width_m[rows].tolist(),
            strict=True,
        )  # fmt: skip
        cams = [
            Cam(
                source=f"veh_{id}", station_id=id, station_type=kind, latitude=north, longitude=east, time_ms=city_ms,
                heading_deg=heading, speed_mps=speed, acceleration_mps2=push, length_m=length, width_m=width,
                role=_PUBLIC_TRANSPORT if kind == StationType.BUS else 0,
            )
            for id, kind, north, east, heading, speed, push, length, width in columns
        ]  # fmt: skip
        return cams, quadkey_levels(latitude, longitude)

    def _send(self, word: str, source: str, tail: str, payload: bytes) -> None:
        self._publisher.send(word, v2x_topic(self._publisher.namespace, word, source, tail), payload)

    def _tail(self, x_m: float, y_m: float) -> str:
        longitude, latitude = self._frame.to_lonlat(x_m, y_m)
        return quadkey_levels(latitude, longitude)[0]
