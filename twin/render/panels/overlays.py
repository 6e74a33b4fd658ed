"""What opens over the map when asked for: layers, search, the list of keys."""

from __future__ import annotations

from imgui_bundle import imgui

from twin.core.text import Name, Text
from twin.render.panels.board import LARGE_PX, SMALL_PX, Board
from twin.render.panels.own import KEYS as OWN_KEYS
from twin.render.panels.topbar import HIGH
from twin.render.stage import Selection

LAYERS: tuple[tuple[str, Text], ...] = (
    ("incidents", Text("Incidents")),
    ("closures", Text("Closures")),
    ("crews", Text("Crews")),
    ("vehicles", Text("Vehicles")),
    ("people", Text("People and errands")),
    ("devices", Text("Devices")),
    ("lights", Text("Traffic lights")),
    ("labels", Text("Names")),
    ("rain", Text("Rain")),
)
KEYS: tuple[tuple[str, Text], ...] = (
    ("Space", Text("Pause or run the city")),
    ("1 – 4", Text("Pace ×1, ×5, ×20, ×60")),
    ("↑ ↓ ← →", Text("Pan the map")),
    ("+ −", Text("Zoom in, zoom out")),
    ("0", Text("Show the whole city")),
    ("F", Text("Follow events on or off")),
    ("N", Text("Go to the next open case")),
    ("Q", Text("Case queue")),
    ("A", Text("Alerts")),
    ("D, J, M, S, V", Text("Departments, duty log, measures, scenes, virtual places")),
    ("E", Text("The exercise, in an exercise")),
    ("Y", Text("Layers")),
    ("G", Text("Legend")),
    ("/", Text("Search")),
    ("L", Text("Language")),
    ("T", Text("Theme: night, day, print")),
    ("F11", Text("Full screen")),
    ("H", Text("This list")),
    ("Esc", Text("Close what is open")),
)
FOUND_MOST = 12


def draw_layers(board: Board) -> None:
    """A small window under its button."""
    wide, high = board.px(232), board.px(56 + 34 * len(LAYERS))
    left = board.width - wide - board.px(16)
    with board.window("layers", (left, board.px(HIGH + 8), wide, high), ground=board.theme.raised, above=True):
        board.heading(board._("Layers"))
        board.gap(4)
        layers = board.choices.layers
        for name, label in LAYERS:
            changed, on = imgui.checkbox(board.say(label), getattr(layers, name))
            if changed:
                setattr(layers, name, on)
        imgui.set_window_focus() if imgui.is_window_appearing() else None


def draw_help(board: Board) -> None:
    """All keys, in the middle of the window."""
    keys = OWN_KEYS if board.world.in_shoes else KEYS
    wide, high = board.px(440), board.px(72 + 28 * len(keys))
    high = min(high, board.height - board.px(HIGH + 48))
    left, top = (board.width - wide) / 2, (board.height - high) / 2
    with board.window("help", (left, top, wide, high), ground=board.theme.raised, above=True, padding=(24, 20)):
        imgui.set_window_focus()
        board.text(board._("Keys"), board.theme.bright, LARGE_PX, bold=True)
        imgui.same_line()
        imgui.set_cursor_pos_x(wide - board.px(48))
        if board.icon_button("close-help", "close", board._("Close"), size=24):
            board.choices.help_open = False
        board.gap(4)
        if imgui.begin_table("keys", 2, imgui.TableFlags_.no_saved_settings):
            imgui.table_setup_column("key", imgui.TableColumnFlags_.width_fixed, board.px(96))
            imgui.table_setup_column("what", imgui.TableColumnFlags_.width_stretch)
            for key, words in keys:
                imgui.table_next_row()
                imgui.table_next_column()
                board.text(key, board.theme.selected, 13, bold=True)
                imgui.table_next_column()
                board.text(board.say(words), board.theme.text, 13)
            imgui.end_table()


def draw_search(board: Board) -> None:
    """A line to type in, and what it finds: cases, places, streets, devices."""
    choices = board.choices
    found = find(board, choices.query)
    wide = board.px(440)
    high = board.px(56 + (24 * len(found) + 12 if choices.query else 0))
    left = (board.width - wide) / 2
    with board.window(
        "search", (left, board.px(HIGH + 8), wide, high), ground=board.theme.raised, above=True, padding=(12, 12)
    ):
        if imgui.is_window_appearing():
            imgui.set_window_focus()
            imgui.set_keyboard_focus_here()
        imgui.set_next_item_width(-1)
        entered, choices.query = imgui.input_text_with_hint(
            "##query",
            board._("A case, place, street or device"),
            choices.query,
            imgui.InputTextFlags_.enter_returns_true,
        )
        for number, (words, kind, selection) in enumerate(found):
            clicked = imgui.selectable(f"##found{number}", False, 0, imgui.ImVec2(0, board.px(20)))[0]
            imgui.same_line()
            imgui.set_cursor_pos_x(board.px(12))
            board.text(words, board.theme.text, 13)
            imgui.same_line()
            board.right(kind, board.theme.muted, SMALL_PX)
            if clicked or (entered and number == 0):
                choices.search_open, choices.query = False, ""
                board.go_to(selection)


def find(board: Board, query: str) -> list[tuple[str, str, Selection]]:
    """The best matches in either language: words, what kind of thing, and what to select."""
    wanted = query.strip().casefold()
    if not wanted:
        return []
    hits: list[tuple[int, str, str, Selection]] = []

    def offer(words: str, names: tuple[str, ...], kind: str, selection: Selection, weight: int) -> None:
        for name in names:
            at = name.casefold().find(wanted)
            if at >= 0:
                hits.append((weight + (0 if at == 0 else 4), words, kind, selection))
                return

    for card in board.world.cards.values():
        title = board.say(card.title)
        offer(
            title,
            (title, card.id),
            board._("case") if card.kind == "case" else board._("errand"),
            Selection("card", card.id),
            0 if card.closed_ms < 0 else 3,
        )
    for place in board.city.places:
        offer(board.say(place.name), _both(place.name), board._("place"), Selection("place", place.id), 1)
    seen: set[str] = set()
    for edge, name in enumerate(board.city.roads.name):
        if name is not None and name.en not in seen:
            seen.add(name.en)
            offer(board.say(name), _both(name), board._("street"), Selection("street", str(edge)), 2)
    for device in board.city.devices:
        offer(device.id, (device.id,), board._("device"), Selection("device", device.id), 2)
    hits.sort(key=lambda hit: (hit[0], hit[1]))
    return [(words, kind, selection) for _weight, words, kind, selection in hits[:FOUND_MOST]]


def _both(name: Name) -> tuple[str, str]:
    return name.en, name.zh
