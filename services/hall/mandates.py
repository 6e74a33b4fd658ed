"""Mandates 帮办代办: a resident lets somebody else apply in their name, for some services and some time, signed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from services.collaboration.authority import Authority
from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Turn
from services.facts.base import Actor, CommandRefused, Event
from services.facts.because import because, english
from services.facts.engine import PersonErased
from services.facts.hall import ErrandBegun
from services.facts.rights import GiveMandate, MandateGiven, MandateRevoked, MandateUsed, RevokeMandate, WordRefused
from services.hall.answers import TELL_LONG_MS
from services.hall.emergencies import no
from services.hall.guardians import Guardians
from services.hall.identity import Identities, signed_by
from services.hall.ports import Registered
from twin.core.errors import CivitwinError
from twin.core.text import Text
from twin.formats.civic import MandateWord
from twin.state.batch import Batch, PersonSaid

MOST = 20
"""Mandates of one person that are in force at once."""
LONGEST_MS = 366 * 86_400_000
"""No mandate is longer: an assumption of this project, so that none is forgotten."""


class Mandate(msgspec.Struct, frozen=True, kw_only=True):
    """``signature`` is by the principal's ``key`` over everything else."""

    id: str
    person: str
    proxy: str
    services: tuple[str, ...]
    from_ms: int
    until_ms: int
    key: bytes
    signature: bytes = b""

    def words(self) -> bytes:
        """What the principal signs."""
        return msgspec.msgpack.encode(msgspec.structs.replace(self, signature=b""), order="sorted")


class MandateState(msgspec.Struct):
    serial: int = 0
    given: dict[str, Mandate] = {}
    revoked: set[str] = set()
    used: dict[str, tuple[str, ...]] = {}  # mandate → request ids
    erased: set[str] = set()


@dataclass(frozen=True)
class Use:
    """What a proxy wants to do: apply as ``proxy`` for ``person`` in a service, by one request."""

    proxy: str
    person: str
    service: str
    request: str


FAULT: dict[str, Text] = {
    "unknown": Text("there is no such mandate"),
    "forged": Text("the mandate is not signed by whom it names, or it was changed"),
    "other_holder": Text("the mandate was given to somebody else, or by somebody else"),
    "revoked": Text("the mandate was taken back"),
    "not_yet_valid": Text("the mandate is not valid yet"),
    "expired": Text("the mandate has expired"),
    "beyond": Text("the mandate does not cover this service"),
    "replayed": Text("this request was made on the mandate before"),
}


def mandate_fault(mandate: Mandate | None, use: Use, state: MandateState, key: bytes, city_ms: int) -> str:
    """Why the proxy may not act on it, as a key of ``FAULT``; empty where they may. ``key`` is the principal's own."""
    if mandate is None:
        return "unknown"
    if not signed_by(mandate.key, mandate.signature, mandate.words()):
        return "forged"
    if (mandate.proxy, mandate.person) != (use.proxy, use.person):
        return "other_holder"
    if mandate.key != key:
        return "forged"
    if mandate.id in state.revoked:
        return "revoked"
    if city_ms < mandate.from_ms:
        return "not_yet_valid"
    if mandate.until_ms <= city_ms:
        return "expired"
    if use.service not in mandate.services:
        return "beyond"
    return "replayed" if use.request in state.used.get(mandate.id, ()) else ""


