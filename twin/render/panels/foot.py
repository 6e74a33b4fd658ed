"""The line at the bottom: the latest alert, unfolding into the list of all."""

from __future__ import annotations

from imgui_bundle import imgui

from twin.core.views import Alert
from twin.render.moments import clock
from twin.render.panels.board import SMALL_PX, Board
from twin.render.panels.queue import NUMERALS
from twin.render.panels.tones import packed
from twin.render.stage import Selection

LINE = 32
ROW = 22
LIST = 208
SHOWN = 60


def foot_height(board: Board) -> float:
    """Device pixels that the foot takes."""
    return board.px(LIST if board.choices.alerts_open else LINE)


def draw_foot(board: Board) -> None:
    """The newest alert on one line, or the list."""
    high = foot_height(board)
    top = board.height - high
    with board.window("foot", (0, top, board.width, high), padding=(0, 0), flags=imgui.WindowFlags_.no_scrollbar):
        imgui.get_window_draw_list().add_rect_filled(
            imgui.ImVec2(0, top), imgui.ImVec2(board.width, top + 1), packed(board.theme.line)
        )
        imgui.set_cursor_pos(imgui.ImVec2(board.px(12), board.px((LINE - 24) / 2)))
        unfolded = board.choices.alerts_open
        if board.icon_button("alerts", "down" if unfolded else "up", f"{board._('Alerts')} (A)", size=24):
            board.choices.alerts_open = not unfolded
        alerts = list(board.world.alerts)
        middle = board.px(LINE) / 2
        if unfolded:
            board.word(board.px(44), middle, board._("Alerts"), board.theme.muted, SMALL_PX, bold=True)
            imgui.set_cursor_pos(imgui.ImVec2(board.px(44), board.px(LINE)))
            imgui.begin_child("list", imgui.ImVec2(0, board.px(LIST - LINE - 4)))
            for number, alert in enumerate(reversed(alerts[-SHOWN:])):
                _line(board, alert, number)
            imgui.end_child()
        elif alerts:
            imgui.set_cursor_pos(imgui.ImVec2(board.px(44), board.px((LINE - ROW) / 2)))
            _line(board, alerts[-1], 0)
        else:
            board.word(board.px(44), middle, board._("No alerts"), board.theme.muted, SMALL_PX)


def _line(board: Board, alert: Alert, number: int) -> None:
    """Time, level, text; a click opens its card."""
    theme = board.theme
    tone = theme.of_severity(alert.severity)
    corner = imgui.get_cursor_pos()
    if imgui.selectable(f"##alert{number}", False, 0, imgui.ImVec2(0, board.px(ROW)))[0] and alert.card:
        board.go_to(Selection("card", alert.card))
    x, middle = corner.x, corner.y + board.px(ROW) / 2 - imgui.get_scroll_y()
    x += board.word(x, middle, clock(alert.city_ms, board.zone), theme.muted, SMALL_PX) + board.px(12)
    board.bead(x, middle, tone)
    x += board.px(16)
    numeral = next((words for level, words in NUMERALS.items() if level == alert.severity), "")
    if numeral:
        x += board.word(x, middle, numeral, tone, SMALL_PX, bold=True) + board.px(8)
    board.word(x, middle, board.say(alert.text), theme.text, 13)
