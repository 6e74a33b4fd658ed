"""Trees as the pattern of woods, parks and campuses: where each stands follows from the place alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pygame
import shapely
from numpy.typing import NDArray

from twin.core.chance import generator
from twin.render.plan import Plan, seen
from twin.render.sheet import Sheet
from twin.render.theme import Theme, mix

Floats = NDArray[np.float64]

TREES_FROM = 0.9
"""Logical pixels a metre from which single trees show."""
CELL_M = 240.0
SPACING_M = {"wood": 9.0, "park": 14.0, "campus": 24.0}
KEPT_SHARE = {"wood": 0.9, "park": 0.6, "campus": 0.5}
CROWN_M = {"wood": (2.8, 4.8), "park": (2.2, 4.2), "campus": (2.0, 3.4)}
FROM_HOUSES_M = 3.5
FROM_KERBS_M = 3.0


@dataclass(slots=True)
class Planting:
    """Trees by cell of ``CELL_M``, found when first looked at. A tree is x, y and the crown's radius in metres."""

    houses: shapely.STRtree
    streets: shapely.STRtree
    water: shapely.STRtree
    half_m: Floats  # of each street
    _cells: dict[tuple[int, int], Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan) -> Planting:
        houses = shapely.STRtree([shapely.Polygon(ring) for ring in plan.buildings])
        streets = shapely.STRtree([shapely.LineString(line) for line in plan.roads.points])
        return cls(houses, streets, shapely.STRtree(plan.water.shape), plan.roads.width_m / 2)

    def cell(self, plan: Plan, column: int, row: int) -> Floats:
        """(n, 3) trees of one cell."""
        kept = self._cells.get((column, row))
        if kept is None:
            kept = self._cells[column, row] = self._grow(plan, column, row)
        return kept

    def _grow(self, plan: Plan, column: int, row: int) -> Floats:
        view = (column * CELL_M, row * CELL_M, (column + 1) * CELL_M, (row + 1) * CELL_M)
        chance = generator(1, "trees", column, row)
        groups: list[Floats] = []
        for index in seen(plan.cover.box, view).tolist():
            kind = plan.cover.kind[index]
            if kind in SPACING_M:
                groups.append(_scattered(chance, view, kind, plan.cover.shape[index]))
        trees = np.concatenate(groups) if groups else np.zeros((0, 3))
        return trees[self._free(trees)] if len(trees) else trees

    def _free(self, trees: Floats) -> NDArray[np.bool_]:
        """Which stand clear of houses, kerbs and water."""
        points = shapely.points(trees[:, :2])
        free = np.ones(len(trees), np.bool_)
        free[self.houses.query(points, "dwithin", distance=FROM_HOUSES_M)[0]] = False
        free[self.water.query(points, "dwithin", distance=2.0)[0]] = False
        if not len(self.half_m):
            return free
        tree, street = self.streets.query(points, "dwithin", distance=float(self.half_m.max()) + FROM_KERBS_M)
        away = shapely.distance(points[tree], self.streets.geometries[street])
        free[tree[away < self.half_m[street] + FROM_KERBS_M]] = False
        return free


def _scattered(chance: np.random.Generator, view: tuple[float, float, float, float], kind: str, shape: Any) -> Floats:
    """A jittered grid over the view, as far as it lies in ``shape``."""
    step = SPACING_M[kind]
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(view[0], view[2], step), np.arange(view[1], view[3], step)))
    luck = chance.random((len(x), 4))
    x, y = x + luck[:, 0] * step, y + luck[:, 1] * step
    small, large = CROWN_M[kind]
    crown = small + (large - small) * luck[:, 2]
    kept = (luck[:, 3] < KEPT_SHARE[kind]) & shapely.contains_xy(shape, x, y)
    trees: Floats = np.stack([x, y, crown], axis=1)[kept]
    return trees


def plant(sheet: Sheet, plan: Plan, planting: Planting, theme: Theme) -> None:
    """Crowns with a soft side to the light and a shadow away from it."""
    west, south, east, north = (edge // CELL_M for edge in sheet.view)
    cells = [
        planting.cell(plan, column, row)
        for column in range(int(west) - (sheet.view[0] % CELL_M < 8), int(east) + 2)
        for row in range(int(south) - (sheet.view[1] % CELL_M < 8), int(north) + 2)
    ]
    trees = np.concatenate(cells)
    reach = 8.0
    near = (
        (trees[:, 0] > sheet.view[0] - reach)
        & (trees[:, 0] < sheet.view[2] + reach)
        & (trees[:, 1] > sheet.view[1] - reach)
        & (trees[:, 1] < sheet.view[3] + reach)
    )
    trees = trees[near]
    if not len(trees):
        return
    spots, crowns = sheet.to(trees[:, :2]), trees[:, 2] * sheet.scale
    shade = mix(theme.land_use["park"], theme.shadow, 0.45 if theme.shadow_alpha > 60 else 0.16)
    for (x, y), crown in zip(spots.tolist(), crowns.tolist(), strict=True):
        pygame.draw.circle(sheet.surface, shade, (x + crown * 0.34, y + crown * 0.34), crown)
    light = mix(theme.tree, theme.label_park, 0.16)
    for number, ((x, y), crown) in enumerate(zip(spots.tolist(), crowns.tolist(), strict=True)):
        tone = mix(theme.tree, theme.land_use["park"], 0.28 * (number % 3) / 2)
        pygame.draw.circle(sheet.surface, tone, (x, y), crown)
        if crown > 5:
            pygame.draw.circle(sheet.surface, mix(tone, light, 0.7), (x - crown * 0.24, y - crown * 0.24), crown * 0.55)
