"""Collectors on their rounds: cell by cell, and what they come upon; an order takes them off at once."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import shapely

from twin.city.model import City
from twin.city.units import Unit
from twin.core.chance import fraction, generator
from twin.field.crew import Crew
from twin.field.hazards.all import Hazards
from twin.field.hazards.base import Moment, Spot
from twin.field.keeping import keep, regain
from twin.field.motorpool import Motorpool
from twin.field.people_settings import Matter
from twin.field.publish import Publisher
from twin.field.settings import RoundSettings
from twin.field.tables import Span
from twin.formats.civic import Finding, encode
from twin.formats.topics import unit_topic

COLLECTOR = "collector"
_NEAR_M = 60.0
_QUEUED_S = 20.0
_STUCK_S = 120.0
_FALSE = ("rubbish", "bin", "cover")  # what they take for something that it is not


class Told(msgspec.Struct):
    """A finding that a collector stands by; ``spot`` is empty where there never was one."""

    finding: Finding
    spot: str
    x_m: float
    y_m: float
    regret_s: float = math.inf


class Beat(msgspec.Struct):
    """One collector's round: the place in the order of its cells, until when it rests or looks around."""

    turn: int
    rest_until_s: float
    look_until_s: float = -1.0
    passes: int = 0
    told: list[Told] = msgspec.field(default_factory=list)
    passed: list[str] = msgspec.field(default_factory=list)  # overlooked, while still near


class RoundState(msgspec.Struct):
    """``covered_ms``: when each cell was last looked at, -1 never; by the city's cells."""

    beats: dict[str, Beat]
    covered_ms: np.ndarray
    serial: int = 0


