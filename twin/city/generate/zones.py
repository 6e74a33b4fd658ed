"""Districts and subdistricts of a generated city, laid over its superblocks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from twin.city import layers
from twin.city.draft import Row
from twin.city.generate.land import Superblock
from twin.city.generate.terrain import Terrain
from twin.city.model import District, Subdistrict
from twin.core.text import Name

CITY_CODE = "990100"
_DISTRICTS = (
    District("gucheng", "990102", Name("Gucheng District", "古城区")),
    District("wenyuan", "990103", Name("Wenyuan District", "文苑区")),
    District("binjiang", "990104", Name("Binjiang District", "滨江区")),
)
_PARTS = (  # id, name, district, and its middle in river coordinates, v positive on the old town's bank
    ("gulou", Name("Gulou Subdistrict", "鼓楼街道"), "gucheng", -330, 280),
    ("ximen", Name("Ximen Subdistrict", "西门街道"), "gucheng", -1350, 260),
    ("beishan", Name("Beishan Subdistrict", "北山街道"), "gucheng", -1250, 980),
    ("liuxiang", Name("Liuxiang Subdistrict", "柳巷街道"), "gucheng", -250, 980),
    ("dongjin", Name("Dongjin Subdistrict", "东津街道"), "wenyuan", 900, 260),
    ("jinghu", Name("Jinghu Subdistrict", "镜湖街道"), "wenyuan", 620, 950),
    ("xuefu", Name("Xuefu Subdistrict", "学府街道"), "wenyuan", 1500, 950),
    ("jinrong", Name("Jinrong Subdistrict", "金融街街道"), "binjiang", 320, -270),
    ("xingang", Name("Xingang Subdistrict", "新港街道"), "binjiang", 1450, -270),
    ("xidu", Name("Xidu Subdistrict", "西渡街道"), "binjiang", -1100, -300),
    ("zhanqian", Name("Zhanqian Subdistrict", "站前街道"), "binjiang", -500, -980),
    ("gongyuan", Name("Gongyuan Subdistrict", "工园街道"), "binjiang", 1000, -980),
)


def administration() -> tuple[tuple[District, ...], tuple[Subdistrict, ...]]:
    """The parts of ``city.toml``; subdistricts are numbered within their district."""
    parts: list[Subdistrict] = []
    for district in _DISTRICTS:
        mine = [part for part in _PARTS if part[2] == district.id]
        for number, (id, name, _, _, _) in enumerate(mine, start=1):
            parts.append(Subdistrict(id, f"{district.code}{number:03d}", name, district.id))
    return _DISTRICTS, tuple(parts)


def lay_zones(blocks: Sequence[Superblock], terrain: Terrain) -> list[Row[layers.ZoneOutline]]:
    """Outlines of subdistricts: each superblock belongs to the nearest on its bank."""
    middles = np.array([(u, v) for _, _, _, u, v in _PARTS], dtype=np.float64)
    mine: dict[str, list[object]] = {part[0]: [] for part in _PARTS}
    for block in blocks:
        spot = np.array([block.uv[0], block.uv[1] * terrain.mirror])
        same_bank = np.sign(middles[:, 1]) == (1.0 if spot[1] >= 0 else -1.0)
        away = np.where(same_bank, np.hypot(*(middles - spot).T), np.inf)
        mine[_PARTS[int(np.argmin(away))][0]].append(block.shape)
    return [
        Row(f"subdistrict-{id}", shapely.unary_union(shapes), layers.ZoneOutline(level="subdistrict", zone=id))
        for id, shapes in mine.items()
    ]
