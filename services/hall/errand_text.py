"""What an errand waits for right now, in one short text: for bubbles, cards and pages."""

from __future__ import annotations

from services.hall.book_words import joined, materials
from services.hall.catalogue import Service
from services.hall.codes import VISIT_TEXT
from services.hall.errand import Errand, ErrandState, Visit
from services.hall.graph_state import P, PartState
from twin.core.text import Text

STATE_TEXT: dict[ErrandState, Text] = {
    ErrandState.UNDER_WAY: Text("under way"),
    ErrandState.COMPLETED: Text("completed"),
    ErrandState.REFUSED: Text("refused"),
    ErrandState.LAPSED: Text("lapsed"),
    ErrandState.WITHDRAWN: Text("withdrawn"),
}
PART_TEXT: dict[PartState, Text] = {
    P.WAITING: Text("not begun"),
    P.REVIEW: Text("under review"),
    P.SUPPLEMENT: Text("materials asked for"),
    P.GRANTED: Text("granted, to be delivered"),
    P.REFUSED: Text("refused, can be appealed"),
    P.APPEALED: Text("appealed"),
    P.DELIVERED: Text("done"),
    P.CLOSED: Text("refused for good"),
    P.SKIPPED: Text("left out"),
    P.STOPPED: Text("cannot begin any more"),
}
_VISIT: dict[str, Text] = {
    "expected": Text("expected at the hall, {what}"),
    "queued": Text("number {number}, {what}"),
    "serving": Text("at the counter, {what}"),
}


def step_text(errand: Errand, service: Service) -> Text:
    """The most pressing thing first: the counter, the applicant's turn, the officer's, the post's."""
    if errand.ended:
        return STATE_TEXT[errand.state]
    if errand.visit is not None:
        return visit_text(errand.visit)
    parts = errand.progress.parts
    asked = [id for id, part in parts.items() if part.state is P.SUPPLEMENT]
    if asked:
        held = set(errand.progress.held)
        wanted = tuple(
            one.id for one in service.item(asked[0]).materials if one.id in errand.progress.asked and one.id not in held
        )
        return Text("asked for {materials}", {"materials": materials(service, wanted)})
    worked = tuple(id for review in errand.reviews if review.officer for id in review.items)
    if worked:
        return Text("an officer works on {items}", {"items": joined(service, worked)})
    for state, text in (
        (P.REFUSED, Text("{items}: refused, can be appealed")), (P.APPEALED, Text("{items}: appealed")),
        (P.REVIEW, Text("{items} under review")), (P.GRANTED, Text("{items} on its way")),
    ):  # fmt: skip
        found = tuple(id for id, part in parts.items() if part.state is state)
        if found:
            return Text(text.msgid, {"items": joined(service, found[:1])})
    return Text("accepted")


def visit_text(visit: Visit) -> Text:
    return Text(_VISIT[visit.state].msgid, {"what": VISIT_TEXT[visit.kind], "number": visit.number})
