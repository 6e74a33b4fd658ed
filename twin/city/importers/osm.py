"""A real place out of OpenStreetMap becomes a city: ``import_osm(path, out)``."""

from __future__ import annotations

from pathlib import Path

from twin.city.importers.compose import draft_of
from twin.city.importers.finish import Progress, finish, title_of
from twin.city.importers.osm_read import read_extract
from twin.core.text import Text


def import_osm(path: Path, out: Path, seed: int = 1, progress: Progress | None = None) -> None:
    """Read an ``.osm`` or ``.osm.pbf`` extract and write the city's folder. Raises
    :class:`twin.city.importers.extent.ImportingError` for one without streets."""
    tell = progress or (lambda share, what: None)
    extract = read_extract(path, lambda share: tell(0.3 * share, Text("Reading the map")))
    tell(0.3, Text("Joining streets"))
    finish(draft_of(extract, title_of(path)), out, seed, tell)
