"""Which of a day's activities are done virtually. Nested: whoever does something virtually at one share does so at
every greater one, so that runs of one seed can be compared resident by resident."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.evaluation.adoption_settings import AdoptionSettings
from twin.city.habits import OCCUPATIONS
from twin.city.households import Flags, Ints
from twin.city.lives import Lives
from twin.city.model import City
from twin.city.plan_draft import CARE, ERRAND, ESCORT, HOME, LEISURE, LUNCH, SCHOOL, SHOPPING, VISIT, WORK, Plan
from twin.city.population import DISABILITIES
from twin.core.chance import generator

KIND_NAMES = (
    "home", "work", "school", "escort", "lunch", "shopping", "leisure", "counter", "care", "visit", "library", "study",
)  # fmt: skip
COUNTER, LIBRARY, STUDY = ERRAND, len(KIND_NAMES) - 2, len(KIND_NAMES) - 1
_GROWN = 18


@dataclass(frozen=True, slots=True)
class Choices:
    """Per entry of the plan (P,): its resident, its ``kind`` (``KIND_NAMES``), whether it could be done virtually
    (``suitable``: the activity, ``able`` residents aside) and whether it is. Per resident (R,): ``able``."""

    row: Ints
    kind: NDArray[np.uint8]
    suitable: Flags
    virtual: Flags
    able: Flags


def choose(city: City, lives: Lives, plan: Plan, settings: AdoptionSettings, seed: int, share: float) -> Choices:
    """Seeded by resident for work, lunch and classes, which belong together all day, by entry for all else."""
    row = np.repeat(np.arange(len(lives)), np.diff(plan.first))
    kind = kinds(city, lives, plan, row)
    daily = np.isin(kind, (WORK, LUNCH, STUDY))
    by_row = generator(seed, "adoption", "day").random((len(lives), 2))
    by_entry = generator(seed, "adoption", "entry").random((len(row), 2))
    dice = np.where(daily[:, None], by_row[row], by_entry)
    suitable = dice[:, 0] < _suitability(lives, settings, row, kind)
    able = able_residents(lives, settings)
    return Choices(row, kind, suitable, suitable & able[row] & (dice[:, 1] < share), able)


def able_residents(lives: Lives, settings: AdoptionSettings) -> Flags:
    """(R,) who has a phone and no disability that keeps them from virtual places."""
    barred = [DISABILITIES.index(name) for name in settings.able.without]
    return np.asarray(lives.people.phone & ~np.isin(lives.people.disability, barred), np.bool_)


def kinds(city: City, lives: Lives, plan: Plan, row: Ints) -> NDArray[np.uint8]:
    """(P,) the plan's activities, with a visit to the library told from the hall's counter, and a grown-up's classes
    from a pupil's."""
    found = plan.activity.copy()
    library = np.array([place.kind == "library" for place in city.places], np.bool_)
    if len(library):
        found[(found == ERRAND) & (plan.place >= 0) & library[np.maximum(plan.place, 0)]] = LIBRARY
    found[(found == SCHOOL) & (lives.people.households.age[row] >= _GROWN)] = STUDY
    return found


def _suitability(lives: Lives, settings: AdoptionSettings, row: Ints, kind: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(P,) the chance that an entry could be done virtually. One lunches out because of one's work."""
    by_kind = settings.suitable.kinds
    table = np.zeros(len(KIND_NAMES))
    for number in (COUNTER, LIBRARY, SHOPPING, VISIT, LEISURE, CARE, STUDY):
        table[number] = by_kind[KIND_NAMES[number]]
    table[[HOME, SCHOOL, ESCORT]] = 0.0
    jobs = np.array([settings.suitable.work[job.name.en] for job in OCCUPATIONS])
    occupation = np.minimum(lives.habits.occupation, len(jobs) - 1)
    work = np.where(lives.habits.employed, jobs[occupation], 0.0)
    return np.where(np.isin(kind, (WORK, LUNCH)), work[row], table[kind])
