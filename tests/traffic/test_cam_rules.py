"""CAM triggering against a scalar reading of ETSI EN 302 637-2 §6.1.3, and fairness within the budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from traffic_scenes import busy, empty, without_lights

from twin.core.words import StationType


@dataclass
class Oracle:
    """One vehicle's CAM service, rule by rule."""

    last_ms: int = -1
    gap_ms: int = 1000
    repeats: int = 0
    x: float = 0.0
    y: float = 0.0
    heading: float = 0.0
    speed: float = 0.0

    def due(self, now: int, x: float, y: float, heading: float, speed: float) -> bool:
        turned = abs((heading - self.heading + 180.0) % 360.0 - 180.0) > 4.0
        moved = (x - self.x) ** 2 + (y - self.y) ** 2 > 16.0
        elapsed = now - self.last_ms
        if self.last_ms < 0:
            pass
        elif elapsed >= 100 and (turned or moved or abs(speed - self.speed) > 0.5):
            self.gap_ms, self.repeats = min(elapsed, 1000), 3
        elif elapsed >= self.gap_ms:
            self.repeats = max(0, self.repeats - 1)
            if self.repeats == 0:
                self.gap_ms = 1000
        else:
            return False
        self.last_ms, self.x, self.y, self.heading, self.speed = now, x, y, heading, speed
        return True


def test_the_standards_rules() -> None:
    traffic = busy(40, 4)
    oracles: dict[int, Oracle] = {}
    sent = 0
    for _ in range(400):
        traffic.step(0.1)
        found = {int(traffic.id[row]) for row in traffic.cams()}
        x, y, heading, speed = traffic.x_m, traffic.y_m, traffic.heading_deg, traffic.speed_mps
        expected = set()
        for row in np.flatnonzero(traffic.alive):
            oracle = oracles.setdefault(int(traffic.id[row]), Oracle())
            if oracle.due(traffic.now_ms, x[row], y[row], heading[row], speed[row]):
                expected.add(int(traffic.id[row]))
        assert found == expected
        sent += len(found)
    per_second = sent / 40 / 40
    assert 1.0 <= per_second <= 10.0


def test_the_budget_goes_to_who_has_waited_longest() -> None:
    traffic = busy(60, 4)
    last: dict[int, int] = {}
    longest = 0
    for _ in range(300):
        traffic.step(0.2)
        rows = traffic.cams(10)
        assert len(rows) <= 10
        for row in rows:
            last[int(traffic.id[row])] = traffic.now_ms
        alive = {int(id) for id in traffic.id[traffic.alive]}
        longest = max([longest, *(traffic.now_ms - at for id, at in last.items() if id in alive)])
    assert {int(id) for id in traffic.id[traffic.alive]} - set(last) == set()
    assert longest <= 2000  # 60 vehicles, 50 messages a second


def test_crews_and_obstacles_send_none() -> None:
    traffic = empty(without_lights(3))
    traffic.block(0, 60.0)
    traffic.spawn(StationType.SPECIAL, 4, 9)
    for _ in range(50):
        traffic.step(0.2)
        assert len(traffic.cams()) == 0
