"""A whole twin on the small city, driven by numbers: each action is a kind and three choices among what there is.

Every sequence of numbers is a run, so that a test can search among all of them; whatever is chosen is a message or
command that the outside may really send, in an order that nobody intended.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from monkey import Monkey

from services.app.composition import Ports, Twin, World, build, read_world
from services.app.settings import Settings, settings_for
from services.engine.desk import Turn
from services.engine.engine import Engine
from services.engine.memory import MemoryJournal, NoOutbox, NoRecorder
from services.facts import governance as g
from services.facts import hall as h
from services.facts.base import Actor, Command, Event
from services.facts.clock import SetClock
from services.facts.engine import ErasePerson, NoteRestart
from services.facts.records import Outgoing
from services.storage.vault import Vault, seeded_keys
from twin.city.lives import lives
from twin.city.model import City
from twin.core.bus import Message
from twin.formats import civic, topics
from twin.formats.cam import Cam, encode_cam
from twin.formats.denm import Denm, encode_denm
from twin.formats.quadkey import quadkey_levels
from twin.formats.senml import encode_senml

NS = "sim/weird"
Action = tuple[int, int, int, int]
STATES = ("acknowledged", "refused", "driving", "arrived", "working", "done", "unable", "broken_down", "returning",
          "available")  # fmt: skip
FINDINGS = ("", "confirmed", "resolved", "unresolved", "nothing_found")
WAITS_S = (0, 1, 5, 30, 60, 120, 240, 700, 2_000, 20_000)
ENDS: tuple[None, str, str] = (None, "cancelled", "negated")
CAUSES = (2, 7, 10, 92, 94)
LASTS_S = (-7_200, 1, 3_600, 86_400_000)


@dataclass
class WeirdCity:
    """One twin; :meth:`anew` takes it back to its beginning."""

    folder: Path
    city: City
    settings: Settings = field(init=False)
    world: World = field(init=False)
    twin: Twin = field(init=False)
    engine: Engine = field(init=False)
    journal: MemoryJournal = field(init=False)
    now_ms: int = 0
    count: int = 0
    orders: list[tuple[str, str]] = field(default_factory=list)  # (unit, order)
    outgoing: list[Outgoing] = field(default_factory=list)

    def __post_init__(self) -> None:
        wanted = settings_for(self.folder, self.city.directory, simulation="weird", at="10:00", pace=1.0, seed=7)
        self.settings = msgspec.structs.replace(wanted, residents=40)
        self.world = read_world(self.settings)
        vault = Vault(self.folder / "keys", new_key=seeded_keys(7))
        self.ports = Ports(MemoryJournal(), NoRecorder(), NoOutbox(), vault)
        self.twin = build(self.world, self.settings, self.ports)
        self.beginning = {"senses": self.twin.senses.snapshot(), **self.parts()}
        people = lives(self.city, self.settings.seed, self.settings.residents)
        self.keys = {life.resident: Ed25519PrivateKey.from_private_bytes(life.private_key) for life in people}
        self.people = tuple(self.world.residents.values())
        self.monkey = Monkey(self.twin)
        self.collectors = [unit.id for unit in self.world.units.values() if unit.kind == "collector"]
        self.hall = self.city.of_kind("service_hall")[0].id
        self.spots = [device.xy for device in self.city.devices] + [(400.0, 400.0), (401.0, 405.0), (200.0, 600.0)]
        self.kinds: tuple[Callable[[int, int, int], list[Event]], ...] = (
            self.wait, self.wait, self.reads, self.reads, self.reads, self.warns, self.drives, self.reports,
            self.reports, self.works, self.works, self.gateway, self.phones, self.phones, self.commands, self.commands,
            self.restarts, self.batches, self.tries, self.tries, self.tries, self.finds, self.storms,
        )  # fmt: skip
        self.anew()

    def parts(self) -> dict[str, bytes]:
        return {desk.name: desk.snapshot() for desk in self.twin.desks}

    def anew(self) -> None:
        self.twin.senses.restore(self.beginning["senses"])
        self.rebuilt(())
        self.journal = MemoryJournal()
        self.engine = Engine(
            self.twin.senses, self.twin.desks, self.settings.seed, self.journal, self.ports.recorder,
            self.ports.outbox, facts=self.twin.facts,
        )  # fmt: skip
        self.now_ms, self.count, self.orders = self.settings.start_ms, 0, []
        self.engine.begin(self.now_ms)

    def rebuilt(self, facts: Sequence[Any]) -> dict[str, bytes]:
        """The desks as the journal alone makes them."""
        for desk in self.twin.desks:
            desk.restore(self.beginning[desk.name])
        for entry in facts:
            if isinstance(entry.fact, Event):
                for desk in self.twin.desks:
                    desk.apply(entry.fact, Turn(entry.turn, entry.city_ms, self.settings.seed))
        return self.parts()

    def does(self, action: Action) -> list[Event]:
        self.count += 1
        kind, *choices = action
        events = self.kinds[kind % len(self.kinds)](*choices)
        self.orders += [
            (event.unit, event.order) for event in events if isinstance(event, g.UnitDispatched | g.CheckOrdered)
        ]
        return events

    # --- what may happen ----------------------------------------------------------------------------------------------

    def take(self, *messages: Message) -> list[Event]:
        return list(self.engine.take(messages, self.now_ms).events)

    def wait(self, a: int, b: int, c: int) -> list[Event]:
        self.now_ms += WAITS_S[a % len(WAITS_S)] * 1000
        return list(self.engine.tick(self.now_ms).events)

    def reads(self, a: int, b: int, c: int) -> list[Event]:
        """A device says one of its extremes, again and again over two minutes."""
        device = self.city.devices[a % len(self.city.devices)]
        kind = self.world.kinds[device.kind]
        events: list[Event] = []
        for _ in range(1 + c % 4):
            records = [(q.id, q.unit, _level(q.range, b)) for q in kind.quantities]
            payload = encode_senml(f"urn:dev:{self.city.meta.id}:{device.id}:", self.now_ms, records)
            events += self.take(Message(topics.device_topic(NS, device.id), payload))
            self.now_ms += 30_000
            events += self.engine.tick(self.now_ms).events
        return events

    def warns(self, a: int, b: int, c: int) -> list[Event]:
        return self.take(self._denm(a, b, c))

    def _denm(self, a: int, b: int, c: int) -> Message:
        x, y = self.spots[b % len(self.spots)]
        longitude, latitude = (float(value) for value in self.city.frame.to_lonlat(x, y))
        source = f"veh_{a % 3}"
        denm = Denm(
            source=source, station_id=a % 3, sequence=a % 4, detection_ms=self.now_ms, reference_ms=self.now_ms,
            latitude=latitude, longitude=longitude, time_ms=self.now_ms, cause=CAUSES[c % len(CAUSES)],
            validity_s=(0, 60, 86_400)[c % 3], terminated=ENDS[c // 5 % 3] if c % 2 else None,  # type: ignore[arg-type]
        )  # fmt: skip
        tail = quadkey_levels(latitude, longitude)[0]
        return Message(topics.v2x_topic(NS, "denm", source, tail), encode_denm(denm))

    def drives(self, a: int, b: int, c: int) -> list[Event]:
        """Vehicles that stand about at a place."""
        messages = []
        for number in range(1 + c % 6):
            x, y = self.spots[b % len(self.spots)]
            longitude, latitude = (float(value) for value in self.city.frame.to_lonlat(x + 8.0 * number, y))
            source = f"veh_{number}"
            cam = Cam(source=source, station_id=1, station_type=5, latitude=latitude, longitude=longitude,
                      time_ms=self.now_ms, heading_deg=90.0, speed_mps=float(a % 2 * 10))  # fmt: skip
            tail = quadkey_levels(latitude, longitude)[0]
            messages.append(Message(topics.v2x_topic(NS, "cam", source, tail), encode_cam(cam)))
        return self.take(*messages)

    def reports(self, a: int, b: int, c: int) -> list[Event]:
        """A crew says something: of its own order, of another's, of one long over, of none."""
        units = list(self.world.units)
        latest = self.orders[-1 - a % min(len(self.orders), 6)] if self.orders else (units[a % len(units)], "C-1/1")
        unit, order = latest
        if c % 5 == 0:
            unit = units[b % len(units)]
        order = ("", order + "/return", "C-0001/1")[c % 3] if c % 4 == 0 else order
        x, y = self.spots[b % len(self.spots)]
        longitude, latitude = (float(value) for value in self.city.frame.to_lonlat(x, y))
        report = civic.Report(
            report_id=f"r{b % 50}", unit=unit, state=STATES[b % len(STATES)], time_ms=self.now_ms,  # type: ignore[arg-type]
            latitude=latitude, longitude=longitude, order_id=order, finding=FINDINGS[c % len(FINDINGS)],  # type: ignore[arg-type]
        )  # fmt: skip
        message = Message(topics.unit_topic(NS, unit, "report"), civic.encode(report))
        return self.take(*[message] * (1 + c % 2))

    def works(self, a: int, b: int, c: int) -> list[Event]:
        """A crew does its latest order as it should, but for the words that it forgets."""
        if not self.orders:
            return []
        unit, order = self.orders[-1 - a % min(len(self.orders), 3)]
        longitude, latitude = (float(value) for value in self.city.frame.to_lonlat(400.0, 400.0))
        events: list[Event] = []
        for number, state in enumerate(("acknowledged", "driving", "arrived", "working", "done")):
            if b % 9 == number:
                continue
            self.now_ms += 20_000
            report = civic.Report(
                report_id=f"{order}/{state}", unit=unit, state=state, time_ms=self.now_ms, latitude=latitude,  # type: ignore[arg-type]
                longitude=longitude, order_id=order, finding=FINDINGS[c % len(FINDINGS)],  # type: ignore[arg-type]
            )  # fmt: skip
            events += self.take(Message(topics.unit_topic(NS, unit, "report"), civic.encode(report)))
        return events

    def gateway(self, a: int, b: int, c: int) -> list[Event]:
        gateway = self.city.devices[a % len(self.city.devices)].gateway
        state = {"gateway": gateway, "state": ("online", "offline")[b % 2], "time_ms": -1}
        return self.take(Message(topics.gateway_topic(NS, gateway), json.dumps(state).encode(), c % 2 == 0))

    def phones(self, a: int, b: int, c: int) -> list[Event]:
        person = self.people[a % 4]
        x, y = self.spots[b % len(self.spots)]
        longitude, latitude = (float(value) for value in self.city.frame.to_lonlat(x, y))
        halls = [place.id for place in self.city.places]
        kind, body = (
            ("presence", civic.Presence(place=halls[b % len(halls)], entered=c % 8 < 4)),
            ("presence", civic.Presence(place=self.hall, entered=True)),
            ("report", civic.PersonReport(matter="06010", text="x", latitude=latitude, longitude=longitude)),
            ("request", civic.ServiceRequest(service="newborn" if b % 5 else "none", request_id=f"q{b % 3}", form={})),
        )[c % 4]
        text = civic.encode(body).decode()
        words = civic.phone_words(person.pseudonym, kind, self.now_ms, text)
        envelope = civic.PhoneMessage(
            pseudonym=person.pseudonym, kind=kind, time_ms=self.now_ms, body=text,  # type: ignore[arg-type]
            signature=base64.b64encode(self.keys[person.id].sign(words)).decode(),
        )  # fmt: skip
        return self.take(Message(topics.person_topic(NS, person.pseudonym, kind), civic.encode(envelope)))

    def batches(self, a: int, b: int, c: int) -> list[Event]:
        """Many warnings in one turn."""
        return self.take(*(self._denm(a + n, b + n * (c % 3), c + n) for n in range(10)))

    def restarts(self, a: int, b: int, c: int) -> list[Event]:
        down_ms = WAITS_S[a % len(WAITS_S)] * 1000
        self.now_ms += down_ms
        note = NoteRestart(id=f"restart/{self.count}", checkpoint=0, last_turn=self.engine.turn, down_ms=down_ms)
        return list(self.engine.obey(note, self.now_ms).events)

    def commands(self, a: int, b: int, c: int) -> list[Event]:
        roster = self.world.roster.people
        person = roster[b % len(roster)]
        post = person.posts[c % len(person.posts)] if person.posts else ""
        return list(self.engine.command(self._command(a, b, c, Actor("person", person.id, post))).events)

    def tries(self, a: int, b: int, c: int) -> list[Event]:
        """Commands of any kind, with any values."""
        dice = random.Random(a << 16 | b << 8 | c)
        events: list[Event] = []
        for number in range(8):
            events += self.engine.command(self.monkey.absurd(f"m{self.count}-{number}", self.now_ms, dice)).events
        return events

    def finds(self, a: int, b: int, c: int) -> list[Event]:
        """A collector comes upon things, takes them back, or is no collector at all."""
        x, y = self.spots[b % len(self.spots)]
        messages = []
        for number in range((1, 3, 50)[c % 3]):
            spot = self.city.frame.to_lonlat(x + number * (c % 4) * 7.0, y)
            longitude, latitude = (float(value) for value in spot)
            unit = (*self.collectors, "nobody", next(iter(self.world.units)))[a % (len(self.collectors) + 2)]
            finding = civic.Finding(
                finding_id=f"f{number % (1 + c)}", unit=unit, time_ms=self.now_ms - (c % 2) * 10**9, latitude=latitude,
                longitude=longitude, matter=("06010", "05001", "x", "06001")[c % 4], gone=c % 5 == 0,
            )  # fmt: skip
            messages.append(Message(topics.unit_topic(NS, unit, "finding"), civic.encode(finding)))
        return self.take(*messages)

    def storms(self, a: int, b: int, c: int) -> list[Event]:
        """The weather service says everything at once, takes it back, says what is long over."""
        messages = []
        for number in range((1, 2, 40)[c % 3]):
            kind = ("rainstorm", "gale", "fog", "heat")[(b + number) % 4]
            until_ms = self.now_ms + LASTS_S[(c // 3 + number) % 4] * 1000
            warning = civic.WeatherWarning(
                warning_id=f"w{a % 3}", kind=kind, level=1 + (b + number) % 4, issued_ms=self.now_ms - (a % 2) * 60_000,  # type: ignore[arg-type]
                until_ms=until_ms,
            )  # fmt: skip
            payload = b"" if (a + number) % 7 == 0 else civic.encode(warning)
            messages.append(Message(f"{NS}/met/warning/{kind}", payload, number % 2 == 0))
        return self.take(*messages)

    def _command(self, a: int, b: int, c: int, actor: Actor) -> Command:
        case, errand = f"C-{1 + b % 5:04d}", f"E-{1 + b % 3:04d}"
        departments, units = list(self.world.departments), list(self.world.units)
        own: dict[str, Any] = {"id": f"c{self.count}", "actor": actor}
        why = ("", " ", "because")[c % 3]
        made: tuple[Callable[[], Command], ...] = (
            lambda: g.AcknowledgeCase(case=case, **own), lambda: g.AcceptCase(case=case, **own),
            lambda: g.RejectCase(case=case, why_not=why, **own),
            lambda: g.RouteCase(case=case, department=departments[c % len(departments)], **own),
            lambda: g.AssignUnit(case=case, unit=units[c % len(units)], **own),
            lambda: g.ReturnCase(case=case, why_back=why, **own), lambda: g.OrderFieldCheck(case=case, **own),
            lambda: g.CloseByForce(case=case, why_forced=why, **own), lambda: g.TakeOver(case=case, **own),
            lambda: g.AddNote(case=case, note=why, **own), lambda: h.CallNumber(errand=errand, **own),
            lambda: h.RefuseErrand(errand=errand, ground="duplicate", **own), lambda: SetClock(pace=2.0, **own),
            lambda: ErasePerson(person=self.people[3].id if c % 3 else "none", ground="request", **own),
        )  # fmt: skip
        return made[a % len(made)]()


def _level(limits: tuple[float, float], choice: int) -> float:
    """One of a range's ends, its middle, or near an end."""
    low, high = (max(-1e4, limits[0]), min(1e4, limits[1]))
    return low + (high - low) * (0.0, 1.0, 0.5, 0.05, 0.95)[choice % 5]
