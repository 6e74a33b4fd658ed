"""The case queue on the left: what is open, what was closed, and residents' errands."""

from __future__ import annotations

from imgui_bundle import imgui

from twin.core.text import Text
from twin.core.views import Card, DepartmentView
from twin.core.words import Severity
from twin.render.moments import brief_age
from twin.render.panels.board import SMALL_PX, Board
from twin.render.panels.tones import packed, vec4
from twin.render.panels.topbar import HIGH
from twin.render.stage import Selection
from twin.render.theme import RGB, mix, rgb

WIDE = 376
NARROW = 344  # beside an open card in a small window, so that the map keeps half of it
NARROW_BELOW = 1500
WIDE_FROM = 1700  # logical width from which the queue takes more room
ROW = 48
NUMERALS = {Severity.I: "Ⅰ", Severity.II: "Ⅱ", Severity.III: "Ⅲ", Severity.IV: "Ⅳ"}
TABLE = (
    imgui.TableFlags_.sortable
    | imgui.TableFlags_.scroll_y
    | imgui.TableFlags_.sizing_fixed_fit
    | imgui.TableFlags_.no_saved_settings
    | imgui.TableFlags_.borders_inner_h
    | imgui.TableFlags_.pad_outer_x
)


def queue_width(board: Board) -> float:
    """Device pixels that the queue takes, 0 when it is folded away."""
    if not board.choices.queue_open:
        return 0.0
    if board.width / board.u >= WIDE_FROM:
        return board.px(432)
    return board.px(NARROW if board.choices.selection is not None and board.width / board.u < NARROW_BELOW else WIDE)


def draw_queue(board: Board, bottom: float) -> None:
    """Everything between the top bar and ``bottom``."""
    wide, top = queue_width(board), board.px(HIGH)
    if not wide:
        with board.window("queue-tab", (0, top, board.px(32), board.px(40)), padding=(0, 4)):
            if board.icon_button("queue", "right", f"{board._('Cases')} (Q)"):
                board.choices.queue_open = True
        return
    with board.window("queue", (0, top, wide, bottom - top), padding=(0, 8), flags=imgui.WindowFlags_.no_scrollbar):
        cards = _of_tab(board, board.choices.tab)
        _tabs(board, wide)
        if cards:
            _table(board, cards)
        else:
            _nothing(board)
        imgui.get_window_draw_list().add_rect_filled(
            imgui.ImVec2(wide - 1, top), imgui.ImVec2(wide, bottom), packed(board.theme.line)
        )


def _of_tab(board: Board, tab: str) -> list[Card]:
    cards = board.world.cards.values()
    if tab == "errands":
        return [card for card in cards if card.kind == "errand"]
    return [card for card in cards if card.kind == "case" and (card.closed_ms >= 0) == (tab == "closed")]


def _tabs(board: Board, wide: float) -> None:
    imgui.set_cursor_pos_x(board.px(8))
    names = (("open", board._("Open")), ("closed", board._("Closed")), ("errands", board._("Errands")))
    for id, name in names:
        lit = board.choices.tab == id
        with board.style(board.theme.bright if lit else board.theme.muted, bold=lit):
            ground = board.theme.field if lit else board.theme.panel
            imgui.push_style_color(imgui.Col_.button, vec4(ground))
            count = len(_of_tab(board, id))
            if imgui.button(f"{name} {count}##{id}", imgui.ImVec2(0, board.px(32))):
                board.choices.tab = id
            imgui.pop_style_color()
        imgui.same_line(0, board.px(4))
    late = overdue(board)
    if late:
        imgui.set_cursor_pos_y(imgui.get_cursor_pos_y() + board.px(6))
        words = board.say(Text("{n} overdue", {"n": late}))
        with board.style(size=SMALL_PX, bold=True):
            fits = imgui.get_cursor_pos_x() + imgui.calc_text_size(words).x + board.px(20) < wide - board.px(40)
        board.chip(words if fits else f"+{late}", board.theme.severity[0])
        board.hint(words)
        imgui.same_line(0, board.px(4))
        imgui.set_cursor_pos_y(board.px(8))
    imgui.set_cursor_pos_x(wide - board.px(40))
    if board.icon_button("fold", "left", f"{board._('Fold away')} (Q)"):
        board.choices.queue_open = False
    board.gap(2)


