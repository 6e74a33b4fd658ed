"""An application moves through its service's graph of items: pure functions from one :class:`Progress` to the next.

Each raises :class:`GraphError` for a step that is not allowed, and leaves its arguments as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from services.hall.catalogue import Item, Material, Service
from services.hall.eligibility import Fact, unmet
from services.hall.graph_state import (
    APPEAL,
    DONE,
    ENDED,
    FOLLOWS,
    GENERAL,
    SUPPLEMENT,
    Due,
    GraphError,
    NotEligibleError,
    P,
    Part,
    Progress,
)
from twin.core.text import Text


def begin(
    service: Service,
    facts: Mapping[str, Fact],
    wallet: Iterable[str] = (),
    given: Iterable[str] = (),
    unwanted: Collection[str] = (),
) -> Progress:
    """The one form is in. ``facts`` is what the register knows of the applicant, ``wallet`` which credentials
    they hold, ``given`` the materials they put in. Raises :class:`NotEligibleError`."""
    parts: dict[str, Part] = {}
    for item in service.items:
        why = unmet(item.eligibility, facts)
        if why is None and item.optional and item.id in unwanted:
            why = Text("not wanted by the applicant")
        if why is not None and not item.optional:
            raise NotEligibleError(Text("{item}: {why}", {"item": item.name, "why": why}))
        parts[item.id] = Part() if why is None else Part(state=P.SKIPPED, why=why)
    return Progress(parts=parts, wallet=tuple(dict.fromkeys(wallet)), held=tuple(dict.fromkeys(given)))


def to_bring(service: Service, progress: Progress) -> tuple[Material, ...]:
    """The materials that the one form asks for: each once, and none that a credential replaces, be it held or issued by
    an earlier item of the same application."""
    found: dict[str, Material] = {}
    for item in service.items:
        if progress.parts[item.id].state in ENDED:
            continue
        there = {*progress.wallet, *(id for id in _before(service, item) if progress.parts[id].state is not P.SKIPPED)}
        for material in item.materials:
            if material.replaced_by not in there and material.id not in progress.held:
                found.setdefault(material.id, material)
    return tuple(found.values())


def lacking(service: Service, progress: Progress, id: str) -> tuple[Material, ...]:
    """What one item still needs before it can be granted."""
    return tuple(
        material
        for material in service.item(id).materials
        if material.id not in progress.held and material.replaced_by not in progress.wallet
    )


def ready(service: Service, progress: Progress) -> tuple[tuple[str, ...], ...]:
    """The items that can begin now, those of one joint review together."""
    groups: dict[str, list[str]] = {}
    for item in service.items:
        if progress.parts[item.id].state is P.WAITING and not _open(progress, item):
            groups.setdefault(f"joint/{item.joint}" if item.joint else f"item/{item.id}", []).append(item.id)
    return tuple(tuple(group) for group in groups.values())


def waits(service: Service, progress: Progress) -> dict[str, Text]:
    """Why each item that has not ended does not go on by itself, in the order of the service."""
    found: dict[str, Text] = {}
    for item in service.items:
        part = progress.parts[item.id]
        if part.state is P.WAITING and (names := _open(progress, item)):
            names_text = [service.item(id).name for id in names]
            found[item.id] = Text("waits for {item}", {"item": names_text[0]})
            if len(names_text) > 1:
                found[item.id] = Text(
                    "waits for {item} and {count} more", {"item": names_text[0], "count": len(names_text) - 1}
                )
        elif part.state not in ENDED:
            found[item.id] = _WAITS[part.state]
    return found


_WAITS: dict[P, Text] = {
    P.WAITING: Text("ready for an officer"),
    P.REVIEW: Text("waits for the officer's decision"),
    P.SUPPLEMENT: Text("waits for what the applicant was asked for"),
    P.GRANTED: Text("waits for delivery"),
    P.REFUSED: Text("refused; the applicant may appeal"),
    P.APPEALED: Text("waits for the decision on the appeal"),
}


def start(service: Service, progress: Progress, ids: Collection[str], now_ms: int, due: Due) -> Progress:
    """Officers take up one of the groups of :func:`ready`; the law's and the promise's clocks begin."""
    if tuple(ids) not in ready(service, progress):
        raise GraphError(f"{', '.join(ids)} cannot begin now")
    for id in ids:
        progress = _to_review(service, progress, id, now_ms, due)
    return progress


def ask(progress: Progress, id: str, materials: Collection[str], now_ms: int, due: Due) -> Progress:
    """Supplement request 补正: everything that is missing, in one request; nothing is asked twice in an application."""
    twice = sorted(set(materials) & {*progress.asked, *progress.held})
    if not materials or twice:
        raise GraphError(f"{id}: asked already: {', '.join(twice)}" if twice else f"{id}: a request names what it asks")
    moved = _move(progress, id, P.SUPPLEMENT, until_ms=due(now_ms, SUPPLEMENT), promised_ms=-1)
    return msgspec.structs.replace(moved, asked=(*moved.asked, *dict.fromkeys(materials)))


def answer(service: Service, progress: Progress, id: str, given: Iterable[str], now_ms: int, due: Due) -> Progress:
    """The applicant's answer. The application is complete from this day on, so the clocks begin anew (Administrative
    Licensing Law, art. 32)."""
    held = tuple(dict.fromkeys((*progress.held, *given)))
    return _to_review(service, msgspec.structs.replace(progress, held=held), id, now_ms, due)


def grant(service: Service, progress: Progress, id: str) -> Progress:
    """The credential is issued, and what is on paper goes to delivery."""
    missing = lacking(service, progress, id)
    if missing:
        raise GraphError(f"{id}: {', '.join(one.id for one in missing)} is not there")
    state = P.DELIVERED if service.item(id).delivery == "credential" else P.GRANTED
    moved = _move(progress, id, state, until_ms=-1, promised_ms=-1, why=None, remedy=None)
    return msgspec.structs.replace(moved, wallet=tuple(dict.fromkeys((*moved.wallet, id))))


def deliver(progress: Progress, id: str) -> Progress:
    """By post or pick-up."""
    return _move(progress, id, P.DELIVERED)


def refuse(service: Service, progress: Progress, id: str, why: Text, remedy: Text, now_ms: int, due: Due) -> Progress:
    """With a reason and a remedy; after an appeal, for good."""
    if not why.msgid.strip() or not remedy.msgid.strip():
        raise GraphError(f"{id}: a refusal has a reason and a remedy")
    if progress.parts[id].appealed:
        return _close(service, progress, id, why=why, remedy=remedy)
    return _move(progress, id, P.REFUSED, until_ms=due(now_ms, APPEAL), promised_ms=-1, why=why, remedy=remedy)


def appeal(service: Service, progress: Progress, id: str, now_ms: int, due: Due) -> Progress:
    """Once for each item, and judged by somebody else."""
    if progress.parts[id].appealed:
        raise GraphError(f"{id}: appealed already")
    until_ms = due(now_ms, service.item(id).statutory or GENERAL)
    return _move(progress, id, P.APPEALED, until_ms=until_ms, appealed=True, escalated=False)


def decide_appeal(service: Service, progress: Progress, id: str, upheld: bool, now_ms: int, due: Due) -> Progress:
    """``upheld``: the refusal stays, for good; else the item is reviewed again."""
    if upheld:
        return _close(service, progress, id)
    return _to_review(service, progress, id, now_ms, due)


def let_go(service: Service, progress: Progress, id: str) -> Progress:
    """No appeal, or no answer to a supplement request: by the applicant's word, or when their time ran out."""
    part = progress.parts[id]
    if part.state is P.SUPPLEMENT:
        return _close(
            service, progress, id, why=Text("what was asked for was not brought"),
            remedy=Text("apply again with all materials"),
        )  # fmt: skip
    if part.state is not P.REFUSED:
        raise GraphError(f"{id}: {part.state} cannot be let go")
    return _close(service, progress, id)


