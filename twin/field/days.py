"""Which entry of their plans residents are at, and when the next one begins."""

from __future__ import annotations

import numpy as np

from twin.city.lives import Lives
from twin.city.plan_draft import Plan
from twin.core.chance import generator
from twin.field.bodies import Rows
from twin.field.hazards.base import Floats
from twin.field.weather import DAY_S, Sky

_SATURDAY = 5


class Days:
    """No state: a day's plan follows from its weekday, its hours from seed and date."""

    def __init__(self, lives: Lives, seed: int, unpunctual_s: float) -> None:
        self._lives, self._seed, self._span_s = lives, seed, unpunctual_s
        self._shifts: dict[tuple[int, int], Floats] = {}

    def plan(self, weekday: int) -> Plan:
        return self._lives.plans[weekday % 7 >= _SATURDAY]

    def at(self, rows: Rows, city_ms: int, sky: Sky) -> tuple[Rows, Floats]:
        """Index into today's plan of each row's entry now, and seconds until the next one, today's or tomorrow's."""
        date = round((city_ms / 1000.0 - sky.day_s) / DAY_S)
        plan = self.plan(sky.weekday)
        shift = self._shift(date, plan)
        entry = np.empty(len(rows), np.int64)
        wait_s = np.empty(len(rows))
        tomorrow = self.plan(sky.weekday + 1)
        ahead = self._shift(date + 1, tomorrow)
        for place, row in enumerate(rows.tolist()):
            first, last = int(plan.first[row]), int(plan.first[row + 1])
            starts = plan.start_s[first + 1 : last] + shift[row]
            done = int(np.searchsorted(starts, sky.day_s + 0.5, side="right"))
            entry[place] = first + done
            if done < len(starts):
                wait_s[place] = starts[done] - sky.day_s
                continue
            other = int(tomorrow.first[row]) + 1
            known = other < int(tomorrow.first[row + 1])
            start = float(tomorrow.start_s[other]) + float(ahead[row]) if known else DAY_S / 2
            wait_s[place] = DAY_S - sky.day_s + max(start, 60.0)
        return entry, np.maximum(wait_s, 1.0)

    def _shift(self, date: int, plan: Plan) -> Floats:
        """(R,) seconds by which each is late (or early) that day."""
        key = (date, plan is self._lives.plans[1])
        if key not in self._shifts:
            while len(self._shifts) >= 4:
                self._shifts.pop(min(self._shifts))
            draws = generator(self._seed, "unpunctual", date).random(len(self._lives)) - 0.5
            self._shifts[key] = np.where(plan.bound, 0.0, self._span_s * draws)
        return self._shifts[key]
