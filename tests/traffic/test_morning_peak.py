"""The city that ships, at its busiest: no gridlock builds up, nobody is lost.

A quarter of an hour; two hours where the environment says ``CIVITWIN_LONG=1``.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from services.app.bench_traffic import NOON_MS, SETTINGS
from twin.city.load import load
from twin.field.traffic import Traffic
from twin.field.traffic_settings import load_traffic

CITY = Path(__file__).resolve().parents[2] / "assets" / "cities" / "yunting"
HOUR_MS = 3_600_000
SECONDS = 7200 if os.environ.get("CIVITWIN_LONG") == "1" else 900


def test_the_morning_peak_stays_fluid() -> None:
    traffic = Traffic(load(CITY), 7, load_traffic(SETTINGS), NOON_MS - 5 * HOUR_MS)
    speeds, longest = [], 0.0
    for number in range(SECONDS):
        traffic.step(1.0)
        if number % 60 == 59:
            alive = traffic.alive
            assert int(alive.sum()) >= 330
            speeds.append(float(traffic.speed_mps[alive].mean()))
            longest = max(longest, float(traffic._network.fleet.columns.still_s[alive].max()))
            assert len(traffic._network.fleet.order) == int(alive.sum())  # all are on the road
            offset, edge = traffic.offset_m[alive], traffic.edge[alive]
            assert (offset <= traffic.city.roads.length_m[edge] + 1e-6).all()
    assert longest < 900.0
    assert min(speeds) > 3.0
    assert np.mean(speeds[-10:]) > 0.7 * np.mean(speeds[:10])  # it does not slowly clog
    assert int(traffic.passed.sum()) > 7 * SECONDS
