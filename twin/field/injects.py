"""Injects 情景注入 of an exercise: what is made to go wrong in the field, when and where. The twin hears of them as it
hears of everything, by messages alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import numpy as np

from twin.core.chance import fraction
from twin.core.words import Mode
from twin.field.devices import Devices
from twin.field.hazards.all import Hazards
from twin.field.hazards.base import Floats, Ground, Moment, Point, Site
from twin.field.keeping import keep, regain
from twin.field.met import MetService
from twin.field.settings import Settings, quieted
from twin.field.sightings import Sightings
from twin.field.virtual_life import VirtualLife
from twin.formats.civic import Channel, WarningKind

FIRST = 20_000
"""Injected hazards are numbered from here on, apart from the calendar's own."""
_TRY_FOR_S = 60.0

InjectKind = Literal["hazard", "silence", "stuck", "report", "warning", "closure", "rush", "misconduct", "rumour"]


@dataclass(frozen=True, slots=True)
class Near:
    """Where: a place by id, a seeded one of a kind of place, or where an earlier inject was. Empty: anywhere."""

    place: str = ""
    kind: str = ""
    inject: str = ""


@dataclass(frozen=True, slots=True)
class Inject:
    """One thing that is made to happen ``at_s`` after the field's start.

    ``what`` names a kind of hazard (hazard), of device (silence, stuck), of matter that is told of (report), or of
    warning; a report is true of the hazard of inject ``of``, else of nothing that is there. ``for_s`` is how long a
    device, warning or closure lasts, ``value`` what a stuck device reads. In the virtual place ``within`` a *rush* of
    ``value`` people comes in, *misconduct* ``what`` is reported by so many, or somebody says the *rumour* ``what``,
    which sends people ``near``.
    """

    id: str
    at_s: float
    kind: InjectKind
    what: str = ""
    near: Near = field(default_factory=Near)
    of: str = ""
    channel: Channel = "12345"
    for_s: float = 600.0
    value: float = 0.0
    level: int = 4
    within: str = ""


@dataclass(frozen=True, slots=True)
class Background:
    """What goes wrong beside the injects: kinds of hazard that keep their usual rate, rain, devices' faults, and
    residents who report what is not there."""

    hazards: tuple[str, ...] = ()
    rain: bool = False
    faults: bool = False
    false_reports: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """All that an exercise asks of the field."""

    injects: tuple[Inject, ...] = ()
    background: Background = field(default_factory=Background)


def staged(script: Script | None, settings: Settings) -> Settings:
    """The field's settings as they are; in an exercise nothing else goes wrong than it allows."""
    if script is None:
        return settings
    allowed = script.background
    return quieted(
        settings, allowed.hazards, rain=allowed.rain, faults=allowed.faults, false_reports=allowed.false_reports
    )


class Made(msgspec.Struct):
    """An inject that happened: ``subject`` is the hazard's id, the device's, or who reported."""

    subject: str
    x_m: float
    y_m: float


class InjectState(msgspec.Struct):
    made: dict[str, Made]
    failed: list[str]
    closed: dict[int, float]  # edge → until, seconds since the start


