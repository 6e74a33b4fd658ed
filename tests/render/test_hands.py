"""A person at the console: clicks, keys, wheel, typing; panels answer, the city is only asked."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pygame
from play import Play
from scripted import UNDERPASS

from twin.core.clock import CityClock
from twin.core.text import Text
from twin.core.views import Reply
from twin.render.choices import Form
from twin.render.stage import Selection


def test_a_click_on_a_mark_opens_its_card(play: Callable[..., Play]) -> None:
    scene = play()
    scene.still(*UNDERPASS, 1.4)
    x, y, _ = scene.console.marks.places["m1"]
    scene.click(x, y)
    assert scene.console.choices.selection == Selection("card", "C-0007")
    scene.run(frames=2)
    assert scene.console.free.right < 1_280 - 300  # the card took its place


def test_a_click_on_a_row_of_the_queue_flies_there(play: Callable[..., Play]) -> None:
    scene = play()
    scene.console.pilot.take_over()
    scene.click(120, 48 + 76 + 72)  # the second row
    assert scene.console.choices.selection == Selection("card", "C-0007")
    assert abs(scene.console.camera.goal_x - UNDERPASS[0]) < 1


def test_a_click_on_a_device_asks_for_its_page(play: Callable[..., Play]) -> None:
    scene = play()
    for layer in ("vehicles", "people", "crews"):
        setattr(scene.console.choices.layers, layer, False)
    device = scene.console.city.devices[28]
    scene.still(*device.xy, 3.0)
    scene.click(*scene.console.camera.to_screen(*device.xy))
    assert scene.console.choices.selection == Selection("device", device.id)
    assert ("device", device.id) in scene.scene.asked
    scene.run(frames=2)
    assert device.id in scene.console.world.pages


def test_a_click_on_bare_ground_selects_nothing(play: Callable[..., Play]) -> None:
    scene = play()
    scene.still(1_125.0, 690.0, 4.0)  # the middle of a park
    for layer in ("vehicles", "people", "crews", "devices"):
        setattr(scene.console.choices.layers, layer, False)
    scene.console.choices.select(Selection("card", "C-0004"))
    scene.run()
    scene.click(scene.console.free.centerx, scene.console.free.centery)
    assert scene.console.choices.selection is None


def test_dragging_pans_and_stops_following(play: Callable[..., Play]) -> None:
    scene = play()
    assert scene.console.choices.follow_events
    before = scene.console.camera.goal_x
    middle = scene.console.free.center
    scene.run(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=middle, button=1), ms=16)
    moved = (middle[0] - 90, middle[1])
    scene.run(pygame.event.Event(pygame.MOUSEMOTION, pos=moved, rel=(-90, 0), buttons=(1, 0, 0)), ms=16)
    scene.run(pygame.event.Event(pygame.MOUSEBUTTONUP, pos=moved, button=1), ms=16)
    assert scene.console.camera.goal_x > before
    assert not scene.console.choices.follow_events


def test_left_alone_the_camera_goes_to_what_matters_and_says_why(play: Callable[..., Play]) -> None:
    scene = play()
    scene.run(frames=20)
    assert abs(scene.console.camera.goal_x - UNDERPASS[0]) < 1
    assert scene.console.pilot.caption is not None
    assert scene.console.choices.selection == Selection("card", "C-0007")
    scene.run(ms=500, frames=24)  # later it looks at the others too
    assert scene.console.pilot.attention.on in {"m1", "m2", "m6"}


def test_keys(play: Callable[..., Play]) -> None:
    scene = play()
    choices = scene.console.choices
    for key, name in ((pygame.K_h, "help_open"), (pygame.K_y, "layers_open"), (pygame.K_a, "alerts_open")):
        scene.key(key)
        assert getattr(choices, name)
        scene.key(key)
        assert not getattr(choices, name)
    scene.console.pilot.take_over()
    choices.select(None)
    scene.key(pygame.K_q)
    assert scene.console.free.left == 0
    scene.key(pygame.K_t)
    assert choices.theme == "day"
    scene.key(pygame.K_SPACE)
    assert scene.scene.proposed[-1] == {"t": "SetClock", "pace": 5.0, "running": False}
    scene.key(pygame.K_3)
    assert scene.scene.proposed[-1] == {"t": "SetClock", "pace": 20.0, "running": True}
    scene.key(pygame.K_n)
    assert choices.selection == Selection("card", "C-0009")
    scene.key(pygame.K_ESCAPE)
    assert choices.selection is None


def test_keys_propose_the_pace_that_was_asked_for_not_the_one_that_is_held(play: Callable[..., Play]) -> None:
    scene = play()
    world = scene.console.world
    world.take([CityClock(scene.wall_ms, world.city_ms(scene.wall_ms), 12.0, True, 20.0)], scene.wall_ms)
    scene.key(pygame.K_SPACE)
    assert scene.scene.proposed[-1] == {"t": "SetClock", "pace": 20.0, "running": False}


def test_a_console_just_opened_waits_before_it_calls_silence_a_fault(play: Callable[..., Play]) -> None:
    world = play().console.world
    world.frame_wall_ms = -1
    assert world.waits(world.opened_wall_ms + 1_000)
    assert not world.waits(world.opened_wall_ms + 60_000)


def test_language_switches_while_running(play: Callable[..., Play]) -> None:
    scene = play()
    assert scene.console.language.translate(Text("Connected")) == "Connected"
    before = pygame.surfarray.array3d(scene.surface.subsurface((0, 0, 1_280, 48)))
    scene.key(pygame.K_l)
    scene.run()
    assert scene.console.language.translate(Text("Connected")) == "已连接"
    assert (pygame.surfarray.array3d(scene.surface.subsurface((0, 0, 1_280, 48))) != before).any()


def test_a_proposal_is_sent_and_its_refusal_shown(play: Callable[..., Play]) -> None:
    scene = play()
    console = scene.console
    console.choices.proposals["p-1"] = Text("Hurry")
    scene.scene._out.append(Reply(id="p-1", accepted=False, reason=Text("Not your case")))
    scene.run()
    assert console.choices.notice is not None
    assert "Not your case" in console.language.translate(console.choices.notice)
    assert not console.choices.notice_good


def test_search_finds_in_both_languages_and_goes_there(play: Callable[..., Play]) -> None:
    scene = play()
    scene.key(pygame.K_SLASH)
    scene.run(frames=2)
    scene.run(pygame.event.Event(pygame.TEXTINPUT, text="江心站"))
    scene.run(frames=2)
    assert scene.console.choices.query == "江心站"
    scene.key(pygame.K_RETURN)
    scene.run(frames=2)
    assert scene.console.choices.selection == Selection("place", "metro")
    assert not scene.console.choices.search_open


def test_a_form_takes_the_keyboard_and_stray_keys_do_nothing(play: Callable[..., Play]) -> None:
    scene = play()
    choices = scene.console.choices
    choices.select(Selection("card", "C-0007"))
    action = next(one for one in scene.console.world.cards["C-0007"].actions if one.asks)
    choices.form = Form("case/C-0007", action.command, dict(action.fixed), dict.fromkeys(action.asks, ""))
    scene.run(frames=3)
    assert scene.console.gui.wants_keys
    scene.click(scene.console.free.centerx, scene.console.free.bottom - 300)
    choices.form = Form("case/C-0007", action.command, dict(action.fixed), {"reason": ""}, begun=True)
    before = choices.queue_open
    scene.console.pointer.hear(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_q, mod=0, unicode="q", scancode=0))
    assert choices.queue_open == before


def test_sources_that_fall_silent_are_said_and_a_paused_city_is_not(play: Callable[..., Play]) -> None:
    scene = play()
    world, now = scene.console.world, scene.wall_ms
    assert world.clock is not None and world.status is not None
    assert world.silent_s(now) == 0.0
    later = now + 60_000
    assert world.silent_s(later) > 30.0
    world.take([msgspec.structs.replace(world.clock, running=False)], now)
    assert world.silent_s(later) == 0.0


def test_what_a_proposal_shows_is_gone_once_it_is_closed(play: Callable[..., Play]) -> None:
    scene = play()
    console, card = scene.console, next(iter(scene.console.world.cards.values()))
    console.choices.proposals["b4"] = Text("Look under {access}", {"access": "B-0001"})
    console.world.take([Reply(id="b4", accepted=True, card=msgspec.structs.replace(card, kind="resident"))], 0)
    scene.run(frames=2)
    assert console.choices.selection == Selection("shown", "b4") and "b4" in console.world.pages
    assert ("shown", "b4") not in scene.scene.asked
    console.choices.select(None)
    scene.run(frames=2)
    assert "b4" not in console.world.pages
