"""``run.py city import``: which importer a file needs, and its progress."""

from __future__ import annotations

from pathlib import Path

from twin.city.importers.cityjson import import_cityjson
from twin.city.importers.extent import ImportingError
from twin.city.importers.finish import Progress
from twin.city.importers.geojson import import_geojson
from twin.city.importers.osm import import_osm


def import_city(file: Path, out: Path, into: Path | None = None, progress: Progress | None = None) -> None:
    """Make a city of ``file`` in the folder ``out``. ``into`` is for CityJSON alone. Raises :class:`ImportingError`."""
    name = file.name.lower()
    if not file.is_file():
        raise ImportingError(f"{file} is not there")
    if name.endswith((".city.json", ".cityjson")) or (name.endswith(".json") and _is_cityjson(file)):
        import_cityjson(file, out, into, progress=progress)
        return
    if into is not None:
        raise ImportingError("--into is for CityJSON, whose buildings need a city to stand in")
    if name.endswith((".geojson", ".json")):
        import_geojson(file, out, progress=progress)
    elif name.endswith((".osm", ".osm.pbf", ".pbf", ".osm.bz2", ".osm.gz")):
        import_osm(file, out, progress=progress)
    else:
        raise ImportingError(f"{file}: give an .osm.pbf, .osm, .geojson or .city.json file")


def _is_cityjson(file: Path) -> bool:
    with file.open("rb") as opened:
        return b'"CityJSON"' in opened.read(4096) or b'"CityObjects"' in file.read_bytes()
