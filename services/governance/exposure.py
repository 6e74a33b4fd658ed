"""Who is within reach of a hazard and what traffic loses by it, as far as the twin can know: estimates with coverage.

Residents = those heard there + those expected. Unheard people are expected at home by the hour; a heard person who is
away from home stands for the unheard ones who are, too. Coverage is the share of the sum that is heard. Every reading
of belief goes through one :class:`Sight`, so that the same turn gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from services.collaboration.roster import Roster
from services.governance.measures_settings import HOURS, ExposureSettings
from services.governance.sensing import Sensing
from twin.city.model import City
from twin.state.heard import Heard

_HOUR_MS = 3_600_000
_HEADING_HOME_M = 30.0
"""A heard person so near to their home is at home."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Registered(Protocol):
    """What the register says of a resident's home."""

    @property
    def home_xy(self) -> tuple[float, float]: ...


class Stalled(Protocol):
    """Errands that cannot go on, counted by whoever knows them."""

    def near(self, x_m: float, y_m: float, radius_m: float) -> int:
        """Open errands that need a place within the radius."""


class NoErrands:
    """A city without a service hall."""

    def near(self, x_m: float, y_m: float, radius_m: float) -> int:
        del x_m, y_m, radius_m
        return 0


class Exposure:
    """The register's homes and the roads, worked out once; belief is read anew with every :meth:`at`."""

    def __init__(
        self,
        city: City,
        residents: Mapping[str, Registered],
        roster: Roster,
        senses: Sensing,
        settings: ExposureSettings,
    ) -> None:
        self._settings = settings
        self._roster = roster
        self._senses = senses
        self.row_of = {person: row for row, person in enumerate(residents)}
        self.home_xy: Floats = np.array([one.home_xy for one in residents.values()], np.float64).reshape(-1, 2)
        self.homes = cKDTree(self.home_xy) if len(self.home_xy) else None
        roads = city.roads
        self.free_s: Floats = np.asarray(roads.length_m / np.maximum(roads.speed_mps, 1.0), np.float64)

    def share_at_home(self, city_ms: int) -> float:
        """The expected share of residents at home, between two full hours in proportion."""
        hour, rest = divmod(self._roster.local(city_ms), _HOUR_MS)
        shares, part = self._settings.at_home, rest / _HOUR_MS
        return shares[hour % HOURS] * (1.0 - part) + shares[(hour + 1) % HOURS] * part

    def around(self, x_m: float, y_m: float, radius_m: float, city_ms: int) -> tuple[int, float]:
        """Expected residents within the radius now, and the share of them that is heard."""
        return self.at(city_ms).around(x_m, y_m, radius_m)

    def at(self, city_ms: int) -> Sight:
        """Belief as it is now, made ready for many questions."""
        heard, settings = self._senses.heard(), self._settings
        rows = np.array([self.row_of.get(person, -1) for person in heard.person], np.int64)
        silent = np.ones(len(self.home_xy), np.bool_)
        silent[rows[rows >= 0]] = False
        home = np.full((len(rows), 2), np.inf)
        home[rows >= 0] = self.home_xy[rows[rows >= 0]]
        away = np.hypot(*(heard.person_xy - home).T) > _HEADING_HOME_M
        riding = np.nan_to_num(heard.person_mps) > settings.in_vehicle_mps
        on_foot_away = int((away & ~riding).sum())
        share = self.share_at_home(city_ms)
        unheard_away = float(silent.sum()) * (1.0 - share)
        stands_for = min(unheard_away / on_foot_away, settings.most_for_one - 1.0) if on_foot_away else 0.0
        times = self._senses.edge_times()
        lost = np.clip(1.0 - self.free_s / np.maximum(times, self.free_s), 0.0, 1.0)
        return Sight(self, heard, silent, away, riding, share, stands_for, settings.occupants, lost)


@dataclass(frozen=True, slots=True)
class Sight:
    """One moment. ``stands_for``: unheard people that each person heard away from home stands for, beside themselves;
    ``lost`` the share of its time that a vehicle loses on each edge (1 where the road is closed)."""

    homes: Exposure
    heard: Heard
    silent: Flags
    away: Flags
    riding: Flags
    share: float
    stands_for: float
    occupants: float
    lost: Floats

    def around(self, x_m: float, y_m: float, radius_m: float) -> tuple[int, float]:
        """Expected residents within the radius, and the share of them that is heard (0 where nobody is expected)."""
        near = _within(self.heard.person_xy, x_m, y_m, radius_m) & ~self.riding
        vehicles = int(_within(self.heard.vehicle_xy, x_m, y_m, radius_m).sum())
        counted = float(near.sum()) + vehicles * self.occupants
        expected = self._silent_at_home(x_m, y_m, radius_m) + float((near & self.away).sum()) * self.stands_for
        total = counted + expected
        return round(total), round(counted / total, 3) if total > 0 else 0.0

    def _silent_at_home(self, x_m: float, y_m: float, radius_m: float) -> float:
        if self.homes.homes is None:
            return 0.0
        rows: Sequence[int] = self.homes.homes.query_ball_point((x_m, y_m), radius_m)
        return float(self.silent[rows].sum()) * self.share if len(rows) else 0.0

    def losing(self, x_m: float, y_m: float, radius_m: float, edges: Iterable[int] = ()) -> float:
        """Vehicles' worth of time that is being lost now, on these edges and around the spot: vehicle-hours an hour."""
        near = _within(self.heard.vehicle_xy, x_m, y_m, radius_m)
        concerned = np.fromiter(edges, np.int32)
        if len(concerned):
            near |= np.isin(self.heard.vehicle_edge, concerned)
        on = self.heard.vehicle_edge[near]
        return float(self.lost[on[on >= 0]].sum())


def _within(xy: Floats, x_m: float, y_m: float, radius_m: float) -> Flags:
    away: Floats = np.hypot(xy[:, 0] - x_m, xy[:, 1] - y_m)
    return away <= radius_m
