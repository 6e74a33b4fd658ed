"""The residents' bodies: where they are, how they get about, and what their phones say of it."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from twin.city.lives import Life
from twin.city.locate import Locator
from twin.city.model import City
from twin.city.residents import Resident
from twin.core.chance import fraction
from twin.core.words import Mode, StationType
from twin.field.footways import Footways, Point, Trip
from twin.field.hazards.base import Floats, Moment
from twin.field.keeping import keep, regain
from twin.field.outings import Outings
from twin.field.phones import Phone
from twin.field.publish import Publisher
from twin.field.settings import PeopleSettings
from twin.field.traffic import Traffic
from twin.formats.civic import PersonPosition, Presence

Moving = Literal["still", "foot", "bicycle", "bus", "car"]
_LONGEST_DRIVE_S = 3600.0
_DAY_S = 86_400.0


class Body(msgspec.Struct):
    """One resident. ``place`` is the place they are in, ``goal`` the one they are bound for; ``busy`` with an errand,
    they follow no daily plan. Times in seconds since the start."""

    x_m: float
    y_m: float
    activity: int
    place: str = ""
    goal: str = ""
    goal_xy: Point = (0.0, 0.0)
    mode: Moving = "still"
    trip: Trip | None = None
    vehicle: int = -1
    left_s: float = 0.0
    heading_deg: float = 0.0
    speed_mps: float = 0.0
    busy: bool = False


class Alone(NamedTuple):
    """One elderly resident who lives alone."""

    row: int
    home_building: int
    x_m: float
    y_m: float
    device: str


class PeopleState(msgspec.Struct):
    bodies: list[Body]
    next_s: np.ndarray  # (R,) when each one's next activity begins
    told_s: np.ndarray  # (R,) when each one's phone last told its position


class People:
    """All residents. Positions in metres; indices follow the register's order."""

    def __init__(
        self,
        city: City,
        register: tuple[Resident, ...],
        lives: tuple[Life, ...],
        settings: PeopleSettings,
        seed: int,
        traffic: Traffic,
        locator: Locator,
        publisher: Publisher,
        day_s: float,
    ) -> None:
        self._city, self._settings, self._seed = city, settings, seed
        self._traffic, self._locator = traffic, locator
        self.footways = Footways(city, locator)
        self.register, self.lives = register, lives
        self.phones = tuple(
            Phone(resident.pseudonym, life.private_key, resident.consents, publisher)
            for resident, life in zip(register, lives, strict=True)
        )
        self.index = {resident.pseudonym: row for row, resident in enumerate(register)}
        bodies, waits = [], []
        for life in lives:
            now = _activity_at(life, day_s)
            doing = life.plan[now]
            bodies.append(Body(doing.xy[0], doing.xy[1], now, doing.place))
            waits.append(_until_next(life, now, day_s))
        self.state = PeopleState(bodies, np.array(waits), np.full(len(lives), -1e9))
        self._outings = Outings(city, settings.outings, seed)
        self.xy: Floats = np.array([[body.x_m, body.y_m] for body in bodies]).reshape(-1, 2)

    # a second of their day

    def step(self, now: Moment, arrived: Collection[int]) -> None:
        """``arrived`` are ids of vehicles that reached their goal since the last step."""
        for row in np.flatnonzero(self.state.next_s <= now.since_s).tolist():
            self._next_activity(row, now)
        self._set_off(now)
        for row, body in enumerate(self.state.bodies):
            if body.mode != "still":
                self._move(row, body, now, arrived)
                self.xy[row] = body.x_m, body.y_m

    def tell_positions(self, now: Moment) -> None:
        """Phones whose owners agreed to it tell where they are while they move."""
        for row, body in enumerate(self.state.bodies):
            if body.mode == "still" or not self.phones[row].may("position"):
                continue
            if now.since_s - self.state.told_s[row] < self._settings.position_every_s:
                continue
            longitude, latitude = self._city.frame.to_lonlat(body.x_m, body.y_m)
            position = PersonPosition(
                latitude=float(latitude), longitude=float(longitude), heading_deg=round(body.heading_deg, 1),
                speed_mps=round(body.speed_mps, 2), mode=body.mode,
            )  # fmt: skip
            if self.phones[row].say("position", position, now.city_ms):
                self.state.told_s[row] = now.since_s

    def send_to(self, row: int, place: str, xy: Point, now: Moment) -> None:
        """Off to somewhere on foot, or by bicycle when it is far; used by errands."""
        body = self.state.bodies[row]
        far = math.hypot(body.x_m - xy[0], body.y_m - xy[1]) > self._settings.cycle_beyond_m
        self._leave(row, now)
        self._travel(row, place, xy, "bicycle" if far else "foot", now)

    def resume(self, row: int, now: Moment) -> None:
        """Back to the daily plan: go where they ought to be by now."""
        body, life = self.state.bodies[row], self.lives[row]
        body.busy = False
        body.activity = _activity_at(life, now.sky.day_s)
        doing = life.plan[body.activity]
        self.state.next_s[row] = now.since_s + _until_next(life, body.activity, now.sky.day_s)
        self.send_to(row, doing.place, doing.xy, now)

    def in_places(self) -> dict[str, int]:
        """How many residents are in each place."""
        count: dict[str, int] = {}
        for body in self.state.bodies:
            if body.place:
                count[body.place] = count.get(body.place, 0) + 1
        return count

    # what hazards and devices may ask

    def near(self, x_m: float, y_m: float, radius_m: float) -> NDArray[np.int64]:
        """Rows of the residents within a radius now, in order."""
        away = (self.xy[:, 0] - x_m) ** 2 + (self.xy[:, 1] - y_m) ** 2
        return np.flatnonzero(away <= radius_m * radius_m)

    def at_place(self, place: str) -> int:
        """How many residents are in a place (by its id) now."""
        return self.in_places().get(place, 0)

    def dropping(self, place: str) -> tuple[int, ...]:
        """Ids of the vehicles that stand at a school while a child gets out or in."""
        return ()

    def alone(self) -> tuple[Alone, ...]:
        """The elderly who live alone, by row; ``device`` is the care alarm of their home, empty without one."""
        return ()

    def _set_off(self, now: Moment) -> None:
        """Some leave what they are doing for a short while."""
        bodies, next_s = self.state.bodies, self.state.next_s
        free = np.array([body.mode == "still" and not body.busy for body in bodies], np.bool_)
        free &= next_s - now.since_s > self._settings.outings.spare_s
        under_way = sum(body.trip is not None for body in bodies)
        for outing in self._outings.leaving(now, under_way, np.flatnonzero(free), self.xy):
            self._leave(outing.row, now)
            self._travel(outing.row, outing.place, outing.xy, outing.mode, now)
            trip = bodies[outing.row].trip
            if trip is not None:
                trip.done_m = outing.done * trip.total_m
                next_s[outing.row] = now.since_s + (trip.total_m - trip.done_m) / trip.speed_mps + outing.stay_s

    def _next_activity(self, row: int, now: Moment) -> None:
        """What the plan has for this time of the day, also after an outing."""
        body, life = self.state.bodies[row], self.lives[row]
        following = _activity_at(life, now.sky.day_s + 1.0)
        self.state.next_s[row] = now.since_s + _until_next(life, following, now.sky.day_s)
        body.activity = following
        if body.busy or body.mode != "still":
            return
        doing = life.plan[following]
        away_m = math.hypot(doing.xy[0] - body.x_m, doing.xy[1] - body.y_m)
        if away_m > 1.0:
            self._leave(row, now)
            self._travel(row, doing.place, doing.xy, life.mode if away_m > 400.0 else "foot", now)

    def _travel(self, row: int, place: str, xy: Point, mode: Moving, now: Moment) -> None:
        body = self.state.bodies[row]
        body.goal, body.goal_xy, body.left_s = place, xy, now.since_s
        if mode == "car" and self._drive(body):
            return
        wheels = mode in ("bicycle", "bus", "car")
        span = self._settings.cycle_mps if wheels else self._settings.walk_mps
        speed = span[0] + (span[1] - span[0]) * fraction(self._seed, "pace", row)
        body.mode = "bicycle" if wheels else "foot"
        body.trip = self.footways.trip((body.x_m, body.y_m), xy, body.mode, speed)

    def _drive(self, body: Body) -> bool:
        x, y = [body.x_m, body.goal_xy[0]], [body.y_m, body.goal_xy[1]]
        edges, offsets, _ = self._locator.nearest_edges(x, y, Mode.CAR)
        if edges[0] == edges[1]:
            return False
        body.vehicle = self._traffic.spawn(
            StationType.CAR, int(edges[0]), int(edges[1]), start_offset_m=float(offsets[0]),
            end_offset_m=float(offsets[1]),
        )  # fmt: skip
        body.mode = "car"
        return True

    def _move(self, row: int, body: Body, now: Moment, arrived: Collection[int]) -> None:
        if body.mode == "car":
            if not self._traffic.exists(body.vehicle):  # crashed and towed: on foot from here
                body.vehicle = -1
                self._travel(row, body.goal, body.goal_xy, "foot", now)
            elif body.vehicle in arrived or now.since_s - body.left_s > _LONGEST_DRIVE_S:
                self._traffic.remove(body.vehicle)
                body.vehicle = -1
                self._arrive(row, body, now)
            else:
                at = self._traffic.position(body.vehicle)
                body.x_m, body.y_m, body.heading_deg, body.speed_mps = at.x_m, at.y_m, at.heading_deg, at.speed_mps
        elif body.trip is not None:
            body.trip.done_m += body.trip.speed_mps * now.dt_s
            body.x_m, body.y_m, body.heading_deg = body.trip.pose()
            body.speed_mps = body.trip.speed_mps
            if body.trip.done_m >= body.trip.total_m:
                self._arrive(row, body, now)

    def _arrive(self, row: int, body: Body, now: Moment) -> None:
        body.x_m, body.y_m = body.goal_xy
        body.mode, body.trip, body.speed_mps = "still", None, 0.0
        body.place, body.goal = body.goal, ""
        self.xy[row] = body.x_m, body.y_m
        if body.place:
            self.phones[row].say("presence", Presence(place=body.place, entered=True), now.city_ms)

    def _leave(self, row: int, now: Moment) -> None:
        body = self.state.bodies[row]
        if body.place:
            self.phones[row].say("presence", Presence(place=body.place, entered=False), now.city_ms)
            body.place = ""
        if body.vehicle >= 0 and self._traffic.exists(body.vehicle):
            self._traffic.remove(body.vehicle)
        body.vehicle, body.trip = -1, None

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, PeopleState)
        self.xy = np.array([[body.x_m, body.y_m] for body in self.state.bodies]).reshape(-1, 2)


def _activity_at(life: Life, day_s: float) -> int:
    """The plan's entry for a second of the day."""
    starts = [entry.start_s for entry in life.plan]
    return max(0, int(np.searchsorted(starts, day_s, side="right")) - 1)


def _until_next(life: Life, activity: int, day_s: float) -> float:
    """Seconds until the entry after ``activity`` begins; a day's first follows the last."""
    following = (activity + 1) % len(life.plan)
    wait = life.plan[following].start_s - day_s
    if following == 0 or wait < 0.0:
        wait += _DAY_S
    return max(wait, 1.0)
