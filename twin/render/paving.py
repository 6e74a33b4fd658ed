"""Paints one piece of ground at one scale: land, water, streets, bridges, shadows, buildings."""

from __future__ import annotations

import numpy as np
import pygame
import shapely
from numpy.typing import NDArray

from twin.core.words import RoadClass
from twin.render.markings import LANES_FROM, mark_street
from twin.render.plan import Plan, Shapes, seen
from twin.render.planting import TREES_FROM, Planting, plant
from twin.render.sheet import OVERSAMPLE, Sheet
from twin.render.strokes import dashes, shifted, thick
from twin.render.theme import RGB, Theme, mix

Floats = NDArray[np.float64]

LEAST_PX = (3.2, 2.9, 2.5, 1.9, 1.4, 0.85, 0.6, 0.6, 0.5)
"""Narrowest drawn road by class - 1, logical pixels: the hierarchy must show when the whole city does."""
SHOWN_FROM = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.7, 1.2, 1.6)
"""Logical pixels a metre from which a class is drawn."""
CASED_FROM = 0.3
SHADOWS_FROM = 0.42
OUTLINES_FROM = 1.3
PAVEMENT_FROM = 1.3
PAVEMENT_M = 2.4
TALL_M = 90.0
SHADOW_M_PER_M = 0.34
LONGEST_SHADOW_M = 22.0


def pave(
    plan: Plan, planting: Planting, theme: Theme, view: tuple[float, float, float, float], side_px: int, ui: float
) -> pygame.Surface:
    """A picture of ``view`` (a square), ``side_px`` wide, at ``ui`` device pixels a logical one."""
    span = view[2] - view[0]
    large = pygame.Surface((side_px * OVERSAMPLE, side_px * OVERSAMPLE))
    scale = side_px * OVERSAMPLE / span
    sheet = Sheet(view, scale, scale / OVERSAMPLE / ui, OVERSAMPLE * ui, large)
    _land(sheet, plan, theme)
    _streets(sheet, plan, theme)
    _houses(sheet, plan, theme)
    if sheet.detail >= TREES_FROM:
        plant(sheet, plan, planting, theme)
    return pygame.transform.smoothscale(large, (side_px, side_px))


def _land(sheet: Sheet, plan: Plan, theme: Theme) -> None:
    sheet.surface.fill(theme.outside)
    west, south, east, north = plan.extent
    corners = sheet.to(np.array([[west, north], [east, south]]))
    (left, top), (right, bottom) = corners.tolist()
    sheet.surface.fill(theme.land, (round(left), round(top), round(right - left), round(bottom - top)))
    for index in seen(plan.cover.box, sheet.view).tolist():
        kind = plan.cover.kind[index]
        _polygon(sheet, plan.cover, index, theme.land_use.get(kind, theme.land), theme.land)
    for index in seen(plan.water.box, sheet.view).tolist():
        _polygon(sheet, plan.water, index, theme.water, theme.land, rim=theme.shore)
        for ring in plan.water.shape[index].interiors:
            _island(sheet, plan, theme, ring)


def _island(sheet: Sheet, plan: Plan, theme: Theme, ring: shapely.LinearRing) -> None:
    """What lies within a lake's hole keeps its own cover."""
    island = shapely.Polygon(ring)
    for index in seen(plan.cover.box, island.bounds).tolist():
        for part in shapely.get_parts(shapely.intersection(plan.cover.shape[index], island)):
            if part.geom_type == "Polygon" and not part.is_empty:
                corners = sheet.to(np.asarray(part.exterior.coords)[:, :2])
                tone = theme.land_use.get(plan.cover.kind[index], theme.land)
                pygame.draw.polygon(sheet.surface, tone, corners.tolist())
    thick(sheet.surface, theme.shore, [sheet.to(np.asarray(ring.coords)[:, :2])], 1.3 * sheet.px)


