"""Buildings on parcels, in each district's manner."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from twin.city.generate import footprints, public
from twin.city.generate.blocks import Block, parcels
from twin.city.generate.land import TEXTURES
from twin.city.model import Floats
from twin.core.chance import generator

_SMALLEST_M2 = 45.0
_CUT_UP = ("oldtown", "business", "villas", "industry")
"""Districts of parcels; elsewhere a block is built up as a whole."""


@dataclass(frozen=True, slots=True)
class House:
    """A footprint; ``block`` indexes the list of blocks."""

    shape: BaseGeometry
    use: str
    height_m: float
    block: int


_YARDS = {"oldtown": 0.45, "villas": 1.0}
"""How often a parcel that no street touches stays a yard."""
Maker = Callable[[BaseGeometry, np.random.Generator, float], Iterator[tuple[BaseGeometry, str, float]]]


def make_houses(blocks: Sequence[Block], centre: tuple[float, float], seed: int) -> list[House]:
    """Every block built up by its kind's maker; towers rise towards ``centre``."""
    houses = []
    for number, block in enumerate(blocks):
        if block.kind not in _MAKERS:
            continue
        dice = generator(seed, "houses", number)
        middle = block.shape.centroid
        closeness = float(np.exp(-((np.hypot(middle.x - centre[0], middle.y - centre[1]) / 650.0) ** 2)))
        maker = _MAKERS[block.kind]
        edge = block.shape.exterior
        for parcel in _cut(block, dice):
            if parcel.distance(edge) > 1.0 and block.kind in _YARDS and dice.random() < _YARDS[block.kind]:
                continue
            for shape, use, height in maker(parcel, dice, closeness):
                if shape.area > _SMALLEST_M2 and shape.is_valid:
                    houses.append(House(shape, use, round(height, 1), number))
    return houses


def _cut(block: Block, dice: np.random.Generator) -> Iterator[BaseGeometry]:
    if block.kind in _CUT_UP:
        return parcels(block.shape, TEXTURES[block.kind].parcel_m2, dice)
    return iter([block.shape])


def _pick(dice: np.random.Generator, options: Sequence[str], weights: Sequence[float]) -> str:
    total = np.cumsum(weights)
    return options[int(np.searchsorted(total, dice.random() * total[-1], side="right"))]


def _oldtown(
    parcel: BaseGeometry, dice: np.random.Generator, closeness: float
) -> Iterator[tuple[BaseGeometry, str, float]]:
    """Houses wall to wall to the parcel's line, courts behind."""
    if dice.random() < 0.05:
        return
    inner = parcel.buffer(-float(dice.uniform(0.8, 1.8)), join_style="mitre").simplify(0.6)
    use = _pick(dice, ("residential", "retail", "civic", "religious", "office"), (0.62, 0.28, 0.03, 0.02, 0.05))
    height = 3.2 * float(dice.integers(1, 4)) + 1.5
    frame = footprints.inner_rectangle(inner) if inner.geom_type == "Polygon" and not inner.is_empty else None
    if frame is None:
        return
    along, across = footprints.sides(frame)
    if min(along, across) > 15.0 and dice.random() < 0.55:
        yield _pick_court(frame, dice), use, height
    elif min(along, across) > 10.0 and dice.random() < 0.45:
        yield footprints.plan(_pick(dice, ("L", "U"), (0.6, 0.4)), frame, int(dice.integers(4))), use, height
    else:
        yield inner, use, height


def _pick_court(frame: Floats, dice: np.random.Generator) -> BaseGeometry:
    return footprints.court(frame) if dice.random() < 0.6 else footprints.plan("U", frame, int(dice.integers(4)))


