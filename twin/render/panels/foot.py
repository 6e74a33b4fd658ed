"""The line at the bottom: the latest alert, unfolding into the list of all."""

from __future__ import annotations

from imgui_bundle import imgui

from twin.core.views import Alert
from twin.render.moments import clock
from twin.render.panels.board import SMALL_PX, Board, packed
from twin.render.panels.queue import NUMERALS
from twin.render.stage import Selection

LINE = 32
LIST = 208
SHOWN = 60


def foot_height(board: Board) -> float:
    """Device pixels that the foot takes."""
    return board.px(LIST if board.choices.alerts_open else LINE)


def draw_foot(board: Board) -> None:
    """The newest alert on one line, or the list."""
    high = foot_height(board)
    top = board.height - high
    with board.window("foot", (0, top, board.width, high), padding=(16, 0), flags=imgui.WindowFlags_.no_scrollbar):
        imgui.get_window_draw_list().add_rect_filled(
            imgui.ImVec2(0, top), imgui.ImVec2(board.width, top + 1), packed(board.theme.line)
        )
        imgui.set_cursor_pos_y(board.px(4))
        if board.icon_button(
            "alerts", "down" if board.choices.alerts_open else "up", f"{board._('Alerts')} (A)", size=24
        ):
            board.choices.alerts_open = not board.choices.alerts_open
        imgui.same_line(0, board.px(8))
        alerts = list(board.world.alerts)
        if board.choices.alerts_open:
            imgui.set_cursor_pos_y(board.px(7))
            board.text(board._("Alerts"), board.theme.muted, SMALL_PX, bold=True)
            imgui.begin_child("list", imgui.ImVec2(0, board.px(LIST - LINE - 4)))
            for number, alert in enumerate(reversed(alerts[-SHOWN:])):
                _line(board, alert, number)
            imgui.end_child()
        elif alerts:
            imgui.set_cursor_pos_y(board.px(6))
            _line(board, alerts[-1], 0)
        else:
            imgui.set_cursor_pos_y(board.px(7))
            board.text(board._("No alerts"), board.theme.muted, SMALL_PX)


def _line(board: Board, alert: Alert, number: int) -> None:
    theme = board.theme
    tone = theme.of_severity(alert.severity)
    left = imgui.get_cursor_pos_x()
    flags = imgui.SelectableFlags_.allow_overlap
    if imgui.selectable(f"##alert{number}", False, flags, imgui.ImVec2(0, board.px(20)))[0] and alert.card:
        board.go_to(Selection("card", alert.card))
    imgui.same_line()
    imgui.set_cursor_pos_x(left)
    board.text(clock(alert.city_ms, board.zone), theme.muted, SMALL_PX)
    imgui.same_line(0, board.px(12))
    board.dot(tone)
    imgui.same_line(0, board.px(6))
    numeral = next((words for level, words in NUMERALS.items() if level == alert.severity), "")
    if numeral:
        board.text(numeral, tone, SMALL_PX, bold=True)
        imgui.same_line(0, board.px(8))
    board.text(board.say(alert.text), theme.text, 13)
