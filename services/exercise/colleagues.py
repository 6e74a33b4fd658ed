"""Automatic colleagues at every post that no person fills: they look, take one task each, and give a command."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.collaboration.roster import Roster
from services.exercise.memory import SPLIT, MemoryDesk
from services.exercise.settings import Settings
from services.exercise.work import Draft, Item, Seat, Source
from services.facts.base import Actor, Command

_LOOK_MS = 1_000

Staffed = Callable[[str, str], bool | None]
"""Whether somebody said that a colleague fills this post of this department; None: nobody said."""


class Colleagues:
    """Reads what a person at the post would see, and decides nothing itself: a command goes the way of a person's,
    is judged like it, and is on record as a colleague's.

    The queue of a post follows from what waits, and the moment at which its task is done from the seed: nothing is
    remembered but by ``memory``, which follows from the journal. What becomes graver interrupts; what was interrupted
    is begun anew.
    """

    def __init__(
        self, roster: Roster, settings: Settings, memory: MemoryDesk, sources: Sequence[Source], staffed: Staffed,
        seed: int, *, filled: bool = True,
    ) -> None:  # fmt: skip
        """``filled``: whether a post about which nobody said anything is filled by a colleague."""
        self._roster, self._settings, self._memory = roster, settings, memory
        self._sources, self._staffed, self._seed = tuple(sources), staffed, seed
        self.filled = filled
        self._looked = -1

    def act(self, city_ms: int) -> list[Command]:
        """The commands of those who are done with their tasks by now: at most one a colleague and one a case."""
        if city_ms // _LOOK_MS == self._looked:
            return []
        self._looked = city_ms // _LOOK_MS
        commands: list[Command] = []
        cases: set[str] = set()
        seats: set[str] = set()
        for item in self._in_hand(city_ms):
            if (item.case and item.case in cases) or item.seat.id in seats:
                continue
            command = self._done(item, city_ms)
            if command is not None:
                cases.add(item.case)
                seats.add(item.seat.id)
                commands.append(command)
        return commands

    def _in_hand(self, city_ms: int) -> list[Item]:
        """What each colleague has in hand, by seat, and then what others do for them meanwhile."""
        queues: dict[str, Item] = {}
        afield: list[Item] = []
        for source in self._sources:
            for item in source.waiting(city_ms):
                if not self._theirs(item, city_ms):
                    continue
                if self._afield(item):
                    afield.append(item)
                    continue
                head = queues.get(item.seat.id)
                if head is None or item.order < head.order:
                    queues[item.seat.id] = item
        return [*(queues[seat] for seat in sorted(queues)), *sorted(afield, key=lambda item: item.order)]

    def _afield(self, item: Item) -> bool:
        time = self._settings.time(item.seat.post, item.task)
        return time is not None and time.afield

    def _theirs(self, item: Item, city_ms: int) -> bool:
        """Whether a colleague does such a thing, fills this post, and is not to keep off."""
        if self._settings.time(item.seat.post, item.task) is None or self._memory.aside(item.key, city_ms):
            return False
        said = self._staffed(item.seat.post, item.seat.department)
        return (self.filled if said is None else said) and not self._memory.left_alone(item.case, city_ms)

    def _done(self, item: Item, city_ms: int) -> Command | None:
        time = self._settings.time(item.seat.post, item.task)
        actor = self.actor(item.seat, city_ms, item.holder)
        if time is None or actor is None:
            return None
        began_ms = item.since_ms if time.afield else max(item.since_ms, self._memory.free_ms(item.seat.id))
        if city_ms < began_ms + time.drawn_ms(self._seed, "colleagues", item.seat.id, item.key):
            return None
        slip = self._settings.slips(self._seed, item.seat.post, item.key)
        id = SPLIT.join((item.seat.id, item.key, str(city_ms)))
        return item.make(Draft(id, actor, city_ms, slip, self._settings.words))

    def actor(self, seat: Seat, city_ms: int, holder: str = "") -> Actor | None:
        """The colleague at a seat, for ``holder`` or the person on duty there; None where the post is vacant."""
        if not holder:
            person = self._roster.holder(seat.post, city_ms, seat.department, seat.area)  # type: ignore[arg-type]
            holder = "" if person is None else person.id
        return Actor("colleague", seat.id, seat.post, holder) if holder else None
