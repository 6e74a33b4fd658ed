"""The measures desk: puts every limit of a case on the journal, keeps the book of measures, and shows it."""

from __future__ import annotations

from collections.abc import Iterable

from services.engine.desk import Fact, Turn
from services.facts.base import Event
from services.facts.governance import CaseEvent, CaseOpened
from services.facts.ledger import LimitSet
from services.governance.case import Case
from services.governance.cases import CaseDesk
from services.governance.limits import handle_limit
from services.governance.measures import BYS, By, Group, measure
from services.governance.measures_book import Book
from services.governance.measures_page import page_of
from services.governance.measures_record import STAGES
from services.governance.measures_settings import MeasureSettings
from twin.city.model import City
from twin.core.views import Card


class CityAreas:
    """Areas of grid cells by the city's own layers."""

    def __init__(self, city: City) -> None:
        self._areas = tuple(
            tuple(
                f"{level}:{id}" for level, id in (("district", cell.district), ("subdistrict", cell.subdistrict)) if id
            )
            for cell in city.cells
        )

    def of(self, cell: int) -> tuple[str, ...]:
        return self._areas[cell] if 0 <= cell < len(self._areas) else ()


class MeasuresDesk:
    """Decides limits alone; the figures follow from the book."""

    name = "measures"

    def __init__(self, cases: CaseDesk, settings: MeasureSettings) -> None:
        self._cases = cases
        self._settings = settings
        self._areas = CityAreas(cases.lookup.city)
        self.book = Book(settings.again)

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        case = self._cases.get(fact.case) if isinstance(fact, CaseEvent) else None
        if case is None:
            return
        if isinstance(fact, CaseOpened):
            yield from self._plan(case)
        yield from self._limits(case)

    def _plan(self, case: Case) -> Iterable[Event]:
        """What the scene promises at opening, step upon step, should a clock never come to run."""
        scene = self._cases.scenes.of(case)
        place = self._cases.lookup.places.get(case.place)
        limit = handle_limit(scene, case, place.kind if place else "")
        dispatch_ms = case.opened_ms + round((scene.limits.accept_s + scene.limits.dispatch_s) * 1000)
        handle_ms = self._cases.calendar.add(limit.kind, dispatch_ms, limit.amount)
        close_ms = handle_ms + round(scene.limits.check_s * 1000)
        for clock, due_ms in (("dispatch", dispatch_ms), ("handle", handle_ms), ("close", close_ms)):
            yield LimitSet(case=case.id, clock=clock, due_ms=due_ms, plan=True)

    def _limits(self, case: Case) -> Iterable[Event]:
        """Clocks that began, or whose limit became stricter than it ever was."""
        record = self.book.get(case.id)
        known = {} if record is None else record.limits
        check_ms = round(self._cases.scenes.of(case).limits.check_s * 1000)
        found: dict[str, int] = {}
        for clock in case.clocks:
            stages: dict[str, int] = {clock.name: clock.due_ms} if clock.name in STAGES else {}
            if clock.name == "handle":
                stages["close"] = clock.due_ms + check_ms
            for stage, due_ms in stages.items():
                found[stage] = min(due_ms, found.get(stage, due_ms))
        for stage, due_ms in found.items():
            if stage not in known or due_ms < known[stage]:
                yield LimitSet(case=case.id, clock=stage, due_ms=due_ms)

    def apply(self, event: Event, turn: Turn) -> None:
        self.book.note(event, turn.city_ms)

    def figures(self, by: By, city_ms: int) -> tuple[Group, ...]:
        return measure(self.book, city_ms, by, self._areas)

    def page(self, kind: str, id: str, city_ms: int) -> Card | None:
        """The whole city's measures; ``id`` is empty."""
        if kind != "measures" or id:
            return None
        return page_of({by: self.figures(by, city_ms) for by in BYS}, self._settings, self._cases)

    def snapshot(self) -> bytes:
        return self.book.snapshot()

    def restore(self, data: bytes) -> None:
        self.book.restore(data)
