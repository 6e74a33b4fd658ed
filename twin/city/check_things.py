"""Faults of places, components and devices."""

from __future__ import annotations

import numpy as np

from twin.city import layers
from twin.city.assemble import extent
from twin.city.catalogue import Catalogue
from twin.city.cover import holders
from twin.city.draft import Draft
from twin.city.faults import Fault

_ROUNDING_M = 0.1


def check_places(draft: Draft, catalogue: Catalogue, edges: set[str]) -> list[Fault]:
    """Known kinds with names; depots of a department; underpasses and bridges on the roads they carry."""
    roads = {row.id for row in draft.roads}
    faults = []
    for row in draft.places:
        spec = row.properties
        unknown = [ref for ref in spec.edges or () if ref not in roads and ref not in edges]
        carries = spec.kind in ("underpass", "bridge")
        rules = (
            (spec.kind not in layers.PLACE_KINDS, f"kind {spec.kind!r} is unknown",
             f"use one of {', '.join(layers.PLACE_KINDS)}"),
            (spec.name is None, "it has no name", "give name_en and name_zh"),
            (spec.kind == "depot" and not spec.department, "a depot of no department", "name its department"),
            (bool(spec.department) and spec.department not in catalogue.departments,
             f"there is no department {spec.department!r}", "use an id of config/departments.toml"),
            (bool(unknown), f"there is no road {unknown[0] if unknown else ''!r}", "name ids of roads"),
            (carries and not spec.edges, f"{spec.kind} without roads", "list the roads it carries in edges"),
            (not row.shape.is_valid, "its outline crosses itself", "redraw it"),
        )  # fmt: skip
        faults += [Fault("places", row.id, problem, cure) for wrong, problem, cure in rules if wrong]
    return faults


def check_components(draft: Draft, catalogue: Catalogue) -> list[Fault]:
    """Known component classes and owners, each in a grid cell."""
    points = np.array([row.shape for row in draft.components], dtype=object)
    cell = holders([row.shape for row in draft.cells], points) if draft.cells else np.full(len(points), -1)
    faults = []
    for row, index in zip(draft.components, cell.tolist(), strict=True):
        spec = row.properties
        known = catalogue.taxonomy.classes.get(spec.code)
        if known is None or known.kind != "component":
            cure = f"use a component's code of {catalogue.taxonomy.standard} (config/taxonomy)"
            faults.append(Fault("components", row.id, f"code {spec.code!r} is no component", cure))
        for department in dict.fromkeys((spec.owner, spec.maintainer or spec.owner)):
            if department not in catalogue.departments:
                cure = "use an id of config/departments.toml"
                faults.append(Fault("components", row.id, f"there is no department {department!r}", cure))
        if index < 0:
            faults.append(Fault("components", row.id, "it lies in no grid cell", "move it, or lay cells there"))
    return faults


def check_devices(draft: Draft, catalogue: Catalogue, edges: set[str]) -> list[Fault]:
    """Known kinds, inside the extent, referring to components, places and edges that exist."""
    if not draft.cells and draft.meta.bounds is None:
        return []  # no extent to check against; the missing cells are already a fault
    low_x, low_y, high_x, high_y = extent(draft)
    components = {row.id for row in draft.components}
    places = {row.id for row in draft.places}
    faults = []
    for row in draft.devices:
        spec = row.properties
        x, y = row.shape.coords[0][:2]
        inside = low_x - _ROUNDING_M <= x <= high_x + _ROUNDING_M and low_y - _ROUNDING_M <= y <= high_y + _ROUNDING_M
        rules = (
            (spec.kind not in catalogue.kinds, f"kind {spec.kind!r} is unknown", "use one of config/device_kinds.toml"),
            (not inside, "it lies outside the city's extent", "move it inside"),
            (not spec.gateway, "it has no gateway", "name the gateway that carries its messages"),
            (bool(spec.component) and spec.component not in components, f"there is no component {spec.component!r}",
             "name the id of a component"),
            (bool(spec.place) and spec.place not in places, f"there is no place {spec.place!r}", "name a place's id"),
            (bool(spec.edge) and spec.edge not in edges, f"there is no edge {spec.edge!r}",
             "name it as <road id>/forward or /backward"),
        )  # fmt: skip
        faults += [Fault("devices", row.id, problem, cure) for wrong, problem, cure in rules if wrong]
    return faults
