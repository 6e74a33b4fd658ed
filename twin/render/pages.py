"""What the console can say by itself of a thing on the map, until the server's own page has come."""

from __future__ import annotations

import math
from typing import Literal

from twin.city.kinds import DeviceKind
from twin.core.text import Name, Text
from twin.core.views import Card, Facts, Moment, Section, Table
from twin.core.words import Doubt, Freshness, LightState, Provenance, StationType
from twin.render.motion import Movers
from twin.render.stage import Selection
from twin.render.things import reading
from twin.render.world import World

FRESHNESS: dict[Freshness, Text] = {
    Freshness.FRESH: Text("fresh"),
    Freshness.STALE: Text("stale: older than its kind allows"),
    Freshness.SILENT: Text("silent: said to be gone"),
    Freshness.UNKNOWN: Text("age unknown"),
}
STATIONS: dict[StationType, Text] = {
    StationType.UNKNOWN: Text("Vehicle"),
    StationType.PEDESTRIAN: Text("Pedestrian"),
    StationType.CYCLIST: Text("Cyclist"),
    StationType.MOPED: Text("Moped"),
    StationType.MOTORCYCLE: Text("Motorcycle"),
    StationType.CAR: Text("Car"),
    StationType.BUS: Text("Bus"),
    StationType.LIGHT_TRUCK: Text("Light truck"),
    StationType.HEAVY_TRUCK: Text("Heavy truck"),
    StationType.TRAILER: Text("Truck with trailer"),
    StationType.SPECIAL: Text("Municipal vehicle"),
    StationType.TRAM: Text("Tram"),
    StationType.ROADSIDE_UNIT: Text("Roadside unit"),
}
LIGHTS: dict[LightState, Text] = {
    LightState.UNAVAILABLE: Text("unknown"),
    LightState.DARK: Text("dark"),
    LightState.STOP_THEN_PROCEED: Text("stop, then proceed"),
    LightState.RED: Text("red"),
    LightState.PRE_MOVEMENT: Text("red and amber"),
    LightState.PERMISSIVE_GREEN: Text("green, give way"),
    LightState.GREEN: Text("green"),
    LightState.PERMISSIVE_CLEARANCE: Text("amber"),
    LightState.CLEARANCE: Text("amber"),
    LightState.CAUTION: Text("flashing amber"),
}
DOUBTS: dict[Doubt, Text] = {
    Doubt.JUMP: Text("changed faster than it plausibly can"),
    Doubt.SKEWED: Text("its clock is off"),
    Doubt.BATTERY: Text("battery nearly empty"),
}


NO_SOURCE = -1
"""Provenance of what comes from the city's own map and from no source that could be live or simulated."""
KINDS: dict[str, Literal["unit", "resident", "vehicle"]] = {
    "unit": "unit",
    "resident": "resident",
    "vehicle": "vehicle",
}
PLACES: dict[str, Text] = {
    "service_hall": Text("service hall"),
    "hospital": Text("hospital"),
    "school": Text("school"),
    "university": Text("university"),
    "metro": Text("metro station"),
    "bus_station": Text("bus station"),
    "market": Text("market"),
    "mall": Text("mall"),
    "park": Text("park"),
    "underpass": Text("underpass"),
    "bridge": Text("bridge"),
    "site": Text("construction site"),
    "square": Text("square"),
    "library": Text("library"),
    "depot": Text("depot"),
    "subdistrict_office": Text("subdistrict service office"),
}


def own_page(
    world: World, kinds: dict[str, DeviceKind], selection: Selection, movers: Movers | None, city_ms: int
) -> Card | None:
    """A card made of what was told; None when there is nothing to say."""
    if selection.kind == "device":
        return _device(world, kinds, selection.id)
    if selection.kind == "intersection":
        return _intersection(world, selection.id)
    if selection.kind == "place":
        return _place(world, selection.id)
    if selection.kind in KINDS and movers is not None and selection.id.lstrip("-").isdigit():
        return _mover(world, selection, movers, city_ms)
    return None


