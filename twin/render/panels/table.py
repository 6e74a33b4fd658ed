"""A table of a card or page: columns as wide as their words need, rows that lead to pages and have a button."""

from __future__ import annotations

from imgui_bundle import imgui

from twin.core.text import Name, Text
from twin.core.views import Action, Moment, Table
from twin.render.panels.board import SMALL_PX, Board
from twin.render.panels.forms import may, propose
from twin.render.panels.ways import open_page
from twin.render.theme import RGB

FLAGS = imgui.TableFlags_.borders_inner_h | imgui.TableFlags_.no_saved_settings | imgui.TableFlags_.sizing_stretch_prop
FEW, EACH = 4, 96.0  # a table of more columns than a few needs so many logical pixels for each
LEAST = 24.0  # logical pixels that a column asks for
MOST_SHARE = 0.55  # of the room, for one column

Cell = Text | Name | Moment | str | float | int | None


def cell_words(board: Board, cell: Cell) -> tuple[str, RGB | None, bool]:
    """A cell's words, its colour where it has a meaning, and whether it stands to the right."""
    if cell is None:
        return "–", board.theme.muted, False
    if isinstance(cell, Moment):
        if cell.city_ms < 0:
            return "–", board.theme.muted, False
        if cell.due:
            words, over = board.due(cell.city_ms)
            return words, board.theme.severity[0] if over else None, True
        return board.when(cell.city_ms), None, False
    if isinstance(cell, bool):
        return board._("yes") if cell else board._("no"), None, False
    if isinstance(cell, int):
        return f"{cell:,}", None, True
    if isinstance(cell, float):
        return board.say(cell), None, True
    return board.say(cell), None, False


def draw_table(board: Board, table: Table, number: int) -> None:
    """Header and rows, numbers and deadlines to the right; row by row where there is no room for so many columns."""
    columns = len(table.columns) + bool(table.acts)
    if columns > FEW and imgui.get_content_region_avail().x < board.px(EACH * columns):
        _rows(board, table, number)
    elif table.columns:
        _grid(board, table, number, columns)


def _rows(board: Board, table: Table, number: int) -> None:
    """Each row as a block: what it is about, then its values, each with its column's name before it."""
    for line, row in enumerate(table.rows):
        link = table.links[line] if line < len(table.links) else None
        _cell(board, row[0], False, link, f"{number}/{line}")
        end = imgui.get_cursor_screen_pos().x + imgui.get_content_region_avail().x
        first = True
        for title, cell in zip(table.columns[1:], row[1:], strict=False):
            words, tone, _right = cell_words(board, cell)
            if cell is None or not words:
                continue
            first = _labelled(board, board.say(title), words, tone, end, first=first)
        if line < len(table.acts):
            _act(board, table.acts[line], f"{number}/{line}")
        if line < len(table.rows) - 1:
            board.rule(3)


def _labelled(board: Board, label: str, words: str, tone: RGB | None, end: float, *, first: bool) -> bool:
    """One value behind its label, on this line where it fits. Always False: the next is not the first."""
    with board.style(size=SMALL_PX):
        wide = imgui.calc_text_size(f"{label} {words}").x + board.px(4)
    if not first:
        imgui.same_line(0, board.px(14))
        if imgui.get_cursor_screen_pos().x + wide > end:
            imgui.new_line()
    board.text(label, board.theme.muted, SMALL_PX)
    imgui.same_line(0, board.px(4))
    board.wrapped(words, tone, SMALL_PX)
    return False


def _grid(board: Board, table: Table, number: int, columns: int) -> None:
    widths = [_width(board, table, column) for column in range(len(table.columns))]
    if not imgui.begin_table(f"table{number}", columns, FLAGS):
        return
    right = [_to_the_right(table, column) for column in range(len(table.columns))]
    for column, width in enumerate(widths):
        imgui.table_setup_column(f"c{column}", imgui.TableColumnFlags_.width_stretch, width)
    if table.acts:
        imgui.table_setup_column("act", imgui.TableColumnFlags_.width_stretch, _act_width(board, table))
    titles = [board.say(title).strip() for title in table.columns]
    if any(titles):
        imgui.table_next_row()
    for column, title in enumerate(titles if any(titles) else ()):
        imgui.table_next_column()
        if right[column]:
            board.right(title, board.theme.muted, SMALL_PX)
        else:
            board.wrapped(title, board.theme.muted, SMALL_PX)
    for line, row in enumerate(table.rows):
        imgui.table_next_row()
        for column, cell in enumerate(row):
            imgui.table_next_column()
            link = table.links[line] if column == 0 and line < len(table.links) else None
            _cell(board, cell, right[column], link, f"{number}/{line}")
        if table.acts:
            imgui.table_next_column()
            _act(board, table.acts[line] if line < len(table.acts) else None, f"{number}/{line}")
    imgui.end_table()


def _cell(board: Board, cell: Cell, to_the_right: bool, link: tuple[str, str] | None, id: str) -> None:
    words, tone, right = cell_words(board, cell)
    if link is not None:
        corner = imgui.get_cursor_pos()
        if imgui.selectable(f"##row{id}", False, imgui.SelectableFlags_.span_all_columns
                            | imgui.SelectableFlags_.allow_overlap)[0]:  # fmt: skip
            open_page(board, *link)
        board.spot(f"link-{link[0]}-{link[1]}")
        imgui.set_cursor_pos(corner)
        tone = tone or board.theme.selected
    if right or (to_the_right and cell is None):
        board.right(words, tone, 13)
    else:
        board.wrapped(words, tone, 13)


def _act(board: Board, action: Action | None, id: str) -> None:
    if action is None:
        return
    imgui.begin_disabled(not may(board, action))
    with board.style(board.theme.text, SMALL_PX):
        if imgui.small_button(f"{board.say(action.label)}##act{id}"):
            propose(board, action, {})
    imgui.end_disabled()


def _to_the_right(table: Table, column: int) -> bool:
    cells = [row[column] for row in table.rows if row[column] is not None]
    return bool(cells) and all(
        isinstance(cell, int | float) or (isinstance(cell, Moment) and cell.due) for cell in cells
    )


def _width(board: Board, table: Table, column: int) -> float:
    """What the widest words of a column need, within bounds."""
    with board.style(size=13):
        needs = [imgui.calc_text_size(board.say(table.columns[column])).x * SMALL_PX / 13]
        needs += [imgui.calc_text_size(cell_words(board, row[column])[0]).x for row in table.rows]
    most = imgui.get_content_region_avail().x / board.u * MOST_SHARE
    return min(max(max(needs) / board.u, LEAST), max(most, LEAST)) + 8.0


def _act_width(board: Board, table: Table) -> float:
    with board.style(size=SMALL_PX):
        needs = [imgui.calc_text_size(board.say(action.label)).x for action in table.acts if action is not None]
    return max(needs, default=LEAST) / board.u + 24.0
