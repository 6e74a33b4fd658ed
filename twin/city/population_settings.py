"""``config/population.toml``, typed: the marginals that residents are made from. Unknown keys are refused."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from twin.city.catalogue import config_directory
from twin.core.errors import ConfigError

Member = Literal["head", "spouse", "child", "grown", "parent"]
Span = tuple[float, float]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table whose unknown keys are mistakes."""


class Household(_Strict, frozen=True):
    """One make-up of households; ``head`` bounds the age of a head who has no child at home."""

    members: tuple[Member, ...]
    share: float
    head: tuple[int, int] = (22, 64)


class Ages(_Strict, frozen=True):
    pyramid: tuple[tuple[int, int, float], ...]
    mother_at_birth: Span
    elderly_from: int


class Newborns(_Strict, frozen=True):
    every_households: int


class Work(_Strict, frozen=True):
    employed_share: float
    student_share: float
    retire_at: int
    night_share: float
    lunch_out_share: float
    half_every_m: float


class School(_Strict, frozen=True):
    from_age: int
    until_age: int
    bell_h: Span
    early_s: Span
    escorted_below: int
    drop_s: float
    second_choice_share: float


class Vehicles(_Strict, frozen=True):
    households_with_car: float
    second_car: float
    drives_share: float
    plate: str


class TravelHabits(_Strict, frozen=True):
    walk_within_m: float
    cycle_within_m: float
    cycle_share: float


class PhoneShares(_Strict, frozen=True):
    share_from_age: tuple[tuple[int, float], ...]
    consent_from_age: int
    consents: dict[Literal["presence", "position", "report", "service"], float]


class Abilities(_Strict, frozen=True):
    walking: Span
    sight: Span
    hearing: Span
    memory: Span


class Health(_Strict, frozen=True):
    chronic_share: Span


class PopulationSettings(_Strict, frozen=True):
    household: tuple[Household, ...]
    age: Ages
    newborn: Newborns
    work: Work
    school: School
    vehicles: Vehicles
    travel: TravelHabits
    phones: PhoneShares
    abilities: Abilities
    health: Health


def load_population(path: Path) -> PopulationSettings:
    """Read and check the file. Raises :class:`ConfigError` naming file and key."""
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=PopulationSettings)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    if abs(sum(household.share for household in settings.household) - 1.0) > 1e-6:
        raise ConfigError(f"{path}: household", "the shares must add up to 1")
    for index, household in enumerate(settings.household):
        if household.members[:1] != ("head",) or household.members.count("head") != 1:
            raise ConfigError(f"{path}: household[{index}].members", "one head, and first, in each household")
    if abs(sum(share for _, _, share in settings.age.pyramid) - 1.0) > 1e-6:
        raise ConfigError(f"{path}: age.pyramid", "the shares must add up to 1")
    return settings


@lru_cache(maxsize=1)
def usual_population() -> PopulationSettings:
    """The project's own file."""
    return load_population(config_directory() / "population.toml")
