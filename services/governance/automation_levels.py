"""How much a scene's rules may do by themselves, who said so, and what came of its alarms."""

from __future__ import annotations

import msgspec

from services.facts.base import Actor
from services.facts.casework import AutomationLevel
from twin.core.text import Text

LEVELS: tuple[AutomationLevel, ...] = ("manual", "assisted", "automatic")
LEVEL_TEXT: dict[AutomationLevel, Text] = {
    "manual": Text("manual"),
    "assisted": Text("assisted"),
    "automatic": Text("automatic"),
}


class Setting(msgspec.Struct, frozen=True):
    """A level that somebody set, over the scene file's."""

    level: AutomationLevel
    actor: Actor
    since_ms: int
    why: str


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a scene's alarms. ``real`` were filed, ``false`` turned out to be nothing, ``verified`` were closed
    by readings or by a collector's look; a merged one is neither."""

    fired: int = 0
    real: int = 0
    false: int = 0
    verified: int = 0
    forced: int = 0

    @property
    def precision(self) -> float | None:
        """Of the alarms about which it is known, the share that was real."""
        known = self.real + self.false
        return self.real / known if known else None
