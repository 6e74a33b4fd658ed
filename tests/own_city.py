"""A small city in one process with its real sockets: residents' and operators' consoles join it by their tokens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import zmq

from services.app.composition import read_world
from services.app.one_process import OneProcess
from services.app.people import issue_token, resident_token
from services.app.settings import settings_for
from twin.city.model import City
from twin.core.views import Card, Frame, Gone, Mark, OwnTwin, Reply, Snapshot, View
from twin.link.views import ViewLink

LOCAL = "tcp://127.0.0.1:*"
TRIES = 400


@dataclass
class Eyes:
    """A console without a window: all that it was told."""

    link: ViewLink
    heard: list[View] = field(default_factory=list)
    replies: dict[str, Reply] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    own: OwnTwin | None = None
    frame: Frame | None = None
    snapshot: Snapshot | None = None

    def look(self) -> None:
        for view in self.link.poll():
            self.heard.append(view)
            match view:
                case Snapshot():
                    self.snapshot, self.frame = view, view.frame
                    self.cards = {card.id: card for card in view.cards}
                    self.marks = {mark.id: mark for mark in view.marks}
                case Frame():
                    self.frame = view
                case OwnTwin():
                    self.own = view
                case Card():
                    self.cards[view.id] = view
                case Mark():
                    self.marks[view.id] = view
                case Gone():
                    (self.cards if view.kind == "card" else self.marks).pop(view.id, None)
                case Reply():
                    self.replies[view.id] = view
                case _:
                    pass


class OwnCity(OneProcess):
    """The same with consoles that are opened for a test; ``pass_`` and ``leap`` let city time pass."""

    def __init__(self, folder: Path, city: City, context: zmq.Context[zmq.Socket[bytes]], residents: int) -> None:
        wanted = settings_for(folder, city.directory, simulation="own", at="10:00", pace=1.0, seed=7)
        settings = msgspec.structs.replace(wanted, residents=residents, colleagues=False)
        super().__init__(read_world(settings), settings, context)
        self.data = folder

    def eyes(self, token: str) -> Eyes:
        eyes = Eyes(self.link(token))
        self.until(lambda: eyes.snapshot is not None, eyes)
        return eyes

    def own(self, person: str) -> Eyes:
        return self.eyes(resident_token(self.data, self.world.residents, person))

    def operator(self, role: str = "chief") -> Eyes:
        return self.eyes(issue_token(self.data, role, self.world.roster, self.now_ms))

    def until(self, done: Callable[[], object], *eyes: Eyes, city_s: float = 0.0) -> None:
        """Go on until it is so: sockets take their time, the city need not."""
        for _ in range(TRIES):
            self.pass_(city_s)
            for one in eyes:
                one.look()
            if done():
                return
            time.sleep(0.002)
        raise AssertionError("it did not come to be")

    def ask(self, eyes: Eyes, kind: str, id: str) -> Reply:
        eyes.replies.pop(id, None)
        eyes.link.ask(kind, id)
        self.until(lambda: id in eyes.replies, eyes)
        return eyes.replies[id]

    def propose(self, eyes: Eyes, tag: str, **fields: object) -> Reply:
        id = eyes.link.propose({"t": tag, **fields})
        self.until(lambda: id in eyes.replies, eyes)
        return eyes.replies[id]


@contextmanager
def own_city(folder: Path, city: City, residents: int = 60) -> Iterator[OwnCity]:
    with zmq.Context() as context:
        opened = OwnCity(folder, city, context, residents)
        links: list[ViewLink] = []
        make = opened.link

        def noted(token: str, language: str = "en") -> ViewLink:
            links.append(make(token, language))
            return links[-1]

        opened.link = noted  # type: ignore[method-assign]
        try:
            yield opened
        finally:
            for link in links:
                link.close()
            opened.close()
