"""The turn: what it commits, what it refuses, and what a desk's bug can do to it."""

from collections.abc import Iterable

import msgspec
import pytest
from engine_fakes import FACTS, SEED, AlarmDesk, AlarmRaised, CaseDesk, CaseMade, CloseCase, FakeSenses, gauge

from services.engine.clock import ClockDesk
from services.engine.desk import Desk, Fact, Outgoing, Tick, Turn
from services.engine.engine import Engine, EngineError
from services.engine.house import HouseDesk
from services.engine.memory import MemoryJournal, NoOutbox, NoRecorder
from services.facts.base import Actor, CommandRefused, Event
from services.facts.clock import AttachFeed, ClockSet, DetachFeed, SetClock
from services.facts.engine import DeskFailed, ErasePerson, NoteRestart, PersonErased, TurnAbandoned

DISPATCHER = Actor("person", "p-1", "dispatcher")


def engine_of(*desks: Desk, bound: int = 100) -> tuple[Engine, MemoryJournal]:
    senses = FakeSenses()
    journal = MemoryJournal()
    engine = Engine(
        senses,
        [ClockDesk(), HouseDesk(), AlarmDesk(senses), CaseDesk(), *desks],
        SEED,
        journal,
        NoRecorder(),
        NoOutbox(),
        facts=FACTS,
        bound=bound,
    )
    assert engine.begin(1_000) == []
    return engine, journal


def alarmed(engine: Engine) -> tuple[Event, ...]:
    engine.take([gauge("a", 99)], engine.city_ms)
    return engine.tick(engine.city_ms + 1_000).events


def test_an_event_leads_to_the_next_and_names_it_as_its_cause() -> None:
    engine, journal = engine_of()
    alarm, case = alarmed(engine)
    assert isinstance(alarm, AlarmRaised) and alarm.cause == "turn/2"
    assert isinstance(case, CaseMade) and case.cause == "#1"
    assert [(e.sequence, e.turn, e.desk) for e in journal.facts] == [(1, 2, "alarms"), (2, 2, "cases")]
    assert [out.key for out in journal.sent] == ["order/C1"]


def test_a_turn_without_events_commits_nothing_and_still_has_a_number() -> None:
    engine, journal = engine_of()
    assert engine.take([gauge("a", 1)], 1_000).turn.number == 1
    assert engine.tick(1_100).turn.number == 2
    assert journal.facts == []


def test_city_time_never_goes_back() -> None:
    engine, _ = engine_of()
    engine.tick(5_000)
    assert engine.take([gauge("a", 1)], 4_000).turn.city_ms == 5_000


def test_a_command_is_obeyed_once_and_answered_alike_ever_after() -> None:
    engine, journal = engine_of()
    alarmed(engine)
    wish = CloseCase(id="c1", actor=DISPATCHER, case="C1")
    first = engine.command(wish)
    assert first.accepted and first.reason is None
    turn = engine.turn
    again = engine.command(wish)
    assert (again.accepted, again.events, again.outgoing) == (True, first.events, ())
    assert engine.turn == turn
    other = engine.command(CloseCase(id="c1", actor=DISPATCHER, case="C2"))
    assert not other.accepted and other.reason is not None and "another command" in other.reason.msgid
    assert sum(isinstance(entry.fact, CloseCase) for entry in journal.facts) == 1


@pytest.mark.parametrize(
    ("actor", "why"),
    [
        (Actor("person", "p", "clerk"), "may not do this"),
        (Actor("person", "p"), "may not do this"),
        (Actor("resident", "r"), "may not do this"),
        (Actor("system", "s"), "may not do this"),
        (DISPATCHER, "is not open"),
    ],
)
def test_refusals_give_a_reason_and_are_journalled(actor: Actor, why: str) -> None:
    engine, journal = engine_of()
    outcome = engine.command(CloseCase(id="x", actor=actor, case="C9"))
    assert not outcome.accepted and outcome.reason is not None and why in outcome.reason.msgid
    assert [type(e.fact) for e in journal.facts] == [CloseCase, CommandRefused]
    assert engine.command(CloseCase(id="x", actor=actor, case="C9")).reason == outcome.reason


