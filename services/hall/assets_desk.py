"""The register of assets: a granted item registers what is new, or passes on what its applicant holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Turn
from services.facts.assets import AssetNotTransferred, AssetRegistered, AssetTransferred
from services.facts.base import Event
from services.facts.because import because, english
from services.facts.hall import CredentialIssued
from services.hall.assets import Assets, AssetState
from services.hall.catalogue import Item, Service, Transfer
from services.hall.issuing import claims_context
from services.hall.ports import Sealer
from twin.core.errors import CivitwinError
from twin.core.text import Text


class AssetDesk:
    """Hears of every credential; what it says is opened for this alone and not kept."""

    name = "assets"

    def __init__(self, assets: Assets, services: Mapping[str, Service], vault: Sealer) -> None:
        self.assets, self._vault = assets, vault
        self._items: dict[str, Item] = {
            item.id: item for service in services.values() for item in service.items if item.registers or item.transfers
        }

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        item = self._items.get(fact.kind) if isinstance(fact, CredentialIssued) else None
        if item is None or not isinstance(fact, CredentialIssued):
            return ()
        return (self._pass(fact, item.transfers) if item.transfers else self._register(fact, item),)

    def _register(self, issued: CredentialIssued, item: Item) -> Event:
        if not item.registers:
            raise ValueError(f"{item.id} registers nothing")
        return AssetRegistered(
            actor=issued.actor, cause=issued.credential, **because("registered with {item}", item=item.name),
            asset=self.assets.next_id(item.registers), kind=item.registers, person=issued.holder,
            holders=(issued.holder,), errand=issued.errand, credential=issued.credential,
        )  # fmt: skip

    def _pass(self, issued: CredentialIssued, transfer: Transfer) -> Event:
        """At the moment of the credential once more: meanwhile it may have passed to somebody else."""
        passing = self.assets.passing(issued.holder, transfer, self._claims(issued))
        if isinstance(passing, Text):
            return AssetNotTransferred(
                actor=issued.actor, cause=issued.credential, reason=english(passing), why=passing,
                kind=transfer.kind, person=issued.holder, errand=issued.errand, credential=issued.credential,
            )  # fmt: skip
        old = self.assets.holding(passing.asset)
        return AssetTransferred(
            actor=issued.actor, cause=issued.credential, **because("its holder passed it on"), asset=passing.asset,
            kind=transfer.kind, person=issued.holder, before=old.holders if old else (), holders=passing.to,
            errand=issued.errand, credential=issued.credential,
        )  # fmt: skip

    def _claims(self, issued: CredentialIssued) -> Mapping[str, str]:
        try:
            claims = self._vault.open(issued.holder, issued.claims, claims_context(issued.credential))
        except CivitwinError:
            return {}  # erased meanwhile: nothing passes
        return msgspec.json.decode(claims, type=dict[str, str])

    def apply(self, event: Event, turn: Turn) -> None:
        if isinstance(event, AssetRegistered | AssetTransferred):
            self.assets.record(event, turn.city_ms)

    def snapshot(self) -> bytes:
        return canonical(self.assets.state)

    def restore(self, data: bytes) -> None:
        state = revive(data, AssetState)
        state.changed = dict(sorted(state.changed.items()))
        self.assets.state = state
