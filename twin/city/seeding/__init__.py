"""Rules that make a working city of a bare one (roads, buildings, areas, places): ``seed_city`` fills what is missing.

Generated and imported cities use the same rules. A layer that already has features is left as it is, except that depots
are added for departments that have too few, and fire lanes, gauged river banks and offices where there are none.
"""

from __future__ import annotations

from collections.abc import Callable

from twin.city.catalogue import Catalogue
from twin.city.draft import Draft
from twin.city.seeding.cells import lay_cells
from twin.city.seeding.components import lay_components
from twin.city.seeding.depots import lay_depots
from twin.city.seeding.keepclear import lay_fire_lanes, lay_river_banks
from twin.city.seeding.lights import lay_lights
from twin.city.seeding.lines import lay_bus_lines
from twin.city.seeding.offices import lay_offices
from twin.city.seeding.sensors import lay_devices
from twin.core.text import Text

__all__ = ["lay_bus_lines", "lay_cells", "lay_components", "lay_depots", "lay_devices", "lay_lights", "seed_city"]


def seed_city(
    draft: Draft, seed: int, catalogue: Catalogue, progress: Callable[[float, Text], None] | None = None
) -> None:
    """Fill cells, zones, depots, traffic lights, bus lines, components, fire lanes, banks, offices, devices, in this
    order."""
    tell = progress or (lambda share, what: None)
    tell(0.0, Text("Laying grid cells"))
    if not draft.cells:
        lay_cells(draft)
    tell(0.3, Text("Opening depots"))
    lay_depots(draft, catalogue)
    tell(0.4, Text("Setting up traffic lights"))
    if not draft.intersections:
        lay_lights(draft)
    tell(0.5, Text("Planning bus lines"))
    if not draft.bus_lines:
        lay_bus_lines(draft)
    tell(0.6, Text("Counting components"))
    if not draft.components:
        lay_components(draft, seed)
    for kind, lay in (
        ("fire_lane", lay_fire_lanes),
        ("river_bank", lay_river_banks),
        ("subdistrict_office", lay_offices),
    ):
        if not any(row.properties.kind == kind for row in draft.places):
            lay(draft)
    tell(0.8, Text("Installing devices"))
    if not draft.devices:
        lay_devices(draft, seed)
    tell(1.0, Text("Installing devices"))
