"""Noise at night: a building site at work or a loud venue, heard by meters near it until somebody makes it quiet."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from twin.field.hazards.base import Floats, Ground, Moment, Point, Site, Spot, VehicleWarning
from twin.field.hazards.calendar import Planned, ScheduledHazard, within_hours

_AWAY_M = (14.0, 26.0)  # of a venue from the meter that hears it
_NEAREST_M = 5.0


class Din(Site):
    """``works``: a building site; else a venue. ``share`` of its sound pressure."""

    works: bool = False
    level_db: float = 0.0
    share: float = 0.0
    hushed: bool = False


class NoiseState(Planned):
    sources: list[Din]


class NightNoise(ScheduledHazard):
    kind = "noise"
    tasks = ("quiet", "stop_work")
    reach_m = 110.0
    state: NoiseState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.noise
        sites = {place.id: place.xy for place in ground.city.of_kind("site")}
        devices = [(index, ground.city.devices[index]) for index in ground.of_kind("noise").tolist()]
        self._works = np.array([device.xy for _, device in devices if device.place in sites]).reshape(-1, 2)
        self._meters = np.array([device.xy for _, device in devices if device.place not in sites]).reshape(-1, 2)
        self.state = NoiseState(0, self.first_s, [])

    def begin(self, k: int, now: Moment, taken: Sequence[Point]) -> bool:
        """By turns a building site and a venue, where the city has both."""
        if not within_hours(now.sky.day_s, self._set.hours):
            return False
        works = bool(len(self._works)) and (k % 2 == 0 or not len(self._meters))
        places = self._works if works else self._meters
        chosen = self.ground.apart(self.kind, k, places, taken, 100.0)
        if chosen < 0:
            return False
        angle = 2 * math.pi * self.ground.chance(self.kind, k, "angle")
        away = self.ground.uniform(_AWAY_M, self.kind, k, "away")
        x, y = places[chosen] + away * np.array([math.cos(angle), math.sin(angle)])
        level = self.ground.uniform(self._set.source_db, self.kind, k, "level")
        din = Din(f"noise-{k}", float(x), float(y), now.city_ms, works=works, level_db=level)
        self.state.sources.append(din)
        self.began(din, source="works" if works else "venue", level_db=round(level, 1))
        return True

    def develop(self, now: Moment) -> list[VehicleWarning]:
        for din in list(self.state.sources):
            if not din.hushed:
                din.share = min(1.0, din.share + now.dt_s / 10.0)
                continue
            din.share *= math.exp(-now.dt_s / self._set.fades_s)
            if din.share < 1e-4:
                self.state.sources.remove(din)
        return []

    def spots(self) -> list[Spot]:
        return [
            Spot(self.kind, din.id, din.x_m, din.y_m, 80.0, self.tasks if din.works else ("quiet",), din.touched)
            for din in self.state.sources
            if not din.hushed
        ]

    def complete(self, site: str, task: str, now: Moment) -> None:
        for din in self.state.sources:
            if din.id == site and not din.hushed and (task == "quiet" or (din.works and task == "stop_work")):
                din.hushed = din.touched = True
                self.over(din, now)

    def heard_db(self, xy: Floats) -> Floats:
        """(n,) the loudest at places."""
        level = np.zeros(len(xy))
        for din in self.state.sources:
            away = np.maximum(np.hypot(xy[:, 0] - din.x_m, xy[:, 1] - din.y_m), _NEAREST_M)
            gain = 20.0 * math.log10(max(din.share, 1e-4))
            level = np.maximum(level, din.level_db + gain - 20.0 * np.log10(away / 10.0))
        return level
