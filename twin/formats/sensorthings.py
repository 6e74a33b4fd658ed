"""OGC SensorThings Observations as they come over MQTT: any version, since the topic itself begins with it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from twin.formats.refusal import UNDECODABLE, Reason, Refused, refused_by

_TOPIC = re.compile(
    r"(?:(?P<prefix>.+)/)?v(?P<version>\d+(?:\.\d+)*)/(?:Datastreams\((?P<id>'(?:[^']|'')*'|[^()']+)\)/)?Observations\Z"
)
_LINK = re.compile(r"Datastreams\((?P<id>'(?:[^']|'')*'|[^()']+)\)")

NO_TIME_MS = -1


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """One result. ``datastream`` is its id without quotes; ``time_ms`` the end of its phenomenon time (Unix ms),
    ``since_ms`` the beginning where it is an interval; both -1 if unsaid. A result that is not a number has NaN-free
    ``value`` None and its JSON in ``result``."""

    datastream: str
    value: float | None
    result: msgspec.Raw
    time_ms: int = NO_TIME_MS
    since_ms: int = NO_TIME_MS
    result_ms: int = NO_TIME_MS
    quality: str = ""


class Subscription(msgspec.Struct, frozen=True):
    """What a SensorThings topic says: prefix before the version (may be empty), version, Datastream id or ""."""

    prefix: str
    version: str
    datastream: str


class _Entity(msgspec.Struct, rename={"iot_id": "@iot.id"}):
    id: Any = None
    iot_id: Any = None


class _Wire(
    msgspec.Struct,
    rename={
        "phenomenon_time": "phenomenonTime",
        "result_time": "resultTime",
        "result_quality": "resultQuality",
        "datastream": "Datastream",
        "datastream_link": "Datastream@iot.navigationLink",
    },
):
    result: msgspec.Raw
    phenomenon_time: str | None = None
    result_time: str | None = None
    result_quality: Any = None
    datastream: _Entity | None = None
    datastream_link: str | None = None


class _Array(msgspec.Struct, rename={"data": "dataArray", "datastream": "Datastream"}):
    datastream: _Entity
    components: list[str]
    data: list[list[Any]]


_observation = msgspec.json.Decoder(_Wire)
_arrays = msgspec.json.Decoder(list[_Array])
_number = msgspec.json.Decoder(float)


def parse_topic(topic: str) -> Subscription:
    """Version and Datastream of ``…/v<version>/[Datastreams(<id>)/]Observations``. Raises :class:`Refused`."""
    match = _TOPIC.match(topic)
    if match is None:
        raise Refused(Reason.WRONG_TOPIC, f"not a SensorThings Observations topic: {topic}")
    return Subscription(match["prefix"] or "", match["version"], _unquoted(match["id"] or ""))


def _unquoted(id: str) -> str:
    return id[1:-1].replace("''", "'") if id.startswith("'") else id


def moment_ms(text: str) -> int:
    """Unix ms of an ISO 8601 instant; one without an offset is taken as UTC. Raises :class:`Refused`."""
    given = text.strip()
    if re.search(r"[+-]\d\d:?\d\dZ\Z", given):  # seen in the wild: an offset and a Z
        given = given[:-1]
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as fault:
        raise Refused(Reason.MALFORMED, f"not an ISO 8601 time: {text!r}") from fault
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return round(moment.timestamp() * 1000)
    except (OverflowError, ValueError) as fault:
        raise Refused(Reason.OUT_OF_RANGE, f"time {text!r}") from fault


def _interval(text: str | None) -> tuple[int, int]:
    """(begin, end) of an instant or interval; begin is -1 for an instant, both for none."""
    if not text:
        return NO_TIME_MS, NO_TIME_MS
    begin, slash, end = text.partition("/")
    if slash:
        return moment_ms(begin), moment_ms(end)
    return NO_TIME_MS, moment_ms(begin)


def _value(raw: msgspec.Raw) -> float | None:
    try:
        return _number.decode(raw)
    except UNDECODABLE:
        return None


def _text(quality: Any) -> str:
    if quality is None or isinstance(quality, str):
        return quality or ""
    return msgspec.json.encode(quality).decode()


def _entity_id(entity: _Entity | None) -> str:
    if entity is None:
        return ""
    id = entity.iot_id if entity.iot_id is not None else entity.id
    return "" if id is None else str(id)


def decode_observations(topic: str, payload: bytes) -> tuple[Observation, ...]:
    """The Observation of a message, or all of a ``dataArray``. The Datastream is the topic's, else the payload's own
    (``Datastream`` or its navigation link). Raises :class:`Refused`."""
    subscription = parse_topic(topic)
    try:
        if payload.lstrip()[:1] == b"[":
            return tuple(o for array in _arrays.decode(payload) for o in _rows(array, subscription.datastream))
        wire = _observation.decode(payload)
        link = _LINK.search(wire.datastream_link or "")
        own = _entity_id(wire.datastream) or (_unquoted(link["id"]) if link else "")
        since, at = _interval(wire.phenomenon_time)
        return (
            Observation(
                datastream=_owner(subscription.datastream or own),
                value=_value(wire.result),
                result=wire.result.copy(),
                time_ms=at,
                since_ms=since,
                result_ms=_interval(wire.result_time)[1],
                quality=_text(wire.result_quality),
            ),
        )
    except UNDECODABLE as fault:
        raise refused_by(fault, "observation") from fault


def _owner(datastream: str) -> str:
    if not datastream:
        raise Refused(Reason.WRONG_TOPIC, "observation: neither topic nor payload names its Datastream")
    return datastream


def _rows(array: _Array, of_topic: str) -> list[Observation]:
    datastream = _owner(of_topic or _entity_id(array.datastream))
    if "result" not in array.components:
        raise Refused(Reason.MALFORMED, "observation: dataArray without a result component")
    observations = []
    for row in array.data:
        if len(row) != len(array.components):
            raise Refused(Reason.MALFORMED, "observation: a dataArray row does not fit its components")
        cells = dict(zip(array.components, row, strict=True))
        time = cells.get("phenomenonTime")
        since, at = _interval(time if isinstance(time, str) else None)
        raw = msgspec.Raw(msgspec.json.encode(cells["result"]))
        observations.append(
            Observation(datastream=datastream, value=_value(raw), result=raw, time_ms=at, since_ms=since)
        )
    return observations
