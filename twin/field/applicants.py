"""Residents who want something of the hall: they ask, follow its answers with their own legs, and live on meanwhile."""

from __future__ import annotations

import msgspec

from twin.city.errand_conduct import Act, Stage, act_on
from twin.city.errand_plans import Planner
from twin.city.errand_settings import ErrandSettings, Tempo
from twin.field.applicants_state import Applicant, ApplicantsState, Todo, Wish
from twin.field.hazards.base import Moment
from twin.field.hearing import Hearing
from twin.field.keeping import keep, regain
from twin.field.speaking import WHOLE_CONSENT, Speaking
from twin.field.trips import Trips, Walkers
from twin.field.wishes import Wishes, ask_of
from twin.formats.civic import Answer
from twin.formats.service_offer import ServiceOffer

MOST = 4000
MOST_EACH = 8
"""Errands that are remembered, in all and for one resident; more are nobody's."""
_LATER_S = 60.0
_HOUR_MS = 3_600_000
_MOST_TRIES = 3
_RIGHTS = frozenset({"consent", "mandate", "emergency", "credential"})


class Applicants:
    """``wishes`` None: nobody asks by themselves, but who is answered follows."""

    def __init__(
        self, people: Walkers, settings: ErrandSettings, planner: Planner, speaking: Speaking, wishes: Wishes,
        seed: int, tempo: Tempo, *, asks: bool = True,
    ) -> None:  # fmt: skip
        self._people, self._settings, self._planner = people, settings, planner
        self._speaking, self._wishes, self._seed, self._tempo = speaking, wishes, seed, tempo
        self._asks = asks
        self._hearing = Hearing(people, settings, planner, wishes, seed, tempo)
        pace = settings.pace
        self._trips = Trips(
            people, pace.patience_min * 60.0, pace.remind_min * 60.0, self._arrived, self._left, speaking.show
        )
        self._offers: dict[str, ServiceOffer] = {}
        self.state = ApplicantsState()
        self._trips.state = self._hearing.state = self.state

    def step(self, now: Moment) -> None:
        """A second of their lives."""
        if self._asks:
            self._wish(now)
        for applicant in list(self.state.applicants.values()):
            self._follow(applicant, now)
        self._trips.step(now)
        for request, applicant in list(self.state.applicants.items()):
            if applicant.stage is Stage.OVER and not applicant.todo:
                del self.state.applicants[request]

    def offered(self, offer: ServiceOffer) -> None:
        """The hall's catalogue, as everybody can read it."""
        self._offers[offer.service] = offer
        self.state.offers[offer.service] = msgspec.json.encode(offer)

    def answer(self, row: int, answer: Answer, now: Moment) -> None:
        """What the hall told somebody: by their phone, by a call, or by letter, which count as one here."""
        if answer.step in _RIGHTS:
            if answer.step == "mandate":
                self._mandated(row, answer, now)
            elif answer.request_id == WHOLE_CONSENT:
                self._speaking.consented(row, answer.state == "given", self.state.silent)
            return
        applicant = self._known(row, answer, now)
        if applicant is None or applicant.stage is Stage.OVER:
            return
        applicant.heard_s, applicant.words = now.since_s, None
        applicant.errand = answer.errand or applicant.errand
        self._hearing.take(applicant, answer, now)

    # --- asking -----------------------------------------------------------------------------------------------------

    def _wish(self, now: Moment) -> None:
        state = self.state
        if state.day != self._wishes.day_of(now.city_ms):
            taken = set(state.taken) if state.day else self._wishes.before(now.city_ms)
            state.day, state.wishes = self._wishes.of_day(now.city_ms, taken)
            state.taken = sorted(taken)
        while state.wishes and state.wishes[0].at_ms <= now.city_ms:
            wish = state.wishes.pop(0)
            if wish.service in self._offers:
                self._begin(wish, now)
            elif now.city_ms - wish.at_ms < _HOUR_MS:  # the hall's catalogue was not heard yet
                state.wishes.append(msgspec.structs.replace(wish, at_ms=now.city_ms + round(_LATER_S * 1000)))
                state.wishes.sort(key=lambda one: (one.at_ms, one.id))
                break
            else:
                state.dropped += 1

    def _begin(self, wish: Wish, now: Moment) -> None:
        ask, offer = ask_of(wish), self._offers[wish.service]
        plan = self._planner.plan(ask)
        words = self._speaking.request(ask, plan, offer)
        if not self._room(plan.row) or words.request_id in self.state.applicants:
            self.state.dropped += 1
            return
        applicant = Applicant(
            row=plan.row, of=plan.of, request=words.request_id, service=wish.service, channel=words.channel,
            heard_s=now.since_s, stage=Stage.PLANNED, words=words, agree=plan.agree, mandated=plan.mandate,
        )  # fmt: skip
        self.state.applicants[applicant.request] = applicant
        place = self._speaking.office(applicant)
        if place:  # at a terminal there, so first the way
            applicant.place, applicant.stage = place, Stage.BOUND
            applicant.bag.append(Todo(now.since_s, "ask"))
        if plan.mandate:
            self._speaking.give_mandate(applicant, now)
        else:
            applicant.todo.append(Todo(now.since_s, "go" if place else "ask"))

    def _mandated(self, row: int, answer: Answer, now: Moment) -> None:
        """The principal has it in writing: whoever waits for it at home asks."""
        mandate = answer.request_id.partition("/")[2]
        for applicant in self.state.applicants.values():
            if not (applicant.mandated and applicant.of == row and applicant.words is not None):
                continue
            applicant.mandated, applicant.heard_s = False, now.since_s
            if answer.state != "given" or not mandate:
                self._hearing.end(applicant, now)
                continue
            applicant.words = msgspec.structs.replace(applicant.words, mandate=mandate)
            applicant.todo.append(Todo(now.since_s, "go" if applicant.place else "ask"))

    def _room(self, row: int) -> bool:
        return len(self.state.applicants) < MOST and sum(1 for _ in self.state.of(row)) < MOST_EACH

    def _known(self, row: int, answer: Answer, now: Moment) -> Applicant | None:
        """The applicant of an answer; one whose errand is older than this field is taken up where something is to be
        done."""
        request = answer.request_id
        found = self.state.applicants.get(request)
        if found is not None:
            return found if found.row == row else None
        found = next((one for one in self.state.of(row) if answer.errand and one.errand == answer.errand), None)
        idle = act_on(Stage.RESTING, answer.state) in (Act.KEEP, Act.REST, Act.END)
        if found is not None or idle or not answer.errand or not request or not self._room(row):
            return found
        able = self._planner.able(row)
        found = Applicant(
            row=row, of=row, request=request, service="", channel="online" if able else "counter",
            heard_s=now.since_s, errand=answer.errand,
        )  # fmt: skip
        self.state.applicants[request] = found
        return found

    # --- doing it ---------------------------------------------------------------------------------------------------

    def _follow(self, applicant: Applicant, now: Moment) -> None:
        for todo in [todo for todo in applicant.todo if todo.at_s <= now.since_s]:
            applicant.todo.remove(todo)
            if todo.deed == "return":
                applicant.place, applicant.stage = todo.item, Stage.BOUND
                applicant.todo.append(Todo(now.since_s, "go"))
            elif todo.deed != "go":
                self._do(applicant, todo, now)
            elif applicant.stage is Stage.BOUND and not self._trips.start(applicant, now):
                applicant.todo.append(Todo(now.since_s + _LATER_S, "go"))  # elsewhere for another errand
        pace = self._settings.pace
        asked = applicant.stage is Stage.ASKED and applicant.words is not None
        if asked and now.since_s - applicant.said_s >= pace.resend_min * 60.0:
            self._do(applicant, Todo(now.since_s, "ask"), now)
        silent_s = now.since_s - applicant.heard_s
        waits = applicant.stage in (Stage.PLANNED, Stage.ASKED) and silent_s > pace.patience_min * 60.0
        if waits or silent_s > pace.forget_days * 86_400.0:
            self._hearing.end(applicant, now)

    def _do(self, applicant: Applicant, todo: Todo, now: Moment) -> None:
        if todo.deed == "ask":
            applicant.said_s = now.since_s
            if applicant.stage in (Stage.PLANNED, Stage.BOUND):
                applicant.stage = Stage.ASKED if not applicant.place else applicant.stage
        self._speaking.do(applicant, todo, now, self.state.silent)

    def _arrived(self, applicant: Applicant, now: Moment) -> None:
        """At the place: everything that was carried there is said."""
        for todo in applicant.bag:
            self._do(applicant, todo, now)
        applicant.bag = []

    def _left(self, applicant: Applicant, now: Moment) -> None:
        """Nobody said a word for too long: home, and once more another time."""
        applicant.tries += 1
        place, applicant.stage = applicant.place, Stage.RESTING
        if applicant.tries >= _MOST_TRIES:
            self._hearing.end(applicant, now)
            return
        key, span = f"{applicant.request}/again/{applicant.tries}", self._settings.pace.set_off_h[self._tempo]
        applicant.place, applicant.stage, applicant.heard_s = "", Stage.RESTING, now.since_s
        if applicant.words is not None or applicant.bag:
            applicant.place, applicant.stage = place, Stage.BOUND
            applicant.bag = applicant.bag or [Todo(now.since_s, "ask")]
            wait_s = self._wishes.waits_s(now.city_ms, key, span, daytime=True)
            applicant.todo.append(Todo(now.since_s + max(wait_s, self._settings.pace.patience_min * 60.0), "go"))

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = self._trips.state = self._hearing.state = regain(data, ApplicantsState)
        self._offers = {id: msgspec.json.decode(offer, type=ServiceOffer) for id, offer in self.state.offers.items()}
        self._speaking.quiet(self.state.silent)