def _nothing(board: Board) -> None:
    board.gap(24)
    known = {
        "open": board._("No open case. The city is calm."),
        "closed": board._("Nothing has been closed yet."),
        "errands": board._("No errand under way."),
    }
    words = known[board.choices.tab] if board.world.status is not None else board._("Nothing is known of the city yet.")
    imgui.set_cursor_pos_x(board.px(16))
    board.wrapped(words, board.theme.muted)


def _table(board: Board, cards: list[Card]) -> None:
    closed = board.choices.tab == "closed"
    errands = board.choices.tab == "errands"
    if not imgui.begin_table(f"cases-{board.choices.tab}", 4, TABLE, imgui.ImVec2(0, 0)):
        return
    stretch, fixed = imgui.TableColumnFlags_.width_stretch, imgui.TableColumnFlags_.width_fixed
    down = imgui.TableColumnFlags_.prefer_sort_descending
    titles = (
        board._("Level") if not errands else "",
        board._("Errand") if errands else board._("Case"),
        board._("Age"),
        board._("Took") if closed else board._("Due"),
    )
    imgui.table_setup_scroll_freeze(0, 1)
    imgui.table_setup_column(titles[0], fixed | imgui.TableColumnFlags_.default_sort, board.px(44))
    imgui.table_setup_column(titles[1], stretch)
    imgui.table_setup_column(titles[2], fixed | down, board.px(52))
    imgui.table_setup_column(titles[3], fixed, board.px(54))
    _headers(board, titles)
    specs = imgui.table_get_sort_specs()
    if specs is not None and specs.specs_count:
        first = specs.get_specs(0)
        board.choices.sort_column = first.column_index
        board.choices.sort_down = first.get_sort_direction() == imgui.SortDirection.descending
    for card in _sorted(board, cards):
        _row(board, card)
    imgui.end_table()


def _headers(board: Board, titles: tuple[str, ...]) -> None:
    """Titles over their columns; those of figures end where the figures do, left of the arrow that sorts."""
    imgui.table_next_row(imgui.TableRowFlags_.headers)
    for column, title in enumerate(titles):
        imgui.table_set_column_index(column)
        corner = imgui.get_cursor_pos()
        room = imgui.get_content_region_avail().x
        with board.style(board.theme.panel, SMALL_PX):
            imgui.table_header(f"##{column}")
            wide = imgui.calc_text_size(title).x
        lit = board.choices.sort_column == column
        tone = board.theme.text if lit else board.theme.muted
        x = corner.x if column < 2 else corner.x + room - wide
        board.word(x, corner.y + board.px(8), title, tone, SMALL_PX, bold=lit)


def _sorted(board: Board, cards: list[Card]) -> list[Card]:
    late = 1 << 62
    column, down = board.choices.sort_column, board.choices.sort_down

    def key(card: Card) -> tuple[float | str, int, str]:
        first: float | str = card.severity or 9
        if column == 1:
            first = board.say(card.title)
        elif column == 2:
            first = board.city_ms - card.opened_ms
        elif column == 3:
            first = (
                card.closed_ms - card.opened_ms if card.closed_ms >= 0 else card.due_ms if card.due_ms >= 0 else late
            )
        return first, -card.opened_ms, card.id

    return sorted(cards, key=key, reverse=down)


def _row(board: Board, card: Card) -> None:
    theme, choices = board.theme, board.choices
    imgui.table_next_row(0, board.px(ROW))
    imgui.table_next_column()
    chosen = choices.selection is not None and choices.selection.id in (card.id, card.mark)
    corner = imgui.get_cursor_screen_pos()
    if chosen:
        ground = packed(mix(theme.panel, theme.selected, 0.16))
        imgui.table_set_bg_color(imgui.TableBgTarget_.row_bg0, ground)
    under = mix(theme.panel, theme.selected, 0.16) if chosen else theme.raised  # the pointer, lower than the row
    imgui.push_style_color(imgui.Col_.header_hovered, vec4(under))
    imgui.push_style_var(imgui.StyleVar_.item_spacing, imgui.ImVec2(0, 0))
    flags = imgui.SelectableFlags_.span_all_columns | imgui.SelectableFlags_.allow_overlap
    if imgui.selectable(f"##{card.id}", False, flags, imgui.ImVec2(0, board.px(ROW - 8)))[0]:
        board.go_to(Selection("card", card.id))
    imgui.pop_style_var()
    imgui.pop_style_color()
    _level(board, card, corner)
    imgui.table_next_column()
    _names(board, card)
    imgui.table_next_column()
    board.right(
        board.say(brief_age((board.city_ms - card.opened_ms) / 1000)) if card.opened_ms >= 0 else "",
        theme.muted,
        SMALL_PX,
    )
    imgui.table_next_column()
    words, tone = due_words(board, card)
    board.right(words, tone, SMALL_PX, bold=tone != theme.muted)


