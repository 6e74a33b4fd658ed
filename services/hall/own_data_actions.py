"""What a resident may do on the page of their own data: give and withdraw consents, let somebody act for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.facts.rights import GiveConsent, GiveMandate, RevokeMandate, WithdrawConsent
from services.hall.catalogue import Service
from services.hall.guardians import Guardians
from services.hall.legal import PHONE, PURPOSE, Ground, Ledger
from services.hall.mandates import MandateDesk
from services.hall.ports import Registered
from twin.core.text import Text
from twin.core.views import Action, Choice

MANDATE_MS = 30 * 24 * 3_600_000
"""A mandate from a console lasts thirty days."""


class OwnDataActions:
    """Reads ledger, mandates and register; offers only what would not be refused as things stand."""

    def __init__(
        self,
        residents: Mapping[str, Registered],
        services: Mapping[str, Service],
        guardians: Guardians,
        ledger: Ledger,
        mandates: MandateDesk,
    ) -> None:
        self._residents, self._services, self._guardians = residents, services, guardians
        self._ledger, self._mandates = ledger, mandates

    def of(self, speaker: str, person: str, city_ms: int) -> tuple[Action, ...]:
        """``speaker`` looks at their own page, or at their ward's."""
        if person in self._ledger.state.erased:
            return ()
        return (*self._consents(speaker, person, city_ms), *self._proxies(speaker, person, city_ms))

    def _consents(self, speaker: str, person: str, city_ms: int) -> Iterator[Action]:
        """Giving and withdrawing are one click away from each other, and look alike."""
        may = self._guardians.may_act(speaker, person, city_ms)
        for purpose in PHONE:
            given = isinstance(self._ledger.consent(person, purpose, "", city_ms), Ground)
            if not may and not (given and speaker == person):
                continue
            label = Text("Withdraw consent: {purpose}") if given else Text("Give consent: {purpose}")
            command = WithdrawConsent if given else GiveConsent
            yield Action(
                command=command.__name__, label=Text(label.msgid, {"purpose": PURPOSE[purpose]}),
                fixed={"person": person, "purpose": purpose}, posts=("resident",),
            )  # fmt: skip

    def _proxies(self, speaker: str, person: str, city_ms: int) -> Iterator[Action]:
        state, known = self._mandates.state, self._residents[person]
        standing = tuple(
            Choice(one.id, one.id)
            for one in state.given.values()
            if person in (one.person, one.proxy) and one.id not in state.revoked and city_ms < one.until_ms
        )
        if standing:
            yield Action(
                command=RevokeMandate.__name__, label=Text("Take a mandate back"), asks={"mandate": Text("Mandate")},
                choices={"mandate": standing}, more=True, posts=("resident",),
            )  # fmt: skip
        family = tuple(
            Choice(one.id, one.name)
            for one in self._residents.values()
            if known.household and one.household == known.household and one.id != person
            and not self._guardians.dependant(one.id, city_ms)
        )  # fmt: skip
        if family and self._guardians.may_act(speaker, person, city_ms):
            services = tuple(Choice(service.id, service.name) for service in self._services.values())
            yield Action(
                command=GiveMandate.__name__, label=Text("Let somebody of the family apply for me, for 30 days"),
                fixed={"person": person, "from_ms": city_ms, "until_ms": city_ms + MANDATE_MS},
                asks={"proxy": Text("Who"), "services": Text("For which services")},
                choices={"proxy": family, "services": services}, many=("services",), more=True, posts=("resident",),
            )  # fmt: skip
