"""The card on the right: one case, errand, unit, resident, device, vehicle or intersection, and what may be done."""

from __future__ import annotations

import msgspec
from imgui_bundle import imgui

from twin.core.text import Text
from twin.core.views import Card
from twin.core.words import Provenance, Severity
from twin.render.panels.board import LARGE_PX, Board
from twin.render.panels.forms import draw_foot, foot_high
from twin.render.panels.queue import NUMERALS, due_words
from twin.render.panels.sections import draw_section
from twin.render.panels.tones import packed
from twin.render.panels.topbar import HIGH, PROVENANCES
from twin.render.panels.ways import draw_ways
from twin.render.stage import Selection
from twin.render.theme import mix, rgb
from twin.render.whereabouts import mover_id
from twin.render.world import page_name

WIDE = 368
WIDE_FROM = 1700


def card_width(board: Board, card: Card | None) -> float:
    """Device pixels that the card takes, 0 when nothing is selected."""
    if card is None:
        return 0.0
    return board.px(440 if board.width / board.u >= WIDE_FROM else WIDE)


def draw_card(board: Board, card: Card, bottom: float) -> None:
    """Head, scrolling sections, and the actions at the foot where they never scroll away."""
    wide, top = card_width(board, card), board.px(HIGH)
    left = board.width - wide
    with board.window("card", (left, top, wide, bottom - top), padding=(0, 0), flags=imgui.WindowFlags_.no_scrollbar):
        foot = foot_high(board, card)
        imgui.push_style_var(imgui.StyleVar_.window_padding, board.size(16, 12))
        imgui.begin_child(
            f"body-{card.id}", imgui.ImVec2(0, bottom - top - foot), imgui.ChildFlags_.always_use_window_padding
        )
        _head(board, card)
        for number, section in enumerate(card.sections):
            draw_section(board, section, number)
        imgui.end_child()
        imgui.pop_style_var()
        if foot:
            draw_foot(board, card, foot)
        imgui.get_window_draw_list().add_rect_filled(
            imgui.ImVec2(left, top), imgui.ImVec2(left + 1, bottom), packed(board.theme.line)
        )


def _head(board: Board, card: Card) -> None:
    theme = board.theme
    tone = theme.of_severity(card.severity) if card.severity else theme.selected
    corner = imgui.get_cursor_screen_pos()
    room = imgui.get_content_region_avail().x
    side = board.px(40)
    imgui.get_window_draw_list().add_rect_filled(
        corner, imgui.ImVec2(corner.x + side, corner.y + side), packed(mix(theme.panel, tone, 0.22)), board.px(6)
    )
    board.stamp_icon(card.icon, corner.x + board.px(8), corner.y + board.px(8), 24, tone)
    imgui.set_cursor_screen_pos(imgui.ImVec2(corner.x + room - board.px(24), corner.y))
    if board.icon_button("close", "close", f"{board._('Close')} (Esc)", size=24):
        board.choices.select(None)
    imgui.set_cursor_screen_pos(imgui.ImVec2(corner.x + board.px(52), corner.y - board.px(2)))
    imgui.begin_group()
    imgui.push_text_wrap_pos(imgui.get_cursor_pos_x() + room - board.px(84))
    with board.style(theme.bright, LARGE_PX, bold=True):
        imgui.text_unformatted(board.say(card.title))
    if card.subtitle is not None:
        with board.style(theme.muted, 13):
            imgui.text_unformatted(board.say(card.subtitle))
    imgui.pop_text_wrap_pos()
    imgui.end_group()
    end = max(imgui.get_cursor_screen_pos().y, corner.y + side)
    imgui.set_cursor_screen_pos(imgui.ImVec2(corner.x, end + board.px(8)))
    draw_chips(board, card)
    _who_and_when(board, card)
    _travel(board, card)
    board.rule(8)


