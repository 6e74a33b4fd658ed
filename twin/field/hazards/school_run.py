"""The school run: parents' cars stand in the lane before some school gates at bell times, until police move them on."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from twin.city.model import Place
from twin.core.chance import fraction, generator
from twin.core.words import Mode, RoadClass, StationType
from twin.field.hazards.base import Ground, Hazard, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import within_hours
from twin.field.hazards.company import Company

_GATE_M = 30.0  # before or behind the gate a parent stops
_QUEUEING_MPS = 0.5
_LATE_S = 900.0  # a parent who has not come through by then gives up
_SATURDAY = 5


class Parent(msgspec.Struct):
    """A car on its way: ``stage`` coming, dropping, leaving; ``until_s`` it stands, or is given up."""

    vehicle: int
    school: int
    stage: str
    until_s: float
    from_edge: int


class Jam(Site):
    school: int = 0
    directed_ms: int = -1  # when police last were at work there


class SchoolState(msgspec.Struct):
    """``bell`` counts bell times met; ``in_bell`` while one lasts; ``calmed`` schools where police have ended it at
    this bell."""

    bell: int
    in_bell: bool
    sent: int
    send_s: float
    parents: list[Parent]
    jams: list[Jam]
    calmed: list[int]


class SchoolRuns(Hazard):
    """Parents come from their homes in the residents' lives where these say so, else from streets nearby. A jam ends
    when police direct the traffic, or with the last parent after the bell."""

    kind = "school_run"
    tasks = ("direct_traffic",)
    reach_m = 130.0
    state: SchoolState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.school_run
        self.company: Company | None = None
        roads = ground.city.roads
        self.places: tuple[Place, ...] = tuple(
            place for place in ground.city.of_kind("school") if roads.length_m[place.entrance_edge] > 40.0
        )
        self._middle = np.array([_middle(roads.shape(edge)) for edge in range(len(roads))]).reshape(-1, 2)
        small = (roads.road_class >= RoadClass.SECONDARY) & (roads.road_class <= RoadClass.SERVICE)
        self._homes = np.flatnonzero(small & ((roads.modes & Mode.CAR) != 0) & ~roads.tunnel & (roads.length_m > 40.0))
        self._working: set[int] = set()  # schools with police at work this second; never lasts beyond a step
        self.state = SchoolState(0, False, 0, 0.0, [], [], [])

    def step(self, now: Moment, taken: Sequence[Point]) -> list[VehicleWarning]:
        state = self.state
        inside = now.sky.weekday < _SATURDAY and any(within_hours(now.sky.day_s, bell) for bell in self._set.bells_h)
        if inside and not state.in_bell:
            state.bell += 1
            state.calmed = []
        state.in_bell = inside
        if inside and self.places and now.since_s >= state.send_s:
            state.send_s = now.since_s + self._set.every_s
            for school in self._crowded():
                self._send(school, now)
        for parent in list(state.parents):
            self._drive(parent, now)
        for school in range(len(self.places)) if inside or state.jams else ():
            self._follow(school, now)
        self._working.clear()
        return []

    def spots(self) -> list[Spot]:
        return [
            Spot(self.kind, jam.id, jam.x_m, jam.y_m, 70.0, self.tasks, jam.touched)
            for jam in self.state.jams
        ]  # fmt: skip

    def labour(self, site: str, task: str, now: Moment) -> None:
        for jam in self.state.jams:
            if jam.id == site and task in self.tasks:
                jam.touched = True
                jam.directed_ms = now.city_ms
                self._working.add(jam.school)

    def finished(self, site: str, task: str) -> bool:
        return all(jam.id != site for jam in self.state.jams)

    def standing(self, school: int) -> int:
        """Cars that stand in the lane at a school's gate."""
        own = sum(parent.school == school and parent.stage == "dropping" for parent in self.state.parents)
        return own + len(self._lived(school))

    def _lived(self, school: int) -> tuple[int, ...]:
        return self.company.dropping(self.places[school].id) if self.company is not None else ()

    def _crowded(self) -> list[int]:
        """The schools whose parents stop in the lane at this bell."""
        order = generator(self.ground.seed, self.kind, self.state.bell).permutation(len(self.places))
        return [int(school) for school in order[: self._set.schools] if not self._lived(int(school))]

    def _send(self, school: int, now: Moment) -> None:
        """One more parent sets out for a gate, from a street not far away."""
        state, place = self.state, self.places[school]
        quiet = any(jam.school == school and jam.directed_ms >= 0 for jam in state.jams)
        if (
            quiet
            or school in state.calmed
            or sum(parent.school == school for parent in state.parents) >= self._set.most
        ):
            return
        away = np.hypot(*(self._middle[self._homes] - np.array(place.xy)).T)
        near = (away > self._set.from_m[0]) & (away < self._set.from_m[1])
        homes = self._homes[near & (self._homes != place.entrance_edge)]
        if not len(homes):
            return
        draw = fraction(self.ground.seed, self.kind, state.sent, "from")
        edge = int(homes[int(draw * len(homes))])
        state.sent += 1
        vehicle = self.ground.traffic.spawn(
            StationType.CAR, edge, place.entrance_edge, end_offset_m=self._gate_m(place)
        )
        state.parents.append(Parent(vehicle, school, "coming", now.since_s + _LATE_S, edge))

    def _gate_m(self, place: Place) -> float:
        length_m = float(self.ground.city.roads.length_m[place.entrance_edge])
        return min(max(place.entrance_offset_m, 12.0), max(length_m - 12.0, 12.0))

    def _drive(self, parent: Parent, now: Moment) -> None:
        traffic = self.ground.traffic
        if not traffic.exists(parent.vehicle):
            self.state.parents.remove(parent)
            return
        at, place = traffic.position(parent.vehicle), self.places[parent.school]
        due = now.since_s >= parent.until_s
        if parent.stage == "coming":
            there = at.edge == place.entrance_edge
            gate = abs(at.offset_m - self._gate_m(place)) < _GATE_M
            if there and not at.parked and (gate or at.speed_mps < _QUEUEING_MPS):  # children get out in the queue too
                traffic.set_stalled(parent.vehicle, True)
                parent.stage, parent.until_s = "dropping", now.since_s + self._dwell_s(parent, now)
            elif due or (there and at.parked):
                self._leave(parent, now)
        elif parent.stage == "dropping":
            hurried = parent.school in self._working
            if due or hurried:
                traffic.set_stalled(parent.vehicle, False)
                self._leave(parent, now)
        elif due or (at.parked and at.edge == parent.from_edge):
            traffic.remove(parent.vehicle)
            self.state.parents.remove(parent)

    def _leave(self, parent: Parent, now: Moment) -> None:
        self.ground.traffic.drive(parent.vehicle, parent.from_edge)
        parent.stage, parent.until_s = "leaving", now.since_s + _LATE_S

    def _dwell_s(self, parent: Parent, now: Moment) -> float:
        low, high = self._set.dwell_s
        if parent.school in self._working or parent.school in self.state.calmed:
            return self._set.directed_s
        return low + (high - low) * fraction(self.ground.seed, self.kind, parent.vehicle, "dwell")

    def _follow(self, school: int, now: Moment) -> None:
        """A jam is there while enough cars stand or queue at the gate."""
        jam = next((one for one in self.state.jams if one.school == school), None)
        standing = self.standing(school)
        if jam is None:
            if self.state.in_bell and standing >= self._set.jam:
                place = self.places[school]
                jam = Jam(f"school_run-{place.id}-{now.city_ms}", place.xy[0], place.xy[1], now.city_ms, school=school)
                self.state.jams.append(jam)
                self.began(jam, place=place.id)
            return
        expected = sum(parent.school == school and parent.stage == "coming" for parent in self.state.parents)
        directed = jam.directed_ms >= 0 and standing <= 1 and expected <= 2
        if directed or (not self.state.in_bell and standing == 0 and expected == 0):
            self.state.jams.remove(jam)
            if directed:
                self.state.calmed.append(school)
            self.over(jam, now)


def _middle(line: np.ndarray) -> tuple[float, float]:
    a, b = line[(len(line) - 1) // 2], line[len(line) // 2]
    return float(a[0] + b[0]) / 2, float(a[1] + b[1]) / 2
