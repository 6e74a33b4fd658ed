"""One run of the study of virtual presence: city, residents and settings put together."""

from __future__ import annotations

from functools import lru_cache

from services.app.installation import choice, city_directory, config_directory
from services.evaluation.adoption import World, adopt, people_of
from services.evaluation.adoption_settings import HOURS, START, AdoptionSettings, load_adoption
from services.evaluation.job import Job, Outcome
from twin.city.lives import lives
from twin.city.load import load
from twin.city.population_settings import load_population
from twin.core.errors import ConfigError
from twin.field.traffic_settings import load_traffic

_DIGITS = 9


@lru_cache(maxsize=1)
def _world() -> tuple[World, AdoptionSettings]:
    """Once a process."""
    config = config_directory()
    by_hour = load_traffic(config / "field" / "traffic.toml").population.by_hour
    world = World(load(city_directory(None)), tuple(choice().vehicles * share for share in by_hour))
    return world, adoption_settings()


def adoption_settings() -> AdoptionSettings:
    """The study's file. Raises :class:`ConfigError`."""
    return load_adoption(config_directory() / "evaluation" / "adoption.toml")


def run_adoption_job(job: Job) -> Outcome:
    """One run: a whole working day. Raises :class:`ConfigError` for any other stretch, or an unknown factor."""
    if (job.study, job.start_at, job.hours) != ("adoption", START, HOURS):
        raise ConfigError(f"{job.study} from {job.start_at}", "the study of adoption takes whole working days")
    world, settings = _world()
    count = people_of(world.city, settings.floor_m2)
    if not count:
        raise ConfigError(world.city.directory, "nobody lives here: no building is residential")
    people = lives(world.city, job.seed, count, load_population(config_directory() / "population.toml"))
    measures, counts = adopt(world, people, settings.scaled(job.arm.factors), job.seed, job.arm.virtual)
    return Outcome(
        job=job, measures={name: None if value is None else _rounded(value) for name, value in measures.items()},
        counts={name: _rounded(value) for name, value in counts.items()},
    )  # fmt: skip


def _rounded(value: float) -> float:
    """So many significant digits: sums in another order give the same."""
    return float(f"{value:.{_DIGITS}g}") + 0.0
