"""Ways from page to page: whole pages over the map, cards on the right."""

from __future__ import annotations

from imgui_bundle import imgui

from twin.core.text import Name, Text
from twin.render.panels.board import Board
from twin.render.stage import Selection
from twin.render.world import WHOLE


def open_page(board: Board, kind: str, id: str) -> None:
    """Over the map where it is a whole page; else on the right."""
    choices = board.choices
    if kind in WHOLE:
        choices.form = None
        choices.page = Selection(kind, id)
    elif kind == "case":
        choices.page = None
        board.go_to(Selection("card", id))
    else:
        board.go_to(Selection(kind, id))


def toggle_page(board: Board, kind: str) -> None:
    """Open one of the boards, or go back to the map from it."""
    choices = board.choices
    same = choices.page is not None and choices.page.kind == kind
    choices.form = None
    choices.page = None if same else Selection(kind, "")


def draw_ways(board: Board, pages: tuple[tuple[str, str, Text | Name], ...]) -> None:
    """Buttons to related pages, as many lines of them as it takes."""
    end = imgui.get_cursor_screen_pos().x + imgui.get_content_region_avail().x
    for number, (kind, id, label) in enumerate(pages):
        words = board.say(label)
        with board.style():
            wide = imgui.calc_text_size(words).x + board.px(24)
        if number:
            imgui.same_line(0, board.px(8))
            if imgui.get_cursor_screen_pos().x + wide > end:
                imgui.new_line()
        lit = board.choices.page == Selection(kind, id)
        if board.button(f"{words}##way{number}", strong=lit, width=wide):
            open_page(board, kind, id)