def _business(
    parcel: BaseGeometry, dice: np.random.Generator, closeness: float
) -> Iterator[tuple[BaseGeometry, str, float]]:
    frame = footprints.inner_rectangle(parcel.buffer(-5.0, join_style="mitre"))
    if frame is None or dice.random() < 0.05:
        return
    tall = 32.0 + 150.0 * closeness * float(dice.uniform(0.35, 1.0)) + float(dice.uniform(0, 20))
    along, across = footprints.sides(frame)
    if min(along, across) > 30.0 and dice.random() < 0.6:
        base, tower = footprints.podium(frame, int(dice.integers(4)))
        yield base, "retail", float(dice.uniform(14, 22))
        yield tower, "office", tall
        return
    kind = _pick(dice, ("full", "L", "U", "step", "court"), (0.25, 0.25, 0.15, 0.2, 0.15))
    shape = footprints.court(frame) if kind == "court" else footprints.plan(kind, frame, int(dice.integers(4)))
    yield shape, _pick(dice, ("office", "retail", "residential"), (0.7, 0.2, 0.1)), 0.45 * tall + 8.0


def _midrise(
    block: BaseGeometry, dice: np.random.Generator, closeness: float
) -> Iterator[tuple[BaseGeometry, str, float]]:
    """Houses side by side along the streets, of one depth, with passages between some; sheds and wings in the yard."""
    outer = block.buffer(-3.5, join_style="mitre")
    depth = float(dice.uniform(11.5, 14.5))
    yard = outer.buffer(-depth, join_style="mitre")
    rim = outer.difference(yard)
    storeys = float(dice.integers(4, 8))
    for parcel in parcels(block, TEXTURES["midrise"].parcel_m2, dice):
        passage = dice.random() < 0.22
        mine = parcel.buffer(-2.2, join_style="mitre") if passage else parcel
        height = 3.1 * (storeys + float(dice.integers(-1, 3))) + 1.5
        use = _pick(dice, ("residential", "retail", "office", "civic"), (0.8, 0.12, 0.06, 0.02))
        if dice.random() > 0.05:
            for part in shapely.get_parts(mine.intersection(rim)):
                if part.geom_type == "Polygon" and part.area > 90.0:
                    yield part.simplify(0.4), use, height
        inner = parcel.intersection(yard.buffer(-7.0)).buffer(-3.0, join_style="mitre")
        if inner.area > 160.0 and inner.geom_type == "Polygon" and dice.random() < 0.4:
            frame = footprints.inner_rectangle(inner)
            if frame is not None:
                yield footprints.plan(_small_plan(frame, dice), frame, int(dice.integers(4))), "residential", 9.5


def _small_plan(frame: Floats, dice: np.random.Generator) -> str:
    """Wings need room: a small house is a plain one."""
    if min(footprints.sides(frame)) < 14.0:
        return _pick(dice, ("full", "step"), (0.7, 0.3))
    return _pick(dice, ("L", "step", "full", "T"), (0.4, 0.25, 0.25, 0.1))


def _villas(
    parcel: BaseGeometry, dice: np.random.Generator, closeness: float
) -> Iterator[tuple[BaseGeometry, str, float]]:
    inner = parcel.buffer(-2.8, join_style="mitre")
    frame = footprints.inner_rectangle(inner) if inner.geom_type == "Polygon" and not inner.is_empty else None
    if frame is None or min(footprints.sides(frame)) < 6.5 or dice.random() < 0.05:
        return
    frame = footprints.shrunk(frame, 0.94, 0.88)
    yield (
        footprints.plan(_small_plan(frame, dice), frame, int(dice.integers(4))),
        "residential",
        (3.2 * float(dice.integers(2, 4)) + 2.0),
    )


def _towers(
    block: BaseGeometry, dice: np.random.Generator, closeness: float
) -> Iterator[tuple[BaseGeometry, str, float]]:
    """Slabs and point towers in rows that face south, shops along one street, green between."""
    inner = block.buffer(-9.0, join_style="mitre")
    if inner.is_empty:
        return
    low_x, low_y, high_x, high_y = inner.bounds
    slabs = dice.random() < 0.62
    depth, gap_y = (13.0, float(dice.uniform(34, 42))) if slabs else (24.0, float(dice.uniform(38, 50)))
    storeys = float(dice.integers(6, 12)) if slabs else float(dice.integers(15, 33))
    lean = float(dice.uniform(-0.12, 0.12))
    y = low_y + float(dice.uniform(2, 10))
    shapely.prepare(inner)
    while y + depth < high_y:
        x = low_x + float(dice.uniform(0, 14))
        while x < high_x:
            width = float(dice.uniform(38, 62)) if slabs else float(dice.uniform(24, 30))
            shape = _slab(x, y, width, depth, lean) if slabs else _point_tower(x, y, width, depth, lean)
            if inner.contains(shape):
                yield shape, "residential", 3.0 * (storeys + float(dice.integers(-1, 2))) + 2.0
                x += width + (12.0 if slabs else float(dice.uniform(20, 34)))
            else:
                x += 6.0
        y += depth + gap_y - (13.0 if slabs else 10.0)


