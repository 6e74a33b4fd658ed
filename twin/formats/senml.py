"""SenML JSON packs (RFC 8428, RFC 9100): base fields resolved, times made absolute, at most one value a record."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import msgspec

from twin.formats.refusal import UNDECODABLE, Reason, Refused, refused_by
from twin.formats.units import is_secondary

RELATIVE_BELOW_S = 1 << 28
"""A resolved time below this is relative to the moment of receipt."""

VERSION_SECONDARY = 26
"""10 and feature 4, secondary units: 10 + 2⁴."""
_VERSION_LIMIT = 31  # versions are sums of feature codes; those known here fill the five lowest bits
_MAX_TIME_S = 253_402_300_799.0  # the end of the year 9999

NO_TIME_MS = -1


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One resolved record. Exactly one of value, text and flag is given, or only a sum.

    ``name`` is base name and name joined; ``unit`` as sent ("" if unsaid); ``time_ms`` Unix ms, or -1 where the pack
    gives the record no time at all. ``data`` records carry their base64url text.
    """

    name: str
    unit: str
    value: float | None
    time_ms: int
    text: str | None = None
    flag: bool | None = None
    data: str | None = None
    sum: float | None = None


class _Record(msgspec.Struct, gc=False):
    n: str = ""
    u: str | None = None
    v: float | None = None
    t: float | None = None
    bn: str | None = None
    bt: float | None = None
    bu: str | None = None
    bv: float | None = None
    bs: float | None = None
    bver: Annotated[int, msgspec.Meta(ge=1)] | None = None
    s: float | None = None
    vs: str | None = None
    vb: bool | None = None
    vd: str | None = None
    ut: float | None = None


_pack = msgspec.json.Decoder(list[_Record])
_labels = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])


def decode_senml(payload: bytes, received_ms: int) -> list[Reading]:
    """All readings of a pack. ``received_ms`` anchors relative times. Raises :class:`Refused`.

    A record of base fields alone gives no reading; an unknown label is ignored unless it ends in ``_``.
    """
    try:
        records = _pack.decode(payload)
    except UNDECODABLE as fault:
        raise refused_by(fault, "senml") from fault
    if b'_"' in payload or b"\\u" in payload:
        _refuse_mandatory(payload)
    if not records:
        raise Refused(Reason.MALFORMED, "senml: an empty pack")
    readings: list[Reading] = []
    base_name = base_unit = ""
    base_time = base_value = base_sum = None
    now_ms = NO_TIME_MS  # of a record without a time of its own
    add = readings.append
    for record in records:
        if record.bn is not None:
            base_name = record.bn
        if record.bt is not None:
            base_time = record.bt
            now_ms = _time_ms(0.0, base_time, received_ms)
        if record.bver is not None and record.bver > _VERSION_LIMIT:
            raise Refused(Reason.UNSUPPORTED, f"senml: bver {record.bver} asks for unknown features")
        if record.bu is not None:
            base_unit = record.bu
        if record.bv is not None:
            base_value = record.bv
        if record.bs is not None:
            base_sum = record.bs
        value, total = record.v, record.s
        if value is None or base_value is not None or base_sum is not None:
            if _says_nothing(record):
                continue
            value, total = _with_bases(record, base_value, base_sum)
        if record.vs is not None or record.vb is not None or record.vd is not None:
            _one_value(record)
        name = base_name + record.n
        if not name:
            raise Refused(Reason.MALFORMED, "senml: a record without a name")
        unit = base_unit if record.u is None else record.u
        time_ms = now_ms if record.t is None else _time_ms(record.t, base_time, received_ms)
        add(Reading(name, unit, value, time_ms, record.vs, record.vb, record.vd, total))
    return readings


def _says_nothing(record: _Record) -> bool:
    """A record that only sets bases: no value, sum, name, unit or time of its own."""
    return (
        record.v is None
        and record.s is None
        and record.vs is None
        and record.vb is None
        and record.vd is None
        and not record.n
        and record.u is None
        and record.t is None
    )


def _with_bases(record: _Record, base_value: float | None, base_sum: float | None) -> tuple[float | None, float | None]:
    """Value and sum with their bases added; where only one of the two is given, the other counts as zero."""
    value, total = record.v, record.s
    textual = record.vs is not None or record.vb is not None or record.vd is not None
    if base_value is not None and not textual:
        value = base_value + (value or 0.0)
    if base_sum is not None:
        total = base_sum + (total or 0.0)
    if value is None and total is None and not textual:
        raise Refused(Reason.MALFORMED, "senml: a record without a value")
    return value, total


def _one_value(record: _Record) -> None:
    given = [label for label in ("v", "vs", "vb", "vd") if getattr(record, label) is not None]
    if len(given) > 1:
        raise Refused(Reason.MALFORMED, f"senml: a record with {' and '.join(given)}")


def _time_ms(time: float | None, base: float | None, received_ms: int) -> int:
    if time is None and base is None:
        return NO_TIME_MS
    seconds = (time or 0.0) + (base or 0.0)
    if seconds < RELATIVE_BELOW_S:
        seconds += received_ms / 1000
    if not 0 <= seconds <= _MAX_TIME_S:
        raise Refused(Reason.OUT_OF_RANGE, f"senml: time {seconds}")
    return round(seconds * 1000)


def _refuse_mandatory(payload: bytes) -> None:
    for record in _labels.decode(payload):
        for label in record:
            if label.endswith("_"):
                raise Refused(Reason.UNSUPPORTED, f"senml: label {label!r} must be understood")


def encode_senml(base_name: str, time_ms: int, records: Sequence[tuple[str, str, float]]) -> bytes:
    """A pack of (name, unit, value) at one time. Says ``bver`` 26 where a secondary unit is used."""
    if not records or any(not math.isfinite(value) for _, _, value in records):
        raise ValueError("a SenML pack needs at least one record, and finite values")
    head: dict[str, object] = {"bn": base_name, "bt": time_ms / 1000}
    if any(is_secondary(unit) for _, unit, _ in records):
        head["bver"] = VERSION_SECONDARY
    pack: list[dict[str, object]] = [{"n": name, "u": unit, "v": value} for name, unit, value in records]
    pack[0] = head | pack[0]
    return msgspec.json.encode(pack)
