"""Live feeds, ``config/feeds/*.toml``: read, checked and compiled; an error names file and key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from twin.core.bus import matches
from twin.core.errors import ConfigError
from twin.core.text import Text
from twin.core.words import Provenance
from twin.formats.feed_file import FeedFile, Login, Target, Topic, Value
from twin.formats.feed_topics import Decoded, Entry, Quantity
from twin.formats.jsonpath import JsonPath, PathError
from twin.formats.plain import Clock, Place
from twin.formats.refusal import Reason, Refused
from twin.formats.template import Pattern, TemplateError, names_of
from twin.formats.topics import Queue
from twin.formats.units import UNITS

_QUEUES: Final[tuple[Queue, ...]] = ("inQueue", "outQueue", "interQueue")


@dataclass(frozen=True, slots=True)
class Feed:
    """One compiled feed file; ``name`` is the file's stem."""

    name: str
    path: Path
    provenance: Provenance
    delay_ms: int
    broker: Login | None
    entries: tuple[Entry, ...]

    @property
    def filters(self) -> tuple[tuple[str, int], ...]:
        """(MQTT topic filter, QoS) of every topic, without repetition."""
        wanted: dict[str, int] = {}
        for entry in self.entries:
            wanted[entry.pattern.filter] = max(entry.spec.qos, wanted.get(entry.pattern.filter, 0))
        return tuple(wanted.items())

    @property
    def v2x(self) -> tuple[tuple[str, Queue], ...]:
        """(namespace, queue) of the V2X topics that it hears, e.g. ("default", "outQueue")."""
        found: dict[tuple[str, Queue], None] = {}
        for entry in self.entries:
            if entry.spec.format == "its":
                head = entry.spec.topic.partition("/v2x")[0]
                namespace, _, queue = head.rpartition("/")
                found |= {(namespace, known): None for known in _QUEUES if queue in (known, "+")}
        return tuple(found)

    def hears(self, topic: str) -> bool:
        return any(entry.pattern.read(topic) is not None for entry in self.entries)

    def may_publish(self, topic: str) -> bool:
        """Whether the file grants ``publish = true`` for a topic."""
        return any(entry.spec.publish and matches(entry.pattern.filter, topic) for entry in self.entries)

    def decode(self, topic: str, payload: bytes, received_ms: int) -> tuple[Decoded, ...]:
        """What one message says. Raises :class:`Refused` with a cure where a person can do something about it."""
        found: list[Decoded] = []
        heard = False
        for entry in self.entries:
            captures = entry.pattern.read(topic)
            if captures is not None:
                heard = True
                found += entry.decode(topic, captures, payload, received_ms)
        if not heard:
            cure = Text("no `topic` of {feed} fits {topic}", {"feed": self.name, "topic": topic})
            raise Refused(Reason.WRONG_TOPIC, f"{self.name} does not hear {topic}", cure)
        return tuple(found)


def load_feeds(directory: Path) -> tuple[Feed, ...]:
    """All feeds of a folder by name; none for an empty or absent one. Raises :class:`ConfigError`."""
    return tuple(load_feed(path) for path in sorted(directory.glob("*.toml")))


def load_feed(path: Path) -> Feed:
    """One feed file. Raises :class:`ConfigError` naming file and key."""
    try:
        file = msgspec.toml.decode(path.read_bytes(), type=FeedFile)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    if not file.topics:
        raise ConfigError(f"{path}: topics", "a feed hears at least one topic")
    if file.declared_delay_s < 0:
        raise ConfigError(f"{path}: declared_delay_s", "a delay is not negative")
    entries = tuple(_compiled(topic, f"{path}: topics[{index}]") for index, topic in enumerate(file.topics))
    provenance = Provenance[file.provenance.upper()]
    return Feed(path.stem, path, provenance, round(file.declared_delay_s * 1000), file.broker, entries)


