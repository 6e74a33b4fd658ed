"""When a vehicle sends a CAM: the triggering rules of ETSI EN 302 637-2 §6.1.3, within a budget a call."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.core.words import StationType
from twin.field.fleet import PARKED, Columns
from twin.field.poses import Poses
from twin.field.stream import Rows

LEAST_MS, MOST_MS = 100, 1000  # T_GenCamMin, T_GenCamMax
HEADING_DEG, POSITION_M, SPEED_MPS = 4.0, 4.0, 0.5
REPEATS = 3  # N_GenCam


def due(columns: Columns, rows: Rows, poses: Poses, now_ms: int, budget: int) -> Rows:
    """Which of ``rows`` (with their ``poses``) send now, at most ``budget``; the longest unheard first.

    Marks them as sent. A vehicle is due when, at least 0.1 s after its last CAM, its heading, position or speed has
    changed by more than 4°, 4 m, 0.5 m/s; or when T_GenCam has passed. A CAM sent for a change sets T_GenCam to the
    time since the one before for three more CAMs; then it is one second again. Crews and parked cars send none.
    """
    sends = (columns.kind[rows] != StationType.SPECIAL) & ~columns.thing[rows] & (columns.place[rows] != PARKED)
    never = columns.cam_ms[rows] < 0
    elapsed = now_ms - columns.cam_ms[rows]
    turned = np.abs((poses.heading_deg - columns.cam_heading_deg[rows] + 180.0) % 360.0 - 180.0) > HEADING_DEG
    east, north = poses.x_m - columns.cam_x_m[rows], poses.y_m - columns.cam_y_m[rows]
    moved = east * east + north * north > POSITION_M * POSITION_M
    faster = np.abs(columns.speed_mps[rows] - columns.cam_speed_mps[rows]) > SPEED_MPS
    changed = (elapsed >= LEAST_MS) & (turned | moved | faster)
    timed = elapsed >= columns.cam_gap_ms[rows]
    which: Rows = (sends & (never | changed | timed)).nonzero()[0]
    waited = np.where(never[which], np.iinfo(np.int64).max, elapsed[which])
    which = which[np.lexsort((rows[which], -waited))][: max(budget, 0)]
    _mark(columns, rows[which], poses, which, (changed & ~never)[which], now_ms)
    return rows[which]


def _mark(columns: Columns, rows: Rows, poses: Poses, which: Rows, changed: NDArray[np.bool_], now_ms: int) -> None:
    gap, left = columns.cam_gap_ms[rows], columns.cam_left[rows]
    since = np.clip(now_ms - columns.cam_ms[rows], LEAST_MS, MOST_MS)
    fresh = (gap == 0) | (~changed & (left <= 1))
    columns.cam_gap_ms[rows] = np.where(changed, since, np.where(fresh, MOST_MS, gap))
    columns.cam_left[rows] = np.where(changed, REPEATS, np.where(left > 0, left - 1, 0))
    columns.cam_ms[rows] = now_ms
    columns.cam_x_m[rows], columns.cam_y_m[rows] = poses.x_m[which], poses.y_m[which]
    columns.cam_heading_deg[rows] = poses.heading_deg[which]
    columns.cam_speed_mps[rows] = columns.speed_mps[rows]