def overdue(progress: Progress, now_ms: int) -> tuple[str, ...]:
    """Items on which the office has been silent past the law's limit, and of which nobody above was told."""
    return tuple(
        id
        for id, part in progress.parts.items()
        if part.state in (P.REVIEW, P.APPEALED) and 0 <= part.until_ms < now_ms and not part.escalated
    )


def run_out(progress: Progress, now_ms: int) -> tuple[str, ...]:
    """Items for which the applicant's time to answer or appeal has passed; :func:`let_go` ends them."""
    return tuple(
        id
        for id, part in progress.parts.items()
        if part.state in (P.SUPPLEMENT, P.REFUSED) and 0 <= part.until_ms < now_ms
    )


def escalate(progress: Progress, id: str, now_ms: int) -> Progress:
    """Silence past the law's limit: it goes to the head of the department, who must decide."""
    if id not in overdue(progress, now_ms):
        raise GraphError(f"{id} is not overdue")
    return _replaced(progress, id, escalated=True)


def completed(progress: Progress) -> bool:
    """Whether every item has ended, one way or another."""
    return all(part.state in ENDED for part in progress.parts.values())


def granted(progress: Progress) -> tuple[str, ...]:
    return tuple(id for id, part in progress.parts.items() if part.state in (P.GRANTED, P.DELIVERED))


def _before(service: Service, item: Item) -> set[str]:
    """Everything that must be done before this item, the far ones too."""
    found: set[str] = set()
    left = list(item.after)
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += service.item(one).after
    return found


def _open(progress: Progress, item: Item) -> tuple[str, ...]:
    return tuple(id for id in item.after if progress.parts[id].state not in DONE)


def _to_review(service: Service, progress: Progress, id: str, now_ms: int, due: Due) -> Progress:
    item, part = service.item(id), progress.parts[id]
    promised_ms = due(now_ms, item.promised) if item.promised else -1
    return _move(
        progress, id, P.REVIEW, begun_ms=part.begun_ms if part.begun_ms >= 0 else now_ms, escalated=False,
        until_ms=due(now_ms, item.statutory or GENERAL), promised_ms=promised_ms,
    )  # fmt: skip


def _close(service: Service, progress: Progress, id: str, **said: Any) -> Progress:
    """Refused for good; what waits for it can never begin."""
    progress = _move(progress, id, P.CLOSED, until_ms=-1, promised_ms=-1, **said)
    name = service.item(id).name
    for item in service.items:
        if progress.parts[item.id].state is P.WAITING and id in _before(service, item):
            progress = _move(
                progress, item.id, P.STOPPED, why=Text("{item} was refused", {"item": name}),
                remedy=progress.parts[id].remedy,
            )  # fmt: skip
    return progress


def _move(progress: Progress, id: str, state: P, **fields: Any) -> Progress:
    now = progress.parts[id].state
    if state not in FOLLOWS[now]:
        raise GraphError(f"{id}: {now} is not followed by {state}")
    return _replaced(progress, id, state=state, **fields)


def _replaced(progress: Progress, id: str, **fields: Any) -> Progress:
    part = msgspec.structs.replace(progress.parts[id], **fields)
    return msgspec.structs.replace(progress, parts={**progress.parts, id: part})
