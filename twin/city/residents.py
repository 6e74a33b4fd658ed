"""The register of residents: what government holds of each. Their days are in :mod:`twin.city.lives`, for the field
alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from twin.city.addresses import addresses
from twin.city.households import CHILD, GROWN, HEAD, PARENT, SPOUSE
from twin.city.model import City
from twin.city.person_names import full_name
from twin.city.population import DISABILITIES, PURPOSES, Population, Purpose, population
from twin.city.population_settings import PopulationSettings
from twin.core.text import Name

__all__ = ["Disability", "Purpose", "Relation", "Resident", "register"]

Relation = Literal["head", "spouse", "child", "parent"]
Disability = Literal["", "walking", "sight", "hearing", "memory"]
CENSUS_YEAR = 2026
_RELATION: dict[int, Relation] = {HEAD: "head", SPOUSE: "spouse", CHILD: "child", GROWN: "child", PARENT: "parent"}
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Resident:
    """What the city knows of a resident. ``pseudonym`` is what their phone calls itself; ``public_key`` the 32 bytes of
    an Ed25519 key; ``consents`` the purposes they agreed to (none without a phone). ``relation`` is to the head of the
    ``household``; ``vehicles`` are number plates; ``school`` the place where they are enrolled; ``alone``: elderly and
    the only one in the household; ``care_alarm`` the device in such a home."""

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


def register(
    city: City, seed: int, count: int = 300, settings: PopulationSettings | None = None
) -> tuple[Resident, ...]:
    """The first ``count`` residents; a city without buildings has none. The same seed and settings give the same
    people, in any process."""
    people = population(city, seed, count, settings)
    homes = addresses(city, people.home)
    return tuple(_resident(city, people, row, homes[row]) for row in range(len(people)))


def _resident(city: City, people: Population, row: int, address: Name) -> Resident:
    made, home = people.households, int(people.home[row])
    x, y = city.buildings.centre_xy[home].tolist()
    woman, school, device = bool(made.woman[row]), int(people.school[row]), int(people.device[row])
    consents = tuple(purpose for purpose, agreed in zip(PURPOSES, people.consents[row], strict=True) if agreed)
    key = Ed25519PrivateKey.from_private_bytes(people.private_key(row)).public_key().public_bytes_raw()
    return Resident(
        id=people.id(row),
        pseudonym=f"p{int(people.pseudonym[row]):012x}",
        name=full_name(float(people.family[row]), float(people.given[row]), woman),
        birth_year=CENSUS_YEAR - int(made.age[row]),
        home_building=home,
        home_xy=(x, y),
        address=address,
        consents=consents,
        public_key=key,
        woman=woman,
        household=f"hh_{int(made.of[row]) + 1:04d}",
        relation=_RELATION[int(made.member[row])],
        vehicles=tuple(_plate(people.settings.vehicles.plate, row, which) for which in range(int(people.cars[row]))),
        school=city.places[school].id if school >= 0 else "",
        disability=DISABILITIES[int(people.disability[row])],  # type: ignore[arg-type]
        alone=bool(people.alone[row]),
        care_alarm=city.devices[device].id if device >= 0 else "",
    )


def _plate(prefix: str, row: int, which: int) -> str:
    """A plate of its own for each: two letters and three digits."""
    number = row * 2 + which
    high, digits = divmod(number, 1000)
    first, second = divmod(high, len(_LETTERS))
    return f"{prefix}·{_LETTERS[first % len(_LETTERS)]}{_LETTERS[second]}{digits:03d}"
