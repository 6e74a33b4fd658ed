"""``run.py bench people``: how fast 20,000 residents live their days, and in how much memory."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.progress import Progress

from services.app.installation import choice, city_directory, config_directory, start_of_day
from twin.city.lives import lives
from twin.city.load import load
from twin.city.locate import Locator
from twin.city.population_settings import load_population
from twin.city.residents import register
from twin.core.bus import InProcessBroker
from twin.field.bodies import BUS, CAR
from twin.field.hazards.base import Moment
from twin.field.people import People
from twin.field.people_settings import PeopleSettings
from twin.field.publish import Publisher
from twin.field.settings import load_settings
from twin.field.tellings import tell_positions
from twin.field.traffic import Traffic
from twin.field.traffic_settings import traffic_settings
from twin.field.weather import Weather, utc_offset_s

RESIDENTS = 20_000
PACE = 60.0
_BEGIN_H, _MODES = 4.0, ("", "foot", "bicycle", "", "bus", "car", "car_without_vehicle", "lift")


@dataclass
class _Spent:
    """Wall seconds by part (asking for CPU time twice a second would itself cost); CPU seconds of the busiest."""

    people: float = 0.0
    traffic: float = 0.0
    busiest: float = 0.0  # an hour at the rate of the busiest quarter, all parts


def bench_people(
    out: Console | None = None, residents: int = RESIDENTS, hours: float = 24.0, vehicles: int | None = None
) -> dict[str, object]:
    """A working day of so many residents from 04:00 on, in the default city with its traffic and buses: plans, ways,
    cars among the traffic, buses boarded, phones telling. Devices, hazards and crews are not part of it.

    Wall and CPU time are of this one process, which uses one core.
    """
    began = time.perf_counter()
    city = load(city_directory(None))
    given, config = choice(), config_directory()
    start_ms = start_of_day(city.directory, f"{int(_BEGIN_H):02d}:00")
    settings, living = load_settings(config / "field", "real"), load_population(config / "population.toml")
    bus = InProcessBroker().connect()
    publisher = Publisher(bus, "sim/bench", given.message_budget_per_s / PACE)
    offset_s = utc_offset_s(city.meta.time_zone, city.meta.longitude, start_ms)
    weather = Weather(settings.weather, given.seed, start_ms, "real", offset_s)
    traffic = Traffic(city, given.seed, traffic_settings(config / "field", vehicles or given.vehicles), start_ms)
    made = time.perf_counter()
    known, private = register(city, given.seed, residents, living), lives(city, given.seed, residents, living)
    registered_s = time.perf_counter() - made
    first = Moment(start_ms, 0.0, 1.0, weather.at(start_ms))
    people = People(
        city, known, private, settings.people, given.seed, traffic, Locator(city), publisher, first
    )  # fmt: skip
    opened_s, spent, most = time.perf_counter() - began, _Spent(), {"under_way": 0, "aboard": 0, "own_cars": 0}
    began, began_cpu = time.perf_counter(), time.process_time()
    with Progress(console=out, disable=out is None) as bar:
        task = bar.add_task(f"{residents} residents, {hours:g} h", total=hours)
        for hour in range(round(hours * 4)):
            cpu = time.process_time()
            for second in range(hour * 900, hour * 900 + 900):
                _second(_moment(start_ms, second + 1, weather), people, traffic, publisher, settings.people, spent)
            spent.busiest = max(spent.busiest, (time.process_time() - cpu) * 4)
            _note(people, most)
            bar.advance(task, 0.25)
    wall_s, cpu_s, city_s = time.perf_counter() - began, time.process_time() - began_cpu, hours * 3600.0
    return {
        "residents": residents, "resident_days": round(residents * hours / 24.0, 1),
        "city_s_per_wall_s": round(city_s / wall_s, 1), "city_s_per_cpu_s": round(city_s / cpu_s, 1),
        "city_s_per_cpu_s_busiest_quarter": round(3600.0 / spent.busiest, 1),
        "people_ms_per_city_s": round(spent.people / city_s * 1000, 3),
        "traffic_ms_per_city_s": round(spent.traffic / city_s * 1000, 3),
        "peak_rss_mb": round(_peak_rss_mb(), 1), "register_and_lives_s": round(registered_s, 2),
        "opened_s": round(opened_s, 2),
        "trips": {_MODES[mode]: int(count) for mode, count in enumerate(people.bodies.trips) if _MODES[mode]},
        "most_at_once": most, "messages": dict(sorted(publisher.state.count.items())),
        "held_back": dict(sorted(publisher.state.held.items())),
    }  # fmt: skip


def _moment(start_ms: int, since_s: int, weather: Weather) -> Moment:
    now_ms = start_ms + since_s * 1000
    return Moment(now_ms, float(since_s), 1.0, weather.at(now_ms))


def _second(
    now: Moment, people: People, traffic: Traffic, publisher: Publisher, settings: PeopleSettings, spent: _Spent
) -> None:
    """As the field does it: two steps of the traffic, one of the people."""
    began = time.perf_counter()
    traffic.step(0.5)
    traffic.step(0.5)
    arrived = frozenset(traffic.arrived())
    between = time.perf_counter()
    publisher.allow(1.0)
    people.step(now, arrived)
    tell_positions(traffic.city, people, settings, publisher, now)
    spent.traffic += between - began
    spent.people += time.perf_counter() - between


def _note(people: People, most: dict[str, int]) -> None:
    mode = people.bodies.mode
    now = {
        "under_way": int(np.count_nonzero(mode)), "aboard": int((mode == BUS).sum()),
        "own_cars": int((mode == CAR).sum()),
    }  # fmt: skip
    for name, count in now.items():
        most[name] = max(most[name], count)


def _peak_rss_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024.0 * 1024.0 if sys.platform == "darwin" else 1024.0)
