"""The bar across the top: city and its clock, pace, health of what is shown, counts, and how it is shown."""

from __future__ import annotations

from imgui_bundle import imgui

from twin.core.text import Text
from twin.core.words import Provenance
from twin.render.language import OWN_NAMES
from twin.render.moments import age, clock, day
from twin.render.panels.board import CLOCK_PX, LARGE_PX, SMALL_PX, Board
from twin.render.panels.tones import packed, vec4
from twin.render.stage import Selection
from twin.render.theme import RGB, ThemeName, mix

HIGH = 48
PACES = (1.0, 5.0, 20.0, 60.0)
HELD_SHARE = 0.95
"""Below this share of the pace that was asked for, the bar says so."""
PROVENANCES: dict[Provenance, Text] = {
    Provenance.LIVE: Text("LIVE"),
    Provenance.SIMULATED: Text("SIMULATED"),
    Provenance.REPLAYED: Text("REPLAYED"),
    Provenance.EXERCISE: Text("EXERCISE"),
}
EXERCISE_WORDS = "EXERCISE · 演练"
"""Always in both languages: whoever looks over the shoulder must know."""
TEMPOS: dict[str, Text] = {"demo": Text("tempo demo"), "real": Text("tempo real")}
COUNTS: tuple[tuple[str, Text], ...] = (
    ("vehicles", Text("vehicles")),
    ("residents", Text("residents")),
    ("devices", Text("devices")),
)
NEXT_THEME: dict[ThemeName, ThemeName] = {"night": "day", "day": "print", "print": "night"}


def draw_topbar(board: Board) -> None:
    """One line, centred on its height; what does not fit is left out from the right."""
    flags = imgui.WindowFlags_.no_scrollbar
    with board.window("top", (0, 0, board.width, board.px(HIGH)), padding=(0, 0), flags=flags):
        middle = board.px(HIGH) / 2
        tools_at = board.width - board.px(12 + 6 * 36 + 52)
        x = board.px(16)
        x += board.word(x, middle, board.say(board.city.meta.name), board.theme.bright, LARGE_PX, bold=True)
        x = _clock(board, x + board.px(24), middle)
        x = _told_pace(board, x + board.px(20)) if board.world.in_shoes else _pace(board, x + board.px(20))
        x = _exercise(board, x + board.px(16))
        _health(board, x + board.px(20), middle, tools_at - board.px(12))
        imgui.set_cursor_pos(imgui.ImVec2(tools_at, board.px((HIGH - 32) / 2)))
        _tools(board)
        imgui.get_window_draw_list().add_rect_filled(
            imgui.ImVec2(0, board.px(HIGH) - (board.px(3) if board.world.exercise else 1)),
            imgui.ImVec2(board.width, board.px(HIGH)),
            packed(board.theme.provenance[Provenance.EXERCISE] if board.world.exercise else board.theme.line),
        )


def _clock(board: Board, x: float, middle: float) -> float:
    """City time, in the stale tone while nothing is heard; gives where it ends."""
    words = clock(board.city_ms, board.zone) if board.world.clock else "--:--:--"
    tone = board.theme.bright if board.world.late_s(board.wall_ms) == 0 else board.theme.stale
    x += board.word(x, middle, words, tone, CLOCK_PX, bold=True)
    if board.world.clock and board.width > board.px(1100):
        x += board.px(12)
        x += board.word(x, middle, board.say(day(board.city_ms, board.zone)), board.theme.muted, SMALL_PX)
    return x


def _pace(board: Board, x: float) -> float:
    """Pause, the usual paces, and the current one if it is none of them."""
    told, asked = board.world.clock, board.world.pace_asked
    top = board.px((HIGH - 28) / 2)
    running = told is None or told.running
    hint = board._("Pause") if running else board._("Run")
    imgui.set_cursor_pos(imgui.ImVec2(x, top))
    if board.icon_button("pause", "pause" if running else "play", f"{hint} (Space)", lit=not running, size=28):
        board.source.propose({"t": "SetClock", "pace": asked, "running": not running})
    x += board.px(32)
    paces = list(PACES)
    if told is not None and all(abs(asked - pace) > 0.01 for pace in paces):
        paces.append(asked)
    for pace in paces:
        lit = told is not None and abs(asked - pace) < 0.01
        imgui.set_cursor_pos(imgui.ImVec2(x, top))
        ground = mix(board.theme.raised, board.theme.selected, 0.22) if lit else board.theme.panel
        imgui.push_style_color(imgui.Col_.button, vec4(ground))
        imgui.push_style_var(imgui.StyleVar_.frame_padding, board.size(2, 4))
        with board.style(board.theme.selected if lit else board.theme.muted, SMALL_PX, bold=lit):
            if imgui.button(
                f"×{pace:g}" if pace in PACES else f"×{pace:.1f}", board.size(34 if pace in PACES else 44, 28)
            ):
                board.source.propose({"t": "SetClock", "pace": pace, "running": True})
        imgui.pop_style_var()
        imgui.pop_style_color()
        x += board.px(36 if pace in PACES else 46)
    return x + _held(board, x + board.px(4))


def _told_pace(board: Board, x: float) -> float:
    """How fast the city lives: not for a resident to say."""
    words = f"×{board.world.pace_asked:g}"
    x += board.word(x, board.px(HIGH) / 2, words, board.theme.muted, SMALL_PX, bold=True)
    return x + _held(board, x + board.px(8))


