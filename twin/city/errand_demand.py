"""Who asks the hall for what, and when: the same residents on the same days for whoever draws it with the same seed."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twin.city.errand_settings import ErrandSettings, Tempo
from twin.city.households import CHILD, HEAD, SPOUSE
from twin.city.lives import Lives
from twin.city.register_facts import Condition, Fact, unmet
from twin.core.chance import fraction, generator

_DAY = datetime.timedelta(days=1)
_SCHOOL_AGES = (6, 7)
_FULL_AGE = 18
_TRIES = 8
"""Draws until somebody is found who has not asked for it before."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One resident, by row of the register, asks for a service. ``share`` in [0, 1): when within the day's time."""

    id: str
    service: str
    row: int
    day: datetime.date
    share: float


Taken = set[tuple[str, int]]
"""Services that are asked for once, by whom: (service, row)."""


class Demand:
    """Draws days one by one. ``facts`` are the register's, by row; ``also``: what a service itself asks of its
    applicants; ``times`` as often as configured for one in ``per_residents``."""

    def __init__(
        self,
        settings: ErrandSettings,
        facts: Sequence[Mapping[str, Fact]],
        seed: int,
        *,
        times: float = 1.0,
        also: Mapping[str, Iterable[Condition]] | None = None,
    ) -> None:
        self._settings, self._seed = settings, seed
        self._times = times
        self._may: dict[str, list[int]] = {}
        for id, wanted in settings.demand.items():
            needed = (*wanted.who, *(also or {}).get(id, ()))
            self._may[id] = [row for row, known in enumerate(facts) if unmet(needed, known) is None]

    def on(self, day: datetime.date, taken: Taken | None = None) -> Iterator[Ask]:
        """What is asked for on a day, service by service. With ``taken``, nobody asks twice for what is asked for once,
        and who asks now is noted there."""
        for id, wanted in self._settings.demand.items():
            may = self._may[id]
            if not may:
                continue
            dice = generator(self._seed, "services", "demand", id, day.isoformat())
            for which in range(int(dice.poisson(wanted.per_day * self._times))):
                name = f"{id}/{day.isoformat()}/{which}"
                row = self._who(name, may, (id, taken) if wanted.once and taken is not None else None)
                if row >= 0:
                    yield Ask(name, id, row, day, fraction(self._seed, "services", "when", name))

    def _who(self, name: str, may: list[int], once: tuple[str, Taken] | None) -> int:
        """A row, -1 where all that were drawn have asked before."""
        dice = generator(self._seed, "services", "who", name)
        for _ in range(1 if once is None else _TRIES):
            row = may[int(dice.integers(len(may)))]
            if once is None:
                return row
            service, taken = once
            if (service, row) not in taken:
                taken.add((service, row))
                return row
        return -1


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


def in_tempo(settings: ErrandSettings, facts: Sequence[Mapping[str, Fact]], seed: int, tempo: Tempo) -> Demand:
    """As the residents of a simulated city ask, whatever their number."""
    return Demand(settings, facts, seed, times=settings.times[tempo] * len(facts) / settings.per_residents)


def weekdays_before(day: datetime.date, count: int) -> list[datetime.date]:
    """So many Mondays to Fridays before a day, oldest first."""
    found: list[datetime.date] = []
    while len(found) < count:
        day -= _DAY
        if day.isoweekday() <= 5:
            found.append(day)
    return found[::-1]


def moment_ms(settings: ErrandSettings, ask: Ask, zone: datetime.tzinfo) -> int:
    """When a simulated resident asks, in milliseconds of city time."""
    first, last = settings.hours
    midnight = datetime.datetime.combine(ask.day, datetime.time(), zone)
    return round((midnight.timestamp() + 3600.0 * (first + (last - first) * ask.share)) * 1000.0)
