"""What SREM and SSEM share (ISO/TS 19091 as JSON): moments by minute of the year, intersections, ways in and out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec

UNKNOWN_MS = -1
"""The moment is not known."""

_NO_MINUTE = 527_040
_NO_SECOND = 65_535
_MINUTE_MS = 60_000

Minute = Annotated[int, msgspec.Meta(ge=0, le=_NO_MINUTE)]
Second = Annotated[int, msgspec.Meta(ge=0, le=_NO_SECOND)]
Number = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
Turn = Annotated[int, msgspec.Meta(ge=0, le=127)]


class Reference(msgspec.Struct, omit_defaults=True):
    id: Number
    region: Number = 0


class Access(msgspec.Struct):
    """A way into or out of a junction. ``connection`` is the signal group that governs it here; no MAPEM describes
    lanes or approaches, so these are 0."""

    lane: Annotated[int, msgspec.Meta(ge=0, le=255)]
    approach: Annotated[int, msgspec.Meta(ge=0, le=15)]
    connection: Annotated[int, msgspec.Meta(ge=0, le=255)]


def minute_of(moment_ms: int) -> int:
    """Whole minutes since the beginning of the UTC year."""
    year = datetime.fromtimestamp(moment_ms / 1000, UTC).year
    return (moment_ms - _begin_ms(year)) // _MINUTE_MS


def second_of(moment_ms: int) -> int:
    """Milliseconds within the minute (``d_second``)."""
    return moment_ms % _MINUTE_MS


def moment(minute: int | None, second: int | None, near_ms: int) -> int:
    """Unix ms of a minute of the year and ms within it, in the year that brings it nearest to ``near_ms``."""
    if minute is None or minute == _NO_MINUTE:
        return UNKNOWN_MS
    inside = minute * _MINUTE_MS + (min(second, 60_999) if second is not None and second != _NO_SECOND else 0)
    year = datetime.fromtimestamp(near_ms / 1000, UTC).year
    return min((_begin_ms(y) + inside for y in (year - 1, year, year + 1)), key=lambda at: abs(at - near_ms))


def _begin_ms(year: int) -> int:
    return round(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1000
