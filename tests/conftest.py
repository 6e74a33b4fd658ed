"""What every area's tests may ask for."""

from __future__ import annotations

import os

import pytest
from cities import grid_city as make_grid_city
from hypothesis import HealthCheck, settings

from twin.city.model import City

# A busy machine is no fault of the code: nothing is judged by how long it took.
settings.register_profile(  # the same examples every time; CIVITWIN_EXPLORE=1 looks for new ones
    "civitwin",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CIVITWIN_EXPLORE" not in os.environ,
)
settings.load_profile("civitwin")


@pytest.fixture(scope="session")
def grid_city(tmp_path_factory: pytest.TempPathFactory) -> City:
    """The small city of ``tests/cities.py``, loaded once a session; it is immutable."""
    return make_grid_city(tmp_path_factory.mktemp("gridville"))
