"""Digital assets: what residents hold by the register or by a service, and how it passes from one to another.

An event names assets and people by their ids alone: an address or a plate is never in it.
"""

from __future__ import annotations

from typing import Literal

from services.facts.base import Event

AssetKind = Literal["home", "vehicle", "firm"]
OUTSIDE = "outside"
"""A holder who is not in the register."""


class AssetRegistered(Event, frozen=True, kw_only=True):
    """New, by a granted item; ``credential`` says what it is, to whoever may read it."""

    asset: str
    kind: AssetKind
    person: str
    holders: tuple[str, ...]
    errand: str
    credential: str


class AssetTransferred(Event, frozen=True, kw_only=True):
    """From all who held it (``before``) to those who hold it now; ``person`` applied for it."""

    asset: str
    kind: AssetKind
    person: str
    before: tuple[str, ...]
    holders: tuple[str, ...]
    errand: str
    credential: str


class AssetNotTransferred(Event, frozen=True, kw_only=True):
    """The item was granted, and nothing passed, for a reason: it had passed to another meanwhile."""

    kind: AssetKind
    person: str
    errand: str
    credential: str
