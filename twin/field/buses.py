"""Buses: they follow their line's edges, stop and dwell at its stops, and go round what is shut."""

from __future__ import annotations

import numpy as np

from twin.city.model import BusLine, Roads
from twin.core import chance
from twin.field.fleet import NO_RANK, Fleet, Floats
from twin.field.lanes import Lanes
from twin.field.routes import PUBLIC, Routes
from twin.field.traffic_settings import BusRules

EASE_MPS2 = 0.7
STOPPED_M = 1.5


class Buses:
    """``columns.leg`` is the position on the line of the edge to reach next, ``columns.stop`` how many stops of the
    present edge are done."""

    def __init__(self, lines: tuple[BusLine, ...], roads: Roads, lanes: Lanes, rules: BusRules, seed: int) -> None:
        self.lines, self._roads, self._lanes, self._rules, self._seed = lines, roads, lanes, rules, seed
        served = [self._served(line) for line in lines]
        self._stops = tuple(tuple(tuple(offset for offset, _ in edge) for edge in line) for line in served)
        self._numbers = tuple(tuple(tuple(number for _, number in edge) for edge in line) for line in served)

    def _served(self, line: BusLine) -> list[list[tuple[float, int]]]:
        """(offset, number on the line) of the stops on each of its edges, inside the stretch between junctions."""
        first = {edge: index for index, edge in reversed(list(enumerate(line.edges)))}
        table: list[list[tuple[float, int]]] = [[] for _ in line.edges]
        for number, (edge, offset_m, _) in enumerate(line.stops):
            if edge in first and self._lanes.count[edge]:
                lane = int(self._lanes.first[edge])
                nearest, furthest = float(self._lanes.entry_m[lane]) + 1.0, float(self._lanes.stop_m[lane]) - 1.0
                table[first[edge]].append((min(max(offset_m, nearest), max(furthest, nearest)), number))
        return [sorted(stops) for stops in table]

    def wanted(self, line: int) -> int:
        """Buses that keep a line's headway, dwelling included."""
        edges = np.array(self.lines[line].edges, np.int64)
        drive_s = float((self._roads.length_m[edges] / np.maximum(self._roads.speed_mps[edges], 1.0)).sum()) * 1.6
        dwell_s = sum(map(len, self._stops[line])) * sum(self._rules.dwell_s) / 2
        most = self._rules.most_per_line
        return int(np.clip(round((drive_s + dwell_s) / max(self.lines[line].headway_s, 30.0)), 1, most))

    def next_rank(self, fleet: Fleet, row: int, edge: int, routes: Routes) -> int:
        """The next edge's rank for a bus that is on ``edge``; moves on along its line, past what is shut."""
        columns = fleet.columns
        edges = self.lines[int(columns.line[row])].edges
        leg = int(columns.leg[row])
        if edge == edges[leg]:
            leg = (leg + 1) % len(edges)
            columns.stop[row] = 0
        for _ in range(len(edges)):
            if not routes.shut[PUBLIC, edges[leg]] and self._lanes.count[edges[leg]]:
                break
            leg = (leg + 1) % len(edges)
        columns.leg[row] = leg
        target = edges[leg]
        columns.goal[row], columns.goal_m[row] = target, 0.0
        if self._roads.start[target] == self._roads.end[edge]:
            return int(self._lanes.rank[target])
        if edge == target:
            return NO_RANK
        slot = routes.ensure(target, PUBLIC)  # may grow the table: look it up afterwards
        return int(routes.hops[slot, edge])

    def hold(self, fleet: Fleet, caps: Floats, now_ms: int) -> None:
        """Bound the speeds of buses that near a stop or dwell there; start and end their dwelling."""
        columns = fleet.columns
        for row in ((columns.line >= 0) & columns.used).nonzero()[0]:
            if columns.until_ms[row]:
                if columns.until_ms[row] > now_ms:
                    caps[row] = 0.0
                    continue
                columns.until_ms[row] = 0
                columns.stop[row] += 1
            left = self._to_stop(fleet, int(row))
            if left is None or left < -STOPPED_M:
                if left is not None:
                    columns.stop[row] += 1
                continue
            caps[row] = min(float(caps[row]), float(np.sqrt(2 * EASE_MPS2 * max(left, 0.0))) + 0.3)
            if left < STOPPED_M and columns.speed_mps[row] < 3.0:
                low, high = self._rules.dwell_s
                share = chance.fraction(self._seed, "dwell", int(columns.id[row]), now_ms)
                columns.until_ms[row] = now_ms + round((low + (high - low) * share) * 1000)
                caps[row] = 0.0

    def at_stops(self, fleet: Fleet) -> list[tuple[int, int, int]]:
        """(vehicle id, line, number of the stop on the line) of the buses that stand at a stop."""
        columns, found = fleet.columns, []
        for row in ((columns.line >= 0) & columns.used & (columns.until_ms > 0)).nonzero()[0].tolist():
            line, stop = int(columns.line[row]), int(columns.stop[row])
            numbers = self._numbers[line][(int(columns.leg[row]) - 1) % len(self.lines[line].edges)]
            if stop < len(numbers) and not columns.stalled[row]:
                found.append((int(columns.id[row]), line, numbers[stop]))
        return found

    def _to_stop(self, fleet: Fleet, row: int) -> float | None:
        """Metres to the next stop on the present edge; None where it has none left."""
        columns = fleet.columns
        line = int(columns.line[row])
        leg = (int(columns.leg[row]) - 1) % len(self.lines[line].edges)
        if self.lines[line].edges[leg] != int(self._lanes.edge[columns.lane[row]]):
            return None
        offsets = self._stops[line][leg]
        done = int(columns.stop[row])
        return offsets[done] - float(columns.offset_m[row]) if done < len(offsets) else None
