"""The river in a storm: upstream rain by a unit hydrograph, a barrage gate that sticks, a bank that must be held."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from twin.core.chance import generator
from twin.field.hazards.base import Floats, Ground, Hazard, Moment, Point, Site, Spot, VehicleWarning

_OVER_M = 0.2  # below the warning stage it is over


class Bank(Site):
    """One gauged bank below a stuck gate. ``open`` 0–1 is what the gate lets through, ``bags`` whether sandbags lie."""

    bank: int = 0
    open: float = 0.0
    closed: bool = False
    bags: bool = False


class RiverState(msgspec.Struct):
    """``store`` what stands in each linear reservoir, in mm/h of rain; ``low`` banks below a stuck gate whose water is
    not yet high, ``high`` those where it is; ``storms`` counted, ``heavy`` while one lasts."""

    store: np.ndarray
    storms: int
    heavy: bool
    low: list[Bank]
    high: list[Bank]


class Rivers(Hazard):
    """A Nash cascade: rain passes equal linear reservoirs, whose impulse response is the unit hydrograph."""

    kind = "river"
    tasks = ("close_gate", "sandbag")
    reach_m = 200.0
    state: RiverState

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._set = ground.settings.hazards.river
        tempo = ground.settings.tempo
        self._lag_s, self._sticks = self._set.lag_s[tempo], self._set.sticks_mm_h[tempo]
        self.places = ground.city.of_kind("river_bank")
        self._xy = np.array([place.xy for place in self.places]).reshape(-1, 2)
        self._gauges_xy = ground.device_xy[ground.of_kind("river_level")]
        under = {edge for place in ground.city.of_kind("underpass") for edge in place.edges}
        self._roads = [
            [edge for edge in (place.entrance_edge, int(ground.city.roads.reverse[place.entrance_edge]))
             if edge >= 0 and edge not in under]
            for place in self.places
        ]  # fmt: skip
        self.state = RiverState(np.zeros(self._set.reservoirs), 0, False, [], [])

    def step(self, now: Moment, taken: Sequence[Point]) -> list[VehicleWarning]:
        state, dt = self.state, now.dt_s
        inflow = now.sky.rain_mm_h
        for number in range(len(state.store)):
            state.store[number] += (inflow - state.store[number]) * min(1.0, dt / self._lag_s)
            inflow = float(state.store[number])
        self._stick(now)
        for bank in (*state.low, *state.high):
            target = 0.0 if bank.closed else 1.0
            bank.open += (target - bank.open) * min(1.0, dt / self._set.gate_s)
        self._follow(now)
        if round(now.since_s) % 5 == 0:
            self._wet_roads()
        return []

    def spots(self) -> list[Spot]:
        return [
            Spot(self.kind, bank.id, bank.x_m, bank.y_m, 60.0, self._needs(bank), bank.touched)
            for bank in self.state.high
        ]

    def complete(self, site: str, task: str, now: Moment) -> None:
        for bank in self.state.high:
            if bank.id != site or task not in self._needs(bank):
                continue
            bank.touched = True
            bank.closed = bank.closed or task == "close_gate"
            bank.bags = bank.bags or task == "sandbag"
            self.ground.note(now.city_ms, self.kind, bank, "gate_closed" if task == "close_gate" else "sandbagged")

    def levels(self) -> Floats:
        """(n,) metres at the river gauges, in the order of the city's devices."""
        return self._stage(self._gauges_xy)

    def _stage(self, xy: Floats) -> Floats:
        upstream = float(self.state.store[-1]) if len(self.state.store) else 0.0
        level = np.full(len(xy), self._set.normal_m + self._set.rise_m_per_mm_h * upstream)
        for bank in (*self.state.low, *self.state.high):
            away = np.hypot(xy[:, 0] - bank.x_m, xy[:, 1] - bank.y_m)
            level += self._set.gate_m * bank.open * np.exp(-away / self._set.reach_m)
        return level

    def _needs(self, bank: Bank) -> tuple[str, ...]:
        gate = () if bank.closed else ("close_gate",)
        return gate if bank.bags else (*gate, "sandbag")

    def _stick(self, now: Moment) -> None:
        """Each storm leaves one gate stuck open, the next in a seeded order."""
        state, heavy = self.state, now.sky.rain_mm_h >= self._sticks
        if heavy and not state.heavy and self.places:
            order = generator(self.ground.seed, self.kind).permutation(len(self.places))
            chosen = int(order[state.storms % len(order)])
            if all(bank.bank != chosen for bank in (*state.low, *state.high)):
                x, y = self.places[chosen].xy
                state.low.append(Bank(f"river-{state.storms}", x, y, now.city_ms, bank=chosen))
            state.storms += 1
        state.heavy = heavy or (state.heavy and now.sky.rain_mm_h > 0.5 * self._sticks)

    def _follow(self, now: Moment) -> None:
        state = self.state
        for bank in list(state.low):
            if self._at(bank) >= self._set.warn_m:
                state.low.remove(bank)
                bank.began_ms = now.city_ms
                state.high.append(bank)
                self.began(bank, place=self.places[bank.bank].id)
        for bank in list(state.high):
            if bank.closed and self._at(bank) < self._set.warn_m - _OVER_M:
                state.high.remove(bank)
                self._flood_road(bank.bank, 0.0)
                self.over(bank, now)

    def _at(self, bank: Bank) -> float:
        return float(self._stage(self._xy[bank.bank : bank.bank + 1])[0])

    def _wet_roads(self) -> None:
        for bank in self.state.high:
            crest = self._set.crest_m + (self._set.sandbag_m if bank.bags else 0.0)
            depth = min(max(self._at(bank) - crest, 0.0), self._set.wet_most_m)
            self._flood_road(bank.bank, round(depth, 2))

    def _flood_road(self, bank: int, depth_m: float) -> None:
        for edge in self._roads[bank]:
            self.ground.traffic.set_depth(edge, depth_m)