def draw_chips(board: Board, card: Card) -> None:
    """Level, state and provenance."""
    theme = board.theme
    chips: list[tuple[str, tuple[int, int, int], bool]] = []
    if card.severity:
        level = board.say(Text("Level {numeral}", {"numeral": NUMERALS[Severity(card.severity)]}))
        chips.append((level, theme.of_severity(card.severity), True))
    if card.state is not None:
        chips.append((board.say(card.state), theme.good if card.closed_ms >= 0 else theme.text, False))
    if card.provenance >= 0:
        provenance = Provenance(card.provenance)
        filled = provenance == Provenance.EXERCISE  # never to be taken for the city
        chips.append((board.say(PROVENANCES[provenance]), theme.provenance[provenance], filled))
    for index, (words, tone, filled) in enumerate(chips):
        if index:
            imgui.same_line(0, board.px(6))
        board.chip(words, tone, filled=filled)
    if chips:
        board.gap(4)


def _who_and_when(board: Board, card: Card) -> None:
    theme = board.theme
    rows: list[tuple[str, str, tuple[int, int, int]]] = []
    if card.owner:
        rows.append((board._("In charge"), board.say(card.owner), theme.text))
    if card.opened_ms >= 0:
        rows.append((board._("Opened"), board.when(card.opened_ms), theme.text))
    if card.closed_ms >= 0:
        rows.append((board._("Closed"), board.when(card.closed_ms), theme.text))
    elif card.due_ms >= 0:
        words, tone = due_words(board, card)
        over = tone == theme.severity[0]
        label = board._("Overdue by") if over else board._("Due in")
        rows.append((label, words.lstrip("+"), tone if tone != theme.muted else theme.text))
    if card.department is not None:
        with board.style(theme.text):
            known = [one for one in board.world.departments if one.name == card.department]
            if known:
                board.dot(rgb(known[0].colour), 9)
                imgui.same_line(0, board.px(8))
            imgui.text_unformatted(board.say(card.department))
    if not rows or not imgui.begin_table("when", 2, imgui.TableFlags_.no_saved_settings):
        return
    imgui.table_setup_column("label", imgui.TableColumnFlags_.width_stretch, 0.38)
    imgui.table_setup_column("value", imgui.TableColumnFlags_.width_stretch, 0.62)
    for label, value, tone in rows:
        imgui.table_next_row()
        imgui.table_next_column()
        board.text(label, theme.muted, 13)
        imgui.table_next_column()
        board.wrapped(value, tone, 13)
    imgui.end_table()


def _travel(board: Board, card: Card) -> None:
    """Buttons that move the camera, never the city."""
    choices = board.choices
    board.gap(4)
    if board.button(board._("Show on map")):
        board.go_to(
            Selection("card", card.id)
            if card.id in board.world.cards
            else choices.selection or Selection("card", card.id)
        )
    follows = _mover_of(board, card)
    if follows >= 0:
        imgui.same_line()
        lit = choices.follow_mover == follows
        if board.button(board._("Stop following") if lit else board._("Follow"), strong=lit):
            choices.follow_mover = -1 if lit else follows
            choices.follow_events = False
            life = next((id for kind, id, _label in card.pages if kind == "life"), "")
            if not lit and life:  # their day beside the map that follows them
                choices.select(Selection("life", life))
    if card.pages:
        board.gap(2)
        draw_ways(board, card.pages)


def _mover_of(board: Board, card: Card) -> int:
    if card.mover >= 0:
        return card.mover
    mark = board.world.marks.get(card.mark)
    if mark is not None and mark.follows >= 0:
        return mark.follows
    return mover_id(board.choices.selection)


def page_of(board: Board, selection: Selection | None) -> Card | None:
    """The card to show for a selection: told by the server where it has come, else what the console itself knows."""
    if selection is None:
        return None
    world = board.world
    if selection.id in world.cards:
        return world.cards[selection.id]
    if selection.kind == "mark":
        mark = world.marks.get(selection.id)
        return world.cards.get(mark.card) if mark is not None else None
    page = world.pages.get(page_name(selection.kind, selection.id))
    if page is None:
        return None
    return msgspec.structs.replace(page, id=selection.id) if page.id != selection.id else page
