"""The unattended camera: it goes to what matters most, says why, and yields to the viewer at once."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from twin.core.text import Text
from twin.core.views import Mark

STAY_S = 9.0
"""At least so long at one mark, so that the map can be read."""
MOST_S = 20.0
"""No longer at one mark while another waits."""
GLANCE_S = 4.0
"""At least so long before the camera leaves for a closing."""
CLOSING_S = 12.0
"""So long at a case that was just closed: what proves it must be read."""
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
    """Chooses a mark. ``on`` stays with one a while; a mark not yet visited beats one already seen, and the closing of
    one that was visited is gone back to."""

    on: str = ""
    since_s: float = 0.0
    _seen_s: dict[str, float] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)  # closings that were shown
    _until_s: float = 0.0  # of the closing being shown

    def choose(self, marks: Iterable[Mark], now_s: float, ended: Container[str] = ()) -> Look | None:
        """A new look, or None to stay; ``ended`` are the marks of what is over.

        Deterministic: a closing first, then gravest attention, then least recently seen, then id.
        """
        wanting = [mark for mark in marks if mark.attention > 0 and mark.kind != "unplaced"]
        seen = self._seen_s
        stayed = now_s - self.since_s
        if now_s < self._until_s:
            return None
        closing = self._closing(wanting, ended)
        if closing is not None and (stayed >= GLANCE_S or closing.id == self.on):
            self._ended.add(closing.id)
            self._until_s = now_s + CLOSING_S
            return self._go(closing, now_s)
        wanting = [mark for mark in wanting if mark.id not in ended]
        here = next((mark for mark in wanting if mark.id == self.on), None)
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
        return self._go(best, now_s)

    def _closing(self, wanting: list[Mark], ended: Container[str]) -> Mark | None:
        """The gravest closing that was not shown yet of a mark that was looked at."""
        over = [mark for mark in wanting if mark.id in ended and mark.id in self._seen_s and mark.id not in self._ended]
        return min(over, key=lambda mark: (mark.severity or 9, mark.id)) if over else None

    def _go(self, mark: Mark, now_s: float) -> Look:
        self.on, self.since_s = mark.id, now_s
        self._seen_s[mark.id] = now_s
        return Look(mark, CLOSE_PX_PER_M.get(mark.kind, 2.0), mark.caption)

    def _weight(self, mark: Mark, now_s: float) -> float:
        """Attention, less for what was looked at within the last minutes."""
        last = self._seen_s.get(mark.id)
        if last is None:
            return mark.attention
        return mark.attention * min(1.0, 0.4 + (now_s - last) / 300.0)

    def yield_to_viewer(self) -> None:
        """The viewer moved the map: nothing is being looked at."""
        self.on, self._until_s = "", 0.0
