"""``config/evaluation/adoption.toml``, typed: what the study of virtual presence takes for given."""

from __future__ import annotations

from pathlib import Path

import msgspec

from twin.city.habits import MODES, OCCUPATIONS
from twin.city.population import DISABILITIES
from twin.core.errors import ConfigError
from twin.core.words import RoadClass

TUNED_BELOW = 1000
START, HOURS = "00:00", 24.0
"""A run is a whole working day."""
Span = tuple[float, float]
KINDS = ("counter", "library", "shopping", "visit", "leisure", "care", "study")
ROOMS = ("work", "lunch", "school", "study", "shopping", "leisure", "counter", "library", "care")
SWEPT = ("suitable", "rebound", "induced", "capacity", "service", "deliveries")


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Suitable(_Strict, frozen=True):
    work: dict[str, float]
    kinds: dict[str, float]


class Able(_Strict, frozen=True):
    without: tuple[str, ...]


class Rebound(_Strict, frozen=True):
    share: float
    most: int
    stay_min: float
    half_m: float


class Deliveries(_Strict, frozen=True):
    by_van: float
    van_km: float


class Ways(_Strict, frozen=True):
    detour: float
    walk_within_m: float
    drive_beyond_m: float
    mps: dict[str, float]
    start_s: dict[str, float]


class RoadRules(_Strict, frozen=True):
    alpha: float
    beta: float
    capacity: dict[str, float]
    light_s: float
    rounds: int
    gap: float
    through_trips: int
    zone_m: float
    busy: float
    induced: float


class CounterRules(_Strict, frozen=True):
    residents_each: float
    opens_h: float
    closes_h: float
    service_min: Span


class ContactRules(_Strict, frozen=True):
    least_min: float
    room: dict[str, int]


class Sweep(_Strict, frozen=True):
    at: float
    seeds: int
    suitable: tuple[float, ...]
    rebound: tuple[float, ...]
    induced: tuple[float, ...]
    capacity: tuple[float, ...]
    service: tuple[float, ...]
    deliveries: tuple[float, ...]
    worst: dict[str, float]


class AdoptionSettings(_Strict, frozen=True):
    seeds: int
    first_seed: int
    floor_m2: float
    shares: tuple[float, ...]
    suitable: Suitable
    able: Able
    rebound: Rebound
    deliveries: Deliveries
    ways: Ways
    roads: RoadRules
    counters: CounterRules
    contacts: ContactRules
    sweep: Sweep

    def scaled(self, factors: tuple[tuple[str, float], ...]) -> AdoptionSettings:
        """With assumptions multiplied; shares stay at 1 at most. Without its factor nothing is induced. Raises
        :class:`ConfigError` naming an unknown factor."""
        by = dict(factors)
        unknown = sorted(set(by) - set(SWEPT))
        if unknown:
            raise ConfigError("factors", f"{unknown[0]!r} is none of {', '.join(SWEPT)}")
        replace, more = msgspec.structs.replace, by.get("suitable", 1.0)
        roads = replace(
            self.roads, induced=min(1.0, self.roads.induced * by.get("induced", 0.0)),
            capacity={name: each * by.get("capacity", 1.0) for name, each in self.roads.capacity.items()},
        )  # fmt: skip
        low, high = self.counters.service_min
        longer = by.get("service", 1.0)
        return replace(
            self, roads=roads,
            suitable=Suitable(_more(self.suitable.work, more), _more(self.suitable.kinds, more)),
            rebound=replace(self.rebound, share=self.rebound.share * by.get("rebound", 1.0)),
            deliveries=replace(self.deliveries, van_km=self.deliveries.van_km * by.get("deliveries", 1.0)),
            counters=replace(self.counters, service_min=(low * longer, high * longer)),
        )  # fmt: skip


def _more(shares: dict[str, float], factor: float) -> dict[str, float]:
    return {name: min(1.0, share * factor) for name, share in shares.items()}


