"""Who is inside public places, as far as phones said so: figures without a name, as many as there is room for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pygame
import shapely
from numpy.typing import NDArray

from twin.city.model import City, Place
from twin.core.looks import ADULT, CHILD
from twin.core.words import StationType
from twin.render.figures import Figures, height_px
from twin.render.stage import Stage

Floats = NDArray[np.float64]

MOST: Final = 24
"""So many figures stand for a place's people; the number above its sign says how many they are."""
APART_PX: Final = 15.0
APART_M: Final = 2.4
_AROUND_M: Final = 14.0
_BEFORE_M: Final = 25.0
_WALL_M: Final = 1.5
_GOLDEN: Final = (0.7548776662466927, 0.5698402909980532)
"""Steps of the plane's evenest sequence (R2): every beginning of it is spread evenly."""
_TRIED: Final = 240


@dataclass(frozen=True, slots=True)
class Ground:
    """Spots within a place's walls, each beginning of them spread evenly, and what they are spread over."""

    spots: Floats  # (n, 2) m
    area_m2: float


@dataclass(slots=True)
class Insides:
    """Knows each place's walls, worked out when somebody is first inside."""

    city: City
    figures: Figures
    _grounds: dict[str, Ground] = field(default_factory=dict)
    _places: dict[str, Place] = field(init=False)

    def __post_init__(self) -> None:
        self._places = {place.id: place for place in self.city.places}

    def draw(self, stage: Stage, present: Mapping[str, int]) -> None:
        """Figures of one tone, smaller than those of whoever is known to be where they are drawn."""
        high = height_px(stage.camera.scale, stage.ui) * 0.86
        for id, people in sorted(present.items()):
            place = self._places.get(id)
            if place is None or not _near(stage, place):
                continue
            look = CHILD if place.kind == "school" else ADULT
            figure = self.figures.picture(stage.theme, look, StationType.PEDESTRIAN, 0, left=False,
                                          fresh=not stage.stale, high=high)  # fmt: skip
            wide, tall = figure.get_size()
            spots = self.where(place, people, max(APART_M, APART_PX * stage.ui / stage.camera.scale))
            x, y = stage.camera.to_screen(spots[:, 0], spots[:, 1])
            stage.surface.fblits(
                [(figure, (round(left - wide / 2), round(top - tall + 2)))
                 for left, top in sorted(zip(x.tolist(), y.tolist(), strict=True), key=lambda one: one[1])]
            )  # fmt: skip
            self._number(stage, place, people)

    def where(self, place: Place, people: int, apart_m: float) -> Floats:
        """Spots (n, 2) of figures ``apart_m`` from each other: one for each of ``people``, as far as there is room."""
        ground = self._ground(place)
        room = max(1, int(ground.area_m2 / (apart_m * apart_m)))
        return ground.spots[: min(people, MOST, room)]

    def _number(self, stage: Stage, place: Place, people: int) -> None:
        """How many they are, above the place's own sign."""
        words = stage.letters.plain(f"{people:,}", stage.px(11), stage.theme.bright, "medium")
        x, y = stage.camera.to_screen(*place.xy)
        box = words.get_rect(midbottom=(round(float(x)), round(float(y)) - stage.px(12)))
        back = box.inflate(stage.px(8), stage.px(2))
        pygame.draw.rect(stage.surface, stage.theme.panel, back, border_radius=back.height // 2)
        stage.surface.blit(words, box)

    def _ground(self, place: Place) -> Ground:
        if place.id not in self._grounds:
            self._grounds[place.id] = _ground_of(self.city, place)
        return self._grounds[place.id]


def _ground_of(city: City, place: Place) -> Ground:
    """The place's own outline, else the building that it is in or before, else the ground around it."""
    spot, houses = shapely.Point(place.xy), np.asarray(city.buildings.shape, object)
    away = shapely.distance(houses, spot)
    whole: object = spot.buffer(_AROUND_M)
    if place.shape is not None:
        whole = place.shape
    elif len(away) and away.min() <= _BEFORE_M:
        whole = houses[int(np.argmin(away))]
    inner = shapely.buffer(whole, -_WALL_M)
    shape = whole if shapely.is_empty(inner) else inner
    left, low, right, high = shapely.bounds(shape).tolist()
    number = np.arange(_TRIED)[:, None]
    tried = (left, low) + (0.5 + number * np.array(_GOLDEN)) % 1.0 * (right - left, high - low)
    spots = tried[shapely.contains_xy(shape, tried[:, 0], tried[:, 1])]
    if not len(spots):
        spots = np.array([place.xy], np.float64)
    return Ground(spots, float(shapely.area(shape)))


def _near(stage: Stage, place: Place) -> bool:
    x, y = stage.camera.to_screen(*place.xy)
    margin = 60 * stage.ui
    wide, high = stage.surface.get_size()
    return math.isfinite(x) and -margin < x < wide + margin and -margin < y < high + margin
