"""The ``areas`` of a generated city: land use below, then parks and squares, then water."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from twin.city import layers
from twin.city.draft import Row
from twin.city.generate.arterials import RAIL_HALF_M, Plan
from twin.city.generate.blocks import Block
from twin.city.generate.land import TEXTURES, Superblock
from twin.city.generate.spots import Spot
from twin.core.chance import generator
from twin.core.text import Name

RIVER = Name("Lan River", "澜江")
LAKE = Name("Mirror Lake", "镜湖")
ISLAND = Name("Heron Island", "白鹭洲")
PARK = Name("Mirror Lake Park", "镜湖公园")
_LAWNS = {"towers": 26.0, "campus": 16.0, "hospital": 14.0, "school": 22.0}
"""Blocks with a green heart, and how far from their outline it begins, in metres."""
_LEAST_LAWN_M2 = 300.0


def make_lake(blocks: Sequence[Superblock], seed: int) -> BaseGeometry | None:
    """A soft-edged lake in the largest park."""
    park = _great_park(blocks)
    if park is None:
        return None
    room = park.buffer(-85.0)
    if room.is_empty:
        return None
    dice = generator(seed, "lake")
    middle = np.array(room.representative_point().coords[0])
    angle = np.linspace(0.0, 2 * np.pi, 72, endpoint=False)
    radius = 1.0 + sum(
        float(dice.uniform(0.05, 0.2)) / k * np.sin(k * angle + float(dice.uniform(0, 6.28))) for k in range(2, 6)
    )
    reach = np.sqrt(room.area / np.pi)
    blob = shapely.Polygon(np.stack([middle[0] + reach * 0.8 * radius * np.cos(angle),
                                     middle[1] + reach * 0.7 * radius * np.sin(angle)], -1))  # fmt: skip
    lake = blob.intersection(room).buffer(-8.0).buffer(16.0).buffer(-8.0)
    island = shapely.Point(middle + reach * np.array([0.28, 0.12])).buffer(26.0, quad_segs=5)
    return lake.difference(island) if lake.contains(island.buffer(12.0)) else lake


def _great_park(blocks: Sequence[Superblock]) -> BaseGeometry | None:
    parks = [block.shape for block in blocks if block.kind == "park"]
    return max(parks, key=lambda shape: shape.area) if parks else None


def lay_areas(
    superblocks: Sequence[Superblock],
    blocks: Sequence[Block],
    spots: Sequence[Spot],
    plan: Plan,
    island: BaseGeometry,
    water: Sequence[tuple[BaseGeometry, Name]],
) -> list[Row[layers.Ground]]:
    """All areas, in drawing order."""
    rows: list[Row[layers.Ground]] = []

    def put(shape: BaseGeometry, kind: str, name: Name | None = None) -> None:
        spec = layers.Ground(kind=kind, name_en=name.en if name else None, name_zh=name.zh if name else None)
        rows.append(Row(f"a{len(rows) + 1:04d}", shape, spec))

    great = _great_park(superblocks)
    for superblock in superblocks:
        area = TEXTURES[superblock.kind].area
        if area not in ("water", "park"):
            put(superblock.shape.simplify(0.5), area)
    for block in blocks:
        if block.kind in ("park", "verge"):
            name = PARK if great is not None and great.contains(block.shape.representative_point()) else None
            put(block.shape, "park", name)
        elif block.kind in _LAWNS:
            lawn = block.shape.buffer(-_LAWNS[block.kind] - 8.0).buffer(8.0)
            for part in shapely.get_parts(lawn):
                if part.area > _LEAST_LAWN_M2:
                    put(part.simplify(0.4), "park")
    put(island, "park", ISLAND)
    for spot in spots:
        if spot.kind == "square":
            put(blocks[spot.block].shape, "square", spot.name)
    put(plan.railway.buffer(RAIL_HALF_M, cap_style="flat"), "other", Name("Railway", "铁路"))
    for shape, name in water:
        put(shape.simplify(0.4), "water", name)
    return rows
