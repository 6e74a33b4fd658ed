"""City time waits for its field: at the start for a while, later for as long as it takes."""

from __future__ import annotations

from services.app.presence import AWAY, BACK, Presence
from twin.core.text import Text


def test_a_start_waits_a_minute_and_then_goes_on_without() -> None:
    clock = [0.0]
    presence = Presence(True, lambda: clock[0])
    assert (presence.look(False), presence.held) == (None, True)
    clock[0] = 61.0
    assert (presence.look(False), presence.held) == (Text(""), False)
    assert (presence.look(False), presence.held) == (None, False)


def test_a_field_that_goes_is_waited_for_as_long_as_it_takes() -> None:
    clock = [0.0]
    presence = Presence(True, lambda: clock[0])
    assert (presence.look(True), presence.held) == (Text(""), False)
    for _ in range(3):
        assert (presence.look(False), presence.held) == (AWAY, True)
        clock[0] += 86_400.0
        assert (presence.look(False), presence.held) == (None, True)
        assert (presence.look(True), presence.held) == (BACK, False)
        assert (presence.look(True), presence.held) == (None, False)


def test_without_a_simulation_nobody_is_waited_for() -> None:
    presence = Presence(False, lambda: 0.0)
    assert (presence.look(False), presence.held) == (None, False)
