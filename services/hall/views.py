"""What a console is told of errands: a bubble that moves with the person, the errand's page, a department's work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.collaboration.canon import canonical
from services.engine.desk import Fact, Turn
from services.facts.base import Event
from services.facts.hall import CounterClosed, CounterOpened, DataUsed, ErrandRefused, ErrandStepped, ItemEscalated
from services.hall.catalogue import Service
from services.hall.codes import CLOSING_TEXT
from services.hall.emergency_view import EmergencyView
from services.hall.errand import Errand
from services.hall.errand_page import ErrandPages
from services.hall.errand_text import step_text
from services.hall.errands import ErrandDesk
from services.hall.hall_work import HallWork
from services.hall.legal import EMERGENCY
from services.hall.my_data import MyData
from services.hall.ports import Registered, Whereabouts
from services.hall.posture import in_hall, looks_of
from twin.city.model import City
from twin.core.text import Name, Text
from twin.core.views import Alert, Card, Mark

AFTERGLOW_MS = 120_000
CARDS_KEPT_MS = 3_600_000
_GRAVE = 2


class HallBoardDesk:
    """Decides nothing; everything shown is made from the errands desk and belief. Errands in motion have a card and a
    bubble; all others have a page."""

    name = "hall_board"

    def __init__(
        self,
        city: City,
        errands: ErrandDesk,
        departments: Mapping[str, Name],
        residents: Mapping[str, Registered],
        senses: Whereabouts,
        my_data: MyData,
        emergency: EmergencyView,
    ) -> None:
        self._my_data, self._emergency = my_data, emergency
        self._places = {place.id: place for place in city.places}
        self._errands = errands
        self._senses = senses
        self._looks: dict[str, int] = {}  # worked out with the first turn
        self._pages = ErrandPages(errands.roster, departments, residents, self._places)
        self._work = HallWork(errands.book, errands.roster, self._pages, dict(departments))
        self._departments, self._residents = departments, residents
        self._made: dict[str, tuple[int, Card]] = {}
        self._alerts: list[Alert] = []
        self._latest_ms = 0

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        return ()

    def apply(self, event: Event, turn: Turn) -> None:
        self._latest_ms = max(self._latest_ms, turn.city_ms)
        self._looks = self._looks or looks_of(self._residents.values(), turn.city_ms)
        if isinstance(event, ErrandStepped) and event.state in ("accepted", "completed"):
            done = event.state == "completed"
            text = Text("{service}: all done") if done else Text("{service}: a form came in")
            errand = self._errands.book.state.errands[event.errand]
            name = self._errands.book.service_of(errand).name
            self._alert(event.errand, Text(text.msgid, {"service": name}), turn)
        elif isinstance(event, ErrandRefused):
            why = event.why or Text("{reason}", {"reason": event.reason})
            self._alert(event.errand, Text("An application was refused: {why}", {"why": why}), turn)
        elif isinstance(event, ItemEscalated):
            head = self._errands.roster.person(event.head)
            words: dict[str, str | int | float | Text | Name] = {
                "department": self._departments.get(event.department, Name(event.department, event.department)),
                "head": head.name if head else Text("nobody on duty"),
            }
            text = Text("{department} is past the law's limit: before {head}", words)
            self._alert(event.errand, text, turn, _GRAVE)
        elif isinstance(event, CounterClosed | CounterOpened):
            self._counter(event, turn)

    def shown(self, events: Iterable[Event], city_ms: int) -> Card | None:
        """What a look under emergency access shows to whoever looked."""
        looks = (event for event in events if isinstance(event, DataUsed) and event.purpose == EMERGENCY)
        return next((self._emergency.card(look, city_ms) for look in looks), None)

    def _counter(self, event: CounterClosed | CounterOpened, turn: Turn) -> None:
        place = self._places.get(event.place)
        hall = place.name if place else Name(event.place, event.place)
        if isinstance(event, CounterClosed):
            text = Text("{hall} closes its counters: {why}", {"hall": hall, "why": CLOSING_TEXT[event.ground]})
            self._alert("", text, turn, _GRAVE)
        else:
            self._alert("", Text("{hall} opens its counters again", {"hall": hall}), turn)

    def _alert(self, errand: str, text: Text, turn: Turn, severity: int = 0) -> None:
        self._alerts.append(Alert(city_ms=turn.city_ms, severity=severity, text=text, card=errand))

    def _shown(self, kept_ms: int) -> Iterable[tuple[Errand, Service]]:
        """Where something happens: somebody comes, an officer works on it, or something did lately."""
        for errand in self._errands.book.state.errands.values():
            at_work = errand.visit is not None or any(review.officer for review in errand.reviews)
            if at_work or self._latest_ms - errand.history[-1].city_ms <= kept_ms:
                yield errand, self._errands.book.service_of(errand)

    def cards(self) -> Iterable[Card]:
        made: dict[str, tuple[int, Card]] = {}
        for errand, service in self._shown(CARDS_KEPT_MS):
            old = self._made.get(errand.id)
            fresh = old is not None and old[0] == errand.rev
            made[errand.id] = old if old is not None and fresh else (errand.rev, self._pages.card(errand, service))
        self._made = made
        return [card for _, card in made.values()]

    def marks(self) -> Iterable[Mark]:
        return [self._mark(errand, service) for errand, service in self._shown(AFTERGLOW_MS)]

    def _mark(self, errand: Errand, service: Service) -> Mark:
        mover = self._senses.person_position(errand.applicant)
        place = self._places.get(errand.visit.place if errand.visit is not None else errand.place)
        x_m, y_m = (mover.x_m, mover.y_m) if mover else place.xy if place else (0.0, 0.0)
        step = step_text(errand, service)
        posture, hall, number = in_hall(errand)
        return Mark(
            id=errand.id,
            kind="errand",
            x_m=round(x_m, 1),
            y_m=round(y_m, 1),
            icon=service.icon,
            title=service.name,
            state=step,
            card=errand.id,
            follows=mover.id if mover else -1,
            posture=posture,
            place=hall,
            number=number,
            look=self._looks.get(errand.applicant, 0),
            provenance=errand.provenance,
            attention=0.0 if errand.ended else 1.0,
            caption=Text("{service}: {step}", {"service": service.name, "step": step}),
        )

    def page(self, kind: str, id: str, city_ms: int) -> Card | None:
        """What a resident may always see of what is done with their data; any errand that is kept; a department's work
        in the hall."""
        if kind == "resident":
            return self._my_data.page(id, city_ms)
        if kind == "hall_work":
            return self._work.page(id, city_ms)
        errand = self._errands.book.get(id) if kind == "errand" else None
        return None if errand is None else self._pages.card(errand, self._errands.book.service_of(errand))

    def alerts(self) -> Iterable[Alert]:
        """Since the last call."""
        alerts, self._alerts = self._alerts, []
        return alerts

    def snapshot(self) -> bytes:
        return canonical(None)

    def restore(self, data: bytes) -> None:
        """Nothing is kept."""
        self._made.clear()
        self._alerts.clear()
