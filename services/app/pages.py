"""Pages that are made when somebody asks: devices, vehicles, units, residents, intersections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
import numpy as np

from services.app.composition import Twin
from services.engine.desk import Paged, Shows
from services.engine.done import Outcome
from twin.core.text import Name, Text
from twin.core.views import Card, Facts, Moment, Section, Table
from twin.core.words import Freshness, LightState, Provenance, RoadClass, StationType
from twin.state.beliefs import MoverBelief

FRESHNESS: Final[Mapping[int, Text]] = {
    Freshness.FRESH: Text("fresh"),
    Freshness.STALE: Text("stale"),
    Freshness.SILENT: Text("silent"),
    Freshness.UNKNOWN: Text("unknown"),
}
PROVENANCE: Final[Mapping[int, Text]] = {
    Provenance.LIVE: Text("live"),
    Provenance.SIMULATED: Text("simulated"),
    Provenance.REPLAYED: Text("replayed"),
    Provenance.EXERCISE: Text("exercise"),
}
MOVERS: Final[Mapping[int, Text]] = {
    StationType.PEDESTRIAN: Text("pedestrian"),
    StationType.CYCLIST: Text("cyclist"),
    StationType.CAR: Text("car"),
    StationType.BUS: Text("bus"),
    StationType.LIGHT_TRUCK: Text("truck"),
    StationType.HEAVY_TRUCK: Text("truck"),
    StationType.SPECIAL: Text("crew vehicle"),
    StationType.TRAM: Text("tram"),
}
LIGHTS: Final[Mapping[int, Text]] = {
    LightState.UNAVAILABLE: Text("unavailable"),
    LightState.DARK: Text("dark"),
    LightState.RED: Text("red"),
    LightState.PRE_MOVEMENT: Text("red and amber"),
    LightState.PERMISSIVE_GREEN: Text("green"),
    LightState.GREEN: Text("green"),
    LightState.PERMISSIVE_CLEARANCE: Text("amber"),
    LightState.CLEARANCE: Text("amber"),
    LightState.CAUTION: Text("flashing amber"),
}
ROADS: Final[Mapping[int, Text]] = {
    RoadClass.MOTORWAY: Text("motorway"),
    RoadClass.TRUNK: Text("trunk road"),
    RoadClass.PRIMARY: Text("primary road"),
    RoadClass.SECONDARY: Text("secondary road"),
    RoadClass.TERTIARY: Text("tertiary road"),
    RoadClass.RESIDENTIAL: Text("residential street"),
    RoadClass.SERVICE: Text("service road"),
}
_KMH: Final = 3.6
_LONGEST_NUMBER: Final = 19  # digits of a Frame id


class Pages:
    """Reads belief, city and roster; changes nothing."""

    def __init__(self, twin: Twin, life: Callable[[str, int], Card | None] = lambda _person, _city_ms: None) -> None:
        """``life`` makes the page of a resident's day."""
        self._twin = twin
        self._devices = {device.id: device for device in twin.world.city.devices}
        self._intersections = {item.id: index for index, item in enumerate(twin.world.city.intersections)}
        self._makers: dict[str, Callable[[str, int], Card | None]] = {
            "device": self._device,
            "vehicle": self._mover,
            "unit": self._mover,
            "resident": self._mover,
            "intersection": self._intersection,
            "life": life,
        }

    def page(self, kind: str, id: str, city_ms: int) -> Card | None:
        """None where there is nothing of that kind and id."""
        maker = self._makers.get(kind)
        made = maker(id, city_ms) if maker is not None else None
        if made is not None:
            return made
        pages = (desk.page(kind, id, city_ms) for desk in self._twin.desks if isinstance(desk, Paged))
        return next((page for page in pages if page is not None), None)

    def shown(self, outcome: Outcome, city_ms: int) -> Card | None:
        """What a command's giver is shown beside its outcome; never again for the same command."""
        if not outcome.accepted or outcome.again:
            return None
        shown = (desk.shown(outcome.events, city_ms) for desk in self._twin.desks if isinstance(desk, Shows))
        return next((card for card in shown if card is not None), None)

    def _device(self, id: str, city_ms: int) -> Card | None:
        device = self._devices.get(id)
        if device is None:
            return None
        belief = self._twin.senses.device(id)
        kind = self._twin.world.kinds[device.kind]
        rows = tuple(
            (
                Text(quantity.id), _number(reading.value), quantity.unit,
                Moment(reading.observed_ms) if reading.observed_ms >= 0 else Text("never heard"),
                FRESHNESS[reading.freshness], PROVENANCE[reading.provenance],
            )
            for quantity, reading in zip(kind.quantities, belief.readings, strict=True)
        )  # fmt: skip
        titles = ("quantity", "value", "unit", "observed", "freshness", "provenance")
        facts: list[tuple[Text | Name, Text | Name | str | float]] = [
            (Text("gateway"), Text("{gateway} is silent", {"gateway": belief.gateway}) if belief.gateway_silent
             else belief.gateway),
            (Text("battery"), "–" if belief.battery_percent is None else f"{belief.battery_percent:.0f} %"),
        ]  # fmt: skip
        if device.place:
            facts.append((Text("place"), self._twin.world.city.place(device.place).name))
        if device.component:
            facts.append((Text("component"), device.component))
        if belief.skewed_ms:
            facts.append((Text("clock off by"), f"{belief.skewed_ms / 1000:.0f} s"))
        facts += [(Text("signal"), condition) for condition in belief.conditions]
        sections: tuple[Section, ...] = (
            Table(title=Text("Readings"), columns=tuple(Text(title) for title in titles), rows=rows),
            Facts(title=Text("About it"), rows=tuple(facts)),
        )
        return Card(
            kind="device", id=id, rev=0, title=kind.name, subtitle=Name(id, id), state=FRESHNESS[belief.freshness],
            icon=kind.icon, sections=sections, provenance=belief.readings[0].provenance,
        )  # fmt: skip

    def _mover(self, id: str, city_ms: int) -> Card | None:
        senses, number = self._twin.senses, id.isascii() and id.isdigit() and len(id) <= _LONGEST_NUMBER
        mover = senses.mover(int(id)) if number else senses.unit_position(id)
        if mover is None:
            return None
        sort, _, who = mover.sender.partition(":")
        title, subtitle = self._who(sort, who, mover)
        rows: list[tuple[Text | Name, Text | Name | Moment | str | float]] = [
            (Text("speed"), "–" if np.isnan(mover.speed_mps) else f"{mover.speed_mps * _KMH:.0f} km/h"),
            (Text("heading"), "–" if np.isnan(mover.heading_deg) else f"{mover.heading_deg:.0f}°"),
            (Text("last heard"), Moment(mover.observed_ms)),
            (Text("provenance"), PROVENANCE[mover.provenance]),
        ]
        if mover.edge >= 0:
            name = self._twin.world.city.roads.name[mover.edge]
            kind = ROADS.get(int(self._twin.world.city.roads.road_class[mover.edge]), Text("road"))
            rows.append((Text("on"), name if name is not None else kind))
        card_kind = {"unit": "unit", "person": "resident"}.get(sort, "vehicle")
        return msgspec.convert(
            {
                "kind": card_kind, "id": id, "rev": 0, "title": title, "subtitle": subtitle,
                "state": FRESHNESS[mover.freshness], "provenance": mover.provenance,
                "icon": "person" if sort == "person" else "traffic",
                "pages": _day_and_data(who) if sort == "person" else (),
                "sections": (Facts(title=Text("What is believed"), rows=tuple(rows)),),
            },
            Card,
        )  # fmt: skip

    def _who(self, sort: str, who: str, mover: MoverBelief) -> tuple[Text | Name, Text | Name]:
        kind = MOVERS.get(mover.kind, Text("vehicle"))
        if sort == "unit":
            unit = self._twin.world.units[who]
            return unit.name, self._twin.world.department_names[unit.department]
        if sort == "person":
            return Text("A resident"), kind  # by name on their own pages alone, where the look is on record
        return kind, Name(who, who)

    def _intersection(self, id: str, city_ms: int) -> Card | None:
        index = self._intersections.get(id)
        if index is None:
            return None
        lights = self._twin.pictures.all_lights(city_ms, 0)
        mine = np.flatnonzero(lights.intersection == index)
        rows = tuple(
            (int(lights.group[row]), LIGHTS.get(int(lights.state[row]), Text("unknown")),
             FRESHNESS[int(lights.freshness[row])])
            for row in mine
        )  # fmt: skip
        table = Table(title=Text("Signal groups"), columns=(Text("group"), Text("state"), Text("freshness")), rows=rows)
        return Card(
            kind="intersection", id=id, rev=0, title=Text("Traffic lights"), subtitle=Name(id, id), icon="traffic",
            sections=(table,),
        )  # fmt: skip


def _day_and_data(who: str) -> tuple[tuple[str, str, Text], ...]:
    return ("life", who, Text("Their day")), ("resident", who, Text("Their data"))


def _number(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else round(value, 3)
