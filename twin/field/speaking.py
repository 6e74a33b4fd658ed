"""What applicants say to the hall, and through what: their phone, a terminal of the place where they are, or a call."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence

import msgspec

from twin.city.errand_demand import Ask
from twin.city.errand_plans import Plan, Planner
from twin.city.residents import Resident
from twin.field.applicants_state import Applicant, Todo
from twin.field.hazards.base import Moment
from twin.field.phones import Phones
from twin.field.terminals import Terminal, Terminals
from twin.formats.civic import ConsentWord, ErrandWord, MandateWord, Presence, ServiceRequest
from twin.formats.service_offer import ServiceOffer

_DAY_MS = 86_400_000
_ANYTHING = "service"  # the purpose under which phones may ask for services
WHOLE_CONSENT = f"consent/{_ANYTHING}/"
"""What an answer about it is called."""
_HALL = "service_hall"


def code_of(ask: Ask) -> str:
    """Which application it is: a code, in which nothing can be read."""
    return "q" + hashlib.blake2b(ask.id.encode(), digest_size=8).hexdigest()


class Speaking:
    """Keeps nothing but which phones fell silent, which is part of the applicants' state."""

    def __init__(
        self, register: Sequence[Resident], phones: Phones, terminals: Terminals, planner: Planner,
        broken: Callable[[], Collection[str]], mandate_days: float,
    ) -> None:  # fmt: skip
        self._register, self._phones, self._terminals = register, phones, terminals
        self._planner, self._broken, self._mandate_ms = planner, broken, round(mandate_days * _DAY_MS)

    def request(self, ask: Ask, plan: Plan, offer: ServiceOffer) -> ServiceRequest:
        """The whole application. A counter or kiosk that the city does not have is made up for by a call."""
        unwanted, channel = self._planner.unwanted(ask, offer), plan.channel
        if channel in ("counter", "kiosk") and not self._office(plan.row, channel):
            channel = "phone"
        return ServiceRequest(
            service=ask.service, request_id=code_of(ask), form=self._planner.form(ask, plan, offer),
            on_behalf=self._register[plan.of].pseudonym if plan.of != plan.row else "", channel=channel,
            materials=self._planner.materials(ask, offer, unwanted), unwanted=unwanted,
        )  # fmt: skip

    def office(self, applicant: Applicant) -> str:
        """The place to which one has to go to ask; empty where one asks from wherever one is."""
        return self._office(applicant.row, applicant.channel)

    def _office(self, row: int, channel: str) -> str:
        if channel == "counter":
            return self._terminals.nearest("counter", row, _HALL)
        return self._terminals.nearest("kiosk", row) if channel == "kiosk" else ""

    def show(self, row: int, place: str, now: Moment) -> None:
        """Here I am: by the phone of who lets it tell, else at the machine that gives out numbers."""
        body = Presence(place=place, entered=True)
        by_phone = self._phones.may(row, "presence")
        terminal = None if by_phone else self._standing(row, "counter", place)
        self._terminals.say(row, "presence", body, now.city_ms, terminal)

    def give_mandate(self, applicant: Applicant, now: Moment) -> None:
        """``of`` lets ``row`` act in this service, and consents at once to what it needs."""
        word = MandateWord(
            proxy=self._register[applicant.row].pseudonym, services=(applicant.service,), from_ms=now.city_ms,
            until_ms=now.city_ms + self._mandate_ms,
        )  # fmt: skip
        self._agree(applicant.of, applicant.agree, "", None, now)
        applicant.agree = ""
        self._terminals.say(applicant.of, "mandate", word, now.city_ms, None)

    def do(self, applicant: Applicant, todo: Todo, now: Moment, silent: list[int]) -> None:
        """Say it; ``silent`` are the rows that took their consent back, changed here."""
        match todo.deed:
            case "ask" if applicant.words is not None:
                self._ask(applicant, now, silent)
            case "supply" | "appeal" | "let_go" | "withdraw":
                word = ErrandWord(
                    errand=applicant.errand, word=todo.deed, item=todo.item, materials=todo.materials,
                    ground=todo.ground,
                )  # fmt: skip
                self._terminals.say(applicant.row, "errand", word, now.city_ms, self._terminal(applicant))
            case "take_back" if self._phones.may(applicant.row, "request"):
                self._agree(applicant.row, _ANYTHING, "", None, now, given=False)
                silent.append(applicant.row)
                self.quiet((applicant.row,))
            case _:
                pass

    def consented(self, row: int, given: bool, silent: list[int]) -> None:
        """The hall says how somebody's consent stands: to be heard by their phone at all."""
        if given and row in silent:
            silent.remove(row)
            self._phones.agreed["request"][row] = True
        elif not given and row not in silent and self._phones.may(row, "request"):
            silent.append(row)
            self.quiet((row,))

    def quiet(self, rows: Iterable[int]) -> None:
        """These phones ask for no services any more."""
        for row in rows:
            self._phones.agreed["request"][row] = False

    def _ask(self, applicant: Applicant, now: Moment, silent: list[int]) -> None:
        words, row, terminal = applicant.words, applicant.row, self._terminal(applicant)
        if words is None:
            return
        by_phone = terminal is None and applicant.channel in ("online", "virtual")
        if by_phone and row in silent and self._planner.agrees_again(applicant.request):
            self._agree(row, _ANYTHING, "", None, now)
            silent.remove(row)
            self._phones.agreed["request"][row] = True
        ward = words.on_behalf if words.on_behalf and not words.mandate else ""
        self._agree(row, applicant.agree, ward, terminal, now)
        applicant.agree = ""
        if terminal is not None:
            words = msgspec.structs.replace(words, channel=terminal.channel)
        elif not self._phones.may(row, "request") or applicant.channel == "phone":
            words = msgspec.structs.replace(words, channel="phone")
        applicant.words = words
        call = Terminal.call() if words.channel == "phone" else terminal
        self._terminals.say(row, "request", words, now.city_ms, call)

    def _agree(
        self, row: int, purpose: str, ward: str, terminal: Terminal | None, now: Moment, *, given: bool = True
    ) -> None:
        if purpose:
            word = ConsentWord(purpose=purpose, given=given, on_behalf=ward)
            self._terminals.say(row, "consent", word, now.city_ms, terminal)

    def _terminal(self, applicant: Applicant) -> Terminal | None:
        """At which one stands, if one has gone somewhere for the sake of it."""
        if not applicant.place:
            return None
        channel = "kiosk" if applicant.channel == "kiosk" else "counter"
        return self._standing(applicant.row, channel, applicant.place)

    def _standing(self, row: int, channel: str, place: str) -> Terminal | None:
        """A sound one of the kind; a counter's where the kiosks are broken."""
        kiosk = self._terminals.at("kiosk", place, row, self._broken()) if channel == "kiosk" else None
        return kiosk or self._terminals.at("counter", place, row)
