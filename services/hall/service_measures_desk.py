"""The desk that keeps the records of errands and shows their measures; it decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.engine.desk import Fact, Turn
from services.facts.base import Event
from services.hall.catalogue import Service
from services.hall.fairness import Fairness, fairness, home_districts
from services.hall.legal import Ground, Ledger
from services.hall.ports import Registered
from services.hall.service_page import fairness_page, services_page
from services.hall.service_record import NAME, ServiceBook
from twin.city.model import City
from twin.core.views import Card


class ServiceMeasuresDesk:
    """Who can apply online is who may be heard for services now."""

    name = NAME

    def __init__(
        self, city: City, services: Mapping[str, Service], residents: Mapping[str, Registered], ledger: Ledger
    ) -> None:
        self.book = ServiceBook()
        self._services, self._residents, self._ledger = services, residents, ledger
        self._homes = home_districts(city, residents)
        self._districts = {one.id: one.name for one in city.meta.districts}

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        return ()

    def apply(self, event: Event, turn: Turn) -> None:
        self.book.note(event, turn.city_ms)

    def page(self, kind: str, id: str, city_ms: int) -> Card | None:
        """``services`` or ``fairness`` of the measures."""
        if kind != "measures":
            return None
        if id == "services":
            return services_page(self.book, self._services)
        return fairness_page(self.fairness(city_ms), self._districts) if id == "fairness" else None

    def fairness(self, city_ms: int) -> Fairness:
        def online(person: str) -> bool:
            return isinstance(self._ledger.consent(person, "service", "", city_ms), Ground)

        return fairness(self.book, self._residents, self._homes, online, city_ms)

    def snapshot(self) -> bytes:
        return self.book.snapshot()

    def restore(self, data: bytes) -> None:
        self.book.restore(data)
