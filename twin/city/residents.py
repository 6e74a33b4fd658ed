"""The register of residents: who lives in the city and where. Their days are in :mod:`twin.city.lives`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from twin.city.graph import near_edge
from twin.city.lives import Life, Person, lives_of
from twin.city.model import City, Indices
from twin.city.person_names import person_name
from twin.core.chance import generator
from twin.core.text import Name
from twin.core.words import RoadClass

__all__ = ["Life", "Purpose", "Resident", "lives", "register"]

Purpose = Literal["presence", "position", "report", "service"]
Relation = Literal["head", "spouse", "child", "parent", "grandchild"]
Disability = Literal["", "walking", "sight", "hearing", "memory"]
_SHARES: tuple[tuple[Purpose, float], ...] = (("presence", 0.6), ("position", 0.45), ("report", 0.8), ("service", 0.9))
_CENSUS_YEAR = 2026
_ADDRESS_M = 25.0  # one house number for so many metres of street


@dataclass(frozen=True, slots=True)
class Resident:
    """What the city knows of a resident. ``pseudonym`` is what their phone calls itself; ``public_key`` the 32 bytes of
    an Ed25519 key; ``consents`` the purposes they agreed to. ``relation`` is to the head of the ``household``;
    ``vehicles`` are number plates; ``school`` the place where a child is enrolled; ``alone``: elderly and the only one
    in the household; ``care_alarm`` the device in such a home."""

    id: str
    pseudonym: str
    name: Name
    birth_year: int
    home_building: int
    home_xy: tuple[float, float]
    address: Name
    consents: tuple[Purpose, ...]
    public_key: bytes
    woman: bool = False
    household: str = ""
    relation: Relation = "head"
    vehicles: tuple[str, ...] = ()
    school: str = ""
    disability: Disability = ""
    alone: bool = False
    care_alarm: str = ""


def register(city: City, seed: int, count: int = 300) -> tuple[Resident, ...]:
    """The first ``count`` residents; a city without buildings has none. The same seed gives the same people."""
    homes = _homes(city, seed, count)
    addresses = _addresses(city, homes)
    residents = []
    for index, home in enumerate(homes.tolist()):
        person = _person(seed, index, city)
        dice = generator(seed, "resident", index)
        name = person_name(dice, person.woman)
        consents = tuple(purpose for purpose, share in _SHARES if dice.random() < share or _must(purpose, person))
        x, y = city.buildings.centre_xy[home].tolist()
        key = Ed25519PrivateKey.from_private_bytes(person.private_key).public_key().public_bytes_raw()
        residents.append(
            Resident(
                person.id, person.pseudonym, name, person.birth_year, home, (x, y), addresses[index], consents, key
            )
        )
    return tuple(residents)


def lives(city: City, seed: int, count: int = 300) -> tuple[Life, ...]:
    """The private side of the same people, in the same order: keys of their phones, work and daily plan."""
    homes = _homes(city, seed, count)
    people = [_person(seed, index, city) for index in range(len(homes))]
    return lives_of(city, seed, people, homes)


def _must(purpose: Purpose, person: Person) -> bool:
    """Who is going to apply for a service has agreed to what applying needs."""
    return person.expects_newborn and purpose in ("presence", "position", "service")


def _person(seed: int, index: int, city: City) -> Person:
    dice = generator(seed, "person", index)
    woman = bool(dice.random() < 0.5)
    expecting = index % 50 == 7
    age = int(dice.integers(25, 38)) if expecting else int(np.clip(dice.normal(41, 19), 14, 92))
    return Person(
        id=f"res_{index + 1:04d}",
        pseudonym=f"p{int(dice.integers(1 << 48)):012x}",
        birth_year=_CENSUS_YEAR - age,
        woman=woman or expecting,
        age=age,
        expects_newborn=expecting,
        private_key=generator(seed, "phone", index, city.meta.id).bytes(32),
    )


def _homes(city: City, seed: int, count: int) -> Indices:
    """(count,) home buildings, drawn by floor space among the residential ones (any, where no use is known)."""
    buildings = city.buildings
    if not len(buildings.id):
        return np.zeros(0, np.int32)
    able = np.array([use == "residential" for use in buildings.use])
    if not able.any():
        able[:] = True
    space = np.where(able, shapely.area(buildings.shape) * np.maximum(buildings.height_m, 3.0), 0.0)
    share = np.cumsum(space) / space.sum()
    found = np.searchsorted(share, generator(seed, "homes").random(count), side="right")
    return np.minimum(found, len(share) - 1).astype(np.int32)


def _addresses(city: City, homes: Indices) -> list[Name]:
    """Street and number, from the nearest named street; odd numbers left, even right."""
    roads = city.roads
    named = np.array([name is not None for name in roads.name]) & (roads.road_class <= int(RoadClass.SERVICE))
    edges = np.nonzero(named)[0].astype(np.int32)
    if not len(edges):
        return [city.meta.name for _ in homes]
    spots = shapely.points(city.buildings.centre_xy[homes])
    nearest, offsets = near_edge(roads, edges, spots)
    before_m = _before(city)
    addresses = []
    for edge, offset in zip(nearest.tolist(), offsets.tolist(), strict=True):
        street = roads.name[edge]
        forward = roads.reverse[edge] < 0 or edge < roads.reverse[edge]
        along = offset if forward else roads.length_m[edge] - offset
        ordinal = int((before_m[edge] + along) // _ADDRESS_M)
        number = 2 * ordinal + (2 if forward else 1)
        addresses.append(Name(f"{number} {street.en}", f"{street.zh}{number}号") if street else city.meta.name)
    return addresses


def _before(city: City) -> list[float]:
    """(E,) metres of the same street that come before each edge in the file's order, so that no number repeats."""
    roads = city.roads
    total: dict[Name | None, float] = {}
    before = [0.0] * len(roads)
    for edge, (name, length_m) in enumerate(zip(roads.name, roads.length_m.tolist(), strict=True)):
        other = int(roads.reverse[edge])
        if 0 <= other < edge:
            before[edge] = before[other]
        else:
            before[edge] = total.get(name, 0.0)
            total[name] = before[edge] + length_m
    return before
