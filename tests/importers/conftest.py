"""A hand-made place: two streets by two, one of them a dual carriageway, with what an importer meets in real files."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin.city.check import check
from twin.city.importers.osm import import_osm
from twin.city.load import load
from twin.city.model import City

LATITUDE, LONGITUDE = 48.0, 11.0
M_LATITUDE, M_LONGITUDE = 1 / 111_190.0, 1 / 74_640.0  # degrees in a metre here, nearly


class Sketch:
    """Writes OSM XML from metres east and north of a corner."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[float, float], int] = {}
        self._lines: list[str] = []
        self._ways = 0

    def degrees(self, x: float, y: float) -> tuple[float, float]:
        return LONGITUDE + x * M_LONGITUDE, LATITUDE + y * M_LATITUDE

    def node(self, x: float, y: float, **tags: str) -> int:
        known = self._nodes.get((x, y))
        if known is not None and not tags:
            return known
        number = known or len(self._nodes) + 1
        self._nodes[x, y] = number
        longitude, latitude = self.degrees(x, y)
        head = f'<node id="{number}" version="1" lat="{latitude:.7f}" lon="{longitude:.7f}"'
        marks = "".join(f'<tag k="{key.replace("__", ":")}" v="{value}"/>' for key, value in tags.items())
        self._lines = [line for line in self._lines if not line.startswith(f'<node id="{number}" ')]
        self._lines.insert(0, f"{head}>{marks}</node>" if marks else f"{head}/>")
        return number

    def way(self, points: list[tuple[float, float] | int], **tags: str) -> int:
        """Points are metres; a bare number is a node that the file does not hold."""
        self._ways += 1
        refs = [point if isinstance(point, int) else self.node(*point) for point in points]
        body = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        body += "".join(f'<tag k="{key.replace("__", ":")}" v="{value}"/>' for key, value in tags.items())
        self._lines.append(f'<way id="{1000 + self._ways}" version="1">{body}</way>')
        return 1000 + self._ways

    def square(self, x: float, y: float, size: float, **tags: str) -> int:
        return self.way([(x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)], **tags)

    def relation(self, members: list[tuple[int, str]], **tags: str) -> None:
        body = "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in members)
        body += "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        self._lines.append(f'<relation id="{2000 + len(self._lines)}" version="1">{body}</relation>')

    def write(self, path: Path) -> None:
        order = ("<node", "<way", "<relation")
        lines = [line for kind in order for line in self._lines if line.startswith(kind)]
        path.write_text(
            f'<?xml version="1.0"?><osm version="0.6">{"".join(lines)}</osm>', encoding="utf-8", newline="\n"
        )


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sketch = Sketch()
    grid = (0.0, 200.0, 400.0, 600.0)
    for y in grid:
        if y != 200.0:
            sketch.way(
                [(x, y) for x in (0.0, 100.0, 200.0, 300.0, 400.0, 600.0)],
                highway="residential",
                name=f"East {y:.0f}",
                name__zh=f"东{y:.0f}街",
            )
    for x in grid:
        rows: list[tuple[float, float] | int] = [(x, 0.0), (x, 194.0), (x, 206.0), (x, 400.0), (x, 600.0)]
        sketch.way(rows, highway="secondary", name=f"North {x:.0f}", lanes="3", lanes__backward="1", maxspeed="30 mph")
    # a dual carriageway, 12 m apart, cut off by the extract on both sides
    sketch.way([999_001, *((x, 194.0) for x in grid)], highway="primary", name="Ring", oneway="yes", lanes="2")
    sketch.way([*((x, 206.0) for x in grid), 999_002], highway="primary", name="Ring", oneway="-1", lanes="2")
    sketch.way([(0.0, 400.0), (0.0, 500.0), (-40_000.0, 500.0)], highway="tertiary", name="Far Road")
    sketch.way([(300.0, 600.0), (300.0, 500.0), (300.0, 400.0)], highway="residential", tunnel="yes", name="Low Street")
    sketch.way(
        [(100.0, 400.0), (100.0, 500.0), (100.0, 600.0)], highway="residential", bridge="yes", name="High Street"
    )
    sketch.way([(480.0, 480.0), (520.0, 520.0)], highway="residential", name="Nowhere")  # joined to nothing
    sketch.way([(400.0, 0.0), (500.0, 100.0), (595.0, 5.0)], highway="footway", name="Garden Path")
    sketch.way([(50.0, 0.0), (50.0, 60.0)], highway="service", service="driveway")
    for x in grid[1:3]:
        for y in (188.0, 212.0):
            sketch.node(x, y, highway="traffic_signals")
    for number in range(20):
        x, y = 20.0 + 35 * (number % 5), 230.0 + 35 * (number // 5)
        sketch.square(x, y, 20.0, building="apartments", building__levels=str(3 + number % 4))
    outer, inner = sketch.square(220.0, 20.0, 90.0), sketch.square(245.0, 45.0, 40.0)
    sketch.relation([(outer, "outer"), (inner, "inner")], type="multipolygon", building="hospital", name="St. Luke")
    sketch.square(420.0, 420.0, 60.0, leisure="park", name="Green", name__en="The Green")
    sketch.square(450.0, 20.0, 60.0, natural="water")
    sketch.node(250.0, 60.0, amenity="hospital", name="St. Luke")
    sketch.node(430.0, 230.0, amenity="school", name="School on the Hill")
    sketch.node(300.0, 300.0, place="town", name="Kleinstadt", name__en="Smalltown", name__zh="小城")
    path = tmp_path_factory.mktemp("map") / "kleinstadt.osm"
    sketch.write(path)
    return path


@pytest.fixture(scope="session")
def city(place: Path, tmp_path_factory: pytest.TempPathFactory) -> City:
    out = tmp_path_factory.mktemp("city")
    import_osm(place, out)
    assert check(out) == ()
    return load(out)
