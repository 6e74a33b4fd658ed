"""Offices as discrete events: posts with as many people as the roster has on duty, queues in front of them, and what
each errand costs whom. Events of one moment are in the order in which they were planned: the same run, the same
bytes."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from services.collaboration.roster import Roster
from services.facts.collaboration import Post
from services.governance.calendar import HOUR_MS, Calendar
from twin.core.errors import CivitwinError

Then = Callable[[int], None]
"""What goes on at a moment of city time."""

_MOMENT = 1.0 / HOUR_MS  # the smallest stretch of working time, in hours
_LONGEST_MS = 120 * 24 * HOUR_MS


class NobodyServesError(CivitwinError):
    """A queue that nobody ever serves."""


@dataclass(slots=True)
class Tally:
    """What one errand took, in one way of serving; times in seconds, moments in milliseconds."""

    service: str
    asked_ms: int
    trips: int = 0
    materials: int = 0
    questions: int = 0
    returned: int = 0  # how often something had to be put right
    waited_s: float = 0.0  # of the applicant, in front of a counter
    applicant_s: float = 0.0  # ways, waits, forms and counters
    staff_s: float = 0.0
    ended_ms: int = -1


@dataclass(frozen=True, slots=True)
class _Wait:
    """``came_ms``: when the applicant came to the hall; -1 where nobody waits in person."""

    since_ms: int
    seconds: float
    tally: Tally
    then: Then
    came_ms: int


@dataclass(slots=True)
class _Desk:
    """One department's people at one post."""

    busy: int = 0
    queue: deque[_Wait] = field(default_factory=deque)
    wakes_ms: int = -1


class Offices:
    """The calendar's clock, and a queue for each post in each department."""

    def __init__(self, calendar: Calendar, roster: Roster) -> None:
        self.calendar = calendar
        self._roster = roster
        self._planned: list[tuple[int, int, Then]] = []
        self._number = 0
        self._desks: dict[tuple[Post, str], _Desk] = {}
        self.now_ms = 0

    def at(self, city_ms: int, then: Then) -> None:
        """Plan something, not before now."""
        self._number += 1
        heapq.heappush(self._planned, (max(city_ms, self.now_ms), self._number, then))

    def after_work(self, working_days: float, then: Then) -> None:
        """Plan something when so much working time has passed."""
        self.at(self.calendar.add("working_day", self.now_ms, working_days), then)

    def opening(self, city_ms: int) -> int:
        """The first moment of working time from here on."""
        if self.calendar.working(city_ms):
            return city_ms
        return self.calendar.add("working_hour", city_ms, _MOMENT) - 1

    def serve(self, post: Post, department: str, seconds: float, tally: Tally, then: Then, came_ms: int = -1) -> None:
        """Whoever is free next does so many seconds of work, first come, first served; ``then`` at its end.
        ``came_ms``: when the applicant, who waits in person, came to the hall."""
        desk = self._desks.setdefault((post, department), _Desk())
        desk.queue.append(_Wait(self.now_ms, seconds, tally, then, came_ms))
        self._call(post, department)

    def run(self) -> None:
        """Until nothing is planned. Raises :class:`NobodyServesError`."""
        while self._planned:
            self.now_ms, _, then = heapq.heappop(self._planned)
            then(self.now_ms)

    def _call(self, post: Post, department: str) -> None:
        """Take from the queue while somebody is free; else look again when somebody may be."""
        desk = self._desks[post, department]
        while desk.queue:
            if desk.busy >= self._here(post, department, desk):
                if not desk.busy:
                    self._wake(post, department, desk)
                return
            one = desk.queue.popleft()
            desk.busy += 1
            one.tally.staff_s += one.seconds
            if one.came_ms >= 0:
                waited_s = (self.now_ms - one.since_ms) / 1000.0
                one.tally.waited_s += waited_s
                one.tally.applicant_s += waited_s + one.seconds
            self.at(self.now_ms + round(one.seconds * 1000), partial(self._free, post, department, one.then))

    def _here(self, post: Post, department: str, desk: _Desk) -> int:
        """How many serve. Whoever came in working hours is served before those who serve them go."""
        came_ms = desk.queue[0].came_ms
        as_of = came_ms if came_ms >= 0 else self.now_ms
        return len(self._roster.on_duty(post, as_of, department)) if self.calendar.working(as_of) else 0

    def _free(self, post: Post, department: str, then: Then, at: int) -> None:
        self._desks[post, department].busy -= 1
        then(at)
        self._call(post, department)

    def _wake(self, post: Post, department: str, desk: _Desk) -> None:
        """Nobody is there: try at the next hour of working time."""
        if desk.wakes_ms > self.now_ms:
            return
        if self.now_ms - desk.queue[0].since_ms > _LONGEST_MS:
            raise NobodyServesError(f"nobody of {department} is {post} in working hours; see people.toml")
        opens_ms = self.opening(self.now_ms)
        if opens_ms == self.now_ms:
            opens_ms = self.opening(self.now_ms - self.now_ms % HOUR_MS + HOUR_MS)
        desk.wakes_ms = opens_ms
        self.at(opens_ms, lambda _: self._call(post, department))