def _exercise(board: Board, x: float) -> float:
    """In an exercise, a plate in both languages that leads to its page; gives where it ends."""
    if not board.world.exercise:
        return x - board.px(16)
    tone = board.theme.provenance[Provenance.EXERCISE]
    imgui.set_cursor_pos(imgui.ImVec2(x, board.px((HIGH - 28) / 2)))
    imgui.push_style_color(imgui.Col_.button, vec4(tone))
    with board.style(board.theme.on(tone), SMALL_PX, bold=True):
        wide = imgui.calc_text_size(EXERCISE_WORDS).x + board.px(20)
        if imgui.button(f"{EXERCISE_WORDS}##exercise", imgui.ImVec2(wide, board.px(28))):
            page = board.choices.page
            open_ = page is not None and page.kind == "exercise"
            board.choices.page = None if open_ else Selection("exercise", "")
    imgui.pop_style_color()
    board.hint(f"{board._('The exercise')} (E)")
    return x + wide


def _held(board: Board, x: float) -> float:
    """That the city stands still, or how much of the pace that was asked for the machine holds. Gives its width."""
    told, asked = board.world.clock, board.world.pace_asked
    if told is None or (told.running and told.pace > asked * HELD_SHARE):
        return 0.0
    words = board._("Paused")
    if told.running:
        words = board.say(Text("×{pace} of ×{asked}", {"pace": f"{told.pace:.2g}", "asked": f"{asked:g}"}))
    return board.px(4) + board.word(x, board.px(HIGH) / 2, words, board.theme.caution, SMALL_PX, bold=True)


def _health(board: Board, x: float, middle: float, end: float) -> None:
    """Connection, provenance, weather and counts, as far as the room goes."""
    items: list[tuple[str, RGB, bool]] = [
        (words, tone, True) for words, tone in (*_connection(board), *_provenance(board))
    ]
    status = board.world.status
    if status is not None:
        stale = status.counts.get("stale", 0)
        if stale:  # before the weather: it must be seen in a narrow window too
            items.append((board.say(Text("{n} devices stale", {"n": stale})), board.theme.stale, False))
        if status.weather is not None or status.rain_mm_h >= 0.5:
            rain = f"{board._('Rain')} {status.rain_mm_h:.0f} mm/h"
            items.append((board.say(status.weather) if status.weather else rain, board.theme.rain, False))
        for name, label in COUNTS:
            if name in status.counts:
                items.append((f"{status.counts[name]:,} {board.say(label)}", board.theme.muted, False))
    for words, tone, bead in items:
        with board.style(tone, SMALL_PX, bold=bead):
            wide = imgui.calc_text_size(words).x + (board.px(14) if bead else 0)
        if x + wide > end:
            return
        if bead:
            board.bead(x, middle, tone)
            x += board.px(14)
        x += board.word(x, middle, words, tone, SMALL_PX, bold=bead) + board.px(16)


def _connection(board: Board) -> list[tuple[str, RGB]]:
    theme, world = board.theme, board.world
    late = world.late_s(board.wall_ms)
    if world.waits(board.wall_ms):
        return [(board._("Connecting"), theme.caution)]
    if not board.source.connected or late == float("inf"):
        return [(board._("No server"), theme.stop)]
    if late:
        return [(board.say(Text("Frames late {age}", {"age": age(late)})), theme.caution)]
    if world.status is not None and not world.status.connected:
        return [(board._("Broker lost"), theme.stop)]
    silent = world.silent_s(board.wall_ms)
    if silent:
        return [(board.say(Text("Sources silent {age}", {"age": age(silent)})), theme.stop)]
    return [(board._("Connected"), theme.good)]


def _provenance(board: Board) -> list[tuple[str, RGB]]:
    status = board.world.status
    items = []
    for provenance in board.world.provenances():
        if provenance == Provenance.EXERCISE:  # has a plate of its own
            continue
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
        ("boards", "boards", board._("Departments, duty log, measures, scenes, virtual places"), choices.boards_open),
        ("search", "search", f"{board._('Search')} (/)", choices.search_open),
        ("layers", "layers", f"{board._('Layers')} (Y)", choices.layers_open),
        ("follow", "follow", f"{board._('Follow events')} (F)", choices.follow_events),
        ("theme", "theme", f"{board._('Theme')} (T)", False),
        ("help", "help", f"{board._('Help')} (H)", choices.help_open),
    ):
        if board.world.in_shoes and id in ("boards", "follow"):
            continue
        imgui.same_line(0, board.px(4))
        if board.icon_button(id, name, hint, lit=lit):
            press_tool(board, id)


def press_tool(board: Board, id: str) -> None:
    """What a tool button and its key do."""
    choices = board.choices
    if id == "boards":
        choices.boards_open = not choices.boards_open
    elif id == "search":
        choices.search_open = not choices.search_open
    elif id == "layers":
        choices.layers_open = not choices.layers_open
    elif id == "follow":
        choices.follow_events = not choices.follow_events
    elif id == "theme":
        choices.theme = NEXT_THEME[choices.theme]
    elif id == "help":
        choices.help_open = not choices.help_open
