"""The streets inside superblocks, in each district's own pattern, joined to the main streets around them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from twin.city.generate.arterials import Street
from twin.city.generate.land import OPEN_KINDS, TEXTURES, Superblock, Texture
from twin.city.generate.network import Link
from twin.city.generate.terrain import Terrain
from twin.city.model import Floats
from twin.core.chance import generator

_REACH_M = 38.0
"""A local street that would meet a main one nearer than this to another junction is bent into that junction."""
_BEND_M = 180.0  # over this length
_LEAST_M = 45.0  # shorter pieces are not built


def local_streets(blocks: Sequence[Superblock], links: Sequence[Link], terrain: Terrain, seed: int) -> list[Street]:
    """All of them, block by block; the ends of earlier ones attract those of later ones across the same main street."""
    junctions = _Junctions([end for link in links for end in link.ends])
    streets: list[Street] = []
    for number, block in enumerate(blocks):
        if block.kind in OPEN_KINDS:
            continue
        texture = TEXTURES[block.kind]
        for name, line in _pattern(block, texture, terrain, generator(seed, "fabric", number)):
            inside = line.intersection(block.shape)
            for piece in shapely.get_parts(inside):
                if piece.geom_type == "LineString" and piece.length > _LEAST_M:
                    joined = junctions.join(piece, block.shape)
                    middle = name.startswith("middle")
                    road_class = "tertiary" if middle and texture.street == "residential" else texture.street
                    streets.append(Street(f"b{number}{name}", road_class, joined))
    return streets


def _pattern(
    block: Superblock, texture: Texture, terrain: Terrain, dice: np.random.Generator
) -> list[tuple[str, BaseGeometry]]:
    """Long lines along the river's direction, and between each two of them cross lanes, some out of line."""
    uv = terrain.to_uv(shapely.get_coordinates(shapely.segmentize(block.shape.exterior, 40.0)))
    (u0, v0), (u1, v1) = uv.min(axis=0).tolist(), uv.max(axis=0).tolist()
    rows = _divide(v0, v1, texture.across_m, 0.10, dice)
    shared = _divide(u0, u1, texture.along_m, 0.10, dice)
    lines = []
    for index, v in enumerate(rows):
        name = "middle" if index == len(rows) // 2 else f"row{index}"
        lines.append((name, _wandering(terrain, (u0 - 60.0, v), (u1 + 60.0, v), texture.wander_m, dice)))
    edges = [v0 - 60.0, *rows, v1 + 60.0]
    own = [
        _divide(u0, u1, texture.along_m * float(dice.uniform(0.8, 1.25)), 0.3, dice)
        if dice.random() < texture.broken
        else shared
        for _ in edges[1:]
    ]
    for band, (low, high) in enumerate(pairwise(edges)):
        for index, u in enumerate(own[band]):
            name = "middlelane" if own[band] is shared and index == len(shared) // 2 else f"lane{band}_{index}"
            lean = float(dice.uniform(-0.5, 0.5)) * texture.wander_m if own[band] is not shared else 0.0
            over = 2.0 * texture.wander_m + 6.0  # rows wander, so lanes overshoot; what sticks out is trimmed later
            lines.append((name, terrain.curve([(u - lean, low - over), (u + lean, high + over)])))
    return lines


def _divide(low: float, high: float, step: float, jitter: float, dice: np.random.Generator) -> list[float]:
    """Inner division points of an interval in about equal steps."""
    count = max(1, round((high - low) / step))
    width = (high - low) / count
    return [low + width * (k + float(dice.uniform(-jitter, jitter))) for k in range(1, count)]


def _wandering(
    terrain: Terrain, a: tuple[float, float], b: tuple[float, float], wander_m: float, dice: np.random.Generator
) -> BaseGeometry:
    count = max(2, int((b[0] - a[0]) / 70.0))
    share = np.linspace(0.0, 1.0, count)
    phase, waves = float(dice.uniform(0, 6.28)), float(dice.uniform(0.8, 1.6)) * (b[0] - a[0]) / 500.0
    sway = wander_m * np.sin(phase + waves * 6.28 * share) + float(wander_m > 0) * dice.normal(0, wander_m / 3, count)
    return terrain.curve(np.stack([a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share + sway], -1))


class _Junctions:
    """Where streets already meet main streets."""

    def __init__(self, nodes: Sequence[tuple[float, float]]) -> None:
        self._nodes: Floats = np.unique(np.array(nodes), axis=0)

    def join(self, line: BaseGeometry, shape: BaseGeometry) -> BaseGeometry:
        """The line with those ends that lie on the superblock's outline moved to a junction nearby, or remembered."""
        coords = np.array(line.coords)
        for end in (0, -1):
            spot = coords[end]
            if shape.exterior.distance(shapely.Point(spot)) > 0.5:
                continue
            distance = np.hypot(*(self._nodes - spot).T)
            for near in np.argsort(distance, kind="stable")[:4]:
                node = self._nodes[near]
                if distance[near] < _REACH_M and shape.exterior.distance(shapely.Point(node)) < 0.5:
                    coords = _bend(coords, end, node - spot)
                    break
            else:
                self._nodes = np.concatenate([self._nodes, spot[None]])
        return shapely.LineString(coords)


def _bend(coords: Floats, end: int, shift: Floats) -> Floats:
    """The line with one end moved, and its last stretch following."""
    steps = np.hypot(*np.diff(coords, axis=0).T)
    along = np.concatenate(([0.0], np.cumsum(steps)))
    away = along if end == 0 else along[-1] - along
    reach = min(_BEND_M, 0.9 * float(along[-1]))
    share = np.clip(1.0 - away / reach, 0.0, 1.0)
    smooth = share * share * (3.0 - 2.0 * share)
    moved: Floats = coords + smooth[:, None] * shift
    return moved
