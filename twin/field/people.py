"""The residents of the simulated city: they live by their plans, and everybody else may ask who is where."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import NamedTuple

import msgspec
import numpy as np

from twin.city.lives import Lives
from twin.city.locate import Locator
from twin.city.model import City
from twin.city.plan_draft import ESCORT
from twin.city.residents import Resident
from twin.field.bodies import CAR, FOOT, LIFT, RIDE, STILL, WAIT, Bodies, Rows
from twin.field.days import Days
from twin.field.drives import Drives
from twin.field.footways import Footways
from twin.field.hazards.base import Floats, Moment, Point
from twin.field.journeys import Journeys
from twin.field.keeping import keep, regain
from twin.field.outings import Outings
from twin.field.people_settings import PeopleSettings
from twin.field.phones import Phones
from twin.field.publish import Publisher
from twin.field.rides import Rides
from twin.field.steering import Steering
from twin.field.traffic import Traffic
from twin.field.ways import Ways, WaysState
from twin.formats.civic import Presence

_SOON_S = 60.0
_NOON_S = 43_200.0


class Alone(NamedTuple):
    """One elderly resident who lives alone; ``device`` is the care alarm of the home, empty without one."""

    row: int
    home_building: int
    x_m: float
    y_m: float
    device: str


class PeopleState(msgspec.Struct):
    bodies: Bodies
    ways: WaysState
    times_s: np.ndarray
    looked_s: float


class People:
    """All residents. Positions in metres; rows follow the register's order."""

    def __init__(
        self, city: City, register: tuple[Resident, ...], lives: Lives, settings: PeopleSettings, seed: int,
        traffic: Traffic, locator: Locator, publisher: Publisher, now: Moment, *, signed: bool = True,
    ) -> None:  # fmt: skip
        self._city, self._settings = city, settings
        self.opened_ms = now.city_ms
        self.register, self.lives = register, lives
        self.phones = Phones(register, lives, publisher, signed)
        self.index = {resident.pseudonym: row for row, resident in enumerate(register)}
        self.places = {place.id: number for number, place in enumerate(city.places)}
        self._days = Days(lives, seed, settings.unpunctual_s)
        everyone = np.arange(len(register))
        entry, wait_s = self._days.at(everyone, now.city_ms, now.sky)
        plan = self._days.plan(now.sky.weekday)
        self.bodies = Bodies.at(np.column_stack((plan.x_m[entry], plan.y_m[entry])))
        self.bodies.activity[:], self.bodies.place[:] = plan.activity[entry], plan.place[entry]
        self.bodies.next_s[:] = wait_s
        self._ways = Ways(len(register))
        footways = Footways(city, locator)
        self.rides = Rides(city, self.bodies, traffic, settings.buses)
        self._drives = Drives(city, self.bodies, self._ways, footways, traffic, settings.cars)
        self._journeys = Journeys(lives, self.bodies, self._ways, footways, self.rides, self._drives, settings, seed)
        self._outings = Outings(city, settings.outings, seed)
        self.steering = Steering(city, self)
        self._roams = (lives.people.households.age >= 10) & (lives.people.households.age < 85)
        self._brings: dict[int, Rows] = {}  # children by who takes them to school
        for child in (lives.habits.escort >= 0).nonzero()[0].tolist():
            escort = int(lives.habits.escort[child])
            self._brings[escort] = np.append(self._brings.get(escort, np.zeros(0, np.int64)), child)

    @property
    def xy(self) -> Floats:
        """(R, 2) metres."""
        return np.asarray(self.bodies.xy)

    # a second of their day

    def step(self, now: Moment, arrived: Collection[int]) -> None:
        """``arrived`` are ids of vehicles that reached their goal since the last step."""
        bodies = self.bodies
        due = (bodies.next_s <= now.since_s).nonzero()[0]
        if len(due):
            self._next_activities(due, now)
        self._set_off(now)
        there = self._journeys.walk(now.dt_s)
        parked, lost = self._drives.step(now, arrived)
        off, tired = self.rides.step(now.since_s)
        for row in lost + off + tired:  # on foot from here
            bodies.line[row] = -1
            self._journeys.walk_on(row, now)
        for row in there:
            if not self._journeys.wait_at_stop(row, now):
                self._arrive(row, now)
        for row in parked:
            self._arrive(row, now)
        self.steering.step(now)
        taken = (bodies.lift >= 0).nonzero()[0]
        bodies.xy[taken] = bodies.xy[bodies.lift[taken]]

    def send_to(self, row: int, place: str, now: Moment) -> None:
        """Off to a place on foot, or by bicycle when it is far; used by errands. Whoever is in this body's shoes goes
        there by themselves."""
        if self.steering.holds(row):
            return
        self._leave(row, now)
        self._journeys.errand(row, self.places[place], self._city.places[self.places[place]].xy, now)

    def occupy(self, row: int) -> None:
        """With an errand: the daily plan waits."""
        self.bodies.busy[row] = True

    def busy(self, row: int) -> bool:
        """Whether something keeps them from their daily plan."""
        return bool(self.bodies.busy[row])

    def resume(self, row: int, now: Moment) -> None:
        """Back to the daily plan: go where they ought to be by now."""
        if self.steering.holds(row):
            return
        self.bodies.busy[row] = False
        self._next_activities(np.array([row]), now, at_once=True)

    # somebody in a body's shoes

    def take_over(self, row: int, now: Moment) -> None:
        """The body stands where it is and waits for words."""
        self.occupy(row)
        self.stand(row, now)

    def stand(self, row: int, now: Moment) -> None:
        """Off whatever it was on; it stays in the place that it is in."""
        bodies = self.bodies
        if bodies.mode[row] != STILL:
            self._leave(row, now)
            self._stop(row, -1, bodies.xy[row].copy(), now)

    def walk_to(self, row: int, xy: Point, now: Moment) -> None:
        self._leave(row, now)
        self._journeys.walk_to(row, xy, now)

    def let_go(self, row: int, now: Moment) -> None:
        """Back to its own plans."""
        self.stand(row, now)
        self.resume(row, now)

    # what hazards, devices and errands may ask

    def near(self, x_m: float, y_m: float, radius_m: float) -> Rows:
        """Rows of the residents within a radius now, in order."""
        xy = self.bodies.xy
        return ((xy[:, 0] - x_m) ** 2 + (xy[:, 1] - y_m) ** 2 <= radius_m * radius_m).nonzero()[0]

    def at_place(self, place: str) -> int:
        """How many residents are in a place (by its id) now."""
        return int(np.count_nonzero(self.bodies.place == self.places[place])) if place in self.places else 0

    def in_places(self) -> dict[str, int]:
        """How many residents are in each place that holds anybody."""
        count = np.bincount(self.bodies.place[self.bodies.place >= 0], minlength=len(self._city.places))
        return {self._city.places[place].id: int(count[place]) for place in count.nonzero()[0].tolist()}

    def dropping(self, place: str) -> tuple[int, ...]:
        """Ids of the vehicles that stand at a school while a child gets out or in."""
        bodies = self.bodies
        here = (bodies.mode == STILL) & (bodies.vehicle >= 0) & (bodies.place == self.places.get(place, -2))
        return tuple(bodies.vehicle[here].tolist())

    def alone(self) -> tuple[Alone, ...]:
        """The elderly who live alone, by row."""
        return tuple(
            Alone(row, resident.home_building, *resident.home_xy, resident.care_alarm)
            for row, resident in enumerate(self.register)
            if resident.alone
        )

    def still(self, row: int) -> bool:
        return bool(self.bodies.mode[row] == STILL)

    def place(self, row: int) -> str:
        """The place a resident is in; empty when in none."""
        place = int(self.bodies.place[row])
        return self._city.places[place].id if place >= 0 else ""

    # between places

    def _set_off(self, now: Moment) -> None:
        """Some leave what they are doing for a short while."""
        bodies = self.bodies
        under_way = int(np.count_nonzero((bodies.mode == FOOT) | (bodies.mode == FOOT + 1)))
        if under_way >= self._outings.wanted(now, len(bodies.mode)):
            return
        free = (bodies.mode == STILL) & ~bodies.busy & self._roams & (bodies.vehicle < 0)
        free &= bodies.next_s - now.since_s > self._settings.outings.spare_s
        for outing in self._outings.leaving(now, under_way, free.nonzero()[0], bodies.xy):
            self._leave(outing.row, now)
            left_s = self._journeys.stroll(outing.row, outing.place, outing.xy, outing.mode, outing.done, now)
            bodies.next_s[outing.row] = now.since_s + left_s + outing.stay_s

    def _next_activities(self, rows: Rows, now: Moment, at_once: bool = False) -> None:
        """What the plan has for this time of the day, also after an outing."""
        bodies, plan = self.bodies, self._days.plan(now.sky.weekday)
        entries, wait_s = self._days.at(rows, now.city_ms, now.sky)
        bodies.next_s[rows] = now.since_s + wait_s
        for row, entry in zip(rows.tolist(), entries.tolist(), strict=True):
            if bodies.busy[row]:
                continue
            if bodies.mode[row] != STILL and not at_once:
                bodies.late[row] = True
                continue
            xy = (float(plan.x_m[entry]), float(plan.y_m[entry]))
            before, bodies.activity[row] = int(bodies.activity[row]), plan.activity[entry]
            here = bodies.xy[row]
            if math.hypot(xy[0] - here[0], xy[1] - here[1]) > 1.0:
                self._depart(row, before, int(plan.place[entry]), xy, now)

    def _depart(self, row: int, before: int, place: int, xy: Point, now: Moment) -> None:
        """Off to the next activity, with the children whom one takes along."""
        bodies, morning = self.bodies, now.sky.day_s < _NOON_S
        children = self._brings.get(row)
        takes = bodies.activity[row] == ESCORT if morning else before == ESCORT
        if children is not None and takes:
            near = np.hypot(*(bodies.xy[children] - bodies.xy[row]).T) < 30.0
            for child in children[near & (bodies.mode[children] == STILL) & ~bodies.busy[children]].tolist():
                self._leave(child, now)
                bodies.mode[child], bodies.lift[child] = LIFT, row
                bodies.goal[child], bodies.goal_xy[child] = place, xy
                bodies.trips[LIFT] += 1
        self._leave(row, now)
        self._journeys.go(row, place, xy, now)

    def _arrive(self, row: int, now: Moment) -> None:
        bodies = self.bodies
        by_car = bodies.mode[row] in (CAR, RIDE)
        if not (by_car and bodies.activity[row] == ESCORT):
            self._drives.put_away(row)
        self._stop(row, int(bodies.goal[row]), bodies.goal_xy[row], now)
        if row in self._brings:
            for child in self._brings[row][bodies.lift[self._brings[row]] == row].tolist():
                bodies.lift[child] = -1
                self._stop(child, int(bodies.goal[row]), bodies.goal_xy[row], now)

    def _stop(self, row: int, place: int, xy: Floats, now: Moment) -> None:
        bodies = self.bodies
        self._ways.end(row)
        bodies.xy[row], bodies.mode[row], bodies.speed_mps[row], bodies.place[row] = xy, STILL, 0.0, place
        if bodies.late[row]:
            bodies.late[row], bodies.next_s[row] = False, now.since_s + _SOON_S
        if place >= 0:
            entered = Presence(place=self._city.places[place].id, entered=True)
            self.phones.say(row, "presence", entered, now.city_ms)

    def _leave(self, row: int, now: Moment) -> None:
        bodies = self.bodies
        place = int(bodies.place[row])
        if place >= 0:
            self.phones.say(row, "presence", Presence(place=self._city.places[place].id, entered=False), now.city_ms)
            bodies.place[row] = -1
        if bodies.mode[row] in (CAR, RIDE):
            self._drives.put_away(row)
        elif bodies.mode[row] not in (STILL, WAIT):
            bodies.vehicle[row] = -1  # off the bus
        bodies.line[row] = bodies.lift[row] = -1
        self._ways.end(row)

    def dump(self) -> bytes:
        return keep(PeopleState(self.bodies, self._ways.dump(), self._drives.times_s, self._drives.looked_s))

    def load(self, data: bytes) -> None:
        state = regain(data, PeopleState)
        for field in Bodies.__struct_fields__:
            getattr(self.bodies, field)[:] = getattr(state.bodies, field)
        self._ways.load(state.ways)
        self._drives.times_s, self._drives.looked_s = state.times_s, state.looked_s
