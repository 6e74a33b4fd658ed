"""Who asks for what, and when: residents of the register, their ways to the hall, and the errands of some days."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from services.evaluation.adoption_settings import Ways
from services.evaluation.service_settings import ServiceSettings
from services.governance.calendar import HOUR_MS, Calendar
from services.hall.catalogue import Service
from services.hall.eligibility import Condition, Fact, unmet
from twin.city.habits import MODES
from twin.city.households import CHILD, HEAD, SPOUSE
from twin.city.lives import Lives, lives
from twin.city.locate import Locator
from twin.city.model import City, Floats, Place
from twin.city.paths import Paths
from twin.city.population_settings import PopulationSettings
from twin.core.chance import fraction, generator
from twin.core.errors import CivitwinError
from twin.core.words import Mode

_ROADS = {"foot": Mode.FOOT, "bicycle": Mode.BICYCLE, "bus": Mode.CAR, "car": Mode.CAR}
_SERVICE = 3  # of the consents
_SCHOOL_AGES = (6, 7)
_FULL_AGE = 18


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


def facts_of(people: Lives) -> tuple[dict[str, Fact], ...]:
    """What the register knows of each resident."""
    made, employed = people.people.households, people.habits.employed
    count = len(made.first)
    ages = [np.bincount(made.of[(made.member == CHILD) & (made.age == age)], minlength=count) for age in range(18)]
    infant = (ages[0] + np.bincount(made.of[made.expecting], minlength=count)) > 0
    school, minor = np.sum([ages[age] for age in _SCHOOL_AGES], axis=0) > 0, np.sum(ages, axis=0) > 0
    parents = np.isin(made.member, (HEAD, SPOUSE)) & (made.age >= _FULL_AGE)
    return tuple(
        {
            "age": int(made.age[row]),
            "has_household": True,
            "has_infant": bool(parents[row] and infant[made.of[row]]),
            "has_child": bool(parents[row] and minor[made.of[row]]),
            "has_school_child": bool(parents[row] and school[made.of[row]]),
            "employed": bool(employed[row]),
        }
        for row in range(len(people))
    )


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
    settings: ServiceSettings,
    days: list[datetime.date],
    calendar: Calendar,
    time_zone: str,
    seed: int,
) -> tuple[Errand, ...]:
    """In the order in which they are asked for."""
    facts, zone = facts_of(people), ZoneInfo(time_zone)
    digital = people.people.phone & people.people.consents[:, _SERVICE]
    found: list[Errand] = []
    for id, demand in settings.demand.items():
        may = [row for row, known in enumerate(facts) if unmet((*demand.who, *_needed(services[id])), known) is None]
        if not may:
            continue
        for day, which in _asks(days, demand.per_day, seed, id):
            name = f"{id}/{day.isoformat()}/{which}"
            row = may[int(generator(seed, "services", "who", name).integers(len(may)))]
            midnight = datetime.datetime.combine(day, datetime.time(), zone)
            worked_h = fraction(seed, "services", "when", name) * calendar.day_ms / HOUR_MS
            found.append(
                Errand(
                    name, id, people.people.id(row),
                    calendar.add("working_hour", round(midnight.timestamp() * 1000), max(worked_h, 0.01)),
                    float(ways[row]), bool(digital[row]), facts[row],
                )
            )  # fmt: skip
    return tuple(sorted(found, key=lambda errand: (errand.asked_ms, errand.id)))


def _needed(service: Service) -> tuple[Condition, ...]:
    return tuple(one for item in service.items if not item.optional for one in item.eligibility)


def _asks(days: list[datetime.date], per_day: float, seed: int, id: str) -> Iterator[tuple[datetime.date, int]]:
    for day in days:
        for which in range(int(generator(seed, "services", "demand", id, day.isoformat()).poisson(per_day))):
            yield day, which
