"""One-stop beside item-by-item: the same errands through each way of serving, over seeds, with intervals."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from services.collaboration.roster import Roster
from services.evaluation.adoption_settings import Ways
from services.evaluation.service_counters import Counters
from services.evaluation.service_demand import Errand, errands_of, hall_of, residents, ways_s, working_days
from services.evaluation.service_draws import Draws
from services.evaluation.service_one_stop import OneStop
from services.evaluation.service_queues import Offices, Tally
from services.evaluation.service_settings import ServiceSettings
from services.evaluation.service_ways import WAYS
from services.evaluation.statistics import Difference, Interval, difference, interval, rounded
from services.governance.calendar import Calendar
from services.hall.catalogue import Item, Service
from twin.city.errand_settings import ErrandSettings
from twin.city.model import City
from twin.city.population_settings import PopulationSettings
from twin.core.errors import CivitwinError
from twin.core.text import Text

ALL, SINGLE, DIGITAL, BY_HAND = "all", "single", "digital", "by_hand"
"""Everything that was asked for; the single items among it; what was asked for with a digital identity, and without."""


class Measure(msgspec.Struct, frozen=True):
    """``assumed``: the figure is what the catalogue and the settings say, and no run could have shown another."""

    id: str
    name: Text
    assumed: bool
    more_is_better: bool = False


MEASURES = (
    Measure("materials", Text("Materials brought"), True),
    Measure("questions", Text("Questions asked"), True),
    Measure("trips", Text("Trips to the hall"), False),
    Measure("elapsed_days", Text("Elapsed working days"), False),
    Measure("wait_min", Text("Waiting in queues, min"), False),
    Measure("applicant_min", Text("Applicant's time, min"), False),
    Measure("staff_min", Text("Staff's work, min"), False),
    Measure("right_first_time", Text("Right first time, %"), False, True),
)


class UnfinishedError(CivitwinError):
    """An errand that never came to its end: a fault in a way of serving."""


@dataclass(frozen=True, slots=True)
class Town:
    """What all runs share."""

    city: City
    services: Mapping[str, Service]
    calendar: Calendar
    roster: Roster
    ways: Ways
    population: PopulationSettings
    first_day: datetime.date
    asked: ErrandSettings


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One measure of one group of errands: its mean in each way of serving, and one-stop less ``counters`` over the
    same errands; ``relative`` is that change as a share of the counters' mean."""

    measure: str
    ways: dict[str, Interval]
    change: Difference
    relative: float | None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """``groups``: rows by service, by ``all``, ``single``, ``digital`` and ``by_hand``; ``errands`` how many there were
    of each, all seeds together; ``digital`` the share of applicants with a digital identity."""

    seeds: tuple[int, ...]
    days: tuple[str, ...]
    residents: int
    errands: dict[str, int]
    digital: float | None
    groups: dict[str, tuple[Row, ...]]


def compare(
    town: Town, settings: ServiceSettings, seeds: int, days: int, progress: Callable[[int], object] = lambda _: None
) -> Found:
    """The same call gives the same figures. ``progress`` is told of every seed that is done."""
    chosen = tuple(range(settings.first_seed, settings.first_seed + seeds))
    dates = working_days(town.first_day, days, town.calendar)
    tallies: dict[str, list[list[tuple[Errand, Tally]]]] = {way: [] for way in WAYS}
    for seed in chosen:
        errands = _errands(town, settings, dates, seed)
        for way in WAYS:
            tallies[way].append(list(zip(errands, served(town, settings, errands, way, seed), strict=True)))
        progress(seed)
    every = [pair for run in tallies[WAYS[0]] for pair in run]
    names = [ALL, *(id for id in town.asked.demand if town.services[id].bundle), SINGLE, DIGITAL, BY_HAND]
    members = {name: _member(town, name) for name in names}
    return Found(
        seeds=chosen, days=tuple(day.isoformat() for day in dates), residents=settings.residents,
        errands={name: sum(members[name](errand) for errand, _ in every) for name in names},
        digital=rounded(sum(errand.digital for errand, _ in every) / len(every)) if every else None,
        groups={name: _rows(town, tallies, name, members[name]) for name in names},
    )  # fmt: skip


def _member(town: Town, name: str) -> Callable[[Errand], bool]:
    if name == ALL:
        return lambda errand: True
    if name == SINGLE:
        return lambda errand: not town.services[errand.service].bundle
    if name in (DIGITAL, BY_HAND):
        return lambda errand: errand.digital == (name == DIGITAL)
    return lambda errand: errand.service == name


def _errands(town: Town, settings: ServiceSettings, dates: list[datetime.date], seed: int) -> tuple[Errand, ...]:
    people = residents(town.city, seed, settings.residents, town.population)
    ways = ways_s(town.city, people, hall_of(town.city, settings.hall), town.ways)
    zone = town.city.meta.time_zone
    return errands_of(people, ways, town.services, town.asked, dates, town.calendar, zone, seed)


def served(town: Town, settings: ServiceSettings, errands: Sequence[Errand], way: str, seed: int) -> list[Tally]:
    """Every errand to its end, in one way of serving. Raises :class:`UnfinishedError`."""
    offices, draws = Offices(town.calendar, town.roster), Draws(settings, seed)
    tallies: list[Tally] = []
    for errand in errands:
        service = town.services[errand.service]
        serving: OneStop | Counters
        if way == "one_stop":
            serving = OneStop(offices, service, draws, errand)
        else:
            # singly, each item asks for itself all that a bundle's credentials say
            alone = msgspec.structs.replace(
                service, items=tuple(_alone(town, item.id, service) for item in service.items)
            )
            serving = Counters(offices, alone, draws, errand, combine=way == "combined")
        serving.begin()
        tallies.append(serving.tally)
    offices.run()
    for errand, tally in zip(errands, tallies, strict=True):
        if tally.ended_ms < 0:
            raise UnfinishedError(f"{errand.id} never ended ({way}, seed {seed})")
    return tallies


def _alone(town: Town, id: str, service: Service) -> Item:
    own, item = town.services.get(id), service.item(id)
    if own is None or own.bundle:
        return item
    return msgspec.structs.replace(own.items[0], after=item.after, joint="", optional=item.optional)


def _rows(
    town: Town, tallies: dict[str, list[list[tuple[Errand, Tally]]]], name: str, member: Callable[[Errand], bool]
) -> tuple[Row, ...]:
    rows: list[Row] = []
    for measure in MEASURES:
        means = {
            way: [_mean([_value(town, measure.id, tally) for errand, tally in run if member(errand)]) for run in runs]
            for way, runs in tallies.items()
        }
        key = f"services/{name}/{measure.id}"
        ways = {way: interval(f"{key}/{way}", values) for way, values in means.items()}
        sign = 1.0 if measure.more_is_better else -1.0
        change = difference(key, means["one_stop"], means["counters"], sign, ("one_stop", "counters"))
        before = ways["counters"].mean
        relative = rounded(change.mean / before, 4) if change.mean is not None and before else None
        rows.append(Row(measure=measure.id, ways=ways, change=change, relative=relative))
    return tuple(rows)


def _value(town: Town, measure: str, tally: Tally) -> float:
    match measure:
        case "elapsed_days":
            return town.calendar.elapsed("working_day", tally.asked_ms, tally.ended_ms)
        case "wait_min":
            return tally.waited_s / 60.0
        case "applicant_min":
            return tally.applicant_s / 60.0
        case "staff_min":
            return tally.staff_s / 60.0
        case "right_first_time":
            return 100.0 * (tally.returned == 0)
        case _:
            return float(getattr(tally, measure))


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
