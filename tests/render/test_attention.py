"""Where the unattended camera goes, and that it comes back to see a case closed."""

from __future__ import annotations

from twin.core.text import Text
from twin.core.views import Mark
from twin.render.attention import CLOSING_S, MOST_S, REST_S, STAY_S, Attention


def mark(id: str, attention: float, severity: int = 3) -> Mark:
    return Mark(
        id=id, kind="incident", x_m=0.0, y_m=0.0, icon="fire", title=Text("Fire"), severity=severity,
        attention=attention, caption=Text(id),
    )  # fmt: skip


def test_the_graver_mark_is_gone_to_once_the_first_was_read() -> None:
    eye, bin, fire = Attention(), mark("bin", 2.0), mark("fire", 6.0)
    first = eye.choose([bin], 0.0)
    assert first is not None and first.mark == bin
    assert eye.choose([bin, fire], STAY_S - 1) is None
    then = eye.choose([bin, fire], STAY_S + 1)
    assert then is not None and then.mark == fire


def test_an_equal_mark_waits_no_longer_than_the_most() -> None:
    eye, one, other = Attention(), mark("one", 4.0), mark("other", 4.0)
    eye.choose([one], 0.0)
    assert eye.choose([one, other], MOST_S - 1) is None
    then = eye.choose([one, other], MOST_S + 1)
    assert then is not None and then.mark == other


def test_a_closing_of_what_was_seen_is_gone_back_to_held_and_shown_once() -> None:
    eye, bin, fire, over = Attention(), mark("bin", 2.0), mark("fire", 6.0), mark("bin", 0.5)
    eye.choose([bin], 0.0)
    eye.choose([bin, fire], 10.0)
    assert eye.on == "fire"
    back = eye.choose([over, fire], 15.0, {"bin"})
    assert back is not None and back.mark == over and back.caption == Text("bin")
    assert eye.choose([over, fire, mark("new", 8.0)], 15.0 + CLOSING_S - 1, {"bin"}) is None
    away = eye.choose([over, fire], 15.0 + CLOSING_S + 1, {"bin"})
    assert away is not None and away.mark == fire
    assert eye.choose([over, fire], 200.0, {"bin"}) is None


def test_a_closing_in_view_is_said_at_once() -> None:
    eye = Attention()
    eye.choose([mark("fire", 6.0)], 0.0)
    look = eye.choose([mark("fire", 0.5)], 1.0, {"fire"})
    assert look is not None and look.mark is not None and look.mark.id == "fire"


def test_what_closed_without_having_been_seen_draws_nobody() -> None:
    eye = Attention()
    assert eye.choose([mark("fire", 0.5)], 1.0, {"fire"}) is None


def test_with_nothing_left_the_whole_city_is_shown() -> None:
    eye = Attention()
    eye.choose([mark("fire", 6.0)], 0.0)
    look = eye.choose([], REST_S + 1)
    assert look is not None and look.mark is None


def test_the_viewer_ends_even_a_closing() -> None:
    eye = Attention()
    eye.choose([mark("fire", 6.0)], 0.0)
    eye.choose([mark("fire", 0.5)], 1.0, {"fire"})
    eye.yield_to_viewer()
    look = eye.choose([mark("bin", 2.0)], 2.0)
    assert look is not None and look.mark is not None and look.mark.id == "bin"
