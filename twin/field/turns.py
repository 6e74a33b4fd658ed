"""Turns: one connection for each lane and each edge that begins at its end, with the conflicts among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.city.model import Roads
from twin.field.lanes import Floats, Ints, Lanes

Masks = NDArray[np.uint64]
WORD = 64
STRAIGHT, RIGHT, LEFT, BACK = 0, 1, 2, 3
BEND_RAD = 0.70  # a sharper change of direction is a turn
SAMPLES = 8
TOUCH_M = 2.4  # between two ways' middles
SPREAD = 0.002  # rad around the node for each metre from the road's middle


@dataclass(frozen=True, slots=True)
class Turns:
    """Turn ``first[lane] + rank[next edge]`` leads from a lane onto an edge. C turns in all.

    ``bit`` is the turn's own place among those of its node, ``conflict`` those that cross or merge with it, ``yields``
    the ones of these that go first. Turns without conflict are ``free``: nobody needs to ask before them.
    """

    first: Ints  # (L,)
    lane: Ints  # (C,) where it begins
    out: Ints  # (C,) lane where it ends
    kind: NDArray[np.uint8]  # STRAIGHT, RIGHT, LEFT, BACK
    proper: NDArray[np.bool_]  # its lane is one for this turn
    node: Ints
    bit: Masks
    conflict: Masks
    yields: Masks
    free: NDArray[np.bool_]
    speed_mps: Floats  # safe at the bend and for the room beyond
    scale: Floats  # metres of offset for each metre driven in the box: bends are shorter or longer than their boxes

    def __len__(self) -> int:
        return len(self.lane)


def connect(roads: Roads, lanes: Lanes, lit: set[int], sideways_mps2: float, braking_mps2: float) -> Turns:
    """All turns of the network. A turn's node with traffic lights resolves oncoming traffic by turn alone."""
    degree = np.diff(lanes.out_first)[lanes.end]
    first = np.concatenate([[0], np.cumsum(degree)[:-1]]).astype(np.int64) if len(lanes) else np.zeros(0, np.int64)
    lane = np.repeat(np.arange(len(lanes), dtype=np.int64), degree)
    rank = np.arange(len(lane)) - first[lane]
    into, onto = lanes.edge[lane], lanes.out_edges[lanes.out_first[lanes.end[lane]] + rank]
    angle = _angles(lanes.heading_in[into], lanes.heading_out[onto])
    kind = np.select([roads.reverse[into] == onto, angle < -BEND_RAD, angle > BEND_RAD], [BACK, RIGHT, LEFT], STRAIGHT)
    low, high = _range(lanes, lane, kind)
    number = lanes.number[lane]
    proper = (number >= low) & (number <= high)
    out = lanes.first[onto] + _landing(np.clip(number, low, high), lanes.count[into], lanes.count[onto], kind)
    node = lanes.end[lane]
    out = out.astype(np.int64)
    curves = _curves(roads, lanes, lane, out)
    bit, conflict, yields = _conflicts(roads, lanes, lane, out, kind, proper, node, lit, curves)
    free = conflict == 0
    speed = _speeds(lanes, lane, out, angle, kind, sideways_mps2)
    ends_free = np.ones(len(lanes), np.bool_)
    ends_free[lane[~free]] = False
    room = np.maximum(lanes.stop_m[out] - 1.0, 1.0)
    speed = np.where(ends_free[out], speed, np.minimum(speed, np.sqrt(2 * braking_mps2 * room)))
    driven = np.sqrt((np.diff(curves, axis=1) ** 2).sum(axis=2)).sum(axis=1)
    box = (lanes.length_m - lanes.stop_m)[lane] + lanes.entry_m[out]
    scale = np.clip(box / np.maximum(driven, 0.5), 0.6, 1.8)
    return Turns(first, lane, out, kind.astype(np.uint8), proper, node, bit, conflict, yields, free, speed, scale)


def _angles(into: Floats, out: Floats) -> Floats:
    """Change of direction in rad, left positive."""
    cross = into[:, 0] * out[:, 1] - into[:, 1] * out[:, 0]
    return np.arctan2(cross, into[:, 0] * out[:, 0] + into[:, 1] * out[:, 1])


