"""All checks of a draft, subject by subject."""

from __future__ import annotations

from collections import Counter
from zoneinfo import ZoneInfo, available_timezones

from twin.city.catalogue import Catalogue
from twin.city.check_ground import check_areas, check_buildings, check_cells, check_zones
from twin.city.check_roads import check_intersections, check_lines, check_roads
from twin.city.check_things import check_components, check_devices, check_places
from twin.city.draft import Draft, edge_names
from twin.city.faults import Fault
from twin.city.layers import LAYERS


def check_draft(draft: Draft, catalogue: Catalogue) -> tuple[Fault, ...]:
    """Every fault, in the order of ``city.toml`` and the layers."""
    edges = {name for row in draft.roads for name in edge_names(row)}
    return (
        *check_meta(draft, catalogue),
        *check_ids(draft),
        *check_roads(draft),
        *check_intersections(draft, edges),
        *check_buildings(draft),
        *check_areas(draft),
        *check_zones(draft),
        *check_cells(draft),
        *check_places(draft, catalogue, edges),
        *check_components(draft, catalogue),
        *check_devices(draft, catalogue, edges),
        *check_lines(draft, edges),
    )


def check_ids(draft: Draft) -> list[Fault]:
    """No id twice in a layer, none empty."""
    faults = []
    for layer in LAYERS:
        for id, count in Counter(row.id for row in draft.rows(layer.name)).items():
            if count > 1:
                faults.append(Fault(layer.name, id, f"the id is used {count} times", "give every feature its own id"))
            if not id or "/" in id:
                faults.append(Fault(layer.name, id, "the id is empty or has a slash", "use letters, digits, - and _"))
    return faults


def check_meta(draft: Draft, catalogue: Catalogue) -> list[Fault]:
    """``city.toml``: codes nest, references exist."""
    meta = draft.meta
    faults = []

    def fault(feature: str, problem: str, cure: str) -> None:
        faults.append(Fault("city", feature, problem, cure))

    if not (-85.0 <= meta.latitude <= 85.0 and -180.0 <= meta.longitude <= 180.0):
        fault("latitude", "the origin is not on the map", "give degrees between -85 and 85, -180 and 180")
    if meta.bounds and not (meta.bounds[0] < meta.bounds[2] and meta.bounds[1] < meta.bounds[3]):
        fault("bounds", "the bounds are empty", "give west, south, east, north in degrees")
    if not _is_time_zone(meta.time_zone):
        fault("time_zone", f"there is no time zone {meta.time_zone!r}", "use a name such as Asia/Shanghai")
    districts = {district.id: district for district in meta.districts}
    if not districts or not meta.subdistricts:
        fault("districts", "a district or subdistrict is missing", "give at least one of each")
    for part in meta.parts:
        wanted = 6 if part.id in districts else 9
        if not (part.code.isdigit() and len(part.code) == wanted):
            fault(part.id, f"code {part.code!r} is not {wanted} digits", "6 digits name a district, 9 a subdistrict")
    for part in meta.subdistricts:
        if part.district not in districts:
            fault(part.id, f"there is no district {part.district!r}", "name a district of this file")
        elif not part.code.startswith(districts[part.district].code):
            fault(part.id, "its code does not begin with its district's", "put the district's 6 digits first")
    for department, served in meta.jurisdictions.items():
        if department not in catalogue.departments:
            fault(department, "there is no such department", "use an id of config/departments.toml")
        for district in served:
            if district not in districts:
                fault(department, f"there is no district {district!r}", "name districts of this file")
    return faults + [
        Fault("city", id, "the id is used twice", "give each part its own id")
        for id, count in Counter(part.id for part in meta.parts).items()
        if count > 1
    ]


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return not available_timezones()  # a machine without time zone data knows none
    return True
