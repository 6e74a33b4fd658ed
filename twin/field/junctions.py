"""Right of way: who may enter a junction's box now. One table of masks, no turn ever shared by crossing vehicles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.core.words import LightState, StationType
from twin.field.fleet import Columns
from twin.field.lanes import Floats, Lanes
from twin.field.lights import UNCONTROLLED
from twin.field.stream import Rows, Stream
from twin.field.traffic_settings import JunctionRules
from twin.field.turns import Masks, Turns

Flags = NDArray[np.bool_]

COMFORT_MPS2 = 2.5
STUCK_MPS = 0.1
QUEUEING_MPS, QUEUE_GAP_M = 1.0, 2.2
FIRM_MPS2 = 3.5
IMPROPER_WAIT_S = 4.0
"""A driver who did not get into a lane for the turn takes it from the wrong one after standing this long."""

OPEN = np.zeros(256, np.bool_)
OPEN[[UNCONTROLLED, LightState.UNAVAILABLE, LightState.DARK, LightState.CAUTION]] = True
OPEN[[LightState.GREEN, LightState.PERMISSIVE_GREEN, LightState.STOP_THEN_PROCEED]] = True
OPEN.setflags(write=False)


@dataclass(slots=True)
class Asking:
    """The vehicles that ask: first before the stop line of a junction that they have not been granted."""

    at: Rows  # positions in the stream
    row: Rows
    turn: NDArray[np.int64]
    node: NDArray[np.int64]
    distance: Floats  # to the stop line
    speed: Floats
    open: Flags  # the light lets it go
    able: Flags  # that, and there is room beyond, and the road is not shut


class Junctions:
    """Grants, kept as one flag a vehicle; ``idle_s`` of each node is the only state besides."""

    def __init__(self, lanes: Lanes, turns: Turns, nodes: int, rules: JunctionRules) -> None:
        self._lanes, self._turns, self._rules = lanes, turns, rules
        self.idle_s: Floats = np.zeros(nodes)
        self._empty: Masks = np.zeros(nodes, np.uint64)
        free_end = np.ones(len(lanes), np.bool_)
        free_end[turns.lane[~turns.free]] = False
        self._last = np.where(free_end, np.inf, lanes.stop_m)  # how far a lane may fill up
        self._gap_s = np.where(turns.yields == 0, rules.gap_s, 0.0)

    def decide(
        self, stream: Stream, columns: Columns, light: NDArray[np.uint8], closed: Flags, deep: Flags, step_s: float
    ) -> Rows:
        """Set ``columns.granted``: withdraw what a light has ended, keep what is under way, grant what is safe.

        ``light`` is (E,) as drivers see it, ``closed`` (L,) lanes that only crews enter, ``deep`` those that nobody
        does. Returns the rows that could go but for the road beyond, for longer than ``stuck_s``.
        """
        rows, bound, distance = stream.rows, stream.asks, stream.to_stop
        granted = columns.granted[rows]
        self._withdraw(stream, granted, distance, light, columns.siren)
        granted |= bound & (distance < -0.01)
        granted &= bound
        reserved, promised = self._held(stream, columns.came, granted)
        reach = 8.0 + self._rules.gap_s * stream.speed
        asks = (bound & ~granted & (distance < reach)).nonzero()[0]
        last = asks == len(rows) - 1
        ahead = np.where(last, asks, asks + 1)
        asks = asks[~stream.same[asks] | (distance[ahead] < -0.01)]
        asking = self._ask(stream, asks, distance[asks], columns, light, closed, deep, promised)
        self._count(asking, columns, step_s)
        grant = self._grant(asking, columns, reserved, step_s)
        granted[asking.at[grant]] = True
        columns.granted[rows] = granted
        stuck = asking.open & ~asking.able & (columns.wait_s[asking.row] > self._rules.stuck_s)
        return asking.row[stuck]

    def _withdraw(
        self, stream: Stream, granted: Flags, distance: Floats, light: NDArray[np.uint8], siren: Flags
    ) -> None:
        held = granted.nonzero()[0]
        if not len(held):
            return
        closed = ~OPEN[light[self._lanes.edge[stream.lane[held]]]] & ~siren[stream.rows[held]]
        speed, left = stream.speed[held], distance[held]
        stops = left > speed * speed / (2 * FIRM_MPS2) + 0.5
        # somebody stands between it and its stop line: it would keep others out for nothing
        kept = (speed < STUCK_MPS) & (stream.leader_mps[held] < STUCK_MPS) & (stream.gap_m[held] < left)
        granted[held[(closed | kept) & stops]] = False

    def _held(self, stream: Stream, came: NDArray[np.int64], granted: Flags) -> tuple[Masks, Floats]:
        """(N,) turns taken at each node, and (L,) metres promised on each lane to those granted."""
        lanes, turns = self._lanes, self._turns
        reserved = self._empty.copy()
        held = granted.nonzero()[0]
        turn = stream.turn[held]
        np.bitwise_or.at(reserved, turns.node[turn], turns.bit[turn])
        leaving = came[stream.rows[stream.inbox]]
        np.bitwise_or.at(reserved, turns.node[leaving], turns.bit[leaving])
        promised = np.bincount(turns.out[turn], weights=stream.length[held] + 2.0, minlength=len(lanes))
        return reserved, promised.astype(np.float64)

    def _ask(
        self, stream: Stream, asks: Rows, distance: Floats, columns: Columns, light: NDArray[np.uint8], closed: Flags,
        deep: Flags, promised: Floats,
    ) -> Asking:  # fmt: skip
        lanes, turns = self._lanes, self._turns
        row, turn, speed = stream.rows[asks], stream.turn[asks], stream.speed[asks]
        out = turns.out[turn]
        state = light[lanes.edge[stream.lane[asks]]]
        late = (state == LightState.CLEARANCE) & (distance < speed * speed / (2 * FIRM_MPS2))
        siren = columns.siren[row]
        is_open = OPEN[state] | late | (siren & (speed < 6.0))
        able = is_open & ~deep[out] & (~closed[out] | (columns.kind[row] == StationType.SPECIAL))
        length, entry = stream.length[asks], lanes.entry_m[out]
        room = self._room(stream)[out] - promised[out] >= entry + length
        short = (self._last[out] < entry + length) & np.isinf(stream.rear_m[out]) & (promised[out] == 0)
        able &= room | short
        able &= turns.proper[turn] | (columns.wait_s[row] > IMPROPER_WAIT_S)
        able &= (stream.gap_m[asks] > distance) | (stream.leader_mps[asks] > STUCK_MPS)
        return Asking(asks, row, turn, turns.node[turn], distance, speed, is_open, able)

    def _room(self, stream: Stream) -> Floats:
        """(L,) how far back each lane would fill up if all on it closed up to the queue, or to the line, ahead."""
        speed, lane, offset = stream.speed, stream.lane, stream.offset
        end = self._last.copy()
        standing = (speed < QUEUEING_MPS).nonzero()[0]
        np.minimum.at(end, lane[standing], (offset - stream.length)[standing] - QUEUE_GAP_M)
        behind = ((offset <= end[lane]) & np.isfinite(end[lane])).nonzero()[0]
        takes = np.bincount(lane[behind], weights=stream.length[behind] + QUEUE_GAP_M, minlength=len(end))
        return np.asarray(end - takes, np.float64)

    def _count(self, asking: Asking, columns: Columns, step_s: float) -> None:
        """Waiting counts while one stands first in line; at a red light it does not."""
        standing = (asking.speed < 0.5) & (asking.distance < 6.0) & asking.open
        columns.wait_s[asking.row[standing]] += step_s

    def _grant(self, asking: Asking, columns: Columns, reserved: Masks, step_s: float) -> Flags:
        turns, rules = self._turns, self._rules
        able = asking.able
        bit = turns.bit[asking.turn]
        arrives = asking.distance < np.maximum(asking.speed, 3.0) * rules.gap_s
        claims = self._empty.copy()
        claiming = (able & arrives).nonzero()[0]
        np.bitwise_or.at(claims, asking.node[claiming], bit[claiming])
        first = self._patience_ends(asking, columns, reserved, step_s)
        forced = self._empty.copy()
        forced[asking.node[first]] = bit[first]
        conflict = turns.conflict[asking.turn]
        zero = np.uint64(0)
        clear = (reserved[asking.node] & conflict) == zero
        yielding = (claims[asking.node] & turns.yields[asking.turn]) != zero
        yielding[first] = False
        gives_way = (forced[asking.node] & conflict) != zero
        gives_way[first] = False
        speed = asking.speed
        near = asking.distance < speed * speed / (2 * COMFORT_MPS2) + speed * 0.6 + 2.0
        gap_s = np.where(columns.siren[asking.row], rules.gap_s, self._gap_s[asking.turn])
        near |= asking.distance < gap_s * speed
        grant = able & clear & ~yielding & ~gives_way & near
        self._count_idle(asking, reserved, grant, step_s)
        return np.asarray(grant, np.bool_)

    def _patience_ends(self, asking: Asking, columns: Columns, reserved: Masks, step_s: float) -> Rows:
        """At each node at most one of those who have waited too long, the longest first: an emergency vehicle, one
        out of patience, or, where everybody yields to everybody, anyone."""
        wait = columns.wait_s[asking.row]
        siren = columns.siren[asking.row]
        limit = np.where(self.idle_s[asking.node] > self._rules.standoff_s, 1.0, self._rules.impatience_s)
        due = (asking.able & ((wait > limit) | siren) & (asking.distance < 12.0 + 3.0 * asking.speed)).nonzero()[0]
        if not len(due):
            return due
        order = due[np.lexsort((asking.row[due], -wait[due], ~siren[due], asking.node[due]))]
        nodes = asking.node[order]
        return np.asarray(order[np.concatenate([[True], nodes[1:] != nodes[:-1]])], np.int64)

    def _count_idle(self, asking: Asking, reserved: Masks, grant: Flags, step_s: float) -> None:
        """Seconds for which a node has had vehicles able to go and nobody in it or on the way."""
        waiting = np.zeros(len(self.idle_s), np.bool_)
        waiting[asking.node[asking.able]] = True
        waiting &= reserved == 0
        waiting[asking.node[grant]] = False
        self.idle_s = (self.idle_s + step_s) * waiting
