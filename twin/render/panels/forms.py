"""What may be done from a card or page: its buttons, and the form that an action asks to be filled in."""

from __future__ import annotations

from imgui_bundle import imgui

from twin.core.text import Text
from twin.core.views import Action, Card
from twin.render.choices import Answer, Form
from twin.render.panels.board import SMALL_PX, Board
from twin.render.panels.tones import vec4

ROW = 40
ASK = 64
CHOICE = 26
LISTED = 5  # choices of a list that are seen at once


def key_of(page: Card) -> str:
    """What a form belongs to: a case's card and its room bear the same id."""
    return f"{page.kind}/{page.id}"


def shown_actions(board: Board, page: Card) -> tuple[Action, ...]:
    """The usual ones of the viewer's own posts, or all once "More" was pressed."""
    if board.choices.more_open == key_of(page):
        return page.actions
    return tuple(action for action in page.actions if not action.more and may(board, action))


def _has_more(board: Board, page: Card) -> bool:
    return any(action.more or not may(board, action) for action in page.actions)


def foot_high(board: Board, page: Card, columns: int = 2) -> float:
    """Device pixels that the foot takes."""
    form = board.choices.form
    if form is not None and form.page == key_of(page):
        action = _action_of(page, form)
        return board.px(92 + sum(_ask_high(action, name) for name in form.answers))
    buttons = len(shown_actions(board, page)) + _has_more(board, page)
    return board.px(16 + ROW * -(-buttons // columns)) if buttons else 0.0


def draw_foot(board: Board, page: Card, high: float, columns: int = 2, pad: float = 16) -> None:
    """Buttons, or the form of the one that was pressed."""
    imgui.push_style_color(imgui.Col_.child_bg, vec4(board.theme.raised))
    imgui.push_style_var(imgui.StyleVar_.window_padding, board.size(pad, 12))
    imgui.push_style_var(imgui.StyleVar_.item_spacing, board.size(8, 8))
    imgui.begin_child("foot", imgui.ImVec2(0, high), imgui.ChildFlags_.always_use_window_padding)
    form = board.choices.form
    if form is not None and form.page == key_of(page):
        _fill_in(board, page, form)
    else:
        _choose(board, page, columns)
    imgui.end_child()
    imgui.pop_style_var(2)
    imgui.pop_style_color()


POSTS: dict[str, Text] = {
    "acceptor": Text("acceptor"),
    "dispatcher": Text("dispatcher"),
    "duty_chief": Text("duty chief"),
    "handler": Text("department handler"),
    "department_head": Text("department head"),
    "collector": Text("collector"),
    "assessor": Text("assessor"),
    "subdistrict_head": Text("subdistrict head"),
    "clerk": Text("clerk"),
}


def may(board: Board, action: Action) -> bool:
    """Whether one of the viewer's posts gives this command; who is on duty the server knows."""
    if board.world.role == "viewer":
        return False
    return not action.posts or not board.world.posts or any(post in action.posts for post in board.world.posts)


def press_action(board: Board, page: Card, action: Action) -> None:
    """Propose it, or open its form where it asks or needs a confirmation."""
    if action.asks or action.danger:
        answers = {name: _first(action, name) for name in action.asks}
        board.choices.form = Form(key_of(page), action.command, dict(action.fixed), answers)
    else:
        propose(board, action, {})


def propose(board: Board, action: Action, answers: dict[str, Answer]) -> None:
    """Send the proposal with everything that was given and answered."""
    id = board.source.propose({"t": action.command, **action.fixed, **answers})
    board.choices.proposals[id] = action.label


def _first(action: Action, name: str) -> Answer:
    if name in action.many:
        return []
    choices = action.choices.get(name, ())
    return choices[0].value if choices else ""


def _ask_high(action: Action | None, name: str) -> float:
    if action is not None and name in action.many:
        return 30 + CHOICE * min(LISTED, max(1, len(action.choices.get(name, ()))))
    return ASK


def _action_of(page: Card, form: Form) -> Action | None:
    return next((one for one in page.actions if (one.command, one.fixed) == (form.command, form.fixed)), None)


def _choose(board: Board, page: Card, columns: int) -> None:
    actions = shown_actions(board, page)
    extra = _has_more(board, page)
    gap, room = board.px(8), imgui.get_content_region_avail().x
    width = (room - gap * (columns - 1)) / columns
    for number, action in enumerate(actions):
        if number % columns:
            imgui.same_line()
        words = f"{_fitted(board, board.say(action.label), width)}##{number}"
        allowed = may(board, action)
        imgui.begin_disabled(not allowed)
        if board.button(words, strong=number == 0 and not action.danger, danger=action.danger, width=width):
            press_action(board, page, action)
        imgui.end_disabled()
        _hint(board, action, allowed=allowed)
    if extra:
        if len(actions) % columns:
            imgui.same_line()
        opened = board.choices.more_open == key_of(page)
        if board.button(board._("Fewer") if opened else board._("More…"), width=width):
            board.choices.more_open = "" if opened else key_of(page)


def _fitted(board: Board, words: str, width: float) -> str:
    with board.style():
        return board.fitted(words, width - board.px(16))


def _hint(board: Board, action: Action, *, allowed: bool) -> None:
    """The whole label, and whose it is where it is not the viewer's."""
    if not imgui.is_item_hovered(imgui.HoveredFlags_.allow_when_disabled | imgui.HoveredFlags_.delay_short):
        return
    words = board.say(action.label)
    if not allowed:
        comma = "、" if board.language.current == "zh_CN" else ", "
        named = comma.join(board.say(POSTS[post]) for post in action.posts if post in POSTS)
        words = f"{words}\n{board.say(Text('For the post of: {posts}', {'posts': named}))}"
    with board.style(board.theme.text, SMALL_PX):
        imgui.set_tooltip(words)


def _fill_in(board: Board, page: Card, form: Form) -> None:
    """What the action asks, then a confirmation: a dangerous one says so in red."""
    action = _action_of(page, form)
    if action is None:
        board.choices.form = None  # the card moved on meanwhile
        return
    board.text(board.say(action.label), board.theme.severity[0] if action.danger else board.theme.bright, bold=True)
    for name, label in action.asks.items():
        board.text(board.say(label), board.theme.muted, SMALL_PX)
        _ask(board, action, form, name)
    half = (imgui.get_content_region_avail().x - board.px(8)) / 2
    answers = _answers(action, form)
    imgui.begin_disabled(answers is None)
    if board.button(board._("Confirm"), strong=not action.danger, danger=action.danger, width=half):
        propose(board, action, answers or {})
        board.choices.form = None
    imgui.end_disabled()
    imgui.same_line()
    if board.button(board._("Cancel"), width=half):
        board.choices.form = None


def _ask(board: Board, action: Action, form: Form, name: str) -> None:
    imgui.set_next_item_width(-1)
    if name in action.many:
        _many(board, action, form, name)
    elif name in action.choices:
        _one_of(board, action, form, name)
    else:
        if not form.begun:
            imgui.set_keyboard_focus_here()
            form.begun = True
        flags = imgui.InputTextFlags_.chars_decimal if name in action.numbers else imgui.InputTextFlags_.none
        changed, value = imgui.input_text(f"##{name}", str(form.answers.get(name, "")), flags)
        if changed:
            form.answers[name] = value


def _one_of(board: Board, action: Action, form: Form, name: str) -> None:
    offered = action.choices[name]
    chosen = next((one for one in offered if one.value == form.answers.get(name)), None)
    if imgui.begin_combo(f"##{name}", board.say(chosen.label) if chosen else board._("Choose")):
        for number, one in enumerate(offered):
            if imgui.selectable(f"{board.say(one.label)}##{number}", one is chosen)[0]:
                form.answers[name] = one.value
        imgui.end_combo()


def _many(board: Board, action: Action, form: Form, name: str) -> None:
    picked = form.answers.get(name)
    chosen: list[str] = picked if isinstance(picked, list) else []
    high = board.px(CHOICE * min(LISTED, max(1, len(action.choices.get(name, ())))))
    imgui.begin_child(f"many-{name}", imgui.ImVec2(0, high))
    for one in action.choices.get(name, ()):
        changed, on = imgui.checkbox(f"{board.say(one.label)}##{one.value}", str(one.value) in chosen)
        if changed:
            chosen = [*chosen, str(one.value)] if on else [value for value in chosen if value != one.value]
            form.answers[name] = chosen
    imgui.end_child()


def _answers(action: Action, form: Form) -> dict[str, Answer] | None:
    """The answers as the command wants them, or None while something is missing."""
    answers: dict[str, Answer] = {}
    for name, given in form.answers.items():
        if name in action.numbers:
            if not str(given).strip().isdigit():
                return None
            answers[name] = int(str(given).strip())
        elif given == [] or (isinstance(given, str) and not given.strip()):
            return None
        else:
            answers[name] = given
    return answers