def test_a_command_that_no_desk_answers_is_refused_aloud() -> None:
    engine, _ = engine_of()
    outcome = engine.command(DetachFeed(id="d", feed="never attached"))
    assert not outcome.accepted and outcome.reason is not None and "Nothing came of" in outcome.reason.msgid


def test_the_clock_is_locked_to_the_wall_while_a_feed_is_attached() -> None:
    engine, _ = engine_of()
    chief = Actor("person", "p", "duty_chief")
    clock = engine.desks[0]
    assert isinstance(clock, ClockDesk)
    assert engine.command(SetClock(id="1", actor=chief, pace=20.0)).accepted and clock.pace == 20.0
    attached = engine.command(AttachFeed(id="2", feed="v2x"))
    assert any(isinstance(e, ClockSet) for e in attached.events) and (clock.pace, clock.running) == (1.0, True)
    for number, wish in enumerate(({"pace": 2.0}, {"running": False})):
        assert not engine.command(SetClock(id=f"3{number}", actor=chief, **wish)).accepted  # type: ignore[arg-type]
    assert engine.command(DetachFeed(id="4", feed="v2x")).accepted
    assert engine.command(SetClock(id="5", actor=chief, running=False)).accepted and not clock.running


def test_nobody_erases_somebody_else() -> None:
    engine, _ = engine_of()
    mine = ErasePerson(id="1", actor=Actor("resident", "ann"), person="bob", ground="request")
    assert not engine.command(mine).accepted
    own = ErasePerson(id="2", actor=Actor("resident", "ann"), person="ann", ground="request")
    assert [type(e) for e in engine.command(own).events] == [PersonErased]


class Broken:
    """Raises where it is told to."""

    name = "broken"

    def __init__(self, where: str) -> None:
        self.where = where
        self.applied = 0

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        if self.where == "decide" and isinstance(fact, AlarmRaised):
            raise KeyError(turn)
        if self.where == "nan" and isinstance(fact, AlarmRaised):
            return (CaseMade(case="x", gauge="y", luck=float("nan")),)
        if self.where == "endless" and isinstance(fact, AlarmRaised):
            return (AlarmRaised(gauge="again", value=0),)
        return ()

    def apply(self, event: Event, turn: Turn) -> None:
        self.applied += 1
        if self.where == "apply" and isinstance(event, CaseMade):
            raise ValueError("half changed")

    def outgoing(self, event: Event) -> Iterable[Outgoing]:
        if self.where == "outgoing" and isinstance(event, CaseMade):
            raise RuntimeError
        return ()

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self.applied)

    def restore(self, data: bytes) -> None:
        self.applied = msgspec.msgpack.decode(data, type=int)


@pytest.mark.parametrize("where", ["decide", "nan", "outgoing"])
def test_a_desk_that_fails_to_decide_stops_nobody_else_and_is_reported_once(where: str) -> None:
    engine, journal = engine_of(Broken(where))
    kinds = [type(event) for event in alarmed(engine)]
    assert sorted(k.__name__ for k in kinds) == ["AlarmRaised", "CaseMade", "DeskFailed"]
    failed = next(e.fact for e in journal.facts if isinstance(e.fact, DeskFailed))
    assert failed.desk == "broken" and ".py:" in failed.fault
    engine.take([gauge("b", 99)], engine.city_ms)
    assert [type(e) for e in engine.tick(engine.city_ms + 1_000).events] == [AlarmRaised, CaseMade]
    assert journal.sequence == len(journal.facts) == journal.facts[-1].sequence


@pytest.mark.parametrize("where", ["apply", "endless"])
def test_a_turn_that_cannot_be_finished_leaves_the_desks_as_they_were(where: str) -> None:
    engine, journal = engine_of(Broken(where))
    engine.command(SetClock(id="1", actor=DISPATCHER, pace=3.0))
    before = {name: d for name, d in engine.digests().items() if name not in ("broken", "senses")}
    (abandoned,) = alarmed(engine)
    assert isinstance(abandoned, TurnAbandoned) and abandoned.desk == "broken" and abandoned.dropped >= 1
    after = engine.digests()
    assert {name: after[name] for name in before} == before
    assert [type(e.fact) for e in journal.facts] == [SetClock, ClockSet, TurnAbandoned]
    assert engine.command(SetClock(id="2", actor=DISPATCHER, pace=4.0)).accepted


