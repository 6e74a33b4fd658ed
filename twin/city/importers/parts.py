"""Districts and subdistricts of an imported city. Division codes are invented: 9999… is used by nobody."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import msgspec
import numpy as np
import shapely

from twin.city import layers
from twin.city.draft import Row
from twin.city.importers.extent import Box
from twin.city.model import District, Meta, Subdistrict
from twin.core.frame import LocalFrame
from twin.core.text import Name

CITY_CODE = "999900"
_DISTRICT_CODE = "999901"
_MOST = 20
_QUARTERS = (
    (0.25, 0.75, Name("North-West", "西北")),
    (0.75, 0.75, Name("North-East", "东北")),
    (0.25, 0.25, Name("South-West", "西南")),
    (0.75, 0.25, Name("South-East", "东南")),
)


class Quarter(msgspec.Struct, frozen=True):
    """A named part of town and its middle in local metres."""

    name: Name
    x_m: float
    y_m: float


def slug(text: str) -> str:
    """An id made of a name: plain letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "city"


def administer(
    name: Name, quarters: Sequence[Quarter], box: Box, frame: LocalFrame, origin: tuple[str, str]
) -> tuple[Meta, list[Row[layers.ZoneOutline]]]:
    """``city.toml`` and the outlines of subdistricts: each takes what is nearest to its middle. Without at least two
    named parts the city is quartered. ``origin`` is (attribution, licence) of the data."""
    inside = [q for q in quarters if box[0] < q.x_m < box[2] and box[1] < q.y_m < box[3]][:_MOST]
    if len(inside) < 2:
        width, height = box[2] - box[0], box[3] - box[1]
        inside = [Quarter(q, box[0] + x * width, box[1] + y * height) for x, y, q in _QUARTERS]
    district = District("centre", _DISTRICT_CODE, name)
    parts = tuple(
        Subdistrict(f"part-{number}", f"{_DISTRICT_CODE}{number:03d}", quarter.name, district.id)
        for number, quarter in enumerate(inside, start=1)
    )
    (west, east), (south, north) = frame.to_lonlat([box[0], box[2]], [box[1], box[3]])
    meta = Meta(
        id=slug(name.en),
        name=name,
        latitude=frame.latitude,
        longitude=frame.longitude,
        code=CITY_CODE,
        time_zone=_time_zone(frame.longitude),
        districts=(district,),
        subdistricts=parts,
        bounds=(float(west), float(south), float(east), float(north)),
        attribution=origin[0],
        licence=origin[1],
    )
    return meta, _outlines(inside, box)


def _outlines(quarters: Sequence[Quarter], box: Box) -> list[Row[layers.ZoneOutline]]:
    area = shapely.box(*box)
    middles = shapely.multipoints(np.array([(quarter.x_m, quarter.y_m) for quarter in quarters]))
    faces = [
        shapely.intersection(face, area)
        for face in shapely.get_parts(shapely.voronoi_polygons(middles, extend_to=area))
    ]
    rows = []
    for number, quarter in enumerate(quarters, start=1):
        point = shapely.Point(quarter.x_m, quarter.y_m)
        mine = next((face for face in faces if face.intersects(point)), None)
        if mine is not None and not mine.is_empty:
            spec = layers.ZoneOutline(level="subdistrict", zone=f"part-{number}")
            rows.append(Row(f"subdistrict-part-{number}", mine, spec))
    return rows


def _time_zone(longitude: float) -> str:
    """The nautical zone, whose name counts hours westward; ``city.toml`` may be given the legal one."""
    hours = round(longitude / 15.0)
    return "Etc/GMT" if hours == 0 else f"Etc/GMT{-hours:+d}"
