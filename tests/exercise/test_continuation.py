"""A city whose desks are thrown away and made anew from their bytes, again and again: nothing goes another way."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from monkey import Monkey

from services.app.composition import Ports, Twin, World, build, read_world
from services.app.lockstep import Lockstep
from services.app.pages import Pages
from services.app.settings import Settings, settings_for
from services.engine.desk import Viewed
from services.engine.difference import first_difference
from services.engine.done import Done, Outcome, Position
from services.engine.memory import MemoryJournal, NoOutbox, NoRecorder
from services.facts.base import Command, CommandRefused, Event
from services.facts.casework import CaseTaken
from services.facts.engine import DeskFailed, TurnAbandoned
from services.facts.governance import CaseOpened
from services.facts.meetings import RoomOpened
from services.governance.ownership import ownership_faults
from services.storage.vault import Vault, seeded_keys
from twin.city.model import City
from twin.core.bus import Message
from twin.core.views import Action, Card

SPAN_S = 40.0
SPANS = 12


class Pair:
    """A twin and one made from its checkpoint, given the same; whatever either says, the other says too."""

    def __init__(self, world: World, settings: Settings, first: Twin, journal: MemoryJournal, vault: Vault) -> None:
        self._world, self._settings, self._vault = world, settings, vault
        self.leads, self.journal = first, journal
        self.follows, self._copy = self._made()
        self.engine = self.colleagues = self

    def _made(self) -> tuple[Twin, MemoryJournal]:
        engine, journal = self.leads.engine, MemoryJournal(self.journal.sequence)
        state = engine.checkpoint()

        def resume(senses: object, desks: Sequence[object], facts: object) -> Position:
            senses.restore(state.parts["senses"])  # type: ignore[attr-defined]
            for desk in desks:
                desk.restore(state.parts[desk.name])  # type: ignore[attr-defined]
            return Position(turn=engine.turn, last_turn=engine.turn, city_ms=engine.city_ms)

        ports = Ports(journal, NoRecorder(), NoOutbox(), self._vault)
        fresh = build(self._world, self._settings, ports, resume)
        fresh.engine.begin(engine.city_ms)
        assert fresh.engine.digests() == engine.digests()
        return fresh, journal

    def succeed(self) -> None:
        """The first is forgotten; the second has a copy of its own."""
        assert self.leads.engine.digests() == self.follows.engine.digests()
        assert differing(shown(self.leads), shown(self.follows)) == []
        self.leads, self.journal = self.follows, self._copy
        self.follows, self._copy = self._made()

    def take(self, messages: Sequence[Message], city_ms: int) -> Done:
        said = self.leads.engine.take(messages, city_ms)
        assert self.follows.engine.take(messages, city_ms) == said
        return said

    def tick(self, city_ms: int) -> Done:
        said = self.leads.engine.tick(city_ms)
        assert self.follows.engine.tick(city_ms) == said
        return said

    def act(self, city_ms: int) -> list[Command]:
        wanted = self.leads.colleagues.act(city_ms)
        assert self.follows.colleagues.act(city_ms) == wanted
        return wanted

    def command(self, command: Command) -> Outcome:
        said = self.leads.engine.command(command)
        assert self.follows.engine.command(command) == said
        return said


def cards(twin: Twin) -> list[Card]:
    return [card for desk in twin.desks if isinstance(desk, Viewed) for card in desk.cards()]


def shown(twin: Twin) -> list[Card]:
    """All that consoles see, drawn anew, but for what counts how often it was shown."""
    for desk in twin.desks:
        desk.restore(desk.snapshot())
    pages, now = Pages(twin), twin.engine.city_ms
    found = [msgspec.structs.replace(card, rev=0) for card in cards(twin)]
    for card in tuple(found):
        found += [page for kind, id, _ in card.pages if (page := pages.page(kind, id, now)) is not None]
    rest = (pages.page(kind, "", now) for kind in ("departments", "duty", "measures", "scenes"))
    return [msgspec.structs.replace(card, rev=0) for card in (*found, *rest) if card is not None]


def plain(card: Card) -> object:
    return msgspec.json.decode(msgspec.json.encode(card))


def differing(some: list[Card], others: list[Card]) -> list[object]:
    """Where two lists of pages are not the same, said so that a person can look for the reason."""
    assert [(card.kind, card.id) for card in some] == [(card.kind, card.id) for card in others]
    return [
        (one.kind, one.id, first_difference(plain(one), plain(other)))
        for one, other in zip(some, others, strict=True)
        if one != other
    ]


def buttons(twin: Twin) -> list[Action]:
    return [action for card in shown(twin) for action in card.actions]


@pytest.fixture
def settings(tmp_path: Path, grid_city: City) -> Settings:
    given = settings_for(
        tmp_path / "data", city=grid_city.directory, simulation="tandem", at="07:55", tempo="demo", seed=11
    )
    return msgspec.structs.replace(given, residents=60)


@pytest.mark.timeout(300)
def test_every_desk_goes_on_from_its_bytes_as_it_would_have_gone_on(settings: Settings, tmp_path: Path) -> None:
    world, dice = read_world(settings), random.Random(3)
    city = Lockstep(world, settings, keys=tmp_path, vehicles=25, budget_per_city_s=60.0)
    pair = Pair(world, settings, city.twin, city._memory, Vault(tmp_path / "keys", new_key=seeded_keys(settings.seed)))
    city.twin = pair  # type: ignore[assignment]
    events: list[Event] = []
    told: list[tuple[int, Event]] = []
    for span in range(SPANS):
        seen = len(pair.journal.facts)
        events += city.run(SPAN_S)
        monkey, offered = Monkey(pair.leads), buttons(pair.leads)
        for number, action in enumerate(dice.sample(offered, min(12, len(offered)))):
            command = monkey.clicked(f"p{span}-{number}", action, city.now_ms, dice)
            if command is not None:
                events += pair.command(command).events
        events += city.run(1.0)
        told += [(entry.city_ms, entry.fact) for entry in pair.journal.facts[seen:] if isinstance(entry.fact, Event)]
        pair.succeed()
        city._memory = pair.journal
    kinds = {type(event) for event in events}
    assert {CaseOpened, CaseTaken, RoomOpened} <= kinds
    assert any(event.actor.kind == "colleague" for event in events)
    assert any(event.actor.kind == "person" and not isinstance(event, CommandRefused) for event in events)
    assert not {DeskFailed, TurnAbandoned} & kinds
    assert ownership_faults(told) == ()