def test_a_command_that_breaks_a_desk_changes_nothing_and_says_so() -> None:
    class Closer(Broken):
        def apply(self, event: Event, turn: Turn) -> None:
            if isinstance(event, ClockSet):
                raise ValueError

    engine, _ = engine_of(Closer(""))
    outcome = engine.command(SetClock(id="1", actor=DISPATCHER, pace=3.0))
    assert not outcome.accepted and outcome.reason is not None and "fault" in outcome.reason.msgid
    clock = engine.desks[0]
    assert isinstance(clock, ClockDesk) and clock.pace == 1.0


def test_an_engine_whose_store_failed_refuses_to_go_on() -> None:
    class Full(MemoryJournal):
        def commit(self, *_: object) -> None:
            raise OSError("disk full")

    senses = FakeSenses()
    desks: list[Desk] = [ClockDesk(), HouseDesk(), AlarmDesk(senses), CaseDesk()]
    engine = Engine(senses, desks, SEED, Full(), NoRecorder(), NoOutbox(), facts=FACTS)
    with pytest.raises(EngineError):
        engine.tick(0)
    engine.begin(0)
    with pytest.raises(OSError, match="disk full"):
        engine.command(SetClock(id="1", actor=DISPATCHER, pace=3.0))
    with pytest.raises(EngineError, match="recover"):
        engine.tick(1)


def test_desks_need_names_of_their_own() -> None:
    senses = FakeSenses()
    for desks in ([ClockDesk(), HouseDesk(), HouseDesk()], [ClockDesk()]):
        with pytest.raises(EngineError):
            Engine(senses, desks, SEED, MemoryJournal(), NoRecorder(), NoOutbox(), facts=FACTS)  # type: ignore[arg-type]


def test_ticks_reach_the_desks() -> None:
    seen: list[Fact] = []

    class Watcher(Broken):
        def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
            seen.append(fact)
            return ()

    engine, _ = engine_of(Watcher(""))
    engine.tick(2_000)
    assert seen == [Tick(2_000)]


def test_what_is_not_for_a_person_moves_nothing() -> None:
    engine, _ = engine_of()
    forged = NoteRestart(id="x", actor=DISPATCHER, checkpoint=0, last_turn=0, down_ms=10**15)
    outcome = engine.command(forged)
    assert not outcome.accepted and isinstance(outcome.events[0], CommandRefused)
    assert engine.senses.down_ms == []  # type: ignore[attr-defined]


def test_nobody_is_erased_who_is_not_in_the_register() -> None:
    senses = FakeSenses()
    house = HouseDesk({"ann": 1})
    engine = Engine(senses, [ClockDesk(), house], SEED, MemoryJournal(), NoRecorder(), NoOutbox(), facts=FACTS)
    engine.begin(0)
    clerk = Actor("person", "p-2", "clerk")
    for number, name in enumerate(("", "checkpoint/1", "stranger", "an")):
        outcome = engine.command(ErasePerson(id=f"e{number}", actor=clerk, person=name, ground="request"))
        assert not outcome.accepted
    assert engine.command(ErasePerson(id="e", actor=clerk, person="ann", ground="request")).accepted


def test_a_failed_store_leaves_no_checkpoint_of_what_was_not_committed() -> None:
    class Broken(MemoryJournal):
        def commit(self, *_: object) -> None:
            raise OSError("disk full")

    senses = FakeSenses()
    desks: list[Desk] = [ClockDesk(), HouseDesk(), AlarmDesk(senses), CaseDesk()]
    engine = Engine(senses, desks, SEED, Broken(), NoRecorder(), NoOutbox(), facts=FACTS)
    engine.begin(0)
    with pytest.raises(OSError, match="disk full"):
        alarmed(engine)
    with pytest.raises(EngineError, match="store failed"):
        engine.rotate()
