"""Blocks between streets, cut into parcels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from twin.city.cut import halves
from twin.city.generate.arterials import RAIL_HALF_M, Plan
from twin.city.generate.land import Superblock
from twin.city.generate.network import Link
from twin.city.generate.terrain import extent_box

HALF_WIDTH_M = {"trunk": 19.0, "primary": 16.0, "secondary": 12.5, "tertiary": 9.0, "residential": 7.0, "service": 5.0}
"""From the middle of a street to the block beside it, sidewalk included."""
_LEAST_M2 = 260.0
_CORNER_M = 3.0


@dataclass(frozen=True, slots=True)
class Block:
    """Ground between streets, without them; ``number`` is its superblock's."""

    shape: BaseGeometry
    kind: str
    number: int


def make_blocks(links: Sequence[Link], blocks: Sequence[Superblock], plan: Plan, water: BaseGeometry) -> list[Block]:
    """All blocks, west to east, each of its superblock's kind."""
    lines = np.array([link.line for link in links], dtype=object)
    widths = np.array([HALF_WIDTH_M[link.street.road_class] for link in links])
    faces = shapely.get_parts(shapely.polygonize([shapely.unary_union([*lines, extent_box().boundary])]))
    faces = np.array(sorted(faces, key=lambda face: (round(face.centroid.x), round(face.centroid.y))), dtype=object)
    ways = shapely.buffer(lines, widths, cap_style="round", quad_segs=4)
    tree = shapely.STRtree(ways)
    rail = shapely.buffer(plan.railway, RAIL_HALF_M)
    owners = shapely.STRtree([block.shape for block in blocks])
    found = []
    for face in faces:
        touching = np.sort(tree.query(face, predicate="intersects"))
        taken = shapely.unary_union([*ways[touching], *(shape for shape in (rail, water) if shape.intersects(face))])
        for part in shapely.get_parts(face.difference(taken)):
            rounded = part.buffer(-_CORNER_M, join_style="mitre").buffer(_CORNER_M, quad_segs=3)
            for shape in shapely.get_parts(rounded):
                if shape.area > _LEAST_M2:
                    owner = _owner(shape, owners)
                    kind = "verge" if blocks[owner].kind == "river" else blocks[owner].kind
                    found.append(Block(shape.simplify(0.3), kind, owner))
    return found


def _owner(shape: BaseGeometry, owners: shapely.STRtree) -> int:
    return int(owners.query_nearest(shape.representative_point(), all_matches=False)[0])


def parcels(shape: BaseGeometry, area_m2: float, dice: np.random.Generator) -> Iterator[BaseGeometry]:
    """Cut along the long side again and again, until pieces are about as large as wanted."""
    stack = [shape]
    while stack:
        piece = stack.pop()
        if piece.area < area_m2 * float(dice.uniform(0.75, 1.5)):
            if piece.area > 0.25 * area_m2:
                yield piece
            continue
        stack.extend(
            part
            for half in halves(piece, float(dice.uniform(0.42, 0.58)))
            for part in shapely.get_parts(half)
            if part.area > 60.0
        )
