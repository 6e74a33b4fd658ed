"""A small office: a queue of things to do, a roster of two, and colleagues who are given what they ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import MappingProxyType

from services.collaboration.roster import Duty, Person, Roster
from services.engine.desk import Turn
from services.exercise.colleagues import Colleagues
from services.exercise.memory import MemoryDesk
from services.exercise.settings import Manner, ServiceTime, Settings
from services.exercise.work import Draft, Item, Seat
from services.facts.base import Actor, Command, CommandRefused, Event
from services.facts.collaboration import Post
from services.facts.governance import AcceptCase, CaseAcknowledged
from twin.core.text import Name

START_MS = 1_795_312_800_000
SETTINGS = Settings(
    600.0, 300.0,
    MappingProxyType({
        "acceptor": Manner(MappingProxyType({
            "accept": ServiceTime(40.0, 15.0), "finish": ServiceTime(600.0, 60.0, afield=True),
        })),
        "dispatcher": Manner(MappingProxyType({"route": ServiceTime(60.0, 20.0)}), 0.5),
    }),
    MappingProxyType({}),
)  # fmt: skip
DAY, NIGHT = "p-day", "p-night"


def roster() -> Roster:
    def person(id: str, hours: tuple[int, int]) -> Person:
        posts: tuple[Post, ...] = ("acceptor", "dispatcher")
        return Person(id, Name(id, id), tuple(Duty(post, "operations_centre", hours) for post in posts))

    return Roster((person(DAY, (8, 20)), person(NIGHT, (20, 8))), "UTC")


@dataclass
class Office:
    """Plays the engine: what a colleague asks for happens, unless ``refuses`` names the case."""

    filled: bool = True
    refuses: frozenset[str] = frozenset()
    staffed: dict[str, bool] = field(default_factory=dict)
    todo: list[Item] = field(default_factory=list)
    given: list[tuple[int, Command]] = field(default_factory=list)
    slips: list[bool] = field(default_factory=list)
    now_ms: int = START_MS
    turns: int = 0

    def __post_init__(self) -> None:
        self.memory = MemoryDesk(SETTINGS)
        self.colleagues = self._seated()

    def _seated(self) -> Colleagues:
        return Colleagues(
            roster(), SETTINGS, self.memory, (self,), lambda post, department: self.staffed.get(post), 7,
            filled=self.filled,
        )  # fmt: skip

    def waiting(self, city_ms: int) -> Iterator[Item]:
        yield from (item for item in self.todo if item.since_ms <= city_ms)

    def wants(self, case: str, severity: int = 3, post: str = "acceptor", after_s: float = 0.0, task: str = "") -> None:
        def make(draft: Draft) -> Command:
            self.slips.append(draft.slip)
            return AcceptCase(id=draft.id, actor=draft.actor, case=case)

        task = task or {"acceptor": "accept"}.get(post, "route")
        since_ms = self.now_ms + round(after_s * 1000)
        self.todo.append(Item(task, Seat(post), case, since_ms, case, severity, make))

    def happened(self, event: Event) -> None:
        self.turns += 1
        self.memory.apply(event, Turn(self.turns, self.now_ms, 7))

    def person_acts(self, case: str) -> None:
        self.happened(CaseAcknowledged(actor=Actor("person", DAY, "dispatcher"), case=case))

    def restart(self) -> None:
        """Everything is forgotten but what was put on record."""
        kept = self.memory.snapshot()
        self.memory = MemoryDesk(SETTINGS)
        self.memory.restore(kept)
        assert self.memory.snapshot() == kept
        self.colleagues = self._seated()

    def run(self, seconds: float) -> None:
        end_ms = self.now_ms + round(seconds * 1000)
        while self.now_ms < end_ms:
            self.now_ms += 1000
            for command in self.colleagues.act(self.now_ms):
                assert isinstance(command, AcceptCase)
                self.given.append((self.now_ms, command))
                actor = command.actor
                if command.case in self.refuses:
                    refused = CommandRefused(actor=actor, cause=command.id, command="AcceptCase")
                    self.happened(refused)
                else:
                    self.todo = [item for item in self.todo if item.case != command.case]
                    self.happened(CaseAcknowledged(actor=actor, cause=command.id, case=command.case))
