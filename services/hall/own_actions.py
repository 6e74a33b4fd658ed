"""What an applicant may do on their errand's page now: bring what was asked for, appeal, let go, withdraw."""

from __future__ import annotations

from collections.abc import Iterator

from services.facts.resident import SayErrandWord
from services.hall.catalogue import Service
from services.hall.codes import APPEAL_TEXT
from services.hall.errand import Errand
from services.hall.graph import lacking
from services.hall.graph_state import P
from twin.core.text import Text
from twin.core.views import Action, Choice

Fixed = dict[str, str | int | float | bool]


def own_actions(errand: Errand, service: Service) -> tuple[Action, ...]:
    """For the applicant alone; none once it has ended."""
    return () if errand.ended else tuple(_actions(errand, service))


def _actions(errand: Errand, service: Service) -> Iterator[Action]:
    for item in service.items:
        part = errand.progress.parts[item.id]
        about: Fixed = {"errand": errand.id, "item": item.id}
        if part.state is P.SUPPLEMENT:
            asked = tuple(Choice(one.id, one.name) for one in lacking(service, errand.progress, item.id))
            yield Action(
                command=SayErrandWord.__name__, label=Text("Bring what is asked for: {item}", {"item": item.name}),
                fixed={**about, "word": "supply"}, asks={"materials": Text("Materials")},
                choices={"materials": asked}, many=("materials",), posts=SayErrandWord.posts,
            )  # fmt: skip
        if part.state is P.REFUSED:
            grounds = tuple(Choice(id, text) for id, text in APPEAL_TEXT.items())
            yield Action(
                command=SayErrandWord.__name__, label=Text("Appeal: {item}", {"item": item.name}),
                fixed={**about, "word": "appeal"}, asks={"ground": Text("Ground")}, choices={"ground": grounds},
                posts=SayErrandWord.posts,
            )  # fmt: skip
        if part.state in (P.SUPPLEMENT, P.REFUSED):
            yield Action(
                command=SayErrandWord.__name__, label=Text("Let it go: {item}", {"item": item.name}),
                fixed={**about, "word": "let_go"}, more=True, posts=SayErrandWord.posts,
            )  # fmt: skip
    yield Action(
        command=SayErrandWord.__name__, label=Text("Withdraw the application"),
        fixed={"errand": errand.id, "word": "withdraw"}, danger=True, more=True, posts=SayErrandWord.posts,
    )  # fmt: skip
