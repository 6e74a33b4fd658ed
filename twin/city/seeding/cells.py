"""Grid cells that follow the streets: the faces between them, large ones cut, slivers joined to a neighbour."""

from __future__ import annotations

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from twin.city import layers
from twin.city.assemble import extent
from twin.city.cover import holders
from twin.city.cut import halves
from twin.city.draft import Draft, Row, is_drivable

_LARGEST_M2 = 45_000.0
_SMALLEST_M2 = 3_000.0
_MARGIN_M = 60.0  # around the roads, where a draft has no bounds yet
_GRID_M = 0.1


def lay_cells(draft: Draft) -> None:
    """Cover the extent with cells, number them from the north-west within subdistricts, outline the zones anew."""
    if draft.meta.bounds is None:
        _set_bounds(draft)
    faces = _merge(_faces(draft))
    pieces = [piece for face in faces for piece in _cut(face)]
    pieces.sort(key=lambda piece: (-round(piece.centroid.y / 50.0), piece.centroid.x))
    spots = np.array([piece.representative_point() for piece in pieces], dtype=object)
    owner = _owners(draft, spots)
    count = [0] * len(draft.meta.subdistricts)
    for piece, index in zip(pieces, owner.tolist(), strict=True):
        part = draft.meta.subdistricts[index]
        count[index] += 1
        cell = layers.GridCell(subdistrict=part.id, district=part.district)
        draft.cells.append(Row(f"{part.code}{count[index]:06d}", piece, cell))
    _outline(draft)


def _set_bounds(draft: Draft) -> None:
    low_x, low_y, high_x, high_y = shapely.total_bounds([row.shape for row in draft.roads]).tolist()
    (west, east), (south, north) = draft.frame.to_lonlat(
        [low_x - _MARGIN_M, high_x + _MARGIN_M], [low_y - _MARGIN_M, high_y + _MARGIN_M]
    )
    bounds = (float(west), float(south), float(east), float(north))
    draft.meta = msgspec.structs.replace(draft.meta, bounds=bounds)


def _faces(draft: Draft) -> list[BaseGeometry]:
    box = shapely.box(*extent(draft))
    lines = [row.shape for row in draft.roads if is_drivable(row.properties)]
    noded = shapely.unary_union([*lines, box.boundary], grid_size=_GRID_M)
    faces = shapely.get_parts(shapely.polygonize([noded]))
    return sorted((face for face in faces if box.buffer(1.0).contains(face)), key=lambda face: face.area)


def _merge(faces: list[BaseGeometry]) -> list[BaseGeometry]:
    """Small faces, smallest first, join the neighbour with which they share the longest border."""
    group = list(range(len(faces)))
    area = [face.area for face in faces]

    def root(index: int) -> int:
        while group[index] != index:
            group[index] = group[group[index]]
            index = group[index]
        return index

    tree = shapely.STRtree(faces)
    for index, face in enumerate(faces):
        if area[root(index)] >= _SMALLEST_M2:
            continue
        shared: dict[int, float] = {}
        for other in sorted(tree.query(face, predicate="intersects").tolist()):
            if root(other) != root(index):
                border = float(face.intersection(faces[other]).length)
                shared[root(other)] = shared.get(root(other), 0.0) + border
        if shared:
            mine, best = root(index), max(sorted(shared), key=lambda key: shared[key])
            group[mine] = best
            area[best] += area[mine]
    members: dict[int, list[BaseGeometry]] = {}
    for index, face in enumerate(faces):
        members.setdefault(root(index), []).append(face)
    joined = [shapely.unary_union(parts, grid_size=_GRID_M) for _, parts in sorted(members.items())]
    return [part for shape in joined for part in shapely.get_parts(shape)]


def _cut(face: BaseGeometry) -> list[BaseGeometry]:
    stack, done = [face], []
    while stack:
        piece = stack.pop()
        if piece.area <= _LARGEST_M2:
            done.append(piece)
            continue
        for half in halves(piece):
            stack.extend(part for part in shapely.get_parts(half) if part.geom_type == "Polygon" and part.area > 0.5)
    return done


def _owners(draft: Draft, spots: NDArray[np.object_]) -> NDArray[np.int32]:
    """Index of the subdistrict of each point: by its outline where there is one, else equal shares west to east."""
    parts = {part.id: index for index, part in enumerate(draft.meta.subdistricts)}
    outlines = [row for row in draft.zones if row.properties.level == "subdistrict"]
    if not outlines:
        order = np.argsort(shapely.get_x(spots), kind="stable")
        owner = np.zeros(len(spots), np.int32)
        owner[order] = np.arange(len(spots)) * len(parts) // max(1, len(spots))
        return owner
    shapes = [row.shape for row in outlines]
    held = holders(shapes, spots)
    lost = np.nonzero(held < 0)[0]
    if len(lost):
        near, nearest = shapely.STRtree(shapes).query_nearest(spots[lost], all_matches=False)
        held[lost[near]] = nearest
    index = np.array([parts[row.properties.zone] for row in outlines], np.int32)
    owners: NDArray[np.int32] = index[held]
    return owners


def _outline(draft: Draft) -> None:
    """Zones become exactly the union of their cells."""
    draft.zones.clear()
    for level, ids in (
        ("district", [district.id for district in draft.meta.districts]),
        ("subdistrict", [part.id for part in draft.meta.subdistricts]),
    ):
        for id in ids:
            mine = [row.shape for row in draft.cells if getattr(row.properties, level) == id]
            if mine:
                shape = shapely.unary_union(mine, grid_size=_GRID_M)
                draft.zones.append(Row(f"{level}-{id}", shape, layers.ZoneOutline(level=level, zone=id)))
