"""Colleagues put together around the desks of a city."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

from services.collaboration.roster import Roster
from services.engine.desk import Desk
from services.exercise.case_work import ROWS, CaseWork, Sight, clock_ms
from services.exercise.claim_work import CLAIMS, AppealWork, OfferWork
from services.exercise.colleagues import Colleagues
from services.exercise.errand_work import Errands, ErrandWork
from services.exercise.memory import MemoryDesk
from services.exercise.settings import Settings
from services.exercise.shared_work import (
    PLAIN,
    Reports,
    ReportWork,
    Requests,
    RequestWork,
    ResolutionWork,
    Rooms,
    Whistles,
    WhistleWork,
)
from services.exercise.shift_work import Duty, ShiftWork
from services.exercise.virtual_work import VirtualWork
from services.exercise.work import Source
from services.governance.automation import AutomationDesk
from services.governance.case import CaseState
from services.governance.cases import CaseDesk
from services.governance.routing import RoutingDesk
from services.governance.units import UnitDesk
from services.virtual.desk import VirtualDesk
from twin.city.units import Unit
from twin.state.beliefs import MoverBelief

D = TypeVar("D")

DONE = (CaseState.HANDLE_FINISH, CaseState.PENDING_CHECK)


class Whereabouts(Protocol):
    """Where crews were last heard."""

    def unit_position(self, unit: str) -> MoverBelief | None: ...


@dataclass(frozen=True)
class Staff:
    """The colleagues and what they remember; the memory is one of the city's desks, the colleagues are none."""

    colleagues: Colleagues
    memory: MemoryDesk


def staff_of(
    desks: Sequence[Desk], roster: Roster, settings: Settings, senses: Whereabouts, seed: int, *, filled: bool
) -> Staff:
    """Around these desks. ``filled``: whether posts are filled by colleagues as long as nobody says otherwise."""
    cases, automation = _the(CaseDesk, desks), _the(AutomationDesk, desks)
    memory = MemoryDesk(settings)

    def where(unit: Unit) -> tuple[float, float]:
        heard = senses.unit_position(unit.id)
        depot = cases.lookup.places.get(unit.depot)
        return (heard.x_m, heard.y_m) if heard is not None else depot.xy if depot is not None else (0.0, 0.0)

    sight = Sight(cases, _the(UnitDesk, desks), _the(RoutingDesk, desks), automation, where)
    of_cases: tuple[Source, ...] = (CaseWork(sight, (*ROWS, *CLAIMS)), OfferWork(sight), AppealWork(cases))
    sources = (*of_cases, *_shared(desks, roster, sight))
    colleagues = Colleagues(roster, settings, memory, sources, automation.staffed, seed, filled=filled)
    return Staff(colleagues, memory)


def _shared(desks: Sequence[Desk], roster: Roster, sight: Sight) -> Iterator[Source]:
    """What departments have to do with each other, of whatever desks there are for it."""
    by_name = {desk.name: desk for desk in desks}

    def gravity(case: str) -> int:
        known = sight.cases.get(case)
        return PLAIN if known is None else known.severity

    def worked(case: str) -> int:
        known = sight.cases.get(case)
        return -1 if known is None or known.state not in DONE else clock_ms(known, "check")

    if "requests" in by_name:
        yield RequestWork(cast(Requests, by_name["requests"]), gravity)
    if "whistles" in by_name:
        yield WhistleWork(cast(Whistles, by_name["whistles"]), gravity, worked)
    if "rooms" in by_name:
        yield ResolutionWork(cast(Rooms, by_name["rooms"]), gravity)
    if "reports" in by_name:
        yield ReportWork(cast(Reports, by_name["reports"]), gravity)
    if "errands" in by_name:
        yield ErrandWork(cast(Errands, by_name["errands"]))
    if "virtual" in by_name:
        yield VirtualWork(cast(VirtualDesk, by_name["virtual"]).book)
    if "duty" in by_name:
        yield ShiftWork(cast(Duty, by_name["duty"]), roster)


def _the(kind: type[D], desks: Sequence[Desk]) -> D:
    return next(desk for desk in desks if isinstance(desk, kind))
