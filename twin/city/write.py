"""Save a draft as a city's folder: ``city.toml`` and one GeoJSON file a layer."""

from __future__ import annotations

import json
from pathlib import Path

from twin.city import geojson
from twin.city.draft import Draft
from twin.city.layers import LAYERS
from twin.city.model import Meta
from twin.core.text import Name


def write(draft: Draft, directory: Path) -> None:
    """Write every layer, empty ones too; the same draft always gives the same bytes."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "city.toml").write_text(_toml(draft.meta), encoding="utf-8")
    for layer in LAYERS:
        data = geojson.encode(layer, draft.rows(layer.name), draft.frame)
        (directory / f"{layer.name}.geojson").write_bytes(data)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _name(name: Name) -> str:
    return f"{{ en = {_text(name.en)}, zh = {_text(name.zh)} }}"


def _toml(meta: Meta) -> str:
    lines = [
        f"id = {_text(meta.id)}",
        f"name = {_name(meta.name)}",
        *([f"description = {_name(meta.description)}"] if meta.description else []),
        f"latitude = {float(meta.latitude)!r}",
        f"longitude = {float(meta.longitude)!r}",
        *([f"bounds = [{', '.join(f'{side:.7f}' for side in meta.bounds)}]"] if meta.bounds else []),
        f"code = {_text(meta.code)}",
        f"time_zone = {_text(meta.time_zone)}",
        f"attribution = {_text(meta.attribution)}",
        f"licence = {_text(meta.licence)}",
        "",
        "[jurisdictions]",
        *(f"{key} = [{', '.join(map(_text, ids))}]" for key, ids in sorted(meta.jurisdictions.items())),
    ]
    for district in meta.districts:
        lines += ["", "[[districts]]", f"id = {_text(district.id)}", f"code = {_text(district.code)}"]
        lines += [f"name = {_name(district.name)}"]
    for part in meta.subdistricts:
        lines += ["", "[[subdistricts]]", f"id = {_text(part.id)}", f"code = {_text(part.code)}"]
        lines += [f"name = {_name(part.name)}", f"district = {_text(part.district)}"]
    return "\n".join(lines) + "\n"
