"""Making the hall's events: what every one of an errand's has in common."""

from __future__ import annotations

from typing import Any

from services.engine.desk import Turn
from services.facts.base import Actor, Command, CommandRefused
from services.facts.because import Because, english
from services.facts.hall import ErrandRefused, ErrandStepped
from services.facts.of_item import OfItem
from services.hall.catalogue import Service
from services.hall.errand import Errand
from twin.core.text import Text

TELL_MS = 600_000
"""How long an answer is sent again; the next one replaces it."""

CLOCK = Actor("system", "civitwin")


def rule(service: Service, what: str, officer: str) -> Actor:
    """A rule of a service's version, for which an officer at a counter or desk stands."""
    return Actor("rule", f"service/{service.id}@{service.version}/{what}", "clerk", officer)


def step(errand: Errand, state: str, actor: Actor, why: Because, turn: Turn, **fields: Any) -> ErrandStepped:
    return ErrandStepped(
        actor=actor, cause=errand.id, **why, errand=errand.id, person=errand.person, pseudonym=errand.pseudonym,
        request=errand.request, state=state, tell_until_ms=turn.city_ms + TELL_MS, **fields,  # type: ignore[arg-type]
    )  # fmt: skip


def of_item(
    kind: type[OfItem], errand: Errand, item: str, actor: Actor, why: Because, turn: Turn, **fields: Any
) -> OfItem:
    """An event about one item."""
    return kind(
        actor=actor, cause=errand.id, **why, errand=errand.id, person=errand.person, pseudonym=errand.pseudonym,
        request=errand.request, item=item, tell_until_ms=turn.city_ms + TELL_MS, **fields,
    )  # fmt: skip


def refused(errand: Errand, actor: Actor, why: Text, turn: Turn) -> ErrandRefused:
    """The whole errand ends without a result, for a reason."""
    return ErrandRefused(
        actor=actor, cause=errand.id, reason=english(why), why=why, errand=errand.id, person=errand.person,
        pseudonym=errand.pseudonym, service=errand.service, request=errand.request,
        tell_until_ms=turn.city_ms + TELL_MS,
    )  # fmt: skip


def no(fact: Command, why: Text) -> CommandRefused:
    return CommandRefused(actor=fact.actor, cause=fact.id, command=type(fact).__name__, why=why)


def saying(why: Text) -> Because:
    """An event's reason that is a text already."""
    return {"reason": english(why), "why": why}