class MandateDesk:
    """Mandates by id ``M-<serial>``."""

    name = "mandates"

    def __init__(
        self,
        residents: Mapping[str, Registered],
        guardians: Guardians,
        services: Collection[str],
        authority: Authority,
        identities: Identities,
    ) -> None:
        self.state = MandateState()
        self._residents, self._guardians = residents, guardians
        self._pseudonyms = {resident.pseudonym: resident.id for resident in residents.values()}
        self._services = frozenset(services)
        self._authority, self._identities = authority, identities

    def may_apply(self, use: Use, mandate: str, city_ms: int) -> Text | None:
        """Why one may not apply for another; None where one may: for oneself, as a guardian, or on a mandate."""
        if use.person not in self._residents or use.person in self.state.erased:
            return Text("nobody of this identity is registered")
        if mandate:
            try:
                key = self._identities.public(use.person)
            except CivitwinError:
                return Text("nobody of this identity is registered")
            fault = mandate_fault(self.state.given.get(mandate), use, self.state, key, city_ms)
            return FAULT[fault] if fault else None
        if self._guardians.may_act(use.proxy, use.person, city_ms):
            return None
        if use.proxy == use.person:
            return Text("the guardian applies for a child or dependant")
        return Text("to apply for somebody else takes a mandate")

    def lapsed(self, mandate: str, city_ms: int) -> Text | None:
        """Why a mandate is good for nothing any more; None while it is."""
        given = self.state.given.get(mandate)
        if given is None:
            return FAULT["unknown"]
        if mandate in self.state.revoked:
            return FAULT["revoked"]
        return FAULT["expired"] if given.until_ms <= city_ms else None

    def _of(self, person: str) -> Iterator[Mandate]:
        return (one for one in self.state.given.values() if one.person == person)

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case Batch():
                return self._hear(fact, turn)
            case GiveMandate():
                if fact.actor.kind != "resident" and (why := self._authority.refusal(fact, turn.city_ms)):
                    return (no(fact, why),)
                speaker = fact.actor.id if fact.actor.kind == "resident" else fact.person
                made = self._made(fact.actor, speaker, fact, self.state.serial + 1, turn)
                return (no(fact, made) if isinstance(made, Text) else made,)
            case RevokeMandate():
                return (self._revoke(fact, turn),)
            case ErrandBegun() if fact.mandate:
                return (
                    MandateUsed(
                        actor=fact.actor, cause=fact.errand, **because("the proxy acts on it"), mandate=fact.mandate,
                        person=fact.person, proxy=fact.agent,
                        request=f"{fact.agent}/{fact.request}",
                    ),
                )  # fmt: skip
            case _:
                return ()

    def _hear(self, batch: Batch, turn: Turn) -> Iterator[Event]:
        serial = self.state.serial
        for said in batch.notices:
            if not isinstance(said, PersonSaid) or not isinstance(said.body, MandateWord):
                continue
            actor, word = Actor("resident", said.person), said.body
            made: Event | Text
            if word.revoke:
                made = self._revoked(actor, word.revoke, said.person)
            else:
                proxy = self._pseudonyms.get(word.proxy, "")
                give = GiveMandate(
                    id="phone", person=said.person, proxy=proxy, services=word.services, from_ms=word.from_ms,
                    until_ms=word.until_ms,
                )  # fmt: skip
                made = self._made(actor, said.person, give, serial + 1, turn)
                serial += isinstance(made, MandateGiven)
            if isinstance(made, Event):
                yield made
            elif said.person in self._residents:
                yield WordRefused(
                    actor=actor, reason=english(made), why=made, person=said.person,
                    pseudonym=self._residents[said.person].pseudonym, word="mandate",
                    tell_until_ms=turn.city_ms + TELL_LONG_MS,
                )  # fmt: skip

    def _made(self, actor: Actor, speaker: str, wish: GiveMandate, serial: int, turn: Turn) -> MandateGiven | Text:
        """Signed, or why not."""
        if wish.person not in self._residents or wish.person in self.state.erased:
            return Text("nobody of this identity is registered")
        if not self._guardians.may_act(speaker, wish.person, turn.city_ms):
            return Text("only the person or a guardian says this")
        if wish.proxy not in self._residents or wish.proxy == wish.person or wish.proxy in self.state.erased:
            return Text("a mandate is for somebody else of the register")
        if self._guardians.dependant(wish.proxy, turn.city_ms):
            return Text("a child or dependant cannot be a proxy")
        unknown = [service for service in wish.services if service not in self._services]
        if unknown or not wish.services:
            return Text("a mandate names services that there are")
        if not max(wish.from_ms, turn.city_ms) < wish.until_ms <= max(wish.from_ms, turn.city_ms) + LONGEST_MS:
            return Text("a mandate ends, within a year")
        if sum(self.lapsed(one.id, turn.city_ms) is None for one in self._of(wish.person)) >= MOST:
            return Text("{most} mandates are in force already: take one back", {"most": MOST})
        services = tuple(sorted(set(wish.services)))
        try:
            mandate = Mandate(
                id=f"M-{serial:04d}", person=wish.person, proxy=wish.proxy, services=services,
                from_ms=max(wish.from_ms, turn.city_ms), until_ms=wish.until_ms,
                key=self._identities.public(wish.person),
            )  # fmt: skip
            signature = self._identities.sign(wish.person, mandate.words())
        except CivitwinError:
            return Text("nobody of this identity is registered")
        return MandateGiven(
            actor=actor, **because("the person's own word"), mandate=mandate.id, person=mandate.person,
            proxy=mandate.proxy, services=services, from_ms=mandate.from_ms, until_ms=mandate.until_ms,
            key=mandate.key, signature=signature,
        )  # fmt: skip

    def _revoke(self, fact: RevokeMandate, turn: Turn) -> MandateRevoked | CommandRefused:
        if fact.actor.kind != "resident" and (why := self._authority.refusal(fact, turn.city_ms)):
            return no(fact, why)
        speaker = fact.actor.id if fact.actor.kind == "resident" else ""
        made = self._revoked(fact.actor, fact.mandate, speaker)
        return no(fact, made) if isinstance(made, Text) else made

    def _revoked(self, actor: Actor, id: str, speaker: str) -> MandateRevoked | Text:
        """By the principal or the proxy, or (no ``speaker``) by a clerk at their word."""
        mandate = self.state.given.get(id)
        if mandate is None or (speaker and speaker not in (mandate.person, mandate.proxy)):
            return FAULT["unknown"]
        if id in self.state.revoked:
            return FAULT["revoked"]
        return MandateRevoked(
            actor=actor, **because("the person's own word"), mandate=id, person=mandate.person, proxy=mandate.proxy
        )

    def apply(self, event: Event, turn: Turn) -> None:
        state = self.state
        match event:
            case MandateGiven():
                state.serial += 1
                state.given[event.mandate] = mandate_of(event)
            case MandateUsed():
                state.used[event.mandate] = (*state.used.get(event.mandate, ()), event.request)
            case MandateRevoked():
                state.revoked.add(event.mandate)
            case PersonErased():
                state.erased.add(event.person)
                gone = {id for id, one in state.given.items() if event.person in (one.person, one.proxy)}
                state.given = {id: one for id, one in state.given.items() if id not in gone}
                state.used = {id: used for id, used in state.used.items() if id not in gone}
                state.revoked -= gone
            case _:
                pass

    def snapshot(self) -> bytes:
        return canonical(self.state)

    def restore(self, data: bytes) -> None:
        self.state = revive(data, MandateState)


def mandate_of(event: MandateGiven) -> Mandate:
    return Mandate(
        id=event.mandate,
        person=event.person,
        proxy=event.proxy,
        services=event.services,
        from_ms=event.from_ms,
        until_ms=event.until_ms,
        key=event.key,
        signature=event.signature,
    )
