"""What residents do for a living, where, how they get about and how they feel: known to the field alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.city.households import CHILD, GROWN, HEAD, PARENT, SPOUSE, Flags, Ints
from twin.city.model import City, Floats, Indices
from twin.city.population import Population
from twin.core.chance import generator
from twin.core.text import Name

FOOT, BICYCLE, BUS, CAR = range(4)
MODES = ("foot", "bicycle", "bus", "car")
WELL, CHRONIC, EXPECTING = range(3)
_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Occupation:
    name: Name
    share: float
    uses: tuple[str, ...]  # uses of the buildings where it is done
    begin_h: float
    end_h: float


OCCUPATIONS = (
    Occupation(Name("office worker", "职员"), 0.34, ("office", "civic"), 8.6, 17.8),
    Occupation(Name("shop assistant", "营业员"), 0.18, ("retail",), 9.6, 19.0),
    Occupation(Name("factory worker", "工人"), 0.18, ("industrial",), 7.9, 16.8),
    Occupation(Name("teacher", "教师"), 0.09, ("school", "university"), 7.6, 17.0),
    Occupation(Name("nurse", "护士"), 0.08, ("hospital",), 7.9, 18.0),
    Occupation(Name("courier", "快递员"), 0.08, ("retail", "industrial"), 8.0, 18.5),
    Occupation(Name("civil servant", "公务员"), 0.05, ("civic", "office"), 8.5, 17.5),
)
PUPIL, STUDENT, RETIRED, ON_LEAVE, IDLE, INFANT = range(len(OCCUPATIONS), len(OCCUPATIONS) + 6)
NAMES = (
    *(job.name for job in OCCUPATIONS), Name("pupil", "学生"), Name("student", "大学生"),
    Name("pensioner", "退休人员"), Name("on parental leave", "休产假"), Name("between jobs", "待业"),
    Name("small child", "幼儿"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Habits:
    """(R,) columns: ``occupation`` indexes ``NAMES``, ``work`` buildings (-1: none), ``escort`` the resident who brings
    a pupil to school (-1: nobody); ``home_xy`` and ``work_xy`` (R, 2)."""

    occupation: NDArray[np.uint8]
    employed: Flags
    night: Flags
    work: Indices
    mode: NDArray[np.uint8]
    health: NDArray[np.uint8]
    escort: Ints
    home_xy: Floats
    work_xy: Floats


def habits(city: City, people: Population) -> Habits:
    """Drawn from the population's settings and seed."""
    settings, made = people.settings, people.households
    dice = generator(people.seed, "habits").random((len(people), 8))
    age = made.age
    pupil = (age >= settings.school.from_age) & (age <= settings.school.until_age) & (people.school >= 0)
    student = ~pupil & (people.school >= 0)
    working_age = (age >= 18) & (age < settings.work.retire_at) & ~student & ~made.expecting
    job = np.searchsorted(np.cumsum([each.share for each in OCCUPATIONS]), dice[:, 0], side="right")
    job = np.minimum(job, len(OCCUPATIONS) - 1)
    able = working_age & (dice[:, 1] < settings.work.employed_share)
    home_xy = city.buildings.centre_xy[people.home].reshape(-1, 2)
    work = _workplaces(city, np.where(able, job, -1), home_xy, dice[:, 2], settings.work.half_every_m)
    employed = work >= 0
    rest = [pupil, student, made.expecting, age >= settings.work.retire_at, age < settings.school.from_age]
    idle = np.select(rest, [PUPIL, STUDENT, ON_LEAVE, RETIRED, INFANT], IDLE)
    work_xy = np.where(employed[:, None], city.buildings.centre_xy[np.maximum(work, 0)].reshape(-1, 2), home_xy)
    elderly = age >= settings.age.elderly_from
    chronic = dice[:, 3] < np.where(elderly, settings.health.chronic_share[1], settings.health.chronic_share[0])
    health = np.where(made.expecting, EXPECTING, np.where(chronic, CHRONIC, WELL))
    goal = work_xy.copy()
    for row in np.unique(people.school[people.school >= 0]).tolist():
        goal[people.school == row] = city.places[row].xy
    mode = _modes(people, employed, home_xy, goal, dice[:, 4:6])
    return Habits(
        np.where(employed, job, idle).astype(np.uint8), employed, employed & (dice[:, 6] < settings.work.night_share),
        work, mode, health.astype(np.uint8), _escorts(people, pupil, employed, mode), home_xy, work_xy,
    )  # fmt: skip


