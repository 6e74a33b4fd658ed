"""Talk in a scene room: who said what when, and a line to say something."""

from __future__ import annotations

from imgui_bundle import imgui

from twin.core.views import Thread, Utterance
from twin.render.choices import Talk
from twin.render.moments import clock
from twin.render.panels.board import SMALL_PX, Board
from twin.render.panels.forms import propose
from twin.render.panels.tones import packed, vec4
from twin.render.theme import mix, rgb

HIGH = 320
LINE = 34
SETTLING = 4  # frames


def draw_thread(board: Board, thread: Thread, number: int) -> None:
    """Oldest first, scrolled to the newest; the line to write in stays below."""
    imgui.push_style_color(imgui.Col_.child_bg, vec4(mix(board.theme.panel, board.theme.field, 0.5)))
    imgui.push_style_var(imgui.StyleVar_.window_padding, board.size(12, 10))
    flags = imgui.ChildFlags_.always_use_window_padding
    imgui.begin_child(f"thread{number}", imgui.ImVec2(0, board.px(HIGH)), flags)
    talk = board.choices.talks.setdefault(_key(thread, number), Talk())
    at_end = imgui.get_scroll_y() >= imgui.get_scroll_max_y() - board.px(LINE)
    if len(thread.entries) != talk.lines:
        talk.settling = SETTLING if at_end or talk.lines == 0 else 0
        talk.lines = len(thread.entries)
    if not thread.entries:
        board.text(board._("Nobody has said anything yet"), board.theme.muted, 13)
    for entry in thread.entries:
        _utterance(board, entry)
    if talk.settling > 0:
        talk.settling -= 1
        imgui.set_scroll_here_y(1.0)
    imgui.end_child()
    imgui.pop_style_var()
    imgui.pop_style_color()
    if thread.say is not None:
        _say(board, thread, number)


def _key(thread: Thread, number: int) -> str:
    """What tells a talk from others: its case where one may speak, else its place on the page."""
    return f"{thread.say.command}/{thread.say.fixed.get('case', number)}" if thread.say is not None else str(number)


def _utterance(board: Board, entry: Utterance) -> None:
    theme = board.theme
    when = clock(entry.city_ms, board.zone)
    if entry.note:
        board.wrapped(f"{when} · {board.say(entry.who)} · {board.say(entry.words)}", theme.muted, SMALL_PX)
        board.gap(4)
        return
    tone = rgb(entry.colour) if entry.colour else theme.bright
    corner = imgui.get_cursor_screen_pos()
    imgui.indent(board.px(12))
    board.text(board.say(entry.who), tone, 13, bold=True)
    imgui.same_line(0, board.px(8))
    post = f"{board.say(entry.post)} · " if entry.post is not None else ""
    board.text(f"{post}{when}", theme.muted, SMALL_PX)
    board.wrapped(board.say(entry.words), theme.text, 13)
    imgui.unindent(board.px(12))
    bottom = imgui.get_cursor_screen_pos().y
    imgui.get_window_draw_list().add_rect_filled(
        imgui.ImVec2(corner.x, corner.y + board.px(2)), imgui.ImVec2(corner.x + board.px(3), bottom - board.px(2)),
        packed(tone),
    )  # fmt: skip
    board.gap(6)


def _say(board: Board, thread: Thread, number: int) -> None:
    """Enter sends; what is half written stays while one looks elsewhere."""
    action = thread.say
    if action is None or not action.asks:
        return
    name, label = next(iter(action.asks.items()))
    drafts, key = board.choices.drafts, _key(thread, number)
    board.gap(2)
    imgui.set_next_item_width(imgui.get_content_region_avail().x - board.px(104))
    entered, words = imgui.input_text_with_hint(
        f"##say{number}", board.say(label), drafts.get(key, ""), imgui.InputTextFlags_.enter_returns_true
    )
    drafts[key] = words
    imgui.same_line(0, board.px(8))
    sent = board.button(f"{board.say(action.label)}##say{number}", strong=True, width=board.px(96))
    if (entered or sent) and words.strip():
        propose(board, action, {name: words.strip()})
        drafts[key] = ""
