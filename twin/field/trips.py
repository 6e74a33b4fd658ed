"""Residents' ways for the sake of errands: setting out, arriving, showing oneself, waiting, and going back home."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from twin.city.errand_conduct import Stage
from twin.field.applicants_state import Applicant, ApplicantsState, Trip
from twin.field.hazards.base import Moment

_LONGEST_WAY_S = 7200.0
"""Who has not arrived by then turns back."""


class Walkers(Protocol):
    """Whoever moves the residents' bodies; rows as in the register."""

    @property
    def places(self) -> Mapping[str, int]: ...

    def busy(self, row: int) -> bool: ...

    def still(self, row: int) -> bool: ...

    def place(self, row: int) -> str: ...

    def occupy(self, row: int) -> None: ...

    def send_to(self, row: int, place: str, now: Moment) -> None: ...

    def resume(self, row: int, now: Moment) -> None: ...


class Trips:
    """Moves bodies; what is said on arrival, ``arrived`` says, and what becomes of who waited in vain, ``left``."""

    def __init__(
        self,
        people: Walkers,
        patience_s: float,
        remind_s: float,
        arrived: Callable[[Applicant, Moment], None],
        left: Callable[[Applicant, Moment], None],
        show: Callable[[int, str, Moment], None],
    ) -> None:
        self._people, self._patience_s, self._remind_s = people, patience_s, remind_s
        self._arrived, self._left, self._show = arrived, left, show
        self.state = ApplicantsState()

    def start(self, applicant: Applicant, now: Moment) -> bool:
        """Set out, or join the way that the same person is on already; False while they are elsewhere."""
        trip = self.state.trips.get(applicant.row)
        if trip is not None:
            if trip.place == applicant.place and trip.there:
                self._enter(applicant, trip, now)
            return trip.place == applicant.place
        if self._people.busy(applicant.row):
            return False
        self.state.trips[applicant.row] = Trip(applicant.row, applicant.place, now.since_s)
        self._people.occupy(applicant.row)
        if not self._is_at(applicant.row, applicant.place):
            self._people.send_to(applicant.row, applicant.place, now)
        return True

    def step(self, now: Moment) -> None:
        for trip in list(self.state.trips.values()):
            wanting = [one for one in self._of(trip) if one.stage in (Stage.BOUND, Stage.THERE)]
            if wanting and not trip.there:
                self._under_way(trip, wanting, now)
            elif wanting:
                self._wait(trip, wanting, now)
            if not any(one.stage in (Stage.BOUND, Stage.THERE) for one in self._of(trip)):
                del self.state.trips[trip.row]
                self._people.resume(trip.row, now)

    def _under_way(self, trip: Trip, wanting: list[Applicant], now: Moment) -> None:
        if self._is_at(trip.row, trip.place):
            trip.there, trip.since_s, trip.shown_s = True, now.since_s, now.since_s
            self._show(trip.row, trip.place, now)
            for applicant in wanting:
                self._enter(applicant, trip, now)
        elif now.since_s - trip.since_s > _LONGEST_WAY_S:
            for applicant in wanting:
                self._left(applicant, now)

    def _wait(self, trip: Trip, wanting: list[Applicant], now: Moment) -> None:
        if now.since_s - trip.shown_s >= self._remind_s:
            trip.shown_s = now.since_s
            self._show(trip.row, trip.place, now)
        for applicant in wanting:
            if now.since_s - max(applicant.heard_s, trip.since_s) > self._patience_s:
                self._left(applicant, now)

    def _enter(self, applicant: Applicant, trip: Trip, now: Moment) -> None:
        applicant.stage, applicant.heard_s = Stage.THERE, now.since_s
        if trip.shown_s < now.since_s:
            trip.shown_s = now.since_s
            self._show(trip.row, trip.place, now)
        self._arrived(applicant, now)

    def _is_at(self, row: int, place: str) -> bool:
        return self._people.still(row) and self._people.place(row) == place

    def _of(self, trip: Trip) -> Iterator[Applicant]:
        return (one for one in self.state.of(trip.row) if one.place == trip.place)
