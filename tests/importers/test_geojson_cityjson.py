"""Roads out of GeoJSON; buildings and surfaces out of CityJSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest

from services.app.import_city import import_city
from twin.city.check import check
from twin.city.importers.cityjson_read import read_cityjson
from twin.city.importers.extent import ImportingError
from twin.city.importers.geojson import import_geojson
from twin.city.load import load

DELFT = Path(__file__).parents[3] / "shared/data/geometry/delft.json"
TO_DEGREES = pyproj.Transformer.from_crs(28992, 4326, always_xy=True)
CORNER = (84_600.0, 447_410.0)


def roads(path: Path, **member: Any) -> Path:
    """A grid of streets in the Dutch grid's metres, over Delft."""
    features = []
    xs, ys = [CORNER[0] + 110 * i for i in range(6)], [CORNER[1] + 90 * j for j in range(5)]
    lines = [[(x, y) for x in xs] for y in ys] + [[(x, y) for y in ys] for x in xs]
    for number, line in enumerate(lines):
        spots = (
            [list(p) for p in line]
            if "crs" in member
            else [[round(c, 7) for c in TO_DEGREES.transform(*p)] for p in line]
        )
        properties = {"class": "residential", "name": f"Straat {number}", "lanes": 1, "speed_kmh": 30, "oneway": False}
        geometry = {"type": "LineString", "coordinates": spots}
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **member}))
    return path


def cube(x: float, y: float, size: float, height: float) -> tuple[list[list[int]], list[Any]]:
    """Vertices in centimetres and the six faces of a box, the ground first."""
    low = [[x, y, 0], [x + size, y, 0], [x + size, y + size, 0], [x, y + size, 0]]
    corners = low + [[a, b, height] for a, b, _ in low]
    sides = [[[i, (i + 1) % 4, (i + 1) % 4 + 4, i + 4]] for i in range(4)]
    return [[round(c * 100) for c in v] for v in corners], [[[3, 2, 1, 0]], [[4, 5, 6, 7]], *sides]


def cityjson(path: Path, **changes: Any) -> Path:
    vertices, faces = cube(200.0, 150.0, 20.0, 12.5)
    named = {
        "surfaces": [{"type": "GroundSurface"}, {"type": "RoofSurface"}],
        "values": [[0, 1, None, None, None, None]],
    }
    solid = {"type": "Solid", "lod": "2", "boundaries": [faces], "semantics": named}
    plain = {"type": "MultiSurface", "lod": "1", "boundaries": [[[i + 8 for i in ring] for ring in f] for f in faces]}
    more, _ = cube(300.0, 150.0, 30.0, 6.0)
    pond = [[round(c * 100) for c in v] for v in ((100.0, 100.0, 0), (140.0, 100.0, 0), (140.0, 130.0, 0))]
    file = {
        "type": "CityJSON",
        "version": "2.0",
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415"},
        "transform": {"scale": [0.01, 0.01, 0.01], "translate": [*CORNER, 0.0]},
        "vertices": vertices + more + pond,
        "CityObjects": {
            "a": {"type": "Building", "geometry": [solid]},
            "b": {"type": "Building", "geometry": [plain], "attributes": {"measuredHeight": 7.5}},
            "w": {"type": "WaterBody", "geometry": [{"type": "MultiSurface", "boundaries": [[[16, 17, 18]]]}]},
            "t": {"type": "SolitaryVegetationObject", "geometry": []},
        },
    }
    path.write_text(json.dumps(file | changes))
    return path


def test_geojson_roads_become_a_city(tmp_path: Path) -> None:
    import_geojson(roads(tmp_path / "delft.geojson", attribution="Kadaster"), tmp_path / "city")
    assert check(tmp_path / "city") == ()
    city = load(tmp_path / "city")
    assert city.meta.attribution == "Kadaster"
    assert len(city.roads) == 2 * (5 * 5 + 4 * 6)  # streets cross where they share a vertex
    assert city.of_kind("service_hall")
    assert city.of_kind("underpass")[0].name.en.endswith("(assumed)")


