"""Messages and commands in orders nobody intended: no desk fails, no case closes unproved, the journal is enough."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from weird_city import Action, WeirdCity

from services.facts.base import Event
from services.facts.engine import DeskFailed, TurnAbandoned
from services.facts.governance import CaseClosed, CheckReported
from twin.city.model import City

CHOICE = st.integers(0, 255)
ACTIONS = st.lists(st.tuples(CHOICE, CHOICE, CHOICE, CHOICE), min_size=5, max_size=60)


@pytest.fixture(scope="module")
def weird(tmp_path_factory: pytest.TempPathFactory, grid_city: City) -> WeirdCity:
    return WeirdCity(tmp_path_factory.mktemp("weird"), grid_city)


def proved(closed: CaseClosed, before: list[Event]) -> bool:
    """By readings that are all calm, by a collector's word on this very case, or by the duty chief's force."""
    match closed.outcome:
        case "verified":
            return bool(closed.readings) and all(proof.state == "calm" for proof in closed.readings)
        case "checked":
            return any(
                isinstance(event, CheckReported) and event.case == closed.case and event.collector == closed.checked_by
                and event.stage == "closing" and event.finding in ("resolved", "nothing_found")
                for event in before
            )  # fmt: skip
        case "untested":
            return closed.actor.kind == "person" and closed.actor.post == "duty_chief" and bool(closed.reason.strip())


@given(ACTIONS)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_in_whatever_order(weird: WeirdCity, actions: list[Action]) -> None:
    weird.anew()
    events: list[Event] = []
    for action in actions:
        for event in weird.does(action):
            assert not isinstance(event, DeskFailed | TurnAbandoned), event
            if isinstance(event, CaseClosed):
                assert proved(event, events), event
            events.append(event)
    believed, decided = weird.twin.senses.snapshot(), weird.parts()
    weird.twin.senses.restore(believed)
    assert weird.twin.senses.snapshot() == believed
    for desk in weird.twin.desks:
        desk.restore(decided[desk.name])
    assert weird.parts() == decided
    assert weird.rebuilt(weird.journal.facts) == decided
