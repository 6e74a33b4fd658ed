"""A small town whose people want things of a hall that is played by hand: what they said, and a voice to answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
from field_runs import NAMESPACE, START_MS

from services.hall.catalogue import load_services
from services.hall.offers import offer_of
from twin.city.catalogue import config_directory
from twin.city.errand_forms import Forms, load_forms
from twin.city.errand_plans import Planner
from twin.city.errand_settings import ErrandSettings, Pace, load_errand_settings
from twin.city.lives import lives
from twin.city.locate import Locator
from twin.city.model import City, Device
from twin.city.residents import register
from twin.city.units import load_departments
from twin.core.bus import InProcessBroker, InProcessBus
from twin.field.applicants import Applicants
from twin.field.hazards.base import Moment
from twin.field.people import People
from twin.field.publish import Publisher
from twin.field.settings import load_settings
from twin.field.speaking import Speaking
from twin.field.terminals import Terminals
from twin.field.traffic import Traffic
from twin.field.traffic_settings import traffic_settings
from twin.field.weather import Weather, utc_offset_s
from twin.field.wishes import Wishes
from twin.formats import civic
from twin.formats.civic import Answer

CONFIG = config_directory()
SERVICES = load_services(CONFIG / "services", load_departments(CONFIG / "departments.toml"))
HALL = "service_hall"
QUICK = Pace(
    set_off_h={"real": (0.0, 0.0), "demo": (0.0, 0.0)}, reply_h={"real": (0.01, 0.02), "demo": (0.01, 0.02)},
    resend_min=1.0, patience_min=20.0, remind_min=2.0, forget_days=1.0,
)  # fmt: skip
BODIES: dict[str, type[msgspec.Struct]] = {
    "presence": civic.Presence, "request": civic.ServiceRequest, "errand": civic.ErrandWord,
    "consent": civic.ConsentWord, "mandate": civic.MandateWord,
}  # fmt: skip


def settings_of(pace: Pace = QUICK, *, often: float = 1.0, **conduct: float) -> ErrandSettings:
    """Careful people who want many things at any hour, unless told otherwise."""
    settings = load_errand_settings(CONFIG / "errands.toml")
    careful = {"missing_material": 0.0, "missing_answer": 0.0, "wrong_answer": 0.0, "brings": 1.0, "appeals": 1.0,
               "withdraws": 0.0, "takes_back": 0.0, "proxy": 0.0}  # fmt: skip
    return msgspec.structs.replace(
        settings, pace=pace, hours=(0.0, 24.0), remember_days=0, times={"real": 0.0, "demo": often}, per_residents=60,
        conduct=msgspec.structs.replace(settings.conduct, **(careful | conduct)),
    )  # fmt: skip


@dataclass(frozen=True)
class Said:
    """One message of an applicant; ``by``: their phone, or a terminal's id."""

    pseudonym: str
    kind: str
    body: object
    by: str
    city_ms: int


def with_offices(city: City) -> City:
    """Two counters and a kiosk in the service hall."""
    hall = next(place for place in city.places if place.kind == HALL)
    rows = (("te-1", "service_terminal"), ("te-2", "service_terminal"), ("sk-1", "service_kiosk"))
    more = tuple(Device(id, kind, hall.xy, "", place=hall.id) for id, kind in rows)
    return replace(city, devices=(*city.devices, *more), bus_lines=())


@dataclass
class Town:
    people: People
    applicants: Applicants
    wire: InProcessBus
    step: Callable[[], Moment]
    now: Moment
    said: list[Said] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def run(self, seconds: int, hall: Callable[[Said], None] | None = None) -> list[Said]:
        """What was said meanwhile; ``hall`` hears each message as it comes."""
        began = len(self.said)
        for _ in range(seconds):
            self.now = self.step()
            for message in self.wire.drain():
                said = _read(message.topic, message.payload)
                if said is None:
                    continue
                self.said.append(said)
                if hall is not None:
                    hall(said)
        return self.said[began:]

    def answer(self, row: int, **fields: object) -> None:
        base = {"request_id": "", "errand": "E-1", "step": "", "state": ""}
        self.applicants.answer(row, msgspec.convert({**base, **fields}, Answer), self.now)

    def row(self, pseudonym: str) -> int:
        return self.people.index[pseudonym]

    def at_home_in_their_day(self) -> bool:
        """Nobody is held by an errand."""
        return not self.applicants.state.trips and not bool(self.people.bodies.busy.any())


def town(
    city: City, settings: ErrandSettings, *, residents: int = 60, seed: int = 7, offers: bool = True, asks: bool = True
) -> Town:
    city, broker = with_offices(city), InProcessBroker()
    wire = broker.connect()
    wire.subscribe(f"{NAMESPACE}/#")
    publisher = Publisher(broker.connect(), NAMESPACE, 1000.0)
    field_settings = load_settings(CONFIG / "field", "demo")
    weather = Weather(
        field_settings.weather, seed, START_MS, "demo", utc_offset_s(city.meta.time_zone, 120.0, START_MS)
    )
    traffic = Traffic(city, seed, traffic_settings(CONFIG / "field", 0), START_MS)
    people = People(
        city, register(city, seed, residents), lives(city, seed, residents), field_settings.people, seed, traffic,
        Locator(city), publisher, Moment(START_MS, 0.0, 1.0, weather.at(START_MS)), signed=False,
    )  # fmt: skip
    broken: set[str] = set()
    forms = Forms(load_forms(Path(CONFIG) / "field" / "forms.toml"), city, people.register, seed)
    planner = Planner(settings, people.lives.people, people.register, forms, seed)
    terminals = Terminals(city, people.register, people.phones, publisher)
    speaking = Speaking(
        people.register, people.phones, terminals, planner, lambda: broken, settings.conduct.mandate_days
    )
    wishes = Wishes(settings, people.lives, seed, "demo", city.meta.time_zone, START_MS)
    made = Applicants(people, settings, planner, speaking, wishes, seed, "demo", asks=asks)
    if offers:
        for service in SERVICES.values():
            made.offered(offer_of(service))
    since = [0]

    def step() -> Moment:
        since[0] += 1
        now_ms = START_MS + since[0] * 1000
        moment = Moment(now_ms, float(since[0]), 1.0, weather.at(now_ms))
        made.step(moment)
        people.step(moment, ())
        return moment

    return Town(people, made, wire, step, Moment(START_MS, 0.0, 1.0, weather.at(START_MS)), broken=broken)


def _read(topic: str, payload: bytes) -> Said | None:
    parts = topic.removeprefix(f"{NAMESPACE}/").split("/")
    kind = parts[-1]
    if parts[0] not in ("person", "terminal") or kind not in BODIES:
        return None
    if parts[0] == "person":
        message = msgspec.json.decode(payload, type=civic.PhoneMessage)
        by = "phone"
    else:
        terminal = msgspec.json.decode(payload, type=civic.TerminalMessage)
        assert parts[1:4:2] == [terminal.terminal, terminal.pseudonym]
        message, by = terminal, terminal.terminal  # type: ignore[assignment]
    return Said(message.pseudonym, kind, msgspec.json.decode(message.body, type=BODIES[kind]), by, message.time_ms)
