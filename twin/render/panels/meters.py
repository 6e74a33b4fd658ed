"""Measures as bars: a share with its target, and always the fraction behind it."""

from __future__ import annotations

from imgui_bundle import imgui

from twin.core.views import Meter, Meters
from twin.render.panels.board import SMALL_PX, Board
from twin.render.panels.tones import packed

ROW = 40


def draw_meters(board: Board, meters: Meters) -> None:
    """One row a measure; what has nothing to measure yet says so and shows no bar."""
    for meter in meters.meters:
        _meter(board, meter)


def _meter(board: Board, meter: Meter) -> None:
    theme = board.theme
    tone = theme.text if meter.good is None else theme.good if meter.good else theme.severity[1]
    board.text(board.say(meter.name), theme.text, 13)
    imgui.same_line()
    words = meter.shown if meter.share is not None or meter.shown else "–"
    board.right(words, tone if words != "–" else theme.muted, 13, bold=True)
    corner, wide = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail().x
    high, lines = board.px(4), imgui.get_window_draw_list()
    far = imgui.ImVec2(corner.x + wide, corner.y + high)
    if meter.share is not None:
        lines.add_rect_filled(corner, far, packed(theme.field), high / 2)
        reach = corner.x + wide * min(max(meter.share, 0.0), 1.0)
        lines.add_rect_filled(corner, imgui.ImVec2(reach, far.y), packed(tone), high / 2)
        if meter.target is not None:
            at = corner.x + wide * min(max(meter.target, 0.0), 1.0)
            lines.add_rect_filled(
                imgui.ImVec2(at - 1, corner.y - high / 2), imgui.ImVec2(at + 1, far.y + high / 2), packed(theme.bright)
            )
        imgui.dummy(imgui.ImVec2(wide, high))
    if meter.of is not None:
        board.text(board.say(meter.of), theme.muted, SMALL_PX)
    board.gap(6)
