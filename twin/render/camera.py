"""Where the map is looked at from: centre, scale, smooth flight, limits. Screen y points down, world y north."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Number = TypeVar("Number", float, Floats)

STEPS_PER_OCTAVE = 2
"""Scale rests on whole levels, two an octave, so that ground tiles are always shown at the size they were drawn."""

FINEST_PX_PER_M = 12.0  # logical pixels: a lane is about 40 px
SETTLE_PER_S = 9.0  # share of the remaining way per second, as an exponent
NEAR_PX = 0.4
MARGIN = 0.97  # of the free area that the whole city fills


@dataclass(slots=True)
class Camera:
    """A window of ``width`` × ``height`` device pixels at ``ui`` device pixels a logical one; the rest in metres.

    ``inset`` (left, top, right, bottom, device pixels) is covered by panels: ``x, y`` is shown in the middle of what
    is free. ``level`` 0 shows the whole ``extent`` there. ``x, y, level`` are what is shown, ``goal_*`` where the
    camera is going; every goal is clamped to the extent.
    """

    extent: tuple[float, float, float, float]
    width: int
    height: int
    ui: float = 1.0
    inset: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    x: float = field(init=False)
    y: float = field(init=False)
    level: float = field(init=False)
    goal_x: float = field(init=False)
    goal_y: float = field(init=False)
    goal_level: int = field(init=False)
    base: float = field(init=False)  # device pixels a metre at level 0
    finest: int = field(init=False)
    middle_x: float = field(init=False)  # where x, y is shown; eases when panels open
    middle_y: float = field(init=False)

    def __post_init__(self) -> None:
        self._fit()
        self.middle_x, self.middle_y = self._middle()
        self.home(at_once=True)

    def scale_of(self, level: float) -> float:
        """Device pixels a metre at a level."""
        return self.base * float(2.0 ** (level / STEPS_PER_OCTAVE))

    @property
    def scale(self) -> float:
        """Device pixels a metre, now."""
        return self.scale_of(self.level)

    @property
    def detail(self) -> float:
        """Logical pixels a metre where the camera is going: what level of detail depends on."""
        return self.scale_of(self.goal_level) / self.ui

    @property
    def moving(self) -> bool:
        """Whether the shown view has not reached its goal yet."""
        return (self.x, self.y, self.level) != (self.goal_x, self.goal_y, self.goal_level)

    def level_for(self, px_per_m: float) -> int:
        """The whole level nearest to a number of logical pixels a metre."""
        return round(STEPS_PER_OCTAVE * math.log2(px_per_m * self.ui / self.base))

    def _middle(self) -> tuple[float, float]:
        left, top, right, bottom = self.inset
        return (left + self.width - right) / 2, (top + self.height - bottom) / 2

    def _fit(self) -> None:
        west, south, east, north = self.extent
        left, top, right, bottom = self.inset
        free_x, free_y = max(self.width - left - right, 64.0), max(self.height - top - bottom, 64.0)
        self.base = MARGIN * min(free_x / max(east - west, 1.0), free_y / max(north - south, 1.0))
        self.finest = max(0, math.floor(STEPS_PER_OCTAVE * math.log2(FINEST_PX_PER_M * self.ui / self.base)))

    def resize(self, width: int, height: int, ui: float, inset: tuple[float, float, float, float]) -> None:
        """A new window; keeps the centre and about the scale."""
        was = self.detail
        self.width, self.height, self.ui, self.inset = max(width, 1), max(height, 1), ui, inset
        self._fit()
        self.middle_x, self.middle_y = self._middle()
        self.goal_level = self.level_for(was)
        self._clamp()
        self.level = self.goal_level

    def home(self, *, at_once: bool = False) -> None:
        """The whole city."""
        west, south, east, north = self.extent
        self.fly_to((west + east) / 2, (south + north) / 2, 0, at_once=at_once)

    def fly_to(self, x: float, y: float, level: float | None = None, *, at_once: bool = False) -> None:
        """Head for a point, at a level if one is given."""
        self.goal_x, self.goal_y = x, y
        if level is not None:
            self.goal_level = round(level)
        self._clamp()
        if at_once:
            self.x, self.y, self.level = self.goal_x, self.goal_y, self.goal_level

    def pan(self, dx_px: float, dy_px: float) -> None:
        """Drag the ground by screen pixels, at once."""
        self.goal_x = self.x - dx_px / self.scale
        self.goal_y = self.y + dy_px / self.scale
        self._clamp()
        self.x, self.y = self.goal_x, self.goal_y

    def zoom_at(self, steps: int, screen_x: float, screen_y: float) -> None:
        """Move ``steps`` levels in; the world point under the cursor stays under it once settled."""
        before = self.goal_level
        self.goal_level = max(0, min(self.finest, before + steps))
        if self.goal_level == before:
            return
        off_x, off_y = screen_x - self.middle_x, screen_y - self.middle_y
        was, will = self.scale_of(before), self.scale_of(self.goal_level)
        self.goal_x += off_x / was - off_x / will
        self.goal_y -= off_y / was - off_y / will
        self._clamp()

    def advance(self, dt_s: float) -> None:
        """Ease towards the goal; exact once within half a pixel."""
        share = 1.0 - math.exp(-SETTLE_PER_S * max(0.0, dt_s))
        middle_x, middle_y = self._middle()
        self.middle_x += (middle_x - self.middle_x) * share
        self.middle_y += (middle_y - self.middle_y) * share
        if abs(middle_x - self.middle_x) + abs(middle_y - self.middle_y) < 1.0:
            self.middle_x, self.middle_y = middle_x, middle_y
        before = self.scale
        self.level += (self.goal_level - self.level) * share
        if abs(self.goal_level - self.level) < 0.004:
            self.level = self.goal_level
        # While the scale changes, the way goes with 1/scale: then the fixed point of a zoom stays where it is.
        target, gone = self.scale_of(self.goal_level), share
        if abs(1 / before - 1 / target) > 1e-9:
            gone = (1 / before - 1 / self.scale) / (1 / before - 1 / target)
        self.x += (self.goal_x - self.x) * gone
        self.y += (self.goal_y - self.y) * gone
        off = math.hypot(self.goal_x - self.x, self.goal_y - self.y) * self.scale
        if self.level == self.goal_level and off < NEAR_PX:
            self.x, self.y = self.goal_x, self.goal_y

    def _clamp(self) -> None:
        west, south, east, north = self.extent
        self.goal_level = max(0, min(self.finest, self.goal_level))
        self.goal_x = min(max(self.goal_x, west), east)
        self.goal_y = min(max(self.goal_y, south), north)

    def to_screen(self, x_m: Number, y_m: Number) -> tuple[Number, Number]:
        """World metres to device pixels; two numbers or two arrays."""
        scale = self.scale
        return (x_m - self.x) * scale + self.middle_x, (self.y - y_m) * scale + self.middle_y

    def to_world(self, screen_x: float, screen_y: float) -> tuple[float, float]:
        """One screen point in the world."""
        scale = self.scale
        return self.x + (screen_x - self.middle_x) / scale, self.y - (screen_y - self.middle_y) / scale

    def view(self, margin_px: float = 0.0) -> tuple[float, float, float, float]:
        """What the window shows, as min x, min y, max x, max y in metres."""
        west, north = self.to_world(-margin_px, -margin_px)
        east, south = self.to_world(self.width + margin_px, self.height + margin_px)
        return west, south, east, north
