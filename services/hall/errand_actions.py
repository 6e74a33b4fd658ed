"""What officers may do on an errand's page: only what would not be refused as things stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.facts.hall import (
    AskSupplement,
    CallNumber,
    DecideItemAppeal,
    GrantItem,
    RefuseErrand,
    RefuseItem,
    TakeReview,
)
from services.hall.catalogue import Service
from services.hall.codes import GROUND_TEXT, REMEDY_TEXT
from services.hall.errand import Errand
from services.hall.graph_state import P
from twin.core.text import Text
from twin.core.views import Action, Choice


def actions_of(errand: Errand, service: Service) -> tuple[Action, ...]:
    return () if errand.ended else tuple(_actions(errand, service))


def _actions(errand: Errand, service: Service) -> Iterator[Action]:
    fixed: dict[str, str | int | float | bool] = {"errand": errand.id}
    if errand.visit is not None and errand.visit.state == "queued":
        yield Action(
            command=CallNumber.__name__, label=Text("Call this number now"), fixed=fixed, posts=CallNumber.posts
        )
    for item in service.items:
        part, review = errand.progress.parts[item.id], errand.review_of(item.id)
        name, about = {"item": item.name}, {**fixed, "item": item.id}
        if part.state is P.REVIEW and review is not None:
            if not review.officer:
                take = Text("Take up: {item}")
                yield _action(TakeReview, Text(take.msgid, {**name}), about)
            yield _action(GrantItem, Text("Grant: {item}", {**name}), about)
            yield _action(AskSupplement, Text("Ask for what is missing: {item}", {**name}), about)
            yield Action(
                command=RefuseItem.__name__, label=Text("Refuse: {item}", {**name}), fixed=about,
                asks={"ground": Text("Reason"), "remedy": Text("What helps")},
                choices={"ground": _choices(GROUND_TEXT), "remedy": _choices(REMEDY_TEXT)}, danger=True, more=True,
                posts=RefuseItem.posts,
            )  # fmt: skip
        if part.state is P.APPEALED:
            answers = (Choice(True, Text("the refusal stands")), Choice(False, Text("the refusal does not stand")))
            yield Action(
                command=DecideItemAppeal.__name__, label=Text("Decide the appeal: {item}", {**name}), fixed=about,
                asks={"upheld": Text("Decision")}, choices={"upheld": answers}, posts=DecideItemAppeal.posts,
            )  # fmt: skip
    yield Action(
        command=RefuseErrand.__name__, label=Text("Refuse the whole application"), fixed=fixed,
        asks={"ground": Text("Reason")}, choices={"ground": _choices(GROUND_TEXT)}, danger=True, more=True,
        posts=RefuseErrand.posts,
    )  # fmt: skip


def _action(
    command: type[TakeReview | GrantItem | AskSupplement], label: Text, fixed: dict[str, str | int | float | bool]
) -> Action:
    return Action(command=command.__name__, label=label, fixed=fixed, more=True, posts=command.posts)


def _choices(texts: Mapping[str, Text]) -> tuple[Choice, ...]:
    return tuple(Choice(id, text) for id, text in texts.items())
