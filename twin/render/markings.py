"""Paint on the street: lane lines, stop lines, and the crossings where lights stop the traffic."""

from __future__ import annotations

import math

import numpy as np
import pygame
from numpy.typing import NDArray

from twin.render.plan import LANE_M, Lines
from twin.render.sheet import Sheet
from twin.render.strokes import dashes, shifted, thick, trimmed
from twin.render.theme import RGB, Theme, mix

Floats = NDArray[np.float64]

LANES_FROM = 2.3
"""Logical pixels a metre from which paint on the street shows."""
CLEAR_M = 6.0  # without paint before a junction that has no lights
CROSSING_M = (3.4, 0.9)  # a crossing lies so far before the stop line's end, to so far
STRIPE_M = (0.5, 0.6)  # stripe and gap


def mark_street(sheet: Sheet, theme: Theme, roads: Lines, index: int, line: Floats) -> None:
    """All paint of one street; ``line`` is in surface pixels."""
    forward, backward = int(roads.forward[index]), int(roads.backward[index])
    mark = mix(theme.lane_mark, theme.roads[4], 0.35)
    room = float(np.hypot(*np.diff(line, axis=0).T).sum()) / sheet.scale
    back = [
        min(float(m), room / 3) if lit else CLEAR_M
        for m, lit in zip(roads.stop_m[index], roads.lit[index], strict=True)
    ]
    kept = trimmed(line, back[0] * sheet.scale, back[1] * sheet.scale)
    if kept is None:
        return
    _lanes(sheet, mark, kept, forward, backward)
    for at_end, lanes in ((True, forward), (False, backward)):
        if roads.lit[index][int(at_end)] and room > 3 * CROSSING_M[0]:
            _junction(sheet, mark, kept if at_end else kept[::-1], forward + backward, lanes, back[int(at_end)])


def _lanes(sheet: Sheet, mark: RGB, kept: Floats, forward: int, backward: int) -> None:
    """Dashes between lanes of one direction, a solid line between the two directions."""
    whole = (forward + backward) * LANE_M
    wide = max(0.16 * sheet.scale, 0.8 * sheet.px)
    for divider in range(1, forward + backward):
        # On the surface y points down: a positive shift is to the right of the driving direction.
        beside = shifted(kept, (whole / 2 - divider * LANE_M) * sheet.scale)
        if divider == forward and backward:
            thick(sheet.surface, mark, [beside], wide * 1.2, caps=False)
        else:
            thick(sheet.surface, mark, dashes(beside, 3.0 * sheet.scale, 5.0 * sheet.scale), wide, caps=False)


def _junction(sheet: Sheet, mark: RGB, towards: Floats, lanes: int, arriving: int, back_m: float) -> None:
    """Stop line of the ``arriving`` lanes at the end of ``towards``, and the crossing beyond it."""
    end, step = towards[-1], towards[-1] - towards[-2]
    long = math.hypot(*step.tolist())
    if long < 1e-6:
        return
    ahead = step / long
    right = np.array([-ahead[1], ahead[0]])  # pixels: y points down
    half = lanes * LANE_M * sheet.scale / 2
    wide = max(2, round(0.4 * sheet.scale))
    outer = end + right * half
    inner = end + right * (half - arriving * LANE_M * sheet.scale)
    if arriving:
        pygame.draw.line(sheet.surface, mark, outer.tolist(), inner.tolist(), wide)
    near, far = (min(reach, back_m) * sheet.scale for reach in (CROSSING_M[1], CROSSING_M[0]))
    stripe, gap = (size * sheet.scale for size in STRIPE_M)
    across = -half + gap
    while across + stripe <= half:
        corners = [
            end + ahead * along + right * side
            for along, side in ((near, across), (far, across), (far, across + stripe), (near, across + stripe))
        ]
        pygame.draw.polygon(sheet.surface, mark, [corner.tolist() for corner in corners])
        across += stripe + gap
