"""Why a message is refused: one closed list, counted by reason, and always with what a person can do about it."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from twin.core.errors import CivitwinError
from twin.core.text import Text


class Reason(StrEnum):
    """The reasons under which refusals are counted; the values are the keys of reports."""

    MALFORMED = "malformed"
    OUT_OF_RANGE = "out_of_range"
    OVERSIZE = "oversize"
    UNKNOWN_DEVICE = "unknown_device"
    OUTSIDE_CITY = "outside_city"
    DUPLICATE = "duplicate"
    LATE = "late"
    WRONG_TOPIC = "wrong_topic"
    UNSUPPORTED = "unsupported"
    NO_LEGAL_BASIS = "no_legal_basis"
    BAD_SIGNATURE = "bad_signature"
    TOO_MANY = "too_many"


class Refused(CivitwinError):  # noqa: N818 - "refused" is the word that reports and people use
    """A message, or one row of it, that is not taken in. ``detail`` names the field, ``cure`` what would help."""

    def __init__(self, reason: Reason, detail: str, cure: Text | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.cure = cure


_BOUNDED = ("<=", ">=", "length")

UNDECODABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""What msgspec raises on bytes that are not the JSON asked for: bad syntax, wrong shape, nesting without end."""


def refused_by(fault: BaseException, what: str) -> Refused:
    """The refusal for one of :data:`UNDECODABLE`: a value beyond its published range, or not the message at all."""
    text = str(fault) or type(fault).__name__
    if isinstance(fault, msgspec.ValidationError) and any(bound in text for bound in _BOUNDED):
        return Refused(Reason.OUT_OF_RANGE, f"{what}: {text}")
    return Refused(Reason.MALFORMED, f"{what}: {text}")
