"""In a twin's shoes: keys and clicks become words to its body; where it is, is predicted until the server says."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import pygame

from twin.city.model import City
from twin.city.walkable import Walkable
from twin.core.views import OwnTwin, ViewSource
from twin.render.motion import Movers
from twin.render.world import World

WALK_MPS: Final = 1.5
WAYS: Final[dict[int, tuple[int, int]]] = {
    pygame.K_w: (0, 1),
    pygame.K_s: (0, -1),
    pygame.K_a: (-1, 0),
    pygame.K_d: (1, 0),
    pygame.K_UP: (0, 1),
    pygame.K_DOWN: (0, -1),
    pygame.K_LEFT: (-1, 0),
    pygame.K_RIGHT: (1, 0),
}
AGAIN_S: Final = 1.2
"""Wall seconds after which a word is said again while a key is held."""
LASTS_S: Final = 3.0
"""Wall seconds that a word holds without being said again: whoever's console is gone comes to a stop."""
SNAP_M: Final = 40.0
EASE_PER_S: Final = 2.5
_LONGEST_CITY_S: Final = 3_600.0

Point = tuple[float, float]


@dataclass(slots=True)
class Shoes:
    """``spot`` is where the own twin is drawn; None while its phone tells no place."""

    city: City
    source: ViewSource
    spot: Point | None = None
    heading_deg: float = 0.0
    seq: int = -1
    _held: set[int] = field(default_factory=set)
    _way: Point = (0.0, 0.0)  # metres a city second
    _said_s: float = 0.0
    _ground: Walkable | None = None

    @property
    def ground(self) -> Walkable:
        if self._ground is None:
            self._ground = Walkable(self.city)
        return self._ground

    def press(self, key: int, *, down: bool) -> bool:
        """A key that walks; whether it was one."""
        if key not in WAYS:
            return False
        (self._held.add if down else self._held.discard)(key)
        return True

    def let_go(self) -> None:
        """No key counts any more (a text field has the keyboard, or the window was left)."""
        self._held.clear()

    def go_to(self, x_m: float, y_m: float, wall_ms: int, own: OwnTwin | None) -> None:
        """Walk to a spot on the map, by the pavements."""
        self._way = (0.0, 0.0)
        self._say(wall_ms, own, goal_x_m=round(x_m, 1), goal_y_m=round(y_m, 1))

    def step(self, world: World, wall_ms: int, dt_s: float) -> None:
        """Say what the keys want, then move on and towards what the server believes."""
        own = world.own
        pace = world.clock.pace if world.clock is not None and world.clock.running else 0.0
        self._steer(own, wall_ms, pace)
        if own is None or own.mover < 0:
            self.spot = None
            return
        told = self._told(own, world.city_ms(wall_ms))
        if self.spot is None or math.dist(self.spot, told) > SNAP_M + 30.0 * pace / 10.0:
            self.spot = told
            return
        if self._way != (0.0, 0.0):
            east, north = self._way[0] * dt_s * pace, self._way[1] * dt_s * pace
            self.spot = self.ground.walk(self.spot, east, north)
            self.heading_deg = math.degrees(math.atan2(*self._way)) % 360.0
        else:
            self.heading_deg = own.heading_deg
        if own.seq >= self.seq or (not self._way[0] and not self._way[1]):
            share = min(1.0, EASE_PER_S * dt_s)
            x, y = self.spot
            self.spot = x + (told[0] - x) * share, y + (told[1] - y) * share

    def _told(self, own: OwnTwin, city_ms: int) -> Point:
        """Where the body is by now, from where it was heard last: on its way for as long as it may have walked on."""
        ahead_s = min(max(city_ms - own.observed_ms, 0) / 1000.0, 2.0)
        if own.speed_mps < 0.05:
            return own.x_m, own.y_m
        heading = math.radians(own.heading_deg)
        away = own.speed_mps * ahead_s
        return self.ground.walk((own.x_m, own.y_m), math.sin(heading) * away, math.cos(heading) * away)

    def _steer(self, own: OwnTwin | None, wall_ms: int, pace: float) -> None:
        east, north = (sum(WAYS[key][axis] for key in self._held) for axis in (0, 1))
        long = math.hypot(east, north)
        way = (east / long * WALK_MPS, north / long * WALK_MPS) if long else (0.0, 0.0)
        now_s = wall_ms / 1000
        changed = way != self._way
        if not changed and (way == (0.0, 0.0) or now_s - self._said_s < AGAIN_S):
            return
        self._way = way
        for_s = min(LASTS_S * max(pace, 1.0), _LONGEST_CITY_S) if way != (0.0, 0.0) else 0.0
        self._say(wall_ms, own, east_mps=round(way[0], 3), north_mps=round(way[1], 3), for_s=for_s)

    def _say(self, wall_ms: int, own: OwnTwin | None, **words: float) -> None:
        self._said_s = wall_ms / 1000
        self.seq = max(self.seq + 1, wall_ms, own.seq + 1 if own is not None else 0)  # also after another console's
        self.source.propose({"t": "SteerTwin", "seq": self.seq, **words})

    def place(self, movers: Movers | None, own: OwnTwin | None) -> None:
        """Put the own figure where it is predicted to be."""
        if movers is None or own is None or self.spot is None:
            return
        row = movers.row(own.mover)
        if row >= 0:
            movers.x_m[row], movers.y_m[row] = self.spot
            movers.heading_deg[row] = self.heading_deg
            if self._way != (0.0, 0.0) and movers.speed_mps.flags.writeable:
                movers.speed_mps[row] = WALK_MPS
