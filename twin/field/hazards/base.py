"""The shape of a hazard, and the ground that all of them stand on."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from twin.city.model import City
from twin.core.chance import fraction, generator
from twin.field.keeping import keep, regain
from twin.field.settings import Settings
from twin.field.traffic import Traffic
from twin.field.truth import TruthFact, TruthSink
from twin.field.weather import Sky

Floats = NDArray[np.float64]
Point = tuple[float, float]


class Moment(NamedTuple):
    """One step of one second of city time."""

    city_ms: int
    since_s: float  # since the field's start
    dt_s: float
    sky: Sky


class Spot(NamedTuple):
    """A hazard at work, as people and crews find it: ``needs`` are the tasks that would help now."""

    kind: str
    id: str
    x_m: float
    y_m: float
    seen_m: float  # how far it is noticed and felt
    needs: tuple[str, ...]
    touched: bool  # whether a crew has worked on it


class VehicleWarning(NamedTuple):
    """What a vehicle's own systems notice and would tell others: the makings of a DENM."""

    vehicle: int
    sequence: int
    cause: int
    subcause: int
    x_m: float
    y_m: float
    detected_ms: int
    validity_s: int
    cancelled: bool = False


@dataclass(frozen=True)
class Ground:
    """What every hazard may read. ``device_xy`` and ``devices`` index the city's device order."""

    city: City
    settings: Settings
    seed: int
    start_ms: int
    traffic: Traffic
    truth: TruthSink
    device_xy: Floats
    devices: dict[str, NDArray[np.int64]]
    wanted: dict[tuple[str, int], Point] = field(default_factory=dict)  # (kind, number) → near where it is to happen

    def chance(self, *keys: int | str) -> float:
        return fraction(self.seed, *keys)

    def uniform(self, span: tuple[float, float], *keys: int | str) -> float:
        return span[0] + (span[1] - span[0]) * fraction(self.seed, *keys)

    def of_kind(self, kind: str) -> NDArray[np.int64]:
        """Indices of the devices of one kind; empty where the city has none."""
        return self.devices.get(kind, np.zeros(0, np.int64))

    def apart(self, kind: str, k: int, places: Floats, taken: Sequence[Point], apart_m: float) -> int:
        """A seeded choice among (n, 2) places, at least ``apart_m`` from those taken; -1 where none is. What is wanted
        somewhere happens at the nearest place, whoever is at work beside it."""
        wanted = self.wanted.get((kind, k))
        if wanted is not None:
            return self.nearest(places, wanted)
        for choice in generator(self.seed, kind, k, "where").permutation(len(places)):
            x, y = places[choice]
            if all(math.hypot(x - other[0], y - other[1]) >= apart_m for other in taken):
                return int(choice)
        return -1

    @staticmethod
    def nearest(places: Floats, spot: Point) -> int:
        """Of (n, 2) places; -1 where there are none."""
        return int(np.argmin(np.hypot(places[:, 0] - spot[0], places[:, 1] - spot[1]))) if len(places) else -1

    def note(self, city_ms: int, kind: str, site: Site, what: str, **detail: str | float | int) -> None:
        fact = TruthFact(
            city_ms=city_ms, kind=kind, id=site.id, what=what, x_m=site.x_m, y_m=site.y_m, detail=dict(detail)
        )
        self.truth.note(fact)


def ground(city: City, settings: Settings, seed: int, start_ms: int, traffic: Traffic, truth: TruthSink) -> Ground:
    xy = np.array([device.xy for device in city.devices], dtype=np.float64).reshape(-1, 2)
    kinds: dict[str, list[int]] = {}
    for index, device in enumerate(city.devices):
        kinds.setdefault(device.kind, []).append(index)
    devices = {kind: np.array(rows, dtype=np.int64) for kind, rows in kinds.items()}
    return Ground(city, settings, seed, start_ms, traffic, truth, xy, devices)


class Site(msgspec.Struct):
    """Where one hazard of a kind is under way; each kind adds its own columns."""

    id: str
    x_m: float
    y_m: float
    began_ms: int
    touched: bool = False


class Ended(NamedTuple):
    """A hazard that is over, remembered for a while because a place shows that it was put right."""

    kind: str
    id: str
    x_m: float
    y_m: float
    began_ms: int
    ended_ms: int


class Hazard(ABC):
    """One kind. ``tasks`` are those that it can need; all state lives in ``state``, a msgspec struct."""

    kind: ClassVar[str]
    tasks: ClassVar[tuple[str, ...]]
    reach_m: ClassVar[float] = 70.0  # how near a crew must come to work on it
    state: msgspec.Struct

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.ended: list[Ended] = []

    @abstractmethod
    def step(self, now: Moment, taken: Sequence[Point]) -> list[VehicleWarning]:
        """Advance by ``now.dt_s``; ``taken`` are places where others are at work. Returns what vehicles noticed."""

    @abstractmethod
    def spots(self) -> list[Spot]:
        """Those under way now."""

    def bring_about(self, k: int, now: Moment, taken: Sequence[Point]) -> Site | None:
        """Start one now, with a number of its own; None where there is no place for it, or where the kind follows from
        others (rain, school bells)."""
        return None

    def labour(self, site: str, task: str, now: Moment) -> None:  # noqa: B027  # most tasks act when complete
        """A crew has worked on it for ``now.dt_s``."""

    def complete(self, site: str, task: str, now: Moment) -> None:  # noqa: B027  # some tasks act while they last
        """A crew has done all that the task asks for."""

    def finished(self, site: str, task: str) -> bool:
        """Whether the crew may stop as far as the hazard is concerned."""
        return True

    def remark(self, site: str, task: str) -> str:
        """A code that the crew adds to its word that it is done (empty: nothing to add); asked before it completes."""
        return ""

    def nearest(self, task: str, x_m: float, y_m: float) -> tuple[Spot, float] | None:
        """The nearest one that needs the task (any, for the empty task), and its distance in metres."""
        found = [(spot, self.distance(spot, x_m, y_m)) for spot in self.spots() if not task or task in spot.needs]
        return min(found, key=lambda item: item[1], default=None)

    def distance(self, spot: Spot, x_m: float, y_m: float) -> float:
        return math.hypot(spot.x_m - x_m, spot.y_m - y_m)

    def began(self, site: Site, **detail: str | float | int) -> None:
        self.ground.note(site.began_ms, self.kind, site, "began", **detail)

    def over(self, site: Site, now: Moment) -> None:
        self.ended.append(Ended(self.kind, site.id, site.x_m, site.y_m, site.began_ms, now.city_ms))

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, type(self.state))
        self.ended = []
