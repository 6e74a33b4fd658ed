"""The left panel of a resident's console: who one is, how one's twin lives, what one can do, and one's errands."""

from __future__ import annotations

from imgui_bundle import imgui

from twin.core.text import Text
from twin.core.views import Card, Leaps
from twin.render.panels.board import LARGE_PX, SMALL_PX, Board
from twin.render.panels.queue import queue_width
from twin.render.panels.tones import packed, vec4
from twin.render.panels.topbar import HIGH
from twin.render.stage import Selection
from twin.render.theme import mix

ROW = 48
KEYS: tuple[tuple[str, Text], ...] = (
    ("W A S D", Text("Walk; a click walks there")),
    ("E", Text("The hall that you are in")),
    ("F", Text("Public services: apply")),
    ("V", Text("Virtual places")),
    ("M, I", Text("My day, my data")),
    ("R", Text("The twin acts by itself, or you do")),
    ("C", Text("The map stays with you")),
    ("+ −", Text("Zoom in, zoom out")),
    ("L, T", Text("Language, theme")),
    ("H", Text("This list")),
    ("Esc", Text("Close what is open")),
)


def draw_own(board: Board, bottom: float) -> None:
    """Everything between the top bar and ``bottom``."""
    wide, top = queue_width(board), board.px(HIGH)
    if not wide:
        with board.window("own-tab", (0, top, board.px(32), board.px(40)), padding=(0, 4)):
            if board.icon_button("own", "right", board._("My twin")):
                board.choices.queue_open = True
        return
    with board.window("own", (0, top, wide, bottom - top), padding=(16, 12)):
        _who(board)
        _how(board)
        board.rule(8)
        _doors(board)
        board.rule(8)
        _errands(board)
        edge = imgui.ImVec2(wide - 1, top)
        imgui.get_window_draw_list().add_rect_filled(edge, imgui.ImVec2(wide, bottom), packed(board.theme.line))


def life_of(board: Board) -> Card | None:
    return board.world.pages.get(f"life/{board.world.person}")


def _who(board: Board) -> None:
    life = life_of(board)
    corner = imgui.get_cursor_screen_pos()
    side = board.px(40)
    far = imgui.ImVec2(corner.x + side, corner.y + side)
    ground = mix(board.theme.panel, board.theme.selected, 0.22)
    imgui.get_window_draw_list().add_rect_filled(corner, far, packed(ground), board.px(6))
    board.stamp_icon("person", corner.x + board.px(8), corner.y + board.px(8), 24, board.theme.selected)
    imgui.set_cursor_screen_pos(imgui.ImVec2(corner.x + board.px(52), corner.y - board.px(2)))
    imgui.begin_group()
    board.text(
        board.say(life.title) if life is not None else board.world.person, board.theme.bright, LARGE_PX, bold=True
    )
    board.text(_where(board), board.theme.muted, 13)
    imgui.end_group()
    imgui.set_cursor_screen_pos(imgui.ImVec2(corner.x, far.y + board.px(8)))


def _where(board: Board) -> str:
    own = board.world.own
    if own is None or own.mover < 0:
        return board._("Your phone tells no place")
    if own.place:
        name = next((place.name for place in board.city.places if place.id == own.place), own.place)
        return board.say(Text("In: {place}", {"place": name}))
    return board._("Outdoors")


def _how(board: Board) -> None:
    own = board.world.own
    held = own is not None and own.held
    words = board._("You are in its shoes.") if held else board._("It lives by itself, within what you agreed to.")
    board.wrapped(words, board.theme.text, 13)
    board.gap(2)
    label = board._("Let it act by itself (R)") if held else board._("Take over (R)")
    if board.button(label, width=imgui.get_content_region_avail().x):
        let_act(board)
    board.spot("let_act")
    _days(board)


def _days(board: Board) -> None:
    """Where one practises alone, nobody waits for what is promised in days."""
    if isinstance(board.source, Leaps):
        label = board._("Days are passing: stop") if board.source.leaping else board._("Let the days pass")
        if board.button(label, strong=board.source.leaping, width=imgui.get_content_region_avail().x):
            board.source.leap()
        board.spot("leap")
        board.hint(board._("Until one of your errands is over or wants something of you"))


def let_act(board: Board) -> None:
    """The twin acts by itself, or its person does."""
    own = board.world.own
    held = own is not None and own.held
    id = board.source.propose({"t": "LetTwinAct", "on": held})
    board.choices.proposals[id] = Text("The twin acts by itself") if held else Text("You take over")


DOORS: tuple[tuple[str, str, Text], ...] = (
    ("services", "F", Text("Public services")),
    ("hall", "E", Text("The hall here")),
    ("life", "M", Text("My day")),
    ("resident", "I", Text("My data")),
    ("virtual_places", "V", Text("Virtual places")),
)


def open_door(board: Board, kind: str) -> None:
    """One of the four pages that a resident's console leads to."""
    person = board.world.person
    if kind == "hall":
        if hall := hall_here(board):
            board.choices.select(Selection("hall", hall))
    elif kind in ("services", "virtual_places"):
        same = board.choices.page == Selection(kind, "")
        board.choices.page = None if same else Selection(kind, "")
    else:
        board.choices.select(Selection(kind, person))


def hall_here(board: Board) -> str:
    """The service hall that the own twin is in; empty where it is in none."""
    own = board.world.own
    halls = (place.id for place in board.city.places if place.kind == "service_hall")
    return own.place if own is not None and own.place in halls else ""


def _doors(board: Board) -> None:
    gap = board.px(8)
    width = (imgui.get_content_region_avail().x - gap) / 2
    for number, (kind, key, label) in enumerate(DOORS):
        if number % 2:
            imgui.same_line(0, gap)
        closed = kind == "hall" and not hall_here(board)
        imgui.begin_disabled(closed)
        if board.button(f"{board.say(label)} ({key})", width=width, strong=kind == "services"):
            open_door(board, kind)
        imgui.end_disabled()
        board.spot(f"door-{kind}")


def _errands(board: Board) -> None:
    board.heading(board._("My errands"))
    board.gap(2)
    cards = [card for card in board.world.cards.values() if card.kind == "errand"]
    if not cards:
        board.wrapped(board._("None yet. Public services opens the catalogue."), board.theme.muted, 13)
        return
    for card in sorted(cards, key=lambda one: (one.closed_ms >= 0, -one.opened_ms)):
        _errand(board, card)


def _errand(board: Board, card: Card) -> None:
    chosen = board.choices.selection == Selection("card", card.id)
    corner = imgui.get_cursor_screen_pos()
    imgui.push_style_color(imgui.Col_.header, vec4(board.theme.raised))
    if imgui.selectable(f"##{card.id}", chosen, 0, imgui.ImVec2(0, board.px(ROW)))[0]:
        board.choices.page = None
        board.choices.select(Selection("card", card.id))
    imgui.pop_style_color()
    board.spot(f"errand-{card.id}")
    tone = board.theme.good if card.closed_ms >= 0 else board.theme.selected
    board.stamp_icon(card.icon, corner.x + board.px(4), corner.y + board.px(14), 20, tone)
    lines, left = imgui.get_window_draw_list(), corner.x + board.px(34)
    room = imgui.get_content_region_avail().x - board.px(38)
    for y, words, colour, size, bold in (
        (5, board.say(card.title), board.theme.bright, 13, True),
        (25, board.say(card.state) if card.state is not None else "", board.theme.muted, SMALL_PX, False),
    ):
        with board.style(colour, size, bold=bold):
            lines.add_text(imgui.ImVec2(left, corner.y + board.px(y)), packed(colour), board.fitted(words, room))
