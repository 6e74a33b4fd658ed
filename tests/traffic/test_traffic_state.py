"""Snapshots continue to the same bytes; the same seed gives the same traffic under any hash seed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from traffic_scenes import busy, edge_between, run

from services.app.bench_traffic import SETTINGS
from twin.core.errors import ConfigError
from twin.core.words import StationType
from twin.field.traffic import Traffic
from twin.field.traffic_settings import load_traffic

ROOT = Path(__file__).resolve().parents[2]


def eventful(seed: int = 3) -> Traffic:
    traffic = busy(80, 4, seed)
    run(traffic, 10.0)
    city = traffic.city
    traffic.set_closed([edge_between(city, 5, 6)])
    traffic.block(edge_between(city, 9, 10), 70.0, [0])
    traffic.set_depth(edge_between(city, 1, 2), 0.3)
    traffic.set_surface(0.8)
    crew = traffic.spawn(StationType.SPECIAL, 0, siren=True)
    traffic.drive(crew, edge_between(city, 10, 14))
    run(traffic, 15.0)
    traffic.cams(30)
    return traffic


def test_a_restored_traffic_goes_on_as_the_original() -> None:
    original = eventful()
    saved = original.snapshot()
    copy = busy(80, 4, 3)
    copy.restore(saved)
    assert copy.snapshot() == saved
    for _ in range(150):
        for each in (original, copy):
            each.step(0.2)
        assert (original.cams(20) == copy.cams(20)).all()
        assert original.arrived() == copy.arrived()
    assert copy.snapshot() == original.snapshot()


def test_seeds_differ() -> None:
    assert eventful(3).snapshot() != eventful(4).snapshot()


def test_the_same_under_two_hash_seeds() -> None:
    code = "from test_traffic_state import digest; print(digest())"
    digests = set()
    for seed in ("0", "4711"):
        paths = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(done.stdout.strip())
    assert digests == {digest()}


def digest() -> str:
    return hashlib.sha256(eventful().snapshot()).hexdigest()


def test_the_shipped_settings_load_and_faults_are_named(tmp_path: Path) -> None:
    assert load_traffic(SETTINGS).population.vehicles * min(load_traffic(SETTINGS).population.by_hour) >= 330
    text = SETTINGS.read_text(encoding="utf-8")
    for wrong, right, word in (
        ('kind = "CAR"', 'kind = "HOVERCRAFT"', "kinds"),
        ("share = 0.84", "share = 0.5", "shares"),
        ("gap_s = 4.5", "gap_s = 'long'", "gap_s"),
        ("slow_m", "slowly_m", "slowly_m"),
        ("  0.82, 0.80,", "  0.82,", "by_hour"),
    ):
        path = tmp_path / "traffic.toml"
        assert wrong in text
        path.write_text(text.replace(wrong, right, 1), encoding="utf-8")
        with pytest.raises(ConfigError, match=word):
            load_traffic(path)
