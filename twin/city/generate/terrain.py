"""The lie of the land: a meandering river, and river coordinates in which streets are laid out.

(u, v) is metres along and across the river, stretched where it is wide. Near the water, lines of constant v run with
the bank and lines of constant u cross it squarely; farther away both straighten out into a slightly uneven grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import ArrayLike
from shapely.geometry.base import BaseGeometry

from twin.city.model import Floats
from twin.core.chance import generator

HALF_X_M = 2000.0
HALF_Y_M = 1500.0
HALF_RIVER_M = 70.0
_BANK_V_M = 100.0
"""Embankment roads run along this line of river coordinates."""
_FOLLOW_M = 720.0  # how far from the river its bends are felt
_SQUARE_M = 480.0  # how far from it streets still turn to cross squarely
_STEP_M = 20.0  # resolution of curves


@dataclass(frozen=True, slots=True)
class Terrain:
    """One city's ground. ``bends`` are (amplitude m, wave length m, phase) of the river's course, ``unevenness`` the
    same of the ground's, ``mirror`` -1 where the north bank and south bank change roles, ``island_u`` the place of the
    river's island."""

    bends: tuple[tuple[float, float, float], ...]
    widths: tuple[tuple[float, float, float], ...]
    unevenness: tuple[tuple[float, float, float], ...]
    mirror: int
    island_u: float

    def course(self, u: ArrayLike) -> Floats:
        """y of the river's middle."""
        return _waves(self.bends, u)

    def swell(self, u: ArrayLike) -> Floats:
        """How much wider than ``HALF_RIVER_M`` the river is on each side; widest round its island."""
        where = np.asarray(u, np.float64)
        return _waves(self.widths, where) + 40.0 * np.exp(-(((where - self.island_u) / 260.0) ** 2))

    def to_xy(self, u: ArrayLike, v: ArrayLike) -> Floats:
        """(..., 2) metres of the frame."""
        u_, v_ = np.broadcast_arrays(np.asarray(u, np.float64), np.asarray(v, np.float64))
        near = np.abs(v_) / _BANK_V_M
        v_ = v_ + np.sign(v_) * self.swell(u_) * near * np.exp(1.0 - near)
        slope = (self.course(u_ + 1.0) - self.course(u_ - 1.0)) / 2.0
        x = u_ - 0.8 * slope * v_ * np.exp(-((v_ / _SQUARE_M) ** 2))
        y = v_ + self.course(u_) * np.exp(-((v_ / _FOLLOW_M) ** 2))
        away = 1.0 - np.exp(-((v_ / 300.0) ** 2))
        return np.stack(
            [x + away * _waves(self.unevenness, v_ + 0.4 * u_), y + away * _waves(self.unevenness, u_ - 0.3 * v_)], -1
        )

    def to_uv(self, xy: ArrayLike) -> Floats:
        """The inverse of :meth:`to_xy` to a metre or so, by iteration; (N, 2) to (N, 2)."""
        wanted = np.asarray(xy, np.float64)
        uv = wanted.copy()
        for _ in range(40):
            uv += 0.6 * (wanted - self.to_xy(uv[:, 0], uv[:, 1]))
        return uv

    def curve(self, uv: ArrayLike) -> BaseGeometry:
        """The line in metres through (k, 2) corners in river coordinates, densified to show its bends."""
        corners = np.asarray(uv, np.float64)
        pieces = []
        for a, b in pairwise(corners):
            count = max(1, int(np.hypot(*(b - a)) / _STEP_M))
            share = np.arange(count)[:, None] / count
            pieces.append(a + (b - a) * share)
        dense = np.concatenate([*pieces, corners[-1:]])
        return shapely.LineString(self.to_xy(dense[:, 0], dense[:, 1]))

    def river(self) -> BaseGeometry:
        """The water, a polygon within the extent."""
        u = np.arange(-HALF_X_M - 400.0, HALF_X_M + 401.0, _STEP_M)
        north = self.to_xy(u, HALF_RIVER_M)
        south = self.to_xy(u, -HALF_RIVER_M)
        water = shapely.Polygon(np.concatenate([south, north[::-1]])).intersection(extent_box())
        return water.difference(self.island())

    def island(self) -> BaseGeometry:
        """A lens in mid-stream."""
        share = np.linspace(-1.0, 1.0, 25)
        u, v = self.island_u + 185.0 * share, 23.0 * (1.0 - share * share) ** 0.7
        return shapely.Polygon(self.to_xy(np.concatenate([u, u[::-1]]), np.concatenate([v, -0.8 * v[::-1]])))

    def bank(self, side: int) -> Floats:
        """(k, 2) river coordinates of an embankment road, ``side`` 1 north, -1 south."""
        u = np.array([-HALF_X_M - 300.0, HALF_X_M + 300.0])
        return np.stack([u, np.full(2, side * _BANK_V_M)], -1)


def extent_box() -> BaseGeometry:
    return shapely.box(-HALF_X_M, -HALF_Y_M, HALF_X_M, HALF_Y_M)


def make_terrain(seed: int) -> Terrain:
    """A river for the seed: two bends of different length, never near the northern or southern edge."""
    dice = generator(seed, "terrain")
    turn = float(dice.uniform(0.0, 2 * np.pi))
    bends = (
        (float(dice.uniform(210.0, 270.0)), float(dice.uniform(3000.0, 3600.0)), turn),
        (float(dice.uniform(60.0, 90.0)), float(dice.uniform(1500.0, 1800.0)), float(dice.uniform(0.0, 2 * np.pi))),
    )
    widths = ((float(dice.uniform(10.0, 18.0)), float(dice.uniform(1200.0, 2000.0)), float(dice.uniform(0, 6.28))),)
    unevenness = (
        (float(dice.uniform(14.0, 22.0)), 1900.0, float(dice.uniform(0, 6.28))),
        (float(dice.uniform(6.0, 10.0)), 830.0, float(dice.uniform(0, 6.28))),
    )
    return Terrain(bends, widths, unevenness, 1 if dice.random() < 0.5 else -1, float(dice.uniform(-60.0, 0.0)))


def _waves(waves: tuple[tuple[float, float, float], ...], at: ArrayLike) -> Floats:
    where = np.asarray(at, np.float64)
    total = np.zeros_like(where)
    for amplitude, length, phase in waves:
        total = total + amplitude * np.sin(2 * np.pi * where / length + phase)
    return total
