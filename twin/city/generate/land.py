"""What the ground is used for: the superblocks between main streets, each with one texture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from twin.city.generate.arterials import FRONTAGE_M, RAIL_V_M, RING_U_M, RING_V_M, Plan
from twin.city.generate.network import Link
from twin.city.generate.terrain import Terrain, extent_box
from twin.core.chance import fraction

_THIN_M = 62.0
"""A superblock thinner than this is left as a green verge."""


@dataclass(frozen=True, slots=True)
class Texture:
    """How a kind of district is cut up: block size along and across, how often a lane is out of line with the next
    (``broken``), how far lines wander, the parcel a building stands on, and the class of its streets."""

    along_m: float
    across_m: float
    broken: float
    wander_m: float
    parcel_m2: float
    street: str
    area: str  # kind in the layer areas


TEXTURES = {
    "oldtown": Texture(80.0, 64.0, 0.9, 6.0, 330.0, "residential", "oldtown"),
    "business": Texture(150.0, 132.0, 0.0, 0.0, 3600.0, "tertiary", "business"),
    "midrise": Texture(138.0, 104.0, 0.35, 3.0, 620.0, "residential", "residential"),
    "villas": Texture(158.0, 66.0, 0.2, 6.0, 430.0, "residential", "residential"),
    "towers": Texture(215.0, 178.0, 0.25, 6.0, 5200.0, "residential", "residential"),
    "industry": Texture(290.0, 190.0, 0.2, 0.0, 9000.0, "tertiary", "industrial"),
    "campus": Texture(240.0, 210.0, 0.5, 16.0, 5600.0, "residential", "campus"),
    "park": Texture(9999.0, 9999.0, 0.0, 0.0, 0.0, "service", "park"),
    "verge": Texture(9999.0, 9999.0, 0.0, 0.0, 0.0, "service", "park"),
    "farmland": Texture(9999.0, 9999.0, 0.0, 0.0, 0.0, "service", "farmland"),
    "wood": Texture(9999.0, 9999.0, 0.0, 0.0, 0.0, "service", "wood"),
    "river": Texture(9999.0, 9999.0, 0.0, 0.0, 0.0, "service", "water"),
}
OPEN_KINDS = ("park", "verge", "farmland", "wood", "river")
"""Without streets or parcels of their own."""


@dataclass(frozen=True, slots=True)
class Superblock:
    """A face between main streets; ``uv`` is its middle in river coordinates."""

    shape: BaseGeometry
    kind: str
    uv: tuple[float, float]


def superblocks(links: Sequence[Link], plan: Plan, terrain: Terrain, seed: int) -> list[Superblock]:
    """The faces of the main street network, west to east, each with its kind."""
    lines = [link.line for link in links]
    faces = shapely.get_parts(shapely.polygonize([shapely.unary_union([*lines, plan.railway, extent_box().boundary])]))
    faces = sorted(faces, key=lambda face: (round(face.centroid.x), round(face.centroid.y)))
    middles = terrain.to_uv(np.array([face.representative_point().coords[0] for face in faces]))
    ring = shapely.Polygon(next(street.line for street in plan.streets if street.key == "ring"))
    river = terrain.river().union(terrain.island())
    blocks = []
    for number, (face, (u, v)) in enumerate(zip(faces, middles.tolist(), strict=True)):
        dice = fraction(seed, "land", number)
        inner = ring.contains(face.representative_point())
        kind = _kind(u, v * terrain.mirror, plan, dice) if inner else _outer_kind(u, v * terrain.mirror, plan, dice)
        if face.intersection(river).area > 0.5 * face.area:
            kind = "river"
        elif face.area / face.length * 2 < _THIN_M and kind not in ("industry",):
            kind = "verge"
        blocks.append(Superblock(face, kind, (u, v)))
    return blocks


def _kind(u: float, v: float, plan: Plan, dice: float) -> str:
    """By position; v is positive on the old town's bank."""
    west, middle, east, far_east = plan.crossings
    if abs(v + RAIL_V_M) < FRONTAGE_M:
        return "verge"
    if 0 < v < plan.avenue_v and west < u < east:
        return "oldtown"
    if -plan.avenue_v < v < 0 and middle < u < far_east:
        return "business"
    if v > plan.avenue_v and east < u < far_east:
        return "park"
    if v > plan.avenue_v and u > far_east:
        return "campus"
    if v < -plan.avenue_v and (u > far_east or v < -RAIL_V_M):
        return "industry" if u > middle else "towers"
    if v > plan.avenue_v and u < west:
        return "villas"
    if abs(v) > plan.avenue_v:
        return "towers"
    return "midrise" if dice < 0.75 else "towers"


def _outer_kind(u: float, v: float, plan: Plan, dice: float) -> str:
    """Beyond the ring: works downstream, homes upstream, woods and fields where the city ends."""
    west, middle, east, far_east = plan.crossings
    if abs(v + RAIL_V_M) < FRONTAGE_M:
        return "verge"
    if u > 0.72 * RING_U_M and abs(v) < RING_V_M:
        return "industry" if v < plan.avenue_v else "wood"
    if u < -0.72 * RING_U_M and abs(v) < RING_V_M:
        return "midrise" if 0 < v < plan.avenue_v else "villas" if v > 0 else "towers" if v > -plan.avenue_v else "wood"
    if v < 0:
        return "industry" if u > east else "towers" if u > middle else "farmland" if dice < 0.5 else "wood"
    return "villas" if west < u < middle else "towers" if middle < u < far_east else "wood" if u > 0 else "farmland"
