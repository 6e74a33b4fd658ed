"""What happens at a counter: how long it takes, and the credential that comes of it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from services.engine.desk import Turn
from services.facts.base import Actor, Event
from services.facts.because import because
from services.facts.hall import CredentialIssued, ErrandRefused, ErrandStepped
from services.hall.catalogue import Item, Service
from services.hall.credentials import Credential, Issuers
from services.hall.errand import Errand
from services.hall.ports import Sealer
from twin.core.chance import fraction
from twin.core.errors import CivitwinError
from twin.core.text import Text

TELL_MS = 600_000
"""How long an answer is sent again; the next one replaces it."""

MISSING_S = 40.0
"""What the form left out is asked at the counter; each field takes this much longer."""


def form_context(errand: str) -> bytes:
    """What a form is sealed with."""
    return f"errand/{errand}/form".encode()


class ReuseError(CivitwinError):
    """A credential that cannot be relied upon."""


class Counter:
    """Opens sealed forms at the moment of use, and keeps nothing."""

    def __init__(self, vault: Sealer, issuers: Issuers) -> None:
        self._vault = vault
        self._issuers = issuers

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
            claims = self._claims(errand, service, item, turn)
            credential = self._credential(errand, item, claims, issued + 1, turn)
        except CivitwinError as fault:
            why = Text("{fault}", {"fault": str(fault)})
            yield ErrandRefused(
                actor=actor, cause=errand.id, reason=str(fault), why=why, errand=errand.id, person=errand.person,
                pseudonym=errand.pseudonym, service=errand.service, request=errand.request,
                tell_until_ms=turn.city_ms + TELL_MS,
            )  # fmt: skip
            return
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
        )
        yield ErrandStepped(
            actor=actor, cause=errand.id, **because("issued and signed"), errand=errand.id, person=errand.person,
            pseudonym=errand.pseudonym, request=errand.request, state="issuing", item=item.id, number=errand.number,
            clerk=errand.clerk, place=errand.place, tell_until_ms=turn.city_ms + TELL_MS,
        )  # fmt: skip

    def _claims(self, errand: Errand, service: Service, item: Item, turn: Turn) -> dict[str, str]:
        """From reused credentials where they have it, else from the form. Raises :class:`ReuseError`."""
        known: dict[str, str] = {}
        for other in item.reuses:
            credential = next((one for one in errand.credentials if one.kind == other), None)
            if credential is None or not self._issuers.genuine(credential, turn.city_ms):
                raise ReuseError(f"there is no genuine {other} to rely on")
            known |= self.read(credential)
        form = self._vault.open(errand.person, errand.sealed, form_context(errand.id))
        answers = msgspec.json.decode(form, type=dict[str, str])
        known |= {field: answers.get(field, "") for field in item.reads}
        return {claim: known.get(claim, "") for claim in item.claims}

    def read(self, credential: Credential) -> dict[str, str]:
        """A credential's claims, with the holder's key."""
        data = self._vault.open(credential.holder, credential.claims, f"credential/{credential.id}".encode())
        return msgspec.json.decode(data, type=dict[str, str])

    def _credential(self, errand: Errand, item: Item, claims: dict[str, str], serial: int, turn: Turn) -> Credential:
        id = f"K-{serial:05d}"
        body = msgspec.json.encode(claims, order="sorted")
        sealed = self._vault.seal(errand.person, body, f"credential/{id}".encode())
        reused = tuple(one.id for one in errand.credentials if one.kind in item.reuses)
        return self._issuers.sign(
            Credential(
                id=id,
                kind=item.id,
                issuer=item.department,
                holder=errand.person,
                errand=errand.id,
                issued_ms=turn.city_ms,
                expires_ms=-1,
                claims=sealed,
                evidence=reused,
            )
        )
