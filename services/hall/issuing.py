"""What an officer needs to decide, how long it takes, and the credential that comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from services.engine.desk import Turn
from services.facts.base import Actor, Event
from services.facts.because import because, english
from services.facts.hall import CredentialIssued, ItemGranted
from services.facts.rights import CredentialPresented
from services.hall import graph
from services.hall.catalogue import Item, Material, Service
from services.hall.credentials import FAULT, Asked, Credential, Issuers, Presentation, present
from services.hall.errand import Errand, Visit
from services.hall.hall_settings import HallSettings
from services.hall.identity import Identities
from services.hall.legal import Ledger, purpose_of
from services.hall.ports import Sealer, WorkingTime
from services.hall.steps import of_item
from services.hall.wallet import WalletDesk
from twin.core.chance import fraction
from twin.core.errors import CivitwinError
from twin.core.text import Text

_DAY_MS = 86_400_000


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


class Issuing:
    """Opens sealed forms at the moment of use, and keeps nothing. What is drawn is drawn by errand and item alone."""

    def __init__(
        self,
        vault: Sealer,
        issuers: Issuers,
        identities: Identities,
        ledger: Ledger,
        wallet: WalletDesk,
        valid_days: Mapping[str, int],
        settings: HallSettings,
        time: WorkingTime,
    ) -> None:
        """``valid_days``: how long a kind of credential is good; one that is not in it does not expire."""
        self._vault = vault
        self._issuers = issuers
        self._identities = identities
        self._ledger = ledger
        self._wallet = wallet
        self._valid_days = valid_days
        self._settings = settings
        self._time = time

    # --- how long ---------------------------------------------------------------------------------------------------

    def visit_ms(self, errand: Errand, service: Service, visit: Visit, turn: Turn) -> int:
        """At the counter."""
        settings = self._settings
        if visit.kind == "pick_up":
            return round(settings.hand_over_s * 1000)
        if visit.kind == "supplement":
            return round(settings.check_s * 1000 * max(1, len(errand.progress.asked)))
        item = service.item(visit.item) if visit.item else service.items[0]
        seconds = _between(item.service_s, fraction(turn.seed, "hall", "counter", errand.id, item.id))
        if visit.kind == "intake":
            seconds += settings.missing_s * len(errand.missing) + settings.check_s * len(errand.materials)
        return round(seconds * 1000)

    def review_ms(self, errand: Errand, item: Item, turn: Turn) -> int:
        """Of an officer."""
        missing = self._settings.missing_s * sum(field in item.reads for field in errand.missing)
        share = fraction(turn.seed, "hall", "review", errand.id, item.id)
        return max(1000, round((_between(item.review_s, share) + missing) * 1000))

    def look_ms(self) -> int:
        return max(1000, round(self._settings.look_s * 1000))

    def ripe_ms(self, errand: Errand, item: Item, turn: Turn) -> int:
        """When the inquiries behind an item are over that begin now: a share of what is promised."""
        if item.promised is None:
            return turn.city_ms
        share = _between(
            self._settings.share_of_promise, fraction(turn.seed, "hall", "promise", errand.id, item.id)
        )  # fmt: skip
        return self._time.add(item.promised.kind, turn.city_ms, item.promised.amount * share)

    def posted_ms(self, errand: Errand, item: Item, turn: Turn) -> int:
        """When the post brings it."""
        days = _between(self._settings.post_days, fraction(turn.seed, "hall", "post", errand.id, item.id))
        return self._time.add("working_day", turn.city_ms, days)

    # --- what is there ----------------------------------------------------------------------------------------------

    def good(self, errand: Errand, city_ms: int) -> tuple[str, ...]:
        """Kinds of credential that can be relied on now: of this errand, or in the wallet and neither expired nor
        revoked since."""
        own = {
            one.kind
            for one in errand.credentials
            if not self._wallet.revoked(one.id) and (one.expires_ms < 0 or city_ms < one.expires_ms)
        }
        return tuple(
            kind
            for kind in errand.progress.wallet
            if kind in own or self._wallet.newest(errand.person, kind, city_ms) is not None
        )

    def lacking(self, service: Service, errand: Errand, item: str, city_ms: int) -> tuple[Material, ...]:
        """What an item still needs before it can be granted, as things stand."""
        if not service.item(item).materials:
            return ()
        now = msgspec.structs.replace(errand.progress, wallet=self.good(errand, city_ms))
        return graph.lacking(service, now, item)

    def known_as(self, person: str, department: str) -> str:
        """The department's own pseudonym of the person."""
        return self._identities.known_as(person, department)

    def answers(self, errand: Errand) -> dict[str, str]:
        """The form, opened. Raises a ``CivitwinError`` once the person was erased."""
        form = self._vault.open(errand.person, errand.sealed, form_context(errand.id))
        return msgspec.json.decode(form, type=dict[str, str])

    # --- the credential ---------------------------------------------------------------------------------------------

    def grant(
        self, errand: Errand, service: Service, item: Item, actor: Actor, issued: int, turn: Turn
    ) -> tuple[Event, ...]:
        """Presentations, the credential and the item granted. Raises a ``CivitwinError`` where the data cannot be read
        or relied upon any more."""
        reused = tuple(self._reused(errand, item, turn))
        claims = self._claims(errand, service, item, [credential for credential, _ in reused], turn)
        credential = self._credential(
            errand, item, claims, tuple(credential.id for credential, _ in reused), issued + 1, turn
        )  # fmt: skip
        shown = (
            CredentialPresented(
                actor=actor, cause=errand.id, **because("relied on instead of asking again"), credential=relied.id,
                holder=one.holder, department=one.department, errand=errand.id, nonce=one.nonce,
            )
            for relied, one in reused
        )  # fmt: skip
        issue = CredentialIssued(
            actor=actor, cause=errand.id, **because("{ground}", ground=item.basis.reference),
            credential=credential.id, kind=credential.kind, issuer=credential.issuer, holder=credential.holder,
            errand=errand.id, issued_ms=credential.issued_ms, expires_ms=credential.expires_ms,
            claims=credential.claims, evidence=credential.evidence, signature=credential.signature,
            holder_key=credential.holder_key,
        )  # fmt: skip
        due_ms = self.posted_ms(errand, item, turn) if item.delivery == "post" else -1
        granted = of_item(
            ItemGranted, errand, item.id, actor, because("everything is there and the conditions are met"), turn,
            delivery=item.delivery, due_ms=due_ms,
        )  # fmt: skip
        return (*shown, issue, granted)

    def _reused(self, errand: Errand, item: Item, turn: Turn) -> Iterator[tuple[Credential, Presentation]]:
        """The credentials that this item relies on, in the place of facts and of materials, each presented by its
        holder in answer to this department's challenge. Raises :class:`ReuseError`."""
        held, there = errand.progress.held, self.good(errand, turn.city_ms)
        instead = (one.replaced_by for one in item.materials if one.replaced_by in there and one.id not in held)
        for other in dict.fromkeys((*item.reuses, *instead)):
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
        consent may have been withdrawn since the officer began. Raises :class:`ReuseError`."""
        fields = tuple(dict.fromkeys((*item.reads, *item.claims)))
        purpose = purpose_of(service, item)
        ground = self._ledger.to_read(errand.person, purpose, item.department, fields, turn.city_ms)
        if isinstance(ground, Text):
            raise ReuseError(ground)
        known: dict[str, str] = {}
        for credential in reused:
            known |= self.read(credential)
        answers = self.answers(errand)
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


def _between(span: tuple[float, float], share: float) -> float:
    low, high = span
    return low + (high - low) * share
