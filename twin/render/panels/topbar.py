"""The bar across the top: city and its clock, pace, health of what is shown, counts, and how it is shown."""

from __future__ import annotations

from imgui_bundle import imgui

from twin.core.text import Text
from twin.core.words import Provenance
from twin.render.language import OWN_NAMES
from twin.render.moments import age, clock, day
from twin.render.panels.board import CLOCK_PX, LARGE_PX, SMALL_PX, Board
from twin.render.theme import RGB, ThemeName

HIGH = 48
PACES = (1.0, 5.0, 20.0, 60.0)
PROVENANCES: dict[Provenance, Text] = {
    Provenance.LIVE: Text("LIVE"),
    Provenance.SIMULATED: Text("SIMULATED"),
    Provenance.REPLAYED: Text("REPLAYED"),
    Provenance.EXERCISE: Text("EXERCISE"),
}
TEMPOS: dict[str, Text] = {"demo": Text("tempo demo"), "real": Text("tempo real")}
COUNTS: tuple[tuple[str, Text], ...] = (
    ("vehicles", Text("vehicles")),
    ("residents", Text("residents")),
    ("devices", Text("devices")),
    ("stale", Text("stale")),
)
NEXT_THEME: dict[ThemeName, ThemeName] = {"night": "day", "day": "print", "print": "night"}


def draw_topbar(board: Board) -> None:
    """One line, centred on its height; what does not fit is left out from the right."""
    with board.window(
        "top", (0, 0, board.width, board.px(HIGH)), padding=(16, 0), flags=imgui.WindowFlags_.no_scrollbar
    ):
        _names(board)
        _clock(board)
        _pace(board)
        tools_at = board.width - board.px(16 + 5 * 36 + 52)
        _health(board, tools_at)
        imgui.same_line()
        imgui.set_cursor_pos(imgui.ImVec2(tools_at, board.px((HIGH - 32) / 2)))
        _tools(board)
        line = imgui.get_window_draw_list()
        tone = board.theme.line
        line.add_rect_filled(
            imgui.ImVec2(0, board.px(HIGH) - 1),
            imgui.ImVec2(board.width, board.px(HIGH)),
            tone[0] | tone[1] << 8 | tone[2] << 16 | 255 << 24,
        )


def _centre(board: Board, size: float) -> None:
    """Put the cursor so that a line of text of this size stands in the middle of the bar."""
    imgui.set_cursor_pos_y(board.px((HIGH - size * 1.45) / 2))


def _names(board: Board) -> None:
    _centre(board, LARGE_PX)
    board.text(board.say(board.city.meta.name), board.theme.bright, LARGE_PX, bold=True)
    imgui.same_line(0, board.px(24))


def _clock(board: Board) -> None:
    _centre(board, CLOCK_PX)
    words = clock(board.city_ms, board.zone) if board.world.clock else "--:--:--"
    tone = board.theme.bright if board.world.late_s(board.wall_ms) == 0 else board.theme.stale
    board.text(words, tone, CLOCK_PX, bold=True)
    imgui.same_line(0, board.px(10))
    if board.world.clock and board.width > board.px(1100):
        _centre(board, SMALL_PX)
        board.text(board.say(day(board.city_ms, board.zone)), board.theme.muted, SMALL_PX)
        imgui.same_line(0, board.px(16))


def _pace(board: Board) -> None:
    told = board.world.clock
    imgui.set_cursor_pos_y(board.px((HIGH - 28) / 2))
    running = told is None or told.running
    hint = board._("Pause") if running else board._("Run")
    if board.icon_button("pause", "pause" if running else "play", f"{hint} (Space)", lit=not running, size=28):
        board.source.propose({"t": "SetClock", "pace": told.pace if told else 1.0, "running": not running})
    for pace in PACES:
        imgui.same_line(0, board.px(2))
        lit = told is not None and abs(told.pace - pace) < 0.01
        imgui.set_cursor_pos_y(board.px((HIGH - 28) / 2))
        tone = board.theme.selected if lit else board.theme.muted
        with board.style(tone, SMALL_PX, bold=lit):
            imgui.push_style_var(imgui.StyleVar_.frame_padding, board.size(2, 5))
            if imgui.button(f"×{pace:g}", board.size(34, 28)):
                board.source.propose({"t": "SetClock", "pace": pace, "running": True})
            imgui.pop_style_var()
    if told is not None and all(abs(told.pace - pace) > 0.01 for pace in PACES):
        imgui.same_line(0, board.px(4))
        _centre(board, SMALL_PX)
        board.text(f"×{told.pace:g}", board.theme.selected, SMALL_PX, bold=True)
    imgui.same_line(0, board.px(20))


