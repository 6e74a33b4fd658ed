"""Conditions on how many people are at a place: by its counters and by the phones that are heard there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from twin.city.model import City
from twin.core.words import Doubt, Freshness
from twin.state.conditions import Crossing, CrowdCondition
from twin.state.dwell import Dwell
from twin.state.ground import Ground
from twin.state.movers import MoverTable
from twin.state.sensors import SensorTable

_EVERY_MS: Final = 5_000


class Crowds:
    """P pairs of (condition, place); the counters at each place in one flat list of slots. ``people`` is the estimate
    of the last look, ``coverage`` how much of the place it rests on."""

    def __init__(
        self, city: City, sensors: SensorTable, movers: MoverTable, conditions: Sequence[CrowdCondition], ground: Ground
    ) -> None:
        self.conditions = tuple(conditions)
        self._sensors = sensors
        self._movers = movers
        watched = [(index, place) for index, item in enumerate(self.conditions) for place in ground.places(item)]
        self._places = [place for _, place in watched]
        self.dwell = Dwell(self.conditions, [(index, f"place:{place.id}") for index, place in watched])
        slots = [
            self._counters(city, sensors, ground, self.conditions[index], place.id, place.xy)
            for index, place in watched
        ]
        self._slot = np.array([slot for part in slots for slot in part], np.int32)
        self._pair = np.repeat(np.arange(len(slots)), [len(part) for part in slots])
        self._xy = np.array([place.xy for place in self._places], np.float64).reshape(-1, 2)
        self.people = np.zeros(len(watched))
        self.coverage = np.zeros(len(watched))
        self.present: dict[str, str] = {}  # person → the place whose door their phone named last
        self._seen = -1

    @staticmethod
    def _counters(
        city: City,
        sensors: SensorTable,
        ground: Ground,
        condition: CrowdCondition,
        place: str,
        xy: tuple[float, float],
    ) -> list[int]:
        found = ((index, city.devices[index]) for index in ground.of_kind(condition.device_kind))
        return [
            sensors.slot_of[index][condition.quantity]
            for index, device in found
            if condition.quantity in sensors.slot_of[index]
            and (device.place == place if device.place else np.hypot(*np.subtract(device.xy, xy)) <= condition.radius_m)
        ]

    def _of(self, name: str) -> NDArray[np.float64]:
        return np.array([getattr(condition, name) for condition in self.conditions], np.float64)[self.dwell.condition]

    def hear(self, person: str, place: str, entered: bool) -> None:
        """A phone entered or left a place."""
        if entered:
            self.present[person] = place
        elif self.present.get(person) == place:
            del self.present[person]

    def forget(self, person: str) -> None:
        self.present.pop(person, None)

    def advance(self, now_ms: int, freshness: NDArray[np.uint8]) -> list[Crossing]:
        """Look every five seconds of city time; ``freshness`` is of all sensor slots."""
        if not len(self.dwell) or now_ms // _EVERY_MS == self._seen:
            return []
        self._seen = now_ms // _EVERY_MS
        count, slot, pair = len(self.dwell), self._slot, self._pair
        good = (freshness[slot] == Freshness.FRESH) & (self._sensors.doubt[slot] & Doubt.JUMP == 0)
        counted = np.bincount(pair[good], weights=self._sensors.value[slot[good]], minlength=count)
        fresh, counters = np.bincount(pair[good], minlength=count), np.bincount(pair, minlength=count)
        phones, share = self._phones(now_ms), self._of("phone_share")
        self.people = np.maximum(np.where(fresh > 0, counted, 0.0), phones / share)
        by_counter = np.where(counters > 0, fresh / np.maximum(counters, 1), 0.0)
        self.coverage = np.maximum(by_counter, np.where(phones > 0, share, 0.0))
        decided = self.coverage >= self._of("least_coverage")
        beyond, calm = self.people > self._of("people"), self.people <= self._of("clear")
        rises, falls = self.dwell.step(beyond & decided, calm & decided, now_ms)
        both = [(pair, True) for pair in rises.tolist()] + [(pair, False) for pair in falls.tolist()]
        return [self._crossing(pair, raised, now_ms) for pair, raised in sorted(both)]

    def _phones(self, now_ms: int) -> NDArray[np.float64]:
        """Phones at each place: those that are near by their position, or as many as said that they entered."""
        slots = self._movers.people(now_ms)
        near = np.zeros(len(self.dwell))
        if len(slots):
            tree = cKDTree(np.column_stack((self._movers.x_m[slots], self._movers.y_m[slots])))
            near = tree.query_ball_point(self._xy, self._of("radius_m"), return_length=True).astype(np.float64)
        inside: dict[str, int] = {}
        for place in self.present.values():
            inside[place] = inside.get(place, 0) + 1
        return np.maximum(near, [inside.get(place.id, 0) for place in self._places])

    def _crossing(self, pair: int, raised: bool, now_ms: int) -> Crossing:
        place, condition = self._places[pair], self.conditions[int(self.dwell.condition[pair])]
        counters = self._slot[self._pair == pair]
        return Crossing(
            condition=condition.id,
            subject=f"place:{place.id}",
            raised=raised,
            city_ms=now_ms,
            observed_ms=now_ms,
            x_m=place.xy[0],
            y_m=place.xy[1],
            value=float(round(float(self.people[pair]))),
            source="counters and phones",
            provenance=int(max(self._sensors.provenance[counters].tolist(), default=self._of_phones())),
            edge=place.entrance_edge,
            ended="" if raised else "calm",
            message=f"crowd:{place.id}@{now_ms}",
            coverage=round(float(self.coverage[pair]), 3),
        )

    def _of_phones(self) -> int:
        return int(self._movers.provenance.max(initial=0))

    def state(self) -> list[Any]:
        return [self.dwell.state(), self.people, self.coverage, sorted(self.present.items()), self._seen]

    def load(self, state: list[Any]) -> None:
        dwell, people, coverage, present, self._seen = state
        self.dwell.load(dwell)
        self.present = dict(present)
        if len(people) == len(self.people):
            self.people, self.coverage = people.copy(), coverage.copy()
