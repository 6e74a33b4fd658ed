"""What people call a spot."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.collaboration.roster import Roster
from services.governance.lookup import Lookup
from twin.city.load import load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    return Lookup(load(ROOT / "assets/cities/yunting"), {}, (), Roster((), "Asia/Shanghai"))


def test_a_spot_beside_a_street_is_called_by_it_and_far_from_all_by_its_grid_cell(lookup: Lookup) -> None:
    roads = lookup.city.roads
    edge = next(edge for edge in range(len(roads)) if roads.name[edge] is not None and roads.length_m[edge] > 60)
    (ax, ay), (bx, by) = roads.shape(edge)[0], roads.shape(edge)[-1]
    x, y = (ax + bx) / 2, (ay + by) / 2
    assert lookup.where("", edge, 0, x, y) == roads.name[edge]
    assert lookup.where("", -1, 0, x, y) in {name for name in roads.name if name is not None}
    far = lookup.where("", -1, 0, 1e6, 1e6)
    assert far.en == f"grid cell {lookup.city.cells[0].code}"
    hall = lookup.city.of_kind("service_hall")[0]
    assert lookup.where(hall.id, edge, 0, x, y) == hall.name