def _slab(x: float, y: float, width: float, depth: float, lean: float) -> BaseGeometry:
    frame = np.array(
        [(x, y), (width * np.cos(lean), width * np.sin(lean)), (-depth * np.sin(lean), depth * np.cos(lean))]
    )
    return footprints.plan("full", frame)


def _point_tower(x: float, y: float, width: float, depth: float, lean: float) -> BaseGeometry:
    frame = np.array(
        [(x, y), (width * np.cos(lean), width * np.sin(lean)), (-depth * np.sin(lean), depth * np.cos(lean))]
    )
    return footprints.plan("step" if width > 27.0 else "cross", frame)


def _industry(
    parcel: BaseGeometry, dice: np.random.Generator, closeness: float
) -> Iterator[tuple[BaseGeometry, str, float]]:
    frame = footprints.inner_rectangle(parcel.buffer(-8.0, join_style="mitre"))
    if frame is None or dice.random() < 0.08:
        return
    height = float(dice.uniform(8, 15))
    roll = dice.random()
    if roll < 0.4:
        yield footprints.plan("full", footprints.shrunk(frame, 0.94, 0.82)), "industrial", height
    elif roll < 0.7:
        for part in (0, 1):
            half = np.array([frame[0] + frame[1] * (0.53 * part), frame[1] * 0.47, frame[2]])
            yield footprints.plan("full", half), "industrial", height + 2.0 * part
    else:
        yield (
            footprints.plan(_pick(dice, ("L", "U", "step"), (0.5, 0.2, 0.3)), frame, int(dice.integers(4))),
            "industrial",
            height,
        )


def _campus(
    block: BaseGeometry, dice: np.random.Generator, closeness: float
) -> Iterator[tuple[BaseGeometry, str, float]]:
    """Teaching buildings scattered on lawns, each turned a little differently, never near another."""
    inner = block.buffer(-12.0, join_style="mitre")
    if inner.is_empty:
        return
    low_x, low_y, high_x, high_y = inner.bounds
    placed: list[BaseGeometry] = []
    for _ in range(max(8, int(block.area / 420.0))):
        width, depth = float(dice.uniform(34, 66)), float(dice.uniform(26, 44))
        lean = float(dice.normal(0.0, 0.12))
        at = (float(dice.uniform(low_x, high_x)), float(dice.uniform(low_y, high_y)))
        frame = np.array(
            [at, (width * np.cos(lean), width * np.sin(lean)), (-depth * np.sin(lean), depth * np.cos(lean))]
        )
        kind = _pick(dice, ("L", "U", "H", "T", "slab", "full"), (0.25, 0.2, 0.2, 0.1, 0.15, 0.1))
        shape = footprints.plan(kind, frame, int(dice.integers(4)))
        if inner.contains(shape) and all(shape.distance(other) > 13.0 for other in placed):
            placed.append(shape)
            yield shape, "university", 3.6 * float(dice.integers(3, 7))


_MAKERS: dict[str, Maker] = {
    "service_hall": public.service_hall,
    "hospital": public.hospital,
    "school": public.school,
    "mall": public.mall,
    "market": public.market,
    "library": public.library,
    "bus_station": public.bus_station,
    "site": public.site,
    "oldtown": _oldtown,
    "business": _business,
    "midrise": _midrise,
    "villas": _villas,
    "towers": _towers,
    "industry": _industry,
    "campus": _campus,
}