class Injects:
    """Steps once a second, before the hazards. What finds no place is tried again for a minute, then noted failed."""

    def __init__(
        self, script: Script, ground: Ground, hazards: Hazards, devices: Devices, sightings: Sightings, met: MetService,
        virtual: VirtualLife,
    ) -> None:  # fmt: skip
        self._virtual = virtual
        self._script, self._ground = script, ground
        self._hazards, self._devices, self._sightings, self._met = hazards, devices, sightings, met
        self._makers: dict[str, Callable[[int, Inject, Moment], Made | None]] = {
            "hazard": self._hazard, "silence": self._silence, "stuck": self._stuck, "report": self._report,
            "warning": self._warning, "closure": self._closure, "rush": self._rush,
            "misconduct": self._misconduct, "rumour": self._rumour,
        }  # fmt: skip
        self.state = InjectState({}, [], {})
        self._want()

    def step(self, now: Moment) -> None:
        state = self.state
        for number, inject in enumerate(self._script.injects):
            if now.since_s < inject.at_s or inject.id in state.made or inject.id in state.failed:
                continue
            made = self._makers[inject.kind](number, inject, now)
            if made is not None:
                state.made[inject.id] = made
                self._note(inject, made, now, "made")
            elif now.since_s >= inject.at_s + _TRY_FOR_S:
                state.failed.append(inject.id)
                self._note(inject, Made("", 0.0, 0.0), now, "failed")

    def closed(self, now: Moment) -> list[int]:
        """Edges that are closed to traffic without anybody having told the twin."""
        return [edge for edge, until_s in self.state.closed.items() if now.since_s < until_s]

    def _note(self, inject: Inject, made: Made, now: Moment, what: str) -> None:
        site = Site(inject.id, made.x_m, made.y_m, now.city_ms)
        self._ground.note(now.city_ms, "inject", site, what, makes=inject.kind, subject=made.subject, of=inject.what)

    def _hazard(self, number: int, inject: Inject, now: Moment) -> Made | None:
        hazard = self._hazards.of(inject.what)
        taken = [(spot.x_m, spot.y_m) for spot in self._hazards.spots()]
        site = hazard.bring_about(FIRST + number, now, taken)
        return None if site is None else Made(site.id, site.x_m, site.y_m)

    def _silence(self, number: int, inject: Inject, now: Moment) -> Made | None:
        device = self._device(inject)
        if device < 0:
            return None
        self._devices.silence(device, now.since_s + inject.for_s)
        return self._of_device(device)

    def _stuck(self, number: int, inject: Inject, now: Moment) -> Made | None:
        device = self._device(inject)
        if device < 0:
            return None
        self._devices.force(device, inject.value, now.since_s + inject.for_s)
        return self._of_device(device)

    def _report(self, number: int, inject: Inject, now: Moment) -> Made | None:
        of = self.state.made.get(inject.of)
        if inject.of and of is None:
            return None
        x, y = (of.x_m, of.y_m) if of is not None else self._beside_a_road(inject)
        site = of.subject if of is not None else ""
        who = self._sightings.tell(inject.what, x, y, inject.channel, site, now)
        return Made(who, x, y) if who else None

    def _warning(self, number: int, inject: Inject, now: Moment) -> Made | None:
        kind = msgspec.convert(inject.what, WarningKind)
        self._met.give(kind, inject.level, now.city_ms, now.city_ms + round(inject.for_s * 1000))
        return Made(inject.what, 0.0, 0.0)

    def _rush(self, number: int, inject: Inject, now: Moment) -> Made | None:
        came = self._virtual.rush(inject.within, round(inject.value), now)
        return Made(inject.within, 0.0, 0.0) if came else None

    def _misconduct(self, number: int, inject: Inject, now: Moment) -> Made | None:
        who = self._virtual.misbehave(inject.within, inject.what, round(inject.value), now)
        return Made(who, 0.0, 0.0) if who else None

    def _rumour(self, number: int, inject: Inject, now: Moment) -> Made | None:
        """Where people will gather is where it happens."""
        x, y = self._spot(inject)
        places = self._ground.city.of_kind(inject.near.kind) if inject.near.kind else self._ground.city.places
        target = min(places, key=lambda place: (math.hypot(place.xy[0] - x, place.xy[1] - y), place.id))
        who = self._virtual.spread(inject.within, inject.what, target.id, now)
        return Made(who, *target.xy) if who else None

    def _closure(self, number: int, inject: Inject, now: Moment) -> Made | None:
        roads, edge = self._ground.city.roads, self._road(self._spot(inject))
        edges = [edge] if roads.reverse[edge] < 0 else [edge, int(roads.reverse[edge])]
        for each in edges:
            self.state.closed[each] = now.since_s + inject.for_s
        x, y = roads.shape(edge)[0]
        return Made(str(roads.feature[edge]), float(x), float(y))

    def _want(self) -> None:
        """Tell the hazards where theirs are to happen, as far as that is known at the start."""
        for number, inject in enumerate(self._script.injects):
            if inject.kind == "hazard" and inject.near != Near():
                self._ground.wanted[inject.what, FIRST + number] = self._spot(inject)

    def _spot(self, inject: Inject) -> Point:
        """The point that an inject is near to; a seeded place of the city where it says nothing."""
        near, city = inject.near, self._ground.city
        if near.inject:
            other = next(one for one in self._script.injects if one.id == near.inject)
            return self._spot(other)
        if near.place:
            return next(place.xy for place in city.places if place.id == near.place)
        places = city.of_kind(near.kind) if near.kind else city.places
        pick = fraction(self._ground.seed, "inject", inject.id, "where")
        return places[math.floor(pick * len(places))].xy

    def _device(self, inject: Inject) -> int:
        """The index of the nearest device of the kind; -1 where the city has none."""
        rows = self._ground.of_kind(inject.what)
        found = self._ground.nearest(self._ground.device_xy[rows], self._spot(inject))
        return int(rows[found]) if found >= 0 else -1

    def _of_device(self, index: int) -> Made:
        device = self._ground.city.devices[index]
        return Made(device.id, device.xy[0], device.xy[1])

    def _beside_a_road(self, inject: Inject) -> Point:
        """Where something could lie: the middle of the nearest road."""
        line = self._ground.city.roads.shape(self._road(self._spot(inject)))
        x, y = line[len(line) // 2]
        return float(x), float(y)

    def _road(self, spot: Point) -> int:
        roads = self._ground.city.roads
        able = np.flatnonzero(((roads.modes & Mode.CAR) != 0) & ~roads.tunnel & ~roads.bridge)
        return int(able[self._ground.nearest(_middles(roads.node_xy, roads.start[able], roads.end[able]), spot)])

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, InjectState)


def _middles(nodes: Floats, start: np.ndarray, end: np.ndarray) -> Floats:
    return np.asarray((nodes[start] + nodes[end]) / 2.0, np.float64)