def _health(board: Board, end: float) -> None:
    """Connection, provenance and counts, as far as the room goes."""
    for words, tone in (*_connection(board), *_provenance(board)):
        _item(board, words, tone, end, dot=True)
    status = board.world.status
    if status is None:
        return
    if status.weather is not None or status.rain_mm_h > 0:
        rain = f" {status.rain_mm_h:.0f} mm/h" if status.rain_mm_h >= 0.5 else ""
        _item(board, (board.say(status.weather) if status.weather else board._("Rain")) + rain, board.theme.rain, end)
    for name, label in COUNTS:
        if name in status.counts:
            tone = board.theme.stale if name == "stale" and status.counts[name] else board.theme.muted
            _item(board, f"{status.counts[name]:,} {board.say(label)}", tone, end)


def _item(board: Board, words: str, tone: RGB, end: float, *, dot: bool = False) -> None:
    with board.style(tone, SMALL_PX, bold=dot):
        wide = imgui.calc_text_size(words).x + (board.px(14) if dot else 0)
        if imgui.get_cursor_pos_x() + wide + board.px(8) > end:
            return
        _centre(board, SMALL_PX)
        if dot:
            board.dot(tone)
            imgui.same_line(0, board.px(6))
            _centre(board, SMALL_PX)
        imgui.text_unformatted(words)
        imgui.same_line(0, board.px(14))


def _connection(board: Board) -> list[tuple[str, RGB]]:
    theme, world = board.theme, board.world
    late = world.late_s(board.wall_ms)
    if not board.source.connected or late == float("inf"):
        return [(board._("No server"), theme.stop)]
    if late:
        return [(board.say(Text("Frames late {age}", {"age": age(late)})), theme.caution)]
    if world.status is not None and not world.status.connected:
        return [(board._("Broker lost"), theme.stop)]
    return [(board._("Connected"), theme.good)]


def _provenance(board: Board) -> list[tuple[str, RGB]]:
    status = board.world.status
    items = []
    for provenance in board.world.provenances():
        words = board.say(PROVENANCES[provenance])
        if provenance == Provenance.SIMULATED and status is not None and status.tempo in TEMPOS:
            words = f"{words} · {board.say(TEMPOS[status.tempo])}"
        items.append((words, board.theme.provenance[provenance]))
    return items


def _tools(board: Board) -> None:
    choices = board.choices
    other = "zh_CN" if board.language.current == "en" else "en"
    with board.style(board.theme.text, SMALL_PX, bold=True):
        if imgui.button(OWN_NAMES[other], board.size(48, 32)):
            board.language.next()
    board.hint(f"{board._('Language')} (L)")
    for id, name, hint, lit in (
        ("search", "search", f"{board._('Search')} (/)", choices.search_open),
        ("layers", "layers", f"{board._('Layers')} (Y)", choices.layers_open),
        ("follow", "follow", f"{board._('Follow events')} (F)", choices.follow_events),
        ("theme", "theme", f"{board._('Theme')} (T)", False),
        ("help", "help", f"{board._('Help')} (H)", choices.help_open),
    ):
        imgui.same_line(0, board.px(4))
        if board.icon_button(id, name, hint, lit=lit):
            press_tool(board, id)


def press_tool(board: Board, id: str) -> None:
    """What a tool button and its key do."""
    choices = board.choices
    if id == "search":
        choices.search_open = not choices.search_open
    elif id == "layers":
        choices.layers_open = not choices.layers_open
    elif id == "follow":
        choices.follow_events = not choices.follow_events
    elif id == "theme":
        choices.theme = NEXT_THEME[choices.theme]
    elif id == "help":
        choices.help_open = not choices.help_open
