"""Cities that tests of the field share."""

from __future__ import annotations

import pytest
from scene_city import scene_city

from twin.city.model import City


@pytest.fixture(scope="session")
def scene_grid(tmp_path_factory: pytest.TempPathFactory) -> City:
    """The small city with places and devices of every scene."""
    return scene_city(tmp_path_factory.mktemp("scenes") / "city")