def load_adoption(path: Path) -> AdoptionSettings:
    """Read and check the file. Raises :class:`ConfigError` naming file, key and reason."""
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=AdoptionSettings)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    for key, found, wanted in (
        ("suitable.work", settings.suitable.work, [job.name.en for job in OCCUPATIONS]),
        ("suitable.kinds", settings.suitable.kinds, KINDS),
        ("ways.mps", settings.ways.mps, MODES),
        ("ways.start_s", settings.ways.start_s, MODES),
        (
            "roads.capacity",
            settings.roads.capacity,
            [each.name.lower() for each in RoadClass if each <= RoadClass.SERVICE],
        ),
        ("contacts.room", settings.contacts.room, ROOMS),
    ):
        if set(found) != set(wanted):
            raise ConfigError(f"{path}: {key}", f"one value for each of {', '.join(wanted)}, and no other")
    for key, reason in _faults(settings):
        raise ConfigError(f"{path}: {key}", reason)
    return settings


def _faults(settings: AdoptionSettings) -> list[tuple[str, str]]:
    """What is wrong: key and reason."""
    roads, counters, found = settings.roads, settings.counters, []
    shares = {
        **{f"suitable.work.{name}": share for name, share in settings.suitable.work.items()},
        **{f"suitable.kinds.{name}": share for name, share in settings.suitable.kinds.items()},
        **{f"shares[{place}]": share for place, share in enumerate(settings.shares)},
        "rebound.share": settings.rebound.share, "deliveries.by_van": settings.deliveries.by_van,
        "roads.induced": roads.induced, "sweep.at": settings.sweep.at,
    }  # fmt: skip
    found += [(key, "a share is between 0 and 1") for key, share in shares.items() if not 0.0 <= share <= 1.0]
    positive = {
        "roads.alpha": roads.alpha, "roads.beta": roads.beta, "roads.rounds": roads.rounds,
        "roads.through_trips": roads.through_trips, "roads.zone_m": roads.zone_m,
        "roads.gap": roads.gap, "floor_m2": settings.floor_m2, "roads.busy": roads.busy,
        "counters.residents_each": counters.residents_each, "counters.service_min": counters.service_min[0],
        "ways.detour": settings.ways.detour, "contacts.least_min": settings.contacts.least_min,
        "rebound.stay_min": settings.rebound.stay_min, "rebound.half_m": settings.rebound.half_m,
        **{f"ways.mps.{name}": each for name, each in settings.ways.mps.items()},
        **{f"roads.capacity.{name}": each for name, each in roads.capacity.items()},
        **{f"contacts.room.{name}": each for name, each in settings.contacts.room.items()},
    }  # fmt: skip
    found += [(key, "must be above 0") for key, value in positive.items() if not value > 0]
    found += [
        ("able.without", f"{name!r} is no disability of the register")
        for name in settings.able.without if name not in DISABILITIES[1:]
    ]  # fmt: skip
    if not settings.shares or settings.shares[0] != 0.0 or list(settings.shares) != sorted(set(settings.shares)):
        found.append(("shares", "begin with 0 and rise"))
    if settings.sweep.at not in settings.shares:
        found.append(("sweep.at", "one of the shares"))
    found += [
        ("sweep.worst", f"{name!r} is none of {', '.join(SWEPT)}") for name in settings.sweep.worst if name not in SWEPT
    ]
    if settings.first_seed < TUNED_BELOW:
        found.append(("first_seed", f"{TUNED_BELOW} or more: the model was looked at on seeds below"))
    if not settings.sweep.seeds >= 1 or not settings.seeds >= 1:
        found.append(("seeds", "at least one"))
    if counters.service_min[0] > counters.service_min[1]:
        found.append(("counters.service_min", "the shorter comes first"))
    if not 0.0 <= counters.opens_h < counters.closes_h <= 24.0:
        found.append(("counters.closes_h", "a hall closes after it opens, on the same day"))
    return found
