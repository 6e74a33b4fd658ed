"""Plain payloads, ``{"temp": 21.3}`` or a bare ``21.3``: paths to numbers, times and places; a miss names its cure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from twin.core.text import Text
from twin.formats.crs import Crs, to_wgs84
from twin.formats.feed_file import TimeFormat, Where
from twin.formats.jsonpath import JsonPath
from twin.formats.refusal import UNDECODABLE, Reason, Refused
from twin.formats.sensorthings import moment_ms

_json = msgspec.json.Decoder(Any)
_MAX_MS = 253_402_300_799_000  # the end of the year 9999


def parse(payload: bytes) -> Any:
    """The payload's JSON value; what is no JSON counts as one bare text. Raises :class:`Refused` on other bytes."""
    try:
        return _json.decode(payload)
    except UNDECODABLE:
        pass
    try:
        text = payload.decode().strip()
    except UnicodeDecodeError as fault:
        cure = Text("the payload is neither JSON nor text; ask the sender for JSON, or for another format")
        raise Refused(Reason.MALFORMED, "not text", cure) from fault
    if not text or text[0] in "{[":
        raise Refused(Reason.MALFORMED, "broken JSON", Text("the payload is empty or cut-off JSON; look at the sender"))
    return text


def number(found: Any, path: str, words: Mapping[str, float]) -> float:
    """A number, a number written as text, a truth value or one of ``words``. Raises :class:`Refused`."""
    if isinstance(found, str) and found in words:
        return words[found]
    if isinstance(found, dict | list) or found is None:
        shown = msgspec.json.encode(found)[:60].decode(errors="replace")
        cure = Text(
            "at {path} stands {value}, no number; set `value` to the path of the number", {"path": path, "value": shown}
        )
        raise Refused(Reason.MALFORMED, f"no number at {path}", cure)
    try:
        value = float(found)
    except (ValueError, OverflowError) as fault:
        cure = Text(
            "at {path} stands the text {value}; if it is a word, give it a number in `words`",
            {"path": path, "value": str(found)[:40]},
        )
        raise Refused(Reason.MALFORMED, f"no number at {path}", cure) from fault
    if not math.isfinite(value):
        raise Refused(Reason.OUT_OF_RANGE, f"{found} at {path}", Text("the sender says that it has no value"))
    return value


def time_of(found: Any, path: str, written: TimeFormat) -> int:
    """Unix ms. Raises :class:`Refused`, guessing at the right ``time_format``."""
    if written == "iso":
        if isinstance(found, str):
            return moment_ms(found)
        cure = Text("at {path} stands a number; set `time_format` to s or ms", {"path": path})
        raise Refused(Reason.MALFORMED, f"no ISO 8601 time at {path}", cure)
    value = number(found, path, {}) * (1000 if written == "s" else 1)
    if not 0 <= value <= _MAX_MS:
        cure = Text(
            "the time {value} is no {format}; try another `time_format`", {"value": str(found), "format": written}
        )
        raise Refused(Reason.OUT_OF_RANGE, f"time at {path}", cure)
    return round(value)


class Clock:
    """Where a payload's own time stands; without one its time is the moment of receipt."""

    def __init__(self, path: JsonPath | None, written: TimeFormat) -> None:
        self._path = path
        self._written = written

    def of(self, document: Any, received_ms: int) -> int:
        if self._path is None:
            return received_ms
        return time_of(self._path.get(document), self._path.text, self._written)


class Place:
    """Where a payload's position stands, or a fixed one; always handed on in WGS 84."""

    def __init__(self, where: Where) -> None:
        self._crs: Crs = where.crs
        self._latitude = JsonPath(where.latitude) if isinstance(where.latitude, str) else where.latitude
        self._longitude = JsonPath(where.longitude) if isinstance(where.longitude, str) else where.longitude

    def of(self, document: Any) -> tuple[float, float]:
        """(latitude, longitude). Raises :class:`Refused`."""
        latitude = _degrees(self._latitude, document, 90.0)
        longitude = _degrees(self._longitude, document, 180.0)
        return to_wgs84(latitude, longitude, self._crs)


def _degrees(place: JsonPath | float, document: Any, limit: float) -> float:
    if not isinstance(place, JsonPath):
        return place
    value = number(place.get(document), place.text, {})
    if abs(value) > limit:
        cure = Text("{value} is no angle in degrees; are latitude and longitude exchanged?", {"value": value})
        raise Refused(Reason.OUT_OF_RANGE, f"position at {place.text}", cure)
    return value
