"""What may be done on a resident's page, each by the posts that may: consents, emergencies, revocation, money."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from services.facts.engine import ErasePerson
from services.facts.money import GrantBenefit, ImposeFine, RefundPosting, TakePayment
from services.facts.rights import (
    EndEmergencyAccess,
    GiveConsent,
    OpenEmergencyAccess,
    ReadInEmergency,
    RevokeCredential,
    RevokeMandate,
    WithdrawConsent,
)
from services.hall.emergency_view import REGISTER
from services.hall.legal import EMERGENCY_TEXT, PHONE, PURPOSE, Ground, Ledger
from services.hall.mandates import MandateDesk
from services.hall.money import Accounts, due
from services.hall.money_desk import BENEFIT_TEXT, FINE_TEXT, REFUND_TEXT, REFUNDABLE
from services.hall.wallet import REVOKED_TEXT, WalletDesk
from twin.core.text import Name, Text
from twin.core.views import Action, Choice

_CLERK = ("clerk",)
ERASURE_TEXT: dict[str, Text] = {
    "request": Text("the person asks for it"),
    "consent_withdrawn": Text("consent was withdrawn"),
    "purpose_met": Text("the purpose is met"),
    "unlawful": Text("the data was handled unlawfully"),
}


class MyDataActions:
    """Offers only what would not be refused as things stand."""

    def __init__(
        self,
        departments: Mapping[str, Name],
        fields: Mapping[str, Name],
        ledger: Ledger,
        wallet: WalletDesk,
        mandates: MandateDesk,
        accounts: Accounts,
    ) -> None:
        self._departments = tuple(Choice(id, name) for id, name in departments.items())
        self._fields = {id: Choice(id, name) for id, name in {**fields, **REGISTER}.items()}
        self._ledger, self._wallet, self._mandates, self._accounts = ledger, wallet, mandates, accounts

    def of(self, person: str, city_ms: int) -> tuple[Action, ...]:
        """Nothing can be done about who was erased."""
        if person in self._ledger.state.erased:
            return ()
        parts = (
            self._consents(person, city_ms),
            self._emergencies(person),
            self._documents(person, city_ms),
            self._money(person),
            self._erasure(person),
        )
        return tuple(action for part in parts for action in part)

    def _consents(self, person: str, city_ms: int) -> Iterator[Action]:
        """At the counter, on paper: as good as by phone."""
        for purpose in PHONE:
            given = isinstance(self._ledger.consent(person, purpose, "", city_ms), Ground)
            label = Text("Withdraw consent: {purpose}") if given else Text("Give consent: {purpose}")
            command = WithdrawConsent if given else GiveConsent
            yield Action(
                command=command.__name__, label=Text(label.msgid, {"purpose": PURPOSE[purpose]}),
                fixed={"person": person, "purpose": purpose}, more=True, posts=_CLERK,
            )  # fmt: skip

    def _emergencies(self, person: str) -> Iterator[Action]:
        asks = {
            "department": Text("For which department"), "fields": Text("What is to be read"), "ground": Text("Ground"),
            "minutes": Text("For how many minutes, 60 at most"), "case": Text("Case"),
        }  # fmt: skip
        grounds = _grounds(EMERGENCY_TEXT)
        choices = {"department": self._departments, "fields": tuple(self._fields.values()), "ground": grounds}
        yield Action(
            command=OpenEmergencyAccess.__name__, label=Text("Open emergency access"), fixed={"person": person},
            asks=asks, choices=choices,
            numbers=("minutes",), many=("fields",), danger=True, posts=OpenEmergencyAccess.posts,
        )  # fmt: skip
        for access in self._ledger.state.accesses.values():
            if access.person != person or access.ended:
                continue
            end, look = Text("End emergency access {access}"), Text("Look under {access}")
            name: dict[str, str | int | float | Text | Name] = {"access": access.id}
            yield Action(
                command=EndEmergencyAccess.__name__, label=Text(end.msgid, name), fixed={"access": access.id},
                posts=EndEmergencyAccess.posts,
            )  # fmt: skip
            yield Action(
                command=ReadInEmergency.__name__, label=Text(look.msgid, name),
                fixed={"person": person, "department": access.department}, asks={"fields": asks["fields"]},
                choices={"fields": tuple(self._fields[field] for field in access.fields if field in self._fields)},
                many=("fields",), posts=ReadInEmergency.posts,
            )  # fmt: skip

    def _documents(self, person: str, city_ms: int) -> Iterator[Action]:
        good = [one.id for one in self._wallet.of(person) if not self._wallet.revoked(one.id)]
        if good:
            yield Action(
                command=RevokeCredential.__name__, label=Text("Revoke a credential"),
                asks={"credential": Text("Credential"), "ground": Text("Ground")},
                choices={"credential": _ids(good), "ground": _grounds(REVOKED_TEXT)}, danger=True, more=True,
                posts=RevokeCredential.posts,
            )  # fmt: skip
        state = self._mandates.state
        standing = [
            one.id
            for one in state.given.values()
            if person in (one.person, one.proxy) and one.id not in state.revoked and city_ms < one.until_ms
        ]
        if standing:
            yield Action(
                command=RevokeMandate.__name__, label=Text("Take a mandate back"), asks={"mandate": Text("Mandate")},
                choices={"mandate": _ids(standing)}, more=True, posts=_CLERK,
            )  # fmt: skip

    def _money(self, person: str) -> Iterator[Action]:
        cents, fixed = Text("Cents"), {"person": person}
        for command, label, grounds in (
            (ImposeFine, Text("Impose a fine"), FINE_TEXT), (GrantBenefit, Text("Grant a benefit"), BENEFIT_TEXT),
        ):  # fmt: skip
            yield Action(
                command=command.__name__, label=label, fixed={**fixed},
                asks={"cents": cents, "ground": Text("Ground")}, choices={"ground": _grounds(grounds)},
                numbers=("cents",), more=True, posts=command.posts,
            )  # fmt: skip
        if self._accounts.balance(due(person)) > 0:
            yield Action(
                command=TakePayment.__name__, label=Text("Take a payment"), fixed={**fixed}, asks={"cents": cents},
                numbers=("cents",), posts=TakePayment.posts,
            )  # fmt: skip
        charged = [
            one.posting
            for one in self._accounts.of(person)
            if one.kind in REFUNDABLE and not self._accounts.booked(f"refund/{one.posting}")
        ]
        if charged:
            yield Action(
                command=RefundPosting.__name__, label=Text("Refund"),
                asks={"posting": Text("Posting"), "ground": Text("Ground")},
                choices={"posting": _ids(charged), "ground": _grounds(REFUND_TEXT)}, more=True,
                posts=RefundPosting.posts,
            )  # fmt: skip

    @staticmethod
    def _erasure(person: str) -> Iterator[Action]:
        yield Action(
            command=ErasePerson.__name__, label=Text("Erase this person's data"), fixed={"person": person},
            asks={"ground": Text("Ground")}, choices={"ground": _grounds(ERASURE_TEXT)}, danger=True, more=True,
            posts=("clerk", "duty_chief"),
        )  # fmt: skip


def _grounds(texts: Mapping[str, Text]) -> tuple[Choice, ...]:
    return tuple(Choice(id, text) for id, text in texts.items())


def _ids(ids: Iterable[str]) -> tuple[Choice, ...]:
    return tuple(Choice(id, id) for id in ids)
