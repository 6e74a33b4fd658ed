"""The measures desk: puts every limit of a case on the journal, keeps the book of measures, and shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.engine.desk import Fact, Turn
from services.facts.base import Event
from services.facts.governance import CaseEvent, CaseOpened
from services.facts.ledger import LimitSet
from services.governance.case import Case
from services.governance.cases import CaseDesk
from services.governance.lookup import Lookup
from services.governance.measures import BYS, By, Group, measure
from services.governance.measures_book import Book
from services.governance.measures_page import page_of
from services.governance.measures_record import STAGES
from services.governance.measures_settings import MeasureSettings
from services.governance.scene_terms import ClockKind
from services.governance.scenes import Scene
from twin.city.model import City
from twin.core.views import Card

PLANNED_MS: Mapping[ClockKind, int] = {
    "urgent_hour": 3_600_000,
    "working_hour": 3 * 3_600_000,  # eight in a day
    "working_day": 7 * 86_400_000 // 5,  # five in a week
    "calendar_day": 86_400_000,
}
"""What a unit of a limit comes to at most, for the plan; the clock itself counts exactly once it runs."""


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
        due_ms = case.opened_ms + round(scene.limits.accept_s * 1000)
        lasting = (
            ("dispatch", round(scene.limits.dispatch_s * 1000)),
            ("handle", handling_ms(scene, case, self._cases.lookup)),
            ("close", round(scene.limits.check_s * 1000)),
        )
        for clock, lasts_ms in lasting:
            due_ms += lasts_ms
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


def handling_ms(scene: Scene, case: Case, lookup: Lookup) -> int:
    """The handling limit under the condition that holds at opening."""
    place = lookup.places.get(case.place)
    limit = scene.handle_limit(case.evidence, case.severity, place.kind if place else "")
    if limit is None:
        return round(scene.limits.handle_s * 1000)
    return round(limit.amount * PLANNED_MS[limit.clock])
