"""Read a city's folder: every fault in it is found, and a faulty one is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from twin.city import geojson
from twin.city.assemble import assemble
from twin.city.catalogue import Catalogue, load_catalogue
from twin.city.check_draft import check_draft
from twin.city.draft import Draft
from twin.city.faults import CityError, Fault
from twin.city.layers import LAYERS
from twin.city.model import City, Meta


def load(directory: Path, catalogue: Catalogue | None = None) -> City:
    """The city in a folder. Raises :class:`CityError` with everything that :func:`check` would name."""
    draft, faults = read(directory)
    if draft is not None:
        faults += check_draft(draft, catalogue or load_catalogue())
    if draft is None or faults:
        raise CityError(directory, tuple(faults))
    return assemble(draft, directory, digest(directory))


def check(directory: Path, catalogue: Catalogue | None = None) -> tuple[Fault, ...]:
    """Every fault of a folder; empty when it can be loaded."""
    draft, faults = read(directory)
    if draft is None:
        return tuple(faults)
    return (*faults, *check_draft(draft, catalogue or load_catalogue()))


def read(directory: Path) -> tuple[Draft | None, list[Fault]]:
    """The folder's rows, and what could not be read. No draft at all without a usable ``city.toml``."""
    try:
        meta = msgspec.toml.decode((directory / "city.toml").read_bytes(), type=Meta)
    except OSError as fault:
        return None, [Fault("city", "", str(fault), "every city has a city.toml; see docs/city-model.md")]
    except msgspec.DecodeError as fault:
        return None, [Fault("city", "", str(fault), "see docs/city-model.md for the keys of city.toml")]
    draft, faults = Draft(meta), []
    for layer in LAYERS:
        path = directory / f"{layer.name}.geojson"
        if not path.is_file():
            if layer.required:
                faults.append(Fault(layer.name, "", f"{path.name} is missing", "save this layer into the folder"))
            continue
        rows, wrong = geojson.decode(path.read_bytes(), layer, draft.frame)
        draft.rows(layer.name).extend(rows)
        faults += wrong
    return draft, faults


def digest(directory: Path) -> str:
    """SHA-256 over the names and bytes of ``city.toml`` and all layers."""
    whole = hashlib.sha256()
    for path in (directory / "city.toml", *(directory / f"{layer.name}.geojson" for layer in LAYERS)):
        if path.is_file():
            data = path.read_bytes()
            whole.update(f"{path.name} {len(data)}\n".encode())
            whole.update(data)
    return whole.hexdigest()
