"""Residents' own consoles: their views, their pages, their words. Nobody is told or heard about anybody else."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from services.app.composition import Twin
from services.app.diary import Diary
from services.app.display import Display
from services.app.life import Life
from services.app.own_display import OwnDisplay, own
from services.app.own_rooms import OwnRooms
from services.engine.desk import Desk, Paged
from services.facts.base import Actor, Command, Event
from services.facts.embodiment import SteerTwin
from services.facts.registry import UnreadableError
from services.facts.resident import ApplyForService
from services.facts.rights import ResidentPage
from services.facts.virtual import SayInPlace
from services.governance.cases import CaseDesk
from services.governance.closures import ClosureDesk
from services.governance.measures_settings import load_measures
from services.hall.applying import Applying
from services.hall.errands import ErrandDesk
from services.hall.forms import Forms, load_forms
from services.hall.guardians import Guardians
from services.hall.hall_page import HallPage
from services.hall.legal_desk import LegalDesk
from services.hall.mandates import MandateDesk
from services.hall.mine import Mine
from services.hall.own_data_actions import OwnDataActions
from services.hall.ports import Sealer
from services.hall.reception import application_context
from services.hall.steering import SteeringDesk, steering_context
from services.hall.views import HallBoardDesk
from services.hall.wallet import WalletDesk
from services.virtual.desk import VirtualDesk
from services.virtual.visits import speech_context
from twin.core.clock import CityClock
from twin.core.text import Text
from twin.core.views import Alert, Ask, Card, Frame, Lights, Mark, Propose, Reply, Snapshot, Status
from twin.formats.civic import Steer, encode
from twin.link.views import ViewServer

D = TypeVar("D", bound=Desk)
_OWN: Final = ("life", "resident")


class Residents:
    """One twin's residents at their consoles. ``rewire`` takes up another twin's parts after a reload."""

    def __init__(self, twin: Twin, vault: Sealer, server: ViewServer, display: Display, config: Path) -> None:
        self._server, self._display, self._vault, self._config = server, display, vault, config
        self._streams: dict[str, OwnDisplay] = {}
        settings = load_measures(config / "measures.toml")
        self.diary = Diary(twin.world.city, _desk(twin, CaseDesk), settings, twin.senses)
        self.rewire(twin)

    def rewire(self, twin: Twin) -> None:
        self._twin = twin
        world, cases = twin.world, _desk(twin, CaseDesk)
        self.diary.rewire(cases, twin.senses)
        twin.senses.overheard = self.diary.heard
        errands, board = _desk(twin, ErrandDesk), _desk(twin, HallBoardDesk)
        self._legal = legal = _desk(twin, LegalDesk)
        wallet, self._steering = _desk(twin, WalletDesk), _desk(twin, SteeringDesk)
        guardians = Guardians(world.residents)
        self.mine = Mine(
            lambda: errands.book.state.errands, lambda id: board.page("errand", id, twin.engine.city_ms),
            errands.book.service_of, guardians, world.residents, lambda: twin.engine.city_ms,
        )  # fmt: skip
        services = errands.book.services
        forms = Forms(load_forms(self._config / "forms.toml"), world.city, world.residents, guardians)
        self._applying = Applying(
            services, world.residents, world.department_names, forms, self.mine, legal.ledger, wallet
        )
        mandates = _desk(twin, MandateDesk)
        self._own_data = OwnDataActions(world.residents, services, guardians, legal.ledger, mandates)
        self._rooms = OwnRooms(_desk(twin, VirtualDesk), self._made)
        self._hall = HallPage(world.city, errands, self.mine)
        self.life = Life(
            world.residents, services, world.department_names, twin.senses, legal.ledger, wallet, self.mine, cases,
            _desk(twin, ClosureDesk), self.diary, self._steering.held,
        )  # fmt: skip
        self._streams.clear()

    # --- what they are told -----------------------------------------------------------------------------------------

    def _listening(self) -> Iterable[OwnDisplay]:
        """Whoever is there now; of who has gone, nothing is remembered."""
        names = [name for name in self._server.listening() if name in self._twin.world.residents]
        self._streams = {name: self._of(name) for name in names}
        return self._streams.values()

    def _of(self, person: str) -> OwnDisplay:
        known = self._streams.get(person)
        return known or OwnDisplay(
            person, self._server.stream(person), self._display, self._twin.senses, self.mine, self._steering.held,
            self.diary.place,
        )  # fmt: skip

    def frame(self, frame: Frame) -> None:
        for one in self._listening():
            one.frame(frame)

    def lights(self, lights: Lights | None) -> None:
        if lights is not None:
            for one in self._listening():
                one.lights(lights)

    def changes(self, marks: Iterable[Mark], alerts: Iterable[Alert]) -> None:
        shown, said = tuple(marks), tuple(alerts)
        for one in self._listening():
            one.changes(shown, said)

    def clock(self, clock: CityClock) -> None:
        for one in self._listening():
            one.clock(clock)

    def health(self, status: Status) -> None:
        for one in self._listening():
            one.health(status)

    def saw(self, events: Iterable[Event]) -> None:
        self.diary.saw(events, self._twin.engine.city_ms)

    def seen(self, person: str, city_ms: int) -> Card | None:
        """A resident's day as the centre may see it."""
        return self.life.page(person, city_ms, own=False)

    def registered(self, person: str) -> bool:
        return person in self._twin.world.residents

    def look_needed(self, viewer: str, person: str, page: ResidentPage, city_ms: int) -> bool:
        """Whether a look of the centre's has to be put on record before the page is shown."""
        return self._legal.looks.needed(viewer, person, page, city_ms)

    # --- what they ask ----------------------------------------------------------------------------------------------

    def snapshot(self, person: str, clock: CityClock) -> Snapshot | None:
        return self._of(person).snapshot(clock, self._twin.engine.city_ms)

    def page(self, person: str, request: Ask) -> Reply:
        card = self._page(person, request.kind, request.id)
        if card is None:
            reason = Text("There is no {kind} {id}", {"kind": request.kind, "id": request.id})
            return Reply(id=request.id, accepted=False, reason=reason)
        return Reply(id=request.id, accepted=True, card=self._display.marked(card))

    def _page(self, person: str, kind: str, id: str) -> Card | None:
        """A page of one's own or of the public; None for all others, whether they exist or not."""
        now_ms = self._twin.engine.city_ms
        if kind in _OWN:
            mover = self._twin.senses.person_position(person)
            id = person if mover is not None and id == str(mover.id) else id or person
            if id != person and not self.mine.acts_for(person, id):
                return None
            if kind == "life":
                made = self.life.page(id, now_ms, own=True)
                return None if made is None else own(made, person)
            made = self._made(kind, id)
            acts = self._own_data.of(person, id, now_ms)
            return None if made is None else msgspec.structs.replace(own(made, person), actions=acts)
        match kind:
            case "errand":
                card = next((one for one in self.mine.cards(person) if one.id == id), None)
                return None if card is None else own(card, person)
            case "services":
                return self._applying.catalogue()
            case "service":
                return self._applying.page(person, id, now_ms)
            case "hall":
                return self._hall.page(person, id, self.diary.place(person), now_ms)
            case "virtual_places":
                return self._rooms.all()
            case "virtual":
                return self._rooms.page(person, id)
        return None

    def _made(self, kind: str, id: str) -> Card | None:
        now_ms = self._twin.engine.city_ms
        pages = (desk.page(kind, id, now_ms) for desk in self._twin.desks if isinstance(desk, Paged))
        return next((page for page in pages if page is not None), None)

    # --- what they say ----------------------------------------------------------------------------------------------

    def command(self, person: str, request: Propose) -> Command | Text:
        """The command in this person's name and nobody else's, with what is personal in it sealed; or why not."""
        try:
            command = self._twin.facts.proposed(request.command, request.id, Actor("resident", person))
        except UnreadableError as fault:
            return Text("{fault}", {"fault": str(fault)})
        if person not in self._twin.world.residents:
            return Text("nobody of this identity is registered")
        match command:
            case SteerTwin():
                return self._steer(person, command)
            case ApplyForService():
                if len(command.form) > _MOST_ANSWERS or any(len(one) > _LONGEST for one in command.form.values()):
                    return Text("a form has no such answers")
                body = msgspec.json.encode(command.form, order="sorted")
                sealed = self._vault.seal(person, body, application_context(command.id))
                return msgspec.structs.replace(command, form={}, sealed=sealed)
            case SayInPlace(text=text) if text:
                sealed = self._vault.seal(person, text.encode(errors="replace"), speech_context(command.place))
                return msgspec.structs.replace(command, text="", sealed=sealed)
            case SayInPlace():
                return msgspec.structs.replace(command, sealed=b"")
            case _:
                return command

    def _steer(self, person: str, command: SteerTwin) -> SteerTwin:
        now_ms, latitude, longitude = self._twin.engine.city_ms, None, None
        if command.goal_x_m is not None and command.goal_y_m is not None:
            longitude, latitude = self._twin.world.city.frame.point_to_lonlat(command.goal_x_m, command.goal_y_m)
        word = Steer(
            seq=command.seq, held=True, until_ms=now_ms + round(command.for_s * 1000), east_mps=command.east_mps,
            north_mps=command.north_mps, goal_latitude=latitude, goal_longitude=longitude,
        )  # fmt: skip
        sealed = self._vault.seal(person, encode(word), steering_context(person))
        return SteerTwin(id=command.id, actor=command.actor, seq=command.seq, sealed=sealed)


_MOST_ANSWERS: Final = 64
_LONGEST: Final = 2_000


def _desk(twin: Twin, kind: type[D]) -> D:
    return next(desk for desk in twin.desks if isinstance(desk, kind))
