"""Collaboration put together: the desks in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.collaboration.authority import Authority
from services.collaboration.boards import Boards
from services.collaboration.department_pages import DepartmentPages
from services.collaboration.duty import DutyDesk
from services.collaboration.duty_page import DutyPage
from services.collaboration.escalation import EscalationDesk
from services.collaboration.handover import Draft
from services.collaboration.names import Names
from services.collaboration.ports import Cases, Surroundings
from services.collaboration.requests import RequestDesk
from services.collaboration.room_page import RoomPage
from services.collaboration.rooms import RoomDesk
from services.collaboration.settings import Settings
from services.collaboration.whistles import WhistleDesk
from services.engine.desk import Desk
from twin.city.units import Department


@dataclass(frozen=True)
class Collaboration:
    """The parts by name, for those who read their state."""

    requests: RequestDesk
    whistles: WhistleDesk
    rooms: RoomDesk
    escalation: EscalationDesk
    duty: DutyDesk
    boards: Boards

    @property
    def desks(self) -> tuple[Desk, ...]:
        """After the desks that the ports read."""
        return (self.requests, self.whistles, self.rooms, self.escalation, self.duty, self.boards)


def collaboration(
    cases: Cases,
    surroundings: Surroundings,
    departments: Mapping[str, Department],
    authority: Authority,
    settings: Settings,
) -> Collaboration:
    """The working parts around what the ports tell. From here on the authority heeds who took which shift over."""
    names = Names(departments, authority)
    requests = RequestDesk(cases, names, authority, settings)
    whistles = WhistleDesk(cases, names, authority, settings)
    rooms = RoomDesk(cases, names, authority, settings, (requests.asked, whistles.called))
    draft = Draft(cases, surroundings, requests, whistles, rooms, names)
    duty = DutyDesk(cases, draft, names, authority, settings)
    authority.heed(duty)
    pages = (
        RoomPage(cases, requests, whistles, rooms, names),
        DepartmentPages(cases, surroundings, requests, whistles, rooms, names),
        DutyPage(duty, rooms, names),
    )
    return Collaboration(
        requests,
        whistles,
        rooms,
        EscalationDesk(cases, requests, rooms, authority, settings),
        duty,
        Boards(cases, requests, whistles, rooms, pages, names, settings),
    )
