"""Incidents, closures and errands on the map: a shape, an icon and a ring; only an unacknowledged Ⅰ may pulse."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pygame

from twin.core.views import Mark
from twin.core.words import Severity
from twin.render.bubbles import Bubbles
from twin.render.plan import KERB_M, LANE_M
from twin.render.stage import Stage
from twin.render.strokes import dashes, shifted, thick
from twin.render.theme import RGB, mix

OVERSAMPLE = 4
STEM = 9.0  # logical pixels between the thing and its mark
TITLES_FROM = 0.7
CORNERS = {Severity.I: 4, Severity.II: 6, Severity.III: 8}
"""Corners of the plate by severity, so that it reads without colour; Ⅳ and no level are round."""
TINTS = {"flood": "flood", "water": "flood", "pipe": "flood", "fire": "fire", "smoke": "fire", "air": "dust"}


@dataclass(slots=True)
class MapMarks:
    """Draws and finds marks. ``places`` holds where each was drawn this frame: centre and radius in pixels."""

    places: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    bubbles: Bubbles = field(default_factory=Bubbles)
    _kept: dict[tuple[object, ...], pygame.Surface] = field(default_factory=dict)

    def draw_ground(self, stage: Stage) -> None:
        """What lies on the ground, below all that moves: tinted areas and closed streets."""
        over = stage.world.ended
        for mark in stage.world.marks.values():
            tint = next((tint for word, tint in TINTS.items() if word in mark.icon), "")
            if tint and mark.radius_m > 0 and stage.layers.incidents and mark.id not in over:
                self._tint(stage, mark, tint)
            if mark.kind == "closure" and mark.edges and stage.layers.closures:
                self._closure(stage, mark)

    def draw(self, stage: Stage) -> None:
        """The marks themselves, gravest last, so that nothing hides them; then people's bubbles where there is room."""
        self.places.clear()
        people: list[tuple[Mark, float, float]] = []
        order = sorted(stage.world.marks.values(), key=lambda mark: -(mark.severity or 9))
        for mark in order:
            if mark.kind == "unplaced":
                continue
            x, y = self.at(stage, mark)
            sx, sy = stage.camera.to_screen(x, y)
            if not (-60 < sx < stage.camera.width + 60 and -60 < sy < stage.camera.height + 90):
                continue
            if mark.kind == "errand":
                if stage.layers.people and self._about(stage, mark):
                    people.append((mark, sx, sy))
            elif stage.layers.incidents and not mark.edges:
                self._incident(stage, mark, sx, sy)
        self.places = {**self.bubbles.draw(stage, people), **self.places}

    @staticmethod
    def _about(stage: Stage, mark: Mark) -> bool:
        """Whether the applicant is somewhere on the map, or looked at: a file under review has no body."""
        looked_at = stage.selection is not None and stage.selection.id in (mark.id, mark.card)
        return looked_at or bool(mark.posture) or mark.follows >= 0

    def at(self, stage: Stage, mark: Mark) -> tuple[float, float]:
        """Where a mark is now: in the hall's row, with the mover it follows, else where it was told to be."""
        stand = next((one for one in stage.stands if one.mark == mark.id), None) if mark.posture else None
        if stand is not None:
            return stand.x_m, stand.y_m
        if mark.follows >= 0 and stage.movers is not None:
            row = stage.movers.row(mark.follows)
            if row >= 0:
                return float(stage.movers.x_m[row]), float(stage.movers.y_m[row])
        return mark.x_m, mark.y_m

    def _incident(self, stage: Stage, mark: Mark, sx: float, sy: float) -> None:
        theme, ui = stage.theme, stage.ui
        tone = theme.of_severity(mark.severity)
        chosen = stage.selection is not None and stage.selection.id in (mark.id, mark.card)
        radius = (15.0 if stage.camera.detail >= 0.6 else 13.0) * ui
        cx, cy = sx, sy - radius - STEM * ui
        pygame.draw.line(stage.surface, theme.halo, (sx, sy), (cx, cy), stage.px(4))
        pygame.draw.line(stage.surface, tone, (sx, sy), (cx, cy), stage.px(2))
        dot = self._disc(stage, tone, 3.2)
        stage.surface.blit(dot, dot.get_rect(center=(round(sx), round(sy))))
        if mark.severity == Severity.I and not mark.acknowledged:
            self._pulse(stage, tone, cx, cy, radius)
        plate = self._plate(stage, mark, round(radius), chosen)
        box = plate.get_rect(center=(round(cx), round(cy)))
        stage.surface.blit(plate, box)
        stem = pygame.Rect(round(sx) - stage.px(8), round(cy), stage.px(16), round(sy - cy) + stage.px(8))
        stage.taken.extend((stem, box))
        self.places[mark.id] = (cx, cy, radius)
        if stage.camera.detail >= TITLES_FROM or chosen or mark.severity in (Severity.I, Severity.II):
            self._title(stage, mark, box, chosen)

    def _title(self, stage: Stage, mark: Mark, box: pygame.Rect, chosen: bool) -> None:
        """What it is and how far it is, on a plate of its own so that no roof shines through."""
        spot = pygame.Rect((0, 0), self._title_plate(stage, mark, chosen).get_size())
        spot.midleft = (box.right - stage.px(1), box.centery)
        if any(spot.colliderect(other) for other in stage.taken if other is not box) and not chosen:
            return
        stage.surface.blit(self._title_plate(stage, mark, chosen), spot)
        stage.taken.append(spot)

    def _title_plate(self, stage: Stage, mark: Mark, chosen: bool) -> pygame.Surface:
        theme, px = stage.theme, stage.px
        state = stage.say(mark.state) if mark.state is not None else ""
        key = ("title", stage.say(mark.title), state, chosen, theme.name, stage.ui)
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        lines = [stage.letters.plain(stage.say(mark.title), px(13), theme.bright if chosen else theme.text, "medium")]
        if state:
            lines.append(stage.letters.plain(state, px(11), theme.muted, "regular"))
        wide = max(line.get_width() for line in lines) + px(14)
        plate = pygame.Surface((wide, sum(line.get_height() for line in lines) + px(4)), pygame.SRCALPHA)
        pygame.draw.rect(plate, (*theme.panel, 222), plate.get_rect(), border_radius=px(5))
        y = px(1)
        for line in lines:
            plate.blit(line, (px(7), y))
            y += line.get_height()
        self._kept[key] = plate
        return plate

    def _plate(self, stage: Stage, mark: Mark, radius: int, chosen: bool) -> pygame.Surface:
        key = ("plate", mark.icon, mark.severity, mark.acknowledged, radius, chosen, stage.theme.name, stage.ui)
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        theme = stage.theme
        tone = theme.of_severity(mark.severity)
        side = radius * 2 + stage.px(10)
        large = pygame.Surface((side * OVERSAMPLE, side * OVERSAMPLE), pygame.SRCALPHA)
        middle, unit = side * OVERSAMPLE / 2, stage.ui * OVERSAMPLE
        corners = CORNERS.get(Severity(mark.severity), 40) if mark.severity else 40
        reach = radius * OVERSAMPLE * (1.12 if corners == 4 else 1.04 if corners < 40 else 1.0)
        solid = not mark.acknowledged
        layers: list[tuple[float, RGB]] = [(reach + 2.0 * unit, theme.halo), (reach, tone)]
        if chosen:
            layers.insert(0, (reach + 4.4 * unit, theme.selected))
        if not solid:
            layers.append((reach - 2.4 * unit, theme.raised))
        for size, colour in layers:
            pygame.draw.polygon(large, (*colour, 255), _ring(middle, size, corners))
        small = pygame.transform.smoothscale(large, (side, side))
        glyph = stage.icons.draw(mark.icon, round(radius * 1.12), theme.on(tone) if solid else tone)
        small.blit(glyph, glyph.get_rect(center=(side // 2, side // 2)))
        self._kept[key] = small
        return small

    def _disc(self, stage: Stage, tone: RGB, radius: float) -> pygame.Surface:
        key = ("disc", tone, radius, stage.ui, stage.theme.name)
        kept = self._kept.get(key)
        if kept is None:
            side = stage.px(radius * 2 + 4)
            large = pygame.Surface((side * OVERSAMPLE, side * OVERSAMPLE), pygame.SRCALPHA)
            middle = (side * OVERSAMPLE / 2, side * OVERSAMPLE / 2)
            unit = stage.ui * OVERSAMPLE
            pygame.draw.circle(large, (*stage.theme.halo, 255), middle, (radius + 1.4) * unit)
            pygame.draw.circle(large, (*tone, 255), middle, radius * unit)
            kept = self._kept[key] = pygame.transform.smoothscale(large, (side, side))
        return kept

    def _pulse(self, stage: Stage, tone: RGB, cx: float, cy: float, radius: float) -> None:
        phase = stage.now_s % 1.6 / 1.6
        reach = round(radius * (1.1 + 0.9 * phase))
        side = 2 * reach + 6
        veil = pygame.Surface((side, side), pygame.SRCALPHA)
        alpha = round(190 * (1 - phase))
        pygame.draw.circle(veil, (*tone, alpha), (side // 2, side // 2), reach, stage.px(3))
        stage.surface.blit(veil, (round(cx - side / 2), round(cy - side / 2)))

    def _tint(self, stage: Stage, mark: Mark, tint: str) -> None:
        """A soft pool over the area an incident covers."""
        theme = stage.theme
        colour = {"flood": theme.flood, "fire": theme.severity[1], "dust": theme.severity[2]}[tint]
        radius = min(mark.radius_m * stage.camera.scale, 600.0 * stage.ui)
        sx, sy = stage.camera.to_screen(mark.x_m, mark.y_m)
        if radius < 4 or not (
            -radius < sx < stage.camera.width + radius and -radius < sy < stage.camera.height + radius
        ):
            return
        key = ("pool", colour, round(radius / 4))
        pool = self._kept.get(key)
        if pool is None:
            pool = self._kept[key] = _pool(colour, round(radius))
        stage.surface.blit(pool, pool.get_rect(center=(round(sx), round(sy))))

    def _closure(self, stage: Stage, mark: Mark) -> None:
        """Closed streets hatched red and amber over their lanes."""
        roads, theme = stage.city.roads, stage.theme
        west, south, east, north = stage.camera.view(40)
        done: set[int] = set()
        for edge in mark.edges:
            if not 0 <= edge < len(roads) or int(roads.reverse[edge]) in done:
                continue
            done.add(edge)
            points = roads.shape(edge)
            low, high = points.min(0), points.max(0)
            if low[0] > east or high[0] < west or low[1] > north or high[1] < south:
                continue
            both = int(roads.reverse[edge]) in mark.edges
            lanes = int(roads.lanes[edge]) + (int(roads.lanes[roads.reverse[edge]]) if both else 0)
            wide = max((lanes * LANE_M + KERB_M) * stage.camera.scale * 0.86, 3.2 * stage.ui)
            x, y = stage.camera.to_screen(points[:, 0], points[:, 1])
            line = np.stack([x, y], axis=1)
            if roads.reverse[edge] >= 0 and not both:
                line = shifted(line, int(roads.lanes[edge]) * LANE_M / 2 * stage.camera.scale)
            thick(stage.surface, mix(theme.casing, theme.stop, 0.3), [line], wide, caps=False)
            _hatch(stage, line, max(min(wide, 14 * stage.ui), 6 * stage.ui), wide)

    def find(self, x: float, y: float) -> str:
        """The id of the mark at a screen point, topmost first; empty when there is none."""
        for id, (cx, cy, radius) in reversed(self.places.items()):
            if math.hypot(x - cx, y - cy) <= radius + 4:
                return id
        return ""


def _hatch(stage: Stage, line: np.ndarray[tuple[int, int], np.dtype[np.float64]], step: float, wide: float) -> None:
    bounds = stage.surface.get_rect().inflate(80, 80)
    tones = (mix(stage.theme.stop, stage.theme.casing, 0.25), mix(stage.theme.caution, stage.theme.casing, 0.25))
    for number, piece in enumerate(dashes(line, step * 0.34, step * 0.66)):
        (x0, y0), (x1, y1) = piece[0].tolist(), piece[-1].tolist()
        if not bounds.collidepoint(x0, y0):
            continue
        long = math.hypot(x1 - x0, y1 - y0) or 1.0
        ox, oy = (y1 - y0) / long * wide / 2, (x0 - x1) / long * wide / 2
        lean = wide * 0.55 / long
        lean_x, lean_y = (x1 - x0) * lean, (y1 - y0) * lean
        tone = tones[number % 2]
        pygame.draw.polygon(
            stage.surface,
            tone,
            [
                (x0 + ox + lean_x, y0 + oy + lean_y),
                (x1 + ox + lean_x, y1 + oy + lean_y),
                (x1 - ox, y1 - oy),
                (x0 - ox, y0 - oy),
            ],
        )


def _ring(middle: float, size: float, corners: int) -> list[tuple[float, float]]:
    """A regular polygon; four corners stand on one of them, six and eight on a side."""
    shift = math.pi / 2 if corners in (4, 40) else math.pi / corners
    if corners == 6:
        shift = math.pi / 2
    return [
        (
            middle + math.cos(shift + math.tau * i / corners) * size,
            middle + math.sin(shift + math.tau * i / corners) * size,
        )
        for i in range(corners)
    ]


def _pool(colour: RGB, radius: int) -> pygame.Surface:
    """A disc that fades to its rim, made small and scaled up."""
    small = 96
    y, x = np.mgrid[0:small, 0:small]
    away = np.hypot(x - (small - 1) / 2, y - (small - 1) / 2) / (small / 2)
    alpha = np.clip((1.0 - away) * 2.6, 0.0, 1.0) * 78 + np.clip(1 - np.abs(away - 0.95) / 0.04, 0, 1) * 34
    alpha[away > 1] = 0
    pool = pygame.Surface((small, small), pygame.SRCALPHA)
    pool.fill((*colour, 255))
    pygame.surfarray.pixels_alpha(pool)[:] = alpha.T.astype(np.uint8)
    return pygame.transform.smoothscale(pool, (radius * 2, radius * 2))
