"""The bench of people runs, and says what it measured."""

from __future__ import annotations

from services.app.bench_people import bench_people


def test_a_quarter_of_an_hour_of_a_few() -> None:
    figures = bench_people(None, residents=150, hours=0.25, vehicles=20)
    assert figures["residents"] == 150 and figures["resident_days"] == 1.6
    assert float(str(figures["city_s_per_wall_s"])) > 0.0 and float(str(figures["peak_rss_mb"])) > 0.0
    trips = figures["trips"]
    assert isinstance(trips, dict) and set(trips) == {"foot", "bicycle", "bus", "car", "car_without_vehicle", "lift"}
