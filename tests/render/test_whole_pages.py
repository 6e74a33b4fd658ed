"""Pages over the map: opened by key and button, filled in, talked in, closed again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pygame
from pages_told import page
from play import Play

from twin.render.panels.forms import press_action
from twin.render.stage import Selection


def shown(play: Callable[..., Play], selection: Selection, language: str = "en") -> Play:
    scene = play(language=language)
    scene.scene.whole = page
    scene.console.choices.follow_events = False
    scene.console.choices.page = selection
    scene.run(frames=4)
    return scene


def words(scene: Play, typed: str) -> None:
    scene.run(pygame.event.Event(pygame.TEXTINPUT, text=typed))


def test_a_key_opens_the_measures_and_escape_goes_back_to_the_map(play: Callable[..., Play]) -> None:
    scene = play()
    scene.scene.whole = page
    scene.key(pygame.K_m)
    assert scene.console.choices.page == Selection("measures", "")
    scene.run(frames=4)
    assert ("measures", "") in scene.scene.asked
    assert ("measures", "") in scene.console.world.whole
    scene.key(pygame.K_ESCAPE)
    assert scene.console.choices.page is None


def test_a_page_covers_the_map_and_is_asked_for_again_every_second(play: Callable[..., Play]) -> None:
    scene = play()
    scene.scene.whole = page
    scene.console.choices.follow_events = False
    scene.run(frames=2)
    before = pygame.surfarray.array3d(scene.surface)[500:900, 200:600].copy()
    scene.console.choices.page = Selection("room", "C-0007")
    scene.run(frames=25)
    after = pygame.surfarray.array3d(scene.surface)[500:900, 200:600]
    assert np.mean(np.any(before != after, axis=2)) > 0.5
    assert 2 <= scene.scene.asked.count(("room", "C-0007")) <= 4


def test_a_room_does_not_hide_the_case_of_the_same_id(play: Callable[..., Play]) -> None:
    scene = shown(play, Selection("room", "C-0007"))
    assert scene.console.world.cards["C-0007"].kind == "case"
    assert scene.console.world.whole["room", "C-0007"].kind == "room"


def test_what_is_said_is_proposed_once(play: Callable[..., Play]) -> None:
    scene = shown(play, Selection("room", "C-0007"))
    scene.console.choices.drafts["SayInRoom/C-0007"] = "Trucks are there"
    scene.run()
    spot = _button(scene, "SayInRoom")
    scene.click(*spot)
    said = [one for one in scene.scene.proposed if one["t"] == "SayInRoom"]
    assert said == [{"t": "SayInRoom", "case": "C-0007", "words": "Trucks are there"}]
    assert scene.console.choices.drafts["SayInRoom/C-0007"] == ""


def _button(scene: Play, command: str) -> tuple[int, int]:
    """Where a click proposes the command: looked for along the room's left column."""
    for y in range(300, 640, 8):
        for x in (760, 800, 830):
            before = len(scene.scene.proposed)
            drafts = dict(scene.console.choices.drafts)
            scene.click(x, y)
            if len(scene.scene.proposed) > before and scene.scene.proposed[-1]["t"] == command:
                scene.scene.proposed.pop()
                scene.console.choices.drafts = drafts
                scene.run()
                return x, y
    raise AssertionError(f"nothing to click proposes {command}")


def test_a_form_with_choices_numbers_and_lists_gives_typed_values(play: Callable[..., Play]) -> None:
    scene = shown(play, Selection("room", "C-0007"))
    room = scene.console.world.whole["room", "C-0007"]
    board, choices = scene.console.board, scene.console.choices
    press_action(board, room, room.actions[0])
    form = choices.form
    assert form is not None
    assert form.answers == {"what": "", "department": "water", "due_minutes": ""}
    scene.run(frames=3)
    words(scene, "Clear the intake")  # the first field has the keyboard
    scene.run(frames=2)
    assert form.answers["what"] == "Clear the intake"
    form.answers["due_minutes"] = "soon"
    scene.run()
    assert _confirm(scene) is None  # no number: nothing can be confirmed
    form.answers["due_minutes"] = "20"
    confirmed = _confirm(scene)
    assert confirmed == {
        "t": "AddResolution", "case": "C-0007", "what": "Clear the intake", "department": "water", "due_minutes": 20,
    }  # fmt: skip


def _confirm(scene: Play) -> dict[str, object] | None:
    """Click where Confirm stands at the foot of the page."""
    before = len(scene.scene.proposed)
    free = scene.console.free
    scene.click(free.left + 120, free.bottom - 26)
    return scene.scene.proposed[-1] if len(scene.scene.proposed) > before else None


def test_rare_actions_stand_behind_more(play: Callable[..., Play]) -> None:
    scene = shown(play, Selection("room", "C-0007"))
    room = scene.console.world.whole["room", "C-0007"]
    rare = room.actions[2]
    assert rare.more
    scene.console.choices.more_open = "room/C-0007"
    press_action(scene.console.board, room, rare)
    form = scene.console.choices.form
    assert form is not None
    assert form.answers["departments"] == []
    scene.run(frames=2)
    assert _confirm(scene) is None
    form.answers |= {"departments": ["police"], "why_whistle": "All of you, please"}
    confirmed = _confirm(scene)
    assert confirmed is not None
    assert confirmed["departments"] == ["police"]
    assert confirmed["kind"] == "hard"
