"""The pages of this package, what it adds to a case's card, and its alerts. Decides nothing, keeps nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.collaboration import asking
from services.collaboration.canon import canonical
from services.collaboration.department_pages import DepartmentPages
from services.collaboration.duty_page import DutyPage
from services.collaboration.names import Names
from services.collaboration.ports import Cases
from services.collaboration.requests import RequestDesk
from services.collaboration.room_page import RoomPage
from services.collaboration.rooms import RoomDesk
from services.collaboration.settings import Settings
from services.collaboration.tables import of_requests, of_whistle
from services.collaboration.telling import tell
from services.collaboration.whistles import WhistleDesk
from services.engine.desk import Fact, Turn
from services.facts.base import Event
from services.facts.duty import ShiftOverdue
from services.facts.meetings import MeetingBegun, ResolutionOverdue, RoomOpened
from services.facts.working import Escalated, RequestOverdue, RequestRefused, WhistleBlown, WhistleOverdue
from twin.core.text import Text
from twin.core.views import Action, Alert, Card, Facts, Mark, Section

TOLD = (
    Escalated,
    MeetingBegun,
    RequestOverdue,
    RequestRefused,
    ResolutionOverdue,
    RoomOpened,
    ShiftOverdue,
    WhistleBlown,
    WhistleOverdue,
)


class Boards:
    """Pages ("room", case), ("department", id), ("departments", ""), ("duty", "")."""

    name = "boards"

    def __init__(
        self,
        cases: Cases,
        requests: RequestDesk,
        whistles: WhistleDesk,
        rooms: RoomDesk,
        pages: tuple[RoomPage, DepartmentPages, DutyPage],
        names: Names,
        settings: Settings,
    ) -> None:
        self._cases, self._requests, self._whistles, self._rooms = cases, requests, whistles, rooms
        self._names, self._settings = names, settings
        self._room_page, self._department_pages, self._duty_page = pages
        self._alerts: list[Alert] = []

    # --- pages ------------------------------------------------------------------------------------------------

    def page(self, kind: str, id: str, city_ms: int) -> Card | None:
        match kind:
            case "room":
                return self._room_page.card(id)
            case "department":
                return self._department_pages.board(id, city_ms)
            case "departments":
                return self._department_pages.overview(city_ms)
            case "duty":
                return self._duty_page.card(city_ms)
            case _:
                return None

    # --- on a case's card -------------------------------------------------------------------------------------

    def sections(self, case: str) -> Iterator[Section]:
        requests, room = self._requests.of(case), self._rooms.room(case)
        if requests:
            yield of_requests(requests, self._names, Text("Requests"))
        for whistle in self._whistles.of(case):
            yield of_whistle(whistle, self._names)
        if room is not None:
            state = Text("open") if room.open else Text("closed; to be read only")
            meeting = Text("under way") if room.meeting else Text("none")
            tasks = sum(task.open for task in self._rooms.tasks(case))
            yield Facts(
                title=Text("Scene room"),
                rows=(
                    (Text("State"), state),
                    (Text("Parties"), float(len(room.parties))),
                    (Text("Meeting"), meeting),
                    (Text("Resolutions to be done"), float(tasks)),
                ),
            )

    def actions(self, case: str) -> Iterator[Action]:
        view = self._cases.view(case)
        if view is None:
            return
        for request in self._requests.of(case):
            yield from asking.about_request(request)
        if view.ended:
            return
        yield from asking.about_case(case, self._names, self._settings)
        yield from asking.about_whistles(case, self._whistles.of(case), self._names)
        if self._rooms.room(case) is None:
            yield from asking.about_room(case, None, self._names)

    # --- a desk that is only looked at ------------------------------------------------------------------------

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        return ()

    def apply(self, event: Event, turn: Turn) -> None:
        """Only the alerts, which are no part of the state."""
        if not isinstance(event, TOLD):
            return
        what = tell(event, self._names)
        case: str = getattr(event, "case", "")
        view = self._cases.view(case) if case else None
        if what is not None:
            text = Text("{case}: {what}", {"case": case, "what": what}) if case else what
            severity = view.severity if view is not None else 3
            self._alerts.append(Alert(city_ms=turn.city_ms, severity=severity, text=text, card=case))

    def cards(self) -> Iterable[Card]:
        return ()

    def marks(self) -> Iterable[Mark]:
        return ()

    def alerts(self) -> Iterable[Alert]:
        """Since the last call."""
        alerts, self._alerts = self._alerts, []
        return alerts

    def snapshot(self) -> bytes:
        return canonical(None)

    def restore(self, data: bytes) -> None:
        self._alerts.clear()
