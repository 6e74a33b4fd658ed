"""Who asks for what, and when: residents of the register, their ways to the hall, and the errands of some days."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from services.evaluation.adoption_settings import Ways
from services.governance.calendar import HOUR_MS, Calendar
from services.hall.catalogue import Service
from twin.city.errand_demand import Demand, facts_of
from twin.city.errand_settings import ErrandSettings
from twin.city.habits import MODES
from twin.city.lives import Lives, lives
from twin.city.locate import Locator
from twin.city.model import City, Floats, Place
from twin.city.paths import Paths
from twin.city.population_settings import PopulationSettings
from twin.city.register_facts import Condition, Fact
from twin.core.errors import CivitwinError
from twin.core.words import Mode

_ROADS = {"foot": Mode.FOOT, "bicycle": Mode.BICYCLE, "bus": Mode.CAR, "car": Mode.CAR}
_SERVICE = 3  # of the consents


class NoHallError(CivitwinError):
    """A city without a place to go to."""


@dataclass(frozen=True, slots=True)
class Errand:
    """The same in every way of serving. ``way_s`` is one way to the hall; ``digital``: has a digital identity, and
    agreed to use it for services."""

    id: str
    service: str
    resident: str
    asked_ms: int
    way_s: float
    digital: bool
    facts: Mapping[str, Fact]


def residents(city: City, seed: int, count: int, settings: PopulationSettings) -> Lives:
    """The people of a study, and how they get about; there is no server that could know it."""
    return lives(city, seed, count, settings)


def hall_of(city: City, kind: str) -> Place:
    """Raises :class:`NoHallError`."""
    for place in city.of_kind(kind):
        return place
    raise NoHallError(f"{city.meta.name.en} has no {kind}")


def ways_s(city: City, people: Lives, hall: Place, ways: Ways) -> Floats:
    """(R,) seconds from each home to the hall along the roads, by the mode that each resident usually takes; as the
    crow flies where no road leads there."""
    homes, mode, locator = people.habits.home_xy, people.habits.mode, Locator(city)
    beeline = np.hypot(homes[:, 0] - hall.xy[0], homes[:, 1] - hall.xy[1]) * ways.detour
    found = np.zeros(len(people))
    for index, name in enumerate(MODES):
        length = beeline
        if len(city.roads):
            starts, offset, _ = locator.nearest_edges(homes[:, 0], homes[:, 1], _ROADS[name])
            ends, beyond, _ = locator.nearest_edges([hall.xy[0]], [hall.xy[1]], _ROADS[name])
            metres = Paths(city.roads, _ROADS[name]).times_to(int(ends[0]), city.roads.length_m)
            along = np.maximum(metres[starts] - offset + float(beyond[0]), 0.0)
            length = np.where(np.isfinite(along), along, beeline)
        found = np.where(mode == index, length / ways.mps[name] + ways.start_s[name], found)
    return found


def working_days(first: datetime.date, count: int, calendar: Calendar) -> list[datetime.date]:
    """So many working days from a day on."""
    days: list[datetime.date] = []
    while len(days) < count:
        if calendar.works(first):
            days.append(first)
        first += datetime.timedelta(days=1)
    return days


def errands_of(
    people: Lives,
    ways: Floats,
    services: Mapping[str, Service],
    asked: ErrandSettings,
    days: list[datetime.date],
    calendar: Calendar,
    time_zone: str,
    seed: int,
) -> tuple[Errand, ...]:
    """In the order in which they are asked for."""
    facts, zone = facts_of(people), ZoneInfo(time_zone)
    digital = people.people.phone & people.people.consents[:, _SERVICE]
    also = {id: _needed(services[id]) for id in asked.demand}
    demand = Demand(asked, facts, seed, times=len(facts) / asked.per_residents, also=also)
    found: list[Errand] = []
    for ask in (ask for day in days for ask in demand.on(day)):
        midnight = datetime.datetime.combine(ask.day, datetime.time(), zone)
        worked_h = ask.share * calendar.day_ms / HOUR_MS
        found.append(
            Errand(
                ask.id, ask.service, people.people.id(ask.row),
                calendar.add("working_hour", round(midnight.timestamp() * 1000), max(worked_h, 0.01)),
                float(ways[ask.row]), bool(digital[ask.row]), facts[ask.row],
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda errand: (errand.asked_ms, errand.id)))


def _needed(service: Service) -> tuple[Condition, ...]:
    return tuple(one for item in service.items if not item.optional for one in item.eligibility)
