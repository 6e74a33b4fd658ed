"""Commands that no form would make: each is answered, none breaks a desk, and every page can still be drawn."""

from __future__ import annotations

import random

import pytest
from weird_city import WeirdCity

from services.app.pages import Pages
from services.engine.desk import Paged, Viewed
from services.facts.base import Actor, CommandRefused, Event
from services.facts.engine import DeskFailed, TurnAbandoned
from services.facts.governance import AddNote, CaseOpened
from services.facts.meetings import EndMeeting, Resolution
from twin.city.model import City
from twin.core import codec

CHIEF = Actor("person", "p-001", "duty_chief")
KINDS = ("room", "department", "departments", "duty", "measures", "scenes", "scene", "report")


@pytest.fixture(scope="module")
def weird(tmp_path_factory: pytest.TempPathFactory, grid_city: City) -> WeirdCity:
    return WeirdCity(tmp_path_factory.mktemp("absurd"), grid_city)


def pages(weird: WeirdCity) -> int:
    """Everything that a console could show, drawn; how much there was."""
    shown = [card for desk in weird.twin.desks if isinstance(desk, Viewed) for card in desk.cards()]
    ids = ["", "C-0001", "C-0002", "U-0001", "fire", "water", "nobody"]
    made = Pages(weird.twin)
    found = [made.page(kind, id, weird.now_ms) for kind in KINDS for id in ids]
    assert any(isinstance(desk, Paged) for desk in weird.twin.desks)
    return len([codec.encode(card) for card in [*shown, *found] if card is not None])


@pytest.mark.parametrize("seed", range(4))
def test_each_is_answered_and_nothing_breaks(weird: WeirdCity, seed: int) -> None:
    weird.anew()
    dice = random.Random(seed)
    events: list[Event] = []
    answered: dict[str, int] = {"done": 0, "refused": 0}
    for round_ in range(60):
        for choice in (2, 5, 7, 0, 9):
            events += weird.does((choice, dice.randrange(256), dice.randrange(256), dice.randrange(256)))
        for number in range(18):  # so many that some of every kind of command can be obeyed
            command = weird.monkey.absurd(f"a{round_}-{number}", weird.now_ms, dice)
            outcome = weird.engine.command(command)
            assert outcome.events, command
            refused = [event for event in outcome.events if isinstance(event, CommandRefused)]
            assert all(event.why is not None and event.why.msgid for event in refused)
            assert outcome.accepted is not bool(refused)
            answered["refused" if refused else "done"] += 1
            events += outcome.events
    assert not [event for event in events if isinstance(event, DeskFailed | TurnAbandoned)]
    assert any(isinstance(event, CaseOpened) for event in events)
    assert answered["done"] > 30 and answered["refused"] > 100, answered
    assert pages(weird) > 10
    decided = weird.parts()
    for desk in weird.twin.desks:
        desk.restore(decided[desk.name])
    assert weird.parts() == decided
    assert weird.rebuilt(weird.journal.facts) == decided


@pytest.mark.parametrize(
    ("words", "why"),
    [("x" * 1_000_000, "too many"), ("bell\u0007", "nobody sees"), ("\u202eevil", "nobody sees")],
)
def test_words_without_end_or_sight_are_refused_by_whatever_desk(weird: WeirdCity, words: str, why: str) -> None:
    weird.anew()
    refused = weird.engine.command(AddNote(id="n1", actor=CHIEF, case="C-0001", note=words))
    assert not refused.accepted and refused.reason is not None and why in refused.reason.msgid


def test_minutes_with_a_thousand_resolutions_are_refused(weird: WeirdCity) -> None:
    weird.anew()
    one = Resolution(what="x", department="water", person="", due_minutes=10)
    refused = weird.engine.command(
        EndMeeting(id="n1", actor=CHIEF, case="C-0001", minutes="m", decisions=(one,) * 1_000)
    )
    assert not refused.accepted and refused.reason is not None and "at once are too many" in refused.reason.msgid


def test_the_same_id_again_does_nothing_again(weird: WeirdCity) -> None:
    weird.anew()
    first = weird.engine.command(AddNote(id="n1", actor=CHIEF, case="C-0001", note="x"))
    before = weird.parts()
    again = weird.engine.command(AddNote(id="n1", actor=CHIEF, case="C-0001", note="x"))
    assert again.accepted == first.accepted and weird.parts() == before
