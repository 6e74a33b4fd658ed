"""Field and twin in one process, step by step on the in-process bus: encoded bytes still, no wall clock at all.

For runs that must be the same every time, for fast simulation and for tests. The order in a step is fixed: the field
advances and publishes, the twin takes what arrived and ticks, what it sends reaches the field with the next step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from services.app.composition import UNCHANGED, Changes, Ports, Twin, World, build
from services.app.opening import open_warm
from services.app.settings import Settings
from services.engine.memory import MemoryJournal, NoOutbox, NoRecorder
from services.facts.base import Event
from services.facts.records import Entry, Outgoing
from services.storage.stores import Stores
from services.storage.vault import Vault, seeded_keys
from twin.core.bus import InProcessBroker
from twin.field.field import Field
from twin.field.injects import Script
from twin.field.publish import UNBOUNDED, Bounds
from twin.field.settings import Settings as FieldSettings
from twin.field.snapshot import STEP_MS as TRAFFIC_STEP_MS
from twin.field.truth import TruthSink

_SECOND_MS = 1000
STEP_MS = 250
"""How often the twin hears, ticks and acts unless asked for otherwise."""


class Lockstep:
    """A whole city in one process. ``events`` of a step are handed to ``heard``."""

    def __init__(
        self,
        world: World,
        settings: Settings,
        stores: Stores | None = None,
        *,
        keys: Path | None = None,
        vehicles: int | None = None,
        truth: TruthSink | None = None,
        budget_per_city_s: float = 250.0,
        step_ms: int = STEP_MS,
        changes: Changes = UNCHANGED,
        field_settings: Callable[[FieldSettings], FieldSettings] | None = None,
        bounds: Bounds = UNBOUNDED,
        script: Script | None = None,
        colleague: bool = False,
        warm: bool = False,
    ) -> None:
        """Without ``stores`` nothing is kept; ``keys`` is then the folder of the vault. With a ``step_ms`` of a whole
        second the traffic takes such steps too, with one of several seconds the twin hears and acts once in so many:
        for studies of many runs. So are ``changes`` of how the city is governed, ``field_settings`` of the field, and
        ``bounds`` of its messages. In an exercise the field plays ``script``, and a ``colleague`` may sit in the
        trainee's place. ``warm``: the hall has worked before, as the settings say."""
        self.namespace = settings.namespace
        broker = InProcessBroker()
        self._twin_bus, field_bus = broker.connect(), broker.connect()
        self._memory = MemoryJournal()
        if stores is not None:
            ports = Ports(stores.journal, stores.recorder, stores.outbox, stores.vault)
            self.vault = stores.vault
        else:
            vault = Vault((keys or settings.data) / "keys", new_key=seeded_keys(settings.seed))
            ports = Ports(self._memory, NoRecorder(), NoOutbox(), vault)
            self.vault = vault
        self._stores = stores
        self.twin: Twin = build(world, settings, ports, changes=changes, verified=bounds.signed)
        for topic_filter in self.twin.senses.filters:
            self._twin_bus.subscribe(topic_filter)
        self._field_bus = field_bus

        def make_field(start_ms: int) -> Field:
            return Field(
                world.city, dict(world.kinds), dict(world.departments), settings.seed, field_bus, self.namespace,
                start_ms, tempo="demo" if settings.tempo == "demo" else "real", truth=truth,
                residents=settings.residents, vehicles=vehicles, budget_per_city_s=budget_per_city_s,
                config=settings.config_dir / "field", step_ms=min(max(step_ms, TRAFFIC_STEP_MS), _SECOND_MS),
                changed=field_settings, bounds=bounds, script=script,
            )  # fmt: skip

        self._make_field = make_field
        self.field = make_field(settings.start_ms)
        self.now_ms, self._step_ms = settings.start_ms, step_ms
        self.twin.engine.begin(self.now_ms)
        if warm:
            open_warm(self.twin.engine, settings)
        self.twin.take_seats(self.now_ms, colleague=colleague)

    def renew_field(self) -> None:
        """Another field from now on, as it would be at this time of the day: after days that passed without one."""
        self._field_bus.drain()
        self.field = self._make_field(self.now_ms)

    @property
    def facts(self) -> Sequence[Entry]:
        """The journal so far, where no stores were given; else empty."""
        return self._memory.facts

    def run(self, city_s: float) -> list[Event]:
        """Let so much city time pass; returns what was decided."""
        events: list[Event] = []
        end = self.now_ms + round(city_s * 1000)
        while self.now_ms < end:
            self.now_ms += self._step_ms
            self.field.advance(self.now_ms)
            messages = self._twin_bus.drain()
            if messages:
                events += self.twin.engine.take(messages, self.now_ms).events
            events += self.twin.engine.tick(self.now_ms).events
            for command in self.twin.colleagues.act(self.now_ms):
                events += self.twin.engine.command(command).events
            self._send()
        return events

    def _send(self) -> None:
        outgoing: Iterable[Outgoing]
        if self._stores is not None:
            outgoing = self._stores.outbox.due(self.now_ms, self.now_ms)  # resent by city time: there is no other
        else:
            outgoing, self._memory.sent = self._memory.sent, []
        for message in outgoing:
            self._twin_bus.publish(f"{self.namespace}/{message.topic}", message.payload, retain=message.retain)
