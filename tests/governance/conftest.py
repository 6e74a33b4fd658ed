"""A bench a test."""

from __future__ import annotations

import pytest
from governance_bench import CONFIG, Bench, world_of

from services.governance.desks import Governance, governance_desks
from twin.city.model import City


@pytest.fixture(scope="session")
def governance(grid_city: City) -> Governance:
    return governance_desks(world_of(grid_city), CONFIG)


@pytest.fixture
def bench(grid_city: City, governance: Governance) -> Bench:
    return Bench(grid_city, governance)
