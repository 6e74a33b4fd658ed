"""What is not the same between two runs, said so that a person can look for the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from services.facts.records import Checkpoint, Entry
from twin.link.recording import BatchRecord, CommandRecord, Record

_SHOWN = 200  # characters of a value


@dataclass(frozen=True, slots=True)
class Difference:
    """The first one: ``field`` of a fact or of a desk's state, or a fact too many or too few. ``expected`` is the
    journal's or the checkpoint's; ``sequence`` 0 where it is no journalled fact."""

    turn: int
    record: str
    sequence: int
    desk: str
    field: str
    expected: str
    found: str


def described(record: Record) -> str:
    """What kind of input a turn had, in a few words."""
    match record:
        case BatchRecord():
            return f"batch of {len(record.messages)}"
        case CommandRecord():
            return "command"
        case _:
            return "tick"


def compare(record: Record, wanted: Sequence[Entry], found: Sequence[Entry]) -> Difference | None:
    """A turn's journalled facts and what the same input led to now."""
    what = described(record)
    for expected, actual in zip(wanted, found, strict=False):
        if expected.desk == actual.desk and expected.body == actual.body and expected.city_ms == actual.city_ms:
            continue
        path, left, right = first_difference(_plain(expected), _plain(actual)) or ("", None, None)
        return Difference(record.turn, what, expected.sequence, expected.desk, path, _text(left), _text(right))
    if len(wanted) > len(found):
        missing = wanted[len(found)]
        return Difference(record.turn, what, missing.sequence, missing.desk, "fact", _text(_plain(missing)), "nothing")
    if len(found) > len(wanted):
        extra = found[len(wanted)]
        return Difference(record.turn, what, 0, extra.desk, "fact", "nothing", _text(_plain(extra)))
    return None


def unrecorded(entry: Entry) -> Difference:
    """The journal has a turn that the recording does not."""
    return Difference(entry.turn, "none", entry.sequence, entry.desk, "record", _text(_plain(entry)), "nothing")


def compare_state(
    turn: int, digests: dict[str, str], found: Checkpoint, kept: Checkpoint | None, leaving_out: frozenset[str]
) -> Difference | None:
    """A segment's digests and the state that the replay came to; ``kept`` is the checkpoint while it is readable."""
    actual = found.digests()
    for name, digest in digests.items():
        if name in leaving_out or actual.get(name) == digest:
            continue
        path, left, right = "state", digest, actual.get(name, "no such desk")
        if kept is not None and name in found.parts:
            inner = first_difference(_state(kept.parts[name]), _state(found.parts[name]))
            if inner is not None:
                path, left, right = inner
        return Difference(turn, "checkpoint", 0, name, path, _text(left), _text(right))
    return None


def first_difference(left: Any, right: Any, path: str = "") -> tuple[str, Any, Any] | None:
    """Path and values of the first place where two plain values (JSON or MessagePack) differ."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in dict.fromkeys([*left, *right]):
            if key not in left or key not in right:
                return f"{path}.{key}", left.get(key, "nothing"), right.get(key, "nothing")
            inner = first_difference(left[key], right[key], f"{path}.{key}")
            if inner is not None:
                return inner
        return None
    if isinstance(left, list) and isinstance(right, list):
        for index, (one, other) in enumerate(zip(left, right, strict=False)):
            inner = first_difference(one, other, f"{path}[{index}]")
            if inner is not None:
                return inner
        if len(left) != len(right):
            return f"{path}.length", len(left), len(right)
        return None
    return None if left == right and type(left) is type(right) else (path or "value", left, right)


def _plain(entry: Entry) -> dict[str, Any]:
    return {"desk": entry.desk, "city_ms": entry.city_ms, "fact": msgspec.json.decode(entry.body)}


def _state(part: bytes) -> Any:
    try:
        return msgspec.msgpack.decode(part)
    except msgspec.DecodeError:
        return part


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
