"""Every kind of fault is found, named by layer and feature, with a cure."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import shapely
from cities import grid_draft

from twin.city import layers
from twin.city.catalogue import Catalogue, load_catalogue
from twin.city.check import check, check_draft
from twin.city.draft import Draft, Row
from twin.city.write import write


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def _change(layer: str, id: str, **properties: object) -> Callable[[Draft], None]:
    def apply(draft: Draft) -> None:
        rows: list[Row[Any]] = list(draft.rows(layer))
        for index, row in enumerate(rows):
            if row.id == id:
                changed = msgspec.structs.replace(row.properties, **properties)
                draft.rows(layer)[index] = Row(row.id, row.shape, changed)
                return
        raise AssertionError(f"no {id}")

    return apply


def _move(layer: str, id: str, shape: shapely.Geometry) -> Callable[[Draft], None]:
    def apply(draft: Draft) -> None:
        rows = draft.rows(layer)
        index = [row.id for row in rows].index(id)
        rows[index] = Row(id, shape, rows[index].properties)

    return apply


def _rename(layer: str, id: str, new: str) -> Callable[[Draft], None]:
    def apply(draft: Draft) -> None:
        rows = draft.rows(layer)
        index = [row.id for row in rows].index(id)
        rows[index] = Row(new, rows[index].shape, rows[index].properties)

    return apply


def _meta(**changes: object) -> Callable[[Draft], None]:
    def apply(draft: Draft) -> None:
        draft.meta = msgspec.structs.replace(draft.meta, **changes)

    return apply


def _drop(layer: str, id: str) -> Callable[[Draft], None]:
    def apply(draft: Draft) -> None:
        draft.rows(layer)[:] = [row for row in draft.rows(layer) if row.id != id]

    return apply


def _island(draft: Draft) -> None:
    line = shapely.LineString([(10, 880), (60, 880)])
    draft.roads.append(Row("lost", line, layers.Road(road_class="service")))


_BOW = shapely.Polygon([(30, 30), (80, 80), (80, 30), (30, 80)])
_HALF = layers.Phase((1,), 30.0, 3.0, 2.0)
_CASES: list[tuple[Callable[[Draft], None], str, str, str]] = [
    (_change("roads", "h00", road_class="path"), "roads", "h00", "road_class 'path' is unknown"),
    (_change("roads", "h00", lanes=0), "roads", "h00", "lanes is 0"),
    (_change("roads", "h00", lanes_backward=11), "roads", "h00", "lanes_backward is 11"),
    (_change("roads", "h00", speed_kmh=0.0), "roads", "h00", "speed_kmh"),
    (_change("roads", "h00", modes=("boat",)), "roads", "h00", "not all known"),
    (_change("roads", "h00", modes=()), "roads", "h00", "nobody"),
    (_move("roads", "h00", shapely.LineString([(0, 0), (0.2, 0)])), "roads", "h00", "0.20 m long"),
    (_move("roads", "h00", shapely.LineString([(0, 0), (190, 0)])), "roads", "h10", "ends elsewhere"),
    (_island, "roads", "lost", "no way from here"),
    (_rename("roads", "h01", "h00"), "roads", "h00", "used 2 times"),
    (_rename("devices", "d01", "a/b"), "devices", "a/b", "slash"),
    (_change("intersections", "x1", node="n99"), "intersections", "x1", "no drivable edge arrives"),
    (_change("intersections", "x1", phases=(_HALF,)), "intersections", "x1", "phases and groups do not match"),
    (_change("intersections", "x1", groups=(layers.Group(1, ("h02/forward",)),), phases=(_HALF,)),
     "intersections", "x1", "an incoming edge is in no group"),
    (_change("intersections", "x1", number=2), "intersections", "x1", "used twice"),
    (_change("intersections", "x1", number=70000), "intersections", "x1", "does not fit"),
    (_move("buildings", "b000", _BOW), "buildings", "b000", "Self-intersection"),
    (_change("buildings", "b000", use="castle"), "buildings", "b000", "use 'castle' is unknown"),
    (_change("buildings", "b000", height_m=0.0), "buildings", "b000", "height_m is 0.0"),
    (_change("areas", "green", kind="lawn"), "areas", "green", "kind 'lawn' is unknown"),
    (_move("areas", "green", _BOW), "areas", "green", "Self-intersection"),
    (_rename("cells", "990102001000001", "99010200100001"), "cells", "99010200100001", "not 15 digits"),
    (_rename("cells", "990102001000001", "990103001000001"), "cells", "990103001000001", "does not begin with"),
    (_change("cells", "990102001000001", subdistrict="north"), "cells", "990102001000001", "no subdistrict 'north'"),
    (_change("cells", "990102001000001", district="east"), "cells", "990102001000001", "not in district"),
    (_move("cells", "990102001000001", shapely.box(-100, -100, 450, 400)), "cells", "990102001000001", "overlaps"),
    (_move("cells", "990102001000001", shapely.box(-100, -100, 390, 400)), "cells", "", "lie in no cell"),
    (_change("places", "metro", kind="harbour"), "places", "metro", "kind 'harbour' is unknown"),
    (_change("places", "metro", name_en=None, name_zh=None), "places", "metro", "no name"),
    (_change("places", "depot_water", department=None), "places", "depot_water", "no department"),
    (_change("places", "depot_water", department="navy"), "places", "depot_water", "no department 'navy'"),
    (_change("places", "underpass", edges=("r99",)), "places", "underpass", "no road 'r99'"),
    (_change("places", "underpass", edges=None), "places", "underpass", "without roads"),
    (_change("components", "lamp1", code="99999"), "components", "lamp1", "'99999' is no component"),
    (_change("components", "lamp1", code="06010"), "components", "lamp1", "'06010' is no component"),
    (_change("components", "lamp1", owner="navy"), "components", "lamp1", "no department 'navy'"),
    (_move("components", "lamp1", shapely.Point(2000, 0)), "components", "lamp1", "no grid cell"),
    (_change("devices", "d01", kind="sonar"), "devices", "d01", "kind 'sonar' is unknown"),
    (_change("devices", "d01", gateway=""), "devices", "d01", "no gateway"),
    (_change("devices", "d01", place="pool"), "devices", "d01", "no place 'pool'"),
    (_change("devices", "d01", component="lamp9"), "devices", "d01", "no component 'lamp9'"),
    (_change("devices", "d01", edge="v21"), "devices", "d01", "no edge 'v21'"),
    (_move("devices", "d01", shapely.Point(901, 0)), "devices", "d01", "outside the city's extent"),
    (_change("bus_lines", "bus1", edges=("h02/forward", "h22/forward")), "bus_lines", "bus1", "one closed drive"),
    (_change("bus_lines", "bus1", edges=("zz/forward",)), "bus_lines", "bus1", "no edge 'zz/forward'"),
    (_change("bus_lines", "bus1", stops=(layers.Stop("h02/forward", 999.0, "A", "甲"),)),
     "bus_lines", "bus1", "stop 'A' is not on the line"),
    (_change("bus_lines", "bus1", headway_s=0.0), "bus_lines", "bus1", "headway_s"),
    (_change("roads", "h02", modes=("car",)), "bus_lines", "bus1", "may not use h02"),
    (_meta(time_zone="Mars/Olympus"), "city", "time_zone", "no time zone"),
    (_meta(bounds=(117.1, 31.0, 117.0, 31.1)), "city", "bounds", "empty"),
    (_meta(jurisdictions={"navy": ("centre",)}), "city", "navy", "no such department"),
    (_meta(jurisdictions={"water": ("moon",)}), "city", "water", "no district 'moon'"),
    (_meta(districts=()), "city", "districts", "missing"),
]  # fmt: skip


def test_the_grid_city_has_no_fault(catalogue: Catalogue) -> None:
    assert check_draft(grid_draft(), catalogue) == ()


@pytest.mark.parametrize("case", _CASES, ids=[f"{layer}-{text}" for _, layer, _, text in _CASES])
def test_a_fault_is_found_and_named(case: tuple[Callable[[Draft], None], str, str, str], catalogue: Catalogue) -> None:
    change, layer, feature, text = case
    draft = grid_draft()
    change(draft)
    faults = check_draft(draft, catalogue)
    mine = [fault for fault in faults if fault.layer == layer and fault.feature == feature and text in fault.problem]
    assert mine, faults
    assert mine[0].cure


def test_a_one_way_trap_is_no_way_back(catalogue: Catalogue) -> None:
    draft = grid_draft()
    _drop("roads", "v00")(draft)
    _change("roads", "h00", oneway=True)(draft)
    assert ("roads", "h00") in {(fault.layer, fault.feature) for fault in check_draft(draft, catalogue)}


def _spoil(path: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data["features"])
    path.write_text(json.dumps(data), encoding="utf-8")


def test_unreadable_features_are_named_one_by_one(tmp_path: Path) -> None:
    write(grid_draft(), tmp_path)

    def spoil(features: list[dict[str, Any]]) -> None:
        features[0]["properties"]["lanes"] = "two"
        features[1]["properties"]["colour"] = "red"
        features[2]["geometry"] = {"type": "Point", "coordinates": [117.0, 31.0]}
        features[3]["geometry"]["coordinates"] = [[117.0, 31.0], [500_000.0, 3_400_000.0]]
        features[4]["geometry"]["coordinates"] = [[117.0, 31.0]]

    _spoil(tmp_path / "roads.geojson", spoil)
    found = {fault.feature: fault.problem for fault in check(tmp_path) if fault.layer == "roads"}
    assert "lanes" in found["h00"] and "colour" in found["v00"]
    assert "geometry is a Point" in found["h01"] and "no longitude" in found["v01"]
    assert "coordinates" in found["h02"]


def test_a_missing_layer_and_a_broken_file_are_faults(tmp_path: Path) -> None:
    write(grid_draft(), tmp_path)
    (tmp_path / "buildings.geojson").unlink()
    (tmp_path / "areas.geojson").write_text("{", encoding="utf-8")
    faults = {fault.layer: fault.problem for fault in check(tmp_path)}
    assert "missing" in faults["buildings"] and "areas" in faults
    (tmp_path / "city.toml").write_text("id = 3\n", encoding="utf-8")
    assert [fault.layer for fault in check(tmp_path)] == ["city"]
    (tmp_path / "city.toml").unlink()
    assert [fault.layer for fault in check(tmp_path)] == ["city"]


def test_zones_must_be_of_the_city(catalogue: Catalogue) -> None:
    draft = grid_draft()
    _change("zones", "subdistrict-west", zone="moon")(draft)
    _change("zones", "district-centre", level="province")(draft)
    problems = {fault.feature: fault.problem for fault in check_draft(draft, catalogue)}
    assert problems == {
        "subdistrict-west": "there is no subdistrict 'moon'",
        "district-centre": "level 'province' is unknown",
    }
