"""One step: a record's body in, events out.

What a desk's bug can do is bounded here. ``decide`` is pure, so a desk that raises in it has damaged nothing: it has
decided nothing about that fact, :class:`DeskFailed` says so on the record, and all else goes on. A desk that raises
in ``apply`` may be half changed, and desks that answer each other without end would never let the turn finish: both
raise :class:`AbandonedError`, and the engine drops the turn and rebuilds the desks.
"""

from __future__ import annotations

import logging
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from services.engine.desk import Desk, Fact, Turn
from services.facts.base import Command, Event
from services.facts.engine import DeskFailed
from services.facts.records import Entry
from services.facts.registry import Registry

_log = logging.getLogger(__name__)


class AbandonedError(Exception):
    """The turn cannot be finished; ``desk`` raised ``fault`` about ``fact``, after ``dropped`` events."""

    def __init__(self, desk: str, fact: str, fault: str, dropped: int) -> None:
        super().__init__(f"{desk}: {fault} about {fact}")
        self.desk, self.fact, self.fault, self.dropped = desk, fact, fault, dropped


def place(fault: BaseException) -> str:
    """``module.py:line ErrorClass`` of the innermost frame: the same in every run, unlike the error's own words."""
    frames = traceback.extract_tb(fault.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno} " if frames else ""
    return f"{where}{type(fault).__name__}"


class Steps:
    """Runs desks over one record at a time. ``bound`` is the number of events past which a step is a fault."""

    def __init__(
        self, desks: Sequence[Desk], facts: Registry, failed_before: Callable[[DeskFailed], bool], bound: int
    ) -> None:
        self._desks = tuple(desks)
        self._facts = facts
        self._failed_before = failed_before
        self._bound = bound

    def run(self, body: Fact, turn: Turn, sequence: int) -> list[Entry]:
        """Decide and apply until nothing follows; entries are numbered from ``sequence``."""
        cause = body.id if isinstance(body, Command) else f"turn/{turn.number}"
        return self._follow(deque([(body, cause)]), turn, sequence, [])

    def begin_with(self, event: Event, turn: Turn, sequence: int) -> list[Entry]:
        """An event of the engine's own, and what follows from it."""
        own = Entry(sequence, turn.number, turn.city_ms, "engine", event, self._facts.written(event))
        self.apply(event, turn)
        return self._follow(deque([(event, f"#{sequence}")]), turn, sequence, [own])

    def _follow(self, pending: deque[tuple[Fact, str]], turn: Turn, sequence: int, entries: list[Entry]) -> list[Entry]:
        while pending:
            fact, cause = pending.popleft()
            for desk in self._desks:
                for event, body in self._ask(desk, fact, cause, turn):
                    if len(entries) >= self._bound:
                        fault = f"more than {self._bound} events in one step"
                        _log.error("%s, the last by %s about %s", fault, desk.name, type(fact).__name__)
                        raise AbandonedError(desk.name, type(fact).__name__, fault, len(entries))
                    self.apply(event, turn, len(entries))
                    number = sequence + len(entries)
                    entries.append(Entry(number, turn.number, turn.city_ms, desk.name, event, body))
                    pending.append((event, f"#{number}"))
        return entries

    def _ask(self, desk: Desk, fact: Fact, cause: str, turn: Turn) -> Sequence[tuple[Event, bytes]]:
        """What the desk decides, proved to be writable; events without a cause get the fact that led to them."""
        try:
            decided = desk.decide(fact, turn)
            return [self._written(event, cause) for event in decided] if decided else ()
        except Exception as fault:  # noqa: BLE001 - the one place where a desk's bug in deciding is contained
            failure = self.failure(desk, fact, fault, cause, turn)
            return [(failure, self._facts.written(failure))] if failure else ()

    def failure(self, desk: Desk, fact: Fact, fault: Exception, cause: str, turn: Turn) -> DeskFailed | None:
        """What to put on record of a desk's bug; None where it is there already."""
        _log.error("desk %s failed on %s in turn %d", desk.name, type(fact).__name__, turn.number, exc_info=fault)
        failed = DeskFailed(desk=desk.name, fact=type(fact).__name__, fault=place(fault), cause=cause)
        return None if isinstance(fact, DeskFailed) or self._failed_before(failed) else failed

    def _written(self, event: Event, cause: str) -> tuple[Event, bytes]:
        if not event.cause:
            event = msgspec.structs.replace(event, cause=cause)
        return event, self._facts.written(event)

    def apply(self, event: Event, turn: Turn, applied: int = 0) -> None:
        """Change all desks by one event. Raises :class:`AbandonedError`."""
        for desk in self._desks:
            try:
                desk.apply(event, turn)
            except Exception as fault:
                _log.error(
                    "desk %s failed to apply %s in turn %d",
                    desk.name,
                    type(event).__name__,
                    turn.number,
                    exc_info=fault,
                )
                raise AbandonedError(desk.name, type(event).__name__, place(fault), applied) from fault
