"""Public buildings and open spaces: which blocks they take, and the places they become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.generate.blocks import Block
from twin.city.model import Floats, Indices
from twin.core.text import Name

_OLD, _NEW, _HOMES = ("oldtown",), ("business",), ("midrise", "towers", "villas")


@dataclass(frozen=True, slots=True)
class Wish:
    """``names`` blocks wanted of the given districts and size (m²) to become ``kind``; each new one goes where it
    brings the rest of the city nearer to one, starting at the middle of those districts."""

    kind: str
    districts: tuple[str, ...]
    smallest_m2: float
    largest_m2: float
    names: tuple[Name, ...]


_WISHES = (
    Wish("square", _OLD, 2500, 7000, (Name("Drum Tower Square", "鼓楼广场"),)),
    Wish("square", _NEW, 7000, 15000, (Name("Riverside Plaza", "滨江广场"),)),
    Wish("service_hall", ("business", "midrise"), 6000, 14000, (
        Name("City Service Hall", "市政务服务中心"), Name("West Bank Service Hall", "西津政务服务中心"),
        Name("East Bank Service Hall", "东津政务服务中心"))),
    Wish("mall", _NEW, 7000, 15000, (Name("Yunting Mall", "云汀天地"), Name("Harbour Mall", "港汇广场"))),
    Wish("library", ("midrise", "business"), 5000, 14000, (Name("City Library", "市图书馆"),)),
    Wish("hospital", ("midrise", "towers"), 8000, 26000, (
        Name("First People's Hospital", "市第一人民医院"), Name("Riverside Hospital", "滨江医院"),
        Name("Women and Children's Hospital", "妇幼保健院"))),
    Wish("market", ("oldtown", "midrise"), 3000, 12000, (
        Name("Old Town Market", "古城集市"), Name("West Market", "西津农贸市场"), Name("East Market", "东津农贸市场"),
        Name("South Market", "南岸农贸市场"))),
    Wish("school", _HOMES, 6000, 30000, tuple(
        Name(f"No. {number} School", f"第{hanzi}实验学校")
        for number, hanzi in enumerate("一二三四五六七八九", start=1))),
    Wish("bus_station", ("industry", "towers"), 9000, 40000, (Name("Station Bus Terminal", "站前客运站"),)),
    Wish("site", ("towers", "industry", "business"), 6000, 26000, (
        Name("Jinlan Court building site", "锦澜苑工地"), Name("Harbour Tower building site", "港汇大厦工地"),
        Name("East Gate building site", "东门项目工地"))),
    Wish("park", _HOMES, 3500, 22000, tuple(
        Name(f"{pinyin} Park", f"{hanzi}公园")
        for pinyin, hanzi in (
            ("Qingfeng", "清风"), ("Taohua", "桃花"), ("Meiyuan", "梅园"), ("Zhulin", "竹林"), ("Hehua", "荷花"),
            ("Songtao", "松涛"), ("Yuehu", "月湖"), ("Luming", "鹿鸣"), ("Guiyuan", "桂园"), ("Fengye", "枫叶"),
            ("Liuyin", "柳荫"), ("Xinghua", "杏花")))),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spot:
    """A place made of one block (an index)."""

    kind: str
    name: Name
    block: int


def take_blocks(blocks: Sequence[Block]) -> tuple[list[Block], list[Spot]]:
    """The blocks with those taken changed to the kind of place that took them, and the places."""
    taken = list(blocks)
    centres = np.array([block.shape.centroid.coords[0] for block in blocks])
    areas = shapely.area([block.shape for block in blocks])
    compact = 4 * np.pi * areas / shapely.length([block.shape for block in blocks]) ** 2 > 0.42
    built = np.array([block.kind not in ("river", "verge", "farmland", "wood", "park") for block in blocks])
    spots = []
    for wish in _WISHES:
        gap = np.full(len(blocks), 2500.0)
        for name in wish.names:
            free = np.array([block.kind in wish.districts for block in taken])
            free &= compact & (areas > wish.smallest_m2) & (areas < wish.largest_m2)
            if not free.any():
                break
            best = _best(centres, np.nonzero(free)[0].astype(np.int32), built, gap)
            gap = np.minimum(gap, np.hypot(*(centres - centres[best]).T))
            taken[best] = replace(taken[best], kind=wish.kind)
            spots.append(Spot(wish.kind, name, best))
    return taken, spots


def _best(centres: Floats, free: Indices, built: NDArray[np.bool_], gap: Floats) -> int:
    """The free block that shortens the way of all built blocks the most."""
    away = np.hypot(centres[free, None, 0] - centres[None, built, 0], centres[free, None, 1] - centres[None, built, 1])
    return int(free[np.argmin(np.minimum(away, gap[None, built]).sum(axis=1))])
