"""Rates by tempo, poor cities, and what is left out when the budget is scant."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from field_runs import run

from twin.city.catalogue import config_directory
from twin.city.model import City
from twin.field.hazards.calendar import YEAR_S, begin_s
from twin.field.settings import load_settings
from twin.field.weather import Weather, utc_offset_s

START_MS = 1_772_503_200_000


def _beginnings(tempo: str, kind: str, count: int, seed: int = 3) -> list[float]:
    settings = load_settings(config_directory() / "field", "demo" if tempo == "demo" else "real")
    times, previous = [], 0.0
    for k in range(count):
        previous = begin_s(settings, seed, kind, k, previous)
        times.append(previous)
    return times


@pytest.mark.parametrize("seed", range(5))
def test_demo_tempo_gives_so_many_in_every_window_and_keeps_them_apart(seed: int) -> None:
    demo = load_settings(config_directory() / "field", "demo").hazards.rates.demo
    for kind, count in demo.count.items():
        times = _beginnings("demo", kind, 3 * count, seed)
        windows = [int(time // demo.window_s) for time in times]
        assert windows == sorted(list(range(3)) * count)
        gaps = np.diff(times)
        assert len(gaps) == 0 or gaps.min() > 0.15 * demo.window_s * demo.span / count


def test_real_tempo_gives_the_yearly_rate() -> None:
    rate = load_settings(config_directory() / "field", "real").hazards.rates.real.per_year["fire"]
    years = _beginnings("real", "fire", 900)[-1] / YEAR_S
    assert 0.88 * rate < 900 / years < 1.12 * rate


@pytest.mark.parametrize("seed", range(8))
def test_the_first_shower_of_a_demo_comes_within_a_minute_and_is_heavy_for_ten(seed: int) -> None:
    weather = Weather(load_settings(config_directory() / "field", "demo").weather, seed, START_MS, "demo", 0.0)
    assert weather.rain(START_MS) == 0.0
    assert weather.rain(START_MS + 60_000) > 50.0
    assert weather.rain(START_MS + 660_000) > 50.0
    assert weather.rain(START_MS + 1_000_000) == 0.0
    assert weather.shower(START_MS + 3_000_000) in (1, 2)


def test_a_day_is_warm_in_the_afternoon_and_dark_at_night() -> None:
    settings = load_settings(config_directory() / "field", "real").weather
    offset_s = utc_offset_s("Asia/Shanghai", 117.0, START_MS)
    assert offset_s == utc_offset_s("Nowhere/Unknown", 117.0, START_MS) == 8 * 3600
    weather = Weather(settings, 3, START_MS, "real", offset_s)
    ten, three, night = (weather.at(START_MS + hours * 3_600_000) for hours in (0, 5, 14))
    assert (ten.day_s, ten.daylight, ten.weekday) == (36_000.0, 1.0, 1)
    assert three.temperature_c > ten.temperature_c > night.temperature_c
    assert night.daylight == 0.0


def test_a_city_without_devices_underpasses_or_lights_still_lives(grid_city: City) -> None:
    bare = replace(
        grid_city,
        devices=(),
        intersections=(),
        places=tuple(place for place in grid_city.places if place.kind == "depot"),
    )
    poor = run(bare, vehicles=20, residents=20)
    assert any("/cam/" in message.topic for message in poor.until(90))
    poor.field.restore(poor.field.snapshot())
    poor.until(100)


def test_a_scant_budget_keeps_sensors_and_lets_cams_go(grid_city: City) -> None:
    rich, scant = (run(grid_city, vehicles=40, residents=0, budget_per_city_s=budget) for budget in (500.0, 4.0))
    rich.until(120)
    scant.until(120)
    assert scant.field.sent.count["dev"] >= 0.9 * rich.field.sent.count["dev"]
    assert scant.field.sent.count["cam"] < 0.2 * rich.field.sent.count["cam"]
    assert sum(scant.field.sent.count.values()) <= 4.0 * 120 + 250  # lights that change and alarms leave on credit
