"""What every area's tests may ask for."""

from __future__ import annotations

import pytest
from cities import grid_city as make_grid_city

from twin.city.model import City


@pytest.fixture(scope="session")
def grid_city(tmp_path_factory: pytest.TempPathFactory) -> City:
    """The small city of ``tests/cities.py``, loaded once a session; it is immutable."""
    return make_grid_city(tmp_path_factory.mktemp("gridville"))
