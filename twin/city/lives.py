"""How residents spend a day: their occupation, how they travel, and where they are when. Known to the field alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from twin.city.model import City, Indices
from twin.core.chance import generator
from twin.core.text import Name

Travel = Literal["foot", "bicycle", "bus", "car"]
Pastime = Literal["home", "work", "school", "lunch", "shopping", "park", "visit"]
_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Person:
    """What register and lives share of one human being."""

    id: str
    pseudonym: str
    birth_year: int
    woman: bool
    age: int
    expects_newborn: bool
    private_key: bytes


@dataclass(frozen=True, slots=True)
class Activity:
    """From ``start_s`` (second of the day) the person is, or is on the way, here."""

    start_s: float
    activity: Pastime
    xy: tuple[float, float]
    building: int = -1
    place: str = ""


@dataclass(frozen=True, slots=True)
class Life:
    """``private_key`` is the phone's Ed25519 seed. ``work_building`` is -1 and ``work_place`` empty without work.
    ``plan`` begins at second 0 at home and is in order of time."""

    resident: str
    private_key: bytes
    occupation: Name
    work_building: int
    work_place: str
    mode: Travel
    plan: tuple[Activity, ...]
    expects_newborn: bool


@dataclass(frozen=True, slots=True)
class _Occupation:
    name: Name
    share: float
    uses: tuple[str, ...]  # uses of the buildings where it is done
    begin_h: float
    end_h: float


_OCCUPATIONS = (
    _Occupation(Name("office worker", "职员"), 0.34, ("office", "civic"), 8.6, 17.8),
    _Occupation(Name("shop assistant", "营业员"), 0.18, ("retail",), 9.6, 19.0),
    _Occupation(Name("factory worker", "工人"), 0.18, ("industrial",), 7.6, 16.6),
    _Occupation(Name("teacher", "教师"), 0.09, ("school", "university"), 7.5, 17.0),
    _Occupation(Name("nurse", "护士"), 0.08, ("hospital",), 7.8, 18.0),
    _Occupation(Name("courier", "快递员"), 0.08, ("retail", "industrial"), 8.0, 18.5),
    _Occupation(Name("civil servant", "公务员"), 0.05, ("civic", "office"), 8.5, 17.5),
)
_PUPIL = _Occupation(Name("pupil", "学生"), 0.0, ("school",), 7.7, 16.8)
_STUDENT = _Occupation(Name("student", "大学生"), 0.0, ("university", "school"), 8.5, 16.5)
_RETIRED = Name("pensioner", "退休人员")
_AT_HOME = Name("on parental leave", "休产假")


def lives_of(city: City, seed: int, people: list[Person], homes: Indices) -> tuple[Life, ...]:
    """A life for each person at each home (parallel lists)."""
    by_use: dict[str, list[int]] = {}
    for index, use in enumerate(city.buildings.use):
        by_use.setdefault(use, []).append(index)
    return tuple(
        _life(city, seed, person, int(home), by_use) for person, home in zip(people, homes.tolist(), strict=True)
    )


def _life(city: City, seed: int, person: Person, home: int, by_use: dict[str, list[int]]) -> Life:
    dice = generator(seed, "life", person.id)
    here = _at_building(city, 0.0, "home", home)
    job = _occupation(person, dice)
    work = _workplace(city, job, here.xy, dice, by_use) if job else -1
    if job is None or work < 0:
        plan = _free_day(city, here, dice)
        return Life(person.id, person.private_key, _idle_name(person), -1, "", "foot", plan, person.expects_newborn)
    plan = _working_day(city, here, work, job, dice)
    mode = _mode(person, here.xy, plan[1].xy, dice)
    return Life(
        person.id, person.private_key, job.name, work, _place_at(city, work), mode, plan, person.expects_newborn
    )


def _idle_name(person: Person) -> Name:
    if person.expects_newborn:
        return _AT_HOME
    return _RETIRED if person.age >= 60 else Name("between jobs", "待业")


def _occupation(person: Person, dice: np.random.Generator) -> _Occupation | None:
    if person.expects_newborn or person.age >= 63:
        return None
    if person.age < 18:
        return _PUPIL
    if person.age < 22 and dice.random() < 0.6:
        return _STUDENT
    shares = np.cumsum([job.share for job in _OCCUPATIONS])
    return _OCCUPATIONS[int(np.searchsorted(shares, dice.random() * shares[-1], side="right"))]


def _workplace(
    city: City, job: _Occupation, home: tuple[float, float], dice: np.random.Generator, by_use: dict[str, list[int]]
) -> int:
    """A building of the right use, near ones more likely (half as likely every 1.5 km); -1 where there is none."""
    able = np.array([index for use in job.uses for index in by_use.get(use, [])], dtype=np.int64)
    if not len(able):
        return -1
    distance_m = np.hypot(*(city.buildings.centre_xy[able] - np.array(home)).T)
    weight = np.cumsum(np.exp2(-distance_m / 1500.0))
    return int(able[min(int(np.searchsorted(weight, dice.random() * weight[-1], side="right")), len(able) - 1)])


def _mode(person: Person, home: tuple[float, float], work: tuple[float, float], dice: np.random.Generator) -> Travel:
    distance_m = float(np.hypot(work[0] - home[0], work[1] - home[1]))
    if distance_m < 900.0:
        return "foot"
    if person.age < 18 or distance_m < 2200.0:
        return "bicycle" if dice.random() < 0.6 else "bus"
    return "car" if dice.random() < 0.55 else "bus"


def _working_day(
    city: City, home: Activity, work: int, job: _Occupation, dice: np.random.Generator
) -> tuple[Activity, ...]:
    begin_s = (job.begin_h + float(dice.normal(0.0, 0.35))) * _HOUR_S
    end_s = (job.end_h + float(dice.normal(0.0, 0.5))) * _HOUR_S
    pastime: Pastime = "school" if job is _PUPIL or job is _STUDENT else "work"
    plan = [home, _at_building(city, begin_s, pastime, work)]
    if dice.random() < 0.35:
        lunch_s = (11.8 + float(dice.random())) * _HOUR_S
        spot = _near_place(city, plan[1].xy, ("market", "mall", "square", "park"), dice)
        if spot and begin_s < lunch_s < end_s - 2 * _HOUR_S:
            plan.append(_at_place(city, lunch_s, "lunch", spot))
            plan.append(_at_building(city, lunch_s + 0.8 * _HOUR_S, pastime, work))
    spot = _near_place(city, home.xy, ("market", "mall", "park", "library"), dice) if dice.random() < 0.5 else ""
    if spot:
        pastime = "park" if city.place(spot).kind == "park" else "shopping"
        plan.append(_at_place(city, end_s, pastime, spot))
        end_s += (0.5 + float(dice.random())) * _HOUR_S
    plan.append(Activity(end_s, "home", home.xy, home.building))
    return tuple(plan)


def _free_day(city: City, home: Activity, dice: np.random.Generator) -> tuple[Activity, ...]:
    """A morning walk or errand and perhaps an afternoon one."""
    plan, start_s = [home], (6.5 + 3.5 * float(dice.random())) * _HOUR_S
    for kinds, pastime, chance in ((("market", "mall"), "shopping", 0.8), (("park", "square", "library"), "park", 0.7)):
        spot = _near_place(city, home.xy, kinds, dice) if dice.random() < chance else ""
        if spot:
            plan.append(_at_place(city, start_s, pastime, spot))  # type: ignore[arg-type]  # both words are Pastimes
            stay_s = (0.6 + 0.9 * float(dice.random())) * _HOUR_S
            plan.append(Activity(start_s + stay_s, "home", home.xy, home.building))
            start_s += stay_s + (3.0 + 3.0 * float(dice.random())) * _HOUR_S
    return tuple(plan)


def _at_building(city: City, start_s: float, pastime: Pastime, building: int) -> Activity:
    x, y = city.buildings.centre_xy[building].tolist()
    return Activity(start_s, pastime, (x, y), building)


def _at_place(city: City, start_s: float, pastime: Pastime, place: str) -> Activity:
    return Activity(start_s, pastime, city.place(place).xy, place=place)


def _near_place(city: City, xy: tuple[float, float], kinds: tuple[str, ...], dice: np.random.Generator) -> str:
    """One of the three nearest places of these kinds; empty when there is none."""
    places = [place for place in city.places if place.kind in kinds]
    places.sort(key=lambda place: (np.hypot(place.xy[0] - xy[0], place.xy[1] - xy[1]), place.id))
    return places[int(dice.integers(min(3, len(places))))].id if places else ""


def _place_at(city: City, building: int) -> str:
    """The place that stands on or in this building; empty for most."""
    x, y = city.buildings.centre_xy[building].tolist()
    for place in city.places:
        if place.kind in ("hospital", "school", "university", "service_hall", "mall", "market", "library") and (
            np.hypot(place.xy[0] - x, place.xy[1] - y) < 40.0
        ):
            return place.id
    return ""
