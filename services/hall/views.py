"""What a console is told of errands: a bubble that moves with the person, and the errand's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from services.collaboration.canon import canonical
from services.engine.desk import Fact, Turn
from services.facts.base import Actor, Event
from services.facts.hall import DataUsed, ErrandRefused, ErrandStepped
from services.hall.catalogue import Service
from services.hall.emergency_view import EmergencyView
from services.hall.errand import STATE_TEXT, Errand, ErrandState
from services.hall.errands import ErrandDesk
from services.hall.legal import EMERGENCY
from services.hall.my_data import MyData
from services.hall.ports import Registered, Whereabouts
from services.hall.posture import in_hall, looks_of
from twin.city.model import City
from twin.core.text import Name, Text
from twin.core.views import Action, Alert, Card, Facts, Graph, Happening, Mark, Moment, Section, Step, Table, Timeline

AFTERGLOW_MS = 120_000
CARDS_KEPT_MS = 3_600_000

_REACHED: dict[ErrandState, int] = {
    ErrandState.ACCEPTED: 1,
    ErrandState.ARRIVED: 2,
    ErrandState.QUEUED: 3,
    ErrandState.SERVING: 4,
    ErrandState.ISSUING: 4,
    ErrandState.COMPLETED: 5,
}


class HallBoardDesk:
    """Decides nothing; everything shown is made from the errands desk and belief."""

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
        self._departments = departments
        self._residents = residents
        self._senses = senses
        self._looks: dict[str, int] = {}  # worked out with the first turn
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
            name = self._errands.book.services[errand.service].name
            self._alert(event.errand, Text(text.msgid, {"service": name}), turn)
        elif isinstance(event, ErrandRefused):
            why = event.why or Text("{reason}", {"reason": event.reason})
            self._alert(event.errand, Text("An application was refused: {why}", {"why": why}), turn)

    def shown(self, events: Iterable[Event], city_ms: int) -> Card | None:
        """What a look under emergency access shows to whoever looked."""
        looks = (event for event in events if isinstance(event, DataUsed) and event.purpose == EMERGENCY)
        return next((self._emergency.card(look, city_ms) for look in looks), None)

    def _alert(self, errand: str, text: Text, turn: Turn) -> None:
        self._alerts.append(Alert(city_ms=turn.city_ms, severity=0, text=text, card=errand))

    def _shown(self, kept_ms: int) -> Iterable[tuple[Errand, Service]]:
        for errand in self._errands.book.state.errands.values():
            service = self._errands.book.services.get(errand.service)
            if service is not None and (not errand.ended or self._latest_ms - errand.ended_ms <= kept_ms):
                yield errand, service

    def cards(self) -> Iterable[Card]:
        made: dict[str, tuple[int, Card]] = {}
        for errand, service in self._shown(CARDS_KEPT_MS):
            old = self._made.get(errand.id)
            fresh = old is not None and old[0] == errand.rev
            made[errand.id] = old if old is not None and fresh else (errand.rev, self._card(errand, service))
        self._made = made
        return [card for _, card in made.values()]

    def marks(self) -> Iterable[Mark]:
        return [self._mark(errand, service) for errand, service in self._shown(AFTERGLOW_MS)]

    def _mark(self, errand: Errand, service: Service) -> Mark:
        mover = self._senses.person_position(errand.applicant)
        place = self._places.get(errand.place)
        x_m, y_m = (mover.x_m, mover.y_m) if mover else place.xy if place else (0.0, 0.0)
        step = self._step(errand, service)
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

    @staticmethod
    def _step(errand: Errand, service: Service) -> Text:
        if errand.state in (ErrandState.QUEUED, ErrandState.SERVING):
            item = service.item(errand.item).name
            if errand.state is ErrandState.QUEUED:
                return Text("number {number}, {item}", {"number": errand.number, "item": item})
            return Text("at the counter: {item}", {"item": item})
        return STATE_TEXT[errand.state]

    def _card(self, errand: Errand, service: Service) -> Card:
        sections: list[Section] = [self._facts(errand), self._graph(errand, service)]
        if errand.credentials:
            sections.append(self._documents(errand, service))
        sections += [self._uses(errand, service), self._history(errand)]
        fixed: dict[str, str | int | float | bool] = {"errand": errand.id}
        actions: list[Action] = []
        if errand.state is ErrandState.QUEUED:
            actions.append(Action(command="CallNumber", label=Text("Call this number now"), fixed=fixed))
        if not errand.ended:
            asks = {"why_not": Text("Reason")}
            actions.append(Action(command="RefuseErrand", label=Text("Refuse"), fixed=fixed, asks=asks, danger=True))
        clerk = self._errands.roster.person(errand.clerk)
        return Card(
            kind="errand",
            id=errand.id,
            rev=errand.rev,
            title=service.name,
            subtitle=self._person(errand),
            state=self._step(errand, service),
            opened_ms=errand.begun_ms,
            closed_ms=errand.ended_ms,
            owner=clerk.name if clerk else "",
            provenance=errand.provenance,
            icon=service.icon,
            mark=errand.id,
            sections=tuple(sections),
            actions=tuple(actions),
        )

    def _person(self, errand: Errand) -> Name:
        known = self._residents.get(errand.person)
        return known.name if known else Name(errand.pseudonym, errand.pseudonym)

    def _facts(self, errand: Errand) -> Facts:
        place = self._places.get(errand.place)
        rows: list[tuple[Text | Name, Text | Name | str | float]] = [
            (Text("Errand"), errand.id),
            (Text("Applicant"), self._person(errand)),
            (Text("Pseudonym"), errand.pseudonym),
            (Text("Service hall"), place.name if place else errand.place),
            (Text("Step"), STATE_TEXT[errand.state]),
            (Text("Trips"), float(errand.trips)),
            (Text("Waited, minutes"), round(errand.waited_ms / 60_000, 1)),
        ]
        if errand.agent:
            agent = self._residents.get(errand.agent)
            ground = Text("mandate {mandate}", {"mandate": errand.mandate}) if errand.mandate else Text("guardian")
            rows.insert(
                2,
                (
                    Text("Acted for by"),
                    Text(
                        "{person}, {ground}",
                        {
                            "person": agent.name if agent else errand.agent,
                            "ground": ground,
                        },
                    ),
                ),
            )
        if errand.number:
            rows.insert(4, (Text("Number"), float(errand.number)))
        return Facts(title=Text("Errand"), rows=tuple(rows))

    def _graph(self, errand: Errand, service: Service) -> Graph:
        reached = _REACHED.get(errand.state, 0)
        failed = errand.state in (ErrandState.REFUSED, ErrandState.LAPSED)

        def state(step: int) -> Literal["waiting", "active", "done", "failed"]:
            if reached > step or errand.state is ErrandState.COMPLETED:
                return "done"
            if failed:
                return "failed"
            return "active" if reached == step else "waiting"

        steps = [
            Step(id="form", name=Text("One form"), state="done"),
            Step(id="way", name=Text("To the hall"), state=state(1), after=("form",)),
            Step(id="number", name=Text("Number"), state="done" if errand.done else state(3), after=("way",)),
        ]
        for item in service.items:
            mine: Literal["waiting", "active", "done", "failed"] = "waiting"
            if item.id in errand.done:
                mine = "done"
            elif failed:
                mine = "failed"
            elif item.id == errand.item and errand.state is ErrandState.SERVING:
                mine = "active"
            owner = self._departments.get(item.department)
            steps.append(Step(id=item.id, name=item.name, state=mine, after=item.after or ("number",), owner=owner))
        last = tuple(item.id for item in service.items if not any(item.id in other.after for other in service.items))
        steps.append(Step(id="done", name=Text("All done"), state=state(5), after=last))
        return Graph(title=Text("Steps"), steps=tuple(steps))

    def _documents(self, errand: Errand, service: Service) -> Table:
        rows = tuple(
            (
                service.item(one.kind).name,
                one.id,
                self._departments.get(one.issuer, Name(one.issuer, one.issuer)),
                Moment(one.issued_ms),
                one.signature.hex()[:16],
                ", ".join(one.evidence),
            )
            for one in errand.credentials
        )
        columns = (
            Text("Credential"),
            Text("Number"),
            Text("Issued by"),
            Text("Issued"),
            Text("Signature"),
            Text("Rests on"),
        )
        return Table(title=Text("Credentials"), columns=columns, rows=rows)

    def _uses(self, errand: Errand, service: Service) -> Table:
        names = {field.id: field.name for field in service.fields}
        grounds = {item.basis.id: item.basis.reference for item in service.items}
        consent = Name("the applicant's own request and consent", "申请人本人申请并同意")
        rows = tuple(
            (
                Moment(use.city_ms),
                self._departments.get(use.department, Name(use.department, use.department)),
                Name(
                    ", ".join(names[field].en for field in use.fields if field in names),
                    "、".join(names[field].zh for field in use.fields if field in names),
                ),
                grounds.get(use.basis, consent) if use.basis else Text("refused: no ground"),
            )
            for use in errand.uses
        )
        columns = (Text("When"), Text("Who looked"), Text("At what"), Text("On what ground"))
        return Table(title=Text("Who looked at the data"), columns=columns, rows=rows)

    def _history(self, errand: Errand) -> Timeline:
        return Timeline(
            title=Text("History"),
            entries=tuple(
                Happening(city_ms=line.city_ms, what=line.what, who=self._who(line.actor, errand), why=line.why)
                for line in errand.history
            ),
        )

    def _who(self, actor: Actor, errand: Errand) -> Text | Name | str:
        if actor.kind == "resident":
            known = self._residents.get(actor.id)
            return known.name if known else self._person(errand)
        person = self._errands.roster.person(actor.holder or actor.id)
        if actor.kind == "system" or person is None:
            return Text("system clock") if actor.kind == "system" else Text("rule {rule}", {"rule": actor.id})
        if actor.kind == "person":
            return Text("{person}, {post}", {"person": person.name, "post": Text("clerk")})
        return Text(
            "rule {rule}, authorised by the {post} {person}",
            {"rule": actor.id, "post": Text("clerk"), "person": person.name},
        )

    def page(self, kind: str, id: str, city_ms: int) -> Card | None:
        """What a resident may always see of what is done with their data."""
        return self._my_data.page(id, city_ms) if kind == "resident" else None

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
