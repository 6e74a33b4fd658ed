"""Face to face on a day: outside one's household by rooms and visits, and the hours that a household has together."""

from __future__ import annotations

import numpy as np

from services.evaluation.adoption_settings import ContactRules
from services.evaluation.choices import KIND_NAMES
from services.evaluation.contacts import Presences, met_in_rooms, pairs, presences, usual_company
from services.evaluation.itinerary import Itinerary
from twin.city.households import Ints
from twin.city.lives import Lives
from twin.city.model import City
from twin.city.plan_draft import ESCORT, HOME, VISIT, host_of

_PART_OF = {"school": "school", "university": "university", "hospital": "hospital"}  # use of buildings → kind of place
_LEAST_HOME_S = 60.0


def meetings(
    city: City, lives: Lives, rules: ContactRules, usual: Itinerary, now: Itinerary
) -> dict[str, float | None]:
    """People met a day and person, who met nobody outside their household, and household hours a person."""
    keys, count = _Keys(city), max(len(lives), 1)
    least_s = rules.least_min * 60.0
    usually = usual_company(_present(keys, rules, usual), keys.size)
    met = met_in_rooms(_present(keys, rules, now), least_s, usually, len(lives))
    row, household = now.entries.row, lives.people.households.of
    one, other, shared_s = pairs(row, _homes(lives, now), now.arrive_s, now.leave_s, _LEAST_HOME_S)
    family = household[row[one]] == household[row[other]]
    guests = np.column_stack((row[one], row[other]))[~family & (shared_s >= least_s)]
    guests = np.unique(np.sort(guests, axis=1), axis=0)
    met = met + np.bincount(guests.ravel(), minlength=len(lives))
    grown = lives.people.households.age >= lives.people.settings.school.from_age
    return {
        "contacts_per_person": float(met.sum()) / count,
        "no_contact_share": float((met[grown] < 1.0).mean()) if grown.any() else None,
        "household_h_per_person": 2.0 * float(shared_s[family].sum()) / 3600.0 / count,
    }


def _present(keys: _Keys, rules: ContactRules, day: Itinerary) -> Presences:
    room = _rooms(rules)[day.entries.kind]
    return presences(day.entries.row, keys.places(day), day.arrive_s, day.leave_s, room)


class _Keys:
    """One number for each building or place where people may meet; a school's buildings are the school."""

    def __init__(self, city: City) -> None:
        buildings = city.buildings
        self.size = len(buildings.id) + len(city.places)
        self._of_place = len(buildings.id) + np.arange(len(city.places))
        self._of_building = np.arange(len(buildings.id))
        uses = np.array(buildings.use)
        for use, kind in _PART_OF.items():
            rows = np.array([row for row, place in enumerate(city.places) if place.kind == kind], np.int64)
            part = np.flatnonzero(uses == use)
            if len(rows) and len(part):
                xy = np.array([city.places[row].xy for row in rows.tolist()])
                away = np.hypot(*(buildings.centre_xy[part][:, None, :] - xy[None, :, :]).transpose(2, 0, 1))
                self._of_building[part] = self._of_place[rows[np.argmin(away, axis=1)]]

    def places(self, day: Itinerary) -> Ints:
        """(S,) where each stay is among others; -1 at home, on a visit and at a school's gate."""
        entries = day.entries
        found = np.full(len(entries.row), -1)
        inside, named = entries.building >= 0, entries.place >= 0
        found[inside] = self._of_building[entries.building[inside]]
        found[named] = self._of_place[entries.place[named]]
        found[np.isin(entries.kind, (HOME, VISIT, ESCORT))] = -1
        return found


def _rooms(rules: ContactRules) -> Ints:
    """By kind."""
    return np.array([rules.room.get(name, 1) for name in KIND_NAMES])


def _homes(lives: Lives, day: Itinerary) -> Ints:
    """(S,) the household in whose home each stay is, -1 elsewhere."""
    entries, household = day.entries, lives.people.households.of
    found = np.where(entries.kind == HOME, household[entries.row], -1)
    return np.where(entries.kind == VISIT, household[host_of(entries.row, len(lives))], found)
