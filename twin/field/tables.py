"""The shapes that tables of ``config/field/*.toml`` share."""

from __future__ import annotations

from typing import Literal

import msgspec

Tempo = Literal["real", "demo"]
Span = tuple[float, float]
Work = tuple[float, float, float]
ByTempo = dict[Tempo, float]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table whose unknown keys are mistakes."""
