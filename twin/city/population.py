"""The people of a city as columns: what register and lives share. Seeded; the first so many are always the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.households import CHILD, GROWN, HEAD, SPOUSE, Flags, Households, Ints, households
from twin.city.model import City, Floats, Indices
from twin.city.population_settings import PopulationSettings, usual_population
from twin.core.chance import generator

DISABILITIES = ("", "walking", "sight", "hearing", "memory")
Purpose = Literal["presence", "position", "report", "service"]
PURPOSES: tuple[Purpose, ...] = ("presence", "position", "report", "service")
_DRIVING_FROM, _DRIVING_UNTIL = 18, 75
_UNIVERSITY_UNTIL = 22


@dataclass(frozen=True, slots=True)
class Population:
    """(R,) columns. ``home`` indexes buildings, ``school`` places (-1: none), ``device`` the city's devices (-1: none);
    ``given`` and ``family`` are the numbers that give the name; ``consents`` one flag for each of ``PURPOSES``."""

    seed: int
    city: str
    settings: PopulationSettings
    households: Households
    home: Indices
    pseudonym: NDArray[np.uint64]
    family: Floats
    given: Floats
    school: Indices
    disability: NDArray[np.uint8]
    phone: Flags
    consents: Flags  # (R, 4)
    cars: NDArray[np.uint8]
    alone: Flags
    device: Indices

    def __len__(self) -> int:
        return len(self.home)

    def id(self, row: int) -> str:
        return f"res_{row + 1:04d}"

    def private_key(self, row: int) -> bytes:
        """The Ed25519 seed of a resident's phone. It is the field's; the register asks only for the public half."""
        words = f"{self.seed}\x1fphone\x1f{row}\x1f{self.city}".encode()
        return hashlib.blake2b(words, digest_size=32).digest()


def population(city: City, seed: int, count: int, settings: PopulationSettings | None = None) -> Population:
    """``count`` residents; a city without buildings has none. Kept for the last call, since register and lives ask."""
    return _Kept(city, settings or usual_population()).people(seed, count)


class _Kept:
    """Compares by what decides who lives there, so that the cache holds no second copy of a city."""

    def __init__(self, city: City, settings: PopulationSettings) -> None:
        self._city, self._settings = city, settings
        self._key = (city.digest, city.meta.id, len(city.devices), len(city.places), id(city.buildings), settings)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key[:-1])

    def people(self, seed: int, count: int) -> Population:
        return _made(self, seed, count)

    def make(self, seed: int, count: int) -> Population:
        return _synthesised(self._city, seed, count if len(self._city.buildings.id) else 0, self._settings)


@lru_cache(maxsize=1)
def _made(kept: _Kept, seed: int, count: int) -> Population:
    return kept.make(seed, count)


def _synthesised(city: City, seed: int, count: int, settings: PopulationSettings) -> Population:
    made = households(settings, seed, count)
    homes, devices = _homes(city, seed, made)
    of, dice = made.of, generator(seed, "persons").random((count, 10))
    elderly = made.age >= settings.age.elderly_from
    fathers = ~made.woman | np.isin(made.member, (CHILD, GROWN))
    phone = dice[:, 2] < _phone_share(settings, made.age)
    consents = _consents(settings, made, phone, dice[:, 3:7])
    return Population(
        seed, city.meta.id, settings, made, homes[of],
        generator(seed, "pseudonyms").integers(1 << 48, size=count, dtype=np.uint64),
        np.where(fathers, made.family[of], dice[:, 0]), dice[:, 1],
        _schools(city, seed, settings, made, homes, dice[:, 7]), _disabilities(settings, elderly, dice[:, 8]),
        phone | made.expecting, consents, _cars(seed, settings, made), made.alone[of],
        np.where(made.alone[of], devices[of], -1).astype(np.int32),
    )  # fmt: skip


def _homes(city: City, seed: int, made: Households) -> tuple[Indices, Indices]:
    """(H,) home buildings, drawn by floor space among the residential ones (any, where no use is known), and the care
    alarm in each home (-1: none): the first elderly who live alone live where the city has put one."""
    buildings, count = city.buildings, len(made.first)
    device = np.full(count, -1, np.int32)
    if not count:
        return np.zeros(0, np.int32), device
    able = np.array([use == "residential" for use in buildings.use])
    if not able.any():
        able[:] = True
    space = np.where(able, shapely.area(buildings.shape) * np.maximum(buildings.height_m, 3.0), 0.0)
    share = np.cumsum(space) / space.sum()
    found = np.searchsorted(share, generator(seed, "homes").random(count), side="right")
    homes = np.minimum(found, len(share) - 1).astype(np.int32)
    alarms = [index for index, each in enumerate(city.devices) if each.kind == "care_alarm"]
    for household, index in zip(np.flatnonzero(made.alone).tolist(), alarms, strict=False):
        away = np.hypot(*(buildings.centre_xy - np.array(city.devices[index].xy)).T)
        homes[household], device[household] = int(np.argmin(np.where(able, away, np.inf))), index
    return homes, device


def _schools(
    city: City, seed: int, settings: PopulationSettings, made: Households, homes: Indices, share: Floats
) -> Indices:
    """Places of enrolment: siblings go to one school near home; students to a university."""
    rules, found = settings.school, np.full(len(made.of), -1, np.int32)
    pupil = (made.age >= rules.from_age) & (made.age <= rules.until_age)
    schools = np.array([row for row, place in enumerate(city.places) if place.kind == "school"], np.int32)
    if len(schools) and len(homes):
        xy = np.array([city.places[row].xy for row in schools.tolist()])
        away = np.hypot(*(city.buildings.centre_xy[homes][:, None, :] - xy[None, :, :]).transpose(2, 0, 1))
        ranked = np.argsort(away, axis=1, kind="stable")
        far = generator(seed, "schools").random(len(homes)) < rules.second_choice_share
        pick = ranked[np.arange(len(homes)), np.where(far, min(1, len(schools) - 1), 0)]
        found[pupil] = schools[pick][made.of[pupil]]
    universities = [row for row, place in enumerate(city.places) if place.kind == "university"]
    student = (made.age > rules.until_age) & (made.age < _UNIVERSITY_UNTIL) & (share < settings.work.student_share)
    if universities:
        found[student] = np.array(universities, np.int32)[np.flatnonzero(student) % len(universities)]
    return found


def _phone_share(settings: PopulationSettings, age: Ints) -> Floats:
    ages = np.array([begin for begin, _ in settings.phones.share_from_age])
    shares = np.array([share for _, share in settings.phones.share_from_age])
    return shares[np.searchsorted(ages, age, side="right") - 1]


def _consents(settings: PopulationSettings, made: Households, phone: Flags, dice: Floats) -> Flags:
    """Who is going to apply for a service has agreed to what applying needs."""
    shares = np.array([settings.phones.consents.get(purpose, 0.0) for purpose in PURPOSES])
    agreed = (dice < shares) & (phone & (made.age >= settings.phones.consent_from_age))[:, None]
    must = np.array([purpose in ("presence", "position", "service") for purpose in PURPOSES])
    return np.asarray(agreed | (made.expecting[:, None] & must[None, :]), np.bool_)


def _disabilities(settings: PopulationSettings, elderly: Flags, dice: Floats) -> NDArray[np.uint8]:
    spans = [getattr(settings.abilities, name) for name in DISABILITIES[1:]]
    below = np.cumsum([span[0] for span in spans]), np.cumsum([span[1] for span in spans])
    rank = np.where(
        elderly, np.searchsorted(below[1], dice, side="right"), np.searchsorted(below[0], dice, side="right")
    )
    return np.where(rank < len(spans), rank + 1, 0).astype(np.uint8)


def _cars(seed: int, settings: PopulationSettings, made: Households) -> NDArray[np.uint8]:
    """Cars registered to each: the first to the head, the second to the spouse."""
    dice = generator(seed, "cars").random((len(made.first), 2))
    rules, of = settings.vehicles, made.of
    able = (made.age >= _DRIVING_FROM) & (made.age <= _DRIVING_UNTIL)
    has = dice[of, 0] < rules.households_with_car
    two = has & (dice[of, 1] < rules.second_car)
    owns = able & ((made.member == HEAD) & has | (made.member == SPOUSE) & two)
    return np.asarray(owns, np.uint8)
