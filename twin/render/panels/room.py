"""A virtual place from above: people walk between what the server told, and are drawn anew in every frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

from imgui_bundle import imgui

from twin.core.text import Text
from twin.core.views import Room, RoomFigure
from twin.render.panels.board import SMALL_PX, Board
from twin.render.panels.tones import packed
from twin.render.theme import mix

HIGHEST = 520.0
"""Logical pixels that a room may take at most."""
_STRIDE_M = 0.36
TALL_M, LEAST_PX, MOST_PX = 2.1, 15.0, 34.0
"""Of a figure: metres where there is room, else logical pixels."""
_CROWD = 28
"""From so many on names are shown only under the pointer."""
_NEAR_PX = 13.0


_Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Where a room lies on the screen."""

    left: float
    top: float
    scale: float
    high_m: float

    def spot(self, x_m: float, y_m: float) -> tuple[float, float]:
        return self.left + x_m * self.scale, self.top + (self.high_m - y_m) * self.scale

    def metres(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.left) / self.scale, self.high_m - (y - self.top) / self.scale


def draw_room(board: Board, room: Room) -> None:
    """The floor, what stands on it, everybody on it, what they say; a click sends one's own figure there."""
    avail = imgui.get_content_region_avail().x
    scale = min(avail / room.wide_m, board.px(HIGHEST) / room.high_m)
    corner = imgui.get_cursor_screen_pos()
    left = round(corner.x + (avail - room.wide_m * scale) / 2)
    sheet = _Sheet(left, round(corner.y), scale, room.high_m)
    lines = imgui.get_window_draw_list()
    picture = board.rooms.floor(room, scale, board.theme)
    lines.add_image(
        board.painter.texture_of(picture), imgui.ImVec2(left, sheet.top),
        imgui.ImVec2(left + picture.get_width(), sheet.top + picture.get_height()),
    )  # fmt: skip
    imgui.invisible_button(f"room-{room.place}", imgui.ImVec2(max(1.0, avail), max(1.0, room.high_m * scale)))
    if room.walk and imgui.is_item_clicked() and room.veil is None:
        _walk(board, room, sheet)
    for label in room.labels:
        _word(board, *sheet.spot(label.x_m, label.y_m), board.say(label.name), board.theme.label, SMALL_PX)
    placed = [(figure, *_placed(figure, board.city_ms)) for figure in room.figures]
    for figure, x_m, y_m, heading, stride in sorted(placed, key=lambda one: -one[2]):
        _figure(board, sheet, figure, (x_m, y_m), heading, stride)
    crowded = len(placed) > _CROWD
    for figure, x_m, y_m, _, _ in placed:
        _name(board, sheet, figure, x_m, y_m, crowded=crowded)
    taken: list[_Box] = []
    for figure, x_m, y_m, _, _ in sorted(placed, key=lambda one: one[2]):
        if figure.bubble is not None:
            taken.append(_bubble(board, *sheet.spot(x_m, y_m + TALL_M + 0.3), board.say(figure.bubble), taken))
    if room.veil is not None:
        _veil(board, sheet, room)
    elif room.waiting:
        words = board.say(Text("{count} before the door", {"count": room.waiting}))
        _word(board, *sheet.spot(room.wide_m / 2, 1.4), words, board.theme.severity[2], 13)


def _placed(figure: RoomFigure, city_ms: int) -> tuple[float, float, float, int]:
    """(x, y, heading, point of the stride) by now: on the way, or there and never quite still."""
    (x0, y0), (x1, y1) = figure.from_xy, figure.to_xy
    span = figure.until_ms - figure.since_ms
    share = 1.0 if span <= 0 else min(1.0, max(0.0, (city_ms - figure.since_ms) / span))
    if share < 1.0:
        heading = math.degrees(math.atan2(x1 - x0, y1 - y0)) % 360.0
        gone = math.hypot(x1 - x0, y1 - y0) * share
        return x0 + (x1 - x0) * share, y0 + (y1 - y0) * share, heading, int(gone / _STRIDE_M) % 4
    beat = city_ms / 1000.0 + figure.look % 97
    sway = 0.05 if figure.pose == "sit" else 0.12
    turn = {"sit": 8.0, "stand": 14.0, "talk": 26.0}[figure.pose] * math.sin(beat * 0.7) * math.sin(beat * 0.23)
    return x1 + sway * math.sin(beat * 0.9), y1 + sway * math.cos(beat * 0.6), figure.facing + turn, 0