def _polygon(sheet: Sheet, shapes: Shapes, index: int, fill: RGB, hole: RGB, rim: RGB | None = None) -> None:
    """One area, clipped to the sheet with some margin so that its cut edges stay outside."""
    west, south, east, north = sheet.view
    margin = 8 * sheet.px / sheet.scale
    shape = shapes.shape[index]
    box = shapes.box[index]
    if box[0] < west - margin or box[1] < south - margin or box[2] > east + margin or box[3] > north + margin:
        shape = shapely.clip_by_rect(shape, west - margin, south - margin, east + margin, north + margin)
    for part in shapely.get_parts(shape):
        if part.geom_type != "Polygon" or part.is_empty:
            continue
        outer = sheet.to(np.asarray(part.exterior.coords)[:, :2])
        pygame.draw.polygon(sheet.surface, fill, outer.tolist())
        if rim is not None:
            thick(sheet.surface, rim, [outer], 1.3 * sheet.px)
        for ring in part.interiors:
            inner = sheet.to(np.asarray(ring.coords)[:, :2])
            pygame.draw.polygon(sheet.surface, hole, inner.tolist())
            if rim is not None:
                thick(sheet.surface, rim, [inner], 1.3 * sheet.px)


def _streets(sheet: Sheet, plan: Plan, theme: Theme) -> None:
    roads = plan.roads
    near = seen(roads.box, sheet.view, margin=20.0)
    if not len(near):
        return
    shown = sheet.detail >= np.array(SHOWN_FROM)[roads.road_class[near] - 1]
    near = near[shown]
    width = np.maximum(roads.width_m[near] * sheet.scale, np.array(LEAST_PX)[roads.road_class[near] - 1] * sheet.px)
    lines = [sheet.to(roads.points[index]) for index in near.tolist()]
    below, above = roads.tunnel[near], roads.bridge[near]
    ends = [(bool(first), bool(last)) for first, last in roads.square[near]]
    for chosen, storey in ((below, "tunnel"), (~below & ~above, "street"), (above, "bridge")):
        if chosen.any():
            _deck(sheet, theme, _grouped(lines, ends, width, roads.road_class[near], chosen), storey)
    if sheet.detail >= LANES_FROM:
        for position, index in enumerate(near.tolist()):
            if roads.road_class[index] <= RoadClass.RESIDENTIAL:
                mark_street(sheet, theme, roads, index, lines[position])


Groups = dict[tuple[int, float], tuple[list[Floats], list[tuple[bool, bool]]]]


def _grouped(
    lines: list[Floats],
    ends: list[tuple[bool, bool]],
    width: Floats,
    road_class: NDArray[np.int64],
    chosen: NDArray[np.bool_],
) -> Groups:
    """Lines of one storey by class and width, lowest class first, each with which of its ends stay square."""
    groups: Groups = {}
    for index in np.flatnonzero(chosen).tolist():
        members = groups.setdefault((int(road_class[index]), round(float(width[index]), 1)), ([], []))
        members[0].append(lines[index])
        members[1].append(ends[index])
    return dict(sorted(groups.items(), key=lambda group: (-group[0][0], group[0][1])))


def _deck(sheet: Sheet, theme: Theme, groups: Groups, storey: str) -> None:
    """One storey of streets: all casings, then all fills, so that junctions are open."""
    bridge, tunnel = storey == "bridge", storey == "tunnel"
    if sheet.detail >= CASED_FROM:
        rim = (1.6 if bridge else 1.1) * sheet.px
        if storey == "street" and sheet.detail >= PAVEMENT_FROM:
            walk = 2 * PAVEMENT_M * sheet.scale
            for (number, wide), (lines, _ends) in groups.items():
                if number <= RoadClass.RESIDENTIAL:
                    thick(sheet.surface, theme.pavement, lines, wide + walk)
        for (number, wide), (lines, ends) in groups.items():
            if number > RoadClass.SERVICE:
                continue
            if bridge:
                thick(sheet.surface, theme.casing, lines, wide + 4 * rim, caps=False)
                thick(sheet.surface, theme.deck, lines, wide + 2 * rim, caps=False)
            else:
                thick(sheet.surface, theme.casing, lines, wide + 2 * rim, square=ends)
    for (number, wide), (lines, ends) in groups.items():
        fill = theme.roads[number - 1]
        if tunnel:
            fill = mix(fill, theme.casing, 0.45)
        thick(sheet.surface, fill, lines, wide, square=ends)
        if tunnel and sheet.detail >= 1.0:
            pieces = [piece for line in lines for piece in dashes(line, 5 * sheet.px, 4 * sheet.px)]
            for side in (-1, 1):
                thick(sheet.surface, theme.deck, [shifted(p, side * wide / 2) for p in pieces], 1.2 * sheet.px)


