"""Names on the map: districts, water and parks, streets, places. Laid out once a level, so that they never jump."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pygame
import shapely
from numpy.typing import NDArray

from twin.city.model import City
from twin.core.text import Name
from twin.core.words import RoadClass
from twin.render.plan import seen
from twin.render.stage import Stage

Floats = NDArray[np.float64]

PLACE_ICONS = {
    "service_hall": "service_hall",
    "hospital": "hospital",
    "school": "school",
    "university": "school",
    "metro": "metro",
    "bus_station": "bus",
    "market": "market",
    "mall": "market",
    "park": "park",
    "square": "square",
    "underpass": "underpass",
    "bridge": "bridge",
    "library": "school",
    "depot": "depot",
    "site": "site",
}
DEPOT_ICONS = {
    "fire_rescue": "fire_station",
    "police": "police",
    "health": "hospital",
    "water": "pump",
    "landscape": "tree",
    "sanitation": "truck",
    "environment": "environment",
    "urban_management": "crew",
}
PLACES_FROM = {
    "service_hall": 0.25,
    "hospital": 0.5,
    "metro": 0.55,
    "underpass": 0.6,
    "bridge": 0.5,
    "university": 0.6,
    "park": 9e9,
    "market": 0.9,
    "mall": 0.9,
    "school": 1.0,
    "square": 0.9,
    "library": 1.0,
    "bus_station": 1.0,
    "depot": 0.9,
    "site": 1.2,
}
STREETS_FROM = {1: 0.35, 2: 0.35, 3: 0.4, 4: 0.6, 5: 0.9, 6: 1.7, 7: 4.0, 8: 9e9, 9: 9e9}
REPEAT_PX = 460.0


@dataclass(frozen=True, slots=True)
class Wish:
    """A name that would like to be shown: where, how large, how urgent (lower first), from and up to which detail."""

    name: Name
    x_m: float
    y_m: float
    style: str  # district, water, park, street, place
    rank: float
    size: int
    icon: str = ""
    degrees: float = 0.0
    room_m: float = math.inf  # length that the text must fit in


@dataclass(frozen=True, slots=True)
class _Layout:
    wishes: tuple[Wish, ...]
    box: Floats  # (n, 4) metres, to find what is visible


@dataclass(slots=True)
class Labels:
    """Chooses and draws names. A layout is kept for each level, language and size."""

    city: City
    _streets: list[tuple[Name, int, Any]] = field(init=False)
    _kept: dict[tuple[object, ...], _Layout] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._streets = _merged_streets(self.city)

    def draw(self, stage: Stage) -> None:
        key = (stage.camera.goal_level, round(stage.camera.base, 6), stage.ui, stage.language.current)
        layout = self._kept.get(key)
        if layout is None:
            layout = self._kept[key] = self._lay_out(stage)
        for index in seen(layout.box, stage.camera.view()).tolist():
            self._draw_one(stage, layout.wishes[index])

    def _draw_one(self, stage: Stage, wish: Wish) -> None:
        picture = self._picture(stage, wish)
        sx, sy = stage.camera.to_screen(wish.x_m, wish.y_m)
        rect = picture.get_rect(center=(round(sx), round(sy)))
        if wish.icon:
            spot = stage.px(9)
            rect = picture.get_rect(midtop=(round(sx), round(sy) + spot))
        if any(rect.colliderect(other) for other in stage.taken):
            return
        if wish.icon:
            theme = stage.theme
            glyph = stage.icons.draw(wish.icon, stage.px(11), theme.label)
            pygame.draw.circle(stage.surface, theme.halo, (round(sx), round(sy)), stage.px(9.5))
            pygame.draw.circle(stage.surface, theme.raised, (round(sx), round(sy)), stage.px(8.5))
            stage.surface.blit(glyph, glyph.get_rect(center=(round(sx), round(sy))))
        stage.surface.blit(picture, rect)

    def _picture(self, stage: Stage, wish: Wish) -> pygame.Surface:
        theme, words = stage.theme, stage.say(wish.name)
        colour = {
            "district": theme.label_district,
            "water": theme.label_water,
            "park": theme.label_park,
            "street": theme.label_street,
        }.get(wish.style, theme.label)
        size = stage.px(wish.size)
        if wish.style == "district" and stage.language.current == "en":
            words = " ".join(words.upper())
        if wish.style == "street":
            return stage.letters.turned(words, size, colour, theme.halo, wish.degrees)
        if wish.style == "water" and wish.degrees:
            return stage.letters.turned(words, size, colour, theme.water, wish.degrees)
        halo = theme.water if wish.style == "water" else theme.halo
        return stage.letters.haloed(words, size, colour, halo, "medium" if wish.style == "place" else "regular")

    def _lay_out(self, stage: Stage) -> _Layout:
        """Greedy by rank: a name is kept when its box touches no kept one. Works in level pixels over the city."""
        scale = stage.camera.scale_of(stage.camera.goal_level)
        detail = stage.camera.detail
        wishes = sorted(
            [*self._areas(detail), *self._places(detail), *self._along_streets(detail)],
            key=lambda wish: (wish.rank, wish.name.en, wish.x_m, wish.y_m),
        )
        kept: list[Wish] = []
        boxes: list[tuple[float, float, float, float]] = []
        bins: dict[tuple[int, int], list[int]] = {}
        last: dict[str, list[tuple[float, float]]] = {}
        for wish in wishes:
            wide, high = self._picture_size(stage, wish)
            if wide > wish.room_m * scale:
                continue
            turn = math.radians(wish.degrees)
            half_x = (abs(math.cos(turn)) * wide + abs(math.sin(turn)) * high) / 2 + 3 * stage.ui
            half_y = (abs(math.sin(turn)) * wide + abs(math.cos(turn)) * high) / 2 + 2 * stage.ui
            x, y = wish.x_m * scale, -wish.y_m * scale
            down = (high / 2 + 6 * stage.ui) if wish.icon else 0.0
            box = (x - half_x, y - half_y + (-9 * stage.ui if wish.icon else 0), x + half_x, y + half_y + down)
            twins = last.get(wish.name.en, [])
            near = wish.style == "street" and any(math.hypot(x - a, y - b) < REPEAT_PX * stage.ui for a, b in twins)
            cells = [
                (i, j)
                for i in range(int(box[0] // 128), int(box[2] // 128) + 1)
                for j in range(int(box[1] // 128), int(box[3] // 128) + 1)
            ]
            others = {index for cell in cells for index in bins.get(cell, ())}
            if near or any(_touch(box, boxes[index]) for index in others):
                continue
            last.setdefault(wish.name.en, []).append((x, y))
            for cell in cells:
                bins.setdefault(cell, []).append(len(boxes))
            boxes.append(box)
            kept.append(wish)
        metres = np.array([[a / scale, -d / scale, c / scale, -b / scale] for a, b, c, d in boxes]).reshape(-1, 4)
        return _Layout(tuple(kept), metres)

    def _picture_size(self, stage: Stage, wish: Wish) -> tuple[float, float]:
        words = stage.say(wish.name)
        if wish.style == "district" and stage.language.current == "en":
            words = " ".join(words)
        return stage.letters.size(words, stage.px(wish.size), "medium" if wish.style == "place" else "regular")

    def _areas(self, detail: float) -> list[Wish]:
        wishes = []
        if detail < 0.9:
            for district in self.city.meta.districts:
                shapes = [cell.shape for cell in self.city.cells if cell.district == district.id]
                if shapes:
                    spot = shapely.union_all(shapes).representative_point()
                    wishes.append(Wish(district.name, spot.x, spot.y, "district", 0.0, 15 if detail > 0.4 else 14))
        for area in self.city.areas:
            if area.name is None or area.kind not in ("water", "park", "wood", "square", "campus"):
                continue
            large = math.sqrt(float(area.shape.area))  # type: ignore[attr-defined]
            if large * detail < 44:
                continue
            water = area.kind == "water"
            style = "water" if water else "park"
            for spot, degrees in _spots(area.shape, detail) if water else [(area.shape.representative_point(), 0.0)]:  # type: ignore[attr-defined]
                wishes.append(
                    Wish(area.name, spot.x, spot.y, style, 1.0 - large / 1e5, 14 if water else 12, degrees=degrees)
                )
        return wishes

    def _places(self, detail: float) -> list[Wish]:
        wishes = []
        for place in self.city.places:
            begin = PLACES_FROM.get(place.kind, 1.5)
            if detail >= begin:
                icon = PLACE_ICONS.get(place.kind, "device")
                if place.kind == "depot":
                    icon = DEPOT_ICONS.get(place.department, "depot")
                wishes.append(Wish(place.name, *place.xy, "place", 2.0 + begin, 12, icon))
        return wishes

    def _along_streets(self, detail: float) -> list[Wish]:
        wishes = []
        for name, grade, line in self._streets:
            if detail < STREETS_FROM[grade]:
                continue
            long = float(line.length)
            count = max(1, int(long * detail // (REPEAT_PX * 1.1)))
            for number in range(count):
                for shift in (0.0, 0.16, -0.16):
                    at = long * min(0.95, max(0.05, (number + 0.5 + shift) / count))
                    spot, degrees, room = _along(line, at)
                    size = 13 if grade <= RoadClass.SECONDARY else 12 if grade <= RoadClass.TERTIARY else 11
                    wishes.append(
                        Wish(
                            name,
                            spot[0],
                            spot[1],
                            "street",
                            4.0 + grade + abs(shift),
                            size,
                            degrees=degrees,
                            room_m=room,
                        )
                    )
        return wishes


def _touch(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _merged_streets(city: City) -> list[tuple[Name, int, Any]]:
    """Edges of one name and class joined into long lines."""
    roads = city.roads
    groups: dict[tuple[str, str, int], list[Any]] = {}
    for edge in range(len(roads)):
        name, back = roads.name[edge], int(roads.reverse[edge])
        if name is None or 0 <= back < edge:
            continue
        groups.setdefault((name.en, name.zh, int(roads.road_class[edge])), []).append(
            shapely.linestrings(roads.shape(edge))
        )
    streets = []
    for (en, zh, grade), lines in groups.items():
        merged = shapely.line_merge(shapely.union_all(lines))
        for part in shapely.get_parts(merged):
            if part.geom_type == "LineString":
                streets.append((Name(en, zh), grade, part))
    return streets


def _along(line: Any, at: float) -> tuple[tuple[float, float], float, float]:
    """A point on a line, the reading angle there, and how many metres around it are nearly straight."""
    here = line.interpolate(at)
    reach = 20.0
    one, two = line.interpolate(max(0.0, at - reach)), line.interpolate(min(line.length, at + reach))
    angle = math.degrees(math.atan2(two.y - one.y, two.x - one.x))
    room = 2 * reach
    while room < 600:
        half = room / 2 + 20
        if at - half < 0 or at + half > line.length:
            break
        start, end = line.interpolate(at - half), line.interpolate(at + half)
        if math.hypot(end.x - start.x, end.y - start.y) < 2 * half * 0.985:
            break
        room = 2 * half
    if angle > 90:
        angle -= 180
    elif angle <= -90:
        angle += 180
    return (here.x, here.y), angle, room


def _spots(shape: Any, detail: float) -> list[tuple[Any, float]]:
    """Where to write a river's name: the middle of what each window of about a screen's width shows of it."""
    west, south, east, north = shape.bounds
    step = 900.0 / detail
    spots = []
    for column in range(max(1, math.ceil((east - west) / step))):
        part = shapely.clip_by_rect(shape, west + column * step, south, west + (column + 1) * step, north)
        if not part.is_empty and part.area > 0:
            spots.append((part.representative_point(), 0.0))
    return spots
