"""Where an imported city ends: the dense part of what the file holds, whatever stragglers it carries."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twin.core.errors import CivitwinError
from twin.core.frame import LocalFrame

Box = tuple[float, float, float, float]
_TRIM = 0.01  # share of points that may lie far off on each side
_MARGIN = 0.05  # of the trimmed span; an evenly filled file loses nothing by it
_FRONTAGE_M = 40.0
_LEAST_M = 180.0


class ImportingError(CivitwinError):
    """A file that cannot become a city; the message says what is missing and what would help."""


def dense_box(longitude: NDArray[np.float64], latitude: NDArray[np.float64], header: Box | None = None) -> Box:
    """West, south, east, north. Points are those of streets and buildings; ``header`` is the file's own bounds, kept
    where it says less than the points."""
    if len(longitude) < 2:
        raise ImportingError("the file holds no streets; import an extract that has highways")
    west, east = _dense(longitude)
    south, north = _dense(latitude)
    wider, higher = _frontage((south + north) / 2)
    west, south, east, north = west - wider, south - higher, east + wider, north + higher
    if header is not None and header[0] < east and header[2] > west and header[1] < north and header[3] > south:
        west, south, east, north = (
            max(west, header[0]), max(south, header[1]), min(east, header[2]), min(north, header[3]),
        )  # fmt: skip
    return west, south, east, north


def _frontage(latitude: float) -> tuple[float, float]:
    """Degrees of longitude and latitude that the houses along the outermost streets take up."""
    east, north = LocalFrame(latitude, 0.0).metres_per_degree
    return _FRONTAGE_M / east, _FRONTAGE_M / north


def _dense(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(values, [_TRIM, 1 - _TRIM])
    reach = (high - low) * _MARGIN
    inside = values[(values >= low - reach) & (values <= high + reach)]
    return float(inside.min()), float(inside.max())


def frame_of(box: Box) -> LocalFrame:
    """The local frame at the middle of a box, rounded so that a city's files stay readable."""
    return LocalFrame(round((box[1] + box[3]) / 2, 6), round((box[0] + box[2]) / 2, 6))


def box_m(box: Box, frame: LocalFrame) -> Box:
    """The box in whole local metres, so that what is laid out on a grid reaches its border exactly. Raises
    :class:`ImportingError` for one too small to be a city."""
    (west, east), (south, north) = frame.to_xy([box[0], box[2]], [box[1], box[3]])
    if east - west < _LEAST_M or north - south < _LEAST_M:
        raise ImportingError(f"only {east - west:.0f} × {north - south:.0f} m of it are streets; that is no city")
    return math.ceil(west), math.ceil(south), math.floor(east), math.floor(north)
