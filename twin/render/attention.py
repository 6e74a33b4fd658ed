"""The unattended camera: it goes to what matters most, says why, and yields to the viewer at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from twin.core.text import Text
from twin.core.views import Mark

STAY_S = 9.0
"""At least so long at one mark, so that the map can be read."""
MOST_S = 40.0
"""No longer at one mark while another waits."""
REST_S = 6.0
"""With nothing to see, the whole city after so long."""
CLOSE_PX_PER_M = {"incident": 1.7, "errand": 2.4, "closure": 1.5}


@dataclass(frozen=True, slots=True)
class Look:
    """Where the camera should go: the mark, or the whole city when it is None."""

    mark: Mark | None
    px_per_m: float = 0.0
    caption: Text | None = None


@dataclass(slots=True)
class Attention:
    """Chooses a mark. ``on`` stays with one a while; a mark not yet visited beats one already seen."""

    on: str = ""
    since_s: float = 0.0
    _seen_s: dict[str, float] | None = None

    def choose(self, marks: Iterable[Mark], now_s: float) -> Look | None:
        """A new look, or None to stay. Deterministic: gravest attention, then least recently seen, then id."""
        wanting = [mark for mark in marks if mark.attention > 0 and mark.kind != "unplaced"]
        seen = self._seen_s = self._seen_s or {}
        here = next((mark for mark in wanting if mark.id == self.on), None)
        stayed = now_s - self.since_s
        if here is not None and (stayed < STAY_S or len(wanting) == 1):
            return None
        if not wanting:
            if self.on and stayed >= REST_S:
                self.on, self.since_s = "", now_s
                return Look(None)
            return None
        best = min(wanting, key=lambda mark: (-self._weight(mark, now_s), seen.get(mark.id, -1.0), mark.id))
        if here is not None and (best.id == here.id or (best.attention <= here.attention and stayed < MOST_S)):
            return None
        self.on, self.since_s = best.id, now_s
        seen[best.id] = now_s
        return Look(best, CLOSE_PX_PER_M.get(best.kind, 2.0), best.caption)

    def _weight(self, mark: Mark, now_s: float) -> float:
        """Attention, less for what was looked at within the last minutes."""
        last = (self._seen_s or {}).get(mark.id)
        if last is None:
            return mark.attention
        return mark.attention * min(1.0, 0.4 + (now_s - last) / 300.0)

    def yield_to_viewer(self) -> None:
        """The viewer moved the map: nothing is being looked at."""
        self.on = ""
