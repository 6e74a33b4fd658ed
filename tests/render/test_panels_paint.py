"""The software painter: fills, glyphs in both scripts, smooth shapes, windows kept while they stand still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pygame
import pytest
from imgui_bundle import imgui

from twin.render.gui import Gui
from twin.render.lettering import Lettering
from twin.render.panels.tones import packed
from twin.render.theme import NIGHT

FONTS = Path(__file__).parents[2] / "assets" / "fonts"
SIZE = (400, 200)
INK = (255, 255, 255)


@pytest.fixture
def gui(window: pygame.Surface) -> Iterator[Gui]:
    made = Gui(Lettering(FONTS))
    yield made
    made.close()


def painted(
    gui: Gui, draw: Callable[[imgui.ImDrawList], None], frames: int = 1
) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    surface = pygame.Surface(SIZE)
    for _ in range(frames):
        surface.fill((0, 0, 0))
        gui.begin(SIZE, 0.016, NIGHT, 1.0)
        imgui.set_next_window_pos(imgui.ImVec2(0, 0))
        imgui.set_next_window_size(imgui.ImVec2(*SIZE))
        imgui.push_style_color(imgui.Col_.window_bg, imgui.ImVec4(0, 0, 0, 1))
        imgui.begin("probe", None, imgui.WindowFlags_.no_decoration)
        draw(imgui.get_window_draw_list())
        imgui.end()
        imgui.pop_style_color()
        gui.end(surface)
    return pygame.surfarray.array3d(surface)


@pytest.mark.parametrize("words", ["Underpass flooded", "下穿通道积水", "Ⅱ级 · 0.31 m", "½"])
def test_words_are_painted_and_differ(gui: Gui, words: str) -> None:
    def write(lines: imgui.ImDrawList) -> None:
        lines.add_text(imgui.ImVec2(20, 20), packed(INK), words)

    first = painted(gui, write, frames=2)
    ink = (first.max(axis=2) > 120).sum()
    assert ink > 12 * len(words.replace(" ", ""))
    box = painted(gui, lambda lines: lines.add_text(imgui.ImVec2(20, 20), packed(INK), "\ufffe" * len(words)), 2)
    assert (first != box).any()


def test_chinese_glyphs_are_not_boxes(gui: Gui) -> None:
    def glyph(sign: str) -> bytes:
        picture = painted(gui, lambda lines: lines.add_text(imgui.ImVec2(20, 20), packed(INK), sign), 2)
        return picture[18:60, 18:60].tobytes()

    signs = "水火路灯井盖城市运行管理浔埇"
    assert len({glyph(sign) for sign in signs}) == len(signs)


def test_a_fill_is_exact_and_clipped(gui: Gui) -> None:
    def draw(lines: imgui.ImDrawList) -> None:
        lines.push_clip_rect(imgui.ImVec2(0, 0), imgui.ImVec2(60, 200))
        lines.add_rect_filled(imgui.ImVec2(50, 40), imgui.ImVec2(90, 70), packed((10, 200, 30)))
        lines.pop_clip_rect()

    picture = painted(gui, draw)
    assert tuple(picture[50, 40]) == (10, 200, 30)
    assert tuple(picture[59, 69]) == (10, 200, 30)
    assert tuple(picture[60, 50]) == (0, 0, 0)
    assert tuple(picture[49, 50]) == (0, 0, 0)


def test_a_veil_mixes(gui: Gui) -> None:
    def draw(lines: imgui.ImDrawList) -> None:
        lines.add_rect_filled(imgui.ImVec2(50, 40), imgui.ImVec2(90, 70), packed((200, 100, 0), 128))

    red, green, blue = painted(gui, draw)[60, 50].tolist()
    assert abs(red - 100) <= 2
    assert abs(green - 50) <= 2
    assert blue == 0


def test_a_disc_is_round_and_smooth(gui: Gui) -> None:
    picture = painted(gui, lambda lines: lines.add_circle_filled(imgui.ImVec2(100, 100), 20, packed(INK), 32)).max(
        axis=2
    )
    assert picture[100, 100] == 255
    assert picture[100, 82] == 255
    assert picture[83, 83] == 0  # a corner of the box around it
    edge = picture[78:123, 78:123]
    assert ((edge > 20) & (edge < 235)).sum() > 40  # a rim of in-between tones
    assert abs(int((picture > 127).sum()) - 1_256) < 60


def test_turned_text_is_turned(gui: Gui) -> None:
    atlas_word = "Level"

    def turned(lines: imgui.ImDrawList) -> None:
        first = lines.vtx_buffer.size()
        lines.add_text(imgui.ImVec2(100, 60), packed(INK), atlas_word)
        for index in range(first, lines.vtx_buffer.size()):
            vertex = lines.vtx_buffer[index]
            x, y = vertex.pos.x - 100, vertex.pos.y - 60
            vertex.pos = imgui.ImVec2(100 - y, 60 + x)  # a quarter turn clockwise

    upright = painted(gui, lambda lines: lines.add_text(imgui.ImVec2(100, 60), packed(INK), atlas_word), 2)
    picture = painted(gui, turned, 2)
    across = np.ptp(np.flatnonzero((picture.max(axis=2) > 120).any(axis=1)))
    down = np.ptp(np.flatnonzero((picture.max(axis=2) > 120).any(axis=0)))
    assert down > 1.5 * across
    assert abs(int((picture > 120).sum()) - int((upright > 120).sum())) < 0.35 * int((upright > 120).sum())


def test_a_window_that_stands_still_is_shown_from_its_picture(gui: Gui) -> None:
    def draw(lines: imgui.ImDrawList) -> None:
        lines.add_text(imgui.ImVec2(20, 20), packed(INK), "不变 steady")

    fresh = painted(gui, draw, frames=1)
    kept = painted(gui, draw, frames=4)
    assert any(window.picture is not None for window in gui.painter._windows.values())
    assert (fresh == kept).all() or (painted(gui, draw, frames=5) == kept).all()
