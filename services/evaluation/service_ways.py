"""What both ways of serving share: an errand's tally, its ways to the hall, and an officer's decision in time."""

from __future__ import annotations

from services.evaluation.service_demand import Errand
from services.evaluation.service_draws import Draws
from services.evaluation.service_queues import Offices, Tally, Then
from services.hall.catalogue import Item, Service

WAYS = ("counters", "combined", "one_stop")
"""One item a trip; every item that can be asked for on each trip; the bundle by one form."""


class Serving:
    """One errand, served in one way."""

    def __init__(self, offices: Offices, service: Service, draws: Draws, errand: Errand) -> None:
        self.offices = offices
        self.service = service
        self.draws = draws
        self.errand = errand
        self.tally = Tally(service.id, errand.asked_ms)
        self.work = draws.settings.work
        self._came_ms = -1

    def trip(self, then: Then) -> None:
        """To the hall and back, when the applicant finds time for it; they arrive while it is open."""
        self.tally.trips += 1
        self.tally.applicant_s += 2.0 * self.errand.way_s
        way_ms = round(self.errand.way_s * 1000)

        def come(at: int) -> None:
            self._came_ms = at
            then(at)

        free_days = self.draws.free_days(self.errand, self.tally.trips)
        self.offices.after_work(free_days, lambda at: self.offices.at(self.offices.opening(at + way_ms), come))

    def at_counter(self, department: str, seconds: float, then: Then) -> None:
        self.offices.serve("clerk", department, seconds, self.tally, then, self._came_ms)

    def by_officer(self, department: str, seconds: float, then: Then) -> None:
        self.offices.serve("handler", department, seconds, self.tally, then)

    def promised_ms(self, item: Item, begun_ms: int) -> int:
        """When the item is decided if nobody has to wait for an officer."""
        if item.promised is None:
            return begun_ms
        share = self.draws.share_of_promise(self.errand, item)
        return self.offices.calendar.add(item.promised.kind, begun_ms, share * item.promised.amount)
