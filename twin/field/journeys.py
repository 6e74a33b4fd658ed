"""One resident's way from here to there: by what it is made, and how it begins."""

from __future__ import annotations

import numpy as np

from twin.city.habits import BICYCLE as BY_BICYCLE
from twin.city.habits import BUS as BY_BUS
from twin.city.habits import CAR as BY_CAR
from twin.city.lives import Lives
from twin.core.chance import generator
from twin.field.bodies import BICYCLE, BUS, FOOT, RIDE, WAIT, Bodies
from twin.field.drives import Drives
from twin.field.footways import Footways, Travel
from twin.field.hazards.base import Floats, Moment, Point
from twin.field.people_settings import PeopleSettings
from twin.field.rides import Rides
from twin.field.ways import Ways

_OWN_FEET = (FOOT, BICYCLE)
_FRAIL_FROM = 75
_FRAIL_FACTOR = 0.7


class Journeys:
    """No state of its own: bodies and ways have it all."""

    def __init__(
        self, lives: Lives, bodies: Bodies, ways: Ways, footways: Footways, rides: Rides, drives: Drives,
        settings: PeopleSettings, seed: int,
    ) -> None:  # fmt: skip
        self._bodies, self._ways, self._footways = bodies, ways, footways
        self._rides, self._drives, self._settings = rides, drives, settings
        self._mode = lives.habits.mode
        age = lives.people.households.age
        frail = (age >= _FRAIL_FROM) | (lives.people.disability == 1)
        pace = generator(seed, "paces").random(len(lives))
        self._walk_mps = _within(settings.walk_mps, pace) * np.where(frail, _FRAIL_FACTOR, 1.0)
        self._cycle_mps = _within(settings.cycle_mps, pace)
        self._cycles = (age >= 12) & ~frail

    def go(self, row: int, place: int, xy: Point, now: Moment) -> None:
        """To the next activity by what one usually takes, as far as it fits."""
        here = self._here(row)
        away_m = float(np.hypot(xy[0] - here[0], xy[1] - here[1]))
        usual = int(self._mode[row])
        self._bound(row, place, xy, now)
        if usual == BY_CAR and away_m > self._settings.cars.beyond_m and self._drives.begin(row, here, xy, now):
            self._count(row)
            return
        if self._bodies.vehicle[row] >= 0:  # a car left at the gate comes along or goes home by itself
            self._drives.put_away(row)
        if away_m <= self._settings.walk_within_m:
            self._own(row, here, xy, FOOT)
        elif usual == BY_BICYCLE or (usual == BY_CAR and self._cycles[row]):
            self._own(row, here, xy, BICYCLE)
        elif usual in (BY_BUS, BY_CAR) and self._by_bus(row, here, xy):
            return
        else:
            far = away_m > 2.0 * self._settings.cars.beyond_m and self._cycles[row] and usual == BY_BUS
            self._own(row, here, xy, BICYCLE if far else FOOT)
        self._count(row)

    def errand(self, row: int, place: int, xy: Point, now: Moment) -> None:
        here = self._here(row)
        self._bound(row, place, xy, now)
        far = np.hypot(xy[0] - here[0], xy[1] - here[1]) > self._settings.cycle_beyond_m
        self._own(row, here, xy, BICYCLE if far else FOOT)
        self._count(row)

    def walk_to(self, row: int, xy: Point, now: Moment) -> None:
        """On foot to any spot, however far."""
        self._bound(row, -1, xy, now)
        self._own(row, self._here(row), xy, FOOT)
        self._count(row)

    def stroll(self, row: int, place: int, xy: Point, mode: Travel, done: float, now: Moment) -> float:
        """A short way out, of which a share may be ``done``; returns the seconds that it will take."""
        self._bound(row, place, xy, now)
        total_m = self._own(row, self._here(row), xy, BICYCLE if mode == "bicycle" and self._cycles[row] else FOOT)
        self._count(row)
        state = self._ways.state
        state.done_m[row] = done * total_m
        return (total_m - float(state.done_m[row])) / float(state.speed_mps[row])

    def walk_on(self, row: int, now: Moment) -> None:
        """On foot from where one is to where one was bound."""
        self._bodies.since_s[row], self._bodies.vehicle[row] = now.since_s, -1
        x, y = self._bodies.goal_xy[row].tolist()
        self._own(row, self._here(row), (x, y), FOOT)

    def wait_at_stop(self, row: int, now: Moment) -> bool:
        """Whether who has come to the end of a way waits for a bus there."""
        bodies = self._bodies
        if bodies.line[row] < 0:
            return False
        self._ways.end(row)
        bodies.mode[row], bodies.speed_mps[row], bodies.since_s[row] = WAIT, 0.0, now.since_s
        return True

    def walk(self, dt_s: float) -> list[int]:
        """Everybody on a line of points moves on; rows that are at its end."""
        bodies = self._bodies
        rows = ((bodies.mode == FOOT) | (bodies.mode == BICYCLE) | (bodies.mode == RIDE)).nonzero()[0]
        if not len(rows):
            return []
        bodies.xy[rows], bodies.heading_deg[rows], there = self._ways.advance(rows, dt_s)
        bodies.speed_mps[rows] = self._ways.state.speed_mps[rows]
        return [int(row) for row in rows[there]]

    def _bound(self, row: int, place: int, xy: Point, now: Moment) -> None:
        bodies = self._bodies
        bodies.goal[row], bodies.goal_xy[row], bodies.since_s[row] = place, xy, now.since_s

    def _by_bus(self, row: int, here: Point, xy: Point) -> bool:
        ride = self._rides.best(here, xy, float(self._walk_mps[row]))
        if ride is None:
            return False
        bodies = self._bodies
        bodies.line[row], bodies.board[row], bodies.alight[row] = ride.line, ride.board, ride.alight
        self._own(row, here, self._rides.stop_xy(ride.line, ride.board), FOOT)
        return True

    def _own(self, row: int, here: Point, xy: Point, mode: int) -> float:
        speed = self._walk_mps[row] if mode == FOOT else self._cycle_mps[row]
        x, y = self._footways.line(here, xy, "foot" if mode == FOOT else "bicycle")
        self._bodies.mode[row] = mode
        return self._ways.begin(row, x, y, float(speed))

    def _here(self, row: int) -> Point:
        return float(self._bodies.xy[row, 0]), float(self._bodies.xy[row, 1])

    def _count(self, row: int) -> None:
        """Buses count when boarded."""
        assert self._bodies.mode[row] != BUS
        self._bodies.trips[self._bodies.mode[row]] += 1


def _within(span: tuple[float, float], share: Floats) -> Floats:
    return span[0] + (span[1] - span[0]) * share
