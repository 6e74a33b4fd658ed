from __future__ import annotations

import pytest
from speaking import Speaker

from twin.city.locate import Locator
from twin.city.model import City


@pytest.fixture(scope="session")
def speaker(grid_city: City) -> Speaker:
    return Speaker(grid_city)


@pytest.fixture(scope="session")
def locator(grid_city: City) -> Locator:
    return Locator(grid_city)


@pytest.fixture(scope="session")
def grid_speaker(grid_city: City) -> Speaker:
    """For properties, which may not share a fixture of a narrower scope."""
    return Speaker(grid_city)
