"""What the ETSI messages share: their time, their degrees, their sentinels, and a cheap look at an envelope."""

from __future__ import annotations

from bisect import bisect_right
from typing import Annotated, Literal

import msgspec

from twin.formats.refusal import UNDECODABLE, Reason, Refused, refused_by

ITS_EPOCH_MS = 1_072_915_200_000
"""2004-01-01T00:00:00Z in Unix ms."""

_LEAPS_MS = (1_136_073_600_000, 1_230_768_000_000, 1_341_100_800_000, 1_435_708_800_000, 1_483_228_800_000)
"""Moments since 2004 (Unix ms) from which ITS time, which counts TAI, is one more second ahead (IERS bulletin C)."""
_LEAPS_ITS_MS = tuple(leap - ITS_EPOCH_MS + 1000 * (count + 1) for count, leap in enumerate(_LEAPS_MS))

NO_LATITUDE = 900_000_001
NO_LONGITUDE = 1_800_000_001
NO_ALTITUDE = 800_001
NO_ANGLE = 3601
NO_SPEED = 16_383
NO_ACCELERATION = 161
NO_YAW_RATE = 32_767
NO_LENGTH = 1023
NO_WIDTH = 62
ITS_TIME_MAX = 4_398_046_511_103

TIMESTAMP_MIN = 1_514_764_800_000
"""2018-01-01, the published lower bound; smaller stamps are seconds or clocks never set. The published upper bound
(2028-01-01) is not kept: real messages outlive it."""

Timestamp = Annotated[int, msgspec.Meta(ge=TIMESTAMP_MIN, le=1 << 52)]
ItsTime = Annotated[int, msgspec.Meta(ge=0, le=ITS_TIME_MAX)]
StationId = Annotated[int, msgspec.Meta(ge=0, le=4_294_967_295)]
Octet = Annotated[int, msgspec.Meta(ge=0, le=255)]
Latitude = Annotated[int, msgspec.Meta(ge=-900_000_000, le=NO_LATITUDE)]
Longitude = Annotated[int, msgspec.Meta(ge=-1_800_000_000, le=NO_LONGITUDE)]
Altitude = Annotated[int, msgspec.Meta(ge=-100_000, le=NO_ALTITUDE)]
Origin = Literal["self", "global_application", "mec_application", "on_board_application"]


def its_of_unix_ms(unix_ms: int) -> int:
    """ITS time (TAI ms since 2004) of a moment in Unix ms."""
    return unix_ms - ITS_EPOCH_MS + 1000 * bisect_right(_LEAPS_MS, unix_ms)


def unix_of_its_ms(its_ms: int) -> int:
    """Unix ms of a moment in ITS time; within a leap second, the second before it is repeated."""
    return its_ms + ITS_EPOCH_MS - 1000 * bisect_right(_LEAPS_ITS_MS, its_ms)


def delta_time(unix_ms: int) -> int:
    """``generation_delta_time``: ITS time modulo 65,536."""
    return its_of_unix_ms(unix_ms) % 65_536


def placed(latitude: int, longitude: int, what: str) -> None:
    """Refuse a message whose position is unavailable: nothing here can use it."""
    if latitude == NO_LATITUDE or longitude == NO_LONGITUDE:
        raise Refused(Reason.OUT_OF_RANGE, f"{what}: position unavailable")


class Envelope(msgspec.Struct, gc=False):
    """The head of any message of the family, old (``type``) or new (``message_type``)."""

    source_uuid: str = ""
    timestamp: int = 0
    version: str = ""
    type: str = ""
    message_type: str = ""
    message_format: str = "json/raw"

    @property
    def kind(self) -> str:
        return self.message_type or self.type


_envelope = msgspec.json.Decoder(Envelope)


def peek(payload: bytes) -> Envelope:
    """The head alone; the rest is skipped without being built. Raises :class:`Refused` when it is no JSON object."""
    try:
        return _envelope.decode(payload)
    except UNDECODABLE as fault:
        raise refused_by(fault, "envelope") from fault


def expect(head: Envelope, kind: str, versions: tuple[str, ...]) -> None:
    """Refuse what is another message, another encoding or another version than those read here."""
    if head.kind != kind:
        raise Refused(Reason.MALFORMED, f"{kind}: message type is {head.kind!r}")
    if head.message_format != "json/raw":
        raise Refused(Reason.UNSUPPORTED, f"{kind}: message_format {head.message_format!r}")
    if head.version not in versions:
        raise Refused(Reason.UNSUPPORTED, f"{kind}: version {head.version!r}; read are {', '.join(versions)}")
