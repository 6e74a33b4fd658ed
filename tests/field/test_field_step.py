"""A field whose traffic takes whole seconds: nobody drives into anybody, as many get along, and snapshots tell."""

from __future__ import annotations

import numpy as np
import pytest
from field_runs import NAMESPACE, START_MS

from twin.city.catalogue import config_directory, load_catalogue
from twin.city.model import City
from twin.core.bus import InProcessBroker
from twin.field.field import Field
from twin.field.traffic import Traffic
from twin.field.traffic_settings import traffic_settings


def _field(city: City, step_ms: int) -> Field:
    catalogue = load_catalogue()
    return Field(
        city, catalogue.kinds, catalogue.departments, 7, InProcessBroker().connect(), NAMESPACE, START_MS,
        residents=20, vehicles=10, step_ms=step_ms,
    )  # fmt: skip


def _drive(city: City, step_ms: int) -> int:
    """How many edges were driven in ten minutes; fails where one vehicle stands in another of its lane."""
    traffic = Traffic(city, 7, traffic_settings(config_directory() / "field", 60), START_MS)
    for _ in range(600_000 // step_ms):
        traffic.step(step_ms / 1000)
        stream = traffic._network.motion.view(traffic._network.fleet)
        assert not (stream.gap_m[stream.same] < 0.0).any()
    return int(traffic.passed.sum())


def test_steps_of_a_second_move_the_traffic_as_safely_and_as_far(grid_city: City) -> None:
    fine, coarse = _drive(grid_city, 500), _drive(grid_city, 1000)
    assert np.isclose(coarse, fine, rtol=0.05)


def test_a_field_of_whole_seconds_goes_on_from_its_own_snapshot_and_refuses_another(grid_city: City) -> None:
    first, second, usual = _field(grid_city, 1000), _field(grid_city, 1000), _field(grid_city, 500)
    first.advance(START_MS + 20_000)
    assert (first.steps, first.now_ms) == (20, START_MS + 20_000)
    second.restore(first.snapshot())
    for each in (first, second):
        each.advance(START_MS + 30_000)
    assert second.snapshot() == first.snapshot()
    with pytest.raises(ValueError, match="steps of 1000 ms, where this field takes 500 ms"):
        usual.restore(first.snapshot())
    with pytest.raises(ValueError, match="steps of 300 ms"):
        _field(grid_city, 300)
