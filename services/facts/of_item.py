"""What the events about one item of an errand have in common; no event by itself."""

from __future__ import annotations

from services.facts.base import Event


class OfItem(Event, frozen=True, kw_only=True):
    """``pseudonym`` and ``request`` are whom to tell about what, until ``tell_until_ms``."""

    errand: str
    person: str
    pseudonym: str
    request: str
    item: str
    tell_until_ms: int = 0