def test_an_older_geojson_names_its_reference_system(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}
    import_geojson(roads(tmp_path / "a.geojson", crs=crs), tmp_path / "a")
    import_geojson(roads(tmp_path / "b.geojson"), tmp_path / "b")
    one, other = load(tmp_path / "a"), load(tmp_path / "b")
    assert one.extent == pytest.approx(other.extent, abs=1.0)
    assert (one.meta.latitude, one.meta.longitude) == pytest.approx((52.0122, 4.3657), abs=1e-3)


def test_cityjson_gives_footprints_heights_and_surfaces(tmp_path: Path) -> None:
    found = {surface.id: surface for surface in read_cityjson(cityjson(tmp_path / "x.city.json"))}
    assert set(found) == {"a", "b", "w"}
    assert (found["a"].height_m, found["b"].height_m) == (12.5, 7.5)
    assert found["w"].kind == "water"
    x, y = TO_DEGREES.transform(CORNER[0] + 210, CORNER[1] + 160)
    assert found["a"].shape.centroid.coords[0] == pytest.approx((x, y), abs=1e-6)


def test_cityjson_dresses_a_city(tmp_path: Path) -> None:
    surfaces = cityjson(tmp_path / "x.city.json")
    import_city(surfaces, tmp_path / "city", roads(tmp_path / "roads.geojson"))
    assert check(tmp_path / "city") == ()
    city = load(tmp_path / "city")
    assert sorted(city.buildings.height_m.tolist()) == [7.5, 12.5]
    areas = sorted(shape.area for shape in city.buildings.shape)
    assert areas == pytest.approx([400.0, 900.0], rel=0.02)
    assert [area.kind for area in city.areas] == ["water"]
    import_city(surfaces, tmp_path / "again", tmp_path / "city")
    assert check(tmp_path / "again") == ()
    again = load(tmp_path / "again")
    assert len(again.buildings.id) == 2  # replaced, not doubled
    assert np.array_equal(again.roads.node_xy, city.roads.node_xy)


def test_cityjson_alone_elsewhere_or_of_another_kind_is_refused(tmp_path: Path) -> None:
    alone = cityjson(tmp_path / "x.city.json")
    with pytest.raises(ImportingError, match="--into"):
        import_city(alone, tmp_path / "city")
    far = cityjson(tmp_path / "far.city.json", transform={"scale": [1, 1, 1], "translate": [150_000.0, 500_000.0, 0]})
    with pytest.raises(ImportingError, match="nothing of it lies"):
        import_city(far, tmp_path / "city", roads(tmp_path / "roads.geojson"))
    for changes, said in (
        ({"version": "1.0"}, "1.0 is not read"),
        ({"metadata": {}}, "referenceSystem"),
        ({"metadata": {"referenceSystem": "EPSG:9999999"}}, "unknown reference system"),
        ({"type": "Feature"}, "not read"),
    ):
        with pytest.raises(ImportingError, match=said):
            read_cityjson(cityjson(tmp_path / "y.city.json", **changes))


def test_other_files_are_refused_by_name(tmp_path: Path) -> None:
    other = tmp_path / "city.shp"
    other.write_bytes(b"")
    with pytest.raises(ImportingError, match=r"\.osm\.pbf"):
        import_city(other, tmp_path / "city")
    with pytest.raises(ImportingError, match="not there"):
        import_city(tmp_path / "none.osm", tmp_path / "city")
    broken = tmp_path / "broken.geojson"
    broken.write_text('{"type": "Feature"}')
    with pytest.raises(ImportingError, match="FeatureCollection"):
        import_city(broken, tmp_path / "city")


@pytest.mark.skipif(not DELFT.is_file(), reason="the shared data is not beside the repository")
def test_delft_dresses_a_city_of_other_roads(tmp_path: Path) -> None:
    import_city(DELFT, tmp_path / "city", roads(tmp_path / "roads.geojson"))
    assert check(tmp_path / "city") == ()
    city = load(tmp_path / "city")
    assert len(city.buildings.id) >= 130
    assert 2.0 <= float(np.median(city.buildings.height_m)) <= 15.0
    kinds = {area.kind for area in city.areas}
    assert {"water", "park", "square"} <= kinds
    hall = city.of_kind("service_hall")[0]
    assert hall.shape is not None  # in a building, now that there are some
