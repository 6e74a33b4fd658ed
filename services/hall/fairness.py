"""Is everybody served alike? Outcomes and waiting by age, district, ability and channel, without naming anybody.

Small groups are suppressed, and so is a second one beside a single suppressed group, which would follow from the total.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import msgspec
import shapely

from services.hall.ports import Registered
from services.hall.service_measures import CHANNELS, Figures, figures
from services.hall.service_record import Record, ServiceBook
from twin.city.cover import holders
from twin.city.model import City

LEAST = 10
"""People in a group that is shown."""
Dimension = Literal["age", "district", "ability", "channel"]
DIMENSIONS: tuple[Dimension, ...] = ("age", "district", "ability", "channel")
AGES: tuple[tuple[str, int, int], ...] = (
    ("0-17", 0, 17), ("18-34", 18, 34), ("35-59", 35, 59), ("60-69", 60, 69), ("70+", 70, 200),
)  # fmt: skip
UNKNOWN = "unknown"


def home_districts(city: City, residents: Mapping[str, Registered]) -> dict[str, str]:
    """In which district of the city each resident's home lies; those outside of all are left out."""
    zones = [zone for zone in city.zones if zone.level == "district"]
    if not zones or not residents:
        return {}
    spots = shapely.points([one.home_xy for one in residents.values()])
    held = holders([zone.shape for zone in zones], spots).tolist()
    return {id: zones[index].id for id, index in zip(residents, held, strict=True) if index >= 0}


class FairGroup(msgspec.Struct, frozen=True):
    """``people`` and ``figures`` are None where the group is suppressed."""

    key: str
    people: int | None
    figures: Figures | None


class Excluded(msgspec.Struct, frozen=True, kw_only=True):
    """Whom efficiency leaves behind. ``without_online`` are residents whose phone the city may not hear for services,
    so that they cannot apply online; ``of_applicants`` are those of them who applied otherwise."""

    residents: int
    without_online: int
    of_applicants: int
    turned_away: int
    gave_up: int
    missed: int
    sent_home: int
    unmet: int


class Fairness(msgspec.Struct, frozen=True, kw_only=True):
    total: Figures
    people: int
    groups: dict[str, tuple[FairGroup, ...]]
    excluded: Excluded


def fairness(
    book: ServiceBook, residents: Mapping[str, Registered], districts: Mapping[str, str],
    online: Callable[[str], bool], city_ms: int,
) -> Fairness:  # fmt: skip
    """``districts``: where each lives; ``online``: whether a resident can apply from home."""
    records = list(book.records)
    keys = _keys(residents, districts, city_ms)
    total = figures(records)
    applied = {one.person for one in records}
    without = {id for id in residents if not online(id)}
    return Fairness(
        total=total,
        people=len(applied),
        groups={dimension: suppressed(_grouped(records, keys[dimension])) for dimension in DIMENSIONS},
        excluded=Excluded(
            residents=len(residents), without_online=len(without), of_applicants=len(without & applied),
            turned_away=sum(book.turned_away.values()), gave_up=total.gave_up, missed=total.missed,
            sent_home=total.sent_home, unmet=total.unmet,
        ),
    )  # fmt: skip


def suppressed(groups: Sequence[tuple[str, int, Figures]]) -> tuple[FairGroup, ...]:
    """Groups of (key, people, figures) without those of fewer than ``LEAST`` people; what is hidden is always at least
    two groups of at least ``LEAST`` people together, so that no total gives one away."""
    hidden = {key for key, people, _ in groups if 0 < people < LEAST}
    left = sorted((people, key) for key, people, _ in groups if people >= LEAST)
    while hidden and left and (len(hidden) < 2 or sum(n for key, n, _ in groups if key in hidden) < LEAST):
        hidden.add(left.pop(0)[1])
    return tuple(
        FairGroup(key, None, None) if key in hidden else FairGroup(key, people, figure)
        for key, people, figure in groups
    )


def _grouped(records: Iterable[Record], key: Callable[[Record], str]) -> list[tuple[str, int, Figures]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(key(record), []).append(record)
    order = [*(name for name, _, _ in AGES), *CHANNELS]
    rank = {name: number for number, name in enumerate(order)}
    return [
        (name, len({one.person for one in found[name]}), figures(found[name]))
        for name in sorted(found, key=lambda name: (rank.get(name, len(rank)), name))
    ]


def _keys(
    residents: Mapping[str, Registered], districts: Mapping[str, str], city_ms: int
) -> dict[Dimension, Callable[[Record], str]]:
    year = datetime.datetime.fromtimestamp(city_ms / 1000, datetime.UTC).year

    def age(record: Record) -> str:
        known = residents.get(record.person)
        years = year - known.birth_year if known else -1
        return next((name for name, low, high in AGES if low <= years <= high), UNKNOWN)

    def district(record: Record) -> str:
        return districts.get(record.person, UNKNOWN)

    def ability(record: Record) -> str:
        known = residents.get(record.person)
        return UNKNOWN if known is None else "some" if known.disability else "none"

    return {"age": age, "district": district, "ability": ability, "channel": lambda record: record.channel}
