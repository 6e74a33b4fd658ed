"""The wallet of credentials 电子证照库: what was issued to whom, what was revoked since, and which presentations are
spent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from services.collaboration.authority import Authority
from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Turn
from services.facts.base import CommandRefused, Event
from services.facts.because import because
from services.facts.engine import PersonErased
from services.facts.hall import CredentialIssued
from services.facts.rights import CredentialPresented, CredentialRevoked, RevokeCredential
from services.hall.answers import TELL_LONG_MS
from services.hall.credentials import PRESENT_MS, Credential, from_event
from services.hall.emergencies import no
from services.hall.ports import Registered
from twin.core.text import Text

REVOKED_TEXT: dict[str, Text] = {
    "issued_in_error": Text("it was issued in error"),
    "facts_changed": Text("the facts in it have changed"),
    "misused": Text("it was misused"),
    "lost": Text("it was reported lost"),
    "court_order": Text("by order of a court"),
}


class Revoked(msgspec.Struct, frozen=True):
    city_ms: int
    ground: str


class WalletState(msgspec.Struct):
    held: dict[str, Credential] = {}
    revoked: dict[str, Revoked] = {}
    spent: dict[str, int] = {}  # hex of the nonce → when; older ones are stale anyway
    erased: set[str] = set()


class WalletDesk:
    """Credentials by their number. An erased holder's are dropped; that they were revoked stays known."""

    name = "wallet"

    def __init__(self, residents: Mapping[str, Registered], authority: Authority) -> None:
        self.state = WalletState()
        self._by_holder: dict[str, dict[str, Credential]] = {}  # follows from the state
        self._residents, self._authority = residents, authority

    def revoked(self, credential: str) -> bool:
        return credential in self.state.revoked

    def spent(self, nonce: bytes) -> bool:
        return nonce.hex() in self.state.spent

    def of(self, person: str) -> tuple[Credential, ...]:
        """A person's credentials, oldest first, revoked and expired ones too."""
        return tuple(self._by_holder.get(person, {}).values())

    def newest(self, person: str, kind: str, city_ms: int) -> Credential | None:
        """The one that a later item may reuse."""
        good = (
            one
            for one in self.of(person)
            if one.kind == kind and not self.revoked(one.id) and (one.expires_ms < 0 or city_ms < one.expires_ms)
        )
        return max(good, key=lambda one: (one.issued_ms, one.id), default=None)

    def kinds(self, person: str, city_ms: int) -> tuple[str, ...]:
        """Kinds of credential that a person holds and that are good now, oldest first."""
        mine = (one.kind for one in self.of(person))
        return tuple(kind for kind in dict.fromkeys(mine) if self.newest(person, kind, city_ms) is not None)

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        return (self._revoke(fact, turn),) if isinstance(fact, RevokeCredential) else ()

    def _revoke(self, fact: RevokeCredential, turn: Turn) -> CredentialRevoked | CommandRefused:
        why = self._authority.refusal(fact, turn.city_ms)
        if why is not None:
            return no(fact, why)
        held = self.state.held.get(fact.credential)
        if held is None:
            return no(fact, Text("there is no such credential"))
        if self.revoked(held.id):
            return no(fact, Text("it was revoked before"))
        if self._authority.department(fact.actor, turn.city_ms) != held.issuer:
            return no(fact, Text("only the department that issued it revokes it"))
        known = self._residents.get(held.holder)
        return CredentialRevoked(
            actor=fact.actor, **because("{ground}", ground=REVOKED_TEXT[fact.ground]), credential=held.id,
            kind=held.kind, holder=held.holder, pseudonym=known.pseudonym if known else "", issuer=held.issuer,
            ground=fact.ground, tell_until_ms=turn.city_ms + TELL_LONG_MS,
        )  # fmt: skip

    def apply(self, event: Event, turn: Turn) -> None:
        match event:
            case CredentialIssued() if event.holder not in self.state.erased:
                self._hold(from_event(event))
            case CredentialRevoked():
                self.state.revoked[event.credential] = Revoked(turn.city_ms, event.ground)
            case CredentialPresented():
                fresh = {nonce: at for nonce, at in self.state.spent.items() if turn.city_ms - at <= PRESENT_MS}
                self.state.spent = {**fresh, event.nonce.hex(): turn.city_ms}
            case PersonErased():
                self.state.erased.add(event.person)
                for id in self._by_holder.pop(event.person, {}):
                    del self.state.held[id]
            case _:
                pass

    def _hold(self, one: Credential) -> None:
        self.state.held[one.id] = one
        self._by_holder.setdefault(one.holder, {})[one.id] = one

    def snapshot(self) -> bytes:
        return canonical(self.state)

    def restore(self, data: bytes) -> None:
        self.state = revive(data, WalletState)
        self.state.held = dict(sorted(self.state.held.items(), key=lambda item: (item[1].issued_ms, item[0])))
        self._by_holder = {}
        for one in self.state.held.values():
            self._hold(one)
