"""The one form of a service: questions, materials, items, consent; checked field by field, and sent as one proposal."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from imgui_bundle import imgui

from twin.core.answers import HINTS, LONGEST, fault_of
from twin.core.text import Text
from twin.core.views import Action, Agreement, Application, Paper, Part, Question
from twin.render.choices import Draft
from twin.render.panels.board import SMALL_PX, Board
from twin.render.panels.ways import open_page

TWO_FROM = 640
"""Logical width from which questions, and what stands below them, go in two columns."""


def draw_application(board: Board, form: Application) -> None:
    """Everything below the head of the page."""
    draft = _draft(board, form)
    if draft.sent:
        _sent(board, form, draft)
        return
    if form.behalf:
        _behalf(board, form)
    columns = 2 if imgui.get_content_region_avail().x >= board.px(TWO_FROM) else 1
    flags = imgui.TableFlags_.no_saved_settings
    if imgui.begin_table("questions", columns, flags):
        for question in form.questions:
            imgui.table_next_column()
            _ask(board, draft, question)
        imgui.end_table()
    board.gap(4)
    if imgui.begin_table("rest", columns, flags):
        imgui.table_next_column()
        _papers(board, draft, form.papers)
        imgui.table_next_column()
        _parts(board, draft, form.parts)
        imgui.end_table()
    board.gap(4)
    for agreement in form.agreements:
        _agree(board, draft, agreement)
    _submit(board, form, draft)


def _draft(board: Board, form: Application) -> Draft:
    key = f"{form.service}:{form.ward}"
    known = board.choices.applications.get(key)
    if known is None:
        answers = {question.id: question.value for question in form.questions}
        known = board.choices.applications[key] = Draft(answers)
    return known


def _today(board: Board) -> datetime.date:
    return datetime.datetime.fromtimestamp(board.city_ms / 1000, board.zone).date()


def faults(board: Board, form: Application, draft: Draft) -> dict[str, Text]:
    """What is wrong, by question."""
    today = _today(board)
    found = {one.id: fault_of(one.kind, draft.answers.get(one.id, ""), today) for one in form.questions}
    return {id: fault for id, fault in found.items() if fault is not None}


def _behalf(board: Board, form: Application) -> None:
    board.text(board._("For somebody else whom you act for by law:"), board.theme.muted, 13)
    for id, name in form.behalf:
        imgui.same_line(0, board.px(8))
        if board.button(f"{board.say(name)}##{id}"):
            open_page(board, "service", id)
        board.spot(f"behalf-{id}")
    board.gap(4)


def _ask(board: Board, draft: Draft, question: Question) -> None:
    board.text(board.say(question.label), board.theme.text, 13)
    if draft.show == question.id:
        draft.show = ""
        imgui.set_scroll_here_y(0.2)
    if question.known is not None and draft.answers.get(question.id) == question.value:
        imgui.same_line(0, board.px(8))
        board.text(board.say(question.known), board.theme.muted, SMALL_PX)
    imgui.set_next_item_width(-board.px(12))
    if question.choices:
        _pick(board, draft, question)
    else:
        hint = board.say(HINTS[question.kind]) if question.kind in HINTS else ""
        given = draft.answers.get(question.id, "")
        changed, value = imgui.input_text_with_hint(f"##{question.id}", hint, given)
        if changed:
            draft.answers[question.id] = value[: LONGEST + 1]
        if imgui.is_item_active():
            low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
            board.typing = (low.x, low.y, high.x - low.x, high.y - low.y)
        if imgui.is_item_deactivated_after_edit():
            draft.left.add(question.id)
    board.spot(f"field-{question.id}")
    fault = fault_of(question.kind, draft.answers.get(question.id, ""), _today(board))
    shown = fault is not None and (draft.tried or question.id in draft.left)
    words = board.say(fault) if fault is not None and shown else " "
    board.text(words, board.theme.severity[1], SMALL_PX)


def _pick(board: Board, draft: Draft, question: Question) -> None:
    chosen = next((one for one in question.choices if one.value == draft.answers.get(question.id)), None)
    if imgui.begin_combo(f"##{question.id}", board.say(chosen.label) if chosen else board._("Choose")):
        for number, one in enumerate(question.choices):
            if imgui.selectable(f"{board.say(one.label)}##{number}", one is chosen)[0]:
                draft.answers[question.id] = str(one.value)
            board.spot(f"choice-{question.id}-{number}")
        imgui.end_combo()


def _papers(board: Board, draft: Draft, papers: tuple[Paper, ...]) -> None:
    board.text(board._("Materials"), board.theme.bright, 13, bold=True)
    if not papers:
        board.text(board._("None is needed."), board.theme.muted, 13)
    for paper in papers:
        if paper.there is not None:
            corner = imgui.get_cursor_screen_pos()
            board.stamp_icon("check", corner.x + board.px(5), corner.y + board.px(5), 14, board.theme.good)
            imgui.indent(board.px(30))
            board.wrapped(board.say(paper.label), board.theme.muted, 13)
            board.wrapped(board.say(paper.there), board.theme.good, SMALL_PX)
            imgui.unindent(board.px(30))
        else:
            changed, on = imgui.checkbox(f"{board.say(paper.label)}##{paper.id}", paper.id in draft.papers)
            board.spot(f"paper-{paper.id}")
            if changed:
                (draft.papers.add if on else draft.papers.discard)(paper.id)
    missing = [paper for paper in papers if paper.there is None and paper.id not in draft.papers]
    if missing and draft.tried:
        words = Text("{n} still to put in: you would be asked for them later", {"n": len(missing)})
        board.wrapped(board.say(words), board.theme.severity[2], SMALL_PX)


def _parts(board: Board, draft: Draft, parts: tuple[Part, ...]) -> None:
    board.text(board._("What is done with it"), board.theme.bright, 13, bold=True)
    for part in parts:
        if part.optional:
            changed, on = imgui.checkbox(f"{board.say(part.label)}##{part.id}", part.id not in draft.unwanted)
            board.spot(f"part-{part.id}")
            if changed:
                (draft.unwanted.discard if on else draft.unwanted.add)(part.id)
        else:
            corner = imgui.get_cursor_screen_pos()
            board.stamp_icon("play", corner.x + board.px(6), corner.y + board.px(5), 12, board.theme.selected)
            imgui.indent(board.px(30))
            board.wrapped(board.say(part.label), board.theme.text, 13)
            imgui.unindent(board.px(30))
        said = [board.say(part.department)]
        if part.promised is not None:
            said.append(board.say(part.promised))
        if part.fee_cents:
            said.append(board.say(Text("{n} yuan", {"n": f"{part.fee_cents / 100:g}"})))
        if part.in_person is not None:
            said.append(board.say(part.in_person))
        if part.optional:
            said.append(board._("optional"))
        imgui.indent(board.px(30))
        board.wrapped(" · ".join(said), board.theme.muted, SMALL_PX)
        imgui.unindent(board.px(30))


def _agree(board: Board, draft: Draft, agreement: Agreement) -> None:
    """Both answers alike in look; the one that holds has the same dot."""
    board.text(board._("Consent"), board.theme.bright, 13, bold=True)
    board.wrapped(board.say(agreement.words), board.theme.text, 13)
    agreed = draft.agreed
    for yes, action in ((True, agreement.give), (False, agreement.refuse)):
        if action is None:
            continue
        if not yes:
            imgui.same_line(0, board.px(8))
        lit = agreed is yes
        if board.button(f"{board.say(action.label)}##{yes}", strong=lit, width=board.px(160)):
            draft.agreed = yes
            if agreement.given is not yes:
                _say(board, action, {})
        board.spot("grant" if yes else "refuse")
    if agreement.given and agreed is None:
        imgui.same_line(0, board.px(12))
        board.text(board._("You agreed to public services before; say it for this form."), board.theme.muted, SMALL_PX)
    board.gap(4)


def _say(board: Board, action: Action, more: Mapping[str, object]) -> str:
    id = board.source.propose({"t": action.command, **action.fixed, **more})
    board.choices.proposals[id] = action.label
    return id


def _submit(board: Board, form: Application, draft: Draft) -> None:
    wrong = faults(board, form, draft)
    if form.barred is not None:
        board.wrapped(board.say(form.barred), board.theme.severity[1], 13)
    room = imgui.get_content_region_avail().x
    if board.button(board._("Submit the form"), strong=True, width=min(room, board.px(328))):
        draft.tried, draft.show = True, next(iter(wrong), "")
        if not wrong and draft.agreed and form.submit is not None and form.barred is None:
            answers = {id: value.strip() for id, value in draft.answers.items()}
            more = {"form": answers, "materials": sorted(draft.papers), "unwanted": sorted(draft.unwanted)}
            draft.sent = _say(board, form.submit, more)
    board.spot("submit")
    if draft.tried and (wrong or not draft.agreed):
        words = Text("{n} answers need another look", {"n": len(wrong)}) if wrong else Text(
            "Without your consent nobody may read the form, so it cannot be sent"
        )  # fmt: skip
        board.wrapped(board.say(words), board.theme.severity[1], 13)


def _sent(board: Board, form: Application, draft: Draft) -> None:
    """What became of it, until it can be seen among one's errands."""
    if draft.refused is not None:
        board.wrapped(board.say(draft.refused), board.theme.severity[1])
        if board.button(board._("Back to the form")):
            draft.sent, draft.refused = "", None
        board.spot("back")
        return
    corner = imgui.get_cursor_screen_pos()
    board.stamp_icon("check", corner.x, corner.y + board.px(2), 20, board.theme.good)
    imgui.indent(board.px(30))
    board.text(board._("The form is with the hall."), board.theme.bright, bold=True)
    board.wrapped(
        board._("Its steps light up on the errand's page; credentials arrive in My data."), board.theme.text, 13
    )
    imgui.unindent(board.px(30))
    board.gap(4)
    if board.button(board._("To the map and my errands"), strong=True):
        board.choices.applications.pop(f"{form.service}:{form.ward}", None)
        board.choices.page = None
    board.spot("done")
