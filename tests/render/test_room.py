"""A virtual place on a page: people walk between two words of the server, and one's own goes where one clicks."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import pygame
import pytest
from play import Play
from scripted import START_MS

from twin.core.text import Name, Text
from twin.core.views import Card, Room, RoomFigure, RoomLabel, RoomShape
from twin.render.rooms import RoomPictures
from twin.render.stage import Selection
from twin.render.theme import THEMES

FLOOR = RoomShape(kind="square", ring=((0.0, 0.0), (40.0, 0.0), (40.0, 24.0), (0.0, 24.0)))
DESK = RoomShape(kind="thing", ring=((18.0, 20.0), (22.0, 20.0), (22.0, 21.0), (18.0, 21.0)), high_m=1.1)
WALKER = RoomFigure(
    id="A-1", name=Name("Heron 1", "白鹭1"), look=3, from_xy=(4.0, 6.0), to_xy=(36.0, 6.0), since_ms=START_MS,
    until_ms=START_MS + 60_000, own=True, bubble=Text("arrived"),
)  # fmt: skip
ROOM = Room(
    title=Name("Hall", "大厅"), place="virtual_hall", wide_m=40.0, high_m=24.0, shapes=(FLOOR, DESK),
    labels=(RoomLabel(x_m=20.0, y_m=3.0, name=Name("Queue", "排队区")),), figures=(WALKER,), waiting=3,
    walk="MoveAvatar",
)  # fmt: skip


def shown(play: Callable[..., Play], room: Room, language: str = "en") -> Play:
    scene = play(language=language)
    card = Card(kind="virtual", id="virtual_hall", rev=1, title=Name("Hall", "大厅"), sections=(room,))
    scene.scene.whole = lambda kind, id: card if kind == "virtual" else None
    scene.console.choices.follow_events = False
    scene.console.choices.page = Selection("virtual", "virtual_hall")
    scene.run(frames=6)
    return scene


def picture(scene: Play) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    return pygame.surfarray.array3d(scene.surface)[360:900, 220:640].copy()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_somebody_walks_between_two_words_of_the_server(play: Callable[..., Play], language: str) -> None:
    scene = shown(play, ROOM, language)
    before = picture(scene)
    scene.run(ms=500, frames=2)
    moved = np.mean(np.any(before != picture(scene), axis=2))
    assert 0.0005 < moved < 0.2


def test_a_click_on_the_floor_sends_ones_own_figure_there_and_nobody_elses(play: Callable[..., Play]) -> None:
    scene = shown(play, ROOM)
    scene.click(700, 500)
    walked = [one for one in scene.scene.proposed if one.get("t") == "MoveAvatar"]
    assert len(walked) == 1 and walked[0]["place"] == "virtual_hall"
    assert 0.0 <= float(str(walked[0]["x_m"])) <= 40.0 and 0.0 <= float(str(walked[0]["y_m"])) <= 24.0
    watching = shown(play, msgspec.structs.replace(ROOM, walk=""))
    watching.click(700, 500)
    assert not [one for one in watching.scene.proposed if one.get("t") == "MoveAvatar"]


def test_a_place_out_of_order_is_veiled_and_cannot_be_walked(play: Callable[..., Play]) -> None:
    clear = picture(shown(play, ROOM))
    veiled = shown(play, msgspec.structs.replace(ROOM, veil=Text("Out of order: the platform is not heard")))
    assert picture(veiled).mean() < clear.mean()
    veiled.click(700, 500)
    assert not [one for one in veiled.scene.proposed if one.get("t") == "MoveAvatar"]


def test_a_floor_is_drawn_once_for_each_size_and_palette() -> None:
    pictures = RoomPictures()
    night, light = THEMES["night"], THEMES["day"]
    first = pictures.floor(ROOM, 10.0, night)
    assert pictures.floor(ROOM, 10.0, night) is first and first.get_size() == (400, 240)
    assert pictures.floor(ROOM, 10.0, light) is not first
    for size in range(11, 20):
        pictures.floor(ROOM, float(size), night)
    assert len(pictures._floors) <= 4