def _range(lanes: Lanes, lane: Ints, kind: NDArray[np.int_]) -> tuple[Ints, Ints]:
    """The lanes, counted from the right, from which each turn is properly made."""
    edges = lanes.edge[lane]
    size = int(edges.max(initial=-1)) + 1
    has = [np.bincount(edges[kind == k], minlength=size) > 0 for k in (STRAIGHT, RIGHT, LEFT)]
    straight, right, left = (flags[edges] for flags in has)
    count = lanes.count[edges]
    last = count - 1
    low, high = np.zeros_like(last), last.copy()
    high = np.where((kind == STRAIGHT) & left & (count >= 3), last - 1, high)
    high = np.where((kind == RIGHT) & straight, 0, high)
    high = np.where((kind == RIGHT) & ~straight & left, np.maximum((count - 1) // 2, 0), high)
    low = np.where((kind == LEFT) & straight, last, low)
    low = np.where((kind == LEFT) & ~straight & right, count // 2, low)
    low = np.where(kind == BACK, last, low)
    return low, high


def _landing(number: Ints, count: Ints, onto: Ints, kind: NDArray[np.int_]) -> Ints:
    """The lane, counted from the right, where a turn from lane ``number`` of ``count`` ends on an edge of ``onto``."""
    from_left = count - 1 - number
    left = onto - 1 - np.minimum(from_left, onto - 1)
    straight = np.where(count == 1, 0, (number * (onto - 1) * 2 + (count - 1)) // np.maximum(2 * (count - 1), 1))
    straight = np.where(count <= onto, np.minimum(number, onto - 1), straight)
    return np.select([kind == STRAIGHT, kind == RIGHT], [straight, np.minimum(number, onto - 1)], left)


def _speeds(lanes: Lanes, lane: Ints, out: Ints, angle: Floats, kind: NDArray[np.int_], sideways_mps2: float) -> Floats:
    half = np.abs(angle) / 2
    reach = (lanes.length_m[lane] - lanes.stop_m[lane] + lanes.entry_m[out]) / 2
    radius = reach / np.maximum(np.tan(np.minimum(half, 1.4)), 1e-3)
    speed = np.clip(np.sqrt(sideways_mps2 * np.maximum(radius, 1.0)), 2.8, 60.0)
    return np.where(kind == BACK, 2.5, speed)


def _conflicts(
    roads: Roads,
    lanes: Lanes,
    lane: Ints,
    out: Ints,
    kind: NDArray[np.int_],
    proper: NDArray[np.bool_],
    node: Ints,
    lit: set[int],
    curves: Floats,
) -> tuple[Masks, Masks, Masks]:
    """Own bit, conflicting turns and those to yield to, node by node (K × K tables, K turns a node)."""
    heading_in, heading_out = lanes.heading_in[lanes.edge[lane]], lanes.heading_out[lanes.edge[out]]
    enters = np.arctan2(-heading_in[:, 1], -heading_in[:, 0]) + SPREAD * lanes.lateral_m[lane]
    leaves = np.arctan2(heading_out[:, 1], heading_out[:, 0]) - SPREAD * lanes.lateral_m[out]
    road_class = roads.road_class[lanes.edge[lane]].astype(np.int64)
    bit, conflict, yields = (np.zeros(len(lane), np.uint64) for _ in range(3))
    order = np.argsort(node, kind="stable")
    cuts = np.flatnonzero(np.diff(node[order])) + 1
    for group in np.split(order, cuts):
        if len(group) < 2:
            bit[group] = 1
            continue
        edge = lanes.edge[lane[group]]
        clash = _crossing(enters[group], leaves[group])
        clash |= (out[group][:, None] == out[group][None, :]) & (lane[group][:, None] != lane[group][None, :])
        clash |= _touching(curves[group], kind[group] == BACK)
        clash &= lane[group][:, None] != lane[group][None, :]
        classes = np.zeros(len(group), np.int64) if int(node[group[0]]) in lit else road_class[group]
        first = _goes_first(classes, kind[group], proper[group], heading_in[group], edge)
        bit[group], conflict[group], yields[group] = _masks(clash, clash & first.T, edge)
    return bit, conflict, yields


def _crossing(enters: Floats, leaves: Floats) -> NDArray[np.bool_]:
    """(K, K) whether two chords of the circle round a node cross: one end of each on either side of the other."""
    span = (leaves - enters) % (2 * np.pi)
    begins = (enters[None, :] - enters[:, None]) % (2 * np.pi) < span[:, None]
    ends = (leaves[None, :] - enters[:, None]) % (2 * np.pi) < span[:, None]
    crosses = begins != ends
    return np.asarray(crosses & crosses.T, np.bool_)


def _curves(roads: Roads, lanes: Lanes, lane: Ints, out: Ints) -> Floats:
    """(C, SAMPLES, 2) points of each turn's way from the stop line to the far side of the box."""
    a, b = lanes.heading_in[lanes.edge[lane]], lanes.heading_out[lanes.edge[out]]
    node = roads.node_xy[lanes.end[lane]]
    back, on = (lanes.length_m - lanes.stop_m)[lane], lanes.entry_m[out]
    right_a, right_b = np.column_stack([a[:, 1], -a[:, 0]]), np.column_stack([b[:, 1], -b[:, 0]])
    p0 = node - a * back[:, None] + right_a * lanes.lateral_m[lane][:, None]
    p3 = node + b * on[:, None] + right_b * lanes.lateral_m[out][:, None]
    reach = 0.4 * np.sqrt(((p3 - p0) ** 2).sum(axis=1))[:, None]
    p1, p2 = p0 + a * reach, p3 - b * reach
    t = np.linspace(0.0, 1.0, SAMPLES)[None, :, None]
    u = 1.0 - t
    ends = p0[:, None] * u**3 + p3[:, None] * t**3
    return np.asarray(ends + 3 * u * t * (u * p1[:, None] + t * p2[:, None]))


def _touching(curves: Floats, back: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(K, K) whether two ways come so near each other that two vehicles cannot use them side by side."""
    count = len(curves)
    points = curves.reshape(-1, 2)
    east, north = points[:, 0], points[:, 1]
    square = (east[:, None] - east[None, :]) ** 2 + (north[:, None] - north[None, :]) ** 2
    nearest = square.reshape(count, SAMPLES, count, SAMPLES).min(axis=(1, 3))
    return np.asarray((nearest < TOUCH_M * TOUCH_M) & ~back[:, None] & ~back[None, :], np.bool_)


def _goes_first(
    classes: NDArray[np.int64], kind: NDArray[np.int_], proper: NDArray[np.bool_], heading: Floats, edge: Ints
) -> NDArray[np.bool_]:
    """(K, K) whether the row goes before the column: the greater road, the proper lane, straight on before turning
    across oncoming traffic, right before left, and at last the smaller number."""
    a, b = classes[:, None], classes[None, :]
    cross = heading[:, 0][:, None] * heading[:, 1][None, :] - heading[:, 1][:, None] * heading[:, 0][None, :]
    dot = heading @ heading.T
    oncoming = dot < -0.7
    turn = np.where(kind == LEFT, 1, np.where(kind == BACK, 2, 0))
    same = edge[:, None] == edge[None, :]
    index = np.arange(len(edge))
    # each stage scores row against column: positive, the row goes first
    proper_score = proper[:, None].astype(int) - proper[None, :].astype(int)
    turn_score = np.where(oncoming, turn[None, :] - turn[:, None], 0)
    side_score = np.where(oncoming | same, 0, np.where(cross < -0.17, 1, np.where(cross > 0.17, -1, 0)))
    score = np.sign(b - a) * 16 + proper_score * 8 + np.sign(turn_score) * 4 + side_score * 2
    return np.where(score == 0, index[:, None] < index[None, :], score > 0)


def _masks(clash: NDArray[np.bool_], before: NDArray[np.bool_], edge: Ints) -> tuple[Masks, Masks, Masks]:
    """Pack K × K tables into words; past 64 turns a whole incoming edge shares one bit, which is merely stricter."""
    if len(edge) <= WORD:
        place = np.arange(len(edge))
    else:
        place = np.unique(edge, return_inverse=True)[1] % WORD
        clash = clash | (edge[:, None] != edge[None, :])
        clash &= place[:, None] != place[None, :]
        before = before & clash
    bit = np.uint64(1) << place.astype(np.uint64)
    zero = np.uint64(0)
    conflict = np.bitwise_or.reduce(np.where(clash, bit[None, :], zero), axis=1)
    yields = np.bitwise_or.reduce(np.where(before, bit[None, :], zero), axis=1)
    return bit, conflict, yields