class Rounds:
    """Moves crews in the phase ``patrolling``; what they say is a :class:`Finding`, in nobody's order."""

    def __init__(
        self,
        city: City,
        units: tuple[Unit, ...],
        settings: RoundSettings,
        seed: int,
        hazards: Hazards,
        pool: Motorpool,
        publisher: Publisher,
    ) -> None:
        self._frame, self._settings, self._seed = city.frame, settings, seed
        self._hazards, self._pool, self._publisher = hazards, pool, publisher
        self._units = {unit.id: unit for unit in units if unit.kind == COLLECTOR}
        centres = [shapely.centroid(cell.shape) for cell in city.cells]
        self._xy = np.array([(centre.x, centre.y) for centre in centres]).reshape(-1, 2)
        self._beats = _share_out(self._xy, list(self._units))
        beats = {
            id: Beat(self._draw(len(self._beats[id]), id, "begin"), self._span(settings.first_s, id, 0))
            for id in self._units
        }
        self.state = RoundState(beats, np.full(len(self._xy), -1, np.int64))

    def sets_out(self, crew: Crew, now: Moment) -> bool:
        """Whether an idle collector goes on its round now."""
        beat = self.state.beats.get(crew.unit)
        if beat is None or now.since_s < beat.rest_until_s or not self._beats[crew.unit]:
            return False
        unit = self._units[crew.unit]
        crew.vehicle = self._pool.spawn(crew.edge, crew.offset_m, self._goal(crew.unit), unit.speed_factor, False)
        crew.enter("patrolling", now.since_s)
        beat.look_until_s, crew.still_s = -1.0, 0.0
        return True

    def home(self, crew: Crew, now: Moment) -> None:
        """Back in the depot: some rest before the next round."""
        beat = self.state.beats.get(crew.unit)
        if beat is not None:
            beat.passes += 1
            beat.rest_until_s = now.since_s + self._span(self._settings.rest_s, crew.unit, beat.passes)

    def step(self, crew: Crew, now: Moment, arrived: bool) -> None:
        """A second of a round."""
        beat = self.state.beats[crew.unit]
        if round(now.since_s) % round(self._settings.look_every_s) == 0:
            self._look(crew, beat, now)
        if beat.look_until_s >= 0.0:
            if now.since_s >= beat.look_until_s:
                beat.look_until_s = -1.0
                self._go_on(crew, beat, now)
            return
        crew.still_s = crew.still_s + now.dt_s if crew.speed_mps < 0.5 else 0.0
        goal = self._xy[self._cell(crew.unit)]
        near = math.hypot(crew.x_m - goal[0], crew.y_m - goal[1]) < _NEAR_M
        if arrived or (near and crew.still_s > _QUEUED_S):
            self._pool.park(crew.vehicle)
            self.state.covered_ms[self._cell(crew.unit)] = now.city_ms
            beat.look_until_s = now.since_s + self._span(self._settings.stop_s, crew.unit, beat.turn, "stop")
            self._imagine(crew, beat, now)
        elif crew.still_s > _STUCK_S:
            self._go_on(crew, beat, now)

    def _go_on(self, crew: Crew, beat: Beat, now: Moment) -> None:
        """To the next of its cells that nobody has looked at of late."""
        crew.still_s = 0.0
        for _ in self._beats[crew.unit]:
            beat.turn += 1
            seen_ms = int(self.state.covered_ms[self._cell(crew.unit)])
            if seen_ms < 0 or now.city_ms - seen_ms > self._settings.again_s * 1000.0:
                break
        self._pool.drive(crew.vehicle, self._goal(crew.unit), siren=False)

    def _cell(self, unit: str) -> int:
        cells = self._beats[unit]
        return cells[self.state.beats[unit].turn % len(cells)]

    def _goal(self, unit: str) -> tuple[int, float]:
        x, y = self._xy[self._cell(unit)]
        return self._pool.stop_at(float(x), float(y))

    def _look(self, crew: Crew, beat: Beat, now: Moment) -> None:
        """Tell of what is new, overlook some, and take back what is no longer there."""
        settings, spots = self._settings, self._hazards.spots()
        passing = np.hypot(self._xy[:, 0] - crew.x_m, self._xy[:, 1] - crew.y_m) < settings.cell_m
        self.state.covered_ms[passing] = now.city_ms
        near = [spot for spot in spots if math.hypot(spot.x_m - crew.x_m, spot.y_m - crew.y_m) <= settings.see_m]
        beat.passed = [id for id in beat.passed if any(spot.id == id for spot in near)]
        known = {told.spot for told in beat.told} | set(beat.passed)
        for spot in near:
            if spot.id in known or not self._visible(spot, now):
                continue
            draw = fraction(self._seed, "overlooks", crew.unit, spot.id, beat.passes)
            if draw < settings.miss_share:
                beat.passed.append(spot.id)
            else:
                self._tell(crew, beat, settings.matter[spot.kind], spot.id, (spot.x_m, spot.y_m), now)
        there = {spot.id for spot in spots}
        for told in list(beat.told):
            gone = told.spot not in there and math.hypot(told.x_m - crew.x_m, told.y_m - crew.y_m) <= settings.see_m
            if now.since_s >= told.regret_s or (told.spot and gone):
                beat.told.remove(told)
                self._say(msgspec.structs.replace(told.finding, gone=True, time_ms=now.city_ms))

    def _visible(self, spot: Spot, now: Moment) -> bool:
        if spot.kind not in self._settings.matter:
            return False
        return spot.kind != "lamp" or now.sky.daylight < self._settings.night

    def _imagine(self, crew: Crew, beat: Beat, now: Moment) -> None:
        """Now and then something is taken for what it is not."""
        draw = fraction(self._seed, "imagines", crew.unit, beat.turn)
        if draw < self._settings.false_share:
            kind = _FALSE[self._draw(len(_FALSE), crew.unit, beat.turn)]
            spot = (crew.x_m + 4.0, crew.y_m + 3.0)
            self._tell(crew, beat, self._settings.matter[kind], "", spot, now)
            beat.told[-1].regret_s = now.since_s + self._settings.regret_s

    def _tell(
        self, crew: Crew, beat: Beat, matter: Matter, spot: str, xy: tuple[float, float], now: Moment
    ) -> None:  # fmt: skip
        self.state.serial += 1
        longitude, latitude = self._frame.to_lonlat(*xy)
        finding = Finding(
            finding_id=f"{crew.unit}-f{self.state.serial}", unit=crew.unit, time_ms=now.city_ms,
            latitude=float(latitude), longitude=float(longitude), matter=matter.code,
            note=f"{matter.zh} / {matter.en}",
        )  # fmt: skip
        beat.told.append(Told(finding, spot, xy[0], xy[1]))
        self._say(finding)

    def _say(self, finding: Finding) -> None:
        topic = unit_topic(self._publisher.namespace, finding.unit, "finding")
        self._publisher.send("units", topic, encode(finding), qos=1)

    def _span(self, span: Span, *keys: int | str) -> float:
        return span[0] + (span[1] - span[0]) * fraction(self._seed, "rounds", *keys)

    def _draw(self, count: int, *keys: int | str) -> int:
        return int(generator(self._seed, "rounds", *keys).integers(count)) if count else 0

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, RoundState)


def _share_out(xy: np.ndarray, units: list[str]) -> dict[str, list[int]]:
    """Strips from west to east, one a collector; each is walked up and down, row by row."""
    shared: dict[str, list[int]] = {unit: [] for unit in units}
    if not units or not len(xy):
        return shared
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    for unit, strip in zip(units, np.array_split(order, len(units)), strict=True):
        row = np.round(xy[strip, 1] / 220.0).astype(np.int64)
        along = np.where(row % 2 == 0, xy[strip, 0], -xy[strip, 0])
        shared[unit] = [int(cell) for cell in strip[np.lexsort((along, row))]]
    return shared
