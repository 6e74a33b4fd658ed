"""Thick lines and dashes by arrays: corners computed at once, then one polygon call a segment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from twin.render.theme import RGB

Floats = NDArray[np.float64]


def thick(
    surface: pygame.Surface,
    colour: RGB,
    lines: Sequence[Floats],
    width: float,
    *,
    caps: bool = True,
    square: Sequence[tuple[bool, bool]] | None = None,
) -> None:
    """Lines of one width in pixels, with round joints. ``caps`` false leaves both ends of every line square,
    ``square`` the start or end of single lines."""
    if not lines:
        return
    if width < 1.6:
        for line in lines:
            pygame.draw.aalines(surface, colour, False, line.tolist())
        return
    if width < 3.0:
        for line in lines:
            pygame.draw.lines(surface, colour, False, line.tolist(), round(width))
        return
    starts = np.concatenate([line[:-1] for line in lines])
    ends = np.concatenate([line[1:] for line in lines])
    along = ends - starts
    length = np.hypot(along[:, 0], along[:, 1])
    real = length > 1e-6
    starts, ends, along, length = starts[real], ends[real], along[real], length[real]
    side = np.stack([along[:, 1], -along[:, 0]], axis=1) / length[:, None] * (width / 2)
    quads = np.stack([starts + side, ends + side, ends - side, starts - side], axis=1)
    for quad in quads.tolist():
        pygame.draw.polygon(surface, colour, quad)
    if square is None:
        square = [(not caps, not caps)] * len(lines)
    joints = np.concatenate(
        [line[int(first) : len(line) - int(last)] for line, (first, last) in zip(lines, square, strict=True)]
    )
    for joint in joints.tolist():
        pygame.draw.circle(surface, colour, joint, width / 2)


def shifted(line: Floats, offset: float) -> Floats:
    """A line moved to its left by ``offset`` (y up) or to its right (y down); corners mitred, at most doubled."""
    along = np.diff(line, axis=0)
    length = np.hypot(along[:, 0], along[:, 1])
    length[length == 0] = 1.0
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / length[:, None]
    corner = np.concatenate([normal[:1], normal[:-1] + normal[1:], normal[-1:]])
    size = np.hypot(corner[:, 0], corner[:, 1])
    size[size == 0] = 1.0
    corner /= size[:, None]
    corner[1:-1] /= np.maximum(0.5, size[1:-1, None] / 2)
    return np.asarray(line + corner * offset)


def dashes(line: Floats, dash: float, gap: float) -> list[Floats]:
    """Cut a line into dashes; lengths in the line's own unit."""
    step = np.hypot(*np.diff(line, axis=0).T)
    way = np.concatenate([[0.0], np.cumsum(step)])
    total = float(way[-1])
    if total <= 0:
        return []
    starts = np.arange(gap / 2, total, dash + gap)
    ends = np.minimum(starts + dash, total)
    pieces: list[Floats] = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        inner = line[(way > start) & (way < end)]
        first = [np.interp(start, way, line[:, 0]), np.interp(start, way, line[:, 1])]
        last = [np.interp(end, way, line[:, 0]), np.interp(end, way, line[:, 1])]
        pieces.append(np.array([first, *inner.tolist(), last]))
    return pieces


def trimmed(line: Floats, start: float, end: float) -> Floats | None:
    """The line without its first ``start`` and last ``end``; None where nothing is left."""
    step = np.hypot(*np.diff(line, axis=0).T)
    way = np.concatenate([[0.0], np.cumsum(step)])
    stop = float(way[-1]) - end
    if stop - start < 0.5:
        return None
    inner = line[(way > start) & (way < stop)]
    first = [np.interp(start, way, line[:, 0]), np.interp(start, way, line[:, 1])]
    last = [np.interp(stop, way, line[:, 0]), np.interp(stop, way, line[:, 1])]
    return np.array([first, *inner.tolist(), last])
