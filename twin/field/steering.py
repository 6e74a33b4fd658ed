"""Bodies in which somebody is: they walk as their phones are told to, no faster than a person and nowhere else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import msgspec

from twin.city.model import City
from twin.city.walkable import Walkable
from twin.field.bodies import STILL
from twin.field.hazards.base import Moment
from twin.field.keeping import keep, regain
from twin.formats.civic import Presence, Steer

if TYPE_CHECKING:
    from twin.field.people import People

WALK_MPS: Final = 1.6
"""A brisk walk: as fast as anybody's body obeys."""
_LONGEST_MS: Final = 3_600_000
_MOVES_MPS: Final = 0.05


class _Held(msgspec.Struct):
    seq: int
    until_ms: int = -1
    east_mps: float = 0.0
    north_mps: float = 0.0


class SteeringState(msgspec.Struct):
    held: dict[int, _Held]
    seq: dict[int, int]  # of those who are let go, too: an old word moves nobody


class Steering:
    """By row of the register. A body that is held follows no plan and no errand until it is let go."""

    def __init__(self, city: City, people: People) -> None:
        self._city, self._people = city, people
        self._walkable: Walkable | None = None  # made with the first body that is steered
        self.state = SteeringState({}, {})

    def holds(self, row: int) -> bool:
        return row in self.state.held

    def rows(self) -> list[int]:
        return sorted(self.state.held)

    def seq(self, row: int) -> int:
        """The last word obeyed; -1 where there was none."""
        return self.state.seq.get(row, -1)

    def hear(self, row: int, word: Steer, now: Moment) -> None:
        """A word from whoever is in this body's shoes; an older one than was heard counts for nothing."""
        if word.seq <= self.seq(row):
            return
        self.state.seq[row] = word.seq
        if not word.held:
            if self.state.held.pop(row, None) is not None:
                self._people.let_go(row, now)
            return
        first = row not in self.state.held
        until_ms = min(word.until_ms, now.city_ms + _LONGEST_MS)
        self.state.held[row] = _Held(word.seq, until_ms, *_within_walking(word.east_mps, word.north_mps))
        if first:
            self._people.take_over(row, now)
        if word.goal_latitude is not None and word.goal_longitude is not None:
            x, y = self._city.frame.to_xy(word.goal_longitude, word.goal_latitude)
            self._people.walk_to(row, (float(x), float(y)), now)
        elif math.hypot(word.east_mps, word.north_mps) > _MOVES_MPS or word.until_ms >= 0:
            self._people.stand(row, now)

    def step(self, now: Moment) -> None:
        """A second of walking, and whether it led into a place or out of one."""
        bodies = self._people.bodies
        for row in self.rows():
            held = self.state.held[row]
            if bodies.mode[row] == STILL:
                self._walk(row, held, now)
            self._enter(row, now)

    def _walk(self, row: int, held: _Held, now: Moment) -> None:
        bodies = self._people.bodies
        speed = math.hypot(held.east_mps, held.north_mps)
        if now.city_ms > held.until_ms or speed < _MOVES_MPS:
            bodies.speed_mps[row] = 0.0
            return
        x, y = bodies.xy[row].tolist()
        to = self._ground.walk((x, y), held.east_mps * now.dt_s, held.north_mps * now.dt_s)
        bodies.xy[row] = to
        bodies.heading_deg[row] = math.degrees(math.atan2(held.east_mps, held.north_mps)) % 360.0
        bodies.speed_mps[row] = math.hypot(to[0] - x, to[1] - y) / now.dt_s

    def _enter(self, row: int, now: Moment) -> None:
        people = self._people
        x, y = people.bodies.xy[row].tolist()
        here, before = self._ground.place_at(x, y), people.place(row)
        if here == before:
            return
        if before:
            people.phones.say(row, "presence", Presence(place=before, entered=False), now.city_ms)
        people.bodies.place[row] = people.places.get(here, -1)
        if here:
            people.phones.say(row, "presence", Presence(place=here, entered=True), now.city_ms)

    @property
    def _ground(self) -> Walkable:
        if self._walkable is None:
            self._walkable = Walkable(self._city)
        return self._walkable

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, SteeringState)


def _within_walking(east_mps: float, north_mps: float) -> tuple[float, float]:
    speed = math.hypot(east_mps, north_mps)
    share = min(1.0, WALK_MPS / speed) if speed > 0.0 else 0.0
    return east_mps * share, north_mps * share