def _figure(
    board: Board, sheet: _Sheet, figure: RoomFigure, at: tuple[float, float], heading: float, stride: int
) -> None:
    x, y = sheet.spot(*at)
    theme, lines, scale = board.theme, imgui.get_window_draw_list(), sheet.scale
    ring = theme.selected if figure.own else theme.severity[1] if figure.muted else None
    if ring is not None:
        lines.add_circle_filled(imgui.ImVec2(x, y), scale * 0.8, packed(mix(theme.panel, ring, 0.6)), 24)
    if figure.role != "visitor":
        lines.add_circle_filled(imgui.ImVec2(x, y), scale * 0.9, packed(mix(theme.panel, theme.selected, 0.35)), 24)
    tall = min(max(TALL_M * scale, board.px(LEAST_PX)), board.px(MOST_PX))
    low = tall * 0.16 if figure.pose == "sit" and not stride else 0.0  # seated behind the bench's back
    picture = board.rooms.figure(figure.look, heading, stride, tall, theme)
    wide, high = picture.get_size()
    corner = imgui.ImVec2(round(x - wide / 2), round(y - high + 2 + low))
    lines.add_image(board.painter.texture_of(picture), corner, imgui.ImVec2(corner.x + wide, corner.y + high))


def _name(board: Board, sheet: _Sheet, figure: RoomFigure, x_m: float, y_m: float, *, crowded: bool) -> None:
    x, y = sheet.spot(x_m, y_m)
    mouse = imgui.get_mouse_pos()
    near = math.hypot(mouse.x - x, mouse.y - y) < board.px(_NEAR_PX)
    if crowded and figure.role == "visitor" and not figure.own and not near:
        return
    theme = board.theme
    tone = theme.bright if near or figure.role != "visitor" or figure.own else mix(theme.panel, theme.label, 0.85)
    words = board.say(figure.name)
    if figure.muted:
        words = board.say(Text("{name} (muted)", {"name": figure.name}))
    _word(board, x, y + board.px(2), words, tone, 10.5)


def _word(board: Board, x: float, y: float, words: str, tone: tuple[int, int, int], size: float) -> None:
    """Centred on ``x``, below ``y``, on a plate of the floor's shadow."""
    lines = imgui.get_window_draw_list()
    with board.style(tone, size):
        room = imgui.calc_text_size(words)
        left, top = round(x - room.x / 2), round(y)
        pad = board.px(3)
        lines.add_rect_filled(
            imgui.ImVec2(left - pad, top), imgui.ImVec2(left + room.x + pad, top + room.y),
            packed(board.theme.halo, 130), board.px(3),
        )  # fmt: skip
        lines.add_text(imgui.ImVec2(left, top), packed(tone), words)


def _bubble(board: Board, x: float, y: float, words: str, taken: list[_Box]) -> _Box:
    """A plate with its tail at (x, y), above those that are there already; gives its box."""
    theme, lines = board.theme, imgui.get_window_draw_list()
    with board.style(theme.bright, 11.0):
        words = board.fitted(words, board.px(190))
        room = imgui.calc_text_size(words)
        pad, high = board.px(6), room.y + board.px(4)
        left, top = round(x - room.x / 2 - pad), round(y - high - board.px(5))
        ground = packed(mix(theme.raised, theme.bright, 0.1))
        wide = room.x + 2 * pad
        while any(l < left + wide and left < r and t < top + high and top < b for l, t, r, b in taken):
            top -= round(high + board.px(2))
        far = imgui.ImVec2(left + wide, top + high)
        lines.add_rect_filled(imgui.ImVec2(left, top), far, ground, board.px(5))
        tail = board.px(4)
        lines.add_triangle_filled(
            imgui.ImVec2(x - tail, top + high - 1), imgui.ImVec2(x + tail, top + high - 1),
            imgui.ImVec2(x, top + high + tail), ground,
        )  # fmt: skip
        lines.add_text(imgui.ImVec2(left + pad, top + board.px(2)), packed(theme.bright), words)
        return left, top, left + wide, top + high


def _veil(board: Board, sheet: _Sheet, room: Room) -> None:
    theme, lines = board.theme, imgui.get_window_draw_list()
    far = imgui.ImVec2(sheet.left + room.wide_m * sheet.scale, sheet.top + room.high_m * sheet.scale)
    lines.add_rect_filled(imgui.ImVec2(sheet.left, sheet.top), far, packed(theme.panel, 170))
    words = board.say(room.veil) if room.veil is not None else ""
    _word(board, (sheet.left + far.x) / 2, (sheet.top + far.y) / 2, words, theme.severity[1], 17)


def _walk(board: Board, room: Room, sheet: _Sheet) -> None:
    mouse = imgui.get_mouse_pos()
    x_m, y_m = sheet.metres(mouse.x, mouse.y)
    if 0.0 <= x_m <= room.wide_m and 0.0 <= y_m <= room.high_m:
        command = {"t": room.walk, "place": room.place, "x_m": round(x_m, 2), "y_m": round(y_m, 2)}
        board.choices.proposals[board.source.propose(command)] = Text("Walk there")
