"""What a resident may always see: who looked at their data and why, and their consents, documents, mandates, money."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.hall.assets import KIND_TEXT as KINDS
from services.hall.assets import Assets
from services.hall.catalogue import Service
from services.hall.credentials import OTHER_KINDS
from services.hall.emergency_view import REGISTER
from services.hall.guardians import Guardians
from services.hall.legal import PURPOSE, Ledger, Look
from services.hall.mandates import Mandate, MandateDesk
from services.hall.money import Accounts, due
from services.hall.my_data_actions import MyDataActions
from services.hall.ports import Registered
from services.hall.wallet import WalletDesk
from twin.core.text import Name, Text
from twin.core.views import Card, Facts, Moment, Section, Table

KIND_TEXT: dict[str, Text] = {
    "fee": Text("fee"),
    "payment": Text("payment"),
    "benefit": Text("benefit"),
    "payout": Text("payout"),
    "fine": Text("fine"),
    "refund": Text("refund"),
}
PAGES: dict[str, Name] = {"day": Name("their day", "日常动态"), "data": Name("their data", "个人数据")}
"""What pages of a resident are called, of which somebody of the centre opened one."""
_ALL = Text("all departments")
_ALWAYS = Text("until withdrawn")


class MyData:
    """Reads the desks of the hall and changes nothing; worked out when somebody asks."""

    def __init__(
        self,
        residents: Mapping[str, Registered],
        departments: Mapping[str, Name],
        services: Mapping[str, Service],
        guardians: Guardians,
        ledger: Ledger,
        wallet: WalletDesk,
        mandates: MandateDesk,
        accounts: Accounts,
        assets: Assets,
        official: Callable[[str], Name],
    ) -> None:
        """``official`` names people of the roster."""
        self._residents, self._departments, self._services = residents, departments, services
        self._guardians, self._ledger, self._wallet = guardians, ledger, wallet
        self._mandates, self._accounts, self._assets = mandates, accounts, assets
        self._official = official
        self._kinds = OTHER_KINDS | {item.id: item.name for one in services.values() for item in one.items}
        self.fields = {field.id: field.name for service in services.values() for field in service.fields}
        self._actions = MyDataActions(departments, self.fields, ledger, wallet, mandates, accounts)

    def page(self, person: str, city_ms: int) -> Card | None:
        """None where there is nobody of this id in the register."""
        known = self._residents.get(person)
        if known is None:
            return None
        tables = (self._looks(person), self._consents(person, city_ms), self._documents(person, city_ms),
                  self._held(person), self._proxies(person, city_ms), self._money(person))  # fmt: skip
        sections: tuple[Section, ...] = (self._about(known, city_ms), *(table for table in tables if table.rows))
        return Card(
            kind="resident", id=person, rev=0, title=Text("Erased") if self._gone(person) else known.name,
            subtitle=Text("Their data"), icon="person",
            sections=sections, actions=self._actions.of(person, city_ms),
        )  # fmt: skip

    def _about(self, known: Registered, city_ms: int) -> Facts:
        erased = self._gone(known.id)
        guardians = [self._name(one) for one in self._guardians.of(known.id, city_ms)]
        rows: list[tuple[Text | Name, Text | Name | Moment | str | float]] = [
            (Text("Looks at the data"), float(len(self._ledger.state.looks.get(known.id, ())))),
            (Text("Owed, yuan"), self._accounts.balance(due(known.id)) / 100),
        ]
        rows += [(Text("Guardian"), guardian) for guardian in guardians]
        if erased:
            rows.append((Text("Erased"), Text("everything that could be read was erased")))
        return Facts(title=Text("At a glance"), rows=tuple(rows))

    def _looks(self, person: str) -> Table:
        rows = tuple(
            (
                Moment(look.city_ms), self._who(look), look.known_as or "–",
                self._all(look.fields), self._purpose(look.purpose),
                look.ground if look.basis else Text("refused: {why}", {"why": look.ground}),
            )
            for look in reversed(self._ledger.state.looks.get(person, ()))
        )  # fmt: skip
        titles = (Text("When"), Text("Who looked"), Text("Knows the person as"), Text("At what"), Text("What for"),
                  Text("On what ground"))  # fmt: skip
        return Table(title=Text("Who looked at the data"), columns=titles, rows=rows)

    def _who(self, look: Look) -> Text | Name:
        """The department, and by name who acted for it."""
        if not look.by:
            return self._department(look.department)
        by = self._official(look.by)
        if not look.department:
            return by
        return Text("{person}, {department}", {"person": by, "department": self._department(look.department)})

    def _consents(self, person: str, city_ms: int) -> Table:
        def state(given: bool, until_ms: int) -> Text:
            if not given:
                return Text("withdrawn")
            return Text("expired") if 0 <= until_ms <= city_ms else Text("given")

        rows = tuple(
            (
                self._purpose(word.purpose), self._department(word.department) if word.department else _ALL,
                state(word.given, word.until_ms), Moment(word.until_ms) if word.until_ms >= 0 else _ALWAYS,
                self._name(word.by) if word.by else Text("at enrolment"),
            )
            for word in self._ledger.words(person)
        )  # fmt: skip
        titles = (Text("Purpose"), Text("For whom"), Text("Consent"), Text("Until"), Text("By whom"))
        return Table(title=Text("Consents, the last word counts"), columns=titles, rows=rows)

    def _documents(self, person: str, city_ms: int) -> Table:
        def state(id: str, expires_ms: int) -> Text:
            if self._wallet.revoked(id):
                return Text("revoked")
            return Text("expired") if 0 <= expires_ms <= city_ms else Text("valid")

        rows = tuple(
            (
                self._kinds.get(one.kind, Name(one.kind, one.kind)), one.id, self._department(one.issuer),
                Moment(one.issued_ms), Moment(one.expires_ms) if one.expires_ms >= 0 else Text("does not expire"),
                state(one.id, one.expires_ms),
            )
            for one in self._wallet.of(person)
        )  # fmt: skip
        titles = (Text("Credential"), Text("Number"), Text("Issued by"), Text("Issued"), Text("Until"), Text("State"))
        return Table(title=Text("Credentials"), columns=titles, rows=rows)

    def _held(self, person: str) -> Table:
        rows = tuple(
            (
                KINDS[one.kind],
                self._assets.called(asset) or Text("by credential {id}", {"id": one.credential}), asset,
                Moment(one.since_ms) if one.since_ms >= 0 else Text("by the register"), self._people(one.holders),
            )
            for asset, one in self._assets.of(person)
        )  # fmt: skip
        titles = (Text("Kind"), Text("What it is"), Text("Number"), Text("Since"), Text("Held by"))
        return Table(title=Text("Homes, vehicles and firms"), columns=titles, rows=rows)

    def _people(self, ids: tuple[str, ...]) -> Name:
        names = [self._name(id) for id in ids]
        return Name(", ".join(name.en for name in names), "、".join(name.zh for name in names))

    def _proxies(self, person: str, city_ms: int) -> Table:
        given = self._mandates.state.given.values()
        rows = tuple(
            (
                one.id, self._name(one.person), self._name(one.proxy), self._of_services(one.services),
                Moment(one.until_ms), self._standing(one, city_ms),
            )
            for one in sorted(given, key=lambda one: one.from_ms)
            if person in (one.person, one.proxy)
        )  # fmt: skip
        titles = (Text("Mandate"), Text("Of whom"), Text("To whom"), Text("For"), Text("Until"), Text("State"))
        return Table(title=Text("Mandates"), columns=titles, rows=rows)

    def _standing(self, mandate: Mandate, city_ms: int) -> Text:
        if mandate.id in self._mandates.state.revoked:
            return Text("taken back")
        return Text("expired") if mandate.until_ms <= city_ms else Text("in force")

    def _money(self, person: str) -> Table:
        owed = due(person)
        rows = tuple(
            (
                one.posting, KIND_TEXT[one.kind], self._department(one.department), one.why or Text(one.reason),
                sum(line.cents for line in one.lines if line.account == owed) / 100,
            )
            for one in reversed(self._accounts.of(person))
        )  # fmt: skip
        titles = (Text("Posting"), Text("Kind"), Text("Department"), Text("What for"), Text("Owed, yuan"))
        return Table(title=Text("Fees, benefits and fines"), columns=titles, rows=rows)

    def _gone(self, person: str) -> bool:
        return person in self._ledger.state.erased

    def _name(self, person: str) -> Name:
        known = self._residents.get(person)
        return known.name if known and not self._gone(person) else Name(person, person)

    def _department(self, id: str) -> Name:
        return self._departments.get(id, Name(id, id))

    def _purpose(self, purpose: str) -> Text | Name:
        known = self._ledger.named(purpose)
        return known or PURPOSE.get(purpose) or Name(purpose, purpose)

    def _all(self, fields: tuple[str, ...]) -> Name:
        names = [
            REGISTER.get(field) or PAGES.get(field) or self.fields.get(field, Name(field, field)) for field in fields
        ]
        return Name(", ".join(name.en for name in names), "、".join(name.zh for name in names))

    def _of_services(self, services: tuple[str, ...]) -> Name:
        names = [self._services[id].name if id in self._services else Name(id, id) for id in services]
        return Name(", ".join(name.en for name in names), "、".join(name.zh for name in names))
