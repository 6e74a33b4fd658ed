"""A city's folder: what is written is read again, and stays readable by others."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
from cities import grid_draft

from twin.city.check import check
from twin.city.faults import CityError
from twin.city.layers import LAYERS
from twin.city.load import digest, load, read
from twin.city.model import City
from twin.city.write import write
from twin.core.text import Name
from twin.core.words import Mode, RoadClass


def test_a_city_is_the_same_after_writing_and_reading(tmp_path: Path) -> None:
    draft = grid_draft()
    write(draft, tmp_path)
    again, faults = read(tmp_path)
    assert not faults and again is not None
    assert again.meta == draft.meta
    for layer in LAYERS:
        before, after = draft.rows(layer.name), again.rows(layer.name)
        assert [row.id for row in before] == [row.id for row in after]
        assert [row.properties for row in before] == [row.properties for row in after]
        for a, b in zip(before, after, strict=True):
            assert np.abs(shapely.get_coordinates(a.shape)).max() < 1e4
            assert shapely.hausdorff_distance(a.shape, b.shape) < 0.02


def test_writing_again_gives_the_same_bytes(tmp_path: Path) -> None:
    write(grid_draft(), tmp_path / "a")
    again, _ = read(tmp_path / "a")
    assert again is not None
    write(again, tmp_path / "b")
    assert digest(tmp_path / "a") == digest(tmp_path / "b")


def test_edges_come_in_pairs_that_name_each_other(grid_city: City) -> None:
    roads = grid_city.roads
    assert len(roads) == 2 * 40 - 1
    two_way = np.nonzero(roads.reverse >= 0)[0]
    assert (roads.reverse[roads.reverse[two_way]] == two_way).all()
    assert (roads.start[two_way] == roads.end[roads.reverse[two_way]]).all()
    lone = np.nonzero(roads.reverse < 0)[0]
    assert [roads.feature[edge] for edge in lone] == ["h04"]
    for edge in range(len(roads)):
        line = roads.shape(edge)
        assert np.allclose(line[0], roads.node_xy[roads.start[edge]])
        assert np.allclose(line[-1], roads.node_xy[roads.end[edge]])
        assert roads.length_m[edge] == pytest.approx(200.0, abs=0.05)


def test_properties_reach_the_model(grid_city: City) -> None:
    roads = grid_city.roads
    main = roads.feature.index("h12")
    assert roads.road_class[main] == RoadClass.PRIMARY and roads.lanes[main] == 2
    assert roads.speed_mps[main] == pytest.approx(60 / 3.6)
    assert roads.modes[main] == Mode.FOOT | Mode.BICYCLE | Mode.CAR | Mode.BUS
    assert roads.name[main] == Name("Avenue 2", "2号大道")
    assert roads.tunnel[roads.feature.index("v21")] and not roads.tunnel[main]
    underpass = grid_city.place("underpass")
    assert [roads.feature[edge] for edge in underpass.edges] == ["v21", "v21"]
    depot = grid_city.place("depot_water")
    assert depot.department == "water" and roads.feature[depot.entrance_edge] == "h30"
    assert roads.reverse[depot.entrance_edge] < depot.entrance_edge  # the depot lies on the right going west
    with pytest.raises(KeyError, match="nowhere"):
        grid_city.place("nowhere")


def test_references_become_indices(grid_city: City) -> None:
    by_id = {device.id: device for device in grid_city.devices}
    assert grid_city.roads.feature[by_id["d01"].edge] == "v21" and by_id["d03"].edge == -1
    assert {device.circuit for device in grid_city.devices if device.kind == "street_lamp"} == {"circuit1"}
    crossing = grid_city.intersections[1]
    assert grid_city.roads.node_id[crossing.node] == "n22"
    for group in crossing.groups:
        assert all(grid_city.roads.end[edge] == crossing.node for edge in group.edges)
    assert [grid_city.cells[cell].code for cell in grid_city.components.cell[:1]] == ["990102001000001"]
    line = grid_city.bus_lines[0]
    edges = np.array(line.edges)
    assert (grid_city.roads.end[edges] == np.roll(grid_city.roads.start[edges], -1)).all()


def test_files_are_plain_geojson(tmp_path: Path) -> None:
    write(grid_draft(), tmp_path)
    for layer in LAYERS:
        collection = json.loads((tmp_path / f"{layer.name}.geojson").read_text(encoding="utf-8"))
        assert collection["type"] == "FeatureCollection" and collection["features"]
        for feature in collection["features"]:
            assert feature["type"] == "Feature" and isinstance(feature["id"], str)
            assert feature["geometry"]["type"] in layer.geometry
    building = json.loads((tmp_path / "buildings.geojson").read_text())["features"][0]
    ring = building["geometry"]["coordinates"][0]
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
    assert ring[0] == ring[-1] and area > 0, "RFC 7946 wants outer rings anticlockwise"
    assert 116.9 < ring[0][0] < 117.1 and 30.9 < ring[0][1] < 31.1


def test_nulls_and_heights_as_others_write_them_are_read(tmp_path: Path) -> None:
    """QGIS fills empty columns with null and may write a third coordinate."""
    write(grid_draft(), tmp_path)
    path = tmp_path / "roads.geojson"
    roads = json.loads(path.read_text(encoding="utf-8"))
    for feature in roads["features"]:
        feature["properties"] |= {"bridge": None, "lanes_backward": None, "modes": None}
        feature["geometry"]["coordinates"] = [[*spot, 4.2] for spot in feature["geometry"]["coordinates"]]
    path.write_text(json.dumps(roads), encoding="utf-8")
    assert check(tmp_path) == ()


def test_roads_without_node_ids_join_where_they_meet(tmp_path: Path) -> None:
    write(grid_draft(), tmp_path)
    path = tmp_path / "roads.geojson"
    roads = json.loads(path.read_text(encoding="utf-8"))
    for feature in roads["features"]:
        del feature["properties"]["start_node"], feature["properties"]["end_node"]
    path.write_text(json.dumps(roads), encoding="utf-8")
    (tmp_path / "intersections.geojson").unlink()
    city = load(tmp_path)
    assert len(city.roads.node_id) == 25 and city.intersections == ()


def test_the_digest_tells_any_change(tmp_path: Path, grid_city: City) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(grid_city.directory, folder)
    assert digest(folder) == grid_city.digest
    toml = folder / "city.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("Gridville", "Gridvile"), encoding="utf-8")
    assert digest(folder) != grid_city.digest


def test_load_refuses_what_check_finds(tmp_path: Path) -> None:
    draft = grid_draft()
    draft.devices.append(draft.devices[0])
    write(draft, tmp_path)
    faults = check(tmp_path)
    with pytest.raises(CityError) as refused:
        load(tmp_path)
    assert refused.value.faults == faults and len(faults) == 1
    assert "devices/d01" in str(refused.value)