def _level(board: Board, card: Card, corner: imgui.ImVec2) -> None:
    """The plate: severity colour, the scene's icon, the numeral beside it."""
    theme = board.theme
    tone = (
        theme.of_severity(card.severity) if card.severity else theme.selected if card.kind == "errand" else theme.muted
    )
    if card.closed_ms >= 0:
        tone = mix(tone, theme.panel, 0.45)
    side, high = board.px(28), board.px(ROW - 8)
    top = corner.y + (high - side) / 2
    box = imgui.ImVec2(corner.x, top), imgui.ImVec2(corner.x + side, top + side)
    imgui.get_window_draw_list().add_rect_filled(*box, packed(mix(theme.panel, tone, 0.2)), board.px(6))
    imgui.get_window_draw_list().add_rect_filled(
        imgui.ImVec2(corner.x - board.px(6), top), imgui.ImVec2(corner.x - board.px(3), top + side), packed(tone)
    )
    board.stamp_icon(card.icon, corner.x + board.px(6), top + board.px(6), 16, tone)
    if card.severity:
        with board.style(tone, SMALL_PX, bold=True):
            imgui.get_window_draw_list().add_text(
                imgui.ImVec2(corner.x + board.px(31), top + board.px(6)),
                packed(tone),
                NUMERALS[Severity(card.severity)],
            )


def _names(board: Board, card: Card) -> None:
    theme = board.theme
    room = imgui.get_content_region_avail().x
    tone = theme.text if card.closed_ms < 0 else theme.muted
    with board.style(tone, bold=card.closed_ms < 0):
        imgui.text_unformatted(board.fitted(board.say(card.title), room))
    parts = [board.say(card.state)] if card.state is not None else []
    colour: RGB | None = None
    if card.department is not None:
        parts.append(board.say(card.department))
        known: list[DepartmentView] = [one for one in board.world.departments if one.name == card.department]
        colour = rgb(known[0].colour) if known else None
    if colour is not None:
        with board.style(theme.muted, SMALL_PX):
            board.dot(mix(colour, theme.panel, 0.0 if card.closed_ms < 0 else 0.4), 7)
        imgui.same_line(0, board.px(6))
    with board.style(theme.muted, SMALL_PX):
        spot = imgui.get_cursor_screen_pos()
        room = imgui.get_window_pos().x + imgui.get_window_width() - spot.x - board.px(12)
        words = board.fitted(" · ".join(parts), room)
        lines = imgui.get_window_draw_list()  # under the figures of the other columns, which have one line only
        lines.push_clip_rect(spot, imgui.ImVec2(spot.x + room, spot.y + board.px(20)))
        lines.add_text(spot, packed(theme.muted), words)
        lines.pop_clip_rect()


def due_words(board: Board, card: Card) -> tuple[str, RGB]:
    """The due clock of a card and its colour: quiet, amber in the last fifth, red once overdue."""
    theme = board.theme
    if card.closed_ms >= 0:
        return board.say(brief_age((card.closed_ms - card.opened_ms) / 1000)), theme.muted
    if card.due_ms < 0:
        return "", theme.muted
    words, over = board.due(card.due_ms)
    if over:
        return words, theme.severity[0]
    whole = max(1, card.due_ms - card.opened_ms)
    return words, theme.caution if (card.due_ms - board.city_ms) / whole < 0.2 else theme.muted


def overdue(board: Board) -> int:
    """How many open cases are past their deadline."""
    return sum(
        1
        for card in board.world.cards.values()
        if card.kind == "case" and card.closed_ms < 0 and 0 <= card.due_ms < board.city_ms
    )
