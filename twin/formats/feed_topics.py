"""One ``[[topics]]`` entry, compiled: a topic's captures and payload become measurements or vehicle messages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twin.core.text import Text
from twin.formats.cam import Cam, decode_cam
from twin.formats.denm import Denm, decode_denm
from twin.formats.feed_file import Target, Topic, Value, Vehicle
from twin.formats.jsonpath import JsonPath
from twin.formats.measurement import Measurement
from twin.formats.plain import Clock, Place, number, parse
from twin.formats.refusal import Reason, Refused
from twin.formats.senml import decode_senml
from twin.formats.sensorthings import Observation, decode_observations
from twin.formats.spatem import Spatem, decode_spatem
from twin.formats.template import Pattern, render
from twin.formats.topics import parse_v2x
from twin.formats.units import convert

Decoded = Measurement | Cam | Denm | Spatem
_NAME_FROM_END = Pattern("{rest}:{device}:{quantity}", topic=False)
_NAME = Pattern("{device}:{quantity}", topic=False)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A :class:`Value` with its path compiled."""

    spec: Value
    path: JsonPath

    def read(self, document: Any) -> float:
        value = number(self.path.get(document), self.path.text, self.spec.words)
        return value * self.spec.scale + self.spec.offset


@dataclass(frozen=True, slots=True)
class Entry:
    """A compiled topic. ``pattern`` reads captures; ``quantities`` are the values of a plain payload."""

    spec: Topic
    pattern: Pattern
    name: Pattern | None
    quantities: tuple[Quantity, ...]
    clock: Clock
    place: Place | None

    def decode(self, topic: str, captures: dict[str, str], payload: bytes, received_ms: int) -> tuple[Decoded, ...]:
        """Raises :class:`Refused`."""
        if self.spec.format == "its":
            return decode_its(topic, payload)
        if self.spec.format == "senml":
            return self._senml(captures, payload, received_ms)
        if self.spec.format == "sensorthings":
            found = decode_observations(topic, payload)
            return tuple(self._observed(captures, observation, received_ms) for observation in found)
        document = parse(payload)
        if self.spec.vehicle is not None:
            return (self._vehicle(self.spec.vehicle, captures, document, received_ms),)
        return tuple(self._plain(quantity, captures, document, received_ms) for quantity in self.quantities)

    def _target(self, captures: Mapping[str, str], template: str) -> Target:
        """The device (and what else is known of it) for the id that a message gives."""
        foreign = render(template, captures)
        known = self.spec.devices.get(foreign)
        if known is None:
            if self.spec.devices:
                cure = Text("add {id} under `devices`, or leave it out of the feed's topics", {"id": foreign})
                raise Refused(Reason.UNKNOWN_DEVICE, f"no device is mapped to {foreign!r}", cure)
            return Target(device=foreign)
        return known if isinstance(known, Target) else Target(device=known)

    def _renamed(self, quantity: str) -> str:
        return self.spec.quantities.get(quantity, quantity)

    def _plain(self, quantity: Quantity, captures: Mapping[str, str], document: Any, received_ms: int) -> Measurement:
        target = self._target(captures, self.spec.device)
        latitude, longitude = self.place.of(document) if self.place is not None else (math.nan, math.nan)
        return Measurement(
            device=target.device,
            quantity=target.quantity or self._renamed(render(quantity.spec.quantity, captures)),
            value=quantity.read(document),
            unit=target.unit or quantity.spec.unit,
            time_ms=self.clock.of(document, received_ms),
            latitude=latitude,
            longitude=longitude,
        )

    def _vehicle(self, vehicle: Vehicle, captures: Mapping[str, str], document: Any, received_ms: int) -> Cam:
        if self.place is None:
            raise Refused(Reason.MALFORMED, "a vehicle without a position")
        latitude, longitude = self.place.of(document)
        speed = heading = math.nan
        if vehicle.speed:
            speed = convert(number(JsonPath(vehicle.speed).get(document), vehicle.speed, {}), vehicle.speed_unit, "m/s")
        if vehicle.heading:
            heading = number(JsonPath(vehicle.heading).get(document), vehicle.heading, {}) % 360.0
        return Cam(
            source=render(vehicle.id, captures),
            station_id=0,
            station_type=vehicle.station_type,
            latitude=latitude,
            longitude=longitude,
            time_ms=self.clock.of(document, received_ms),
            heading_deg=heading,
            speed_mps=speed,
        )

    def _senml(self, captures: dict[str, str], payload: bytes, received_ms: int) -> tuple[Measurement, ...]:
        found: list[Measurement] = []
        for reading in decode_senml(payload, received_ms):
            if reading.value is None:
                continue  # texts, flags and sums are no quantity of a device
            named = captures | self._named(reading.name)
            target = self._target(named, self.spec.device or "{device}")
            scaled = reading.value * self.spec.scale + self.spec.offset
            found.append(
                Measurement(
                    device=target.device,
                    quantity=target.quantity or self._renamed(render(self.spec.quantity or "{quantity}", named)),
                    value=scaled,
                    unit=target.unit or self.spec.unit or reading.unit,
                    time_ms=received_ms if self.spec.time == "received" else reading.time_ms,
                )
            )
        if not found:
            raise Refused(Reason.MALFORMED, "senml: no numeric value", Text("the pack holds no number at all"))
        return tuple(found)

    def _named(self, name: str) -> dict[str, str]:
        if self.name is not None:
            captures = self.name.read(name)
            if captures is None:
                cure = Text("the record is named {name}; write `name` so that it fits", {"name": name})
                raise Refused(Reason.MALFORMED, f"senml: name {name!r} does not fit", cure)
            return captures
        guess = _NAME_FROM_END.read(name) or _NAME.read(name)
        if guess is not None and "{device}" not in self.spec.topic:
            return {"device": guess["device"], "quantity": guess["quantity"]}
        quantity = name.rsplit(":", 1)[-1].rsplit("/", 1)[-1]
        if "{device}" in self.spec.topic or "{device}" not in (self.spec.device or "{device}"):
            return {"quantity": quantity}
        cure = Text(
            "the record {name} names no device; set `device`, or capture it in `topic` or `name`", {"name": name}
        )
        raise Refused(Reason.UNKNOWN_DEVICE, f"senml: no device in {name!r}", cure)

    def _observed(self, captures: dict[str, str], observation: Observation, received_ms: int) -> Measurement:
        named = captures | {"datastream": observation.datastream}
        target = self._target(named, self.spec.device or "{datastream}")
        if observation.value is None:
            cure = Text(
                "the Observation's result is {value}, no number", {"value": bytes(observation.result)[:40].decode()}
            )
            raise Refused(Reason.MALFORMED, "observation: no number", cure)
        quantity = target.quantity or self._renamed(render(self.spec.quantity, named))
        if not quantity:
            cure = Text("give Datastream {id} a quantity under `devices`", {"id": observation.datastream})
            raise Refused(Reason.UNKNOWN_DEVICE, "observation: no quantity", cure)
        return Measurement(
            device=target.device,
            quantity=quantity,
            value=observation.value * self.spec.scale + self.spec.offset,
            unit=target.unit or self.spec.unit,
            time_ms=received_ms if self.spec.time == "received" else observation.time_ms,
        )


def decode_its(topic: str, payload: bytes) -> tuple[Decoded, ...]:
    """A V2X message by its topic word, its sender checked against the topic. Raises :class:`Refused`."""
    parsed = parse_v2x(topic)
    found: tuple[Cam | Denm | Spatem, ...]
    if parsed.word == "cam":
        found = (decode_cam(payload),)
    elif parsed.word == "denm":
        found = (decode_denm(payload),)
    elif parsed.word == "spat":
        found = decode_spatem(payload)
    else:
        raise Refused(Reason.UNSUPPORTED, f"{parsed.word} messages are heard but not used")
    if found[0].source != parsed.source:
        cure = Text("source_uuid and the topic's uuid must be the same")
        raise Refused(Reason.WRONG_TOPIC, f"{found[0].source!r} speaks as {parsed.source!r}", cure)
    return found