def _workplaces(city: City, job: Ints, home_xy: Floats, share: Floats, half_m: float) -> Indices:
    """A building of the right use, near ones more likely; -1 without a job."""
    found = np.full(len(job), -1, np.int32)
    uses = np.array(city.buildings.use)
    for number, occupation in enumerate(OCCUPATIONS):
        able, rows = np.flatnonzero(np.isin(uses, occupation.uses)), np.flatnonzero(job == number)
        if not len(able):  # somewhere else than at home
            able = np.flatnonzero(uses != "residential")
        if len(able) and len(rows):
            found[rows] = able[nearer(home_xy[rows], city.buildings.centre_xy[able], share[rows], half_m)]
    return found


def nearer(here: Floats, there: Floats, share: Floats, half_m: float) -> Ints:
    """For each point one of the others, half as likely every ``half_m``."""
    found = np.zeros(len(here), np.int64)
    for begin in range(0, len(here), _CHUNK):
        some = slice(begin, begin + _CHUNK)
        away = np.hypot(here[some, None, 0] - there[None, :, 0], here[some, None, 1] - there[None, :, 1])
        weight = np.cumsum(np.exp2(-away / half_m), axis=1)
        found[some] = (weight < share[some, None] * weight[:, -1:]).sum(axis=1)
    return np.minimum(found, len(there) - 1)


def _modes(people: Population, employed: Flags, home_xy: Floats, goal: Floats, dice: Floats) -> NDArray[np.uint8]:
    """How each gets about when it is too far to walk."""
    rules, age = people.settings.travel, people.households.age
    away = np.hypot(*(goal - home_xy).T)
    frail = (people.disability == 1) | (people.disability == 2) | (age >= 75)
    cycles = (age >= 12) & (age < 70) & ~frail & (dice[:, 0] < rules.cycle_share)
    out = np.where(away > 1.0, away, rules.cycle_within_m)
    drives = (people.cars > 0) & (dice[:, 1] < people.settings.vehicles.drives_share) & (out > rules.walk_within_m)
    drives &= employed | (age < 70)
    by_wheel = np.where(cycles & (out <= rules.cycle_within_m), BICYCLE, BUS)
    near = (away > 1.0) & (away <= rules.walk_within_m) & ~drives
    return np.where(drives, CAR, np.where(near, np.where(cycles, BICYCLE, FOOT), by_wheel)).astype(np.uint8)


def _escorts(people: Population, pupil: Flags, employed: Flags, mode: NDArray[np.uint8]) -> Ints:
    """Who brings each young pupil to school: of the adults of the household one without work, else one who drives,
    else the head."""
    made, count = people.households, len(people)
    found = np.full(count, -1, np.int64)
    young = pupil & (made.age < people.settings.school.escorted_below)
    adult = np.isin(made.member, (HEAD, SPOUSE, PARENT)) & ~np.isin(made.member, (CHILD, GROWN)) & ~made.expecting
    adult &= (made.age < 80) & (people.disability == 0)
    rank = np.where(~employed, 0, np.where(mode == CAR, 1, 2)) * 8 + np.arange(count) - made.first[made.of]
    rank = np.where(adult, rank, 99)
    order = np.lexsort((rank, made.of))
    best = order[np.concatenate(([True], np.diff(made.of[order]) != 0))] if count else order
    chosen = np.full(int(made.of.max()) + 1 if count else 0, -1, np.int64)
    chosen[made.of[best]] = np.where(adult[best], best, -1)
    found[young] = chosen[made.of[young]]
    return found
