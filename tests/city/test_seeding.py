"""The rules that make a working city of a bare one, on the small city stripped bare."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pytest
import shapely
from cities import grid_draft

from twin.city import layers
from twin.city.catalogue import Catalogue, load_catalogue
from twin.city.check import check_draft
from twin.city.cut import halves
from twin.city.draft import Draft, Row
from twin.city.load import load
from twin.city.seeding import lay_cells, lay_lights, seed_city
from twin.city.seeding.spread import apart, serving
from twin.city.write import write


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def _bare() -> Draft:
    """Roads, buildings, areas and a few places; nothing else."""
    draft = grid_draft()
    for layer in ("intersections", "zones", "cells", "components", "devices", "bus_lines"):
        draft.rows(layer).clear()
    draft.places[:] = [row for row in draft.places if row.properties.kind != "depot"]
    return draft


def test_a_bare_city_becomes_a_working_one(tmp_path: Path, catalogue: Catalogue) -> None:
    draft = _bare()
    seed_city(draft, 5, catalogue)
    assert check_draft(draft, catalogue) == ()
    write(draft, tmp_path)
    city = load(tmp_path)
    send_out = {id for id, department in catalogue.departments.items() if department.units}
    assert send_out == {place.department for place in city.of_kind("depot")}
    assert {device.kind for device in city.devices} >= {"water_level", "pump", "smoke", "bin", "street_lamp", "air"}
    assert city.intersections and city.bus_lines and len(city.components.id) > 100
    assert len(city.cells) >= 16 and (city.components.cell >= 0).all()
    assert {zone.level for zone in city.zones} == {"district", "subdistrict"}


def test_the_same_seed_gives_the_same_city(tmp_path: Path, catalogue: Catalogue) -> None:
    bytes_ = []
    for name in ("a", "b"):
        draft = _bare()
        seed_city(draft, 5, catalogue)
        write(draft, tmp_path / name)
        bytes_.append([path.read_bytes() for path in sorted((tmp_path / name).iterdir())])
    assert bytes_[0] == bytes_[1]


def test_what_is_there_stays(catalogue: Catalogue) -> None:
    draft = grid_draft()
    before = {layer.name: list(draft.rows(layer.name)) for layer in layers.LAYERS}
    seed_city(draft, 5, catalogue)
    for layer in layers.LAYERS:
        assert draft.rows(layer.name)[: len(before[layer.name])] == before[layer.name]
    assert {layer.name for layer in layers.LAYERS if len(draft.rows(layer.name)) > len(before[layer.name])} == {
        "places"
    }


def test_cells_cover_the_extent_in_pieces_of_a_fair_size() -> None:
    draft = _bare()
    lay_cells(draft)
    area = np.array([row.shape.area for row in draft.cells])
    assert area.sum() == pytest.approx(920.0 * 920.0, rel=1e-3)  # the roads' bounds and 60 m around them
    assert area.min() > 2_000.0 and area.max() <= 45_000.0
    codes = [row.id for row in draft.cells]
    assert len(set(codes)) == len(codes) and all(code[:9] in ("990102001", "990102002") for code in codes)


def test_lights_stand_where_asked_with_a_sensible_plan() -> None:
    draft = _bare()
    lay_lights(draft, ["n22", "n12"])
    assert [row.properties.node for row in draft.intersections] == ["n12", "n22"]
    for row in draft.intersections:
        assert 2 <= len(row.properties.phases) <= 4
        assert {edge for group in row.properties.groups for edge in group.edges} == _arriving(
            draft, row.properties.node
        )
        opposite = row.properties.groups[0].edges
        assert {edge[:1] for edge in opposite} == {"h"}, "the avenue goes first, both ways together"
        assert 30.0 <= sum(p.green_s + p.amber_s + p.all_red_s for p in row.properties.phases) <= 150.0


def _arriving(draft: Draft, node: str) -> set[str]:
    found = {f"{row.id}/forward" for row in draft.roads if row.properties.end_node == node}
    return found | {f"{row.id}/backward" for row in draft.roads if row.properties.start_node == node}


def test_gateways_carry_a_fair_number_of_neighbours(catalogue: Catalogue) -> None:
    draft = _bare()
    seed_city(draft, 5, catalogue)
    load_ = Counter(row.properties.gateway for row in draft.devices)
    assert max(load_.values()) <= 60 and min(load_.values()) >= 15


def test_lamps_on_a_circuit_are_neighbours(catalogue: Catalogue) -> None:
    draft = _bare()
    seed_city(draft, 5, catalogue)
    circuits: dict[str, list[Row[layers.Sensor]]] = {}
    for row in draft.devices:
        if row.properties.circuit:
            circuits.setdefault(row.properties.circuit, []).append(row)
    assert circuits
    for lamps in circuits.values():
        spots = np.array([row.shape.coords[0] for row in lamps])
        assert 6 <= len(lamps) <= 12 and np.ptp(spots, axis=0).max() < 700.0
    used = [row.properties.component for lamps in circuits.values() for row in lamps]
    assert len(set(used)) == len(used)


def test_one_way_roads_and_unmapped_uses_do_not_stop_seeding(catalogue: Catalogue) -> None:
    """As importers deliver them: no bounds, every building 'other', some one-way streets, one subdistrict."""
    draft = _bare()
    for index, row in enumerate(draft.buildings):
        spec = msgspec.structs.replace(row.properties, use="other")
        draft.buildings[index] = Row(row.id, row.shape, spec)
    for index, row_ in enumerate(draft.roads):
        if row_.id.startswith("v1"):
            draft.roads[index] = Row(row_.id, row_.shape, msgspec.structs.replace(row_.properties, oneway=True))
    draft.meta = msgspec.structs.replace(draft.meta, subdistricts=draft.meta.subdistricts[:1])
    seed_city(draft, 5, catalogue)
    assert check_draft(draft, catalogue) == ()


def test_points_are_chosen_apart_and_where_they_serve() -> None:
    xy = np.array([(0.0, 0.0), (1.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)])
    assert set(apart(xy, 4)[1:]) <= {0, 2, 3, 4} and len(apart(xy, 9)) == 5
    assert apart(np.zeros((0, 2)), 3) == [] and len(apart(np.ones((4, 2)), 3)) == 1
    demand = np.array([(0.0, 0.0)] * 9 + [(100.0, 0.0)] * 5)
    sites = np.array([(50.0, 0.0), (1.0, 0.0), (99.0, 0.0)])
    assert serving(sites, demand, 2, np.zeros((0, 2))) == [1, 2]
    assert serving(sites, demand, 1, np.array([(0.0, 0.0)])) == [2]


def test_halves_share_a_border_and_lose_nothing() -> None:
    shape = shapely.Polygon([(0, 0), (40, 4), (38, 22), (-2, 15)])
    a, b = halves(shape, 0.3)
    assert a.area + b.area == pytest.approx(shape.area) and a.intersection(b).area == pytest.approx(0.0, abs=1e-9)
    assert min(a.area, b.area) / shape.area == pytest.approx(0.3, abs=0.06)
