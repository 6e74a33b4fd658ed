"""Units of departments: they take orders from the bus, drive the live network, work, report and go home."""

from __future__ import annotations

import math
from collections.abc import Collection

from twin.city.model import City
from twin.city.units import Unit
from twin.core import codec
from twin.field.crew import FREE, Crew, Finding
from twin.field.crew_reports import Reports
from twin.field.crew_survey import Survey
from twin.field.hazards.all import Hazards
from twin.field.hazards.base import Moment, Spot
from twin.field.motorpool import Motorpool
from twin.field.publish import Publisher
from twin.field.rounds import Rounds
from twin.field.settings import CrewSettings, Tempo
from twin.formats.civic import Order

_GIVE_UP_S = 1800.0  # on the road
_WAIT_S = 900.0  # for others to do what must come first
_QUEUED_S = 20.0  # standing in a queue this long, a crew near its goal walks the rest
_QUEUED_M = 150.0
_STUCK_S = 420.0  # no red light is that long: the vehicle is in trouble itself
_LONGEST_WORK_S = 5400.0


class Crews:
    """All units. Work on hazards goes through :class:`Hazards`; nothing else is touched."""

    def __init__(
        self,
        city: City,
        units: tuple[Unit, ...],
        settings: CrewSettings,
        seed: int,
        tempo: Tempo,
        hazards: Hazards,
        pool: Motorpool,
        publisher: Publisher,
        rounds: Rounds,
    ) -> None:
        self._settings, self._tempo, self._rounds = settings, tempo, rounds
        self._hazards, self._pool = hazards, pool
        self._reports = Reports(city.frame, publisher)
        self._survey = Survey(city.frame, hazards, settings, seed)
        self.units = {unit.id: unit for unit in units}
        depots = {place.id: place for place in city.places}
        self._homes = {unit.id: depots[unit.depot] for unit in units}
        self.crews = {
            id: Crew(id, home.xy[0], home.xy[1], home.entrance_edge, home.entrance_offset_m)
            for id, home in self._homes.items()
        }

    def order(self, order: Order, now: Moment) -> None:
        """Take, refuse or repeat; an order known already only makes the crew say again what it said."""
        crew = self.crews.get(order.unit)
        if crew is None or self._reports.known(crew, order.order_id):
            return
        if order.expires_ms < now.city_ms:
            self._refuse(crew, order, now, "expired")
        elif order.kind == "return":
            self._recall(crew, order, now)
        elif crew.phase not in FREE:
            self._refuse(crew, order, now, "broken_down" if crew.phase == "broken_down" else "busy")
        elif self._survey.chance(crew, order, "refuse") < self._settings.refuse_share[self._tempo]:
            self._refuse(crew, order, now, "unfit")
        else:
            self._take(crew, order, now)

    def step(self, now: Moment, arrived: Collection[int]) -> None:
        """A second of their day; ``arrived`` are ids of vehicles that reached their goal since the last one."""
        for crew in self.crews.values():
            if crew.phase == "available" and not self._rounds.sets_out(crew, now):
                continue
            if crew.vehicle >= 0:
                crew.x_m, crew.y_m, crew.heading_deg, crew.speed_mps = self._pool.pose(crew.vehicle)
            self._act(crew, now, crew.vehicle in arrived)

    def show(self, now: Moment) -> None:
        """Where those are who are out, while the budget lasts."""
        for crew in self.crews.values():
            if crew.phase != "available" and crew.vehicle >= 0:
                self._reports.show(crew, now.city_ms)

    def _act(self, crew: Crew, now: Moment, arrived: bool) -> None:
        due = now.since_s >= crew.until_s
        match crew.phase:
            case "patrolling":
                self._rounds.step(crew, now, arrived)
            case "acknowledged" if due:
                self._set_out(crew, now)
            case "driving":
                self._drive(crew, now, arrived)
            case "waiting":
                self._wait(crew, now, due)
            case "working":
                self._work(crew, now, due)
            case "done" if due:
                self._go_home(crew, now)
            case "returning" if arrived or now.since_s - crew.since_s > _GIVE_UP_S:
                self._at_home(crew, now)
            case "broken_down" if due:
                self._at_home(crew, now)

    def _take(self, crew: Crew, order: Order, now: Moment) -> None:
        crew.order, crew.sought = order, False
        crew.site = crew.site_kind = ""
        ready_s = 3.0 if crew.vehicle >= 0 else self.units[crew.unit].response_s
        crew.enter("acknowledged", now.since_s, ready_s * (0.7 + 0.6 * self._survey.chance(crew, order, "ready")))
        self._reports.say(crew, "acknowledged", now.city_ms)

    def _recall(self, crew: Crew, order: Order, now: Moment) -> None:
        if crew.phase == "broken_down":
            self._refuse(crew, order, now, "broken_down")
            return
        crew.order = order
        self._reports.say(crew, "acknowledged", now.city_ms)
        if crew.vehicle < 0:
            self._at_home(crew, now)
        elif crew.phase != "returning":
            self._go_home(crew, now)

    def _refuse(self, crew: Crew, order: Order, now: Moment, note: str) -> None:
        self._reports.say(crew, "refused", now.city_ms, about=order.order_id, note=note)

    def _set_out(self, crew: Crew, now: Moment) -> None:
        order, unit = crew.task, self.units[crew.unit]
        goal = self._pool.stop_at(*self._survey.ordered_to(order))
        if crew.vehicle < 0:
            crew.vehicle = self._pool.spawn(crew.edge, crew.offset_m, goal, unit.speed_factor, unit.emergency)
        else:
            self._pool.drive(crew.vehicle, goal, unit.emergency)
        crew.still_s = 0.0
        fails = self._survey.chance(crew, order, "break down") < self._settings.break_down_share[self._tempo]
        lasts_s = 30.0 + 90.0 * self._survey.chance(crew, order, "break down when")
        crew.enter("driving", now.since_s, lasts_s if fails else math.inf)
        self._reports.say(crew, "driving", now.city_ms)

    def _drive(self, crew: Crew, now: Moment, arrived: bool) -> None:
        if now.since_s >= crew.until_s:
            self._abandon(crew, now)
            self._reports.say(crew, "broken_down", now.city_ms)
            return
        crew.still_s = crew.still_s + now.dt_s if crew.speed_mps < 0.5 else 0.0
        x, y = self._survey.bound_for(crew)
        near = math.hypot(crew.x_m - x, crew.y_m - y) < _QUEUED_M
        if arrived or (near and crew.still_s > _QUEUED_S):
            self._arrive(crew, now)
        elif crew.still_s > _STUCK_S:
            self._reports.say(crew, "unable", now.city_ms, note="stuck")
            self._abandon(crew, now)
        elif now.since_s - crew.since_s > _GIVE_UP_S:
            self._reports.say(crew, "unable", now.city_ms, note="no_way")
            self._go_home(crew, now)

    def _abandon(self, crew: Crew, now: Moment) -> None:
        """The vehicle is towed away; another waits in the depot after the time a repair takes."""
        self._pool.retire(crew.vehicle)
        crew.vehicle = -1
        crew.enter("broken_down", now.since_s, self._settings.repair_s)

    def _arrive(self, crew: Crew, now: Moment) -> None:
        """At the spot ordered, or at the cause that was found from there."""
        order = crew.task
        spot = self._survey.cause(order)
        if not crew.sought:
            self._reports.say(crew, "arrived", now.city_ms)
            crew.sought = True
            if spot is not None and self._far(crew, spot):
                crew.site, crew.site_kind = spot.id, spot.kind
                self._pool.drive(crew.vehicle, self._pool.stop_at(spot.x_m, spot.y_m), siren=False)
                crew.enter("driving", now.since_s)
                crew.still_s = 0.0
                return
        self._pool.park(crew.vehicle)
        if spot is None and self._survey.later(order):
            crew.enter("waiting", now.since_s, _WAIT_S)
        else:
            self._begin(crew, spot, now)

    def _far(self, crew: Crew, spot: Spot) -> bool:
        hazard = self._hazards.of(spot.kind)
        return hazard.distance(spot, crew.x_m, crew.y_m) > hazard.reach_m

    def _wait(self, crew: Crew, now: Moment, due: bool) -> None:
        """What must be done first is not done yet."""
        spot = self._survey.cause(crew.task)
        if spot is not None:
            self._begin(crew, spot, now)
        elif due:
            self._reports.say(crew, "unable", now.city_ms, note="cannot_begin")
            crew.enter("done", now.since_s, self._settings.linger_s)

    def _begin(self, crew: Crew, spot: Spot | None, now: Moment) -> None:
        crew.site, crew.site_kind = (spot.id, spot.kind) if spot is not None else ("", "")
        idle = spot is None and crew.task.kind == "attend" and not self._at_screens(crew)
        crew.enter("working", now.since_s, self._survey.work_s(crew, crew.task, idle))
        self._reports.say(crew, "working", now.city_ms)

    def _work(self, crew: Crew, now: Moment, due: bool) -> None:
        order = crew.task
        if crew.site:
            hazard = self._hazards.of(crew.site_kind)
            hazard.labour(crew.site, order.task, now)
            tired = now.since_s - crew.since_s > _LONGEST_WORK_S
            if due and (tired or hazard.finished(crew.site, order.task)):
                remark = hazard.remark(crew.site, order.task)
                hazard.complete(crew.site, order.task, now)
                self._done(crew, now, note=remark)
        elif due and self._at_screens(crew):
            self._done(crew, now)
        elif due:
            self._done(crew, now, self._survey.inspect(crew, now.city_ms) if order.kind == "check" else "nothing_found")

    def _at_screens(self, crew: Crew) -> bool:
        """Whether the work is on a virtual place, of which there is nothing to be seen here."""
        return crew.task.kind == "attend" and crew.task.task in self._settings.at_screens

    def _done(self, crew: Crew, now: Moment, finding: Finding = "", note: str = "") -> None:
        self._reports.say(crew, "done", now.city_ms, finding=finding, note=note)
        crew.enter("done", now.since_s, self._settings.linger_s)

    def _go_home(self, crew: Crew, now: Moment) -> None:
        home = self._homes[crew.unit]
        self._pool.drive(crew.vehicle, (home.entrance_edge, home.entrance_offset_m), siren=False)
        crew.enter("returning", now.since_s)
        self._reports.say(crew, "returning", now.city_ms)

    def _at_home(self, crew: Crew, now: Moment) -> None:
        if crew.vehicle >= 0:
            self._pool.retire(crew.vehicle)
        home = self._homes[crew.unit]
        crew.vehicle, crew.edge, crew.offset_m = -1, home.entrance_edge, home.entrance_offset_m
        (crew.x_m, crew.y_m), crew.speed_mps = home.xy, 0.0
        crew.enter("available", now.since_s)
        self._rounds.home(crew, now)
        self._reports.say(crew, "available", now.city_ms)
        crew.order = None

    def dump(self) -> bytes:
        return codec.encode(self.crews)

    def load(self, data: bytes) -> None:
        self.crews = codec.decode(data, dict[str, Crew])
