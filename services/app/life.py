"""A resident's day on one page: what their phone told, what the hall did, and what the city's incidents did to them.

They, and whoever acts for them by law, see all of it. The centre sees what they agreed to: their day with a consent to
presence, the steps of their errands (which the hall's officers work on), kinds of documents and never a number or what
stands in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from services.app.diary import Diary
from services.governance.cases import CaseDesk
from services.governance.closures import ClosureDesk
from services.hall.catalogue import Service
from services.hall.legal import Ground, Ledger
from services.hall.mine import Mine
from services.hall.ports import Registered
from services.hall.wallet import WalletDesk
from twin.core.text import Name, Text
from twin.core.views import Card, Facts, Graph, Happening, Moment, Section, Table, Timeline
from twin.state.senses import Senses

_GRAPHS = 3
_LINES = 40
_DAY_MS = 24 * 3_600_000


class Life:
    """Reads belief, the hall, the cases and the diary; worked out when somebody asks."""

    def __init__(
        self,
        residents: Mapping[str, Registered],
        services: Mapping[str, Service],
        departments: Mapping[str, Name],
        senses: Senses,
        ledger: Ledger,
        wallet: WalletDesk,
        mine: Mine,
        cases: CaseDesk,
        closures: ClosureDesk,
        diary: Diary,
        held: Callable[[str], bool],
    ) -> None:
        self._residents, self._services, self._departments = residents, services, departments
        self._senses, self._ledger, self._wallet, self._mine = senses, ledger, wallet, mine
        self._cases, self._closures, self._diary, self._held = cases, closures, diary, held
        self._kinds = {item.id: item.name for service in services.values() for item in service.items}

    def page(self, person: str, city_ms: int, *, own: bool) -> Card | None:
        """``own``: for the person or whoever acts for them. None for nobody of the register, or who was erased."""
        known = self._residents.get(person)
        if known is None or person in self._ledger.state.erased:
            return None
        cards = [card for card in self._mine.cards(person) if self._concerns(person, card.id)]
        mover = self._senses.person_position(person) if own or self._agreed(person, "position", city_ms) else None
        sections: list[Section] = [self._now(person, cards, city_ms, own=own)]
        graphs = [self._lit(card) for card in reversed(cards) if card.closed_ms < 0]
        sections += [graph for graph in graphs if graph is not None][:_GRAPHS]
        sections += [
            section
            for section in (self._touched(person), self._day(person, cards, city_ms, own=own),
                            self._documents(person, city_ms, own=own))
            if section is not None
        ]  # fmt: skip
        pages = tuple(("errand", card.id, card.title) for card in reversed(cards[-6:]))
        return Card(
            kind="life", id=person, rev=0, title=known.name, subtitle=Text("Their day"), icon="person",
            sections=tuple(sections), mover=mover.id if mover is not None else -1,
            provenance=mover.provenance if mover is not None else 1,
            pages=(*pages, ("resident", person, Text("Their data"))),
        )  # fmt: skip

    def _concerns(self, person: str, errand: str) -> bool:
        """A ward's errand is on the ward's page."""
        return any(one.id == errand and person in (one.person, one.agent) for one in self._mine.errands(person))

    def _agreed(self, person: str, purpose: str, city_ms: int) -> bool:
        return isinstance(self._ledger.consent(person, purpose, "", city_ms), Ground)

    def _now(self, person: str, cards: list[Card], city_ms: int, *, own: bool) -> Facts:
        rows: list[tuple[Text | Name, Text | Name | Moment | str | float]] = []
        told = own or self._agreed(person, "position", city_ms)
        mover = self._senses.person_position(person) if told else None
        if not told:
            rows.append((Text("Position"), Text("not agreed to")))
        elif mover is None:
            rows.append((Text("Position"), Text("the phone tells none now")))
        else:
            rows.append((Text("Position heard"), Moment(mover.observed_ms)))
        by = Text("in your own shoes") if own else Text("somebody is in its shoes")
        if not own:
            rows.append((Text("This look"), Text("on record: the resident reads who it was")))
        rows.append((Text("Lives"), by if self._held(person) else Text("by itself")))
        under_way = [card for card in cards if card.closed_ms < 0]
        rows.append((Text("Errands under way"), float(len(under_way))))
        rows += [(card.title, card.state) for card in under_way[-4:] if card.state is not None]
        return Facts(title=Text("Now"), rows=tuple(rows))

    @staticmethod
    def _lit(card: Card) -> Graph | None:
        graph = next((section for section in card.sections if isinstance(section, Graph)), None)
        return None if graph is None else Graph(title=card.title, steps=graph.steps)

    def _touched(self, person: str) -> Table | None:
        """Cases in whose reach the person was, roads closed for them, and errands that cannot go on for it."""
        rows = []
        for one in self._diary.reached(person):
            case = self._cases.get(one.case)
            if case is None:
                continue
            closed = self._closures.of(case.id) is not None
            minutes = max(1, round((one.until_ms - one.from_ms) / 60_000))
            what = Text("in its reach for {n} min, roads closed", {"n": minutes}) if closed else Text(
                "in its reach for {n} min", {"n": minutes}
            )  # fmt: skip
            rows.append((self._cases.scenes.of(case).name, Moment(one.from_ms), what))
        if not rows:
            return None
        columns = (Text("Incident"), Text("Since"), Text("What it did"))
        return Table(title=Text("What the city's incidents did"), columns=columns, rows=tuple(reversed(rows)))

    def _day(self, person: str, cards: Iterable[Card], city_ms: int, *, own: bool) -> Timeline | None:
        entries: list[Happening] = []
        if own or self._agreed(person, "presence", city_ms):
            entries += [
                Happening(city_ms=line.city_ms, what=line.what, who=Text("the phone"))
                for line in self._diary.lines(person)
            ]
        for card in cards:
            for section in card.sections:
                if isinstance(section, Timeline):
                    entries += [
                        Happening(
                            city_ms=one.city_ms,
                            what=Text("{service}: {what}", {"service": card.title, "what": one.what}),
                            who=one.who,
                            why=one.why,
                        )
                        for one in section.entries
                    ]  # fmt: skip
        recent = sorted((one for one in entries if city_ms - one.city_ms <= _DAY_MS), key=lambda one: one.city_ms)
        if not recent:
            return None
        return Timeline(title=Text("The day"), entries=tuple(recent[-_LINES:]))

    def _documents(self, person: str, city_ms: int, *, own: bool) -> Table | None:
        held = self._wallet.of(person)
        if not held:
            return None

        def state(id: str, expires_ms: int) -> Text:
            if self._wallet.revoked(id):
                return Text("revoked")
            return Text("expired") if 0 <= expires_ms <= city_ms else Text("valid")

        rows = tuple(
            (
                self._kinds.get(one.kind, Name(one.kind, one.kind)),
                self._departments.get(one.issuer, Name(one.issuer, one.issuer)),
                one.id if own else Moment(one.issued_ms), state(one.id, one.expires_ms),
            )
            for one in reversed(held)
        )  # fmt: skip
        columns = (Text("Credential"), Text("Issued by"), Text("Number") if own else Text("Issued"), Text("State"))
        return Table(title=Text("Credentials"), columns=columns, rows=rows)
