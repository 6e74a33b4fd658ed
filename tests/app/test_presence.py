"""City time waits for its field: at the start for a while, later for as long as it takes."""

from __future__ import annotations

from services.app.presence import AWAY, BACK, Presence
from twin.core.text import Text


def test_a_start_waits_a_minute_and_then_goes_on_without() -> None:
    clock = [0.0]
    presence = Presence(True, lambda: clock[0])
    assert (presence.look(False, True), presence.held) == (None, True)
    clock[0] = 61.0
    assert (presence.look(False, True), presence.held) == (Text(""), False)
    clock[0] = 99.0
    assert (presence.look(False, True), presence.held) == (None, False)


def test_a_field_that_goes_is_waited_for_as_long_as_it_takes() -> None:
    clock = [0.0]
    presence = Presence(True, lambda: clock[0])
    assert (presence.look(True, True), presence.held) == (Text(""), False)
    for _ in range(3):
        assert (presence.look(False, True), presence.held) == (None, False)
        clock[0] += 1.1
        assert (presence.look(False, True), presence.held) == (AWAY, True)
        clock[0] += 86_400.0
        assert (presence.look(False, False), presence.held) == (None, True)
        assert (presence.look(False, True), presence.held) == (None, True)
        assert (presence.look(True, True), presence.held) == (BACK, False)
        clock[0] += 10.0
        assert (presence.look(True, True), presence.held) == (None, False)


def test_a_broker_that_goes_takes_nobody_with_it() -> None:
    """Server and field both go on by the clock; the field may need longer to find the broker again."""
    clock = [0.0]
    presence = Presence(True, lambda: clock[0])
    assert presence.look(True, True) is not None
    for passed, online, connected in ((0.0, False, True), (0.1, False, False), (20.0, False, False), (4.9, False, True),
                                      (1.0, True, True), (5.0, True, True)):  # fmt: skip
        clock[0] += passed
        assert (presence.look(online, connected), presence.held) == (None, False)


def test_a_field_that_does_not_come_back_with_the_broker_is_waited_for() -> None:
    clock = [0.0]
    presence = Presence(True, lambda: clock[0])
    assert presence.look(True, True) is not None
    assert presence.look(False, False) is None
    clock[0] = 5.1
    assert (presence.look(False, True), presence.held) == (AWAY, True)


def test_without_a_simulation_nobody_is_waited_for() -> None:
    presence = Presence(False, lambda: 0.0)
    assert (presence.look(False, True), presence.held) == (None, False)
