"""A crowd: a festival or a metro that has stopped draws people to one place, until stewards see them on their way."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from twin.field.hazards.base import Floats, Ground, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import Planned, ScheduledHazard
from twin.field.hazards.company import Company

_PLACES = ("metro", "square")
_FIRST = 12.0  # people that the others see


_BREAKS_UP_S = 90.0  # until so many are left as still have a reason to be there, but for a third


class Throng(Site):
    """``people`` more than usual, towards ``most``; one that was ``drawn`` by a rumour grows and shrinks with it."""

    place: str = ""
    most: float = 0.0
    people: float = _FIRST
    drawn: bool = False


class CrowdState(Planned):
    throngs: list[Throng]


class Crowds(ScheduledHazard):
    """Logistic growth; stewards at work make it shrink, each by the same rate."""

    kind = "crowd"
    tasks = ("steward",)
    reach_m = 140.0
    state: CrowdState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.crowd
        self.company: Company | None = None
        kinds = {place.id: place.kind for place in ground.city.places}
        self._counted = [ground.city.devices[index].place for index in ground.of_kind("crowd").tolist()]
        able = [id for id in self._counted if kinds.get(id) in _PLACES]
        self.places = tuple(place for place in ground.city.places if place.id in able)
        self._xy = np.array([place.xy for place in self.places]).reshape(-1, 2)
        self._stewards: dict[str, int] = {}  # at work this second; never lasts beyond a step
        self.state = CrowdState(0, self.first_s, [])

    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        chosen = self.ground.apart(self.kind, k, self._xy, taken, 150.0)
        if chosen < 0:
            return False
        place, most = self.places[chosen], self.ground.uniform(self._set.people, self.kind, k, "people")
        throng = Throng(f"crowd-{k}", place.xy[0], place.xy[1], now.city_ms, place=place.id, most=most)
        self.state.throngs.append(throng)
        here = self.company.at_place(place.id) if self.company is not None else 0
        self.began(throng, place=place.id, most=round(most), residents=here)
        return True

    def develop(self, now: Moment) -> list[VehicleWarning]:
        rate = 2.0 * math.log(_growth(self._set.people[1])) / self._set.gather_s
        for throng in list(self.state.throngs):
            stewards = self._stewards.get(throng.id, 0)
            if stewards:
                throng.touched = True
                throng.people *= math.exp(-3.0 * stewards * now.dt_s / self._set.disperse_s)
            elif throng.people > throng.most:
                throng.people -= (throng.people - throng.most) * min(1.0, now.dt_s / _BREAKS_UP_S)
            else:
                throng.people += rate * throng.people * (1.0 - throng.people / throng.most) * now.dt_s
            gone = throng.drawn and throng.most < self._set.over
            if (stewards or gone) and throng.people < self._set.over:
                self.state.throngs.remove(throng)
                self.over(throng, now)
        self._stewards.clear()
        return []

    def draw(self, place: str, most: float, now: Moment) -> None:
        """So many more than usual are drawn to a place; below what makes a crowd it breaks up by itself."""
        throng = next((one for one in self.state.throngs if one.place == place and one.drawn), None)
        if throng is not None:
            throng.most = max(most, _FIRST)
            return
        spot = next((one for one in self.places if one.id == place), None)
        if spot is None or most < self._set.over:
            return
        throng = Throng(
            f"crowd-drawn-{now.city_ms}-{place}", spot.xy[0], spot.xy[1], now.city_ms, place=place, most=most,
            drawn=True,
        )  # fmt: skip
        self.state.throngs.append(throng)
        here = self.company.at_place(place) if self.company is not None else 0
        self.began(throng, place=place, most=round(most), residents=here)

    def spots(self) -> list[Spot]:
        return [
            Spot(self.kind, throng.id, throng.x_m, throng.y_m, 70.0, self.tasks, throng.touched)
            for throng in self.state.throngs
        ]

    def labour(self, site: str, task: str, now: Moment) -> None:
        if task in self.tasks:
            self._stewards[site] = self._stewards.get(site, 0) + 1

    def finished(self, site: str, task: str) -> bool:
        return all(throng.id != site for throng in self.state.throngs)

    def more(self) -> Floats:
        """(n,) people more than usual at the crowd counters, in the order of the city's devices."""
        at: dict[str, float] = {}
        for throng in self.state.throngs:
            at[throng.place] = at.get(throng.place, 0.0) + throng.people
        return np.array([at.get(place, 0.0) for place in self._counted])


def _growth(most: float) -> float:
    """How many times the first few must grow until it is nearly all."""
    return most / _FIRST
