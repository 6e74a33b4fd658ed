"""What residents notice and report by phone, and who was near what, for the truth log."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from twin.city.model import City
from twin.core.chance import fraction, generator
from twin.field.hazards.base import Ended, Floats, Moment, Spot
from twin.field.keeping import keep, regain
from twin.field.people import People
from twin.field.settings import PeopleSettings
from twin.field.traffic import Traffic
from twin.field.truth import TruthFact, TruthSink
from twin.formats.civic import PersonReport

EVERY_S = 5.0


class Due(msgspec.Struct):
    """A report that somebody is about to send."""

    row: int
    kind: str
    at_s: float
    x_m: float
    y_m: float


class SightingState(msgspec.Struct):
    """By hazard id: who has noticed it, and which residents and vehicles came near it (kept sorted)."""

    due: list[Due]
    noticed: dict[str, list[int]]
    residents: dict[str, list[int]]
    vehicles: dict[str, list[int]]


class Sightings:
    """Every five seconds of city time."""

    def __init__(self, city: City, people: People, traffic: Traffic, settings: PeopleSettings, seed: int) -> None:
        self._frame, self._people, self._traffic = city.frame, people, traffic
        self._settings, self._seed = settings, seed
        self.state = SightingState([], {}, {}, {})

    def step(self, now: Moment, spots: list[Spot]) -> None:
        for due in [due for due in self.state.due if due.at_s <= now.since_s]:
            self.state.due.remove(due)
            self._report(due, now)
        traffic = self._traffic
        alive = np.flatnonzero(traffic.alive)
        cars = np.column_stack((traffic.x_m[alive], traffic.y_m[alive]))
        for spot in spots:
            near = _within(self._people.xy, spot, spot.seen_m)
            _add(self.state.residents, spot.id, near.tolist())
            _add(self.state.vehicles, spot.id, traffic.id[alive[_within(cars, spot, spot.seen_m)]].tolist())
            seeing = near[_within(self._people.xy[near], spot, min(spot.seen_m, self._settings.see_m))]
            for row in seeing.tolist():
                if row not in self.state.noticed.setdefault(spot.id, []):
                    self.state.noticed[spot.id].append(row)
                    self._notice(row, spot, now)

    def ended(self, past: Ended, truth: TruthSink) -> None:
        """Write the end of a hazard, with all who were near it."""
        self.state.noticed.pop(past.id, None)
        rows, vehicles = self.state.residents.pop(past.id, []), self.state.vehicles.pop(past.id, [])
        truth.note(
            TruthFact(
                city_ms=past.ended_ms, kind=past.kind, id=past.id, what="ended", x_m=past.x_m, y_m=past.y_m,
                residents=tuple(self._people.register[row].pseudonym for row in rows), vehicles=len(vehicles),
            )
        )  # fmt: skip

    def _notice(self, row: int, spot: Spot, now: Moment) -> None:
        known = spot.kind in self._settings.matter and self._people.phones[row].may("report")
        if not known or fraction(self._seed, "reports", row, spot.id) >= self._settings.report_share:
            return
        low, high = self._settings.report_delay_s
        delay = low + (high - low) * fraction(self._seed, "reports", row, spot.id, "delay")
        east, north = generator(self._seed, "reports", row, spot.id, "error").standard_normal(2)
        error = self._settings.report_error_m
        self.state.due.append(
            Due(row, spot.kind, now.since_s + delay, spot.x_m + error * float(east), spot.y_m + error * float(north))
        )

    def _report(self, due: Due, now: Moment) -> None:
        kinds = list(self._settings.matter)
        kind = due.kind
        if fraction(self._seed, "wrong", due.row, round(due.at_s)) < self._settings.wrong_matter:
            kind = kinds[math.floor(fraction(self._seed, "which", due.row, round(due.at_s)) * len(kinds))]
        matter = self._settings.matter[kind]
        longitude, latitude = self._frame.to_lonlat(due.x_m, due.y_m)
        report = PersonReport(
            matter=matter.code, text=f"{matter.zh} / {matter.en}", latitude=float(latitude), longitude=float(longitude)
        )
        self._people.phones[due.row].say("report", report, now.city_ms)

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, SightingState)


def _within(xy: Floats, spot: Spot, metres: float) -> np.ndarray:
    return np.flatnonzero((xy[:, 0] - spot.x_m) ** 2 + (xy[:, 1] - spot.y_m) ** 2 <= metres * metres)


def _add(seen: dict[str, list[int]], site: str, ids: list[int]) -> None:
    if ids:
        seen[site] = sorted({*seen.get(site, []), *ids})