def _compiled(topic: Topic, where: str) -> Entry:
    try:
        pattern = Pattern(topic.topic)
        name = Pattern(topic.name, topic=False) if topic.name else None
        inside = f"{where}.values" if topic.values else where
        quantities = tuple(_quantity(value, inside) for value in _values(topic))
        place = Place(topic.position) if topic.position is not None else None
        clock = Clock(_time_path(topic, where), topic.time_format)
        if topic.vehicle is not None:
            _check_vehicle(topic, pattern, where)
        _check_captures(topic, pattern, name, where)
    except (TemplateError, PathError) as fault:
        raise ConfigError(where, str(fault)) from fault
    _check_format(topic, where)
    for target in topic.devices.values():
        if isinstance(target, Target):
            _check_unit(target.unit, f"{where}.devices")
    return Entry(topic, pattern, name, quantities, clock, place)


def _values(topic: Topic) -> tuple[Value, ...]:
    if topic.format != "plain" or topic.vehicle is not None:
        return ()
    if topic.values:
        return topic.values
    return (
        Value(
            quantity=topic.quantity,
            value=topic.value,
            unit=topic.unit,
            scale=topic.scale,
            offset=topic.offset,
            words=topic.words,
        ),
    )


def _quantity(value: Value, where: str) -> Quantity:
    if not value.quantity:
        raise ConfigError(f"{where}.quantity", "say which quantity of config/device_kinds.toml this is")
    _check_unit(value.unit, where)
    return Quantity(value, JsonPath(value.value))


def _check_unit(unit: str, where: str) -> None:
    if unit and unit not in UNITS:
        raise ConfigError(f"{where}.unit", f"unknown unit {unit!r}; SenML names are used: Cel, m, Pa, ug/m3, % …")


def _time_path(topic: Topic, where: str) -> JsonPath | None:
    if topic.format != "plain" or topic.time != "payload":
        if topic.time_path:
            raise ConfigError(f"{where}.time_path", 'a path to the time needs time = "payload" and a plain payload')
        return None
    if not topic.time_path:
        raise ConfigError(f"{where}.time_path", "say where in the payload the time stands, e.g. $.ts")
    return JsonPath(topic.time_path)


def _check_vehicle(topic: Topic, pattern: Pattern, where: str) -> None:
    vehicle = topic.vehicle
    if vehicle is None or topic.position is None or topic.format != "plain":
        raise ConfigError(f"{where}.vehicle", "a vehicle needs a position and a plain payload")
    for name in names_of(vehicle.id):
        if name not in pattern.names:
            raise ConfigError(f"{where}.vehicle.id", f"{{{name}}} is not captured by the topic")
    for path in filter(None, (vehicle.speed, vehicle.heading)):
        JsonPath(path)
    if UNITS.get(vehicle.speed_unit, UNITS["s"]).primary != "m/s":
        raise ConfigError(f"{where}.vehicle.speed_unit", f"{vehicle.speed_unit!r} is no unit of speed")


def _check_captures(topic: Topic, pattern: Pattern, name: Pattern | None, where: str) -> None:
    known = set(pattern.names) | set(name.names if name is not None else ())
    known |= {"senml": {"device", "quantity"}, "sensorthings": {"datastream"}}.get(topic.format, set())
    wanted = [("device", topic.device), ("quantity", topic.quantity), *(("values", v.quantity) for v in topic.values)]
    for key, template in wanted:
        for capture in names_of(template):
            if capture not in known:
                raise ConfigError(f"{where}.{key}", f"{{{capture}}} is not captured by the topic")


def _check_format(topic: Topic, where: str) -> None:
    if topic.format == "plain" and topic.vehicle is None and not topic.device:
        raise ConfigError(
            f"{where}.device", "say which device speaks here: an id, or a template such as {site}-{device}"
        )
    if topic.format == "its" and ("/v2x/" not in topic.topic or "{" in topic.topic):
        raise ConfigError(f"{where}.topic", "a V2X topic filter looks like default/outQueue/v2x/#")
    if topic.name and topic.format != "senml":
        raise ConfigError(f"{where}.name", "only SenML records have names")
    _check_unit(topic.unit, where)
