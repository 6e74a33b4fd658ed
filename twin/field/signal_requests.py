"""Sirens ask lights: crews on an emergency drive send SREM as they near a light, and hear what became of it (SSEM)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from twin.city.model import City
from twin.city.units import Unit
from twin.field.crew import Crew
from twin.field.hazards.base import Moment
from twin.field.keeping import keep, regain
from twin.field.publish import Publisher
from twin.field.traffic import Traffic, Whereabouts
from twin.formats.quadkey import quadkey_levels
from twin.formats.srem import Asks, Request, Role, Srem, encode_srem
from twin.formats.ssem import Grant, Ssem
from twin.formats.topics import v2x_topic

_NEAR_M = 220.0
_SLOWEST_MPS = 5.0
_AGAIN_MS = 2000  # until answered
_ANSWERED_MS = 6000  # and while it has not passed, so that priority does not lapse
_LASTS_S = 12.0
_ROLES = {"fire_rescue": Role.FIRE, "police": Role.POLICE, "health": Role.AMBULANCE}
_FINAL = (Grant.GRANTED, Grant.REJECTED, Grant.RESERVICE_LOCKED, Grant.MAX_PRESENCE)


class Asked(msgspec.Struct):
    """What one crew has asked of the light ahead; ``vehicle`` is its station id, ``grant`` the last answer heard."""

    vehicle: int
    intersection: int
    group: int
    request: int
    sent_ms: int
    grant: int = 0


class RequestState(msgspec.Struct):
    asked: dict[str, Asked]
    count: int = 0


class SignalRequests:
    """A crew's source is ``unit_<unit>``; a request is renewed until answered, and cancelled once it has passed."""

    def __init__(self, city: City, units: Iterable[Unit], traffic: Traffic, publisher: Publisher) -> None:
        self._frame, self._traffic, self._publisher = city.frame, traffic, publisher
        self._units = {unit.id: unit for unit in units if unit.emergency}
        self._length_m = city.roads.length_m
        self._light = {
            edge: (crossing.number, group.number)
            for crossing in city.intersections
            for group in crossing.groups
            for edge in group.edges
        }
        self.state = RequestState({})

    def step(self, now: Moment, crews: dict[str, Crew]) -> None:
        """Once a second."""
        for unit in self._units.values():
            crew, asked = crews[unit.id], self.state.asked.get(unit.id)
            driving = crew.phase == "driving" and crew.vehicle >= 0
            if not driving and asked is None:
                continue
            at = self._traffic.position(crew.vehicle) if crew.vehicle >= 0 else None
            light, away_m = self._ahead(at) if driving and at is not None else (None, 0.0)
            if asked is not None and light != (asked.intersection, asked.group):
                self._say(unit, asked, Asks.CANCELLATION, at, now, 0.0)
                del self.state.asked[unit.id]
                asked = None
            if light is None or at is None:
                continue
            if asked is None:
                self.state.count += 1
                asked = Asked(crew.vehicle, *light, self.state.count % 256, now.city_ms)
                self.state.asked[unit.id] = asked
                self._say(unit, asked, Asks.PRIORITY, at, now, away_m)
            elif now.city_ms - asked.sent_ms >= (_ANSWERED_MS if asked.grant in _FINAL else _AGAIN_MS):
                self._say(unit, asked, Asks.UPDATE, at, now, away_m)

    def heard(self, ssem: Ssem) -> None:
        """What became of requests; those of others are ignored."""
        for answer in ssem.answers:
            for asked in self.state.asked.values():
                if (asked.vehicle, asked.intersection, asked.request) == (
                    answer.station_id, answer.intersection, answer.request,
                ):  # fmt: skip
                    asked.grant = answer.grant

    def _ahead(self, at: Whereabouts) -> tuple[tuple[int, int] | None, float]:
        """Number and group of the light at the end of the edge, where it is near, and the metres to it."""
        away_m = float(self._length_m[at.edge]) - at.offset_m
        light = self._light.get(at.edge)
        return (light, away_m) if light is not None and not at.parked and away_m <= _NEAR_M else (None, away_m)

    def _say(
        self, unit: Unit, asked: Asked, asks: Asks, at: Whereabouts | None, now: Moment, away_m: float
    ) -> None:  # fmt: skip
        if at is None:
            return
        asked.sent_ms = now.city_ms
        longitude, latitude = self._frame.to_lonlat(at.x_m, at.y_m)
        over = asks is Asks.CANCELLATION
        request = Request(
            intersection=asked.intersection, request=asked.request, asks=asks, group=asked.group,
            arrives_ms=-1 if over else now.city_ms + round(1000 * away_m / max(at.speed_mps, _SLOWEST_MPS)),
            lasts_s=0.0 if over else _LASTS_S,
        )  # fmt: skip
        srem = Srem(
            source=f"unit_{unit.id}", station_id=asked.vehicle, time_ms=now.city_ms, latitude=float(latitude),
            longitude=float(longitude), requests=(request,), sequence=self.state.count % 128,
            role=_ROLES.get(unit.department, Role.EMERGENCY), name=unit.id, heading_deg=at.heading_deg,
            speed_mps=at.speed_mps,
        )  # fmt: skip
        tail = quadkey_levels(latitude, longitude)[0]
        topic = v2x_topic(self._publisher.namespace, "srem", srem.source, tail)
        self._publisher.send("srem", topic, encode_srem(srem))

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, RequestState)
