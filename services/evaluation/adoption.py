"""Does presence in virtual places ease the city? One working day of one seed's residents, of whose suitable activities
a share is done virtually: ways, roads, counters, meetings and exposure, in figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from services.evaluation.adoption_halls import queues
from services.evaluation.adoption_meetings import meetings
from services.evaluation.adoption_roads import Through, on_the_roads, through_traffic
from services.evaluation.adoption_settings import AdoptionSettings
from services.evaluation.choices import Choices, choose
from services.evaluation.itinerary import LIFT, Itinerary, itinerary
from twin.city.habits import CAR
from twin.city.lives import Lives
from twin.city.model import City
from twin.city.plan_draft import HOME, SHOPPING, WORK

Figures = dict[str, float | None]
_STOREY_M = 3.0


@dataclass(frozen=True, slots=True)
class World:
    """The city as the study needs it. ``moving`` (24,) is how many vehicles of through traffic are under way at each
    full hour, whatever residents do."""

    city: City
    moving: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of one seed at one share."""

    choices: Choices
    itinerary: Itinerary


def people_of(city: City, floor_m2: float) -> int:
    """How many live in the city by the floor space of its homes."""
    buildings = city.buildings
    homes = np.array([use == "residential" for use in buildings.use], np.bool_)
    storeys = np.maximum(np.floor(buildings.height_m / _STOREY_M), 1.0)
    return round(float((shapely.area(buildings.shape) * storeys)[homes].sum()) / floor_m2)


def day(world: World, lives: Lives, settings: AdoptionSettings, seed: int, share: float) -> Day:
    """The working day of these residents with a share of what is suitable done virtually."""
    plan = lives.plans[0]
    choices = choose(world.city, lives, plan, settings, seed, share)
    return Day(choices, itinerary(world.city, lives, plan, choices, settings, seed))


def adopt(
    world: World, lives: Lives, settings: AdoptionSettings, seed: int, share: float,
    tell: Callable[[str], None] = lambda part: None,
) -> tuple[Figures, dict[str, float]]:  # fmt: skip
    """Measures, and counts that say what they rest on. ``tell`` hears what is being worked out."""
    tell("days")
    usual, now = day(world, lives, settings, seed, 0.0), day(world, lives, settings, seed, share)
    figures = _ways(lives, settings, now)
    tell("counters")
    halls, counted = queues(lives, settings.counters, usual.itinerary, now.itinerary, now.choices.able, seed)
    tell("meetings")
    figures |= halls | meetings(world.city, lives, settings.contacts, usual.itinerary, now.itinerary)
    tell("roads")
    through: Through = through_traffic(world.city, settings.roads, world.moving, seed)
    count = max(len(lives), 1)
    vans_km = (figures["van_km_per_person"] or 0.0) * count
    roads, loaded = on_the_roads(settings.roads, through, usual.itinerary, now.itinerary, vans_km)
    figures |= roads | {"car_km_per_person": loaded["residents_car_km"] / count}
    counts = {
        "residents": float(len(lives)), "activities": float(_out(now.choices)),
        "suitable": float(now.choices.suitable.sum()), "virtual": float(now.choices.virtual.sum()),
        "trips": float(now.itinerary.trip.sum()),
    }  # fmt: skip
    return figures, counts | counted | loaded


def _out(choices: Choices) -> int:
    return int(np.count_nonzero(choices.kind != HOME))


def _ways(lives: Lives, settings: AdoptionSettings, now: Day) -> Figures:
    """Ways and time, a person and day; who is left out."""
    choices, stays = now.choices, now.itinerary
    entries, trip, count = stays.entries, stays.trip, max(len(lives), 1)
    to_work = trip & ((entries.kind == WORK) & (stays.from_kind == HOME))
    from_work = trip & ((entries.kind == HOME) & (stays.from_kind == WORK))
    at_home = np.where(entries.kind == HOME, stays.leave_s - stays.arrive_s, 0.0).sum()
    wanting = np.unique(choices.row[choices.suitable])
    suitable = int(choices.suitable.sum())
    parcels = np.count_nonzero(choices.virtual & (choices.kind == SHOPPING))
    return {
        "virtual_share": choices.virtual.sum() / suitable if suitable else None,
        "of_all_activities_share": choices.virtual.sum() / max(_out(choices), 1),
        "excluded_share": float((~choices.able[wanting]).mean()) if len(wanting) else None,
        "trips_per_person": trip.sum() / count,
        "commute_trips_per_person": (to_work | from_work).sum() / count,
        "further_trips_per_person": (trip & (entries.number < 0)).sum() / count,
        "car_trips_per_person": (stays.mode == CAR).sum() / count,
        "lift_trips_per_person": (stays.mode == LIFT).sum() / count,
        "van_km_per_person": parcels * settings.deliveries.by_van * settings.deliveries.van_km / count,
        "road_min_per_person": stays.travel_s.sum() / 60.0 / count,
        "home_h_per_person": at_home / 3600.0 / count,
    }  # fmt: skip
