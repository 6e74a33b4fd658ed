"""What happens at a counter: how long it takes, and the credential that comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from services.engine.desk import Turn
from services.facts.base import Actor, Event
from services.facts.because import because, english
from services.facts.hall import CredentialIssued, ErrandRefused, ErrandStepped
from services.facts.rights import CredentialPresented
from services.hall.catalogue import Item, Service
from services.hall.credentials import FAULT, Asked, Credential, Issuers, Presentation, present
from services.hall.errand import Errand
from services.hall.identity import Identities
from services.hall.legal import Ledger, purpose_of
from services.hall.ports import Sealer
from services.hall.wallet import WalletDesk
from twin.core.chance import fraction
from twin.core.errors import CivitwinError
from twin.core.text import Text

TELL_MS = 600_000
"""How long an answer is sent again; the next one replaces it."""

_DAY_MS = 86_400_000

MISSING_S = 40.0
"""What the form left out is asked at the counter; each field takes this much longer."""


def form_context(errand: str) -> bytes:
    """What a form is sealed with."""
    return f"errand/{errand}/form".encode()


def claims_context(credential: str) -> bytes:
    """What a credential's claims are sealed with."""
    return f"credential/{credential}".encode()


class ReuseError(CivitwinError):
    """What cannot be relied upon or read; ``why`` is for the applicant."""

    def __init__(self, why: Text) -> None:
        super().__init__(english(why))
        self.why = why


class Counter:
    """Opens sealed forms at the moment of use, and keeps nothing."""

    def __init__(
        self,
        vault: Sealer,
        issuers: Issuers,
        identities: Identities,
        ledger: Ledger,
        wallet: WalletDesk,
        valid_days: Mapping[str, int],
    ) -> None:
        """``valid_days``: how long a kind of credential is good; one that is not in it does not expire."""
        self._vault = vault
        self._issuers = issuers
        self._identities = identities
        self._ledger = ledger
        self._wallet = wallet
        self._valid_days = valid_days

    def known_as(self, person: str, department: str) -> str:
        """The department's own pseudonym of the person."""
        return self._identities.known_as(person, department)

    def duration_ms(self, errand: Errand, item: Item, turn: Turn) -> int:
        """Seeded by errand and item alone."""
        low, high = item.service_s
        share = fraction(turn.seed, "hall", errand.id, item.id)
        missing = sum(field in item.reads for field in errand.missing)
        return round((low + (high - low) * share + MISSING_S * missing) * 1000)

    def finish(self, errand: Errand, service: Service, issued: int, turn: Turn) -> Iterator[Event]:
        """The credential, or a refusal when the data cannot be read or relied upon any more."""
        item = service.item(errand.item)
        actor = Actor("rule", f"service/{service.id}@{errand.version}/counter", "clerk", errand.clerk)
        try:
            reused = tuple(self._reused(errand, item, turn))
            claims = self._claims(errand, service, item, [credential for credential, _ in reused], turn)
            evidence = tuple(credential.id for credential, _ in reused)
            credential = self._credential(errand, item, claims, evidence, issued + 1, turn)
        except CivitwinError as fault:
            why = fault.why if isinstance(fault, ReuseError) else Text("{fault}", {"fault": str(fault)})
            yield ErrandRefused(
                actor=actor, cause=errand.id, reason=english(why), why=why, errand=errand.id, person=errand.person,
                pseudonym=errand.pseudonym, service=errand.service, request=errand.request,
                tell_until_ms=turn.city_ms + TELL_MS,
            )  # fmt: skip
            return
        for relied, shown in reused:
            yield CredentialPresented(
                actor=actor, cause=errand.id, **because("relied on instead of asking again"), credential=relied.id,
                holder=shown.holder, department=shown.department, errand=errand.id, nonce=shown.nonce,
            )  # fmt: skip
        yield CredentialIssued(
            actor=actor,
            cause=errand.id,
            **because("{ground}", ground=item.basis.reference),
            credential=credential.id,
            kind=credential.kind,
            issuer=credential.issuer,
            holder=credential.holder,
            errand=errand.id,
            issued_ms=credential.issued_ms,
            expires_ms=credential.expires_ms,
            claims=credential.claims,
            evidence=credential.evidence,
            signature=credential.signature,
            holder_key=credential.holder_key,
        )
        yield ErrandStepped(
            actor=actor, cause=errand.id, **because("issued and signed"), errand=errand.id, person=errand.person,
            pseudonym=errand.pseudonym, request=errand.request, state="issuing", item=item.id, number=errand.number,
            clerk=errand.clerk, place=errand.place, tell_until_ms=turn.city_ms + TELL_MS,
        )  # fmt: skip

    def _reused(self, errand: Errand, item: Item, turn: Turn) -> Iterator[tuple[Credential, Presentation]]:
        """The credentials that this item relies on, each presented by its holder in answer to this department's
        challenge. Raises :class:`ReuseError`."""
        for other in item.reuses:
            own = next((one for one in errand.credentials if one.kind == other), None)
            credential = own or self._wallet.newest(errand.person, other, turn.city_ms)
            if credential is None:
                raise ReuseError(Text("there is no credential of the kind {kind} to rely on", {"kind": other}))
            nonce = self._issuers.challenge(errand.id, item.id, credential.id, turn.number)
            asked = Asked(errand.person, item.department, errand.id, nonce)
            shown = present(credential, asked, self._identities, turn.city_ms)
            fault = self._issuers.presented_fault(credential, shown, asked, self._wallet, turn.city_ms)
            if fault:
                raise ReuseError(Text("{credential}: {fault}", {"credential": credential.id, "fault": FAULT[fault]}))
            yield credential, shown

    def _claims(
        self, errand: Errand, service: Service, item: Item, reused: Iterable[Credential], turn: Turn
    ) -> dict[str, str]:
        """From reused credentials where they have it, else from the form; only while there is a ground to read them: a
        consent may have been withdrawn since the number was called. Raises :class:`ReuseError`."""
        fields = tuple(dict.fromkeys((*item.reads, *item.claims)))
        purpose = purpose_of(service, item)
        ground = self._ledger.to_read(errand.person, purpose, item.department, fields, turn.city_ms)
        if isinstance(ground, Text):
            raise ReuseError(ground)
        known: dict[str, str] = {}
        for credential in reused:
            known |= self.read(credential)
        form = self._vault.open(errand.person, errand.sealed, form_context(errand.id))
        answers = msgspec.json.decode(form, type=dict[str, str])
        known |= {field: answers.get(field, "") for field in item.reads}
        return {claim: known.get(claim, "") for claim in item.claims}

    def read(self, credential: Credential) -> dict[str, str]:
        """A credential's claims, with the holder's key."""
        data = self._vault.open(credential.holder, credential.claims, claims_context(credential.id))
        return msgspec.json.decode(data, type=dict[str, str])

    def _credential(
        self, errand: Errand, item: Item, claims: dict[str, str], evidence: tuple[str, ...], serial: int, turn: Turn
    ) -> Credential:
        id = f"K-{serial:05d}"
        body = msgspec.json.encode(claims, order="sorted")
        sealed = self._vault.seal(errand.person, body, claims_context(id))
        days = self._valid_days.get(item.id)
        return self._issuers.sign(
            Credential(
                id=id,
                kind=item.id,
                issuer=item.department,
                holder=errand.person,
                errand=errand.id,
                issued_ms=turn.city_ms,
                expires_ms=-1 if days is None else turn.city_ms + days * _DAY_MS,
                claims=sealed,
                evidence=evidence,
                holder_key=self._identities.public(errand.person),
            )
        )
