"""The sections a card is made of: facts, tables, timelines, graphs, threads and meters."""

from __future__ import annotations

from imgui_bundle import imgui

from twin.core.views import Application, Facts, Graph, Happening, Meters, Room, Section, Table, Thread, Timeline
from twin.render.moments import clock
from twin.render.panels.application import draw_application
from twin.render.panels.board import SMALL_PX, Board
from twin.render.panels.graph import draw_graph
from twin.render.panels.meters import draw_meters
from twin.render.panels.room import draw_room
from twin.render.panels.table import cell_words, draw_table
from twin.render.panels.thread import draw_thread
from twin.render.panels.tones import packed


def draw_section(board: Board, section: Section, number: int) -> None:
    """A titled section."""
    board.text(board.say(section.title), board.theme.bright, 13, bold=True)
    board.gap(2)
    match section:
        case Facts():
            _facts(board, section, number)
        case Table():
            draw_table(board, section, number)
        case Timeline():
            _timeline(board, section)
        case Graph():
            draw_graph(board, section)
        case Thread():
            draw_thread(board, section, number)
        case Application():
            draw_application(board, section)
        case Meters():
            draw_meters(board, section)
        case Room():
            draw_room(board, section)
    board.gap(12)


def _facts(board: Board, facts: Facts, number: int) -> None:
    if not imgui.begin_table(f"facts{number}", 2, imgui.TableFlags_.no_saved_settings):
        return
    imgui.table_setup_column("label", imgui.TableColumnFlags_.width_stretch, 0.38)
    imgui.table_setup_column("value", imgui.TableColumnFlags_.width_stretch, 0.62)
    for label, value in facts.rows:
        imgui.table_next_row()
        imgui.table_next_column()
        board.wrapped(board.say(label), board.theme.muted, 13)
        imgui.table_next_column()
        words, tone, _right = cell_words(board, value)
        board.wrapped(words, tone, 13)
    imgui.end_table()


def _timeline(board: Board, timeline: Timeline) -> None:
    """Newest first: time, what, who and why, along a line of dots."""
    for index, entry in enumerate(sorted(timeline.entries, key=lambda one: -one.city_ms)):
        _happening(board, entry, latest=index == 0)


def _happening(board: Board, entry: Happening, *, latest: bool) -> None:
    theme, lines = board.theme, imgui.get_window_draw_list()
    corner = imgui.get_cursor_screen_pos()
    indent = board.px(20)
    imgui.indent(indent)
    with board.style(theme.muted, SMALL_PX):
        who = board.say(entry.who)
        imgui.push_text_wrap_pos(0.0)
        imgui.text_unformatted(f"{clock(entry.city_ms, board.zone)} · {who}")
        imgui.pop_text_wrap_pos()
    board.wrapped(board.say(entry.what), theme.text if not latest else theme.bright, 13)
    if entry.why is not None:
        board.wrapped(board.say(entry.why), theme.muted, SMALL_PX)
    imgui.unindent(indent)
    board.gap(4)
    bottom = imgui.get_cursor_screen_pos().y
    middle = corner.x + board.px(6)
    lines.add_rect_filled(
        imgui.ImVec2(middle - board.px(1) / 2, corner.y + board.px(14)),
        imgui.ImVec2(middle + board.px(1) / 2 + 1, bottom + board.px(4)),
        packed(theme.line),
    )
    tone = theme.selected if latest else theme.muted
    lines.add_circle_filled(imgui.ImVec2(middle + 0.5, corner.y + board.px(9)), board.px(3.5), packed(tone), 16)
