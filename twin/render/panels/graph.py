"""A small graph of steps that lights up as they are done: rows by depth, joined by right-angled lines."""

from __future__ import annotations

from dataclasses import dataclass

from imgui_bundle import imgui

from twin.core.views import Graph, Step
from twin.render.panels.board import SMALL_PX, Board
from twin.render.panels.tones import packed
from twin.render.theme import RGB, mix

ROW = 44
BETWEEN = 20
APART = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a step stands: its row from the top, its place in that row of ``of`` steps."""

    step: Step
    row: int
    column: int
    of: int


def arrange(steps: tuple[Step, ...]) -> tuple[Cell, ...]:
    """Each step one row below the lowest of those it comes after. Unknown names and circles are ignored."""
    known = {step.id: step for step in steps}
    depth: dict[str, int] = {}

    def find(id: str, above: frozenset[str]) -> int:
        if id not in depth:
            before = [name for name in known[id].after if name in known and name not in above]
            depth[id] = 1 + max((find(name, above | {id}) for name in before), default=-1)
        return depth[id]

    for step in steps:
        find(step.id, frozenset())
    rows: dict[int, list[Step]] = {}
    for step in steps:
        rows.setdefault(depth[step.id], []).append(step)
    return tuple(
        Cell(step, row, column, len(members))
        for row, members in sorted(rows.items())
        for column, step in enumerate(members)
    )


def draw_graph(board: Board, graph: Graph) -> None:
    """The graph at the cursor, as wide as the panel."""
    cells = arrange(graph.steps)
    if not cells:
        return
    corner, wide = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail().x
    boxes: dict[str, tuple[float, float, float, float]] = {}
    for cell in cells:
        gap = board.px(APART)
        each = (wide - gap * (cell.of - 1)) / cell.of
        x = corner.x + round(cell.column * (each + gap))
        y = corner.y + board.px(cell.row * (ROW + BETWEEN))
        boxes[cell.step.id] = (x, y, x + round(each), y + board.px(ROW))
    for cell in cells:
        for name in cell.step.after:
            if name in boxes:
                _join(board, boxes[name], boxes[cell.step.id], cell.step)
    for cell in cells:
        _node(board, cell.step, boxes[cell.step.id])
    rows = cells[-1].row + 1
    imgui.dummy(imgui.ImVec2(wide, board.px(rows * ROW + (rows - 1) * BETWEEN)))


def _tone(board: Board, step: Step) -> RGB:
    theme = board.theme
    return {"done": theme.good, "active": theme.selected, "failed": theme.severity[0]}.get(step.state, theme.muted)


def _join(
    board: Board, above: tuple[float, float, float, float], below: tuple[float, float, float, float], step: Step
) -> None:
    """Down, across, down; lit once the later step has begun."""
    tone = board.theme.line if step.state == "waiting" else mix(_tone(board, step), board.theme.panel, 0.35)
    lines, thick = imgui.get_window_draw_list(), board.px(2)
    x0, x1 = round((above[0] + above[2]) / 2), round((below[0] + below[2]) / 2)
    middle = round((above[3] + below[1]) / 2)

    def bar(left: float, top: float, right: float, bottom: float) -> None:
        lines.add_rect_filled(imgui.ImVec2(left, top), imgui.ImVec2(right, bottom), packed(tone))

    half = thick / 2
    bar(x0 - half, above[3], x0 + half, middle + half)
    bar(min(x0, x1) - half, middle - half, max(x0, x1) + half, middle + half)
    bar(x1 - half, middle - half, x1 + half, below[1])


def _node(board: Board, step: Step, box: tuple[float, float, float, float]) -> None:
    theme, tone = board.theme, _tone(board, step)
    lines = imgui.get_window_draw_list()
    lit = step.state != "waiting"
    ground = mix(theme.raised, tone, 0.24 if step.state == "active" else 0.14) if lit else theme.raised
    rim = tone if step.state in ("active", "failed") else mix(theme.line, tone, 0.4) if lit else theme.line
    low, high = imgui.ImVec2(box[0], box[1]), imgui.ImVec2(box[2], box[3])
    inset = board.px(1)
    lines.add_rect_filled(low, high, packed(rim), board.px(4))
    lines.add_rect_filled(
        imgui.ImVec2(low.x + inset, low.y + inset),
        imgui.ImVec2(high.x - inset, high.y - inset),
        packed(ground),
        board.px(3),
    )
    icon = {"done": "check", "failed": "close", "active": "play"}.get(step.state, "")
    left = box[0] + board.px(8)
    if icon:
        board.stamp_icon(icon, left, box[1] + board.px(8), 12, tone)
        left += board.px(18)
    room = box[2] - left - board.px(6)
    with board.style(theme.bright if lit else theme.muted, 13, bold=lit):
        words = board.fitted(board.say(step.name), room)
        lines.add_text(imgui.ImVec2(left, box[1] + board.px(4)), packed(theme.bright if lit else theme.muted), words)
    if step.owner is not None:
        with board.style(theme.muted, SMALL_PX):
            words = board.fitted(board.say(step.owner), room)
            lines.add_text(imgui.ImVec2(left, box[1] + board.px(23)), packed(theme.muted), words)
