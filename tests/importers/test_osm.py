"""A real place, and a small hand-made one, become working cities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from twin.city.check import check
from twin.city.importers.extent import ImportingError, dense_box
from twin.city.importers.osm import import_osm
from twin.city.load import load
from twin.city.model import City
from twin.city.paths import Paths
from twin.core.words import Mode, RoadClass

HELSINKI = Path(__file__).parents[3] / "shared/data/geometry/Helsinki.osm.pbf"


def imported(path: Path, out: Path) -> City:
    import_osm(path, out)
    assert check(out) == ()
    return load(out)


def named(city: City, name: str) -> list[int]:
    return [edge for edge, given in enumerate(city.roads.name) if given is not None and given.en == name]


def everywhere_to_everywhere(city: City) -> bool:
    roads = city.roads
    cars = np.nonzero(roads.modes & int(Mode.CAR))[0]
    times = roads.length_m / roads.speed_mps
    paths = Paths(roads)
    return all(np.isfinite(paths.times_to(int(edge), times)[cars]).all() for edge in cars[:: max(1, len(cars) // 6)])


def test_a_small_place_becomes_a_city(city: City) -> None:
    assert (city.meta.name.en, city.meta.name.zh, city.meta.id) == ("Smalltown", "小城", "smalltown")
    assert city.meta.attribution == "© OpenStreetMap contributors, ODbL"
    west, south, east, north = city.extent
    assert 650 < east - west < 800  # the road that goes 40 km away is cut at the border
    assert 600 < north - south < 750
    assert everywhere_to_everywhere(city)
    assert not named(city, "Nowhere")
    assert len(city.devices) > 100
    assert len({device.kind for device in city.devices}) >= 12


def test_streets_keep_what_is_mapped(city: City) -> None:
    roads = city.roads
    north = named(city, "North 0")
    assert {RoadClass(int(roads.road_class[edge])) for edge in north} == {RoadClass.SECONDARY}
    assert roads.speed_mps[north] == pytest.approx(30 * 0.44704, rel=0.01)
    assert {(int(roads.lanes[e]), int(roads.lanes[roads.reverse[e]])) for e in north} == {(2, 1), (1, 2)}
    ring = named(city, "Ring")
    assert {int(roads.reverse[edge]) for edge in ring} == {-1}
    east = roads.node_xy[roads.end[ring], 0] > roads.node_xy[roads.start[ring], 0]
    assert east.any()
    assert not east.all()  # one carriageway each way, the second mapped against its direction
    names = {name.zh for name in roads.name if name is not None}
    assert "东400街" in names
    path = named(city, "Garden Path")
    assert path
    assert {int(roads.modes[edge]) for edge in path} == {int(Mode.FOOT)}


def test_a_dual_carriageways_junction_is_one_node_with_one_set_of_lights(city: City) -> None:
    assert len(city.intersections) == 2  # four signals each were mapped at the two inner crossings
    cars = np.nonzero(city.roads.modes & int(Mode.CAR))[0]
    assert city.roads.length_m[cars].min() > 12.0
    for intersection in city.intersections:
        governed = {edge for group in intersection.groups for edge in group.edges}
        assert governed == set(cars[city.roads.end[cars] == intersection.node].tolist())


def test_places_and_buildings(city: City) -> None:
    (hospital,) = city.of_kind("hospital")
    assert (hospital.name.en, hospital.shape is not None) == ("St. Luke", False)
    assert [p.name.en for p in city.of_kind("park")] == ["The Green"]
    assert [p.name.en for p in city.of_kind("underpass")] == ["Low Street Underpass"]
    assert [p.name.en for p in city.of_kind("bridge")] == ["High Street Bridge"]
    (hall,) = city.of_kind("service_hall")
    assert hall.name.en == "Government Service Centre (assumed)"
    assert city.of_kind("depot")
    uses = dict(zip(city.buildings.use, city.buildings.shape, strict=True))
    assert uses["hospital"].interiors  # the multipolygon's court
    heights = city.buildings.height_m[np.array(city.buildings.use) == "residential"]
    assert len(heights) >= 18
    assert set(np.round(heights / 3.3).astype(int).tolist()) <= {3, 4, 5, 6}
    assert any(area.kind == "water" for area in city.areas)


def test_the_same_file_gives_the_same_city(place: Path, city: City, tmp_path: Path) -> None:
    assert imported(place, tmp_path / "again").digest == city.digest


def test_a_few_far_points_do_not_move_the_border() -> None:
    rng = np.random.default_rng(1)
    longitude = np.concatenate((rng.uniform(24.90, 24.95, 2000), [25.9, 26.4, 20.0]))
    latitude = np.concatenate((rng.uniform(60.15, 60.19, 2000), [61.0, 62.0, 55.0]))
    west, south, east, north = dense_box(longitude, latitude)
    assert (west, east) == pytest.approx((24.90, 24.95), abs=0.002)
    assert (south, north) == pytest.approx((60.15, 60.19), abs=0.002)


def test_a_file_without_streets_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.osm"
    empty.write_text('<?xml version="1.0"?><osm version="0.6"><node id="1" version="1" lat="1" lon="1"/></osm>')
    with pytest.raises(ImportingError, match="streets"):
        import_osm(empty, tmp_path / "city")
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"no map")
    with pytest.raises(ImportingError, match="broken"):
        import_osm(broken, tmp_path / "city")


@pytest.mark.skipif(not HELSINKI.is_file(), reason="the shared data is not beside the repository")
def test_helsinki_imports_whole(tmp_path: Path) -> None:
    city = imported(HELSINKI, tmp_path / "helsinki")
    west, south, east, north = city.extent
    assert (east - west, north - south) == pytest.approx((1012, 1666), abs=20)
    assert everywhere_to_everywhere(city)
    cars = city.roads.modes & int(Mode.CAR) > 0
    lane_m = float((city.roads.length_m * city.roads.lanes)[cars].sum())
    assert lane_m / 300 > 60  # room for 300 vehicles, each with 60 m of lane
    assert len(city.devices) >= 600
    assert len({device.kind for device in city.devices}) >= 12
    assert len(city.intersections) >= 30
    assert len(city.buildings.id) > 380
    assert city.buildings.use.count("residential") >= 100
    for kind in ("underpass", "service_hall", "hospital", "school", "market", "park", "metro", "depot", "bridge"):
        assert city.of_kind(kind), kind
    assert any(area.kind == "water" and area.shape.area > 50_000 for area in city.areas)  # type: ignore[attr-defined]  # shapely
    assert (city.meta.name.en, city.meta.name.zh) == ("Helsinki", "赫尔辛基")
