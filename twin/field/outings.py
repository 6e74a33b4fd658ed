"""Short ways out: some of those at leisure set off to somewhere near, as many as belong to the hour."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.city.model import City
from twin.core.chance import generator
from twin.field.footways import Travel
from twin.field.hazards.base import Floats, Moment, Point
from twin.field.people_settings import OutingSettings

_HEAVY_MM_H = 40.0
_SHOPS = 900  # every so manieth shop is somewhere to go; of large cities not all
_OPEN_TO_ALL = ("park", "square", "market", "mall", "metro", "library", "bus_station")


class Outing(NamedTuple):
    """``done`` is the share of the way that is already behind (of those under way when the city begins)."""

    row: int
    place: int  # index into the city's places, -1
    xy: Point
    mode: Travel
    stay_s: float
    done: float


class Outings:
    """No state: who leaves follows from seed, second, and how many are under way."""

    def __init__(self, city: City, settings: OutingSettings, seed: int) -> None:
        self._settings, self._seed = settings, seed
        self._places, self._xy = _spots(city)

    def wanted(self, now: Moment, residents: int) -> int:
        """How many should be on foot or bicycle now, between the hours' values; fewer in heavy rain."""
        hours = now.sky.day_s / 3600.0
        here, then = self._settings.share_by_hour[int(hours) % 24], self._settings.share_by_hour[(int(hours) + 1) % 24]
        share = here + (then - here) * (hours % 1.0)
        dry = 1.0 - self._settings.rain_keeps_in * min(1.0, now.sky.rain_mm_h / _HEAVY_MM_H)
        busiest = max(self._settings.share_by_hour)
        few = min(self._settings.at_least, residents / 3) * share / max(busiest, 1e-9)
        return round(max(residents * share, few) * dry)

    def leaving(self, now: Moment, under_way: int, able: NDArray[np.int64], xy: Floats) -> list[Outing]:
        """Who of the ``able`` rows sets off in this second; in the first second of all, as many as are wanted."""
        missing, first = self.wanted(now, len(xy)) - under_way, now.since_s <= now.dt_s
        count = min(missing if first else min(missing, self._settings.at_once), len(able))
        if count <= 0 or not len(self._places):
            return []
        draws = generator(self._seed, "outings", round(now.since_s)).random((len(able), 5))
        some = np.argsort(draws[:, 0], kind="stable")[:count]
        found = [self._one(int(able[at]), xy[able[at]], draws[at].tolist(), first) for at in some.tolist()]
        return [outing for outing in found if outing is not None]

    def _one(self, row: int, here: Floats, draw: list[float], first: bool) -> Outing | None:
        plan = self._settings
        away = np.hypot(*(self._xy - here).T)
        near = np.flatnonzero((away > plan.near_m[0]) & (away < plan.near_m[1]))
        if not len(near):
            return None
        spot = int(near[math.floor(draw[1] * len(near))])
        low, high = plan.stay_s
        mode: Travel = "foot" if draw[2] < plan.walk_share else "bicycle"
        xy = (float(self._xy[spot, 0]), float(self._xy[spot, 1]))
        return Outing(row, self._places[spot], xy, mode, low + (high - low) * draw[3], draw[4] * first)


def _spots(city: City) -> tuple[tuple[int, ...], Floats]:
    """Where people go for a short while: places with an open door (by index), and shops (-1)."""
    places = [(row, place.xy) for row, place in enumerate(city.places) if place.kind in _OPEN_TO_ALL]
    shops = [row for row, use in enumerate(city.buildings.use) if use == "retail"]
    centres = city.buildings.centre_xy[shops[:: max(1, len(city.buildings.id) // _SHOPS)]]
    rows = (*(row for row, _ in places), *[-1] * len(centres))
    return rows, np.concatenate([np.array([xy for _, xy in places]).reshape(-1, 2), centres.reshape(-1, 2)])