def _houses(sheet: Sheet, plan: Plan, theme: Theme) -> None:
    margin = LONGEST_SHADOW_M
    near = seen(plan.building_box, sheet.view, margin).tolist()
    if sheet.detail < SHADOWS_FROM:
        spare = plan.building_box[near, 2:] - plan.building_box[near, :2]
        near = [index for index, size in zip(near, spare.max(1).tolist(), strict=True) if size * sheet.scale > 2.0]
    rings = [sheet.to(plan.buildings[index]) for index in near]
    if sheet.detail >= SHADOWS_FROM and theme.shadow_alpha:
        _shadows(sheet, theme, rings, [float(plan.building_height[index]) for index in near])
    for index, ring in zip(near, rings, strict=True):
        height = min(1.0, float(plan.building_height[index]) / TALL_M)
        roof = mix(theme.building_low, theme.building_high, height**0.6)
        corners = ring.tolist()
        pygame.draw.polygon(sheet.surface, roof, corners)
        for hole in plan.courts[index]:
            pygame.draw.polygon(sheet.surface, theme.land, sheet.to(hole).tolist())
        if sheet.detail >= OUTLINES_FROM:
            _walls(sheet, theme, ring, roof)


def _walls(sheet: Sheet, theme: Theme, ring: Floats, roof: RGB) -> None:
    """The roof's edge: lit where it faces the north-west, as the shadows fall to the south-east."""
    bright, dull = mix(roof, theme.building_edge, 0.9), mix(roof, theme.shadow, 0.25 if theme.shadow_alpha else 0.0)
    wide = max(1, round(0.6 * sheet.px))
    x, y = ring[:, 0], ring[:, 1]
    inward = 1.0 if float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) > 0 else -1.0
    step = np.diff(ring, axis=0) * inward
    lit = (step[:, 1] - step[:, 0]) < 0  # pixels: the wall's outer side looks up or left
    for wall, (one, two) in enumerate(zip(ring[:-1].tolist(), ring[1:].tolist(), strict=True)):
        pygame.draw.line(sheet.surface, bright if lit[wall] else dull, one, two, wide)


def _shadows(sheet: Sheet, theme: Theme, rings: list[Floats], heights: list[float]) -> None:
    """Footprints swept to the south-east by their height, blurred, laid over the ground as one veil."""
    side = sheet.surface.get_width() // OVERSAMPLE
    pad = 8
    veil = pygame.Surface((side + 2 * pad, side + 2 * pad), pygame.SRCALPHA)
    veil.fill((*theme.shadow, 0))
    colour = (*theme.shadow, theme.shadow_alpha)
    for ring, height in zip(rings, heights, strict=True):
        length = min(height * SHADOW_M_PER_M, LONGEST_SHADOW_M) * sheet.scale / OVERSAMPLE
        if length < 0.6:
            continue
        near = ring / OVERSAMPLE + pad
        far = near + np.array([length * 0.72, length * 0.69])
        pygame.draw.polygon(veil, colour, far.tolist())
        walls = np.stack([near[:-1], near[1:], far[1:], far[:-1]], axis=1)
        for wall in walls.tolist():
            pygame.draw.polygon(veil, colour, wall)
    soft = pygame.transform.box_blur(veil, 2)
    part = soft.subsurface((pad, pad, side, side))
    sheet.surface.blit(pygame.transform.smoothscale(part, sheet.surface.get_size()), (0, 0))