def _device(world: World, kinds: dict[str, DeviceKind], id: str) -> Card | None:
    row = next((index for index, device in enumerate(world.city.devices) if device.id == id), -1)
    if row < 0:
        return None
    device, told = world.city.devices[row], world.devices
    kind = kinds.get(device.kind)
    value = float(told.value[row])
    fresh = Freshness(int(told.freshness[row]))
    observed = int(told.observed_ms[row])
    rows: list[tuple[Text | Name, Text | Name | str | float]] = []
    if kind is not None and math.isfinite(value):
        rows.append((Text("Reading"), reading(value, kind.quantities[0].unit)))
    rows.append((Text("Freshness"), FRESHNESS[fresh]))
    doubts = [DOUBTS[doubt] for doubt in DOUBTS if int(told.doubt[row]) & doubt]
    rows.extend((Text("Doubt"), doubt) for doubt in doubts)
    rows.append((Text("Gateway"), device.gateway))
    sections: list[Section] = [Facts(title=Text("Now"), rows=tuple(rows))]
    if observed >= 0:
        sections.append(Table(title=Text("Last heard"), columns=(Text("Observed"),), rows=((Moment(observed),),)))
    return Card(
        kind="device",
        id=id,
        rev=0,
        title=kind.name if kind else Text("Device"),
        subtitle=Name(id, id),
        state=FRESHNESS[fresh] if fresh != Freshness.FRESH else None,
        severity=int(told.alarm[row]),
        icon=kind.icon if kind else "device",
        provenance=int(told.provenance[row]),
        sections=tuple(sections),
    )


def _intersection(world: World, id: str) -> Card | None:
    index = next((at for at, lit in enumerate(world.city.intersections) if lit.id == id), -1)
    if index < 0:
        return None
    board, roads = world.lights, world.city.roads
    rows = []
    for group in world.city.intersections[index].groups:
        row = next(
            (
                at
                for at in range(len(board.state))
                if board.intersection[at] == index and board.group[at] == group.number
            ),
            -1,
        )
        names = sorted(
            {roads.name[edge] for edge in group.edges if roads.name[edge] is not None}, key=lambda n: n.en if n else ""
        )
        street: Text | Name | str = names[0] if names and names[0] is not None else "–"
        fresh = row >= 0 and board.freshness[row] == Freshness.FRESH
        state = LIGHTS[LightState(int(board.state[row]))] if fresh else FRESHNESS[Freshness(int(board.freshness[row]))]
        rows.append((group.number, street, state))
    table = Table(title=Text("Light groups"), columns=(Text("Group"), Text("From"), Text("Light")), rows=tuple(rows))
    return Card(
        kind="intersection",
        id=id,
        rev=0,
        title=Text("Traffic lights"),
        subtitle=Name(id, id),
        icon="traffic_light",
        sections=(table,),
        provenance=int(Provenance.SIMULATED),
    )


def _place(world: World, id: str) -> Card | None:
    place = next((one for one in world.city.places if one.id == id), None)
    if place is None:
        return None
    devices = sum(1 for device in world.city.devices if device.place == id)
    facts = Facts(title=Text("Place"), rows=((Text("Devices here"), f"{devices}"),))
    return Card(
        kind="device",
        id=id,
        rev=0,
        title=place.name,
        subtitle=PLACES.get(place.kind),
        icon=place.kind,
        sections=(facts,),
        provenance=NO_SOURCE,
    )


def _mover(world: World, selection: Selection, movers: Movers, city_ms: int) -> Card | None:
    row = movers.row(int(selection.id))
    if row < 0:
        return None
    station = StationType(int(movers.kind[row]))
    department = int(movers.department[row])
    unit = 0 <= department < len(world.departments)
    frame = world.motion.frame
    observed = int(frame.observed_ms[row]) if frame is not None else -1
    fresh = Freshness(int(movers.freshness[row]))
    speed = float(movers.speed_mps[row])
    rows: list[tuple[Text | Name, Text | Name | str | float]] = [
        (Text("Speed"), f"{speed * 3.6:.0f} km/h" if math.isfinite(speed) else "–"),
        (Text("Heading"), f"{movers.heading_deg[row] % 360:.0f}°"),
        (Text("Freshness"), FRESHNESS[fresh]),
    ]
    street = _street(world, row)
    if street is not None:
        rows.insert(0, (Text("On"), street))
    sections: list[Section] = [Facts(title=Text("Now"), rows=tuple(rows))]
    if observed >= 0:
        sections.append(Table(title=Text("Last heard"), columns=(Text("Observed"),), rows=((Moment(observed),),)))
    kind = KINDS[selection.kind]
    icon = "crew" if unit else {"resident": "person"}.get(kind, "bus" if station == StationType.BUS else "traffic")
    return Card(
        kind=kind,
        id=selection.id,
        rev=0,
        title=world.departments[department].name if unit else STATIONS[station],
        subtitle=STATIONS[station] if unit else None,
        icon=icon,
        provenance=int(movers.provenance[row]),
        department=world.departments[department].name if unit else None,
        sections=tuple(sections),
        state=FRESHNESS[fresh] if fresh != Freshness.FRESH else None,
    )


def _street(world: World, row: int) -> Name | None:
    frame = world.motion.frame
    if frame is None or row >= len(frame.edge) or int(frame.edge[row]) < 0:
        return None
    return world.city.roads.name[int(frame.edge[row])]
