"""A whole page over the map: a scene room, a department's board, the duty log, the measures, the scenes, a report."""

from __future__ import annotations

from imgui_bundle import imgui

from twin.core.text import Text
from twin.core.views import Application, Card, Room, Section, Table
from twin.render.panels.board import LARGE_PX, Board
from twin.render.panels.card import draw_chips
from twin.render.panels.forms import draw_foot, foot_high
from twin.render.panels.queue import queue_width
from twin.render.panels.sections import draw_section
from twin.render.panels.tones import packed
from twin.render.panels.topbar import HIGH
from twin.render.panels.ways import draw_ways, toggle_page
from twin.render.stage import Selection

COLUMNS = 4  # of buttons
TWO_FROM = 760  # logical width from which two sections stand side by side
BROAD = 6  # a table of so many columns takes the whole width


def draw_page(board: Board, page: Card | None, asked: Selection, right: float, bottom: float) -> None:
    """Between queue, card and foot; what the server has not told yet says so."""
    left, top = queue_width(board), board.px(HIGH)
    wide, high = board.width - left - right, bottom - top
    with board.window("page", (left, top, wide, high), padding=(0, 0), flags=imgui.WindowFlags_.no_scrollbar):
        foot = foot_high(board, page, COLUMNS) if page is not None else 0.0
        imgui.push_style_var(imgui.StyleVar_.window_padding, board.size(24, 16))
        imgui.begin_child(
            f"page-body-{asked.kind}-{asked.id}",
            imgui.ImVec2(0, high - foot),
            imgui.ChildFlags_.always_use_window_padding,
        )
        if page is None:
            _head(board, None)
            board.text(board._("Asking the server"), board.theme.muted)
        else:
            _head(board, page)
            draw_ways(board, page.pages)
            if page.pages:
                board.gap(8)
            _flow(board, page.sections)
        imgui.end_child()
        imgui.pop_style_var()
        if page is not None and foot:
            draw_foot(board, page, foot, COLUMNS, pad=24)
        lines = imgui.get_window_draw_list()
        edge = imgui.ImVec2(left + wide - 1, top)
        lines.add_rect_filled(edge, imgui.ImVec2(left + wide, bottom), packed(board.theme.line))


def _head(board: Board, page: Card | None) -> None:
    theme, room = board.theme, imgui.get_content_region_avail().x
    corner = imgui.get_cursor_pos()
    imgui.set_cursor_pos(imgui.ImVec2(corner.x + room - board.px(24), corner.y))
    if board.icon_button("close-page", "close", f"{board._('Back to the map')} (Esc)", size=24):
        board.choices.page = None
    imgui.set_cursor_pos(corner)
    if page is None:
        return
    if page.icon:
        spot = imgui.get_cursor_screen_pos()
        board.stamp_icon(
            page.icon, spot.x, spot.y, 20, theme.of_severity(page.severity) if page.severity else theme.selected
        )
        imgui.set_cursor_pos_x(corner.x + board.px(32))
    board.text(board.say(page.title), theme.bright, LARGE_PX, bold=True)
    if page.subtitle is not None:
        imgui.same_line(0, board.px(12))
        imgui.set_cursor_pos_y(imgui.get_cursor_pos_y() + board.px(3))
        board.text(board.say(page.subtitle), theme.muted, 13)
    board.gap(2)
    draw_chips(board, page)
    board.rule(6)


BOARDS: tuple[tuple[str, str, Text], ...] = (
    ("departments", "D", Text("Departments")),
    ("duty", "J", Text("Duty log")),
    ("measures", "M", Text("Measures")),
    ("scenes", "S", Text("Scenes")),
    ("virtual_places", "V", Text("Virtual places")),
)
"""The pages that a button and a key open: kind, key, name."""
BOARD_KINDS = frozenset({"department", "scene", "exercise", "virtual", *(kind for kind, _key, _name in BOARDS)})
"""Pages that are no one case's."""


def draw_boards(board: Board) -> None:
    """The choice of pages under its button."""
    wide, high = board.px(216), board.px(24 + 36 * len(BOARDS))
    left = board.width - wide - board.px(16)
    with board.window("boards", (left, board.px(HIGH + 8), wide, high), ground=board.theme.raised, above=True):
        if imgui.is_window_appearing():
            imgui.set_window_focus()
        for kind, key, label in BOARDS:
            lit = board.choices.page is not None and board.choices.page.kind == kind
            if board.button(f"{board.say(label)}  ({key})", strong=lit, width=imgui.get_content_region_avail().x):
                board.choices.boards_open = False
                toggle_page(board, kind)


def _flow(board: Board, sections: tuple[Section, ...]) -> None:
    """Two columns where there is room; long tables over both."""
    two = imgui.get_content_region_avail().x >= board.px(TWO_FROM)
    waiting: list[tuple[int, Section]] = []
    for number, section in enumerate(sections):
        if not two or _broad(section):
            _pair(board, waiting)
            draw_section(board, section, number)
        else:
            waiting.append((number, section))
            if len(waiting) == 2:
                _pair(board, waiting)
    _pair(board, waiting)


def _pair(board: Board, waiting: list[tuple[int, Section]]) -> None:
    if len(waiting) == 2 and imgui.begin_table(f"pair{waiting[0][0]}", 2, imgui.TableFlags_.no_saved_settings):
        for number, section in waiting:
            imgui.table_next_column()
            draw_section(board, section, number)
        imgui.end_table()
    else:
        for number, section in waiting:
            draw_section(board, section, number)
    waiting.clear()


def _broad(section: Section) -> bool:
    return isinstance(section, Application | Room) or (isinstance(section, Table) and len(section.columns) >= BROAD)
